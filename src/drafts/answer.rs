//! What a model answered, read strictly.

use super::Prompt;
use crate::types::{Break, Intent, PairId, Sentiment, Urgency};

/// Why an answer cannot be used. The text says what a person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    #[error("The model's answer is empty.")]
    Empty,
    #[error("The model's answer ends in the middle: it was longer than it may be.")]
    Cut,
    #[error("The model did not answer in the form it was asked for (JSON).")]
    NotJson,
    #[error("The model's answer is JSON, but not of the form it was asked for.")]
    OtherShape,
    #[error("The model's answer has no sentences.")]
    NoSentences,
    #[error("The model's answer is too long for an email.")]
    TooLong,
    #[error("The model repeats itself over and over.")]
    Repeats,
}

impl Nonsense {
    /// A word for it, for logs and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Cut => "cut",
            Self::NotJson => "not_json",
            Self::OtherShape => "other_shape",
            Self::NoSentences => "no_sentences",
            Self::TooLong => "too_long",
            Self::Repeats => "repeats",
        }
    }
}

/// What a model answered. Nothing of it is checked but its form and its ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    pub sentences: Vec<ReplySentence>,
    pub intent: Option<Intent>,
    pub sentiment: Option<Sentiment>,
    pub urgency: Option<Urgency>,
    /// From 0 to 100.
    pub confidence: Option<u8>,
    /// It has parts that were not asked for. They are not read.
    pub has_extra_parts: bool,
}

/// A sentence as the model wrote it, with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplySentence {
    pub text: String,
    pub before: Break,
    /// Cases that were offered, each once.
    pub cases: Vec<PairId>,
    /// How often it names something else.
    pub unknown: u32,
}

/// Reads a whole answer. `is_cut`: the provider says that it ended because it was too long.
///
/// # Errors
/// [`Nonsense`], whatever the text is.
pub fn read(text: &str, is_cut: bool, prompt: &Prompt) -> Result<Reply, Nonsense> {
    let _ = prompt;
    if is_cut { Err(Nonsense::Cut) } else if text.is_empty() { Err(Nonsense::Empty) } else { Err(Nonsense::NotJson) }
}
