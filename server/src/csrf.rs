//! Refuses requests that another site makes with this browser's session.
//!
//! The cookie is `SameSite=Lax` already; this also covers sibling domains and browsers that treat fresh cookies laxly.
//! `Sec-Fetch-Site` (W3C Fetch Metadata) has to say that it is our own page, and `Origin` to be the one in `PUBLIC_URL`, or where
//! none is set `Host`; this machine's own address is as good, for whoever works on it. A request with neither does not come from a
//! browser that could be tricked.

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
    let is_good = is_allowed(request.method(), request.headers(), own_origin.as_deref())
        && !is_embedded(request.uri().path(), request.headers());
    if is_good {
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
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let origin_host = origin.split_once("://").map(|(_, host)| host);
    // A browser that says so itself is believed rather than `Host`, which a proxy may have changed.
    let is_same = site.is_some() || (origin_host.is_some() && origin_host == text(header::HOST));
    match own_origin {
        // Another name may be a stranger's who points it at this machine.
        Some(own) => origin == own || (is_same && origin_host.is_some_and(is_this_machine)),
        None => is_same,
    }
}

/// Whether a document wants to show an answer of the API as a part of itself: a picture in a mail could ask for an export that way.
/// Pictures of mail have an address of their own, and bring no session.
fn is_embedded(path: &str, headers: &HeaderMap) -> bool {
    let wanted_as = headers.get("sec-fetch-dest").and_then(|value| value.to_str().ok());
    let is_part = wanted_as.is_some_and(|dest| {
        matches!(dest, "image" | "style" | "font" | "audio" | "video" | "track" | "object" | "embed" | "script")
    });
    is_part && path.starts_with("/api/") && !path.ends_with("/picture") && identity::bearer(headers).is_none()
}

fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    name == "localhost"
        || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
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
    fn nothing_of_the_api_is_a_part_of_a_document_but_pictures_of_mail() {
        let wanted_as = |dest: &'static str| {
            HeaderMap::from_iter([(header::HeaderName::from_static("sec-fetch-dest"), HeaderValue::from_static(dest))])
        };
        assert!(is_embedded("/api/knowledge-base/export", &wanted_as("image")));
        for dest in ["document", "iframe", "empty"] {
            assert!(!is_embedded("/api/knowledge-base/export", &wanted_as(dest)), "{dest}");
        }
        assert!(!is_embedded("/api/email/attachments/1/picture", &wanted_as("image")));
        assert!(!is_embedded("/pkg/replybook.css", &wanted_as("style")));
    }

    #[test]
    fn the_browser_says_where_a_request_comes_from() {
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("", false)]
        {
            assert_eq!(
                allowed(
                    Method::POST,
                    &[("sec-fetch-site", site), ("host", "a"), ("origin", "https://replies.example")]
                ),
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
        for host in ["localhost:3000", "[::1]:3000", "127.0.0.1"] {
            let origin: &'static str = format!("http://{host}").leak();
            assert!(allowed(Method::POST, &[("host", host), ("origin", origin)]), "{host}");
        }
        // A name of somebody else's that leads to this server.
        let rebound = [("host", "evil.example"), ("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")];
        assert!(!allowed(Method::POST, &rebound));
        let headers: HeaderMap = rebound
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        assert!(is_allowed(&Method::POST, &headers, None), "without PUBLIC_URL there is nothing to hold it against");
    }
}
