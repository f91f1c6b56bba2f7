//! Which messages can be a client's words or our reply, and why the others cannot.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::mail::direction::{is_form, mailbox_key};
use crate::mail::{AddressSet, Direction, MailKind};

use super::{SkipReason, ThreadMessage, is_unverified};

/// The part a message plays in the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A client's message.
    Client,
    /// Our message to people outside.
    Reply,
    /// None; conversation goes on as if it were not there.
    Skipped(SkipReason),
}

/// A message with its role and its addresses in comparable form.
#[derive(Debug)]
pub(super) struct Judged {
    pub role: Role,
    /// Why the message has no text of its own, if it has none. It still takes part: an answer that is only an attachment
    /// is an answer.
    pub empty: Option<SkipReason>,
    /// From and Reply-To, as far as they are not ours.
    pub authors: Vec<String>,
    /// Recipients that are not ours.
    pub recipients: Vec<String>,
    /// The subject says that the message was forwarded.
    pub forward: bool,
    /// The message that it is another copy of.
    pub copy_of: Option<usize>,
}

pub(super) fn roles(messages: &[&ThreadMessage<'_>], ours: &AddressSet) -> Vec<Judged> {
    let conversation = Conversation::of(messages, ours);
    let mut judged: Vec<Judged> =
        messages.iter().enumerate().map(|(at, message)| judge((at, message), ours, &conversation)).collect();
    for (copy, original) in copies(messages, &judged) {
        judged[copy].role = Role::Skipped(SkipReason::DuplicateCopy);
        judged[copy].copy_of = Some(original);
    }
    judged
}

fn judge((at, message): (usize, &ThreadMessage<'_>), ours: &AddressSet, conversation: &Conversation<'_>) -> Judged {
    let outside = |addresses: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        let mut keys: Vec<String> =
            addresses.filter(|address| !ours.contains(address)).filter_map(mailbox_key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    };
    let mut authors = message.from.into_iter().chain(message.reply_to.iter().map(String::as_str));
    let mut recipients = message.recipients.iter().map(String::as_str);
    let forward = message.subject.is_some_and(is_forward_subject);
    let empty = message.text.trim().is_empty().then_some(if forward {
        SkipReason::ForwardedOnly
    } else {
        SkipReason::EmptyAfterCleaning
    });
    let recipients = outside(&mut recipients);
    let mut authors = outside(&mut authors);
    let mut role = role((at, message), ours, &recipients, conversation);
    if matches!(role, Role::Skipped(SkipReason::ToOurselves | SkipReason::BetweenColleagues))
        && let Some(client) = conversation.client_of_form(message, ours)
    {
        authors.push(client);
        role = Role::Client;
    }
    Judged { role, empty, authors, recipients, forward, copy_of: None }
}

fn role(
    (at, message): (usize, &ThreadMessage<'_>),
    ours: &AddressSet,
    outside: &[String],
    conversation: &Conversation<'_>,
) -> Role {
    let outgoing = is_outgoing(message, ours);
    if let Some(reason) = automatic((at, message), ours, outgoing, conversation) {
        return Role::Skipped(reason);
    }
    if !outgoing {
        return Role::Client;
    }
    if is_unverified(message.from, message.sent, message.nature, ours) {
        return Role::Skipped(SkipReason::UnverifiedSender);
    }
    // Without any recipient (a blind copy, a header lost) the other side is unknown, not ours.
    if outside.is_empty() && message.recipients.iter().any(|address| ours.contains(address)) {
        let author = message.from.and_then(mailbox_key);
        let to_self = message.recipients.iter().all(|address| mailbox_key(address) == author);
        let reason = if to_self { SkipReason::ToOurselves } else { SkipReason::BetweenColleagues };
        return Role::Skipped(reason);
    }
    Role::Reply
}

/// Whether we wrote it. What asks for answers to go to somebody else, and went to us alone, is a form of our own site that a client
/// filled in.
fn is_outgoing(message: &ThreadMessage<'_>, ours: &AddressSet) -> bool {
    let from_ours = message.from.is_some_and(|from| ours.contains(from));
    (message.direction == Direction::Outgoing || from_ours)
        && !is_form(message.reply_to.iter(), message.recipients.iter(), ours)
}

/// The people of our answers to a form that are looked for in it: an answer goes to one, and texts and lists of addresses can be long.
const MOST_ANSWERED: usize = 50;

/// Who answers whom in a thread.
struct Conversation<'m> {
    messages: &'m [&'m ThreadMessage<'m>],
    /// The first message of each Message-ID.
    by_id: HashMap<&'m str, usize>,
    /// Whether we wrote it.
    outgoing: Vec<bool>,
    /// Whether one of us answered it with a message of that id.
    answered: HashSet<&'m str>,
    /// For each of these, when the last of our answers was sent, as far as it is known.
    last_answer: HashMap<&'m str, DateTime<Utc>>,
    /// By the id that they answer, our messages.
    answered_by: HashMap<&'m str, Vec<usize>>,
}

impl<'m> Conversation<'m> {
    fn of(messages: &'m [&'m ThreadMessage<'m>], ours: &AddressSet) -> Self {
        let mut by_id = HashMap::new();
        let mut answered = HashSet::new();
        let mut last_answer: HashMap<&str, DateTime<Utc>> = HashMap::new();
        let mut answered_by: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut outgoing = Vec::with_capacity(messages.len());
        for (at, message) in messages.iter().enumerate() {
            if let Some(id) = message.message_id {
                by_id.entry(id).or_insert(at);
            }
            let is_ours = is_outgoing(message, ours);
            outgoing.push(is_ours);
            // What a machine of ours answered says nothing.
            let by_machine =
                [MailKind::AutoReply, MailKind::AutoSubject].iter().any(|kind| message.nature.contains(*kind));
            if is_ours && !by_machine {
                answered.extend(named(message));
                for (id, sent) in named(message).filter_map(|id| Some((id, message.sent_at?))) {
                    last_answer.entry(id).and_modify(|last| *last = sent.max(*last)).or_insert(sent);
                }
                for id in named(message) {
                    answered_by.entry(id).or_default().push(at);
                }
            }
        }
        Self { messages, by_id, outgoing, answered, last_answer, answered_by }
    }

    /// Who filled in a form of our own site that went from us to us and asks for answers to nobody: somebody whose address stands in
    /// it, and to whom we sent the answer.
    fn client_of_form(&self, message: &ThreadMessage<'_>, ours: &AddressSet) -> Option<String> {
        let answers = self.answered_by.get(message.message_id?)?;
        let text = message.text.to_lowercase();
        let to = answers.iter().flat_map(|at| self.messages[*at].recipients);
        to.filter(|address| !ours.contains(address))
            .filter_map(|address| mailbox_key(address))
            .take(MOST_ANSWERED)
            .find(|address| text.contains(address.as_str()))
    }

    /// The message that `at` answers, and how long before that was.
    fn answers(&self, at: usize) -> Option<(usize, Option<TimeDelta>)> {
        let message = self.messages[at];
        let other = named(message).find_map(|id| self.by_id.get(id).copied()).filter(|other| *other != at)?;
        Some((other, message.sent_at.zip(self.messages[other].sent_at).map(|(this, that)| this - that)))
    }

    /// Whether one of us answered `at`, and not as fast as only machines do.
    fn is_answered_by_hand(&self, at: usize) -> bool {
        let Some(id) = self.messages[at].message_id.filter(|id| self.answered.contains(id)) else { return false };
        let sent = self.messages[at].sent_at.zip(self.last_answer.get(id).copied());
        sent.is_none_or(|(sent, answer)| by_hand(answer - sent))
    }

    /// Whether `at`, which came in, is part of a conversation between people: one of us answered it, or it answers us, not at once.
    fn is_talk(&self, at: usize) -> bool {
        let is_answered = self.messages[at].message_id.is_some_and(|id| self.answered.contains(id));
        let answers_us =
            self.answers(at).is_some_and(|(other, after)| self.outgoing[other] && after.is_none_or(by_hand));
        is_answered || answers_us
    }
}

/// Nobody reads and answers faster.
const FASTEST_BY_HAND: TimeDelta = TimeDelta::seconds(90);
/// By then a machine has answered.
const SLOWEST_MACHINE: TimeDelta = TimeDelta::minutes(10);

/// Whether an answer after that long may be a person's. Clocks that contradict each other say nothing.
fn by_hand(after: TimeDelta) -> bool {
    after < TimeDelta::zero() || after >= FASTEST_BY_HAND
}

/// The ids that a message says it answers.
fn named<'m>(message: &ThreadMessage<'m>) -> impl Iterator<Item = &'m str> + use<'m> {
    let last = if message.in_reply_to.is_empty() { message.references.last() } else { None };
    message.in_reply_to.iter().chain(last).map(String::as_str)
}

/// The reason a message is no person's mail. Our own replies may carry the marks that mailing services, groups and help desks put on
/// everything they send: in answer to somebody they are replies all the same, unless they came as fast as only machines answer.
fn automatic(
    (at, message): (usize, &ThreadMessage<'_>),
    ours: &AddressSet,
    outgoing: bool,
    conversation: &Conversation<'_>,
) -> Option<SkipReason> {
    let nature = message.nature.without_own_list(ours);
    let answers = !message.in_reply_to.is_empty() || !message.references.is_empty();
    const REASONS: [(MailKind, SkipReason); 10] = [
        (MailKind::Bounce, SkipReason::Bounce),
        (MailKind::ReadReceipt, SkipReason::ReadReceipt),
        (MailKind::CalendarReply, SkipReason::CalendarAnswer),
        (MailKind::AutoReply, SkipReason::Autoreply),
        (MailKind::AutoSubject, SkipReason::Autoreply),
        (MailKind::Newsletter, SkipReason::Newsletter),
        (MailKind::MailingList, SkipReason::MailingList),
        (MailKind::NoReply, SkipReason::NoreplySender),
        (MailKind::AutoGenerated, SkipReason::AutoGenerated),
        (MailKind::Bulk, SkipReason::Newsletter),
    ];
    let after = conversation.answers(at).and_then(|(_, after)| after);
    let is_persons = |kind: MailKind| match kind {
        MailKind::Newsletter | MailKind::MailingList => outgoing && answers,
        MailKind::AutoGenerated if outgoing => answers && after.is_none_or(by_hand),
        // A form says whom to answer, and we did; or it says nothing, and one of us wrote to its sender all the same.
        MailKind::AutoGenerated => {
            !message.reply_to.is_empty() && conversation.is_talk(at) || conversation.is_answered_by_hand(at)
        }
        MailKind::AutoSubject if !outgoing => conversation.is_answered_by_hand(at),
        // An absence note of ours comes at once; an agent's answer through a help desk does not.
        MailKind::AutoReply | MailKind::AutoSubject => outgoing && after.is_some_and(|after| after >= SLOWEST_MACHINE),
        MailKind::Bulk if outgoing => answers && after.is_none_or(by_hand),
        MailKind::Bulk => conversation.is_talk(at),
        _ => false,
    };
    REASONS
        .into_iter()
        .filter(|(kind, _)| nature.contains(*kind))
        .find(|(kind, _)| !is_persons(*kind))
        .map(|(_, reason)| reason)
}

/// Positions of messages that are copies of another one, and of that one: same Message-ID and author, and the same date or text. Messages
/// that merely reuse an id are different messages, and so are those of one form whose answers go to different people. The copy that says most stays: as a reply before as a client's (an
/// alias that only one account knows), as mail before as list mail, with text before without, the first in order.
fn copies(messages: &[&ThreadMessage<'_>], judged: &[Judged]) -> Vec<(usize, usize)> {
    let mut by_id: HashMap<(&str, Option<String>), Vec<usize>> = HashMap::new();
    for (at, message) in messages.iter().enumerate() {
        if let Some(id) = message.message_id {
            by_id.entry((id, message.from.and_then(mailbox_key))).or_default().push(at);
        }
    }
    let rank = |at: &usize| {
        let role = match judged[*at].role {
            Role::Reply => 0,
            Role::Client => 1,
            Role::Skipped(_) => 2,
        };
        (role, judged[*at].empty.is_some(), *at)
    };
    let words = |at: usize| messages[at].text.split_whitespace();
    let asks_for = |at: usize| messages[at].reply_to.iter().filter_map(|address| mailbox_key(address)).min();
    let same = |a: usize, b: usize| {
        if judged[a].role == Role::Client
            && judged[b].role == Role::Client
            && asks_for(a).zip(asks_for(b)).is_some_and(|(a, b)| a != b)
        {
            return false;
        }
        let dated = messages[a].sent_at.is_some() && messages[a].sent_at == messages[b].sent_at;
        dated || words(a).eq(words(b))
    };
    let mark_of_words = |at: usize| {
        let mut mark = DefaultHasher::new();
        words(at).for_each(|word| word.hash(&mut mark));
        mark.finish()
    };
    let mut copies = Vec::new();
    for mut group in by_id.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(rank);
        // What is the same has the same date or the same words: broken software gives one id to everything that it sends.
        let mut of_date: HashMap<DateTime<Utc>, Vec<usize>> = HashMap::new();
        let mut of_words: HashMap<u64, Vec<usize>> = HashMap::new();
        for at in group {
            let (date, mark) = (messages[at].sent_at, mark_of_words(at));
            let dated = date.and_then(|date| of_date.get(&date)).into_iter().flatten();
            let mut alike = dated.take(MOST_ALIKE).chain(of_words.get(&mark).into_iter().flatten().take(MOST_ALIKE));
            if let Some(original) = alike.find(|other| same(**other, at)) {
                copies.push((at, *original));
                continue;
            }
            if let Some(date) = date {
                of_date.entry(date).or_default().push(at);
            }
            of_words.entry(mark).or_default().push(at);
        }
    }
    copies
}

/// Different messages of the same id and date, or words, with which another one is compared.
const MOST_ALIKE: usize = 50;

/// Forward prefixes of mail programs in the languages seen most.
fn is_forward_subject(subject: &str) -> bool {
    const PREFIXES: [&str; 19] = [
        "fwd",
        "fw",
        "wg",
        "tr",
        "rv",
        "i",
        "enc",
        "pd",
        "přeposláno",
        "vb",
        "vl",
        "doorst",
        "továbbítás",
        "пересл",
        "перес",
        "fwd.",
        "转发",
        "轉寄",
        "転送",
    ];
    let subject = subject.trim().to_lowercase();
    subject.split_once([':', '：']).is_some_and(|(head, _)| PREFIXES.contains(&head.trim()))
}
