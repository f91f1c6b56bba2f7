//! Finding the groups of near-duplicate replies.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;

use super::{Job, JobError, Progress};
use crate::{Domain, pairs, store::NewJob, types::JobKind};

/// Pairs whose group is found at a time.
const AT_A_TIME: i64 = 500;

/// Finds the group of every pair that is new or whose reply changed, the oldest reply first: which groups there are depends
/// on the order, so one process at a time does this.
#[derive(Deserialize)]
pub(super) struct GroupReplies {}

impl Job for GroupReplies {
    const KIND: JobKind = JobKind::GroupReplies;
    const LIMIT: Duration = Duration::from_secs(10 * 60);

    async fn run(&self, d: &Arc<Domain>) -> Result<Progress, JobError> {
        while d.store.group_pairs(AT_A_TIME, d.clock.now()).await? == AT_A_TIME {
            if d.stop.is_cancelled() {
                return Ok(Progress::Later(d.clock.now()));
            }
        }
        pairs::note_newest(d).await?;
        if !d.store.trust_rules_on().await?.is_empty() {
            d.store.enqueue(&NewJob::apply_rules(), d.clock.now()).await?;
            d.work.notify_one();
        }
        Ok(Progress::Done)
    }
}
