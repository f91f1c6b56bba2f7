//! By what pairs are found, noted a little late: triggers queue every pair whose terms are to be noted (`pairs_to_note`), in the
//! transaction that changes it.
//!
//! Words are kept as those of threads are ([`crate::store::threads::saving`]), under a pair's own place.
//!
//! Whoever changes several pairs, or messages that queue several, holds these pairs first, in the order of their ids ([`hold_pairs`],
//! [`hold_pairs_of`]). Otherwise two could wait for what the other one has queued.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::terms::{Known, score_of, signs_of};
use crate::{
    mail::words::Words,
    store::{
        Store, StoreError,
        bulk::{light_slices, push_list},
        few::Few,
        reading,
        threads::saving::{PLACES, first_place, place_after},
        writing,
    },
    types::{AccountId, PairId, PairLabels, ReviewTagId, UserId},
};

/// Keeps pairs from being changed until the transaction ends. SQLite has one writer: there is nothing to hold there. For use inside a
/// transaction.
macro_rules! hold_pairs {
    ($tx:expr, $pairs:expr) => {{
        let lock = $tx.for_update();
        let mut pairs: Vec<$crate::types::PairId> = $pairs;
        pairs.sort_unstable();
        for some in pairs.chunks($crate::store::bulk::MOST_VALUES).filter(|_| !lock.is_empty()) {
            let mut query = sqlx::QueryBuilder::new("SELECT id FROM ai_training_pairs WHERE id IN ");
            $crate::store::bulk::push_list(&mut query, some);
            query.push(" ORDER BY id ").push(lock);
            query.build().fetch_all(&mut *$tx).await?;
        }
    }};
}
pub(in crate::store) use hold_pairs;

/// As [`hold_pairs`] those of an account's messages `m`, which are given by what their provider calls them, as far as they are `$so`.
macro_rules! hold_pairs_of {
    ($tx:expr, $account:expr, $messages:expr, $so:literal) => {{
        let (mut pairs, messages): (Vec<$crate::types::PairId>, Vec<&str>) = (Vec::new(), $messages);
        let lock = $tx.for_update();
        for some in messages.chunks($crate::store::bulk::MOST_VALUES).filter(|_| !lock.is_empty()) {
            for side in ["client_message_id", "our_reply_message_id"] {
                let mut query = sqlx::QueryBuilder::new(format!(
                    "SELECT t.id FROM ai_training_pairs t JOIN emails_messages m ON m.id = t.{side}
                     WHERE {} AND m.integration_account_id = ",
                    $so
                ));
                query.push_bind($account).push(" AND m.external_id IN ");
                $crate::store::bulk::push_list(&mut query, some);
                let of_side: Vec<$crate::types::PairId> = query.build_query_scalar().fetch_all(&mut *$tx).await?;
                pairs.extend(of_side);
            }
        }
        $crate::store::pairs::hold_pairs!($tx, pairs);
    }};
}
pub(in crate::store) use hold_pairs_of;

/// Addresses that the client wrote to, of which the words are noted.
const ADDRESSES: usize = 8;

/// A pair whose terms are to be noted.
#[derive(FromRow)]
struct Waiting {
    id: PairId,
    integration_account_id: AccountId,
    status: String,
    replied_at: DateTime<Utc>,
    client_text: String,
    our_reply_text: String,
    labels: Json<Value>,
    edited: bool,
    is_flagged: bool,
    group_id: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    decided_by: Option<UserId>,
    assigned_to: Option<UserId>,
    provider: Option<String>,
    subject: Option<String>,
    client_name: Option<String>,
    client_address: Option<String>,
    client_to: Option<Json<Few<ADDRESSES>>>,
    reply_name: Option<String>,
    reply_address: Option<String>,
}

/// Whether a pair's mail says something else by now.
pub(super) const IS_FLAGGED: &str =
    "(t.source_gone OR t.fresh_client_text IS NOT NULL OR t.fresh_reply_text IS NOT NULL
    OR EXISTS (SELECT 1 FROM emails_messages m WHERE m.id IN (t.client_message_id, t.our_reply_message_id)
      AND m.deleted_at IS NOT NULL))";

const WAITING: &str =
    "t.id, t.integration_account_id, t.status, t.replied_at, t.client_text, t.our_reply_text, t.labels,
    t.edited, t.group_id, t.decided_at, t.decided_by,
    (SELECT s.user_id FROM pair_assignments s WHERE s.pair_id = t.id) AS assigned_to,
    (SELECT p.code FROM integrations_providers p WHERE p.id = t.provider_id) AS provider,
    (SELECT m.subject FROM emails_messages m WHERE m.id = t.client_message_id) AS subject,
    (SELECT m.from_name FROM emails_messages m WHERE m.id = t.client_message_id) AS client_name,
    (SELECT m.from_address FROM emails_messages m WHERE m.id = t.client_message_id) AS client_address,
    (SELECT m.to_addresses FROM emails_messages m WHERE m.id = t.client_message_id) AS client_to,
    (SELECT m.from_name FROM emails_messages m WHERE m.id = t.our_reply_message_id) AS reply_name,
    (SELECT m.from_address FROM emails_messages m WHERE m.id = t.our_reply_message_id) AS reply_address
  FROM pairs_to_note q JOIN ai_training_pairs t ON t.id = q.pair_id
  ORDER BY q.soon DESC, q.pair_id LIMIT $1 ";

impl Waiting {
    fn labels(&self) -> Option<PairLabels> {
        serde_json::from_value(self.labels.0.clone()).ok()
    }

    fn terms(&self, labels: Option<&PairLabels>, tags: &[ReviewTagId]) -> String {
        let mut words = Words::default();
        let about = [&self.subject, &self.client_name, &self.client_address, &self.reply_name, &self.reply_address];
        about.into_iter().flatten().for_each(|text| words.add(text));
        words.add(&self.client_text);
        words.add(&self.our_reply_text);
        let some =
            |texts: &[&'_ Option<String>]| -> Vec<String> { texts.iter().filter_map(|text| (*text).clone()).collect() };
        let from = some(&[&self.client_name, &self.client_address]);
        let mut to = some(&[&self.reply_name, &self.reply_address]);
        to.extend(self.client_to.iter().flat_map(|list| list.0.first.iter().cloned()));
        let signs = signs_of(&Known {
            status: &self.status,
            account: Some(self.integration_account_id),
            provider: self.provider.as_deref(),
            group: self.group_id.as_deref(),
            labels,
            is_edited: self.edited,
            is_flagged: self.is_flagged,
            decided: self.decided_at.map(|at| (at, self.decided_by)),
            tags,
            assigned_to: self.assigned_to,
            from: from.iter().map(String::as_str).collect(),
            to: to.iter().map(String::as_str).collect(),
            subject: self.subject.as_deref(),
        });
        let mut terms = words.joined();
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms + &signs
    }
}

/// Which place of its millisecond a pair has: the end of its id, so that it is the same whenever it is noted, and in every database.
pub(super) fn number_in_moment(pair: PairId) -> i64 {
    i64::try_from(pair.0.as_u128() & u128::from(u16::MAX >> 1)).unwrap_or_default()
}

impl Store {
    /// Notes by what some pairs are found that wait for it: how many. What somebody decided about comes first. One that somebody is
    /// deciding about at this moment is left for the next time.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_pairs(&self, limit: i64) -> Result<usize, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        // Mostly there is nothing to do: then nothing is written.
        let waits: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM pairs_to_note LIMIT 1").fetch_optional(db).await?
        });
        if waits.is_none() {
            return Ok(0);
        }
        let places = if is_sqlite { "pair_places" } else { "pair_words" };
        Ok(writing!(self, tx => {
            // The rows are kept from whoever would change them until their words are noted: what they change then queues them again.
            let sql = format!("SELECT {IS_FLAGGED} AS is_flagged, {WAITING}{}", tx.skip_locked());
            let waiting: Vec<Waiting> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(&mut *tx).await?;
            let ids: Vec<PairId> = waiting.iter().map(|pair| pair.id).collect();
            if !ids.is_empty() {
                let mut query = QueryBuilder::new(format!("DELETE FROM {places} WHERE pair_id IN "));
                push_list(&mut query, &ids);
                query.build().execute(&mut *tx).await?;
                let mut query = QueryBuilder::new("SELECT pair_id, tag_id FROM pair_tags WHERE pair_id IN ");
                push_list(&mut query, &ids);
                let tagged: Vec<(PairId, ReviewTagId)> = query.build_query_as().fetch_all(&mut *tx).await?;
                let wanted: Vec<i64> =
                    waiting.iter().map(|pair| first_place(pair.replied_at) + number_in_moment(pair.id)).collect();
                let mut query = QueryBuilder::new(format!("SELECT place FROM {places} WHERE place IN "));
                push_list(&mut query, &wanted);
                let taken: Vec<i64> = query.build_query_scalar().fetch_all(&mut *tx).await?;
                let mut taken: BTreeSet<i64> = taken.into_iter().collect();
                let mut noted: Vec<(PairId, i64, i64, String)> = Vec::with_capacity(waiting.len());
                for (pair, mut place) in waiting.iter().zip(wanted) {
                    // Two of one millisecond whose ids end alike: the next free place there, or in the millisecond after it.
                    let (mut first, mut tried) = (first_place(pair.replied_at), 0);
                    while taken.contains(&place) {
                        tried += 1;
                        if tried == PLACES {
                            (first, tried) = (place_after(first), 0);
                        }
                        place = if place >= first && place + 1 < place_after(first) { place + 1 } else { first };
                        if !taken.contains(&place) {
                            let sql = format!("SELECT place FROM {places} WHERE place = $1 LIMIT 1");
                            let there: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                                .bind(place).fetch_optional(&mut *tx).await?;
                            taken.extend(there);
                        }
                    }
                    taken.insert(place);
                    let labels = pair.labels();
                    let doubt = 100 - i64::from(score_of(labels.as_ref()));
                    let tags: Vec<ReviewTagId> =
                        tagged.iter().filter(|(of, _)| *of == pair.id).map(|(_, tag)| *tag).collect();
                    noted.push((pair.id, place, doubt, pair.terms(labels.as_ref(), &tags)));
                }
                for rows in light_slices(&noted, |(.., terms)| terms.len()) {
                    let mut query = QueryBuilder::new(if is_sqlite {
                        "INSERT INTO pair_words (rowid, words) "
                    } else {
                        "INSERT INTO pair_words (pair_id, place, doubt, words) "
                    });
                    query.push_values(rows, |mut row, (id, place, doubt, terms)| {
                        if is_sqlite {
                            row.push_bind(*place).push_bind(terms);
                        } else {
                            row.push_bind(*id).push_bind(*place).push_bind(*doubt);
                            row.push("array_to_tsvector(string_to_array(").push_bind_unseparated(terms);
                            row.push_unseparated(", ' '))");
                        }
                    });
                    query.build().execute(&mut *tx).await?;
                    if is_sqlite {
                        let mut query = QueryBuilder::new("INSERT INTO pair_places (pair_id, place) ");
                        query.push_values(rows, |mut row, (id, place, ..)| {
                            row.push_bind(*id).push_bind(*place);
                        });
                        query.build().execute(&mut *tx).await?;
                    }
                }
                let mut query = QueryBuilder::new("DELETE FROM pairs_to_note WHERE pair_id IN ");
                push_list(&mut query, &ids);
                query.build().execute(&mut *tx).await?;
            }
            ids.len()
        }))
    }

    /// Pairs that are still to be noted: a search does not find them yet, or finds what they were.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pairs_waiting(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, db => sqlx::query_scalar("SELECT COUNT(*) FROM pairs_to_note").fetch_one(db).await?))
    }
}
