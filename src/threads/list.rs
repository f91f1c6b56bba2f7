//! The list of threads, as its page shows it.

use crate::{
    Domain,
    store::ThreadFilter,
    types::{Account, EmailThreadPage, Problem},
};

/// Threads of one page.
const PER_PAGE: i64 = 50;

/// A page of the list, and the accounts it can be narrowed to.
#[derive(Debug, Clone)]
pub struct ThreadList {
    pub threads: EmailThreadPage,
    pub accounts: Vec<Account>,
}

/// A page of threads, the one with the latest message first, with the choice of accounts.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is too long, and for a cursor that no page gave out; when the database cannot be read.
pub async fn list(d: &Domain, filter: &ThreadFilter, cursor: Option<&str>) -> Result<ThreadList, Problem> {
    super::check(filter)?;
    let threads = d.store.list_threads(filter, cursor, PER_PAGE).await?;
    let accounts = d.store.list_accounts(None, None).await?;
    Ok(ThreadList { threads, accounts })
}
