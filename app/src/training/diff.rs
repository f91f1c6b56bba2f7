//! Which words of two versions of a text differ. Compared on the server: only the marked segments travel.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// Beyond this the comparison gets coarser instead of longer.
const LIMIT: Duration = Duration::from_millis(100);

/// A run of words, and whether the other version has it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub text: String,
    pub differs: bool,
}

/// Both versions in segments, word by word.
pub(super) fn compare(old: &str, new: &str) -> (Vec<Segment>, Vec<Segment>) {
    let diff = TextDiff::configure().timeout(LIMIT).diff_words(old, new);
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
    fn long_texts_take_no_longer_than_a_moment() {
        let text = |step: usize| (0..60_000).map(|word| format!("w{} ", word * step % 977)).collect::<String>();
        let start = std::time::Instant::now();
        let (left, _) = compare(&text(3), &text(7));
        assert!(!left.is_empty() && start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
