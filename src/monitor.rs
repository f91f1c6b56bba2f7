//! The email monitor: which workers there are, whether they may work, and what each account waits for.

use chrono::TimeDelta;

use crate::{
    Domain, accounts,
    store::Act,
    types::{AccountStatus, Actor, ConflictCode, MonitorStatus, MonitoredAccount, Problem},
};

/// A worker that gave no sign of life for so long is gone.
pub(crate) const WORKER_ALIVE_FOR: TimeDelta = TimeDelta::seconds(30);

/// What the workers do, and what each account waits for.
///
/// # Errors
/// When the database cannot be read.
pub async fn status(d: &Domain) -> Result<MonitorStatus, Problem> {
    let now = d.clock.now();
    let enabled = d.store.monitor_enabled().await?;
    let workers = d.store.workers(now - WORKER_ALIVE_FOR).await?;
    let interval = TimeDelta::from_std(d.settings.sync.worker_interval).unwrap_or(TimeDelta::MAX);
    let works = enabled && !workers.is_empty();
    let mut accounts = Vec::new();
    for account in d.store.list_accounts(None, None).await? {
        if !accounts::is_synced(&account) {
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

/// Starts or stops the workers of every process on this database. Runs that are going on end at their next safe place when
/// they are backfills, and by themselves otherwise.
///
/// # Errors
/// When the database cannot be written.
pub async fn set_enabled(d: &Domain, by: Actor, enabled: bool) -> Result<MonitorStatus, Problem> {
    d.store.set_monitor(enabled, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, enabled, "the email monitor is switched");
    d.work.notify_one();
    status(d).await
}

/// Why nobody would do now what is left to the workers, if so: `monitor_stopped` or `no_worker`.
///
/// # Errors
/// When the database cannot be read.
pub async fn obstacle(d: &Domain) -> Result<Option<ConflictCode>, Problem> {
    if !d.store.monitor_enabled().await? {
        return Ok(Some(ConflictCode::MonitorStopped));
    }
    let is_alone = d.store.workers(d.clock.now() - WORKER_ALIVE_FOR).await?.is_empty();
    Ok(is_alone.then_some(ConflictCode::NoWorker))
}

/// Has every active account synced at once, whatever it waits for. Returns how many.
///
/// # Errors
/// `monitor_stopped` or `no_worker`: nobody would do it.
pub async fn poll_now(d: &Domain, by: Actor) -> Result<u64, Problem> {
    if let Some(obstacle) = obstacle(d).await? {
        return Err(Problem::conflict(obstacle));
    }
    let now = d.clock.now();
    let mut count = 0;
    for account in d.store.list_accounts(None, None).await? {
        if accounts::can_sync(&account).is_ok() {
            d.store.request_resync(account.id, Act { by, at: now }).await?;
            count += 1;
        }
    }
    tracing::info!(%by, accounts = count, "every account is to be synced at once");
    d.work.notify_one();
    Ok(count)
}
