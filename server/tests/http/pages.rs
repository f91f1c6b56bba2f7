//! The door of the pages and the headers they come with.

use leptos::server_fn::ServerFn;
use replybook::types::Role;
use replybook_app::{pages::account::api::CreateToken, paths};
use reqwest::header;

use crate::support::{TestApp, browser::location, client};

const ADMIN_PAGES: &[&str] = &[
    paths::OVERVIEW,
    paths::INTEGRATIONS,
    paths::TRAINING,
    paths::PROGRESS,
    paths::OPINIONS,
    paths::BULK,
    paths::RULES,
    paths::TAGS,
    paths::GUIDELINES,
    paths::CONVERSATIONS,
    paths::THREADS,
    paths::AI_SETTINGS,
    paths::AUDIT,
];

#[tokio::test]
async fn somebody_unknown_is_sent_to_the_login_before_anything_is_rendered() {
    let app = TestApp::start().await;
    for page in ADMIN_PAGES.iter().chain(&[paths::ME, "/admin/nowhere"]) {
        let response = app.anonymous().open(&format!("{page}?status=new&x=1")).await;
        assert_eq!(response.status(), 302, "{page}");
        let next: String = url::form_urlencoded::byte_serialize(format!("{page}?status=new&x=1").as_bytes()).collect();
        assert_eq!(location(&response), format!("{}?next={next}", paths::LOGIN));
        assert_eq!(response.text().await.expect("text"), "", "{page}");
    }
    assert_eq!(location(&app.anonymous().open("/").await), paths::LOGIN);
}

#[tokio::test]
async fn a_member_gets_403_and_no_admin_page() {
    let app = TestApp::start().await;
    let member = app.member().await;
    for page in ADMIN_PAGES {
        assert_eq!(member.open(page).await.status(), 403, "{page}");
    }
    assert_eq!(member.open(paths::ME).await.status(), 200);
    assert_eq!(location(&member.open("/").await), paths::ME);
    assert_eq!(location(&member.open(&format!("{}?next=/account", paths::LOGIN)).await), paths::ME);
}

#[tokio::test]
async fn an_admin_gets_every_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for page in ADMIN_PAGES.iter().chain(&[paths::ME]) {
        let response = admin.open(page).await;
        assert_eq!(response.status(), 200, "{page}");
        assert!(
            response.headers()[header::CONTENT_TYPE].to_str().is_ok_and(|kind| kind.starts_with("text/html")),
            "{page}"
        );
    }
    assert_eq!(location(&admin.open("/").await), paths::OVERVIEW);
}

#[tokio::test]
async fn what_is_nowhere_is_a_page_with_404() {
    let app = TestApp::start().await;
    for browser in [app.anonymous(), app.admin().await] {
        let response = browser.open("/nowhere/at/all").await;
        assert_eq!(response.status(), 404);
        assert!(response.text().await.expect("a page").contains("404"));
    }
    assert_eq!(app.anonymous().submit("/nowhere", &[]).await.status(), 404);
    assert_eq!(app.anonymous().open(paths::LOGOUT).await.status(), 405);
}

#[tokio::test]
async fn pages_carry_the_security_headers_and_a_nonce_that_changes() {
    let app = TestApp::start().await;
    let policy = async || {
        let response = app.anonymous().open(paths::LOGIN).await;
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(headers[name], value);
        }
        assert!(!headers.contains_key("strict-transport-security"), "not on plain http");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
        (policy, response.text().await.expect("a page"))
    };
    let (first, page) = policy().await;
    for part in [
        "default-src 'self'",
        "'wasm-unsafe-eval'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self' https://accounts.google.com",
    ] {
        assert!(first.contains(part), "{part} is missing in {first}");
    }
    assert!(!first.contains("unsafe-inline") && !first.contains("'unsafe-eval'"));
    let nonce = first.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    for script in page.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")) || tag.contains("src=\"/"), "<script{tag}> would not run");
    }
    assert!(!page.contains(" style=\""), "the policy forbids inline styles");
    assert_ne!(policy().await.0, first, "a nonce is used once");
}

#[tokio::test]
async fn the_api_is_never_stored_or_framed() {
    let app = TestApp::start().await;
    let response = client().get(app.url("/api/auth/me")).send().await.expect("an answer");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert!(
        response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .is_ok_and(|policy| policy.contains("default-src 'none'"))
    );
}

#[tokio::test]
async fn a_session_that_ended_leads_to_the_login() {
    let app = TestApp::start().await;
    let browser = app.signed_in("ann@x.example", Role::Admin).await;
    assert_eq!(browser.open(paths::OVERVIEW).await.status(), 200);
    app.advance(chrono::TimeDelta::days(20));
    assert_eq!(location(&browser.open(paths::OVERVIEW).await), format!("{}?next=%2Fadmin", paths::LOGIN));
}

#[tokio::test]
async fn the_record_says_who_did_what_and_is_narrowed_by_an_address() {
    let app = TestApp::start().await;
    let admin = app.signed_in("ann@x.example", Role::Admin).await;
    let page = async |query: &str| {
        let response = admin.open(&format!("{}{query}", paths::AUDIT)).await;
        assert_eq!(response.status(), 200, "{query}");
        let page = response.text().await.expect("a page");
        // The rows: the filters name every act as well.
        page.split("<table").nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(admin.submit(CreateToken::url(), &[("name", "nightly")]).await.status(), 303);
    let all = page("").await;
    assert!(all.contains("Created an API token") && all.contains("ann@x.example") && all.contains("web page"), "{all}");
    assert!(page("?act=api_token_created&since=2000-01-01").await.contains("Created an API token"));
    assert_eq!(page("?act=api_token_deleted").await, "", "nothing matches");
    assert_eq!(page("?since=2999-01-01").await, "", "nothing is from the future");
    assert!(
        page("?act=nonsense&since=yesterday&person=7").await.contains("Created an API token"),
        "what is not understood counts as not set"
    );
    assert_eq!(admin.open(&format!("{}?cursor=nonsense", paths::AUDIT)).await.status(), 400);
}

#[tokio::test]
async fn the_api_is_shown_by_a_viewer_of_our_own_server() {
    let app = TestApp::start().await;
    let page = client().get(app.url("/api/docs")).send().await.expect("an answer");
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let html = page.text().await.expect("a page");
    // One that does not unpack by itself.
    let as_sent = reqwest::Client::builder().no_gzip().build().expect("a client");
    let files: Vec<&str> = html.split('"').filter(|part| part.starts_with("/api-viewer/")).collect();
    assert_eq!(files.len(), 3, "a style sheet and two scripts in {html}");
    for file in files {
        let packed = as_sent.get(app.url(file)).header("accept-encoding", "gzip").send().await.expect("an answer");
        let plain = as_sent.get(app.url(file)).header("accept-encoding", "identity").send().await.expect("an answer");
        assert_eq!((packed.status().as_u16(), plain.status().as_u16()), (200, 200), "{file}");
        assert_eq!(packed.headers()["content-type"], plain.headers()["content-type"]);
        let is_packed = packed.headers().get("content-encoding").is_some();
        let (packed, plain) = (packed.bytes().await.expect("bytes"), plain.bytes().await.expect("bytes"));
        assert!(is_packed && packed.len() < plain.len(), "{file}: {} of {} bytes", packed.len(), plain.len());
    }
    let nothing = client().get(app.url("/api-viewer/else.js")).send().await.expect("an answer");
    assert_eq!(nothing.status(), 404);
}

#[tokio::test]
async fn who_cannot_set_up_gmail_is_told_whom_to_ask() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let member = app.member().await;
    let page = member.page(paths::ME).await;
    assert!(page.contains("ask an administrator: admin@replybook.example"), "{page}");
    assert!(page.contains("Gmail cannot be connected here yet"), "{page}");
    assert!(!page.contains("GMAIL_CLIENT_ID"), "a setting is nothing a member can do something about: {page}");
    let page = admin.page(paths::ME).await;
    assert!(page.contains("GMAIL_CLIENT_ID") && !page.contains("ask an administrator"), "{page}");
}
