//! What the forms of the page do.

use leptos::prelude::*;
use replybook::{
    accounts,
    sync::{self, Span},
    types::{AccountId, ConflictCode, FailureId, NotFoundCode, Problem},
};

use super::words::Words;
use crate::{
    answer::{Told, go_and_tell, go_to},
    error::Failure,
    json::Json,
    pages::monitor::for_a_worker,
    paths,
    request::{admin, fail, lang},
    ui::words::nouns,
    words::Voice,
};

/// Queues the fetching of older mail. `span` is a number of days, `since` (with a date in `since`), or `everything`. While some is
/// being fetched already, the page shows that.
///
/// # Errors
/// For admins only; not found, no span, or why the account cannot be synced.
#[server(prefix = "/api/ui", endpoint = "fetch-older", output = Json)]
pub async fn fetch_older(
    id: AccountId,
    #[server(default)] span: String,
    #[server(default)] since: String,
) -> Result<(), Failure> {
    let caller = admin()?;
    let domain = &caller.domain;
    let words = Words(lang());
    let span = match span.as_str() {
        "everything" => Ok(Span::Everything),
        "since" => Span::parse_since(&since),
        days => Ok(Span::Days(days.parse().unwrap_or(0))),
    };
    let queued = async {
        let since = span?.start(domain.clock.now())?;
        sync::queue_backfill(domain, caller.actor(), id, since).await
    };
    let told = match queued.await {
        Ok(_) => for_a_worker(domain, words.done_backfill()).await.map_err(fail)?,
        Err(Problem::Conflict { code: ConflictCode::BackfillOpen }) => Told::warn(words.backfill_running()),
        Err(problem) => return Err(refused(id, problem)),
    };
    go_and_tell(paths::account(id), told);
    Ok(())
}

/// Says which more addresses a mailbox sends from.
///
/// # Errors
/// For admins only; what [`accounts::add_own_addresses`] says.
#[server(prefix = "/api/ui", endpoint = "own-addresses", output = Json)]
pub async fn add_addresses(id: AccountId, #[server(default)] addresses: String) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::account(id));
    accounts::add_own_addresses(&caller.domain, caller.actor(), id, &addresses).await.map_err(fail)?;
    let told = for_a_worker(&caller.domain, Words(lang()).addresses_saved()).await.map_err(fail)?;
    go_and_tell(paths::account(id), told);
    Ok(())
}

/// Says that an address of a mailbox is not ours after all.
///
/// # Errors
/// For admins only; what [`accounts::remove_own_address`] says.
#[server(prefix = "/api/ui", endpoint = "remove-own-address", output = Json)]
pub async fn remove_address(id: AccountId, address: String) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::account(id));
    accounts::remove_own_address(&caller.domain, caller.actor(), id, &address).await.map_err(fail)?;
    let told = for_a_worker(&caller.domain, &Words(lang()).address_removed(&address)).await.map_err(fail)?;
    go_and_tell(paths::account(id), told);
    Ok(())
}

/// Has messages that were set aside tried again: one, or all of the account. Returns how many.
///
/// # Errors
/// For admins only; not found, or why the account cannot be synced.
#[server(prefix = "/api/ui", endpoint = "retry-set-aside", output = Json)]
pub async fn retry_set_aside(id: AccountId, failure: Option<FailureId>) -> Result<u64, Failure> {
    let (caller, lang) = (admin()?, lang());
    let count = accounts::retry_set_aside(&caller.domain, caller.actor(), id, failure)
        .await
        .map_err(|problem| refused(id, problem))?;
    let voice = Voice { lang, now: caller.domain.clock.now() };
    let messages = voice.count(&nouns::MESSAGE, i64::try_from(count).unwrap_or(i64::MAX));
    let told = for_a_worker(&caller.domain, &Words(lang).done_retry(messages)).await.map_err(fail)?;
    go_and_tell(paths::account(id), told);
    Ok(count)
}

/// What cannot be done is said on the page of the account, unless there is none.
fn refused(account: AccountId, problem: Problem) -> Failure {
    if problem != Problem::not_found(NotFoundCode::Account) {
        go_to(paths::account(account));
    }
    fail(problem)
}
