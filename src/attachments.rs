//! Attachments for somebody who wants one: from here where the bytes are kept, else from the provider, and kept from then on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta};
use futures::{Stream, stream};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
    time::timeout,
};

use crate::{
    Domain, accounts,
    store::{StoreError, StoredAttachment},
    sync,
    types::{
        AccountStatus, AttachmentId, AttachmentPolicy, AttachmentProblem, ConflictCode, EmailAttachment, MessageId,
        NotFoundCode, Problem, UnavailableCode,
    },
};

/// How many pictures a message may show that came with it.
pub(crate) const MAX_PICTURES: usize = 200;
/// How long somebody waits for another one who is fetching the same message.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a page may load the pictures of a message after it was made.
const TICKET_LASTS: TimeDelta = TimeDelta::minutes(30);

/// Who is fetching parts of which message: one at a time.
#[derive(Default)]
pub(crate) struct Fetching(Mutex<HashMap<MessageId, Weak<AsyncMutex<()>>>>);

impl Fetching {
    /// Waits until nobody else fetches parts of this message. `None` when that takes too long.
    async fn turn(&self, message: MessageId) -> Option<OwnedMutexGuard<()>> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let turn = turns.get(&message).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(message, Arc::downgrade(&turn));
            turn
        };
        timeout(PATIENCE, turn.lock_owned()).await.ok()
    }
}

/// Why an attachment cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error("attachment_not_found")]
    NotFound,
    /// Nothing the caller could do now would help.
    #[error("attachment_{0}")]
    Missing(AttachmentProblem),
    /// The provider wants a person: the account has to be connected again.
    #[error("account_needs_reconnect")]
    NeedsReconnect,
    /// The account is switched off: its provider is not asked for anything.
    #[error("account_disabled")]
    Disabled,
    /// The provider asks us to come back later.
    #[error("provider_busy")]
    Busy {
        /// Seconds, at least 1.
        retry_after: u32,
    },
    /// The provider did not give it this time.
    #[error("attachment_failed: {0}")]
    Provider(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An attachment whose bytes are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub file_name: Option<String>,
    pub content_type: String,
    pub size_bytes: u64,
    /// The SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// Makes sure that the bytes of an attachment are here.
///
/// # Errors
/// See [`AttachmentError`].
pub async fn open(d: &Arc<Domain>, id: AttachmentId) -> Result<Opened, AttachmentError> {
    let mut attachment = d.store.attachment(id).await?.ok_or(AttachmentError::NotFound)?;
    let mut turn = None;
    if attachment.sha256.is_none() && obstacle(d, &attachment).is_none() {
        // Whoever asked first for a part of this message may be fetching this one too.
        turn = Some(d.fetching.turn(attachment.message).await.ok_or(AttachmentError::Busy { retry_after: 1 })?);
        attachment = d.store.attachment(id).await?.ok_or(AttachmentError::NotFound)?;
    }
    let sha256 = match attachment.sha256.take() {
        Some(sha256) => sha256,
        None => {
            let (sha256, size) = fetch(d, &attachment).await?;
            attachment.size_bytes = size;
            sha256
        }
    };
    drop(turn);
    Ok(Opened {
        file_name: attachment.file_name,
        content_type: attachment.content_type,
        size_bytes: u64::try_from(attachment.size_bytes).unwrap_or(0),
        sha256,
    })
}

/// The bytes, piece by piece; at the end they are compared with their SHA-256, and an error comes instead of an end where they
/// are not what was stored.
pub fn read(d: &Arc<Domain>, opened: &Opened) -> impl Stream<Item = Result<Vec<u8>, StoreError>> + Send + use<> {
    let start = (Arc::clone(d), opened.sha256.clone(), 0_i32, Sha256::new());
    stream::try_unfold(start, |(d, sha256, position, mut digest)| async move {
        if let Some(piece) = d.store.attachment_piece(&sha256, position).await? {
            digest.update(&piece);
            return Ok(Some((piece, (d, sha256, position + 1, digest))));
        }
        let found: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found == sha256 {
            Ok(None)
        } else {
            Err(StoreError::Corrupt(format!("the bytes of attachment {sha256} are not what was stored")))
        }
    })
}

/// What is said of an attachment, with why it cannot be had, if so.
#[must_use]
pub fn shown(d: &Domain, attachment: StoredAttachment) -> EmailAttachment {
    let problem = match attachment.sha256 {
        Some(_) => None,
        None => obstacle(d, &attachment).or(attachment.problem),
    };
    EmailAttachment {
        id: attachment.id,
        stored: attachment.sha256.is_some(),
        file_name: attachment.file_name,
        content_type: attachment.content_type,
        size_bytes: attachment.size_bytes,
        inline: attachment.inline,
        content_id: attachment.content_id,
        problem,
    }
}

/// Why an attachment that is not here is not even asked for.
fn obstacle(d: &Domain, attachment: &StoredAttachment) -> Option<AttachmentProblem> {
    let settings = d.settings.attachments;
    match attachment.problem {
        Some(lasting) if lasting != AttachmentProblem::Failed => Some(lasting),
        _ if settings.policy == AttachmentPolicy::Off => Some(AttachmentProblem::Off),
        _ if u64::try_from(attachment.size_bytes).is_ok_and(|size| size > settings.max_bytes) => {
            Some(AttachmentProblem::TooLarge)
        }
        _ => None,
    }
}

async fn fetch(d: &Arc<Domain>, attachment: &StoredAttachment) -> Result<(String, i64), AttachmentError> {
    if let Some(problem) = obstacle(d, attachment) {
        return Err(AttachmentError::Missing(problem));
    }
    let account = d.store.account(attachment.account).await?.ok_or(AttachmentError::NotFound)?;
    match account.status {
        AccountStatus::Error => return Err(AttachmentError::NeedsReconnect),
        AccountStatus::Disabled if accounts::is_synced(&account) => return Err(AttachmentError::Disabled),
        AccountStatus::Active | AccountStatus::Disabled => {}
    }
    let together = with_pictures(d, attachment).await?;
    let found = match sync::fetch_now(d, &account, &together).await {
        // The others may be to blame.
        Err(error) if together.len() > 1 && sync::problem_of(error.kind).is_some() => {
            sync::fetch_now(d, &account, &together[..1]).await
        }
        found => found,
    };
    let mut found = match found {
        Ok(found) => found.into_iter(),
        Err(mut error) => {
            if let Some(store) = error.store.take() {
                return Err(store.into());
            }
            tracing::warn!(attachment = %attachment.id, code = error.code.as_str(), "an attachment was not fetched");
            if let Some(problem) = sync::problem_of(error.kind) {
                d.store.attachment_failed(attachment.id, problem, None).await?;
                if problem != AttachmentProblem::Failed {
                    return Err(AttachmentError::Missing(problem));
                }
            }
            return Err(match (error.needs_person(), error.retry_after) {
                (true, _) => AttachmentError::NeedsReconnect,
                (false, Some(wait)) => {
                    AttachmentError::Busy { retry_after: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1) }
                }
                (false, None) => AttachmentError::Provider(error.to_string()),
            });
        }
    };
    let kept = match found.next().flatten() {
        None => Err(AttachmentProblem::Gone),
        Some(bytes) if bytes.len() as u64 > d.settings.attachments.max_bytes => Err(AttachmentProblem::TooLarge),
        Some(bytes) => {
            let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            Ok((d.store.keep_attachment(attachment.id, &bytes, d.clock.now()).await?, size))
        }
    };
    for (picture, bytes) in together.iter().skip(1).zip(found) {
        if let Some(bytes) = bytes.filter(|bytes| bytes.len() as u64 <= d.settings.attachments.max_bytes) {
            d.store.keep_attachment(picture.id, &bytes, d.clock.now()).await?;
        }
    }
    match kept {
        Ok((sha256, size)) => Ok((sha256.ok_or(AttachmentError::NotFound)?, size)),
        Err(problem) => {
            d.store.attachment_failed(attachment.id, problem, None).await?;
            Err(AttachmentError::Missing(problem))
        }
    }
}

/// The attachment, and where it is a picture of its message's text the other pictures: whoever looks at one looks at all.
async fn with_pictures(d: &Domain, attachment: &StoredAttachment) -> Result<Vec<StoredAttachment>, AttachmentError> {
    let mut together = vec![attachment.clone()];
    if attachment.content_id.is_some() {
        let others = d.store.attachments_of(attachment.message).await?.into_iter().filter(|other| {
            let is_wanted = other.id != attachment.id && other.sha256.is_none() && other.content_id.is_some();
            is_wanted && obstacle(d, other).is_none()
        });
        together.extend(others.take(MAX_PICTURES - 1));
    }
    Ok(together)
}

/// The type of a picture that a browser may show inside a message, by its first bytes: none that could hold a script.
#[must_use]
pub fn picture_type(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The right to load one picture for a while, for a document in a sandbox: browsers send it no cookies.
#[must_use]
pub fn ticket(d: &Domain, id: AttachmentId) -> String {
    let until = (d.clock.now() + TICKET_LASTS).timestamp().to_string();
    d.store.seal(&until.into(), &ticket_identity(id)).unwrap_or_default()
}

/// Whether a ticket was given out for this attachment and is still good.
#[must_use]
pub fn ticket_is_good(d: &Domain, id: AttachmentId, ticket: &str) -> bool {
    let until = d.store.open_sealed(ticket, &ticket_identity(id)).ok();
    let until = until.and_then(|text| DateTime::from_timestamp(text.expose_secret().parse().ok()?, 0));
    until.is_some_and(|until| d.clock.now() < until)
}

fn ticket_identity(id: AttachmentId) -> String {
    format!("emails_attachments/{id}/picture")
}

impl From<AttachmentError> for Problem {
    fn from(error: AttachmentError) -> Self {
        match error {
            AttachmentError::NotFound => Self::not_found(NotFoundCode::Attachment),
            AttachmentError::Missing(problem) => Self::conflict(match problem {
                AttachmentProblem::TooLarge => ConflictCode::AttachmentTooLarge,
                AttachmentProblem::Off => ConflictCode::AttachmentOff,
                AttachmentProblem::Gone => ConflictCode::AttachmentGone,
                AttachmentProblem::Refused => ConflictCode::AttachmentRefused,
                AttachmentProblem::Failed => ConflictCode::AttachmentFailed,
            }),
            AttachmentError::NeedsReconnect => Self::conflict(ConflictCode::NeedsReconnect),
            AttachmentError::Disabled => Self::conflict(ConflictCode::AccountDisabled),
            AttachmentError::Busy { retry_after } => Self::TooMany { retry_after_seconds: retry_after },
            AttachmentError::Provider(detail) => Self::unavailable(UnavailableCode::Attachment { detail }),
            AttachmentError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_without_scripts_are_pictures() {
        assert_eq!(picture_type(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(picture_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(picture_type(b"GIF89a"), Some("image/gif"));
        assert_eq!(picture_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [&b"<svg xmlns="[..], b"<?xml", b"BM", b"RIFF\0\0\0\0WAVE", b"GIF8", b""] {
            assert_eq!(picture_type(other), None);
        }
    }
}
