//! The runs that go on, with what can be done to them.

use leptos::prelude::*;
use replybook::types::{RunId, RunKind, RunRequest, RunState, SyncRun};

use crate::{
    i18n::fill,
    integrations::{state::PATH, state_word},
    still::{Voice, capitalised},
    ui::parts::{Pill, Progress, Tone, machine_date},
};

/// The runs that are not over, each with its progress.
pub(super) fn going(voice: Voice, open: &[SyncRun]) -> AnyView {
    let runs = open.iter().map(|run| going_run(voice, run)).collect_view();
    let list = (!open.is_empty()).then(|| view! { <ul class="card runs">{runs}</ul> });
    view! { <section id="going" data-live="">{list}</section> }.into_any()
}

/// What a run does, in two words.
pub(super) fn kind_word(voice: Voice, kind: RunKind) -> &'static str {
    let words = &voice.still.mailbox;
    match kind {
        RunKind::Sync => words.kind_sync,
        RunKind::Import => words.kind_import,
        RunKind::Backfill => words.kind_backfill,
    }
}

fn going_run(voice: Voice, run: &SyncRun) -> AnyView {
    let words = &voice.still.mailbox;
    let kind = kind_word(voice, run.kind);
    let span = (run.kind == RunKind::Backfill).then(|| match run.since {
        Some(since) => fill(words.back_to, &[&machine_date(since)]),
        None => words.back_to_all.to_owned(),
    });
    let (tone, state) = match run.requested {
        Some(RunRequest::Pause) => (Tone::Warn, words.pausing),
        Some(RunRequest::Cancel) => (Tone::Warn, words.ending),
        None if run.state == RunState::Running => (Tone::Good, state_word(voice.texts, run.state)),
        None => (Tone::Idle, state_word(voice.texts, run.state)),
    };
    let can_pause = run.kind != RunKind::Sync && run.requested.is_none() && run.state != RunState::Paused;
    let can_resume = run.state == RunState::Paused || run.requested == Some(RunRequest::Pause);
    view! {
        <li data-run=run.id.to_string()>
            <div class="row">
                <b>{kind}</b>
                {span.map(|span| view! { <span class="muted">{span}</span> })}
                <Pill tone text=state/>
            </div>
            <Progress percent=run.percent() label=kind/>
            <p class="tabular">{numbers(voice, run)}</p>
            {waiting(voice, run).map(|text| view! { <p class="muted">{text}</p> })}
            <div class="row">
                {can_pause.then(|| button(run.id, "pause", words.pause, fill(words.pause_named, &[kind])))}
                {can_resume.then(|| button(run.id, "resume", words.resume, fill(words.resume_named, &[kind])))}
                {(run.requested != Some(RunRequest::Cancel))
                    .then(|| button(run.id, "cancel", words.end, fill(words.end_named, &[kind])))}
            </div>
        </li>
    }
    .into_any()
}

/// "412 of 12,400 messages · 285 a minute · about 42 min left".
fn numbers(voice: Voice, run: &SyncRun) -> String {
    let (words, texts) = (&voice.still.mailbox, voice.texts);
    let done = texts.number(i64::from(run.messages_fetched + run.messages_failed));
    let done = match run.messages_total {
        Some(total) => fill(words.of_total, &[&done, &texts.number(i64::from(total))]),
        None => fill(words.so_far, &[&done]),
    };
    let goes_on = run.state == RunState::Running;
    let rate = run.rate_per_minute.filter(|rate| goes_on && *rate > 0);
    let rate = rate.map(|rate| fill(words.rate, &[&texts.number(i64::from(rate))]));
    let left = run.seconds_left.filter(|left| goes_on && *left > 0);
    let left = left.map(|left| fill(words.left, &[&texts.duration(left)]));
    [Some(done), rate, left].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn waiting(voice: Voice, run: &SyncRun) -> Option<String> {
    let waiting_for = run.waiting_for.as_deref().filter(|_| run.state != RunState::Paused)?;
    let reason = capitalised(&voice.reason(waiting_for));
    Some(match run.waiting_until.filter(|until| *until > voice.now) {
        Some(until) => fill(voice.still.mailbox.waits_until, &[&reason, &voice.until(until)]),
        None => format!("{reason}."),
    })
}

fn button(run: RunId, action: &'static str, label: &'static str, named: String) -> AnyView {
    view! {
        <form method="post" action=format!("{PATH}/runs/{run}/{action}")>
            <button class="btn small" id=format!("{action}-{run}") aria-label=named>{label}</button>
        </form>
    }
    .into_any()
}
