//! Making the vectors of approved pairs.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde::Deserialize;

use super::{Job, JobError, Progress};
use crate::{
    Domain,
    ai::CallError,
    knowledge::{self, Made, SourceError},
    types::JobKind,
};

/// Where it stopped, it goes on after so long.
const GO_ON: TimeDelta = TimeDelta::minutes(1);
/// A month's budget without room has some in another month, or once somebody gives it some.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// Makes the vectors of approved pairs that have none of the chosen model; what is made stays where this breaks off. Then tries whether
/// they help.
#[derive(Deserialize)]
pub(super) struct EmbedAnswers {}

impl Job for EmbedAnswers {
    const KIND: JobKind = JobKind::EmbedAnswers;
    const LIMIT: Duration = Duration::from_secs(6 * 60 * 60);

    async fn run(&self, d: &Arc<Domain>) -> Result<Progress, JobError> {
        match knowledge::make_vectors(d).await {
            Ok(Made::All) => Ok(Progress::Done),
            Ok(Made::Stopped) => Ok(Progress::Later(d.clock.now() + GO_ON)),
            Err(SourceError::Call(CallError::OverBudget { .. } | CallError::NoPrice)) => {
                Ok(Progress::Later(d.clock.now() + LOOK_AGAIN))
            }
            Err(SourceError::Store(error) | SourceError::Call(CallError::Store(error))) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }
}
