//! Mail for reading: threads across accounts with their messages.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder, types::Json};
use uuid::Uuid;

use super::saving::search_for;
use crate::{
    store::{
        Store, StoreError,
        bulk::{MOST_VALUES, push_list},
        few::Few,
        reading,
    },
    types::{
        AccountId, Direction, EmailMailbox, EmailPair, EmailPerson, EmailThread, EmailThreadPage, MessageId, PairId,
        PairStatus, ThreadId,
    },
};

/// Which threads to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadFilter {
    /// Threads that this account sees.
    pub account: Option<AccountId>,
    /// Words of a message, of its subject, or of a name or address of somebody who wrote or was written to: every one of them is in
    /// the thread, those of three letters or more also as the beginning of a longer word.
    pub text: Option<String>,
}

/// A thread, and the threads of single mailboxes that make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadParts {
    pub subject: Option<String>,
    pub parts: Vec<(AccountId, String)>,
}

/// A message of a thread without what it says: what tells its place, and which others are the same mail.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ThreadHead {
    pub id: MessageId,
    pub account: AccountId,
    pub message_id: Option<String>,
    /// The sender's clock, or ours where the message has no date.
    pub at: Option<DateTime<Utc>>,
    /// Its provider no longer has it.
    pub is_deleted: bool,
}

/// What a page shows of a message besides what pairing needs ([`super::ThreadMail`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadMessageFacts {
    pub id: MessageId,
    pub account_name: String,
    /// Of very long lists only the beginnings.
    pub to: Vec<String>,
    pub cc: Vec<String>,
    /// How many of both are left out.
    pub recipients_left_out: usize,
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
    place: i64,
    subject: Option<String>,
    first_message_at: Option<DateTime<Utc>>,
    last_message_at: Option<DateTime<Utc>>,
    message_count: i32,
    pair_count: i64,
    pairs_to_review: i64,
}

#[derive(FromRow)]
struct PersonRow {
    email_thread_id: ThreadId,
    #[sqlx(try_from = "String")]
    direction: Direction,
    from_name: Option<String>,
    from_address: Option<String>,
}

/// The addresses of one header that a page shows.
type Shown = Few<100>;

#[derive(FromRow)]
struct FactsRow {
    id: MessageId,
    account_name: String,
    to_addresses: Json<Shown>,
    cc_addresses: Option<Json<Shown>>,
    deleted_at: Option<DateTime<Utc>>,
}

/// People of a thread that a list names.
const PEOPLE: usize = 4;

/// The place after a thread: latest first, ids breaking ties.
fn cursor_after((place, id): (i64, ThreadId)) -> String {
    format!("{place}_{id}")
}

fn parse_cursor(cursor: &str) -> Result<(i64, ThreadId), StoreError> {
    let (place, id) = cursor.split_once('_').ok_or(StoreError::BadCursor)?;
    Ok((place.parse().map_err(|_| StoreError::BadCursor)?, id.parse().map_err(|_| StoreError::BadCursor)?))
}

/// Searches the words that [`super::saving`] keeps, in the order of the list: `(place, id)`.
const SEARCH_SQLITE: &str = "SELECT t.place, t.id FROM emails_thread_words CROSS JOIN emails_threads t
    WHERE t.place = emails_thread_words.rowid AND emails_thread_words MATCH ";
const SEARCH_POSTGRES: &str = "SELECT t.place, t.email_thread_id FROM emails_thread_words t WHERE t.words @@ ";

/// Only threads that the account sees: the word that stands for it may be older than the thread's last part there.
macro_rules! push_seen_by {
    ($query:expr, $account:expr, $id:literal) => {
        if let Some(account) = $account {
            let seen_by =
                concat!(" AND EXISTS (SELECT 1 FROM emails_thread_accounts s WHERE s.email_thread_id = ", $id);
            $query.push(seen_by).push(" AND s.integration_account_id = ").push_bind(account).push(")");
        }
    };
}

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
        // One more than asked for tells whether there is a page after this one.
        let mut page = self.page_of_threads(filter, after, limit + 1).await?;
        let length = usize::try_from(limit).unwrap_or(0);
        let more = page.len() > length;
        page.truncate(length);
        let next_cursor = page.last().filter(|_| more).copied().map(cursor_after);
        let ids: Vec<ThreadId> = page.iter().map(|(_, id)| *id).collect();
        let mut rows: Vec<ThreadRow> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT t.id, t.place, t.subject, t.first_message_at, t.last_message_at, t.message_count,
                   (SELECT COUNT(*) FROM emails_thread_parts p JOIN ai_training_pairs r
                      ON r.integration_account_id = p.integration_account_id AND r.thread_id = p.thread_id
                    WHERE p.email_thread_id = t.id) AS pair_count,
                   -- As a condition, the status would be looked up first: all new pairs, for each thread.
                   (SELECT COUNT(*) FILTER (WHERE r.status = 'new') FROM emails_thread_parts p JOIN ai_training_pairs r
                      ON r.integration_account_id = p.integration_account_id AND r.thread_id = p.thread_id
                    WHERE p.email_thread_id = t.id) AS pairs_to_review
                 FROM emails_threads t WHERE t.place IS NOT NULL AND t.id IN ",
            );
            push_list(&mut query, &ids);
            query.build_query_as().fetch_all(db).await?
        });
        rows.sort_unstable_by_key(|row| Reverse((row.place, row.id)));
        let mut people = self.people_of(&ids).await?;
        let mut mailboxes = self.mailboxes_of(&ids).await?;
        let items = rows.into_iter().map(|row| EmailThread {
            people: people.remove(&row.id).unwrap_or_default(),
            accounts: mailboxes.remove(&row.id).unwrap_or_default(),
            id: row.id,
            subject: row.subject,
            first_message_at: row.first_message_at,
            last_message_at: row.last_message_at,
            message_count: row.message_count,
            pair_count: row.pair_count,
            pairs_to_review: row.pairs_to_review,
        });
        let not_searchable_yet = match &filter.text {
            Some(_) => self.count_threads_without_words().await?,
            None => 0,
        };
        Ok(EmailThreadPage { items: items.collect(), limit, next_cursor, not_searchable_yet })
    }

    /// The places and ids of a page of threads, from one index that has their order.
    async fn page_of_threads(
        &self,
        filter: &ThreadFilter,
        after: Option<(i64, ThreadId)>,
        limit: i64,
    ) -> Result<Vec<(i64, ThreadId)>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        let search = match &filter.text {
            None => None,
            Some(text) => match search_for(text, filter.account, is_sqlite) {
                None => return Ok(Vec::new()),
                search => search,
            },
        };
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new("");
            let (place, id) = match (&search, filter.account, is_sqlite) {
                (Some(search), account, true) => {
                    query.push(SEARCH_SQLITE).push_bind(search);
                    push_seen_by!(&mut query, account, "t.id");
                    if let Some((place, id)) = after {
                        query.push(" AND emails_thread_words.rowid <= ").push_bind(place);
                        query.push(" AND (t.place, t.id) < (").push_bind(place).push(", ").push_bind(id).push(")");
                    }
                    query.push(" ORDER BY emails_thread_words.rowid DESC LIMIT ").push_bind(limit);
                    ("", "")
                }
                (Some(search), account, false) => {
                    query.push(SEARCH_POSTGRES).push_bind(search).push("::tsquery");
                    push_seen_by!(&mut query, account, "t.email_thread_id");
                    ("t.place", "t.email_thread_id")
                }
                (None, Some(account), _) => {
                    query.push("SELECT t.place, t.email_thread_id FROM emails_thread_accounts t WHERE t.integration_account_id = ");
                    query.push_bind(account);
                    ("t.place", "t.email_thread_id")
                }
                (None, None, _) => {
                    query.push("SELECT t.place, t.id FROM emails_threads t WHERE t.place IS NOT NULL");
                    ("t.place", "t.id")
                }
            };
            if !place.is_empty() {
                if let Some((at, last)) = after {
                    query.push(format_args!(" AND ({place}, {id}) < (")).push_bind(at).push(", ").push_bind(last).push(")");
                }
                query.push(format_args!(" ORDER BY {place} DESC, {id} DESC LIMIT ")).push_bind(limit);
            }
            // How many threads have the words decides how PostgreSQL goes about it: a plan for any words reads them all.
            query.build_query_as().persistent(is_sqlite || search.is_none()).fetch_all(db).await?
        }))
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
            query.push(")");
            query.build_query_as().fetch_all(db).await?
        });
        for (thread, id, display_name, provider_code) in rows {
            mailboxes.entry(thread).or_default().push(EmailMailbox { id, display_name, provider_code });
        }
        // Here and not by the database: PostgreSQL sorts text as its locale says.
        for list in mailboxes.values_mut() {
            list.sort_by(|a, b| (&a.display_name, a.id).cmp(&(&b.display_name, b.id)));
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
        Ok(Some(ThreadParts { subject, parts }))
    }

    /// The messages of a thread, those of all its mailboxes, in no particular order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_heads(&self, id: ThreadId) -> Result<Vec<ThreadHead>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT m.id, m.integration_account_id AS account, m.internet_message_id AS message_id,
                   COALESCE(m.sent_at, m.received_at) AS at, m.deleted_at IS NOT NULL AS is_deleted
                 FROM emails_thread_parts p JOIN emails_messages m
                   ON m.integration_account_id = p.integration_account_id AND m.thread_id = p.thread_id
                 WHERE p.email_thread_id = $1",
            )
            .bind(id).fetch_all(db).await?
        }))
    }

    /// The pairs whose replies are among these messages, the oldest reply first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pairs_of_replies(&self, messages: &[MessageId]) -> Result<Vec<EmailPair>, StoreError> {
        let mut rows: Vec<(PairId, String, DateTime<Utc>)> = Vec::new();
        for messages in messages.chunks(MOST_VALUES) {
            rows.extend(reading!(self, db => {
                let mut query = QueryBuilder::<_>::new(
                    "SELECT id, status, replied_at FROM ai_training_pairs WHERE our_reply_message_id IN ",
                );
                push_list(&mut query, messages);
                query.build_query_as::<(PairId, String, DateTime<Utc>)>().fetch_all(db).await?
            }));
        }
        rows.sort_unstable_by_key(|(id, _, replied_at)| (*replied_at, *id));
        let pair = |(id, status, replied_at): (PairId, String, DateTime<Utc>)| {
            let status: PairStatus =
                status.parse().map_err(|_| StoreError::Corrupt(format!("pair status {status}")))?;
            Ok(EmailPair { id, status, replied_at })
        };
        rows.into_iter().map(pair).collect()
    }

    /// What a page shows of each of these messages besides what [`Store::mail_of`] says.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn message_facts(&self, messages: &[MessageId]) -> Result<Vec<ThreadMessageFacts>, StoreError> {
        let mut rows: Vec<FactsRow> = Vec::new();
        for messages in messages.chunks(MOST_VALUES) {
            rows.extend(reading!(self, db => {
                let mut query = QueryBuilder::<_>::new(
                    "SELECT m.id, a.display_name AS account_name, m.to_addresses, m.cc_addresses, m.deleted_at
                     FROM emails_messages m JOIN integrations_accounts a ON a.id = m.integration_account_id
                     WHERE m.id IN ",
                );
                push_list(&mut query, messages);
                query.build_query_as::<FactsRow>().fetch_all(db).await?
            }));
        }
        let facts = rows.into_iter().map(|row| {
            let (to, cc) = (row.to_addresses.0, row.cc_addresses.map(|Json(list)| list).unwrap_or_default());
            ThreadMessageFacts {
                id: row.id,
                account_name: row.account_name,
                recipients_left_out: to.left_out + cc.left_out,
                to: to.first,
                cc: cc.first,
                deleted_at: row.deleted_at,
            }
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

    /// How many threads each account sees. From the counts that are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn thread_counts(&self) -> Result<BTreeMap<AccountId, i64>, StoreError> {
        let mut counts = BTreeMap::new();
        for (account, number) in self.counts_of("threads").await? {
            *counts.entry(account).or_default() += number;
        }
        counts.remove(&AccountId(Uuid::nil()));
        Ok(counts)
    }

    /// How many threads there are to list. From the counts that are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_threads(&self) -> Result<i64, StoreError> {
        let all = self.counts_of("threads").await?;
        Ok(all.into_iter().filter(|(account, _)| account.0.is_nil()).map(|(_, number)| number).sum())
    }

    /// One of the counts that are kept, by account; the nil id has what belongs to none. A count is the sum of its rows.
    pub(in crate::store) async fn counts_of(&self, what: &str) -> Result<Vec<(AccountId, i64)>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as("SELECT integration_account_id, number FROM account_counts WHERE what = $1")
                .bind(what).fetch_all(db).await?
        }))
    }
}
