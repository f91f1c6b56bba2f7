//! `Content-Type` and `Content-Disposition`: a token and parameters (RFC 2045 §5.1, RFC 2183, RFC 2231).

use super::charset;
use super::encoded_word::decode_text;
use super::headers::turns_text;
use super::transfer::hex_pair;

/// More parameters than this are not read.
const MAX_PARAMS: usize = 64;

/// A parsed header of the form `token; name=value; …`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Structured {
    /// The token before the first `;`, in lower case.
    pub token: String,
    params: Vec<(String, String)>,
}

impl Structured {
    /// The value of a parameter, decoded.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A header without parameters.
    pub fn of_token(token: &str) -> Self {
        Self { token: token.to_owned(), params: Vec::new() }
    }

    /// A header made up from known parts.
    pub fn with_param(token: String, name: &str, value: &str) -> Self {
        Self { token, params: vec![(name.to_owned(), value.to_owned())] }
    }

    /// Reads an unfolded header value.
    pub fn parse(value: &str, tld: Option<&str>) -> Self {
        let (mut token, mut rest) = value.split_once(';').unwrap_or((value, ""));
        // `text/plain charset=utf-8`: the semicolon was forgotten.
        if token.contains('=')
            && let Some((first, _)) = token.trim().split_once(char::is_whitespace)
        {
            token = first;
            rest = &value.trim_start()[first.len()..];
        }
        let token = token.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        Self { token, params: assemble(raw_params(rest), tld) }
    }
}

/// One parameter as written, its RFC 2231 marks taken off the name.
struct RawParam {
    name: String,
    /// The number in `name*1`; plain and `name*=` parameters are section 0.
    section: u32,
    /// `name*=` or `name*0*=`: percent-encoded, the first section with charset and language.
    extended: bool,
    /// Whether the name had any RFC 2231 mark. Such a parameter wins over a plain one of the same name (RFC 5987 §4.2).
    marked: bool,
    value: String,
}

fn raw_params(text: &str) -> Vec<RawParam> {
    let mut params = Vec::new();
    let mut rest = text;
    while params.len() < MAX_PARAMS {
        rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
        if rest.is_empty() {
            break;
        }
        let end = rest.find(['=', ';']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_ascii_lowercase();
        let after = rest[end..].strip_prefix('=');
        let Some(after) = after else {
            rest = &rest[end..];
            continue;
        };
        let (value, tail) = read_value(after.trim_start());
        rest = tail;
        if !name.is_empty() {
            params.push(split_marks(name, value));
        }
    }
    params
}

/// Reads a quoted string or the text up to the next `;`. Unquoted values may hold blanks: many mailers forget the quotes.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => match chars.next() {
                // Windows paths are written without escaping; only quotes and backslashes are escapes in practice.
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => {}
            },
            _ => value.push(c),
        }
    }
    (value, "")
}

fn split_marks(name: String, value: String) -> RawParam {
    let mut parts = name.splitn(3, '*');
    let base = parts.next().unwrap_or_default().trim().to_owned();
    let (second, third) = (parts.next(), parts.next());
    let section = second.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let extended = matches!((second, third), (Some(""), _) | (_, Some(_)));
    RawParam { name: base, section, extended, marked: second.is_some(), value }
}

/// Joins continuations and decodes values; the bytes of all sections are joined first, since sections may cut characters.
fn assemble(mut raw: Vec<RawParam>, tld: Option<&str>) -> Vec<(String, String)> {
    raw.sort_by(|a, b| (&a.name, !a.marked, a.section).cmp(&(&b.name, !b.marked, b.section)));
    let mut params: Vec<(String, String)> = Vec::new();
    for group in raw.chunk_by(|a, b| a.name == b.name && a.marked == b.marked) {
        let Some(first) = group.first() else { continue };
        if params.iter().any(|(name, _)| *name == first.name) {
            continue;
        }
        let value = if first.marked { decode_sections(group, tld) } else { decode_text(&first.value, tld) };
        params.push((first.name.clone(), clean_value(&value)));
    }
    params
}

fn decode_sections(sections: &[RawParam], tld: Option<&str>) -> String {
    let mut bytes = Vec::new();
    let mut label = None;
    let mut extended = false;
    for (index, section) in sections.iter().enumerate() {
        let mut value = section.value.as_str();
        if section.extended {
            extended = true;
            if index == 0 {
                let mut parts = value.splitn(3, '\'');
                if let (Some(charset), Some(_language), Some(text)) = (parts.next(), parts.next(), parts.next()) {
                    label = Some(charset.to_owned()).filter(|charset| !charset.is_empty());
                    value = text;
                }
            }
            percent_decode(value, &mut bytes);
        } else {
            bytes.extend_from_slice(value.as_bytes());
        }
    }
    let text = charset::decode(&bytes, label.as_deref(), tld).text.into_owned();
    if extended { text } else { decode_text(&text, tld) }
}

fn percent_decode(value: &str, out: &mut Vec<u8>) {
    let mut rest = value.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (byte, tail)
            && let Some(decoded) = hex_pair(*high, *low)
        {
            out.push(decoded);
            rest = after;
        } else {
            out.push(byte);
        }
    }
}

fn clean_value(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !turns_text(*c)).collect::<String>().trim().to_owned()
}
