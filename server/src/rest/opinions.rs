//! Second opinions about decided pairs.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, pairs,
    types::{
        OpinionAsked, OpinionGiven, OpinionInput, OpinionShare, PairId, PairStatus, Problem, SecondOpinions,
        TrainingPair,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiJson, ApiQuery, PathId,
    extract::{Cursor, present},
};
use crate::{
    identity::{Admin, Reviewer},
    problem::{AdminErrors, ApiResult, ErrorBody},
};

fn status_of(input: &OpinionInput) -> Result<PairStatus, Problem> {
    input.status.parse().map_err(|error| Problem::invalid("status", error))
}

/// Get what waits for a second opinion, and how far reviewers agree
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/opinions",
    tag = "pairs", operation_id = "getSecondOpinions",
    responses((status = 200, body = SecondOpinions), AdminErrors)
)]
pub async fn get(State(domain): State<Arc<Domain>>, Reviewer(caller): Reviewer) -> ApiResult<Json<SecondOpinions>> {
    Ok(Json(pairs::opinions(&domain, caller.actor()).await?))
}

/// Where to look on.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NextQuery {
    /// `cursor` of the pair before, to leave it for later.
    #[param(value_type = Option<Cursor>, inline)]
    after: Option<String>,
}

/// The pair that waits, if any.
#[derive(Serialize, ToSchema)]
pub struct NextOpinion {
    next: Option<OpinionAsked>,
}

/// Get the next pair that waits for your second opinion
///
/// The one that has waited longest of those that somebody else decided. What was decided is not said.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/opinions/next",
    tag = "pairs", operation_id = "getNextOpinion",
    params(NextQuery),
    responses((status = 200, body = NextOpinion), AdminErrors)
)]
pub async fn next(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiQuery(query): ApiQuery<NextQuery>,
) -> ApiResult<Json<NextOpinion>> {
    let next = pairs::next_opinion(&domain, caller.actor(), present(query.after.as_ref())).await?;
    Ok(Json(NextOpinion { next }))
}

/// Set of how many pairs a second opinion is asked
///
/// For pairs that are decided from now on. 0 asks for none.
#[utoipa::path(
    put,
    path = "/api/integrations/ai-email-pairs/opinions/share",
    tag = "pairs", operation_id = "setOpinionShare",
    request_body = OpinionShare,
    responses((status = 200, body = OpinionShare), AdminErrors)
)]
pub async fn set_share(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<OpinionShare>,
) -> ApiResult<Json<OpinionShare>> {
    pairs::set_opinion_share(&domain, caller.actor(), input.share).await?;
    Ok(Json(input))
}

/// Give a second opinion
///
/// The pair stays as it was decided. If the two reviewers disagree, it waits to be settled.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/opinion",
    tag = "pairs", operation_id = "giveOpinion",
    params(("pair_id" = PairId, Path)),
    request_body = OpinionInput,
    responses(
        (status = 200, body = OpinionGiven),
        (status = 404, body = ErrorBody, description = "`opinion_not_asked`"),
        (status = 409, body = ErrorBody, description = "`opinion_of_first_reviewer`, `opinion_already_given`"),
        AdminErrors,
    )
)]
pub async fn give(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<OpinionInput>,
) -> ApiResult<Json<OpinionGiven>> {
    Ok(Json(pairs::give_opinion(&domain, caller.actor(), pair_id, status_of(&input)?).await?))
}

/// Settle a disagreement
///
/// Decides what holds of a pair about which two reviewers disagree.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/settle",
    tag = "pairs", operation_id = "settleOpinion",
    params(("pair_id" = PairId, Path)),
    request_body = OpinionInput,
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`opinion_not_asked`"),
        AdminErrors,
    )
)]
pub async fn settle(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<OpinionInput>,
) -> ApiResult<Json<TrainingPair>> {
    pairs::settle_opinion(&domain, caller.actor(), pair_id, status_of(&input)?).await?;
    Ok(Json(pairs::get(&domain, pair_id).await?))
}
