//! A streaming reader of mbox files (RFC 4155 and its relatives mboxo and mboxrd).
//!
//! One message is held at a time, never more than a limit; what is larger is measured, reported and passed over.

use std::io::{self, BufRead};

use super::headers::is_field_line;
use super::sniff::{FileKind, identify};
use crate::types::FileProblem;

/// Bytes of a message that is too large that are kept, so that it can be named in a report.
const HEAD_BYTES: usize = 16 * 1024;
/// Lines are read in pieces of at most this size, so that no line is held whole.
const SEGMENT_BYTES: usize = 8 * 1024;

/// Limits and the place to begin.
#[derive(Debug, Clone, Copy)]
pub struct MboxOptions {
    /// The position of the reader in the uncompressed stream: 0, or the `end_offset` of an item read before.
    pub start_offset: u64,
    /// A message of more bytes than this is reported as [`MboxKind::TooLarge`].
    pub max_message_bytes: usize,
    /// A line of more bytes than this makes its message too large: no mailer writes it, and no reader of mail takes it.
    pub max_line_bytes: usize,
}

impl Default for MboxOptions {
    fn default() -> Self {
        Self { start_offset: 0, max_message_bytes: 48 * 1024 * 1024, max_line_bytes: 16 * 1024 * 1024 }
    }
}

/// One message of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MboxItem {
    /// Where the message's `From ` line begins, in bytes of the uncompressed stream.
    pub offset: u64,
    /// Where the next message begins. A reader started there goes on as if it had never stopped.
    pub end_offset: u64,
    /// The `From ` line without `From `; `None` in a single `.eml`.
    pub envelope: Option<String>,
    /// The stream ended within a line: the message is probably cut off.
    pub truncated: bool,
    pub kind: MboxKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MboxKind {
    /// The message as it was before it was put into the mbox: `>From ` unescaped, the separating blank line taken off.
    Message(Vec<u8>),
    /// Over a limit, passed over. `head` is the beginning, for a report.
    TooLarge { size: u64, head: Vec<u8> },
}

/// Why a file cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
pub enum MboxError {
    /// The stream is not an mbox, or not the one that was read before.
    #[error(transparent)]
    Unusable(#[from] FileProblem),
    #[error("reading failed at byte {offset}: {source}")]
    Io { offset: u64, source: io::Error },
}

impl From<MboxError> for FileProblem {
    fn from(error: MboxError) -> Self {
        match error {
            MboxError::Unusable(problem) => problem,
            error @ MboxError::Io { .. } => Self::Unreadable { what: error.to_string() },
        }
    }
}

/// An iterator over the messages of an mbox stream, or the one message of an `.eml`.
///
/// A `From ` line separates messages where it follows a blank line (or starts the file) and carries a date; elsewhere it
/// is text. After an error the iterator ends.
#[derive(Debug)]
pub struct MboxReader<R> {
    reader: R,
    options: MboxOptions,
    state: State,
    /// Bytes of the stream read so far.
    position: u64,
    segment: Segment,
    /// A failure met after part of a line was read; reported once that part was handled.
    failure: Option<io::Error>,
}

/// A line, or a piece of a long one.
#[derive(Debug, Default)]
struct Segment {
    bytes: Vec<u8>,
    /// Position of the first byte in the stream.
    offset: u64,
    starts_line: bool,
    ends_line: bool,
    /// Deliver this segment once more.
    again: bool,
}

impl Segment {
    fn is_blank_line(&self) -> bool {
        self.starts_line && self.ends_line && matches!(self.bytes.as_slice(), b"\n" | b"\r\n")
    }
}

#[derive(Debug)]
enum State {
    Start,
    /// A `From ` line was read: its offset and text; or the first line of an `.eml`, which has none.
    Message {
        offset: u64,
        envelope: Option<String>,
    },
    Failed(MboxError),
    Done,
}

impl<R: BufRead> MboxReader<R> {
    pub fn new(reader: R) -> Self {
        Self::with_options(reader, MboxOptions::default())
    }

    /// `reader` must stand at `options.start_offset`.
    pub fn with_options(reader: R, options: MboxOptions) -> Self {
        Self {
            reader,
            options,
            state: State::Start,
            position: options.start_offset,
            segment: Segment { ends_line: true, ..Segment::default() },
            failure: None,
        }
    }

    /// Bytes of the uncompressed stream read so far, for progress.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Makes sure that a message begins where the reader stands, without reading it.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn begin(&mut self) -> Result<(), MboxError> {
        if matches!(self.state, State::Start) {
            self.state = self.start()?;
        }
        Ok(())
    }

    /// Reads up to the first message, or says why there is none.
    fn start(&mut self) -> Result<State, MboxError> {
        let resumed = self.options.start_offset > 0;
        loop {
            if !self.read_segment()? {
                return if resumed { Ok(State::Done) } else { Err(FileProblem::Empty.into()) };
            }
            if !self.segment.is_blank_line() {
                break;
            }
        }
        let offset = self.segment.offset;
        let line = self.segment.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.segment.bytes);
        if let Some(envelope) = separator(line) {
            return Ok(State::Message { offset, envelope: Some(envelope) });
        }
        if resumed {
            return Err(FileProblem::OtherFile { at: self.options.start_offset }.into());
        }
        // Some tools write `From ` lines without a date; what follows then decides.
        let undated = line.strip_prefix(b"From ").map(envelope_text);
        let is_field = is_field_line(line.trim_ascii_end());
        let first_line_is_known = is_mail_field(line);
        let next = peek(&mut self.reader).map_err(|source| MboxError::Io { offset, source })?;
        let mut next_lines = next.split(|b| *b == b'\n');
        match undated {
            Some(envelope) if next_lines.next().is_some_and(is_mail_field) => {
                return Ok(State::Message { offset, envelope: Some(envelope) });
            }
            None if is_field && (first_line_is_known || next_lines.any(is_mail_field)) => {
                self.segment.again = true;
                return Ok(State::Message { offset, envelope: None });
            }
            _ => {}
        }
        Err(not_mail(&self.segment.bytes).into())
    }

    /// Reads the message up to the next `From ` line or the end of the stream.
    fn message(&mut self, offset: u64, envelope: Option<String>) -> MboxItem {
        let is_mbox = envelope.is_some();
        let mut body = Body::new(self.options);
        let mut blank_before = false;
        let mut truncated = false;
        let end_offset = loop {
            match self.read_segment() {
                Ok(true) => {}
                Ok(false) => break self.position,
                Err(error) => {
                    self.state = State::Failed(error);
                    truncated = true;
                    break self.position;
                }
            }
            let segment = &self.segment;
            if is_mbox
                && blank_before
                && segment.starts_line
                && let Some(next) = separator(&segment.bytes)
            {
                let next_offset = segment.offset;
                self.state = State::Message { offset: next_offset, envelope: Some(next) };
                break next_offset;
            }
            body.push(segment, is_mbox);
            truncated = !segment.ends_line;
            blank_before = segment.is_blank_line();
        };
        MboxItem { offset, end_offset, envelope, truncated, kind: body.finish(is_mbox) }
    }

    /// Reads the next line or piece of one into `self.segment`; `false` at the end of the stream.
    fn read_segment(&mut self) -> Result<bool, MboxError> {
        let segment = &mut self.segment;
        if std::mem::take(&mut segment.again) {
            return Ok(true);
        }
        if let Some(source) = self.failure.take() {
            return Err(MboxError::Io { offset: self.position, source });
        }
        segment.starts_line = segment.ends_line;
        segment.ends_line = false;
        segment.offset = self.position;
        segment.bytes.clear();
        while segment.bytes.len() < SEGMENT_BYTES {
            let available = match peek(&mut self.reader) {
                Ok(available) => available,
                Err(source) if segment.bytes.is_empty() => {
                    return Err(MboxError::Io { offset: self.position, source });
                }
                Err(source) => {
                    self.failure = Some(source);
                    return Ok(true);
                }
            };
            if available.is_empty() {
                return Ok(!segment.bytes.is_empty());
            }
            let available = &available[..available.len().min(SEGMENT_BYTES - segment.bytes.len())];
            let end = memchr::memchr(b'\n', available).map(|at| at + 1);
            let taken = end.unwrap_or(available.len());
            segment.bytes.extend_from_slice(&available[..taken]);
            segment.ends_line = end.is_some();
            self.reader.consume(taken);
            self.position += taken as u64;
            if end.is_some() {
                break;
            }
        }
        Ok(true)
    }
}

impl<R: BufRead> Iterator for MboxReader<R> {
    type Item = Result<MboxItem, MboxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Start) {
            self.state = self.start().unwrap_or_else(State::Failed);
        }
        match std::mem::replace(&mut self.state, State::Done) {
            State::Message { offset, envelope } => Some(Ok(self.message(offset, envelope))),
            State::Failed(error) => Some(Err(error)),
            State::Start | State::Done => None,
        }
    }
}

/// What the reader has buffered; reads when that is nothing, again when interrupted.
fn peek<R: BufRead>(reader: &mut R) -> io::Result<&[u8]> {
    loop {
        match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    // Asked again because a borrow returned from inside the loop would outlive it; the buffer is filled by now.
    reader.fill_buf()
}

/// A message as it is collected.
struct Body {
    options: MboxOptions,
    bytes: Vec<u8>,
    size: u64,
    line: usize,
    too_large: bool,
}

impl Body {
    fn new(options: MboxOptions) -> Self {
        Self { options, bytes: Vec::new(), size: 0, line: 0, too_large: false }
    }

    fn push(&mut self, segment: &Segment, unescape: bool) {
        let mut bytes = segment.bytes.as_slice();
        self.size += bytes.len() as u64;
        self.line = if segment.starts_line { bytes.len() } else { self.line + bytes.len() };
        if self.too_large {
            return;
        }
        if unescape && segment.starts_line && is_escaped_from(bytes) {
            bytes = &bytes[1..];
        }
        let too_long = self.line > self.options.max_line_bytes;
        if too_long || self.bytes.len() + bytes.len() > self.options.max_message_bytes {
            self.too_large = true;
            self.bytes.truncate(HEAD_BYTES);
            self.bytes.shrink_to_fit();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn finish(mut self, is_mbox: bool) -> MboxKind {
        if self.too_large {
            return MboxKind::TooLarge { size: self.size, head: self.bytes };
        }
        if is_mbox {
            // The blank line before the next `From ` line belongs to the mbox, not to the message.
            if self.bytes.ends_with(b"\r\n\r\n") {
                self.bytes.truncate(self.bytes.len() - 2);
            } else if self.bytes.ends_with(b"\n\n") {
                self.bytes.truncate(self.bytes.len() - 1);
            }
        }
        MboxKind::Message(self.bytes)
    }
}

/// `>From `, `>>From ` and so on: each writer of an mbox adds one `>` (mboxrd).
fn is_escaped_from(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    let marks = line.iter().take_while(|b| **b == b'>').count();
    marks > 0 && text.len() == line.len() && line[marks..].starts_with(b"From ")
}

/// The text of a `From ` line that carries a date: weekday, month, day, time and year as `asctime` writes them, with a
/// zone in any place, or with day and month changed round. Words after the year are tolerated.
fn separator(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"From ")?;
    if rest.len() > 1000 {
        return None;
    }
    let text = envelope_text(rest);
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
                return None;
            }
        }
    }
    (month && day && time && year).then_some(text)
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

fn envelope_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// A header line that mail has and other `name: value` files (YAML, HTTP logs, notes) do not begin with.
fn is_mail_field(line: &[u8]) -> bool {
    const NAMES: [&str; 21] = [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "received",
        "message-id",
        "return-path",
        "mime-version",
        "delivered-to",
        "content-type",
        "content-transfer-encoding",
        "reply-to",
        "sender",
        "dkim-signature",
        "arc-seal",
        "x-gm-thrid",
        "x-received",
        "envelope-to",
        "x-mozilla-status",
    ];
    let line = line.trim_ascii_end();
    if !is_field_line(line) {
        return false;
    }
    let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn not_mail(head: &[u8]) -> FileProblem {
    match identify(head) {
        FileKind::Empty => FileProblem::Empty,
        FileKind::Zip | FileKind::Gzip | FileKind::Tar => FileProblem::Nested,
        FileKind::Foreign(what) => FileProblem::Foreign(what),
        FileKind::Binary => FileProblem::Binary,
        FileKind::Text => {
            let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
            FileProblem::NotMail { beginning: String::from_utf8_lossy(line.trim_ascii()).chars().take(60).collect() }
        }
    }
}
