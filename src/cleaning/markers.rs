//! Lines that introduce an earlier message: attributions, dividers, header labels.
//!
//! Shape comes first (a date, an address, a colon, what follows), words of a language only add to it.

use super::facts::{self, Facts};
use super::fold::fold;
use super::locale::{Divider, WORDS, role};
use super::shapes;

/// An attribution is at most this long, wrapped lines together.
pub(super) const MAX_ATTRIBUTION: usize = 420;

/// Reads `text` (one line, or a few joined with spaces) as "On … wrote:". `quoted` says that the lines after it are quoted
/// deeper than it. Gives the rule by which it is one.
pub(super) fn attribution(text: &str, quoted: bool) -> Option<&'static str> {
    if text.len() > MAX_ATTRIBUTION || text.len() < 5 {
        return None;
    }
    let colon = ends_with_colon(text);
    let dashed = text.starts_with("--") && (text.ends_with("--") || text.ends_with("wrote"));
    if !(colon || dashed || quoted || !text.ends_with(['.', '!', '?', ',', ';'])) {
        return None;
    }
    let facts = facts::read(text);
    // "Nora Feld wrote", and then the quote.
    if quoted && !colon && !dashed && !facts.dated() && !facts.email {
        let folded = fold(text);
        let (at, end) = WORDS.wrote.find_last(&folded)?;
        let name = &text[..text.floor_char_boundary(at)];
        return (end == folded.len() && text.len() == folded.len() && shapes::name_like(name.trim()))
            .then_some("attribution_name");
    }
    if !(facts.dated() || facts.email || ((colon || dashed) && quoted)) {
        return None;
    }
    if groupwise(text, facts) {
        return Some("attribution_groupwise");
    }
    let folded = fold(text);
    let verb = WORDS.wrote.find_last(&folded);
    let closes = verb.is_some_and(|(_, end)| folded[end..].chars().all(|c| !c.is_alphanumeric()));
    // "In your mail of 4 March you wrote:" is a sentence of the author's.
    let beside = |(start, end): (usize, usize)| {
        let before = folded[..start].split_whitespace().next_back().unwrap_or_default();
        let after = folded[end..].split_whitespace().next().unwrap_or_default();
        [before, after].iter().any(|word| WORDS.you.contains(word.trim_matches(|c: char| !c.is_alphanumeric())))
    };
    // "Am 4. März schrieb mir Ihr Kollege <…>:", and "am" in the middle of a sentence: no program writes so.
    if !quoted && verb.is_some_and(|verb| told(&folded, verb) || goes_on(text)) {
        return None;
    }
    if !quoted && !facts.email && verb.is_some_and(beside) {
        let first = folded.split([' ', ',']).next().unwrap_or_default();
        let dated = colon
            && closes
            && facts.date
            && WORDS.starts.contains(first)
            && facts.first.is_some_and(|first| first <= 16);
        return dated.then_some("attribution_you");
    }
    if closes && text.starts_with(['"', '“', '„', '«', '»']) && text.ends_with(['"', '”', '“', '»', '«']) {
        return None;
    }
    let begins = starts_like_one(&folded, &facts);
    if verb.is_some() {
        let stamped = facts.date && facts.time && WORDS.wrote.prefix(&folded).is_some();
        let named = facts.email || closes || stamped || verb.is_some_and(|(_, end)| names_follow(text, &folded[end..]));
        // "Tom at Hill Doors wrote on Mar 12, 2026 at 9:40 AM:".
        let stamp_last = facts.date && facts.time && shapes::capital(text) && facts.last + 6 >= text.len();
        let begins = begins || stamp_last && folded.len() <= 120;
        if colon && facts.dated() && named && (begins || closes || facts.email) && calm(&folded, facts.email) {
            return Some("attribution");
        }
        // Without a date, an address alone could stand in a sentence of the author's.
        let early = facts::email_end(&folded).is_some_and(|at| at < 100);
        if colon && facts.email && (quoted || early && (closes || address_last(text))) {
            return Some("attribution_address");
        }
        if closes && (colon || dashed) && quoted && folded.len() <= 120 {
            return Some("attribution_name");
        }
        if (closes || dashed) && facts.dated() && (begins || dashed) && (facts.email || quoted || dashed) {
            return Some("attribution_open");
        }
    }
    // "Carla Reyes wrote on 4 March:", and then the quote.
    if colon
        && quoted
        && facts.dated()
        && folded.len() <= 120
        && verb.is_some_and(|(at, _)| shapes::name_like(text[..text.floor_char_boundary(at)].trim()))
    {
        return Some("attribution");
    }
    // No known word for "wrote": the shape must say it all.
    if colon && facts.email && facts.dated() && (quoted || (begins && address_last(text))) {
        return Some("attribution_shape");
    }
    if colon && quoted && ((facts.dated() && begins && text.len() <= 160) || (facts.email && address_last(text))) {
        return Some("attribution_shape");
    }
    if quoted && facts.email && facts.date && address_last(text) && facts.first == Some(0) {
        return Some("attribution_short");
    }
    None
}

/// Beside "wrote" stands to whom: "schrieb mir", "m'a écrit".
fn told(folded: &str, (start, end): (usize, usize)) -> bool {
    let part = |c: char| !c.is_alphanumeric();
    let before = folded[..start].trim_end_matches(part).rsplit(part).next().unwrap_or_default();
    let after = folded[end..].trim_start_matches(part).split(part).next().unwrap_or_default();
    [before, after].iter().any(|word| WORDS.me.contains(*word))
}

/// "am 4. März schrieb …": a word that begins an attribution with a capital, in small letters.
fn goes_on(text: &str) -> bool {
    const CAPITALS: &[&str] = &["on", "am", "le", "el", "il", "em", "op"];
    text.split(' ').next().is_some_and(|first| CAPITALS.contains(&first))
}

/// What follows "wrote" is who: capitalised words, particles, a date. "… wrote to them as follows:" is a sentence.
fn names_follow(text: &str, rest: &str) -> bool {
    let count = rest.split_whitespace().count();
    let words = text.split_whitespace().rev().take(count);
    words.into_iter().all(|word| {
        let first = word.chars().find(|c| c.is_alphanumeric());
        word.len() <= 3 || first.is_none_or(|c| !c.is_lowercase())
    })
}

/// `>>> "Name" <a@b> 01/02/01 11:12AM >>>`, as GroupWise writes.
fn groupwise(text: &str, facts: Facts) -> bool {
    facts.dated() && (text.ends_with(">>>") || text.ends_with(">>> ")) && text.len() < 200
}

/// A sentence of the author's own that mentions who wrote when reads on; an attribution does not. An address vouches for it.
fn calm(folded: &str, email: bool) -> bool {
    email || folded.len() <= 140
}

pub(super) fn ends_with_colon(text: &str) -> bool {
    text.trim_end_matches(['*', '_', ' ', '-', '\u{a0}', '"', '>']).ends_with([':', '：'])
}

/// A date, an address or a word that attributions begin with comes first.
pub(super) fn starts_like_one(folded: &str, facts: &Facts) -> bool {
    let folded = folded.trim_start_matches(['-', '"', '>', '<', '[', '(', ' ', '_', '=']);
    let first = folded.split([' ', ',', ':']).next().unwrap_or_default();
    WORDS.starts.contains(first)
        || facts::digit(folded.chars().next().unwrap_or(' ')).is_some()
        || facts.first.is_some_and(|at| folded.char_indices().take(28).last().is_some_and(|(near, _)| at <= near))
        || WORDS.wrote.prefix(folded).is_some()
        || facts::email_end(folded).is_some_and(|at| at < 80)
}

/// An address ends the line, brackets, quotes and colon aside.
fn address_last(text: &str) -> bool {
    let core = text.trim_end_matches([':', '：', ' ', '*', '_', '>', ')', ']', '"', '\'', '-']);
    let tail = core.rsplit([' ', '<', '(', '[']).next().unwrap_or_default();
    tail.len() > 2 && facts::email_end(tail) == Some(tail.len()) || core.ends_with("-k") && facts::has_email(core)
}

/// What a line says about itself as a divider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Dashes around words that a mail program is known to write.
    Known(Divider),
    /// Dashes around other words.
    Words,
    /// Dashes around words that end what a divider began.
    End,
    /// Nothing but dashes, underscores, equal signs.
    Bare,
}

/// Reads a line as a divider such as `-----Original Message-----`.
pub(super) fn divider(text: &str) -> Option<Rule> {
    let rule = |c: char| {
        matches!(
            c,
            '-' | '_' | '=' | '*' | '~' | '#' | '\u{2010}'
                ..='\u{2015}'
                    | '─'
                    | '━'
                    | '＿'
                    | '＝'
                    | '－'
                    | '═'
                    | '▬'
                    | '＊'
                    | '┄'
                    | '┅'
                    | '┈'
                    | '■'
                    | '□'
                    | '◆'
                    | '◇'
        )
    };
    let after = text.trim_start_matches(rule);
    let lead = text.len() - after.len();
    // Nearly every line: no dashes before, no colon behind.
    if lead == 0 && !text.ends_with([':', '：']) {
        return None;
    }
    if after.trim().is_empty() {
        return (lead >= 3).then_some(Rule::Bare);
    }
    // Yahoo runs its headers on behind the divider.
    if lead >= 4
        && let Some(cut) = after.find("---")
        && cut < 60
        && let Some(known) = WORDS.dividers.get(fold(&after[..cut]).as_str())
        && after[cut..].trim_matches(rule).len() > 1
    {
        return Some(Rule::Known(*known));
    }
    let words = after.trim_end_matches(|c: char| rule(c) || c == ' ' || c == ':' || c == '：');
    let trail = after[words.len()..].chars().filter(|&c| rule(c)).count();
    if words.len() > 160 {
        return None;
    }
    let folded = fold(words.trim());
    let folded = folded.trim_matches(|c: char| matches!(c, '[' | ']' | '<' | '>' | '"' | ' ' | '.' | '|'));
    if lead >= 2 && trail >= 2 && WORDS.ends.prefix(folded).is_some() {
        return Some(Rule::End);
    }
    let known = WORDS.dividers.get(folded).copied();
    if lead >= 2 && trail >= 2 || lead >= 5 {
        if let Some(known) = known {
            return Some(Rule::Known(known));
        }
        if lead >= 4 && WORDS.forwarded.prefix(folded).is_some() {
            return Some(Rule::Known(Divider::Forwarded));
        }
        if lead >= 3 && trail >= 3 && folded.split(' ').count() <= 8 {
            return Some(Rule::Words);
        }
        return None;
    }
    // "Begin forwarded message:" stands without dashes.
    if known == Some(Divider::Forwarded) && after.ends_with([':', '：']) {
        return known.map(Rule::Known);
    }
    None
}

/// A line "label: value".
#[derive(Debug, Clone, Copy)]
pub(super) struct Label<'t> {
    /// [`role`] bits; none for a label that is not known.
    pub roles: u8,
    pub value: &'t str,
}

/// Reads a line as a mail header in any of the known languages, or in the shape of one.
pub(super) fn label(text: &str) -> Option<Label<'_>> {
    let text = text.trim_start_matches(['*', '_', '|', '>', ' ', '\t', '•', '\u{200e}', '\u{200f}']);
    let (at, width) = colon(text)?;
    let name = text[..at].trim_matches(['*', '_', ' ', '\t', '\u{a0}']);
    if name.is_empty() || name.chars().count() > 30 || facts::has_email(name) {
        return None;
    }
    let value = text[at + width..].trim_matches(['*', '_', ' ', '\t', '\u{a0}']);
    let roles = roles(name);
    if roles == 0
        && (value.is_empty() || name.split_whitespace().count() > 4 || name.bytes().any(|b| b.is_ascii_digit()))
    {
        return None;
    }
    if value.starts_with("//") {
        return None;
    }
    Some(Label { roles, value })
}

/// A line of what the form of a web site sends: "Telephone: …", "Message: …".
pub(super) fn form_label(text: &str) -> bool {
    let text = text.trim_start_matches(['*', '_', '|', ' ', '\t', '•', '-']);
    colon(text).is_some_and(|(at, _)| {
        let name = text[..at].trim_matches(['*', '_', ' ', '\t', '\u{a0}', '.', '…']);
        name.len() <= 60 && roles(name) == 0 && WORDS.form.contains(fold(name).as_str())
    })
}

/// The roles of a header label.
pub(super) fn roles(name: &str) -> u8 {
    let folded = fold(name);
    let folded = folded.trim_matches(['.', ' ', '[', ']', '-', '_']);
    WORDS.labels.get(folded).copied().unwrap_or_else(|| {
        // Chinese and Japanese programs pad short labels: "收 件 人".
        if folded.contains(' ') && !folded.is_ascii() {
            WORDS.labels.get(&folded.replace([' ', '\u{3000}'], "")).copied().unwrap_or_default()
        } else {
            0
        }
    })
}

/// The first colon of the line, if it is near its beginning.
fn colon(text: &str) -> Option<(usize, usize)> {
    let near = &text[..text.floor_char_boundary(120)];
    near.char_indices().find(|&(_, c)| c == ':' || c == '：').map(|(at, c)| (at, c.len_utf8()))
}

/// Several headers on one line, as a rendered table or a broken converter leaves them: `From: a Sent: b To: c`.
pub(super) fn run_together(text: &str) -> bool {
    let Some(first) = label(text) else { return false };
    if first.roles & (role::FROM | role::TO | role::DATE | role::SUBJECT) == 0 || text.len() > 2000 {
        return false;
    }
    let mut roles = first.roles;
    let mut seen = 1;
    for (at, _) in text.match_indices([':', '：']).skip(1).take(12) {
        let before = text[..at].trim_end();
        let last = before.rsplit([' ', '\t', '>', '\u{a0}', ';']).next().unwrap_or_default();
        let bits = self::roles(last);
        if bits & !roles != 0 {
            roles |= bits;
            seen += 1;
        }
    }
    let evidence = || facts::has_email(text) || roles & role::SUBJECT != 0 && facts::read(text).dated();
    seen >= 3 && roles & role::FROM != 0 && roles & (role::SUBJECT | role::DATE) != 0 && evidence()
        || seen >= 2
            && roles & role::FROM != 0
            && roles & role::DATE != 0
            && facts::has_email(text)
            && facts::read(text).dated()
}
