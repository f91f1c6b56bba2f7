//! A model of Gmail for tests and benchmarks.
//!
//! `@emulators/google` (see `end2end/doubles`) is written by others and shows most of what a sync promises. This one is for
//! what it cannot: mailboxes of 100,000 messages, histories put together at random and compared with what was stored,
//! quota metered as Google meters it, and faults by seed. It ignores `fields` masks and knows of searches only what a sync
//! asks; anything else is answered with 400, so that nothing passes that it does not understand.

mod fault;
mod mail;
mod mailbox;
mod meter;
mod port;
mod seeded;
mod server;

pub use fault::{Fault, Faults};
pub use mailbox::{KEPT_OUT, Mailbox, Message};
pub use meter::{Allowance, Usage};
pub use port::KeptPort;
pub use server::{CLIENT_ID, CLIENT_SECRET, Call, GmailDouble, Tokens};
