//! `/admin/integrations`: connecting mailboxes and watching them being read.

#[cfg(feature = "ssr")]
mod answers;
pub(crate) mod api;
mod dialogs;
mod imap;
mod page;
#[cfg(feature = "ssr")]
mod rows;
mod run;
pub(crate) mod state;
mod table;

pub(crate) use page::IntegrationsPage;
#[cfg(feature = "ssr")]
pub(crate) use {run::state_word, table::status_of};
