//! One run: live while it goes on, and what came of it when it is over.

use leptos::{prelude::*, task::spawn_local};
use replybook::types::{RunId, RunKind, RunState, SyncRun};

use super::{
    api::read_run,
    state::{PATH, account_path},
};
use crate::{
    boot::{use_now, use_texts},
    i18n::{Texts, fill},
    training::state::review_address,
    ui::{
        dialog::Dialog,
        live::follow_run,
        parts::{Ago, Broken, Pill, Progress, Skeleton, Tone},
        shell::use_standings,
    },
};

/// Asks for the page again while a run goes on, where no scripts can follow it.
const REFRESH: &str = r#"<meta http-equiv="refresh" content="2">"#;

/// The dialog of `?run=<id>`.
#[component]
pub(super) fn RunDialog(id: RunId, on_over: Callback<()>) -> impl IntoView {
    let texts = use_texts();
    let run = Resource::new(|| (), move |()| read_run(id));
    let title = view! {
        <Suspense>
            {move || Suspend::new(async move {
                run.await
                    .map_or_else(
                        |_| texts.integrations.title.to_owned(),
                        |run| {
                            let title = match run.kind {
                                RunKind::Sync => texts.run.title_sync,
                                RunKind::Import => texts.run.title_import,
                                RunKind::Backfill => texts.run.title_backfill,
                            };
                            fill(title, &[run.source_name.as_deref().unwrap_or(&run.account_name)])
                        },
                    )
            })}
        </Suspense>
    };
    view! {
        <Dialog title=title.into_any() close=PATH>
            <Suspense fallback=|| view! { <div class="dialog-body"><Skeleton/></div> }>
                {move || Suspend::new(async move {
                    match run.await {
                        Ok(run) => view! { <Run run on_over/> }.into_any(),
                        Err(failure) => view! { <div class="dialog-body"><Broken failure/></div> }.into_any(),
                    }
                })}
            </Suspense>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Run(run: SyncRun, on_over: Callback<()>) -> impl IntoView {
    let texts = use_texts();
    let standings = use_standings();
    let goes_on = !run.state.is_over();
    let now = RwSignal::new(run.clone());
    if goes_on {
        follow_run(run.id, move |run| {
            let (id, is_over, has_errors) = (run.id, run.state.is_over(), !run.errors.is_empty());
            now.try_set(run);
            if is_over && has_errors {
                // The page has the words for them.
                spawn_local(async move {
                    if let Ok(run) = read_run(id).await {
                        now.try_set(run);
                    }
                });
            }
            if is_over {
                standings.refresh();
                on_over.run(());
            }
        });
    }
    view! {
        // Markup inside `noscript` is text to a browser with scripts: it must not be hydrated.
        {goes_on.then(|| view! { <noscript inner_html=REFRESH></noscript> })}
        <div class="dialog-body stack">
            {move || {
                let run = now.get();
                if run.state.is_over() { view! { <Result run/> }.into_any() } else { view! { <Going run/> }.into_any() }
            }}
        </div>
        <footer class="dock">
            {move || {
                let run = now.read();
                (run.state.is_over() && run.pairs_created > 0)
                    .then(|| {
                        let pairs = texts.count(&texts.nouns.pair, i64::from(run.pairs_created));
                        let href = review_address(run.account_id);
                        view! { <a class="btn primary" href=href>{fill(texts.run.review, &[&pairs])}</a> }
                    })
            }}
            <a class="btn" href=PATH data-noscroll>{texts.common.close}</a>
        </footer>
    }
    .into_any()
}

#[component]
fn Going(run: SyncRun) -> impl IntoView {
    let texts = use_texts();
    let now = use_now();
    let line = {
        let run = run.clone();
        move || doing(texts, &run, Some(now.get()))
    };
    view! {
        <p class="row tight" role="status"><Pill tone=Tone::Warn text=state_word(texts, run.state)/> <span>{line}</span></p>
        {run_progress(texts, &run)}
        {numbers(texts, &run)}
        <p class="muted">{texts.run.in_background}</p>
    }
    .into_any()
}

#[component]
fn Result(run: SyncRun) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.run;
    let (tone, note) = match run.state {
        RunState::Done => (Tone::Good, words.done_note),
        RunState::Partial => (Tone::Warn, words.partial_note),
        RunState::Interrupted => (Tone::Warn, words.interrupted_note),
        RunState::Cancelled => (Tone::Warn, words.cancelled_note),
        _ => (Tone::Bad, words.failed_note),
    };
    let more = i64::from(run.errors_total) - i64::try_from(run.errors.len()).unwrap_or(i64::MAX);
    let errors = run.errors.clone();
    view! {
        <p class="row tight" role="status"><Pill tone text=state_word(texts, run.state)/> <span>{note}</span></p>
        {numbers(texts, &run)}
        {skip_reasons(texts, &run)}
        {(!errors.is_empty())
            .then(|| {
                view! {
                    <section>
                        <h3>{words.errors_title}</h3>
                        <ul class="errors">
                            {errors.into_iter().map(|error| view! { <li>{error}</li> }).collect_view()}
                            {(more > 0).then(|| view! { <li class="muted">{texts.count(&texts.nouns.more_error, more)}</li> })}
                        </ul>
                    </section>
                }
            })}
    }
    .into_any()
}

fn numbers(texts: &'static Texts, run: &SyncRun) -> impl IntoView + use<> {
    let words = &texts.run;
    let took = run.started_at.zip(run.finished_at).map(|(start, end)| match (end - start).num_seconds() {
        0 => format!("< {}", texts.duration(1)),
        seconds => texts.duration(seconds),
    });
    let counts = [
        (words.fetched, run.messages_fetched),
        (words.upserted, run.messages_upserted),
        (words.pairs_created, run.pairs_created),
        (words.pairs_skipped, run.pairs_skipped),
        (words.set_aside, run.messages_failed),
    ]
    .map(|(label, count)| view! { <div><dt>{label}</dt><dd>{texts.number(i64::from(count))}</dd></div> })
    .into_iter()
    .collect_view();
    view! {
        <dl class="numbers">
            {counts} {run.started_at.map(|at| view! { <div><dt>{words.started}</dt><dd><Ago at/></dd></div> })}
            {took.map(|took| view! { <div><dt>{words.took}</dt><dd>{took}</dd></div> })}
        </dl>
        <p class="muted small">{words.account_id} ": " <a href=account_path(run.account_id) rel="external">{run.account_name.clone()}</a> " " <span class="mono">{run.account_id.to_string()}</span></p>
    }
}

/// Why messages made no pair, the most frequent reason first.
fn skip_reasons(texts: &'static Texts, run: &SyncRun) -> impl IntoView + use<> {
    let mut reasons: Vec<_> = run.skip_reasons.iter().collect();
    reasons.sort_by_key(|(name, count)| (-**count, *name));
    let lines = reasons.into_iter().map(|(name, count)| {
        let words = texts.skip_reasons.get(name).map_or_else(|| name.clone(), ToOwned::to_owned);
        view! { <li><b>{texts.number(i64::from(*count))}</b> " " {words}</li> }
    });
    (!run.skip_reasons.is_empty()).then(|| {
        view! {
            <details class="reasons">
                <summary>{texts.run.skip_reasons}</summary>
                <ul>{lines.collect_view()}</ul>
            </details>
        }
    })
}

/// The bar of a run that goes on.
pub(super) fn run_progress(texts: &'static Texts, run: &SyncRun) -> impl IntoView + use<> {
    view! { <Progress percent=run.percent() label=texts.run.progress_label/> }
}

/// What a run is doing, in one line. With the present moment it also says how long it still waits.
pub(super) fn doing(texts: &Texts, run: &SyncRun, now: Option<chrono::DateTime<chrono::Utc>>) -> String {
    let words = &texts.run;
    if let Some(waiting_for) = run.waiting_for.as_deref().filter(|_| run.state != RunState::Paused) {
        let waiting_for = match waiting_for {
            "gmail_quota" => words.waiting_quota,
            "sync" => words.waiting_sync,
            _ => words.waiting_else,
        };
        let left = run.waiting_until.zip(now).map(|(until, now)| (until - now).num_seconds()).filter(|left| *left > 0);
        return match left {
            Some(left) => fill(words.waiting_for_time, &[waiting_for, &texts.duration(left)]),
            None => fill(words.waiting, &[waiting_for]),
        };
    }
    if matches!(run.state, RunState::Queued | RunState::Paused) {
        return state_word(texts, run.state).to_owned();
    }
    let messages = texts.count(&texts.nouns.message, i64::from(run.messages_fetched));
    match (run.kind, run.messages_total) {
        (RunKind::Import, _) => {
            let percent = run.percent().map(|percent| format!(" · {percent} %")).unwrap_or_default();
            fill(words.reading, &[&messages]) + &percent
        }
        (RunKind::Sync | RunKind::Backfill, Some(total)) => {
            let fetched = texts.number(i64::from(run.messages_fetched));
            fill(words.fetching_of, &[&fetched, &texts.number(i64::from(total))])
        }
        (RunKind::Sync | RunKind::Backfill, None) => fill(words.fetching, &[&messages]),
    }
}

pub(crate) fn state_word(texts: &Texts, state: RunState) -> &'static str {
    let words = &texts.run;
    match state {
        RunState::Queued => words.queued,
        RunState::Running => words.running,
        RunState::Paused => words.paused,
        RunState::Done => words.done,
        RunState::Partial => words.partial,
        RunState::Failed => words.failed,
        RunState::Interrupted => words.interrupted,
        RunState::Cancelled => words.cancelled,
    }
}
