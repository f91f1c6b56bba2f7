//! Listing and counting pairs.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{QueryBuilder, types::Json};

use crate::{
    store::{Store, StoreError, cursor, reading},
    types::{PairCounts, PairFilter, PairId, PairPage, PairStatus, TrainingPair},
};

/// The columns of a [`TrainingPair`], of the pairs in `page (page_id)`. `CROSS JOIN`: SQLite reads the tables in this order,
/// beginning with the few rows of the page.
pub(in crate::store) const OF_PAGE: &str = "SELECT t.id, t.integration_account_id, p.code AS provider_code, p.name AS provider_name,
    a.display_name AS account_display_name, t.thread_id,
    (SELECT part.email_thread_id FROM emails_thread_parts part
     WHERE part.integration_account_id = t.integration_account_id AND part.thread_id = t.thread_id) AS email_thread_id,
    c.subject, t.client_message_id, t.our_reply_message_id,
    c.from_address AS client_from, c.sent_at AS client_sent_at, r.from_address AS reply_from,
    r.sent_at AS reply_sent_at, t.client_text, t.our_reply_text, t.status, t.labels, t.responded_after_seconds,
    CASE WHEN c.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL THEN 'deleted'
         WHEN t.source_gone THEN 'gone'
         WHEN t.fresh_client_text IS NULL AND t.fresh_reply_text IS NULL THEN 'same' ELSE 'changed' END AS source,
    t.fresh_client_text, t.fresh_reply_text, t.edited, t.reject_reason, t.reject_note, t.engine_version, t.decided_at,
    (SELECT u.display_name FROM users u WHERE u.id = t.decided_by) AS decided_by,
    (SELECT b.rule_name FROM bulk_decision_pairs x JOIN bulk_decisions b ON b.id = x.bulk_id
     WHERE x.pair_id = t.id AND x.at = t.decided_at AND b.rule_name IS NOT NULL LIMIT 1) AS decided_by_rule,
    t.created_at, t.updated_at,
    (SELECT s.user_id FROM pair_assignments s WHERE s.pair_id = t.id) AS assigned_to_id,
    (SELECT u.display_name FROM pair_assignments s JOIN users u ON u.id = s.user_id WHERE s.pair_id = t.id) AS assigned_to,
    t.group_id, COALESCE((SELECT CAST(SUM(g.number) AS BIGINT) FROM reply_group_counts g WHERE g.group_id = t.group_id), 1)
      AS duplicates, t.replied_at
  FROM page CROSS JOIN ai_training_pairs t CROSS JOIN integrations_accounts a CROSS JOIN integrations_providers p
  CROSS JOIN emails_messages c CROSS JOIN emails_messages r
  WHERE t.id = page.page_id AND a.id = t.integration_account_id AND p.id = a.provider_id
    AND c.id = t.client_message_id AND r.id = t.our_reply_message_id";

/// A pair and what a list is sorted by.
#[derive(sqlx::FromRow)]
pub(in crate::store) struct Row {
    #[sqlx(flatten)]
    pair: TrainingPair,
    replied_at: DateTime<Utc>,
    /// As JSON: labels of another version are none, and no error.
    labels: Json<Value>,
    /// As a word: one of another version is no reason, and no error.
    reject_reason: Option<String>,
}

impl From<Row> for TrainingPair {
    fn from(row: Row) -> Self {
        let reject_reason = row.reject_reason.and_then(|reason| reason.parse().ok());
        Self { labels: serde_json::from_value(row.labels.0).ok(), reject_reason, ..row.pair }
    }
}

/// A pair that stands for its group, and how large that is.
#[derive(Clone, Copy, sqlx::FromRow)]
struct Repeated {
    size: i64,
    replied_at: DateTime<Utc>,
    id: PairId,
}

fn parse_repeated(cursor: &str) -> Result<Repeated, StoreError> {
    let (size, place) = cursor.strip_prefix('r').and_then(|rest| rest.split_once('_')).ok_or(StoreError::BadCursor)?;
    let size = size.parse().map_err(|_| StoreError::BadCursor)?;
    let (replied_at, id) = cursor::parse::<PairId>(place)?;
    Ok(Repeated { size, replied_at, id })
}

/// The ids of a page of pairs, from one index that has their order: that of the narrowest filter. `IS TRUE` keeps the databases from
/// reading by another filter and then sorting.
macro_rules! page_of_pairs {
    ($query:expr, $filter:expr, $after:expr, $limit:expr, $offset:expr) => {{
        let (query, filter): (_, &PairFilter) = ($query, $filter);
        query.push("SELECT t.id AS page_id FROM ai_training_pairs t WHERE TRUE");
        if let Some(group) = filter.group.as_deref() {
            query.push(" AND t.group_id = ").push_bind(group);
        }
        if let Some(account) = filter.account_id {
            let narrower = filter.group.is_some();
            query.push(if narrower { " AND (t.integration_account_id = " } else { " AND t.integration_account_id = " });
            query.push_bind(account).push(if narrower { ") IS TRUE" } else { "" });
        }
        if let Some(provider) = filter.provider.as_deref() {
            let narrower = filter.group.is_some() || filter.account_id.is_some();
            query.push(if narrower { " AND (t.provider_id = " } else { " AND t.provider_id = " });
            query.push("(SELECT id FROM integrations_providers WHERE code = ").push_bind(provider);
            query.push(if narrower { ")) IS TRUE" } else { ")" });
        }
        if let Some(status) = filter.status.status() {
            query.push(" AND t.status = ").push_bind(status.as_str());
        }
        if filter.one_per_group {
            query.push(
                " AND (t.group_id IS NULL OR NOT EXISTS (SELECT 1 FROM ai_training_pairs s
                   WHERE s.group_id = t.group_id AND s.status = t.status AND (s.replied_at, s.id) > (t.replied_at, t.id)",
            );
            if let Some(account) = filter.account_id {
                query.push(" AND s.integration_account_id = ").push_bind(account);
            }
            if filter.provider.is_some() {
                query.push(" AND s.provider_id = t.provider_id");
            }
            query.push("))");
        }
        if let Some((at, id)) = $after {
            query.push(" AND (t.replied_at, t.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY t.replied_at DESC, t.id DESC LIMIT ").push_bind($limit);
        if $offset > 0 {
            query.push(" OFFSET ").push_bind($offset);
        }
    }};
}

/// The ids of a page of pairs, one of each group, as noted in `reply_group_newest`; and of those in no group. Both are read in the
/// order of the list, each from an index, and merged.
macro_rules! page_of_groups {
    ($query:expr, $is_sqlite:expr, $filter:expr, $after:expr, $limit:expr, $offset:expr) => {{
        let (query, filter): (_, &PairFilter) = ($query, $filter);
        for (grouped, prefix, id) in [(true, "g", "pair_id"), (false, "t", "id")] {
            // PostgreSQL merges what is sorted already; SQLite sorts no part of a union that an index has in order.
            if !$is_sqlite {
                query.push("(");
            }
            query.push(format!("SELECT {prefix}.{id} AS page_id, {prefix}.replied_at AS replied_at"));
            query.push(if grouped {
                " FROM reply_group_newest g WHERE EXISTS
                    (SELECT 1 FROM ai_training_pairs t WHERE t.id = g.pair_id AND t.status = g.status)"
            } else {
                " FROM ai_training_pairs t WHERE t.group_id IS NULL"
            });
            // By the indexes of what is in no group, whatever else is asked for: there is little of that.
            let (open, close) = if grouped { (" AND ", "") } else { (" AND (", ") IS TRUE") };
            if let Some(account) = filter.account_id {
                query.push(format!("{open}{prefix}.integration_account_id = ")).push_bind(account).push(close);
            }
            if let Some(provider) = filter.provider.as_deref() {
                let (open, close) = if filter.account_id.is_some() { (" AND (", ") IS TRUE") } else { (open, close) };
                query
                    .push(format!("{open}{prefix}.provider_id = (SELECT id FROM integrations_providers WHERE code = "));
                query.push_bind(provider).push(")").push(close);
            }
            if let Some(status) = filter.status.status() {
                query.push(format!(" AND {prefix}.status = ")).push_bind(status.as_str());
            }
            if grouped && filter.account_id.is_none() {
                query.push(
                    " AND NOT EXISTS (SELECT 1 FROM reply_group_newest o WHERE o.group_id = g.group_id
                        AND (o.status = g.status AND (o.replied_at, o.pair_id) > (g.replied_at, g.pair_id)",
                );
                query.push(if filter.provider.is_some() { " AND o.provider_id = g.provider_id" } else { "" });
                query.push(") IS TRUE)");
            }
            if let Some((at, id_after)) = $after {
                query.push(format!(" AND ({prefix}.replied_at, {prefix}.{id}) < ("));
                query.push_bind(at).push(", ").push_bind(id_after).push(")");
            }
            if !$is_sqlite {
                query.push(format!(" ORDER BY {prefix}.replied_at DESC, {prefix}.{id} DESC LIMIT "));
                query.push_bind($limit + $offset).push(")");
            }
            query.push(if grouped { " UNION ALL " } else { " ORDER BY replied_at DESC, page_id DESC LIMIT " });
        }
        query.push_bind($limit).push(" OFFSET ").push_bind($offset);
    }};
}

impl Store {
    /// A page of pairs, newest reply first, after `cursor` and then `offset`.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that no page gave out.
    pub async fn list_pairs(
        &self,
        filter: &PairFilter,
        cursor: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<PairPage, StoreError> {
        let after = cursor.map(cursor::parse::<PairId>).transpose()?;
        // One row more than asked for tells whether there is a page after this one.
        // Until what is newest is noted again, it is looked for: slower where groups are large, and the same.
        let by_newest = filter.one_per_group && filter.group.is_none() && self.newest_are_noted().await?;
        let mut rows = self.page_of_pairs(filter, after, limit + 1, offset, by_newest).await?;
        // A decision between the two statements would leave its group out of the page.
        if by_newest && !self.newest_are_noted().await? {
            rows = self.page_of_pairs(filter, after, limit + 1, offset, false).await?;
        }
        rows.sort_unstable_by_key(|row| Reverse((row.replied_at, row.pair.id)));
        let count = self.pair_count(filter).await?;
        let page = usize::try_from(limit).unwrap_or(0);
        let next_cursor = (rows.len() > page)
            .then(|| page.checked_sub(1).and_then(|last| rows.get(last)))
            .flatten()
            .map(|row| cursor::after(row.replied_at, row.pair.id));
        rows.truncate(page);
        let mut items: Vec<TrainingPair> = rows.into_iter().map(Into::into).collect();
        self.add_tags(&mut items).await?;
        Ok(PairPage { items, count, count_exact: true, limit, offset, next_cursor, not_searchable_yet: 0 })
    }

    /// How many pairs a filter means, from the counts that are kept.
    async fn pair_count(&self, filter: &PairFilter) -> Result<i64, StoreError> {
        let counts = self.pair_counts(filter).await?;
        Ok(match filter.status.status() {
            None => counts.new + counts.approved + counts.rejected,
            Some(PairStatus::New) => counts.new,
            Some(PairStatus::Approved) => counts.approved,
            Some(PairStatus::Rejected) => counts.rejected,
        })
    }

    /// A page of pairs, one of each group, the largest group first; of groups of one size the newest reply first. Goes by what is noted
    /// of groups.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that no page gave out.
    pub async fn list_repeated_pairs(
        &self,
        filter: &PairFilter,
        cursor: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<PairPage, StoreError> {
        let after = cursor.map(parse_repeated).transpose()?;
        let asked = limit + offset + 1;
        let grouped: Vec<Repeated> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT g.size, g.replied_at, g.pair_id AS id FROM reply_group_newest g WHERE EXISTS
                   (SELECT 1 FROM ai_training_pairs t WHERE t.id = g.pair_id AND t.status = g.status)",
            );
            if let Some(account) = filter.account_id {
                query.push(" AND g.integration_account_id = ").push_bind(account);
            }
            if let Some(provider) = filter.provider.as_deref() {
                let (open, close) = if filter.account_id.is_some() { (" AND (", ") IS TRUE") } else { (" AND ", "") };
                query.push(open).push("g.provider_id = (SELECT id FROM integrations_providers WHERE code = ");
                query.push_bind(provider).push(")").push(close);
            }
            if let Some(status) = filter.status.status() {
                query.push(" AND g.status = ").push_bind(status.as_str());
            }
            if filter.account_id.is_none() {
                query.push(
                    " AND NOT EXISTS (SELECT 1 FROM reply_group_newest o WHERE o.group_id = g.group_id
                        AND (o.status = g.status AND (o.replied_at, o.pair_id) > (g.replied_at, g.pair_id)",
                );
                query.push(if filter.provider.is_some() { " AND o.provider_id = g.provider_id" } else { "" });
                query.push(") IS TRUE)");
            }
            if let Some(after) = after {
                query.push(" AND (g.size, g.replied_at, g.pair_id) < (").push_bind(after.size).push(", ");
                query.push_bind(after.replied_at).push(", ").push_bind(after.id).push(")");
            }
            query.push(" ORDER BY g.size DESC, g.replied_at DESC, g.pair_id DESC LIMIT ").push_bind(asked);
            query.build_query_as().fetch_all(db).await?
        });
        // What is in no group was said once.
        let after_alone = after.filter(|after| after.size <= 1);
        let alone: Vec<Repeated> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT CAST(1 AS BIGINT) AS size, t.replied_at, t.id FROM ai_training_pairs t WHERE t.group_id IS NULL",
            );
            if let Some(account) = filter.account_id {
                query.push(" AND (t.integration_account_id = ").push_bind(account).push(") IS TRUE");
            }
            if let Some(provider) = filter.provider.as_deref() {
                query.push(" AND (t.provider_id = (SELECT id FROM integrations_providers WHERE code = ");
                query.push_bind(provider).push(")) IS TRUE");
            }
            if let Some(status) = filter.status.status() {
                query.push(" AND t.status = ").push_bind(status.as_str());
            }
            if let Some(after) = after_alone {
                query.push(" AND (t.replied_at, t.id) < (").push_bind(after.replied_at).push(", ");
                query.push_bind(after.id).push(")");
            }
            query.push(" ORDER BY t.replied_at DESC, t.id DESC LIMIT ").push_bind(asked);
            query.build_query_as().fetch_all(db).await?
        });
        let mut all: Vec<Repeated> = grouped.into_iter().chain(alone).collect();
        all.sort_unstable_by_key(|one| Reverse((one.size, one.replied_at, one.id)));
        let [page, skipped] = [limit, offset].map(|number| usize::try_from(number).unwrap_or(0));
        let is_more = all.len() > page + skipped;
        all.truncate(page + skipped);
        let next_cursor = all
            .last()
            .filter(|_| is_more)
            .map(|one| format!("r{}_{}", one.size, cursor::after(one.replied_at, one.id)));
        let ids: Vec<PairId> = all.iter().skip(skipped).map(|one| one.id).collect();
        let items = self.pairs_in_order(&ids).await?;
        let count = self.pair_count(filter).await?;
        Ok(PairPage { items, count, count_exact: true, limit, offset, next_cursor, not_searchable_yet: 0 })
    }

    async fn page_of_pairs(
        &self,
        filter: &PairFilter,
        after: Option<(DateTime<Utc>, PairId)>,
        limit: i64,
        offset: i64,
        by_newest: bool,
    ) -> Result<Vec<Row>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new("WITH page AS (");
            if by_newest {
                page_of_groups!(&mut query, is_sqlite, filter, after, limit, offset);
            } else {
                page_of_pairs!(&mut query, filter, after, limit, offset);
            }
            query.push(") ").push(OF_PAGE);
            query.build_query_as().fetch_all(db).await?
        }))
    }

    /// One pair.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair(&self, id: PairId) -> Result<Option<TrainingPair>, StoreError> {
        let row: Option<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new("WITH page AS (SELECT id AS page_id FROM ai_training_pairs WHERE id = ");
            query.push_bind(id).push(") ").push(OF_PAGE);
            query.build_query_as().fetch_optional(db).await?
        });
        let mut pairs: Vec<TrainingPair> = row.into_iter().map(Into::into).collect();
        self.add_tags(&mut pairs).await?;
        Ok(pairs.pop())
    }

    /// How many pairs there are by status, whatever status the filter asks for. From the counts that are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair_counts(&self, filter: &PairFilter) -> Result<PairCounts, StoreError> {
        let rows: Vec<(String, i64)> = reading!(self, db => {
            let mut query = QueryBuilder::new("");
            if let Some(group) = filter.group.as_deref() {
                query.push("SELECT c.status, c.number FROM reply_group_counts c WHERE c.group_id = ").push_bind(group);
            } else {
                query.push(
                    "SELECT c.what, c.number FROM account_counts c WHERE c.what IN ('new', 'approved', 'rejected')",
                );
            }
            if let Some(account) = filter.account_id {
                query.push(" AND c.integration_account_id = ").push_bind(account);
            }
            if let Some(provider) = filter.provider.as_deref() {
                query.push(
                    " AND c.integration_account_id IN (SELECT a.id FROM integrations_accounts a
                        JOIN integrations_providers p ON p.id = a.provider_id WHERE p.code = ",
                );
                query.push_bind(provider).push(")");
            }
            query.build_query_as().fetch_all(db).await?
        });
        let mut counts = PairCounts::default();
        for (status, number) in rows {
            match status.parse() {
                Ok(PairStatus::New) => counts.new += number,
                Ok(PairStatus::Approved) => counts.approved += number,
                Ok(PairStatus::Rejected) => counts.rejected += number,
                Err(error) => return Err(StoreError::Corrupt(error.to_string())),
            }
        }
        Ok(counts)
    }
}
