//! What else is done about pairs: plain forms of an open pair and of a group, which lead back to the page they stand on.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::{
    pairs::{self, GroupChoice},
    types::{MessageId, PairId, PairStatus, Problem, SpanInput, TurnAct, TurnsInput},
};

use super::{place::Place, turns::TurnWords, words::Words};
use crate::{
    Failure,
    answer::{Told, Undo, go_to, tell},
    json::Json,
    paths,
    request::{RequestScope, fail, lang, local_path, reviewer, voice},
    ui::words::nouns,
};

/// Puts a removed span back into its pair (`keep`), or takes it away again.
///
/// # Errors
/// For reviewers and admins; what [`pairs::keep_span`] says.
#[server(prefix = "/api/ui", endpoint = "pair-span", output = Json)]
pub async fn change_span(
    id: PairId,
    message_id: MessageId,
    start: u32,
    end: u32,
    keep: bool,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    let input = SpanInput { message_id, start, end, keep };
    pairs::keep_span(&caller.domain, caller.actor(), id, input).await.map_err(fail)?;
    Ok(())
}

/// Takes over what the mail of a pair says now.
///
/// # Errors
/// For reviewers and admins; what [`pairs::adopt_mail`] says.
#[server(prefix = "/api/ui", endpoint = "pair-adopt", output = Json)]
pub async fn adopt_mail(id: PairId, then: Option<String>) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    pairs::adopt_mail(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    Ok(())
}

/// Keeps a flagged pair as it is.
///
/// # Errors
/// For reviewers and admins; [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair-keep", output = Json)]
pub async fn keep_pair(id: PairId, then: Option<String>) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    pairs::keep_pair(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    Ok(())
}

/// Puts messages of a pair's conversation where the person says that they belong, if it is grouped as they saw it. A form sent without
/// scripts goes on to the pair that has the messages of the open one, in the same list.
///
/// # Errors
/// For reviewers and admins; what [`pairs::regroup`] says.
#[server(prefix = "/api/ui", endpoint = "pair-turns", output = Json)]
pub async fn regroup_pair(
    id: PairId,
    act: String,
    #[server(default)] messages: Vec<MessageId>,
    version: Option<String>,
) -> Result<Option<PairId>, Failure> {
    let caller = reviewer()?;
    let words = TurnWords(lang());
    let is_as_found = act == TurnAct::AsFound.as_str();
    // Boxes that are ticked do not count there.
    let message_ids = if is_as_found { Vec::new() } else { messages };
    let input = TurnsInput { act, message_ids, version };
    let turns = pairs::regroup(&caller.domain, caller.actor(), id, &input).await.map_err(fail)?;
    if turns.pair_id != Some(id)
        && let Some(scope) = use_context::<RequestScope>()
    {
        let query = scope.here.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        go_to(Place::from_query(|name| query.get(name).cloned()).address(turns.pair_id));
    }
    tell(Told::good(match turns.pair_id {
        None => words.pair_gone(),
        Some(_) if is_as_found => words.as_found_again(),
        Some(_) => words.regrouped(),
    }));
    Ok(turns.pair_id)
}

/// Decides every undecided pair of a group; `expected` is how many the person was told of. With `keep` that one is approved, and
/// all others are rejected.
///
/// # Errors
/// For reviewers and admins; what [`pairs::decide_group`] says.
#[server(prefix = "/api/ui", endpoint = "pair-group", output = Json)]
pub async fn decide_group(
    group: String,
    status: String,
    expected: i64,
    keep: Option<PairId>,
    reason: Option<String>,
    note: Option<String>,
    then: Option<String>,
) -> Result<i64, Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    let status = status.parse::<PairStatus>().map_err(|error| fail(Problem::invalid("status", error)))?;
    let choice = keep.map_or(GroupChoice::All(status), GroupChoice::KeepOne);
    let because = pairs::rejection(status, reason.as_deref(), note.as_deref()).map_err(fail)?;
    let decided = pairs::decide_group(&caller.domain, caller.actor(), &group, choice, because.as_ref(), Some(expected));
    let done = decided.await.map_err(fail)?;
    let pairs = voice(&caller.domain).count(&nouns::PAIR, done.decided);
    let told = Told::good(Words(lang()).group_decided(pairs));
    tell(told.with_undo(Undo::PairGroup { group, decided_at: done.decided_at }));
    Ok(done.decided)
}

/// Takes back what the same person decided about a group.
///
/// # Errors
/// For reviewers and admins; what [`pairs::undo_group`] says.
#[server(prefix = "/api/ui", endpoint = "pair-group-undo", output = Json)]
pub async fn undo_group(group: String, decided_at: DateTime<Utc>, then: Option<String>) -> Result<i64, Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::TRAINING));
    let done = pairs::undo_group(&caller.domain, caller.actor(), &group, decided_at).await.map_err(fail)?;
    let pairs = voice(&caller.domain).count(&nouns::PAIR, done.undone);
    tell(Told::good(Words(lang()).group_undone(pairs)));
    Ok(done.undone)
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;

    #[test]
    fn forms_that_browsers_draw_post_where_the_functions_are() {
        assert_eq!(paths::PAIR_SPAN, ChangeSpan::url());
        assert_eq!(paths::PAIR_ADOPT, AdoptMail::url());
        assert_eq!(paths::PAIR_KEEP, KeepPair::url());
        assert!(ChangeSpan::url().starts_with(paths::ACTS));
    }
}
