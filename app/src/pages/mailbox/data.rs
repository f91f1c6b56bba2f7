//! What the page knows.

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    standing::AccountPage,
    store::DeletedMail,
    types::{AccountStatus, Provider, RunKind, RunState},
};

/// What fetching a message from Gmail costs, in quota units (Gmail API reference, "Usage limits").
const UNITS_PER_MESSAGE: f64 = 20.0;
/// The share of the quota that the engine uses.
const SHARE_USED: f64 = 0.95;
const DAY: f64 = 86_400.0;

/// The page of one account: everything it shows.
pub struct Mailbox {
    pub(super) page: AccountPage,
    pub(super) deleted_mail: DeletedMail,
    pub(super) units_per_minute: u32,
}

impl Mailbox {
    /// Whether its provider is asked for mail at all; a file is only read once.
    pub(super) fn is_synced(&self) -> bool {
        self.page.account.provider_code.parse::<Provider>().is_ok_and(Provider::is_synced)
    }

    /// Whether a person can begin something for it.
    pub(super) fn can_sync(&self) -> bool {
        self.is_synced() && self.page.account.status == AccountStatus::Active
    }

    pub(super) fn has_open(&self, kind: RunKind) -> bool {
        self.page.open.iter().any(|run| run.kind == kind)
    }

    /// Whether anything here changes by itself.
    pub(super) fn is_busy(&self) -> bool {
        self.page.open.iter().any(|run| run.state != RunState::Paused)
    }

    /// When the next sync begins by itself.
    pub(super) fn next_sync_at(&self) -> Option<DateTime<Utc>> {
        let monitored = self.page.monitor.accounts.iter().find(|monitored| monitored.id == self.page.account.id);
        monitored.and_then(|monitored| monitored.next_sync_at)
    }

    /// Whether nothing older is left to fetch.
    pub(super) fn is_complete(&self) -> bool {
        self.page.covered_since == Some(DateTime::UNIX_EPOCH)
    }

    /// What fetching back to `days` ago would bring, judged by the mail that is here. `None` where nothing can be judged.
    pub(super) fn estimate(&self, days: u32, now: DateTime<Utc>) -> Option<Estimate> {
        let covered = self.page.covered_since?;
        let missing = covered - (now - TimeDelta::days(i64::from(days)));
        if missing <= TimeDelta::zero() {
            return Some(Estimate { messages: 0, seconds: None });
        }
        let per_day =
            precise(self.page.account.counts.messages) / (precise((now - covered).num_seconds()) / DAY).max(1.0);
        let messages = per_day * precise(missing.num_seconds()) / DAY;
        let per_second = f64::from(self.units_per_minute) * SHARE_USED / UNITS_PER_MESSAGE / 60.0;
        let is_metered = self.page.account.provider_code == Provider::Gmail.as_str();
        let seconds = is_metered.then(|| whole(messages / per_second));
        (messages >= 1.0).then(|| Estimate { messages: two_digits(messages), seconds })
    }
}

/// What a backfill would bring.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Estimate {
    /// 0: all of it is here already.
    pub messages: i64,
    pub seconds: Option<i64>,
}

/// An estimate is no more precise than two digits: 12,431 messages are about 12,000.
fn two_digits(value: f64) -> i64 {
    let value = value.max(1.0);
    let step = 10_f64.powf((value.log10().floor() - 1.0).max(0.0));
    whole((value / step).round() * step)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn precise(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
fn whole(value: f64) -> i64 {
    value.ceil() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_has_two_digits() {
        assert_eq!([0.4, 7.0, 42.0, 128.0, 12_431.0].map(two_digits), [1, 7, 42, 130, 12_000]);
    }
}
