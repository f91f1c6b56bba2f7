//! Whole numbers as JSON has them: to JSON Schema, `58.0` is one as much as `58`.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// The largest number up to which floating point tells whole numbers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

struct Whole(i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(WholeVisitor).map(Self)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &"a smaller number"))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within what both hold exactly")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        if number.fract() == 0.0 && number.abs() <= EXACT {
            Ok(number as i64)
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

fn fit<T: TryFrom<i64>, E: Error>(number: i64) -> Result<T, E> {
    T::try_from(number)
        .map_err(|_| E::invalid_value(Unexpected::Signed(number), &"a number within the range of this field"))
}

/// For `#[serde(deserialize_with)]` of a number.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    fit(Whole::deserialize(deserializer)?.0)
}

/// For `#[serde(default, deserialize_with)]` of a number that may be left out.
pub fn maybe_whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::<Whole>::deserialize(deserializer)?.map(|whole| fit(whole.0)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "whole")]
        must: u32,
        #[serde(default, deserialize_with = "maybe_whole")]
        may: Option<u16>,
    }

    fn read(json: &str) -> Result<(u32, Option<u16>), serde_json::Error> {
        serde_json::from_str::<Numbers>(json).map(|numbers| (numbers.must, numbers.may))
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        assert_eq!(read(r#"{"must":58}"#).expect("whole"), (58, None));
        assert_eq!(read(r#"{"must":58.0,"may":5.8e1}"#).expect("whole"), (58, Some(58)));
        assert_eq!(read(r#"{"must":4294967295,"may":null}"#).expect("whole"), (u32::MAX, None));
    }

    #[test]
    fn what_is_none_or_does_not_fit_is_refused() {
        for bad in ["-1", "4294967296", "1.5", "1e300", "\"1\"", "true", "null", "18446744073709551615"] {
            assert!(read(&format!("{{\"must\":{bad}}}")).is_err(), "{bad}");
        }
        assert!(read(r#"{"must":1,"may":65536}"#).is_err());
    }
}
