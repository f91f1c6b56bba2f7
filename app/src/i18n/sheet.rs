//! The words of an open pair. They are rendered on the server alone, so a browser does not download them.

use super::Noun;
use crate::prefs::Lang;

/// The words of an open pair in one language.
pub(crate) struct Sheet {
    pub words: SheetWords,
    pub kinds: Kinds,
    pub reasons: QualityReasons,
    pub line: Noun,
    pub character: Noun,
}

impl Sheet {
    /// The words in `lang`.
    pub(crate) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ru => &RU,
        }
    }
}

words! {
    SheetWords:
    after, rule, put_back, remove_again, kept, quality, edited, edited_why, html, attachment, changed, changed_about, gone,
    gone_about, deleted, deleted_about, differs, in_pair, in_mail, adopt, keep, as_it_came, in_the_pair, no_mail,
    decided_then, taken_out, put_in, whole_thread,
}
named_words! {
    /// What a removed span is, by the kinds of the cleaner.
    Kinds:
    quoted_history, attribution, forwarded, signature, sign_off, mobile_footer, disclaimer, list_footer,
}
named_words! {
    /// What was found against a pair, by the reasons of its label.
    QualityReasons:
    no_words, client_no_words, reply_too_short, client_too_short, mostly_link, refers_to_attachment,
    template_placeholder, quotes_leaked, language_mismatch, very_long, broken_characters,
}

const EN: Sheet = Sheet {
    words: SheetWords {
        after: "after {}",
        rule: "Taken out by the rule “{}”",
        put_back: "Put back",
        remove_again: "Remove again",
        kept: "put back: {}",
        quality: "quality {}",
        edited: "edited",
        edited_why: "Somebody put removed text back: the pair no longer follows its mail.",
        html: "HTML mail",
        attachment: "with attachment",
        changed: "Source changed",
        changed_about: "The mail says something else now than when this pair was decided or edited. Both versions stand below.",
        gone: "Source gone",
        gone_about: "The mail is still here, but it no longer makes this pair.",
        deleted: "Deleted at {}",
        deleted_about: "A message of this pair was deleted there, or moved to trash or spam. The pair stays here.",
        differs: "These texts are not what the mail makes today, so nothing can be put back.",
        in_pair: "In this pair",
        in_mail: "In the mail now",
        adopt: "Take over what the mail says",
        keep: "Keep this pair as it is",
        as_it_came: "As it came",
        in_the_pair: "In the pair",
        no_mail: "The mail of this pair is no longer here.",
        decided_then: "The decision stays as it is.",
        taken_out: "taken out: {}",
        put_in: "put back: {}",
        whole_thread: "Read the whole thread",
    },
    kinds: Kinds {
        quoted_history: "quoted history",
        attribution: "“… wrote:” line",
        forwarded: "forwarded mail",
        signature: "signature",
        sign_off: "closing words",
        mobile_footer: "mobile footer",
        disclaimer: "disclaimer",
        list_footer: "list footer",
    },
    reasons: QualityReasons {
        no_words: "reply without words",
        client_no_words: "client wrote no words",
        reply_too_short: "reply very short",
        client_too_short: "client's text very short",
        mostly_link: "mostly a link",
        refers_to_attachment: "refers to an attachment",
        template_placeholder: "template field left open",
        quotes_leaked: "quoted text left in",
        language_mismatch: "reply in another language",
        very_long: "very long",
        broken_characters: "broken characters",
    },
    line: Noun { one: "line", few: "lines", many: "lines" },
    character: Noun { one: "character", few: "characters", many: "characters" },
};

const RU: Sheet = Sheet {
    words: SheetWords {
        after: "через {}",
        rule: "Убрано правилом «{}»",
        put_back: "Вернуть",
        remove_again: "Убрать снова",
        kept: "возвращено: {}",
        quality: "качество {}",
        edited: "изменена",
        edited_why: "Убранный текст вернули вручную: пара больше не следует за почтой.",
        html: "письмо в HTML",
        attachment: "с вложением",
        changed: "Источник изменился",
        changed_about: "В почте теперь не то, что было, когда по паре приняли решение или изменили её. Ниже обе версии.",
        gone: "Источника нет",
        gone_about: "Почта на месте, но эта пара из неё больше не получается.",
        deleted: "Удалено: {}",
        deleted_about: "Письмо этой пары удалено там или перемещено в корзину или спам. Пара остаётся здесь.",
        differs: "Сегодня из почты получаются другие тексты, поэтому вернуть ничего нельзя.",
        in_pair: "В этой паре",
        in_mail: "Сейчас в почте",
        adopt: "Взять текст из почты",
        keep: "Оставить пару как есть",
        as_it_came: "Как пришло",
        in_the_pair: "В паре",
        no_mail: "Писем этой пары здесь больше нет.",
        decided_then: "Решение не изменится.",
        taken_out: "убрано: {}",
        put_in: "возвращено: {}",
        whole_thread: "Вся переписка",
    },
    kinds: Kinds {
        quoted_history: "цитата переписки",
        attribution: "строка «… пишет:»",
        forwarded: "пересланное письмо",
        signature: "подпись",
        sign_off: "прощание",
        mobile_footer: "приписка телефона",
        disclaimer: "оговорка",
        list_footer: "приписка рассылки",
    },
    reasons: QualityReasons {
        no_words: "ответ без слов",
        client_no_words: "клиент не написал ни слова",
        reply_too_short: "ответ очень короткий",
        client_too_short: "текст клиента очень короткий",
        mostly_link: "почти одна ссылка",
        refers_to_attachment: "отсылает к вложению",
        template_placeholder: "незаполненное поле шаблона",
        quotes_leaked: "осталась цитата",
        language_mismatch: "ответ на другом языке",
        very_long: "очень длинный текст",
        broken_characters: "испорченные символы",
    },
    line: Noun { one: "строка", few: "строки", many: "строк" },
    character: Noun { one: "символ", few: "символа", many: "символов" },
};

#[cfg(test)]
mod tests {
    use replybook::{cleaning::Kind, labels::QualityReason};
    use serde::de::DeserializeOwned;

    use super::*;

    fn all(sheet: &Sheet) -> Vec<(&'static str, &'static str)> {
        [sheet.words.each(), sheet.kinds.each(), sheet.reasons.each()].concat()
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_gaps() {
        let gaps = |text: &str| text.matches("{}").count();
        for ((name, english), (_, russian)) in all(&EN).into_iter().zip(all(&RU)) {
            assert_eq!(gaps(english), gaps(russian), "{name}: {english} / {russian}");
            assert_ne!(english, russian, "{name} is not translated");
        }
    }

    #[test]
    fn the_names_are_those_of_the_domain() {
        fn is_known<T: DeserializeOwned>(name: &str) -> bool {
            serde_json::from_value::<T>(name.into()).is_ok()
        }
        let name = |field: &'static str| field.split_once('.').map_or(field, |(_, name)| name);
        assert!(EN.kinds.each().iter().all(|(field, _)| is_known::<Kind>(name(field))));
        assert!(EN.reasons.each().iter().all(|(field, _)| is_known::<QualityReason>(name(field))));
        let seen: Vec<_> = EN.reasons.each().iter().filter_map(|(field, _)| EN.reasons.get(name(field))).collect();
        assert_eq!(seen.len(), EN.reasons.each().len());
    }
}
