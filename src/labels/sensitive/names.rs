//! Names that the headers gave, found again in the text.

use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::super::language::is_function_word;
use super::super::lists::section;
use super::super::words::{Word, is_unspaced, words};
use super::{Found, SensitiveKind};

/// Display names looked at, and bytes of each: a header may hold thousands. Later ones are not searched for.
const MAX_NAMES: usize = 500;
const MAX_NAME: usize = 200;

const LISTS: &str = include_str!("../data/names.txt");

/// In a display name these tell that it is not a person's.
static NOT_A_PERSON: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "not_a_person"));
/// Titles and particles, never a name by themselves.
static TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "titles"));
/// Names that are everyday words too: at the start of a sentence only the word is meant, unless nothing but a mark follows.
static EVERYDAY: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "everyday"));
/// Case endings of names in Russian, Ukrainian, Bulgarian and their neighbours.
static CYRILLIC_ENDINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "cyrillic_endings"));

/// The names of both sides, ready to be searched for.
pub(in super::super) struct Names {
    /// Parts of three letters and more, lower case.
    parts: HashSet<String>,
    /// Parts of two letters and less, found only beside another part.
    short: HashSet<String>,
    /// Short part beside short part: "Bo Li".
    pairs: HashSet<(String, String)>,
    /// Parts in Cyrillic without their last vowel.
    stems: HashSet<String>,
    /// Names in scripts without spaces, and in Hangul.
    dense: Option<AhoCorasick>,
}

impl Names {
    pub fn new<'a>(displayed: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self {
            parts: HashSet::new(),
            short: HashSet::new(),
            pairs: HashSet::new(),
            stems: HashSet::new(),
            dense: None,
        };
        let mut dense = HashSet::new();
        for name in displayed.filter(|name| name.len() <= MAX_NAME).take(MAX_NAMES) {
            let person = name.split(['(', '|', '<', '[', '/', '（']).next().unwrap_or(name);
            let person = [" via ", " from ", " - ", " – ", " at ", " bei ", " @ "]
                .iter()
                .fold(person, |rest, mark| rest.split(mark).next().unwrap_or(rest));
            if person.contains('@') {
                continue;
            }
            for segment in person.split([',', ';']) {
                names.add(segment, &mut dense);
            }
        }
        let mut dense: Vec<String> = dense.into_iter().collect();
        dense.sort_unstable();
        if !dense.is_empty() {
            // Building fails only beyond 2^31 states, far above the bounds on names; without it those names are not found.
            names.dense = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(dense).ok();
        }
        names
    }

    fn add(&mut self, name: &str, dense: &mut HashSet<String>) {
        let lower: Vec<String> = words(name).map(|word| word.text.to_lowercase()).collect();
        if lower.iter().any(|word| NOT_A_PERSON.contains(word.as_str())) {
            return;
        }
        if name.chars().any(is_dense) {
            add_dense(name, dense);
            return;
        }
        let lower: Vec<String> = lower
            .into_iter()
            .filter(|word| word.chars().all(|c| !c.is_numeric()) && !TITLES.contains(word.as_str()))
            .collect();
        for pair in lower.windows(2) {
            if letters(&pair[0]) <= 2 && letters(&pair[1]) <= 2 {
                self.pairs.insert((pair[0].clone(), pair[1].clone()));
            }
        }
        for word in lower {
            match letters(&word) {
                0..=2 => {
                    self.short.insert(word);
                }
                count => {
                    if count >= 4
                        && word.chars().all(|c| ('\u{400}'..='\u{52f}').contains(&c))
                        && let stem = word.trim_end_matches(['а', 'я', 'о', 'е', 'й', 'ь', 'и', 'і', 'ї'])
                        && letters(stem) >= 3
                    {
                        self.stems.insert(stem.to_owned());
                    }
                    self.parts.insert(word);
                }
            }
        }
    }

    /// Places of the names; parts that stand together are one place.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        if !self.parts.is_empty() || !self.pairs.is_empty() {
            self.find_spaced(text, &mut found);
        }
        if let Some(dense) = &self.dense {
            let places = dense.find_iter(text).map(|place| Found {
                start: place.start(),
                end: place.end(),
                kind: SensitiveKind::Name,
            });
            found = super::merge(found, places.collect());
        }
        found
    }

    fn find_spaced(&self, text: &str, found: &mut Vec<Found>) {
        // A place that is being put together, and the word before it.
        let mut open: Option<(usize, usize)> = None;
        let mut previous: Option<(Word<'_>, String)> = None;
        for word in words(text) {
            let lower = word.text.to_lowercase();
            let joined = previous.as_ref().is_some_and(|(before, _)| joins(before, &text[before.end()..word.start]));
            let short = self.short.contains(&lower) && capital(word.text);
            if let Some((_, end)) = open.as_mut()
                && joined
                && (short || self.is_name(text, &word, &lower, true))
            {
                *end = word.end();
            } else {
                close(&mut open, found);
                if self.is_name(text, &word, &lower, false) {
                    let before = previous
                        .as_ref()
                        .filter(|(before, lower)| joined && self.short.contains(lower) && capital(before.text));
                    open = Some((before.map_or(word.start, |(before, _)| before.start), word.end()));
                } else if let Some((before, first)) =
                    previous.as_ref().filter(|(before, _)| joined && short && capital(before.text))
                    && self.pairs.contains(&(first.clone(), lower.clone()))
                {
                    open = Some((before.start, word.end()));
                }
            }
            previous = Some((word, lower));
        }
        close(&mut open, found);
    }

    /// Whether a word is a part of a name; beside another part a small letter does not matter.
    fn is_name(&self, text: &str, word: &Word<'_>, lower: &str, beside: bool) -> bool {
        let known = self.parts.contains(lower);
        let inflected = || capital(word.text) && self.has_stem(lower);
        if !(known || inflected()) {
            return false;
        }
        let everyday = EVERYDAY.contains(lower) || is_function_word(lower);
        if beside && known {
            return !everyday || capital(word.text);
        }
        if !capital(word.text) {
            return !everyday && letters(lower) >= 4;
        }
        !everyday || !opens_sentence(text, word) || !goes_on(&text[word.end()..])
    }

    fn has_stem(&self, lower: &str) -> bool {
        !self.stems.is_empty()
            && (self.stems.contains(lower)
                || CYRILLIC_ENDINGS.iter().any(|ending| {
                    lower.strip_suffix(ending).is_some_and(|stem| letters(stem) >= 3 && self.stems.contains(stem))
                }))
    }
}

fn close(open: &mut Option<(usize, usize)>, found: &mut Vec<Found>) {
    if let Some((start, end)) = open.take()
        && found.last().is_none_or(|last| last.end <= start)
    {
        found.push(Found { start, end, kind: SensitiveKind::Name });
    }
}

/// Whole name, its spaced parts of two characters and more, and of an unspaced one the parts that are usual.
fn add_dense(name: &str, dense: &mut HashSet<String>) {
    let parts: Vec<&str> =
        name.split(|c: char| c.is_whitespace() || c == '・').filter(|part| part.chars().any(is_dense)).collect();
    let whole: String = parts.concat();
    if !(2..=12).contains(&whole.chars().count()) {
        return;
    }
    if parts.len() > 1 {
        for gap in [" ", "\u{3000}", "・"] {
            dense.insert(parts.join(gap));
        }
        dense.extend(parts.iter().filter(|part| part.chars().count() >= 2).map(|&part| part.to_owned()));
    } else {
        let chars: Vec<char> = whole.chars().collect();
        match chars.len() {
            // One character for the family in Chinese and Korean, two in Japanese.
            3 => {
                dense.insert(chars[1..].iter().collect());
            }
            4 => {
                dense.insert(chars[..2].iter().collect());
                dense.insert(chars[2..].iter().collect());
            }
            _ => {}
        }
    }
    dense.insert(whole);
}

fn is_dense(c: char) -> bool {
    is_unspaced(c) || ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

fn letters(word: &str) -> usize {
    word.chars().count()
}

/// Begins with a capital letter, or its script has none.
fn capital(word: &str) -> bool {
    word.chars().next().is_some_and(|c| !c.is_lowercase())
}

/// What may stand between two parts of one name; a dot only after an initial or "Dr".
fn joins(before: &Word<'_>, gap: &str) -> bool {
    matches!(gap, " " | "\u{a0}" | "-" | "'" | "’" | "‑") || matches!(gap, ". " | ".") && letters(before.text) <= 2
}

fn opens_sentence(text: &str, word: &Word<'_>) -> bool {
    text[..word.start]
        .trim_end_matches([' ', '"', '\'', '«', '“', '(', '>', '-', '*'])
        .chars()
        .next_back()
        .is_none_or(|c| matches!(c, '.' | '!' | '?' | '\n' | '\r' | ':' | '。'))
}

/// Another word follows in the same sentence.
fn goes_on(tail: &str) -> bool {
    tail.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}
