//! The files a browser loads: WASM, its glue, the style sheet, the icon.
//!
//! They come from the folder that scripts/site.sh builds, or, with the feature `embed-site`, from the binary itself.

#[cfg(feature = "embed-site")]
#[path = "embedded.rs"]
mod source;
#[cfg(not(feature = "embed-site"))]
#[path = "folder.rs"]
mod source;

use std::path::PathBuf;

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// A file ready to be sent.
pub(crate) struct Asset {
    bytes: Bytes,
    mime: String,
    /// Differs whenever the bytes differ.
    tag: String,
    /// Whether `bytes` are compressed with brotli.
    is_brotli: bool,
}

/// Where the files are.
pub struct Site(source::Source);

impl Site {
    /// The site in `folder`, or the one inside the binary, which needs no folder.
    #[must_use]
    pub fn open(folder: PathBuf) -> Self {
        Self(source::Source::open(folder))
    }

    /// Changes whenever one of the files under `/pkg` does. Pages link them with `?v=<version>`.
    #[must_use]
    pub fn version(&self) -> String {
        self.0.version()
    }

    /// The answer for `path`, which begins with a slash; `None` when there is no such file.
    #[must_use]
    pub fn answer(&self, path: &str, query: Option<&str>, headers: &HeaderMap) -> Option<Response> {
        let name = safe_name(path)?;
        let asset = self.0.find(name, accepts_brotli(headers))?;
        let is_pinned = query.and_then(|query| query.strip_prefix("v=")).is_some_and(|asked| asked == self.version());
        Some(respond(asset, is_pinned, headers))
    }
}

fn respond(asset: Asset, is_pinned: bool, asked: &HeaderMap) -> Response {
    // Weak: the same file may be sent plain or compressed.
    let tag = format!("W/\"{}\"", asset.tag);
    let is_known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|known| known.trim() == tag || known.trim() == "*"));
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(asset.bytes).into_response() };
    let headers = response.headers_mut();
    let caching = if is_pinned { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_known {
        return response;
    }
    if let Ok(mime) = HeaderValue::from_str(&asset.mime) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    if asset.is_brotli {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// The name of a file inside the site. No hidden files, no compressed twins, no way out.
fn safe_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '%', '\0']);
    let is_twin = [".br", ".gz"].iter().any(|suffix| name.ends_with(suffix));
    (name.split('/').all(is_plain) && !is_twin).then_some(name)
}

/// Whether brotli is named and not refused with `q=0` (RFC 9110 §12.5.3).
fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("br"))
                && !parts.any(|weight| weight.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)))
        })
}

/// The media type by the name's ending.
fn mime_of(name: &str) -> String {
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    if mime.type_() == mime_guess::mime::TEXT { format!("{mime}; charset=utf-8") } else { mime.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(safe_name("/pkg/replybook.js"), Some("pkg/replybook.js"));
        assert_eq!(safe_name("/favicon.svg"), Some("favicon.svg"));
        for bad in
            ["", "/", "/../secret", "/pkg/../../x", "/.env", "/pkg//x", "/pkg/%2e%2e/x", "/pkg/x.br", "/a\\b", "/c:/x"]
        {
            assert_eq!(safe_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn brotli_only_for_those_who_ask() {
        let accepts = |value: &'static str| {
            accepts_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(accepts("gzip, deflate, br, zstd"));
        assert!(accepts("br;q=0.5"));
        assert!(!accepts("gzip, br;q=0"));
        assert!(!accepts("gzip"));
        assert!(!accepts_brotli(&HeaderMap::new()));
    }

    #[test]
    fn types_are_what_browsers_insist_on() {
        assert_eq!(mime_of("pkg/replybook.wasm"), "application/wasm");
        assert_eq!(mime_of("pkg/replybook.js"), "text/javascript; charset=utf-8");
        assert_eq!(mime_of("pkg/replybook.css"), "text/css; charset=utf-8");
        assert_eq!(mime_of("favicon.svg"), "image/svg+xml");
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let asset = || Asset {
            bytes: Bytes::from_static(b"x"),
            mime: "text/css".to_owned(),
            tag: "abc".to_owned(),
            is_brotli: true,
        };
        let fresh = respond(asset(), true, &HeaderMap::new());
        assert_eq!(
            (fresh.status(), &fresh.headers()[header::CONTENT_ENCODING]),
            (StatusCode::OK, &HeaderValue::from_static("br"))
        );
        assert!(fresh.headers()[header::CACHE_CONTROL].to_str().is_ok_and(|value| value.contains("immutable")));
        let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static("\"zzz\", W/\"abc\""))]);
        let again = respond(asset(), false, &known);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
    }
}
