//! What a person chose about how pages look: kept in cookies, so that the server renders it right at once.

use serde::{Deserialize, Serialize};

/// The languages of the interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Ru,
}

impl Lang {
    /// Every language, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The language tag (BCP 47), as in the cookie and in `<html lang>`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language's own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }

    /// The language of a tag such as `ru` or `ru-RU`, if it is one of ours.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        Self::ALL.into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.as_str()))
    }
}

/// Light, dark, or as the operating system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// Every theme, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word in the cookie.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `<html data-theme>`: absent where the operating system decides.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.as_str())
    }

    /// The theme of a word from a form or cookie.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == word)
    }
}

/// Language and theme of one person's browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefs {
    pub lang: Lang,
    pub theme: Theme,
}

impl Prefs {
    /// Reads the cookies `lang` and `theme`; without the first, the language that `Accept-Language` likes best (RFC 9110 §12.5.4).
    #[must_use]
    pub fn from_headers(cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        let chosen = |name: &str| cookie.and_then(|header| cookie_value(header, name));
        Self {
            lang: chosen("lang")
                .and_then(Lang::from_tag)
                .or_else(|| accept_language.and_then(preferred))
                .unwrap_or_default(),
            theme: chosen("theme").and_then(Theme::from_word).unwrap_or_default(),
        }
    }
}

/// The value of one cookie in a `Cookie` header (RFC 6265 §5.4).
pub(crate) fn cookie_value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn preferred(accept_language: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for item in accept_language.split(',') {
        let mut parts = item.split(';');
        let Some(lang) = parts.next().and_then(Lang::from_tag) else { continue };
        let quality =
            parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |value| value.parse().unwrap_or(0.0));
        if quality > best.map_or(0.0, |(highest, _)| highest) {
            best = Some((quality, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_win_over_the_browser() {
        let prefs = Prefs::from_headers(Some("a=b; lang=ru; theme=dark"), Some("en"));
        assert_eq!(prefs, Prefs { lang: Lang::Ru, theme: Theme::Dark });
    }

    #[test]
    fn the_best_liked_known_language_is_taken() {
        let lang = |header| Prefs::from_headers(None, Some(header)).lang;
        assert_eq!(lang("de, ru-RU;q=0.8, en;q=0.9"), Lang::En);
        assert_eq!(lang("ru-RU,ru;q=0.9,en;q=0.8"), Lang::Ru);
        assert_eq!(lang("en;q=0.1, ru"), Lang::Ru);
        assert_eq!(lang("ru;q=0, de"), Lang::En, "q=0 means: not this one");
        assert_eq!(lang(""), Lang::En);
    }

    #[test]
    fn nonsense_falls_back() {
        assert_eq!(Prefs::from_headers(Some("lang=xx; theme=pink; junk"), None), Prefs::default());
    }
}
