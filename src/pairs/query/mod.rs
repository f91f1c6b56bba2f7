//! The language of searches in the review: words, `"phrases"`, `operator:value`, and `-` before what must not be. Pure: text in, clauses
//! out; what is not understood is an error that says what and where.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::{
    languages,
    mail::words::each_word,
    types::{PairOperator, PairQueryError, PairQueryFault, PairStatus, QualityReason, SensitiveKind},
};

/// The longest search, in characters.
pub const MOST_CHARS: usize = 400;
/// Words, phrases and operators of one search.
const MOST_PARTS: usize = 32;
/// Shorter words are found only whole: they begin too many others.
const PREFIX_FROM: usize = 3;
/// The longest time that `decided:` takes: ten years.
const MOST_HOURS: u32 = 24 * 3_660;

/// A word that is asked for, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub word: String,
    /// It may be the beginning of a longer one.
    pub begins: bool,
}

/// A search that was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub clauses: Vec<Clause>,
}

/// One condition; a pair has to meet all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// It must not be met.
    pub negated: bool,
    pub what: What,
    /// Bytes of the search, the `-` among them.
    pub start: usize,
    pub end: usize,
}

/// What a pair can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// All of these words, anywhere.
    Words(Vec<Asked>),
    /// These words one after the other in one of the texts, the subject, a name or an address.
    Phrase(Vec<String>),
    From(Vec<Asked>),
    To(Vec<Asked>),
    Subject(Vec<Asked>),
    /// The client's language; `None`: it could not be told.
    Lang(Option<String>),
    /// The name of a [`QualityReason`] or a [`SensitiveKind`].
    Label(String),
    Status(PairStatus),
    /// The name of a tag of the team.
    Tag(String),
    Edited,
    Flagged,
    /// It has a tag of the team.
    Tagged,
    /// A name or address, or `me`.
    Assigned(String),
    /// To nobody.
    Unassigned,
    /// From the first to the second, both included.
    Quality(u8, u8),
    /// Decided in the last so many hours.
    Decided(u32),
    /// A name or address, or `me`.
    DecidedBy(String),
    /// Replied before this day begins (UTC).
    Before(NaiveDate),
    /// Replied on this day or later.
    After(NaiveDate),
    /// Replied in the month that begins on this day (UTC).
    Month(NaiveDate),
    Account(String),
}

impl What {
    /// The operator that asks for it.
    #[must_use]
    pub fn operator(&self) -> Option<PairOperator> {
        Some(match self {
            Self::Words(_) | Self::Phrase(_) => return None,
            Self::From(_) => PairOperator::From,
            Self::To(_) => PairOperator::To,
            Self::Subject(_) => PairOperator::Subject,
            Self::Lang(_) => PairOperator::Lang,
            Self::Label(_) => PairOperator::Label,
            Self::Tag(_) => PairOperator::Tag,
            Self::Assigned(_) | Self::Unassigned => PairOperator::Assigned,
            Self::Status(_) | Self::Edited | Self::Flagged | Self::Tagged => PairOperator::Is,
            Self::Quality(..) => PairOperator::Quality,
            Self::Decided(_) => PairOperator::Decided,
            Self::DecidedBy(_) => PairOperator::DecidedBy,
            Self::Before(_) => PairOperator::Before,
            Self::After(_) => PairOperator::After,
            Self::Month(_) => PairOperator::Month,
            Self::Account(_) => PairOperator::Account,
        })
    }
}

impl Query {
    /// Reads a search.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, PairQueryError> {
        let mut clauses = Vec::new();
        let mut parts = 0;
        let mut at = 0;
        while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|skipped| at + skipped) {
            let (end, part) = part_at(text, start)?;
            at = end;
            let error = |fault| fault_at(text, start, end, fault);
            let what = match part.operator {
                None => free(&part),
                Some(name) => {
                    let operator = name.to_ascii_lowercase().parse().map_err(|_| {
                        fault_at(text, part.name_at, part.name_at + name.len() + 1, PairQueryFault::UnknownOperator)
                    })?;
                    if part.value.trim().is_empty() {
                        return Err(error(PairQueryFault::MissingValue(operator)));
                    }
                    Some(
                        value_of(operator, part.value.trim())
                            .ok_or_else(|| error(PairQueryFault::BadValue(operator)))?,
                    )
                }
            };
            let Some(what) = what else { continue };
            parts += match &what {
                What::Words(words) | What::From(words) | What::To(words) | What::Subject(words) => words.len(),
                What::Phrase(words) => words.len(),
                _ => 1,
            };
            if parts > MOST_PARTS {
                return Err(error(PairQueryFault::TooMany { most: MOST_PARTS }));
            }
            // Not before a day is from that day on.
            let (negated, what) = match (part.negated, what) {
                (true, What::Before(day)) => (false, What::After(day)),
                (true, What::After(day)) => (false, What::Before(day)),
                (negated, what) => (negated, what),
            };
            clauses.push(Clause { negated, what, start, end });
        }
        if clauses.is_empty() && !text.trim().is_empty() {
            return Err(fault_at(text, 0, text.len(), PairQueryFault::NoWords));
        }
        Ok(Self { clauses })
    }

    /// The text of the search without the clauses that `is_left_out` names: of several values of an operator, one takes the place of
    /// the others.
    #[must_use]
    pub fn without(&self, text: &str, is_left_out: impl Fn(&Clause) -> bool) -> String {
        let mut rest = String::new();
        let mut from = 0;
        for clause in self.clauses.iter().filter(|clause| is_left_out(clause)) {
            rest.push_str(text.get(from..clause.start).unwrap_or_default());
            rest.push(' ');
            from = clause.end;
        }
        rest.push_str(text.get(from..).unwrap_or_default());
        rest.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A part of a search, before it is known what it means.
struct Part<'t> {
    negated: bool,
    operator: Option<&'t str>,
    /// Where the operator's name stands.
    name_at: usize,
    value: &'t str,
    is_quoted: bool,
}

/// The part that begins at a byte, and the byte after it.
fn part_at(text: &str, start: usize) -> Result<(usize, Part<'_>), PairQueryError> {
    let mut at = start;
    let after_sign = text[at..].strip_prefix('-').filter(|rest| rest.starts_with(|c: char| !c.is_whitespace()));
    let negated = after_sign.is_some();
    at += usize::from(negated);
    let name_at = at;
    let name_length = text[at..].find(|c: char| !(c.is_ascii_alphabetic() || c == '-')).unwrap_or(text.len() - at);
    let name = &text[at..at + name_length];
    let rest = &text[at + name_length..];
    // The address of a page is no operator.
    let has_name =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.starts_with(':') && !rest.starts_with("://");
    let operator = has_name.then_some(name);
    if has_name {
        at += name_length + 1;
    }
    if let Some(inside) = text[at..].strip_prefix('"') {
        let Some(length) = inside.find('"') else {
            return Err(fault_at(text, at, text.len(), PairQueryFault::UnclosedQuote));
        };
        let part = Part { negated, operator, name_at, value: &inside[..length], is_quoted: true };
        return Ok((at + length + 2, part));
    }
    let length = text[at..].find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len() - at);
    // What begins with a quotation mark is a part of its own.
    Ok((at + length, Part { negated, operator, name_at, value: &text[at..at + length], is_quoted: false }))
}

fn fault_at(text: &str, start: usize, end: usize, fault: PairQueryFault) -> PairQueryError {
    let part = text.get(start..end).unwrap_or_default();
    PairQueryError {
        at: text.get(..start).unwrap_or_default().chars().count() + 1,
        text: part.chars().take(60).collect(),
        fault,
    }
}

/// Words without an operator. `None` where there is no letter and no digit: `&` between two words means nothing.
fn free(part: &Part<'_>) -> Option<What> {
    let phrase = every_word(part.value);
    if part.is_quoted && phrase.len() > 1 {
        return Some(What::Phrase(phrase));
    }
    (!phrase.is_empty()).then(|| What::Words(words_of(part.value, part.is_quoted)))
}

fn every_word(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word.to_owned()));
    words
}

/// The different words of a text. What is between the dots of an address begins half of all addresses, and counts only whole.
fn words_of(text: &str, is_whole: bool) -> Vec<Asked> {
    let mut words: Vec<Asked> = Vec::new();
    for part in text.split_whitespace() {
        let is_address = part.contains('@');
        each_word(part, |word| {
            let begins = !is_whole && !is_address && word.chars().count() >= PREFIX_FROM;
            if !words.iter().any(|known| known.word == word) {
                words.push(Asked { word: word.to_owned(), begins });
            }
        });
    }
    words
}

/// What an operator with a value asks for; `None` where that is no value of it.
fn value_of(operator: PairOperator, value: &str) -> Option<What> {
    let words = || Some(words_of(value, false)).filter(|words| !words.is_empty());
    let date = || value.parse::<NaiveDate>().ok().filter(|_| value.len() == 10);
    match operator {
        PairOperator::From => words().map(What::From),
        PairOperator::To => words().map(What::To),
        PairOperator::Subject => words().map(What::Subject),
        PairOperator::Lang => {
            let code = value.to_ascii_lowercase();
            if code == "none" {
                Some(What::Lang(None))
            } else {
                languages::is_code(&code).then_some(What::Lang(Some(code)))
            }
        }
        PairOperator::Label => {
            let name = value.to_ascii_lowercase().replace('-', "_");
            is_label(&name).then_some(What::Label(name))
        }
        PairOperator::Assigned if value.eq_ignore_ascii_case("nobody") => Some(What::Unassigned),
        PairOperator::Assigned => Some(What::Assigned(value.to_owned())),
        PairOperator::Tag => Some(What::Tag(value.to_owned())),
        PairOperator::Is => match value.to_ascii_lowercase().as_str() {
            "edited" => Some(What::Edited),
            "flagged" => Some(What::Flagged),
            "tagged" => Some(What::Tagged),
            status => status.parse().ok().map(What::Status),
        },
        PairOperator::Quality => range_of(value).map(|(least, most)| What::Quality(least, most)),
        PairOperator::Decided => hours_of(value).map(What::Decided),
        PairOperator::DecidedBy => Some(What::DecidedBy(value.to_owned())),
        PairOperator::Before => date().map(What::Before),
        PairOperator::After => date().map(What::After),
        PairOperator::Month => {
            let first = format!("{value}-01").parse::<NaiveDate>().ok();
            first.filter(|_| value.len() == 7).map(What::Month)
        }
        PairOperator::Account => Some(What::Account(value.to_owned())),
    }
}

/// Whether something can be found against a pair, or in it, by this name.
pub(super) fn is_label(name: &str) -> bool {
    let named = || serde_json::Value::from(name);
    serde_json::from_value::<QualityReason>(named()).is_ok() || serde_json::from_value::<SensitiveKind>(named()).is_ok()
}

/// `<60`, `<=60`, `>90`, `>=90`, `60..80` or `75`, within 0 to 100.
fn range_of(value: &str) -> Option<(u8, u8)> {
    let number = |text: &str| text.parse::<u8>().ok().filter(|number| *number <= 100 && !text.starts_with('+'));
    let (least, most) = if let Some(text) = value.strip_prefix("<=") {
        (0, number(text)?)
    } else if let Some(text) = value.strip_prefix('<') {
        (0, number(text)?.checked_sub(1)?)
    } else if let Some(text) = value.strip_prefix(">=") {
        (number(text)?, 100)
    } else if let Some(text) = value.strip_prefix('>') {
        (number(text)?.checked_add(1)?, 100)
    } else if let Some((least, most)) = value.split_once("..") {
        (number(least)?, number(most)?)
    } else {
        (number(value)?, number(value)?)
    };
    (least <= most).then_some((least, most))
}

/// `12h`, `2d` or `1w`, in hours.
fn hours_of(value: &str) -> Option<u32> {
    let unit = value.chars().next_back()?.to_ascii_lowercase();
    let each = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 24 * 7,
        _ => return None,
    };
    let digits = &value[..value.len() - 1];
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let hours = digits.parse::<u32>().ok().filter(|_| is_number)?.checked_mul(each)?;
    (1..=MOST_HOURS).contains(&hours).then_some(hours)
}
