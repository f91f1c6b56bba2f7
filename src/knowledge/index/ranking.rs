//! The search: what words and vectors say of each case, joined and put in order.
//!
//! The ranking is BM25F: what the client wrote and what we replied are two fields whose counts are added before they saturate. A term
//! weighs the square of its rarity, so that greetings and other common words hardly count. `docs/KNOWLEDGE.md` has the measurements.
//!
//! How near a case's vector is to that of a question is a whole number, for each case by itself; joined with what words say, each is held
//! against the best of its kind, so that a weight means the same for few cases and for many.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
};

use super::{
    Index,
    packed::packed_language,
    shelf::{Held, Shelf, Totals},
};
use crate::{
    knowledge::{
        terms::{Reader, Term},
        vector::{Sought, Vector},
    },
    types::{AccountId, PairId},
};

/// Words that weigh less than this share of the most telling one are not shown as the reason for a hit, nor more than so many.
const LEAST_TELLING: f64 = 0.25;

pub(in crate::knowledge) const MOST_SHOWN: usize = 8;

/// Where no word speaks for a case, it is found if its vector is at least so near, compared with the nearest one.
const LEAST_NEAR: f64 = 0.5;

/// How near two equal vectors are.
const SAME: f64 = 1e6;

/// How matches are weighed. The default is what measures best.
#[derive(Debug, Clone, Copy)]
pub struct Scoring {
    /// What a word in the client's message weighs.
    pub question: f64,
    /// What a word in our reply weighs.
    pub reply: f64,
    /// What pieces of words weigh beside whole stems.
    pub pieces: f64,
    /// To which power the rarity of a term is taken.
    pub rarity: f64,
    /// How soon more of the same word adds nothing.
    pub saturation: f64,
    /// How far long texts are held back: 0 not at all, 1 wholly.
    pub length: f64,
    /// So many of the rarest stems and pieces of a question are looked for.
    pub most_stems: usize,
    pub most_pieces: usize,
}

impl Default for Scoring {
    fn default() -> Self {
        Self {
            question: 1.0,
            reply: 1.0,
            pieces: 0.1,
            rarity: 2.0,
            saturation: 1.2,
            length: 0.9,
            most_stems: 48,
            most_pieces: 64,
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub text: &'a str,
    /// ISO 639-1, where it is known.
    pub language: Option<&'a str>,
    /// Whose cases are searched; `None`: those of all accounts.
    pub account: Option<AccountId>,
    /// Only cases whose client wrote in this language.
    pub only_language: Option<&'a str>,
    /// Only cases that were answered at this time or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// What the model of the cases' vectors makes of the text.
    pub vector: Option<&'a Vector>,
    /// What vectors weigh beside words, from 0 to 1.
    pub weight: f64,
    /// Cases that are not to be found: those of the conversation that asks.
    pub without: &'a HashSet<PairId>,
    pub limit: usize,
}

/// A past case that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub id: PairId,
    /// From 0 to 1: how much of what could match does, with what vectors say where they count.
    pub score: f64,
    /// The same by words alone.
    pub by_words: f64,
    /// How much nearer the vector is than those of all cases are on average, from 0 to 1. `None`: vectors do not count.
    pub by_vector: Option<f64>,
    /// How many near duplicates there are of it among the searched cases, itself included.
    pub alike: usize,
    /// The words of the question that are in the case, the most telling first; those that hardly tell are left out.
    pub words: Vec<String>,
}

impl Index {
    /// The nearest past cases, the nearest first, one of each group of near duplicates.
    #[must_use]
    pub fn search(&self, question: &Question<'_>, scoring: &Scoring) -> Vec<Hit> {
        let Some(looked) = self.look(question, scoring) else { return Vec::new() };
        let Looked { found, stems, words, shelves, could_be, near } = looked;
        let found = joined(found, could_be, near, question.weight);
        let telling: Vec<String> = stems.iter().filter_map(|asked| words.get(&asked.term)).cloned().collect();
        let alike = |found: &Found<'_>| {
            let others = shelves.iter().flat_map(|shelf| &shelf.cases);
            others.filter(|held| held.stands && found.held.group != 0 && held.group == found.held.group).count().max(1)
        };
        let counts = question.weight > 0.0;
        first_of_each_group(found, question.limit)
            .into_iter()
            .map(|found| Hit {
                id: found.held.id,
                score: found.score,
                by_words: (found.sum / could_be).clamp(0.0, 1.0),
                by_vector: near.filter(|_| counts).zip(found.near).map(|(near, own)| near.share(own)),
                alike: alike(&found),
                words: found.words(&stems, &telling),
            })
            .collect()
    }

    /// How many cases stand before the first of those that are right, for each of some weights of vectors. `None`: none is right.
    #[must_use]
    pub fn places_of(
        &self,
        question: &Question<'_>,
        scoring: &Scoring,
        weights: &[f64],
        is_right: impl Fn(PairId) -> bool,
    ) -> Vec<Option<usize>> {
        let Some(looked) = self.look(question, scoring) else { return vec![None; weights.len()] };
        let place = |weight: &f64| {
            let found = joined(looked.found.clone(), looked.could_be, looked.near, *weight);
            let right = found.iter().filter(|found| is_right(found.held.id)).min_by(|a, b| a.order(b))?;
            Some(found.iter().filter(|found| found.order(right) == Ordering::Less).count())
        };
        weights.iter().map(place).collect()
    }

    /// What words and vectors say of every case that is meant. `None`: nothing is asked.
    fn look(&self, question: &Question<'_>, scoring: &Scoring) -> Option<Looked<'_>> {
        let shelves: Vec<&Shelf> = match question.account {
            Some(account) => self.shelves.get(&account).into_iter().collect(),
            None => self.shelves.values().collect(),
        };
        let mut totals = Totals::default();
        shelves.iter().for_each(|shelf| totals.add(&shelf.totals));
        let (terms, words) = Reader::default().terms_and_words(question.text, question.language);
        let stems = rarest(&shelves, terms.stems, scoring.most_stems.min(64), totals.cases, scoring);
        let pieces = rarest(&shelves, terms.pieces, scoring.most_pieces, totals.cases, scoring);
        let could_be: f64 = stems.weight + scoring.pieces * pieces.weight;
        if could_be <= 0.0 {
            return None;
        }
        let language = question.only_language.map(packed_language);
        let sought = question.vector.map(Sought::new);
        let mut found: Vec<Found> = Vec::new();
        for (number, shelf) in shelves.iter().enumerate() {
            let mut sums = vec![0.0; shelf.cases.len()];
            let mut marks = vec![0_u64; shelf.cases.len()];
            shelf.weigh(&stems.found, 0, 1.0, &totals, scoring, &mut sums, Some(&mut marks));
            shelf.weigh(&pieces.found, 1, scoring.pieces, &totals, scoring, &mut sums, None);
            let mut near: Vec<Option<i64>> = Vec::new();
            if let Some(sought) = &sought {
                near.resize(shelf.cases.len(), None);
                shelf.vectors.each(sought, |place, nearness| near[place] = Some(nearness));
            }
            for (place, held) in shelf.cases.iter().enumerate() {
                let near = near.get(place).copied().flatten();
                let is_meant = held.stands
                    && (sums[place] > 0.0 || near.is_some())
                    && language.is_none_or(|code| held.language == code)
                    && question.since.is_none_or(|since| held.replied_at >= since);
                if is_meant && (question.without.is_empty() || !question.without.contains(&held.id)) {
                    let (sum, mark) = (sums[place], marks[place]);
                    found.push(Found { sum, near, score: 0.0, mark, shelf: number, held });
                }
            }
        }
        let near = Near::of(found.iter().filter_map(|found| found.near));
        Some(Looked { found, near, could_be, stems: stems.found, words, shelves })
    }
}

impl Shelf {
    /// Adds to the sums of the cases what the terms weigh in them, and marks by which they were found.
    #[expect(clippy::too_many_arguments, reason = "the inner loop of a search, called twice")]
    fn weigh(
        &self,
        asked: &[Asked],
        kind: usize,
        share: f64,
        totals: &Totals,
        scoring: &Scoring,
        sums: &mut [f64],
        mut marks: Option<&mut [u64]>,
    ) {
        let weights = [scoring.question, scoring.reply];
        let means = [totals.mean(kind, 0), totals.mean(kind, 1)];
        for asked in asked {
            let Some(list) = self.list(asked.term) else { continue };
            list.each(|place, times| {
                let place = place as usize;
                let held = &self.cases[place];
                let mut weighed = 0.0;
                for side in 0..2 {
                    if times[side] > 0 {
                        let length = f64::from(held.lengths[kind][side]) / means[side];
                        let held_back = 1.0 - scoring.length + scoring.length * length;
                        weighed += weights[side] * f64::from(times[side]) / held_back;
                    }
                }
                sums[place] += share * asked.weight * weighed / (weighed + scoring.saturation);
                if weighed > 0.0
                    && let Some(marks) = &mut marks
                {
                    marks[place] |= 1 << asked.bit;
                }
            });
        }
    }
}

/// What words and vectors say of the cases.
struct Looked<'a> {
    found: Vec<Found<'a>>,
    near: Option<Near>,
    /// What all words of the question could weigh.
    could_be: f64,
    stems: Vec<Asked>,
    words: BTreeMap<Term, String>,
    shelves: Vec<&'a Shelf>,
}

/// How near vectors are, on average and at most.
#[derive(Debug, Clone, Copy)]
struct Near {
    mean: f64,
    most: i64,
}

impl Near {
    /// Sums of whole numbers: they do not depend on the order.
    fn of(all: impl Iterator<Item = i64>) -> Option<Self> {
        let (mut number, mut sum, mut most) = (0_i64, 0_i64, i64::MIN);
        for near in all {
            (number, sum, most) = (number + 1, sum + near, most.max(near));
        }
        (number > 0).then(|| Self { mean: sum as f64 / number as f64, most })
    }

    /// How much nearer than the mean, of what is possible.
    fn share(self, near: i64) -> f64 {
        if self.mean >= SAME { 0.0 } else { ((near as f64 - self.mean) / (SAME - self.mean)).clamp(0.0, 1.0) }
    }

    /// How much nearer than the mean, of what the nearest has.
    fn of_most(self, near: i64) -> f64 {
        let most = self.most as f64;
        if most <= self.mean { 0.0 } else { ((near as f64 - self.mean) / (most - self.mean)).clamp(0.0, 1.0) }
    }
}

/// Scores what was found, and drops what neither words nor vectors speak for.
fn joined<'a>(mut found: Vec<Found<'a>>, could_be: f64, near: Option<Near>, weight: f64) -> Vec<Found<'a>> {
    let Some(near) = near.filter(|_| weight > 0.0) else {
        found.retain(|found| found.sum > 0.0);
        found.iter_mut().for_each(|found| found.score = (found.sum / could_be).clamp(0.0, 1.0));
        return found;
    };
    let most = found.iter().fold(0.0_f64, |most, found| most.max(found.sum));
    // The best of all would have this: scores can be compared within a search, and what is far from everything does not look close.
    let best = (1.0 - weight) * (most / could_be).clamp(0.0, 1.0) + weight * near.share(near.most);
    found.retain_mut(|found| {
        let by_words = if most > 0.0 { found.sum / most } else { 0.0 };
        let by_vector = found.near.map_or(0.0, |own| near.of_most(own));
        found.score = ((1.0 - weight) * by_words + weight * by_vector) * best;
        found.sum > 0.0 || by_vector >= LEAST_NEAR
    });
    found
}

/// A term that is looked for.
struct Asked {
    term: Term,
    weight: f64,
    /// By which bit the cases that have it are marked.
    bit: u32,
}

/// The terms of a question that are looked for, in their order, and what all of them can weigh.
struct Chosen {
    found: Vec<Asked>,
    weight: f64,
}

/// The rarest of some terms. One that occurs nowhere is not looked for, and counts among what could match.
fn rarest(shelves: &[&Shelf], mut terms: Vec<Term>, most: usize, cases: u64, scoring: &Scoring) -> Chosen {
    terms.sort_unstable();
    terms.dedup();
    let texts_with = |term| shelves.iter().map(|shelf| u64::from(shelf.texts_with(term))).sum();
    let mut counted: Vec<(u64, Term)> = terms.into_iter().map(|term| (texts_with(term), term)).collect();
    counted.sort_unstable();
    let weight_of = |texts: u64| rarity(texts, cases).powf(scoring.rarity) * (scoring.saturation + 1.0);
    let unknown: Vec<(u64, Term)> = counted.iter().copied().filter(|(texts, _)| *texts == 0).take(most).collect();
    let mut found: Vec<Asked> = counted
        .into_iter()
        .filter(|(texts, _)| *texts > 0)
        .take(most)
        .zip(0_u32..)
        .map(|((texts, term), bit)| Asked { term, weight: weight_of(texts), bit })
        .collect();
    // Sums are made in the order of the terms, whatever their counts are.
    found.sort_unstable_by_key(|asked| asked.term);
    let known: f64 = found.iter().map(|asked| asked.weight).sum();
    let weight = known + unknown.iter().map(|(texts, _)| weight_of(*texts)).sum::<f64>();
    Chosen { found, weight }
}

/// How rare a term is that occurs in so many of the texts, of which each case has two.
fn rarity(texts: u64, cases: u64) -> f64 {
    let (with, all) = (texts as f64, (cases * 2) as f64);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// A case that matches.
#[derive(Clone)]
struct Found<'a> {
    /// What the words weigh that match.
    sum: f64,
    /// How near its vector is, in millionths.
    near: Option<i64>,
    score: f64,
    mark: u64,
    shelf: usize,
    held: &'a Held,
}

impl Found<'_> {
    /// The better one first; of equal ones the later reply, then the greater id.
    fn order(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| other.held.replied_at.cmp(&self.held.replied_at))
            .then_with(|| other.held.id.cmp(&self.held.id))
            .then_with(|| self.shelf.cmp(&other.shelf))
    }

    fn words(&self, asked: &[Asked], words: &[String]) -> Vec<String> {
        let mut matched: Vec<(f64, &String)> = asked
            .iter()
            .zip(words)
            .filter(|(asked, _)| self.mark >> asked.bit & 1 == 1)
            .map(|(asked, word)| (asked.weight, word))
            .collect();
        matched.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
        let least = matched.first().map_or(0.0, |(most, _)| most * LEAST_TELLING);
        matched
            .into_iter()
            .take_while(|(weight, _)| *weight >= least)
            .take(MOST_SHOWN)
            .map(|(_, word)| word.clone())
            .collect()
    }
}

/// The best, one of each group.
fn first_of_each_group(mut found: Vec<Found<'_>>, limit: usize) -> Vec<Found<'_>> {
    // Few are wanted of many: the rest need no order. Should near duplicates fill the first ones, all are sorted.
    let enough = limit.saturating_mul(8).max(64);
    if found.len() > enough {
        found.select_nth_unstable_by(enough, Found::order);
        found[..enough].sort_unstable_by(Found::order);
        if groups(&found[..enough]) < limit {
            found.sort_unstable_by(Found::order);
        } else {
            found.truncate(enough);
        }
    } else {
        found.sort_unstable_by(Found::order);
    }
    let mut seen = HashSet::new();
    found.retain(|found| found.held.group == 0 || seen.insert(found.held.group));
    found.truncate(limit);
    found
}

fn groups(found: &[Found<'_>]) -> usize {
    let alone = found.iter().filter(|found| found.held.group == 0).count();
    let groups: HashSet<u64> = found.iter().map(|found| found.held.group).filter(|group| *group != 0).collect();
    alone + groups.len()
}
