//! Postal addresses in Chinese, Japanese and Korean: from the name of a province or prefecture, a postal mark, or the words for
//! district and street, to the last number of a house.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::lists::section;
use super::super::words::{is_han, is_kana};
use super::digits::digit;
use super::{Found, SensitiveKind};

/// Characters of the longest address looked for.
const MAX_CHARS: usize = 80;

const LISTS: &str = include_str!("../data/regions.txt");

/// Names an address begins with.
static REGIONS: LazyLock<HashSet<&str>> = LazyLock::new(|| section(LISTS, "regions"));

/// Places that run from a region or postal mark to a house number, with at least one word for a part of a town between.
pub(super) fn find(text: &str, blocked: &[(usize, usize)]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut done = 0;
    for (at, c) in text.char_indices() {
        if at < done || !(c == '〒' || is_han(c) || is_hangul(c)) {
            continue;
        }
        if c != '〒' && !REGIONS.iter().any(|region| text[at..].starts_with(region)) {
            continue;
        }
        // It ends where another find, a telephone number perhaps, begins.
        let next = blocked[blocked.partition_point(|&(start, _)| start < at)..].first();
        if let Some(end) = read(&text[at..next.map_or(text.len(), |&(start, _)| start)]) {
            done = at + end;
            found.push(Found { start: at, end: done, kind: SensitiveKind::AddressLike });
        }
    }
    found
}

/// End of an address that `text` starts with.
fn read(text: &str) -> Option<usize> {
    let mut parts = 0;
    let mut end = None;
    let mut last_digit = None;
    let mut gap = 0;
    for (at, c) in text.char_indices().take(MAX_CHARS) {
        let next = at + c.len_utf8();
        if digit(c).is_some()
            || (matches!(c, '一'..='十' | '百' | '〇')
                && parts > 0
                && text[next..].starts_with(['丁', '号', '號', '番', '街']))
        {
            last_digit = Some(next);
            if parts > 0 {
                end = Some(next);
            }
            gap = 0;
        } else if matches!(
            c,
            '号' | '號'
                | '番'
                | '室'
                | '楼'
                | '樓'
                | '层'
                | '層'
                | '栋'
                | '棟'
                | '弄'
                | '階'
                | '호'
                | '번'
                | '층'
                | '동'
                | '목'
        ) && last_digit == Some(at)
        {
            // The unit of the number before it.
            last_digit = Some(next);
            end = end.map(|_| next);
        } else if matches!(
            c,
            '市' | '区'
                | '區'
                | '县'
                | '縣'
                | '郡'
                | '町'
                | '村'
                | '镇'
                | '鎮'
                | '乡'
                | '路'
                | '街'
                | '道'
                | '巷'
                | '구'
                | '로'
                | '길'
                | '동'
                | '읍'
                | '면'
        ) && at > 0
        {
            parts += 1;
            gap = 0;
        } else if matches!(c, '-' | '－' | '−' | 'ー' | ' ' | '\u{3000}' | '〒' | '・' | '丁' | '目' | '番' | '地')
            || is_han(c)
            || is_kana(c)
            || is_hangul(c)
        {
            gap += 1;
        } else if c == '\n' && end.is_none() && text.starts_with('〒') {
            // The address stands on the line after its code.
            gap = 0;
        } else {
            break;
        }
        // Words go on after the house number: the sentence does, not the address.
        if gap > 12 {
            break;
        }
    }
    end
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}
