//! Labels of a training pair: language, lengths, quality, sensitive spans and a fingerprint of the reply.
//!
//! Pure: two cleaned texts and a few facts in, labels out; no clock, no database, no network. Every step takes time linear
//! in the texts. What is found in a text is meant to help an admin and an export; it is no proof of absence:
//! see [`SensitiveKind`] for what the detectors can and cannot do.

mod fingerprint;
mod language;
mod lists;
mod quality;
mod redaction;
mod sensitive;
mod usual;
mod wordings;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use fingerprint::text_key;
pub use fingerprint::{Fingerprint, near};
pub(crate) use language::is_function_word;
pub(crate) use quality::same_language;
pub use redaction::{Redacted, RedactedPair, redact, redact_pair, restore};
pub(crate) use redaction::{Redactor, placeholders};
pub use usual::{UsualLanguages, settle_languages};
pub use wordings::Wordings;
pub(crate) use words::{Word, words};

pub use crate::types::{PairLabels, Quality, QualityReason, SensitiveKind, SensitiveSpan, Side};

/// What is known of a pair before it is labelled.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairFacts<'a> {
    /// What the client wrote, cleaned.
    pub client_text: &'a str,
    /// What we answered, cleaned.
    pub reply_text: &'a str,
    /// Display names of the client's side, from the headers. Of both sides together the first 500 are searched for, those
    /// longer than 200 bytes not at all.
    pub client_names: &'a [&'a str],
    /// Display names of our side, from the headers.
    pub our_names: &'a [&'a str],
    pub client_has_attachment: bool,
    pub reply_has_attachment: bool,
    /// The client's message was HTML.
    pub client_html: bool,
    /// Our reply was HTML.
    pub reply_html: bool,
    /// The rules would have taken all that one side wrote, and left it.
    pub took_everything: bool,
    /// From the answered message to the reply; `None` when it is not known.
    pub responded_after_seconds: Option<i64>,
}

/// Labels a pair. Deterministic; never fails, never panics, whatever the texts are.
///
/// Offsets are `u32`: in a text of more than 4 GiB, far beyond what mail can carry, nothing is found after that point.
pub fn label(facts: &PairFacts<'_>) -> PairLabels {
    let (client_language, reply_language) = language::detect_both(facts.client_text, facts.reply_text);
    let names = sensitive::Names::new(facts.client_names.iter().chain(facts.our_names).copied());
    let mut spans = sensitive::find(facts.client_text, Side::Client, &names);
    let reply_spans = sensitive::find(facts.reply_text, Side::Reply, &names);
    let quality = quality::judge(facts, client_language, reply_language);
    let reply_fingerprint = Fingerprint::of(facts.reply_text, &reply_spans).to_string();
    spans.extend(reply_spans);
    PairLabels {
        client_language: client_language.map(str::to_owned),
        reply_language: reply_language.map(str::to_owned),
        client_chars: chars(facts.client_text),
        reply_chars: chars(facts.reply_text),
        client_has_attachment: facts.client_has_attachment,
        reply_has_attachment: facts.reply_has_attachment,
        client_html: facts.client_html,
        reply_html: facts.reply_html,
        responded_after_seconds: facts.responded_after_seconds,
        quality,
        sensitive: spans,
        reply_fingerprint,
    }
}

/// A text by itself without its sensitive spans, those among `known` included. Names are known by their spans alone.
#[must_use]
pub fn without_sensitive(text: &str, side: Side, known: &[SensitiveSpan]) -> String {
    let mut spans = sensitive::find(text, side, &sensitive::Names::new(std::iter::empty()));
    spans.extend(known.iter().filter(|span| span.side == side).copied());
    let Redacted { text, map, .. } = redact(text, side, &spans);
    let nothing: Vec<(String, String)> = map.into_iter().map(|(placeholder, _)| (placeholder, String::new())).collect();
    restore(&text, &nothing)
}

/// ISO 639-1 code of the language of a text by itself, judged by its beginning; `None` where it cannot be told with some confidence.
#[must_use]
pub fn language_of(text: &str) -> Option<&'static str> {
    language::detect(&text[..text.floor_char_boundary(LOOKED_AT)])
}

/// The sensitive places of a text by itself, as those of a reply; names are the display names that headers gave.
#[must_use]
pub(crate) fn sensitive_spans(text: &str, names: &[&str]) -> Vec<SensitiveSpan> {
    sensitive::find(text, Side::Reply, &sensitive::Names::new(names.iter().copied()))
}

/// The mark of a reply's wording: see [`Fingerprint`].
#[must_use]
pub(crate) fn fingerprint_of(text: &str) -> Fingerprint {
    Fingerprint::of(text, &sensitive_spans(text, &[]))
}

/// So much of a text is enough to tell its language.
const LOOKED_AT: usize = 4 << 10;

fn chars(text: &str) -> u32 {
    u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX)
}
