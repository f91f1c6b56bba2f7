//! AI providers: what is configured, and whether it works.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;

/// A configured AI provider. Says that a key exists, never what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AiProviderSummary {
    pub provider_code: String,
    pub name: String,
    pub has_api_key: bool,
    pub model_default: Option<String>,
}

/// `POST /api/integrations/ai-provider/openai`: what is absent or empty stays as it is.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AiProviderInput {
    /// Letters, digits and punctuation of ASCII.
    #[serde(default)]
    #[cfg_attr(
        feature = "server",
        schema(
            max_length = 1000,
            pattern = r"^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[!-~]*[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"
        )
    )]
    pub api_key: Option<String>,
    /// One word.
    #[serde(default)]
    #[cfg_attr(
        feature = "server",
        schema(
            max_length = 200,
            pattern = r"^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"
        )
    )]
    pub model_default: Option<String>,
}

text_enum! {
    /// Why a test of the key did not succeed.
    KeyTestProblem("key test problem") {
        /// No key is stored.
        NoKey = "no_key",
        /// No default model is stored.
        NoModel = "no_model",
        InvalidKey = "invalid_key",
        ModelNotFound = "model_not_found",
        /// The account behind the key has no credit left.
        QuotaExhausted = "quota_exhausted",
        RateLimited = "rate_limited",
        /// The provider answered with an error of its own.
        ProviderError = "provider_error",
        /// The provider could not be reached in time.
        Unreachable = "unreachable",
    }
}

/// What came back from one cheap call with the stored key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct KeyTestOutcome {
    pub model: String,
    /// `None` means that it worked.
    pub problem: Option<KeyTestProblem>,
    /// The provider's reply, or one sentence that says what went wrong.
    pub said: String,
    /// The provider's own words about what went wrong, where it gave some.
    #[serde(default)]
    pub provider_words: Option<String>,
    /// Milliseconds from request to answer.
    pub latency_ms: u32,
}
