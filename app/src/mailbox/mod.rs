//! `/admin/integrations/accounts/{id}`: one account. What it does, what it did, what it waits for; older mail, and messages that
//! were set aside. Rendered on the server only.

mod data;
mod history;
mod notice;
mod older;
mod page;
mod runs;

pub use data::{Mailbox, load};

pub(crate) use page::MailboxView;
