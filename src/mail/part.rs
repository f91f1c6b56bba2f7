//! The bytes of single parts, by [`AttachmentInfo::part_id`](super::AttachmentInfo::part_id).

use std::cell::{OnceCell, RefCell};

use serde::Serialize;

use super::{
    headers::Headers,
    mime::{Content, Part, Walker},
    rfc822::skip_envelope,
    tnef, uu,
};

/// The structure of an RFC 5322 message, for taking parts out of it. Borrows the message; copies what is taken.
#[derive(Debug)]
pub struct MessageParts<'a> {
    root: Part<'a>,
    /// The winmail.dat that was asked for last. It is read once, however much is taken out of it.
    unpacked: RefCell<Option<(String, Unpacked)>>,
}

impl<'a> MessageParts<'a> {
    /// Walks a message as [`parse_rfc822`](super::parse_rfc822) does.
    #[must_use]
    pub fn of(raw: &'a [u8]) -> Self {
        let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
        let (headers, body) = Headers::split(skip_envelope(raw));
        Self { root: Walker::new(None).walk(headers, body), unpacked: RefCell::default() }
    }

    /// The parts as they are declared, whatever becomes of them.
    #[must_use]
    pub fn tree(&self) -> PartTree {
        PartTree::of(&self.root)
    }

    /// The bytes of a part after transfer decoding. `None` when the message has no such part.
    #[must_use]
    pub fn bytes(&self, part_id: &str) -> Option<Vec<u8>> {
        let (outer, inner) = split_id(part_id);
        if inner.is_none() {
            return self.content(outer);
        }
        let mut unpacked = self.unpacked.borrow_mut();
        if unpacked.as_ref().is_none_or(|(id, _)| id != outer) {
            *unpacked = Some((outer.to_owned(), Unpacked::new(self.content(outer)?)));
        }
        unpacked.as_ref()?.1.bytes(part_id)
    }

    fn content(&self, part_id: &str) -> Option<Vec<u8>> {
        match &find(&self.root, part_id)?.content {
            Content::Raw { bytes, encoding } => Some(encoding.decode(bytes).0.into_owned()),
            Content::Utf8(bytes) => Some(bytes.clone()),
            Content::Parts(_) | Content::Elsewhere { .. } => None,
        }
    }
}

/// A part as its headers declare it, with the parts inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartTree {
    /// As in [`AttachmentInfo::part_id`](super::AttachmentInfo::part_id); empty for the message itself.
    pub part_id: String,
    pub content_type: String,
    /// The declared charset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    pub size_bytes: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartTree>,
}

impl PartTree {
    fn of(part: &Part<'_>) -> Self {
        let parts = match &part.content {
            Content::Parts(parts) => parts.iter().map(Self::of).collect(),
            Content::Raw { .. } | Content::Utf8(_) | Content::Elsewhere { .. } => Vec::new(),
        };
        Self {
            part_id: part.id.clone(),
            content_type: part.content_type.token.clone(),
            charset: part.content_type.param("charset").map(str::to_ascii_lowercase),
            transfer_encoding: part
                .headers
                .get("content-transfer-encoding")
                .map(|encoding| encoding.trim().to_lowercase()),
            disposition: part.disposition.as_ref().map(|disposition| disposition.token.clone()),
            file_name: part.file_name().map(str::to_owned),
            size_bytes: part.size(),
            parts,
        }
    }
}

/// A part of a message that is not nested, or what was inside a winmail.dat or in its text.
#[derive(Debug)]
pub struct Unpacked {
    container: Vec<u8>,
    attachments: OnceCell<Vec<Vec<u8>>>,
}

impl Unpacked {
    /// The bytes of an [`outer_part`], after transfer decoding.
    #[must_use]
    pub fn new(container: Vec<u8>) -> Self {
        Self { container, attachments: OnceCell::new() }
    }

    /// What `part_id` names: the part itself, or an attachment inside it. The part is taken apart once.
    #[must_use]
    pub fn bytes(&self, part_id: &str) -> Option<Vec<u8>> {
        let Some(index) = split_id(part_id).1 else { return Some(self.container.clone()) };
        if let Some(index) = uu::index_of(index) {
            // Names and codes are ASCII, whatever the text around them is.
            let (_, files) = uu::take_out(&String::from_utf8_lossy(&self.container))?;
            return files.into_iter().nth(index).map(|file| file.bytes);
        }
        let attachments = self.attachments.get_or_init(|| tnef::attachment_bytes(&self.container));
        attachments.get(index.parse::<usize>().ok()?).cloned()
    }
}

/// The bytes of a part that came alone, after transfer decoding: its own headers, and its body as transported. `None` where it has
/// another type or size than the part that is wanted.
#[must_use]
pub fn part_alone(headers: &[u8], body: &[u8], content_type: &str, bytes: u64) -> Option<Vec<u8>> {
    let (headers, _) = Headers::split(headers);
    let part = Walker::new(None).walk(headers, body);
    let Content::Raw { bytes: raw, encoding } = &part.content else { return None };
    let is_it = part.content_type.token == content_type && part.size() == bytes;
    is_it.then(|| encoding.decode(raw).0.into_owned())
}

/// The part of the message that holds what `part_id` names: itself, or the winmail.dat around it.
#[must_use]
pub fn outer_part(part_id: &str) -> &str {
    split_id(part_id).0
}

/// The part of the message, and the number of the attachment inside it.
fn split_id(part_id: &str) -> (&str, Option<&str>) {
    part_id.split_once('/').map_or((part_id, None), |(outer, inner)| (outer, Some(inner)))
}

fn find<'p, 'a>(part: &'p Part<'a>, id: &str) -> Option<&'p Part<'a>> {
    if part.id == id {
        return Some(part);
    }
    let Content::Parts(children) = &part.content else { return None };
    children.iter().find_map(|child| find(child, id))
}
