//! The email monitor and the accounts that need a person, as the Integrations page shows them at its top. Rendered on the server
//! only: the browser gets them as markup.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::types::{Account, AccountProblem, AccountStatus, MonitorStatus, Provider};

use crate::{
    i18n::fill,
    integrations::{
        api::AccountRow,
        state::{Open, PATH, account_path},
        status_of,
    },
    still::{Voice, capitalised},
    ui::parts::{Pill, Tone},
};

/// What stands above everything else.
pub(crate) fn above(voice: Voice, status: &MonitorStatus, accounts: &[Account]) -> String {
    view! { {attention(voice, accounts)} {panel(voice, status)} }.to_html()
}

/// The accounts that do not go on without a person, or wait for longer than the interval, each with what to do.
fn attention(voice: Voice, accounts: &[Account]) -> Option<AnyView> {
    // Those that somebody disconnected did not come to need it by themselves.
    let on_purpose = |account: &&Account| account.meta.problem == Some(AccountProblem::Disconnected);
    let others = accounts.iter().filter(|account| !on_purpose(account));
    let items: Vec<AnyView> = others.filter_map(|account| needs(voice, account, true)).collect();
    (!items.is_empty()).then(|| view! { <ul class="stack attention">{items}</ul> }.into_any())
}

/// The same for one account, on its own page.
pub(crate) fn attention_to(voice: Voice, account: &Account) -> Option<AnyView> {
    needs(voice, account, false).map(|item| view! { <ul class="stack attention">{item}</ul> }.into_any())
}

fn needs(voice: Voice, account: &Account, is_listed: bool) -> Option<AnyView> {
    if account.status == AccountStatus::Disabled {
        return None;
    }
    let row = AccountRow::from(account.clone());
    if account.status == AccountStatus::Error {
        let (tone, status) = status_of(voice.texts, &row);
        let about = why(voice, &row);
        return Some(item(voice, &row, is_listed, (tone, status), about.to_owned(), mend(voice, &row)));
    }
    let until = account.not_before.filter(|until| *until > voice.now)?;
    let reason = capitalised(&voice.reason(account.not_before_reason.as_deref().unwrap_or_default()));
    let about = format!("{reason}. {}", fill(voice.still.monitor.waits_until, &[&voice.until(until)]));
    let again = view! {
        <form method="post" action=format!("{}/sync", account_path(account.id))>
            <button class="btn small">{voice.still.monitor.try_now}</button>
        </form>
    };
    Some(item(voice, &row, is_listed, (Tone::Warn, voice.still.monitor.waiting), about, again.into_any()))
}

fn item(
    voice: Voice,
    row: &AccountRow,
    is_listed: bool,
    (tone, status): (Tone, &'static str),
    about: String,
    action: AnyView,
) -> AnyView {
    let class = if tone == Tone::Bad { "notice bad" } else { "notice warn" };
    let named = is_listed.then(|| {
        view! {
            <div class="row">
                <b class="break">{row.display_name.clone()}</b>
                <Pill tone text=status/>
            </div>
        }
    });
    let link = is_listed.then(|| {
        view! { <a href=account_path(row.id) rel="external">{voice.still.monitor.go_there}</a> }
    });
    view! {
        <li class=class>
            {named}
            <p>{about}</p>
            <div class="row">{action} {link}</div>
        </li>
    }
    .into_any()
}

/// Why the account does not go on by itself, and what to do.
fn why(voice: Voice, account: &AccountRow) -> &'static str {
    let (words, enroll) = (&voice.still.monitor, &voice.texts.enroll);
    match account.problem {
        Some(AccountProblem::Reconnect) if is_imap(account) => words.imap_why,
        Some(AccountProblem::Reconnect) => words.reconnect_why,
        // By the service account no person ticks boxes at Google.
        Some(AccountProblem::MissingScope) if account.is_enrolled => enroll.delegation,
        Some(AccountProblem::MissingScope) => words.missing_scope_why,
        Some(AccountProblem::Delegation) => enroll.delegation,
        Some(AccountProblem::Clock) => enroll.clock,
        Some(AccountProblem::NoMailbox) => enroll.no_mailbox,
        Some(AccountProblem::Disconnected) => words.disconnected_why,
        None => words.error_why,
    }
}

fn is_imap(account: &AccountRow) -> bool {
    account.provider_code == Provider::Imap.as_str()
}

/// The button that mends an account: a form to the function behind the same button of the table.
fn mend(voice: Voice, row: &AccountRow) -> AnyView {
    if is_imap(row) {
        view! { <a class="btn small" href=Open::Imap.address() rel="external">{voice.texts.accounts.reconnect}</a> }
            .into_any()
    } else if row.is_enrolled {
        view! {
            <form method="post" action="/api/ui/enroll">
                <input type="hidden" name="email" value=row.address.clone()/>
                <button class="btn small">{voice.texts.enroll.again}</button>
            </form>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action="/api/ui/connect-gmail">
                <button class="btn small">{voice.texts.accounts.reconnect}</button>
            </form>
        }
        .into_any()
    }
}

/// Whether mail is fetched by itself, by whom, and the buttons.
fn panel(voice: Voice, status: &MonitorStatus) -> AnyView {
    let words = &voice.still.monitor;
    let has_worker = !status.workers.is_empty();
    let (tone, state) = match (status.enabled, has_worker) {
        (true, true) => (Tone::Good, words.running),
        (true, false) => (Tone::Bad, words.no_worker),
        (false, _) => (Tone::Warn, words.stopped),
    };
    let interval = i64::try_from(status.interval_seconds).unwrap_or(i64::MAX);
    let about = match (status.enabled, has_worker) {
        (true, true) => fill(words.about_running, &[&voice.texts.duration(interval)]),
        (true, false) => words.about_no_worker.to_owned(),
        (false, _) => words.about_stopped.to_owned(),
    };
    let next = next_look(voice, status).map(|next| view! { " " {next} });
    let workers = status
        .workers
        .iter()
        .map(|worker| {
            let named = fill(words.worker, &[&worker.host, &worker.process_id.to_string()]);
            view! { <li>{named} " " {voice.ago(worker.started_at)}</li> }
        })
        .collect_view();
    let workers = has_worker.then(|| view! { <ul class="muted small">{workers}</ul> });
    view! {
        <section class="card monitor" id="monitor" aria-labelledby="monitor-title">
            <div class="row">
                <h2 id="monitor-title">{words.title}</h2>
                <Pill tone text=state/>
            </div>
            <div class="row monitor-actions">
                {(status.enabled && has_worker && !status.accounts.is_empty()).then(|| button("poll", words.poll))}
                {if status.enabled { button("stop", words.stop) } else { button("start", words.start) }}
            </div>
            <div class="monitor-about"><p>{about} {next}</p> {workers}</div>
        </section>
    }
    .into_any()
}

fn button(action: &'static str, label: &'static str) -> AnyView {
    view! {
        <form method="post" action=format!("{PATH}/monitor/{action}")>
            <button class="btn small" id=format!("monitor-{action}")>{label}</button>
        </form>
    }
    .into_any()
}

/// Which account the worker takes next, and when.
fn next_look(voice: Voice, status: &MonitorStatus) -> Option<String> {
    let next = status.accounts.iter().filter_map(|account| Some((account.next_sync_at?, &account.display_name)));
    let (at, name): (DateTime<Utc>, _) = next.min()?;
    let when = if (at - voice.now).num_seconds() < 10 {
        voice.still.mailbox.next_now.to_owned()
    } else {
        fill(voice.still.mailbox.next_in, &[&voice.until(at)])
    };
    Some(fill(voice.still.monitor.next_look, &[name, &when]))
}
