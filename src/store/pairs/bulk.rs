//! What is done with many pairs: with all that a search finds, slice by slice; and with those that somebody picked, at once. What the pairs
//! were before is kept. See [`super::acts`] for what can be done.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{
    acts::{
        Meant, OF_BULK, candidates, do_with, hold_what_it_is_about, is_so, mark_on_record, marks_of, on_record,
        put_back,
    },
    steps::begin_step,
};
use crate::{
    store::{
        Act, NewJob, Record, Store, StoreError,
        actors::{Need, check_actor},
        audit::record,
        bulk::{push_list, slices},
        cursor,
        jobs::enqueue,
        reading, writing,
    },
    types::{
        AccountId, Actor, AuditAction, AuditChange, BulkAct, BulkDecision, BulkDecisionId, BulkDecisionList, BulkFault,
        BulkState, Counted, DecidedHow, PairEditId, PairId, PairQuery, PairStatus, PickedDecided, RejectReason,
        ReviewTagId, Through, TrustRuleId, UserId,
    },
};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewBulk<'a> {
    pub query: &'a PairQuery,
    pub act: &'a BulkAct,
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
    /// It cannot go on.
    Impossible(BulkFault),
}

/// What came of stopping it, or of taking it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkChange {
    Changed,
    /// It has come to its end, or nothing is left of it.
    Over,
    Unknown,
}

/// What is done, as it is stored. It never changes.
#[derive(FromRow)]
pub(in crate::store) struct ActRow {
    decision: String,
    reject_reason: Option<String>,
    reject_note: Option<String>,
    tag_id: Option<ReviewTagId>,
    assign_to: Option<UserId>,
}

impl From<ActRow> for BulkAct {
    fn from(row: ActRow) -> Self {
        match (row.decision.as_str(), row.tag_id) {
            ("tag", Some(tag_id)) => Self::Tag { tag_id },
            ("untag", Some(tag_id)) => Self::Untag { tag_id },
            ("assign", _) => Self::Assign { assign_to_id: row.assign_to },
            (decision, _) => Self::Decide {
                decision: decision.parse().unwrap_or(PairStatus::New),
                reason: row.reject_reason.and_then(|reason| reason.parse().ok()),
                note: row.reject_note,
            },
        }
    }
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
    #[sqlx(flatten)]
    act: ActRow,
    /// What the tag or the person is called, or was.
    called: Option<String>,
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
    b.reject_note, b.tag_id, b.assign_to, COALESCE(t.name, p.display_name, b.about) AS called, b.state, b.matched, b.matched_exact, b.decided, b.skipped, b.unchanged, b.undone, b.stayed, b.place,
    b.error, b.updated_at FROM bulk_decisions b LEFT JOIN users u ON u.id = b.asked_by
    LEFT JOIN review_tags t ON t.id = b.tag_id LEFT JOIN users p ON p.id = b.assign_to";

impl From<Row> for StoredBulk {
    fn from(row: Row) -> Self {
        let rule = row.rule_id.zip(row.rule_name.clone()).map(|(id, name)| OfRule {
            id,
            name,
            least_said: row.least_said.unwrap_or(1),
            came_after: row.came_after,
        });
        let fault: Option<BulkFault> = row.error.as_deref().and_then(|error| error.parse().ok());
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
            act: row.act.into(),
            about: row.called,
            state: row.state,
            matched: row.matched,
            matched_exact: row.matched_exact,
            decided: row.decided,
            skipped: row.skipped,
            unchanged: row.unchanged,
            undone: row.undone,
            stayed: row.stayed,
            error: fault.map(|fault| fault.about().to_owned()).or(row.error),
            fault,
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
    about: Option<String>,
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

    /// How pairs are decided by it.
    fn how(&self) -> DecidedHow {
        if self.rule_name.is_some() { DecidedHow::Rule } else { DecidedHow::Bulk }
    }

    pub(in crate::store) fn so_far(&self, act: &BulkAct) -> AuditChange {
        let Self { decided, skipped, unchanged, .. } = *self;
        match mark_on_record(act, self.about.as_deref()) {
            Ok(mark) => AuditChange::BulkMarked { mark, done: decided, skipped, unchanged },
            Err((status, _)) => AuditChange::BulkEnded { status, decided, skipped, unchanged },
        }
    }
}

/// What is done by it. Where that is about somebody, they are held before it is: whoever stops it is held first as well.
macro_rules! act_of {
    ($tx:expr, $id:expr) => {{
        let row: Option<$crate::store::pairs::bulk::ActRow> = sqlx::query_as(
            "SELECT decision, reject_reason, reject_note, tag_id, assign_to FROM bulk_decisions WHERE id = $1",
        )
        .bind($id)
        .fetch_optional(&mut *$tx)
        .await?;
        row.map($crate::types::BulkAct::from)
    }};
}
pub(in crate::store) use act_of;

macro_rules! held {
    ($tx:expr, $id:expr) => {{
        use $crate::store::pairs::bulk::Held;
        let sql = format!(
            "SELECT state, place, as_of, asked_by, ended_by, search, rule_name, about, decided, skipped, unchanged, undone, stayed FROM bulk_decisions WHERE id = $1 {}",
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
            let what = $crate::store::pairs::bulk::act_of!($tx, id);
            if let (Some(held), Some(what)) = (held, what) {
                $crate::store::pairs::bulk::stop_bulk!($tx, $act, id, held, what);
            }
        }
    }};
}
pub(in crate::store) use stop_bulks;

/// Stops one that is held.
macro_rules! stop_bulk {
    ($tx:expr, $act:expr, $id:expr, $held:expr, $what:expr) => {{
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
                to: Some($held.so_far(&$what).to_string()),
                ..$crate::store::Record::default()
            }
        );
    }};
}
pub(in crate::store) use stop_bulk;

fn number(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

impl Store {
    /// Notes what is asked for, and has a worker do it. It is one of the last steps of a person who asks in person. What cannot be done is
    /// not noted.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`] for a rule. When the database cannot be written.
    pub async fn ask_bulk(&self, new: &NewBulk<'_>, act: Act) -> Result<Result<BulkDecisionId, BulkFault>, StoreError> {
        let id = BulkDecisionId::new();
        let (reason, note) = match new.act {
            BulkAct::Decide { reason, note, .. } => (*reason, note.as_deref()),
            BulkAct::Tag { .. } | BulkAct::Untag { .. } | BulkAct::Assign { .. } => (None, None),
        };
        let assign_to = match new.act {
            BulkAct::Assign { assign_to_id } => *assign_to_id,
            BulkAct::Decide { .. } | BulkAct::Tag { .. } | BulkAct::Untag { .. } => None,
        };
        let need = if new.rule.is_some() { Need::Admin } else { Need::Reviewer };
        let rule = new.rule.as_ref();
        let filter = &new.query.filter;
        writing!(self, tx => {
            check_actor!(tx, act, need);
            let about: Result<Option<String>, BulkFault> = hold_what_it_is_about!(tx, new.act);
            let about = match about {
                Ok(about) => about,
                Err(fault) => return Ok(Err(fault)),
            };
            sqlx::query(
                "INSERT INTO bulk_decisions (id, asked_by, asked_at, as_of, status, provider, integration_account_id, search,
                   rule_id, rule_name, least_said, came_after, decision, reject_reason, reject_note, state, matched,
                   matched_exact, decided, skipped, unchanged, undone, stayed, updated_at, tag_id, assign_to, about)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'waiting', $16, $17,
                   0, 0, 0, 0, 0, $3, $18, $19, $20)",
            )
            .bind(id).bind(new.by).bind(act.at).bind(new.as_of).bind(filter.status.as_str())
            .bind(filter.provider.as_deref()).bind(filter.account_id).bind(new.query.text.as_deref())
            .bind(rule.map(|rule| rule.id)).bind(rule.map(|rule| rule.name.as_str()))
            .bind(rule.map(|rule| rule.least_said)).bind(rule.and_then(|rule| rule.came_after))
            .bind(new.act.word()).bind(reason.map(RejectReason::as_str)).bind(note).bind(new.matched.count)
            .bind(new.matched.exact).bind(new.act.tag()).bind(assign_to).bind(about.as_deref())
            .execute(&mut *tx).await?;
            if act.by.in_person().is_some() {
                let step = begin_step!(tx, new.by, act.at, None::<&str>, None::<PairEditId>);
                sqlx::query("UPDATE review_steps SET bulk_id = $2 WHERE id = $1")
                    .bind(step).bind(id).execute(&mut *tx).await?;
            }
            let change = on_record(new.act, about.as_deref(), new.matched.count);
            record!(tx, act, AuditAction::BulkAsked, Record {
                target: Some(id.to_string()),
                name: rule.map(|rule| rule.name.as_str()).or(new.query.text.as_deref()),
                to: Some(change.to_string()),
                ..Record::default()
            });
            enqueue!(tx, &NewJob::bulk_decide(id), act.at);
        });
        Ok(Ok(id))
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

    /// The latest of them, or those after a cursor.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`]. When the database cannot be read.
    pub async fn bulk_decisions(&self, cursor: Option<&str>, limit: i64) -> Result<BulkDecisionList, StoreError> {
        let after = cursor.map(cursor::parse::<BulkDecisionId>).transpose()?;
        let mut rows: Vec<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            if let Some((at, id)) = after {
                query.push(" WHERE (b.asked_at, b.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY b.asked_at DESC, b.id DESC LIMIT ").push_bind(limit + 1);
            query.build_query_as().fetch_all(db).await?
        });
        let length = usize::try_from(limit).unwrap_or_default();
        let has_more = rows.len() > length;
        rows.truncate(length);
        let items: Vec<BulkDecision> = rows.into_iter().map(|row| StoredBulk::from(row).told).collect();
        let next_cursor = items.last().filter(|_| has_more).map(|last| cursor::after(last.asked_at, last.id));
        Ok(BulkDecisionList { count: items.len(), items, next_cursor })
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

    /// Does it with a slice of the pairs that were found from the place `from` on; `next` is where the slice after it begins. What came or was
    /// changed after it was asked for is left, and counted.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn act_on_slice(
        &self,
        id: BulkDecisionId,
        from: Option<&str>,
        slice: &[PairId],
        next: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Slice, StoreError> {
        Ok(writing!(self, tx => {
            let Some(what) = act_of!(tx, id) else { return Ok(Slice::Stopped) };
            let possible: Result<Option<String>, BulkFault> = hold_what_it_is_about!(tx, &what);
            let Some(mut held) = held!(tx, id) else { return Ok(Slice::Stopped) };
            if !held.state.is_deciding() || held.place.as_deref() != from {
                return Ok(Slice::Stopped);
            }
            if let Err(fault) = possible {
                return Ok(Slice::Impossible(fault));
            }
            let found = candidates!(tx, slice);
            let marks = marks_of!(tx, &what, slice);
            let (mut skipped, mut unchanged) = (0, 0);
            let mut meant: Vec<Meant> = Vec::with_capacity(found.len());
            for pair in found {
                let mark = marks.get(&pair.id);
                let is_another = pair.created_at > held.as_of || pair.before.updated_at > held.as_of;
                if is_another {
                    skipped += 1;
                } else if is_so(&what, &pair.before, mark) {
                    unchanged += 1;
                } else if mark.is_some_and(|mark| mark.at > held.as_of) {
                    skipped += 1;
                } else {
                    meant.push(Meant::of(&what, pair, mark));
                }
            }
            if !meant.is_empty() {
                for some in slices(&meant) {
                    let mut query = QueryBuilder::new(
                        "INSERT INTO bulk_decision_pairs (bulk_id, pair_id, was_status, was_reason, was_note, was_user, was_by, was_at,
                           was_how, at) ",
                    );
                    query.push_values(some, |mut row, was| {
                        row.push_bind(id).push_bind(was.id).push_bind(&was.status).push_bind(&was.reason);
                        row.push_bind(&was.note).push_bind(was.user).push_bind(was.by).push_bind(was.at);
                        row.push_bind(&was.how).push_bind(now);
                    });
                    query.push(
                        " ON CONFLICT (bulk_id, pair_id) DO UPDATE SET was_status = excluded.was_status,
                           was_reason = excluded.was_reason, was_note = excluded.was_note, was_user = excluded.was_user,
                           was_by = excluded.was_by, was_at = excluded.was_at, was_how = excluded.was_how, at = excluded.at",
                    );
                    query.build().execute(&mut *tx).await?;
                }
                let ids: Vec<PairId> = meant.iter().map(|pair| pair.id).collect();
                do_with!(tx, &what, &ids, held.asked_by, now, held.how());
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
                    to: Some(held.so_far(&what).to_string()),
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
            let Some(what) = act_of!(tx, id) else { return Ok(BulkChange::Unknown) };
            let Some(held) = held!(tx, id) else { return Ok(BulkChange::Unknown) };
            if !held.state.is_deciding() {
                return Ok(BulkChange::Over);
            }
            stop_bulk!(tx, act, id, held, what);
            BulkChange::Changed
        }))
    }

    /// It cannot go on: what was decided until now stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn fail_bulk(&self, id: BulkDecisionId, error: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            let Some(what) = act_of!(tx, id) else { return Ok(()) };
            let Some(held) = held!(tx, id) else { return Ok(()) };
            if held.state.is_deciding() {
                sqlx::query("UPDATE bulk_decisions SET state = 'failed', error = $2, updated_at = $3 WHERE id = $1")
                    .bind(id).bind(error).bind(now).execute(&mut *tx).await?;
                let act = Act { by: Actor { user: held.asked_by, ..Actor::worker() }, at: now };
                record!(tx, act, AuditAction::BulkFailed, Record {
                    target: Some(id.to_string()),
                    name: held.name(),
                    to: Some(held.so_far(&what).to_string()),
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
            let Some(what) = act_of!(tx, id) else { return Ok((Slice::Stopped, None)) };
            // Whatever became of it.
            let _known: Result<Option<String>, BulkFault> = hold_what_it_is_about!(tx, &what);
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
                let undone = put_back!(tx, &what, OF_BULK, id, &ids, held.asked_by, now);
                // What it settled is open again.
                let mut query = QueryBuilder::new(
                    "UPDATE second_opinions SET settled_at = NULL WHERE EXISTS (SELECT 1 FROM bulk_decision_pairs p
                       JOIN ai_training_pairs t ON t.id = p.pair_id WHERE p.pair_id = second_opinions.pair_id
                       AND p.at = second_opinions.settled_at AND t.updated_at = ",
                );
                query.push_bind(now).push(" AND p.bulk_id = ").push_bind(id).push(") AND pair_id IN ");
                push_list(&mut query, &ids);
                query.build().execute(&mut *tx).await?;
                i64::try_from(undone).unwrap_or(i64::MAX)
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

    /// Does something with pairs that somebody picked, all at once: one step of theirs. Those that somebody else changed after `as_of` are
    /// left: of pairs that are marked, those that got another mark since.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn act_on_picked(
        &self,
        picked: &[PairId],
        what: &BulkAct,
        as_of: Option<DateTime<Utc>>,
        by: UserId,
        act: Act,
    ) -> Result<Result<PickedDecided, BulkFault>, StoreError> {
        let picked: Vec<PairId> = picked.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let is_before = |at: DateTime<Utc>| as_of.is_none_or(|as_of| at <= as_of);
        Ok(Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let about: Result<Option<String>, BulkFault> = hold_what_it_is_about!(tx, what);
            let about = match about {
                Ok(about) => about,
                Err(fault) => return Ok(Err(fault)),
            };
            let found = candidates!(tx, &picked);
            let marks = marks_of!(tx, what, &picked);
            let mut unchanged = 0;
            let mut meant: Vec<Meant> = Vec::with_capacity(found.len());
            for pair in found {
                let (before, mark) = (&pair.before, marks.get(&pair.id));
                let can_be = match what {
                    BulkAct::Decide { .. } => {
                        let is_own = before.decided_by == Some(by) && before.decided_at == Some(before.updated_at);
                        is_own || is_before(before.updated_at)
                    }
                    BulkAct::Tag { .. } | BulkAct::Untag { .. } | BulkAct::Assign { .. } => {
                        mark.is_none_or(|mark| mark.by == Some(by) || is_before(mark.at))
                    }
                };
                if is_so(what, before, mark) {
                    unchanged += 1;
                } else if can_be {
                    meant.push(Meant::of(what, pair, mark));
                }
            }
            let decided = number(meant.len());
            if !meant.is_empty() {
                let step = begin_step!(tx, by, act.at, None::<&str>, None::<PairEditId>);
                let (is_assigned, assigned_to) = match what {
                    BulkAct::Assign { assign_to_id } => (true, *assign_to_id),
                    BulkAct::Decide { .. } | BulkAct::Tag { .. } | BulkAct::Untag { .. } => (false, None),
                };
                let is_set = what.tag().map(|_| matches!(what, BulkAct::Tag { .. }));
                sqlx::query("UPDATE review_steps SET tag_id = $2, tag_set = $3, assigned = $4, assigned_to = $5 WHERE id = $1")
                    .bind(step).bind(what.tag()).bind(is_set).bind(is_assigned).bind(assigned_to)
                    .execute(&mut *tx).await?;
                for some in slices(&meant) {
                    let mut query = QueryBuilder::new(
                        "INSERT INTO review_step_pairs (step_id, pair_id, was_status, was_reason, was_note, was_user, was_by, was_at,
                           was_how, status) ",
                    );
                    query.push_values(some, |mut row, was| {
                        row.push_bind(step).push_bind(was.id).push_bind(&was.status).push_bind(&was.reason);
                        row.push_bind(&was.note).push_bind(was.user).push_bind(was.by).push_bind(was.at);
                        row.push_bind(&was.how);
                        row.push_bind(match what {
                            BulkAct::Decide { decision, .. } => decision.as_str(),
                            BulkAct::Tag { .. } | BulkAct::Untag { .. } | BulkAct::Assign { .. } => was.status.as_str(),
                        });
                    });
                    query.build().execute(&mut *tx).await?;
                }
                let ids: Vec<PairId> = meant.iter().map(|pair| pair.id).collect();
                do_with!(tx, what, &ids, Some(by), act.at, DecidedHow::Picked);
                let (action, change) = match what {
                    BulkAct::Decide { .. } => (AuditAction::PairsDecided, on_record(what, None, decided)),
                    BulkAct::Tag { .. } | BulkAct::Untag { .. } => {
                        (AuditAction::PairsTagged, on_record(what, about.as_deref(), decided))
                    }
                    BulkAct::Assign { .. } => {
                        let to = about.into_iter().collect();
                        (AuditAction::PairsAssigned, AuditChange::Assigned { pairs: decided, to })
                    }
                };
                record!(tx, act, action, Record { to: Some(change.to_string()), ..Record::default() });
            }
            PickedDecided { decided, skipped: number(picked.len()) - decided - unchanged, unchanged }
        })))
    }
}
