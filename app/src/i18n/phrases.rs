//! Sentences that depend on a number, a time or an error: plural rules and times without a locale library.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::{Noun, Texts, fill};
use crate::prefs::Lang;

impl Texts {
    /// A number with its noun: "1 pair", "1,204 pairs", "1 204 пары".
    pub(crate) fn count(&self, noun: &Noun, count: i64) -> String {
        let form = match plural(self.lang, count) {
            Plural::One => noun.one,
            Plural::Few => noun.few,
            Plural::Many => noun.many,
        };
        format!("{} {form}", self.number(count))
    }

    /// A number with grouped digits.
    pub(crate) fn number(&self, number: i64) -> String {
        group_digits(number, if self.lang == Lang::En { ',' } else { '\u{a0}' })
    }

    /// A size in memory: "512 bytes", "48 KB", "2.4 MB".
    pub(crate) fn size(&self, bytes: i64) -> String {
        let words = &self.common;
        match bytes {
            ..1_024 => fill(words.bytes, &[&bytes.max(0).to_string()]),
            1_024..1_048_576 => fill(words.kilobytes, &[&((bytes + 512) / 1_024).to_string()]),
            _ => {
                let tenths = bytes.saturating_mul(10) / 1_048_576;
                let point = if self.lang == Lang::En { '.' } else { ',' };
                fill(words.megabytes, &[&format!("{}{point}{}", self.number(tenths / 10), tenths % 10)])
            }
        }
    }

    /// How long ago something was: "4 min ago".
    pub(crate) fn ago(&self, then: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let seconds = (now - then).num_seconds();
        let words = &self.time;
        let passed = match seconds {
            ..60 => return words.now.to_owned(),
            60..3_600 => fill(words.minutes_short, &[&(seconds / 60).to_string()]),
            3_600..86_400 => fill(words.hours_short, &[&(seconds / 3_600).to_string()]),
            86_400..5_184_000 => self.count(&self.nouns.day, seconds / 86_400),
            5_184_000..63_072_000 => self.count(&self.nouns.month, seconds / 2_592_000),
            _ => self.count(&self.nouns.year, seconds / 31_536_000),
        };
        fill(words.ago, &[&passed])
    }

    /// How long something took or waited: "1 h 12 min".
    pub(crate) fn duration(&self, seconds: i64) -> String {
        let words = &self.time;
        let seconds = seconds.max(0);
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let part = |text: &str, value: i64| fill(text, &[&value.to_string()]);
        match (days, hours, minutes) {
            (0, 0, 0) => part(words.seconds_short, seconds),
            (0, 0, minutes) => part(words.minutes_short, minutes),
            (0, hours, 0) => part(words.hours_short, hours),
            (0, hours, minutes) => format!("{} {}", part(words.hours_short, hours), part(words.minutes_short, minutes)),
            (days, 0, _) => part(words.days_short, days),
            (days, hours, _) => format!("{} {}", part(words.days_short, days), part(words.hours_short, hours)),
        }
    }
}

/// The exact time for a tooltip: `2026-11-20 06:12:09 UTC`.
pub(crate) fn exact_time(time: DateTime<Utc>) -> String {
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
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

    #[test]
    fn russian_has_three_forms() {
        let texts = Texts::of(Lang::Ru);
        let pairs = |count| texts.count(&texts.nouns.pair, count);
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
        let texts = Texts::of(Lang::En);
        assert_eq!(texts.count(&texts.nouns.message, 1), "1 message");
        assert_eq!(texts.count(&texts.nouns.message, 0), "0 messages");
        assert_eq!(texts.count(&texts.nouns.message, 18_204), "18,204 messages");
    }

    #[test]
    fn sizes_are_readable() {
        let texts = Texts::of(Lang::En);
        let sizes =
            [0, 1_023, 1_024, 1_536, 1_048_575, 1_048_576, 2_500_000, 5_000_000_000].map(|bytes| texts.size(bytes));
        assert_eq!(sizes, ["0 bytes", "1023 bytes", "1 KB", "2 KB", "1024 KB", "1.0 MB", "2.3 MB", "4,768.3 MB"]);
        assert_eq!(Texts::of(Lang::Ru).size(2_500_000), "2,3 МБ");
    }

    #[test]
    fn times_read_like_speech() {
        let texts = Texts::of(Lang::En);
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let ago = |seconds| texts.ago(now - TimeDelta::seconds(seconds), now);
        assert_eq!(ago(-5), "just now", "a clock that is a little ahead");
        assert_eq!(ago(59), "just now");
        assert_eq!(ago(240), "4 min ago");
        assert_eq!(ago(7_200), "2 h ago");
        assert_eq!(ago(86_400 * 18), "18 days ago");
        assert_eq!(texts.duration(4_320), "1 h 12 min");
        assert_eq!(texts.duration(12), "12 s");
        assert_eq!(texts.duration(90_000), "1 d 1 h");
    }

    #[test]
    fn exact_times_are_utc() {
        assert_eq!(exact_time(DateTime::UNIX_EPOCH), "1970-01-01 00:00:00 UTC");
    }

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!(group_digits(0, ','), "0");
        assert_eq!(group_digits(999, ','), "999");
        assert_eq!(group_digits(-1_000_000, ','), "-1,000,000");
    }
}
