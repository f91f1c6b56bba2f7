//! Places of a text that a later export can hide.

mod address;
mod address_cjk;
mod card;
mod digits;
mod iban;
mod names;
mod phone;
mod web;

use serde::{Deserialize, Serialize};

pub(super) use names::Names;
pub(super) use web::urls;

/// A text of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Client,
    Reply,
}

/// What a span holds.
///
/// What can be relied on, and what not:
/// - `email`, `iban` (check digits, length of the country) and `card` (Luhn, known prefixes and lengths) are found by their form;
///   a number that only looks like a card is one in ten, so a bare run of digits after "order", "tracking" and the like is not one.
/// - `phone` is found by `+` and a country code, by a word before it ("Tel.", "mobile", "тел."), or by a national shape that is
///   seldom anything else. A local number of six or seven digits without such a word is not found.
/// - `url_with_token`: a link that carries a credential, a signature or a long random part. Other links are left alone.
/// - `address_like` is a guess from street words, house numbers and postal codes in about twenty languages. It misses
///   addresses without a street word, places alone, and languages that are not listed; it takes a fictitious address for a real one.
/// - `name` finds only the names that the headers gave, and their parts. A person who is merely mentioned is not found; nor are
///   nicknames, inflected forms outside Cyrillic, or a name in another script. A brand in a display name may be taken for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveKind {
    Email,
    Phone,
    /// A payment card number, with the expiry date and check code when they follow it.
    Card,
    Iban,
    UrlWithToken,
    AddressLike,
    Name,
}

/// A place in one of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SensitiveSpan {
    pub side: Side,
    /// First byte, on a character boundary.
    pub start: u32,
    /// Byte after the last one, on a character boundary.
    pub end: u32,
    pub kind: SensitiveKind,
}

/// A find in byte offsets of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    start: usize,
    end: usize,
    kind: SensitiveKind,
}

/// All finds in `text`, sorted and disjoint. Where two overlap, the surer kind stays.
pub(super) fn find(text: &str, side: Side, names: &Names) -> Vec<SensitiveSpan> {
    let links = web::urls(text);
    let mut found = web::secrets(text, &links);
    found = merge(found, web::emails(text));
    found = merge(found, iban::find(text));
    let blocked = ranges(&found, &links);
    let runs = digits::runs(text, &blocked);
    found = merge(found, card::find(&runs));
    found = merge(found, phone::find(text, &runs));
    let blocked = ranges(&found, &links);
    found = merge(found, address::find(text, &blocked));
    found = merge(found, address_cjk::find(text, &blocked));
    found = merge(found, names.find(text));
    found
        .into_iter()
        .filter_map(|span| {
            let (start, end) = (u32::try_from(span.start).ok()?, u32::try_from(span.end).ok()?);
            Some(SensitiveSpan { side, start, end, kind: span.kind })
        })
        .collect()
}

/// Two sorted lists in one; what overlaps a find of the first list is dropped from the second.
fn merge(first: Vec<Found>, second: Vec<Found>) -> Vec<Found> {
    let mut merged: Vec<Found> = Vec::with_capacity(first.len() + second.len());
    let mut first = first.into_iter().peekable();
    for span in second {
        while let Some(earlier) = first.next_if(|earlier| earlier.start < span.end) {
            merged.push(earlier);
        }
        if merged.last().is_none_or(|last| last.end <= span.start) {
            merged.push(span);
        }
    }
    merged.extend(first);
    merged
}

/// The places of finds and links, sorted; they may overlap.
fn ranges(found: &[Found], links: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<_> = found.iter().map(|span| (span.start, span.end)).chain(links.iter().copied()).collect();
    ranges.sort_unstable();
    ranges
}

/// Whether places asked for in ascending order lie in sorted ranges.
struct Blocked<'a> {
    ranges: &'a [(usize, usize)],
    next: usize,
    /// Largest end of the ranges passed.
    reach: usize,
}

impl<'a> Blocked<'a> {
    fn new(ranges: &'a [(usize, usize)]) -> Self {
        Self { ranges, next: 0, reach: 0 }
    }

    fn contains(&mut self, at: usize) -> bool {
        while let Some(&(_, end)) = self.ranges.get(self.next).filter(|&&(start, _)| start <= at) {
            self.reach = self.reach.max(end);
            self.next += 1;
        }
        at < self.reach
    }
}

/// The character before a place and the one at it.
fn around(text: &str, start: usize, end: usize) -> (Option<char>, Option<char>) {
    (text[..start].chars().next_back(), text[end..].chars().next())
}
