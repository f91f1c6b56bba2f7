//! Messages that were set aside: they could not be read or stored, and wait for another try.

use sqlx::QueryBuilder;

use crate::{
    store::{Store, StoreError, reading, writing},
    types::{AccountId, FailureId, SyncFailure},
};

impl Store {
    /// The provider ids of messages that were set aside and tried fewer times than that.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn failures_to_retry(&self, account: AccountId, attempts_below: i32) -> Result<Vec<String>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT external_id FROM sync_failures WHERE integration_account_id = $1 AND attempts < $2
                 ORDER BY first_seen_at, id",
            )
            .bind(account).bind(attempts_below).fetch_all(db).await?
        }))
    }

    /// Forgets how often messages that were set aside have been tried, so that the next run tries them: one, or all of the
    /// account. Returns how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_attempts(&self, account: AccountId, failure: Option<FailureId>) -> Result<u64, StoreError> {
        Ok(writing!(self, tx => {
            let mut query = QueryBuilder::new("UPDATE sync_failures SET attempts = 0 WHERE integration_account_id = ");
            query.push_bind(account);
            if let Some(failure) = failure {
                query.push(" AND id = ").push_bind(failure);
            }
            query.build().execute(&mut *tx).await?.rows_affected()
        }))
    }

    /// The messages of an account that were set aside, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_failures(&self, account: AccountId, limit: i64) -> Result<Vec<SyncFailure>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT id, integration_account_id AS account_id, external_id, code, reason, attempts, last_tried_at
                 FROM sync_failures WHERE integration_account_id = $1 ORDER BY first_seen_at, id LIMIT $2",
            )
            .bind(account).bind(limit).fetch_all(db).await?
        }))
    }
}
