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

/// What was found last.
#[derive(Debug, Default)]
pub(crate) struct LastLook {
    /// When the last look was over, and what it found. Held while somebody looks: whoever asks meanwhile waits for the same look.
    found: Mutex<Option<(Instant, Health)>>,
    /// When the database last took what was written to try it.
    written: Mutex<Option<Instant>>,
}

/// What the database is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// What keeps it from answering or from storing, if anything.
    pub trouble: Option<Trouble>,
    /// Whether every migration of this program has been applied; `None` while the database cannot be asked.
    pub migrated: Option<bool>,
}

/// Reads from the database, and writes to it where the last write was a few seconds ago. However many ask at once, one of them looks.
pub async fn check(d: &Domain) -> Health {
    shared(&d.last_look.found, look(d)).await
}

/// What a look finds: this one, or one that somebody else began and that ended after we asked.
async fn shared(last: &Mutex<Option<(Instant, Health)>>, look: impl Future<Output = Health>) -> Health {
    let asked = Instant::now();
    let mut last = last.lock().await;
    if let Some((at, found)) = *last
        && at >= asked
    {
        return found;
    }
    let found = look.await;
    *last = Some((Instant::now(), found));
    found
}

async fn look(d: &Domain) -> Health {
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
    let mut last = d.last_look.written.lock().await;
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn however_many_ask_at_once_one_of_them_looks() {
        let (last, looks) = (Mutex::default(), AtomicU32::new(0));
        let ask = || {
            shared(&last, async {
                let look = looks.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Health { trouble: (look == 0).then_some(Trouble::Busy), migrated: None }
            })
        };
        let found = futures::future::join_all((0..50).map(|_| ask())).await;
        assert!(found.iter().all(|found| found.trouble == Some(Trouble::Busy)));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        // Whoever asks afterwards wants to know how it is now.
        assert_eq!(ask().await.trouble, None);
        // A look that its asker did not wait for is no answer to others.
        let mut left = Box::pin(ask());
        assert!(futures::poll!(&mut left).is_pending());
        let mut waiting = Box::pin(ask());
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(left);
        waiting.await;
        assert_eq!(looks.load(Ordering::SeqCst), 4);
    }
}
