//! `/api/docs`: the OpenAPI document for people, shown by Swagger UI, which is inside the binary (see `build.rs`).

use std::io::Read as _;

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use replybook_app::paths;

use crate::{pages, state::AppState};

/// Under `/api` nothing is a part of a document (see [`crate::csrf`]), so the files of the page are beside it.
const FILES: &str = "/api-viewer";

const BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"));
const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"));
const START: &str = include_str!("start.js");

/// Swagger UI sets styles on its own elements, and draws arrows from `data:`. Everything else is ours.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The page and its files.
pub fn routes() -> Router<AppState> {
    Router::new().route(paths::API_DOCS, get(page)).route("/api-viewer/{name}", get(file))
}

async fn page(headers: HeaderMap) -> Response {
    let theme =
        pages::prefs_of(&headers).theme.attribute().map(|theme| format!(" data-theme=\"{theme}\"")).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>API · Replybook</title>\n\
         <link rel=\"icon\" href=\"/favicon.svg\">\n<link rel=\"stylesheet\" href=\"{FILES}/swagger-ui.css?v={version}\">\n</head>\n\
         <body>\n<main id=\"viewer\"></main>\n\
         <noscript><p>This page needs scripts. The document itself is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></noscript>\n\
         <script src=\"{FILES}/swagger-ui-bundle.js?v={version}\"></script>\n<script src=\"{FILES}/start.js?v={version}\"></script>\n\
         </body>\n</html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, html).into_response()
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let caching = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    let script = (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    let style = (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    match name.as_str() {
        "start.js" => ([script, caching], START).into_response(),
        "swagger-ui-bundle.js" => ([script, caching], unpacked_for(&headers, BUNDLE)).into_response(),
        "swagger-ui.css" => ([style, caching], unpacked_for(&headers, STYLE)).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A gzip file as it is for who takes gzip, which is every browser, and unpacked for others.
fn unpacked_for(asked: &HeaderMap, gzip: &'static [u8]) -> Response {
    let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
    let takes_gzip = asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|list| list.split(',').any(|coding| matches!(coding.trim(), "gzip" | "*")));
    if takes_gzip {
        return ([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip")), vary], gzip).into_response();
    }
    let mut plain = Vec::new();
    match GzDecoder::new(gzip).read_to_end(&mut plain) {
        Ok(_) => ([vary], plain).into_response(),
        Err(error) => {
            tracing::error!(%error, "a file of the API viewer cannot be unpacked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_viewer_are_whole() {
        for (name, gzip) in [("swagger-ui-bundle.js", BUNDLE), ("swagger-ui.css", STYLE)] {
            let mut text = String::new();
            GzDecoder::new(gzip).read_to_string(&mut text).unwrap();
            assert!(text.len() > 100_000, "{name} has {} bytes", text.len());
        }
    }
}
