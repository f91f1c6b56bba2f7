//! The languages that a mailbox is usually written in: evidence for texts too short to tell theirs.

use std::collections::BTreeMap;

use super::{language, quality};
use crate::types::PairLabels;

/// Texts in a language before it is usual.
const TEXTS: usize = 3;

/// The share of all texts that must be in it: one of so many.
const SHARE: usize = 8;

/// How often each language was told of texts long enough to tell it by themselves. Others do not count: nothing is usual because it
/// was thought to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsualLanguages(BTreeMap<&'static str, usize>);

impl UsualLanguages {
    /// Counts both sides of a pair.
    pub fn add(&mut self, labels: &PairLabels) {
        let sides = [(&labels.client_language, labels.client_chars), (&labels.reply_language, labels.reply_chars)];
        for (code, chars) in sides {
            let code = code.as_deref().filter(|_| chars > language::CLEAR_CHARS).and_then(language::code_of);
            if let Some(code) = code {
                *self.0.entry(code).or_default() += 1;
            }
        }
    }

    /// The usual languages, the most usual first.
    #[must_use]
    pub fn codes(&self) -> Vec<&'static str> {
        let all: usize = self.0.values().sum();
        let usual = |times: usize| times >= TEXTS && times * SHARE >= all;
        let mut codes: Vec<(&'static str, usize)> =
            self.0.iter().map(|(code, times)| (*code, *times)).filter(|&(_, times)| usual(times)).collect();
        codes.sort_by_key(|&(code, times)| (std::cmp::Reverse(times), code));
        codes.into_iter().map(|(code, _)| code).collect()
    }
}

/// Labels the languages of a pair again, with what is usual in its mailbox.
pub fn settle_languages(labels: &mut PairLabels, client_text: &str, reply_text: &str, usual: &[&'static str]) {
    if usual.is_empty() || labels.client_chars.min(labels.reply_chars) > language::CLEAR_CHARS {
        return;
    }
    let (client, reply) = language::detect_among(client_text, reply_text, usual);
    if labels.client_language.as_deref() == client && labels.reply_language.as_deref() == reply {
        return;
    }
    labels.quality = quality::in_languages(&labels.quality, client, reply);
    labels.client_language = client.map(str::to_owned);
    labels.reply_language = reply.map(str::to_owned);
}
