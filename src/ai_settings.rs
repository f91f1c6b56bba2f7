//! The AI provider: key, default model, and a test that both work.

use std::time::Duration;

use secrecy::SecretString;

use crate::{
    Domain,
    ai::AiError,
    store::Act,
    types::{Actor, AiProviderInput, AiProviderSummary, InvalidCode, KeyTestOutcome, KeyTestProblem, Problem},
};

const OPENAI: &str = "openai";
const OPENAI_NAME: &str = "OpenAI";

/// What is configured for OpenAI.
///
/// # Errors
/// When the database cannot be read.
pub async fn get_openai(d: &Domain) -> Result<AiProviderSummary, Problem> {
    Ok(d.store.ai_provider(OPENAI).await?.unwrap_or_else(|| AiProviderSummary {
        provider_code: OPENAI.to_owned(),
        name: OPENAI_NAME.to_owned(),
        has_api_key: false,
        model_default: None,
    }))
}

/// Stores a key, a default model, or both. What is absent or empty stays as it is.
///
/// # Errors
/// `api_key` or `model_default` that cannot be one.
pub async fn save_openai(d: &Domain, by: Actor, input: AiProviderInput) -> Result<AiProviderSummary, Problem> {
    let is_longer = |value: &Option<String>, most| value.as_ref().is_some_and(|value| value.chars().count() > most);
    if is_longer(&input.api_key, 1_000) {
        return Err(Problem::invalid("api_key", InvalidCode::ApiKeyInvalid));
    }
    if is_longer(&input.model_default, 200) {
        return Err(Problem::invalid("model_default", InvalidCode::ModelInvalid));
    }
    let key = given(input.api_key);
    let model = given(input.model_default);
    if key.as_ref().is_some_and(|key| key.chars().any(|c| !c.is_ascii_graphic())) {
        return Err(Problem::invalid("api_key", InvalidCode::ApiKeyInvalid));
    }
    if model.as_ref().is_some_and(|model| model.chars().any(char::is_whitespace)) {
        return Err(Problem::invalid("model_default", InvalidCode::ModelInvalid));
    }
    let key = key.map(SecretString::from);
    let act = Act { by, at: d.clock.now() };
    d.store.save_ai_provider(OPENAI, OPENAI_NAME, by.user, key.as_ref(), model.as_deref(), act).await?;
    tracing::info!(%by, has_new_key = key.is_some(), model, "AI settings saved");
    get_openai(d).await
}

/// Forgets the key; the default model stays.
///
/// # Errors
/// When the database cannot be written.
pub async fn remove_openai_key(d: &Domain, by: Actor) -> Result<AiProviderSummary, Problem> {
    d.store.remove_ai_key(OPENAI, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, "AI key removed");
    get_openai(d).await
}

/// Makes one cheap call with the stored key and model, and says what came back.
///
/// # Errors
/// When the database cannot be read. What the provider answers is never an error here but the outcome.
pub async fn test_openai(d: &Domain) -> Result<KeyTestOutcome, Problem> {
    let summary = get_openai(d).await?;
    let model = summary.model_default.unwrap_or_default();
    let key = match d.store.ai_key(OPENAI).await? {
        Some(key) if !model.is_empty() => key,
        key => {
            let problem = Some(if key.is_none() { KeyTestProblem::NoKey } else { KeyTestProblem::NoModel });
            return Ok(KeyTestOutcome { model, problem, said: String::new(), provider_words: None, latency_ms: 0 });
        }
    };
    let started = std::time::Instant::now();
    Ok(match d.openai.test_key(&key, &model).await {
        Ok(test) => KeyTestOutcome {
            model: test.model,
            problem: None,
            said: test.reply,
            provider_words: None,
            latency_ms: test.latency_ms,
        },
        Err(error) => KeyTestOutcome {
            model,
            problem: Some(problem(&error)),
            said: error.to_string(),
            provider_words: error.said().map(ToOwned::to_owned),
            latency_ms: millis(started.elapsed()),
        },
    })
}

fn problem(error: &AiError) -> KeyTestProblem {
    match error {
        AiError::InvalidKey => KeyTestProblem::InvalidKey,
        AiError::ModelNotFound { .. } => KeyTestProblem::ModelNotFound,
        AiError::QuotaExhausted => KeyTestProblem::QuotaExhausted,
        AiError::RateLimited { .. } => KeyTestProblem::RateLimited,
        AiError::Transport { .. } | AiError::Timeout => KeyTestProblem::Unreachable,
        AiError::Forbidden { .. }
        | AiError::UnsupportedParameter { .. }
        | AiError::Rejected { .. }
        | AiError::Server { .. }
        | AiError::Protocol => KeyTestProblem::ProviderError,
    }
}

fn given(value: Option<String>) -> Option<String> {
    value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
