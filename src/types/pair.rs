//! Training pairs: a client's turn and our reply to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AccountId, BulkDecisionId, MessageId, PairId, PairLabels, PairTag, ThreadId, UserId,
    text_enum::text_enum,
    whole::{maybe_whole, whole},
};

text_enum! {
    /// Which way a message went.
    Direction("direction") { Incoming = "incoming", Outgoing = "outgoing" }
}

text_enum! {
    /// What was decided about a pair.
    PairStatus("pair status") { New = "new", Approved = "approved", Rejected = "rejected" }
}

text_enum! {
    /// Why a pair was rejected.
    RejectReason("reject reason") {
        /// What we answered is not true, or not what was asked.
        Wrong = "wrong",
        /// Something is missing in the answer.
        Incomplete = "incomplete",
        /// It was right once.
        Outdated = "outdated",
        /// Too much of somebody is in it.
        Private = "private",
        /// Nothing that clients ask again.
        OffTopic = "off_topic",
        Other = "other",
    }
}

/// The most characters that a reviewer may add to a reason.
pub const NOTE_LENGTH: usize = 500;

/// Why a pair was rejected, and what the reviewer added to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub reason: RejectReason,
    pub note: Option<String>,
}

text_enum! {
    /// How a pair stands to the mail it came from.
    PairSource("pair source") {
        /// The mail still says what the pair says.
        Same = "same",
        /// The mail, or what is taken for the author's own words, changed after somebody decided or edited the pair.
        Changed = "changed",
        /// The mail is here, but no longer makes this pair.
        Gone = "gone",
        /// A message of the pair was deleted at its provider.
        Deleted = "deleted",
    }
}

/// The status filter of a list: one status, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairStatusFilter {
    All,
    Only(PairStatus),
}

impl Default for PairStatusFilter {
    fn default() -> Self {
        Self::Only(PairStatus::New)
    }
}

impl PairStatusFilter {
    /// The word in URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Only(status) => status.as_str(),
        }
    }

    /// The single status, if it is one.
    #[must_use]
    pub fn status(self) -> Option<PairStatus> {
        match self {
            Self::All => None,
            Self::Only(status) => Some(status),
        }
    }
}

#[cfg(feature = "server")]
impl utoipa::PartialSchema for PairStatusFilter {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let words = PairStatus::ALL.iter().map(|status| status.as_str()).chain([Self::All.as_str()]);
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(words))
            .into()
    }
}

#[cfg(feature = "server")]
impl utoipa::ToSchema for PairStatusFilter {}

impl std::str::FromStr for PairStatusFilter {
    type Err = super::UnknownValue;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        if value == "all" { Ok(Self::All) } else { value.parse().map(Self::Only) }
    }
}

/// Which pairs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PairFilter {
    pub status: PairStatusFilter,
    /// A provider code, e.g. `gmail`.
    pub provider: Option<String>,
    pub account_id: Option<AccountId>,
    /// The id of a group of near duplicates.
    pub group: Option<String>,
    /// Of near duplicates with one status, only the one with the newest reply.
    pub one_per_group: bool,
}

/// A training pair with everything a reviewer needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct TrainingPair {
    pub id: PairId,
    pub integration_account_id: AccountId,
    pub provider_code: String,
    pub provider_name: String,
    pub account_display_name: String,
    pub thread_id: Option<String>,
    /// The thread across accounts: `GET /api/email/threads/{id}`.
    pub email_thread_id: Option<ThreadId>,
    pub subject: Option<String>,
    pub client_message_id: MessageId,
    pub our_reply_message_id: MessageId,
    pub client_from: Option<String>,
    pub client_sent_at: Option<DateTime<Utc>>,
    pub reply_from: Option<String>,
    pub reply_sent_at: Option<DateTime<Utc>>,
    /// What the client wrote, without quoted history and signature.
    pub client_text: String,
    /// What we answered, without quoted history and signature.
    pub our_reply_text: String,
    /// Only the beginnings of texts are here, so that a list does not grow without bound: the pair alone has them whole.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub truncated: bool,
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub status: PairStatus,
    /// Language, quality, sensitive spans and more; absent where another version of the program wrote them.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub labels: Option<PairLabels>,
    /// Seconds from the client's last message to our reply.
    pub responded_after_seconds: Option<i64>,
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub source: PairSource,
    /// What the mail says now, where `source` is `changed`.
    pub fresh_client_text: Option<String>,
    pub fresh_reply_text: Option<String>,
    /// A reviewer put removed text back, or wrote something else.
    pub edited: bool,
    /// Why it was rejected, where somebody said so.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub reject_reason: Option<RejectReason>,
    /// What was added to the reason.
    pub reject_note: Option<String>,
    /// The version of the cleaning engine that made the texts.
    pub engine_version: i32,
    pub decided_at: Option<DateTime<Utc>>,
    /// The name of whoever decided it; absent where that person is gone.
    pub decided_by: Option<String>,
    /// The name of the rule that decided it, in the name of `decided_by`.
    pub decided_by_rule: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The group of replies that say nearly the same in nearly the same words; absent for a reply without words, and until
    /// the first round of pairing after an update has seen to it.
    pub group_id: Option<String>,
    /// How many pairs are in that group, this one among them: at least 1.
    pub duplicates: i64,
    /// Tags of the team, in its order.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub tags: Vec<PairTag>,
    /// Who is to review it, where somebody is.
    pub assigned_to_id: Option<UserId>,
    /// The name of whoever is to review it.
    pub assigned_to: Option<String>,
}

/// One page of pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairPage {
    pub items: Vec<TrainingPair>,
    /// How many pairs match the filter in all; of a search, as far as they were counted.
    pub count: i64,
    /// `false`: at least `count` pairs match, and were not counted to the end.
    pub count_exact: bool,
    pub limit: i64,
    pub offset: i64,
    /// Pass as `cursor` for the page after this one. Unlike `offset`, it skips nothing when pairs leave the list meanwhile. A search
    /// can have one although `items` is not full: it has looked through many pairs and goes on there.
    pub next_cursor: Option<String>,
    /// Of a search: pairs whose words are being noted. It does not find them yet, or finds what they were.
    pub not_searchable_yet: i64,
}

/// How many pairs there are by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairCounts {
    pub new: i64,
    pub approved: i64,
    pub rejected: i64,
}

/// `POST /api/integrations/ai-email-pairs/{id}/status`. The status is text, so that a wrong one is answered by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PairStatusInput {
    /// `new`, `approved` or `rejected`.
    #[cfg_attr(feature = "server", schema(value_type = PairStatus))]
    pub status: String,
    /// The status that the reviewer saw: if somebody decided otherwise since, nothing is changed.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<PairStatus>))]
    pub seen: Option<String>,
    /// The `updated_at` that the reviewer saw: if the pair was edited, decided or updated from its mail since, nothing is changed.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
    /// Why it is rejected; a pair that is rejected already gets this reason.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<RejectReason>))]
    pub reason: Option<String>,
    /// What is to be added to the reason; without one the reason is `other`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 500))]
    pub note: Option<String>,
}

/// `POST /api/integrations/ai-email-pairs/groups/{group_id}/status`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupStatusInput {
    /// `approved` or `rejected`: text, like that of a pair.
    #[cfg_attr(feature = "server", schema(schema_with = decision))]
    pub status: String,
    /// How many undecided pairs the reviewer was told of: if there are not just as many by now, nothing is decided.
    #[serde(default, deserialize_with = "maybe_whole")]
    pub expected: Option<i64>,
    /// With `rejected`: the pair that is approved while all others are rejected.
    #[serde(default)]
    pub keep: Option<PairId>,
    /// Why they are rejected.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<RejectReason>))]
    pub reason: Option<String>,
    /// What is to be added to the reason; without one the reason is `other`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 500))]
    pub note: Option<String>,
}

/// `POST /api/integrations/ai-email-pairs/undo`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UndoInput {
    /// Only your last step about this pair; without it the last one of all.
    #[serde(default)]
    pub pair_id: Option<PairId>,
}

/// What a step was that somebody took in the review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewStep {
    pub at: DateTime<Utc>,
    /// What the pairs became; `null` where pairs were tagged or assigned that may have several statuses.
    pub status: Option<PairStatus>,
    /// Their texts were edited; the status was left as it was.
    pub edited: bool,
    /// A tag was put on them or taken off, and nothing else: its name.
    pub tag: Option<String>,
    /// They were given to somebody to review, or to nobody, and nothing else.
    pub assigned: bool,
    /// Messages were put into other pairs, or left out; the status was left as it was.
    pub regrouped: bool,
    /// How many pairs it was about.
    pub pairs: i64,
    /// The pair, where it is one.
    pub pair_id: Option<PairId>,
    /// The decision about all pairs that a search finds, where it is one.
    pub bulk_decision_id: Option<BulkDecisionId>,
}

/// Your last steps in the review, the latest first: at most 20.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewSteps {
    pub items: Vec<ReviewStep>,
    pub count: u32,
}

/// What taking back a step did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StepUndone {
    /// How many pairs are what they were before it.
    pub undone: i64,
    /// How many somebody changed since: they stay as they are.
    pub stayed: i64,
    /// The texts of a pair are what they were, not its status.
    pub edited: bool,
    /// The tags of a pair are what they were, not its status.
    pub tagged: bool,
    /// Who is to review pairs is what it was, not their status.
    pub assigned: bool,
    /// Messages belong where they did before, as far as people said.
    pub regrouped: bool,
    /// The pair, where the step was about one.
    pub pair_id: Option<PairId>,
    /// The step was a decision about all pairs that a search finds: it is taken back in the background, and says itself how far that is.
    pub bulk_decision_id: Option<BulkDecisionId>,
}

/// `PUT /api/integrations/ai-email-pairs/{id}/texts`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TextsInput {
    /// What the client wrote: 1 to 200,000 characters.
    #[cfg_attr(feature = "server", schema(min_length = 1, max_length = 200_000))]
    pub client_text: String,
    /// What we answered: 1 to 200,000 characters.
    #[cfg_attr(feature = "server", schema(min_length = 1, max_length = 200_000))]
    pub our_reply_text: String,
    /// The `updated_at` that the reviewer saw: if the pair was edited, decided or updated from its mail since, nothing is changed.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// The most characters of a text that somebody writes into a pair.
pub const TEXT_LENGTH: usize = 200_000;

/// What somebody wrote into a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct PairEdit {
    pub at: DateTime<Utc>,
    /// The name of whoever wrote it; absent where that person is gone.
    pub by: Option<String>,
    pub was_client_text: String,
    pub was_reply_text: String,
    pub client_text: String,
    pub reply_text: String,
}

/// The edits of a pair, the first one first: its `was_…` texts are the original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairEdits {
    pub items: Vec<PairEdit>,
    pub count: u32,
}

/// `POST /api/integrations/ai-email-pairs/groups/{group_id}/undo`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupUndoInput {
    /// The `decided_at` of the decision that is taken back.
    pub decided_at: DateTime<Utc>,
}

/// What can be decided about a group.
#[cfg(feature = "server")]
fn decision() -> utoipa::openapi::schema::Object {
    utoipa::openapi::schema::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some([PairStatus::Approved.as_str(), PairStatus::Rejected.as_str()]))
        .description(Some("`approved` or `rejected`."))
        .build()
}

/// What deciding a group did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GroupDecided {
    pub group_id: String,
    pub status: PairStatus,
    /// How many pairs were undecided and are decided now.
    pub decided: i64,
    /// What the decision is called when it is taken back.
    pub decided_at: DateTime<Utc>,
}

/// What became of a group whose decision was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GroupUndone {
    pub group_id: String,
    /// How many pairs are undecided again: what somebody decided since stays.
    pub undone: i64,
}

/// `POST /api/integrations/ai-email-pairs/{id}/spans`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SpanInput {
    pub message_id: MessageId,
    /// First byte within the text of the message (UTF-8), as the list of messages gives it.
    #[serde(deserialize_with = "whole")]
    #[cfg_attr(feature = "server", schema(maximum = 4294967295_u64, format = Int64))]
    pub start: u32,
    /// The byte after the last one.
    #[serde(deserialize_with = "whole")]
    #[cfg_attr(feature = "server", schema(maximum = 4294967295_u64, format = Int64))]
    pub end: u32,
    /// `true` puts the span back into the pair, `false` takes it away again.
    pub keep: bool,
}

/// The messages behind a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairMessages {
    /// First the client's, then ours, each side in the order of time.
    pub messages: Vec<PairMessage>,
    pub count: u32,
    /// The texts of the pair are what these spans leave of these messages, so that spans can be put back. Not so where the
    /// mail says something else by now: then take that over first.
    pub matches_pair: bool,
}

/// A message of a pair as it came, with what was taken away for the pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairMessage {
    pub message_id: MessageId,
    pub direction: Direction,
    pub from: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The plain text, or the HTML as text.
    pub text: String,
    /// The thread is very large: of this message only the beginning is here.
    pub truncated: bool,
    /// Sorted, disjoint.
    pub removed: Vec<RemovedSpan>,
    /// What the rules would have taken as well, had it not been all that was written: it is in the pair, and somebody should look.
    /// Empty for nearly every message.
    pub doubted: Vec<RemovedSpan>,
}

/// A span of a message that is not the author's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RemovedSpan {
    /// First byte within the text (UTF-8).
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// `quoted_history`, `attribution`, `forwarded`, `signature`, `sign_off`, `mobile_footer`, `disclaimer` or `list_footer`.
    pub kind: String,
    /// The rule that took it.
    pub rule: String,
    /// A reviewer put it back.
    pub kept: bool,
}

/// What making the pairs anew did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RebuildReport {
    pub threads: u32,
    pub created: u32,
    /// Undecided pairs that follow their mail.
    pub updated: u32,
    /// Undecided pairs that are no more.
    pub removed: u32,
    /// Decided or edited pairs that differ from their mail now.
    pub flagged: u32,
    pub unchanged: u32,
}

impl std::ops::AddAssign for RebuildReport {
    fn add_assign(&mut self, other: Self) {
        self.threads += other.threads;
        self.created += other.created;
        self.updated += other.updated;
        self.removed += other.removed;
        self.flagged += other.flagged;
        self.unchanged += other.unchanged;
    }
}
