//! `/admin/ai-email-training`: the review of pairs. The server renders the list and the open pair; the island [`island::Review`]
//! takes them over for whoever decides by hand or by keyboard.

pub mod api;
mod data;
mod decisions;
mod dialog;
mod island;
mod list;
pub(crate) mod place;
mod words;

#[cfg(feature = "ssr")]
mod around;
#[cfg(feature = "ssr")]
mod diff;
#[cfg(feature = "ssr")]
mod finder;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod mark_forms;
#[cfg(feature = "ssr")]
mod marks;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod said;
#[cfg(feature = "ssr")]
mod share;
#[cfg(feature = "ssr")]
mod sheet;
#[cfg(feature = "ssr")]
pub mod view_forms;

#[cfg(feature = "ssr")]
pub use page::Training;

/// Why a pair was rejected, in one or two words.
#[cfg(feature = "ssr")]
pub(crate) fn reason_word(lang: crate::prefs::Lang, reason: replybook::types::RejectReason) -> &'static str {
    words::Words(lang).reason(reason)
}
