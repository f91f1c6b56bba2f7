//! Runs, on every page that shows one: a run is drawn in one place ([`view`]), kept up to date by one island ([`island`]), and
//! asked to pause, go on or end by one set of forms ([`control`]).

pub mod island;
mod report;
mod view;

#[cfg(feature = "ssr")]
pub mod control;
#[cfg(feature = "ssr")]
mod cure;
#[cfg(feature = "ssr")]
mod live;
#[cfg(feature = "ssr")]
mod outcome;
#[cfg(feature = "ssr")]
mod words;

#[cfg(feature = "ssr")]
pub use report::Report;
#[cfg(feature = "ssr")]
pub(crate) use {
    cure::Case,
    island::{RunProgress, RunWatch},
    live::{live, live_part},
    outcome::{end_word, errors, exactly, pairs_elsewhere, result, skipped, title, took},
    view::Look,
    words::{Words, kind_word, reason},
};
