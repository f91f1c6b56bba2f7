//! Threads across accounts: which threads of single mailboxes are one conversation.
//!
//! Within an account the provider's thread id decides. Two accounts' threads are one where a Message-ID that one of them holds
//! is held or named (`In-Reply-To`, `References`) by the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Store, StoreError, messages::NewMessage, writing};
use crate::types::{AccountId, ThreadId};

/// A Message-ID that joins more threads than that is broken software's, not a conversation's.
const MOST_PARTNERS: i64 = 20;
/// Of a long `References`, the first id and that many of the last are noted: any one of them joins.
const NOTED_REFERENCES: usize = 20;
/// Rows written by one statement: both databases allow some 32,000 parameters.
const ROWS_AT_ONCE: usize = 1_000;

/// A mailbox's thread and the thread across accounts that it is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedThread {
    pub id: ThreadId,
    pub account: AccountId,
    /// The thread's id in that account.
    pub thread_id: String,
    /// What its pairs were last saved as; see [`Store::save_thread_pairs`].
    pub revision: i64,
}

/// What a list of threads shows of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadSummary {
    pub subject: Option<String>,
    pub first_message_at: Option<DateTime<Utc>>,
    pub last_message_at: Option<DateTime<Utc>>,
    /// Without second copies of the same mail.
    pub message_count: i32,
}

/// What became of pairs that were to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved<T> {
    Done(T),
    /// Another process saved the thread meanwhile, perhaps from newer mail: link, read and compute again.
    Stale,
}

/// The ids that messages hold or name, by thread: `true` where one holds it.
fn links<'a>(messages: &'a [NewMessage]) -> BTreeMap<(&'a str, &'a str), bool> {
    let mut links: BTreeMap<(&'a str, &'a str), bool> = BTreeMap::new();
    for message in messages {
        let references = &message.parsed.references;
        let last = references.len().saturating_sub(NOTED_REFERENCES);
        let named = references.iter().take(1).chain(&references[last..]).chain(&message.parsed.in_reply_to);
        for id in named {
            links.entry((&message.thread_id, id)).or_default();
        }
        if let Some(own) = &message.parsed.message_id {
            links.insert((&message.thread_id, own), true);
        }
    }
    links
}

/// Notes the ids that new messages hold and name. For use inside a transaction.
macro_rules! note_links {
    ($tx:expr, $account:expr, $messages:expr) => {{
        let links: Vec<((&str, &str), bool)> = $crate::store::threads::links_of($messages);
        for rows in links.chunks($crate::store::threads::rows_at_once()) {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO emails_thread_links (integration_account_id, thread_id, internet_message_id, own) ",
            );
            query.push_values(rows, |mut row, ((thread, id), own)| {
                row.push_bind($account).push_bind(*thread).push_bind(*id).push_bind(*own);
            });
            query.push(
                " ON CONFLICT (integration_account_id, thread_id, internet_message_id)
                  DO UPDATE SET own = TRUE WHERE excluded.own AND NOT emails_thread_links.own",
            );
            query.build().execute(&mut *$tx).await?;
        }
    }};
}
pub(super) use note_links;

pub(super) fn links_of(messages: &[NewMessage]) -> Vec<((&str, &str), bool)> {
    links(messages).into_iter().collect()
}

pub(super) const fn rows_at_once() -> usize {
    ROWS_AT_ONCE
}

impl Store {
    /// Finds the thread across accounts that a mailbox's thread is part of, and joins what belongs together. Makes it where
    /// there is none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn link_thread(
        &self,
        account: AccountId,
        thread_id: &str,
        now: DateTime<Utc>,
    ) -> Result<LinkedThread, StoreError> {
        let (id, revision) = writing!(self, tx => {
            let partners: Vec<(AccountId, String)> = sqlx::query_as(
                "SELECT DISTINCT other.integration_account_id, other.thread_id
                 FROM emails_thread_links mine
                 JOIN emails_thread_links other ON other.internet_message_id = mine.internet_message_id
                 WHERE mine.integration_account_id = $1 AND mine.thread_id = $2
                   AND other.integration_account_id <> $1 AND (mine.own OR other.own)
                 LIMIT $3",
            )
            .bind(account).bind(thread_id).bind(MOST_PARTNERS).fetch_all(&mut *tx).await?;
            let mut parts = vec![(account, thread_id.to_owned())];
            if i64::try_from(partners.len()).is_ok_and(|count| count < MOST_PARTNERS) {
                parts.extend(partners);
            }
            let mut threads: BTreeSet<ThreadId> = BTreeSet::new();
            let mut unlinked = Vec::new();
            for (account, thread) in parts {
                let linked: Option<ThreadId> = sqlx::query_scalar(
                    "SELECT email_thread_id FROM emails_thread_parts
                     WHERE integration_account_id = $1 AND thread_id = $2",
                )
                .bind(account).bind(&thread).fetch_optional(&mut *tx).await?;
                match linked {
                    Some(id) => {
                        threads.insert(id);
                    }
                    None => unlinked.push((account, thread)),
                }
            }
            // The oldest survives: ids sort by the time they were made.
            let mut threads = threads.into_iter();
            let id = match threads.next() {
                Some(id) => id,
                None => {
                    let id = ThreadId::new();
                    sqlx::query("INSERT INTO emails_threads (id, created_at, updated_at) VALUES ($1, $2, $2)")
                        .bind(id).bind(now).execute(&mut *tx).await?;
                    id
                }
            };
            for absorbed in threads {
                sqlx::query("UPDATE emails_thread_parts SET email_thread_id = $2 WHERE email_thread_id = $1")
                    .bind(absorbed).bind(id).execute(&mut *tx).await?;
                sqlx::query("DELETE FROM emails_threads WHERE id = $1").bind(absorbed).execute(&mut *tx).await?;
                sqlx::query("UPDATE emails_threads SET revision = revision + 1 WHERE id = $1")
                    .bind(id).execute(&mut *tx).await?;
            }
            for (account, thread) in unlinked {
                sqlx::query(
                    "INSERT INTO emails_thread_parts (integration_account_id, thread_id, email_thread_id)
                     VALUES ($1, $2, $3) ON CONFLICT (integration_account_id, thread_id) DO NOTHING",
                )
                .bind(account).bind(&thread).bind(id).execute(&mut *tx).await?;
            }
            let revision: i64 = sqlx::query_scalar("SELECT revision FROM emails_threads WHERE id = $1")
                .bind(id).fetch_one(&mut *tx).await?;
            (id, revision)
        });
        Ok(LinkedThread { id, account, thread_id: thread_id.to_owned(), revision })
    }
}
