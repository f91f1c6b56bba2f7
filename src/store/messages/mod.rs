//! Mail: storing it, reading it (`reading`), and what could not be stored (`failures`).

mod failures;
mod reading;
mod senders;

pub use reading::{Parcel, StoredCopy, ThreadMail};

use std::{borrow::Cow, collections::BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{QueryBuilder, types::Json};

use super::{
    AttachmentContent, MailPlace, NewJob, Store, StoreError,
    attachments::{put_blob, sha256_of},
    bulk::{light_slices, slices},
    jobs::enqueue,
    leases::hold_lease,
    pairs::hold_pairs_of,
    places::{labels_of_all, put_place},
    threads::{
        note_links,
        placing::{SubjectMark, place_threads, thread_of},
    },
    writing,
};
use crate::{
    mail::{AddressSet, AttachmentInfo, Mailbox, ParsedMessage, direction},
    types::{AccountId, AttachmentId, Direction, FailureId, MessageId, RunCode, RunId},
};

/// A message to be stored.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The id under which the provider was asked for it: usually the same as `external_id`.
    pub asked_as: String,
    /// The provider's id: with the account, the key. One Gmail message under five labels is one row.
    pub external_id: String,
    /// The provider's thread. `None`: it is found by `References` and the like ([`crate::mail::ThreadIndex`]).
    pub thread_id: Option<String>,
    pub direction: Direction,
    pub labels: Vec<String>,
    /// Where it lies, when one message can lie in several places: `labels` are what this place says then, and the message
    /// has the labels of all its places.
    pub place: Option<MailPlace>,
    pub parsed: ParsedMessage,
    /// What is known of the bytes of `parsed.attachments`, in their order. Empty where they can be asked for later.
    pub contents: Vec<AttachmentContent>,
}

/// A message that has to be set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFailure {
    pub external_id: String,
    pub code: RunCode,
    pub reason: String,
}

/// What came of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Messages that are new here or had changed.
    pub upserted: u32,
    /// Messages that the database does not take. They are set aside.
    pub refused: Vec<NewFailure>,
}

/// What one batch of a run brings.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    pub account: AccountId,
    pub run: RunId,
    pub messages: &'a [NewMessage],
    pub failures: &'a [NewFailure],
    /// The ids of messages that there is no more to fetch of: they are gone, or no mail to keep.
    pub settled: &'a [String],
    /// The place up to which everything is stored once this batch is: kept with the run.
    pub cursor: Option<&'a Value>,
    /// What has to be done because of it.
    pub job: Option<&'a NewJob>,
}

impl Batch<'_> {
    /// A batch of that run with nothing in it yet.
    #[must_use]
    pub fn of(account: AccountId, run: RunId) -> Self {
        Self { account, run, messages: &[], failures: &[], settled: &[], cursor: None, job: None }
    }
}

const INSERT: &str = "INSERT INTO emails_messages
    (id, integration_account_id, external_id, thread_id, direction, from_address, from_name, to_addresses, cc_addresses,
     bcc_addresses, reply_to_addresses, subject, body_text, body_html, sent_at, received_at, internet_message_id, in_reply_to,
     reference_ids, labels, nature, defects, raw_headers, subject_key, lost_its_ids, created_at, updated_at) ";
/// Updates what has really changed: an unchanged message returns no row and writes nothing.
const OR_UPDATE: &str = " ON CONFLICT (integration_account_id, external_id) DO UPDATE SET
      thread_id = excluded.thread_id, direction = excluded.direction, from_address = excluded.from_address,
      from_name = excluded.from_name, to_addresses = excluded.to_addresses, cc_addresses = excluded.cc_addresses,
      bcc_addresses = excluded.bcc_addresses, reply_to_addresses = excluded.reply_to_addresses, subject = excluded.subject, body_text = excluded.body_text,
      body_html = excluded.body_html, sent_at = excluded.sent_at, received_at = excluded.received_at,
      internet_message_id = excluded.internet_message_id, in_reply_to = excluded.in_reply_to,
      reference_ids = excluded.reference_ids, labels = excluded.labels, nature = excluded.nature,
      defects = excluded.defects, raw_headers = excluded.raw_headers, subject_key = excluded.subject_key,
      lost_its_ids = excluded.lost_its_ids, deleted_at = NULL, updated_at = excluded.updated_at
    WHERE emails_messages.thread_id <> excluded.thread_id
       OR emails_messages.direction <> excluded.direction
       OR emails_messages.labels <> excluded.labels
       OR emails_messages.nature <> excluded.nature
       OR emails_messages.defects <> excluded.defects
       OR emails_messages.body_text IS DISTINCT FROM excluded.body_text
       OR emails_messages.body_html IS DISTINCT FROM excluded.body_html
       OR emails_messages.subject IS DISTINCT FROM excluded.subject
       OR emails_messages.deleted_at IS NOT NULL
    RETURNING id, external_id";

/// An attachment whose message comes again stays the same one, with its bytes, where it says the same of itself.
const INSERT_ATTACHMENT: &str = "INSERT INTO emails_attachments
    (id, message_id, position, file_name, content_type, size_bytes, content_id, inline_part, part_id,
     integration_account_id) ";
const OR_UPDATE_ATTACHMENT: &str = " ON CONFLICT (message_id, position) DO UPDATE SET
      content_id = excluded.content_id, inline_part = excluded.inline_part, part_id = excluded.part_id";
const DELETE_OTHER_ATTACHMENT: &str = "DELETE FROM emails_attachments WHERE message_id = $1 AND position = $2
    AND (file_name IS DISTINCT FROM $3 OR content_type <> $4 OR COALESCE(part_id, $5) <> $5)";

fn addresses(list: &[Mailbox]) -> Vec<&str> {
    list.iter().map(|mailbox| mailbox.address.as_str()).collect()
}

fn optional(list: &[Mailbox]) -> Option<Json<Vec<&str>>> {
    (!list.is_empty()).then(|| Json(addresses(list)))
}

/// A message to be stored, with what all its places make of it.
struct Placed<'a> {
    /// For one that is new here.
    id: MessageId,
    message: &'a NewMessage,
    thread: &'a str,
    /// Of one that came without a thread.
    subject: Option<SubjectMark>,
    labels: Cow<'a, [String]>,
    direction: Direction,
}

impl Placed<'_> {
    /// How long its texts are.
    fn bytes(&self) -> usize {
        let ParsedMessage { body_text, body_html, headers, .. } = &self.message.parsed;
        let headers = headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        headers + [body_text, body_html].into_iter().flatten().map(String::len).sum::<usize>()
    }
}

/// How many of the first messages are different ones: a statement can write each row once.
fn distinct(messages: &[NewMessage]) -> usize {
    let mut seen = BTreeSet::new();
    messages.iter().take_while(|message| seen.insert(message.external_id.as_str())).count()
}

/// Stores different messages. Gives `(id, external id)` of those that are new or have changed.
macro_rules! upsert_messages {
    ($tx:expr, $account:expr, $rows:expr, $now:expr) => {{
        let mut query = QueryBuilder::new(INSERT);
        query.push_values($rows, |mut row, one| {
            let (message, parsed) = (one.message, &one.message.parsed);
            row.push_bind(one.id).push_bind($account).push_bind(&message.external_id).push_bind(one.thread);
            row.push_bind(one.direction.as_str());
            row.push_bind(parsed.from.as_ref().map(|from| from.address.as_str()));
            row.push_bind(parsed.from.as_ref().and_then(|from| from.name.as_deref()));
            row.push_bind(Json(addresses(&parsed.to))).push_bind(optional(&parsed.cc)).push_bind(optional(&parsed.bcc));
            row.push_bind(optional(&parsed.reply_to)).push_bind(&parsed.subject);
            row.push_bind(&parsed.body_text).push_bind(&parsed.body_html);
            row.push_bind(parsed.sent_at).push_bind(parsed.received_at).push_bind(&parsed.message_id);
            row.push_bind(Json(&parsed.in_reply_to)).push_bind(Json(&parsed.references));
            row.push_bind(Json(one.labels.as_ref())).push_bind(Json(&parsed.nature)).push_bind(Json(&parsed.defects));
            row.push_bind(Json(&parsed.headers));
            row.push_bind(one.subject.map(|mark| mark.key)).push_bind(one.subject.is_some_and(|mark| mark.is_orphan));
            row.push_bind($now).push_bind($now);
        });
        query.push(OR_UPDATE);
        let stored: Vec<(MessageId, String)> = query.build_query_as().fetch_all(&mut *$tx).await?;
        stored
    }};
}

/// Stores attachments: `(message, position, attachment)`.
macro_rules! upsert_attachments {
    ($tx:expr, $account:expr, $rows:expr) => {{
        let mut query = QueryBuilder::new(INSERT_ATTACHMENT);
        query.push_values($rows, |mut row, (message, position, attachment)| {
            row.push_bind(AttachmentId::new()).push_bind(*message).push_bind(*position);
            row.push_bind(&attachment.file_name).push_bind(&attachment.content_type);
            row.push_bind(i64::try_from(attachment.size_bytes).unwrap_or(i64::MAX));
            row.push_bind(&attachment.content_id).push_bind(attachment.inline).push_bind(&attachment.part_id);
            row.push_bind($account);
        });
        query.push(OR_UPDATE_ATTACHMENT);
        query.build().execute(&mut *$tx).await?;
    }};
}

/// Drops the attachments of a stored message that are no longer among those it has.
macro_rules! drop_other_attachments {
    ($tx:expr, $message:expr, $attachments:expr) => {{
        sqlx::query("DELETE FROM emails_attachments WHERE message_id = $1 AND position >= $2")
            .bind($message)
            .bind(i32::try_from($attachments.len()).unwrap_or(i32::MAX))
            .execute(&mut *$tx)
            .await?;
        for (position, attachment) in (0_i32..).zip($attachments) {
            sqlx::query(DELETE_OTHER_ATTACHMENT)
                .bind($message)
                .bind(position)
                .bind(&attachment.file_name)
                .bind(&attachment.content_type)
                .bind(&attachment.part_id)
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

/// The longest key that is stored as it is, in bytes: PostgreSQL refuses a row of an index above some 2,700.
const MAX_KEY: usize = 900;

/// A key that comes from outside, e.g. the name of a file in an archive: of one that is too long the beginning and a digest.
fn as_key(key: &str) -> Cow<'_, str> {
    if key.len() <= MAX_KEY {
        return as_text(key);
    }
    let start = as_text(&key[..key.floor_char_boundary(MAX_KEY)]);
    Cow::Owned(format!("{start}… {}", sha256_of(key.as_bytes())))
}

/// A text that comes from outside, without the one character that PostgreSQL does not store.
fn as_text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

impl Store {
    /// Stores a batch: its messages, the failures it met, the cursor that covers them, and which threads are to be
    /// paired anew, in one transaction. Where the database refuses it because of what is in it, its messages are stored one by one, and
    /// those that are refused are set aside: one mail keeps no others away.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], or when the database cannot be written; the cursor has not moved then.
    pub async fn store_batch(&self, batch: Batch<'_>, now: DateTime<Utc>) -> Result<Stored, StoreError> {
        match self.store_whole(batch, now).await {
            Err(error) if error.is_of_values() && !batch.messages.is_empty() => {
                tracing::warn!(run = %batch.run, %error, "the database refuses a batch: its messages are stored one by one");
                self.store_one_by_one(batch, now).await
            }
            stored => Ok(Stored { upserted: stored?, refused: Vec::new() }),
        }
    }

    async fn store_one_by_one(&self, batch: Batch<'_>, now: DateTime<Utc>) -> Result<Stored, StoreError> {
        let mut stored = Stored::default();
        for message in batch.messages {
            let alone = Batch { messages: std::slice::from_ref(message), ..Batch::of(batch.account, batch.run) };
            match self.store_whole(alone, now).await {
                Ok(upserted) => stored.upserted += upserted,
                Err(error) if error.is_of_values() => {
                    let external_id = message.asked_as.clone();
                    stored.refused.push(NewFailure {
                        external_id,
                        code: RunCode::NotStored,
                        reason: error.to_string(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        let failures: Vec<NewFailure> = batch.failures.iter().chain(&stored.refused).cloned().collect();
        self.store_whole(Batch { messages: &[], failures: &failures, ..batch }, now).await?;
        Ok(stored)
    }

    /// Stores a batch whole, or nothing of it. Returns how many messages are new here or had changed.
    async fn store_whole(&self, batch: Batch<'_>, now: DateTime<Utc>) -> Result<u32, StoreError> {
        let mut upserted = 0;
        writing!(self, tx => {
            hold_lease!(tx, batch.account, batch.run);
            let mut changed: BTreeSet<&str> = BTreeSet::new();
            let (placed_threads, merged) = place_threads!(tx, batch.account, batch.messages);
            let threads = thread_of(batch.messages, &placed_threads);
            for (absorbed, surviving) in &merged {
                for sql in [
                    "UPDATE emails_messages SET thread_id = $3 WHERE integration_account_id = $1 AND thread_id = $2",
                    "UPDATE ai_training_pairs SET thread_id = $3 WHERE integration_account_id = $1 AND thread_id = $2",
                    "INSERT INTO emails_thread_links (integration_account_id, thread_id, internet_message_id, own)
                     SELECT integration_account_id, $3, internet_message_id, own FROM emails_thread_links
                     WHERE integration_account_id = $1 AND thread_id = $2
                     ON CONFLICT (integration_account_id, thread_id, internet_message_id)
                     DO UPDATE SET own = TRUE WHERE excluded.own AND NOT emails_thread_links.own",
                ] {
                    sqlx::query(sql).bind(batch.account).bind(absorbed).bind(surviving).execute(&mut *tx).await?;
                }
                for sql in [
                    "DELETE FROM emails_thread_links WHERE integration_account_id = $1 AND thread_id = $2",
                    "DELETE FROM threads_to_pair WHERE integration_account_id = $1 AND thread_id = $2",
                    "DELETE FROM emails_thread_accounts WHERE integration_account_id = $1
                       AND email_thread_id = (SELECT email_thread_id FROM emails_thread_parts
                         WHERE integration_account_id = $1 AND thread_id = $2)
                       AND NOT EXISTS (SELECT 1 FROM emails_thread_parts p WHERE p.integration_account_id = $1
                         AND p.email_thread_id = emails_thread_accounts.email_thread_id AND p.thread_id <> $2)",
                    "DELETE FROM emails_threads WHERE id = (SELECT email_thread_id FROM emails_thread_parts
                       WHERE integration_account_id = $1 AND thread_id = $2)
                       AND (SELECT COUNT(*) FROM emails_thread_parts p WHERE p.email_thread_id = emails_threads.id) = 1",
                    "DELETE FROM emails_thread_parts WHERE integration_account_id = $1 AND thread_id = $2",
                ] {
                    sqlx::query(sql).bind(batch.account).bind(absorbed).execute(&mut *tx).await?;
                }
                changed.insert(surviving);
            }
            // What comes back flags its pairs no more.
            let ids = batch.messages.iter().map(|message| message.external_id.as_str()).collect();
            hold_pairs_of!(tx, batch.account, ids, "m.deleted_at IS NOT NULL");
            let (mut rest, mut rest_of_threads) = (batch.messages, threads.as_slice());
            while !rest.is_empty() {
                let (rows, after) = rest.split_at(distinct(rest));
                let (rows_threads, threads_after) = rest_of_threads.split_at(rows.len());
                (rest, rest_of_threads) = (after, threads_after);
                let mut placed = Vec::with_capacity(rows.len());
                for (message, (thread, subject)) in rows.iter().zip(rows_threads) {
                    let (labels, direction) = match &message.place {
                        None => (Cow::Borrowed(message.labels.as_slice()), message.direction),
                        Some(place) => {
                            let (places, before) = put_place!(tx, batch.account, message, place);
                            let labels = labels_of_all(&places, before.as_deref());
                            let is_sent = direction(&labels, None, &AddressSet::default()) == Direction::Outgoing;
                            (Cow::Owned(labels), if is_sent { Direction::Outgoing } else { message.direction })
                        }
                    };
                    placed.push(Placed { id: MessageId::new(), message, thread, subject: *subject, labels, direction });
                }
                let mut attachments: Vec<(MessageId, i32, &AttachmentInfo)> = Vec::new();
                for rows in light_slices(&placed, Placed::bytes) {
                    for (id, external_id) in upsert_messages!(tx, batch.account, rows, now) {
                        let Some(row) = rows.iter().find(|row| row.message.external_id == external_id) else { continue };
                        let found = &row.message.parsed.attachments;
                        upserted += 1;
                        changed.insert(row.thread);
                        if id != row.id {
                            drop_other_attachments!(tx, id, found);
                        }
                        attachments.extend((0_i32..).zip(found).map(|(position, one)| (id, position, one)));
                    }
                }
                for rows in slices(&attachments) {
                    upsert_attachments!(tx, batch.account, rows);
                }
            }
            for message in batch.messages {
                // Also for a message that is as it was: its file is read again, perhaps with another policy.
                for (position, content) in (0_i32..).zip(&message.contents) {
                    let waiting: Option<AttachmentId> = sqlx::query_scalar(
                        "SELECT a.id FROM emails_attachments a JOIN emails_messages m ON m.id = a.message_id
                         WHERE m.integration_account_id = $1 AND m.external_id = $2 AND a.position = $3
                           AND a.sha256 IS NULL",
                    )
                    .bind(batch.account).bind(&message.external_id).bind(position).fetch_optional(&mut *tx).await?;
                    let Some(waiting) = waiting else { continue };
                    let (sha256, size, problem) = match content {
                        AttachmentContent::Later => continue,
                        AttachmentContent::Missing(problem) => (None, None, Some(problem.as_str())),
                        AttachmentContent::Bytes(bytes) => {
                            (Some(put_blob!(tx, bytes, now)), i64::try_from(bytes.len()).ok(), None)
                        }
                    };
                    sqlx::query(
                        "UPDATE emails_attachments SET sha256 = $2, size_bytes = COALESCE($3, size_bytes), problem = $4
                         WHERE id = $1",
                    )
                    .bind(waiting).bind(sha256).bind(size).bind(problem).execute(&mut *tx).await?;
                }
            }
            note_links!(tx, batch.account, batch.messages, &threads);
            // A message that got here after all is no longer set aside.
            let mut set_aside: Vec<String> =
                sqlx::query_scalar("SELECT external_id FROM sync_failures WHERE integration_account_id = $1")
                    .bind(batch.account).fetch_all(&mut *tx).await?;
            set_aside.retain(|id| {
                batch.settled.contains(id) || batch.messages.iter().any(|message| message.asked_as == *id)
            });
            for id in set_aside {
                sqlx::query("DELETE FROM sync_failures WHERE integration_account_id = $1 AND external_id = $2")
                    .bind(batch.account).bind(id).execute(&mut *tx).await?;
            }
            for failure in batch.failures {
                sqlx::query(
                    "INSERT INTO sync_failures
                     (id, integration_account_id, external_id, code, reason, attempts, first_seen_at, last_tried_at)
                     VALUES ($1, $2, $3, $4, $5, 1, $6, $6)
                     ON CONFLICT (integration_account_id, external_id) DO UPDATE SET
                       code = excluded.code, reason = excluded.reason, attempts = sync_failures.attempts + 1,
                       last_tried_at = excluded.last_tried_at",
                )
                .bind(FailureId::new()).bind(batch.account).bind(as_key(&failure.external_id)).bind(failure.code.as_str())
                .bind(as_text(&failure.reason)).bind(now).execute(&mut *tx).await?;
            }
            for threads in slices(&changed.into_iter().collect::<Vec<_>>()) {
                let mut query = QueryBuilder::new("INSERT INTO threads_to_pair (integration_account_id, thread_id) ");
                query.push_values(threads, |mut row, thread| {
                    row.push_bind(batch.account).push_bind(*thread);
                });
                query.push(" ON CONFLICT (integration_account_id, thread_id) DO NOTHING");
                query.build().execute(&mut *tx).await?;
            }
            if let Some(cursor) = batch.cursor {
                sqlx::query("UPDATE sync_runs SET cursor = $2 WHERE id = $1")
                    .bind(batch.run).bind(Json(cursor)).execute(&mut *tx).await?;
            }
            if let Some(job) = batch.job {
                enqueue!(tx, job, now);
            }
        });
        Ok(upserted)
    }
}
