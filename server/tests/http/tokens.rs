//! Bearer tokens for scripts.

use chrono::TimeDelta;
use replybook::types::Role;
use serde_json::json;

use crate::support::{self, PASSWORD, TestApp, assert_detail, client};

async fn log_in(app: &TestApp, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer");
    let (status, body) = support::json(answer).await;
    assert_eq!((status, body["token_type"].as_str()), (200, Some("bearer")), "{body}");
    assert!(body["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
    body["access_token"].as_str().expect("a token").to_owned()
}

async fn me(app: &TestApp, token: &str) -> (u16, serde_json::Value) {
    support::json(client().get(app.url("/api/auth/me")).bearer_auth(token).send().await.expect("an answer")).await
}

#[tokio::test]
async fn a_login_token_works_until_it_expires() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let token = log_in(&app, "ann@x.example").await;
    let (status, body) = me(&app, &token).await;
    assert_eq!((status, body["email"].as_str()), (200, Some("ann@x.example")));
    assert!(body.get("password_hash").is_none());
    app.advance(TimeDelta::hours(13));
    assert_detail(&me(&app, &token).await, 401, "not_authenticated");
}

#[tokio::test]
async fn a_personal_token_is_shown_once_used_without_a_cookie_and_deleted() {
    let app = TestApp::start().await;
    let browser = app.member().await;
    let (status, created) = browser.post_json("/api/auth/tokens", &json!({ "name": "backup script" })).await;
    assert_eq!(status, 201, "{created}");
    let token = created["token"].as_str().expect("a token").to_owned();
    let id = created["info"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(me(&app, &token).await.0, 200);

    let (_, list) = browser.get("/api/auth/tokens").await;
    assert_eq!((list["count"].as_i64(), list["tokens"][0]["name"].as_str()), (Some(1), Some("backup script")));
    assert!(!list.to_string().contains(&token), "a list shows no token");
    let stored = app.database.texts("SELECT token_hash FROM api_tokens").await;
    assert!(!stored.is_empty() && stored.iter().all(|hash| !token.contains(hash.as_str()) && !hash.contains(&token)));

    let other = app.signed_in("other@x.example", Role::Admin).await;
    let delete = |browser: &support::browser::Browser| {
        browser.request(reqwest::Method::DELETE, &format!("/api/auth/tokens/{id}")).send()
    };
    let refused = support::json(delete(&other).await.expect("an answer")).await;
    assert_detail(&refused, 404, "api_token_not_found");
    assert_eq!(delete(&browser).await.expect("an answer").status(), 204);
    assert_detail(&me(&app, &token).await, 401, "not_authenticated");
    assert_eq!(browser.get("/api/auth/tokens").await.1["count"], 0);
}

#[tokio::test]
async fn a_wrong_token_is_refused_whatever_cookie_comes_along() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let with_both = browser
        .request(reqwest::Method::GET, "/api/auth/me")
        .bearer_auth("rb_nonsense")
        .send()
        .await
        .expect("an answer");
    assert_eq!(with_both.headers()["www-authenticate"], "Bearer");
    assert_detail(&support::json(with_both).await, 401, "not_authenticated");
}

#[tokio::test]
async fn a_proxy_with_basic_authentication_in_front_does_no_harm() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let request = browser.request(reqwest::Method::GET, "/api/auth/me").basic_auth("proxy", Some("password"));
    assert_eq!(request.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_token_without_a_name_is_refused() {
    let app = TestApp::start().await;
    let browser = app.member().await;
    assert_detail(&browser.post_json("/api/auth/tokens", &json!({ "name": "  " })).await, 400, "name_missing");
}
