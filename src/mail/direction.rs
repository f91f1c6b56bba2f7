//! Who wrote a message: us or them.

use std::collections::HashSet;

use super::message::{Mailbox, ParsedMessage, normalize_address};
pub use crate::types::Direction;

/// The label of mail that we sent, as Gmail names it.
pub const SENT_LABEL: &str = "SENT";

/// Our own addresses: the accounts, their send-as aliases, the other connected accounts.
///
/// Addresses are compared whole and without regard to case, never by containment: `joann@x` is not `ann@x`. Only at
/// gmail.com and googlemail.com, which are one domain, dots and a `+tag` do not count, because Google delivers all
/// those spellings to the same mailbox; elsewhere they may belong to different people.
#[derive(Debug, Clone, Default)]
pub struct AddressSet {
    keys: HashSet<String>,
    /// Those of `keys` that are no mailbox of their own.
    aliases: HashSet<String>,
}

impl AddressSet {
    pub fn new<I, S>(addresses: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut set = Self::default();
        for address in addresses {
            set.insert(address.as_ref());
        }
        set
    }

    /// Adds an address; text without `@` is ignored, so that a half-configured account claims nobody's mail.
    pub fn insert(&mut self, address: &str) {
        if let Some(key) = mailbox_key(address) {
            self.aliases.remove(&key);
            self.keys.insert(key);
        }
    }

    /// Adds an address that a mailbox sends as, unless it is a mailbox of its own.
    pub fn insert_alias(&mut self, address: &str) {
        if let Some(key) = mailbox_key(address)
            && self.keys.insert(key.clone())
        {
            self.aliases.insert(key);
        }
    }

    /// Whether it is a mailbox of ours: one that we send as may be used from other mailboxes too, which we do not know.
    pub fn is_mailbox(&self, address: &str) -> bool {
        mailbox_key(address).is_some_and(|key| self.keys.contains(&key) && !self.aliases.contains(&key))
    }

    pub fn contains(&self, address: &str) -> bool {
        mailbox_key(address).is_some_and(|key| self.keys.contains(&key))
    }

    /// A text that two sets share when they hold the same mailboxes.
    pub fn fingerprint(&self) -> String {
        let mut keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.join(",")
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }
}

impl<S: AsRef<str>> FromIterator<S> for AddressSet {
    fn from_iter<I: IntoIterator<Item = S>>(addresses: I) -> Self {
        Self::new(addresses)
    }
}

/// The form under which two spellings of one mailbox are equal; `None` when it is not an address.
pub fn mailbox_key(address: &str) -> Option<String> {
    let address = normalize_address(address)?;
    let (local, domain) = address.rsplit_once('@')?;
    let domain = domain.trim_end_matches('.');
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    if matches!(domain, "gmail.com" | "googlemail.com") {
        let local: String = local.split('+').next().unwrap_or_default().replace('.', "");
        return (!local.is_empty()).then(|| format!("{local}@gmail.com"));
    }
    Some(format!("{local}@{domain}"))
}

/// Whether a message that bears an address of ours is a form of our own site that a client filled in: answers are to go to somebody
/// else, and nobody but us, and perhaps that client, got it.
pub fn is_form<'a>(
    reply_to: impl Iterator<Item = &'a String> + Clone,
    recipients: impl Iterator<Item = &'a String> + Clone,
    ours: &AddressSet,
) -> bool {
    let clients: HashSet<_> = reply_to.clone().map(|asked| mailbox_key(asked)).collect();
    !clients.is_empty()
        && !reply_to.clone().any(|address| ours.contains(address))
        && recipients.clone().any(|address| ours.contains(address))
        && recipients.clone().all(|address| ours.contains(address) || clients.contains(&mailbox_key(address)))
}

/// Decides who wrote a message that has just come, and returns whether that was us. A form of our own site is the client's, who is
/// named where answers are to go; so it is nobody's mail among the sent.
pub fn settle(message: &mut ParsedMessage, labels: &mut Vec<String>, ours: &AddressSet) -> Direction {
    let from_ours = message.from.as_ref().is_some_and(|from| ours.contains(&from.address));
    let (reply_to, recipients) = (addresses(&message.reply_to), message.recipients());
    if from_ours && is_form(reply_to.iter(), recipients.iter(), ours) {
        message.from = message.reply_to.first().cloned();
        labels.retain(|label| label != SENT_LABEL);
    }
    direction(labels, message.from.as_ref().map(|from| from.address.as_str()), ours)
}

fn addresses(mailboxes: &[Mailbox]) -> Vec<String> {
    mailboxes.iter().map(|mailbox| mailbox.address.clone()).collect()
}

/// Outgoing when Gmail labels the message `SENT` or its author is exactly one of our addresses; incoming otherwise.
pub fn direction<S: AsRef<str>>(labels: &[S], from: Option<&str>, ours: &AddressSet) -> Direction {
    let sent = labels.iter().any(|label| label.as_ref() == SENT_LABEL);
    if sent || from.is_some_and(|from| ours.contains(from)) { Direction::Outgoing } else { Direction::Incoming }
}
