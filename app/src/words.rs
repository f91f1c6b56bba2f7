//! Texts in every language of the interface. They stand beside the page that shows them, one line a text: [`texts!`] checks both
//! languages and their gaps when it is compiled. Plural rules and times come without a locale library: two languages need a
//! handful of lines.

use chrono::{DateTime, Datelike, Timelike, Utc, serde::ts_milliseconds};
use serde::{Deserialize, Serialize};

use crate::{
    prefs::Lang,
    ui::words::{Common, Times, nouns},
};

/// Declares the texts of a page: a type that knows its language, with a method for each text.
///
/// `name: "English" | "Русский";` is a `&'static str`. `name(gap, other): "{gap} of {other}" | "{gap} из {other}";` takes a value
/// for each gap and is a `String`; a gap that one of the languages forgets does not compile.
macro_rules! texts {
    ($(#[$doc:meta])* $vis:vis $name:ident: $($text:ident $(($($gap:ident),+))?: $en:literal | $ru:literal;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $name(pub $crate::prefs::Lang);

        #[allow(clippy::new_ret_no_self, clippy::wrong_self_convention, reason = "a text is named after what it says")]
        impl $name {
            $(texts!(@text $text $(($($gap),+))?: $en | $ru);)+
        }
    };
    (@text $text:ident: $en:literal | $ru:literal) => {
        pub(crate) fn $text(self) -> &'static str {
            match self.0 {
                $crate::prefs::Lang::En => $en,
                $crate::prefs::Lang::Ru => $ru,
            }
        }
    };
    (@text $text:ident($($gap:ident),+): $en:literal | $ru:literal) => {
        pub(crate) fn $text(self, $($gap: impl std::fmt::Display),+) -> String {
            match self.0 {
                $crate::prefs::Lang::En => format!($en, $($gap = $gap),+),
                $crate::prefs::Lang::Ru => format!($ru, $($gap = $gap),+),
            }
        }
    };
}

/// As [`texts!`], for texts that are also looked up by the domain's name for a thing.
macro_rules! named_texts {
    ($(#[$doc:meta])* $vis:vis $name:ident: $($text:ident: $en:literal | $ru:literal;)+) => {
        texts! { $(#[$doc])* $vis $name: $($text: $en | $ru;)+ }

        impl $name {
            /// The words for the thing that the domain calls `name`.
            pub(crate) fn named(self, name: &str) -> Option<&'static str> {
                match name {
                    $(stringify!($text) => Some(self.$text()),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use named_texts;
pub(crate) use texts;

/// A noun with its plural forms (Unicode plural rules: English has one and other, Russian one, few and many).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noun {
    pub en: [&'static str; 2],
    pub ru: [&'static str; 3],
}

/// The language of a page and the moment it is rendered at: how numbers, times and counted things are said.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Voice {
    pub lang: Lang,
    #[serde(with = "ts_milliseconds")]
    pub now: DateTime<Utc>,
}

impl Voice {
    /// A number with its noun: "1 pair", "1,204 pairs", "1 204 пары".
    pub(crate) fn count(self, noun: &Noun, count: i64) -> String {
        let form = match (self.lang, plural(self.lang, count)) {
            (Lang::En, Plural::One) => noun.en[0],
            (Lang::En, Plural::Few | Plural::Many) => noun.en[1],
            (Lang::Ru, Plural::One) => noun.ru[0],
            (Lang::Ru, Plural::Few) => noun.ru[1],
            (Lang::Ru, Plural::Many) => noun.ru[2],
        };
        format!("{} {form}", self.number(count))
    }

    /// A number with grouped digits.
    pub(crate) fn number(self, count: i64) -> String {
        number(self.lang, count)
    }

    /// A size in memory: "512 bytes", "48 KB", "2.4 MB".
    pub(crate) fn size(self, bytes: i64) -> String {
        let words = Common(self.lang);
        match bytes {
            ..1_024 => words.bytes(bytes.max(0)),
            1_024..1_048_576 => words.kilobytes((bytes + 512) / 1_024),
            _ => {
                let tenths = bytes.saturating_mul(10) / 1_048_576;
                let point = if self.lang == Lang::En { '.' } else { ',' };
                words.megabytes(format!("{}{point}{}", self.number(tenths / 10), tenths % 10))
            }
        }
    }

    /// How long ago something was: "4 min ago".
    pub(crate) fn ago(self, then: DateTime<Utc>) -> String {
        let seconds = (self.now - then).num_seconds();
        let words = Times(self.lang);
        let passed = match seconds {
            ..60 => return words.now().to_owned(),
            60..3_600 => words.minutes_short(seconds / 60),
            3_600..86_400 => words.hours_short(seconds / 3_600),
            86_400..5_184_000 => self.count(&nouns::DAY, seconds / 86_400),
            5_184_000..63_072_000 => self.count(&nouns::MONTH, seconds / 2_592_000),
            _ => self.count(&nouns::YEAR, seconds / 31_536_000),
        };
        words.ago(passed)
    }

    /// How long something took or waited: "1 h 12 min".
    pub(crate) fn duration(self, seconds: i64) -> String {
        let words = Times(self.lang);
        let seconds = seconds.max(0);
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        match (days, hours, minutes) {
            (0, 0, 0) => words.seconds_short(seconds),
            (0, 0, minutes) => words.minutes_short(minutes),
            (0, hours, 0) => words.hours_short(hours),
            (0, hours, minutes) => format!("{} {}", words.hours_short(hours), words.minutes_short(minutes)),
            (days, 0, _) => words.days_short(days),
            (days, hours, _) => format!("{} {}", words.days_short(days), words.hours_short(hours)),
        }
    }

    /// How long it is until then: "12 min".
    pub(crate) fn until(self, at: DateTime<Utc>) -> String {
        self.duration((at - self.now).num_seconds())
    }
}

/// A number with grouped digits.
pub(crate) fn number(lang: Lang, number: i64) -> String {
    group_digits(number, if lang == Lang::En { ',' } else { '\u{a0}' })
}

/// The same with a capital letter at its beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// The exact time for a tooltip: `2026-11-20 06:12:09 UTC`.
pub(crate) fn exact_time(time: DateTime<Utc>) -> String {
    format!("{} {} UTC", day(time), time_of_day(time))
}

/// The form of RFC 3339 that `<time datetime>` wants.
pub(crate) fn machine_time(at: DateTime<Utc>) -> String {
    format!("{}T{}Z", day(at), time_of_day(at))
}

/// The day, as `<input type="date">` wants it: `2026-11-20`.
pub(crate) fn day(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

fn time_of_day(at: DateTime<Utc>) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// Digits in groups of three.
fn group_digits(number: i64, separator: char) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        grouped.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[derive(Debug, PartialEq, Eq)]
enum Plural {
    One,
    Few,
    Many,
}

/// The plural category of a whole number (Unicode CLDR plural rules).
fn plural(lang: Lang, count: i64) -> Plural {
    let count = count.unsigned_abs();
    match lang {
        Lang::En if count == 1 => Plural::One,
        Lang::En => Plural::Many,
        Lang::Ru => match (count % 10, count % 100) {
            (_, 11..=14) => Plural::Many,
            (1, _) => Plural::One,
            (2..=4, _) => Plural::Few,
            _ => Plural::Many,
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const EN: Voice = Voice { lang: Lang::En, now: DateTime::UNIX_EPOCH };
    const RU: Voice = Voice { lang: Lang::Ru, now: DateTime::UNIX_EPOCH };

    texts! {
        /// Two of them.
        Sample:
        plain: "plain" | "просто";
        parts(done, all): "{done} of {all}" | "из {all}: {done}";
    }

    #[test]
    fn gaps_are_filled_by_name() {
        assert_eq!(Sample(Lang::En).parts(2, "412"), "2 of 412");
        assert_eq!(Sample(Lang::Ru).parts(2, "412"), "из 412: 2");
        assert_eq!(Sample(Lang::Ru).plain(), "просто");
    }

    #[test]
    fn russian_has_three_forms() {
        let pairs = |count| RU.count(&nouns::PAIR, count);
        assert_eq!(pairs(1), "1 пара");
        assert_eq!(pairs(2), "2 пары");
        assert_eq!(pairs(5), "5 пар");
        assert_eq!(pairs(11), "11 пар");
        assert_eq!(pairs(21), "21 пара");
        assert_eq!(pairs(112), "112 пар");
        assert_eq!(pairs(1_204), "1\u{a0}204 пары");
    }

    #[test]
    fn english_has_two_forms() {
        assert_eq!(EN.count(&nouns::MESSAGE, 1), "1 message");
        assert_eq!(EN.count(&nouns::MESSAGE, 0), "0 messages");
        assert_eq!(EN.count(&nouns::MESSAGE, 18_204), "18,204 messages");
    }

    #[test]
    fn sizes_are_readable() {
        let sizes =
            [0, 1_023, 1_024, 1_536, 1_048_575, 1_048_576, 2_500_000, 5_000_000_000].map(|bytes| EN.size(bytes));
        assert_eq!(sizes, ["0 bytes", "1023 bytes", "1 KB", "2 KB", "1024 KB", "1.0 MB", "2.3 MB", "4,768.3 MB"]);
        assert_eq!(RU.size(2_500_000), "2,3 МБ");
    }

    #[test]
    fn times_read_like_speech() {
        let voice = Voice { now: DateTime::UNIX_EPOCH + TimeDelta::days(20_000), ..EN };
        let ago = |seconds| voice.ago(voice.now - TimeDelta::seconds(seconds));
        assert_eq!(ago(-5), "just now", "a clock that is a little ahead");
        assert_eq!(ago(59), "just now");
        assert_eq!(ago(240), "4 min ago");
        assert_eq!(ago(7_200), "2 h ago");
        assert_eq!(ago(86_400 * 18), "18 days ago");
        assert_eq!(voice.duration(4_320), "1 h 12 min");
        assert_eq!(voice.duration(12), "12 s");
        assert_eq!(voice.duration(90_000), "1 d 1 h");
    }

    #[test]
    fn exact_times_are_utc() {
        assert_eq!(exact_time(DateTime::UNIX_EPOCH), "1970-01-01 00:00:00 UTC");
        assert_eq!(machine_time(DateTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!(group_digits(0, ','), "0");
        assert_eq!(group_digits(999, ','), "999");
        assert_eq!(group_digits(-1_000_000, ','), "-1,000,000");
    }
}
