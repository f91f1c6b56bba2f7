//! What reviewers do about many pairs at once: forms that lead to the page of the decision.

#![expect(clippy::too_many_arguments, reason = "one argument for each field of a form")]

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::{
    pairs::{self, BulkAsk},
    types::{AccountId, BulkDecisionId, InvalidCode, PairFilter, PairQuery, PairStatusFilter, Problem},
};

use super::{ask_address, bulk_address};
use crate::{
    Failure,
    answer::go_to,
    json::Json,
    pages::training::act_of,
    request::{fail, reviewer},
};

/// Has something done with all pairs that a search finds: see [`act_of`]. Without `sure` nothing is done.
///
/// # Errors
/// For reviewers and admins; what [`pairs::ask_bulk`] says.
#[server(prefix = "/api/ui", endpoint = "bulk-ask", output = Json)]
pub async fn ask_bulk(
    status: String,
    provider: Option<String>,
    account: Option<String>,
    q: Option<String>,
    decision: Option<String>,
    reason: Option<String>,
    note: Option<String>,
    tag: Option<String>,
    user: Option<String>,
    as_of: Option<DateTime<Utc>>,
    sure: Option<String>,
) -> Result<BulkDecisionId, Failure> {
    let caller = reviewer()?;
    let given = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let status: PairStatusFilter = status.parse().map_err(|error| fail(Problem::invalid("status", error)))?;
    let account_id = given(account).map(|account| account.parse::<AccountId>()).transpose();
    let account_id = account_id.map_err(|_| fail(Problem::invalid("account", InvalidCode::NotAnId)))?;
    let (provider, text) = (given(provider), given(q));
    go_to(ask_address(status, provider.as_deref(), account_id, text.as_deref()));
    let decision = given(decision).filter(|_| sure.is_some());
    let decision = decision.ok_or_else(|| fail(Problem::invalid("decision", InvalidCode::FormIncomplete)))?;
    let act = act_of(&decision, "decision", [&reason, &note, &tag, &user].map(Option::as_deref)).map_err(fail)?;
    let filter = PairFilter { status, provider, account_id, ..PairFilter::default() };
    let query = PairQuery { filter, text, ..PairQuery::default() };
    let ask = BulkAsk { query, act, as_of };
    let bulk = pairs::ask_bulk(&caller.domain, caller.actor(), ask).await.map_err(fail)?;
    go_to(bulk_address(bulk.id));
    Ok(bulk.id)
}

/// Stops a decision about many pairs; what was decided until then stays.
///
/// # Errors
/// For reviewers and admins; what [`pairs::cancel_bulk`] says.
#[server(prefix = "/api/ui", endpoint = "bulk-cancel", output = Json)]
pub async fn cancel_bulk(id: BulkDecisionId) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(bulk_address(id));
    pairs::cancel_bulk(&caller.domain, caller.actor(), &caller.user, id).await.map_err(fail)?;
    Ok(())
}

/// Has a decision about many pairs taken back.
///
/// # Errors
/// For reviewers and admins; what [`pairs::undo_bulk`] says.
#[server(prefix = "/api/ui", endpoint = "bulk-undo", output = Json)]
pub async fn undo_bulk(id: BulkDecisionId) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(bulk_address(id));
    pairs::undo_bulk(&caller.domain, caller.actor(), &caller.user, id).await.map_err(fail)?;
    Ok(())
}
