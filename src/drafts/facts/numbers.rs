//! Numbers in digits and in words, with what they count.

use super::{
    Fact, Key, Read,
    lists::{
        BETWEEN, CURRENCIES, DOUBTFUL_NUMBERS, ORDINAL, PERCENT_FIRST, PERCENT_SECOND, RANGE, Unit, WORKING,
        WORKING_AFTER, number_word, symbol_of, unit_of,
    },
    reader::{Reader, Token},
};
use crate::types::DoubtKind;

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

impl Reader<'_> {
    pub fn number(&self, at: usize) -> Read {
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

    pub fn number_words(&self, at: usize) -> Read {
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

/// What a number with separators may mean: `1.000` is a thousand or one, `1.000,50` only one thing.
pub(super) fn values(raw: &str) -> Vec<String> {
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
pub(super) fn values_of_groups(tokens: &[Token<'_>]) -> Option<()> {
    let (first, rest) = tokens.split_first()?;
    (first.text.len() <= 3 && rest.iter().all(|token| token.text.len() == 3)).then_some(())
}

pub(super) fn normal(number: &str) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}
