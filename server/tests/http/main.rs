//! The application over HTTP, started in this process, on SQLite or (with `TEST_POSTGRES_URL`) on PostgreSQL.
//!
//! Google is the emulator of `end2end/doubles` where its answers do, and a scripted stand-in for the answers that a
//! well-behaved Google never gives.

mod accounts;
mod ai_providers;
mod answers;
mod audit;
mod auth;
mod bad_input;
mod bulk;
mod command_line;
mod conversations;
mod cross_site;
mod doctor;
mod drafts;
mod email;
mod enroll;
mod events;
mod files;
mod health;
mod imap;
mod jobs;
mod many_accounts;
mod metrics;
mod oauth;
mod openapi;
mod opinions;
mod pages;
mod pair_review;
mod pair_search;
mod pairs;
mod review_keys;
mod review_team;
mod secrets;
mod server_functions;
mod support;
mod sync_control;
mod sync_pages;
mod tokens;
mod turns;
mod upload;
