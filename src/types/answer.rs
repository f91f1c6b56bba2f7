//! Approved pairs: the answers of the knowledge base, to read, to search and to take along.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, PairId, PairSource, ThreadId, TrainingPair, text_enum::text_enum};

text_enum! {
    /// What an export of answers is written as.
    ExportFormat("format") {
        /// One JSON object a line.
        Jsonl = "jsonl",
        /// A table (RFC 4180).
        Csv = "csv",
    }
}

/// Which answers are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AnswerFilter {
    pub account: Option<AccountId>,
    /// Words of the question, of the reply, of their subject, or of a name or address of who wrote them: every one of them is in the pair,
    /// those of three letters or more also as the beginning of a longer word.
    pub text: Option<String>,
}

/// One page of answers, the latest reply first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AnswerPage {
    pub items: Vec<TrainingPair>,
    pub limit: i64,
    /// Pass as `cursor` for the page after this one.
    pub next_cursor: Option<String>,
    /// Approved pairs that a search does not find yet: their words are being noted.
    pub not_searchable_yet: i64,
}

/// An approved pair as it leaves the house: a line of an export. The names of the fields are part of the API: `docs/EXPORT.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExportedAnswer {
    pub pair_id: PairId,
    pub account_id: AccountId,
    /// The address of the account, or what an imported file was called.
    pub account: String,
    /// The thread across accounts: `GET /api/email/threads/{id}`.
    pub thread_id: Option<ThreadId>,
    pub subject: Option<String>,
    /// What the client wrote, as it was approved: without quoted history and signature.
    pub question: String,
    /// What we answered, as it was approved.
    pub reply: String,
    pub question_from: Option<String>,
    pub question_to: Vec<String>,
    pub reply_from: Option<String>,
    pub reply_to: Vec<String>,
    pub asked_at: Option<DateTime<Utc>>,
    pub replied_at: DateTime<Utc>,
    /// ISO 639-1, where it could be told.
    pub question_language: Option<String>,
    /// ISO 639-1, where it could be told.
    pub reply_language: Option<String>,
    /// The email of whoever approved it; absent where that person is gone.
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    /// A reviewer put removed text back: `question` and `reply` are as they left them.
    pub edited: bool,
    /// How the pair stands to its mail.
    pub source: PairSource,
}

/// What was answered to messages like one: the nearest past cases, the nearest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PastCases {
    pub items: Vec<PastCase>,
    /// How many approved pairs were searched.
    pub searched: i64,
    /// There are more approved pairs than fit into memory: only the newest were searched.
    pub older_left_out: bool,
    /// The languages (ISO 639-1) that the clients of these pairs wrote in, in the order of their codes.
    pub languages: Vec<String>,
    /// The language that the message was taken to be in (ISO 639-1), where it could be told.
    pub language: Option<String>,
    /// Whether vectors took part, and why not.
    pub vectors: VectorStanding,
}

text_enum! {
    /// Whether vectors take part in the search for past cases.
    VectorUse("use of vectors") {
        /// They do: tried on the account's own pairs, they help.
        Used = "used",
        /// No model is chosen that makes them.
        Off = "off",
        /// They are being made, or tried.
        Making = "making",
        /// The account has too few conversations to tell whether they help.
        TooFew = "too_few",
        /// Tried on the account's own pairs, they do not help beyond chance.
        NoHelp = "no_help",
        /// They help, and the model did not answer now: words alone were searched.
        Unavailable = "unavailable",
    }
}

/// How an account stands with vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct VectorStanding {
    pub standing: VectorUse,
    /// What makes them: a provider and its model, or a model on the server.
    pub model: Option<String>,
    /// What came of trying the model on the account's own pairs.
    pub tried: Option<VectorsTried>,
}

/// How well the own reply is found by the client's message, by words alone and with vectors. Ranks are mean reciprocal ranks, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct VectorsTried {
    pub pairs: i64,
    pub conversations: i64,
    /// What vectors weigh beside words; 0: they do not help.
    pub weight: f64,
    pub words: f64,
    pub joined: f64,
    /// The gain is between these, 95 times of 100.
    pub gain_least: f64,
    pub gain_most: f64,
}

/// How an account stands with vectors, with its name and how many of its approved pairs have them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountVectors {
    pub account_id: AccountId,
    pub account: String,
    pub pairs: i64,
    pub vectors: VectorStanding,
}

/// An approved pair that is near to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PastCase {
    pub pair: TrainingPair,
    /// From 0 to 1: how much of what was asked is in the pair, rare words counting more; with what vectors say, where they take part.
    /// Compare it within one search.
    pub score: f64,
    /// The same by words alone.
    pub by_words: f64,
    /// How much nearer the vectors are than those of other pairs, from 0 to 1, where they take part.
    pub by_vector: Option<f64>,
    /// How many approved pairs say nearly the same, this one among them: only the nearest of them is listed.
    pub alike: i64,
    /// The most telling words of the message that are in the pair, in lower case and without accents; where none is, those of the pair
    /// that share pieces with words of the message.
    pub words: Vec<String>,
}
