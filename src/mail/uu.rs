//! uuencoded files (POSIX `uuencode`): old mailers put them into the text, or name the encoding in `Content-Transfer-Encoding`.

use super::transfer::decode_base64;

/// Files of one text that are taken out.
const MAX_FILES: usize = 100;

/// A file that stood in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UuFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// How a file is named that stood in the text of a part, behind the part's own id.
pub(super) fn part_id(index: usize) -> String {
    format!("uu{index}")
}

/// The number of the file, from such a name.
pub(super) fn index_of(part_id: &str) -> Option<usize> {
    part_id.strip_prefix("uu")?.parse().ok()
}

/// The type of a file by its name, which is all there is.
pub(super) fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        _ => "application/octet-stream",
    }
}

/// Takes the files out of a text. `None` when there are none; a block that does not end, or holds lines that are no code, stays.
pub(super) fn take_out(text: &str) -> Option<(String, Vec<UuFile>)> {
    if !text.starts_with("begin") && !text.contains("\nbegin") {
        return None;
    }
    let mut files = Vec::new();
    let mut rest = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let line = line_at(text, at);
        let after = at + line.len();
        if files.len() < MAX_FILES
            && let Some((name, is_base64)) = begin(line.trim_end_matches(['\r', '\n']))
            && let Some((bytes, end)) = block(text, after, is_base64)
        {
            files.push(UuFile { name: name.to_owned(), bytes });
            at = end;
        } else {
            rest.push_str(line);
            at = after;
        }
    }
    (!files.is_empty()).then_some((rest, files))
}

/// The first file of encoded bytes; lines before its `begin` are passed over, and where its end is missing, what is there counts.
pub(super) fn decode(bytes: &[u8]) -> Option<UuFile> {
    let mut lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let (name, is_base64) = lines.by_ref().find_map(|line| {
        let (name, is_base64) = begin(std::str::from_utf8(line).ok()?)?;
        Some((name.to_owned(), is_base64))
    })?;
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for line in lines {
        if is_base64 {
            if line == b"====" {
                break;
            }
            out.extend(decode_base64(line).0);
        } else if line == b"end" || !decode_line(line, &mut out) {
            break;
        }
    }
    Some(UuFile { name, bytes: out })
}

/// `begin 644 photo.jpg`, `begin-base64 644 photo.jpg`.
fn begin(line: &str) -> Option<(&str, bool)> {
    let rest = line.strip_prefix("begin")?;
    let (rest, is_base64) = rest.strip_prefix("-base64").map_or((rest, false), |rest| (rest, true));
    let (mode, name) = rest.strip_prefix(' ')?.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let name = name.trim();
    (is_mode && !name.is_empty() && name.len() <= 255).then_some((name, is_base64))
}

/// The bytes of the block that begins at `at`, and where the text goes on behind it.
fn block(text: &str, mut at: usize, is_base64: bool) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::new();
    while at < text.len() {
        let whole = line_at(text, at);
        let line = whole.trim_end_matches(['\r', '\n']);
        at += whole.len();
        if is_base64 {
            if line == "====" {
                return Some((bytes, at));
            }
            if line.is_empty() || line.bytes().any(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')))
            {
                return None;
            }
            bytes.extend(decode_base64(line.as_bytes()).0);
        } else if line == "end" {
            return Some((bytes, at));
        } else if !decode_line(line.as_bytes(), &mut bytes) {
            return None;
        }
    }
    None
}

/// Decodes one line: a character for its length, then four for every three bytes. Blanks at its end may have been cut off, and
/// some encoders add a character for a check sum.
fn decode_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((first, digits)) = line.split_first() else { return true };
    let Some(length) = value(*first).map(usize::from) else { return false };
    let wanted = length.div_ceil(3) * 4;
    // A blank stands for nothing; an ordinary line of text that happens to begin so is longer or shorter by more.
    if digits.len() > wanted + 2
        || digits.len() + 3 < wanted.min(length * 4 / 3)
        || digits.iter().any(|b| value(*b).is_none())
    {
        return false;
    }
    let mut left = length;
    for group in digits[..digits.len().min(wanted)].chunks(4) {
        let mut bits = 0_u32;
        for index in 0..4 {
            bits = bits << 6 | u32::from(group.get(index).and_then(|b| value(*b)).unwrap_or(0));
        }
        for byte in [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8] {
            if left > 0 {
                out.push(byte);
                left -= 1;
            }
        }
    }
    out.extend(std::iter::repeat_n(0, left));
    true
}

fn value(byte: u8) -> Option<u8> {
    (b' '..=b'`').contains(&byte).then(|| (byte - b' ') & 0x3F)
}

fn line_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let len = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
    &rest[..len]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAT: &str = "begin 644 cat.txt\n#0V%T\n`\nend\n";

    #[test]
    fn files_are_taken_out_of_a_text() {
        let text = format!("Hello,\n\n{CAT}\nbetween\nbegin-base64 644 dog.txt\nRG9n\n====\nbye\n");
        let (rest, files) = take_out(&text).expect("two files");
        assert_eq!(rest, "Hello,\n\n\nbetween\nbye\n");
        let files: Vec<(&str, &[u8])> = files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(files, [("cat.txt", &b"Cat"[..]), ("dog.txt", b"Dog")]);
        let (rest, _) = take_out(&CAT.replace('\n', "\r\n")).expect("line ends do not matter");
        assert_eq!(rest, "");
    }

    #[test]
    fn what_only_begins_like_a_file_stays() {
        for text in [
            "begin 644 cat.txt\n#0V%T\n",
            "begin 644 cat.txt\nthis is a sentence of ours\nend\n",
            "begin 2 weeks later\nend\n",
            "We begin 644 cat.txt\nend\n",
            "> begin 644 cat.txt\n> #0V%T\n> end\n",
        ] {
            assert_eq!(take_out(text), None, "{text}");
        }
    }

    #[test]
    fn a_part_is_decoded_even_when_it_is_cut_off() {
        let file = decode(b"\r\nbegin 600 cat.txt\r\n#0V%T\r\n").expect("a file");
        assert_eq!((file.name.as_str(), file.bytes.as_slice()), ("cat.txt", &b"Cat"[..]));
        assert_eq!(decode(b"no file"), None);
    }
}
