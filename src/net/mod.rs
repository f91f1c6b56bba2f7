//! What every client of a provider over HTTP shares: one HTTP client with limits ([`http`]), one that reaches public addresses alone
//! ([`public`]), when to try again ([`retry`]), what the connection itself can end with ([`Failure`]), how often providers refused
//! ([`tally`]), and how far our clock is from theirs ([`Skew`]).
//!
//! Knows no provider. What an answer means is said by the provider's own module.

mod failure;
mod http;
mod priority;
mod public;
mod retry;
mod skew;
pub mod tally;

pub use failure::{Failure, Phase};
pub use http::{Limits, client, read};
pub use priority::Priority;
pub use public::{is_public, is_public_host, public_client};
pub use retry::{RetryPolicy, retry_after};
pub use skew::Skew;

pub(crate) use failure::shorten;
pub(crate) use skew::CLOCK_MAY_BE_OFF;

#[cfg(test)]
pub(crate) mod double;
