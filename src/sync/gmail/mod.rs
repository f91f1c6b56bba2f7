//! A Gmail mailbox as a [`MailSource`]: the first look lists a window ([`listing`]); every later one follows Gmail's history
//! ([`history`]), so that it sees whatever comes, however old its date, and what was deleted or relabelled.

mod attachments;
mod history;
mod listing;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use chrono::TimeDelta;

use super::{
    source::{
        Arrival, Arrived, Fetch, Found, MailSource, Place, SourceError, SourceErrorKind, Stop, WantedPart, Window,
    },
    tokens::StoredTokens,
};
use crate::{
    Domain,
    gmail::{GmailClient, GmailError, GmailErrorKind, Governor},
    mail::{GmailMessage, excluded_by_labels, parse_gmail},
    net::{Priority, Skew},
    runs::{Meter, Pulse, Wait},
    store::StoreError,
    types::{Account, AccountId, RunCode},
};

/// Of a search: the mail that is kept. Spam and trash are never listed.
const KEPT: &str = "-in:drafts -in:chats";

/// Says what the calls wait for that this governor meters.
pub(super) fn meter(governor: Arc<Governor>) -> Meter {
    Arc::new(move || {
        let remaining = governor.status().waiting?.remaining?;
        Some(Wait { code: RunCode::GmailQuota, remaining })
    })
}

/// One account's mailbox at Google.
pub(super) struct GmailSource {
    d: Arc<Domain>,
    account: AccountId,
    /// The address of the mailbox itself, in lower case.
    address: String,
    client: GmailClient,
    skew: Skew,
    pulse: Pulse,
    /// The message whose parts were last asked for: its attachments are fetched one after the other.
    structure: Mutex<Option<Arc<GmailMessage>>>,
}

impl GmailSource {
    pub(super) fn new(
        d: &Arc<Domain>,
        account: &Account,
        priority: Priority,
        pulse: Pulse,
    ) -> Result<Self, SourceError> {
        let tokens = Arc::new(StoredTokens::new(Arc::clone(d), account.id));
        let client = GmailClient::new(d.http.clone(), &d.settings.google.api_base_url, tokens, d.governor(account.id))
            .map_err(|error| GmailError::Protocol { what: format!("GMAIL_API_BASE_URL: {error}") })?;
        let skew = Skew::new(Arc::clone(&d.clock));
        Ok(Self {
            d: Arc::clone(d),
            account: account.id,
            address: account.external_account_id.clone(),
            client: client.with_priority(priority).with_skew(skew.clone()),
            skew,
            pulse,
            structure: Mutex::default(),
        })
    }
}

impl MailSource for GmailSource {
    async fn aliases(&self) -> Result<Option<BTreeSet<String>>, SourceError> {
        let aliases = match self.client.list_send_as().await {
            Ok(aliases) => aliases,
            // Not every Workspace lets an application read these settings: the stored ones stay.
            Err(GmailError::Rejected { .. } | GmailError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let confirmed = |alias: &crate::gmail::SendAs| {
            alias.is_primary || alias.verification_status.as_deref().is_none_or(|status| status == "accepted")
        };
        let aliases = aliases
            .iter()
            .filter(|alias| confirmed(alias))
            .map(|alias| alias.send_as_email.trim().to_lowercase())
            .filter(|address| *address != self.address)
            .collect();
        Ok(Some(aliases))
    }

    fn clock_ahead(&self) -> Option<TimeDelta> {
        self.skew.ahead()
    }

    async fn newest(&self) -> Result<Option<i64>, Stop> {
        // Lists are newest first.
        let page = self.client.list_messages(KEPT, None, None).await?;
        for message in page.messages {
            match self.client.get_message(&message.id).await {
                Ok(message) => return Ok(message.internal_time().map(|at| at.timestamp())),
                // Deleted between the listing and now.
                Err(GmailError::NotFound { .. }) => {}
                Err(error) => {
                    let error = SourceError::from(error);
                    return if error.kind == SourceErrorKind::Thing { Ok(None) } else { Err(error.into()) };
                }
            }
        }
        Ok(None)
    }

    async fn changes_since(&self, place: &Place, _: Window) -> Result<Option<Found>, Stop> {
        match place.get("history_id").and_then(serde_json::Value::as_str) {
            Some(history_id) => self.follow_history(history_id).await,
            None => Ok(None),
        }
    }

    async fn compare(&self, window: Window) -> Result<Found, Stop> {
        self.compare_window(window).await
    }

    async fn missing_since(&self, since: Option<i64>) -> Result<Vec<Fetch>, Stop> {
        let listed = self.list(since, None).await?;
        self.missing(&listed).await
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Vec<Arrival>, SourceError> {
        let messages = match fetch {
            Fetch::Message(id) => vec![self.client.get_message(id).await?],
            Fetch::Messages(ids) => {
                let mut messages = Vec::with_capacity(ids.len());
                for id in ids {
                    messages.push(self.client.get_message(id).await?);
                }
                messages
            }
            Fetch::Thread { id, missing } => {
                let thread = self.client.get_thread(id).await?;
                thread.messages.into_iter().filter(|message| missing.contains(&message.id)).collect()
            }
        };
        Ok(messages.into_iter().map(arrival).collect())
    }

    async fn attachments(&self, external_id: &str, parts: &[WantedPart]) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
        let part_ids: Vec<String> = parts.iter().map(|part| part.part_id.clone()).collect();
        Ok(self.parts_bytes(external_id, &part_ids).await?)
    }
}

fn arrival(message: GmailMessage) -> Arrival {
    if let Some(exclusion) = excluded_by_labels(&message.label_ids) {
        return Arrival::Excluded { id: message.id, exclusion };
    }
    match parse_gmail(&message) {
        Ok(parsed) => Arrival::Message(Box::new(Arrived {
            asked_as: message.id.clone(),
            external_id: message.id,
            thread_id: Some(message.thread_id),
            labels: message.label_ids,
            place: None,
            parsed,
        })),
        Err(error) => Arrival::Unreadable { id: message.id, code: RunCode::Unreadable, reason: error.to_string() },
    }
}

impl From<GmailError> for SourceError {
    fn from(error: GmailError) -> Self {
        let (code, text) = (error.kind().into(), error.to_string());
        let kind = match error.kind() {
            GmailErrorKind::NotFound => SourceErrorKind::Gone,
            GmailErrorKind::RateLimited | GmailErrorKind::QuotaExhausted => SourceErrorKind::Limit,
            GmailErrorKind::Credentials | GmailErrorKind::ApiDisabled => SourceErrorKind::Everything,
            kind => match kind.account_problem() {
                Some(problem) => SourceErrorKind::Person(problem),
                None if kind.is_retryable() => SourceErrorKind::Passing,
                None => SourceErrorKind::Thing,
            },
        };
        let (mut retry_after, mut store) = (None, None);
        match error {
            GmailError::RateLimited { retry_after: asked } => retry_after = asked,
            GmailError::Credentials(cause) => store = cause.downcast::<StoreError>().ok().map(|error| *error),
            _ => {}
        }
        Self { kind, code, text, retry_after, store }
    }
}

impl From<GmailError> for Stop {
    fn from(error: GmailError) -> Self {
        SourceError::from(error).into()
    }
}
