//! One run for one account, whoever keeps its mail: what changed → fetch → parse → store → pairs.
//!
//! The first run of an account compares a window with what is stored, that is: fetches it. Every later one asks the provider
//! what changed since; where the provider no longer knows, the window is compared again. A backfill fetches what is older
//! ([`super::backfill`]).
//!
//! The cursor moves only when a run reached its end, and it names a place that the provider gave before the run looked: what
//! happens meanwhile is seen again by the next run, never missed.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    source::{Arrival, Arrived, Fetch, Found, MailSource, Place, SourceError, SourceErrorKind, Stop, Window, go_on},
    sources::Source,
};
use crate::{
    Domain,
    accounts::our_addresses,
    mail::AddressSet,
    net::{CLOCK_MAY_BE_OFF, Priority},
    pairing::SkipReason,
    pairs::{pair_account, redecide},
    runs::{Asked, Patience, Reporter, STALLED, Waited, patiently},
    store::{Batch, NewFailure, NewJob, NewMessage, RunEnd, RunProgress},
    types::{Account, AttachmentPolicy, Problem, RunCode, RunId, RunKind, RunState, RunTrigger, SyncSummary},
};

/// Fetches under way at once; the quota governor sets the pace.
const CONCURRENT_FETCHES: usize = 6;
/// Fetches that are stored together.
const FETCHES_PER_BATCH: usize = 50;
/// After this many fetches in a row that failed for a passing reason, the service is taken to be down.
const FAILURES_IN_A_ROW: u32 = 5;
/// Whether a search since a second includes that second is not known of every provider.
const SAME_MINUTE: i64 = 60;
/// A message that was set aside is tried again in this many runs.
const MAX_ATTEMPTS: i32 = 8;

/// Where the next sync begins, and which mail is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Seconds since 1970. The mail received since then is here.
    pub(super) covered_since: i64,
    /// Seconds since 1970: when the window was chosen, by our clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) planned_at: Option<i64>,
    /// Mail back to then may be here: from a backfill that is not finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reached_since: Option<i64>,
    /// The place in the provider's history up to which everything is here.
    #[serde(flatten)]
    pub(super) place: Place,
}

impl Cursor {
    /// Whether the clock was ahead when the window was chosen: mail may be missing from it.
    fn is_of_the_future(&self, now: DateTime<Utc>) -> bool {
        let latest = (now + CLOCK_MAY_BE_OFF).timestamp();
        self.covered_since > latest || self.planned_at.is_some_and(|at| at > latest)
    }

    pub(super) fn window(&self) -> Window {
        let reached = self.reached_since.unwrap_or(self.covered_since);
        Window { covered_since: self.covered_since, reached_since: reached.min(self.covered_since) }
    }
}

/// Runs a sync whose lease is held, and writes down how it ended.
///
/// # Errors
/// When it broke off by our own fault: the cause is in the log under the id that the problem carries.
pub(super) async fn run(
    d: &Arc<Domain>,
    account: &Account,
    run: RunId,
    trigger: RunTrigger,
) -> Result<SyncSummary, Problem> {
    let reporter =
        Reporter::begin(d, account.id, run, RunKind::Sync, RunProgress::default(), Source::meter(d, account));
    let priority = if trigger == RunTrigger::Worker { Priority::Background } else { Priority::Interactive };
    let result = match Source::open(d, account, priority, reporter.stop.clone()) {
        Ok(source) => {
            let work = Work::new(d, account, run, &source, &reporter);
            let mut patience = Patience::new(d, run, &reporter.stop);
            let working = async {
                loop {
                    match work.sync(trigger).await {
                        // What is stored is not asked for again.
                        Err(Stop::Store(error)) => match patience.wait_out(&error).await {
                            Waited::GoOn => {}
                            Waited::Asked => break Err(Stop::Asked),
                            Waited::InVain => break Err(Stop::Store(error)),
                        },
                        result => break result,
                    }
                }
            };
            reporter.work(working).await.unwrap_or(Err(Stop::Asked))
        }
        Err(error) => Err(error.into()),
    };
    let (mut progress, asked) = reporter.end().await;
    let (state, cursor) = match result {
        Ok(Reached { cursor, all: true }) if progress.errors_total == 0 => (RunState::Done, Some(cursor)),
        Ok(Reached { cursor, all: true }) => (RunState::Partial, Some(cursor)),
        Ok(Reached { all: false, .. }) => (RunState::Partial, None),
        Err(stop) => (ended_early(d, account, run, stop, asked, &mut progress).await?, None),
    };
    let account_cursor = cursor.and_then(|cursor| serde_json::to_value(cursor).ok());
    let end = RunEnd { state, progress, account_cursor };
    let summary = patiently(d, run, || d.store.finish_run(run, &end, d.clock.now())).await?;
    tracing::info!(
        %run, account = %account.id, state = %summary.state, fetched = summary.messages_fetched,
        upserted = summary.messages_upserted, pairs = summary.pairs_created, errors = summary.errors.len(), "sync ended"
    );
    Ok(summary)
}

/// What a run that stopped before its end has come to; notes what the account needs because of it.
///
/// # Errors
/// When our own database failed: nothing more can be written down.
pub(super) async fn ended_early(
    d: &Domain,
    account: &Account,
    run: RunId,
    stop: Stop,
    asked: Option<Asked>,
    progress: &mut RunProgress,
) -> Result<RunState, Problem> {
    let got_something = progress.messages_fetched > 0;
    match stop {
        Stop::Asked => Ok(match asked {
            Some(Asked::Pause) => RunState::Paused,
            Some(Asked::Cancel) => RunState::Cancelled,
            Some(Asked::Stalled) => {
                stalled(d, account, progress).await?;
                if progress.messages_fetched > 0 { RunState::Partial } else { RunState::Failed }
            }
            Some(Asked::Suspended) => {
                let text = "the account was disabled; once it is enabled, the next sync continues";
                progress.error(RunCode::AccountDisabled, text);
                RunState::Cancelled
            }
            Some(Asked::LeaseLost) | None => {
                progress.error(RunCode::Interrupted, "the server was stopped; the next sync continues");
                RunState::Interrupted
            }
        }),
        Stop::Source(error) => {
            let now = d.clock.now();
            match error.kind {
                SourceErrorKind::Person(problem) => {
                    patiently(d, run, || d.store.set_account_problem(account.id, problem, now)).await?;
                }
                SourceErrorKind::Limit | SourceErrorKind::Passing | SourceErrorKind::Everything => {
                    let asked = error.retry_after.and_then(|wait| TimeDelta::from_std(wait).ok());
                    let interval = d.settings.sync.worker_interval;
                    patiently(d, run, || d.store.back_off(account.id, asked, error.code, interval, now)).await?;
                }
                SourceErrorKind::Gone | SourceErrorKind::Thing => {}
            }
            progress.error(error.code, &error.text);
            Ok(if got_something { RunState::Partial } else { RunState::Failed })
        }
        Stop::Store(error) => Err(Problem::from(error)),
    }
}

/// Notes that a run ended itself because it did not get on; the next one waits a little.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn stalled(d: &Domain, account: &Account, progress: &mut RunProgress) -> Result<(), Problem> {
    let interval = d.settings.sync.worker_interval;
    d.store.back_off(account.id, None, RunCode::Stalled, interval, d.clock.now()).await?;
    progress.error(RunCode::Stalled, STALLED);
    Ok(())
}

/// The end of a run that was not stopped.
pub(super) struct Reached {
    cursor: Cursor,
    /// Whether everything that was found was tried.
    all: bool,
}

/// One run's work on one mailbox.
pub(super) struct Work<'a, S> {
    pub(super) d: &'a Arc<Domain>,
    pub(super) account: &'a Account,
    pub(super) run: RunId,
    pub(super) source: &'a S,
    pub(super) reporter: &'a Reporter,
}

/// What came of one [`Fetch`].
#[derive(Default)]
struct Fetched {
    /// Messages that the provider answered with.
    fetched: i32,
    messages: Vec<Arrived>,
    failures: Vec<NewFailure>,
    /// Messages for which the provider could not be asked just now.
    passing: Vec<NewFailure>,
    /// Ids that need not be asked for again: gone, or no mail to keep.
    settled: Vec<String>,
    /// Why messages are no mail to keep, by a code each.
    kept_out: Vec<&'static str>,
}

impl<'a, S: MailSource> Work<'a, S> {
    pub(super) fn new(
        d: &'a Arc<Domain>,
        account: &'a Account,
        run: RunId,
        source: &'a S,
        reporter: &'a Reporter,
    ) -> Self {
        Self { d, account, run, source, reporter }
    }

    async fn sync(&self, trigger: RunTrigger) -> Result<Reached, Stop> {
        self.learn_aliases().await?;
        self.check_clock()?;
        let ours = our_addresses(self.d).await?;
        redecide(self.d, self.account.id, &ours).await?;
        let (found, cursor) = self.look().await?;
        self.tell_passed_over();
        let mut fetches = found.fetches;
        self.add_set_aside(&mut fetches).await?;
        let limit = match trigger {
            RunTrigger::Manual => self.d.settings.sync.manual_message_limit,
            RunTrigger::Worker | RunTrigger::Cli => None,
        };
        let left_over = limit.map_or(0, |limit| cut_to(&mut fetches, limit));
        let total: usize = fetches.iter().map(Fetch::size).sum();
        // After a wait for the database: what came before counts as well.
        self.reporter.update(|progress| progress.messages_total = Some(progress.messages_fetched + count(total)));
        let deletion = self.d.settings.sync.deleted_mail;
        self.d.store.apply_changes(self.account.id, self.run, &found.changes, deletion, self.d.clock.now()).await?;
        self.fetch_all(fetches, &ours).await?;
        if left_over == 0 {
            self.d
                .store
                .apply_changes(self.account.id, self.run, &found.afterwards, deletion, self.d.clock.now())
                .await?;
        }
        // Pairs of threads that an earlier run stored and did not get to.
        self.pair(&ours).await?;
        if left_over > 0 {
            self.reporter.update(|progress| {
                let text = format!(
                    "stopped at the limit of {total} messages for a manual sync; {left_over} more wait for the next one"
                );
                progress.error(RunCode::Partial, &text);
            });
        }
        Ok(Reached { cursor, all: left_over == 0 })
    }

    /// Notes what the source could not look at: the run is then no more than partly done.
    pub(super) fn tell_passed_over(&self) {
        let passed_over = self.source.passed_over();
        if !passed_over.is_empty() {
            self.reporter.update(|progress| passed_over.iter().for_each(|(code, text)| progress.error(*code, text)));
        }
    }

    /// What changed since the last run, or the window where there is none; and the cursor once all of it is done.
    async fn look(&self) -> Result<(Found, Cursor), Stop> {
        let stored = self.d.store.account_cursor(self.account.id).await?;
        let now = self.d.clock.now();
        let stored = stored.and_then(|value| serde_json::from_value::<Cursor>(value).ok());
        let cursor = match stored.filter(|cursor| !cursor.is_of_the_future(now)) {
            Some(cursor) => cursor,
            None => return self.first_look(now).await,
        };
        let changes = if cursor.place.is_empty() {
            None
        } else {
            self.source.changes_since(&cursor.place, cursor.window()).await?
        };
        let found = match changes {
            Some(found) => found,
            None => {
                if !cursor.place.is_empty() {
                    tracing::info!(account = %self.account.id, "the history since the last sync is no longer kept: comparing");
                }
                self.source.compare(cursor.window()).await?
            }
        };
        let place = found.place.clone();
        Ok((found, Cursor { place, ..cursor }))
    }

    /// Looks at the window of a first sync. It begins no later than with the newest mail there is, whatever our clock says.
    async fn first_look(&self, now: DateTime<Utc>) -> Result<(Found, Cursor), Stop> {
        let lookback = TimeDelta::from_std(self.d.settings.sync.first_lookback).unwrap_or(TimeDelta::days(30));
        let mut cursor = Cursor {
            covered_since: (now - lookback).timestamp(),
            reached_since: None,
            planned_at: Some(now.timestamp()),
            place: Place::new(),
        };
        let mut found = self.source.compare(cursor.window()).await?;
        if found.fetches.is_empty()
            && let Some(newest) = self.source.newest().await?.filter(|newest| *newest < cursor.covered_since)
        {
            cursor.covered_since = newest - SAME_MINUTE;
            found = self.source.compare(cursor.window()).await?;
        }
        cursor.place.clone_from(&found.place);
        Ok((found, cursor))
    }

    /// Refuses to plan by a clock that is wrong.
    pub(super) fn check_clock(&self) -> Result<(), SourceError> {
        match self.source.clock_ahead() {
            Some(ahead) if ahead.abs() > CLOCK_MAY_BE_OFF => Err(SourceError {
                kind: SourceErrorKind::Passing,
                code: RunCode::Clock,
                text: format!(
                    "the clock of this server is {} {} the provider's; set it (NTP), then the sync continues automatically",
                    in_words(ahead.abs()),
                    if ahead > TimeDelta::zero() { "ahead of" } else { "behind" },
                ),
                retry_after: None,
                store: None,
            }),
            _ => Ok(()),
        }
    }

    /// The addresses under which this mailbox sends. They are ours as well.
    async fn learn_aliases(&self) -> Result<(), Stop> {
        let Some(aliases) = self.source.aliases().await? else { return Ok(()) };
        if !aliases.iter().eq(self.account.meta.aliases.iter()) {
            let aliases = aliases.into_iter().collect();
            self.d.store.set_aliases(self.account.id, aliases, self.d.clock.now()).await?;
        }
        Ok(())
    }

    /// Messages that earlier runs set aside and that are to be tried again, but for those that are fetched anyway.
    async fn add_set_aside(&self, fetches: &mut Vec<Fetch>) -> Result<(), Stop> {
        let failures = self.d.store.failures_to_retry(self.account.id, MAX_ATTEMPTS).await?;
        if !failures.is_empty() {
            let anyway: BTreeSet<String> = fetches.iter().flat_map(Fetch::ids).collect();
            fetches.extend(failures.into_iter().filter(|id| !anyway.contains(id)).map(Fetch::Message));
        }
        Ok(())
    }

    /// Fetches while what came before is stored: the provider's allowance does not lie idle for our database's sake.
    async fn fetch_all(&self, fetches: Vec<Fetch>, ours: &AddressSet) -> Result<(), Stop> {
        let (send, mut fetched) = mpsc::channel(1);
        let fetching = async move {
            let fetches = stream::iter(fetches).map(|fetch| self.fetch(fetch)).buffered(CONCURRENT_FETCHES);
            let mut batches = std::pin::pin!(fetches.chunks(FETCHES_PER_BATCH));
            while let Some(batch) = batches.next().await {
                // An error of one fetch is the run's end: nothing more is asked for.
                let last = batch.iter().any(Result::is_err);
                if send.send(batch).await.is_err() || last {
                    break;
                }
            }
            Ok(())
        };
        let storing = async {
            let mut in_a_row = 0;
            while let Some(batch) = fetched.recv().await {
                self.store(batch, &mut in_a_row, ours).await?;
                go_on(&self.reporter.stop)?;
            }
            Ok(())
        };
        futures::future::try_join(fetching, storing).await.map(drop)
    }

    /// Fetches and stores a few things; for a backfill, which holds the lease for no longer than that.
    pub(super) async fn fetch_slice(
        &self,
        slice: Vec<Fetch>,
        in_a_row: &mut u32,
        ours: &AddressSet,
    ) -> Result<(), Stop> {
        let fetches = stream::iter(slice).map(|fetch| self.fetch(fetch)).buffered(CONCURRENT_FETCHES);
        self.store(fetches.collect().await, in_a_row, ours).await
    }

    async fn store(
        &self,
        results: Vec<Result<Fetched, SourceError>>,
        in_a_row: &mut u32,
        ours: &AddressSet,
    ) -> Result<(), Stop> {
        let (mut arrived, mut failures, mut passing) = (Vec::new(), Vec::new(), Vec::new());
        let (mut settled, mut kept_out, mut fetched, mut fatal) = (Vec::new(), Vec::new(), 0, None);
        for one in results {
            match one {
                Ok(one) => {
                    *in_a_row = if one.passing.is_empty() { 0 } else { *in_a_row + 1 };
                    passing.extend(one.passing);
                    fetched += one.fetched;
                    arrived.extend(one.messages);
                    failures.extend(one.failures);
                    settled.extend(one.settled);
                    kept_out.extend(one.kept_out);
                }
                Err(error) => fatal = fatal.or(Some(error)),
            }
        }
        if fatal.is_none() && *in_a_row >= FAILURES_IN_A_ROW {
            fatal = Some(SourceError {
                kind: SourceErrorKind::Passing,
                code: RunCode::Unreachable,
                text: format!("{in_a_row} calls in a row failed; stopped until the next sync"),
                retry_after: None,
                store: None,
            });
        }
        if fatal.is_none() {
            failures.append(&mut passing);
        }
        // A run that stops here finds them missing again next time: they are not set aside.
        let messages: Vec<NewMessage> = arrived.into_iter().map(|message| message.decided(ours)).collect();
        let keeps_all = self.d.settings.attachments.policy == AttachmentPolicy::All;
        let job = (keeps_all && messages.iter().any(|message| !message.parsed.attachments.is_empty()))
            .then(|| NewJob::fetch_attachments(self.account.id));
        let batch = Batch {
            job: job.as_ref(),
            messages: &messages,
            failures: &failures,
            settled: &settled,
            ..Batch::of(self.account.id, self.run)
        };
        let stored = self.d.store.store_batch(batch, self.d.clock.now()).await?;
        failures.extend(stored.refused);
        self.reporter.update(|progress| {
            progress.messages_fetched += fetched;
            progress.messages_upserted += stored.upserted.cast_signed();
            progress.messages_failed += count(failures.len());
            failures.iter().for_each(|failure| progress.failure(failure));
        });
        self.reporter.kept_out(&kept_out);
        self.pair(ours).await?;
        fatal.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn pair(&self, ours: &AddressSet) -> Result<(), Stop> {
        let totals = pair_account(self.d, self.account.id, ours).await?;
        self.reporter.update(|progress| totals.tell_refused(progress));
        self.reporter.paired(totals.report.created, totals.skipped, &totals.paired);
        Ok(())
    }

    /// Fetches one thing. What is wrong with one message costs that message; what is wrong with the account or the
    /// quota is an error.
    async fn fetch(&self, fetch: Fetch) -> Result<Fetched, SourceError> {
        let arrivals = match self.source.fetch(&fetch).await {
            Ok(arrivals) => arrivals,
            Err(error) => return failed(&fetch, error),
        };
        let mut fetched = Fetched::default();
        for arrival in arrivals {
            fetched.fetched += i32::from(!matches!(arrival, Arrival::Gone { .. }));
            match arrival {
                Arrival::Message(message) => fetched.messages.push(*message),
                Arrival::Gone { id } => fetched.settled.push(id),
                Arrival::Excluded { id, exclusion } => {
                    fetched.settled.push(id);
                    fetched.kept_out.push(SkipReason::from(exclusion).as_str());
                }
                Arrival::Unreadable { id, code, reason } => {
                    fetched.failures.push(NewFailure { external_id: id, code, reason });
                }
            }
        }
        Ok(fetched)
    }
}

/// Sets the messages aside, or gives up the run where going on makes no sense.
fn failed(fetch: &Fetch, error: SourceError) -> Result<Fetched, SourceError> {
    let set_aside = || {
        let failure = |external_id| NewFailure { external_id, code: error.code, reason: error.to_string() };
        fetch.ids().into_iter().map(failure).collect()
    };
    match error.kind {
        // Deleted between the listing and now.
        SourceErrorKind::Gone => Ok(Fetched { settled: fetch.ids(), ..Fetched::default() }),
        SourceErrorKind::Thing => Ok(Fetched { failures: set_aside(), ..Fetched::default() }),
        SourceErrorKind::Passing => Ok(Fetched { passing: set_aside(), ..Fetched::default() }),
        SourceErrorKind::Limit | SourceErrorKind::Person(_) | SourceErrorKind::Everything => Err(error),
    }
}

/// Keeps the first `limit` messages of a plan and returns how many were cut off.
fn cut_to(plan: &mut Vec<Fetch>, limit: u32) -> usize {
    let mut room = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut cut, mut first) = (0, true);
    plan.retain(|fetch| {
        // A first thread larger than the limit is taken all the same: otherwise it would never come.
        if fetch.size() <= room || std::mem::take(&mut first) {
            first = false;
            room = room.saturating_sub(fetch.size());
            true
        } else {
            // Once something did not fit, nothing older is taken in its place.
            room = 0;
            cut += fetch.size();
            false
        }
    });
    cut
}

/// A length of time in its largest unit.
fn in_words(time: TimeDelta) -> String {
    match (time.num_days(), time.num_hours()) {
        (0, 0) => format!("{} minutes", time.num_minutes()),
        (0, hours) => format!("{hours} hours"),
        (days, _) => format!("{days} days"),
    }
}

pub(super) fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
