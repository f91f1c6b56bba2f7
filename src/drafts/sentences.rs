//! A text in sentences.

use std::{collections::HashSet, sync::LazyLock};

use super::lists::{fold, section};

/// Short words with a dot that end no sentence.
const SHORTENED: &[&str] = &[
    "bzw", "ca", "inkl", "zzgl", "evtl", "ggf", "usw", "str", "nr", "tel", "st", "no", "approx", "incl", "vs", "etc",
    "тел", "ул", "руб", "стр", "им", "см", "av", "núm", "tél",
];

static TITLES: LazyLock<HashSet<String>> =
    LazyLock::new(|| section(include_str!("data/facts.txt"), "titles").into_iter().map(fold).collect());

/// The sentences of a text, each with the line breaks before it (0, 1, or 2 and more). Nothing but white space is lost.
pub(super) fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut sentences = Vec::new();
    let mut breaks = 0;
    for line in text.split('\n') {
        if line.trim().is_empty() {
            breaks += 1;
            continue;
        }
        for (number, sentence) in in_line(line).into_iter().enumerate() {
            sentences.push((if number == 0 { breaks } else { 0 }, sentence));
        }
        breaks = 1;
    }
    sentences
}

fn in_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let dense = matches!(c, '。' | '！' | '？');
        if !dense && !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(next, c)) = chars.peek() {
            if !matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '"' | '\'' | '»' | '”' | ')' | '’') {
                break;
            }
            end = next + c.len_utf8();
            chars.next();
        }
        let rest = &line[end..];
        let begins = rest.trim_start().chars().next().is_some_and(|c| !c.is_lowercase());
        if begins && (dense || rest.starts_with(char::is_whitespace) && !(c == '.' && is_short(&line[start..at]))) {
            found.push(line[start..end].trim());
            start = end;
        }
    }
    found.push(line[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// The word before a dot is short for another one, or the dot makes a number an ordinal.
fn is_short(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let letters = word.chars().count();
    letters == 1 && word.chars().all(char::is_alphabetic)
        || letters <= 2 && letters > 0 && word.bytes().all(|b| b.is_ascii_digit())
        || TITLES.contains(&fold(word))
        || SHORTENED.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end() {
        let texts = |text| sentences(text).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(
            texts("Hello Mr. Smith, it is here. Come! Really?! Yes."),
            ["Hello Mr. Smith, it is here.", "Come!", "Really?!", "Yes."]
        );
        assert_eq!(texts("Am 29. November um 9 Uhr. Bis dann"), ["Am 29. November um 9 Uhr.", "Bis dann"]);
        assert_eq!(texts("z. B. Teile und ca. 5 kg."), ["z. B. Teile und ca. 5 kg."]);
        assert_eq!(sentences("A.\nB\n\nC"), [(0, "A."), (1, "B"), (2, "C")]);
        assert_eq!(texts(" \n "), [""; 0]);
    }
}
