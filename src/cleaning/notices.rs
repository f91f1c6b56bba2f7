//! What companies, gateways and mailing lists put around an author's words: warnings, notices, pleas, opening hours, list footers.

use super::Kind;
use super::doc::Doc;
use super::facts;
use super::fold::fold;
use super::locale::WORDS;
use super::markers::{self, Rule};
use super::quotes::greets;
use super::shapes::{self, delimiter, prose};
use super::signature::asks_or_says;

/// Lines a gateway's warning can have.
const BANNER: usize = 6;

/// "CAUTION: This email originated from outside …": what a gateway puts above a message.
pub(super) fn banner(doc: &mut Doc) -> bool {
    let Some(first) = doc.next_written(0) else { return false };
    if doc.lines[first].depth > 0 {
        return false;
    }
    // "[External] Can you deliver?": the mark goes, and what stands behind it is the author's.
    let text = doc.body(first);
    if let Some(at) = text.find([']', '】']).filter(|at| *at <= 60) {
        let end = at + text[at..].chars().next().map_or(1, char::len_utf8);
        let behind = text[end..].trim_start();
        let tag = fold(&text[..end]);
        let speaks = behind.starts_with(char::is_alphanumeric) && WORDS.gate.weigh(&fold(behind)) == 0;
        if text.starts_with(['[', '【']) && speaks && WORDS.banner.prefix(&tag) == Some(tag.len()) {
            let offset = text.len() - behind.len();
            doc.split(&[(first, offset)]);
            doc.mark(first, first + 1, Kind::Disclaimer, "banner");
            return true;
        }
    }
    let mut end = first + 1;
    while end < doc.len() && !doc.lines[end].blank() && warns_on(doc, end) {
        end += 1;
    }
    if end - first > BANNER || doc.next_written(end).is_none() || !warns(doc, first, end) {
        return false;
    }
    doc.mark(first, end, Kind::Disclaimer, "banner");
    true
}

/// The lines are a gateway's: they begin as its warnings do, and say no more, or name where the mail is from and what not to do
/// with it. "External sender addresses are blocked by our server" is a sentence of the author's.
fn warns(doc: &Doc, first: usize, end: usize) -> bool {
    let whole: String = (first..end).flat_map(|i| [doc.body(i), " "]).collect();
    let folded = fold(&whole);
    let Some(length) = WORDS.banner.prefix(&folded) else { return false };
    let rest = folded[length..].trim_matches(|c: char| !c.is_alphanumeric());
    let links = |word: &str| word.contains("://") || word.contains('@');
    !asks_or_says(&whole) && (rest.is_empty() || WORDS.gate.weigh(&folded) > 0 || rest.split_whitespace().all(links))
}

/// The line goes on with the warning above it: with its sentence, or with another one.
fn warns_on(doc: &Doc, at: usize) -> bool {
    let above = doc.body(at - 1);
    let text = doc.body(at);
    let broken = above.len() > 45 && !above.ends_with(['.', '!', '?', ':', '>', ']', '。']);
    !text.contains('?') && (broken || WORDS.gate.weigh(&fold(text)) > 0)
}

/// Lines that the footer of a list can have.
const FOOTER: usize = 10;

/// "ref:_00D20abc._5002Xdef:ref": by which a help desk knows its mail again.
fn ticket(text: &str) -> bool {
    let mark = text.trim_matches(['[', ']', ' ', '{', '}']);
    text.len() <= 80 && mark.starts_with("ref:") && mark.ends_with(":ref") && !mark.contains(' ')
}

/// An advertisement that a list's host puts between a long rule and the footer below it. Gives where the rule is.
pub(super) fn advertisement(doc: &Doc, last: usize, below: Option<Kind>) -> Option<usize> {
    if below != Some(Kind::ListFooter) {
        return None;
    }
    let near = last.saturating_sub(FOOTER)..last;
    let rule = near.rev().find(|&i| doc.lines[i].blank() || markers::divider(doc.body(i)) == Some(Rule::Bare))?;
    let (long, linked) = (doc.lines[rule].len() >= 60, (rule..=last).any(|i| shapes::contact(doc.body(i))));
    (long && linked && doc.lines[rule].depth == 0 && own_above(doc, rule)).then_some(rule)
}

/// The paragraph that ends with `last` is what a list or tracker adds. Gives where it begins.
pub(super) fn list_footer(doc: &Doc, last: usize) -> Option<usize> {
    if ticket(doc.body(last)) {
        return Some(last);
    }
    // A rule may stand below it too.
    let closed = markers::divider(doc.body(last)) == Some(Rule::Bare) && last > 0 && !doc.lines[last - 1].blank();
    let last = if closed { last - 1 } else { last };
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
        // "Unsubscribe does not work, it shows an error."
        let complains = prose(text) && first.is_some_and(|(at, end)| !folded[at..end].contains(' '));
        links |= text.contains("://") || facts::has_email(text) || folded.contains("www.");
        found |= first.is_some_and(|(at, _)| at == 0 && !complains || links || folded.starts_with("to "))
            && !folded.starts_with("please");
        if written > FOOTER {
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

/// The sentences that end with the line `last` are a legal or virus notice. Gives the line where they begin: the author's
/// own may stand above without a blank line between.
pub(super) fn notice(doc: &Doc, last: usize, below: Option<Kind>) -> Option<usize> {
    let mut top = last;
    let mut length = 0;
    for _ in 0..30 {
        if doc.lines[top].depth > 0 {
            return None;
        }
        length += doc.lines[top].len();
        if top == 0
            || doc.lines[top - 1].blank()
            || doc.lines[top - 1].depth > 0
            || length > 6000
            || delimiter(doc.body(top - 1))
            || markers::divider(doc.body(top - 1)).is_some()
        {
            break;
        }
        top -= 1;
    }
    let folded: Vec<String> = (top..=last).map(|i| fold(doc.body(i))).collect();
    let whole = folded.join(" ");
    // Most paragraphs say nothing legal at all.
    let (hit, _) = WORDS.legal.find(&whole)?;
    // Up to where the sentence begins.
    let mut from = line_at(&folded, hit);
    while from > 0 {
        let above = doc.body(top + from - 1);
        if above.len() < 45 || above.ends_with(['.', '!', '?', ':', '…']) {
            break;
        }
        from -= 1;
    }
    let paragraph = folded[from..].join(" ");
    // The phrases of a notice that is broken inside a phrase are seen in the whole of it only.
    let legal = legal(&paragraph, below)
        || from > 0 && {
            from = 0;
            legal(&whole, below)
        };
    let from = top + from;
    if !legal || speaks(doc, from, last, &paragraph) || !(doc.quoted() || own_above(doc, from)) {
        return None;
    }
    match doc.last_written(from) {
        Some(above) if markers::divider(doc.body(above)) == Some(Rule::Bare) => Some(above),
        _ => Some(from),
    }
}

/// The line in which the byte `at` stands of the lines joined by blanks.
fn line_at(lines: &[String], at: usize) -> usize {
    let mut length = 0;
    let before = lines.iter().take_while(|line| {
        length += line.len() + 1;
        length <= at
    });
    before.count()
}

/// "Please consider the environment before printing": a paragraph that says nothing else. Gives where it begins.
pub(super) fn plea(doc: &Doc, last: usize) -> Option<usize> {
    let mut from = last;
    let mut length = doc.lines[last].len();
    while from > 0 && last - from < 3 && !doc.lines[from - 1].blank() && length <= 320 {
        from -= 1;
        length += doc.lines[from].len();
    }
    if length > 320 {
        from = last;
    }
    let folded: Vec<String> = (from..=last).map(|i| fold(doc.body(i))).collect();
    let whole = folded.join(" ");
    let (hit, _) = WORDS.plea.find(&whole)?;
    // It begins with the line that has the words, or the one before.
    let from = from + line_at(&folded, hit);
    let folded = folded[from - (last + 1 - folded.len())..].join(" ");
    let (at, _) = WORDS.plea.find(&folded)?;
    let near = folded[..at].chars().count() <= 30;
    // "Do you really need to print this e-mail?" asks the reader, not the recipient.
    let asks = (from..=last).any(|i| doc.body(i).contains('?')) && WORDS.itself.find(&folded).is_none();
    (near
        && folded.len() <= 320
        && doc.lines[from].depth == 0
        && !asks
        && WORDS.voice.find(&folded).is_none()
        && own_above(doc, from))
    .then_some(from)
}

/// "My working hours may not be yours": a paragraph that says when its author works, in the words that go below every mail of
/// theirs. Gives where it begins.
pub(super) fn hours(doc: &Doc, last: usize) -> Option<usize> {
    let mut from = last;
    while from > 0 && last - from < 3 && !doc.lines[from - 1].blank() && doc.lines[from - 1].len() > 45 {
        from -= 1;
    }
    let folded = fold(&(from..=last).flat_map(|i| [doc.body(i), " "]).collect::<String>());
    let said = folded.len() <= 400 && !folded.contains('?') && WORDS.hours.find(&folded).is_some();
    (said && doc.lines[from].depth == 0 && own_above(doc, from)).then_some(from)
}

/// Lines that a notice about leave or personal data can have.
const PARAGRAPH: usize = 12;

/// The first line of the paragraph that ends with `last`, and its bytes; none for a long one.
fn paragraph(doc: &Doc, last: usize, most: usize) -> Option<(usize, usize)> {
    let mut from = last;
    let mut length = doc.lines[last].len();
    while from > 0 && !doc.lines[from - 1].blank() && doc.lines[from - 1].depth == 0 {
        from -= 1;
        length += doc.lines[from].len();
        if length > most || last - from >= PARAGRAPH {
            return None;
        }
    }
    (length <= most && doc.lines[last].depth == 0 && !doc.lines[last].shown).then_some((from, length))
}

fn folded(doc: &Doc, from: usize, last: usize) -> String {
    fold(&(from..=last).flat_map(|i| [doc.body(i), " "]).collect::<String>())
}

/// "Our office will be closed from 23 December to 2 January", "Visit us at the Boat Show!" below a signature. Above it, or as a
/// postscript, it is an answer.
pub(super) fn absence(doc: &Doc, last: usize, signed: impl Fn(usize) -> bool) -> Option<usize> {
    let (from, length) = paragraph(doc, last, 420)?;
    // Nearly every paragraph has no figure in it, or is a line of a signature.
    let dated = (from..=last).any(|i| doc.body(i).chars().any(|c| facts::digit(c).is_some()));
    if length < 12 || !dated && length > 200 {
        return None;
    }
    let folded = folded(doc, from, last);
    let asks = folded.contains('?') || shapes::postscript(doc.body(from)) || greets(doc.body(from));
    let away = dated && WORDS.away.find(&folded).is_some();
    let invites = || folded.len() <= 200 && WORDS.promo.prefix(&folded).is_some();
    if asks || !away && !invites() {
        return None;
    }
    below_signature(doc, from, signed).then_some(from)
}

/// What was done with somebody's data is an answer.
const DONE: &[&str] = &[
    " we have ",
    "deleted",
    "erased",
    "haben wir",
    "wir haben",
    "gelöscht",
    "hemos",
    "eliminado",
    "nous avons",
    "supprimé",
    "abbiamo",
    "cancellato",
    "temos",
    "apagado",
    "verwijderd",
    "usunę",
    "usunię",
    "удалил",
    "удалены",
];

/// What a company does with personal data, in a paragraph below the author's words. In the only paragraph, in a question or in a
/// letter about personal data it is what the author says; where nobody has signed above it, it begins as such notices do.
pub(super) fn privacy(doc: &Doc, last: usize, below: Option<Kind>, signed: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut from, length) = paragraph(doc, last, 4000)?;
    if length < 60 && below != Some(Kind::Disclaimer) {
        return None;
    }
    let mut folded = self::folded(doc, from, last);
    let weight = WORDS.privacy.weigh(&folded);
    if weight == 0 {
        return None;
    }
    // Right below the name, without a blank line.
    let glued = (from + 1..=last).find(|&i| {
        doc.lines[i].len() > 60 && WORDS.opens.prefix(&fold(doc.body(i))).is_some() && !prose(doc.body(i - 1))
    });
    if let Some(start) = glued {
        from = start;
        folded = self::folded(doc, from, last);
    }
    let heading = folded.len() < 60 && below == Some(Kind::Disclaimer) && folded.split(' ').count() <= 8;
    let says = folded.contains('?') || WORDS.voice.find(&folded).is_some() || shapes::postscript(doc.body(from));
    let linked = || (from..=last).any(|i| shapes::contact(doc.body(i)));
    let done = || DONE.iter().any(|word| folded.contains(word));
    let opens = || WORDS.opens.prefix(&folded).is_some() && weight >= if linked() { 3 } else { 4 } && !done();
    let said = heading || opens() || weight >= 3 && below_signature(doc, from, signed);
    let about = || {
        let above: String =
            (0..from).filter(|&i| doc.lines[i].mark.is_none()).flat_map(|i| [doc.body(i), " "]).collect();
        WORDS.privacy.weigh(&fold(&above)) > 0
    };
    (said && !says && own_above(doc, from) && !about()).then_some(from)
}

/// A signature ends right above the line, or stood there.
fn below_signature(doc: &Doc, from: usize, signed: impl Fn(usize) -> bool) -> bool {
    let start = doc.lines[from].start;
    let cut = |span: &super::Removed| matches!(span.kind, Kind::Signature | Kind::SignOff) && span.end <= start;
    let above = doc.last_written(from);
    let near = above.map_or(0, |above| doc.lines[above].end);
    above.is_some_and(signed) || doc.removed().iter().any(|span| cut(span) && span.start >= near)
}

/// What the sentences say is legal enough.
fn legal(folded: &str, below: Option<Kind>) -> bool {
    let heading = WORDS.legal.find(folded).is_some_and(|(at, _)| at < 20);
    let titled = heading && folded[..folded.floor_char_boundary(40)].contains(':');
    let weight = WORDS.legal.weigh(folded) + usize::from(titled);
    if folded.len() < 60 {
        return heading && below == Some(Kind::Disclaimer) && folded.split(' ').count() <= 6
            || weight >= 2 && folded.contains("www.")
            || ["www.avast.", "www.avg.", "://avast."].iter().any(|scanner| folded.contains(scanner));
    }
    // "The price list is confidential and intended only for you" does not speak of the mail it stands in.
    (weight >= 3 || weight == 2 && heading && folded.len() > 90) && (weight >= 9 || of_itself(folded))
}

/// The notice names the mail it stands in, in a language whose words for that are known; in any other it may.
pub(super) fn of_itself(folded: &str) -> bool {
    const READ: &[&str] = &[
        " the ", " der ", " und ", " les ", " est ", " los ", " del ", " che ", " della ", " não ", " het ", " een ",
        " nie ", " не ",
    ];
    WORDS.itself.find(folded).is_some() || folded.contains("www.") || !READ.iter().any(|word| folded.contains(word))
}

/// The author speaks: in the first person, or in a question.
fn speaks(doc: &Doc, from: usize, last: usize, folded: &str) -> bool {
    let english = folded.contains(" the ");
    let person = |i: usize| english && doc.body(i).split([' ', ',']).any(|word| word == "I");
    let asks = |i: usize| doc.body(i).ends_with('?') || doc.body(i).contains("? ");
    WORDS.voice.find(folded).is_some()
        || (from..=last).any(person)
        || (from..=last).any(asks) && WORDS.legal.weigh(folded) < 5
}

/// Somebody wrote more than a greeting above the line.
pub(super) fn own_above(doc: &Doc, at: usize) -> bool {
    (0..at).any(|i| {
        !doc.lines[i].blank() && doc.lines[i].mark.is_none() && doc.lines[i].depth == 0 && !greets(doc.body(i))
    })
}

/// Written lines at the end in which a notice may follow the author's sentences on one line.
const NOTICE_LINES: usize = 12;

/// Parts a notice from the sentences before it on the same line.
pub(super) fn split_notice(doc: &mut Doc) {
    let mut splits = Vec::new();
    let written = (0..doc.len()).rev().filter(|&i| !doc.lines[i].blank()).take(NOTICE_LINES);
    for at in written {
        let text = doc.body(at);
        let goes_on = |end| text.contains(end);
        if doc.lines[at].depth > 0
            || text.len() < 90
            || ![". ", "? ", "! "].into_iter().any(goes_on)
            || WORDS.legal.find(&fold(text)).is_none()
        {
            continue;
        }
        let ends = text.match_indices([' ', '\u{a0}']).map(|(i, gap)| (i, i + gap.len()));
        let starts = ends.filter(|&(i, _)| text[..i].ends_with(['.', '!', '?', '…'])).map(|(_, start)| start).take(40);
        for start in starts {
            let rest = fold(&text[start..]);
            let sentence = &rest[..rest.find(['.', '!', '?']).unwrap_or(rest.len())];
            if WORDS.legal.find(sentence).is_some() {
                // "Moss Boats Ltd. Registered in England" is one piece.
                if shapes::company(text[..start].trim_end()) {
                    break;
                }
                if WORDS.legal.find(&fold(&text[..start])).is_none() && legal(&rest, None) && of_itself(&rest) {
                    splits.push((at, start));
                }
                break;
            }
        }
    }
    splits.reverse();
    if !splits.is_empty() {
        doc.split(&splits);
    }
}
