//! Older mail: how far back, and about how much that is.

use chrono::DateTime;
use leptos::prelude::*;
use replybook::types::RunKind;

use super::data::{Estimate, Mailbox};
use crate::{i18n::fill, integrations::state::account_path, still::Voice, ui::parts::machine_date};

/// The card with the form, or why there is none.
pub(super) fn older_card(voice: Voice, mailbox: &Mailbox) -> AnyView {
    let words = &voice.still.mailbox;
    // The form is left alone while somebody fills it in: it changes only with its key.
    let (key, body) = if mailbox.is_complete() {
        ("complete", view! { <p>{words.older_all}</p> }.into_any())
    } else if mailbox.has_open(RunKind::Backfill) {
        ("going", view! { <p class="muted">{words.older_going}</p> }.into_any())
    } else if mailbox.can_sync() {
        ("form", form(voice, mailbox))
    } else {
        ("closed", view! { <p class="muted">{words.next_problem}</p> }.into_any())
    };
    view! {
        <section class="card tile" id="older" data-live=key aria-labelledby="older-title">
            <h2 id="older-title">{words.older_title}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn form(voice: Voice, mailbox: &Mailbox) -> AnyView {
    let words = &voice.still.mailbox;
    let spans = [(90, "90", words.days_90), (365, "365", words.year)];
    let estimates = spans.map(|(days, ..)| mailbox.estimate(days, voice.now));
    // The first that brings something.
    let chosen = estimates.iter().position(|estimate| estimate.as_ref().is_none_or(|found| found.messages > 0));
    let choices = spans
        .into_iter()
        .zip(estimates)
        .enumerate()
        .map(|(index, ((_, value, label), estimate))| {
            let note = estimate.map(|estimate| estimate_text(voice, &estimate));
            view! {
                <label class="choice">
                    <input type="radio" name="span" value=value checked=chosen == Some(index)/>
                    <span>{label}</span>
                    <span class="muted small">{note}</span>
                </label>
            }
        })
        .collect_view();
    let first = mailbox.covered_since.is_none().then(|| view! { <p class="muted small">{words.older_first}</p> });
    view! {
        <p class="muted">{words.older_about}</p>
        <form method="post" action=format!("{}/backfill", account_path(mailbox.account.id)) class="stack tile-body">
            <fieldset class="choices">
                <legend>{words.span}</legend>
                {choices}
                <div class="choice">
                    <label class="check"><input type="radio" name="span" value="since" id="span-since"/> {words.since}</label>
                    <input
                        class="input date"
                        type="date"
                        name="since"
                        aria-label=words.since_date
                        min=machine_date(DateTime::UNIX_EPOCH)
                        max=machine_date(voice.now)
                        data-picks="span-since"
                    />
                </div>
                <label class="choice">
                    <input type="radio" name="span" value="everything" checked=chosen.is_none()/>
                    <span>{words.everything}</span>
                    <span class="muted small">{words.estimate_all}</span>
                </label>
            </fieldset>
            {first}
            <div><button class="btn primary" id="fetch-older">{words.older_go}</button></div>
        </form>
    }
    .into_any()
}

fn estimate_text(voice: Voice, estimate: &Estimate) -> String {
    let words = &voice.still.mailbox;
    if estimate.messages == 0 {
        return words.here_already.to_owned();
    }
    let messages = voice.texts.count(&voice.texts.nouns.message, estimate.messages);
    match estimate.seconds {
        // Not to the second: a minute is as good as it gets.
        Some(seconds) => fill(words.estimate_time, &[&messages, &voice.texts.duration(seconds.max(60) / 60 * 60)]),
        None => fill(words.estimate, &[&messages]),
    }
}
