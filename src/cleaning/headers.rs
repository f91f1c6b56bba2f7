//! Blocks of headers above an earlier message, and what belongs to them.

use super::doc::Doc;
use super::facts;
use super::fold::fold;
use super::locale::{WORDS, role};
use super::markers;

/// Lines a header block may be looked for in.
const BLOCK: usize = 60;

/// Reads the lines from `at` on as the headers of an earlier message. Gives the line after them.
pub(super) fn header_block(doc: &Doc, at: usize) -> Option<usize> {
    let Some(first) = markers::label(doc.body(at)) else { return stacked(doc, at) };
    if markers::run_together(doc.body(at)) {
        return Some(at + 1);
    }
    let mut roles = 0u8;
    let mut known = 0;
    let mut shaped = 0;
    let mut email = false;
    let mut dated = false;
    // Mail programs write the date before the recipient; a traveller writes from, to, date.
    let mut date_early = false;
    let mut subject_email = false;
    let mut end = at;
    let mut last_role = 0;
    let mut next = at;
    let limit = doc.len().min(at + BLOCK);
    while next < limit {
        if doc.lines[next].blank() {
            // Notes leaves blank lines between its headers; prose that follows a blank line is the message.
            let Some(written) = doc.next_written(next) else { break };
            let more = first.roles != 0
                && written < limit
                && markers::label(doc.body(written)).is_some_and(|l| l.roles & !roles != 0);
            if !more {
                break;
            }
            next = written;
            continue;
        }
        if doc.lines[next].depth > doc.lines[at].depth && !doc.raw(next).trim_start().starts_with('>') {
            break;
        }
        let text = doc.body(next);
        match markers::label(text) {
            Some(label) if label.roles != 0 => {
                if roles & label.roles == label.roles && label.roles.count_ones() == 1 && label.roles & role::FROM != 0
                {
                    break;
                }
                if label.roles & role::DATE != 0 && label.roles & role::TO == 0 {
                    date_early |= known <= 1;
                }
                if label.roles & !roles != 0 {
                    known += 1;
                }
                roles |= label.roles;
                last_role = label.roles;
                let facts = facts::read(label.value);
                email |= facts.email;
                subject_email |= label.roles & (role::FROM | role::TO) != 0 && notes_name(label.value);
                dated |= facts.dated();
                shaped += 1;
            }
            Some(label) if last_role == 0 || shaped > 0 && known <= 1 => {
                let facts = facts::read(label.value);
                email |= facts.email;
                dated |= facts.dated();
                shaped += 1;
                last_role = 0;
            }
            _ => {
                // A long list of people, or a subject, goes on in the next line.
                let goes_on = last_role & (role::TO | role::CC | role::FROM | role::SUBJECT | role::OTHER) != 0
                    && (facts::has_email(text)
                        || text.ends_with([',', ';'])
                        || text.starts_with(['<', '['])
                        || doc.body(next - 1).ends_with([',', ';', '<'])
                        || last_role & (role::TO | role::CC) != 0 && doc.body(next - 1).len() > 55 && text.len() < 90
                        || last_role & role::SUBJECT != 0 && continues_subject(doc, next)
                        || last_role & role::FROM != 0 && text.len() < 80 && next_is_header(doc, next + 1));
                if !goes_on {
                    break;
                }
            }
        }
        next += 1;
        end = next;
    }
    let has = |bits: u8| roles & bits != 0;
    let ours = first.roles & (role::FROM | role::TO | role::DATE | role::SUBJECT | role::OTHER) != 0;
    let divided = doc.last_written(at).is_some_and(|above| markers::divider(doc.body(above)).is_some());
    let sure = ours
        && ((known >= 3
            && has(role::FROM | role::TO)
            && has(role::SUBJECT | role::DATE)
            && (email
                || subject_email
                || has(role::SUBJECT) && (dated || has(role::FROM))
                || dated && (divided || date_early)))
            || (known == 2
                && has(role::FROM)
                && has(role::SUBJECT | role::DATE)
                && (email || dated && has(role::SUBJECT)))
            || (known == 2 && has(role::TO) && has(role::SUBJECT) && (email || subject_email))
            || (known == 2 && has(role::DATE) && has(role::TO) && email && sent_stamp(doc.body(at))));
    // Any language: who with an address, then when; below a divider the order is free.
    let named = facts::has_email(first.value) && first.value.contains(['<', '[']);
    let leading = named
        && (at + 1..end.min(at + 3)).any(|i| {
            let facts = facts::read(doc.body(i));
            facts.date && facts.time
        });
    let shape = shaped >= 3 && email && dated && first.roles == 0 && (divided || leading);
    let notes = known >= 2
        && has(role::TO)
        && has(role::SUBJECT)
        && doc.last_written(at).is_some_and(|above| notes_heading(doc, above, at).is_some());
    // Prose labels of the author's own ("From: Houston", "To: Dallas") have no address and no subject.
    // What a form on a web site sends begins with a sender and a subject, and has no date: that is the message.
    let form = doc.last_written(at).is_none() && !has(role::DATE);
    ((sure || shape || notes) && !form).then_some(end)
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

/// `Name/Unit/Org` or `Name@Org`, as Notes writes people.
fn notes_name(value: &str) -> bool {
    value.contains('/') || facts::has_email(value)
}

fn continues_subject(doc: &Doc, at: usize) -> bool {
    doc.body(at).len() < 100 && at + 1 < doc.len() && !doc.lines[at + 1].blank() && next_is_header(doc, at + 1)
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
    from
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
    let letters_before = text[..facts.first.unwrap_or(0)].chars().filter(|c| c.is_alphabetic()).count();
    let one_line = letters_before >= 4;
    if one_line {
        return Some(above);
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
