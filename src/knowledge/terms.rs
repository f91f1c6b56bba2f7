//! What a text is found by: the stems of its words, and pieces of the long ones.
//!
//! A stem is what is left of a word without its endings, in the language of the text. Pieces, five letters each, let words of one
//! family meet that have no stem in common: compounds, misspellings, the same name in two languages. A word with a digit in it (an
//! order number, a code, a model) is neither stemmed nor cut.
//!
//! Terms are kept as numbers of 64 bits. They are the same in every process and on every machine.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

use frostem::Stemmer;

use crate::mail::words::each_word;

/// Letters of a piece.
const PIECE: usize = 5;
/// Words from this length on are cut into pieces too.
const LONG: usize = 6;
/// Words of a text that count. Nobody asks more in one message; what is longer is a pasted log or a list.
const MOST_WORDS: usize = 4_000;
/// Words whose terms are remembered while many texts are read.
const MOST_REMEMBERED: usize = 200_000;

/// The name of a term.
pub(super) type Term = u64;

/// A map by terms, which are spread evenly already.
pub(super) type ByTerm<T> = HashMap<Term, T, BuildHasherDefault<AsItIs>>;

/// Takes a term for its own hash.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, term: u64) {
        self.0 = term;
    }
}

/// The terms of one word.
#[derive(Debug, Clone, PartialEq, Eq)]
struct WordTerms {
    stem: Term,
    pieces: Box<[Term]>,
}

/// The terms of a text, as often as each is there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    pub stems: Vec<Term>,
    pub pieces: Vec<Term>,
}

/// Reads texts. It remembers the words it has seen, so that many texts are read fast.
#[derive(Default)]
pub(super) struct Reader {
    /// By the language they are stemmed in.
    seen: HashMap<&'static str, HashMap<Box<str>, WordTerms>>,
    remembered: usize,
}

impl Reader {
    /// The terms of a text in a language (ISO 639-1), where that is known.
    pub fn terms(&mut self, text: &str, language: Option<&str>) -> Terms {
        let mut terms = Terms::default();
        self.add(&mut terms, text, language, |_, _| {});
        terms
    }

    /// The same, with the words in which each stem was found first, as they are folded for a search.
    pub fn terms_and_words(&mut self, text: &str, language: Option<&str>) -> (Terms, BTreeMap<Term, String>) {
        let mut terms = Terms::default();
        let mut words = BTreeMap::new();
        self.add(&mut terms, text, language, |stem, word| {
            words.entry(stem).or_insert_with(|| word.to_owned());
        });
        (terms, words)
    }

    fn add(&mut self, terms: &mut Terms, text: &str, language: Option<&str>, mut found: impl FnMut(Term, &str)) {
        let language = language.and_then(Tongue::of);
        let mut left = MOST_WORDS;
        each_word(text, |word| {
            if left == 0 {
                return;
            }
            left -= 1;
            let tongue = Tongue::of_word(word, language);
            let code = tongue.map_or("", |tongue| tongue.code);
            let seen = self.seen.entry(code).or_default();
            if let Some(own) = seen.get(word) {
                terms.stems.push(own.stem);
                terms.pieces.extend(&own.pieces);
                found(own.stem, word);
                return;
            }
            let own = read(word, tongue);
            terms.stems.push(own.stem);
            terms.pieces.extend(&own.pieces);
            found(own.stem, word);
            seen.insert(Box::from(word), own);
            self.remembered += 1;
            if self.remembered >= MOST_REMEMBERED {
                self.seen.clear();
                self.remembered = 0;
            }
        });
    }
}

/// The words of a text, folded, that share pieces with those that were asked for: those with most first, each once.
pub(super) fn words_with(text: &str, asked: &HashSet<Term>) -> Vec<String> {
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    let mut left = MOST_WORDS;
    each_word(text, |word| {
        if left > 0 && !shared.contains_key(word) {
            left -= 1;
            let count = pieces(word).iter().filter(|piece| asked.contains(piece)).count();
            shared.insert(word.to_owned(), count);
        }
    });
    let mut shared: Vec<(String, usize)> = shared.into_iter().filter(|(_, count)| *count > 0).collect();
    shared.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    shared.into_iter().map(|(word, _)| word).collect()
}

/// A language with a stemmer.
#[derive(Debug, Clone, Copy)]
struct Tongue {
    code: &'static str,
    script: Script,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
}

/// One stemmer for each language. The first of a script is taken for a text whose language is not known.
const TONGUES: [Tongue; 20] = [
    Tongue { code: "en", script: Script::Latin },
    Tongue { code: "ru", script: Script::Cyrillic },
    Tongue { code: "el", script: Script::Greek },
    Tongue { code: "ca", script: Script::Latin },
    Tongue { code: "cs", script: Script::Latin },
    Tongue { code: "da", script: Script::Latin },
    Tongue { code: "de", script: Script::Latin },
    Tongue { code: "es", script: Script::Latin },
    Tongue { code: "fi", script: Script::Latin },
    Tongue { code: "fr", script: Script::Latin },
    Tongue { code: "hu", script: Script::Latin },
    Tongue { code: "it", script: Script::Latin },
    Tongue { code: "nl", script: Script::Latin },
    Tongue { code: "no", script: Script::Latin },
    Tongue { code: "pl", script: Script::Latin },
    Tongue { code: "pt", script: Script::Latin },
    Tongue { code: "ro", script: Script::Latin },
    Tongue { code: "sv", script: Script::Latin },
    Tongue { code: "tr", script: Script::Latin },
    Tongue { code: "uk", script: Script::Cyrillic },
];

/// What the words of a text are taken for.
#[derive(Debug, Clone, Copy)]
enum Language {
    Known(Tongue),
    /// One that has no stemmer: its words stay as they are.
    Unstemmed,
}

impl Tongue {
    fn of(code: &str) -> Option<Language> {
        let known = TONGUES.into_iter().find(|tongue| tongue.code == code);
        Some(known.map_or(Language::Unstemmed, Language::Known))
    }

    /// In which language a word is stemmed: that of its text, where it is written in its letters.
    fn of_word(word: &str, text: Option<Language>) -> Option<Self> {
        let first = word.chars().find(|c| c.is_alphabetic())?;
        if word.chars().any(char::is_numeric) {
            return None;
        }
        let script = match first {
            'a'..='z' | '\u{df}'..='\u{24f}' => Script::Latin,
            '\u{400}'..='\u{52f}' => Script::Cyrillic,
            '\u{370}'..='\u{3ff}' => Script::Greek,
            _ => return None,
        };
        match text {
            Some(Language::Unstemmed) => None,
            Some(Language::Known(tongue)) if tongue.script == script => Some(tongue),
            _ => TONGUES.into_iter().find(|tongue| tongue.script == script),
        }
    }
}

/// The terms of a folded word.
fn read(word: &str, tongue: Option<Tongue>) -> WordTerms {
    let stemmer = tongue.and_then(|tongue| Stemmer::try_from_name(tongue.code).ok());
    let stem = match stemmer {
        Some(stemmer) => term(0, stemmer.stem(word).as_bytes()),
        None => term(0, word.as_bytes()),
    };
    WordTerms { stem, pieces: pieces(word) }
}

/// The pieces of a folded word.
fn pieces(word: &str) -> Box<[Term]> {
    let has_digits = word.chars().any(char::is_numeric);
    let letters: Vec<char> = if has_digits { Vec::new() } else { word.chars().collect() };
    if letters.len() < LONG {
        return Box::default();
    }
    // Where a word begins and ends belongs to its pieces.
    let bounded: Vec<char> = std::iter::once('_').chain(letters).chain(['_']).collect();
    bounded.windows(PIECE).map(|piece| term(1, piece.iter().collect::<String>().as_bytes())).collect()
}

/// FNV-1a over the kind and the letters, with its bits mixed once more at the end: the tables take the number as it is.
pub(super) fn term(kind: u8, letters: &[u8]) -> Term {
    let mut number: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in std::iter::once(&kind).chain(letters) {
        number = (number ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    number ^ (number >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str, language: Option<&str>) -> Vec<Term> {
        Reader::default().terms(text, language).stems
    }

    #[test]
    fn forms_of_a_word_are_one_stem_in_its_language() {
        assert_eq!(stems("orders", Some("en")), stems("Order", Some("en")));
        assert_eq!(stems("заказами", Some("ru")), stems("Заказ", Some("ru")));
        assert_eq!(stems("Rechnungen", Some("de")), stems("rechnung", Some("de")));
        assert_ne!(stems("orders", Some("xx")), stems("order", Some("xx")), "a language without a stemmer");
    }

    #[test]
    fn yo_accents_and_case_do_not_matter() {
        assert_eq!(stems("Счёт", Some("ru")), stems("счет", Some("ru")));
        assert_eq!(stems("expédié", Some("fr")), stems("EXPEDIE", Some("fr")));
    }

    #[test]
    fn a_word_in_other_letters_is_stemmed_as_such() {
        assert_eq!(stems("invoices", Some("ru")), stems("invoice", None));
        assert_eq!(stems("заказами", Some("en")), stems("заказ", None));
    }

    #[test]
    fn numbers_and_codes_stay_whole() {
        let terms = Reader::default().terms("FH-21580 al20118447100s", Some("en"));
        assert_eq!(terms.stems.len(), 3);
        assert!(terms.pieces.is_empty());
    }

    #[test]
    fn words_of_a_family_share_pieces() {
        let pieces = |text: &str| Reader::default().terms(text, Some("de")).pieces;
        let (list, one) = (pieces("Ersatzteilliste"), pieces("Ersatzteil"));
        assert!(one.iter().filter(|piece| list.contains(piece)).count() >= 7);
        assert!(pieces("Preis").is_empty());
    }

    #[test]
    fn words_that_share_pieces_are_named() {
        let asked: HashSet<Term> = Reader::default().terms("Ersatzteilliste", Some("de")).pieces.into_iter().collect();
        assert_eq!(words_with("Das Ersatzteil und die Ersatzteile, der Preis", &asked), ["ersatzteil", "ersatzteile"]);
        assert_eq!(words_with("Der Preis", &asked), [""; 0]);
    }

    #[test]
    fn a_reader_forgets_and_reads_the_same() {
        let mut reader = Reader::default();
        let before = reader.terms("Where are my orders?", Some("en"));
        for number in 0..MOST_REMEMBERED {
            reader.terms(&format!("w{number}"), None);
        }
        assert_eq!(reader.terms("Where are my orders?", Some("en")), before);
        assert!(reader.remembered < MOST_REMEMBERED);
    }

    #[test]
    fn only_so_many_words_count() {
        let text = "word ".repeat(MOST_WORDS * 2);
        assert_eq!(Reader::default().terms(&text, Some("en")).stems.len(), MOST_WORDS);
    }
}
