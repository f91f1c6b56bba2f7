//! What lies implausibly far in the future was written while a clock was wrong, and is void: a lease, a pause or a token of next
//! year would keep its account waiting until then, and a session or a link of next year would let somebody in until then.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Store, StoreError, reading, writing};
use crate::types::{AccountId, ApiTokenId, INVITATION_DAYS, SESSION_DAYS};

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

fn session(_: TimeDelta) -> TimeDelta {
    TimeDelta::days(SESSION_DAYS) + APART
}

fn link(_: TimeDelta) -> TimeDelta {
    TimeDelta::days(INVITATION_DAYS) + APART
}

fn lease(length: TimeDelta) -> TimeDelta {
    APART.max(length * 2)
}

const KINDS: [Kind; 14] = [
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
    // They would be counted together with all that follow until then.
    kind!("attempts to sign in", |_| APART, "window_start" of "login_attempts": "DELETE FROM login_attempts"),
    kind!("sessions", session, "expires_at" of "sessions": "DELETE FROM sessions"),
    kind!("links", link, "expires_at" of "access_links": "DELETE FROM access_links"),
    kind!("OAuth requests", |_| APART * 2, "expires_at" of "oauth_requests": "DELETE FROM oauth_requests"),
];

impl Store {
    /// Makes void what a clock that was ahead has left in the future: leases (of up to `lease_length` by right), pauses, tokens,
    /// jobs, sessions, links. Tokens of people and requests to sync count as made now. Says how many rows that were. Where there are
    /// none, nothing is written.
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
        let made_now = self.tokens_of_the_future(now).await? + self.resyncs_of_the_future(now).await?;
        if made_now > 0 {
            tracing::warn!(
                rows = made_now,
                "made while a clock was ahead: these tokens and requests to sync count as made now"
            );
        }
        Ok(voided + made_now)
    }

    /// Lets people's tokens that were made later than now live from now on for as long as was chosen.
    async fn tokens_of_the_future(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const AHEAD: &str = "SELECT id, created_at, expires_at FROM api_tokens WHERE created_at > $1";
        type Row = (ApiTokenId, DateTime<Utc>, Option<DateTime<Utc>>);
        let ahead: Vec<Row> = reading!(self, db => sqlx::query_as(AHEAD).bind(now + APART).fetch_all(db).await?);
        let mut rows = 0;
        for (id, created_at, expires_at) in ahead {
            let expires_at = expires_at.map(|expires_at| now + (expires_at - created_at));
            rows += writing!(self, tx => {
                sqlx::query("UPDATE api_tokens SET created_at = $3, expires_at = $4 WHERE id = $1 AND created_at = $2")
                    .bind(id).bind(created_at).bind(now).bind(expires_at).execute(tx).await?.rows_affected()
            });
        }
        Ok(rows)
    }

    /// Lets what asked for a resync later than now have asked for it now: no run would ever be late enough to serve it.
    async fn resyncs_of_the_future(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const ASKED: &str = "SELECT id, meta->>'manual_resync_requested_at' FROM integrations_accounts
             WHERE meta->>'manual_resync_requested_at' IS NOT NULL";
        let is_ahead = |at: DateTime<Utc>| at > now + APART;
        let asked: Vec<(AccountId, String)> = reading!(self, db => sqlx::query_as(ASKED).fetch_all(db).await?);
        let mut rows = 0;
        for (id, at) in asked {
            if !DateTime::parse_from_rfc3339(&at).is_ok_and(|at| is_ahead(at.to_utc())) {
                continue;
            }
            let changed = self.change_meta(id, now.into(), None, |status, meta| {
                if meta.manual_resync_requested_at.is_some_and(is_ahead) {
                    meta.manual_resync_requested_at = Some(now);
                }
                status
            });
            rows += u64::from(changed.await?.is_some());
        }
        Ok(rows)
    }
}
