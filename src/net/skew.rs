//! How far our clock and a provider's are apart: every answer over HTTP carries the time at which it was made
//! (`Date`, RFC 9110, section 6.6.1).

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{DATE, HeaderMap};

use crate::clock::SharedClock;

/// How far our clock and a provider's may be apart.
pub(crate) const CLOCK_MAY_BE_OFF: TimeDelta = TimeDelta::minutes(5);

/// No answer with a date has come yet.
const UNKNOWN: i64 = i64::MIN;

/// The difference that the latest answer showed. Clones share it.
#[derive(Clone)]
pub struct Skew {
    clock: SharedClock,
    /// Whole seconds by which our clock is ahead.
    seconds: Arc<AtomicI64>,
}

impl Skew {
    /// Of nobody yet, against `clock`.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        Self { clock, seconds: Arc::new(AtomicI64::new(UNKNOWN)) }
    }

    /// Compares the time of an answer that has just begun with ours.
    pub fn note(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(theirs) = date.map(DateTime::<Utc>::from) {
            self.seconds.store((self.clock.now() - theirs).num_seconds(), Ordering::Relaxed);
        }
    }

    /// By how much our clock is ahead (negative: behind), to the second and by as much as the answer took. `None` before the first
    /// answer that says when it was made.
    #[must_use]
    pub fn ahead(&self) -> Option<TimeDelta> {
        let seconds = self.seconds.load(Ordering::Relaxed);
        (seconds != UNKNOWN).then(|| TimeDelta::seconds(seconds))
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn the_latest_answer_with_a_date_says_how_far_ahead_we_are() {
        let clock = Arc::new(ManualClock::new(DateTime::from_timestamp(784_111_777, 0).expect("a time")));
        let skew = Skew::new(clock.clone());
        let dated = |date: &'static str| HeaderMap::from_iter([(DATE, HeaderValue::from_static(date))]);
        assert_eq!(skew.ahead(), None);
        skew.note(&HeaderMap::new());
        skew.note(&dated("yesterday"));
        assert_eq!(skew.ahead(), None);
        skew.note(&dated("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(skew.ahead(), Some(TimeDelta::zero()));
        clock.advance(TimeDelta::days(60));
        skew.note(&dated("Sun, 06 Nov 1994 08:49:38 GMT"));
        assert_eq!(skew.ahead(), Some(TimeDelta::days(60) - TimeDelta::seconds(1)));
        skew.note(&HeaderMap::new());
        assert!(skew.ahead().is_some(), "an answer without a date says nothing");
    }
}
