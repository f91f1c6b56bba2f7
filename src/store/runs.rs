//! Sync runs: what they are asked, where they stand, and how they ended.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::PathBuf,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    Act, NewFailure, Record, Store, StoreError,
    accounts::{LockedAccount, lock_account},
    audit::record,
    monitor::MONITOR,
    reading, writing,
};
use crate::types::{
    AccountId, AccountStatus, Actor, AuditAction, ErrorCode, RunError, RunId, RunKind, RunRequest, RunState,
    RunTrigger, SyncRun, SyncSummary,
};

/// How many errors of a run are kept in words; all are counted.
pub const KEPT_ERRORS: usize = 20;

/// The files of imports that are not over.
pub(super) const SOURCES_TO_COME: &str = "SELECT source_path FROM sync_runs WHERE source_path IS NOT NULL
    AND state IN ('queued', 'running', 'paused', 'interrupted')";

/// What a run is called on record: its mailbox.
const ADDRESS_OF_RUN: &str = "SELECT a.external_account_id FROM sync_runs r
    JOIN integrations_accounts a ON a.id = r.integration_account_id WHERE r.id = $1";

/// A run to begin or to queue.
#[derive(Debug, Clone)]
pub struct NewRun {
    pub account: AccountId,
    pub kind: RunKind,
    /// Who wants it. What the worker begins by itself is not on record.
    pub by: Actor,
    /// Imports: the file to read, the name it came under, its size in bytes.
    pub source: Option<(PathBuf, String, i64)>,
    /// Backfills: from when; `None` is all there is.
    pub since: Option<DateTime<Utc>>,
}

impl NewRun {
    /// The act of whoever wants it, and what of.
    pub(super) fn asked(&self) -> (AuditAction, Option<String>) {
        match self.kind {
            RunKind::Sync => (AuditAction::SyncStarted, None),
            RunKind::Import => (AuditAction::ImportStarted, self.source.as_ref().map(|(_, name, _)| name.clone())),
            RunKind::Backfill => {
                let since = self.since.map_or_else(|| "everything".to_owned(), |since| since.date_naive().to_string());
                (AuditAction::OlderMailRequested, Some(since))
            }
        }
    }
}

/// What a run learns when it gives a sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Go on.
    Ours,
    /// Stop: a person asked for it.
    Asked(RunRequest),
    /// Stop until it is switched on again: the account was switched off, or, of a backfill, the monitor.
    Suspended,
    /// Stop: another process has taken the run or the account.
    Lost,
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
    pub rate_per_minute: Option<i32>,
    pub seconds_left: Option<i64>,
    /// The first [`KEPT_ERRORS`] errors.
    pub errors: Vec<String>,
    pub errors_total: i32,
    pub waiting_for: Option<String>,
    pub waiting_until: Option<DateTime<Utc>>,
}

impl RunProgress {
    /// Counts an error and keeps its words if there is room.
    pub fn error(&mut self, code: impl Into<ErrorCode>, text: &str) {
        self.count(RunError::new(code, text));
    }

    /// As [`Self::error`], of a message that is set aside.
    pub fn failure(&mut self, failure: &NewFailure) {
        let (message, code) = (Some(failure.external_id.as_str()), failure.code.into());
        self.count(RunError { message, code, text: &failure.reason });
    }

    fn count(&mut self, error: RunError<'_>) {
        self.errors_total += 1;
        if self.errors.len() < KEPT_ERRORS {
            self.errors.push(error.to_string());
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

#[derive(FromRow)]
pub(super) struct RunRow {
    pub(super) id: RunId,
    pub(super) integration_account_id: AccountId,
    account_name: String,
    #[sqlx(try_from = "String")]
    kind: RunKind,
    #[sqlx(try_from = "String")]
    triggered_by: RunTrigger,
    #[sqlx(try_from = "String")]
    state: RunState,
    requested: Option<String>,
    pub(super) since: Option<DateTime<Utc>>,
    messages_total: Option<i32>,
    messages_fetched: i32,
    messages_upserted: i32,
    pairs_created: i32,
    pairs_skipped: i32,
    messages_failed: i32,
    rate_per_minute: Option<i32>,
    seconds_left: Option<i64>,
    skip_reasons: Json<BTreeMap<String, i32>>,
    bytes_done: Option<i64>,
    bytes_total: Option<i64>,
    pub(super) source_path: Option<String>,
    source_name: Option<String>,
    pub(super) cursor: Option<Json<Value>>,
    errors: Json<Vec<String>>,
    errors_total: i32,
    waiting_for: Option<String>,
    waiting_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    /// Whether its account has pairs now.
    has_pairs: bool,
}

impl From<RunRow> for SyncRun {
    fn from(row: RunRow) -> Self {
        let has_read = row.messages_fetched > 0 && matches!(row.state, RunState::Done | RunState::Partial);
        Self {
            found_no_pairs: row.kind == RunKind::Import && has_read && !row.has_pairs,
            pairs_in: None,
            id: row.id,
            account_id: row.integration_account_id,
            account_name: row.account_name,
            kind: row.kind,
            trigger: row.triggered_by,
            state: row.state,
            requested: row.requested.and_then(|word| word.parse().ok()),
            since: row.since,
            rate_per_minute: row.rate_per_minute,
            seconds_left: row.seconds_left,
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

impl RunRow {
    /// Where the run stood when it was last written down.
    pub(super) fn progress(&self) -> RunProgress {
        RunProgress {
            messages_total: self.messages_total,
            messages_fetched: self.messages_fetched,
            messages_upserted: self.messages_upserted,
            pairs_created: self.pairs_created,
            pairs_skipped: self.pairs_skipped,
            messages_failed: self.messages_failed,
            skip_reasons: self.skip_reasons.0.clone(),
            bytes_done: self.bytes_done,
            bytes_total: self.bytes_total,
            errors: self.errors.0.clone(),
            errors_total: self.errors_total,
            ..RunProgress::default()
        }
    }
}

pub(super) const SELECT: &str = "SELECT r.id, r.integration_account_id, a.display_name AS account_name, r.kind, r.triggered_by,
    r.state, r.requested, r.since, r.rate_per_minute, r.seconds_left, r.messages_total, r.messages_fetched, r.messages_upserted, r.pairs_created, r.pairs_skipped,
    r.messages_failed, r.skip_reasons, r.bytes_done, r.bytes_total, r.source_path, r.source_name, r.cursor, r.errors, r.errors_total,
    r.waiting_for, r.waiting_until, r.created_at, r.started_at, r.finished_at,
    (SELECT COALESCE(SUM(c.number), 0) FROM account_counts c WHERE c.integration_account_id = a.id
       AND c.what IN ('new', 'approved', 'rejected')) > 0 AS has_pairs
  FROM sync_runs r JOIN integrations_accounts a ON a.id = r.integration_account_id";

pub(super) const INSERT: &str = "INSERT INTO sync_runs
    (id, integration_account_id, kind, triggered_by, state, bytes_done, bytes_total, source_path, source_name, errors,
     created_at, started_at, updated_at, skip_reasons, since, process, alive_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $13, $14, $15, $16)";

const UPDATE_PROGRESS: &str = "UPDATE sync_runs SET messages_total = $2, messages_fetched = $3, messages_upserted = $4,
    pairs_created = $5, pairs_skipped = $6, messages_failed = $7, bytes_done = $8, bytes_total = $9, errors = $10,
    errors_total = $11, waiting_for = $12, waiting_until = $13, updated_at = $14,
    skip_reasons = $15, rate_per_minute = $16, seconds_left = $17 WHERE id = $1";

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
            .bind($progress.rate_per_minute)
            .bind($progress.seconds_left)
    };
}

/// Writes a run that begins or waits. For use inside a transaction.
macro_rules! insert_run {
    ($tx:expr, $id:expr, $new:expr, $state:expr, $started:expr, $alive:expr, $now:expr) => {{
        let source = $new.source.as_ref();
        sqlx::query($crate::store::runs::INSERT)
            .bind($id)
            .bind($new.account)
            .bind($new.kind.as_str())
            .bind(RunTrigger::from($new.by.through).as_str())
            .bind($state.as_str())
            .bind(source.map(|_| 0_i64))
            .bind(source.map(|(_, _, size)| *size))
            .bind(source.map(|(path, _, _)| path.display().to_string()))
            .bind(source.map(|(_, name, _)| name.as_str()))
            .bind(Json(Vec::<String>::new()))
            .bind($now)
            .bind($started)
            .bind(Json(std::collections::BTreeMap::<String, i32>::new()))
            .bind($new.since)
            .bind($alive.map(|(process, _): (uuid::Uuid, DateTime<Utc>)| process))
            .bind($alive.map(|(_, until): (uuid::Uuid, DateTime<Utc>)| until))
            .execute(&mut *$tx)
            .await?;
        if $new.by.through != Through::Worker {
            let name: String =
                sqlx::query_scalar("SELECT external_account_id FROM integrations_accounts WHERE id = $1")
                    .bind($new.account)
                    .fetch_one(&mut *$tx)
                    .await?;
            let (action, to) = $new.asked();
            let target = Some($new.account.to_string());
            let record = Record { target, name: Some(&name), from: None, to };
            record!($tx, Act { by: $new.by, at: $now }, action, record);
        }
    }};
}
pub(super) use insert_run;

impl Store {
    /// Asks a run to pause or to end. One that waits does so at once, a running one at its next safe place. Returns the run
    /// as it is now; `None` if there is no such run.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn request_of_run(
        &self,
        id: RunId,
        request: RunRequest,
        act: impl Into<Act>,
    ) -> Result<Option<SyncRun>, StoreError> {
        let act = act.into();
        let now = act.at;
        let action = match request {
            RunRequest::Pause => AuditAction::RunPaused,
            RunRequest::Cancel => AuditAction::RunCancelled,
        };
        let waiting = match request {
            RunRequest::Pause => RunState::Paused,
            RunRequest::Cancel => RunState::Cancelled,
        };
        let over = waiting.is_over().then_some(now);
        writing!(self, tx => {
            let asked = sqlx::query(
                "UPDATE sync_runs SET requested = $2, updated_at = $3 WHERE id = $1 AND state = 'running'",
            )
            .bind(id).bind(request.as_str()).bind(now).execute(&mut *tx).await?.rows_affected();
            let done = sqlx::query(
                "UPDATE sync_runs SET state = $2, finished_at = $3, updated_at = $4, waiting_for = NULL,
                   waiting_until = NULL, requested = NULL
                 WHERE id = $1 AND state IN ('queued', 'paused')",
            )
            .bind(id).bind(waiting.as_str()).bind(over).bind(now).execute(&mut *tx).await?.rows_affected() + asked;
            if done > 0 {
                let name: Option<String> =
                    sqlx::query_scalar(ADDRESS_OF_RUN).bind(id).fetch_optional(&mut *tx).await?;
                let record = Record { target: Some(id.to_string()), name: name.as_deref(), ..Record::default() };
                record!(tx, act, action, record);
            }
        });
        self.run(id).await
    }

    /// Puts a paused run back into the queue. Returns the run as it is now; `None` if there is no such run.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn resume_run(&self, id: RunId, act: impl Into<Act>) -> Result<Option<SyncRun>, StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let waits = sqlx::query(
                "UPDATE sync_runs SET state = 'queued', requested = NULL, updated_at = $2
                 WHERE id = $1 AND state = 'paused'",
            )
            .bind(id).bind(act.at).execute(&mut *tx).await?.rows_affected();
            // Asked to pause, and asked to go on before it came to that.
            let goes_on = sqlx::query("UPDATE sync_runs SET requested = NULL WHERE id = $1 AND requested = 'pause'")
                .bind(id).execute(&mut *tx).await?.rows_affected();
            if waits + goes_on > 0 {
                let name: Option<String> =
                    sqlx::query_scalar(ADDRESS_OF_RUN).bind(id).fetch_optional(&mut *tx).await?;
                let record = Record { target: Some(id.to_string()), name: name.as_deref(), ..Record::default() };
                record!(tx, act, AuditAction::RunResumed, record);
            }
        });
        self.run(id).await
    }

    /// Leaves a backfill or an import for later: paused by a person, or in the queue for whoever takes it next.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_run_aside(
        &self,
        run: RunId,
        state: RunState,
        progress: &RunProgress,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            bind_progress!(run, progress, now).execute(&mut *tx).await?;
            sqlx::query("UPDATE sync_runs SET state = $2, requested = NULL, alive_until = NULL WHERE id = $1")
                .bind(run).bind(state.as_str()).execute(&mut *tx).await?;
            sqlx::query("UPDATE sync_state SET lease_run_id = NULL, lease_until = NULL WHERE lease_run_id = $1")
                .bind(run).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Writes where a run stands, keeps it and its lease alive, and tells what was asked of it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_progress(
        &self,
        account: AccountId,
        run: RunId,
        kind: RunKind,
        progress: &RunProgress,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Sign, StoreError> {
        Ok(writing!(self, tx => {
            let held = sqlx::query(
                "UPDATE sync_state SET lease_until = $3 WHERE integration_account_id = $1 AND lease_run_id = $2",
            )
            .bind(account).bind(run).bind(now + lease).execute(&mut *tx).await?.rows_affected() > 0;
            let requested: Option<Option<String>> = sqlx::query_scalar(
                "UPDATE sync_runs SET alive_until = $3 WHERE id = $1 AND process = $2 AND state = 'running'
                 RETURNING requested",
            )
            .bind(run).bind(self.process).bind(now + lease).fetch_optional(&mut *tx).await?;
            match requested {
                Some(requested) if held || kind == RunKind::Backfill => {
                    bind_progress!(run, progress, now).execute(&mut *tx).await?;
                    let (is_monitored, status): (bool, Option<String>) = sqlx::query_as(
                        "SELECT NOT EXISTS (SELECT 1 FROM system_values WHERE key = $1 AND value = 'stopped'),
                           (SELECT status FROM integrations_accounts WHERE id = $2)",
                    )
                    .bind(MONITOR).bind(account).fetch_one(&mut *tx).await?;
                    let status: Option<AccountStatus> = status.and_then(|word| word.parse().ok());
                    let may_go_on = match kind {
                        RunKind::Sync => status != Some(AccountStatus::Disabled),
                        // A sync is short; a backfill goes on for hours.
                        RunKind::Backfill => is_monitored && status == Some(AccountStatus::Active),
                        RunKind::Import => true,
                    };
                    match requested.and_then(|word| word.parse().ok()) {
                        Some(request) => Sign::Asked(request),
                        None if !may_go_on => Sign::Suspended,
                        None => Sign::Ours,
                    }
                }
                _ => Sign::Lost,
            }
        }))
    }

    /// Ends a run: its last figures, the account's summary, cursor and last-sync time, and the lease, together.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn finish_run(&self, run: RunId, end: &RunEnd, now: DateTime<Utc>) -> Result<SyncSummary, StoreError> {
        let progress = RunProgress { waiting_for: None, waiting_until: None, ..end.progress.clone() };
        let summary = writing!(self, tx => {
            let (account, kind, trigger, created_at): (AccountId, String, String, DateTime<Utc>) = sqlx::query_as(
                "SELECT integration_account_id, kind, triggered_by, created_at FROM sync_runs WHERE id = $1",
            )
            .bind(run).fetch_one(&mut *tx).await?;
            bind_progress!(run, progress, now).execute(&mut *tx).await?;
            sqlx::query("UPDATE sync_runs SET state = $2, finished_at = $3, requested = NULL, alive_until = NULL WHERE id = $1")
                .bind(run).bind(end.state.as_str()).bind(now).execute(&mut *tx).await?;
            let LockedAccount { meta: Json(mut meta), last_sync_at: before, .. } =
                lock_account!(tx, account).ok_or(sqlx::Error::RowNotFound)?;
            // A backfill says nothing about the mail of today.
            let is_sync = kind != RunKind::Backfill.as_str();
            let synced = is_sync && matches!(end.state, RunState::Done | RunState::Partial);
            let last_sync_at = if synced { Some(now) } else { before };
            let summary = SyncSummary {
                account_id: account,
                messages_fetched: progress.messages_fetched,
                messages_upserted: progress.messages_upserted,
                pairs_created: progress.pairs_created,
                pairs_skipped: progress.pairs_skipped,
                skip_reasons: progress.skip_reasons.clone(),
                errors: progress.errors.clone(),
                last_sync_at,
                manual: trigger == RunTrigger::Manual.as_str(),
                state: end.state,
                run_id: run,
            };
            if is_sync {
                // A request that came while this run was going on is still to be served.
                if meta.manual_resync_requested_at.is_some_and(|at| at <= created_at) {
                    meta.manual_resync_requested_at = None;
                }
                meta.last_sync_summary = Some(summary.clone());
                sqlx::query(
                    "UPDATE integrations_accounts SET meta = $2, last_sync_at = $3, updated_at = $4 WHERE id = $1",
                )
                .bind(account).bind(Json(meta)).bind(last_sync_at).bind(now).execute(&mut *tx).await?;
            }
            sqlx::query(
                "UPDATE sync_state SET lease_run_id = NULL, lease_until = NULL, cursor = COALESCE($3, cursor)
                 WHERE integration_account_id = $1 AND lease_run_id = $2",
            )
            .bind(account).bind(run).bind(end.account_cursor.as_ref().map(Json)).execute(&mut *tx).await?;
            if end.account_cursor.is_some() {
                sqlx::query(
                    "UPDATE sync_state SET not_before = NULL, not_before_reason = NULL, failures_in_a_row = 0
                     WHERE integration_account_id = $1",
                )
                .bind(account).execute(&mut *tx).await?;
            }
            summary
        });
        Ok(summary)
    }

    /// Ends a run that broke off by our own fault, and gives its lease back: what it did not store is still missing, and
    /// the next run need not wait for it. Nothing happens to one that is over, or another process's by now.
    ///
    /// # Errors
    /// When the database cannot be written; the lease then ends by itself.
    pub async fn abandon_run(&self, run: RunId, why: RunError<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            let sql = format!(
                "SELECT errors FROM sync_runs WHERE id = $1 AND process = $2 AND state IN ('queued', 'running') {}",
                tx.for_update()
            );
            let errors: Option<Json<Vec<String>>> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(run).bind(self.process).fetch_optional(&mut *tx).await?;
            if let Some(Json(mut errors)) = errors {
                errors.truncate(KEPT_ERRORS - 1);
                errors.push(why.to_string());
                sqlx::query(
                    "UPDATE sync_runs SET state = 'failed', errors = $2, errors_total = errors_total + 1, finished_at = $3,
                       updated_at = $3, requested = NULL, alive_until = NULL, waiting_for = NULL, waiting_until = NULL
                     WHERE id = $1",
                )
                .bind(run).bind(Json(errors)).bind(now).execute(&mut *tx).await?;
                sqlx::query("UPDATE sync_state SET lease_run_id = NULL, lease_until = NULL WHERE lease_run_id = $1")
                    .bind(run).execute(&mut *tx).await?;
            }
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

    /// One run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run(&self, id: RunId) -> Result<Option<SyncRun>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE r.id = $1"));
        let row: Option<RunRow> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        let mut run: Option<SyncRun> = row.map(Into::into);
        self.tell_pairs_of_imports(run.as_mut_slice()).await?;
        Ok(run)
    }

    /// Says of imports that found no pairs where those of their conversations are.
    async fn tell_pairs_of_imports(&self, runs: &mut [SyncRun]) -> Result<(), StoreError> {
        let mut known = BTreeMap::new();
        for run in runs.iter_mut().filter(|run| run.found_no_pairs) {
            if let Entry::Vacant(unknown) = known.entry(run.account_id) {
                unknown.insert(self.pairs_elsewhere(run.account_id).await?);
            }
            run.pairs_in = known.get(&run.account_id).cloned().flatten();
            run.found_no_pairs = run.pairs_in.is_none();
        }
        Ok(())
    }

    /// The file that a run imports.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn source_of_run(&self, id: RunId) -> Result<Option<PathBuf>, StoreError> {
        let path: Option<Option<String>> = reading!(self, db => {
            sqlx::query_scalar("SELECT source_path FROM sync_runs WHERE id = $1").bind(id).fetch_optional(db).await?
        });
        Ok(path.flatten().map(PathBuf::from))
    }

    /// The files of an account's imports, whether they were read or are still to be.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sources_of_account(&self, account: AccountId) -> Result<Vec<PathBuf>, StoreError> {
        let paths: Vec<String> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT source_path FROM sync_runs WHERE integration_account_id = $1 AND source_path IS NOT NULL",
            )
            .bind(account).fetch_all(db).await?
        });
        Ok(paths.into_iter().map(PathBuf::from).collect())
    }

    /// The files of the imports that may still go on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sources_to_come(&self) -> Result<Vec<PathBuf>, StoreError> {
        let paths: Vec<String> = reading!(self, db => {
            sqlx::query_scalar(SOURCES_TO_COME).fetch_all(db).await?
        });
        Ok(paths.into_iter().map(PathBuf::from).collect())
    }

    /// The runs that are not over, of one account or of all: syncs before backfills, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_runs(&self, account: Option<AccountId>) -> Result<Vec<SyncRun>, StoreError> {
        let rows: Vec<RunRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" WHERE r.state IN ('queued', 'running', 'paused')");
            if let Some(account) = account {
                query.push(" AND r.integration_account_id = ").push_bind(account);
            }
            query.push(" ORDER BY CASE WHEN r.kind = 'backfill' THEN 1 ELSE 0 END, r.created_at, r.id");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
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
        let mut runs: Vec<SyncRun> = rows.into_iter().map(Into::into).collect();
        self.tell_pairs_of_imports(&mut runs).await?;
        Ok(runs)
    }
}
