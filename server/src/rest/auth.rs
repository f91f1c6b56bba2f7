//! Who is asking, and tokens for scripts.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, auth, people,
    types::{
        ApiToken, ApiTokenCreated, ApiTokenId, ApiTokenInput, InvalidCode, LoginInput, LoginOutput, OwnKeys, Problem,
        ReviewKey, Through, User,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ApiJson, PathId};
use crate::{
    client_ip::ClientIp,
    identity::{Admin, Reviewer, SignedIn},
    problem::{AdminErrors, ApiResult, ErrorBody, PublicErrors, Refusal, SignedInErrors},
};

/// Get a token for scripts
///
/// Attempts are limited per address and per account.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth", operation_id = "login",
    security(()),
    request_body = LoginInput,
    responses(
        (status = 200, body = LoginOutput),
        (status = 401, body = ErrorBody, description = "`wrong_credentials`"),
        (status = 429, body = ErrorBody, description = "Too many attempts.", headers(("Retry-After" = u32, description = "Seconds."))),
        PublicErrors,
    )
)]
pub async fn login(
    State(domain): State<Arc<Domain>>,
    ClientIp(from): ClientIp,
    ApiJson(input): ApiJson<LoginInput>,
) -> ApiResult<Json<LoginOutput>> {
    let entrant =
        auth::login(&domain, Through::Rest, &input.email, &input.password, from, None).await.map_err(|problem| {
            let is_refused = matches!(&problem, Problem::Invalid { code: InvalidCode::WrongCredentials, .. });
            let refusal = Refusal::from(problem);
            if is_refused { refusal.with_status(StatusCode::UNAUTHORIZED) } else { refusal }
        })?;
    Ok(Json(auth::issue_login_token(&domain, &entrant).await?))
}

/// Get the signed-in user
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", operation_id = "whoAmI", responses((status = 200, body = User), SignedInErrors))]
pub async fn me(SignedIn(caller): SignedIn) -> Json<User> {
    Json(caller.user)
}

/// The key of every command of the review.
#[derive(Serialize, ToSchema)]
pub struct ReviewKeys {
    keys: BTreeMap<ReviewKey, char>,
}

impl From<OwnKeys> for ReviewKeys {
    fn from(own: OwnKeys) -> Self {
        Self { keys: ReviewKey::ALL.iter().map(|command| (*command, own.of(*command))).collect() }
    }
}

/// The keys that somebody chooses for the review.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewKeysInput {
    /// One small Latin letter or sign for a command. Commands that are not named get the standard key.
    keys: BTreeMap<ReviewKey, String>,
}

/// Get my keys of the review
#[utoipa::path(get, path = "/api/auth/me/review-keys", tag = "auth", operation_id = "getReviewKeys", responses((status = 200, body = ReviewKeys), AdminErrors))]
pub async fn review_keys(State(domain): State<Arc<Domain>>, Reviewer(caller): Reviewer) -> ApiResult<Json<ReviewKeys>> {
    Ok(Json(people::review_keys(&domain, caller.user.id).await?.into()))
}

/// Choose my keys of the review
///
/// No key does two things; `g`, `?` and digits have their own meaning.
#[utoipa::path(
    put,
    path = "/api/auth/me/review-keys",
    tag = "auth", operation_id = "chooseReviewKeys",
    request_body = ReviewKeysInput,
    responses((status = 200, body = ReviewKeys), AdminErrors)
)]
pub async fn choose_review_keys(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<ReviewKeysInput>,
) -> ApiResult<Json<ReviewKeys>> {
    let typed = input.keys.iter().map(|(command, key)| (*command, key.as_str()));
    Ok(Json(people::choose_review_keys(&domain, caller.actor(), typed).await?.into()))
}

/// Personal tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    tokens: Vec<ApiToken>,
    count: u32,
}

/// List everybody's personal tokens
///
/// With their last use. If a token looks wrong, deactivate its owner with `replybook user deactivate`, or set a new password:
/// both end all tokens of that person.
#[utoipa::path(get, path = "/api/auth/tokens/all", tag = "auth", operation_id = "listAllTokens", responses((status = 200, body = TokenList), AdminErrors))]
pub async fn list_all_tokens(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<TokenList>> {
    let tokens = auth::list_all_api_tokens(&domain).await?;
    Ok(Json(TokenList { count: super::count(&tokens), tokens }))
}

/// Sign out everywhere
///
/// Ends every session and every token of the caller, including the one used for this call.
#[utoipa::path(delete, path = "/api/auth/sessions", tag = "auth", operation_id = "signOutEverywhere", responses((status = 204, description = "Ended."), SignedInErrors))]
pub async fn sign_out_everywhere(
    State(domain): State<Arc<Domain>>,
    SignedIn(caller): SignedIn,
) -> ApiResult<StatusCode> {
    auth::sign_out_everywhere(&domain, caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List my personal tokens
#[utoipa::path(get, path = "/api/auth/tokens", tag = "auth", operation_id = "listTokens", responses((status = 200, body = TokenList), SignedInErrors))]
pub async fn list_tokens(State(domain): State<Arc<Domain>>, SignedIn(caller): SignedIn) -> ApiResult<Json<TokenList>> {
    let tokens = auth::list_api_tokens(&domain, caller.user.id).await?;
    Ok(Json(TokenList { count: super::count(&tokens), tokens }))
}

/// Create a personal token
///
/// The token is shown only in this answer. It expires after `expires_in_days`, 365 at most, and earlier when its
/// owner gets a new password, is deactivated or signs out everywhere. You may have 50 at once.
#[utoipa::path(
    post,
    path = "/api/auth/tokens",
    tag = "auth", operation_id = "createToken",
    request_body = ApiTokenInput,
    responses(
        (status = 201, body = ApiTokenCreated),
        (status = 409, body = ErrorBody, description = "`too_many_api_tokens`"),
        SignedInErrors,
    )
)]
pub async fn create_token(
    State(domain): State<Arc<Domain>>,
    SignedIn(caller): SignedIn,
    ApiJson(input): ApiJson<ApiTokenInput>,
) -> ApiResult<(StatusCode, Json<ApiTokenCreated>)> {
    let created = auth::create_api_token(&domain, caller.actor(), &input).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Delete one of my tokens
///
/// It stops working at once.
#[utoipa::path(
    delete,
    path = "/api/auth/tokens/{token_id}",
    tag = "auth", operation_id = "deleteToken",
    params(("token_id" = ApiTokenId, Path)),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, body = ErrorBody, description = "`api_token_not_found`"),
        SignedInErrors,
    )
)]
pub async fn delete_token(
    State(domain): State<Arc<Domain>>,
    SignedIn(caller): SignedIn,
    PathId(token_id): PathId<ApiTokenId>,
) -> ApiResult<StatusCode> {
    auth::delete_api_token(&domain, caller.actor(), token_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
