//! How a run is drawn while it goes on: by the server, and again by the island whenever the run reports.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::report::Report;
use crate::ui::parts::{Pill, Progress, moment};

/// How much of a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// A line of a table, which leads to the run.
    Line,
    /// An entry of a list.
    Entry,
    /// Everything.
    Whole,
}

/// A run that goes on.
pub(super) fn progress(run: &Report, look: Look) -> AnyView {
    let bar = view! { <Progress percent=run.percent label=run.kind.clone()/> };
    if look == Look::Line {
        let id = format!("run-{}", run.id);
        return view! { <a id=id href=run.address.clone() data-opens="">{run.line.clone()}</a> {bar} }.into_any();
    }
    view! {
        <p class="row" role="status">
            <b>{run.kind.clone()}</b>
            {run.span.clone().map(|span| view! { <span class="muted">{span}</span> })}
            <Pill tone=run.tone text=run.state.clone()/>
        </p>
        {bar}
        <p class="tabular">{run.amount.clone()}</p>
        {run.waiting.clone().map(|text| view! { <p class="muted">{text}</p> })}
        {(look == Look::Whole).then(|| numbers(run, None))}
    }
    .into_any()
}

/// What a run brought. `took` is the time it took, once it is over.
pub(super) fn numbers(run: &Report, took: Option<(String, String)>) -> AnyView {
    let number = |(label, value): (String, AnyView)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let counts = run.numbers.iter().cloned().map(|(label, count)| (label, count.into_any()));
    let started = run.started.as_ref().map(|(label, at)| (label.clone(), moment(at)));
    let took = took.map(|(label, took)| (label, took.into_any()));
    let all = counts.chain(started).chain(took).map(number).collect_view();
    view! { <dl class="numbers">{all}</dl> }.into_any()
}
