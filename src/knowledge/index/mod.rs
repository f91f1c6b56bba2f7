//! The index of past cases: in memory, exact, and the same in every process that has the same cases.
//!
//! Each account has a shelf of its own; a search reads the shelves it is told to and nothing else, the counts of terms included. The
//! order of what is found depends on the cases alone, not on when and in which order they were put in: sums are made in the order of
//! the terms, and what stands equal is told apart by the time of the reply and the id.
//!
//! [`shelf`] has the cases of one account with their terms, [`packed`] how these take little memory, [`ranking`] the search.

mod packed;
mod ranking;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use ranking::MOST_SHOWN;
pub use ranking::{Hit, Question, Scoring};
use shelf::Shelf;

use super::{
    terms::{Reader, term},
    vector::Vector,
};
use crate::types::{AccountId, PairId};

/// An index with fewer places than this is never built anew for its size.
const WORN_FROM: usize = 1_000;

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

/// All shelves.
#[derive(Default)]
pub struct Index {
    shelves: BTreeMap<AccountId, Shelf>,
    reader: Reader,
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
        self.shelves.values_mut().for_each(Shelf::settle);
    }
}

/// A number for a group; 0 is none.
fn group_number(group: &str) -> u64 {
    term(2, group.as_bytes()).max(1)
}
