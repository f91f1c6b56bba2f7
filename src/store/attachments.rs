//! The bytes of attachments: once per content, in pieces, so that they stream in and out.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use super::{
    Store, StoreError,
    bulk::{MOST_VALUES, push_list},
    reading, writing,
};
use crate::types::{AccountDeletion, AccountId, AttachmentCounts, AttachmentId, AttachmentProblem, MessageId};

/// Bytes of one piece.
pub(super) const PIECE: usize = 256 << 10;

/// What is known of the bytes of an attachment when its message is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentContent {
    /// The provider is asked for them when somebody wants them.
    Later,
    Bytes(Vec<u8>),
    /// They were there and are not kept; nobody will be able to ask for them.
    Missing(AttachmentProblem),
}

/// An attachment and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttachment {
    pub id: AttachmentId,
    pub message: MessageId,
    pub account: AccountId,
    /// The provider's id of the message.
    pub external_id: String,
    /// Its place among the attachments of the message.
    pub position: i32,
    /// `None` for those that an early version stored.
    pub part_id: Option<String>,
    pub file_name: Option<String>,
    pub content_type: String,
    pub size_bytes: i64,
    pub content_id: Option<String>,
    pub inline: bool,
    /// Of its bytes, where they are here.
    pub sha256: Option<String>,
    pub problem: Option<AttachmentProblem>,
    /// How often fetching it failed.
    pub attempts: i32,
}

#[derive(FromRow)]
struct AttachmentRow {
    id: AttachmentId,
    message_id: MessageId,
    integration_account_id: AccountId,
    external_id: String,
    position: i32,
    part_id: Option<String>,
    file_name: Option<String>,
    content_type: String,
    size_bytes: i64,
    content_id: Option<String>,
    inline_part: bool,
    sha256: Option<String>,
    problem: Option<String>,
    attempts: i32,
}

impl From<AttachmentRow> for StoredAttachment {
    fn from(row: AttachmentRow) -> Self {
        Self {
            id: row.id,
            message: row.message_id,
            account: row.integration_account_id,
            external_id: row.external_id,
            position: row.position,
            part_id: row.part_id,
            file_name: row.file_name,
            content_type: row.content_type,
            size_bytes: row.size_bytes,
            content_id: row.content_id,
            inline: row.inline_part,
            sha256: row.sha256,
            // A word that a later version wrote is a failure to this one.
            problem: row.problem.map(|problem| problem.parse().unwrap_or(AttachmentProblem::Failed)),
            attempts: row.attempts,
        }
    }
}

const SELECT: &str = "SELECT a.id, a.message_id, m.integration_account_id, m.external_id, a.position, a.part_id,
    a.file_name, a.content_type, a.size_bytes, a.content_id, a.inline_part, a.sha256, a.problem, a.attempts
  FROM emails_attachments a JOIN emails_messages m ON m.id = a.message_id";

/// What waits to be fetched: `$1` is the largest size, `$2` the number of attempts that is too many, `$3` the present.
const WAITING: &str = "a.sha256 IS NULL AND (a.problem IS NULL OR a.problem = 'failed') AND a.size_bytes <= $1
    AND a.attempts < $2 AND (a.not_before IS NULL OR a.not_before <= $3)";

/// Stores bytes under their SHA-256, which it returns, unless they are there already. For use inside a transaction.
macro_rules! put_blob {
    ($tx:expr, $bytes:expr, $now:expr) => {{
        let bytes: &[u8] = $bytes;
        let sha256 = $crate::store::attachments::sha256_of(bytes);
        // Changing the row keeps others from deleting it until this transaction ends.
        sqlx::query(
            "INSERT INTO attachment_blobs (sha256, size_bytes, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (sha256) DO UPDATE SET size_bytes = excluded.size_bytes",
        )
        .bind(&sha256)
        .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .bind($now)
        .execute(&mut *$tx)
        .await?;
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM attachment_chunks WHERE sha256 = $1)")
            .bind(&sha256)
            .fetch_one(&mut *$tx)
            .await?;
        if !there {
            for (position, piece) in (0_i32..).zip(bytes.chunks($crate::store::attachments::PIECE)) {
                sqlx::query("INSERT INTO attachment_chunks (sha256, position, data) VALUES ($1, $2, $3)")
                    .bind(&sha256)
                    .bind(position)
                    .bind(piece)
                    .execute(&mut *$tx)
                    .await?;
            }
        }
        sha256
    }};
}
pub(super) use put_blob;

pub(super) fn sha256_of(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Store {
    /// One attachment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attachment(&self, id: AttachmentId) -> Result<Option<StoredAttachment>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE a.id = $1"));
        let row: Option<AttachmentRow> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        Ok(row.map(Into::into))
    }

    /// The attachments of a message, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attachments_of(&self, message: MessageId) -> Result<Vec<StoredAttachment>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE a.message_id = $1 ORDER BY a.position"));
        let rows: Vec<AttachmentRow> = reading!(self, db => sqlx::query_as(sql).bind(message).fetch_all(db).await?);
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The attachments of these messages, those of one message in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attachments_among(&self, messages: &[MessageId]) -> Result<Vec<StoredAttachment>, StoreError> {
        let mut files = Vec::new();
        for messages in messages.chunks(MOST_VALUES) {
            let rows: Vec<AttachmentRow> = reading!(self, db => {
                let mut query = QueryBuilder::new(SELECT);
                query.push(" WHERE a.message_id IN ");
                push_list(&mut query, messages);
                query.push(" ORDER BY a.message_id, a.position");
                query.build_query_as().fetch_all(db).await?
            });
            files.extend(rows.into_iter().map(Into::into));
        }
        Ok(files)
    }

    /// Stores the bytes of an attachment and returns their SHA-256. `None` when the attachment is no longer there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_attachment(
        &self,
        id: AttachmentId,
        bytes: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        writing!(self, tx => {
            let sha256 = put_blob!(tx, bytes, now);
            let kept = sqlx::query(
                "UPDATE emails_attachments SET sha256 = $2, size_bytes = $3, problem = NULL, not_before = NULL
                 WHERE id = $1",
            )
            .bind(id).bind(&sha256).bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
            .execute(&mut *tx).await?.rows_affected();
            if kept == 0 {
                // Leaving without commit takes the bytes back.
                return Ok(None);
            }
            Ok(Some(sha256))
        })
    }

    /// One piece of stored bytes, from 0 on. `None` behind the last one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attachment_piece(&self, sha256: &str, position: i32) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT data FROM attachment_chunks WHERE sha256 = $1 AND position = $2")
                .bind(sha256).bind(position).fetch_optional(db).await?
        }))
    }

    /// Notes why an attachment could not be fetched; nobody in the background tries again before `not_before`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn attachment_failed(
        &self,
        id: AttachmentId,
        problem: AttachmentProblem,
        not_before: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "UPDATE emails_attachments SET problem = $2, attempts = attempts + 1, not_before = $3
                 WHERE id = $1 AND sha256 IS NULL",
            )
            .bind(id).bind(problem.as_str()).bind(not_before).execute(tx).await?;
        });
        Ok(())
    }

    /// The accounts of which attachments wait to be fetched.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn accounts_with_waiting_attachments(
        &self,
        max_bytes: i64,
        attempts_below: i32,
        now: DateTime<Utc>,
    ) -> Result<Vec<AccountId>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT DISTINCT m.integration_account_id FROM emails_attachments a
             JOIN emails_messages m ON m.id = a.message_id
             WHERE m.deleted_at IS NULL AND {WAITING} ORDER BY m.integration_account_id"
        ));
        Ok(reading!(self, db => {
            sqlx::query_scalar(sql).bind(max_bytes).bind(attempts_below).bind(now).fetch_all(db).await?
        }))
    }

    /// When the next attachment of an account may be fetched that waits to be. `None`: none waits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next_waiting_attachment(
        &self,
        account: AccountId,
        max_bytes: i64,
        attempts_below: i32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT COALESCE(a.not_before, $4) AS at FROM emails_attachments a
                 JOIN emails_messages m ON m.id = a.message_id
                 WHERE m.integration_account_id = $1 AND m.deleted_at IS NULL AND a.sha256 IS NULL
                   AND (a.problem IS NULL OR a.problem = 'failed') AND a.size_bytes <= $2 AND a.attempts < $3
                 ORDER BY at LIMIT 1",
            )
            .bind(account).bind(max_bytes).bind(attempts_below).bind(now).fetch_optional(db).await?
        }))
    }

    /// Takes some attachments of an account that wait to be fetched, so that nobody else fetches them before `until`. None
    /// while the account is being synced or is to be left alone.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_attachments(
        &self,
        account: AccountId,
        max_bytes: i64,
        attempts_below: i32,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoredAttachment>, StoreError> {
        const AT_ONCE: i64 = 10;
        let select = sqlx::AssertSqlSafe(format!(
            "{SELECT} JOIN integrations_accounts acc ON acc.id = m.integration_account_id
             LEFT JOIN sync_state s ON s.integration_account_id = acc.id
             WHERE acc.id = $4 AND acc.status = 'active' AND m.deleted_at IS NULL AND {WAITING}
               AND (s.lease_run_id IS NULL OR s.lease_until <= $3) AND (s.not_before IS NULL OR s.not_before <= $3)
             ORDER BY a.message_id, a.position LIMIT $5"
        ));
        let rest = sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE a.message_id = $4 AND a.position > $5 AND {WAITING} ORDER BY a.position"
        ));
        let mut claimed = Vec::new();
        writing!(self, tx => {
            let mut rows: Vec<AttachmentRow> = sqlx::query_as(select)
                .bind(max_bytes).bind(attempts_below).bind(now).bind(account).bind(AT_ONCE)
                .fetch_all(&mut *tx).await?;
            // The others of the last message come with it.
            if let Some(last) = rows.last() {
                let others: Vec<AttachmentRow> = sqlx::query_as(rest)
                    .bind(max_bytes).bind(attempts_below).bind(now).bind(last.message_id).bind(last.position)
                    .fetch_all(&mut *tx).await?;
                rows.extend(others);
            }
            for row in rows {
                let mine = sqlx::query(
                    "UPDATE emails_attachments SET not_before = $2
                     WHERE id = $1 AND sha256 IS NULL AND (not_before IS NULL OR not_before <= $3)",
                )
                .bind(row.id).bind(until).bind(now).execute(&mut *tx).await?.rows_affected() > 0;
                if mine {
                    claimed.push(row.into());
                }
            }
        });
        Ok(claimed)
    }

    /// Gives back attachments that were claimed and not tried.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn release_attachments(&self, ids: &[AttachmentId]) -> Result<(), StoreError> {
        writing!(self, tx => {
            for id in ids {
                sqlx::query("UPDATE emails_attachments SET not_before = NULL WHERE id = $1 AND sha256 IS NULL")
                    .bind(id).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Notes where the attachments of a message are, by their places.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_part_ids(&self, message: MessageId, part_ids: &[String]) -> Result<(), StoreError> {
        writing!(self, tx => {
            for (position, part_id) in (0_i32..).zip(part_ids) {
                sqlx::query(
                    "UPDATE emails_attachments SET part_id = $3 WHERE message_id = $1 AND position = $2 AND part_id IS NULL",
                )
                .bind(message).bind(position).bind(part_id).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// How many attachments there are and how many bytes of them are here, by account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attachment_counts(&self) -> Result<Vec<(AccountId, AttachmentCounts)>, StoreError> {
        let mut counts: BTreeMap<AccountId, AttachmentCounts> = BTreeMap::new();
        for (account, number) in self.counts_of("attachments").await? {
            counts.entry(account).or_default().count += number;
        }
        for (account, number) in self.counts_of("attachments_stored").await? {
            counts.entry(account).or_default().stored += number;
        }
        let bytes: Vec<(AccountId, i64)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT a.integration_account_id, CAST(SUM(b.size_bytes) AS BIGINT)
                 FROM (SELECT DISTINCT integration_account_id, sha256 FROM emails_attachments WHERE sha256 IS NOT NULL) a
                 JOIN attachment_blobs b ON b.sha256 = a.sha256 GROUP BY a.integration_account_id",
            )
            .fetch_all(db).await?
        });
        for (account, bytes) in bytes {
            counts.entry(account).or_default().bytes = bytes;
        }
        Ok(counts.into_iter().filter(|(_, counts)| counts.count > 0).collect())
    }

    /// How many attachments there are in all; the same content counts once among the bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attachment_totals(&self) -> Result<AttachmentCounts, StoreError> {
        let sum = async |what| {
            let rows = self.counts_of(what).await?;
            Ok::<i64, StoreError>(rows.into_iter().map(|(_, number)| number).sum())
        };
        Ok(AttachmentCounts {
            count: sum("attachments").await?,
            stored: sum("attachments_stored").await?,
            bytes: sum("blob_bytes").await?,
        })
    }

    /// What deleting an account would delete.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account_deletion(&self, account: AccountId) -> Result<AccountDeletion, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT
                   (SELECT COUNT(*) FROM emails_messages WHERE integration_account_id = $1) AS messages,
                   (SELECT COUNT(*) FROM ai_training_pairs t WHERE t.integration_account_id = $1 OR EXISTS
                      (SELECT 1 FROM emails_messages m WHERE m.id IN (t.client_message_id, t.our_reply_message_id)
                         AND m.integration_account_id = $1)) AS pairs,
                   (SELECT COUNT(*) FROM ai_training_pairs t WHERE t.status <> 'new' AND (t.integration_account_id = $1
                      OR EXISTS (SELECT 1 FROM emails_messages m
                         WHERE m.id IN (t.client_message_id, t.our_reply_message_id)
                           AND m.integration_account_id = $1))) AS pairs_decided,
                   (SELECT COUNT(*) FROM emails_attachments a JOIN emails_messages m ON m.id = a.message_id
                    WHERE m.integration_account_id = $1) AS attachments,
                   (SELECT COALESCE(CAST(SUM(b.size_bytes) AS BIGINT), 0) FROM attachment_blobs b WHERE NOT EXISTS
                      (SELECT 1 FROM emails_attachments a JOIN emails_messages m ON m.id = a.message_id
                       WHERE a.sha256 = b.sha256 AND m.integration_account_id <> $1)) AS attachment_bytes",
            )
            .bind(account).fetch_one(db).await?
        }))
    }
}
