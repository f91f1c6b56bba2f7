//! Keeping the local copy of a mailbox: one account's run ([`engine`]) and the loop around all of them ([`worker`]).

mod engine;
mod history;
mod listing;
mod reporter;
mod tokens;
mod worker;

use std::sync::Arc;

use tokio::sync::oneshot;

pub use worker::{run_once, run_worker};

pub(crate) use reporter::Reporter;

use crate::{
    Domain,
    mail::AddressSet,
    store::{LeaseError, NewRun, StoreError},
    types::{Account, AccountId, AccountStatus, Problem, Provider, RunId, RunKind, RunTrigger, SyncSummary},
};

/// Begins a sync of one Gmail account and returns at once; the run goes on in the background.
///
/// # Errors
/// `integration_account_not_found`, `sync_not_supported_for_provider`, `sync_already_running`, or why this account
/// cannot be synced now: `account_disabled`, `account_needs_reconnect`.
pub async fn start_now(d: &Arc<Domain>, account: AccountId, trigger: RunTrigger) -> Result<RunId, Problem> {
    Ok(start(d, account, trigger).await?.0)
}

/// Syncs one Gmail account and waits for the summary. The run goes on if the caller goes away.
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
    let new = NewRun { account: id, kind: RunKind::Sync, trigger, source: None };
    let run =
        d.store.begin_run(&new, d.settings.sync.lease_delta(), d.clock.now()).await.map_err(|error| match error {
            LeaseError::AlreadyRunning => Problem::conflict("sync_already_running"),
            LeaseError::Store(error) => error.into(),
        })?;
    let (tell, ended) = oneshot::channel();
    let domain = Arc::clone(d);
    d.tasks.spawn(async move {
        let result = engine::run(&domain, &account, run, trigger).await;
        if let Err(problem) = &result {
            tracing::error!(%run, account = %account.id, %problem, "the sync broke off");
        }
        // Nobody may be waiting any more: the summary is stored all the same.
        let _nobody_waits = tell.send(result);
    });
    Ok((run, ended))
}

fn can_sync(account: &Account) -> Result<(), Problem> {
    if account.provider_code != Provider::Gmail.as_str() {
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
