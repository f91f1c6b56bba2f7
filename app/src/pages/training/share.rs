//! Giving the listed pairs to reviewers: those of the page to one, and, for admins, those of the search to several.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::types::{Assignee, MOST_SHARED};

use super::{
    data::Board,
    mark_forms::{AssignPairs, ShareOut},
    marks::{Words, choice_of},
};
use crate::{
    ui::words::nouns,
    words::{Voice, texts},
};

/// What stands beside the list: folded.
pub(super) fn form(voice: Voice, board: &Board, reviewers: &[Assignee], is_admin: bool) -> AnyView {
    let words = ShareWords(voice.lang);
    let ids: Vec<String> = board.rows.iter().map(|row| row.id.to_string()).collect();
    let pairs = voice.count(&nouns::PAIR, i64::try_from(ids.len()).unwrap_or(i64::MAX));
    let of_page = (!ids.is_empty()).then(|| {
        view! {
            <form method="post" action=AssignPairs::url() class="filters" autocomplete="off">
                <input type="hidden" name="ids" value=ids.join(",")/>
                <strong>{words.of_page(pairs)}</strong>
                {choice_of(Words(voice.lang), reviewers, None)}
                <button class="btn">{words.assign()}</button>
            </form>
        }
    });
    let among = is_admin.then(|| share_out(voice, board, reviewers));
    view! {
        <details class="small finder-help">
            <summary>{words.title()}</summary>
            <div class="card pad stack">
                {of_page}
                {among}
                <p class="muted">{words.about()}</p>
            </div>
        </details>
    }
    .into_any()
}

fn share_out(voice: Voice, board: &Board, reviewers: &[Assignee]) -> AnyView {
    let (words, place) = (ShareWords(voice.lang), &board.place);
    let people = reviewers.iter().map(|one| {
        view! {
            <label class="check">
                <input type="checkbox" name="among[]" value=one.id.to_string()/>
                {one.display_name.clone()}
                " "
                <span class="muted">{one.email.clone()}</span>
            </label>
        }
    });
    let people = people.collect_view();
    view! {
        <form method="post" action=ShareOut::url() class="stack" autocomplete="off">
            <input type="hidden" name="status" value=place.status.as_str()/>
            <input type="hidden" name="provider" value=place.provider.clone()/>
            <input type="hidden" name="account" value=place.account.map(|account| account.to_string())/>
            <input type="hidden" name="q" value=place.q.clone()/>
            <fieldset class="stack">
                <legend>{words.share_out()}</legend>
                <div class="row tight">{people}</div>
            </fieldset>
            <div class="row end-aligned">
                <label class="filter">
                    <span>{words.most()}</span>
                    <input type="number" name="most" min="1" max=MOST_SHARED.to_string() required value="100"/>
                </label>
                <button class="btn">{words.share()}</button>
            </div>
        </form>
    }
    .into_any()
}

texts! {
    /// Giving pairs to reviewers.
    pub(super) ShareWords:
    title: "Assign" | "Назначить";
    about: "An assignment is advice: everybody may still decide every pair." | "Назначение — это совет: решение по любой паре может принять каждый.";
    of_page(pairs): "On this page: {pairs}" | "На этой странице: {pairs}";
    assign: "Assign" | "Назначить";
    share_out: "Share out the pairs of this list that nobody has, evenly among" | "Разделить поровну пары этого списка, которые никому не назначены, между";
    most: "At most" | "Не больше";
    share: "Share out" | "Разделить";
    assigned(pairs): "Assigned: {pairs}." | "Назначено: {pairs}.";
    shared(pairs): "Shared out: {pairs}." | "Разделено: {pairs}.";
    shared_more(pairs): "Shared out: {pairs}. There are more that nobody has." | "Разделено: {pairs}. Ещё остались никому не назначенные.";
    shared_incomplete(pairs, waiting): "Shared out: {pairs}. {waiting} still being indexed: share out again in a moment." | "Разделено: {pairs}. Ещё индексируется: {waiting}. Повторите чуть позже.";
    none_to_share: "Nothing to share out: somebody has every pair of this list." | "Делить нечего: все пары этого списка уже назначены.";
}
