//! The page itself: what the account needs, what it does, and the state it is in.

use std::sync::Arc;

use leptos::prelude::*;
use replybook::{
    store::DeletedMail,
    types::{AccountStatus, RunKind, SyncFailure},
};

use super::{data::Mailbox, history::history, notice::notice, older::older_card, runs::going};
use crate::{
    boot::Boot,
    errors::NotFound,
    i18n::fill,
    integrations::{
        api::AccountRow,
        state::{PATH, account_path},
        status_of,
    },
    monitor::attention_to,
    still::{Voice, capitalised},
    ui::parts::{Pill, machine_date},
};

/// `/admin/integrations/accounts/{id}`, of the [`Mailbox`] in the context.
#[component]
pub(crate) fn MailboxView() -> impl IntoView {
    let Some(mailbox) = use_context::<Arc<Mailbox>>() else { return view! { <NotFound/> }.into_any() };
    let boot = expect_context::<Boot>();
    let voice = Voice::new(boot.prefs.lang, boot.now);
    let account = &mailbox.account;
    let path = account_path(account.id);
    let refresh = format!(r#"<meta http-equiv="refresh" content="5;url={path}">"#);
    let row = AccountRow::from(account.clone());
    let (tone, status) = status_of(voice.texts, &row);
    let about = format!("{} · {}", account.provider_name, account.external_account_id);
    view! {
        <leptos_meta::Title text=account.display_name.clone()/>
        {mailbox.is_busy().then(|| view! { <noscript inner_html=refresh></noscript> })}
        <div class="head">
            <div>
                <p class="small"><a href=PATH>"← " {voice.texts.integrations.title}</a></p>
                <h1 class="break">{account.display_name.clone()}</h1>
                <p class="muted break">{about}</p>
            </div>
            <div class="row" id="account-status" data-live="">
                <Pill tone text=status/>
                {(mailbox.can_sync() && !mailbox.has_open(RunKind::Sync))
                    .then(|| {
                        view! {
                            <form method="post" action=format!("{path}/sync")>
                                <button class="btn" id="sync-now">{voice.still.mailbox.sync_now}</button>
                            </form>
                        }
                    })}
            </div>
        </div>
        {notice(voice, &mailbox)}
        <div id="attention" data-live="">{attention_to(voice, account)}</div>
        {going(voice, &mailbox.open)}
        <div class="cards two-cards">
            {state_card(voice, &mailbox)}
            {mailbox.is_synced().then(|| older_card(voice, &mailbox))}
        </div>
        {history(voice, &mailbox.recent)}
        {set_aside(voice, &mailbox)}
    }
    .into_any()
}

/// How things stand with the account.
fn state_card(voice: Voice, mailbox: &Mailbox) -> AnyView {
    let (words, texts) = (&voice.still.mailbox, voice.texts);
    let account = &mailbox.account;
    let last = match account.last_sync_at {
        Some(at) => voice.ago(at),
        None => view! { <span class="muted">{texts.accounts.never_synced}</span> }.into_any(),
    };
    let waits = account.not_before_reason.as_deref().zip(account.not_before.filter(|until| *until > voice.now));
    let waits = waits.map(|(reason, until)| {
        let text = fill(words.waits_until, &[&capitalised(&voice.reason(reason)), &voice.until(until)]);
        fact(words.waits, text.into_any())
    });
    let stored = [
        texts.count(&texts.nouns.message, account.counts.messages),
        texts.count(&texts.nouns.pair, account.counts.pairs),
    ]
    .join(" · ");
    let covered = match mailbox.covered_since {
        Some(_) if mailbox.is_complete() => words.covered_all.to_owned(),
        Some(since) => fill(words.covered_since, &[&machine_date(since)]),
        None => words.covered_none.to_owned(),
    };
    let synced = mailbox.is_synced().then(|| {
        let deleted = match mailbox.deleted_mail {
            DeletedMail::Keep => words.deleted_keep,
            DeletedMail::Remove => words.deleted_remove,
        };
        view! {
            {fact(words.next_sync, next_sync(voice, mailbox).into_any())}
            {waits}
            {fact(words.covered, covered.into_any())}
            {fact(words.deleted, view! { {deleted} " " <code>{setting(mailbox.deleted_mail)}</code> }.into_any())}
        }
    });
    view! {
        <section class="card tile" aria-labelledby="state-title">
            <h2 id="state-title">{words.state_title}</h2>
            <dl class="facts" id="state" data-live="">
                {fact(words.last_sync, last)}
                {synced}
                {fact(words.stored, stored.into_any())}
            </dl>
        </section>
    }
    .into_any()
}

fn fact(name: &'static str, value: AnyView) -> AnyView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any()
}

fn setting(deleted: DeletedMail) -> &'static str {
    match deleted {
        DeletedMail::Keep => "SYNC_DELETED_MAIL=keep",
        DeletedMail::Remove => "SYNC_DELETED_MAIL=remove",
    }
}

/// When the next sync begins, or why it does not by itself.
fn next_sync(voice: Voice, mailbox: &Mailbox) -> String {
    let words = &voice.still.mailbox;
    let monitored = mailbox.monitor.accounts.iter().find(|monitored| monitored.id == mailbox.account.id);
    match (mailbox.account.status, monitored.and_then(|monitored| monitored.next_sync_at)) {
        (AccountStatus::Disabled, _) => words.next_disabled.to_owned(),
        (AccountStatus::Error, _) => words.next_problem.to_owned(),
        (AccountStatus::Active, Some(at)) if (at - voice.now).num_seconds() < 10 => words.next_now.to_owned(),
        (AccountStatus::Active, Some(at)) => fill(words.next_in, &[&voice.until(at)]),
        (AccountStatus::Active, None) if !mailbox.monitor.enabled => words.next_stopped.to_owned(),
        (AccountStatus::Active, None) => words.next_no_worker.to_owned(),
    }
}

/// The messages that were set aside, each with its reason.
fn set_aside(voice: Voice, mailbox: &Mailbox) -> AnyView {
    let (words, texts) = (&voice.still.mailbox, voice.texts);
    let action = format!("{}/retry", account_path(mailbox.account.id));
    let failures = &mailbox.failures;
    let all = mailbox.account.counts.set_aside;
    let shown = i64::try_from(failures.len()).unwrap_or(i64::MAX);
    let can_retry = mailbox.can_sync();
    let body = if failures.is_empty() {
        view! { <p class="muted pad">{words.aside_none}</p> }.into_any()
    } else {
        let rows = failures.iter().map(|failure| failure_row(voice, failure, &action, can_retry)).collect_view();
        let cut = (shown < all).then(|| fill(words.aside_shown, &[&texts.number(shown), &texts.number(all)]));
        view! {
            <div class="pad stack">
                <p class="muted">{words.aside_about}</p>
                {can_retry
                    .then(|| {
                        view! {
                            <form method="post" action=action.clone()>
                                <button class="btn" id="retry-all">{words.retry_all}</button>
                            </form>
                        }
                    })}
            </div>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.aside_message}</th>
                        <th scope="col">{words.aside_why}</th>
                        <th scope="col">{words.aside_last}</th>
                        <th scope="col"><span class="visually-hidden">{texts.common.actions}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {cut.map(|cut| view! { <p class="muted pad">{cut}</p> })}
        }
        .into_any()
    };
    view! {
        <section class="stack" aria-labelledby="set-aside">
            <h2 id="set-aside">{words.aside_title}</h2>
            <div class="card" id="aside" data-live="">{body}</div>
        </section>
    }
    .into_any()
}

fn failure_row(voice: Voice, failure: &SyncFailure, action: &str, can_retry: bool) -> AnyView {
    let (words, texts) = (&voice.still.mailbox, voice.texts);
    let attempts = texts.count(&voice.still.attempt, failure.attempts.into());
    let known = voice.still.reasons.get(&failure.code).map(capitalised);
    let retry = can_retry.then(|| {
        view! {
            <form method="post" action=action.to_owned()>
                <input type="hidden" name="failure" value=failure.id.to_string()/>
                <button class="btn small" id=format!("retry-{}", failure.id) aria-label=fill(words.retry_named, &[&failure.external_id])>
                    {words.retry}
                </button>
            </form>
        }
    });
    view! {
        <tr>
            <td data-label=words.aside_message class="mono break">{failure.external_id.clone()}</td>
            <td data-label=words.aside_why>
                <div>
                    {match known {
                        Some(known) => view! { <p>{known}</p> }.into_any(),
                        None => view! { <span class="tag">{failure.code.clone()}</span> }.into_any(),
                    }}
                    <p class="muted small break" lang="en">{failure.reason.clone()}</p>
                </div>
            </td>
            <td data-label=words.aside_last><div>{voice.ago(failure.last_tried_at)} <p class="muted small">{attempts}</p></div></td>
            <td class="actions">{retry}</td>
        </tr>
    }
    .into_any()
}
