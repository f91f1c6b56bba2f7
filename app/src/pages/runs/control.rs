//! What people ask of a run: the buttons beside it and what they do.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    runs,
    types::{Problem, RunId, RunKind, RunRequest, RunState, SyncRun},
};

use super::words::kind_word;
use crate::{
    answer::{Told, go_and_tell, go_to},
    error::Failure,
    json::Json,
    paths,
    prefs::Lang,
    request::{RequestScope, admin, fail, lang},
    words::texts,
};

/// The buttons that fit a run.
pub(crate) fn buttons(lang: Lang, run: &SyncRun) -> AnyView {
    let words = Words(lang);
    let kind = kind_word(lang, run.kind);
    let offers = Offers::of(run);
    let button = |name: &'static str, action: &'static str, label: &'static str, named: String| {
        view! {
            <form method="post" action=action>
                <input type="hidden" name="id" value=run.id.to_string()/>
                <button class="btn small" id=format!("{name}-{}", run.id) aria-label=named>{label}</button>
            </form>
        }
    };
    view! {
        {offers.pause.then(|| button("pause", PauseRun::url(), words.pause(), words.pause_named(kind)))}
        {offers.resume.then(|| button("resume", ResumeRun::url(), words.resume(), words.resume_named(kind)))}
        {offers.cancel.then(|| button("cancel", CancelRun::url(), words.end(), words.end_named(kind)))}
    }
    .into_any()
}

/// What can be asked of a run: to pause, to go on, to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offers {
    pub pause: bool,
    pub resume: bool,
    pub cancel: bool,
}

impl Offers {
    pub(super) fn of(run: &SyncRun) -> Self {
        let is_paused = run.state == RunState::Paused;
        Self {
            pause: !run.state.is_over() && run.kind != RunKind::Sync && run.requested.is_none() && !is_paused,
            resume: is_paused || run.requested == Some(RunRequest::Pause),
            cancel: !run.state.is_over() && run.requested != Some(RunRequest::Cancel),
        }
    }
}

/// Pauses a run at its next safe place.
///
/// # Errors
/// For admins only; not found, over, or a sync, which is short.
#[server(prefix = "/api/ui", endpoint = "pause-run", output = Json)]
pub async fn pause_run(id: RunId) -> Result<SyncRun, Failure> {
    let caller = admin()?;
    let asked = runs::request(&caller.domain, caller.actor(), id, RunRequest::Pause)
        .await
        .map_err(|problem| refused(id, problem))?;
    told(&asked, Words(lang()).paused());
    Ok(asked)
}

/// Lets a paused run go on.
///
/// # Errors
/// For admins only; not found, or over.
#[server(prefix = "/api/ui", endpoint = "resume-run", output = Json)]
pub async fn resume_run(id: RunId) -> Result<SyncRun, Failure> {
    let caller = admin()?;
    let asked = runs::resume(&caller.domain, caller.actor(), id).await.map_err(|problem| refused(id, problem))?;
    told(&asked, Words(lang()).resumed());
    Ok(asked)
}

/// Ends a run for good at its next safe place. What it brought stays.
///
/// # Errors
/// For admins only; not found, or over.
#[server(prefix = "/api/ui", endpoint = "cancel-run", output = Json)]
pub async fn cancel_run(id: RunId) -> Result<SyncRun, Failure> {
    let caller = admin()?;
    let asked = runs::request(&caller.domain, caller.actor(), id, RunRequest::Cancel)
        .await
        .map_err(|problem| refused(id, problem))?;
    told(&asked, Words(lang()).cancelled());
    Ok(asked)
}

fn told(run: &SyncRun, what: &'static str) {
    go_and_tell(came_from().unwrap_or_else(|| paths::account(run.account_id)), Told::good(what));
}

/// What cannot be asked is said where the form stands, or else where the run is.
fn refused(run: RunId, problem: Problem) -> Failure {
    if matches!(problem, Problem::Conflict { .. }) {
        go_to(came_from().unwrap_or_else(|| paths::run(run)));
    }
    fail(problem)
}

/// The page with accounts that the form stands on.
pub(crate) fn came_from() -> Option<String> {
    use_context::<RequestScope>().map(|scope| scope.here).filter(|here| here.starts_with(paths::INTEGRATIONS))
}

texts! {
    /// What is asked of a run.
    Words:
    pause: "Pause" | "Пауза";
    resume: "Resume" | "Продолжить";
    end: "Cancel" | "Отменить";
    pause_named(run): "Pause: {run}" | "Пауза: {run}";
    resume_named(run): "Resume: {run}" | "Продолжить: {run}";
    end_named(run): "Cancel: {run}" | "Отменить: {run}";
    paused: "It will pause at the next safe point." | "Пауза наступит в ближайший безопасный момент.";
    resumed: "It continues where it stopped." | "Загрузка продолжится с того же места.";
    cancelled: "It will end at the next safe point. Messages that were already fetched are kept." | "Запуск завершится в ближайший безопасный момент. Уже загруженные письма сохранятся.";
}

#[cfg(test)]
mod tests {
    use super::{super::outcome::tests::run, *};

    #[test]
    fn only_what_can_be_done_is_offered() {
        let offers = |kind, state, requested| Offers::of(&SyncRun { requested, ..run(kind, state) });
        let backfill = |state, requested| offers(RunKind::Backfill, state, requested);
        let sum = |of: Offers| (of.pause, of.resume, of.cancel);
        assert_eq!(sum(backfill(RunState::Running, None)), (true, false, true));
        assert_eq!(sum(backfill(RunState::Running, Some(RunRequest::Pause))), (false, true, true));
        assert_eq!(sum(backfill(RunState::Paused, None)), (false, true, true));
        assert_eq!(sum(backfill(RunState::Running, Some(RunRequest::Cancel))), (false, false, false));
        assert_eq!(sum(offers(RunKind::Sync, RunState::Running, None)), (false, false, true), "a sync is short");
        assert_eq!(sum(backfill(RunState::Done, None)), (false, false, false));
    }
}
