//! What people ask of a run: pause, resume, cancel.

use super::get;
use crate::{
    Domain,
    store::Act,
    types::{Actor, ConflictCode, NotFoundCode, Problem, RunId, RunKind, RunRequest, RunState, SyncRun},
    uploads,
};

/// Asks a run to pause or to end at its next safe place.
///
/// # Errors
/// `sync_run_not_found`; `run_is_over`; `run_cannot_pause` for a sync, which is short.
pub async fn request(d: &Domain, by: Actor, run: RunId, request: RunRequest) -> Result<SyncRun, Problem> {
    let found = open_run(d, run).await?;
    if request == RunRequest::Pause && found.kind == RunKind::Sync {
        return Err(Problem::conflict(ConflictCode::RunCannotPause));
    }
    let now = d.store.request_of_run(run, request, Act { by, at: d.clock.now() }).await?.ok_or_else(not_found)?;
    if now.state == RunState::Cancelled
        && let Some(path) = d.store.source_of_run(run).await?
    {
        uploads::discard(d, &path).await;
    }
    tracing::info!(%by, %run, account = %now.account_id, asked = %request, "a run is asked to stop");
    Ok(now)
}

/// Lets a paused run go on.
///
/// # Errors
/// `sync_run_not_found`, `run_is_over`.
pub async fn resume(d: &Domain, by: Actor, run: RunId) -> Result<SyncRun, Problem> {
    open_run(d, run).await?;
    let now = d.store.resume_run(run, Act { by, at: d.clock.now() }).await?.ok_or_else(not_found)?;
    tracing::info!(%by, %run, account = %now.account_id, "a paused run goes on");
    d.work.notify_one();
    Ok(now)
}

async fn open_run(d: &Domain, run: RunId) -> Result<SyncRun, Problem> {
    let found = get(d, run).await?;
    if found.state.is_over() { Err(Problem::conflict(ConflictCode::RunOver)) } else { Ok(found) }
}

fn not_found() -> Problem {
    Problem::not_found(NotFoundCode::Run)
}
