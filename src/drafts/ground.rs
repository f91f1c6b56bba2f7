//! What a draft is made from.

use chrono::{DateTime, Utc};

use crate::types::{AccountId, PairId};

/// Everything that a draft may rest on.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// Whose cases may be used. A case of another account is neither offered nor accepted.
    pub accounts: Vec<AccountId>,
    pub subject: Option<String>,
    /// What the client wrote last: several messages in a row are one question.
    pub question: String,
    /// The messages before it, oldest first, each as its author's own words.
    pub thread: Vec<Said>,
    /// What we have written since: the question is answered then.
    pub answers: Vec<Said>,
    /// The past cases that were found, the nearest first.
    pub cases: Vec<GroundCase>,
    /// The language of the client (ISO 639-1), where it could be told.
    pub language: Option<String>,
    /// Display names of the client's side, from the headers.
    pub client_names: Vec<String>,
    /// Display names of our side, and what the account is called.
    pub our_names: Vec<String>,
    /// Addresses of the client's side in the thread.
    pub client_addresses: Vec<String>,
    /// Our own addresses.
    pub our_addresses: Vec<String>,
    /// How this account answers.
    pub manner: Manner,
    /// Its latest replies: what stands in several of them is ours, and not of one client.
    pub replies: Vec<String>,
    /// What the reviewer wants otherwise than in the draft before.
    pub note: Option<String>,
}

/// A message of the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub is_ours: bool,
    pub text: String,
    pub at: Option<DateTime<Utc>>,
}

/// A past case: an approved pair that was found for the question.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundCase {
    pub pair: PairId,
    pub account: AccountId,
    pub subject: Option<String>,
    pub question: String,
    pub reply: String,
    pub replied_at: Option<DateTime<Utc>>,
    /// From 0 to 1, as the search gave it.
    pub score: f64,
    /// Display names of the client of that case.
    pub client_names: Vec<String>,
}

/// How an account answers, by its own replies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manner {
    /// Whether replies open with a greeting; `None` where they do not agree, or there are too few.
    pub greets: Option<bool>,
    /// Words of the reply in the middle.
    pub median_words: Option<u32>,
    /// How people are addressed, in languages that have two ways to do it.
    pub address: Option<Address>,
}

/// "Sie" or "du", "Вы" or "ты", "vous" or "tu".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    Formal,
    Familiar,
}

/// Random bytes of one run: from them come the ids of the cases and the marks around the mail, so that no mail can know them.
#[derive(Clone, Copy)]
pub struct RunKey(pub [u8; 16]);

impl std::fmt::Debug for RunKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RunKey(…)")
    }
}
