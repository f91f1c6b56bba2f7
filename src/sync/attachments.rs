//! Fetching attachments: one that somebody asked for, or, where all are kept, those that wait.
//!
//! What has no bytes and no lasting problem waits; a job of the account (`src/jobs/fetch_attachments.rs`) fetches it. A claim
//! keeps other processes away for a while, so that a crash costs that while and nothing else. Syncs go first: no attachment of an account is begun while a run
//! holds it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tracing::Instrument as _;

use super::{
    source::{Arrival, Fetch, MailSource, SourceError, SourceErrorKind, WantedPart},
    sources::Source,
};
use crate::{
    Domain, accounts,
    net::Priority,
    store::{StoreError, StoredAttachment},
    types::{Account, AccountId, AccountStatus, AttachmentProblem, AttachmentProblem as Why, RunCode},
};

/// How often the background tries an attachment that cannot be fetched just now.
const MAX_ATTEMPTS: i32 = 6;
/// How long an attachment that was claimed stays so.
const CLAIM: TimeDelta = TimeDelta::minutes(15);
/// How long the attachments of an account that is not active are left alone.
const AWAY: TimeDelta = TimeDelta::hours(1);
/// After this many failures in a row the service is taken to be down.
const FAILURES_IN_A_ROW: u32 = 3;

/// Fetches the bytes of attachments of one message, in their order, for somebody who waits for them; `None` for what the message
/// has not. Fetched together, they cost what one costs.
///
/// # Errors
/// What the provider says; [`SourceErrorKind::Gone`] too for accounts that have no provider to ask.
pub(crate) async fn fetch_now(
    d: &Arc<Domain>,
    account: &Account,
    attachments: &[StoredAttachment],
) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
    if !accounts::is_synced(account) {
        return Err(gone());
    }
    fetch_open(d, account, attachments).instrument(span(account)).await
}

async fn fetch_open(
    d: &Arc<Domain>,
    account: &Account,
    attachments: &[StoredAttachment],
) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
    loop {
        let (source, was_open) = d.mailboxes.get(d, account)?;
        match fetch(d, &source, attachments).await {
            Ok(found) => return Ok(found),
            Err(error) => {
                d.mailboxes.forget(account.id, &source);
                // It was opened with a password, or on a line, that may be another one by now.
                if !was_open {
                    return Err(error);
                }
            }
        }
    }
}

async fn fetch(
    d: &Domain,
    source: &Source,
    attachments: &[StoredAttachment],
) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
    let Some(first) = attachments.first() else { return Ok(Vec::new()) };
    let learned = if attachments.iter().any(|attachment| attachment.part_id.is_none()) {
        learn_part_ids(d, source, first).await?
    } else {
        Vec::new()
    };
    let known = |attachment: &StoredAttachment| {
        let position = usize::try_from(attachment.position).ok();
        attachment.part_id.clone().or_else(|| learned.get(position?).cloned())
    };
    let wanted = |attachment: &StoredAttachment| {
        let bytes = u64::try_from(attachment.size_bytes).unwrap_or(0);
        Some(WantedPart { part_id: known(attachment)?, content_type: attachment.content_type.clone(), bytes })
    };
    let parts: Vec<Option<WantedPart>> = attachments.iter().map(wanted).collect();
    let asked: Vec<WantedPart> = parts.iter().flatten().cloned().collect();
    let mut found = source.attachments(&first.external_id, &asked).await?.into_iter();
    Ok(parts.iter().map(|part| part.as_ref().and_then(|_| found.next().flatten())).collect())
}

/// An early version did not note where attachments are: the message says.
async fn learn_part_ids(
    d: &Domain,
    source: &Source,
    attachment: &StoredAttachment,
) -> Result<Vec<String>, SourceError> {
    let arrivals = source.fetch(&Fetch::Message(attachment.external_id.clone())).await?;
    let part_ids: Vec<String> = arrivals
        .into_iter()
        .find_map(|arrival| match arrival {
            Arrival::Message(message) => Some(message.parsed.attachments),
            Arrival::Excluded { .. } | Arrival::Gone { .. } | Arrival::Unreadable { .. } => None,
        })
        .into_iter()
        .flatten()
        .map(|found| found.part_id)
        .collect();
    d.store.set_part_ids(attachment.message, &part_ids).await.map_err(ours)?;
    Ok(part_ids)
}

fn gone() -> SourceError {
    SourceError {
        kind: SourceErrorKind::Gone,
        code: RunCode::NotFound,
        text: "the attachment is no longer there".to_owned(),
        retry_after: None,
        store: None,
    }
}

fn ours(error: StoreError) -> SourceError {
    SourceError {
        kind: SourceErrorKind::Everything,
        code: RunCode::DatabaseUnavailable,
        text: "the database failed".to_owned(),
        retry_after: None,
        store: Some(error),
    }
}

/// The accounts of which attachments wait to be fetched.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn accounts_with_waiting_attachments(d: &Domain) -> Result<Vec<AccountId>, StoreError> {
    d.store.accounts_with_waiting_attachments(max_bytes(d), MAX_ATTEMPTS, d.clock.now()).await
}

/// When the next attachment of an account may be fetched that waits. An account that is switched off, or needs a person, is
/// looked at again after [`AWAY`].
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn next_waiting_attachment(
    d: &Domain,
    account: AccountId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let now = d.clock.now();
    let Some(found) = d.store.account(account).await? else { return Ok(None) };
    let next = d.store.next_waiting_attachment(account, max_bytes(d), MAX_ATTEMPTS, now).await?;
    Ok(next.map(|at| if found.status == AccountStatus::Active { at } else { at.max(now + AWAY) }))
}

/// Fetches the attachments of an account that wait. Ends when none does, or when it is better to ask later.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn fetch_waiting(d: &Arc<Domain>, account: AccountId) -> Result<(), StoreError> {
    match d.store.account(account).await? {
        Some(account) if account.status == AccountStatus::Active && accounts::is_synced(&account) => {
            of_account(d, &account).instrument(span(&account)).await
        }
        _ => Ok(()),
    }
}

/// What every log line about an account's attachments carries.
fn span(account: &Account) -> tracing::Span {
    tracing::info_span!("attachments", account = %account.id, provider = account.provider_code)
}

fn max_bytes(d: &Domain) -> i64 {
    i64::try_from(d.settings.attachments.max_bytes).unwrap_or(i64::MAX)
}

async fn of_account(d: &Arc<Domain>, account: &Account) -> Result<(), StoreError> {
    let mut source = None;
    let mut in_a_row = 0;
    loop {
        let now = d.clock.now();
        let claimed = d.store.claim_attachments(account.id, max_bytes(d), MAX_ATTEMPTS, now + CLAIM, now).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let source = match &mut source {
            Some(source) => source,
            none => match Source::open(d, account, Priority::Background, d.stop.child_token().into()) {
                Ok(opened) => none.insert(opened),
                Err(error) => {
                    tracing::warn!(account = %account.id, code = error.code.as_str(), "attachments cannot be fetched");
                    return release(d, &claimed).await;
                }
            },
        };
        // Those of one message follow one another, and come together.
        let mut index = 0;
        for of_message in claimed.chunk_by(|one, other| one.message == other.message) {
            if d.stop.is_cancelled() || !d.store.monitor_enabled().await? {
                return release(d, &claimed[index..]).await;
            }
            let mut together = match fetch(d, source, of_message).await {
                Ok(found) => found.into_iter().map(|bytes| bytes.ok_or_else(gone)).collect(),
                // One of them is to blame: which one shows when each is asked for alone.
                Err(error) if of_message.len() > 1 && problem_of(error.kind).is_some() => Vec::new(),
                Err(error) => vec![Err(error)],
            }
            .into_iter();
            for attachment in of_message {
                let fetched = match together.next() {
                    Some(fetched) => fetched,
                    None => fetch(d, source, std::slice::from_ref(attachment))
                        .await
                        .and_then(|found| found.into_iter().next().flatten().ok_or_else(gone)),
                };
                if d.stop.is_cancelled() || !keep(d, account, attachment, fetched, &mut in_a_row).await? {
                    return release(d, &claimed[index..]).await;
                }
                index += 1;
            }
        }
    }
}

async fn release(d: &Domain, claimed: &[StoredAttachment]) -> Result<(), StoreError> {
    let ids: Vec<_> = claimed.iter().map(|attachment| attachment.id).collect();
    d.store.release_attachments(&ids).await
}

/// Stores one attachment that came, or notes why it did not. False when the account had better be left alone.
async fn keep(
    d: &Arc<Domain>,
    account: &Account,
    attachment: &StoredAttachment,
    fetched: Result<Vec<u8>, SourceError>,
    in_a_row: &mut u32,
) -> Result<bool, StoreError> {
    let error = match fetched {
        Ok(bytes) if bytes.len() as u64 > d.settings.attachments.max_bytes => {
            d.store.attachment_failed(attachment.id, Why::TooLarge, None).await?;
            return Ok(true);
        }
        Ok(bytes) => {
            *in_a_row = 0;
            d.store.keep_attachment(attachment.id, &bytes, d.clock.now()).await?;
            return Ok(true);
        }
        Err(error) => error,
    };
    tracing::warn!(account = %account.id, attachment = %attachment.id, code = error.code.as_str(), "an attachment was not fetched");
    if let Some(store) = error.store {
        return Err(store);
    }
    let now = d.clock.now();
    match problem_of(error.kind) {
        Some(problem) => {
            let not_before = (problem == Why::Failed).then(|| now + pause(attachment.attempts));
            d.store.attachment_failed(attachment.id, problem, not_before).await?;
            *in_a_row += u32::from(problem == Why::Failed);
            if *in_a_row < FAILURES_IN_A_ROW {
                return Ok(true);
            }
        }
        None => {
            if let SourceErrorKind::Person(problem) = error.kind {
                d.store.set_account_problem(account.id, problem, now).await?;
                return Ok(false);
            }
        }
    }
    let asked = error.retry_after.and_then(|wait| TimeDelta::from_std(wait).ok());
    d.store.back_off(account.id, asked, error.code, d.settings.sync.worker_interval, now).await?;
    Ok(false)
}

/// What an error says about the attachment itself. `None` when it is about the account.
pub(crate) fn problem_of(kind: SourceErrorKind) -> Option<AttachmentProblem> {
    match kind {
        SourceErrorKind::Gone => Some(Why::Gone),
        SourceErrorKind::Thing => Some(Why::Refused),
        SourceErrorKind::Passing => Some(Why::Failed),
        SourceErrorKind::Limit | SourceErrorKind::Person(_) | SourceErrorKind::Everything => None,
    }
}

/// How long an attachment rests after so many failures: a quarter of an hour at first, half a week in the end.
fn pause(attempts: i32) -> TimeDelta {
    TimeDelta::minutes(15) * 4_i32.pow(u32::try_from(attempts.clamp(0, 4)).unwrap_or(0))
}
