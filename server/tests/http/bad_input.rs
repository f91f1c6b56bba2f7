//! Requests that cannot be understood: each is answered with JSON that names the mistake.

use leptos::server_fn::ServerFn;
use replybook::types::Role;
use replybook_app::pages::account::api::CreateToken;
use replybook_app::paths;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{self, TestApp, assert_detail, browser::Browser, client};

async fn send(browser: &Browser, method: Method, path: &str) -> (u16, Value) {
    support::json(browser.request(method, path).send().await.expect("an answer")).await
}

#[tokio::test]
async fn ids_that_are_no_uuids_are_named() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let accounts = "/api/integrations/accounts";
    for (method, path, field) in [
        (Method::POST, format!("{accounts}/17/enable"), "account_id"),
        (Method::POST, format!("{accounts}/17/disable"), "account_id"),
        (Method::POST, format!("{accounts}/17/resync"), "account_id"),
        (Method::POST, format!("{accounts}/17/sync-now"), "account_id"),
        (Method::POST, format!("{accounts}/17/disconnect"), "account_id"),
        (Method::DELETE, format!("{accounts}/17"), "account_id"),
        (Method::GET, format!("{accounts}/17/sync-runs"), "account_id"),
        (Method::GET, format!("{accounts}/17/failures"), "account_id"),
        (Method::GET, format!("{accounts}?owner_user_id=17"), "owner_user_id"),
        (Method::GET, "/api/integrations/runs/none".to_owned(), "run_id"),
        (Method::GET, "/api/integrations/runs/none/events".to_owned(), "run_id"),
        (Method::GET, "/api/integrations/ai-email-pairs/..%2F..%2Fetc".to_owned(), "pair_id"),
        (Method::GET, "/api/integrations/ai-email-pairs?integration_account_id=x".to_owned(), "integration_account_id"),
        (Method::DELETE, "/api/auth/tokens/'; DROP TABLE users".to_owned(), "token_id"),
    ] {
        let answer = send(&browser, method.clone(), &path).await;
        assert_eq!(answer.1["detail"], format!("{field} is not a UUID"), "{method} {path}");
        assert_eq!(answer.0, 400, "{method} {path}");
    }
    let body = json!({ "status": "approved" });
    let answer = browser.post_json("/api/integrations/ai-email-pairs/17/status", &body).await;
    assert_detail(&answer, 400, "pair_id is not a UUID");
    let not_text = send(&browser, Method::GET, "/api/integrations/runs/%ff%fe").await;
    assert_eq!(not_text.0, 400, "{}", not_text.1);
}

#[tokio::test]
async fn limits_offsets_and_cursors_are_checked() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let pairs = "/api/integrations/ai-email-pairs";
    for limit in ["0", "201", "-5", "many", "1.5", "99999999999999999999", ""] {
        let answer = browser.get(&format!("{pairs}?limit={limit}")).await;
        assert_detail(&answer, 400, "limit must be a whole number from 1 to 200");
    }
    for offset in ["-1", "x"] {
        assert_detail(
            &browser.get(&format!("{pairs}?offset={offset}")).await,
            400,
            "offset must be a whole number from 0",
        );
    }
    for cursor in ["nonsense", "AAAA", "%00"] {
        let answer = browser.get(&format!("{pairs}?cursor={cursor}")).await;
        assert_eq!(answer.0, 400, "{cursor}: {}", answer.1);
        assert!(answer.1["detail"].as_str().is_some_and(|detail| detail.contains("cursor")), "{}", answer.1);
    }
    let twice = browser.get(&format!("{pairs}?limit=1&limit=2")).await;
    assert_eq!(twice.0, 400, "{}", twice.1);
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_json_too() {
    let app = TestApp::start().await;
    for path in ["/api", "/api/", "/api/nowhere", "/api/integrations/accounts/", "/api/ui/nothing", "/api/../api/x"] {
        let answer = support::json(client().get(app.url(path)).send().await.expect("an answer")).await;
        assert_detail(&answer, 404, "not_found");
    }
    let response = client().put(app.url("/api/integrations/accounts")).send().await.expect("an answer");
    let allowed = response.headers()[header::ALLOW].to_str().expect("text").to_owned();
    assert!(allowed.contains("GET"), "{allowed}");
    assert_detail(&support::json(response).await, 405, "method_not_allowed");
}

#[tokio::test]
async fn bodies_that_are_not_what_is_expected_are_refused() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let path = "/api/integrations/ai-provider/openai";
    let post = async |kind: Option<&'static str>, body: Vec<u8>| {
        let mut request = browser.request(Method::POST, path).body(body);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        support::json(request.send().await.expect("an answer")).await
    };
    let json_type = Some("application/json");
    for (kind, body, status) in [
        (json_type, b"{".to_vec(), 400),
        (json_type, b"".to_vec(), 400),
        (json_type, b"17".to_vec(), 400),
        (json_type, br#"{"api_key": 5}"#.to_vec(), 400),
        // An array is no object, though serde could read it as one.
        (json_type, b"[null,null]".to_vec(), 400),
        (json_type, b"null".to_vec(), 400),
        (json_type, br#"{"api_kee": "x"}"#.to_vec(), 400),
        (json_type, b"\xff\xfe{}".to_vec(), 400),
        (json_type, vec![b'['; 200_000], 400),
        (Some("text/plain"), b"{}".to_vec(), 415),
        (None, b"{}".to_vec(), 415),
        (json_type, vec![b' '; (1 << 20) + 1], 413),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
        let answer = post(kind, body).await;
        assert_eq!(answer.0, status, "{kind:?} {shown}: {}", answer.1);
        assert!(answer.1["detail"].is_string(), "{kind:?} {shown}: {}", answer.1);
    }
    let missing =
        client().post(app.url("/api/auth/login")).json(&json!({ "email": "a@b" })).send().await.expect("an answer");
    let (status, body) = support::json(missing).await;
    assert_eq!(status, 400);
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("password")), "{body}");
}

#[tokio::test]
async fn a_body_that_is_no_object_and_a_field_that_nobody_knows_are_named() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let says = async |path: &str, body: Value, what: &str| {
        let (status, answer) = browser.post_json(path, &body).await;
        assert_eq!(status, 400, "{path} {body}: {answer}");
        assert!(answer["detail"].as_str().is_some_and(|detail| detail.contains(what)), "{path} {body}: {answer}");
    };
    says("/api/integrations/ai-provider/openai", json!([null, null]), "expected a JSON object").await;
    says("/api/auth/tokens", json!(["laptop", 30]), "expected a JSON object").await;
    says("/api/auth/tokens", json!({ "name": "laptop", "expires_in_day": 30 }), "unknown field `expires_in_day`").await;
    says("/api/auth/tokens", json!({ "name": "laptop", "expires_in_days": 1.5 }), "a whole number").await;
    // White space at the ends counts, as for whoever reads the contract.
    let spaces = format!("x{}", " ".repeat(1_000));
    says("/api/auth/tokens", json!({ "name": spaces }), "name_too_long").await;
    says("/api/integrations/ai-provider/openai", json!({ "api_key": spaces }), "api_key_invalid").await;
    says("/api/integrations/ai-provider/openai", json!({ "model_default": spaces }), "model_invalid").await;
    let whole = browser.post_json("/api/auth/tokens", &json!({ "name": "laptop", "expires_in_days": 30.0 })).await;
    assert_eq!(whole.0, 201, "{}", whole.1);
}

#[tokio::test]
async fn the_group_in_a_path_is_text_and_a_cursor_may_name_any_time() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let group = "/api/integrations/ai-email-pairs/groups/%ff/status";
    assert_detail(&browser.post_json(group, &json!({ "status": "approved" })).await, 400, "the path is not UTF-8");
    let id = "00000000-0000-0000-0000-000000000000";
    for place in [i64::MIN, -999_999_999_999_999_999, 0, 999_999_999_999_999_999, i64::MAX] {
        for list in ["/api/integrations/ai-email-pairs", "/api/audit", "/api/email/threads"] {
            let answer = browser.get(&format!("{list}?cursor={place}_{id}")).await;
            assert_eq!(answer.0, 200, "{list} {place}: {}", answer.1);
        }
    }
}

#[tokio::test]
async fn members_and_reviewers_are_kept_out_of_what_is_not_theirs() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let reviewer = app.signed_in("rev@replybook.example", Role::Reviewer).await;
    let id = "00000000-0000-0000-0000-000000000000";
    for (method, path) in [
        (Method::GET, "/api/integrations/accounts".to_owned()),
        (Method::POST, format!("/api/integrations/accounts/{id}/enable")),
        (Method::POST, format!("/api/integrations/accounts/{id}/sync-now")),
        (Method::POST, format!("/api/integrations/accounts/{id}/disconnect")),
        (Method::DELETE, format!("/api/integrations/accounts/{id}")),
        (Method::GET, format!("/api/integrations/runs/{id}")),
        (Method::GET, format!("/api/integrations/runs/{id}/events")),
        (Method::GET, "/api/integrations/ai-provider/openai".to_owned()),
        (Method::POST, "/api/integrations/ai-provider/openai".to_owned()),
        (Method::POST, "/api/integrations/ai-provider/openai/test".to_owned()),
        (Method::DELETE, "/api/integrations/ai-provider/openai/key".to_owned()),
    ] {
        // Who may not is told before what was sent is looked at.
        assert_detail(&send(&member, method.clone(), &path).await, 403, "admin_required");
        assert_detail(&send(&reviewer, method, &path).await, 403, "admin_required");
    }
    for (method, path) in [
        (Method::GET, "/api/integrations/ai-email-pairs".to_owned()),
        (Method::POST, format!("/api/integrations/ai-email-pairs/{id}/status")),
        (Method::GET, "/api/email/threads".to_owned()),
        (Method::GET, format!("/api/email/messages/{id}/html")),
        (Method::GET, format!("/api/email/attachments/{id}/picture")),
    ] {
        assert_detail(&send(&member, method.clone(), &path).await, 403, "reviewer_required");
        assert_ne!(send(&reviewer, method, &path).await.0, 403, "{path}");
    }
    assert_eq!(member.get("/api/auth/me").await.0, 200);
    assert_eq!(app.domain.store.list_users().await.expect("read").len(), 2);
    assert_eq!(app.user("x@x.example", Role::Member).await.role, Role::Member);
}

#[tokio::test]
async fn nul_characters_are_refused_wherever_they_come_and_their_field_is_named() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    for (path, field) in [
        ("/api/email/threads?q=a%00b", "q"),
        ("/api/integrations/accounts?provider=%00", "provider"),
        ("/api/integrations/ai-email-pairs?cursor=%00", "cursor"),
        ("/api/audit?action=%00", "action"),
        ("/api/integrations/gmail/callback?state=%00&code=x", "state"),
        ("/api/integrations/ai-email-pairs/a%00b", "path"),
    ] {
        assert_detail(&browser.get(path).await, 400, &format!("{field} must not contain NUL characters"));
    }
    for (path, body, field) in [
        ("/api/auth/login", json!({ "email": "a\0@x.example", "password": "x" }), "email"),
        ("/api/auth/login", json!({ "email": "a@x.example", "password": "\0" }), "password"),
        ("/api/auth/tokens", json!({ "name": "x\0y" }), "name"),
        ("/api/integrations/ai-provider/openai", json!({ "model_default": "\0" }), "model_default"),
        (
            "/api/integrations/imap/accounts",
            json!({ "address": "a@x.example", "host": "x.example", "username": "\0", "password": "x" }),
            "username",
        ),
    ] {
        let answer = browser.post_json(path, &body).await;
        assert_detail(&answer, 400, &format!("{field} must not contain NUL characters"));
    }
    for page in [
        "/admin/threads?q=a%00b",
        "/admin/ai-email-training?status=%00",
        "/login?next=%00",
        "/setup?token=%00",
        "/a%00b",
    ] {
        let response = browser.open(page).await;
        assert_eq!(response.status(), 400, "{page}");
        assert!(response.text().await.expect("a page").contains("contains invalid characters"), "{page}");
    }
    for (path, field) in
        [(paths::LOGIN, "email"), (paths::SETUP, "token"), (paths::PASSWORD, "current"), (CreateToken::url(), "name")]
    {
        let form = browser.submit(path, &[(field, "a\0b")]).await;
        assert_eq!(form.status(), 400, "{path}");
    }
}

#[tokio::test]
async fn a_search_that_is_too_long_is_refused_by_pages_and_by_the_api() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let search = |length: usize| format!("q={}", "x".repeat(length));
    assert_eq!(browser.get(&format!("/api/email/threads?{}", search(200))).await.0, 200);
    assert_eq!(browser.open(&format!("{}?{}", paths::THREADS, search(200))).await.status(), 200);
    for length in [201, 50_000] {
        assert_eq!(browser.get(&format!("/api/email/threads?{}", search(length))).await.0, 400, "{length}");
        for page in [paths::THREADS] {
            assert_eq!(browser.open(&format!("{page}?{}", search(length))).await.status(), 400, "{page} {length}");
        }
    }
    // It means nothing anywhere else, and is too long there too.
    for page in [paths::TRAINING, paths::INTEGRATIONS, paths::LOGIN, "/nowhere"] {
        assert_eq!(browser.open(&format!("{page}?{}", search(50_000))).await.status(), 400, "{page}");
    }
}
