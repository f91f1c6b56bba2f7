//! How a run is drawn while it goes on: by the server, and again by the island whenever the run reports.

use leptos::prelude::*;
use replybook::types::{RunKind, RunRequest, RunState, SyncRun};
use serde::{Deserialize, Serialize};

use super::words::{Words, run_reason};
use crate::{
    paths,
    prefs::Lang,
    ui::{
        parts::{Ago, Pill, Progress, Tone},
        words::nouns,
    },
    words::{Voice, capitalised, day},
};

/// How much of a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// A line of a table, which leads to the run.
    Line,
    /// An entry of a list.
    Entry,
    /// Everything.
    Whole,
}

/// A run that goes on.
pub(super) fn progress(voice: Voice, run: &SyncRun, look: Look) -> AnyView {
    let words = Words(voice.lang);
    let kind = kind_word(voice.lang, run.kind);
    if look == Look::Line {
        let id = format!("run-{}", run.id);
        return view! {
            <a id=id href=paths::run(run.id) data-opens="">{line(voice, run)}</a>
            <Progress percent=run.percent() label=words.progress_label()/>
        }
        .into_any();
    }
    let span = (run.kind == RunKind::Backfill).then(|| match run.since {
        Some(since) => words.back_to(day(since)),
        None => words.back_to_all().to_owned(),
    });
    let (tone, state) = state(words, run);
    view! {
        <p class="row" role="status">
            <b>{kind}</b>
            {span.map(|span| view! { <span class="muted">{span}</span> })}
            <Pill tone text=state/>
        </p>
        <Progress percent=run.percent() label=kind/>
        <p class="tabular">{amount(voice, run)}</p>
        {waiting(voice, run).map(|text| view! { <p class="muted">{text}</p> })}
        {(look == Look::Whole).then(|| numbers(voice, run, None))}
    }
    .into_any()
}

/// The word of a state and its colour; what was asked of the run and has not happened yet comes first.
fn state(words: Words, run: &SyncRun) -> (Tone, &'static str) {
    match (run.requested, run.state) {
        (Some(RunRequest::Pause), RunState::Running) => (Tone::Warn, words.pausing()),
        (Some(RunRequest::Cancel), RunState::Running) => (Tone::Warn, words.ending()),
        (_, RunState::Running) => (Tone::Good, words.running()),
        (_, state) => (Tone::Idle, state_word(words.0, state)),
    }
}

/// What a run is doing, in one line.
fn line(voice: Voice, run: &SyncRun) -> String {
    if let Some(waiting) = waiting(voice, run) {
        return waiting;
    }
    if run.state == RunState::Running {
        return amount(voice, run);
    }
    capitalised(state_word(voice.lang, run.state))
}

/// "Fetching: 412 of 12,400 messages · 285 a minute · about 42 min left".
fn amount(voice: Voice, run: &SyncRun) -> String {
    let words = Words(voice.lang);
    let done = i64::from(run.messages_fetched) + i64::from(run.messages_failed);
    let done = match run.messages_total {
        Some(total) => words.of_total(voice.number(done), voice.count(&nouns::OF_MESSAGES, i64::from(total))),
        None => voice.count(&nouns::MESSAGE, done),
    };
    if run.state != RunState::Running {
        return done;
    }
    let (doing, percent) = match run.kind {
        RunKind::Import => (words.reading(done), run.percent().map(|percent| format!("{percent} %"))),
        RunKind::Sync | RunKind::Backfill => (words.fetching(done), None),
    };
    let rate = run.rate_per_minute.filter(|rate| *rate > 0).map(|rate| words.rate(voice.number(i64::from(rate))));
    let left = run.seconds_left.filter(|left| *left > 0).map(|left| words.left(voice.duration(left)));
    [Some(doing), percent, rate, left].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What a run waits for, and how long still.
fn waiting(voice: Voice, run: &SyncRun) -> Option<String> {
    let code = run.waiting_for.as_deref().filter(|_| run.state != RunState::Paused)?;
    let words = Words(voice.lang);
    let why = capitalised(reason(voice.lang, code).unwrap_or(words.waits_for_the_next_try()));
    Some(match run.waiting_until.filter(|until| *until > voice.now) {
        Some(until) => words.waits_until(why, voice.until(until)),
        None => format!("{why}."),
    })
}

/// What a run brought. `took` is the time it took, once it is over.
pub(super) fn numbers(voice: Voice, run: &SyncRun, took: Option<(&'static str, String)>) -> AnyView {
    let words = Words(voice.lang);
    let counts = [
        (words.fetched(), run.messages_fetched),
        (words.upserted(), run.messages_upserted),
        (words.pairs_created(), run.pairs_created),
        (words.pairs_skipped(), run.pairs_skipped),
        (words.set_aside(), run.messages_failed),
    ]
    .map(|(label, count)| view! { <div><dt>{label}</dt><dd>{voice.number(i64::from(count))}</dd></div> })
    .into_iter()
    .collect_view();
    view! {
        <dl class="numbers">
            {counts}
            {run.started_at.map(|at| view! { <div><dt>{words.started()}</dt><dd><Ago voice at/></dd></div> })}
            {took.map(|(label, took)| view! { <div><dt>{label}</dt><dd>{took}</dd></div> })}
        </dl>
    }
    .into_any()
}

/// What a run does, in two words.
pub(crate) fn kind_word(lang: Lang, kind: RunKind) -> &'static str {
    let words = Words(lang);
    match kind {
        RunKind::Sync => words.kind_sync(),
        RunKind::Import => words.kind_import(),
        RunKind::Backfill => words.kind_backfill(),
    }
}

/// Where a run stands, in a word or two.
pub(crate) fn state_word(lang: Lang, state: RunState) -> &'static str {
    let words = Words(lang);
    match state {
        RunState::Queued => words.queued(),
        RunState::Running => words.running(),
        RunState::Paused => words.paused(),
        RunState::Done => words.done(),
        RunState::Partial => words.partial(),
        RunState::Failed => words.failed(),
        RunState::Interrupted => words.interrupted(),
        RunState::Cancelled => words.cancelled(),
    }
}

/// The stored code of an error or of a wait, as part of a sentence. `None` for one that this version does not know.
pub(crate) fn reason(lang: Lang, code: &str) -> Option<&'static str> {
    code.parse().ok().map(|code| run_reason(lang, code))
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

#[cfg(test)]
pub(super) mod tests {
    use chrono::{DateTime, TimeDelta};
    use replybook::types::{AccountId, RunId, RunTrigger};

    use super::*;

    const VOICE: Voice = Voice { lang: Lang::En, now: DateTime::UNIX_EPOCH };

    pub(in super::super) fn run(kind: RunKind, state: RunState) -> SyncRun {
        SyncRun {
            id: RunId(Default::default()),
            account_id: AccountId(Default::default()),
            account_name: "Gmail – ann@shop.example".to_owned(),
            kind,
            trigger: RunTrigger::Manual,
            state,
            requested: None,
            since: None,
            messages_total: None,
            messages_fetched: 0,
            messages_upserted: 0,
            pairs_created: 0,
            pairs_skipped: 0,
            messages_failed: 0,
            found_no_pairs: false,
            pairs_in: None,
            skip_reasons: Default::default(),
            bytes_done: None,
            bytes_total: None,
            rate_per_minute: None,
            seconds_left: None,
            source_name: None,
            errors: Vec::new(),
            errors_total: 0,
            waiting_for: None,
            waiting_until: None,
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn a_line_says_what_a_run_does() {
        let fetching = SyncRun {
            messages_fetched: 410,
            messages_failed: 2,
            messages_total: Some(12_400),
            rate_per_minute: Some(285),
            seconds_left: Some(2_520),
            ..run(RunKind::Backfill, RunState::Running)
        };
        assert_eq!(line(VOICE, &fetching), "Fetching: 412 of 12,400 messages · 285 a minute · about 42 min left");
        let paused = SyncRun { state: RunState::Paused, ..fetching.clone() };
        assert_eq!(line(VOICE, &paused), "Paused");
        assert_eq!(amount(VOICE, &paused), "412 of 12,400 messages", "nothing is left while it is paused");
        let reading =
            SyncRun { bytes_done: Some(40), bytes_total: Some(100), ..run(RunKind::Import, RunState::Running) };
        assert_eq!(line(VOICE, &reading), "Reading the file: 0 messages · 40 %");
        let waiting = SyncRun {
            waiting_for: Some("gmail_quota".to_owned()),
            waiting_until: Some(VOICE.now + TimeDelta::seconds(12)),
            ..fetching
        };
        assert_eq!(line(VOICE, &waiting), "The Gmail quota for this minute is used up (12 s left)");
        let odd = SyncRun { waiting_for: Some("strange".to_owned()), waiting_until: None, ..waiting };
        assert_eq!(line(VOICE, &odd), "The next try is automatic.");
    }

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
