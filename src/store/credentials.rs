//! The tokens of an account, encrypted.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::types::Json;

use super::{Store, StoreError, reading, writing};
use crate::types::{AccountId, CredentialsId};

/// What opens a mailbox.
pub struct Credentials {
    pub id: CredentialsId,
    pub access_token: Option<SecretString>,
    pub refresh_token: Option<SecretString>,
    pub expires_at: Option<DateTime<Utc>>,
    pub scopes: Vec<String>,
}

/// An access token that Google has just given.
pub struct FreshToken<'a> {
    pub access_token: &'a SecretString,
    pub expires_at: Option<DateTime<Utc>>,
    /// Google sends a new one only sometimes; `None` keeps the stored one.
    pub refresh_token: Option<&'a SecretString>,
}

pub(super) fn access_identity(id: CredentialsId) -> String {
    format!("integrations_credentials/{id}/access_token")
}

pub(super) fn refresh_identity(id: CredentialsId) -> String {
    format!("integrations_credentials/{id}/refresh_token")
}

type Row = (CredentialsId, Option<String>, Option<String>, Option<DateTime<Utc>>, Option<Json<Vec<String>>>);

impl Store {
    /// The tokens of an account, decrypted.
    ///
    /// # Errors
    /// [`StoreError::Crypto`] when they were stored under another key.
    pub async fn credentials(&self, account: AccountId) -> Result<Option<Credentials>, StoreError> {
        let row: Option<Row> = reading!(self, db => {
            sqlx::query_as(
                "SELECT id, access_token, refresh_token, expires_at, scopes FROM integrations_credentials
                 WHERE integration_account_id = $1",
            )
            .bind(account).fetch_optional(db).await?
        });
        let Some((id, access, refresh, expires_at, scopes)) = row else { return Ok(None) };
        Ok(Some(Credentials {
            id,
            access_token: access.map(|text| self.cipher.open(&text, &access_identity(id))).transpose()?,
            refresh_token: refresh.map(|text| self.cipher.open(&text, &refresh_identity(id))).transpose()?,
            expires_at,
            scopes: scopes.map(|Json(list)| list).unwrap_or_default(),
        }))
    }

    /// Keeps a refreshed access token.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_fresh_token(
        &self,
        id: CredentialsId,
        fresh: FreshToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let access = self.cipher.seal(fresh.access_token, &access_identity(id));
        let refresh = fresh.refresh_token.and_then(|token| self.cipher.seal(token, &refresh_identity(id)));
        writing!(self, tx => {
            sqlx::query(
                "UPDATE integrations_credentials SET access_token = $2, expires_at = $3,
                 refresh_token = COALESCE($4, refresh_token), updated_at = $5 WHERE id = $1",
            )
            .bind(id).bind(access).bind(fresh.expires_at).bind(refresh).bind(now).execute(tx).await?;
        });
        Ok(())
    }
}
