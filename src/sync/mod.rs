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

use std::{sync::Arc, time::Duration};

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
    types::{AccountId, Actor, ConflictCode, Problem, RunId, RunKind, SyncSummary, Through, UnavailableCode},
};

/// How often a sync that waits for a backfill looks whether it may begin.
const LOOK_FOR_LEASE_EVERY: Duration = Duration::from_millis(100);

/// Begins a sync of one account and returns at once; the run goes on in the background.
///
/// # Errors
/// `integration_account_not_found`, `sync_not_supported_for_provider`, `sync_already_running`, or why this account
/// cannot be synced now: `account_disabled`, `account_needs_reconnect`.
pub async fn start_now(d: &Arc<Domain>, by: Actor, account: AccountId) -> Result<RunId, Problem> {
    Ok(start(d, by, account).await?.0)
}

/// The run that syncs an account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncing {
    /// It was begun.
    Begun(RunId),
    /// It went on already.
    GoesOn(RunId),
}

/// Begins a sync of one account, or finds the run that keeps another one from beginning.
///
/// # Errors
/// As [`start_now`]; `sync_already_running` only where a process that died still holds the account.
pub async fn start_or_find(d: &Arc<Domain>, by: Actor, account: AccountId) -> Result<Syncing, Problem> {
    // What goes on may end between two looks: then another one may begin.
    for _ in 0..2 {
        match start_now(d, by, account).await {
            Ok(run) => return Ok(Syncing::Begun(run)),
            Err(Problem::Conflict { code: ConflictCode::SyncRunning }) => {}
            Err(problem) => return Err(problem),
        }
        let open = runs::open(d, Some(account)).await?;
        let sync = open.iter().find(|run| run.kind == RunKind::Sync).or_else(|| open.first());
        if let Some(run) = sync {
            return Ok(Syncing::GoesOn(run.id));
        }
    }
    start_now(d, by, account).await.map(Syncing::Begun)
}

/// Syncs one account and waits for the summary. The run goes on if the caller goes away.
///
/// # Errors
/// As [`start_now`]; `sync_cancelled` when it was cancelled before it began; [`UnavailableCode::Sync`] when the run
/// broke off by our own fault.
pub async fn sync_now(d: &Arc<Domain>, by: Actor, account: AccountId) -> Result<SyncSummary, Problem> {
    let (_, ended) = start(d, by, account).await?;
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
pub(crate) async fn start(d: &Arc<Domain>, by: Actor, id: AccountId) -> Result<(RunId, Ended), Problem> {
    let account = accounts::get(d, id).await?;
    accounts::can_sync(&account)?;
    let new = NewRun { account: id, kind: RunKind::Sync, by, source: None, since: None };
    let begun = begin(d, &new).await.map_err(runs::lease_problem)?;
    if by.through != Through::Worker {
        tracing::info!(%by, account = %id, run = %begun.run, "sync asked for");
    }
    let (tell, ended) = oneshot::channel();
    let span = runs::span(RunKind::Sync, begun.run, id, Some(&account.provider_code));
    let domain = Arc::clone(d);
    let going_on = async move {
        let work = async {
            match wait_for_lease(&domain, id, begun).await {
                // In a box: its layout is deep.
                Ok(true) => Box::pin(engine::run(&domain, &account, begun.run, by.through.into())).await,
                Ok(false) => Err(Problem::conflict(ConflictCode::SyncCancelled)),
                Err(error) => Err(error.into()),
            }
        };
        let result = runs::caught(work).await.unwrap_or_else(|panicked| Err(Problem::internal(&panicked)));
        if let Err(problem) = &result {
            tracing::error!(%problem, "the sync broke off");
            // One that was cancelled, or is another process's by now, is over already.
            if !matches!(problem, Problem::Conflict { .. }) {
                runs::give_back(&domain, begun.run, problem, "the next sync continues").await;
            }
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
