//! Every keyboard shortcut, in one table: it is what the keys do and what the `?` sheet shows. The script of the shell follows
//! those that lead to another page; an island asks [`meant`] for its own.

use replybook::types::RejectReason;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::words::KeyWords;
use crate::paths;

/// What a shortcut does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Close,
    /// Opens a page.
    Go(&'static str),
    Filter,
    Next,
    Previous,
    Open,
    Approve,
    Reject,
    /// Why the pair was rejected that was rejected last.
    Reason(RejectReason),
    Reset,
    Edit,
    /// Opens the tags of the open pair. Its script does it, as it follows their own keys.
    Tags,
    /// Opens the choice of who is to review the open pair.
    Assign,
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

/// A line of the table.
pub(crate) struct Shortcut {
    pub command: Command,
    pub scope: Scope,
    /// Alternatives; a space separates keys pressed one after the other.
    pub keys: &'static [&'static str],
    pub label: fn(KeyWords) -> &'static str,
}

const fn shortcut(
    command: Command,
    scope: Scope,
    keys: &'static [&'static str],
    label: fn(KeyWords) -> &'static str,
) -> Shortcut {
    Shortcut { command, scope, keys, label }
}

pub(crate) const SHORTCUTS: &[Shortcut] = &[
    shortcut(Command::Help, Scope::Everywhere, &["?"], KeyWords::help),
    shortcut(Command::Go(paths::OVERVIEW), Scope::Everywhere, &["g o"], KeyWords::go_overview),
    shortcut(Command::Go(paths::INTEGRATIONS), Scope::Everywhere, &["g i"], KeyWords::go_integrations),
    shortcut(Command::Go(paths::TRAINING), Scope::Everywhere, &["g t"], KeyWords::go_training),
    shortcut(Command::Go(paths::KNOWLEDGE), Scope::Everywhere, &["g k"], KeyWords::go_knowledge),
    shortcut(Command::Go(paths::THREADS), Scope::Everywhere, &["g m"], KeyWords::go_threads),
    shortcut(Command::Go(paths::AI_SETTINGS), Scope::Everywhere, &["g s"], KeyWords::go_settings),
    shortcut(Command::Close, Scope::Everywhere, &["Escape"], KeyWords::close),
    shortcut(Command::Next, Scope::Pairs, &["j"], KeyWords::next),
    shortcut(Command::Previous, Scope::Pairs, &["k"], KeyWords::previous),
    shortcut(Command::Open, Scope::Pairs, &["Enter", "o"], KeyWords::open),
    shortcut(Command::Approve, Scope::Pairs, &["a"], KeyWords::approve),
    shortcut(Command::Reject, Scope::Pairs, &["r"], KeyWords::reject),
    shortcut(Command::Reason(RejectReason::Wrong), Scope::Pairs, &["1"], KeyWords::wrong),
    shortcut(Command::Reason(RejectReason::Incomplete), Scope::Pairs, &["2"], KeyWords::incomplete),
    shortcut(Command::Reason(RejectReason::Outdated), Scope::Pairs, &["3"], KeyWords::outdated),
    shortcut(Command::Reason(RejectReason::Private), Scope::Pairs, &["4"], KeyWords::private),
    shortcut(Command::Reason(RejectReason::OffTopic), Scope::Pairs, &["5"], KeyWords::off_topic),
    shortcut(Command::Reason(RejectReason::Other), Scope::Pairs, &["6"], KeyWords::other),
    shortcut(Command::Reset, Scope::Pairs, &["u"], KeyWords::reset),
    shortcut(Command::Edit, Scope::Pairs, &["e"], KeyWords::edit),
    shortcut(Command::Tags, Scope::Pairs, &["l"], KeyWords::tags),
    shortcut(Command::Assign, Scope::Pairs, &["m"], KeyWords::assign),
    shortcut(Command::Undo, Scope::Pairs, &["z"], KeyWords::undo),
    shortcut(Command::Originals, Scope::Pairs, &["v"], KeyWords::originals),
    shortcut(Command::Group, Scope::Pairs, &["d"], KeyWords::group),
    shortcut(Command::Filter, Scope::Pairs, &["/"], KeyWords::filter),
];

/// The key that stands on the button of a command.
pub(crate) fn hint(command: Command) -> &'static str {
    SHORTCUTS.iter().find(|shortcut| shortcut.command == command).map_or("", |shortcut| shortcut.keys[0])
}

/// The keys that open a page, e.g. `g o`.
pub(crate) fn keys_to(path: &str) -> Option<&'static str> {
    let leads_there = |shortcut: &&Shortcut| matches!(shortcut.command, Command::Go(page) if page == path);
    SHORTCUTS.iter().find(leads_there).map(|shortcut| shortcut.keys[0])
}

/// The command of an island that a key means. `None` while something else has the keys: a field, a control, the browser, a dialog
/// that is not the island's, or the shell, which follows sequences first.
pub(crate) fn meant(event: &KeyboardEvent, scope: Scope) -> Option<Command> {
    if is_for_something_else(event) || is_switched_off() {
        return None;
    }
    let key = meant_key(&event.key(), &event.code());
    SHORTCUTS
        .iter()
        .find(|shortcut| shortcut.scope == scope && shortcut.keys.contains(&key.as_str()))
        .map(|shortcut| shortcut.command)
        // A key that is held down goes on through the list, and decides once.
        .filter(|command| !event.repeat() || matches!(command, Command::Next | Command::Previous))
}

fn is_for_something_else(event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.default_prevented() {
        return true;
    }
    let is_letter = event.key().chars().count() == 1 && event.key().chars().all(char::is_alphabetic);
    if event.shift_key() && is_letter {
        return true;
    }
    // What is on top gets the keys.
    let other = leptos::prelude::document().query_selector("dialog[open]:not([data-takes-keys])");
    if other.is_ok_and(|open| open.is_some()) {
        return true;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let is_field = target.closest("input, textarea, select, [contenteditable]").is_ok_and(|found| found.is_some());
    // Enter on a link or a button is theirs.
    let is_control = event.key() == "Enter" && target.closest("a, button, summary").is_ok_and(|found| found.is_some());
    is_field || is_control
}

/// Where a browser remembers that single keys do nothing (WCAG 2.2, 2.1.4: they can be turned off). The shell writes it.
fn is_switched_off() -> bool {
    let storage = leptos::prelude::window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item("replybook.shortcuts").ok().flatten()).as_deref() == Some("off")
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
    ["Key", "Digit", "Numpad"]
        .iter()
        .find_map(|kind| code.strip_prefix(kind))
        .map_or_else(|| key.to_owned(), str::to_ascii_lowercase)
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
    fn no_tag_has_a_key_of_the_review() {
        let keys = SHORTCUTS.iter().flat_map(|shortcut| shortcut.keys).filter_map(|keys| keys.split(' ').next());
        for key in keys.filter(|key| key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            assert!(replybook::types::REVIEW_KEYS.contains(key), "{key} is to be in REVIEW_KEYS");
        }
    }

    #[test]
    fn buttons_name_their_keys() {
        assert_eq!((hint(Command::Approve), hint(Command::Reason(RejectReason::Private))), ("a", "4"));
        for reason in RejectReason::ALL {
            assert_eq!(hint(Command::Reason(*reason)).len(), 1, "{reason} has a key");
        }
    }

    #[test]
    fn pages_name_the_keys_that_open_them() {
        assert_eq!(keys_to(paths::OVERVIEW), Some("g o"));
        assert_eq!(keys_to("/nowhere"), None);
    }

    #[test]
    fn russian_keys_mean_their_place() {
        assert_eq!(meant_key("о", "KeyJ"), "j");
        assert_eq!(meant_key("ф", "KeyA"), "a");
        assert_eq!(meant_key(".", "Slash"), "/");
        assert_eq!(meant_key(",", "Slash"), "?");
        assert_eq!(meant_key("J", "KeyJ"), "j");
        // So do Greek and Arabic ones; on Dvorak the letter counts, wherever it is.
        assert_eq!(meant_key("α", "KeyA"), "a");
        assert_eq!(meant_key("٣", "Digit3"), "3");
        assert_eq!(meant_key("a", "KeyA"), "a");
        assert_eq!(meant_key("r", "KeyO"), "r");
        assert_eq!(meant_key("Enter", "Enter"), "Enter");
    }
}
