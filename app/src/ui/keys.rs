//! Every keyboard shortcut, in one table: it is what the keys do and what the `?` sheet shows. The script of the shell follows
//! those that lead to another page; an island asks [`meant`] for its own.

use leptos::prelude::*;
use replybook::types::{OwnKeys, RejectReason, own_key, standard_key};
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
    /// Picks the pair, to decide it with others.
    Pick,
    // Those of conversations: the script of the shell presses what has their key.
    NextConversation,
    PreviousConversation,
    Archive,
    Snooze,
    AssignConversation,
    TakeConversation,
    Note,
    SearchConversations,
}

impl Command {
    /// What the `?` sheet says of it. Apart from the table: browsers need the keys only.
    pub(crate) fn label(self, words: KeyWords) -> &'static str {
        match self {
            Self::Help => words.help(),
            Self::Close => words.close(),
            Self::Go(paths::OVERVIEW) => words.go_overview(),
            Self::Go(paths::INTEGRATIONS) => words.go_integrations(),
            Self::Go(paths::TRAINING) => words.go_training(),
            Self::Go(paths::KNOWLEDGE) => words.go_knowledge(),
            Self::Go(paths::CONVERSATIONS) => words.go_conversations(),
            Self::Go(paths::THREADS) => words.go_threads(),
            Self::Go(paths::AI_SETTINGS) => words.go_settings(),
            Self::Go(page) => page,
            Self::Filter => words.filter(),
            Self::Next => words.next(),
            Self::Previous => words.previous(),
            Self::Open => words.open(),
            Self::Approve => words.approve(),
            Self::Reject => words.reject(),
            Self::Reason(_) => words.reason(),
            Self::Reset => words.reset(),
            Self::Edit => words.edit(),
            Self::Undo => words.undo(),
            Self::Originals => words.originals(),
            Self::Group => words.group(),
            Self::Pick => words.pick(),
            Self::Tags => words.tags(),
            Self::Assign => words.assign(),
            Self::NextConversation => words.next_conversation(),
            Self::PreviousConversation => words.previous_conversation(),
            Self::Archive => words.archive_conversation(),
            Self::Snooze => words.snooze_conversation(),
            Self::AssignConversation => words.assign_conversation(),
            Self::TakeConversation => words.take_conversation(),
            Self::Note => words.note_conversation(),
            Self::SearchConversations => words.filter(),
        }
    }
}

/// Where a shortcut works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Everywhere,
    Pairs,
    Conversations,
}

/// A line of the table.
pub(crate) struct Shortcut {
    pub command: Command,
    pub scope: Scope,
    /// Alternatives; a space separates keys pressed one after the other.
    pub keys: &'static [&'static str],
}

const fn shortcut(command: Command, scope: Scope, keys: &'static [&'static str]) -> Shortcut {
    Shortcut { command, scope, keys }
}

pub(crate) const SHORTCUTS: &[Shortcut] = &[
    shortcut(Command::Help, Scope::Everywhere, &["?"]),
    shortcut(Command::Go(paths::OVERVIEW), Scope::Everywhere, &["g o"]),
    shortcut(Command::Go(paths::INTEGRATIONS), Scope::Everywhere, &["g i"]),
    shortcut(Command::Go(paths::CONVERSATIONS), Scope::Everywhere, &["g c"]),
    shortcut(Command::Go(paths::TRAINING), Scope::Everywhere, &["g t"]),
    shortcut(Command::Go(paths::KNOWLEDGE), Scope::Everywhere, &["g k"]),
    shortcut(Command::Go(paths::THREADS), Scope::Everywhere, &["g m"]),
    shortcut(Command::Go(paths::AI_SETTINGS), Scope::Everywhere, &["g s"]),
    shortcut(Command::Close, Scope::Everywhere, &["Escape"]),
    shortcut(Command::Next, Scope::Pairs, &["j"]),
    shortcut(Command::Previous, Scope::Pairs, &["k"]),
    shortcut(Command::Open, Scope::Pairs, &["Enter", "o"]),
    shortcut(Command::Approve, Scope::Pairs, &["a"]),
    shortcut(Command::Reject, Scope::Pairs, &["r"]),
    shortcut(Command::Reason(RejectReason::Wrong), Scope::Pairs, &["1"]),
    shortcut(Command::Reason(RejectReason::Incomplete), Scope::Pairs, &["2"]),
    shortcut(Command::Reason(RejectReason::Outdated), Scope::Pairs, &["3"]),
    shortcut(Command::Reason(RejectReason::Private), Scope::Pairs, &["4"]),
    shortcut(Command::Reason(RejectReason::OffTopic), Scope::Pairs, &["5"]),
    shortcut(Command::Reason(RejectReason::Other), Scope::Pairs, &["6"]),
    shortcut(Command::Reset, Scope::Pairs, &["u"]),
    shortcut(Command::Pick, Scope::Pairs, &["x"]),
    shortcut(Command::Tags, Scope::Pairs, &["l"]),
    shortcut(Command::Assign, Scope::Pairs, &["m"]),
    shortcut(Command::Edit, Scope::Pairs, &["e"]),
    shortcut(Command::Undo, Scope::Pairs, &["z"]),
    shortcut(Command::Originals, Scope::Pairs, &["v"]),
    shortcut(Command::Group, Scope::Pairs, &["d"]),
    shortcut(Command::Filter, Scope::Pairs, &["/"]),
    shortcut(Command::NextConversation, Scope::Conversations, &["j"]),
    shortcut(Command::PreviousConversation, Scope::Conversations, &["k"]),
    shortcut(Command::Archive, Scope::Conversations, &["e"]),
    shortcut(Command::Snooze, Scope::Conversations, &["s"]),
    shortcut(Command::AssignConversation, Scope::Conversations, &["m"]),
    shortcut(Command::TakeConversation, Scope::Conversations, &["i"]),
    shortcut(Command::Note, Scope::Conversations, &["n"]),
    shortcut(Command::SearchConversations, Scope::Conversations, &["/"]),
];

/// The keys that the reader chose ([`OwnKeys::table`]), for what is drawn on the server.
#[derive(Clone)]
pub(crate) struct Chosen(String);

impl Chosen {
    pub(crate) fn new(keys: &OwnKeys) -> Self {
        Self(keys.table())
    }

    /// The reader's key for a standard one.
    pub(crate) fn key(&self, standard: &str) -> String {
        own_key(&self.0, standard)
    }

    /// The reader's key for a command.
    pub(crate) fn of(&self, command: Command) -> String {
        let shortcut = SHORTCUTS.iter().find(|shortcut| shortcut.command == command);
        self.key(shortcut.map_or("", |shortcut| shortcut.keys[0]))
    }

    /// For the document: scripts read it there.
    pub(crate) fn attribute(&self) -> Option<String> {
        Some(self.0.clone()).filter(|table| !table.is_empty())
    }
}

/// The same where something is drawn: of the page that the server draws, and in a browser of the document.
fn chosen() -> Chosen {
    let of_document = || document().body().and_then(|body| body.get_attribute(CHOSEN)).unwrap_or_default();
    use_context().unwrap_or_else(|| Chosen(if cfg!(feature = "ssr") { String::new() } else { of_document() }))
}

/// The attribute of the body that holds the reader's keys.
pub(crate) const CHOSEN: &str = "data-keys";

/// The key that stands on the button of a command.
pub(crate) fn hint(command: Command) -> String {
    chosen().of(command)
}

/// The keys that open a page, e.g. `g o`.
pub(crate) fn keys_to(path: &str) -> Option<&'static str> {
    let leads_there = |shortcut: &&Shortcut| matches!(shortcut.command, Command::Go(page) if page == path);
    SHORTCUTS.iter().find(leads_there).map(|shortcut| shortcut.keys[0])
}

/// The command of an island that a key means. `None` while something else has the keys: a field, a control, the browser, a dialog
/// that is not the island's, or the shell, which follows sequences first.
pub(crate) fn meant(event: &KeyboardEvent, scope: Scope) -> Option<Command> {
    // What the sheet of keys was told to do was no key that somebody pressed.
    if is_for_something_else(event) || (event.is_trusted() && is_switched_off()) {
        return None;
    }
    let key = standard_key(&chosen().0, &meant_key(&event.key(), &event.code()))?;
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
    let other = document().query_selector("dialog[open]:not([data-takes-keys])");
    if other.is_ok_and(|open| open.is_some()) {
        return true;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let is_field = target
        .closest("input:not([type=checkbox]), textarea, select, [contenteditable]")
        .is_ok_and(|found| found.is_some());
    // Enter on a link or a button is theirs.
    let is_control = event.key() == "Enter" && target.closest("a, button, summary").is_ok_and(|found| found.is_some());
    is_field || is_control
}

/// Where a browser remembers that single keys do nothing (WCAG 2.2, 2.1.4: they can be turned off). The shell writes it.
fn is_switched_off() -> bool {
    let storage = window().local_storage().ok().flatten();
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
    use replybook::types::ReviewKey;

    use super::*;

    #[test]
    fn no_key_does_two_things() {
        for scope in [Scope::Pairs, Scope::Conversations] {
            let here = SHORTCUTS.iter().filter(|one| one.scope == scope || one.scope == Scope::Everywhere);
            let mut seen = std::collections::BTreeSet::new();
            for key in here.flat_map(|shortcut| shortcut.keys) {
                assert!(seen.insert(key), "{key} is used twice in {scope:?}");
            }
        }
    }

    #[test]
    fn every_page_with_keys_has_words_for_them() {
        let words = KeyWords(crate::prefs::Lang::En);
        assert!(SHORTCUTS.iter().all(|shortcut| !shortcut.command.label(words).starts_with('/')));
    }

    #[test]
    fn no_tag_has_a_key_of_the_review() {
        let there = SHORTCUTS.iter().filter(|one| one.scope != Scope::Conversations);
        let keys = there.flat_map(|shortcut| shortcut.keys).filter_map(|keys| keys.split(' ').next());
        for key in keys.filter(|key| key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            assert!(replybook::types::REVIEW_KEYS.contains(key), "{key} is to be in REVIEW_KEYS");
        }
    }

    #[test]
    fn buttons_name_their_keys() {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Chosen::new(&OwnKeys::from("approve=w")));
            let hints = [Command::Approve, Command::Reset, Command::Reason(RejectReason::Private)].map(hint);
            assert_eq!(hints, ["w", "u", "4"]);
            for reason in RejectReason::ALL {
                assert_eq!(hint(Command::Reason(*reason)).len(), 1, "{reason} has a key");
            }
        });
    }

    #[test]
    fn keys_that_can_be_chosen_are_those_of_the_table() {
        for command in ReviewKey::ALL {
            let key = command.standard().to_string();
            assert!(
                SHORTCUTS.iter().any(|one| one.scope == Scope::Pairs && one.keys.contains(&key.as_str())),
                "{command}"
            );
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
