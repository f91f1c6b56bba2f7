//! What the engine asks of a mailbox, whoever keeps it: Gmail ([`super::gmail`]) and others.
//!
//! A source says what there is and brings it; it stores nothing. What must be done only once, what is stored together, what
//! is tried again and when a run stops is the engine's affair.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    time::Duration,
};

use chrono::TimeDelta;
use serde_json::Value;

use crate::{
    mail::{AddressSet, Exclusion, ParsedMessage, direction::settle},
    runs::Pulse,
    store::{MailChanges, MailPlace, NewMessage, StoreError},
    types::{AccountProblem, RunCode},
};

/// A place in a mailbox's history: what the source itself put there. Opaque to everybody else.
pub(crate) type Place = serde_json::Map<String, Value>;

/// A mailbox at its provider.
pub(crate) trait MailSource: Sync {
    /// The addresses under which this mailbox sends besides its own, in lower case. `None` where the provider does not tell.
    fn aliases(&self) -> impl Future<Output = Result<Option<BTreeSet<String>>, SourceError>> + Send;

    /// By how much our clock is ahead of the provider's (negative: behind), as the latest answer showed. `None` where the provider
    /// does not tell.
    fn clock_ahead(&self) -> Option<TimeDelta>;

    /// When the newest mail there is was received, in seconds since 1970. `None` for an empty mailbox, and where that
    /// mail cannot be read.
    fn newest(&self) -> impl Future<Output = Result<Option<i64>, Stop>> + Send;

    /// What changed since `place`. `None` when the provider no longer knows: the window is then listed and compared.
    fn changes_since(&self, place: &Place, window: Window) -> impl Future<Output = Result<Option<Found>, Stop>> + Send;

    /// Lists the window and compares it with what is stored. The place of the answer is asked for before the list, so that
    /// what happens meanwhile is seen again by the next run.
    fn compare(&self, window: Window) -> impl Future<Output = Result<Found, Stop>> + Send;

    /// What is missing here of the mail received since then (seconds since 1970; `None`: of all there is), newest first.
    fn missing_since(&self, since: Option<i64>) -> impl Future<Output = Result<Vec<Fetch>, Stop>> + Send;

    /// What could not be looked at since this was last asked, as errors of the run: each a code and words.
    fn passed_over(&self) -> Vec<(RunCode, String)> {
        Vec::new()
    }

    /// Fetches one thing. Messages that are not mail to keep (chats, drafts, spam, trash) are left out.
    fn fetch(&self, fetch: &Fetch) -> impl Future<Output = Result<Vec<Arrival>, SourceError>> + Send;

    /// The bytes of attachments of one message, by its key, in their order; `None` for what the message has not. However many they are,
    /// the message is fetched once.
    fn attachments(
        &self,
        external_id: &str,
        parts: &[WantedPart],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, SourceError>> + Send;
}

/// An attachment whose bytes are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedPart {
    /// See [`part_id`](crate::mail::AttachmentInfo::part_id).
    pub(super) part_id: String,
    /// As its message declares it.
    pub(super) content_type: String,
    /// How large it is, after transfer decoding.
    pub(super) bytes: u64,
}

/// Which mail a comparison is about. Seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// All mail received since then has to be here.
    pub(crate) covered_since: i64,
    /// Mail back to then may be here, from a backfill that was not finished: it is compared, but not fetched.
    pub(crate) reached_since: i64,
}

/// What a look at the provider brought.
#[derive(Debug)]
pub(crate) struct Found {
    /// What has to be fetched, newest first.
    pub(crate) fetches: Vec<Fetch>,
    pub(crate) changes: MailChanges,
    /// What is known only once all of `fetches` is stored: a message that is gone from one folder may be new in another.
    pub(crate) afterwards: MailChanges,
    /// Where the next look begins, once all of this is done.
    pub(crate) place: Place,
}

/// One thing to fetch, by the provider's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetch {
    Message(String),
    /// Several that come with one call.
    Messages(Vec<String>),
    /// A thread, of which these messages are missing.
    Thread {
        id: String,
        missing: BTreeSet<String>,
    },
}

impl Fetch {
    /// Messages this should bring.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Message(_) => 1,
            Self::Messages(ids) => ids.len(),
            Self::Thread { missing, .. } => missing.len(),
        }
    }

    /// The ids of the messages this should bring.
    pub(crate) fn ids(&self) -> Vec<String> {
        match self {
            Self::Message(id) => vec![id.clone()],
            Self::Messages(ids) => ids.clone(),
            Self::Thread { missing, .. } => missing.iter().cloned().collect(),
        }
    }
}

/// What came for one message.
#[derive(Debug)]
pub(crate) enum Arrival {
    Message(Box<Arrived>),
    /// Not mail to keep.
    Excluded {
        /// The id under which it was asked for.
        id: String,
        exclusion: Exclusion,
    },
    /// It is no longer there.
    Gone {
        /// The id under which it was asked for.
        id: String,
    },
    /// It came, but cannot be read; or it is not to be fetched for a reason of its own.
    Unreadable {
        /// The id under which it was asked for.
        id: String,
        code: RunCode,
        reason: String,
    },
}

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// The id under which it was asked for.
    pub(crate) asked_as: String,
    /// The key under which it is stored: the provider's id, or the SHA-256 of its bytes where ids are not stable.
    pub(crate) external_id: String,
    /// The provider's thread; see [`NewMessage::thread_id`].
    pub(crate) thread_id: Option<String>,
    pub(crate) labels: Vec<String>,
    /// Where it lies, when it can lie in several places; `labels` are those of this place then.
    pub(crate) place: Option<MailPlace>,
    pub(crate) parsed: ParsedMessage,
}

impl Arrived {
    /// The message to store, when it is decided who wrote it.
    pub(crate) fn decided(mut self, ours: &AddressSet) -> NewMessage {
        NewMessage {
            direction: settle(&mut self.parsed, &mut self.labels, ours),
            asked_as: self.asked_as,
            external_id: self.external_id,
            thread_id: self.thread_id,
            labels: self.labels,
            place: self.place,
            parsed: self.parsed,
            contents: Vec::new(),
        }
    }
}

/// What can go wrong at a provider, by what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceErrorKind {
    /// The message is gone: nothing to do.
    Gone,
    /// This thing cannot be had; others can. It is set aside.
    Thing,
    /// May work a little later.
    Passing,
    /// The provider asks us to come back later: the run ends, and the next begins after `retry_after`.
    Limit,
    /// Only a person can mend it.
    Person(AccountProblem),
    /// No call can work: wrong settings, a wrong key.
    Everything,
}

/// Why a provider did not give what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct SourceError {
    pub(crate) kind: SourceErrorKind,
    pub(crate) code: RunCode,
    /// Words for a person; no secrets, no addresses with secrets in them.
    pub(crate) text: String,
    /// How long to stay away, where the provider said so.
    pub(crate) retry_after: Option<Duration>,
    /// Our own database failed, where a source needed it.
    pub(crate) store: Option<StoreError>,
}

impl SourceError {
    /// Whether only a person can mend it.
    pub(crate) fn needs_person(&self) -> bool {
        matches!(self.kind, SourceErrorKind::Person(_))
    }
}

/// Why a run ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Somebody asked: the process is shutting down, the lease is gone, a person paused or cancelled it.
    Asked,
    Source(SourceError),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost => Self::Asked,
            error => Self::Store(error),
        }
    }
}

impl From<SourceError> for Stop {
    fn from(mut error: SourceError) -> Self {
        // The tokens come out of our own database: its failure is not the provider's.
        match error.store.take() {
            Some(store) => store.into(),
            None => Self::Source(error),
        }
    }
}

/// Notes a step of a run, and stops where it was asked to.
pub(crate) fn go_on(pulse: &Pulse) -> Result<(), Stop> {
    pulse.beat();
    if pulse.is_cancelled() { Err(Stop::Asked) } else { Ok(()) }
}

/// The wanted messages in as few units as possible: a thread of which `whole_from` or more messages are missing is fetched
/// whole. Keeps the order in which threads were first named.
pub(crate) fn group_by_thread<'a>(
    wanted: impl IntoIterator<Item = (&'a str, &'a str)>,
    whole_from: usize,
) -> Vec<Fetch> {
    let mut threads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut order = Vec::new();
    for (id, thread_id) in wanted {
        let thread = threads.entry(thread_id).or_default();
        if thread.is_empty() {
            order.push(thread_id);
        }
        thread.push(id);
    }
    let mut fetches = Vec::new();
    for id in order {
        let missing = threads.remove(id).unwrap_or_default();
        if missing.len() >= whole_from {
            let missing = missing.iter().map(|message| (*message).to_owned()).collect();
            fetches.push(Fetch::Thread { id: id.to_owned(), missing });
        } else {
            fetches.extend(missing.iter().map(|message| Fetch::Message((*message).to_owned())));
        }
    }
    fetches
}
