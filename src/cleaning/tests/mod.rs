mod fixtures;
mod hostile;
mod locales;
mod properties;

use super::{Cleaned, Input, Mode, Sender, clean};

/// Cleans a plain text, everything taken away.
fn full(text: &str) -> String {
    clean(&Input { text: Some(text), ..Input::default() }).text()
}

/// Cleans a plain text, the signature kept.
fn quotes_only(text: &str) -> String {
    clean(&Input { text: Some(text), mode: Mode::QuotesOnly, ..Input::default() }).text()
}

/// Cleans an HTML part.
fn html(html: &str) -> String {
    clean(&Input { html: Some(html), ..Input::default() }).text()
}

/// Spans are in order, apart, inside the source and between characters; the text is what they leave.
fn check(cleaned: &Cleaned) {
    let mut last = 0;
    for span in &cleaned.removed {
        assert!(span.start >= last && span.end > span.start, "{span:?} after {last}");
        assert!(
            cleaned.source.is_char_boundary(span.start as usize) && cleaned.source.is_char_boundary(span.end as usize)
        );
        last = span.end;
    }
    assert!(last as usize <= cleaned.source.len());
    assert!(subsequence(&cleaned.text(), &cleaned.source), "{:?} is no part of {:?}", cleaned.text(), cleaned.source);
}

fn subsequence(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|c| whole.any(|w| w == c))
}
