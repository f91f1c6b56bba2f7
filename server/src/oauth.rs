//! Where Google sends the browser back.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use replybook::accounts::connect;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{forms::found, guard::with_query, identity::Identity, state::AppState};

/// What Google appends to the callback. Neither code nor state is ever logged.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// The authorization code.
    code: Option<String>,
    /// The random value the request was started with.
    state: Option<String>,
    /// What Google sends in place of a code, e.g. `access_denied`.
    error: Option<String>,
}

/// The end of the Gmail consent
///
/// For browsers: Google redirects here. Answers with a redirect to `/admin/integrations?gmail=connected` or
/// `?gmail=error&reason=…`; members go to `/account` with the same query. Reasons: `missing_code`, `missing_state`,
/// `invalid_state`, `missing_owner`, `server_config`, `token_http`, `token_failed`, `missing_access_token`,
/// `profile_failed`, `persist_failed`, `access_denied`, `missing_scope`.
#[utoipa::path(
    get,
    path = "/api/integrations/gmail/callback",
    tag = "gmail", operation_id = "endGmailConsent",
    security(()),
    params(CallbackQuery),
    responses((status = 302, description = "To the page that shows how it went.", headers(("Location" = String))))
)]
pub async fn callback(
    State(state): State<AppState>,
    identity: Identity,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Response {
    // A query that cannot be read, with two codes for instance, holds nothing we asked for.
    let query = query.map(|Query(query)| query).unwrap_or_default();
    // Who cannot be found out (the database is away) is nobody: the state then belongs to nobody here.
    let caller = identity.caller().await.unwrap_or_default();
    let is_member = caller.as_ref().is_some_and(|caller| !caller.user.is_admin());
    let page = if is_member { "/account" } else { "/admin/integrations" };
    let answer = connect::Callback { code: query.code, state: query.state, error: query.error };
    let outcome = connect::finish(&state.domain, answer, caller.as_ref().map(|caller| &caller.binding)).await;
    let location = match outcome {
        Ok(_) => with_query(page, &[("gmail", "connected")]),
        Err(reason) => with_query(page, &[("gmail", "error"), ("reason", reason.as_str())]),
    };
    found(&location)
}
