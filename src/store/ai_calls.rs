//! The record of calls to language models, and the budget that it is held against.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use sqlx::FromRow;

use super::{Store, StoreError, reading, writing};
use crate::types::{AiCallId, AiKind, AiPurpose, AiSpendDay};

/// A call that is under way for so long has no process any more that could say what it came to. Longer than any call may take.
pub const LOST_AFTER: TimeDelta = TimeDelta::minutes(15);
/// How such a call ended, as far as anybody knows.
const LOST: &str = "lost";

/// A call that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewAiCall<'a> {
    pub provider: AiKind,
    pub model: &'a str,
    pub purpose: AiPurpose,
    /// The most tokens that can be sent, and that can be answered.
    pub most_input: i64,
    pub most_output: i64,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// Yes: what it may cost at most is set aside, and it is to be settled.
    Made(ReservedCall),
    /// No: it may cost more than is left of the month's budget.
    OverBudget { budget_micros: i64, spent_micros: i64, needed_micros: i64 },
    /// No: there is a budget, and nobody knows what this model costs.
    NoPrice,
}

/// A call for which the cost is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedCall {
    pub id: AiCallId,
    input_price: Option<i64>,
    output_price: Option<i64>,
}

/// What a call came to.
#[derive(Debug, Clone, Copy)]
pub struct AiCallEnd<'a> {
    /// `ok`, or the code of the error.
    pub outcome: &'a str,
    /// Tokens sent and answered, where the provider said so.
    pub tokens: Option<(i64, i64)>,
    /// It has certainly cost nothing.
    pub is_free: bool,
    pub latency_ms: i64,
}

/// What tokens cost, in millionths of a dollar, rounded up: prices are for a million tokens. Without a price nothing is known of it.
fn cost(tokens: (i64, i64), input_price: Option<i64>, output_price: Option<i64>) -> i64 {
    let part = |tokens: i64, price: Option<i64>| {
        let millionths = i128::from(tokens.max(0)) * i128::from(price.unwrap_or(0).max(0));
        (millionths + 999_999) / 1_000_000
    };
    i64::try_from(part(tokens.0, input_price) + part(tokens.1, output_price)).unwrap_or(i64::MAX)
}

/// The first day of a month and that of the next one.
fn month(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = day.with_day(1).unwrap_or(day);
    (first, first.checked_add_months(chrono::Months::new(1)).unwrap_or(NaiveDate::MAX))
}

#[derive(FromRow)]
struct DayRow {
    day: String,
    #[sqlx(try_from = "String")]
    provider_code: AiKind,
    #[sqlx(try_from = "String")]
    purpose: AiPurpose,
    calls: i64,
    failed: i64,
    open: i64,
    input_tokens: i64,
    output_tokens: i64,
    cost_micros: i64,
}

impl Store {
    /// Sets aside what a call may cost at most, if the provider's budget of this month has room for it. In one transaction that holds
    /// the provider's row: whoever comes at the same time waits, and sees what was set aside. The call is then on record, and counts in
    /// full until [`Store::settle_ai_call`] says what it cost; for ever, if nobody does.
    ///
    /// # Errors
    /// When the database cannot be written: then no call may be made.
    pub async fn reserve_ai_call(&self, call: NewAiCall<'_>, now: DateTime<Utc>) -> Result<Reservation, StoreError> {
        let (code, today) = (call.provider.as_str(), now.date_naive());
        let (first, next) = month(today);
        Ok(writing!(self, tx => {
            let sql = format!("SELECT budget_micros FROM ai_providers WHERE provider_code = $1 {}", tx.for_update());
            let found: Option<(Option<i64>,)> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(code).fetch_optional(&mut *tx).await?;
            let Some((budget,)) = found else {
                return Err(StoreError::Corrupt(format!("the AI provider {code} is not stored")));
            };
            let prices: Option<(Option<i64>, Option<i64>)> =
                sqlx::query_as("SELECT input_price, output_price FROM ai_models WHERE provider_code = $1 AND model = $2")
                    .bind(code).bind(call.model).fetch_optional(&mut *tx).await?;
            let (input_price, output_price) = prices.unwrap_or_default();
            let needed = cost((call.most_input, call.most_output), input_price, output_price);
            if let Some(budget_micros) = budget {
                if input_price.is_none() || (call.most_output > 0 && output_price.is_none()) {
                    return Ok(Reservation::NoPrice);
                }
                let spent_micros: i64 = sqlx::query_scalar(
                    "SELECT CAST(COALESCE(SUM(charge_micros), 0) AS BIGINT) FROM ai_calls
                     WHERE day >= $1 AND day < $2 AND provider_code = $3",
                )
                .bind(first.to_string()).bind(next.to_string()).bind(code).fetch_one(&mut *tx).await?;
                if spent_micros.saturating_add(needed) > budget_micros {
                    return Ok(Reservation::OverBudget { budget_micros, spent_micros, needed_micros: needed });
                }
            }
            let id = AiCallId::new();
            sqlx::query(
                "INSERT INTO ai_calls (id, provider_code, model, purpose, day, started_at, input_price, output_price,
                   charge_micros) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(id).bind(code).bind(call.model).bind(call.purpose.as_str()).bind(today.to_string()).bind(now)
            .bind(input_price).bind(output_price).bind(needed).execute(&mut *tx).await?;
            Reservation::Made(ReservedCall { id, input_price, output_price })
        }))
    }

    /// Says what a call came to, in place of what was set aside for it. Where neither its tokens are known nor that it was free, what
    /// was set aside stands. Also for one that was taken for lost. Says what it is charged with; nothing where it was settled before.
    ///
    /// # Errors
    /// When the database cannot be written: what was set aside stands.
    pub async fn settle_ai_call(
        &self,
        call: ReservedCall,
        end: AiCallEnd<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>, StoreError> {
        let charge = match end.tokens {
            Some(tokens) => Some(cost(tokens, call.input_price, call.output_price)),
            None => end.is_free.then_some(0),
        };
        Ok(writing!(self, tx => {
            sqlx::query_scalar(
                "UPDATE ai_calls SET settled_at = $2, outcome = $3, input_tokens = $4, output_tokens = $5, latency_ms = $6,
                   charge_micros = COALESCE($7, charge_micros)
                 WHERE id = $1 AND (settled_at IS NULL OR outcome = $8) RETURNING charge_micros",
            )
            .bind(call.id).bind(now).bind(end.outcome).bind(end.tokens.map(|tokens| tokens.0))
            .bind(end.tokens.map(|tokens| tokens.1)).bind(end.latency_ms).bind(charge).bind(LOST)
            .fetch_optional(&mut *tx).await?
        }))
    }

    /// Closes calls whose process cannot be there any more. They count with all that they may have cost. Says how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn close_lost_ai_calls(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let before = now - LOST_AFTER;
        let some: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM ai_calls WHERE settled_at IS NULL AND started_at <= $1 LIMIT 1")
                .bind(before).fetch_optional(db).await?
        });
        if some.is_none() {
            return Ok(0);
        }
        Ok(writing!(self, tx => {
            sqlx::query("UPDATE ai_calls SET settled_at = $2, outcome = $3 WHERE settled_at IS NULL AND started_at <= $1")
                .bind(before).bind(now).bind(LOST).execute(&mut *tx).await?.rows_affected()
        }))
    }

    /// What was spent at a provider in the month of this day, with what is set aside.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn ai_spent(&self, kind: AiKind, day: NaiveDate) -> Result<i64, StoreError> {
        let (first, next) = month(day);
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT CAST(COALESCE(SUM(charge_micros), 0) AS BIGINT) FROM ai_calls
                 WHERE day >= $1 AND day < $2 AND provider_code = $3",
            )
            .bind(first.to_string()).bind(next.to_string()).bind(kind.as_str()).fetch_one(db).await?
        }))
    }

    /// The calls of the month of this day: by day, provider and purpose, in this order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn ai_spend(&self, day: NaiveDate) -> Result<Vec<AiSpendDay>, StoreError> {
        let (first, next) = month(day);
        let rows: Vec<DayRow> = reading!(self, db => {
            sqlx::query_as(
                "SELECT day, provider_code, purpose, COUNT(*) AS calls,
                   COUNT(CASE WHEN outcome <> 'ok' THEN 1 END) AS failed,
                   COUNT(CASE WHEN settled_at IS NULL THEN 1 END) AS open,
                   CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT) AS input_tokens,
                   CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT) AS output_tokens,
                   CAST(SUM(charge_micros) AS BIGINT) AS cost_micros
                 FROM ai_calls WHERE day >= $1 AND day < $2
                 GROUP BY day, provider_code, purpose",
            )
            .bind(first.to_string()).bind(next.to_string()).fetch_all(db).await?
        });
        let mut days: Vec<AiSpendDay> = rows
            .into_iter()
            .filter_map(|row| {
                Some(AiSpendDay {
                    day: row.day.parse().ok()?,
                    provider_code: row.provider_code,
                    purpose: row.purpose,
                    calls: row.calls,
                    failed: row.failed,
                    open: row.open,
                    input_tokens: row.input_tokens,
                    output_tokens: row.output_tokens,
                    cost_micros: row.cost_micros,
                })
            })
            .collect();
        days.sort_by_key(|day| (day.day, day.provider_code, day.purpose));
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_of_a_millionth_counts_as_one() {
        assert_eq!(cost((1_000_000, 500_000), Some(250_000), Some(2_000_000)), 250_000 + 1_000_000);
        assert_eq!(cost((1, 0), Some(20_000), None), 1);
        assert_eq!(cost((0, 0), Some(20_000), Some(20_000)), 0);
        assert_eq!(cost((10, 10), Some(0), Some(0)), 0);
        assert_eq!(cost((10, 10), None, None), 0);
        assert_eq!(cost((i64::MAX, i64::MAX), Some(i64::MAX), Some(i64::MAX)), i64::MAX);
    }

    #[test]
    fn months_are_of_the_calendar() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_else(|_| panic!("{text} is a day"));
        assert_eq!(month(day("2026-11-30")), (day("2026-11-01"), day("2026-12-01")));
        assert_eq!(month(day("2026-12-31")), (day("2026-12-01"), day("2027-01-01")));
        assert_eq!(month(day("2028-02-29")), (day("2028-02-01"), day("2028-03-01")));
    }
}
