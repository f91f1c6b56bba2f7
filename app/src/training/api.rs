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
    /// The group of near duplicates, where there are others in it.
    pub group: Option<String>,
    /// How many pairs are in the group.
    pub duplicates: i64,
    /// What a reviewer should know at once: edited, source changed and the like.
    pub flag: Option<String>,
}

/// A pair with all that stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairView {
    pub id: PairId,
    pub subject: Option<String>,
    pub status: PairStatus,
    /// Markup from the server: a line of facts.
    pub facts: String,
    /// Markup from the server: both sides with what was taken away, or the mail as it came.
    pub body: String,
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
    /// By status, of the whole group, where one is listed.
    pub group_counts: Option<PairCounts>,
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
    group: Option<String>,
    cursor: Option<String>,
) -> Result<Review, Failure> {
    use replybook::{
        pairs,
        types::{PairFilter, Problem},
    };

    use super::rows;
    use crate::request::{admin, fail, prefs};

    let domain = admin()?.domain;
    let status = status.parse().map_err(|error| {
        let error: replybook::types::UnknownValue = error;
        fail(Problem::invalid("status", error.to_string()))
    })?;
    let filter = PairFilter { status, provider, account_id: account, group };
    let pairs::Review { page, counts, accounts, group_counts } =
        pairs::review(&domain, &filter, cursor.as_deref(), rows::PER_PAGE).await.map_err(fail)?;
    let lang = prefs().lang;
    Ok(Review {
        rows: page.items.iter().map(|pair| rows::row(pair, lang)).collect(),
        group_counts,
        count: page.count,
        next_cursor: page.next_cursor,
        counts,
        accounts: accounts.into_iter().map(rows::choice).collect(),
    })
}

/// One pair with all that stands behind it. Its forms lead back to the page `here`.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair", input = GetUrl, output = Json)]
pub async fn read_pair(id: PairId, here: String, originals: bool) -> Result<PairView, Failure> {
    use replybook::pairs;

    use super::sheet::{Page, render};
    use crate::request::{admin, fail, prefs};

    let domain = admin()?.domain;
    let pairs::Open { pair, behind } = pairs::open(&domain, id).await.map_err(fail)?;
    let page = Page { lang: prefs().lang, now: domain.clock.now(), here: &here, originals };
    let rendered = render(&pair, &behind, page);
    Ok(PairView { id, subject: pair.subject, status: pair.status, facts: rendered.facts, body: rendered.body })
}

/// Decides about a pair and returns the status it has now. A form sent without scripts goes on to the page `then`.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "decide", output = Json)]
pub async fn decide_pair(id: PairId, status: PairStatus, then: Option<String>) -> Result<PairStatus, Failure> {
    use replybook::pairs;

    use super::state;
    use crate::request::{admin, fail, local_path, wants_page};

    let caller = admin()?;
    let pair = pairs::decide(&caller.domain, caller.actor(), id, status).await.map_err(fail)?;
    if wants_page() {
        leptos_axum::redirect(&local_path(then, state::PATH));
    }
    Ok(pair.status)
}
