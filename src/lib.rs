//! The domain of Replybook: mail in, training pairs out. Knows nothing of Leptos or axum.
//!
//! The browser build compiles [`types`] alone; everything else sits behind the feature `server`, and of that
//! [`mail`], [`cleaning`] and [`html`] behind `text`, so that `fuzz/` compiles nothing more.

pub mod types;

#[cfg(feature = "server")]
pub mod accounts;
#[cfg(feature = "server")]
pub mod ai;
#[cfg(feature = "server")]
pub mod ai_settings;
#[cfg(feature = "server")]
pub mod answers;
#[cfg(feature = "server")]
mod aside;
#[cfg(feature = "server")]
pub mod attachments;
#[cfg(feature = "server")]
pub mod audit;
#[cfg(feature = "server")]
pub mod auth;
#[cfg(feature = "server")]
pub mod backup;
#[cfg(feature = "server")]
mod catch_up;
#[cfg(feature = "text")]
pub mod cleaning;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "server")]
pub mod conversations;
#[cfg(feature = "server")]
pub mod crypto;
#[cfg(feature = "server")]
pub mod doctor;
#[cfg(feature = "server")]
mod domain;
#[cfg(feature = "server")]
pub mod drafts;
#[cfg(feature = "server")]
pub mod files;
#[cfg(feature = "server")]
pub mod gmail;
#[cfg(feature = "server")]
pub mod health;
#[cfg(feature = "text")]
pub mod html;
#[cfg(feature = "server")]
pub mod imap;
#[cfg(feature = "server")]
pub mod import;
#[cfg(feature = "server")]
pub mod jobs;
#[cfg(feature = "server")]
pub mod keys;
#[cfg(feature = "server")]
pub mod knowledge;
#[cfg(feature = "server")]
pub mod labels;
#[cfg(feature = "server")]
mod languages;
#[cfg(feature = "text")]
pub mod mail;
#[cfg(feature = "server")]
mod markdown;
#[cfg(feature = "server")]
pub mod monitor;
#[cfg(feature = "server")]
pub mod net;
#[cfg(feature = "server")]
pub mod pairing;
#[cfg(feature = "server")]
pub mod pairs;
#[cfg(feature = "server")]
mod passwords;
#[cfg(feature = "server")]
pub mod people;
#[cfg(feature = "server")]
mod repeats;
#[cfg(feature = "server")]
pub mod room;
#[cfg(feature = "server")]
pub mod runs;
#[cfg(feature = "server")]
pub mod settings;
#[cfg(feature = "server")]
pub mod standing;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod sync;
#[cfg(feature = "server")]
pub mod threads;
#[cfg(feature = "server")]
pub mod tools;
#[cfg(feature = "server")]
pub mod uploads;
#[cfg(feature = "server")]
mod visible;
#[cfg(feature = "server")]
pub mod worker;

#[cfg(feature = "server")]
pub use domain::{Domain, OpenError};
