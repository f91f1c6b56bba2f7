//! Rows as they travel between databases: what is stored, without how a database stores it.

mod sql;
mod tables;
mod transfer;

pub use tables::{COLUMNS_MADE_ANEW, Column, Extent, MADE_ANEW, Table};
pub use transfer::{Destination, KeyMark, Pages, Transfer};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What is in a column, on either database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Bool,
    Bytes,
    Id,
    Int,
    Json,
    Text,
    Time,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    Bytes(Vec<u8>),
    Id(Uuid),
    Int(i64),
    /// The text as it is stored.
    Json(String),
    Text(String),
    /// To the microsecond, which is what both databases keep.
    Time(DateTime<Utc>),
}

/// The values of a row, in the order of the table's columns.
pub type Row = Vec<Value>;

impl Value {
    /// Reads what its serialisation wrote. `None` where that is not of the kind.
    #[must_use]
    pub fn read(kind: Kind, written: serde_json::Value) -> Option<Self> {
        use serde_json::Value as Written;
        Some(match (kind, written) {
            (_, Written::Null) => Self::Null,
            (Kind::Bool, Written::Bool(value)) => Self::Bool(value),
            (Kind::Int, Written::Number(number)) => Self::Int(number.as_i64()?),
            (Kind::Bytes, Written::String(text)) => Self::Bytes(STANDARD.decode(text).ok()?),
            (Kind::Id, Written::String(text)) => Self::Id(Uuid::try_parse(&text).ok()?),
            (Kind::Json, Written::String(text)) => {
                serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
                Self::Json(text)
            }
            (Kind::Text, Written::String(text)) => Self::Text(text),
            (Kind::Time, Written::String(text)) => Self::Time(text.parse().ok()?),
            _ => return None,
        })
    }

    /// Bytes that it takes in memory, more or less.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Json(text) | Self::Text(text) => text.len(),
            Self::Null | Self::Bool(_) | Self::Id(_) | Self::Int(_) | Self::Time(_) => 16,
        }
    }

    /// The same value however the database spells it.
    fn canonical(&self) -> Self {
        match self {
            Self::Json(text) => Self::Json(canonical_json(text)),
            value => value.clone(),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_none(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Bytes(bytes) => to.serialize_str(&STANDARD.encode(bytes)),
            Self::Id(id) => to.collect_str(&id.hyphenated()),
            Self::Int(number) => to.serialize_i64(*number),
            Self::Json(text) | Self::Text(text) => to.serialize_str(text),
            Self::Time(at) => to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        }
    }
}

/// The same JSON with its names in order and without spaces. What is no JSON stays as it is.
fn canonical_json(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).map_or_else(
        |_| text.to_owned(),
        |mut json| {
            json.sort_all_objects();
            json.to_string()
        },
    )
}

/// How many rows, and the sum of their SHA-256 modulo 2^256: the same in whatever order a database lists them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: u64,
    /// The lowest 64 bits first.
    sum: [u64; 4],
}

impl Tally {
    /// Counts a row.
    pub fn add(&mut self, row: &[Value]) {
        let canonical: Row = row.iter().map(Value::canonical).collect();
        let line = serde_json::to_vec(&canonical).unwrap_or_default();
        let digest = Sha256::digest(&line);
        let mut carry = false;
        for (part, bytes) in self.sum.iter_mut().zip(digest.as_slice().as_chunks::<8>().0) {
            let (sum, first) = part.overflowing_add(u64::from_be_bytes(*bytes));
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*part, carry) = (sum, first || second);
        }
        self.rows += 1;
    }

    /// The sum in hexadecimal digits.
    #[must_use]
    pub fn digits(&self) -> String {
        self.sum.iter().rev().map(|part| format!("{part:016x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let at = DateTime::from_timestamp_micros(1_795_000_000_000_001).expect("a time");
        vec![
            Value::Null,
            Value::Bool(true),
            Value::Bytes(vec![0, 255, 7]),
            Value::Id(Uuid::from_u128(5)),
            Value::Int(i64::MIN),
            Value::Json(r#"{"b": 1.5, "a": [null, "ü"]}"#.to_owned()),
            Value::Text("line\none".to_owned()),
            Value::Time(at),
        ]
    }

    const KINDS: [Kind; 8] =
        [Kind::Id, Kind::Bool, Kind::Bytes, Kind::Id, Kind::Int, Kind::Json, Kind::Text, Kind::Time];

    #[test]
    fn what_is_written_is_read() {
        let line = serde_json::to_string(&row()).expect("JSON");
        assert!(!line.contains('\n') && line.contains("2026-11-18T11:06:40.000001Z"), "{line}");
        let written: Vec<serde_json::Value> = serde_json::from_str(&line).expect("JSON");
        let read: Option<Row> = KINDS.into_iter().zip(written).map(|(kind, value)| Value::read(kind, value)).collect();
        assert_eq!(read, Some(row()));
        for (kind, wrong) in [(Kind::Int, "\"1\""), (Kind::Id, "\"x\""), (Kind::Json, "\"{\""), (Kind::Time, "5")] {
            assert_eq!(Value::read(kind, serde_json::from_str(wrong).expect("JSON")), None, "{wrong}");
        }
    }

    #[test]
    fn a_tally_knows_no_order_of_rows_and_no_spelling_of_json() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        let second = vec![Value::Json(r#"{"a":[{"x":1,"y":2}],"b":1.5}"#.to_owned())];
        let spelled = vec![Value::Json(r#"{"b": 1.5, "a": [{"y": 2, "x": 1}]}"#.to_owned())];
        one.add(&row());
        one.add(&second);
        other.add(&spelled);
        other.add(&row());
        assert_eq!(one, other);
        assert_eq!((one.rows, one.digits().len()), (2, 64));
        other.add(&row());
        one.add(&second);
        assert_ne!(one.digits(), other.digits());
        // Two that are the same do not take each other away.
        let (mut twice, mut never) = (Tally::default(), Tally::default());
        twice.add(&second);
        twice.add(&second);
        never.rows = 2;
        assert_ne!(twice, never);
        assert_ne!(vec![Value::Null], vec![Value::Text(String::new())]);
    }
}
