//! Reading stored mail: as pairing and threading need it, and which mail there is.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder, types::Json};

use crate::{
    mail::{Nature, ThreadLinks},
    store::{Store, StoreError, bulk::push_list, reading},
    types::{AccountId, Direction, MessageId, ThreadId},
};

/// A stored message as pairing needs it.
#[derive(Debug, Clone)]
pub struct ThreadMail {
    pub id: MessageId,
    pub account: AccountId,
    /// The thread's id in that account.
    pub thread_id: String,
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    pub direction: Direction,
    /// The sender's clock, or ours where the message has no date.
    pub at: Option<DateTime<Utc>>,
    pub from_address: Option<String>,
    pub from_name: Option<String>,
    /// Where the author wants answers.
    pub reply_to: Vec<String>,
    pub recipients: Vec<String>,
    pub subject: Option<String>,
    pub nature: Nature,
    pub body_text: Option<String>,
    pub body_html: Option<String>,
    /// Something is attached that is not a picture in the text.
    pub has_attachment: bool,
}

#[derive(FromRow)]
struct ThreadRow {
    id: MessageId,
    integration_account_id: AccountId,
    thread_id: String,
    internet_message_id: Option<String>,
    in_reply_to: Json<Vec<String>>,
    reference_ids: Json<Vec<String>>,
    #[sqlx(try_from = "String")]
    direction: Direction,
    sent_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
    from_address: Option<String>,
    from_name: Option<String>,
    to_addresses: Json<Vec<String>>,
    cc_addresses: Option<Json<Vec<String>>>,
    bcc_addresses: Option<Json<Vec<String>>>,
    reply_to_addresses: Option<Json<Vec<String>>>,
    subject: Option<String>,
    nature: Json<Nature>,
    body_text: Option<String>,
    body_html: Option<String>,
    has_attachment: bool,
}

impl From<ThreadRow> for ThreadMail {
    fn from(row: ThreadRow) -> Self {
        let mut recipients = row.to_addresses.0;
        recipients.extend(row.cc_addresses.into_iter().chain(row.bcc_addresses).flat_map(|Json(list)| list));
        Self {
            id: row.id,
            account: row.integration_account_id,
            thread_id: row.thread_id,
            message_id: row.internet_message_id,
            in_reply_to: row.in_reply_to.0,
            references: row.reference_ids.0,
            direction: row.direction,
            at: row.sent_at.or(row.received_at),
            from_address: row.from_address,
            from_name: row.from_name,
            reply_to: row.reply_to_addresses.map(|Json(list)| list).unwrap_or_default(),
            recipients,
            subject: row.subject,
            nature: row.nature.0,
            body_text: row.body_text,
            body_html: row.body_html,
            has_attachment: row.has_attachment,
        }
    }
}

#[derive(FromRow)]
struct LinksRow {
    internet_message_id: Option<String>,
    in_reply_to: Json<Vec<String>>,
    reference_ids: Json<Vec<String>>,
    subject: Option<String>,
    from_address: Option<String>,
    to_addresses: Json<Vec<String>>,
    cc_addresses: Option<Json<Vec<String>>>,
    sent_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
    thread_id: String,
}

impl From<LinksRow> for (ThreadLinks, String) {
    fn from(row: LinksRow) -> Self {
        let mut earlier = row.reference_ids.0;
        earlier.extend(row.in_reply_to.0);
        let mut recipients = row.to_addresses.0;
        recipients.extend(row.cc_addresses.into_iter().flat_map(|Json(list)| list));
        let links = ThreadLinks {
            message_id: row.internet_message_id,
            earlier,
            subject: row.subject,
            from: row.from_address,
            recipients,
            date: row.sent_at.or(row.received_at),
        };
        (links, row.thread_id)
    }
}

/// The columns of a [`ThreadRow`], of the messages as `m`.
const THREAD_COLUMNS: &str = "m.id, m.integration_account_id, m.thread_id, m.internet_message_id, m.in_reply_to,
    m.reference_ids, m.direction, m.sent_at, m.received_at, m.from_address, m.from_name, m.to_addresses, m.cc_addresses,
    m.bcc_addresses, m.reply_to_addresses, m.subject, m.nature, m.body_text, m.body_html,
    EXISTS (SELECT 1 FROM emails_attachments a WHERE a.message_id = m.id AND NOT a.inline_part) AS has_attachment";

impl Store {
    /// Which of these provider ids are stored already, and not known to be deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn known_external_ids(
        &self,
        account: AccountId,
        external_ids: &[&str],
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut known = BTreeSet::new();
        // Both databases allow some 32,000 parameters; 500 keep the statement small.
        for chunk in external_ids.chunks(500) {
            let rows: Vec<String> = reading!(self, db => {
                let mut query = sqlx::QueryBuilder::new(
                    "SELECT external_id FROM emails_messages WHERE deleted_at IS NULL AND integration_account_id = ",
                );
                query.push_bind(account).push(" AND external_id IN (");
                let mut list = query.separated(", ");
                for id in chunk {
                    list.push_bind(*id);
                }
                query.push(")");
                query.build_query_scalar().fetch_all(db).await?
            });
            known.extend(rows);
        }
        Ok(known)
    }

    /// The messages of a mailbox's thread, with those of the other accounts' threads that are one with it
    /// ([`Store::link_threads`]), in no particular order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_mail(&self, account: AccountId, thread_id: &str) -> Result<Vec<ThreadMail>, StoreError> {
        let rows: Vec<ThreadRow> = reading!(self, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT {THREAD_COLUMNS}
                 FROM (SELECT part.integration_account_id AS account, part.thread_id AS thread
                       FROM emails_thread_parts mine
                       JOIN emails_thread_parts part ON part.email_thread_id = mine.email_thread_id
                       WHERE mine.integration_account_id = $1 AND mine.thread_id = $2
                       UNION SELECT $1, $2) parts
                 JOIN emails_messages m ON m.integration_account_id = parts.account AND m.thread_id = parts.thread"
            )))
            .bind(account).bind(thread_id).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The messages of threads across accounts, by thread, in no particular order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn mail_of_threads(
        &self,
        threads: &[ThreadId],
    ) -> Result<HashMap<ThreadId, Vec<ThreadMail>>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            email_thread_id: ThreadId,
            #[sqlx(flatten)]
            message: ThreadRow,
        }
        let rows: Vec<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new(format!(
                "SELECT part.email_thread_id, {THREAD_COLUMNS} FROM emails_thread_parts part
                 JOIN emails_messages m
                   ON m.integration_account_id = part.integration_account_id AND m.thread_id = part.thread_id
                 WHERE part.email_thread_id IN "
            ));
            push_list(&mut query, threads);
            query.build_query_as().fetch_all(db).await?
        });
        let mut mail: HashMap<ThreadId, Vec<ThreadMail>> = HashMap::new();
        for row in rows {
            mail.entry(row.email_thread_id).or_default().push(row.message.into());
        }
        Ok(mail)
    }

    /// Some threads whose pairs have to be made anew.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn threads_to_pair(&self, account: AccountId, limit: usize) -> Result<Vec<String>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT thread_id FROM threads_to_pair WHERE integration_account_id = $1 ORDER BY thread_id LIMIT $2",
            )
            .bind(account).bind(i64::try_from(limit).unwrap_or(i64::MAX)).fetch_all(db).await?
        }))
    }

    /// Every thread of an account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_ids(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT DISTINCT thread_id FROM emails_messages WHERE integration_account_id = $1 ORDER BY thread_id",
            )
            .bind(account).fetch_all(db).await?
        }))
    }

    /// Every message of an account by what places it in a thread, and its thread: to go on threading where an earlier
    /// import stopped.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_links(&self, account: AccountId) -> Result<Vec<(ThreadLinks, String)>, StoreError> {
        let rows: Vec<LinksRow> = reading!(self, db => {
            sqlx::query_as(
                "SELECT internet_message_id, in_reply_to, reference_ids, subject, from_address, to_addresses, cc_addresses,
                        sent_at, received_at, thread_id
                 FROM emails_messages WHERE integration_account_id = $1 ORDER BY id",
            )
            .bind(account).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The `Message-ID` of each message of an account that has one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn internet_message_ids(&self, account: AccountId) -> Result<HashMap<MessageId, String>, StoreError> {
        let rows: Vec<(MessageId, String)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT id, internet_message_id FROM emails_messages
                 WHERE integration_account_id = $1 AND internet_message_id IS NOT NULL",
            )
            .bind(account).fetch_all(db).await?
        });
        Ok(rows.into_iter().collect())
    }
}
