//! The team's own tags, and which pairs have them.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, pairs,
    types::{PairId, ReviewTag, ReviewTagDeleted, ReviewTagId, ReviewTagInput, ReviewTags, TrainingPair},
};

use super::{ApiJson, PathId, PathIds};
use crate::{
    identity::{Admin, Reviewer},
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// List the team's tags
///
/// In the order of the team; retired ones too: pairs can have them.
#[utoipa::path(
    get,
    path = "/api/integrations/review-tags",
    tag = "pairs", operation_id = "listReviewTags",
    responses((status = 200, body = ReviewTags), AdminErrors)
)]
pub async fn list(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<ReviewTags>> {
    let tags = pairs::tags(&domain).await?;
    Ok(Json(ReviewTags { count: tags.len(), tags }))
}

/// Make a tag
#[utoipa::path(
    post,
    path = "/api/integrations/review-tags",
    tag = "pairs", operation_id = "createReviewTag",
    request_body = ReviewTagInput,
    responses(
        (status = 201, body = ReviewTag),
        (status = 409, body = ErrorBody, description = "`too_many_review_tags`: there are 60."),
        AdminErrors
    )
)]
pub async fn create(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<ReviewTagInput>,
) -> ApiResult<(StatusCode, Json<ReviewTag>)> {
    Ok((StatusCode::CREATED, Json(pairs::save_tag(&domain, caller.actor(), None, &input).await?)))
}

/// Change a tag
///
/// All of it: what is left out is as for a new one, but for its place and whether it is offered. A retired tag stays on its pairs, and is put on no others.
#[utoipa::path(
    put,
    path = "/api/integrations/review-tags/{tag_id}",
    tag = "pairs", operation_id = "changeReviewTag",
    params(("tag_id" = ReviewTagId, Path)),
    request_body = ReviewTagInput,
    responses(
        (status = 200, body = ReviewTag),
        (status = 404, body = ErrorBody, description = "`review_tag_not_found`"),
        AdminErrors
    )
)]
pub async fn change(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(tag_id): PathId<ReviewTagId>,
    ApiJson(input): ApiJson<ReviewTagInput>,
) -> ApiResult<Json<ReviewTag>> {
    Ok(Json(pairs::save_tag(&domain, caller.actor(), Some(tag_id), &input).await?))
}

/// Delete a tag
///
/// It is taken off every pair. That cannot be undone: to keep it on its pairs, retire it.
#[utoipa::path(
    delete,
    path = "/api/integrations/review-tags/{tag_id}",
    tag = "pairs", operation_id = "deleteReviewTag",
    params(("tag_id" = ReviewTagId, Path)),
    responses(
        (status = 200, body = ReviewTagDeleted),
        (status = 404, body = ErrorBody, description = "`review_tag_not_found`"),
        AdminErrors
    )
)]
pub async fn delete(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(tag_id): PathId<ReviewTagId>,
) -> ApiResult<Json<ReviewTagDeleted>> {
    Ok(Json(pairs::delete_tag(&domain, caller.actor(), tag_id).await?))
}

/// Put a tag on a pair
///
/// One that is there stays as it is, with whoever put it there.
#[utoipa::path(
    put,
    path = "/api/integrations/ai-email-pairs/{pair_id}/tags/{tag_id}",
    tag = "pairs", operation_id = "putPairTag",
    params(("pair_id" = PairId, Path), ("tag_id" = ReviewTagId, Path)),
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`, `review_tag_not_found`"),
        (status = 409, body = ErrorBody, description = "`review_tag_retired`"),
        AdminErrors
    )
)]
pub async fn put_on(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathIds(pair_id, tag_id): PathIds<PairId, ReviewTagId>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::tag_pair(&domain, caller.actor(), pair_id, tag_id, true).await?))
}

/// Take a tag off a pair
#[utoipa::path(
    delete,
    path = "/api/integrations/ai-email-pairs/{pair_id}/tags/{tag_id}",
    tag = "pairs", operation_id = "deletePairTag",
    params(("pair_id" = PairId, Path), ("tag_id" = ReviewTagId, Path)),
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`, `review_tag_not_found`"),
        AdminErrors
    )
)]
pub async fn take_off(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathIds(pair_id, tag_id): PathIds<PairId, ReviewTagId>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::tag_pair(&domain, caller.actor(), pair_id, tag_id, false).await?))
}
