//! Reading, saving and testing the settings of the AI provider.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{AiProviderSummary, KeyTestOutcome};

use crate::{error::Failure, json::Json};

/// What is stored; never the key.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "ai-settings", input = GetUrl, output = Json)]
pub async fn read_ai_settings() -> Result<AiProviderSummary, Failure> {
    use replybook::ai_settings;

    use crate::request::{admin, fail};

    let domain = admin()?.domain;
    ai_settings::get_openai(&domain).await.map_err(fail)
}

/// Stores a key, unless it is empty, and the default model.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::Invalid`].
#[server(prefix = "/api/ui", endpoint = "save-ai-settings", output = Json)]
pub async fn save_ai_settings(api_key: String, model_default: String) -> Result<AiProviderSummary, Failure> {
    use replybook::{ai_settings, types::AiProviderInput};

    use super::answers::Saved;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let before = ai_settings::get_openai(&caller.domain).await.map_err(fail)?;
    let has_new_key = !api_key.trim().is_empty();
    let input = AiProviderInput { api_key: Some(api_key), model_default: Some(model_default) };
    let after = ai_settings::save_openai(&caller.domain, caller.actor(), input).await.map_err(fail)?;
    let saved = match (has_new_key, before.model_default != after.model_default) {
        (true, _) => Saved::Key,
        (false, true) => Saved::Model,
        (false, false) => Saved::Nothing,
    };
    leptos_axum::redirect(&saved.address(after.model_default.as_deref()));
    Ok(after)
}

/// Makes one cheap call with the stored key.
///
/// # Errors
/// For admins only. A key that does not work is an outcome, not an error.
#[server(prefix = "/api/ui", endpoint = "test-ai-key", output = Json)]
pub async fn test_ai_key() -> Result<KeyTestOutcome, Failure> {
    use replybook::ai_settings;

    use super::answers;
    use crate::request::{admin, fail, wants_page};

    let domain = admin()?.domain;
    let outcome = ai_settings::test_openai(&domain).await.map_err(fail)?;
    if wants_page() {
        leptos_axum::redirect(&answers::tested_address(outcome.problem, &outcome.model, outcome.latency_ms));
    }
    Ok(outcome)
}

/// Deletes the stored key.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "remove-ai-key", output = Json)]
pub async fn remove_ai_key() -> Result<AiProviderSummary, Failure> {
    use replybook::ai_settings;

    use super::answers::Saved;
    use crate::request::{admin, fail};

    let caller = admin()?;
    let summary = ai_settings::remove_openai_key(&caller.domain, caller.actor()).await.map_err(fail)?;
    leptos_axum::redirect(&Saved::Removed.address(None));
    Ok(summary)
}
