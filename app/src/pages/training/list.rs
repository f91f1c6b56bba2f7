//! The table of pairs, in which one decides.

use leptos::{prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};
use replybook::types::{NOTE_LENGTH, PairId, PairStatus, PairStatusFilter, RejectReason};
use web_sys::{Element, MouseEvent};

use super::{
    api::DecidePair,
    data::{Board, Row, Similar, Stamp, Verdict},
    decisions::{Decisions, Shown},
    dialog::marked,
    island::Desk,
    place::Place,
    words::Words,
};
use crate::{
    prefs::Lang,
    ui::{
        keys::{Command, hint},
        parts::{Tone, moment},
        words::Common,
    },
};

/// The id of the first filter, the search, for the shortcut that goes there.
pub(super) const FIRST_FILTER: &str = "search";

/// The id of the link that opens a pair: the keyboard's place in the list.
pub(super) fn row_link(id: PairId) -> String {
    format!("pair-{id}")
}

/// The form that decides the picked pairs; it stands outside the island.
pub(super) const PICKED: &str = "picked";

/// The id of the box that picks a pair.
pub(super) fn row_pick(id: PairId) -> String {
    format!("pick-{id}")
}

/// The table of one page.
pub(super) fn table(board: &Board, desk: Desk) -> AnyView {
    let words = Words(board.lang);
    let (place, rows) = (&board.place, &board.rows);
    if rows.is_empty() {
        return ().into_any();
    }
    let decisions = desk.decisions;
    let ids: Vec<PairId> = rows.iter().map(|row| row.id).collect();
    let waits_for_review = place.status == PairStatusFilter::Only(PairStatus::New);
    let all_decided = move || {
        let of_more =
            || desk.more.with(|more| more.iter().flat_map(|page| &page.rows).all(|row| decisions.is_changed(row.id)));
        waits_for_review && ids.iter().all(|id| decisions.is_changed(*id)) && of_more()
    };
    let lang = board.lang;
    let further = move || {
        desk.more.with(|more| {
            let lines = more.iter().flat_map(|page| page.rows.iter().map(|row| line(lang, &page.place, row, desk)));
            lines.collect_view()
        })
    };
    let fresh = place.first().address(None);
    view! {
        <div class="card">
            <table class="list pairs" id="pairs" tabindex="-1">
                <thead>
                    <tr>
                        <th scope="col">
                            <label class="pick-whole needs-script">
                                <input type="checkbox" id="pick-all"/>
                                <span>{words.pick_all()}</span>
                            </label>
                            <span>{words.subject()}</span>
                        </th>
                        <th scope="col">{words.client()}</th>
                        <th scope="col">{words.reply()}</th>
                        <th scope="col">{words.answered()}</th>
                        <th scope="col"><span class="visually-hidden">{Common(board.lang).actions()}</span></th>
                    </tr>
                </thead>
                <tbody>{rows.iter().map(|row| line(lang, place, row, desk)).collect_view()} {further}</tbody>
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
    }
    .into_any()
}

fn line(lang: Lang, place: &Place, row: &Row, desk: Desk) -> AnyView {
    let words = Words(lang);
    let (id, verdict, note) = (row.id, row.verdict, row.note.clone());
    let Desk { decisions, current, .. } = desk;
    let more = row.similar.clone().map(|Similar { address, text }| view! { <a class="tag" href=address>{text}</a> });
    let keep = row.keep.clone().map(|ask| view! { <a class="small" href=ask>{words.keep_one()}</a> });
    let open = move |event: MouseEvent| {
        if desk.takes(&event) {
            desk.open(id);
        }
    };
    // Anywhere on the line, unless something of its own was hit or text was selected.
    let open_anywhere = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_other =
            target.is_none_or(|target| target.closest("a, button, input, time").is_ok_and(|found| found.is_some()));
        let has_selection = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        if !is_other && !has_selection && desk.takes(&event) {
            desk.open(id);
        }
    };
    let choice = Choice { id, verdict, updated_at: row.updated_at.clone(), name: row_name(lang, row) };
    let listed = place.status.status();
    view! {
        <tr
            class:current=move || current.get() == Some(id)
            class:changed=move || decisions.is_changed(id)
            on:focusin=move |_| current.set(Some(id))
            on:click=open_anywhere
        >
            <td data-label=words.subject()>
                <input type="checkbox" class="pick" id=row_pick(id) name="ids[]" value=id.to_string() form=PICKED aria-label=words.pick(row_name(lang, row))/>
                <a id=row_link(id) class="subject" title=row.subject.clone() href=place.address(Some(id)) data-opens="" on:click=open>
                    {subject(lang, row.subject.as_deref())}
                </a>
                {row.account_name.clone().map(|account| view! { <span class="muted small clip">{account}</span> })}
            </td>
            <td data-label=words.client() class="text-cell">
                <p class="clamp" dir="auto" lang=row.client_lang.clone()>{row.client_preview.clone()}</p>
            </td>
            <td data-label=words.reply() class="text-cell">
                <p class="clamp" class:whole=place.group.is_some() dir="auto" lang=row.reply_lang.clone()>
                    {marked(&row.reply_preview, true)}
                </p>
                {more} {keep}
            </td>
            <td data-label=words.answered() class="nowrap">
                {moment(&row.at)}
                {move || {
                    let shown = decisions.shown(id, verdict);
                    // In a list of one status, it is worth a word only where it changed.
                    let is_said = listed.is_some_and(|listed| shown.is(listed));
                    (!is_said).then(|| status_pill(lang, shown))
                }} {move || reason_tag(lang, decisions.shown(id, verdict), verdict, note.as_deref())}
                {row.flag.clone().map(|flag| view! { <span class="tag flag">{flag}</span> })}
                <span class="tags" id=format!("marks-{id}") inner_html=row.marks.clone()></span>
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
    /// What was decided when the page was loaded.
    pub verdict: Verdict,
    /// When it was changed last, by then.
    pub updated_at: Stamp,
    /// What it is called.
    pub name: String,
}

/// Approve, Reject, Reset: always in their places; the one that stands is pressed and does nothing. While a pair is being saved they
/// stay as they are, so that the keyboard does not lose its place. A plain form that scripts take over. `then` is where a form sent
/// without scripts goes on; with a `desk` they are those of its open pair: large, and the next pair comes after a decision.
pub(super) fn decision_form(
    lang: Lang,
    Choice { id, verdict, updated_at, name }: Choice,
    decisions: Decisions,
    then: String,
    desk: Option<Desk>,
) -> AnyView {
    let words = Words(lang);
    let small = desk.is_none();
    let button = |to: PairStatus, label: &'static str, command: Command, class: &'static str| {
        let (name, key, shown) = (name.clone(), hint(command), hint(command));
        view! {
            <button
                id=(!small).then(|| format!("pair-{to}"))
                class=format!("btn {class}{}", if small { " small" } else { "" })
                aria-label=small.then(|| format!("{label} {name}"))
                aria-describedby=(!small).then_some("dialog-title")
                aria-keyshortcuts=key
                name="status"
                value=to.as_str()
                aria-pressed=move || if decisions.shown(id, verdict).is(to) { "true" } else { "false" }
                on:click=move |event: MouseEvent| {
                    event.prevent_default();
                    if decisions.shown(id, verdict).is(to) || (!small && !decisions.is_meant(&event)) {
                        return;
                    }
                    if desk.is_some_and(|desk| !desk.may_leave_texts()) {
                        return;
                    }
                    if decisions.decide(id, verdict, &name, to)
                        && let Some(desk) = desk
                    {
                        desk.open_after(id);
                    }
                }
            >
                {label}
                {(!small).then(|| view! { " " <kbd aria-hidden="true">{shown}</kbd> })}
            </button>
        }
    };
    view! {
        <form method="post" action=DecidePair::url() class=if small { "pile" } else { "row tight" }>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="seen" value=verdict.status.as_str()/>
            <input type="hidden" name="as_of" value=updated_at.0/>
            <input type="hidden" name="then" value=then/>
            {button(PairStatus::Approved, words.approve(), Command::Approve, if small { "" } else { "primary" })}
            {button(PairStatus::Rejected, words.reject(), Command::Reject, "")}
            {button(PairStatus::New, words.reset(), Command::Reset, "quiet")}
            {(!small).then(|| view! { <span class="without-script row tight" inner_html=fields_without_script(lang)></span> })}
        </form>
    }
    .into_any()
}

/// The pill of a status, or of one that is being saved.
pub(super) fn status_pill(lang: Lang, shown: Shown) -> AnyView {
    let words = Words(lang);
    let (tone, text) = match shown {
        Shown::Saving => (Tone::Warn, words.saving()),
        Shown::Decided(Verdict { status, .. }) => (status_tone(status), words.status_word(status)),
    };
    view! { <span class=format!("pill {}", tone.class())>{text}</span> }.into_any()
}

/// Why a pair is rejected; `note` was added to the reason that was `loaded`.
pub(super) fn reason_tag(lang: Lang, shown: Shown, loaded: Verdict, note: Option<&str>) -> AnyView {
    let Shown::Decided(Verdict { status: PairStatus::Rejected, reason: Some(reason) }) = shown else {
        return ().into_any();
    };
    let note = note.filter(|_| loaded.reason == Some(reason)).map(ToOwned::to_owned);
    view! { <span class="tag" title=note>{Words(lang).reason(reason)}</span> }.into_any()
}

/// [`reason_fields`] as the server writes them: no browser draws what it shows without scripts only.
fn fields_without_script(lang: Lang) -> String {
    if cfg!(feature = "ssr") { reason_fields(lang).to_html() } else { String::new() }
}

/// The fields of a form for why something is rejected.
pub(crate) fn reason_fields(lang: Lang) -> AnyView {
    let words = Words(lang);
    let options = RejectReason::ALL.iter().map(|reason| {
        view! { <option value=reason.as_str()>{words.reason(*reason)}</option> }
    });
    view! {
        <label class="filter">
            <span>{words.reason_label()}</span>
            <select name="reason">
                <option value="">{words.no_reason()}</option>
                {options.collect_view()}
            </select>
        </label>
        <label class="filter">
            <span>{words.note()}</span>
            <input name="note" maxlength=NOTE_LENGTH.to_string() autocomplete="off"/>
        </label>
    }
    .into_any()
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
