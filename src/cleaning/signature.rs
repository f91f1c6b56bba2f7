//! What stands below the author's words: closing, name, address block, device footer, notices, list footer.
//!
//! The tail is peeled from the bottom, one layer at a time, until a layer is none of these.

use super::Kind;
use super::doc::{Doc, Hint, Line};
use super::facts;
use super::fold::fold;
use super::locale::WORDS;
use super::markers::{self, Rule};
use super::names::Names;
use super::shapes::{attachment, capital, contact, dash_name, dash_word, delimiter, mobile, name_like, prose};
use super::thread::Knowledge;

/// Written lines a signature without a delimiter can have.
const BLOCK: usize = 14;

/// Written lines that can stand below `-- `.
const BELOW_DELIMITER: usize = 40;

/// Marks the tail of the message. True when something was found.
pub(super) fn mark(doc: &mut Doc, names: &Names, thread: &Knowledge<'_>) -> bool {
    if html_signature(doc) {
        return true;
    }
    let mut found = banner(doc);
    let mut below = None;
    let mut end = tail(doc, doc.len());
    while let Some(last) = doc.last_written(end) {
        let Some((from, layers)) = layer(doc, last, names, thread, below) else { break };
        for (start, stop, kind, rule) in layers {
            doc.mark(start, stop.min(end), kind, rule);
            below = Some(kind);
        }
        found = true;
        end = from;
    }
    found
}

/// What a mail program marked as the signature. Somebody who wrote inside it wrote a message all the same.
fn html_signature(doc: &mut Doc) -> bool {
    let signed = |line: &Line| line.hint == Hint::Signature && !line.blank();
    let own = doc.lines.iter().any(|line| !signed(line) && !line.blank());
    if !own || !doc.lines.iter().any(signed) {
        return false;
    }
    for line in 0..doc.len() {
        if doc.lines[line].hint == Hint::Signature {
            doc.mark(line, line + 1, Kind::Signature, "html_signature");
        }
    }
    true
}

/// Lines a gateway's warning can have.
const BANNER: usize = 6;

/// "CAUTION: This email originated from outside …": what a gateway puts above a message.
fn banner(doc: &mut Doc) -> bool {
    let Some(first) = doc.next_written(0) else { return false };
    let text = doc.body(first);
    let lead = &text[..text.floor_char_boundary(120)];
    if doc.lines[first].depth > 0 || WORDS.banner.prefix(&fold(lead)).is_none() {
        return false;
    }
    let end = (first..doc.len()).find(|&i| doc.lines[i].blank()).unwrap_or(doc.len());
    if end - first > BANNER || doc.next_written(end).is_none() {
        return false;
    }
    doc.mark(first, end, Kind::Disclaimer, "banner");
    true
}

type Layer = (usize, usize, Kind, &'static str);

/// The lowest layer that ends with the line `last`: where it begins, and its parts.
fn layer(
    doc: &Doc,
    last: usize,
    names: &Names,
    thread: &Knowledge<'_>,
    below: Option<Kind>,
) -> Option<(usize, Vec<Layer>)> {
    let one = |from: usize, kind, rule| Some((from, vec![(from, usize::MAX, kind, rule)]));
    let text = doc.body(last);
    if doc.lines[last].depth > 0 {
        return None;
    }
    if mobile(text) {
        return one(last, Kind::MobileFooter, "mobile");
    }
    if let Some(from) = list_footer(doc, last) {
        return one(from, Kind::ListFooter, "list_footer");
    }
    if let Some(from) = notice(doc, last, below) {
        return one(from, Kind::Disclaimer, "notice");
    }
    if (below.is_some() || delimiter(text)) && (delimiter(text) || markers::divider(text) == Some(Rule::Bare)) {
        return one(last, Kind::Signature, "rule_above");
    }
    if let Some(from) = below_delimiter(doc, last) {
        return one(from, Kind::Signature, "delimiter");
    }
    if markers::divider(text) == Some(Rule::Bare)
        && let Some(above) = doc.last_written(last)
        && let Some(from) = notice(doc, above, below)
    {
        return one(from, Kind::Disclaimer, "notice");
    }
    bare(doc, last, names, thread)
}

/// Skips what mail programs put below everything: names of attachments.
fn tail(doc: &Doc, mut end: usize) -> usize {
    while let Some(last) = doc.last_written(end) {
        if !attachment(doc.body(last)) {
            break;
        }
        end = last;
    }
    end
}

/// True when the lines from `at` to the end are a delimiter and the signature below it.
pub(super) fn delimited_tail(doc: &Doc, at: usize) -> bool {
    delimiter(doc.body(at))
        && doc.lines[at].depth == 0
        && doc.last_written(doc.len()).is_some_and(|last| below_delimiter(doc, last) == Some(at))
}

/// A line that closes a letter.
pub(super) fn closes(text: &str) -> bool {
    closing(&fold(text), &Names::default(), false)
}

/// True when the lines from `at` on are a signature below a delimiter, or a footer.
pub(super) fn footer_from(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    if doc.lines[at].hint == Hint::Signature {
        return true;
    }
    delimiter(text)
        || mobile(text)
        || markers::divider(text) == Some(Rule::Bare)
        || WORDS.list.prefix(&fold(text)).is_some()
}

/// The lines from `at` to the end are few and short: a signature, maybe.
pub(super) fn short_tail(doc: &Doc, at: usize) -> bool {
    let mut written = 0;
    for i in at..doc.len() {
        if doc.lines[i].blank() {
            continue;
        }
        written += 1;
        if written > 8 || prose(doc.body(i)) {
            return false;
        }
    }
    written >= 2 && (at..doc.len()).any(|i| contact(doc.body(i))) || written == 1 && name_like(doc.body(at))
}

/// The paragraph that ends with `last` is what a list or tracker adds. Gives where it begins.
fn list_footer(doc: &Doc, last: usize) -> Option<usize> {
    let mut from = last;
    let mut found = false;
    let mut links = false;
    let mut written = 0;
    loop {
        let text = doc.body(from);
        if doc.lines[from].depth > 0 {
            return None;
        }
        if markers::divider(text).is_some() || delimiter(text) {
            return found.then_some(from);
        }
        written += 1;
        let folded = fold(text);
        let first = WORDS.list.find(&folded);
        links |= text.contains("://") || facts::has_email(text) || folded.contains("www.");
        found |=
            first.is_some_and(|(at, _)| at == 0 || links || folded.starts_with("to ")) && !folded.starts_with("please");
        if written > 8 {
            return None;
        }
        let above = doc.last_written(from);
        match above {
            // A rule above, even across a blank line, belongs to the footer.
            Some(above)
                if found && (markers::divider(doc.body(above)) == Some(Rule::Bare) || delimiter(doc.body(above))) =>
            {
                return Some(above);
            }
            Some(above) if above + 1 == from => from = above,
            _ => {
                let first = fold(doc.body(from));
                return (found
                    && (WORDS.list.prefix(&first).is_some() || first.starts_with("to ") || written == 1 && links))
                    .then_some(from);
            }
        }
    }
}

/// The paragraph that ends with `last` is a legal or virus notice. Gives where it begins.
fn notice(doc: &Doc, last: usize, below: Option<Kind>) -> Option<usize> {
    let mut from = last;
    let mut folded = String::new();
    for _ in 0..30 {
        if doc.lines[from].depth > 0 {
            return None;
        }
        let mut line = fold(doc.body(from));
        line.push(' ');
        folded.insert_str(0, &line);
        if from == 0
            || doc.lines[from - 1].blank()
            || folded.len() > 6000
            || markers::divider(doc.body(from - 1)).is_some()
        {
            break;
        }
        from -= 1;
    }
    let weight = WORDS.legal.weigh(&folded);
    let heading = WORDS.legal.find(&folded).is_some_and(|(at, _)| at < 20);
    let titled = heading && folded[..folded.floor_char_boundary(40)].contains(':');
    let weight = weight + usize::from(titled);
    let legal = if folded.len() < 60 {
        heading && below == Some(Kind::Disclaimer) && folded.split(' ').count() <= 6
            || weight >= 2 && folded.contains("www.")
    } else {
        weight >= 3 || weight == 2 && heading && folded.len() > 90
    };
    if !legal {
        return None;
    }
    match doc.last_written(from) {
        Some(above) if markers::divider(doc.body(above)) == Some(Rule::Bare) => Some(above),
        _ => Some(from),
    }
}

/// A delimiter stands above the line `last`, with a signature between. Gives where the delimiter is.
fn below_delimiter(doc: &Doc, last: usize) -> Option<usize> {
    let mut written = 0;
    let mut long = 0;
    let mut at = last;
    loop {
        let text = doc.body(at);
        if doc.lines[at].depth > 0 {
            return None;
        }
        if delimiter(text) && at < last {
            let exact = doc.raw(at).trim_start_matches('>') == "-- ";
            // A single dash or a long text below is no signature.
            let fits = if exact { written <= BELOW_DELIMITER } else { written <= BLOCK && long <= 1 };
            return (fits && (exact || text.len() > 1)).then_some(at);
        }
        if at < last && markers::divider(text) == Some(Rule::Bare) {
            let contact = (at + 1..=last).any(|i| contact(doc.body(i)));
            let lines = (at + 1..=last).all(|i| !prose(doc.body(i)) && !flowing(doc, i));
            if written <= BLOCK && long == 0 && contact && lines && text.len() <= 80 {
                return Some(at);
            }
        }
        written += 1;
        long += usize::from(text.len() > 100);
        if written > BELOW_DELIMITER {
            return None;
        }
        at = doc.last_written(at)?;
    }
}

/// "My new address is" asks for the lines below it to be read.
fn leads_on(doc: &Doc, above: Option<usize>) -> bool {
    above.is_some_and(|above| fold(doc.body(above)).rsplit(' ').next().is_some_and(|word| WORDS.leads.contains(word)))
}

/// The line goes on with a sentence that the line above began.
fn flowing(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    at > 0
        && doc.lines[at - 1].len() > 35
        && text.starts_with(char::is_lowercase)
        && text.split_whitespace().count() >= 3
}

/// A signature that nothing sets apart but its shape, the closing words or the sender's name.
fn bare(doc: &Doc, last: usize, names: &Names, thread: &Knowledge<'_>) -> Option<(usize, Vec<Layer>)> {
    let mut at = last;
    let mut written = 0;
    let mut best: Option<(usize, &'static str)> = None;
    let mut named = None;
    let mut habit = last + 1;
    let mut contacts = 0;
    loop {
        let text = doc.body(at);
        if doc.lines[at].depth > 0 || written >= BLOCK {
            break;
        }
        let unbroken = habit == at + 1 || doc.next_written(at + 1) == Some(habit);
        // A sentence that comes again and again is a template, not a signature.
        if unbroken && thread.habitual(text) && !prose(text) && !flowing(doc, at) {
            habit = at;
        }
        let folded = fold(text);
        let above = doc.last_written(at);
        let paragraph = above
            .is_none_or(|a| a + 1 < at || doc.lines[a].len() < 60 && WORDS.close.prefix(&fold(doc.body(a))).is_some());
        if closing(&folded, names, at == last) {
            named = best;
            best = Some((at, "closing"));
            break;
        }
        // "Please call our engineer:" asks for the lines below it to be read.
        let introduced = above.is_some_and(|a| {
            doc.body(a).strip_suffix([':', '：']).is_some_and(|words| words.ends_with(char::is_alphabetic))
        });
        if introduced {
            break;
        }
        if names.signs(&folded) && capital(text) {
            best = Some((at, "name"));
        } else if (dash_name(text) || dash_word(text))
            && at == last
            && above.is_some_and(|a| a + 1 < at || !doc.body(a).starts_with('-'))
        {
            best = Some((at, "dash_name"));
        } else if paragraph
            && contacts >= 1
            && written >= 1
            && name_like(text)
            && best.is_none()
            && !leads_on(doc, above)
        {
            best = Some((at, "contact"));
        }
        if (prose(text) || flowing(doc, at) && !contact(text)) && best.is_none_or(|(b, _)| b != at) {
            break;
        }
        contacts += usize::from(contact(text) || text.len() <= 70 && WORDS.title.find(&folded).is_some());
        written += 1;
        let Some(above) = above else { break };
        at = above;
    }
    let signature = habit < last || habit == last && (contact(doc.body(last)) || name_like(doc.body(last)));
    if signature && best.is_none_or(|(at, _)| habit < at) && doc.last_written(habit).is_some() {
        best = Some((habit, "habit"));
    }
    let (from, rule) = best?;
    let closing_at = (rule == "closing").then_some(from);
    if doc.last_written(from).is_none() {
        // A mail that is nothing but "Thanks, Ann" says thanks: only the name goes.
        let below = doc.next_written(closing_at? + 1).filter(|&below| below <= last)?;
        let (from, rule) = named.or_else(|| names.signs(&fold(doc.body(below))).then_some((below, "name")))?;
        return Some((from, vec![(from, usize::MAX, Kind::Signature, rule)]));
    }
    let mut layers = Vec::new();
    if let Some(at) = closing_at {
        layers.push((at, at + 1, Kind::SignOff, "closing"));
        layers.push((at + 1, usize::MAX, Kind::Signature, rule));
    } else {
        layers.push((from, usize::MAX, Kind::Signature, rule));
    }
    Some((from, layers))
}

/// "Best regards," with little more on the line. Thanks that nothing follows are the author's own words.
fn closing(folded: &str, names: &Names, lowest: bool) -> bool {
    if folded.len() > 90 {
        return false;
    }
    let folded = folded.trim_matches(['-', '_', '~', ' ', '"', '\'']);
    let Some(length) = WORDS.close.prefix(folded) else { return false };
    let thanks = WORDS.thanks.prefix(folded).is_some_and(|l| l >= length.min(5));
    let rest = folded[length..].trim_matches(|c: char| !c.is_alphanumeric());
    // "Mit freundlichen Grüßen / Best regards".
    if WORDS.close.prefix(rest).is_some_and(|l| rest[l..].chars().all(|c| !c.is_alphanumeric())) {
        return true;
    }
    if rest.chars().any(|c| c.is_numeric() || c == '@' || c == '/') {
        return false;
    }
    if rest.is_empty() {
        return !lowest || !thanks;
    }
    let words = rest.split_whitespace().count();
    // "Regards, Ann" on one line.
    let comma = folded[length..].trim_start().starts_with([',', '!', '.', '-', '—']);
    if !comma && WORDS.alone.contains(&folded[..length]) {
        return false;
    }
    if lowest {
        return comma && words <= 3 && (names.signs(rest) || !thanks && words <= 2);
    }
    words <= 3 && !folded.ends_with('?') && (!thanks || comma || words <= 2)
}
