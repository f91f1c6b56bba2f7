//! Decisions about many pairs: all that a search finds, slice by slice and with what the pairs were before it; and those that somebody
//! picked, at once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::steps::{BEFORE, Before, begin_step};
use crate::{
    store::{
        Act, Decision, NewJob, Record, Store, StoreError,
        actors::{Need, check_actor},
        audit::record,
        bulk::{push_list, slices},
        jobs::enqueue,
        reading, writing,
    },
    types::{
        AccountId, Actor, AuditAction, AuditChange, BulkDecision, BulkDecisionId, BulkState, Counted, PairEditId,
        PairId, PairQuery, PairStatus, PickedDecided, RejectReason, Rejection, Through, TrustRuleId, UserId,
    },
};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewBulk<'a> {
    pub query: &'a PairQuery,
    pub decision: PairStatus,
    pub because: Option<&'a Rejection>,
    /// What came or was changed after it is left.
    pub as_of: DateTime<Utc>,
    pub matched: Counted,
    /// In whose name pairs are decided.
    pub by: UserId,
    pub rule: Option<OfRule>,
}

/// What a rule asks for besides its search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfRule {
    pub id: TrustRuleId,
    pub name: String,
    pub least_said: i64,
    /// It runs by itself, over what has come after this.
    pub came_after: Option<DateTime<Utc>>,
}

/// A decision about many pairs, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBulk {
    pub told: BulkDecision,
    pub rule: Option<OfRule>,
    /// Where it goes on.
    pub place: Option<String>,
}

/// What came of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slice {
    Written,
    /// It was the last one.
    Last,
    /// Somebody stopped it, or another process goes on with it.
    Stopped,
}

/// What came of stopping it, or of taking it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkChange {
    Changed,
    /// It has come to its end, or nothing is left of it.
    Over,
    Unknown,
}

#[derive(FromRow)]
struct Row {
    id: BulkDecisionId,
    asked_by: Option<UserId>,
    asked_by_name: Option<String>,
    asked_at: DateTime<Utc>,
    as_of: DateTime<Utc>,
    status: String,
    provider: Option<String>,
    integration_account_id: Option<AccountId>,
    search: Option<String>,
    rule_id: Option<TrustRuleId>,
    rule_name: Option<String>,
    least_said: Option<i64>,
    came_after: Option<DateTime<Utc>>,
    #[sqlx(try_from = "String")]
    decision: PairStatus,
    reject_reason: Option<String>,
    reject_note: Option<String>,
    #[sqlx(try_from = "String")]
    state: BulkState,
    matched: i64,
    matched_exact: bool,
    decided: i64,
    skipped: i64,
    unchanged: i64,
    undone: i64,
    stayed: i64,
    place: Option<String>,
    error: Option<String>,
    updated_at: DateTime<Utc>,
}

const SELECT: &str =
    "SELECT b.id, b.asked_by, u.display_name AS asked_by_name, b.asked_at, b.as_of, b.status, b.provider,
    b.integration_account_id, b.search, b.rule_id, b.rule_name, b.least_said, b.came_after, b.decision, b.reject_reason,
    b.reject_note, b.state, b.matched, b.matched_exact, b.decided, b.skipped, b.unchanged, b.undone, b.stayed, b.place,
    b.error, b.updated_at FROM bulk_decisions b LEFT JOIN users u ON u.id = b.asked_by";

impl From<Row> for StoredBulk {
    fn from(row: Row) -> Self {
        let rule = row.rule_id.zip(row.rule_name.clone()).map(|(id, name)| OfRule {
            id,
            name,
            least_said: row.least_said.unwrap_or(1),
            came_after: row.came_after,
        });
        let told = BulkDecision {
            id: row.id,
            asked_by: row.asked_by_name,
            asked_by_id: row.asked_by,
            asked_at: row.asked_at,
            as_of: row.as_of,
            rule: row.rule_name,
            status: row.status,
            provider: row.provider,
            integration_account_id: row.integration_account_id,
            q: row.search,
            decision: row.decision,
            reason: row.reject_reason.and_then(|reason| reason.parse().ok()),
            note: row.reject_note,
            state: row.state,
            matched: row.matched,
            matched_exact: row.matched_exact,
            decided: row.decided,
            skipped: row.skipped,
            unchanged: row.unchanged,
            undone: row.undone,
            stayed: row.stayed,
            error: row.error,
            updated_at: row.updated_at,
        };
        Self { told, rule, place: row.place }
    }
}

/// A decision about many pairs, held by the transaction that changes it.
#[derive(FromRow)]
pub(in crate::store) struct Held {
    #[sqlx(try_from = "String")]
    state: BulkState,
    place: Option<String>,
    as_of: DateTime<Utc>,
    asked_by: Option<UserId>,
    ended_by: Option<UserId>,
    search: Option<String>,
    rule_name: Option<String>,
    #[sqlx(try_from = "String")]
    decision: PairStatus,
    reject_reason: Option<String>,
    reject_note: Option<String>,
    decided: i64,
    skipped: i64,
    unchanged: i64,
    undone: i64,
    stayed: i64,
}

impl Held {
    /// What it is called on record.
    pub(in crate::store) fn name(&self) -> Option<&str> {
        self.rule_name.as_deref().or(self.search.as_deref())
    }

    pub(in crate::store) fn so_far(&self) -> AuditChange {
        let Self { decision, decided, skipped, unchanged, .. } = *self;
        AuditChange::BulkEnded { status: decision, decided, skipped, unchanged }
    }
}

macro_rules! held {
    ($tx:expr, $id:expr) => {{
        use $crate::store::pairs::bulk::Held;
        let sql = format!(
            "SELECT state, place, as_of, asked_by, ended_by, search, rule_name, decision, reject_reason, reject_note,
               decided, skipped, unchanged, undone, stayed FROM bulk_decisions WHERE id = $1 {}",
            $tx.for_update()
        );
        sqlx::query_as::<_, Held>(sqlx::AssertSqlSafe(sql)).bind($id).fetch_optional(&mut *$tx).await?
    }};
}
pub(in crate::store) use held;

/// Stops what is still being decided and is `$of`, a condition on `bulk_decisions` about `$1`: what was decided until now stays.
macro_rules! stop_bulks {
    ($tx:expr, $act:expr, $of:literal, $value:expr) => {{
        let sql = format!(
            "SELECT id FROM bulk_decisions WHERE {} AND state IN ('waiting', 'running') ORDER BY id {}",
            $of,
            $tx.for_update()
        );
        let ids: Vec<$crate::types::BulkDecisionId> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind($value).fetch_all(&mut *$tx).await?;
        for id in ids {
            let held = $crate::store::pairs::bulk::held!($tx, id);
            if let Some(held) = held {
                $crate::store::pairs::bulk::stop_bulk!($tx, $act, id, held);
            }
        }
    }};
}
pub(in crate::store) use stop_bulks;

/// Stops one that is held.
macro_rules! stop_bulk {
    ($tx:expr, $act:expr, $id:expr, $held:expr) => {{
        sqlx::query("UPDATE bulk_decisions SET state = 'cancelled', ended_by = $2, updated_at = $3 WHERE id = $1")
            .bind($id)
            .bind($act.by.user)
            .bind($act.at)
            .execute(&mut *$tx)
            .await?;
        $crate::store::audit::record!(
            $tx,
            $act,
            $crate::types::AuditAction::BulkCancelled,
            $crate::store::Record {
                target: Some($id.to_string()),
                name: $held.name(),
                to: Some($held.so_far().to_string()),
                ..$crate::store::Record::default()
            }
        );
    }};
}
pub(in crate::store) use stop_bulk;

/// A pair before it is decided with others.
#[derive(FromRow)]
struct Candidate {
    id: PairId,
    created_at: DateTime<Utc>,
    #[sqlx(flatten)]
    before: Before,
}

/// These pairs, held in the order of their ids: of two who hold some of the same, none waits for the other.
macro_rules! candidates {
    ($tx:expr, $ids:expr) => {{
        let mut query =
            QueryBuilder::new(format!("SELECT id, created_at, {BEFORE} FROM ai_training_pairs WHERE id IN "));
        push_list(&mut query, $ids);
        query.push(" ORDER BY id ").push($tx.for_update());
        query.build_query_as::<Candidate>().fetch_all(&mut *$tx).await?
    }};
}

/// Decides these pairs.
macro_rules! write_decision {
    ($tx:expr, $ids:expr, $to:expr, $reason:expr, $note:expr, $by:expr, $at:expr) => {{
        let is_decided = $to != PairStatus::New;
        let mut query = QueryBuilder::new("UPDATE ai_training_pairs SET status = ");
        query.push_bind($to.as_str());
        query.push(", reject_reason = ").push_bind($reason);
        query.push(", reject_note = ").push_bind($note);
        query.push(", decided_by = ").push_bind($by.filter(|_| is_decided));
        query.push(", decided_at = ").push_bind(Some($at).filter(|_| is_decided));
        query.push(", updated_at = ").push_bind($at).push(" WHERE id IN ");
        push_list(&mut query, $ids);
        query.build().execute(&mut *$tx).await?;
    }};
}

/// Whether a pair is already what it is to become. Without a reason one that is rejected stays as it is.
fn is_so(before: &Before, to: PairStatus, reason: Option<&str>, note: Option<&str>) -> bool {
    let says_so =
        reason.is_none() || (reason, note) == (before.reject_reason.as_deref(), before.reject_note.as_deref());
    before.status == to.as_str() && says_so
}

fn number(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

impl Store {
    /// Notes what is asked for, and has a worker do it. It is one of the last steps of a person who asks in person.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`] for a rule. When the database cannot be written.
    pub async fn ask_bulk(&self, new: &NewBulk<'_>, act: Act) -> Result<BulkDecisionId, StoreError> {
        let id = BulkDecisionId::new();
        let because = new.because.filter(|_| new.decision == PairStatus::Rejected);
        let need = if new.rule.is_some() { Need::Admin } else { Need::Reviewer };
        let rule = new.rule.as_ref();
        let filter = &new.query.filter;
        writing!(self, tx => {
            check_actor!(tx, act, need);
            sqlx::query(
                "INSERT INTO bulk_decisions (id, asked_by, asked_at, as_of, status, provider, integration_account_id, search,
                   rule_id, rule_name, least_said, came_after, decision, reject_reason, reject_note, state, matched,
                   matched_exact, decided, skipped, unchanged, undone, stayed, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'waiting', $16, $17,
                   0, 0, 0, 0, 0, $3)",
            )
            .bind(id).bind(new.by).bind(act.at).bind(new.as_of).bind(filter.status.as_str())
            .bind(filter.provider.as_deref()).bind(filter.account_id).bind(new.query.text.as_deref())
            .bind(rule.map(|rule| rule.id)).bind(rule.map(|rule| rule.name.as_str()))
            .bind(rule.map(|rule| rule.least_said)).bind(rule.and_then(|rule| rule.came_after))
            .bind(new.decision.as_str()).bind(because.map(|because| because.reason.as_str()))
            .bind(because.and_then(|because| because.note.as_deref())).bind(new.matched.count).bind(new.matched.exact)
            .execute(&mut *tx).await?;
            if act.by.in_person().is_some() {
                let step = begin_step!(tx, new.by, act.at, None::<&str>, None::<PairEditId>);
                sqlx::query("UPDATE review_steps SET bulk_id = $2 WHERE id = $1")
                    .bind(step).bind(id).execute(&mut *tx).await?;
            }
            let change = AuditChange::GroupDecided {
                status: new.decision,
                count: new.matched.count,
                kept_one: false,
                reason: because.map(|because| because.reason),
            };
            record!(tx, act, AuditAction::BulkAsked, Record {
                target: Some(id.to_string()),
                name: rule.map(|rule| rule.name.as_str()).or(new.query.text.as_deref()),
                to: Some(change.to_string()),
                ..Record::default()
            });
            enqueue!(tx, &NewJob::bulk_decide(id), act.at);
        });
        Ok(id)
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn bulk_decision(&self, id: BulkDecisionId) -> Result<Option<StoredBulk>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE b.id = $1"));
        let row: Option<Row> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        Ok(row.map(Into::into))
    }

    /// The latest of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn bulk_decisions(&self, limit: i64) -> Result<Vec<BulkDecision>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY b.asked_at DESC, b.id DESC LIMIT $1"));
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sql).bind(limit).fetch_all(db).await?);
        Ok(rows.into_iter().map(|row| StoredBulk::from(row).told).collect())
    }

    /// Those that have not come to their end.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_bulk_decisions(&self) -> Result<Vec<BulkDecisionId>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT id FROM bulk_decisions WHERE state IN ('waiting', 'running', 'undoing')")
                .fetch_all(db).await?
        }))
    }

    /// Whether a rule is at work.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn rule_is_at_work(&self, rule: TrustRuleId) -> Result<bool, StoreError> {
        let open: Option<i32> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT 1 FROM bulk_decisions WHERE rule_id = $1 AND state IN ('waiting', 'running', 'undoing') LIMIT 1",
            )
            .bind(rule).fetch_optional(db).await?
        });
        Ok(open.is_some())
    }

    /// Decides a slice of the pairs that were found from the place `from` on; `next` is where the slice after it begins. What came or was
    /// changed after it was asked for is left, and counted.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn decide_slice(
        &self,
        id: BulkDecisionId,
        from: Option<&str>,
        slice: &[PairId],
        next: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Slice, StoreError> {
        Ok(writing!(self, tx => {
            let Some(mut held) = held!(tx, id) else { return Ok(Slice::Stopped) };
            if !held.state.is_deciding() || held.place.as_deref() != from {
                return Ok(Slice::Stopped);
            }
            let to = held.decision;
            let (reason, note) = (held.reject_reason.as_deref(), held.reject_note.as_deref());
            let found = candidates!(tx, slice);
            let (mut skipped, mut unchanged) = (0, 0);
            let mut meant: Vec<Candidate> = Vec::with_capacity(found.len());
            for pair in found {
                if pair.created_at > held.as_of || pair.before.updated_at > held.as_of {
                    skipped += 1;
                } else if is_so(&pair.before, to, reason, note) {
                    unchanged += 1;
                } else {
                    meant.push(pair);
                }
            }
            if !meant.is_empty() {
                for some in slices(&meant) {
                    let mut query = QueryBuilder::new(
                        "INSERT INTO bulk_decision_pairs (bulk_id, pair_id, was_status, was_reason, was_note, was_by, was_at, at) ",
                    );
                    query.push_values(some, |mut row, Candidate { id: pair, before, .. }| {
                        row.push_bind(id).push_bind(*pair).push_bind(&before.status).push_bind(&before.reject_reason);
                        row.push_bind(&before.reject_note).push_bind(before.decided_by).push_bind(before.decided_at);
                        row.push_bind(now);
                    });
                    query.push(
                        " ON CONFLICT (bulk_id, pair_id) DO UPDATE SET was_status = excluded.was_status,
                           was_reason = excluded.was_reason, was_note = excluded.was_note, was_by = excluded.was_by,
                           was_at = excluded.was_at, at = excluded.at",
                    );
                    query.build().execute(&mut *tx).await?;
                }
                let ids: Vec<PairId> = meant.iter().map(|pair| pair.id).collect();
                write_decision!(tx, &ids, to, reason, note, held.asked_by, now);
            }
            let decided = number(meant.len());
            let state = if next.is_some() { BulkState::Running } else { BulkState::Done };
            sqlx::query(
                "UPDATE bulk_decisions SET state = $2, place = $3, decided = decided + $4, skipped = skipped + $5,
                   unchanged = unchanged + $6, error = NULL, updated_at = $7 WHERE id = $1",
            )
            .bind(id).bind(state.as_str()).bind(next).bind(decided).bind(skipped).bind(unchanged).bind(now)
            .execute(&mut *tx).await?;
            if next.is_some() {
                Slice::Written
            } else {
                held.decided += decided;
                held.skipped += skipped;
                held.unchanged += unchanged;
                let act = Act { by: Actor { user: held.asked_by, ..Actor::worker() }, at: now };
                record!(tx, act, AuditAction::BulkEnded, Record {
                    target: Some(id.to_string()),
                    name: held.name(),
                    to: Some(held.so_far().to_string()),
                    ..Record::default()
                });
                Slice::Last
            }
        }))
    }

    /// Stops it: what was decided until now stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn cancel_bulk(&self, id: BulkDecisionId, act: Act) -> Result<BulkChange, StoreError> {
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let Some(held) = held!(tx, id) else { return Ok(BulkChange::Unknown) };
            if !held.state.is_deciding() {
                return Ok(BulkChange::Over);
            }
            stop_bulk!(tx, act, id, held);
            BulkChange::Changed
        }))
    }

    /// It cannot go on: what was decided until now stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn fail_bulk(&self, id: BulkDecisionId, error: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            let Some(held) = held!(tx, id) else { return Ok(()) };
            if held.state.is_deciding() {
                sqlx::query("UPDATE bulk_decisions SET state = 'failed', error = $2, updated_at = $3 WHERE id = $1")
                    .bind(id).bind(error).bind(now).execute(&mut *tx).await?;
                let act = Act { by: Actor { user: held.asked_by, ..Actor::worker() }, at: now };
                record!(tx, act, AuditAction::BulkFailed, Record {
                    target: Some(id.to_string()),
                    name: held.name(),
                    to: Some(held.so_far().to_string()),
                    ..Record::default()
                });
            }
        });
        Ok(())
    }

    /// Notes why an attempt broke off that is made again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_bulk_error(&self, id: BulkDecisionId, error: &str) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("UPDATE bulk_decisions SET error = $2 WHERE id = $1").bind(id).bind(error).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Has a worker take it back; what it still decides is stopped first. It is no step to take back any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn undo_bulk(&self, id: BulkDecisionId, act: Act) -> Result<BulkChange, StoreError> {
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let Some(held) = held!(tx, id) else { return Ok(BulkChange::Unknown) };
            let is_over = match held.state {
                BulkState::Undoing | BulkState::Undone => true,
                BulkState::Done | BulkState::Cancelled | BulkState::Failed => held.decided == 0,
                BulkState::Waiting | BulkState::Running => false,
            };
            sqlx::query("DELETE FROM review_steps WHERE bulk_id = $1").bind(id).execute(&mut *tx).await?;
            if is_over {
                BulkChange::Over
            } else {
                sqlx::query(
                    "UPDATE bulk_decisions SET state = 'undoing', place = NULL, error = NULL, ended_by = $2, updated_at = $3
                     WHERE id = $1",
                )
                .bind(id).bind(act.by.user).bind(act.at).execute(&mut *tx).await?;
                enqueue!(tx, &NewJob::bulk_decide(id), act.at);
                BulkChange::Changed
            }
        }))
    }

    /// Takes back a slice of what it decided, from the place `from` on: at most `limit` pairs. What somebody decided otherwise since is
    /// left, and counted.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn undo_slice(
        &self,
        id: BulkDecisionId,
        from: Option<&str>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<(Slice, Option<String>), StoreError> {
        let after = match from {
            None => PairId(Uuid::nil()),
            Some(from) => from.parse().map_err(|_| StoreError::BadCursor)?,
        };
        Ok(writing!(self, tx => {
            let Some(mut held) = held!(tx, id) else { return Ok((Slice::Stopped, None)) };
            if held.state != BulkState::Undoing || held.place.as_deref() != from {
                return Ok((Slice::Stopped, None));
            }
            let ids: Vec<PairId> = sqlx::query_scalar(
                "SELECT pair_id FROM bulk_decision_pairs WHERE bulk_id = $1 AND pair_id > $2 ORDER BY pair_id LIMIT $3",
            )
            .bind(id).bind(after).bind(limit).fetch_all(&mut *tx).await?;
            let undone = if ids.is_empty() { 0 } else {
                candidates!(tx, &ids);
                let mut query = QueryBuilder::new(
                    "UPDATE ai_training_pairs SET status = p.was_status, reject_reason = p.was_reason,
                       reject_note = p.was_note, decided_by = p.was_by, decided_at = p.was_at, updated_at = ",
                );
                query.push_bind(now).push(" FROM bulk_decision_pairs p WHERE p.bulk_id = ").push_bind(id);
                query.push(" AND p.pair_id = ai_training_pairs.id AND ai_training_pairs.status = ");
                query.push_bind(held.decision.as_str());
                query.push(if held.decision == PairStatus::New {
                    " AND ai_training_pairs.decided_at IS NULL"
                } else {
                    " AND ai_training_pairs.decided_at = p.at"
                });
                query.push(" AND ai_training_pairs.id IN ");
                push_list(&mut query, &ids);
                i64::try_from(query.build().execute(&mut *tx).await?.rows_affected()).unwrap_or(i64::MAX)
            };
            let stayed = number(ids.len()) - undone;
            let next = ids.last().filter(|_| number(ids.len()) == limit).map(ToString::to_string);
            let state = if next.is_some() { BulkState::Undoing } else { BulkState::Undone };
            sqlx::query(
                "UPDATE bulk_decisions SET state = $2, place = $3, undone = undone + $4, stayed = stayed + $5, error = NULL,
                   updated_at = $6 WHERE id = $1",
            )
            .bind(id).bind(state.as_str()).bind(&next).bind(undone).bind(stayed).bind(now).execute(&mut *tx).await?;
            if next.is_none() {
                held.undone += undone;
                held.stayed += stayed;
                let act = Act { by: Actor { user: held.ended_by, through: Through::Worker, ..Actor::worker() }, at: now };
                let change = AuditChange::BulkUndone { undone: held.undone, stayed: held.stayed };
                record!(tx, act, AuditAction::BulkUndone, Record {
                    target: Some(id.to_string()),
                    name: held.name(),
                    to: Some(change.to_string()),
                    ..Record::default()
                });
            }
            (if next.is_some() { Slice::Written } else { Slice::Last }, next)
        }))
    }

    /// Decides pairs that somebody picked, all at once: one step of theirs. Those that somebody else changed after `decision.as_of` are
    /// left.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn decide_picked(
        &self,
        picked: &[PairId],
        decision: &Decision,
        by: UserId,
        act: Act,
    ) -> Result<PickedDecided, StoreError> {
        let picked: Vec<PairId> = picked.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let to = decision.to;
        let because = decision.because.as_ref().filter(|_| to == PairStatus::Rejected);
        let reason: Option<RejectReason> = because.map(|because| because.reason);
        let (word, note) = (reason.map(RejectReason::as_str), because.and_then(|because| because.note.as_deref()));
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let found = candidates!(tx, &picked);
            let mut unchanged = 0;
            let mut meant: Vec<Candidate> = Vec::with_capacity(found.len());
            for pair in found {
                let before = &pair.before;
                let is_own = before.decided_by == Some(by) && before.decided_at == Some(before.updated_at);
                if is_so(before, to, word, note) {
                    unchanged += 1;
                } else if is_own || decision.as_of.is_none_or(|as_of| before.updated_at <= as_of) {
                    meant.push(pair);
                }
            }
            let decided = number(meant.len());
            if !meant.is_empty() {
                let step = begin_step!(tx, by, act.at, None::<&str>, None::<PairEditId>);
                for some in slices(&meant) {
                    let mut query = QueryBuilder::new(
                        "INSERT INTO review_step_pairs (step_id, pair_id, was_status, was_reason, was_note, was_by, was_at, status) ",
                    );
                    query.push_values(some, |mut row, Candidate { id: pair, before, .. }| {
                        row.push_bind(step).push_bind(*pair).push_bind(&before.status).push_bind(&before.reject_reason);
                        row.push_bind(&before.reject_note).push_bind(before.decided_by).push_bind(before.decided_at);
                        row.push_bind(to.as_str());
                    });
                    query.build().execute(&mut *tx).await?;
                }
                let ids: Vec<PairId> = meant.iter().map(|pair| pair.id).collect();
                write_decision!(tx, &ids, to, word, note, Some(by), act.at);
                let change = AuditChange::GroupDecided { status: to, count: decided, kept_one: false, reason };
                record!(tx, act, AuditAction::PairsDecided, Record {
                    to: Some(change.to_string()),
                    ..Record::default()
                });
            }
            PickedDecided { decided, skipped: number(picked.len()) - decided - unchanged, unchanged }
        }))
    }
}
