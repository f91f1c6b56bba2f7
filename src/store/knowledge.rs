//! Approved pairs for the index of past cases: all of them, a page at a time, and which of them changed.
//!
//! Triggers note every change of an approved pair in the transaction that makes it (`answer_changes`), with a mark. On SQLite, where one
//! writes at a time, marks are counted; on PostgreSQL they are the ids of transactions, and a reader goes on from the oldest that was
//! still open when it looked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    Store, StoreError,
    answers::page_of,
    bulk::push_list,
    cursor,
    pairs::{OF_PAGE, PairRow},
    reading,
};
use crate::types::{AccountId, PairId, PairLabels, TrainingPair};

/// What the index of past cases keeps of an approved pair.
#[derive(Debug, Clone)]
pub struct AnswerText {
    pub pair: PairId,
    pub account: AccountId,
    /// The conversation as the provider names it.
    pub thread: Option<String>,
    pub replied_at: DateTime<Utc>,
    pub group: Option<String>,
    pub labels: PairLabels,
    pub subject: Option<String>,
    pub question: String,
    pub reply: String,
}

/// Approved pairs that changed, and those that no longer are.
#[derive(Debug, Clone, Default)]
pub struct AnswerChanges {
    /// Each with its mark: what was there before with the same mark is not new.
    pub changed: Vec<(PairId, i64)>,
    /// From where to read on.
    pub next: i64,
}

#[derive(FromRow)]
struct TextRow {
    id: PairId,
    integration_account_id: AccountId,
    thread_id: Option<String>,
    replied_at: DateTime<Utc>,
    group_id: Option<String>,
    labels: Json<Value>,
    subject: Option<String>,
    client_text: String,
    our_reply_text: String,
}

impl From<TextRow> for AnswerText {
    fn from(row: TextRow) -> Self {
        Self {
            pair: row.id,
            account: row.integration_account_id,
            thread: row.thread_id,
            replied_at: row.replied_at,
            group: row.group_id,
            // Labels of another version are none, and no error.
            labels: serde_json::from_value(row.labels.0).unwrap_or_default(),
            subject: row.subject,
            question: row.client_text,
            reply: row.our_reply_text,
        }
    }
}

impl Store {
    /// What changed from a mark on, and from where to read the next time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn answer_changes(&self, since: i64) -> Result<AnswerChanges, StoreError> {
        if self.backend() == "sqlite" {
            let changed: Vec<(PairId, i64)> = reading!(self, db => {
                sqlx::query_as("SELECT pair_id, mark FROM answer_changes WHERE mark >= $1 ORDER BY mark")
                    .bind(since).fetch_all(db).await?
            });
            let next = changed.last().map_or(since, |(_, mark)| mark.saturating_add(1));
            return Ok(AnswerChanges { changed, next });
        }
        // One statement: what it sees and which transactions were open is of one moment.
        let rows: Vec<(i64, Option<PairId>, Option<i64>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::TEXT::BIGINT, c.pair_id, c.mark
                 FROM (SELECT 1) once LEFT JOIN answer_changes c ON c.mark >= $1 ORDER BY c.mark, c.pair_id",
            )
            .bind(since).fetch_all(db).await?
        });
        let next = rows.first().map_or(since, |(open, ..)| *open);
        let changed = rows.into_iter().filter_map(|(_, pair, mark)| Some((pair?, mark?))).collect();
        Ok(AnswerChanges { changed, next })
    }

    /// From which mark to read what changes from now on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn answer_changes_end(&self) -> Result<i64, StoreError> {
        let sql = if self.backend() == "sqlite" {
            "SELECT COALESCE(MAX(mark), 0) + 1 FROM answer_changes"
        } else {
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::TEXT::BIGINT"
        };
        Ok(reading!(self, db => sqlx::query_scalar(sql).fetch_one(db).await?))
    }

    /// A page of the texts of all approved pairs, the latest reply first, and the cursor after it: `None` at the end.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that did not come from here.
    pub async fn answer_texts(
        &self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<(Vec<AnswerText>, Option<String>), StoreError> {
        let after = after.map(cursor::parse::<PairId>).transpose()?;
        let ids: Vec<(PairId, DateTime<Utc>)> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT t.id, t.replied_at FROM ai_training_pairs t WHERE t.status = 'approved'");
            if let Some((at, id)) = after {
                query.push(" AND (t.replied_at, t.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY t.replied_at DESC, t.id DESC LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all(db).await?
        });
        let next = ids.last().map(|(id, at)| cursor::after(*at, *id));
        let ids: Vec<PairId> = ids.into_iter().map(|(id, _)| id).collect();
        Ok((self.answer_texts_of(&ids).await?, next))
    }

    /// The texts of those of some pairs that are approved.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn answer_texts_of(&self, ids: &[PairId]) -> Result<Vec<AnswerText>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<TextRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT t.id, t.integration_account_id, t.thread_id, t.replied_at, t.group_id, t.labels, t.client_text, t.our_reply_text,
                   (SELECT m.subject FROM emails_messages m WHERE m.id = t.client_message_id) AS subject
                 FROM ai_training_pairs t WHERE t.status = 'approved' AND t.id IN ",
            );
            push_list(&mut query, ids);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Some pairs whole, by their ids. What is no longer there is left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pairs_by_id(&self, ids: &[PairId]) -> Result<BTreeMap<PairId, TrainingPair>, StoreError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<PairRow> = reading!(self, db => {
            let mut query = page_of(ids);
            query.push(OF_PAGE);
            query.build_query_as().fetch_all(db).await?
        });
        let mut pairs: Vec<TrainingPair> = rows.into_iter().map(Into::into).collect();
        self.add_tags(&mut pairs).await?;
        Ok(pairs.into_iter().map(|pair| (pair.id, pair)).collect())
    }
}
