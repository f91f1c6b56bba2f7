//! Which words of two versions of a text differ. Compared on the server: only the marked segments travel.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::data::Segment;

/// Beyond this the comparison gets coarser instead of longer.
const LIMIT: Duration = Duration::from_millis(100);
/// Bytes of both versions together that are compared by words; longer ones are compared by lines.
const BY_WORDS: usize = 64 << 10;

/// Both versions in segments: word by word, and line by line where they are long.
pub(super) fn compare(old: &str, new: &str) -> (Vec<Segment>, Vec<Segment>) {
    let mut compared = TextDiff::configure();
    compared.timeout(LIMIT);
    let diff =
        if old.len() + new.len() <= BY_WORDS { compared.diff_words(old, new) } else { compared.diff_lines(old, new) };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for change in diff.iter_all_changes() {
        let differs = change.tag() != ChangeTag::Equal;
        if change.tag() != ChangeTag::Insert {
            push(&mut left, change.value(), differs);
        }
        if change.tag() != ChangeTag::Delete {
            push(&mut right, change.value(), differs);
        }
    }
    (left, right)
}

fn push(segments: &mut Vec<Segment>, text: &str, differs: bool) {
    match segments.last_mut() {
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => segments.push(Segment { text: text.to_owned(), differs }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(segments: &[Segment]) -> String {
        segments.iter().map(|one| if one.differs { format!("[{}]", one.text) } else { one.text.clone() }).collect()
    }

    #[test]
    fn words_that_differ_are_marked_in_each_version() {
        let (old, new) = compare("We open at nine.\n\nSee you", "We open at ten.\n\nSee you soon");
        assert_eq!(
            (shown(&old).as_str(), shown(&new).as_str()),
            ("We open at [nine.]\n\nSee you", "We open at [ten.]\n\nSee you[ soon]")
        );
    }

    #[test]
    fn each_version_is_whole_whatever_it_is() {
        for (old, new) in
            [("", ""), ("", "новый текст"), ("a\r\nb", ""), ("田中様\n  x", "田中\n x 様"), ("a b c d", "d c b a")]
        {
            let (left, right) = compare(old, new);
            let text = |segments: Vec<Segment>| segments.into_iter().map(|one| one.text).collect::<String>();
            assert_eq!((text(left).as_str(), text(right).as_str()), (old, new));
        }
        assert!(compare("same", "same").0.iter().all(|one| !one.differs));
    }

    #[test]
    fn long_texts_are_compared_by_lines() {
        let text =
            |word: &str| format!("{}the {word} line\n{}", "first lines\n".repeat(9_000), "last lines\n".repeat(9_000));
        let (old, new) = compare(&text("old"), &text("new"));
        let differs = |segments: &[Segment]| -> Vec<String> {
            segments.iter().filter(|one| one.differs).map(|one| one.text.clone()).collect()
        };
        assert_eq!(
            (differs(&old), differs(&new)),
            (vec!["the old line\n".to_owned()], vec!["the new line\n".to_owned()])
        );
    }
}
