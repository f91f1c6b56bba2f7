//! How much waits, for those who watch the server.

use super::{Store, StoreError, reading};
use crate::types::RunState;

/// How long a queue is and what the runs are at, over all accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queues {
    /// Runs by state, the states that no run is in left out.
    pub runs: Vec<(RunState, i64)>,
    /// Threads whose pairs are to be made.
    pub threads_to_pair: i64,
    /// Pairs whose reply waits for its group.
    pub pairs_to_group: i64,
    /// Accounts that somebody asked to have synced at once.
    pub resyncs_requested: i64,
}

impl Store {
    /// Counts along indexes alone.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn queues(&self) -> Result<Queues, StoreError> {
        let runs: Vec<(String, i64)> = reading!(self, db => {
            sqlx::query_as("SELECT state, COUNT(*) FROM sync_runs GROUP BY state ORDER BY state").fetch_all(db).await?
        });
        let (threads_to_pair, pairs_to_group, resyncs_requested): (i64, i64, i64) = reading!(self, db => {
            sqlx::query_as(
                "SELECT (SELECT COUNT(*) FROM threads_to_pair),
                        (SELECT COUNT(*) FROM ai_training_pairs WHERE NOT grouped),
                        (SELECT COUNT(*) FROM integrations_accounts
                          WHERE meta->>'manual_resync_requested_at' IS NOT NULL)",
            )
            .fetch_one(db).await?
        });
        let runs = runs.into_iter().filter_map(|(state, number)| Some((state.parse().ok()?, number))).collect();
        Ok(Queues { runs, threads_to_pair, pairs_to_group, resyncs_requested })
    }
}
