//! Keeping the local copy of a mailbox: one account's run ([`engine`]), what is older ([`backfill`]), the loop around all of
//! them ([`crate::worker`]), and where the mail comes from ([`source`]).

mod attachments;
mod backfill;
mod control;
mod engine;
mod gmail;
mod imap;
mod mailboxes;
mod source;
mod sources;
mod tokens;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::sync::oneshot;
use tracing::Instrument as _;

pub use control::{Span, covered_since, queue_backfill};

pub(crate) use attachments::{
    accounts_with_waiting_attachments, fetch_now, fetch_waiting, next_waiting_attachment, problem_of,
};
pub(crate) use backfill::run as run_backfill;
pub(crate) use mailboxes::Mailboxes;

use crate::{
    Domain, accounts,
    runs::{self, patiently},
    store::{Begun, LeaseError, NewRun, StoreError, Turn},
    types::{AccountId, ConflictCode, Problem, RunId, RunKind, RunTrigger, SyncSummary, UnavailableCode},
};

/// How often a sync that waits for a backfill looks whether it may begin.
const LOOK_FOR_LEASE_EVERY: Duration = Duration::from_millis(100);

/// Begins a sync of one account and returns at once; the run goes on in the background.
///
/// # Errors
/// `integration_account_not_found`, `sync_not_supported_for_provider`, `sync_already_running`, or why this account
/// cannot be synced now: `account_disabled`, `account_needs_reconnect`.
pub async fn start_now(d: &Arc<Domain>, account: AccountId, trigger: RunTrigger) -> Result<RunId, Problem> {
    Ok(start(d, account, trigger).await?.0)
}

/// Syncs one account and waits for the summary. The run goes on if the caller goes away.
///
/// # Errors
/// As [`start_now`]; `sync_cancelled` when it was cancelled before it began; [`UnavailableCode::Sync`] when the run
/// broke off by our own fault.
pub async fn sync_now(d: &Arc<Domain>, account: AccountId, trigger: RunTrigger) -> Result<SyncSummary, Problem> {
    let (_, ended) = start(d, account, trigger).await?;
    match ended.await {
        Ok(Ok(summary)) => Ok(summary),
        Ok(Err(problem @ Problem::Conflict { .. })) => Err(problem),
        // The cause is in the log already, where it happened.
        Ok(Err(_)) | Err(_) => Err(Problem::unavailable(UnavailableCode::Sync)),
    }
}

/// How a sync that was begun ended.
pub(crate) type Ended = oneshot::Receiver<Result<SyncSummary, Problem>>;

/// Begins a sync and says by a channel how it ended.
///
/// # Errors
/// As [`start_now`].
pub(crate) async fn start(d: &Arc<Domain>, id: AccountId, trigger: RunTrigger) -> Result<(RunId, Ended), Problem> {
    let account = accounts::get(d, id).await?;
    accounts::can_sync(&account)?;
    let new = NewRun { account: id, kind: RunKind::Sync, trigger, source: None, since: None };
    let begun = begin(d, &new).await.map_err(runs::lease_problem)?;
    let (tell, ended) = oneshot::channel();
    let span = runs::span(RunKind::Sync, begun.run, id, Some(&account.provider_code));
    let domain = Arc::clone(d);
    let going_on = async move {
        let work = async {
            match wait_for_lease(&domain, id, begun).await {
                // In a box: its layout is deep.
                Ok(true) => Box::pin(engine::run(&domain, &account, begun.run, trigger)).await,
                Ok(false) => Err(Problem::conflict(ConflictCode::SyncCancelled)),
                Err(error) => Err(error.into()),
            }
        };
        let result = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
            // Where and why has been said by the panic itself.
            Err(Problem::internal(&Panicked))
        });
        if let Err(problem) = &result {
            tracing::error!(%problem, "the sync broke off");
            give_back(&domain, begun.run, problem).await;
        }
        // Nobody may be waiting any more: the summary is stored all the same.
        let _nobody_waits = tell.send(result);
    };
    d.tasks.spawn(going_on.instrument(span));
    Ok((begun.run, ended))
}

/// Begins a run. A lease that a wrong clock has left in the future stands in nobody's way.
async fn begin(d: &Domain, new: &NewRun) -> Result<Begun, LeaseError> {
    let (lease, now) = (d.settings.sync.lease_delta(), d.clock.now());
    match d.store.begin_run(new, lease, now).await {
        Err(LeaseError::AlreadyRunning) if d.store.void_the_future(lease, now).await? > 0 => {
            d.store.begin_run(new, lease, now).await
        }
        begun => begun,
    }
}

/// A defect of this program met with by a run.
#[derive(Debug, thiserror::Error)]
#[error("the run panicked")]
struct Panicked;

/// Ends a run that broke off by our own fault: whoever wants to sync the account need not wait for its lease to end.
async fn give_back(d: &Domain, run: RunId, problem: &Problem) {
    if matches!(problem, Problem::Conflict { .. }) {
        return;
    }
    let why = format!("internal: {problem}; the next sync continues");
    if let Err(error) = patiently(d, run, || d.store.abandon_run(run, &why, d.clock.now())).await {
        tracing::warn!(%run, %error, "the run could not be ended; its lease ends by itself");
    }
}

/// Waits until the backfill that holds the lease has stepped aside; it does after its slice. `false`: the run was cancelled
/// meanwhile, or the process stops.
async fn wait_for_lease(d: &Domain, account: AccountId, begun: Begun) -> Result<bool, StoreError> {
    let mut turn = if begun.has_lease { Turn::Ours } else { Turn::NotYet };
    while turn == Turn::NotYet && !d.stop.is_cancelled() {
        tokio::time::sleep(LOOK_FOR_LEASE_EVERY).await;
        let lease = d.settings.sync.lease_delta();
        turn = patiently(d, begun.run, || d.store.take_lease(account, begun.run, lease, d.clock.now())).await?;
    }
    Ok(turn == Turn::Ours)
}
