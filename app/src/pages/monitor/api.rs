//! What the buttons of the email monitor do.

use leptos::prelude::*;
use replybook::{
    jobs, monitor,
    types::{JobId, MonitorStatus, Problem},
};

use super::{Words, for_a_worker, jobs::Words as Jobs};
use crate::{
    answer::{Told, go_and_tell, go_to},
    error::Failure,
    json::Json,
    paths,
    request::{admin, fail, lang},
    ui::words::nouns,
    words::Voice,
};

/// Lets the workers sync by themselves, in every process on this database.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "start-monitor", output = Json)]
pub async fn start_monitor() -> Result<MonitorStatus, Failure> {
    let caller = admin()?;
    let status = monitor::set_enabled(&caller.domain, caller.actor(), true).await.map_err(fail)?;
    go_and_tell(paths::INTEGRATIONS, Told::good(Words(lang()).started()));
    Ok(status)
}

/// Keeps the workers from syncing by themselves until they are started again.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "stop-monitor", output = Json)]
pub async fn stop_monitor() -> Result<MonitorStatus, Failure> {
    let caller = admin()?;
    let status = monitor::set_enabled(&caller.domain, caller.actor(), false).await.map_err(fail)?;
    go_and_tell(paths::INTEGRATIONS, Told::good(Words(lang()).is_stopped()));
    Ok(status)
}

/// Has every active account synced at once. Returns how many.
///
/// # Errors
/// For admins only; [`Problem::Conflict`] when nobody would do it.
#[server(prefix = "/api/ui", endpoint = "poll-monitor", output = Json)]
pub async fn poll_monitor() -> Result<u64, Failure> {
    let (caller, lang) = (admin()?, lang());
    let count = monitor::poll_now(&caller.domain, caller.actor()).await.map_err(|problem: Problem| {
        go_to(paths::INTEGRATIONS);
        fail(problem)
    })?;
    let voice = Voice { lang, now: caller.domain.clock.now() };
    let accounts = voice.count(&nouns::ACCOUNT, i64::try_from(count).unwrap_or(i64::MAX));
    go_and_tell(paths::INTEGRATIONS, Told::good(Words(lang).polled(accounts)));
    Ok(count)
}

/// Has a job that failed, or rests between two attempts, begun at once.
///
/// # Errors
/// For admins only; [`Problem::NotFound`] for one that is done, [`Problem::Conflict`] for one that runs.
#[server(prefix = "/api/ui", endpoint = "retry-job", output = Json)]
pub async fn retry_job(id: JobId) -> Result<(), Failure> {
    let caller = admin()?;
    jobs::retry(&caller.domain, caller.actor(), id).await.map_err(|problem| {
        go_to(paths::INTEGRATIONS);
        fail(problem)
    })?;
    let told = for_a_worker(&caller.domain, Jobs(lang()).is_queued()).await.map_err(fail)?;
    go_and_tell(paths::INTEGRATIONS, told);
    Ok(())
}
