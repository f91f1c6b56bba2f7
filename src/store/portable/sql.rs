//! The statements about rows of any table, and rows as values.

use chrono::{DateTime, Utc};
use sqlx::{ColumnIndex, Database, Decode, Encode, QueryBuilder, Type};
use uuid::Uuid;

use super::{Column, Kind, Row, Table, Value, canonical_json};

/// A name as it stands in a statement. Names are sound: see [`Table::is_sound`].
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn is_postgres<DB: Database>() -> bool {
    DB::NAME == "PostgreSQL"
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// So many rows after one, in the order of the key.
pub(super) fn select_page<'t, DB>(table: &'t Table, after: Option<&'t Row>, rows: usize) -> QueryBuilder<DB>
where
    DB: Database,
    Option<bool>: Encode<'t, DB> + Type<DB>,
    Option<i64>: Encode<'t, DB> + Type<DB>,
    Option<Uuid>: Encode<'t, DB> + Type<DB>,
    Option<DateTime<Utc>>: Encode<'t, DB> + Type<DB>,
    Option<&'t str>: Encode<'t, DB> + Type<DB>,
    Option<&'t [u8]>: Encode<'t, DB> + Type<DB>,
{
    let column = |column: &Column| {
        let name = quoted(&column.name);
        match column.kind {
            Kind::Int if is_postgres::<DB>() => format!("{name}::bigint"),
            Kind::Json if is_postgres::<DB>() => format!("{name}::text"),
            _ => name,
        }
    };
    let columns = list(table.columns.iter().map(column));
    let key = list(table.key.iter().map(|name| quoted(name)));
    let mut query = QueryBuilder::new(format!("SELECT {columns} FROM {}", quoted(&table.name)));
    if let Some(after) = after {
        query.push(format!(" WHERE ({key}) > ("));
        for (number, place) in table.key_places().enumerate() {
            query.push(if number == 0 { "" } else { ", " });
            if let (Some(column), Some(value)) = (table.columns.get(place), after.get(place)) {
                push_value(&mut query, column.kind, value);
            }
        }
        query.push(")");
    }
    query.push(format!(" ORDER BY {key} LIMIT {rows}"));
    query
}

/// Stores rows.
pub(super) fn insert_into<'t, DB>(table: &'t Table, rows: &'t [Row]) -> QueryBuilder<DB>
where
    DB: Database,
    Option<bool>: Encode<'t, DB> + Type<DB>,
    Option<i64>: Encode<'t, DB> + Type<DB>,
    Option<Uuid>: Encode<'t, DB> + Type<DB>,
    Option<DateTime<Utc>>: Encode<'t, DB> + Type<DB>,
    Option<&'t str>: Encode<'t, DB> + Type<DB>,
    Option<&'t [u8]>: Encode<'t, DB> + Type<DB>,
{
    let columns = list(table.columns.iter().map(|column| quoted(&column.name)));
    let mut query = QueryBuilder::new(format!("INSERT INTO {} ({columns}) VALUES ", quoted(&table.name)));
    for (number, row) in rows.iter().enumerate() {
        query.push(if number == 0 { "(" } else { ", (" });
        for (place, (column, value)) in table.columns.iter().zip(row).enumerate() {
            query.push(if place == 0 { "" } else { ", " });
            push_value(&mut query, column.kind, value);
        }
        query.push(")");
    }
    query
}

/// A parameter. One without a value has the type of its column as well: PostgreSQL asks for it.
fn push_value<'t, DB>(query: &mut QueryBuilder<DB>, kind: Kind, value: &'t Value)
where
    DB: Database,
    Option<bool>: Encode<'t, DB> + Type<DB>,
    Option<i64>: Encode<'t, DB> + Type<DB>,
    Option<Uuid>: Encode<'t, DB> + Type<DB>,
    Option<DateTime<Utc>>: Encode<'t, DB> + Type<DB>,
    Option<&'t str>: Encode<'t, DB> + Type<DB>,
    Option<&'t [u8]>: Encode<'t, DB> + Type<DB>,
{
    match (kind, value) {
        (_, Value::Bool(value)) => query.push_bind(Some(*value)),
        (_, Value::Bytes(bytes)) => query.push_bind(Some(bytes.as_slice())),
        (_, Value::Id(id)) => query.push_bind(Some(*id)),
        (_, Value::Int(number)) => query.push_bind(Some(*number)),
        (_, Value::Json(text) | Value::Text(text)) => query.push_bind(Some(text.as_str())),
        (_, Value::Time(at)) => query.push_bind(Some(*at)),
        (Kind::Bool, Value::Null) => query.push_bind(None::<bool>),
        (Kind::Bytes, Value::Null) => query.push_bind(None::<&[u8]>),
        (Kind::Id, Value::Null) => query.push_bind(None::<Uuid>),
        (Kind::Int, Value::Null) => query.push_bind(None::<i64>),
        (Kind::Json | Kind::Text, Value::Null) => query.push_bind(None::<&str>),
        (Kind::Time, Value::Null) => query.push_bind(None::<DateTime<Utc>>),
    };
    if kind == Kind::Json && is_postgres::<DB>() {
        query.push("::jsonb");
    }
}

/// A row as values.
pub(super) fn read_row<'r, R>(row: &'r R, columns: &[Column]) -> Result<Row, sqlx::Error>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    Option<bool>: Decode<'r, R::Database> + Type<R::Database>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Uuid>: Decode<'r, R::Database> + Type<R::Database>,
    Option<DateTime<Utc>>: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
{
    let read = |(place, column): (usize, &Column)| {
        let value = match column.kind {
            Kind::Bool => row.try_get::<Option<bool>, _>(place)?.map(Value::Bool),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Value::Bytes),
            Kind::Id => row.try_get::<Option<Uuid>, _>(place)?.map(Value::Id),
            Kind::Int => row.try_get::<Option<i64>, _>(place)?.map(Value::Int),
            Kind::Text => row.try_get::<Option<String>, _>(place)?.map(Value::Text),
            Kind::Json if is_postgres::<R::Database>() => {
                // It has kept no spelling that could be kept here.
                row.try_get::<Option<String>, _>(place)?.map(|text| Value::Json(canonical_json(&text)))
            }
            Kind::Json => row.try_get::<Option<String>, _>(place)?.map(Value::Json),
            Kind::Time => row.try_get::<Option<DateTime<Utc>>, _>(place)?.and_then(to_the_microsecond),
        };
        Ok(value.unwrap_or(Value::Null))
    };
    columns.iter().enumerate().map(read).collect()
}

fn to_the_microsecond(at: DateTime<Utc>) -> Option<Value> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).map(Value::Time)
}
