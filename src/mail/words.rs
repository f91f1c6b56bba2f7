//! The words of mail, folded to be searched: one rule for what is noted and for what is asked.
//!
//! A word is a run of letters and digits. Upper and lower case are the same, accents are left out, `ё` is `е`; `й` stays a letter
//! of its own. What lies in compatibility forms (ligatures, full-width letters) is what it stands for. Latin letters with a stroke, which
//! Unicode does not take apart, are what people type for them on other keyboards: `ł` is `l`, `ø` is `o`, `æ` is `ae`.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Of longer words the beginning counts, both where they are noted and where they are asked for.
const LONGEST: usize = 64;
/// Bytes of different words that are noted of a thread: hostile mail is all different words.
const MOST_BYTES: usize = 256 << 10;

/// Gives every word of a text, folded, in its order.
pub fn each_word(text: &str, mut found: impl FnMut(&str)) {
    let mut word = String::new();
    let mut length = 0;
    let mut end = |word: &mut String, length: &mut usize| {
        if !word.is_empty() {
            found(word);
            word.clear();
        }
        *length = 0;
    };
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' | 'A'..='Z' => put(&mut word, &mut length, c.to_ascii_lowercase()),
            'й' | 'Й' => put(&mut word, &mut length, 'й'),
            // Hyphenation and joiners inside a word.
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' => {}
            // й in two characters.
            '\u{306}' if word.ends_with('и') => {
                word.pop();
                word.push('й');
            }
            _ if c.is_ascii() => end(&mut word, &mut length),
            _ if is_combining_mark(c) => {}
            // By way of upper case: ß is ss and ς is σ then, whichever way they are written.
            _ => c.to_uppercase().flat_map(char::to_lowercase).nfkd().for_each(|folded| {
                if let Some(plain) = plain(folded) {
                    plain.chars().for_each(|plain| put(&mut word, &mut length, plain));
                } else if folded.is_alphanumeric() {
                    put(&mut word, &mut length, folded);
                } else if !is_combining_mark(folded) {
                    end(&mut word, &mut length);
                }
            }),
        }
    }
    end(&mut word, &mut length);
}

/// What is typed for a small Latin letter that has no accent to be left out, but is one letter of its own.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

fn put(word: &mut String, length: &mut usize, c: char) {
    if *length < LONGEST {
        word.push(c);
    }
    *length += 1;
}

/// The different words of texts, the first texts first where there are more than can be noted.
#[derive(Debug, Default)]
pub struct Words {
    words: BTreeSet<String>,
    bytes: usize,
}

impl Words {
    /// Adds the words of a text.
    pub fn add(&mut self, text: &str) {
        each_word(text, |word| {
            if self.bytes < MOST_BYTES && !self.words.contains(word) {
                self.bytes += word.len() + 1;
                self.words.insert(word.to_owned());
            }
        });
    }

    /// All of them in one text, in their order, separated by spaces.
    #[must_use]
    pub fn joined(&self) -> String {
        let mut text = String::with_capacity(self.bytes);
        for word in &self.words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn case_accents_and_yo_are_folded() {
        assert_eq!(words("Не ПРОХОДИТ платёж, Ёлка"), ["не", "проходит", "платеж", "елка"]);
        assert_eq!(
            words("Café CAFE\u{301} STRASSE straße ΣΊΣΥΦΟΣ σίσυφος"),
            ["cafe", "cafe", "strasse", "strasse", "σισυφοσ", "σισυφοσ"]
        );
        assert_eq!(words("Мой и мои, мо\u{438}\u{306}"), ["мой", "и", "мои", "мой"]);
        assert_eq!(words("ﬁnd ｆｕｌｌ İstanbul"), ["find", "full", "istanbul"]);
        assert_eq!(
            words("Zażółć ŁÓDŹ Øresund Đorđe sælger ŒUVRE ıspanak Þór"),
            ["zazolc", "lodz", "oresund", "dorde", "saelger", "oeuvre", "ispanak", "thor"]
        );
    }

    #[test]
    fn punctuation_is_no_word() {
        assert_eq!(words("\" % _ \\ ['\"]"), [""; 0]);
        assert_eq!(words("Ann.Lee@x-y.example, #4711!"), ["ann", "lee", "x", "y", "example", "4711"]);
        assert_eq!(words("pay\u{ad}ment"), ["payment"]);
    }

    #[test]
    fn what_is_noted_has_a_limit() {
        let long = "x".repeat(1_000);
        assert_eq!(words(&long)[0].len(), LONGEST);
        let mut noted = Words::default();
        noted.add("subject");
        noted.add(&(0..200_000).map(|number| format!("w{number} ")).collect::<String>());
        let joined = noted.joined();
        assert!(joined.len() <= MOST_BYTES + LONGEST * 4, "{}", joined.len());
        assert!(joined.split(' ').any(|word| word == "subject"));
        assert!(joined.split(' ').collect::<Vec<_>>().is_sorted());
    }
}
