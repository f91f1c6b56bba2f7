//! What a client tells of themselves and nobody else may read: numbers of documents, passwords and PINs, codes, what belongs to a card.
//!
//! Nearly all of it is found by a word before it: a number alone is an order more often than a passport. Only forms with check digits that
//! nothing else has are found without.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::super::{
    lists::{lines, section},
    words::{Word, words},
};
use super::{Blocked, Found, SensitiveKind};

const LISTS: &str = include_str!("../data/personal.txt");
const NUMBERS: &str = include_str!("../data/numbers.txt");

/// Bytes behind a word in which its value begins.
const NEAR: usize = 60;
/// Words that may stand between it and its value.
const MOST_BETWEEN: usize = 6;
/// The same of a document: "passport of my wife, issued in Rome, number …".
const MOST_WORDS: usize = 8;
/// Bytes in which a card stands before its expiry date.
const CARD_NEAR: usize = 120;
/// Signs between two groups of digits, as in "45 08 № 123456".
const MOST_GAP: usize = 3;
/// The longest password.
const LONGEST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Check,
    Pin,
    Password,
    Code,
    Passport,
    Identity,
    Expiry,
    Account,
}

/// A phrase: what it announces, and its words behind the first.
type Phrase = (What, Vec<&'static str>);

static PHRASES: LazyLock<HashMap<String, Vec<Phrase>>> = LazyLock::new(|| {
    let mut phrases: HashMap<String, Vec<Phrase>> = HashMap::new();
    for (name, what) in [
        ("check", What::Check),
        ("pin", What::Pin),
        ("password", What::Password),
        ("code", What::Code),
        ("passport", What::Passport),
        ("identity", What::Identity),
        ("expiry", What::Expiry),
        ("account", What::Account),
    ] {
        for line in lines(LISTS, name) {
            let mut parts = line.split(|c: char| !c.is_alphanumeric() && c != '*').filter(|part| !part.is_empty());
            let Some(first) = parts.next() else { continue };
            // By its first letters, for endings.
            let key: String = first.trim_end_matches('*').chars().take(KEY).collect();
            let all = std::iter::once(first).chain(parts).collect();
            phrases.entry(key).or_default().push((what, all));
        }
    }
    for phrases in phrases.values_mut() {
        phrases.sort_by_key(|(_, words)| std::cmp::Reverse(words.len()));
    }
    phrases
});
/// Letters by which phrases are found.
const KEY: usize = 3;
static BETWEEN: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "between"));
static STATES: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "states"));
static PHONES: LazyLock<HashSet<&str>> = LazyLock::new(|| section(NUMBERS, "phone_words"));
static CARDS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(NUMBERS, "card_words"));
/// Words after which a number is another one: an order, an invoice, a parcel.
static OTHERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let ours = [
        "id",
        "account",
        "acct",
        "ssn",
        "pin",
        "code",
        "confirmation",
        "инн",
        "снилс",
        "nip",
        "pesel",
        "license",
        "licence",
    ];
    section(NUMBERS, "other_words").into_iter().filter(|word| !ours.contains(word)).collect()
});
static UNITS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(NUMBERS, "units"));

/// Finds in a text, sorted and disjoint. `cards` are the card numbers in it; words in `links` announce nothing.
pub(super) fn find(text: &str, cards: &[(usize, usize)], links: &[(usize, usize)]) -> Vec<Found> {
    let mut linked = Blocked::new(links);
    let words: Vec<(Word<'_>, String)> =
        words(text).filter(|word| !linked.contains(word.start)).map(|word| (word, word.text.to_lowercase())).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some((what, length)) = phrase(&words[at..]) else {
            at += 1;
            continue;
        };
        let reader = Reader { text, words: &words, cards };
        if let Some((start, end)) = reader.value(what, at, at + length) {
            let kind = match what {
                What::Check | What::Expiry => SensitiveKind::Card,
                What::Pin | What::Password | What::Code => SensitiveKind::Secret,
                What::Passport | What::Identity => SensitiveKind::Identity,
                What::Account => SensitiveKind::Iban,
            };
            found.push(Found { start, end, kind });
        }
        at += length;
    }
    found.extend(checked(text));
    found.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
    let mut disjoint: Vec<Found> = Vec::new();
    for one in found {
        if disjoint.last().is_none_or(|last| last.end <= one.start) {
            disjoint.push(one);
        }
    }
    disjoint
}

/// The longest phrase that begins here.
fn phrase(words: &[(Word<'_>, String)]) -> Option<(What, usize)> {
    let (_, first) = words.first()?;
    let key: String = first.chars().take(KEY).collect();
    let fits = |pattern: &str, word: &str| match pattern.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => word == pattern,
    };
    PHRASES.get(&key)?.iter().find_map(|(what, phrase)| {
        let all =
            phrase.len() <= words.len() && phrase.iter().zip(words).all(|(pattern, (_, word))| fits(pattern, word));
        all.then_some((*what, phrase.len()))
    })
}

struct Reader<'t> {
    text: &'t str,
    words: &'t [(Word<'t>, String)],
    cards: &'t [(usize, usize)],
}

impl Reader<'_> {
    /// The value of a phrase that goes from one word to before another.
    fn value(&self, what: What, first: usize, next: usize) -> Option<(usize, usize)> {
        let from = self.words[next - 1].0.end();
        if what == What::Password {
            return self.password(from, next);
        }
        if what == What::Expiry && !self.has_card_before(first) {
            return None;
        }
        let is_document = matches!(what, What::Passport | What::Identity | What::Account);
        let mut others = 0;
        for at in next..(next + MOST_BETWEEN + MOST_WORDS).min(self.words.len()) {
            let (word, lower) = &self.words[at];
            let gap = &self.text[from..word.start];
            if word.start - from > NEAR || gap.matches('\n').count() > 1 || gap.contains(['?', '!']) {
                break;
            }
            if let Some(end) = self.fits(what, word.start) {
                return Some((word.start, end));
            }
            if PHONES.contains(lower.as_str()) || OTHERS.contains(lower.as_str()) || self.ends_before(word.start) {
                break;
            }
            if !BETWEEN.contains(lower.as_str()) {
                others += 1;
                // What stands between is told by its digits: they are the value or another number.
                let is_number = word.text.bytes().any(|b| b.is_ascii_digit());
                if !is_document && !is_number || is_number && others > 1 || others > MOST_WORDS {
                    break;
                }
            }
        }
        // "123 is my CVV", "the code 123456 (OTP)".
        if matches!(what, What::Check | What::Pin | What::Code) { self.before(what, first) } else { None }
    }

    /// A sentence ends between the last word and this one.
    fn ends_before(&self, at: usize) -> bool {
        self.text[..at].trim_end().ends_with(['.', '!', '?'])
            && self.text[..at].ends_with(char::is_whitespace)
            && !self.text[..at].trim_end().trim_end_matches('.').ends_with(|c: char| c.is_ascii_digit())
            && self.text[at..].starts_with(char::is_uppercase)
    }

    /// Where a value ends that begins here.
    fn fits(&self, what: What, start: usize) -> Option<usize> {
        let text = self.text;
        match what {
            What::Check => digits(text, start, 3, 4, ""),
            What::Pin => digits(text, start, 4, 8, ""),
            What::Code => digits(text, start, 4, 10, " -").or_else(|| mixed(text, start, 5, 12)),
            What::Passport => digits(text, start, 6, 12, " -№").or_else(|| mixed(text, start, 6, 20)),
            What::Identity => digits(text, start, 8, 15, " -./").or_else(|| mixed(text, start, 8, 18)),
            What::Account => digits(text, start, 6, 26, " -"),
            What::Expiry => date(text, start),
            // Any word may be one: see `password`.
            What::Password => None,
        }
    }

    fn before(&self, what: What, first: usize) -> Option<(usize, usize)> {
        let mut at = first.checked_sub(1)?;
        for _ in 0..3 {
            let (word, lower) = self.words.get(at)?;
            if self.text[word.end()..self.words[first].0.start].contains(['\n', '.', ';']) {
                return None;
            }
            if word.text.bytes().any(|b| b.is_ascii_digit()) {
                let end = self.fits(what, word.start)?;
                return (end == word.end()).then_some((word.start, end));
            }
            if !BETWEEN.contains(lower.as_str()) {
                return None;
            }
            at = at.checked_sub(1)?;
        }
        None
    }

    fn has_card_before(&self, first: usize) -> bool {
        let start = self.words[first].0.start;
        let near = |end: usize| start >= end && start - end <= CARD_NEAR;
        self.cards.iter().any(|&(_, end)| near(end))
            || self.words[..first].iter().rev().take_while(|(word, _)| near(word.end())).any(|(_, lower)| {
                CARDS.contains(lower.as_str())
                    || lower.contains("card")
                    || lower.contains("karte")
                    || lower.starts_with("cv")
            })
    }

    /// A password is any word, so how it is told has to show that it is one.
    fn password(&self, from: usize, next: usize) -> Option<(usize, usize)> {
        let rest = &self.text[from..];
        let mut told = false;
        let mut at = from;
        for (word, lower) in self.words.get(next..)?.iter().take(MOST_BETWEEN) {
            let gap = &self.text[at..word.start];
            if word.start - from > NEAR || gap.matches('\n').count() > 1 {
                return None;
            }
            let marked = gap.contains([':', '=', '—', '–', '→']) || gap.contains(" - ");
            told |= marked;
            let quoted = gap.ends_with(['"', '\'', '«', '„', '“', '”', '`', '‘', '’']);
            // Signs in front of the first letter belong to it.
            let start = if quoted {
                word.start
            } else {
                at + gap.rfind(char::is_whitespace).map_or(gap.len(), |space| space + 1)
            };
            let start = start + self.text[start..].len()
                - self.text[start..].trim_start_matches([':', '=', '(', '[', '—', '–']).len();
            let end = self.end_of_word(start, quoted);
            let value = &self.text[start..end];
            let is_between = BETWEEN.contains(lower.as_str());
            if looks_random(value) && (told || quoted || word.end() <= end) {
                return Some((start, end));
            }
            if quoted && value.chars().count() >= 3 {
                return Some((start, end));
            }
            // "My password: sunshine", "Mein Passwort ist sonnenschein."
            let closes = self.text[end..].trim_start_matches([')', ']', '.', '!', ',']).trim_start_matches([' ', '\t']);
            let is_last = closes.is_empty() || closes.starts_with('\n') || self.text[end..].starts_with('.');
            if told && !is_between && is_last && value.chars().count() >= 4 && !STATES.contains(lower.as_str()) {
                return Some((start, end));
            }
            if !is_between {
                return None;
            }
            told |= is_told(lower);
            at = word.end();
        }
        // Nothing but signs, such as "!!$$%%".
        let value = rest.trim_start().strip_prefix([':', '='])?.trim_start();
        let end = value.find(char::is_whitespace).unwrap_or(value.len());
        let start = self.text.len() - value.len();
        let start = if value.len() <= rest.len() { from + rest.len() - value.len() } else { start };
        let plain = value[..end].chars().all(|c| !c.is_alphanumeric());
        (plain && (4..=LONGEST).contains(&end) && start - from <= NEAR).then_some((start, start + end))
    }

    /// The end of a word with all its signs, but without those that close a sentence.
    fn end_of_word(&self, start: usize, quoted: bool) -> usize {
        let rest = &self.text[start..];
        let closing = |c: char| matches!(c, '"' | '\'' | '»' | '“' | '”' | '`' | '’' | '‘');
        let near = rest.char_indices().take(LONGEST).take_while(|(_, c)| *c != '\n');
        let closed = near.clone().find(|(_, c)| quoted && closing(*c)).map(|(at, _)| at);
        let end = closed.or_else(|| rest.find(char::is_whitespace)).unwrap_or(rest.len());
        start + rest[..end].trim_end_matches(['.', ',', ';', ':', ')', ']', '"', '\'', '?', '»', '“', '”']).len()
    }
}

/// A verb that tells a value.
fn is_told(lower: &str) -> bool {
    matches!(
        lower,
        "is" | "was"
            | "ist"
            | "lautet"
            | "lautete"
            | "war"
            | "est"
            | "es"
            | "era"
            | "è"
            | "é"
            | "to"
            | "jest"
            | "это"
            | "вот"
            | "je"
            | "är"
            | "er"
    )
}

/// Letters with digits or signs among them, as no word has them.
fn looks_random(value: &str) -> bool {
    let length = value.chars().count();
    let has = |is: fn(char) -> bool| value.chars().any(is);
    let letters = has(char::is_alphabetic);
    let digits = has(|c| c.is_numeric());
    let signs = has(|c| {
        matches!(
            c,
            '!' | '@'
                | '#'
                | '$'
                | '%'
                | '^'
                | '&'
                | '*'
                | '+'
                | '='
                | '_'
                | '~'
                | '?'
                | '<'
                | '>'
                | '{'
                | '}'
                | '|'
                | '\\'
        )
    });
    let inner_capital = value.chars().skip(1).any(char::is_uppercase) && has(char::is_lowercase);
    (4..=LONGEST).contains(&length)
        && (letters && digits
            || letters && signs
            || digits && signs
            || inner_capital
            || digits && length >= 4 && !letters)
        && !value.contains("://")
}

/// Digits with single gaps of these characters, so many of them, that are no amount and no part of something longer.
fn digits(text: &str, start: usize, least: usize, most: usize, gaps: &str) -> Option<usize> {
    if text[..start]
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '+' | '$' | '€' | '£' | '₽' | '_' | '@' | '/'))
    {
        return None;
    }
    let (mut count, mut end, mut at) = (0, start, start);
    let mut gap = 0;
    for c in text[start..].chars() {
        at += c.len_utf8();
        if c.is_ascii_digit() {
            count += 1;
            end = at;
            gap = 0;
        } else if count > 0
            && count < most
            && gap < MOST_GAP
            && (gaps.contains(c) || c == '\u{a0}' && gaps.contains(' '))
        {
            gap += 1;
        } else {
            break;
        }
    }
    (least..=most).contains(&count).then_some(end).filter(|end| closes(text, *end))
}

/// Letters and digits in one word, with a digit among them.
fn mixed(text: &str, start: usize, least: usize, most: usize) -> Option<usize> {
    let rest = &text[start..];
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let value = rest[..length].trim_end_matches('-');
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let fits = (least..=most).contains(&(digits + letters)) && digits >= 3 && letters > 0 && !value.contains("--");
    let is_whole =
        !text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '@' | '/' | '_'));
    (fits && is_whole).then_some(start + value.len()).filter(|end| closes(text, *end))
}

/// Nothing goes on behind a value that makes it another one: letters, a time, a unit.
fn closes(text: &str, end: usize) -> bool {
    let rest = &text[end..];
    let mut chars = rest.chars();
    let next = chars.next();
    let beyond = chars.next();
    let goes_on = next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '%' | '€' | '$' | '@' | '_' | '₽'))
        || matches!(next, Some(':' | ',' | '.' | '/' | '-')) && beyond.is_some_and(|c| c.is_ascii_digit());
    let behind = rest.trim_start_matches([' ', '\u{a0}']);
    let word: String = behind.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).take(8).collect();
    let is_time = matches!(
        word.as_str(),
        "am" | "pm" | "uhr" | "times" | "mal" | "раз" | "days" | "tage" | "дней" | "fois" | "veces"
    );
    !goes_on && !behind.starts_with(['€', '$', '£', '₽', '%']) && !is_time && !UNITS.contains(word.as_str())
}

/// `09/27`, `09/2027`, `09-27`, `09.2027`.
fn date(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let two =
        |at: usize| bytes.get(at).zip(bytes.get(at + 1)).is_some_and(|(a, b)| a.is_ascii_digit() && b.is_ascii_digit());
    if !two(start) || start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
        return None;
    }
    let month: u8 = text[start..start + 2].parse().ok()?;
    let mut at = start + 2;
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    if !(1..=12).contains(&month) || !matches!(bytes.get(at), Some(b'/' | b'-' | b'.')) {
        return None;
    }
    at += 1;
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    let end = match (two(at), two(at + 2)) {
        (true, true) => at + 4,
        (true, false) => at + 2,
        _ => return None,
    };
    closes(text, end).then_some(end)
}

/// Numbers with check digits in a form that nothing else has: they need no word.
fn checked(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begins = bytes[at].is_ascii_alphanumeric()
            && (at == 0
                || !bytes[at - 1].is_ascii_alphanumeric()
                    && bytes[at - 1] < 0x80
                    && !matches!(bytes[at - 1], b'-' | b'.' | b'/' | b'_'));
        if !begins {
            at += 1;
            continue;
        }
        // One token, with what numbers are parted by.
        let length =
            bytes[at..].iter().take(20).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')).count();
        let ends = at + length;
        let token = text[at..ends].trim_end_matches(['-', '.']);
        let is_whole = !text[at + token.len()..].starts_with(|c: char| c.is_alphanumeric());
        // "112-233-445 95"
        let spaced = bytes.get(at..at + 14).filter(|form| {
            is_form(form, "ddd-ddd-ddd dd") && !bytes.get(at + 14).is_some_and(u8::is_ascii_alphanumeric)
        });
        if let Some(form) = spaced
            && is_snils(form)
        {
            found.push(Found { start: at, end: at + 14, kind: SensitiveKind::Identity });
            at += 14;
            continue;
        }
        if is_whole && is_checked(token) {
            found.push(Found { start: at, end: at + token.len(), kind: SensitiveKind::Identity });
        }
        at += length.max(1);
    }
    found
}

fn is_checked(token: &str) -> bool {
    let bytes = token.as_bytes();
    is_form(bytes, "ddd-ddd-ddd-dd") && is_snils(bytes)
        || is_form(bytes, "ddd.ddd.ddd-dd") && is_cpf(bytes)
        || is_form(bytes, "756.dddd.dddd.dd") && is_ean(bytes)
        || bytes.len() == 16 && is_codice_fiscale(&token.to_ascii_uppercase())
}

/// `d` is a digit; everything else is itself.
fn is_form(bytes: &[u8], form: &str) -> bool {
    bytes.len() == form.len()
        && bytes
            .iter()
            .zip(form.bytes())
            .all(|(byte, form)| if form == b'd' { byte.is_ascii_digit() } else { *byte == form })
}

fn values(bytes: &[u8]) -> Vec<u32> {
    bytes.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect()
}

/// Russia's insurance number: the last two digits are the weighted sum of the others, modulo 101.
fn is_snils(bytes: &[u8]) -> bool {
    let digits = values(bytes);
    let sum: u32 = digits.iter().take(9).zip((1..=9).rev()).map(|(digit, weight)| digit * weight).sum();
    digits.len() == 11 && sum > 0 && sum % 101 % 100 == digits[9] * 10 + digits[10]
}

/// Brazil's taxpayer number: two check digits, modulo 11.
fn is_cpf(bytes: &[u8]) -> bool {
    let digits = values(bytes);
    let check = |count: usize| {
        let weights = (2..=u32::try_from(count).unwrap_or(0) + 1).rev();
        let sum: u32 = digits.iter().take(count).zip(weights).map(|(digit, weight)| digit * weight).sum();
        (sum * 10) % 11 % 10
    };
    digits.len() == 11
        && digits.iter().any(|digit| *digit != digits[0])
        && check(9) == digits[9]
        && check(10) == digits[10]
}

/// Switzerland's insurance number ends in the check digit of an EAN.
fn is_ean(bytes: &[u8]) -> bool {
    let digits = values(bytes);
    let sum: u32 = digits.iter().enumerate().map(|(place, digit)| digit * if place % 2 == 0 { 1 } else { 3 }).sum();
    digits.len() == 13 && sum.is_multiple_of(10)
}

/// Italy's tax code: six letters, the date and place of birth, and a letter over all of it.
fn is_codice_fiscale(token: &str) -> bool {
    // What the characters of odd places count: 0 to 9, and A to Z the same way on.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let bytes = token.as_bytes();
    let form = b"LLLLLLNNLNNLNNNL";
    // Digits become these letters where two people would have the same code.
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'L' => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_digit() || matches!(byte, b'L'..=b'N' | b'P'..=b'V'),
    };
    if bytes.len() != 16 || !bytes.iter().zip(form).all(fits) {
        return false;
    }
    let value = |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' });
    let sum: u32 = bytes[..15]
        .iter()
        .enumerate()
        .map(|(place, byte)| if place % 2 == 0 { ODD[value(*byte) as usize] } else { value(*byte) })
        .sum();
    sum % 26 == value(bytes[15])
}
