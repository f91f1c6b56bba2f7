//! The providers there are, as one [`MailSource`].

use std::{collections::BTreeSet, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    gmail::GmailSource,
    imap::ImapSource,
    source::{Arrival, Fetch, Found, MailSource, Place, SourceError, Stop, Window},
};
use crate::{
    Domain,
    gmail::{Governor, Priority},
    types::{Account, Provider},
};

/// Any mailbox that can be synced.
pub(super) enum Source {
    Gmail(GmailSource),
    Imap(ImapSource),
}

impl Source {
    /// Whether accounts of this provider can be synced at all; an mbox cannot.
    pub(super) fn is_synced(provider_code: &str) -> bool {
        provider_code.parse::<Provider>().is_ok_and(Provider::is_synced)
    }

    pub(super) fn open(
        d: &Arc<Domain>,
        account: &Account,
        priority: Priority,
        stop: CancellationToken,
    ) -> Result<Self, SourceError> {
        if account.provider_code == Provider::Imap.as_str() {
            return Ok(Self::Imap(ImapSource::new(d, account, stop)?));
        }
        Ok(Self::Gmail(GmailSource::new(d, account, priority, stop)?))
    }

    /// What meters the calls for this account, for showing what it waits for.
    pub(super) fn meter(d: &Domain, account: &Account) -> Option<Arc<Governor>> {
        (account.provider_code == Provider::Gmail.as_str()).then(|| d.governor(account.id))
    }
}

/// The same call at whichever provider it is.
macro_rules! at {
    ($self:expr, $source:ident => $call:expr) => {
        match $self {
            Source::Gmail($source) => $call.await,
            Source::Imap($source) => $call.await,
        }
    };
}

impl MailSource for Source {
    async fn aliases(&self) -> Result<Option<BTreeSet<String>>, SourceError> {
        at!(self, source => source.aliases())
    }

    async fn changes_since(&self, place: &Place, window: Window) -> Result<Option<Found>, Stop> {
        at!(self, source => source.changes_since(place, window))
    }

    async fn compare(&self, window: Window) -> Result<Found, Stop> {
        at!(self, source => source.compare(window))
    }

    async fn missing_since(&self, since: Option<i64>) -> Result<Vec<Fetch>, Stop> {
        at!(self, source => source.missing_since(since))
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Vec<Arrival>, SourceError> {
        at!(self, source => source.fetch(fetch))
    }

    async fn attachment(&self, external_id: &str, part_id: &str) -> Result<Vec<u8>, SourceError> {
        at!(self, source => source.attachment(external_id, part_id))
    }
}
