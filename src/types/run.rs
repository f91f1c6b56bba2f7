//! Sync runs: what a sync or an import is doing, and what it did.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AccountId, FailureId, PairsElsewhere, RunId, Through,
    moment::{maybe_utc, utc},
    text_enum::text_enum,
};

text_enum! {
    /// What a run does.
    RunKind("run kind") {
        /// What came since the last sync; the first time, a window.
        Sync = "sync",
        /// A file.
        Import = "import",
        /// Mail older than what is here.
        Backfill = "backfill",
    }
}

text_enum! {
    /// Who asked for a run.
    RunTrigger("run trigger") { Worker = "worker", Manual = "manual", Cli = "cli" }
}

impl From<Through> for RunTrigger {
    fn from(through: Through) -> Self {
        match through {
            Through::Page | Through::Rest => Self::Manual,
            Through::CommandLine => Self::Cli,
            Through::Worker => Self::Worker,
        }
    }
}

text_enum! {
    /// Where a run stands.
    RunState("run state") {
        /// Waiting for a worker.
        Queued = "queued",
        Running = "running",
        /// A person stopped it for a while; it goes on where it was when they say so.
        Paused = "paused",
        /// Reached the end: everything there was to fetch is here.
        Done = "done",
        /// Ended before the end was reached, or with messages set aside; `errors` says why.
        Partial = "partial",
        /// Did not get anywhere; `errors` says why.
        Failed = "failed",
        /// The process that ran it is gone; the next run continues.
        Interrupted = "interrupted",
        /// A person ended it. What it brought stays.
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Whether nothing more will happen in this run.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Paused)
    }
}

text_enum! {
    /// What a person asks of a run.
    RunRequest("run request") {
        /// Stop at the next safe place and keep it.
        Pause = "pause",
        /// Stop at the next safe place for good.
        Cancel = "cancel",
    }
}

/// One run, while it goes on and afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SyncRun {
    pub id: RunId,
    pub account_id: AccountId,
    pub account_name: String,
    pub kind: RunKind,
    pub trigger: RunTrigger,
    pub state: RunState,
    /// What was asked of it and has not happened yet.
    pub requested: Option<RunRequest>,
    /// Backfills: mail received since then is fetched; without it, all there is.
    #[serde(default, deserialize_with = "maybe_utc")]
    pub since: Option<DateTime<Utc>>,
    /// How many messages there are to fetch, once that is known.
    pub messages_total: Option<i32>,
    pub messages_fetched: i32,
    pub messages_upserted: i32,
    pub pairs_created: i32,
    /// Messages of this mailbox without a pair: each once, of every conversation that this run touched, and those that were kept out of one
    /// (drafts, spam, trash, chats). The sum of `skip_reasons`.
    pub pairs_skipped: i32,
    pub messages_failed: i32,
    /// An import that read mail of which there are no pairs still: probably not all addresses of ours are known.
    pub found_no_pairs: bool,
    /// An import that read mail whose account has no pairs: another one has conversations of it, with their pairs.
    #[serde(default)]
    pub pairs_in: Option<PairsElsewhere>,
    /// Why messages make no pair: reason → count.
    pub skip_reasons: BTreeMap<String, i32>,
    /// Bytes of the file read so far; imports only.
    pub bytes_done: Option<i64>,
    /// Bytes of the file, where that is known beforehand; imports only.
    pub bytes_total: Option<i64>,
    /// Messages per minute of late.
    pub rate_per_minute: Option<i32>,
    /// How long the rest takes at the rate of late.
    pub seconds_left: Option<i64>,
    /// The name of the imported file.
    pub source_name: Option<String>,
    /// Short errors, the first of them; `errors_total` counts all.
    pub errors: Vec<String>,
    pub errors_total: i32,
    /// What the run is waiting for, e.g. the Gmail quota, and until when.
    pub waiting_for: Option<String>,
    #[serde(default, deserialize_with = "maybe_utc")]
    pub waiting_until: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "utc")]
    pub created_at: DateTime<Utc>,
    #[serde(default, deserialize_with = "maybe_utc")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "maybe_utc")]
    pub finished_at: Option<DateTime<Utc>>,
}

impl SyncRun {
    /// How far the run is, from 0 to 100, where that can be known.
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let (done, total) = match (self.bytes_done, self.bytes_total, self.messages_total) {
            (Some(done), Some(total), _) if total > 0 => (done, total),
            (_, _, Some(total)) if total > 0 => {
                (i64::from(self.messages_fetched + self.messages_failed), i64::from(total))
            }
            _ => return None,
        };
        u8::try_from((done.clamp(0, total) * 100) / total).ok()
    }
}

/// The summary of a run, as `sync-now` answers it and as it is stored in `meta.last_sync_summary`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SyncSummary {
    pub account_id: AccountId,
    pub messages_fetched: i32,
    pub messages_upserted: i32,
    pub pairs_created: i32,
    /// Messages without a pair, each once: see [`SyncRun::pairs_skipped`].
    pub pairs_skipped: i32,
    /// Why messages make no pair: reason → count.
    #[serde(default)]
    pub skip_reasons: BTreeMap<String, i32>,
    pub errors: Vec<String>,
    pub last_sync_at: Option<DateTime<Utc>>,
    pub manual: bool,
    /// How the run ended.
    pub state: RunState,
    pub run_id: RunId,
}

/// A message that was set aside: it could not be fetched, read or stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct SyncFailure {
    pub id: FailureId,
    pub account_id: AccountId,
    /// The provider's id of the message, or its place in the file.
    pub external_id: String,
    /// A stable short code, e.g. `not_found`, `unreadable`.
    pub code: String,
    pub reason: String,
    pub attempts: i32,
    pub last_tried_at: DateTime<Utc>,
}
