//! Refuses requests that another site makes with this browser's session.
//!
//! The cookie is `SameSite=Lax` already; this also covers sibling domains and browsers that treat fresh cookies laxly.
//! `Sec-Fetch-Site` (W3C Fetch Metadata) decides where a browser sends it, `Origin` against `Host` where it does not. A
//! request with neither does not come from a browser that could be tricked.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header};
use replybook::Domain;

use crate::{identity, pages, problem};

const REFUSED: &str = "cross_site_request_refused";

/// The middleware.
pub async fn refuse_cross_site(State(domain): State<Arc<Domain>>, request: Request, next: Next) -> Response {
    let own_origin = domain.settings.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    if is_allowed(request.method(), request.headers(), own_origin.as_deref()) {
        return next.run(request).await;
    }
    let refusal = problem::Refusal::new(StatusCode::FORBIDDEN, REFUSED);
    pages::refusal_for(request.uri().path(), request.headers(), refusal)
}

fn is_allowed(method: &Method, headers: &HeaderMap, own_origin: Option<&str>) -> bool {
    // A bearer token is not sent by a browser on its own.
    if method.is_safe() || identity::bearer(headers).is_some() {
        return true;
    }
    let text = |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or_default());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let origin_host = origin.split_once("://").map(|(_, host)| host);
    Some(origin) == own_origin || (origin_host.is_some() && origin_host == text(header::HOST))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn allowed(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        is_allowed(&method, &headers, Some("https://replies.example"))
    }

    #[test]
    fn safe_methods_and_tokens_pass() {
        assert!(allowed(Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(allowed(Method::POST, &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")]));
        assert!(!allowed(Method::POST, &[("sec-fetch-site", "cross-site"), ("authorization", "Basic x")]));
    }

    #[test]
    fn the_browser_says_where_a_request_comes_from() {
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("", false)]
        {
            assert_eq!(
                allowed(Method::POST, &[("sec-fetch-site", site), ("host", "a"), ("origin", "http://a")]),
                expected,
                "{site}"
            );
        }
    }

    #[test]
    fn without_that_the_origin_must_be_ours() {
        assert!(allowed(Method::POST, &[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")]));
        assert!(allowed(Method::POST, &[("host", "internal:3000"), ("origin", "https://replies.example")]));
        assert!(!allowed(Method::POST, &[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:4000")]));
        assert!(!allowed(Method::POST, &[("host", "127.0.0.1:3000"), ("origin", "null")]));
        assert!(!allowed(
            Method::DELETE,
            &[("host", "replies.example"), ("origin", "https://replies.example.evil.example")]
        ));
        assert!(allowed(Method::POST, &[("host", "127.0.0.1:3000")]));
    }
}
