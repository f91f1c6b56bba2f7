//! Lines that a mail program broke at one width, joined again.
//!
//! [`clean`](super::clean) rewrites nothing; this is for a text that leaves the mail: the text of a pair.

use super::shapes;

/// Widths at which programs break lines, in columns: a character of Chinese or Japanese takes two.
const WIDTHS: std::ops::RangeInclusive<usize> = 50..=100;

/// The text with the lines of each paragraph joined, where a program broke them at one width, or where the HTML part of the same mail
/// has them on one line. Lists, verses, code, quotes and addresses stay as they are: their lines end before the next word would not have
/// fitted.
#[must_use]
pub fn join_broken_lines(text: &str, html: Option<&str>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let lengths: Vec<usize> = lines.iter().map(|line| columns(line)).collect();
    // A link may stick out, as programs break none.
    let prose = |line: &str| line.contains(' ') || line.contains(dense);
    let width = lines.iter().zip(&lengths).filter(|(line, _)| prose(line)).map(|(_, length)| *length).max();
    let width = width.filter(|width| WIDTHS.contains(width)).unwrap_or(usize::MAX);
    let broken: Vec<bool> = (0..lines.len()).map(|i| i + 1 < lines.len() && full(&lines, &lengths, i, width)).collect();
    // A sentence that ends where a line ends proves nothing; one that goes on does.
    let goes_on =
        |i: usize| broken[i] && !(ends(lines[i]) && lines[i + 1].starts_with(|c: char| c.is_uppercase() || dense(c)));
    let known = html.map(|html| Paragraphs::of(html, &lines));
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
        let joins = broken[i] && proven || known.as_ref().is_some_and(|known| known.hold(line, lines[i + 1]));
        if !joins {
            out.push('\n');
        } else if !(line.ends_with(dense) && lines[i + 1].starts_with(dense)) {
            out.push(' ');
        }
    }
    if text.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// The lines of an HTML part, to look up whether it breaks where a text breaks.
struct Paragraphs(String);

/// Breaks that are looked up: the texts of people have fewer.
const MOST_LOOKED_UP: usize = 300;

impl Paragraphs {
    /// Empty where no line of the text breaks off in mid-sentence: then there is nothing to look up.
    fn of(html: &str, lines: &[&str]) -> Self {
        let breaks = lines.windows(2).filter(|pair| breaks_off(pair[0], pair[1])).count();
        if breaks == 0 || breaks > MOST_LOOKED_UP {
            return Self(String::new());
        }
        let text = super::html_to_text(html);
        let mut own = String::with_capacity(text.len());
        for line in text.lines() {
            own.extend(line.split_whitespace().flat_map(|word| [word, " "]));
            own.push('\n');
        }
        Self(own)
    }

    /// The end of one line and the beginning of the next stand side by side there.
    fn hold(&self, line: &str, next: &str) -> bool {
        const AROUND: usize = 24;
        if self.0.is_empty() || !breaks_off(line, next) {
            return false;
        }
        let end = &line.trim_end()[line.trim_end().ceil_char_boundary(line.trim_end().len().saturating_sub(AROUND))..];
        let start = &next[..next.floor_char_boundary(AROUND)];
        let solid = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (end, start) = (solid(end), solid(start));
        let gap = if end.ends_with(dense) && start.starts_with(dense) { "" } else { " " };
        self.0.contains(&format!("{end}{gap}{start}"))
    }
}

/// The sentence of the line goes on in the next one.
fn breaks_off(line: &str, next: &str) -> bool {
    !line.trim().is_empty() && !next.trim().is_empty() && !ends(line) && !item(next) && !shown(line) && !shown(next)
}

/// The first word of the next line did not fit on this one, and both are prose.
fn full(lines: &[&str], lengths: &[usize], at: usize, width: usize) -> bool {
    let (line, next) = (lines[at], lines[at + 1]);
    let first = next.split(' ').next().unwrap_or_default();
    // Between two characters of Chinese or Japanese a line can break anywhere, but for a full stop or a bracket that goes with them.
    let (room, first) = match line.ends_with(dense) && next.starts_with(dense) {
        true => (0, DENSE_WORD),
        false => (1, columns(first)),
    };
    !line.trim().is_empty()
        && first > 0
        && width < usize::MAX
        && lengths[at] + room + first > width
        && lengths[at] * 2 > width
        && !item(next)
        && !shown(line)
        && !shown(next)
        && !line.ends_with([':', ';', '：'])
        && !(shapes::contact(line) && shapes::contact(next))
}

/// Columns of a character with what must not be parted from it.
const DENSE_WORD: usize = 4;

/// How wide a line is on a screen of fixed width.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if dense(c) { 2 } else { 1 }).sum()
}

/// A character of Chinese or Japanese, or its punctuation: two columns wide, and no blank between two of them.
fn dense(c: char) -> bool {
    matches!(c as u32, 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0xFF01..=0xFF60)
}

fn ends(line: &str) -> bool {
    line.ends_with(['.', '!', '?', '…', ':', ')', '"', '。', '！', '？', '：', '」', '』', '）'])
}

/// A line that begins an item of a list.
fn item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with(['.', ')']) && number[1..].starts_with(' ');
    numbered
        || line.starts_with(['・', '●', '■', '◆', '○', '◎', '□', '※', '【', '①', '②', '③', '④', '⑤'])
        || ["- ", "* ", "• ", "– ", "— ", "+ ", "· ", "o "].iter().any(|mark| line.starts_with(mark))
        || line.get(1..).is_some_and(|rest| rest.starts_with(") "))
}

/// Indented, quoted, in columns, or code.
fn shown(line: &str) -> bool {
    line.starts_with([' ', '\t', '\u{3000}', '>', '|', '<', '{', '}', '#'])
        || line.contains('\t')
        || line.contains("   ")
        || line.starts_with("```")
        || line.ends_with(['{', '}'])
}

#[cfg(test)]
mod tests {
    use super::join_broken_lines;

    fn join(text: &str) -> String {
        join_broken_lines(text, None)
    }

    #[test]
    fn chinese_and_japanese_are_joined_without_a_blank() {
        let broken = "先日お送りいただいた椅子四十脚について確認したところ、三脚の脚が折れており\nましたので、交換をお願いできますでしょうか。写真を添付いたしますのでご確認く\nださい。\n\n・椅子\n・机";
        let whole = "先日お送りいただいた椅子四十脚について確認したところ、三脚の脚が折れておりましたので、交換をお願いできますでしょうか。写真を添付いたしますのでご確認ください。\n\n・椅子\n・机";
        assert_eq!(join(broken), whole);
        assert_eq!(join(whole), whole);
        for text in [
            "お世話になっております。\n椅子の件です。\n三脚が折れていました。",
            "山田商店\n東京都千代田区一丁目一番一号\n電話",
        ] {
            assert_eq!(join(text), text);
        }
    }

    #[test]
    fn the_html_part_tells_where_paragraphs_end() {
        let text = "Can you send us three more\nof the grey chairs?\nNora\nFeld";
        let html = "<p>Can you send us three more of the grey&nbsp;chairs?</p><div>Nora</div><div>Feld</div>";
        assert_eq!(join_broken_lines(text, Some(html)), "Can you send us three more of the grey chairs?\nNora\nFeld");
        let verse = "<p>Can you send us three more<br>of the grey chairs?</p>";
        assert_eq!(join_broken_lines(text, Some(verse)), text);
        let cjk = "灰色の椅子を\n三脚お願いします。";
        assert_eq!(
            join_broken_lines(cjk, Some("<p>灰色の椅子を三脚お願いします。</p>")),
            "灰色の椅子を三脚お願いします。"
        );
    }

    #[test]
    fn lines_broken_at_one_width_are_joined() {
        let broken = "Hello,\n\nthe crates left our warehouse on Thursday and should have been with you on\nFriday at noon. The driver says that nobody was there; he will come once\nmore on Monday.\n\nIs that all right for you?";
        let whole = "Hello,\n\nthe crates left our warehouse on Thursday and should have been with you on Friday at noon. The driver says that nobody was there; he will come once more on Monday.\n\nIs that all right for you?";
        assert_eq!(join(broken), whole);
        assert_eq!(join(whole), whole);
    }

    proptest::proptest! {
        #[test]
        fn only_white_space_changes(text in "(\\PC{0,90}\n){0,6}", long in "([а-яa-z.) -]{40,90}\n){0,6}", dense in "([あ-ん。、a ]{20,50}\n){0,6}") {
            for text in [text, long, dense] {
                let solid = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(solid(&join(&text)), solid(&text));
                assert!(join(&text).len() <= text.len(), "a break becomes a blank or nothing");
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
