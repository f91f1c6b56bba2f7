//! Training pairs: made of threads (`building`), listed and counted (`rows`, `newest`, `progress`), noted and found
//! by their words and more (`terms`, `noting`, `found`), decided and edited (`reviewing`), many at once (`acts`, `bulk`), and how that is taken
//! back (`steps`).

mod acts;
mod building;
pub(super) mod bulk;
mod found;
mod newest;
mod noting;
mod progress;
mod reviewing;
mod rows;
mod steps;
mod terms;
mod turns;
mod views;

pub use bulk::{BulkChange, NewBulk, OfRule, Slice, StoredBulk};
pub use found::{Check, FoundFacts, FoundPair, PairSearch, Place, SearchedTexts};
pub(in crate::store) use noting::{hold_pairs, hold_pairs_of};
pub use reviewing::TextsEdit;
pub(in crate::store) use rows::{OF_PAGE, Row as PairRow};
pub(in crate::store) use steps::{BEFORE, Before, add_to_step, begin_step};
pub use steps::{UndoOutcome, UndoneStep};
pub use terms::{Expression, Field, Term};
pub use turns::{MarkChange, MarkSaid, Regrouping, StoredMark};

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{LinkedThread, ThreadSummary};
use crate::types::{AccountId, MessageId, PairLabels, PairStatus, Rejection, TrainingPair};

/// A pair as the pairing found it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPair {
    /// The account that sent the reply, and the reply's thread there.
    pub account: AccountId,
    pub thread_id: String,
    pub client_message_id: MessageId,
    pub our_reply_message_id: MessageId,
    pub client_message_ids: Vec<MessageId>,
    pub reply_message_ids: Vec<MessageId>,
    pub client_text: String,
    pub our_reply_text: String,
    pub labels: PairLabels,
    pub responded_after_seconds: Option<i64>,
    pub replied_at: DateTime<Utc>,
    pub engine_version: i32,
}

/// A thread, what a list shows of it, and the pairs that its mail makes.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadPairs {
    pub thread: LinkedThread,
    pub summary: ThreadSummary,
    pub pairs: Vec<NewPair>,
    /// What was known of its authors beyond the thread, and used.
    pub habits: Habits,
}

/// The lines of a sender's other mails that messages were found to end with ([`crate::cleaning::Cleaned::habits`]).
pub type Habits = BTreeMap<MessageId, Vec<i64>>;

/// Whether the pairs of a thread are to be stored, or only compared with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apply {
    Yes,
    DryRun,
}

/// What somebody wants a pair to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub to: PairStatus,
    /// Why it is rejected. `None` leaves the reason of a pair that is rejected already.
    pub because: Option<Rejection>,
    /// What it was when they looked at it. `None`: whatever it is.
    pub seen: Option<PairStatus>,
    /// Its `updated_at` when they looked at it: another one means other texts, or a decision since. `None`: whatever it says.
    pub as_of: Option<DateTime<Utc>>,
}

impl From<PairStatus> for Decision {
    fn from(to: PairStatus) -> Self {
        Self { to, because: None, seen: None, as_of: None }
    }
}

/// What came of a [`Decision`].
#[derive(Debug, Clone, PartialEq)]
pub enum PairDecision {
    Decided(Box<TrainingPair>),
    /// Somebody decided otherwise since: the pair as it is now, unchanged.
    Overtaken(Box<TrainingPair>),
    /// It was edited, or followed its mail, since they looked at it. Nothing was changed.
    Changed,
    /// There is no such pair.
    Unknown,
}

/// A removed span that a reviewer put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSpan {
    pub message_id: MessageId,
    pub start: u32,
    pub end: u32,
}

/// What a reviewer's change to the spans of a pair makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EditedPair {
    pub client_text: String,
    pub our_reply_text: String,
    /// Of the texts as they are now.
    pub labels: PairLabels,
    pub kept_spans: Vec<KeptSpan>,
    /// Both sides as the mail itself says them, without what was put back: as long as it does, the pair is not flagged.
    pub mail_says: (String, String),
}

/// The messages of a pair, the spans put back in them, and the texts that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairParts {
    pub account: AccountId,
    pub thread_id: String,
    pub our_reply_message_id: MessageId,
    pub client_text: String,
    pub our_reply_text: String,
    pub client_message_ids: Vec<MessageId>,
    pub reply_message_ids: Vec<MessageId>,
    pub kept_spans: Vec<KeptSpan>,
    /// The mail says something else by now, and no reviewer has seen to that yet.
    pub is_flagged: bool,
}

/// `kept_against` of a pair that was kept although its mail no longer makes it.
const KEPT_WITHOUT_MAIL: &str = "gone";

/// Names a state of the mail, to know it again.
fn mark_of(client_text: &str, reply_text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(client_text.len().to_be_bytes());
    hash.update(client_text);
    hash.update(reply_text);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
