//! HTML to lines of text, with what the structure says about each.
//!
//! Not a browser: one pass over the tags, a stack of what is open, no tree. That is enough for mail, fast, and cannot be
//! made slow: each tag is pushed and popped once.

use super::doc::{Doc, Hint, Line};
use super::entities;
use super::tags::{self, Attributes, Tag};

/// An open element.
struct Open {
    tag: Tag,
    deepens: bool,
    skips: bool,
    pre: bool,
    /// The hint that was in force outside.
    outside: Hint,
    changed: bool,
}

#[derive(Default)]
struct Writer {
    out: String,
    lines: Vec<Line>,
    /// First byte of the line being written.
    start: usize,
    /// Depth and hint at its first word.
    depth: u8,
    hint: Hint,
    written: bool,
    /// A space is due before the next word.
    space: bool,
}

impl Writer {
    fn text(&mut self, text: &str, pre: bool, depth: u8, hint: Hint) {
        if pre {
            for (i, part) in text.split('\n').enumerate() {
                if i > 0 {
                    self.end_line();
                }
                let part = part.trim_end_matches('\r');
                if !part.is_empty() {
                    self.begin(depth, hint);
                    self.out.push_str(part);
                }
            }
            return;
        }
        for (i, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            if i > 0 {
                self.space = self.written;
            }
            if word.is_empty() {
                continue;
            }
            self.begin(depth, hint);
            self.out.push_str(word);
        }
    }

    fn begin(&mut self, depth: u8, hint: Hint) {
        if !self.written {
            self.depth = depth;
            self.hint = hint;
            self.written = true;
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
    }

    fn end_line(&mut self) {
        let start = self.start;
        self.out.push('\n');
        let end = self.out.len();
        let mut line = Doc::line_of(&self.out, start, end);
        line.depth = line.depth.saturating_add(self.depth);
        line.hint = if line.blank() { Hint::None } else { self.hint };
        self.lines.push(line);
        self.start = end;
        self.written = false;
        self.space = false;
    }

    /// A block begins or ends: whatever is written stands on its own line.
    fn block(&mut self) {
        if self.written {
            self.end_line();
        }
    }

    /// A paragraph begins or ends: one blank line.
    fn paragraph(&mut self) {
        self.block();
        if self.lines.last().is_some_and(|l| !l.blank()) {
            self.end_line();
        }
    }
}

/// Reads an HTML document or fragment. Never fails; linear in its length.
pub(super) fn read(html: &str) -> Doc {
    let mut writer = Writer::default();
    let mut open: Vec<Open> = Vec::new();
    let mut counts = [0u32; Tag::COUNT];
    let (mut depth, mut skips, mut pres) = (0u32, 0u32, 0u32);
    let mut hint = Hint::None;
    let mut history = false;
    let mut text = String::new();
    for token in tags::Tokens::new(html) {
        match token {
            tags::Token::Text(raw) => {
                if skips > 0 {
                    continue;
                }
                text.clear();
                entities::decode(raw, &mut text);
                let hint = if history { Hint::History } else { hint };
                writer.text(&text, pres > 0, u8::try_from(depth).unwrap_or(u8::MAX), hint);
                if history && writer.written {
                    // The first line of it is enough: everything below goes with it.
                    history = false;
                }
            }
            tags::Token::Open(tag, attributes, closed) => {
                if tag == Tag::Body {
                    // An unclosed head must not swallow the message.
                    while let Some(last) = open.pop() {
                        counts[last.tag as usize] -= 1;
                        skips -= u32::from(last.skips);
                        pres -= u32::from(last.pre);
                        depth -= u32::from(last.deepens);
                    }
                    hint = Hint::None;
                }
                let meaning = tags::meaning(tag, &attributes);
                if skips == 0 {
                    layout(&mut writer, tag);
                    history |= meaning == Hint::History;
                }
                if tag.is_void() || closed {
                    continue;
                }
                let deepens = skips == 0 && (tag == Tag::Blockquote || meaning == Hint::Quote);
                let hides = tag.is_skipped() || hidden(&attributes);
                let inside = match meaning {
                    Hint::Quote | Hint::Signature | Hint::Attribution if hint != Hint::Quote => meaning,
                    _ => hint,
                };
                open.push(Open {
                    tag,
                    deepens,
                    skips: hides,
                    pre: tag == Tag::Pre,
                    outside: hint,
                    changed: inside != hint,
                });
                counts[tag as usize] += 1;
                depth += u32::from(deepens);
                skips += u32::from(hides);
                pres += u32::from(tag == Tag::Pre);
                hint = inside;
            }
            tags::Token::Close(tag) => {
                if counts[tag as usize] == 0 {
                    if tag == Tag::P && skips == 0 {
                        writer.paragraph();
                    }
                    continue;
                }
                while let Some(last) = open.pop() {
                    counts[last.tag as usize] -= 1;
                    if skips == 0 {
                        layout(&mut writer, last.tag);
                    }
                    skips -= u32::from(last.skips);
                    pres -= u32::from(last.pre);
                    depth -= u32::from(last.deepens);
                    if last.changed {
                        if skips == 0 {
                            writer.block();
                        }
                        hint = last.outside;
                    }
                    if last.tag == tag {
                        break;
                    }
                }
            }
        }
    }
    if writer.written {
        writer.end_line();
    }
    Doc::from_lines(writer.out, writer.lines)
}

/// What a tag does to the lines.
fn layout(writer: &mut Writer, tag: Tag) {
    match tag {
        Tag::Br => {
            if writer.written || writer.lines.last().is_some_and(|l| !l.blank()) {
                writer.end_line();
            }
        }
        Tag::P | Tag::Heading | Tag::Blockquote | Tag::Table | Tag::List | Tag::Hr => writer.paragraph(),
        Tag::Cell => {
            writer.space = writer.written;
        }
        _ if tag.is_block() => writer.block(),
        _ => {}
    }
}

/// Preheaders and tracking texts that no reader sees.
fn hidden(attributes: &Attributes<'_>) -> bool {
    attributes.style().is_some_and(|style| {
        let style: String =
            style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).take(400).collect();
        style.contains("display:none") || style.contains("mso-hide:all") && style.contains("max-height:0")
    })
}
