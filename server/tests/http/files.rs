//! The files of the site.

use reqwest::header;

use crate::support::{TestApp, client};

#[tokio::test]
async fn files_are_compressed_tagged_and_pinned_by_version() {
    let app = TestApp::start().await;
    let get = |path: &str, headers: &[(&'static str, String)]| {
        let request = client().get(app.url(path));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).send()
    };
    let plain = get("/pkg/replybook.js", &[]).await.expect("an answer");
    assert_eq!(
        (plain.status().as_u16(), &plain.headers()[header::CONTENT_TYPE]),
        (200, &header::HeaderValue::from_static("text/javascript; charset=utf-8"))
    );
    assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
    assert_eq!(plain.headers()[header::CACHE_CONTROL], "no-cache");
    assert_eq!(plain.headers()["x-content-type-options"], "nosniff");
    let tag = plain.headers()[header::ETAG].to_str().expect("text").to_owned();
    assert_eq!(plain.text().await.expect("text"), "export {};");

    let brotli = get("/pkg/replybook.js", &[("accept-encoding", "gzip, br".to_owned())]).await.expect("an answer");
    assert_eq!(brotli.headers()[header::CONTENT_ENCODING], "br");
    assert_eq!(brotli.text().await.expect("text"), "compressed", "the file the build compressed, as it is");

    let known = get("/pkg/replybook.js", &[("if-none-match", tag)]).await.expect("an answer");
    assert_eq!(known.status(), 304);

    let version = replybook_server::site::Site::open(app.folder.path().join("site")).version();
    let pinned = get(&format!("/pkg/replybook.css?v={version}"), &[]).await.expect("an answer");
    assert!(pinned.headers()[header::CACHE_CONTROL].to_str().expect("text").contains("immutable"));
    let stale = get("/pkg/replybook.css?v=of-last-week", &[]).await.expect("an answer");
    assert_eq!(stale.headers()[header::CACHE_CONTROL], "no-cache");
    let icon = get("/favicon.svg", &[]).await.expect("an answer");
    assert_eq!(icon.headers()[header::CONTENT_TYPE], "image/svg+xml");
}

#[tokio::test]
async fn nothing_outside_the_site_is_served() {
    let app = TestApp::start().await;
    std::fs::write(app.folder.path().join("secret.txt"), "secret").expect("written");
    for path in [
        "/pkg/nothing.js",
        "/pkg/../../secret.txt",
        "/pkg/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/pkg/replybook.js.br",
    ] {
        let response = client().get(app.url(path)).send().await.expect("an answer");
        assert_eq!(response.status(), 404, "{path}");
        assert!(!response.text().await.expect("text").contains("secret\n"), "{path}");
    }
}
