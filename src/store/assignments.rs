//! Who is to review which pair.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use sqlx::QueryBuilder;

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor},
    audit::record,
    bulk::{push_list, slices},
    pairs::hold_pairs,
    reading, writing,
};
use crate::types::{Assignee, AuditAction, AuditChange, PairId, UserId};

/// Those who can review.
const REVIEWERS: &str = "SELECT u.id, u.email, u.display_name, CAST(0 AS BIGINT) AS pairs FROM users u
    WHERE u.active AND u.role IN ('admin', 'reviewer') ";

/// Holds the rows of these people, in one order: of two who give pairs to each other neither waits for the other.
macro_rules! hold_people {
    ($tx:expr, $people:expr) => {{
        let (lock, people): (_, BTreeSet<UserId>) = ($tx.for_update(), $people);
        let people: Vec<UserId> = people.into_iter().collect();
        if !lock.is_empty() && !people.is_empty() {
            let mut query = QueryBuilder::new("SELECT id FROM users WHERE id IN ");
            push_list(&mut query, &people);
            query.push(" ORDER BY id ").push(lock);
            query.build().fetch_all(&mut *$tx).await?;
        }
    }};
}

/// What came of giving pairs to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// How many pairs are somebody else's now.
    Done(i64),
    /// One of the pairs is not there.
    NoPair,
    /// There is nobody with this id who can review.
    Nobody,
}

impl Store {
    /// Who can review, by name, without how many pairs each has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reviewers(&self) -> Result<Vec<Assignee>, StoreError> {
        let mut people: Vec<Assignee> = reading!(self, db => sqlx::query_as(REVIEWERS).fetch_all(db).await?);
        // Not by the database: each has its own order of letters.
        people.sort_by_key(|one| (one.display_name.to_lowercase(), one.email.clone()));
        Ok(people)
    }

    /// How many pairs each person has that has any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn assigned_counts(&self) -> Result<BTreeMap<UserId, i64>, StoreError> {
        let rows: Vec<(UserId, i64)> = reading!(self, db => {
            sqlx::query_as("SELECT user_id, COUNT(*) FROM pair_assignments GROUP BY user_id").fetch_all(db).await?
        });
        Ok(rows.into_iter().collect())
    }

    /// Of these groups of near duplicates, those of which some of these people have pairs, each with whoever has most of it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn group_assignees(
        &self,
        groups: &[&str],
        among: &[UserId],
    ) -> Result<BTreeMap<String, UserId>, StoreError> {
        // Of those who have as many, the first.
        let mut found: BTreeMap<String, (i64, Reverse<usize>)> = BTreeMap::new();
        for some in slices(groups) {
            let rows: Vec<(String, UserId, i64)> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT t.group_id, s.user_id, COUNT(*) FROM ai_training_pairs t
                     JOIN pair_assignments s ON s.pair_id = t.id WHERE t.group_id IN ",
                );
                push_list(&mut query, some);
                query.push(" GROUP BY t.group_id, s.user_id");
                query.build_query_as().fetch_all(db).await?
            });
            for (group, user, pairs) in rows {
                let Some(place) = among.iter().position(|one| *one == user) else { continue };
                let has = (pairs, Reverse(place));
                if found.get(&group).is_none_or(|most| has > *most) {
                    found.insert(group, has);
                }
            }
        }
        Ok(found.into_iter().map(|(group, (_, Reverse(place)))| (group, among[place])).collect())
    }

    /// Gives pairs to somebody to review, or to nobody: all of them, or none where something is not as it should be.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn assign_pairs(
        &self,
        pairs: &[PairId],
        to: Option<UserId>,
        act: impl Into<Act>,
    ) -> Result<Assigned, StoreError> {
        let act: Act = act.into();
        let wanted: BTreeSet<PairId> = pairs.iter().copied().collect();
        let pairs: Vec<PairId> = wanted.iter().copied().collect();
        Ok(writing!(self, tx => {
            hold_people!(tx, act.by.user.into_iter().chain(to).collect());
            check_actor!(tx, act, Need::Reviewer);
            let lock = tx.for_update();
            let mut names: Vec<String> = Vec::new();
            if let Some(to) = to {
                // Nobody shuts them out before the pairs are theirs: they would keep them.
                let sql = format!("{REVIEWERS} AND u.id = $1 {lock}");
                let person: Option<Assignee> =
                    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(to).fetch_optional(&mut *tx).await?;
                let Some(person) = person else { return Ok(Assigned::Nobody) };
                names.push(person.email);
            }
            hold_pairs!(tx, pairs.clone());
            let mut query = QueryBuilder::new("SELECT id FROM ai_training_pairs WHERE id IN ");
            push_list(&mut query, &pairs);
            let there: Vec<PairId> = query.build_query_scalar().fetch_all(&mut *tx).await?;
            if there.len() != pairs.len() {
                return Ok(Assigned::NoPair);
            }
            let one = pairs.first().copied().filter(|_| pairs.len() == 1);
            let before: Option<String> = match one {
                Some(pair) => sqlx::query_scalar(
                    "SELECT u.email FROM pair_assignments s JOIN users u ON u.id = s.user_id WHERE s.pair_id = $1",
                )
                .bind(pair).fetch_optional(&mut *tx).await?,
                None => None,
            };
            let changed = if let Some(to) = to {
                let mut changed = 0;
                for some in slices(&pairs) {
                    let mut query =
                        QueryBuilder::new("INSERT INTO pair_assignments (pair_id, user_id, assigned_by, assigned_at) ");
                    query.push_values(some, |mut row, pair| {
                        row.push_bind(*pair).push_bind(to).push_bind(act.by.user).push_bind(act.at);
                    });
                    query.push(
                        " ON CONFLICT (pair_id) DO UPDATE SET user_id = excluded.user_id, assigned_by = excluded.assigned_by,
                            assigned_at = excluded.assigned_at WHERE pair_assignments.user_id <> excluded.user_id",
                    );
                    changed += query.build().execute(&mut *tx).await?.rows_affected();
                }
                changed
            } else {
                let mut query = QueryBuilder::new("DELETE FROM pair_assignments WHERE pair_id IN ");
                push_list(&mut query, &pairs);
                query.build().execute(&mut *tx).await?.rows_affected()
            };
            let changed = i64::try_from(changed).unwrap_or(i64::MAX);
            if changed > 0 {
                let has = |to| AuditChange::Assigned { pairs: changed, to }.to_string();
                record!(tx, act, AuditAction::PairsAssigned, Record {
                    target: one.map(|pair| pair.to_string()),
                    from: before.map(|before| has(vec![before])),
                    to: Some(has(names)),
                    ..Record::default()
                });
            }
            Assigned::Done(changed)
        }))
    }

    /// Shares pairs out among people who can review: those that somebody has meanwhile stay theirs. How many each got, or `None` where
    /// one of the people cannot review.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn share_pairs_out(
        &self,
        shares: &BTreeMap<PairId, UserId>,
        among: &[UserId],
        act: impl Into<Act>,
    ) -> Result<Option<BTreeMap<UserId, i64>>, StoreError> {
        let act: Act = act.into();
        let rows: Vec<(PairId, UserId)> = shares.iter().map(|(pair, user)| (*pair, *user)).collect();
        let among: BTreeSet<UserId> = among.iter().copied().collect();
        let people: Vec<UserId> = among.iter().copied().collect();
        Ok(writing!(self, tx => {
            hold_people!(tx, act.by.user.into_iter().chain(people.iter().copied()).collect());
            check_actor!(tx, act, Need::Admin);
            let lock = tx.for_update();
            let mut query = QueryBuilder::new(REVIEWERS);
            query.push(" AND u.id IN ");
            push_list(&mut query, &people);
            query.push(" ORDER BY u.id ").push(lock);
            let known: Vec<Assignee> = query.build_query_as().fetch_all(&mut *tx).await?;
            if known.len() != people.len() {
                return Ok(None);
            }
            hold_pairs!(tx, rows.iter().map(|(pair, _)| *pair).collect());
            let mut got: BTreeMap<UserId, i64> = BTreeMap::new();
            for some in slices(&rows) {
                let ids: Vec<PairId> = some.iter().map(|(pair, _)| *pair).collect();
                // What was deleted since it was found is left out.
                let mut query = QueryBuilder::new("SELECT id FROM ai_training_pairs WHERE id IN ");
                push_list(&mut query, &ids);
                let there: Vec<PairId> = query.build_query_scalar().fetch_all(&mut *tx).await?;
                let there: Vec<(PairId, UserId)> =
                    some.iter().filter(|(pair, _)| there.contains(pair)).copied().collect();
                if there.is_empty() {
                    continue;
                }
                let mut query =
                    QueryBuilder::new("INSERT INTO pair_assignments (pair_id, user_id, assigned_by, assigned_at) ");
                query.push_values(&there, |mut row, (pair, user)| {
                    row.push_bind(*pair).push_bind(*user).push_bind(act.by.user).push_bind(act.at);
                });
                query.push(" ON CONFLICT (pair_id) DO NOTHING RETURNING user_id");
                let given: Vec<UserId> = query.build_query_scalar().fetch_all(&mut *tx).await?;
                for user in given {
                    *got.entry(user).or_default() += 1;
                }
            }
            let pairs: i64 = got.values().sum();
            if pairs > 0 {
                let to = known.iter().filter(|one| got.contains_key(&one.id)).map(|one| one.email.clone()).collect();
                let to = Some(AuditChange::Assigned { pairs, to }.to_string());
                record!(tx, act, AuditAction::PairsAssigned, Record { to, ..Record::default() });
            }
            Some(got)
        }))
    }
}
