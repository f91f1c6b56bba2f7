//! What the review shows, as it travels to the browser. Sentences that depend on what the domain found come in the person's
//! language already. Structs travel as lists of their fields, without the names: what reads them in a browser is half as large.

use replybook::types::{PairId, PairStatus, RejectReason};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::place::Place;
use crate::{prefs::Lang, ui::parts::Moment};

/// Everything the island begins with.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub(crate) struct Board {
    pub lang: Lang,
    pub place: Place,
    /// One page of the list.
    pub rows: Vec<Row>,
    /// Where the list goes on after them.
    pub next_cursor: Option<String>,
    /// The pair that the address opens.
    pub open: Option<Opened>,
}

/// A further page of the list.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Rows {
    pub(super) place: Place,
    pub(super) rows: Vec<Row>,
    pub(super) next_cursor: Option<String>,
}

/// What is decided about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub(crate) struct Verdict {
    pub status: PairStatus,
    /// Why it is rejected, where somebody said so.
    pub reason: Option<RejectReason>,
}

impl From<PairStatus> for Verdict {
    fn from(status: PairStatus) -> Self {
        Self { status, reason: None }
    }
}

/// When a pair was changed last, to the microsecond. Browsers only keep the newest and hand it back: of two, the later one is
/// greater as a text too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub(super) String);

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Decided {
    /// What the pair is now.
    pub status: PairStatus,
    /// Why, where it is rejected.
    pub reason: Option<RejectReason>,
    /// Its `updated_at` after the decision.
    pub updated_at: Option<Stamp>,
    /// Somebody else had decided otherwise (who, what and when), or the pair had changed. Nothing was done.
    pub overtaken: Option<String>,
}

/// What taking back a step came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Undone {
    /// The pair that it was about, and what is decided about it now.
    pub(super) pair: Option<(PairId, Decided)>,
    /// What the pair is called.
    pub(super) name: String,
    /// What it was until then, as far as that is known.
    pub(super) was: Option<PairStatus>,
    /// Its texts are others now, not its status.
    pub(super) edited: bool,
    /// What is to be said of it.
    pub(super) text: String,
}

/// One line of the list: enough to decide the easy ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub(crate) struct Row {
    pub id: PairId,
    /// Where there are several accounts.
    pub account_name: Option<String>,
    pub subject: Option<String>,
    pub client_preview: String,
    /// Of a group, most of the reply, with what differs from the first in the list.
    pub reply_preview: Vec<Segment>,
    /// The languages of both, as HTML says them.
    pub client_lang: Option<String>,
    pub reply_lang: Option<String>,
    pub verdict: Verdict,
    /// What was added to the reason.
    pub note: Option<String>,
    /// What a decision says that was seen.
    pub updated_at: Stamp,
    /// When we answered.
    pub at: Moment,
    /// The others that say nearly the same, where there are some.
    pub similar: Option<Similar>,
    /// In a list of such: where one is asked whether to keep this one alone.
    pub keep: Option<String>,
    /// What a reviewer should know at once: edited, source changed and the like.
    pub flag: Option<String>,
    /// The marks of the team, as HTML that the server made.
    pub marks: String,
}

/// A link to the pairs that say nearly the same as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Similar {
    pub address: String,
    pub text: String,
}

/// A pair that was asked for: it may be gone by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Opened {
    Pair(Box<Sheet>),
    /// Why it cannot be shown.
    Refused(String),
    /// The last pair of the list was decided.
    Done,
}

/// A pair with all that stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Sheet {
    pub id: PairId,
    pub subject: Option<String>,
    pub(super) verdict: Verdict,
    /// What was added to the reason.
    pub note: Option<String>,
    /// What a decision says that was seen.
    pub updated_at: Stamp,
    /// Who decided so, and when: "Ann, 2 min ago".
    pub decided: Option<String>,
    pub account: String,
    /// The address of its thread.
    pub thread: Option<String>,
    /// Quality and what was found against it.
    pub tags: Vec<String>,
    /// A reviewer put removed text back, or wrote something else.
    pub edited: bool,
    /// Who wrote into it, and when, the first one first: "Ann, 2 min ago".
    pub edits: Vec<String>,
    /// Its texts can be edited: not while its mail says something else.
    pub can_edit: bool,
    pub similar: Option<Similar>,
    pub notice: Option<SourceNotice>,
    /// The marks of the team with the forms that change them, as HTML that the server made.
    pub marks: String,
    /// Those of its line in the list.
    pub row_marks: String,
    /// What was said before it in its conversation, as HTML that the server made.
    pub earlier: String,
    /// The messages of its conversation with the form that puts them elsewhere, as HTML that the server made.
    pub turns: String,
    pub body: Body,
}

/// How a pair stands to its mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SourceNotice {
    pub title: Option<String>,
    pub text: String,
    pub can_adopt: bool,
    pub can_keep: bool,
}

/// The texts of an open pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The client's side and ours.
    Sides(Vec<Side>),
    /// Every message as it came, and beside it what of it is in the pair.
    Originals(Vec<Letter>),
    /// Both texts, the client's first, to be edited.
    Edit(String, String),
}

/// One side of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Side {
    pub is_client: bool,
    /// The language of its text, as HTML says it.
    pub lang: Option<String>,
    pub from: Option<String>,
    pub at: Option<Moment>,
    /// How long it took us: ", after 2 h".
    pub after: Option<String>,
    pub content: Content,
    /// What it said before somebody edited it, and what it says, where they differ.
    pub before: Option<(Vec<Segment>, Vec<Segment>)>,
    /// Language, length, form and attachments.
    pub facts: String,
}

/// What a side says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// What the pair says beside what the mail says now.
    Versions(Vec<Segment>, Vec<Segment>),
    /// The messages, with what was taken away folded where it stood.
    Letters(Vec<Letter>),
    Plain(String),
}

/// A run of words, and whether the other version has it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Segment {
    pub text: String,
    pub differs: bool,
}

/// A message of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Letter {
    pub is_client: bool,
    /// Whether to say who wrote it: where there are several.
    pub has_head: bool,
    /// The language of what it says, as HTML says it.
    pub lang: Option<String>,
    pub from: Option<String>,
    pub at: Option<Moment>,
    pub parts: Vec<Part>,
}

/// A stretch of a message: kept text, or a removed span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Part {
    pub text: String,
    pub span: Option<Span>,
}

/// A span that is not the author's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Span {
    pub message_id: String,
    pub start: u32,
    pub end: u32,
    /// Somebody put it back.
    pub kept: bool,
    /// Whether it can be put back or taken away.
    pub can_change: bool,
    /// "quoted history".
    pub kind: String,
    /// "Taken out by the rule …".
    pub rule: String,
    /// "12 lines".
    pub lines: String,
}
