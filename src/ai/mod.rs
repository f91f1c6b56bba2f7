//! Language models: clients of their providers, and the one way to call them.
//!
//! [`complete`] and [`embed`] are all there is: they set aside in the database what a call may cost, make it, and write down what it
//! came to. The clients are private, so that nothing calls a model past the budget.

mod address;
mod anthropic;
mod calls;
mod client;
mod error;
mod openai;

pub(crate) use address::base_url;
pub use anthropic::DEFAULT_ANTHROPIC_BASE_URL;
pub(crate) use calls::list_models;
pub use calls::{CallError, Done, Patience, complete, embed};
pub use client::{Answer, Ask, ListedModel, Message, TextSide, Vectors};
pub use error::AiError;
pub use openai::DEFAULT_OPENAI_BASE_URL;
