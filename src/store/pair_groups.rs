//! Groups of near-duplicate replies: a template sent a hundred times is one group.
//!
//! Every group is named after the wording that began it and stands for it: nearness is not transitive, so a wording is
//! compared with that one alone. A pair joins the nearest group, or begins one. Which groups there are depends on the order
//! in which pairs come, so they are taken oldest reply first, one round at a time, whatever process asks.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, reading, writing};
use crate::{
    labels::{Fingerprint, SearchKey},
    types::{PairId, PairStatus, UserId},
};

/// One round of grouping holds this row: two at once would each begin the same group.
const LOCK: &str = "pair_groups";

/// The wordings that stand for a group and have a part that differs from that of the sought one in two bits or fewer:
/// lists of names. `mask` holds the 137 ways to flip at most two of 16 bits; SQLite has no operator for XOR. Subqueries and
/// no join, so that the index is searched for each neighbour, whatever a planner without statistics thinks of the table.
const NEAR: &str = "WITH RECURSIVE
    flip (bits) AS (SELECT 1 UNION ALL SELECT bits * 2 FROM flip WHERE bits < 32768),
    mask (bits) AS (SELECT 0 UNION ALL SELECT bits FROM flip
                    UNION ALL SELECT a.bits + b.bits FROM flip a JOIN flip b ON a.bits < b.bits),
    near (names) AS (
      SELECT (SELECT string_agg(fingerprint, ' ') FROM reply_wordings
              WHERE part_1 = ($1 | bits) - ($1 & bits) AND words BETWEEN $5 AND $6) FROM mask
      UNION ALL SELECT (SELECT string_agg(fingerprint, ' ') FROM reply_wordings
              WHERE part_2 = ($2 | bits) - ($2 & bits) AND words BETWEEN $5 AND $6) FROM mask
      UNION ALL SELECT (SELECT string_agg(fingerprint, ' ') FROM reply_wordings
              WHERE part_3 = ($3 | bits) - ($3 & bits) AND words BETWEEN $5 AND $6) FROM mask
      UNION ALL SELECT (SELECT string_agg(fingerprint, ' ') FROM reply_wordings
              WHERE part_4 = ($4 | bits) - ($4 & bits) AND words BETWEEN $5 AND $6) FROM mask)
  SELECT names FROM near WHERE names IS NOT NULL";
const _: () = assert!(SearchKey::PART_DISTANCE == 2, "NEAR looks two bits far");

/// What deciding a whole group did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupDecision {
    /// So many pairs were undecided and are decided now.
    Decided(i64),
    /// Not so many were undecided as the reviewer was told: nothing was changed.
    NotAsMany(i64),
    /// No pair is in this group.
    Unknown,
}

/// Finds the group of a reply, or begins one, on the connection `$tx`.
macro_rules! group_of {
    ($tx:expr, $own:expr, $mark:expr) => {{
        let known: Option<String> = sqlx::query_scalar("SELECT group_id FROM reply_wordings WHERE fingerprint = $1")
            .bind(&$own)
            .fetch_optional(&mut *$tx)
            .await?;
        match known {
            Some(group) => group,
            None => {
                let key = $mark.search_key();
                let candidates: Vec<String> = match key {
                    None => Vec::new(),
                    Some(key) => {
                        let (least, most) = key.near_words();
                        let [first, second, third, fourth] = key.parts.map(i32::from);
                        sqlx::query_scalar(NEAR)
                            .bind(first)
                            .bind(second)
                            .bind(third)
                            .bind(fourth)
                            .bind(least.cast_signed())
                            .bind(most.cast_signed())
                            .fetch_all(&mut *$tx)
                            .await?
                    }
                };
                let group = nearest($mark, &candidates);
                // Only what stands for a group is searched.
                let key = if group.is_none() { key } else { None };
                let part = |index: usize| key.map(|key| i32::from(key.parts[index]));
                let group = group.unwrap_or_else(|| $own.clone());
                sqlx::query(
                    "INSERT INTO reply_wordings (fingerprint, group_id, words, part_1, part_2, part_3, part_4)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(&$own)
                .bind(&group)
                .bind(key.map(|key| key.words.cast_signed()))
                .bind(part(0))
                .bind(part(1))
                .bind(part(2))
                .bind(part(3))
                .execute(&mut *$tx)
                .await?;
                group
            }
        }
    }};
}

/// Of the wordings in these lists the one that is near and differs least; of equals the first by name.
fn nearest(mark: &Fingerprint, lists: &[String]) -> Option<String> {
    let names = lists.iter().flat_map(|names| names.split(' '));
    let near = names.filter_map(|name| {
        let other: Fingerprint = name.parse().ok()?;
        mark.near(&other).then(|| (mark.distance(&other), name))
    });
    near.min().map(|(_, name)| name.to_owned())
}

impl Store {
    /// Finds the group of pairs that are new or whose reply changed: at most `limit` of them, the oldest reply first.
    /// Returns how many were seen to; fewer than `limit` means that none is left.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn group_pairs(&self, limit: i64, now: DateTime<Utc>) -> Result<i64, StoreError> {
        let waiting: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM ai_training_pairs WHERE NOT grouped LIMIT 1").fetch_optional(db).await?
        });
        if waiting.is_none() {
            return Ok(0);
        }
        let mut done = 0;
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, '', $2)
                 ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at",
            )
            .bind(LOCK).bind(now).execute(&mut *tx).await?;
            let pairs: Vec<(PairId, Option<String>)> = sqlx::query_as(
                "SELECT id, labels->>'reply_fingerprint' FROM ai_training_pairs WHERE NOT grouped
                 ORDER BY replied_at, labels->>'reply_fingerprint', id LIMIT $1",
            )
            .bind(limit).fetch_all(&mut *tx).await?;
            for (id, own) in pairs {
                let mark = own.as_deref().and_then(|own| own.parse::<Fingerprint>().ok());
                // A reply without words, or one marked by another version of the rules, is near to nothing.
                let group = match (&own, mark.filter(Fingerprint::has_words)) {
                    (Some(own), Some(mark)) => Some(group_of!(tx, own, &mark)),
                    _ => None,
                };
                sqlx::query("UPDATE ai_training_pairs SET group_id = $2, grouped = TRUE WHERE id = $1")
                    .bind(id).bind(group).execute(&mut *tx).await?;
                done += 1;
            }
        });
        Ok(done)
    }

    /// Forgets the wordings of groups that no pair is in any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn drop_empty_groups(&self) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "DELETE FROM reply_wordings WHERE NOT EXISTS
                   (SELECT 1 FROM ai_training_pairs t WHERE t.group_id = reply_wordings.group_id)",
            )
            .execute(tx).await?;
        });
        Ok(())
    }

    /// Decides every undecided pair of a group. With `expected` only if there are just as many as that.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn decide_group(
        &self,
        group: &str,
        status: PairStatus,
        expected: Option<i64>,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<GroupDecision, StoreError> {
        let count = writing!(self, tx => {
            let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM ai_training_pairs WHERE group_id = $1 LIMIT 1")
                .bind(group).fetch_optional(&mut *tx).await?;
            if there.is_none() {
                return Ok(GroupDecision::Unknown);
            }
            let done = sqlx::query(
                "UPDATE ai_training_pairs SET status = $2, decided_by = $3, decided_at = $4, updated_at = $4
                 WHERE group_id = $1 AND status = 'new'",
            )
            .bind(group).bind(status.as_str()).bind(by).bind(now).execute(&mut *tx).await?;
            let count = i64::try_from(done.rows_affected()).unwrap_or(i64::MAX);
            if expected.is_some_and(|expected| expected != count) {
                // Leaving without commit takes everything back.
                return Ok(GroupDecision::NotAsMany(count));
            }
            count
        });
        Ok(GroupDecision::Decided(count))
    }
}
