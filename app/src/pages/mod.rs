//! The pages, side by side. What a folder compiles for browsers is its island and what the island draws with.

pub mod runs;
pub mod training;

// Pages without an island.
cfg_select! {
    feature = "ssr" => {
        pub mod account;
        pub mod ai_settings;
        pub mod audit;
        pub mod bulk;
        pub mod conversations;
        pub mod errors;
        pub mod guidelines;
        pub mod integrations;
        pub mod join;
        pub mod knowledge;
        pub mod login;
        pub mod mailbox;
        pub mod monitor;
        pub mod opinions;
        pub mod overview;
        pub mod people;
        pub mod progress;
        pub mod rules;
        pub mod setup;
        pub mod tags;
        pub mod threads;
    }
    _ => {}
}
