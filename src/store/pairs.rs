//! Training pairs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{FromRow, types::Json};

use super::{LinkedThread, Saved, Store, StoreError, ThreadSummary, reading, writing};
use crate::types::{
    AccountId, MessageId, PairCounts, PairFilter, PairId, PairPage, PairSource, PairStatus, RebuildReport, ThreadId,
    TrainingPair, UserId,
};

/// A pair as the pairing found it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPair {
    /// The account that sent the reply, and the reply's thread there.
    pub account: AccountId,
    pub thread_id: String,
    pub client_message_id: MessageId,
    pub our_reply_message_id: MessageId,
    pub client_message_ids: Vec<MessageId>,
    pub reply_message_ids: Vec<MessageId>,
    pub client_text: String,
    pub our_reply_text: String,
    pub labels: Value,
    pub responded_after_seconds: Option<i64>,
    pub replied_at: DateTime<Utc>,
    pub engine_version: i32,
}

/// Whether the pairs of a thread are to be stored, or only compared with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apply {
    Yes,
    DryRun,
}

/// A removed span that a reviewer put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSpan {
    pub message_id: MessageId,
    pub start: u32,
    pub end: u32,
}

/// What a reviewer's change to the spans of a pair makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EditedPair {
    pub client_text: String,
    pub our_reply_text: String,
    /// Of the texts as they are now.
    pub labels: Value,
    pub kept_spans: Vec<KeptSpan>,
    /// Both sides as the mail itself says them, without what was put back: as long as it does, the pair is not flagged.
    pub mail_says: (String, String),
}

/// The messages of a pair, the spans put back in them, and the texts that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairParts {
    pub account: AccountId,
    pub thread_id: String,
    pub our_reply_message_id: MessageId,
    pub client_text: String,
    pub our_reply_text: String,
    pub client_message_ids: Vec<MessageId>,
    pub reply_message_ids: Vec<MessageId>,
    pub kept_spans: Vec<KeptSpan>,
    /// The mail says something else by now, and no reviewer has seen to that yet.
    pub is_flagged: bool,
}

#[derive(FromRow)]
struct PairRow {
    id: PairId,
    integration_account_id: AccountId,
    provider_code: String,
    provider_name: String,
    account_display_name: String,
    thread_id: Option<String>,
    email_thread_id: Option<ThreadId>,
    subject: Option<String>,
    client_message_id: MessageId,
    our_reply_message_id: MessageId,
    client_from: Option<String>,
    client_sent_at: Option<DateTime<Utc>>,
    reply_from: Option<String>,
    reply_sent_at: Option<DateTime<Utc>>,
    client_text: String,
    our_reply_text: String,
    #[sqlx(try_from = "String")]
    status: PairStatus,
    labels: Json<Value>,
    responded_after_seconds: Option<i64>,
    replied_at: DateTime<Utc>,
    fresh_client_text: Option<String>,
    fresh_reply_text: Option<String>,
    edited: bool,
    source_gone: bool,
    message_deleted: bool,
    engine_version: i32,
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    group_id: Option<String>,
    duplicates: i64,
}

impl From<PairRow> for TrainingPair {
    fn from(row: PairRow) -> Self {
        let source = match (row.message_deleted, row.source_gone, &row.fresh_client_text, &row.fresh_reply_text) {
            (true, ..) => PairSource::Deleted,
            (_, true, ..) => PairSource::Gone,
            (_, _, None, None) => PairSource::Same,
            _ => PairSource::Changed,
        };
        Self {
            source,
            fresh_client_text: row.fresh_client_text,
            fresh_reply_text: row.fresh_reply_text,
            edited: row.edited,
            engine_version: row.engine_version,
            id: row.id,
            integration_account_id: row.integration_account_id,
            provider_code: row.provider_code,
            provider_name: row.provider_name,
            account_display_name: row.account_display_name,
            thread_id: row.thread_id,
            email_thread_id: row.email_thread_id,
            subject: row.subject,
            client_message_id: row.client_message_id,
            our_reply_message_id: row.our_reply_message_id,
            client_from: row.client_from,
            client_sent_at: row.client_sent_at,
            reply_from: row.reply_from,
            reply_sent_at: row.reply_sent_at,
            client_text: row.client_text,
            our_reply_text: row.our_reply_text,
            status: row.status,
            labels: row.labels.0,
            responded_after_seconds: row.responded_after_seconds,
            decided_at: row.decided_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            group_id: row.group_id,
            duplicates: row.duplicates,
        }
    }
}

#[derive(FromRow)]
struct StoredPair {
    id: PairId,
    our_reply_message_id: MessageId,
    client_message_id: MessageId,
    client_message_ids: Json<Vec<MessageId>>,
    reply_message_ids: Json<Vec<MessageId>>,
    client_text: String,
    our_reply_text: String,
    status: String,
    labels: Json<Value>,
    edited: bool,
    fresh_client_text: Option<String>,
    fresh_reply_text: Option<String>,
    source_gone: bool,
    /// Its mail was deleted at the provider and emptied here: the pair is all that is left of it.
    emptied: bool,
    kept_against: Option<String>,
}

/// [`StoredPair::kept_against`] of a pair that was kept although its mail no longer makes it.
const KEPT_WITHOUT_MAIL: &str = "gone";

/// Names a state of the mail, to know it again.
fn mark_of(client_text: &str, reply_text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(client_text.len().to_be_bytes());
    hash.update(client_text);
    hash.update(reply_text);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl StoredPair {
    /// A reviewer decided or edited it: it is not changed under them.
    fn is_fixed(&self) -> bool {
        self.edited || self.status != PairStatus::New.as_str()
    }

    /// The mark of the mail, if a reviewer kept the pair against just that.
    fn kept_against(&self, new: &NewPair) -> Option<String> {
        self.kept_against.clone().filter(|mark| *mark == mark_of(&new.client_text, &new.our_reply_text))
    }

    /// What the mail says now, where that differs from what the pair says and no reviewer has seen it yet.
    fn fresh(&self, new: &NewPair) -> (Option<String>, Option<String>) {
        if self.kept_against(new).is_some() {
            return (None, None);
        }
        let differs = |old: &str, new: &str| (old != new).then(|| new.to_owned());
        (differs(&self.client_text, &new.client_text), differs(&self.our_reply_text, &new.our_reply_text))
    }

    fn says(&self, new: &NewPair) -> bool {
        self.client_message_id == new.client_message_id
            && self.client_message_ids.0 == new.client_message_ids
            && self.reply_message_ids.0 == new.reply_message_ids
            && self.client_text == new.client_text
            && self.our_reply_text == new.our_reply_text
            && self.labels.0 == new.labels
    }
}

const SELECT: &str = "SELECT t.id, t.integration_account_id, p.code AS provider_code, p.name AS provider_name,
    a.display_name AS account_display_name, t.thread_id,
    (SELECT p2.email_thread_id FROM emails_thread_parts p2 WHERE p2.integration_account_id = t.integration_account_id
       AND p2.thread_id = t.thread_id) AS email_thread_id, c.subject, t.client_message_id, t.our_reply_message_id,
    c.from_address AS client_from, c.sent_at AS client_sent_at, r.from_address AS reply_from,
    r.sent_at AS reply_sent_at, t.client_text, t.our_reply_text, t.status, t.labels, t.responded_after_seconds,
    t.replied_at, t.decided_at, t.created_at, t.updated_at, t.fresh_client_text, t.fresh_reply_text, t.edited,
    t.source_gone, t.engine_version, t.group_id, (c.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL) AS message_deleted
  FROM ai_training_pairs t
  JOIN integrations_accounts a ON a.id = t.integration_account_id
  JOIN integrations_providers p ON p.id = a.provider_id
  JOIN emails_messages c ON c.id = t.client_message_id
  JOIN emails_messages r ON r.id = t.our_reply_message_id";

const FILTER: &str = "($1 IS NULL OR t.status = $1) AND ($2 IS NULL OR p.code = $2)
    AND ($3 IS NULL OR t.integration_account_id = $3) AND ($4 IS NULL OR t.group_id = $4)";

/// The rows with the size of the group that each belongs to; a group of many rows is counted once.
fn with_duplicates(rows: &str) -> String {
    format!(
        "WITH page AS ({rows})
         SELECT page.*, COALESCE(g.size, 1) AS duplicates FROM page
         LEFT JOIN (SELECT group_id, COUNT(*) AS size FROM ai_training_pairs
                    WHERE group_id IN (SELECT group_id FROM page) GROUP BY group_id) g ON g.group_id = page.group_id
         ORDER BY page.replied_at DESC, page.id DESC"
    )
}

/// The place after a pair: newest reply first, ids breaking ties.
fn cursor_after(replied_at: DateTime<Utc>, id: PairId) -> String {
    format!("{}_{id}", replied_at.timestamp_micros())
}

fn parse_cursor(cursor: &str) -> Result<(DateTime<Utc>, PairId), StoreError> {
    let (micros, id) = cursor.split_once('_').ok_or(StoreError::BadCursor)?;
    let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(StoreError::BadCursor)?;
    Ok((at, id.parse().map_err(|_| StoreError::BadCursor)?))
}

impl Store {
    /// A page of pairs, newest reply first, after `cursor` and then `offset`.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that no page gave out.
    pub async fn list_pairs(
        &self,
        filter: &PairFilter,
        cursor: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<PairPage, StoreError> {
        let after = cursor.map(parse_cursor).transpose()?;
        let status = filter.status.status().map(PairStatus::as_str);
        let sql = sqlx::AssertSqlSafe(with_duplicates(&format!(
            "{SELECT} WHERE {FILTER} AND ($5 IS NULL OR t.replied_at < $5 OR (t.replied_at = $5 AND t.id < $6))
             ORDER BY t.replied_at DESC, t.id DESC LIMIT $7 OFFSET $8"
        )));
        // One row more than asked for tells whether there is a page after this one.
        let mut rows: Vec<PairRow> = reading!(self, db => {
            sqlx::query_as(sql)
                .bind(status).bind(filter.provider.as_deref()).bind(filter.account_id).bind(filter.group.as_deref())
                .bind(after.map(|(at, _)| at)).bind(after.map(|(_, id)| id)).bind(limit + 1).bind(offset)
                .fetch_all(db).await?
        });
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT COUNT(*) FROM ai_training_pairs t JOIN integrations_accounts a ON a.id = t.integration_account_id
             JOIN integrations_providers p ON p.id = a.provider_id WHERE {FILTER}"
        ));
        let count: i64 = reading!(self, db => {
            sqlx::query_scalar(sql)
                .bind(status).bind(filter.provider.as_deref()).bind(filter.account_id).bind(filter.group.as_deref())
                .fetch_one(db).await?
        });
        let page = usize::try_from(limit).unwrap_or(0);
        let next_cursor = (rows.len() > page)
            .then(|| page.checked_sub(1).and_then(|last| rows.get(last)))
            .flatten()
            .map(|row| cursor_after(row.replied_at, row.id));
        rows.truncate(page);
        Ok(PairPage { items: rows.into_iter().map(Into::into).collect(), count, limit, offset, next_cursor })
    }

    /// One pair.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair(&self, id: PairId) -> Result<Option<TrainingPair>, StoreError> {
        let sql = sqlx::AssertSqlSafe(with_duplicates(&format!("{SELECT} WHERE t.id = $1")));
        let row: Option<PairRow> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        Ok(row.map(Into::into))
    }

    /// Decides a pair. `None` if there is no such pair.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_pair_status(
        &self,
        id: PairId,
        status: PairStatus,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<TrainingPair>, StoreError> {
        let decided = (status != PairStatus::New).then_some(now);
        writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_training_pairs SET status = $2, decided_by = $3, decided_at = $4, updated_at = $5
                 WHERE id = $1",
            )
            .bind(id).bind(status.as_str()).bind(decided.map(|_| by)).bind(decided).bind(now).execute(tx).await?;
        });
        self.pair(id).await
    }

    /// How many pairs there are by status, whatever status the filter asks for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair_counts(&self, filter: &PairFilter) -> Result<PairCounts, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT t.status, COUNT(*) FROM ai_training_pairs t
             JOIN integrations_accounts a ON a.id = t.integration_account_id
             JOIN integrations_providers p ON p.id = a.provider_id
             WHERE {FILTER} GROUP BY t.status"
        ));
        let rows: Vec<(String, i64)> = reading!(self, db => {
            sqlx::query_as(sql)
                .bind(None::<&str>).bind(filter.provider.as_deref()).bind(filter.account_id)
                .bind(filter.group.as_deref()).fetch_all(db).await?
        });
        let mut counts = PairCounts::default();
        for (status, count) in rows {
            match status.parse() {
                Ok(PairStatus::New) => counts.new = count,
                Ok(PairStatus::Approved) => counts.approved = count,
                Ok(PairStatus::Rejected) => counts.rejected = count,
                Err(error) => return Err(StoreError::Corrupt(error.to_string())),
            }
        }
        Ok(counts)
    }

    /// The messages of a pair, the spans put back in them, and its texts.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair_parts(&self, id: PairId) -> Result<Option<PairParts>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            integration_account_id: AccountId,
            thread_id: Option<String>,
            our_reply_message_id: MessageId,
            client_text: String,
            our_reply_text: String,
            client_message_ids: Json<Vec<MessageId>>,
            reply_message_ids: Json<Vec<MessageId>>,
            kept_spans: Json<Vec<KeptSpan>>,
            is_flagged: bool,
        }
        let row: Option<Row> = reading!(self, db => {
            sqlx::query_as(
                "SELECT integration_account_id, thread_id, our_reply_message_id, client_text, our_reply_text,
                        client_message_ids, reply_message_ids, kept_spans,
                        (fresh_client_text IS NOT NULL OR fresh_reply_text IS NOT NULL) AS is_flagged
                 FROM ai_training_pairs WHERE id = $1",
            )
            .bind(id).fetch_optional(db).await?
        });
        Ok(row.map(|row| PairParts {
            account: row.integration_account_id,
            thread_id: row.thread_id.unwrap_or_default(),
            our_reply_message_id: row.our_reply_message_id,
            client_text: row.client_text,
            our_reply_text: row.our_reply_text,
            client_message_ids: row.client_message_ids.0,
            reply_message_ids: row.reply_message_ids.0,
            kept_spans: row.kept_spans.0,
            is_flagged: row.is_flagged,
        }))
    }

    /// Stores the texts of a pair as a reviewer left them. From then on it no longer follows its mail.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn edit_pair(
        &self,
        id: PairId,
        edit: &EditedPair,
        now: DateTime<Utc>,
    ) -> Result<Option<TrainingPair>, StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_training_pairs SET client_text = $2, our_reply_text = $3, labels = $4, kept_spans = $5,
                   edited = $6, grouped = FALSE, kept_against = $8, updated_at = $7
                 WHERE id = $1",
            )
            .bind(id).bind(&edit.client_text).bind(&edit.our_reply_text).bind(Json(&edit.labels))
            .bind(Json(&edit.kept_spans)).bind(!edit.kept_spans.is_empty()).bind(now)
            .bind((!edit.kept_spans.is_empty()).then(|| mark_of(&edit.mail_says.0, &edit.mail_says.1)))
            .execute(tx).await?;
        });
        self.pair(id).await
    }

    /// Takes over what the mail says now into a pair that was decided or edited. Its status stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn adopt_pair(
        &self,
        id: PairId,
        new: &NewPair,
        now: DateTime<Utc>,
    ) -> Result<Option<TrainingPair>, StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_training_pairs SET client_message_id = $2, client_message_ids = $3, reply_message_ids = $4,
                   client_text = $5, our_reply_text = $6, labels = $7, responded_after_seconds = $8, replied_at = $9,
                   engine_version = $10, updated_at = $11, kept_spans = $12, edited = FALSE, grouped = FALSE,
                   fresh_client_text = NULL, fresh_reply_text = NULL, source_gone = FALSE, kept_against = NULL
                 WHERE id = $1",
            )
            .bind(id).bind(new.client_message_id).bind(Json(&new.client_message_ids))
            .bind(Json(&new.reply_message_ids)).bind(&new.client_text).bind(&new.our_reply_text)
            .bind(Json(&new.labels)).bind(new.responded_after_seconds).bind(new.replied_at)
            .bind(new.engine_version).bind(now).bind(Json(Vec::<KeptSpan>::new())).execute(tx).await?;
        });
        self.pair(id).await
    }

    /// Keeps a flagged pair as it is: the flag goes until the mail changes again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_pair(&self, id: PairId, now: DateTime<Utc>) -> Result<Option<TrainingPair>, StoreError> {
        type Flagged = (String, String, Option<String>, Option<String>, bool);
        writing!(self, tx => {
            let row: Option<Flagged> = sqlx::query_as(
                "SELECT client_text, our_reply_text, fresh_client_text, fresh_reply_text, source_gone
                 FROM ai_training_pairs WHERE id = $1",
            )
            .bind(id).fetch_optional(&mut *tx).await?;
            let seen = row.and_then(|(client, reply, fresh_client, fresh_reply, gone)| match (fresh_client, fresh_reply) {
                _ if gone => Some(KEPT_WITHOUT_MAIL.to_owned()),
                (None, None) => None,
                (fresh_client, fresh_reply) => {
                    Some(mark_of(&fresh_client.unwrap_or(client), &fresh_reply.unwrap_or(reply)))
                }
            });
            if let Some(seen) = seen {
                sqlx::query(
                    "UPDATE ai_training_pairs SET kept_against = $2, source_gone = FALSE, fresh_client_text = NULL,
                       fresh_reply_text = NULL, updated_at = $3 WHERE id = $1",
                )
                .bind(id).bind(seen).bind(now).execute(&mut *tx).await?;
            }
        });
        self.pair(id).await
    }

    /// Stores the pairs that a thread makes now. A pair that somebody has decided or edited is never changed: where its
    /// mail says something else by now, it is flagged with the new texts. An undecided one follows its mail. Takes the
    /// thread off the list of those to be paired.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_thread_pairs(
        &self,
        thread: &LinkedThread,
        summary: &ThreadSummary,
        pairs: &[NewPair],
        apply: Apply,
        now: DateTime<Utc>,
    ) -> Result<Saved<RebuildReport>, StoreError> {
        let mut report = RebuildReport { threads: 1, ..RebuildReport::default() };
        writing!(self, tx => {
            let newest = sqlx::query(
                "UPDATE emails_threads SET revision = revision + 1, subject = $3, first_message_at = $4,
                   last_message_at = $5, message_count = $6, updated_at = $7 WHERE id = $1 AND revision = $2",
            )
            .bind(thread.id).bind(thread.revision).bind(&summary.subject).bind(summary.first_message_at)
            .bind(summary.last_message_at).bind(summary.message_count).bind(now)
            .execute(&mut *tx).await?.rows_affected();
            if newest == 0 {
                return Ok(Saved::Stale);
            }
            let stored: Vec<StoredPair> = sqlx::query_as(
                "SELECT id, our_reply_message_id, client_message_id, client_message_ids, reply_message_ids,
                        client_text, our_reply_text, status, labels, edited, fresh_client_text, fresh_reply_text,
                        source_gone, kept_against, EXISTS (SELECT 1 FROM emails_messages m
                          WHERE m.id IN (ai_training_pairs.client_message_id, ai_training_pairs.our_reply_message_id)
                            AND m.deleted_at IS NOT NULL AND m.body_text IS NULL AND m.body_html IS NULL) AS emptied
                 FROM ai_training_pairs WHERE (integration_account_id, thread_id) IN (
                   SELECT integration_account_id, thread_id FROM emails_thread_parts WHERE email_thread_id = $1)",
            )
            .bind(thread.id).fetch_all(&mut *tx).await?;
            for new in pairs {
                match stored.iter().find(|old| old.our_reply_message_id == new.our_reply_message_id) {
                    Some(old) if old.emptied => report.unchanged += 1,
                    Some(old) if old.is_fixed() => {
                        let (client, reply) = old.fresh(new);
                        let differs = client.is_some() || reply.is_some();
                        let kept = old.kept_against(new);
                        if old.source_gone
                            || kept != old.kept_against
                            || client != old.fresh_client_text
                            || reply != old.fresh_reply_text
                        {
                            sqlx::query(
                                "UPDATE ai_training_pairs SET fresh_client_text = $2, fresh_reply_text = $3,
                                   source_gone = FALSE, kept_against = $4, updated_at = $5 WHERE id = $1",
                            )
                            .bind(old.id).bind(client).bind(reply).bind(kept).bind(now).execute(&mut *tx).await?;
                        }
                        *(if differs { &mut report.flagged } else { &mut report.unchanged }) += 1;
                    }
                    Some(old) if old.says(new) => report.unchanged += 1,
                    Some(old) => {
                        sqlx::query(
                            "UPDATE ai_training_pairs SET client_message_id = $2, client_message_ids = $3,
                               reply_message_ids = $4, client_text = $5, our_reply_text = $6, labels = $7,
                               responded_after_seconds = $8, replied_at = $9, engine_version = $10, updated_at = $11,
                               grouped = FALSE
                             WHERE id = $1",
                        )
                        .bind(old.id).bind(new.client_message_id).bind(Json(&new.client_message_ids))
                        .bind(Json(&new.reply_message_ids)).bind(&new.client_text).bind(&new.our_reply_text)
                        .bind(Json(&new.labels)).bind(new.responded_after_seconds).bind(new.replied_at)
                        .bind(new.engine_version).bind(now).execute(&mut *tx).await?;
                        report.updated += 1;
                    }
                    None => {
                        // A reply that moved here from another thread brings its pair along.
                        let id = PairId::new();
                        let stored: PairId = sqlx::query_scalar(
                            "INSERT INTO ai_training_pairs
                             (id, integration_account_id, thread_id, client_message_id, our_reply_message_id,
                              client_message_ids, reply_message_ids, client_text, our_reply_text, status, labels,
                              responded_after_seconds, replied_at, engine_version, created_at, updated_at, kept_spans)
                             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'new', $10, $11, $12, $13, $14, $14, $15)
                             ON CONFLICT (our_reply_message_id) DO UPDATE SET thread_id = excluded.thread_id,
                               integration_account_id = excluded.integration_account_id
                             RETURNING id",
                        )
                        .bind(id).bind(new.account).bind(&new.thread_id).bind(new.client_message_id)
                        .bind(new.our_reply_message_id).bind(Json(&new.client_message_ids))
                        .bind(Json(&new.reply_message_ids)).bind(&new.client_text).bind(&new.our_reply_text)
                        .bind(Json(&new.labels)).bind(new.responded_after_seconds).bind(new.replied_at)
                        .bind(new.engine_version).bind(now).bind(Json(Vec::<KeptSpan>::new()))
                        .fetch_one(&mut *tx).await?;
                        report.created += u32::from(stored == id);
                    }
                }
            }
            for old in &stored {
                if old.emptied || pairs.iter().any(|new| new.our_reply_message_id == old.our_reply_message_id) {
                    continue;
                }
                if old.is_fixed() && old.kept_against.as_deref() == Some(KEPT_WITHOUT_MAIL) {
                    report.unchanged += 1;
                } else if old.is_fixed() {
                    sqlx::query(
                        "UPDATE ai_training_pairs SET source_gone = TRUE, kept_against = NULL, updated_at = $2
                         WHERE id = $1 AND NOT source_gone",
                    )
                    .bind(old.id).bind(now).execute(&mut *tx).await?;
                    report.flagged += 1;
                } else {
                    sqlx::query("DELETE FROM ai_training_pairs WHERE id = $1").bind(old.id).execute(&mut *tx).await?;
                    report.removed += 1;
                }
            }
            sqlx::query("DELETE FROM threads_to_pair WHERE integration_account_id = $1 AND thread_id = $2")
                .bind(thread.account).bind(&thread.thread_id).execute(&mut *tx).await?;
            if apply == Apply::DryRun {
                // Leaving without commit takes everything back.
                return Ok(Saved::Done(report));
            }
        });
        Ok(Saved::Done(report))
    }
}
