//! The list of threads, as its page shows it.

use crate::{
    Domain,
    store::ThreadFilter,
    types::{EmailThreadPage, Problem},
};

/// Threads of one page.
const PER_PAGE: i64 = 50;

/// A page of threads, the one with the latest message first.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is too long, and for a cursor that no page gave out; when the database cannot be read.
pub async fn list(d: &Domain, filter: &ThreadFilter, cursor: Option<&str>) -> Result<EmailThreadPage, Problem> {
    super::check(filter)?;
    Ok(d.store.list_threads(filter, cursor, PER_PAGE).await?)
}
