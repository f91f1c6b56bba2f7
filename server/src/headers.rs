//! The security headers of every answer, and what may be kept by caches.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use replybook::Domain;

/// For answers that are no pages: nothing of them may be run, framed or loaded.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// No page of ours needs any of it, and no frame in one.
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
);
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Who may load an answer into his own pages.
pub const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The Content-Security-Policy of a page whose inline scripts carry `nonce`.
///
/// `form-action` names Google's consent page besides ourselves: without scripts, Connect is a form that ends there.
#[must_use]
pub fn page_policy(nonce: &str, google_auth_url: &str) -> HeaderValue {
    let google =
        url::Url::parse(google_auth_url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization());
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' {google}"
    );
    HeaderValue::from_str(&policy).unwrap_or(NOTHING)
}

/// For pictures inside messages.
pub const MAIL_PICTURE_POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// The Content-Security-Policy of the HTML of a message: it runs nothing, sends nothing, and loads only the pictures that came
/// with it, or, with `remote_images`, those of other servers too. Our own pages alone may frame it.
///
/// On a page of its own (`framed` is not set) its links open, and it has no origin. In a frame of ours it leads nowhere, and our page,
/// which has to ask how high it is, sees into it: it can run nothing that would see out.
#[must_use]
pub fn mail_policy(remote_images: bool, framed: bool) -> HeaderValue {
    let sandbox = if framed { "allow-same-origin" } else { "allow-popups allow-popups-to-escape-sandbox" };
    let others = if remote_images { " https:" } else { "" };
    let policy = format!(
        "sandbox {sandbox}; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:{others}; form-action 'none'; \
         base-uri 'none'; frame-ancestors 'self'"
    );
    HeaderValue::from_str(&policy).unwrap_or(NOTHING)
}

/// Adds what is the same for every answer.
pub async fn harden(State(domain): State<Arc<Domain>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add(response.headers_mut(), domain.settings.is_https());
    response
}

fn add(headers: &mut HeaderMap, is_https: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    let is_sandbox =
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING).as_bytes().starts_with(b"sandbox");
    // Browsers open no sandboxed document that wants to be alone with its opener (HTML Standard, "navigate" with a
    // cross-origin opener policy): that would end downloads and mail on a page of its own.
    if !is_sandbox {
        headers.entry(OPENER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    }
    headers.entry(RESOURCE_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS_POLICY, PERMISSIONS);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_nonce_and_google_and_nothing_unsafe_inline() {
        let policy = page_policy("abc_-1", "https://accounts.google.com/o/oauth2/v2/auth");
        let policy = policy.to_str().expect("text");
        assert!(policy.contains("script-src 'self' 'nonce-abc_-1' 'wasm-unsafe-eval';"));
        assert!(policy.ends_with("form-action 'self' https://accounts.google.com"));
        assert!(!policy.contains("unsafe-inline"));
    }

    #[test]
    fn mail_runs_nothing_and_loads_only_pictures() {
        for (remote_images, framed) in [(false, false), (true, false), (false, true), (true, true)] {
            let policy = mail_policy(remote_images, framed);
            let policy = policy.to_str().expect("text");
            let directives: Vec<&str> = policy.split("; ").collect();
            assert!(directives.contains(&"default-src 'none'") && directives[0].starts_with("sandbox"));
            assert!(
                !policy.contains("script") && !policy.contains("allow-forms") && !policy.contains("top-navigation")
            );
            assert_eq!(policy.contains("https:"), remote_images);
            // Nothing can both be seen into and lead anywhere.
            assert_eq!((policy.contains("allow-same-origin"), policy.contains("popups")), (framed, !framed));
        }
    }

    #[test]
    fn what_a_handler_chose_is_kept() {
        let mut headers = HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))]);
        add(&mut headers, true);
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], NOTHING);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert_eq!(headers[OPENER_POLICY], "same-origin");
        let mut plain = HeaderMap::from_iter([(header::CONTENT_SECURITY_POLICY, MAIL_PICTURE_POLICY)]);
        plain.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
        add(&mut plain, false);
        assert!(!plain.contains_key(OPENER_POLICY), "no browser opens a sandbox that has one");
        assert_eq!(plain[RESOURCE_POLICY], "cross-origin");
        assert!(plain.contains_key(PERMISSIONS_POLICY));
        assert_eq!(plain[header::CACHE_CONTROL], "no-store");
        assert!(!plain.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
