//! Whether a client's message closes a conversation: it thanks, says goodbye, or says that all is well, and asks for nothing. In doubt it
//! does not: whoever is wrongly shown as waiting costs a glance, whoever is wrongly not shown is lost. So it is not looked for what asks,
//! which can be said in any words: everything that is said has to be known to ask for nothing.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use crate::mail::words::each_word;

/// What closes a conversation, by language; the file says how it is written.
const CLOSINGS: &str = include_str!("data/closings.txt");

/// A longer text says something.
const MOST_WORDS: usize = 60;
/// Names in a line that greets, thanks or signs.
const MOST_NAMES: usize = 3;

struct Phrase {
    words: Vec<String>,
    /// The paragraph that it is in: that of the same language has the words that may stand beside it.
    language: usize,
}

struct Closings {
    /// The longest first. One that several languages have is there several times.
    phrases: Vec<Phrase>,
    /// By language: single words that say nothing by themselves.
    plain: Vec<HashSet<String>>,
}

static CLOSING: LazyLock<Closings> = LazyLock::new(|| {
    let (mut phrases, mut plain): (Vec<Phrase>, Vec<HashSet<String>>) = (Vec::new(), Vec::new());
    for paragraph in CLOSINGS.split("\n\n") {
        let lines = paragraph.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let (language, mut single) = (plain.len(), HashSet::new());
        let before = phrases.len();
        for line in lines {
            let entries = line.trim_start_matches('=').split(',').map(words_of).filter(|words| !words.is_empty());
            if line.starts_with('=') {
                single.extend(entries.flatten());
            } else {
                phrases.extend(entries.map(|words| Phrase { words, language }));
            }
        }
        if phrases.len() > before {
            plain.push(single);
        }
    }
    phrases.sort_by_key(|phrase| Reverse(phrase.words.len()));
    Closings { phrases, plain }
});

fn words_of(entry: &str) -> Vec<String> {
    folded(entry).into_iter().map(|said| said.word).collect()
}

/// Whether a text asks for nothing: there is nothing in it but thanks, goodbyes, greetings, names, that all is well, and words beside these
/// that say nothing by themselves.
pub fn only_closes(text: &str) -> bool {
    // Question marks: Latin and Greek's look-alike, full width, Arabic.
    if text.contains(['?', '\u{37e}', '？', '؟']) {
        return false;
    }
    let mut words = 0;
    let mut languages: BTreeSet<usize> = BTreeSet::new();
    let mut left: Vec<String> = Vec::new();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    for line in text.lines() {
        // A name alone signs at the end, below what it signs.
        let signs = std::ptr::eq(line, last) && !languages.is_empty();
        for part in line.split(['.', '!', '…', '。', '！', ';']) {
            let part = folded(part);
            words += part.len();
            if signs && words <= MOST_WORDS && part.len() <= MOST_NAMES && part.iter().all(|word| word.is_capital) {
                continue;
            }
            said(&part, &mut languages, &mut left);
        }
    }
    let is_plain = |word: &String| {
        languages.iter().any(|language| CLOSING.plain.get(*language).is_some_and(|of| of.contains(word)))
    };
    // Without a phrase there is no language, and without a language no word is plain.
    words <= MOST_WORDS && !languages.is_empty() && left.iter().all(is_plain)
}

/// Covers a line with phrases, and adds their languages and the words that are left. Names behind a phrase at the end, as in "thanks, Anna",
/// are none of these. What stands before may be an answer: "Tuesday, thanks".
fn said(line: &[Spoken], languages: &mut BTreeSet<usize>, left: &mut Vec<String>) {
    let phrase_at = |at: usize| {
        let is_here = |words: &[String]| {
            line.len() - at >= words.len() && words.iter().zip(&line[at..]).all(|(word, said)| *word == said.word)
        };
        CLOSING.phrases.iter().find(|phrase| is_here(&phrase.words))
    };
    let names = |at: usize| line[at..].iter().take_while(|word| word.is_capital).take(MOST_NAMES + 1).count();
    let (mut at, mut is_behind_phrase) = (0, false);
    while at < line.len() {
        if let Some(phrase) = phrase_at(at) {
            let same = CLOSING.phrases.iter().filter(|one| one.words == phrase.words);
            languages.extend(same.map(|one| one.language));
            (at, is_behind_phrase) = (at + phrase.words.len(), true);
            continue;
        }
        let number = names(at);
        let is_thanked = is_behind_phrase && (1..=MOST_NAMES).contains(&number) && at + number == line.len();
        if is_thanked {
            at += number;
            continue;
        }
        left.push(line[at].word.clone());
        (at, is_behind_phrase) = (at + 1, false);
    }
}

/// A word of a line, folded.
struct Spoken {
    word: String,
    /// It begins with a capital letter.
    is_capital: bool,
}

fn folded(line: &str) -> Vec<Spoken> {
    let mut words: Vec<Spoken> = Vec::new();
    for part in line.split_whitespace() {
        let is_capital = part.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(char::is_uppercase);
        each_word(part, |word| words.push(Spoken { word: word.to_owned(), is_capital }));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_nothing() {
        for text in [
            "Thanks!",
            "Thank you so much for your help, Anna!",
            "Great, thank you!\n\nBest regards,\nRosa Klein",
            "Perfect, it works now. Have a nice day!",
            "Got it, thanks",
            "OK",
            "It arrived today and works like new, thank you so much!",
            "We are very happy with it. Thanks again, Jonas",
            "Danke für die schnelle Antwort!\nViele Grüße\nPeter",
            "Vielen Dank, das hat geholfen.",
            "Jetzt läuft alles wieder, danke!",
            "Большое спасибо за помощь!",
            "Всё получилось, спасибо! Хорошего дня.",
            "Пришло, поставил, всё работает. Спасибо!",
            "Merci beaucoup, bonne journée !",
            "Remboursement reçu, merci.",
            "Muchas gracias por todo.",
            "Perfetto, grazie mille!",
            "Muito obrigada pela ajuda!",
            "Bedankt voor de snelle reactie!",
            "Dziękuję bardzo za pomoc",
            "Дякую за допомогу!",
        ] {
            assert!(only_closes(text), "{text}");
        }
    }

    #[test]
    fn what_may_ask_for_something() {
        for text in [
            "",
            "Anna",
            "Thanks, when will it arrive?",
            "Thanks. The second parcel is missing",
            "Thanks, please send me the invoice as well.",
            "OK, I will send the photos tomorrow and wait for the refund",
            "Thank you, but it still does not work.",
            "Thank you. The grinder runs hot after ten minutes and then turns itself off.",
            "Thanks, my order is FH-21301",
            "Yes, thank you",
            "Tuesday, thanks",
            "Not great",
            "Never received",
            "No thanks to you the order is late",
            "Thanks for nothing",
            "It arrived today, broken. Thanks",
            "The box was open and the machine scratched. Thanks, Bob",
            "Thanks in advance for refunding the money to the card that I paid with",
            "Good. Refund.",
            "Thanks. Refund me.",
            "Thanks, the unit is dead.",
            "Thanks. The hose came off.",
            "Thanks. Go ahead with the repair.",
            "Thanks, Tuesday works for us.",
            "Thanks, today in the morning",
            "Thanks! I'll take two.",
            "Thanks, the blue one",
            "Thanks, help me",
            "Thanks, do it",
            "Danke, dann nehme ich zwei davon.",
            "Danke für die Rückmeldung. Der Dampf ist schwach.",
            "Danke, Rechnung fehlt noch",
            "Danke, ja bitte",
            "Danke, wie geht das",
            "Спасибо, но проблема осталась",
            "Посылка пришла мятая. Спасибо",
            "Спасибо, беру две штуки.",
            "Спасибо, тогда замените насос",
            "Да, спасибо",
            "Merci, mais il manque une pièce",
            "Le verre est brisé à l'arrivée. Merci",
            "Gracias, todavía gotea",
            "Gracias, prefiero el azul.",
            "My order number is 1234",
            "1234",
        ] {
            assert!(!only_closes(text), "{text}");
        }
    }
}
