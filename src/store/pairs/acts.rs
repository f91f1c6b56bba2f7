//! What is done with many pairs in one transaction, whoever says which: they are decided, tagged, or given to somebody to review. And how it
//! is taken back, from what is kept of each pair: what somebody changed since stays.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::steps::Before;
use crate::types::{AuditChange, AuditMark, BulkAct, PairId, PairStatus, RejectReason, UserId};

/// A pair before something is done with it.
#[derive(FromRow)]
pub(super) struct Candidate {
    pub(super) id: PairId,
    pub(super) created_at: DateTime<Utc>,
    #[sqlx(flatten)]
    pub(super) before: Before,
}

/// Who put the tag on a pair that an act is about, or gave the pair to `user_id`, and when.
#[derive(FromRow)]
pub(super) struct Mark {
    pub(super) pair_id: PairId,
    #[sqlx(default)]
    pub(super) user_id: Option<UserId>,
    pub(super) by: Option<UserId>,
    pub(super) at: DateTime<Utc>,
}

/// A pair that something is done with, and what it was before.
pub(super) struct Meant {
    pub(super) id: PairId,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) note: Option<String>,
    pub(super) user: Option<UserId>,
    pub(super) by: Option<UserId>,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) how: Option<String>,
}

impl Meant {
    /// What is kept of a pair: of one that is marked the mark that it had.
    pub(super) fn of(act: &BulkAct, pair: Candidate, mark: Option<&Mark>) -> Self {
        let Candidate { id, before, .. } = pair;
        let status = before.status;
        match act {
            BulkAct::Decide { .. } => Self {
                id,
                status,
                reason: before.reject_reason,
                note: before.reject_note,
                user: None,
                by: before.decided_by,
                at: before.decided_at,
                how: before.decided_how,
            },
            BulkAct::Tag { .. } | BulkAct::Untag { .. } | BulkAct::Assign { .. } => Self {
                id,
                status,
                reason: None,
                note: None,
                user: mark.and_then(|mark| mark.user_id),
                by: mark.and_then(|mark| mark.by),
                at: mark.map(|mark| mark.at),
                how: None,
            },
        }
    }
}

/// The marks of pairs that an act is about.
pub(super) type Marks = HashMap<PairId, Mark>;

/// Whether a pair is already what an act makes of it. Without a reason one that is rejected stays as it is.
pub(super) fn is_so(act: &BulkAct, before: &Before, mark: Option<&Mark>) -> bool {
    match act {
        BulkAct::Decide { decision, reason, note } => {
            let reason = reason.map(RejectReason::as_str);
            let says_so = reason.is_none()
                || (reason, note.as_deref()) == (before.reject_reason.as_deref(), before.reject_note.as_deref());
            before.status == decision.as_str() && says_so
        }
        BulkAct::Tag { .. } => mark.is_some(),
        BulkAct::Untag { .. } => mark.is_none(),
        BulkAct::Assign { assign_to_id } => mark.and_then(|mark| mark.user_id) == *assign_to_id,
    }
}

/// How an act marks pairs, as it stands on record; `Err` where it decides them: what, and why. `about` is the name of the tag, or the address
/// of the person.
pub(super) fn mark_on_record(
    act: &BulkAct,
    about: Option<&str>,
) -> Result<AuditMark, (PairStatus, Option<RejectReason>)> {
    let name = || about.unwrap_or_default().to_owned();
    match act {
        BulkAct::Decide { decision, reason, .. } => Err((*decision, *reason)),
        BulkAct::Tag { .. } => Ok(AuditMark::Tag(name())),
        BulkAct::Untag { .. } => Ok(AuditMark::Untag(name())),
        BulkAct::Assign { assign_to_id } => Ok(AuditMark::Assign(assign_to_id.map(|_| name()))),
    }
}

/// What is to be done with so many pairs, or was done, as it stands on record.
pub(super) fn on_record(act: &BulkAct, about: Option<&str>, count: i64) -> AuditChange {
    match mark_on_record(act, about) {
        Ok(mark) => AuditChange::Marked { mark, count },
        Err((status, reason)) => AuditChange::GroupDecided { status, count, kept_one: false, reason },
    }
}

/// Where it is kept what pairs were before an act.
pub(super) struct Kept {
    pub(super) table: &'static str,
    /// The column that says of which act.
    pub(super) of: &'static str,
    /// When the act was done with a pair `p`.
    pub(super) at: &'static str,
}

/// For those that a search finds.
pub(super) const OF_BULK: Kept = Kept { table: "bulk_decision_pairs", of: "bulk_id", at: "p.at" };
/// For a person's last steps.
pub(super) const OF_STEP: Kept =
    Kept { table: "review_step_pairs", of: "step_id", at: "(SELECT s.at FROM review_steps s WHERE s.id = p.step_id)" };

/// Holds the tag or the person that an act is about until the transaction ends, before any pair is held: its name, or their address; or why
/// it cannot be. For use inside a transaction.
macro_rules! hold_what_it_is_about {
    ($tx:expr, $act:expr) => {{
        let lock = $tx.for_update();
        match $act {
            $crate::types::BulkAct::Decide { .. } | $crate::types::BulkAct::Assign { assign_to_id: None } => Ok(None),
            $crate::types::BulkAct::Tag { tag_id } | $crate::types::BulkAct::Untag { tag_id } => {
                let sql = format!("SELECT name, retired FROM review_tags WHERE id = $1 {lock}");
                let known: Option<(String, bool)> =
                    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(*tag_id).fetch_optional(&mut *$tx).await?;
                match known {
                    None => Err($crate::types::BulkFault::TagGone),
                    Some((_, true)) if matches!($act, $crate::types::BulkAct::Tag { .. }) => {
                        Err($crate::types::BulkFault::TagRetired)
                    }
                    Some((name, _)) => Ok(Some(name)),
                }
            }
            $crate::types::BulkAct::Assign { assign_to_id: Some(to) } => {
                let sql = format!(
                    "SELECT email FROM users WHERE id = $1 AND active AND role IN ('admin', 'reviewer') {lock}"
                );
                let known: Option<String> =
                    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(*to).fetch_optional(&mut *$tx).await?;
                known.map(Some).ok_or($crate::types::BulkFault::PersonGone)
            }
        }
    }};
}
pub(super) use hold_what_it_is_about;

/// These pairs, held in the order of their ids: of two who hold some of the same, none waits for the other.
macro_rules! candidates {
    ($tx:expr, $ids:expr) => {{
        let mut query = sqlx::QueryBuilder::new(format!(
            "SELECT id, created_at, {} FROM ai_training_pairs WHERE id IN ",
            $crate::store::pairs::steps::BEFORE
        ));
        $crate::store::bulk::push_list(&mut query, $ids);
        query.push(" ORDER BY id ").push($tx.for_update());
        query.build_query_as::<$crate::store::pairs::acts::Candidate>().fetch_all(&mut *$tx).await?
    }};
}
pub(super) use candidates;

/// The [`Marks`] of these pairs that an act is about. For use inside a transaction that holds the pairs.
macro_rules! marks_of {
    ($tx:expr, $act:expr, $ids:expr) => {{
        let mut marks = $crate::store::pairs::acts::Marks::new();
        let query = match $act {
            $crate::types::BulkAct::Decide { .. } => None,
            $crate::types::BulkAct::Tag { tag_id } | $crate::types::BulkAct::Untag { tag_id } => {
                let mut query = sqlx::QueryBuilder::new(
                    "SELECT pair_id, tagged_by AS \"by\", tagged_at AS at FROM pair_tags WHERE tag_id = ",
                );
                query.push_bind(*tag_id).push(" AND pair_id IN ");
                Some(query)
            }
            $crate::types::BulkAct::Assign { .. } => Some(sqlx::QueryBuilder::new(
                "SELECT pair_id, user_id, assigned_by AS \"by\", assigned_at AS at FROM pair_assignments WHERE pair_id IN ",
            )),
        };
        if let Some(mut query) = query {
            $crate::store::bulk::push_list(&mut query, $ids);
            let rows: Vec<$crate::store::pairs::acts::Mark> = query.build_query_as().fetch_all(&mut *$tx).await?;
            marks.extend(rows.into_iter().map(|mark| (mark.pair_id, mark)));
        }
        marks
    }};
}
pub(super) use marks_of;

/// Does it with these pairs. For use inside a transaction.
macro_rules! do_with {
    ($tx:expr, $act:expr, $ids:expr, $by:expr, $at:expr, $how:expr) => {
        match $act {
            $crate::types::BulkAct::Decide { decision, reason, note } => {
                let is_decided = *decision != $crate::types::PairStatus::New;
                let mut query = sqlx::QueryBuilder::new("UPDATE ai_training_pairs SET status = ");
                query.push_bind(decision.as_str());
                query.push(", reject_reason = ").push_bind(reason.map($crate::types::RejectReason::as_str));
                query.push(", reject_note = ").push_bind(note.as_deref());
                query.push(", decided_by = ").push_bind($by.filter(|_| is_decided));
                query.push(", decided_at = ").push_bind(Some($at).filter(|_| is_decided));
                query.push(", decided_how = ").push_bind(Some($how.as_str()).filter(|_| is_decided));
                query.push(", updated_at = ").push_bind($at).push(" WHERE id IN ");
                $crate::store::bulk::push_list(&mut query, $ids);
                query.build().execute(&mut *$tx).await?;
            }
            $crate::types::BulkAct::Tag { tag_id } => {
                for some in $crate::store::bulk::slices($ids) {
                    let mut query =
                        sqlx::QueryBuilder::new("INSERT INTO pair_tags (pair_id, tag_id, tagged_by, tagged_at) ");
                    query.push_values(some, |mut row, pair| {
                        row.push_bind(*pair).push_bind(*tag_id).push_bind($by).push_bind($at);
                    });
                    query.push(" ON CONFLICT (pair_id, tag_id) DO NOTHING");
                    query.build().execute(&mut *$tx).await?;
                }
            }
            $crate::types::BulkAct::Untag { tag_id } => {
                let mut query = sqlx::QueryBuilder::new("DELETE FROM pair_tags WHERE tag_id = ");
                query.push_bind(*tag_id).push(" AND pair_id IN ");
                $crate::store::bulk::push_list(&mut query, $ids);
                query.build().execute(&mut *$tx).await?;
            }
            $crate::types::BulkAct::Assign { assign_to_id: Some(to) } => {
                for some in $crate::store::bulk::slices($ids) {
                    let mut query = sqlx::QueryBuilder::new(
                        "INSERT INTO pair_assignments (pair_id, user_id, assigned_by, assigned_at) ",
                    );
                    query.push_values(some, |mut row, pair| {
                        row.push_bind(*pair).push_bind(*to).push_bind($by).push_bind($at);
                    });
                    query.push(
                        " ON CONFLICT (pair_id) DO UPDATE SET user_id = excluded.user_id, assigned_by = excluded.assigned_by,
                            assigned_at = excluded.assigned_at",
                    );
                    query.build().execute(&mut *$tx).await?;
                }
            }
            $crate::types::BulkAct::Assign { assign_to_id: None } => {
                let mut query = sqlx::QueryBuilder::new("DELETE FROM pair_assignments WHERE pair_id IN ");
                $crate::store::bulk::push_list(&mut query, $ids);
                query.build().execute(&mut *$tx).await?;
            }
        }
    };
}
pub(super) use do_with;

/// Makes these pairs what they were before an act of `$by`, as far as they are as it left them: how many. What is kept of them is [`Kept`]
/// under the id `$of`. For use inside a transaction that holds the pairs.
macro_rules! put_back {
    ($tx:expr, $act:expr, $kept:expr, $of:expr, $ids:expr, $by:expr, $now:expr) => {{
        let $crate::store::pairs::acts::Kept { table, of, at } = $kept;
        let can_review = "JOIN users u ON u.id = p.was_user AND u.active AND u.role IN ('admin', 'reviewer')";
        match $act {
            $crate::types::BulkAct::Decide { decision, .. } => {
                let mut query = sqlx::QueryBuilder::new(
                    "UPDATE ai_training_pairs SET status = p.was_status, reject_reason = p.was_reason, reject_note = p.was_note,
                       decided_by = p.was_by, decided_at = p.was_at, decided_how = p.was_how, updated_at = ",
                );
                query.push_bind($now).push(format!(" FROM {table} p WHERE p.{of} = ")).push_bind($of);
                query.push(" AND p.pair_id = ai_training_pairs.id AND ai_training_pairs.status = ");
                query.push_bind(decision.as_str());
                query.push(if *decision == $crate::types::PairStatus::New {
                    " AND ai_training_pairs.decided_at IS NULL".to_owned()
                } else {
                    format!(" AND ai_training_pairs.decided_at = {at}")
                });
                query.push(" AND ai_training_pairs.id IN ");
                $crate::store::bulk::push_list(&mut query, $ids);
                query.build().execute(&mut *$tx).await?.rows_affected()
            }
            $crate::types::BulkAct::Tag { tag_id } => {
                let mut query = sqlx::QueryBuilder::new("DELETE FROM pair_tags WHERE tag_id = ");
                query.push_bind(*tag_id).push(" AND tagged_by IS NOT DISTINCT FROM ").push_bind($by);
                query.push(format!(" AND EXISTS (SELECT 1 FROM {table} p WHERE p.{of} = ")).push_bind($of);
                query.push(format!(" AND p.pair_id = pair_tags.pair_id AND pair_tags.tagged_at = {at}) AND pair_id IN "));
                $crate::store::bulk::push_list(&mut query, $ids);
                query.build().execute(&mut *$tx).await?.rows_affected()
            }
            $crate::types::BulkAct::Untag { tag_id } => {
                let mut query = sqlx::QueryBuilder::new(format!(
                    "INSERT INTO pair_tags (pair_id, tag_id, tagged_by, tagged_at)
                     SELECT p.pair_id, t.id, p.was_by, p.was_at FROM {table} p JOIN review_tags t ON t.id = "
                ));
                query.push_bind(*tag_id).push(format!(" WHERE p.was_at IS NOT NULL AND p.{of} = ")).push_bind($of);
                query.push(" AND p.pair_id IN ");
                $crate::store::bulk::push_list(&mut query, $ids);
                query.push(" ON CONFLICT (pair_id, tag_id) DO NOTHING");
                query.build().execute(&mut *$tx).await?.rows_affected()
            }
            $crate::types::BulkAct::Assign { assign_to_id: Some(to) } => {
                let mut query = sqlx::QueryBuilder::new(format!(
                    "UPDATE pair_assignments SET user_id = p.was_user, assigned_by = p.was_by, assigned_at = p.was_at
                     FROM {table} p {can_review} WHERE p.{of} = "
                ));
                query.push_bind($of).push(" AND p.pair_id = pair_assignments.pair_id AND pair_assignments.user_id = ");
                query.push_bind(*to).push(" AND pair_assignments.assigned_by IS NOT DISTINCT FROM ").push_bind($by);
                query.push(format!(" AND pair_assignments.assigned_at = {at} AND pair_assignments.pair_id IN "));
                $crate::store::bulk::push_list(&mut query, $ids);
                let given = query.build().execute(&mut *$tx).await?.rows_affected();
                // Nobody had them, or somebody who cannot review any more.
                let mut query = sqlx::QueryBuilder::new("DELETE FROM pair_assignments WHERE user_id = ");
                query.push_bind(*to).push(" AND assigned_by IS NOT DISTINCT FROM ").push_bind($by);
                query.push(format!(" AND EXISTS (SELECT 1 FROM {table} p WHERE p.{of} = ")).push_bind($of);
                query.push(format!(
                    " AND p.pair_id = pair_assignments.pair_id AND pair_assignments.assigned_at = {at}) AND pair_id IN "
                ));
                $crate::store::bulk::push_list(&mut query, $ids);
                given + query.build().execute(&mut *$tx).await?.rows_affected()
            }
            $crate::types::BulkAct::Assign { assign_to_id: None } => {
                let mut query = sqlx::QueryBuilder::new(format!(
                    "INSERT INTO pair_assignments (pair_id, user_id, assigned_by, assigned_at)
                     SELECT p.pair_id, u.id, p.was_by, p.was_at FROM {table} p {can_review}
                     WHERE p.was_at IS NOT NULL AND p.{of} = "
                ));
                query.push_bind($of).push(" AND p.pair_id IN ");
                $crate::store::bulk::push_list(&mut query, $ids);
                query.push(" ON CONFLICT (pair_id) DO NOTHING");
                query.build().execute(&mut *$tx).await?.rows_affected()
            }
        }
    }};
}
pub(super) use put_back;
