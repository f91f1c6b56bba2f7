//! Language models: clients of their providers, and the one way to call them.
//!
//! [`complete`], [`stream`] and [`embed`] are all there is: they set aside in the database what a call may cost, make it, and write down what it
//! came to. The clients are private, so that nothing calls a model past the budget.

mod address;
mod anthropic;
mod calls;
mod client;
mod error;
mod events;
mod openai;

use std::time::Duration;

use crate::net::Limits;

pub(crate) use address::base_url;
pub use anthropic::DEFAULT_ANTHROPIC_BASE_URL;
pub(crate) use calls::list_models;
pub use calls::{CallError, Done, Patience, complete, embed, stream};
pub use client::{Answer, Ask, ListedModel, Message, TextSide, Vectors};
pub use error::AiError;
pub use openai::DEFAULT_OPENAI_BASE_URL;

/// The bounds of one connection to a provider. How long a call may take is said by its [`Patience`], which is shorter: a model may think
/// for a minute before its first word.
pub(crate) const LIMITS: Limits =
    Limits { connect: Duration::from_secs(10), silence: Duration::from_secs(120), total: Duration::from_secs(330) };
