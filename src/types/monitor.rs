//! The email monitor: the workers that keep the mail up to date, and what each account waits for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, AccountProblem, AccountStatus, RunId, RunState};

/// A process that runs a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct WorkerSeen {
    pub host: String,
    pub process_id: i64,
    pub started_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

/// `GET /api/system/email-monitor/status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MonitorStatus {
    /// Whether workers may sync by themselves; `start` and `stop` switch it.
    pub enabled: bool,
    /// The workers alive now. None: mail is synced only when somebody asks for it.
    pub workers: Vec<WorkerSeen>,
    /// Pause between two syncs of an account.
    pub interval_seconds: u64,
    pub accounts: Vec<MonitoredAccount>,
}

/// An account as the monitor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MonitoredAccount {
    pub id: AccountId,
    pub display_name: String,
    pub status: AccountStatus,
    /// What only a person can mend.
    pub problem: Option<AccountProblem>,
    pub last_sync_at: Option<DateTime<Utc>>,
    /// How the last run ended.
    pub last_state: Option<RunState>,
    pub active_run_id: Option<RunId>,
    /// When the worker takes it next. `None`: not by itself.
    pub next_sync_at: Option<DateTime<Utc>>,
    /// Why it waits longer than the interval: a short code, e.g. `rate_limited`.
    pub waiting_for: Option<String>,
    /// Messages that wait for another try.
    pub set_aside: i64,
}
