//! The lease that keeps an account to one run at a time: who has it, who waits for it, and whose turn is next.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::{
    Act, NewRun, Record, RunProgress, Store, StoreError,
    audit::record,
    reading,
    runs::{RunRow, SELECT, insert_run},
    writing,
};
use crate::types::{AccountId, AccountStatus, RunCode, RunId, RunState, RunTrigger, Through};

/// A run that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    pub run: RunId,
    /// Whether it holds the account's lease. Otherwise it is queued: a backfill has been asked to step aside, and
    /// [`Store::take_lease`] tells when it has.
    pub has_lease: bool,
}

/// What a sync learns that waits for the account's lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The lease is taken; begin.
    Ours,
    NotYet,
    /// The run was cancelled, or taken for dead.
    Over,
}

/// A backfill that this process has claimed.
#[derive(Debug, Clone)]
pub struct ClaimedBackfill {
    pub run: RunId,
    pub account: AccountId,
    pub since: Option<DateTime<Utc>>,
    pub progress: RunProgress,
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    #[error("sync_already_running")]
    AlreadyRunning,
    /// An account has one backfill at a time.
    #[error("backfill_already_running")]
    BackfillOpen,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LeaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// An account that the worker should sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAccount {
    pub id: AccountId,
    pub name: String,
}

/// An import that waits to begin, or to go on after its process died.
#[derive(Debug, Clone)]
pub struct QueuedImport {
    pub run: RunId,
    pub account: AccountId,
    pub path: PathBuf,
    pub cursor: Option<Value>,
    pub progress: RunProgress,
}

impl From<RunRow> for QueuedImport {
    fn from(row: RunRow) -> Self {
        Self {
            run: row.id,
            account: row.integration_account_id,
            progress: row.progress(),
            path: row.source_path.unwrap_or_default().into(),
            cursor: row.cursor.map(|Json(cursor)| cursor),
        }
    }
}

/// Takes the lease if nobody holds one that is still good.
const TAKE_LEASE: &str = "INSERT INTO sync_state (integration_account_id, lease_run_id, lease_until, last_run_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (integration_account_id) DO UPDATE SET
      lease_run_id = excluded.lease_run_id, lease_until = excluded.lease_until, last_run_at = excluded.last_run_at,
      wanted_at = NULL
    WHERE sync_state.lease_run_id IS NULL OR sync_state.lease_until <= excluded.last_run_at";

/// The same for a backfill, which lets a waiting sync go first and is no reason to sync later.
const TAKE_LEASE_IF_UNWANTED: &str = "UPDATE sync_state SET lease_run_id = $2, lease_until = $3
    WHERE integration_account_id = $1 AND (lease_run_id IS NULL OR lease_run_id = $2 OR lease_until <= $4)
      AND (wanted_at IS NULL OR wanted_at <= $5)";

/// A run whose lease another one takes is over: its process is gone.
const INTERRUPT_OTHERS: &str = "UPDATE sync_runs SET state = 'interrupted', finished_at = $3, updated_at = $3,
    waiting_for = NULL, waiting_until = NULL
    WHERE integration_account_id = $1 AND id <> $2
      AND (kind <> 'backfill' AND state = 'running' OR kind = 'sync' AND state = 'queued' AND alive_until <= $3)";

/// How long a backfill steps aside for a sync that said it waits: its process may be gone.
const WANTED_FOR: TimeDelta = TimeDelta::seconds(30);

/// The longest time for which failures alone keep the worker away from an account.
const LONGEST_BACKOFF: TimeDelta = TimeDelta::hours(1);

/// Locks the lease until the end of the transaction: a process that slept through its lease must not write over what its
/// successor knows better. For use inside a transaction.
macro_rules! hold_lease {
    ($tx:expr, $account:expr, $run:expr) => {{
        let held = sqlx::query(
            "UPDATE sync_state SET lease_run_id = $2 WHERE integration_account_id = $1 AND lease_run_id = $2",
        )
        .bind($account)
        .bind($run)
        .execute(&mut *$tx)
        .await?;
        if held.rows_affected() == 0 {
            return Err($crate::store::StoreError::LeaseLost);
        }
    }};
}
pub(super) use hold_lease;

impl Store {
    /// Begins a sync: takes the account's lease and writes the run. Where a backfill holds the lease, it is asked to step
    /// aside and the run waits.
    ///
    /// # Errors
    /// [`LeaseError::AlreadyRunning`], or when the database cannot be written.
    pub async fn begin_run(&self, new: &NewRun, lease: TimeDelta, now: DateTime<Utc>) -> Result<Begun, LeaseError> {
        let id = RunId::new();
        let has_lease = writing!(self, tx => {
            insert_run!(tx, id, new, RunState::Running, Some(now), Some((self.process, now + lease)), now);
            let taken = sqlx::query(TAKE_LEASE)
                .bind(new.account).bind(id).bind(now + lease).bind(now).execute(&mut *tx).await?.rows_affected() > 0;
            if !taken {
                let steps_aside: bool = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT 1 FROM sync_state s JOIN sync_runs r ON r.id = s.lease_run_id
                        WHERE s.integration_account_id = $1 AND r.kind = 'backfill')
                      AND NOT EXISTS (SELECT 1 FROM sync_runs WHERE integration_account_id = $1 AND id <> $2
                        AND kind = 'sync' AND state = 'queued' AND alive_until > $3)",
                )
                .bind(new.account).bind(id).bind(now).fetch_one(&mut *tx).await?;
                if !steps_aside {
                    return Err(LeaseError::AlreadyRunning);
                }
                sqlx::query("UPDATE sync_runs SET state = 'queued', started_at = NULL WHERE id = $1")
                    .bind(id).execute(&mut *tx).await?;
                sqlx::query("UPDATE sync_state SET wanted_at = $2 WHERE integration_account_id = $1")
                    .bind(new.account).bind(now).execute(&mut *tx).await?;
            }
            sqlx::query(INTERRUPT_OTHERS).bind(new.account).bind(id).bind(now).execute(&mut *tx).await?;
            taken
        });
        Ok(Begun { run: id, has_lease })
    }

    /// Takes the lease for a sync that waits for it, or renews its wish.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_lease(
        &self,
        account: AccountId,
        run: RunId,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        Ok(writing!(self, tx => {
            let waits = sqlx::query("UPDATE sync_runs SET alive_until = $2 WHERE id = $1 AND state = 'queued'")
                .bind(run).bind(now + lease).execute(&mut *tx).await?.rows_affected() > 0;
            if !waits {
                Turn::Over
            } else if sqlx::query(TAKE_LEASE)
                .bind(account).bind(run).bind(now + lease).bind(now).execute(&mut *tx).await?.rows_affected() > 0
            {
                sqlx::query("UPDATE sync_runs SET state = 'running', started_at = $2, updated_at = $2 WHERE id = $1")
                    .bind(run).bind(now).execute(&mut *tx).await?;
                Turn::Ours
            } else {
                sqlx::query("UPDATE sync_state SET wanted_at = $2 WHERE integration_account_id = $1")
                    .bind(account).bind(now).execute(&mut *tx).await?;
                Turn::NotYet
            }
        }))
    }

    /// Takes the lease for a slice of a backfill. `false`: a sync has it, or waits for it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_slice_lease(
        &self,
        account: AccountId,
        run: RunId,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            sqlx::query(TAKE_LEASE_IF_UNWANTED)
                .bind(account).bind(run).bind(now + lease).bind(now).bind(now - WANTED_FOR)
                .execute(tx).await?.rows_affected() > 0
        }))
    }

    /// Gives the lease of a slice back. With a cursor, writes it as well: it says what the backfill reached.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn release_slice_lease(
        &self,
        account: AccountId,
        run: RunId,
        cursor: Option<&Value>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "UPDATE sync_state SET lease_run_id = NULL, lease_until = NULL, cursor = COALESCE($3, cursor)
                 WHERE integration_account_id = $1 AND lease_run_id = $2",
            )
            .bind(account).bind(run).bind(cursor.map(Json)).execute(tx).await?;
        });
        Ok(())
    }

    /// Queues a backfill for the next free worker.
    ///
    /// # Errors
    /// [`LeaseError::BackfillOpen`], or when the database cannot be written.
    pub async fn queue_backfill(&self, new: &NewRun, now: DateTime<Utc>) -> Result<RunId, LeaseError> {
        self.queue_run(new, now).await.map_err(|error| match error {
            StoreError::Database(sqlx::Error::Database(cause)) if cause.is_unique_violation() => {
                LeaseError::BackfillOpen
            }
            error => error.into(),
        })
    }

    /// Takes the oldest backfill that waits, or one whose process has died. An account has to have been synced before, and
    /// to be active.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_backfill(
        &self,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<ClaimedBackfill>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{SELECT} JOIN sync_state s ON s.integration_account_id = r.integration_account_id
             WHERE r.kind = 'backfill' AND (r.state = 'queued' OR r.state = 'running' AND r.alive_until <= $1)
               AND a.status = 'active' AND s.cursor IS NOT NULL AND (s.not_before IS NULL OR s.not_before <= $1)
             ORDER BY r.created_at, r.id LIMIT 1"
        ));
        let row: Option<RunRow> = writing!(self, tx => {
            let row: Option<RunRow> = sqlx::query_as(sql).bind(now).fetch_optional(&mut *tx).await?;
            match row {
                None => None,
                Some(row) => {
                    let claimed = sqlx::query(
                        "UPDATE sync_runs SET state = 'running', process = $2, alive_until = $3, waiting_for = NULL,
                           waiting_until = NULL, started_at = COALESCE(started_at, $4), updated_at = $4
                         WHERE id = $1 AND (state = 'queued' OR state = 'running' AND alive_until <= $4)",
                    )
                    .bind(row.id).bind(self.process).bind(now + lease).bind(now)
                    .execute(&mut *tx).await?.rows_affected() > 0;
                    claimed.then_some(row)
                }
            }
        });
        Ok(row.map(|row| ClaimedBackfill {
            run: row.id,
            account: row.integration_account_id,
            since: row.since,
            progress: row.progress(),
        }))
    }

    /// Keeps the worker away from an account for a while: as long as the provider asked for, and twice as long with every
    /// run in a row that failed, up to an hour.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn back_off(
        &self,
        account: AccountId,
        asked: Option<TimeDelta>,
        reason: RunCode,
        interval: std::time::Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            let failures: i32 = sqlx::query_scalar(
                "UPDATE sync_state SET failures_in_a_row = failures_in_a_row + 1, not_before_reason = $2
                 WHERE integration_account_id = $1 RETURNING failures_in_a_row",
            )
            .bind(account).bind(reason.as_str()).fetch_optional(&mut *tx).await?.unwrap_or(1);
            let own = interval.saturating_mul(2_u32.saturating_pow(u32::try_from(failures - 1).unwrap_or(0)));
            let own = TimeDelta::from_std(own).unwrap_or(LONGEST_BACKOFF).min(LONGEST_BACKOFF);
            let wait = asked.map_or(own, |asked| asked.max(own));
            sqlx::query("UPDATE sync_state SET not_before = $2 WHERE integration_account_id = $1")
                .bind(account).bind(now + wait).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Queues a run for the next free worker.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn queue_run(&self, new: &NewRun, now: DateTime<Utc>) -> Result<RunId, StoreError> {
        let id = RunId::new();
        writing!(self, tx => {
            insert_run!(tx, id, new, RunState::Queued, None::<DateTime<Utc>>, None, now);
        });
        Ok(id)
    }

    /// Begins an import here and now: goes on with an interrupted one of the same file, or begins a new one.
    ///
    /// # Errors
    /// [`LeaseError::AlreadyRunning`], or when the database cannot be written.
    pub async fn begin_import(
        &self,
        new: &NewRun,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<QueuedImport, LeaseError> {
        let (path, _, size) = new.source.clone().unwrap_or_default();
        let sql = sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE r.integration_account_id = $1 AND r.kind = 'import' AND r.source_path = $2
               AND r.bytes_total = $3 AND r.state IN ('queued', 'running', 'interrupted', 'paused')
             ORDER BY r.created_at DESC, r.id DESC LIMIT 1"
        ));
        let id = RunId::new();
        let row: Option<RunRow> = writing!(self, tx => {
            let row: Option<RunRow> = sqlx::query_as(sql)
                .bind(new.account).bind(path.display().to_string()).bind(size).fetch_optional(&mut *tx).await?;
            let run = row.as_ref().map_or(id, |row| row.id);
            if row.is_none() {
                insert_run!(tx, id, new, RunState::Running, Some(now), Some((self.process, now + lease)), now);
            }
            let taken = sqlx::query(TAKE_LEASE)
                .bind(new.account).bind(run).bind(now + lease).bind(now).execute(&mut *tx).await?.rows_affected();
            if taken == 0 {
                return Err(LeaseError::AlreadyRunning);
            }
            sqlx::query(
                "UPDATE sync_runs SET state = 'running', requested = NULL, process = $3, finished_at = NULL, updated_at = $2
                 WHERE id = $1",
            )
            .bind(run).bind(now).bind(self.process).execute(&mut *tx).await?;
            row
        });
        Ok(row.map_or_else(
            || QueuedImport {
                run: id,
                account: new.account,
                path,
                cursor: None,
                progress: RunProgress { bytes_done: Some(0), bytes_total: Some(size), ..RunProgress::default() },
            },
            Into::into,
        ))
    }

    /// Takes the oldest import that waits, or one whose process has died, together with its account's lease.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_import(&self, lease: TimeDelta, now: DateTime<Utc>) -> Result<Option<QueuedImport>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{SELECT} LEFT JOIN sync_state s ON s.integration_account_id = r.integration_account_id
             WHERE r.kind = 'import' AND r.state IN ('queued', 'running')
               AND (s.lease_run_id IS NULL OR s.lease_until <= $1)
             ORDER BY r.created_at, r.id LIMIT 1"
        ));
        let row: Option<RunRow> = writing!(self, tx => {
            let row: Option<RunRow> = sqlx::query_as(sql).bind(now).fetch_optional(&mut *tx).await?;
            match row {
                None => None,
                Some(row) => {
                    let taken = sqlx::query(TAKE_LEASE)
                        .bind(row.integration_account_id).bind(row.id).bind(now + lease).bind(now)
                        .execute(&mut *tx).await?.rows_affected();
                    if taken > 0 {
                        sqlx::query(
                            "UPDATE sync_runs SET state = 'running', started_at = COALESCE(started_at, $2),
                             updated_at = $2, process = $3 WHERE id = $1",
                        )
                        .bind(row.id).bind(now).bind(self.process).execute(&mut *tx).await?;
                        Some(row)
                    } else {
                        None
                    }
                }
            }
        });
        Ok(row.map(Into::into))
    }

    /// The active accounts that nobody is syncing: those for which a resync was requested first, then those
    /// whose last run began before `run_before` or died with its lease, the longest unseen first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn due_accounts(
        &self,
        run_before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<DueAccount>, StoreError> {
        let rows: Vec<(AccountId, String)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT a.id, a.display_name FROM integrations_accounts a
                 JOIN integrations_providers p ON p.id = a.provider_id
                 LEFT JOIN sync_state s ON s.integration_account_id = a.id
                 LEFT JOIN sync_runs r ON r.id = s.lease_run_id
                 WHERE p.auth_type <> 'file' AND a.status = $1
                   AND (s.lease_run_id IS NULL OR s.lease_until <= $3 OR r.kind = 'backfill')
                   AND ((s.last_run_at IS NULL OR s.last_run_at <= $2 OR s.lease_run_id IS NOT NULL AND r.kind <> 'backfill')
                        AND (s.not_before IS NULL OR s.not_before <= $3)
                        OR a.meta->>'manual_resync_requested_at' IS NOT NULL)
                 ORDER BY CASE WHEN a.meta->>'manual_resync_requested_at' IS NULL THEN 1 ELSE 0 END,
                          CASE WHEN s.last_run_at IS NULL THEN 0 ELSE 1 END, s.last_run_at, a.id",
            )
            .bind(AccountStatus::Active.as_str()).bind(run_before).bind(now)
            .fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, name)| DueAccount { id, name }).collect())
    }
}
