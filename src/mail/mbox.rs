//! A streaming reader of mbox files (RFC 4155 and its relatives mboxo and mboxrd).
//!
//! One message is held at a time, never more than a limit; what is larger is measured, reported and passed over.

use std::io::{self, BufRead};

use super::ahead::Ahead;
use super::from_line::{EVIDENCE_BYTES, Place, first_separator, is_mail_field, is_patch, is_stray, separator};
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

/// An iterator over the messages of an mbox stream, or the one message of an `.eml` or of Apple Mail's `.emlx`.
///
/// A `From ` line separates messages where its neighbours say so: with a date it follows a blank line and headers come below it;
/// without one, or without the blank line, these headers are beyond doubt. Elsewhere it is text. After an error the iterator ends.
#[derive(Debug)]
pub struct MboxReader<R> {
    reader: Ahead<R>,
    options: MboxOptions,
    state: State,
    /// The file is a series of patches: their first lines separate, which elsewhere are text.
    in_patches: bool,
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

    /// `From `, or that behind marks.
    fn is_from_line(&self) -> bool {
        let marks = self.bytes.iter().take_while(|byte| **byte == b'>').count();
        self.bytes[marks..].starts_with(b"From ") || self.bytes[marks..].trim_ascii_end() == b"From"
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
    /// The message of an `.emlx`: so many bytes, then what Apple Mail notes about it.
    Emlx {
        offset: u64,
        length: usize,
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
            reader: Ahead::new(reader),
            options,
            state: State::Start,
            in_patches: false,
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
        let below = self.reader.look(EVIDENCE_BYTES);
        let line = self.segment.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.segment.bytes);
        if let Some(envelope) = first_separator(line, below) {
            self.in_patches = is_patch(line);
            return Ok(State::Message { offset, envelope: Some(envelope) });
        }
        if resumed {
            return Err(FileProblem::OtherFile { at: self.options.start_offset }.into());
        }
        let mut next_lines = below.split(|b| *b == b'\n');
        if let Some(length) = emlx_length(line)
            && next_lines.clone().take(10).any(is_mail_field)
        {
            return Ok(State::Emlx { offset, length });
        }
        if is_field_line(line.trim_ascii_end()) && (is_mail_field(line) || next_lines.any(is_mail_field)) {
            self.segment.again = true;
            return Ok(State::Message { offset, envelope: None });
        }
        Err(not_mail(&self.segment.bytes).into())
    }

    /// Reads the message up to the next `From ` line or the end of the stream.
    fn message(&mut self, offset: u64, envelope: Option<String>) -> MboxItem {
        let is_mbox = envelope.is_some();
        let mut body = Body::new(self.options);
        let mut place = Place { after_blank: false, in_patches: self.in_patches };
        let mut headers = InHeaders::default();
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
            if is_mbox && segment.starts_line && segment.is_from_line() {
                // Above the author's name it is one more `From ` line of the same message.
                let is_stray = headers.before_author() && is_stray(&segment.bytes);
                if is_stray && !place.after_blank {
                    truncated = !segment.ends_line;
                    body.size += segment.bytes.len() as u64;
                    continue;
                }
                let below = self.reader.look(EVIDENCE_BYTES);
                if let Some(next) = separator(&segment.bytes, below, place) {
                    let next_offset = segment.offset;
                    self.state = State::Message { offset: next_offset, envelope: Some(next) };
                    break next_offset;
                }
            }
            body.push(segment, is_mbox);
            headers.see(segment);
            truncated = !segment.ends_line;
            place.after_blank = segment.is_blank_line();
        };
        MboxItem { offset, end_offset, envelope, truncated, kind: body.finish(is_mbox) }
    }

    /// Reads the message of an `.emlx` and passes over what follows it.
    fn emlx(&mut self, offset: u64, length: usize) -> MboxItem {
        let mut item = self.message(offset, None);
        if let MboxKind::Message(bytes) = &mut item.kind {
            item.truncated |= bytes.len() < length;
            bytes.truncate(length);
        }
        item
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
            let available = match self.reader.fill() {
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
            State::Emlx { offset, length } => Some(Ok(self.emlx(offset, length))),
            State::Failed(error) => Some(Err(error)),
            State::Start | State::Done => None,
        }
    }
}

/// How much of a message's headers was seen.
#[derive(Debug, Default)]
struct InHeaders {
    over: bool,
    author: bool,
}

impl InHeaders {
    fn before_author(&self) -> bool {
        !self.over && !self.author
    }

    fn see(&mut self, segment: &Segment) {
        self.over |= segment.is_blank_line();
        self.author |= segment.starts_line
            && segment.bytes.split_first_chunk::<5>().is_some_and(|(name, _)| name.eq_ignore_ascii_case(b"from:"));
    }
}

/// The first line of an `.emlx`: the length of the message below it.
fn emlx_length(line: &[u8]) -> Option<usize> {
    let digits = line.trim_ascii();
    let is_number = (1..=12).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
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
