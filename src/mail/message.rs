//! The parsed message, as every source (Gmail API, mbox, `.eml`) yields it.

use std::{collections::HashSet, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{headers::turns_text, nature::Nature};

/// One parsed message. Texts are UTF-8 without NUL characters and with `\n` line ends.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParsedMessage {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To` ids without angle brackets, in order.
    pub in_reply_to: Vec<String>,
    /// `References` ids without angle brackets, oldest first.
    pub references: Vec<String>,
    /// The first author; `None` comes with [`Defect::MissingFrom`].
    pub from: Option<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub subject: Option<String>,
    /// The `Date` header: what the sender's clock said.
    pub sent_at: Option<DateTime<Utc>>,
    /// When our side took the message: Gmail's `internalDate`, else the newest `Received` header.
    pub received_at: Option<DateTime<Utc>>,
    /// The plain text body, `format=flowed` unwrapped. `None` when the message has only HTML, or no readable body.
    pub body_text: Option<String>,
    /// The HTML body as sent. `None` when the message has only plain text.
    pub body_html: Option<String>,
    pub attachments: Vec<AttachmentInfo>,
    /// Top-level headers in order, unfolded, encoded words decoded. Bounded; see [`Defect::HeadersTruncated`].
    pub headers: Vec<(String, String)>,
    /// What the message is besides a person's mail.
    pub nature: Nature,
    /// What was wrong with it, sorted, each at most once.
    pub defects: Vec<Defect>,
}

impl ParsedMessage {
    /// The best known time of the message: the sender's clock, else ours.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        self.sent_at.or(self.received_at)
    }

    /// The first header of that name (ASCII case ignored).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Addresses of To, Cc and Bcc, in that order, without repeats.
    pub fn recipients(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc).map(|mailbox| &mailbox.address);
        all.filter(|address| seen.insert(*address)).cloned().collect()
    }
}

/// A name and an address, as in `From: Ann <Ann@Example.com>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name as written; `None` when there is none or it only repeats the address.
    pub name: Option<String>,
    /// Trimmed and lower-cased, so that two spellings compare equal.
    pub address: String,
}

impl Mailbox {
    /// A mailbox from what a header says; `None` when no usable address is left.
    pub fn new(name: Option<&str>, address: &str) -> Option<Self> {
        let address = normalize_address(address)?;
        let name = name
            .map(|name| name.replace(turns_text, ""))
            .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
            .map(|name| name.trim_matches(['"', '\'']).trim().to_owned())
            .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(&address));
        Some(Self { name, address })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// The longest address that is taken from a mail, in bytes: twice what RFC 5321 (4.5.3.1) allows. Addresses stand in keys, and
/// databases limit those.
const MAX_ADDRESS_BYTES: usize = 512;

/// An address as it is stored and compared: without brackets, `mailto:` and white space, in lower case. `None` when nothing is left, and
/// when it is too long to be one.
pub fn normalize_address(address: &str) -> Option<String> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let address = match address.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &address[7..],
        _ => address,
    };
    let normalized: String = address
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !turns_text(*c))
        .flat_map(char::to_lowercase)
        .collect();
    (1..=MAX_ADDRESS_BYTES).contains(&normalized.len()).then_some(normalized)
}

/// A part that is not shown as the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentInfo {
    /// Where the part is: Gmail's part id, which is the path of indices (`1.0`: the first part of the second); behind a `/`
    /// the number of the attachment inside a winmail.dat, or of the uuencoded file in the text.
    pub part_id: String,
    /// The decoded file name; `None` when the part names none.
    pub file_name: Option<String>,
    /// `type/subtype` in lower case, without parameters.
    pub content_type: String,
    /// Size after transfer decoding, in bytes.
    pub size_bytes: u64,
    /// `Content-ID` without angle brackets, by which HTML refers to it.
    pub content_id: Option<String>,
    /// Meant to be shown in the body (a picture in HTML) rather than saved.
    pub inline: bool,
}

/// Something wrong or missing in a message that was parsed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// No `From`, or one without an address.
    MissingFrom,
    MissingDate,
    /// A `Date` that cannot be read or lies outside 1970 to 9999.
    InvalidDate,
    MissingMessageId,
    /// Neither text nor HTML: empty, encrypted, or attachments only.
    MissingBody,
    /// The charset label is unknown or absent and the text was not UTF-8; the charset was guessed.
    GuessedCharset,
    /// The bytes contradict their charset label; another charset was used.
    WrongCharset,
    /// Some bytes could not be decoded and became U+FFFD.
    UndecodableText,
    /// Damaged base64 or quoted-printable.
    BrokenEncoding,
    /// A `winmail.dat` that is damaged; what could be read of it is listed, and so is the file.
    BrokenTnef,
    /// A multipart without its closing boundary: the message was probably cut off.
    UnclosedMultipart,
    /// A multipart whose boundary is missing or never occurs.
    MissingBoundary,
    /// Nested too deep or too many parts; the rest is kept as one attachment.
    TooComplex,
    /// More or longer headers than are kept.
    HeadersTruncated,
    /// A body longer than is kept.
    BodyTruncated,
    /// Gmail holds this body part back; it must be fetched as an attachment.
    BodyNotIncluded,
}

/// Why there is no message at all. Everything less is a [`Defect`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the message is empty")]
    Empty,
    #[error("this is not a mail message: it has no header lines")]
    NoHeaders,
    #[error("the Gmail message has neither a payload nor raw content")]
    NoContent,
    #[error("the raw content of the Gmail message is not base64url")]
    InvalidRaw,
}
