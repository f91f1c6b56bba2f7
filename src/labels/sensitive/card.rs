//! Payment card numbers.

use super::digits::{Context, Run};
use super::{Found, SensitiveKind};

/// Groupings in which cards are printed (ISO/IEC 7812; Amex and Diners have their own).
const GROUPINGS: &[&[usize]] = &[&[4, 4, 4, 4], &[4, 4, 4, 4, 3], &[4, 6, 5], &[4, 6, 4]];
/// Expiry and check code after the number, in digits.
const TRAILERS: &[&[usize]] = &[&[], &[2, 2], &[2, 4], &[3], &[4], &[2, 2, 3], &[2, 4, 3], &[2, 2, 4]];

/// Runs that are card numbers: form, prefix and length of a scheme, and Luhn's check digit.
pub(super) fn find(runs: &[Run]) -> Vec<Found> {
    runs.iter()
        .filter(|run| is_card(run))
        .map(|run| Found { start: run.start, end: run.end, kind: SensitiveKind::Card })
        .collect()
}

fn is_card(run: &Run) -> bool {
    if run.plus || run.area || run.embedded {
        return false;
    }
    let bare = (13..=19).contains(&run.groups[0]);
    let length = if bare {
        // One in ten numbers passes Luhn: what a word calls an order is one.
        if run.context == Context::Other {
            return false;
        }
        Some(1)
    } else {
        GROUPINGS
            .iter()
            .find(|shape| run.groups.starts_with(shape) && same_gaps(&run.gaps[..shape.len() - 1]))
            .map(|shape| shape.len())
    };
    let Some(groups) = length else { return false };
    if !TRAILERS.contains(&&run.groups[groups..]) {
        return false;
    }
    let digits = &run.digits[..run.groups[..groups].iter().sum()];
    scheme(digits) && luhn(digits)
}

fn same_gaps(gaps: &[String]) -> bool {
    gaps.iter().all(|gap| gap == &gaps[0] && matches!(gap.as_str(), " " | "-" | "\u{a0}" | "." | "\u{2011}" | "–"))
}

/// Prefix and length of a scheme in use.
fn scheme(digits: &[u8]) -> bool {
    let prefix = |n: usize| digits[..n].iter().fold(0u32, |number, &digit| number * 10 + u32::from(digit));
    let (two, three, four) = (prefix(2), prefix(3), prefix(4));
    match digits.len() {
        13 => two / 10 == 4,
        14 => (300..=305).contains(&three) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            two / 10 == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || (2200..=2205).contains(&four)
                || four == 6011
                || (644..=659).contains(&three)
                || (3528..=3589).contains(&four)
                || matches!(two, 50 | 56..=58 | 60 | 62 | 63 | 67 | 81)
        }
        17 | 18 => two == 62,
        19 => two / 10 == 4 || matches!(two, 62 | 63 | 67),
        _ => false,
    }
}

/// The check of ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, double) => double / 2,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
