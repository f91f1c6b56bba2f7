//! Language-model providers.

mod openai;

pub use openai::{AiError, DEFAULT_OPENAI_BASE_URL, KeyTest, OpenAiClient};
