//! The header block of a message or a part: split, unfolded, decoded; bounded in size.

use std::borrow::Cow;

use super::charset;
use super::encoded_word::decode_text;
use super::params::Structured;

/// Bytes of one value that are looked at. Real header blocks stay under 100 KiB as a whole.
const MAX_VALUE: usize = 256 * 1024;
/// Header fields looked at, and how many more of those without which a message cannot be understood.
const MAX_FIELDS: usize = 1_000;
const MAX_ESSENTIAL: usize = 50;
/// Decoded header text kept for display and storage, beside small fields, which are always kept.
const MAX_KEPT: usize = 256 * 1024;
const SMALL_VALUE: usize = 256;
/// One decoded value as kept for display and storage.
const MAX_KEPT_VALUE: usize = 32 * 1024;

/// Header fields in order, unfolded, as UTF-8; encoded words not yet decoded.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers<'a> {
    fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub truncated: bool,
}

impl<'a> Headers<'a> {
    /// Splits `bytes` into a header block and the body after the blank line.
    pub fn split(bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let mut headers = Self::default();
        let mut undecoded = Vec::new();
        let body = headers.read_block(bytes, &mut undecoded);
        headers.decode_bare(&undecoded);
        (headers, body)
    }

    /// Reads fields up to the blank line; returns the body. Values that are not UTF-8 are left for later.
    fn read_block(&mut self, bytes: &'a [u8], undecoded: &mut Vec<(usize, &'a [u8])>) -> &'a [u8] {
        let mut position = 0;
        while position < bytes.len() {
            let (line_len, content) = next_line(&bytes[position..]);
            if content.is_empty() {
                return &bytes[position + line_len..];
            }
            if is_blank(content[0]) {
                // A folded line without a field before it.
                position += line_len;
                continue;
            }
            let start = position;
            position += line_len;
            while position < bytes.len() && is_blank(bytes[position]) {
                position += next_line(&bytes[position..]).0;
            }
            let field = &bytes[start..position];
            if !self.push_raw(field, undecoded)
                && !self.is_empty()
                && !field.starts_with(b">From ")
                && !more_fields_follow(&bytes[position..])
            {
                // The blank line is missing: keeping a stray header line in the text is better than losing the text.
                return &bytes[start..];
            }
        }
        &bytes[bytes.len()..]
    }

    /// Decodes values that hold bare bytes beyond ASCII in an old charset. They are judged together, with the charset of
    /// the body and the sender's country as hints: a name alone is too short to guess by.
    fn decode_bare(&mut self, undecoded: &[(usize, &'a [u8])]) {
        if undecoded.is_empty() {
            return;
        }
        let values: Vec<Vec<u8>> = undecoded
            .iter()
            .map(|(_, value)| value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect())
            .collect();
        let together = values.join(&b'\n');
        let content_type = self.structured("content-type", None);
        let label = content_type.as_ref().and_then(|content_type| content_type.param("charset"));
        let tld = self.get("from").and_then(|from| from.trim_end_matches(['>', ' ', '"']).rsplit_once('.'));
        let tld = tld.map(|(_, label)| label.to_ascii_lowercase());
        let decoded = charset::decode(&together, label, tld.as_deref());
        for ((field, _), text) in undecoded.iter().zip(decoded.text.split('\n')) {
            self.fields[*field].1 = Cow::Owned(text.to_owned());
        }
    }

    /// Headers that come as text already (the Gmail API).
    pub fn from_pairs(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            if headers.has_room(name) {
                let value = headers.bounded(value.as_bytes());
                let value = String::from_utf8_lossy(value);
                headers.fields.push((Cow::Borrowed(name), unfold(value)));
            }
        }
        headers
    }

    /// Whether the lines were a field.
    fn push_raw(&mut self, field: &'a [u8], undecoded: &mut Vec<(usize, &'a [u8])>) -> bool {
        let Some((name, value)) = split_field(field) else {
            return false;
        };
        if !self.has_room(name) {
            return true;
        }
        let value = self.bounded(value);
        let value = match std::str::from_utf8(value) {
            Ok(value) => unfold(Cow::Borrowed(value)),
            Err(_) => {
                undecoded.push((self.fields.len(), value));
                String::from_utf8_lossy(value)
            }
        };
        self.fields.push((Cow::Borrowed(name), value));
        true
    }

    /// Whether one more field is taken; if not, that is noted.
    fn has_room(&mut self, name: &str) -> bool {
        const ESSENTIAL: [&str; 12] = [
            "from",
            "to",
            "cc",
            "reply-to",
            "subject",
            "date",
            "message-id",
            "in-reply-to",
            "references",
            "auto-submitted",
            "content-type",
            "content-transfer-encoding",
        ];
        let essential = ESSENTIAL.iter().any(|known| name.eq_ignore_ascii_case(known));
        let room = self.fields.len() < MAX_FIELDS + if essential { MAX_ESSENTIAL } else { 0 };
        self.truncated |= !room;
        room
    }

    /// A value cut to what is looked at, at the border of a UTF-8 character.
    fn bounded<'v>(&mut self, value: &'v [u8]) -> &'v [u8] {
        if value.len() <= MAX_VALUE {
            return value;
        }
        self.truncated = true;
        let mut end = MAX_VALUE;
        while end > MAX_VALUE - 4 && value[end] & 0xC0 == 0x80 {
            end -= 1;
        }
        &value[..end]
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The first field of that name, encoded words not decoded.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    /// All fields of that name, encoded words not decoded.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    pub fn structured(&self, name: &str, tld: Option<&str>) -> Option<Structured> {
        self.get(name).map(|value| Structured::parse(value, tld))
    }

    /// All fields decoded for storage, within bounds; whether something was cut.
    pub fn decoded(&self, tld: Option<&str>) -> (Vec<(String, String)>, bool) {
        let mut kept = Vec::with_capacity(self.fields.len());
        let mut size = 0;
        let mut cut = self.truncated;
        for (name, value) in &self.fields {
            let mut value = display_text(value, tld);
            if value.len() > MAX_KEPT_VALUE {
                value.truncate(value.floor_char_boundary(MAX_KEPT_VALUE));
                cut = true;
            }
            if value.len() > SMALL_VALUE {
                size += value.len();
                if size > MAX_KEPT {
                    cut = true;
                    continue;
                }
            }
            kept.push((name.clone().into_owned(), value));
        }
        (kept, cut)
    }
}

/// Whether a character only says in which direction the text around it runs (UAX #9, explicit formatting). In a name or a subject it
/// would turn what a page shows beside it: "exe.gpj" for `jpg.exe`.
pub(crate) fn turns_text(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A decoded value for people: no control characters, none that turn the text, blanks collapsed at the ends.
pub(super) fn display_text(value: &str, tld: Option<&str>) -> String {
    let decoded = decode_text(value, tld);
    let shown = decoded.chars().filter(|c| *c != '\0' && !turns_text(*c));
    let text: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// The length of the first line with its end, and its content without.
fn next_line(bytes: &[u8]) -> (usize, &[u8]) {
    let len = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    let line = bytes[..len].strip_suffix(b"\n").unwrap_or(&bytes[..len]);
    (len, line.strip_suffix(b"\r").unwrap_or(line))
}

/// Whether a header field comes within a few lines, before a blank line.
fn more_fields_follow(mut bytes: &[u8]) -> bool {
    for _ in 0..5 {
        let (len, line) = next_line(bytes);
        if line.is_empty() {
            return false;
        }
        if is_field_line(line) {
            return true;
        }
        bytes = &bytes[len..];
    }
    false
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Splits `Name: value`. `None` for lines that are no field, such as an mbox `From ` line.
fn split_field(field: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr::memchr(b':', &field[..field.len().min(512)])?;
    let name = field[..colon].trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    let name = std::str::from_utf8(name).ok().filter(|_| valid)?;
    Some((name, field[colon + 1..].trim_ascii()))
}

/// Whether a line looks like `Name: value`.
pub(super) fn is_field_line(line: &[u8]) -> bool {
    !line.first().is_some_and(|b| is_blank(*b)) && split_field(line).is_some()
}

/// Joins folded lines: a line end followed by white space is that white space (RFC 5322 §2.2.3).
fn unfold(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.contains(['\r', '\n']) { Cow::Owned(value.replace("\r\n", "").replace(['\r', '\n'], "")) } else { value }
}
