//! Finds the author's own words in a mail.
//!
//! One pure function, [`clean`]: text or HTML in, the same text with the spans that are not the author's own out. Nothing is
//! rewritten: every removed span names its [`Kind`] and the rule that took it, so a page can fold it and a person can put
//! it back. The design, the order of the rules and what they reach are in `docs/CLEANING.md`.
//!
//! Every pass is linear in the size of the input: each line is looked at together with a bounded number of neighbours.

mod doc;
mod entities;
mod facts;
mod fold;
mod headers;
mod html;
mod locale;
mod markers;
mod names;
mod quotes;
mod render;
mod shapes;
mod signature;
mod tags;
mod thread;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use doc::Doc;

/// Raised whenever a rule changes what is removed, so that stored pairs can be rebuilt.
pub const ENGINE_VERSION: u32 = 2;

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
}

impl Cleaned {
    /// The author's own words: what is left of `source`, blank edges gone, at most one blank line in a row.
    #[must_use]
    pub fn text(&self) -> String {
        render::own_text(&self.source, &self.removed)
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
#[must_use]
pub fn clean(input: &Input<'_>) -> Cleaned {
    let mut doc = match (input.text, input.html) {
        (Some(text), html) if !(text.trim().is_empty() || html.is_some() && stub(text)) => Doc::from_text(clip(text)),
        (_, Some(html)) => html::read(clip(html)),
        (Some(text), None) => Doc::from_text(clip(text)),
        (None, None) => Doc::from_text(""),
    };
    let thread = thread::Knowledge::new(input);
    let names = names::Names::new(input.sender.as_ref());
    // Taking a block away can bring two lines together that make another one; so until nothing more is found.
    for _ in 0..MAX_ROUNDS {
        let mut found = quotes::mark(&mut doc, &thread);
        doc.drop_marked();
        if input.mode == Mode::Full {
            found |= signature::mark(&mut doc, &names, &thread);
            doc.drop_marked();
        }
        if !found {
            break;
        }
    }
    doc.finish()
}

/// "Your program cannot show HTML": a text part that only points to the other one.
fn stub(text: &str) -> bool {
    text.len() < 300 && text.lines().count() <= 4 && text.contains("HTML")
}

/// Two rounds settle nearly every message; the rest is for stacked footers.
const MAX_ROUNDS: usize = 24;

/// The visible text of an HTML document, one line per block, no quote marks added.
#[must_use]
pub fn html_to_text(html: &str) -> String {
    html::read(clip(html)).into_source()
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_SOURCE)]
}
