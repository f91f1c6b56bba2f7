//! Reading a mail file on a thread of its own: bytes in, batches of parsed messages out.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    crypto::content_id,
    mail::{
        AddressSet, Again, AttachmentInfo, CopyFacts, MboxError, MboxItem, MboxKind, MessageParts, ParsedMessage,
        direction::settle, excluded_by_labels, headers_in_text, identity, identity_without_id, is_again,
        open_mail_source_until, parse_rfc822, takeout_info,
    },
    pairing::SkipReason,
    settings::AttachmentSettings,
    store::{AttachmentContent, NewFailure, NewMessage, StoredCopy},
    types::{AttachmentPolicy, AttachmentProblem, FileProblem, RunCode},
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
    let is_archive = source.is_archive();
    // An archive of Apple Mail has a member for each message, so a batch may reach over several.
    let mut batch = Collecting::default();
    let mut alone = Alone::new(reading.cursor.is_none());
    loop {
        let member = match source.next_member() {
            Ok(Some(member)) => member,
            Ok(None) => {
                batch.send(send, &progress)?;
                if !batch.has_begun && reading.cursor.is_none() {
                    return Err(Some(FileProblem::Empty));
                }
                return alone.problem().map_or(Ok(()), |problem| Err(Some(problem)));
            }
            Err(error) => {
                batch.send(send, &progress)?;
                return Err(Some(error.into()));
            }
        };
        let (index, name) = (member.index, member.name.clone());
        for item in member.messages() {
            if reading.stop.is_cancelled() || send.is_closed() {
                return Err(None);
            }
            let item = match item {
                Ok(item) => item,
                // A folder without mail, or one file of many that is none.
                Err(MboxError::Unusable(FileProblem::Empty)) if is_archive => continue,
                Err(MboxError::Unusable(problem)) if is_archive && batch.has_begun => {
                    batch.pass_over((index, &name), problem.to_string());
                    continue;
                }
                Err(error) => {
                    batch.send(send, &progress)?;
                    return Err(Some(error.into()));
                }
            };
            alone.see(&item);
            batch.take(item, (index, &name), reading);
            if batch.is_full() {
                batch.send(send, &progress)?;
            }
        }
    }
}

/// Whether a file's only message is probably several, which a reader that does not know their separators takes for one.
enum Alone {
    NotYet,
    One { at: Option<usize> },
    No,
}

impl Alone {
    fn new(is_whole: bool) -> Self {
        if is_whole { Self::NotYet } else { Self::No }
    }

    fn see(&mut self, item: &MboxItem) {
        *self = match (&*self, &item.kind) {
            (Self::NotYet, MboxKind::Message(raw)) => Self::One { at: headers_in_text(raw) },
            _ => Self::No,
        };
    }

    fn problem(&self) -> Option<FileProblem> {
        if let Self::One { at: Some(at) } = self { Some(FileProblem::Unseparated { at: *at }) } else { None }
    }
}

impl MailBatch {
    /// Takes over the keys of messages that are here from another export, and their labels where this one has none. What is here says
    /// more than a copy that is cut: that one is left out, and named where it is broken.
    pub(super) fn recognise(&mut self, copies: Vec<Option<StoredCopy>>, ours: &AddressSet) {
        let mut kept: Vec<NewMessage> = Vec::with_capacity(self.messages.len());
        for (mut message, copy) in self.messages.drain(..).zip(copies) {
            let Some(copy) = copy.or_else(|| copy_among(&kept, &message)) else {
                kept.push(message);
                continue;
            };
            match copy.again {
                Again::Whole => {}
                Again::Shorter => continue,
                Again::CutOff => {
                    let reason = "this copy is cut off; the whole message is here already, and stays".to_owned();
                    self.failures.push(NewFailure { external_id: message.asked_as, code: RunCode::CutOff, reason });
                    continue;
                }
            }
            message.external_id = copy.external_id;
            if message.labels.is_empty() {
                message.labels = copy.labels;
                message.direction = settle(&mut message.parsed, &mut message.labels, ours);
            }
            kept.push(message);
        }
        self.messages = kept;
    }
}

/// The message that this one is once more.
fn copy_among(earlier: &[NewMessage], message: &NewMessage) -> Option<StoredCopy> {
    let id = message.parsed.message_id.as_deref()?;
    let new = CopyFacts::from(&message.parsed);
    earlier.iter().filter(|one| one.parsed.message_id.as_deref() == Some(id)).find_map(|one| {
        let again = is_again(&CopyFacts::from(&one.parsed), &new)?;
        Some(StoredCopy { external_id: one.external_id.clone(), labels: one.labels.clone(), again })
    })
}

#[derive(Default)]
struct Collecting {
    messages: Vec<NewMessage>,
    failures: Vec<NewFailure>,
    kept_out: Vec<&'static str>,
    read: i32,
    bytes: usize,
    /// Behind the last message.
    cursor: Option<ReadCursor>,
    /// A message was found, in this batch or before.
    has_begun: bool,
}

impl Collecting {
    fn is_full(&self) -> bool {
        self.read >= i32::try_from(BATCH_MESSAGES).unwrap_or(i32::MAX) || self.bytes >= BATCH_BYTES
    }

    /// Notes a file of an archive that is no mail.
    fn pass_over(&mut self, (member, file): (usize, &str), reason: String) {
        self.cursor = Some(ReadCursor { member, offset: 0 });
        self.failures.push(NewFailure { external_id: file.to_owned(), code: RunCode::Unreadable, reason });
    }

    fn take(&mut self, item: MboxItem, (member, file): (usize, &str), reading: &Reading) {
        self.read += 1;
        self.has_begun = true;
        self.cursor = Some(ReadCursor { member, offset: item.end_offset });
        let place = format!("{file}@{}", item.offset);
        let raw = match item.kind {
            MboxKind::Message(raw) => raw,
            MboxKind::TooLarge { size, .. } => {
                let reason =
                    format!("the message has {} MB, or a line of more than 16 MB; it was not imported", size >> 20);
                self.failures.push(NewFailure { external_id: place, code: RunCode::TooLarge, reason });
                return;
            }
        };
        self.bytes += raw.len();
        match parse_rfc822(&raw) {
            Ok(mut parsed) => {
                let mut takeout = takeout_info(&parsed).unwrap_or_default();
                if let Some(exclusion) = excluded_by_labels(&takeout.labels) {
                    self.kept_out.push(SkipReason::from(exclusion).as_str());
                    return;
                }
                let external_id = takeout.message_id.unwrap_or_else(|| match parsed.message_id {
                    Some(_) => content_id(&identity(&raw)),
                    None => content_id(&identity_without_id(&raw)),
                });
                let direction = settle(&mut parsed, &mut takeout.labels, &reading.ours);
                let contents = contents(&raw, &parsed, reading.attachments);
                self.messages.push(NewMessage {
                    direction,
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
                self.failures.push(NewFailure {
                    external_id: place,
                    code: RunCode::Unreadable,
                    reason: error.to_string(),
                });
            }
        }
    }

    fn send(
        &mut self,
        send: &mpsc::Sender<Piece>,
        progress: &crate::mail::archive::Progress,
    ) -> Result<(), Option<FileProblem>> {
        let Some(cursor) = self.cursor else { return Ok(()) };
        let has_begun = self.has_begun;
        let collected = std::mem::replace(self, Self { has_begun, ..Self::default() });
        let batch = MailBatch {
            messages: collected.messages,
            failures: collected.failures,
            kept_out: collected.kept_out,
            read: collected.read,
            cursor,
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
