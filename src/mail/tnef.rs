//! `winmail.dat`: what Outlook wraps a message in for others of its kind, the Transport Neutral Encapsulation Format.
//!
//! Source: [MS-OXTNEF]. Read leniently (checksums are not compared, a cut stream yields what came before the cut) and in one
//! pass over borrowed bytes; only the bodies are copied, each up to a limit. The crates that read this format stop at the
//! first irregularity or know no properties, so this is ours.

use super::charset::{self, tidy};
use super::message::{AttachmentInfo, Defect};
use super::nature::{CalendarUse, Structure};
use super::rtf::{self, Rtf};

/// Bytes of a body that are decoded. Compressed RTF grows to at most nine times its size.
const MAX_BODY: usize = 4 * 1024 * 1024;
const MAX_COMPRESSED_RTF: usize = 1024 * 1024;
/// Attachments of one stream that are listed.
const MAX_ATTACHMENTS: usize = 1_000;

/// What a stream holds.
#[derive(Debug, Default)]
pub(super) struct Tnef {
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<AttachmentInfo>,
    pub defects: Vec<Defect>,
    /// What the message class says of the message ([MS-OXCMSG] §2.2.1.3).
    pub structure: Structure,
}

/// Reads a stream; `None` when the bytes are none. `tld` is a hint for guessing charsets.
pub(super) fn read(bytes: &[u8], tld: Option<&str>) -> Option<Tnef> {
    read_attributes(bytes, tld).map(Reader::finish)
}

/// The bytes of all attachments of a stream, in the order of [`Tnef::attachments`]; together no more than the stream.
pub(super) fn attachment_bytes(bytes: &[u8]) -> Vec<Vec<u8>> {
    let attachments = read_attributes(bytes, None).map(|reader| reader.attachments).unwrap_or_default();
    attachments.into_iter().map(|attachment| attachment.data.to_vec()).collect()
}

#[cfg(test)]
thread_local! {
    /// Streams that this thread has read: what tests count.
    pub(super) static STREAMS_READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn read_attributes<'a, 't>(bytes: &'a [u8], tld: Option<&'t str>) -> Option<Reader<'a, 't>> {
    #[cfg(test)]
    STREAMS_READ.set(STREAMS_READ.get() + 1);
    let mut stream = Cursor(bytes);
    // §2.1.3.1: TNEFSignature, and a key that only has to differ from that of attachments.
    if stream.u32()? != 0x223E_9F78 || stream.u16().is_none() {
        return None;
    }
    let mut reader = Reader { tld, ..Reader::default() };
    while !stream.0.is_empty() {
        if reader.attribute(&mut stream).is_none() {
            reader.damaged = true;
            break;
        }
    }
    Some(reader)
}

/// The attributes (§2.1.3.3) that matter, as they follow one another.
#[derive(Default)]
struct Reader<'a, 't> {
    tld: Option<&'t str>,
    /// The code page of eight-bit strings (attOemCodepage).
    code_page: u32,
    /// The code page of the HTML (PidTagInternetCodepage).
    internet_code_page: u32,
    class: Option<Text<'a>>,
    /// attBody, or PidTagBody.
    text: Option<Text<'a>>,
    html: Option<Text<'a>>,
    rtf: Option<&'a [u8]>,
    attachments: Vec<Attachment<'a>>,
    damaged: bool,
}

/// A string whose code page may come later in the stream.
#[derive(Clone, Copy)]
enum Text<'a> {
    Bytes(&'a [u8]),
    Utf16(&'a [u8]),
}

#[derive(Default)]
struct Attachment<'a> {
    /// attAttachTitle: a short name.
    title: Option<Text<'a>>,
    long_name: Option<Text<'a>>,
    name: Option<Text<'a>>,
    display_name: Option<Text<'a>>,
    mime_type: Option<Text<'a>>,
    content_id: Option<Text<'a>>,
    data: &'a [u8],
    /// PidTagAttachMethod 5: a message inside the message.
    embedded: bool,
    /// PidTagAttachFlags: shown in the body.
    rendered: bool,
}

impl<'a> Reader<'a, '_> {
    /// One attribute: level, id, length, data, checksum (§2.1.3.2).
    fn attribute(&mut self, stream: &mut Cursor<'a>) -> Option<()> {
        let level = stream.take(1)?[0];
        let id = stream.u32()?;
        let length = usize::try_from(stream.u32()?).ok()?;
        let data = stream.take(length)?;
        stream.u16()?;
        match (level, id) {
            // attOemCodepage
            (1, 0x0006_9007) => self.code_page = Cursor(data).u32().unwrap_or(0),
            // attMessageClass
            (1, 0x0007_8008) => self.class = self.class.or(Some(Text::Bytes(data))),
            // attBody
            (1, 0x0002_800C) => self.text = self.text.or(Some(Text::Bytes(data))),
            // attMsgProps
            (1, 0x0006_9003) => self.damaged |= self.message_properties(data).is_none(),
            // attAttachRenddata begins an attachment.
            (2, 0x0006_9002) if self.attachments.len() < MAX_ATTACHMENTS => {
                self.attachments.push(Attachment::default());
            }
            (2, _) => {
                if let Some(attachment) = self.attachments.last_mut() {
                    self.damaged |= attachment.attribute(id, data).is_none();
                }
            }
            _ => {}
        }
        Some(())
    }

    fn message_properties(&mut self, data: &'a [u8]) -> Option<()> {
        properties(data, |id, value| match (id, value) {
            // PidTagMessageClass: in full, where attMessageClass has an old name.
            (0x001A, Value::Text(text)) => self.class = Some(text),
            (0x1000, Value::Text(text)) => self.text = Some(text),
            (0x1009, Value::Binary(bytes)) => self.rtf = Some(bytes),
            // PidTagHtml is binary, PidTagBodyHtml a string.
            (0x1013, Value::Binary(bytes)) => self.html = Some(Text::Bytes(bytes)),
            (0x1013, Value::Text(text)) => self.html = Some(text),
            (0x3FDE, Value::Integer(code_page)) => self.internet_code_page = code_page,
            _ => {}
        })
    }

    fn finish(self) -> Tnef {
        let mut tnef = Tnef::default();
        let mut html_pages = [self.internet_code_page, self.code_page];
        if html_pages[0] == 0 {
            html_pages.swap(0, 1);
        }
        tnef.text = self.text.and_then(|text| self.decode(text, self.code_page, &mut tnef.defects));
        tnef.html = self.html.and_then(|html| self.decode(html, html_pages[0], &mut tnef.defects));
        if tnef.text.is_none() && tnef.html.is_none() {
            let body = self.rtf.and_then(decompress).map(|rtf| rtf::read(&rtf));
            match body {
                Some(Rtf::Html(html)) => tnef.html = written(tidy(&html)),
                Some(Rtf::Text(text)) => tnef.text = written(tidy(&text)),
                None if self.rtf.is_some() => tnef.defects.push(Defect::BrokenTnef),
                None => {}
            }
        }
        if self.damaged {
            tnef.defects.push(Defect::BrokenTnef);
        }
        let short = |text: Text<'a>| {
            let text = self.decode(text.bounded(1_000), self.code_page, &mut Vec::new())?;
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            written(text.trim().to_owned())
        };
        tnef.structure = self.class.and_then(short).map(|class| structure(&class)).unwrap_or_default();
        let attachments = self.attachments.iter().enumerate();
        tnef.attachments = attachments.map(|(index, attachment)| attachment.info(index, short)).collect();
        tnef
    }

    /// A string as text; `None` when it is blank.
    fn decode(&self, text: Text<'_>, code_page: u32, defects: &mut Vec<Defect>) -> Option<String> {
        if text.bytes().len() > MAX_BODY {
            defects.push(Defect::BodyTruncated);
        }
        let text = match text.bounded(MAX_BODY) {
            Text::Utf16(bytes) => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0,
            Text::Bytes(bytes) => {
                let label = u16::try_from(code_page).ok().and_then(codepage::to_encoding);
                let decoded = charset::decode(bytes, label.map(|encoding| encoding.name()), self.tld);
                defects.extend(decoded.defect);
                decoded.text
            }
        };
        written(tidy(&text))
    }
}

impl<'a> Attachment<'a> {
    fn attribute(&mut self, id: u32, data: &'a [u8]) -> Option<()> {
        match id {
            // attAttachData
            0x0006_800F => self.data = data,
            // attAttachTitle
            0x0001_8010 => self.title = Some(Text::Bytes(data)),
            // attAttachment
            0x0006_9005 => {
                return properties(data, |id, value| match (id, value) {
                    (0x3001, Value::Text(text)) => self.display_name = Some(text),
                    (0x3701, Value::Binary(bytes)) => self.data = bytes,
                    (0x3704, Value::Text(text)) => self.name = Some(text),
                    (0x3705, Value::Integer(method)) => self.embedded = method == 5,
                    (0x3707, Value::Text(text)) => self.long_name = Some(text),
                    (0x370E, Value::Text(text)) => self.mime_type = Some(text),
                    (0x3712, Value::Text(text)) => self.content_id = Some(text),
                    (0x3714, Value::Integer(flags)) => self.rendered = flags & 4 != 0,
                    _ => {}
                });
            }
            _ => {}
        }
        Some(())
    }

    fn info(&self, index: usize, short: impl Fn(Text<'a>) -> Option<String>) -> AttachmentInfo {
        let names = [self.long_name, self.name, self.title, self.display_name];
        let mime_type = self.mime_type.and_then(&short).filter(|name| name.contains('/'));
        let unnamed = if self.embedded { "application/ms-tnef" } else { "application/octet-stream" };
        AttachmentInfo {
            part_id: index.to_string(),
            file_name: names.into_iter().flatten().find_map(&short),
            content_type: mime_type.map_or_else(|| unnamed.to_owned(), |name| name.to_ascii_lowercase()),
            size_bytes: self.data.len() as u64,
            content_id: self.content_id.and_then(&short).map(|id| id.trim_matches(['<', '>']).to_owned()),
            inline: self.rendered,
        }
    }
}

impl<'a> Text<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) | Self::Utf16(bytes) => bytes,
        }
    }

    fn bounded(self, limit: usize) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(&bytes[..bytes.len().min(limit)]),
            Self::Utf16(bytes) => Self::Utf16(&bytes[..bytes.len().min(limit)]),
        }
    }
}

/// A property's value, of the types that are used.
enum Value<'a> {
    Integer(u32),
    Text(Text<'a>),
    Binary(&'a [u8]),
}

/// The properties of attMsgProps and attAttachment (§2.1.3.4): a count, then tags and values. `None` when the data end early
/// or hold a type whose size is unknown.
fn properties<'a>(data: &'a [u8], mut take: impl FnMut(u16, Value<'a>)) -> Option<()> {
    let mut data = Cursor(data);
    for _ in 0..data.u32()? {
        let kind = data.u16()?;
        let id = data.u16()?;
        if id >= 0x8000 {
            // NamedPropSpec: a GUID, then a number or a name.
            data.take(16)?;
            if data.u32()? == 0 {
                data.u32()?;
            } else {
                data.counted()?;
            }
        }
        let many = kind & 0x1000 != 0;
        let kind = kind & !0x1000;
        // [MS-OXCDATA] §2.11.1
        let fixed = match kind {
            0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Some(4),
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            0x000D | 0x001E | 0x001F | 0x0102 => None,
            _ => return None,
        };
        if let Some(size) = fixed {
            let count = if many { usize::try_from(data.u32()?).ok()? } else { 1 };
            let value = data.take(count.checked_mul(size)?)?;
            if let (0x0003, false) = (kind, many) {
                take(id, Value::Integer(Cursor(value).u32()?));
            }
            continue;
        }
        for index in 0..data.u32()? {
            let value = data.counted()?;
            if many || index > 0 {
                continue;
            }
            take(
                id,
                match kind {
                    0x001E => Value::Text(Text::Bytes(value)),
                    0x001F => Value::Text(Text::Utf16(value)),
                    // An object's interface id stands before its bytes.
                    0x000D => Value::Binary(value.get(16..).unwrap_or_default()),
                    _ => Value::Binary(value),
                },
            );
        }
    }
    Some(())
}

/// Little-endian numbers and runs of bytes.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().map(u16::from_le_bytes).ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().map(u32::from_le_bytes).ok()
    }

    /// A length and that many bytes, padded to a multiple of four; at the very end the padding may be missing.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.u32()?).ok()?;
        let value = self.take(len)?;
        self.take((len.next_multiple_of(4) - len).min(self.0.len()))?;
        Some(value)
    }
}

/// A text that is not blank.
fn written(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// Message classes that say more than "a message", by their full names and by those of attMessageClass (§2.1.3.3).
fn structure(class: &str) -> Structure {
    let class = class.to_ascii_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| class.starts_with(prefix));
    let calendar = if starts(&["ipm.schedule.meeting.resp", "ipm.microsoft schedule.mtgresp"]) {
        Some(CalendarUse::Reply)
    } else if starts(&["ipm.schedule.meeting", "ipm.microsoft schedule.mtg"]) {
        Some(CalendarUse::Invite)
    } else {
        None
    };
    let report = class.starts_with("report.");
    Structure {
        calendar,
        delivery_report: (report && class.ends_with(".ndr")) || class == "ipm.microsoft mail.non-delivery",
        disposition_report: (report && (class.ends_with(".ipnrn") || class.ends_with(".ipnnrn")))
            || class == "ipm.microsoft mail.read receipt",
        signed: class == "ipm.note.smime.multipartsigned",
        encrypted: class == "ipm.note.smime",
        ..Structure::default()
    }
}

/// What the dictionary of compressed RTF begins with ([MS-OXRTFCP] §2.1.2.1).
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor \
    MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// PidTagRtfCompressed ([MS-OXRTFCP] §2.1.3.1): a header of four numbers, then literals and references into the last 4096 bytes.
/// `None` when it is something else or too long; a cut stream yields what came before the cut.
fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(bytes);
    let (_compressed_size, raw_size, kind, _crc) = (input.u32()?, input.u32()?, input.u32()?, input.u32()?);
    let raw_size = usize::try_from(raw_size).ok()?;
    match &kind.to_le_bytes() {
        b"MELA" => return Some(input.0[..input.0.len().min(raw_size).min(MAX_BODY)].to_vec()),
        b"LZFu" if input.0.len() <= MAX_COMPRESSED_RTF => {}
        _ => return None,
    }
    let mut ring = [0_u8; 4096];
    ring[..DICTIONARY.len()].copy_from_slice(DICTIONARY);
    let mut at = DICTIONARY.len();
    let mut out = Vec::new();
    let mut put = |byte: u8, ring: &mut [u8; 4096], at: &mut usize| {
        ring[*at] = byte;
        *at = (*at + 1) % ring.len();
        out.push(byte);
    };
    'runs: while let Some(&[control]) = input.take(1) {
        for bit in 0..8 {
            if control & (1 << bit) == 0 {
                let Some(&[literal]) = input.take(1) else { break 'runs };
                put(literal, &mut ring, &mut at);
                continue;
            }
            let Some(&[high, low]) = input.take(2) else { break 'runs };
            let reference = usize::from(u16::from_be_bytes([high, low]));
            let (from, len) = (reference >> 4, (reference & 15) + 2);
            // A reference to where the next byte goes is the end.
            if from == at {
                break 'runs;
            }
            for step in 0..len {
                put(ring[(from + step) % ring.len()], &mut ring, &mut at);
            }
        }
    }
    Some(out)
}
