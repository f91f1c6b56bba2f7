//! Reading stored mail: as pairing and threading need it, and which mail there is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder, types::Json};
use uuid::Uuid;

use crate::{
    mail::{Again, CopyFacts, MailKind, Nature, SENT_LABEL, is_again},
    store::{
        NewMessage, Store, StoreError,
        bulk::{MOST_VALUES, push_list},
        few::Few,
        reading,
    },
    types::{AccountId, Direction, MessageId, ThreadId, TurnMark},
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
    /// Whether it lies among the sent mail; `None` where nobody can tell, because the mailbox has no folder for it.
    pub in_sent: Option<bool>,
    /// A person says that we sent it, whatever else speaks against that.
    pub confirmed_ours: bool,
    /// The sender's clock, or ours where the message has no date.
    pub at: Option<DateTime<Utc>>,
    /// When it came into this database.
    pub stored_at: DateTime<Utc>,
    pub from_address: Option<String>,
    pub from_name: Option<String>,
    /// Where the author wants answers.
    pub reply_to: Vec<String>,
    /// Of a very long list only the beginning.
    pub recipients: Vec<String>,
    pub subject: Option<String>,
    pub nature: Nature,
    pub body_text: Option<String>,
    pub body_html: Option<String>,
    /// Something is attached that is not a picture in the text.
    pub has_attachment: bool,
    /// Of a body only the beginning was read.
    pub is_cut: bool,
    /// Where a person says that it belongs.
    pub mark: Option<TurnMark>,
}

impl ThreadMail {
    /// Whether we sent it, as far as its place and people tell.
    pub fn sent(&self) -> Option<bool> {
        if self.confirmed_ours { Some(true) } else { self.in_sent }
    }

    /// The mail of a row of which `most` characters of each body were read.
    fn of(row: ThreadRow, most: i32) -> Self {
        let is_cut = |body: &Option<String>| {
            let characters = body.as_ref().map_or(0, |body| body.chars().count());
            usize::try_from(most).is_ok_and(|most| characters >= most)
        };
        let is_cut = most < i32::MAX && (is_cut(&row.body_text) || is_cut(&row.body_html));
        Self { is_cut, ..row.into() }
    }
}

/// The addresses of one header, as many as pairing looks at: who is further down in a longer list is nobody's partner in a conversation.
type People = Few<500>;

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
    labels: Json<Vec<String>>,
    /// A file has labels where it was taken out of Gmail.
    keeps_sent: bool,
    is_of_file: bool,
    confirmed_ours: bool,
    sent_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    from_address: Option<String>,
    from_name: Option<String>,
    to_addresses: Json<People>,
    cc_addresses: Option<Json<People>>,
    bcc_addresses: Option<Json<People>>,
    reply_to_addresses: Option<Json<People>>,
    subject: Option<String>,
    nature: Json<Nature>,
    body_text: Option<String>,
    body_html: Option<String>,
    has_attachment: bool,
    turn_id: Option<Uuid>,
    left_out: bool,
}

impl From<ThreadRow> for ThreadMail {
    fn from(row: ThreadRow) -> Self {
        let mut recipients = row.to_addresses.0.first;
        recipients.extend(row.cc_addresses.into_iter().chain(row.bcc_addresses).flat_map(|Json(list)| list.first));
        Self {
            id: row.id,
            account: row.integration_account_id,
            thread_id: row.thread_id,
            message_id: row.internet_message_id,
            in_reply_to: row.in_reply_to.0,
            references: row.reference_ids.0,
            direction: row.direction,
            confirmed_ours: row.confirmed_ours,
            in_sent: {
                // The labels of a file stand in the message itself, where its sender may have written them.
                let is_doubted = row.is_of_file && row.nature.0.contains(MailKind::DmarcFail);
                let is_sent = !is_doubted && row.labels.0.iter().any(|label| label == SENT_LABEL);
                (is_sent || row.keeps_sent).then_some(is_sent)
            },
            at: row.sent_at.or(row.received_at),
            stored_at: row.created_at,
            from_address: row.from_address,
            from_name: row.from_name,
            reply_to: row.reply_to_addresses.map(|Json(list)| list.first).unwrap_or_default(),
            recipients,
            subject: row.subject,
            nature: row.nature.0,
            body_text: row.body_text,
            body_html: row.body_html,
            has_attachment: row.has_attachment,
            mark: if row.left_out { Some(TurnMark::LeftOut) } else { row.turn_id.map(TurnMark::In) },
            is_cut: false,
        }
    }
}

/// A message that is stored already and came again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCopy {
    pub external_id: String,
    pub labels: Vec<String>,
    /// How much of the stored one the new one holds.
    pub again: Again,
}

/// A stored message that one of a file may be.
#[derive(FromRow)]
struct CopyRow {
    external_id: String,
    internet_message_id: Option<String>,
    labels: Json<Vec<String>>,
    from_address: Option<String>,
    to_addresses: Json<Vec<String>>,
    cc_addresses: Option<Json<Vec<String>>>,
    reply_to_addresses: Option<Json<Vec<String>>>,
    subject: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    body_text: Option<String>,
    body_html: Option<String>,
    attachments: i64,
}

impl CopyRow {
    const COLUMNS: &str = "SELECT external_id, internet_message_id, labels, from_address, to_addresses, cc_addresses,
        reply_to_addresses, subject, sent_at, body_text, body_html,
        (SELECT COUNT(*) FROM emails_attachments a WHERE a.message_id = emails_messages.id) AS attachments
      FROM emails_messages";

    fn facts(&self) -> CopyFacts<'_> {
        let recipients = self.to_addresses.iter().chain(self.cc_addresses.iter().flat_map(|list| &list.0));
        CopyFacts {
            from: self.from_address.as_deref(),
            recipients: recipients.map(String::as_str).collect(),
            reply_to: self.reply_to_addresses.iter().flat_map(|list| &list.0).map(String::as_str).collect(),
            subject: self.subject.as_deref(),
            sent_at: self.sent_at,
            text: self.body_text.as_deref(),
            html: self.body_html.as_deref(),
            attachments: usize::try_from(self.attachments).unwrap_or_default(),
        }
    }
}

/// Stored messages with one Message-ID that a new one is compared with. An id that more of them bear says nothing of which one it is: it
/// comes from broken software, and the same bytes again are found by their key.
const MOST_WITH_ID: usize = 64;
/// Of them, those of the same sending whose texts are read.
const MOST_TEXTS: usize = 4;

/// What a stored message with the same Message-ID says of who wrote to whom, when and about what, without its texts.
#[derive(FromRow)]
struct CopyHead {
    external_id: String,
    internet_message_id: String,
    from_address: Option<String>,
    to_addresses: Json<Vec<String>>,
    cc_addresses: Option<Json<Vec<String>>>,
    reply_to_addresses: Option<Json<Vec<String>>>,
    subject: Option<String>,
    sent_at: Option<DateTime<Utc>>,
}

impl CopyHead {
    const COLUMNS: &str = "SELECT external_id, internet_message_id, from_address, to_addresses, cc_addresses,
        reply_to_addresses, subject, sent_at FROM emails_messages";

    fn facts(&self) -> CopyFacts<'_> {
        let recipients = self.to_addresses.iter().chain(self.cc_addresses.iter().flat_map(|list| &list.0));
        CopyFacts {
            from: self.from_address.as_deref(),
            recipients: recipients.map(String::as_str).collect(),
            reply_to: self.reply_to_addresses.iter().flat_map(|list| &list.0).map(String::as_str).collect(),
            subject: self.subject.as_deref(),
            sent_at: self.sent_at,
            ..CopyFacts::default()
        }
    }
}

/// The columns of a [`ThreadRow`], of the messages as `m`; of each body no more than `most` characters.
fn thread_columns(most: i32) -> String {
    format!(
        "m.id, m.integration_account_id, m.thread_id, m.internet_message_id, m.in_reply_to, m.reference_ids, m.direction,
         m.labels, m.confirmed_ours,
         (SELECT a.keeps_sent OR (p.code = 'mbox' AND m.labels <> '[]') FROM integrations_accounts a
          JOIN integrations_providers p ON p.id = a.provider_id WHERE a.id = m.integration_account_id) AS keeps_sent,
         EXISTS (SELECT 1 FROM integrations_accounts a JOIN integrations_providers p ON p.id = a.provider_id
                 WHERE a.id = m.integration_account_id AND p.code = 'mbox') AS is_of_file,
         m.sent_at, m.received_at, m.created_at, m.from_address, m.from_name, m.to_addresses, m.cc_addresses, m.bcc_addresses,
         m.reply_to_addresses, m.subject, m.nature,
         SUBSTR(m.body_text, 1, {most}) AS body_text, SUBSTR(m.body_html, 1, {most}) AS body_html,
         EXISTS (SELECT 1 FROM emails_attachments a WHERE a.message_id = m.id AND NOT a.inline_part) AS has_attachment,
         (SELECT k.turn_id FROM turn_marks k WHERE k.message_id = m.id) AS turn_id,
         EXISTS (SELECT 1 FROM turn_marks k WHERE k.message_id = m.id AND k.turn_id IS NULL) AS left_out"
    )
}

/// How much there is of the messages `m`. Neither database reads a text to know its bytes.
const LOAD_COLUMNS: &str = "COUNT(*) AS messages, CAST(COALESCE(SUM(COALESCE(OCTET_LENGTH(m.body_text), 0)
    + COALESCE(OCTET_LENGTH(m.body_html), 0)), 0) AS BIGINT) AS bytes";

/// Bytes of bodies that are read of one thread, or of several together: what holds them takes a few times as much.
const BYTES_AT_A_TIME: i64 = 24 << 20;

/// How much mail a thread has.
#[derive(Debug, Clone, Copy, FromRow)]
struct Load {
    messages: i64,
    /// Of all bodies, text and HTML.
    bytes: i64,
}

impl Load {
    /// Characters of each body that are read, so that the thread stays within [`BYTES_AT_A_TIME`]: all there are, of nearly every
    /// thread. Of a larger one each body gets an equal share.
    fn most(self) -> i32 {
        if self.bytes <= BYTES_AT_A_TIME {
            return i32::MAX;
        }
        i32::try_from(BYTES_AT_A_TIME / (2 * self.messages.max(1))).unwrap_or(i32::MAX).max(1)
    }
}

/// Threads whose mail is read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub threads: Vec<ThreadId>,
    /// Characters of each body that are read.
    most: i32,
}

impl Store {
    /// For each message of a file the stored one that it is, from this export of the mailbox or another: by its key, or by its Message-ID
    /// and what it says ([`is_again`]).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn copies_of(
        &self,
        account: AccountId,
        messages: &[NewMessage],
    ) -> Result<Vec<Option<StoredCopy>>, StoreError> {
        let keys: BTreeSet<&str> = messages.iter().map(|message| message.external_id.as_str()).collect();
        let mut rows = self.copies_by_key(account, keys).await?;
        let others = || messages.iter().filter(|message| !rows.contains_key(&message.external_id));
        let ids: BTreeSet<&str> = others().filter_map(|message| message.parsed.message_id.as_deref()).collect();
        let mut heads: HashMap<String, Vec<CopyHead>> = HashMap::new();
        for head in self.heads_with_ids(account, &ids.into_iter().collect::<Vec<_>>()).await? {
            heads.entry(head.internet_message_id.clone()).or_default().push(head);
        }
        let mut same: BTreeSet<&str> = BTreeSet::new();
        for message in others() {
            let Some(with_id) = message.parsed.message_id.as_ref().and_then(|id| heads.get(id)) else { continue };
            let new = CopyFacts::from(&message.parsed);
            let alike = with_id.iter().filter(|head| head.facts().is_of_same_sending(&new));
            same.extend(alike.take(MOST_TEXTS).map(|head| head.external_id.as_str()));
        }
        rows.extend(self.copies_by_key(account, same).await?);
        let mut by_id: HashMap<&str, Vec<&CopyRow>> = HashMap::new();
        for row in rows.values() {
            if let Some(id) = row.internet_message_id.as_deref() {
                by_id.entry(id).or_default().push(row);
            }
        }
        let copy = |message: &NewMessage| {
            let new = CopyFacts::from(&message.parsed);
            let by_key = || {
                let row = rows.get(&message.external_id)?;
                Some((row, is_again(&row.facts(), &new).unwrap_or(Again::Whole)))
            };
            let by_id = || {
                let with_id = by_id.get(message.parsed.message_id.as_deref()?)?;
                with_id.iter().find_map(|row| Some((*row, is_again(&row.facts(), &new)?)))
            };
            let (row, again) = by_key().or_else(by_id)?;
            Some(StoredCopy { external_id: row.external_id.clone(), labels: row.labels.0.clone(), again })
        };
        Ok(messages.iter().map(copy).collect())
    }

    /// The stored messages with these keys, by them.
    async fn copies_by_key(
        &self,
        account: AccountId,
        keys: BTreeSet<&str>,
    ) -> Result<BTreeMap<String, CopyRow>, StoreError> {
        let mut rows = BTreeMap::new();
        for keys in keys.into_iter().collect::<Vec<_>>().chunks(MOST_VALUES) {
            let found: Vec<CopyRow> = reading!(self, db => {
                let mut query = QueryBuilder::new(CopyRow::COLUMNS);
                query.push(" WHERE integration_account_id = ").push_bind(account).push(" AND external_id IN ");
                push_list(&mut query, keys);
                query.build_query_as().fetch_all(db).await?
            });
            rows.extend(found.into_iter().map(|row| (row.external_id.clone(), row)));
        }
        Ok(rows)
    }

    /// Stored messages with these Message-IDs: all there are, but of an id that very many bear only [`MOST_WITH_ID`].
    async fn heads_with_ids(&self, account: AccountId, ids: &[&str]) -> Result<Vec<CopyHead>, StoreError> {
        let mut heads = Vec::new();
        for ids in ids.chunks(MOST_VALUES) {
            let most = 2 * ids.len() + MOST_WITH_ID;
            let found = self.some_heads(account, ids, most).await?;
            if found.len() < most {
                heads.extend(found);
                continue;
            }
            // Those of one id may have left no room for those of the others.
            for id in ids.chunks(1) {
                heads.extend(self.some_heads(account, id, MOST_WITH_ID).await?);
            }
        }
        Ok(heads)
    }

    /// At most so many stored messages with these Message-IDs.
    async fn some_heads(&self, account: AccountId, ids: &[&str], most: usize) -> Result<Vec<CopyHead>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new(CopyHead::COLUMNS);
            // `IS TRUE` leaves the databases the index of the ids alone: by that of the account they would read all its mail for each
            // batch.
            query.push(" WHERE (integration_account_id = ").push_bind(account);
            query.push(") IS TRUE AND internet_message_id IN ");
            push_list(&mut query, ids);
            query.push(" LIMIT ").push_bind(i64::try_from(most).unwrap_or(i64::MAX));
            query.build_query_as().fetch_all(db).await?
        }))
    }

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

    /// The messages of a mailbox's thread, of a very large one the beginnings ([`Store::parcels`]), with those of the other accounts' threads that are one with it
    /// ([`Store::link_threads`]), in no particular order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_mail(&self, account: AccountId, thread_id: &str) -> Result<Vec<ThreadMail>, StoreError> {
        let of_thread = "FROM (SELECT part.integration_account_id AS account, part.thread_id AS thread
                   FROM emails_thread_parts mine
                   JOIN emails_thread_parts part ON part.email_thread_id = mine.email_thread_id
                   WHERE mine.integration_account_id = $1 AND mine.thread_id = $2
                   UNION SELECT $1, $2) parts
             JOIN emails_messages m ON m.integration_account_id = parts.account AND m.thread_id = parts.thread";
        let load: Load = reading!(self, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {LOAD_COLUMNS} {of_thread}")))
                .bind(account).bind(thread_id).fetch_one(db).await?
        });
        let (most, columns) = (load.most(), thread_columns(load.most()));
        let rows: Vec<ThreadRow> = reading!(self, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {columns} {of_thread}")))
                .bind(account).bind(thread_id).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| ThreadMail::of(row, most)).collect())
    }

    /// These messages, in no particular order; of very large ones the beginnings, so that all of them can be in memory together.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn mail_of(&self, messages: &[MessageId]) -> Result<Vec<ThreadMail>, StoreError> {
        let mut load = Load { messages: 0, bytes: 0 };
        for messages in messages.chunks(MOST_VALUES) {
            let some: Load = reading!(self, db => {
                let mut query = QueryBuilder::new(format!("SELECT {LOAD_COLUMNS} FROM emails_messages m WHERE m.id IN "));
                push_list(&mut query, messages);
                query.build_query_as().fetch_one(db).await?
            });
            load = Load { messages: load.messages + some.messages, bytes: load.bytes + some.bytes };
        }
        let (most, columns) = (load.most(), thread_columns(load.most()));
        let mut mail = Vec::with_capacity(messages.len());
        for messages in messages.chunks(MOST_VALUES) {
            let rows: Vec<ThreadRow> = reading!(self, db => {
                let mut query = QueryBuilder::new(format!("SELECT {columns} FROM emails_messages m WHERE m.id IN "));
                push_list(&mut query, messages);
                query.build_query_as().fetch_all(db).await?
            });
            mail.extend(rows.into_iter().map(|row| ThreadMail::of(row, most)));
        }
        Ok(mail)
    }

    /// Threads in parcels whose mail can be in memory together, in the order given. A thread with more than that is alone, and of its
    /// messages only the beginnings are read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parcels(&self, threads: &[ThreadId]) -> Result<Vec<Parcel>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            email_thread_id: ThreadId,
            #[sqlx(flatten)]
            load: Load,
        }
        let rows: Vec<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new(format!(
                "SELECT part.email_thread_id, {LOAD_COLUMNS} FROM emails_thread_parts part
                 JOIN emails_messages m
                   ON m.integration_account_id = part.integration_account_id AND m.thread_id = part.thread_id
                 WHERE part.email_thread_id IN "
            ));
            push_list(&mut query, threads);
            query.push(" GROUP BY part.email_thread_id");
            query.build_query_as().fetch_all(db).await?
        });
        let loads: HashMap<ThreadId, Load> = rows.into_iter().map(|row| (row.email_thread_id, row.load)).collect();
        let mut parcels: Vec<Parcel> = Vec::new();
        let mut room = 0;
        for thread in threads {
            let load = loads.get(thread).copied().unwrap_or(Load { messages: 0, bytes: 0 });
            match parcels.last_mut().filter(|_| load.bytes <= room) {
                Some(parcel) => parcel.threads.push(*thread),
                None => {
                    parcels.push(Parcel { threads: vec![*thread], most: load.most() });
                    room = BYTES_AT_A_TIME;
                }
            }
            room = (room - load.bytes).max(0);
        }
        Ok(parcels)
    }

    /// The messages of threads across accounts, by thread, in no particular order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn mail_of_threads(&self, parcel: &Parcel) -> Result<HashMap<ThreadId, Vec<ThreadMail>>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            email_thread_id: ThreadId,
            #[sqlx(flatten)]
            message: ThreadRow,
        }
        let columns = thread_columns(parcel.most);
        let rows: Vec<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new(format!(
                "SELECT part.email_thread_id, {columns} FROM emails_thread_parts part
                 JOIN emails_messages m
                   ON m.integration_account_id = part.integration_account_id AND m.thread_id = part.thread_id
                 WHERE part.email_thread_id IN "
            ));
            push_list(&mut query, &parcel.threads);
            query.build_query_as().fetch_all(db).await?
        });
        let mut mail: HashMap<ThreadId, Vec<ThreadMail>> = HashMap::new();
        for row in rows {
            mail.entry(row.email_thread_id).or_default().push(ThreadMail::of(row.message, parcel.most));
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
