//! The island: the table, the open pair, and the keyboard over both. Going from pair to pair, deciding and taking back need no
//! page load.

use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use replybook::types::{PairId, PairStatus};
use web_sys::{Element, Event, HtmlElement, HtmlFormElement, MouseEvent};

use super::{
    api::read_pair,
    data::{Board, Opened},
    decisions::Decisions,
    dialog::{PAIR_TEXT, dialog},
    list::{FIRST_FILTER, row_link, row_name, subject, table},
    place::{GROUP_LINK, Place, open_pair},
};
use crate::ui::keys::{Command, Scope, meant};

/// The id of the form of filters, which stands outside the island.
pub(super) const FILTERS: &str = "filters";

/// What the table, the dialog and the keyboard share.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    board: StoredValue<Board>,
    /// Where the address stands: the list's place, and whether an open pair shows its mail as it came.
    pub place: RwSignal<Place>,
    pub open: RwSignal<Option<Opened>>,
    /// The pair that was asked for last: its answer is the one that counts.
    wanted: StoredValue<Option<PairId>>,
    /// The keyboard's place in the list.
    pub current: RwSignal<Option<PairId>>,
    pub decisions: Decisions,
}

/// The review of pairs.
#[island]
pub(crate) fn Review(board: Board) -> impl IntoView {
    let desk = Desk {
        place: RwSignal::new(board.place.clone()),
        open: RwSignal::new(board.open.clone()),
        wanted: StoredValue::new(None),
        current: RwSignal::new(None),
        decisions: Decisions::new(board.lang),
        board: StoredValue::new(board),
    };
    desk.board.with_value(|board| {
        board.rows.iter().for_each(|row| desk.decisions.saw(row.id, &row.updated_at));
        if let Some(Opened::Pair(sheet)) = &board.open {
            desk.decisions.saw(sheet.id, &sheet.updated_at);
        }
    });
    let is_open = Memo::new(move |_| desk.open.read().is_some());
    Effect::new(move |_| {
        let keys = window_event_listener(ev::keydown, move |event| {
            if meant(&event, Scope::Pairs).is_some_and(|command| desk.run(command)) {
                event.prevent_default();
            }
        });
        let history = window_event_listener(ev::popstate, move |_| desk.follow_address());
        let filters = window_event_listener(ev::change, |event| send_filters(&event));
        on_cleanup(move || {
            keys.remove();
            history.remove();
            filters.remove();
        });
    });
    let table = desk.board.with_value(|board| table(board, desk));
    view! {
        {table}
        {move || is_open.get().then(|| dialog(desk.board, desk))}
        {move || (!is_open.get()).then(|| desk.decisions.toast_area(desk.undoing()))}
    }
}

impl Desk {
    /// Takes a click that would load a page; one that is meant for a new tab is the browser's.
    pub(super) fn takes(self, event: &MouseEvent) -> bool {
        let is_plain =
            event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if is_plain {
            event.prevent_default();
        }
        is_plain
    }

    /// Opens a pair at its address.
    pub(super) fn open(self, id: PairId) {
        self.current.set(Some(id));
        self.put_address(Some(id));
        self.fetch(id);
    }

    /// Closes the open pair and goes back to its line.
    pub(super) fn close(self) {
        let line = self.opened().or_else(|| self.current.get_untracked());
        self.wanted.set_value(None);
        self.place.update(|place| *place = place.with_originals(false));
        self.open.set(None);
        self.put_address(None);
        if let Some(id) = line {
            // A key may have moved the focus by then.
            request_animation_frame(move || {
                if is_focus_lost() {
                    focus(&row_link(id));
                }
            });
        }
    }

    /// Shows the mail of the open pair as it came, or cleaned again.
    pub(super) fn turn(self) {
        if let Some(id) = self.opened() {
            self.place.update(|place| *place = place.with_originals(!place.originals));
            self.put_address(Some(id));
            self.fetch(id);
        }
    }

    /// Goes on to the pair after `id`; at the end of the list it stays.
    pub(super) fn open_after(self, id: PairId) {
        if let Some(next) = self.beside(Some(id), 1) {
            self.open(next);
        }
    }

    fn fetch(self, id: PairId) {
        self.wanted.set_value(Some(id));
        let originals = self.place.with_untracked(|place| place.originals);
        let lang = self.board.with_value(|board| board.lang);
        let had_focus = document().active_element().map(|element| element.id()).unwrap_or_default();
        spawn_local(async move {
            let answer = read_pair(id, originals).await;
            if self.wanted.get_value() != Some(id) {
                return;
            }
            self.open.set(Some(match answer {
                Ok(sheet) => {
                    self.decisions.saw(id, &sheet.updated_at);
                    Opened::Pair(Box::new(sheet))
                }
                Err(failure) => Opened::Refused(failure.text(lang)),
            }));
            // What had the focus was drawn anew: the same control has it again, or the text of the pair.
            request_animation_frame(move || {
                if is_focus_lost() || had_focus == PAIR_TEXT {
                    focus(&had_focus);
                    if is_focus_lost() {
                        focus(PAIR_TEXT);
                    }
                }
            });
        });
    }

    /// The pair on the screen. While the next one is on its way this is still the one before.
    fn opened(self) -> Option<PairId> {
        self.open.with_untracked(|open| match open {
            Some(Opened::Pair(sheet)) => Some(sheet.id),
            Some(Opened::Refused(_)) | None => None,
        })
    }

    fn put_address(self, pair: Option<PairId>) {
        let address = self.place.with_untracked(|place| place.address(pair));
        if let Ok(history) = window().history() {
            // An address that cannot be put leaves the page as it is.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
    }

    /// The browser went back or forth: another pair of this list, none, or another list.
    fn follow_address(self) {
        let search = window().location().search().unwrap_or_default();
        let Ok(query) = web_sys::UrlSearchParams::new_with_str(&search) else { return };
        let place = Place::from_query(|name| query.get(name));
        let is_this_list = self.place.with_untracked(|now| now.with_originals(false) == place.with_originals(false));
        if !is_this_list {
            // A page that cannot be loaded stays.
            let _ = window().location().reload();
            return;
        }
        self.place.set(place);
        match open_pair(|name| query.get(name)) {
            Some(id) => self.fetch(id),
            None => {
                self.wanted.set_value(None);
                self.open.set(None);
            }
        }
    }

    /// Takes back the last decision, or the last one about the pair `of`, and goes to the pair that it was about.
    fn undo(self, of: Option<PairId>) {
        let Some(id) = self.decisions.undo(of) else { return };
        if self.open.with_untracked(Option::is_some) {
            self.open(id);
        } else if self.rows().iter().any(|(row, _)| *row == id) {
            self.current.set(Some(id));
            focus(&row_link(id));
        }
    }

    pub(super) fn undoing(self) -> Callback<PairId> {
        Callback::new(move |id| self.undo(Some(id)))
    }

    fn run(self, command: Command) -> bool {
        match command {
            Command::Next => self.step(1),
            Command::Previous => self.step(-1),
            Command::Open => self.open_current(),
            Command::Approve => self.decide(PairStatus::Approved),
            Command::Reject => self.decide(PairStatus::Rejected),
            Command::Reset => self.decide(PairStatus::New),
            Command::Undo => {
                self.undo(None);
                true
            }
            Command::Filter if self.open.with_untracked(Option::is_none) => {
                focus(FIRST_FILTER);
                true
            }
            Command::Originals if self.opened().is_some() => {
                self.turn();
                true
            }
            Command::Group => follow_link(GROUP_LINK),
            _ => false,
        }
    }

    /// The pairs of the list with the status they were loaded with.
    fn rows(self) -> Vec<(PairId, PairStatus)> {
        self.board.with_value(|board| board.rows.iter().map(|row| (row.id, row.status)).collect())
    }

    /// What a pair is called when something is said of it: its subject, or how the client begins.
    pub(super) fn name(self, id: PairId) -> String {
        let of_open = || {
            self.open.with_untracked(|open| match open {
                Some(Opened::Pair(sheet)) if sheet.id == id => Some(sheet.subject.clone()),
                _ => None,
            })
        };
        self.board.with_value(|board| {
            let row = board.rows.iter().find(|row| row.id == id);
            row.map_or_else(|| subject(board.lang, of_open().flatten().as_deref()), |row| row_name(board.lang, row))
        })
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

    fn step(self, offset: isize) -> bool {
        let is_open = self.open.with_untracked(Option::is_some);
        let from = self.wanted.get_value().or_else(|| self.opened()).or_else(|| self.current.get_untracked());
        let Some(id) = self.beside(from, offset) else { return false };
        if is_open {
            self.open(id);
        } else {
            self.current.set(Some(id));
            focus(&row_link(id));
        }
        true
    }

    fn open_current(self) -> bool {
        match self.current.get_untracked() {
            Some(id) if self.open.with_untracked(Option::is_none) => {
                self.open(id);
                true
            }
            _ => false,
        }
    }

    fn decide(self, to: PairStatus) -> bool {
        let open = self.open.with_untracked(|open| match open {
            Some(Opened::Pair(sheet)) => Some((sheet.id, sheet.status)),
            Some(Opened::Refused(_)) | None => None,
        });
        if let Some((id, status)) = open {
            // Only what is on the screen can be decided: the pair before it stays there until the next one has arrived.
            if self.wanted.get_value().is_some_and(|wanted| wanted != id) {
                return false;
            }
            if self.decisions.decide(id, status, &self.name(id), to) {
                self.open_after(id);
            }
            return true;
        }
        let Some(id) = self.current.get_untracked() else { return false };
        let Some((_, status)) = self.rows().into_iter().find(|(row, _)| *row == id) else { return false };
        if self.decisions.decide(id, status, &self.name(id), to) {
            self.step(1);
        }
        true
    }
}

/// Sends the filters when one of them was changed.
fn send_filters(event: &Event) {
    let field = event_target::<Element>(event);
    let Some(form) = field.closest("form").ok().flatten().filter(|form| form.id() == FILTERS) else { return };
    if field.get_attribute("name").as_deref() == Some("provider") {
        // One account of another provider would list nothing.
        let account = form.query_selector("[name=account]").ok().flatten();
        let _one_of_its_own = account.map(|account| js_sys::Reflect::set(&account, &"value".into(), &"".into()));
    }
    if let Ok(form) = form.dyn_into::<HtmlFormElement>() {
        // A form that cannot be sent has its button still.
        let _ = form.request_submit();
    }
}

/// Whether nothing has the focus, e.g. because what had it is gone.
fn is_focus_lost() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Moves the focus to the element with this id, if there is one.
fn focus(id: &str) {
    if let Some(element) = element(id) {
        // An element that is gone or cannot have the focus is nothing to complain about.
        let _ = element.focus();
    }
}

/// Follows the link with this id, as a click would. `false` if there is none.
fn follow_link(id: &str) -> bool {
    element(id).inspect(HtmlElement::click).is_some()
}

fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok())
}
