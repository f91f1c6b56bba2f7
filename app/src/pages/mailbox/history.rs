//! What the account's runs brought: drawn small, and as a table.

use leptos::prelude::*;
use replybook::types::{RunState, SyncRun};

use super::words::Words;
use crate::{
    pages::runs::{self, end_word, kind_word},
    ui::{
        parts::{Pill, Tone},
        times::Ago,
        words::nouns,
    },
    words::Voice,
};

/// So many of the newest runs stand in the table; the rest is folded.
const UNFOLDED: usize = 8;
/// The drawing's measures, in its own units: a column for each run.
const COLUMN: u32 = 12;
const BAR: u32 = 8;
const HEIGHT: u32 = 72;
/// Room for a mark above the highest bar.
const TOP: u32 = 14;
/// Columns that are always there: a few runs do not look like a full history.
const COLUMNS: u32 = 50;

/// How a run ended, as far as the drawing tells it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    /// An import that found no pairs.
    Empty,
    Partial,
    Failed,
    Stopped,
    Open,
}

impl End {
    const ALL: [Self; 6] = [Self::Done, Self::Empty, Self::Partial, Self::Failed, Self::Stopped, Self::Open];

    fn of(run: &SyncRun) -> Self {
        match run.state {
            RunState::Done if run.found_no_pairs || run.pairs_in.is_some() => Self::Empty,
            RunState::Done => Self::Done,
            RunState::Partial => Self::Partial,
            RunState::Failed => Self::Failed,
            RunState::Interrupted | RunState::Cancelled => Self::Stopped,
            RunState::Queued | RunState::Running | RunState::Paused => Self::Open,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Empty | Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Open => "open",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Done => Tone::Good,
            Self::Empty | Self::Partial => Tone::Warn,
            Self::Failed => Tone::Bad,
            Self::Stopped | Self::Open => Tone::Idle,
        }
    }

    /// The mark above a bar, so that it is not told by colour alone: a triangle, a cross, a stroke.
    fn mark(self, x: u32, y: u32) -> Option<String> {
        let (left, right, middle) = (x, x + BAR, x + BAR / 2);
        match self {
            Self::Done | Self::Open => None,
            Self::Empty | Self::Partial => Some(format!("M{left} {} L{middle} {} L{right} {} Z", y, y - BAR + 1, y)),
            Self::Failed => Some(format!("M{left} {y} L{right} {} M{left} {} L{right} {y}", y - BAR, y - BAR)),
            Self::Stopped => Some(format!("M{left} {} L{right} {}", y - 3, y - 3)),
        }
    }
}

/// The drawing and the table of the newest runs.
pub(super) fn history(voice: Voice, runs: &[SyncRun]) -> AnyView {
    let words = Words(voice.lang);
    let body = if runs.is_empty() {
        view! { <p class="muted pad">{words.no_run()}</p> }.into_any()
    } else {
        let (newest, rest) = runs.split_at(runs.len().min(UNFOLDED));
        let about = words.history_about(voice.count(&nouns::RUN, length(runs)));
        view! {
            <div class="pad stack">
                <p class="muted">{about}</p>
                {drawing(voice, runs)}
                {legend(voice, runs)}
            </div>
            {table(voice, newest)}
            {(!rest.is_empty())
                .then(|| {
                    view! {
                        <details id="earlier-runs" class="more-rows">
                            <summary>{words.all_runs()} " " <span class="count muted">{voice.number(length(rest))}</span></summary>
                            {table(voice, rest)}
                        </details>
                    }
                })}
        }
        .into_any()
    };
    view! {
        <section class="stack" aria-labelledby="history-title">
            <h2 id="history-title">{words.history_title()}</h2>
            <div class="card" id="history">{body}</div>
        </section>
    }
    .into_any()
}

fn length<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

/// A bar for each run, oldest first. Heights grow with the square root: a first sync does not flatten all that follow.
fn drawing(voice: Voice, runs: &[SyncRun]) -> AnyView {
    let words = Words(voice.lang);
    let most = runs.iter().map(|run| run.messages_fetched).max().unwrap_or(0).max(1);
    let messages: i64 = runs.iter().map(|run| i64::from(run.messages_fetched)).sum();
    let bad = runs.iter().filter(|run| matches!(End::of(run), End::Empty | End::Partial | End::Failed)).count();
    let bad = voice.number(i64::try_from(bad).unwrap_or(i64::MAX));
    let label = words.chart(voice.count(&nouns::RUN, length(runs)), voice.count(&nouns::MESSAGE, messages), bad);
    // The newest run stands at the right, however many there are.
    let columns =
        (COLUMNS.saturating_sub(u32::try_from(runs.len()).unwrap_or(COLUMNS))..COLUMNS).zip(runs.iter().rev());
    let bars = columns
        .map(|(column, run)| {
            let (end, x) = (End::of(run), column * COLUMN + (COLUMN - BAR) / 2);
            let height = bar_height(run.messages_fetched, most);
            let y = TOP + HEIGHT - height;
            let name = words.run_of(
                kind_word(voice.lang, run.kind),
                end_word(voice.lang, run),
                voice.count(&nouns::MESSAGE, run.messages_fetched.into()),
            );
            view! {
                <g class=end.class()>
                    <title>{name}</title>
                    <rect x=x y=y width=BAR height=height rx="1.5"></rect>
                    {end.mark(x, y - 3).map(|path| view! { <path d=path></path> })}
                </g>
            }
        })
        .collect_view();
    view! {
        <svg class="history" viewBox=format!("0 0 {} {}", COLUMNS * COLUMN, TOP + HEIGHT + 1) role="img" aria-label=label>
            <path class="ground" d=format!("M0 {0} H{1}", TOP + HEIGHT, COLUMNS * COLUMN)></path>
            {bars}
        </svg>
    }
    .into_any()
}

/// From 2 for a run that brought nothing to [`HEIGHT`] for the one that brought most.
fn bar_height(messages: i32, most: i32) -> u32 {
    let share = (f64::from(messages.max(0)) / f64::from(most.max(1))).sqrt();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and HEIGHT")]
    let height = (share * f64::from(HEIGHT)).round() as u32;
    height.clamp(2, HEIGHT)
}

/// The marks that occur, with their words.
fn legend(voice: Voice, runs: &[SyncRun]) -> AnyView {
    let words = Words(voice.lang);
    let entries = End::ALL
        .into_iter()
        .filter(|end| runs.iter().any(|run| End::of(run) == *end))
        .map(|end| {
            let word = match end {
                End::Done => words.legend_done(),
                End::Empty => words.legend_no_pairs(),
                End::Partial => words.legend_partial(),
                End::Failed => words.legend_failed(),
                End::Stopped => words.legend_stopped(),
                End::Open => words.legend_open(),
            };
            view! {
                <li>
                    <svg class="history key" viewBox="0 0 8 18" aria-hidden="true">
                        <g class=end.class()>
                            <rect x="0" y="11" width="8" height="7" rx="1.5"></rect>
                            {end.mark(0, 9).map(|path| view! { <path d=path></path> })}
                        </g>
                    </svg>
                    {word}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="legend muted small">{entries}</ul> }.into_any()
}

fn table(voice: Voice, runs: &[SyncRun]) -> AnyView {
    let words = Words(voice.lang);
    let rows = runs.iter().map(|run| row(voice, run)).collect_view();
    view! {
        <table class="list history-runs">
            <thead>
                <tr>
                    <th scope="col">{words.when()}</th>
                    <th scope="col">{words.what()}</th>
                    <th scope="col">{words.result()}</th>
                    <th scope="col" class="number">{words.new_messages()}</th>
                    <th scope="col" class="number">{words.pairs()}</th>
                    <th scope="col" class="number">{words.took()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(voice: Voice, run: &SyncRun) -> AnyView {
    let words = Words(voice.lang);
    let took = runs::took(voice, run);
    let state = end_word(voice.lang, run);
    let errors = (!run.errors.is_empty()).then(|| errors(voice, run));
    view! {
        <tr>
            <td data-label=words.when() class="nowrap"><Ago voice at=run.started_at.unwrap_or(run.created_at)/></td>
            <td data-label=words.what()>{kind_word(voice.lang, run.kind)}</td>
            <td data-label=words.result()>
                <div><Pill tone=End::of(run).tone() text=state/> {errors} {skipped(voice, run)}</div>
            </td>
            <td data-label=words.new_messages() class="number">{voice.number(run.messages_fetched.into())}</td>
            <td data-label=words.pairs() class="number">{voice.number(run.pairs_created.into())}</td>
            <td data-label=words.took() class="number nowrap">{took.unwrap_or_else(|| "–".to_owned())}</td>
        </tr>
    }
    .into_any()
}

/// Why a run is not what it should be.
fn errors(voice: Voice, run: &SyncRun) -> AnyView {
    view! {
        <details id=format!("errors-{}", run.id) class="small">
            <summary>{voice.count(&nouns::ERROR, run.errors_total.into())}</summary>
            {runs::errors(voice, run)}
        </details>
    }
    .into_any()
}

/// Why messages of the run made no pair.
fn skipped(voice: Voice, run: &SyncRun) -> Option<AnyView> {
    let reasons = runs::skipped(voice.lang, run);
    let items = reasons.iter().map(|(words, count)| view! { <li>{words.clone()} ": " {voice.number(*count)}</li> });
    let items = items.collect_view();
    (!reasons.is_empty()).then(|| {
        view! {
            <details id=format!("skipped-{}", run.id) class="small">
                <summary>{Words(voice.lang).skipped_title()} ": " {voice.number(run.pairs_skipped.into())}</summary>
                <ul>{items}</ul>
            </details>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fit_and_small_ones_are_seen() {
        assert_eq!([0, 1, 10_000].map(|messages| bar_height(messages, 10_000)), [2, 2, HEIGHT]);
        assert_eq!(bar_height(2_500, 10_000), HEIGHT / 2, "the square root of a quarter is a half");
        assert_eq!(bar_height(0, 0), 2);
    }

    #[test]
    fn what_did_not_end_well_has_a_shape_of_its_own() {
        let marks: Vec<_> = [End::Partial, End::Failed, End::Stopped].map(|end| end.mark(0, 20)).into_iter().collect();
        assert!(marks.iter().all(Option::is_some));
        assert!(marks[0] != marks[1] && marks[1] != marks[2] && marks[0] != marks[2]);
    }
}
