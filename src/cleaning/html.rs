//! HTML to lines of text, with what the structure says about each.
//!
//! Not a browser: one pass over the tags, a stack of what is open, no tree. That is enough for mail, fast, and cannot be
//! made slow: each tag is pushed and popped once.

use super::doc::{self, Doc, Held, Hint, Line};
use super::entities;
use super::styles::{Element, Look, Sheet};
use super::tags::{self, Attributes, Tag};

/// An open element.
struct Open<'h> {
    tag: Tag,
    element: Element<'h>,
    /// How many elements in it have been opened, and the last of them.
    inside: i32,
    last: Option<(&'h str, Attributes<'h>)>,
    /// How text looks outside of it.
    look_outside: Look,
    /// A `blockquote`.
    quotes: bool,
    /// One that a program marked as another's words.
    cites: bool,
    /// The container in which a mail program puts what it quotes.
    holds: bool,
    skips: bool,
    /// It skips by its style.
    hidden: bool,
    /// The hint that was in force outside, when this element changed it.
    outside: Option<Hint>,
    /// Whether what is outside is coloured, when this element names a colour.
    uncoloured: Option<bool>,
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
    /// Its first word stands in a `pre`.
    pre: bool,
    coloured: bool,
    /// A space is due before the next word.
    space: bool,
}

impl Writer {
    fn text(&mut self, text: &str, pre: bool, depth: u8, hint: Hint, coloured: bool) {
        if !self.written {
            self.coloured = coloured;
        }
        if pre {
            for (i, part) in text.split('\n').enumerate() {
                if i > 0 {
                    self.end_line();
                }
                let part = part.trim_end_matches('\r');
                if !part.is_empty() {
                    self.pre |= !self.written;
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
        line.coloured = self.coloured;
        line.shown = self.pre && self.depth == 0 && self.hint == Hint::None;
        doc::push(&mut self.lines, line);
        self.start = end;
        self.written = false;
        self.pre = false;
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

/// Whether a mail has words that no reader sees.
pub(super) fn hides(html: &str) -> bool {
    let mut reader = Reader { sheet: sheet(html), ..Reader::default() };
    tags::Tokens::new(html).any(|token| {
        match token {
            tags::Token::Text(raw) => {
                return (reader.hidden > 0 || reader.look.hides()) && raw.contains(char::is_alphanumeric);
            }
            tags::Token::Open(tag, name, attributes, closed) => reader.open(tag, name, attributes, closed),
            tags::Token::Close(tag) => reader.close(tag),
            tags::Token::Style(..) => {}
        }
        false
    })
}

/// All style sheets of a mail: one at its end is about all of it.
fn sheet(html: &str) -> Sheet {
    let mut sheet = Sheet::default();
    let has_one = memchr::memchr_iter(b'<', html.as_bytes())
        .any(|at| html.as_bytes().get(at + 1..at + 6).is_some_and(|name| name.eq_ignore_ascii_case(b"style")));
    if has_one {
        for token in tags::Tokens::new(html) {
            if let tags::Token::Style(css, attributes) = token {
                sheet.add(css, attributes.value("media").as_deref());
            }
        }
    }
    sheet
}

/// Reads an HTML document or fragment. Never fails; linear in its length.
pub(super) fn read(html: &str) -> Doc {
    let mut reader = Reader { sheet: sheet(html), ..Reader::default() };
    let mut text = String::new();
    for token in tags::Tokens::new(html) {
        match token {
            tags::Token::Text(raw) if reader.skips == 0 && !reader.look.hides() => {
                text.clear();
                entities::decode(raw, &mut text);
                reader.text(&text);
            }
            tags::Token::Text(_) | tags::Token::Style(..) => {}
            tags::Token::Open(tag, name, attributes, closed) => reader.open(tag, name, attributes, closed),
            tags::Token::Close(tag) => reader.close(tag),
        }
    }
    reader.writer.block();
    if let Some(held) = reader.held.last_mut().filter(|held| held.end == usize::MAX) {
        held.end = reader.writer.lines.len();
    }
    show_preformatted(&mut reader.writer.lines);
    Doc::from_lines(reader.writer.out, reader.writer.lines, reader.held)
}

/// What an author puts into a `pre` below words of their own is shown. A mail that begins with one is a text in disguise.
fn show_preformatted(lines: &mut [Line]) {
    let written = |line: &Line| !line.blank() && line.depth == 0;
    let framed = lines.iter().find(|line| written(line)).is_some_and(|first| !first.shown);
    for line in lines.iter_mut().filter(|line| line.shown) {
        line.shown = framed;
        if framed {
            line.depth = 0;
        }
    }
}

/// The state while the tags go by.
#[derive(Default)]
struct Reader<'h> {
    writer: Writer,
    sheet: Sheet,
    /// How text looks here.
    look: Look,
    /// Elements around that hide what is in them, by their style.
    hidden: u32,
    /// The attributes of the outermost `html` and `body`.
    root: Option<Attributes<'h>>,
    body: Option<Attributes<'h>>,
    /// How many elements stand in the body itself, and the last of them.
    inside: i32,
    last: Option<(&'h str, Attributes<'h>)>,
    open: Vec<Open<'h>>,
    /// How many elements of each kind are open.
    counts: [u32; Tag::COUNT],
    skips: u32,
    pres: u32,
    quotes: u32,
    cites: u32,
    /// For each open container: whether what it holds is still the earlier message.
    holds: Vec<bool>,
    /// The outermost containers, in order; the last one may be open.
    held: Vec<Held>,
    hint: Hint,
    coloured: bool,
    /// The earlier message begins with the next words.
    history: bool,
}

/// Elements around one that selectors look at.
const MAX_AROUND: usize = 256;

impl<'h> Reader<'h> {
    /// The element so many places outside of the innermost: those that are open, then `body` and `html`.
    fn around(&self, place: usize) -> Option<Element<'h>> {
        if place >= MAX_AROUND {
            return None;
        }
        let outermost = |name, attributes: Option<Attributes<'h>>, place| Element {
            name,
            attributes: attributes.unwrap_or(Attributes::NONE),
            place,
            previous: None,
        };
        match self.open.len().checked_sub(place + 1) {
            Some(at) => Some(self.open[at].element),
            None if place == self.open.len() => Some(outermost("body", self.body, 2)),
            None if place == self.open.len() + 1 => Some(outermost("html", self.root, 1)),
            None => None,
        }
    }

    /// An element as selectors see it; its parent knows of it from now on.
    fn element(&mut self, name: &'h str, attributes: Attributes<'h>) -> Element<'h> {
        let (inside, last) = match self.open.last_mut() {
            Some(parent) => (&mut parent.inside, &mut parent.last),
            None => (&mut self.inside, &mut self.last),
        };
        // The head stands beside the body, not in it.
        if !name.eq_ignore_ascii_case("head") {
            *inside = inside.saturating_add(1);
        }
        Element { name, attributes, place: *inside, previous: last.replace((name, attributes)) }
    }

    /// How text looks in an element, and whether nothing in it is seen.
    fn looks(&self, element: &Element<'h>) -> (Look, bool) {
        self.sheet.look(element, &|place| self.around(place), self.look)
    }

    /// The outermost `html` and `body` say how text looks where nothing else does.
    fn outermost(&mut self, tag: Tag, name: &'h str, attributes: Attributes<'h>) {
        let known = if tag == Tag::Body { &mut self.body } else { &mut self.root };
        if known.is_some() || !self.open.iter().all(|open| open.tag == Tag::Skipped) {
            return;
        }
        *known = Some(attributes);
        let element = Element { name, attributes, place: if tag == Tag::Body { 2 } else { 1 }, previous: None };
        let root = self.root;
        let around = |place: usize| {
            let html = Element { name: "html", attributes: root.unwrap_or(Attributes::NONE), place: 1, previous: None };
            (place == 0 && tag == Tag::Body).then_some(html)
        };
        (self.look, _) = self.sheet.look(&element, &around, self.look);
    }

    fn text(&mut self, text: &str) {
        // Before the first piece of a container it is not yet known whose words these are.
        let undecided = self.held.last().is_some_and(|held| held.end == usize::MAX && held.piece.is_none());
        let held = if undecided { 0 } else { self.holds.iter().rev().take(MAX_HELD).filter(|held| **held).count() };
        let hint = match () {
            () if self.history => Hint::History,
            () if held > 0 || self.cites > 0 && self.hint == Hint::None => Hint::Quote,
            () => self.hint,
        };
        let depth = u8::try_from(self.quotes).unwrap_or(u8::MAX).saturating_add(u8::try_from(held).unwrap_or(u8::MAX));
        self.writer.text(text, self.pres > 0, depth, hint, self.coloured);
        // The first line of it is enough: everything below goes with it.
        self.history &= !self.writer.written;
    }

    fn open(&mut self, tag: Tag, name: &'h str, attributes: Attributes<'h>, closed: bool) {
        if tag == Tag::Body {
            // An unclosed head must not swallow the message.
            while self.skips > 0 && self.pop().is_some() {}
        }
        if matches!(tag, Tag::Root | Tag::Body) {
            self.outermost(tag, name, attributes);
        }
        let meaning = tags::meaning(tag, &attributes);
        if self.skips == 0 {
            layout(&mut self.writer, tag);
            self.history |= meaning == Hint::History;
        }
        if matches!(tag, Tag::Root | Tag::Body) {
            return;
        }
        let element = self.element(name, attributes);
        if tag.is_void() || closed {
            return;
        }
        let holds = meaning == Hint::Quote && tag != Tag::Blockquote;
        let outside = matches!(meaning, Hint::Signature | Hint::Attribution).then_some(self.hint);
        if outside.is_some() {
            self.hint = meaning;
        }
        if holds {
            if self.holds.is_empty() {
                self.writer.block();
                self.held.push(Held { start: self.writer.lines.len(), piece: None, end: usize::MAX });
            }
            self.holds.push(true);
        }
        let quotes = tag == Tag::Blockquote && (meaning != Hint::None || !tags::indents(&attributes));
        if quotes && let Some(held) = self.held.last_mut().filter(|held| held.end == usize::MAX) {
            held.piece.get_or_insert(self.writer.lines.len());
        }
        let (look, hidden) = self.looks(&element);
        let look_outside = std::mem::replace(&mut self.look, look);
        let skips = tag.is_skipped() || hidden;
        let uncoloured =
            tags::coloured(tag, &attributes).map(|coloured| std::mem::replace(&mut self.coloured, coloured));
        let cites = quotes && meaning == Hint::Quote;
        self.open.push(Open {
            tag,
            element,
            inside: 0,
            last: None,
            look_outside,
            quotes,
            cites,
            holds,
            skips,
            hidden,
            outside,
            uncoloured,
        });
        self.hidden += u32::from(hidden);
        self.counts[tag as usize] += 1;
        self.quotes += u32::from(quotes);
        self.cites += u32::from(cites);
        self.skips += u32::from(skips);
        self.pres += u32::from(tag == Tag::Pre);
    }

    fn close(&mut self, tag: Tag) {
        if self.counts[tag as usize] == 0 {
            if tag == Tag::P && self.skips == 0 {
                self.writer.paragraph();
            }
            return;
        }
        if tag.is_inline() {
            // `<font><blockquote></font>`: the end of a font ends no block.
            let inner = self.open.iter().rev().take(MAX_INLINE).take_while(|open| open.tag.is_inline());
            if !inner.into_iter().any(|open| open.tag == tag) {
                return;
            }
        }
        while self.pop().is_some_and(|closed| closed != tag) {}
    }

    /// Closes the innermost element.
    fn pop(&mut self) -> Option<Tag> {
        let last = self.open.pop()?;
        if self.skips == 0 {
            layout(&mut self.writer, last.tag);
            if last.outside.is_some() || last.holds {
                self.writer.block();
            }
        }
        self.look = last.look_outside;
        self.hidden -= u32::from(last.hidden);
        self.counts[last.tag as usize] -= 1;
        self.skips -= u32::from(last.skips);
        self.pres -= u32::from(last.tag == Tag::Pre);
        self.quotes -= u32::from(last.quotes);
        self.cites -= u32::from(last.cites);
        if let Some(outside) = last.outside {
            self.hint = outside;
        }
        if let Some(coloured) = last.uncoloured {
            self.coloured = coloured;
        }
        if last.holds {
            self.holds.pop();
            if self.holds.is_empty()
                && let Some(held) = self.held.last_mut()
            {
                held.end = self.writer.lines.len();
            }
        }
        // Gmail keeps answers written between the pieces of a quote in the container of the quote: after its first piece,
        // only what is in a further blockquote is the earlier message.
        if last.quotes
            && let Some(held) = self.holds.last_mut()
        {
            *held = false;
        }
        Some(last.tag)
    }
}

/// Inline elements in one another that are looked through for the one that ends.
const MAX_INLINE: usize = 64;

/// Containers in containers that are counted.
const MAX_HELD: usize = 200;

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
