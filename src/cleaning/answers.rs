//! Answers that their author typed into the earlier message, where no quote marks tell them from it.

use super::doc::Doc;
use super::fold::fold;
use super::locale::{WORDS, role};
use super::names::Names;
use super::quotes::greets;
use super::thread::Knowledge;
use super::{facts, markers, shapes, signature};

/// Lines of the earlier message that are looked through for answers.
const LINES: usize = 400;

/// Written lines above the earlier message in which its answers can be announced.
const ABOVE: usize = 12;

/// The answers between `heading` and `stop`, as ranges of lines: what the earlier message of the thread does not have; what
/// is coloured or begins with initials, when the author says so above; and what the author says and signs below it.
pub(super) fn between(
    doc: &Doc,
    from: usize,
    heading: usize,
    stop: usize,
    thread: &Knowledge<'_>,
    names: &Names,
) -> Vec<(usize, usize)> {
    let limit = stop.min(heading + LINES);
    let end = (heading..limit).find(|&i| ends(doc, i)).unwrap_or(limit);
    let marked = (heading..end).any(|i| doc.lines[i].coloured || tag(doc.body(i)).is_some() || shouts(doc.body(i)));
    if marked && let Some(answers) = announced(doc, from, heading, end) {
        return answers;
    }
    let answers = ranges(doc, heading, &unknown(doc, heading, end, thread));
    if answers.is_empty() && end == doc.len() && !thread.has_parents() {
        return signed_below(doc, from, heading, names).into_iter().collect();
    }
    answers
}

/// Lines between a shown message and the end of the letter that shows it.
const SHOWN: usize = 40;

/// "Is this mail genuine?", the mail, and below it the author again: paragraphs in the first person or with a question, then
/// the author's name, which the headers do not have; or below what a machine sent.
fn signed_below(doc: &Doc, from: usize, heading: usize, names: &Names) -> Option<(usize, usize)> {
    let last = doc.last_written(doc.len()).filter(|&last| last >= heading && last - heading <= SHOWN)?;
    if (heading..=last).any(|i| doc.lines[i].depth > 0 || shapes::contact(doc.body(i))) {
        return None;
    }
    let headers: String = (from..heading).flat_map(|i| [doc.body(i), " "]).collect();
    let headers = fold(&headers);
    let name = fold(doc.body(last));
    let signed = names.wrote(&name) && !name.split(' ').any(|word| by(doc, from, heading).contains(word));
    let machine = !signed && MACHINES.iter().any(|machine| headers.contains(machine));
    if !signed && !machine {
        return None;
    }
    let named = shapes::name_like(doc.body(last)) && (last == heading || doc.lines[last - 1].blank());
    let mut end = if signed || named { last } else { last + 1 };
    if let Some(closing) = doc.last_written(end).filter(|&i| signed && signature::closes(doc.body(i))) {
        end = closing;
    }
    let mut own = None;
    while let Some(bottom) = doc.last_written(end).filter(|&bottom| bottom >= heading) {
        let top = (heading..bottom).rev().find(|&i| doc.lines[i].blank()).map_or(heading, |blank| blank + 1);
        // The first of several paragraphs is of the message that is shown.
        let first = doc.next_written(heading) == Some(top);
        if !speaks(doc, top, bottom) || first && own.is_some() {
            break;
        }
        own = Some(top);
        end = top;
    }
    own.map(|top| (top, doc.len()))
}

/// Addresses from which no person writes.
const MACHINES: &[&str] = &[
    "noreply@",
    "no-reply@",
    "no_reply@",
    "donotreply@",
    "do-not-reply@",
    "mailer-daemon@",
    "postmaster@",
    "cron@",
    "root@",
];

/// Who sent the message with the headers `from..heading`.
fn by(doc: &Doc, from: usize, heading: usize) -> String {
    let sender = |i: &usize| markers::label(doc.body(*i)).is_none_or(|label| label.roles & role::FROM != 0);
    let text: String = (from..heading).filter(sender).flat_map(|i| [doc.body(i), " "]).collect();
    fold(&text)
}

/// The paragraph asks, or speaks in the first person, and nobody is greeted in it.
fn speaks(doc: &Doc, top: usize, bottom: usize) -> bool {
    let text: String = (top..=bottom).flat_map(|i| [doc.body(i), " "]).collect();
    let person = text.split([' ', ',', '.']).any(|word| word == "I");
    let quoted = text.starts_with(['"', '“', '„', '«', '»', '「', '\'', '‚', '‘']);
    !quoted
        && !greets(doc.body(top))
        && (person || text.contains(['?', '？', '؟']) || WORDS.voice.find(&fold(&text)).is_some())
}

/// What is coloured or begins with initials, when the author says so above `from`.
fn announced(doc: &Doc, from: usize, heading: usize, end: usize) -> Option<Vec<(usize, usize)>> {
    let above: String = (0..from.min(doc.len()))
        .rev()
        .filter(|&i| !doc.lines[i].blank() && doc.lines[i].mark.is_none())
        .take(ABOVE)
        .flat_map(|i| [doc.body(i), " "])
        .collect();
    let said = fold(&above);
    let announced = WORDS.inline.find(&said).is_some();
    let coloured = if announced { colours(doc, heading, end) } else { Vec::new() };
    if !coloured.contains(&true) && WORDS.caps.find(&said).is_some() {
        let shouted = few(doc, heading, end, |i| shouts(doc.body(i)));
        return shouted.contains(&true).then(|| ranges(doc, heading, &shouted));
    }
    let initialled =
        || (heading..end).map(|i| tag(doc.body(i)).is_some_and(|tag| announced || above.contains(tag))).collect();
    let own = if coloured.contains(&true) { coloured } else { initialled() };
    own.contains(&true).then(|| ranges(doc, heading, &own))
}

/// The lines after which an older message begins.
fn ends(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    matches!(markers::divider(text), Some(markers::Rule::Known(_)))
        || headed(doc, at)
        || facts::read(text).time
            && facts::read(text).date
            && (at + 1..doc.len().min(at + 4)).any(|next| headed(doc, next))
        || markers::ends_with_colon(text) && markers::attribution(text, false).is_some()
}

/// Two labelled lines, one below the other.
fn headed(doc: &Doc, at: usize) -> bool {
    let labelled = |i: usize| markers::label(doc.body(i)).is_some_and(|label| label.roles != 0);
    labelled(at) && at + 1 < doc.len() && (labelled(at + 1) || at + 2 < doc.len() && labelled(at + 2))
}

/// Lines in a colour, when others are not: a mail that is coloured throughout says nothing.
fn colours(doc: &Doc, heading: usize, end: usize) -> Vec<bool> {
    few(doc, heading, end, |i| doc.lines[i].coloured)
}

/// The lines that stand out, when most do not.
fn few(doc: &Doc, heading: usize, end: usize, out: impl Fn(usize) -> bool) -> Vec<bool> {
    let written = || (heading..end).filter(|&i| !doc.lines[i].blank());
    if written().filter(|&i| out(i)).count() * 5 > written().count() * 4 {
        return Vec::new();
    }
    (heading..end).map(out).collect()
}

/// In capitals throughout.
fn shouts(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= 2 && letters.all(char::is_uppercase)
}

/// "[NF] They left today.": the initials with their brackets.
fn tag(text: &str) -> Option<&str> {
    let tag = &text[..text.strip_prefix('[')?.find(']')? + 2];
    let letters = &tag[1..tag.len() - 1];
    let initials = (2..=4).contains(&letters.chars().count()) && letters.chars().all(char::is_uppercase);
    (initials && tag.len() < text.len()).then_some(tag)
}

/// Lines that the earlier message does not have, where most others stand in it.
fn unknown(doc: &Doc, heading: usize, end: usize, thread: &Knowledge<'_>) -> Vec<bool> {
    if !thread.has_parents() {
        return Vec::new();
    }
    let text: String = (heading..end).flat_map(|i| [doc.body(i), " "]).collect();
    let (all, known) = thread.shared(&text);
    let standing: Vec<bool> = (heading..end)
        .map(|i| {
            let line = doc.body(i);
            let (all, known) = thread.shared(line);
            all > 0 && known * 2 >= all || all == 0 && thread.has_line(line)
        })
        .collect();
    // An answer between the lines breaks the triples around it; where lines are short, they count as a whole.
    let written = (heading..end).filter(|&i| !doc.lines[i].blank()).count();
    let whole = standing.iter().filter(|known| **known).count();
    let most = known >= 6 && known * 2 >= all || known >= 3 && whole >= 3 && whole * 2 >= written;
    if !most || known == all {
        return Vec::new();
    }
    // An answer stands between lines of the earlier message, or just below the last of them.
    let Some(last) = standing.iter().rposition(|known| *known) else { return Vec::new() };
    let Some(first) = standing.iter().position(|known| *known) else { return Vec::new() };
    let below = (heading + last + 1..end).find(|&i| !doc.lines[i].blank()).unwrap_or(end);
    let stop = (below..end).find(|&i| doc.lines[i].blank()).unwrap_or(end);
    let mut own: Vec<bool> = Vec::with_capacity(end - heading);
    for i in heading..stop {
        let within = i < heading + last;
        // Right below a question or a label of the earlier message.
        let asked = doc.last_written(i).is_some_and(|above| {
            above >= heading
                && (within || above + 1 == i)
                && standing[above - heading]
                && doc.body(above).ends_with(['?', '？', '؟', ';', ':', '：'])
        });
        let answered = i > heading + first
            && (asked && replies(doc, i, thread) || answers(doc, i, within, own.last() == Some(&true), thread));
        own.push(answered);
    }
    own
}

/// The line, right below a question of the earlier message, is not of that message: whatever it says, it answers.
fn replies(doc: &Doc, at: usize, thread: &Knowledge<'_>) -> bool {
    let line = doc.body(at);
    let said = line.chars().any(char::is_alphanumeric) && !line.starts_with('[');
    said && thread.shared(line).1 == 0
        && !thread.has_line(line)
        && !signature::closes(line)
        && !shapes::mobile(line)
        && markers::label(line).is_none_or(|label| label.roles == 0)
}

/// The line is a sentence that the earlier message does not have. `within`: lines of that follow; `goes_on`: the line above
/// is such a sentence.
fn answers(doc: &Doc, at: usize, within: bool, goes_on: bool, thread: &Knowledge<'_>) -> bool {
    let line = doc.body(at);
    let words = line.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let said = words >= 4 || words >= 1 && within && line.ends_with(['.', '!', '?']);
    // The end of a wrapped sentence is nobody's answer.
    let above = at.checked_sub(1).map_or("", |above| doc.body(above));
    let begins = goes_on || above.is_empty() || above.ends_with(['.', '!', '?', ':']);
    if !said || !begins || line.starts_with('[') {
        return false;
    }
    let facts = facts::read(line);
    let (all, known) = thread.shared(line);
    known == 0
        && (all > 0 || !thread.has_line(line))
        && !(facts.email || facts.date && facts.time)
        && (!shapes::name_like(line) || words >= 4 && line.ends_with(['.', '!', '?']))
        && !shapes::contact(line)
        && !shapes::mobile(line)
        && markers::label(line).is_none_or(|label| label.roles == 0)
}

/// The ranges of lines that are true, blank lines between two of them included.
fn ranges(doc: &Doc, heading: usize, own: &[bool]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for line in own.iter().enumerate().filter(|(_, own)| **own).map(|(i, _)| heading + i) {
        match ranges.last_mut() {
            Some(last) if (last.1..line).all(|i| doc.lines[i].blank()) => last.1 = line + 1,
            _ => ranges.push((line, line + 1)),
        }
    }
    ranges
}
