//! Turns: which client messages each reply answers, and what extends a reply.

use std::collections::{HashMap, HashSet};

use super::eligibility::{Judged, Role};
use super::marks::Marked;
use super::{PairDraft, Pairing, SkipReason, ThreadMessage};

/// A client turn and our reply, as positions in the ordered thread.
#[derive(Debug)]
struct Turn {
    /// In order of time.
    client: Vec<usize>,
    answered: usize,
    /// The reply and what extends it, in order of time.
    replies: Vec<usize>,
}

/// What the headers of a reply say about the message it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Client(usize),
    /// Our own message: a follow-up.
    Ours(usize),
    /// A message that is no client's.
    Skipped(usize),
    /// Headers name a message, but not one of this thread.
    Missing,
    Unnamed,
}

struct Builder<'m, 'a> {
    messages: &'m [&'m ThreadMessage<'a>],
    judged: &'m [Judged],
    /// All positions of each Message-ID; more than one where ids were reused.
    by_id: HashMap<&'a str, Vec<usize>>,
    targets: Vec<Target>,
    /// The first reply that names each client message.
    anchors: HashMap<usize, usize>,
    turns: Vec<Turn>,
    /// The turn of each client message and reply that has one.
    turn_of: HashMap<usize, usize>,
    reasons: Vec<Option<SkipReason>>,
    /// What a person says.
    marked: &'m Marked,
    /// The turn of each that a person made, once it is open.
    opened: Vec<Option<usize>>,
}

/// Builds the pairs of a thread from its messages in order of time, and from what a person says of them.
pub(super) fn build(messages: &[&ThreadMessage<'_>], judged: &[Judged], marked: &Marked) -> Pairing {
    let mut builder = Builder {
        messages,
        judged,
        by_id: HashMap::new(),
        targets: vec![Target::Unnamed; messages.len()],
        anchors: HashMap::new(),
        turns: Vec::new(),
        turn_of: HashMap::new(),
        reasons: vec![None; messages.len()],
        marked,
        opened: vec![None; marked.turns.len()],
    };
    builder.resolve_targets();
    for (at, message) in judged.iter().enumerate() {
        match message.role {
            Role::Skipped(reason) => builder.reasons[at] = Some(reason),
            Role::Reply => match marked.turn_of(at) {
                Some(made) => builder.reply_of(made, at),
                None => builder.reply(at),
            },
            Role::Client => {}
        }
    }
    builder.finish()
}

impl Builder<'_, '_> {
    fn resolve_targets(&mut self) {
        for (at, message) in self.messages.iter().enumerate() {
            if let Some(id) = message.message_id {
                self.by_id.entry(id).or_default().push(at);
            }
        }
        for at in 0..self.messages.len() {
            self.targets[at] = self.target(at);
            if let (Role::Reply, Target::Client(client)) = (self.judged[at].role, self.targets[at])
                && !self.goes_elsewhere(at, client)
            {
                self.anchors.entry(client).or_insert(at);
            }
        }
    }

    fn target(&self, at: usize) -> Target {
        let message = self.messages[at];
        // In-Reply-To names the answered message; where it is absent the last reference is that message (RFC 5322 §3.6.4).
        let named: Vec<&String> = if message.in_reply_to.is_empty() {
            message.references.iter().rev().take(1).collect()
        } else {
            message.in_reply_to.iter().collect()
        };
        if named.is_empty() {
            return Target::Unnamed;
        }
        let mut found = named.iter().filter_map(|id| self.lookup(id, at));
        let Some(target) = found.next() else {
            return Target::Missing;
        };
        self.classify(target)
    }

    /// The message with that id. Of several by different people, one whose author the reply goes to, and none where it goes to nobody of
    /// them; then the last one before `at`. A duplicate copy stands for its original.
    fn lookup(&self, id: &str, at: usize) -> Option<usize> {
        let candidates = self.by_id.get(id)?;
        let others = || candidates.iter().copied().filter(|other| *other != at);
        let live = others().filter(|other| self.judged[*other].role != Role::Skipped(SkipReason::DuplicateCopy));
        let mut live: Vec<usize> = live.collect();
        if self.judged[at].role == Role::Reply && self.are_strangers(&live) {
            live.retain(|other| self.judged[*other].role != Role::Client || self.reaches(at, *other));
            if live.is_empty() {
                return None;
            }
        }
        live.iter().rev().find(|other| **other < at).or(live.first()).copied().or_else(|| others().next())
    }

    /// Whether clients who have nothing in common wrote these messages.
    fn are_strangers(&self, messages: &[usize]) -> bool {
        let mut clients = messages.iter().map(|at| &self.judged[*at]).filter(|judged| judged.role == Role::Client);
        let Some(first) = clients.next() else { return false };
        clients.any(|other| other.authors != first.authors)
    }

    fn classify(&self, at: usize) -> Target {
        match self.judged[at].role {
            Role::Client => Target::Client(at),
            Role::Reply => Target::Ours(at),
            Role::Skipped(_) => Target::Skipped(at),
        }
    }

    /// Whether a reply that names `client` was in fact forwarded to somebody else.
    fn goes_elsewhere(&self, reply: usize, client: usize) -> bool {
        let (reply, client) = (&self.judged[reply], &self.judged[client]);
        reply.forward
            && !reply.recipients.is_empty()
            && !overlaps(&reply.recipients, &client.authors)
            && !overlaps(&reply.recipients, &client.recipients)
    }

    /// A reply of a turn that a person made. What waits for it joins, as it would without that.
    fn reply_of(&mut self, made: usize, at: usize) {
        let turn = self.open_made(made, at);
        let waiting = self.pending(at);
        self.extend(at, turn);
        for client in waiting {
            self.turn_of.insert(client, turn);
            self.turns[turn].client.push(client);
        }
        self.turns[turn].client.sort_unstable();
    }

    /// The turn that a person made, opened by its first reply, or by one that nobody marked and that answers it.
    fn open_made(&mut self, made: usize, at: usize) -> usize {
        if let Some(turn) = self.opened[made] {
            return turn;
        }
        let client = self.marked.turns[made].clone();
        let named = match self.targets[at] {
            Target::Client(named) if client.contains(&named) => Some(named),
            _ => None,
        };
        let before = client.iter().rev().find(|client| **client < at).or(client.last()).copied();
        let turn = self.turns.len();
        for message in &client {
            self.turn_of.insert(*message, turn);
        }
        self.turns.push(Turn { client, answered: named.or(before).unwrap_or(at), replies: Vec::new() });
        self.opened[made] = Some(turn);
        turn
    }

    fn reply(&mut self, at: usize) {
        match self.targets[at] {
            Target::Client(client) if self.goes_elsewhere(at, client) => {
                self.reasons[at] = Some(SkipReason::ForwardedElsewhere);
            }
            Target::Client(client) => {
                let made = self.marked.turn_of(client);
                let is_taken = made.is_some() || self.turn_of.contains_key(&client);
                // A second answer to the same message, unless the client wrote again and nothing else answers that.
                match self.pending(at).last().copied().filter(|_| is_taken) {
                    Some(waiting) => self.open_turn(at, waiting),
                    None => match made.map(|made| self.open_made(made, at)).or(self.turn_of.get(&client).copied()) {
                        Some(turn) => self.extend(at, turn),
                        None => self.open_turn(at, client),
                    },
                }
            }
            Target::Ours(ours) => self.follow_up(at, self.turn_of.get(&ours).copied(), SkipReason::NoClientMessage),
            Target::Skipped(skipped) => {
                let behind = self.behind(skipped);
                self.follow_up(at, behind, SkipReason::AnswersNoClient);
            }
            Target::Missing => match self.pending(at).last() {
                Some(&client) => self.open_turn(at, client),
                None => self.reasons[at] = Some(SkipReason::AnsweredMessageMissing),
            },
            Target::Unnamed => self.follow_up(at, None, SkipReason::NoClientMessage),
        }
    }

    /// The turn that an automatic message belongs to: that of the reply it came in answer to.
    fn behind(&self, skipped: usize) -> Option<usize> {
        let mut at = skipped;
        for _ in 0..self.messages.len() {
            match self.targets[at] {
                Target::Skipped(next) => at = next,
                Target::Ours(next) | Target::Client(next) => {
                    return self.turn_of.get(&next).copied();
                }
                Target::Missing | Target::Unnamed => return None,
            }
        }
        None
    }

    /// A reply whose headers name no waiting client message: it answers those that wait, else extends a reply.
    fn follow_up(&mut self, at: usize, named: Option<usize>, otherwise: SkipReason) {
        if let Some(&client) = self.pending(at).last() {
            self.open_turn(at, client);
            return;
        }
        match named.filter(|turn| self.extends(at, *turn)).or_else(|| self.latest_turn(at)) {
            Some(turn) => self.extend(at, turn),
            None => self.reasons[at] = Some(self.unpaired(at, otherwise)),
        }
    }

    fn extend(&mut self, at: usize, turn: usize) {
        self.turns[turn].replies.push(at);
        self.turn_of.insert(at, turn);
    }

    /// Whether no client message stands between a turn's last reply and `at`.
    fn extends(&self, at: usize, turn: usize) -> bool {
        let Some(&last) = self.turns[turn].replies.last() else {
            return false;
        };
        !(last + 1..at).any(|between| self.judged[between].role == Role::Client && self.reaches(at, between))
    }

    /// The turn of the last reply to the same people, when `at` only adds to it.
    fn latest_turn(&self, at: usize) -> Option<usize> {
        let same_people = |turn: &usize| {
            let last = self.turns[*turn].replies.last();
            let earlier = last.map(|last| self.judged[*last].recipients.as_slice()).unwrap_or_default();
            let now = self.judged[at].recipients.as_slice();
            earlier.is_empty() || now.is_empty() || overlaps(earlier, now)
        };
        (0..self.turns.len())
            .filter(same_people)
            .max_by_key(|turn| self.turns[*turn].replies.last().copied())
            .filter(|turn| self.extends(at, *turn))
    }

    fn unpaired(&self, at: usize, otherwise: SkipReason) -> SkipReason {
        let judged = &self.judged[at];
        let client_before = (0..at).any(|before| self.judged[before].role == Role::Client);
        if otherwise == SkipReason::NoClientMessage && client_before {
            if judged.forward { SkipReason::ForwardedElsewhere } else { SkipReason::OtherRecipient }
        } else {
            otherwise
        }
    }

    /// Whether no other reply names a client message. A reply without headers goes by time alone: a later reply that names
    /// the message is then a follow-up.
    fn free(&self, client: usize, at: usize) -> bool {
        self.targets[at] == Target::Unnamed || self.anchors.get(&client).is_none_or(|anchor| *anchor == at)
    }

    /// Client messages before `at` that wait for an answer, are free, and whose authors `at` reaches.
    fn pending(&self, at: usize) -> Vec<usize> {
        (0..at)
            .filter(|client| self.judged[*client].role == Role::Client)
            .filter(|client| !self.turn_of.contains_key(client) && self.marked.turn_of(*client).is_none())
            .filter(|client| self.free(*client, at))
            .filter(|client| self.reaches(at, *client))
            .collect()
    }

    /// Whether a reply goes to the author of a client message, as far as that can be known.
    fn reaches(&self, reply: usize, client: usize) -> bool {
        let (reply, client) = (&self.judged[reply], &self.judged[client]);
        reply.recipients.is_empty() || client.authors.is_empty() || overlaps(&reply.recipients, &client.authors)
    }

    fn open_turn(&mut self, at: usize, answered: usize) {
        let mut client: Vec<usize> = self.pending(at);
        // Colleagues of the client who wrote in the same branch belong to the turn, even if only one of them is answered.
        let branch = self.branch(answered, at);
        client.extend(branch);
        client.push(answered);
        client.sort_unstable();
        client.dedup();
        let turn = self.turns.len();
        for message in client.iter().chain([&at]) {
            self.turn_of.insert(*message, turn);
        }
        self.turns.push(Turn { client, answered, replies: vec![at] });
    }

    /// Waiting client messages before `at` that `answered` follows or that follow it, up to our own last message.
    fn branch(&self, answered: usize, at: usize) -> Vec<usize> {
        let waiting = |client: usize| {
            client < at
                && self.judged[client].role == Role::Client
                && !self.turn_of.contains_key(&client)
                && self.marked.turn_of(client).is_none()
                && self.free(client, at)
        };
        let mut branch = HashSet::from([answered]);
        let mut up = answered;
        while let Target::Client(parent) = self.targets[up] {
            if !waiting(parent) || !branch.insert(parent) {
                break;
            }
            up = parent;
        }
        for client in 0..at {
            if let Target::Client(parent) = self.targets[client]
                && waiting(client)
                && branch.contains(&parent)
            {
                branch.insert(client);
            }
        }
        branch.into_iter().collect()
    }

    fn finish(mut self) -> Pairing {
        let mut pairs = Vec::new();
        for turn in std::mem::take(&mut self.turns) {
            let with_text = |all: &[usize]| -> Vec<usize> {
                all.iter().copied().filter(|at| self.judged[*at].empty.is_none()).collect()
            };
            let (client, replies) = (with_text(&turn.client), with_text(&turn.replies));
            for at in turn.client.iter().chain(&turn.replies) {
                self.reasons[*at] = self.judged[*at].empty;
            }
            match (client.is_empty(), replies.as_slice()) {
                (false, [first, ..]) => pairs.push((*first, self.pair(&turn, &client, &replies))),
                (false, []) => client.iter().for_each(|at| self.reasons[*at] = Some(SkipReason::AnsweredWithoutText)),
                (true, _) => replies.iter().for_each(|at| self.reasons[*at] = Some(SkipReason::ClientWroteNothing)),
            }
        }
        pairs.sort_by_key(|(first, _)| *first);
        let paired: HashSet<_> = pairs
            .iter()
            .flat_map(|(_, pair)| pair.client_message_ids.iter().chain(&pair.reply_message_ids))
            .copied()
            .collect();
        let skipped = self
            .messages
            .iter()
            .enumerate()
            .filter(|(_, message)| !paired.contains(&message.id))
            .map(|(at, message)| (message.id, self.reasons[at].unwrap_or_else(|| self.waiting_reason(at))))
            .collect();
        Pairing { pairs: pairs.into_iter().map(|(_, pair)| pair).collect(), skipped, placed: Vec::new() }
    }

    /// The reason of a client message that no reply took up.
    fn waiting_reason(&self, at: usize) -> SkipReason {
        self.judged[at].empty.unwrap_or(SkipReason::Unanswered)
    }

    fn pair(&self, turn: &Turn, client: &[usize], replies: &[usize]) -> PairDraft {
        let ids = |all: &[usize]| all.iter().map(|at| self.messages[*at].id).collect::<Vec<_>>();
        let text = |all: &[usize]| {
            let texts: Vec<&str> = all.iter().map(|at| self.messages[*at].text.trim()).collect();
            texts.join("\n\n")
        };
        // An answered message without text (a picture sent after the question) gives way to the last one with text.
        let fallback = client.iter().rev().find(|at| **at <= turn.answered).or(client.last());
        let answered =
            if client.contains(&turn.answered) { turn.answered } else { *fallback.unwrap_or(&turn.answered) };
        let first = replies.first().copied().unwrap_or(turn.answered);
        let responded = self.messages[first].sent_at.zip(self.messages[answered].sent_at);
        PairDraft {
            client_message_ids: ids(client),
            client_message_id: self.messages[answered].id,
            reply_message_ids: ids(replies),
            our_reply_message_id: self.messages[first].id,
            client_text: text(client),
            reply_text: text(replies),
            responded_after_seconds: responded
                .map(|(reply, client)| (reply - client).num_seconds())
                .filter(|seconds| *seconds >= 0),
        }
    }
}

/// Whether two sorted lists share an element.
fn overlaps(a: &[String], b: &[String]) -> bool {
    a.iter().any(|address| b.binary_search(address).is_ok())
}
