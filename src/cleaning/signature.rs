//! What stands below the author's words: closing, name, address block, device footer, and the notices of `notices.rs`.
//!
//! The tail is peeled from the bottom, one layer at a time, until a layer is none of these.

use super::Kind;
use super::doc::{Doc, Hint, Line};
use super::facts;
use super::fold::fold;
use super::given::{account, announced, field, listed, of_others};
use super::locale::WORDS;
use super::markers::{self, Rule};
use super::names::Names;
use super::notices::{
    absence, advertisement, banner, hours, list_footer, notice, of_itself, own_above, plea, privacy, split_notice,
};
use super::quotes::greets;
use super::shapes::{self, attachment, capital, contact, dash_name, dash_word, delimiter, mobile, name_like, prose};
use super::thread::Knowledge;

/// Written lines a signature without a delimiter can have.
pub(super) const BLOCK: usize = 14;

/// Written lines that can stand below `-- `.
const BELOW_DELIMITER: usize = 40;

/// Marks the tail of the message. True when something was found.
pub(super) fn mark(doc: &mut Doc, names: &Names, thread: &Knowledge<'_>) -> bool {
    if html_signature(doc) {
        return true;
    }
    let armoured = armour(doc);
    split_notice(doc);
    split_closing(doc, names);
    if armoured {
        return true;
    }
    let mut found = banner(doc);
    let mut below = None;
    let mut end = tail(doc, doc.len());
    let mut postscript = false;
    while let Some(last) = doc.last_written(end) {
        let Some((from, layers)) = layer(doc, last, names, thread, below) else {
            // A postscript stays, and the signature above it goes.
            match begin_of_postscript(doc, last).filter(|_| !postscript) {
                Some(from) => (end, postscript) = (from, true),
                None => break,
            }
            continue;
        };
        // A bare name above a postscript is the end of the letter, not a signature.
        if postscript && from == last && layers.len() == 1 {
            break;
        }
        for (start, stop, kind, rule) in layers {
            doc.mark(start, stop.min(end), kind, rule);
            below = Some(kind);
        }
        found = true;
        end = from;
    }
    found
}

/// Lines that the signature of a signed text can have.
const ARMOUR: usize = 80;

/// What PGP puts around a text that it signs: the heading, and the signature itself.
fn armour(doc: &mut Doc) -> bool {
    let (mut found, mut at) = (false, 0);
    while at < doc.len() {
        let stop = if doc.lines[at].depth > 0 || !doc.body(at).starts_with("-----BEGIN PGP SIGN") {
            at
        } else if doc.body(at).starts_with("-----BEGIN PGP SIGNED MESSAGE-----") {
            let header = |i: usize| !doc.lines[i].blank() && markers::label(doc.body(i)).is_some();
            (at + 1..doc.len()).find(|&i| !header(i)).unwrap_or(doc.len())
        } else {
            let ends = |&i: &usize| doc.body(i).starts_with("-----END PGP SIGNATURE-----");
            (at..doc.len().min(at + ARMOUR)).find(ends).map_or(at, |end| end + 1)
        };
        if stop > at {
            doc.mark(at, stop, Kind::Signature, "pgp");
            found = true;
        }
        at = stop.max(at + 1);
    }
    found
}

/// Lines a postscript can have.
const POSTSCRIPT: usize = 6;

/// Where the postscript begins that ends with the line `last`.
fn begin_of_postscript(doc: &Doc, last: usize) -> Option<usize> {
    let first = (0..=last).rev().take(POSTSCRIPT).take_while(|&i| !doc.lines[i].blank());
    first.into_iter().find(|&i| doc.lines[i].depth == 0 && shapes::postscript(doc.body(i)))
}

/// What a mail program marked as the signature. Somebody who wrote inside it wrote a message all the same.
fn html_signature(doc: &mut Doc) -> bool {
    let signed = |line: &Line| line.hint == Hint::Signature && !line.blank();
    let own = (0..doc.len()).any(|i| !signed(&doc.lines[i]) && !doc.lines[i].blank() && !greets(doc.body(i)));
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
    // A footer that somebody made up stands apart from the text.
    let apart = || last.checked_sub(1).is_none_or(|above| doc.lines[above].blank() || closes(doc.body(above)));
    if shapes::footer(text, apart) {
        return one(last, Kind::MobileFooter, "mobile");
    }
    if let Some(from) = list_footer(doc, last) {
        return one(from, Kind::ListFooter, "list_footer");
    }
    if let Some(from) = advertisement(doc, last, below) {
        return one(from, Kind::ListFooter, "list_footer");
    }
    if let Some(from) = notice(doc, last, below) {
        return one(from, Kind::Disclaimer, "notice");
    }
    if let Some(from) = plea(doc, last).or_else(|| hours(doc, last)) {
        return one(from, Kind::Disclaimer, "plea");
    }
    let signed = |above: usize| signed_at(doc, above, names, thread);
    if let Some(from) = privacy(doc, last, below, signed) {
        return one(from, Kind::Disclaimer, "privacy");
    }
    if let Some(from) = absence(doc, last, signed) {
        return one(from, Kind::Disclaimer, "absence");
    }
    if (below.is_some() || delimiter(text)) && (delimiter(text) || markers::divider(text) == Some(Rule::Bare)) {
        return one(last, Kind::Signature, "rule_above");
    }
    if let Some(from) = below_delimiter(doc, last, names) {
        return one(from, Kind::Signature, "delimiter");
    }
    if markers::divider(text) == Some(Rule::Bare)
        && let Some(above) = doc.last_written(last)
        && let Some(from) = notice(doc, above, below)
    {
        return one(from, Kind::Disclaimer, "notice");
    }
    if typed_above(doc, last) {
        return one(last, Kind::Signature, "name");
    }
    bare(doc, last, names, thread)
}

/// The line ends a signature or a closing.
fn signed_at(doc: &Doc, last: usize, names: &Names, thread: &Knowledge<'_>) -> bool {
    doc.lines[last].depth == 0
        && (mobile(doc.body(last))
            || below_delimiter(doc, last, names).is_some()
            || bare(doc, last, names, thread).is_some()
            || closes(doc.body(last)) && !WORDS.thanks.prefix(&fold(doc.body(last))).is_some())
}

/// "Anna", above a signature that begins with "Anna Moss": the address may be of a whole department.
fn typed_above(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    let folded = fold(text);
    let typed = folded.trim_end_matches(['.', ',', '!']);
    let words = typed.split_whitespace().count();
    if words == 0 || words > 3 || !capital(text) || !name_like(text.trim_end_matches(['.', '!'])) {
        return false;
    }
    let asked = |above: usize| match doc.lines[above].depth {
        0 => doc.body(above).ends_with([':', '：']),
        _ => doc.body(above).ends_with(['?', '？', '؟']),
    };
    let introduced = doc.last_written(at).is_none_or(asked);
    let names_it = |signature: &str| {
        let mut lines = signature.lines().map(str::trim).filter(|line| !line.is_empty() && !delimiter(line));
        lines.next().filter(|line| name_like(line)).is_some_and(|line| {
            fold(line).strip_prefix(typed).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    };
    let signatures = doc.removed().iter().filter(|span| span.kind == Kind::Signature);
    !introduced && own_above(doc, at) && signatures.map(|span| doc.slice(span)).any(names_it)
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
        && doc.last_written(doc.len()).is_some_and(|last| below_delimiter(doc, last, &Names::default()) == Some(at))
}

/// A line that closes a letter.
pub(super) fn closes(text: &str) -> bool {
    closing(&fold(text), &Names::default(), false)
}

/// Written lines that can stand below a closing that was not seen.
const BELOW_CLOSING: usize = 12;

/// A closing stands near the end of the text, alone on its line, and below it begin a name or a notice: what cleaning left.
pub(super) fn signed_above(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let tail = &lines[lines.len().saturating_sub(BELOW_CLOSING)..];
    let closed = tail.windows(2).any(|pair| {
        let folded = fold(pair[0]);
        WORDS.thanks.prefix(&folded).is_none() && closes(pair[0]) && name_like(pair[1])
    });
    let notice = tail.last().is_some_and(|last| {
        let folded = fold(last);
        tail.len() >= 2
            && last.len() > 60
            && WORDS.legal.weigh(&folded) >= 2
            && of_itself(&folded)
            && !asks_or_says(last)
    });
    closed || notice
}

pub(super) fn asks_or_says(text: &str) -> bool {
    text.contains('?') || text.split([' ', ',']).any(|word| word == "I") || WORDS.voice.find(&fold(text)).is_some()
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

/// Parts "Regards, Ida" from the sentence before it on the last line.
fn split_closing(doc: &mut Doc, names: &Names) {
    let Some(last) = doc.last_written(doc.len()).filter(|&last| doc.lines[last].depth == 0) else { return };
    let text = doc.body(last);
    let window = text.ceil_char_boundary(text.len().saturating_sub(90));
    let starts = text[window..].match_indices(['.', '!', '?', '。', '！', '？']).map(|(i, end)| window + i + end.len());
    let signs = |at: &usize| {
        let folded = fold(&text[*at..]);
        WORDS.close.prefix(&folded).is_some_and(|length| {
            let name = folded[length..].trim_matches(|c: char| !c.is_alphanumeric());
            WORDS.thanks.prefix(&folded).is_none() && name.split_whitespace().count() <= 3 && names.wrote(name)
        })
    };
    if let Some(at) = starts.filter(|&at| text[at..].starts_with(' ')).find(signs) {
        doc.split(&[(last, at)]);
    }
}

/// A delimiter stands above the line `last`, with a signature between. Gives where the delimiter is.
fn below_delimiter(doc: &Doc, last: usize, names: &Names) -> Option<usize> {
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
            // A single dash, or a sentence or a question below, is no signature.
            let fits = if exact {
                written <= BELOW_DELIMITER && !goes_on_below(doc, at, last)
            } else {
                // "Please send:" asks for what is below it.
                let asked = doc.last_written(at).is_some_and(|above| {
                    let words = doc.body(above).strip_suffix([':', '：']);
                    words.is_some_and(|words| words.ends_with(char::is_alphabetic))
                        && !closes(doc.body(above))
                        && !greets(doc.body(above))
                });
                written <= BLOCK && long <= 1 && text.len() > 1 && !asked && signed(doc, at, last, names)
            };
            return fits.then_some(at);
        }
        if at < last && markers::divider(text) == Some(Rule::Bare) {
            let contact = (at + 1..=last).any(|i| contact(doc.body(i)));
            let lines = (at + 1..=last).all(|i| !prose(doc.body(i)) && !flowing(doc, i) && !field(doc.body(i)));
            let asked = announced(doc, at) || (at + 1..=last).any(|i| doc.body(i).ends_with(['?', '？', '؟']));
            if !asked && written <= BLOCK && long == 0 && contact && lines && text.len() <= 80 {
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

/// The lines below a line that separates can be a signature: they begin with no sentence and ask nothing, and below anything
/// but `--` they name somebody.
fn signed(doc: &Doc, at: usize, last: usize, names: &Names) -> bool {
    let Some(first) = doc.next_written(at + 1) else { return false };
    let separator = doc.body(at);
    let named = |i: usize| {
        let text = doc.body(i);
        let folded = fold(text);
        names.signs(&folded) || name_like(text) || contact(text) || WORDS.title.find(&folded).is_some() || mobile(text)
    };
    let begins = doc.body(first);
    // "---" parts a patch from what it is about.
    let patch = |i: usize| ["diff --git ", "+++ ", "@@ -", "Index: "].iter().any(|mark| doc.body(i).starts_with(mark));
    if (first..=last).any(patch) {
        return false;
    }
    (!prose(begins) || contact(begins) && begins.len() < 80)
        && (separator == "--" || (first..=last).any(named))
        && !(first..=last).any(|i| doc.body(i).ends_with('?') && !contact(doc.body(i)))
}

/// Somebody wrote on below `-- `: the first line is a sentence that asks or speaks, no notice and no footer.
fn goes_on_below(doc: &Doc, at: usize, last: usize) -> bool {
    let Some(first) = doc.next_written(at + 1) else { return false };
    let end = (first..=last).find(|&i| doc.lines[i].blank()).unwrap_or(last + 1);
    let text: String = (first..end).flat_map(|i| [doc.body(i), " "]).collect();
    let begins = doc.body(first);
    let folded = fold(&text);
    if !prose(begins) || contact(begins) || mobile(begins) || begins.starts_with(['"', '“', '„', '«', '\'']) {
        return false;
    }
    let footer = WORDS.legal.find(&folded).is_some()
        || WORDS.list.find(&folded).is_some()
        || WORDS.plea.find(&folded).is_some()
        || WORDS.mobile.find(&folded).is_some();
    let person = WORDS.voice.find(&folded).is_some() || text.split([' ', ',', '.']).any(|word| word == "I");
    let plural = pleads(&folded) || folded.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.you.contains(word));
    let words = folded.split_whitespace().count();
    !footer && words >= 5 && (text.contains(['?', '？', '؟']) || person || plural && words >= 8)
}

/// "My new address is" asks for the lines below it to be read.
fn leads_on(doc: &Doc, above: Option<usize>) -> bool {
    above.is_some_and(|above| leads(&fold(doc.body(above))))
}

/// The last word of the line asks for what is below it: "is", "address".
pub(super) fn leads(folded: &str) -> bool {
    folded.rsplit(' ').next().is_some_and(|word| WORDS.leads.contains(word))
}

/// The line goes on with a sentence that the line above began.
pub(super) fn flowing(doc: &Doc, at: usize) -> bool {
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
    // The same, as the sender's mails in other threads end.
    let mut wide = last + 1;
    let mut contacts = 0;
    // What was found before the first line that may be the author's.
    let (mut doubts, mut sure) = (0, None);
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
        if thread.knows_habits()
            && (wide == at + 1 || doc.next_written(at + 1) == Some(wide))
            && says_nothing(doc, at)
            && thread.sender_habit(text)
        {
            wide = at;
        }
        let folded = fold(text);
        let above = doc.last_written(at);
        let paragraph = above
            .is_none_or(|a| a + 1 < at || doc.lines[a].len() < 60 && WORDS.close.prefix(&fold(doc.body(a))).is_some());
        if closing(&folded, names, at == last) {
            named = best;
            let below = doc.next_written(at + 1).filter(|&below| below <= last);
            let proven = contacts > 0
                && below.is_some_and(|i| name_like(doc.body(i)) || signed_by(doc.body(i), &fold(doc.body(i)), names));
            best = if doubts == 0 || proven { Some((at, "closing")) } else { None };
            break;
        }
        // "Please call our engineer:" asks for the lines below it to be read.
        let introduced = above.is_some_and(|a| {
            let text = doc.body(a);
            text.strip_suffix([':', '：']).is_some_and(|words| words.ends_with(char::is_alphabetic)) && !closes(text)
        });
        if introduced {
            break;
        }
        if signed_by(text, &folded, names) {
            if listed(doc, at, names) {
                break;
            }
            best = Some((at, "name"));
        } else if (dash_name(text) || dash_word(text))
            && (!names.known() || names.signs(folded.trim_matches(|c: char| !c.is_alphanumeric())))
            && at == last
            && above.is_some_and(|a| {
                // Behind a question of the author's stands what they would like to hear, or do say.
                let asked = !names.known() && !text.contains(' ') && doc.body(a).ends_with(['?', ':', '？', '：']);
                !asked && (a + 1 < at || !doc.body(a).starts_with('-'))
            })
        {
            best = Some((at, "dash_name"));
        } else if paragraph
            && contacts >= 1
            && written >= 1
            && name_like(text)
            && markers::label(text).is_none_or(|label| label.roles == 0)
            && best.is_none()
            && !leads_on(doc, above)
            && !of_others(doc, at, last, names)
        {
            best = Some((at, "contact"));
        }
        if (prose(text) || flowing(doc, at) && !contact(text)) && best.is_none_or(|(b, _)| b != at) {
            // A slogan or opening hours in a block that closing, name and telephone prove.
            if doubts >= 2 || !slogan(doc, at) {
                break;
            }
            if doubts == 0 {
                sure = best;
            }
            doubts += 1;
            best = None;
        }
        contacts += usize::from(contact(text) || text.len() <= 70 && WORDS.title.find(&folded).is_some());
        written += 1;
        let Some(above) = above else { break };
        at = above;
    }
    if doubts > 0 && !best.is_some_and(|(at, rule)| rule == "closing" || rule == "name" && contacts > 0 && at < last) {
        best = sure;
    }
    let signature = habit < last || habit == last && (contact(doc.body(last)) || name_like(doc.body(last)));
    if signature && best.is_none_or(|(at, _)| habit < at) && doc.last_written(habit).is_some() {
        best = Some((habit, "habit"));
    }
    if wide <= last && best.is_none_or(|(at, _)| wide < at) && names_somebody(doc, wide, last, names) {
        best = Some((wide, "sender_habit"));
    }
    let (from, rule) = best?;
    let closing_at = (rule == "closing").then_some(from);
    // "Ida Moss, 1950 - 2026" on two lines is a text to be engraved, or a guest who was born.
    let dated = |i: usize| facts::read(doc.body(i)).date;
    if rule == "name" && (from + 1..=last).any(dated) && !(from + 1..=last).any(|i| contact(doc.body(i))) {
        return None;
    }
    // Data that somebody asked for is the answer, and so is a bank account.
    let data = |i: usize| contact(doc.body(i)) || doc.body(i).bytes().any(|byte| byte.is_ascii_digit());
    if matches!(rule, "contact" | "name")
        && (from + 1..=last).any(data)
        && (announced(doc, from) || account(doc, from, last))
    {
        return None;
    }
    // An address below a greeting is the answer.
    let reached = matches!(rule, "contact" | "habit" | "name") && (from..=last).any(|i| contact(doc.body(i)))
        || rule == "name" && (from + 1..=last).any(data);
    if doc.last_written(from).is_none() || reached && !own_above(doc, from) {
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

/// Nobody says, asks, answers or lists anything in the line: it can be of a signature that is known from other mails.
pub(super) fn says_nothing(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    let folded = fold(text);
    let answers = |text: &str| markers::label(text).is_some() || markers::form_label(text);
    doc.lines[at].depth == 0
        && !prose(text)
        && !flowing(doc, at)
        && !text.ends_with(['?', ':', '：', ';'])
        && !["- ", "* ", "• ", "– "].iter().any(|item| text.starts_with(item))
        && (contact(text) || !answers(text))
        && !leads(&folded)
        && WORDS.close.prefix(&folded).is_none()
        && !greets(text)
}

/// Lines that a sender's mails in other threads end with are a signature when they name somebody, nothing asks for them to be
/// read, and the author wrote more than a greeting above.
fn names_somebody(doc: &Doc, from: usize, last: usize, names: &Names) -> bool {
    let named = |at: usize| {
        let text = doc.body(at);
        let folded = fold(text);
        contact(text)
            || signed_by(text, &folded, names)
            || text.len() <= 70 && WORDS.title.find(&folded).is_some()
            || name_like(text) && text.split_whitespace().count() >= 2
    };
    let above = doc.last_written(from);
    let asked = above.is_some_and(|above| doc.body(above).ends_with([':', '：'])) || leads_on(doc, above);
    (from..=last).any(|at| !doc.lines[at].blank() && named(at)) && !asked && own_above(doc, from)
}

/// The line is the sender's name, with nothing beside it but a title, an extension, or "i. A." for somebody else.
fn signed_by(text: &str, folded: &str, names: &Names) -> bool {
    if !capital(text) && !deputy(folded) {
        return false;
    }
    // "Ida Moss (she/her)".
    let pronouns = |(_, rest): &(&str, &str)| rest.ends_with(')') && rest.contains('/') && rest.len() <= 20;
    let name = folded.split_once(" (").filter(pronouns).map_or(folded, |(name, _)| name);
    if names.signs(name) || team(folded, names) {
        return true;
    }
    if deputy(folded) {
        let name = text.trim_start_matches(|c: char| !c.is_whitespace()).trim_start();
        let name =
            name.strip_prefix(['A', 'V', 'a', 'v', 'p', 'P']).and_then(|n| n.strip_prefix('.')).unwrap_or(name).trim();
        return names.signs(&fold(name)) || name_like(name) && name.contains(' ');
    }
    // "Ida Moss | Sales | Moss Boats | +44 20 7946 0011".
    if [" | ", " • ", " · "].iter().any(|gap| {
        folded.split_once(gap).is_some_and(|(name, rest)| names.signs(name) && !rest.is_empty() && !rest.contains('?'))
    }) {
        return true;
    }
    // "Nora, ext. 4411".
    folded.split_once([',', '|', '/', '-']).is_some_and(|(name, rest)| {
        let digits = rest.chars().filter(char::is_ascii_digit).count();
        let words = rest.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).count();
        names.signs(name.trim()) && digits >= 2 && words <= 2 && rest.len() <= 30
    })
}

/// "Your Harbor Team", "Ihr Holz-Team": a sender that is no person signs so.
fn team(folded: &str, names: &Names) -> bool {
    const TEAM: &[&str] =
        &["team", "équipe", "equipo", "equipe", "squadra", "zespół", "команда", "tým", "ekibi", "csapata"];
    if folded.len() > 50 || folded.ends_with(['.', '?', ':']) || folded.split_whitespace().nth(5).is_some() {
        return false;
    }
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| TEAM.contains(&word)) && names.mentioned(folded)
}

/// "i. A.", "ppa.": somebody signs for somebody else.
fn deputy(folded: &str) -> bool {
    ["i. a. ", "i.a. ", "i. v. ", "i.v. ", "ppa. ", "p.p. ", "p. p. ", "pp. ", "gez. ", "per pro ", "p/p ", "p.o. "]
        .iter()
        .any(|lead| folded.starts_with(lead))
}

/// A sentence that can stand in a signature: a slogan, opening hours. It belongs to the lines above, and nobody speaks in it.
fn slogan(doc: &Doc, at: usize) -> bool {
    let text = doc.body(at);
    let folded = fold(text);
    // Below a blank line only where name and closing stand above it.
    let parted = at > 0 && doc.lines[at - 1].blank();
    let signed = |name: usize| doc.last_written(name).is_some_and(|above| closes(doc.body(above)));
    at > 0
        && (!parted || doc.last_written(at).is_some_and(|name| name_like(doc.body(name)) && signed(name)))
        && text.len() <= 120
        && !shapes::postscript(text)
        && !text.ends_with([':', ','])
        && !flowing(doc, at)
        && WORDS.voice.find(&folded).is_none()
        && !folded.starts_with("i ")
        && !PLEADS.iter().any(|lead| folded.starts_with(lead))
}

/// How somebody asks for something.
const PLEADS: &[&str] = &["please ", "bitte ", "пожалуйста", "merci ", "s'il vous", "por favor", "per favore"];

fn pleads(folded: &str) -> bool {
    PLEADS.iter().any(|word| folded.contains(word))
}

/// "Je vous prie d'agréer, Madame, Monsieur, l'expression de mes salutations distinguées.": one sentence that only closes.
fn polite(folded: &str) -> bool {
    let core = folded.trim_end_matches(['.', ',', '!', ' ']);
    core.len() <= 240
        && WORDS.polite.prefix(core).is_some()
        && !core.contains(['.', '?', '!', ';'])
        && WORDS.salute.find_last(core).is_some_and(|(_, end)| end == core.len())
}

/// "Best regards," with little more on the line. Thanks that nothing follows are the author's own words.
fn closing(folded: &str, names: &Names, lowest: bool) -> bool {
    if polite(folded) {
        return true;
    }
    if folded.len() > 90 {
        return false;
    }
    let folded = folded.trim_matches(['-', '_', '~', ' ', '"', '\'', '¡']);
    let Some(length) = WORDS.close.prefix(folded) else { return false };
    let thanks = WORDS.thanks.prefix(folded).is_some_and(|l| l >= length.min(5));
    let rest = folded[length..].trim_matches(|c: char| !c.is_alphanumeric());
    // "Mit freundlichen Grüßen / Best regards / Cordialement".
    let mut others = rest;
    while let Some(length) = WORDS.close.prefix(others) {
        others = others[length..].trim_start_matches(|c: char| !c.is_alphanumeric());
        if others.is_empty() {
            return true;
        }
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
        // "Gruß Anna".
        if !thanks && words <= 3 && names.wrote(rest) {
            return true;
        }
        return comma && words <= 3 && (names.signs(rest) || !thanks && words <= 2);
    }
    words <= 3 && !folded.ends_with('?') && (!thanks || comma || words <= 2)
}
