//! Deciding and editing pairs.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use super::{
    Decision, EditedPair, KEPT_WITHOUT_MAIL, KeptSpan, NewPair, PairDecision, PairParts, begin_step, mark_of,
    steps::{BEFORE, Before, add_to_step, on_record},
};
use crate::{
    store::{Act, NewJob, Record, Store, StoreError, audit::record, jobs::enqueue, reading, writing},
    types::{
        AccountId, AuditAction, AuditChange, DecidedHow, MessageId, PairEdit, PairEditId, PairId, PairLabels,
        PairStatus, TrainingPair, UserId,
    },
};

/// What somebody writes into a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct TextsEdit {
    pub client_text: String,
    pub our_reply_text: String,
    /// Of these texts.
    pub labels: PairLabels,
    /// Both sides as the mail says them: as long as it does, the pair is not flagged.
    pub mail_says: (String, String),
}

impl Store {
    /// Decides a pair. What is so already stays as it is, with whoever decided it first.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_pair_status(
        &self,
        id: PairId,
        decision: impl Into<Decision>,
        by: UserId,
        act: impl Into<Act>,
    ) -> Result<PairDecision, StoreError> {
        let (Decision { to, because, seen, as_of }, act) = (decision.into(), act.into());
        let now = act.at;
        let decided = (to != PairStatus::New).then_some(now);
        let because = because.filter(|_| to == PairStatus::Rejected);
        let reason = because.as_ref().map(|because| because.reason.as_str());
        let note = because.as_ref().and_then(|because| because.note.as_deref());
        let is_overtaken = writing!(self, tx => {
            let sql = format!("SELECT {BEFORE} FROM ai_training_pairs WHERE id = $1 {}", tx.for_update());
            let row: Option<Before> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let Some(before) = row else { return Ok(PairDecision::Unknown) };
            let says_so = because.is_none() || (reason, note) == (before.reject_reason.as_deref(), before.reject_note.as_deref());
            if before.status == to.as_str() && says_so {
                false
            } else if seen.is_some_and(|seen| seen.as_str() != before.status) {
                true
            } else if as_of.is_some_and(|as_of| as_of != before.updated_at) {
                return Ok(PairDecision::Changed);
            } else {
                sqlx::query(
                    "UPDATE ai_training_pairs SET status = $2, reject_reason = $6, reject_note = $7, decided_by = $3,
                       decided_at = $4, decided_how = $8, updated_at = $5 WHERE id = $1",
                )
                .bind(id).bind(to.as_str()).bind(decided.map(|_| by)).bind(decided).bind(now).bind(reason).bind(note)
                .bind(decided.map(|_| DecidedHow::One.as_str())).execute(&mut *tx).await?;
                // A reason that is given to what one has just rejected belongs to that step, where it is about this pair alone.
                let same_step = before.status == to.as_str() && sqlx::query(
                    "UPDATE review_steps SET at = $4 WHERE user_id = $1 AND at = $2 AND group_id IS NULL AND edit_id IS NULL AND tag_id IS NULL AND NOT assigned AND turns_id IS NULL
                       AND EXISTS (SELECT 1 FROM review_step_pairs p WHERE p.step_id = review_steps.id AND p.pair_id = $3)
                       AND NOT EXISTS (SELECT 1 FROM review_step_pairs o WHERE o.step_id = review_steps.id AND o.pair_id <> $3)",
                )
                .bind(by).bind(before.decided_at).bind(id).bind(now).execute(&mut *tx).await?.rows_affected() > 0;
                if !same_step {
                    let step = begin_step!(tx, by, now, None::<&str>, None::<PairEditId>);
                    add_to_step!(tx, step, id, before, to);
                }
                record!(tx, act, AuditAction::PairDecided, Record {
                    target: Some(id.to_string()),
                    from: Some(on_record(&before.status, before.reject_reason.as_deref())),
                    to: Some(on_record(to.as_str(), reason)),
                    ..Record::default()
                });
                false
            }
        });
        Ok(match self.pair(id).await? {
            Some(pair) if is_overtaken => PairDecision::Overtaken(Box::new(pair)),
            Some(pair) => PairDecision::Decided(Box::new(pair)),
            None => PairDecision::Unknown,
        })
    }

    /// Stores what somebody wrote into a pair. From then on it no longer follows its mail; its status stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn edit_texts(
        &self,
        id: PairId,
        edit: &TextsEdit,
        as_of: Option<DateTime<Utc>>,
        by: UserId,
        act: impl Into<Act>,
    ) -> Result<PairDecision, StoreError> {
        #[derive(FromRow)]
        struct Was {
            client_text: String,
            our_reply_text: String,
            labels: Json<Value>,
            edited: bool,
            kept_against: Option<String>,
            updated_at: DateTime<Utc>,
            status: String,
        }
        let act = act.into();
        writing!(self, tx => {
            let sql = format!(
                "SELECT client_text, our_reply_text, labels, edited, kept_against, updated_at, status
                 FROM ai_training_pairs WHERE id = $1 {}", tx.for_update(),
            );
            let was: Option<Was> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let Some(was) = was else { return Ok(PairDecision::Unknown) };
            if as_of.is_some_and(|as_of| as_of != was.updated_at) {
                return Ok(PairDecision::Changed);
            }
            let (client, reply) = (was.client_text != edit.client_text, was.our_reply_text != edit.our_reply_text);
            if client || reply {
                let edit_id = PairEditId::new();
                sqlx::query(
                    "INSERT INTO pair_edits (id, pair_id, user_id, at, was_client_text, was_reply_text, was_labels, was_edited,
                       was_kept_against, client_text, reply_text)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                )
                .bind(edit_id).bind(id).bind(by).bind(act.at).bind(&was.client_text).bind(&was.our_reply_text)
                .bind(&was.labels).bind(was.edited).bind(&was.kept_against).bind(&edit.client_text)
                .bind(&edit.our_reply_text).execute(&mut *tx).await?;
                sqlx::query(
                    "UPDATE ai_training_pairs SET client_text = $2, our_reply_text = $3, labels = $4, edited = TRUE,
                       grouped = FALSE, kept_against = $5, updated_at = $6 WHERE id = $1",
                )
                .bind(id).bind(&edit.client_text).bind(&edit.our_reply_text).bind(Json(&edit.labels))
                .bind(mark_of(&edit.mail_says.0, &edit.mail_says.1)).bind(act.at).execute(&mut *tx).await?;
                let step = begin_step!(tx, by, act.at, None::<&str>, Some(edit_id));
                sqlx::query(
                    "INSERT INTO review_step_pairs (step_id, pair_id, was_status, status) VALUES ($1, $2, $3, $3)",
                )
                .bind(step).bind(id).bind(&was.status).execute(&mut *tx).await?;
                let change = AuditChange::TextsEdited { client, reply, undone: false };
                record!(tx, act, AuditAction::PairEdited, Record {
                    target: Some(id.to_string()),
                    to: Some(change.to_string()),
                    ..Record::default()
                });
                enqueue!(tx, &NewJob::group_replies(), act.at);
            }
        });
        Ok(self.pair(id).await?.map_or(PairDecision::Unknown, |pair| PairDecision::Decided(Box::new(pair))))
    }

    /// What people wrote into a pair, the first edit first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair_edits(&self, id: PairId) -> Result<Vec<PairEdit>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT e.at, (SELECT u.display_name FROM users u WHERE u.id = e.user_id) AS \"by\", e.was_client_text,
                        e.was_reply_text, e.client_text, e.reply_text
                 FROM pair_edits e WHERE e.pair_id = $1 ORDER BY e.at, e.id",
            )
            .bind(id).fetch_all(db).await?
        }))
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
        act: impl Into<Act>,
    ) -> Result<Option<TrainingPair>, StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let edited = sqlx::query(
                "UPDATE ai_training_pairs SET client_text = $2, our_reply_text = $3, labels = $4, kept_spans = $5,
                   edited = $6, grouped = FALSE, kept_against = $8, updated_at = $7
                 WHERE id = $1",
            )
            .bind(id).bind(&edit.client_text).bind(&edit.our_reply_text).bind(Json(&edit.labels))
            .bind(Json(&edit.kept_spans)).bind(!edit.kept_spans.is_empty()).bind(act.at)
            .bind((!edit.kept_spans.is_empty()).then(|| mark_of(&edit.mail_says.0, &edit.mail_says.1)))
            .execute(&mut *tx).await?.rows_affected();
            if edited > 0 {
                record!(tx, act, AuditAction::PairEdited, Record {
                    target: Some(id.to_string()),
                    to: Some(AuditChange::SpansPutBack(i64::try_from(edit.kept_spans.len()).unwrap_or(i64::MAX)).to_string()),
                    ..Record::default()
                });
                enqueue!(tx, &NewJob::group_replies(), act.at);
            }
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
        act: impl Into<Act>,
    ) -> Result<Option<TrainingPair>, StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let adopted = sqlx::query(
                "UPDATE ai_training_pairs SET client_message_id = $2, client_message_ids = $3, reply_message_ids = $4,
                   client_text = $5, our_reply_text = $6, labels = $7, responded_after_seconds = $8, replied_at = $9,
                   engine_version = $10, updated_at = $11, kept_spans = $12, edited = FALSE, grouped = FALSE,
                   fresh_client_text = NULL, fresh_reply_text = NULL, source_gone = FALSE, kept_against = NULL
                 WHERE id = $1",
            )
            .bind(id).bind(new.client_message_id).bind(Json(&new.client_message_ids))
            .bind(Json(&new.reply_message_ids)).bind(&new.client_text).bind(&new.our_reply_text)
            .bind(Json(&new.labels)).bind(new.responded_after_seconds).bind(new.replied_at)
            .bind(new.engine_version).bind(act.at).bind(Json(Vec::<KeptSpan>::new()))
            .execute(&mut *tx).await?.rows_affected();
            if adopted > 0 {
                let record = Record { target: Some(id.to_string()), ..Record::default() };
                record!(tx, act, AuditAction::PairMailAdopted, record);
                enqueue!(tx, &NewJob::group_replies(), act.at);
            }
        });
        self.pair(id).await
    }

    /// Keeps a flagged pair as it is: the flag goes until the mail changes again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_pair(&self, id: PairId, act: impl Into<Act>) -> Result<Option<TrainingPair>, StoreError> {
        let act = act.into();
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
                .bind(id).bind(seen).bind(act.at).execute(&mut *tx).await?;
                let record = Record { target: Some(id.to_string()), ..Record::default() };
                record!(tx, act, AuditAction::PairKept, record);
            }
        });
        self.pair(id).await
    }
}
