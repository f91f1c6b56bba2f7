//! Saving and testing the settings of the AI providers.

#![expect(clippy::too_many_arguments, reason = "one argument for each field of a form")]

use leptos::prelude::*;
use replybook::{
    ai_settings,
    types::{AiKind, AiPrice, AiProvider, AiProviderChange, InvalidCode, KeyTestOutcome, Problem},
};

use super::{money, place, problem_text, words::Words};
use crate::{
    Failure,
    answer::{Told, go_and_tell},
    json::Json,
    request::{admin, fail, lang},
};

/// The provider of a form. One that does not say is the first.
fn kind(provider: &str) -> Result<AiKind, Failure> {
    if provider.is_empty() {
        return Ok(AiKind::OpenAi);
    }
    provider.parse().map_err(|unknown| fail(Problem::invalid("provider", InvalidCode::Unknown(unknown))))
}

fn amount(field: &str, text: &str) -> Result<Option<i64>, Failure> {
    money::micros(text).ok_or_else(|| fail(Problem::invalid(field, InvalidCode::AmountInvalid)))
}

/// Stores a key and a default model, unless they are empty, and all else as it is in the form.
///
/// # Errors
/// For admins only; [`Problem::Invalid`].
#[server(prefix = "/api/ui", endpoint = "save-ai-settings", output = Json)]
pub async fn save_ai_settings(
    api_key: String,
    model_default: String,
    #[server(default)] provider: String,
    #[server(default)] model_embeddings: String,
    #[server(default)] base_url: String,
    #[server(default)] allow_local: bool,
    #[server(default)] monthly_budget: String,
    #[server(default)] drafts: bool,
    #[server(default)] embeddings: bool,
) -> Result<AiProvider, Failure> {
    let caller = admin()?;
    let kind = kind(&provider)?;
    let before = ai_settings::get(&caller.domain, kind).await.map_err(fail)?;
    let has_new_key = !api_key.trim().is_empty();
    let is_compatible = kind == AiKind::Compatible;
    let change = AiProviderChange {
        api_key: Some(api_key),
        base_url: is_compatible.then_some(Some(base_url)),
        allow_local: is_compatible.then_some(allow_local),
        model_default: Some(model_default).filter(|model| !model.trim().is_empty()).map(Some),
        model_embeddings: kind.has_embeddings().then_some(Some(model_embeddings)),
        drafts: Some(drafts),
        embeddings: kind.has_embeddings().then_some(embeddings),
        monthly_budget_micros: Some(amount("monthly_budget", &monthly_budget)?),
        prices: Vec::new(),
    };
    let after = ai_settings::save(&caller.domain, caller.actor(), kind, change).await.map_err(fail)?;
    let words = Words(lang());
    // Only what happened is said.
    let said = if has_new_key {
        words.saved_key().to_owned()
    } else if before.model_default != after.model_default {
        words.saved_model(after.model_default.as_deref().unwrap_or_default())
    } else if before != after {
        words.saved().to_owned()
    } else {
        words.saved_nothing().to_owned()
    };
    go_and_tell(place(kind), Told::good(said));
    Ok(after)
}

/// Stores what a model costs.
///
/// # Errors
/// For admins only; [`Problem::Invalid`].
#[server(prefix = "/api/ui", endpoint = "save-ai-price", output = Json)]
pub async fn save_ai_price(
    provider: String,
    model: String,
    #[server(default)] input: String,
    #[server(default)] output: String,
) -> Result<AiProvider, Failure> {
    let caller = admin()?;
    let kind = kind(&provider)?;
    let price = AiPrice {
        model: model.clone(),
        input_price_micros: amount("input", &input)?,
        output_price_micros: amount("output", &output)?,
    };
    let change = AiProviderChange { prices: vec![price], ..AiProviderChange::default() };
    let after = ai_settings::save(&caller.domain, caller.actor(), kind, change).await.map_err(fail)?;
    go_and_tell(place(kind), Told::good(Words(lang()).saved_price(model)));
    Ok(after)
}

/// Makes one cheap call with the stored key.
///
/// # Errors
/// For admins only. A key that does not work is an outcome, not an error.
#[server(prefix = "/api/ui", endpoint = "test-ai-key", output = Json)]
pub async fn test_ai_key(#[server(default)] provider: String) -> Result<KeyTestOutcome, Failure> {
    let domain = admin()?.domain;
    let kind = kind(&provider)?;
    let outcome = ai_settings::test(&domain, kind).await.map_err(fail)?;
    if outcome.problem.is_none() && ai_settings::get(&domain, kind).await.map_err(fail)?.models_at.is_none() {
        // Nobody waits for what it comes to: the page says that there is no list.
        let _problem = ai_settings::refresh_models(&domain, kind).await.map_err(fail)?;
    }
    let words = Words(lang());
    let told = match outcome.problem {
        None => Told::good(words.test_ok(&outcome.model, outcome.latency_ms)),
        Some(problem) => {
            let text = problem_text(words, kind, problem, &outcome.model);
            Told::bad(match &outcome.provider_words {
                Some(said) => format!("{text} {}", words.test_said(kind.name(), said)),
                None => text,
            })
        }
    };
    go_and_tell(place(kind), told);
    Ok(outcome)
}

/// Reads the provider's list of models.
///
/// # Errors
/// For admins only. A list that cannot be read is told, and no error.
#[server(prefix = "/api/ui", endpoint = "read-ai-models", output = Json)]
pub async fn read_ai_models(#[server(default)] provider: String) -> Result<(), Failure> {
    let domain = admin()?.domain;
    let kind = kind(&provider)?;
    let problem = ai_settings::refresh_models(&domain, kind).await.map_err(fail)?;
    let words = Words(lang());
    let told = match problem {
        None => Told::good(words.list_was_read()),
        Some(problem) => Told::bad(problem_text(words, kind, problem, "")),
    };
    go_and_tell(place(kind), told);
    Ok(())
}

/// Deletes the stored key.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "remove-ai-key", output = Json)]
pub async fn remove_ai_key(#[server(default)] id: String) -> Result<AiProvider, Failure> {
    let caller = admin()?;
    let kind = kind(&id)?;
    let provider = ai_settings::remove_key(&caller.domain, caller.actor(), kind).await.map_err(fail)?;
    go_and_tell(place(kind), Told::good(Words(lang()).removed()));
    Ok(provider)
}
