//! Fetching the attachments that wait, where all are kept.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde::Deserialize;

use super::{Job, JobError, Progress};
use crate::{
    Domain,
    store::{NewJob, StoreError},
    sync,
    types::{AccountId, AttachmentPolicy, JobKind},
};

/// While a run has the account, or the provider asked for a pause, this is how long the next look waits at most.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// Fetches the attachments of an account that wait. Which those are is in their own table.
#[derive(Deserialize)]
pub(super) struct FetchAttachments {
    account: AccountId,
}

impl Job for FetchAttachments {
    const KIND: JobKind = JobKind::FetchAttachments;
    /// Longer than the largest attachment takes; what is left over then is begun again.
    const LIMIT: Duration = Duration::from_secs(60 * 60);

    async fn run(&self, d: &Arc<Domain>) -> Result<Progress, JobError> {
        if d.settings.attachments.policy != AttachmentPolicy::All {
            return Ok(Progress::Done);
        }
        sync::fetch_waiting(d, self.account).await?;
        // What failed rests for a while, each on its own.
        let next = sync::next_waiting_attachment(d, self.account).await?;
        Ok(next.map_or(Progress::Done, |at| Progress::Later(at.max(d.clock.now() + LOOK_AGAIN))))
    }
}

/// Queues a job for each account of which attachments wait.
///
/// # Errors
/// When the database cannot be used.
pub(super) async fn queue_what_waits(d: &Arc<Domain>) -> Result<(), StoreError> {
    if d.settings.attachments.policy != AttachmentPolicy::All {
        return Ok(());
    }
    for account in sync::accounts_with_waiting_attachments(d).await? {
        d.store.enqueue(&NewJob::fetch_attachments(account), d.clock.now()).await?;
    }
    Ok(())
}
