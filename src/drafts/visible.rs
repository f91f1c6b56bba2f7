//! Text without what nobody sees: invisible characters hide words from a reader, or part what belongs together.

/// The text with its line ends as `\n` and without invisible characters, and whether any were there that have no good reason.
pub(super) fn visible(text: &str) -> (String, bool) {
    let mut shown = String::with_capacity(text.len());
    let mut hid = false;
    let mut before = '\0';
    for (at, c) in text.char_indices() {
        match c {
            '\r' if text[at + 1..].starts_with('\n') => {}
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push('\n'),
            // Hyphenation and the order of bytes say nothing.
            '\u{ad}' | '\u{feff}' => {}
            // Joiners belong to Arabic, Indic and emoji.
            '\u{200c}' | '\u{200d}' if before >= '\u{600}' && !is_plain(before) => shown.push(c),
            '\u{fe0f}' if before >= '\u{2000}' || matches!(before, '#' | '*' | '0'..='9' | '©' | '®') => {
                shown.push(c)
            }
            c if is_invisible(c) => hid = true,
            _ => {
                shown.push(c);
                before = c;
            }
        }
    }
    (shown, hid)
}

/// Letters of scripts that join nothing.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{1e00}'..='\u{1fff}' | '\u{2c60}'..='\u{2dff}' | '\u{a640}'..='\u{a7ff}' | '\u{ff00}'..='\u{ff60}')
}

fn is_invisible(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(c, '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_gone() {
        assert_eq!(visible("ev\u{200b}il\u{2060}.ex\u{202e}ample"), ("evil.example".to_owned(), true));
        assert_eq!(visible("Hi\u{e0069}\u{e0067}"), ("Hi".to_owned(), true));
        assert_eq!(visible("a\r\nb\rc\u{2028}d\u{ad}e"), ("a\nb\nc\nde".to_owned(), false));
        assert_eq!(visible("می‌خواهم 👩‍🚀 ✔️"), ("می‌خواهم 👩‍🚀 ✔️".to_owned(), false), "where they belong they stay");
        assert_eq!(visible("pa\u{200d}y"), ("pay".to_owned(), true));
    }
}
