//! What looks like a signature and is what the author says: names in a list, the fields of a form, data that a sentence
//! announces, somebody else's number.

use super::doc::Doc;
use super::facts;
use super::fold::{fold, spaceless};
use super::locale::WORDS;
use super::markers::{self, Rule};
use super::names::Names;
use super::quotes::greets;
use super::shapes::{self, contact, name_like, prose};
use super::signature::{BLOCK, closes, flowing, leads};

/// A labelled line of a form or an order: a name, a question, a date. Signatures label ways to reach somebody only.
pub(super) fn field(text: &str) -> bool {
    let known = markers::form_label(text) || markers::label(text).is_some_and(|label| label.roles != 0);
    known && !contact(text) || text.ends_with([':', '：'])
}

/// Blank lines and rules that can stand between the data and what announces it.
const ABOVE: usize = 6;

/// The sentence above the line asks for what is below it to be read: "our details for the invoice", "wie gewünscht".
pub(super) fn announced(doc: &Doc, at: usize) -> bool {
    // "Harbor Ltd" above the name is announced with it.
    let company = at.checked_sub(1).filter(|&above| {
        let text = doc.body(above);
        !doc.lines[above].blank() && name_like(text) && !closes(text) && above > 0
    });
    let near = (at.saturating_sub(ABOVE)..company.unwrap_or(at)).rev();
    let above = near.into_iter().find(|&i| !doc.lines[i].blank() && markers::divider(doc.body(i)) != Some(Rule::Bare));
    above.is_some_and(|above| {
        let text = doc.body(above);
        text.ends_with([':', '：']) && text.chars().filter(|c| c.is_alphabetic()).count() >= 2
            || sentence(doc, above) && WORDS.data.find(&fold(last_sentence(text))).is_some()
            || text.split_whitespace().count() >= 2 && !name_like(text) && leads(&fold(text))
    })
}

/// What stands behind the last full stop, question or exclamation mark within the line.
fn last_sentence(text: &str) -> &str {
    let words = text.trim_end_matches(['.', '!', '?', '。', '！', '？', ' ']);
    let start = [". ", "! ", "? ", "。", "！", "？"].iter().filter_map(|end| words.rfind(end).map(|at| at + end.len()));
    &text[start.max().unwrap_or(0)..]
}

/// The line is a sentence, or ends one.
fn sentence(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    (prose(text)
        || flowing(doc, at)
        || text.ends_with(['.', '!', '。'])
        || text.split_whitespace().count() >= 4 && !name_like(text))
        && !contact(text)
}

/// Lines of a list that are looked at.
const LIST: usize = 8;

/// The sender's name stands among lines like it: an item of a list or a table of the author's.
pub(super) fn listed(doc: &Doc, at: usize, names: &Names) -> bool {
    let above: Vec<usize> = (0..at).rev().filter(|&i| !doc.lines[i].blank()).take(LIST).collect();
    // The lines above it in its paragraph, and what introduces them.
    for &i in &above {
        let text = doc.body(i);
        if closes(text) || doc.lines[i].depth > 0 {
            return false;
        }
        if text.ends_with([':', '：']) {
            return true;
        }
        if doc.lines[i + 1].blank() || prose(text) || greets(text) {
            break;
        }
    }
    // Lines of one list follow one another in one manner: each below the other, or all with blank lines between.
    let like = |i: usize| alike(doc.body(i), doc.body(at), names);
    let Some(&one) = above.first().filter(|&&i| like(i)) else { return false };
    let parted = one + 1 < at;
    let two = above.get(1).is_some_and(|&i| like(i) && (i + 1 < one) == parted);
    two || doc.next_written(at + 1).is_some_and(|i| like(i) && (at + 1 < i) == parted)
}

/// Two lines of one list: both with the same mark or number before them or columns in them, or both the name of a person.
fn alike(other: &str, own: &str, names: &Names) -> bool {
    let item = |text: &str| {
        let numbered = text.split_once(['.', ')']).is_some_and(|(number, _)| {
            (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if numbered {
            Some('1')
        } else {
            text.chars().next().filter(|c| matches!(c, '-' | '•' | '*' | '–' | '·' | '+'))
        }
    };
    let columns = |text: &str| text.matches(['|', '\t', ';']).count();
    if item(own).is_some() || columns(own) > 0 {
        return item(other) == item(own) && columns(other) == columns(own);
    }
    // "Moss Boats" above "Ida Moss" is her company.
    let folded = fold(other);
    person(other) && (!names.mentioned(&folded) || names.wrote(&folded))
}

/// A person's name: two to four capitalised words, or a few signs, with no position or company among them.
fn person(text: &str) -> bool {
    let words = text.split_whitespace().count();
    let signs = text.chars().count();
    let dense = text.chars().all(|c| spaceless(c) || c == '\u{3000}' || c == ' ');
    let fits = if dense {
        (2..=6).contains(&signs)
    } else {
        (2..=4).contains(&words) && text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\'' | '’'))
    };
    let folded = fold(text);
    fits && name_like(text)
        && !shapes::company(text)
        && !closes(text)
        && !greets(text)
        && WORDS.title.find(&folded).is_none()
}

/// The block that begins at `at` is of somebody else: one of several alike, or of one who shares the sender's family name, or
/// a bare name and number where the sender has another name.
pub(super) fn of_others(doc: &Doc, at: usize, last: usize, names: &Names) -> bool {
    let name = doc.body(at);
    let folded = fold(name);
    if names.signs(&folded) || name.split_whitespace().count() < 2 {
        return false;
    }
    let end = (at..=last).find(|&i| doc.lines[i].blank()).unwrap_or(last + 1);
    let paragraph = |bottom: usize| (0..=bottom).rev().take(BLOCK).take_while(|&i| !doc.lines[i].blank()).last();
    let before = doc.last_written(at).filter(|&above| above + 1 < at);
    let twin = before.and_then(|bottom| Some((paragraph(bottom)?, bottom))).is_some_and(|(top, bottom)| {
        bottom - top + 1 == end - at
            && bottom > top
            && person(doc.body(top))
            && (top..=bottom).all(|i| !prose(doc.body(i)))
    });
    let number = end - at == 2 && end == last + 1 && contact(doc.body(at + 1)) && !facts::has_email(doc.body(at + 1));
    twin || names.kin(&folded) || number && person(name) && names.personal() && !names.mentioned(&folded)
}

/// Lines in which an account is told to somebody. The signature of a company that names its bank has more.
const ACCOUNT: usize = 6;

/// The lines are the account of somebody who is to be paid.
pub(super) fn account(doc: &Doc, from: usize, last: usize) -> bool {
    let bank = |i: usize| {
        let folded = fold(doc.body(i));
        folded.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "iban" | "bic" | "swift"))
    };
    let linked =
        |i: usize| facts::has_email(doc.body(i)) || doc.body(i).contains("://") || doc.body(i).contains("www.");
    last - from < ACCOUNT && (from..=last).any(bank) && !(from..=last).any(linked)
}
