//! Following what happens on the server while a page is open.

use std::time::Duration;

use leptos::prelude::*;
use replybook::types::{RunId, SyncRun};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// Calls `update` with every state of a run that the server sends, until the run is over or the view is gone.
/// The browser reconnects by itself when the connection breaks.
pub(crate) fn follow_run(id: RunId, update: impl Fn(SyncRun) + Clone + 'static) {
    Effect::new(move |_| {
        let Ok(source) = EventSource::new(&format!("/api/integrations/runs/{id}/events")) else { return };
        let update = update.clone();
        let stream = source.clone();
        let on_run = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(run) = event.data().as_string().and_then(|json| serde_json::from_str::<SyncRun>(&json).ok())
            else {
                return;
            };
            if run.state.is_over() {
                stream.close();
            }
            update(run);
        });
        if source.add_event_listener_with_callback("run", on_run.as_ref().unchecked_ref()).is_err() {
            source.close();
            return;
        }
        let held = SendWrapper::new((source, on_run));
        on_cleanup(move || held.0.close());
    });
}

/// Calls `tick` every `period` while `active` says so.
pub(crate) fn every(period: Duration, active: impl Fn() -> bool + 'static, tick: impl Fn() + Copy + 'static) {
    Effect::new(move |_| {
        if active()
            && let Ok(handle) = set_interval_with_handle(tick, period)
        {
            on_cleanup(move || handle.clear());
        }
    });
}

/// Whether scripts have taken over this page: what is only needed without them can go.
pub(crate) fn use_hydrated() -> ReadSignal<bool> {
    let (hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    hydrated
}
