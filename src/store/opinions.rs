//! Second opinions. Which pairs wait for one is noted by a trigger, with the decision itself.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Act, Record, Store, StoreError,
    audit::record,
    cursor,
    pairs::{BEFORE, Before, add_to_step, begin_step},
    reading, writing,
};
use crate::types::{AuditAction, DecidedHow, Disagreement, OpinionGiven, PairEditId, PairId, PairStatus, UserId};

/// Where the share is kept; the triggers of migration 0024 read it.
const SHARE: &str = "second_opinion_share";

/// What came of somebody's opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    Given(OpinionGiven),
    /// The pair waits for no opinion, or is gone.
    Unknown,
    /// Whoever decided first has said what they think.
    Own,
    /// Somebody else was quicker.
    There,
}

impl Store {
    /// Of 100 pairs that are decided, so many wait for a second opinion.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn opinion_share(&self) -> Result<i64, StoreError> {
        Ok(self.system_value(SHARE).await?.and_then(|share| share.parse().ok()).unwrap_or(0))
    }

    /// Sets the share, for pairs that are decided from now on.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_opinion_share(&self, share: i64, act: Act) -> Result<(), StoreError> {
        writing!(self, tx => {
            let before: Option<String> = sqlx::query_scalar("SELECT value FROM system_values WHERE key = $1")
                .bind(SHARE).fetch_optional(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, $2, $3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            )
            .bind(SHARE).bind(share.to_string()).bind(act.at).execute(&mut *tx).await?;
            record!(tx, act, AuditAction::OpinionShareSet, Record {
                from: Some(before.unwrap_or_else(|| "0".to_owned())),
                to: Some(share.to_string()),
                ..Record::default()
            });
        });
        Ok(())
    }

    /// The pair that has waited longest for the opinion of somebody who did not decide it, after `after`; and its place.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a place that was not given out here.
    pub async fn next_opinion(&self, by: UserId, after: Option<&str>) -> Result<Option<(PairId, String)>, StoreError> {
        let (at, id) = match after {
            Some(after) => cursor::parse::<PairId>(after)?,
            None => (DateTime::UNIX_EPOCH, PairId(Uuid::nil())),
        };
        let row: Option<(PairId, DateTime<Utc>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT pair_id, asked_at FROM second_opinions
                 WHERE second_status IS NULL AND (asked_at, pair_id) > ($1, $2) AND (first_by IS NULL OR first_by <> $3)
                 ORDER BY asked_at, pair_id LIMIT 1",
            )
            .bind(at).bind(id).bind(by).fetch_optional(db).await?
        });
        Ok(row.map(|(pair, asked_at)| (pair, cursor::after(asked_at, pair))))
    }

    /// How many pairs wait for the opinion of somebody who did not decide them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn opinions_waiting(&self, by: UserId) -> Result<i64, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM second_opinions
                 WHERE second_status IS NULL AND (first_by IS NULL OR first_by <> $1)",
            )
            .bind(by).fetch_one(db).await?
        }))
    }

    /// Stores what a second reviewer thinks of a pair. Its own status stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn give_opinion(
        &self,
        pair: PairId,
        status: PairStatus,
        by: UserId,
        act: Act,
    ) -> Result<Opinion, StoreError> {
        type Row = (String, Option<UserId>, Option<String>);
        let first_status = writing!(self, tx => {
            // Whoever decides it holds the pair first as well.
            let sql = format!("SELECT status FROM ai_training_pairs WHERE id = $1 {}", tx.for_update());
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(pair).fetch_optional(&mut *tx).await?;
            let sql = format!(
                "SELECT first_status, first_by, second_status FROM second_opinions WHERE pair_id = $1 {}",
                tx.for_update()
            );
            let row: Option<Row> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(pair).fetch_optional(&mut *tx).await?;
            let Some((first_status, first_by, second_status)) = row else { return Ok(Opinion::Unknown) };
            if second_status.is_some() {
                return Ok(Opinion::There);
            }
            if first_by == Some(by) {
                return Ok(Opinion::Own);
            }
            sqlx::query(
                "UPDATE second_opinions SET second_status = $2, second_by = $3, given_at = $4 WHERE pair_id = $1",
            )
            .bind(pair).bind(status.as_str()).bind(by).bind(act.at).execute(&mut *tx).await?;
            // Two people say the same: that is what the decision rests on.
            if first_status == status.as_str() {
                sqlx::query("UPDATE ai_training_pairs SET decided_how = $3 WHERE id = $1 AND status = $2")
                    .bind(pair).bind(status.as_str()).bind(DecidedHow::Opinion.as_str()).execute(&mut *tx).await?;
            }
            record!(tx, act, AuditAction::OpinionGiven, Record {
                target: Some(pair.to_string()),
                to: Some(status.to_string()),
                ..Record::default()
            });
            first_status
        });
        let first_status = first_status.parse().map_err(|_| StoreError::Corrupt(format!("opinion {first_status}")))?;
        Ok(Opinion::Given(OpinionGiven { pair_id: pair, status, first_status }))
    }

    /// How often first and second reviewers decided what: `(first, second, pairs)`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn opinions_given(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT first_status, second_status, COUNT(*) FROM second_opinions WHERE second_status IS NOT NULL
                 GROUP BY first_status, second_status",
            )
            .fetch_all(db).await?
        }))
    }

    /// Pairs about which two reviewers disagree and nobody has settled it, the oldest opinion first; and how many there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn disagreements(&self, limit: i64) -> Result<(Vec<Disagreement>, i64), StoreError> {
        let items = reading!(self, db => {
            sqlx::query_as(
                "SELECT o.pair_id, m.subject, o.first_status, one.display_name AS first_by, o.second_status,
                   two.display_name AS second_by, o.given_at
                 FROM (SELECT * FROM second_opinions WHERE second_status <> first_status AND settled_at IS NULL
                       ORDER BY given_at, pair_id LIMIT $1) o
                 JOIN ai_training_pairs p ON p.id = o.pair_id JOIN emails_messages m ON m.id = p.client_message_id
                 LEFT JOIN users one ON one.id = o.first_by LEFT JOIN users two ON two.id = o.second_by
                 ORDER BY o.given_at, o.pair_id",
            )
            .bind(limit).fetch_all(db).await?
        });
        let number = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM second_opinions WHERE second_status <> first_status AND settled_at IS NULL",
            )
            .fetch_one(db).await?
        });
        Ok((items, number))
    }

    /// Decides what holds of a pair about which two reviewers disagree. `false` where there is nothing to settle. Where the pair becomes
    /// another one, that is a step of the person: taken back, the two disagree again. Where it stays as it is, there is nothing to take
    /// back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn settle_opinion(
        &self,
        pair: PairId,
        status: PairStatus,
        by: UserId,
        act: Act,
    ) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            let lock = tx.for_update();
            let sql = format!("SELECT {BEFORE} FROM ai_training_pairs WHERE id = $1 {lock}");
            let before: Option<Before> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(pair).fetch_optional(&mut *tx).await?;
            let Some(before) = before else { return Ok(false) };
            let settled = sqlx::query(
                "UPDATE second_opinions SET settled_at = $2
                 WHERE pair_id = $1 AND second_status <> first_status AND settled_at IS NULL",
            )
            .bind(pair).bind(act.at).execute(&mut *tx).await?.rows_affected();
            if settled == 0 {
                return Ok(false);
            }
            if before.status != status.as_str() {
                sqlx::query(
                    "UPDATE ai_training_pairs SET status = $2, decided_by = $3, decided_at = $4, updated_at = $4,
                       reject_reason = NULL, reject_note = NULL, decided_how = $5 WHERE id = $1",
                )
                .bind(pair).bind(status.as_str()).bind(by).bind(act.at).bind(DecidedHow::Opinion.as_str()).execute(&mut *tx).await?;
                let step = begin_step!(tx, by, act.at, None::<&str>, None::<PairEditId>);
                add_to_step!(tx, step, pair, before, status);
            } else {
                sqlx::query("UPDATE ai_training_pairs SET decided_how = $2 WHERE id = $1")
                    .bind(pair).bind(DecidedHow::Opinion.as_str()).execute(&mut *tx).await?;
            }
            record!(tx, act, AuditAction::OpinionSettled, Record {
                target: Some(pair.to_string()),
                from: Some(before.status).filter(|before| before != status.as_str()),
                to: Some(status.to_string()),
                ..Record::default()
            });
            true
        }))
    }
}
