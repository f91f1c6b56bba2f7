//! The words of a text, one after the other, and which fact begins at each.

use super::{
    Fact, Key, Read, alphanumeric,
    lists::{DOUBTFUL_MONTHS, FEIRA, MONTHS, ORDINAL, RANGE, RELATIVE, UNITS, WEEKDAYS, is_measured},
    numbers::values_of_groups,
    times::date,
};
use crate::{drafts::lists::fold, types::DoubtKind};

/// A word with what it says.
pub(super) struct Token<'t> {
    pub start: usize,
    pub end: usize,
    pub text: &'t str,
    pub folded: String,
}

impl Token<'_> {
    pub fn is_number(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }

    pub fn has_digit(&self) -> bool {
        self.text.bytes().any(|b| b.is_ascii_digit())
    }

    pub fn value(&self) -> Option<u32> {
        if self.is_number() && self.text.len() <= 4 { self.text.parse().ok() } else { None }
    }

    /// The day of a month: "29", "29th".
    pub fn day(&self) -> Option<u32> {
        self.value().or_else(|| {
            let (digits, rest) = self.split()?;
            if ORDINAL.contains(&rest) { digits.parse().ok() } else { None }
        })
    }

    /// Digits, and the letters right behind them.
    pub fn split(&self) -> Option<(&str, String)> {
        let digits = self.text.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &self.text[digits..];
        (digits > 0 && !rest.is_empty() && !rest.bytes().any(|b| b.is_ascii_digit()))
            .then(|| (&self.text[..digits], fold(rest)))
    }
}

pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub tokens: &'t [Token<'t>],
}

impl Reader<'_> {
    /// What is between a token and the next one.
    pub fn gap(&self, at: usize) -> &str {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(one), Some(next)) => &self.text[one.end..next.start],
            (Some(last), None) => &self.text[last.end..],
            _ => "",
        }
    }

    pub fn folded(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.folded.as_str())
    }

    pub fn fact(&self, at: usize) -> Read {
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

    pub fn made(&self, kind: DoubtKind, from: usize, next: usize, keys: Vec<Key>) -> Read {
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

    /// The number after "–", "to" and the like.
    pub fn second_of_range(&self, at: usize) -> Option<usize> {
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

    /// Months, weekdays and numbers in words.
    fn spoken(&self, at: usize) -> Read {
        let token = &self.tokens[at];
        let word = token.folded.as_str();
        if let Some(month) = MONTHS.get(word).and_then(|month| month.parse::<u32>().ok()) {
            // November 29, 2026
            let near = matches!(self.gap(at), " " | "\u{a0}" | ". ");
            let day = self.tokens.get(at + 1).filter(|_| near).and_then(Token::day);
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
}

pub(super) fn is_range(gap: &str) -> bool {
    matches!(gap.trim(), "-" | "–" | "—" | "‑" | "…" | "...") && gap.len() <= 5
}
