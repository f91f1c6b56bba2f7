//! Shapes that mean the same in every language: dates, times, addresses.

/// What a line shows without a word of it being understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// `10:58`, `3.35`, `8h15`: two numbers that can be a time of day.
    pub time: bool,
    /// A number that can be a year, or a numeric date such as `09/21/2000`.
    pub date: bool,
    /// Something like `name@host`.
    pub email: bool,
    /// Byte offset where the first date or time begins.
    pub first: Option<usize>,
    /// Byte offset after the last date or time.
    pub last: usize,
}

impl Facts {
    /// A date, or a time that stands beside some other number.
    pub fn dated(&self) -> bool {
        self.date || self.time
    }
}

/// The decimal value of a digit in any of the scripts mail is written in.
pub(super) fn digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 13] =
        [0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xD66, 0xE50, 0xFF10];
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let c = c as u32;
    ZEROS.iter().find(|&&z| (z..z + 10).contains(&c)).map(|z| c - z)
}

struct Number {
    value: u32,
    digits: u32,
    start: usize,
    end: usize,
}

/// Reads the shapes of one line (or of a few joined ones). Linear.
pub(super) fn read(text: &str) -> Facts {
    let mut facts = Facts { email: has_email(text), ..Facts::default() };
    if !text.bytes().any(|b| b.is_ascii_digit() || b >= 0xD9) {
        return facts;
    }
    let mut previous: Option<Number> = None;
    let mut before_previous: Option<Number> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let Some(d) = digit(c) else { continue };
        let mut number = Number { value: d, digits: 1, start, end: start + c.len_utf8() };
        while let Some(&(at, c)) = chars.peek() {
            let Some(d) = digit(c) else { break };
            number.value = number.value.saturating_mul(10).saturating_add(d);
            number.digits += 1;
            number.end = at + c.len_utf8();
            chars.next();
        }
        note(&mut facts, text, before_previous.as_ref(), previous.as_ref(), &number);
        before_previous = previous.replace(number);
    }
    facts
}

fn note(facts: &mut Facts, text: &str, first: Option<&Number>, second: Option<&Number>, third: &Number) {
    let mut mark = |start: usize, time: bool| {
        if time {
            facts.time = true;
        } else {
            facts.date = true;
        }
        facts.first = Some(facts.first.map_or(start, |f| f.min(start)));
        facts.last = third.end;
    };
    let bare = |n: &Number| {
        let glued = |c: char| c.is_ascii_alphabetic() || c == '#' || c == '$' || c == '_';
        !text[..n.start].chars().next_back().is_some_and(glued) && text[n.end..].chars().next().is_none_or(|c| c != '_')
    };
    if third.digits == 4 && (1990..2100).contains(&third.value) && bare(third) {
        mark(third.start, false);
    }
    // The Buddhist, Persian and Islamic calendars count other years; they come in other digits or beside a month.
    if third.digits == 4 && (2530..2600).contains(&third.value) && bare(third) {
        mark(third.start, false);
    }
    let Some(second) = second else { return };
    let gap = &text[second.end..third.start];
    if matches!(gap, ":" | "." | "h" | "：" | "시 " | "时" | "時" | ":\u{200e}")
        && second.value < 25
        && third.value < 60
    {
        // "02.03" of "02.03.2026" is no time.
        let dotted =
            |at: usize| text[at..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c| digit(c).is_some()));
        let dates =
            gap == "." && (dotted(third.end) || first.is_some_and(|first| &text[first.end..second.start] == "."));
        let time = !dates && (gap != "." || second.digits + third.digits >= 3);
        if time && third.digits == 2 {
            mark(second.start, true);
        }
    }
    if matches!(gap, "時" | "时" | "시" | "시 ") && second.value < 25 {
        mark(second.start, true);
    }
    let Some(first) = first else { return };
    let earlier = &text[first.end..second.start];
    let separator =
        |gap: &str| matches!(gap, "/" | "." | "-" | ". " | "年" | "月" | "/ " | "년 " | "월 " | "年 " | "月 ");
    if separator(gap) && separator(earlier) {
        let fits = |n: &Number| n.digits <= 2 && n.value <= 31;
        let year = |n: &Number| n.digits == 4 && (1300..2700).contains(&n.value) || n.digits == 2;
        if fits(second) && (fits(first) && year(third) || year(first) && fits(third)) {
            mark(first.start, false);
        }
    }
}

/// True when something like `name@host` stands in the text (Lotus `Name@ORG` too, which has no dot).
pub(super) fn has_email(text: &str) -> bool {
    email_end(text).is_some()
}

/// The end of the first address in the text.
pub(super) fn email_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&b| b == b'@') {
        let at = from + at;
        let word = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80;
        let before =
            at > 0 && (word(bytes[at - 1]) || matches!(bytes[at - 1], b'.' | b'_' | b'-' | b'+' | b'"' | b'\''));
        let after = bytes.get(at + 1).is_some_and(|&b| word(b));
        if before && after {
            let end = bytes[at + 1..].iter().position(|&b| !(word(b) || b == b'.' || b == b'-' || b == b'_'));
            return Some(end.map_or(bytes.len(), |e| at + 1 + e));
        }
        from = at + 1;
    }
    None
}
