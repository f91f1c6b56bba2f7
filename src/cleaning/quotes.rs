//! Where the earlier message begins.
//!
//! From the top, the first line that introduces an earlier message decides. What follows without quote marks belongs to it
//! to the end; what is quoted with marks is followed only as far as the marks go, so that an answer below or between stays.

use super::doc::{Doc, Held, Hint, edge};
use super::facts;
use super::fold::{fold, spaceless};
use super::headers::{header_block, lead_in};
use super::locale::{Divider, WORDS, role};
use super::markers::{self, Rule};
use super::names::Names;
use super::thread::Knowledge;
use super::{Kind, answers, shapes, signature};

/// Marks every line of an earlier message. True when something was found.
pub(super) fn mark(doc: &mut Doc, names: &Names, thread: &Knowledge<'_>) -> bool {
    for held in std::mem::take(&mut doc.held) {
        settle(doc, held, thread);
    }
    adopt_marks(doc);
    split_glued(doc);
    let mut found = false;
    // Bare quotes that stay because another quote and its answer follow.
    let mut spared = Vec::new();
    let mut at = 0;
    while at < doc.len() {
        if doc.lines[at].blank() && doc.lines[at].depth == 0 {
            at += 1;
            continue;
        }
        match boundary(doc, at, thread) {
            Some(Boundary::ToEnd { from, kind, rule, heading }) => {
                let from = from.min(at);
                let heading = heading.clamp(at, doc.len());
                let end = if rule.starts_with("divider") { end_mark(doc, heading) } else { doc.len() };
                let answers = if kind == Kind::QuotedHistory {
                    answers::between(doc, from, heading, end, thread, names)
                } else {
                    Vec::new()
                };
                if kind == Kind::QuotedHistory {
                    doc.mark(from, heading, Kind::Attribution, rule);
                }
                let mut rest = heading.max(from);
                for (start, stop) in answers {
                    doc.mark(rest, start, kind, rule);
                    rest = stop;
                }
                doc.mark(rest, end, kind, rule);
                if kind != Kind::QuotedHistory {
                    doc.mark(from, heading, kind, rule);
                }
                if end == doc.len() {
                    return true;
                }
                at = end;
                found = true;
            }
            Some(Boundary::Quote { heading, rule }) => {
                let (end, taken) = quote(doc, at, heading, rule);
                at = end;
                found |= taken;
            }
            Some(Boundary::Line { heading, rule }) => {
                doc.mark(at, heading, Kind::Attribution, rule);
                at = heading;
                found = true;
            }
            Some(Boundary::Below { from }) => {
                let end = doc.len();
                doc.mark(from, end, Kind::QuotedHistory, "below_device_footer");
                return true;
            }
            None if doc.lines[at].depth > 0 && !doc.lines[at].shown => {
                let (end, taken) = bare_quote(doc, at, thread);
                if !taken {
                    spared.push(at);
                }
                found |= taken;
                at = end;
            }
            None => at += 1,
        }
    }
    // Where the last of them went, the one before it may have lost its reason. From below, one pass settles them all.
    if found {
        for at in spared.into_iter().rev() {
            bare_quote(doc, at, thread);
        }
    }
    found | known_tail(doc, thread)
}

/// Lines marked with `|`, `:` or a letter and `>`, as few programs do: a quote only where an attribution stands above.
fn adopt_marks(doc: &mut Doc) {
    let mut above = None;
    for at in 0..doc.len() {
        let Some((mark, width)) = odd_mark(doc, at) else {
            above = None;
            continue;
        };
        if above != Some(mark) {
            let written = (0..at).rev().filter(|&i| !doc.lines[i].blank());
            let lines: Vec<usize> =
                written.take(3).take_while(|&i| doc.lines[i].depth == 0 || supercited(doc, i)).collect();
            let introduced = (1..=lines.len()).any(|count| {
                let joined: Vec<&str> = lines[..count].iter().rev().map(|&i| doc.body(i)).collect();
                markers::attribution(&joined.join(" "), true).is_some_and(|rule| rule != "attribution_open")
            });
            if !introduced {
                continue;
            }
            above = Some(mark);
        }
        doc.quote_line(at, width);
    }
}

/// `>>>>> "Nora" == Nora Feld <nora@example.com> writes:`, as Supercite heads what it quotes.
fn supercited(doc: &Doc, at: usize) -> bool {
    doc.lines[at].depth == 5 && doc.body(at).starts_with('"') && doc.body(at).contains(" == ")
}

/// Bytes of a name before a quote mark.
const NAME: usize = 14;

/// The mark that the line begins with, and its bytes.
fn odd_mark(doc: &Doc, at: usize) -> Option<(char, usize)> {
    if doc.lines[at].depth > 0 || doc.lines[at].shown {
        return None;
    }
    let text = doc.body(at);
    let mark = text.chars().next().filter(|&c| matches!(c, '|' | ':') || c.is_ascii_uppercase())?;
    // "C> ", and "Nora> " as Supercite writes.
    let name = || {
        let end = text.bytes().take(NAME).position(|byte| byte == b'>')?;
        text[..end].chars().all(char::is_alphabetic).then_some(end)
    };
    let width = if mark.is_ascii_uppercase() { name()? + 1 } else { 1 };
    let after = text.get(width..)?;
    let fits = after.is_empty() || after.starts_with(' ');
    (fits && !(mark == '|' && after.ends_with('|'))).then_some((mark, width))
}

/// Decides whose words stand in a container before its first piece.
fn settle(doc: &mut Doc, held: Held, thread: &Knowledge<'_>) {
    let Held { start, piece, end } = held;
    let head = piece.unwrap_or(end).min(doc.len());
    let Some(first) = doc.next_written(start).filter(|&first| first < head) else { return };
    let marked = (first..head).find(|&i| doc.lines[i].hint == Hint::Attribution);
    let begins =
        marked.or_else(|| (first..head).find(|&i| !doc.lines[i].blank() && boundary(doc, i, thread).is_some()));
    // Between the attribution that a program marked and its quote, somebody wrote; below any other, history goes on.
    let (from, to, own) = match (begins, piece) {
        (Some(at), Some(_)) if marked.is_some() && markers::divider(doc.body(at)).is_none() => {
            let heading = attribution(doc, at).map_or(at + 1, |(heading, _)| heading);
            (heading, head, true)
        }
        (Some(at), _) => match boundary(doc, at, thread) {
            Some(Boundary::Quote { heading, .. } | Boundary::Line { heading, .. }) => (heading, head, false),
            // A forwarded message, or one below headers, ends where its container ends.
            Some(Boundary::ToEnd { heading, rule, .. }) if rule.starts_with("attr") => {
                (heading.max(at + 1), head, false)
            }
            Some(Boundary::ToEnd { heading, .. }) => (heading.max(at + 1), end, false),
            _ => return,
        },
        (None, Some(_)) => return,
        (None, None) => {
            let alone =
                doc.last_written(start).is_none_or(|last| greets(doc.body(last)) && doc.last_written(last).is_none());
            if alone {
                return;
            }
            (start, head, false)
        }
    };
    for line in doc.lines.get_mut(from..to).unwrap_or_default().iter_mut().filter(|line| !line.blank()) {
        if own {
            line.hint = Hint::Own;
        } else {
            line.hint = Hint::Quote;
            line.depth = line.depth.saturating_add(1);
        }
    }
}

/// "Hello Tom,": a line that only greets.
pub(super) fn greets(text: &str) -> bool {
    if text.len() > 60 || text.ends_with('?') {
        return false;
    }
    let folded = fold(text);
    // "Buenos días:".
    let folded = folded.trim_end_matches([':', ' ']);
    let Some(length) = WORDS.greet.prefix(folded) else { return false };
    let rest = &folded[length..];
    // "您好，包裹星期一发出。": no blank parts the sentence from the greeting.
    let signs = rest.chars().filter(|&c| spaceless(c)).count();
    if signs > 8 || signs > 2 && rest.ends_with('。') {
        return false;
    }
    rest.split_whitespace().count() <= 4
        && !rest.trim_end_matches(['.', '!', ',', ' ']).contains(['.', '!', '?', ':', '@'])
}

/// Word triples that the tail must share with the thread before it is taken for history without any mark of it.
const KNOWN_TRIPLES: usize = 12;

/// Whole paragraphs at the end that stand nearly word for word in an earlier message.
fn known_tail(doc: &mut Doc, thread: &Knowledge<'_>) -> bool {
    if !thread.has_parents() {
        return false;
    }
    let mut end = doc.len();
    let mut from = None;
    let (mut shared, mut prose) = (0, false);
    while let Some(last) = doc.last_written(end) {
        if doc.lines[last].mark.is_some() {
            end = last;
            continue;
        }
        let first = (0..last).rev().find(|&i| doc.lines[i].blank() || doc.lines[i].mark.is_some()).map_or(0, |i| i + 1);
        let text: String = (first..=last).flat_map(|i| [doc.body(i), " "]).collect();
        let (all, known) = thread.shared(&text);
        if known * 10 < all * 9 {
            break;
        }
        if all > 0 || thread.has_line(&text) {
            from = Some(first);
        }
        shared += known;
        prose |= (first..=last).any(|i| shapes::prose(doc.body(i)));
        end = first;
    }
    let Some(from) = from else { return false };
    let own_above = (0..from).any(|i| !doc.lines[i].blank() && doc.lines[i].mark.is_none());
    if shared < KNOWN_TRIPLES || !prose || !own_above {
        return false;
    }
    let last = doc.len();
    doc.mark(from, last, Kind::QuotedHistory, "known_from_thread");
    true
}

enum Boundary {
    /// Everything from `from` on; the lines up to `heading` introduce it.
    ToEnd { from: usize, heading: usize, kind: Kind, rule: &'static str },
    /// An attribution up to `heading` that introduces nothing.
    Line { heading: usize, rule: &'static str },
    /// A device's footer: what stands below it is history, or more footer.
    Below { from: usize },
    /// An attribution up to `heading`; quoted lines follow.
    Quote { heading: usize, rule: &'static str },
}

impl Boundary {
    /// A divider or a block of headers from `from` to `heading`: where what follows is marked as quoted, it ends with the
    /// marks.
    fn block(doc: &Doc, at: usize, heading: usize, kind: Kind, rule: &'static str) -> Self {
        let heading = heading.min(doc.len());
        let marked = |i: usize| doc.lines[i].depth > doc.lines[at].depth || doc.lines[i].hint == Hint::Quote;
        if doc.next_written(heading).is_some_and(marked) {
            return Self::Quote { heading, rule };
        }
        Self::ToEnd { from: lead_in(doc, at), heading, kind, rule }
    }
}

fn boundary(doc: &Doc, at: usize, thread: &Knowledge<'_>) -> Option<Boundary> {
    let line = &doc.lines[at];
    if line.shown || line.hint == Hint::Own {
        return None;
    }
    if line.hint == Hint::History {
        return Some(Boundary::ToEnd {
            from: lead_in(doc, at),
            heading: header_block(doc, at).unwrap_or(at),
            kind: Kind::QuotedHistory,
            rule: "html_history",
        });
    }
    let text = doc.body(at);
    if line.depth > 0 && !text.ends_with(">>>") {
        return None;
    }
    if let Some(Rule::Known(divider)) = markers::divider(text)
        && line.depth == 0
    {
        let kind = if divider == Divider::Forwarded { Kind::Forwarded } else { Kind::QuotedHistory };
        let rule = if divider == Divider::Forwarded { "divider_forwarded" } else { "divider" };
        let headed = doc.next_written(at + 1).filter(|&next| doc.lines[next].depth == 0);
        let heading = headed.and_then(|next| header_block(doc, next)).unwrap_or(at + 1);
        return Some(Boundary::block(doc, at, heading, kind, rule));
    }
    let ruled = || doc.last_written(at).is_some_and(|above| markers::divider(doc.body(above)) == Some(Rule::Bare));
    if line.depth == 0
        && (reply_above(text) || text.len() <= 60 && WORDS.above.prefix(&fold(text)).is_some() && ruled())
    {
        // With nothing above it, what stands below it is the message.
        let rule = "reply_above_this_line";
        if opens(doc, at) && !confirmed(doc, at + 1, thread) {
            return Some(Boundary::Line { heading: stamp(doc, at + 1), rule });
        }
        return Some(Boundary::ToEnd { from: lead_in(doc, at), heading: at + 1, kind: Kind::QuotedHistory, rule });
    }
    if line.depth == 0
        && let Some(heading) = header_block(doc, at)
    {
        return Some(Boundary::block(doc, at, heading, Kind::QuotedHistory, "header_block"));
    }
    if line.depth == 0
        && let Some(below) = below_device(doc, at, thread)
    {
        return Some(below);
    }
    let (heading, rule) = attribution(doc, at).or_else(|| known_attribution(doc, at, thread))?;
    let quoted = doc
        .next_written(heading)
        .is_none_or(|next| doc.lines[next].depth > line.depth || doc.lines[next].hint == Hint::Quote);
    if quoted {
        return Some(Boundary::Quote { heading, rule });
    }
    if line.depth > 0 && rule != "attribution_groupwise" {
        return None;
    }
    // "On 4 March you wrote:" and what it was, in a sentence of the author's.
    if rule == "attribution_you" && doc.lines.get(heading).is_some_and(|next| !next.blank()) {
        return None;
    }
    let answered = doc.next_written(heading).is_some_and(|next| doc.lines[next].hint == Hint::Own);
    if answered || doc.last_written(at).is_none() && !confirmed(doc, heading, thread) {
        // Nothing above, no marks below: what follows can only be the answer.
        return Some(Boundary::Line { heading, rule });
    }
    Some(Boundary::ToEnd { from: lead_in(doc, at), heading, kind: Kind::QuotedHistory, rule })
}

/// The line after the mark that ends the message which a divider above `from` began; the end, if none does.
fn end_mark(doc: &Doc, from: usize) -> usize {
    let mut open = 1;
    let mut last = None;
    for at in from..doc.len() {
        match markers::divider(doc.body(at)) {
            Some(Rule::Known(_)) => open += 1,
            Some(Rule::End) => {
                open -= 1;
                last = Some(at + 1);
                if open == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    last.filter(|&end| doc.next_written(end).is_some()).unwrap_or(doc.len())
}

/// "-- Please reply above this line --": a help desk's mark above everything it wrote.
fn reply_above(text: &str) -> bool {
    let ruled = text.starts_with(['-', '#', '=', '*', '_', '~', '—', '[', '(', '<']);
    text.len() <= 200 && ruled && WORDS.above.find(&fold(text)).is_some()
}

/// Lines that can stand above the first words of a mail.
const OPENING: usize = 12;

/// Nothing of the author's but a greeting stands above the line.
fn opens(doc: &Doc, at: usize) -> bool {
    let mut above = 0..at;
    at <= OPENING
        && above.all(|i| {
            let line = &doc.lines[i];
            line.blank() || line.mark.is_some() || line.depth > 0 || greets(doc.body(i))
        })
}

/// The line after the name and the date with which a help desk heads a message, if they stand at `at`.
fn stamp(doc: &Doc, at: usize) -> usize {
    let dated = |i: usize| {
        let (facts, text) = (facts::read(doc.body(i)), doc.body(i));
        facts.date && facts.time && text.len() <= 60 && facts.first.is_some_and(|first| first <= 16)
    };
    let named = |i: usize| {
        let text = doc.body(i);
        doc.lines[i].depth == 0 && text.len() <= 80 && !shapes::prose(text) && shapes::capital(text)
    };
    let name = doc.next_written(at).filter(|&name| named(name));
    let date = name.and_then(|name| doc.next_written(name + 1)).filter(|&date| dated(date));
    date.map_or(at, |date| date + 1)
}

/// Phones that quote without any mark put their footer between answer and history.
fn below_device(doc: &Doc, at: usize, thread: &Knowledge<'_>) -> Option<Boundary> {
    let above = doc.last_written(at)?;
    let below = doc.next_written(at + 1)?;
    let alone = at + 1 < below && (above + 1 < at || doc.body(at).contains("://"));
    if !alone || doc.lines[below].depth > 0 || doc.body(at).len() > 120 || signature::footer_from(doc, below) {
        return None;
    }
    // With a full stop it may be a sentence about a telephone: then an earlier message must say what follows.
    let sentence = doc.body(at).ends_with(['.', '!', '?', '。']);
    if !shapes::mobile(doc.body(at)) || sentence && !confirmed(doc, below, thread) {
        return None;
    }
    // Something that introduces history is found by its own rule; a name or a notice is no history.
    let plain = (below..doc.len().min(below + 6)).filter(|&i| !doc.lines[i].blank()).all(|i| {
        doc.lines[i].depth == 0
            && !promising(doc, i)
            && markers::divider(doc.body(i)).is_none()
            && markers::label(doc.body(i)).is_none_or(|l| l.roles == 0)
    });
    (plain && !signature::short_tail(doc, below)).then_some(Boundary::Below { from: at + 1 })
}

/// Lines looked at when an earlier message must confirm what follows.
const CONFIRM: usize = 60;

/// Most of the lines from `at` on stand in an earlier message.
fn confirmed(doc: &Doc, at: usize, thread: &Knowledge<'_>) -> bool {
    if !thread.has_parents() {
        return false;
    }
    let text: String = (at..doc.len().min(at + CONFIRM)).flat_map(|i| [doc.body(i), " "]).collect();
    let (all, shared) = thread.shared(&text);
    all >= 1 && shared * 2 >= all
}

/// Lines an attribution can be wrapped over.
const WRAP: usize = 4;

/// Reads the lines from `at` on as an attribution: the line after it, and the rule.
fn attribution(doc: &Doc, at: usize) -> Option<(usize, &'static str)> {
    let line = &doc.lines[at];
    if line.hint == Hint::Attribution {
        let end = (at..doc.len())
            .find(|&i| doc.lines[i].hint != Hint::Attribution && !doc.lines[i].blank())
            .unwrap_or(doc.len());
        return Some((end, "html_attribution"));
    }
    if line.len() > markers::MAX_ATTRIBUTION || !promising(doc, at) {
        return None;
    }
    let mut joined = String::new();
    let mut taken = 0;
    let mut gaps = 0;
    let mut open = None;
    for next in at..doc.len() {
        let this = &doc.lines[next];
        if this.blank() && this.depth == line.depth {
            gaps += 1;
            // A client that breaks an attribution with blank lines does so at the address.
            let address =
                opens_address(&joined) || doc.next_written(next).is_some_and(|n| doc.body(n).starts_with('<'));
            if gaps > 3 || !address {
                return open;
            }
            continue;
        }
        // The end of a broken address looks like a quote mark: "> wrote:".
        let bracket = this.depth == line.depth + 1 && opens_address(&joined) && this.len() <= 40;
        if this.depth != line.depth && !bracket {
            return open;
        }
        taken += 1;
        if taken > WRAP + gaps || joined.len() + this.len() > markers::MAX_ATTRIBUTION {
            return open;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        let raw = if line.depth > 0 || bracket { doc.raw(next).trim_matches(edge) } else { doc.body(next) };
        joined.push_str(raw);
        let after = doc.next_written(next + 1);
        let quoted = after.is_some_and(|a| doc.lines[a].depth > line.depth || doc.lines[a].hint == Hint::Quote);
        if taken > 1 && restarts(raw, &joined[..joined.len() - raw.len()]) {
            return open;
        }
        match markers::attribution(&joined, quoted) {
            // Without a colon, the next line may bring it: the address, wrapped.
            Some("attribution_open") if !joined.starts_with('-') => {
                open = open.or(Some((next + 1, "attribution_open")))
            }
            Some(rule) => return Some((next + 1, rule)),
            None if open.is_some() => return open,
            None => {}
        }
        if taken == 1 && !may_wrap(&joined) {
            return open;
        }
    }
    open
}

/// "Tom Hill wrote:", "Quoting Tom Hill <tom@example.com>:" without a date above unmarked text, which an earlier message of the
/// thread has.
fn known_attribution(doc: &Doc, at: usize, thread: &Knowledge<'_>) -> Option<(usize, &'static str)> {
    let text = doc.body(at);
    let alone = doc.lines[at].depth == 0 && text.len() <= 120 && markers::ends_with_colon(text);
    if !alone || !thread.has_parents() {
        return None;
    }
    let rule = markers::attribution(text, true)?;
    let below = doc.next_written(at + 1)?;
    confirmed(doc, below, thread).then_some((at + 1, rule))
}

/// An address has begun and not ended; the joined lines are short.
fn opens_address(joined: &str) -> bool {
    joined.matches('<').count() > joined.matches('>').count()
}

/// The line can go on in the next one.
fn may_wrap(joined: &str) -> bool {
    !joined.ends_with(['.', '!', '?']) || joined.len() > 40
}

/// A later line that begins an attribution itself. A date below who wrote goes on with it.
fn restarts(text: &str, before: &str) -> bool {
    let facts = facts::read(text);
    if !facts.dated() || !(facts.email || markers::ends_with_colon(text)) || text.starts_with('<') {
        return false;
    }
    let folded = fold(text);
    let (addressed, wrote) = (facts::has_email(before), WORDS.wrote.find(&fold(before)).is_some());
    let again = addressed && facts.email || wrote && WORDS.wrote.find(&folded).is_some();
    (again || !addressed && !wrote) && markers::starts_like_one(&folded, &facts)
}

/// Cheap tests that nearly every line of prose fails.
fn promising(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    if markers::ends_with_colon(text) || text.ends_with(">>>") || text.starts_with("--") {
        return true;
    }
    let facts = facts::read(text);
    if !facts.dated() && !facts.email {
        let depth = doc.lines[at].depth;
        // A name, and its address or a quote below it.
        let goes_on = |next: usize| {
            let below = doc.body(next);
            doc.lines[next].depth > depth || next == at + 1 && below.starts_with('<') && facts::has_email(below)
        };
        if text.len() <= 80 && doc.next_written(at + 1).is_some_and(goes_on) {
            return true;
        }
        // "On Monday," alone on a line.
        let first = text.split(' ').next().unwrap_or_default();
        return first.len() <= 12
            && text.len() <= 80
            && WORDS.starts.contains(&fold(first))
            && !text.ends_with(['.', '!', '?']);
    }
    markers::starts_like_one(&fold(text), &facts)
}

/// Takes an attribution and the quoted lines after it. Gives the line after them.
fn quote(doc: &mut Doc, at: usize, heading: usize, rule: &'static str) -> (usize, bool) {
    let depth = doc.lines[at].depth;
    let end = quoted_until(doc, heading, depth);
    if point_by_point(doc, end, depth) && !cited(doc, heading) {
        // The pieces stay with their answers; who wrote them says the thread.
        doc.mark(at, heading, Kind::Attribution, rule);
        return (end, true);
    }
    let from = lead_in(doc, at);
    let own_above = doc.last_written(from).is_some();
    doc.mark(from, heading, Kind::Attribution, rule);
    doc.mark(heading, end, Kind::QuotedHistory, rule);
    match doc.next_written(end) {
        // Programs that quote below the answer put the signature below the quote.
        Some(below) if own_above && signature::delimited_tail(doc, below) => {
            let last = doc.len();
            doc.mark(end, last, Kind::Signature, "signature_below_quote");
            (last, true)
        }
        _ => (end, true),
    }
}

/// The author answers a piece of the quote, then the next one: without the pieces the answers say nothing.
fn point_by_point(doc: &Doc, end: usize, depth: u8) -> bool {
    let Some(answer) = doc.next_written(end) else { return false };
    if signature::footer_from(doc, answer) {
        return false;
    }
    let stays = |i: &usize| doc.lines[*i].depth > depth && doc.lines[*i].mark.is_none();
    let Some(second) = (answer..doc.len().min(answer + 200)).find(stays) else {
        return false;
    };
    // Without blank lines between, an answer stands below a question, or is a sentence below a piece that was not broken off.
    let tight = || {
        let (says, piece) = (doc.body(second - 1), doc.last_written(answer));
        let sentence = says.ends_with(['.', '!', '?', '。']) && shapes::capital(doc.body(answer));
        piece.is_some_and(|i| doc.lines[i].len() < 60 && (sentence || doc.body(i).ends_with(['?', '？'])))
    };
    if second == 0 || !doc.lines[second - 1].blank() && !tight() || attribution(doc, second - 1).is_some() {
        return false;
    }
    // Introduced by an attribution of its own, it is history.
    if doc.last_written(second).is_some_and(|above| markers::ends_with_colon(doc.body(above))) {
        return false;
    }
    let after = quoted_until(doc, second, depth);
    doc.next_written(after).is_some_and(|next| !signature::footer_from(doc, next) && !signature::closes(doc.body(next)))
}

/// The line after the quoted ones that begin at `from`: blank lines between them, and wrapped ends of them, included.
fn quoted_until(doc: &Doc, from: usize, depth: u8) -> usize {
    let mut end = from;
    let mut next = from;
    while next < doc.len() {
        let line = &doc.lines[next];
        if line.depth > depth
            || line.hint == Hint::Quote
            || wrapped_end(doc, next, depth)
            || next > from && left_out(doc, next, depth)
        {
            end = next + 1;
        } else if !line.blank() {
            break;
        }
        next += 1;
    }
    // Blank lines to the end of the message belong to the quote.
    if doc.next_written(end).is_none() { doc.len() } else { end }
}

/// "[snip]", "[...]": the mark of what was left out between two quoted pieces.
fn left_out(doc: &Doc, at: usize, depth: u8) -> bool {
    let text = doc.body(at);
    if text.len() > 24 || doc.lines[at].depth > depth {
        return false;
    }
    let folded = fold(text);
    let word = folded.trim_matches(|c: char| matches!(c, '[' | ']' | '<' | '>' | '(' | ')' | '-' | '/' | ' ' | '!'));
    let mark = matches!(word, "snip" | "snipped" | "..." | "…" | "cut" | "trimmed" | "deleted" | "omissis" | "schnipp")
        && (word.len() < folded.len() || word == "snip");
    let deeper = |i: Option<usize>| i.is_some_and(|i| doc.lines[i].depth > depth);
    mark && deeper(doc.last_written(at)) && deeper(doc.next_written(at + 1))
}

/// A short piece between two quoted lines, broken off the first of them by a mailer that wraps.
fn wrapped_end(doc: &Doc, at: usize, depth: u8) -> bool {
    if at == 0 || at + 1 >= doc.len() {
        return false;
    }
    let before = &doc.lines[at - 1];
    let after = &doc.lines[at + 1];
    let text = doc.body(at);
    let link = text.contains("://") || text.contains(['=', '/', '_', '%']) && !text.contains(' ');
    if link && before.depth > depth && after.depth > depth && text.split_whitespace().count() <= 2 {
        return true;
    }
    before.depth > depth
        && !before.blank()
        && after.depth > depth
        && before.len() >= 50
        && (text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit() || matches!(c, '(' | '<' | '[' | '"'))
            || text.len() < 30)
}

/// Quoted lines that nothing introduces: history when nothing of the author's follows, else kept as what is being answered.
fn bare_quote(doc: &mut Doc, at: usize, thread: &Knowledge<'_>) -> (usize, bool) {
    let end = quoted_until(doc, at, 0);
    let own_below = doc.next_written(end).is_some_and(|next| !signature::footer_from(doc, next));
    let own_above = doc.last_written(at).is_some();
    let known = thread.has_parents() && {
        let text: String = (at..end.min(at + 200)).flat_map(|i| [doc.body(i), " "]).collect();
        let (all, shared) = thread.shared(&text);
        all >= 4 && shared * 10 >= all * 7
    };
    let heading = (at..end).take(3).any(|i| attribution(doc, i).is_some() || header_block_quoted(doc, i));
    let introduced = own_above && !known && introduces(doc, at);
    let take = cited(doc, at) && (heading || !introduced)
        || !own_below && !introduced
        || heading && !point_by_point(doc, end, 0)
        || (known || own_below) && !own_above && !point_by_point(doc, end, 0);
    if take {
        doc.mark(at, end, Kind::QuotedHistory, if known { "quoted_known" } else { "quoted" });
    }
    (end, take)
}

/// A program marked the quoted line at or below `at` as another's words in the HTML: no reader takes them for the author's,
/// and without the mark they would read so.
fn cited(doc: &Doc, at: usize) -> bool {
    doc.next_written(at).is_some_and(|first| doc.lines[first].hint == Hint::Quote && doc.lines[first].depth > 0)
}

/// "The display shows:" above the line: what follows is shown, whatever marks it.
fn introduces(doc: &Doc, at: usize) -> bool {
    let Some(above) = doc.last_written(at) else { return false };
    let text = doc.body(above);
    text.ends_with([':', '：'])
        && doc.lines[above].depth == 0
        && text.split_whitespace().count() >= 2
        && !facts::read(text).dated()
        && !facts::has_email(text)
        && WORDS.wrote.find(&fold(text)).is_none()
}

fn header_block_quoted(doc: &Doc, at: usize) -> bool {
    markers::label(doc.body(at))
        .is_some_and(|l| l.roles & (role::FROM | role::SUBJECT | role::DATE) != 0 && facts::read(l.value).email)
}

/// Some programs glue the attribution to the last line of the answer. Parts them.
fn split_glued(doc: &mut Doc) {
    let mut splits = Vec::new();
    for at in 0..doc.len() {
        let text = doc.body(at);
        if doc.lines[at].depth > 0 || text.len() < 24 || text.len() > 4000 {
            continue;
        }
        if markers::ends_with_colon(text) {
            let quoted = doc.next_written(at + 1).is_some_and(|next| doc.lines[next].depth > 0);
            splits.extend(glued(text, quoted).map(|offset| (at, offset)));
        } else if let Some(colon) = text.find(":  ").filter(|&c| c <= markers::MAX_ATTRIBUTION) {
            // Yahoo's programs put the first line of the history behind the attribution.
            if markers::attribution(&text[..=colon], false) == Some("attribution") {
                splits.push((at, colon + 1));
            }
        }
    }
    if !splits.is_empty() {
        doc.split(&splits);
    }
}

/// Where an attribution begins in the middle of a line that ends with one.
fn glued(text: &str, quoted: bool) -> Option<usize> {
    let window = text.len().saturating_sub(markers::MAX_ATTRIBUTION);
    let window = text.ceil_char_boundary(window);
    for opening in ["--- On ", "-- On ", " On ", " Le ", " Am ", " El ", " Il ", " Em ", " Op "] {
        for (at, _) in text[window..].rmatch_indices(opening).take(3) {
            let at = window + at;
            if text[..at].chars().all(|c| c == '-' || c.is_whitespace()) {
                return None;
            }
            let rest = text[at..].trim_start();
            let facts = facts::read(rest);
            let sentence = text[..at].trim_end().ends_with(['.', '!', '?', ')'])
                || opening.starts_with('-')
                || text[..at].ends_with("  ");
            if facts.dated()
                && facts.first.is_some_and(|f| f < 28)
                && (sentence || quoted)
                && markers::attribution(rest, false) == Some("attribution")
            {
                return Some(text.len() - rest.len());
            }
        }
    }
    None
}
