//! Which request goes where, and through which layers.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use replybook_app::paths;
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
};

use crate::{
    bulk_events, conversation_events, csrf, events, headers, health, identity, identity::Identity, input, oauth, pages,
    problem::Refusal, rest, session, state::AppState, telemetry, upload, viewer,
};

/// Brotli's levels above this cost more time than they save bytes of a page that is sent once.
const PAGE_BROTLI: CompressionLevel = CompressionLevel::Precise(5);

/// Everything the server answers.
pub fn router(state: AppState) -> Router {
    let (api, _) = rest::documented().split_for_parts();
    let domain = state.domain.clone();
    // A development build's WASM is huge and local; a release's comes compressed already.
    let compressible =
        DefaultPredicate::new().and(NotForContentType::const_new("application/wasm")).and(is_no_download);
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.metrics.clone(), telemetry::observe))
        .layer(from_fn_with_state(domain.clone(), headers::harden))
        .layer(CompressionLayer::new().quality(PAGE_BROTLI).compress_when(compressible))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error").into_response()
        }))
        .layer(from_fn_with_state(state.clone(), pages::refusals_as_pages))
        .layer(from_fn(input::refuse_unusable))
        .layer(from_fn_with_state(domain.clone(), csrf::refuse_cross_site))
        .layer(from_fn_with_state(domain.clone(), oauth::begin_at_public_address))
        .layer(DefaultBodyLimit::max(rest::JSON_LIMIT))
        .layer(from_fn(session::say_why))
        .layer(session::layer(&domain))
        .layer(from_fn_with_state(domain, identity::identify));
    Router::new()
        .merge(api)
        // For a GMAIL_OAUTH_REDIRECT_BASE_URL without `/api`.
        .route("/integrations/gmail/callback", get(oauth::callback))
        .route(paths::IMPORT, post(upload::import_file).layer(DefaultBodyLimit::disable()))
        .merge(upload::routes())
        .merge(events::routes())
        .merge(bulk_events::routes())
        .merge(conversation_events::routes())
        .merge(viewer::routes())
        .merge(pages::routes())
        .fallback(elsewhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(layers)
        .with_state(state)
}

/// What is answered while every connection is at work: the health checks, and that there is no room.
pub fn crowded(state: AppState) -> Router {
    let no_room = async || {
        let mut response = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_connections").into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        response
    };
    let close = async |mut response: Response| {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    };
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(no_room)
        .layer(map_response(close))
        .with_state(state)
}

/// A download keeps its length, by which its end is told from a break.
fn is_no_download(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Files of the site, and what is nowhere.
async fn elsewhere(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    let uri = request.uri();
    if uri.path() == "/api" || uri.path().starts_with("/api/") {
        return pages::refusal_for(uri.path(), request.headers(), rest::not_found());
    }
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = state.site.answer(uri.path(), uri.query(), request.headers())
    {
        return file;
    }
    if uri.path().starts_with("/pkg/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    pages::not_found(State(state), identity, request.into_parts().0).await
}

/// The path exists, the method does not; axum adds `Allow`.
async fn wrong_method(request: Request) -> Response {
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
    pages::refusal_for(request.uri().path(), request.headers(), refusal)
}
