//! Everything a Gmail call can end with, sorted by what to do about it.

use std::error::Error as StdError;
use std::time::Duration;

use chrono::DateTime;
use reqwest::StatusCode;
use serde::Deserialize;
use thiserror::Error;

use super::oauth::OAuthError;
use super::quota::QuotaBlocked;
use crate::net::{Failure, Phase, shorten};
use crate::types::{AccountProblem, RunCode};

/// Why a Gmail call did not succeed, after the retries it deserved. Holds no tokens, and of
/// Google's answer only `error.message`, shortened.
/// <https://developers.google.com/workspace/gmail/api/guides/handle-errors>
#[derive(Debug, Error)]
pub enum GmailError {
    /// 429, or 403 `rateLimitExceeded`/`userRateLimitExceeded`; also our own governor while it
    /// keeps a longer pause that Google asked for.
    #[error("Gmail asks us to slow down{}", after(*retry_after))]
    RateLimited {
        /// How long Google wants to be left alone, when it said so.
        retry_after: Option<Duration>,
    },
    /// 403 `quotaExceeded`/`dailyLimitExceeded`: no use before the quota is renewed.
    #[error("the Gmail quota is used up: {message}")]
    QuotaExhausted {
        /// Google's words.
        message: String,
    },
    /// 401, also with a token fresh from the token endpoint.
    #[error("Gmail does not accept the access token")]
    Unauthorized,
    /// The refresh token is revoked or expired: the account has to be connected again.
    #[error("Google no longer accepts the stored consent: {description}")]
    InvalidGrant {
        /// Google's words.
        description: String,
    },
    /// The service account may not act for this mailbox: the Workspace's administrator has to delegate it.
    #[error("the service account may not read this mailbox: {description}")]
    Delegation {
        /// Google's words.
        description: String,
    },
    /// Google finds the time in the service account's assertion too far from its own.
    #[error("Google says that this server's clock is wrong: {description}")]
    Clock {
        /// Google's words.
        description: String,
    },
    /// The Workspace has no such mailbox, or no longer.
    #[error("Google knows no such mailbox: {description}")]
    NoMailbox {
        /// Google's words.
        description: String,
    },
    /// 403 `insufficientPermissions`: the consent does not cover this call.
    #[error("the consent given does not cover reading mail")]
    InsufficientScope,
    /// 403 `accessNotConfigured`, `SERVICE_DISABLED`: the API is switched off in our Google Cloud project.
    #[error("the Gmail API is switched off for this project: {message}")]
    ApiDisabled {
        /// Google's words; they name the project.
        message: String,
    },
    /// 403 `domainPolicy`, 400 "Mail service not enabled": the Workspace has no Gmail for this mailbox, or no longer.
    #[error("Gmail is switched off for this mailbox: {message}")]
    MailOff {
        /// Google's words.
        message: String,
    },
    /// 404: a message that is gone, or a history start that has expired.
    #[error("{what} is not there")]
    NotFound {
        /// What was asked for, for example `message 18c2f`.
        what: String,
    },
    /// Another refusal (400 `invalidArgument` …): repeating does not help.
    #[error("Gmail refused ({status}{}): {message}", dash(reason.as_deref()))]
    Rejected {
        /// HTTP status.
        status: u16,
        /// Google's reason code.
        reason: Option<String>,
        /// Google's words.
        message: String,
    },
    /// 5xx.
    #[error("Gmail is failing ({status})")]
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The connection failed, or broke before the answer was whole.
    #[error("connection to Google failed: {what}")]
    Transport {
        /// The chain of causes, without the address.
        what: String,
    },
    /// No answer in time.
    #[error("Google did not answer in time: {0}")]
    Timeout(Phase),
    /// An answer that is not what the reference promises.
    #[error("unexpected answer from Google: {what}")]
    Protocol {
        /// What was wrong with it.
        what: String,
    },
    /// The token source could not produce a token for a reason of its own: a wrong
    /// `SECRET_KEY`, a database that is away, missing client settings.
    #[error("no access token: {0}")]
    Credentials(#[source] Box<dyn StdError + Send + Sync>),
}

/// [`GmailError`] without its details, for `match` and for counting. Each variant is described at
/// the same name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GmailErrorKind {
    RateLimited,
    QuotaExhausted,
    Unauthorized,
    InvalidGrant,
    Delegation,
    Clock,
    NoMailbox,
    InsufficientScope,
    ApiDisabled,
    MailOff,
    NotFound,
    Rejected,
    Server,
    Transport,
    Timeout,
    Protocol,
    Credentials,
}

impl From<GmailErrorKind> for RunCode {
    fn from(kind: GmailErrorKind) -> Self {
        match kind {
            GmailErrorKind::RateLimited => Self::RateLimited,
            GmailErrorKind::QuotaExhausted => Self::QuotaExhausted,
            GmailErrorKind::Unauthorized => Self::Unauthorized,
            GmailErrorKind::InvalidGrant => Self::InvalidGrant,
            GmailErrorKind::Delegation => Self::Delegation,
            GmailErrorKind::Clock => Self::Clock,
            GmailErrorKind::NoMailbox => Self::NoMailbox,
            GmailErrorKind::InsufficientScope => Self::InsufficientScope,
            GmailErrorKind::ApiDisabled => Self::ApiDisabled,
            GmailErrorKind::MailOff => Self::MailOff,
            GmailErrorKind::NotFound => Self::NotFound,
            GmailErrorKind::Rejected => Self::Rejected,
            GmailErrorKind::Server => Self::ServerError,
            GmailErrorKind::Transport => Self::Transport,
            GmailErrorKind::Timeout => Self::Timeout,
            GmailErrorKind::Protocol => Self::Protocol,
            GmailErrorKind::Credentials => Self::Credentials,
        }
    }
}

impl GmailErrorKind {
    /// Short stable code for sync summaries.
    pub fn code(self) -> &'static str {
        RunCode::from(self).as_str()
    }

    /// Whether the same call may succeed when repeated a little later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Server | Self::Transport | Self::Timeout)
    }

    /// What a person has to mend before the account can go on; `None` where waiting is enough.
    pub fn account_problem(self) -> Option<AccountProblem> {
        match self {
            Self::Unauthorized | Self::InvalidGrant => Some(AccountProblem::Reconnect),
            Self::InsufficientScope => Some(AccountProblem::MissingScope),
            Self::Delegation => Some(AccountProblem::Delegation),
            Self::Clock => Some(AccountProblem::Clock),
            Self::NoMailbox => Some(AccountProblem::NoMailbox),
            Self::MailOff => Some(AccountProblem::MailOff),
            Self::RateLimited
            | Self::QuotaExhausted
            | Self::ApiDisabled
            | Self::NotFound
            | Self::Rejected
            | Self::Server
            | Self::Transport
            | Self::Timeout
            | Self::Protocol
            | Self::Credentials => None,
        }
    }
}

impl GmailError {
    /// The kind of this error.
    pub fn kind(&self) -> GmailErrorKind {
        match self {
            Self::RateLimited { .. } => GmailErrorKind::RateLimited,
            Self::QuotaExhausted { .. } => GmailErrorKind::QuotaExhausted,
            Self::Unauthorized => GmailErrorKind::Unauthorized,
            Self::InvalidGrant { .. } => GmailErrorKind::InvalidGrant,
            Self::Delegation { .. } => GmailErrorKind::Delegation,
            Self::Clock { .. } => GmailErrorKind::Clock,
            Self::NoMailbox { .. } => GmailErrorKind::NoMailbox,
            Self::InsufficientScope => GmailErrorKind::InsufficientScope,
            Self::ApiDisabled { .. } => GmailErrorKind::ApiDisabled,
            Self::MailOff { .. } => GmailErrorKind::MailOff,
            Self::NotFound { .. } => GmailErrorKind::NotFound,
            Self::Rejected { .. } => GmailErrorKind::Rejected,
            Self::Server { .. } => GmailErrorKind::Server,
            Self::Transport { .. } => GmailErrorKind::Transport,
            Self::Timeout(_) => GmailErrorKind::Timeout,
            Self::Protocol { .. } => GmailErrorKind::Protocol,
            Self::Credentials(_) => GmailErrorKind::Credentials,
        }
    }

    /// Short stable code for sync summaries, see [`GmailErrorKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// See [`GmailErrorKind::is_retryable`].
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }

    /// Google's own words, where it gave some.
    pub fn said(&self) -> Option<&str> {
        let said = match self {
            Self::QuotaExhausted { message }
            | Self::ApiDisabled { message }
            | Self::MailOff { message }
            | Self::Rejected { message, .. } => message,
            Self::InvalidGrant { description }
            | Self::Delegation { description }
            | Self::Clock { description }
            | Self::NoMailbox { description } => description,
            Self::RateLimited { .. }
            | Self::Unauthorized
            | Self::InsufficientScope
            | Self::NotFound { .. }
            | Self::Server { .. }
            | Self::Transport { .. }
            | Self::Timeout(_)
            | Self::Protocol { .. }
            | Self::Credentials(_) => return None,
        };
        Some(said.trim()).filter(|said| !said.is_empty())
    }

    /// Wraps a failure of the token source itself.
    pub fn credentials(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Credentials(cause.into())
    }

    /// Sorts an answer that is not a success. `retry_after` is what its header asked for, `now`
    /// (Unix seconds) makes a time inside Google's message relative.
    pub(super) fn from_answer(
        what: &str,
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
        now: i64,
    ) -> Self {
        let said = Problem::parse(body);
        let message = said.message.unwrap_or_default();
        let slow_down =
            || Self::RateLimited { retry_after: retry_after.or_else(|| retry_after_in_message(&message, now)) };
        match (status.as_u16(), said.reason.as_deref()) {
            (403 | 429, Some("quotaExceeded" | "dailyLimitExceeded")) => {
                Self::QuotaExhausted { message: shorten(&message) }
            }
            (429, _) => slow_down(),
            (403, Some("rateLimitExceeded" | "userRateLimitExceeded" | "RATE_LIMIT_EXCEEDED")) => slow_down(),
            (403, Some("insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT")) => Self::InsufficientScope,
            (403, Some("accessNotConfigured" | "SERVICE_DISABLED")) => Self::ApiDisabled { message: shorten(&message) },
            (403, Some("domainPolicy")) => Self::MailOff { message: shorten(&message) },
            (400 | 403, _) if is_mail_off(&message) => Self::MailOff { message: shorten(&message) },
            (401, _) => Self::Unauthorized,
            (404, _) => Self::NotFound { what: what.to_owned() },
            (408, _) | (500..=599, _) => Self::Server { status: status.as_u16() },
            (400..=499, _) => Self::Rejected {
                status: status.as_u16(),
                message: shorten(&message),
                reason: said.reason.map(|reason| shorten(&reason)),
            },
            (other, _) => Self::Protocol { what: format!("HTTP status {other}") },
        }
    }
}

impl From<Failure> for GmailError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout(phase) => Self::Timeout(phase),
            Failure::Broken(what) => Self::Transport { what },
            Failure::TooLarge(_) | Failure::NotPublic => Self::Protocol { what: failure.to_string() },
        }
    }
}

impl From<QuotaBlocked> for GmailError {
    fn from(blocked: QuotaBlocked) -> Self {
        Self::RateLimited { retry_after: Some(blocked.remaining) }
    }
}

/// A token that could not be refreshed, seen from the call that needed it.
impl From<OAuthError> for GmailError {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::InvalidGrant { description } => Self::InvalidGrant { description },
            OAuthError::Delegation { description } => Self::Delegation { description },
            OAuthError::Clock { description } => Self::Clock { description },
            OAuthError::NoMailbox { description } => Self::NoMailbox { description },
            OAuthError::TokenTimeout(phase) => Self::Timeout(phase),
            OAuthError::TokenHttp { what } => Self::Transport { what },
            OAuthError::TokenFailed { status: 429, .. } => Self::RateLimited { retry_after: None },
            OAuthError::TokenFailed { status: status @ 500..=599, .. } => Self::Server { status },
            OAuthError::MissingScope { .. } => Self::InsufficientScope,
            other => Self::credentials(other),
        }
    }
}

fn after(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" for {} s", wait.as_secs().max(1)))
}

fn dash(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(" {reason}"))
}

/// What Google says of a mailbox without Gmail, with a reason (`failedPrecondition`) that it gives for much else.
fn is_mail_off(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["mail service not enabled", "gmail is not enabled", "gmail is disabled"]
        .iter()
        .any(|words| message.contains(words))
}

/// Gmail writes some limits as `User-rate limit exceeded.  Retry after 2026-11-20T10:00:00.000Z`
/// and sends no `Retry-After` header.
fn retry_after_in_message(message: &str, now: i64) -> Option<Duration> {
    let (_, rest) = message.split_once("Retry after ")?;
    let until = DateTime::parse_from_rfc3339(rest.split_whitespace().next()?).ok()?;
    // Its fraction of a second is rounded up: a second late is better than an instant early.
    u64::try_from(until.timestamp() + 1 - now).ok().map(Duration::from_secs)
}

/// What Google says in an error body; every part of it is optional in practice.
#[derive(Default)]
struct Problem {
    message: Option<String>,
    reason: Option<String>,
}

impl Problem {
    fn parse(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            error: Error,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Error {
            Api {
                message: Option<String>,
                #[serde(default)]
                errors: Vec<Detail>,
                #[serde(default)]
                details: Vec<Detail>,
            },
            OAuth(String),
        }
        #[derive(Deserialize)]
        struct Detail {
            reason: Option<String>,
        }

        match serde_json::from_slice(body) {
            Ok(Answer { error: Error::Api { message, errors, details } }) => {
                Self { message, reason: errors.into_iter().chain(details).find_map(|detail| detail.reason) }
            }
            Ok(Answer { error: Error::OAuth(code) }) => Self { message: None, reason: Some(code) },
            Err(_) => Self::default(),
        }
    }
}
