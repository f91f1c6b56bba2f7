//! A sentence in clauses: each states something by itself, and so needs evidence of its own.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::lists::{Meanings, fold, sections};
use crate::{
    knowledge::{Telling, telling},
    labels::words,
};

const LISTS: &str = include_str!("data/clauses.txt");

static JOINING: LazyLock<HashMap<&str, HashSet<String>>> = LazyLock::new(|| {
    let mut joining: HashMap<&str, HashSet<String>> = HashMap::new();
    for (language, line) in sections(LISTS).filter(|(title, _)| *title != "light") {
        joining.entry(language).or_default().extend(line.split_whitespace().map(fold));
    }
    joining
});
static LIGHT: LazyLock<Meanings> = LazyLock::new(|| Meanings::only(LISTS, "light"));

/// A clause with fewer telling words is looked at together with the next one.
const FEW: usize = 3;

/// A part of a sentence and its telling words.
#[derive(Debug)]
pub(super) struct Clause {
    pub start: usize,
    pub end: usize,
    pub words: Vec<Telling>,
}

/// The clauses of a sentence. Words in `seen` are left out: something else has looked at them. So are words that carry nothing, but where
/// there are no others.
pub(super) fn clauses(sentence: &str, language: Option<&str>, seen: &[(usize, usize)]) -> Vec<Clause> {
    let is_seen = |word: &Telling| seen.iter().any(|&(start, end)| start < word.end && word.start < end);
    let all: Vec<Telling> = telling(sentence, language).into_iter().filter(|word| !is_seen(word)).collect();
    let is_light = |word: &Telling| LIGHT.get(&fold(&sentence[word.start..word.end])).is_some();
    let heavy: Vec<Telling> = all.iter().filter(|word| !is_light(word)).cloned().collect();
    let mut left = if heavy.is_empty() { all } else { heavy }.into_iter().peekable();
    let mut clauses = Vec::new();
    let mut start = 0;
    for end in ends(sentence, language, seen) {
        let mut words = Vec::new();
        while let Some(word) = left.next_if(|word| word.start < end) {
            words.push(word);
        }
        if !words.is_empty() {
            clauses.push(Clause { start, end, words });
        }
        start = end;
    }
    clauses
}

/// The same with small clauses joined to those behind them. A small one at the end stands alone: it may not hide in a long one.
pub(super) fn joined(clauses: Vec<Clause>) -> Vec<Clause> {
    let mut joined: Vec<Clause> = Vec::new();
    for clause in clauses {
        match joined.last_mut() {
            Some(last) if last.words.len() < FEW => {
                last.end = clause.end;
                last.words.extend(clause.words);
            }
            _ => joined.push(clause),
        }
    }
    joined
}

/// Where clauses end: behind marks, and before words that join. The last one ends with the sentence.
fn ends(sentence: &str, language: Option<&str>, seen: &[(usize, usize)]) -> Vec<usize> {
    let is_seen = |at: usize| seen.iter().any(|&(start, end)| start < at && at < end);
    let mut ends: Vec<usize> = sentence
        .char_indices()
        .filter(|&(at, c)| {
            let after = &sentence[at + c.len_utf8()..];
            let parts = matches!(c, ';' | '(' | ')' | '，' | '；' | '：' | '、');
            let parts_before_space = matches!(c, ',' | ':') && after.starts_with(char::is_whitespace);
            let dash = matches!(c, '-' | '–' | '—')
                && after.starts_with(char::is_whitespace)
                && sentence[..at].ends_with(char::is_whitespace);
            (parts || parts_before_space || dash) && !is_seen(at)
        })
        .map(|(at, c)| at + c.len_utf8())
        .collect();
    if let Some(joining) = language.and_then(|language| JOINING.get(language)) {
        let before = words(sentence).filter(|word| joining.contains(&fold(word.text)) && !is_seen(word.start));
        ends.extend(before.map(|word| word.start).filter(|start| *start > 0));
    }
    ends.sort_unstable();
    ends.dedup();
    ends.push(sentence.len());
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sentence: &str, language: &str) -> Vec<String> {
        let shown = |clause: &Clause| sentence[clause.start..clause.end].trim().to_owned();
        clauses(sentence, Some(language), &[]).iter().map(shown).collect()
    }

    #[test]
    fn sentences_fall_into_clauses() {
        assert_eq!(
            texts("The pump is covered for 24 months, and our engineers visit customers at home.", "en"),
            ["The pump is covered for 24 months,", "and our engineers visit customers at home."]
        );
        assert_eq!(
            texts("Насос ремонтируется по гарантии и инженер приезжает домой.", "ru"),
            ["Насос ремонтируется по гарантии", "и инженер приезжает домой."]
        );
        assert_eq!(texts("Shipping costs 1,250.50 euros.", "en"), ["Shipping costs 1,250.50 euros."]);
        assert_eq!(texts("Please do.", "en").len(), 0);
    }

    #[test]
    fn small_clauses_go_with_others() {
        let all = clauses("We repair pumps, valves, seals and boilers of espresso machines.", Some("en"), &[]);
        assert_eq!(all.len(), 4);
        assert_eq!(joined(all).iter().map(|clause| clause.words.len()).collect::<Vec<_>>(), [3, 4]);
    }
}
