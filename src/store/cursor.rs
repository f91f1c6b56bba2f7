//! The place in a list of times where a page ended, as one word: the time in microseconds and the id that breaks ties.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, Utc};

use super::StoreError;

/// The years 0 to 9999: what a date in mail can say, and both databases can hold.
const FIRST: i64 = -62_167_219_200_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// The place after this item.
pub(super) fn after(at: DateTime<Utc>, id: impl Display) -> String {
    format!("{}_{id}", at.timestamp_micros())
}

/// Reads what [`after`] wrote. A time that no item can have is the nearest one that it can: the page after it is the same.
pub(super) fn parse<Id: FromStr>(cursor: &str) -> Result<(DateTime<Utc>, Id), StoreError> {
    let (micros, id) = cursor.split_once('_').ok_or(StoreError::BadCursor)?;
    let micros: i64 = micros.parse().map_err(|_| StoreError::BadCursor)?;
    let at = DateTime::from_timestamp_micros(micros.clamp(FIRST, LAST)).ok_or(StoreError::BadCursor)?;
    Ok((at, id.parse().map_err(|_| StoreError::BadCursor)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::PairId;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let (at, id) = (DateTime::from_timestamp_micros(1_790_000_000_123_456).expect("a time"), PairId::new());
        let (at_again, id_again) = parse::<PairId>(&after(at, id)).expect("a cursor");
        assert_eq!((at_again, id_again), (at, id));
        for bad in ["", "nonsense", "_", "17", "17_x", "x_0192f0c1-2d3e-7000-8000-000000000000"] {
            assert!(matches!(parse::<PairId>(bad), Err(StoreError::BadCursor)), "{bad}");
        }
    }

    #[test]
    fn a_time_that_no_database_holds_is_the_nearest_one() {
        let id = PairId::new();
        let year = |micros: i64| parse::<PairId>(&format!("{micros}_{id}")).expect("a cursor").0.to_rfc3339();
        assert_eq!(year(i64::MIN), "0000-01-01T00:00:00+00:00");
        assert_eq!(year(i64::MAX), "9999-12-31T23:59:59.999999+00:00");
    }
}
