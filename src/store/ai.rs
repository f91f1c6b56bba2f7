//! AI providers and their keys.

use secrecy::SecretString;

use super::{Act, Record, Store, StoreError, audit::record, reading, writing};
use crate::types::{AiProviderId, AiProviderSummary, AuditAction, UserId};

pub(super) fn key_identity(id: AiProviderId) -> String {
    format!("ai_providers/{id}/api_key")
}

type Row = (AiProviderId, String, Option<String>, Option<String>);

impl Store {
    async fn ai_provider_row(&self, code: &str) -> Result<Option<Row>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as("SELECT id, name, api_key, model_default FROM ai_providers WHERE provider_code = $1")
                .bind(code).fetch_optional(db).await?
        }))
    }

    /// What is configured for a provider, without the key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn ai_provider(&self, code: &str) -> Result<Option<AiProviderSummary>, StoreError> {
        Ok(self.ai_provider_row(code).await?.map(|(_, name, key, model_default)| AiProviderSummary {
            provider_code: code.to_owned(),
            name,
            has_api_key: key.is_some(),
            model_default,
        }))
    }

    /// The key of a provider.
    ///
    /// # Errors
    /// [`StoreError::Crypto`] when it was stored under another `SECRET_KEY`.
    pub async fn ai_key(&self, code: &str) -> Result<Option<SecretString>, StoreError> {
        let Some((id, _, Some(sealed), _)) = self.ai_provider_row(code).await? else { return Ok(None) };
        Ok(Some(self.cipher.open(&sealed, &key_identity(id))?))
    }

    /// Stores a key, a default model, or both; `None` keeps what is stored.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_ai_provider(
        &self,
        code: &str,
        name: &str,
        owner: Option<UserId>,
        key: Option<&SecretString>,
        model: Option<&str>,
        act: impl Into<Act>,
    ) -> Result<(), StoreError> {
        let act = act.into();
        let now = act.at;
        writing!(self, tx => {
            let id: AiProviderId = sqlx::query_scalar(
                "INSERT INTO ai_providers (id, provider_code, name, owner_user_id, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $5)
                 ON CONFLICT (provider_code) DO UPDATE SET updated_at = excluded.updated_at RETURNING id",
            )
            .bind(AiProviderId::new()).bind(code).bind(name).bind(owner).bind(now).fetch_one(&mut *tx).await?;
            let before: Option<String> = sqlx::query_scalar("SELECT model_default FROM ai_providers WHERE id = $1")
                .bind(id).fetch_one(&mut *tx).await?;
            sqlx::query(
                "UPDATE ai_providers SET api_key = COALESCE($2, api_key), model_default = COALESCE($3, model_default)
                 WHERE id = $1",
            )
            .bind(id).bind(key.and_then(|key| self.cipher.seal(key, &key_identity(id)))).bind(model)
            .execute(&mut *tx).await?;
            let target = || Record { target: Some(code.to_owned()), name: Some(name), ..Record::default() };
            if key.is_some() {
                record!(tx, act, AuditAction::AiKeyStored, target());
            }
            if model.is_some() && model != before.as_deref() {
                let to = model.map(ToOwned::to_owned);
                record!(tx, act, AuditAction::AiSettingsSaved, Record { from: before, to, ..target() });
            }
        });
        Ok(())
    }

    /// Forgets the key of a provider.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_ai_key(&self, code: &str, act: impl Into<Act>) -> Result<(), StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let removed: Option<String> = sqlx::query_scalar(
                "UPDATE ai_providers SET api_key = NULL, updated_at = $2
                 WHERE provider_code = $1 AND api_key IS NOT NULL RETURNING name",
            )
            .bind(code).bind(act.at).fetch_optional(&mut *tx).await?;
            if let Some(name) = &removed {
                let record = Record { target: Some(code.to_owned()), name: Some(name), ..Record::default() };
                record!(tx, act, AuditAction::AiKeyRemoved, record);
            }
        });
        Ok(())
    }
}
