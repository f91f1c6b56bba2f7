//! OpenAI and servers that speak its language. For now: does this key work?
//! <https://platform.openai.com/docs/api-reference/chat/create>

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;

use crate::net::{self, Failure, retry_after, shorten, tally};

/// OpenAI itself.
pub const DEFAULT_OPENAI_BASE_URL: &str = "https://api.openai.com/v1";

/// The whole test, its one repetition included, ends within this.
const TEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Wait before the one repetition; a longer `Retry-After` means: report it, do not sit it out.
const RETRY_WAIT: Duration = Duration::from_secs(1);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);
/// Enough for a word, and for a reasoning model to begin; costs next to nothing.
const MAX_COMPLETION_TOKENS: u32 = 32;
/// A proper answer is a few hundred bytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;
const PROMPT: &str = "Answer with the single word: ready";

/// Why the key test failed. The text says what a person can do; none of it holds the key.
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
    /// 404, or error code `model_not_found`.
    #[error("The provider has no model “{model}” for this key. Check its name, or choose another model.")]
    ModelNotFound {
        /// The model asked for.
        model: String,
    },
    /// 429 with code `insufficient_quota`.
    #[error("The key is valid, but its account has no credit left. Add credit or raise the limit at the provider.")]
    QuotaExhausted,
    /// 429 otherwise, again on the second attempt.
    #[error("The key is valid, but the provider is limiting its rate. Try again in a minute.")]
    RateLimited {
        /// How long the provider wants to be left alone, when it said so.
        retry_after: Option<Duration>,
    },
    /// 400 with code `unsupported_parameter` or `unknown_parameter`.
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
    /// 5xx, again on the second attempt.
    #[error("The provider is failing at the moment ({status}). Try again later.")]
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The connection failed or broke, again on the second attempt.
    #[error("The provider could not be reached ({what}). Check the network and the base URL.")]
    Transport {
        /// The chain of causes, without the address.
        what: String,
    },
    /// No answer within 20 seconds.
    #[error("The provider did not answer in time. Try again later.")]
    Timeout,
    /// Success, but not in the form of a chat completion.
    #[error("The answer is not a chat completion. Check the base URL.")]
    Protocol,
}

impl AiError {
    /// The provider's own words, where it gave some.
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Forbidden { message } | Self::Rejected { message, .. } => {
                Some(message.trim()).filter(|said| !said.is_empty())
            }
            Self::InvalidKey
            | Self::ModelNotFound { .. }
            | Self::QuotaExhausted
            | Self::RateLimited { .. }
            | Self::UnsupportedParameter { .. }
            | Self::Server { .. }
            | Self::Transport { .. }
            | Self::Timeout
            | Self::Protocol => None,
        }
    }

    /// Short stable code, for translated texts and for counting.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidKey => "invalid_key",
            Self::Forbidden { .. } => "forbidden",
            Self::ModelNotFound { .. } => "model_not_found",
            Self::QuotaExhausted => "quota_exhausted",
            Self::RateLimited { .. } => "rate_limited",
            Self::UnsupportedParameter { .. } => "unsupported_parameter",
            Self::Rejected { .. } => "rejected",
            Self::Server { .. } => "server_error",
            Self::Transport { .. } => "transport",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }

    /// Whether a repetition is worth it, and how long it has to wait at least.
    fn worth_repeating_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => {
                retry_after.or(Some(Duration::ZERO)).filter(|wait| *wait <= MAX_RETRY_AFTER)
            }
            Self::Server { .. } | Self::Transport { .. } => Some(Duration::ZERO),
            _ => None,
        }
    }
}

/// What came back from a working key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTest {
    /// The model that answered, as it names itself.
    pub model: String,
    /// Time of the answered request, in milliseconds.
    pub latency_ms: u32,
    /// The beginning of its answer; empty when a reasoning model spent the few tokens thinking.
    pub reply: String,
    /// Tokens charged, when the server says so.
    pub total_tokens: Option<u32>,
}

/// A client for one OpenAI-compatible server. The key comes with each call and is not kept.
#[derive(Debug, Clone)]
pub struct OpenAiClient {
    http: reqwest::Client,
    base_url: String,
    retry_wait: Duration,
}

impl OpenAiClient {
    /// `base_url` ends before `/chat/completions`; usually [`DEFAULT_OPENAI_BASE_URL`].
    pub fn new(http: reqwest::Client, base_url: impl Into<String>) -> Self {
        let base_url: String = base_url.into();
        Self { http, base_url: base_url.trim_end_matches('/').to_owned(), retry_wait: RETRY_WAIT }
    }

    /// Makes one cheap chat completion with this key and model, in at most 20 seconds, and
    /// repeats it once when the failure looks passing.
    ///
    /// # Errors
    /// See [`AiError`].
    pub async fn test_key(&self, key: &SecretString, model: &str) -> Result<KeyTest, AiError> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", key.expose_secret().trim())).map_err(|_| AiError::InvalidKey)?;
        authorization.set_sensitive(true);
        let once = || self.complete(&authorization, key, model);
        let test = async {
            match once().await {
                Err(error) => match error.worth_repeating_after() {
                    Some(wait) => {
                        sleep(wait.max(self.retry_wait)).await;
                        once().await
                    }
                    None => Err(error),
                },
                ok => ok,
            }
        };
        let call = async {
            let tested = timeout(TEST_TIMEOUT, test).await.unwrap_or(Err(AiError::Timeout));
            match &tested {
                Ok(test) => tracing::info!(model = test.model, latency_ms = test.latency_ms, "the key works"),
                Err(error) => {
                    tally::refused("openai", error.code());
                    tracing::warn!(code = error.code(), "the key does not work");
                }
            }
            tested
        };
        call.instrument(tracing::info_span!("call", provider = "openai", method = "chat.completions")).await
    }

    async fn complete(&self, authorization: &HeaderValue, key: &SecretString, model: &str) -> Result<KeyTest, AiError> {
        let model = model.trim();
        let began = Instant::now();
        let response = self
            .http
            .post(format!("{}/chat/completions", self.base_url))
            .header(AUTHORIZATION, authorization)
            .json(&Request {
                model,
                messages: [Message { role: "user", content: PROMPT }],
                max_completion_tokens: MAX_COMPLETION_TOKENS,
            })
            .send()
            .await
            .map_err(Failure::from)?;
        let status = response.status();
        let asked = retry_after(response.headers(), SystemTime::now());
        let body = net::read(response, MAX_ANSWER_BYTES).await?;
        let latency_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        if !status.is_success() {
            return Err(refusal(status, asked, &body, key, model));
        }
        let completion: Completion = serde_json::from_slice(&body).map_err(|_| AiError::Protocol)?;
        let first = completion.choices.into_iter().next().ok_or(AiError::Protocol)?;
        Ok(KeyTest {
            model: completion.model.unwrap_or_else(|| model.to_owned()),
            latency_ms,
            reply: shorten(first.message.content.unwrap_or_default().trim()),
            total_tokens: completion.usage.and_then(|usage| usage.total_tokens),
        })
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 1],
    max_completion_tokens: u32,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Reply,
}

#[derive(Deserialize)]
struct Reply {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    total_tokens: Option<u32>,
}

/// <https://platform.openai.com/docs/guides/error-codes>
#[derive(Deserialize, Default)]
struct Problem {
    message: Option<String>,
    param: Option<String>,
    code: Option<String>,
    r#type: Option<String>,
}

fn refusal(status: StatusCode, retry_after: Option<Duration>, body: &[u8], key: &SecretString, model: &str) -> AiError {
    #[derive(Deserialize)]
    struct Body {
        error: Problem,
    }
    let problem = serde_json::from_slice(body).map_or_else(|_| Problem::default(), |Body { error }| error);
    let message = || shorten(&without(key, problem.message.as_deref().unwrap_or_default()));
    let code = problem.code.as_deref().unwrap_or_default();
    match (status.as_u16(), code) {
        (401, _) => AiError::InvalidKey,
        (404, _) | (400 | 403, "model_not_found") => AiError::ModelNotFound { model: model.to_owned() },
        (403, _) => AiError::Forbidden { message: message() },
        (429, "insufficient_quota") => AiError::QuotaExhausted,
        (429, _) if problem.r#type.as_deref() == Some("insufficient_quota") => AiError::QuotaExhausted,
        (429, _) => AiError::RateLimited { retry_after },
        (400, "unsupported_parameter" | "unknown_parameter") => AiError::UnsupportedParameter {
            parameter: shorten(problem.param.as_deref().unwrap_or("max_completion_tokens")),
        },
        (status @ 500..=599, _) => AiError::Server { status },
        (status, _) => AiError::Rejected { status, message: message() },
    }
}

/// Providers quote keys in their messages; ours is not to be seen.
fn without(key: &SecretString, message: &str) -> String {
    match key.expose_secret().trim() {
        "" => message.to_owned(),
        key => message.replace(key, "[key]"),
    }
}

impl From<Failure> for AiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout(_) => Self::Timeout,
            Failure::Broken(what) => Self::Transport { what },
            Failure::TooLarge(_) => Self::Protocol,
        }
    }
}

#[cfg(test)]
mod tests;
