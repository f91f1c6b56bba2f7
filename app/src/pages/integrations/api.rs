//! Connecting, syncing and removing accounts.

use std::collections::BTreeMap;

use leptos::prelude::*;
use replybook::{
    accounts::{self, connect, enroll},
    import,
    sync::{self, Syncing},
    types::{
        AccountId, AccountStatus, EnrollReason, EnrollReport, ImapAccountInput, InvalidCode, Problem, Provider,
        Revocation, RunId,
    },
};

use super::{
    List, Open,
    words::{Accounts, Enroll, Imap},
};
use crate::{
    answer::{Told, go_and_tell, go_to},
    error::Failure,
    json::Json,
    pages::{monitor::for_a_worker, runs::control::came_from},
    paths,
    prefs::Lang,
    problems,
    request::{admin, fail, lang, signed_in},
    ui::words::nouns,
    words::Voice,
};

/// Refused mailboxes that are named; the others are counted.
const NAMED: usize = 20;

/// Sends the person to Google to connect a mailbox. For everyone who is signed in.
///
/// # Errors
/// [`Problem::Unavailable`] when Gmail is not configured.
#[server(prefix = "/api/ui", endpoint = "connect-gmail", output = Json)]
pub async fn connect_gmail() -> Result<(), Failure> {
    let caller = signed_in()?;
    let url = connect::start(&caller.domain, &caller.binding).await.map_err(fail)?;
    go_to(url.as_str());
    Ok(())
}

/// Connects a mailbox of the Workspace by the service account.
///
/// # Errors
/// For admins only; `service_account_not_configured`, `address_not_in_domain`, or why Google refuses.
#[server(prefix = "/api/ui", endpoint = "enroll", output = Json)]
pub async fn enroll_mailbox(email: String) -> Result<(), Failure> {
    let (caller, lang) = (admin()?, lang());
    let words = Enroll(lang);
    let done = enroll::enroll(&caller.domain, caller.actor(), &email, None).await.map_err(refused)?;
    let who = done.account.external_account_id;
    let said = if done.enrolled { words.done(who) } else { words.before(who) };
    go_and_tell(paths::INTEGRATIONS, Told::good(said));
    Ok(())
}

/// Connects the mailbox of every active user of the Workspace by the service account.
///
/// # Errors
/// For admins only; `service_account_not_configured`.
#[server(prefix = "/api/ui", endpoint = "enroll-all", output = Json)]
pub async fn enroll_everybody() -> Result<(), Failure> {
    let (caller, lang) = (admin()?, lang());
    let report = enroll::enroll_all(&caller.domain, caller.actor()).await.map_err(refused)?;
    go_and_tell(paths::INTEGRATIONS, enrolled(lang, &report));
    Ok(())
}

/// What cannot be done is said on the page that the form stands on.
fn refused(problem: Problem) -> Failure {
    go_to(paths::INTEGRATIONS);
    fail(problem)
}

/// How many were enrolled, and who was not, by reason.
fn enrolled(lang: Lang, report: &EnrollReport) -> Told {
    let mut text = Enroll(lang).done_all(report.enrolled.len(), report.already_there.len(), report.failed.len());
    let mut by_reason: BTreeMap<EnrollReason, Vec<&str>> = BTreeMap::new();
    for failure in report.failed.iter().take(NAMED) {
        by_reason.entry(failure.reason).or_default().push(&failure.email);
    }
    for (reason, who) in by_reason {
        text.push_str(&format!("\n{}: {}", who.join(", "), problems::enroll(lang, reason)));
    }
    if report.failed.is_empty() { Told::good(text) } else { Told::warn(text) }
}

/// Connects a mailbox over IMAP. Empty fields have their usual values; without a host it is found by the address. The form of a
/// mailbox that is connected `again` is the one that a refusal comes back to.
///
/// # Errors
/// For admins only; what is wrong with the server, the port, TLS or the password.
#[server(prefix = "/api/ui", endpoint = "connect-imap", output = Json)]
pub async fn connect_mailbox(
    #[server(default)] address: String,
    #[server(default)] host: String,
    #[server(default)] port: String,
    #[server(default)] tls: String,
    #[server(default)] username: String,
    #[server(default)] password: String,
    again: Option<AccountId>,
) -> Result<(), Failure> {
    let caller = admin()?;
    let port = (!port.is_empty()).then(|| port.parse()).transpose();
    let port = port.map_err(|_| Problem::invalid("port", InvalidCode::PortInvalid));
    let connected = async {
        let input =
            ImapAccountInput { address, host, port: port?, tls: tls.parse().ok(), username: Some(username), password };
        connect::connect_imap(&caller.domain, caller.actor(), Some(caller.user.id), input).await
    };
    let account = connected.await.map_err(|problem| {
        go_to(again.map_or(Open::Imap, Open::Reconnect).address());
        fail(problem)
    })?;
    go_and_tell(paths::INTEGRATIONS, Told::good(Imap(lang()).done(account.external_account_id)));
    Ok(())
}

/// Loads the mailbox that comes with Replybook and opens its run.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "try-sample", output = Json)]
pub async fn try_sample() -> Result<RunId, Failure> {
    let caller = admin()?;
    let run = import::start_sample(&caller.domain, caller.actor()).await.map_err(fail)?;
    go_to(paths::run(run));
    Ok(run)
}

/// Starts a sync and shows its run: on the page of the account when the form stands there, otherwise on top of the list. When
/// one goes on already, that is the one to see.
///
/// # Errors
/// For admins only; not found, or not possible for this provider or status.
#[server(prefix = "/api/ui", endpoint = "sync-now", output = Json)]
pub async fn run_sync(id: AccountId) -> Result<RunId, Failure> {
    let caller = admin()?;
    let words = Accounts(lang());
    let run = match sync::start_or_find(&caller.domain, caller.actor(), id).await.map_err(fail)? {
        Syncing::Begun(run) => {
            let page = paths::account(id);
            let stands_there = came_from().is_some_and(|here| here.split('?').next() == Some(page.as_str()));
            go_and_tell(if stands_there { page } else { paths::run(run) }, Told::good(words.sync_begun()));
            run
        }
        Syncing::GoesOn(run) => {
            go_and_tell(paths::run(run), Told::note(words.sync_going()));
            run
        }
    };
    Ok(run)
}

/// Switches an account on or off for the worker, and returns the status it has now.
///
/// # Errors
/// For admins only; [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "set-enabled", output = Json)]
pub async fn set_account_enabled(id: AccountId, enabled: bool) -> Result<AccountStatus, Failure> {
    let caller = admin()?;
    let account = accounts::set_enabled(&caller.domain, caller.actor(), id, enabled).await.map_err(fail)?;
    let words = Accounts(lang());
    let told = match (enabled, account.status) {
        (true, AccountStatus::Error) => Told::warn(words.enabled_needs_reconnect()),
        (true, _) => Told::good(words.enabled_done()),
        (false, _) => Told::good(words.disabled_done()),
    };
    go_and_tell(List::here().address(None), told);
    Ok(account.status)
}

/// Asks the worker to take an account before all others.
///
/// # Errors
/// For admins only; [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "resync", output = Json)]
pub async fn request_resync(id: AccountId) -> Result<(), Failure> {
    let caller = admin()?;
    accounts::request_resync(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    let done = Accounts(lang()).resync_requested();
    go_and_tell(List::here().address(None), for_a_worker(&caller.domain, done).await.map_err(fail)?);
    Ok(())
}

/// Gives the access back to Google and deletes the tokens. The stored mail stays.
///
/// # Errors
/// For admins only; [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "disconnect", output = Json)]
pub async fn disconnect_account(id: AccountId) -> Result<Revocation, Failure> {
    let (caller, lang) = (admin()?, lang());
    let done = connect::disconnect(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    let is_imap = done.account.provider_code == Provider::Imap.as_str();
    go_and_tell(List::here().address(None), disconnected(lang, is_imap, done.revocation, done.messages_kept));
    Ok(done.revocation)
}

/// What became of the access and of the mail.
fn disconnected(lang: Lang, is_imap: bool, revocation: Revocation, kept: i64) -> Told {
    let words = Accounts(lang);
    let kept = Voice { lang, now: chrono::DateTime::UNIX_EPOCH }.count(&nouns::MESSAGE, kept);
    match revocation {
        _ if is_imap => Told::good(Imap(lang).disconnect_done(kept)),
        Revocation::Confirmed => Told::good(words.disconnected_done(kept)),
        Revocation::Unconfirmed => Told::warn(words.disconnected_done_local(kept)),
        Revocation::NotNeeded => Told::warn(Enroll(lang).disconnect_done(kept)),
    }
}

/// Deletes an account with everything stored of it.
///
/// # Errors
/// For admins only; [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "delete-account", output = Json)]
pub async fn delete_account(id: AccountId) -> Result<(), Failure> {
    let caller = admin()?;
    accounts::delete(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    go_and_tell(List::here().address(None), Told::good(Accounts(lang()).deleted_done()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use replybook::types::EnrollFailure;

    use super::*;

    #[test]
    fn what_enrolling_everybody_did_is_told_by_reason() {
        let failed = |email: &str| EnrollFailure {
            email: email.to_owned(),
            reason: EnrollReason::NoMailbox,
            detail: String::new(),
        };
        assert_eq!(
            enrolled(Lang::En, &EnrollReport::default()),
            Told::good("Enrolled: 0. Already connected: 0. Not enrolled: 0.")
        );
        let report =
            EnrollReport { failed: vec![failed("ann@x.example"), failed("bob@x.example")], ..Default::default() };
        let counts = "Enrolled: 0. Already connected: 0. Not enrolled: 2.";
        let both =
            format!("{counts}\nann@x.example, bob@x.example: {}", problems::enroll(Lang::En, EnrollReason::NoMailbox));
        assert_eq!(enrolled(Lang::En, &report), Told::warn(both));
    }
}
