//! `/account`: one's own mailboxes, API tokens and password. For everyone who is signed in.

pub(crate) mod api;
#[cfg(feature = "ssr")]
mod new_token;
mod page;
pub(crate) mod state;

pub(crate) use page::AccountPage;
