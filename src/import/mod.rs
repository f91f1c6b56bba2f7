//! Mail without Google: mbox files and Takeout archives become an account like any other.
//!
//! An import is a run that waits in the queue until a worker takes it. What it has stored and how far it has read are
//! written together, so that after a crash it goes on where it was; reading the same file again changes nothing, because
//! a message's key is its own content (or Gmail's id, where Takeout names it).

mod ask;
mod look;
mod read;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::{
    Domain,
    accounts::{our_addresses, parse_addresses, too_many},
    aside::{self, Wanted},
    files,
    mail::{AddressSet, open_mail_source_until},
    pairs::{pair_account, redecide},
    runs::{self, Asked, Patience, Reporter, STALLED, Waited, patiently},
    store::{Act, Batch, ConnectAccount, Connected, NewRun, ProviderSeed, QueuedImport, RunEnd, StoreError},
    types::{
        AccountId, Actor, ErrorCode, FileProblem, InvalidCode, Problem, Provider, RunCode, RunId, RunKind, RunState,
        SyncRun,
    },
    uploads,
};
pub use ask::{Received, addresses_of, answer, complete, receive};
use read::{Piece, ReadCursor, Reading, read_file};

/// The mailbox behind "Try the sample mailbox", packed by `build.rs`: see `sample/README.md`.
static SAMPLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sample.mbox.gz"));
const SAMPLE_NAME: &str = "sample-mailbox.mbox";
const SAMPLE_ADDRESSES: &str =
    "support@fernhill.example, hello@fernhill.example, returns@fernhill.example, anna@fernhill.example";

/// Batches between two rounds of pairing: the first pairs appear early, and a large file is not paired over and over.
const BATCHES_PER_PAIRING: u32 = 10;
/// How often an import that is to begin looks whether the database is there again.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Batches read ahead. Together with the size of a batch this bounds the memory of an import.
const READ_AHEAD: usize = 2;
/// How long a run that is over waits for the reading of its file to end.
const READER_ENDS_WITHIN: Duration = Duration::from_secs(5);

/// How long the first message of a file is looked for: it may lie far back in a large archive.
const FIRST_MESSAGE_WITHIN: Duration = Duration::from_secs(10 * 60);
/// How much longer a disk may keep those waiting who read from it and would stop by themselves.
const DISK_MARGIN: Duration = Duration::from_secs(15);

/// A file to import.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Where it lies. A file inside the uploads folder is deleted when it has been imported.
    pub path: PathBuf,
    /// The name it came under.
    pub name: String,
    /// Our addresses in this mail, comma separated; the first names the account, unless it is one of an account that is here.
    pub as_address: String,
}

/// Queues an import; the worker begins it at once if it is free.
///
/// # Errors
/// [`Problem::Invalid`] for `file` or `as_address`, naming what is wrong. An uploaded file that cannot be used is deleted.
pub async fn start(d: &Arc<Domain>, by: Actor, upload: Upload) -> Result<RunId, Problem> {
    let queued = queue(d, by, &upload).await;
    if queued.is_err() {
        uploads::discard(d, &upload.path).await;
    }
    queued
}

async fn queue(d: &Arc<Domain>, by: Actor, upload: &Upload) -> Result<RunId, Problem> {
    let new = prepare(d, by, upload).await?;
    let run = d.store.queue_run(&new, d.clock.now()).await?;
    tracing::info!(%by, %run, account = %new.account, "import queued");
    d.work.notify_one();
    claim_here(d);
    Ok(run)
}

/// Queues an import of the sample mailbox.
///
/// # Errors
/// When the file cannot be written or the database cannot be used.
pub async fn start_sample(d: &Arc<Domain>, by: Actor) -> Result<RunId, Problem> {
    let path = uploads::new_sample(d);
    let mut sample = Vec::new();
    flate2::read::GzDecoder::new(SAMPLE)
        .read_to_end(&mut sample)
        .and_then(|_| files::make_folder(&uploads::folder(d)))
        .and_then(|()| files::write_new(&path, &sample))
        .map_err(|error| Problem::internal(&error))?;
    let upload = Upload { path, name: SAMPLE_NAME.to_owned(), as_address: SAMPLE_ADDRESSES.to_owned() };
    start(d, by, upload).await
}

/// Imports a file here and now, for the command line. An earlier import of the same file that was interrupted goes on.
///
/// # Errors
/// As [`start`]; `sync_already_running` when the account is being imported or synced by another process.
pub async fn import_file(
    d: &Arc<Domain>,
    path: &Path,
    as_address: &str,
    mut on_progress: impl FnMut(&SyncRun),
) -> Result<SyncRun, Problem> {
    let path = std::path::absolute(path).map_err(|error| Problem::internal(&error))?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let upload = Upload { path, name, as_address: as_address.to_owned() };
    let new = prepare(d, Actor::command_line(), &upload).await?;
    let queued =
        d.store.begin_import(&new, d.settings.sync.lease_delta(), d.clock.now()).await.map_err(runs::lease_problem)?;
    let run = queued.run;
    let mut work = std::pin::pin!(run_claimed(d, queued));
    loop {
        let over = tokio::select! {
            () = &mut work => true,
            () = tokio::time::sleep(Duration::from_millis(500)) => false,
        };
        let now = runs::get(d, run).await?;
        on_progress(&now);
        if over {
            return Ok(now);
        }
    }
}

/// A server without a worker of its own still runs the imports that its own pages began.
fn claim_here(d: &Arc<Domain>) {
    let domain = Arc::clone(d);
    d.tasks.spawn(async move {
        // An import of this process that waits for the database looks as if nobody had it.
        while domain.waits.are_any() && !domain.stop.is_cancelled() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        match domain.store.claim_import(domain.settings.sync.lease_delta(), domain.clock.now()).await {
            Ok(Some(queued)) => run_claimed(&domain, queued).await,
            // The worker was faster, or the account is busy: the worker takes it when it is free.
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the import stays in the queue"),
        }
    });
}

/// The account of the file, which belongs to whoever imports it unless it has an owner, and the run to queue.
async fn prepare(d: &Domain, by: Actor, upload: &Upload) -> Result<NewRun, Problem> {
    let addresses = own_addresses_of(upload)?;
    let (path, stop) = (upload.path.clone(), d.stop.clone());
    let looking = move |wanted: &Wanted| {
        let wanted = wanted.clone();
        look_at(&path, move || stop.is_cancelled() || !wanted.is_so())
    };
    let size = aside_of_disk(FIRST_MESSAGE_WITHIN, looking).await?;
    let now = d.clock.now();
    let first = addresses.first().map(String::as_str).unwrap_or_default();
    let before = d.store.imported_under(first).await?;
    let address = before.as_deref().unwrap_or(first);
    let display_name = format!("Mbox – {address}");
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Mbox, default_scopes: None },
        owner: by.user,
        address,
        display_name: &display_name,
        tokens: None,
        auth: None,
        imap: None,
    };
    let Connected { account, is_off, .. } = d.store.connect_account(connect, Act { by, at: now }).await?;
    if is_off {
        return Err(Problem::invalid("account", InvalidCode::AccountDisabled));
    }
    if !d.store.take_as_ours(account, &addresses, now).await? {
        return Err(too_many("as_address"));
    }
    Ok(NewRun {
        account,
        kind: RunKind::Import,
        by,
        source: Some((upload.path.clone(), upload.name.clone(), size)),
        since: None,
    })
}

/// Reads a file for somebody who waits, so long at most, and a little longer where the disk itself does not answer.
async fn aside_of_disk<T: Send + 'static>(
    limit: Duration,
    reading: impl FnOnce(&Wanted) -> Result<T, FileProblem> + Send + 'static,
) -> Result<T, Problem> {
    let read = aside::within(limit + DISK_MARGIN, reading).await;
    let read = read.map_err(|error| error.or("reading a mailbox file", Problem::invalid("file", too_slow(limit))))?;
    read.map_err(|problem| Problem::invalid("file", problem))
}

fn too_slow(limit: Duration) -> FileProblem {
    FileProblem::Slow { seconds: limit.as_secs() }
}

/// Opens the file as the import will, up to its first message: a file that is no mail is refused at once.
fn look_at(path: &Path, stop: impl Fn() -> bool + Send + Sync + 'static) -> Result<i64, FileProblem> {
    let mut source = open_mail_source_until(path, stop)?;
    let size = source.progress().total();
    let is_archive = source.is_archive();
    loop {
        let member = source.next_member()?.ok_or(FileProblem::Empty)?;
        match member.messages().begin().map_err(FileProblem::from) {
            Err(FileProblem::Empty) if is_archive => {}
            begun => break begun?,
        }
    }
    Ok(i64::try_from(size).unwrap_or(i64::MAX))
}

/// Whose mail the file is: the first address names the account.
fn own_addresses_of(upload: &Upload) -> Result<Vec<String>, Problem> {
    let addresses = parse_addresses("as_address", &upload.as_address)?;
    if addresses.is_empty() {
        return Err(Problem::invalid("as_address", InvalidCode::OwnAddressMissing));
    }
    Ok(addresses)
}

/// Runs an import whose lease is held, and writes down how it ended.
pub(crate) async fn run_claimed(d: &Arc<Domain>, queued: QueuedImport) {
    let span = runs::span(RunKind::Import, queued.run, queued.account, Some(Provider::Mbox.as_str()));
    let (run, path) = (queued.run, queued.path.clone());
    let going_on = async {
        let is_over = match runs::caught(Box::pin(run_import(d, queued))).await {
            Ok(Ok(state)) => state.is_over(),
            // The database was away for too long: the lease ends by itself, and a worker takes the import up again.
            Ok(Err(error)) if error.trouble().is_some() => {
                tracing::error!(%error, "the import broke off");
                false
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the import broke off");
                runs::give_back(d, run, &error, "import the file again to go on").await
            }
            Err(panicked) => {
                tracing::error!("the import broke off");
                runs::give_back(d, run, &panicked, "import the file again to go on").await
            }
        };
        if is_over {
            uploads::discard(d, &path).await;
        }
    };
    going_on.instrument(span).await;
}

async fn run_import(d: &Arc<Domain>, queued: QueuedImport) -> Result<RunState, StoreError> {
    let QueuedImport { run, account, path, cursor, progress } = queued;
    let reporter = Reporter::begin(d, account, run, RunKind::Import, progress, None);
    let result = async {
        let ours = patiently(d, run, || our_addresses(d)).await?;
        patiently(d, run, || redecide(d, account, &ours)).await?;
        Import { d, account, run, ours: &ours, reporter: &reporter }.whole(path, cursor).await
    };
    let result = result.await;
    let stopped = reporter.stop.is_cancelled();
    let (mut progress, asked) = reporter.end().await;
    let state = match result? {
        _ if asked == Some(Asked::LeaseLost) => return Ok(RunState::Running),
        _ if asked == Some(Asked::Cancel) => RunState::Cancelled,
        _ if asked == Some(Asked::Stalled) => {
            progress.error(RunCode::Stalled, STALLED);
            if progress.messages_fetched > 0 { RunState::Partial } else { RunState::Failed }
        }
        _ if stopped => {
            let state = if asked == Some(Asked::Pause) { RunState::Paused } else { RunState::Queued };
            patiently(d, run, || d.store.set_run_aside(run, state, &progress, d.clock.now())).await?;
            tracing::info!(%state, "import left off");
            return Ok(state);
        }
        Some((code, text)) => {
            progress.error(code, &text);
            if progress.messages_fetched > 0 { RunState::Partial } else { RunState::Failed }
        }
        None if progress.errors_total > 0 => RunState::Partial,
        None => RunState::Done,
    };
    let end = RunEnd { state, progress, account_cursor: None };
    let summary = patiently(d, run, || d.store.finish_run(run, &end, d.clock.now())).await?;
    tracing::info!(
        %state, read = summary.messages_fetched, upserted = summary.messages_upserted,
        pairs = summary.pairs_created, "import ended"
    );
    Ok(state)
}

struct Import<'a> {
    d: &'a Arc<Domain>,
    account: AccountId,
    run: RunId,
    ours: &'a AddressSet,
    reporter: &'a Reporter,
}

impl Import<'_> {
    /// Reads, stores and pairs to the end of the file. Returns why the file could not be read to its end, if so.
    async fn whole(&self, path: PathBuf, cursor: Option<Value>) -> Result<Option<(ErrorCode, String)>, StoreError> {
        let reading = Reading {
            path,
            cursor: cursor.and_then(|value| serde_json::from_value::<ReadCursor>(value).ok()),
            ours: self.ours.clone(),
            attachments: self.d.settings.attachments,
            stop: (*self.reporter.stop).clone(),
        };
        let (send, mut pieces) = mpsc::channel(READ_AHEAD);
        let reader = tokio::task::spawn_blocking(move || read_file(reading, &send));
        let (mut batches, mut broken) = (0, None);
        let mut patience = Patience::new(self.d, self.run, &self.reporter.stop);
        loop {
            // A file that cannot be read on, e.g. of a network drive that is gone, does not keep a run that is to stop.
            let piece = tokio::select! {
                biased;
                piece = pieces.recv() => piece,
                () = self.reporter.stop.cancelled() => None,
            };
            let Some(piece) = piece else { break };
            match piece {
                Piece::Broken(problem) => broken = Some((problem.code().into(), problem.to_string())),
                Piece::Batch(mut batch) => {
                    let known = Mutex::new(Vec::new());
                    let look = || async {
                        let found = self.d.store.copies_of(self.account, &batch.messages).await?;
                        *known.lock().unwrap_or_else(PoisonError::into_inner) = found;
                        Ok(())
                    };
                    if !self.is_done(&mut patience, look).await? {
                        break;
                    }
                    let known = known.into_inner().unwrap_or_else(PoisonError::into_inner);
                    batch.recognise(known, self.ours);
                    if !self.is_done(&mut patience, || self.store(&batch)).await? {
                        break;
                    }
                    batches += 1;
                    if batches % BATCHES_PER_PAIRING == 0 && !self.is_done(&mut patience, || self.pair()).await? {
                        break;
                    }
                }
            }
        }
        // The reader ends when nobody takes what it reads.
        drop(pieces);
        match tokio::time::timeout(READER_ENDS_WITHIN, reader).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => broken = Some((RunCode::Internal.into(), format!("reading the file failed: {error}"))),
            Err(_) => tracing::warn!("the file cannot be read on; it is left to the system"),
        }
        if !self.reporter.stop.is_cancelled() {
            self.is_done(&mut patience, || self.pair()).await?;
        }
        Ok(broken)
    }

    /// Does something with the database, and waits while it is busy, full or away. `false`: the run is asked to stop meanwhile.
    async fn is_done<F>(&self, patience: &mut Patience<'_>, act: impl Fn() -> F) -> Result<bool, StoreError>
    where
        F: Future<Output = Result<(), StoreError>>,
    {
        while let Err(error) = act().await {
            match patience.wait_out(&error).await {
                Waited::GoOn => {}
                Waited::Asked => return Ok(false),
                Waited::InVain => return Err(error),
            }
        }
        patience.restore();
        Ok(true)
    }

    async fn store(&self, batch: &read::MailBatch) -> Result<(), StoreError> {
        let cursor = serde_json::to_value(batch.cursor).ok();
        let stored = Batch {
            messages: &batch.messages,
            failures: &batch.failures,
            cursor: cursor.as_ref(),
            ..Batch::of(self.account, self.run)
        };
        let stored = self.d.store.store_batch(stored, self.d.clock.now()).await?;
        self.reporter.stop.beat();
        self.reporter.update(|progress| {
            progress.messages_fetched += batch.read;
            progress.messages_upserted += stored.upserted.cast_signed();
            progress.messages_failed += i32::try_from(batch.failures.len() + stored.refused.len()).unwrap_or(i32::MAX);
            progress.bytes_done = Some(batch.file_bytes_read);
            batch.failures.iter().chain(&stored.refused).for_each(|failure| progress.failure(failure));
        });
        self.reporter.kept_out(&batch.kept_out);
        Ok(())
    }

    async fn pair(&self) -> Result<(), StoreError> {
        let totals = pair_account(self.d, self.account, self.ours).await?;
        self.reporter.update(|progress| totals.tell_refused(progress));
        self.reporter.paired(totals.report.created, totals.skipped, &totals.paired);
        Ok(())
    }
}
