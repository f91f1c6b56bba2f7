//! What lists and searches of threads read, written together with a thread's pairs: its place in the list, which accounts see
//! it, and its words.
//!
//! Words are the one thing that each database keeps in its own way: SQLite in an FTS5 table whose row id is the thread's place,
//! so that a search reads in the order of the list; PostgreSQL in a `tsvector` with a GIN index.

use std::{collections::BTreeMap, fmt::Write};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::{
    mail::words::each_word,
    store::{Store, StoreError, bulk::push_list, reading, writing},
    types::{AccountId, ThreadId},
};

/// Places that one millisecond has.
pub(in crate::store) const PLACES: i64 = 1 << 15;
/// Begins the words that stand for an account: no word of a text has such a sign.
const ACCOUNT: char = '¤';
/// Shorter words are found only whole: they begin too many others.
const PREFIX_FROM: usize = 3;
/// Words of a search that count.
const MOST_ASKED: usize = 32;

/// Where a thread stands in the list, and by which words it is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Standing {
    pub before: Option<i64>,
    pub words_mark: Option<String>,
    pub place: Option<i64>,
}

/// The first place of a moment.
pub(in crate::store) fn first_place(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis().saturating_mul(PLACES)
}

/// The first place of the millisecond after that one.
pub(in crate::store) fn place_after(first: i64) -> i64 {
    first.saturating_add(PLACES)
}

/// Names words and the accounts that see the thread.
pub(in crate::store) fn mark_of_words(words: &str) -> String {
    Sha256::digest(words).iter().take(16).fold(String::new(), |mut mark, byte| {
        let _ = write!(mark, "{byte:02x}");
        mark
    })
}

fn word_of(account: AccountId) -> String {
    format!("{ACCOUNT}{}", account.0.simple())
}

/// The words of a thread with those that stand for the accounts that see it.
pub(in crate::store) fn with_accounts(words: &str, accounts: &[AccountId]) -> String {
    let mut accounts: Vec<AccountId> = accounts.to_vec();
    accounts.sort_unstable();
    let mut all = words.to_owned();
    for account in accounts {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&word_of(account));
    }
    all
}

/// The different folded words of a search, and whether each may be the beginning of a longer one.
pub(in crate::store) fn words_asked(text: &str) -> Vec<(String, bool)> {
    let mut asked: Vec<(String, bool)> = Vec::new();
    for part in text.split_whitespace() {
        // What is between the dots of an address begins half of all addresses.
        let is_address = part.contains('@');
        each_word(part, |word| {
            if asked.len() < MOST_ASKED && !asked.iter().any(|(known, _)| known == word) {
                asked.push((word.to_owned(), !is_address && word.chars().count() >= PREFIX_FROM));
            }
        });
    }
    asked
}

/// A search as a database wants it; `None` where the text has no words: such a search finds nothing.
pub(in crate::store) fn search_for(text: &str, account: Option<AccountId>, is_sqlite: bool) -> Option<String> {
    let asked = words_asked(text);
    if asked.is_empty() {
        return None;
    }
    let mut terms: Vec<String> = asked
        .iter()
        .map(|(word, begins)| match (is_sqlite, begins) {
            (true, true) => format!("\"{word}\" *"),
            (true, false) => format!("\"{word}\""),
            (false, true) => format!("'{word}':*"),
            (false, false) => format!("'{word}'"),
        })
        .collect();
    let account = account.map(word_of);
    terms.extend(account.map(|word| if is_sqlite { format!("\"{word}\"") } else { format!("'{word}'") }));
    Some(terms.join(if is_sqlite { " AND " } else { " & " }))
}

/// Where threads stand and will stand: `(id, time of the last message)`. One whose last message is of the same millisecond as before
/// keeps its place.
macro_rules! standings {
    ($tx:expr, $threads:expr) => {{
        let threads: &[(ThreadId, Option<DateTime<Utc>>)] = $threads;
        let ids: Vec<ThreadId> = threads.iter().map(|(id, _)| *id).collect();
        let mut query = sqlx::QueryBuilder::new("SELECT id, place, words_mark FROM emails_threads WHERE id IN ");
        $crate::store::bulk::push_list(&mut query, &ids);
        let rows: Vec<(ThreadId, Option<i64>, Option<String>)> = query.build_query_as().fetch_all(&mut *$tx).await?;
        let mut standings: BTreeMap<ThreadId, Standing> = rows
            .into_iter()
            .map(|(id, before, words_mark)| (id, Standing { before, words_mark, place: None }))
            .collect();
        let mut taken: Vec<i64> = Vec::new();
        for (id, at) in threads {
            let standing = standings.entry(*id).or_default();
            let Some(at) = at else { continue };
            let mut first = first_place(*at);
            if let Some(before) = standing.before.filter(|before| (first..place_after(first)).contains(before)) {
                standing.place = Some(before);
                continue;
            }
            // A millisecond with thousands of threads goes on in the next one.
            standing.place = Some(loop {
                let end = place_after(first);
                let last: Option<i64> =
                    sqlx::query_scalar("SELECT MAX(place) FROM emails_threads WHERE place >= $1 AND place < $2")
                        .bind(first)
                        .bind(end)
                        .fetch_one(&mut *$tx)
                        .await?;
                let own = taken.iter().copied().filter(|place| (first..end).contains(place)).max();
                let place = last.max(own).map_or(first, |last| last.saturating_add(1));
                if place < end || end == i64::MAX {
                    break place;
                }
                first = end;
            });
            taken.extend(standing.place);
        }
        standings
    }};
}
pub(in crate::store) use standings;

/// Notes which accounts see threads, with their place.
macro_rules! note_accounts {
    ($tx:expr, $ids:expr) => {{
        let ids: &[ThreadId] = $ids;
        let mut query = sqlx::QueryBuilder::new("DELETE FROM emails_thread_accounts WHERE email_thread_id IN ");
        $crate::store::bulk::push_list(&mut query, ids);
        query.push(
            " AND NOT EXISTS (SELECT 1 FROM emails_thread_parts p JOIN emails_threads t ON t.id = p.email_thread_id
                WHERE p.email_thread_id = emails_thread_accounts.email_thread_id
                  AND p.integration_account_id = emails_thread_accounts.integration_account_id AND t.place IS NOT NULL)",
        );
        query.build().execute(&mut *$tx).await?;
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO emails_thread_accounts (integration_account_id, email_thread_id, place)
             SELECT DISTINCT p.integration_account_id, p.email_thread_id, t.place
             FROM emails_thread_parts p JOIN emails_threads t ON t.id = p.email_thread_id
             WHERE t.place IS NOT NULL AND p.email_thread_id IN ",
        );
        $crate::store::bulk::push_list(&mut query, ids);
        query.push(
            " ON CONFLICT (email_thread_id, integration_account_id) DO UPDATE SET place = excluded.place
              WHERE emails_thread_accounts.place <> excluded.place",
        );
        query.build().execute(&mut *$tx).await?;
    }};
}
pub(in crate::store) use note_accounts;

/// Notes the words of threads: `(id, where it stands, words)`. What stands where it stood with the same words is left alone.
macro_rules! note_words {
    ($store:expr, $tx:expr, $threads:expr) => {{
        let threads: &[(ThreadId, &Standing, &str)] = $threads;
        let is_sqlite = $store.backend() == "sqlite";
        let ids: Vec<ThreadId> = threads.iter().map(|(id, ..)| *id).collect();
        let mut query = sqlx::QueryBuilder::new(
            "SELECT email_thread_id, integration_account_id FROM emails_thread_accounts WHERE email_thread_id IN ",
        );
        $crate::store::bulk::push_list(&mut query, &ids);
        let mut accounts: BTreeMap<ThreadId, Vec<AccountId>> = BTreeMap::new();
        let rows: Vec<(ThreadId, AccountId)> = query.build_query_as().fetch_all(&mut *$tx).await?;
        for (thread, account) in rows {
            accounts.entry(thread).or_default().push(account);
        }
        let (mut changed, mut gone): (Vec<(ThreadId, i64, String, String)>, Vec<(ThreadId, i64)>) = Default::default();
        for (id, standing, words) in threads {
            let words = with_accounts(words, accounts.get(id).map(Vec::as_slice).unwrap_or_default());
            let mark = mark_of_words(&words);
            if standing.place == standing.before && standing.words_mark.as_ref() == Some(&mark) {
                continue;
            }
            if let Some(before) = standing.before.filter(|_| standing.words_mark.is_some()) {
                gone.push((*id, before));
            }
            if let Some(place) = standing.place {
                changed.push((*id, place, words, mark));
            }
        }
        for (id, before) in &gone {
            let query = if is_sqlite {
                sqlx::query("DELETE FROM emails_thread_words WHERE rowid = $1").bind(*before)
            } else {
                sqlx::query("DELETE FROM emails_thread_words WHERE email_thread_id = $1").bind(*id)
            };
            query.execute(&mut *$tx).await?;
            sqlx::query("UPDATE emails_threads SET words_mark = NULL WHERE id = $1")
                .bind(*id)
                .execute(&mut *$tx)
                .await?;
        }
        for rows in $crate::store::bulk::light_slices(&changed, |(_, _, words, _)| words.len()) {
            let mut query = sqlx::QueryBuilder::new(if is_sqlite {
                "INSERT INTO emails_thread_words (rowid, words) "
            } else {
                "INSERT INTO emails_thread_words (email_thread_id, place, words) "
            });
            query.push_values(rows, |mut row, (id, place, words, _)| {
                if is_sqlite {
                    row.push_bind(*place).push_bind(words);
                } else {
                    row.push_bind(*id).push_bind(*place);
                    row.push("array_to_tsvector(string_to_array(").push_bind_unseparated(words);
                    row.push_unseparated(", ' '))");
                }
            });
            query.build().execute(&mut *$tx).await?;
            let mut query = sqlx::QueryBuilder::new("UPDATE emails_threads SET words_mark = noted.column2 FROM (");
            query.push_values(rows, |mut row, (id, _, _, mark)| {
                row.push_bind(*id).push_bind(mark);
            });
            query.push(") noted WHERE emails_threads.id = noted.column1");
            query.build().execute(&mut *$tx).await?;
        }
    }};
}
pub(in crate::store) use note_words;

impl Store {
    /// Some threads whose words are still to be noted, after an update of the program.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn threads_without_words(&self, limit: i64) -> Result<Vec<ThreadId>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT id FROM emails_threads WHERE words_mark IS NULL AND place IS NOT NULL ORDER BY id LIMIT $1",
            )
            .bind(limit).fetch_all(db).await?
        }))
    }

    /// How many threads a search does not find yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_threads_without_words(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT COUNT(*) FROM emails_threads WHERE words_mark IS NULL AND place IS NOT NULL")
                .fetch_one(db).await?
        }))
    }

    /// Notes the words of threads that have none yet. A thread that was saved meanwhile has its words already.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_words(&self, threads: &[(ThreadId, String)]) -> Result<(), StoreError> {
        writing!(self, tx => {
            let ids: Vec<ThreadId> = threads.iter().map(|(id, _)| *id).collect();
            // Locks them in the order of their ids, as whoever saves their pairs does.
            let mut sorted = ids.clone();
            sorted.sort_unstable();
            for id in sorted {
                sqlx::query("UPDATE emails_threads SET words_mark = NULL WHERE id = $1 AND words_mark IS NULL")
                    .bind(id).execute(&mut *tx).await?;
            }
            let mut query = sqlx::QueryBuilder::new(
                "SELECT id, place FROM emails_threads WHERE words_mark IS NULL AND place IS NOT NULL AND id IN ",
            );
            push_list(&mut query, &ids);
            let rows: Vec<(ThreadId, i64)> = query.build_query_as().fetch_all(&mut *tx).await?;
            let waiting: BTreeMap<ThreadId, Standing> = rows
                .into_iter()
                .map(|(id, place)| (id, Standing { before: Some(place), words_mark: None, place: Some(place) }))
                .collect();
            let noted: Vec<(ThreadId, &Standing, &str)> = threads
                .iter()
                .filter_map(|(id, words)| Some((*id, waiting.get(id)?, words.as_str())))
                .collect();
            note_words!(self, tx, &noted);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_without_words_is_none() {
        for text in ["\"", "%", "  ", "'; --", "🙂"] {
            assert_eq!(search_for(text, None, true), None, "{text}");
        }
        assert_eq!(search_for("Не «ПРОХОДИТ»", None, true).as_deref(), Some("\"не\" AND \"проходит\" *"));
        assert_eq!(search_for("Не «ПРОХОДИТ»", None, false).as_deref(), Some("'не' & 'проходит':*"));
        assert_eq!(search_for("Ann@X.example", None, false).as_deref(), Some("'ann' & 'x' & 'example'"));
        let account = AccountId(uuid::Uuid::from_u128(5));
        assert_eq!(search_for("a", Some(account), false).as_deref(), Some("'a' & '¤00000000000000000000000000000005'"));
    }

    #[test]
    fn places_have_the_order_of_time() {
        let at = |millis| first_place(DateTime::from_timestamp_millis(millis).expect("a time"));
        assert!(at(-5) < at(-4) && at(-1) < at(0) && at(0) + PLACES - 1 < at(1));
        // The last year that a Date field can name.
        assert!(at(253_402_300_799_999) < i64::MAX - PLACES);
    }
}
