//! Asking for a draft and cancelling it: plain forms, which lead back to the thread's page.

use leptos::prelude::*;
use replybook::{
    drafts,
    types::{Draft, DraftId, DraftInput, ThreadId},
};

use super::draft_words::Words;
use crate::{
    Failure,
    answer::{Told, go_to, tell},
    json::Json,
    paths,
    request::{fail, lang, local_path, reviewer},
};

/// Asks for a draft of an answer to the client of a thread.
///
/// # Errors
/// For reviewers and admins; what [`drafts::begin`] says.
#[server(prefix = "/api/ui", endpoint = "draft-answer", output = Json)]
pub async fn draft_answer(
    thread: ThreadId,
    #[server(default)] note: String,
    then: Option<String>,
) -> Result<Draft, Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, &paths::thread(thread)));
    drafts::begin(&caller.domain, caller.actor(), thread, DraftInput { note: Some(note) }).await.map_err(fail)
}

/// Cancels a draft that is being written.
///
/// # Errors
/// For reviewers and admins; what [`drafts::cancel`] says.
#[server(prefix = "/api/ui", endpoint = "cancel-draft", output = Json)]
pub async fn cancel_draft(id: DraftId, then: Option<String>) -> Result<Draft, Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::THREADS));
    let draft = drafts::cancel(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    tell(Told::good(Words(lang()).cancelled_told()));
    Ok(draft)
}
