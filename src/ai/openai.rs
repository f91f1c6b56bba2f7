//! How OpenAI, and servers that speak its language, are asked and answer.
//! <https://platform.openai.com/docs/api-reference/chat/create>

use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    AiError, Answer, Ask, ListedModel, TextSide, Vectors,
    client::{Attempt, Usage},
    events::{Heard, Teller},
};
use crate::types::AiKind;

/// OpenAI itself.
pub const DEFAULT_OPENAI_BASE_URL: &str = "https://api.openai.com/v1";

pub(super) const COMPLETIONS: &str = "/chat/completions";
pub(super) const EMBEDDINGS: &str = "/embeddings";
pub(super) const MODELS: &str = "/models";

/// The request for a chat completion.
pub(super) fn request(kind: AiKind, ask: &Ask) -> Value {
    let system = ask.system.iter().map(|text| json!({ "role": "system", "content": text }));
    let turns = ask.messages.iter().map(
        |message| json!({ "role": if message.is_of_model { "assistant" } else { "user" }, "content": message.text }),
    );
    // OpenAI's newer models refuse the older word; other servers know no other.
    let limit = if kind == AiKind::OpenAi { "max_completion_tokens" } else { "max_tokens" };
    json!({
        "model": ask.model.trim(),
        "messages": system.chain(turns).collect::<Vec<_>>(),
        limit: ask.max_tokens,
    })
}

/// The same, for an answer that is told as it comes, with its tokens at the end.
pub(super) fn stream_request(kind: AiKind, ask: &Ask) -> Value {
    let mut request = request(kind, ask);
    if let Some(fields) = request.as_object_mut() {
        fields.insert("stream".to_owned(), json!(true));
        fields.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    request
}

/// What has been told of an answer.
/// <https://platform.openai.com/docs/api-reference/chat-streaming>
#[derive(Debug)]
pub(super) struct Told {
    text: String,
    model: String,
    ended: Option<String>,
    is_declined: bool,
    usage: Option<Usage>,
}

impl Told {
    pub(super) fn of(ask: &Ask) -> Self {
        let model = ask.model.trim().to_owned();
        Self { text: String::new(), model, ended: None, is_declined: false, usage: None }
    }
}

impl Teller for Told {
    fn event(&mut self, data: &str, heard: Heard<'_>) -> Result<bool, AiError> {
        #[derive(Deserialize)]
        struct Chunk {
            model: Option<String>,
            #[serde(default)]
            choices: Vec<Choice>,
            usage: Option<Tokens>,
            error: Option<Value>,
        }
        #[derive(Deserialize)]
        struct Choice {
            #[serde(default)]
            delta: Delta,
            finish_reason: Option<String>,
        }
        #[derive(Default, Deserialize)]
        struct Delta {
            content: Option<String>,
            refusal: Option<String>,
        }
        if data == "[DONE]" {
            return Ok(true);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|_| AiError::Protocol)?;
        if chunk.error.is_some_and(|error| !error.is_null()) {
            return Err(AiError::Server { status: 500 });
        }
        if let Some(model) = chunk.model.filter(|model| !model.is_empty()) {
            self.model = model;
        }
        // The last chunk has the tokens and nothing else; some servers count on in every one.
        self.usage = chunk.usage.and_then(Tokens::usage).or(self.usage);
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(false) };
        self.is_declined |= choice.delta.refusal.is_some_and(|refusal| !refusal.is_empty());
        if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
            heard(&text);
            self.text.push_str(&text);
        }
        self.ended = choice.finish_reason.or(self.ended.take());
        Ok(false)
    }

    fn text_bytes(&self) -> usize {
        self.text.len()
    }

    fn end(self, is_whole: bool) -> Attempt<Answer> {
        let ended = self.ended.as_deref();
        let result = if self.is_declined || ended == Some("content_filter") {
            Err(AiError::Declined)
        } else if ended.is_none() && !is_whole {
            Err(AiError::Transport { what: "the answer broke off".to_owned(), was_connected: true })
        } else {
            Ok(Answer { is_cut: ended == Some("length"), text: self.text, model: self.model })
        };
        Attempt { result, usage: self.usage }
    }
}

/// The request for vectors. Some servers have models that read a question otherwise than what answers it; they are told by a word that
/// OpenAI itself does not know.
pub(super) fn embeddings_request(model: &str, texts: &[String], side: Option<TextSide>) -> Value {
    let mut request = json!({ "model": model.trim(), "input": texts, "encoding_format": "float" });
    if let (Some(side), Some(fields)) = (side, request.as_object_mut()) {
        let word = match side {
            TextSide::Question => "query",
            TextSide::Document => "document",
        };
        fields.insert("input_type".to_owned(), json!(word));
    }
    request
}

/// What a chat completion says.
pub(super) fn answer(body: &[u8], asked_for: &str) -> Attempt<Answer> {
    #[derive(Deserialize)]
    struct Completion {
        model: Option<String>,
        choices: Vec<Choice>,
        usage: Option<Tokens>,
    }
    #[derive(Deserialize)]
    struct Choice {
        message: Reply,
        finish_reason: Option<String>,
    }
    #[derive(Deserialize)]
    struct Reply {
        content: Option<String>,
        refusal: Option<String>,
    }
    let Ok(completion) = serde_json::from_slice::<Completion>(body) else { return AiError::Protocol.into() };
    let usage = completion.usage.and_then(Tokens::usage);
    let Some(first) = completion.choices.into_iter().next() else {
        return Attempt { result: Err(AiError::Protocol), usage };
    };
    let ended = first.finish_reason.as_deref().unwrap_or_default();
    let is_declined = ended == "content_filter" || first.message.refusal.is_some_and(|refusal| !refusal.is_empty());
    let result = if is_declined {
        Err(AiError::Declined)
    } else {
        Ok(Answer {
            text: first.message.content.unwrap_or_default(),
            model: completion.model.unwrap_or_else(|| asked_for.trim().to_owned()),
            is_cut: ended == "length",
        })
    };
    Attempt { result, usage }
}

/// The vectors of an answer, as many as texts were sent.
pub(super) fn vectors(body: &[u8], texts: usize) -> Attempt<Vectors> {
    #[derive(Deserialize)]
    struct Embeddings {
        data: Vec<Embedding>,
        usage: Option<Tokens>,
    }
    #[derive(Deserialize)]
    struct Embedding {
        index: Option<usize>,
        embedding: Vec<f32>,
    }
    let Ok(embeddings) = serde_json::from_slice::<Embeddings>(body) else { return AiError::Protocol.into() };
    let usage = embeddings.usage.and_then(Tokens::usage);
    let mut data: Vec<(usize, Vec<f32>)> = embeddings
        .data
        .into_iter()
        .enumerate()
        .map(|(place, one)| (one.index.unwrap_or(place), one.embedding))
        .collect();
    data.sort_by_key(|(index, _)| *index);
    let length = data.first().map_or(0, |(_, vector)| vector.len());
    let is_whole = data.len() == texts
        && length > 0
        && data.iter().enumerate().all(|(place, (index, vector))| {
            *index == place && vector.len() == length && vector.iter().all(|number| number.is_finite())
        });
    let vectors = data.into_iter().map(|(_, vector)| vector).collect();
    Attempt { result: if is_whole { Ok(vectors) } else { Err(AiError::Protocol) }, usage }
}

/// A list of models. Anthropic's has the same form. What is listed without a name that can be chosen is left out.
pub(super) fn models(body: &[u8]) -> Result<Vec<ListedModel>, AiError> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Model {
        id: String,
        #[serde(default)]
        shutdown_date: Value,
    }
    let list: List = serde_json::from_slice(body).map_err(|_| AiError::Protocol)?;
    let models = list.data.into_iter().filter_map(|entry| serde_json::from_value::<Model>(entry).ok());
    let models = models.filter(|model| is_name(&model.id));
    Ok(models.map(|model| ListedModel { shutdown_date: day(&model.shutdown_date), id: model.id }).collect())
}

/// Whether a model of this name can be chosen here.
fn is_name(id: &str) -> bool {
    !id.is_empty() && id.chars().count() <= 200 && !id.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// A day in one of the forms in which servers write it: a date, a time, or seconds.
fn day(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.get(..10)?.to_owned(),
        Value::Number(seconds) => DateTime::from_timestamp(seconds.as_i64()?, 0)?.date_naive().to_string(),
        _ => return None,
    };
    text.parse::<chrono::NaiveDate>().ok().map(|day| day.to_string())
}

#[derive(Deserialize)]
struct Tokens {
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    total_tokens: Option<i64>,
}

impl Tokens {
    /// Nothing, where a number is missing or cannot be one: then the call counts with all it may have cost.
    fn usage(self) -> Option<Usage> {
        let input = self.prompt_tokens?;
        let output = self.completion_tokens.or_else(|| self.total_tokens?.checked_sub(input)).unwrap_or(0);
        Usage::told(input, output)
    }
}

/// What a provider says when it refuses. <https://platform.openai.com/docs/guides/error-codes>
#[derive(Debug, Default)]
pub(super) struct Said {
    pub message: String,
    pub param: Option<String>,
    pub code: String,
    pub kind: String,
}

/// Reads the body of a refusal, OpenAI's or Anthropic's; whatever else it is says nothing.
pub(super) fn said(body: &[u8]) -> Said {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    // Ollama and some others have a text where OpenAI has an object.
    let Some(error) = value.get("error") else { return Said::default() };
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    Said {
        message: error.as_str().map(ToOwned::to_owned).or_else(|| text("message")).unwrap_or_default(),
        param: text("param"),
        code: text("code").unwrap_or_default(),
        kind: text("type").unwrap_or_default(),
    }
}
