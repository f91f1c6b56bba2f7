//! Writes the first inputs of every fuzz target, made of our own fixtures: `seeds FOLDER` fills `FOLDER/<target>/`.

use std::fs;
use std::io::{self, BufReader};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use replybook::mail::{MboxKind, MboxReader, parse_rfc822};
use replybook_fuzz::SEPARATOR;
use serde_json::json;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Messages of the sample mailbox that are taken, evenly spread.
const MESSAGES: usize = 150;
/// HTML that makes parsers work: what is closed too early goes on in the next block, and nothing fits.
const HOSTILE: [&str; 12] = [
    "calc(",
    "\\75rl(",
    "color:red;",
    "<font color={}><p>",
    "<b><p></b>",
    "<a href=https://x.example/{}><div>",
    "</q>",
    "<span></q>",
    "<table><tr><td><i>",
    "<img src=https://x.example/{}",
    "<p a{}=b style=\"width:calc(1px)\">",
    "<blockquote><div class=gmail_quote>",
];
/// Bytes of an input that is one piece again and again.
const REPEATED: usize = 64 * 1024;

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("say where: seeds FOLDER"))?;
    let folder = Path::new(&folder);
    let mail = messages()?;
    for (number, raw) in mail.iter().enumerate() {
        write(folder, "rfc822", number, raw)?;
        write(folder, "gmail", number, &gmail(raw))?;
        write(folder, "mbox", number, &[b"From a@b Thu Nov 19 07:00:00 2026\n", raw.as_slice(), b"\n"].concat())?;
        if let Ok(message) = parse_rfc822(raw) {
            let sender = message.from.as_ref();
            let name = sender.and_then(|sender| sender.name.clone()).unwrap_or_default();
            let address = sender.map(|sender| sender.address.clone()).unwrap_or_default();
            for (options, body) in [(0, &message.body_text), (2, &message.body_html)] {
                if let Some(body) = body {
                    write(folder, "clean", number * 2 + options, &cleaning(options, &[body, &name, &address]))?;
                }
            }
            if let Some(html) = &message.body_html {
                write(folder, "html", number, &[b"\0", html.as_bytes()].concat())?;
            }
        }
    }
    for (number, stream) in winmail().iter().enumerate() {
        write(folder, "tnef", number, stream)?;
        let head = b"From: a@x.example\r\nContent-Type: application/ms-tnef\r\n\r\n";
        write(folder, "rfc822", mail.len() + number, &[head.as_slice(), stream].concat())?;
    }
    let pieces = fs::read_to_string(Path::new(ROOT).join("src/cleaning/fixtures/repeated.txt"))?;
    for (number, piece) in pieces.lines().enumerate() {
        let piece = piece.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        for options in 0..4 {
            write(
                folder,
                "repeated-clean",
                number * 4 + options,
                &cleaning(options, &[&piece.repeat(REPEATED / piece.len())]),
            )?;
        }
    }
    for (number, html) in HOSTILE.iter().enumerate() {
        let html = html.replace("{}", "");
        write(folder, "html", mail.len() + number, &[b"\x01", html.as_bytes()].concat())?;
    }
    for (number, piece) in pieces.lines().chain(HOSTILE).enumerate() {
        // A piece that counts is another one each time.
        let repeated: String = (0..REPEATED / piece.len()).map(|n| piece.replace("{}", &n.to_string())).collect();
        for (option, (head, tail)) in
            [("", ""), ("<p style=\"width:", "\">x"), ("<img src=\"", "\">x")].iter().enumerate()
        {
            let input = format!("\0{head}{repeated}{tail}");
            write(folder, "repeated-html", number * 3 + option, input.as_bytes())?;
        }
    }
    for (number, case) in fixtures()?.iter().enumerate() {
        write(folder, "clean", MESSAGES * 2 + number, case)?;
    }
    Ok(())
}

fn write(folder: &Path, target: &str, number: usize, data: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder.join(target))?;
    fs::write(folder.join(target).join(format!("seed-{number:04}")), data)
}

/// Messages of the sample mailbox, and those of `seeds/`, which have what the sample mailbox has not.
fn messages() -> io::Result<Vec<Vec<u8>>> {
    let sample = fs::File::open(Path::new(ROOT).join("sample/mailbox.mbox"))?;
    let all: Vec<Vec<u8>> = MboxReader::new(BufReader::new(sample))
        .filter_map(|item| match item.ok()?.kind {
            MboxKind::Message(bytes) => Some(bytes),
            MboxKind::TooLarge { .. } => None,
        })
        .collect();
    let mut mail: Vec<Vec<u8>> = all.iter().step_by(all.len().div_ceil(MESSAGES).max(1)).cloned().collect();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds"))? {
        mail.push(fs::read(entry?.path())?);
    }
    Ok(mail)
}

/// Streams as `src/mail/tests/tnef.rs` describes them: one with text and an attachment, the others with RTF.
fn winmail() -> Vec<Vec<u8>> {
    let text = |value: &str| value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let variable = |tag: u32, value: &[u8]| {
        let mut bytes = [tag.to_le_bytes(), 1_u32.to_le_bytes(), length(value)].concat();
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let page = [0x3FDE_0003_u32.to_le_bytes(), 65001_u32.to_le_bytes()].concat();
    let named = [0x8001_0003_u32.to_le_bytes().as_slice(), &[7; 16], &[0; 12]].concat();
    let name =
        [3_u32.to_le_bytes().to_vec(), variable(0x3707_001F, &text("a.pdf")), variable(0x3701_000D, &[9; 20]), named]
            .concat();
    let stream = |props: &[Vec<u8>]| {
        let count = u32::try_from(props.len()).unwrap_or_default().to_le_bytes();
        let attributes: [(u8, u32, Vec<u8>); 6] = [
            (1, 0x0006_9007, [1251_u32.to_le_bytes(), [0; 4]].concat()),
            (1, 0x0007_8008, b"IPM.Note\0".to_vec()),
            (1, 0x0006_9003, [count.to_vec(), props.concat()].concat()),
            (2, 0x0006_9002, vec![0; 14]),
            (2, 0x0001_8010, b"A~1.PDF\0".to_vec()),
            (2, 0x0006_9005, name.clone()),
        ];
        let mut bytes = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
        for (level, id, data) in &attributes {
            bytes.extend([&[*level], id.to_le_bytes().as_slice(), &length(data), data, &[0, 0]].concat());
        }
        bytes
    };
    let stored = |rtf: &[u8]| [length(rtf).as_slice(), &length(rtf), b"MELA", &[0; 4], rtf].concat();
    let compressed = b"-\0\0\0+\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\n\0rcpg125B2\n\xf3 hel\t\0 bw\x05\xb0ld}\n\x80\x0f\xa0";
    let html = br"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0\fcharset204 A;}}{\*\htmltag84 <b>}\htmlrtf \par\htmlrtf0\f0\'cf\uc1\u1055?}";
    let plain =
        br"{\rtf1\ansi{\info{\author A}}{\field{\*\fldinst H}{\fldrslt x}}{\pict\bin3 }}}}\tab\emdash\~\plain\'e9\par}";
    // As many attachments as are listed, each of them asked for.
    let crowd = [stream(&[]), attachments(1_000)].concat();
    vec![
        crowd,
        stream(&[page, variable(0x1013_0102, b"<p>Text</p>"), variable(0x1000_001F, &text("Text"))]),
        stream(&[variable(0x1009_0102, compressed)]),
        stream(&[variable(0x1009_0102, &stored(html))]),
        stream(&[variable(0x1009_0102, &stored(plain))]),
    ]
}

/// Attributes of so many attachments of one byte.
fn attachments(number: usize) -> Vec<u8> {
    let begins = [&[2], 0x0006_9002_u32.to_le_bytes().as_slice(), &length(&[0; 14]), &[0; 16]].concat();
    let data = [&[2], 0x0006_800F_u32.to_le_bytes().as_slice(), &length(&[1]), &[1, 0, 0]].concat();
    [begins, data].concat().repeat(number)
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes()
}

/// The message as Gmail's API sends it: one in two raw, one in two taken apart.
fn gmail(raw: &[u8]) -> Vec<u8> {
    let parsed = parse_rfc822(raw).unwrap_or_default();
    let headers: Vec<_> = parsed.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let part = |kind: &str, text: &Option<String>| {
        text.as_ref().map(|text| json!({"mimeType": kind, "body": {"size": text.len(), "data": URL_SAFE.encode(text)}}))
    };
    let mut parts: Vec<_> =
        [part("text/plain", &parsed.body_text), part("text/html", &parsed.body_html)].into_iter().flatten().collect();
    parts.push(json!({"mimeType": "application/pdf", "filename": "a.pdf", "body": {"attachmentId": "A", "size": 7}}));
    let payload = json!({"mimeType": "multipart/mixed", "headers": headers, "body": {"size": 0}, "parts": parts});
    let mut message =
        json!({"id": "1", "threadId": "1", "labelIds": ["INBOX"], "internalDate": "1795071600000", "payload": payload});
    if raw.len().is_multiple_of(2) {
        message = json!({"id": "1", "threadId": "1", "raw": URL_SAFE.encode(raw)});
    }
    message.to_string().into_bytes()
}

/// The cases under `src/cleaning/fixtures/`, whose form `src/cleaning/tests/fixtures.rs` describes.
fn fixtures() -> io::Result<Vec<Vec<u8>>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(Path::new(ROOT).join("src/cleaning/fixtures"))? {
        let file = fs::read_to_string(entry?.path())?;
        for case in file.split("\n### ").skip(1) {
            let Some((message, _)) = case.split_once('\n').and_then(|(_, body)| body.split_once("\n=== own")) else {
                continue;
            };
            let (mut message, mut options) = (message, Vec::new());
            while let Some((option, rest)) = message.strip_prefix("@ ").and_then(|rest| rest.split_once('\n')) {
                options.extend(option.split_once(": "));
                message = rest;
            }
            let option = |key: &str| options.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
            let text = |key: &str| option(key).unwrap_or_default().replace("\\n", "\n");
            let mode = usize::from(option("mode") == Some("quotes")) + 2 * usize::from(option("html").is_some());
            let (parent, earlier) = (text("parent"), text("earlier").replace("\\f", "\u{1e}"));
            cases.push(cleaning(mode, &[message, &text("sender"), &text("address"), &parent, &earlier]));
        }
    }
    Ok(cases)
}

/// An input for the cleaner.
fn cleaning(options: usize, sections: &[&str]) -> Vec<u8> {
    let mut data = vec![u8::try_from(options).unwrap_or_default()];
    data.extend(sections.join(&*char::from(SEPARATOR).to_string()).into_bytes());
    data
}
