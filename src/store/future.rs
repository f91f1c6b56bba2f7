//! What lies implausibly far in the future was written while a clock was wrong, and is void: a lease, a pause or a token of next
//! year would keep its account waiting until then.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Store, StoreError, reading, writing};

/// How far the clocks of two machines that share a database may be apart.
const APART: TimeDelta = TimeDelta::minutes(10);
/// The longest time for which a provider asks us to stay away, and no token is good for longer.
const DAY: TimeDelta = TimeDelta::hours(25);
/// The longest wait between two tries of a job or an attachment.
const DAYS: TimeDelta = TimeDelta::days(4);

/// A kind of thing that can lie in the future: what it is, the latest moment that is plausible, where it is looked for, and what
/// makes it void. `$1` is now, `$2` the latest moment.
struct Kind {
    what: &'static str,
    latest: fn(TimeDelta) -> TimeDelta,
    exists: &'static str,
    void: &'static str,
}

macro_rules! kind {
    ($what:literal, $latest:expr, $column:literal of $table:literal: $void:literal) => {
        kind!($what, $latest, $column of $table where "TRUE": $void)
    };
    ($what:literal, $latest:expr, $column:literal of $table:literal where $which:literal: $void:literal) => {
        Kind {
            what: $what,
            latest: $latest,
            exists: concat!(
                "SELECT EXISTS (SELECT 1 FROM ", $table, " WHERE ", $which, " AND ", $column, " > $1 AND ", $column, " > $2)"
            ),
            void: concat!($void, " WHERE ", $which, " AND ", $column, " > $1 AND ", $column, " > $2"),
        }
    };
}

fn lease(length: TimeDelta) -> TimeDelta {
    APART.max(length * 2)
}

const KINDS: [Kind; 10] = [
    kind!("leases", lease, "lease_until" of "sync_state": "UPDATE sync_state SET lease_until = $1"),
    // The pause was written by the run that began then.
    kind!("last runs", |_| APART, "last_run_at" of "sync_state":
        "UPDATE sync_state SET last_run_at = NULL, not_before = NULL, not_before_reason = NULL"),
    kind!("pauses", |_| DAY, "not_before" of "sync_state":
        "UPDATE sync_state SET not_before = NULL, not_before_reason = NULL"),
    kind!("waiting syncs", |_| APART, "wanted_at" of "sync_state": "UPDATE sync_state SET wanted_at = NULL"),
    kind!("runs", lease, "alive_until" of "sync_runs" where "state IN ('queued', 'running')":
        "UPDATE sync_runs SET alive_until = $1"),
    kind!("tokens", |_| DAY, "expires_at" of "integrations_credentials":
        "UPDATE integrations_credentials SET expires_at = $1"),
    kind!("jobs", |_| DAYS, "run_after" of "jobs" where "state = 'queued'": "UPDATE jobs SET run_after = $1"),
    kind!("leases of jobs", |_| DAY, "lease_until" of "jobs" where "state = 'running'":
        "UPDATE jobs SET lease_until = $1"),
    kind!("attachments", |_| DAYS, "not_before" of "emails_attachments" where "sha256 IS NULL":
        "UPDATE emails_attachments SET not_before = NULL"),
    kind!("signs of life", |_| APART, "last_seen_at" of "sync_workers": "DELETE FROM sync_workers"),
];

impl Store {
    /// Makes void what a clock that was ahead has left in the future: leases (of up to `lease_length` by right), pauses, tokens,
    /// jobs. Says how many rows that were. Where there are none, nothing is written.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn void_the_future(&self, lease_length: TimeDelta, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut voided = 0;
        for kind in &KINDS {
            let latest = now + (kind.latest)(lease_length);
            let exists: bool = reading!(self, db => {
                sqlx::query_scalar(kind.exists).bind(now).bind(latest).fetch_one(db).await?
            });
            if !exists {
                continue;
            }
            let rows = writing!(self, tx => {
                sqlx::query(kind.void).bind(now).bind(latest).execute(tx).await?.rows_affected()
            });
            tracing::warn!(
                what = kind.what,
                rows,
                "void: written while a clock was ahead, they lay implausibly far in the future"
            );
            voided += rows;
        }
        Ok(voided)
    }
}
