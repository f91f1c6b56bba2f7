//! Pairs to look at: one, a page of them, and everything that a page of the review shows.

use super::review::messages_of;
use crate::{
    Domain,
    types::{
        AccountChoice, NotFoundCode, PairCounts, PairFilter, PairId, PairMessages, PairPage, Problem, TrainingPair,
    },
};

/// One pair.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn get(d: &Domain, pair: PairId) -> Result<TrainingPair, Problem> {
    d.store.pair(pair).await?.ok_or_else(|| Problem::not_found(NotFoundCode::Pair))
}

/// A page of pairs: after `cursor` where there is one, else after `offset` of them.
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
    Ok(d.store.list_pairs(filter, cursor, limit, offset).await?)
}

/// A pair with the messages behind it.
#[derive(Debug, Clone)]
pub struct Open {
    pub pair: TrainingPair,
    pub behind: PairMessages,
}

/// A pair with everything that its page shows.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn open(d: &Domain, pair: PairId) -> Result<Open, Problem> {
    Ok(Open { pair: get(d, pair).await?, behind: messages_of(d, pair).await? })
}

/// One page of the review with everything around it.
#[derive(Debug, Clone)]
pub struct Review {
    pub page: PairPage,
    /// By status, for the chosen provider and account.
    pub counts: PairCounts,
    pub accounts: Vec<AccountChoice>,
    /// By status, of the whole group, where one is listed.
    pub group_counts: Option<PairCounts>,
}

/// One page of the review.
///
/// # Errors
/// [`Problem::Invalid`] for a cursor that no page gave out.
pub async fn review(d: &Domain, filter: &PairFilter, cursor: Option<&str>, limit: i64) -> Result<Review, Problem> {
    let group_counts = match &filter.group {
        Some(_) => {
            let whole = PairFilter { provider: None, account_id: None, ..filter.clone() };
            Some(d.store.pair_counts(&whole).await?)
        }
        None => None,
    };
    Ok(Review {
        page: page(d, filter, cursor, limit, 0).await?,
        counts: d.store.pair_counts(filter).await?,
        accounts: d.store.account_choices().await?,
        group_counts,
    })
}
