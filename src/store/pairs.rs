//! Training pairs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    LinkedThread, Saved, Store, StoreError, ThreadSummary,
    bulk::{MOST_VALUES, light_slices, push_list, slices},
    reading, writing,
};
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

/// A thread, what a list shows of it, and the pairs that its mail makes.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadPairs {
    pub thread: LinkedThread,
    pub summary: ThreadSummary,
    pub pairs: Vec<NewPair>,
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
    integration_account_id: AccountId,
    thread_id: Option<String>,
    /// The thread across accounts that `thread_id` is part of.
    email_thread_id: Option<ThreadId>,
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

/// Writes the summaries of the threads that nobody saved since they were linked, and raises their revisions. Gives their ids.
macro_rules! raise_revisions {
    ($tx:expr, $threads:expr, $now:expr) => {{
        // In the order of their ids: two that lock in different orders wait for each other.
        let mut sorted: Vec<&ThreadPairs> = $threads.iter().collect();
        sorted.sort_by_key(|one| one.thread.id);
        let mut current: BTreeSet<ThreadId> = BTreeSet::new();
        for rows in slices(&sorted) {
            let mut query = QueryBuilder::new(
                "INSERT INTO emails_threads (id, revision, subject, first_message_at, last_message_at, message_count,
                   created_at, updated_at) ",
            );
            query.push_values(rows, |mut row, one| {
                let summary = &one.summary;
                row.push_bind(one.thread.id).push_bind(one.thread.revision).push_bind(&summary.subject);
                row.push_bind(summary.first_message_at).push_bind(summary.last_message_at);
                row.push_bind(summary.message_count).push_bind($now).push_bind($now);
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET revision = emails_threads.revision + 1, subject = excluded.subject,
                    first_message_at = excluded.first_message_at, last_message_at = excluded.last_message_at,
                    message_count = excluded.message_count, updated_at = excluded.updated_at
                  WHERE emails_threads.revision = excluded.revision RETURNING id, revision",
            );
            let written: Vec<(ThreadId, i64)> = query.build_query_as().fetch_all(&mut *$tx).await?;
            for (id, revision) in written {
                // A thread that became part of another one meanwhile is not made again.
                if rows.iter().any(|one| one.thread.id == id && one.thread.revision == revision) {
                    sqlx::query("DELETE FROM emails_threads WHERE id = $1").bind(id).execute(&mut *$tx).await?;
                } else {
                    current.insert(id);
                }
            }
        }
        current
    }};
}

/// Stored pairs by a condition that ends in `IN`.
macro_rules! stored_pairs {
    ($tx:expr, $which:literal, $values:expr) => {{
        let mut query = QueryBuilder::new(concat!(
            "SELECT t.id, t.integration_account_id, t.thread_id, part.email_thread_id, t.our_reply_message_id,
                    t.client_message_id, t.client_message_ids, t.reply_message_ids, t.client_text, t.our_reply_text, t.status,
                    t.labels, t.edited, t.fresh_client_text, t.fresh_reply_text, t.source_gone, t.kept_against,
                    EXISTS (SELECT 1 FROM emails_messages m
                      WHERE m.id IN (t.client_message_id, t.our_reply_message_id)
                        AND m.deleted_at IS NOT NULL AND m.body_text IS NULL AND m.body_html IS NULL) AS emptied
             FROM ai_training_pairs t LEFT JOIN emails_thread_parts part
               ON part.integration_account_id = t.integration_account_id AND part.thread_id = t.thread_id",
            $which
        ));
        push_list(&mut query, $values);
        let rows: Vec<StoredPair> = query.build_query_as().fetch_all(&mut *$tx).await?;
        rows
    }};
}

/// Makes a stored pair what its mail makes of it now.
macro_rules! put_pair {
    ($tx:expr, $old:expr, $new:expr, $report:expr, $now:expr) => {{
        let (old, new): (&StoredPair, &NewPair) = ($old, $new);
        if old.thread_id.as_ref() != Some(&new.thread_id) || old.integration_account_id != new.account {
            sqlx::query("UPDATE ai_training_pairs SET integration_account_id = $2, thread_id = $3 WHERE id = $1")
                .bind(old.id)
                .bind(new.account)
                .bind(&new.thread_id)
                .execute(&mut *$tx)
                .await?;
        }
        if old.emptied {
            $report.unchanged += 1;
        } else if old.is_fixed() {
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
                .bind(old.id)
                .bind(client)
                .bind(reply)
                .bind(kept)
                .bind($now)
                .execute(&mut *$tx)
                .await?;
            }
            *(if differs { &mut $report.flagged } else { &mut $report.unchanged }) += 1;
        } else if old.says(new) {
            $report.unchanged += 1;
        } else {
            sqlx::query(
                "UPDATE ai_training_pairs SET client_message_id = $2, client_message_ids = $3,
                   reply_message_ids = $4, client_text = $5, our_reply_text = $6, labels = $7,
                   responded_after_seconds = $8, replied_at = $9, engine_version = $10, updated_at = $11,
                   grouped = FALSE
                 WHERE id = $1",
            )
            .bind(old.id)
            .bind(new.client_message_id)
            .bind(Json(&new.client_message_ids))
            .bind(Json(&new.reply_message_ids))
            .bind(&new.client_text)
            .bind(&new.our_reply_text)
            .bind(Json(&new.labels))
            .bind(new.responded_after_seconds)
            .bind(new.replied_at)
            .bind(new.engine_version)
            .bind($now)
            .execute(&mut *$tx)
            .await?;
            $report.updated += 1;
        }
    }};
}

/// A stored pair that its thread no longer makes: flagged where somebody decided or edited it, gone otherwise.
macro_rules! drop_pair {
    ($tx:expr, $old:expr, $report:expr, $now:expr) => {{
        let old: &StoredPair = $old;
        if old.emptied {
            // The pair is all that is left of its mail.
        } else if old.is_fixed() && old.kept_against.as_deref() == Some(KEPT_WITHOUT_MAIL) {
            $report.unchanged += 1;
        } else if old.is_fixed() {
            sqlx::query(
                "UPDATE ai_training_pairs SET source_gone = TRUE, kept_against = NULL, updated_at = $2
                 WHERE id = $1 AND NOT source_gone",
            )
            .bind(old.id)
            .bind($now)
            .execute(&mut *$tx)
            .await?;
            $report.flagged += 1;
        } else {
            sqlx::query("DELETE FROM ai_training_pairs WHERE id = $1").bind(old.id).execute(&mut *$tx).await?;
            $report.removed += 1;
        }
    }};
}

/// Stores pairs that are new.
macro_rules! insert_pairs {
    ($tx:expr, $pairs:expr, $now:expr) => {{
        let mut query = QueryBuilder::new(
            "INSERT INTO ai_training_pairs
             (id, integration_account_id, thread_id, client_message_id, our_reply_message_id, client_message_ids,
              reply_message_ids, client_text, our_reply_text, status, labels, responded_after_seconds, replied_at,
              engine_version, created_at, updated_at, kept_spans) ",
        );
        query.push_values($pairs, |mut row, (id, new)| {
            row.push_bind(*id).push_bind(new.account).push_bind(&new.thread_id).push_bind(new.client_message_id);
            row.push_bind(new.our_reply_message_id).push_bind(Json(&new.client_message_ids));
            row.push_bind(Json(&new.reply_message_ids)).push_bind(&new.client_text).push_bind(&new.our_reply_text);
            row.push_bind(PairStatus::New.as_str()).push_bind(Json(&new.labels)).push_bind(new.responded_after_seconds);
            row.push_bind(new.replied_at).push_bind(new.engine_version).push_bind($now).push_bind($now);
            row.push_bind(Json(Vec::<KeptSpan>::new()));
        });
        query.build().execute(&mut *$tx).await?;
    }};
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

    /// Stores the pairs that threads make now, and takes the threads off the list of those to be paired. A pair that somebody
    /// has decided or edited is never changed: where its mail says something else by now, it is flagged with the new texts.
    /// An undecided one follows its mail. A reply that came into another thread brings its pair along.
    ///
    /// Returns what became of each thread, in their order.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_thread_pairs(
        &self,
        threads: &[ThreadPairs],
        apply: Apply,
        now: DateTime<Utc>,
    ) -> Result<Vec<Saved<RebuildReport>>, StoreError> {
        let mut saved = Vec::with_capacity(threads.len());
        writing!(self, tx => {
            let current = raise_revisions!(tx, threads, now);
            let current: Vec<&ThreadPairs> = threads.iter().filter(|one| current.contains(&one.thread.id)).collect();
            let mut stored = stored_pairs!(tx, " WHERE part.email_thread_id IN ", &ids_of(&current));
            let replies: BTreeSet<MessageId> =
                current.iter().flat_map(|one| &one.pairs).map(|pair| pair.our_reply_message_id).collect();
            let here: BTreeSet<MessageId> = stored.iter().map(|old| old.our_reply_message_id).collect();
            let elsewhere: Vec<MessageId> = replies.difference(&here).copied().collect();
            for replies in elsewhere.chunks(MOST_VALUES) {
                stored.extend(stored_pairs!(tx, " WHERE t.our_reply_message_id IN ", replies));
            }
            let of_reply: BTreeMap<MessageId, &StoredPair> =
                stored.iter().map(|old| (old.our_reply_message_id, old)).collect();

            let mut made: Vec<(PairId, &NewPair)> = Vec::new();
            for one in threads {
                if !current.iter().any(|current| current.thread.id == one.thread.id) {
                    saved.push(Saved::Stale);
                    continue;
                }
                let mut report = RebuildReport { threads: 1, ..RebuildReport::default() };
                for new in &one.pairs {
                    match of_reply.get(&new.our_reply_message_id) {
                        Some(old) => put_pair!(tx, old, new, report, now),
                        None => {
                            made.push((PairId::new(), new));
                            report.created += 1;
                        }
                    }
                }
                let left = stored.iter().filter(|old| {
                    old.email_thread_id == Some(one.thread.id) && !replies.contains(&old.our_reply_message_id)
                });
                for old in left {
                    drop_pair!(tx, old, report, now);
                }
                saved.push(Saved::Done(report));
            }
            for rows in light_slices(&made, |(_, new)| new.client_text.len() + new.our_reply_text.len()) {
                insert_pairs!(tx, rows, now);
            }
            for one in &current {
                let mut query = QueryBuilder::new("DELETE FROM threads_to_pair WHERE integration_account_id = ");
                query.push_bind(one.thread.account).push(" AND thread_id IN ");
                push_list(&mut query, &one.thread.thread_ids.iter().map(String::as_str).collect::<Vec<_>>());
                query.build().execute(&mut *tx).await?;
            }
            if apply == Apply::DryRun {
                // Leaving without commit takes everything back.
                return Ok(saved);
            }
        });
        Ok(saved)
    }
}

fn ids_of(threads: &[&ThreadPairs]) -> Vec<ThreadId> {
    threads.iter().map(|one| one.thread.id).collect()
}
