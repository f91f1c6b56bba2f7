//! Blocks of headers above an earlier message, and what belongs to them.

use super::doc::Doc;
use super::facts;
use super::fold::{fold, invisible};
use super::locale::{WORDS, role};
use super::markers::Label;
use super::{markers, shapes};

/// Lines a header block may be looked for in.
const BLOCK: usize = 60;
/// Labelled lines that say the same thing again and again: no mail program's.
const ALIKE: usize = 12;

/// Reads the lines from `at` on as the headers of an earlier message. Gives the line after them.
pub(super) fn header_block(doc: &Doc, at: usize) -> Option<usize> {
    let Some(first) = markers::label(doc.body(at)) else { return stacked(doc, at) };
    if markers::run_together(doc.body(at)) {
        return Some(at + 1);
    }
    let above = doc.last_written(at);
    let divided = above.is_some_and(|above| markers::divider(doc.body(above)).is_some());
    let notes = || above.is_some_and(|above| notes_heading(doc, above, at).is_some());
    // Anybody's lists begin with an unknown label; without one of these they are not worth reading on.
    if first.roles == 0 && !divided && !named(first) && !notes() {
        return None;
    }
    let block = gather(doc, at, first);
    // What a form on a web site sends begins with a sender and a subject, and goes to nobody: that is the message.
    // Above all labels of the author's that stand together.
    let (top, fields) = author_labels(doc, at);
    // "Message Body:", below a blank line.
    let labelled = |next: usize| doc.lines[next].depth == 0 && markers::form_label(doc.body(next));
    let form = block.form
        || fields
        // With a date only at the top of the mail: further down it is what the form sent, and somebody answers.
        || (!block.has(role::DATE) || doc.last_written(top).is_none())
            && !divided
            && doc.next_written(block.end).is_some_and(labelled)
        || doc.last_written(top).is_none() && !(block.has(role::DATE) && block.has(role::TO | role::CC)) && !divided;
    // "The order is this:" introduces labels of the author's own, and "I got this:" headers that are shown.
    let introduced = doc.last_written(top).is_some_and(|above| !divided && doc.body(above).ends_with([':', '：']))
        && !(block.email && block.programmed());
    // What is no header from its first label on is none from the second, unless the first has nothing to do with it.
    // "Dal: 12/06/2026" right above "A: Paolo Riva" is a line of the same list.
    let listed = at > 0
        && markers::label(doc.body(at - 1)).is_some_and(|label| {
            label.roles == 0 && facts::read(label.value).dated() && !shapes::contact(doc.body(at - 1))
        });
    let rest = (top < at || listed) && !divided && !block.email;
    let headers = !form
        && !introduced
        && !rest
        && (first.roles != 0 && block.known_headers(doc.body(at), divided)
            || first.roles == 0 && block.shaped_headers(doc, at, first, divided)
            || block.distinct >= 2 && block.has(role::TO) && block.has(role::SUBJECT) && notes());
    headers.then_some(block.end)
}

/// The first of the labelled lines that stand together above the line, and whether a label of a form follows one of a mail
/// among them. (Telephone and address alone are the end of a signature.)
fn author_labels(doc: &Doc, at: usize) -> (usize, bool) {
    let mut top = at;
    let (mut form, mut fields) = (false, false);
    for above in (at.saturating_sub(6)..at).rev() {
        let text = doc.body(above);
        if markers::label(text).is_some_and(|label| label.roles != 0) {
            fields |= form;
            top = above;
        } else if markers::form_label(text) {
            form = true;
        } else {
            break;
        }
    }
    (top, fields)
}

/// What the labelled lines of a block show.
#[derive(Default)]
struct Block {
    /// All the roles its labels can have.
    roles: u8,
    /// How many labels brought a new role.
    distinct: usize,
    /// Labelled lines, known labels or not.
    labelled: usize,
    email: bool,
    /// A sender or recipient as Notes writes them, or with an address.
    person: bool,
    dated: bool,
    /// The date of a mail: with the time of day.
    stamped: bool,
    /// A sender or recipient that is a date or a time: a traveller's, a bookkeeper's.
    spanning: bool,
    /// Labels that the forms of web sites have: a telephone number, a message.
    form: bool,
    /// A label is set in bold, as programs set them.
    starred: bool,
    /// From, date, to, subject: the order of Outlook.
    ordered: Vec<u8>,
    /// The line after the block.
    end: usize,
}

impl Block {
    fn has(&self, roles: u8) -> bool {
        self.roles & roles != 0
    }

    /// Takes a line in. False when it begins another block.
    fn add(&mut self, label: &Label<'_>) -> bool {
        if label.roles == role::FROM && self.has(role::FROM) {
            return false;
        }
        let facts = if label.value.contains(invisible) {
            facts::read(&label.value.replace(invisible, ""))
        } else {
            facts::read(label.value)
        };
        if label.roles & role::DATE != 0 {
            self.stamped |= facts.date && facts.time;
        } else if label.roles & (role::FROM | role::TO) != 0 {
            self.spanning |= facts.dated() && !facts.email;
        }
        self.ordered.push(label.roles);
        self.distinct += usize::from(label.roles & !self.roles != 0);
        self.roles |= label.roles;
        self.labelled += 1;
        self.email |= facts.email;
        self.dated |= facts.dated();
        self.person |= label.roles & (role::FROM | role::TO) != 0 && notes_name(label.value);
        true
    }

    /// Known labels that only a mail program puts together: with an address, below a divider, or a mail's date and a subject.
    /// Labels of the author's own ("From: Houston", "To: Dallas") have none of these.
    fn known_headers(&self, first: &str, divided: bool) -> bool {
        let (from, to) = (self.has(role::FROM), self.has(role::TO));
        let (date, subject) = (self.has(role::DATE), self.has(role::SUBJECT));
        match self.distinct {
            0 | 1 => false,
            2 => {
                from && (date || subject) && self.email
                    || to && subject && (self.email || self.person)
                    || to && date && self.email && sent_stamp(first)
            }
            _ => {
                let addressed = self.email || self.person && (date || subject);
                let stamped = self.stamped && (self.starred || self.programmed() && self.has(role::TO));
                let titled = subject && (stamped || self.dated && (self.starred || self.outlook()));
                let sent = self.stamped && self.in_order(&[role::FROM, role::DATE, role::TO]);
                (from || to) && (date || subject) && (addressed || divided || (titled || sent) && !self.spanning)
            }
        }
    }

    /// From, date, to, subject, in this order.
    fn outlook(&self) -> bool {
        self.in_order(&[role::FROM, role::DATE, role::TO, role::SUBJECT])
    }

    /// In an order in which programs write them, with a date: not "from, to, date, subject", as people do.
    fn programmed(&self) -> bool {
        use role::{DATE, FROM, SUBJECT, TO};
        const ORDERS: &[&[u8]] = &[
            &[FROM, DATE, TO, SUBJECT],
            &[FROM, DATE, SUBJECT, TO],
            &[FROM, SUBJECT, DATE, TO],
            &[FROM, TO, SUBJECT, DATE],
            &[SUBJECT, DATE, FROM, TO],
            &[FROM, DATE, SUBJECT],
            &[FROM, DATE, TO],
            &[DATE, TO, SUBJECT],
        ];
        ORDERS.iter().any(|order| self.in_order(order))
    }

    fn in_order(&self, order: &[u8]) -> bool {
        let plain = self.ordered.iter().filter(|roles| !matches!(**roles, 0 | role::CC | role::OTHER));
        plain.clone().count() == order.len() && plain.zip(order).all(|(roles, role)| roles & role != 0)
    }

    /// Any language: who with an address, then when; below a divider the order is free.
    fn shaped_headers(&self, doc: &Doc, at: usize, first: Label<'_>, divided: bool) -> bool {
        let stamp = |i: usize| {
            let facts = facts::read(doc.body(i));
            facts.date && facts.time
        };
        let leading = named(first) && (at + 1..self.end.min(at + 3)).any(stamp);
        self.labelled >= 3 && self.email && self.dated && (divided || leading)
    }
}

/// A label's value is somebody with an address in brackets.
fn named(label: Label<'_>) -> bool {
    facts::has_email(label.value) && label.value.contains(['<', '['])
}

/// Reads labelled lines and their continuations from `at` on.
fn gather(doc: &Doc, at: usize, first: Label<'_>) -> Block {
    let mut block = Block { end: at, ..Block::default() };
    let mut last_role = 0;
    let mut next = at;
    let limit = doc.len().min(at + BLOCK);
    while next < limit {
        if doc.lines[next].blank() {
            // Notes leaves blank lines between its headers; prose that follows a blank line is the message.
            let written = doc.next_written(next).filter(|&w| w < limit && first.roles != 0);
            let more = written.filter(|&w| markers::label(doc.body(w)).is_some_and(|l| l.roles & !block.roles != 0));
            let Some(more) = more else { break };
            next = more;
            continue;
        }
        let label = markers::label(doc.body(next));
        block.form |= markers::form_label(doc.body(next));
        match label {
            Some(label) if label.roles != 0 => {
                if !block.add(&label) {
                    break;
                }
                block.starred |= doc.body(next).starts_with('*');
                last_role = label.roles;
            }
            Some(label) if last_role == 0 || block.distinct <= 1 => {
                block.add(&label);
                last_role = 0;
            }
            _ if goes_on(doc, next, last_role) => {}
            _ => break,
        }
        next += 1;
        block.end = next;
        if first.roles != 0 && block.distinct <= 1 && block.labelled >= ALIKE {
            break;
        }
    }
    block
}

/// A long list of people, or a subject, goes on in the line `at`.
fn goes_on(doc: &Doc, at: usize, last_role: u8) -> bool {
    let text = doc.body(at);
    let is = |roles: u8| last_role & roles != 0;
    let Some(before) = at.checked_sub(1).map(|before| doc.body(before)) else { return false };
    let listed = facts::has_email(text)
        || text.ends_with([',', ';'])
        || text.starts_with(['<', '['])
        || before.ends_with([',', ';', '<']);
    is(role::TO | role::CC | role::FROM | role::SUBJECT | role::OTHER)
        && (listed
            || is(role::TO | role::CC) && before.len() > 55 && text.len() < 90
            || is(role::SUBJECT) && text.len() < 100 && next_is_header(doc, at + 1)
            || is(role::FROM) && text.len() < 80 && next_is_header(doc, at + 1))
}

/// Lines a stacked block may have.
const STACKED: usize = 12;

/// Labels and values on lines of their own, as some Notes versions write them: `An`, `Tom Hill/DE/Org`, `Kopie`, `Thema`, ….
fn stacked(doc: &Doc, at: usize) -> Option<usize> {
    let text = doc.body(at);
    if text.len() > 24 || markers::roles(text) & (role::TO | role::FROM) == 0 {
        return None;
    }
    let value = doc.next_written(at + 1).filter(|&v| v <= at + 2 && notes_name(doc.body(v)))?;
    let mut roles = 0u8;
    let mut end = value + 1;
    for next in value + 1..doc.len().min(at + STACKED) {
        let text = doc.body(next);
        if text.len() > 24 {
            continue;
        }
        let role = markers::roles(text);
        if role & (role::CC | role::SUBJECT | role::DATE) != 0 {
            roles |= role;
            end = doc.len().min(next + 2);
        }
    }
    (roles & role::SUBJECT != 0 && roles & (role::CC | role::DATE) != 0).then_some(end)
}

/// `Given Name/Unit/Org` or `Name@Org`, as Notes writes people. A place such as `Leipzig/Halle` is none.
fn notes_name(value: &str) -> bool {
    if facts::has_email(value) {
        return true;
    }
    let Some((name, units)) = value.split_once('/') else { return false };
    let unit = units.split([',', ';', '@', ' ', '/']).next().unwrap_or_default();
    name.split_whitespace().count() >= 2
        && !units.starts_with(' ')
        && (units.contains(['/', '@']) || unit.len() >= 2 && unit.chars().all(char::is_uppercase))
}

fn next_is_header(doc: &Doc, at: usize) -> bool {
    at < doc.len() && !doc.lines[at].blank() && markers::label(doc.body(at)).is_some_and(|l| l.roles != 0)
}

/// What belongs to a boundary and stands above it: a divider, Notes' name and date, an attribution line of its own.
pub(super) fn lead_in(doc: &Doc, at: usize) -> usize {
    let mut from = at;
    let mut steps = 0;
    while let Some(above) = doc.last_written(from) {
        steps += 1;
        if steps > 4 {
            break;
        }
        let text = doc.body(above);
        if markers::divider(text).is_some() {
            from = above;
            continue;
        }
        if fold(text).trim_end_matches([':', '.']).len() < 40
            && WORDS.dividers.contains_key(fold(text).trim_end_matches([':', '.']))
        {
            from = above;
            continue;
        }
        match notes_heading(doc, above, from) {
            Some(start) => from = start,
            None => break,
        }
    }
    // What is shown, e.g. between fences, is no part of a heading.
    (from..at).rev().find(|&line| doc.lines[line].shown).map_or(from, |line| line + 1)
}

/// Notes writes who and when above "To:": on one line ("Name on 02/02/2001 01:39:17 PM", wrapped maybe) or on two.
fn notes_heading(doc: &Doc, above: usize, from: usize) -> Option<usize> {
    let text = doc.body(above);
    // Only a heading without a From of its own has one above.
    let headed = from < doc.len()
        && (markers::label(doc.body(from))
            .is_some_and(|l| l.roles & (role::TO | role::CC | role::SUBJECT | role::OTHER) != 0)
            || markers::roles(doc.body(from)) & role::TO != 0
            || answers_to(doc.body(from)));
    if !headed {
        return None;
    }
    if doc.lines[above].depth > 0 {
        return None;
    }
    if answers_to(text) {
        return Some(above);
    }
    let facts = facts::read(text);
    if !facts.dated() || text.len() > 160 || facts.last + 16 < text.len() {
        return None;
    }
    let before = text[..facts.first.unwrap_or(0)].trim_end();
    if before.chars().filter(|c| c.is_alphabetic()).count() >= 4 {
        // "Let me know by 3/14" is no heading; "Name on 3/14/2023 9:12 AM" is.
        let who = facts.email || before.ends_with(" on") || shapes::name_like(before);
        return (who && facts.time).then_some(above);
    }
    if above == 0 || doc.lines[above - 1].blank() {
        return Some(above);
    }
    let name = doc.body(above - 1);
    let folded = fold(name);
    let words = folded.split(' ').count();
    let is_name = name.len() <= 120
        && (words <= 6 && !name.ends_with(['.', '!', '?', ':'])
            || facts::has_email(name)
            || folded.ends_with(" on")
            || facts::read(name).dated());
    Some(if is_name { above - 1 } else { above })
}

/// Notes' line for a reply address.
fn answers_to(text: &str) -> bool {
    let lead = &text[..text.floor_char_boundary(24)];
    fold(lead).starts_with("please respond to")
}

/// A header with date, time and zone, as a program writes it and nobody types it.
fn sent_stamp(text: &str) -> bool {
    let facts = facts::read(text);
    facts.date
        && facts.time
        && (text.contains(" +0") || text.contains(" -0") || text.contains("GMT") || text.contains("UTC"))
}
