//! How Anthropic is asked and answers. <https://docs.anthropic.com/en/api/messages>

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    AiError, Answer, Ask,
    client::{Attempt, Usage},
    events::{Heard, Teller},
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

/// The same, for a message that is told as it comes.
pub(super) fn stream_request(ask: &Ask) -> Value {
    let mut request = request(ask);
    if let Some(fields) = request.as_object_mut() {
        fields.insert("stream".to_owned(), json!(true));
    }
    request
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Tokens {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
}

impl Tokens {
    /// Nothing, where a number is missing or cannot be one: then the call counts with all it may have cost.
    fn usage(self) -> Option<Usage> {
        let cached = [self.cache_creation_input_tokens, self.cache_read_input_tokens];
        let mut cached = cached.into_iter().flatten().filter(|number| *number > 0);
        let input = cached.try_fold(self.input_tokens?, i64::checked_add)?;
        Usage::told(input, self.output_tokens?)
    }

    /// These, and of the ones before them what these do not say.
    fn over(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.or(before.input_tokens),
            output_tokens: self.output_tokens.or(before.output_tokens),
            cache_creation_input_tokens: self.cache_creation_input_tokens.or(before.cache_creation_input_tokens),
            cache_read_input_tokens: self.cache_read_input_tokens.or(before.cache_read_input_tokens),
        }
    }
}

/// What has been told of a message. <https://docs.anthropic.com/en/docs/build-with-claude/streaming>
#[derive(Debug)]
pub(super) struct Told {
    text: String,
    model: String,
    ended: Option<String>,
    tokens: Tokens,
}

impl Told {
    pub(super) fn of(ask: &Ask) -> Self {
        Self { text: String::new(), model: ask.model.trim().to_owned(), ended: None, tokens: Tokens::default() }
    }
}

impl Teller for Told {
    fn event(&mut self, data: &str, heard: Heard<'_>) -> Result<bool, AiError> {
        #[derive(Deserialize)]
        struct Event {
            r#type: String,
            message: Option<Begun>,
            delta: Option<Delta>,
            usage: Option<Tokens>,
        }
        #[derive(Deserialize)]
        struct Begun {
            model: Option<String>,
            usage: Option<Tokens>,
        }
        #[derive(Deserialize)]
        struct Delta {
            text: Option<String>,
            stop_reason: Option<String>,
        }
        let event: Event = serde_json::from_str(data).map_err(|_| AiError::Protocol)?;
        match event.r#type.as_str() {
            "error" => return Err(AiError::Server { status: 500 }),
            "message_stop" => return Ok(true),
            _ => {}
        }
        if let Some(begun) = event.message {
            self.model = begun.model.unwrap_or_else(|| self.model.clone());
            self.tokens = begun.usage.unwrap_or_default();
        }
        if let Some(tokens) = event.usage {
            self.tokens = tokens.over(self.tokens);
        }
        let Some(delta) = event.delta else { return Ok(false) };
        if let Some(text) = delta.text.filter(|text| !text.is_empty()) {
            heard(&text);
            self.text.push_str(&text);
        }
        self.ended = delta.stop_reason.or(self.ended.take());
        Ok(false)
    }

    fn text_bytes(&self) -> usize {
        self.text.len()
    }

    fn end(self, is_whole: bool) -> Attempt<Answer> {
        let result = match self.ended.as_deref() {
            Some("refusal") => Err(AiError::Declined),
            None if !is_whole => {
                Err(AiError::Transport { what: "the answer broke off".to_owned(), was_connected: true })
            }
            ended => Ok(Answer { is_cut: ended == Some("max_tokens"), text: self.text, model: self.model }),
        };
        // Until the message ended, the tokens of its beginning are there alone.
        let usage = if self.ended.is_some() { self.tokens.usage() } else { None };
        Attempt { result, usage }
    }
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
    let Ok(message) = serde_json::from_slice::<Message>(body) else { return AiError::Protocol.into() };
    let usage = message.usage.and_then(Tokens::usage);
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
