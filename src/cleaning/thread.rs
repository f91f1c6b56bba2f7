//! What is known beyond the message: earlier texts of the thread, earlier mails of the sender.

use std::collections::HashSet;

use super::Input;
use super::fold::fold;

/// Word triples of the earlier messages, and the lines the sender's mails end with.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    triples: HashSet<u64>,
    /// Short lines of the earlier messages, which have no triples.
    short: HashSet<u64>,
    tails: HashSet<String>,
}

/// Words read of the earlier messages together: enough for any real thread, bounded for any other.
const MAX_WORDS: usize = 60_000;

/// Bytes of a line that may be too short for a triple.
const SHORT: usize = 60;

/// Lines of an earlier mail that can be its signature.
const TAIL_LINES: usize = 14;

impl Knowledge {
    pub fn new(input: &Input<'_>) -> Self {
        let mut known = Self::default();
        let mut words_left = MAX_WORDS;
        for parent in input.parents {
            for triple in triples(parent, &mut words_left) {
                known.triples.insert(triple);
            }
            known.short.extend(parent.lines().filter(|l| l.len() <= SHORT).map(line_hash));
            if words_left == 0 {
                break;
            }
        }
        known.tails = repeated_tail(input.earlier);
        known
    }

    pub fn has_parents(&self) -> bool {
        !self.triples.is_empty()
    }

    /// How many word triples of the text there are, and how many of them stand in an earlier message.
    pub fn shared(&self, text: &str) -> (usize, usize) {
        let mut left = usize::MAX;
        let mut all = 0;
        let mut known = 0;
        for triple in triples(text, &mut left) {
            all += 1;
            known += usize::from(self.triples.contains(&triple));
        }
        (all, known)
    }

    /// True when the short line stands in an earlier message.
    pub fn has_line(&self, line: &str) -> bool {
        line.len() <= SHORT && self.short.contains(&line_hash(line))
    }

    /// True when two or more earlier mails of the sender end with this line among their last ones.
    pub fn habitual(&self, line: &str) -> bool {
        !self.tails.is_empty() && self.tails.contains(&fold(line))
    }
}

/// Lines near the end of at least two of the mails.
fn repeated_tail(mails: &[&str]) -> HashSet<String> {
    let mut once: HashSet<String> = HashSet::new();
    let mut twice = HashSet::new();
    for mail in mails.iter().take(20) {
        let lines: HashSet<String> = mail.lines().rev().map(fold).filter(|l| !l.is_empty()).take(TAIL_LINES).collect();
        for line in lines {
            if !once.insert(line.clone()) {
                twice.insert(line);
            }
        }
    }
    twice
}

/// Hashes of three words in a row, letters and digits only, lower case.
fn triples<'t>(text: &'t str, left: &'t mut usize) -> impl Iterator<Item = u64> + 't {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(hash);
    let mut window = [0u64; 3];
    let mut seen = 0usize;
    words
        .map_while(move |word| {
            *left = left.checked_sub(1)?;
            window = [window[1], window[2], word];
            seen += 1;
            Some((seen >= 3).then(|| window[0].rotate_left(10) ^ window[1].rotate_left(5) ^ window[2]))
        })
        .flatten()
}

fn line_hash(line: &str) -> u64 {
    line.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(hash)
        .fold(7, |all, word| all.rotate_left(9) ^ word)
}

/// FNV-1a over the lower-cased word; good enough to tell words apart, and the same everywhere.
fn hash(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for c in word.chars().flat_map(char::to_lowercase) {
        hash = (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
