//! The author's own words as text.

use super::Removed;
use super::doc::line_ends;
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
    let mut start = 0;
    for end in line_ends(text) {
        let line = &text[start..end];
        start = end;
        let broken = line.chars().next_back().filter(|c| matches!(c, '\n' | '\r'));
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
        let blank_above = out.trim_end_matches(['\n', '\r']).len() + 2 <= out.len();
        if !blank_above {
            out.extend(broken);
        }
    }
}
