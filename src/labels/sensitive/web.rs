//! Email addresses and links.

use super::super::words::is_unspaced;
use super::{Found, SensitiveKind, merge};

/// RFC 5321, 4.5.3.1.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 255;

/// A part of a link this long that mixes letters and digits was made by a machine.
const RANDOM_PART: usize = 16;
/// Changes between letters and digits, or small and capital letters, that such a part has at least.
const RANDOM_TURNS: usize = 4;

/// Query keys whose value opens something, by a part of the key.
const SECRET_KEY_PARTS: &[&str] = &[
    "token",
    "secret",
    "passw",
    "signature",
    "apikey",
    "api_key",
    "api-key",
    "session",
    "auth",
    "jwt",
    "otp",
    "credential",
];
/// The same, by the whole key; these need a value of some length.
const SECRET_KEYS: &[&str] =
    &["key", "sig", "code", "sid", "hash", "pwd", "pass", "invite", "ticket", "nonce", "verify", "confirm"];
const SECRET_VALUE: usize = 6;

/// Every link of the text, secret or not, sorted and disjoint: with a scheme, or starting with `www.`.
pub(in super::super) fn urls(text: &str) -> Vec<(usize, usize)> {
    let mut links: Vec<(usize, usize)> = Vec::new();
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b':', b'w', bytes) {
        let done = links.last().map_or(0, |&(_, end)| end);
        if at < done {
            continue;
        }
        let start = if text[at..].starts_with("://") {
            let scheme =
                bytes[done..at].iter().rev().take(12).take_while(|b| b.is_ascii_alphanumeric() || **b == b'+').count();
            if scheme == 0 {
                continue;
            }
            at - scheme
        } else if text[at..].starts_with("www.") && text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric())
        {
            at
        } else {
            continue;
        };
        let tail = &text[at..];
        let stop = |c: char| {
            c.is_whitespace()
                || is_unspaced(c)
                || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^' | '\u{3000}'..='\u{303f}' | '！'..='～')
        };
        let mut end = at + tail.find(stop).unwrap_or(tail.len());
        let open = text[start..end].matches('(').count();
        let mut close = text[start..end].matches(')').count();
        while let Some(c) = text[start..end].chars().next_back() {
            let drop = match c {
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '*' | '’' | '”' | '»' => true,
                ')' if close > open => {
                    close -= 1;
                    true
                }
                _ => false,
            };
            if !drop {
                break;
            }
            end -= c.len_utf8();
        }
        // At least a host after the marker.
        if end > at + 4 {
            links.push((start, end));
        }
    }
    links
}

/// Links that carry a credential, a signature or a random part.
pub(super) fn secrets(text: &str, links: &[(usize, usize)]) -> Vec<Found> {
    links
        .iter()
        .filter(|&&(start, end)| is_secret(&text[start..end]))
        .map(|&(start, end)| Found { start, end, kind: SensitiveKind::UrlWithToken })
        .collect()
}

fn is_secret(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    if authority.split_once('@').is_some_and(|(user, _)| user.contains(':')) {
        return true;
    }
    path.split(['/', '?', '&', '#', ';']).any(|part| {
        let (key, value) = part.split_once('=').map_or(("", part), |(key, value)| (key, value));
        let key = key.to_ascii_lowercase();
        let named = !value.is_empty() && SECRET_KEY_PARTS.iter().any(|part| key.contains(part))
            || value.len() >= SECRET_VALUE && SECRET_KEYS.contains(&key.as_str());
        named || is_random(value)
    })
}

/// A UUID, or a long unhyphenated part that turns often between letters and digits or cases.
fn is_random(value: &str) -> bool {
    let uuid = value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() });
    uuid || value.split(['-', '.', '%', '+', ',']).any(|part| {
        let class = |b: u8| match b {
            b'0'..=b'9' => 0,
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            _ => 3,
        };
        let turns = part.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
        part.len() >= RANDOM_PART && turns >= RANDOM_TURNS && part.bytes().any(|b| b.is_ascii_digit())
    })
}

/// Email addresses, `＠` and the spellings `name (at) example (dot) org` included, sorted and disjoint.
pub(super) fn emails(text: &str) -> Vec<Found> {
    let mut plain: Vec<Found> = Vec::new();
    let mut spelled: Vec<Found> = Vec::new();
    let mut spelled_end = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, '@' | '＠' | '(' | '[')) {
        let (list, mark) = match c {
            '@' | '＠' => (&mut plain, c.len_utf8()),
            _ if at < spelled_end => continue,
            _ => match spelled_mark(&text[at..], "at") {
                Some(mark) => (&mut spelled, mark),
                None => continue,
            },
        };
        let head = if mark > 3 { text[..at].trim_end_matches(' ') } else { &text[..at] };
        let tail = &text[at + mark..];
        let gap = if mark > 3 { tail.len() - tail.trim_start_matches(' ').len() } else { 0 };
        // A long row of spaces before the sign is no address, and measuring it again and again would cost.
        if at - head.len() > 1 || gap > 1 {
            continue;
        }
        let local = local_part(head);
        let domain = domain(&tail[gap..], mark > 3);
        if local == 0 || domain == 0 {
            continue;
        }
        let found = Found { start: head.len() - local, end: at + mark + gap + domain, kind: SensitiveKind::Email };
        if list.last().is_none_or(|last| last.end <= found.start) {
            if mark > 3 {
                spelled_end = found.end;
            }
            list.push(found);
        }
    }
    merge(plain, spelled)
}

/// Length of `(word)` or `[word]` at the start of the text.
fn spelled_mark(text: &str, word: &str) -> Option<usize> {
    let inner = text.get(1..=word.len())?;
    let close = if text.starts_with('(') { b')' } else { b']' };
    (inner.eq_ignore_ascii_case(word) && text.as_bytes().get(1 + word.len()) == Some(&close)).then_some(word.len() + 2)
}

/// Bytes of the local part that `head` ends with.
fn local_part(head: &str) -> usize {
    let mut length = 0;
    let mut ascii = None;
    for c in head.chars().rev().take(MAX_LOCAL) {
        let fits = c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '=' | '&' | '~');
        // "邮箱anna@example.org": the address begins where the script changes.
        if !fits || (*ascii.get_or_insert(!is_dense(c)) && is_dense(c)) {
            break;
        }
        length += c.len_utf8();
    }
    let local = &head[head.len() - length..];
    local.trim_start_matches(['.', '\'', '-', '=', '&', '%', '~']).len()
}

/// Bytes of the domain that `tail` starts with; 0 when it is none.
fn domain(tail: &str, spelled: bool) -> usize {
    let mut end = 0;
    let mut dots = 0;
    let mut label = String::new();
    let mut at = 0;
    let mut ascii = None;
    while at < MAX_DOMAIN {
        let Some(c) = tail[at..].chars().next() else { break };
        if (c.is_alphanumeric() || c == '-') && !(*ascii.get_or_insert(!is_dense(c)) && is_dense(c)) {
            label.push(c);
            at += c.len_utf8();
            if dots > 0 && c != '-' {
                end = at;
            }
            continue;
        }
        let step = match c {
            '.' | '。' | '．' => Some(c.len_utf8()),
            ' ' | '(' | '[' if spelled => {
                let rest = tail[at..].strip_prefix(' ').unwrap_or(&tail[at..]);
                spelled_mark(rest, "dot").map(|mark| {
                    let after = &rest[mark..];
                    tail.len() - at - after.len() + usize::from(after.starts_with(' '))
                })
            }
            _ => None,
        };
        let Some(step) = step else { break };
        let next = tail[at + step..].chars().next();
        if label.is_empty() || next.is_none_or(|next| !next.is_alphanumeric()) || (c == '。' && ascii == Some(true)) {
            break;
        }
        dots += 1;
        label.clear();
        at += step;
    }
    let top = label.trim_end_matches('-');
    let letters = top.chars().count() >= 2 && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"));
    if dots > 0 && letters { end } else { 0 }
}

/// Scripts that run into a Latin address without a space.
fn is_dense(c: char) -> bool {
    is_unspaced(c) || matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{ff10}'..='\u{ff5a}')
}
