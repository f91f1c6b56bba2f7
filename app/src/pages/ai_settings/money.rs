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
    if !is_number(whole)
        || !is_number(part)
        || whole.len() > 7
        || part.len() > 6
        || (whole.is_empty() && part.is_empty())
    {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    Some(Some(whole * 1_000_000 + part))
}

/// An amount for a field: as many digits as it has, and at least two behind the point.
pub(super) fn typed(micros: i64) -> String {
    let digits = format!("{:06}", micros % 1_000_000);
    let short = digits.trim_end_matches('0');
    format!("{}.{short:0<2}", micros / 1_000_000)
}

/// An amount for reading, to the cent; below a cent, to the digits that say something.
pub(in crate::pages) fn shown(lang: Lang, micros: i64) -> String {
    let text = match micros {
        0 => "0.00".to_owned(),
        1..10_000 => typed(micros),
        // What is begun of a cent counts.
        _ => typed((micros + 9_999) / 10_000 * 10_000),
    };
    match lang {
        Lang::En => format!("${text}"),
        Lang::Ru => format!("{}\u{a0}$", text.replace('.', ",")),
    }
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
        for bad in ["-1", "1,000", "1.0000001", "ten", ".", "1.2.3", "1e3", "100000000", "١"] {
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
        assert_eq!(shown(Lang::Ru, 12_500_000), "12,50\u{a0}$");
    }
}
