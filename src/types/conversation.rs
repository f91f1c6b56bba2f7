//! Conversations: threads with a client, whose turn it is, and what the team made of that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    AccountId, ConversationNoteId, Direction, EmailThreadDetail, MessageId, ThreadId, UserId, text_enum::text_enum,
};

/// The longest note, in characters.
pub const CONVERSATION_NOTE_LENGTH: usize = 10_000;

text_enum! {
    /// Where a conversation stands. The mail decides between the first two; people set the others, and mail ends them.
    ConversationState("conversation state") {
        /// A client waits for an answer.
        NeedsReply = "needs_reply",
        /// We said the last word that counts, and wait for the client.
        Waiting = "waiting",
        /// Put off until a time, or until the client asks for something.
        Snoozed = "snoozed",
        /// Done, until somebody says something new.
        Archived = "archived",
    }
}

text_enum! {
    /// In what order conversations are listed.
    ConversationSort("order") {
        /// The latest word first.
        Newest = "newest",
        /// Whoever waits for an answer the longest first; those that need none are left out.
        LongestWaiting = "longest_waiting",
    }
}

/// Whose conversations are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationOwner {
    /// Nobody's.
    Nobody,
    User(UserId),
}

/// Which conversations are listed. The default is all of them, the latest word first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    pub state: Option<ConversationState>,
    pub account: Option<AccountId>,
    pub owner: Option<ConversationOwner>,
    /// Words of its mail, as in the list of threads.
    pub text: Option<String>,
    pub longest_waiting: bool,
}

/// A conversation, as a list shows it. Its id is that of its thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Conversation {
    pub id: ThreadId,
    pub state: ConversationState,
    pub subject: Option<String>,
    /// Who the client is that wrote last, or whom we wrote to.
    pub client_name: Option<String>,
    pub client_address: Option<String>,
    /// The language of what the client wrote last, where it could be told.
    pub language: Option<String>,
    /// The mailbox that the client wrote to last.
    pub integration_account_id: AccountId,
    pub account_name: String,
    pub message_count: i32,
    /// The last word, without quotations: its beginning, whose it is, and when it was said.
    pub last_text: String,
    pub last_by: Direction,
    pub last_at: DateTime<Utc>,
    pub last_message_id: MessageId,
    /// Since when the client waits for an answer; absent where they do not.
    pub waiting_since: Option<DateTime<Utc>>,
    pub assigned_to_id: Option<UserId>,
    pub assigned_to: Option<String>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub snoozed_by: Option<String>,
    pub archived_at: Option<DateTime<Utc>>,
    pub archived_by: Option<String>,
    /// The client waits, and whoever asks has not seen it since mail came.
    pub unread: bool,
    /// How many internal notes there are.
    pub notes: i64,
}

/// How many conversations there are of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConversationCounts {
    pub needs_reply: i64,
    pub waiting: i64,
    pub snoozed: i64,
    pub archived: i64,
}

impl ConversationCounts {
    /// Those of a state.
    #[must_use]
    pub fn of(&self, state: ConversationState) -> i64 {
        match state {
            ConversationState::NeedsReply => self.needs_reply,
            ConversationState::Waiting => self.waiting,
            ConversationState::Snoozed => self.snoozed,
            ConversationState::Archived => self.archived,
        }
    }
}

/// One page of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConversationPage {
    pub items: Vec<Conversation>,
    pub limit: i64,
    /// Pass as `cursor` for the page after this one.
    pub next_cursor: Option<String>,
    /// Of the mailbox that is asked for, or of all, whatever else is asked for.
    pub counts: ConversationCounts,
    /// Threads whose mail is not looked at yet after an update of the program, or that a search does not find yet.
    pub not_listed_yet: i64,
}

/// What somebody of the team wrote to the others about a conversation. It is never sent, and no model reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct ConversationNote {
    pub id: ConversationNoteId,
    pub text: String,
    /// Absent where the person is gone.
    pub written_by: Option<String>,
    pub written_by_id: Option<UserId>,
    pub written_at: DateTime<Utc>,
}

/// A conversation with its mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConversationDetail {
    pub conversation: Conversation,
    pub thread: EmailThreadDetail,
    /// The oldest first.
    pub notes: Vec<ConversationNote>,
}

/// What somebody saw of a conversation that they change: what is another by now is not changed. The default is anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConversationSeen {
    pub last_message_id: Option<MessageId>,
    pub state: Option<ConversationState>,
    /// Who had it, or that nobody did.
    pub assigned_to: Option<Option<UserId>>,
}

impl From<Option<MessageId>> for ConversationSeen {
    fn from(last_message_id: Option<MessageId>) -> Self {
        Self { last_message_id, ..Self::default() }
    }
}

/// `PATCH /api/conversations/{id}/archive`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ArchiveInput {
    /// `false` takes it out of the archive. By default it goes there.
    pub archived: Option<bool>,
    /// The `last_message_id` that was seen: with another last word it is refused.
    pub last_message_id: Option<MessageId>,
    /// The `state` that was seen: in another one it is refused.
    pub state: Option<ConversationState>,
}

/// `PUT /api/conversations/{id}/snooze`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SnoozeInput {
    /// Until when, at most a year ahead; `null` ends it.
    #[serde(deserialize_with = "said")]
    #[cfg_attr(feature = "server", schema(required))]
    pub until: Option<DateTime<Utc>>,
    /// The `last_message_id` that was seen: with another last word it is refused.
    pub last_message_id: Option<MessageId>,
    /// The `state` that was seen: in another one it is refused.
    pub state: Option<ConversationState>,
}

/// `null` says something that leaving a field out does not.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// `PUT /api/conversations/{id}/assignee`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationAssigneeInput {
    /// Who is to answer; `null` for nobody.
    #[serde(deserialize_with = "said")]
    #[cfg_attr(feature = "server", schema(required))]
    pub user_id: Option<UserId>,
}

/// `POST /api/conversations/{id}/notes`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationNoteInput {
    #[cfg_attr(feature = "server", schema(min_length = 1, max_length = 10_000))]
    pub text: String,
}

/// `GET /api/conversations/stats/summary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConversationStats {
    pub counts: ConversationCounts,
    /// Of those that need a reply, how many are nobody's.
    pub unassigned: i64,
    /// Since when the client waits who waits the longest.
    pub longest_waiting_since: Option<DateTime<Utc>>,
    /// From a client's message to our reply, in seconds: the median of the replies of the last `days` days.
    pub median_reply_seconds: Option<i64>,
    /// The replies that this is the median of.
    pub replies: i64,
    pub days: i64,
}
