//! The workers: which there are, and whether they may work.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Act, Record, Store, StoreError, audit::record, reading, writing};
use crate::types::{AuditAction, WorkerSeen};

/// Where [`Store::monitor_enabled`] keeps its answer.
pub(super) const MONITOR: &str = "email_monitor";

impl Store {
    /// Whether workers sync by themselves. They do until somebody says otherwise.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn monitor_enabled(&self) -> Result<bool, StoreError> {
        Ok(self.system_value(MONITOR).await?.as_deref() != Some("stopped"))
    }

    /// Starts or stops the workers of every process on this database.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_monitor(&self, enabled: bool, act: impl Into<Act>) -> Result<(), StoreError> {
        let act = act.into();
        let (value, action) = match enabled {
            true => ("running", AuditAction::MonitorStarted),
            false => ("stopped", AuditAction::MonitorStopped),
        };
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, $2, $3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            )
            .bind(MONITOR).bind(value).bind(act.at).execute(&mut *tx).await?;
            record!(tx, act, action, Record::default());
        });
        Ok(())
    }

    /// A worker's sign of life; forgets those that gave none for `forget`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn worker_seen(
        &self,
        host: &str,
        started_at: DateTime<Utc>,
        forget: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO sync_workers (id, host, process_id, started_at, last_seen_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            )
            .bind(self.process).bind(host).bind(i64::from(std::process::id())).bind(started_at).bind(now)
            .execute(&mut *tx).await?;
            sqlx::query("DELETE FROM sync_workers WHERE last_seen_at < $1").bind(now - forget).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Takes this process off the list of workers.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn worker_gone(&self) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("DELETE FROM sync_workers WHERE id = $1").bind(self.process).execute(tx).await?;
        });
        Ok(())
    }

    /// The workers that gave a sign of life since then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn workers(&self, since: DateTime<Utc>) -> Result<Vec<WorkerSeen>, StoreError> {
        let rows: Vec<(String, i64, DateTime<Utc>, DateTime<Utc>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT host, process_id, started_at, last_seen_at FROM sync_workers WHERE last_seen_at >= $1
                 ORDER BY started_at, id",
            )
            .bind(since).fetch_all(db).await?
        });
        Ok(rows
            .into_iter()
            .map(|(host, process_id, started_at, last_seen_at)| WorkerSeen {
                host,
                process_id,
                started_at,
                last_seen_at,
            })
            .collect())
    }
}
