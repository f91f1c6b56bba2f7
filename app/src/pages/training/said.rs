//! What the server says of an open pair.

use replybook::{
    cleaning::Kind,
    types::{QualityReason, RejectReason},
};
use serde::{
    Deserialize as _,
    de::{IntoDeserializer, value::Error},
};

use super::words::Words;
use crate::{
    prefs::Lang,
    words::{Noun, named_texts, texts},
};

/// Why a pair was rejected, in one or two words.
pub(crate) fn reason_word(lang: Lang, reason: RejectReason) -> &'static str {
    Words(lang).reason(reason)
}

texts! {
    /// What an open pair comes with.
    pub(super) Said:
    truncated: "This thread is very large: only the beginning of this message is shown" | "Беседа очень длинная: показано только начало этого письма";
    after(time): "after {time}" | "через {time}";
    by_rule(rule): "by rule “{rule}”" | "по правилу «{rule}»";
    rule(rule): "Removed by the rule “{rule}”" | "Убрано правилом «{rule}»";
    quality(n): "quality {n}" | "качество {n}";
    html: "HTML mail" | "письмо в HTML";
    attachment: "with attachment" | "с вложением";
    changed: "Source changed" | "Источник изменился";
    changed_about: "The mail has changed since this pair was decided or edited. Both versions are shown below." | "Почта изменилась после того, как по паре приняли решение или её отредактировали. Ниже обе версии.";
    gone: "Source gone" | "Источника нет";
    gone_about: "The mail is still stored, but no longer forms this pair." | "Почта на месте, но эта пара из неё больше не складывается.";
    deleted(provider): "Deleted at {provider}" | "Удалено: {provider}";
    deleted_about: "A message of this pair was deleted there, or moved to trash or spam. The pair stays here." | "Письмо этой пары удалено там или перемещено в корзину или спам. Пара остаётся здесь.";
    differs: "The pair differs from the mail, so removed text cannot be put back." | "Пара отличается от почты, поэтому убранный текст вернуть нельзя.";
    edited: "Somebody edited this pair: it no longer follows its mail, and removed text cannot be put back." | "Пару отредактировали: она больше не следует за почтой, и убранный текст вернуть нельзя.";
    no_mail: "The mail of this pair is no longer here." | "Писем этой пары здесь больше нет.";
}

texts! {
    /// What a removed span is, by the kinds of the cleaner.
    pub(super) Kinds:
    quoted_history: "quoted history" | "цитата переписки";
    attribution: "“… wrote:” line" | "строка «… пишет:»";
    forwarded: "forwarded mail" | "пересланное письмо";
    signature: "signature" | "подпись";
    sign_off: "closing words" | "прощание";
    mobile_footer: "mobile footer" | "приписка телефона";
    disclaimer: "disclaimer" | "оговорка";
    list_footer: "list footer" | "приписка рассылки";
}

impl Kinds {
    /// A kind in words, by its name. `None` for one of another version.
    pub(super) fn of(self, name: &str) -> Option<&'static str> {
        let kind = Kind::deserialize(IntoDeserializer::<Error>::into_deserializer(name)).ok()?;
        Some(match kind {
            Kind::QuotedHistory => self.quoted_history(),
            Kind::Attribution => self.attribution(),
            Kind::Forwarded => self.forwarded(),
            Kind::Signature => self.signature(),
            Kind::SignOff => self.sign_off(),
            Kind::MobileFooter => self.mobile_footer(),
            Kind::Disclaimer => self.disclaimer(),
            Kind::ListFooter => self.list_footer(),
        })
    }
}

named_texts! {
    /// What was found against a pair, by the reasons of its label.
    pub(super) QualityReasons:
    no_words: "reply without words" | "ответ без слов";
    client_no_words: "client wrote no words" | "клиент не написал ни слова";
    reply_too_short: "reply very short" | "ответ очень короткий";
    client_too_short: "client's text very short" | "текст клиента очень короткий";
    mostly_link: "mostly a link" | "почти одна ссылка";
    refers_to_attachment: "refers to an attachment" | "ссылается на вложение";
    template_placeholder: "template field not filled in" | "незаполненное поле шаблона";
    quotes_leaked: "quoted text left in" | "осталась цитата";
    signature_leaked: "signature left in" | "осталась подпись";
    cleaning_took_everything: "cleaning would have left nothing" | "после очистки не осталось бы ничего";
    language_mismatch: "reply in another language" | "ответ на другом языке";
    very_long: "very long" | "очень длинный текст";
    broken_characters: "broken characters" | "испорченные символы";
}

impl QualityReasons {
    /// A reason in words.
    pub(super) fn of(self, reason: QualityReason) -> &'static str {
        match reason {
            QualityReason::NoWords => self.no_words(),
            QualityReason::ClientNoWords => self.client_no_words(),
            QualityReason::ReplyTooShort => self.reply_too_short(),
            QualityReason::ClientTooShort => self.client_too_short(),
            QualityReason::MostlyLink => self.mostly_link(),
            QualityReason::RefersToAttachment => self.refers_to_attachment(),
            QualityReason::TemplatePlaceholder => self.template_placeholder(),
            QualityReason::QuotesLeaked => self.quotes_leaked(),
            QualityReason::SignatureLeaked => self.signature_leaked(),
            QualityReason::CleaningTookEverything => self.cleaning_took_everything(),
            QualityReason::LanguageMismatch => self.language_mismatch(),
            QualityReason::VeryLong => self.very_long(),
            QualityReason::BrokenCharacters => self.broken_characters(),
        }
    }
}

named_texts! {
    /// What was found in a pair that is nobody else's business.
    pub(super) SensitiveKinds:
    email: "mail address" | "адрес почты";
    phone: "phone number" | "телефон";
    card: "card number" | "номер карты";
    iban: "bank account" | "банковский счёт";
    identity: "identity document" | "документ личности";
    secret: "password or code" | "пароль или код";
    url_with_token: "private link" | "личная ссылка";
    address_like: "postal address" | "почтовый адрес";
    name: "name" | "имя";
}

/// Pairs beside one that say nearly the same.
pub(super) const SIMILAR: Noun =
    Noun { en: ["more", "more"], ru: ["похожая", "похожие", "похожих"] };

/// The nouns that are counted in an open pair.
pub(super) const LINE: Noun = Noun { en: ["line", "lines"], ru: ["строка", "строки", "строк"] };
pub(super) const CHARACTER: Noun =
    Noun { en: ["character", "characters"], ru: ["символ", "символа", "символов"] };
