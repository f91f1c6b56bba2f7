//! What people ask of the sync: backfills, pause and cancel, another try, and the monitor itself.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{can_sync, engine::Cursor, lease_problem, worker::WORKER_ALIVE_FOR};
use crate::{
    Domain,
    store::NewRun,
    types::{
        AccountId, AccountStatus, FailureId, MonitorStatus, MonitoredAccount, Problem, RunId, RunKind, RunRequest,
        RunState, RunTrigger, SyncRun,
    },
};

/// The most days a backfill goes back by their number: beyond, it is everything that people mean.
const MOST_DAYS: u32 = 36_500;

/// How far back a backfill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many days before now.
    Days(u32),
    Since(DateTime<Utc>),
    /// All mail there is.
    Everything,
}

impl Span {
    /// Reads a date, which means its midnight in UTC, or a time in RFC 3339.
    ///
    /// # Errors
    /// [`Problem::Invalid`] that says what is expected.
    pub fn parse_since(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let midnight = || text.parse::<NaiveDate>().ok().map(|date| date.and_time(NaiveTime::MIN).and_utc());
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.to_utc())
            .or_else(midnight)
            .map(Self::Since)
            .ok_or_else(|| Problem::invalid("since", "since must be a date like 2026-01-31 or a time in RFC 3339"))
    }

    /// The moment since when mail is wanted; `None` is all there is.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a number of days that is none.
    pub fn start(self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Problem> {
        match self {
            Self::Everything => Ok(None),
            Self::Since(since) => Ok(Some(since)),
            Self::Days(days @ 1..=MOST_DAYS) => Ok(Some(now - TimeDelta::days(i64::from(days)))),
            Self::Days(_) => {
                Err(Problem::invalid("days", format!("days must be a whole number from 1 to {MOST_DAYS}")))
            }
        }
    }
}

/// Queues a backfill: all mail received since then, or all there is. A worker begins it once the account's first sync is
/// done.
///
/// # Errors
/// `integration_account_not_found`, `backfill_already_running`, [`Problem::Invalid`] for a time in the future, or why the
/// account cannot be synced.
pub async fn queue_backfill(
    d: &Arc<Domain>,
    account: AccountId,
    since: Option<DateTime<Utc>>,
    trigger: RunTrigger,
) -> Result<RunId, Problem> {
    let found = d.store.account(account).await?.ok_or_else(|| Problem::not_found("integration_account_not_found"))?;
    can_sync(&found)?;
    let now = d.clock.now();
    if since.is_some_and(|since| since >= now) {
        return Err(Problem::invalid("since", "since_in_the_future"));
    }
    // No mail is older than Unix time, and providers are asked for seconds since then.
    let since = since.filter(|since| *since > DateTime::UNIX_EPOCH);
    let new = NewRun { account, kind: RunKind::Backfill, trigger, source: None, since };
    let run = d.store.queue_backfill(&new, now).await.map_err(lease_problem)?;
    d.work.notify_one();
    Ok(run)
}

/// Asks a run to pause or to end at its next safe place.
///
/// # Errors
/// `sync_run_not_found`; `run_is_over`; `run_cannot_pause` for a sync, which is short.
pub async fn request(d: &Domain, run: RunId, request: RunRequest) -> Result<SyncRun, Problem> {
    let found = open_run(d, run).await?;
    if request == RunRequest::Pause && found.kind == RunKind::Sync {
        return Err(Problem::conflict("run_cannot_pause"));
    }
    let now = d.store.request_of_run(run, request, d.clock.now()).await?.ok_or_else(not_found)?;
    if now.state == RunState::Cancelled {
        crate::import::discard_source_of(d, run).await?;
    }
    Ok(now)
}

/// Lets a paused run go on.
///
/// # Errors
/// `sync_run_not_found`, `run_is_over`.
pub async fn resume(d: &Domain, run: RunId) -> Result<SyncRun, Problem> {
    open_run(d, run).await?;
    let now = d.store.resume_run(run, d.clock.now()).await?.ok_or_else(not_found)?;
    d.work.notify_one();
    Ok(now)
}

/// Has messages that were set aside tried again by the next sync, however often they were tried before: one, or all of the
/// account. Returns how many.
///
/// # Errors
/// `integration_account_not_found`, `sync_failure_not_found`, or why the account cannot be synced: nobody would try.
pub async fn retry_set_aside(d: &Domain, account: AccountId, failure: Option<FailureId>) -> Result<u64, Problem> {
    let found = d.store.account(account).await?.ok_or_else(|| Problem::not_found("integration_account_not_found"))?;
    can_sync(&found)?;
    let count = d.store.forget_attempts(account, failure).await?;
    if count == 0 && failure.is_some() {
        return Err(Problem::not_found("sync_failure_not_found"));
    }
    if count > 0 {
        d.store.request_resync(account, d.clock.now()).await?;
        d.work.notify_one();
    }
    Ok(count)
}

/// What the workers do, and what each account waits for.
///
/// # Errors
/// When the database cannot be read.
pub async fn monitor_status(d: &Domain) -> Result<MonitorStatus, Problem> {
    let now = d.clock.now();
    let enabled = d.store.monitor_enabled().await?;
    let workers = d.store.workers(now - WORKER_ALIVE_FOR).await?;
    let interval = TimeDelta::from_std(d.settings.sync.worker_interval).unwrap_or(TimeDelta::MAX);
    let works = enabled && !workers.is_empty();
    let mut accounts = Vec::new();
    for account in d.store.list_accounts(None, None).await? {
        if !super::sources::Source::is_synced(&account.provider_code) {
            continue;
        }
        let due = account.meta.manual_resync_requested_at.map_or_else(
            || {
                let after_interval = account.last_run_at.and_then(|last| last.checked_add_signed(interval));
                after_interval.max(account.not_before).unwrap_or(now)
            },
            |_| now,
        );
        accounts.push(MonitoredAccount {
            id: account.id,
            problem: account.meta.problem,
            last_sync_at: account.last_sync_at,
            last_state: account.meta.last_sync_summary.as_ref().map(|summary| summary.state),
            active_run_id: account.active_run_id,
            next_sync_at: (works && account.status == AccountStatus::Active).then(|| due.max(now)),
            waiting_for: account.not_before_reason.filter(|_| account.not_before.is_some_and(|until| until > now)),
            set_aside: account.counts.set_aside,
            status: account.status,
            display_name: account.display_name,
        });
    }
    Ok(MonitorStatus { enabled, workers, interval_seconds: d.settings.sync.worker_interval.as_secs(), accounts })
}

/// Since when all mail of an account is here: Unix time's beginning where that is all there ever was, `None` before the
/// first sync is done and for what is never synced.
///
/// # Errors
/// When the database cannot be read.
pub async fn covered_since(d: &Domain, account: AccountId) -> Result<Option<DateTime<Utc>>, Problem> {
    let stored = d.store.account_cursor(account).await?;
    let cursor = stored.and_then(|value| serde_json::from_value::<Cursor>(value).ok());
    Ok(cursor.and_then(|cursor| DateTime::from_timestamp(cursor.covered_since.max(0), 0)))
}

/// Starts or stops the workers of every process on this database. Runs that are going on end at their next safe place when
/// they are backfills, and by themselves otherwise.
///
/// # Errors
/// When the database cannot be written.
pub async fn set_monitor(d: &Domain, enabled: bool) -> Result<MonitorStatus, Problem> {
    d.store.set_monitor(enabled, d.clock.now()).await?;
    d.work.notify_one();
    monitor_status(d).await
}

/// Has every active account synced at once, whatever it waits for. Returns how many.
///
/// # Errors
/// `monitor_stopped` or `no_worker`: nobody would do it.
pub async fn poll_now(d: &Domain) -> Result<u64, Problem> {
    if !d.store.monitor_enabled().await? {
        return Err(Problem::conflict("monitor_stopped"));
    }
    let now = d.clock.now();
    if d.store.workers(now - WORKER_ALIVE_FOR).await?.is_empty() {
        return Err(Problem::conflict("no_worker"));
    }
    let mut count = 0;
    for account in d.store.list_accounts(None, None).await? {
        if can_sync(&account).is_ok() {
            d.store.request_resync(account.id, now).await?;
            count += 1;
        }
    }
    d.work.notify_one();
    Ok(count)
}

async fn open_run(d: &Domain, run: RunId) -> Result<SyncRun, Problem> {
    let found = d.store.run(run).await?.ok_or_else(not_found)?;
    if found.state.is_over() { Err(Problem::conflict("run_is_over")) } else { Ok(found) }
}

fn not_found() -> Problem {
    Problem::not_found("sync_run_not_found")
}
