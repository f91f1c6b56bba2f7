//! Reading a mail file on a thread of its own: bytes in, batches of parsed messages out.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    crypto::content_id,
    mail::{
        AddressSet, AttachmentInfo, MboxItem, MboxKind, MessageParts, ParsedMessage, direction, excluded_by_labels,
        open_mail_source_until, parse_rfc822, takeout_info,
    },
    pairing::SkipReason,
    settings::AttachmentSettings,
    store::{AttachmentContent, NewFailure, NewMessage},
    types::{AttachmentPolicy, AttachmentProblem, FileProblem},
};

/// A batch ends at whichever of these comes first.
const BATCH_MESSAGES: usize = 100;
const BATCH_BYTES: usize = 8 << 20;

/// The place up to which a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReadCursor {
    /// Number of the mbox inside the archive.
    member: usize,
    /// Bytes of that mbox, uncompressed.
    offset: u64,
}

/// What to read, and what is known already.
pub(super) struct Reading {
    pub(super) path: PathBuf,
    pub(super) cursor: Option<ReadCursor>,
    pub(super) ours: AddressSet,
    pub(super) attachments: AttachmentSettings,
    pub(super) stop: CancellationToken,
}

pub(super) enum Piece {
    Batch(Box<MailBatch>),
    /// The file cannot be read further.
    Broken(FileProblem),
}

/// Messages to store together with the cursor behind them.
pub(super) struct MailBatch {
    pub(super) messages: Vec<NewMessage>,
    pub(super) failures: Vec<NewFailure>,
    /// Why messages are no mail to keep, by a code each.
    pub(super) kept_out: Vec<&'static str>,
    /// Messages of the file that this batch has dealt with, excluded ones included.
    pub(super) read: i32,
    pub(super) cursor: ReadCursor,
    /// Bytes of the file as it lies on disk.
    pub(super) file_bytes_read: i64,
}

/// Reads the whole file, or until `stop`, or until nobody takes the pieces any more.
pub(super) fn read_file(mut reading: Reading, send: &mpsc::Sender<Piece>) {
    if let Err(Some(problem)) = try_read(&mut reading, send) {
        // Nobody left to tell: the import was stopped.
        let _stopped = send.blocking_send(Piece::Broken(problem));
    }
}

/// `Err(None)` when there is nobody to read for any more.
fn try_read(reading: &mut Reading, send: &mpsc::Sender<Piece>) -> Result<(), Option<FileProblem>> {
    let stop = reading.stop.clone();
    let source = open_mail_source_until(&reading.path, move || stop.is_cancelled());
    let mut source = source.map_err(|error| Some(error.into()))?;
    if let Some(cursor) = reading.cursor {
        source.skip_to(cursor.member, cursor.offset);
    }
    let progress = source.progress();
    loop {
        let Some(member) = source.next_member().map_err(|error| Some(error.into()))? else { return Ok(()) };
        let (index, name) = (member.index, member.name.clone());
        let mut batch = Collecting::default();
        for item in member.messages() {
            if reading.stop.is_cancelled() || send.is_closed() {
                return Err(None);
            }
            let item = match item {
                Ok(item) => item,
                Err(error) => {
                    batch.send(send, index, &progress)?;
                    return Err(Some(error.into()));
                }
            };
            batch.take(item, &name, reading);
            if batch.is_full() {
                batch.send(send, index, &progress)?;
            }
        }
        batch.send(send, index, &progress)?;
    }
}

#[derive(Default)]
struct Collecting {
    messages: Vec<NewMessage>,
    failures: Vec<NewFailure>,
    kept_out: Vec<&'static str>,
    read: i32,
    bytes: usize,
    offset: Option<u64>,
}

impl Collecting {
    fn is_full(&self) -> bool {
        self.read >= i32::try_from(BATCH_MESSAGES).unwrap_or(i32::MAX) || self.bytes >= BATCH_BYTES
    }

    fn take(&mut self, item: MboxItem, file: &str, reading: &mut Reading) {
        self.read += 1;
        self.offset = Some(item.end_offset);
        let place = format!("{file}@{}", item.offset);
        let raw = match item.kind {
            MboxKind::Message(raw) => raw,
            MboxKind::TooLarge { size, .. } => {
                let reason =
                    format!("the message has {} MB, or a line of more than 16 MB; it was not imported", size >> 20);
                self.failures.push(NewFailure { external_id: place, code: "too_large", reason });
                return;
            }
        };
        self.bytes += raw.len();
        match parse_rfc822(&raw) {
            Ok(parsed) => {
                let takeout = takeout_info(&parsed).unwrap_or_default();
                if let Some(exclusion) = excluded_by_labels(&takeout.labels) {
                    self.kept_out.push(SkipReason::from(exclusion).code());
                    return;
                }
                let external_id = takeout.message_id.unwrap_or_else(|| content_id(&raw));
                let from = parsed.from.as_ref().map(|from| from.address.as_str());
                let contents = contents(&raw, &parsed, reading.attachments);
                self.messages.push(NewMessage {
                    direction: direction(&takeout.labels, from, &reading.ours),
                    asked_as: external_id.clone(),
                    external_id,
                    thread_id: takeout.thread_id,
                    labels: takeout.labels,
                    place: None,
                    parsed,
                    contents,
                });
            }
            Err(error) => {
                self.failures.push(NewFailure { external_id: place, code: "unreadable", reason: error.to_string() });
            }
        }
    }

    fn send(
        &mut self,
        send: &mpsc::Sender<Piece>,
        member: usize,
        progress: &crate::mail::archive::Progress,
    ) -> Result<(), Option<FileProblem>> {
        let Some(offset) = self.offset else { return Ok(()) };
        let collected = std::mem::take(self);
        let batch = MailBatch {
            messages: collected.messages,
            failures: collected.failures,
            kept_out: collected.kept_out,
            read: collected.read,
            cursor: ReadCursor { member, offset },
            file_bytes_read: i64::try_from(progress.consumed()).unwrap_or(i64::MAX),
        };
        send.blocking_send(Piece::Batch(Box::new(batch))).map_err(|_| None)
    }
}

/// The bytes of a message's attachments: they are in the file, and the file will be gone.
fn contents(raw: &[u8], parsed: &ParsedMessage, settings: AttachmentSettings) -> Vec<AttachmentContent> {
    let missing = AttachmentContent::Missing;
    if parsed.attachments.is_empty() {
        return Vec::new();
    }
    if settings.policy == AttachmentPolicy::Off {
        return vec![missing(AttachmentProblem::Off); parsed.attachments.len()];
    }
    let parts = MessageParts::of(raw);
    let content = |attachment: &AttachmentInfo| {
        if attachment.size_bytes > settings.max_bytes {
            return missing(AttachmentProblem::TooLarge);
        }
        parts.bytes(&attachment.part_id).map_or(missing(AttachmentProblem::Gone), AttachmentContent::Bytes)
    };
    parsed.attachments.iter().map(content).collect()
}
