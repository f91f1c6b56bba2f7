//! By which terms a pair is found: its words, and signs for what else is known of it. And what is asked for, as each database wants it.
//!
//! A sign begins with `§`, which no word has, and a letter for its kind. What changes often (the status, when it was decided) is looked
//! up in the pair as well: an index that is a moment behind finds too little for that moment, and nothing wrong.

use std::fmt::Write;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde_json::Value;

use crate::{
    mail::words::each_word,
    types::{AccountId, PairLabels, PairStatus, ReviewTagId, UserId},
};

/// Begins what is no word of a text.
const SIGN: char = '§';
/// Words of one field that are noted: a subject can be as long as its sender likes.
const MOST_OF_FIELD: usize = 64;
/// Hours that are asked for one by one; longer times go by days, and then by months.
const BY_HOUR: i64 = 12;
const BY_DAY: i64 = 24 * 31;

/// A field whose words are found by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Name and address of the client.
    From,
    /// Those of who answered, and addresses that the client wrote to.
    To,
    Subject,
}

impl Field {
    fn letter(self) -> char {
        match self {
            Self::From => 'f',
            Self::To => 't',
            Self::Subject => 'u',
        }
    }
}

/// What pairs are looked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A word, or a sign.
    Is(String),
    /// What begins so.
    Begins(String),
    All(Vec<Term>),
    Any(Vec<Term>),
}

impl Term {
    /// A folded word, anywhere in a pair or in one of its fields.
    #[must_use]
    pub fn word(field: Option<Field>, word: &str, begins: bool) -> Self {
        let text = match field {
            None => word.to_owned(),
            Some(field) => sign(field.letter(), word),
        };
        if begins { Self::Begins(text) } else { Self::Is(text) }
    }

    /// Every pair.
    #[must_use]
    pub fn every() -> Self {
        Self::Is(sign('a', ""))
    }

    #[must_use]
    pub fn status(status: PairStatus) -> Self {
        Self::Is(sign('s', status.as_str()))
    }

    /// The client's language; `None`: it could not be told.
    #[must_use]
    pub fn language(code: Option<&str>) -> Self {
        Self::Is(sign('l', code.unwrap_or("none")))
    }

    /// The name of a reason or of a kind of sensitive span.
    #[must_use]
    pub fn label(name: &str) -> Self {
        Self::Is(sign('b', name))
    }

    #[must_use]
    pub fn edited() -> Self {
        Self::Is(sign('i', "edited"))
    }

    #[must_use]
    pub fn flagged() -> Self {
        Self::Is(sign('i', "flagged"))
    }

    /// It has a tag of the team.
    #[must_use]
    pub fn tagged() -> Self {
        Self::Is(sign('i', "tagged"))
    }

    /// By the tag's id, so that a new name needs nothing noted anew.
    #[must_use]
    pub fn tag(tag: ReviewTagId) -> Self {
        Self::Is(sign('m', &tag.0.simple().to_string()))
    }

    /// Somebody is to review it.
    #[must_use]
    pub fn assigned() -> Self {
        Self::Is(sign('i', "assigned"))
    }

    #[must_use]
    pub fn assigned_to(user: UserId) -> Self {
        Self::Is(sign('o', &user.0.simple().to_string()))
    }

    #[must_use]
    pub fn account(account: AccountId) -> Self {
        Self::Is(sign('k', &account.0.simple().to_string()))
    }

    #[must_use]
    pub fn provider(code: &str) -> Self {
        Self::Is(sign('p', code))
    }

    #[must_use]
    pub fn group(group: &str) -> Self {
        Self::Is(sign('g', group))
    }

    #[must_use]
    pub fn decided_by(user: UserId) -> Self {
        Self::Is(sign('w', &user.0.simple().to_string()))
    }

    /// A quality between two, both included: by tens where they are whole.
    #[must_use]
    pub fn quality(least: u8, most: u8) -> Self {
        Self::qualities([(least, most)])
    }

    /// A quality in one of these ranges, both ends included.
    #[must_use]
    pub fn qualities(ranges: impl IntoIterator<Item = (u8, u8)>) -> Self {
        let mut terms = Vec::new();
        for (least, most) in ranges {
            let mut from = least;
            while from <= most {
                if from.is_multiple_of(10) && from + 9 <= most {
                    terms.push(Self::tenth(from / 10));
                    from += 10;
                } else {
                    terms.push(Self::Is(sign('q', &format!("{from:03}"))));
                    from += 1;
                }
            }
        }
        Self::Any(terms)
    }

    /// A quality that is at least and at most so far from another.
    #[must_use]
    pub fn near_quality(border: u8, least: u8, most: u8) -> Self {
        let below = (border >= least).then(|| (border.saturating_sub(most), border - least));
        let from = border.saturating_add(least.max(u8::from(below.is_some() && least == 0)));
        let above = (from <= 100).then(|| (from, border.saturating_add(most).min(100)));
        Self::qualities(below.into_iter().chain(above))
    }

    /// Qualities with the same tens.
    #[must_use]
    pub fn tenth(tens: u8) -> Self {
        Self::Is(sign('q', &format!("t{tens:02}")))
    }

    /// What was decided at `since` or later, and what in the same hour, day or month a little before it. With `surely`, only what was
    /// surely decided later.
    #[must_use]
    pub fn decided_since(since: DateTime<Utc>, now: DateTime<Utc>, surely: bool) -> Self {
        let hours = (now - since).num_hours();
        let mut terms = Vec::new();
        let mut at = since;
        // Of several servers one's clock can be a little ahead.
        let end = now + TimeDelta::hours(1);
        while at <= end {
            let (this, next) = if hours <= BY_HOUR {
                (hour(at), at.checked_add_signed(TimeDelta::hours(1)))
            } else if hours <= BY_DAY {
                (day(at), at.checked_add_signed(TimeDelta::days(1)))
            } else {
                (month(at), first_of_next_month(at))
            };
            terms.push(Self::Is(sign('d', &this)));
            let Some(next) = next else { break };
            at = next;
        }
        let last = if hours <= BY_HOUR {
            hour(end)
        } else if hours <= BY_DAY {
            day(end)
        } else {
            month(end)
        };
        let last = Self::Is(sign('d', &last));
        if terms.last() != Some(&last) {
            terms.push(last);
        }
        if surely {
            terms.remove(0);
        }
        Self::Any(terms)
    }
}

fn hour(at: DateTime<Utc>) -> String {
    format!("h{}{:02}{:02}{:02}", at.year(), at.month(), at.day(), at.hour())
}

fn day(at: DateTime<Utc>) -> String {
    format!("d{}{:02}{:02}", at.year(), at.month(), at.day())
}

fn month(at: DateTime<Utc>) -> String {
    format!("m{}{:02}", at.year(), at.month())
}

fn first_of_next_month(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let first = at.date_naive().with_day(1)?.checked_add_months(chrono::Months::new(1))?;
    Some(first.and_hms_opt(0, 0, 0)?.and_utc())
}

/// A sign of a kind: of what it says, letters and digits.
fn sign(letter: char, what: &str) -> String {
    let mut text = String::from(SIGN);
    text.push(letter);
    text.extend(what.chars().filter(|c| c.is_alphanumeric()));
    text
}

/// What is asked for: all of `wanted`, none of `unwanted`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expression {
    pub wanted: Vec<Term>,
    pub unwanted: Vec<Term>,
}

impl Expression {
    /// The same with one more condition.
    #[must_use]
    pub fn and(&self, term: Term) -> Self {
        let mut all = self.clone();
        all.wanted.push(term);
        all
    }

    /// As a database wants it.
    pub(in crate::store) fn text(&self, is_sqlite: bool) -> String {
        let mut text = String::new();
        let every = [Term::every()];
        // Neither looks for what is not there alone.
        let wanted = if self.wanted.is_empty() { &every[..] } else { &self.wanted[..] };
        if is_sqlite {
            text.push('(');
        }
        joined(&mut text, wanted, if is_sqlite { " AND " } else { " & " }, is_sqlite);
        if is_sqlite {
            text.push(')');
        }
        for term in &self.unwanted {
            text.push_str(if is_sqlite { " NOT " } else { " & !" });
            put(&mut text, term, is_sqlite);
        }
        text
    }
}

fn joined(text: &mut String, terms: &[Term], by: &str, is_sqlite: bool) {
    for (number, term) in terms.iter().enumerate() {
        if number > 0 {
            text.push_str(by);
        }
        put(text, term, is_sqlite);
    }
}

fn put(text: &mut String, term: &Term, is_sqlite: bool) {
    // Words and signs are letters and digits behind `§`: there is nothing to escape.
    let _ = match (term, is_sqlite) {
        (Term::Is(word), true) => write!(text, "\"{word}\""),
        (Term::Begins(word), true) => write!(text, "\"{word}\" *"),
        (Term::Is(word), false) => write!(text, "'{word}'"),
        (Term::Begins(word), false) => write!(text, "'{word}':*"),
        (Term::All(terms) | Term::Any(terms), _) => {
            let by = match (matches!(term, Term::All(_)), is_sqlite) {
                (true, true) => " AND ",
                (true, false) => " & ",
                (false, true) => " OR ",
                (false, false) => " | ",
            };
            text.push('(');
            joined(text, terms, by, is_sqlite);
            text.push(')');
            Ok(())
        }
    };
}

/// What is known of a pair beside its words.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    pub status: &'a str,
    pub account: Option<AccountId>,
    pub provider: Option<&'a str>,
    pub group: Option<&'a str>,
    pub labels: Option<&'a PairLabels>,
    pub is_edited: bool,
    pub is_flagged: bool,
    pub decided: Option<(DateTime<Utc>, Option<UserId>)>,
    pub tags: &'a [ReviewTagId],
    pub assigned_to: Option<UserId>,
    pub from: Vec<&'a str>,
    pub to: Vec<&'a str>,
    pub subject: Option<&'a str>,
}

/// The signs of a pair, separated by spaces.
pub(super) fn signs_of(known: &Known<'_>) -> String {
    let mut signs = vec![sign('a', ""), sign('s', known.status)];
    signs.extend(known.account.map(|account| sign('k', &account.0.simple().to_string())));
    signs.extend(known.provider.map(|code| sign('p', code)));
    signs.extend(known.group.map(|group| sign('g', group)));
    let none = PairLabels::default();
    let labels = known.labels.unwrap_or(&none);
    signs.push(sign('l', labels.client_language.as_deref().unwrap_or("none")));
    let score = score_of(known.labels);
    signs.extend([sign('q', &format!("{score:03}")), sign('q', &format!("t{:02}", score / 10))]);
    signs.extend(labels.quality.reasons.iter().filter_map(named).map(|name| sign('b', &name)));
    signs.extend(labels.sensitive.iter().filter_map(|span| named(&span.kind)).map(|name| sign('b', &name)));
    signs.extend(known.is_edited.then(|| sign('i', "edited")));
    signs.extend(known.is_flagged.then(|| sign('i', "flagged")));
    signs.extend((!known.tags.is_empty()).then(|| sign('i', "tagged")));
    signs.extend(known.tags.iter().map(|tag| sign('m', &tag.0.simple().to_string())));
    if let Some(user) = known.assigned_to {
        signs.extend([sign('i', "assigned"), sign('o', &user.0.simple().to_string())]);
    }
    if let Some((at, by)) = known.decided {
        signs.extend([hour(at), day(at), month(at)].map(|time| sign('d', &time)));
        signs.extend(by.map(|user| sign('w', &user.0.simple().to_string())));
    }
    let subject: Vec<&str> = known.subject.into_iter().collect();
    for (field, texts) in [(Field::From, &known.from), (Field::To, &known.to), (Field::Subject, &subject)] {
        let mut left = MOST_OF_FIELD;
        for text in texts {
            each_word(text, |word| {
                if left > 0 {
                    left -= 1;
                    signs.push(sign(field.letter(), word));
                }
            });
        }
    }
    signs.sort_unstable();
    signs.dedup();
    signs.join(" ")
}

/// The quality that a pair is found by: what cannot be read of another version's labels is the lowest.
pub(super) fn score_of(labels: Option<&PairLabels>) -> u8 {
    labels.map_or(0, |labels| labels.quality.score.min(100))
}

/// The word of a reason or a kind in JSON.
fn named(value: &impl serde::Serialize) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Quality, QualityReason, SensitiveKind, SensitiveSpan, Side};

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn an_expression_is_one_text_for_each_database() {
        let expression = Expression {
            wanted: vec![Term::word(None, "платеж", true), Term::word(Some(Field::From), "ann", false)],
            unwanted: vec![Term::Any(vec![Term::edited(), Term::flagged()])],
        };
        assert_eq!(expression.text(true), "(\"платеж\" * AND \"§fann\") NOT (\"§iedited\" OR \"§iflagged\")");
        assert_eq!(expression.text(false), "'платеж':* & '§fann' & !('§iedited' | '§iflagged')");
        let unwanted = Expression { wanted: Vec::new(), unwanted: vec![Term::label("name")] };
        assert_eq!(unwanted.text(true), "(\"§a\") NOT \"§bname\"", "what is not there is not looked for alone");
        assert_eq!(Expression::default().text(false), "'§a'");
    }

    #[test]
    fn qualities_are_asked_for_by_tens() {
        let text = |least, most| Expression::default().and(Term::quality(least, most)).text(false);
        assert_eq!(text(58, 71), "('§q058' | '§q059' | '§qt06' | '§q070' | '§q071')");
        assert_eq!(text(100, 100), "('§q100')");
        assert_eq!(text(90, 100), "('§qt09' | '§q100')");
    }

    #[test]
    fn times_of_decisions_are_asked_for_by_the_hour_the_day_or_the_month() {
        let now = time("2026-11-30T07:20:00Z");
        let terms = |hours, surely| match Term::decided_since(now - TimeDelta::hours(hours), now, surely) {
            Term::Any(terms) => terms,
            other => panic!("{other:?}"),
        };
        let sign = |text: &str| Term::Is(format!("§d{text}"));
        assert_eq!(terms(1, false)[..2], [sign("h2026113006"), sign("h2026113007")]);
        assert_eq!(terms(1, true)[..1], [sign("h2026113007")]);
        assert_eq!(terms(24, false), [sign("d20261129"), sign("d20261130")]);
        assert_eq!(terms(49, false)[..2], [sign("d20261128"), sign("d20261129")]);
        assert_eq!(terms(24 * 90, false), ["m202609", "m202610", "m202611"].map(sign));
        assert!(terms(24 * 3_660, false).len() < 125);
    }

    #[test]
    fn a_pair_has_a_sign_for_everything_that_can_be_asked() {
        let labels = PairLabels {
            client_language: Some("ru".to_owned()),
            quality: Quality { score: 57, reasons: vec![QualityReason::ReplyTooShort] },
            sensitive: vec![SensitiveSpan { side: Side::Client, start: 0, end: 1, kind: SensitiveKind::UrlWithToken }],
            ..PairLabels::default()
        };
        let known = Known {
            status: "approved",
            provider: Some("gmail"),
            group: Some("1-ab-c"),
            labels: Some(&labels),
            is_edited: true,
            decided: Some((time("2026-11-30T07:20:00Z"), None)),
            tags: &[ReviewTagId(uuid::Uuid::from_u128(7))],
            assigned_to: Some(UserId(uuid::Uuid::from_u128(8))),
            from: vec!["Ann Lee", "ann@x.example"],
            subject: Some("Счёт"),
            ..Known::default()
        };
        let signs = signs_of(&known);
        let signs: Vec<&str> = signs.split(' ').collect();
        for sign in [
            "§a",
            "§sapproved",
            "§pgmail",
            "§g1abc",
            "§lru",
            "§q057",
            "§qt05",
            "§breplytooshort",
            "§burlwithtoken",
            "§iedited",
            "§dh2026113007",
            "§dd20261130",
            "§dm202611",
            "§itagged",
            "§iassigned",
            "§o00000000000000000000000000000008",
            "§m00000000000000000000000000000007",
            "§fann",
            "§flee",
            "§fx",
            "§fexample",
            "§uсчет",
        ] {
            assert!(signs.contains(&sign), "{sign} in {signs:?}");
        }
        assert_eq!(signs.len(), 22, "{signs:?}");
        assert_eq!(Term::label("reply_too_short"), Term::Is("§breplytooshort".to_owned()));
    }
}
