//! A thread that reads or writes files, watched: a disk that does not answer any more holds nobody up for ever.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::timeout};

use super::BackupError;

/// A thread without any progress for so long is given up. Shorter than what the database waits for its next statement, so that it is
/// this which is said.
const STALLED: Duration = Duration::from_secs(5 * 60);

/// Counts the steps of a thread, so that others see that it goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps(Arc<AtomicU64>);

impl Steps {
    pub(super) fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The thread. It cannot be stopped from outside: one that is given up ends when it finds that nobody waits for it.
pub(super) struct Watched<T> {
    thread: JoinHandle<Result<T, BackupError>>,
    pub(super) steps: Steps,
    patience: Duration,
}

impl<T: Send + 'static> Watched<T> {
    pub(super) fn begin(work: impl FnOnce(Steps) -> Result<T, BackupError> + Send + 'static) -> Self {
        Self::with_patience(STALLED, work)
    }

    fn with_patience(patience: Duration, work: impl FnOnce(Steps) -> Result<T, BackupError> + Send + 'static) -> Self {
        let steps = Steps::default();
        let own = steps.clone();
        Self { thread: tokio::task::spawn_blocking(move || work(own)), steps, patience }
    }

    /// Waits for something that the thread brings about, as long as it goes on.
    pub(super) async fn while_it_goes_on<F: Future>(&self, what: F) -> Result<F::Output, BackupError> {
        going_on(&self.steps, self.patience, what).await
    }

    /// What the thread came to.
    pub(super) async fn ended(self) -> Result<T, BackupError> {
        going_on(&self.steps, self.patience, self.thread).await?.unwrap_or(Err(BackupError::Stopped))
    }
}

async fn going_on<F: Future>(steps: &Steps, patience: Duration, what: F) -> Result<F::Output, BackupError> {
    let mut what = pin!(what);
    loop {
        let before = steps.count();
        match timeout(patience, what.as_mut()).await {
            Ok(done) => return Ok(done),
            Err(_) if steps.count() == before => return Err(BackupError::Stalled { minutes: patience.as_secs() / 60 }),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn a_thread_that_stands_still_is_given_up() {
        let (answer, disk) = mpsc::channel::<()>();
        let read = move |_| disk.recv().map_err(|_| BackupError::Stopped);
        let stuck = Watched::with_patience(Duration::from_millis(10), read);
        let waited = stuck.while_it_goes_on(std::future::pending::<()>()).await;
        assert!(matches!(waited, Err(BackupError::Stalled { .. })), "{waited:?}");
        let ended = stuck.ended().await;
        assert!(matches!(ended, Err(BackupError::Stalled { .. })), "{ended:?}");
        answer.send(()).expect("the thread still waits");
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_is_waited_for_however_long_it_takes() {
        let steps = Steps::default();
        let walk = |pause: Duration| {
            let steps = steps.clone();
            async move {
                for _ in 0..5 {
                    steps.step();
                    sleep(pause).await;
                }
            }
        };
        going_on(&steps, STALLED, walk(STALLED - Duration::from_secs(1))).await.expect("it goes on");
        let stalled = going_on(&steps, STALLED, walk(STALLED * 3)).await;
        assert!(matches!(stalled, Err(BackupError::Stalled { minutes: 5 })), "{stalled:?}");
    }
}
