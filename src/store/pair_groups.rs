//! Groups of near-duplicate replies: a template sent a hundred times is one group.
//!
//! Every group is named after the wording that began it and stands for it: nearness is not transitive, so a wording is
//! compared with that one alone. A pair joins the nearest group, or begins one. Which groups there are depends on the order
//! in which pairs come, so they are taken oldest reply first, one round at a time, whatever process asks.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Act, Record, Store, StoreError,
    audit::record,
    bulk::{push_list, slices},
    pairs::{begin_step, hold_pairs},
    reading, writing,
};
use crate::{
    labels::{Fingerprint, Wordings},
    types::{AuditAction, AuditChange, PairEditId, PairId, PairStatus, Rejection, UserId},
};

/// One round of grouping holds this row: two at once would each begin the same group.
const LOCK: &str = "pair_groups";

/// The wordings that stand for a group, as this process last saw them.
#[derive(Debug, Default)]
pub(super) struct Leaders {
    /// The round that [`LOCK`] was at when these were all there are.
    round: Option<String>,
    known: Wordings,
}

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

/// What is to become of the undecided pairs of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupChoice {
    /// The same for all.
    All(PairStatus),
    /// This one is approved, and all others are rejected. Where it is approved already, the others are.
    KeepOne(PairId),
}

impl From<PairStatus> for GroupChoice {
    fn from(status: PairStatus) -> Self {
        Self::All(status)
    }
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
        // Given back when the round is over: what a failed one leaves behind is read anew.
        let mut leaders = std::mem::take(&mut *self.leaders.lock().await);
        let (done, leaders) = writing!(self, tx => {
            let before: String = sqlx::query_scalar(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, '', $2)
                 ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at RETURNING value",
            )
            .bind(LOCK).bind(now).fetch_one(&mut *tx).await?;
            if leaders.round.as_ref() != Some(&before) {
                let names: Vec<String> =
                    sqlx::query_scalar("SELECT fingerprint FROM reply_wordings WHERE group_id = fingerprint")
                        .fetch_all(&mut *tx).await?;
                leaders.known = names.iter().filter_map(|name| name.parse().ok()).collect();
            }
            let pairs: Vec<(PairId, Option<String>)> = sqlx::query_as(
                "SELECT id, labels->>'reply_fingerprint' FROM ai_training_pairs WHERE NOT grouped
                 ORDER BY replied_at, labels->>'reply_fingerprint', id LIMIT $1",
            )
            .bind(limit).fetch_all(&mut *tx).await?;
            // A reply without words, or one marked by another version of the rules, is near to nothing.
            let (mut near_something, mut alone) = (Vec::new(), Vec::new());
            for (id, own) in &pairs {
                match own.as_deref().and_then(|own| Some((own, own.parse::<Fingerprint>().ok()?))) {
                    Some((own, mark)) if mark.has_words() => near_something.push((*id, own, mark)),
                    _ => alone.push(*id),
                }
            }
            let wordings: BTreeSet<&str> = near_something.iter().map(|(_, own, _)| *own).collect();
            let mut query = QueryBuilder::new("SELECT fingerprint FROM reply_wordings WHERE fingerprint IN ");
            push_list(&mut query, &wordings.into_iter().collect::<Vec<_>>());
            let met: Vec<String> = query.build_query_scalar().fetch_all(&mut *tx).await?;
            let mut met: BTreeSet<String> = met.into_iter().collect();
            let mut new: Vec<(&str, String)> = Vec::new();
            for (_, own, mark) in &near_something {
                if met.insert((*own).to_owned()) {
                    let group = leaders.known.nearest(mark).unwrap_or_else(|| {
                        leaders.known.add(*mark);
                        (*own).to_owned()
                    });
                    new.push((own, group));
                }
            }
            for wordings in slices(&new) {
                let mut query = QueryBuilder::new("INSERT INTO reply_wordings (fingerprint, group_id) ");
                query.push_values(wordings, |mut row, (own, group)| {
                    row.push_bind(*own).push_bind(group);
                });
                query.build().execute(&mut *tx).await?;
            }
            let near_something: Vec<PairId> = near_something.iter().map(|(id, ..)| *id).collect();
            hold_pairs!(tx, near_something.iter().chain(&alone).copied().collect());
            for (ids, group) in [
                (near_something, "(SELECT w.group_id FROM reply_wordings w WHERE w.fingerprint = labels->>'reply_fingerprint')"),
                (alone, "NULL"),
            ] {
                if ids.is_empty() {
                    continue;
                }
                let mut query = QueryBuilder::new(format!(
                    "UPDATE ai_training_pairs SET grouped = TRUE, group_id = {group} WHERE id IN "
                ));
                push_list(&mut query, &ids);
                query.build().execute(&mut *tx).await?;
            }
            let round = Uuid::new_v4().to_string();
            sqlx::query("UPDATE system_values SET value = $2 WHERE key = $1")
                .bind(LOCK).bind(&round).execute(&mut *tx).await?;
            leaders.round = Some(round);
            (i64::try_from(pairs.len()).unwrap_or(i64::MAX), leaders)
        });
        *self.leaders.lock().await = leaders;
        Ok(done)
    }

    /// Forgets the wordings of groups that no pair is in any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn drop_empty_groups(&self) -> Result<(), StoreError> {
        writing!(self, tx => {
            tx.unhurried().await?;
            sqlx::query(
                "DELETE FROM reply_wordings WHERE NOT EXISTS
                   (SELECT 1 FROM ai_training_pairs t WHERE t.group_id = reply_wordings.group_id)",
            )
            .execute(&mut *tx).await?;
            // Whoever knows the wordings that stood for them reads them anew.
            sqlx::query("UPDATE system_values SET value = '' WHERE key = $1").bind(LOCK).execute(&mut *tx).await?;
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
        choice: impl Into<GroupChoice>,
        because: Option<&Rejection>,
        expected: Option<i64>,
        by: UserId,
        act: impl Into<Act>,
    ) -> Result<GroupDecision, StoreError> {
        let (choice, act) = (choice.into(), act.into());
        let (status, kept) = match choice {
            GroupChoice::All(status) => (status, None),
            GroupChoice::KeepOne(pair) => (PairStatus::Rejected, Some(pair)),
        };
        let now = act.at;
        let count = writing!(self, tx => {
            let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM ai_training_pairs WHERE group_id = $1 LIMIT 1")
                .bind(group).fetch_optional(&mut *tx).await?;
            if there.is_none() {
                return Ok(GroupDecision::Unknown);
            }
            // What they were, for whoever takes it back. One that is decided meanwhile is none of it below.
            let step = begin_step!(tx, by, now, Some(group), None::<PairEditId>);
            let sql = format!("SELECT id FROM ai_training_pairs WHERE group_id = $1 AND status = 'new' ORDER BY id {}", tx.for_update());
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(group).fetch_all(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO review_step_pairs (step_id, pair_id, was_status, status)
                 SELECT $1, id, 'new', CASE WHEN id = $3 THEN 'approved' ELSE $4 END FROM ai_training_pairs
                 WHERE group_id = $2 AND status = 'new'",
            )
            .bind(step).bind(group).bind(kept).bind(status.as_str()).execute(&mut *tx).await?;
            // The one that is kept first: what is left is undecided still.
            let mut count = 0;
            if let Some(kept) = kept {
                count += sqlx::query(
                    "UPDATE ai_training_pairs SET status = 'approved', decided_by = $3, decided_at = $4, decided_how = 'group', updated_at = $4
                     WHERE id = $2 AND group_id = $1 AND status = 'new'",
                )
                .bind(group).bind(kept).bind(by).bind(now).execute(&mut *tx).await?.rows_affected();
                let is_kept: Option<i32> = sqlx::query_scalar(
                    "SELECT 1 FROM ai_training_pairs WHERE id = $2 AND group_id = $1 AND status = 'approved'",
                )
                .bind(group).bind(kept).fetch_optional(&mut *tx).await?;
                if is_kept.is_none() {
                    // It was rejected meanwhile, or belongs elsewhere.
                    return Ok(GroupDecision::NotAsMany(0));
                }
            }
            count += sqlx::query(
                "UPDATE ai_training_pairs SET status = $2, decided_by = $3, decided_at = $4, updated_at = $4,
                   decided_how = 'group', reject_reason = $5, reject_note = $6 WHERE group_id = $1 AND status = 'new'",
            )
            .bind(group).bind(status.as_str()).bind(by).bind(now).bind(because.map(|because| because.reason.as_str()))
            .bind(because.and_then(|because| because.note.as_deref())).execute(&mut *tx).await?.rows_affected();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            if expected.is_some_and(|expected| expected != count) {
                // Leaving without commit takes everything back.
                return Ok(GroupDecision::NotAsMany(count));
            }
            if count == 0 {
                sqlx::query("DELETE FROM review_steps WHERE id = $1").bind(step).execute(&mut *tx).await?;
            } else {
                let reason = because.map(|because| because.reason);
                let change = AuditChange::GroupDecided { status, count, kept_one: kept.is_some(), reason };
                record!(tx, act, AuditAction::PairGroupDecided, Record {
                    target: Some(group.to_owned()),
                    to: Some(change.to_string()),
                    ..Record::default()
                });
            }
            count
        });
        Ok(GroupDecision::Decided(count))
    }

    /// Takes back what `by` decided about a group at `decided_at`, all of it at once: how many pairs are new again. What somebody
    /// decided since stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn undo_group(
        &self,
        group: &str,
        decided_at: DateTime<Utc>,
        by: UserId,
        act: impl Into<Act>,
    ) -> Result<i64, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            let decided: Vec<PairId> = sqlx::query_scalar(
                "SELECT id FROM ai_training_pairs WHERE group_id = $1 AND decided_at = $2 AND decided_by = $3",
            )
            .bind(group).bind(decided_at).bind(by).fetch_all(&mut *tx).await?;
            hold_pairs!(tx, decided);
            let done = sqlx::query(
                "UPDATE ai_training_pairs SET status = 'new', reject_reason = NULL, reject_note = NULL, decided_by = NULL,
                   decided_at = NULL, decided_how = NULL, updated_at = $4 WHERE group_id = $1 AND decided_at = $2 AND decided_by = $3",
            )
            .bind(group).bind(decided_at).bind(by).bind(act.at).execute(&mut *tx).await?;
            let count = i64::try_from(done.rows_affected()).unwrap_or(i64::MAX);
            if count > 0 {
                sqlx::query("DELETE FROM review_steps WHERE user_id = $1 AND at = $2 AND group_id = $3")
                    .bind(by).bind(decided_at).bind(group).execute(&mut *tx).await?;
                let change = AuditChange::GroupDecided { status: PairStatus::New, count, kept_one: false, reason: None };
                record!(tx, act, AuditAction::PairGroupDecided, Record {
                    target: Some(group.to_owned()),
                    to: Some(change.to_string()),
                    ..Record::default()
                });
            }
            count
        }))
    }
}
