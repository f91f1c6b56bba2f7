//! A run in words: how the server writes a [`Report`].

use chrono::{DateTime, Utc};
use replybook::types::{RunKind, RunRequest, RunState, SyncRun};

use super::{
    control::Offers,
    report::Report,
    words::{Words, kind_word, reason, state_word},
};
use crate::{
    paths,
    prefs::Lang,
    ui::{
        parts::{Moment, Tone},
        words::nouns,
    },
    words::{Voice, capitalised, day},
};

impl Report {
    /// What to show of a run at the moment `now`.
    #[must_use]
    pub fn of(lang: Lang, now: DateTime<Utc>, run: &SyncRun) -> Self {
        let (words, voice) = (Words(lang), Voice { lang, now });
        let span = (run.kind == RunKind::Backfill).then(|| match run.since {
            Some(since) => words.back_to(day(since)),
            None => words.back_to_all().to_owned(),
        });
        let (tone, state) = state(words, run);
        Self {
            id: run.id.to_string(),
            stage: stage(run),
            address: paths::run(run.id),
            kind: kind_word(lang, run.kind).to_owned(),
            span,
            tone,
            state: state.to_owned(),
            percent: run.percent(),
            line: line(voice, run),
            amount: amount(voice, run),
            waiting: waiting(voice, run),
            numbers: numbers(voice, run),
            started: run.started_at.map(|at| (words.started().to_owned(), Moment::of(voice, at))),
        }
    }
}

fn stage(run: &SyncRun) -> u8 {
    let Offers { pause, resume, cancel } = Offers::of(run);
    [pause, resume, cancel, run.state.is_over()].into_iter().fold(0, |stage, is_so| stage << 1 | u8::from(is_so))
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

/// What a run brought.
fn numbers(voice: Voice, run: &SyncRun) -> Vec<(String, String)> {
    let words = Words(voice.lang);
    [
        (words.fetched(), run.messages_fetched),
        (words.upserted(), run.messages_upserted),
        (words.pairs_created(), run.pairs_created),
        (words.pairs_skipped(), run.pairs_skipped),
        (words.set_aside(), run.messages_failed),
    ]
    .map(|(label, count)| (label.to_owned(), voice.number(i64::from(count))))
    .into()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{super::outcome::tests::run, *};

    const VOICE: Voice = Voice { lang: Lang::En, now: DateTime::UNIX_EPOCH };

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
    fn a_run_is_at_another_stage_when_something_else_can_be_asked_of_it() {
        let running = run(RunKind::Backfill, RunState::Running);
        let later = SyncRun { messages_fetched: 7, ..running.clone() };
        assert_eq!(stage(&later), stage(&running));
        let pausing = SyncRun { requested: Some(RunRequest::Pause), ..running.clone() };
        let ending = SyncRun { requested: Some(RunRequest::Cancel), ..running.clone() };
        let over = SyncRun { state: RunState::Done, ..running.clone() };
        let mut stages = [&running, &pausing, &ending, &over].map(stage).to_vec();
        stages.sort_unstable();
        stages.dedup();
        assert_eq!(stages.len(), 4);
    }
}
