//! Postal addresses in alphabetic scripts: a guess from street words, house numbers and postal codes.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::lists::section;
use super::super::words::{Word, words};
use super::{Blocked, Found, SensitiveKind};

/// Words between a street word and its house number.
const MAX_STREET_WORDS: usize = 5;
/// Bytes of a following line that may hold postal code and town.
const MAX_TOWN_LINE: usize = 60;
/// Bytes after the street on its line in which a postal code still belongs to it.
const MAX_TAIL: usize = 80;

const LISTS: &str = include_str!("../data/streets.txt");

/// Number first, street word last: "221B Baker Street".
static AFTER_NAME: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "after_name"));
/// Street word first, then name, then number: "Calle Mayor 5", "ул. Ленина, д. 5". French puts the number before: "12 rue de la Paix".
static BEFORE_NAME: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "before_name"));
/// Name, street word, number: "Невский проспект, 28", "Kossuth utca 5", "Atatürk Caddesi No: 12".
static MIDDLE: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "middle"));
/// Endings of one-word streets: "Hauptstraße 12", "Kerkstraat 5", "Storgatan 3".
static ENDINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "endings"));
/// Words with such an ending that are no street.
static NO_STREETS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "no_streets"));
/// Capitalised words between a number and a word like "Drive" that make no street of it.
static NOT_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "not_names"));
/// What a house number or the rest of an address may be led in by.
static UNITS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "units"));
const US_STATES: &str = " AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR ";

/// Streets with a number and what follows them, and postal codes of unmistakable form; sorted and disjoint.
pub(super) fn find(text: &str, blocked: &[(usize, usize)]) -> Vec<Found> {
    let mut blocked = Blocked::new(blocked);
    let lines = lines(text, &mut blocked);
    let mut found: Vec<Found> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1);
        let mut at = 0;
        while at < line.words.len() {
            let place = line.street(at).map(|(from, to)| line.with_rest(from, to, next)).or_else(|| line.postal(at));
            let Some((start, end)) = place else {
                at += 1;
                continue;
            };
            if found.last().is_none_or(|last| last.end <= start) {
                found.push(Found { start, end, kind: SensitiveKind::AddressLike });
            }
            while line.words.get(at).is_some_and(|word| word.start < end) {
                at += 1;
            }
        }
    }
    found
}

/// A line, or the part of one between places that are taken.
struct Line<'a> {
    text: &'a str,
    words: Vec<Word<'a>>,
    lower: Vec<String>,
    start: usize,
    end: usize,
    /// Some of its words are taken by another find.
    taken: bool,
}

fn lines<'a>(text: &'a str, blocked: &mut Blocked<'_>) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let end = start + raw.trim_end_matches(['\n', '\r']).len();
        if end > start {
            let mut words: Vec<Word<'a>> =
                words(&text[start..end]).map(|word| Word { start: start + word.start, text: word.text }).collect();
            let all = words.len();
            words.retain(|word| !blocked.contains(word.start));
            let taken = words.len() < all;
            let lower = words.iter().map(|word| word.text.to_lowercase()).collect();
            lines.push(Line { text, words, lower, start, end, taken });
        }
        start += raw.len();
    }
    lines
}

impl Line<'_> {
    fn gap(&self, left: usize) -> &str {
        &self.text[self.words[left].end()..self.words[left + 1].start]
    }

    /// Words `left` and the one after it belong together.
    fn close(&self, left: usize) -> bool {
        matches!(
            self.gap(left),
            " " | "\u{a0}"
                | ", "
                | ","
                | ". "
                | "."
                | "-"
                | " - "
                | "'"
                | "’"
                | "/"
                | " #"
                | ", #"
                | ": "
                | " № "
                | ".: "
                | "., "
                | " nº "
        )
    }

    fn is_capital(&self, at: usize) -> bool {
        self.words[at].text.chars().next().is_some_and(char::is_uppercase)
    }

    /// "12", "12a", "221B", "5/7" up to the slash.
    fn is_house(&self, at: usize) -> bool {
        let word = self.words[at].text;
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &word[digits..];
        // A decimal number or an amount is none.
        let tail = &self.text[self.words[at].end()..self.end];
        let amount = tail.trim_start().starts_with(['€', '$', '£', '%', '₽']);
        (1..=5).contains(&digits)
            && rest.chars().count() <= 1
            && rest.chars().all(char::is_alphabetic)
            && !word.starts_with("00")
            && !amount
    }

    /// First and last word of a street with its number that starts at word `at`.
    fn street(&self, at: usize) -> Option<(usize, usize)> {
        self.number_first(at)
            .or_else(|| self.word_first(at))
            .or_else(|| self.one_word(at))
            .or_else(|| self.box_office(at))
    }

    /// "221B Baker Street", "1600 Pennsylvania Ave", "12 bis rue de la Paix", "5-7 King's Road".
    fn number_first(&self, at: usize) -> Option<(usize, usize)> {
        if !self.is_house(at) {
            return None;
        }
        let mut word = at + 1;
        let reach = at + 1 + MAX_STREET_WORDS;
        // "5-7", "12 bis"
        if word < self.words.len()
            && (self.gap(at) == "-" && self.is_house(word) || matches!(self.lower[word].as_str(), "bis" | "ter"))
        {
            word += 1;
        }
        let first = word;
        while word < self.words.len() && word <= reach && self.close(word - 1) {
            let lower = self.lower[word].as_str();
            if word == first
                && matches!(
                    lower,
                    "rue"
                        | "avenue"
                        | "boulevard"
                        | "bd"
                        | "chemin"
                        | "impasse"
                        | "allée"
                        | "quai"
                        | "route"
                        | "cours"
                        | "place"
                )
            {
                return self.name_after(word).map(|last| (at, last));
            }
            if word > first && AFTER_NAME.contains(lower) && self.is_capital(word) {
                return Some((at, word));
            }
            let ordinal = lower.starts_with(|c: char| c.is_ascii_digit())
                && ["st", "nd", "rd", "th"].iter().any(|end| lower.ends_with(end));
            if NOT_NAMES.contains(lower)
                || !(self.is_capital(word) || ordinal || word > first && matches!(lower, "of" | "the" | "s" | "and"))
            {
                return None;
            }
            word += 1;
        }
        None
    }

    /// Last word of the name that follows a French street word: particles and capitalised words.
    fn name_after(&self, street: usize) -> Option<usize> {
        let mut last = None;
        for word in street + 1..self.words.len().min(street + 1 + MAX_STREET_WORDS + 1) {
            if !matches!(self.gap(word - 1), " " | "\u{a0}" | "-" | "'" | "’") {
                break;
            }
            if self.is_capital(word) || self.is_house(word) && last.is_none() {
                last = Some(word);
            } else if !matches!(
                self.lower[word].as_str(),
                "de" | "du" | "des" | "la" | "le" | "les" | "l" | "d" | "et" | "en" | "sur"
            ) {
                break;
            }
        }
        last
    }

    /// "Calle Mayor, 5", "ул. Ленина, д. 5", "Невский проспект, 28", "Lange Str. 5".
    fn word_first(&self, at: usize) -> Option<(usize, usize)> {
        let lower = self.lower[at].as_str();
        let begins = BEFORE_NAME.contains(lower);
        let named = self.is_capital(at);
        if !begins && !named {
            return None;
        }
        let mut seen = begins;
        let mut names = usize::from(!begins);
        let mut capital = !begins;
        for word in at + 1..self.words.len().min(at + 2 + MAX_STREET_WORDS) {
            let within_name = matches!(self.gap(word - 1), " " | "\u{a0}" | "-");
            if !(within_name || seen && self.close(word - 1)) {
                return None;
            }
            let lower = self.lower[word].as_str();
            if self.is_house(word) {
                return (seen && names > 0 && capital).then_some((at, word));
            }
            if !seen && MIDDLE.contains(lower) {
                seen = true;
            } else if UNITS.contains(lower) && seen && names > 0 && capital {
                // The number comes next.
            } else if self.is_capital(word)
                || begins
                    && matches!(
                        lower,
                        "de" | "del"
                            | "la"
                            | "las"
                            | "los"
                            | "el"
                            | "da"
                            | "do"
                            | "dos"
                            | "das"
                            | "della"
                            | "dei"
                            | "di"
                            | "lui"
                            | "св"
                    )
            {
                names += 1;
                capital |= self.is_capital(word);
            } else {
                return None;
            }
            if !seen && names > 2 {
                return None;
            }
        }
        None
    }

    /// "Hauptstraße 12a", "Kerkstraat 5".
    fn one_word(&self, at: usize) -> Option<(usize, usize)> {
        let lower = self.lower[at].as_str();
        let street = self.is_capital(at)
            && ENDINGS.iter().any(|ending| lower.strip_suffix(ending).is_some_and(|head| head.chars().count() >= 3))
            && !NO_STREETS.contains(lower);
        let number = at + 1;
        (street
            && number < self.words.len()
            && matches!(self.gap(at), " " | "\u{a0}" | ". " | "." | ", ")
            && self.is_house(number))
        .then_some((at, number))
    }

    /// "PO Box 123", "Postfach 10 20 30", "а/я 15".
    fn box_office(&self, at: usize) -> Option<(usize, usize)> {
        let word = |offset: usize| self.lower.get(at + offset).map_or("", String::as_str);
        let lead = match (word(0), word(1), word(2)) {
            ("po", "box", _)
            | ("а", "я", _)
            | ("apartado", "postal", _)
            | ("casella", "postale", _)
            | ("boîte", "postale", _) => 2,
            ("p", "o", "box") => 3,
            ("postfach", ..) | ("postbus", ..) | ("postboks", ..) => 1,
            _ => return None,
        };
        let number =
            |word: usize| self.words[word].text.bytes().all(|b| b.is_ascii_digit()) && self.words[word].text.len() <= 6;
        let first = at + lead;
        if first >= self.words.len() || !number(first) {
            return None;
        }
        let mut last = first;
        while last + 1 < self.words.len() && last < first + 3 && self.gap(last) == " " && number(last + 1) {
            last += 1;
        }
        Some((at, last))
    }

    /// A postal code that stands for itself: British, Canadian, "Springfield, IL 62704", "D-80331 München", "1012 AB Amsterdam".
    fn postal(&self, at: usize) -> Option<(usize, usize)> {
        let span = |from: usize, to: usize| Some((self.words[from].start, self.words[to].end()));
        let word = self.words[at].text;
        let next = self.words.get(at + 1)?.text;
        let gap = self.gap(at);
        if gap == " " && (is_british(word, next) || is_canadian(word, next)) {
            return span(at, at + 1);
        }
        // The town and the state before the code.
        if word.len() == 2
            && US_STATES.split(' ').any(|state| state == word)
            && gap == " "
            && is_digits(next, 5)
            && at > 0
            && self.gap(at - 1) == ", "
            && self.is_capital(at - 1)
        {
            let mut from = at - 1;
            while from > 0 && from + 3 > at && self.gap(from - 1) == " " && self.is_capital(from - 1) {
                from -= 1;
            }
            let plus = at + 2 < self.words.len() && self.gap(at + 1) == "-" && is_digits(self.words[at + 2].text, 4);
            return span(from, at + 1 + usize::from(plus));
        }
        let prefixed = matches!(
            word,
            "D" | "A" | "CH" | "F" | "DE" | "AT" | "FR" | "I" | "IT" | "L" | "B" | "BE" | "NL" | "DK" | "PL" | "CZ"
        ) && gap == "-";
        if prefixed
            && (is_digits(next, 4) || is_digits(next, 5))
            && at + 2 < self.words.len()
            && self.gap(at + 1) == " "
            && self.is_capital(at + 2)
        {
            return span(at, at + 2);
        }
        let dutch = is_digits(word, 4) && next.len() == 2 && next.bytes().all(|b| b.is_ascii_uppercase()) && gap == " ";
        if dutch && at + 2 < self.words.len() && self.gap(at + 1).trim().is_empty() && self.is_capital(at + 2) {
            return span(at, at + 2);
        }
        // "190000, г. Санкт-Петербург"
        let russian = is_digits(word, 6)
            && matches!(gap, ", " | " ")
            && matches!(next.to_lowercase().as_str(), "г" | "город" | "москва" | "россия" | "м");
        if !russian {
            return None;
        }
        let mut last = (at + 2).min(self.words.len() - 1);
        while last + 1 < self.words.len() && self.gap(last) == "-" && self.is_capital(last + 1) {
            last += 1;
        }
        span(at, last)
    }

    /// The street with flat, postal code and town behind it, on this line and the next.
    fn with_rest(&self, from: usize, to: usize, next: Option<&Line<'_>>) -> (usize, usize) {
        let mut last = to;
        let mut word = to + 1;
        // "д. 5, корп. 2, кв. 12", "Apt 4B", "5/7", "12 a"
        while word < self.words.len() && self.close(word - 1) {
            if UNITS.contains(self.lower[word].as_str())
                && word + 1 < self.words.len()
                && self.words[word + 1].text.chars().any(char::is_numeric)
            {
                last = word + 1;
            } else if self.is_house(word) && matches!(self.gap(word - 1), "/" | "-" | ", #" | " #") {
                last = word;
            } else {
                break;
            }
            word = last + 1;
        }
        let limit = self.words[last].end() + MAX_TAIL;
        let code = (last + 1..self.words.len().min(last + 8))
            .take_while(|&word| self.words[word].end() <= limit && self.close(word - 1))
            .find(|&word| self.is_code(word));
        if let Some(code) = code {
            last = code;
            if code + 1 < self.words.len()
                && self.gap(code) == " "
                && (is_british(self.words[code].text, self.words[code + 1].text)
                    || is_canadian(self.words[code].text, self.words[code + 1].text))
            {
                last += 1;
            }
            // The town, or the letters of a Dutch code and the town.
            let most = last + 3;
            while last < most
                && last + 1 < self.words.len()
                && matches!(self.gap(last), " " | "-")
                && self.is_capital(last + 1)
            {
                last += 1;
            }
        }
        let start = self.words[from].start;
        let end = self.words[last].end();
        let rest_is_empty = self.words.len() == last + 1;
        if let Some(next) = next.filter(|next| rest_is_empty && next.start - self.end <= 2 && next.is_town()) {
            return (start, next.words.last().map_or(end, Word::end));
        }
        (start, end)
    }

    /// A postal code of a form in use in some country, as one word.
    fn is_code(&self, at: usize) -> bool {
        let word = self.words[at].text;
        let next = self.words.get(at + 1).map_or("", |next| next.text);
        (4..=6).any(|length| is_digits(word, length)) || is_british(word, next) || is_canadian(word, next)
    }

    /// A short line of a postal code and capitalised words.
    fn is_town(&self) -> bool {
        if self.taken || self.end - self.start > MAX_TOWN_LINE || self.words.len() > 7 || self.words.is_empty() {
            return false;
        }
        let code = (0..self.words.len()).find(|&word| self.is_code(word));
        let fits = (0..self.words.len()).all(|word| {
            self.is_capital(word)
                || self.words[word].text.chars().any(char::is_numeric)
                || self.lower[word].chars().count() <= 3
        });
        code.is_some() && fits && (0..self.words.len()).any(|word| self.is_capital(word))
    }
}

fn is_digits(word: &str, length: usize) -> bool {
    word.len() == length && word.bytes().all(|b| b.is_ascii_digit())
}

/// "SW1A 1AA": an area of one or two letters, a district, and digit, letter, letter.
fn is_british(outward: &str, inward: &str) -> bool {
    let class = |word: &str| {
        word.bytes()
            .map(|b| {
                if b.is_ascii_digit() {
                    '9'
                } else if b.is_ascii_uppercase() {
                    'A'
                } else {
                    '?'
                }
            })
            .collect::<String>()
    };
    class(inward) == "9AA" && matches!(class(outward).as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A")
}

/// "K1A 0B1".
fn is_canadian(first: &str, second: &str) -> bool {
    let class = |word: &str| {
        word.bytes()
            .map(|b| {
                if b.is_ascii_digit() {
                    '9'
                } else if b.is_ascii_uppercase() {
                    'A'
                } else {
                    '?'
                }
            })
            .collect::<String>()
    };
    class(first) == "A9A" && class(second) == "9A9" && !first.starts_with(['D', 'F', 'I', 'O', 'Q', 'U', 'W', 'Z'])
}
