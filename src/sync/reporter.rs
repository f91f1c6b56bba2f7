//! Where a run stands, written down while it goes on; and its lease, kept alive.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    Domain,
    gmail::Governor,
    store::RunProgress,
    types::{AccountId, RunId},
};

/// Changed figures are written this often at most.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// How many times a lease is renewed in its length, whether or not the figures changed: it outlives several renewals
/// that a busy machine or database lets slip.
const RENEWALS: u32 = 6;
/// A wait shorter than this is not worth showing.
const SHOWN_WAIT: Duration = Duration::from_secs(1);

/// The figures of a running run. A task of its own writes them, so that the work never waits for its own report.
pub(crate) struct Reporter {
    shared: Arc<Mutex<RunProgress>>,
    /// Cancelled when the process stops or the lease is lost.
    pub(crate) stop: CancellationToken,
    writing: CancellationToken,
    writer: JoinHandle<()>,
}

impl Reporter {
    /// Begins to report. `governor` is asked what the run waits for.
    pub(crate) fn begin(
        domain: &Arc<Domain>,
        account: AccountId,
        run: RunId,
        progress: RunProgress,
        governor: Option<Arc<Governor>>,
    ) -> Self {
        let shared = Arc::new(Mutex::new(progress));
        let (stop, writing) = (domain.stop.child_token(), CancellationToken::new());
        let writer = tokio::spawn(write_while_running(
            Arc::clone(domain),
            account,
            run,
            Arc::clone(&shared),
            governor,
            stop.clone(),
            writing.clone(),
        ));
        Self { shared, stop, writing, writer }
    }

    /// Changes the figures.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut RunProgress) -> T) -> T {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the reporting and returns the last figures.
    pub(crate) async fn end(self) -> RunProgress {
        self.writing.cancel();
        if let Err(error) = self.writer.await {
            tracing::error!(%error, "the progress writer failed");
        }
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn write_while_running(
    domain: Arc<Domain>,
    account: AccountId,
    run: RunId,
    shared: Arc<Mutex<RunProgress>>,
    governor: Option<Arc<Governor>>,
    stop: CancellationToken,
    writing: CancellationToken,
) {
    let lease = domain.settings.sync.lease;
    let renew_every = lease / RENEWALS;
    let mut written = RunProgress::default();
    let mut written_at = Instant::now();
    loop {
        tokio::select! {
            () = writing.cancelled() => return,
            () = tokio::time::sleep(WRITE_EVERY.min(renew_every)) => {}
        }
        let mut now = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        note_wait(&mut now, governor.as_deref(), domain.clock.now());
        if now == written && written_at.elapsed() < renew_every {
            continue;
        }
        match domain
            .store
            .save_progress(account, run, &now, domain.settings.sync.lease_delta(), domain.clock.now())
            .await
        {
            Ok(true) => (written, written_at) = (now, Instant::now()),
            Ok(false) => {
                tracing::warn!(%run, %account, "the lease of this run is gone; stopping");
                stop.cancel();
                return;
            }
            // The database may be back at the next try; the lease outlives several of them.
            Err(error) => tracing::warn!(%run, %error, "the progress could not be written"),
        }
    }
}

fn note_wait(progress: &mut RunProgress, governor: Option<&Governor>, now: chrono::DateTime<chrono::Utc>) {
    let wait = governor.and_then(|governor| governor.status().waiting);
    let Some(remaining) = wait.and_then(|wait| wait.remaining).filter(|remaining| *remaining >= SHOWN_WAIT) else {
        return;
    };
    progress.waiting_for = Some("gmail_quota".to_owned());
    progress.waiting_until = TimeDelta::from_std(remaining).ok().map(|remaining| now + remaining);
}
