//! Keeping the local copy of a mailbox: one account's run ([`engine`]), what is older ([`backfill`]), the loop around all of
//! them ([`worker`]), and where the mail comes from ([`source`]).

mod attachments;
mod backfill;
mod control;
mod engine;
mod gmail;
mod reporter;
mod source;
mod sources;
mod tokens;
mod worker;

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

pub use control::{Span, monitor_status, poll_now, queue_backfill, request, resume, retry_set_aside, set_monitor};
pub use worker::{WorkerError, WorkerLock, run_once, run_worker};

pub(crate) use attachments::{fetch_now, problem_of};
pub(crate) use reporter::{Asked, Reporter};

use crate::{
    Domain,
    mail::AddressSet,
    store::{Begun, LeaseError, NewRun, StoreError},
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
/// As [`start_now`]; `gmail_sync_failed` when the run broke off by our own fault.
pub async fn sync_now(d: &Arc<Domain>, account: AccountId, trigger: RunTrigger) -> Result<SyncSummary, Problem> {
    let (_, ended) = start(d, account, trigger).await?;
    match ended.await {
        Ok(Ok(summary)) => Ok(summary),
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
            Ok(()) => engine::run(&domain, &account, begun.run, trigger).await,
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

/// Waits until the backfill that holds the lease has stepped aside; it does after its slice.
async fn wait_for_lease(d: &Domain, account: AccountId, begun: Begun) -> Result<(), StoreError> {
    let mut has_lease = begun.has_lease;
    while !has_lease && !d.stop.is_cancelled() {
        tokio::time::sleep(LOOK_FOR_LEASE_EVERY).await;
        has_lease = d.store.take_lease(account, begun.run, d.settings.sync.lease_delta(), d.clock.now()).await?;
    }
    Ok(())
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
