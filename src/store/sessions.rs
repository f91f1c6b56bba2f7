//! Browser sessions, as opaque bytes.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, reading, writing};
use crate::types::TOKEN_DAYS_AT_MOST;

impl Store {
    /// Stores a new session. `false` if the id is taken.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn session_create(&self, id: &str, data: &[u8], expires_at: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            sqlx::query("INSERT INTO sessions (id, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
                .bind(id).bind(data).bind(expires_at).execute(tx).await?.rows_affected() > 0
        }))
    }

    /// Stores a session, new or known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn session_save(&self, id: &str, data: &[u8], expires_at: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO sessions (id, data, expires_at) VALUES ($1, $2, $3)
                 ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
            )
            .bind(id).bind(data).bind(expires_at).execute(tx).await?;
        });
        Ok(())
    }

    /// A session that has not expired.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session_load(
        &self,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<(Vec<u8>, DateTime<Utc>)>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as("SELECT data, expires_at FROM sessions WHERE id = $1 AND expires_at > $2")
                .bind(id).bind(now).fetch_optional(db).await?
        }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn session_delete(&self, id: &str) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id).execute(tx).await?;
        });
        Ok(())
    }

    /// Clears away what has expired: sessions, tokens, OAuth requests, old login attempts.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn delete_expired(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            for sql in [
                "DELETE FROM sessions WHERE expires_at <= $1",
                "DELETE FROM api_tokens WHERE expires_at <= $1",
                "DELETE FROM oauth_requests WHERE expires_at <= $1",
            ] {
                sqlx::query(sql).bind(now).execute(&mut *tx).await?;
            }
            // Of an early version, which did not let them expire.
            sqlx::query("DELETE FROM api_tokens WHERE expires_at IS NULL AND created_at <= $1")
                .bind(now - chrono::TimeDelta::days(TOKEN_DAYS_AT_MOST.into())).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM login_attempts WHERE window_start <= $1")
                .bind(now - chrono::TimeDelta::days(1)).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
