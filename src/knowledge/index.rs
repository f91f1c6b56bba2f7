//! The index of past cases: in memory, exact, and the same in every process that has the same cases.
//!
//! Each account has a shelf of its own; a search reads the shelves it is told to and nothing else, the counts of terms included. The
//! order of what is found depends on the cases alone, not on when and in which order they were put in: sums are made in the order of
//! the terms, and what stands equal is told apart by the time of the reply and the id.
//!
//! The ranking is BM25F: what the client wrote and what we replied are two fields whose counts are added before they saturate. A term
//! weighs the square of its rarity, so that greetings and other common words hardly count. `docs/KNOWLEDGE.md` has the measurements.
//!
//! Cases may have vectors. How near they are to that of a question is a whole number, for each case by itself; joined with what words say,
//! each is held against the best of its kind, so that a weight means the same for few cases and for many.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use super::{
    terms::{ByTerm, Reader, Term, Terms, term},
    vector::{Row, Sought, Vector},
};
use crate::types::{AccountId, PairId};

/// An index with fewer places than this is never built anew for its size.
const WORN_FROM: usize = 1_000;

/// Words that weigh less than this share of the most telling one are not shown as the reason for a hit, nor more than so many.
const LEAST_TELLING: f64 = 0.25;
pub(super) const MOST_SHOWN: usize = 8;

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

/// A past case as it is put into the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub id: PairId,
    pub account: AccountId,
    /// In milliseconds since 1970: of two that match alike, the later reply comes first.
    pub replied_at: i64,
    /// Near duplicates have the same.
    pub group: Option<String>,
    /// ISO 639-1.
    pub question_language: Option<String>,
    pub reply_language: Option<String>,
    /// What the client wrote, with its subject.
    pub question: String,
    pub reply: String,
    pub vector: Option<Vector>,
}

impl Case {
    /// A number for everything but the vector.
    fn print(&self) -> u64 {
        let group = self.group.as_deref().map_or(0, group_number);
        let languages = [&self.question_language, &self.reply_language].map(|code| code.as_deref().unwrap_or_default());
        let [question, reply] = [&self.question, &self.reply].map(|text| term(3, text.as_bytes()));
        let numbers = [question, reply, group, self.replied_at.cast_unsigned()].into_iter().flat_map(u64::to_le_bytes);
        let all: Vec<u8> = numbers.chain(languages.join(" ").into_bytes()).collect();
        term(4, &all)
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

/// All shelves.
#[derive(Default)]
pub struct Index {
    shelves: BTreeMap<AccountId, Shelf>,
    reader: Reader,
}

/// How many there are, and how long they are, of the texts of a shelf.
#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    cases: u64,
    /// Stems and pieces, each of questions and of replies.
    lengths: [[u64; 2]; 2],
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        for (own, others) in self.lengths.iter_mut().flatten().zip(other.lengths.iter().flatten()) {
            *own += others;
        }
    }

    fn count(&mut self, held: &Held, up: bool) {
        self.cases = if up { self.cases + 1 } else { self.cases - 1 };
        for (all, own) in self.lengths.iter_mut().flatten().zip(held.lengths.iter().flatten()) {
            *all = if up { *all + u64::from(*own) } else { *all - u64::from(*own) };
        }
    }

    /// The mean length of the questions or the replies, in stems or pieces.
    fn mean(&self, kind: usize, side: usize) -> f64 {
        self.lengths[kind][side] as f64 / (self.cases.max(1) as f64)
    }
}

/// The cases of one account.
#[derive(Default)]
struct Shelf {
    places: HashMap<PairId, u32>,
    cases: Vec<Held>,
    terms: ByTerm<u32>,
    lists: Vec<List>,
    totals: Totals,
    vectors: Row,
}

/// A case that is, or was, on a shelf.
struct Held {
    id: PairId,
    replied_at: i64,
    /// 0: it has no near duplicates.
    group: u64,
    language: [u8; 3],
    lengths: [[u16; 2]; 2],
    /// Of everything but its vector.
    print: u64,
    /// The lists it is in, packed.
    lists: Box<[u8]>,
    stands: bool,
}

/// Where a term occurs.
#[derive(Default)]
struct List {
    /// In how many texts: a case counts once for its question and once for its reply.
    texts: u32,
    last: u32,
    /// For each case how far its place is from the one before, with two bits that say how often the term is in its question and in its
    /// reply, or that a byte does.
    packed: Vec<u8>,
}

impl Index {
    /// How many cases can be found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelves.values().map(|shelf| shelf.places.len()).sum()
    }

    /// How many cases of an account can be found, or of all.
    #[must_use]
    pub fn len_of(&self, account: Option<AccountId>) -> usize {
        account.map_or_else(|| self.len(), |account| self.shelves.get(&account).map_or(0, |shelf| shelf.places.len()))
    }

    /// The accounts that have cases.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountId> {
        self.shelves.keys().copied().collect()
    }

    /// The languages that clients wrote in, of an account or of all.
    #[must_use]
    pub fn languages_of(&self, account: Option<AccountId>) -> Vec<String> {
        let shelves = self.shelves.iter().filter(|(own, _)| account.is_none_or(|account| account == **own));
        let standing = shelves.flat_map(|(_, shelf)| &shelf.cases).filter(|held| held.stands);
        let codes: BTreeSet<[u8; 3]> = standing.map(|held| held.language).filter(|code| code[0] > 0).collect();
        codes.iter().map(|code| String::from_utf8_lossy(code).trim_end_matches('\0').to_owned()).collect()
    }

    /// Whether nothing can be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether so much was taken out that building it anew would make it smaller.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        let held: usize = self.shelves.values().map(|shelf| shelf.cases.len()).sum();
        held > WORN_FROM && held > self.len() * 2
    }

    /// Puts a case in, or what has become of it in its place.
    pub fn add(&mut self, case: &Case) {
        let print = case.print();
        if let Some(shelf) = self.shelves.get_mut(&case.account)
            && let Some(place) = shelf.places.get(&case.id).map(|place| *place as usize)
            && shelf.cases[place].print == print
        {
            // Mostly a vector came, and all else may stay.
            shelf.vectors.set(place, case.vector.as_ref());
            return;
        }
        self.remove(case.id);
        let question = self.reader.terms(&case.question, case.question_language.as_deref());
        let reply = self.reader.terms(&case.reply, case.reply_language.as_deref());
        self.shelves.entry(case.account).or_default().add(case, print, &question, &reply);
    }

    /// Takes a case out, if it is there.
    pub fn remove(&mut self, id: PairId) {
        for shelf in self.shelves.values_mut() {
            shelf.remove(id);
        }
        self.shelves.retain(|_, shelf| !shelf.places.is_empty());
    }

    /// Takes out the oldest, where there are more than so many: how many that were.
    pub fn keep_newest(&mut self, most: usize) -> usize {
        let too_many = self.len().saturating_sub(most);
        if too_many > 0 {
            let standing = self.shelves.values().flat_map(|shelf| &shelf.cases).filter(|held| held.stands);
            let mut by_age: Vec<(i64, PairId)> = standing.map(|held| (held.replied_at, held.id)).collect();
            by_age.sort_unstable();
            by_age.into_iter().take(too_many).for_each(|(_, id)| self.remove(id));
        }
        too_many
    }

    /// Gives back what memory was kept for growing, once many cases were put in.
    pub fn settle(&mut self) {
        self.reader = Reader::default();
        for shelf in self.shelves.values_mut() {
            shelf.cases.shrink_to_fit();
            shelf.lists.shrink_to_fit();
            shelf.lists.iter_mut().for_each(|list| list.packed.shrink_to_fit());
            shelf.terms.shrink_to_fit();
            shelf.vectors.settle();
        }
    }

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

impl Shelf {
    fn texts_with(&self, term: Term) -> u32 {
        self.list(term).map_or(0, |list| list.texts)
    }

    fn list(&self, term: Term) -> Option<&List> {
        self.terms.get(&term).and_then(|number| self.lists.get(*number as usize))
    }

    fn add(&mut self, case: &Case, print: u64, question: &Terms, reply: &Terms) {
        let place = u32::try_from(self.cases.len()).unwrap_or(u32::MAX);
        let of = |terms: &Terms, side| {
            terms.stems.iter().chain(&terms.pieces).map(move |term| (*term, side)).collect::<Vec<(Term, usize)>>()
        };
        let mut both = of(question, 0);
        both.extend(of(reply, 1));
        both.sort_unstable();
        let mut numbers: Vec<u32> = Vec::with_capacity(both.len());
        for same in both.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((term, _)) = same.first() else { continue };
            let replies = same.iter().map(|(_, side)| side).sum::<usize>();
            let times = [same.len() - replies, replies];
            let next = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
            let number = *self.terms.entry(*term).or_insert(next);
            if number == next {
                self.lists.push(List::default());
            }
            self.lists[number as usize].push(place, times);
            numbers.push(number);
        }
        numbers.sort_unstable();
        let length = |terms: &[Term]| u16::try_from(terms.len()).unwrap_or(u16::MAX);
        let held = Held {
            id: case.id,
            replied_at: case.replied_at,
            group: case.group.as_deref().map_or(0, group_number),
            language: packed_language(case.question_language.as_deref().unwrap_or_default()),
            lengths: [
                [length(&question.stems), length(&reply.stems)],
                [length(&question.pieces), length(&reply.pieces)],
            ],
            print,
            lists: packed_numbers(&numbers),
            stands: true,
        };
        self.vectors.set(place as usize, case.vector.as_ref());
        self.totals.count(&held, true);
        self.cases.push(held);
        self.places.insert(case.id, place);
    }

    fn remove(&mut self, id: PairId) {
        let Some(place) = self.places.remove(&id) else { return };
        self.vectors.set(place as usize, None);
        let held = &mut self.cases[place as usize];
        held.stands = false;
        self.totals.count(held, false);
        let lists = std::mem::take(&mut held.lists);
        let mut at = 0;
        let mut number = 0;
        while at < lists.len() {
            number += unpack(&lists, &mut at);
            if let Some(list) = self.lists.get_mut(number as usize) {
                list.forget(place);
            }
        }
    }

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

/// The most that is counted of one term in one text.
const MOST_TIMES: usize = 15;
/// How often a term is in a question and in a reply, for what is frequent. All else is written out.
const FREQUENT: [[u8; 2]; 3] = [[1, 0], [0, 1], [1, 1]];

impl List {
    fn push(&mut self, place: u32, times: [usize; 2]) {
        self.texts += times.iter().map(|times| u32::from(*times > 0)).sum::<u32>();
        let times = times.map(|times| u8::try_from(times.min(MOST_TIMES)).unwrap_or(u8::MAX));
        self.write(place, times);
    }

    fn write(&mut self, place: u32, times: [u8; 2]) {
        let gap = (place - self.last) << 2;
        self.last = place;
        let code = FREQUENT.iter().position(|frequent| *frequent == times);
        match code.and_then(|code| u32::try_from(code).ok()) {
            Some(code) => pack(&mut self.packed, gap | code),
            None => {
                pack(&mut self.packed, gap | 3);
                self.packed.push(times[0] << 4 | times[1]);
            }
        }
    }

    /// Takes a case out.
    fn forget(&mut self, place: u32) {
        let mut kept = Self { packed: Vec::with_capacity(self.packed.len()), ..Self::default() };
        self.each(|here, times| {
            if here != place {
                kept.texts += times.iter().map(|times| u32::from(*times > 0)).sum::<u32>();
                kept.write(here, times);
            }
        });
        *self = kept;
    }

    fn each(&self, mut found: impl FnMut(u32, [u8; 2])) {
        let (mut at, mut place) = (0, 0);
        while at < self.packed.len() {
            let gap = unpack(&self.packed, &mut at);
            place += gap >> 2;
            let times = FREQUENT.get((gap & 3) as usize).copied().unwrap_or_else(|| {
                let times = self.packed.get(at).copied().unwrap_or(0);
                at += 1;
                [times >> 4, times & 15]
            });
            found(place, times);
        }
    }
}

/// Seven bits to a byte, the lowest first.
fn pack(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 128 {
        bytes.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8 & 127);
}

fn unpack(bytes: &[u8], at: &mut usize) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let Some(byte) = bytes.get(*at) {
        *at += 1;
        number |= u32::from(byte & 127) << shift;
        if byte & 128 == 0 {
            break;
        }
        shift += 7;
    }
    number
}

fn packed_numbers(sorted: &[u32]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(sorted.len() * 2);
    let mut last = 0;
    for number in sorted {
        pack(&mut bytes, number - last);
        last = *number;
    }
    bytes.into_boxed_slice()
}

fn packed_language(code: &str) -> [u8; 3] {
    let mut packed = [0; 3];
    packed.iter_mut().zip(code.bytes()).for_each(|(to, from)| *to = from);
    packed
}

/// A number for a group; 0 is none.
fn group_number(group: &str) -> u64 {
    term(2, group.as_bytes()).max(1)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn account(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    fn pair(number: u128) -> PairId {
        PairId(Uuid::from_u128(number))
    }

    fn case(number: u128, question: &str, reply: &str) -> Case {
        Case {
            id: pair(number),
            account: account(1),
            replied_at: i64::try_from(number).expect("small"),
            group: None,
            question_language: Some("en".to_owned()),
            reply_language: Some("en".to_owned()),
            question: question.to_owned(),
            reply: reply.to_owned(),
            vector: None,
        }
    }

    /// A case with a vector, in two dimensions.
    fn pointed(number: u128, question: &str, degrees: f32) -> Case {
        Case { vector: Some(vector(degrees)), ..case(number, question, "") }
    }

    fn vector(degrees: f32) -> Vector {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        Vector::of(&[cosine, sine]).expect("has a direction")
    }

    fn index(cases: &[Case]) -> Index {
        let mut index = Index::default();
        cases.iter().for_each(|case| index.add(case));
        index
    }

    fn nobody() -> &'static HashSet<PairId> {
        static NOBODY: std::sync::LazyLock<HashSet<PairId>> = std::sync::LazyLock::new(HashSet::new);
        &NOBODY
    }

    fn ask(text: &str) -> Question<'_> {
        Question {
            text,
            language: Some("en"),
            account: None,
            only_language: None,
            since: None,
            vector: None,
            weight: 0.0,
            without: nobody(),
            limit: 10,
        }
    }

    fn found(index: &Index, question: &Question<'_>) -> Vec<Hit> {
        index.search(question, &Scoring::default())
    }

    fn ids(hits: &[Hit]) -> Vec<PairId> {
        hits.iter().map(|hit| hit.id).collect()
    }

    fn some_cases() -> Vec<Case> {
        vec![
            case(1, "Where is my parcel?", "It is on its way, the parcel service is late."),
            case(2, "The grinder is loud", "Clean the burrs of the grinder, please."),
            case(3, "Can I get an invoice for my order?", "The invoice is attached."),
            case(4, "Two invoices for one order", "One of the invoices is cancelled, sorry."),
        ]
    }

    #[test]
    fn the_nearest_comes_first_and_says_why() {
        let index = index(&some_cases());
        let hits = found(&index, &ask("My parcel has not come. Where is it?"));
        assert_eq!(hits[0].id, pair(1));
        assert!(hits[0].words.contains(&"parcel".to_owned()));
        assert!(hits[0].score > 0.0 && hits[0].score <= 1.0);
        assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
        // Other forms of a word are found, and the words are those of the question.
        let hits = found(&index, &ask("invoicing"));
        assert_eq!(hits.len(), 2);
        assert!(hits.iter().all(|hit| hit.words == ["invoicing"]));
    }

    #[test]
    fn what_nothing_speaks_for_is_not_found() {
        let index = index(&some_cases());
        assert_eq!(found(&index, &ask("")), []);
        assert_eq!(found(&index, &ask("?!")), []);
        assert_eq!(found(&index, &ask("zzz")), []);
        assert_eq!(found(&Index::default(), &ask("parcel")), []);
    }

    #[test]
    fn common_words_are_no_reason_where_there_are_rare_ones() {
        let mut cases = some_cases();
        cases.extend((10..60).map(|number| case(number, "Please tell me the price", "It is on the list.")));
        let hits = found(&index(&cases), &ask("Please tell me where the parcel is"));
        assert_eq!(hits[0].words, ["where", "parcel"]);
        assert!(!hits[1].words.is_empty(), "where nothing else matches they are");
    }

    #[test]
    fn a_question_that_is_a_case_scores_higher_than_a_part_of_it() {
        let index = index(&some_cases());
        let whole = found(&index, &ask("The grinder is loud"))[0].score;
        let part = found(&index, &ask("The grinder fell from the table and its lid broke"))[0].score;
        assert!(whole > part, "{whole} {part}");
    }

    #[test]
    fn equal_cases_stand_by_time_and_then_by_id() {
        let mut cases: Vec<Case> = (1..=4).map(|number| case(number, "parcel", "late")).collect();
        cases[3].replied_at = 2;
        let order = [pair(3), pair(4), pair(2), pair(1)];
        assert_eq!(ids(&found(&index(&cases), &ask("parcel"))), order);
        cases.reverse();
        assert_eq!(ids(&found(&index(&cases), &ask("parcel"))), order);
    }

    #[test]
    fn one_of_each_group_is_shown_with_their_number() {
        let mut cases = some_cases();
        for number in 10..200 {
            let mut case = case(number, "Where is my parcel?", "It is on its way.");
            case.group = Some("late".to_owned());
            cases.push(case);
        }
        let hits = found(&index(&cases), &ask("Where is my parcel? And the grinder?"));
        let grouped: Vec<&Hit> = hits.iter().filter(|hit| hit.alike > 1).collect();
        assert_eq!(grouped.len(), 1);
        assert_eq!((grouped[0].id, grouped[0].alike), (pair(199), 190));
        assert!(
            ids(&hits).contains(&pair(1)) && ids(&hits).contains(&pair(2)),
            "what stands behind the group is found"
        );
    }

    #[test]
    fn an_account_sees_its_own_cases_and_counts_only_them() {
        let mut cases = some_cases();
        let alone = index(&cases);
        for number in 100..150 {
            let mut other = case(number, "Where is my parcel, invoice, grinder?", "Here.");
            other.account = account(2);
            cases.push(other);
        }
        let both = index(&cases);
        let question = Question { account: Some(account(1)), ..ask("Where is the parcel with the invoice?") };
        assert_eq!(found(&both, &question), found(&alone, &question));
        assert_eq!(found(&both, &Question { account: Some(account(3)), ..question.clone() }), []);
        assert!(found(&both, &Question { account: None, ..question }).iter().any(|hit| hit.id > pair(99)));
    }

    #[test]
    fn a_language_and_what_is_left_out() {
        let mut cases = some_cases();
        cases[0].question_language = Some("ru".to_owned());
        let index = index(&cases);
        let hits = found(&index, &Question { only_language: Some("ru"), ..ask("invoice parcel") });
        assert_eq!(ids(&hits), [pair(1)]);
        let without = HashSet::from([pair(4)]);
        assert_eq!(ids(&found(&index, &Question { without: &without, ..ask("invoice") })), [pair(3)]);
        assert_eq!(ids(&found(&index, &Question { limit: 1, ..ask("invoice") })), [pair(3)]);
    }

    #[test]
    fn what_was_changed_and_taken_out_leaves_no_trace() {
        let wanted = some_cases();
        let fresh = index(&wanted);
        let mut worked = Index::default();
        for number in 50..90 {
            worked.add(&case(number, "parcel invoice grinder", "order order order"));
        }
        for case in wanted.iter().rev() {
            worked.add(&Case { question: "another text about parcels".to_owned(), ..case.clone() });
        }
        (50..90).for_each(|number| worked.remove(pair(number)));
        wanted.iter().for_each(|case| worked.add(case));
        worked.remove(pair(77));
        worked.settle();
        assert_eq!(worked.len(), fresh.len());
        for text in ["Where is the parcel?", "an order with two invoices", "loud grinders", "another text"] {
            assert_eq!(found(&worked, &ask(text)), found(&fresh, &ask(text)), "{text}");
        }
    }

    #[test]
    fn only_the_newest_are_kept_and_a_worn_index_says_so() {
        let mut index = index(&some_cases());
        assert_eq!(index.keep_newest(10), 0);
        assert_eq!(index.keep_newest(2), 2);
        assert_eq!(ids(&found(&index, &ask("parcel grinder invoice"))).len(), 2);
        assert!(!index.is_worn());
        let many = u128::try_from(WORN_FROM).expect("small") + 100;
        (100..100 + many).for_each(|number| index.add(&case(number, "parcel", "late")));
        assert!(!index.is_worn());
        (100..100 + many).for_each(|number| index.remove(pair(number)));
        assert!(index.is_worn());
    }

    #[test]
    fn vectors_find_what_words_do_not() {
        let cases = [
            pointed(1, "my parcel is late", 80.0),
            pointed(2, "where does the box stay", 5.0),
            pointed(3, "the grinder is loud", 170.0),
            case(4, "parcel", ""),
        ];
        let index = index(&cases);
        let sought = vector(0.0);
        let asked = Question { vector: Some(&sought), weight: 0.6, ..ask("parcel") };
        let hits = found(&index, &asked);
        assert_eq!((hits[0].id, hits.len()), (pair(2), 3), "near, though it shares no word");
        assert!(!ids(&hits).contains(&pair(3)));
        assert!(hits[0].by_words == 0.0 && hits[0].by_vector > Some(0.9));
        assert!(hits.iter().all(|hit| (hit.id == pair(4)) == hit.by_vector.is_none()));
        assert!(hits.iter().all(|hit| hit.score > 0.0 && hit.score <= 1.0));
        assert_eq!(ids(&found(&index, &Question { weight: 0.0, ..asked.clone() })), [pair(4), pair(1)]);
        assert_eq!(found(&index, &Question { vector: None, ..asked.clone() }), found(&index, &ask("parcel")));
        let other = Vector::of(&[1.0, 0.0, 0.0]).expect("has a direction");
        let hits = found(&index, &Question { vector: Some(&other), ..asked });
        assert_eq!(ids(&hits), [pair(4), pair(1)], "of another model");
    }

    #[test]
    fn joined_the_order_does_not_depend_on_how_cases_came() {
        let mut random = 7_u64;
        let mut degrees = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as f32 % 360.0
        };
        let words = ["parcel", "invoice", "grinder", "late"];
        let mut cases: Vec<Case> = (1..300_usize)
            .map(|number| {
                pointed(number as u128, &format!("{} {}", words[number % 4], words[number / 4 % 4]), degrees())
            })
            .collect();
        cases[40].vector = cases[80].vector.clone();
        let straight = index(&cases);
        let mut worked = Index::default();
        for case in cases.iter().rev() {
            worked.add(&Case { vector: None, question: "another".to_owned(), ..case.clone() });
            worked.add(&Case { vector: Some(vector(1.0)), ..case.clone() });
        }
        cases.iter().rev().for_each(|case| worked.add(case));
        for turn in [0.0, 33.3, 181.0] {
            let sought = vector(turn);
            for weight in [0.3, 0.6, 1.0] {
                let asked = Question { vector: Some(&sought), weight, limit: 300, ..ask("late parcel") };
                let hits = found(&straight, &asked);
                assert_eq!(hits, found(&worked, &asked));
                assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
            }
        }
        let places: usize = worked.shelves.values().map(|shelf| shelf.cases.len()).sum();
        assert!(places <= cases.len() * 2, "a vector that comes takes no new place");
    }

    #[test]
    fn only_what_was_answered_since_then() {
        let index = index(&some_cases());
        let asked = Question { since: Some(4), ..ask("invoice") };
        assert_eq!(ids(&found(&index, &asked)), [pair(4)]);
    }

    #[test]
    fn numbers_are_packed_and_unpacked() {
        let numbers = [0, 1, 127, 128, 300, 70_000, u32::MAX];
        let packed = packed_numbers(&numbers);
        let (mut at, mut number, mut unpacked) = (0, 0, Vec::new());
        while at < packed.len() {
            number += unpack(&packed, &mut at);
            unpacked.push(number);
        }
        assert_eq!(unpacked, numbers);
    }
}
