//! Making the pairs of an account anew after somebody said which addresses are ours in it.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde::Deserialize;

use super::{Job, JobError, Progress};
use crate::{
    Domain,
    accounts::our_addresses,
    pairs,
    types::{AccountId, JobKind},
};

/// While a run has the account, this is how long the next look waits.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(10);

/// Decides the direction of an account's messages by the addresses that are ours now, and pairs what turned round.
#[derive(Deserialize)]
pub(super) struct Redecide {
    account: AccountId,
}

impl Job for Redecide {
    const KIND: JobKind = JobKind::Redecide;
    const LIMIT: Duration = Duration::from_secs(60 * 60);

    async fn run(&self, d: &Arc<Domain>) -> Result<Progress, JobError> {
        if pairs::redecide_unless_held(d, self.account, &our_addresses(d).await?).await? {
            Ok(Progress::Done)
        } else {
            Ok(Progress::Later(d.clock.now() + LOOK_AGAIN))
        }
    }
}
