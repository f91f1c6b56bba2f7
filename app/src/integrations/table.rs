//! The accounts, what they did last, and what can be done with them.

use leptos::{form::ActionForm, prelude::*};
use replybook::types::{AccountProblem, AccountStatus, Provider, SyncRun};

use super::{
    api::AccountRow,
    page::Actions,
    run::{doing, run_progress},
    state::{Open, account_path},
};
use crate::{
    boot::use_texts,
    i18n::{Texts, fill},
    ui::{
        menu::Menu,
        parts::{Ago, Empty, Pill, Tone},
    },
};

/// The table of accounts.
#[component]
pub(super) fn AccountsTable(accounts: Vec<AccountRow>, runs: Vec<SyncRun>, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.accounts;
    if accounts.is_empty() {
        return view! { <div class="card"><Empty title=words.empty next=words.empty_next/></div> }.into_any();
    }
    let rows = accounts
        .into_iter()
        .map(|account| {
            let runs = runs.iter().filter(|run| run.account_id == account.id).cloned().collect();
            view! { <AccountRow account runs actions/> }
        })
        .collect_view();
    view! {
        <div class="card">
            <table class="list accounts">
                <thead>
                    <tr>
                        <th scope="col">{words.account}</th>
                        <th scope="col">{words.owner}</th>
                        <th scope="col">{words.status}</th>
                        <th scope="col">{words.last_sync}</th>
                        <th scope="col">{words.summary}</th>
                        <th scope="col">
                            <span class="visually-hidden">{texts.common.actions}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn AccountRow(account: AccountRow, runs: Vec<SyncRun>, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.accounts;
    let (tone, status) = status_of(texts, &account);
    let owner = account.owner_email.clone().unwrap_or_else(|| "–".to_owned());
    // Most names hold the address already.
    let address = Some(account.address.clone()).filter(|address| !account.display_name.contains(address));
    let last_sync = match account.last_sync_at {
        Some(at) => view! { <Ago at/> }.into_any(),
        None => view! { <span class="muted">{words.never_synced}</span> }.into_any(),
    };
    let pending = account.waits_for_resync.then(|| view! { <span class="muted small">{words.resync_pending}</span> });
    view! {
        <tr>
            <td data-label=words.account>
                <a class="subject" href=account_path(account.id) rel="external">{account.display_name.clone()}</a>
                {address.map(|address| view! { <span class="muted small wrap">{address}</span> })}
                <span class="muted small">{account.provider_name.clone()} " " <span class="mono">{account.provider_code.clone()}</span></span>
            </td>
            <td data-label=words.owner>
                <span class="clip" title=owner.clone()>{owner.clone()}</span>
            </td>
            <td data-label=words.status>
                <Pill tone text=status/>
            </td>
            <td data-label=words.last_sync class="nowrap">{last_sync} {pending}</td>
            <td data-label=words.summary class="summary-cell">{summary(texts, &account, runs)}</td>
            <td class="actions">
                <RowActions account actions/>
            </td>
        </tr>
    }
    .into_any()
}

/// What the account does, did last, or needs.
fn summary(texts: &'static Texts, account: &AccountRow, runs: Vec<SyncRun>) -> AnyView {
    let words = &texts.accounts;
    if !runs.is_empty() {
        // A sync and a backfill go on beside each other.
        let going = |run: SyncRun| {
            let href = Open::Run(run.id).address();
            let text = doing(texts, &run, None);
            view! {
                <a href=href data-noscroll>{text}</a>
                {run_progress(texts, &run)}
            }
        };
        return runs.into_iter().map(going).collect_view().into_any();
    }
    let counts = account.counts;
    let aside = (counts.set_aside > 0).then(|| {
        let text = fill(words.set_aside, &[&texts.number(counts.set_aside)]);
        let href = [&account_path(account.id), "#set-aside"].concat();
        view! { " · " <a href=href rel="external">{text}</a> }
    });
    let numbers = if account.last_sync_at.is_none() && counts.messages == 0 {
        view! { <span class="muted">{words.nothing_yet}</span> }.into_any()
    } else {
        let errors = texts.count(&texts.nouns.error, account.last_errors);
        let messages = texts.count(&texts.nouns.message, counts.messages);
        let pairs = texts.count(&texts.nouns.pair, counts.pairs);
        view! { <span class="tabular">{format!("{messages} · {pairs} · {errors}")}</span> }.into_any()
    };
    view! { <div>{numbers} {aside}</div> }.into_any()
}

/// The word and colour of an account: what it needs comes before what it is.
pub(crate) fn status_of(texts: &'static Texts, account: &AccountRow) -> (Tone, &'static str) {
    let words = &texts.accounts;
    match (account.status, account.problem) {
        (AccountStatus::Disabled, Some(AccountProblem::Disconnected)) => (Tone::Idle, words.disconnected_pill),
        (AccountStatus::Disabled, _) => (Tone::Idle, words.disabled),
        (_, Some(AccountProblem::Reconnect)) => (Tone::Bad, words.reconnect_pill),
        (_, Some(AccountProblem::MissingScope)) => (Tone::Bad, words.missing_scope_pill),
        (_, Some(AccountProblem::Delegation)) => (Tone::Bad, texts.enroll.delegation_pill),
        (_, Some(AccountProblem::Clock)) => (Tone::Bad, texts.enroll.clock_pill),
        (_, Some(AccountProblem::NoMailbox)) => (Tone::Bad, texts.enroll.no_mailbox_pill),
        (_, Some(AccountProblem::Disconnected)) => (Tone::Idle, words.disconnected_pill),
        (AccountStatus::Error, None) => (Tone::Bad, words.error),
        (AccountStatus::Active, None) if is_synced(account) => (Tone::Good, words.active),
        (AccountStatus::Active, None) => (Tone::Idle, words.imported),
    }
}

fn is_synced(account: &AccountRow) -> bool {
    account.provider_code.parse().is_ok_and(Provider::is_synced)
}

/// The one thing to do first, and the rest in a menu.
#[component]
fn RowActions(account: AccountRow, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.accounts;
    let id = account.id.to_string();
    let is_synced = is_synced(&account);
    let needs_reconnecting = account.problem.is_some();
    let is_disabled = account.status == AccountStatus::Disabled;
    let first_id = id.clone();
    let first = if needs_reconnecting && account.is_enrolled {
        view! {
            <ActionForm action=actions.enroll>
                <input type="hidden" name="email" value=account.address.clone()/>
                <button class="btn" disabled=move || actions.enroll.pending().get()>{texts.enroll.again}</button>
            </ActionForm>
        }
        .into_any()
    } else if needs_reconnecting && account.provider_code == Provider::Imap.as_str() {
        view! { <a class="btn" href=Open::Imap.address() data-noscroll>{words.reconnect}</a> }.into_any()
    } else if needs_reconnecting && is_synced {
        view! {
            <ActionForm action=actions.connect>
                <button class="btn" disabled=move || actions.connect.pending().get()>
                    {move || if actions.connect.pending().get() { texts.integrations.redirecting } else { words.reconnect }}
                </button>
            </ActionForm>
        }
        .into_any()
    } else if is_synced && account.active_run_id.is_none() {
        view! {
            <ActionForm action=actions.sync>
                <input type="hidden" name="id" value=first_id/>
                <button class="btn" disabled=move || actions.sync.pending().get()>{words.run_sync}</button>
            </ActionForm>
        }
        .into_any()
    } else {
        ().into_any()
    };
    let last_run = account.last_run_id.map(|run| {
        view! { <a href=Open::Run(run).address() data-noscroll>{words.last_run}</a> }
    });
    let can_disconnect = is_synced && account.problem != Some(AccountProblem::Disconnected);
    view! {
        <div class="row tight end">
            {first}
            <Menu label=fill(words.more, &[&account.display_name])>
                {last_run}
                {is_synced
                    .then(|| {
                        let id = id.clone();
                        view! {
                            <ActionForm action=actions.resync>
                                <input type="hidden" name="id" value=id/>
                                <button disabled=move || actions.resync.pending().get()>{words.resync}</button>
                            </ActionForm>
                        }
                    })}
                <ActionForm action=actions.enable>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="enabled" value=is_disabled.to_string()/>
                    <button disabled=move || actions.enable.pending().get()>
                        {if is_disabled { words.enable } else { words.disable }}
                    </button>
                </ActionForm>
                {can_disconnect
                    .then(|| view! { <a href=Open::Disconnect(account.id).address() data-noscroll>{words.disconnect}</a> })}
                <a class="danger" href=Open::Delete(account.id).address() data-noscroll>{words.delete}</a>
            </Menu>
        </div>
    }
    .into_any()
}
