//! Runs, on every page that shows one: a run is drawn in one place ([`view`]), kept up to date by one island ([`island`]), and
//! asked to pause, go on or end by one set of forms ([`control`]).

pub mod island;
mod report;
mod view;

cfg_select! {
    feature = "ssr" => {
        pub mod control;
        mod cure;
        mod live;
        mod outcome;
        mod words;
        mod written;

        pub use report::Report;
        pub(crate) use {
            cure::Case,
            island::{RunProgress, RunWatch},
            live::{live, live_part},
            outcome::{end_word, errors, exactly, pairs_elsewhere, result, skip_reason_word, skipped, title, took},
            view::Look,
            words::{Words, kind_word, reason},
        };
    }
    _ => {}
}
