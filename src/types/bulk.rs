//! What is done with many pairs at once: all that a search finds, and those that somebody picked; and rules by which pairs are approved.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AccountId, BulkDecisionId, PairFilter, PairId, PairQuery, PairStatus, PairStatusFilter, RejectReason, Rejection,
    ReviewTagId, TrainingPair, TrustRuleId, UserId, text_enum::text_enum, whole::maybe_whole,
};

/// The most pairs that somebody can pick and decide together: a page of the list at its largest.
pub const MOST_PICKED: usize = 200;

text_enum! {
    /// How far a decision about many pairs is.
    BulkState("bulk state") {
        /// A worker has not begun it yet.
        Waiting = "waiting",
        Running = "running",
        Done = "done",
        /// Somebody stopped it; what was decided until then stays.
        Cancelled = "cancelled",
        /// It is being taken back.
        Undoing = "undoing",
        /// It was taken back.
        Undone = "undone",
        /// It could not go on; what was decided until then stays.
        Failed = "failed",
    }
}

impl BulkState {
    /// Whether there is more to do.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running | Self::Undoing)
    }

    /// Whether it still decides.
    #[must_use]
    pub fn is_deciding(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// What is done with many pairs at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum BulkAct {
    /// They are decided.
    Decide {
        /// What the pairs become.
        decision: PairStatus,
        /// Why they are rejected.
        reason: Option<RejectReason>,
        note: Option<String>,
    },
    /// A tag is put on them.
    Tag { tag_id: ReviewTagId },
    /// A tag is taken off.
    Untag { tag_id: ReviewTagId },
    /// They are given to somebody to review.
    Assign {
        /// `null`: to nobody.
        assign_to_id: Option<UserId>,
    },
}

impl From<PairStatus> for BulkAct {
    fn from(decision: PairStatus) -> Self {
        Self::decide(decision, None)
    }
}

impl BulkAct {
    /// A decision. Only what is rejected has a reason.
    #[must_use]
    pub fn decide(decision: PairStatus, because: Option<Rejection>) -> Self {
        let because = because.filter(|_| decision == PairStatus::Rejected);
        let (reason, note) = because.map_or((None, None), |because| (Some(because.reason), because.note));
        Self::Decide { decision, reason, note }
    }

    /// The word for it in the database and in forms: of a decision its status.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Decide { decision, .. } => decision.as_str(),
            Self::Tag { .. } => "tag",
            Self::Untag { .. } => "untag",
            Self::Assign { .. } => "assign",
        }
    }

    /// The tag that it is about.
    #[must_use]
    pub fn tag(&self) -> Option<ReviewTagId> {
        match self {
            Self::Tag { tag_id } | Self::Untag { tag_id } => Some(*tag_id),
            Self::Decide { .. } | Self::Assign { .. } => None,
        }
    }
}

text_enum! {
    /// Why something cannot be done with many pairs, or cannot go on.
    BulkFault("bulk fault") {
        /// The tag was deleted.
        TagGone = "tag_gone",
        /// The tag is not offered any more.
        TagRetired = "tag_retired",
        /// The person cannot review any more.
        PersonGone = "person_gone",
    }
}

impl BulkFault {
    /// The same in words, for the API.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::TagGone => "the tag was deleted",
            Self::TagRetired => "the tag was retired",
            Self::PersonGone => "the person cannot review any more",
        }
    }
}

/// Something that is done with all pairs that a search finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BulkDecision {
    pub id: BulkDecisionId,
    /// Who asked for it; `null` for people who are no longer there.
    pub asked_by: Option<String>,
    pub asked_by_id: Option<UserId>,
    pub asked_at: DateTime<Utc>,
    /// Pairs that came, or were changed, after this are left as they are.
    pub as_of: DateTime<Utc>,
    /// The name of the rule that decides so.
    pub rule: Option<String>,
    /// Which pairs, as the list's parameters say it: `new`, `approved`, `rejected` or `all`.
    pub status: String,
    pub provider: Option<String>,
    pub integration_account_id: Option<AccountId>,
    pub q: Option<String>,
    /// What is done with the pairs.
    #[serde(flatten)]
    pub act: BulkAct,
    /// What the tag or the person is called, or was.
    pub about: Option<String>,
    pub state: BulkState,
    /// How many pairs it was about when it was asked for.
    pub matched: i64,
    /// `false`: at least so many; they were not counted to the end.
    pub matched_exact: bool,
    /// With how many it has done so.
    pub decided: i64,
    /// How many it left because they came, or somebody changed them, after `as_of`.
    pub skipped: i64,
    /// How many were so already.
    pub unchanged: i64,
    /// Of these, how many are what they were before.
    pub undone: i64,
    /// Of these, how many were left when it was taken back, because somebody had changed them since.
    pub stayed: i64,
    /// Why it could not go on.
    pub error: Option<String>,
    /// The same as a word, where there is one for it.
    pub fault: Option<BulkFault>,
    pub updated_at: DateTime<Utc>,
}

impl BulkDecision {
    /// Which pairs it is about.
    #[must_use]
    pub fn query(&self) -> PairQuery {
        let filter = PairFilter {
            status: self.status.parse::<PairStatusFilter>().unwrap_or_default(),
            provider: self.provider.clone(),
            account_id: self.integration_account_id,
            ..PairFilter::default()
        };
        PairQuery { filter, text: self.q.clone(), ..PairQuery::default() }
    }
}

/// A page of decisions about many pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BulkDecisionList {
    /// The latest first, at most 50.
    pub items: Vec<BulkDecision>,
    pub count: usize,
    /// Absent on the last page.
    pub next_cursor: Option<String>,
}

/// Which pairs a decision would be about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BulkPreview {
    pub matched: i64,
    /// `false`: at least so many; they were not counted to the end.
    pub matched_exact: bool,
    /// Hand it over when you ask for the decision: what comes or changes after it is left as it is.
    pub as_of: DateTime<Utc>,
    /// Some of them, the latest first.
    pub examples: Vec<TrainingPair>,
    /// Pass as `cursor` for those after them.
    pub next_cursor: Option<String>,
    /// Pairs whose words are being noted: some may match as well, and would be decided.
    pub not_searchable_yet: i64,
}

/// `POST /api/integrations/ai-email-pairs/bulk-decisions`: which pairs, as the list's parameters say it, and what is done with
/// them: exactly one of `decision`, `tag`, `untag` and `assign_to`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkDecisionInput {
    /// `new` (by default), `approved`, `rejected` or `all`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<PairStatusFilter>))]
    pub status: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub integration_account_id: Option<AccountId>,
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 400))]
    pub q: Option<String>,
    /// `approved`, `rejected`, or `new` to take decisions back.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<PairStatus>))]
    pub decision: Option<String>,
    /// A tag that is put on them.
    #[serde(default)]
    pub tag: Option<ReviewTagId>,
    /// A tag that is taken off.
    #[serde(default)]
    pub untag: Option<ReviewTagId>,
    /// The id of whoever is to review them, or `nobody`.
    #[serde(default)]
    pub assign_to: Option<String>,
    /// Why they are rejected.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<RejectReason>))]
    pub reason: Option<String>,
    /// What is to be added to the reason; without one the reason is `other`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 500))]
    pub note: Option<String>,
    /// `as_of` of the preview that you looked at: what came or changed after it is left. By default now.
    #[serde(default)]
    pub as_of: Option<DateTime<Utc>>,
}

/// `POST /api/integrations/ai-email-pairs/picked`: pairs that somebody picked, and what is done with them: exactly one of
/// `status`, `tag`, `untag` and `assign_to`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PickedInput {
    /// 1 to 200.
    #[cfg_attr(feature = "server", schema(min_items = 1, max_items = 200))]
    pub pair_ids: Vec<PairId>,
    /// `new`, `approved` or `rejected`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<PairStatus>))]
    pub status: Option<String>,
    /// A tag that is put on them.
    #[serde(default)]
    pub tag: Option<ReviewTagId>,
    /// A tag that is taken off.
    #[serde(default)]
    pub untag: Option<ReviewTagId>,
    /// The id of whoever is to review them, or `nobody`.
    #[serde(default)]
    pub assign_to: Option<String>,
    /// Why they are rejected.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<RejectReason>))]
    pub reason: Option<String>,
    /// What is to be added to the reason; without one the reason is `other`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 500))]
    pub note: Option<String>,
    /// When you looked at them: those that somebody else has changed since are left. By default now.
    #[serde(default)]
    pub as_of: Option<DateTime<Utc>>,
}

/// What became of pairs that somebody picked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PickedDecided {
    /// With how many it was done.
    pub decided: i64,
    /// Somebody else has changed them since, or they are gone.
    pub skipped: i64,
    /// They were so already.
    pub unchanged: i64,
}

/// A rule by which new pairs are approved that nobody edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TrustRule {
    pub id: TrustRuleId,
    pub name: String,
    /// Of pairs with at least this quality.
    pub least_quality: i64,
    /// In a group of at least so many near duplicates.
    pub least_said: i64,
    /// Only of this account.
    pub integration_account_id: Option<AccountId>,
    /// Only where the client writes in this language (ISO 639-1).
    pub language: Option<String>,
    /// It approves by itself what has come since then; `null`: it is off.
    pub on_since: Option<DateTime<Utc>>,
    /// Who switched it on.
    pub switched_on_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl TrustRule {
    /// The search that finds its pairs, but for how often they were said.
    #[must_use]
    pub fn query(&self) -> PairQuery {
        let language = self.language.as_ref().map(|code| format!(" lang:{code}")).unwrap_or_default();
        let text = format!("quality:>={} -is:edited{language}", self.least_quality);
        let filter = PairFilter { account_id: self.integration_account_id, ..PairFilter::default() };
        PairQuery { filter, text: Some(text), ..PairQuery::default() }
    }
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TrustRuleList {
    /// By their names.
    pub items: Vec<TrustRule>,
    pub count: usize,
}

/// `POST /api/trust-rules` and `PUT /api/trust-rules/{rule_id}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustRuleInput {
    /// No other rule has it.
    #[cfg_attr(feature = "server", schema(min_length = 1, max_length = 60))]
    pub name: String,
    /// 0 to 100; by default 90.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 0, maximum = 100))]
    pub least_quality: Option<i64>,
    /// 1 to 1,000,000; by default 3.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 1_000_000))]
    pub least_said: Option<i64>,
    #[serde(default)]
    pub integration_account_id: Option<AccountId>,
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(pattern = "^([a-z]{2})?$"))]
    pub language: Option<String>,
}

/// `PUT /api/trust-rules/{rule_id}/automatic`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustRuleSwitch {
    /// Whether it approves by itself what comes from now on.
    pub on: bool,
    /// `updated_at` of the rule as you read it: if it was changed since, it is not switched on.
    #[serde(default)]
    pub seen: Option<DateTime<Utc>>,
}

/// `POST /api/trust-rules/{rule_id}/apply`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustRuleApply {
    /// `as_of` of the dry run that you looked at: what came or changed after it is left. By default now.
    #[serde(default)]
    pub as_of: Option<DateTime<Utc>>,
}
