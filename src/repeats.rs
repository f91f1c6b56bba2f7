//! Says the same thing once in a while and not each time: what is tried every five seconds fails every five seconds.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What lasts is said again after so long.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(10 * 60);

/// What was said last, and when.
#[derive(Debug)]
pub(crate) struct Repeats(Mutex<Option<(String, Instant)>>);

impl Repeats {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether this is worth a line: something else was said last, or the same long ago.
    pub(crate) fn is_news(&self, what: &str) -> bool {
        self.is_news_at(what, Instant::now())
    }

    fn is_news_at(&self, what: &str, now: Instant) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = said.as_ref().is_some_and(|(last, at)| last == what && now - *at < SAY_AGAIN_AFTER);
        if !is_known {
            *said = Some((what.to_owned(), now));
        }
        !is_known
    }

    /// It is over. Whether anything had been said: then its end is worth a line as well.
    pub(crate) fn is_over(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once_until_it_changes_ends_or_lasts() {
        let (repeats, start) = (Repeats::new(), Instant::now());
        assert!(!repeats.is_over(), "nothing was said");
        assert!(repeats.is_news_at("full", start));
        assert!(!repeats.is_news_at("full", start + Duration::from_secs(5)));
        assert!(repeats.is_news_at("busy", start + Duration::from_secs(6)), "something else");
        assert!(!repeats.is_news_at("busy", start + Duration::from_secs(605)));
        assert!(repeats.is_news_at("busy", start + Duration::from_secs(606)), "it lasts");
        assert!(repeats.is_over());
        assert!(repeats.is_news_at("busy", start + Duration::from_secs(607)), "it begins again");
    }
}
