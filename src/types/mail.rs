//! Mail as a person reads it: threads, messages, attachments, and how much of each is here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AccountId, AccountProblem, AccountStatus, AttachmentId, Direction, MessageId, PairId, PairStatus, RemovedSpan,
    RunId, ThreadId, text_enum::text_enum,
};

text_enum! {
    /// Whether the bytes of attachments are kept here. What an attachment is called and how large it is always is.
    AttachmentPolicy("attachment policy") {
        /// Never: nobody gets them from here.
        Off = "off",
        /// When somebody asks for one.
        OnDemand = "on-demand",
        /// All of them, in the background.
        All = "all",
    }
}

text_enum! {
    /// Why an attachment cannot be had.
    AttachmentProblem("attachment problem") {
        /// It is larger than this installation keeps.
        TooLarge = "too_large",
        /// This installation keeps no attachments.
        Off = "off",
        /// The provider no longer has it; or it was in a file that is no longer there.
        Gone = "gone",
        /// The provider does not give it, and asking again does not help.
        Refused = "refused",
        /// It could not be fetched when it was last asked for; another try may work.
        Failed = "failed",
    }
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailAttachment {
    pub id: AttachmentId,
    pub file_name: Option<String>,
    /// As the sender declared it, without parameters.
    pub content_type: String,
    pub size_bytes: i64,
    /// Meant to be shown in the text (a picture in HTML) rather than saved.
    pub inline: bool,
    /// By which the HTML refers to it (RFC 2392), without angle brackets.
    pub content_id: Option<String>,
    /// Its bytes are here. Those of others are fetched when they are asked for, unless there is a `problem`.
    pub stored: bool,
    pub problem: Option<AttachmentProblem>,
}

/// Somebody in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailPerson {
    pub name: Option<String>,
    pub address: Option<String>,
    /// One of us: the mail went out from an account of ours.
    pub ours: bool,
}

/// A mailbox that sees a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailMailbox {
    pub id: AccountId,
    pub display_name: String,
    pub provider_code: String,
}

/// A thread as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailThread {
    pub id: ThreadId,
    pub subject: Option<String>,
    pub first_message_at: Option<DateTime<Utc>>,
    pub last_message_at: Option<DateTime<Utc>>,
    /// A mail that several of our mailboxes hold counts once.
    pub message_count: i32,
    /// Who wrote in it, the latest first.
    pub people: Vec<EmailPerson>,
    pub accounts: Vec<EmailMailbox>,
    /// Its pairs, whatever was decided about them.
    pub pair_count: i64,
    /// Those of them that nobody has decided about.
    pub pairs_to_review: i64,
}

/// One page of threads, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailThreadPage {
    pub items: Vec<EmailThread>,
    pub limit: i64,
    /// Pass as `cursor` for the page after this one.
    pub next_cursor: Option<String>,
    /// Threads that a search does not find yet: their words are being noted, after an update of the program.
    pub not_searchable_yet: i64,
}

/// Another mailbox's copy of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailCopy {
    pub message_id: MessageId,
    pub account_id: AccountId,
    pub account_name: String,
}

/// A message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailMessage {
    pub id: MessageId,
    pub account_id: AccountId,
    pub account_name: String,
    /// The same mail in other mailboxes of ours.
    pub also_in: Vec<EmailCopy>,
    pub direction: Direction,
    /// It bears an address of ours, and nothing shows that we sent it: the receiving server says that it is forged
    /// (`dmarc=fail`), or it is not among the mailbox's sent mail. It makes no pair until a person confirms it.
    pub unverified: bool,
    /// A person says that we sent it.
    pub confirmed_ours: bool,
    /// Its content is encrypted (S/MIME or PGP): what can be read here is not the message.
    pub encrypted: bool,
    /// It carries a signature (S/MIME or PGP), which nobody has verified here.
    pub signed: bool,
    pub from_name: Option<String>,
    pub from_address: Option<String>,
    /// Of a very long list only the beginning.
    pub to: Vec<String>,
    /// Of a very long list only the beginning.
    pub cc: Vec<String>,
    /// Recipients in `To` and `Cc` that are not listed here, because there are so many.
    pub recipients_left_out: i64,
    pub subject: Option<String>,
    /// The sender's clock, or ours where the message has no date.
    pub at: Option<DateTime<Utc>>,
    /// The plain text, or the HTML as text.
    pub text: String,
    /// The language of its author's own words (ISO 639-1), where it can be told.
    pub language: Option<String>,
    /// The thread is very large: of this message only the beginning is here.
    pub truncated: bool,
    /// The spans of `text` that are not its author's own words. Sorted, disjoint.
    pub folded: Vec<RemovedSpan>,
    /// There is an HTML body: `GET /api/email/messages/{id}/html`.
    pub has_html: bool,
    /// The HTML refers to pictures on other servers.
    pub has_remote_images: bool,
    /// When we learned that its provider no longer has it.
    pub deleted_at: Option<DateTime<Utc>>,
    pub attachments: Vec<EmailAttachment>,
}

/// `POST /api/email/messages/{id}/sender`, and what it answers: whether a person says that we sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageSender {
    /// `false` takes the word back.
    pub confirmed_ours: bool,
}

/// A training pair of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailPair {
    pub id: PairId,
    pub status: PairStatus,
    pub replied_at: DateTime<Utc>,
}

/// A thread with its messages, the oldest first. Of a long one, a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailThreadDetail {
    pub id: ThreadId,
    pub subject: Option<String>,
    /// How many messages the whole thread has; a mail that several of our mailboxes hold counts once.
    pub message_count: i64,
    /// The latest, or those before the one that was named.
    pub messages: Vec<EmailMessage>,
    /// There are earlier messages: those `before` this one.
    pub earlier: Option<MessageId>,
    /// The pairs whose replies are among `messages`.
    pub pairs: Vec<EmailPair>,
}

/// How many attachments there are, and how many of them are here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AttachmentCounts {
    pub count: i64,
    /// Those whose bytes are here.
    pub stored: i64,
    /// Bytes that they take here; the same content counts once.
    pub bytes: i64,
}

/// `GET /api/email/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailStatus {
    pub accounts: i64,
    /// Accounts that the worker syncs.
    pub accounts_active: i64,
    /// Accounts that wait for a person.
    pub accounts_needing_attention: i64,
    /// Messages that their providers still have.
    pub messages: i64,
    pub threads: i64,
    /// Messages that could not be read or stored and wait for another try.
    pub set_aside: i64,
    pub attachments: AttachmentCounts,
    pub attachment_policy: AttachmentPolicy,
    /// The largest attachment that is kept, in bytes.
    pub attachment_max_bytes: i64,
    /// When any account was last synced to the end.
    pub last_sync_at: Option<DateTime<Utc>>,
}

/// A mail account with what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailAccount {
    pub id: AccountId,
    pub provider_code: String,
    pub address: String,
    pub display_name: String,
    pub status: AccountStatus,
    /// Why the account needs a person.
    pub problem: Option<AccountProblem>,
    pub last_sync_at: Option<DateTime<Utc>>,
    pub active_run_id: Option<RunId>,
    /// The worker leaves the account alone until then, and why.
    pub not_before: Option<DateTime<Utc>>,
    pub not_before_reason: Option<String>,
    pub messages: i64,
    pub threads: i64,
    pub pairs: i64,
    pub set_aside: i64,
    pub attachments: AttachmentCounts,
}

/// `GET /api/email/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EmailAccountList {
    pub accounts: Vec<EmailAccount>,
    pub count: u32,
}

/// What deleting an account would delete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct AccountDeletion {
    /// Messages, those included that their provider no longer has.
    pub messages: i64,
    pub pairs: i64,
    /// Of the pairs, those that a person approved or rejected.
    pub pairs_decided: i64,
    pub attachments: i64,
    /// Bytes of attachments that no other account holds as well.
    pub attachment_bytes: i64,
}
