//! Gmail quota units: what each call costs, and a meter that refuses what does not fit into the allowance.
//! <https://developers.google.com/workspace/gmail/api/reference/quota>

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What a user may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Units in any window.
    pub units: u64,
    pub window: Duration,
}

impl Allowance {
    /// Units in any minute, as Google grants them.
    #[must_use]
    pub fn per_minute(units: u64) -> Self {
        Self { units, window: Duration::from_secs(60) }
    }
}

/// What one user spent.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Units of the calls that were let through.
    pub units: u64,
    /// Calls that were let through.
    pub calls: u64,
    /// Calls that were refused because they did not fit; they cost nothing.
    pub refused: u64,
    /// When what was spent.
    spends: Vec<(Instant, u64)>,
}

impl Usage {
    /// From the first call to the last.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match (self.spends.first(), self.spends.last()) {
            (Some((first, _)), Some((last, _))) => *last - *first,
            _ => Duration::ZERO,
        }
    }

    /// Units spent from `from` (inclusive) to `to` (exclusive), counted from the first call.
    #[must_use]
    pub fn between(&self, from: Duration, to: Duration) -> u64 {
        let Some((first, _)) = self.spends.first() else { return 0 };
        self.spends.iter().filter(|(at, _)| (from..to).contains(&(*at - *first))).map(|(_, units)| units).sum()
    }

    /// The most units that any window of this length saw.
    #[must_use]
    pub fn peak(&self, window: Duration) -> u64 {
        let (mut peak, mut sum, mut oldest) = (0, 0, 0);
        for (at, units) in &self.spends {
            sum += units;
            while *at - self.spends[oldest].0 >= window {
                sum -= self.spends[oldest].1;
                oldest += 1;
            }
            peak = peak.max(sum);
        }
        peak
    }
}

/// The meter of one user.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    allowance: Option<Allowance>,
    pub(crate) usage: Usage,
    window: VecDeque<(Instant, u64)>,
    used: u64,
}

impl Meter {
    pub(crate) fn new(allowance: Option<Allowance>) -> Self {
        Self { allowance, ..Self::default() }
    }

    /// Charges a call, or says how long to wait until it fits.
    pub(crate) fn charge(&mut self, now: Instant, units: u64) -> Result<(), Duration> {
        if let Some(Allowance { units: granted, window }) = self.allowance {
            while self.window.front().is_some_and(|(at, _)| now - *at >= window) {
                self.used -= self.window.pop_front().map_or(0, |(_, units)| units);
            }
            if self.used + units > granted {
                self.usage.refused += 1;
                return Err(self.until_it_fits(now, window, units, granted));
            }
            self.window.push_back((now, units));
            self.used += units;
        }
        self.usage.units += units;
        self.usage.calls += 1;
        self.usage.spends.push((now, units));
        Ok(())
    }

    /// Forgets what was spent; the allowance stays.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.allowance);
    }

    fn until_it_fits(&self, now: Instant, window: Duration, units: u64, granted: u64) -> Duration {
        let mut used = self.used;
        for (at, gone) in &self.window {
            used -= gone;
            if used + units <= granted {
                return *at + window - now;
            }
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_until_it_does() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut meter = Meter::new(Some(Allowance { units: 100, window: Duration::from_secs(1) }));
        assert_eq!(meter.charge(at(0), 60), Ok(()));
        assert_eq!(meter.charge(at(300), 40), Ok(()));
        assert_eq!(meter.charge(at(400), 20), Err(Duration::from_millis(600)));
        assert_eq!(meter.charge(at(1_000), 60), Ok(()));
        assert_eq!(meter.charge(at(1_001), 1), Err(Duration::from_millis(299)));
        let usage = &meter.usage;
        assert_eq!((usage.units, usage.calls, usage.refused), (160, 3, 2));
        assert_eq!(usage.peak(Duration::from_secs(1)), 100);
        assert_eq!(usage.peak(Duration::from_secs(2)), 160);
        assert_eq!(usage.between(Duration::from_millis(100), Duration::from_millis(1_000)), 40);
        assert_eq!(usage.duration(), Duration::from_secs(1));
    }
}
