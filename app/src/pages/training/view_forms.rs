//! Saving what is listed under a name, and forgetting it: plain forms that lead back to the list.

#![expect(clippy::too_many_arguments, reason = "one argument for each field of a form")]

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{AccountId, PairFilter, PairQuery, PairViewId, Problem},
};

use super::words::Words;
use crate::{
    Failure,
    answer::{Told, go_to, tell},
    json::Json,
    paths,
    request::{fail, lang, local_path, reviewer},
};

/// Saves what is listed under a name, for the person or, `shared`, for the team.
///
/// # Errors
/// For reviewers and admins; what [`pairs::save_view`] says.
#[server(prefix = "/api/ui", endpoint = "pair-view", output = Json)]
pub async fn save_view(
    name: String,
    shared: Option<String>,
    status: Option<String>,
    provider: Option<String>,
    account: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    let given = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let read = |field: &'static str| move |error| fail(Problem::invalid(field, error));
    let status = given(status).map(|status| status.parse().map_err(read("status"))).transpose()?.unwrap_or_default();
    let sort = given(sort).map(|sort| sort.parse().map_err(read("sort"))).transpose()?.unwrap_or_default();
    // An account that is no more narrows nothing.
    let account_id = given(account).and_then(|account| account.parse::<AccountId>().ok());
    let filter = PairFilter { status, provider: given(provider), account_id, ..PairFilter::default() };
    let query = PairQuery { filter, text: given(q), sort };
    let is_shared = shared.is_some();
    let view = pairs::save_view(&caller.domain, caller.actor(), &name, is_shared, &query).await.map_err(fail)?;
    tell(Told::good(Words(lang()).view_saved(view.name)));
    Ok(())
}

/// Forgets a saved search.
///
/// # Errors
/// For reviewers and admins; what [`pairs::delete_view`] says.
#[server(prefix = "/api/ui", endpoint = "pair-view-delete", output = Json)]
pub async fn delete_view(id: PairViewId, then: Option<String>) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    pairs::delete_view(&caller.domain, caller.actor(), caller.user.is_admin(), id).await.map_err(fail)?;
    tell(Told::good(Words(lang()).view_deleted()));
    Ok(())
}
