//! What a sync or an import is doing. Live in [`crate::events`].

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, runs,
    types::{RunId, SyncRun},
};

use super::PathId;
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Get a run
#[utoipa::path(
    get,
    path = "/api/integrations/runs/{run_id}",
    tag = "runs", operation_id = "getRun",
    params(("run_id" = RunId, Path)),
    responses((status = 200, body = SyncRun), (status = 404, body = ErrorBody, description = "`sync_run_not_found`"), AdminErrors)
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathId(run_id): PathId<RunId>,
) -> ApiResult<Json<SyncRun>> {
    Ok(Json(runs::get(&domain, run_id).await?))
}
