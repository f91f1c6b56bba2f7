//! Files that hold mail: mbox and `.eml`, plain or gzipped, and archives (Google Takeout, a Thunderbird or Apple Mail folder) with
//! such files inside.
//!
//! Everything is streamed: no temporary copy, one inflate window and one message in memory whatever the size of the file.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::from_line::is_mail_field;
use super::mbox::{MboxOptions, MboxReader};
use super::sniff::{FileKind, SNIFF_BYTES, identify};
use super::tar_stream::TarStream;
use crate::types::{ArchiveHint, FileContent, FileProblem};

const BUFFER: usize = 256 * 1024;
/// What a file may unpack to: mail shrinks to a tenth at most, so that a hundred times its size, and some for small ones, is no mail.
const MOST_RATIO: u64 = 100;
const ALWAYS_UNPACKED: u64 = 256 << 20;
/// However large a file is. No provider hands out that much.
const MOST_UNPACKED: u64 = 1 << 40;
/// Names of foreign members kept to tell what an archive without mail holds.
const MAX_PASSED: usize = 10_000;
const DEFLATE: CompressionMethod = CompressionMethod::Deflated;

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("cannot read {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    /// The file is not what can be imported.
    #[error(transparent)]
    Unusable(#[from] FileProblem),
}

impl From<ArchiveError> for FileProblem {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Unusable(problem) => problem,
            error @ ArchiveError::Io { .. } => Self::Unreadable { what: error.to_string() },
        }
    }
}

/// An opened file, ready to hand out its mail members in order.
#[derive(Debug)]
pub struct MailSource {
    path: PathBuf,
    inner: Inner,
    next: usize,
    /// The member and the offset in it to begin at.
    skip: (usize, u64),
    consumed: Arc<AtomicU64>,
    file_bytes: u64,
    stop: Stop,
}

/// Whether reading is to end, also in the middle of a message.
#[derive(Clone)]
struct Stop(Arc<dyn Fn() -> bool + Send + Sync>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(|| false))
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stop")
    }
}

#[derive(Debug)]
enum Inner {
    Plain,
    Gzip,
    Zip(Vec<ZipMember>),
    Tar {
        stream: Box<TarStream<Box<dyn Stream>>>,
        /// Names of members that are no mail.
        passed: Vec<String>,
    },
}

/// A reader that can move between threads with its source.
trait Stream: Read + Send + fmt::Debug {}
impl<T: Read + Send + fmt::Debug> Stream for T {}

#[derive(Debug)]
struct ZipMember {
    name: String,
    /// Where the packed bytes begin in the file.
    start: u64,
    packed: u64,
    size: u64,
    crc32: u32,
    method: CompressionMethod,
}

/// One mbox (or `.eml`) of a source. `reader` stands at `start_offset`.
pub struct Member<'a> {
    /// Number among the mail members of the source, from 0.
    pub index: usize,
    /// Path inside the archive, or the file's own name.
    pub name: String,
    /// Uncompressed size, where it is known.
    pub bytes: Option<u64>,
    /// Position of `reader` in the uncompressed member.
    pub start_offset: u64,
    pub reader: Box<dyn BufRead + Send + 'a>,
}

impl<'a> Member<'a> {
    /// The messages of this member with the usual limits.
    pub fn messages(self) -> MboxReader<Box<dyn BufRead + Send + 'a>> {
        let options = MboxOptions { start_offset: self.start_offset, ..MboxOptions::default() };
        MboxReader::with_options(self.reader, options)
    }
}

/// How much of the file was read, in bytes of the file as it lies on disk (compressed where it is). Cheap to clone and to
/// ask from another thread.
#[derive(Debug, Clone)]
pub struct Progress {
    consumed: Arc<AtomicU64>,
    total: u64,
}

impl Progress {
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed).min(self.total)
    }

    pub fn total(&self) -> u64 {
        self.total
    }
}

/// Opens an mbox, an `.eml` or an `.emlx`, gzipped or not, or a `.zip`, `.tar`, `.tgz` with such files inside. What the file is, is
/// judged by its content, never by its name.
///
/// # Errors
/// When the file cannot be read or is nothing of that kind; the text says what it is instead.
pub fn open_mail_source(path: impl AsRef<Path>) -> Result<MailSource, ArchiveError> {
    open_mail_source_until(path, || false)
}

/// As [`open_mail_source`]. Once `stop` says so, every read fails, also in the middle of a message.
///
/// # Errors
/// As [`open_mail_source`].
pub fn open_mail_source_until(
    path: impl AsRef<Path>,
    stop: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<MailSource, ArchiveError> {
    let path = path.as_ref().to_owned();
    let io_error = |source| ArchiveError::Io { path: path.clone(), source };
    let file = File::open(&path).map_err(io_error)?;
    let file_bytes = file.metadata().map_err(io_error)?.len();
    let mut source = MailSource {
        path: path.clone(),
        inner: Inner::Plain,
        next: 0,
        skip: (0, 0),
        consumed: Arc::default(),
        file_bytes,
        stop: Stop(Arc::new(stop)),
    };
    source.inner = match identify(&head(file).map_err(io_error)?) {
        FileKind::Empty => return Err(FileProblem::Empty.into()),
        FileKind::Foreign(what) => return Err(FileProblem::Foreign(what).into()),
        FileKind::Binary => return Err(FileProblem::Binary.into()),
        FileKind::Text => Inner::Plain,
        FileKind::Zip => Inner::Zip(zip_members(&path)?),
        FileKind::Tar => source.open_tar(false).map_err(io_error)?,
        FileKind::Gzip => {
            let unpacked = source.gunzip().and_then(head).map_err(io_error)?;
            match identify(&unpacked) {
                FileKind::Empty => return Err(FileProblem::Empty.into()),
                FileKind::Tar => source.open_tar(true).map_err(io_error)?,
                FileKind::Text => Inner::Gzip,
                FileKind::Foreign(what) => return Err(FileProblem::Foreign(what).into()),
                FileKind::Zip | FileKind::Gzip | FileKind::Binary => {
                    return Err(FileProblem::Binary.into());
                }
            }
        }
    };
    Ok(source)
}

impl MailSource {
    /// Progress through the file on disk.
    pub fn progress(&self) -> Progress {
        Progress { consumed: Arc::clone(&self.consumed), total: self.file_bytes }
    }

    /// Whether the file is an archive, which can hold files that are empty or no mail beside those that are.
    pub fn is_archive(&self) -> bool {
        matches!(self.inner, Inner::Zip(_) | Inner::Tar { .. })
    }

    /// Names of the mail members in order, where they are known without reading everything (not in a `.tgz`).
    pub fn member_names(&self) -> Option<Vec<String>> {
        match &self.inner {
            Inner::Plain | Inner::Gzip => Some(vec![file_name(&self.path)]),
            Inner::Zip(members) => Some(members.iter().map(|member| member.name.clone()).collect()),
            Inner::Tar { .. } => None,
        }
    }

    /// Uncompressed bytes of all mail members, where known.
    pub fn total_bytes(&self) -> Option<u64> {
        match &self.inner {
            Inner::Plain => Some(self.file_bytes),
            Inner::Zip(members) => Some(members.iter().map(|member| member.size).sum()),
            Inner::Gzip | Inner::Tar { .. } => None,
        }
    }

    /// Makes [`MailSource::next_member`] begin at `offset` of member `index`: the `end_offset` of the last message that
    /// was taken. Plain files are positioned, packed ones unpacked up to there.
    pub fn skip_to(&mut self, index: usize, offset: u64) {
        self.skip = (index, offset);
    }

    /// The next mail member; `None` after the last one.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, holds no mail, or lacks the member that [`MailSource::skip_to`] named.
    pub fn next_member(&mut self) -> Result<Option<Member<'_>>, ArchiveError> {
        let (first, offset) = self.skip;
        let (index, name, bytes) = loop {
            let index = self.next;
            let Some((name, bytes)) = self.advance()? else {
                // At the end the index is the number of members.
                let missing = first > 0 && index <= first;
                return if missing { Err(FileProblem::OtherArchive { member: first }.into()) } else { Ok(None) };
            };
            if index >= first {
                break (index, name, bytes);
            }
        };
        let start_offset = if index == first { offset } else { 0 };
        let path = self.path.clone();
        let reader = self.open_member(index, start_offset).map_err(|source| ArchiveError::Io { path, source })?;
        Ok(Some(Member { index, name, bytes, start_offset, reader }))
    }

    /// Goes on to the next member: its name and uncompressed size.
    fn advance(&mut self) -> Result<Option<(String, Option<u64>)>, ArchiveError> {
        let path = &self.path;
        let found = match &mut self.inner {
            Inner::Plain if self.next == 0 => Some((file_name(path), Some(self.file_bytes))),
            Inner::Gzip if self.next == 0 => Some((file_name(path), None)),
            Inner::Plain | Inner::Gzip => None,
            Inner::Zip(members) => members.get(self.next).map(|member| (member.name.clone(), Some(member.size))),
            Inner::Tar { stream, passed } => loop {
                let damaged = |source| ArchiveError::Io { path: path.clone(), source };
                let Some(entry) = stream.next_file().map_err(damaged)? else {
                    if self.next == 0 {
                        return Err(no_mail("tar", passed).into());
                    }
                    break None;
                };
                let is_mail = is_mail_member(&entry.name)
                    || has_no_ending(&entry.name) && begins_as_mbox(stream.peek(MBOX_HEAD).map_err(damaged)?);
                if is_mail {
                    break Some((entry.name, Some(entry.size)));
                }
                if passed.len() < MAX_PASSED {
                    passed.push(entry.name);
                }
            },
        };
        self.next += usize::from(found.is_some());
        Ok(found)
    }

    /// The content of the present member from `offset` on.
    fn open_member(&mut self, index: usize, offset: u64) -> io::Result<Box<dyn BufRead + Send + '_>> {
        if matches!(self.inner, Inner::Gzip) {
            return Ok(Box::new(skipped(BufReader::with_capacity(BUFFER, self.gunzip()?), offset)?));
        }
        let counted = self.counted()?;
        let stop = self.stop.clone();
        Ok(match &mut self.inner {
            Inner::Plain | Inner::Gzip => Box::new(counted.seek_to(offset)?),
            Inner::Zip(members) => {
                let member = &members[index];
                if member.method == CompressionMethod::Stored {
                    let start = member.start.saturating_add(offset);
                    let left = member.packed.saturating_sub(offset);
                    // A checksum needs the whole member.
                    let crc32 = (offset == 0).then_some(member.crc32);
                    let checked = Checked::new(counted.seek_to(start)?.take(left), left, crc32);
                    return Ok(Box::new(BufReader::with_capacity(BUFFER, checked)));
                }
                let packed = counted.seek_to(member.start)?.take(member.packed);
                let unpacked = Stopping { inner: DeflateDecoder::new(packed), stop };
                let unpacked = Checked::new(unpacked, member.size, Some(member.crc32));
                Box::new(skipped(BufReader::with_capacity(BUFFER, unpacked), offset)?)
            }
            Inner::Tar { stream, .. } => Box::new(skipped(BufReader::with_capacity(BUFFER, stream.as_mut()), offset)?),
        })
    }

    /// The file unpacked by gzip, from its beginning.
    fn gunzip(&self) -> io::Result<Bounded<Stopping<MultiGzDecoder<BufReader<Counted>>>>> {
        let unpacked = MultiGzDecoder::new(self.counted()?.seek_to(0)?);
        let inner = Stopping { inner: unpacked, stop: self.stop.clone() };
        Ok(Bounded { inner, unpacked: 0, consumed: Arc::clone(&self.consumed) })
    }

    fn counted(&self) -> io::Result<Counted> {
        let consumed = Arc::clone(&self.consumed);
        Ok(Counted { file: Stopping { inner: File::open(&self.path)?, stop: self.stop.clone() }, consumed })
    }

    fn open_tar(&self, gzipped: bool) -> io::Result<Inner> {
        let reader: Box<dyn Stream> =
            if gzipped { Box::new(self.gunzip()?) } else { Box::new(self.counted()?.seek_to(0)?) };
        Ok(Inner::Tar { stream: Box::new(TarStream::new(reader)), passed: Vec::new() })
    }
}

/// The first bytes of a stream, as many as there are.
fn head(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(SNIFF_BYTES);
    reader.take(SNIFF_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Reads over `offset` bytes; a stream that is shorter simply has nothing left.
fn skipped<R: BufRead>(mut reader: R, offset: u64) -> io::Result<R> {
    io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
    Ok(reader)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The mail files in the directory of a zip archive.
fn zip_members(path: &Path) -> Result<Vec<ZipMember>, ArchiveError> {
    let io_error = |source| ArchiveError::Io { path: path.to_owned(), source };
    let damaged = |error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(source) => io_error(source),
        other => FileProblem::Damaged { what: other.to_string() }.into(),
    };
    let file = BufReader::new(File::open(path).map_err(io_error)?);
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let mut members = Vec::new();
    let mut passed = Vec::new();
    for index in 0..archive.len() {
        let is_named = {
            let entry = archive.by_index_raw(index).map_err(damaged)?;
            let name = entry.name();
            if entry.is_dir() || !is_mail_member(name) && !has_no_ending(name) {
                passed.push(name.to_owned());
                continue;
            }
            is_mail_member(name)
        };
        // What cannot be read without a password or by our means is no mail as far as anybody can tell.
        let is_mail = is_named
            || archive.by_index(index).ok().is_some_and(|entry| {
                let mut head = Vec::with_capacity(MBOX_HEAD);
                entry.take(MBOX_HEAD as u64).read_to_end(&mut head).is_ok() && begins_as_mbox(&head)
            });
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        let name = entry.name().to_owned();
        if !is_mail {
            passed.push(name);
            continue;
        }
        if entry.encrypted() {
            return Err(FileProblem::Encrypted { member: name }.into());
        }
        let method = entry.compression();
        if !matches!(method, CompressionMethod::Stored | DEFLATE) {
            return Err(FileProblem::Method { member: name }.into());
        }
        let start =
            entry.data_start().ok_or_else(|| FileProblem::Damaged { what: format!("{name} has no content") })?;
        let (packed, size) = (entry.compressed_size(), entry.size());
        if size > most_unpacked(packed) {
            return Err(FileProblem::Bomb { member: name, megabytes: size >> 20 }.into());
        }
        members.push(ZipMember { name, start, packed, size, crc32: entry.crc32(), method });
    }
    if members.is_empty() {
        return Err(no_mail("ZIP", &passed).into());
    }
    // As large as its members together, however many share the little that each may be more.
    let (packed, size) = members.iter().fold((0_u64, 0_u64), |(packed, size), member| {
        (packed.saturating_add(member.packed), size.saturating_add(member.size))
    });
    if size > most_unpacked(packed) {
        return Err(FileProblem::Bomb { member: file_name(path), megabytes: size >> 20 }.into());
    }
    match overlap(&members) {
        Some(what) => Err(FileProblem::Damaged { what }.into()),
        None => Ok(members),
    }
}

/// Two members that share bytes of the file: nobody's archiver writes that, but whoever wants little to unpack to a lot.
fn overlap(members: &[ZipMember]) -> Option<String> {
    let mut in_order: Vec<&ZipMember> = members.iter().filter(|member| member.packed > 0).collect();
    in_order.sort_by_key(|member| member.start);
    in_order.windows(2).find_map(|pair| {
        let [one, other] = pair else { return None };
        let overlaps = one.start.saturating_add(one.packed) > other.start;
        overlaps.then(|| format!("{} and {} lie in the same place", one.name, other.name))
    })
}

/// To how much so many packed bytes may unpack.
fn most_unpacked(packed: u64) -> u64 {
    packed.saturating_mul(MOST_RATIO).saturating_add(ALWAYS_UNPACKED).min(MOST_UNPACKED)
}

/// Whether a member of an archive is mail by its name: `*.mbox`, `*.eml`, Apple Mail's `*.emlx`, or the `mbox` file in the `Name.mbox` folders
/// that it exports. The shadow files that macOS adds are not.
fn is_mail_member(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    let shadow = name.starts_with("__MACOSX/") || file.starts_with("._");
    !shadow && (file == "mbox" || [".mbox", ".eml", ".emlx"].iter().any(|ending| file.ends_with(ending)))
}

/// Bytes that [`begins_as_mbox`] wants to see.
const MBOX_HEAD: usize = 2048;

/// Whether a file begins as an mbox does: a From line, and a header of mail below it.
fn begins_as_mbox(head: &[u8]) -> bool {
    head.starts_with(b"From ") && head.split(|b| *b == b'\n').skip(1).take(10).any(is_mail_field)
}

/// Whether a file has a name without an ending, as Thunderbird's mailboxes have (`Inbox`, `Sent`, `Archives.sbd/2025`,
/// `Dr. Feld`): its first bytes say then whether it is mail.
fn has_no_ending(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shadow = name.starts_with("__MACOSX/") || file.starts_with('.');
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    !shadow
        && !file.is_empty()
        && !((1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Names what an archive without mail holds, so that its owner recognises the mistake.
fn no_mail(archive: &str, names: &[String]) -> FileProblem {
    const KINDS: [(FileContent, &[&str]); 5] = [
        (FileContent::Photos, &["jpg", "jpeg", "png", "heic", "gif", "webp", "mp4", "mov", "dng"]),
        (FileContent::Documents, &["doc", "docx", "pdf", "odt", "xls", "xlsx", "csv", "pptx", "txt"]),
        (FileContent::Contacts, &["vcf"]),
        (FileContent::Calendars, &["ics"]),
        (FileContent::Music, &["mp3", "m4a", "flac", "ogg"]),
    ];
    let extension = |name: &String| name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    let count = |extensions: &[&str]| {
        names.iter().filter_map(extension).filter(|name| extensions.contains(&name.as_str())).count()
    };
    let content = KINDS
        .iter()
        .map(|(kind, extensions)| (count(extensions), *kind))
        .filter(|(found, _)| *found > 0)
        .max_by_key(|(found, _)| *found)
        .map(|(_, kind)| kind);
    let hint = if count(&["zip", "tgz", "gz"]) > 0 {
        Some(ArchiveHint::Archives)
    } else {
        names.iter().any(|name| name.starts_with("Takeout/")).then_some(ArchiveHint::Parts)
    };
    FileProblem::NoMail { archive: archive.to_owned(), content, hint }
}

/// A file that tells how far it was read.
#[derive(Debug)]
struct Counted {
    file: Stopping<File>,
    consumed: Arc<AtomicU64>,
}

impl Counted {
    fn seek_to(mut self, position: u64) -> io::Result<BufReader<Self>> {
        self.file.inner.seek(SeekFrom::Start(position))?;
        self.consumed.store(position, Ordering::Relaxed);
        Ok(BufReader::with_capacity(BUFFER, self))
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.consumed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Reads until it is to stop. One read of what is packed can be a thousand of what is unpacked, so both ask.
#[derive(Debug)]
struct Stopping<R> {
    inner: R,
    stop: Stop,
}

impl<R: Read> Read for Stopping<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.stop.0)() {
            return Err(io::Error::other("reading was stopped"));
        }
        self.inner.read(buffer)
    }
}

/// Holds a stream that does not say how long it is to what mail unpacks to.
#[derive(Debug)]
struct Bounded<R> {
    inner: R,
    unpacked: u64,
    /// Of the packed file.
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.unpacked += read as u64;
        if self.unpacked > most_unpacked(self.consumed.load(Ordering::Relaxed)) {
            let what = format!("it has unpacked to {} MB so far, far more than mail does", self.unpacked >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(read)
    }
}

/// Holds a stream to its promised length and checksum. A cut deflate stream otherwise just ends, and a damaged one may
/// unpack to something else.
struct Checked<R> {
    inner: R,
    left: u64,
    crc: Crc,
    expected: Option<u32>,
}

impl<R> Checked<R> {
    fn new(inner: R, left: u64, expected: Option<u32>) -> Self {
        Self { inner, left, crc: Crc::new(), expected }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 {
            return if self.left > 0 && !buffer.is_empty() {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive member is cut off"))
            } else {
                Ok(0)
            };
        }
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| damaged("is longer than the archive says"))?;
        self.crc.update(&buffer[..read]);
        if self.left == 0 && self.expected.is_some_and(|expected| expected != self.crc.sum()) {
            return Err(damaged("fails its checksum"));
        }
        Ok(read)
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive member {what}"))
}
