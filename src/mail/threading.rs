//! Threads for mail that comes without thread ids (mbox, `.eml`).
//!
//! Messages belong together when one names the other's id in `In-Reply-To` or `References`, directly or through ids that
//! were never seen (Zawinski's algorithm without its tree). Subjects alone join nothing: "Question" and "Invoice" come from
//! many strangers. One exception, for mail programs that drop both headers from an answer: a message with an answer's
//! subject (`Re:` and its translations) and no ids of earlier messages joins a message with the same subject when each was
//! addressed to the other's author and not more than thirty days lie between.
//!
//! The result does not depend on the order in which messages arrive; only which of the joined keys survives does.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::message::ParsedMessage;

/// An answer without ids is looked for this long after what it answers.
const MAX_ANSWER_DELAY: TimeDelta = TimeDelta::days(30);
/// Messages of one subject that are kept for that exception; automatic mail repeats subjects thousands of times.
const MAX_PER_SUBJECT: usize = 200;

/// What a message says about its place in a thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadLinks {
    pub message_id: Option<String>,
    /// `In-Reply-To` and `References`, in any order.
    pub earlier: Vec<String>,
    pub subject: Option<String>,
    pub from: Option<String>,
    /// To and Cc.
    pub recipients: Vec<String>,
    pub date: Option<DateTime<Utc>>,
}

impl From<&ParsedMessage> for ThreadLinks {
    fn from(message: &ParsedMessage) -> Self {
        let mut earlier = message.references.clone();
        earlier.extend(message.in_reply_to.iter().filter(|id| !message.references.contains(id)).cloned());
        Self {
            message_id: message.message_id.clone(),
            earlier,
            subject: message.subject.clone(),
            from: message.from.as_ref().map(|from| from.address.clone()),
            recipients: message.recipients(),
            date: message.date(),
        }
    }
}

/// Where a message was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The key of its thread: the oldest id that its first message here named, which is the first message of the
    /// conversation where the headers are whole.
    pub key: String,
    /// Keys given out before that are now part of this thread: their messages are to be moved to `key`.
    pub absorbed: Vec<String>,
}

/// Threads found so far. Memory: the ids of all messages seen.
#[derive(Debug, Default)]
pub struct ThreadIndex {
    /// Node of each message id, seen or only named.
    nodes: HashMap<String, usize>,
    parents: Vec<usize>,
    /// Key of the thread, at its root, once it was given out.
    keys: Vec<Option<String>>,
    subjects: HashMap<String, Vec<SubjectEntry>>,
}

#[derive(Debug)]
struct SubjectEntry {
    node: usize,
    /// An answer by its subject, without ids of earlier messages.
    orphan: bool,
    from: String,
    recipients: Vec<String>,
    date: DateTime<Utc>,
}

impl SubjectEntry {
    /// Whether `self`, an answer without ids, answers `earlier`.
    fn answers(&self, earlier: &Self) -> bool {
        let delay = self.date - earlier.date;
        self.orphan
            && delay >= TimeDelta::zero()
            && delay <= MAX_ANSWER_DELAY
            && self.from != earlier.from
            && self.recipients.contains(&earlier.from)
            && earlier.recipients.contains(&self.from)
    }
}

impl ThreadIndex {
    pub fn new() -> Self {
        Self::default()
    }

    /// Restores a thread that was stored before, so that an import can go on: `links` of one of its messages and its key.
    pub fn restore(&mut self, links: &ThreadLinks, key: &str) {
        let node = self.node_of(&format!("\0{key}"));
        let root = self.find(node);
        self.keys[root].get_or_insert_with(|| key.to_owned());
        self.link(links, Some(node));
    }

    /// The threads that are stored: see [`ThreadIndex::restore`].
    pub fn restored(stored: impl IntoIterator<Item = (ThreadLinks, String)>) -> Self {
        let mut index = Self::new();
        for (links, key) in stored {
            index.restore(&links, &key);
        }
        index
    }

    /// Puts a message into its thread and returns the thread's key; adds to `merged` the threads that are part of it by now,
    /// as `(absorbed, surviving)`.
    pub fn thread_of(&mut self, message: &ParsedMessage, merged: &mut Vec<(String, String)>) -> String {
        let Placement { key, absorbed } = self.place(&ThreadLinks::from(message));
        merged.extend(absorbed.into_iter().map(|old| (old, key.clone())));
        key
    }

    /// Puts a message into its thread.
    pub fn place(&mut self, links: &ThreadLinks) -> Placement {
        let (node, mut joined) = self.link(links, None);
        let root = self.find(node);
        let key = match self.keys[root].clone() {
            Some(key) => key,
            None => {
                let key = links.earlier.first().cloned().unwrap_or_else(|| own_id(links));
                self.keys[root] = Some(key.clone());
                key
            }
        };
        joined.retain(|absorbed| *absorbed != key);
        Placement { key, absorbed: joined }
    }

    /// Connects a message with all it names; returns its node and the keys that lost their thread.
    fn link(&mut self, links: &ThreadLinks, with: Option<usize>) -> (usize, Vec<String>) {
        let mut absorbed = Vec::new();
        let node = self.node_of(&own_id(links));
        if let Some(with) = with {
            self.union(with, node, &mut absorbed);
        }
        for id in &links.earlier {
            let earlier = self.node_of(id);
            self.union(earlier, node, &mut absorbed);
        }
        self.link_by_subject(links, node, &mut absorbed);
        (node, absorbed)
    }

    fn link_by_subject(&mut self, links: &ThreadLinks, node: usize, absorbed: &mut Vec<String>) {
        let (Some(subject), Some(from), Some(date)) = (&links.subject, &links.from, links.date) else {
            return;
        };
        let (is_answer, subject) = strip_answer_prefixes(subject);
        if subject.is_empty() {
            return;
        }
        let orphan = is_answer && links.earlier.is_empty();
        let entry = SubjectEntry { node, orphan, from: from.clone(), recipients: links.recipients.clone(), date };
        let entries = self.subjects.entry(subject).or_default();
        let partners: Vec<usize> = entries
            .iter()
            .filter(|other| entry.answers(other) || other.answers(&entry))
            .map(|other| other.node)
            .collect();
        if entries.len() < MAX_PER_SUBJECT {
            entries.push(entry);
        }
        for partner in partners {
            self.union(partner, node, absorbed);
        }
    }

    fn node_of(&mut self, id: &str) -> usize {
        if let Some(node) = self.nodes.get(id) {
            return *node;
        }
        let node = self.fresh_node();
        self.nodes.insert(id.to_owned(), node);
        node
    }

    fn fresh_node(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.keys.push(None);
        self.parents.len() - 1
    }

    /// The root of a node's thread, halving the path on the way.
    fn find(&mut self, mut node: usize) -> usize {
        while self.parents[node] != node {
            self.parents[node] = self.parents[self.parents[node]];
            node = self.parents[node];
        }
        node
    }

    /// Joins two threads. The older root stays, so that keys given out early survive; the other's key is reported.
    fn union(&mut self, a: usize, b: usize, absorbed: &mut Vec<String>) {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return;
        }
        let (root, child) = (a.min(b), a.max(b));
        self.parents[child] = root;
        if let Some(key) = self.keys[child].take() {
            match &self.keys[root] {
                Some(_) => absorbed.push(key),
                None => self.keys[root] = Some(key),
            }
        }
    }
}

/// The message's id, or one made of what else tells it from others, the same at every import.
fn own_id(links: &ThreadLinks) -> String {
    links.message_id.clone().unwrap_or_else(|| {
        let date = links.date.map_or_else(String::new, |date| date.timestamp().to_string());
        let from = links.from.as_deref().unwrap_or_default();
        let subject: String = links.subject.as_deref().unwrap_or_default().chars().take(100).collect();
        format!("no-id:{date}:{from}:{subject}")
    })
}

/// Takes answer prefixes off a subject, in the languages seen most, with counters (`Re[2]:`, `Re^3:`); says whether there
/// were any. The rest is lower-cased with blanks collapsed. Forward prefixes stay: a forwarded copy is no answer.
fn strip_answer_prefixes(subject: &str) -> (bool, String) {
    const PREFIXES: [&str; 21] = [
        "re",
        "aw",
        "antw",
        "antwort",
        "sv",
        "vs",
        "odp",
        "ref",
        "rép",
        "rif",
        "r",
        "res",
        "ynt",
        "yan",
        "отв",
        "ответ",
        "vá",
        "απ",
        "回复",
        "回覆",
        "答复",
    ];
    let mut rest = subject.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut answer = false;
    while let Some((head, tail)) = rest.split_once([':', '：']) {
        let word =
            head.trim().trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^'));
        if !PREFIXES.contains(&word.trim()) {
            break;
        }
        answer = true;
        rest = tail.trim().to_owned();
    }
    (answer, rest)
}
