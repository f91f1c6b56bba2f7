//! The cases of one account, and where their terms occur.

use std::collections::HashMap;

use super::{
    Case, group_number,
    packed::{List, packed_language, packed_numbers, unpack},
};
use crate::{
    knowledge::{
        terms::{ByTerm, Term, Terms},
        vector::Row,
    },
    types::PairId,
};

/// How many there are, and how long they are, of the texts of a shelf.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Totals {
    pub cases: u64,
    /// Stems and pieces, each of questions and of replies.
    lengths: [[u64; 2]; 2],
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
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
    pub fn mean(&self, kind: usize, side: usize) -> f64 {
        self.lengths[kind][side] as f64 / (self.cases.max(1) as f64)
    }
}

/// The cases of one account.
#[derive(Default)]
pub(super) struct Shelf {
    pub places: HashMap<PairId, u32>,
    pub cases: Vec<Held>,
    terms: ByTerm<u32>,
    lists: Vec<List>,
    pub totals: Totals,
    pub vectors: Row,
}

/// A case that is, or was, on a shelf.
pub(super) struct Held {
    pub id: PairId,
    pub replied_at: i64,
    /// 0: it has no near duplicates.
    pub group: u64,
    pub language: [u8; 3],
    pub lengths: [[u16; 2]; 2],
    /// Of everything but its vector.
    pub print: u64,
    /// The lists it is in, packed.
    lists: Box<[u8]>,
    pub stands: bool,
}

impl Shelf {
    pub fn texts_with(&self, term: Term) -> u32 {
        self.list(term).map_or(0, |list| list.texts)
    }

    pub fn list(&self, term: Term) -> Option<&List> {
        self.terms.get(&term).and_then(|number| self.lists.get(*number as usize))
    }

    pub fn add(&mut self, case: &Case, print: u64, question: &Terms, reply: &Terms) {
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

    pub fn remove(&mut self, id: PairId) {
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

    /// Gives back what memory was kept for growing.
    pub fn settle(&mut self) {
        self.cases.shrink_to_fit();
        self.lists.shrink_to_fit();
        self.lists.iter_mut().for_each(List::settle);
        self.terms.shrink_to_fit();
        self.vectors.settle();
    }
}
