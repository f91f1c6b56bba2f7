//! The loop that keeps every account up to date, and runs the imports and backfills that wait.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    Domain, ai_settings, conversations, drafts, files, import, jobs, knowledge,
    monitor::WORKER_ALIVE_FOR,
    pairs,
    repeats::Repeats,
    store::{DueAccount, StoreError, Trouble},
    sync,
    types::{Actor, JobKind, Problem, SyncSummary},
};

/// How often the worker looks whether somebody asked for something.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it looks for what a wrong clock left in the future, and after the AI providers.
const LOOK_AHEAD_EVERY: Duration = Duration::from_secs(60);
/// Accounts that are synced at the same time.
const ACCOUNTS_AT_ONCE: usize = 4;
/// Backfills that go on at the same time.
const BACKFILLS_AT_ONCE: usize = 4;
/// Jobs that are done at the same time.
const JOBS_AT_ONCE: usize = 4;

/// Why a worker could not begin.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// SQLite is for one process.
    #[error(
        "another process{} already runs the worker on this SQLite database ({}); SQLite serves one worker: stop the other \
         one, or use PostgreSQL",
        .process.map(|id| format!(" (process id {id})")).unwrap_or_default(), .lock.display()
    )]
    Taken { lock: PathBuf, process: Option<u32> },
    #[error("the lock file {} of the worker cannot be used: {error}", .lock.display())]
    Lock { lock: PathBuf, error: std::io::Error },
}

/// The right to be this database's worker. Given back when dropped, or when the process dies.
#[derive(Debug)]
pub struct WorkerLock {
    _file: Option<std::fs::File>,
}

impl WorkerLock {
    /// Takes the right. On PostgreSQL any number of workers share the accounts.
    ///
    /// # Errors
    /// See [`WorkerError`].
    pub fn take(d: &Domain) -> Result<Self, WorkerError> {
        let Some(lock) = d.store.worker_lock_path() else { return Ok(Self { _file: None }) };
        let failed = |error| WorkerError::Lock { lock: lock.clone(), error };
        let file = files::private().read(true).write(true).create(true).truncate(false).open(&lock).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let process = std::fs::read_to_string(&lock).ok().and_then(|text| text.trim().parse().ok());
                return Err(WorkerError::Taken { lock, process });
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        // For the message above, in the process that comes second. The lock holds without it, on a full disk as well.
        let written = file.set_len(0).and_then(|()| {
            use std::io::Write as _;
            write!(&file, "{}", std::process::id())
        });
        if let Err(error) = written {
            tracing::warn!(%error, lock = %lock.display(), "the lock file of the worker does not say who has it");
        }
        Ok(Self { _file: Some(file) })
    }
}

/// Runs until `stop`: queued imports, then accounts for which a resync was requested, then those whose interval is over,
/// the longest unseen first, and backfills beside them. Does nothing but show that it is there while the monitor is stopped.
pub async fn run(d: Arc<Domain>, lock: WorkerLock, stop: CancellationToken) {
    tracing::info!(interval_seconds = d.settings.sync.worker_interval.as_secs(), "worker started");
    let worker = Worker {
        started_at: d.clock.now(),
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        accounts: Arc::new(Semaphore::new(ACCOUNTS_AT_ONCE)),
        backfills: Arc::new(Semaphore::new(BACKFILLS_AT_ONCE)),
        words: Arc::new(Semaphore::new(1)),
        jobs: Arc::new(Semaphore::new(JOBS_AT_ONCE)),
        looked_ahead: Mutex::new(None),
        d: &d,
    };
    let (mut has_queued, broken_off) = (false, Repeats::new());
    while !stop.is_cancelled() {
        let round = async {
            if !has_queued {
                jobs::queue_what_waits(&d).await?;
                has_queued = true;
            }
            worker.round().await
        };
        match round.await {
            Ok(()) if broken_off.is_over() => tracing::info!("the worker goes on"),
            Ok(()) => {}
            // The database may be away for a while: the next look finds the same work.
            Err(error) => {
                if broken_off.is_news(error.trouble().map_or("", Trouble::code)) {
                    tracing::warn!(%error, "the rounds of the worker break off; it looks again every few seconds");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = d.work.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    if let Err(error) = d.store.worker_gone().await {
        tracing::debug!(%error, "the worker stays on the list until it is taken for dead");
    }
    drop(lock);
    tracing::info!("worker stopped");
}

/// Syncs every active account once, however recently it was synced, and does the jobs that come of it. For the command line.
///
/// # Errors
/// When the database cannot be read.
pub async fn run_once(d: &Arc<Domain>) -> Result<Vec<SyncSummary>, Problem> {
    let now = d.clock.now();
    d.store.void_the_future(d.settings.sync.lease_delta(), now).await?;
    let due = d.store.due_accounts(now, now).await?;
    let summaries = stream::iter(due).map(|account| sync_or_say(d, account)).buffered(ACCOUNTS_AT_ONCE);
    let summaries = summaries.filter_map(|summary| async move { summary }).collect().await;
    jobs::run_waiting(d, JobKind::ALL).await?;
    pairs::note_words(d).await?;
    conversations::note(d).await?;
    pairs::note_newest(d).await?;
    pairs::note_terms(d).await?;
    Ok(summaries)
}

async fn sync_or_say(d: &Arc<Domain>, account: DueAccount) -> Option<SyncSummary> {
    match sync::sync_now(d, Actor::command_line(), account.id).await {
        Ok(summary) => Some(summary),
        // Another process was faster, or a person began it by hand.
        Err(Problem::Conflict { .. }) => None,
        Err(problem) => {
            tracing::warn!(account = %account.id, name = %account.name, %problem, "sync did not run");
            None
        }
    }
}

struct Worker<'a> {
    d: &'a Arc<Domain>,
    host: String,
    started_at: DateTime<Utc>,
    accounts: Arc<Semaphore>,
    backfills: Arc<Semaphore>,
    words: Arc<Semaphore>,
    jobs: Arc<Semaphore>,
    /// When it last looked for what a wrong clock left in the future.
    looked_ahead: Mutex<Option<Instant>>,
}

impl Worker<'_> {
    /// Begins what there is to do and waits for none of it.
    async fn round(&self) -> Result<(), StoreError> {
        let (d, lease) = (self.d, self.d.settings.sync.lease_delta());
        if self.is_time_to_look_ahead() {
            d.store.void_the_future(lease, d.clock.now()).await?;
            let domain = Arc::clone(d);
            d.tasks.spawn(async move {
                let look_after = async {
                    drafts::close_lost(&domain).await?;
                    ai_settings::look_after(&domain).await
                };
                let looked_after = domain.stop.run_until_cancelled(look_after).await;
                if let Some(Err(error)) = looked_after {
                    tracing::warn!(%error, "looking after the AI providers broke off; it is done again later");
                }
                let queued = domain.stop.run_until_cancelled(knowledge::queue_vectors(&domain)).await;
                if let Some(Err(error)) = queued {
                    tracing::warn!(%error, "whether vectors of approved pairs are missing is not known; it is looked at again later");
                }
            });
        }
        d.store.worker_seen(&self.host, self.started_at, WORKER_ALIVE_FOR, d.clock.now()).await?;
        if !d.store.monitor_enabled().await? || d.waits.are_any() {
            return Ok(());
        }
        while let Some(queued) = d.store.claim_import(lease, d.clock.now()).await? {
            let domain = Arc::clone(d);
            d.tasks.spawn(async move { import::run_claimed(&domain, queued).await });
        }
        self.sync_due().await?;
        while let Ok(room) = Arc::clone(&self.backfills).try_acquire_owned() {
            let Some(claimed) = d.store.claim_backfill(lease, d.clock.now()).await? else { break };
            let domain = Arc::clone(d);
            d.tasks.spawn(async move {
                sync::run_backfill(&domain, claimed).await;
                drop(room);
                domain.work.notify_one();
            });
        }
        while let Ok(room) = Arc::clone(&self.jobs).try_acquire_owned() {
            let Some(job) = jobs::take(d, JobKind::ALL).await? else { break };
            let domain = Arc::clone(d);
            d.tasks.spawn(async move {
                if let Err(error) = jobs::run(&domain, &job).await {
                    tracing::warn!(job = %job.id, %error, "how the job ended could not be written down; it begins again");
                }
                drop(room);
                domain.work.notify_one();
            });
        }
        if let Ok(only_one) = Arc::clone(&self.words).try_acquire_owned() {
            let domain = Arc::clone(d);
            d.tasks.spawn(async move {
                if let Err(error) = pairs::note_words(&domain).await {
                    tracing::warn!(%error, "noting the words of threads broke off; it goes on by itself");
                }
                if let Err(error) = conversations::note(&domain).await {
                    tracing::warn!(%error, "noting conversations broke off; it goes on by itself");
                }
                if let Err(error) = pairs::note_newest(&domain).await {
                    tracing::warn!(%error, "noting the newest pairs of groups broke off; it goes on by itself");
                }
                if let Err(error) = pairs::note_terms(&domain).await {
                    tracing::warn!(%error, "noting by what pairs are found broke off; it goes on by itself");
                }
                drop(only_one);
            });
        }
        Ok(())
    }

    fn is_time_to_look_ahead(&self) -> bool {
        let mut looked = self.looked_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = looked.is_none_or(|at| at.elapsed() >= LOOK_AHEAD_EVERY);
        if is_time {
            *looked = Some(Instant::now());
        }
        is_time
    }

    async fn sync_due(&self) -> Result<(), StoreError> {
        let d = self.d;
        let interval = TimeDelta::from_std(d.settings.sync.worker_interval).unwrap_or(TimeDelta::MAX);
        let now = d.clock.now();
        for account in d.store.due_accounts(now.checked_sub_signed(interval).unwrap_or_default(), now).await? {
            // Those for whom there is no room are still due when there is.
            let Ok(room) = Arc::clone(&self.accounts).try_acquire_owned() else { break };
            match sync::start(d, Actor::worker(), account.id).await {
                Ok((_, ended)) => {
                    let domain = Arc::clone(d);
                    d.tasks.spawn(async move {
                        // How it ended is in the log and in the run; here only that there is room again.
                        let _ended = ended.await;
                        drop(room);
                        domain.work.notify_one();
                    });
                }
                Err(Problem::Conflict { .. }) => {}
                // The store has said so; the next round finds the account due as well.
                Err(Problem::Busy { .. } | Problem::StorageFull) => break,
                Err(problem) => {
                    tracing::warn!(account = %account.id, name = %account.name, %problem, "sync did not run");
                }
            }
        }
        Ok(())
    }
}
