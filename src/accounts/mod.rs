//! Connected mailboxes: which there are, which addresses are ours, and what people do to them.

mod choices;
pub mod connect;
pub mod enroll;
mod find;
mod ours;

pub use choices::choose;
pub use find::{Found, Wanted, find, needs_somebody, waits};
pub use ours::{add_own_addresses, remove_own_address, senders};
pub(crate) use ours::{our_addresses, parse_addresses, too_many};

pub use crate::store::Senders;

use crate::{
    Domain,
    store::Act,
    types::{
        Account, AccountDeletion, AccountId, AccountStatus, Actor, FailureId, InvalidCode, NotFoundCode, Problem,
        Provider, SyncFailure, UserId,
    },
    uploads,
};

/// Accounts by provider code and display name: of one provider (by its code), of one owner, or all.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(d: &Domain, provider: Option<&str>, owner: Option<UserId>) -> Result<Vec<Account>, Problem> {
    Ok(d.store.list_accounts(provider, owner).await?)
}

/// One account.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn get(d: &Domain, account: AccountId) -> Result<Account, Problem> {
    d.store.account(account).await?.ok_or_else(not_found)
}

/// Switches an account on or off for the worker. One that needs a person stays in its state of error when switched on.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn set_enabled(d: &Domain, by: Actor, account: AccountId, enabled: bool) -> Result<Account, Problem> {
    let status = if enabled { AccountStatus::Active } else { AccountStatus::Disabled };
    let act = Act { by, at: d.clock.now() };
    let changed = d.store.set_account_status(account, status, act).await?.ok_or_else(not_found)?;
    tracing::info!(%by, %account, status = %changed.status, "account switched");
    if enabled {
        d.work.notify_one();
    }
    Ok(changed)
}

/// Asks the worker to take an account before all others, and wakes it.
///
/// # Errors
/// `integration_account_not_found`; `sync_not_supported_for_provider`, `account_disabled` or `account_needs_reconnect`: nobody
/// would do it.
pub async fn request_resync(d: &Domain, by: Actor, account: AccountId) -> Result<Account, Problem> {
    can_sync(&get(d, account).await?)?;
    let act = Act { by, at: d.clock.now() };
    let asked = d.store.request_resync(account, act).await?.ok_or_else(not_found)?;
    tracing::info!(%by, %account, "resync requested");
    d.work.notify_one();
    Ok(asked)
}

/// What deleting an account would delete.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn deletion(d: &Domain, account: AccountId) -> Result<AccountDeletion, Problem> {
    get(d, account).await?;
    Ok(d.store.account_deletion(account).await?)
}

/// Deletes an account with everything of it, uploaded files that were to be imported included. Conversations that other accounts see as well are paired anew.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn delete(d: &Domain, by: Actor, account: AccountId) -> Result<(), Problem> {
    let sources = d.store.sources_of_account(account).await?;
    if !d.store.delete_account(account, Act { by, at: d.clock.now() }).await? {
        return Err(not_found());
    }
    for path in sources {
        uploads::discard(d, &path).await;
    }
    tracing::info!(%by, %account, "account deleted");
    d.work.notify_one();
    Ok(())
}

/// The messages of an account that were set aside, the longest waiting first.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn failures(d: &Domain, account: AccountId, limit: i64) -> Result<Vec<SyncFailure>, Problem> {
    get(d, account).await?;
    Ok(d.store.list_failures(account, limit).await?)
}

/// Has messages that were set aside tried again by the next sync, however often they were tried before: one, or all of the
/// account. Returns how many.
///
/// # Errors
/// `integration_account_not_found`, `sync_failure_not_found`, or why the account cannot be synced: nobody would try.
pub async fn retry_set_aside(
    d: &Domain,
    by: Actor,
    account: AccountId,
    failure: Option<FailureId>,
) -> Result<u64, Problem> {
    can_sync(&get(d, account).await?)?;
    let count = d.store.forget_attempts(account, failure).await?;
    if count == 0 && failure.is_some() {
        return Err(Problem::not_found(NotFoundCode::Failure));
    }
    if count > 0 {
        d.store.request_resync(account, Act { by, at: d.clock.now() }).await?;
        tracing::info!(%by, %account, count, "messages that were set aside are tried again");
        d.work.notify_one();
    }
    Ok(count)
}

/// Whether the worker asks this account's provider for mail at all; a file is only read once.
pub(crate) fn is_synced(account: &Account) -> bool {
    account.provider_code.parse::<Provider>().is_ok_and(Provider::is_synced)
}

/// Whether a sync can begin now.
///
/// # Errors
/// `sync_not_supported_for_provider`, `account_disabled`, `account_needs_reconnect`.
pub(crate) fn can_sync(account: &Account) -> Result<(), Problem> {
    if !is_synced(account) {
        return Err(Problem::invalid("account", InvalidCode::SyncUnsupported));
    }
    match account.status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Disabled => Err(Problem::invalid("account", InvalidCode::AccountDisabled)),
        AccountStatus::Error => Err(Problem::invalid("account", InvalidCode::NeedsReconnect)),
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::not_found(NotFoundCode::Account)
}
