//! Word lists and patterns kept as data files, folded as in every search.

use std::collections::{HashMap, HashSet};

use crate::mail::words::each_word;

/// Words of one section after another: `[title]`, then words parted by white space; comments after `#`.
pub(super) fn sections(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut title = "";
    file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).filter_map(move |line| {
        if let Some(inner) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            title = inner;
            return None;
        }
        Some((title, line))
    })
}

/// The words of one section as they are written.
pub(super) fn section(file: &'static str, name: &str) -> HashSet<&'static str> {
    sections(file).filter(|(title, _)| *title == name).flat_map(|(_, line)| line.split_whitespace()).collect()
}

/// A word folded as in every search; words that are several come out joined.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    each_word(word, |part| folded.push_str(part));
    folded
}

/// The folded words of a text, in order.
pub(super) fn folded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word.to_owned()));
    words
}

/// Folded words by what they mean: whole ones, and beginnings that end in `*`.
#[derive(Debug)]
pub(super) struct Meanings {
    whole: HashMap<String, &'static str>,
    beginnings: Vec<(String, &'static str)>,
}

impl Meanings {
    /// Of the sections whose title begins with a word: `[unit day]` means `day`.
    pub fn of(file: &'static str, kind: &str) -> Self {
        let mut meanings = Self { whole: HashMap::new(), beginnings: Vec::new() };
        for (title, line) in sections(file) {
            let Some(meaning) = title.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' ')) else { continue };
            // Which of the words mean other things as well.
            if meaning == "doubtful" {
                continue;
            }
            for word in line.split_whitespace() {
                match word.strip_suffix('*') {
                    Some(beginning) => meanings.beginnings.push((fold(beginning), meaning)),
                    None => {
                        meanings.whole.insert(fold(word), meaning);
                    }
                }
            }
        }
        meanings
    }

    /// Of one section: what is in it means its title.
    pub fn only(file: &'static str, name: &'static str) -> Self {
        let mut meanings = Self { whole: HashMap::new(), beginnings: Vec::new() };
        for word in section(file, name) {
            match word.strip_suffix('*') {
                Some(beginning) => meanings.beginnings.push((fold(beginning), name)),
                None => {
                    meanings.whole.insert(fold(word), name);
                }
            }
        }
        meanings
    }

    pub fn get(&self, folded: &str) -> Option<&'static str> {
        self.whole.get(folded).copied().or_else(|| {
            let fits = self.beginnings.iter().filter(|(beginning, _)| folded.starts_with(beginning.as_str()));
            fits.max_by_key(|(beginning, _)| beginning.len()).map(|(_, meaning)| *meaning)
        })
    }
}

/// A row of words with gaps: `we|i .. refund*`. `..` are up to three words, `..8` up to eight; `^` binds to the beginning.
#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    is_bound: bool,
}

#[derive(Debug)]
enum Part {
    /// One of these: a word, or the beginning of one.
    Word(Vec<(String, bool)>),
    Gap(usize),
}

impl Pattern {
    pub fn of(line: &str) -> Self {
        let (line, is_bound) = line.trim().strip_prefix('^').map_or((line, false), |rest| (rest, true));
        let part = |part: &str| match part.strip_prefix("..") {
            Some(number) => Part::Gap(number.parse().unwrap_or(3)),
            None => Part::Word(
                part.split('|').map(|word| (fold(word.trim_end_matches('*')), word.ends_with('*'))).collect(),
            ),
        };
        Self { parts: line.split_whitespace().map(part).collect(), is_bound }
    }

    /// The patterns of the sections whose title begins with a word, with the rest of the title.
    pub fn all(file: &'static str, kind: &str) -> Vec<(&'static str, Self)> {
        sections(file).filter_map(|(title, line)| Some((title.strip_prefix(kind)?.trim(), Self::of(line)))).collect()
    }

    /// Whether a folded word is one of its words.
    pub fn has(&self, folded: &str) -> bool {
        let fits = |(choice, is_beginning): &(String, bool)| {
            if *is_beginning { folded.starts_with(choice.as_str()) } else { folded == choice }
        };
        self.parts.iter().any(|part| matches!(part, Part::Word(choices) if choices.iter().any(fits)))
    }

    /// The first place where it fits: its first word and the one after its last.
    pub fn find(&self, words: &[String]) -> Option<(usize, usize)> {
        let starts = if self.is_bound { words.len().min(1) } else { words.len() };
        (0..starts).find_map(|start| Some((start, fit(&self.parts, words, start)?)))
    }

    /// All places where it fits, one for each first word.
    pub fn find_all<'p>(&'p self, words: &'p [String]) -> impl Iterator<Item = (usize, usize)> + 'p {
        let starts = if self.is_bound { words.len().min(1) } else { words.len() };
        (0..starts).filter_map(|start| Some((start, fit(&self.parts, words, start)?)))
    }
}

fn fit(parts: &[Part], words: &[String], at: usize) -> Option<usize> {
    match parts.split_first() {
        None => Some(at),
        Some((Part::Gap(most), rest)) => {
            (0..=*most).take_while(|gap| at + gap <= words.len()).find_map(|gap| fit(rest, words, at + gap))
        }
        Some((Part::Word(choices), rest)) => {
            let word = words.get(at)?;
            let fits =
                choices.iter().any(
                    |(choice, is_beginning)| {
                        if *is_beginning { word.starts_with(choice.as_str()) } else { word == choice }
                    },
                );
            if fits { fit(rest, words, at + 1) } else { None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_over_gaps() {
        let find = |pattern: &str, text: &str| Pattern::of(pattern).find(&folded_words(text));
        assert_eq!(find("we|i .. refund*", "Of course we will gladly refund you"), Some((2, 6)));
        assert_eq!(find("we .. refund*", "We said long ago that they refund"), None);
        assert_eq!(find("^hello", "Oh hello"), None);
        assert_eq!(find("мы .. вернем", "Мы вам вернём"), Some((0, 3)));
        assert_eq!(find("we ..1 x", ""), None);
    }
}
