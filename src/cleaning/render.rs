//! The author's own words as text.

use super::Removed;
use super::fold::invisible;

/// `source` without `removed`: blank edges gone, no white space at line ends, at most one blank line in a row. Only ever
/// leaves characters out.
pub(super) fn own_text(source: &str, removed: &[Removed]) -> String {
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for span in removed {
        let (start, end) = (span.start as usize, span.end as usize);
        if at < start {
            tidy(&source[at..start], &mut out);
        }
        // The break of a line of which only the end was removed stays: what follows is another line.
        if !out.is_empty() && !out.ends_with('\n') && source[start..end].ends_with('\n') {
            out.push('\n');
        }
        at = at.max(end);
    }
    if at < source.len() {
        tidy(&source[at..], &mut out);
    }
    out.truncate(out.trim_end_matches(hidden).len());
    out
}

fn hidden(c: char) -> bool {
    c.is_whitespace() || invisible(c) || c == '\0'
}

fn tidy(text: &str, out: &mut String) {
    for line in text.split_inclusive('\n') {
        let broken = line.ends_with('\n');
        let words = line.trim_end_matches(hidden);
        if out.is_empty() {
            out.push_str(words.trim_start_matches('\u{feff}').trim_start_matches(['\r', '\n']));
            if words.trim_matches(hidden).is_empty() {
                out.clear();
                continue;
            }
        } else {
            out.push_str(words);
        }
        if broken && !out.ends_with("\n\n") {
            out.push('\n');
        }
    }
}
