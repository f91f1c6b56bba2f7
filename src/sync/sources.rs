//! The providers there are, as one [`MailSource`].

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;

use super::{
    gmail::{self, GmailSource},
    imap::ImapSource,
    source::{Arrival, Fetch, Found, MailSource, Place, SourceError, SourceErrorKind, Stop, WantedPart, Window},
};
use crate::{
    Domain,
    net::Priority,
    runs::{Meter, Pulse},
    types::{Account, Provider, RunCode},
};

/// Any mailbox that can be synced.
pub(super) enum Source {
    Gmail(GmailSource),
    Imap(ImapSource),
}

impl Source {
    pub(super) fn open(
        d: &Arc<Domain>,
        account: &Account,
        priority: Priority,
        pulse: Pulse,
    ) -> Result<Self, SourceError> {
        match account.provider_code.parse() {
            Ok(Provider::Gmail) => Ok(Self::Gmail(GmailSource::new(d, account, priority, pulse)?)),
            Ok(Provider::Imap) => Ok(Self::Imap(ImapSource::new(d, account, pulse)?)),
            Ok(Provider::Mbox) | Err(_) => Err(SourceError {
                kind: SourceErrorKind::Everything,
                code: RunCode::SyncUnsupported,
                text: format!("accounts of the provider {} are not synced", account.provider_code),
                retry_after: None,
                store: None,
            }),
        }
    }

    /// What says what the calls for this account wait for, where a provider meters them.
    pub(super) fn meter(d: &Domain, account: &Account) -> Option<Meter> {
        match account.provider_code.parse() {
            Ok(Provider::Gmail) => Some(gmail::meter(d.governor(account.id))),
            Ok(Provider::Imap | Provider::Mbox) | Err(_) => None,
        }
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

    fn clock_ahead(&self) -> Option<TimeDelta> {
        match self {
            Self::Gmail(source) => source.clock_ahead(),
            Self::Imap(source) => source.clock_ahead(),
        }
    }

    async fn newest(&self) -> Result<Option<i64>, Stop> {
        at!(self, source => source.newest())
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

    fn passed_over(&self) -> Vec<(RunCode, String)> {
        match self {
            Self::Gmail(source) => source.passed_over(),
            Self::Imap(source) => source.passed_over(),
        }
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Vec<Arrival>, SourceError> {
        at!(self, source => source.fetch(fetch))
    }

    async fn attachments(&self, external_id: &str, parts: &[WantedPart]) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
        at!(self, source => source.attachments(external_id, parts))
    }
}
