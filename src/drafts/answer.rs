//! What a model answered, read strictly.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{Prompt, confidence::percent, lists::folded_words};
use crate::types::{Break, Intent, PairId, Sentiment, Urgency};

/// What an answer has at most.
pub(super) const MOST_BYTES: usize = 128 << 10;
pub(super) const MOST_SENTENCES: usize = 120;
const MOST_CHARS: usize = 12_000;
const MOST_SENTENCE: usize = 3_000;
/// Cases that one sentence names; more are no sources.
const MOST_NAMED: usize = 50;
/// A sentence of so many words that stands there so often is no answer.
const REPEATED_WORDS: usize = 3;
const REPEATED_TIMES: usize = 3;
/// From so many words on, a text that is made of the same few is none either.
const REPEATED_LONG: usize = 40;
/// The same character so often in a row.
const REPEATED_CHARS: usize = 80;

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

/// An answer as it is written. Derived, so that a part that is there twice is an error.
#[derive(Deserialize)]
struct Written {
    sentences: Vec<WrittenSentence>,
    #[serde(default)]
    intent: Value,
    #[serde(default)]
    sentiment: Value,
    #[serde(default)]
    urgency: Value,
    #[serde(default)]
    confidence: Value,
    #[serde(flatten)]
    extra: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct WrittenSentence {
    text: String,
    #[serde(default)]
    cases: Vec<Value>,
    #[serde(default, rename = "break")]
    before: Value,
    #[serde(flatten)]
    extra: BTreeMap<String, IgnoredAny>,
}

impl WrittenSentence {
    pub fn read(self, prompt: &Prompt) -> ReplySentence {
        let (mut cases, mut unknown) = (Vec::new(), 0u32);
        for (number, named) in self.cases.iter().enumerate() {
            match named.as_str().filter(|_| number < MOST_NAMED).and_then(|id| prompt.case(id)) {
                Some(pair) if cases.contains(&pair) => {}
                Some(pair) => cases.push(pair),
                None => unknown = unknown.saturating_add(1),
            }
        }
        let before = self.before.as_str().and_then(|word| word.parse().ok()).unwrap_or(Break::None);
        ReplySentence { text: self.text.trim().to_owned(), before, cases, unknown }
    }
}

/// Reads a whole answer. `is_cut`: the provider says that it ended because it was too long.
///
/// A fence of Markdown around the JSON, and what a model thinks aloud before it (`<think>…</think>`), are no nonsense.
///
/// # Errors
/// [`Nonsense`], whatever the text is.
pub fn read(text: &str, is_cut: bool, prompt: &Prompt) -> Result<Reply, Nonsense> {
    let text = bare(text);
    if text.is_empty() {
        return Err(if is_cut { Nonsense::Cut } else { Nonsense::Empty });
    }
    if text.len() > MOST_BYTES {
        return Err(Nonsense::TooLong);
    }
    let json =
        serde_json::from_str::<Value>(text).map_err(|_| if is_cut { Nonsense::Cut } else { Nonsense::NotJson })?;
    if !json.is_object() {
        return Err(Nonsense::OtherShape);
    }
    let written: Written = serde_json::from_str(text).map_err(|_| Nonsense::OtherShape)?;
    if written.sentences.len() > MOST_SENTENCES {
        return Err(Nonsense::TooLong);
    }
    let has_extra_parts =
        !written.extra.is_empty() || written.sentences.iter().any(|sentence| !sentence.extra.is_empty());
    let sentences: Vec<ReplySentence> = written.sentences.into_iter().map(|sentence| sentence.read(prompt)).collect();
    let sentences: Vec<ReplySentence> = sentences.into_iter().filter(|sentence| !sentence.text.is_empty()).collect();
    if !sentences.iter().any(|sentence| sentence.text.chars().any(char::is_alphanumeric)) {
        return Err(Nonsense::NoSentences);
    }
    let lengths = || sentences.iter().map(|sentence| sentence.text.chars().count());
    if lengths().sum::<usize>() > MOST_CHARS || lengths().any(|length| length > MOST_SENTENCE) {
        return Err(Nonsense::TooLong);
    }
    if repeats(&sentences) {
        return Err(Nonsense::Repeats);
    }
    Ok(Reply {
        sentences,
        intent: word(&written.intent),
        sentiment: word(&written.sentiment),
        urgency: word(&written.urgency),
        confidence: share(&written.confidence),
        has_extra_parts,
    })
}

/// The answer without what models put around it.
fn bare(text: &str) -> &str {
    let mut text = text.trim().trim_start_matches('\u{feff}');
    if let Some((_, rest)) = text.strip_prefix("<think>").and_then(|rest| rest.split_once("</think>")) {
        text = rest.trim();
    }
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

/// One of the words that were asked for; nothing for any other.
fn word<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.trim().to_lowercase().parse().ok()
}

/// From 0 to 100; a fraction is a share of one.
fn share(value: &Value) -> Option<u8> {
    let number = value.as_f64()?;
    let number = if number > 0.0 && number < 1.0 { number * 100.0 } else { number };
    (0.0..=100.0).contains(&number).then(|| percent(number))
}

fn repeats(sentences: &[ReplySentence]) -> bool {
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut all: Vec<String> = Vec::new();
    for sentence in sentences {
        let words = folded_words(&sentence.text);
        if words.len() >= REPEATED_WORDS {
            let times = times.entry(words.join(" ")).or_default();
            *times += 1;
            if *times >= REPEATED_TIMES {
                return true;
            }
        }
        all.extend(words);
        let (mut before, mut row) = ('\0', 0);
        for c in sentence.text.chars() {
            row = if c == before && !matches!(c, '-' | '_' | '=' | '*' | ' ') { row + 1 } else { 0 };
            before = c;
            if row >= REPEATED_CHARS {
                return true;
            }
        }
    }
    let threes: BTreeSet<&[String]> = all.windows(3).collect();
    all.len() >= REPEATED_LONG && threes.len() * 3 < all.len() - 2
}
