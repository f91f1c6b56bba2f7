//! What has just been done, as the address says it after a form.

use leptos::prelude::*;
use replybook::types::Problem;

use super::data::Mailbox;
use crate::{
    error::{Failure, code_text},
    i18n::fill,
    still::Voice,
    ui::parts::Tone,
};

/// The line at the top of the page, if there is something to tell.
pub(super) fn notice(voice: Voice, mailbox: &Mailbox) -> Option<AnyView> {
    let told = |name| mailbox.told.get(name).map(String::as_str);
    let (tone, text) = match (told("error"), told("done")) {
        (Some(code), _) => (Tone::Bad, fill(voice.still.mailbox.failed, &[&problem(voice, code)])),
        (None, Some(done)) => (Tone::Good, done_text(voice, done, told("count"))?),
        (None, None) => return None,
    };
    Some(view! { <div class=format!("flash {}", tone.class()) role="status"><p>{text}</p></div> }.into_any())
}

fn done_text(voice: Voice, done: &str, count: Option<&str>) -> Option<String> {
    let words = &voice.still.mailbox;
    Some(match done {
        "backfill" => words.done_backfill.to_owned(),
        "pause" => words.done_pause.to_owned(),
        "resume" => words.done_resume.to_owned(),
        "cancel" => words.done_cancel.to_owned(),
        "sync" => words.done_sync.to_owned(),
        "retry" => {
            let count = count.and_then(|count| count.parse().ok()).unwrap_or_default();
            fill(words.done_retry, &[&voice.texts.count(&voice.texts.nouns.message, count)])
        }
        _ => return None,
    })
}

/// A code of the domain in words. Whatever else an address holds is not repeated.
fn problem(voice: Voice, code: &str) -> String {
    let (words, monitor) = (&voice.still.mailbox, &voice.still.monitor);
    let known = match code {
        "backfill_already_running" => words.backfill_running,
        "run_is_over" => words.run_over,
        "run_cannot_pause" => words.run_cannot_pause,
        "sync_failure_not_found" => words.failure_gone,
        "since_in_the_future" => words.since_future,
        "monitor_stopped" => monitor.monitor_stopped,
        "no_worker" => monitor.poll_no_worker,
        "sync_already_running" => voice.texts.problems.sync_running,
        "sync_not_supported_for_provider" => voice.texts.problems.sync_unsupported,
        code if code.starts_with("since ") => words.since_invalid,
        code if code.starts_with("days ") => words.days_invalid,
        code => return code_text(voice.texts, code).map_or_else(|| unknown(voice), ToOwned::to_owned),
    };
    known.to_owned()
}

fn unknown(voice: Voice) -> String {
    Failure(Problem::conflict("")).text(voice.texts)
}
