//! The bytes of single parts, by [`AttachmentInfo::part_id`](super::AttachmentInfo::part_id).

use super::{
    headers::Headers,
    mime::{Content, Part, Walker},
    rfc822::skip_envelope,
    tnef,
};

/// The structure of an RFC 5322 message, for taking parts out of it. Borrows the message; copies what is taken.
#[derive(Debug)]
pub struct MessageParts<'a> {
    root: Part<'a>,
}

impl<'a> MessageParts<'a> {
    /// Walks a message as [`parse_rfc822`](super::parse_rfc822) does.
    #[must_use]
    pub fn of(raw: &'a [u8]) -> Self {
        let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
        let (headers, body) = Headers::split(skip_envelope(raw));
        Self { root: Walker::new(None).walk(headers, body) }
    }

    /// The bytes of a part after transfer decoding. `None` when the message has no such part.
    #[must_use]
    pub fn bytes(&self, part_id: &str) -> Option<Vec<u8>> {
        let (outer, inner) = split_id(part_id);
        let bytes = match &find(&self.root, outer)?.content {
            Content::Raw { bytes, encoding } => encoding.decode(bytes).0.into_owned(),
            Content::Utf8(bytes) => bytes.clone(),
            Content::Parts(_) | Content::Elsewhere { .. } => return None,
        };
        match inner {
            Some(_) => inside_tnef(part_id, bytes),
            None => Some(bytes),
        }
    }
}

/// Takes the attachment that `part_id` names out of the winmail.dat around it; anything else is its own content.
#[must_use]
pub fn inside_tnef(part_id: &str, container: Vec<u8>) -> Option<Vec<u8>> {
    match split_id(part_id).1 {
        Some(index) => tnef::attachment_bytes(&container, index.parse().ok()?),
        None => Some(container),
    }
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
