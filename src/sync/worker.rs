//! The loop that keeps every account up to date and runs the imports that wait.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::sync_now;
use crate::{
    Domain, import,
    store::{DueAccount, StoreError},
    types::{Problem, RunTrigger, SyncSummary},
};

/// How often the worker looks whether somebody asked for something.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Accounts that are synced at the same time.
const ACCOUNTS_AT_ONCE: usize = 4;

/// Runs until `stop`: queued imports, then accounts for which a resync was requested, then those whose interval is over,
/// the longest unseen first.
pub async fn run_worker(d: Arc<Domain>, stop: CancellationToken) {
    tracing::info!(interval_seconds = d.settings.sync.worker_interval.as_secs(), "worker started");
    while !stop.is_cancelled() {
        if let Err(error) = round(&d).await {
            // The database may be away for a while: the next look finds the same work.
            tracing::warn!(%error, "this round of the worker broke off");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = d.work.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    tracing::info!("worker stopped");
}

/// Syncs every active account once, however recently it was synced. For the command line.
///
/// # Errors
/// When the database cannot be read.
pub async fn run_once(d: &Arc<Domain>) -> Result<Vec<SyncSummary>, Problem> {
    let now = d.clock.now();
    let due = d.store.due_accounts(now, now).await?;
    Ok(sync_all(d, due, RunTrigger::Cli).await)
}

async fn round(d: &Arc<Domain>) -> Result<(), StoreError> {
    while let Some(queued) = d.store.claim_import(d.settings.sync.lease_delta(), d.clock.now()).await? {
        let domain = Arc::clone(d);
        d.tasks.spawn(async move { import::run_claimed(&domain, queued).await });
    }
    let interval = TimeDelta::from_std(d.settings.sync.worker_interval).unwrap_or(TimeDelta::MAX);
    let now = d.clock.now();
    let due = d.store.due_accounts(now - interval, now).await?;
    sync_all(d, due, RunTrigger::Worker).await;
    Ok(())
}

async fn sync_all(d: &Arc<Domain>, due: Vec<DueAccount>, trigger: RunTrigger) -> Vec<SyncSummary> {
    stream::iter(due)
        .map(|account| async move {
            match sync_now(d, account.id, trigger).await {
                Ok(summary) => Some(summary),
                // Another process was faster, or a person began it by hand.
                Err(Problem::Conflict { .. }) => None,
                Err(problem) => {
                    tracing::warn!(account = %account.id, name = %account.name, %problem, "sync did not run");
                    None
                }
            }
        })
        .buffered(ACCOUNTS_AT_ONCE)
        .filter_map(|summary| async move { summary })
        .collect()
        .await
}
