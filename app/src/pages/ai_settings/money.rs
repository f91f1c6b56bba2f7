//! Money as people write it: dollars, stored in millionths.

use crate::prefs::Lang;

/// What was typed, in millionths of a dollar: `12.50`, `12,5`, `$3`. Nothing typed is `Some(None)`, and what is no amount `None`.
pub(super) fn micros(text: &str) -> Option<Option<i64>> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '$').collect();
    if text.is_empty() {
        return Some(None);
    }
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text.as_str(), ""));
    // "1,000" is a thousand to some and one to others.
    if text.contains(',') && part.len() == 3 {
        return None;
    }
    let is_number = |digits: &str| digits.chars().all(|c| c.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 6 || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    // How much may be is said elsewhere.
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(i64::MAX) };
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    Some(Some(whole.saturating_mul(1_000_000).saturating_add(part)))
}

/// An amount for a field: as many digits as it has, and at least two behind the point.
pub(super) fn typed(micros: i64) -> String {
    let digits = format!("{:06}", micros % 1_000_000);
    let short = digits.trim_end_matches('0');
    format!("{}.{short:0<2}", micros / 1_000_000)
}

/// An amount for reading, with all its digits.
pub(crate) fn exact(lang: Lang, micros: i64) -> String {
    said(lang, &typed(micros))
}

fn said(lang: Lang, text: &str) -> String {
    match lang {
        Lang::En => format!("${text}"),
        Lang::Ru => format!("{}\u{a0}$", text.replace('.', ",")),
    }
}

/// An amount for reading, to the cent; below a cent, to the digits that say something.
pub(in crate::pages) fn shown(lang: Lang, micros: i64) -> String {
    let text = match micros {
        0 => "0.00".to_owned(),
        1..10_000 => typed(micros),
        // What is begun of a cent counts.
        _ => typed((micros + 9_999) / 10_000 * 10_000),
    };
    said(lang, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        assert_eq!(micros(""), Some(None));
        assert_eq!(micros(" $ 12.50 "), Some(Some(12_500_000)));
        assert_eq!(micros("12,5"), Some(Some(12_500_000)));
        assert_eq!(micros("1 000"), Some(Some(1_000_000_000)));
        assert_eq!(micros(".25"), Some(Some(250_000)));
        assert_eq!(micros("0.000001"), Some(Some(1)));
        assert_eq!(micros("100000000"), Some(Some(100_000_000_000_000)));
        assert_eq!(micros(&"9".repeat(40)), Some(Some(i64::MAX)));
        for bad in ["-1", "1,000", "1.0000001", "ten", ".", "1.2.3", "1e3", "١"] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_come_back_as_they_went_in() {
        for amount in [0, 1, 20_000, 250_000, 1_000_000, 12_340_000, 999_999_999_999] {
            assert_eq!(micros(&typed(amount)), Some(Some(amount)));
        }
        assert_eq!(typed(1_250_000), "1.25");
        assert_eq!(typed(20_000), "0.02");
    }

    #[test]
    fn amounts_are_shown_to_the_cent_and_never_as_less() {
        assert_eq!(shown(Lang::En, 0), "$0.00");
        assert_eq!(shown(Lang::En, 12), "$0.000012");
        assert_eq!(shown(Lang::En, 1_230_001), "$1.24");
        assert_eq!(
            (exact(Lang::En, 75_000), exact(Lang::Ru, 75_000)),
            ("$0.075".to_owned(), "0,075\u{a0}$".to_owned())
        );
        assert_eq!(shown(Lang::Ru, 12_500_000), "12,50\u{a0}$");
    }
}
