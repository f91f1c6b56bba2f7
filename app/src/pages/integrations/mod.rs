//! `/admin/integrations`: connecting mailboxes and watching them being read.

pub mod api;
mod dialogs;
mod imap;
pub mod import;
mod open;
mod providers;
mod table;
mod words;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    accounts::connect::MailboxPlace,
    runs,
    standing::{self, Integrations as Listed},
    types::{AccountStatus, Problem, Provider, RunState, SyncRun, User},
};

pub(crate) use self::{
    api::RunSync,
    open::{List, Open},
    table::{reconnect, status_of},
    words::{Accounts, Enroll},
};

use self::{
    api::{ConnectGmail, EnrollEverybody, EnrollMailbox, TrySample},
    open::ACCOUNTS,
    words::{Imap, Words, gmail_reason},
};
use super::{
    monitor,
    runs::{RunWatch, live},
};
use crate::{
    page::{Page, Script, Visit},
    paths,
    prefs::Lang,
    request::{gmail_missing, workspace},
    shell::Head,
    ui::{forms::Field, parts::Tone, words::Common},
};

/// The page: the accounts, what goes on, and what is open on top.
pub struct Integrations {
    listed: Listed,
    list: List,
    open: Option<Open>,
    /// The run that is open on top, or why it cannot be shown.
    run: Option<Result<SyncRun, Problem>>,
    /// The upload that waits for an answer.
    asked: Option<import::Asked>,
    /// Where the mailbox is that is about to be connected.
    place: Option<MailboxPlace>,
}

impl Page for Integrations {
    const ROUTE: &'static str = paths::INTEGRATIONS;
    const SCRIPTS: &'static [Script] = &[Script::Islands, Script::Live];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let open = Open::of(visit);
        let list = List::of(|name| visit.query(name).map(ToOwned::to_owned));
        // Its mark is read before the run is: when the run ends in between, the page is drawn anew once too often, and not never.
        let listed = standing::integrations(domain, &list.0).await?;
        let run = match open {
            Some(Open::Run(id)) => Some(runs::get(domain, id).await),
            _ => None,
        };
        let place = match open {
            Some(Open::Imap | Open::Reconnect(_)) => imap::place(visit).await,
            _ => None,
        };
        let asked = if open == Some(Open::Upload) { import::asked(visit).await } else { None };
        Ok(Self { listed, list, open, run, place, asked })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { listed, list, open, run, place, asked } = self;
        let is_active_gmail = |account: &replybook::types::Account| {
            account.provider_code == Provider::Gmail.as_str() && account.status == AccountStatus::Active
        };
        let has_active = listed.accounts.iter().any(is_active_gmail);
        let waits = listed.accounts.iter().any(|account| {
            account.status == AccountStatus::Active && account.meta.manual_resync_requested_at.is_some()
        });
        let works = listed.monitor.enabled && !listed.monitor.workers.is_empty();
        let goes_on = |run: &SyncRun| !run.state.is_over() && run.state != RunState::Paused;
        let is_busy = listed.open.iter().any(goes_on)
            || run.as_ref().is_some_and(|run| run.as_ref().is_ok_and(goes_on))
            || works && waits;
        // Nobody's typing is lost by it: the forms of this page stand in dialogs.
        let refresh = match open {
            Some(Open::Run(id)) => Some(paths::run(id)),
            None => Some(list.address(None)),
            Some(
                Open::Disconnect(_)
                | Open::Delete(_)
                | Open::Import
                | Open::Upload
                | Open::Imap
                | Open::Reconnect(_)
                | Open::GmailSetup,
            ) => None,
        };
        let dialog = open.map(|open| match open {
            Open::Run(_) => dialogs::run(visit, &list, run, &listed),
            Open::Import => import::form(visit),
            Open::Upload => asked.map_or_else(|| import::form(visit), |asked| import::question(visit, asked)),
            Open::Imap => imap::dialog(visit, place.as_ref(), None),
            Open::Reconnect(id) => match listed.accounts.iter().find(|account| account.id == id) {
                Some(account) => imap::dialog(visit, place.as_ref(), Some(account)),
                None => dialogs::gone(visit, Accounts(visit.lang()).gone().to_owned()),
            },
            Open::GmailSetup => dialogs::gmail_setup(visit),
            Open::Disconnect(id) => {
                dialogs::disconnect(visit, &list, listed.accounts.iter().find(|account| account.id == id))
            }
            Open::Delete(id) => dialogs::delete(visit, &list, id, &listed),
        });
        view! {
            {is_busy.then(|| refresh.map(refresh_without_scripts))}
            <Head title=words.title() about=words.about()/>
            {gmail_notice(visit)}
            <div class="stack">
                {(!list.0.needing)
                    .then(|| monitor::attention(voice, &listed.attention, listed.attention_more, listed.room))}
                {monitor::panel(voice, &listed.monitor)}
            </div>
            <div class="cards two-cards">
                {gmail_card(visit, has_active)}
                {other_ways(visit.lang())}
            </div>
            <section class="stack" aria-labelledby=ACCOUNTS>
                <h2 id=ACCOUNTS>{Accounts(visit.lang()).title()}</h2>
                {table::accounts(voice, &listed, &list)}
            </section>
            {monitor::jobs(voice, &listed.jobs, &listed.accounts)}
            {dialog}
            {live(None, &listed.mark)}
            <RunWatch/>
        }
        .into_any()
    }
}

/// Asks for the page again while something goes on, where no scripts can follow it.
pub(super) fn refresh_without_scripts(address: String) -> AnyView {
    view! { <noscript><meta http-equiv="refresh" content=format!("5;url={address}")/></noscript> }.into_any()
}

/// What the way back from Google has to say; for everyone who may connect a mailbox. It is told once: the script of the shell
/// takes it out of the address.
pub(crate) fn gmail_notice(visit: &Visit) -> AnyView {
    let lang = visit.lang();
    let reason = visit.query("reason").unwrap_or_default();
    let (tone, text) = match visit.query("gmail") {
        Some("connected") if visit.query("mailbox") == Some("off") => (Tone::Warn, Words(lang).connected_off()),
        Some("connected") => (Tone::Good, Words(lang).connected()),
        // Anybody can write an address: of a reason that is none nothing is said.
        Some("error") => {
            let reason = reason.parse().map(|reason| gmail_reason(lang, reason));
            (Tone::Bad, reason.unwrap_or(Words(lang).not_connected()))
        }
        _ => return ().into_any(),
    };
    let path = visit.scope.here.split('?').next().unwrap_or_default().to_owned();
    let once = path.clone();
    view! {
        <div class="flash-area" role="status" data-once=once>
            <div class=format!("flash {}", tone.class())>
                <p>{text}</p>
                <a class="flash-dismiss" href=path data-dismiss="">{Common(lang).dismiss()}</a>
            </div>
        </div>
    }
    .into_any()
}

/// The button that leads to Google, or what is missing for it.
pub(crate) fn connect_form(visit: &Visit, missing: &[String]) -> AnyView {
    let words = Words(visit.lang());
    if missing.is_empty() {
        return view! {
            <form method="post" action=ConnectGmail::url()>
                <button class="btn primary">{words.connect()}</button>
            </form>
        }
        .into_any();
    }
    // Others cannot do anything about it themselves.
    if !visit.scope.user.as_ref().is_some_and(User::is_admin) {
        return view! { <p class="notice warn">{words.not_configured_ask()}</p> }.into_any();
    }
    let help = {
        let href = Open::GmailSetup.address();
        view! { <p>{words.not_configured_help()} " " <a id="gmail-setup" data-opens="" href=href>{words.readme()}</a></p> }
    };
    let missing = missing.iter().map(|name| view! { <code>{name.clone()}</code> " " }).collect_view();
    view! {
        <div class="notice warn">
            <p>{words.not_configured()} " " {missing}</p>
            {help}
        </div>
    }
    .into_any()
}

fn gmail_card(visit: &Visit, has_active: bool) -> AnyView {
    let words = Words(visit.lang());
    let (missing, workspace) = (gmail_missing(&visit.scope.domain), workspace(&visit.scope.domain));
    let status = if has_active { words.gmail_active() } else { words.gmail_none() };
    // The service account needs no OAuth client.
    let can_connect = missing.is_empty() || workspace.is_empty();
    view! {
        <section class="card tile" aria-labelledby="gmail-title">
            <h2 id="gmail-title">{words.gmail_title()}</h2>
            <p>{words.gmail_about()}</p>
            <p class="muted">{words.gmail_read_only()}</p>
            <div class="tile-body stack">
                <p class="status-line" class:on=has_active>{status}</p>
                {can_connect.then(|| connect_form(visit, &missing))}
                {workspace.first().map(|domain| enroll(visit, domain))}
            </div>
        </section>
    }
    .into_any()
}

/// Mailboxes of the Workspace, read by its service account.
fn enroll(visit: &Visit, domain: &str) -> AnyView {
    let words = Enroll(visit.lang());
    let example = format!("name@{domain}");
    let typed = visit.typed("email");
    view! {
        <form method="post" action=EnrollMailbox::url()>
            <Field id="enroll" label=words.address() help=words.about()>
                <input
                    class="input"
                    type="email"
                    id="enroll"
                    name="email"
                    required
                    placeholder=example
                    value=typed
                    aria-describedby="enroll-help"
                />
            </Field>
            <button class="btn">{words.one()}</button>
        </form>
        <form method="post" action=EnrollEverybody::url()>
            <button class="btn">{words.all()}</button>
        </form>
    }
    .into_any()
}

fn other_ways(lang: Lang) -> AnyView {
    let words = Words(lang);
    view! {
        <section class="card tile" aria-labelledby="other-title">
            <h2 id="other-title">{words.other_title()}</h2>
            <p>{words.other_about()}</p>
            <div class="tile-body row">
                <form method="post" action=TrySample::url()>
                    <button class="btn">{words.sample()}</button>
                </form>
                <a class="btn" id="open-imap" href=Open::Imap.address() data-opens="">{Imap(lang).open()}</a>
                <a class="btn" id="open-import" href=Open::Import.address() data-opens="">{words.import_file()}</a>
            </div>
        </section>
    }
    .into_any()
}
