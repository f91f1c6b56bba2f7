//! Drafts of answers: begun once, kept while they are written, finished once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{Act, Record, Store, StoreError, audit::record, bulk::push_list, reading, writing};
use crate::types::{
    AccountId, AiKind, AuditAction, CheckedDraft, DraftId, DraftKind, DraftProblem, DraftSentence, DraftState,
    DraftTemplate, MessageId, PairId, ThreadId,
};

/// A past case that was offered for a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedCase {
    pub pair: PairId,
    /// From 0 to 100.
    pub nearness: u8,
}

/// A draft that is to be made.
#[derive(Debug, Clone)]
pub struct NewDraft {
    pub account: AccountId,
    pub thread: ThreadId,
    pub question: MessageId,
    pub note: Option<String>,
    pub cases: Vec<OfferedCase>,
    pub hidden: i64,
    pub is_shortened: bool,
    pub from: NewDraftFrom,
}

/// Where a draft is to come from.
#[derive(Debug, Clone)]
pub enum NewDraftFrom {
    /// A model. Whoever asks it is there until then, unless they say so again.
    Model { provider: AiKind, model: String, alive_until: DateTime<Utc> },
    /// A past reply: it is finished already.
    Template(DraftTemplate),
}

/// What came of beginning a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BegunDraft {
    New(DraftId),
    /// Another one is under way for this question, or was begun a moment ago with the same note.
    There(DraftId),
}

/// How a draft ended.
#[derive(Debug, Clone)]
pub enum DraftEnd<'a> {
    Done {
        checked: &'a CheckedDraft,
        model: &'a str,
    },
    /// With the sentences that had come until then.
    Failed {
        problem: DraftProblem,
        nonsense: Option<&'a str>,
        written: &'a [DraftSentence],
    },
}

/// What a call came to: tokens sent and answered, and what it cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DraftCost {
    pub tokens: Option<(i64, i64)>,
    pub micros: Option<i64>,
}

/// A draft as it is stored.
#[derive(Debug, Clone)]
pub struct StoredDraft {
    pub id: DraftId,
    pub thread: ThreadId,
    pub account: AccountId,
    pub question: MessageId,
    pub kind: DraftKind,
    pub state: DraftState,
    pub problem: Option<DraftProblem>,
    pub nonsense: Option<String>,
    pub content: CheckedDraft,
    pub template: Option<DraftTemplate>,
    pub cases: Vec<OfferedCase>,
    pub note: Option<String>,
    pub replaces: Option<DraftId>,
    pub asked_by: Option<String>,
    pub provider: Option<AiKind>,
    pub model: Option<String>,
    pub hidden: i64,
    pub is_shortened: bool,
    pub cost: DraftCost,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub alive_until: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct DraftRow {
    id: DraftId,
    email_thread_id: ThreadId,
    integration_account_id: AccountId,
    question_message_id: MessageId,
    #[sqlx(try_from = "String")]
    kind: DraftKind,
    #[sqlx(try_from = "String")]
    state: DraftState,
    problem: Option<String>,
    nonsense: Option<String>,
    content: Json<Value>,
    template: Option<Json<Value>>,
    cases: Json<Value>,
    note: Option<String>,
    replaces: Option<DraftId>,
    asked_by: Option<String>,
    provider_code: Option<String>,
    model: Option<String>,
    hidden: i64,
    is_shortened: bool,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cost_micros: Option<i64>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    alive_until: Option<DateTime<Utc>>,
}

impl From<DraftRow> for StoredDraft {
    fn from(row: DraftRow) -> Self {
        Self {
            id: row.id,
            thread: row.email_thread_id,
            account: row.integration_account_id,
            question: row.question_message_id,
            kind: row.kind,
            state: row.state,
            // What another version of the program wrote, and this one does not know, is left out.
            problem: row.problem.and_then(|problem| problem.parse().ok()),
            nonsense: row.nonsense,
            content: serde_json::from_value(row.content.0).unwrap_or_default(),
            template: row.template.and_then(|template| serde_json::from_value(template.0).ok()),
            cases: serde_json::from_value(row.cases.0).unwrap_or_default(),
            note: row.note,
            replaces: row.replaces,
            asked_by: row.asked_by,
            provider: row.provider_code.and_then(|code| code.parse().ok()),
            model: row.model,
            hidden: row.hidden,
            is_shortened: row.is_shortened,
            cost: DraftCost { tokens: row.input_tokens.zip(row.output_tokens), micros: row.cost_micros },
            created_at: row.created_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
            alive_until: row.alive_until,
        }
    }
}

/// The latest draft of a question.
#[derive(FromRow)]
struct LatestRow {
    id: DraftId,
    #[sqlx(try_from = "String")]
    state: DraftState,
    note: Option<String>,
    created_at: DateTime<Utc>,
    alive_until: Option<DateTime<Utc>>,
}

impl LatestRow {
    /// Whether this is the draft that is asked for: it is being written, or the same was asked for a moment ago.
    fn is_meant(&self, new: &NewDraft, same_since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        match self.state {
            DraftState::Running => self.alive_until.is_some_and(|until| until > now),
            DraftState::Done | DraftState::Failed => self.note == new.note && self.created_at > same_since,
            DraftState::Cancelled => false,
        }
    }
}

/// Drafts with the thread that their question is in by now: threads grow together.
const SELECT: &str = "SELECT s.id, p.email_thread_id, s.integration_account_id, s.question_message_id, s.kind, s.state,
    s.problem, s.nonsense, s.content, s.template, s.cases, s.note, s.replaces,
    (SELECT u.display_name FROM users u WHERE u.id = s.asked_by) AS asked_by, s.provider_code, s.model, s.hidden,
    s.is_shortened, s.input_tokens, s.output_tokens, s.cost_micros, s.created_at, s.updated_at, s.finished_at,
    s.alive_until
  FROM emails_thread_parts p
  JOIN emails_messages m ON m.integration_account_id = p.integration_account_id AND m.thread_id = p.thread_id
  JOIN ai_suggestions s ON s.question_message_id = m.id";

impl Store {
    /// Begins a draft: one for each question at a time, and one of several that are asked for at the same moment. `same_since`: from when on
    /// a finished one with the same note is that. That mail goes to a provider is put on record.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn begin_draft(
        &self,
        new: &NewDraft,
        act: Act,
        same_since: DateTime<Utc>,
    ) -> Result<Option<BegunDraft>, StoreError> {
        let now = act.at;
        let (provider, model, alive_until, template) = match &new.from {
            NewDraftFrom::Model { provider, model, alive_until } => {
                (Some(*provider), Some(model), Some(*alive_until), None)
            }
            NewDraftFrom::Template(template) => (None, None, None, Some(template)),
        };
        let (kind, state) = match template {
            None => (DraftKind::Draft, DraftState::Running),
            Some(_) => (DraftKind::Template, DraftState::Done),
        };
        Ok(writing!(self, tx => {
            // Who comes at the same time waits here, and then finds what was begun.
            let sql = format!("SELECT id FROM emails_messages WHERE id = $1 {}", tx.for_update());
            let question: Option<MessageId> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(new.question).fetch_optional(&mut *tx).await?;
            if question.is_none() {
                return Ok(None);
            }
            let latest: Option<LatestRow> = sqlx::query_as(
                "SELECT id, state, note, created_at, alive_until FROM ai_suggestions WHERE question_message_id = $1
                 ORDER BY created_at DESC, id DESC LIMIT 1",
            )
            .bind(new.question).fetch_optional(&mut *tx).await?;
            if let Some(latest) = latest.as_ref().filter(|latest| latest.is_meant(new, same_since, now)) {
                return Ok(Some(BegunDraft::There(latest.id)));
            }
            let id = DraftId::new();
            sqlx::query(
                "INSERT INTO ai_suggestions (id, integration_account_id, question_message_id, kind, state, note, replaces,
                   asked_by, provider_code, model, cases, hidden, is_shortened, content, template, language, created_at,
                   updated_at, finished_at, alive_until)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $19)",
            )
            .bind(id).bind(new.account).bind(new.question).bind(kind.as_str()).bind(state.as_str()).bind(&new.note)
            .bind(latest.map(|latest| latest.id)).bind(act.by.user).bind(provider.map(AiKind::as_str)).bind(model)
            .bind(Json(&new.cases)).bind(new.hidden).bind(new.is_shortened).bind(Json(CheckedDraft::default()))
            .bind(template.map(Json)).bind(template.and_then(|template| template.language.as_ref())).bind(now)
            .bind(template.map(|_| now)).bind(alive_until).execute(&mut *tx).await?;
            if let Some((provider, model)) = provider.zip(model) {
                record!(tx, act, AuditAction::DraftAsked, Record {
                    target: Some(new.thread.to_string()),
                    to: Some(format!("{}: {model}", provider.name())),
                    ..Record::default()
                });
            }
            Some(BegunDraft::New(id))
        }))
    }

    /// A draft.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn draft(&self, id: DraftId) -> Result<Option<StoredDraft>, StoreError> {
        let row: Option<DraftRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" WHERE s.id = ").push_bind(id);
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(Into::into))
    }

    /// The drafts of a thread, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn drafts_of(&self, thread: ThreadId, limit: i64) -> Result<Vec<StoredDraft>, StoreError> {
        let rows: Vec<DraftRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" WHERE p.email_thread_id = ").push_bind(thread);
            query.push(" ORDER BY s.created_at DESC, s.id DESC LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Whether a draft is still to be written.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_draft_running(&self, id: DraftId) -> Result<bool, StoreError> {
        let found: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM ai_suggestions WHERE id = $1 AND state = 'running'")
                .bind(id).fetch_optional(db).await?
        });
        Ok(found.is_some())
    }

    /// Keeps what is written of a draft so far, and that somebody is still at it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_draft(
        &self,
        id: DraftId,
        sentences: &[DraftSentence],
        alive_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let content = CheckedDraft { sentences: sentences.to_vec(), ..CheckedDraft::default() };
        writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_suggestions SET content = $2, alive_until = $3, updated_at = $4
                 WHERE id = $1 AND state = 'running'",
            )
            .bind(id).bind(Json(&content)).bind(alive_until).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Finishes a draft, unless it was cancelled. One that was only taken for interrupted is finished after all.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn finish_draft(
        &self,
        id: DraftId,
        end: &DraftEnd<'_>,
        cost: DraftCost,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (tokens_in, tokens_out) = cost.tokens.unzip();
        writing!(self, tx => {
            match end {
                DraftEnd::Done { checked, model } => {
                    let confidence = checked.confidence;
                    sqlx::query(
                        "UPDATE ai_suggestions SET state = 'done', problem = NULL, content = $2, model = $3, confidence = $4,
                           model_confidence = $5, sentiment = $6, intent = $7, urgency = $8, language = $9,
                           input_tokens = $10, output_tokens = $11, cost_micros = $12, finished_at = $13, updated_at = $13,
                           alive_until = NULL
                         WHERE id = $1 AND (state = 'running' OR problem = 'interrupted')",
                    )
                    .bind(id).bind(Json(checked)).bind(*model).bind(i64::from(confidence.score))
                    .bind(confidence.model.map(i64::from)).bind(checked.sentiment.map(|word| word.as_str()))
                    .bind(checked.intent.map(|word| word.as_str())).bind(checked.urgency.map(|word| word.as_str()))
                    .bind(&checked.language).bind(tokens_in).bind(tokens_out).bind(cost.micros).bind(now)
                    .execute(&mut *tx).await?;
                }
                DraftEnd::Failed { problem, nonsense, written } => {
                    // What was written until then has not been checked as a whole: it is kept to be read, without a text to copy.
                    let written = CheckedDraft { sentences: written.to_vec(), ..CheckedDraft::default() };
                    sqlx::query(
                        "UPDATE ai_suggestions SET state = 'failed', problem = $2, nonsense = $3, content = $4,
                           input_tokens = $5, output_tokens = $6, cost_micros = $7, finished_at = $8, updated_at = $8,
                           alive_until = NULL
                         WHERE id = $1 AND (state = 'running' OR problem = 'interrupted')",
                    )
                    .bind(id).bind(problem.as_str()).bind(*nonsense).bind(Json(&written)).bind(tokens_in)
                    .bind(tokens_out).bind(cost.micros).bind(now).execute(&mut *tx).await?;
                }
            }
        });
        Ok(())
    }

    /// Cancels a draft that is being written. Says whether it was.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn cancel_draft(&self, id: DraftId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_suggestions SET state = 'cancelled', finished_at = $2, updated_at = $2, alive_until = NULL
                 WHERE id = $1 AND state = 'running'",
            )
            .bind(id).bind(now).execute(&mut *tx).await?.rows_affected() > 0
        }))
    }

    /// Closes drafts whose process is not there any more. Says how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn close_lost_drafts(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let some: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM ai_suggestions WHERE state = 'running' AND alive_until <= $1 LIMIT 1")
                .bind(now).fetch_optional(db).await?
        });
        if some.is_none() {
            return Ok(0);
        }
        Ok(writing!(self, tx => {
            sqlx::query(
                "UPDATE ai_suggestions SET state = 'failed', problem = 'interrupted', content = $2, finished_at = $1,
                   updated_at = $1, alive_until = NULL
                 WHERE state = 'running' AND alive_until <= $1",
            )
            .bind(now).bind(Json(CheckedDraft::default())).execute(&mut *tx).await?.rows_affected()
        }))
    }

    /// The texts of the latest approved replies of an account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn latest_replies(&self, account: AccountId, limit: i64) -> Result<Vec<String>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT our_reply_text FROM ai_training_pairs WHERE integration_account_id = $1 AND status = 'approved'
                 ORDER BY replied_at DESC, id DESC LIMIT $2",
            )
            .bind(account).bind(limit).fetch_all(db).await?
        }))
    }

    /// The names by which some messages' senders call themselves.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sender_names(&self, messages: &[MessageId]) -> Result<BTreeMap<MessageId, String>, StoreError> {
        if messages.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<(MessageId, String)> = reading!(self, db => {
            let mut query =
                QueryBuilder::new("SELECT id, from_name FROM emails_messages WHERE from_name IS NOT NULL AND id IN ");
            push_list(&mut query, messages);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().collect())
    }
}
