//! Places of a text that a later export can hide.

mod address;
mod address_cjk;
mod card;
mod digits;
mod iban;
mod names;
mod personal;
mod phone;
mod web;

pub(super) use names::Names;
pub(super) use web::urls;

use crate::types::{SensitiveKind, SensitiveSpan, Side};

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
    let cards = card::find(&digits::runs(text, &blocked));
    let places: Vec<(usize, usize)> = cards.iter().map(|card| (card.start, card.end)).collect();
    found = merge(found, cards);
    found = merge(found, personal::find(text, &places, &links));
    let blocked = ranges(&found, &links);
    let runs = digits::runs(text, &blocked);
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
