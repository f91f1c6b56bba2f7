//! Reading a mailbox over IMAP (RFC 3501): TLS, sign-in, folders, searches, messages. Nothing is ever changed at the server:
//! folders are opened by `EXAMINE`, messages are fetched by `BODY.PEEK[]`.
//!
//! `async-imap` brings the framing and, with `imap-proto`, the grammar. Commands are written and their tagged answers judged
//! here: the library's `Session` takes a `NO` to a search for "found nothing", by which a whole mailbox would count as deleted.

mod connection;
mod error;
mod finding;
mod names;
mod providers;
mod session;

pub use connection::greet;
pub use error::{ImapError, ImapErrorKind};
pub use finding::{MailboxPlace, find};
pub use names::FolderUse;
pub use providers::{MailProvider, provider_of_server};
pub use session::{Flags, Folder, FolderState, MessageSize, RawMessage, RawPart, Session};

#[cfg(test)]
mod tests;
