//! What a page says to the script of the shell, so that it is kept true while it is open.

use leptos::prelude::*;
use replybook::types::AccountId;

use crate::paths;

/// Where to follow what goes on, with one account or with all, and what the page knows of it: a [`replybook::standing::mark`]. A page
/// with [`super::RunWatch`] loads itself again when that is no longer true.
pub(crate) fn live(account: Option<AccountId>, mark: &str) -> AnyView {
    view! { <div hidden data-live=paths::events(account) data-mark=mark.to_owned()></div> }.into_any()
}

/// A part of a page without islands that the script of the shell draws anew when it is no longer true.
pub(crate) fn live_part(id: &'static str, mark: &str, part: AnyView) -> AnyView {
    view! { <div id=id class="live" data-swaps=id data-live=paths::events(None) data-mark=mark.to_owned()>{part}</div> }
        .into_any()
}
