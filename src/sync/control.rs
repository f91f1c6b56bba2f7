//! What people ask of the sync beyond today's mail: backfills.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::engine::Cursor;
use crate::{
    Domain, accounts, runs,
    store::NewRun,
    types::{AccountId, Actor, InvalidCode, Problem, RunId, RunKind},
};

/// The most days a backfill goes back by their number: beyond, it is everything that people mean.
const MOST_DAYS: u32 = 36_500;

/// How far back a backfill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many days before now.
    Days(u32),
    Since(DateTime<Utc>),
    /// All mail there is.
    Everything,
}

impl Span {
    /// Reads a date, which means its midnight in UTC, or a time in RFC 3339.
    ///
    /// # Errors
    /// [`Problem::Invalid`] that says what is expected.
    pub fn parse_since(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let midnight = || text.parse::<NaiveDate>().ok().map(|date| date.and_time(NaiveTime::MIN).and_utc());
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.to_utc())
            .or_else(midnight)
            .map(Self::Since)
            .ok_or_else(|| Problem::invalid("since", InvalidCode::SinceInvalid))
    }

    /// The moment since when mail is wanted; `None` is all there is.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a number of days that is none.
    pub fn start(self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Problem> {
        match self {
            Self::Everything => Ok(None),
            Self::Since(since) => Ok(Some(since)),
            Self::Days(days @ 1..=MOST_DAYS) => Ok(Some(now - TimeDelta::days(i64::from(days)))),
            Self::Days(_) => Err(Problem::invalid("days", InvalidCode::DaysInvalid { most: MOST_DAYS })),
        }
    }
}

/// Queues a backfill: all mail received since then, or all there is. A worker begins it once the account's first sync is
/// done.
///
/// # Errors
/// `integration_account_not_found`, `backfill_already_running`, [`Problem::Invalid`] for a time in the future, or why the
/// account cannot be synced.
pub async fn queue_backfill(
    d: &Arc<Domain>,
    by: Actor,
    account: AccountId,
    since: Option<DateTime<Utc>>,
) -> Result<RunId, Problem> {
    accounts::can_sync(&accounts::get(d, account).await?)?;
    let now = d.clock.now();
    if since.is_some_and(|since| since >= now) {
        return Err(Problem::invalid("since", InvalidCode::SinceInFuture));
    }
    // No mail is older than Unix time, and providers are asked for seconds since then.
    let since = since.filter(|since| *since > DateTime::UNIX_EPOCH);
    let new = NewRun { account, kind: RunKind::Backfill, by, source: None, since };
    let run = d.store.queue_backfill(&new, now).await.map_err(runs::lease_problem)?;
    tracing::info!(%by, %account, %run, "older mail asked for");
    d.work.notify_one();
    Ok(run)
}

/// Since when all mail of an account is here: Unix time's beginning where that is all there ever was, `None` before the
/// first sync is done and for what is never synced.
///
/// # Errors
/// When the database cannot be read.
pub async fn covered_since(d: &Domain, account: AccountId) -> Result<Option<DateTime<Utc>>, Problem> {
    let stored = d.store.account_cursor(account).await?;
    let cursor = stored.and_then(|value| serde_json::from_value::<Cursor>(value).ok());
    Ok(cursor.and_then(|cursor| DateTime::from_timestamp(cursor.covered_since.max(0), 0)))
}
