//! The members of a tar stream, one after the other, without seeking and without keeping any.

use std::io::{self, Read};

use tar::{Header, PaxExtensions};

const BLOCK: usize = 512;
/// Long names and pax records are held in memory; honest ones are short.
const MAX_META: u64 = 1024 * 1024;

/// A tar archive being read front to back.
#[derive(Debug)]
pub(super) struct TarStream<R> {
    reader: R,
    /// Bytes of the present member, padding included, that were not read yet.
    pending: u64,
    /// Of those, bytes of content.
    content: u64,
    /// Bytes of content that were looked at and are still to be read.
    ahead: Vec<u8>,
}

/// A regular file in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TarEntry {
    pub name: String,
    pub size: u64,
}

impl<R: Read> TarStream<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, pending: 0, content: 0, ahead: Vec::new() }
    }

    /// Goes on to the next regular file; `None` at the end of the archive.
    pub fn next_file(&mut self) -> io::Result<Option<TarEntry>> {
        let mut long_name: Option<String> = None;
        let mut pax_size: Option<u64> = None;
        loop {
            self.skip_pending()?;
            let mut block = [0; BLOCK];
            if !read_block(&mut self.reader, &mut block)? || block.iter().all(|b| *b == 0) {
                return Ok(None);
            }
            let header = Header::from_byte_slice(&block);
            if !checksum_fits(&block, header) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "damaged tar header"));
            }
            let kind = header.entry_type();
            let declared = header.entry_size()?;
            if kind.is_gnu_longname() {
                self.begin(declared)?;
                long_name = Some(text(&self.read_meta()?));
                continue;
            }
            if kind.is_pax_local_extensions() {
                self.begin(declared)?;
                let records = self.read_meta()?;
                for record in PaxExtensions::new(&records) {
                    let record = record?;
                    match record.key_bytes() {
                        b"path" => long_name = Some(text(record.value_bytes())),
                        b"size" => pax_size = record.value().ok().and_then(|size| size.parse().ok()),
                        _ => {}
                    }
                }
                continue;
            }
            let size = pax_size.take().unwrap_or(declared);
            let name = long_name.take().unwrap_or_else(|| text(&header.path_bytes()));
            // Only files and their like have content; a directory's size field means nothing.
            let has_content = kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse();
            self.begin(if has_content || !kind.is_dir() { size } else { 0 })?;
            if kind.is_file() || kind.is_contiguous() {
                return Ok(Some(TarEntry { name, size }));
            }
        }
    }

    /// The first bytes of the present member, at most so many; they are read all the same.
    pub fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        let mut head = Vec::new();
        self.by_ref().take(length as u64).read_to_end(&mut head)?;
        self.ahead = head;
        Ok(&self.ahead)
    }

    fn begin(&mut self, size: u64) -> io::Result<()> {
        self.content = size;
        self.pending = size
            .checked_next_multiple_of(BLOCK as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "impossible size in tar header"))?;
        Ok(())
    }

    fn read_meta(&mut self) -> io::Result<Vec<u8>> {
        if self.content > MAX_META {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "oversized tar metadata"));
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn skip_pending(&mut self) -> io::Result<()> {
        let skipped = io::copy(&mut self.reader.by_ref().take(self.pending), &mut io::sink())?;
        if skipped < self.pending {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (self.pending, self.content) = (0, 0);
        self.ahead.clear();
        Ok(())
    }
}

/// Reads the content of the present member.
impl<R: Read> Read for TarStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let read = buffer.len().min(self.ahead.len());
            buffer[..read].copy_from_slice(&self.ahead[..read]);
            self.ahead.drain(..read);
            return Ok(read);
        }
        let len = buffer.len().min(usize::try_from(self.content).unwrap_or(usize::MAX));
        if len == 0 {
            return Ok(0);
        }
        let read = self.reader.read(&mut buffer[..len])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.content -= read as u64;
        self.pending -= read as u64;
        Ok(read)
    }
}

/// Fills the block; `false` at a clean end of the stream.
fn read_block(reader: &mut impl Read, block: &mut [u8; BLOCK]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < BLOCK {
        match reader.read(&mut block[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn checksum_fits(block: &[u8; BLOCK], header: &Header) -> bool {
    // The checksum field itself counts as blanks.
    let sum: u32 =
        block.iter().enumerate().map(|(at, b)| if (148..156).contains(&at) { 32 } else { u32::from(*b) }).sum();
    header.cksum().is_ok_and(|declared| declared == sum)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}
