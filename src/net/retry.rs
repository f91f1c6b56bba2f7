//! When to try again: truncated exponential backoff with jitter, and `Retry-After`.

use std::time::{Duration, SystemTime};

use rand::Rng;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How often and for how long one call is repeated.
/// <https://developers.google.com/workspace/gmail/api/guides/handle-errors#exponential-backoff>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The shortest wait before a repeated attempt.
    pub first_wait: Duration,
    /// The longest wait of our own choosing.
    pub max_wait: Duration,
    /// Attempts in all, the first included.
    pub max_attempts: u32,
    /// No wait is begun that would end later than this after the first attempt.
    pub max_total: Duration,
    /// The longest `Retry-After` that a call sits out. Beyond it the call fails at once, and whoever planned the work plans
    /// it anew.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_secs(1),
            max_wait: Duration::from_secs(32),
            max_attempts: 6,
            max_total: Duration::from_secs(180),
            max_retry_after: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// The wait after failed attempt number `attempt` (counted from 1), `elapsed` after the first
    /// one began; `None` means: give up.
    ///
    /// Chosen evenly between `first_wait` and a ceiling that doubles with each attempt, so that
    /// callers who failed together do not return together. `asked` is a `Retry-After`: a lower
    /// bound, never shortened.
    #[must_use]
    pub fn wait(
        &self,
        attempt: u32,
        elapsed: Duration,
        asked: Option<Duration>,
        rng: &mut impl Rng,
    ) -> Option<Duration> {
        if attempt >= self.max_attempts || asked.is_some_and(|asked| asked > self.max_retry_after) {
            return None;
        }
        let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow(attempt));
        let ceiling = doubled.min(self.max_wait).max(self.first_wait);
        let own = rng.random_range(self.first_wait..=ceiling);
        let wait = asked.map_or(own, |asked| asked.max(own));
        (elapsed.saturating_add(wait) <= self.max_total).then_some(wait)
    }
}

/// `Retry-After` of an answer: seconds, or an HTTP date (RFC 9110, section 10.2.3). A date is
/// compared with the answer's own `Date`, so that a wrong clock here does no harm, and with
/// `now` when there is none. A date in the past asks for no wait.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let theirs = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(theirs.unwrap_or(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use reqwest::header::HeaderValue;

    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    fn headers(pairs: &[(reqwest::header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn waits_stay_between_the_first_wait_and_a_doubling_ceiling() {
        let policy = RetryPolicy { max_attempts: 40, ..RetryPolicy::default() };
        let mut rng = rng();
        for attempt in 1..40 {
            let ceiling = Duration::from_secs(1 << attempt.min(20)).min(policy.max_wait);
            for _ in 0..50 {
                let wait = policy.wait(attempt, NOW, None, &mut rng).unwrap();
                assert!(wait >= policy.first_wait && wait <= ceiling, "{attempt}: {wait:?}");
            }
        }
    }

    #[test]
    fn waits_are_spread() {
        let mut rng = rng();
        let waits: Vec<_> = (0..20).map(|_| RetryPolicy::default().wait(3, NOW, None, &mut rng).unwrap()).collect();
        assert!(waits.iter().max().unwrap() > &(*waits.iter().min().unwrap() * 2));
    }

    #[test]
    fn a_retry_after_is_never_shortened_and_bounded() {
        let policy = RetryPolicy::default();
        let asked = Duration::from_secs(90);
        assert_eq!(policy.wait(1, NOW, Some(asked), &mut rng()), Some(asked));
        assert!(policy.wait(1, NOW, Some(Duration::ZERO), &mut rng()) >= Some(policy.first_wait));
        assert_eq!(policy.wait(1, NOW, Some(Duration::from_secs(121)), &mut rng()), None);
        assert_eq!(policy.wait(1, NOW, Some(Duration::MAX), &mut rng()), None);
    }

    #[test]
    fn attempts_and_time_have_an_end() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(policy.max_attempts, NOW, None, &mut rng()), None);
        assert_eq!(policy.wait(1, policy.max_total, None, &mut rng()), None);
        assert_eq!(policy.wait(u32::MAX, Duration::MAX, None, &mut rng()), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let read = |pairs: &[_], now| retry_after(&headers(pairs), now);
        assert_eq!(read(&[(RETRY_AFTER, "17")], at(0)), Some(Duration::from_secs(17)));
        assert_eq!(read(&[], at(0)), None);
        assert_eq!(read(&[(RETRY_AFTER, "soon")], at(0)), None);
        assert_eq!(read(&[(RETRY_AFTER, "-3")], at(0)), None);

        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(read(&[(RETRY_AFTER, date)], at(784_111_770)), Some(Duration::from_secs(7)));
        assert_eq!(read(&[(RETRY_AFTER, date)], at(784_111_800)), Some(Duration::ZERO));
        // Our clock is a year ahead; theirs counts.
        let theirs = [(RETRY_AFTER, date), (DATE, "Sun, 06 Nov 1994 08:49:07 GMT")];
        assert_eq!(read(&theirs, at(815_000_000)), Some(Duration::from_secs(30)));
    }
}
