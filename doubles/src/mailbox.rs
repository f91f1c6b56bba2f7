//! A mailbox as Gmail keeps it: messages in threads, their labels, and the history of what happened to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    mail::{Place, Written},
    seeded::Seeded,
};

/// Labels that keep a message out of what is synced.
pub const KEPT_OUT: [&str; 4] = ["SPAM", "TRASH", "DRAFT", "CHAT"];

/// Where the history of a mailbox begins: beyond 64 bits, since Google calls the ids opaque.
const FIRST_HISTORY_ID: u128 = 1 << 65;

/// One message.
#[derive(Debug, Clone)]
pub struct Message {
    pub thread_id: String,
    /// `internalDate`: milliseconds since 1970.
    pub at: i64,
    pub labels: BTreeSet<String>,
    /// Bytes of the file attached to it, if there is one.
    pub attached: Option<usize>,
    pub(crate) history_id: u128,
    pub(crate) place: Place,
}

impl Message {
    /// Whether a sync has to have it: neither spam, trash, draft nor chat.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !KEPT_OUT.iter().any(|label| self.labels.contains(*label))
    }
}

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Deleted,
    LabelsAdded,
    LabelsRemoved,
}

/// One entry of the history.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: u128,
    pub(crate) change: Change,
    pub(crate) message: String,
    pub(crate) thread_id: String,
    /// Added or removed ones; for an added message those it came with.
    pub(crate) labels: Vec<String>,
    /// Those it has after the change.
    pub(crate) labels_after: Vec<String>,
}

/// A mailbox. All that happens to it is told to its history, but for what [`Mailbox::fill`] puts in.
#[derive(Debug)]
pub struct Mailbox {
    pub(crate) address: String,
    pub(crate) seed: u64,
    pub(crate) messages: BTreeMap<String, Message>,
    pub(crate) threads: HashMap<String, BTreeSet<String>>,
    /// Oldest first; lists are read from its end.
    pub(crate) by_date: BTreeSet<(i64, String)>,
    pub(crate) history: Vec<Record>,
    pub(crate) history_id: u128,
    expired_before: u128,
    pub(crate) aliases: Vec<String>,
    /// Ids are given out in the order in which messages come.
    next_id: u64,
    next_thread: u64,
    /// Conversations by the id of their thread: its number, when it began, how many messages it has had.
    conversations: HashMap<String, (u64, i64, u32)>,
}

impl Mailbox {
    pub(crate) fn new(address: &str, seed: u64) -> Self {
        let mut seeded = Seeded::named(seed, address, 0);
        Self {
            address: address.to_owned(),
            seed: seeded.next(),
            messages: BTreeMap::new(),
            threads: HashMap::new(),
            by_date: BTreeSet::new(),
            history: Vec::new(),
            history_id: FIRST_HISTORY_ID + u128::from(seeded.below(1_000_000)),
            expired_before: 0,
            aliases: Vec::new(),
            // Sixteen digits, as Gmail has them.
            next_id: 0x18c0_0000_0000_0000 + (seeded.below(1 << 32) << 16),
            next_thread: 0,
            conversations: HashMap::new(),
        }
    }

    /// Puts in so many messages as conversations of one to eight, begun evenly between `from` and `to` (milliseconds since
    /// 1970): mail that was there before anybody looked.
    pub fn fill(&mut self, messages: usize, from: i64, to: i64) {
        const LENGTHS: [u32; 10] = [1, 2, 2, 2, 3, 3, 4, 4, 6, 8];
        let target = self.messages.len() + messages;
        let first = self.next_thread;
        // On average a conversation has three and a half messages.
        let step = (to - from).max(1) * 7 / (2 * i64::try_from(messages).unwrap_or(i64::MAX).max(1));
        while self.messages.len() < target {
            let mut seeded = Seeded::new(self.seed, &[self.next_thread, u64::MAX - 2]);
            let length = LENGTHS[usize::try_from(seeded.below(10)).unwrap_or(0)];
            let room = u32::try_from(target - self.messages.len()).unwrap_or(u32::MAX);
            let number = i64::try_from(self.next_thread - first).unwrap_or(0);
            let thread = self.open_thread((from + number * step).min(to));
            for _ in 0..length.min(room) {
                self.put(&thread);
            }
        }
    }

    /// A new conversation with its first message; returns the thread's id.
    pub fn begin_thread(&mut self, at: i64) -> String {
        let thread = self.open_thread(at);
        self.reply(&thread);
        thread
    }

    /// The next message of a conversation comes in, or is sent by us; returns its id.
    pub fn reply(&mut self, thread: &str) -> String {
        let id = self.put(thread);
        self.tell_added(&id);
        id
    }

    /// As [`Self::reply`], with a file of so many bytes.
    pub fn reply_with_file(&mut self, thread: &str, bytes: usize) -> String {
        let id = self.put(thread);
        if let Some(message) = self.messages.get_mut(&id) {
            message.attached = Some(bytes);
        }
        self.tell_added(&id);
        id
    }

    /// We begin to write the next message of a conversation.
    pub fn draft(&mut self, thread: &str) -> String {
        let id = self.put(thread);
        if let Some(message) = self.messages.get_mut(&id) {
            message.labels = BTreeSet::from(["DRAFT".to_owned()]);
        }
        self.tell_added(&id);
        id
    }

    /// A draft is sent: as at Gmail it is deleted, and the message that was sent has another id, which is returned.
    pub fn send_draft(&mut self, draft: &str) -> Option<String> {
        let message = self.messages.get(draft)?.clone();
        self.delete(draft);
        let labels = BTreeSet::from(["SENT".to_owned()]);
        let id = self.store(Message { labels, ..message });
        self.tell_added(&id);
        Some(id)
    }

    /// Deletes a message for good.
    pub fn delete(&mut self, id: &str) {
        let Some(message) = self.messages.remove(id) else { return };
        self.by_date.remove(&(message.at, id.to_owned()));
        if let Some(thread) = self.threads.get_mut(&message.thread_id) {
            thread.remove(id);
        }
        self.tell(Change::Deleted, id, &message.thread_id, Vec::new(), Vec::new());
    }

    /// Moves a message into the trash.
    pub fn trash(&mut self, id: &str) {
        self.relabel(id, &["TRASH"], &["INBOX"]);
    }

    /// Takes a message out of the trash.
    pub fn untrash(&mut self, id: &str) {
        self.relabel(id, &[], &["TRASH"]);
    }

    /// Gives a message labels and takes some away. What changes nothing is not told.
    pub fn relabel(&mut self, id: &str, add: &[&str], remove: &[&str]) {
        let Some(message) = self.messages.get_mut(id) else { return };
        let thread = message.thread_id.clone();
        let owned = |label: &&str| (*label).to_owned();
        let added: Vec<String> = add.iter().filter(|label| !message.labels.contains(**label)).map(owned).collect();
        let removed: Vec<String> = remove.iter().filter(|label| message.labels.contains(**label)).map(owned).collect();
        message.labels.extend(added.iter().cloned());
        let after_adding: Vec<String> = message.labels.iter().cloned().collect();
        message.labels.retain(|label| !removed.contains(label));
        let after: Vec<String> = message.labels.iter().cloned().collect();
        if !added.is_empty() {
            self.tell(Change::LabelsAdded, id, &thread, added, after_adding);
        }
        if !removed.is_empty() {
            self.tell(Change::LabelsRemoved, id, &thread, removed, after);
        }
    }

    /// From now on every place in the history known so far is too old, the newest included.
    pub fn expire_history(&mut self) {
        self.history_id += 1_000;
        self.expired_before = self.history_id;
        self.history.clear();
    }

    /// Adds an address under which the owner sends.
    pub fn add_alias(&mut self, address: &str) {
        self.aliases.push(address.to_owned());
    }

    /// The messages by id.
    #[must_use]
    pub fn messages(&self) -> &BTreeMap<String, Message> {
        &self.messages
    }

    /// The least that fetching these messages can cost, in quota units: per thread 20 for each message, or 40 for all.
    #[must_use]
    pub fn cheapest_fetch(&self) -> u64 {
        let mut threads: HashMap<&str, u64> = HashMap::new();
        for message in self.messages.values().filter(|message| message.is_live()) {
            *threads.entry(&message.thread_id).or_default() += 20;
        }
        threads.values().map(|units| (*units).min(40)).sum()
    }

    /// Whether the history since this place can no longer be told.
    pub(crate) fn has_expired(&self, start: u128) -> bool {
        start < self.expired_before || start > self.history_id
    }

    pub(crate) fn write(&self, message: &Message) -> Written {
        message.place.write(self.seed, &self.address, message.at)
    }

    fn open_thread(&mut self, started: i64) -> String {
        let id = format!("{:016x}", self.next_id + 0xffff);
        self.conversations.insert(id.clone(), (self.next_thread, started, 0));
        self.next_thread += 1;
        id
    }

    /// The next message of a thread, not yet told.
    fn put(&mut self, thread: &str) -> String {
        let (number, started, had) =
            self.conversations.get_mut(thread).unwrap_or_else(|| panic!("the mailbox has no thread {thread}"));
        let place = Place { thread: *number, position: *had };
        let at = place.sent_at(*started);
        *had += 1;
        let labels: &[&str] = if place.is_ours() { &["SENT"] } else { &["INBOX", "UNREAD", "CATEGORY_PERSONAL"] };
        self.store(Message {
            thread_id: thread.to_owned(),
            at,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            attached: None,
            history_id: self.history_id,
            place,
        })
    }

    fn store(&mut self, message: Message) -> String {
        self.next_id += 0x1_0001;
        let id = format!("{:016x}", self.next_id);
        self.by_date.insert((message.at, id.clone()));
        self.threads.entry(message.thread_id.clone()).or_default().insert(id.clone());
        self.messages.insert(id.clone(), message);
        id
    }

    fn tell_added(&mut self, id: &str) {
        let Some(message) = self.messages.get(id) else { return };
        let (thread, labels): (String, Vec<String>) =
            (message.thread_id.clone(), message.labels.iter().cloned().collect());
        self.tell(Change::Added, id, &thread, labels.clone(), labels);
    }

    fn tell(&mut self, change: Change, id: &str, thread: &str, labels: Vec<String>, labels_after: Vec<String>) {
        // The ids grow by more than one: nobody may count on their distance.
        self.history_id += 1 + u128::from(Seeded::new(self.seed, &[self.history.len() as u64, u64::MAX - 3]).below(90));
        if let Some(message) = self.messages.get_mut(id) {
            message.history_id = self.history_id;
        }
        self.history.push(Record {
            id: self.history_id,
            change,
            message: id.to_owned(),
            thread_id: thread.to_owned(),
            labels,
            labels_after,
        });
    }
}
