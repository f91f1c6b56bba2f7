//! A run that meets a database that is busy, full or away waits and goes on: what it has stored is stored, and what it has not
//! is still to be had.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{
    Domain,
    store::{StoreError, Trouble},
    types::{RunId, RunState, SyncRun},
};

/// The first pause; each that follows is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A run that got nowhere for so long gives up; the next one begins where it was.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// By then the reporter of the run, which tries all the while, has renewed its lease.
const RENEWED_WITHIN: Duration = Duration::from_secs(1);
/// What has to find room on a disk that was full before a run goes on, in bytes: about a message with its pairs.
const ROOM: usize = 256 << 10;

/// The runs of this process that wait for the database. It cannot be asked for them: it takes nothing just now.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<HashMap<RunId, Trouble>>);

impl Waits {
    fn set(&self, run: RunId, trouble: Option<Trouble>) {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) => waits.insert(run, trouble),
            None => waits.remove(&run),
        };
    }

    /// What a run waits for.
    pub(super) fn of(&self, run: RunId) -> Option<Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&run).copied()
    }

    /// Whether any run waits. Its lease may be over, since nobody could renew it: nothing is to be taken up that is not new.
    pub(crate) fn are_any(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether any run waits for room on the disk.
    pub(crate) fn any_for_room(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().any(|trouble| *trouble == Trouble::Full)
    }

    /// The same run with what it waits for.
    pub(super) fn shown(&self, run: SyncRun) -> SyncRun {
        match self.of(run.id).filter(|_| run.state == RunState::Running) {
            Some(trouble) => SyncRun { waiting_for: Some(trouble.code().to_owned()), waiting_until: None, ..run },
            None => run,
        }
    }
}

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// The database takes what is written: try again.
    GoOn,
    /// The run is to stop.
    Asked,
    /// The error is none that passes, or it did not pass.
    InVain,
}

/// The patience of one run with the database.
pub(crate) struct Patience<'a> {
    d: &'a Domain,
    run: RunId,
    stop: &'a CancellationToken,
    pause: Duration,
    /// Since when it has been tried in vain.
    since: Option<Instant>,
}

impl<'a> Patience<'a> {
    /// `stop` ends every wait.
    pub(crate) fn new(d: &'a Domain, run: RunId, stop: &'a CancellationToken) -> Self {
        Self { d, run, stop, pause: FIRST_PAUSE, since: None }
    }

    /// Waits until the database takes what is written, as far as `error` speaks of the moment.
    pub(crate) async fn wait_out(&mut self, error: &StoreError) -> Waited {
        let Some(trouble) = error.trouble() else { return Waited::InVain };
        if self.since.get_or_insert_with(Instant::now).elapsed() > LONGEST_WAIT {
            return Waited::InVain;
        }
        tracing::warn!(run = %self.run, %error, waiting_for = trouble.code(), "the run waits for the database");
        self.d.waits.set(self.run, Some(trouble));
        let waited = self.until_it_takes_what_is_written(trouble).await;
        self.d.waits.set(self.run, None);
        if waited == Waited::GoOn {
            tracing::info!(run = %self.run, "the database is there again: the run goes on");
        }
        waited
    }

    async fn until_it_takes_what_is_written(&mut self, mut trouble: Trouble) -> Waited {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Waited::Asked,
                () = tokio::time::sleep(self.pause) => {}
            }
            // What fails again at once is waited for longer and longer, however often it seemed to be over.
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            let bytes = if trouble == Trouble::Full { ROOM } else { 0 };
            match self.d.store.probe(bytes, self.d.clock.now()).await {
                Ok(()) => {
                    tokio::time::sleep(RENEWED_WITHIN).await;
                    return Waited::GoOn;
                }
                Err(error) => match error.trouble() {
                    Some(other) if self.since.is_none_or(|since| since.elapsed() < LONGEST_WAIT) => {
                        trouble = other;
                        self.d.waits.set(self.run, Some(trouble));
                    }
                    _ => return Waited::InVain,
                },
            }
        }
    }

    /// The database did what was asked: the next trouble is a new one.
    pub(crate) fn restore(&mut self) {
        (self.pause, self.since) = (FIRST_PAUSE, None);
    }
}

/// Does something with the database for a run, again and again while the database is busy, full or away, until the process is
/// to stop.
///
/// # Errors
/// What the database said last.
pub(crate) async fn patiently<T, F>(d: &Domain, run: RunId, act: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut patience = Patience::new(d, run, &d.stop);
    loop {
        match act().await {
            Err(error) => match patience.wait_out(&error).await {
                Waited::GoOn => {}
                Waited::Asked | Waited::InVain => return Err(error),
            },
            done => return done,
        }
    }
}
