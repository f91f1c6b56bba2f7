//! Content transfer encodings (RFC 2045 §6), read leniently: damage is reported, never fatal.

use std::borrow::Cow;

use super::uu;

/// How a part's bytes are wrapped for transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum TransferEncoding {
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    UuEncode,
}

impl TransferEncoding {
    pub fn from_header(value: Option<&str>) -> Self {
        let value = value.unwrap_or_default().trim().trim_matches(['"', ';']).to_ascii_lowercase();
        match value.as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" | "x-uu" => Self::UuEncode,
            _ => Self::Identity,
        }
    }

    /// The decoded bytes, and whether they were damaged.
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
        match self {
            Self::Identity => (Cow::Borrowed(bytes), false),
            Self::Base64 => {
                let (clear, encoded, behind) = encoded_part(bytes);
                let (decoded, damaged) = decode_base64(encoded);
                (Cow::Owned(decoded), damaged || !clear.is_empty() || !behind.is_empty())
            }
            Self::QuotedPrintable => {
                let (decoded, damaged) = decode_quoted_printable(bytes);
                (Cow::Owned(decoded), damaged)
            }
            Self::UuEncode => match uu::decode(bytes) {
                Some(file) => (Cow::Owned(file.bytes), false),
                None => (Cow::Borrowed(bytes), true),
            },
        }
    }

    /// What stands in the clear before and behind what is encoded: a gateway's warning, a list's footer.
    pub fn clear_around(self, bytes: &[u8]) -> (&[u8], &[u8]) {
        match self {
            Self::Base64 => {
                let (before, _, behind) = encoded_part(bytes);
                (before, behind)
            }
            Self::Identity | Self::QuotedPrintable | Self::UuEncode => (&[], &[]),
        }
    }

    /// The decoded size in bytes, without decoding: attachments are measured, not held.
    pub fn decoded_len(self, bytes: &[u8]) -> u64 {
        let len = match self {
            Self::Identity => bytes.len(),
            Self::Base64 => {
                let (_, bytes, _) = encoded_part(bytes);
                let digits = bytes.iter().filter(|b| base64_value(**b).is_some()).count();
                digits * 3 / 4
            }
            Self::QuotedPrintable => {
                let escapes = bytes.windows(3).filter(|w| w[0] == b'=' && hex_pair(w[1], w[2]).is_some()).count();
                let soft = bytes.windows(2).filter(|w| w == b"=\n").count() * 2
                    + bytes.windows(3).filter(|w| w == b"=\r\n").count() * 3;
                bytes.len() - escapes * 2 - soft
            }
            Self::UuEncode => uu::decode(bytes).map_or(bytes.len(), |file| file.bytes.len()),
        };
        len as u64
    }
}

fn base64_value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The part of base64 content that is base64, and what gateways and lists have put before and behind it in the clear. Damage in the
/// middle is not taken for that.
fn encoded_part(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let whole: (&[u8], &[u8], &[u8]) = (&[], bytes, &[]);
    let content = bytes.trim_ascii();
    let first = content.split(|b| *b == b'\n').next().unwrap_or_default();
    let last = content.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    if is_base64_line(first) && is_base64_line(last) {
        return whole;
    }
    let (mut start, mut end, mut offset) = (None, 0, 0);
    let mut width = 0;
    let mut over = false;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii();
        let from = offset;
        offset += line.len();
        if text.is_empty() {
            over |= start.is_some();
        } else if is_base64_line(text) && (text.len() >= 16 || start.is_some() || text.len().is_multiple_of(4)) {
            if over {
                if text.len() >= 60 {
                    // More of it: what lies between is damage.
                    return whole;
                }
                continue;
            }
            start.get_or_insert(from);
            width = width.max(text.len());
            end = offset;
            over = text.ends_with(b"=") || text.len() < width;
        } else {
            over |= start.is_some();
        }
    }
    match start {
        Some(start) => {
            let (before, rest) = bytes.split_at(start);
            let (encoded, behind) = rest.split_at(end - start);
            (before, encoded, behind)
        }
        // Nothing is encoded, whatever the header says, where there are words; else it is damage.
        None if content.contains(&b' ') => (bytes, &[], &[]),
        None => whole,
    }
}

/// A line of base64 alone, padding at its end.
fn is_base64_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let digits = &line[..line.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1)];
    !digits.is_empty() && line.len() - digits.len() <= 2 && digits.iter().all(|b| base64_value(*b).is_some())
}

/// Decodes base64 and base64url, padded or not. Foreign bytes are skipped and counted as damage; so is a lone digit at
/// the end. After padding a new group begins, as when two encoded texts were joined.
pub(super) fn decode_base64(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let mut damaged = false;
    let (mut group, mut digits) = (0_u32, 0_u8);
    let mut flush = |group: u32, digits: u8, out: &mut Vec<u8>| {
        match digits {
            2 => out.push((group >> 4) as u8),
            3 => out.extend_from_slice(&[(group >> 10) as u8, (group >> 2) as u8]),
            1 => damaged = true,
            _ => {}
        };
    };
    let mut junk = false;
    for &byte in bytes {
        if let Some(value) = base64_value(byte) {
            group = group << 6 | u32::from(value);
            digits += 1;
            if digits == 4 {
                out.extend_from_slice(&[(group >> 16) as u8, (group >> 8) as u8, group as u8]);
                (group, digits) = (0, 0);
            }
        } else if byte == b'=' {
            flush(group, digits, &mut out);
            (group, digits) = (0, 0);
        } else if !byte.is_ascii_whitespace() {
            junk = true;
        }
    }
    flush(group, digits, &mut out);
    (out, damaged || junk)
}

pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    Some(digit(high)? << 4 | digit(low)?)
}

/// Decodes quoted-printable (RFC 2045 §6.7). An `=` that escapes nothing stays and counts as damage; blanks at the end
/// of a line are transport padding and go.
pub(super) fn decode_quoted_printable(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len());
    let mut damaged = false;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let (content, end) = split_line_end(line);
        let content = content.trim_ascii_end();
        let (content, soft) = match content.strip_suffix(b"=") {
            Some(content) => (content, true),
            None => (content, false),
        };
        let mut rest = content;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            if byte != b'=' {
                out.push(byte);
                continue;
            }
            match tail {
                [high, low, tail @ ..] if hex_pair(*high, *low).is_some() => {
                    out.extend(hex_pair(*high, *low));
                    rest = tail;
                }
                _ => {
                    damaged = true;
                    out.push(b'=');
                }
            }
        }
        if !soft {
            out.extend_from_slice(end);
        }
    }
    (out, damaged)
}

fn split_line_end(line: &[u8]) -> (&[u8], &[u8]) {
    let end = if line.ends_with(b"\r\n") { 2 } else { usize::from(line.ends_with(b"\n")) };
    line.split_at(line.len() - end)
}
