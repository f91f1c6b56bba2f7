//! Promises: what binds whoever sends a draft.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use super::lists::{Pattern, fold, folded_words, section};

const LISTS: &str = include_str!("data/promises.txt");

static PATTERNS: LazyLock<Vec<(&str, Pattern)>> = LazyLock::new(|| {
    Pattern::all(LISTS, "").into_iter().filter(|(title, _)| !matches!(*title, "no" | "yes")).collect()
});
static NO: LazyLock<HashSet<String>> = LazyLock::new(|| section(LISTS, "no").into_iter().map(fold).collect());
static YES: LazyLock<HashSet<String>> = LazyLock::new(|| section(LISTS, "yes").into_iter().map(fold).collect());

/// A promise without more than that something will be done.
pub(super) const ACT: &str = "act";

/// What a sentence promises, by its kind. "We do not refund" promises nothing.
pub(super) fn promises(sentence: &str) -> BTreeSet<&'static str> {
    let words = folded_words(sentence);
    let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
    for (kind, pattern) in PATTERNS.iter() {
        if pattern.find_all(&words).any(|(start, end)| !is_denied(&words, start, end)) {
            kinds.insert(kind);
        }
    }
    if kinds.len() > 1 {
        kinds.remove(ACT);
    }
    kinds
}

/// A negation between the words or right before them. In German it comes behind the verb.
fn is_denied(words: &[String], start: usize, end: usize) -> bool {
    let denies = |at: usize| NO.contains(&words[at]) && !words.get(at + 1).is_some_and(|next| YES.contains(next));
    let german = |at: usize| words[at] == "nicht" && denies(at);
    // "Not charging" and "no cost" are promises of their own.
    let is_own = |at: usize| {
        matches!(words[at].as_str(), "no" | "not")
            && words
                .get(at + 1..end)
                .is_some_and(|rest| rest.iter().any(|word| matches!(word.as_str(), "charge" | "cost")))
    };
    (start.saturating_sub(1)..end).any(|at| denies(at) && !is_own(at)) || (end..words.len().min(end + 5)).any(german)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_found_in_six_languages() {
        for (sentence, kind) in [
            ("We will refund you the full amount.", "refund"),
            ("Your payment will be refunded.", "refund"),
            ("We'll send you a replacement.", "replacement"),
            ("The repair is free of charge.", "free"),
            ("You will receive a 20% discount.", "discount"),
            ("I guarantee that it works.", "guarantee"),
            ("Мы вернём вам деньги.", "refund"),
            ("Гарантируем возврат.", "guarantee"),
            ("Завтра отправим посылку.", "delivery"),
            ("Мы с вами свяжемся.", "contact"),
            ("Wir werden Ihnen den Betrag erstatten.", "refund"),
            ("Wir garantieren die Lieferung.", "guarantee"),
            ("Die Reparatur ist kostenlos.", "free"),
            ("Nous vous rembourserons.", "refund"),
            ("Nous vous garantissons un remplacement.", "guarantee"),
            ("Le reembolsaremos el importe.", "refund"),
            ("Garantizamos la entrega.", "guarantee"),
            ("Vamos reembolsar o valor.", "refund"),
            ("Enviaremos o produto amanhã.", "delivery"),
            ("We will look into it.", "act"),
        ] {
            assert!(promises(sentence).contains(kind), "{sentence}: {:?}", promises(sentence));
        }
    }

    #[test]
    fn what_is_denied_or_told_is_none() {
        for sentence in [
            "We do not refund used parts.",
            "Unfortunately we cannot guarantee a date.",
            "Мы не гарантируем срок.",
            "Wir erstatten gebrauchte Teile nicht.",
            "Nous ne remboursons pas.",
            "Please switch the machine off and clean the valve.",
            "Выключите машину и очистите клапан.",
        ] {
            assert!(promises(sentence).is_empty(), "{sentence}: {:?}", promises(sentence));
        }
        assert!(promises("We not only refund but replace it.").contains("refund"));
        assert!(promises("Вернём не позднее пятницы.").contains("refund"));
        assert!(promises("We will not charge you.").contains("free"));
    }
}
