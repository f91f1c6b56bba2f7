//! What a file is, by its first bytes: to open it the right way, or to say plainly why it cannot be imported.

use crate::types::ForeignFile;

/// Bytes that [`identify`] wants to see.
pub(super) const SNIFF_BYTES: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Empty,
    Zip,
    Gzip,
    Tar,
    /// Something known that is not mail.
    Foreign(ForeignFile),
    /// Unknown bytes that are not text.
    Binary,
    Text,
}

pub(super) fn identify(head: &[u8]) -> FileKind {
    const MAGIC: [(&[u8], FileKind); 16] = [
        (b"PK\x03\x04", FileKind::Zip),
        (b"PK\x05\x06", FileKind::Zip),
        (b"\x1f\x8b", FileKind::Gzip),
        (b"%PDF", FileKind::Foreign(ForeignFile::Pdf)),
        (b"\x89PNG", FileKind::Foreign(ForeignFile::Png)),
        (b"\xff\xd8\xff", FileKind::Foreign(ForeignFile::Jpeg)),
        (b"GIF8", FileKind::Foreign(ForeignFile::Gif)),
        (b"!BDN", FileKind::Foreign(ForeignFile::OutlookData)),
        (b"\xd0\xcf\x11\xe0", FileKind::Foreign(ForeignFile::OutlookMessage)),
        (b"SQLite format 3\0", FileKind::Foreign(ForeignFile::Sqlite)),
        (b"\x7fELF", FileKind::Foreign(ForeignFile::Program)),
        (b"MZ", FileKind::Foreign(ForeignFile::WindowsProgram)),
        (b"7z\xbc\xaf\x27\x1c", FileKind::Foreign(ForeignFile::SevenZip)),
        (b"Rar!", FileKind::Foreign(ForeignFile::Rar)),
        (b"BZh", FileKind::Foreign(ForeignFile::Bzip2)),
        (b"\xfd7zXZ", FileKind::Foreign(ForeignFile::Xz)),
    ];
    if head.is_empty() {
        return FileKind::Empty;
    }
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *kind;
    }
    if head.len() >= 262 && &head[257..262] == b"ustar" {
        return FileKind::Tar;
    }
    let start = head.trim_ascii_start();
    let lower: Vec<u8> = start.iter().take(16).map(u8::to_ascii_lowercase).collect();
    if lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") {
        return FileKind::Foreign(ForeignFile::WebPage);
    }
    if lower.starts_with(b"<?xml") {
        return FileKind::Foreign(ForeignFile::Xml);
    }
    if matches!(start.first(), Some(b'{' | b'[')) {
        return FileKind::Foreign(ForeignFile::Json);
    }
    let controls = head.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    if controls * 20 > head.len() { FileKind::Binary } else { FileKind::Text }
}
