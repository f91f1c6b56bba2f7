//! Changing `SECRET_KEY`: every stored secret is sealed anew, in batches, so that it can be broken off at any point and begun again.
//!
//! While it goes on the database is opened with both keys. `secret_key_check` stays sealed by the old one until nothing of it is
//! left, and `secret_key_next` by the new one: a server that has only one of them is refused, and says which is missing.

use secrecy::ExposeSecret;
use sqlx::QueryBuilder;

use super::{
    Act, OpenError, Record, Store, StoreError,
    audit::record,
    auth::oauth_identity,
    credentials::{access_identity, refresh_identity},
    reading, writing,
};
use crate::{
    crypto::{Cipher, CryptoError},
    types::{AiProviderId, AuditAction, CredentialsId},
};

pub(super) const KEY_CHECK: &str = "secret_key_check";
pub(super) const KEY_NEXT: &str = "secret_key_next";
const KEY_CHECK_TEXT: &str = "this text opens with the right SECRET_KEY";
/// Secrets that are sealed anew in one transaction.
const AT_A_TIME: usize = 50;

/// Under which key the stored secrets are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyStanding {
    /// Sealed by `SECRET_KEY`.
    pub current: u64,
    /// Sealed by `SECRET_KEY_PREVIOUS`.
    pub previous: u64,
    /// Neither opens them.
    pub unreadable: u64,
}

/// A sealed value that could be read: its row, itself, and what it is sealed for.
struct Sealed<Id> {
    row: Id,
    text: String,
    identity: String,
}

/// Does the same for every place where secrets are stored: table, key, its type, column, and what a secret there is sealed for.
macro_rules! each_place {
    ($store:expr, $do:ident($($argument:expr),*)) => {{
        $do!($store, "integrations_credentials", "id", CredentialsId, "access_token", access_identity, $($argument),*);
        $do!($store, "integrations_credentials", "id", CredentialsId, "refresh_token", refresh_identity, $($argument),*);
        $do!($store, "ai_providers", "id", AiProviderId, "api_key", ai_key_identity, $($argument),*);
        $do!($store, "oauth_requests", "state_hash", String, "pkce_verifier", oauth_identity_of, $($argument),*);
    }};
}

fn ai_key_identity(id: AiProviderId) -> String {
    super::ai::key_identity(id)
}

fn oauth_identity_of(state_hash: String) -> String {
    oauth_identity(&state_hash)
}

/// The secrets of one place after a row, in the order of rows.
macro_rules! read_batch {
    ($store:expr, $table:literal, $key:literal, $Id:ty, $column:literal, $identity:path, $after:expr) => {{
        let after: Option<$Id> = $after;
        let rows: Vec<($Id, String)> = reading!($store, db => {
            let mut query = QueryBuilder::new(concat!(
                "SELECT ", $key, ", ", $column, " FROM ", $table, " WHERE ", $column, " IS NOT NULL"
            ));
            if let Some(after) = after {
                query.push(concat!(" AND ", $key, " > ")).push_bind(after);
            }
            let limit = i64::try_from(AT_A_TIME).unwrap_or(i64::MAX);
            query.push(concat!(" ORDER BY ", $key, " LIMIT ")).push_bind(limit);
            query.build_query_as().fetch_all(db).await?
        });
        let sealed = rows.into_iter().map(|(row, text)| Sealed { identity: $identity(row.clone()), row, text });
        sealed.collect::<Vec<Sealed<$Id>>>()
    }};
}

macro_rules! count_place {
    ($store:expr, $table:literal, $key:literal, $Id:ty, $column:literal, $identity:path, $standing:expr) => {{
        let mut after = None;
        loop {
            let batch = read_batch!($store, $table, $key, $Id, $column, $identity, after);
            let Some(last) = batch.last() else { break };
            after = Some(last.row.clone());
            for sealed in &batch {
                $standing.count(&$store.cipher, &sealed.text, &sealed.identity);
            }
        }
    }};
}

macro_rules! reseal_place {
    ($store:expr, $table:literal, $key:literal, $Id:ty, $column:literal, $identity:path, $done:expr) => {{
        let mut after = None;
        loop {
            let batch = read_batch!($store, $table, $key, $Id, $column, $identity, after);
            let Some(last) = batch.last() else { break };
            after = Some(last.row.clone());
            let old: Vec<(&Sealed<$Id>, String)> = batch
                .iter()
                .filter(|sealed| !$store.cipher.is_current(&sealed.text, &sealed.identity))
                .filter_map(|sealed| {
                    // What no key opens is counted by the standing, and stays.
                    let plain = $store.cipher.open(&sealed.text, &sealed.identity).ok()?;
                    Some((sealed, $store.cipher.seal(&plain, &sealed.identity)?))
                })
                .collect();
            if old.is_empty() {
                continue;
            }
            writing!($store, tx => {
                for (sealed, anew) in &old {
                    // Unless it was written meanwhile: then it is sealed by the key of whoever wrote it, and looked at again.
                    let sql = concat!(
                        "UPDATE ", $table, " SET ", $column, " = $3 WHERE ", $key, " = $1 AND ", $column, " = $2"
                    );
                    let changed =
                        sqlx::query(sql).bind(sealed.row.clone()).bind(&sealed.text).bind(anew).execute(&mut *tx).await?;
                    $done += changed.rows_affected();
                }
            });
        }
    }};
}

impl KeyStanding {
    fn count(&mut self, cipher: &Cipher, sealed: &str, identity: &str) {
        if cipher.is_current(sealed, identity) {
            self.current += 1;
        } else if cipher.open(sealed, identity).is_ok() {
            self.previous += 1;
        } else {
            self.unreadable += 1;
        }
    }
}

impl Store {
    /// Under which key the stored secrets are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn key_standing(&self) -> Result<KeyStanding, StoreError> {
        let mut standing = KeyStanding::default();
        each_place!(self, count_place(standing));
        Ok(standing)
    }

    /// Seals every secret of `SECRET_KEY_PREVIOUS` anew, and once none is left, makes `SECRET_KEY` the database's only key. Says how
    /// many that were; may be broken off at any point and begun again.
    ///
    /// # Errors
    /// When the database cannot be used: what was sealed until then is.
    pub async fn rotate_keys(&self, act: Act) -> Result<u64, StoreError> {
        let mut resealed = 0;
        loop {
            let before = resealed;
            each_place!(self, reseal_place(resealed));
            if resealed == before {
                break;
            }
        }
        if self.key_standing().await?.previous == 0 && self.is_rotating().await? {
            let check = self.key_check();
            writing!(self, tx => {
                sqlx::query("UPDATE system_values SET value = $2, updated_at = $3 WHERE key = $1")
                    .bind(KEY_CHECK).bind(&check).bind(act.at).execute(&mut *tx).await?;
                sqlx::query("DELETE FROM system_values WHERE key = $1").bind(KEY_NEXT).execute(&mut *tx).await?;
                record!(tx, act, AuditAction::KeyRotated, Record { to: Some(resealed.to_string()), ..Record::default() });
            });
        }
        Ok(resealed)
    }

    async fn is_rotating(&self) -> Result<bool, StoreError> {
        Ok(self.system_value(KEY_NEXT).await?.is_some())
    }

    /// The text that tells which key is the right one, sealed by ours.
    fn key_check(&self) -> String {
        self.cipher.seal(&KEY_CHECK_TEXT.into(), KEY_CHECK).unwrap_or_default()
    }

    /// What an older database says of its keys. One without tables says nothing.
    pub(crate) async fn refuse_another_key(&self) -> Result<(), OpenError> {
        let sealed: Result<Vec<(String, String)>, sqlx::Error> = reading!(self, db => {
            sqlx::query_as("SELECT key, value FROM system_values WHERE key IN ($1, $2)")
                .bind(KEY_CHECK).bind(KEY_NEXT).fetch_all(db).await
        });
        match sealed {
            Ok(sealed) => {
                let of = |name: &str| sealed.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
                of(KEY_CHECK).map_or(Ok(()), |check| fits(&self.cipher, check, of(KEY_NEXT)))
            }
            Err(sqlx::Error::Database(error)) if is_missing_table(error.as_ref()) => Ok(()),
            Err(error) => Err(OpenError::Connect(error)),
        }
    }

    /// Makes ours the key of a database that has none; and notes that the key is being changed where only the previous one is the
    /// database's.
    pub(super) async fn check_key(&self, now: chrono::DateTime<chrono::Utc>) -> Result<(), OpenError> {
        let next = self.system_value(KEY_NEXT).await?;
        match self.system_value(KEY_CHECK).await? {
            None => Ok(self.set_system_value(KEY_CHECK, &self.key_check(), now).await?),
            Some(check) => {
                fits(&self.cipher, &check, next.as_deref())?;
                let is_previous = !self.cipher.is_current(&check, KEY_CHECK);
                let is_noted = next.is_some_and(|next| self.cipher.is_current(&next, KEY_CHECK));
                if is_previous && !is_noted {
                    self.set_system_value(KEY_NEXT, &self.key_check(), now).await?;
                }
                Ok(())
            }
        }
    }
}

/// Whether these are the keys of a database, as far as it tells: `check` and `next` as they are stored.
pub(super) fn fits(cipher: &Cipher, check: &str, next: Option<&str>) -> Result<(), OpenError> {
    let opens = |sealed: &str| match cipher.open(sealed, KEY_CHECK) {
        Ok(text) => Ok(text.expose_secret() == KEY_CHECK_TEXT),
        Err(CryptoError::WrongKey) => Ok(false),
        Err(error @ CryptoError::Format) => Err(OpenError::Store(error.into())),
    };
    match (opens(check)?, next.map(opens).transpose()?) {
        (true, None | Some(true)) => Ok(()),
        (true, Some(false)) => Err(OpenError::RotationBegun),
        (false, Some(true)) => Err(OpenError::RotationNotEnded),
        (false, None | Some(false)) => Err(OpenError::WrongKey),
    }
}

/// PostgreSQL has a code for it (42P01), SQLite only words.
pub(super) fn is_missing_table(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
}
