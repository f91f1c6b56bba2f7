//! The start of the Gmail consent. Its end is in [`crate::oauth`].

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{Domain, accounts::connect};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    identity::SignedIn,
    problem::{ApiResult, ErrorBody, SignedInErrors},
};

/// Where to send the browser.
#[derive(Serialize, ToSchema)]
pub struct AuthUrl {
    /// Google's consent page for this request; valid for ten minutes and one use.
    auth_url: String,
}

/// Start connecting a Gmail account
///
/// The caller becomes the owner of the account. 500 `Gmail OAuth is not configured (missing GMAIL_CLIENT_ID)` while it
/// is not configured.
#[utoipa::path(
    post,
    path = "/api/integrations/gmail/auth-url",
    tag = "gmail", operation_id = "startGmailConsent",
    responses(
        (status = 200, body = AuthUrl),
        (status = 421, body = ErrorBody, description = "`wrong_host`: the request used another address of this server than `PUBLIC_URL`, to which Google returns"),
        SignedInErrors,
    )
)]
pub async fn auth_url(State(domain): State<Arc<Domain>>, SignedIn(caller): SignedIn) -> ApiResult<Json<AuthUrl>> {
    let url = connect::start(&domain, &caller.binding).await?;
    Ok(Json(AuthUrl { auth_url: url.to_string() }))
}
