//! Work in the background, and another try for what failed.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, jobs,
    types::{JobFilter, JobId, JobState, JobView},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ApiQuery, PathId, count};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Which jobs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobQuery {
    /// Only jobs in this state; by default all.
    state: Option<JobState>,
}

/// Jobs, the newest first.
#[derive(Serialize, ToSchema)]
pub struct JobList {
    jobs: Vec<JobView>,
    count: u32,
}

/// List background jobs
///
/// The newest two hundred jobs that wait, run or have failed, the newest first. Finished jobs are deleted.
#[utoipa::path(
    get,
    path = "/api/jobs",
    tag = "monitor", operation_id = "listJobs",
    params(JobQuery),
    responses((status = 200, body = JobList), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    ApiQuery(query): ApiQuery<JobQuery>,
) -> ApiResult<Json<JobList>> {
    let jobs = jobs::list(&domain, JobFilter { state: query.state }).await?;
    Ok(Json(JobList { count: count(&jobs), jobs }))
}

/// Retry a job
///
/// A job that failed, or waits between two attempts, is started at once, with all its attempts. The answer is the job that does
/// the work: another one, if the same job is already waiting.
#[utoipa::path(
    post,
    path = "/api/jobs/{job_id}/retry",
    tag = "monitor", operation_id = "retryJob",
    params(("job_id" = JobId, Path)),
    responses(
        (status = 200, body = JobView),
        (status = 404, body = ErrorBody, description = "`job_not_found`"),
        (status = 409, body = ErrorBody, description = "`job_is_running`"),
        AdminErrors,
    )
)]
pub async fn retry(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(job_id): PathId<JobId>,
) -> ApiResult<Json<JobView>> {
    Ok(Json(jobs::retry(&domain, caller.actor(), job_id).await?))
}
