//! Keeping the local copy of a mailbox: one account's run ([`engine`]), what is older ([`backfill`]), the loop around all of
//! them ([`worker`]), and where the mail comes from ([`source`]).

mod attachments;
mod backfill;
mod control;
mod engine;
mod gmail;
mod imap;
mod reporter;
mod source;
mod sources;
mod tokens;
mod worker;

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

pub use control::{
    Span, covered_since, monitor_status, poll_now, queue_backfill, request, resume, retry_set_aside, set_monitor,
};
pub use worker::{WorkerError, WorkerLock, run_once, run_worker};

pub(crate) use attachments::{fetch_now, problem_of};
pub(crate) use reporter::{Asked, Reporter};

use crate::{
    Domain,
    mail::AddressSet,
    pairs::pair_account,
    store::{Begun, LeaseError, NewRun, StoreError, Turn},
    types::{Account, AccountId, AccountStatus, Problem, RunId, RunKind, RunTrigger, SyncSummary},
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
/// As [`start_now`]; `sync_cancelled` when it was cancelled before it began; `gmail_sync_failed` when the run broke off by our own fault.
pub async fn sync_now(d: &Arc<Domain>, account: AccountId, trigger: RunTrigger) -> Result<SyncSummary, Problem> {
    let (_, ended) = start(d, account, trigger).await?;
    match ended.await {
        Ok(Ok(summary)) => Ok(summary),
        Ok(Err(problem @ Problem::Conflict { .. })) => Err(problem),
        // The cause is in the log already, where it happened.
        Ok(Err(_)) | Err(_) => Err(Problem::unavailable("gmail_sync_failed")),
    }
}

type Ended = oneshot::Receiver<Result<SyncSummary, Problem>>;

async fn start(d: &Arc<Domain>, id: AccountId, trigger: RunTrigger) -> Result<(RunId, Ended), Problem> {
    let account = d.store.account(id).await?.ok_or_else(|| Problem::not_found("integration_account_not_found"))?;
    can_sync(&account)?;
    let new = NewRun { account: id, kind: RunKind::Sync, trigger, source: None, since: None };
    let begun = d.store.begin_run(&new, d.settings.sync.lease_delta(), d.clock.now()).await.map_err(lease_problem)?;
    let (tell, ended) = oneshot::channel();
    let domain = Arc::clone(d);
    d.tasks.spawn(async move {
        let result = match wait_for_lease(&domain, id, begun).await {
            Ok(true) => engine::run(&domain, &account, begun.run, trigger).await,
            Ok(false) => Err(Problem::conflict("sync_cancelled")),
            Err(error) => Err(error.into()),
        };
        if let Err(problem) = &result {
            tracing::error!(run = %begun.run, account = %account.id, %problem, "the sync broke off");
        }
        // Nobody may be waiting any more: the summary is stored all the same.
        let _nobody_waits = tell.send(result);
    });
    Ok((begun.run, ended))
}

/// Waits until the backfill that holds the lease has stepped aside; it does after its slice. `false`: the run was cancelled
/// meanwhile, or the process stops.
async fn wait_for_lease(d: &Domain, account: AccountId, begun: Begun) -> Result<bool, StoreError> {
    let mut turn = if begun.has_lease { Turn::Ours } else { Turn::NotYet };
    while turn == Turn::NotYet && !d.stop.is_cancelled() {
        tokio::time::sleep(LOOK_FOR_LEASE_EVERY).await;
        turn = d.store.take_lease(account, begun.run, d.settings.sync.lease_delta(), d.clock.now()).await?;
    }
    Ok(turn == Turn::Ours)
}

fn lease_problem(error: LeaseError) -> Problem {
    match error {
        LeaseError::AlreadyRunning => Problem::conflict("sync_already_running"),
        LeaseError::BackfillOpen => Problem::conflict("backfill_already_running"),
        LeaseError::Store(error) => error.into(),
    }
}

fn can_sync(account: &Account) -> Result<(), Problem> {
    if !sources::Source::is_synced(&account.provider_code) {
        return Err(Problem::invalid("account", "sync_not_supported_for_provider"));
    }
    match account.status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Disabled => Err(Problem::invalid("account", "account_disabled")),
        AccountStatus::Error => Err(Problem::invalid("account", "account_needs_reconnect")),
    }
}

/// Decides directions anew where our addresses changed: in `account`, whose lease the caller holds, and in every account that
/// nobody is syncing. Their threads are paired anew.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn redecide(d: &Domain, account: AccountId, ours: &AddressSet) -> Result<(), StoreError> {
    for concerned in d.store.decided_by_others(account, ours, d.clock.now()).await? {
        let turned = d.store.redecide_directions(concerned, ours).await?;
        if turned > 0 {
            tracing::info!(account = %concerned, turned, "our addresses changed: directions decided anew");
            if concerned != account {
                pair_account(d, concerned, ours).await?;
            }
        }
    }
    Ok(())
}

/// Every address that is ours: all connected accounts and their aliases. They decide direction.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn our_addresses(d: &Domain) -> Result<AddressSet, StoreError> {
    let accounts = d.store.list_accounts(None, None).await?;
    Ok(accounts
        .iter()
        .flat_map(|account| std::iter::once(&account.external_account_id).chain(&account.meta.aliases))
        .collect())
}
