//! What can be seen of a text.

/// Whether anything of a text is seen: not white space, controls, joiners, direction marks and other characters that are drawn as
/// nothing. A name of these alone is none.
pub(crate) fn is_seen(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !is_ignorable(c))
}

/// Unicode's `Default_Ignorable_Code_Point`, and the empty pattern of Braille.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_as_nothing_is_not_seen() {
        for hidden in ["", " \u{a0}", "\u{200b}", "\u{feff}\u{200d}", "\u{3164}", "\u{2800}", "\u{ad}\0", "\u{e0041}"] {
            assert!(!is_seen(hidden), "{hidden:?}");
        }
        for seen in ["a", " Анна ", "\u{200b}x", "日本", "👩\u{200d}🚀", "-"] {
            assert!(is_seen(seen), "{seen:?}");
        }
    }
}
