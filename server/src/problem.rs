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
            Problem::Forbidden => (StatusCode::FORBIDDEN, None),
            Problem::NotFound { .. } => (StatusCode::NOT_FOUND, None),
            Problem::Conflict { .. } => (StatusCode::CONFLICT, None),
            Problem::Invalid { .. } => (StatusCode::BAD_REQUEST, None),
            Problem::TooMany { retry_after_seconds } => (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_seconds)),
            Problem::Unavailable { code: UnavailableCode::Database } => (StatusCode::SERVICE_UNAVAILABLE, None),
            Problem::Unavailable { .. } | Problem::Internal { .. } => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        Self { status, detail, retry_after_seconds, problem: Some(Box::new(problem)) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorBody { detail: self.detail })).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
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
    if let Some(seconds) = refusal.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
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
    /// The database cannot be reached.
    #[response(status = 503)]
    Unavailable(ErrorBody),
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
    /// The database cannot be reached.
    #[response(status = 503)]
    Unavailable(ErrorBody),
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
    /// `admin_required`, or a request of another site that would use this browser's session.
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
    /// The database cannot be reached.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

#[cfg(test)]
mod tests {
    use replybook::types::{ConflictCode, InvalidCode};

    use super::*;

    #[test]
    fn every_problem_has_its_status() {
        let cases = [
            (Problem::Unauthenticated, 401, "not_authenticated"),
            (Problem::Forbidden, 403, "admin_required"),
            (Problem::not_found(NotFoundCode::Pair), 404, "ai_email_pair_not_found"),
            (Problem::conflict(ConflictCode::SyncRunning), 409, "sync_already_running"),
            (Problem::invalid("account_id", InvalidCode::NotAnId), 400, "account_id is not a UUID"),
            (Problem::unavailable(UnavailableCode::Sync), 500, "gmail_sync_failed"),
            (Problem::unavailable(UnavailableCode::Database), 503, "database_unavailable"),
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
    }
}
