//! `/admin/integrations`: connecting mailboxes and watching them being read.

#[cfg(feature = "ssr")]
mod answers;
pub(crate) mod api;
mod dialogs;
mod page;
mod run;
pub(crate) mod state;
mod table;

pub(crate) use page::IntegrationsPage;
