//! Hiding sensitive spans behind placeholders, and bringing them back.

use std::collections::{HashMap, HashSet};

use crate::types::{SensitiveKind, SensitiveSpan, Side};

/// Bytes of the longest placeholder: a kind, a number and the brackets.
const MAX_PLACEHOLDER: usize = 32;

/// A text with its sensitive spans hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    pub text: String,
    /// Placeholder and what it stands for, in order of first appearance; [`restore`] takes it.
    pub map: Vec<(String, String)>,
    /// Spans of this side that name no place in the text: it is not the text they were found in, and nothing was hidden for them.
    pub unapplied: u32,
}

/// Both texts of a pair with one map: a value that stands in both has one placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedPair {
    pub client_text: String,
    pub reply_text: String,
    /// Placeholder and what it stands for, in order of first appearance; [`restore`] takes it for either text.
    pub map: Vec<(String, String)>,
    /// Spans that name no place in their text.
    pub unapplied: u32,
}

/// Replaces the spans of `side` by placeholders like `[EMAIL_1]`. The same value, letter by letter, gets the same
/// placeholder; one that stands in the text already is never used. Overlapping spans are hidden together, and a span that
/// cuts a character hides the whole of it.
pub fn redact(text: &str, side: Side, spans: &[SensitiveSpan]) -> Redacted {
    let mut redactor = Redactor::new(&[text]);
    let redacted = redactor.hide(text, side, spans);
    Redacted { text: redacted, map: redactor.map, unapplied: redactor.unapplied }
}

/// [`redact`] for both texts of a pair at once.
pub fn redact_pair(client_text: &str, reply_text: &str, spans: &[SensitiveSpan]) -> RedactedPair {
    let mut redactor = Redactor::new(&[client_text, reply_text]);
    let client_text = redactor.hide(client_text, Side::Client, spans);
    let reply_text = redactor.hide(reply_text, Side::Reply, spans);
    RedactedPair { client_text, reply_text, map: redactor.map, unapplied: redactor.unapplied }
}

/// Puts the values back in place of the placeholders, in whatever text they stand now. What a value contains is not
/// looked at again.
pub fn restore(text: &str, map: &[(String, String)]) -> String {
    let values: HashMap<&str, &str> =
        map.iter().rev().map(|(placeholder, value)| (placeholder.as_str(), value.as_str())).collect();
    let mut restored = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in placeholders(text) {
        if let Some(value) = values.get(&text[start..end]) {
            restored.push_str(&text[done..start]);
            restored.push_str(value);
            done = end;
        }
    }
    restored.push_str(&text[done..]);
    restored
}

/// Hides the spans of several texts with one map: a value has one placeholder in all of them.
pub(crate) struct Redactor {
    map: Vec<(String, String)>,
    /// Placeholder of a value of a kind.
    known: HashMap<(SensitiveKind, String), String>,
    /// What looks like a placeholder in the texts themselves.
    literal: HashSet<String>,
    numbers: HashMap<SensitiveKind, u32>,
    unapplied: u32,
}

impl Redactor {
    /// For these texts: what looks like a placeholder in any of them is never given out.
    pub fn new(texts: &[&str]) -> Self {
        let literal =
            texts.iter().flat_map(|text| placeholders(text).map(|(start, end)| text[start..end].to_owned())).collect();
        Self { map: Vec::new(), known: HashMap::new(), literal, numbers: HashMap::new(), unapplied: 0 }
    }

    /// One of the texts with its spans hidden.
    pub fn hide(&mut self, text: &str, side: Side, spans: &[SensitiveSpan]) -> String {
        let mut places: Vec<(usize, usize, SensitiveKind)> = Vec::new();
        for span in spans.iter().filter(|span| span.side == side) {
            let (start, end) = (floor(text, span.start as usize), ceiling(text, span.end as usize));
            if span.start >= span.end || span.end as usize > text.len() {
                self.unapplied = self.unapplied.saturating_add(1);
            } else {
                places.push((start, end, span.kind));
            }
        }
        places.sort_by_key(|&(start, end, _)| (start, std::cmp::Reverse(end)));
        let mut redacted = String::with_capacity(text.len());
        let mut done = 0;
        let mut places = places.into_iter().peekable();
        while let Some((start, mut end, kind)) = places.next() {
            while let Some((_, further, _)) = places.next_if(|&(next, ..)| next < end) {
                end = end.max(further);
            }
            redacted.push_str(&text[done..start]);
            redacted.push_str(&self.placeholder(kind, &text[start..end]));
            done = end;
        }
        redacted.push_str(&text[done..]);
        redacted
    }

    /// Every placeholder that was given out, its value and kind, in order.
    pub fn into_hidden(self) -> Vec<(String, String, SensitiveKind)> {
        let kinds: HashMap<String, SensitiveKind> =
            self.known.into_iter().map(|((kind, _), placeholder)| (placeholder, kind)).collect();
        let kind = |placeholder: &str| kinds.get(placeholder).copied().unwrap_or(SensitiveKind::Name);
        self.map
            .into_iter()
            .map(|(placeholder, value)| (kind(&placeholder), placeholder, value))
            .map(|(k, p, v)| (p, v, k))
            .collect()
    }

    fn placeholder(&mut self, kind: SensitiveKind, value: &str) -> String {
        if let Some(known) = self.known.get(&(kind, value.to_owned())) {
            return known.clone();
        }
        let number = self.numbers.entry(kind).or_default();
        let placeholder = loop {
            *number += 1;
            let placeholder = format!("[{}_{number}]", tag(kind));
            if !self.literal.contains(&placeholder) {
                break placeholder;
            }
        };
        self.known.insert((kind, value.to_owned()), placeholder.clone());
        self.map.push((placeholder.clone(), value.to_owned()));
        placeholder
    }
}

/// Places of everything that has the form `[KIND_1]`, whether given out or not.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = (usize, usize)> {
    memchr::memchr_iter(b'[', text.as_bytes()).filter_map(|start| {
        let near = &text.as_bytes()[start..text.len().min(start + MAX_PLACEHOLDER)];
        let length = memchr::memchr(b']', near)?;
        let inner = &near[1..length];
        let form = inner.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        form.then_some((start, start + length + 1))
    })
}

fn tag(kind: SensitiveKind) -> &'static str {
    match kind {
        SensitiveKind::Email => "EMAIL",
        SensitiveKind::Phone => "PHONE",
        SensitiveKind::Card => "CARD",
        SensitiveKind::Iban => "IBAN",
        SensitiveKind::Identity => "IDENTITY",
        SensitiveKind::Secret => "SECRET",
        SensitiveKind::UrlWithToken => "URL",
        SensitiveKind::AddressLike => "ADDRESS",
        SensitiveKind::Name => "NAME",
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn ceiling(text: &str, at: usize) -> usize {
    (at..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}
