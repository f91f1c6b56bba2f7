//! Whatever leads somewhere: links, hosts and addresses, also those that are written so that only a person takes them for one.
//!
//! What a mail program or a browser makes a link of is found, and the usual ways to hide it: spaces and words for dots, letters of
//! other scripts and full width, hosts as numbers, Markdown and HTML. Too much found costs a gap that somebody sees; too little
//! would let a stranger's link out.

use std::{collections::HashSet, sync::LazyLock};

use unicode_normalization::UnicodeNormalization as _;
use url::Url;

use super::lists::section;

const LISTS: &str = include_str!("data/tops.txt");

static TOPS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "tops"));
static SPLIT: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "split"));
static SCHEMES: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "schemes"));
static DOTS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| spelled("dots"));
static DOT_WORDS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| spelled("dot words"));

fn spelled(name: &str) -> Vec<Vec<char>> {
    let mut forms: Vec<Vec<char>> = section(LISTS, name).into_iter().map(|form| form.chars().collect()).collect();
    forms.sort();
    forms
}

/// Characters of the longest construct around a link that is taken out with it.
const MOST_AROUND: usize = 300;
/// Letters in a row, each by itself, that spell something.
const SPACED_LETTERS: usize = 5;
/// Characters from which on a part of letters and digits is a key or an account, and no word or order number.
const LONG_PART: usize = 26;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lead {
    Link,
    Address,
    /// A long row of letters and digits: the address of a wallet, a key.
    Key,
}

/// Something that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes of the text, with the brackets of Markdown or HTML around it.
    pub start: usize,
    pub end: usize,
    pub lead: Lead,
    /// Where it leads: equal for what leads to the same place.
    pub key: String,
    /// It stands there as a link does, not spelled otherwise.
    pub is_plain: bool,
}

/// A character as it is read, and its place.
#[derive(Debug, Clone, Copy)]
struct Read {
    c: char,
    start: usize,
    end: usize,
}

/// All of them, sorted and disjoint.
pub(super) fn find(text: &str) -> Vec<Found> {
    let read = reading(text);
    let mut found = Vec::new();
    in_lines(text, &read, &mut found);
    spaced_letters(text, &read, &mut found);
    for one in &mut found {
        widen(text, one);
    }
    disjoint(found)
}

fn reading(text: &str) -> Vec<Read> {
    let mut read = Vec::with_capacity(text.len());
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if c.is_ascii() {
            read.push(Read { c: c.to_ascii_lowercase(), start, end });
            continue;
        }
        let same = |c: char| match c {
            '。' => '.',
            '⁄' | '∕' => '/',
            '꞉' | '∶' => ':',
            c => c,
        };
        read.extend(std::iter::once(c).nfkc().flat_map(char::to_lowercase).map(|c| Read { c: same(c), start, end }));
    }
    read
}

fn in_lines(text: &str, read: &[Read], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < read.len() {
        let here = match read[at].c {
            ':' => scheme(text, read, at),
            '@' => address(text, read, at),
            '/' | '\\' => bare_slashes(text, read, at),
            _ if begins_label(read, at) => host(text, read, at).or_else(|| long_part(text, read, at)),
            _ => None,
        };
        let here = here.or_else(|| (read[at].c == ':' || is_hex(read[at].c)).then(|| ip6(text, read, at)).flatten());
        found.extend(here);
        at += 1;
    }
}

fn is_label(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

fn begins_label(read: &[Read], at: usize) -> bool {
    read[at].c.is_alphanumeric() && (at == 0 || !is_label(read[at - 1].c))
}

fn get(read: &[Read], at: usize) -> char {
    read.get(at).map_or('\0', |read| read.c)
}

/// Where a link that goes on from here ends.
fn end_of_link(read: &[Read], from: usize) -> usize {
    let stops = |c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '^' | '«' | '»' | '“' | '”' | '„' | '、' | '，')
    };
    let mut end = (from..read.len()).find(|&at| stops(read[at].c)).unwrap_or(read.len());
    let count = |end: usize, c: char| read[from..end].iter().filter(|read| read.c == c).count();
    while end > from {
        let drop = match read[end - 1].c {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '’' | '…' => true,
            ')' => count(end, ')') > count(end, '('),
            ']' => count(end, ']') > count(end, '['),
            _ => false,
        };
        if !drop {
            break;
        }
        end -= 1;
    }
    end
}

fn found(
    text: &str,
    read: &[Read],
    from: usize,
    to: usize,
    lead: Lead,
    key: impl FnOnce(&str) -> String,
) -> Option<Found> {
    let (start, end) = (read.get(from)?.start, read.get(to.checked_sub(1)?)?.end);
    Some(Found { start, end, lead, key: key(text.get(start..end)?), is_plain: true })
}

/// `https://…`, `mailto:…`, and `x://…` for whatever x is.
fn scheme(text: &str, read: &[Read], colon: usize) -> Option<Found> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '+' | '-');
    let length = read[..colon].iter().rev().take(20).take_while(|read| is_part(read.c)).count();
    let mut from = colon - length;
    let slashes = matches!((get(read, colon + 1), get(read, colon + 2)), ('/' | '\\', '/' | '\\'));
    let name: String = read[from..colon].iter().map(|read| read.c).collect();
    if !slashes {
        // "or javascript:…" in a longer word is no scheme.
        if !SCHEMES.contains(name.as_str()) || !get(read, colon + 1).is_alphanumeric() {
            return None;
        }
    } else if length == 0 {
        from = colon;
    }
    let end = end_of_link(read, colon + 1);
    // A separator alone leads nowhere.
    if end < colon + 2 + usize::from(slashes) {
        return None;
    }
    if name == "mailto" {
        return found(text, read, from, end, Lead::Address, |link| {
            mailbox(link.split_once(':').map_or(link, |(_, rest)| rest))
        });
    }
    found(text, read, from, end, Lead::Link, link_key)
}

/// `//host` and `\\host`.
fn bare_slashes(text: &str, read: &[Read], at: usize) -> Option<Found> {
    let before = if at == 0 { ' ' } else { read[at - 1].c };
    let begins = !before.is_alphanumeric() && !matches!(before, ':' | '/' | '\\');
    if !begins || get(read, at + 1) != read[at].c || !get(read, at + 2).is_alphanumeric() {
        return None;
    }
    found(text, read, at, end_of_link(read, at + 2), Lead::Link, link_key)
}

/// `name@host`, and `@name`.
fn address(text: &str, read: &[Read], at: usize) -> Option<Found> {
    let is_local = |c: char| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '=' | '&' | '~' | '!' | '#' | '/')
    };
    let length = read[..at].iter().rev().take(64).take_while(|read| is_local(read.c)).count();
    let from = (at - length..at).find(|&at| read[at].c.is_alphanumeric() || read[at].c == '_').unwrap_or(at);
    let is_domain = |c: char| is_label(c) || matches!(c, '.' | '[' | ']' | ':');
    let mut end = at + 1 + read[at + 1..].iter().take_while(|read| is_domain(read.c)).count();
    while end > at + 1 && !read[end - 1].c.is_alphanumeric() && read[end - 1].c != ']' {
        end -= 1;
    }
    let domain = &read[at + 1..end];
    if !domain.iter().any(|read| read.c.is_alphanumeric()) {
        return None;
    }
    // "@name" is somebody on a network; "@5" is a price.
    if from == at && (domain.len() < 3 || !domain[0].c.is_alphabetic()) {
        return None;
    }
    found(text, read, from, end, Lead::Address, mailbox)
}

/// A host without anything before it, by the domain that it ends in or by what follows.
fn host(text: &str, read: &[Read], from: usize) -> Option<Found> {
    // An address has been found by its sign, and a link by its scheme.
    if from > 0 && matches!(read[from - 1].c, '@') {
        return None;
    }
    let mut labels: Vec<String> = vec![String::new()];
    let (mut at, mut is_plain, mut is_sure) = (from, true, false);
    // Where the host ends that was found so far.
    let mut end = None;
    loop {
        while at < read.len() && is_label(read[at].c) {
            labels.last_mut()?.push(read[at].c);
            at += 1;
        }
        if labels.len() > 1 && (is_sure || is_host(&labels, read, at)) {
            end = Some(at);
        }
        let (length, kind) = dot(text, read, at);
        match kind {
            Dot::End => break,
            Dot::Plain => {}
            Dot::Spelled => (is_plain, is_sure) = (false, true),
            Dot::Apart => is_plain = false,
        }
        at += length;
        labels.push(String::new());
        if labels.len() > 40 {
            break;
        }
    }
    let end = end?;
    let to = if is_path(read, end) { end_of_link(read, end).max(end) } else { end };
    let shown: String = if is_plain { String::new() } else { labels.join(".") };
    let mut found =
        found(text, read, from, to, Lead::Link, |link| if is_plain { link_key(link) } else { link_key(&shown) })?;
    found.is_plain = is_plain;
    Some(found)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dot {
    End,
    Plain,
    /// In brackets: nobody does so but to spell an address.
    Spelled,
    /// With spaces around it, or as a word.
    Apart,
}

/// How long the dot between two labels is that is here, and of what kind.
fn dot(text: &str, read: &[Read], at: usize) -> (usize, Dot) {
    let begins = |at: usize| get(read, at).is_alphanumeric() || get(read, at) == '_';
    if get(read, at) == '.' && begins(at + 1) {
        return (1, Dot::Plain);
    }
    let spaces = |at: usize| {
        read[at.min(read.len())..].iter().take(3).take_while(|read| matches!(read.c, ' ' | '\t' | '\u{a0}')).count()
    };
    let before = spaces(at);
    for (forms, kind) in [(&*DOTS, Dot::Spelled), (&*DOT_WORDS, Dot::Apart)] {
        for form in forms {
            let stands = form.iter().enumerate().all(|(n, c)| get(read, at + before + n) == *c);
            let after = if stands { spaces(at + before + form.len()) } else { 0 };
            let next = at + before + form.len() + after;
            let apart = kind == Dot::Spelled || before > 0 && after > 0 && ends_split(read, next);
            if stands && apart && begins(next) {
                return (next - at, kind);
            }
        }
    }
    if get(read, at + before) == '.' {
        let next = at + before + 1 + spaces(at + before + 1);
        // Behind a dot a sentence begins, with a capital letter.
        let small =
            read.get(next).and_then(|read| text[read.start..].chars().next()).is_some_and(|c| !c.is_uppercase());
        if next > at + 1 && (small || before > 0) && ends_split(read, next) {
            return (next - at, Dot::Apart);
        }
    }
    (0, Dot::End)
}

/// Whether one of the names that no sentence begins with stands here.
fn ends_split(read: &[Read], at: usize) -> bool {
    let word: String =
        read[at.min(read.len())..].iter().take(12).map(|read| read.c).take_while(|c| is_label(*c)).collect();
    SPLIT.contains(word.as_str())
}

fn is_path(read: &[Read], at: usize) -> bool {
    matches!(get(read, at), '/' | '?' | '#' | '\\') || get(read, at) == ':' && get(read, at + 1).is_ascii_digit()
}

/// Whether labels up to here are a host.
fn is_host(labels: &[String], read: &[Read], end: usize) -> bool {
    let Some(last) = labels.last() else { return false };
    if last.is_empty() || labels.iter().all(|label| label.chars().count() == 1) {
        return false;
    }
    let is_number = |label: &String| {
        label.strip_prefix("0x").map_or_else(
            || label.parse::<u32>().is_ok_and(|number| number <= 255),
            |hex| !hex.is_empty() && hex.chars().all(is_hex),
        )
    };
    if labels.iter().all(is_number) {
        return labels.len() == 4 && get(read, end) != '.';
    }
    let is_word = last.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let follows = is_path(read, end) && is_word && labels.iter().all(|label| !label.is_empty());
    TOPS.contains(last.as_str())
        || SPLIT.contains(last.as_str())
        || last.starts_with("xn--")
        || labels[0] == "www" && is_word
        || follows
}

/// An address of IPv6.
fn ip6(text: &str, read: &[Read], from: usize) -> Option<Found> {
    if from > 0 && (is_label(read[from - 1].c) || read[from - 1].c == ':') {
        return None;
    }
    let length = read[from..].iter().take(46).take_while(|read| is_hex(read.c) || matches!(read.c, ':' | '.')).count();
    let mut end = from + length;
    while end > from && matches!(read[end - 1].c, '.') {
        end -= 1;
    }
    let host: String = read[from..end].iter().map(|read| read.c).collect();
    host.parse::<std::net::Ipv6Addr>().ok()?;
    if host.chars().filter(|c| is_hex(*c)).count() < 2 {
        return None;
    }
    found(text, read, from, end, Lead::Link, |_| host.clone())
}

/// A long row of letters and digits.
fn long_part(text: &str, read: &[Read], from: usize) -> Option<Found> {
    let end = from + read[from..].iter().take_while(|read| read.c.is_ascii_alphanumeric()).count();
    let digits = read[from..end].iter().filter(|read| read.c.is_ascii_digit()).count();
    if end - from < LONG_PART || digits < 3 || end - from - digits < 3 {
        return None;
    }
    found(text, read, from, end, Lead::Key, ToOwned::to_owned)
}

/// `h t t p s : / / …`: letters that stand each by itself and spell something that leads somewhere.
fn spaced_letters(text: &str, read: &[Read], found: &mut Vec<Found>) {
    let is_space = |at: usize| at >= read.len() || read[at].c.is_whitespace();
    let mut at = 0;
    while at < read.len() {
        let begins = !is_space(at) && (at == 0 || is_space(at - 1));
        let mut end = at;
        while begins && !is_space(end) && is_space(end + 1) && get(read, end + 1) != '\n' {
            end += 2;
        }
        let letters: Vec<Read> = (at..end.min(read.len())).step_by(2).map(|at| read[at]).collect();
        if letters.len() >= SPACED_LETTERS {
            let spelled: String = letters.iter().map(|read| read.c).collect();
            let read_again = reading(&spelled);
            let mut inner = Vec::new();
            in_lines(&spelled, &read_again, &mut inner);
            if let Some(inner) = inner.into_iter().next()
                && let (Some(first), Some(last)) = (letters.first(), letters.last())
                && text.get(first.start..last.end).is_some()
            {
                found.push(Found {
                    start: first.start,
                    end: last.end,
                    lead: inner.lead,
                    key: inner.key,
                    is_plain: false,
                });
            }
        }
        at = end.max(at + 1);
    }
}

/// Takes in the Markdown or HTML that a link stands in.
fn widen(text: &str, found: &mut Found) {
    let before = &text[text.floor_char_boundary(found.start.saturating_sub(MOST_AROUND))..found.start];
    let after = &text[found.end..text.floor_char_boundary((found.end + MOST_AROUND).min(text.len()))];
    if let Some(open) = before.rfind('<')
        && !before[open..].contains('>')
        && before[open + 1..].chars().next().is_none_or(|c| c.is_alphabetic() || c == '/' || c == '!')
        && let Some(close) = after.find('>')
        && !after[..close].contains('<')
    {
        found.start -= before.len() - open;
        found.end += close + 1;
        return;
    }
    let lead = before.trim_end_matches(['<', ' ']);
    if lead.ends_with("](")
        && let Some(open) = lead[..lead.len() - 2].rfind('[')
        && let Some(close) = after.find(')')
    {
        found.start -= before.len() - open;
        if before[..open].ends_with('!') {
            found.start -= 1;
        }
        found.end += close + 1;
    }
}

/// Sorted; what overlaps is one, and leads where the longest leads.
fn disjoint(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut().filter(|last| next.start < last.end) {
            // Two constructs that lock into each other lead nowhere that is known.
            Some(last) if next.end > last.end => {
                last.end = next.end;
                last.is_plain = false;
                last.key.push(' ');
                last.key.push_str(&next.key);
            }
            Some(_) => {}
            None => kept.push(next),
        }
    }
    kept
}

/// Where a link leads: without its scheme, where that is the web's, and without `www.` and a slash at its end.
fn link_key(link: &str) -> String {
    let link = link.trim();
    let (scheme, rest) = match link.split_once(':') {
        Some((scheme, rest)) if rest.starts_with("//") || rest.starts_with("\\\\") => {
            (scheme.to_lowercase(), &rest[2..])
        }
        Some((scheme, rest)) if SCHEMES.contains(scheme.to_lowercase().as_str()) => (scheme.to_lowercase(), rest),
        _ => (String::new(), link.trim_start_matches(['/', '\\', ':'])),
    };
    if !matches!(scheme.as_str(), "" | "http" | "https") {
        return format!("{scheme}:{rest}");
    }
    let Ok(url) = Url::parse(&format!("http://{rest}")) else { return rest.to_lowercase() };
    let host = url.host_str().unwrap_or_default();
    let mut key = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.').to_owned();
    if !url.username().is_empty() || url.password().is_some() {
        key = format!("{}:{}@{key}", url.username(), url.password().unwrap_or_default());
    }
    if let Some(port) = url.port().filter(|port| *port != 443) {
        key = format!("{key}:{port}");
    }
    key.push_str(url.path().trim_end_matches('/'));
    for (mark, part) in [('?', url.query()), ('#', url.fragment())] {
        if let Some(part) = part {
            key.push(mark);
            key.push_str(part);
        }
    }
    key
}

/// Whose mailbox an address is.
pub(super) fn mailbox(address: &str) -> String {
    let lower: String = address.trim().nfkc().flat_map(char::to_lowercase).collect();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower };
    let host = Url::parse(&format!("http://{domain}")).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    format!("{local}@{}", host.as_deref().unwrap_or(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        find(text).into_iter().map(|found| found.key).collect()
    }

    fn spans(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|found| &text[found.start..found.end]).collect()
    }

    #[test]
    fn one_place_has_one_key() {
        for link in [
            "https://www.Shop.example/",
            "http://shop.example",
            "shop.example",
            "//shop.example/",
            "ｓｈｏｐ．ｅｘａｍｐｌｅ",
        ] {
            assert_eq!(keys(&format!("See {link}, please.")), ["shop.example"], "{link}");
        }
        assert_eq!(keys("https://shop.example/A/b/?x=1#y"), ["shop.example/A/b?x=1#y"]);
        assert_eq!(keys("Write to <Help@Shop.example>."), ["help@shop.example"]);
        assert_eq!(keys("mailto:help@shop.example"), ["help@shop.example"]);
    }

    #[test]
    fn another_place_has_another_key() {
        for link in [
            "https://shop.example@evil.example",
            "https://shop.example.evil.example",
            "https://shop.example:8443",
            "https://ѕhop.example",
            "ftp://shop.example",
            "https://shop.example/pay",
            "javascript:shop.example",
        ] {
            let keys = keys(link);
            assert!(!keys.is_empty() && !keys.contains(&"shop.example".to_owned()), "{link}: {keys:?}");
        }
        assert_eq!(keys("mailto:help@shop.example?bcc=x@evil.example").len(), 1);
        assert_ne!(keys("mailto:help@shop.example?bcc=x@evil.example"), ["help@shop.example"]);
    }

    #[test]
    fn ways_to_write_a_link_are_found_whole() {
        for link in [
            "https://evil.example/a(b)?c=d",
            "hxxps://evil.example",
            "evil.com",
            "evil.рф/оплата",
            "xn--e1awd7f.com",
            "www.evil.unknowntop",
            "evil.unknowntop/pay",
            "203.0.113.5",
            "203.0.113.5:8080/x",
            "http://3405803781/",
            "0xcb.0x00.0x71.0x05",
            "[2001:db8::1]",
            "evil[.]com",
            "evil (dot) com",
            "evil dot com",
            "evil . com",
            "evil. com",
            "evil .com/pay",
            "evil точка ру",
            "e v i l . c o m",
            "javascript:alert(1)",
            "\\\\evil\\share",
            "//evil.example/x",
            "@evil_support",
            "pay@evil.example",
            "me@localhost",
            "[our shop](https://evil.example/x)",
            "<a href=\"https://evil.example\">",
            "<img src=x onerror='//evil.example'>",
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "0x52908400098527886E0F7030069857D2E4169EE7",
        ] {
            let text = format!("Go to {link} now.");
            let found = spans(&text);
            assert_eq!(found.len(), 1, "{link}: {found:?}");
            assert!(found[0].len() + 2 >= link.len(), "{link}: {found:?}");
        }
    }

    #[test]
    fn ordinary_text_leads_nowhere() {
        for text in [
            "Hello. Is it broken? No. It is not. Info follows.",
            "z.B. i.d.R., d.h. u.a. e.g. i.e. a.m. т.е. и т.д.",
            "It costs 1.000,50 or 1,000.50 on 29.11.2026 at 14.30.",
            "Version 1.2.3, see invoice.pdf (attached) and/or the table; 10:30:00.",
            "Tel.: 030 1234567, ref: FH-21580/2",
            "Note: this. Net weight: 5 kg. Com ce n'est pas un point.",
            "2 @ 5 EUR each",
            "Danke.Wir melden uns.",
            "a b c d e f",
        ] {
            assert_eq!(spans(text), [""; 0], "{text}");
        }
    }
}
