//! Many pairs from the list: the way to all that are listed, and what is done with those that are picked.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::types::{Assignee, BulkAct, PairStatus, PairStatusFilter, ReviewTag, UserId};

use super::{
    around::List,
    data::Board,
    list::{PICKED, reason_fields},
    marks::{self, choice_of},
    pick_forms::DecidePicked,
    words::Words,
};
use crate::{
    pages::bulk::{ask_address, exactly},
    ui::{
        keys::{Command, hint},
        words::nouns,
    },
    words::{Voice, texts},
};

/// What stands between the search and the table.
pub(super) fn above(voice: Voice, board: &Board, list: &List) -> Option<AnyView> {
    if board.rows.is_empty() {
        return None;
    }
    Some(picked(voice, board, list))
}

/// The way to a decision about all that the list shows. A group has its own.
pub(super) fn all_listed(voice: Voice, board: &Board, list: &List) -> Option<AnyView> {
    let (words, place, counts) = (PickWords(voice.lang), &board.place, list.counts);
    if place.group.is_some() || board.rows.is_empty() {
        return None;
    }
    let (count, is_exact) = match place.status {
        PairStatusFilter::All => (counts.new + counts.approved + counts.rejected, list.at_least.is_empty()),
        PairStatusFilter::Only(status) => {
            let count = match status {
                PairStatus::New => counts.new,
                PairStatus::Approved => counts.approved,
                PairStatus::Rejected => counts.rejected,
            };
            (count, !list.at_least.contains(&status))
        }
    };
    let number = format!("{}{}", voice.number(count), if is_exact { "" } else { "+" });
    let text = if place.is_unfiltered() { words.decide_listed(number) } else { words.decide_matching(number) };
    let address = ask_address(place.status, place.provider.as_deref(), place.account, place.q.as_deref());
    Some(view! { <a href=address>{text}</a> }.into_any())
}

/// What is done with the pairs that are picked: a form that the boxes of the rows belong to.
fn picked(voice: Voice, board: &Board, list: &List) -> AnyView {
    let (words, buttons) = (PickWords(voice.lang), Words(voice.lang));
    let marks = marks::Words(voice.lang);
    let tag_buttons = (!list.tags.is_empty()).then(|| {
        view! {
            <button class="btn small" name="status" value="tag" aria-label=words.tag()>{words.tag_on()}</button>
            <button class="btn small" name="status" value="untag" aria-label=words.untag()>{words.tag_off()}</button>
        }
    });
    view! {
        <form
            method="post"
            action=DecidePicked::url()
            id=PICKED
            class="picked filters"
            data-number="0"
            aria-label=words.picked()
            autocomplete="off"
        >
            // Enter in a field or on a box decides nothing: a form is sent by its first button, and this one cannot be pressed.
            <button disabled hidden></button>
            <input type="hidden" name="as_of" value=exactly(voice.now)/>
            <input type="hidden" name="then" value=board.place.address(None)/>
            <span class="needs-script" role="status">
                {words.number()} " " <b class="tabular" id="picked-number">"0"</b>
            </span>
            <button class="btn small" name="status" value=PairStatus::Approved.as_str() aria-label=words.approve()>
                {buttons.approve()}
            </button>
            <button class="btn small" name="status" value=PairStatus::Rejected.as_str() aria-label=words.reject()>
                {buttons.reject()}
            </button>
            {reason_fields(voice.lang)}
            <details class="marking">
                <summary id="picked-tags">
                    {marks.tags()} " " <kbd class="needs-script">{hint(Command::Tags)}</kbd>
                </summary>
                {tag_fields(voice, &list.tags, None)}
                {tag_buttons}
            </details>
            <details class="marking">
                <summary id="picked-assign">
                    {marks.assign()} " " <kbd class="needs-script">{hint(Command::Assign)}</kbd>
                </summary>
                {choice_of(marks, &list.reviewers, None)}
                <button class="btn small" name="status" value="assign" aria-label=words.assign()>{marks.give()}</button>
            </details>
        </form>
    }
    .into_any()
}

/// The tags of the team, to choose one from.
pub(crate) fn tag_fields(voice: Voice, tags: &[ReviewTag], chosen: Option<&str>) -> AnyView {
    if tags.is_empty() {
        return view! { <span class="muted small">{marks::Words(voice.lang).no_tags()}</span> }.into_any();
    }
    let words = PickWords(voice.lang);
    let options = tags.iter().map(|tag| {
        let id = tag.id.to_string();
        let name = if tag.retired { words.retired(&tag.name) } else { tag.name.clone() };
        view! { <option value=id.clone() selected=chosen == Some(&*id)>{name}</option> }
    });
    view! {
        <label class="filter">
            <span>{words.which_tag()}</span>
            <select name="tag">{options.collect_view()}</select>
        </label>
    }
    .into_any()
}

/// The people who can review, to choose from.
pub(crate) fn person_fields(voice: Voice, reviewers: &[Assignee], chosen: Option<UserId>) -> AnyView {
    choice_of(marks::Words(voice.lang), reviewers, chosen)
}

impl PickWords {
    /// What became of the pairs. `name` is that of the tag or the person.
    pub(super) fn done(self, voice: Voice, act: &BulkAct, name: Option<String>, done: i64) -> String {
        let pairs = voice.count(&nouns::PAIR, done);
        let name = || name.clone().unwrap_or_default();
        match act {
            BulkAct::Decide { decision: PairStatus::Approved, .. } => self.approved(pairs),
            BulkAct::Decide { decision: PairStatus::Rejected, .. } => self.rejected(pairs),
            BulkAct::Decide { decision: PairStatus::New, .. } => self.reset(pairs),
            BulkAct::Tag { .. } => self.tagged(name(), pairs),
            BulkAct::Untag { .. } => self.untagged(name(), pairs),
            BulkAct::Assign { assign_to_id: Some(_) } => self.assigned(name(), pairs),
            BulkAct::Assign { assign_to_id: None } => self.unassigned(pairs),
        }
    }
}

texts! {
    /// Deciding many pairs from the list.
    pub(super) PickWords:
    decide_listed(n): "Decide all {n} at once…" | "Решить сразу все {n}…";
    decide_matching(n): "Decide all {n} that match…" | "Решить все подходящие: {n}…";
    picked: "Selected pairs" | "Выбранные пары";
    number: "Selected:" | "Выбрано:";
    approve: "Approve the selected pairs" | "Одобрить выбранные пары";
    reject: "Reject the selected pairs" | "Отклонить выбранные пары";
    tag: "Tag the selected pairs" | "Поставить метку выбранным парам";
    untag: "Remove tag from the selected pairs" | "Снять метку с выбранных пар";
    tag_on: "Tag" | "Поставить";
    tag_off: "Remove tag" | "Снять";
    assign: "Assign the selected pairs" | "Назначить выбранные пары";
    which_tag: "Tag" | "Метка";
    retired(name): "{name} (retired)" | "{name} (устарела)";
    tagged(name, pairs): "Tagged “{name}”: {pairs}." | "Поставлена метка «{name}»: {pairs}.";
    untagged(name, pairs): "Tag “{name}” removed: {pairs}." | "Снята метка «{name}»: {pairs}.";
    assigned(name, pairs): "Assigned to {name}: {pairs}." | "Назначено ({name}): {pairs}.";
    unassigned(pairs): "Assigned to nobody: {pairs}." | "Больше никому не назначено: {pairs}.";
    approved(pairs): "Approved: {pairs}." | "Одобрено: {pairs}.";
    rejected(pairs): "Rejected: {pairs}." | "Отклонено: {pairs}.";
    reset(pairs): "Reset to new: {pairs}." | "Возвращено в новые: {pairs}.";
    stayed(done, n): "{done} Changed by somebody since, left as they are: {n}." | "{done} С тех пор изменены кем-то и оставлены как есть: {n}.";
    unchanged(done, n): "{done} Already so: {n}." | "{done} Уже были такими: {n}.";
}
