//! Deciding the pairs that somebody picked: a plain form that leads back to the list.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::{
    pairs::{self, Decision},
    types::{PairId, PairStatus, PickedDecided, Problem},
};

use super::pick::PickWords;
use crate::{
    Failure,
    answer::{Told, go_to, tell},
    json::Json,
    paths,
    request::{fail, lang, local_path, reviewer, voice},
};

/// Decides the picked pairs, all at once; those that somebody else changed after `as_of` are left. The form has fields for `reason` and
/// `note` whatever its buttons decide, so they count only for what is rejected.
///
/// # Errors
/// For reviewers and admins; what [`pairs::decide_picked`] says.
#[server(prefix = "/api/ui", endpoint = "pairs-picked", output = Json)]
pub async fn decide_picked(
    #[server(default)] ids: Vec<PairId>,
    status: String,
    reason: Option<String>,
    note: Option<String>,
    as_of: Option<DateTime<Utc>>,
    then: Option<String>,
) -> Result<PickedDecided, Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    let status = status.parse::<PairStatus>().map_err(|error| fail(Problem::invalid("status", error)))?;
    let is_rejected = status == PairStatus::Rejected;
    let because =
        pairs::rejection(status, reason.as_deref().filter(|_| is_rejected), note.as_deref().filter(|_| is_rejected));
    let decision = Decision { because: because.map_err(fail)?, as_of, ..status.into() };
    let done = pairs::decide_picked(&caller.domain, caller.actor(), &ids, decision).await.map_err(fail)?;
    let (words, voice) = (PickWords(lang()), voice(&caller.domain));
    let mut text = words.done(voice, status, done.decided);
    if done.unchanged > 0 {
        text = words.unchanged(text, voice.number(done.unchanged));
    }
    if done.skipped > 0 {
        text = words.stayed(text, voice.number(done.skipped));
    }
    tell(if done.skipped > 0 { Told::warn(text) } else { Told::good(text) });
    Ok(done)
}
