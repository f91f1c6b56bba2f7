//! The pages of Replybook. The server renders them whole; islands act where hands are needed, and without scripts everything is a
//! form or a link.
//!
//! A page is a type that implements [`page::Page`]; it lives in a folder of [`pages`] with its words and its server functions. `ui`
//! is the kit, [`paths`] the addresses, `words` how texts are written. Only islands, and what they draw with, compile for browsers.

// Views nest deep, and each level is a type.
#![recursion_limit = "256"]
// Islands draw with a part of the kit and the words; the server uses the rest.
#![cfg_attr(not(feature = "ssr"), allow(dead_code, unused_macros, unused_imports))]

mod error;
mod json;
pub mod pages;
pub mod paths;
pub mod prefs;
mod ui;
mod words;

cfg_select! {
    feature = "ssr" => {
        pub mod answer;
        pub mod page;
        pub mod problems;
        pub mod request;
        pub mod shell;
    }
    _ => {}
}

pub use error::Failure;
