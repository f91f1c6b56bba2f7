//! Times in what a browser reads.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, de::Error};

/// For `#[serde(deserialize_with)]` of a time that we wrote: RFC 3339, section 5.6, in UTC, e.g. `2026-11-20T06:12:09.5Z`. What
/// reads every other form too is 3 kB more in every browser.
pub(super) fn utc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    read(&text).ok_or_else(|| D::Error::custom("not a time in UTC"))
}

/// For `#[serde(default, deserialize_with)]` of one that may be left out.
pub(super) fn maybe_utc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    #[derive(Deserialize)]
    struct Moment(#[serde(deserialize_with = "utc")] DateTime<Utc>);
    Ok(Option::<Moment>::deserialize(deserializer)?.map(|moment| moment.0))
}

fn read(text: &str) -> Option<DateTime<Utc>> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(day, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction = format!("{fraction:0<9}");
    let [hour, minute, second] = numbers(time, ':')?;
    // As many digits as nanoseconds have.
    let nanoseconds = number(fraction.get(..9)?)?;
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(day.and_time(NaiveTime::from_hms_nano_opt(hour, minute, second, nanoseconds)?).and_utc())
}

fn numbers(text: &str, between: char) -> Option<[u32; 3]> {
    let mut parts = text.split(between).map(number);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn number(text: &str) -> Option<u32> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chrono_writes_is_read_back() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59Z",
            "2026-11-20T06:12:09.5Z",
            "2026-11-20T06:12:09.004Z",
            "2026-11-20T06:12:09.000001Z",
            "2026-11-20T06:12:09.123456789Z",
        ] {
            let chronos: DateTime<Utc> = text.parse().expect("a time");
            assert_eq!(read(text), Some(chronos), "{text}");
            let written = serde_json::to_string(&chronos).expect("JSON");
            assert_eq!(utc(&mut serde_json::Deserializer::from_str(&written)).expect("a time"), chronos);
        }
    }

    #[test]
    fn what_is_no_time_in_utc_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-20",
            "2026-11-20T06:12:09",
            "2026-11-20T06:12:09+01:00",
            "2026-02-30T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-+2T06:12:09Z",
            "2026-11-20-1T06:12:09Z",
            "99999999999-01-01T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
