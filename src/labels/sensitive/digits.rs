//! Runs of digits and the separators people put between them: what cards and telephone numbers are read from.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::lists::section;
use super::{Blocked, around};

/// More digits than any number that is looked for.
const MAX_DIGITS: usize = 32;
/// Words before a number that may tell what it is.
const CONTEXT_WORDS: usize = 3;
const CONTEXT_BYTES: usize = 60;

/// Digits in groups, as written.
#[derive(Debug)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    /// Values 0 to 9.
    pub digits: Vec<u8>,
    /// Digits of each group.
    pub groups: Vec<usize>,
    /// Between the groups, one fewer than them, as written.
    pub gaps: Vec<String>,
    /// A plus sign before the first digit.
    pub plus: bool,
    /// The first group stands in parentheses.
    pub area: bool,
    /// What stands around makes it part of something else: a word, a decimal number, a time, an amount of money.
    pub embedded: bool,
    pub context: Context,
}

/// What the words before a number say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Phone,
    Card,
    /// An order, an invoice, a parcel, a serial number.
    Other,
    Unknown,
}

impl Run {
    /// Only one group, or all groups parted by the same single character.
    pub fn uniform(&self) -> bool {
        self.gaps.iter().all(|gap| gap == &self.gaps[0] && gap.chars().count() == 1)
    }
}

/// Runs of at least six digits outside the blocked places.
pub(super) fn runs(text: &str, blocked: &[(usize, usize)]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut blocked = Blocked::new(blocked);
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < text.len() {
        // Skips fast over what cannot begin a run.
        if bytes[at].is_ascii_alphabetic() || bytes[at] == b' ' {
            at += 1;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        if blocked.contains(at) || !(is_plus(c) || is_open(c) || digit(c).is_some()) {
            at += c.len_utf8();
            continue;
        }
        let (run, next) = read(text, at, &mut blocked);
        if let Some(run) = run {
            runs.push(run);
        }
        at = next.max(at + c.len_utf8());
    }
    runs
}

/// One run from `start`, and where to go on.
fn read(text: &str, start: usize, blocked: &mut Blocked<'_>) -> (Option<Run>, usize) {
    let mut run = Run {
        start,
        end: start,
        digits: Vec::new(),
        groups: Vec::new(),
        gaps: Vec::new(),
        plus: false,
        area: false,
        embedded: false,
        context: Context::Unknown,
    };
    let mut gap = String::new();
    let mut opened = 0usize;
    let mut at = start;
    let mut in_group = false;
    while let Some(c) = text[at..].chars().next() {
        if let Some(value) = digit(c) {
            if blocked.contains(at) {
                break;
            }
            if !in_group {
                if run.groups.is_empty() {
                    run.plus = gap.chars().any(is_plus);
                    run.area = gap.chars().any(is_open);
                } else if splits(&gap, &run) {
                    break;
                } else {
                    run.gaps.push(gap.clone());
                }
                run.groups.push(0);
                gap.clear();
                in_group = true;
            }
            if run.digits.len() <= MAX_DIGITS {
                run.digits.push(value);
            }
            if let Some(last) = run.groups.last_mut() {
                *last += 1;
            }
            at += c.len_utf8();
            run.end = at;
            continue;
        }
        let leads = run.groups.is_empty();
        if (is_plus(c) && !leads) || !(is_plus(c) || is_open(c) || is_close(c) || is_gap(c)) || gap.chars().count() >= 3
        {
            break;
        }
        if is_close(c) {
            if opened == 0 {
                break;
            }
            opened -= 1;
        }
        if is_open(c) {
            opened += 1;
        }
        in_group = false;
        gap.push(c);
        at += c.len_utf8();
    }
    if run.digits.is_empty() {
        return (None, at.max(start));
    }
    let next = run.end;
    if run.groups.len() == 1 && run.area && text[run.end..].starts_with([')', '）']) {
        // "(0301234567)": the parentheses are not the number's.
        run.area = false;
        run.start += text[run.start..].chars().next().map_or(0, char::len_utf8);
    }
    if run.digits.len() < 6 || run.digits.len() > MAX_DIGITS {
        return (None, next);
    }
    run.embedded = embedded(text, &run);
    run.context = context(&text[..run.start]);
    (Some(run), next)
}

/// A gap that parts two numbers rather than two groups of one.
fn splits(gap: &str, run: &Run) -> bool {
    let spaces = gap.chars().filter(|c| c.is_whitespace()).count();
    let slash = gap.contains('/');
    let dash = gap.contains(['-', '–']);
    (spaces >= 2 && slash && run.digits.len() >= 8)
        || gap == "  "
        || gap == "   "
        || (spaces >= 2 && dash && run.digits.len() >= 9)
}

fn embedded(text: &str, run: &Run) -> bool {
    let (before, after) = around(text, run.start, run.end);
    let digit_beyond = |text: &str| text.chars().nth(1).is_some_and(char::is_numeric);
    let joined = before.is_some_and(|c| {
        c.is_ascii_alphanumeric()
            || (c.is_alphanumeric() && !super::super::words::is_unspaced(c) && !('\u{ac00}'..='\u{d7a3}').contains(&c))
            || matches!(c, '_' | '#' | '№' | '@' | '&' | '=' | '-' | '–' | '~' | '<' | '>' | '^' | '*')
            || is_money(c)
            || (matches!(c, ',' | '.' | ':' | '/' | '\'')
                && text[..run.start].chars().rev().nth(1).is_some_and(char::is_alphanumeric))
    });
    let money_before = text[..run.start]
        .trim_end_matches([' ', '\u{a0}'])
        .chars()
        .next_back()
        .is_some_and(|c| is_money(c) || matches!(c, '№' | '#'));
    let tail = &text[run.end..];
    let continued = after.is_some_and(|c| {
        (c.is_ascii_alphanumeric() && !is_extension(tail))
            || matches!(c, '_' | '@' | '=' | '%' | '‰' | '°' | '#')
            || is_money(c)
            || (matches!(c, ',' | ':' | '-' | '–' | '/' | '.' | '\'') && digit_beyond(tail))
            || (matches!(c, '-' | '/' | '_' | '.') && tail.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic()))
    });
    joined || continued || money_before || unit_follows(tail)
}

/// "x12": an extension rather than a word.
pub(super) fn is_extension(tail: &str) -> bool {
    let mut chars = tail.chars();
    matches!(chars.next(), Some('x' | 'X')) && chars.next().is_some_and(|c| c.is_ascii_digit())
}

/// A currency or a measure after the number.
fn unit_follows(tail: &str) -> bool {
    let tail = tail.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    if tail.chars().next().is_some_and(|c| is_money(c) || matches!(c, '%' | '元' | '円' | '원' | '個' | '个' | '件'))
    {
        return true;
    }
    let word: String = tail.chars().take_while(|c| c.is_alphabetic()).take(8).flat_map(char::to_lowercase).collect();
    UNITS.contains(&word.as_str())
}

fn is_money(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '￥' | '₽' | '₴' | '₸' | '₹' | '₩' | '₺' | '₫' | '฿' | '₪' | '₱' | '¢')
}

const LISTS: &str = include_str!("../data/numbers.txt");

static UNITS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "units"));
static PHONE_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "phone_words"));
/// For scripts without spaces: what the text before the number ends with.
static PHONE_ENDINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "phone_endings"));
static CARD_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "card_words"));
static OTHER_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "other_words"));
static OTHER_ENDINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "other_endings"));

/// The nearest telling word before the number, on its line.
fn context(before: &str) -> Context {
    let mut from = before.len().saturating_sub(CONTEXT_BYTES);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let near = &before[from..];
    let line = near.rsplit('\n').next().unwrap_or(near).to_lowercase();
    let bare = line.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '☎' | '📞' | '📱' | '☏' | '✆'));
    if PHONE_ENDINGS.iter().any(|ending| bare.ends_with(ending)) {
        return Context::Phone;
    }
    if OTHER_ENDINGS.iter().any(|ending| bare.ends_with(ending)) {
        return Context::Other;
    }
    if bare.ends_with("s/n") || bare.ends_with("p/n") {
        return Context::Other;
    }
    // "T: 030 …", "M. 0171 …": a letter is a word only with its mark.
    let mark = &line[bare.len()..];
    let mut tail = bare.chars().rev();
    if let (Some('t' | 'm' | 'p' | 'f' | 'h' | 'c' | 'т' | 'м' | 'ф'), true) =
        (tail.next(), mark.starts_with([':', '.']))
        && tail.next().is_none_or(|c| !c.is_alphanumeric())
    {
        return Context::Phone;
    }
    for word in bare.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(CONTEXT_WORDS) {
        if PHONE_WORDS.contains(word) {
            return Context::Phone;
        }
        if CARD_WORDS.contains(word) {
            return Context::Card;
        }
        if OTHER_WORDS.contains(word) || word.ends_with("nummer") || word.ends_with("nr") && word.len() > 4 {
            return Context::Other;
        }
    }
    Context::Unknown
}

/// Value of a decimal digit: ASCII, full width, Arabic, Persian or Devanagari.
pub(super) fn digit(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        _ => return None,
    };
    u8::try_from(u32::from(c) - u32::from(zero)).ok()
}

fn is_plus(c: char) -> bool {
    matches!(c, '+' | '＋')
}

fn is_open(c: char) -> bool {
    matches!(c, '(' | '（')
}

fn is_close(c: char) -> bool {
    matches!(c, ')' | '）')
}

fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '-' | '\u{2010}'..='\u{2013}' | '.' | '/' | '－' | '・')
}
