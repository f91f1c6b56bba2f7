//! The MIME structure (RFC 2045, 2046) of a message, bounded in depth and number of parts.

use super::headers::{Headers, is_field_line};
use super::message::Defect;
use super::params::Structured;
use super::transfer::TransferEncoding;

/// Multiparts inside multiparts that are followed. Real mail stays under 10.
const MAX_DEPTH: usize = 32;
/// Parts of one message that are listed.
const MAX_PARTS: usize = 1_000;

/// A node of the structure.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Where it is: `` for the whole, `0` for the first part, `1.0` for the first of the second, as Gmail counts.
    pub id: String,
    pub headers: Headers<'a>,
    pub content_type: Structured,
    pub disposition: Option<Structured>,
    pub content: Content<'a>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Parts(Vec<Part<'a>>),
    /// Bytes as transported.
    Raw {
        bytes: &'a [u8],
        encoding: TransferEncoding,
    },
    /// Bytes already decoded to UTF-8 by Gmail.
    Utf8(Vec<u8>),
    /// Content that was not delivered with the message.
    Elsewhere {
        size: u64,
    },
}

impl Part<'_> {
    /// The declared or given name of the part as a file.
    pub fn file_name(&self) -> Option<&str> {
        let disposition = self.disposition.as_ref().and_then(|d| d.param("filename"));
        disposition.or_else(|| self.content_type.param("name")).filter(|name| !name.is_empty())
    }

    /// Size in bytes after transfer decoding.
    pub fn size(&self) -> u64 {
        match &self.content {
            Content::Parts(parts) => parts.iter().map(Part::size).sum(),
            Content::Raw { bytes, encoding } => encoding.decoded_len(bytes),
            Content::Utf8(bytes) => bytes.len() as u64,
            Content::Elsewhere { size } => *size,
        }
    }
}

/// Walks a message. Embedded messages (`message/rfc822`) are leaves: they are attachments, however deep they nest.
pub(super) struct Walker<'t> {
    pub tld: Option<&'t str>,
    pub defects: Vec<Defect>,
    parts: usize,
}

impl<'t> Walker<'t> {
    pub fn new(tld: Option<&'t str>) -> Self {
        Self { tld, defects: Vec::new(), parts: 0 }
    }

    /// The structure below already split headers.
    pub fn walk<'a>(&mut self, headers: Headers<'a>, body: &'a [u8]) -> Part<'a> {
        self.entity(headers, body, (0, String::new()), "text/plain")
    }

    fn entity<'a>(
        &mut self,
        headers: Headers<'a>,
        body: &'a [u8],
        (depth, id): (usize, String),
        default_type: &str,
    ) -> Part<'a> {
        self.parts += 1;
        let declared = headers.structured("content-type", self.tld);
        let content_type = effective_type(declared, default_type);
        let disposition = headers.structured("content-disposition", self.tld);
        let encoding = TransferEncoding::from_header(headers.get("content-transfer-encoding"));
        let mut part = Part { id, headers, content_type, disposition, content: Content::Raw { bytes: body, encoding } };
        if !part.content_type.token.starts_with("multipart/") {
            return part;
        }
        if depth >= MAX_DEPTH {
            self.defects.push(Defect::TooComplex);
            return part;
        }
        let child_default = if part.content_type.token == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let mut split = part.content_type.param("boundary").map(|boundary| split_multipart(body, boundary.as_bytes()));
        if split.as_ref().is_none_or(|split| split.sections.is_empty()) {
            self.defects.push(Defect::MissingBoundary);
            split = guess_boundary(body).map(|boundary| split_multipart(body, boundary));
        }
        let Some(split) = split.filter(|split| !split.sections.is_empty()) else {
            // What cannot be taken apart is shown as the text it is.
            part.content_type = Structured::of_token("text/plain");
            return part;
        };
        if !split.closed {
            self.defects.push(Defect::UnclosedMultipart);
        }
        let mut children = Vec::new();
        for (index, section) in split.sections.into_iter().enumerate() {
            if self.parts >= MAX_PARTS {
                self.defects.push(Defect::TooComplex);
                break;
            }
            let (headers, body) = Headers::split(section);
            let id = child_id(&part.id, index);
            children.push(self.entity(headers, body, (depth + 1, id), child_default));
        }
        part.content = Content::Parts(children);
        part
    }
}

/// The id of a part's part.
pub(super) fn child_id(parent: &str, index: usize) -> String {
    if parent.is_empty() { index.to_string() } else { format!("{parent}.{index}") }
}

/// Corrects types that mailers write and RFC 2045 does not know.
fn effective_type(declared: Option<Structured>, default_type: &str) -> Structured {
    let mut declared = declared.unwrap_or_default();
    let corrected = match declared.token.as_str() {
        "" => default_type,
        "text" | "plain" | "text/" | "text/plain/" => "text/plain",
        "html" | "text/htm" | "text/x-html" => "text/html",
        token if !token.contains('/') => "application/octet-stream",
        token if is_media_type(token) => return declared,
        // RFC 2045 §5.2: what cannot be understood is the default.
        _ => default_type,
    };
    declared.token = corrected.to_owned();
    declared
}

/// `type/subtype`, each a token of at most 127 characters (RFC 6838 §4.2, RFC 2045 §5.1).
fn is_media_type(token: &str) -> bool {
    let valid = |part: &str| {
        (1..=127).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
    };
    token.split_once('/').is_some_and(|(kind, subtype)| valid(kind) && valid(subtype))
}

struct Split<'a> {
    sections: Vec<&'a [u8]>,
    /// The closing boundary was there.
    closed: bool,
}

/// Cuts a multipart body at its boundary lines (RFC 2046 §5.1.1). One pass; lines that do not start with `--` are skipped
/// at the speed of memchr.
fn split_multipart<'a>(body: &'a [u8], boundary: &[u8]) -> Split<'a> {
    let mut sections = Vec::new();
    let boundary = boundary.trim_ascii_end();
    if boundary.is_empty() {
        return Split { sections, closed: false };
    }
    let mut start: Option<usize> = None;
    let mut line_start = 0;
    while line_start < body.len() {
        let line_end = memchr::memchr(b'\n', &body[line_start..]).map_or(body.len(), |at| line_start + at + 1);
        let line = &body[line_start..line_end];
        let after = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
        if let Some(after) = after {
            let after = after.trim_ascii_end();
            let closing = after.starts_with(b"--");
            // `--abc` is no boundary line of `ab`.
            if after.is_empty() || closing {
                if let Some(start) = start {
                    sections.push(without_line_end(&body[start..line_start]));
                }
                if closing {
                    return Split { sections, closed: true };
                }
                start = Some(line_end);
            }
        }
        line_start = line_end;
    }
    if let Some(start) = start {
        sections.push(&body[start..]);
    }
    Split { sections, closed: false }
}

/// The line end before a boundary belongs to the boundary.
fn without_line_end(section: &[u8]) -> &[u8] {
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    section.strip_suffix(b"\r").unwrap_or(section)
}

/// The first line that looks like a boundary: `--something` with a header line after it.
fn guess_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split(|b| *b == b'\n').take(2_000).peekable();
    while let Some(line) = lines.next() {
        let candidate = line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end);
        if let Some(boundary) = candidate
            && (2..=200).contains(&boundary.len())
            && lines.peek().is_some_and(|next| is_field_line(next))
        {
            return Some(boundary);
        }
    }
    None
}
