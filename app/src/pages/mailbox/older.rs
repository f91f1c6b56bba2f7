//! Older mail: how far back, and about how much that is.

use chrono::DateTime;
use leptos::{prelude::*, server_fn::ServerFn};
use replybook::types::{AccountStatus, RunKind};

use super::{
    api::FetchOlder,
    data::{Estimate, Mailbox},
    words::Words,
};
use crate::{
    page::Visit,
    ui::words::nouns,
    words::{Voice, day},
};

/// The card with the form, or why there is none.
pub(super) fn older_card(visit: &Visit, mailbox: &Mailbox) -> AnyView {
    let words = Words(visit.lang());
    let body = if mailbox.is_complete() {
        view! { <p>{words.older_all()}</p> }.into_any()
    } else if mailbox.has_open(RunKind::Backfill) {
        view! { <p class="muted">{words.older_going()}</p> }.into_any()
    } else if mailbox.can_sync() {
        form(visit, mailbox)
    } else if mailbox.page.account.status == AccountStatus::Disabled {
        view! { <p class="muted">{words.older_disabled()}</p> }.into_any()
    } else {
        view! { <p class="muted">{words.older_problem()}</p> }.into_any()
    };
    view! {
        <section class="card tile" id="older" aria-labelledby="older-title">
            <h2 id="older-title">{words.older_title()}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn form(visit: &Visit, mailbox: &Mailbox) -> AnyView {
    let (voice, words) = (visit.voice(), Words(visit.lang()));
    let spans = [(90, "90", words.days_90()), (365, "365", words.year())];
    let estimates = spans.map(|(days, ..)| mailbox.estimate(days, voice.now));
    // The first that brings something.
    let first_useful = estimates.iter().position(|estimate| estimate.as_ref().is_none_or(|found| found.messages > 0));
    let chosen =
        visit.typed("span").unwrap_or_else(|| first_useful.map_or("everything", |first| spans[first].1).to_owned());
    let since = visit.typed("since");
    let choices = spans
        .into_iter()
        .zip(estimates)
        .map(|((_, value, label), estimate)| {
            let note = estimate.map(|estimate| estimate_text(voice, &estimate));
            view! {
                <label class="choice">
                    <input type="radio" name="span" value=value checked=chosen == value/>
                    <span>{label}</span>
                    <span class="muted small">{note}</span>
                </label>
            }
        })
        .collect_view();
    let first =
        mailbox.page.covered_since.is_none().then(|| view! { <p class="muted small">{words.older_first()}</p> });
    view! {
        <p class="muted">{words.older_about()}</p>
        <form method="post" action=FetchOlder::url() class="stack tile-body">
            <input type="hidden" name="id" value=mailbox.page.account.id.to_string()/>
            <fieldset class="choices">
                <legend>{words.span()}</legend>
                {choices}
                <div class="choice">
                    <label class="check"><input type="radio" name="span" value="since" id="span-since" checked=chosen == "since"/> {words.since()}</label>
                    <input
                        class="input date"
                        type="date"
                        name="since"
                        value=since
                        aria-label=words.since_date()
                        min=day(DateTime::UNIX_EPOCH)
                        max=day(voice.now)
                        data-picks="span-since"
                    />
                </div>
                <label class="choice">
                    <input type="radio" name="span" value="everything" checked=chosen == "everything"/>
                    <span>{words.everything()}</span>
                    <span class="muted small">{words.estimate_all()}</span>
                </label>
            </fieldset>
            {first}
            <div><button class="btn primary" id="fetch-older">{words.older_go()}</button></div>
        </form>
    }
    .into_any()
}

fn estimate_text(voice: Voice, estimate: &Estimate) -> String {
    let words = Words(voice.lang);
    if estimate.messages == 0 {
        return words.here_already().to_owned();
    }
    let messages = voice.count(&nouns::MESSAGE, estimate.messages);
    match estimate.seconds {
        // Not to the second: a minute is as good as it gets.
        Some(seconds) => words.estimate_time(messages, voice.duration(seconds.max(60) / 60 * 60)),
        None => words.estimate(messages),
    }
}
