//! Pairs to look at: one, a page of them, and everything that a page of the review shows.

use std::sync::Arc;

use super::{
    choices::{Choices, choices},
    clean::share,
    facets::facets,
    find::find,
    review::{load, messages_in},
    turns::turns_in,
};
use crate::{
    Domain, catch_up,
    store::StoreError,
    types::{
        NotFoundCode, PairCounts, PairEdit, PairFacets, PairFilter, PairId, PairMessages, PairPage, PairQuery,
        PairStatus, PairTurns, Problem, TrainingPair, UserId,
    },
};

/// Groups whose newest pairs are noted in one transaction.
const NOTED_AT_A_TIME: i64 = 250;
/// Groups that whoever lists one pair of each notes first: what was decided a moment ago is in its place. More than that is left to
/// the worker, and the newest are looked for until then.
const NOTED_BEFORE_A_LIST: usize = 500;

/// One pair.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn get(d: &Domain, pair: PairId) -> Result<TrainingPair, Problem> {
    d.store.pair(pair).await?.ok_or_else(|| Problem::not_found(NotFoundCode::Pair))
}

/// A page of pairs: after `cursor` where there is one, else after `offset` of them. Long texts are cut where all of them together
/// would be too much for one answer.
///
/// # Errors
/// [`Problem::Invalid`] for a cursor that no page gave out.
pub async fn page(
    d: &Domain,
    filter: &PairFilter,
    cursor: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<PairPage, Problem> {
    if filter.one_per_group {
        note_before_a_list(d).await;
    }
    let mut page = d.store.list_pairs(filter, cursor, limit, offset).await?;
    clip_texts(&mut page.items);
    Ok(page)
}

/// A page of pairs, one of each group, what was said most often first.
///
/// # Errors
/// [`Problem::Invalid`] for a cursor that no page gave out.
pub(super) async fn most_repeated(
    d: &Domain,
    filter: &PairFilter,
    cursor: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<PairPage, Problem> {
    note_before_a_list(d).await;
    let mut page = d.store.list_repeated_pairs(filter, cursor, limit, offset).await?;
    clip_texts(&mut page.items);
    Ok(page)
}

/// What was decided a moment ago is in its place.
async fn note_before_a_list(d: &Domain) {
    let note = || d.store.note_newest(NOTED_AT_A_TIME, d.clock.now());
    catch_up::before_reading("the newest pairs of groups", NOTED_BEFORE_A_LIST, note).await;
}

/// Cuts long texts where all of them together would be too much for one answer.
pub(super) fn clip_texts(pairs: &mut [TrainingPair]) {
    let share = share(pairs.iter().flat_map(texts).map(str::len));
    pairs.iter_mut().for_each(|pair| clip(pair, share));
}

/// Notes the newest pairs of every group that waits for it. What is interrupted goes on where it was.
///
/// # Errors
/// When the database cannot be used.
pub async fn note_newest(d: &Domain) -> Result<(), StoreError> {
    catch_up::to_the_end(d, || d.store.note_newest(NOTED_AT_A_TIME, d.clock.now())).await
}

fn texts(pair: &TrainingPair) -> impl Iterator<Item = &str> {
    let fresh = [&pair.fresh_client_text, &pair.fresh_reply_text].into_iter().flatten();
    [&pair.client_text, &pair.our_reply_text].into_iter().chain(fresh).map(String::as_str)
}

/// Keeps at most `share` bytes of each text, whole characters.
pub(super) fn clip(pair: &mut TrainingPair, share: usize) {
    let fresh = [&mut pair.fresh_client_text, &mut pair.fresh_reply_text].into_iter().flatten();
    for text in [&mut pair.client_text, &mut pair.our_reply_text].into_iter().chain(fresh) {
        if text.len() > share {
            text.truncate(text.floor_char_boundary(share));
            pair.truncated = true;
        }
    }
}

/// A pair with the messages behind it.
#[derive(Debug, Clone)]
pub struct Open {
    pub pair: TrainingPair,
    pub behind: PairMessages,
    /// The messages around them, and which pairs they are in.
    pub turns: PairTurns,
    /// What people wrote into it.
    pub edits: Vec<PairEdit>,
    /// What it offers as every pair does.
    pub choices: Arc<Choices>,
}

/// A pair with everything that its page shows.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn open(d: &Domain, pair: PairId) -> Result<Open, Problem> {
    let shown = get(d, pair).await?;
    let edits = if shown.edited { d.store.pair_edits(pair).await? } else { Vec::new() };
    let (parts, thread) = load(d, pair).await?;
    Ok(Open {
        pair: shown,
        behind: messages_in(&parts, &thread),
        turns: turns_in(d, &parts, &thread).await?,
        edits,
        choices: choices(d).await?,
    })
}

/// One page of the review with everything around it.
#[derive(Debug, Clone)]
pub struct Review {
    pub page: PairPage,
    /// By status, for everything else that is chosen.
    pub counts: PairCounts,
    /// Statuses that were not counted to the end.
    pub at_least: Vec<PairStatus>,
    /// By status, of the whole group, where one is listed.
    pub group_counts: Option<PairCounts>,
    /// What the list can be narrowed to: for a search, and where it was asked for.
    pub facets: Option<PairFacets>,
}

/// One page of the review. What it can be narrowed to is counted for a search, and `with_facets`: reading five hundred pairs for it would
/// make every page slow.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is not understood, and for a cursor that no page gave out.
pub async fn review(
    d: &Domain,
    query: &PairQuery,
    me: Option<UserId>,
    cursor: Option<&str>,
    limit: i64,
    with_facets: bool,
) -> Result<Review, Problem> {
    let group_counts = match &query.filter.group {
        Some(_) => {
            let whole = PairFilter { provider: None, account_id: None, ..query.filter.clone() };
            Some(d.store.pair_counts(&whole).await?)
        }
        None => None,
    };
    let page = find(d, query, me, cursor, limit, 0).await?;
    let is_counted = with_facets || query.text.is_some();
    let facets = if is_counted { Some(facets(d, query, me).await?) } else { None };
    let (counts, at_least) = match &facets {
        Some(facets) => by_status(facets),
        // Without a search the counts that are kept say it.
        None => (d.store.pair_counts(&query.filter).await?, Vec::new()),
    };
    Ok(Review { page, counts, at_least, group_counts, facets })
}

/// How many pairs have which status, and which statuses were not counted to the end.
fn by_status(facets: &PairFacets) -> (PairCounts, Vec<PairStatus>) {
    let mut counts = PairCounts::default();
    let mut at_least = Vec::new();
    let are_exact = facets.status.iter().all(|facet| facet.exact);
    for status in PairStatus::ALL {
        let facet = facets.status.iter().find(|facet| facet.value == status.as_str());
        let (count, is_exact) = facet.map_or((0, are_exact), |facet| (facet.count, facet.exact));
        *match status {
            PairStatus::New => &mut counts.new,
            PairStatus::Approved => &mut counts.approved,
            PairStatus::Rejected => &mut counts.rejected,
        } = count;
        at_least.extend((!is_exact).then_some(*status));
    }
    (counts, at_least)
}
