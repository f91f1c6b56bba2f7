//! What else is done about pairs: plain forms of an open pair and of a group, which lead back to the page they stand on.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{MessageId, PairId, PairStatus, Problem, SpanInput},
};

use super::words::Words;
use crate::{
    Failure,
    answer::{Told, go_to, tell},
    json::Json,
    paths,
    request::{admin, fail, lang, local_path, voice},
    ui::words::nouns,
};

/// Puts a removed span back into its pair (`keep`), or takes it away again.
///
/// # Errors
/// For admins only; what [`pairs::keep_span`] says.
#[server(prefix = "/api/ui", endpoint = "pair-span", output = Json)]
pub async fn change_span(
    id: PairId,
    message_id: MessageId,
    start: u32,
    end: u32,
    keep: bool,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(local_path(then, paths::TRAINING));
    let input = SpanInput { message_id, start, end, keep };
    pairs::keep_span(&caller.domain, caller.actor(), id, input).await.map_err(fail)?;
    Ok(())
}

/// Takes over what the mail of a pair says now.
///
/// # Errors
/// For admins only; what [`pairs::adopt_mail`] says.
#[server(prefix = "/api/ui", endpoint = "pair-adopt", output = Json)]
pub async fn adopt_mail(id: PairId, then: Option<String>) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(local_path(then, paths::TRAINING));
    pairs::adopt_mail(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    Ok(())
}

/// Keeps a flagged pair as it is.
///
/// # Errors
/// For admins only; [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair-keep", output = Json)]
pub async fn keep_pair(id: PairId, then: Option<String>) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(local_path(then, paths::TRAINING));
    pairs::keep_pair(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    Ok(())
}

/// Decides every undecided pair of a group; `expected` is how many the person was told of.
///
/// # Errors
/// For admins only; what [`pairs::decide_group`] says.
#[server(prefix = "/api/ui", endpoint = "pair-group", output = Json)]
pub async fn decide_group(group: String, status: String, expected: i64, then: Option<String>) -> Result<i64, Failure> {
    let caller = admin()?;
    go_to(local_path(then, paths::TRAINING));
    let status = status.parse::<PairStatus>().map_err(|error| fail(Problem::invalid("status", error)))?;
    let done =
        pairs::decide_group(&caller.domain, caller.actor(), &group, status, Some(expected)).await.map_err(fail)?;
    let pairs = voice(&caller.domain).count(&nouns::PAIR, done.decided);
    tell(Told::good(Words(lang()).group_decided(pairs)));
    Ok(done.decided)
}
