//! The server functions behind the pages: another way to the same data, so another door to guard.

use std::collections::BTreeSet;

use replybook::types::Role;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    browser::{Browser, location, told},
};

const ID: &str = "id=00000000-0000-0000-0000-000000000000";

/// Who may call a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anyone,
    SignedIn,
    Reviewers,
    Admins,
}

/// Every function with arguments that it understands. Signing out comes last: it ends the session.
fn functions() -> Vec<(&'static str, Method, For, String)> {
    let with_id = || ID.to_owned();
    vec![
        ("/login", Method::POST, For::Anyone, "email=x@x.example&password=wrong-password".to_owned()),
        ("/setup", Method::POST, For::Anyone, "token=none&email=x@x.example&password=a-long-enough-one".to_owned()),
        ("/join", Method::POST, For::Anyone, "token=none&display_name=x&password=a-long-enough-one".to_owned()),
        ("/prefs", Method::POST, For::Anyone, "theme=dark".to_owned()),
        ("/account/password", Method::POST, For::SignedIn, "current=wrong-password&new=short".to_owned()),
        ("/account/name", Method::POST, For::SignedIn, "display_name=".to_owned()),
        ("/api/ui/invite-person", Method::POST, For::Admins, "email=x%40x.example&role=nobody".to_owned()),
        ("/api/ui/person-link", Method::POST, For::Admins, with_id()),
        ("/api/ui/person-link-withdraw", Method::POST, For::Admins, with_id()),
        ("/api/ui/person-role", Method::POST, For::Admins, format!("{ID}&role=member")),
        ("/api/ui/person-activate", Method::POST, For::Admins, with_id()),
        ("/api/ui/person-deactivate", Method::POST, For::Admins, with_id()),
        ("/api/ui/create-token", Method::POST, For::SignedIn, "name=x".to_owned()),
        ("/api/ui/delete-token", Method::POST, For::SignedIn, with_id()),
        ("/api/ui/connect-gmail", Method::POST, For::SignedIn, String::new()),
        ("/api/ui/pair", Method::GET, For::Reviewers, format!("{ID}&originals=false")),
        ("/api/ui/decide", Method::POST, For::Reviewers, format!("{ID}&status=approved")),
        ("/api/ui/pair-span", Method::POST, For::Reviewers, format!("{ID}&message_{ID}&start=0&end=1&keep=true")),
        ("/api/ui/pair-adopt", Method::POST, For::Reviewers, with_id()),
        ("/api/ui/message-sender", Method::POST, For::Reviewers, format!("{ID}&ours=true")),
        ("/api/ui/draft-answer", Method::POST, For::Reviewers, ID.replace("id=", "thread=")),
        ("/api/ui/cancel-draft", Method::POST, For::Reviewers, with_id()),
        ("/api/ui/pair-keep", Method::POST, For::Reviewers, with_id()),
        ("/api/ui/pair-group", Method::POST, For::Reviewers, "group=x&status=approved&expected=1".to_owned()),
        ("/api/ui/pair-group-undo", Method::POST, For::Reviewers, "group=x&decided_at=2026-11-28T10:00:00Z".to_owned()),
        ("/api/ui/own-addresses", Method::POST, For::Admins, format!("{ID}&addresses=x%40x.example")),
        ("/api/ui/remove-own-address", Method::POST, For::Admins, format!("{ID}&address=x%40x.example")),
        ("/api/ui/pause-run", Method::POST, For::Admins, with_id()),
        ("/api/ui/resume-run", Method::POST, For::Admins, with_id()),
        ("/api/ui/cancel-run", Method::POST, For::Admins, with_id()),
        (
            "/api/ui/connect-imap",
            Method::POST,
            For::Admins,
            "address=x&host=x.example&port=&tls=&username=&password=x".to_owned(),
        ),
        ("/api/ui/enroll", Method::POST, For::Admins, "email=x@x.example".to_owned()),
        ("/api/ui/enroll-all", Method::POST, For::Admins, String::new()),
        ("/api/ui/try-sample", Method::POST, For::Admins, String::new()),
        ("/api/ui/answer-upload", Method::POST, For::Admins, "token=x".to_owned()),
        ("/api/ui/drop-upload", Method::POST, For::Admins, "token=x".to_owned()),
        ("/api/ui/sync-now", Method::POST, For::Admins, with_id()),
        ("/api/ui/set-enabled", Method::POST, For::Admins, format!("{ID}&enabled=true")),
        ("/api/ui/resync", Method::POST, For::Admins, with_id()),
        ("/api/ui/disconnect", Method::POST, For::Admins, with_id()),
        ("/api/ui/delete-account", Method::POST, For::Admins, with_id()),
        ("/api/ui/fetch-older", Method::POST, For::Admins, format!("{ID}&span=everything")),
        ("/api/ui/retry-set-aside", Method::POST, For::Admins, with_id()),
        ("/api/ui/start-monitor", Method::POST, For::Admins, String::new()),
        ("/api/ui/stop-monitor", Method::POST, For::Admins, String::new()),
        ("/api/ui/poll-monitor", Method::POST, For::Admins, String::new()),
        ("/api/ui/retry-job", Method::POST, For::Admins, with_id()),
        ("/api/ui/save-ai-settings", Method::POST, For::Admins, "api_key=sk-x&model_default=m".to_owned()),
        ("/api/ui/save-ai-price", Method::POST, For::Admins, "provider=openai&model=m&input=1&output=2".to_owned()),
        ("/api/ui/test-ai-key", Method::POST, For::Admins, String::new()),
        ("/api/ui/read-ai-models", Method::POST, For::Admins, String::new()),
        ("/api/ui/remove-ai-key", Method::POST, For::Admins, String::new()),
        ("/account/sign-out-everywhere", Method::POST, For::SignedIn, String::new()),
        ("/logout", Method::POST, For::Anyone, String::new()),
    ]
}

/// Calls one as an island does.
async fn call(browser: &Browser, path: &str, method: &Method, arguments: &str) -> (u16, Value) {
    let request = if *method == Method::GET {
        browser.request(Method::GET, &format!("{path}?{arguments}"))
    } else {
        let form = browser.request(method.clone(), path).body(arguments.to_owned());
        form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    let response = request.header(header::ACCEPT, "application/json").send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn every_function_is_known_here() {
    let known: BTreeSet<&str> = functions().iter().map(|(path, ..)| *path).collect();
    let there: BTreeSet<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    assert_eq!(there, known, "say above who may call a new one");
}

#[tokio::test]
async fn somebody_unknown_gets_nothing() {
    let app = TestApp::start().await;
    for (name, method, who, arguments) in functions() {
        let (status, body) = call(&app.anonymous(), name, &method, &arguments).await;
        if who == For::Anyone {
            assert!(!matches!(status, 401 | 403), "{name}: {status} {body}");
        } else {
            assert_eq!((status, body["kind"].as_str()), (401, Some("unauthenticated")), "{name}: {body}");
        }
    }
}

#[tokio::test]
async fn each_role_is_refused_what_is_not_for_it() {
    let app = TestApp::start().await;
    for (role, browser) in [
        (Role::Member, app.member().await),
        (Role::Reviewer, app.signed_in("rev@replybook.example", Role::Reviewer).await),
    ] {
        for (name, method, who, arguments) in functions() {
            let (status, body) = call(&browser, name, &method, &arguments).await;
            let refused = match (who, role) {
                (For::Admins, _) => Some("forbidden"),
                (For::Reviewers, Role::Member) => Some("reviewers_only"),
                _ => None,
            };
            match refused {
                Some(kind) => assert_eq!((status, body["kind"].as_str()), (403, Some(kind)), "{role} {name}: {body}"),
                None => assert!(!matches!(status, 401 | 403), "{role} {name}: {status} {body}"),
            }
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
        let request = admin.request(method, name).body(arguments);
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
async fn a_form_without_scripts_is_led_back_to_its_page_with_what_was_typed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let submit = |path: &str, form: &[(&str, &str)], referer: &str| {
        let request = admin.request(Method::POST, path).header(header::ACCEPT, "text/html");
        request.header(header::REFERER, referer.to_owned()).form(form).send()
    };
    let (name, page) = ("x".repeat(101), app.url("/account?from=here"));
    let refused = submit("/api/ui/create-token", &[("name", &name)], &page).await.expect("an answer");
    assert_eq!((refused.status().as_u16(), location(&refused)), (303, "/account?from=here".to_owned()));
    let said = told(&refused);
    assert_eq!((&said["tone"], &said["typed"]), (&json!("bad"), &json!([["name", name]])));

    for elsewhere in ["https://evil.example//evil.example/x", "https://evil.example/\\evil.example", "nonsense"] {
        let refused = submit("/api/ui/create-token", &[("name", "")], elsewhere).await.expect("an answer");
        assert_eq!((refused.status().as_u16(), location(&refused)), (303, "/".to_owned()), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_form_without_its_fields_is_a_page_with_400() {
    let app = TestApp::start().await;
    let refused = app.admin().await.submit("/api/ui/delete-token", &[("id", "nonsense")]).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.expect("a page").contains("This request cannot be understood"));
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_login_by_a_form() {
    let app = TestApp::start().await;
    let refused = app.anonymous().submit("/api/ui/create-token", &[("name", "x")]).await;
    assert_eq!(refused.status(), 303);
    assert!(location(&refused).starts_with("/login"), "{}", location(&refused));
}

#[tokio::test]
async fn a_call_that_cannot_be_understood_is_the_callers_mistake() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (path, method, arguments) in [
        ("/api/ui/delete-token", Method::POST, "id=nonsense"),
        ("/api/ui/delete-token", Method::POST, ""),
        ("/api/ui/decide", Method::POST, "id=1&status=approved"),
        ("/api/ui/pair", Method::GET, "originals=perhaps"),
        ("/api/ui/pair-span", Method::POST, "start=-1&end=99999999999999999999"),
        ("/api/ui/create-token", Method::POST, "name=%00"),
    ] {
        let (status, body) = call(&admin, path, &method, arguments).await;
        assert_eq!((status, body["kind"].as_str()), (400, Some("invalid")), "{path} {arguments}: {body}");
    }
    let request = admin.request(Method::POST, "/api/ui/create-token").body(b"name=\xff\xfe".to_vec());
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = request.header(header::ACCEPT, "application/json").send().await.expect("an answer");
    assert_eq!(response.status(), 400, "not even text");
}
