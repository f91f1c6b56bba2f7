//! The "⋯" menu of a row: a `<details>`, so that it opens without scripts; with them it also closes like a menu.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, Node};

/// More actions behind a button.
#[component]
pub(crate) fn Menu(
    /// What the button is called for screen readers.
    label: String,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="menu" name="row-menu">
            <summary class="btn quiet" aria-label=label>"⋯"</summary>
            <div class="menu-items">{children()}</div>
        </details>
    }
    .into_any()
}

/// Closes open menus when something is chosen or the click is elsewhere. Called once for the whole app.
pub(crate) fn close_menus_on_click() {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::click, |event| {
            // Its own button opens and closes a menu.
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let button = target.and_then(|target| target.closest("summary").ok().flatten());
            close_menus(button.as_deref());
        });
        on_cleanup(move || handle.remove());
    });
}

/// Closes every open menu that does not hold `except`; says whether one was open.
pub(crate) fn close_menus(except: Option<&Node>) -> bool {
    let Ok(open) = document().query_selector_all("details.menu[open]") else { return false };
    let mut closed = false;
    for index in 0..open.length() {
        let menu = open.item(index).and_then(|node| node.dyn_into::<HtmlDetailsElement>().ok());
        if let Some(menu) = menu.filter(|menu| !menu.contains(except)) {
            menu.set_open(false);
            closed = true;
        }
    }
    closed
}
