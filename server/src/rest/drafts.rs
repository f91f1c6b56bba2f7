//! Drafts of answers to the client of a thread.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, drafts,
    types::{Draft, DraftId, DraftInput, DraftList, DraftPreview, ThreadId},
};

use super::{ApiJson, PathId};
use crate::{
    identity::Reviewer,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Draft an answer to what the client of a thread wrote last
///
/// With a provider, the question, the thread and past cases of its account go there (see `…/drafts/preview`), and the answer comes with
/// `state` `running`: follow `…/drafts/events` or ask again. Without one, the best past reply is the draft, a `template`. While one is under way
/// for the same question, that is the answer. Nothing is ever sent to the client.
#[utoipa::path(
    post,
    path = "/api/email/threads/{thread_id}/drafts",
    tag = "drafts", operation_id = "draftAnswer",
    params(("thread_id" = ThreadId, Path)),
    request_body = DraftInput,
    responses(
        (status = 202, body = Draft),
        (status = 404, body = ErrorBody, description = "`email_thread_not_found`"),
        (status = 409, body = ErrorBody, description = "`thread_has_no_question`: no client wrote in it; `no_past_case`: no approved pair of its account is near to the question; `no_near_case`, without a provider: none is near enough to be a template; `note_needs_model`: a note needs a provider."),
        AdminErrors,
    )
)]
pub async fn begin(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(thread_id): PathId<ThreadId>,
    ApiJson(input): ApiJson<DraftInput>,
) -> ApiResult<(StatusCode, Json<Draft>)> {
    Ok((StatusCode::ACCEPTED, Json(drafts::begin(&domain, caller.actor(), thread_id, input).await?)))
}

/// See exactly what would be sent for a draft, and to whom
///
/// Nothing is sent. Without a provider `text` is empty.
#[utoipa::path(
    post,
    path = "/api/email/threads/{thread_id}/drafts/preview",
    tag = "drafts", operation_id = "previewDraft",
    params(("thread_id" = ThreadId, Path)),
    request_body = DraftInput,
    responses(
        (status = 200, body = DraftPreview),
        (status = 404, body = ErrorBody, description = "`email_thread_not_found`"),
        (status = 409, body = ErrorBody, description = "`thread_has_no_question`, `no_past_case`"),
        AdminErrors,
    )
)]
pub async fn preview(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(thread_id): PathId<ThreadId>,
    ApiJson(input): ApiJson<DraftInput>,
) -> ApiResult<Json<DraftPreview>> {
    Ok(Json(drafts::preview(&domain, thread_id, input).await?))
}

/// List the drafts of a thread
///
/// The latest first, at most 20.
#[utoipa::path(
    get,
    path = "/api/email/threads/{thread_id}/drafts",
    tag = "drafts", operation_id = "listDrafts",
    params(("thread_id" = ThreadId, Path)),
    responses(
        (status = 200, body = DraftList),
        (status = 404, body = ErrorBody, description = "`email_thread_not_found`"),
        AdminErrors,
    )
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(thread_id): PathId<ThreadId>,
) -> ApiResult<Json<DraftList>> {
    Ok(Json(drafts::list(&domain, thread_id).await?))
}

/// Get a draft
#[utoipa::path(
    get,
    path = "/api/email/drafts/{draft_id}",
    tag = "drafts", operation_id = "getDraft",
    params(("draft_id" = DraftId, Path)),
    responses((status = 200, body = Draft), (status = 404, body = ErrorBody, description = "`draft_not_found`"), AdminErrors)
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(draft_id): PathId<DraftId>,
) -> ApiResult<Json<Draft>> {
    Ok(Json(drafts::get(&domain, draft_id).await?))
}

/// Cancel a draft that is being written
///
/// What its call may have cost counts.
#[utoipa::path(
    post,
    path = "/api/email/drafts/{draft_id}/cancel",
    tag = "drafts", operation_id = "cancelDraft",
    params(("draft_id" = DraftId, Path)),
    responses(
        (status = 200, body = Draft),
        (status = 404, body = ErrorBody, description = "`draft_not_found`"),
        (status = 409, body = ErrorBody, description = "`draft_is_over`: it is finished or has failed."),
        AdminErrors,
    )
)]
pub async fn cancel(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(draft_id): PathId<DraftId>,
) -> ApiResult<Json<Draft>> {
    Ok(Json(drafts::cancel(&domain, caller.actor(), draft_id).await?))
}
