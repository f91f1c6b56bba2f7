//! Bearer tokens for scripts.

use chrono::TimeDelta;
use replybook::types::Role;
use replybook_app::paths;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

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
    for unseen in ["  ", "\u{200b}", "\u{feff}\u{2060}", "\u{3164}"] {
        assert_detail(&browser.post_json("/api/auth/tokens", &json!({ "name": unseen })).await, 400, "name_missing");
    }
}

async fn personal(browser: &support::browser::Browser, input: serde_json::Value) -> (String, serde_json::Value) {
    let (status, created) = browser.post_json("/api/auth/tokens", &input).await;
    assert_eq!(status, 201, "{created}");
    (created["token"].as_str().expect("a token").to_owned(), created["info"].clone())
}

#[tokio::test]
async fn a_personal_token_expires_after_the_days_that_were_chosen() {
    let app = TestApp::start().await;
    let browser = app.member().await;
    let (week, info) = personal(&browser, json!({ "name": "week", "expires_in_days": 7 })).await;
    let (usual, _) = personal(&browser, json!({ "name": "usual" })).await;
    let (year, _) = personal(&browser, json!({ "name": "year", "expires_in_days": 365 })).await;
    let expires: chrono::DateTime<chrono::Utc> = info["expires_at"].as_str().expect("a time").parse().expect("a time");
    let made: chrono::DateTime<chrono::Utc> = info["created_at"].as_str().expect("a time").parse().expect("a time");
    assert_eq!(expires - made, TimeDelta::days(7));
    for days in [0, 366] {
        let refused = browser.post_json("/api/auth/tokens", &json!({ "name": "x", "expires_in_days": days })).await;
        assert_detail(&refused, 400, "expires_in_days must be a whole number from 1 to 365");
    }
    for (advance, living) in [(6, [200, 200, 200]), (2, [401, 200, 200]), (83, [401, 401, 200]), (275, [401, 401, 401])]
    {
        app.advance(TimeDelta::days(advance));
        let status = [me(&app, &week).await.0, me(&app, &usual).await.0, me(&app, &year).await.0];
        assert_eq!(status, living, "{advance} days later");
    }
}

#[tokio::test]
async fn a_token_of_the_first_version_ends_after_a_year() {
    let app = TestApp::start().await;
    let (token, _) = personal(&app.member().await, json!({ "name": "old" })).await;
    app.database.run("UPDATE api_tokens SET expires_at = NULL").await;
    app.advance(TimeDelta::days(364));
    assert_eq!(me(&app, &token).await.0, 200);
    app.advance(TimeDelta::days(2));
    assert_detail(&me(&app, &token).await, 401, "not_authenticated");
    replybook_server::session::delete_expired(&app.domain).await.expect("swept");
    assert!(app.database.texts("SELECT token_hash FROM api_tokens").await.is_empty());
}

#[tokio::test]
async fn tokens_end_with_a_new_password_with_a_deactivation_and_by_signing_out_everywhere() {
    let app = TestApp::start().await;
    let by = replybook::types::Actor::command_line();
    let mut browser = app.member().await;
    let email = "member@replybook.example";
    let new = "a new password of twelve words";
    for end in ["reset", "shut out", "everywhere"] {
        let (token, _) = personal(&browser, json!({ "name": "script" })).await;
        let login = log_in_with(&app, email, if end == "reset" { PASSWORD } else { new }).await;
        assert_eq!((me(&app, &token).await.0, me(&app, &login).await.0), (200, 200));
        match end {
            "reset" => replybook::auth::set_password(&app.domain, by, email, new).await.expect("set"),
            "shut out" => {
                let user = replybook::auth::user_by_email(&app.domain, email).await.expect("is there").id;
                replybook::people::set_active(&app.domain, by, user, false).await.expect("shut out");
                replybook::people::set_active(&app.domain, by, user, true).await.expect("let in");
            }
            _ => {
                let ended = browser.request(reqwest::Method::DELETE, "/api/auth/sessions").send().await;
                assert_eq!(ended.expect("an answer").status(), 204);
            }
        }
        for over in [&token, &login] {
            assert_detail(&me(&app, over).await, 401, "not_authenticated");
        }
        assert_eq!(browser.get("/api/auth/me").await.0, 401, "{end}: the session as well");
        assert!(app.database.texts("SELECT token_hash FROM api_tokens").await.is_empty(), "{end}");
        browser = app.anonymous();
        browser.submit(paths::LOGIN, &[("email", email), ("password", new)]).await;
    }
    // The page does the same, and says so.
    let answer = browser.submit(paths::EVERYWHERE, &[]).await;
    assert_eq!(support::browser::location(&answer), paths::LOGIN);
    assert_eq!(browser.get("/api/auth/me").await.0, 401);
}

async fn log_in_with(app: &TestApp, email: &str, password: &str) -> String {
    let body = json!({ "email": email, "password": password });
    let answer = client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer");
    support::json(answer).await.1["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn admins_see_whose_tokens_there_are_and_when_they_were_used() {
    let app = TestApp::start().await;
    let (member, admin) = (app.member().await, app.admin().await);
    let (token, info) = personal(&member, json!({ "name": "nightly" })).await;
    assert_eq!(info["last_used_at"], json!(null));
    assert_eq!(me(&app, &token).await.0, 200);
    let (_, all) = admin.get("/api/auth/tokens/all").await;
    let listed = &all["tokens"][0];
    assert_eq!((&all["count"], &listed["user_email"]), (&json!(1), &json!("member@replybook.example")));
    assert!(listed["last_used_at"].is_string() && listed["id"] == info["id"], "{listed}");
    assert_eq!(admin.get("/api/auth/tokens").await.1["count"], 0, "one's own are another list");
    assert_detail(&member.get("/api/auth/tokens/all").await, 403, "admin_required");
    let page = admin.open(paths::ME).await.text().await.expect("a page");
    assert!(page.contains("Tokens of other people") && page.contains("nightly"));
    assert!(!member.open(paths::ME).await.text().await.expect("a page").contains("Tokens of other people"));
}

/// Sends the head of a request, waits until the server asks for its body, and sends that when `meanwhile` is done: the status.
async fn slowly(app: &TestApp, token: &str, (path, kind, body): (&str, &str, &str), meanwhile: impl Future) -> u16 {
    let address = app.base.strip_prefix("http://").expect("plain HTTP");
    let mut line = BufReader::new(TcpStream::connect(address).await.expect("a connection"));
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\naccept: application/json\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        body.len()
    );
    line.write_all(head.as_bytes()).await.expect("sent");
    let mut said = String::new();
    while !said.ends_with("\r\n\r\n") {
        assert_ne!(line.read_line(&mut said).await.expect("an answer"), 0, "{said}");
    }
    assert!(said.starts_with("HTTP/1.1 100"), "the body is asked for: {said}");
    meanwhile.await;
    line.write_all(body.as_bytes()).await.expect("sent");
    said.clear();
    line.read_line(&mut said).await.expect("an answer");
    said.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {said}"))
}

#[tokio::test]
async fn a_body_that_comes_slowly_does_not_outrun_the_end_of_its_token() {
    let app = TestApp::start().await;
    let admin = app.signed_in("ann@x.example", Role::Admin).await;
    for call in [
        ("/api/knowledge/search", "application/json", r#"{"text":"Where is my parcel?"}"#),
        (paths::NAME, "application/x-www-form-urlencoded", "display_name=Ann"),
    ] {
        let (status, created) = admin.post_json("/api/auth/tokens", &json!({ "name": "slow" })).await;
        assert_eq!(status, 201, "{created}");
        let (token, id) = (created["token"].as_str().expect("a token"), created["info"]["id"].as_str().expect("an id"));
        assert_ne!(slowly(&app, token, call, async {}).await, 401, "{call:?}");
        let delete = async {
            let deleted = admin.request(reqwest::Method::DELETE, &format!("/api/auth/tokens/{id}")).send().await;
            assert_eq!(deleted.expect("an answer").status(), 204);
        };
        assert_eq!(slowly(&app, token, call, delete).await, 401, "{call:?}");
    }
}
