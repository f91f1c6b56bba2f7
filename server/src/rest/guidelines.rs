//! What the team goes by in the review.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, pairs,
    types::{Guidelines, GuidelinesInput, GuidelinesNow, GuidelinesVersions, InvalidCode, Problem},
};

use super::{ApiJson, extract::PathText};
use crate::{
    identity::{Admin, Reviewer},
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Get the guidelines of the review
#[utoipa::path(
    get,
    path = "/api/integrations/review-guidelines",
    tag = "pairs", operation_id = "getReviewGuidelines",
    responses((status = 200, body = GuidelinesNow), AdminErrors)
)]
pub async fn get(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<GuidelinesNow>> {
    Ok(Json(GuidelinesNow { guidelines: pairs::guidelines(&domain).await? }))
}

/// Write the guidelines of the review
///
/// Markdown, at most 20,000 characters. The version before is kept.
#[utoipa::path(
    put,
    path = "/api/integrations/review-guidelines",
    tag = "pairs", operation_id = "writeReviewGuidelines",
    request_body = GuidelinesInput,
    responses(
        (status = 200, body = GuidelinesNow),
        (status = 409, body = ErrorBody, description = "`review_guidelines_changed_meanwhile`: another version than `seen` is in force; nothing was saved."),
        AdminErrors
    )
)]
pub async fn write(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<GuidelinesInput>,
) -> ApiResult<Json<GuidelinesNow>> {
    Ok(Json(GuidelinesNow { guidelines: pairs::save_guidelines(&domain, caller.actor(), &input).await? }))
}

/// List the versions of the guidelines
#[utoipa::path(
    get,
    path = "/api/integrations/review-guidelines/versions",
    tag = "pairs", operation_id = "listReviewGuidelines",
    responses((status = 200, body = GuidelinesVersions), AdminErrors)
)]
pub async fn versions(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<GuidelinesVersions>> {
    Ok(Json(pairs::guidelines_versions(&domain).await?))
}

/// Get a version of the guidelines
#[utoipa::path(
    get,
    path = "/api/integrations/review-guidelines/versions/{number}",
    tag = "pairs", operation_id = "getReviewGuidelinesVersion",
    params(("number" = i64, Path, minimum = 1)),
    responses(
        (status = 200, body = Guidelines),
        (status = 404, body = ErrorBody, description = "`review_guidelines_not_found`"),
        AdminErrors
    )
)]
pub async fn version(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathText(number): PathText,
) -> ApiResult<Json<Guidelines>> {
    let number = number.parse().ok().filter(|number| *number >= 1);
    let number = number.ok_or(Problem::invalid("number", InvalidCode::NotInRange { least: 1, most: None }))?;
    Ok(Json(pairs::guidelines_version(&domain, number).await?))
}
