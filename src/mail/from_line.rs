//! The `From ` line of an mbox file: what separates two messages, and what only looks like it.
//!
//! A line decides nothing alone. Writers of mbox files differ (a date, an address without a date, a dash, nothing at all), and text
//! holds lines of the same shape (a git patch, a log, a sentence), so that the line counts together with its neighbours: the blank
//! line above it and the headers below it.

use super::headers::is_field_line;

/// Bytes behind a `From ` line that are looked at.
pub(super) const EVIDENCE_BYTES: usize = 4 * 1024;
/// A `From ` line of more bytes than this is text.
const MAX_LINE: usize = 1000;
/// Lines below a `From ` line that are looked at.
const MAX_LINES: usize = 60;

/// Where a `From ` line stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// It starts the file, or follows a blank line.
    pub after_blank: bool,
    /// The file is a series of patches as `git format-patch --stdout` writes it.
    pub in_patches: bool,
}

/// How much a `From ` line looks like a separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// It has a date as `asctime` writes it.
    Dated,
    /// The first line of a patch by git: a commit and a date that is always the same.
    Patch,
    /// `From `, `From -`, `From ann@x.example`, `From nobody`, or one of these with a date of another form.
    Undated,
}

/// The text of a `From ` line that begins a message there, judged with `below`, what comes after it.
pub(super) fn separator(line: &[u8], below: &[u8], place: Place) -> Option<String> {
    let (shape, text) = shape(line)?;
    let evidence = Evidence::of(below);
    let separates = match shape {
        Shape::Patch if !place.in_patches => false,
        Shape::Dated | Shape::Patch if place.after_blank => evidence.is_message() || evidence.is_nothing,
        Shape::Dated | Shape::Patch | Shape::Undated => evidence.is_certain(),
    };
    separates.then_some(text)
}

/// The text of a `From ` line that starts a file, or the rest of one that was read before; less is asked of it.
pub(super) fn first_separator(line: &[u8], below: &[u8]) -> Option<String> {
    if let Some((Shape::Dated | Shape::Patch, text)) = shape(line) {
        return Some(text);
    }
    let rest = behind_from(line)?;
    Evidence::of(below).is_message().then(|| text_of(rest))
}

/// Whether a line is the first one of a patch by git.
pub(super) fn is_patch(line: &[u8]) -> bool {
    shape(line).is_some_and(|(shape, _)| shape == Shape::Patch)
}

/// Whether a line among headers is one more `From ` line, which some tools leave there.
pub(super) fn is_stray(line: &[u8]) -> bool {
    let line = &line[line.iter().take_while(|byte| **byte == b'>').count()..];
    shape(line).is_some_and(|(shape, _)| shape != Shape::Patch)
}

/// What stands behind `From `; some writers leave off the blank where nothing does.
fn behind_from(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"From ").or_else(|| (line.trim_ascii_end() == b"From").then_some(&[]))
}

fn shape(line: &[u8]) -> Option<(Shape, String)> {
    let rest = behind_from(line)?;
    if rest.len() > MAX_LINE {
        return None;
    }
    let text = text_of(rest);
    let shape = if is_patch_text(&text) {
        Shape::Patch
    } else if is_dated(&text) {
        Shape::Dated
    } else if is_undated(&text) {
        Shape::Undated
    } else {
        return None;
    };
    Some((shape, text))
}

/// `4b825dc642cb6eb9a060e54bf8d69288fbee4904 Mon Sep 17 00:00:00 2001`.
fn is_patch_text(text: &str) -> bool {
    let (commit, date) = text.split_once(' ').unwrap_or_default();
    matches!(commit.len(), 40 | 64)
        && commit.bytes().all(|b| b.is_ascii_hexdigit())
        && date == "Mon Sep 17 00:00:00 2001"
}

/// Weekday, month, day, time and year as `asctime` writes them, with a zone in any place, or with day and month changed round.
/// Words after the year are tolerated.
fn is_dated(text: &str) -> bool {
    let mut seen_weekday = false;
    let (mut month, mut day, mut time, mut year) = (false, false, false, false);
    for word in text.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
        if !seen_weekday {
            seen_weekday = starts_with_name(word, &WEEKDAYS);
        } else if !month && starts_with_name(word, &MONTHS) {
            month = true;
        } else if !time && is_time(word) {
            time = true;
        } else if word.len() <= 2 && word.parse::<u8>().is_ok_and(|n| (1..=31).contains(&n)) {
            day = true;
        } else if word.len() == 4 && word.parse::<u16>().is_ok_and(|n| (1970..2200).contains(&n)) {
            year = true;
        } else {
            let complete = month && day && time && year;
            if !complete && !is_zone(word) {
                return false;
            }
        }
    }
    month && day && time && year
}

/// Nothing, a dash or one word (an address, a user), and behind it nothing that is not part of some date.
fn is_undated(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let Some(sender) = words.next() else { return true };
    let is_sender = sender == "-"
        || sender.contains('@')
        || sender.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'='));
    let (mut rest, mut digits) = (0, 0);
    for word in words {
        rest += 1;
        digits += usize::from(word.contains(|c: char| c.is_ascii_digit()));
    }
    // `Mo 4. Mai 2026 09:00:00`, `2026-05-04T09:00:00Z`.
    is_sender && (rest == 0 || (rest <= 8 && digits * 3 >= rest))
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn starts_with_name(word: &str, names: &[&str]) -> bool {
    word.len() == 3 && names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn is_time(word: &str) -> bool {
    let mut parts = word.split(':');
    let hour = parts.next().is_some_and(|h| h.len() <= 2 && h.parse::<u8>().is_ok_and(|h| h < 24));
    let rest: Vec<bool> = parts.map(|p| p.len() == 2 && p.parse::<u8>().is_ok_and(|n| n < 62)).collect();
    hour && matches!(rest.as_slice(), [true] | [true, true])
}

/// `+0300`, `UTC`, `GMT+02:00`, `MSK`.
fn is_zone(word: &str) -> bool {
    word.len() <= 10
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | ':'))
        && word.starts_with(|c: char| c.is_ascii_uppercase() || matches!(c, '+' | '-'))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// What stands below a `From ` line.
#[derive(Debug, Default)]
struct Evidence {
    /// Different known header fields, up to the first line that is none.
    known: usize,
    /// `From:` is among them.
    author: bool,
    /// Those of them that programs write and people do not: ids, routes, formats.
    technical: usize,
    /// No text follows: the stream ends, or the next message begins.
    is_nothing: bool,
}

impl Evidence {
    fn of(below: &[u8]) -> Self {
        let mut evidence = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut lines = below.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).peekable();
        if lines.peek().is_some_and(|line| is_stray(line)) {
            lines.next();
        }
        let mut first = true;
        for line in lines.take(MAX_LINES) {
            if line.is_empty() {
                if first {
                    let rest = below.trim_ascii_start();
                    evidence.is_nothing = rest.is_empty() || rest.starts_with(b"From ");
                }
                break;
            }
            let is_folded = matches!(line.first(), Some(b' ' | b'\t'));
            if is_folded && !first {
                continue;
            }
            if !is_field_line(line) {
                // A stream that ends within its first header line.
                evidence.is_nothing = first && below.len() < EVIDENCE_BYTES && !below.contains(&b'\n');
                break;
            }
            first = false;
            let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
            if seen.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                continue;
            }
            if is_technical(name) {
                evidence.technical += 1;
            } else if !is_plain(name) {
                continue;
            }
            evidence.author |= name.eq_ignore_ascii_case(b"from");
            evidence.known += 1;
            seen.push(name);
        }
        evidence
    }

    /// Headers of mail.
    fn is_message(&self) -> bool {
        self.known > 0
    }

    /// Headers that no text below a line of that shape is.
    fn is_certain(&self) -> bool {
        self.author && self.known >= 2 || self.technical >= 2
    }
}

fn is_plain(name: &[u8]) -> bool {
    const PLAIN: [&[u8]; 10] =
        [b"from", b"to", b"cc", b"bcc", b"subject", b"date", b"reply-to", b"sender", b"organization", b"status"];
    PLAIN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A header field that mail programs and servers write.
fn is_technical(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 18] = [
        b"received",
        b"message-id",
        b"return-path",
        b"mime-version",
        b"delivered-to",
        b"content-type",
        b"content-transfer-encoding",
        b"content-disposition",
        b"content-language",
        b"dkim-signature",
        b"authentication-results",
        b"envelope-to",
        b"in-reply-to",
        b"references",
        b"user-agent",
        b"precedence",
        b"auto-submitted",
        b"resent-from",
    ];
    const PREFIXES: [&[u8]; 4] = [b"x-", b"arc-", b"list-", b"received-"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
        || PREFIXES
            .iter()
            .any(|prefix| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
}

/// A header line that mail has and other `name: value` files (YAML, HTTP logs, notes) do not begin with.
pub(super) fn is_mail_field(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    if !is_field_line(line) {
        return false;
    }
    let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
    let is_custom = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"x-"));
    let is_mailer = [&b"x-gm-thrid"[..], b"x-received", b"x-mozilla-status"];
    is_plain(name)
        || if is_custom { is_mailer.iter().any(|known| name.eq_ignore_ascii_case(known)) } else { is_technical(name) }
}

/// Where in the text of a message the headers of another one begin, which is what a file leaves whose separators were not known.
/// Messages that carry others inside (forwarded as attachments, bounces) have such lines by right.
#[must_use]
pub fn headers_in_text(raw: &[u8]) -> Option<usize> {
    let lower = raw.to_ascii_lowercase();
    let carries = [&b"message/"[..], b"text/rfc822-headers", b"multipart/digest"];
    if carries.iter().any(|kind| memchr::memmem::find(&lower, kind).is_some()) {
        return None;
    }
    let mut offset = 0;
    let mut in_text = false;
    let mut after_blank = false;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let is_blank = line.trim_ascii().is_empty();
        if in_text && !is_blank && (after_blank || line.starts_with(b"From")) && is_field_or_from(line) {
            let below = raw.get(offset..).unwrap_or_default();
            let below = if is_field_line(line) { below } else { below.get(line.len()..).unwrap_or_default() };
            let evidence = Evidence::of(&below[..below.len().min(EVIDENCE_BYTES)]);
            if evidence.author && evidence.known >= 3 && evidence.technical >= 1 {
                return Some(offset);
            }
        }
        in_text |= is_blank;
        after_blank = is_blank;
        offset += line.len();
    }
    None
}

fn is_field_or_from(line: &[u8]) -> bool {
    line.starts_with(b"From ") || is_mail_field(line)
}
