//! Whether the server can do its work: for those who watch it.

use std::time::{Duration, Instant};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    Domain,
    store::{StoreError, Trouble},
};

/// A database that does not answer within this time is as good as gone.
const PATIENCE: Duration = Duration::from_secs(3);
/// For so long a write that was taken stands for the next ones: whoever asks in a loop writes nothing.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// When the database last took what was written to try it.
#[derive(Debug, Default)]
pub(crate) struct LastWrite(Mutex<Option<Instant>>);

/// What the database is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// What keeps it from answering or from storing, if anything.
    pub trouble: Option<Trouble>,
    /// Whether every migration of this program has been applied; `None` while the database cannot be asked.
    pub migrated: Option<bool>,
}

/// Reads from the database, and writes to it where the last write was a few seconds ago.
pub async fn check(d: &Domain) -> Health {
    let trouble = match in_time(d.store.ping()).await {
        Err(trouble) => return Health { trouble: Some(trouble), migrated: None },
        Ok(()) => write(d).await.err(),
    };
    let migrated = in_time(d.store.migrations_applied()).await.ok();
    // What is tried is small, and may find the last free corner.
    let trouble = trouble.or_else(|| d.waits.any_for_room().then_some(Trouble::Full));
    Health { trouble, migrated }
}

async fn write(d: &Domain) -> Result<(), Trouble> {
    // Whoever comes meanwhile waits for this write and needs none: held for no longer than one takes.
    let mut last = d.last_write.0.lock().await;
    if last.is_none_or(|at| at.elapsed() >= WRITE_EVERY) {
        *last = None;
        let probe = d.store.probe(0, d.clock.now());
        match timeout(PATIENCE, probe).await {
            Ok(written) => written.map_err(|error| error.trouble().unwrap_or(Trouble::Unreachable))?,
            // It answers, and does not get to writing.
            Err(_) => return Err(Trouble::Busy),
        }
        *last = Some(Instant::now());
    }
    Ok(())
}

/// An answer that does not come in time, and one that is an error of whatever kind, are no sign of life.
async fn in_time<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, Trouble> {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(error.trouble().unwrap_or(Trouble::Unreachable)),
        Err(_) => Err(Trouble::Unreachable),
    }
}
