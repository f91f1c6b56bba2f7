//! Work in the background: what a job is, and how it goes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, JobId, text_enum::text_enum};

text_enum! {
    /// What a job does.
    JobKind("kind of job") {
        /// Finds the group of near duplicates for replies that are new or changed.
        GroupReplies = "group_replies",
        /// Decides which messages of an account are ours, where its addresses changed, and makes its pairs anew.
        Redecide = "redecide",
        /// Fetches the attachments of an account that wait, where all are kept.
        FetchAttachments = "fetch_attachments",
        /// Makes the vectors of approved pairs that have none, and tries whether they help to find past cases.
        EmbedAnswers = "embed_answers",
        /// Decides all pairs that a search finds, or takes that back.
        BulkDecide = "bulk_decide",
        /// Has the trust rules that are on approve what has come.
        ApplyRules = "apply_rules",
    }
}

text_enum! {
    /// Where a job stands. One that is done is gone.
    JobState("job state") {
        /// Waits for a worker, or for its next attempt.
        Queued = "queued",
        Running = "running",
        /// Every attempt failed; kept until somebody has it tried again.
        Failed = "failed",
    }
}

/// A job as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobView {
    pub id: JobId,
    /// One of the kinds of this version, or one of a later version's.
    pub kind: String,
    /// Whose mail it is about.
    pub account_id: Option<AccountId>,
    pub state: JobState,
    /// How often it was begun.
    pub attempts: i32,
    /// After so many it is given up.
    pub max_attempts: i32,
    /// Nobody begins it before.
    pub run_after: DateTime<Utc>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which jobs are listed: the newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub state: Option<JobState>,
}
