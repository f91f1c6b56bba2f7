//! Runs: what a sync, a backfill or an import does and did, and what people ask of it.

mod control;
mod cure;
mod patience;
mod pulse;
mod reporter;
mod tally;

pub use control::{request, resume};
pub use cure::{Cure, project_of};

pub(crate) use patience::{Patience, Waited, Waits, patiently};
pub(crate) use pulse::Pulse;
pub(crate) use reporter::{Asked, Meter, Reporter, STALLED, Wait};

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use crate::{
    Domain, accounts,
    store::LeaseError,
    types::{AccountId, ConflictCode, NotFoundCode, Problem, RunCode, RunError, RunId, RunKind, SyncRun},
};

/// One run, going on or over.
///
/// # Errors
/// `sync_run_not_found`.
pub async fn get(d: &Domain, run: RunId) -> Result<SyncRun, Problem> {
    let found = d.store.run(run).await?.ok_or_else(|| Problem::not_found(NotFoundCode::Run))?;
    Ok(d.waits.shown(found))
}

/// The runs that are not over, of one account or of all.
///
/// # Errors
/// When the database cannot be read.
pub async fn open(d: &Domain, account: Option<AccountId>) -> Result<Vec<SyncRun>, Problem> {
    Ok(shown(d, d.store.open_runs(account).await?))
}

/// The newest runs of an account, the latest first.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn recent(d: &Domain, account: AccountId, limit: i64) -> Result<Vec<SyncRun>, Problem> {
    accounts::get(d, account).await?;
    Ok(shown(d, d.store.recent_runs(account, limit).await?))
}

fn shown(d: &Domain, runs: Vec<SyncRun>) -> Vec<SyncRun> {
    runs.into_iter().map(|run| d.waits.shown(run)).collect()
}

/// What every log line of a run carries, those of its calls and of the store included. Where the provider is not known yet, it may
/// be recorded later.
pub(crate) fn span(kind: RunKind, run: RunId, account: AccountId, provider: Option<&str>) -> tracing::Span {
    tracing::info_span!("run", %kind, %run, %account, provider)
}

/// A defect of this program met with by a run.
#[derive(Debug, thiserror::Error)]
#[error("the run panicked")]
pub(crate) struct Panicked;

/// Does the work of a run. Where and why it panicked has been said by the panic itself.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

/// Ends a run that broke off by our own fault, so that nobody waits for its lease to end and no worker begins it again and again.
/// `false`: it could not be written; the lease ends by itself, and the run is taken up then.
pub(crate) async fn give_back(d: &Domain, run: RunId, fault: &(dyn std::error::Error + Sync), next: &str) -> bool {
    let text = format!("{fault}; {next}");
    let why = RunError::new(RunCode::Internal, &text);
    let written = patiently(d, run, || d.store.abandon_run(run, why, d.clock.now())).await;
    if let Err(error) = &written {
        tracing::warn!(%run, %error, "the run could not be ended; its lease ends by itself");
    }
    written.is_ok()
}

/// Why an account cannot have a run just now.
pub(crate) fn lease_problem(error: LeaseError) -> Problem {
    match error {
        LeaseError::AlreadyRunning => Problem::conflict(ConflictCode::SyncRunning),
        LeaseError::BackfillOpen => Problem::conflict(ConflictCode::BackfillOpen),
        LeaseError::Store(error) => error.into(),
    }
}
