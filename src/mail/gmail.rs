//! Gmail's `users.messages` resource and its `format=full` and `format=raw` contents.
//!
//! Source: <https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages>.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::headers::Headers;
use super::message::{ParseError, ParsedMessage};
use super::mime::{Content, Part, child_id};
use super::params::Structured;
use super::rfc822::{assemble, parse_rfc822, sender_tld};
use super::transfer::decode_base64;

/// Parts inside parts that are followed.
const MAX_DEPTH: usize = 32;

/// A message as the API sends it. Fields that a format leaves out are empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GmailMessage {
    pub id: String,
    pub thread_id: String,
    pub label_ids: Vec<String>,
    pub snippet: Option<String>,
    /// Opaque decimal string; may exceed 64 bits.
    #[serde(deserialize_with = "string_or_number")]
    pub history_id: Option<String>,
    /// Milliseconds since 1970 as a decimal string: when Gmail accepted the message.
    #[serde(deserialize_with = "string_or_number")]
    pub internal_date: Option<String>,
    pub size_estimate: Option<u64>,
    /// The parsed structure (`format=full`; headers alone in `format=metadata`).
    pub payload: Option<GmailPart>,
    /// The whole message as base64url (`format=raw`).
    pub raw: Option<String>,
}

/// A MIME part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GmailPart {
    pub part_id: Option<String>,
    pub mime_type: Option<String>,
    /// Empty or absent unless the part is an attachment.
    pub filename: Option<String>,
    pub headers: Vec<GmailHeader>,
    pub body: Option<GmailBody>,
    pub parts: Vec<GmailPart>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GmailHeader {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GmailBody {
    /// Set when the content must be fetched by `messages.attachments.get`.
    pub attachment_id: Option<String>,
    /// Bytes after transfer decoding.
    pub size: u64,
    /// base64url, padded or not. Text is UTF-8 already, whatever the charset header says.
    pub data: Option<String>,
}

impl GmailMessage {
    /// `internalDate` as a time; `None` when absent or out of range.
    pub fn internal_time(&self) -> Option<DateTime<Utc>> {
        let millis = self.internal_date.as_deref()?.trim().parse().ok()?;
        DateTime::from_timestamp_millis(millis)
    }
}

/// Parses a message of `format=raw` (when `raw` is present) or `format=full`. `received_at` is Gmail's `internalDate`.
///
/// # Errors
/// When there is neither `raw` nor `payload`, or `raw` holds no message.
pub fn parse_gmail(message: &GmailMessage) -> Result<ParsedMessage, ParseError> {
    let mut parsed = match (&message.raw, &message.payload) {
        (Some(raw), _) => parse_raw(raw)?,
        (None, Some(payload)) => parse_payload(payload),
        (None, None) => return Err(ParseError::NoContent),
    };
    if let Some(received_at) = message.internal_time() {
        parsed.received_at = Some(received_at);
    }
    Ok(parsed)
}

fn parse_raw(raw: &str) -> Result<ParsedMessage, ParseError> {
    let (bytes, damaged) = decode_base64(raw.as_bytes());
    if damaged {
        return Err(ParseError::InvalidRaw);
    }
    parse_rfc822(&bytes)
}

fn parse_payload(payload: &GmailPart) -> ParsedMessage {
    let tld = sender_tld(&headers_of(payload));
    let root = convert(payload, tld.as_deref(), 0, String::new());
    assemble(&root, tld.as_deref(), Vec::new())
}

fn headers_of(part: &GmailPart) -> Headers<'_> {
    Headers::from_pairs(part.headers.iter().map(|header| (header.name.as_str(), header.value.as_str())))
}

/// `id` stands for a part that Gmail gave none.
fn convert<'a>(part: &'a GmailPart, tld: Option<&str>, depth: usize, id: String) -> Part<'a> {
    let headers = headers_of(part);
    let mut content_type = headers.structured("content-type", tld).unwrap_or_default();
    // Gmail has already decided what the part is; its verdict is also the structure of the payload.
    if let Some(mime_type) = part.mime_type.as_deref().filter(|mime_type| mime_type.contains('/')) {
        content_type.token = mime_type.trim().to_ascii_lowercase();
    } else if content_type.token.is_empty() {
        content_type.token = if part.parts.is_empty() { "text/plain" } else { "multipart/mixed" }.to_owned();
    }
    let mut disposition = headers.structured("content-disposition", tld);
    if let Some(filename) = part.filename.as_deref().filter(|name| !name.is_empty()) {
        disposition = Some(named(disposition, filename));
    }
    let is_multipart = content_type.token.starts_with("multipart/");
    let content = if is_multipart && depth < MAX_DEPTH {
        let children = part.parts.iter().enumerate();
        Content::Parts(children.map(|(index, child)| convert(child, tld, depth + 1, child_id(&id, index))).collect())
    } else {
        leaf(part)
    };
    Part { id: part.part_id.clone().unwrap_or(id), headers, content_type, disposition, content }
}

fn named(disposition: Option<Structured>, filename: &str) -> Structured {
    let token = disposition.map(|d| d.token).filter(|token| !token.is_empty());
    // A named part without a disposition is an attachment unless it is text, which the body rules decide.
    Structured::with_param(token.unwrap_or_default(), "filename", filename)
}

fn leaf(part: &GmailPart) -> Content<'_> {
    let body = part.body.as_ref();
    match body.and_then(|body| body.data.as_deref()) {
        Some(data) => Content::Utf8(decode_base64(data.as_bytes()).0),
        None if body.is_some_and(|body| body.attachment_id.is_some()) => {
            Content::Elsewhere { size: body.map_or(0, |body| body.size) }
        }
        // Embedded messages have no data of their own, only parts; their size is what Gmail says, else that of the parts.
        None => match body.map_or(0, |body| body.size).max(parts_size(part, 0)) {
            0 => Content::Utf8(Vec::new()),
            size => Content::Elsewhere { size },
        },
    }
}

fn parts_size(part: &GmailPart, depth: usize) -> u64 {
    if depth >= MAX_DEPTH {
        return 0;
    }
    part.parts.iter().map(|child| child.body.as_ref().map_or(0, |body| body.size) + parts_size(child, depth + 1)).sum()
}

/// The reference says strings; emulators send numbers.
fn string_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Value {
        Text(String),
        Number(u64),
    }
    Ok(Option::<Value>::deserialize(deserializer)?.map(|value| match value {
        Value::Text(text) => text,
        Value::Number(number) => number.to_string(),
    }))
}
