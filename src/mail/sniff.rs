//! What a file is, by its first bytes: to open it the right way, or to say plainly why it cannot be imported.

/// Bytes that [`identify`] wants to see.
pub(super) const SNIFF_BYTES: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Empty,
    Zip,
    Gzip,
    Tar,
    /// Something known that is not mail; the text completes "this is …".
    Foreign(&'static str),
    /// Unknown bytes that are not text.
    Binary,
    Text,
}

pub(super) fn identify(head: &[u8]) -> FileKind {
    const MAGIC: [(&[u8], FileKind); 16] = [
        (b"PK\x03\x04", FileKind::Zip),
        (b"PK\x05\x06", FileKind::Zip),
        (b"\x1f\x8b", FileKind::Gzip),
        (b"%PDF", FileKind::Foreign("a PDF document")),
        (b"\x89PNG", FileKind::Foreign("a PNG image")),
        (b"\xff\xd8\xff", FileKind::Foreign("a JPEG image")),
        (b"GIF8", FileKind::Foreign("a GIF image")),
        (b"!BDN", FileKind::Foreign("an Outlook data file (.pst); export it as mbox first")),
        (b"\xd0\xcf\x11\xe0", FileKind::Foreign("an Outlook message or an old Office document; save it as .eml first")),
        (b"SQLite format 3\0", FileKind::Foreign("an SQLite database")),
        (b"\x7fELF", FileKind::Foreign("a program")),
        (b"MZ", FileKind::Foreign("a Windows program")),
        (b"7z\xbc\xaf\x27\x1c", FileKind::Foreign("a 7-Zip archive; unpack it first")),
        (b"Rar!", FileKind::Foreign("a RAR archive; unpack it first")),
        (b"BZh", FileKind::Foreign("a bzip2 archive; unpack it first")),
        (b"\xfd7zXZ", FileKind::Foreign("an xz archive; unpack it first")),
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
        return FileKind::Foreign("a web page");
    }
    if lower.starts_with(b"<?xml") {
        return FileKind::Foreign("an XML file");
    }
    if matches!(start.first(), Some(b'{' | b'[')) {
        return FileKind::Foreign("a JSON file");
    }
    let controls = head.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    if controls * 20 > head.len() { FileKind::Binary } else { FileKind::Text }
}
