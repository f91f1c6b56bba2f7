//! Facts of a text that can be compared: numbers, amounts, dates, times, codes, telephone and account numbers, names.
//!
//! A fact has one key or several: what is written in two ways has the same key, and what can be read in two ways has both.
//!
//! [`reader`] goes through the words of a text and knows codes; [`times`] and [`numbers`] have what begins with a digit or is said in words,
//! [`lists`] the words for it in each language. [`known`] compares facts, and [`speech`] says how a sentence speaks of them.

mod known;
mod lists;
mod numbers;
mod reader;
mod speech;
mod times;

pub(super) use known::Known;
pub(super) use lists::{MONTHS, RELATIVE, WEEKDAYS, folded, is_unit};
use reader::{Reader, Token};
pub(super) use speech::{is_about_secrets, is_negative};

use super::lists::fold;
use crate::{
    labels::{Word, sensitive_spans, words},
    types::{DoubtKind, SensitiveKind},
};

/// What two writings of one fact have in common. Numbers are written as `1000.5`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Number(String),
    /// A number with what it counts.
    Quantity(String, &'static str),
    Amount(String, &'static str),
    Percentage(String),
    /// Day, month, and the year where it is said.
    Date(u8, u8, Option<u16>),
    Month(u8, Option<u16>),
    Weekday(u8),
    /// Today, tomorrow.
    Relative(u8),
    /// Minutes from midnight.
    Time(u16),
    Code(String),
    Phone(String),
    Account(String),
}

/// A fact of a text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub kind: DoubtKind,
    pub start: usize,
    pub end: usize,
    pub keys: Vec<Key>,
}

/// All facts of a text but its names and what leads somewhere, in order. Places in `skip` are not looked at.
pub(super) fn facts(text: &str, skip: &[(usize, usize)]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut hidden = skip.to_vec();
    for span in sensitive_spans(text, &[]) {
        let (start, end) = (span.start as usize, span.end as usize);
        if hidden.iter().any(|&(from, to)| from < end && start < to) {
            continue;
        }
        let (kind, key) = match span.kind {
            SensitiveKind::Phone => (DoubtKind::Phone, Key::Phone(digits(&text[start..end]))),
            SensitiveKind::Iban | SensitiveKind::Card | SensitiveKind::Identity | SensitiveKind::Secret => {
                (DoubtKind::Account, Key::Account(alphanumeric(&text[start..end])))
            }
            _ => continue,
        };
        hidden.push((start, end));
        facts.push(Fact { kind, start, end, keys: vec![key] });
    }
    for (start, end) in bare_phones(text, &hidden) {
        hidden.push((start, end));
        facts.push(Fact { kind: DoubtKind::Phone, start, end, keys: vec![Key::Phone(digits(&text[start..end]))] });
    }
    let is_hidden = |word: &Word<'_>| hidden.iter().any(|&(start, end)| start < word.end() && word.start < end);
    let tokens: Vec<Token<'_>> = words(text)
        .filter(|word| !is_hidden(word))
        .map(|word| Token { start: word.start, end: word.end(), text: word.text, folded: fold(word.text) })
        .collect();
    let reader = Reader { text, tokens: &tokens };
    let mut at = 0;
    while at < tokens.len() {
        match reader.fact(at) {
            Some((fact, next)) => {
                facts.extend(fact);
                at = next.max(at + 1);
            }
            None => at += 1,
        }
    }
    facts.sort_by_key(|fact| (fact.start, fact.end));
    facts
}

/// Numbers of telephones without a word before them: groups of digits that begin with 0, 8 or a bracket. What may be one is taken for
/// one here, since nobody else's may come through.
fn bare_phones(text: &str, hidden: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let groups: Vec<Word<'_>> =
        words(text).filter(|word| !hidden.iter().any(|&(start, end)| start < word.end() && word.start < end)).collect();
    let is_digits = |word: &Word<'_>| word.text.bytes().all(|b| b.is_ascii_digit());
    let joins =
        |gap: &str| matches!(gap, " " | "\u{a0}" | "-" | "‑" | "–" | "/" | ") " | ")" | " (" | "(" | " - " | " / ");
    let mut phones = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        let mut end = at + 1;
        while end < groups.len()
            && is_digits(&groups[at])
            && is_digits(&groups[end])
            && joins(&text[groups[end - 1].end()..groups[end].start])
        {
            end += 1;
        }
        let (first, last) = (groups[at], groups[end - 1]);
        let number: usize = groups[at..end].iter().map(|group| group.text.len()).sum();
        let bracket = text[..first.start].ends_with('(');
        let begins = bracket || first.text.starts_with('0') || first.text == "8" || first.text == "8800";
        if end - at >= 3 && begins && (9..=14).contains(&number) {
            phones.push((first.start - usize::from(bracket), last.end()));
        }
        at = end;
    }
    phones
}

/// What was read at a word, and the word after it. A fact that is none takes its place as well.
type Read = Option<(Option<Fact>, usize)>;

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn alphanumeric(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}
