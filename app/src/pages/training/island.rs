//! The island: the table, the open pair, and the keyboard over both. Going from pair to pair, deciding and taking back need no
//! page load.

use leptos::{
    ev, html,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use replybook::types::{PairId, PairStatus, RejectReason};
use web_sys::{CustomEvent, Element, Event, HtmlElement, HtmlFormElement, HtmlTextAreaElement, MouseEvent};

use super::{
    api::{edit_texts, read_pair, read_rows},
    data::{Board, Body, Opened, Row, Rows, Sheet, Verdict},
    decisions::Decisions,
    dialog::{FIRST_TEXT, MARKS_SAID, PAIR_TEXT, dialog},
    list::{FIRST_FILTER, row_link, row_name, row_pick, subject, table},
    place::{GROUP_LINK, Place, View, open_pair},
    words::Words,
};
use crate::{
    json::Given,
    ui::keys::{Command, Scope, meant},
};

/// The id of the form of filters, which stands outside the island.
pub(super) const FILTERS: &str = "filters";
/// The id of the form that takes back the last step, which stands there too.
pub(super) const UNDO: &str = "undo";

/// How many pairs ahead are read before somebody asks for them.
const AHEAD: usize = 3;
/// So many rows before the end of the list, the ones after it are read.
const ROWS_AHEAD: usize = 8;
/// How many pairs are kept in memory at most.
const KEPT: usize = 64;
/// A pair that was read longer ago than so many milliseconds is shown at once, and read again.
const FRESH_MS: f64 = 30_000.0;

/// A pair that was read before it is asked for.
#[derive(Debug, Clone)]
struct Kept {
    sheet: Sheet,
    view: View,
    /// When it was read, in milliseconds since 1970.
    at: f64,
}

/// What the table, the dialog and the keyboard share.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    board: StoredValue<Board>,
    /// Where the address stands: the list's place, and how an open pair is shown.
    pub place: RwSignal<Place>,
    pub open: RwSignal<Option<Opened>>,
    /// The pair that was asked for last: its answer is the one that counts.
    wanted: StoredValue<Option<PairId>>,
    /// The keyboard's place in the list.
    pub current: RwSignal<Option<PairId>>,
    pub decisions: Decisions,
    /// The pages of the list after the first one.
    pub more: RwSignal<Vec<Rows>>,
    /// A further page is on its way.
    is_reading: StoredValue<bool>,
    /// Somebody is past the last pair that is here.
    waits_for_rows: StoredValue<bool>,
    /// Pairs in memory, the latest last, and those on their way there.
    kept: StoredValue<Vec<Kept>>,
    asked: StoredValue<Vec<PairId>>,
    /// Why an edit was refused.
    pub trouble: RwSignal<Option<String>>,
}

/// The review of pairs.
#[island]
pub(crate) fn Review(board: Given<Board>) -> impl IntoView {
    let board = board.0;
    let desk = Desk {
        place: RwSignal::new(board.place.clone()),
        open: RwSignal::new(board.open.clone()),
        wanted: StoredValue::new(None),
        current: RwSignal::new(None),
        decisions: Decisions::new(board.lang),
        more: RwSignal::new(Vec::new()),
        is_reading: StoredValue::new(false),
        waits_for_rows: StoredValue::new(false),
        kept: StoredValue::new(Vec::new()),
        asked: StoredValue::new(Vec::new()),
        trouble: RwSignal::new(None),
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
        // The button of the page and the key do the same.
        let undo = window_event_listener(ev::submit, move |event| {
            if event_target::<Element>(&event).get_attribute("id").as_deref() == Some(UNDO) {
                event.prevent_default();
                desk.undo(None);
            }
        });
        let leaving = window_event_listener(ev::beforeunload, move |event| {
            if desk.decisions.has_unsaved() || is_being_written() {
                event.prevent_default();
                // Browsers of before 2024 ask only then.
                event.set_return_value(" ");
            }
        });
        // The script of the page has changed the marks of the open pair, and drawn them.
        let marked = window_event_listener_untyped("marked", move |event| desk.marked(&event));
        if let Some(id) = desk.opened() {
            desk.look_ahead(id);
        }
        on_cleanup(move || {
            keys.remove();
            history.remove();
            filters.remove();
            undo.remove();
            leaving.remove();
            marked.remove();
        });
    });
    Effect::new(move |_| {
        if let Some(id) = desk.decisions.rewritten.get() {
            desk.kept.update_value(|kept| kept.retain(|one| one.sheet.id != id));
            if desk.opened() == Some(id) {
                desk.fetch(id);
            }
        }
    });
    // The keyboard stands on a pair: it may be opened next.
    Effect::new(move |_| {
        if let Some(id) = desk.current.get() {
            desk.read_before(id);
        }
    });
    let table = desk.board.with_value(|board| table(board, desk));
    view! {
        {table}
        {move || is_open.get().then(|| dialog(desk.board, desk))}
        {move || (!is_open.get()).then(|| desk.decisions.toast_area(desk.undoing(), desk.opening()))}
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

    /// Takes over the marks that the open pair has now. They were a step, which the server knows to take back.
    fn marked(self, event: &Event) {
        let opened = self.opened();
        self.kept.update_value(|kept| kept.retain(|one| Some(one.sheet.id) != opened));
        let html = event.dyn_ref::<CustomEvent>().and_then(|event| event.detail().as_string());
        if let (Some(Some(Opened::Pair(sheet))), Some(html)) = (self.open.try_write_untracked().as_deref_mut(), html) {
            sheet.marks = html;
        }
        self.decisions.forget_steps();
    }

    /// Opens a pair at its address, unless something that was typed would be lost.
    pub(super) fn open(self, id: PairId) {
        if self.may_leave_texts() {
            self.go_on_to(id);
        }
    }

    /// Opens a pair: at once where it is in memory.
    fn go_on_to(self, id: PairId) {
        self.current.set(Some(id));
        self.waits_for_rows.set_value(false);
        self.trouble.set(None);
        // What is edited is one pair.
        self.place.update(|place| {
            if place.view == View::Edit {
                *place = place.with_view(View::Sides);
            }
        });
        self.put_address(Some(id));
        self.show(id);
    }

    /// Closes the open pair and goes back to its line.
    pub(super) fn close(self) {
        let line = self.opened().or_else(|| self.current.get_untracked());
        if !self.may_leave_texts() {
            return;
        }
        self.wanted.set_value(None);
        self.waits_for_rows.set_value(false);
        self.place.update(|place| *place = place.with_view(View::Sides));
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

    /// Shows the open pair in another way, or in the usual one again.
    pub(super) fn turn(self, to: View) {
        if let Some(id) = self.opened()
            && self.may_leave_texts()
        {
            self.trouble.set(None);
            self.place.update(|place| *place = place.with_view(if place.view == to { View::Sides } else { to }));
            self.put_address(Some(id));
            self.show(id);
        }
    }

    /// Whether nothing that was typed would be lost, or the person says that it may be.
    pub(super) fn may_leave_texts(self) -> bool {
        let question = self.board.with_value(|board| Words(board.lang).discard());
        !is_being_written() || window().confirm_with_message(question).unwrap_or(true)
    }

    /// Stores the texts that somebody wrote into a pair, and approves it where that is asked for.
    pub(super) fn save_texts(self, id: PairId, [client, reply]: [NodeRef<html::Textarea>; 2], approve: bool) {
        let text =
            |field: NodeRef<html::Textarea>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let (client, reply) = (text(client), text(reply));
        let lang = self.board.with_value(|board| board.lang);
        let as_of = self.decisions.seen(id);
        spawn_local(async move {
            match edit_texts(id, client, reply, as_of, None, None).await {
                Ok(sheet) => {
                    let (name, verdict) = (self.name(id), sheet.verdict);
                    let is_another = self.decisions.seen(id).as_ref() != Some(&sheet.updated_at);
                    self.decisions.saw(id, &sheet.updated_at);
                    self.kept.update_value(|kept| kept.retain(|one| one.sheet.id != id));
                    self.keep(sheet.clone(), View::Sides);
                    self.trouble.set(None);
                    if is_another {
                        self.decisions.edited(id, verdict, &name);
                    }
                    self.place.update(|place| *place = place.with_view(View::Sides));
                    if self.opened() == Some(id) {
                        self.put_address(Some(id));
                        self.open.set(Some(Opened::Pair(Box::new(sheet))));
                        request_animation_frame(|| focus(PAIR_TEXT));
                    }
                    if approve && self.decisions.decide(id, verdict, &name, PairStatus::Approved) {
                        self.open_after(id);
                    }
                }
                Err(failure) => self.trouble.set(Some(failure.text(lang))),
            }
        });
    }

    /// Goes on to the pair after `id`. After the last one it says that nothing is left.
    pub(super) fn open_after(self, id: PairId) {
        if let Some(next) = self.beside(Some(id), 1) {
            self.go_on_to(next);
        } else if self.next_page().is_some() {
            self.waits_for_rows.set_value(true);
            self.read_on();
        } else {
            self.wanted.set_value(None);
            self.put_address(None);
            self.open.set(Some(Opened::Done));
        }
    }

    /// Shows a pair: from memory, or as soon as it has come.
    fn show(self, id: PairId) {
        forget_said();
        let view = self.place.with_untracked(|place| place.view);
        let kept = self.kept.with_value(|kept| {
            kept.iter().rfind(|one| one.sheet.id == id && one.view == view && view != View::Edit).cloned()
        });
        match kept {
            Some(kept) => {
                self.wanted.set_value(Some(id));
                self.decisions.saw(id, &kept.sheet.updated_at);
                self.land(Opened::Pair(Box::new(kept.sheet)));
                if js_sys::Date::now() - kept.at > FRESH_MS {
                    self.read_again(id, view);
                }
            }
            None => self.fetch(id),
        }
        self.look_ahead(id);
    }

    fn fetch(self, id: PairId) {
        self.wanted.set_value(Some(id));
        let view = self.place.with_untracked(|place| place.view);
        let lang = self.board.with_value(|board| board.lang);
        spawn_local(async move {
            let answer = read_pair(id, view).await;
            if let Ok(sheet) = &answer {
                self.keep(sheet.clone(), view);
            }
            if self.wanted.get_value() != Some(id) {
                return;
            }
            self.land(match answer {
                Ok(sheet) => {
                    self.decisions.saw(id, &sheet.updated_at);
                    Opened::Pair(Box::new(sheet))
                }
                Err(failure) => Opened::Refused(failure.text(lang)),
            });
        });
    }

    /// Puts on the screen what was asked for. What had the focus is drawn anew: the same control has it again, or the text of the pair.
    fn land(self, opened: Opened) {
        let had_focus = document().active_element().map(|element| element.id()).unwrap_or_default();
        let is_edit = matches!(&opened, Opened::Pair(sheet) if matches!(sheet.body, Body::Edit(..)));
        self.open.set(Some(opened));
        request_animation_frame(move || {
            if is_edit {
                // Keys mean letters from here on.
                focus(FIRST_TEXT);
            } else if is_focus_lost() || had_focus == PAIR_TEXT {
                focus(&had_focus);
                if is_focus_lost() {
                    focus(PAIR_TEXT);
                }
            }
        });
    }

    /// Reads a pair that is on the screen from memory; where it is another one by now, that one is shown.
    fn read_again(self, id: PairId, view: View) {
        spawn_local(async move {
            let Ok(sheet) = read_pair(id, view).await else { return };
            let is_on_screen = self.opened() == Some(id) && self.place.with_untracked(|place| place.view) == view;
            let is_another = self.open.with_untracked(
                |open| !matches!(open, Some(Opened::Pair(shown)) if shown.updated_at >= sheet.updated_at && shown.row_marks == sheet.row_marks),
            );
            self.keep(sheet.clone(), view);
            if is_on_screen && is_another {
                self.decisions.saw(id, &sheet.updated_at);
                self.land(Opened::Pair(Box::new(sheet)));
            }
        });
    }

    fn keep(self, sheet: Sheet, view: View) {
        if let Some(line) = element(&format!("marks-{}", sheet.id)) {
            line.set_inner_html(&sheet.row_marks);
        }
        self.kept.update_value(|kept| {
            kept.retain(|one| one.sheet.id != sheet.id || one.view != view);
            kept.push(Kept { sheet, view, at: js_sys::Date::now() });
            let too_many = kept.len().saturating_sub(KEPT);
            kept.drain(..too_many);
        });
    }

    /// Reads what is likely to be asked for after `id`: the pairs after it, the one before it, and more of the list where it ends soon.
    fn look_ahead(self, id: PairId) {
        let rows = self.rows();
        let Some(index) = rows.iter().position(|(row, _)| *row == id) else { return };
        let ahead = rows.iter().skip(index + 1).take(AHEAD);
        let behind = index.checked_sub(1).and_then(|before| rows.get(before));
        for (row, _) in ahead.chain(behind) {
            self.read_before(*row);
        }
        if rows.len() - index <= ROWS_AHEAD {
            self.read_on();
        }
    }

    /// Reads a pair into memory, unless it is there or on its way.
    fn read_before(self, id: PairId) {
        let view = self.place.with_untracked(|place| place.view);
        let is_here = self.kept.with_value(|kept| kept.iter().any(|one| one.sheet.id == id && one.view == view))
            || self.asked.with_value(|asked| asked.contains(&id))
            || self.opened() == Some(id);
        if is_here || view == View::Edit {
            return;
        }
        self.asked.update_value(|asked| asked.push(id));
        spawn_local(async move {
            // One that cannot be read now is asked for again when it is opened.
            if let Ok(sheet) = read_pair(id, view).await {
                self.keep(sheet, view);
            }
            self.asked.update_value(|asked| asked.retain(|one| *one != id));
        });
    }

    /// The place of the page after all that are here.
    fn next_page(self) -> Option<Place> {
        self.more.with_untracked(|more| match more.last() {
            Some(last) => last.next_cursor.clone().map(|cursor| last.place.next(cursor)),
            None => self.board.with_value(|board| board.next_cursor.clone().map(|cursor| board.place.next(cursor))),
        })
    }

    /// Reads the next page of the list, unless it is on its way.
    fn read_on(self) {
        let Some(place) = self.next_page().filter(|_| !self.is_reading.get_value()) else { return };
        self.is_reading.set_value(true);
        let address = place.with_view(View::Sides).address(None);
        let query = address.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        spawn_local(async move {
            let answer = read_rows(query).await;
            self.is_reading.set_value(false);
            let last = self.rows().last().map(|(id, _)| *id);
            match answer {
                Ok(rows) => {
                    rows.rows.iter().for_each(|row| self.decisions.saw(row.id, &row.updated_at));
                    self.more.update(|more| more.push(rows));
                    match last {
                        Some(last) if self.waits_for_rows.get_value() => self.open_after(last),
                        _ => {
                            if let Some(id) = self.opened() {
                                self.look_ahead(id);
                            }
                        }
                    }
                }
                Err(failure) => {
                    if self.waits_for_rows.get_value() {
                        self.waits_for_rows.set_value(false);
                        let lang = self.board.with_value(|board| board.lang);
                        self.decisions.complain(&failure.text(lang));
                    }
                }
            }
        });
    }

    /// The pair on the screen. While the next one is on its way this is still the one before.
    fn opened(self) -> Option<PairId> {
        self.open.with_untracked(|open| match open {
            Some(Opened::Pair(sheet)) => Some(sheet.id),
            Some(Opened::Refused(_) | Opened::Done) | None => None,
        })
    }

    /// The page of the list that a pair stands on.
    fn place_of(self, pair: Option<PairId>) -> Place {
        let view = self.place.with_untracked(|place| place.view);
        let of_more = pair.and_then(|id| {
            self.more.with_untracked(|more| {
                more.iter().find(|page| page.rows.iter().any(|row| row.id == id)).map(|page| page.place.clone())
            })
        });
        of_more.unwrap_or_else(|| self.place.get_untracked()).with_view(view)
    }

    /// The address of a pair, and how it is shown now.
    pub(super) fn address(self, pair: PairId) -> String {
        self.place_of(Some(pair)).address(Some(pair))
    }

    fn put_address(self, pair: Option<PairId>) {
        let address = self.place_of(pair).address(pair);
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
        let list = place.with_view(View::Sides);
        let is_this_list = self.place.with_untracked(|now| now.with_view(View::Sides) == list)
            || self.more.with_untracked(|more| more.iter().any(|page| page.place.with_view(View::Sides) == list));
        if !is_this_list {
            // A page that cannot be loaded stays.
            let _ = window().location().reload();
            return;
        }
        if let Some(id) = self.opened()
            && !self.may_leave_texts()
        {
            // The browser has gone already: back to what is being written.
            self.put_address(Some(id));
            return;
        }
        self.place.update(|now| *now = now.with_view(place.view));
        match open_pair(|name| query.get(name)) {
            Some(id) => self.show(id),
            None => {
                self.wanted.set_value(None);
                self.open.set(None);
            }
        }
    }

    /// Takes back the last step, or the last one about the pair `of`, and goes to the pair that it was about. After a reload the server
    /// knows which one that was.
    fn undo(self, of: Option<PairId>) {
        if !self.may_leave_texts() {
            return;
        }
        forget_said();
        if let Some(id) = self.decisions.undo(of) {
            // Whoever undoes reads the pair anew: somebody may have written into it since.
            self.kept.update_value(|kept| kept.retain(|one| one.sheet.id != id));
            self.show_again(id);
        } else if of.is_none() {
            spawn_local(async move {
                match self.decisions.undo_before().await {
                    Ok(Some(id)) => {
                        self.kept.update_value(|kept| kept.retain(|one| one.sheet.id != id));
                        self.show_again(id);
                    }
                    // Of several pairs, the list has to be drawn anew: the form does that.
                    Ok(None) => {
                        let form = element(UNDO).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
                        let is_sent = form.is_some_and(|form| form.submit().is_ok());
                        if !is_sent {
                            let _ = window().location().reload();
                        }
                    }
                    Err(()) => {}
                }
            });
        } else {
            self.decisions.say(self.board.with_value(|board| Words(board.lang).nothing_to_undo()));
        }
    }

    /// Goes to a pair whose step was taken back: where one is open, or the list does not show it, it is opened.
    fn show_again(self, id: PairId) {
        let is_listed = self.rows().iter().any(|(row, _)| *row == id);
        if self.open.with_untracked(Option::is_some) || !is_listed {
            self.go_on_to(id);
        } else {
            self.current.set(Some(id));
            focus(&row_link(id));
        }
    }

    pub(super) fn undoing(self) -> Callback<PairId> {
        Callback::new(move |id| self.undo(Some(id)))
    }

    pub(super) fn opening(self) -> Callback<PairId> {
        Callback::new(move |id| self.open(id))
    }

    fn run(self, command: Command) -> bool {
        if let Command::Reason(reason) = command {
            return self.give_reason(reason);
        }
        self.decisions.asks_why.set(None);
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
                self.turn(View::Originals);
                true
            }
            Command::Edit => self.edit(),
            Command::Group => follow_link(GROUP_LINK),
            Command::Pick if self.open.with_untracked(Option::is_none) => {
                self.current.get_untracked().is_some_and(|id| follow_link(&row_pick(id)))
            }
            _ => false,
        }
    }

    /// Opens the texts of the open pair to be edited, unless they cannot be.
    fn edit(self) -> bool {
        let can_edit = self.open.with_untracked(
            |open| matches!(open, Some(Opened::Pair(sheet)) if sheet.can_edit && !matches!(sheet.body, Body::Edit(..))),
        );
        if can_edit {
            self.turn(View::Edit);
        }
        can_edit
    }

    /// Gives a reason for the pair that was rejected last, or for the open one if it is rejected.
    fn give_reason(self, reason: RejectReason) -> bool {
        if let Some(id) = self.decisions.asks_why.get_untracked() {
            self.decisions.reason_for_last(id, reason);
            return true;
        }
        let open = self.open.with_untracked(|open| match open {
            Some(Opened::Pair(sheet)) => Some((sheet.id, sheet.verdict)),
            _ => None,
        });
        let Some((id, verdict)) = open else { return false };
        self.decisions.give_reason(id, verdict, &self.name(id), reason, None)
    }

    /// All rows that are here, of every page.
    fn with_rows<T>(self, read: impl FnOnce(&mut dyn Iterator<Item = &Row>) -> T) -> T {
        self.board.with_value(|board| {
            self.more.with_untracked(|more| read(&mut board.rows.iter().chain(more.iter().flat_map(|page| &page.rows))))
        })
    }

    /// The pairs of the list with what was decided when they were loaded.
    fn rows(self) -> Vec<(PairId, Verdict)> {
        self.with_rows(|rows| rows.map(|row| (row.id, row.verdict)).collect())
    }

    /// How many pairs of the list are here, and which of them are undecided still.
    pub(super) fn undecided(self) -> (usize, Vec<PairId>) {
        let rows = self.rows();
        let all = rows.len();
        let is_undecided = |(id, verdict): &(PairId, Verdict)| self.decisions.shown(*id, *verdict).is(PairStatus::New);
        (all, rows.into_iter().filter(is_undecided).map(|(id, _)| id).collect())
    }

    /// Where a pair stands in the list, and how many there are.
    pub(super) fn position(self, id: PairId) -> Option<(usize, usize)> {
        let rows = self.rows();
        rows.iter().position(|(row, _)| *row == id).map(|index| (index, rows.len()))
    }

    /// What a pair is called when something is said of it: its subject, or how the client begins.
    pub(super) fn name(self, id: PairId) -> String {
        let lang = self.board.with_value(|board| board.lang);
        let of_open = || {
            self.open.with_untracked(|open| match open {
                Some(Opened::Pair(sheet)) if sheet.id == id => Some(sheet.subject.clone()),
                _ => None,
            })
        };
        let of_row =
            self.with_rows(|mut rows| Iterator::find(&mut rows, |row| row.id == id).map(|row| row_name(lang, row)));
        of_row.unwrap_or_else(|| subject(lang, of_open().flatten().as_deref()))
    }

    /// The pair beside `id` in the list; the first or last one when `id` is not in it.
    pub(super) fn beside(self, id: Option<PairId>, offset: isize) -> Option<PairId> {
        let rows = self.rows();
        let index = match id.and_then(|id| rows.iter().position(|(row, _)| *row == id)) {
            Some(index) => index.checked_add_signed(offset)?,
            None if offset > 0 => 0,
            None => rows.len().checked_sub(1)?,
        };
        rows.get(index).map(|(id, _)| *id)
    }

    fn step(self, offset: isize) -> bool {
        if self.open.with_untracked(|open| matches!(open, Some(Opened::Done))) {
            // Behind the last pair there is only the way back.
            let last = self.rows().last().map(|(id, _)| *id).filter(|_| offset < 0);
            return last.inspect(|id| self.open(*id)).is_some();
        }
        let is_open = self.open.with_untracked(Option::is_some);
        let from = self.wanted.get_value().or_else(|| self.opened()).or_else(|| self.current.get_untracked());
        let Some(id) = self.beside(from, offset) else {
            if let Some(last) = from.filter(|_| offset > 0 && is_open) {
                self.open_after(last);
                return true;
            }
            return false;
        };
        if is_open {
            self.open(id);
        } else {
            self.current.set(Some(id));
            focus(&row_link(id));
        }
        true
    }

    /// Opens the line that was gone to, or the first one.
    fn open_current(self) -> bool {
        let current = self.current.get_untracked();
        match current.or_else(|| self.rows().first().map(|(id, _)| *id)) {
            Some(id) if self.open.with_untracked(Option::is_none) => {
                self.open(id);
                true
            }
            _ => false,
        }
    }

    fn decide(self, to: PairStatus) -> bool {
        let open = self.open.with_untracked(|open| match open {
            Some(Opened::Pair(sheet)) => Some(Some((sheet.id, sheet.verdict))),
            Some(Opened::Refused(_) | Opened::Done) => Some(None),
            None => None,
        });
        match open {
            Some(Some((id, verdict))) => {
                // Only what is on the screen can be decided: the pair before it stays there until the next one has arrived.
                if self.wanted.get_value().is_some_and(|wanted| wanted != id)
                    || self.waits_for_rows.get_value()
                    || !self.may_leave_texts()
                {
                    return false;
                }
                if self.decisions.decide(id, verdict, &self.name(id), to) {
                    self.open_after(id);
                }
                true
            }
            // What stands behind it is not what is decided.
            Some(None) => false,
            // One that is on its way was not read by anybody.
            None if self.wanted.get_value().is_some() => false,
            None => {
                let Some(id) = self.current.get_untracked() else { return false };
                let Some((_, verdict)) = self.rows().into_iter().find(|(row, _)| *row == id) else { return false };
                if self.decisions.decide(id, verdict, &self.name(id), to) {
                    self.step(1);
                }
                true
            }
        }
    }
}

/// Whether somebody typed something into the texts of a pair that is not saved.
fn is_being_written() -> bool {
    let Ok(fields) = document().query_selector_all(".edit textarea") else { return false };
    let is_changed = |index| {
        let field = fields.item(index).and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok());
        field.is_some_and(|field| field.default_value().is_ok_and(|came| field.value() != came))
    };
    (0..fields.length()).any(is_changed)
}

/// Sends the filters when one of them was changed.
fn send_filters(event: &Event) {
    let field = event_target::<Element>(event);
    // By its attribute: the property is a field of the form where one is called `id`.
    let is_filters = |form: &Element| form.get_attribute("id").as_deref() == Some(FILTERS);
    let Some(form) = field.closest("form").ok().flatten().filter(is_filters) else { return };
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

/// What was said about the marks of a pair is about that pair, and true until something else is done.
fn forget_said() {
    if let Some(said) = element(MARKS_SAID) {
        said.set_text_content(None);
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
