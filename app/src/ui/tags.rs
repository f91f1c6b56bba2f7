//! The team's own tags as they are shown: a colour and, always, a name.

use leptos::prelude::*;
use replybook::types::{PairTag, TagColour};

use crate::{prefs::Lang, words::texts};

/// A tag. Its colour is a dot before the name.
pub(crate) fn chip(name: &str, colour: TagColour, title: Option<String>) -> AnyView {
    view! { <span class=format!("mark {colour}") title=title>{name.to_owned()}</span> }.into_any()
}

/// The tags of a pair.
pub(crate) fn chips(tags: &[PairTag]) -> AnyView {
    tags.iter().map(|tag| chip(&tag.name, tag.colour, None)).collect_view().into_any()
}

/// A search for what has a tag.
pub(crate) fn search_for(name: &str) -> String {
    if name.chars().any(char::is_whitespace) { format!("tag:\"{name}\"") } else { format!("tag:{name}") }
}

/// What a colour is called.
pub(crate) fn colour_word(lang: Lang, colour: TagColour) -> &'static str {
    let words = Colours(lang);
    match colour {
        TagColour::Grey => words.grey(),
        TagColour::Red => words.red(),
        TagColour::Orange => words.orange(),
        TagColour::Green => words.green(),
        TagColour::Teal => words.teal(),
        TagColour::Blue => words.blue(),
        TagColour::Violet => words.violet(),
        TagColour::Pink => words.pink(),
    }
}

texts! {
    /// Colours of tags.
    Colours:
    grey: "grey" | "серый";
    red: "red" | "красный";
    orange: "orange" | "оранжевый";
    green: "green" | "зелёный";
    teal: "teal" | "бирюзовый";
    blue: "blue" | "синий";
    violet: "violet" | "фиолетовый";
    pink: "pink" | "розовый";
}
