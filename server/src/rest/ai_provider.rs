//! The key and the model of OpenAI, by the addresses from before there were other providers. See [`super::ai_providers`].

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, ai_settings,
    types::{AiKind, AiProviderInput, AiProviderSummary, KeyTestOutcome},
};

use super::ApiJson;
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult},
};

/// What is configured
///
/// Says whether a key exists, never what it is.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-provider/openai",
    tag = "ai-provider", operation_id = "getOpenAi",
    responses((status = 200, body = AiProviderSummary), AdminErrors)
)]
pub async fn get(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<AiProviderSummary>> {
    Ok(Json(ai_settings::get_openai(&domain).await?))
}

/// Save the key or the model
///
/// What is absent or empty stays as it is.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-provider/openai",
    tag = "ai-provider", operation_id = "saveOpenAi",
    request_body = AiProviderInput,
    responses((status = 200, body = AiProviderSummary), AdminErrors)
)]
pub async fn save(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<AiProviderInput>,
) -> ApiResult<Json<AiProviderSummary>> {
    Ok(Json(ai_settings::save_openai(&domain, caller.actor(), input).await?))
}

/// Test the stored key
///
/// Makes one cheap call and reports the result; a key that does not work is a result, not an error.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-provider/openai/test",
    tag = "ai-provider", operation_id = "testOpenAi",
    responses((status = 200, body = KeyTestOutcome), AdminErrors)
)]
pub async fn test(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<KeyTestOutcome>> {
    Ok(Json(ai_settings::test(&domain, AiKind::OpenAi).await?))
}

/// Delete the key
#[utoipa::path(
    delete,
    path = "/api/integrations/ai-provider/openai/key",
    tag = "ai-provider", operation_id = "removeOpenAiKey",
    responses((status = 200, body = AiProviderSummary), AdminErrors)
)]
pub async fn remove_key(State(domain): State<Arc<Domain>>, Admin(caller): Admin) -> ApiResult<Json<AiProviderSummary>> {
    ai_settings::remove_key(&domain, caller.actor(), AiKind::OpenAi).await?;
    Ok(Json(ai_settings::get_openai(&domain).await?))
}
