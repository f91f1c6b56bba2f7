//! Deciding many pairs from the list: the way to all that are listed, and what is done with those that are picked.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::types::{PairStatus, PairStatusFilter};

use super::{
    around::List,
    data::Board,
    list::{PICKED, reason_fields},
    pick_forms::DecidePicked,
    words::Words,
};
use crate::{
    pages::bulk::{ask_address, exactly},
    ui::words::nouns,
    words::{Voice, texts},
};

/// What stands between the search and the table.
pub(super) fn above(voice: Voice, board: &Board) -> Option<AnyView> {
    if board.rows.is_empty() {
        return None;
    }
    Some(picked(voice, board))
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
fn picked(voice: Voice, board: &Board) -> AnyView {
    let (words, buttons) = (PickWords(voice.lang), Words(voice.lang));
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
        </form>
    }
    .into_any()
}

impl PickWords {
    /// What became of the pairs.
    pub(super) fn done(self, voice: Voice, status: PairStatus, decided: i64) -> String {
        let pairs = voice.count(&nouns::PAIR, decided);
        match status {
            PairStatus::Approved => self.approved(pairs),
            PairStatus::Rejected => self.rejected(pairs),
            PairStatus::New => self.reset(pairs),
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
    approved(pairs): "Approved: {pairs}." | "Одобрено: {pairs}.";
    rejected(pairs): "Rejected: {pairs}." | "Отклонено: {pairs}.";
    reset(pairs): "Reset to new: {pairs}." | "Возвращено в новые: {pairs}.";
    stayed(done, n): "{done} Changed by somebody since, left as they are: {n}." | "{done} С тех пор изменены кем-то и оставлены как есть: {n}.";
    unchanged(done, n): "{done} Already so: {n}." | "{done} Уже были такими: {n}.";
}
