//! What was decided when, by whom, and where. Read from indexes of decided pairs alone, so that it costs nothing while none is decided.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::{
    store::{Store, StoreError, reading},
    types::{AccountId, DecidedHow, PairStatus, UserId},
};

/// What the counts of approved pairs are called, before the word for how they were approved.
const APPROVED: &str = "approved_";
/// The word for those approved one by one whose text a reviewer changed.
const EDITED: &str = "edited";

/// Pairs that were decided on one day in one way.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Decided {
    /// The day, from 0 on.
    pub day: i64,
    #[sqlx(try_from = "String")]
    pub status: PairStatus,
    /// `None` for people who are no longer there.
    pub decided_by: Option<UserId>,
    #[sqlx(rename = "integration_account_id")]
    pub account: AccountId,
    /// A reviewer changed the text.
    pub edited: bool,
    pub pairs: i64,
}

impl Store {
    /// What the approved pairs of each account rest on, in how many: `one`, `edited`, or a word of [`DecidedHow`]. From the counts that are
    /// kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn approval_basis(&self) -> Result<Vec<(AccountId, String, i64)>, StoreError> {
        let rows: Vec<(AccountId, String, i64)> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT a.id, c.what, CAST(SUM(c.number) AS BIGINT) FROM integrations_accounts a
                 JOIN account_counts c ON c.integration_account_id = a.id WHERE c.what IN (",
            );
            let mut list = query.separated(", ");
            for word in DecidedHow::ALL.iter().map(|how| how.as_str()).chain([EDITED]) {
                list.push_bind(format!("{APPROVED}{word}"));
            }
            query.push(") GROUP BY a.id, c.what");
            query.build_query_as().fetch_all(db).await?
        });
        let named = |(account, what, pairs): (AccountId, String, i64)| {
            (account, what.strip_prefix(APPROVED).unwrap_or_default().to_owned(), pairs)
        };
        Ok(rows.into_iter().map(named).collect())
    }

    /// What was decided on each of so many days from `first` on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decided_by_day(&self, first: DateTime<Utc>, days: i64) -> Result<Vec<Decided>, StoreError> {
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new("WITH days (day, first_at, end_at) AS (");
            query.push_values(0..days, |mut row, day| {
                row.push_bind(day)
                    .push_bind(first + TimeDelta::days(day))
                    .push_bind(first + TimeDelta::days(day + 1));
            });
            // `CROSS JOIN`: SQLite reads the tables in this order.
            query.push(
                ") SELECT d.day, p.status, p.decided_by, p.integration_account_id, p.edited, COUNT(*) AS pairs
                 FROM days d CROSS JOIN ai_training_pairs p
                 WHERE p.decided_at >= d.first_at AND p.decided_at < d.end_at
                 GROUP BY d.day, p.status, p.decided_by, p.integration_account_id, p.edited",
            );
            query.build_query_as().fetch_all(db).await?
        }))
    }

    /// In which languages the clients of pairs wrote that were decided since then, with the status and how many they are: of the latest
    /// `limit` pairs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decided_by_language(
        &self,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<(Option<String>, String, i64)>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT language, status, COUNT(*) FROM (
                   SELECT labels->>'client_language' AS language, status FROM ai_training_pairs
                   WHERE decided_at >= $1 ORDER BY decided_at DESC LIMIT $2) latest
                 GROUP BY language, status",
            )
            .bind(since).bind(limit).fetch_all(db).await?
        }))
    }

    /// The quality of the latest decided pairs, and whether they were approved: at most `limit` of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn qualities_of_decisions(&self, limit: i64) -> Result<Vec<(u8, bool)>, StoreError> {
        let rows: Vec<(Option<i64>, bool)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT CAST(labels->'quality'->>'score' AS BIGINT), status = 'approved' FROM ai_training_pairs
                 WHERE decided_at IS NOT NULL ORDER BY decided_at DESC LIMIT $1",
            )
            .bind(limit).fetch_all(db).await?
        });
        let known = |(quality, approved): (Option<i64>, bool)| Some((u8::try_from(quality?).ok()?.min(100), approved));
        Ok(rows.into_iter().filter_map(known).collect())
    }

    /// When somebody decided pairs since then, the latest first: at most `limit` of them, and none that a bulk decision decided.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decision_times(
        &self,
        by: UserId,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<DateTime<Utc>>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT decided_at FROM ai_training_pairs WHERE decided_by = $1 AND decided_at >= $2
                   AND COALESCE(decided_how, 'one') NOT IN ('bulk', 'rule')
                 ORDER BY decided_at DESC LIMIT $3",
            )
            .bind(by).bind(since).bind(limit).fetch_all(db).await?
        }))
    }
}
