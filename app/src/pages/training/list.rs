//! The list: tabs with counts, filters, the table, and the way to the other pages.

use chrono::{DateTime, SecondsFormat, Utc};
use leptos::{prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};
use replybook::types::{AccountChoices, PairCounts, PairId, PairStatus, PairStatusFilter};
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, HtmlSelectElement, MouseEvent};

use super::{
    api::DecidePair,
    data::{Board, Row},
    decisions::{Decisions, Shown},
    island::Desk,
    place::{Ask, Place, TABS},
    words::{SIMILAR, Words},
};
use crate::{
    paths,
    prefs::Lang,
    ui::{
        parts::{Ago, Empty, Tone},
        words::{Common, nouns},
    },
    words::Voice,
};

/// The id of the first filter, the tab that is shown, for the shortcut that goes there.
pub(super) const FIRST_FILTER: &str = "tab";

/// The id of the link that opens a pair: the keyboard's place in the list.
pub(super) fn row_link(id: PairId) -> String {
    format!("pair-{id}")
}

/// Everything of the page that is not the open pair.
pub(super) fn list(board: &Board, desk: Desk) -> AnyView {
    let (place, list) = (&board.place, &board.list);
    view! {
        {list.group_counts.map(|counts| group_bar(board, counts))}
        <div class="bar-row">
            {tabs(board, desk.decisions)}
            {filters(board.lang, &list.accounts, place)}
        </div>
        {rows(board, desk)}
        {(!list.rows.is_empty()).then(|| bar(board, desk.decisions))}
    }
    .into_any()
}

/// The place of the line about a decision on small screens: how many are left, while there is none.
fn bar(board: &Board, decisions: Decisions) -> AnyView {
    let (words, voice, counts) = (Words(board.lang), Voice { lang: board.lang, now: board.now }, board.list.counts);
    view! { <p class="review-bar">{move || words.left(voice.number(decisions.adjusted(counts).new))}</p> }.into_any()
}

/// How many pairs there are by status, as tabs.
fn tabs(board: &Board, decisions: Decisions) -> AnyView {
    let words = Words(board.lang);
    let voice = Voice { lang: board.lang, now: board.now };
    let counts = board.list.counts;
    let place = &board.place;
    let tabs = TABS.map(|status| {
        let (label, count): (_, fn(PairCounts) -> i64) = match status {
            PairStatusFilter::Only(PairStatus::New) => (words.tab_new(), |counts| counts.new),
            PairStatusFilter::Only(PairStatus::Approved) => (words.tab_approved(), |counts| counts.approved),
            PairStatusFilter::Only(PairStatus::Rejected) => (words.tab_rejected(), |counts| counts.rejected),
            PairStatusFilter::All => (words.tab_all(), |counts| counts.new + counts.approved + counts.rejected),
        };
        view! {
            <a
                id=(place.status == status).then_some(FIRST_FILTER)
                href=place.with_status(status).address(None)
                aria-current=(place.status == status).then_some("page")
            >
                {label} " " <span class="count">{move || voice.number(count(decisions.adjusted(counts)))}</span>
            </a>
        }
    });
    view! { <nav class="tabs" aria-label=words.status()>{tabs.into_iter().collect_view()}</nav> }.into_any()
}

/// A group of near duplicates that is listed: how many there are, and forms that decide all that wait.
fn group_bar(board: &Board, counts: PairCounts) -> AnyView {
    let words = Words(board.lang);
    let voice = Voice { lang: board.lang, now: board.now };
    let place = &board.place;
    let all = voice.count(&nouns::PAIR, counts.new + counts.approved + counts.rejected);
    let waiting = voice.number(counts.new);
    let leave = place.with_status(PairStatusFilter::default()).with_group(None).address(None);
    let buttons = (counts.new > 0).then(|| {
        let ask = |status| Ask::All(status).address(place);
        view! {
            <div class="row tight">
                <a class="btn" href=ask(PairStatus::Approved)>{words.group_approve(&waiting)}</a>
                <a class="btn" href=ask(PairStatus::Rejected)>{words.group_reject(&waiting)}</a>
            </div>
        }
    });
    view! {
        <section class="card pad group-bar">
            <div>
                <h2>{words.group_title()}</h2>
                <p class="muted">{words.group_of(all, &waiting)} " " <a href=leave>{words.group_leave()}</a></p>
            </div>
            {buttons}
        </section>
    }
    .into_any()
}

/// The filters: a plain GET form that sends itself once scripts run.
fn filters(lang: Lang, accounts: &AccountChoices, place: &Place) -> AnyView {
    let words = Words(lang);
    let send = |event: &Event| {
        let form = event_target::<Element>(event).closest("form").ok().flatten();
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            // A form that cannot be sent has its button still.
            let _ = form.request_submit();
        }
    };
    let on_change = move |event: Event| send(&event);
    let on_provider = move |event: Event| {
        // One account of another provider would list nothing.
        clear_account(&event_target::<Element>(&event));
        send(&event);
    };
    let provider_options = accounts.providers.clone().into_iter().map(|(code, name)| {
        let selected = place.provider.as_ref() == Some(&code);
        view! { <option value=code selected=selected>{name}</option> }
    });
    let account_field = match &accounts.listed {
        Some(listed) => {
            let of_provider = listed
                .iter()
                .filter(|account| place.provider.as_ref().is_none_or(|code| *code == account.provider_code));
            let options = of_provider.map(|account| {
                let selected = place.account == Some(account.id);
                view! { <option value=account.id.to_string() selected=selected>{account.display_name.clone()}</option> }
            });
            view! {
                <select name="account" on:change=on_change>
                    <option value="">{words.any_account()}</option>
                    {options.collect_view()}
                </select>
            }
            .into_any()
        }
        None => view! {
            <input
                type="search"
                name="account"
                maxlength="254"
                placeholder=words.account_by_address()
                value=named_account(accounts)
                on:change=on_change
            />
        }
        .into_any(),
    };
    let unmatched = accounts.unmatched.as_ref().map(|named| {
        view! { <p class="notice warn" role="status">{words.no_such_account(named)}</p> }
    });
    view! {
        <form method="get" action=paths::TRAINING class="filters" role="search" autocomplete="off" aria-label=words.filters()>
            <input type="hidden" name="status" value=place.status.as_str()/>
            <label class="filter">
                <span>{words.provider()}</span>
                <select name="provider" on:change=on_provider>
                    <option value="">{words.any_provider()}</option>
                    {provider_options.collect_view()}
                </select>
            </label>
            <label class="filter">
                <span>{words.account()}</span>
                {account_field}
            </label>
            {place.group.clone().map(|group| view! { <input type="hidden" name="group" value=group/> })}
            <button class="btn without-script">{Common(lang).apply()}</button>
        </form>
        {unmatched}
    }
    .into_any()
}

/// Lets go of the account, in whatever field it stands.
fn clear_account(provider: &Element) {
    let form = provider.closest("form").ok().flatten();
    let Some(field) = form.and_then(|form| form.query_selector("[name=account]").ok().flatten()) else { return };
    match field.dyn_into::<HtmlSelectElement>() {
        Ok(select) => select.set_value(""),
        Err(field) => {
            if let Ok(input) = field.dyn_into::<HtmlInputElement>() {
                input.set_value("");
            }
        }
    }
}

/// What the field shows: the address of the account that is chosen, or what was named and is none.
fn named_account(accounts: &AccountChoices) -> Option<String> {
    accounts.chosen.as_ref().map(|account| account.external_account_id.clone()).or_else(|| accounts.unmatched.clone())
}

/// The table of one page.
fn rows(board: &Board, desk: Desk) -> AnyView {
    let words = Words(board.lang);
    let (place, list) = (&board.place, &board.list);
    if list.rows.is_empty() {
        return nothing(board);
    }
    let decisions = desk.decisions;
    let ids: Vec<PairId> = list.rows.iter().map(|row| row.id).collect();
    let waits_for_review = place.status == PairStatusFilter::Only(PairStatus::New);
    let all_decided = move || waits_for_review && ids.iter().all(|id| decisions.is_changed(*id));
    let fresh = place.first().address(None);
    view! {
        <div class="card">
            <table class="list pairs">
                <thead>
                    <tr>
                        <th scope="col">{words.subject()}</th>
                        <th scope="col">{words.client()}</th>
                        <th scope="col">{words.reply()}</th>
                        <th scope="col">{words.answered()}</th>
                        <th scope="col"><span class="visually-hidden">{Common(board.lang).actions()}</span></th>
                    </tr>
                </thead>
                <tbody>{list.rows.iter().map(|row| line(board, row, desk)).collect_view()}</tbody>
            </table>
        </div>
        {move || {
            all_decided()
                .then(|| {
                    view! {
                        <p class="row note">
                            {words.all_decided()} " " <a class="btn primary" href=fresh.clone()>{words.load_next()}</a>
                        </p>
                    }
                })
        }}
        {pager(board)}
    }
    .into_any()
}

fn line(board: &Board, row: &Row, desk: Desk) -> AnyView {
    let (lang, place) = (board.lang, &board.place);
    let (words, voice) = (Words(lang), Voice { lang, now: board.now });
    let (id, status) = (row.id, row.status);
    let Desk { decisions, current, .. } = desk;
    // In the list of the group itself there is nothing more to go to.
    let more = row.group.clone().filter(|_| place.group.is_none()).map(|group| {
        let count = words.more_like_this(voice.count(&SIMILAR, row.duplicates - 1));
        view! { <a class="tag" href=Place::of_group(group).address(None)>{count}</a> }
    });
    let keep = (place.group.is_some() && status == PairStatus::New).then(|| {
        view! { <a class="small" href=Ask::KeepOne(id).address(place)>{words.keep_one()}</a> }
    });
    let open = move |event: MouseEvent| {
        if desk.takes(&event) {
            desk.open(id);
        }
    };
    // Anywhere on the line, unless something of its own was hit or text was selected.
    let open_anywhere = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_other = target.is_none_or(|target| target.closest("a, button, time").is_ok_and(|found| found.is_some()));
        let has_selection = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        if !is_other && !has_selection && desk.takes(&event) {
            desk.open(id);
        }
    };
    let choice = Choice { id, status, updated_at: row.updated_at, name: row_name(lang, row) };
    let listed = place.status.status();
    view! {
        <tr
            class:current=move || current.get() == Some(id)
            class:changed=move || decisions.is_changed(id)
            on:focusin=move |_| current.set(Some(id))
            on:click=open_anywhere
        >
            <td data-label=words.subject()>
                <a id=row_link(id) class="subject" title=row.subject.clone() href=place.address(Some(id)) data-opens="" on:click=open>
                    {subject(lang, row.subject.as_deref())}
                </a>
                {row.account_name.clone().map(|account| view! { <span class="muted small clip">{account}</span> })}
            </td>
            <td data-label=words.client() class="text-cell">
                <p class="clamp" dir="auto" lang=row.client_lang.clone()>{row.client_preview.clone()}</p>
            </td>
            <td data-label=words.reply() class="text-cell">
                <p class="clamp" dir="auto" lang=row.reply_lang.clone()>{row.reply_preview.clone()}</p>
                {more} {keep}
            </td>
            <td data-label=words.answered() class="nowrap">
                <Ago voice at=row.at/>
                {move || {
                    let shown = decisions.shown(id, status);
                    // In a list of one status, it is worth a word only where it changed.
                    let is_said = listed.is_some_and(|listed| shown == Shown::Status(listed));
                    (!is_said).then(|| status_pill(lang, shown))
                }}
                {row.flag.clone().map(|flag| view! { <span class="tag flag">{flag}</span> })}
            </td>
            <td class="actions">{decision_form(lang, choice, decisions, place.address(None), None)}</td>
        </tr>
    }
    .into_any()
}

/// What a pair is called when something is said of it: its subject, or how the client begins.
pub(super) fn row_name(lang: Lang, row: &Row) -> String {
    match row.subject.as_deref().filter(|subject| !subject.trim().is_empty()) {
        Some(subject) => format!("“{subject}”"),
        None if row.client_preview.is_empty() => subject(lang, None),
        None => format!("“{}”", row.client_preview.chars().take(60).collect::<String>()),
    }
}

/// The pair that a form decides about.
pub(super) struct Choice {
    pub id: PairId,
    /// Its status when the page was loaded.
    pub status: PairStatus,
    /// When it was changed last, by then.
    pub updated_at: DateTime<Utc>,
    /// What it is called.
    pub name: String,
}

/// Approve, Reject, Reset: always in their places; the one that stands is pressed and does nothing. While a pair is being saved they
/// stay as they are, so that the keyboard does not lose its place. A plain form that scripts take over. `then` is where a form sent
/// without scripts goes on; with `after` the buttons are large, and it is called after a decision with scripts.
pub(super) fn decision_form(
    lang: Lang,
    Choice { id, status, updated_at, name }: Choice,
    decisions: Decisions,
    then: String,
    after: Option<Callback<()>>,
) -> AnyView {
    let words = Words(lang);
    let small = after.is_none();
    let button = |to: PairStatus, label: &'static str, key: &'static str, class: &'static str| {
        let name = name.clone();
        view! {
            <button
                id=(!small).then(|| format!("pair-{to}"))
                class=format!("btn {class}{}", if small { " small" } else { "" })
                aria-label=small.then(|| format!("{label} {name}"))
                aria-describedby=(!small).then_some("dialog-title")
                aria-keyshortcuts=key
                name="status"
                value=to.as_str()
                aria-pressed=move || if decisions.shown(id, status) == Shown::Status(to) { "true" } else { "false" }
                on:click=move |event: MouseEvent| {
                    event.prevent_default();
                    if decisions.shown(id, status) == Shown::Status(to) || (!small && !decisions.is_meant(&event)) {
                        return;
                    }
                    if decisions.decide(id, status, &name, to)
                        && let Some(after) = after
                    {
                        after.run(());
                    }
                }
            >
                {label}
                {(!small).then(|| view! { " " <kbd aria-hidden="true">{key}</kbd> })}
            </button>
        }
    };
    view! {
        <form method="post" action=DecidePair::url() class=if small { "pile" } else { "row tight" }>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="seen" value=status.as_str()/>
            <input type="hidden" name="as_of" value=updated_at.to_rfc3339_opts(SecondsFormat::Micros, true)/>
            <input type="hidden" name="then" value=then/>
            {button(PairStatus::Approved, words.approve(), "a", if small { "" } else { "primary" })}
            {button(PairStatus::Rejected, words.reject(), "r", "")}
            {button(PairStatus::New, words.reset(), "u", "quiet")}
        </form>
    }
    .into_any()
}

fn nothing(board: &Board) -> AnyView {
    let (words, place, counts) = (Words(board.lang), &board.place, board.list.counts);
    let is_empty = counts.new + counts.approved + counts.rejected == 0;
    if is_empty && place.is_unfiltered() && !board.can_connect {
        view! { <Empty title=words.empty_none() next=words.empty_none_ask()/> }.into_any()
    } else if is_empty && place.is_unfiltered() {
        view! {
            <Empty title=words.empty_none() next=words.empty_none_next()>
                <a class="btn primary" href=paths::INTEGRATIONS>{words.to_integrations()}</a>
            </Empty>
        }
        .into_any()
    } else if place.cursor.is_some() {
        let first = place.first().address(None);
        view! {
            <Empty title=words.all_decided() next="">
                <a class="btn primary" href=first>{words.first_page()}</a>
            </Empty>
        }
        .into_any()
    } else if place.is_unfiltered() && place.status == PairStatusFilter::default() {
        view! { <Empty title=words.empty_new() next=words.empty_new_next()/> }.into_any()
    } else {
        let everything = Place::default().with_status(PairStatusFilter::All).address(None);
        view! {
            <Empty title=words.empty_filtered() next="">
                <a class="btn" href=everything>{words.empty_filtered_next()}</a>
            </Empty>
        }
        .into_any()
    }
}

fn pager(board: &Board) -> AnyView {
    let words = Words(board.lang);
    let place = &board.place;
    let previous = place.previous().map(|previous| previous.address(None));
    let next = board.list.next_cursor.clone().map(|cursor| place.next(cursor).address(None));
    (previous.is_some() || next.is_some())
        .then(|| {
            view! {
                <nav class="pager" aria-label=words.next_page()>
                    {previous.map(|href| view! { <a class="btn" href=href rel="prev">{words.previous_page()}</a> })}
                    {next.map(|href| view! { <a class="btn" href=href rel="next">{words.next_page()}</a> })}
                </nav>
            }
        })
        .into_any()
}

/// The pill of a status, or of one that is being saved.
pub(super) fn status_pill(lang: Lang, shown: Shown) -> AnyView {
    let words = Words(lang);
    let (tone, text) = match shown {
        Shown::Saving => (Tone::Warn, words.saving()),
        Shown::Status(status) => (status_tone(status), words.status_word(status)),
    };
    view! { <span class=format!("pill {}", tone.class())>{text}</span> }.into_any()
}

fn status_tone(status: PairStatus) -> Tone {
    match status {
        PairStatus::New => Tone::Idle,
        PairStatus::Approved => Tone::Good,
        PairStatus::Rejected => Tone::Bad,
    }
}

/// The subject, or what stands for none.
pub(super) fn subject(lang: Lang, subject: Option<&str>) -> String {
    subject.filter(|subject| !subject.trim().is_empty()).unwrap_or(Words(lang).no_subject()).to_owned()
}
