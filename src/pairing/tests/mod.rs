//! A fixture per class of thread, and a simulator whose true pairs are known.

mod classes;
mod exclusions;
mod marked;
mod simulator;
mod world;

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;

use super::{Pairing, SkipReason, ThreadMessage, pair_thread};
use crate::{
    mail::{AddressSet, Direction, MailKind, Nature},
    types::TurnMark,
};

/// A message that owns what [`ThreadMessage`] borrows.
#[derive(Debug, Clone)]
struct Mail {
    id: Uuid,
    message_id: Option<String>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    direction: Direction,
    sent: Option<bool>,
    sent_at: Option<DateTime<Utc>>,
    from: Option<String>,
    reply_to: Vec<String>,
    recipients: Vec<String>,
    subject: Option<String>,
    nature: Nature,
    text: String,
    mark: Option<TurnMark>,
}

const US: &str = "ann@shop.example";
const COLLEAGUE: &str = "bob@shop.example";
const CLIENT: &str = "carl@client.example";

fn ours() -> AddressSet {
    AddressSet::new([US, COLLEAGUE, "support@shop.example"])
}

impl Mail {
    fn new(number: u32, minute: i64) -> Self {
        Self {
            id: Uuid::from_u128(u128::from(number)),
            message_id: Some(format!("{number}@mail")),
            in_reply_to: Vec::new(),
            references: Vec::new(),
            direction: Direction::Incoming,
            sent: None,
            sent_at: Some(at(minute)),
            from: None,
            reply_to: Vec::new(),
            recipients: Vec::new(),
            subject: Some("Order".to_owned()),
            nature: Nature::default(),
            text: format!("text {number}"),
            mark: None,
        }
    }

    /// A message of the client to us.
    fn client(number: u32, minute: i64) -> Self {
        Self { from: Some(CLIENT.to_owned()), recipients: vec![US.to_owned()], ..Self::new(number, minute) }
    }

    /// A message of ours to the client.
    fn ours(number: u32, minute: i64) -> Self {
        Self {
            direction: Direction::Outgoing,
            from: Some(US.to_owned()),
            recipients: vec![CLIENT.to_owned()],
            ..Self::new(number, minute)
        }
    }

    fn re(mut self, number: u32) -> Self {
        self.in_reply_to = vec![format!("{number}@mail")];
        self.references = self.in_reply_to.clone();
        self
    }

    fn from(mut self, address: &str) -> Self {
        self.from = Some(address.to_owned());
        self
    }

    fn to(mut self, addresses: &[&str]) -> Self {
        self.recipients = addresses.iter().map(|address| (*address).to_owned()).collect();
        self
    }

    fn sent(mut self, sent: bool) -> Self {
        self.sent = Some(sent);
        self
    }

    fn kind(mut self, kind: MailKind) -> Self {
        self.nature.insert(kind);
        self
    }

    fn subject(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    fn undated(mut self) -> Self {
        self.sent_at = None;
        self
    }

    fn view(&self) -> ThreadMessage<'_> {
        ThreadMessage {
            id: self.id,
            message_id: self.message_id.as_deref(),
            in_reply_to: &self.in_reply_to,
            references: &self.references,
            direction: self.direction,
            sent: self.sent,
            sent_at: self.sent_at,
            from: self.from.as_deref(),
            reply_to: &self.reply_to,
            recipients: &self.recipients,
            subject: self.subject.as_deref(),
            nature: &self.nature,
            text: &self.text,
            mark: self.mark,
        }
    }
}

fn at(minute: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(1_790_000_000 + minute * 60, 0).unwrap()
}

fn pair(mails: &[Mail], ours: &AddressSet) -> Pairing {
    let views: Vec<_> = mails.iter().map(Mail::view).collect();
    let pairing = pair_thread(&views, ours);
    accounted_for(mails, &pairing);
    // Whatever the order of the input.
    let reversed: Vec<_> = views.iter().rev().copied().collect();
    assert_eq!(pair_thread(&reversed, ours), pairing);
    pairing
}

/// Every message is in exactly one pair or skipped exactly once.
fn accounted_for(mails: &[Mail], pairing: &Pairing) {
    let mut seen: Vec<Uuid> = pairing.skipped.iter().map(|(id, _)| *id).collect();
    for pair in &pairing.pairs {
        seen.extend(pair.client_message_ids.iter().chain(&pair.reply_message_ids));
        assert!(pair.client_message_ids.contains(&pair.client_message_id));
        assert_eq!(pair.reply_message_ids.first(), Some(&pair.our_reply_message_id));
        assert!(!pair.client_text.is_empty() && !pair.reply_text.is_empty());
    }
    seen.sort_unstable();
    let mut all: Vec<Uuid> = mails.iter().map(|mail| mail.id).collect();
    all.sort_unstable();
    assert_eq!(seen, all);
}

/// Pairs as numbers: the turn, the answered message, the replies.
type Numbers = (Vec<u32>, u32, Vec<u32>);

fn numbers(pairing: &Pairing) -> Vec<Numbers> {
    let number = |id: &Uuid| id.as_u128() as u32;
    pairing
        .pairs
        .iter()
        .map(|pair| {
            (
                pair.client_message_ids.iter().map(number).collect(),
                number(&pair.client_message_id),
                pair.reply_message_ids.iter().map(number).collect(),
            )
        })
        .collect()
}

fn skipped(pairing: &Pairing) -> Vec<(u32, SkipReason)> {
    pairing.skipped.iter().map(|(id, reason)| (id.as_u128() as u32, *reason)).collect()
}

/// Pairs of a thread between us and the client, as numbers.
fn pairs(mails: &[Mail]) -> Vec<Numbers> {
    numbers(&pair(mails, &ours()))
}

/// Skipped messages of such a thread with their reasons.
fn reasons(mails: &[Mail]) -> Vec<(u32, SkipReason)> {
    skipped(&pair(mails, &ours()))
}
