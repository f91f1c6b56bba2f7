//! `format=flowed` (RFC 3676): lines that a mailer broke for transport are joined again.

/// Unwraps flowed text. `del_sp` is the `DelSp=yes` parameter: the blank before a soft break is not part of the text.
///
/// Quote depth is kept (`> ` per level), lines of different depth are never joined, and the signature separator `-- `
/// stands alone although it ends in a blank (§4.3).
pub(super) fn unwrap(text: &str, del_sp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Depth of the paragraph being joined, when the line before ended softly.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        let separator = content == "-- ";
        if open.is_some_and(|previous| previous != depth || separator) {
            out.push('\n');
            open = None;
        }
        if open.is_none() && depth > 0 {
            out.extend(std::iter::repeat_n('>', depth));
            if !content.is_empty() {
                out.push(' ');
            }
        }
        if content.ends_with(' ') && !separator {
            out.push_str(if del_sp { &content[..content.len() - 1] } else { content });
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
            open = None;
        }
    }
    if open.is_some() {
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    if !text.ends_with('\n') && out.ends_with('\n') {
        out.pop();
    }
    out
}
