//! How a sentence speaks of its facts: whether it denies them, and whether they are secrets.

use super::lists::SECRET;
use crate::drafts::lists::folded_words;

/// Whether a sentence speaks of passwords and the like.
pub(in crate::drafts) fn is_about_secrets(sentence: &str) -> bool {
    folded_words(sentence).iter().any(|word| SECRET.contains(word))
}

/// Whether a sentence denies something.
pub(in crate::drafts) fn is_negative(text: &str) -> bool {
    let words = folded_words(text);
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.as_str()));
    (0..words.len()).any(|at| {
        let no = is(
            at,
            &[
                "not",
                "no",
                "never",
                "cannot",
                "none",
                "nicht",
                "kein",
                "keine",
                "keinen",
                "keiner",
                "keinem",
                "nie",
                "не",
                "нет",
                "нельзя",
                "никогда",
                "невозможно",
                "pas",
                "aucun",
                "aucune",
                "jamais",
                "nao",
                "nunca",
                "ningun",
                "ninguna",
                "nenhum",
                "nenhuma",
                "jamas",
                "non",
                "niet",
                "geen",
                "nie",
            ],
        ) || is(at, &["t"])
            && at > 0
            && is(
                at - 1,
                &[
                    "don", "can", "won", "isn", "doesn", "didn", "aren", "wasn", "couldn", "shouldn", "wouldn",
                    "haven", "hasn", "weren",
                ],
            );
        // "not only", "не позднее", "nicht nur" deny nothing.
        no && !is(
            at + 1,
            &[
                "only",
                "later",
                "nur",
                "spater",
                "langer",
                "только",
                "позднее",
                "позже",
                "более",
                "solo",
                "apenas",
                "so",
                "seulement",
                "longer",
            ],
        )
    })
}
