//! What the team goes by in the review: every version is kept.

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor, hold_admins},
    audit::record,
    reading, writing,
};
use crate::types::{AuditAction, Guidelines, GuidelinesVersion, UserId};

const VERSIONS: &str =
    "SELECT g.number, g.text, (SELECT u.display_name FROM users u WHERE u.id = g.written_by) AS \"by\",
    g.written_at AS at FROM review_guidelines g ";

/// What came of saving guidelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuidelinesSaved {
    /// They are so; `true`: they were not before.
    Saved(bool),
    /// Another version is in force than the one that was changed.
    Overtaken,
}

impl Store {
    /// A version of the guidelines, or the one in force.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn guidelines(&self, number: Option<i64>) -> Result<Option<Guidelines>, StoreError> {
        Ok(reading!(self, db => match number {
            Some(number) => {
                let sql = format!("{VERSIONS} WHERE g.number = $1");
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(number).fetch_optional(db).await?
            }
            None => {
                let sql = format!("{VERSIONS} ORDER BY g.number DESC LIMIT 1");
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_optional(db).await?
            }
        }))
    }

    /// How often something has changed of what every open pair offers: the tags, who can review, the guidelines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn choices_number(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, db => sqlx::query_scalar("SELECT number FROM review_choices").fetch_one(db).await?))
    }

    /// Whether there are guidelines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_guidelines(&self) -> Result<bool, StoreError> {
        let has: Option<bool> = reading!(self, db => {
            sqlx::query_scalar("SELECT text <> '' FROM review_guidelines ORDER BY number DESC LIMIT 1").fetch_optional(db).await?
        });
        Ok(has.unwrap_or_default())
    }

    /// The versions of the guidelines, the latest first, and how many there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn guidelines_versions(&self, limit: i64) -> Result<(Vec<GuidelinesVersion>, i64), StoreError> {
        let items = reading!(self, db => {
            sqlx::query_as(
                "SELECT g.number, CAST(LENGTH(g.text) AS BIGINT) AS characters,
                   (SELECT u.display_name FROM users u WHERE u.id = g.written_by) AS \"by\", g.written_at AS at
                 FROM review_guidelines g ORDER BY g.number DESC LIMIT $1",
            )
            .bind(limit).fetch_all(db).await?
        });
        let count =
            reading!(self, db => sqlx::query_scalar("SELECT COUNT(*) FROM review_guidelines").fetch_one(db).await?);
        Ok((items, count))
    }

    /// Saves a new version of the guidelines. With `seen` only if that is the one in force; 0 is none.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn save_guidelines(
        &self,
        text: &str,
        seen: Option<i64>,
        by: Option<UserId>,
        act: impl Into<Act>,
    ) -> Result<GuidelinesSaved, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            // One admin writes at a time.
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("{VERSIONS} ORDER BY g.number DESC LIMIT 1");
            let now: Option<Guidelines> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_optional(&mut *tx).await?;
            let number = now.as_ref().map_or(0, |now| now.number);
            if now.as_ref().map_or("", |now| now.text.as_str()) == text {
                return Ok(GuidelinesSaved::Saved(false));
            }
            if seen.is_some_and(|seen| seen != number) {
                return Ok(GuidelinesSaved::Overtaken);
            }
            sqlx::query("INSERT INTO review_guidelines (number, text, written_by, written_at) VALUES ($1, $2, $3, $4)")
                .bind(number + 1).bind(text).bind(by).bind(act.at).execute(&mut *tx).await?;
            let length = |text: &str| Some(text.chars().count().to_string());
            record!(tx, act, AuditAction::GuidelinesWritten, Record {
                from: now.and_then(|now| length(&now.text)), to: length(text), ..Record::default()
            });
            GuidelinesSaved::Saved(true)
        }))
    }
}
