//! Finds the author's own words in a mail.
//!
//! One pure function, [`clean`]: text or HTML in, the same text with the spans that are not the author's own out. Nothing is
//! rewritten: every removed span names its [`Kind`] and the rule that took it, so a page can fold it and a person can put
//! it back. The design, the order of the rules and what they reach are in `docs/CLEANING.md`.
//!
//! Every pass is linear in the size of the input: each line is looked at together with a bounded number of neighbours.

mod answers;
mod doc;
mod entities;
mod facts;
mod fold;
mod given;
mod headers;
mod html;
mod joined;
mod locale;
mod markers;
mod names;
mod notices;
mod quotes;
mod render;
mod shapes;
mod signature;
mod styles;
mod tags;
mod tail;
mod thread;

#[cfg(test)]
mod tests;

use std::{cell::RefCell, collections::BTreeSet};

use serde::{Deserialize, Serialize};

use doc::Doc;
pub use joined::join_broken_lines;
pub use tail::{Tail, habits, tail_of};

/// Raised whenever a rule changes what is removed, so that stored pairs can be rebuilt.
pub const ENGINE_VERSION: u32 = 7;

/// How much is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Quoted history, signature, sign-off, mobile footer, disclaimer and list footer.
    #[default]
    Full,
    /// Quoted history, its attribution and forwarded mail; the author's signature stays.
    QuotesOnly,
}

/// Who wrote the message, as its From field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sender<'a> {
    /// The display name.
    pub name: Option<&'a str>,
    /// The address, without angle brackets.
    pub address: Option<&'a str>,
}

/// What the engine is given about one message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    /// The `text/plain` part, decoded. It wins over `html` unless it is blank or only says that the mail is HTML.
    pub text: Option<&'a str>,
    /// The `text/html` part, decoded.
    pub html: Option<&'a str>,
    /// The author, when known: it tells a name under the text from the text.
    pub sender: Option<Sender<'a>>,
    /// Earlier plain texts of the thread, nearest first. They confirm quoted history that carries no mark of its own.
    pub parents: &'a [&'a str],
    /// Earlier mails of the same sender, as plain text: what they all end with is a signature.
    pub earlier: &'a [&'a str],
    /// What mails of the same sender in other threads end with: the lines that [`habits`] finds.
    pub habits: &'a [i64],
    /// How much is taken away.
    pub mode: Mode,
}

/// Why a span is not the author's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Words of an earlier message.
    QuotedHistory,
    /// The line that introduces them: "On … wrote:", a header block, a divider.
    Attribution,
    /// A message passed on, with its heading.
    Forwarded,
    /// Name, role, address and the like below the text.
    Signature,
    /// The closing words: "Best regards,".
    SignOff,
    /// What a device or program adds: "Sent from my iPhone".
    MobileFooter,
    /// A legal or virus notice.
    Disclaimer,
    /// What a mailing list or tracker adds.
    ListFooter,
}

/// A span that is not the author's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// First byte, as an offset into [`Cleaned::source`].
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// What the span is.
    pub kind: Kind,
    /// The rule that took it; stable names, listed in `docs/CLEANING.md`.
    pub rule: &'static str,
}

/// The message and what is not its author's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// The plain text that the spans refer to: the text part (line feeds for lone carriage returns), or the HTML rendered to text.
    pub source: String,
    /// Sorted by start and disjoint.
    pub removed: Vec<Removed>,
    /// What the rules would have taken, had it not been all that was written: it stays, and somebody should look. Empty for
    /// nearly every message.
    pub kept: Vec<Removed>,
    /// Those of [`Input::habits`] that lines of the message were found to be: with these alone, the same comes out again.
    pub habits: Vec<i64>,
}

impl Cleaned {
    /// The author's own words: what is left of `source`, blank edges gone, at most one blank line in a row.
    #[must_use]
    pub fn text(&self) -> String {
        render::own_text(&self.source, &self.removed)
    }

    /// [`Cleaned::text`], with the lines joined that a program broke: what a pair holds. `html` is the HTML part of the mail.
    #[must_use]
    pub fn pair_text(&self, html: Option<&str>) -> String {
        join_broken_lines(&self.text(), html)
    }

    /// The text with the spans put back for which `back` is true: what a person decided against the engine.
    #[must_use]
    pub fn text_with(&self, back: impl Fn(&Removed) -> bool) -> String {
        let removed: Vec<Removed> = self.removed.iter().filter(|r| !back(r)).copied().collect();
        render::own_text(&self.source, &removed)
    }

    /// True when nothing of the author's own is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }
}

/// Offsets are 32 bits: a longer text is cut here, at a character, before anything else happens (no mail system carries one).
const MAX_SOURCE: usize = u32::MAX as usize;

/// Finds what of a message is its author's own. Pure, linear in the input, never panics.
///
/// When that would be nothing, or a bare greeting, and no program marked what it quotes, less is taken, until something is
/// left: [`Cleaned::kept`] has what the rules wanted.
#[must_use]
pub fn clean(input: &Input<'_>) -> Cleaned {
    let used = Used::default();
    let cleaned = clean_noting(input, &used);
    Cleaned { habits: used.into_inner().into_iter().collect(), ..cleaned }
}

/// Notes which of the sender's habits lines of the message were found to be.
type Used = RefCell<BTreeSet<i64>>;

fn clean_noting(input: &Input<'_>, used: &Used) -> Cleaned {
    let mut first = attempt(input, input.mode, true, used);
    // What the HTML part marks as quoted is known, where the text part only repeats it.
    if let Some(history) = html_history(input, &first) {
        let mut parents = input.parents.to_vec();
        parents.push(&history);
        first = attempt(&Input { parents: &parents, ..*input }, input.mode, true, used);
    }
    if !first.bare(quotes::greets) {
        return first.finish();
    }
    if !doubtful(&first) {
        let first = first.finish();
        if first.is_empty() && !used.borrow().is_empty() {
            // A line that ends other mails as well may be all that this one says.
            let plain = clean_noting(&Input { habits: &[], ..*input }, &Used::default());
            if !plain.is_empty() {
                return Cleaned { kept: first.removed, ..plain };
            }
        }
        return first;
    }
    let whole = read(input);
    let more = |doc: &Doc| !doc.bare(quotes::greets);
    let second = Some(attempt(input, input.mode, false, used)).filter(more);
    let kept = second.or_else(|| Some(attempt(input, Mode::QuotesOnly, false, used)).filter(more)).unwrap_or(whole);
    Cleaned { kept: first.finish().removed, ..kept.finish() }
}

/// The earlier message that the HTML part marks, when nothing of the text part was taken for one.
fn html_history(input: &Input<'_>, text: &Doc) -> Option<String> {
    const MARKS: &[&str] =
        &["blockquote", "gmail_quote", "yahoo_quoted", "protonmail_quote", "divRplyFwdMsg", "appendonsend"];
    let html = input.html.filter(|html| input.text.is_some() && MARKS.iter().any(|mark| html.contains(mark)))?;
    if text.quoted() {
        return None;
    }
    let html_only = Input { text: None, html: Some(html), ..*input };
    let doc = attempt(&html_only, Mode::QuotesOnly, true, &Used::default());
    let quoted = |removed: &&Removed| matches!(removed.kind, Kind::QuotedHistory | Kind::Attribution);
    let history: String = doc.removed().iter().filter(quoted).map(|removed| doc.slice(removed)).collect();
    (!history.is_empty()).then_some(history)
}

/// Something was taken that can be a message, and nothing that a program marked as another's words.
fn doubtful(doc: &Doc) -> bool {
    let marked = |removed: &Removed| match removed.kind {
        // A bare `blockquote` is no mark, and a line about a telephone may be the author's.
        Kind::QuotedHistory if removed.rule == "below_device_footer" => false,
        Kind::QuotedHistory => removed.rule != "quoted" || doc.slice(removed).trim_start().starts_with(['>', '＞']),
        Kind::Attribution | Kind::Forwarded => true,
        _ => false,
    };
    let telling = |removed: &Removed| {
        let said = |line: &str| shapes::prose(line) || shapes::contact(line) || line.len() > 60;
        // "Unsubscribe me, please" is a footer below a text, and a wish where there is no other.
        let alone = doc.removed().len() == 1 && (0..doc.len()).all(|i| doc.lines[i].blank());
        let wishes =
            |line: &str| removed.kind == Kind::ListFooter && (alone || line.split_whitespace().nth(1).is_some());
        removed.kind != Kind::MobileFooter
            && doc.slice(removed).lines().map(str::trim).any(|line| said(line) || wishes(line))
    };
    doc.removed().iter().any(telling) && !doc.removed().iter().any(marked)
}

fn read(input: &Input<'_>) -> Doc {
    match (input.text, input.html) {
        (Some(text), html) if !(text.trim().is_empty() || html.is_some() && stub(text)) => Doc::from_text(clip(text)),
        (_, Some(html)) => html::read(clip(html)),
        (Some(text), None) => Doc::from_text(clip(text)),
        (None, None) => Doc::from_text(""),
    }
}

/// Runs the rules; without `structure`, as if the elements of an HTML part said nothing.
fn attempt(input: &Input<'_>, mode: Mode, structure: bool, used: &Used) -> Doc {
    let mut doc = read(input);
    if !structure {
        doc.forget_structure();
    }
    let thread = thread::Knowledge::new(input, used);
    let names = names::Names::new(input.sender.as_ref());
    // Taking a block away can bring two lines together that make another one; so until nothing more is found.
    for _ in 0..MAX_ROUNDS {
        let mut found = quotes::mark(&mut doc, &names, &thread);
        doc.drop_marked();
        if mode == Mode::Full {
            found |= signature::mark(&mut doc, &names, &thread);
            doc.drop_marked();
        }
        if !found {
            break;
        }
    }
    doc
}

/// "Your program cannot show HTML": a text part that only points to the other one.
fn stub(text: &str) -> bool {
    text.len() < 300 && text.lines().count() <= 4 && text.contains("HTML")
}

/// The text ends as a letter does, with a closing, one of the names, or somebody's telephone number or address: what cleaning
/// should have taken, had it seen it.
#[must_use]
pub fn ends_signed(text: &str, names: &[&str]) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let Some(last) = lines.next() else { return false };
    let Some(above) = lines.next() else { return false };
    let asked = above.ends_with([':', '：']);
    let folded = fold::fold(last);
    let named = |name: &&str| {
        let sender = Sender { name: Some(name), address: None };
        name.len() <= 200 && names::Names::new(Some(&sender)).signs(&folded)
    };
    let short = last.len() <= 60 && last.split_whitespace().count() <= 7 && !last.ends_with(['?', ':']);
    let reached = short && shapes::contact(last) && !last.contains("://") && !shapes::prose(last);
    signature::closes(last)
        || signature::signed_above(text)
        || !asked && (reached || shapes::capital(last) && names.iter().take(20).any(named))
}

/// Two rounds settle nearly every message; the rest is for stacked footers.
const MAX_ROUNDS: usize = 24;

/// The visible text of an HTML document, one line per block, no quote marks added.
#[must_use]
pub fn html_to_text(html: &str) -> String {
    html::read(clip(html)).into_source()
}

/// Whether HTML has words that nobody sees: see [`html_to_text`], which leaves them out.
#[must_use]
pub fn hides_text(html: &str) -> bool {
    html::hides(clip(html))
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_SOURCE)]
}
