//! Threads across accounts: which threads of single mailboxes are one conversation.
//!
//! Within an account the provider's thread id decides. Two accounts' threads are one where a Message-ID that one of them holds
//! is held or named (`In-Reply-To`, `References`) by the other.

pub(super) mod placing;
pub(super) mod saving;
mod views;

pub use views::{MessageBody, ThreadFilter, ThreadHead, ThreadMessageFacts, ThreadParts};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{
    Store, StoreError,
    bulk::{push_list, slices},
    conversations::{ConversationFacts, conversation_moves},
    messages::NewMessage,
    writing,
};
use crate::types::{AccountId, ThreadId};
use placing::SubjectMark;

/// A thread that is joined with more others than that is broken software's, not a conversation.
const MOST_PARTNERS: usize = 20;
/// Of a long `References`, the first id and that many of the last are noted: any one of them joins.
const NOTED_REFERENCES: usize = 20;
/// One linking of threads holds this row: of two at once, neither would see that the other's thread joins its own.
const LOCK: &str = "thread_links";

/// Threads of one mailbox and the thread across accounts that they are part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedThread {
    pub id: ThreadId,
    pub account: AccountId,
    /// The threads' ids in that account: those that were asked for.
    pub thread_ids: Vec<String>,
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
    /// The words by which the thread is found ([`crate::mail::words::Words::joined`]).
    pub words: String,
    /// The conversation in it, where a client takes part.
    pub conversation: Option<ConversationFacts>,
}

impl ThreadSummary {
    /// When the list of threads takes it to be: mail without a readable date is the oldest there, and a thread without mail is nowhere.
    pub(super) fn stands_at(&self) -> Option<DateTime<Utc>> {
        self.last_message_at.or_else(|| (self.message_count > 0).then_some(DateTime::UNIX_EPOCH))
    }
}

/// What became of pairs that were to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved<T> {
    Done(T),
    /// Another process saved the thread meanwhile, perhaps from newer mail: link, read and compute again.
    Stale,
    /// The database does not take them: they are left as they were until the thread's mail changes.
    Refused,
}

/// The ids that messages hold or name, by thread: `true` where one holds it.
fn links<'a>(
    messages: &'a [NewMessage],
    threads: &[(&'a str, Option<SubjectMark>)],
) -> BTreeMap<(&'a str, &'a str), bool> {
    let mut links: BTreeMap<(&'a str, &'a str), bool> = BTreeMap::new();
    for (message, (thread, _)) in messages.iter().zip(threads) {
        let references = &message.parsed.references;
        let last = references.len().saturating_sub(NOTED_REFERENCES);
        let named = references.iter().take(1).chain(&references[last..]).chain(&message.parsed.in_reply_to);
        for id in named {
            links.entry((*thread, id.as_str())).or_default();
        }
        if let Some(own) = &message.parsed.message_id {
            links.insert((*thread, own.as_str()), true);
        }
    }
    links
}

/// Notes the ids that new messages hold and name, each in its thread. For use inside a transaction.
macro_rules! note_links {
    ($tx:expr, $account:expr, $messages:expr, $threads:expr) => {{
        let links: Vec<((&str, &str), bool)> = $crate::store::threads::links_of($messages, $threads);
        for rows in $crate::store::bulk::slices(&links) {
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

pub(super) fn links_of<'a>(
    messages: &'a [NewMessage],
    threads: &[(&'a str, Option<SubjectMark>)],
) -> Vec<((&'a str, &'a str), bool)> {
    links(messages, threads).into_iter().collect()
}

/// A thread of a mailbox.
type Part = (AccountId, String);

/// What has to be written so that threads that belong together are one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Joining {
    /// Threads to be made, and the parts to be put into threads; both before the next.
    new_threads: Vec<ThreadId>,
    new_parts: Vec<(Part, ThreadId)>,
    /// Threads that become part of another one, in this order: `(absorbed, surviving)`.
    absorbed: Vec<(ThreadId, ThreadId)>,
}

impl Joining {
    /// Joins each thread with its partners. `known` are the threads of parts that have one; afterwards, of all of them.
    fn of<'a>(asked: impl Iterator<Item = (Part, &'a BTreeSet<Part>)>, known: &mut BTreeMap<Part, ThreadId>) -> Self {
        let mut joining = Self::default();
        for (part, partners) in asked {
            let parts = || std::iter::once(&part).chain(partners);
            let mut threads = parts().filter_map(|part| known.get(part).copied()).collect::<BTreeSet<_>>().into_iter();
            // The oldest survives: ids sort by the time they were made.
            let surviving = threads.next().unwrap_or_else(|| {
                let id = ThreadId::new();
                joining.new_threads.push(id);
                id
            });
            for absorbed in threads {
                joining.absorbed.push((absorbed, surviving));
                known.values_mut().filter(|thread| **thread == absorbed).for_each(|thread| *thread = surviving);
            }
            for part in parts() {
                if !known.contains_key(part) {
                    known.insert(part.clone(), surviving);
                    joining.new_parts.push((part.clone(), surviving));
                }
            }
        }
        joining
    }
}

/// The threads of other accounts that hold or name a message of these threads: `(of ours, account, thread)`. At most `limit`.
macro_rules! partners {
    ($tx:expr, $account:expr, $threads:expr, $limit:expr) => {{
        let mut query = QueryBuilder::new(
            "SELECT DISTINCT mine.thread_id, other.integration_account_id, other.thread_id
             FROM emails_thread_links mine
             JOIN emails_thread_links other ON other.internet_message_id = mine.internet_message_id
             WHERE mine.integration_account_id = ",
        );
        query.push_bind($account).push(" AND mine.thread_id IN ");
        push_list(&mut query, $threads);
        query.push(" AND other.integration_account_id <> ").push_bind($account);
        query.push(" AND (mine.own OR other.own) LIMIT ").push_bind(i64::try_from($limit).unwrap_or(i64::MAX));
        let rows: Vec<(String, AccountId, String)> = query.build_query_as().fetch_all(&mut *$tx).await?;
        rows
    }};
}

impl Store {
    /// Finds the threads across accounts that a mailbox's threads are part of, and joins what belongs together. Makes them
    /// where there are none. Returns each once, by its id.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn link_threads(
        &self,
        account: AccountId,
        thread_ids: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<LinkedThread>, StoreError> {
        let (known, revisions) = writing!(self, tx => {
            sqlx::query(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, '', $2)
                 ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at",
            )
            .bind(LOCK).bind(now).execute(&mut *tx).await?;
            // One thread that is joined with thousands must not hide the partners of the others.
            let limit = MOST_PARTNERS * thread_ids.len();
            let mut rows = partners!(tx, account, thread_ids, limit);
            if rows.len() >= limit {
                rows.clear();
                for thread in thread_ids {
                    rows.extend(partners!(tx, account, &[*thread], MOST_PARTNERS));
                }
            }
            let mut partners: BTreeMap<&str, BTreeSet<Part>> = thread_ids.iter().map(|id| (*id, BTreeSet::new())).collect();
            for (mine, account, thread) in rows {
                if let Some(partners) = partners.get_mut(mine.as_str()) {
                    partners.insert((account, thread));
                }
            }
            partners.values_mut().filter(|partners| partners.len() >= MOST_PARTNERS).for_each(BTreeSet::clear);

            let mut accounts: BTreeMap<AccountId, BTreeSet<&str>> = BTreeMap::new();
            accounts.insert(account, thread_ids.iter().copied().collect());
            for (account, thread) in partners.values().flatten() {
                accounts.entry(*account).or_default().insert(thread);
            }
            let mut known: BTreeMap<Part, ThreadId> = BTreeMap::new();
            for (account, threads) in &accounts {
                let threads: Vec<&str> = threads.iter().copied().collect();
                let mut query = QueryBuilder::new(
                    "SELECT thread_id, email_thread_id FROM emails_thread_parts WHERE integration_account_id = ",
                );
                query.push_bind(*account).push(" AND thread_id IN ");
                push_list(&mut query, &threads);
                let rows: Vec<(String, ThreadId)> = query.build_query_as().fetch_all(&mut *tx).await?;
                known.extend(rows.into_iter().map(|(thread, id)| ((*account, thread), id)));
            }
            let asked = partners.iter().map(|(thread, partners)| ((account, (*thread).to_owned()), partners));
            let joining = Joining::of(asked, &mut known);

            for ids in slices(&joining.new_threads) {
                let mut query = QueryBuilder::new("INSERT INTO emails_threads (id, created_at, updated_at) ");
                query.push_values(ids, |mut row, id| {
                    row.push_bind(*id).push_bind(now).push_bind(now);
                });
                query.build().execute(&mut *tx).await?;
            }
            for parts in slices(&joining.new_parts) {
                let mut query = QueryBuilder::new(
                    "INSERT INTO emails_thread_parts (integration_account_id, thread_id, email_thread_id) ",
                );
                query.push_values(parts, |mut row, ((account, thread), id)| {
                    row.push_bind(*account).push_bind(thread).push_bind(*id);
                });
                query.build().execute(&mut *tx).await?;
            }
            // Whoever saves pairs locks threads in the order of their ids: two that lock in different orders wait for ever.
            let touched: BTreeSet<ThreadId> = joining.absorbed.iter().flat_map(|(one, other)| [*one, *other]).collect();
            for id in touched {
                sqlx::query("UPDATE emails_threads SET revision = revision + 1 WHERE id = $1")
                    .bind(id).execute(&mut *tx).await?;
            }
            for (absorbed, surviving) in &joining.absorbed {
                conversation_moves!(tx, *absorbed, *surviving);
                sqlx::query("UPDATE emails_thread_parts SET email_thread_id = $2 WHERE email_thread_id = $1")
                    .bind(absorbed).bind(surviving).execute(&mut *tx).await?;
                sqlx::query("DELETE FROM emails_threads WHERE id = $1").bind(absorbed).execute(&mut *tx).await?;
            }
            let ids: BTreeSet<ThreadId> = known.values().copied().collect();
            let mut query = QueryBuilder::new("SELECT id, revision FROM emails_threads WHERE id IN ");
            push_list(&mut query, &ids.into_iter().collect::<Vec<_>>());
            let revisions: Vec<(ThreadId, i64)> = query.build_query_as().fetch_all(&mut *tx).await?;
            (known, revisions)
        });
        let mut linked: BTreeMap<ThreadId, LinkedThread> = BTreeMap::new();
        for (id, revision) in revisions {
            linked.insert(id, LinkedThread { id, account, thread_ids: Vec::new(), revision });
        }
        for ((of, thread), id) in known {
            if let Some(linked) = linked.get_mut(&id).filter(|_| of == account) {
                linked.thread_ids.push(thread);
            }
        }
        Ok(linked.into_values().filter(|linked| !linked.thread_ids.is_empty()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Joins threads of one account, each with its partners, as the words say: `a: x y` is our thread `a` with partners.
    fn joined(words: &[&str], known: &mut BTreeMap<Part, ThreadId>) -> Joining {
        let (ours, theirs) = (AccountId::new(), AccountId::new());
        let asked: Vec<(Part, BTreeSet<Part>)> = words
            .iter()
            .map(|line| {
                let (own, partners) = line.split_once(':').expect("a thread and its partners");
                let partners = partners.split_whitespace().map(|name| (theirs, name.to_owned())).collect();
                ((ours, own.to_owned()), partners)
            })
            .collect();
        let mut renamed: BTreeMap<Part, ThreadId> =
            std::mem::take(known).into_iter().map(|((_, name), id)| ((theirs, name), id)).collect();
        let joining = Joining::of(asked.iter().map(|(part, partners)| (part.clone(), partners)), &mut renamed);
        *known = renamed;
        joining
    }

    fn id_of(known: &BTreeMap<Part, ThreadId>, name: &str) -> ThreadId {
        *known.iter().find(|((_, thread), _)| thread == name).expect("the thread is known").1
    }

    #[test]
    fn a_thread_alone_gets_its_own() {
        let mut known = BTreeMap::new();
        let joining = joined(&["a:", "b:"], &mut known);
        assert_eq!((joining.new_threads.len(), joining.new_parts.len(), joining.absorbed.len()), (2, 2, 0));
        assert_ne!(id_of(&known, "a"), id_of(&known, "b"));
    }

    #[test]
    fn threads_with_a_common_partner_are_one() {
        let mut known = BTreeMap::new();
        let joining = joined(&["a: x", "b: x"], &mut known);
        assert_eq!((joining.new_threads.len(), joining.new_parts.len(), joining.absorbed.len()), (1, 3, 0));
        assert_eq!(id_of(&known, "a"), id_of(&known, "b"));
    }

    #[test]
    fn one_made_just_now_is_absorbed_by_an_older_one() {
        let old = ThreadId::new();
        let mut known = BTreeMap::from([((AccountId::new(), "x".to_owned()), old)]);
        // `a` makes one of its own with `y`; `b` shows that `y` and `x` are the same conversation.
        let joining = joined(&["a: y", "b: x y"], &mut known);
        let [made] = joining.new_threads[..] else { panic!("one is made: {joining:?}") };
        assert_eq!(joining.absorbed, [(made, old)]);
        assert!(["a", "b", "x", "y"].iter().all(|name| id_of(&known, name) == old));
    }
}
