//! What is done with the pairs that somebody picked: a plain form that leads back to the list.

#![expect(clippy::too_many_arguments, reason = "one argument for each field of a form")]

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::{
    pairs::{self, NOBODY, WantedAct},
    types::{BulkAct, InvalidCode, PairId, PickedDecided, Problem, ReviewTagId},
};

use super::pick::PickWords;
use crate::{
    Failure,
    answer::{Told, go_to, tell},
    json::Json,
    paths,
    request::{fail, lang, local_path, reviewer, voice},
};

/// What a form asks for. `word` is a status, `tag`, `untag` or `assign`. The form has its other fields whatever is asked for, so each counts
/// only for what it belongs to.
pub(crate) fn act_of(
    word: &str,
    field: &str,
    [reason, note, tag, user]: [Option<&str>; 4],
) -> Result<BulkAct, Problem> {
    let given = |value: Option<&str>| value.filter(|value| !value.trim().is_empty()).map(ToOwned::to_owned);
    let tag = || match given(tag).map(|tag| tag.parse::<ReviewTagId>()) {
        Some(Ok(tag)) => Ok(Some(tag)),
        Some(Err(_)) => Err(Problem::invalid("tag", InvalidCode::NotAnId)),
        None => Err(Problem::invalid("tag", InvalidCode::FormIncomplete)),
    };
    let user = given(user);
    let wanted = match word {
        "tag" => WantedAct { tag: tag()?, ..WantedAct::default() },
        "untag" => WantedAct { untag: tag()?, ..WantedAct::default() },
        "assign" => WantedAct { assign_to: Some(user.as_deref().unwrap_or(NOBODY)), ..WantedAct::default() },
        "rejected" => WantedAct { decision: Some(word), reason, note, ..WantedAct::default() },
        _ => WantedAct { decision: Some(word), ..WantedAct::default() },
    };
    wanted.read(field)
}

/// Does something with the picked pairs, all at once; those that somebody else changed after `as_of` are left.
///
/// # Errors
/// For reviewers and admins; what [`act_of`] and [`pairs::act_on_picked`] say.
#[server(prefix = "/api/ui", endpoint = "pairs-picked", output = Json)]
pub async fn decide_picked(
    #[server(default)] ids: Vec<PairId>,
    status: String,
    reason: Option<String>,
    note: Option<String>,
    tag: Option<String>,
    user: Option<String>,
    as_of: Option<DateTime<Utc>>,
    then: Option<String>,
) -> Result<PickedDecided, Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    let fields = [&reason, &note, &tag, &user].map(Option::as_deref);
    let act = act_of(&status, "status", fields).map_err(fail)?;
    let domain = &caller.domain;
    let done = pairs::act_on_picked(domain, caller.actor(), &ids, &act, as_of).await.map_err(fail)?;
    let name = match &act {
        BulkAct::Decide { .. } => None,
        BulkAct::Tag { tag_id } | BulkAct::Untag { tag_id } => {
            let tags = pairs::known_tags(domain).await.map_err(fail)?;
            tags.into_iter().find(|tag| tag.id == *tag_id).map(|tag| tag.name)
        }
        BulkAct::Assign { assign_to_id } => {
            let people = pairs::reviewers(domain).await.map_err(fail)?;
            people.into_iter().find(|one| Some(one.id) == *assign_to_id).map(|one| one.display_name)
        }
    };
    let (words, voice) = (PickWords(lang()), voice(domain));
    let mut text = words.done(voice, &act, name, done.decided);
    if done.unchanged > 0 {
        text = words.unchanged(text, voice.number(done.unchanged));
    }
    if done.skipped > 0 {
        text = words.stayed(text, voice.number(done.skipped));
    }
    tell(if done.skipped > 0 { Told::warn(text) } else { Told::good(text) });
    Ok(done)
}
