//! Work in the background. A job is a type: what it is called, what it needs to know, and what it does. It is queued in the
//! transaction that causes it (`src/store/jobs.rs`), taken by one process, tried again with growing pauses, and given up in
//! the end; given up, it stays where people see it.
//!
//! No crate does this for us: apalis, the one that serves both databases, does so through a table, a schema and a pool of
//! its own, so that a job would not be written in the transaction that causes it. Those that do write there (graphile_worker,
//! sqlxmq, underway) know PostgreSQL only.

mod apply_rules;
mod bulk_decide;
mod embed_answers;
mod fetch_attachments;
mod group_replies;
mod redecide;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, future::BoxFuture};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};
use tracing::Instrument;

use crate::{
    Domain,
    knowledge::SourceError,
    repeats::Repeats,
    store::{Act, JobEnd, NewJob, StoreError, TakenJob, Trouble},
    types::{Actor, ConflictCode, JobFilter, JobId, JobKind, JobView, NotFoundCode, Problem},
};

/// How many times a job's lease is renewed in its length.
const RENEWALS: u32 = 6;

/// A job that met a database in trouble is tried again after so long.
const WAIT_FOR_DATABASE: TimeDelta = TimeDelta::seconds(30);

/// A kind of work. Its fields are its payload.
trait Job: DeserializeOwned + Send + Sync {
    const KIND: JobKind;
    /// An attempt that takes longer has failed.
    const LIMIT: Duration;

    /// Does it. It may have been done before, in part or whole: whoever did it may have died before he could say so.
    fn run(&self, d: &Arc<Domain>) -> impl Future<Output = Result<Progress, JobError>> + Send;
}

/// What an attempt that did not fail has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Done,
    /// There is more to do, not before then.
    Later(DateTime<Utc>),
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vectors(#[from] SourceError),
    #[error("it did not end within {} s", .0.as_secs())]
    TooLong(Duration),
    #[error("it panicked")]
    Panicked,
    /// Another attempt would read the same.
    #[error("its payload cannot be read: {0}")]
    Payload(serde_json::Error),
}

/// Runs a job of whatever kind. This is the list of all.
fn run_any<'a>(d: &'a Arc<Domain>, job: &'a TakenJob) -> BoxFuture<'a, Result<Progress, JobError>> {
    match job.kind {
        JobKind::GroupReplies => run_one::<group_replies::GroupReplies>(d, job).boxed(),
        JobKind::Redecide => run_one::<redecide::Redecide>(d, job).boxed(),
        JobKind::FetchAttachments => run_one::<fetch_attachments::FetchAttachments>(d, job).boxed(),
        JobKind::EmbedAnswers => run_one::<embed_answers::EmbedAnswers>(d, job).boxed(),
        JobKind::ApplyRules => run_one::<apply_rules::ApplyRules>(d, job).boxed(),
        JobKind::BulkDecide => run_one::<bulk_decide::BulkDecide>(d, job).boxed(),
    }
}

async fn run_one<J: Job>(d: &Arc<Domain>, job: &TakenJob) -> Result<Progress, JobError> {
    debug_assert_eq!(job.kind, J::KIND, "the list above names each kind once");
    let work: J = serde_json::from_value(job.payload.0.clone()).map_err(JobError::Payload)?;
    timeout(J::LIMIT, work.run(d)).await.unwrap_or(Err(JobError::TooLong(J::LIMIT)))
}

/// Takes a job that may be begun, of these kinds, for this process. `None`: there is none.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn take(d: &Domain, kinds: &[JobKind]) -> Result<Option<TakenJob>, StoreError> {
    d.store.take_job(kinds, d.settings.sync.lease_delta(), d.clock.now()).await
}

/// Runs a job that was taken, and writes down how it ended.
///
/// # Errors
/// When that cannot be written down: it is taken again when its lease is over.
pub(crate) async fn run(d: &Arc<Domain>, job: &TakenJob) -> Result<(), StoreError> {
    let account = job.account.map(tracing::field::display);
    let span = tracing::info_span!("job", id = %job.id, kind = %job.kind, attempt = job.attempts, account);
    async {
        let work = AssertUnwindSafe(run_any(d, job)).catch_unwind();
        let result = tokio::select! {
            result = work => result.unwrap_or(Err(JobError::Panicked)),
            () = keep_alive(d, job) => {
                tracing::warn!("another process has this job by now");
                return Ok(());
            }
        };
        let end = match result {
            Ok(Progress::Done) => JobEnd::Done,
            Ok(Progress::Later(at)) => JobEnd::Later(at),
            // A database that is busy, full or away is no fault of the job's: it costs no attempt.
            Err(JobError::Store(error)) if error.trouble().is_some() => {
                tracing::info!(%error, "the job waits for the database");
                JobEnd::Later(d.clock.now() + WAIT_FOR_DATABASE)
            }
            Err(error @ JobError::Payload(_)) => JobEnd::Hopeless(error.to_string()),
            Err(error) => JobEnd::Failed(error.to_string()),
        };
        match &end {
            JobEnd::Failed(error) | JobEnd::Hopeless(error) => tracing::warn!(%error, "the job failed"),
            JobEnd::Done | JobEnd::Later(_) => tracing::debug!(?end, "the job ended"),
        }
        d.store.end_job(job, &end, d.clock.now()).await
    }
    .instrument(span)
    .await
}

/// Renews the lease of a job, and returns once it is another process's.
async fn keep_alive(d: &Domain, job: &TakenJob) {
    let not_renewed = Repeats::new();
    loop {
        sleep(d.settings.sync.lease / RENEWALS).await;
        match d.store.renew_job(job, d.settings.sync.lease_delta(), d.clock.now()).await {
            Ok(true) => {
                not_renewed.is_over();
            }
            Ok(false) => return,
            // The database may be back at the next try; the lease outlives several of them.
            Err(error) => {
                if not_renewed.is_news(error.trouble().map_or("", Trouble::code)) {
                    tracing::warn!(%error, "the job's lease could not be renewed");
                }
            }
        }
    }
}

/// Runs what may be begun of these kinds, one after the other, until nothing is left.
///
/// # Errors
/// When the database cannot be used. A job that fails is no error here: it is on record.
pub(crate) async fn run_waiting(d: &Arc<Domain>, kinds: &[JobKind]) -> Result<(), StoreError> {
    while let Some(job) = take(d, kinds).await? {
        run(d, &job).await?;
    }
    Ok(())
}

/// Queues what waits without a job: an earlier version left it, or the settings have changed. For the start of a worker.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn queue_what_waits(d: &Arc<Domain>) -> Result<(), StoreError> {
    if d.store.has_ungrouped_pairs().await? {
        d.store.enqueue(&NewJob::group_replies(), d.clock.now()).await?;
    }
    bulk_decide::queue_what_waits(d).await?;
    fetch_attachments::queue_what_waits(d).await
}

/// Jobs that wait, run or have failed, the newest first; the first two hundred.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(d: &Domain, filter: JobFilter) -> Result<Vec<JobView>, Problem> {
    Ok(d.store.list_jobs(filter).await?)
}

/// Has a job that failed, or rests between two attempts, begun at once. Returns the job that does it, which is another one
/// where the same waits already.
///
/// # Errors
/// `job_not_found`, `job_is_running`.
pub async fn retry(d: &Domain, by: Actor, id: JobId) -> Result<JobView, Problem> {
    let found = d.store.job(id).await?.ok_or_else(not_found)?;
    let act = Act { by, at: d.clock.now() };
    let again = d.store.retry_job(id, act).await?.ok_or_else(|| Problem::conflict(ConflictCode::JobRunning))?;
    tracing::info!(%by, job = %id, kind = found.kind, "job tried again");
    d.work.notify_one();
    d.store.job(again).await?.ok_or_else(not_found)
}

fn not_found() -> Problem {
    Problem::not_found(NotFoundCode::Job)
}
