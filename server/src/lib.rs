//! The host of Replybook: command line, REST, sessions, OAuth callback, pages and worker in one binary.
//!
//! A request passes four steps: who asks ([`identity`]) → what for ([`rest`], [`pages`]) → one call of the
//! domain → the answer, with errors mapped in [`problem`].

pub mod bulk_events;
pub mod cli;
pub mod client_ip;
pub mod connections;
pub mod conversation_events;
pub mod csrf;
pub mod draft_events;
pub mod events;
pub mod guard;
pub mod headers;
pub mod health;
pub mod identity;
pub mod input;
mod looks;
pub mod metrics;
pub mod oauth;
pub mod pages;
pub mod problem;
pub mod rest;
pub mod router;
pub mod serve;
pub mod session;
pub mod site;
pub mod state;
pub mod telemetry;
pub mod upload;
pub mod viewer;
