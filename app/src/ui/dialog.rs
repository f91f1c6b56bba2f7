//! A dialog that is a place of its own: it has an address, so it opens without scripts, can be shared and survives a reload.
//! With scripts it becomes modal: focus stays inside, Escape closes it, and focus goes back to where it was.

use std::sync::{Arc, Mutex, PoisonError};

use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, MouseEvent};

use crate::boot::use_texts;

/// A dialog, open for as long as it is rendered.
#[component]
pub(crate) fn Dialog(
    title: AnyView,
    /// The address without the dialog.
    #[prop(into)]
    close: Signal<String>,
    /// Room for two texts side by side.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let texts = use_texts();
    let node = NodeRef::<html::Dialog>::new();
    make_modal(node);
    let navigate = hooks::use_navigate();
    let leave = move || {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&close.get_untracked(), options);
    };
    let on_cancel = {
        let leave = leave.clone();
        move |event: ev::Event| {
            event.prevent_default();
            leave();
        }
    };
    let on_click = move |event: MouseEvent| {
        // The dialog itself is hit only beside its content: on the backdrop.
        if event.target().is_some_and(|target| target.dyn_ref::<web_sys::HtmlDialogElement>().is_some()) {
            leave();
        }
    };
    view! {
        <dialog open class="dialog" class:wide=wide node_ref=node aria-labelledby="dialog-title" on:cancel=on_cancel on:click=on_click>
            <div class="dialog-frame">
                <header class="dialog-head">
                    <h2 id="dialog-title" tabindex="-1" autofocus>
                        {title}
                    </h2>
                    <a class="btn quiet" href=move || close.get() data-noscroll aria-label=texts.common.close>
                        "✕"
                    </a>
                </header>
                {children()}
            </div>
        </dialog>
    }
    .into_any()
}

fn make_modal(node: NodeRef<html::Dialog>) {
    let opener = Arc::new(Mutex::new(None::<String>));
    let remembered = Arc::clone(&opener);
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        let focused = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
        *remembered.lock().unwrap_or_else(PoisonError::into_inner) = focused;
        // The server renders it open and not modal; `showModal` wants it closed. Removing the attribute fires no event.
        let shown = dialog.remove_attribute("open").and_then(|()| dialog.show_modal());
        if shown.is_err() {
            dialog.set_open(true);
        }
    });
    on_cleanup(move || {
        let Some(id) = opener.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        request_animation_frame(move || focus_id(&id));
    });
}

/// Follows the link with this id, as a click would. `false` if there is none.
pub(crate) fn follow_link(id: &str) -> bool {
    let link = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    link.inspect(HtmlElement::click).is_some()
}

/// Moves the focus to the element with this id, if there is one.
pub(crate) fn focus_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that is gone or cannot have the focus is nothing to complain about.
        let _ = element.focus();
    }
}
