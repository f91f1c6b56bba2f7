//! One attempt of a call at a provider: sent, read within bounds, and put into our words. Who may call, what it may cost and when to
//! try again is not decided here.

use std::time::{Duration, SystemTime};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::{AiError, anthropic, events, openai};
use crate::{
    net::{self, Failure, retry_after, shorten},
    types::AiKind,
};

/// The longest answer that is read. One with vectors for a batch of texts has a few megabytes.
const MAX_ANSWER_BYTES: usize = 32 << 20;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub model: String,
    /// What holds for the whole conversation.
    pub system: Option<String>,
    /// In turns, beginning with the person's.
    pub messages: Vec<Message>,
    /// The answer ends here, whatever it says until then. Thinking counts.
    pub max_tokens: u32,
}

/// One turn of a conversation with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whether the model said it.
    pub is_of_model: bool,
    pub text: String,
}

impl Ask {
    /// One question without anything before it.
    #[must_use]
    pub fn one(model: &str, text: impl Into<String>, max_tokens: u32) -> Self {
        let message = Message { is_of_model: false, text: text.into() };
        Self { model: model.to_owned(), system: None, messages: vec![message], max_tokens }
    }
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    /// The model that answered, as it names itself.
    pub model: String,
    /// It ends because `max_tokens` were reached.
    pub is_cut: bool,
}

/// What a text is to a model that makes vectors: some read what is asked otherwise than what is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSide {
    Question,
    Document,
}

/// One vector for each text, in their order, all of one length.
pub type Vectors = Vec<Vec<f32>>;

/// A model on a provider's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    pub id: String,
    /// The day on which it ends, like `2026-10-23`, where the list says so.
    pub shutdown_date: Option<String>,
}

/// Tokens that the provider counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub input: i64,
    pub output: i64,
}

impl Usage {
    /// More than any call can use: a count above is a mistake of whoever counted.
    const MOST: i64 = 1_000_000_000;

    /// What the provider says; nothing, where it cannot be: then the call counts with all it may have cost.
    pub(super) fn told(input: i64, output: i64) -> Option<Self> {
        let can_be = 0..=Self::MOST;
        (can_be.contains(&input) && can_be.contains(&output)).then_some(Self { input, output })
    }
}

/// What an attempt came to, and what it used, where the provider said so.
#[derive(Debug)]
pub(super) struct Attempt<T> {
    pub result: Result<T, AiError>,
    pub usage: Option<Usage>,
}

impl<T> From<AiError> for Attempt<T> {
    fn from(error: AiError) -> Self {
        Self { result: Err(error), usage: None }
    }
}

/// A client of one provider, with the key it was given. Not to be had outside `ai`: nothing calls a model but through the budget.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub http: reqwest::Client,
    pub kind: AiKind,
    /// Without a slash at its end.
    pub base_url: String,
    pub key: Option<SecretString>,
}

impl Client {
    /// All models that the key may use, in the order of the list.
    pub(super) async fn models(&self) -> Result<Vec<ListedModel>, AiError> {
        let path = if self.kind == AiKind::Anthropic { anthropic::MODELS } else { openai::MODELS };
        let body = self.call(self.http.get(self.url(path)), "").await?;
        openai::models(&body)
    }

    pub(super) async fn complete(&self, ask: &Ask) -> Attempt<Answer> {
        let (path, request) = match self.kind {
            AiKind::Anthropic => (anthropic::MESSAGES, anthropic::request(ask)),
            AiKind::OpenAi | AiKind::Compatible => (openai::COMPLETIONS, openai::request(self.kind, ask)),
        };
        match self.call(self.http.post(self.url(path)).json(&request), &ask.model).await {
            Ok(body) => self.answer(&body, ask),
            Err(error) => error.into(),
        }
    }

    /// As [`Client::complete`], with each piece of the answer told as it comes. A server that cannot do so answers at once.
    pub(super) async fn stream(&self, ask: &Ask, silence: Duration, heard: events::Heard<'_>) -> Attempt<Answer> {
        let (path, request) = match self.kind {
            AiKind::Anthropic => (anthropic::MESSAGES, anthropic::stream_request(ask)),
            AiKind::OpenAi | AiKind::Compatible => (openai::COMPLETIONS, openai::stream_request(self.kind, ask)),
        };
        let response = match self.begin(self.http.post(self.url(path)).json(&request), &ask.model).await {
            Ok(response) => response,
            Err(error) => return error.into(),
        };
        if events::are_in(&response) {
            return match self.kind {
                AiKind::Anthropic => events::follow(response, anthropic::Told::of(ask), silence, heard).await,
                AiKind::OpenAi | AiKind::Compatible => {
                    events::follow(response, openai::Told::of(ask), silence, heard).await
                }
            };
        }
        let attempt = match net::read(response, MAX_ANSWER_BYTES).await {
            Ok(body) => self.answer(&body, ask),
            Err(failure) => AiError::from(failure).into(),
        };
        if let Ok(answer) = &attempt.result {
            heard(&answer.text);
        }
        attempt
    }

    fn answer(&self, body: &[u8], ask: &Ask) -> Attempt<Answer> {
        match self.kind {
            AiKind::Anthropic => anthropic::answer(body, &ask.model),
            AiKind::OpenAi | AiKind::Compatible => openai::answer(body, &ask.model),
        }
    }

    pub(super) async fn embed(&self, model: &str, texts: &[String], side: TextSide) -> Attempt<Vectors> {
        if self.kind == AiKind::Compatible {
            let told = self.embed_as(model, texts, Some(side)).await;
            let is_not_known = matches!(
                told.result,
                Err(AiError::UnsupportedParameter { .. } | AiError::Rejected { status: 400 | 422, .. })
            );
            if !is_not_known {
                return told;
            }
        }
        self.embed_as(model, texts, None).await
    }

    async fn embed_as(&self, model: &str, texts: &[String], side: Option<TextSide>) -> Attempt<Vectors> {
        let request = openai::embeddings_request(model, texts, side);
        match self.call(self.http.post(self.url(openai::EMBEDDINGS)).json(&request), model).await {
            Ok(body) => openai::vectors(&body, texts.len()),
            Err(error) => error.into(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The body of a successful answer.
    async fn call(&self, request: RequestBuilder, model: &str) -> Result<Vec<u8>, AiError> {
        let response = self.begin(request, model).await?;
        Ok(net::read(response, MAX_ANSWER_BYTES).await?)
    }

    /// A successful answer, of which the body is still to come.
    async fn begin(&self, request: RequestBuilder, model: &str) -> Result<Response, AiError> {
        let sent = self.authorized(request)?.send().await;
        let response = sent.map_err(|error| {
            let was_connected = !error.is_connect();
            match AiError::from(Failure::from(error)) {
                AiError::Transport { what, .. } => AiError::Transport { what, was_connected },
                error => error,
            }
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let asked = retry_after(response.headers(), SystemTime::now());
        let body = net::read(response, MAX_ANSWER_BYTES).await?;
        Err(self.refusal(status, asked, &body, model))
    }

    fn authorized(&self, mut request: RequestBuilder) -> Result<RequestBuilder, AiError> {
        if self.kind == AiKind::Anthropic {
            request = request.header("anthropic-version", anthropic::VERSION);
        }
        let Some(key) = &self.key else { return Ok(request) };
        let key = key.expose_secret().trim();
        let (name, value) = match self.kind {
            AiKind::Anthropic => (HeaderName::from_static("x-api-key"), HeaderValue::try_from(key)),
            AiKind::OpenAi | AiKind::Compatible => (AUTHORIZATION, HeaderValue::try_from(format!("Bearer {key}"))),
        };
        let mut value = value.map_err(|_| AiError::InvalidKey)?;
        value.set_sensitive(true);
        Ok(request.header(name, value))
    }

    fn refusal(&self, status: StatusCode, retry_after: Option<Duration>, body: &[u8], model: &str) -> AiError {
        let said = openai::said(body);
        let without_key = |text: &str| shorten(&self.without_key(text));
        let message = || without_key(&said.message);
        let has_words = |words: &str| said.message.to_ascii_lowercase().contains(words);
        match (status.as_u16(), said.code.as_str()) {
            (401, _) => AiError::InvalidKey,
            (404, _) | (400 | 403, "model_not_found") => AiError::ModelNotFound { model: model.to_owned() },
            (402, _) | (429, "insufficient_quota") => AiError::QuotaExhausted,
            (429, _) if said.kind == "insufficient_quota" => AiError::QuotaExhausted,
            // Anthropic has no code of its own for either.
            (400, _) if self.kind == AiKind::Anthropic && has_words("credit balance") => AiError::QuotaExhausted,
            (400, _) if self.kind == AiKind::Anthropic && has_words("prompt is too long") => AiError::TooLong,
            (403, _) => AiError::Forbidden { message: message() },
            (429, _) => AiError::RateLimited { retry_after },
            (413, _) | (400, "context_length_exceeded" | "string_above_max_length") => AiError::TooLong,
            // Servers that speak OpenAI's language have the words, not the code.
            (400, _) if has_words("maximum context length") || has_words("context size") => AiError::TooLong,
            (400, "content_filter" | "content_policy_violation") => AiError::Declined,
            (400, "unsupported_parameter" | "unknown_parameter") => AiError::UnsupportedParameter {
                parameter: without_key(said.param.as_deref().unwrap_or("max_completion_tokens")),
            },
            (status @ 500..=599, _) => AiError::Server { status },
            (status, _) => AiError::Rejected { status, message: message() },
        }
    }

    /// Providers quote keys in their messages; ours is not to be seen.
    fn without_key(&self, message: &str) -> String {
        let message: String = message.chars().take(LOOKED_THROUGH).collect();
        match self.key.as_ref().map_or("", |key| key.expose_secret().trim()) {
            "" => message,
            key => masked(&message.replace(key, MASK), &forms_of(key)),
        }
    }
}

/// So much of what a provider says is looked through for the key; far less of it is shown.
const LOOKED_THROUGH: usize = 4_000;
const MASK: &str = "[key]";
/// From so many characters on a part of the key is not to be seen either. A shorter key is masked where it stands whole.
const PART: usize = 8;

/// How a server may write a key that it was sent: as it is, percent-encoded, in hexadecimal, and in base64, alone or in the middle of
/// a header.
fn forms_of(key: &str) -> Vec<String> {
    let percent: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![key.to_owned(), percent.to_lowercase(), percent, hex.to_uppercase(), hex];
    // What stands before a text shifts its base64 by none, two or four bits; the digits that it shares with that are left out.
    for (before, shared) in [(0, 0), (1, 2), (2, 3)] {
        let shifted = [vec![0; before], key.as_bytes().to_vec()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            let whole = shifted.len() * 4 / 3;
            forms.extend(encoded.get(shared..whole).map(ToOwned::to_owned));
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The message without what it has in common with one of the forms, from [`PART`] characters on.
fn masked(message: &str, forms: &[String]) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let common = forms.iter().map(|form| longest_start(rest, form)).max().unwrap_or(0);
        let skipped = if common >= PART { common } else { first.len_utf8() };
        shown.push_str(if common >= PART { MASK } else { &rest[..skipped] });
        rest = &rest[skipped..];
    }
    shown
}

/// How many bytes at the start of a text stand anywhere in a form. Forms are ASCII.
fn longest_start(text: &str, form: &str) -> usize {
    let (text, form) = (text.as_bytes(), form.as_bytes());
    let from = |at: usize| form[at..].iter().zip(text).take_while(|(one, other)| one == other).count();
    (0..form.len()).map(from).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
