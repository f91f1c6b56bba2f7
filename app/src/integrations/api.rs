//! Connecting, syncing and removing accounts.

use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{
    AccountId, AccountProblem, AccountStatus, AttachmentCounts, MessageCounts, Revocation, RunId, SyncRun,
};
use serde::{Deserialize, Serialize};

use crate::{error::Failure, json::Json};

/// A line of the table of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    pub id: AccountId,
    pub provider_code: String,
    pub provider_name: String,
    pub owner_email: Option<String>,
    /// The mailbox address for Gmail; the address imported as for mbox.
    pub address: String,
    pub display_name: String,
    pub status: AccountStatus,
    /// Why the account needs a person.
    pub problem: Option<AccountProblem>,
    /// Whether the Workspace's service account reads it, without anybody's consent.
    pub is_enrolled: bool,
    pub last_sync_at: Option<DateTime<Utc>>,
    pub waits_for_resync: bool,
    /// The last run that ended, and how many errors it listed.
    pub last_run_id: Option<RunId>,
    pub last_errors: i64,
    pub counts: MessageCounts,
    /// Counted where the account can be deleted.
    pub attachments: AttachmentCounts,
    pub active_run_id: Option<RunId>,
}

/// Everything the page shows before something is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Integrations {
    pub accounts: Vec<AccountRow>,
    /// The runs that are not over.
    pub runs: Vec<SyncRun>,
    /// Whether it soon looks different by itself.
    pub is_busy: bool,
    /// What stands above all else, as markup: the accounts that need a person, and the email monitor.
    pub above: String,
    /// The settings without which Gmail cannot be connected.
    pub gmail_missing: Vec<String>,
    /// The domains whose mailboxes can be enrolled; none without a service account.
    pub workspace: Vec<String>,
}

/// What happened to an account that was disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    pub revocation: Revocation,
    pub messages_kept: i64,
}

/// Lists the accounts and the runs that are going on.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "integrations", input = GetUrl, output = Json)]
pub async fn list_integrations() -> Result<Integrations, Failure> {
    use replybook::{
        standing,
        types::{Account, RunState},
    };

    use crate::{
        monitor,
        request::{admin, fail, gmail_missing, lang, workspace},
        still::Voice,
    };

    let domain = admin()?.domain;
    let standing::Integrations { accounts, open: runs, monitor: status, attachments } =
        standing::integrations(&domain).await.map_err(fail)?;
    let row = |account: Account| AccountRow {
        attachments: attachments.get(&account.id).copied().unwrap_or_default(),
        ..AccountRow::from(account)
    };
    let asked = |account: &Account| {
        account.status == AccountStatus::Active && account.meta.manual_resync_requested_at.is_some()
    };
    let works = status.enabled && !status.workers.is_empty();
    Ok(Integrations {
        is_busy: runs.iter().any(|run| run.state != RunState::Paused) || works && accounts.iter().any(asked),
        above: monitor::above(Voice::new(lang(), domain.clock.now()), &status, &accounts),
        accounts: accounts.into_iter().map(row).collect(),
        runs,
        gmail_missing: gmail_missing(&domain),
        workspace: workspace(&domain),
    })
}

/// One run, going on or over. Its errors are in the person's language.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "run", input = GetUrl, output = Json)]
pub async fn read_run(id: RunId) -> Result<SyncRun, Failure> {
    use replybook::runs;

    use crate::{
        request::{admin, fail, lang},
        still::Voice,
    };

    let domain = admin()?.domain;
    let mut run = runs::get(&domain, id).await.map_err(fail)?;
    Voice::new(lang(), domain.clock.now()).put_into_words(&mut run);
    Ok(run)
}

/// Sends the person to Google to connect a mailbox. For everyone who is signed in.
///
/// # Errors
/// [`replybook::types::Problem::Unavailable`] when Gmail is not configured.
#[server(prefix = "/api/ui", endpoint = "connect-gmail", output = Json)]
pub async fn connect_gmail() -> Result<(), Failure> {
    use replybook::accounts::connect;

    use crate::request::{fail, signed_in};

    let caller = signed_in()?;
    let url = connect::start(&caller.domain, &caller.binding).await.map_err(fail)?;
    leptos_axum::redirect(url.as_str());
    Ok(())
}

/// Connects a mailbox of the Workspace by the service account.
///
/// # Errors
/// For admins only; `service_account_not_configured`, `address_not_in_domain`, or why Google refuses.
#[server(prefix = "/api/ui", endpoint = "enroll", output = Json)]
pub async fn enroll_mailbox(email: String) -> Result<(), Failure> {
    use replybook::accounts::enroll;

    use super::answers;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let done = enroll::enroll(&caller.domain, caller.actor(), &email, None).await.map_err(fail)?;
    leptos_axum::redirect(&answers::enrolled_address(&done));
    Ok(())
}

/// Connects the mailbox of every active user of the Workspace by the service account.
///
/// # Errors
/// For admins only; `service_account_not_configured`.
#[server(prefix = "/api/ui", endpoint = "enroll-all", output = Json)]
pub async fn enroll_everybody() -> Result<(), Failure> {
    use replybook::accounts::enroll;

    use super::answers;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let report = enroll::enroll_all(&caller.domain, caller.actor()).await.map_err(fail)?;
    leptos_axum::redirect(&answers::enrolled_all_address(&report));
    Ok(())
}

/// Connects a mailbox over IMAP. Empty fields have their usual values.
///
/// # Errors
/// For admins only; what is wrong with the server, the port, TLS or the password.
#[server(prefix = "/api/ui", endpoint = "connect-imap", output = Json)]
pub async fn connect_mailbox(
    address: String,
    host: String,
    port: String,
    tls: String,
    username: String,
    password: String,
) -> Result<(), Failure> {
    use replybook::{
        accounts::connect,
        types::{ImapAccountInput, Problem},
    };

    use super::answers;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let port = (!port.is_empty()).then(|| port.parse()).transpose();
    let port = port.map_err(|_| fail(Problem::invalid("port", "port_invalid: a port is a number from 1 to 65535")))?;
    let input = ImapAccountInput { address, host, port, tls: tls.parse().ok(), username: Some(username), password };
    let account =
        connect::connect_imap(&caller.domain, caller.actor(), Some(caller.user.id), input).await.map_err(fail)?;
    leptos_axum::redirect(&answers::connected_address(&account));
    Ok(())
}

/// Loads the mailbox that comes with Replybook and opens its run.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::Conflict`] while it is being loaded.
#[server(prefix = "/api/ui", endpoint = "try-sample", output = Json)]
pub async fn try_sample() -> Result<RunId, Failure> {
    use replybook::import;

    use super::state::Open;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let run = import::start_sample(&caller.domain, Some(caller.user.id)).await.map_err(fail)?;
    leptos_axum::redirect(&Open::Run(run).address());
    Ok(run)
}

/// Starts a sync and opens its run.
///
/// # Errors
/// For admins only; not found, not possible for this provider or status, or going on already.
#[server(prefix = "/api/ui", endpoint = "sync-now", output = Json)]
pub async fn run_sync(id: AccountId) -> Result<RunId, Failure> {
    use replybook::{sync, types::RunTrigger};

    use super::state::Open;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let run = sync::start_now(&caller.domain, id, RunTrigger::Manual).await.map_err(fail)?;
    leptos_axum::redirect(&Open::Run(run).address());
    Ok(run)
}

/// Switches an account on or off for the worker, and returns the status it has now.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "set-enabled", output = Json)]
pub async fn set_account_enabled(id: AccountId, enabled: bool) -> Result<AccountStatus, Failure> {
    use replybook::accounts;

    use crate::request::{admin, fail};

    let caller = admin()?;
    Ok(accounts::set_enabled(&caller.domain, caller.actor(), id, enabled).await.map_err(fail)?.status)
}

/// Asks the worker to take an account before all others.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "resync", output = Json)]
pub async fn request_resync(id: AccountId) -> Result<(), Failure> {
    use replybook::accounts;

    use crate::request::{admin, fail};

    let caller = admin()?;
    accounts::request_resync(&caller.domain, caller.actor(), id).await.map(drop).map_err(fail)
}

/// Gives the access back to Google and deletes the tokens. The stored mail stays.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "disconnect", output = Json)]
pub async fn disconnect_account(id: AccountId) -> Result<Removal, Failure> {
    use replybook::accounts::connect;

    use super::answers;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let done = connect::disconnect(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    leptos_axum::redirect(&answers::disconnected_address(&done.account, done.revocation, done.messages_kept));
    Ok(Removal { revocation: done.revocation, messages_kept: done.messages_kept })
}

/// Deletes an account with everything stored of it.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "delete-account", output = Json)]
pub async fn delete_account(id: AccountId) -> Result<(), Failure> {
    use replybook::accounts;

    use super::answers;
    use crate::request::{admin, fail};

    let caller = admin()?;
    accounts::delete(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    leptos_axum::redirect(&answers::deleted_address());
    Ok(())
}
