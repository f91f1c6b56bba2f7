//! Bytes to text when the charset label is right, wrong, unknown or missing.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    EUC_KR, Encoding, GB18030, GBK, IBM866, ISO_2022_JP, ISO_8859_5, KOI8_R, KOI8_U, UTF_8, WINDOWS_1251, WINDOWS_1252,
    X_MAC_CYRILLIC,
};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::message::Defect;

/// A prefix this long is enough to guess a charset.
const DETECTION_BYTES: usize = 64 * 1024;

/// Decoded text and what was wrong on the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub defect: Option<Defect>,
}

impl<'a> Decoded<'a> {
    fn clean(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), defect: None }
    }

    fn with(text: impl Into<Cow<'a, str>>, defect: Defect) -> Self {
        let text = text.into();
        let defect = if text.contains('\u{FFFD}') { Defect::UndecodableText } else { defect };
        Self { text, defect: Some(defect) }
    }
}

/// Decodes the bytes of HTML, which may name its charset itself: `meta`. Bytes, header and `meta` are three witnesses; where the header
/// is silent, or contradicts the bytes and `meta` does not, `meta` is believed.
pub(super) fn decode_html<'a>(
    bytes: &'a [u8],
    label: Option<&str>,
    meta: Option<&str>,
    tld: Option<&str>,
) -> Decoded<'a> {
    let Some(meta) = meta else { return decode(bytes, label, tld) };
    let Label::Known(inner) = lookup(meta) else { return decode(bytes, label, tld) };
    let header = label.filter(|label| !says_nothing(label)).map(lookup);
    let Some(Label::Known(outer)) = header else { return decode(bytes, Some(meta), tld) };
    let is_damaged = |encoding: &'static Encoding| encoding.decode_without_bom_handling(bytes).1;
    // What the bytes are valid in beyond doubt is seen to by `decode`.
    let contradicted = inner != outer && inner != UTF_8 && is_damaged(outer) && !is_damaged(inner);
    let mut decoded = decode(bytes, if contradicted { Some(meta) } else { label }, tld);
    if contradicted && decoded.defect.is_none() {
        decoded.defect = Some(Defect::WrongCharset);
    }
    decoded
}

/// Labels that mailers write when they do not know.
fn says_nothing(label: &str) -> bool {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    matches!(
        label.as_str(),
        "" | "us-ascii" | "ascii" | "unknown" | "unknown-8bit" | "x-unknown" | "default" | "binary" | "none"
    )
}

/// Decodes `bytes`. `label` is the declared charset, if any; `tld` the last label of the sender's domain in lower case
/// ASCII, a hint for guessing.
pub(super) fn decode<'a>(bytes: &'a [u8], label: Option<&str>, tld: Option<&str>) -> Decoded<'a> {
    if let Some((encoding, bom)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[bom..]);
        return Decoded::clean(text);
    }
    let utf8 = std::str::from_utf8(bytes).ok();
    let escapes = bytes.contains(&0x1b);
    if let Some(text) = utf8
        && text.is_ascii()
        && !escapes
        && !label.is_some_and(is_seven_bit_charset)
    {
        return Decoded::clean(text);
    }
    match label.map(lookup) {
        Some(Label::Known(encoding)) => decode_as(bytes, encoding, utf8, tld),
        Some(Label::Rare(decoder)) => Decoded::clean(decoder(bytes)),
        Some(Label::Unknown) | None => match utf8 {
            Some(text) if !escapes => Decoded::clean(text),
            None if is_damaged_utf8(bytes) => Decoded::with(String::from_utf8_lossy(bytes), Defect::UndecodableText),
            _ => Decoded::with(guess(bytes, tld).decode_without_bom_handling(bytes).0, Defect::GuessedCharset),
        },
    }
}

/// UTF-8 with a cut or a stray byte here and there. Text in other charsets has hardly a valid sequence.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut fine, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        fine += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    fine > broken * 2
}

fn decode_as<'a>(
    bytes: &'a [u8],
    encoding: &'static Encoding,
    utf8: Option<&'a str>,
    tld: Option<&str>,
) -> Decoded<'a> {
    // Text that is valid UTF-8 beyond ASCII is UTF-8, whatever a one-byte label says: the chance that Latin-1 or
    // Cyrillic text forms only valid sequences is negligible. (GBK and friends do collide on short texts.)
    if let Some(text) = utf8
        && encoding != UTF_8
        && !text.is_ascii()
        && (encoding.is_single_byte() || is_utf8_beside(text, encoding))
    {
        return Decoded::with(text, Defect::WrongCharset);
    }
    if encoding == ISO_2022_JP
        && let Some(bytes) = without_idle_escapes(bytes)
    {
        let (text, malformed) = encoding.decode_without_bom_handling(&bytes);
        if !malformed {
            return Decoded::clean(text.into_owned());
        }
    }
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    if encoding == UTF_8 {
        if !malformed {
            return Decoded::clean(text);
        }
        if is_damaged_utf8(bytes) {
            return Decoded::with(text, Defect::UndecodableText);
        }
    }
    let suspicious = malformed
        || (encoding == WINDOWS_1252 && mostly_high_letters(&text))
        || (is_cyrillic(encoding) && cyrillic_fluency(&text) < 0.25 && !is_plain_capitals(&text));
    if !suspicious {
        return Decoded::clean(text);
    }
    let other =
        if is_cyrillic(encoding) && !malformed { best_cyrillic(bytes).unwrap_or(encoding) } else { guess(bytes, tld) };
    if other == encoding {
        return if malformed { Decoded::with(text, Defect::UndecodableText) } else { Decoded::clean(text) };
    }
    let (other_text, other_malformed) = other.decode_without_bom_handling(bytes);
    if other_malformed || (encoding == WINDOWS_1252 && !malformed && !is_non_latin(&other_text)) {
        return if malformed { Decoded::with(text, Defect::UndecodableText) } else { Decoded::clean(text) };
    }
    Decoded::with(other_text, Defect::WrongCharset)
}

/// Whether text that is valid UTF-8 is that under the label of a charset with two bytes for a character. Characters of three bytes
/// are: in these charsets their first byte begins a rare character, and the bytes behind it seldom fit. Those of two bytes, which may
/// be common characters there, have to be many, to stand within words of ASCII, or to be nothing there.
fn is_utf8_beside(text: &str, encoding: &'static Encoding) -> bool {
    let foreign = || text.chars().filter(|c| !c.is_ascii());
    if foreign().count() >= 8 || foreign().any(|c| c.len_utf8() > 2) {
        return true;
    }
    // "Привет!": in GBK and its like a second byte below A1 belongs to a character that hardly anybody writes.
    let is_rare = |c: &char| c.len_utf8() == 2 && c.encode_utf8(&mut [0; 2]).as_bytes()[1] < 0xa1;
    let rare = foreign().filter(is_rare).count();
    if [GBK, GB18030, EUC_KR].contains(&encoding) && foreign().count() >= 4 && rare * 3 >= foreign().count() {
        return true;
    }
    let chars: Vec<char> = text.chars().collect();
    let within_word = chars.windows(2).any(|pair| {
        let is_accented = |c: char| !c.is_ascii() && c < '\u{250}' && c.is_alphabetic();
        (pair[0].is_ascii_alphabetic() && is_accented(pair[1]))
            || (is_accented(pair[0]) && pair[1].is_ascii_alphabetic())
    });
    within_word || encoding.decode_without_bom_handling(text.as_bytes()).1
}

/// ISO-2022-JP without the escapes that another one follows at once: they are left where encoded words or lines were joined, and
/// the decoder takes them for damage. `None` when there are none.
fn without_idle_escapes(bytes: &[u8]) -> Option<Vec<u8>> {
    let escape = |at: usize| match bytes.get(at..) {
        Some([0x1b, b'(' | b'$', b'(' | b')' | b'D', ..]) if bytes.len() >= at + 4 => Some(4),
        Some([0x1b, b'(' | b'$' | b'.', _, ..]) => Some(3),
        _ => None,
    };
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match escape(at) {
            Some(length) if escape(at + length).is_some() => at += length,
            Some(length) => {
                kept.extend_from_slice(&bytes[at..at + length]);
                at += length;
            }
            None => {
                kept.push(*byte);
                at += 1;
            }
        }
    }
    (kept.len() < bytes.len()).then_some(kept)
}

enum Label {
    Known(&'static Encoding),
    /// Known to mail-parser only: UTF-7, IBM 850 and the like.
    Rare(fn(&[u8]) -> String),
    Unknown,
}

fn lookup(label: &str) -> Label {
    // A comment may follow the value (RFC 2045 §5.1).
    let label = label.trim().split([' ', '(', ';']).next().unwrap_or_default();
    let label = label.trim_matches(['"', '\'']).to_ascii_lowercase();
    let alias = match label.as_str() {
        "utf8mb4" | "utf_8" | "unicode-1-1-utf-8" => "utf-8",
        "cp-1251" | "win-1251" | "win1251" | "windows1251" | "ansi-1251" => "windows-1251",
        "cp-1252" | "win-1252" | "ansi" => "windows-1252",
        "koi8r" | "koi-8-r" => "koi8-r",
        "sjis" | "cp932" | "x-windows-31j" => "shift_jis",
        "iso2022jp" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-ms" | "cp50220" | "cp50221" => "iso-2022-jp",
        "cp949" | "uhc" | "ms949" => "euc-kr",
        "cp950" => "big5",
        "gb2312-80" | "cp936" | "euc-cn" => "gbk",
        other => other,
    };
    match Encoding::for_label_no_replacement(alias.as_bytes()) {
        // GB18030 contains GBK, and mail labelled gb2312 uses characters from all of it.
        Some(encoding) if encoding == GBK => Label::Known(GB18030),
        Some(encoding) => Label::Known(encoding),
        None => match charset_decoder(alias.as_bytes()) {
            Some(decoder) if Encoding::for_label(alias.as_bytes()).is_none() => Label::Rare(decoder),
            _ => Label::Unknown,
        },
    }
}

/// Charsets whose ASCII bytes need not mean ASCII text.
fn is_seven_bit_charset(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    ["utf-7", "utf7", "utf-16", "utf16", "hz-gb", "iso-2022"].iter().any(|prefix| label.contains(prefix))
}

fn guess(bytes: &[u8], tld: Option<&str>) -> &'static Encoding {
    let sample = &bytes[..bytes.len().min(DETECTION_BYTES)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, sample.len() == bytes.len());
    let tld = tld.filter(|tld| tld.bytes().all(|b| b.is_ascii_lowercase()));
    detector.guess(tld.map(str::as_bytes), Utf8Detection::Allow)
}

fn is_cyrillic(encoding: &'static Encoding) -> bool {
    CYRILLIC.contains(&encoding)
}

static CYRILLIC: [&Encoding; 6] = [WINDOWS_1251, KOI8_R, KOI8_U, ISO_8859_5, IBM866, X_MAC_CYRILLIC];

/// Share of the letters that are among the commonest small Cyrillic letters: about a half in any real text, far less
/// when the bytes were decoded by another Cyrillic table.
fn cyrillic_fluency(text: &str) -> f64 {
    let (mut common, mut letters) = (0_u32, 0_u32);
    for c in text.chars().filter(|c| !c.is_ascii()).take(4096) {
        letters += 1;
        common += u32::from("оеаинтсрвл".contains(c));
    }
    if letters == 0 { 1.0 } else { f64::from(common) / f64::from(letters) }
}

/// Text in capitals has no small letters to judge by; it is fluent once lower-cased.
fn is_plain_capitals(text: &str) -> bool {
    let sample: String = text.chars().take(4096).collect();
    cyrillic_fluency(&sample.to_lowercase()) > 0.42
}

fn best_cyrillic(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(DETECTION_BYTES)];
    // Of equals `max_by` takes the last one, which is to be the commonest: Mac and Windows share their small letters.
    CYRILLIC
        .iter()
        .rev()
        .map(|encoding| (cyrillic_fluency(&encoding.decode_without_bom_handling(sample).0), *encoding))
        .filter(|(fluency, _)| *fluency > 0.4)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, encoding)| encoding)
}

/// Western text has an accent here and there; text of which most letters lie above ASCII is something else, mislabelled.
fn mostly_high_letters(text: &str) -> bool {
    let (mut high, mut low) = (0_u32, 0_u32);
    for c in text.chars().take(4096) {
        if c.is_ascii_alphabetic() {
            low += 1;
        } else if !c.is_ascii() && !c.is_whitespace() {
            high += 1;
        }
    }
    high >= 6 && high > low
}

fn is_non_latin(text: &str) -> bool {
    text.chars().filter(|c| *c > '\u{2FF}' && c.is_alphabetic()).count() >= 4
}

/// Text as it may be stored: `\n` line ends, no NUL (PostgreSQL refuses it), no BOM in front.
pub(super) fn tidy(text: &str) -> String {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut tidy = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\0' => {}
            '\r' => {
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
                tidy.push('\n');
            }
            _ => tidy.push(c),
        }
    }
    tidy
}
