//! The newest pair of each group, by account and status: what a list that shows one pair per group reads.
//!
//! Which one that is changes with every decision and every sync. The statements that change it only queue the group, so that nobody
//! waits for anybody; it is noted a moment later, by whoever lists such pairs first, or by the worker.

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use crate::store::{Store, StoreError, bulk::push_list, reading, writing};

/// Groups are noted by one at a time: of two at once, the one that looked first could write last.
const LOCK: &str = "reply_group_newest";

impl Store {
    /// Whether the newest pairs of all groups are noted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(in crate::store) async fn newest_are_noted(&self) -> Result<bool, StoreError> {
        let waiting: Option<i32> = reading!(self, db => {
            sqlx::query_scalar("SELECT 1 FROM reply_groups_to_note LIMIT 1").fetch_optional(db).await?
        });
        Ok(waiting.is_none())
    }

    /// Notes the newest pairs of at most `limit` groups that wait for it: how many. 0 means that none waits.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_newest(&self, limit: i64, now: DateTime<Utc>) -> Result<usize, StoreError> {
        // Mostly there is nothing to do: then nothing is written.
        if self.newest_are_noted().await? {
            return Ok(0);
        }
        Ok(writing!(self, tx => {
            sqlx::query(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, '', $2)
                 ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at",
            )
            .bind(LOCK).bind(now).execute(&mut *tx).await?;
            let waiting: Vec<(i64, String)> =
                sqlx::query_as("SELECT id, group_id FROM reply_groups_to_note ORDER BY id LIMIT $1")
                    .bind(limit).fetch_all(&mut *tx).await?;
            if !waiting.is_empty() {
                let ids: Vec<i64> = waiting.iter().map(|(id, _)| *id).collect();
                let groups: Vec<&str> = waiting.iter().map(|(_, group)| group.as_str()).collect();
                let mut query = QueryBuilder::new("DELETE FROM reply_groups_to_note WHERE id IN ");
                push_list(&mut query, &ids);
                query.build().execute(&mut *tx).await?;
                let mut query = QueryBuilder::new(
                    "DELETE FROM reply_group_newest WHERE NOT EXISTS (SELECT 1 FROM ai_training_pairs t
                       WHERE t.group_id = reply_group_newest.group_id AND t.status = reply_group_newest.status
                         AND t.integration_account_id = reply_group_newest.integration_account_id) AND group_id IN ",
                );
                push_list(&mut query, &groups);
                query.build().execute(&mut *tx).await?;
                // The counts say in which accounts and statuses a group has pairs.
                let mut query = QueryBuilder::new(
                    "INSERT INTO reply_group_newest
                       (group_id, integration_account_id, status, provider_id, replied_at, pair_id, size)
                     SELECT k.group_id, k.integration_account_id, k.status, t.provider_id, t.replied_at, t.id, COALESCE((SELECT
                       CAST(SUM(c.number) AS BIGINT) FROM reply_group_counts c WHERE c.group_id = k.group_id), 1)
                     FROM (SELECT DISTINCT group_id, integration_account_id, status FROM reply_group_counts WHERE group_id IN ",
                );
                push_list(&mut query, &groups);
                query.push(
                    ") k CROSS JOIN ai_training_pairs t
                     WHERE t.id = (SELECT n.id FROM ai_training_pairs n WHERE n.group_id = k.group_id AND n.status = k.status
                       AND (n.integration_account_id = k.integration_account_id) IS TRUE
                       ORDER BY n.replied_at DESC, n.id DESC LIMIT 1)
                     ON CONFLICT (group_id, integration_account_id, status) DO UPDATE
                       SET provider_id = excluded.provider_id, replied_at = excluded.replied_at, pair_id = excluded.pair_id,
                         size = excluded.size
                       WHERE reply_group_newest.pair_id <> excluded.pair_id
                         OR reply_group_newest.replied_at <> excluded.replied_at
                         OR reply_group_newest.size <> excluded.size",
                );
                query.build().execute(&mut *tx).await?;
            }
            waiting.len()
        }))
    }
}
