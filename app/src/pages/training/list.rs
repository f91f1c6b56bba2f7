//! The list: tabs with counts, filters, the table, and the way to the other pages.

use leptos::{prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};
use replybook::types::{AccountChoice, PairCounts, PairId, PairStatus, PairStatusFilter};
use web_sys::{Event, HtmlFormElement, HtmlSelectElement};

use super::{
    api::DecidePair,
    data::{Board, Row},
    decisions::{Decisions, Shown},
    island::Desk,
    place::{Place, TABS},
    words::Words,
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

/// The id of the first filter, for the shortcut that goes there.
pub(super) const FIRST_FILTER: &str = "filter-status";

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
    }
    .into_any()
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
            <a href=place.with_status(status).address(None) aria-current=(place.status == status).then_some("page")>
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
        view! {
            <form method="post" action="/api/ui/pair-group" class="row tight">
                <input type="hidden" name="group" value=place.group.clone()/>
                <input type="hidden" name="expected" value=counts.new.to_string()/>
                <input type="hidden" name="then" value=place.address(None)/>
                <button class="btn" name="status" value=PairStatus::Approved.as_str()>{words.group_approve(&waiting)}</button>
                <button class="btn" name="status" value=PairStatus::Rejected.as_str()>{words.group_reject(&waiting)}</button>
            </form>
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
fn filters(lang: Lang, accounts: &[AccountChoice], place: &Place) -> AnyView {
    let words = Words(lang);
    let mut providers: Vec<(String, String)> =
        accounts.iter().map(|account| (account.provider_code.clone(), account.provider_name.clone())).collect();
    providers.sort();
    providers.dedup();
    let send = |event: &Event| {
        if let Some(form) = event_target::<HtmlSelectElement>(event).form() {
            // A form that cannot be sent has its button still.
            let _ = form.request_submit();
        }
    };
    let on_change = move |event: Event| send(&event);
    let on_provider = move |event: Event| {
        // One account of another provider would list nothing.
        let form = event_target::<HtmlSelectElement>(&event).form();
        if let Some(account) = form.as_ref().and_then(account_of) {
            account.set_value("");
        }
        send(&event);
    };
    let provider_options = providers.into_iter().map(|(code, name)| {
        let selected = place.provider.as_ref() == Some(&code);
        view! { <option value=code selected=selected>{name}</option> }
    });
    let account_options = accounts
        .iter()
        .filter(|account| place.provider.as_ref().is_none_or(|code| *code == account.provider_code))
        .map(|account| {
            let selected = place.account == Some(account.id);
            view! { <option value=account.id.to_string() selected=selected>{account.display_name.clone()}</option> }
        });
    let status_options = TABS.map(|status| {
        let label = status.status().map_or(words.tab_all(), |status| words.status_word(status));
        view! { <option value=status.as_str() selected=place.status == status>{label}</option> }
    });
    view! {
        <form method="get" action=paths::TRAINING class="filters" role="search" autocomplete="off" aria-label=words.filters()>
            <label class="filter">
                <span>{words.status()}</span>
                <select name="status" id=FIRST_FILTER on:change=on_change>{status_options.into_iter().collect_view()}</select>
            </label>
            <label class="filter">
                <span>{words.provider()}</span>
                <select name="provider" on:change=on_provider>
                    <option value="">{words.any_provider()}</option>
                    {provider_options.collect_view()}
                </select>
            </label>
            <label class="filter">
                <span>{words.account()}</span>
                <select name="account" on:change=on_change>
                    <option value="">{words.any_account()}</option>
                    {account_options.collect_view()}
                </select>
            </label>
            {place.group.clone().map(|group| view! { <input type="hidden" name="group" value=group/> })}
            <button class="btn without-script">{Common(lang).apply()}</button>
        </form>
    }
    .into_any()
}

fn account_of(form: &HtmlFormElement) -> Option<HtmlSelectElement> {
    form.query_selector("[name=account]").ok().flatten()?.dyn_into().ok()
}

/// The table of one page.
fn rows(board: &Board, desk: Desk) -> AnyView {
    let words = Words(board.lang);
    let (place, list) = (&board.place, &board.list);
    if list.rows.is_empty() {
        return nothing(board.lang, list.counts, place);
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
                        <th scope="col">{words.integration()}</th>
                        <th scope="col">{words.thread()}</th>
                        <th scope="col">{words.client()}</th>
                        <th scope="col">{words.reply()}</th>
                        <th scope="col">{words.status()}</th>
                        <th scope="col">{words.created()}</th>
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
        let count = words.more_like_this(voice.number(row.duplicates - 1));
        view! { <a class="tag" href=Place::of_group(group).address(None)>{count}</a> }
    });
    let open = move |event: web_sys::MouseEvent| {
        if desk.takes(&event) {
            desk.open(id);
        }
    };
    view! {
        <tr
            class:current=move || current.get() == Some(id)
            class:changed=move || decisions.is_changed(id)
            on:focusin=move |_| current.set(Some(id))
        >
            <td data-label=words.integration()>
                <span class="clip">{row.account_name.clone()}</span>
                <span class="muted mono">{row.provider_code.clone()}</span>
            </td>
            <td data-label=words.thread()>
                <a id=row_link(id) class="subject" href=place.address(Some(id)) data-opens="" on:click=open>
                    {subject(lang, row.subject.as_deref())}
                </a>
                {row.thread_id.clone().map(|thread| view! { <span class="muted mono clip">{thread}</span> })}
            </td>
            <td data-label=words.client() class="text-cell">
                <p class="clamp">{row.client_preview.clone()}</p>
            </td>
            <td data-label=words.reply() class="text-cell">
                <p class="clamp">{row.reply_preview.clone()}</p>
                {more}
            </td>
            <td data-label=words.status()>
                {move || status_pill(lang, decisions.shown(id, status))}
                {row.flag.clone().map(|flag| view! { <span class="tag flag">{flag}</span> })}
            </td>
            <td data-label=words.created() class="nowrap"><Ago voice at=row.created_at/></td>
            <td class="actions">{decision_form(lang, (id, status), decisions, place.address(None), None)}</td>
        </tr>
    }
    .into_any()
}

/// Approve, Reject, Reset: always in their places; the one that stands is pressed and does nothing. A plain form that scripts take
/// over. `then` is where a form sent without scripts goes on; with `after` the buttons are large, and it is called after a
/// decision with scripts.
pub(super) fn decision_form(
    lang: Lang,
    (id, status): (PairId, PairStatus),
    decisions: Decisions,
    then: String,
    after: Option<Callback<()>>,
) -> AnyView {
    let words = Words(lang);
    let small = after.is_none();
    let button = move |to: PairStatus, label: &'static str, key: &'static str, class: &'static str| {
        view! {
            <button
                class=format!("btn {class}{}", if small { " small" } else { "" })
                name="status"
                value=to.as_str()
                disabled=move || decisions.shown(id, status) == Shown::Saving
                aria-pressed=move || if decisions.shown(id, status) == Shown::Status(to) { "true" } else { "false" }
                on:click=move |event| {
                    event.prevent_default();
                    if decisions.shown(id, status) == Shown::Status(to) {
                        return;
                    }
                    decisions.decide(id, status, to);
                    if let Some(after) = after {
                        after.run(());
                    }
                }
            >
                {label}
                {(!small).then(|| view! { " " <kbd>{key}</kbd> })}
            </button>
        }
    };
    view! {
        <form method="post" action=DecidePair::url() class=if small { "pile" } else { "row tight" }>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="then" value=then/>
            {button(PairStatus::Approved, words.approve(), "a", if small { "" } else { "primary" })}
            {button(PairStatus::Rejected, words.reject(), "r", "")}
            {button(PairStatus::New, words.reset(), "u", "quiet")}
        </form>
    }
    .into_any()
}

fn nothing(lang: Lang, counts: PairCounts, place: &Place) -> AnyView {
    let words = Words(lang);
    let is_empty = counts.new + counts.approved + counts.rejected == 0;
    if is_empty && place.is_unfiltered() {
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
