//! The text as lines, and what has been decided about each.

use super::fold::invisible;
use super::{Cleaned, Kind, Removed};

/// What the structure of an HTML document says about a line, before a word of it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Hint {
    #[default]
    None,
    /// A mail program marked it as the line that introduces a quote.
    Attribution,
    /// A mail program marked it as the signature.
    Signature,
    /// From this line on, everything is the earlier message.
    History,
    /// Inside the container in which a mail program puts the earlier message.
    Quote,
    /// Between the attribution and the quote of such a container: the author wrote there.
    Own,
}

/// A decision about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub kind: Kind,
    pub rule: &'static str,
}

/// One line of the source. Offsets are bytes into it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub start: u32,
    /// After the line break.
    pub end: u32,
    /// The words: without quote marks, white space and invisible characters at the edges.
    pub body: (u32, u32),
    /// How many quote marks stand before the words, or how many quoting elements the line is in.
    pub depth: u8,
    pub hint: Hint,
    /// In a fence of code or its like: whatever it holds is shown, not quoted.
    pub shown: bool,
    /// Begins in a colour that is neither black nor grey nor a program's own.
    pub coloured: bool,
    pub mark: Option<Mark>,
}

/// A container in which a mail program puts the earlier message. Before its first `blockquote` stand the attribution, and
/// sometimes words of the author's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub start: usize,
    /// Where its first `blockquote` begins.
    pub piece: Option<usize>,
    pub end: usize,
}

impl Line {
    pub fn blank(&self) -> bool {
        self.body.0 == self.body.1
    }

    pub fn len(&self) -> usize {
        (self.body.1 - self.body.0) as usize
    }
}

/// A message under the knife: its lines that are still the author's own, and what was taken.
#[derive(Debug, Default)]
pub(super) struct Doc {
    source: String,
    pub lines: Vec<Line>,
    /// What is still to be decided about containers: line numbers, in order.
    pub held: Vec<Held>,
    removed: Vec<Removed>,
}

impl Doc {
    pub fn from_text(text: &str) -> Self {
        let source = with_line_feeds(text);
        let mut lines = Vec::with_capacity(source.len() / 40 + 1);
        let mut start = 0;
        for at in memchr::memchr_iter(b'\n', source.as_bytes()) {
            push(&mut lines, line(&source, start, at + 1));
            start = at + 1;
        }
        if start < source.len() {
            push(&mut lines, line(&source, start, source.len()));
        }
        let mut doc = Self { source, lines, ..Self::default() };
        doc.show_fenced();
        doc
    }

    /// What stands between two fences is shown.
    fn show_fenced(&mut self) {
        let fence = |i: &usize| self.lines[*i].depth == 0 && self.body(*i).starts_with("```");
        let fences: Vec<usize> = (0..self.len()).filter(fence).collect();
        for [open, close] in fences.as_chunks::<2>().0.iter().filter(|[open, close]| close - open <= FENCED) {
            for line in &mut self.lines[*open..=*close] {
                line.shown = true;
                line.depth = 0;
            }
        }
    }

    /// A document whose lines are already known; `lines` must be in order and cover `source`.
    pub fn from_lines(source: String, lines: Vec<Line>, held: Vec<Held>) -> Self {
        Self { source, lines, held, removed: Vec::new() }
    }

    /// Reads the line at `start..end` of a text.
    pub fn line_of(text: &str, start: usize, end: usize) -> Line {
        line(text, start, end)
    }

    pub fn into_source(self) -> String {
        self.source
    }

    /// The words of a line.
    pub fn body(&self, index: usize) -> &str {
        let (from, to) = self.lines[index].body;
        &self.source[from as usize..to as usize]
    }

    /// The line as it stands, with its quote marks, without its line break.
    pub fn raw(&self, index: usize) -> &str {
        let line = &self.lines[index];
        self.source[line.start as usize..line.end as usize].trim_end_matches(['\r', '\n'])
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The next line with words in it, from `index` on.
    pub fn next_written(&self, index: usize) -> Option<usize> {
        (index..self.lines.len()).find(|&i| !self.lines[i].blank())
    }

    /// The last line with words in it, before `end`.
    pub fn last_written(&self, end: usize) -> Option<usize> {
        (0..end).rev().find(|&i| !self.lines[i].blank())
    }

    /// The first `width` bytes of the words are a quote mark.
    pub fn quote_line(&mut self, index: usize, width: usize) {
        let (from, to) = self.lines[index].body;
        let words = &self.source[from as usize + width..to as usize];
        let from = offset(to as usize - words.trim_start_matches(edge).len());
        self.lines[index].body = (from, to);
        self.lines[index].depth = 1;
    }

    /// Marks the lines `from..to`.
    pub fn mark(&mut self, from: usize, to: usize, kind: Kind, rule: &'static str) {
        for line in &mut self.lines[from..to] {
            if line.mark.is_none() {
                line.mark = Some(Mark { kind, rule });
            }
        }
    }

    /// Makes two lines of one, at each `(line, offset into its words)`; in order.
    pub fn split(&mut self, places: &[(usize, usize)]) {
        let mut places = places.iter().peekable();
        let mut lines = Vec::with_capacity(self.lines.len() + places.len());
        for (index, whole) in self.lines.iter().enumerate() {
            let Some(&&(_, at)) = places.peek().filter(|(line, _)| *line == index) else {
                lines.push(*whole);
                continue;
            };
            places.next();
            let at = whole.body.0 as usize + at;
            for (start, end) in [(whole.start as usize, at), (at, whole.end as usize)] {
                let part = line(&self.source, start, end);
                lines.push(Line {
                    depth: whole.depth,
                    hint: whole.hint,
                    shown: whole.shown,
                    coloured: whole.coloured,
                    ..part
                });
            }
        }
        self.lines = lines;
    }

    /// Moves the marked lines to what was removed. Blank lines that meet become one, as in the text that comes out.
    pub fn drop_marked(&mut self) {
        for line in &self.lines {
            let Some(mark) = line.mark else { continue };
            match self.removed.last_mut() {
                Some(last) if last.end == line.start && last.kind == mark.kind && last.rule == mark.rule => {
                    last.end = line.end
                }
                _ => self.removed.push(Removed { start: line.start, end: line.end, kind: mark.kind, rule: mark.rule }),
            }
        }
        let mut empty = false;
        self.lines.retain(|line| {
            let keep = line.mark.is_none() && !(empty && line.blank() && line.depth == 0);
            if line.mark.is_none() {
                empty = line.blank() && line.depth == 0;
            }
            keep
        });
    }

    /// Something of an earlier message was taken already.
    pub fn quoted(&self) -> bool {
        self.removed.iter().any(|r| matches!(r.kind, Kind::QuotedHistory | Kind::Attribution | Kind::Forwarded))
    }

    /// What a mail program marked it did not mark: every line is as good as the next.
    pub fn forget_structure(&mut self) {
        self.held.clear();
        for line in &mut self.lines {
            line.depth = 0;
            line.hint = Hint::None;
        }
    }

    /// Nothing is left, or nothing but a greeting.
    pub fn bare(&self, greets: impl Fn(&str) -> bool) -> bool {
        (0..self.len()).all(|i| self.lines[i].blank() || greets(self.body(i)))
    }

    /// What was taken so far, in no order.
    pub fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// The text of a span.
    pub fn slice(&self, span: &Removed) -> &str {
        &self.source[span.start as usize..span.end as usize]
    }

    pub fn finish(mut self) -> Cleaned {
        self.drop_marked();
        self.removed.sort_by_key(|r| r.start);
        let mut removed: Vec<Removed> = Vec::with_capacity(self.removed.len());
        for r in self.removed {
            match removed.last_mut() {
                Some(last) if last.end == r.start && last.kind == r.kind && last.rule == r.rule => last.end = r.end,
                _ => removed.push(r),
            }
        }
        Cleaned { source: self.source, removed, kept: Vec::new(), habits: Vec::new() }
    }
}

/// Lines between two fences; more are two fences that were never closed.
const FENCED: usize = 80;

/// The text with line feeds for the carriage returns that end a line by themselves: byte for byte, so that offsets into one are
/// offsets into the other. Those before a line feed stay.
fn with_line_feeds(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        let after = rest[at..].trim_start_matches('\r');
        let run = rest.len() - at - after.len();
        out.push_str(&rest[..at]);
        out.extend(std::iter::repeat_n(if after.starts_with('\n') { '\r' } else { '\n' }, run));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Adds a line; a run of blank lines is one blank line, as in the text that comes out.
pub(super) fn push(lines: &mut Vec<Line>, line: Line) {
    match lines.last_mut() {
        Some(last) if last.blank() && line.blank() && last.depth == 0 && line.depth == 0 => last.end = line.end,
        _ => lines.push(line),
    }
}

/// Reads the quote marks of the line at `start..end`.
fn line(text: &str, start: usize, end: usize) -> Line {
    let slice = &text[start..end];
    let mut depth = 0u8;
    let mut from = start + (slice.len() - slice.trim_start_matches(edge).len());
    if let Some(mark) = initials(&text[from..end]) {
        // "CR> ": The Bat and its like put the initials of the quoted person before the mark.
        from += mark;
    }
    while let Some(rest) = text[from..end].strip_prefix(['>', '＞']) {
        depth = depth.saturating_add(1);
        let rest = rest.trim_start_matches(edge);
        from = end - rest.len();
    }
    let to = from + text[from..end].trim_end_matches(edge).len();
    Line {
        start: offset(start),
        end: offset(end),
        body: (offset(from), offset(to)),
        depth,
        hint: Hint::None,
        shown: false,
        coloured: false,
        mark: None,
    }
}

/// Bytes of two or three capital letters before a quote mark and a space.
fn initials(text: &str) -> Option<usize> {
    let (before, after) = text.split_at_checked(text.find('>').filter(|&at| (2..=6).contains(&at))?)?;
    let letters = before.chars().count();
    let marked =
        after.trim_start_matches('>').starts_with([' ', '\r', '\n']) || after.trim_start_matches('>').is_empty();
    ((2..=3).contains(&letters) && marked && before.chars().all(char::is_uppercase)).then_some(before.len())
}

/// What may stand at the edges of a line and is no word: as the text that comes out leaves it off, no rule may see it.
pub(super) fn edge(c: char) -> bool {
    c.is_whitespace() || invisible(c) || c == '\0'
}

/// Sources are clipped to what 32 bits can count.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
