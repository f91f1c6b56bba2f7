//! What languages are called.

use crate::{
    prefs::Lang,
    words::{named_texts, texts},
};

/// What a language is called; one that is seldom by its code.
pub(crate) fn language_name(lang: Lang, code: &str) -> String {
    Languages(lang).named(code).map_or_else(|| code.to_uppercase(), ToOwned::to_owned)
}

named_texts! {
    /// Languages by their codes (ISO 639-1).
    Languages:
    ar: "Arabic" | "Арабский";
    bg: "Bulgarian" | "Болгарский";
    ca: "Catalan" | "Каталанский";
    cs: "Czech" | "Чешский";
    da: "Danish" | "Датский";
    de: "German" | "Немецкий";
    el: "Greek" | "Греческий";
    en: "English" | "Английский";
    es: "Spanish" | "Испанский";
    fi: "Finnish" | "Финский";
    fr: "French" | "Французский";
    he: "Hebrew" | "Иврит";
    hr: "Croatian" | "Хорватский";
    hu: "Hungarian" | "Венгерский";
    it: "Italian" | "Итальянский";
    ja: "Japanese" | "Японский";
    ko: "Korean" | "Корейский";
    nl: "Dutch" | "Нидерландский";
    no: "Norwegian" | "Норвежский";
    pl: "Polish" | "Польский";
    pt: "Portuguese" | "Португальский";
    ro: "Romanian" | "Румынский";
    ru: "Russian" | "Русский";
    sk: "Slovak" | "Словацкий";
    sl: "Slovenian" | "Словенский";
    sr: "Serbian" | "Сербский";
    sv: "Swedish" | "Шведский";
    tr: "Turkish" | "Турецкий";
    uk: "Ukrainian" | "Украинский";
    zh: "Chinese" | "Китайский";
}
