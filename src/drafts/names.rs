//! Names in a text, and in letters of another alphabet.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    courtesies::is_greeting_word,
    facts::{MONTHS, RELATIVE, WEEKDAYS, folded, is_unit},
    lists::fold,
};
use crate::labels::{Word, words};

static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| folded("common"));
static TITLES: LazyLock<HashSet<String>> = LazyLock::new(|| folded("titles"));
static GREETED: LazyLock<HashSet<String>> = LazyLock::new(|| folded("greeted"));

/// Words of a text that are names, as far as capital letters tell: not at the beginning of a sentence, and in German, where all nouns
/// have them, only behind a title, in a greeting and in capital letters throughout.
pub(super) fn names<'t>(
    text: &'t str,
    language: Option<&str>,
    is_greeting: bool,
    skip: &[(usize, usize)],
) -> Vec<Word<'t>> {
    let mut names = Vec::new();
    let mut before: Option<Word<'t>> = None;
    for word in words(text) {
        let previous = before.replace(word);
        if skip.iter().any(|&(start, end)| start < word.end() && word.start < end) {
            continue;
        }
        let is_capital = word.text.starts_with(char::is_uppercase);
        let letters = word.text.chars().count();
        if !is_capital || letters < 2 || word.text.chars().any(char::is_numeric) {
            continue;
        }
        let folded = fold(word.text);
        let common = COMMON.contains(&folded)
            || TITLES.contains(&folded)
            || MONTHS.get(&folded).is_some()
            || WEEKDAYS.get(&folded).is_some()
            || RELATIVE.get(&folded).is_some();
        if common || is_unit(&folded) {
            continue;
        }
        let gap = previous.map_or("", |before| &text[before.end()..word.start]);
        let titled =
            previous.is_some_and(|before| TITLES.contains(&fold(before.text))) && matches!(gap, " " | ". " | "\u{a0}");
        let opens = previous.is_none()
            || text[..word.start]
                .trim_end_matches([' ', '"', '\'', '«', '“', '„', '(', '*', '-', '–', '—', '•', '\u{a0}'])
                .chars()
                .next_back()
                .is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | ';' | '\n' | ']' | '…' | '。'));
        let all_capital = letters >= 3 && word.text.chars().all(char::is_uppercase);
        let inner = word.text.chars().skip(1).any(char::is_uppercase) && !all_capital;
        let is_name = match language {
            _ if titled => true,
            _ if is_greeting => !is_greeting_word(&folded) && !GREETED.contains(&folded),
            Some("de") => all_capital || inner,
            _ => !opens || all_capital || inner,
        };
        if is_name {
            names.push(word);
        }
    }
    names
}

/// "Mr", "Frau" and the like.
pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&fold(word))
}

/// A name in the other alphabet, as most people would write it: nothing where it is in neither.
pub(super) fn other_letters(folded: &str) -> Option<String> {
    if !folded.chars().any(|c| ('а'..='я').contains(&c)) {
        return None;
    }
    let letter = |c: char| match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "yu",
        'я' => "ya",
        _ => "",
    };
    Some(folded.chars().map(letter).collect())
}
