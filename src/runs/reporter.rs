//! Where a run stands, written down while it goes on; its lease, kept alive; and what a person asks of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument as _;

use super::{pulse::Pulse, tally::Tally};
use crate::{
    Domain,
    repeats::Repeats,
    store::{RunProgress, Sign, Trouble},
    types::{AccountId, MessageId, RunCode, RunId, RunKind, RunRequest},
};

/// Changed figures are written this often at most.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// How many times a lease is renewed in its length, whether or not the figures changed: it outlives several renewals
/// that a busy machine or database lets slip.
const RENEWALS: u32 = 6;
/// Requests are looked for this often at least.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The rate is that of this long a time.
const RATE_OVER: Duration = Duration::from_secs(60);
/// A wait shorter than this is not worth showing.
const SHOWN_WAIT: Duration = Duration::from_secs(1);

/// What the error of a run says that ended itself. Each call to a provider and each statement has a limit of its own, far below that
/// of the run.
pub(crate) const STALLED: &str = "the run made no progress; the next sync continues";
/// How long the work of a run that is to stop may go on to its next safe place.
const GRACE: Duration = Duration::from_secs(5);

/// Why a run is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// By a person, for a while.
    Pause,
    /// By a person, for good.
    Cancel,
    /// The account was switched off, or, of a backfill, the monitor; it goes on when that is switched on.
    Suspended,
    /// Another process has it.
    LeaseLost,
    /// By nobody: it made no step for `SYNC_STALLED_AFTER_SECONDS`.
    Stalled,
}

/// What the calls of a run wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) code: RunCode,
    pub(crate) remaining: Duration,
}

/// Says what the calls of a run wait for just now, if for anything.
pub(crate) type Meter = Arc<dyn Fn() -> Option<Wait> + Send + Sync>;

/// The figures of a running run. A task of its own writes them, so that the work never waits for its own report.
pub(crate) struct Reporter {
    shared: Arc<Mutex<RunProgress>>,
    tally: Mutex<Tally>,
    /// Cancelled when the process stops, the lease is lost, somebody asks, or the run makes no more steps.
    pub(crate) stop: Pulse,
    /// Dropped with a run that panics: then the writing ends as well, and with it the renewal of the lease.
    writing: DropGuard,
    /// Answers with what was asked.
    writer: JoinHandle<Option<Asked>>,
}

impl Reporter {
    /// Begins to report. `meter` is asked what the run waits for.
    pub(crate) fn begin(
        domain: &Arc<Domain>,
        account: AccountId,
        run: RunId,
        kind: RunKind,
        progress: RunProgress,
        meter: Option<Meter>,
    ) -> Self {
        let tally = Mutex::new(Tally::going_on_from(progress.skip_reasons.clone()));
        let shared = Arc::new(Mutex::new(progress));
        let (stop, writing) = (Pulse::from(domain.stop.child_token()), CancellationToken::new());
        let writer = Writer {
            domain: Arc::clone(domain),
            account,
            run,
            kind,
            shared: Arc::clone(&shared),
            meter,
            stop: stop.clone(),
            rate: Rate::default(),
        };
        let writer = tokio::spawn(writer.write_while_running(writing.clone()).in_current_span());
        Self { shared, tally, stop, writing: writing.drop_guard(), writer }
    }

    /// Changes the figures.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut RunProgress) -> T) -> T {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what a round of pairing did: pairs made, messages without a pair, messages that are in one.
    pub(crate) fn paired(&self, created: u32, skipped: Vec<(MessageId, &'static str)>, paired: &[MessageId]) {
        self.count(|tally| tally.paired(skipped, paired));
        self.update(|progress| progress.pairs_created += created.cast_signed());
    }

    /// Adds messages that were kept out of every conversation, by reason.
    pub(crate) fn kept_out(&self, reasons: &[&'static str]) {
        if !reasons.is_empty() {
            self.count(|tally| tally.kept_out(reasons));
        }
    }

    fn count(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut tally);
        self.update(|progress| {
            progress.skip_reasons.clone_from(tally.reasons());
            progress.pairs_skipped = tally.reasons().values().sum();
        });
    }

    /// Does the work of the run: to its end, or to a little after the run was asked to stop. What is cut off there was not stored.
    pub(crate) async fn work<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = async { self.stop.cancelled().await; tokio::time::sleep(GRACE).await; } => None,
        }
    }

    /// Ends the reporting and returns the last figures, and what the run was asked to do.
    pub(crate) async fn end(self) -> (RunProgress, Option<Asked>) {
        self.writing.disarm().cancel();
        let asked = self.writer.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the progress writer failed");
            None
        });
        let mut progress = self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (progress.rate_per_minute, progress.seconds_left) = (None, None);
        (progress, asked)
    }
}

struct Writer {
    domain: Arc<Domain>,
    account: AccountId,
    run: RunId,
    kind: RunKind,
    shared: Arc<Mutex<RunProgress>>,
    meter: Option<Meter>,
    stop: Pulse,
    rate: Rate,
}

impl Writer {
    async fn write_while_running(mut self, writing: CancellationToken) -> Option<Asked> {
        let renew_every = (self.domain.settings.sync.lease / RENEWALS).min(LOOK_EVERY);
        let mut written = RunProgress::default();
        let mut written_at = Instant::now();
        let mut step = Step::new(&written, &self.stop, Instant::now());
        let unwritten = Repeats::new();
        loop {
            tokio::select! {
                () = writing.cancelled() => return None,
                () = tokio::time::sleep(WRITE_EVERY.min(renew_every)) => {}
            }
            let mut now = self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
            self.rate.note(&mut now);
            if let Some(trouble) = self.domain.waits.of(self.run) {
                now.waiting_for = Some(trouble.code().to_owned());
            }
            let stalled = step.is_older_than(self.domain.settings.sync.stalled_after, &now, &self.stop, Instant::now());
            note_wait(&mut now, self.meter.as_ref(), self.domain.clock.now());
            if stalled && now.waiting_for.is_none() {
                tracing::error!(run = %self.run, account = %self.account, "the run made no progress and is ended");
                self.stop.cancel();
                return Some(Asked::Stalled);
            }
            if now == written && written_at.elapsed() < renew_every {
                continue;
            }
            let (d, lease, at) = (&self.domain, self.domain.settings.sync.lease_delta(), self.domain.clock.now());
            let asked = match d.store.save_progress(self.account, self.run, self.kind, &now, lease, at).await {
                Ok(Sign::Ours) => {
                    unwritten.is_over();
                    (written, written_at) = (now, Instant::now());
                    continue;
                }
                Ok(Sign::Asked(RunRequest::Pause)) => Asked::Pause,
                Ok(Sign::Asked(RunRequest::Cancel)) => Asked::Cancel,
                Ok(Sign::Suspended) => Asked::Suspended,
                Ok(Sign::Lost) => Asked::LeaseLost,
                // The database may be back at the next try; the lease outlives several of them.
                Err(error) => {
                    if unwritten.is_news(error.trouble().map_or("", Trouble::code)) {
                        tracing::warn!(run = %self.run, %error, "the progress could not be written");
                    }
                    continue;
                }
            };
            tracing::info!(run = %self.run, account = %self.account, ?asked, "the run is asked to stop");
            self.stop.cancel();
            return Some(asked);
        }
    }
}

/// The last step that a run made, as far as its figures and its pulse tell.
struct Step {
    at: Instant,
    figures: RunProgress,
    beats: u64,
}

impl Step {
    fn new(figures: &RunProgress, pulse: &Pulse, at: Instant) -> Self {
        Self { at, figures: figures.clone(), beats: pulse.beats() }
    }

    /// Notes where the run stands. Says whether it has stood there for `time`; a run that is known to wait for something stands
    /// for no time.
    fn is_older_than(&mut self, time: Duration, figures: &RunProgress, pulse: &Pulse, now: Instant) -> bool {
        if figures.waiting_for.is_some() || self.beats != pulse.beats() || self.figures != *figures {
            *self = Self::new(figures, pulse, now);
        }
        now.duration_since(self.at) >= time
    }
}

/// How fast it goes, from what was done in the last minute.
#[derive(Default)]
struct Rate {
    /// When, messages, and how much of the whole: bytes of a file, messages otherwise.
    seen: VecDeque<(Instant, i32, i64)>,
}

impl Rate {
    fn note(&mut self, progress: &mut RunProgress) {
        self.note_at(progress, Instant::now());
    }

    fn note_at(&mut self, progress: &mut RunProgress, now: Instant) {
        let (done, total) = match (progress.bytes_done, progress.bytes_total) {
            (Some(done), Some(total)) => (done, Some(total)),
            _ => {
                let done = i64::from(progress.messages_fetched) + i64::from(progress.messages_failed);
                (done, progress.messages_total.map(i64::from))
            }
        };
        self.seen.push_back((now, progress.messages_fetched, done));
        while self.seen.front().is_some_and(|(at, ..)| now.duration_since(*at) > RATE_OVER) {
            self.seen.pop_front();
        }
        let Some((since, messages, before)) = self.seen.front().copied() else { return };
        let passed = now.duration_since(since);
        if passed < SHOWN_WAIT {
            return;
        }
        let per_minute = |count: i64| count * 60_000 / i64::try_from(passed.as_millis()).unwrap_or(i64::MAX).max(1);
        let rate = per_minute(i64::from(progress.messages_fetched - messages));
        progress.rate_per_minute = i32::try_from(rate).ok();
        let speed = per_minute(done - before);
        progress.seconds_left =
            total.filter(|total| speed > 0 && *total >= done).map(|total| (total - done).saturating_mul(60) / speed);
    }
}

fn note_wait(progress: &mut RunProgress, meter: Option<&Meter>, now: DateTime<Utc>) {
    let wait = meter.and_then(|meter| meter()).filter(|wait| wait.remaining >= SHOWN_WAIT);
    let Some(wait) = wait else { return };
    progress.waiting_for = Some(wait.code.to_string());
    progress.waiting_until = TimeDelta::from_std(wait.remaining).ok().map(|remaining| now + remaining);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_minute_and_tells_how_long_the_rest_takes() {
        let mut rate = Rate::default();
        let start = Instant::now();
        let mut progress = RunProgress { messages_total: Some(1_000), ..RunProgress::default() };
        rate.note_at(&mut progress, start);
        assert_eq!((progress.rate_per_minute, progress.seconds_left), (None, None), "nothing is known yet");
        progress.messages_fetched = 50;
        rate.note_at(&mut progress, start + Duration::from_secs(10));
        assert_eq!((progress.rate_per_minute, progress.seconds_left), (Some(300), Some(190)));
        progress.messages_fetched = 60;
        rate.note_at(&mut progress, start + Duration::from_secs(65));
        assert_eq!(progress.rate_per_minute, Some(10), "the quick beginning is forgotten");
    }

    #[test]
    fn a_run_that_makes_no_step_is_noticed_and_one_that_waits_or_lists_is_not() {
        let (pulse, start, limit) = (Pulse::default(), Instant::now(), Duration::from_secs(600));
        let mut progress = RunProgress::default();
        let mut step = Step::new(&progress, &pulse, start);
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!step.is_older_than(limit, &progress, &pulse, at(599)));
        pulse.beat();
        assert!(!step.is_older_than(limit, &progress, &pulse, at(601)), "a page of a list came");
        progress.messages_fetched += 1;
        assert!(!step.is_older_than(limit, &progress, &pulse, at(1_201)), "a message came");
        progress.waiting_for = Some(RunCode::Sync.to_string());
        assert!(!step.is_older_than(limit, &progress, &pulse, at(9_000)), "it waits, and says so");
        progress.waiting_for = None;
        assert!(!step.is_older_than(limit, &progress, &pulse, at(9_001)));
        assert!(step.is_older_than(limit, &progress, &pulse, at(9_601)));
    }

    #[test]
    fn a_wait_is_told_in_the_providers_word_once_it_is_worth_it() {
        let now = DateTime::UNIX_EPOCH;
        let after = |millis| -> Meter {
            Arc::new(move || Some(Wait { code: RunCode::GmailQuota, remaining: Duration::from_millis(millis) }))
        };
        let mut progress = RunProgress::default();
        note_wait(&mut progress, Some(&after(900)), now);
        note_wait(&mut progress, None, now);
        assert_eq!((progress.waiting_for.as_deref(), progress.waiting_until), (None, None));
        note_wait(&mut progress, Some(&after(2_000)), now);
        assert_eq!(
            (progress.waiting_for.as_deref(), progress.waiting_until),
            (Some("gmail_quota"), Some(now + TimeDelta::seconds(2)))
        );
    }

    #[test]
    fn a_file_is_measured_in_bytes() {
        let mut rate = Rate::default();
        let start = Instant::now();
        let mut progress = RunProgress { bytes_done: Some(0), bytes_total: Some(1 << 30), ..RunProgress::default() };
        rate.note_at(&mut progress, start);
        (progress.bytes_done, progress.messages_fetched) = (Some(1 << 29), 20);
        rate.note_at(&mut progress, start + Duration::from_secs(30));
        assert_eq!((progress.rate_per_minute, progress.seconds_left), (Some(40), Some(30)));
    }
}
