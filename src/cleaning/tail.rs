//! How the mails of a sender end, to be compared over a whole mailbox: what many of them have in common is a signature.
//!
//! Nothing of a mail is kept but hashes, and these of lines alone in which nobody says anything.

use std::collections::{BTreeMap, BTreeSet};

use super::doc::Doc;
use super::fold::fold;
use super::{Input, Mode, Used, attempt, shapes, signature};

/// Written lines at the end of a mail that are looked at.
const LINES: usize = 14;

/// Mails of different wordings that a line must end before it is a habit.
const WORDINGS: usize = 3;

/// The share of all mails that it must end: one of so many. Less would let an answer that is often given pass for a signature;
/// more would take long to see that a sender has another signature now.
const SHARE: usize = 4;

/// How one mail ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// Names what the mail says. Answers made of one template share it: the figures in it do not count.
    pub wording: i64,
    /// Names each of its last lines that can be of a signature; none for a mail that ends without one.
    pub lines: Vec<i64>,
}

/// How a mail ends, what it quotes left aside. `None` where nothing is written in it.
#[must_use]
pub fn tail_of(input: &Input<'_>) -> Option<Tail> {
    let doc = attempt(input, Mode::QuotesOnly, true, &Used::default());
    let written: Vec<usize> = (0..doc.len()).filter(|&at| !doc.lines[at].blank()).collect();
    let last = written.len().checked_sub(1)?;
    let from = (last + 1).saturating_sub(LINES);
    let lines: BTreeSet<i64> = written[from..]
        .iter()
        .filter(|&&at| signature::says_nothing(&doc, at))
        .map(|&at| name_of(doc.body(at)))
        .collect();
    Some(Tail { wording: wording(&doc, &written), lines: lines.into_iter().collect() })
}

/// The lines that are a sender's habit, by mails of different threads: see [`Input::habits`].
#[must_use]
pub fn habits<'t>(tails: impl IntoIterator<Item = &'t Tail>) -> Vec<i64> {
    let mut mails = 0;
    let mut found: BTreeMap<i64, (usize, BTreeSet<i64>)> = BTreeMap::new();
    for tail in tails {
        mails += 1;
        for line in &tail.lines {
            let (times, wordings) = found.entry(*line).or_default();
            *times += 1;
            wordings.insert(tail.wording);
        }
    }
    let is_habit = |times: usize, wordings: &BTreeSet<i64>| wordings.len() >= WORDINGS && times * SHARE >= mails;
    found.into_iter().filter(|(_, (times, wordings))| is_habit(*times, wordings)).map(|(line, _)| line).collect()
}

/// The name of a line, however it is spaced and quoted.
pub(super) fn name_of(line: &str) -> i64 {
    hash(BEGINNING, fold(line).chars()).cast_signed()
}

/// The name of all sentences of a mail together.
fn wording(doc: &Doc, written: &[usize]) -> i64 {
    let sentences = written.iter().map(|&at| doc.body(at)).filter(|text| shapes::prose(text));
    let all = sentences.fold(BEGINNING, |all, text| hash(all, fold(text).chars().filter(|c| !c.is_numeric())));
    all.cast_signed()
}

const BEGINNING: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, the same everywhere: what is stored is compared with what another version of the program reads.
fn hash(start: u64, chars: impl Iterator<Item = char>) -> u64 {
    chars.fold(start, |hash, c| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3))
}
