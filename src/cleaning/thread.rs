//! What is known beyond the message: earlier texts of the thread, earlier mails of the sender, what all their mails end with.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::doc::Doc;
use super::fold::fold;
use super::names::Names;
use super::tail::name_of;
use super::{Input, Used, quotes};

/// Earlier messages, read when a rule first asks.
#[derive(Default)]
pub(super) struct Knowledge<'a> {
    parents: &'a [&'a str],
    earlier: &'a [&'a str],
    read: OnceCell<Parents>,
    tails: OnceCell<HashSet<String>>,
    habits: &'a [i64],
    used: Option<&'a Used>,
}

/// What the earlier messages of the thread say.
#[derive(Default)]
struct Parents {
    triples: HashSet<u64>,
    /// Short lines, which have no triples.
    lines: HashSet<u64>,
}

/// Words read of the earlier messages together: enough for any real thread, bounded for any other.
const MAX_WORDS: usize = 30_000;

/// Bytes of a line that may be too short for a triple.
const SHORT: usize = 60;

/// Earlier mails of the sender that are read.
const MAILS: usize = 6;

/// Lines of an earlier mail that can be its signature.
const TAIL_LINES: usize = 14;

impl<'a> Knowledge<'a> {
    pub fn new(input: &Input<'a>, used: &'a Used) -> Self {
        Self {
            parents: input.parents,
            earlier: input.earlier,
            habits: input.habits,
            used: Some(used),
            ..Self::default()
        }
    }

    pub fn has_parents(&self) -> bool {
        !self.parents.is_empty()
    }

    fn parents(&self) -> &Parents {
        self.read.get_or_init(|| {
            let mut read = Parents::default();
            let mut words_left = MAX_WORDS;
            for parent in self.parents {
                read.triples.extend(triples(parent, &mut words_left));
                if words_left == 0 {
                    break;
                }
                read.lines.extend(parent.lines().filter(|l| l.len() <= SHORT).filter_map(line_hash));
            }
            read
        })
    }

    /// How many word triples of the text there are, and how many of them stand in an earlier message.
    pub fn shared(&self, text: &str) -> (usize, usize) {
        let parents = self.parents();
        let mut left = usize::MAX;
        let mut all = 0;
        let mut known = 0;
        for triple in triples(text, &mut left) {
            all += 1;
            known += usize::from(parents.triples.contains(&triple));
        }
        (all, known)
    }

    /// True when the short line stands in an earlier message.
    pub fn has_line(&self, line: &str) -> bool {
        line.len() <= SHORT && line_hash(line).is_some_and(|hash| self.parents().lines.contains(&hash))
    }

    /// True when two or more earlier mails of the sender end with this line among their last ones.
    pub fn habitual(&self, line: &str) -> bool {
        self.earlier.len() >= 2 && self.tails.get_or_init(|| repeated_tail(self.earlier)).contains(&fold(line))
    }

    /// True when it is known of the sender's mails in other threads what they end with.
    pub fn knows_habits(&self) -> bool {
        !self.habits.is_empty()
    }

    /// True when the sender's mails in other threads end with this line.
    pub fn sender_habit(&self, line: &str) -> bool {
        let name = name_of(line);
        let is_habit = self.habits.contains(&name);
        if let Some(used) = self.used.filter(|_| is_habit) {
            used.borrow_mut().insert(name);
        }
        is_habit
    }
}

/// Lines near the end of at least two of the mails, what these quote left aside.
fn repeated_tail(mails: &[&str]) -> HashSet<String> {
    let mut once: HashSet<String> = HashSet::new();
    let mut twice = HashSet::new();
    for mail in mails.iter().take(MAILS) {
        let mut own = Doc::from_text(mail);
        quotes::mark(&mut own, &Names::default(), &Knowledge::default());
        own.drop_marked();
        let written = (0..own.len()).rev().filter(|&line| !own.lines[line].blank());
        let tail: HashSet<String> = written.take(TAIL_LINES).map(|line| fold(own.body(line))).collect();
        for line in tail {
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

/// One number for the words of a line, if it has any.
fn line_hash(line: &str) -> Option<u64> {
    let words = line.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(hash).reduce(|all, word| all.rotate_left(9) ^ word)
}

/// FNV-1a over the lower-cased word; good enough to tell words apart, and the same everywhere.
fn hash(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for c in word.chars().flat_map(char::to_lowercase) {
        hash = (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
