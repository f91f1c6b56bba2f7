//! Dates and times of day.

use super::{
    Fact, Key, Read,
    lists::{MONTHS, OF, ORDINAL, RANGE},
    numbers::values,
    reader::{Reader, Token, is_range},
};
use crate::types::DoubtKind;

impl Reader<'_> {
    pub fn date(&self, at: usize) -> Read {
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
        let day = first.day()?;
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
        let day = first.day()?;
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
    pub fn year_from(&self, at: usize) -> (Option<u32>, usize) {
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

    pub fn time(&self, at: usize) -> Read {
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

pub(super) fn date(day: u32, month: u32, year: Option<u32>) -> Option<Key> {
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
