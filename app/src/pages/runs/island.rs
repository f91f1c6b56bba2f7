//! What keeps a page with runs up to date: a run is drawn anew whenever it reports, and the page is loaded again when it would
//! look different beyond that.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use leptos::{ev, prelude::*};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CustomEvent, Event};

use super::{
    report::Report,
    view::{Look, progress},
};
use crate::json::Given;

/// How long a page stays as it is before it is loaded again: what it has just said wants to be read, and runs end together.
const BEFORE_RELOAD: Duration = Duration::from_secs(1);

/// A run that goes on. It is drawn anew with each report, and the page is loaded again when the run is over, or when something
/// else can be asked of it.
#[island]
pub fn RunProgress(run: Given<Report>, look: Look) -> impl IntoView {
    let shown = RwSignal::new(run.0);
    Effect::new(move |_| {
        note_leaving();
        follow(shown);
    });
    view! { {move || progress(&shown.read(), look)} }
}

/// Follows the reports of the server, which the script of the shell hands on.
fn follow(shown: RwSignal<Report>) {
    let (id, stage) = shown.with_untracked(|run| (run.id.clone(), run.stage));
    on_document("run", move |event: CustomEvent| {
        let report = event.detail().as_string().and_then(|json| serde_json::from_str::<Report>(&json).ok());
        let Some(run) = report.filter(|run| run.id == id) else { return };
        if run.stage != stage {
            reload_soon();
        }
        shown.set(run);
    });
}

/// Loads the page again when it is no longer true, and has what goes on followed. It stands behind all [`RunProgress`]: they are told of
/// what goes on from the beginning.
#[island]
pub fn RunWatch() -> impl IntoView {
    Effect::new(move |_| {
        note_leaving();
        on_document("standing", |_| reload_soon());
        if let Ok(event) = Event::new("follow") {
            let _nobody_prevents_it = document().dispatch_event(&event);
        }
    });
}

/// Listens for what the script of the shell tells, as long as there is an owner.
fn on_document(name: &'static str, listen: impl FnMut(CustomEvent) + 'static) {
    let listener = Closure::<dyn FnMut(CustomEvent)>::new(listen);
    let heard = document().add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    if heard.is_err() {
        return;
    }
    let held = SendWrapper::new(listener);
    on_cleanup(move || {
        let listener = held.as_ref().unchecked_ref();
        let _it_was_there = document().remove_event_listener_with_callback(name, listener);
    });
}

/// Whether the page is being left: a form that was just sent is not to be overtaken.
static IS_LEAVING: AtomicBool = AtomicBool::new(false);
/// Whether somebody notes that.
static IS_WATCHED: AtomicBool = AtomicBool::new(false);
/// Whether the page is to be loaded again.
static IS_RELOADING: AtomicBool = AtomicBool::new(false);

fn note_leaving() {
    if !IS_WATCHED.swap(true, Ordering::Relaxed) {
        drop(window_event_listener(ev::beforeunload, |_| IS_LEAVING.store(true, Ordering::Relaxed)));
        // The way back in the history may show this very page again.
        drop(window_event_listener_untyped("pageshow", |_| IS_LEAVING.store(false, Ordering::Relaxed)));
    }
}

/// Loads the page again, once: in a moment, or when nobody fills in a form any more.
fn reload_soon() {
    if !IS_RELOADING.swap(true, Ordering::Relaxed) {
        set_timeout(reload, BEFORE_RELOAD);
    }
}

fn reload() {
    let has_to_wait = IS_LEAVING.load(Ordering::Relaxed) || is_filling_in();
    if has_to_wait || window().location().reload().is_err() {
        set_timeout(reload, BEFORE_RELOAD);
    }
}

/// Whether somebody is at a field, or has a menu open.
fn is_filling_in() -> bool {
    let at_field = document().active_element().is_some_and(|at| at.matches("input, select, textarea").unwrap_or(false));
    let has_menu = document().query_selector("details.menu[open]").is_ok_and(|menu| menu.is_some());
    let has_form = document().query_selector("dialog[open] input:not([type=hidden])").is_ok_and(|form| form.is_some());
    at_field || has_menu || has_form
}
