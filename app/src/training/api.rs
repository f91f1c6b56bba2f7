//! Reading pairs and deciding about them.

use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{AccountId, PairCounts, PairId, PairStatus};
use serde::{Deserialize, Serialize};

use crate::{error::Failure, json::Json};

/// One line of the list: enough to decide the easy ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairRow {
    pub id: PairId,
    pub provider_code: String,
    pub account_name: String,
    pub subject: Option<String>,
    pub thread_id: Option<String>,
    pub client_preview: String,
    pub reply_preview: String,
    pub status: PairStatus,
    pub created_at: DateTime<Utc>,
}

/// A pair with both full texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairView {
    pub id: PairId,
    pub provider_code: String,
    pub account_name: String,
    pub thread_id: Option<String>,
    pub subject: Option<String>,
    pub client_from: Option<String>,
    pub client_sent_at: Option<DateTime<Utc>>,
    pub client_text: String,
    pub reply_from: Option<String>,
    pub reply_sent_at: Option<DateTime<Utc>>,
    pub our_reply_text: String,
    pub status: PairStatus,
    /// Seconds from the client's last message to our reply.
    pub responded_after_seconds: Option<i64>,
    /// `ru`, or `ru → en` where the reply is in another language.
    pub languages: Option<String>,
    /// How good the pair looks, from 0 to 100.
    pub quality: Option<i64>,
}

/// An account to filter by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChoice {
    pub id: AccountId,
    pub name: String,
    pub provider_code: String,
    pub provider_name: String,
}

/// One page of the list with everything around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub rows: Vec<PairRow>,
    /// How many pairs match the filter in all.
    pub count: i64,
    pub next_cursor: Option<String>,
    /// By status, for the chosen provider and account.
    pub counts: PairCounts,
    pub accounts: Vec<AccountChoice>,
}

/// Lists pairs from `cursor` on.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::Invalid`] for an unknown status or cursor.
#[server(prefix = "/api/ui", endpoint = "pairs", input = GetUrl, output = Json)]
pub async fn list_pairs(
    status: String,
    provider: Option<String>,
    account: Option<AccountId>,
    cursor: Option<String>,
) -> Result<Review, Failure> {
    use replybook::types::{PairFilter, Problem};

    use super::rows;
    use crate::request::{admin, fail};

    let domain = admin()?.domain;
    let status = status.parse().map_err(|error| {
        let error: replybook::types::UnknownValue = error;
        fail(Problem::invalid("status", error.to_string()))
    })?;
    let filter = PairFilter { status, provider, account_id: account, group: None };
    let counts = domain.store.pair_counts(&filter).await.map_err(fail)?;
    let page = domain.store.list_pairs(&filter, cursor.as_deref(), rows::PER_PAGE, 0).await.map_err(fail)?;
    let accounts = domain.store.list_accounts(None, None).await.map_err(fail)?;
    Ok(Review {
        rows: page.items.iter().map(rows::row).collect(),
        count: page.count,
        next_cursor: page.next_cursor,
        counts,
        accounts: accounts.into_iter().map(rows::choice).collect(),
    })
}

/// One pair with both full texts.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair", input = GetUrl, output = Json)]
pub async fn read_pair(id: PairId) -> Result<PairView, Failure> {
    use replybook::types::Problem;

    use super::rows;
    use crate::request::{admin, fail};

    let domain = admin()?.domain;
    let pair = domain.store.pair(id).await.map_err(fail)?;
    pair.map(rows::view).ok_or_else(|| fail(Problem::not_found("ai_email_pair_not_found")))
}

/// Decides about a pair and returns the status it has now. A form sent without scripts goes on to the page `then`.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "decide", output = Json)]
pub async fn decide_pair(id: PairId, status: PairStatus, then: Option<String>) -> Result<PairStatus, Failure> {
    use replybook::types::Problem;

    use super::state;
    use crate::request::{admin, fail, local_path, wants_page};

    let caller = admin()?;
    let store = &caller.domain.store;
    let now = caller.domain.clock.now();
    let pair = store.set_pair_status(id, status, caller.user.id, now).await.map_err(fail)?;
    let pair = pair.ok_or_else(|| fail(Problem::not_found("ai_email_pair_not_found")))?;
    if wants_page() {
        leptos_axum::redirect(&local_path(then, state::PATH));
    }
    Ok(pair.status)
}
