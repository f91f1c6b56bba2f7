//! What is done about a message of a thread: plain forms, which lead back to its page.

use leptos::prelude::*;
use replybook::{threads, types::MessageId};

use super::Words;
use crate::{
    Failure,
    answer::{Told, go_to, tell},
    json::Json,
    paths,
    request::{fail, lang, local_path, reviewer},
};

/// Says that we sent a message which bears our address (`ours`), or takes that back.
///
/// # Errors
/// For reviewers and admins; what [`threads::confirm_sender`] says.
#[server(prefix = "/api/ui", endpoint = "message-sender", output = Json)]
pub async fn confirm_sender(id: MessageId, ours: bool, then: Option<String>) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(local_path(then, paths::THREADS));
    threads::confirm_sender(&caller.domain, caller.actor(), id, ours).await.map_err(fail)?;
    let words = Words(lang());
    tell(Told::good(if ours { words.sender_confirmed() } else { words.sender_doubted() }));
    Ok(())
}
