//! RFC 2047 encoded words.
//!
//! Neighbouring words of one charset are joined as bytes before decoding: many mailers cut a word in the middle of a
//! character, which a word-by-word decoder turns into replacement characters.

use super::charset;
use super::transfer::{decode_base64, hex_pair};

/// The longest encoded text looked at. RFC 2047 allows 75; real mailers write much longer ones.
const MAX_WORD: usize = 8 * 1024;

/// A stretch of a header value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text as written.
    Plain(&'a str),
    /// Text that was hidden in one or more encoded words.
    Decoded(String),
}

/// Splits an unfolded value into plain text and decoded words. White space between encoded words is not text (§6.2).
pub(super) fn pieces<'a>(value: &'a str, tld: Option<&str>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut words: Option<(&str, Vec<u8>)> = None;
    let mut rest = value;
    let mut plain_start = value;
    while let Some(at) = rest.find("=?") {
        let Some((word, after)) = parse_word(&rest[at..]) else {
            rest = &rest[at + 2..];
            continue;
        };
        let plain = &plain_start[..plain_start.len() - rest.len() + at];
        let adjacent = plain.chars().all(char::is_whitespace);
        match &mut words {
            Some((charset, bytes)) if adjacent && charset.eq_ignore_ascii_case(word.charset) => {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut words, &mut pieces, tld);
                let between_words = adjacent && matches!(pieces.last(), Some(Piece::Decoded(_)));
                if !plain.is_empty() && !between_words {
                    pieces.push(Piece::Plain(plain));
                }
                words = Some((word.charset, word.bytes));
            }
        }
        rest = after;
        plain_start = after;
    }
    flush(&mut words, &mut pieces, tld);
    if !plain_start.is_empty() {
        pieces.push(Piece::Plain(plain_start));
    }
    pieces
}

/// Decodes a value without structure (Subject, a display name).
pub(super) fn decode_text(value: &str, tld: Option<&str>) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    pieces(value, tld)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.to_owned(),
            Piece::Decoded(text) => text,
        })
        .collect()
}

fn flush(words: &mut Option<(&str, Vec<u8>)>, pieces: &mut Vec<Piece<'_>>, tld: Option<&str>) {
    if let Some((charset, bytes)) = words.take() {
        let decoded = charset::decode(&bytes, Some(charset), tld).text.into_owned();
        pieces.push(Piece::Decoded(decoded));
    }
}

struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

/// Reads `=?charset[*language]?B|Q?text?=` at the start of `text`.
fn parse_word(text: &str) -> Option<(Word<'_>, &str)> {
    let body = text.strip_prefix("=?")?;
    let (charset, body) = split_at_question(body, 64)?;
    if charset.is_empty() || charset.contains(char::is_whitespace) {
        return None;
    }
    let charset = charset.split('*').next()?;
    let (encoding, body) = split_at_question(body, 2)?;
    let window = &body.as_bytes()[..body.len().min(MAX_WORD)];
    let end = match encoding {
        "b" | "B" => window.iter().position(|b| *b == b'?').filter(|end| window.get(end + 1) == Some(&b'='))?,
        // Some mailers leave `?` unescaped in Q text, so only `?=` ends it. A new `=?` before that says that this one
        // is broken; looking no further keeps the scan linear.
        "q" | "Q" => {
            window.windows(2).position(|pair| pair == b"?=" || pair == b"=?").filter(|end| window[*end] == b'?')?
        }
        _ => return None,
    };
    let encoded = &body.as_bytes()[..end];
    let bytes = match encoding {
        "b" | "B" => decode_base64(encoded).0,
        _ => decode_q(encoded),
    };
    Some((Word { charset, bytes }, &body[end + 2..]))
}

/// The text before the next `?` within `limit` bytes, and the text after it.
fn split_at_question(text: &str, limit: usize) -> Option<(&str, &str)> {
    let at = text.bytes().take(limit).position(|b| b == b'?')?;
    Some((&text[..at], &text[at + 1..]))
}

fn decode_q(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, after @ ..]) => match hex_pair(*high, *low) {
                Some(value) => {
                    out.push(value);
                    rest = after;
                }
                None => out.push(b'='),
            },
            _ => out.push(byte),
        }
    }
    out
}
