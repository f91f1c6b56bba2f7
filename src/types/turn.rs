//! Which messages make a pair, and how a person corrects that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Direction, MessageId, PairId, text_enum::text_enum};

text_enum! {
    /// What is done with messages of a conversation.
    TurnAct("act") {
        /// They make a pair of their own.
        OwnPair = "own_pair",
        /// They come into this pair.
        ThisPair = "this_pair",
        /// They come into the pair before it.
        PairBefore = "pair_before",
        /// They come into the pair after it.
        PairAfter = "pair_after",
        /// They make no pair.
        LeaveOut = "leave_out",
        /// Every message of the conversation belongs where it was found to belong.
        AsFound = "as_found",
    }
}

text_enum! {
    /// Where a message of a conversation is, as seen from a pair.
    TurnPlace("place") {
        ThisPair = "this_pair",
        PairBefore = "pair_before",
        PairAfter = "pair_after",
        /// In a pair that is not next to it.
        OtherPair = "other_pair",
        NoPair = "no_pair",
    }
}

/// Where a message belongs, as a person says. A turn that no longer has words of both sides is as good as not marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnMark {
    /// In no pair.
    LeftOut,
    /// In one pair with all others of this turn. The id is nothing but its name.
    In(Uuid),
}

impl TurnMark {
    /// The name of the turn.
    #[must_use]
    pub fn turn(self) -> Option<Uuid> {
        match self {
            Self::LeftOut => None,
            Self::In(turn) => Some(turn),
        }
    }
}

/// The messages that a pair is made of, with those around them, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairTurns {
    /// The pair; after a correction the one that its reply is in now. Absent where that reply makes no pair any more.
    pub pair_id: Option<PairId>,
    pub items: Vec<TurnMessage>,
    pub count: u32,
    /// Names how the conversation is grouped now.
    pub version: String,
    /// How many messages of the conversation a person put somewhere.
    pub marked: u32,
}

/// A message, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TurnMessage {
    pub message_id: MessageId,
    pub direction: Direction,
    pub from: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The first words of its text.
    pub beginning: String,
    /// What its author wrote, of messages before the pair: at most 4,000 characters.
    pub text: Option<String>,
    /// The text is longer.
    pub text_cut: bool,
    pub place: TurnPlace,
    /// The pair that it is in.
    pub pair_id: Option<PairId>,
    /// Why it is in no pair.
    pub reason: Option<String>,
    /// Whether it can be put into a pair, or left out.
    pub movable: bool,
    /// When a person said where it belongs.
    pub marked_at: Option<DateTime<Utc>>,
    /// The name of that person; absent where they are gone.
    pub marked_by: Option<String>,
}

/// The most messages that one act is about.
pub const MOST_MOVED: usize = 200;

/// `PUT /api/integrations/ai-email-pairs/{id}/turns`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TurnsInput {
    /// What to do with the messages: text, so that a wrong one is answered by name.
    #[cfg_attr(feature = "server", schema(value_type = TurnAct))]
    pub act: String,
    /// Which messages: 1 to 200. With `as_found` none are named.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_items = 200))]
    pub message_ids: Vec<MessageId>,
    /// The `version` that the reviewer saw: if the conversation is grouped otherwise by now, nothing is changed.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 64))]
    pub version: Option<String>,
}
