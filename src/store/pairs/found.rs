//! Pairs that a search finds, in an order that the words are kept in: along their places, from either end, or by quality and then along
//! the places. What is found is what the index says and the pair itself confirms.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    noting::IS_FLAGGED,
    rows::{OF_PAGE, Row},
    terms::{Expression, Term},
};
use crate::{
    store::{Database, Store, StoreError, bulk::push_list, limits::PatientPool, reading, threads::saving::first_place},
    types::{AccountId, Counted, PairId, PairStatus, TrainingPair, TrustRuleId, UserId},
};

/// What pairs are looked for by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairSearch {
    pub expression: Expression,
    /// What has to be true of the pair as it is now.
    pub checks: Vec<Check>,
    /// Replied then or later, and before then.
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// Not replied from the first to before the second.
    pub outside: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// What changes often, and is looked up in the pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Check {
    Status(PairStatus),
    NotStatus(PairStatus),
    DecidedSince(DateTime<Utc>),
    NotDecidedSince(DateTime<Utc>),
    /// Of near duplicates there are at least so many, and none was rejected: of one mailbox, or of all.
    Said {
        least: i64,
        within: Option<AccountId>,
    },
    CameAfter(DateTime<Utc>),
    /// A rule has not decided about it yet.
    NotByRule(TrustRuleId),
}

/// A place in the order of what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub place: i64,
    pub id: PairId,
}

/// A pair that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPair {
    pub at: Place,
    /// Its quality, where the list is in the order of that.
    pub quality: u8,
    pub group: Option<String>,
    pub status: PairStatus,
}

#[derive(FromRow)]
struct FoundRow {
    id: PairId,
    place: i64,
    group_id: Option<String>,
    #[sqlx(try_from = "String")]
    status: PairStatus,
}

#[derive(FromRow)]
struct DoubtedRow {
    #[sqlx(flatten)]
    found: FoundRow,
    doubt: i64,
}

impl FoundRow {
    fn with_quality(self, quality: u8) -> FoundPair {
        let at = Place { place: self.place, id: self.id };
        FoundPair { at, quality, group: self.group_id, status: self.status }
    }
}

/// What facets tell of a found pair.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct FoundFacts {
    pub id: PairId,
    #[sqlx(try_from = "String")]
    pub status: PairStatus,
    pub account: AccountId,
    pub language: Option<String>,
    pub quality: Option<i64>,
    pub edited: bool,
    pub flagged: bool,
    pub provider: Option<String>,
    pub labels: Option<Json<Value>>,
    pub decided_by: Option<UserId>,
    pub replied_at: DateTime<Utc>,
    /// The address of whoever is to review it.
    pub assigned_to: Option<String>,
}

/// The texts in which a phrase can be.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromRow)]
pub struct SearchedTexts {
    pub id: PairId,
    pub client_text: String,
    pub our_reply_text: String,
    pub subject: Option<String>,
    pub client_name: Option<String>,
    pub client_address: Option<String>,
    pub reply_name: Option<String>,
    pub reply_address: Option<String>,
}

/// Pushes what a search reads from, up to its conditions on places.
macro_rules! push_found {
    ($query:expr, $search:expr, $is_sqlite:expr) => {{
        let (query, search): (_, &PairSearch) = ($query, $search);
        let text = search.expression.text($is_sqlite);
        if $is_sqlite {
            query.push(
                " FROM pair_words CROSS JOIN pair_places w CROSS JOIN ai_training_pairs t
                  WHERE w.place = pair_words.rowid AND t.id = w.pair_id AND pair_words MATCH ",
            );
            query.push_bind(text);
        } else {
            query.push(" FROM pair_words w JOIN ai_training_pairs t ON t.id = w.pair_id WHERE w.words @@ ");
            query.push_bind(text).push("::tsquery");
        }
        for check in &search.checks {
            match check {
                Check::Status(status) => query.push(" AND (t.status = ").push_bind(status.as_str()).push(") IS TRUE"),
                Check::NotStatus(status) => {
                    query.push(" AND (t.status <> ").push_bind(status.as_str()).push(") IS TRUE")
                }
                Check::DecidedSince(since) => query.push(" AND (t.decided_at >= ").push_bind(*since).push(") IS TRUE"),
                Check::NotDecidedSince(since) => {
                    query.push(" AND (t.decided_at >= ").push_bind(*since).push(") IS NOT TRUE")
                }
                Check::Said { least, within } => {
                    query.push(
                        " AND (COALESCE((SELECT SUM(c.number) FROM reply_group_counts c WHERE c.group_id = t.group_id",
                    );
                    if let Some(account) = within {
                        query.push(" AND c.integration_account_id = ").push_bind(*account);
                    }
                    query.push("), 1) >= ").push_bind(*least);
                    query.push(
                        ") IS TRUE AND NOT EXISTS (SELECT 1 FROM reply_group_counts c
                           WHERE c.group_id = t.group_id AND c.status = 'rejected' AND c.number > 0",
                    );
                    if let Some(account) = within {
                        query.push(" AND c.integration_account_id = ").push_bind(*account);
                    }
                    query.push(")")
                }
                Check::CameAfter(time) => query.push(" AND (t.created_at > ").push_bind(*time).push(") IS TRUE"),
                Check::NotByRule(rule) => {
                    query.push(
                        " AND NOT EXISTS (SELECT 1 FROM bulk_decision_pairs x JOIN bulk_decisions b ON b.id = x.bulk_id
                           WHERE x.pair_id = t.id AND b.rule_id = ",
                    );
                    query.push_bind(*rule).push(")")
                }
            };
        }
        let place = if $is_sqlite { "pair_words.rowid" } else { "w.place" };
        if let Some(from) = search.from {
            query.push(format!(" AND {place} >= ")).push_bind(first_place(from));
        }
        if let Some(until) = search.until {
            query.push(format!(" AND {place} < ")).push_bind(first_place(until));
        }
        for (from, until) in &search.outside {
            query.push(format!(" AND ({place} < ")).push_bind(first_place(*from));
            query.push(format!(" OR {place} >= ")).push_bind(first_place(*until)).push(")");
        }
    }};
}

impl Store {
    /// Some pairs that a search finds, the latest reply first, or the earliest: those after a place in that order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn found_pairs(
        &self,
        search: &PairSearch,
        is_ascending: bool,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<FoundPair>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        let (sign, order) = if is_ascending { (">", "") } else { ("<", " DESC") };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<FoundRow> = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT t.id, w.place, t.group_id, t.status");
            push_found!(&mut query, search, is_sqlite);
            if is_sqlite {
                if let Some(after) = after {
                    query.push(format!(" AND pair_words.rowid {sign} ")).push_bind(after.place);
                }
                query.push(format!(" ORDER BY pair_words.rowid{order} LIMIT "));
            } else {
                if let Some(after) = after {
                    query.push(format!(" AND (w.place, w.pair_id) {sign} ("));
                    query.push_bind(after.place).push(", ").push_bind(after.id).push(")");
                }
                query.push(format!(" ORDER BY w.place{order}, w.pair_id{order} LIMIT "));
            }
            query.push_bind(limit);
            // PostgreSQL plans each search for its words (see `page_of_threads`).
            query.build_query_as().persistent(is_sqlite).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| row.with_quality(0)).collect())
    }

    /// Some pairs that a search finds, the lowest quality first, of one quality the latest reply: those after a quality and a place.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn found_by_quality(
        &self,
        search: &PairSearch,
        after: Option<(u8, Place)>,
        limit: usize,
    ) -> Result<Vec<FoundPair>, StoreError> {
        if self.backend() != "sqlite" {
            return self.found_by_doubt(search, after, limit).await;
        }
        // Words are read in the order of places alone: one quality after the other.
        let mut found: Vec<FoundPair> = Vec::new();
        let first = after.map_or(0, |(quality, _)| quality);
        for tens in first / 10..=10 {
            let of_tens = search.and(if tens == 10 { Term::quality(100, 100) } else { Term::tenth(tens) });
            if self.found_pairs(&of_tens, false, None, 1).await?.is_empty() {
                continue;
            }
            for quality in (tens * 10).max(first)..(tens * 10 + 10).min(101) {
                let search = search.and(Term::quality(quality, quality));
                let place = after.filter(|(of, _)| *of == quality).map(|(_, place)| place);
                let some = self.found_pairs(&search, false, place, limit.saturating_sub(found.len())).await?;
                found.extend(some.into_iter().map(|pair| FoundPair { quality, ..pair }));
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// Some pairs that a search finds, those first whose quality is nearest to `border`, of one distance the latest reply: those after a
    /// distance and a place.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn found_near_quality(
        &self,
        search: &PairSearch,
        border: u8,
        after: Option<(u8, Place)>,
        limit: usize,
    ) -> Result<Vec<FoundPair>, StoreError> {
        let mut found: Vec<FoundPair> = Vec::new();
        let first = after.map_or(0, |(distance, _)| distance);
        let farthest = border.max(100_u8.saturating_sub(border));
        for from in (first..=farthest).step_by(10) {
            let of_ten = search.and(Term::near_quality(border, from, from + 9));
            if self.found_pairs(&of_ten, false, None, 1).await?.is_empty() {
                continue;
            }
            for distance in from..(from + 10).min(farthest + 1) {
                let search = search.and(Term::near_quality(border, distance, distance));
                let place = after.filter(|(of, _)| *of == distance).map(|(_, place)| place);
                let some = self.found_pairs(&search, false, place, limit.saturating_sub(found.len())).await?;
                // What a walk is sorted by before the place.
                found.extend(some.into_iter().map(|pair| FoundPair { quality: distance, ..pair }));
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// As [`Self::found_by_quality`], along an index of PostgreSQL.
    async fn found_by_doubt(
        &self,
        search: &PairSearch,
        after: Option<(u8, Place)>,
        limit: usize,
    ) -> Result<Vec<FoundPair>, StoreError> {
        let Database::Postgres(pool) = &self.db else { return Ok(Vec::new()) };
        let db = PatientPool::new(pool, self.limits.answer);
        let mut query = QueryBuilder::<sqlx::Postgres>::new("SELECT t.id, w.place, t.group_id, t.status, w.doubt");
        push_found!(&mut query, search, false);
        if let Some((quality, place)) = after {
            query.push(" AND (w.doubt, w.place, w.pair_id) < (").push_bind(100 - i64::from(quality)).push(", ");
            query.push_bind(place.place).push(", ").push_bind(place.id).push(")");
        }
        query.push(" ORDER BY w.doubt DESC, w.place DESC, w.pair_id DESC LIMIT ");
        query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<DoubtedRow> = query.build_query_as().persistent(false).fetch_all(db).await?;
        let quality = |doubt: i64| u8::try_from((100 - doubt).clamp(0, 100)).unwrap_or(0);
        Ok(rows.into_iter().map(|row| row.found.with_quality(quality(row.doubt))).collect())
    }

    /// How many pairs a search finds, counted up to `most`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_found_pairs(&self, search: &PairSearch, most: i64) -> Result<Counted, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        let count: i64 = reading!(self, db => {
            let mut query = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1");
            push_found!(&mut query, search, is_sqlite);
            query.push(" LIMIT ").push_bind(most + 1).push(") found");
            query.build_query_scalar().persistent(is_sqlite).fetch_one(db).await?
        });
        Ok(Counted { count: count.min(most), exact: count <= most })
    }

    /// What facets tell of the pairs that a search finds: of the latest, at most so many.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn facts_of_found(&self, search: &PairSearch, most: i64) -> Result<Vec<FoundFacts>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new(format!(
                "SELECT t.id, t.status, t.integration_account_id AS account, t.labels->>'client_language' AS language,
                   CAST(t.labels->'quality'->>'score' AS BIGINT) AS quality, t.edited, {IS_FLAGGED} AS flagged,
                   (SELECT p.code FROM integrations_providers p WHERE p.id = t.provider_id) AS provider, t.labels, t.decided_by,
                   t.replied_at,
                   (SELECT u.email FROM pair_assignments s JOIN users u ON u.id = s.user_id WHERE s.pair_id = t.id) AS assigned_to"
            ));
            push_found!(&mut query, search, is_sqlite);
            query.push(if is_sqlite { " ORDER BY pair_words.rowid DESC" } else { " ORDER BY w.place DESC, w.pair_id DESC" });
            query.push(" LIMIT ").push_bind(most);
            query.build_query_as().persistent(is_sqlite).fetch_all(db).await?
        }))
    }

    /// What a phrase is looked for in, of some pairs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn searched_texts(&self, ids: &[PairId]) -> Result<Vec<SearchedTexts>, StoreError> {
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT t.id, t.client_text, t.our_reply_text, c.subject, c.from_name AS client_name,
                   c.from_address AS client_address, r.from_name AS reply_name, r.from_address AS reply_address
                 FROM ai_training_pairs t JOIN emails_messages c ON c.id = t.client_message_id
                 JOIN emails_messages r ON r.id = t.our_reply_message_id WHERE t.id IN ",
            );
            push_list(&mut query, ids);
            query.build_query_as().fetch_all(db).await?
        }))
    }

    /// How many pairs some groups have.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn group_sizes(&self, groups: &[&str]) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut sizes = BTreeMap::new();
        for groups in groups.chunks(crate::store::bulk::MOST_VALUES) {
            let rows: Vec<(String, i64)> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT group_id, CAST(SUM(number) AS BIGINT) FROM reply_group_counts WHERE group_id IN ",
                );
                push_list(&mut query, groups);
                query.push(" GROUP BY group_id");
                query.build_query_as().fetch_all(db).await?
            });
            sizes.extend(rows);
        }
        Ok(sizes)
    }

    /// These pairs, in this order. What is no longer there is left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pairs_in_order(&self, ids: &[PairId]) -> Result<Vec<TrainingPair>, StoreError> {
        let rows: Vec<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new("WITH page AS (SELECT id AS page_id FROM ai_training_pairs WHERE id IN ");
            push_list(&mut query, ids);
            query.push(") ").push(OF_PAGE);
            query.build_query_as().fetch_all(db).await?
        });
        let mut by_id: BTreeMap<PairId, TrainingPair> =
            rows.into_iter().map(TrainingPair::from).map(|pair| (pair.id, pair)).collect();
        let mut pairs: Vec<TrainingPair> = ids.iter().filter_map(|id| by_id.remove(id)).collect();
        self.add_tags(&mut pairs).await?;
        Ok(pairs)
    }

    /// Who has decided about pairs or could: `(id, email, name)`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn deciders(&self) -> Result<Vec<(UserId, String, String)>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as("SELECT id, email, display_name FROM users ORDER BY email").fetch_all(db).await?
        }))
    }
}

impl PairSearch {
    /// The same with one more condition.
    #[must_use]
    pub fn and(&self, term: Term) -> Self {
        Self { expression: self.expression.and(term), ..self.clone() }
    }
}
