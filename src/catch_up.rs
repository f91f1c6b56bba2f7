//! Noting what readers go by, a little late: the statements that change it only queue it.

use std::time::Duration;

use tokio::time::timeout;

use crate::{Domain, store::StoreError};

/// How long whoever reads waits for somebody else's writing to end, before it reads without what it would have noted. Noting itself
/// takes a few milliseconds.
const WITHIN: Duration = Duration::from_secs(2);

/// Notes up to about `most` of what was changed a moment ago, before it is read: `note` notes some, and says how many. Where that
/// cannot be done, or somebody else writes, the worker does it.
pub(crate) async fn before_reading<F>(what: &str, most: usize, note: impl Fn() -> F)
where
    F: Future<Output = Result<usize, StoreError>>,
{
    let mut noted = 0;
    while noted < most {
        match timeout(WITHIN, note()).await {
            Ok(Ok(0)) => return,
            Ok(Ok(some)) => noted += some,
            Ok(Err(error)) => {
                tracing::warn!(%error, "{what} could not be noted before they are read; the worker does it");
                return;
            }
            Err(_) => {
                tracing::debug!("somebody else writes: {what} are noted later");
                return;
            }
        }
    }
}

/// Notes all that waits for it, as the worker does. What is interrupted goes on where it was.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn to_the_end<F>(d: &Domain, note: impl Fn() -> F) -> Result<(), StoreError>
where
    F: Future<Output = Result<usize, StoreError>>,
{
    while !d.stop.is_cancelled() && note().await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}
