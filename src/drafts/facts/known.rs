//! What a text knows, and whether a fact is among it.

use std::collections::HashSet;

use super::{Fact, Key, numbers::normal};
use crate::types::DoubtKind;

/// What a text knows: the keys of its facts, and what follows from them.
#[derive(Debug, Default)]
pub(in crate::drafts) struct Known {
    keys: HashSet<Key>,
    phones: Vec<String>,
}

impl Known {
    pub fn add(&mut self, facts: &[Fact]) {
        for key in facts.iter().flat_map(|fact| &fact.keys) {
            match key {
                Key::Phone(number) => self.phones.push(number.clone()),
                Key::Quantity(value, _) => {
                    self.keys.insert(Key::Number(value.clone()));
                }
                Key::Date(_, month, year) => {
                    self.keys.extend([Key::Month(*month, None), Key::Month(*month, *year)]);
                    self.keys.extend(year.map(|year| Key::Number(year.to_string())));
                }
                Key::Month(month, Some(year)) => {
                    self.keys.extend([Key::Month(*month, None), Key::Number(year.to_string())]);
                }
                Key::Code(code) if code.bytes().all(|b| b.is_ascii_digit()) => {
                    self.keys.insert(Key::Number(normal(code)));
                }
                _ => {}
            }
            self.keys.insert(key.clone());
        }
    }

    pub fn add_day(&mut self, day: u8, month: u8, year: Option<u16>) {
        let fact = Fact { kind: DoubtKind::Date, start: 0, end: 0, keys: vec![Key::Date(day, month, year)] };
        self.add(&[fact]);
    }

    /// Whether it knows a fact, however it is written there.
    pub fn has(&self, fact: &Fact) -> bool {
        // Of a code only the whole counts: its parts are there for others to be found by.
        let keys = if fact.kind == DoubtKind::Code { &fact.keys[..fact.keys.len().min(1)] } else { &fact.keys[..] };
        keys.iter().any(|key| match key {
            Key::Phone(number) => self.phones.iter().any(|known| same_phone(known, number)),
            Key::Date(day, month, None) => {
                self.keys.iter().any(|known| matches!(known, Key::Date(d, m, _) if d == day && m == month))
            }
            Key::Date(day, month, Some(_)) => {
                self.keys.contains(key) || self.keys.contains(&Key::Date(*day, *month, None))
            }
            Key::Number(value) => self.keys.contains(key) || self.keys.contains(&Key::Code(value.clone())),
            key => self.keys.contains(key),
        })
    }
}

/// Numbers with and without the code of their country.
fn same_phone(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    // Within Russia +7 is 8.
    let russian = short.len() == 11
        && long.len() == 11
        && short[1..] == long[1..]
        && matches!((&short[..1], &long[..1]), ("7" | "8", "7" | "8"));
    russian || short.len() >= 6 && long.len() - short.len() <= 4 && long.ends_with(short)
}
