//! Fetching what is older than the mail that is here: a long run in small slices.
//!
//! A backfill holds the account's lease for one slice at a time, so that the mail of today is synced while the mail of last
//! year comes in; a sync that waits goes first. Nothing but what is missing is ever planned, so that it goes on wherever it was
//! stopped, by a person, a shutdown or a crash.

use std::{sync::Arc, time::Duration};

use tracing::Instrument as _;

use super::{
    engine::{Cursor, Work, count, ended_early, stalled},
    source::{Fetch, MailSource, Stop, go_on},
    sources::Source,
};
use crate::{
    Domain,
    accounts::our_addresses,
    net::Priority,
    runs::{self, Asked, Patience, Reporter, Waited, patiently},
    store::{ClaimedBackfill, RunEnd},
    types::{NotFoundCode, Problem, RunCode, RunKind, RunState},
};

/// Fetches under one lease: a few seconds of an account's quota. A sync that somebody asks for waits for no longer.
const FETCHES_PER_SLICE: usize = 12;
/// How often a backfill that stepped aside looks whether it may go on.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Runs a backfill that was claimed, and writes down how it ended, or leaves it for later.
pub(crate) async fn run(d: &Arc<Domain>, claimed: ClaimedBackfill) {
    let run = claimed.run;
    let span = runs::span(RunKind::Backfill, run, claimed.account, None);
    let going_on = async {
        // What cannot be written down now is taken up again when the run gives no sign of life.
        match runs::caught(Box::pin(try_run(d, claimed))).await {
            Ok(Ok(state)) => tracing::info!(%state, "backfill left off"),
            Ok(Err(problem)) => tracing::error!(%problem, "the backfill broke off; it goes on by itself"),
            Err(panicked) => {
                tracing::error!("the backfill broke off");
                runs::give_back(d, run, &panicked, "start it again to go on").await;
            }
        }
    };
    going_on.instrument(span).await;
}

async fn try_run(d: &Arc<Domain>, claimed: ClaimedBackfill) -> Result<RunState, Problem> {
    let ClaimedBackfill { run, account, since, progress } = claimed;
    let account = d.store.account(account).await?.ok_or_else(|| Problem::not_found(NotFoundCode::Account))?;
    tracing::Span::current().record("provider", account.provider_code.as_str());
    let reporter = Reporter::begin(d, account.id, run, RunKind::Backfill, progress, Source::meter(d, &account));
    let result = match Source::open(d, &account, Priority::Background, reporter.stop.clone()) {
        Ok(source) => {
            let work = Work::new(d, &account, run, &source, &reporter);
            let mut patience = Patience::new(d, run, &reporter.stop);
            let working = async {
                loop {
                    match work.backfill(since.map(|since| since.timestamp())).await {
                        // Only what is missing is planned.
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
    let now = d.clock.now();
    let state = match result {
        Ok(()) if progress.errors_total == 0 => RunState::Done,
        Ok(()) => RunState::Partial,
        Err(Stop::Asked) => match asked {
            Some(Asked::Pause) => RunState::Paused,
            Some(Asked::Cancel) => RunState::Cancelled,
            // Somebody else has it, and writes down how it goes.
            Some(Asked::LeaseLost) => return Ok(RunState::Running),
            Some(Asked::Stalled) => {
                stalled(d, &account, &mut progress).await?;
                RunState::Queued
            }
            Some(Asked::Suspended) | None => RunState::Queued,
        },
        Err(stop) => {
            let code = match &stop {
                Stop::Source(error) => Some(error.code.to_string()),
                Stop::Asked | Stop::Store(_) => None,
            };
            ended_early(d, &account, run, stop, asked, &mut progress).await?;
            // It goes on by itself when the reason is gone: after the wait, or when a person has mended the account.
            progress.waiting_for = code;
            progress.waiting_until =
                patiently(d, run, || d.store.account(account.id)).await?.and_then(|account| account.not_before);
            RunState::Queued
        }
    };
    if state.is_over() {
        let end = RunEnd { state, progress, account_cursor: None };
        patiently(d, run, || d.store.finish_run(run, &end, now)).await?;
    } else {
        patiently(d, run, || d.store.set_run_aside(run, state, &progress, now)).await?;
    }
    Ok(state)
}

impl<S: MailSource> Work<'_, S> {
    async fn backfill(&self, since: Option<i64>) -> Result<(), Stop> {
        let ours = our_addresses(self.d).await?;
        self.lease().await?;
        self.note_reach(since.unwrap_or(0), false).await?;
        let mut fetches = self.source.missing_since(since).await?.into_iter();
        self.tell_passed_over();
        self.check_clock()?;
        let missing: usize = fetches.as_slice().iter().map(Fetch::size).sum();
        // After an interruption: what came before counts as well.
        self.reporter.update(|progress| progress.messages_total = Some(progress.messages_fetched + count(missing)));
        let mut in_a_row = 0;
        loop {
            let slice: Vec<Fetch> = fetches.by_ref().take(FETCHES_PER_SLICE).collect();
            self.lease().await?;
            if slice.is_empty() {
                break self.note_reach(since.unwrap_or(0), true).await;
            }
            let fetched = self.fetch_slice(slice, &mut in_a_row, &ours).await;
            self.d.store.release_slice_lease(self.account.id, self.run, None).await?;
            fetched?;
        }
    }

    /// Waits until no sync is going on or waiting, and takes the lease.
    async fn lease(&self) -> Result<(), Stop> {
        loop {
            go_on(&self.reporter.stop)?;
            let (lease, now) = (self.d.settings.sync.lease_delta(), self.d.clock.now());
            if self.d.store.take_slice_lease(self.account.id, self.run, lease, now).await? {
                self.reporter.update(|progress| progress.waiting_for = None);
                return Ok(());
            }
            self.reporter.update(|progress| progress.waiting_for = Some(RunCode::Sync.to_string()));
            tokio::select! {
                () = self.reporter.stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Notes how far back there may be mail here, or (`all`) how far back all of it is; and gives the lease back.
    async fn note_reach(&self, since: i64, all: bool) -> Result<(), Stop> {
        let stored = self.d.store.account_cursor(self.account.id).await?;
        let cursor = stored.and_then(|value| serde_json::from_value::<Cursor>(value).ok()).map(|mut cursor| {
            if all {
                cursor.covered_since = cursor.covered_since.min(since);
                cursor.reached_since = cursor.reached_since.filter(|reached| *reached < cursor.covered_since);
            } else {
                cursor.reached_since = Some(cursor.reached_since.map_or(since, |reached| reached.min(since)));
            }
            cursor
        });
        let cursor = cursor.and_then(|cursor| serde_json::to_value(cursor).ok());
        Ok(self.d.store.release_slice_lease(self.account.id, self.run, cursor.as_ref()).await?)
    }
}
