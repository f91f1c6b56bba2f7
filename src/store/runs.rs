//! Sync runs and the lease that keeps an account to one run at a time.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use super::{Store, StoreError, reading, writing};
use crate::types::{
    AccountId, AccountMeta, AccountStatus, Provider, RunId, RunKind, RunState, RunTrigger, SyncRun, SyncSummary,
};

/// How many errors of a run are kept in words; all are counted.
pub const KEPT_ERRORS: usize = 20;

/// A run to begin or to queue.
#[derive(Debug, Clone)]
pub struct NewRun {
    pub account: AccountId,
    pub kind: RunKind,
    pub trigger: RunTrigger,
    /// Imports: the file to read, the name it came under, its size in bytes.
    pub source: Option<(PathBuf, String, i64)>,
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    #[error("sync_already_running")]
    AlreadyRunning,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LeaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Where a run stands. Written whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunProgress {
    pub messages_total: Option<i32>,
    pub messages_fetched: i32,
    pub messages_upserted: i32,
    pub pairs_created: i32,
    pub pairs_skipped: i32,
    pub messages_failed: i32,
    /// Why messages make no pair: reason → count.
    pub skip_reasons: BTreeMap<String, i32>,
    pub bytes_done: Option<i64>,
    pub bytes_total: Option<i64>,
    /// The first [`KEPT_ERRORS`] errors.
    pub errors: Vec<String>,
    pub errors_total: i32,
    pub waiting_for: Option<String>,
    pub waiting_until: Option<DateTime<Utc>>,
}

impl RunProgress {
    /// Adds what a round of pairing did.
    pub fn paired(&mut self, created: u32, skipped: &BTreeMap<&'static str, u32>) {
        self.pairs_created += created.cast_signed();
        for (reason, count) in skipped {
            self.pairs_skipped += count.cast_signed();
            *self.skip_reasons.entry((*reason).to_owned()).or_default() += count.cast_signed();
        }
    }

    /// Counts an error and keeps its words if there is room.
    pub fn error(&mut self, text: impl Into<String>) {
        self.errors_total += 1;
        if self.errors.len() < KEPT_ERRORS {
            self.errors.push(text.into());
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    pub state: RunState,
    pub progress: RunProgress,
    /// Where the next sync of the account begins; `None` leaves it as it was.
    pub account_cursor: Option<Value>,
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

#[derive(FromRow)]
struct RunRow {
    id: RunId,
    integration_account_id: AccountId,
    account_name: String,
    #[sqlx(try_from = "String")]
    kind: RunKind,
    #[sqlx(try_from = "String")]
    triggered_by: RunTrigger,
    #[sqlx(try_from = "String")]
    state: RunState,
    messages_total: Option<i32>,
    messages_fetched: i32,
    messages_upserted: i32,
    pairs_created: i32,
    pairs_skipped: i32,
    messages_failed: i32,
    skip_reasons: Json<BTreeMap<String, i32>>,
    bytes_done: Option<i64>,
    bytes_total: Option<i64>,
    source_path: Option<String>,
    source_name: Option<String>,
    cursor: Option<Json<Value>>,
    errors: Json<Vec<String>>,
    errors_total: i32,
    waiting_for: Option<String>,
    waiting_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<RunRow> for SyncRun {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            account_id: row.integration_account_id,
            account_name: row.account_name,
            kind: row.kind,
            trigger: row.triggered_by,
            state: row.state,
            messages_total: row.messages_total,
            messages_fetched: row.messages_fetched,
            messages_upserted: row.messages_upserted,
            pairs_created: row.pairs_created,
            pairs_skipped: row.pairs_skipped,
            messages_failed: row.messages_failed,
            skip_reasons: row.skip_reasons.0,
            bytes_done: row.bytes_done,
            bytes_total: row.bytes_total,
            source_name: row.source_name,
            errors: row.errors.0,
            errors_total: row.errors_total,
            waiting_for: row.waiting_for,
            waiting_until: row.waiting_until,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<RunRow> for QueuedImport {
    fn from(row: RunRow) -> Self {
        Self {
            run: row.id,
            account: row.integration_account_id,
            path: row.source_path.unwrap_or_default().into(),
            cursor: row.cursor.map(|Json(cursor)| cursor),
            progress: RunProgress {
                messages_total: row.messages_total,
                messages_fetched: row.messages_fetched,
                messages_upserted: row.messages_upserted,
                pairs_created: row.pairs_created,
                pairs_skipped: row.pairs_skipped,
                messages_failed: row.messages_failed,
                skip_reasons: row.skip_reasons.0,
                bytes_done: row.bytes_done,
                bytes_total: row.bytes_total,
                errors: row.errors.0,
                errors_total: row.errors_total,
                waiting_for: None,
                waiting_until: None,
            },
        }
    }
}

const SELECT: &str = "SELECT r.id, r.integration_account_id, a.display_name AS account_name, r.kind, r.triggered_by,
    r.state, r.messages_total, r.messages_fetched, r.messages_upserted, r.pairs_created, r.pairs_skipped,
    r.messages_failed, r.skip_reasons, r.bytes_done, r.bytes_total, r.source_path, r.source_name, r.cursor, r.errors, r.errors_total,
    r.waiting_for, r.waiting_until, r.created_at, r.started_at, r.finished_at
  FROM sync_runs r JOIN integrations_accounts a ON a.id = r.integration_account_id";

const INSERT: &str = "INSERT INTO sync_runs
    (id, integration_account_id, kind, triggered_by, state, bytes_done, bytes_total, source_path, source_name, errors,
     created_at, started_at, updated_at, skip_reasons)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $13)";

const UPDATE_PROGRESS: &str = "UPDATE sync_runs SET messages_total = $2, messages_fetched = $3, messages_upserted = $4,
    pairs_created = $5, pairs_skipped = $6, messages_failed = $7, bytes_done = $8, bytes_total = $9, errors = $10,
    errors_total = $11, waiting_for = $12, waiting_until = $13, updated_at = $14,
    skip_reasons = $15 WHERE id = $1";

/// Takes the lease if nobody holds one that is still good.
const TAKE_LEASE: &str = "INSERT INTO sync_state (integration_account_id, lease_run_id, lease_until, last_run_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (integration_account_id) DO UPDATE SET
      lease_run_id = excluded.lease_run_id, lease_until = excluded.lease_until, last_run_at = excluded.last_run_at
    WHERE sync_state.lease_run_id IS NULL OR sync_state.lease_until <= excluded.last_run_at";

/// A run whose lease another one takes is over: its process is gone.
const INTERRUPT_OTHERS: &str = "UPDATE sync_runs SET state = 'interrupted', finished_at = $3, updated_at = $3,
    waiting_for = NULL, waiting_until = NULL
    WHERE integration_account_id = $1 AND state = 'running' AND id <> $2";

macro_rules! bind_progress {
    ($run:expr, $progress:expr, $now:expr) => {
        sqlx::query(UPDATE_PROGRESS)
            .bind($run)
            .bind($progress.messages_total)
            .bind($progress.messages_fetched)
            .bind($progress.messages_upserted)
            .bind($progress.pairs_created)
            .bind($progress.pairs_skipped)
            .bind($progress.messages_failed)
            .bind($progress.bytes_done)
            .bind($progress.bytes_total)
            .bind(Json(&$progress.errors))
            .bind($progress.errors_total)
            .bind(&$progress.waiting_for)
            .bind($progress.waiting_until)
            .bind($now)
            .bind(Json(&$progress.skip_reasons))
    };
}

macro_rules! insert_run {
    ($tx:expr, $id:expr, $new:expr, $state:expr, $started:expr, $now:expr) => {{
        let source = $new.source.as_ref();
        sqlx::query(INSERT)
            .bind($id)
            .bind($new.account)
            .bind($new.kind.as_str())
            .bind($new.trigger.as_str())
            .bind($state.as_str())
            .bind(source.map(|_| 0_i64))
            .bind(source.map(|(_, _, size)| *size))
            .bind(source.map(|(path, _, _)| path.display().to_string()))
            .bind(source.map(|(_, name, _)| name.as_str()))
            .bind(Json(Vec::<String>::new()))
            .bind($now)
            .bind($started)
            .bind(Json(BTreeMap::<String, i32>::new()))
            .execute(&mut *$tx)
            .await?;
    }};
}

impl Store {
    /// Begins a run: takes the account's lease and writes the run, or refuses because another run holds the lease.
    ///
    /// # Errors
    /// [`LeaseError::AlreadyRunning`], or when the database cannot be written.
    pub async fn begin_run(&self, new: &NewRun, lease: TimeDelta, now: DateTime<Utc>) -> Result<RunId, LeaseError> {
        let id = RunId::new();
        writing!(self, tx => {
            insert_run!(tx, id, new, RunState::Running, Some(now), now);
            let taken = sqlx::query(TAKE_LEASE)
                .bind(new.account).bind(id).bind(now + lease).bind(now).execute(&mut *tx).await?.rows_affected();
            if taken == 0 {
                return Err(LeaseError::AlreadyRunning);
            }
            sqlx::query(INTERRUPT_OTHERS).bind(new.account).bind(id).bind(now).execute(&mut *tx).await?;
        });
        Ok(id)
    }

    /// Queues a run for the next free worker.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn queue_run(&self, new: &NewRun, now: DateTime<Utc>) -> Result<RunId, StoreError> {
        let id = RunId::new();
        writing!(self, tx => {
            insert_run!(tx, id, new, RunState::Queued, None::<DateTime<Utc>>, now);
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
               AND r.bytes_total = $3 AND r.state IN ('queued', 'running', 'interrupted')
             ORDER BY r.created_at DESC, r.id DESC LIMIT 1"
        ));
        let id = RunId::new();
        let row: Option<RunRow> = writing!(self, tx => {
            let row: Option<RunRow> = sqlx::query_as(sql)
                .bind(new.account).bind(path.display().to_string()).bind(size).fetch_optional(&mut *tx).await?;
            let run = row.as_ref().map_or(id, |row| row.id);
            if row.is_none() {
                insert_run!(tx, id, new, RunState::Running, Some(now), now);
            }
            let taken = sqlx::query(TAKE_LEASE)
                .bind(new.account).bind(run).bind(now + lease).bind(now).execute(&mut *tx).await?.rows_affected();
            if taken == 0 {
                return Err(LeaseError::AlreadyRunning);
            }
            sqlx::query("UPDATE sync_runs SET state = 'running', finished_at = NULL, updated_at = $2 WHERE id = $1")
                .bind(run).bind(now).execute(&mut *tx).await?;
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
                             updated_at = $2 WHERE id = $1",
                        )
                        .bind(row.id).bind(now).execute(&mut *tx).await?;
                        Some(row)
                    } else {
                        None
                    }
                }
            }
        });
        Ok(row.map(Into::into))
    }

    /// Writes where a run stands and keeps its lease. `false`: the lease is another's by now, so the run must stop.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_progress(
        &self,
        account: AccountId,
        run: RunId,
        progress: &RunProgress,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            let ours = sqlx::query(
                "UPDATE sync_state SET lease_until = $3 WHERE integration_account_id = $1 AND lease_run_id = $2",
            )
            .bind(account).bind(run).bind(now + lease).execute(&mut *tx).await?.rows_affected() > 0;
            if ours {
                bind_progress!(run, progress, now).execute(&mut *tx).await?;
            }
            ours
        }))
    }

    /// Ends a run: its last figures, the account's summary, cursor and last-sync time, and the lease, together.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn finish_run(&self, run: RunId, end: &RunEnd, now: DateTime<Utc>) -> Result<SyncSummary, StoreError> {
        let progress = RunProgress { waiting_for: None, waiting_until: None, ..end.progress.clone() };
        let summary = writing!(self, tx => {
            let (account, trigger, created_at): (AccountId, String, DateTime<Utc>) = sqlx::query_as(
                "SELECT integration_account_id, triggered_by, created_at FROM sync_runs WHERE id = $1",
            )
            .bind(run).fetch_one(&mut *tx).await?;
            bind_progress!(run, progress, now).execute(&mut *tx).await?;
            sqlx::query("UPDATE sync_runs SET state = $2, finished_at = $3 WHERE id = $1")
                .bind(run).bind(end.state.as_str()).bind(now).execute(&mut *tx).await?;
            let (Json(mut meta), before): (Json<AccountMeta>, Option<DateTime<Utc>>) =
                sqlx::query_as("SELECT meta, last_sync_at FROM integrations_accounts WHERE id = $1")
                    .bind(account).fetch_one(&mut *tx).await?;
            let last_sync_at =
                if matches!(end.state, RunState::Done | RunState::Partial) { Some(now) } else { before };
            let summary = SyncSummary {
                account_id: account,
                messages_fetched: progress.messages_fetched,
                messages_upserted: progress.messages_upserted,
                pairs_created: progress.pairs_created,
                pairs_skipped: progress.pairs_skipped,
                errors: progress.errors.clone(),
                last_sync_at,
                manual: trigger == RunTrigger::Manual.as_str(),
                state: end.state,
                run_id: run,
            };
            // A request that came while this run was going on is still to be served.
            if meta.manual_resync_requested_at.is_some_and(|at| at <= created_at) {
                meta.manual_resync_requested_at = None;
            }
            meta.last_sync_summary = Some(summary.clone());
            sqlx::query(
                "UPDATE integrations_accounts SET meta = $2, last_sync_at = $3, updated_at = $4 WHERE id = $1",
            )
            .bind(account).bind(Json(meta)).bind(last_sync_at).bind(now).execute(&mut *tx).await?;
            sqlx::query(
                "UPDATE sync_state SET lease_run_id = NULL, lease_until = NULL, cursor = COALESCE($3, cursor)
                 WHERE integration_account_id = $1 AND lease_run_id = $2",
            )
            .bind(account).bind(run).bind(end.account_cursor.as_ref().map(Json)).execute(&mut *tx).await?;
            summary
        });
        Ok(summary)
    }

    /// Gives an import back to the queue, for the next start: the process is being shut down.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn requeue_run(&self, run: RunId, progress: &RunProgress, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            bind_progress!(run, progress, now).execute(&mut *tx).await?;
            sqlx::query("UPDATE sync_runs SET state = 'queued' WHERE id = $1").bind(run).execute(&mut *tx).await?;
            sqlx::query("UPDATE sync_state SET lease_run_id = NULL, lease_until = NULL WHERE lease_run_id = $1")
                .bind(run).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Where the next sync of an account begins.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account_cursor(&self, account: AccountId) -> Result<Option<Value>, StoreError> {
        let row: Option<(Option<Json<Value>>,)> = reading!(self, db => {
            sqlx::query_as("SELECT cursor FROM sync_state WHERE integration_account_id = $1")
                .bind(account).fetch_optional(db).await?
        });
        Ok(row.and_then(|(cursor,)| cursor).map(|Json(cursor)| cursor))
    }

    /// The active Gmail accounts that nobody is syncing: those for which a resync was requested first, then those
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
                 WHERE p.code = $1 AND a.status = $2
                   AND (s.lease_run_id IS NULL OR s.lease_until <= $4)
                   AND (s.last_run_at IS NULL OR s.last_run_at <= $3 OR s.lease_run_id IS NOT NULL
                        OR a.meta->>'manual_resync_requested_at' IS NOT NULL)
                 ORDER BY CASE WHEN a.meta->>'manual_resync_requested_at' IS NULL THEN 1 ELSE 0 END,
                          CASE WHEN s.last_run_at IS NULL THEN 0 ELSE 1 END, s.last_run_at, a.id",
            )
            .bind(Provider::Gmail.as_str()).bind(AccountStatus::Active.as_str()).bind(run_before).bind(now)
            .fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, name)| DueAccount { id, name }).collect())
    }

    /// One run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run(&self, id: RunId) -> Result<Option<SyncRun>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE r.id = $1"));
        let row: Option<RunRow> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        Ok(row.map(Into::into))
    }

    /// The runs of an account, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recent_runs(&self, account: AccountId, limit: i64) -> Result<Vec<SyncRun>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE r.integration_account_id = $1 ORDER BY r.created_at DESC, r.id DESC LIMIT $2"
        ));
        let rows: Vec<RunRow> = reading!(self, db => {
            sqlx::query_as(sql).bind(account).bind(limit).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
