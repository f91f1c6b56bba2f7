//! AI providers: what is configured, whether it works, and what it cost.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::text_enum::text_enum;

text_enum! {
    /// A provider of language models. There is one of each.
    AiKind("AI provider") {
        OpenAi = "openai",
        Anthropic = "anthropic",
        /// Any server that speaks OpenAI's language, e.g. Ollama, vLLM or LM Studio.
        Compatible = "compatible",
    }
}

impl AiKind {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Compatible => "OpenAI-compatible",
        }
    }

    /// Whether nothing works without a key.
    #[must_use]
    pub fn needs_key(self) -> bool {
        self != Self::Compatible
    }

    /// Whether it makes vectors of texts.
    #[must_use]
    pub fn has_embeddings(self) -> bool {
        self != Self::Anthropic
    }
}

text_enum! {
    /// What a model was called for.
    AiPurpose("purpose") {
        /// Somebody tried whether it works.
        Test = "test",
        Draft = "draft",
        Embedding = "embedding",
    }
}

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
        /// The provider could not be reached.
        Unreachable = "unreachable",
        /// There was no whole answer in time.
        Slow = "slow",
        /// What answers there does not answer as a language model does.
        BadAnswer = "bad_answer",
        TooLong = "too_long",
        /// The provider refused to answer.
        Declined = "declined",
        /// No base URL is stored.
        NoBaseUrl = "no_base_url",
        /// The base URL leads to a private or local address.
        PrivateAddress = "private_address",
        /// The call might cost more than is left of the month's budget.
        BudgetSpent = "budget_spent",
        /// There is a budget, and no price of this model.
        NoPrice = "no_price",
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

/// A model that a provider lists, or that has a price here. Money is in millionths of a dollar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AiModel {
    pub model: String,
    /// Whether it was on the provider's list when that was last read.
    pub listed: bool,
    /// The day on which it ends, where the list says so.
    pub shutdown_date: Option<NaiveDate>,
    /// For a million tokens that are sent.
    pub input_price_micros: Option<i64>,
    /// For a million tokens that are answered.
    pub output_price_micros: Option<i64>,
}

/// A chosen model that is not on the provider's list any more, or ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AiWarning {
    pub provider_code: AiKind,
    pub model: String,
    /// The day on which it ends; `null` when it is gone.
    pub ends_on: Option<NaiveDate>,
}

/// A provider with everything but its key. Money is in millionths of a dollar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AiProvider {
    pub provider_code: AiKind,
    pub name: String,
    pub has_api_key: bool,
    /// Where it answers. Only that of `compatible` can be changed.
    pub base_url: Option<String>,
    /// Whether the base URL may lead to private and local addresses, and be without TLS.
    pub allow_local: bool,
    /// For drafts and for the test.
    pub model_default: Option<String>,
    pub model_embeddings: Option<String>,
    /// Whether drafts are asked for here.
    pub drafts: bool,
    /// Whether texts become vectors here.
    pub embeddings: bool,
    /// What calls may cost in a calendar month (UTC). `null`: no limit.
    pub monthly_budget_micros: Option<i64>,
    /// What they cost in this one so far, with what is set aside for those under way.
    pub spent_micros: i64,
    pub models: Vec<AiModel>,
    /// When the provider's list was last read.
    pub models_at: Option<DateTime<Utc>>,
    pub warnings: Vec<AiWarning>,
}

impl AiProvider {
    /// What is known of a model.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&AiModel> {
        self.models.iter().find(|model| model.model == name)
    }

    /// Whether it can be called at all.
    #[must_use]
    pub fn is_set(&self) -> bool {
        (self.has_api_key || !self.provider_code.needs_key()) && self.base_url.is_some()
    }
}

/// A field that may be left out, or be `null`.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What is to change of a provider. What is left out stays; `null` removes.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AiProviderChange {
    /// A new key; empty or `null` leaves the stored one.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<String>, max_length = 1000, pattern = r"^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[!-~]*[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"))]
    pub api_key: Option<String>,
    /// `compatible` alone: an address like `https://models.example.com/v1`.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "server", schema(value_type = Option<String>, max_length = 500))]
    pub base_url: Option<Option<String>>,
    /// `compatible` alone.
    #[serde(default)]
    pub allow_local: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "server", schema(value_type = Option<String>, max_length = 200, pattern = r"^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"))]
    pub model_default: Option<Option<String>>,
    /// Not of Anthropic, which has none.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "server", schema(value_type = Option<String>, max_length = 200, pattern = r"^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"))]
    pub model_embeddings: Option<Option<String>>,
    /// Drafts are asked for here, and no longer elsewhere.
    #[serde(default)]
    pub drafts: Option<bool>,
    /// Texts become vectors here, and no longer elsewhere.
    #[serde(default)]
    pub embeddings: Option<bool>,
    /// In millionths of a dollar.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "server", schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub monthly_budget_micros: Option<Option<i64>>,
    #[serde(default)]
    pub prices: Vec<AiPrice>,
}

/// What a model costs. `null` removes a price.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AiPrice {
    #[cfg_attr(
        feature = "server",
        schema(
            min_length = 1,
            max_length = 200,
            pattern = r"^[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$"
        )
    )]
    pub model: String,
    /// For a million tokens that are sent, in millionths of a dollar.
    #[cfg_attr(feature = "server", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub input_price_micros: Option<i64>,
    /// For a million tokens that are answered.
    #[cfg_attr(feature = "server", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub output_price_micros: Option<i64>,
}

/// The calls of one provider for one purpose on one day (UTC). Money is in millionths of a dollar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AiSpendDay {
    pub day: NaiveDate,
    pub provider_code: AiKind,
    pub purpose: AiPurpose,
    pub calls: i64,
    /// Those of them that brought no answer.
    pub failed: i64,
    /// Those that are under way, and are counted with all that they may cost.
    pub open: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cost_micros: i64,
}

/// What the calls of a calendar month (UTC) cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AiSpend {
    /// Like `2026-11`.
    pub month: String,
    pub cost_micros: i64,
    pub days: Vec<AiSpendDay>,
}
