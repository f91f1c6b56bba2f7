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
}

/// An approved pair that is near to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PastCase {
    pub pair: TrainingPair,
    /// From 0 to 1: how much of what was asked is in the pair, rare words counting more. Compare it within one search.
    pub score: f64,
    /// How many approved pairs say nearly the same, this one among them: only the nearest of them is listed.
    pub alike: i64,
    /// The most telling words of the message that are in the pair, in lower case and without accents; where none is, those of the pair
    /// that share pieces with words of the message.
    pub words: Vec<String>,
}
