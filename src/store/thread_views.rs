//! Mail for reading: threads across accounts with their messages.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};

use super::{Store, StoreError, reading};
use crate::types::{
    AccountId, Direction, EmailMailbox, EmailPair, EmailPerson, EmailThread, EmailThreadPage, MessageId, PairId,
    PairStatus, ThreadId,
};

/// Which threads to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadFilter {
    /// Threads that this account sees.
    pub account: Option<AccountId>,
    /// Words of the subject, or of a name or address of somebody who wrote or was written to.
    pub text: Option<String>,
}

/// A thread, and the threads of single mailboxes that make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadParts {
    pub subject: Option<String>,
    pub parts: Vec<(AccountId, String)>,
    pub pairs: Vec<EmailPair>,
}

/// What a page shows of a message besides what pairing needs ([`super::ThreadMail`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadMessageFacts {
    pub id: MessageId,
    pub account_name: String,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// The HTML of a message and what it may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody {
    pub subject: Option<String>,
    pub html: Option<String>,
}

#[derive(FromRow)]
struct ThreadRow {
    id: ThreadId,
    subject: Option<String>,
    first_message_at: Option<DateTime<Utc>>,
    last_message_at: DateTime<Utc>,
    message_count: i32,
    pair_count: i64,
}

#[derive(FromRow)]
struct PersonRow {
    email_thread_id: ThreadId,
    #[sqlx(try_from = "String")]
    direction: Direction,
    from_name: Option<String>,
    from_address: Option<String>,
}

#[derive(FromRow)]
struct FactsRow {
    id: MessageId,
    account_name: String,
    to_addresses: Json<Vec<String>>,
    cc_addresses: Option<Json<Vec<String>>>,
    deleted_at: Option<DateTime<Utc>>,
}

/// People of a thread that a list names.
const PEOPLE: usize = 4;

/// The place after a thread: latest first, ids breaking ties.
fn cursor_after(row: &ThreadRow) -> String {
    format!("{}_{}", row.last_message_at.timestamp_micros(), row.id)
}

fn parse_cursor(cursor: &str) -> Result<(DateTime<Utc>, ThreadId), StoreError> {
    let (micros, id) = cursor.split_once('_').ok_or(StoreError::BadCursor)?;
    let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(StoreError::BadCursor)?;
    Ok((at, id.parse().map_err(|_| StoreError::BadCursor)?))
}

/// A text as a pattern of `LIKE … ESCAPE '\'` that finds it anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Subject, names and addresses against the pattern `$4`. Both databases fold the case of ASCII letters only.
const FOUND: &str = "(LOWER(t.subject) LIKE $4 ESCAPE '\\' OR EXISTS (
    SELECT 1 FROM emails_thread_parts fp JOIN emails_messages fm
      ON fm.integration_account_id = fp.integration_account_id AND fm.thread_id = fp.thread_id
    WHERE fp.email_thread_id = t.id AND (
      LOWER(fm.subject) LIKE $4 ESCAPE '\\' OR LOWER(fm.from_address) LIKE $4 ESCAPE '\\'
      OR LOWER(fm.from_name) LIKE $4 ESCAPE '\\' OR LOWER(CAST(fm.to_addresses AS TEXT)) LIKE $4 ESCAPE '\\'
      OR LOWER(CAST(fm.cc_addresses AS TEXT)) LIKE $4 ESCAPE '\\')))";

impl Store {
    /// A page of threads, the one with the latest message first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that no page gave out.
    pub async fn list_threads(
        &self,
        filter: &ThreadFilter,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<EmailThreadPage, StoreError> {
        let after = cursor.map(parse_cursor).transpose()?;
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT t.id, t.subject, t.first_message_at, t.last_message_at, t.message_count,
               (SELECT COUNT(*) FROM emails_thread_parts p JOIN ai_training_pairs r
                  ON r.integration_account_id = p.integration_account_id AND r.thread_id = p.thread_id
                WHERE p.email_thread_id = t.id) AS pair_count
             FROM emails_threads t
             WHERE t.last_message_at IS NOT NULL
               AND ($1 IS NULL OR t.last_message_at < $1 OR (t.last_message_at = $1 AND t.id < $2))
               AND ($3 IS NULL OR EXISTS (SELECT 1 FROM emails_thread_parts p
                    WHERE p.email_thread_id = t.id AND p.integration_account_id = $3))
               AND ($4 IS NULL OR {FOUND})
             ORDER BY t.last_message_at DESC, t.id DESC LIMIT $5"
        ));
        // One row more than asked for tells whether there is a page after this one.
        let mut rows: Vec<ThreadRow> = reading!(self, db => {
            sqlx::query_as(sql)
                .bind(after.map(|(at, _)| at)).bind(after.map(|(_, id)| id)).bind(filter.account)
                .bind(filter.text.as_deref().map(pattern)).bind(limit + 1).fetch_all(db).await?
        });
        let page = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > page;
        rows.truncate(page);
        let next_cursor = rows.last().filter(|_| more).map(cursor_after);
        let ids: Vec<ThreadId> = rows.iter().map(|row| row.id).collect();
        let mut people = self.people_of(&ids).await?;
        let mut mailboxes = self.mailboxes_of(&ids).await?;
        let items = rows.into_iter().map(|row| EmailThread {
            people: people.remove(&row.id).unwrap_or_default(),
            accounts: mailboxes.remove(&row.id).unwrap_or_default(),
            id: row.id,
            subject: row.subject,
            first_message_at: row.first_message_at,
            last_message_at: Some(row.last_message_at),
            message_count: row.message_count,
            pair_count: row.pair_count,
        });
        Ok(EmailThreadPage { items: items.collect(), limit, next_cursor })
    }

    /// The latest authors of each thread.
    async fn people_of(&self, threads: &[ThreadId]) -> Result<BTreeMap<ThreadId, Vec<EmailPerson>>, StoreError> {
        let mut people: BTreeMap<ThreadId, Vec<EmailPerson>> = BTreeMap::new();
        if threads.is_empty() {
            return Ok(people);
        }
        let rows: Vec<PersonRow> = reading!(self, db => {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT p.email_thread_id, m.direction, m.from_name, m.from_address
                 FROM emails_thread_parts p JOIN emails_messages m
                   ON m.integration_account_id = p.integration_account_id AND m.thread_id = p.thread_id
                 WHERE p.email_thread_id IN (",
            );
            let mut list = query.separated(", ");
            for id in threads {
                list.push_bind(*id);
            }
            query.push(
                ") GROUP BY p.email_thread_id, m.direction, m.from_name, m.from_address
                 ORDER BY MAX(COALESCE(m.sent_at, m.received_at, m.created_at)) DESC",
            );
            query.build_query_as().fetch_all(db).await?
        });
        for row in rows {
            let list = people.entry(row.email_thread_id).or_default();
            let known = list.iter().any(|person| person.address == row.from_address);
            if !known && list.len() < PEOPLE {
                let ours = row.direction == Direction::Outgoing;
                list.push(EmailPerson { name: row.from_name, address: row.from_address, ours });
            }
        }
        Ok(people)
    }

    /// The mailboxes that see each thread.
    async fn mailboxes_of(&self, threads: &[ThreadId]) -> Result<BTreeMap<ThreadId, Vec<EmailMailbox>>, StoreError> {
        let mut mailboxes: BTreeMap<ThreadId, Vec<EmailMailbox>> = BTreeMap::new();
        if threads.is_empty() {
            return Ok(mailboxes);
        }
        let rows: Vec<(ThreadId, AccountId, String, String)> = reading!(self, db => {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT DISTINCT p.email_thread_id, a.id, a.display_name, v.code
                 FROM emails_thread_parts p JOIN integrations_accounts a ON a.id = p.integration_account_id
                 JOIN integrations_providers v ON v.id = a.provider_id WHERE p.email_thread_id IN (",
            );
            let mut list = query.separated(", ");
            for id in threads {
                list.push_bind(*id);
            }
            query.push(") ORDER BY a.display_name, a.id");
            query.build_query_as().fetch_all(db).await?
        });
        for (thread, id, display_name, provider_code) in rows {
            mailboxes.entry(thread).or_default().push(EmailMailbox { id, display_name, provider_code });
        }
        Ok(mailboxes)
    }

    /// A thread and what it is made of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_parts(&self, id: ThreadId) -> Result<Option<ThreadParts>, StoreError> {
        let thread: Option<(Option<String>,)> = reading!(self, db => {
            sqlx::query_as("SELECT subject FROM emails_threads WHERE id = $1").bind(id).fetch_optional(db).await?
        });
        let Some((subject,)) = thread else { return Ok(None) };
        let parts: Vec<(AccountId, String)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT integration_account_id, thread_id FROM emails_thread_parts WHERE email_thread_id = $1
                 ORDER BY integration_account_id, thread_id",
            )
            .bind(id).fetch_all(db).await?
        });
        let rows: Vec<(PairId, String, DateTime<Utc>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT r.id, r.status, r.replied_at FROM emails_thread_parts p JOIN ai_training_pairs r
                   ON r.integration_account_id = p.integration_account_id AND r.thread_id = p.thread_id
                 WHERE p.email_thread_id = $1 ORDER BY r.replied_at, r.id",
            )
            .bind(id).fetch_all(db).await?
        });
        let pair = |(id, status, replied_at): (PairId, String, DateTime<Utc>)| {
            let status: PairStatus =
                status.parse().map_err(|_| StoreError::Corrupt(format!("pair status {status}")))?;
            Ok(EmailPair { id, status, replied_at })
        };
        let pairs = rows.into_iter().map(pair).collect::<Result<_, StoreError>>()?;
        Ok(Some(ThreadParts { subject, parts, pairs }))
    }

    /// What a page shows of each message of a thread besides what [`Store::thread_mail`] says.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_facts(&self, id: ThreadId) -> Result<Vec<ThreadMessageFacts>, StoreError> {
        let rows: Vec<FactsRow> = reading!(self, db => {
            sqlx::query_as(
                "SELECT m.id, a.display_name AS account_name, m.to_addresses, m.cc_addresses, m.deleted_at
                 FROM emails_thread_parts p JOIN emails_messages m
                   ON m.integration_account_id = p.integration_account_id AND m.thread_id = p.thread_id
                 JOIN integrations_accounts a ON a.id = m.integration_account_id WHERE p.email_thread_id = $1",
            )
            .bind(id).fetch_all(db).await?
        });
        let facts = rows.into_iter().map(|row| ThreadMessageFacts {
            id: row.id,
            account_name: row.account_name,
            to: row.to_addresses.0,
            cc: row.cc_addresses.map(|Json(list)| list).unwrap_or_default(),
            deleted_at: row.deleted_at,
        });
        Ok(facts.collect())
    }

    /// The HTML of one message. `None` when there is no such message.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn message_body(&self, id: MessageId) -> Result<Option<MessageBody>, StoreError> {
        let row: Option<(Option<String>, Option<String>)> = reading!(self, db => {
            sqlx::query_as("SELECT subject, body_html FROM emails_messages WHERE id = $1")
                .bind(id).fetch_optional(db).await?
        });
        Ok(row.map(|(subject, html)| MessageBody { subject, html }))
    }

    /// How many threads each account sees.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_counts(&self) -> Result<Vec<(AccountId, i64)>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT integration_account_id, COUNT(DISTINCT email_thread_id) FROM emails_thread_parts
                 GROUP BY integration_account_id",
            )
            .fetch_all(db).await?
        }))
    }

    /// How many threads there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_threads(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, db => sqlx::query_scalar("SELECT COUNT(*) FROM emails_threads").fetch_one(db).await?))
    }
}
