//! Lines that a mail program broke at one width, joined again.
//!
//! [`clean`](super::clean) rewrites nothing; this is for a text that leaves the mail: the text of a pair.

use super::shapes;

/// Widths at which programs break lines, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 50..=100;

/// The text with the lines of each paragraph joined, where a program broke them at one width. Lists, verses, code, quotes and
/// addresses stay as they are: their lines end before the next word would not have fitted.
#[must_use]
pub fn join_broken_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let lengths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    // A link may stick out, as programs break none.
    let width = lines.iter().zip(&lengths).filter(|(line, _)| line.contains(' ')).map(|(_, length)| *length).max();
    let Some(width) = width.filter(|width| WIDTHS.contains(width)) else { return text.to_owned() };
    let broken: Vec<bool> = (0..lines.len()).map(|i| i + 1 < lines.len() && full(&lines, &lengths, i, width)).collect();
    // A sentence that ends where a line ends proves nothing; one that goes on does.
    let goes_on = |i: usize| broken[i] && !(ends(lines[i]) && lines[i + 1].starts_with(char::is_uppercase));
    let mut out = String::with_capacity(text.len());
    let mut paragraph = 0;
    let mut proven = false;
    for (i, line) in lines.iter().enumerate() {
        if i == paragraph {
            let end = (i..lines.len()).find(|&next| lines[next].trim().is_empty()).unwrap_or(lines.len());
            proven = (i..end).any(goes_on);
            paragraph = end + 1;
        }
        out.push_str(line);
        if i + 1 == lines.len() {
            break;
        }
        out.push(if broken[i] && proven { ' ' } else { '\n' });
    }
    if text.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// The first word of the next line did not fit on this one, and both are prose.
fn full(lines: &[&str], lengths: &[usize], at: usize, width: usize) -> bool {
    let (line, next) = (lines[at], lines[at + 1]);
    let first = next.split(' ').next().unwrap_or_default();
    !line.trim().is_empty()
        && !first.is_empty()
        && lengths[at] + 1 + first.chars().count() > width
        && lengths[at] * 2 > width
        && !item(next)
        && !shown(line)
        && !shown(next)
        && !line.ends_with([':', ';'])
        && !(shapes::contact(line) && shapes::contact(next))
}

fn ends(line: &str) -> bool {
    line.ends_with(['.', '!', '?', '…', ':', ')', '"'])
}

/// A line that begins an item of a list.
fn item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with(['.', ')']) && number[1..].starts_with(' ');
    numbered
        || ["- ", "* ", "• ", "– ", "— ", "+ ", "· ", "o "].iter().any(|mark| line.starts_with(mark))
        || line.get(1..).is_some_and(|rest| rest.starts_with(") "))
}

/// Indented, quoted, in columns, or code.
fn shown(line: &str) -> bool {
    line.starts_with([' ', '\t', '>', '|', '<', '{', '}', '#'])
        || line.contains('\t')
        || line.contains("   ")
        || line.starts_with("```")
        || line.ends_with(['{', '}'])
}

#[cfg(test)]
mod tests {
    use super::join_broken_lines as join;

    #[test]
    fn lines_broken_at_one_width_are_joined() {
        let broken = "Hello,\n\nthe crates left our warehouse on Thursday and should have been with you on\nFriday at noon. The driver says that nobody was there; he will come once\nmore on Monday.\n\nIs that all right for you?";
        let whole = "Hello,\n\nthe crates left our warehouse on Thursday and should have been with you on Friday at noon. The driver says that nobody was there; he will come once more on Monday.\n\nIs that all right for you?";
        assert_eq!(join(broken), whole);
        assert_eq!(join(whole), whole);
    }

    proptest::proptest! {
        #[test]
        fn only_white_space_changes(text in "(\\PC{0,90}\n){0,6}", long in "([а-яa-z.) -]{40,90}\n){0,6}") {
            for text in [text, long] {
                let solid = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                assert_eq!(solid(&join(&text)), solid(&text));
                assert_eq!(join(&text).len(), text.len(), "a break becomes a blank, and every place stays");
            }
        }
    }

    #[test]
    fn lists_verses_code_and_addresses_stay() {
        for text in [
            "We need:\n- twelve grey chairs with arms for the hall on the ground floor\n- three tables of the kind that you sent to us in March\n- a lamp",
            "Nora Feld\n12 Quay Street\n20457 Hamburg",
            "The crates are here.\nThe lamps are not.\nWhen will they come?",
            "fn main() {\n    let crates = warehouse.count(Kind::Crate, Size::Large, Colour::Grey);\n    println!(\"{crates} are there, and that is less than we have ordered\");\n}",
            "1. The first of the two lamps in the hall is dark since yesterday noon\n2. The second one flickers",
            "One line of more than a hundred characters, as every program writes it that leaves the breaking of lines to the reader of the mail.\nAnd another line that is below it and short",
        ] {
            assert_eq!(join(text), text);
        }
    }
}
