//! Rich Text Format as Outlook sends it: text of its own, or HTML wrapped in it ([MS-OXRTFEX]).
//!
//! Only what a body needs: characters, line breaks, code pages, and which groups are no text. One pass, groups on a bounded
//! stack, output up to a limit.

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

/// Bytes of text that are kept.
const MAX_TEXT: usize = 4 * 1024 * 1024;
/// Groups inside groups whose state is kept apart; deeper ones share that of the last.
const MAX_DEPTH: usize = 256;
/// Fonts whose charset is remembered.
const MAX_FONTS: usize = 4_096;

/// The body that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rtf {
    Html(String),
    Text(String),
}

/// Reads a document. Whatever is no RTF yields the text that it has.
pub(super) fn read(rtf: &[u8]) -> Rtf {
    let mut reader = Reader {
        out: String::new(),
        pending: Vec::new(),
        surrogate: None,
        from_html: false,
        default_encoding: WINDOWS_1252,
        fonts: HashMap::new(),
        state: State::default(),
        stack: Vec::new(),
        too_deep: 0,
    };
    reader.run(rtf);
    reader.flush();
    if reader.from_html { Rtf::Html(reader.out) } else { Rtf::Text(reader.out) }
}

/// What ends with its group.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    destination: Destination,
    /// The charset of the font; `None` is that of the document.
    encoding: Option<&'static Encoding>,
    /// The font being described, inside the font table.
    font: i32,
    /// `\htmlrtf`: this is what readers of RTF see, the HTML has its own.
    html_hidden: bool,
    /// How many characters stand after `\u` for those who do not know it.
    fallback: u8,
    fallback_set: bool,
    /// How many of them are still to be passed over.
    skip: u8,
    /// `\*` came: a destination that may be passed over.
    ignorable: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Destination {
    #[default]
    Body,
    /// A piece of the HTML.
    HtmlTag,
    FontTable,
    Nothing,
}

struct Reader {
    out: String,
    /// Bytes in the present encoding, not yet decoded: a character may take two.
    pending: Vec<u8>,
    /// The first half of a pair of `\u`.
    surrogate: Option<u16>,
    /// `\fromhtml`: the document wraps HTML.
    from_html: bool,
    default_encoding: &'static Encoding,
    fonts: HashMap<i32, &'static Encoding>,
    state: State,
    stack: Vec<State>,
    /// Open groups beyond [`MAX_DEPTH`].
    too_deep: usize,
}

impl Reader {
    fn run(&mut self, mut rest: &[u8]) {
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'{' => self.open(),
                b'}' => self.close(),
                b'\\' => rest = self.control(rest),
                b'\r' | b'\n' | 0 => {}
                _ => self.byte(byte),
            }
            if self.out.len() + self.pending.len() > MAX_TEXT {
                break;
            }
        }
    }

    fn open(&mut self) {
        self.flush();
        if self.stack.len() < MAX_DEPTH {
            self.stack.push(self.state);
        } else {
            self.too_deep += 1;
        }
        self.state.skip = 0;
    }

    fn close(&mut self) {
        self.flush();
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(state) = self.stack.pop() {
            self.state = State { skip: 0, ignorable: false, ..state };
        }
    }

    /// What follows a backslash; returns what is left.
    fn control<'r>(&mut self, rest: &'r [u8]) -> &'r [u8] {
        let Some((&first, tail)) = rest.split_first() else { return rest };
        if !first.is_ascii_alphabetic() {
            match first {
                b'\'' => {
                    if let [high, low, after @ ..] = tail
                        && let Some(byte) = super::transfer::hex_pair(*high, *low)
                    {
                        self.byte(byte);
                        return after;
                    }
                }
                b'*' => self.state.ignorable = true,
                b'~' => self.char('\u{a0}'),
                b'_' => self.char('\u{2011}'),
                b'{' | b'}' | b'\\' => self.byte(first),
                b'\r' | b'\n' => self.char('\n'),
                _ => {}
            }
            return tail;
        }
        let letters = rest.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        let (word, rest) = rest.split_at(letters);
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..].iter().take(10).take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = if digits == 0 { rest.split_at(0) } else { rest.split_at(sign + digits) };
        let number: Option<i32> = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        // One blank ends the word and is part of it.
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        if word == b"bin" {
            let len = number.and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
            return rest.get(len..).unwrap_or_default();
        }
        self.word(word, number);
        rest
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        let ignorable = std::mem::take(&mut self.state.ignorable);
        match word {
            b"htmltag" if ignorable => {
                self.enter(Destination::HtmlTag);
                // The pieces of HTML are in the charset of the document (§2.2.3).
                self.state.encoding = None;
            }
            _ if ignorable => self.enter(Destination::Nothing),
            b"fonttbl" => self.enter(Destination::FontTable),
            b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"headerl" | b"headerr"
            | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf" | b"nonshppict" | b"xe" | b"tc" => {
                self.enter(Destination::Nothing);
            }
            b"fromhtml" => self.from_html = number != Some(0),
            b"htmlrtf" => {
                self.flush();
                self.state.html_hidden = number != Some(0);
            }
            b"ansicpg" => {
                let page = number.and_then(|page| u16::try_from(page).ok());
                self.default_encoding = page.and_then(codepage::to_encoding).unwrap_or(self.default_encoding);
            }
            b"f" => self.font(number.unwrap_or(0)),
            b"fcharset" => {
                if self.state.destination == Destination::FontTable
                    && self.fonts.len() < MAX_FONTS
                    && let Some(encoding) = number.and_then(font_charset)
                {
                    self.fonts.insert(self.state.font, encoding);
                }
            }
            b"plain" => {
                self.flush();
                self.state.encoding = None;
            }
            b"uc" => {
                self.state.fallback = number.and_then(|n| u8::try_from(n).ok()).unwrap_or(1);
                self.state.fallback_set = true;
            }
            b"u" => self.unicode(number.unwrap_or(0)),
            b"par" | b"line" | b"row" | b"sect" | b"page" => self.char('\n'),
            b"tab" | b"cell" => self.char('\t'),
            b"emdash" => self.char('—'),
            b"endash" => self.char('–'),
            b"lquote" => self.char('‘'),
            b"rquote" => self.char('’'),
            b"ldblquote" => self.char('“'),
            b"rdblquote" => self.char('”'),
            b"bullet" => self.char('•'),
            _ => {}
        }
    }

    fn enter(&mut self, destination: Destination) {
        self.flush();
        // What is inside something that is no text is none either.
        if self.state.destination != Destination::Nothing {
            self.state.destination = destination;
        }
    }

    fn font(&mut self, number: i32) {
        self.flush();
        self.state.font = number;
        self.state.encoding = self.fonts.get(&number).copied();
    }

    /// `\u`: a UTF-16 unit as a signed number.
    fn unicode(&mut self, number: i32) {
        self.state.skip = 0;
        let unit = (number & 0xFFFF) as u16;
        let pair = self.surrogate.take().map(|high| [high, unit]);
        match (pair, unit) {
            (_, 0xD800..=0xDBFF) => self.surrogate = Some(unit),
            (Some(pair), 0xDC00..=0xDFFF) => {
                if let Some(Ok(c)) = char::decode_utf16(pair).next() {
                    self.char(c);
                }
            }
            _ => self.char(char::from_u32(u32::from(unit)).unwrap_or('\u{FFFD}')),
        }
        self.state.skip = if self.state.fallback_set { self.state.fallback } else { 1 };
    }

    fn char(&mut self, c: char) {
        self.flush();
        if !self.is_fallback() && self.shown() {
            self.out.push(c);
        }
    }

    fn byte(&mut self, byte: u8) {
        if !self.is_fallback() && self.shown() {
            self.pending.push(byte);
        }
    }

    /// Whether the character stands for the `\u` before it; counts it.
    fn is_fallback(&mut self) -> bool {
        let fallback = self.state.skip > 0;
        self.state.skip = self.state.skip.saturating_sub(1);
        fallback
    }

    fn shown(&self) -> bool {
        match self.state.destination {
            Destination::Body => !(self.from_html && self.state.html_hidden),
            Destination::HtmlTag => self.from_html,
            Destination::FontTable | Destination::Nothing => false,
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let encoding = self.state.encoding.unwrap_or(self.default_encoding);
            self.out.push_str(&encoding.decode_without_bom_handling(&self.pending).0);
            self.pending.clear();
        }
    }
}

/// `\fcharset` numbers that name a code page; the others mean that of the document.
fn font_charset(number: i32) -> Option<&'static Encoding> {
    let page = match number {
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    };
    codepage::to_encoding(page)
}
