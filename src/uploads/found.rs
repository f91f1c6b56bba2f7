//! What a look into an uploaded file found: it waits with the file for an answer.

use serde::{Deserialize, Serialize};

use crate::mail::AddressSet;

/// What a mailbox file says about whose it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Messages that were looked at.
    pub messages: u64,
    /// Whether these are all messages of the file.
    pub is_whole: bool,
    /// Who writes in it and is probably us, then who else writes most. At most twelve.
    pub parties: Vec<Party>,
}

/// An address that messages of the file come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The address, in lower case.
    pub address: String,
    /// Messages from it.
    pub wrote: u64,
    /// Those of them that answer another message.
    pub answered: u64,
    /// Those of them that lie in a folder of sent mail, or have Gmail's label for it.
    pub sent: u64,
    /// Messages from others that went to it.
    pub received: u64,
    /// Whether it is probably ours.
    pub is_proposed: bool,
}

impl Look {
    /// The addresses that are probably ours, the one with most mail first.
    pub fn proposed(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.is_proposed)
    }

    /// Who writes most of those that are not in `addresses`.
    #[must_use]
    pub fn most_besides(&self, addresses: &AddressSet) -> Option<&Party> {
        self.parties
            .iter()
            .filter(|party| !addresses.contains(&party.address))
            .max_by_key(|party| (party.is_proposed, party.wrote))
    }
}
