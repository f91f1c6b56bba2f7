//! `/admin/integrations/accounts/{id}`: one account. What it does, what it did, what it waits for; older mail, and messages that
//! were set aside.

pub mod api;
mod data;
mod history;
mod older;
mod page;
mod words;

pub use data::Mailbox;
