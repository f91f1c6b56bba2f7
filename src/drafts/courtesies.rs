//! Sentences that state nothing and so need no source: greetings, thanks, closings, regret. And what closes a letter.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    facts::is_negative,
    lists::{Pattern, fold, folded_words, section},
};
use crate::labels::{Word, words};

const LISTS: &str = include_str!("data/courtesies.txt");

static GREETINGS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns("greeting"));
static THANKS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns("thanks"));
static CLOSINGS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns("closing"));
static REGRETS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns("regret"));
static SIGN_OFFS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns("sign off"));
static GREETED: LazyLock<HashSet<String>> = LazyLock::new(|| folded("greeted"));
static CLAUSE: LazyLock<HashSet<String>> = LazyLock::new(|| folded("clause"));
static AND: LazyLock<HashSet<String>> = LazyLock::new(|| folded("and"));
static YOUR: LazyLock<HashSet<String>> = LazyLock::new(|| folded("your"));

/// Words that may follow thanks and closings.
const MOST_AFTER: usize = 12;
/// Words that may follow regret.
const MOST_REGRET: usize = 6;
/// Names and titles in a greeting.
const MOST_GREETED: usize = 6;
/// Names before a greeting.
const MOST_AHEAD: usize = 3;
/// Words of a line that closes a letter.
const MOST_SIGN_OFF: usize = 5;

fn patterns(name: &'static str) -> Vec<Pattern> {
    Pattern::all(LISTS, name).into_iter().filter(|(rest, _)| rest.is_empty()).map(|(_, pattern)| pattern).collect()
}

fn folded(name: &'static str) -> HashSet<String> {
    section(LISTS, name).into_iter().map(fold).collect()
}

/// How a sentence is polite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Courtesy {
    Greeting,
    Thanks,
    Closing,
    SignOff,
}

/// What a sentence is, where it is nothing but polite. Facts and promises in it are for others to find.
pub(super) fn courtesy(sentence: &str) -> Option<Courtesy> {
    let words = folded_words(sentence);
    if words.is_empty() {
        return None;
    }
    if closes(sentence) {
        return Some(Courtesy::SignOff);
    }
    if greets(sentence, &words) {
        return Some(Courtesy::Greeting);
    }
    if longest(&THANKS, &words).is_some_and(|end| adds_nothing(sentence, &words[end..], MOST_AFTER)) {
        return Some(Courtesy::Thanks);
    }
    if longest(&REGRETS, &words).is_some_and(|end| adds_nothing(sentence, &words[end..], MOST_REGRET)) {
        return Some(Courtesy::Closing);
    }
    // "If you have questions, …": what is asked for then may be anything but a denial.
    let closing = longest(&CLOSINGS, &words).is_some_and(|end| words.len() - end <= MOST_AFTER);
    let hesitates =
        words.iter().any(|word| matches!(word.as_str(), "hesitate" | "hesitez" | "dude" | "hesite" | "don"));
    (closing && (hesitates || !is_negative(sentence))).then_some(Courtesy::Closing)
}

/// Whether a text opens with a greeting.
pub(super) fn opens_with_greeting(text: &str) -> bool {
    let line = text.trim_start().lines().next().unwrap_or_default();
    let words = folded_words(line);
    longest(&GREETINGS, &words).is_some() || greets(line, &words)
}

/// Where the greeting ends that a sentence begins with: "Dear Anna, the parcel …". Nothing where it begins with none.
pub(super) fn greeting_end(sentence: &str) -> usize {
    let Some(end) = sentence.find([',', '!', ':', '\n']) else { return 0 };
    let ahead = &sentence[..end];
    if greets(ahead, &folded_words(ahead)) { end } else { 0 }
}

/// A line that closes a letter.
pub(super) fn closes(line: &str) -> bool {
    let words = folded_words(line);
    longest(&SIGN_OFFS, &words)
        .is_some_and(|end| end == words.len() || words.len() <= MOST_SIGN_OFF && line.trim_end().ends_with(','))
}

fn longest(patterns: &[Pattern], words: &[String]) -> Option<usize> {
    patterns.iter().filter_map(|pattern| pattern.find(words)).map(|(_, end)| end).max()
}

/// A greeting, and names alone behind it or before it: "Anna, hello!".
fn greets(sentence: &str, folded: &[String]) -> bool {
    let all: Vec<_> = words(sentence).collect();
    let is_name =
        |word: &Word<'_>| word.text.starts_with(|c: char| !c.is_lowercase()) || GREETED.contains(&fold(word.text));
    let ahead = all.iter().take(MOST_AHEAD).take_while(|word| is_name(word)).count();
    (0..=ahead).any(|from| {
        let Some(end) = folded.get(from..).and_then(|rest| longest(&GREETINGS, rest)) else { return false };
        let rest = all.get(from + end..).unwrap_or_default();
        let parted = from == 0 || sentence[all[from - 1].end()..].starts_with(',');
        parted && rest.len() <= MOST_GREETED && rest.iter().all(is_name)
    })
}

/// Whether a folded word is one that greets, and so nobody's name in a greeting.
pub(super) fn is_greeting_word(folded: &str) -> bool {
    GREETED.contains(folded) || GREETINGS.iter().any(|pattern| pattern.has(folded))
}

/// What follows is short and no clause of its own.
fn adds_nothing(sentence: &str, rest: &[String], most: usize) -> bool {
    let joined = |at: usize| AND.contains(&rest[at]) && !rest.get(at + 1).is_some_and(|next| YOUR.contains(next));
    rest.len() <= most
        && !rest.iter().any(|word| CLAUSE.contains(word))
        && !(0..rest.len()).any(joined)
        && !sentence.contains([';', ':', '–', '—', '(', '\n'])
        && comma_is_before_name(sentence)
}

/// "Thank you, Anna!": a comma, and a word or two with capital letters.
fn comma_is_before_name(sentence: &str) -> bool {
    let Some((_, behind)) = sentence.split_once(',') else { return true };
    let names: Vec<_> = words(behind).collect();
    names.len() <= 2 && names.iter().all(|word| word.text.starts_with(char::is_uppercase)) && !behind.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_polite() {
        for (sentence, kind) in [
            ("Hello Anna,", Courtesy::Greeting),
            ("Dear Mr. Smith,", Courtesy::Greeting),
            ("Sehr geehrte Damen und Herren,", Courtesy::Greeting),
            ("Здравствуйте, Анна!", Courtesy::Greeting),
            ("Анна Петровна, добрый день!", Courtesy::Greeting),
            ("Thank you for your message.", Courtesy::Thanks),
            ("Thanks for your message and your patience!", Courtesy::Thanks),
            ("Vielen Dank für Ihre Nachricht.", Courtesy::Thanks),
            ("Спасибо за обращение!", Courtesy::Thanks),
            ("Please let us know if you have any further questions.", Courtesy::Closing),
            ("If you have any other questions, do not hesitate to contact us.", Courtesy::Closing),
            ("Если у вас останутся вопросы, пишите.", Courtesy::Closing),
            ("Bei weiteren Fragen stehen wir Ihnen gerne zur Verfügung.", Courtesy::Closing),
            ("We are sorry for the inconvenience.", Courtesy::Closing),
            ("Приносим извинения за неудобства.", Courtesy::Closing),
            ("Bonne journée !", Courtesy::Closing),
            ("Best regards,", Courtesy::SignOff),
            ("С уважением,", Courtesy::SignOff),
            ("Mit freundlichen Grüßen", Courtesy::SignOff),
        ] {
            assert_eq!(courtesy(sentence), Some(kind), "{sentence}");
        }
    }

    #[test]
    fn a_sentence_may_begin_with_a_greeting() {
        for (sentence, greeting) in [
            ("Dear Wolfgang, the courier comes tomorrow.", "Dear Wolfgang"),
            ("Hello Anna! The parcel is on its way.", "Hello Anna"),
            ("Здравствуйте, Анна, посылка в пути.", "Здравствуйте"),
            ("The parcel, Anna, is on its way.", ""),
            ("We send it tomorrow.", ""),
        ] {
            assert_eq!(&sentence[..greeting_end(sentence)], greeting, "{sentence}");
        }
    }

    #[test]
    fn what_says_something_behind_its_politeness() {
        for sentence in [
            "Hello, your refund is approved.",
            "Thank you, we accept your offer.",
            "Thank you and consider the contract cancelled.",
            "Спасибо, мы всё вернём.",
            "Vielen Dank, wir erstatten den Betrag.",
            "Dear customer the price is lower now",
            "Best of all it costs nothing.",
            "Thank you for your order that we accept in full.",
            "Your machine is broken.",
        ] {
            assert_eq!(courtesy(sentence), None, "{sentence}");
        }
    }
}
