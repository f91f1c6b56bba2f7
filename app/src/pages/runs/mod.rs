//! Runs, on every page that shows one: a run is drawn in one place ([`view`]), kept up to date by one island ([`island`]), and
//! asked to pause, go on or end by one set of forms ([`control`]).

pub mod api;
pub mod island;
mod view;
mod words;

#[cfg(feature = "ssr")]
pub mod control;
#[cfg(feature = "ssr")]
mod outcome;

#[cfg(feature = "ssr")]
pub(crate) use {
    island::{RunProgress, RunWatch},
    outcome::{error_reason, errors, exactly, result, skipped, title, took},
    view::{Look, kind_word, reason, state_word},
};
