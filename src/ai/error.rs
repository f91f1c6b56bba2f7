//! What a call of a provider can end with.

use std::time::Duration;

use thiserror::Error;

use crate::net::{Failure, Phase};

/// Why a provider did not do what it was asked. The text says what a person can do; none of it holds the key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AiError {
    /// 401, or a key that cannot be sent at all.
    #[error("The provider does not accept this API key. Check that it was copied whole and has not been revoked.")]
    InvalidKey,
    /// 403.
    #[error(
        "The key is valid but not allowed to do this ({message}). Check its permissions, its project and your region."
    )]
    Forbidden {
        /// The provider's words.
        message: String,
    },
    /// 404, or a code that says so.
    #[error("The provider has no model “{model}” for this key. Check its name, or choose another model.")]
    ModelNotFound {
        /// The model asked for.
        model: String,
    },
    /// The account behind the key has no credit left.
    #[error("The key is valid, but its account has no credit left. Add credit or raise the limit at the provider.")]
    QuotaExhausted,
    /// 429 otherwise.
    #[error("The key is valid, but the provider is limiting its rate. Try again in a minute.")]
    RateLimited {
        /// How long the provider wants to be left alone, when it said so.
        retry_after: Option<Duration>,
    },
    /// More text than the model takes.
    #[error("The text is too long for this model. Shorten it, or choose a model that takes more.")]
    TooLong,
    /// The model, or the provider before it, does not want to answer this.
    #[error("The provider refused to answer this text.")]
    Declined,
    /// A parameter that the server does not know.
    #[error(
        "The model or server does not know the parameter “{parameter}”. Choose a newer model, or update the server."
    )]
    UnsupportedParameter {
        /// The parameter, as the provider names it.
        parameter: String,
    },
    /// Another refusal.
    #[error("The provider refused the request ({status}: {message}).")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// The provider's words, shortened.
        message: String,
    },
    /// 5xx.
    #[error("The provider is failing at the moment ({status}). Try again later.")]
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The connection failed or broke.
    #[error("The provider could not be reached ({what}). Check the network and the base URL.")]
    Transport {
        /// The chain of causes, without the address.
        what: String,
        /// Whether there was a connection: the request may have arrived.
        was_connected: bool,
    },
    /// No whole answer in time.
    #[error("The provider did not answer in time. Try again later.")]
    Timeout,
    /// Success, but not in the form that was asked for.
    #[error(
        "What answered does not speak a language model's protocol, or its stream is not valid. Check the base URL."
    )]
    Protocol,
    /// Whoever asked wants no answer any more.
    #[error("The call was cancelled.")]
    Cancelled,
    /// The base URL leads to a private or local address, and such ones are not allowed.
    #[error("The base URL leads to a private or local address. An administrator can allow such addresses.")]
    PrivateAddress,
}

impl AiError {
    /// The provider's own words, where it gave some.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Forbidden { message } | Self::Rejected { message, .. } => {
                Some(message.trim()).filter(|said| !said.is_empty())
            }
            _ => None,
        }
    }

    /// Short stable code, for translated texts, for the record and for counting.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidKey => "invalid_key",
            Self::Forbidden { .. } => "forbidden",
            Self::ModelNotFound { .. } => "model_not_found",
            Self::QuotaExhausted => "quota_exhausted",
            Self::RateLimited { .. } => "rate_limited",
            Self::TooLong => "too_long",
            Self::Declined => "declined",
            Self::UnsupportedParameter { .. } => "unsupported_parameter",
            Self::Rejected { .. } => "rejected",
            Self::Server { .. } => "server_error",
            Self::Transport { .. } => "transport",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Cancelled => "cancelled",
            Self::PrivateAddress => "private_address",
        }
    }

    /// Whether a repetition may help: the wait that the provider asks for, or none.
    pub(super) fn is_passing(&self) -> Option<Option<Duration>> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Server { .. } | Self::Transport { .. } => Some(None),
            _ => None,
        }
    }

    /// Whether the provider has certainly done no work that it may charge for. Where that is not certain, a call counts with all it
    /// may have cost.
    pub(super) fn is_free(&self) -> bool {
        match self {
            Self::InvalidKey
            | Self::Forbidden { .. }
            | Self::ModelNotFound { .. }
            | Self::QuotaExhausted
            | Self::RateLimited { .. }
            | Self::TooLong
            | Self::UnsupportedParameter { .. }
            | Self::Rejected { .. }
            | Self::PrivateAddress => true,
            // Overloaded: turned away at the door.
            Self::Server { status } => matches!(status, 503 | 529),
            Self::Transport { was_connected, .. } => !was_connected,
            Self::Declined | Self::Timeout | Self::Protocol | Self::Cancelled => false,
        }
    }
}

impl From<Failure> for AiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout(Phase::Connecting) => Self::Transport { what: failure.to_string(), was_connected: false },
            Failure::Timeout(Phase::Waiting | Phase::Reading) => Self::Timeout,
            Failure::Broken(what) => Self::Transport { what, was_connected: true },
            Failure::TooLarge(_) => Self::Protocol,
            Failure::NotPublic => Self::PrivateAddress,
        }
    }
}
