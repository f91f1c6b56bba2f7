//! What keeps a page with runs up to date: a run is drawn anew whenever it reports, and the page is loaded again when it would
//! look different beyond that.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use leptos::{ev, prelude::*, task::spawn_local};
use replybook::types::{AccountId, SyncRun};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use super::{
    api::look_at_runs,
    view::{Look, Offers, progress},
};
use crate::{paths, prefs::Lang, words::Voice};

/// How often the time that a run still waits is said anew.
const TICK: Duration = Duration::from_secs(1);
/// How long a page stays as it is before it is loaded again: what it has just said wants to be read, and runs end together.
const BEFORE_RELOAD: Duration = Duration::from_secs(1);

/// A run that goes on. It is drawn anew with each report, and the page is loaded again when the run is over, or when something
/// else can be asked of it.
#[island]
pub fn RunProgress(run: SyncRun, lang: Lang, now: DateTime<Utc>, look: Look) -> impl IntoView {
    let shown = RwSignal::new(run);
    let moment = RwSignal::new(now);
    Effect::new(move |_| {
        note_leaving();
        let begun = js_sys::Date::now();
        let tell_time = move || {
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
            let passed = (js_sys::Date::now() - begun) as i64;
            moment.set(now + TimeDelta::milliseconds(passed));
        };
        follow(shown, tell_time);
        set_interval(
            move || {
                if shown.read_untracked().waiting_until.is_some() {
                    tell_time();
                }
            },
            TICK,
        );
    });
    view! { {move || progress(Voice { lang, now: moment.get() }, &shown.read(), look)} }
}

/// Follows the reports of the server. The browser connects anew by itself when the connection breaks.
fn follow(shown: RwSignal<SyncRun>, tell_time: impl Fn() + 'static) {
    let (id, offers) = shown.with_untracked(|run| (run.id, Offers::of(run)));
    let Ok(source) = EventSource::new(&paths::run_events(id)) else { return };
    let stream = source.clone();
    let on_run = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let report = event.data().as_string().and_then(|json| serde_json::from_str::<SyncRun>(&json).ok());
        let Some(run) = report else { return };
        let is_over = run.state.is_over();
        if is_over {
            stream.close();
        }
        if is_over || Offers::of(&run) != offers {
            reload_soon();
        }
        tell_time();
        shown.set(run);
    });
    if source.add_event_listener_with_callback("run", on_run.as_ref().unchecked_ref()).is_err() {
        source.close();
        return;
    }
    let held = SendWrapper::new((source, on_run));
    on_cleanup(move || held.0.close());
}

/// Looks every so often whether the runs are still those that the page shows (`seen`), and loads it again when they are not.
#[island]
pub fn RunWatch(account: Option<AccountId>, seen: String, seconds: u32) -> impl IntoView {
    let is_looking = RwSignal::new(false);
    let seen = StoredValue::new(seen);
    Effect::new(move |_| {
        note_leaving();
        let look = move || {
            if document().hidden() || is_looking.get_untracked() {
                return;
            }
            is_looking.set(true);
            spawn_local(async move {
                let looked = look_at_runs(account).await;
                is_looking.set(false);
                match looked {
                    Ok(now) if seen.with_value(|seen| *seen != now) => reload_soon(),
                    // The page that follows leads to the login.
                    Err(failure) if failure.is_signed_out() => reload_soon(),
                    Ok(_) | Err(_) => {}
                }
            });
        };
        set_interval(look, Duration::from_secs(u64::from(seconds)));
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
