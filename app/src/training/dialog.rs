//! One pair with both full texts side by side, at an address of its own.

use leptos::prelude::*;
use replybook::types::{PairId, PairStatus};

use super::{
    api::{PairRow, PairView, Review},
    decisions::{Decisions, ToastArea},
    list::{DecisionForm, position, status_pill},
    state::{ORIGINALS_LINK, Place},
};
use crate::{
    boot::use_texts,
    error::Failure,
    i18n::Texts,
    ui::{
        dialog::Dialog,
        flash::{Flash, FlashArea},
        parts::{Broken, Skeleton},
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
    flash: Flash,
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
            // A modal dialog shuts out what is behind it: what is announced comes along.
            <FlashArea flash/>
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
    let other_view = place.with_originals(!place.originals).address(Some(id));
    view! {
        <div class="meta">
            <span class="facts" inner_html=pair.facts></span>
            <span class="push row tight">
                {position(texts, &rows, id)} {move || status_pill(texts, decisions.shown(id, status))}
            </span>
        </div>
        <div class="sheet" inner_html=pair.body></div>
        <footer class="dock">
            <DecisionForm id status decisions then after=Callback::new(move |()| advance.run(id))/>
            <span class="grow"></span>
            <a id=ORIGINALS_LINK class="btn quiet" href=other_view data-noscroll>
                {if place.originals { words.cleaned } else { words.originals }} " " <kbd>"v"</kbd>
            </a>
            {step(previous, "prev", words.previous_pair, "k")}
            {step(next, "next", words.next_pair, "j")}
        </footer>
    }
    .into_any()
}

fn subject(texts: &Texts, subject: Option<String>) -> String {
    subject.filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| texts.training.no_subject.to_owned())
}
