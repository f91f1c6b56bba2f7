//! Searches of the review that somebody saved under a name, for themselves or for the team.

use super::query::{MOST_CHARS, Query};
use crate::{
    Domain,
    store::Act,
    types::{Actor, InvalidCode, NotFoundCode, PairQuery, PairView, PairViewId, Problem, UserId},
};

/// The longest name of a view, in characters.
pub const MOST_NAME: usize = 60;

/// The views of a person and those that others share.
///
/// # Errors
/// When the database cannot be read.
pub async fn views(d: &Domain, of: UserId) -> Result<Vec<PairView>, Problem> {
    Ok(d.store.pair_views(of).await?)
}

/// Saves what is listed under a name; a view that the person has under this name is replaced.
///
/// # Errors
/// `name_missing`, `name_too_long`, `too_many_pair_views`; [`Problem::Invalid`] for a search that is not understood.
pub async fn save_view(
    d: &Domain,
    by: Actor,
    name: &str,
    is_shared: bool,
    query: &PairQuery,
) -> Result<PairView, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let name = name.trim();
    if name.is_empty() {
        return Err(Problem::invalid("name", InvalidCode::NameMissing));
    }
    if name.chars().count() > MOST_NAME {
        return Err(Problem::invalid("name", InvalidCode::NameTooLong));
    }
    let text = query.text.as_deref().unwrap_or_default();
    if text.chars().count() > MOST_CHARS {
        return Err(Problem::invalid("q", InvalidCode::TooLong { most: MOST_CHARS }));
    }
    Query::parse(text).map_err(|error| Problem::invalid("q", error))?;
    Ok(d.store.save_pair_view(user, name, is_shared, query, Act { by, at: d.clock.now() }).await?)
}

/// Deletes a view of the person; an admin may delete every shared one.
///
/// # Errors
/// `ai_email_pair_view_not_found`.
pub async fn delete_view(d: &Domain, by: Actor, is_admin: bool, view: PairViewId) -> Result<(), Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    if d.store.delete_pair_view(user, is_admin, view, Act { by, at: d.clock.now() }).await? {
        Ok(())
    } else {
        Err(Problem::not_found(NotFoundCode::PairView))
    }
}
