//! What the page knows.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain,
    standing::{self, AccountPage},
    store::DeletedMail,
    types::{
        Account, AccountId, AccountStatus, MonitorStatus, Problem, Provider, RunKind, RunState, SyncFailure, SyncRun,
    },
};

/// How many of the newest runs are shown.
const RUNS: i64 = 50;
/// How many of the messages set aside are shown.
const SET_ASIDE: i64 = 200;
/// What fetching a message from Gmail costs, in quota units (Gmail API reference, "Usage limits").
const UNITS_PER_MESSAGE: f64 = 20.0;
/// The share of the quota that the engine uses.
const SHARE_USED: f64 = 0.95;
const DAY: f64 = 86_400.0;

/// One account with everything its page shows.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub(super) account: Account,
    pub(super) monitor: MonitorStatus,
    /// Since when all of its mail is here.
    pub(super) covered_since: Option<DateTime<Utc>>,
    /// The runs that are not over.
    pub(super) open: Vec<SyncRun>,
    /// The newest runs, the latest first.
    pub(super) recent: Vec<SyncRun>,
    pub(super) failures: Vec<SyncFailure>,
    pub(super) deleted_mail: DeletedMail,
    units_per_minute: u32,
    /// What the address asks to be told: `done`, `error`, `count`.
    pub(super) told: HashMap<String, String>,
}

/// Reads the page of an account; `None` if there is no such account.
///
/// # Errors
/// When the database cannot be read.
pub async fn load(d: &Domain, id: AccountId, told: HashMap<String, String>) -> Result<Option<Mailbox>, Problem> {
    let AccountPage { account, monitor, covered_since, open, recent, failures } =
        match standing::account(d, id, RUNS, SET_ASIDE).await {
            Ok(page) => page,
            Err(Problem::NotFound { .. }) => return Ok(None),
            Err(problem) => return Err(problem),
        };
    Ok(Some(Mailbox {
        monitor,
        covered_since,
        open,
        recent,
        failures,
        deleted_mail: d.settings.sync.deleted_mail,
        units_per_minute: d.settings.sync.quota_units_per_minute,
        account,
        told,
    }))
}

impl Mailbox {
    /// Whether its provider is asked for mail at all; a file is only read once.
    pub(super) fn is_synced(&self) -> bool {
        self.account.provider_code.parse::<Provider>().is_ok_and(Provider::is_synced)
    }

    /// Whether a person can begin something for it.
    pub(super) fn can_sync(&self) -> bool {
        self.is_synced() && self.account.status == AccountStatus::Active
    }

    pub(super) fn has_open(&self, kind: RunKind) -> bool {
        self.open.iter().any(|run| run.kind == kind)
    }

    /// Whether anything here changes by itself.
    pub(super) fn is_busy(&self) -> bool {
        self.open.iter().any(|run| run.state != RunState::Paused)
    }

    /// Whether nothing older is left to fetch.
    pub(super) fn is_complete(&self) -> bool {
        self.covered_since == Some(DateTime::UNIX_EPOCH)
    }

    /// What fetching back to `days` ago would bring, judged by the mail that is here. `None` where nothing can be judged.
    pub(super) fn estimate(&self, days: u32, now: DateTime<Utc>) -> Option<Estimate> {
        let covered = self.covered_since?;
        let missing = covered - (now - TimeDelta::days(i64::from(days)));
        if missing <= TimeDelta::zero() {
            return Some(Estimate { messages: 0, seconds: None });
        }
        let per_day = precise(self.account.counts.messages) / (precise((now - covered).num_seconds()) / DAY).max(1.0);
        let messages = per_day * precise(missing.num_seconds()) / DAY;
        let per_second = f64::from(self.units_per_minute) * SHARE_USED / UNITS_PER_MESSAGE / 60.0;
        let is_metered = self.account.provider_code == Provider::Gmail.as_str();
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
