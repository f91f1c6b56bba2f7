//! Saving and testing the settings of the AI provider.

use leptos::prelude::*;
use replybook::{
    ai_settings,
    types::{AiProviderInput, AiProviderSummary, KeyTestOutcome},
};

use super::{Words, problem_text};
use crate::{
    Failure,
    answer::{Told, go_and_tell},
    json::Json,
    paths,
    request::{admin, fail, lang},
};

/// Stores a key, unless it is empty, and the default model.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::Invalid`].
#[server(prefix = "/api/ui", endpoint = "save-ai-settings", output = Json)]
pub async fn save_ai_settings(api_key: String, model_default: String) -> Result<AiProviderSummary, Failure> {
    let caller = admin()?;
    let before = ai_settings::get_openai(&caller.domain).await.map_err(fail)?;
    let has_new_key = !api_key.trim().is_empty();
    let input = AiProviderInput { api_key: Some(api_key), model_default: Some(model_default) };
    let after = ai_settings::save_openai(&caller.domain, caller.actor(), input).await.map_err(fail)?;
    let words = Words(lang());
    // Only what happened is said.
    let said = match (has_new_key, before.model_default != after.model_default) {
        (true, _) => words.saved_key().to_owned(),
        (false, true) => words.saved_model(after.model_default.as_deref().unwrap_or_default()),
        (false, false) => words.saved_nothing().to_owned(),
    };
    go_and_tell(paths::AI_SETTINGS, Told::good(said));
    Ok(after)
}

/// Makes one cheap call with the stored key.
///
/// # Errors
/// For admins only. A key that does not work is an outcome, not an error.
#[server(prefix = "/api/ui", endpoint = "test-ai-key", output = Json)]
pub async fn test_ai_key() -> Result<KeyTestOutcome, Failure> {
    let domain = admin()?.domain;
    let outcome = ai_settings::test_openai(&domain).await.map_err(fail)?;
    let words = Words(lang());
    let told = match outcome.problem {
        None => Told::good(words.test_ok(&outcome.model, outcome.latency_ms)),
        Some(problem) => {
            let text = problem_text(words, problem, &outcome.model);
            Told::bad(match &outcome.provider_words {
                Some(said) => format!("{text} {}", words.test_said(said)),
                None => text,
            })
        }
    };
    go_and_tell(paths::AI_SETTINGS, told);
    Ok(outcome)
}

/// Deletes the stored key.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "remove-ai-key", output = Json)]
pub async fn remove_ai_key() -> Result<AiProviderSummary, Failure> {
    let caller = admin()?;
    let summary = ai_settings::remove_openai_key(&caller.domain, caller.actor()).await.map_err(fail)?;
    go_and_tell(paths::AI_SETTINGS, Told::good(Words(lang()).removed()));
    Ok(summary)
}
