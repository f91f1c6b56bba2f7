//! What stands around the table of pairs: tabs with counts, filters, and the way to the other pages. The server draws it once; the
//! island counts what is decided.

use leptos::prelude::*;
use replybook::types::{
    AccountChoices, Assignee, Guidelines, PairCounts, PairFacets, PairStatus, PairStatusFilter, PairView, ReviewTag,
};

use super::{
    data::Board,
    finder, pick,
    place::{Ask, Place, TABS},
    words::Words,
};
use crate::{
    pages::guidelines,
    paths,
    prefs::Lang,
    ui::{
        accounts::unmatched_account,
        parts::Empty,
        words::{Nav, nouns},
    },
    words::{Voice, number, texts},
};

/// One page of the list, without its rows.
pub(super) struct List {
    /// Whether the person may go to the page of the mailboxes.
    pub can_connect: bool,
    pub next_cursor: Option<String>,
    /// By status, for everything else that is chosen.
    pub counts: PairCounts,
    /// Statuses that were not counted to the end.
    pub at_least: Vec<PairStatus>,
    /// What the list can be narrowed to, where that is shown.
    pub facets: Option<PairFacets>,
    /// The team's tags.
    pub tags: Vec<ReviewTag>,
    /// Who can review.
    pub reviewers: Vec<Assignee>,
    /// What the team goes by.
    pub guidelines: Option<Guidelines>,
    /// Saved searches.
    pub views: Vec<PairView>,
    /// Pairs that a search does not find yet.
    pub not_searchable_yet: i64,
    /// What is wrong with the search.
    pub refused: Option<String>,
    pub accounts: AccountChoices,
    /// By status, of the whole group, where one is listed.
    pub group_counts: Option<PairCounts>,
}

/// What stands above the table.
pub(super) fn above(voice: Voice, board: &Board, list: &List) -> AnyView {
    view! {
        {list.group_counts.map(|counts| group_bar(voice, board, counts))}
        {finder::form(board, list)}
        {unmatched_account(board.lang, &list.accounts)}
        <div class="bar-row">
            {tabs(board, list)}
            <div class="row">
                {pick::all_listed(voice, board, list)}
                {mine(board)}
                {guidelines_link(board.lang, list)}
                {pages(board.lang, list.can_connect)}
            </div>
        </div>
        {list.guidelines.as_ref().map(|written| guidelines::sheet(voice, written))}
        {pick::above(voice, board, list)}
        {finder::facets(voice, board, list)}
        {finder::said(voice, board, list)}
        {(board.rows.is_empty() && list.refused.is_none()).then(|| nothing(board, list))}
    }
    .into_any()
}

/// The other pages about the review, as a menu.
fn pages(lang: Lang, is_admin: bool) -> AnyView {
    let nav = Nav(lang);
    let link = |path: &'static str, name: &'static str| view! { <a href=path>{name}</a> };
    view! {
        <details class="menu" name="review-pages">
            <summary class="btn small quiet">{Beside(lang).pages()} " ▾"</summary>
            <div class="menu-items">
                {link(paths::PROGRESS, nav.progress())}
                {link(paths::OPINIONS, nav.opinions())}
                {link(paths::BULK, nav.bulk())}
                {is_admin.then(|| link(paths::RULES, nav.rules()))}
                {is_admin.then(|| link(paths::TAGS, nav.tags()))}
            </div>
        </details>
    }
    .into_any()
}

/// The way to one's own pairs.
fn mine(board: &Board) -> AnyView {
    let mine = Place::default().with_search(Some("assigned:me".to_owned()));
    let is_here = mine == board.place.first();
    view! { <a href=mine.address(None) aria-current=is_here.then_some("page")>{Beside(board.lang).mine()}</a> }
        .into_any()
}

/// The way to the guidelines: where there are none, only for whoever can write some.
fn guidelines_link(lang: Lang, list: &List) -> Option<AnyView> {
    match &list.guidelines {
        Some(_) => Some(guidelines::opener(lang, "link")),
        None => list.can_connect.then(|| view! { <a href=paths::GUIDELINES>{Nav(lang).guidelines()}</a> }.into_any()),
    }
}

/// What stands below it. On small screens the number that are left has its place where the line about a decision comes.
pub(super) fn below(board: &Board, list: List) -> AnyView {
    let has_rows = !board.rows.is_empty();
    let left = has_rows.then(|| {
        let waiting = counted(board.lang, TABS[0], list.counts.new, &list.at_least);
        view! { <p class="review-bar">{Words(board.lang).left()} " " {waiting}</p> }
    });
    view! {
        {pager(board, list.next_cursor).filter(|_| has_rows || board.place.q.is_some())}
        {left}
    }
    .into_any()
}

/// A number of pairs. The island keeps it true where it counts one status.
fn counted(lang: Lang, status: PairStatusFilter, count: i64, at_least: &[PairStatus]) -> AnyView {
    let is_exact = match status {
        PairStatusFilter::All => at_least.is_empty(),
        PairStatusFilter::Only(status) => !at_least.contains(&status),
    };
    if !is_exact {
        // None among the latest is not none at all.
        return (count > 0)
            .then(|| view! { <span class="count">{format!("{}+", number(lang, count))}</span> })
            .into_any();
    }
    let of = status.status().map(PairStatus::as_str);
    view! { <span class="count" data-pairs=of data-count=count.to_string()>{number(lang, count)}</span> }.into_any()
}

/// How many pairs there are by status, as tabs.
fn tabs(board: &Board, list: &List) -> AnyView {
    let (words, counts) = (Words(board.lang), list.counts);
    let place = &board.place;
    let tabs = TABS.map(|status| {
        let (label, count) = match status {
            PairStatusFilter::Only(PairStatus::New) => (words.tab_new(), counts.new),
            PairStatusFilter::Only(PairStatus::Approved) => (words.tab_approved(), counts.approved),
            PairStatusFilter::Only(PairStatus::Rejected) => (words.tab_rejected(), counts.rejected),
            PairStatusFilter::All => (words.tab_all(), counts.new + counts.approved + counts.rejected),
        };
        view! {
            <a
                href=place.with_status(status).address(None)
                aria-current=(place.status == status).then_some("page")
            >
                {label} " " {counted(board.lang, status, count, &list.at_least)}
            </a>
        }
    });
    view! { <nav class="tabs" aria-label=words.status()>{tabs.into_iter().collect_view()}</nav> }.into_any()
}

/// A group of near duplicates that is listed: how many there are, and forms that decide all that wait.
fn group_bar(voice: Voice, board: &Board, counts: PairCounts) -> AnyView {
    let words = Words(board.lang);
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

/// What stands where there is nothing to list.
fn nothing(board: &Board, list: &List) -> AnyView {
    let (words, place, counts) = (Words(board.lang), &board.place, list.counts);
    let is_empty = counts.new + counts.approved + counts.rejected == 0;
    if is_empty && place.is_unfiltered() && !list.can_connect {
        view! { <Empty title=words.empty_none() next=words.empty_none_ask()/> }.into_any()
    } else if is_empty && place.is_unfiltered() {
        view! {
            <Empty title=words.empty_none() next=words.empty_none_next()>
                <a class="btn primary" href=paths::INTEGRATIONS>{words.to_integrations()}</a>
            </Empty>
        }
        .into_any()
    } else if list.next_cursor.is_some() {
        // A phrase is looked for in a part of the pairs at a time.
        view! { <Empty title=words.not_found_yet() next=words.not_found_yet_next()/> }.into_any()
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
    } else if place.q.is_some() {
        let clear = place.with_search(None).address(None);
        view! {
            <Empty title=words.empty_found() next=words.empty_found_next()>
                <a class="btn" href=clear>{words.clear_search()}</a>
            </Empty>
        }
        .into_any()
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

fn pager(board: &Board, next_cursor: Option<String>) -> Option<AnyView> {
    let words = Words(board.lang);
    let place = &board.place;
    let previous = place.previous().map(|previous| previous.address(None));
    let next = next_cursor.map(|cursor| place.next(cursor).address(None));
    (previous.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=words.next_page()>
                {previous.map(|href| view! { <a class="btn" href=href rel="prev">{words.previous_page()}</a> })}
                {next.map(|href| view! { <a class="btn" href=href rel="next">{words.next_page()}</a> })}
            </nav>
        }
        .into_any()
    })
}

texts! {
    /// Pages about the review.
    Beside:
    mine: "Mine" | "Мои";
    pages: "More" | "Ещё";
}
