//! AI providers, and what their models cost.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain, ai_settings,
    types::{AiKind, AiProvider, AiProviderChange, AiSpend, KeyTestOutcome, KeyTestProblem, NotFoundCode, Problem},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ApiJson, ApiQuery, count, extract::PathText, present};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Every provider there can be, also those that nothing is stored of.
#[derive(Serialize, ToSchema)]
pub struct AiProviderList {
    providers: Vec<AiProvider>,
    count: u32,
}

/// What reading the list of models came to.
#[derive(Serialize, ToSchema)]
pub struct AiModelsRead {
    /// `null`: it was read.
    problem: Option<KeyTestProblem>,
    provider: AiProvider,
}

/// Which month.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SpendQuery {
    /// Like `2026-11`; by default the present month (UTC).
    #[param(max_length = 7, pattern = "^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")]
    month: Option<String>,
}

fn kind(code: &str) -> Result<AiKind, Problem> {
    code.parse().map_err(|_| Problem::not_found(NotFoundCode::AiProvider))
}

/// List the AI providers
///
/// Says whether a key exists, never what it is. Money is in millionths of a dollar.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-providers",
    tag = "ai-provider", operation_id = "listAiProviders",
    responses((status = 200, body = AiProviderList), AdminErrors)
)]
pub async fn list(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<AiProviderList>> {
    let providers = ai_settings::list(&domain).await?;
    Ok(Json(AiProviderList { count: count(&providers), providers }))
}

/// Get one AI provider
#[utoipa::path(
    get,
    path = "/api/integrations/ai-providers/{provider}",
    tag = "ai-provider", operation_id = "getAiProvider",
    params(("provider" = AiKind, Path)),
    responses(
        (status = 200, body = AiProvider),
        (status = 404, body = ErrorBody, description = "`ai_provider_not_found`"),
        AdminErrors,
    )
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathText(provider): PathText,
) -> ApiResult<Json<AiProvider>> {
    Ok(Json(ai_settings::get(&domain, kind(&provider)?).await?))
}

/// Change an AI provider
///
/// What is left out stays as it is; `null` removes. Prices are kept for each model.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-providers/{provider}",
    tag = "ai-provider", operation_id = "saveAiProvider",
    params(("provider" = AiKind, Path)),
    request_body = AiProviderChange,
    responses(
        (status = 200, body = AiProvider),
        (status = 404, body = ErrorBody, description = "`ai_provider_not_found`"),
        AdminErrors,
    )
)]
pub async fn save(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathText(provider): PathText,
    ApiJson(change): ApiJson<AiProviderChange>,
) -> ApiResult<Json<AiProvider>> {
    Ok(Json(ai_settings::save(&domain, caller.actor(), kind(&provider)?, change).await?))
}

/// Test an AI provider
///
/// Makes one cheap call with the stored key and the model for drafts. One that does not work is a result, not an error.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-providers/{provider}/test",
    tag = "ai-provider", operation_id = "testAiProvider",
    params(("provider" = AiKind, Path)),
    responses(
        (status = 200, body = KeyTestOutcome),
        (status = 404, body = ErrorBody, description = "`ai_provider_not_found`"),
        AdminErrors,
    )
)]
pub async fn test(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathText(provider): PathText,
) -> ApiResult<Json<KeyTestOutcome>> {
    Ok(Json(ai_settings::test(&domain, kind(&provider)?).await?))
}

/// Read the provider's list of models
///
/// A list that cannot be read is a result, not an error: what was known stays.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-providers/{provider}/models",
    tag = "ai-provider", operation_id = "readAiModels",
    params(("provider" = AiKind, Path)),
    responses(
        (status = 200, body = AiModelsRead),
        (status = 404, body = ErrorBody, description = "`ai_provider_not_found`"),
        AdminErrors,
    )
)]
pub async fn models(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathText(provider): PathText,
) -> ApiResult<Json<AiModelsRead>> {
    let kind = kind(&provider)?;
    let problem = ai_settings::refresh_models(&domain, kind).await?;
    Ok(Json(AiModelsRead { problem, provider: ai_settings::get(&domain, kind).await? }))
}

/// Delete the key of an AI provider
#[utoipa::path(
    delete,
    path = "/api/integrations/ai-providers/{provider}/key",
    tag = "ai-provider", operation_id = "removeAiKey",
    params(("provider" = AiKind, Path)),
    responses(
        (status = 200, body = AiProvider),
        (status = 404, body = ErrorBody, description = "`ai_provider_not_found`"),
        AdminErrors,
    )
)]
pub async fn remove_key(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathText(provider): PathText,
) -> ApiResult<Json<AiProvider>> {
    Ok(Json(ai_settings::remove_key(&domain, caller.actor(), kind(&provider)?).await?))
}

/// What a month's calls cost
///
/// By day, provider and purpose. Calls under way count with the most that they may cost.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-spend",
    tag = "ai-provider", operation_id = "getAiSpend",
    params(SpendQuery),
    responses((status = 200, body = AiSpend), AdminErrors)
)]
pub async fn spend(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    ApiQuery(query): ApiQuery<SpendQuery>,
) -> ApiResult<Json<AiSpend>> {
    Ok(Json(ai_settings::spend(&domain, present(query.month.as_ref())).await?))
}
