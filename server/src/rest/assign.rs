//! Who is to review which pair.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, accounts, pairs,
    types::{AssignInput, AssignedPairs, AssigneeInput, Assignees, PairId, ShareOut, ShareOutInput, TrainingPair},
};

use super::{ApiJson, PathId, pairs::Narrowing};
use crate::{
    identity::{Admin, Reviewer},
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// List who can review
///
/// By name, each with how many pairs they are to review.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/reviewers",
    tag = "pairs", operation_id = "listReviewers",
    responses((status = 200, body = Assignees), AdminErrors)
)]
pub async fn reviewers(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<Assignees>> {
    let items = pairs::assignees(&domain).await?;
    Ok(Json(Assignees { count: items.len(), items }))
}

/// Give a pair to somebody to review
///
/// Or to nobody. That is advice: everybody who reviews may decide it.
#[utoipa::path(
    put,
    path = "/api/integrations/ai-email-pairs/{pair_id}/assignee",
    tag = "pairs", operation_id = "assignPair",
    params(("pair_id" = PairId, Path)),
    request_body = AssigneeInput,
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`; `user_not_found`: nobody with this id can review."),
        AdminErrors
    )
)]
pub async fn one(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<AssigneeInput>,
) -> ApiResult<Json<TrainingPair>> {
    pairs::assign(&domain, caller.actor(), &[pair_id], input.user_id).await?;
    Ok(Json(pairs::get(&domain, pair_id).await?))
}

/// Give pairs to somebody to review
///
/// Or to nobody. All of them, or none where one is not there.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/assign",
    tag = "pairs", operation_id = "assignPairs",
    request_body = AssignInput,
    responses(
        (status = 200, body = AssignedPairs),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`; `user_not_found`: nobody with this id can review."),
        AdminErrors
    )
)]
pub async fn several(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<AssignInput>,
) -> ApiResult<Json<AssignedPairs>> {
    Ok(Json(pairs::assign(&domain, caller.actor(), &input.pair_ids, input.user_id).await?))
}

/// Share pairs out among reviewers
///
/// Pairs of a search that nobody has, the latest first, evenly. Near duplicates stay together.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/share-out",
    tag = "pairs", operation_id = "shareOutPairs",
    request_body = ShareOutInput,
    responses(
        (status = 200, body = ShareOut),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`; `user_not_found`: one of the people cannot review."),
        AdminErrors
    )
)]
pub async fn share_out(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<ShareOutInput>,
) -> ApiResult<Json<ShareOut>> {
    if let Some(account) = input.integration_account_id {
        accounts::get(&domain, account).await?;
    }
    let narrowing = Narrowing {
        status: input.status.as_ref(),
        provider: input.provider.as_ref(),
        account: input.integration_account_id,
        q: input.q.as_ref(),
        ..Narrowing::default()
    };
    let query = narrowing.query()?;
    let most = input.most.unwrap_or(1_000);
    Ok(Json(pairs::share_out(&domain, caller.actor(), &query, &input.user_ids, most).await?))
}
