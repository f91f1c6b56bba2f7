//! Every keyboard shortcut, in one table: it is what the keys do and what the `?` sheet shows.

use std::cell::RefCell;

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::menu;
use crate::{
    boot::{use_texts, use_viewer},
    i18n::{Keys, Texts},
};

/// What a shortcut does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Close,
    GoOverview,
    GoIntegrations,
    GoTraining,
    GoSettings,
    Filter,
    Next,
    Previous,
    Open,
    Approve,
    Reject,
    Reset,
    Undo,
    Originals,
    Group,
}

/// Where a shortcut works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Everywhere,
    Pairs,
}

struct Shortcut {
    command: Command,
    scope: Scope,
    /// Alternatives; a space separates keys pressed one after the other.
    keys: &'static [&'static str],
    label: fn(&Keys) -> &'static str,
}

const fn shortcut(
    command: Command,
    scope: Scope,
    keys: &'static [&'static str],
    label: fn(&Keys) -> &'static str,
) -> Shortcut {
    Shortcut { command, scope, keys, label }
}

const SHORTCUTS: &[Shortcut] = &[
    shortcut(Command::Help, Scope::Everywhere, &["?"], |keys| keys.help),
    shortcut(Command::GoOverview, Scope::Everywhere, &["g o"], |keys| keys.go_overview),
    shortcut(Command::GoIntegrations, Scope::Everywhere, &["g i"], |keys| keys.go_integrations),
    shortcut(Command::GoTraining, Scope::Everywhere, &["g t"], |keys| keys.go_training),
    shortcut(Command::GoSettings, Scope::Everywhere, &["g s"], |keys| keys.go_settings),
    shortcut(Command::Close, Scope::Everywhere, &["Escape"], |keys| keys.close),
    shortcut(Command::Next, Scope::Pairs, &["j"], |keys| keys.next),
    shortcut(Command::Previous, Scope::Pairs, &["k"], |keys| keys.previous),
    shortcut(Command::Open, Scope::Pairs, &["Enter", "o"], |keys| keys.open),
    shortcut(Command::Approve, Scope::Pairs, &["a"], |keys| keys.approve),
    shortcut(Command::Reject, Scope::Pairs, &["r"], |keys| keys.reject),
    shortcut(Command::Reset, Scope::Pairs, &["u"], |keys| keys.reset),
    shortcut(Command::Undo, Scope::Pairs, &["z"], |keys| keys.undo),
    shortcut(Command::Originals, Scope::Pairs, &["v"], |keys| keys.originals),
    shortcut(Command::Group, Scope::Pairs, &["d"], |keys| keys.group),
    shortcut(Command::Filter, Scope::Pairs, &["/"], |keys| keys.filter),
];

/// How long the second key of a sequence may take, in milliseconds.
const SEQUENCE_MS: f64 = 1_500.0;
/// Where a browser remembers that single keys do nothing (WCAG 2.2, 2.1.4: they can be turned off).
const SWITCH: &str = "replybook.shortcuts";

type Handler = Callback<Command, bool>;

/// The pages' side of the shortcuts.
#[derive(Clone, Copy)]
pub(crate) struct Shortcuts {
    /// What the page that is shown does with the commands of its scope.
    page: RwSignal<Option<(Scope, Handler)>>,
    sheet_open: RwSignal<bool>,
    enabled: RwSignal<bool>,
}

impl Shortcuts {
    /// Lets a page answer the commands of `scope` for as long as it is shown. The handler says whether it did something.
    pub(crate) fn answer(self, scope: Scope, handler: impl Fn(Command) -> bool + Send + Sync + 'static) {
        self.page.set(Some((scope, Callback::new(handler))));
        let page = self.page;
        on_cleanup(move || {
            page.try_set(None);
        });
    }

    /// Shows the sheet.
    pub(crate) fn show_sheet(self) {
        self.sheet_open.set(true);
    }

    fn run(self, command: Command, scope: Scope, go: impl Fn(&str)) -> bool {
        if scope != Scope::Everywhere {
            let page = self.page.get_untracked();
            return page.is_some_and(|(open, handler)| open == scope && handler.run(command));
        }
        match command {
            Command::Help => self.sheet_open.update(|open| *open = !*open),
            Command::GoOverview => go("/admin"),
            Command::GoIntegrations => go("/admin/integrations"),
            Command::GoTraining => go("/admin/ai-email-training"),
            Command::GoSettings => go("/admin/ai-settings"),
            _ => return false,
        }
        true
    }
}

/// The shortcuts of this app.
pub(crate) fn use_shortcuts() -> Shortcuts {
    expect_context()
}

/// Listens to the keyboard. Called once, by the shell of the signed-in pages.
pub(crate) fn listen() {
    let shortcuts =
        Shortcuts { page: RwSignal::new(None), sheet_open: RwSignal::new(false), enabled: RwSignal::new(true) };
    provide_context(shortcuts);
    let is_admin = use_viewer().is_some_and(|viewer| viewer.is_admin);
    let navigate = hooks::use_navigate();
    Effect::new(move |_| {
        shortcuts.enabled.set(stored_switch());
        let navigate = navigate.clone();
        let first_key = RefCell::new(None::<(String, f64)>);
        let handle = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                if menu::close_menus(None) || shortcuts.sheet_open.get_untracked() {
                    shortcuts.sheet_open.set(false);
                }
                return;
            }
            if !shortcuts.enabled.get_untracked() || is_for_something_else(&event) {
                return;
            }
            let key = meant_key(&event.key(), &event.code());
            let now = event.time_stamp();
            let sequence = first_key
                .take()
                .filter(|(_, at)| now - at < SEQUENCE_MS)
                .map_or_else(|| key.clone(), |(first, _)| format!("{first} {key}"));
            if key == "g" && sequence == key {
                first_key.replace(Some((key, now)));
                return;
            }
            let Some(shortcut) = SHORTCUTS.iter().find(|shortcut| shortcut.keys.contains(&sequence.as_str())) else {
                return;
            };
            let go = |path: &str| {
                if is_admin {
                    navigate(path, NavigateOptions::default());
                }
            };
            if shortcuts.run(shortcut.command, shortcut.scope, go) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Whether the key belongs to a field, a control or the browser.
fn is_for_something_else(event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.default_prevented() {
        return true;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let is_field = target.closest("input, textarea, select, [contenteditable]").is_ok_and(|found| found.is_some());
    // Enter on a link or a button is theirs.
    let is_control = event.key() == "Enter" && target.closest("a, button, summary").is_ok_and(|found| found.is_some());
    is_field || is_control
}

/// The key that is meant, on keyboards without Latin letters too: there the place of the key decides.
fn meant_key(key: &str, code: &str) -> String {
    if key.is_ascii() {
        return match (key, code) {
            // The Russian layout has "." and "," where "/" and "?" are.
            (".", "Slash") => "/".to_owned(),
            (",", "Slash") => "?".to_owned(),
            (letter, _) if letter.len() == 1 => letter.to_ascii_lowercase(),
            (name, _) => name.to_owned(),
        };
    }
    code.strip_prefix("Key").map_or_else(|| key.to_owned(), str::to_ascii_lowercase)
}

fn stored_switch() -> bool {
    let stored = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(SWITCH).ok().flatten());
    stored.as_deref() != Some("off")
}

fn store_switch(enabled: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A browser that keeps nothing asks again next time.
        let _ = storage.set_item(SWITCH, if enabled { "on" } else { "off" });
    }
}

/// The sheet that `?` opens, drawn from the table.
#[component]
pub(crate) fn ShortcutSheet() -> impl IntoView {
    let shortcuts = use_shortcuts();
    move || shortcuts.sheet_open.get().then(|| view! { <Sheet shortcuts/> })
}

#[component]
fn Sheet(shortcuts: Shortcuts) -> impl IntoView {
    let texts = use_texts();
    let node = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move |_| {
        // Rendered closed, so that `showModal` cannot refuse.
        if let Some(dialog) = node.get()
            && dialog.show_modal().is_err()
        {
            dialog.set_open(true);
        }
    });
    let close = move || shortcuts.sheet_open.set(false);
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby="keys-title" on:close=move |_| close()>
            <div class="dialog-frame">
                <header class="dialog-head">
                    <h2 id="keys-title">{texts.keys.title}</h2>
                    <button type="button" class="btn quiet" aria-label=texts.common.close on:click=move |_| close()>
                        "✕"
                    </button>
                </header>
                <div class="dialog-body keys">
                    {key_group(texts, Scope::Everywhere, texts.keys.everywhere)}
                    {key_group(texts, Scope::Pairs, texts.keys.in_list)}
                </div>
                <footer class="dock">
                    <label class="check">
                        <input
                            type="checkbox"
                            prop:checked=move || shortcuts.enabled.get()
                            on:change=move |event| {
                                let enabled = event_target_checked(&event);
                                shortcuts.enabled.set(enabled);
                                store_switch(enabled);
                            }
                        />
                        {texts.keys.enabled}
                    </label>
                </footer>
            </div>
        </dialog>
    }
    .into_any()
}

fn key_group(texts: &'static Texts, scope: Scope, title: &'static str) -> impl IntoView {
    let rows = SHORTCUTS
        .iter()
        .filter(|shortcut| shortcut.scope == scope)
        .map(|shortcut| {
            let alternatives = shortcut
                .keys
                .iter()
                .map(|keys| view! { <span class="key-choice">{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</span> })
                .collect_view();
            view! {
                <div class="key-row">
                    <dt>{alternatives}</dt>
                    <dd>{(shortcut.label)(&texts.keys)}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section>
            <h3>{title}</h3>
            <dl>{rows}</dl>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let mut seen = std::collections::BTreeSet::new();
        for key in SHORTCUTS.iter().flat_map(|shortcut| shortcut.keys) {
            assert!(seen.insert(key), "{key} is used twice");
        }
    }

    #[test]
    fn russian_keys_mean_their_place() {
        assert_eq!(meant_key("о", "KeyJ"), "j");
        assert_eq!(meant_key("ф", "KeyA"), "a");
        assert_eq!(meant_key(".", "Slash"), "/");
        assert_eq!(meant_key(",", "Slash"), "?");
        assert_eq!(meant_key("J", "KeyJ"), "j");
        assert_eq!(meant_key("Enter", "Enter"), "Enter");
    }
}
