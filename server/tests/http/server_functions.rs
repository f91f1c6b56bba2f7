//! The server functions behind the pages: another way to the same data, so another door to guard.

use std::collections::BTreeSet;

use reqwest::{Method, header};
use serde_json::Value;

use crate::support::{TestApp, browser::Browser};

const ID: &str = "id=00000000-0000-0000-0000-000000000000";

/// Who may call a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anyone,
    SignedIn,
    Admins,
}

/// Every function with arguments that it understands.
fn functions() -> Vec<(&'static str, Method, For, String)> {
    let with_id = || ID.to_owned();
    vec![
        ("setup-link", Method::GET, For::Anyone, "token=none".to_owned()),
        ("mine", Method::GET, For::SignedIn, String::new()),
        ("create-token", Method::POST, For::SignedIn, "name=x".to_owned()),
        ("delete-token", Method::POST, For::SignedIn, with_id()),
        ("connect-gmail", Method::POST, For::SignedIn, String::new()),
        ("standing", Method::GET, For::Admins, String::new()),
        ("pairs", Method::GET, For::Admins, "status=new".to_owned()),
        ("pair", Method::GET, For::Admins, format!("{ID}&here=/admin&originals=false")),
        ("decide", Method::POST, For::Admins, format!("{ID}&status=approved")),
        ("integrations", Method::GET, For::Admins, String::new()),
        ("run", Method::GET, For::Admins, with_id()),
        (
            "connect-imap",
            Method::POST,
            For::Admins,
            "address=x&host=x.example&port=&tls=&username=&password=x".to_owned(),
        ),
        ("enroll", Method::POST, For::Admins, "email=x@x.example".to_owned()),
        ("enroll-all", Method::POST, For::Admins, String::new()),
        ("try-sample", Method::POST, For::Admins, String::new()),
        ("sync-now", Method::POST, For::Admins, with_id()),
        ("set-enabled", Method::POST, For::Admins, format!("{ID}&enabled=true")),
        ("resync", Method::POST, For::Admins, with_id()),
        ("disconnect", Method::POST, For::Admins, with_id()),
        ("delete-account", Method::POST, For::Admins, with_id()),
        ("ai-settings", Method::GET, For::Admins, String::new()),
        ("save-ai-settings", Method::POST, For::Admins, "api_key=sk-x&model_default=m".to_owned()),
        ("test-ai-key", Method::POST, For::Admins, String::new()),
        ("remove-ai-key", Method::POST, For::Admins, String::new()),
    ]
}

/// Calls one as the browser's WASM does.
async fn call(browser: &Browser, name: &str, method: &Method, arguments: &str) -> (u16, Value) {
    let path = format!("/api/ui/{name}");
    let request = if *method == Method::GET {
        browser.request(Method::GET, &format!("{path}?{arguments}"))
    } else {
        let form = browser.request(method.clone(), &path).body(arguments.to_owned());
        form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    let response = request.header(header::ACCEPT, "application/json").send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn every_function_is_known_here() {
    let known: BTreeSet<String> = functions().iter().map(|(name, ..)| format!("/api/ui/{name}")).collect();
    let there: BTreeSet<String> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(there, known, "say below who may call a new one");
}

#[tokio::test]
async fn somebody_unknown_gets_nothing() {
    let app = TestApp::start().await;
    for (name, method, who, arguments) in functions() {
        let (status, body) = call(&app.anonymous(), name, &method, &arguments).await;
        if who == For::Anyone {
            assert_eq!(status, 200, "{name}: {body}");
        } else {
            assert_eq!((status, body["kind"].as_str()), (401, Some("unauthenticated")), "{name}: {body}");
        }
    }
}

#[tokio::test]
async fn a_member_is_refused_what_is_for_admins() {
    let app = TestApp::start().await;
    let member = app.member().await;
    for (name, method, who, arguments) in functions() {
        let (status, body) = call(&member, name, &method, &arguments).await;
        if who == For::Admins {
            assert_eq!((status, body["kind"].as_str()), (403, Some("forbidden")), "{name}: {body}");
        } else {
            assert!(!matches!(status, 401 | 403), "{name}: {status} {body}");
        }
    }
    assert!(app.domain.store.list_accounts(None, None).await.expect("read").is_empty(), "no sample was loaded");
    let admin = app.admin().await;
    let (_, settings) = admin.get("/api/integrations/ai-provider/openai").await;
    assert_eq!(settings["has_api_key"], false, "no key was saved");
}

#[tokio::test]
async fn another_site_cannot_call_them() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (name, method, _, arguments) in functions().into_iter().filter(|(_, method, ..)| *method == Method::POST) {
        let request = admin.request(method, &format!("/api/ui/{name}")).body(arguments);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.build().expect("a request");
        request.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a header"));
        let response = admin.send(request).await;
        assert_eq!(response.status(), 403, "{name}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_not_read() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let request = admin.request(Method::POST, "/api/ui/create-token").body("name=".to_owned() + &"x".repeat(2 << 20));
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(request.send().await.expect("an answer").status(), 413);
}

#[tokio::test]
async fn a_form_without_scripts_is_led_back_to_its_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let missing =
        admin.submit("/api/ui/decide", &[("id", &ID[3..]), ("status", "approved"), ("then", "//evil.example")]).await;
    assert_eq!(missing.status(), 302);
    let to = missing.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    assert!(!to.contains("evil.example"), "{to}");
}
