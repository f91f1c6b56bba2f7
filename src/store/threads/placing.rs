//! Threads of mail that comes without thread ids: of what is stored, only that is read which the new messages may belong to.
//!
//! [`ThreadIndex`] has the rules. A stored message is found by the ids that it holds or names (`emails_thread_links`), and, where
//! one of two is an answer that lost its ids, by a key of its subject (`emails_messages.subject_key`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};

use crate::{
    labels::text_key,
    mail::{MAX_ANSWER_DELAY, ThreadLinks},
    store::messages::NewMessage,
    types::MessageId,
};

/// What the subject of a message says about its thread.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct SubjectMark {
    /// Shared by messages whose subjects differ in answer prefixes, case and blanks only, and by few others: they are compared.
    pub(in crate::store) key: i64,
    /// An answer by its subject that names no earlier message.
    pub(in crate::store) is_orphan: bool,
}

impl SubjectMark {
    pub(in crate::store) fn of(links: &ThreadLinks) -> Option<Self> {
        let (subject, is_orphan) = links.bare_subject()?;
        Some(Self { key: text_key(&subject).cast_signed(), is_orphan })
    }
}

/// What a stored message says about its place in a thread.
#[derive(FromRow)]
pub(in crate::store) struct LinksRow {
    pub(in crate::store) id: MessageId,
    internet_message_id: Option<String>,
    in_reply_to: Json<Vec<String>>,
    reference_ids: Json<Vec<String>>,
    subject: Option<String>,
    from_address: Option<String>,
    to_addresses: Json<Vec<String>>,
    cc_addresses: Option<Json<Vec<String>>>,
    sent_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
    pub(in crate::store) thread_id: String,
}

impl LinksRow {
    pub(in crate::store) const COLUMNS: &str = "SELECT id, internet_message_id, in_reply_to, reference_ids, subject, from_address,
        to_addresses, cc_addresses, sent_at, received_at, thread_id FROM emails_messages WHERE integration_account_id = ";

    /// The links, and the thread they are in.
    pub(in crate::store) fn into_links(self) -> (ThreadLinks, String) {
        let mut earlier = self.reference_ids.0;
        earlier.extend(self.in_reply_to.0);
        let mut recipients = self.to_addresses.0;
        recipients.extend(self.cc_addresses.into_iter().flat_map(|Json(list)| list));
        let links = ThreadLinks {
            message_id: self.internet_message_id,
            earlier,
            subject: self.subject,
            from: self.from_address,
            recipients,
            date: self.sent_at.or(self.received_at),
        };
        (links, self.thread_id)
    }
}

/// The messages of a batch whose provider names no thread.
pub(in crate::store) struct Unplaced<'a> {
    /// Positions in the batch.
    pub(in crate::store) positions: Vec<usize>,
    pub(in crate::store) links: Vec<ThreadLinks>,
    /// What the subject of each says.
    pub(in crate::store) subjects: Vec<Option<SubjectMark>>,
    pub(in crate::store) external_ids: Vec<&'a str>,
}

impl<'a> Unplaced<'a> {
    pub(in crate::store) fn of(messages: &'a [NewMessage]) -> Self {
        let mut unplaced =
            Self { positions: Vec::new(), links: Vec::new(), subjects: Vec::new(), external_ids: Vec::new() };
        for (position, message) in messages.iter().enumerate().filter(|(_, message)| message.thread_id.is_none()) {
            unplaced.positions.push(position);
            let links = ThreadLinks::from(&message.parsed);
            unplaced.subjects.push(SubjectMark::of(&links));
            unplaced.links.push(links);
            unplaced.external_ids.push(&message.external_id);
        }
        unplaced
    }

    /// Every id that they hold or name.
    pub(in crate::store) fn ids(&self) -> Vec<&str> {
        let ids = self.links.iter().flat_map(|links| links.message_id.iter().chain(&links.earlier));
        ids.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Those that may be found by their subjects, with their dates.
    fn marked(&self) -> impl Iterator<Item = (SubjectMark, &ThreadLinks, DateTime<Utc>)> {
        self.links.iter().zip(&self.subjects).filter_map(|(links, mark)| Some(((*mark)?, links, links.date?)))
    }

    /// The answers that lost their ids.
    pub(in crate::store) fn orphans(&self) -> impl Iterator<Item = (SubjectMark, &ThreadLinks, DateTime<Utc>)> {
        self.marked().filter(|(mark, ..)| mark.is_orphan)
    }

    /// The subjects by which stored answers that lost their ids may be found, and between when.
    pub(in crate::store) fn keys(&self) -> Option<(Vec<i64>, DateTime<Utc>, DateTime<Utc>)> {
        let keys: BTreeSet<i64> = self.marked().map(|(mark, ..)| mark.key).collect();
        let first = self.marked().map(|(.., date)| date).min()?;
        let last = self.marked().map(|(.., date)| date).max()?;
        Some((keys.into_iter().collect(), first, last.checked_add_signed(MAX_ANSWER_DELAY).unwrap_or(last)))
    }
}

/// The threads of a batch's messages, in their order, where the provider does not name them: `(thread and subject by position, merged)`. For
/// use inside a transaction.
macro_rules! place_threads {
    ($tx:expr, $account:expr, $messages:expr) => {{
        let unplaced = $crate::store::threads::placing::Unplaced::of($messages);
        let mut index = $crate::mail::ThreadIndex::new();
        if !unplaced.positions.is_empty() {
            $crate::store::threads::placing::note_subjects!($tx, $account);
            for ids in unplaced.ids().chunks($crate::store::bulk::MOST_VALUES) {
                // `IS TRUE` leaves the databases the index of the ids alone: by the key, which begins with the account, SQLite read
                // all links of the account for each batch.
                let mut query = sqlx::QueryBuilder::new(
                    "SELECT internet_message_id, thread_id FROM emails_thread_links WHERE (integration_account_id = ",
                );
                query.push_bind($account).push(") IS TRUE AND internet_message_id IN ");
                $crate::store::bulk::push_list(&mut query, ids);
                query.push(" ORDER BY own DESC, thread_id");
                let known: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *$tx).await?;
                for (id, thread) in known {
                    index.restore_id(&id, &thread);
                }
            }
            // The same messages again: one without an id has no other link.
            let mut query = sqlx::QueryBuilder::new(
                "SELECT external_id, thread_id FROM emails_messages WHERE integration_account_id = ",
            );
            query.push_bind($account).push(" AND external_id IN ");
            $crate::store::bulk::push_list(&mut query, &unplaced.external_ids);
            let again: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *$tx).await?;
            for (external_id, thread) in again {
                let mut of = unplaced.external_ids.iter().zip(&unplaced.links).filter(|(id, _)| **id == external_id);
                of.by_ref().for_each(|(_, links)| index.restore_id(&links.own_id(), &thread));
            }
            let mut found: Vec<$crate::store::threads::placing::LinksRow> = Vec::new();
            let most = i64::try_from($crate::mail::MAX_PER_SUBJECT).unwrap_or(i64::MAX);
            for (mark, orphan, date) in unplaced.orphans() {
                let authors: Vec<&str> = orphan.recipients.iter().map(String::as_str).collect();
                for authors in authors.chunks($crate::store::bulk::MOST_VALUES) {
                    let mut query = sqlx::QueryBuilder::new($crate::store::threads::placing::LinksRow::COLUMNS);
                    query.push_bind($account).push(" AND subject_key = ").push_bind(mark.key);
                    query.push(" AND COALESCE(sent_at, received_at) >= ");
                    query.push_bind(date.checked_sub_signed($crate::mail::MAX_ANSWER_DELAY).unwrap_or(date));
                    query.push(" AND COALESCE(sent_at, received_at) <= ").push_bind(date).push(" AND from_address IN ");
                    $crate::store::bulk::push_list(&mut query, authors);
                    query.push(" ORDER BY COALESCE(sent_at, received_at) DESC, id LIMIT ").push_bind(most);
                    let rows: Vec<$crate::store::threads::placing::LinksRow> =
                        query.build_query_as().fetch_all(&mut *$tx).await?;
                    found.extend(rows);
                }
            }
            if let Some((keys, first, last)) = unplaced.keys() {
                let mut query = sqlx::QueryBuilder::new($crate::store::threads::placing::LinksRow::COLUMNS);
                query.push_bind($account).push(" AND lost_its_ids AND subject_key IN ");
                $crate::store::bulk::push_list(&mut query, &keys);
                query.push(" AND COALESCE(sent_at, received_at) >= ").push_bind(first);
                query.push(" AND COALESCE(sent_at, received_at) <= ").push_bind(last);
                let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
                query.push(" ORDER BY COALESCE(sent_at, received_at), id LIMIT ").push_bind(most.saturating_mul(count));
                let rows: Vec<$crate::store::threads::placing::LinksRow> =
                    query.build_query_as().fetch_all(&mut *$tx).await?;
                found.extend(rows);
            }
            for row in found {
                let (links, thread) = row.into_links();
                index.restore(&links, &thread);
            }
        }
        let placements = index.place(&unplaced.links);
        let found = placements.keys.into_iter().zip(unplaced.subjects);
        let found: std::collections::BTreeMap<usize, (String, Option<$crate::store::threads::placing::SubjectMark>)> =
            unplaced.positions.into_iter().zip(found).collect();
        (found, placements.merged)
    }};
}

/// Notes the subjects of what an earlier version stored, once. For use inside a transaction.
macro_rules! note_subjects {
    ($tx:expr, $account:expr) => {{
        let noted: Option<bool> = sqlx::query_scalar("SELECT subjects_noted FROM integrations_accounts WHERE id = $1")
            .bind($account)
            .fetch_optional(&mut *$tx)
            .await?;
        if noted == Some(false) {
            $tx.unhurried().await?;
            let mut last: Option<$crate::types::MessageId> = None;
            loop {
                let mut query = sqlx::QueryBuilder::new($crate::store::threads::placing::LinksRow::COLUMNS);
                query.push_bind($account);
                if let Some(last) = last {
                    query.push(" AND id > ").push_bind(last);
                }
                query.push(" ORDER BY id LIMIT 1024");
                let rows: Vec<$crate::store::threads::placing::LinksRow> =
                    query.build_query_as().fetch_all(&mut *$tx).await?;
                let Some(end) = rows.last() else { break };
                last = Some(end.id);
                let marks: Vec<($crate::types::MessageId, $crate::store::threads::placing::SubjectMark)> = rows
                    .into_iter()
                    .filter_map(|row| {
                        Some((row.id, $crate::store::threads::placing::SubjectMark::of(&row.into_links().0)?))
                    })
                    .collect();
                for marks in $crate::store::bulk::slices(&marks) {
                    let mut query = sqlx::QueryBuilder::new(
                        "UPDATE emails_messages SET subject_key = v.column2, lost_its_ids = v.column3 FROM (",
                    );
                    query.push_values(marks, |mut row, (id, mark)| {
                        row.push_bind(*id).push_bind(mark.key).push_bind(mark.is_orphan);
                    });
                    query.push(") AS v WHERE emails_messages.id = v.column1");
                    query.build().execute(&mut *$tx).await?;
                }
            }
            sqlx::query("UPDATE integrations_accounts SET subjects_noted = TRUE WHERE id = $1")
                .bind($account)
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

pub(in crate::store) use {note_subjects, place_threads};

/// The thread of each message, the provider's or the one that was found, and what the subject says of one that was to be found.
pub(in crate::store) fn thread_of<'a>(
    messages: &'a [NewMessage],
    found: &'a BTreeMap<usize, (String, Option<SubjectMark>)>,
) -> Vec<(&'a str, Option<SubjectMark>)> {
    let thread = |(position, message): (usize, &'a NewMessage)| match (&message.thread_id, found.get(&position)) {
        (Some(thread), _) => (thread.as_str(), None),
        (None, Some((thread, subject))) => (thread.as_str(), *subject),
        // None is left out: each message without a thread was placed.
        (None, None) => ("", None),
    };
    messages.iter().enumerate().map(thread).collect()
}
