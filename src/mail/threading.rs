//! Threads for mail that comes without thread ids (mbox, `.eml`).
//!
//! Messages belong together when one names the other's id in `In-Reply-To` or `References`, directly or through ids that
//! were never seen (Zawinski's algorithm without its tree). Subjects alone join nothing: "Question" and "Invoice" come from
//! many strangers. One exception, for mail programs that drop both headers from an answer: a message with an answer's
//! subject (`Re:` and its translations) and no ids of earlier messages joins a message with the same subject when each was
//! addressed to the other's author and not more than thirty days lie between.
//!
//! The result does not depend on the order in which messages arrive; only which of the joined keys survives does.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::message::ParsedMessage;

/// An answer without ids is looked for this long after what it answers.
pub const MAX_ANSWER_DELAY: TimeDelta = TimeDelta::days(30);
/// Messages of one subject that are kept for that exception; automatic mail repeats subjects thousands of times.
pub const MAX_PER_SUBJECT: usize = 200;

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

impl ThreadLinks {
    /// The subject without answer prefixes, and whether this is an answer that names no earlier message. `None` where nothing can be
    /// found by the subject: there is none, or author or date is unknown.
    pub fn bare_subject(&self) -> Option<(String, bool)> {
        self.from.as_ref().and(self.date)?;
        let (is_answer, subject) = strip_answer_prefixes(self.subject.as_deref()?);
        (!subject.is_empty()).then_some((subject, is_answer && self.earlier.is_empty()))
    }

    /// The message's id, or one made of what else tells it from others, the same at every import.
    pub fn own_id(&self) -> String {
        self.message_id.clone().unwrap_or_else(|| {
            let date = self.date.map_or_else(String::new, |date| date.timestamp().to_string());
            let from = self.from.as_deref().unwrap_or_default();
            let subject: String = self.subject.as_deref().unwrap_or_default().chars().take(100).collect();
            format!("no-id:{date}:{from}:{subject}")
        })
    }
}

/// Where messages were put.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placements {
    /// The key of each message's thread: the oldest id that its first message here named, which is the first message of the
    /// conversation where the headers are whole.
    pub keys: Vec<String>,
    /// Keys given out before that are now part of another thread, `(absorbed, surviving)`: their messages are to be moved.
    pub merged: Vec<(String, String)>,
}

/// Threads found so far, with the ids of all messages seen: as much of what is stored as the messages to be placed touch.
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

    /// Notes that an id is of a thread that is stored: its message holds or names it.
    pub fn restore_id(&mut self, id: &str, key: &str) {
        let (thread, node) = (self.node_of_thread(key), self.node_of(id));
        self.union(thread, node, &mut Vec::new());
    }

    /// Notes a stored message that may be found by its subject, and the thread it is in.
    pub fn restore(&mut self, links: &ThreadLinks, key: &str) {
        let thread = self.node_of_thread(key);
        let (node, _) = self.link(links);
        self.union(thread, node, &mut Vec::new());
    }

    /// Puts messages into their threads.
    pub fn place(&mut self, messages: &[ThreadLinks]) -> Placements {
        let mut nodes = Vec::with_capacity(messages.len());
        let (mut absorbed, mut new) = (Vec::new(), HashSet::new());
        for links in messages {
            let (node, lost) = self.link(links);
            let root = self.find(node);
            self.keys[root].get_or_insert_with(|| {
                let key = links.earlier.first().cloned().unwrap_or_else(|| links.own_id());
                new.insert(key.clone());
                key
            });
            nodes.push(node);
            absorbed.extend(lost.into_iter().map(|key| (key, node)));
        }
        absorbed.retain(|(key, _)| !new.contains(key));
        // What came later may have joined what came first with another thread.
        let keys = nodes.into_iter().map(|node| self.key_of(node)).collect();
        let merged = absorbed.into_iter().map(|(lost, node)| (lost, self.key_of(node)));
        Placements { keys, merged: merged.filter(|(lost, key)| lost != key).collect() }
    }

    /// The key of the thread that a placed message is in.
    fn key_of(&mut self, node: usize) -> String {
        let root = self.find(node);
        self.keys[root].clone().unwrap_or_default()
    }

    fn node_of_thread(&mut self, key: &str) -> usize {
        let node = self.node_of(&format!("\0{key}"));
        let root = self.find(node);
        self.keys[root].get_or_insert_with(|| key.to_owned());
        node
    }

    /// Connects a message with all it names; returns its node and the keys that lost their thread.
    fn link(&mut self, links: &ThreadLinks) -> (usize, Vec<String>) {
        let mut absorbed = Vec::new();
        let node = self.node_of(&links.own_id());
        for id in &links.earlier {
            let earlier = self.node_of(id);
            self.union(earlier, node, &mut absorbed);
        }
        self.link_by_subject(links, node, &mut absorbed);
        (node, absorbed)
    }

    fn link_by_subject(&mut self, links: &ThreadLinks, node: usize, absorbed: &mut Vec<String>) {
        let (Some((subject, orphan)), Some(from), Some(date)) = (links.bare_subject(), &links.from, links.date) else {
            return;
        };
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

/// What a mail is about: its subject in lower case, without the marks of an answer.
#[must_use]
pub fn bare_subject(subject: &str) -> String {
    strip_answer_prefixes(subject).1
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
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut rest = subject.as_str();
    let mut answer = false;
    while let Some((head, tail)) = rest.split_once([':', '：']) {
        let word =
            head.trim().trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^'));
        if !PREFIXES.contains(&word.trim()) {
            break;
        }
        answer = true;
        rest = tail.trim();
    }
    (answer, rest.to_owned())
}
