//! One pair with both full texts side by side, at an address of its own.

use leptos::prelude::*;
use replybook::types::{PairId, PairStatus};

use super::{
    api::{PairRow, PairView, Review},
    decisions::{Decisions, ToastArea},
    list::{DecisionForm, position, status_pill},
    state::Place,
};
use crate::{
    boot::use_texts,
    error::Failure,
    i18n::{Texts, fill},
    ui::{
        dialog::Dialog,
        parts::{Ago, Broken, Skeleton},
    },
};

/// The list and the open pair: as they are loaded, and as they stand on the screen.
#[derive(Clone, Copy)]
pub(super) struct Loaded {
    pub review: Resource<Result<Review, Failure>>,
    pub pair: Resource<Option<Result<PairView, Failure>>>,
    /// The rows that are shown, with the status they were loaded with.
    pub rows: StoredValue<Vec<(PairId, PairStatus)>>,
    /// The pair that is shown in the dialog. While the next one is on its way this is still the one before.
    pub shown_pair: StoredValue<Option<(PairId, PairStatus)>>,
}

/// The dialog: stays while one goes from pair to pair.
#[component]
pub(super) fn PairDialog(
    loaded: Loaded,
    place: Memo<Place>,
    decisions: Decisions,
    advance: Callback<PairId>,
) -> impl IntoView {
    let texts = use_texts();
    let close = Signal::derive(move || place.read().address(None));
    let title = view! {
        <Transition>
            {move || Suspend::new(async move {
                match loaded.pair.await {
                    Some(Ok(pair)) => subject(texts, pair.subject),
                    _ => texts.training.title.to_owned(),
                }
            })}
        </Transition>
    };
    view! {
        <Dialog title=title.into_any() close=close wide=true>
            <Transition fallback=|| view! { <div class="dialog-body"><Skeleton lines=8/></div> }>
                {move || Suspend::new(async move {
                    let rows = loaded.review.await.map(|review| review.rows).unwrap_or_default();
                    match loaded.pair.await {
                        Some(Ok(pair)) => {
                            loaded.shown_pair.set_value(Some((pair.id, pair.status)));
                            view! { <Pair pair rows place=place.get_untracked() decisions advance/> }.into_any()
                        }
                        Some(Err(failure)) => view! { <div class="dialog-body"><Broken failure/></div> }.into_any(),
                        None => ().into_any(),
                    }
                })}
            </Transition>
            // A modal dialog shuts out what is behind it: the toast comes along.
            <ToastArea decisions/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Pair(
    pair: PairView,
    rows: Vec<PairRow>,
    place: Place,
    decisions: Decisions,
    advance: Callback<PairId>,
) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let PairView { id, status, .. } = pair;
    let index = rows.iter().position(|row| row.id == id);
    let beside = |offset: isize| {
        let row = rows.get(index?.checked_add_signed(offset)?)?;
        Some(place.address(Some(row.id)))
    };
    // Decided pairs leave the list of new ones: without scripts the first that is left comes next.
    let next = if index.is_some() { beside(1) } else { rows.first().map(|row| place.address(Some(row.id))) };
    let previous = beside(-1);
    let then = next.clone().unwrap_or_else(|| place.address(None));
    let step = |href: Option<String>, rel: &'static str, label: &'static str, key: &'static str| {
        href.map(|href| view! { <a class="btn quiet" href=href rel=rel data-noscroll>{label} " " <kbd>{key}</kbd></a> })
    };
    let quality = pair.quality.map(|score| fill(words.quality, &[&score.to_string()]));
    let tags = [pair.languages, quality].into_iter().flatten();
    let answered_after = pair.responded_after_seconds.map(|seconds| fill(words.after, &[&texts.duration(seconds)]));
    view! {
        <div class="meta">
            <span>{pair.account_name}</span>
            <span class="mono">{pair.provider_code}</span>
            {pair.thread_id.map(|thread| view! { <span class="mono">{thread}</span> })}
            {position(texts, &rows, id).map(|position| view! { <span>{position}</span> })}
            <span class="tags">{tags.map(|tag| view! { <span class="tag">{tag}</span> }).collect_view()}</span>
            <span class="push">{move || status_pill(texts, decisions.shown(id, status))}</span>
        </div>
        <div class="two">
            <section class="side" aria-label=words.client>
                <header>
                    <span>{words.client} " " {from(pair.client_from)}</span>
                    {pair.client_sent_at.map(|at| view! { <Ago at/> })}
                </header>
                <div class="text" dir="auto">{pair.client_text}</div>
            </section>
            <section class="side" aria-label=words.reply>
                <header>
                    <span>{words.reply} " " {from(pair.reply_from)} {answered_after.map(|after| format!(", {after}"))}</span>
                    {pair.reply_sent_at.map(|at| view! { <Ago at/> })}
                </header>
                <div class="text" dir="auto">{pair.our_reply_text}</div>
            </section>
        </div>
        <footer class="dock">
            <DecisionForm id status decisions then after=Callback::new(move |()| advance.run(id))/>
            <span class="grow"></span>
            {step(previous, "prev", words.previous_pair, "k")}
            {step(next, "next", words.next_pair, "j")}
        </footer>
    }
    .into_any()
}

fn subject(texts: &Texts, subject: Option<String>) -> String {
    subject.filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| texts.training.no_subject.to_owned())
}

fn from(address: Option<String>) -> Option<String> {
    address.map(|address| format!("· {address}"))
}
