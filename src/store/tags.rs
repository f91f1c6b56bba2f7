//! The team's own tags, and which pairs have them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor, check_person, hold_admins},
    audit::record,
    bulk::push_list,
    pairs::{begin_step, hold_pairs},
    reading, writing,
};
use crate::types::{
    AuditAction, AuditChange, MOST_TAGS, PairEditId, PairId, PairTag, ReviewTag, ReviewTagId, TagColour, TrainingPair,
    UserId,
};

const TAGS: &str =
    "SELECT t.id, t.name, t.colour, t.description, t.shortcut AS key, t.position, t.retired, CAST(0 AS BIGINT) AS pairs
  FROM review_tags t ";

/// A tag as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedTag {
    pub name: String,
    pub colour: TagColour,
    pub description: String,
    pub key: Option<String>,
    /// Its place among all tags, from 1; `None`: where it is, or the last.
    pub position: Option<i64>,
    /// `None`: as it is; a new one is offered.
    pub retired: Option<bool>,
}

/// What is changed about a tag. The rest stays as it is when it is written, not as it was when somebody read it.
#[derive(Debug, Clone, Copy)]
pub enum TagChange<'a> {
    To(&'a WantedTag),
    /// To another place among all tags, from 1.
    Move(i64),
    /// Not offered any more, or again.
    Retire(bool),
}

impl WantedTag {
    fn of(tag: &ReviewTag) -> Self {
        Self {
            name: tag.name.clone(),
            colour: tag.colour,
            description: tag.description.clone(),
            key: tag.key.clone(),
            position: None,
            retired: None,
        }
    }
}

/// What came of saving a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum TagSaved {
    Saved(ReviewTag),
    /// Another tag has the name.
    NameTaken,
    /// Another tag, of this name, has the key.
    KeyTaken {
        key: String,
        tag: String,
    },
    TooMany,
    Unknown,
}

/// What came of putting a tag on a pair, or taking it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// It is so; `true`: it was not before.
    Done(bool),
    NoPair,
    NoTag,
    /// The tag is not offered any more.
    Retired,
}

/// A name without case.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn said(tag: &ReviewTag, pairs: Option<i64>) -> String {
    AuditChange::Tag {
        name: tag.name.clone(),
        colour: tag.colour,
        key: tag.key.clone(),
        retired: tag.retired,
        pairs,
        description: tag.description.clone(),
    }
    .to_string()
}

impl Store {
    /// The tags of the team in its order, without how many pairs have them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_tags(&self) -> Result<Vec<ReviewTag>, StoreError> {
        Ok(reading!(self, db => {
            let sql = format!("{TAGS} ORDER BY t.position, t.id");
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(db).await?
        }))
    }

    /// How many pairs have each tag that any has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tag_counts(&self) -> Result<HashMap<ReviewTagId, i64>, StoreError> {
        let rows: Vec<(ReviewTagId, i64)> = reading!(self, db => {
            sqlx::query_as("SELECT tag_id, COUNT(*) FROM pair_tags GROUP BY tag_id").fetch_all(db).await?
        });
        Ok(rows.into_iter().collect())
    }

    /// Makes a tag, or changes the tag `id`.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn save_tag(
        &self,
        id: Option<ReviewTagId>,
        change: TagChange<'_>,
        act: impl Into<Act>,
    ) -> Result<TagSaved, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("{TAGS} ORDER BY t.position, t.id {}", tx.for_update());
            let tags: Vec<ReviewTag> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *tx).await?;
            let before = id.and_then(|id| tags.iter().find(|tag| tag.id == id));
            if id.is_some() && before.is_none() {
                return Ok(TagSaved::Unknown);
            }
            let wanted = match (change, before) {
                (TagChange::To(wanted), _) => wanted.clone(),
                (TagChange::Move(position), Some(tag)) => WantedTag { position: Some(position), ..WantedTag::of(tag) },
                (TagChange::Retire(retired), Some(tag)) => WantedTag { retired: Some(retired), ..WantedTag::of(tag) },
                (TagChange::Move(_) | TagChange::Retire(_), None) => return Ok(TagSaved::Unknown),
            };
            if before.is_none() && tags.len() >= MOST_TAGS {
                return Ok(TagSaved::TooMany);
            }
            let name = folded(&wanted.name);
            let mut others = tags.iter().filter(|tag| Some(tag.id) != id);
            if others.clone().any(|tag| folded(&tag.name) == name) {
                return Ok(TagSaved::NameTaken);
            }
            if let Some(taken) = others.find(|tag| tag.key.is_some() && tag.key == wanted.key) {
                return Ok(TagSaved::KeyTaken { key: wanted.key.unwrap_or_default(), tag: taken.name.clone() });
            }
            let tag = ReviewTag {
                id: id.unwrap_or_default(),
                name: wanted.name.clone(),
                colour: wanted.colour,
                description: wanted.description.clone(),
                key: wanted.key.clone(),
                position: 0,
                retired: wanted.retired.unwrap_or_else(|| before.is_some_and(|tag| tag.retired)),
                pairs: 0,
            };
            let mut order: Vec<ReviewTagId> = tags.iter().map(|tag| tag.id).filter(|other| *other != tag.id).collect();
            let place = match (wanted.position, before) {
                (Some(position), _) => usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(1),
                (None, Some(_)) => tags.iter().position(|other| other.id == tag.id).unwrap_or(usize::MAX),
                (None, None) => usize::MAX,
            };
            order.insert(place.min(order.len()), tag.id);
            sqlx::query(
                "INSERT INTO review_tags (id, name, folded, colour, description, shortcut, position, retired, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded, colour = excluded.colour,
                   description = excluded.description, shortcut = excluded.shortcut, retired = excluded.retired,
                   updated_at = excluded.updated_at",
            )
            .bind(tag.id).bind(&tag.name).bind(&name).bind(tag.colour.as_str()).bind(&tag.description).bind(&tag.key)
            .bind(0_i64).bind(tag.retired).bind(act.at).execute(&mut *tx).await?;
            for (at, id) in (1_i64..).zip(&order) {
                sqlx::query("UPDATE review_tags SET position = $2 WHERE id = $1 AND position <> $2")
                    .bind(*id).bind(at).execute(&mut *tx).await?;
            }
            let position = (1_i64..).zip(&order).find(|(_, other)| **other == tag.id).map_or(0, |(at, _)| at);
            let tag = ReviewTag { position, ..tag };
            let (was, is) = (before.map(|before| said(before, None)), said(&tag, None));
            let has_moved = before.is_some_and(|before| before.position != position);
            if was.as_ref() != Some(&is) || has_moved {
                let action = if was.is_some() { AuditAction::ReviewTagChanged } else { AuditAction::ReviewTagCreated };
                record!(tx, act, action, Record {
                    target: Some(tag.id.to_string()), name: Some(&tag.name), from: was, to: Some(is),
                });
            }
            TagSaved::Saved(tag)
        }))
    }

    /// Deletes a tag, and takes it off every pair: of how many. `None`: there is none.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn delete_tag(&self, id: ReviewTagId, act: impl Into<Act>) -> Result<Option<i64>, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("{TAGS} WHERE t.id = $1 {}", tx.for_update());
            let tag: Option<ReviewTag> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            match tag {
                None => None,
                Some(tag) => {
                    let pairs: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM pair_tags WHERE tag_id = $1")
                        .bind(id).fetch_one(&mut *tx).await?;
                    let tagged: Vec<PairId> = sqlx::query_scalar("SELECT pair_id FROM pair_tags WHERE tag_id = $1")
                        .bind(id).fetch_all(&mut *tx).await?;
                    hold_pairs!(tx, tagged);
                    sqlx::query("DELETE FROM review_tags WHERE id = $1").bind(id).execute(&mut *tx).await?;
                    sqlx::query("UPDATE review_tags SET position = position - 1 WHERE position > $1")
                        .bind(tag.position).execute(&mut *tx).await?;
                    record!(tx, act, AuditAction::ReviewTagDeleted, Record {
                        target: Some(id.to_string()),
                        name: Some(&tag.name),
                        from: Some(said(&tag, Some(pairs))),
                        to: None,
                    });
                    Some(pairs)
                }
            }
        }))
    }

    /// Puts a tag on a pair (`is_set`), or takes it off: a step of this person.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn tag_pair(
        &self,
        pair: PairId,
        tag: ReviewTagId,
        is_set: bool,
        by: UserId,
        act: impl Into<Act>,
    ) -> Result<Tagged, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            check_person!(tx, by, act.by.epoch, Need::Reviewer);
            // Whoever notes by what the pair is found comes before or after this.
            let sql = format!("SELECT status FROM ai_training_pairs WHERE id = $1 {}", tx.for_update());
            let status: Option<String> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(pair).fetch_optional(&mut *tx).await?;
            let Some(status) = status else { return Ok(Tagged::NoPair) };
            let known: Option<(String, bool)> = sqlx::query_as("SELECT name, retired FROM review_tags WHERE id = $1")
                .bind(tag).fetch_optional(&mut *tx).await?;
            let Some((name, retired)) = known else { return Ok(Tagged::NoTag) };
            let there: Option<(Option<UserId>, DateTime<Utc>)> =
                sqlx::query_as("SELECT tagged_by, tagged_at FROM pair_tags WHERE pair_id = $1 AND tag_id = $2")
                    .bind(pair).bind(tag).fetch_optional(&mut *tx).await?;
            if there.is_some() == is_set {
                return Ok(Tagged::Done(false));
            }
            if is_set && retired {
                return Ok(Tagged::Retired);
            }
            if is_set {
                sqlx::query("INSERT INTO pair_tags (pair_id, tag_id, tagged_by, tagged_at) VALUES ($1, $2, $3, $4)")
                    .bind(pair).bind(tag).bind(by).bind(act.at).execute(&mut *tx).await?;
            } else {
                sqlx::query("DELETE FROM pair_tags WHERE pair_id = $1 AND tag_id = $2")
                    .bind(pair).bind(tag).execute(&mut *tx).await?;
            }
            let step = begin_step!(tx, by, act.at, None::<&str>, None::<PairEditId>);
            sqlx::query("UPDATE review_steps SET tag_id = $2, tag_set = $3 WHERE id = $1")
                .bind(step).bind(tag).bind(is_set).execute(&mut *tx).await?;
            let (was_by, was_at) = there.map_or((None, None), |(by, at)| (by, Some(at)));
            sqlx::query(
                "INSERT INTO review_step_pairs (step_id, pair_id, was_status, was_by, was_at, status)
                 VALUES ($1, $2, $3, $4, $5, $3)",
            )
            .bind(step).bind(pair).bind(&status).bind(was_by).bind(was_at).execute(&mut *tx).await?;
            let name = Some(name);
            let (from, to) = if is_set { (None, name) } else { (name, None) };
            record!(tx, act, AuditAction::PairTagged, Record { target: Some(pair.to_string()), from, to, ..Record::default() });
            Tagged::Done(true)
        }))
    }

    /// The tags of some pairs, each in the order of the team.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tags_of(&self, pairs: &[PairId]) -> Result<BTreeMap<PairId, Vec<PairTag>>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            pair_id: PairId,
            id: ReviewTagId,
            name: String,
            #[sqlx(try_from = "String")]
            colour: TagColour,
            by: Option<String>,
            at: DateTime<Utc>,
            position: i64,
        }
        let mut tags: BTreeMap<PairId, Vec<PairTag>> = BTreeMap::new();
        for some in pairs.chunks(super::bulk::MOST_VALUES) {
            let mut rows: Vec<Row> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT p.pair_id, t.id, t.name, t.colour, u.display_name AS \"by\", p.tagged_at AS at, t.position
                     FROM pair_tags p JOIN review_tags t ON t.id = p.tag_id LEFT JOIN users u ON u.id = p.tagged_by
                     WHERE p.pair_id IN ",
                );
                push_list(&mut query, some);
                query.build_query_as().fetch_all(db).await?
            });
            // A few of each pair: no database has to have them in order.
            rows.sort_unstable_by_key(|row| (row.position, row.id));
            for Row { pair_id, id, name, colour, by, at, .. } in rows {
                tags.entry(pair_id).or_default().push(PairTag { id, name, colour, by, at });
            }
        }
        Ok(tags)
    }

    /// Says of some pairs what tags they have.
    pub(super) async fn add_tags(&self, pairs: &mut [TrainingPair]) -> Result<(), StoreError> {
        if pairs.is_empty() {
            return Ok(());
        }
        let ids: Vec<PairId> = pairs.iter().map(|pair| pair.id).collect();
        let mut tags = self.tags_of(&ids).await?;
        for pair in pairs {
            pair.tags = tags.remove(&pair.id).unwrap_or_default();
        }
        Ok(())
    }
}
