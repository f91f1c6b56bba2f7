//! How Anthropic is asked and answers. <https://docs.anthropic.com/en/api/messages>

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    AiError, Answer, Ask,
    client::{Attempt, Usage},
};

/// Anthropic itself.
pub const DEFAULT_ANTHROPIC_BASE_URL: &str = "https://api.anthropic.com/v1";

pub(super) const MESSAGES: &str = "/messages";
/// All of them on one page: it has at most a thousand.
pub(super) const MODELS: &str = "/models?limit=1000";
pub(super) const VERSION: &str = "2023-06-01";

/// The request for a message.
pub(super) fn request(ask: &Ask) -> Value {
    let turns = ask.messages.iter().map(
        |message| json!({ "role": if message.is_of_model { "assistant" } else { "user" }, "content": message.text }),
    );
    let mut request = json!({
        "model": ask.model.trim(),
        "messages": turns.collect::<Vec<_>>(),
        "max_tokens": ask.max_tokens,
    });
    if let (Some(system), Some(fields)) = (&ask.system, request.as_object_mut()) {
        fields.insert("system".to_owned(), json!(system));
    }
    request
}

/// What a message says.
pub(super) fn answer(body: &[u8], asked_for: &str) -> Attempt<Answer> {
    #[derive(Deserialize)]
    struct Message {
        model: Option<String>,
        content: Vec<Block>,
        stop_reason: Option<String>,
        usage: Option<Tokens>,
    }
    #[derive(Deserialize)]
    struct Block {
        r#type: String,
        text: Option<String>,
    }
    #[derive(Deserialize)]
    struct Tokens {
        input_tokens: Option<i64>,
        output_tokens: Option<i64>,
        cache_creation_input_tokens: Option<i64>,
        cache_read_input_tokens: Option<i64>,
    }
    let Ok(message) = serde_json::from_slice::<Message>(body) else { return AiError::Protocol.into() };
    let usage = message.usage.and_then(|tokens| {
        let cached = [tokens.cache_creation_input_tokens, tokens.cache_read_input_tokens];
        let mut cached = cached.into_iter().flatten().filter(|number| *number > 0);
        let input = cached.try_fold(tokens.input_tokens?, i64::checked_add)?;
        Usage::told(input, tokens.output_tokens?)
    });
    let ended = message.stop_reason.as_deref().unwrap_or_default();
    let result = if ended == "refusal" {
        Err(AiError::Declined)
    } else {
        let texts = message.content.into_iter().filter(|block| block.r#type == "text");
        Ok(Answer {
            text: texts.filter_map(|block| block.text).collect(),
            model: message.model.unwrap_or_else(|| asked_for.trim().to_owned()),
            is_cut: ended == "max_tokens",
        })
    };
    Attempt { result, usage }
}
