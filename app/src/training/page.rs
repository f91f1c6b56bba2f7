//! The page: the list, the open pair, and the keyboard over both.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks, params::ParamsMap};
use replybook::types::{PairId, PairStatus, Problem};

use super::{
    api::{DecidePair, Review, list_pairs, read_pair},
    decisions::{Decisions, ToastArea},
    dialog::{Loaded, PairDialog},
    list::{FIRST_FILTER, Filters, GroupBar, Rows, Tabs, row_link},
    state::{GROUP_LINK, ORIGINALS_LINK, PATH, Place, open_pair},
};
use crate::{
    boot::use_texts,
    error::Failure,
    i18n::{Texts, fill},
    ui::{
        dialog::{focus_id, follow_link},
        flash::{Flash, FlashArea, Notice},
        live::use_hydrated,
        parts::{Broken, Skeleton},
        shell::Head,
        shortcuts::{Command, Scope, use_shortcuts},
    },
};

/// `/admin/ai-email-training`.
#[component]
pub(crate) fn TrainingPage() -> impl IntoView {
    let texts = use_texts();
    let query = hooks::use_query_map();
    let place = Memo::new(move |_| query.with(Place::from_query));
    let open = Memo::new(move |_| query.with(open_pair));
    let is_open = Memo::new(move |_| open.get().is_some());
    let list = Memo::new(move |_| place.with(|place| place.with_originals(false)));
    let review = Resource::new(
        move || list.get(),
        |place| list_pairs(place.status.as_str().to_owned(), place.provider, place.account, place.group, place.cursor),
    );
    let pair = Resource::new(
        move || open.get().map(|id| (id, place.read().address(Some(id)), place.read().originals)),
        |open| async move {
            match open {
                Some((id, here, originals)) => Some(read_pair(id, here, originals).await),
                None => None,
            }
        },
    );
    let loaded = Loaded { review, pair, rows: StoredValue::new(Vec::new()), shown_pair: StoredValue::new(None) };
    let decisions = Decisions::new();
    Effect::new(move |before: Option<()>| {
        list.track();
        if before.is_some() {
            decisions.forget();
        }
    });
    let flash = Flash::new(PATH);
    flash.follow_query(&["error", "decided"], told);
    flash.follow(ServerAction::<DecidePair>::new(), |_| None);

    let current = RwSignal::new(None::<PairId>);
    let keyboard = Keyboard { loaded, place, open, current, decisions };
    let navigate = hooks::use_navigate();
    let go = Callback::new(move |address: String| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&address, options);
    });
    let shortcuts = use_shortcuts();
    shortcuts.answer(Scope::Pairs, move |command| keyboard.run(command, go));
    let advance = Callback::new(move |id: PairId| keyboard.open_after(id, go));
    let hydrated = use_hydrated();

    view! {
        <Head title=texts.training.title about=texts.training.about>
            <button type="button" class="btn quiet wide-only" hidden=move || !hydrated.get() on:click=move |_| shortcuts.show_sheet()>
                {texts.training.keys_hint} " " <kbd>"?"</kbd>
            </button>
        </Head>
        {move || (!is_open.get()).then(|| view! { <FlashArea flash/> })}
        <Transition fallback=|| view! { <Skeleton lines=10/> }>
            {move || Suspend::new(async move {
                let place = place.get();
                match review.await {
                    Ok(review) => {
                        loaded.rows.set_value(review.rows.iter().map(|row| (row.id, row.status)).collect());
                        view! { <List review place decisions current/> }.into_any()
                    }
                    Err(failure) => view! { <NoList failure place/> }.into_any(),
                }
            })}
        </Transition>
        {move || is_open.get().then(|| view! { <PairDialog loaded place decisions flash advance/> })}
        {move || (!is_open.get()).then(|| view! { <ToastArea decisions/> })}
    }
    .into_any()
}

/// What a form that was sent says in the URL it led back to.
fn told(query: &ParamsMap, texts: &Texts) -> Option<Notice> {
    if let Some(code) = query.get("error") {
        // Only a code travels; what the domain says about a value has no place in a URL.
        let problem =
            if code.ends_with("_not_found") { Problem::not_found(code) } else { Problem::invalid("form", code) };
        return Some(Notice::failure(&Failure(problem), texts));
    }
    let decided = query.get("decided")?.parse().ok()?;
    Some(Notice::good(fill(texts.training.group_decided, &[&texts.count(&texts.nouns.pair, decided)])))
}

#[component]
fn List(review: Review, place: Place, decisions: Decisions, current: RwSignal<Option<PairId>>) -> impl IntoView {
    view! {
        {review.group_counts.map(|counts| view! { <GroupBar counts place=place.clone()/> })}
        <div class="bar-row">
            <Tabs counts=review.counts place=place.clone() decisions/>
            <Filters accounts=review.accounts.clone() place=place.clone()/>
        </div>
        <Rows review place decisions current/>
    }
    .into_any()
}

#[component]
fn NoList(failure: Failure, place: Place) -> impl IntoView {
    let texts = use_texts();
    let first = place.cursor.is_some().then(|| place.first().address(None));
    view! {
        <Broken failure/>
        {first.map(|href| view! { <p class="row"><a class="btn" href=href>{texts.training.first_page}</a></p> })}
    }
    .into_any()
}

/// What the keys do here.
#[derive(Clone, Copy)]
struct Keyboard {
    loaded: Loaded,
    place: Memo<Place>,
    open: Memo<Option<PairId>>,
    current: RwSignal<Option<PairId>>,
    decisions: Decisions,
}

impl Keyboard {
    fn run(self, command: Command, go: Callback<String>) -> bool {
        match command {
            Command::Next => self.step(1, go),
            Command::Previous => self.step(-1, go),
            Command::Open => self.open_current(go),
            Command::Approve => self.decide(PairStatus::Approved, go),
            Command::Reject => self.decide(PairStatus::Rejected, go),
            Command::Reset => self.decide(PairStatus::New, go),
            Command::Undo => {
                self.decisions.undo();
                true
            }
            Command::Filter => {
                focus_id(FIRST_FILTER);
                true
            }
            Command::Originals => follow_link(ORIGINALS_LINK),
            Command::Group => follow_link(GROUP_LINK),
            _ => false,
        }
    }

    /// The pairs of the list with the status they were loaded with.
    fn rows(self) -> Vec<(PairId, PairStatus)> {
        self.loaded.rows.get_value()
    }

    /// The pair beside `id` in the list; the first or last one when `id` is not in it.
    fn beside(self, id: Option<PairId>, offset: isize) -> Option<PairId> {
        let rows = self.rows();
        let index = match id.and_then(|id| rows.iter().position(|(row, _)| *row == id)) {
            Some(index) => index.checked_add_signed(offset)?,
            None if offset > 0 => 0,
            None => rows.len().checked_sub(1)?,
        };
        rows.get(index).map(|(id, _)| *id)
    }

    fn step(self, offset: isize, go: Callback<String>) -> bool {
        let open = self.open.get_untracked();
        let Some(id) = self.beside(open.or_else(|| self.current.get_untracked()), offset) else { return false };
        self.current.set(Some(id));
        if open.is_some() {
            go.run(self.place.read_untracked().address(Some(id)));
        } else {
            focus_id(&row_link(id));
        }
        true
    }

    fn open_current(self, go: Callback<String>) -> bool {
        let Some(id) = self.current.get_untracked().filter(|_| self.open.get_untracked().is_none()) else {
            return false;
        };
        go.run(self.place.read_untracked().address(Some(id)));
        true
    }

    fn decide(self, to: PairStatus, go: Callback<String>) -> bool {
        if let Some(open) = self.open.get_untracked() {
            // Only what is on the screen can be decided: the pair before it stays there until the next one has arrived.
            let Some((_, status)) = self.loaded.shown_pair.get_value().filter(|(shown, _)| *shown == open) else {
                return false;
            };
            self.decisions.decide(open, status, to);
            self.open_after(open, go);
            return true;
        }
        let Some(id) = self.current.get_untracked() else { return false };
        let Some((_, status)) = self.rows().into_iter().find(|(row, _)| *row == id) else { return false };
        self.decisions.decide(id, status, to);
        self.step(1, go);
        true
    }

    /// Goes on to the pair after `id`; at the end of the list it stays.
    fn open_after(self, id: PairId, go: Callback<String>) {
        if let Some(next) = self.beside(Some(id), 1) {
            self.current.set(Some(next));
            go.run(self.place.read_untracked().address(Some(next)));
        }
    }
}
