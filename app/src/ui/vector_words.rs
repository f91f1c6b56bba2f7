//! Whether vectors take part in the search of past cases, in a sentence.

use replybook::types::{VectorStanding, VectorUse};

use crate::{prefs::Lang, words::texts};

/// The sentence.
#[must_use]
pub fn says(lang: Lang, vectors: &VectorStanding) -> String {
    let words = Words(lang);
    let rank = |rank: f64| {
        let text = format!("{rank:.2}");
        if lang == Lang::Ru { text.replace('.', ",") } else { text }
    };
    let (by_words, joined) = vectors.tried.map_or((0.0, 0.0), |tried| (tried.words, tried.joined));
    match vectors.standing {
        VectorUse::Used => words.used(rank(by_words), rank(joined)),
        VectorUse::NoHelp => words.no_help(rank(by_words), rank(joined)),
        VectorUse::Off => words.off().to_owned(),
        VectorUse::Making => words.making().to_owned(),
        VectorUse::TooFew => words.too_few().to_owned(),
        VectorUse::Unavailable => words.unavailable().to_owned(),
    }
}

texts! {
    /// Whether vectors take part.
    Words:
    used(words, joined): "Embeddings help here and are used: the right answer ranks {joined} with them, {words} by words alone." | "Эмбеддинги здесь помогают и используются: с ними верный ответ получает {joined}, по одним словам — {words}.";
    no_help(words, joined): "Embeddings are switched off here: they do not help beyond chance ({joined} with them, {words} by words alone)." | "Эмбеддинги здесь отключены: заметно они не помогают (с ними {joined}, по одним словам {words}).";
    off: "Searched by words; no model for embeddings is chosen." | "Поиск по словам; модель для эмбеддингов не выбрана.";
    making: "Searched by words; embeddings are being made and tried." | "Поиск по словам; эмбеддинги создаются и проверяются.";
    too_few: "Searched by words; there are too few conversations to tell whether embeddings help." | "Поиск по словам; бесед слишком мало, чтобы судить, помогают ли эмбеддинги.";
    unavailable: "Searched by words this time: the model for embeddings did not answer." | "На этот раз поиск по словам: модель для эмбеддингов не ответила.";
}

#[cfg(test)]
mod tests {
    use replybook::types::VectorsTried;

    use super::*;

    #[test]
    fn numbers_are_written_as_in_the_language() {
        let tried = VectorsTried {
            pairs: 195,
            conversations: 106,
            weight: 0.6,
            words: 0.608,
            joined: 0.645,
            gain_least: 0.01,
            gain_most: 0.07,
        };
        let standing =
            VectorStanding { standing: VectorUse::Used, model: Some("openai:m".to_owned()), tried: Some(tried) };
        assert!(says(Lang::En, &standing).contains("ranks 0.65 with them, 0.61 by words"));
        assert!(says(Lang::Ru, &standing).contains("0,65"));
        let off = VectorStanding { standing: VectorUse::Off, model: None, tried: None };
        assert!(says(Lang::En, &off).contains("no model"));
    }
}
