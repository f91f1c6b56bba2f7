//! What is known from a text: its facts, its words, where it leads, what it says about what.

use std::collections::{BTreeSet, HashSet};

use super::{
    facts::{Fact, Known, facts, is_negative},
    links,
    lists::folded_words,
    names::other_letters,
    promises::promises,
    secrets::Secrets,
    sentences::sentences,
    visible::visible,
};
use crate::{
    knowledge::{Vocabulary, telling_stems},
    labels::{Fingerprint, fingerprint_of, language_of},
};

/// What a text, or several, can back.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    known: Known,
    words: HashSet<String>,
    /// Where it leads, as a link or an address that everybody sees.
    leads: HashSet<String>,
}

impl Evidence {
    pub fn of(text: &str) -> Self {
        let mut evidence = Self::default();
        evidence.add(text);
        evidence
    }

    pub fn add(&mut self, text: &str) {
        let (text, _) = visible(text);
        let found = links::find(&text);
        let skip: Vec<(usize, usize)> = found.iter().map(|found| (found.start, found.end)).collect();
        self.leads.extend(found.into_iter().filter(|found| found.is_plain).map(|found| found.key));
        self.known.add(&facts(&text, &skip));
        self.add_words(&text);
    }

    pub fn add_words(&mut self, text: &str) {
        for word in folded_words(text) {
            self.words.extend(other_letters(&word));
            self.words.insert(word);
        }
    }

    pub fn add_address(&mut self, address: &str) {
        self.leads.insert(links::mailbox(address));
        self.add_words(address);
    }

    pub fn add_day(&mut self, day: u8, month: u8, year: Option<u16>) {
        self.known.add_day(day, month, year);
    }

    pub fn has(&self, fact: &Fact) -> bool {
        self.known.has(fact)
    }

    pub fn leads_to(&self, key: &str) -> bool {
        self.leads.contains(key)
    }

    /// Whether a name is there: in another case, in the other alphabet, with an `s` behind it.
    pub fn has_name(&self, folded: &str) -> bool {
        let has = |word: &str| self.words.contains(word);
        let is_cyrillic = |word: &str| word.chars().any(|c| ('\u{400}'..='\u{52f}').contains(&c));
        has(folded)
            || folded.strip_suffix('s').is_some_and(|bare| bare.chars().count() >= 3 && has(bare))
            || has(&format!("{folded}s"))
            || other_letters(folded).is_some_and(|other| has(&other))
            || is_cyrillic(folded) && self.words.iter().any(|word| is_cyrillic(word) && same_but_ending(word, folded))
    }
}

/// Cyrillic names in two cases: they differ in their endings alone.
fn same_but_ending(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let alike = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let ending =
        |word: &[char]| word.len() - alike <= 3 && word[alike..].iter().all(|c| "аеиоуыэюяйьмгхв".contains(*c));
    alike >= 3 && ending(&one) && ending(&other)
}

/// A sentence of a past reply.
#[derive(Debug)]
struct Stated {
    stems: HashSet<u64>,
    is_negative: bool,
    promises: BTreeSet<&'static str>,
}

/// What a past case can back.
#[derive(Debug)]
pub(super) struct CaseEvidence {
    /// What we said.
    pub reply: Evidence,
    /// What its client said.
    pub question: Evidence,
    pub language: Option<&'static str>,
    pub stems: HashSet<u64>,
    reply_stems: HashSet<u64>,
    /// The sentences of its reply in folded words.
    literal: HashSet<String>,
    fingerprint: Fingerprint,
    stated: Vec<Stated>,
    /// What its reply asks for that is secret, and what it names.
    pub secrets: Secrets,
    /// The words of its reply, and those of its question.
    pub said: Vocabulary,
    pub asked: Vocabulary,
    pub score: f64,
}

impl CaseEvidence {
    /// Words of a reply that is too short to tell its language are read in `likely`.
    pub fn of(question: &str, reply: &str, score: f64, likely: Option<&str>) -> Self {
        let told = language_of(reply);
        let language = told.or(likely);
        let stated = sentences(reply).into_iter().map(|(_, sentence)| Stated {
            stems: telling_stems(sentence, language).into_iter().collect(),
            is_negative: is_negative(sentence),
            promises: promises(sentence),
        });
        let mut secrets = Secrets::default();
        for (_, sentence) in sentences(reply) {
            let found = Secrets::of(sentence);
            secrets.named.extend(found.named);
            secrets.asked.extend(found.asked);
        }
        let (mut said, mut asked) = (Vocabulary::default(), Vocabulary::default());
        said.add(reply, language);
        asked.add(question, language);
        let reply_stems: HashSet<u64> = telling_stems(reply, language).into_iter().collect();
        let stems = reply_stems.iter().copied().chain(telling_stems(question, language)).collect();
        Self {
            reply: Evidence::of(reply),
            question: Evidence::of(question),
            language: told,
            stems,
            reply_stems,
            literal: sentences(reply).into_iter().map(|(_, sentence)| folded_words(sentence).join(" ")).collect(),
            fingerprint: fingerprint_of(reply),
            stated: stated.collect(),
            secrets,
            said,
            asked,
            score,
        }
    }

    /// Whether its reply has this very sentence.
    pub fn says(&self, sentence: &str) -> bool {
        self.literal.contains(&folded_words(sentence).join(" "))
    }

    /// Whether its reply promises what a sentence promises. Of mere acts it must be the same one.
    pub fn promises(&self, kind: &str, stems: &HashSet<u64>) -> bool {
        let is_same = |stated: &Stated| kind != super::promises::ACT || share(stems, &stated.stems) >= SAME_ACT;
        self.stated.iter().any(|stated| stated.promises.contains(kind) && is_same(stated))
    }

    /// How near its reply comes to a sentence in its words, and whether it says yes or no there: the nearest of each.
    pub fn nearest(&self, stems: &HashSet<u64>) -> (f64, f64) {
        let best = |is_negative: bool| {
            let same = self.stated.iter().filter(|stated| stated.is_negative == is_negative);
            same.map(|stated| alike(stems, &stated.stems)).fold(0.0, f64::max)
        };
        (best(false), best(true))
    }

    /// How much two replies say the same, from 0 to 1; nothing where they are in different languages.
    pub fn agreement(&self, other: &Self) -> Option<f64> {
        if self.fingerprint.near(&other.fingerprint) {
            return Some(1.0);
        }
        if self.language.zip(other.language).is_some_and(|(one, other)| one != other) {
            return None;
        }
        let both = self.reply_stems.intersection(&other.reply_stems).count();
        let all = self.reply_stems.len() + other.reply_stems.len();
        (all > 0).then(|| (2.0 * both as f64 / all as f64 / SAME_REPLY).min(1.0))
    }
}

/// Two replies to the same question, written each for itself, have so much of their words in common (Dice).
const SAME_REPLY: f64 = 0.5;
/// The share of a promise's words that a past promise must have to be the same.
const SAME_ACT: f64 = 0.4;

/// The share of the first that is in the second.
pub(super) fn share(one: &HashSet<u64>, other: &HashSet<u64>) -> f64 {
    if one.is_empty() { 0.0 } else { one.intersection(other).count() as f64 / one.len() as f64 }
}

/// How much two sentences are about the same.
fn alike(one: &HashSet<u64>, other: &HashSet<u64>) -> f64 {
    let both = one.intersection(other).count();
    let less = one.len().min(other.len());
    // Of a few words one or two in common mean nothing.
    if both < 3 { 0.0 } else { both as f64 / less as f64 }
}
