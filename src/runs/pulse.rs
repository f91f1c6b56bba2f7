//! Whether a run still gets on.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

/// What a run's work carries along: it tells when the run is to stop, and is told of every step, so that a run that makes none is
/// noticed. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse {
    stop: CancellationToken,
    beats: Arc<AtomicU64>,
}

impl Pulse {
    /// Notes a step: a page of a list, a folder, something that was fetched or stored.
    pub(crate) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Steps so far.
    pub(super) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}

impl From<CancellationToken> for Pulse {
    fn from(stop: CancellationToken) -> Self {
        Self { stop, beats: Arc::default() }
    }
}

impl Deref for Pulse {
    type Target = CancellationToken;

    fn deref(&self) -> &CancellationToken {
        &self.stop
    }
}
