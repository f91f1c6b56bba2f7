//! The accounts, what they did last, and what can be done with them.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    standing::Integrations as Listed,
    types::{Account, AccountAuth, AccountProblem, AccountStatus, Provider},
};

use super::{
    List, Open,
    api::{ConnectGmail, EnrollMailbox, RequestResync, RunSync, SetAccountEnabled},
    open::NEEDING,
    words::{Accounts, Enroll},
};
use crate::{
    json::Given,
    pages::runs::{Case, Look, Report, RunProgress, Words as RunWords},
    paths,
    prefs::Lang,
    ui::{
        forms::Menu,
        parts::{Empty, Pill, Tone},
        times::Ago,
        words::{Common, nouns},
    },
    words::Voice,
};

/// With more accounts than this there is a search.
const FEW: usize = 10;

/// The accounts that are listed, and how to find others.
pub(super) fn accounts(voice: Voice, listed: &Listed, list: &List) -> AnyView {
    let words = Accounts(voice.lang);
    if listed.accounts.is_empty() {
        return view! { <div class="card"><Empty title=words.empty() next=words.empty_next()/></div> }.into_any();
    }
    let search = (listed.accounts.len() > FEW || list.is_narrowed()).then(|| search(voice, listed, list));
    if listed.found.accounts.is_empty() {
        let clear = view! { <a class="btn" href=paths::INTEGRATIONS>{words.show_all()}</a> }.into_any();
        let (title, next) = if list.0.needing && list.0.text.is_none() {
            (words.none_needing(), "")
        } else {
            (words.none_found(), words.none_found_next())
        };
        return view! {
            {search}
            <div class="card"><Empty title next children=Box::new(move || clear)/></div>
        }
        .into_any();
    }
    let rows = listed.found.accounts.iter().map(|account| row(voice, account, listed, list)).collect_view();
    view! {
        {search}
        <div class="card">
            <table class="list accounts">
                <thead>
                    <tr>
                        <th scope="col">{words.account()}</th>
                        <th scope="col">{words.owner()}</th>
                        <th scope="col">{words.status()}</th>
                        <th scope="col">{words.last_sync()}</th>
                        <th scope="col">{words.summary()}</th>
                        <th scope="col">
                            <span class="visually-hidden">{Common(voice.lang).actions()}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {pager(voice, listed, list)}
    }
    .into_any()
}

/// The search and what it found.
fn search(voice: Voice, listed: &Listed, list: &List) -> AnyView {
    let words = Accounts(voice.lang);
    let found = voice.count(&nouns::ACCOUNT, length(listed.found.number));
    let all = list.is_narrowed().then(|| {
        view! { <a class="btn quiet" href=paths::INTEGRATIONS>{words.show_all()}</a> }
    });
    view! {
        <form method="get" action=List::default().place() class="filters" role="search" autocomplete="off">
            <input
                class="input thread-search"
                type="search"
                id="find-account"
                name="q"
                maxlength="200"
                placeholder=words.search_label()
                aria-label=words.search_label()
                value=list.0.text.clone()
            />
            <label class="check">
                <input type="checkbox" name="show" value=NEEDING checked=list.0.needing/>
                {words.needing_only()}
            </label>
            <button class="btn">{words.search()}</button>
            {all}
            <span class="muted" id="accounts-found">{found}</span>
        </form>
    }
    .into_any()
}

/// The way to the other pages, where there are some.
fn pager(voice: Voice, listed: &Listed, list: &List) -> Option<AnyView> {
    let words = Accounts(voice.lang);
    let (page, pages) = (listed.found.page, listed.found.pages);
    let link = |page: usize, rel: &'static str, text: &'static str| {
        view! { <a class="btn" href=list.at(page).place() rel=rel>{text}</a> }
    };
    (pages > 1).then(|| {
        view! {
            <nav class="pager" aria-label=words.pages()>
                {(page > 1).then(|| link(page - 1, "prev", words.previous_page()))}
                <span class="muted">{words.page_of(voice.number(length(page)), voice.number(length(pages)))}</span>
                {(page < pages).then(|| link(page + 1, "next", words.next_page()))}
            </nav>
        }
        .into_any()
    })
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn row(voice: Voice, account: &Account, listed: &Listed, list: &List) -> AnyView {
    let words = Accounts(voice.lang);
    let (tone, status) = status_of(voice.lang, account);
    let owner = account.owner_email.clone().unwrap_or_else(|| "–".to_owned());
    // Most names hold the address already.
    let address = Some(&account.external_account_id).filter(|address| !account.display_name.contains(*address));
    let address = address.map(|address| view! { <span class="muted small wrap">{address.clone()}</span> });
    let last_sync = match account.last_sync_at {
        Some(at) => view! { <Ago voice at/> }.into_any(),
        None => view! { <span class="muted">{words.never_synced()}</span> }.into_any(),
    };
    let pending = account.meta.manual_resync_requested_at.is_some();
    let pending = pending.then(|| view! { <span class="muted small">{words.resync_pending()}</span> });
    view! {
        <tr>
            <td data-label=words.account()>
                <a class="subject" href=paths::account(account.id)>{account.display_name.clone()}</a>
                {address}
                <span class="muted small">{account.provider_name.clone()}</span>
            </td>
            <td data-label=words.owner()>
                <span class="clip" title=owner.clone()>{owner.clone()}</span>
            </td>
            <td data-label=words.status()>
                <Pill tone text=status/>
            </td>
            <td data-label=words.last_sync() class="nowrap">{last_sync} {pending}</td>
            <td data-label=words.summary() class="summary-cell">{summary(voice, account, listed, list)}</td>
            <td class="actions">{actions(voice.lang, account, list)}</td>
        </tr>
    }
    .into_any()
}

/// What the account does, or did last.
fn summary(voice: Voice, account: &Account, listed: &Listed, list: &List) -> AnyView {
    let words = Accounts(voice.lang);
    // A sync and a backfill go on beside each other.
    let going: Vec<_> = listed.open.iter().filter(|run| run.account_id == account.id).collect();
    let case = Case { voice, account, room: listed.room };
    if !going.is_empty() {
        let lines = going.into_iter().map(|run| {
            view! { <RunProgress run=Given(Report::of(voice.lang, voice.now, run)) look=Look::Line/> {case.of_open(run)} }
        });
        return lines.collect_view().into_any();
    }
    let counts = account.counts;
    let aside = (counts.set_aside > 0).then(|| {
        let href = format!("{}#set-aside", paths::account(account.id));
        view! { " · " <a href=href>{words.set_aside(voice.number(counts.set_aside))}</a> }
    });
    let numbers = if account.last_sync_at.is_none() && counts.messages == 0 {
        view! { <span class="muted">{words.nothing_yet()}</span> }.into_any()
    } else {
        let errors = account.meta.last_sync_summary.as_ref().map_or(0, |summary| summary.errors.len());
        let errors = voice.count(&nouns::ERROR, i64::try_from(errors).unwrap_or(i64::MAX));
        let messages = voice.count(&nouns::MESSAGE, counts.messages);
        let pairs = voice.count(&nouns::PAIR, counts.pairs);
        view! { <span class="tabular">{format!("{messages} · {pairs} · {errors}")}</span> }.into_any()
    };
    // Where only those are listed that need somebody, nothing above the list says why.
    let cure = case.of_last_run(!list.0.needing);
    view! { <div>{numbers} {aside} {cure}</div> }.into_any()
}

/// The word and colour of an account: what it needs comes before what it is.
pub(crate) fn status_of(lang: Lang, account: &Account) -> (Tone, &'static str) {
    let (words, enroll) = (Accounts(lang), Enroll(lang));
    match (account.status, account.meta.problem) {
        (AccountStatus::Disabled, Some(AccountProblem::Disconnected)) => (Tone::Idle, words.disconnected_pill()),
        (AccountStatus::Disabled, _) => (Tone::Idle, words.disabled()),
        (_, Some(AccountProblem::Reconnect)) => (Tone::Bad, words.reconnect_pill()),
        (_, Some(AccountProblem::MissingScope)) => (Tone::Bad, words.missing_scope_pill()),
        (_, Some(AccountProblem::Delegation)) => (Tone::Bad, enroll.delegation_pill()),
        (_, Some(AccountProblem::Clock)) => (Tone::Bad, enroll.clock_pill()),
        (_, Some(AccountProblem::NoMailbox)) => (Tone::Bad, enroll.no_mailbox_pill()),
        (_, Some(AccountProblem::MailOff)) => (Tone::Bad, words.mail_off_pill()),
        (_, Some(AccountProblem::Disconnected)) => (Tone::Idle, words.disconnected_pill()),
        (AccountStatus::Error, None) => (Tone::Bad, words.error()),
        (AccountStatus::Active, None) if account.found_no_pairs() => (Tone::Warn, RunWords(lang).no_pairs()),
        (AccountStatus::Active, None) if account.pairs_in.is_some() => (Tone::Idle, RunWords(lang).pairs_elsewhere()),
        (AccountStatus::Active, None) if is_synced(account) => (Tone::Good, words.active()),
        (AccountStatus::Active, None) => (Tone::Idle, words.imported()),
    }
}

fn is_synced(account: &Account) -> bool {
    account.provider_code.parse().is_ok_and(Provider::is_synced)
}

/// The one thing to do first, and the rest in a menu.
fn actions(lang: Lang, account: &Account, list: &List) -> AnyView {
    let at = |open: Open| list.address(Some(open));
    let words = Accounts(lang);
    // Nothing is begun for what somebody switched off.
    let can_sync = is_synced(account) && account.status == AccountStatus::Active;
    let is_synced = is_synced(account);
    let first = match account.meta.problem {
        Some(_) => reconnect(lang, account, "btn"),
        None if can_sync && account.active_run_id.is_none() => {
            Some(form(RunSync::url(), account, view! { <button class="btn">{words.run_sync()}</button> }.into_any()))
        }
        None => None,
    };
    let last_run = account.meta.last_sync_summary.as_ref().map(|summary| {
        let id = format!("last-run-{}", account.id);
        view! { <a id=id href=at(Open::Run(summary.run_id)) data-opens="">{words.last_run()}</a> }
    });
    let resync =
        can_sync.then(|| form(RequestResync::url(), account, view! { <button>{words.resync()}</button> }.into_any()));
    let is_disabled = account.status == AccountStatus::Disabled;
    let enable = form(
        SetAccountEnabled::url(),
        account,
        view! {
            <input type="hidden" name="enabled" value=is_disabled.to_string()/>
            <button>{if is_disabled { words.enable() } else { words.disable() }}</button>
        }
        .into_any(),
    );
    let can_disconnect = is_synced && account.meta.problem != Some(AccountProblem::Disconnected);
    let disconnect = can_disconnect.then(|| {
        let id = format!("disconnect-{}", account.id);
        view! { <a id=id href=at(Open::Disconnect(account.id)) data-opens="">{words.disconnect()}</a> }
    });
    let delete_id = format!("delete-{}", account.id);
    let delete = view! {
        <a id=delete_id class="danger" href=at(Open::Delete(account.id)) data-opens="">{words.delete()}</a>
    };
    view! {
        <div class="row tight end">
            {first}
            <Menu label=words.more(&account.display_name)>{last_run} {resync} {enable} {disconnect} {delete}</Menu>
        </div>
    }
    .into_any()
}

fn form(action: &'static str, account: &Account, inside: AnyView) -> AnyView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="id" value=account.id.to_string()/>
            {inside}
        </form>
    }
    .into_any()
}

/// What lets an account that needs a person go on, as far as one button can. `None` for what is never synced.
pub(crate) fn reconnect(lang: Lang, account: &Account, class: &'static str) -> Option<AnyView> {
    let words = Accounts(lang);
    if account.meta.auth == Some(AccountAuth::ServiceAccount) {
        let address = account.external_account_id.clone();
        return Some(
            view! {
                <form method="post" action=EnrollMailbox::url()>
                    <input type="hidden" name="email" value=address/>
                    <button class=class>{Enroll(lang).again()}</button>
                </form>
            }
            .into_any(),
        );
    }
    match account.provider_code.parse() {
        Ok(Provider::Imap) => {
            let id = format!("reconnect-{}", account.id);
            Some(
                view! { <a id=id class=class href=Open::Reconnect(account.id).address() data-opens="">{words.reconnect()}</a> }
                    .into_any(),
            )
        }
        Ok(Provider::Gmail) => Some(
            view! {
                <form method="post" action=ConnectGmail::url()>
                    <button class=class>{words.reconnect()}</button>
                </form>
            }
            .into_any(),
        ),
        Ok(Provider::Mbox) | Err(_) => None,
    }
}
