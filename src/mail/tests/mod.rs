//! Fixtures and properties, one file per area.

mod archive;
mod charset;
mod direction;
mod gmail;
mod hostile;
mod mbox;
mod nature;
mod parts;
mod pgp;
mod rfc822;
mod takeout;
mod threading;
mod tnef;

use super::{ParsedMessage, parse_rfc822};

/// Parses a message written with `\n` line ends, as mail has `\r\n`.
fn parse(text: &str) -> ParsedMessage {
    parse_rfc822(text.replace('\n', "\r\n").as_bytes()).expect("the fixture is a message")
}

/// Parses header bytes followed by a body.
fn parse_bytes(head: &str, body: &[u8]) -> ParsedMessage {
    let mut raw = head.replace('\n', "\r\n").into_bytes();
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    parse_rfc822(&raw).expect("the fixture is a message")
}

const PLAIN: &str = "From: Ann <ann@example.com>\nTo: help@shop.example\nSubject: Hello\n\
    Date: Thu, 19 Nov 2026 10:00:00 +0300\nMessage-ID: <1@example.com>\n";
