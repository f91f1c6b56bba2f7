//! Work of the processor or of the disk for somebody who waits: on a thread where it keeps nobody else up, and for so long at most.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinError, time::timeout};

use crate::types::Problem;

/// Whether somebody still waits for the result. Work that can be stopped asks now and then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    is_given_up: Arc<AtomicBool>,
}

impl Wanted {
    /// `false` once the limit is reached, or whoever waited has gone.
    pub(crate) fn is_so(&self) -> bool {
        !self.is_given_up.load(Ordering::Relaxed)
    }
}

/// Dropped with the waiting, whatever ends it.
struct Waiting(Wanted);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.is_given_up.store(true, Ordering::Relaxed);
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfinished {
    #[error("it did not end within {} s", .0.as_secs_f32())]
    TooSlow(Duration),
    #[error(transparent)]
    Broken(#[from] JoinError),
}

impl Unfinished {
    /// As a problem: `too_slow` where the limit was reached. `what` is for the log.
    pub(crate) fn or(self, what: &str, too_slow: Problem) -> Problem {
        match self {
            Self::TooSlow(limit) => {
                tracing::error!(seconds = limit.as_secs(), "{what} took too long");
                too_slow
            }
            Self::Broken(error) => Problem::internal(&error),
        }
    }
}

/// Does some work and waits for its result, so long at most. Work that nobody waits for any more is not begun; what has begun may
/// ask whether it is [`Wanted`]: a thread cannot be stopped from outside.
///
/// # Errors
/// See [`Unfinished`].
pub(crate) async fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(&Wanted) -> T + Send + 'static,
) -> Result<T, Unfinished> {
    let waiting = Waiting(Wanted::default());
    let wanted = waiting.0.clone();
    let working = tokio::task::spawn_blocking(move || wanted.is_so().then(|| work(&wanted)));
    match timeout(limit, working).await {
        Ok(worked) => worked?.ok_or(Unfinished::TooSlow(limit)),
        Err(_) => Err(Unfinished::TooSlow(limit)),
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    /// Goes on for as long as it is wanted, and says when it ends.
    fn endless() -> (impl FnOnce(&Wanted) + Send + 'static, mpsc::Receiver<()>) {
        let (ended, end) = mpsc::channel();
        let work = move |wanted: &Wanted| {
            while wanted.is_so() {
                thread::yield_now();
            }
            ended.send(()).expect("the test waits");
        };
        (work, end)
    }

    #[tokio::test]
    async fn what_ends_in_time_has_its_result() {
        let worked = within(Duration::from_secs(60), |wanted| (7, wanted.is_so())).await;
        assert_eq!(worked.expect("it ends"), (7, true));
    }

    #[tokio::test]
    async fn what_takes_too_long_ends_in_an_error_that_says_so_and_is_stopped() {
        let (work, end) = endless();
        let error = within(Duration::from_millis(1), work).await.expect_err("it never ends by itself");
        assert_eq!(error.to_string(), "it did not end within 0.001 s");
        // An end, or no beginning: either way the work is over.
        let _either = end.recv();
        let problem = error.or("the test", Problem::StorageFull);
        assert_eq!(problem, Problem::StorageFull);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_stopped() {
        let (work, end) = endless();
        let mut waiting = Box::pin(within(Duration::from_secs(600), work));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(waiting);
        // An end, or no beginning: either way the work is over.
        let _either = end.recv();
    }

    #[tokio::test]
    async fn a_panic_is_no_result() {
        let worked: Result<(), _> = within(Duration::from_secs(60), |_| panic!("on purpose")).await;
        assert!(matches!(worked, Err(Unfinished::Broken(_))));
    }
}
