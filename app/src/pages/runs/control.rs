//! What people ask of a run: the buttons beside it and what they do.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    runs,
    types::{Problem, RunId, RunRequest, SyncRun},
};

use super::view::{Offers, kind_word};
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
