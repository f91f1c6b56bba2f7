//! Approved pairs to read and to search: pages of them, and how many there are. They are found by the words of all pairs
//! ([`super::pairs`]).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    Store, StoreError,
    bulk::push_list,
    cursor,
    pairs::{Expression, OF_PAGE, PairRow, Term},
    reading,
    threads::saving::words_asked,
};
use crate::types::{
    AccountId, AnswerFilter, AnswerPage, ExportedAnswer, PairId, PairLabels, PairSource, PairStatus, ThreadId,
};

/// The approved pairs that a search finds: SQLite reads the words in the order of places.
const FOUND_SQLITE: &str = " FROM pair_words CROSS JOIN pair_places w CROSS JOIN ai_training_pairs t
    WHERE w.place = pair_words.rowid AND t.id = w.pair_id AND t.status = 'approved' AND pair_words MATCH ";
const FOUND_POSTGRES: &str = " FROM pair_words w JOIN ai_training_pairs t ON t.id = w.pair_id
    WHERE t.status = 'approved' AND w.words @@ ";

/// The columns of an [`ExportedAnswer`], of the pairs in `page (page_id)`, in the order that `OF_PAGE` explains.
const EXPORTED: &str =
    "SELECT t.id AS pair_id, t.integration_account_id AS account_id, a.external_account_id AS account,
    (SELECT part.email_thread_id FROM emails_thread_parts part
     WHERE part.integration_account_id = t.integration_account_id AND part.thread_id = t.thread_id) AS thread_id,
    c.subject, t.client_text AS question, t.our_reply_text AS reply, c.from_address AS question_from,
    c.to_addresses AS question_to, r.from_address AS reply_from, r.to_addresses AS reply_to,
    COALESCE(c.sent_at, c.received_at) AS asked_at, t.replied_at, t.labels,
    (SELECT u.email FROM users u WHERE u.id = t.decided_by) AS decided_by, t.decided_at, t.edited,
    CASE WHEN c.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL THEN 'deleted'
         WHEN t.source_gone THEN 'gone'
         WHEN t.fresh_client_text IS NULL AND t.fresh_reply_text IS NULL THEN 'same' ELSE 'changed' END AS source
  FROM page CROSS JOIN ai_training_pairs t CROSS JOIN integrations_accounts a CROSS JOIN emails_messages c
  CROSS JOIN emails_messages r
  WHERE t.id = page.page_id AND a.id = t.integration_account_id AND c.id = t.client_message_id
    AND r.id = t.our_reply_message_id AND t.status = 'approved'";

#[derive(FromRow)]
struct ExportedRow {
    pair_id: PairId,
    account_id: AccountId,
    account: String,
    thread_id: Option<ThreadId>,
    subject: Option<String>,
    question: String,
    reply: String,
    question_from: Option<String>,
    question_to: Json<Vec<String>>,
    reply_from: Option<String>,
    reply_to: Json<Vec<String>>,
    asked_at: Option<DateTime<Utc>>,
    replied_at: DateTime<Utc>,
    labels: Json<Value>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    edited: bool,
    #[sqlx(try_from = "String")]
    source: PairSource,
}

impl From<ExportedRow> for ExportedAnswer {
    fn from(row: ExportedRow) -> Self {
        // Labels of another version are none, and no error.
        let labels: PairLabels = serde_json::from_value(row.labels.0).unwrap_or_default();
        Self {
            pair_id: row.pair_id,
            account_id: row.account_id,
            account: row.account,
            thread_id: row.thread_id,
            subject: row.subject,
            question: row.question,
            reply: row.reply,
            question_from: row.question_from,
            question_to: row.question_to.0,
            reply_from: row.reply_from,
            reply_to: row.reply_to.0,
            asked_at: row.asked_at,
            replied_at: row.replied_at,
            question_language: labels.client_language,
            reply_language: labels.reply_language,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            edited: row.edited,
            source: row.source,
        }
    }
}

/// The ids of a page of answers, each with the cursor after it.
type Standing = (PairId, String);

impl Store {
    /// A page of approved pairs, the latest reply first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that no page gave out.
    pub async fn list_answers(
        &self,
        filter: &AnswerFilter,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<AnswerPage, StoreError> {
        // One more than asked for tells whether there is a page after this one.
        let mut page = self.page_of_answers(filter, cursor, limit + 1).await?;
        let length = usize::try_from(limit).unwrap_or(0);
        let more = page.len() > length;
        page.truncate(length);
        let next_cursor = page.last().filter(|_| more).map(|(_, cursor)| cursor.clone());
        let ids: Vec<PairId> = page.iter().map(|(id, _)| *id).collect();
        let rows: Vec<PairRow> = reading!(self, db => {
            let mut query = page_of(&ids);
            query.push(OF_PAGE);
            query.build_query_as().fetch_all(db).await?
        });
        let mut items = in_order(&ids, rows.into_iter().map(Into::into), |pair: &crate::types::TrainingPair| pair.id);
        self.add_tags(&mut items).await?;
        Ok(AnswerPage { items, limit, next_cursor, not_searchable_yet: self.answers_waiting().await? })
    }

    /// Some approved pairs with what an export says of each, and the cursor after them: `None` at the end.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that did not come from here.
    pub async fn exported_answers(
        &self,
        filter: &AnswerFilter,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<(Vec<ExportedAnswer>, Option<String>), StoreError> {
        let page = self.page_of_answers(filter, cursor, limit).await?;
        let ids: Vec<PairId> = page.iter().map(|(id, _)| *id).collect();
        if ids.is_empty() {
            return Ok((Vec::new(), None));
        }
        let rows: Vec<ExportedRow> = reading!(self, db => {
            let mut query = page_of(&ids);
            query.push(EXPORTED);
            query.build_query_as().fetch_all(db).await?
        });
        let answers = in_order(&ids, rows.into_iter().map(Into::into), |answer: &ExportedAnswer| answer.pair_id);
        Ok((answers, page.into_iter().next_back().map(|(_, cursor)| cursor)))
    }

    /// The ids of a page, from one index that has their order.
    async fn page_of_answers(
        &self,
        filter: &AnswerFilter,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Standing>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        let Some(text) = &filter.text else { return self.page_of_all_answers(filter.account, after, limit).await };
        let Some(search) = approved_with(text, filter.account, is_sqlite) else { return Ok(Vec::new()) };
        let after = after.map(parse_place).transpose()?;
        let rows: Vec<(PairId, i64)> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT t.id, w.place");
            if is_sqlite {
                query.push(FOUND_SQLITE).push_bind(search);
                if let Some((place, _)) = after {
                    query.push(" AND pair_words.rowid < ").push_bind(place);
                }
                query.push(" ORDER BY pair_words.rowid DESC LIMIT ");
            } else {
                query.push(FOUND_POSTGRES).push_bind(search).push("::tsquery");
                // Two that are noted at once can have one place.
                if let Some((place, id)) = after {
                    query.push(" AND (w.place, w.pair_id) < (").push_bind(place).push(", ").push_bind(id).push(")");
                }
                query.push(" ORDER BY w.place DESC, w.pair_id DESC LIMIT ");
            }
            query.push_bind(limit);
            // PostgreSQL plans each search for its words (see `page_of_threads`).
            query.build_query_as().persistent(is_sqlite).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, place)| (id, format!("{place}_{id}"))).collect())
    }

    async fn page_of_all_answers(
        &self,
        account: Option<AccountId>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Standing>, StoreError> {
        let after = after.map(cursor::parse::<PairId>).transpose()?;
        let rows: Vec<(PairId, DateTime<Utc>)> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT t.id, t.replied_at FROM ai_training_pairs t WHERE t.status = 'approved'");
            if let Some(account) = account {
                query.push(" AND t.integration_account_id = ").push_bind(account);
            }
            if let Some((at, id)) = after {
                query.push(" AND (t.replied_at, t.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY t.replied_at DESC, t.id DESC LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, at)| (id, cursor::after(at, id))).collect())
    }

    /// How many approved pairs each account has of those that a filter means, whatever account it names: from the counts that are kept,
    /// or, for a search, by counting what it finds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn answer_counts(&self, text: Option<&str>) -> Result<BTreeMap<AccountId, i64>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        let Some(text) = text else {
            let mut counts = BTreeMap::new();
            for (account, number) in self.counts_of("approved").await? {
                *counts.entry(account).or_default() += number;
            }
            counts.retain(|_, number| *number > 0);
            return Ok(counts);
        };
        let Some(search) = approved_with(text, None, is_sqlite) else { return Ok(BTreeMap::new()) };
        let rows: Vec<(AccountId, i64)> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT t.integration_account_id, COUNT(*)");
            if is_sqlite {
                query.push(FOUND_SQLITE).push_bind(search);
            } else {
                query.push(FOUND_POSTGRES).push_bind(search).push("::tsquery");
            }
            query.push(" GROUP BY t.integration_account_id");
            query.build_query_as().persistent(is_sqlite).fetch_all(db).await?
        });
        Ok(rows.into_iter().collect())
    }

    /// Approved pairs whose words are still to be noted: a search does not find them yet, or finds what they were.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn answers_waiting(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM pairs_to_note q JOIN ai_training_pairs t ON t.id = q.pair_id
                 WHERE q.soon AND t.status = 'approved'",
            )
            .fetch_one(db).await?
        }))
    }
}

/// A statement that begins with the ids of a page.
pub(super) fn page_of<'a, DB: sqlx::Database>(ids: &[PairId]) -> QueryBuilder<DB>
where
    PairId: sqlx::Encode<'a, DB> + sqlx::Type<DB>,
{
    let mut query = QueryBuilder::new("WITH page AS (SELECT id AS page_id FROM ai_training_pairs WHERE id IN ");
    push_list(&mut query, ids);
    query.push(") ");
    query
}

/// What was read, in the order of the page. What is no longer there is left out.
fn in_order<T>(ids: &[PairId], read: impl Iterator<Item = T>, id_of: impl Fn(&T) -> PairId) -> Vec<T> {
    let mut by_id: BTreeMap<PairId, T> = read.map(|one| (id_of(&one), one)).collect();
    ids.iter().filter_map(|id| by_id.remove(id)).collect()
}

/// The search for approved pairs with these words; `None` where the text has none: such a search finds nothing.
fn approved_with(text: &str, account: Option<AccountId>, is_sqlite: bool) -> Option<String> {
    let words = words_asked(text);
    if words.is_empty() {
        return None;
    }
    let mut wanted: Vec<Term> = words.into_iter().map(|(word, begins)| Term::word(None, &word, begins)).collect();
    wanted.push(Term::status(PairStatus::Approved));
    wanted.extend(account.map(Term::account));
    Some(Expression { wanted, unwanted: Vec::new() }.text(is_sqlite))
}

fn parse_place(cursor: &str) -> Result<(i64, PairId), StoreError> {
    let (place, id) = cursor.split_once('_').ok_or(StoreError::BadCursor)?;
    Ok((place.parse().map_err(|_| StoreError::BadCursor)?, id.parse().map_err(|_| StoreError::BadCursor)?))
}
