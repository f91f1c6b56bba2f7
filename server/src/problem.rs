//! Errors as answers: the domain's [`Problem`] and the host's own refusals, always `{"detail": "…"}` with the right status.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use replybook::types::{NotFoundCode, Problem, UnavailableCode};
use replybook_app::pages::errors::Refused;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// How long to wait for a database that cannot be reached, in seconds.
const RETRY_DATABASE_AFTER: u32 = 10;

/// The body of every error under `/api`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// A stable code such as `integration_account_not_found`, or one short sentence: see `docs/API.md`.
    pub detail: String,
}

/// A request that is answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    detail: String,
    retry_after_seconds: Option<u32>,
    /// What it was made of, where that is a problem of the domain.
    problem: Option<Box<Problem>>,
}

/// What a REST handler returns.
pub type ApiResult<T> = Result<T, Refusal>;

impl Refusal {
    /// A refusal that has no [`Problem`], such as 405 and 413.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after_seconds: None, problem: None }
    }

    /// The same refusal under another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// When to come again, for whoever sends another answer than this one.
    pub fn retry_after(&self) -> Option<HeaderValue> {
        self.retry_after_seconds.map(HeaderValue::from)
    }

    /// The status that will be sent.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        let problem = error.into();
        let detail = problem.to_string();
        let (status, retry_after_seconds) = match &problem {
            Problem::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
            Problem::Forbidden | Problem::ReviewersOnly => (StatusCode::FORBIDDEN, None),
            Problem::NotFound { .. } => (StatusCode::NOT_FOUND, None),
            Problem::Conflict { .. } | Problem::Overtaken { .. } => (StatusCode::CONFLICT, None),
            Problem::Invalid { .. } => (StatusCode::BAD_REQUEST, None),
            Problem::TooMany { retry_after_seconds } => (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_seconds)),
            Problem::Busy { retry_after_seconds, .. } => (StatusCode::SERVICE_UNAVAILABLE, Some(*retry_after_seconds)),
            Problem::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, None),
            Problem::Unavailable {
                code:
                    UnavailableCode::Database
                    | UnavailableCode::PageTooSlow
                    | UnavailableCode::CallTooSlow
                    | UnavailableCode::RenderingTooSlow,
            } => (StatusCode::SERVICE_UNAVAILABLE, Some(RETRY_DATABASE_AFTER)),
            Problem::Unavailable { .. } | Problem::Internal { .. } => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        Self { status, detail, retry_after_seconds, problem: Some(Box::new(problem)) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after();
        let mut response = (self.status, Json(ErrorBody { detail: self.detail })).into_response();
        let headers = response.headers_mut();
        headers.extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds)));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What a page has to say about a refusal, on its way to [`crate::pages::refusals_as_pages`].
#[derive(Clone)]
pub struct PageRefusal(pub Refused);

/// The same refusal for a person who looks at a page.
pub fn as_page(refusal: &Refusal) -> Response {
    let refused = match (&refusal.problem, refusal.status) {
        (Some(problem), _) => Refused::Problem(problem.as_ref().clone()),
        (None, StatusCode::NOT_FOUND) => Refused::Problem(Problem::not_found(NotFoundCode::Page)),
        (None, StatusCode::PAYLOAD_TOO_LARGE) => Refused::TooLarge,
        (None, StatusCode::METHOD_NOT_ALLOWED) => Refused::Method,
        (None, StatusCode::FORBIDDEN) => Refused::CrossSite,
        (None, status) => Refused::Status(status),
    };
    let mut response = refusal.status.into_response();
    response.headers_mut().extend(refusal.retry_after().map(|seconds| (header::RETRY_AFTER, seconds)));
    response.extensions_mut().insert(PageRefusal(refused));
    response
}

/// What any call may answer, whoever makes it.
#[derive(IntoResponses)]
pub enum PublicErrors {
    /// What was sent cannot be used; `detail` names it.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// A request of another site, refused because it would use this browser's session.
    #[response(status = 403)]
    CrossSite(ErrorBody),
    /// The body is larger than 1 MB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// A body that is not what its `Content-Type` has to say: `application/json`, or a form for uploads.
    #[response(status = 415)]
    WrongType(ErrorBody),
    /// Our own fault (`internal_error: <id in the log>`), or something is not configured.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// The database is busy or cannot be reached, or too many sign in at once. `Retry-After` says when to come again.
    #[response(status = 503)]
    Unavailable(ErrorBody),
    /// `storage_full`: the server's disk takes nothing more. What is stored can be read.
    #[response(status = 507)]
    StorageFull(ErrorBody),
}

/// What a call may answer that needs somebody signed in.
#[derive(IntoResponses)]
pub enum SignedInErrors {
    /// What was sent cannot be used; `detail` names it.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// `not_authenticated`.
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// A request of another site, refused because it would use this browser's session.
    #[response(status = 403)]
    CrossSite(ErrorBody),
    /// The body is larger than 1 MB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// A body that is not what its `Content-Type` has to say: `application/json`, or a form for uploads.
    #[response(status = 415)]
    WrongType(ErrorBody),
    /// Our own fault (`internal_error: <id in the log>`), or something is not configured.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// The database is busy or cannot be reached, or too many sign in at once. `Retry-After` says when to come again.
    #[response(status = 503)]
    Unavailable(ErrorBody),
    /// `storage_full`: the server's disk takes nothing more. What is stored can be read.
    #[response(status = 507)]
    StorageFull(ErrorBody),
}

/// What a call may answer that is for admins.
#[derive(IntoResponses)]
pub enum AdminErrors {
    /// What was sent cannot be used; `detail` names it.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// `not_authenticated`.
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// `admin_required`, or where reviewers are let in too `reviewer_required`; or a request of another site that would use this browser's session.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// The body is larger than 1 MB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// A body that is not what its `Content-Type` has to say: `application/json`, or a form for uploads.
    #[response(status = 415)]
    WrongType(ErrorBody),
    /// Our own fault (`internal_error: <id in the log>`), or something is not configured.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// The database is busy or cannot be reached, or too many sign in at once. `Retry-After` says when to come again.
    #[response(status = 503)]
    Unavailable(ErrorBody),
    /// `storage_full`: the server's disk takes nothing more. What is stored can be read.
    #[response(status = 507)]
    StorageFull(ErrorBody),
}

#[cfg(test)]
mod tests {
    use replybook::types::{BusyCode, ConflictCode, InvalidCode};

    use super::*;

    #[test]
    fn every_problem_has_its_status() {
        let cases = [
            (Problem::Unauthenticated, 401, "not_authenticated"),
            (Problem::Forbidden, 403, "admin_required"),
            (Problem::ReviewersOnly, 403, "reviewer_required"),
            (Problem::not_found(NotFoundCode::Pair), 404, "ai_email_pair_not_found"),
            (Problem::conflict(ConflictCode::SyncRunning), 409, "sync_already_running"),
            (Problem::invalid("account_id", InvalidCode::NotAnId), 400, "account_id is not a UUID"),
            (Problem::unavailable(UnavailableCode::Sync), 500, "gmail_sync_failed"),
            (Problem::unavailable(UnavailableCode::Database), 503, "database_unavailable"),
            (Problem::unavailable(UnavailableCode::PageTooSlow), 503, "page_too_slow"),
            (Problem::unavailable(UnavailableCode::RenderingTooSlow), 503, "rendering_too_slow"),
            (Problem::Busy { code: BusyCode::Database, retry_after_seconds: 5 }, 503, "database_busy"),
            (Problem::StorageFull, 507, "storage_full"),
        ];
        for (problem, status, detail) in cases {
            let refusal = Refusal::from(problem);
            assert_eq!((refusal.status.as_u16(), refusal.detail.as_str()), (status, detail));
        }
    }

    #[test]
    fn too_many_says_when_to_come_back() {
        let response = Refusal::from(Problem::TooMany { retry_after_seconds: 30 }).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "30");
        let busy = Problem::Busy { code: BusyCode::SignIn, retry_after_seconds: 2 };
        assert_eq!(Refusal::from(busy).into_response().headers()[header::RETRY_AFTER], "2");
    }
}
