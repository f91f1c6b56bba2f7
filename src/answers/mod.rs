//! The knowledge base: approved pairs to read and to search, and to take along.

mod csv;
mod export;

use std::collections::BTreeMap;

pub use export::{COLUMNS, Export, Opened, bytes, open, read};

use crate::{
    Domain,
    pairs::note_before_a_search,
    types::{AccountId, AnswerFilter, AnswerPage, InvalidCode, Problem},
};

/// The longest search, in characters.
const MAX_SEARCH: usize = 200;

/// A page of approved pairs, the latest reply first.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is too long, and for a cursor that no page gave out.
pub async fn page(d: &Domain, filter: &AnswerFilter, cursor: Option<&str>, limit: i64) -> Result<AnswerPage, Problem> {
    check(filter)?;
    if filter.text.is_some() {
        note_before_a_search(d).await;
    }
    Ok(d.store.list_answers(filter, cursor, limit).await?)
}

/// A page of the knowledge base with everything around it.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub page: AnswerPage,
    /// How many approved pairs each account has, whatever is searched for.
    pub counts: BTreeMap<AccountId, i64>,
    /// How many are found in each account, where that was asked for.
    pub found: Option<BTreeMap<AccountId, i64>>,
}

/// A page of the knowledge base; with `counted` also how many pairs of each account the search finds.
///
/// # Errors
/// As [`page`].
pub async fn shelf(
    d: &Domain,
    filter: &AnswerFilter,
    cursor: Option<&str>,
    limit: i64,
    counted: bool,
) -> Result<Shelf, Problem> {
    let page = page(d, filter, cursor, limit).await?;
    let found = if counted { Some(d.store.answer_counts(filter.text.as_deref()).await?) } else { None };
    Ok(Shelf { page, counts: d.store.answer_counts(None).await?, found })
}

fn check(filter: &AnswerFilter) -> Result<(), Problem> {
    match &filter.text {
        Some(text) if text.chars().count() > MAX_SEARCH => {
            Err(Problem::invalid("q", InvalidCode::TooLong { most: MAX_SEARCH }))
        }
        _ => Ok(()),
    }
}
