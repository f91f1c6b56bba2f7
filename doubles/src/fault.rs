//! Calls that fail: a share of all, chosen by a seed.

use crate::seeded::Seeded;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429 with `Retry-After: 1`.
    TooManyRequests,
    /// 403 `userRateLimitExceeded`, without a time.
    UserRateLimit,
    /// 500 `internalError`.
    Internal,
    /// 503 `backendError`.
    Unavailable,
    /// The connection ends in the middle of the answer.
    Cut,
    /// 403 `dailyLimitExceeded`: no call is worth repeating before tomorrow.
    DailyLimit,
    /// 400 `failedPrecondition`: this call is not worth repeating.
    Refused,
}

/// Which calls fail.
#[derive(Debug, Clone)]
pub struct Faults {
    /// Of all calls, 0 to 1.
    pub share: f64,
    pub seed: u64,
    /// Each as often as the others.
    pub kinds: Vec<Fault>,
}

impl Faults {
    /// Every kind of fault that passes, in this share of all calls.
    #[must_use]
    pub fn passing(share: f64, seed: u64) -> Self {
        let kinds = vec![Fault::TooManyRequests, Fault::UserRateLimit, Fault::Internal, Fault::Unavailable, Fault::Cut];
        Self { share, seed, kinds }
    }

    /// The faults that end a run or set a message aside, in this share of all calls.
    #[must_use]
    pub fn lasting(share: f64, seed: u64) -> Self {
        Self { share, seed, kinds: vec![Fault::DailyLimit, Fault::Refused] }
    }

    /// Whether this call fails, asked for the `attempt`th time. The order in which calls arrive makes no difference.
    pub(crate) fn pick(&self, call: &str, attempt: u64) -> Option<Fault> {
        let mut seeded = Seeded::named(self.seed, call, attempt);
        let kind = usize::try_from(seeded.next()).unwrap_or(0) % self.kinds.len().max(1);
        if seeded.happens(self.share) { self.kinds.get(kind).copied() } else { None }
    }
}
