//! The last steps of each person in the review, and how they are taken back. A step is kept with what its pairs were before it: so it can
//! be taken back after a reload, and exactly. What somebody else did since is never undone with it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::acts::{OF_STEP, hold_what_it_is_about, put_back};
use crate::{
    store::{
        Act, NewJob, Record, Store, StoreError, audit::record, jobs::enqueue, pairs::hold_pairs, reading, writing,
    },
    types::{
        AuditAction, AuditChange, BulkAct, BulkDecisionId, BulkFault, PairEditId, PairId, PairStatus, RejectReason,
        ReviewStep, ReviewStepId, ReviewTagId, TrainingPair, TurnChangeId, UserId,
    },
};

/// The columns of a [`Before`].
pub(in crate::store) const BEFORE: &str =
    "status, reject_reason, reject_note, decided_by, decided_at, decided_how, updated_at";

/// What is decided about a pair before something else is.
#[derive(FromRow)]
pub(in crate::store) struct Before {
    pub(in crate::store) status: String,
    pub(in crate::store) reject_reason: Option<String>,
    pub(in crate::store) reject_note: Option<String>,
    pub(in crate::store) decided_by: Option<UserId>,
    pub(in crate::store) decided_at: Option<DateTime<Utc>>,
    pub(in crate::store) decided_how: Option<String>,
    pub(in crate::store) updated_at: DateTime<Utc>,
}

/// A status as it stands on record, with its reason.
pub(super) fn on_record(status: &str, reason: Option<&str>) -> String {
    match reason.and_then(|reason| reason.parse::<RejectReason>().ok()) {
        Some(reason) if status == PairStatus::Rejected.as_str() => AuditChange::RejectedAs(reason).to_string(),
        _ => status.to_owned(),
    }
}

/// Begins a step of a person, and forgets the one before the last twenty. Gives its id; its pairs are for the caller to add. For use inside a
/// transaction.
macro_rules! begin_step {
    ($tx:expr, $user:expr, $at:expr, $group:expr, $edit:expr) => {{
        let step = $crate::types::ReviewStepId::new();
        sqlx::query("INSERT INTO review_steps (id, user_id, at, group_id, edit_id) VALUES ($1, $2, $3, $4, $5)")
            .bind(step)
            .bind($user)
            .bind($at)
            .bind($group)
            .bind($edit)
            .execute(&mut *$tx)
            .await?;
        // Never this one, whatever the clock says.
        sqlx::query(
            "DELETE FROM review_steps WHERE id IN (SELECT id FROM review_steps WHERE user_id = $1 AND id <> $2
               ORDER BY at DESC, id DESC LIMIT 20 OFFSET 19)",
        )
        .bind($user)
        .bind(step)
        .execute(&mut *$tx)
        .await?;
        step
    }};
}
pub(in crate::store) use begin_step;

/// Adds a pair to a step: what it was [`Before`], and what the step makes of it. For use inside a transaction.
macro_rules! add_to_step {
    ($tx:expr, $step:expr, $pair:expr, $before:expr, $status:expr) => {
        sqlx::query(
            "INSERT INTO review_step_pairs (step_id, pair_id, was_status, was_reason, was_note, was_by, was_at, status, was_how)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind($step)
        .bind($pair)
        .bind(&$before.status)
        .bind(&$before.reject_reason)
        .bind(&$before.reject_note)
        .bind($before.decided_by)
        .bind($before.decided_at)
        .bind($status.as_str())
        .bind(&$before.decided_how)
        .execute(&mut *$tx)
        .await?
    };
}
pub(in crate::store) use add_to_step;

/// What taking back a step did.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoneStep {
    /// How many pairs are what they were before it.
    pub undone: i64,
    /// How many somebody changed since.
    pub stayed: i64,
    /// It was an edit: texts are what they were.
    pub edited: bool,
    /// It was about a tag: tags are what they were.
    pub tagged: bool,
    /// It gave pairs to somebody: whose they are is what it was.
    pub assigned: bool,
    /// The pair as it is now, where the step was about one.
    pub pair: Option<Box<TrainingPair>>,
}

/// What came of taking back a step. It is no step to take back any more, whatever came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum UndoOutcome {
    Undone(UndoneStep),
    /// Somebody changed its only pair since: the pair as it is, unchanged.
    Overtaken(Box<TrainingPair>),
    /// Somebody wrote into the pair since.
    Rewritten,
    /// Somebody changed all its pairs since.
    AllChanged,
    /// It was a decision about all pairs that a search finds, which is taken back in the background.
    Bulk(BulkDecisionId),
    /// It put messages into other pairs, and one of those is this: their thread is to be paired anew. Nothing was changed.
    Turns(TurnChangeId, PairId),
    /// This person took no such step, or took it back.
    Nothing,
}

#[derive(FromRow)]
struct Step {
    id: ReviewStepId,
    at: DateTime<Utc>,
    group_id: Option<String>,
    edit_id: Option<PairEditId>,
    bulk_id: Option<BulkDecisionId>,
    tag_id: Option<ReviewTagId>,
    tag_set: Option<bool>,
    assigned: bool,
    assigned_to: Option<UserId>,
    turns_id: Option<TurnChangeId>,
}

impl Step {
    /// How it marked pairs, where it did.
    fn mark(&self) -> Option<BulkAct> {
        match self.tag_id {
            Some(tag_id) if self.tag_set == Some(true) => Some(BulkAct::Tag { tag_id }),
            Some(tag_id) => Some(BulkAct::Untag { tag_id }),
            None => self.assigned.then_some(BulkAct::Assign { assign_to_id: self.assigned_to }),
        }
    }
}

#[derive(FromRow)]
struct Edit {
    was_client_text: String,
    was_reply_text: String,
    was_labels: Json<Value>,
    was_edited: bool,
    was_kept_against: Option<String>,
    client_text: String,
    reply_text: String,
}

/// What a step was about, where that is one pair: what it was, and what the step made of it.
#[derive(FromRow)]
struct StepPair {
    pair_id: PairId,
    was_status: String,
    was_reason: Option<String>,
    status: String,
}

impl Store {
    /// The last steps of a person, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_steps(&self, of: UserId) -> Result<Vec<ReviewStep>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            at: DateTime<Utc>,
            edited: bool,
            regrouped: bool,
            tag: Option<String>,
            assigned: bool,
            pairs: i64,
            status: String,
            one: Option<PairId>,
            bulk_id: Option<BulkDecisionId>,
        }
        // Of a group that kept one, most pairs were rejected: that word comes last.
        let rows: Vec<Row> = reading!(self, db => {
            sqlx::query_as(
                "SELECT s.at, s.edit_id IS NOT NULL AS edited, s.turns_id IS NOT NULL AS regrouped, s.bulk_id,
                        (SELECT t.name FROM review_tags t WHERE t.id = COALESCE(s.tag_id, b.tag_id)) AS tag,
                        (s.assigned OR COALESCE(b.decision, '') = 'assign') AS assigned,
                        COALESCE(b.decided, (SELECT COUNT(*) FROM review_step_pairs p WHERE p.step_id = s.id)) AS pairs,
                        COALESCE(b.decision,
                          (SELECT p.status FROM review_step_pairs p WHERE p.step_id = s.id ORDER BY p.status DESC LIMIT 1)) AS status,
                        (SELECT p.pair_id FROM review_step_pairs p WHERE p.step_id = s.id ORDER BY p.status DESC LIMIT 1) AS one
                 FROM review_steps s LEFT JOIN bulk_decisions b ON b.id = s.bulk_id WHERE s.user_id = $1
                   AND (s.bulk_id IS NOT NULL OR EXISTS (SELECT 1 FROM review_step_pairs p WHERE p.step_id = s.id))
                 ORDER BY s.at DESC, s.id DESC LIMIT 20",
            )
            .bind(of).fetch_all(db).await?
        });
        let step = |row: Row| {
            // Those of a bulk act have the word for it.
            let is_mark = row.tag.is_some() || row.assigned;
            let is_of_several = row.bulk_id.is_some() || row.pairs != 1;
            let status = match row.status.parse::<PairStatus>() {
                _ if is_mark && is_of_several => None,
                Ok(status) => Some(status),
                // Its tag was deleted.
                Err(_) if row.bulk_id.is_some() => None,
                Err(error) => return Err(StoreError::Corrupt(error.to_string())),
            };
            let pair_id = row.one.filter(|_| row.pairs == 1);
            let Row { at, edited, regrouped, tag, assigned, pairs, bulk_id: bulk_decision_id, .. } = row;
            Ok(ReviewStep { at, status, edited, tag, assigned, regrouped, pairs, pair_id, bulk_decision_id })
        };
        rows.into_iter().map(step).collect()
    }

    /// Takes back the last step of a person, or their last one about one pair alone. What somebody changed since stays as it is.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn undo_step(
        &self,
        by: UserId,
        about: Option<PairId>,
        act: impl Into<Act>,
    ) -> Result<UndoOutcome, StoreError> {
        let act = act.into();
        let (undone, all, one, edited, tagged, assigned) = writing!(self, tx => {
            // Two that take back at once take back one step each: the second waits here.
            let lock = format!("SELECT id FROM users WHERE id = $1 {}", tx.for_update());
            sqlx::query(sqlx::AssertSqlSafe(lock)).bind(by).fetch_optional(&mut *tx).await?;
            let mut query = QueryBuilder::new("SELECT s.id, s.at, s.group_id, s.edit_id, s.bulk_id, s.tag_id, s.tag_set, s.assigned, s.assigned_to, s.turns_id FROM review_steps s WHERE s.user_id = ");
            query.push_bind(by);
            if let Some(pair) = about {
                query.push(" AND EXISTS (SELECT 1 FROM review_step_pairs p WHERE p.step_id = s.id AND p.pair_id = ");
                query.push_bind(pair);
                query.push(") AND NOT EXISTS (SELECT 1 FROM review_step_pairs o WHERE o.step_id = s.id AND o.pair_id <> ");
                query.push_bind(pair).push(")");
            } else {
                // Pairs that are gone take their part of a step with them.
                query.push(
                    " AND (s.bulk_id IS NOT NULL OR EXISTS (SELECT 1 FROM review_step_pairs p WHERE p.step_id = s.id))",
                );
            }
            query.push(" ORDER BY s.at DESC, s.id DESC LIMIT 1");
            let step: Option<Step> = query.build_query_as().fetch_optional(&mut *tx).await?;
            let Some(step) = step else { return Ok(UndoOutcome::Nothing) };
            if let Some(bulk) = step.bulk_id {
                return Ok(UndoOutcome::Bulk(bulk));
            }
            let first: Vec<StepPair> = sqlx::query_as(
                "SELECT pair_id, was_status, was_reason, status FROM review_step_pairs WHERE step_id = $1 LIMIT 2",
            )
            .bind(step.id).fetch_all(&mut *tx).await?;
            let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM review_step_pairs WHERE step_id = $1")
                .bind(step.id).fetch_one(&mut *tx).await?;
            let one = first.into_iter().next().filter(|_| all == 1);
            if let (Some(turns), Some(one)) = (step.turns_id, &one) {
                return Ok(UndoOutcome::Turns(turns, one.pair_id));
            }
            let edit: Option<Edit> = match step.edit_id {
                Some(edit) => sqlx::query_as(
                    "SELECT was_client_text, was_reply_text, was_labels, was_edited, was_kept_against, client_text, reply_text
                     FROM pair_edits WHERE id = $1",
                )
                .bind(edit).fetch_optional(&mut *tx).await?,
                None => None,
            };
            let of_step: Vec<PairId> = sqlx::query_scalar("SELECT pair_id FROM review_step_pairs WHERE step_id = $1")
                .bind(step.id).fetch_all(&mut *tx).await?;
            let mark = step.mark();
            let mut about: Option<String> = None;
            if let Some(mark) = &mark {
                // Held before the pairs are, whatever became of it.
                let known: Result<Option<String>, BulkFault> = hold_what_it_is_about!(tx, mark);
                about = known.ok().flatten();
            }
            hold_pairs!(tx, of_step.clone());
            let undone = match (&mark, &edit, &one) {
                (Some(mark), ..) => put_back!(tx, mark, OF_STEP, step.id, &of_step, by, act.at),
                (None, Some(edit), Some(one)) => sqlx::query(
                    "UPDATE ai_training_pairs SET client_text = $2, our_reply_text = $3, labels = $4, edited = $5,
                       kept_against = $6, grouped = FALSE, updated_at = $7
                     WHERE id = $1 AND client_text = $8 AND our_reply_text = $9",
                )
                .bind(one.pair_id).bind(&edit.was_client_text).bind(&edit.was_reply_text).bind(&edit.was_labels)
                .bind(edit.was_edited).bind(&edit.was_kept_against).bind(act.at).bind(&edit.client_text)
                .bind(&edit.reply_text).execute(&mut *tx).await?.rows_affected(),
                _ => sqlx::query(
                    "UPDATE ai_training_pairs SET status = p.was_status, reject_reason = p.was_reason,
                       reject_note = p.was_note, decided_by = p.was_by, decided_at = p.was_at, decided_how = p.was_how, updated_at = $2
                     FROM review_step_pairs p
                     WHERE p.step_id = $1 AND ai_training_pairs.id = p.pair_id AND ai_training_pairs.status = p.status
                       AND ((p.status = 'new' AND ai_training_pairs.decided_at IS NULL)
                         OR (ai_training_pairs.decided_at = $3 AND ai_training_pairs.decided_by = $4))",
                )
                .bind(step.id).bind(act.at).bind(step.at).bind(by).execute(&mut *tx).await?.rows_affected(),
            };
            let undone = i64::try_from(undone).unwrap_or(i64::MAX);
            if undone > 0 && edit.is_none() && mark.is_none() {
                // What the step settled is open again.
                sqlx::query(
                    "UPDATE second_opinions SET settled_at = NULL WHERE settled_at = $2
                       AND pair_id IN (SELECT p.pair_id FROM review_step_pairs p JOIN ai_training_pairs t ON t.id = p.pair_id
                         WHERE p.step_id = $1 AND t.updated_at = $3)",
                )
                .bind(step.id).bind(step.at).bind(act.at).execute(&mut *tx).await?;
            }
            if undone > 0 {
                match (&edit, &one) {
                    (_, Some(one)) if step.tag_id.is_some() => {
                        let (from, to) = if step.tag_set == Some(true) { (about, None) } else { (None, about) };
                        let target = Some(one.pair_id.to_string());
                        record!(tx, act, AuditAction::PairTagged, Record { target, from, to, ..Record::default() });
                    }
                    _ if mark.is_some() => {
                        let is_tag = step.tag_id.is_some();
                        let action = if is_tag { AuditAction::PairsTagged } else { AuditAction::PairsAssigned };
                        let change = AuditChange::BulkUndone { undone, stayed: all - undone };
                        record!(tx, act, action, Record {
                            target: one.as_ref().filter(|_| !is_tag).map(|one| one.pair_id.to_string()),
                            to: Some(change.to_string()),
                            ..Record::default()
                        });
                    }
                    (Some(edit), Some(one)) => {
                        let change = AuditChange::TextsEdited {
                            client: edit.was_client_text != edit.client_text,
                            reply: edit.was_reply_text != edit.reply_text,
                            undone: true,
                        };
                        record!(tx, act, AuditAction::PairEdited, Record {
                            target: Some(one.pair_id.to_string()),
                            to: Some(change.to_string()),
                            ..Record::default()
                        });
                        // What was taken back was never written: the edit goes, and its step with it.
                        sqlx::query("DELETE FROM pair_edits WHERE id = $1").bind(step.edit_id).execute(&mut *tx).await?;
                        enqueue!(tx, &NewJob::group_replies(), act.at);
                    }
                    (_, Some(one)) => {
                        record!(tx, act, AuditAction::PairDecided, Record {
                            target: Some(one.pair_id.to_string()),
                            from: Some(one.status.clone()),
                            to: Some(on_record(&one.was_status, one.was_reason.as_deref())),
                            ..Record::default()
                        });
                    }
                    (_, None) => {
                        // Of pairs that were picked one by one, not all were undecided.
                        let (action, change) = match &step.group_id {
                            Some(_) => (AuditAction::PairGroupDecided, AuditChange::GroupDecided {
                                status: PairStatus::New, count: undone, kept_one: false, reason: None,
                            }),
                            None => (AuditAction::PairsDecided, AuditChange::BulkUndone { undone, stayed: all - undone }),
                        };
                        record!(tx, act, action, Record {
                            target: step.group_id.clone(),
                            to: Some(change.to_string()),
                            ..Record::default()
                        });
                    }
                }
            }
            sqlx::query("DELETE FROM review_steps WHERE id = $1").bind(step.id).execute(&mut *tx).await?;
            (undone, all, one.map(|one| one.pair_id), edit.is_some(), step.tag_id.is_some(), step.assigned)
        });
        let pair = match one {
            Some(id) => self.pair(id).await?.map(Box::new),
            None => None,
        };
        Ok(match (undone, pair) {
            (0, Some(_)) if edited || tagged || assigned => UndoOutcome::Rewritten,
            (0, Some(pair)) => UndoOutcome::Overtaken(pair),
            (0, None) => UndoOutcome::AllChanged,
            (undone, pair) => {
                UndoOutcome::Undone(UndoneStep { undone, stayed: all - undone, edited, tagged, assigned, pair })
            }
        })
    }
}
