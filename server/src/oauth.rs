//! Where Google sends the browser back, and that it is sent there from the address it can come back to.

use std::sync::Arc;

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use replybook::{Domain, accounts::connect};
use replybook_app::paths;
use serde::Deserialize;
use url::Url;
use utoipa::IntoParams;

use crate::{
    guard::with_query,
    identity::Identity,
    pages::found,
    problem::{ErrorBody, Refusal},
    state::AppState,
};

/// Where the consent begins: for scripts and pages' scripts, and for the form of a page.
const START: &str = "/api/integrations/gmail/auth-url";
const START_FORM: &str = "/connect-gmail";

/// Sends a browser that begins the consent at another name of this server (`localhost` for `127.0.0.1`) to the public address
/// first. Google sends it back there, where the session of the other name is not known: it would end in `invalid_state`.
///
/// `Origin` is what the browser has in its address bar; `Host` may have been changed by a proxy on the way.
pub async fn begin_at_public_address(State(domain): State<Arc<Domain>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let begins = request.method() == Method::POST && (path == START || path.ends_with(START_FORM));
    if !begins || can_come_back(request.headers(), &domain.settings.google.redirect_url) {
        return next.run(request).await;
    }
    let public = domain.settings.public_base();
    if path == START {
        let detail = format!("wrong_host: open {public} and connect from there");
        return Refusal::new(StatusCode::MISDIRECTED_REQUEST, detail).into_response();
    }
    let referer = request.headers().get(header::REFERER).and_then(|referer| referer.to_str().ok()?.parse::<Url>().ok());
    let page = referer.map_or_else(|| "/".to_owned(), |url| url.path().to_owned());
    let there = format!("{public}{page}");
    let is_form = request
        .headers()
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.to_str().is_ok_and(|a| a.contains("text/html")));
    if is_form {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, there)]).into_response();
    }
    // As a server function redirects a caller with scripts: a real redirect would be followed before they see it.
    let headers = [(header::LOCATION.as_str(), there.as_str()), ("serverfnredirect", "")];
    (StatusCode::OK, headers, "null").into_response()
}

/// Whether the browser is at the host that Google sends it back to. Cookies know no ports. A request without `Origin` comes from
/// no browser, or from one that does not say.
fn can_come_back(headers: &HeaderMap, redirect_url: &str) -> bool {
    let host = |url: &str| url.parse::<Url>().ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else { return true };
    host(origin).is_none_or(|at| host(redirect_url) == Some(at))
}

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
/// `profile_failed`, `persist_failed`, `missing_scope`; and what Google says in place of a code: `access_denied`,
/// `blocked_by_admin`, `google_unavailable`, `google_refused`.
#[utoipa::path(
    get,
    path = "/api/integrations/gmail/callback",
    tag = "gmail", operation_id = "endGmailConsent",
    security(()),
    params(CallbackQuery),
    responses(
        (status = 302, description = "To the page that shows how it went.", headers(("Location" = String))),
        (status = 400, body = ErrorBody, description = "A value that no consent sends: one with a NUL character, or longer than 8 KB."),
    )
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
    let page = if is_member { paths::ME } else { paths::INTEGRATIONS };
    let answer = connect::Callback { code: query.code, state: query.state, error: query.error };
    let outcome = connect::finish(&state.domain, answer, caller.as_ref().map(|caller| &caller.binding)).await;
    let location = match outcome {
        Ok(done) if done.is_off => with_query(page, &[("gmail", "connected"), ("mailbox", "off")]),
        Ok(_) => with_query(page, &[("gmail", "connected")]),
        Err(reason) => with_query(page, &[("gmail", "error"), ("reason", reason.as_str())]),
    };
    found(&location)
}

#[cfg(test)]
mod tests {
    use replybook::types::ConsentRefusal;

    #[test]
    fn the_contract_names_every_reason() {
        let contract = crate::rest::contract().to_json().expect("JSON");
        for reason in ConsentRefusal::ALL {
            assert!(contract.contains(&format!("`{reason}`")), "{reason}");
        }
    }
}
