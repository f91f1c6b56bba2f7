//! Telephone numbers.

use super::super::words::{is_han, is_kana};
use super::digits::{Context, Run, is_extension};
use super::{Found, SensitiveKind};

/// What the language of the text allows.
#[derive(Clone, Copy)]
struct Setting {
    cyrillic: bool,
    chinese_or_japanese: bool,
}

/// Runs that are telephone numbers, each with its extension ("ext. 12", "доб. 12").
pub(super) fn find(text: &str, runs: &[Run]) -> Vec<Found> {
    if runs.is_empty() {
        return Vec::new();
    }
    let setting = Setting {
        cyrillic: text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c)),
        chinese_or_japanese: text.chars().any(|c| is_han(c) || is_kana(c)),
    };
    runs.iter()
        .filter(|run| is_phone(run, setting))
        .map(|run| Found { start: run.start, end: run.end + extension(&text[run.end..]), kind: SensitiveKind::Phone })
        .collect()
}

fn is_phone(run: &Run, setting: Setting) -> bool {
    let count = run.digits.len();
    if run.embedded || run.groups.len() > 8 || count > 15 + 3 {
        return false;
    }
    if run.plus {
        return international(&run.digits, count);
    }
    if run.context == Context::Other || run.context == Context::Card || is_date(run) || is_ip(run) {
        return false;
    }
    if run.context == Context::Phone {
        return (6..=15).contains(&count);
    }
    if run.digits.starts_with(&[0, 0]) {
        return run.groups.len() > 1 && international(&run.digits[2..], count - 2);
    }
    national(run, setting)
}

/// Country code and a plausible length (ITU-T E.164: at most 15 digits). "+49 (0) 30 …" has one more.
fn international(digits: &[u8], count: usize) -> bool {
    let known = match digits {
        // North America: area codes and exchanges start with 2 to 9.
        [1, area, ..] => return count == 11 && *area >= 2,
        [7, ..] => return count == 11,
        [a, b, ..] => {
            let two = a * 10 + b;
            matches!(two, 20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98)
                || matches!(two, 21..=26 | 29 | 35 | 37 | 38 | 42 | 50 | 59 | 67..=69 | 80 | 85 | 87 | 88 | 96 | 97 | 99)
        }
        _ => false,
    };
    known && (9..=16).contains(&count) && !digits.ends_with(&[0, 0, 0, 0, 0, 0])
}

/// Shapes in use somewhere that hardly anything else has.
fn national(run: &Run, setting: Setting) -> bool {
    let digits = &run.digits;
    let count = digits.len();
    let groups = run.groups.as_slice();
    let single = groups.len() == 1;
    let mobile_86 = digits[0] == 1 && (3..=9).contains(&digits[1]) && count == 11;
    if setting.chinese_or_japanese && mobile_86 && matches!(groups, [11] | [3, 4, 4]) {
        return true;
    }
    if setting.cyrillic {
        let eight = digits[0] == 8 && count == 11 && (digits[1] == 9 || digits[1] == 8 || !single);
        let local = run.uniform() && groups == [3, 2, 2] && run.gaps[0] == "-";
        if eight || local || (single && count == 10 && digits[0] == 9) {
            return true;
        }
    }
    if run.area {
        // "(2026) 123-456" is a file number.
        if groups[0] == 4 && (digits.starts_with(&[1, 9]) || digits.starts_with(&[2, 0])) {
            return false;
        }
        // "(030) 123 45 67", "(212) 555-0147", "(11) 91234-5678"
        return !single
            && (2..=5).contains(&groups[0])
            && (9..=12).contains(&count)
            && groups[1..].iter().all(|&group| group >= 2);
    }
    let from_two = |place: usize| digits[place] >= 2;
    match groups {
        // North America, with and without the 1.
        [3, 3, 4] if from_two(0) && from_two(3) => return true,
        [1, 3, 3, 4] if digits[0] == 1 && from_two(1) && from_two(4) => return true,
        // Spain, Portugal, Poland, Czechia; thousands start anywhere, so only with the first digits in use there.
        [3, 3, 3] if run.uniform() && digits[0] >= 5 => return !digits.ends_with(&[0, 0, 0]),
        [3, 2, 2, 2] if run.uniform() && digits[0] >= 6 => return true,
        // India; Australian service numbers; Italian and Greek mobile numbers; Mexico.
        [5, 5] if digits[0] >= 6 => return true,
        [4, 3, 3] if digits[0] == 1 && matches!(digits[1], 3 | 8) && digits[2..4] == [0, 0] => return true,
        [3, 7] if matches!(digits[0], 2 | 3 | 6) => return true,
        [2, 4, 4] if from_two(0) && run.uniform() => return true,
        // Indonesia.
        [4, 4, 4] if run.uniform() && digits.starts_with(&[0, 8]) => return true,
        _ => {}
    }
    // A trunk zero: most of Europe, Japan, Korea, Australia, Turkey, Ukraine and others.
    if digits[0] != 0 || digits[1] == 0 {
        return false;
    }
    let long = if setting.chinese_or_japanese { 12 } else { 11 };
    if single {
        return matches!(count, 10 | 11);
    }
    (9..=long).contains(&count) && groups.len() <= 5 && groups.iter().all(|&group| group >= 2) && groups[0] >= 2
}

/// Day, month and year at the start, in any order, with or without a time after them.
fn is_date(run: &Run) -> bool {
    let [a, b, c, ..] = run.groups.as_slice() else { return false };
    if run.gaps[0] != run.gaps[1]
        || !matches!(run.gaps[0].as_str(), "." | "-" | "/" | "–" | " " | "\u{2010}" | "\u{2011}" | ". ")
    {
        return false;
    }
    let value = |from: usize, length: usize| {
        run.digits[from..from + length].iter().fold(0u32, |n, &digit| n * 10 + u32::from(digit))
    };
    let year = |n: u32| (1900..=2099).contains(&n);
    let day_month = |x: u32, y: u32| (1..=31).contains(&x) && (1..=31).contains(&y) && (x <= 12 || y <= 12);
    match (*a, *b, *c) {
        (4, 1 | 2, 1 | 2) => year(value(0, 4)) && day_month(value(4, *b), value(4 + b, *c)),
        (1 | 2, 1 | 2, 4) => day_month(value(0, *a), value(*a, *b)) && year(value(a + b, 4)),
        (1 | 2, 1 | 2, 2) => run.groups.len() == 3 && day_month(value(0, *a), value(*a, *b)),
        _ => false,
    }
}

/// Four groups of at most three digits with dots.
fn is_ip(run: &Run) -> bool {
    run.groups.len() == 4 && run.gaps.iter().all(|gap| gap == ".") && run.groups.iter().all(|&group| group <= 3)
}

/// Bytes of the extension that follows a number; 0 when there is none.
fn extension(tail: &str) -> usize {
    let lead = tail.len() - tail.trim_start_matches([' ', ',', '(']).len();
    if lead > 3 {
        return 0;
    }
    let rest = &tail[lead..];
    let word = if is_extension(rest) {
        1
    } else {
        let word: String = rest.chars().take_while(|c| c.is_alphabetic()).take(10).collect();
        if !matches!(
            word.to_lowercase().as_str(),
            "ext" | "extension" | "x" | "доб" | "durchwahl" | "dw" | "poste" | "interno" | "wew" | "内線" | "分机"
        ) {
            return 0;
        }
        word.len()
    };
    let after = rest[word..].trim_start_matches(['.', ':', ' ']);
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=6).contains(&digits) || rest.len() - word - after.len() > 3 {
        return 0;
    }
    let end = tail.len() - after.len() + digits;
    end + usize::from(tail[..lead].contains('(') && tail[end..].starts_with(')'))
}
