//! When a stream of events looks again, and for how long.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::identity::Identity;

/// How often a stream looks.
const POLL_EVERY: Duration = Duration::from_millis(400);
/// Whether somebody may still look is asked once in so many looks.
const LOOKS_PER_CHECK: u32 = 5;

/// Whom a stream is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Viewers {
    Admins,
    /// Admins too.
    Reviewers,
}

/// The looks of one stream.
pub(crate) struct Looks {
    stop: CancellationToken,
    /// Who looks.
    identity: Identity,
    viewers: Viewers,
    ticks: Interval,
    number: u32,
}

impl Looks {
    /// The first look is due at once.
    pub(crate) fn new(stop: CancellationToken, identity: Identity, viewers: Viewers) -> Self {
        let mut ticks = interval(POLL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { stop, identity, viewers, ticks, number: 0 }
    }

    /// Waits until it is time to look. `Some(true)` for one look of a few, at which it was asked whether whoever looks may still do so. `None`: they may not, the
    /// server ends, or the database cannot be read (the browser reconnects by itself).
    pub(crate) async fn next(&mut self) -> Option<bool> {
        tokio::select! {
            () = self.stop.cancelled() => return None,
            _ = self.ticks.tick() => {}
        }
        self.number = self.number.wrapping_add(1);
        if !self.number.is_multiple_of(LOOKS_PER_CHECK) {
            return Some(false);
        }
        let may = match self.viewers {
            Viewers::Admins => self.identity.is_still_admin().await,
            Viewers::Reviewers => self.identity.is_still_reviewer().await,
        };
        may.ok()?.then_some(true)
    }
}
