//! Having trust rules approve what has come.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde::Deserialize;

use super::{Job, JobError, Progress};
use crate::{
    Domain,
    pairs::{self, RulesApplied},
    types::JobKind,
};

/// While a rule is at work already, this is how long the next look waits.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(10);

/// Looks which new pairs the rules that are on mean, now that their groups are known, and has them decided.
#[derive(Deserialize)]
pub(super) struct ApplyRules {}

impl Job for ApplyRules {
    const KIND: JobKind = JobKind::ApplyRules;
    const LIMIT: Duration = Duration::from_secs(60 * 60);

    async fn run(&self, d: &Arc<Domain>) -> Result<Progress, JobError> {
        Ok(match pairs::apply_rules(d).await? {
            RulesApplied::All => Progress::Done,
            RulesApplied::SomeLater => Progress::Later(d.clock.now() + LOOK_AGAIN),
        })
    }
}
