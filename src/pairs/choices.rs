//! What every open pair offers besides its own: tags, people, guidelines. Kept in memory, and read again once something about it has
//! changed, whichever process changed it: the database counts these changes.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    Domain,
    types::{Assignee, Problem, ReviewTag},
};

/// The same for every pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// How often they had changed when they were read.
    number: i64,
    /// All tags of the team, in its order.
    pub tags: Vec<ReviewTag>,
    /// Who can review.
    pub reviewers: Vec<Assignee>,
    /// Whether the team has guidelines.
    pub has_guidelines: bool,
}

/// The choices that were read last.
#[derive(Debug, Default)]
pub(crate) struct KnownChoices(Mutex<Option<Arc<Choices>>>);

/// The choices as they are now.
pub(super) async fn choices(d: &Domain) -> Result<Arc<Choices>, Problem> {
    // Before the rest: what changes while that is read is read again next time.
    let number = d.store.choices_number().await?;
    let known = d.choices.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(known) = known.filter(|known| known.number == number) {
        return Ok(known);
    }
    let read = Arc::new(Choices {
        number,
        tags: d.store.review_tags().await?,
        reviewers: d.store.reviewers().await?,
        has_guidelines: d.store.has_guidelines().await?,
    });
    *d.choices.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
    Ok(read)
}
