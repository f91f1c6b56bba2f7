//! Facts of a text that can be compared: numbers, amounts, dates, times, codes, telephone and account numbers, names.
//!
//! A fact has one key or several: what is written in two ways has the same key, and what can be read in two ways has both.

use std::{collections::HashSet, sync::LazyLock};

use super::lists::{Meanings, fold, folded_words, section};
use crate::{
    labels::{Word, sensitive_spans, words},
    types::{DoubtKind, SensitiveKind},
};

const LISTS: &str = include_str!("data/facts.txt");

static UNITS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "unit"));
static MEASURES: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "measure"));
static CURRENCIES: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "currency"));
pub(super) static MONTHS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "month"));
pub(super) static WEEKDAYS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "weekday"));
static FEIRA: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "feira"));
pub(super) static RELATIVE: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "relative"));
static NUMBERS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "number"));
static PERCENT: LazyLock<Meanings> = LazyLock::new(|| plain("percent"));
static PERCENT_FIRST: LazyLock<Meanings> = LazyLock::new(|| plain("percent first"));
static PERCENT_SECOND: LazyLock<Meanings> = LazyLock::new(|| plain("percent second"));
static WORKING: LazyLock<Meanings> = LazyLock::new(|| plain("working"));
static WORKING_AFTER: LazyLock<Meanings> = LazyLock::new(|| plain("working after"));
static BETWEEN: LazyLock<Meanings> = LazyLock::new(|| plain("between"));
static ORDINAL: LazyLock<HashSet<String>> = LazyLock::new(|| folded("ordinal"));
static OF: LazyLock<HashSet<String>> = LazyLock::new(|| folded("of"));
static RANGE: LazyLock<HashSet<String>> = LazyLock::new(|| folded("range"));
static DOUBTFUL_MONTHS: LazyLock<HashSet<String>> = LazyLock::new(|| folded("month doubtful"));
static DOUBTFUL_NUMBERS: LazyLock<HashSet<String>> = LazyLock::new(|| folded("number doubtful"));
static SECRET: LazyLock<HashSet<String>> = LazyLock::new(|| folded("secret"));

fn plain(name: &'static str) -> Meanings {
    Meanings::only(LISTS, name)
}

pub(super) fn folded(name: &'static str) -> HashSet<String> {
    section(LISTS, name).into_iter().map(fold).collect()
}

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

/// A word with what it says.
struct Token<'t> {
    start: usize,
    end: usize,
    text: &'t str,
    folded: String,
}

impl Token<'_> {
    fn is_number(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }

    fn has_digit(&self) -> bool {
        self.text.bytes().any(|b| b.is_ascii_digit())
    }

    fn value(&self) -> Option<u32> {
        if self.is_number() && self.text.len() <= 4 { self.text.parse().ok() } else { None }
    }

    /// Digits, and the letters right behind them.
    fn split(&self) -> Option<(&str, String)> {
        let digits = self.text.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &self.text[digits..];
        (digits > 0 && !rest.is_empty() && !rest.bytes().any(|b| b.is_ascii_digit()))
            .then(|| (&self.text[..digits], fold(rest)))
    }
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

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token<'t>],
}

/// A number that was read: its values, and the token after it.
struct Number {
    values: Vec<String>,
    next: usize,
    /// What it counts, where that is written.
    unit: Option<Unit>,
    /// Where it begins and ends with the sign of its unit, where that is no word behind it.
    from: Option<usize>,
    to: Option<usize>,
}

impl Number {
    fn new(values: Vec<String>, next: usize, unit: Option<Unit>) -> Self {
        Self { values, next, unit, from: None, to: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Counted(&'static str),
    Currency(&'static str),
    Percent,
}

type Read = Option<(Option<Fact>, usize)>;

impl Reader<'_> {
    /// What is between a token and the next one.
    fn gap(&self, at: usize) -> &str {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(one), Some(next)) => &self.text[one.end..next.start],
            (Some(last), None) => &self.text[last.end..],
            _ => "",
        }
    }

    fn folded(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.folded.as_str())
    }

    fn fact(&self, at: usize) -> Read {
        let token = &self.tokens[at];
        if !token.has_digit() {
            return self.spoken(at);
        }
        self.date(at)
            .or_else(|| self.time(at))
            .or_else(|| self.code(at))
            .or_else(|| self.list_mark(at))
            .or_else(|| self.number(at))
    }

    fn made(&self, kind: DoubtKind, from: usize, next: usize, keys: Vec<Key>) -> Read {
        let (start, end) = (self.tokens.get(from)?.start, self.tokens.get(next.checked_sub(1)?)?.end);
        Some((Some(Fact { kind, start, end, keys }), next))
    }

    /// "1." and "2)" at the beginning of a line count lines.
    fn list_mark(&self, at: usize) -> Read {
        let token = &self.tokens[at];
        let opens = self.text[..token.start].rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
        (opens
            && token.text.len() <= 2
            && token.is_number()
            && (self.gap(at).starts_with(". ") || self.gap(at).starts_with(')')))
        .then_some((None, at + 1))
    }

    fn date(&self, at: usize) -> Read {
        let value = |at: usize| self.tokens.get(at).and_then(Token::value);
        let first = self.tokens.get(at)?;
        let length = |at: usize| self.tokens.get(at).map_or(0, |token| token.text.len());
        let is = |at: usize, gap: &str| self.gap(at) == gap;
        let same = |gaps: &[&str]| gaps.iter().any(|gap| is(at, gap) && is(at + 1, gap));
        // 2026-11-29
        if length(at) == 4
            && same(&["-", "/", "."])
            && let (Some(y), Some(m), Some(d)) = (value(at), value(at + 1), value(at + 2))
            && let Some(key) = date(d, m, Some(y))
        {
            return self.made(DoubtKind::Date, at, at + 3, vec![key]);
        }
        // 29.11.2026, 29/11/26, 11-29-2026
        if matches!(length(at + 2), 2 | 4)
            && same(&[".", ". ", "/", "-"])
            && let (Some(one), Some(two), Some(y)) = (value(at), value(at + 1), value(at + 2))
        {
            let swapped = if is(at, ".") || is(at, ". ") { None } else { date(two, one, Some(year(y))) };
            let keys: Vec<Key> = date(one, two, Some(year(y))).into_iter().chain(swapped).collect();
            if !keys.is_empty() {
                return self.made(DoubtKind::Date, at, at + 3, keys);
            }
        }
        // 29.11.
        if is(at, ".")
            && self.gap(at + 1).starts_with('.')
            && !(self.gap(at + 1) == "." && value(at + 2).is_some())
            && let (Some(d), Some(m)) = (value(at), value(at + 1))
            && let Some(key) = date(d, m, None)
        {
            let sum = format!("{}.{}", self.tokens[at].text, self.tokens[at + 1].text);
            let other =
                if length(at + 1) == 2 { values(&sum).into_iter().map(Key::Number).collect() } else { Vec::new() };
            return self.made(DoubtKind::Date, at, at + 2, std::iter::once(key).chain(other).collect());
        }
        // 29 November 2026, 29th of November, 29 ноября, 3–5 November
        let day = first.value().or_else(|| {
            let (digits, rest) = first.split()?;
            if ORDINAL.contains(&rest) { digits.parse().ok() } else { None }
        })?;
        let mut month_at = at + 1;
        // "-го": the ending of an ordinal by itself.
        if self.gap(at) == "-" && ORDINAL.contains(self.folded(month_at)) {
            month_at += 1;
        }
        if is_range(self.gap(at)) && self.tokens.get(month_at).is_some_and(Token::is_number)
            || RANGE.contains(self.folded(month_at)) && self.tokens.get(month_at + 1).is_some_and(Token::has_digit)
        {
            let next = if RANGE.contains(self.folded(month_at)) { month_at + 1 } else { month_at };
            let (fact, _) = self.named_date(next)?;
            let Some(Key::Date(_, m, y)) = fact.keys.first() else { return None };
            return self.made(DoubtKind::Date, at, at + 1, vec![date(day, u32::from(*m), y.map(u32::from))?]);
        }
        let (fact, next) = self.named_date(at)?;
        Some((Some(fact), next))
    }

    /// A day, and a month by its name behind it.
    fn named_date(&self, at: usize) -> Option<(Fact, usize)> {
        let first = self.tokens.get(at)?;
        let day = first.value().or_else(|| {
            let (digits, rest) = first.split()?;
            if ORDINAL.contains(&rest) { digits.parse().ok() } else { None }
        })?;
        let mut next = at + 1;
        if self.gap(at) == "-" && ORDINAL.contains(self.folded(next)) {
            next += 1;
        }
        if !matches!(self.gap(next - 1), " " | "\u{a0}" | ". " | "." | "-" | " / ") {
            return None;
        }
        if OF.contains(self.folded(next)) {
            next += 1;
        }
        let month: u32 = MONTHS.get(self.folded(next))?.parse().ok()?;
        next += 1;
        let (y, next) = self.year_from(next);
        let key = date(day, month, y)?;
        let (fact, next) = self.made(DoubtKind::Date, at, next, vec![key])?;
        Some((fact?, next))
    }

    /// The year that stands here, and the token after it.
    fn year_from(&self, at: usize) -> (Option<u32>, usize) {
        let is_near =
            |at: usize| self.gap(at).trim_matches([' ', ',', '.', '\u{a0}']).is_empty() && !self.gap(at).contains('\n');
        let year_at = |at: usize| {
            let token = self.tokens.get(at)?;
            let digits = token.split().map_or(token.text, |(digits, _)| digits);
            let y: u32 = if digits.len() == 4 { digits.parse().ok()? } else { return None };
            (1900..2200).contains(&y).then_some(y)
        };
        if at == 0 || !is_near(at - 1) {
            return (None, at);
        }
        if let Some(y) = year_at(at) {
            return (Some(y), at + 1);
        }
        match OF.contains(self.folded(at)).then(|| year_at(at + 1)).flatten() {
            Some(y) => (Some(y), at + 2),
            None => (None, at),
        }
    }

    fn time(&self, at: usize) -> Read {
        let token = &self.tokens[at];
        let word = |at: usize| self.folded(at);
        let near = |at: usize| matches!(self.gap(at), "" | " " | "\u{a0}" | "\u{202f}");
        // Half of the day, from a token on: the hours to add, and the token after it.
        let half = |at: usize| match word(at) {
            "am" => Some((Half::Morning, at + 1)),
            "pm" => Some((Half::Evening, at + 1)),
            "a" if word(at + 1) == "m" && self.gap(at).starts_with('.') => Some((Half::Morning, at + 2)),
            "p" if word(at + 1) == "m" && self.gap(at).starts_with('.') => Some((Half::Evening, at + 2)),
            _ => None,
        };
        // 9am, 14h, 14h30
        if let Some((digits, rest)) = token.split() {
            let hour = digits.parse().ok().filter(|_| digits.len() <= 2)?;
            let key = match rest.as_str() {
                "am" => time(hour, 0, Half::Morning)?,
                "pm" => time(hour, 0, Half::Evening)?,
                "uhr" | "h" => time(hour, 0, Half::None)?,
                _ => return None,
            };
            return self.made(DoubtKind::Time, at, at + 1, vec![key]);
        }
        if let Some((hour, minute)) =
            token.text.split_once(['h', 'H']).and_then(|(h, m)| Some((h.parse().ok()?, m.parse().ok()?)))
            && token.text.len() <= 5
        {
            return self.made(DoubtKind::Time, at, at + 1, vec![time(hour, minute, Half::None)?]);
        }
        let hour = token.value().filter(|_| token.text.len() <= 2)?;
        let minutes = self.tokens.get(at + 1).and_then(|token| {
            let digits = token.split().map_or(token.text, |(digits, _)| digits);
            if digits.len() == 2 { digits.parse::<u32>().ok().filter(|minute| *minute < 60) } else { None }
        });
        let suffix = self.tokens.get(at + 1).and_then(Token::split).map(|(_, rest)| rest);
        let named = match suffix.as_deref() {
            Some("am") => Some((Half::Morning, at + 2)),
            Some("pm") => Some((Half::Evening, at + 2)),
            Some("uhr" | "h") => Some((Half::None, at + 2)),
            Some(_) => return None,
            None if near(at + 1) && word(at + 2) == "uhr" => Some((Half::None, at + 3)),
            None if near(at + 1) => half(at + 2),
            None => None,
        };
        if let Some(minute) = minutes
            && (self.gap(at) == ":" || self.gap(at) == "." && named.is_some())
        {
            let (half, mut next) = named.unwrap_or((Half::None, at + 2));
            if named.is_none()
                && self.gap(at + 1) == ":"
                && self.tokens.get(at + 2).is_some_and(|token| token.text.len() == 2 && token.is_number())
            {
                next = at + 3;
            }
            return self.made(DoubtKind::Time, at, next, vec![time(hour, minute, half)?]);
        }
        // 9 Uhr, 9 Uhr 30, 9 pm
        if near(at) && word(at + 1) == "uhr" {
            let minute = self.tokens.get(at + 2).filter(|token| self.gap(at + 1) == " " && token.text.len() == 2);
            return match minute.and_then(Token::value) {
                Some(minute) if minute < 60 => {
                    self.made(DoubtKind::Time, at, at + 3, vec![time(hour, minute, Half::None)?])
                }
                _ => self.made(DoubtKind::Time, at, at + 2, vec![time(hour, 0, Half::None)?]),
            };
        }
        if near(at)
            && let Some((half, next)) = half(at + 1)
        {
            return self.made(DoubtKind::Time, at, next, vec![time(hour, 0, half)?]);
        }
        // 9–17 Uhr, 9 to 5 pm: the first of two that share what is behind the second.
        let second = self.second_of_range(at)?;
        match self.time(second)? {
            (Some(fact), _) => {
                let is_of_evening = self.text[fact.start..fact.end].to_ascii_lowercase().contains('p');
                let keys = [Half::None, Half::Evening].into_iter().filter(|half| is_of_evening || *half == Half::None);
                let keys: Vec<Key> = keys.filter_map(|half| time(hour, 0, half)).collect();
                let is_clock = self.text[fact.start..fact.end].contains(':');
                // "5-10:30" is seldom two times.
                if is_clock || keys.is_empty() { None } else { self.made(DoubtKind::Time, at, at + 1, keys) }
            }
            _ => None,
        }
    }

    /// The number after "–", "to" and the like.
    fn second_of_range(&self, at: usize) -> Option<usize> {
        let is_number =
            |at: usize| self.tokens.get(at).is_some_and(|token| token.text.starts_with(|c: char| c.is_ascii_digit()));
        if is_range(self.gap(at)) && is_number(at + 1) {
            return Some(at + 1);
        }
        (self.gap(at) == " " && self.gap(at + 1) == " " && RANGE.contains(self.folded(at + 1)) && is_number(at + 2))
            .then_some(at + 2)
    }

    /// Letters and digits together, and long rows of digits: an order, a product, a model.
    fn code(&self, at: usize) -> Read {
        let joins = |gap: &str| matches!(gap, "-" | "/" | "_" | "‑" | ".");
        let mut next = at + 1;
        while next < self.tokens.len()
            && joins(self.gap(next - 1))
            && !(self.gap(next - 1) == "." && !self.tokens[next].has_digit())
        {
            next += 1;
        }
        let mut from = at;
        while from > 0 && matches!(self.gap(from - 1), "-" | "/" | "_" | "‑") && !self.tokens[from - 1].has_digit() {
            from -= 1;
        }
        let tokens = &self.tokens[from..next];
        let measures = |token: &Token<'_>| token.split().is_some_and(|(_, rest)| is_measured(&rest));
        let has_letters = |token: &Token<'_>| token.text.chars().any(char::is_alphabetic);
        let all = alphanumeric(&self.text[tokens.first()?.start..tokens.last()?.end]);
        // "3-day", "10-дневный", "5-10kg": numbers with what they count.
        if tokens.first()?.is_number()
            && tokens.iter().skip(1).all(|token| token.is_number() || !token.has_digit() || measures(token))
        {
            let words: Vec<&Token<'_>> = tokens.iter().filter(|token| !token.has_digit()).collect();
            let counts = words.first().is_none_or(|word| {
                is_measured(&word.folded) || word.text.starts_with(char::is_lowercase) || word.text.chars().count() > 4
            });
            if counts && tokens.len() > 1 && self.gap(from) != "_" && tokens[0].text.len() <= 4 {
                return None;
            }
        }
        if tokens.len() == 1 && measures(&tokens[0]) {
            return None;
        }
        let is_mixed = tokens.iter().any(has_letters);
        let is_plain_number = tokens.len() == 1 && tokens[0].is_number();
        if !is_mixed {
            let long = is_plain_number && (all.len() >= 6 || all.len() > 1 && all.starts_with('0'));
            let dotted = tokens.len() > 2
                && (1..tokens.len()).all(|n| self.gap(from + n - 1) == ".")
                && values_of_groups(tokens).is_none();
            if !(long && !self.goes_on(at) || dotted) {
                return None;
            }
        }
        if let Some((digits, rest)) = tokens[0].split()
            && tokens.len() == 1
            && (ORDINAL.contains(&rest) || UNITS.get(&rest).is_some())
        {
            let _ = digits;
            return None;
        }
        let parts = tokens
            .iter()
            .filter(|token| token.has_digit() && token.text.len() >= 4)
            .map(|token| Key::Code(alphanumeric(token.text)));
        // The whole comes first: a part alone proves nothing, see `is_in`.
        self.made(DoubtKind::Code, from, next, std::iter::once(Key::Code(all)).chain(parts).collect())
    }

    /// A row of digits is only the first group of a longer number.
    fn goes_on(&self, at: usize) -> bool {
        matches!(self.gap(at), "." | ",") && self.tokens.get(at + 1).is_some_and(Token::is_number)
    }

    fn number(&self, at: usize) -> Read {
        let mut number = self.digits(at)?;
        if number.unit.is_none() {
            number = self.with_unit(number, at);
        }
        if number.unit.is_none()
            && let Some(second) = self.second_of_range(number.next - 1)
            && let Some(other) = self.digits(second)
        {
            // The first of two shares what the second counts.
            let other = if other.unit.is_some() { other } else { self.with_unit(other, second) };
            number.unit = other.unit;
        }
        self.counted(at, number)
    }

    fn counted(&self, at: usize, number: Number) -> Read {
        let (kind, keys): (DoubtKind, Vec<Key>) = match number.unit {
            Some(Unit::Percent) => (DoubtKind::Percentage, number.values.into_iter().map(Key::Percentage).collect()),
            Some(Unit::Currency(currency)) => {
                (DoubtKind::Amount, number.values.into_iter().map(|value| Key::Amount(value, currency)).collect())
            }
            Some(Unit::Counted(unit)) => {
                (DoubtKind::Number, number.values.into_iter().map(|value| Key::Quantity(value, unit)).collect())
            }
            None => (DoubtKind::Number, number.values.into_iter().map(Key::Number).collect()),
        };
        let (from, to) = (number.from, number.to);
        self.made(kind, at, number.next, keys).map(|(fact, next)| {
            let fact = fact.map(|fact| Fact { start: from.unwrap_or(fact.start), end: to.unwrap_or(fact.end), ..fact });
            (fact, next)
        })
    }

    /// Digits in groups, with a unit that is written onto them.
    fn digits(&self, at: usize) -> Option<Number> {
        let token = self.tokens.get(at)?;
        if let Some((digits, rest)) = token.split() {
            let unit = unit_of(&rest).or_else(|| ORDINAL.contains(&rest).then_some(Unit::Counted("")))?;
            let unit = if unit == Unit::Counted("") { None } else { Some(unit) };
            return Some(Number::new(values(digits), at + 1, unit));
        }
        if !token.is_number() {
            return None;
        }
        let (mut raw, mut next, mut unit) = (token.text.to_owned(), at + 1, None);
        while let Some(token) = self.tokens.get(next) {
            let gap = self.gap(next - 1);
            let (digits, rest) = token.split().map_or((token.text, None), |(digits, rest)| (digits, Some(rest)));
            if !digits.bytes().all(|b| b.is_ascii_digit()) || rest.as_ref().is_some_and(|rest| unit_of(rest).is_none())
            {
                break;
            }
            let groups = digits.len() == 3 && raw.len() - raw.rfind([' ', '\'']).map_or(0, |at| at + 1) <= 3;
            match gap {
                "." | "," => raw.push_str(gap),
                " " | "\u{a0}" | "\u{202f}" | "\u{2009}" if groups && !raw.contains(['.', ',']) => raw.push(' '),
                "'" | "’" if digits.len() == 3 => raw.push('\''),
                _ => break,
            }
            raw.push_str(digits);
            next += 1;
            if let Some(rest) = rest {
                unit = unit_of(&rest);
                break;
            }
        }
        Some(Number::new(values(&raw), next, unit))
    }

    /// The unit before or behind a number.
    fn with_unit(&self, mut number: Number, at: usize) -> Number {
        let last = number.next - 1;
        let behind = self.gap(last).trim_start_matches([' ', '\u{a0}', '\u{202f}', '-', '‑', ',']);
        let near = self.gap(last).chars().count() <= 2;
        if let Some(symbol) = behind.chars().next().filter(|_| self.gap(last).len() - behind.len() <= 3) {
            let unit = match symbol {
                '%' | '٪' => Some(Unit::Percent),
                symbol => symbol_of(symbol).map(Unit::Currency),
            };
            if unit.is_some() {
                number.unit = unit;
                number.to = Some(self.tokens[last].end + self.gap(last).len() - behind.len() + symbol.len_utf8());
                return number;
            }
        }
        let before = self.text[..self.tokens[at].start].trim_end_matches([' ', '\u{a0}']);
        if let Some((symbol, currency)) = before.chars().next_back().and_then(|c| Some((c, symbol_of(c)?))) {
            let ahead = before.strip_suffix("R$");
            number.unit = Some(Unit::Currency(if ahead.is_some() { "BRL" } else { currency }));
            number.from = Some(ahead.map_or(before.len() - symbol.len_utf8(), str::len));
            return number;
        }
        let word = self.folded(number.next);
        let only_space = matches!(self.gap(last), " " | "\u{a0}" | "\u{202f}" | "-" | "‑" | ",- " | ",-");
        if near && only_space || self.gap(last).starts_with(",-") {
            if let Some(unit) = unit_of(word) {
                number.next += 1;
                let is_day = unit == Unit::Counted("day");
                number.unit = Some(unit);
                if is_day && self.gap(number.next - 1) == " " && WORKING_AFTER.get(self.folded(number.next)).is_some() {
                    number.next += 1;
                    number.unit = Some(Unit::Counted("workday"));
                }
                return number;
            }
            if PERCENT_FIRST.get(word).is_some() && PERCENT_SECOND.get(self.folded(number.next + 1)).is_some() {
                number.next += 2;
                number.unit = Some(Unit::Percent);
                return number;
            }
            let working = WORKING.get(word).is_some();
            if (working || BETWEEN.get(word).is_some())
                && matches!(self.gap(number.next), " " | "\u{a0}")
                && let Some(unit) = unit_of(self.folded(number.next + 1))
            {
                number.next += 2;
                number.unit =
                    Some(if working && unit == Unit::Counted("day") { Unit::Counted("workday") } else { unit });
                return number;
            }
        }
        // EUR 50
        if at > 0
            && matches!(self.gap(at - 1), " " | "\u{a0}" | "")
            && let Some(currency) = CURRENCIES.get(self.folded(at - 1))
            && self.tokens[at - 1].text.chars().count() >= 3
        {
            number.unit = Some(Unit::Currency(currency));
            number.from = Some(self.tokens[at - 1].start);
        }
        number
    }

    /// Months, weekdays and numbers in words.
    fn spoken(&self, at: usize) -> Read {
        let token = &self.tokens[at];
        let word = token.folded.as_str();
        if let Some(month) = MONTHS.get(word).and_then(|month| month.parse::<u32>().ok()) {
            // November 29, 2026
            let day =
                self.tokens.get(at + 1).filter(|_| matches!(self.gap(at), " " | "\u{a0}" | ". ")).and_then(|token| {
                    token.value().or_else(|| {
                        let (digits, rest) = token.split()?;
                        if ORDINAL.contains(&rest) { digits.parse().ok() } else { None }
                    })
                });
            if let Some(day) = day.filter(|day| (1..=31).contains(day)) {
                let (y, next) = self.year_from(at + 2);
                return self.made(DoubtKind::Date, at, next, vec![date(day, month, y)?]);
            }
            let (y, next) = self.year_from(at + 1);
            if y.is_some() || !DOUBTFUL_MONTHS.contains(word) {
                let month = u8::try_from(month).ok()?;
                return self.made(
                    DoubtKind::Date,
                    at,
                    next,
                    vec![Key::Month(month, y.and_then(|y| u16::try_from(y).ok()))],
                );
            }
        }
        if let Some(day) = WEEKDAYS.get(word).and_then(|day| day.parse().ok()) {
            return self.made(DoubtKind::Date, at, at + 1, vec![Key::Weekday(day)]);
        }
        if self.folded(at + 1) == "feira"
            && let Some(day) = FEIRA.get(word).and_then(|day| day.parse().ok())
        {
            return self.made(DoubtKind::Date, at, at + 2, vec![Key::Weekday(day)]);
        }
        if let Some(day) = RELATIVE.get(word).and_then(|day| day.parse().ok()) {
            return self.made(DoubtKind::Date, at, at + 1, vec![Key::Relative(day)]);
        }
        // "morgen" is the morning as well; by itself and small it is a day.
        if token.text == "morgen"
            && !matches!(at.checked_sub(1).map(|at| self.folded(at)), Some("guten" | "heute" | "jeden" | "am"))
        {
            return self.made(DoubtKind::Date, at, at + 1, vec![Key::Relative(1)]);
        }
        // EUR50
        if token.has_digit() {
            return None;
        }
        self.number_words(at)
    }

    fn number_words(&self, at: usize) -> Read {
        let (mut sum, mut group, mut next): (u32, u32, usize) = (0, 0, at);
        let mut is_sure = false;
        loop {
            let word = self.folded(next);
            let Some(value) = number_word(word) else { break };
            // "two or three" are two numbers; "twenty-one" and "zwei hundert" are one.
            let fits = match value {
                100 => group < 100,
                1000 => sum == 0,
                value => group == 0 || group % 10 == 0 && group % 100 != 10 && value < 10 || group % 100 == 0,
            };
            if !fits {
                break;
            }
            match value {
                100 => group = group.max(1) * 100,
                1000 => (sum, group) = (group.max(1) * 1000, 0),
                value => group += value,
            }
            is_sure |= value > 1 && !DOUBTFUL_NUMBERS.contains(word);
            next += 1;
            if !matches!(self.gap(next - 1), " " | "-" | "\u{a0}") {
                break;
            }
        }
        let value = sum + group;
        if next == at || value == 0 {
            return None;
        }
        let number = Number::new(vec![value.to_string()], next, None);
        let mut number = self.with_unit(number, at);
        if number.unit.is_none()
            && self.gap(number.next - 1) == " "
            && RANGE.contains(self.folded(number.next))
            && number_word(self.folded(number.next + 1)).is_some()
        {
            let other = Number::new(Vec::new(), number.next + 2, None);
            number.unit = self.with_unit(other, number.next + 1).unit;
        }
        if number.unit.is_none() && !is_sure {
            return None;
        }
        self.counted(at, number)
    }
}

/// What a number word says; German ones below a hundred are one word.
fn number_word(word: &str) -> Option<u32> {
    if let Some(value) = NUMBERS.get(word).and_then(|value| value.parse().ok()) {
        return Some(value);
    }
    let (one, ten) = word.split_once("und")?;
    let one = if one == "ein" { 1 } else { NUMBERS.get(one)?.parse::<u32>().ok().filter(|one| *one < 10)? };
    let ten = NUMBERS.get(ten)?.parse::<u32>().ok().filter(|ten| *ten >= 20 && *ten < 100)?;
    Some(one + ten)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    None,
    Morning,
    Evening,
}

fn time(hour: u32, minute: u32, half: Half) -> Option<Key> {
    let hour = match half {
        Half::None => hour,
        Half::Morning => hour % 12,
        Half::Evening => hour % 12 + 12,
    };
    (hour <= 24 && minute < 60).then(|| Key::Time(u16::try_from(hour % 24 * 60 + minute).unwrap_or(0)))
}

fn date(day: u32, month: u32, year: Option<u32>) -> Option<Key> {
    let ok =
        (1..=31).contains(&day) && (1..=12).contains(&month) && year.is_none_or(|year| (1900..2200).contains(&year));
    ok.then(|| {
        let year = year.and_then(|year| u16::try_from(year).ok());
        Key::Date(u8::try_from(day).unwrap_or(0), u8::try_from(month).unwrap_or(0), year)
    })
}

fn year(year: u32) -> u32 {
    if year < 100 { year + 2000 } else { year }
}

fn is_range(gap: &str) -> bool {
    matches!(gap.trim(), "-" | "–" | "—" | "‑" | "…" | "...") && gap.len() <= 5
}

fn is_measured(word: &str) -> bool {
    unit_of(word).is_some() || matches!(word, "am" | "pm" | "uhr" | "h" | "x")
}

/// Whether a folded word says what a number counts.
pub(super) fn is_unit(word: &str) -> bool {
    unit_of(word).is_some()
}

fn unit_of(word: &str) -> Option<Unit> {
    if word.is_empty() {
        return None;
    }
    if let Some(unit) = UNITS.get(word).or_else(|| MEASURES.get(word)) {
        return Some(Unit::Counted(unit));
    }
    if let Some(currency) = CURRENCIES.get(word) {
        return Some(Unit::Currency(currency));
    }
    PERCENT.get(word).map(|_| Unit::Percent)
}

fn symbol_of(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '€' => "EUR",
        '$' => "USD",
        '£' => "GBP",
        '₽' => "RUB",
        '¥' => "JPY",
        '₴' => "UAH",
        '₸' => "KZT",
        '₹' => "INR",
        '₺' => "TRY",
        _ => return None,
    })
}

/// What a number with separators may mean: `1.000` is a thousand or one, `1.000,50` only one thing.
fn values(raw: &str) -> Vec<String> {
    let raw: String = raw.chars().filter(|c| !matches!(c, ' ' | '\'')).collect();
    let (dots, commas) = (raw.matches('.').count(), raw.matches(',').count());
    let without = |c: char| raw.replace(c, "");
    let decimal = |c: char| normal(&raw.replace(c, "."));
    match (dots, commas) {
        (0, 0) => vec![normal(&raw)],
        (1, 0) | (0, 1) => {
            let mark = if dots == 1 { '.' } else { ',' };
            let (whole, part) = raw.split_once(mark).unwrap_or((&raw, ""));
            let groups = part.len() == 3 && (1..=3).contains(&whole.len()) && whole != "0";
            if groups { vec![normal(&without(mark)), decimal(mark)] } else { vec![decimal(mark)] }
        }
        (_, 0) => vec![normal(&without('.'))],
        (0, _) => vec![normal(&without(','))],
        _ if raw.rfind('.') > raw.rfind(',') => vec![normal(&without(','))],
        _ => vec![normal(&without('.').replace(',', "."))],
    }
}

/// Whether digits parted by dots are groups of thousands.
fn values_of_groups(tokens: &[Token<'_>]) -> Option<()> {
    let (first, rest) = tokens.split_first()?;
    (first.text.len() <= 3 && rest.iter().all(|token| token.text.len() == 3)).then_some(())
}

fn normal(number: &str) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn alphanumeric(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// What a text knows: the keys of its facts, and what follows from them.
#[derive(Debug, Default)]
pub(super) struct Known {
    keys: HashSet<Key>,
    phones: Vec<String>,
}

impl Known {
    pub fn add(&mut self, facts: &[Fact]) {
        for key in facts.iter().flat_map(|fact| &fact.keys) {
            match key {
                Key::Phone(number) => self.phones.push(number.clone()),
                Key::Quantity(value, _) => {
                    self.keys.insert(Key::Number(value.clone()));
                }
                Key::Date(_, month, year) => {
                    self.keys.extend([Key::Month(*month, None), Key::Month(*month, *year)]);
                    self.keys.extend(year.map(|year| Key::Number(year.to_string())));
                }
                Key::Month(month, Some(year)) => {
                    self.keys.extend([Key::Month(*month, None), Key::Number(year.to_string())]);
                }
                Key::Code(code) if code.bytes().all(|b| b.is_ascii_digit()) => {
                    self.keys.insert(Key::Number(normal(code)));
                }
                _ => {}
            }
            self.keys.insert(key.clone());
        }
    }

    pub fn add_day(&mut self, day: u8, month: u8, year: Option<u16>) {
        let fact = Fact { kind: DoubtKind::Date, start: 0, end: 0, keys: vec![Key::Date(day, month, year)] };
        self.add(&[fact]);
    }

    /// Whether it knows a fact, however it is written there.
    pub fn has(&self, fact: &Fact) -> bool {
        // Of a code only the whole counts: its parts are there for others to be found by.
        let keys = if fact.kind == DoubtKind::Code { &fact.keys[..fact.keys.len().min(1)] } else { &fact.keys[..] };
        keys.iter().any(|key| match key {
            Key::Phone(number) => self.phones.iter().any(|known| same_phone(known, number)),
            Key::Date(day, month, None) => {
                self.keys.iter().any(|known| matches!(known, Key::Date(d, m, _) if d == day && m == month))
            }
            Key::Date(day, month, Some(_)) => {
                self.keys.contains(key) || self.keys.contains(&Key::Date(*day, *month, None))
            }
            Key::Number(value) => self.keys.contains(key) || self.keys.contains(&Key::Code(value.clone())),
            key => self.keys.contains(key),
        })
    }
}

/// Numbers with and without the code of their country.
fn same_phone(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    // Within Russia +7 is 8.
    let russian = short.len() == 11
        && long.len() == 11
        && short[1..] == long[1..]
        && matches!((&short[..1], &long[..1]), ("7" | "8", "7" | "8"));
    russian || short.len() >= 6 && long.len() - short.len() <= 4 && long.ends_with(short)
}

/// Whether a sentence speaks of passwords and the like.
pub(super) fn is_about_secrets(sentence: &str) -> bool {
    folded_words(sentence).iter().any(|word| SECRET.contains(word))
}

/// Whether a sentence denies something.
pub(super) fn is_negative(text: &str) -> bool {
    let words = folded_words(text);
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.as_str()));
    (0..words.len()).any(|at| {
        let no = is(
            at,
            &[
                "not",
                "no",
                "never",
                "cannot",
                "none",
                "nicht",
                "kein",
                "keine",
                "keinen",
                "keiner",
                "keinem",
                "nie",
                "не",
                "нет",
                "нельзя",
                "никогда",
                "невозможно",
                "pas",
                "aucun",
                "aucune",
                "jamais",
                "nao",
                "nunca",
                "ningun",
                "ninguna",
                "nenhum",
                "nenhuma",
                "jamas",
                "non",
                "niet",
                "geen",
                "nie",
            ],
        ) || is(at, &["t"])
            && at > 0
            && is(
                at - 1,
                &[
                    "don", "can", "won", "isn", "doesn", "didn", "aren", "wasn", "couldn", "shouldn", "wouldn",
                    "haven", "hasn", "weren",
                ],
            );
        // "not only", "не позднее", "nicht nur" deny nothing.
        no && !is(
            at + 1,
            &[
                "only",
                "later",
                "nur",
                "spater",
                "langer",
                "только",
                "позднее",
                "позже",
                "более",
                "solo",
                "apenas",
                "so",
                "seulement",
                "longer",
            ],
        )
    })
}
