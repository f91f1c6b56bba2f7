//! Drafts of answers as they are asked for, kept and shown. What a draft says, and what of it holds, is in [`super::draft`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AccountId, AiKind, CheckedDraft, DraftId, DraftTemplate, MessageId, PairId, SensitiveKind, ThreadId,
    text_enum::text_enum,
};

text_enum! {
    /// How far a draft is.
    DraftState("draft state") {
        /// The model is writing.
        Running = "running",
        Done = "done",
        /// See its problem.
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// Where a draft comes from.
    DraftKind("kind of draft") {
        /// A model wrote it.
        Draft = "draft",
        /// The best past reply, with gaps: there is no provider.
        Template = "template",
    }
}

text_enum! {
    /// Why there is no draft.
    DraftProblem("draft problem") {
        /// The call may cost more than is left of the month's budget. Nothing was sent.
        BudgetSpent = "budget_spent",
        /// There is a budget, and no price of this model. Nothing was sent.
        NoPrice = "no_price",
        NoKey = "no_key",
        NoBaseUrl = "no_base_url",
        /// The base URL leads to a private or local address.
        PrivateAddress = "private_address",
        InvalidKey = "invalid_key",
        ModelNotFound = "model_not_found",
        /// The account behind the key has no credit left.
        QuotaExhausted = "quota_exhausted",
        RateLimited = "rate_limited",
        /// The provider answered with an error of its own.
        ProviderError = "provider_error",
        Unreachable = "unreachable",
        /// There was no whole answer in time.
        Slow = "slow",
        /// What answers there does not answer as a language model does.
        BadAnswer = "bad_answer",
        /// The question is too long for the model.
        TooLong = "too_long",
        /// The model, or its provider, refused.
        Declined = "declined",
        /// The model's answer cannot be used: see `nonsense`.
        Nonsense = "nonsense",
        /// The key or the budget could not be read from the database. Nothing was sent.
        Database = "database",
        /// The server stopped while the model was writing.
        Interrupted = "interrupted",
    }
}

/// `POST /api/email/threads/{thread_id}/drafts`, and `…/preview`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftInput {
    /// What is to be otherwise than in the draft before.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 1000))]
    pub note: Option<String>,
}

/// A past case that a draft names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DraftSource {
    pub pair_id: PairId,
    /// How near it is to the question, from 0 to 100.
    pub nearness: u8,
    /// The thread that it is from. Absent, like the rest, where the pair is no more.
    pub thread_id: Option<ThreadId>,
    pub subject: Option<String>,
    pub replied_at: Option<DateTime<Utc>>,
    /// It is an approved pair still.
    pub is_approved: bool,
}

/// A draft of an answer to a thread's client. Money is in millionths of a dollar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Draft {
    pub id: DraftId,
    pub thread_id: ThreadId,
    /// The account whose past cases it may rest on.
    pub integration_account_id: AccountId,
    /// The client's last message of the question.
    pub question_message_id: MessageId,
    pub kind: DraftKind,
    pub state: DraftState,
    pub problem: Option<DraftProblem>,
    /// What the model's answer was instead of a draft, where `problem` is `nonsense`: `empty`, `cut`, `not_json`, `other_shape`,
    /// `no_sentences`, `too_long` or `repeats`.
    pub nonsense: Option<String>,
    /// What the model wrote, as it was checked; while it writes, the sentences so far.
    pub content: CheckedDraft,
    pub template: Option<DraftTemplate>,
    /// The past cases that its sentences name, in the order in which they are named first.
    pub sources: Vec<DraftSource>,
    /// How many past cases were offered.
    pub cases: u32,
    pub note: Option<String>,
    /// The draft that came before it.
    pub replaces: Option<DraftId>,
    /// The name of whoever asked for it; absent where that person is gone.
    pub asked_by: Option<String>,
    pub provider_code: Option<AiKind>,
    pub model: Option<String>,
    /// How many values were replaced by placeholders before anything was sent.
    pub hidden: i64,
    /// Texts were shortened, or cases left out, to fit.
    pub is_shortened: bool,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub cost_micros: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// The drafts of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DraftList {
    /// The latest first.
    pub drafts: Vec<Draft>,
    pub count: u32,
    /// When we answered what the client wrote last; absent where the client waits.
    pub answered_at: Option<DateTime<Utc>>,
}

/// A value that is replaced before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HiddenValue {
    /// What is sent instead.
    pub placeholder: String,
    pub value: String,
    pub kind: SensitiveKind,
}

/// What would leave the house for a draft, and to whom. Without a provider nothing would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DraftPreview {
    pub provider_code: Option<AiKind>,
    /// Where it would be sent.
    pub base_url: Option<String>,
    pub model: Option<String>,
    /// How many past cases are offered, all of the thread's own account.
    pub cases: u32,
    /// Exactly the text that would be sent. The ids of cases and the marks around mail are other ones in each run.
    pub text: String,
    pub hidden: Vec<HiddenValue>,
    pub is_shortened: bool,
    /// When we answered what the client wrote last; absent where the client waits.
    pub answered_at: Option<DateTime<Utc>>,
}
