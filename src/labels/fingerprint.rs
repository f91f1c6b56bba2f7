//! Near-duplicate replies: what is left of a text without names, numbers, dates and greetings, as a 64-bit simhash.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::sensitive::urls;
use super::words::{Word, is_unspaced, words};
use crate::types::SensitiveSpan;

const VERSION: &str = "1";
/// Words of a line that may be nothing but a greeting or a closing.
const MAX_GREETING_WORDS: usize = 8;
/// Lines from either end looked at for greetings.
const GREETING_LINES: usize = 4;
/// Characters of a name after a greeting.
const MAX_NAME: usize = 30;
/// Bits that may differ between near duplicates. Unrelated texts differ in 32 on average; one changed word in ten in about 9.
pub(super) const MAX_DISTANCE: u32 = 10;
/// Below this many words one word is too large a part: only equal texts are near.
const MIN_WORDS: u32 = 8;
/// The shorter of two near texts has at least this share of the longer one's words, in percent.
const MIN_LENGTH_SHARE: u64 = 75;

/// A stable mark of a reply's wording; equal texts up to names, numbers, dates, links and greetings have equal marks.
///
/// Written `1-<simhash>-<hash of the exact wording>-<words>`, the numbers in hex. The same on every machine and version of
/// the compiler; a change of the rules changes the leading `1`, and marks of different versions are never near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    simhash: u64,
    exact: u64,
    words: u32,
}

/// A text that is no fingerprint of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a reply fingerprint of version {VERSION}")]
pub struct FingerprintError;

impl Fingerprint {
    /// Mark of a reply whose sensitive spans are known; spans of the other side are to be left out.
    pub(super) fn of(text: &str, spans: &[SensitiveSpan]) -> Self {
        let tokens = tokens(text, spans);
        let mut votes = [0i32; 64];
        let mut exact = FNV_OFFSET;
        let mut before: Option<u64> = None;
        for token in &tokens {
            let one = hash(FNV_OFFSET, token.as_bytes());
            exact = hash(hash(exact, token.as_bytes()), b" ");
            // Single words carry the topic, pairs the wording.
            vote(&mut votes, mix(one), if token.chars().count() > 3 { 2 } else { 1 });
            if let Some(before) = before.replace(one) {
                vote(&mut votes, mix(before.rotate_left(17) ^ one), 2);
            }
        }
        let simhash =
            votes.iter().enumerate().fold(0, |bits, (bit, &vote)| if vote > 0 { bits | 1 << bit } else { bits });
        Self { simhash, exact: mix(exact), words: u32::try_from(tokens.len()).unwrap_or(u32::MAX) }
    }

    /// Whether two replies say the same in nearly the same words. Texts without words are near to nothing.
    ///
    /// Not transitive: a chain of near texts may lead far from its start, so compare with one text of a group.
    pub fn near(&self, other: &Self) -> bool {
        if self.words == 0 || other.words == 0 {
            return false;
        }
        if self.exact == other.exact && self.words == other.words {
            return true;
        }
        let (less, more) = (self.words.min(other.words), self.words.max(other.words));
        less >= MIN_WORDS
            && u64::from(less) * 100 >= u64::from(more) * MIN_LENGTH_SHARE
            && self.distance(other) <= MAX_DISTANCE
    }

    /// In how many bits the simhashes differ, 0 to 64: of several near texts the one with the least is the nearest.
    pub fn distance(&self, other: &Self) -> u32 {
        (self.simhash ^ other.simhash).count_ones()
    }

    pub(super) fn simhash(&self) -> u64 {
        self.simhash
    }

    /// Whether there is a wording at all: a text without words is near to nothing.
    pub fn has_words(&self) -> bool {
        self.words > 0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}-{:016x}-{:016x}-{:x}", self.simhash, self.exact, self.words)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('-').collect();
        let [VERSION, simhash, exact, words] = parts[..] else { return Err(FingerprintError) };
        Ok(Self {
            simhash: u64::from_str_radix(simhash, 16).map_err(|_| FingerprintError)?,
            exact: u64::from_str_radix(exact, 16).map_err(|_| FingerprintError)?,
            words: u32::from_str_radix(words, 16).map_err(|_| FingerprintError)?,
        })
    }
}

/// Whether two stored fingerprints are of near-duplicate replies; what cannot be read is near to nothing.
/// To compare one with many, parse them once and use [`Fingerprint::near`].
pub fn near(a: &str, b: &str) -> bool {
    match (a.parse::<Fingerprint>(), b.parse::<Fingerprint>()) {
        (Ok(a), Ok(b)) => a.near(&b),
        _ => false,
    }
}

/// The words that make the wording, in order. When nothing but greetings is there, these are the wording.
fn tokens(text: &str, spans: &[SensitiveSpan]) -> Vec<String> {
    let mut hidden: Vec<(usize, usize)> =
        spans.iter().map(|span| (span.start as usize, span.end as usize)).chain(urls(text)).collect();
    hidden.sort_unstable();
    let greetings = greeting_lines(text);
    let all = |skip: &[(usize, usize)]| {
        let mut tokens = Vec::new();
        let mut next = 0;
        let mut reach = 0;
        let mut line = 0;
        for word in words(text) {
            while let Some(&(_, end)) = hidden.get(next).filter(|&&(start, _)| start <= word.start) {
                reach = reach.max(end);
                next += 1;
            }
            while skip.get(line).is_some_and(|&(_, end)| end <= word.start) {
                line += 1;
            }
            let greets = skip.get(line).is_some_and(|&(start, _)| start <= word.start);
            if word.start < reach || greets || word.text.chars().any(char::is_numeric) {
                continue;
            }
            push(word.text, &mut tokens);
        }
        tokens
    };
    let tokens = all(&greetings);
    if tokens.is_empty() { all(&[]) } else { tokens }
}

/// One lower-case word, or the pairs of characters of an unspaced script.
fn push(word: &str, tokens: &mut Vec<String>) {
    let lower = word.to_lowercase();
    if !lower.chars().any(is_unspaced) {
        if !MONTHS.contains(lower.as_str()) {
            tokens.push(lower);
        }
        return;
    }
    let mut before: Option<char> = None;
    for c in lower.chars() {
        if let Some(before) = before.replace(c) {
            tokens.push([before, c].iter().collect());
        }
    }
    if lower.chars().count() == 1 {
        tokens.push(lower);
    }
}

/// Short lines at both ends that open with a greeting; after a closing, everything below it is the signature.
fn greeting_lines(text: &str) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            lines.push((start, start + line.len()));
        }
        start += line.len();
    }
    let head = lines.len().min(GREETING_LINES);
    let mut greetings: Vec<(usize, usize)> = Vec::new();
    for &(start, end) in &lines[..head.min(2)] {
        if let Some(length) = greeting(&text[start..end]) {
            greetings.push((start, start + length));
        }
    }
    let closing = (lines.len().saturating_sub(GREETING_LINES).max(1)..lines.len()).find(|&line| {
        let (start, end) = lines[line];
        greeting(&text[start..end]).is_some_and(|length| text[start + length..end].trim().is_empty())
    });
    if let Some(&(start, _)) = closing.and_then(|line| lines.get(line)) {
        greetings.retain(|&(_, end)| end <= start);
        greetings.push((start, text.len()));
    }
    greetings
}

/// Bytes of the greeting that a line opens with: to the first mark after it, and at most a few words.
fn greeting(line: &str) -> Option<usize> {
    let lead = line.len() - line.trim_start().len();
    let rest = &line[lead..];
    let marks = |c: char| {
        matches!(c, ',' | '!' | ':' | ';' | '.' | '\n' | '\r' | '，' | '、' | '！' | '。' | '：' | '،' | '–' | '—')
    };
    // "Dear Mr. Smith,": a dot inside a short title does not end the greeting.
    let mut end = rest.find(marks).unwrap_or(rest.len());
    if rest[end..].starts_with('.') && words(&rest[..end]).last().is_some_and(|word| word.text.chars().count() <= 4) {
        end = rest.find(|c| c != '.' && marks(c)).unwrap_or(rest.len());
    }
    let clause = rest[..end].to_lowercase();
    if words(&clause).take(MAX_GREETING_WORDS + 1).count() > MAX_GREETING_WORDS || clause.chars().count() > 60 {
        return None;
    }
    let known = GREETINGS.iter().any(|greeting| {
        clause.strip_prefix(greeting).is_some_and(|after| {
            after.chars().next().is_none_or(|c| !c.is_alphanumeric() || greeting.chars().any(is_unspaced))
        })
    });
    // "田中様", "王先生"
    let honorific = clause.chars().count() <= 10
        && ["様", "さま", "さん", "先生", "女士", "님"].iter().any(|title| clause.ends_with(title));
    if !known && !honorific {
        return None;
    }
    let mark = |at: usize| rest[at..].chars().next().filter(|&c| c != '\n' && c != '\r').map_or(0, char::len_utf8);
    end += mark(end);
    // "Здравствуйте, Анна!", "Hello, Mr Smith,": the name after the comma belongs to it.
    let name_end = end + rest[end..].find(marks).unwrap_or(rest.len() - end);
    let name = &rest[end..name_end];
    let capital = |word: Word<'_>| !word.text.starts_with(char::is_lowercase);
    if rest[..end].ends_with([',', '，'])
        && name.chars().count() <= MAX_NAME
        && words(name).next().is_some()
        && words(name).all(capital)
    {
        end = name_end + mark(name_end);
    }
    Some(lead + end)
}

static GREETINGS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("data/greetings.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
});

static MONTHS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("data/months.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// A key of a text that is the same on every machine and for ever. No protection against those who want two texts to share one.
pub(crate) fn text_key(text: &str) -> u64 {
    mix(hash(FNV_OFFSET, text.as_bytes()))
}

/// FNV-1a, 64 bits: small, and the same for ever.
fn hash(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The finaliser of SplitMix64: FNV alone leaves the high bits of short words alike.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn vote(votes: &mut [i32; 64], hash: u64, weight: i32) {
    for (bit, vote) in votes.iter_mut().enumerate() {
        *vote = if hash >> bit & 1 == 1 { vote.saturating_add(weight) } else { vote.saturating_sub(weight) };
    }
}
