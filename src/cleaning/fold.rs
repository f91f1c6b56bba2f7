//! One spelling for comparing: lower case, plain spaces, no marks that only colour a text.

/// Characters that are not seen: joiners, direction marks, soft hyphens, the byte order mark.
pub(super) fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// Lower case, runs of white space as one space, typographic quotes plain, `*` and invisible characters gone.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Adds the folded text to `out`, with a space before it when `out` does not end in one.
pub(super) fn fold_into(text: &str, out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    for c in text.chars() {
        if c.is_ascii() {
            match c {
                'A'..='Z' => out.push(c.to_ascii_lowercase()),
                ' ' | '\t' | '\r' | '\n' => space(out),
                '*' | '\0' => {}
                _ => out.push(c),
            }
            continue;
        }
        match c {
            '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{b4}' => out.push('\''),
            '\u{201c}'..='\u{201e}' | '\u{ab}' | '\u{bb}' => out.push('"'),
            '\u{ff1a}' => out.push(':'),
            _ if invisible(c) => {}
            // A dotted capital I and its like fold to two characters; the combining dot is of no use here.
            _ if c.is_whitespace() => space(out),
            _ => out.extend(c.to_lowercase().filter(|&l| l != '\u{307}')),
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// True where a word can begin or end: at the edge of the text, beside anything that is no letter or digit, and between
/// characters of scripts that put no space between words.
pub(super) fn word_edge(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    match (before, after) {
        (Some(b), Some(a)) => !b.is_alphanumeric() || !a.is_alphanumeric() || spaceless(b) || spaceless(a),
        _ => true,
    }
}

/// Scripts that write words without spaces, or glue endings to them (Korean).
pub(super) fn spaceless(c: char) -> bool {
    matches!(c as u32, 0xE00..=0xEFF | 0x1000..=0x109F | 0x1100..=0x11FF | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F)
}
