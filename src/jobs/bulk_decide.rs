//! Deciding all pairs that a search finds, or taking that back.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;

use super::{Job, JobError, Progress};
use crate::{
    Domain,
    pairs::{self, BulkProgress},
    store::{NewJob, StoreError},
    types::{BulkDecisionId, JobKind},
};

/// Goes on with a decision about many pairs where it was, a slice in each transaction, so that nobody waits for it.
#[derive(Deserialize)]
pub(super) struct BulkDecide {
    id: BulkDecisionId,
}

impl Job for BulkDecide {
    const KIND: JobKind = JobKind::BulkDecide;
    const LIMIT: Duration = Duration::from_secs(60 * 60);

    async fn run(&self, d: &Arc<Domain>) -> Result<Progress, JobError> {
        match pairs::work_on_bulk(d, self.id).await {
            Ok(BulkProgress::Over) => Ok(Progress::Done),
            Ok(BulkProgress::More) => Ok(Progress::Later(d.clock.now())),
            Err(error) => {
                if error.trouble().is_none() {
                    d.store.note_bulk_error(self.id, &error.to_string()).await?;
                }
                Err(error.into())
            }
        }
    }
}

/// Queues those that have not come to their end, for the start of a worker: one whose job was given up goes on.
pub(super) async fn queue_what_waits(d: &Arc<Domain>) -> Result<(), StoreError> {
    for id in d.store.open_bulk_decisions().await? {
        d.store.enqueue(&NewJob::bulk_decide(id), d.clock.now()).await?;
    }
    Ok(())
}
