//! Words of a text in any script, with their places.

/// A run of letters (with their combining marks) or of digits and letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// Byte offset in the text.
    pub start: usize,
    pub text: &'a str,
}

impl Word<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Runs of letters and digits, in order.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while chars.next_if(|&(_, c)| !c.is_alphanumeric()).is_some() {}
        let &(start, _) = chars.peek()?;
        let mut end = start;
        while let Some((at, c)) = chars.next_if(|&(_, c)| in_word(c)) {
            end = at + c.len_utf8();
        }
        Some(Word { start, text: &text[start..end] })
    })
}

/// Letters, digits, and the marks that belong to the letter before them.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Combining marks of Latin, Cyrillic, Hebrew, Arabic and kana, and the invisible joiners inside words. Vowel signs of the
/// Indic scripts count as alphabetic already.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{94d}' | '\u{e47}'..='\u{e4e}' | '\u{3099}' | '\u{309a}' | '\u{200c}' | '\u{200d}' | '\u{ad}')
}

/// Scripts written without spaces between words.
pub(super) fn is_unspaced(c: char) -> bool {
    is_han(c) || is_kana(c) || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '々')
}

pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}')
}

/// How many words a text has for a reader: spaced words with a letter, and two characters of an unspaced script as one.
pub(super) fn count(text: &str) -> usize {
    let mut spaced = 0usize;
    let mut unspaced = 0usize;
    for word in words(text) {
        let dense = word.text.chars().filter(|&c| is_unspaced(c)).count();
        unspaced += dense;
        if dense == 0 && word.text.chars().any(char::is_alphabetic) {
            spaced += 1;
        }
    }
    spaced + unspaced.div_ceil(2)
}
