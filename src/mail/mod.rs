//! Mail as bytes in, [`ParsedMessage`] out: Gmail payloads, RFC 5322 messages, mbox files and Takeout archives.
//!
//! Pure: nothing here touches the network, the database or the clock. Only [`archive`] opens a file, and only the one it
//! is given. Malformed mail never fails a whole import: what is wrong with a message is listed in its `defects`.
//!
//! `mail-parser` reads addresses and dates and knows the rare charsets. The walk over MIME parts, parameters and encoded
//! words is ours, because it must be bounded (depth, parts, header size) and must see the bytes before a wrong charset
//! label turns them into replacement characters.

pub mod archive;
pub mod direction;
pub mod gmail;
pub mod mbox;
pub mod message;
pub mod nature;
pub mod part;
pub mod rfc822;
pub mod takeout;
pub mod threading;
#[cfg(feature = "server")]
pub mod words;

mod address;
mod ahead;
mod auto_subject;
mod body;
mod charset;
mod encoded_word;
mod flowed;
mod from_line;
mod headers;
mod identity;
mod joining;
mod mime;
mod params;
mod pgp;
mod rtf;
mod sniff;
mod tar_stream;
mod tnef;
mod transfer;
mod uu;

pub use address::is_address;
pub use archive::{ArchiveError, MailSource, Member, open_mail_source, open_mail_source_until};
pub use direction::{AddressSet, Direction, SENT_LABEL, direction};
pub use from_line::headers_in_text;
pub use gmail::{GmailMessage, parse_gmail};
#[cfg(feature = "server")]
pub(crate) use headers::turns_text;
pub use identity::{Again, CopyFacts, identity, identity_without_id, is_again};
pub use mbox::{MboxError, MboxItem, MboxKind, MboxOptions, MboxReader};
pub use message::{AttachmentInfo, Defect, Mailbox, ParseError, ParsedMessage};
pub use nature::{MailKind, Nature};
pub use part::{MessageParts, PartTree, Unpacked, outer_part, part_alone};
pub use rfc822::{message_id, parse_rfc822};
pub use takeout::{Exclusion, TakeoutInfo, excluded_by_labels, system_label, takeout_info};
pub use threading::{MAX_ANSWER_DELAY, MAX_PER_SUBJECT, Placements, ThreadIndex, ThreadLinks, bare_subject};

#[cfg(test)]
mod tests;
