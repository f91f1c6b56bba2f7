//! The texts of a message's parts, decoded and put together.

use std::borrow::Cow;

use mail_parser::decoders::html::{html_to_text, text_to_html};

use super::body::{Bodies, MAX_ATTACHMENTS, is_html};
use super::charset::{self, tidy};
use super::flowed;
use super::message::{AttachmentInfo, Defect};
use super::mime::{Content, Part};
use super::params::Structured;
use super::transfer::TransferEncoding;
use super::uu;
use crate::cleaning;

/// Bytes of one body that are decoded and kept. The longest honest mail texts are far below.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Puts the texts of parts together, and lists the files that stood in them.
pub(super) struct Joining<'t, 'b> {
    pub tld: Option<&'t str>,
    pub bodies: &'b mut Bodies,
}

impl Joining<'_, '_> {
    /// Whether the HTML among the texts is the message, and what stands beside it a footer, a gateway's warning or nothing: its structure
    /// then tells more than its text. The first part with words is the message, unless it is plain and the HTML holds a conversation.
    pub fn is_for_html(&mut self, parts: &[&Part<'_>]) -> bool {
        const CONVERSATION: [&str; 8] = [
            "<blockquote",
            "gmail_quote",
            "gmail_signature",
            "divrplyfwdmsg",
            "appendonsend",
            "moz-cite-prefix",
            "moz-signature",
            "yahoo_quoted",
        ];
        if !parts.iter().any(|part| is_html(part)) || parts.iter().all(|part| is_html(part)) {
            return false;
        }
        // What is wrong with them is noted where they are joined.
        let mut unnoted = Vec::new();
        let mut plain_first = false;
        for part in parts {
            let Some(text) = part_text(part, self.tld, &mut unnoted) else { continue };
            if is_html(part) {
                let lower = text.to_ascii_lowercase();
                let talks = CONVERSATION.iter().any(|mark| lower.contains(mark));
                if talks || (!plain_first && !html_to_text(&text).trim().is_empty()) {
                    return true;
                }
            } else {
                plain_first |= !text.trim().is_empty();
            }
        }
        false
    }

    /// The text of several parts as one, in the form asked for.
    pub fn join(&mut self, parts: &[&Part<'_>], as_html: bool) -> Option<String> {
        let mut joined = String::new();
        for part in parts {
            let Some(mut text) = part_text(part, self.tld, &mut self.bodies.defects) else { continue };
            if !is_html(part)
                && let Some((rest, files)) = uu::take_out(&text)
            {
                text = rest;
                self.list(part, files);
            }
            let text = match (is_html(part), as_html) {
                // What nobody sees is no part of the message.
                (true, false) if cleaning::hides_text(&text) => cleaning::html_to_text(&text),
                (true, false) => html_to_text(&text),
                (false, true) => text_to_html(&text),
                _ => text,
            };
            if text.trim().is_empty() {
                continue;
            }
            if !joined.is_empty() {
                if as_html {
                    joined.push_str("<div><br></div>");
                } else if !joined.ends_with('\n') {
                    joined.push('\n');
                }
            }
            joined.push_str(&text);
        }
        (!joined.is_empty()).then_some(joined)
    }

    /// Lists the files of a part, once.
    fn list(&mut self, part: &Part<'_>, files: Vec<uu::UuFile>) {
        let attachments = &mut self.bodies.attachments;
        for (index, file) in files.into_iter().enumerate() {
            let part_id = format!("{}/{}", part.id, uu::part_id(index));
            if attachments.len() < MAX_ATTACHMENTS && attachments.iter().all(|known| known.part_id != part_id) {
                attachments.push(AttachmentInfo {
                    part_id,
                    content_type: uu::content_type(&file.name).to_owned(),
                    size_bytes: file.bytes.len() as u64,
                    file_name: Some(file.name),
                    content_id: None,
                    inline: false,
                });
            }
        }
    }
}

/// The decoded text of one part, as its charset and format parameters say.
fn part_text(part: &Part<'_>, tld: Option<&str>, defects: &mut Vec<Defect>) -> Option<String> {
    let text = match &part.content {
        Content::Raw { bytes, encoding } => {
            // Quoted-printable takes three bytes for one, base64 less; nothing beyond is needed, or decoded.
            let raw = bounded(bytes, MAX_BODY * 3, defects);
            raw_text(part, raw, *encoding, raw.len() < bytes.len(), tld, defects)
        }
        Content::Utf8(bytes) => {
            let text = String::from_utf8_lossy(bounded(bytes, MAX_BODY, defects));
            if let Cow::Owned(_) = text {
                defects.push(Defect::UndecodableText);
            }
            tidy(&text)
        }
        Content::Elsewhere { .. } => {
            defects.push(Defect::BodyNotIncluded);
            return None;
        }
        Content::Parts(_) => return None,
    };
    Some(if is_flowed(&part.content_type) { flowed::unwrap(&text, is_del_sp(&part.content_type)) } else { text })
}

/// The text of transported bytes. What a gateway put around base64 in the clear is in its own charset, whatever the header says.
fn raw_text(
    part: &Part<'_>,
    raw: &[u8],
    encoding: TransferEncoding,
    is_cut: bool,
    tld: Option<&str>,
    defects: &mut Vec<Defect>,
) -> String {
    let (decoded, damaged) = encoding.decode(raw);
    // A cut encoding looks damaged at its end.
    if damaged && !is_cut {
        defects.push(Defect::BrokenEncoding);
    }
    let label = part.content_type.param("charset");
    let decoded = bounded(&decoded, MAX_BODY, defects);
    let decoded = match is_html(part) {
        true => charset::decode_html(decoded, label, html_charset(decoded), tld),
        false => charset::decode(decoded, label, tld),
    };
    defects.extend(decoded.defect);
    let mut text = tidy(&decoded.text);
    let (before, behind) = encoding.clear_around(raw);
    let clear = |bytes: &[u8]| tidy(&charset::decode(bounded(bytes, MAX_BODY, &mut Vec::new()), None, tld).text);
    if !before.trim_ascii().is_empty() {
        text = format!("{}\n{text}", clear(before).trim_end());
    }
    if !behind.trim_ascii().is_empty() {
        text = format!("{}\n\n{}", text.trim_end(), clear(behind).trim_start_matches('\n'));
    }
    text
}

fn bounded<'b>(bytes: &'b [u8], limit: usize, defects: &mut Vec<Defect>) -> &'b [u8] {
    if bytes.len() > limit {
        defects.push(Defect::BodyTruncated);
    }
    &bytes[..bytes.len().min(limit)]
}

/// The charset that HTML declares in itself.
fn html_charset(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(2048)];
    let at = memchr::memmem::find(&head.to_ascii_lowercase(), b"charset=")? + b"charset=".len();
    let value = head[at..].trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let len = value.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':')).count();
    std::str::from_utf8(&value[..len]).ok().filter(|label| !label.is_empty())
}

fn is_flowed(content_type: &Structured) -> bool {
    content_type.token == "text/plain"
        && content_type.param("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"))
}

fn is_del_sp(content_type: &Structured) -> bool {
    content_type.param("delsp").is_some_and(|value| value.eq_ignore_ascii_case("yes"))
}
