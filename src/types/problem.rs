//! The one error that a browser or an API client ever sees.

use serde::{Deserialize, Serialize};

use super::{BusyCode, ConflictCode, InvalidCode, NotFoundCode, PairStatus, UnavailableCode};

/// What went wrong, in terms of what the caller can do about it.
///
/// An internal cause never travels in here: it is logged once under the `id` of [`Problem::Internal`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    /// Nobody is signed in, or the session has ended. 401.
    #[error("not_authenticated")]
    Unauthenticated,
    /// Signed in, but this is for admins. 403.
    #[error("admin_required")]
    Forbidden,
    /// Signed in, but this is for reviewers and admins. 403.
    #[error("reviewer_required")]
    ReviewersOnly,
    /// A thing that does not exist, by its stable code, e.g. `integration_account_not_found`. 404.
    #[error("{code}")]
    NotFound { code: NotFoundCode },
    /// It cannot be done now, by its stable code, e.g. `sync_already_running`. 409.
    #[error("{code}")]
    Conflict { code: ConflictCode },
    /// Somebody decided about a pair after the person looked at it: what, who, and how long ago. Nothing was changed. 409.
    #[error("pair_decided_meanwhile: it is {status} by now")]
    Overtaken { status: PairStatus, by: Option<String>, seconds_ago: Option<i64> },
    /// What was sent cannot be used. 400.
    #[error("{}", code.detail(field))]
    Invalid { field: String, code: InvalidCode },
    /// Too many attempts. 429 with `Retry-After`.
    #[error("too_many_attempts: try again in {retry_after_seconds} s")]
    TooMany { retry_after_seconds: u32 },
    /// It can be done in a moment, and what is busy now. 503 with `Retry-After`.
    #[error("{code}")]
    Busy { code: BusyCode, retry_after_seconds: u32 },
    /// The server's disk takes nothing more: nothing can be stored, what is there can be read. 507.
    #[error("storage_full")]
    StorageFull,
    /// Something this depends on is missing or down (settings, Google, the database); says what. 500 or 503.
    #[error("{code}")]
    Unavailable { code: UnavailableCode },
    /// Our own fault. The cause is in the server's log under this id. 500.
    #[error("internal_error: {id}")]
    Internal { id: String },
}

impl Problem {
    /// A thing that does not exist.
    pub fn not_found(code: NotFoundCode) -> Self {
        Self::NotFound { code }
    }

    /// Something that cannot be done in the present state.
    pub fn conflict(code: ConflictCode) -> Self {
        Self::Conflict { code }
    }

    /// A value that cannot be used, and why.
    pub fn invalid(field: impl Into<String>, code: impl Into<InvalidCode>) -> Self {
        Self::Invalid { field: field.into(), code: code.into() }
    }

    /// Something that is missing or down.
    pub fn unavailable(code: UnavailableCode) -> Self {
        Self::Unavailable { code }
    }
}
