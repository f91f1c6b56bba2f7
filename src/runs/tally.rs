//! Which messages of a run make no pair, and why: each is counted once, however often its conversation is paired.

use std::collections::{BTreeMap, HashMap};

use crate::types::MessageId;

/// The messages without a pair, by reason.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Messages of conversations that were paired.
    without_pair: HashMap<MessageId, &'static str>,
    /// How many by reason; with those that an earlier part of the run counted, before a pause or in another process, and those
    /// that were kept out of every conversation: drafts, spam and the like.
    reasons: BTreeMap<String, i32>,
}

impl Tally {
    pub(super) fn going_on_from(reasons: BTreeMap<String, i32>) -> Self {
        Self { without_pair: HashMap::new(), reasons }
    }

    /// Notes what a round of pairing found: messages without a pair and why, and messages that are in one.
    pub(super) fn paired(&mut self, skipped: Vec<(MessageId, &'static str)>, paired: &[MessageId]) {
        for message in paired {
            if let Some(reason) = self.without_pair.remove(message) {
                self.count(reason, -1);
            }
        }
        for (message, reason) in skipped {
            match self.without_pair.insert(message, reason) {
                Some(before) if before == reason => {}
                before => {
                    if let Some(before) = before {
                        self.count(before, -1);
                    }
                    self.count(reason, 1);
                }
            }
        }
    }

    /// Notes messages that were kept out.
    pub(super) fn kept_out(&mut self, reasons: &[&'static str]) {
        for reason in reasons {
            self.count(reason, 1);
        }
    }

    pub(super) fn reasons(&self) -> &BTreeMap<String, i32> {
        &self.reasons
    }

    fn count(&mut self, reason: &'static str, by: i32) {
        let count = self.reasons.entry(reason.to_owned()).or_default();
        *count += by;
        if *count == 0 {
            self.reasons.remove(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_counted_once_and_no_longer_when_it_is_in_a_pair() {
        let (a, b) = (MessageId::new(), MessageId::new());
        let mut tally = Tally::going_on_from(BTreeMap::from([("newsletter".to_owned(), 2)]));
        let counts = |tally: &Tally| tally.reasons().clone().into_iter().collect::<Vec<_>>();
        tally.paired(vec![(a, "unanswered"), (b, "unanswered")], &[]);
        tally.paired(vec![(a, "unanswered"), (b, "unanswered")], &[]);
        assert_eq!(counts(&tally), [("newsletter".to_owned(), 2), ("unanswered".to_owned(), 2)]);
        // The reply came; and what is known of the other message changed.
        tally.paired(vec![(b, "autoreply")], &[a]);
        tally.kept_out(&["spam", "draft", "spam"]);
        let expected = [("autoreply", 1), ("draft", 1), ("newsletter", 2), ("spam", 2)];
        assert_eq!(counts(&tally), expected.map(|(reason, count)| (reason.to_owned(), count)));
    }
}
