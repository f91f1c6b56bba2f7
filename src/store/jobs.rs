//! The queue of jobs. A job is written in the transaction that causes it, so that neither is ever there without the other.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{Act, Record, Store, StoreError, audit::record, bulk::push_list, reading, writing};
use crate::types::{AccountId, AuditAction, BulkDecisionId, JobFilter, JobId, JobKind, JobState, JobView};

/// A job is begun this often before it is given up.
const MAX_ATTEMPTS: i32 = 8;
/// The pause after the first failed attempt; each further one is four times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);
/// Jobs in one list.
const LISTED: i64 = 200;

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub kind: JobKind,
    /// What the kind needs to know.
    pub payload: Value,
    /// Of jobs of a kind with the same key one waits, and one runs, at a time. `None`: each is different.
    pub dedupe_key: Option<String>,
    /// Whose mail it is about: it is deleted with the account.
    pub account: Option<AccountId>,
    /// Nobody begins it before. `None`: at once.
    pub run_after: Option<DateTime<Utc>>,
}

impl NewJob {
    /// For pairs whose group of near duplicates has to be found. One for all: groups depend on what came before.
    #[must_use]
    pub fn group_replies() -> Self {
        Self {
            kind: JobKind::GroupReplies,
            payload: json!({}),
            dedupe_key: Some(String::new()),
            account: None,
            run_after: None,
        }
    }

    /// For approved pairs that have no vectors yet, and for trying whether vectors help. One for all accounts.
    #[must_use]
    pub fn embed_answers() -> Self {
        Self {
            kind: JobKind::EmbedAnswers,
            payload: json!({}),
            dedupe_key: Some(String::new()),
            account: None,
            run_after: None,
        }
    }

    /// For a decision about all pairs that a search finds, or taking it back.
    #[must_use]
    pub fn bulk_decide(id: BulkDecisionId) -> Self {
        Self {
            kind: JobKind::BulkDecide,
            payload: json!({ "id": id }),
            dedupe_key: Some(id.to_string()),
            account: None,
            run_after: None,
        }
    }

    /// For new pairs that the trust rules that are on may mean. One for all.
    #[must_use]
    pub fn apply_rules() -> Self {
        Self {
            kind: JobKind::ApplyRules,
            payload: json!({}),
            dedupe_key: Some(String::new()),
            account: None,
            run_after: None,
        }
    }

    /// For an account of which other addresses are ours now.
    #[must_use]
    pub fn redecide(account: AccountId) -> Self {
        Self {
            kind: JobKind::Redecide,
            payload: json!({ "account": account }),
            dedupe_key: Some(account.to_string()),
            account: Some(account),
            run_after: None,
        }
    }

    /// For the attachments of an account that wait to be fetched.
    #[must_use]
    pub fn fetch_attachments(account: AccountId) -> Self {
        Self {
            kind: JobKind::FetchAttachments,
            payload: json!({ "account": account }),
            dedupe_key: Some(account.to_string()),
            account: Some(account),
            run_after: None,
        }
    }
}

/// A job that this process has taken.
#[derive(Debug, Clone, FromRow)]
pub struct TakenJob {
    pub id: JobId,
    #[sqlx(try_from = "String")]
    pub kind: JobKind,
    pub payload: Json<Value>,
    pub dedupe_key: Option<String>,
    /// Whose mail it is about.
    #[sqlx(rename = "integration_account_id")]
    pub account: Option<AccountId>,
    pub attempts: i32,
    pub max_attempts: i32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    Done,
    /// There is more to do, not before then. Begins to count its attempts anew.
    Later(DateTime<Utc>),
    /// It is tried again after a pause, or given up after its last attempt.
    Failed(String),
    /// Trying again would not help.
    Hopeless(String),
}

#[derive(FromRow)]
struct JobRow {
    id: JobId,
    kind: String,
    integration_account_id: Option<AccountId>,
    #[sqlx(try_from = "String")]
    state: JobState,
    attempts: i32,
    max_attempts: i32,
    run_after: DateTime<Utc>,
    error: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<JobRow> for JobView {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            account_id: row.integration_account_id,
            state: row.state,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            run_after: row.run_after,
            error: row.error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

const SELECT: &str =
    "SELECT id, kind, integration_account_id, state, attempts, max_attempts, run_after, error, created_at,
    updated_at FROM jobs";

pub(super) const ENQUEUE: &str = "INSERT INTO jobs (id, kind, payload, dedupe_key, integration_account_id, state,
    max_attempts, run_after, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, $8)
    ON CONFLICT (kind, dedupe_key) WHERE state = 'queued' DO UPDATE SET
      run_after = CASE WHEN jobs.run_after > excluded.run_after AND jobs.attempts = 0 THEN excluded.run_after
                       ELSE jobs.run_after END";

/// Queues a job, unless one that does the same waits already. For use at the end of a transaction: changing the row that
/// waits keeps a worker from taking it before this transaction has ended, and would keep others waiting.
macro_rules! enqueue {
    ($tx:expr, $job:expr, $now:expr) => {{
        let job: &$crate::store::NewJob = $job;
        sqlx::query($crate::store::jobs::ENQUEUE)
            .bind($crate::types::JobId::new())
            .bind(job.kind.as_str())
            .bind(sqlx::types::Json(&job.payload))
            .bind(&job.dedupe_key)
            .bind(job.account)
            .bind($crate::store::jobs::max_attempts())
            .bind(job.run_after.unwrap_or($now))
            .bind($now)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(super) use enqueue;

pub(super) const fn max_attempts() -> i32 {
    MAX_ATTEMPTS
}

/// How long a job rests after so many failed attempts.
fn pause(attempts: i32) -> TimeDelta {
    let times = 4_u32.saturating_pow(u32::try_from(attempts - 1).unwrap_or(0));
    let pause = FIRST_PAUSE.saturating_mul(times).min(LONGEST_PAUSE);
    TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX)
}

impl Store {
    /// Queues a job by itself.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn enqueue(&self, job: &NewJob, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => enqueue!(tx, job, now));
        Ok(())
    }

    /// Whether pairs wait for their group without a job: an earlier version stored them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_ungrouped_pairs(&self) -> Result<bool, StoreError> {
        let waiting: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM ai_training_pairs WHERE NOT grouped LIMIT 1").fetch_optional(db).await?
        });
        Ok(waiting.is_some())
    }

    /// Takes the job that waits longest of those that may be begun, or one whose process has died. One that has died with its
    /// process on its last attempt is given up instead.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_job(
        &self,
        kinds: &[JobKind],
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<TakenJob>, StoreError> {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        // Looked for without writing: most of the time there is nothing, and on SQLite one writes at a time.
        let some: Option<i32> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT 1 FROM jobs WHERE (state = 'queued' AND run_after <= ");
            query.push_bind(now).push(" OR state = 'running' AND lease_until <= ").push_bind(now);
            query.push(") AND kind IN ");
            push_list(&mut query, &words);
            query.push(" LIMIT 1");
            query.build_query_scalar().fetch_optional(db).await?
        });
        if some.is_none() {
            return Ok(None);
        }
        Ok(writing!(self, tx => {
            sqlx::query(
                "UPDATE jobs SET state = 'failed', error = 'its process died', process = NULL, lease_until = NULL,
                   updated_at = $1
                 WHERE state = 'running' AND lease_until <= $1 AND attempts >= max_attempts",
            )
            .bind(now).execute(&mut *tx).await?;
            let mut query = QueryBuilder::new("UPDATE jobs SET state = 'running', attempts = attempts + 1, process = ");
            query.push_bind(self.process).push(", lease_until = ").push_bind(now + lease);
            query.push(", updated_at = ").push_bind(now);
            query.push(
                " WHERE id = (SELECT j.id FROM jobs j WHERE (j.state = 'queued' AND NOT EXISTS
                    (SELECT 1 FROM jobs r WHERE r.kind = j.kind AND r.dedupe_key = j.dedupe_key AND r.state = 'running')
                  AND j.run_after <= ",
            );
            query.push_bind(now).push(" OR j.state = 'running' AND j.lease_until <= ").push_bind(now);
            query.push(") AND j.kind IN ");
            push_list(&mut query, &words);
            query.push(" ORDER BY j.run_after, j.id LIMIT 1 ").push(tx.skip_locked());
            query.push(") RETURNING id, kind, payload, dedupe_key, integration_account_id, attempts,
                 max_attempts");
            query.build_query_as::<TakenJob>().fetch_optional(&mut *tx).await?
        }))
    }

    /// A job's sign of life. `false`: another process has it by now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn renew_job(&self, job: &TakenJob, lease: TimeDelta, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            sqlx::query(
                "UPDATE jobs SET lease_until = $4 WHERE id = $1 AND process = $2 AND attempts = $3 AND state = 'running'",
            )
            .bind(job.id).bind(self.process).bind(job.attempts).bind(now + lease)
            .execute(tx).await?.rows_affected() > 0
        }))
    }

    /// Writes down how an attempt ended. Nothing happens where another process has the job by now.
    ///
    /// # Errors
    /// When the database cannot be written; the job is then taken again when its lease is over.
    pub async fn end_job(&self, job: &TakenJob, end: &JobEnd, now: DateTime<Utc>) -> Result<(), StoreError> {
        let (state, error) = match end {
            JobEnd::Done => (None, None),
            JobEnd::Later(_) => (Some(JobState::Queued), None),
            JobEnd::Failed(error) if job.attempts < job.max_attempts => (Some(JobState::Queued), Some(error)),
            JobEnd::Failed(error) | JobEnd::Hopeless(error) => (Some(JobState::Failed), Some(error)),
        };
        let (attempts, run_after) = match end {
            JobEnd::Later(at) => (0, *at),
            _ => (job.attempts, now + pause(job.attempts)),
        };
        writing!(self, tx => {
            let mine = sqlx::query("UPDATE jobs SET updated_at = $4 WHERE id = $1 AND process = $2 AND attempts = $3 AND state = 'running'")
                .bind(job.id).bind(self.process).bind(job.attempts).bind(now).execute(&mut *tx).await?.rows_affected() > 0;
            if !mine {
                return Ok(());
            }
            let mut is_merged = false;
            if state == Some(JobState::Queued) {
                // One that came meanwhile does it as well, and does not begin to count anew.
                is_merged = sqlx::query(
                    "UPDATE jobs SET attempts = $3, error = $4, updated_at = $6,
                       run_after = CASE WHEN $3 = 0 OR run_after > $5 THEN run_after ELSE $5 END
                     WHERE kind = $1 AND dedupe_key = $2 AND state = 'queued'",
                )
                .bind(job.kind.as_str()).bind(&job.dedupe_key).bind(attempts).bind(error).bind(run_after).bind(now)
                .execute(&mut *tx).await?.rows_affected() > 0;
            } else if state == Some(JobState::Failed) {
                // The latest failure is the one to look at.
                sqlx::query("DELETE FROM jobs WHERE kind = $1 AND dedupe_key = $2 AND state = 'failed'")
                    .bind(job.kind.as_str()).bind(&job.dedupe_key).execute(&mut *tx).await?;
            }
            match state {
                Some(state) if !is_merged => {
                    sqlx::query(
                        "UPDATE jobs SET state = $2, attempts = $3, run_after = $4, error = $5, process = NULL,
                           lease_until = NULL WHERE id = $1",
                    )
                    .bind(job.id).bind(state.as_str()).bind(attempts).bind(run_after).bind(error)
                    .execute(&mut *tx).await?;
                }
                _ => {
                    sqlx::query("DELETE FROM jobs WHERE id = $1").bind(job.id).execute(&mut *tx).await?;
                }
            }
        });
        Ok(())
    }

    /// Jobs, the newest first; the first two hundred of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_jobs(&self, filter: JobFilter) -> Result<Vec<JobView>, StoreError> {
        let rows: Vec<JobRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            if let Some(state) = filter.state {
                query.push(" WHERE state = ").push_bind(state.as_str());
            }
            query.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(LISTED);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// One job.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn job(&self, id: JobId) -> Result<Option<JobView>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE id = $1"));
        let row: Option<JobRow> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        Ok(row.map(Into::into))
    }

    /// Has a job that failed, or rests between two attempts, begun at once, with all its attempts. Returns the job that does
    /// it: another one, where the same waits already. `None`: there is no such job, or it runs.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn retry_job(&self, id: JobId, act: Act) -> Result<Option<JobId>, StoreError> {
        Ok(writing!(self, tx => {
            let sql = format!(
                "SELECT kind, dedupe_key, state FROM jobs WHERE id = $1 AND state IN ('queued', 'failed') {}",
                tx.for_update()
            );
            let found: Option<(String, Option<String>, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let Some((kind, key, state)) = found else { return Ok(None) };
            let twin: Option<JobId> = sqlx::query_scalar(
                "UPDATE jobs SET attempts = 0, run_after = $4, updated_at = $4
                 WHERE kind = $1 AND dedupe_key = $2 AND state = 'queued' AND id <> $3 RETURNING id",
            )
            .bind(&kind).bind(key).bind(id).bind(act.at).fetch_optional(&mut *tx).await?;
            if twin.is_some() {
                sqlx::query("DELETE FROM jobs WHERE id = $1").bind(id).execute(&mut *tx).await?;
            } else {
                sqlx::query(
                    "UPDATE jobs SET state = 'queued', attempts = 0, run_after = $2, updated_at = $2 WHERE id = $1",
                )
                .bind(id).bind(act.at).execute(&mut *tx).await?;
            }
            record!(tx, act, AuditAction::JobRetried, Record {
                target: Some(id.to_string()),
                name: Some(&kind),
                from: Some(state),
                to: None,
            });
            Some(twin.unwrap_or(id))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_do_not_overflow() {
        let seconds: Vec<i64> = (1..=4).map(|attempts| pause(attempts).num_seconds()).collect();
        assert_eq!(seconds, [15, 60, 240, 960]);
        assert_eq!(pause(i32::MAX), TimeDelta::hours(6));
    }
}
