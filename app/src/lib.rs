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
#[cfg(feature = "ssr")]
pub mod problems;
mod ui;
mod words;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod shell;

pub use error::Failure;
