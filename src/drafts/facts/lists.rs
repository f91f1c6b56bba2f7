//! The words that facts are made of: units, currencies, months, numbers, and the small words around them.

use std::{collections::HashSet, sync::LazyLock};

use crate::drafts::lists::{Meanings, fold, section};

const LISTS: &str = include_str!("../data/facts.txt");

pub(super) static UNITS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "unit"));
pub(super) static MEASURES: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "measure"));
pub(super) static CURRENCIES: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "currency"));
pub(in crate::drafts) static MONTHS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "month"));
pub(in crate::drafts) static WEEKDAYS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "weekday"));
pub(super) static FEIRA: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "feira"));
pub(in crate::drafts) static RELATIVE: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "relative"));
pub(super) static NUMBERS: LazyLock<Meanings> = LazyLock::new(|| Meanings::of(LISTS, "number"));
pub(super) static PERCENT: LazyLock<Meanings> = LazyLock::new(|| plain("percent"));
pub(super) static PERCENT_FIRST: LazyLock<Meanings> = LazyLock::new(|| plain("percent first"));
pub(super) static PERCENT_SECOND: LazyLock<Meanings> = LazyLock::new(|| plain("percent second"));
pub(super) static WORKING: LazyLock<Meanings> = LazyLock::new(|| plain("working"));
pub(super) static WORKING_AFTER: LazyLock<Meanings> = LazyLock::new(|| plain("working after"));
pub(super) static BETWEEN: LazyLock<Meanings> = LazyLock::new(|| plain("between"));
pub(super) static ORDINAL: LazyLock<HashSet<String>> = LazyLock::new(|| folded("ordinal"));
pub(super) static OF: LazyLock<HashSet<String>> = LazyLock::new(|| folded("of"));
pub(super) static RANGE: LazyLock<HashSet<String>> = LazyLock::new(|| folded("range"));
pub(super) static DOUBTFUL_MONTHS: LazyLock<HashSet<String>> = LazyLock::new(|| folded("month doubtful"));
pub(super) static DOUBTFUL_NUMBERS: LazyLock<HashSet<String>> = LazyLock::new(|| folded("number doubtful"));
pub(super) static SECRET: LazyLock<HashSet<String>> = LazyLock::new(|| folded("secret"));

fn plain(name: &'static str) -> Meanings {
    Meanings::only(LISTS, name)
}

pub(in crate::drafts) fn folded(name: &'static str) -> HashSet<String> {
    section(LISTS, name).into_iter().map(fold).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Counted(&'static str),
    Currency(&'static str),
    Percent,
}

/// What a number word says; German ones below a hundred are one word.
pub(super) fn number_word(word: &str) -> Option<u32> {
    if let Some(value) = NUMBERS.get(word).and_then(|value| value.parse().ok()) {
        return Some(value);
    }
    let (one, ten) = word.split_once("und")?;
    let one = if one == "ein" { 1 } else { NUMBERS.get(one)?.parse::<u32>().ok().filter(|one| *one < 10)? };
    let ten = NUMBERS.get(ten)?.parse::<u32>().ok().filter(|ten| *ten >= 20 && *ten < 100)?;
    Some(one + ten)
}

pub(super) fn is_measured(word: &str) -> bool {
    unit_of(word).is_some() || matches!(word, "am" | "pm" | "uhr" | "h" | "x")
}

/// Whether a folded word says what a number counts.
pub(in crate::drafts) fn is_unit(word: &str) -> bool {
    unit_of(word).is_some()
}

pub(super) fn unit_of(word: &str) -> Option<Unit> {
    if word.is_empty() {
        return None;
    }
    if let Some(unit) = UNITS.get(word).or_else(|| MEASURES.get(word)) {
        return Some(Unit::Counted(unit));
    }
    if let Some(currency) = CURRENCIES.get(word) {
        return Some(Unit::Currency(currency));
    }
    PERCENT.get(word).map(|_| Unit::Percent)
}

pub(super) fn symbol_of(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '€' => "EUR",
        '$' => "USD",
        '£' => "GBP",
        '₽' => "RUB",
        '¥' => "JPY",
        '₴' => "UAH",
        '₸' => "KZT",
        '₹' => "INR",
        '₺' => "TRY",
        _ => return None,
    })
}
