//! The Gmail consent: every way in which it can go wrong, and what is stored when it goes right.

use chrono::TimeDelta;
use leptos::server_fn::ServerFn;
use replybook::types::Role;
use replybook_app::{pages::integrations::api::ConnectGmail, paths};
use serde_json::json;

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location, query_value},
    client,
    fake_google::{ACCESS_TOKEN, FakeGoogle, READONLY, REFRESH_TOKEN, grant},
};

const CONNECTED: &str = "/admin/integrations?gmail=connected";

fn failed(reason: &str) -> String {
    format!("{}?gmail=error&reason={reason}", paths::INTEGRATIONS)
}

/// An application with an admin in a browser and a scripted Google.
async fn stage() -> (FakeGoogle, TestApp, Browser) {
    let google = FakeGoogle::start().await;
    let app = google.settings().app().await;
    let browser = app.admin().await;
    (google, app, browser)
}

async fn state_of(browser: &Browser) -> String {
    query_value(&browser.auth_url().await, "state")
}

/// Goes through the consent as a person who agrees.
async fn connect(browser: &Browser) -> String {
    let state = state_of(browser).await;
    browser.come_back(&[("code", "a-code"), ("state", &state)]).await
}

async fn accounts(browser: &Browser) -> serde_json::Value {
    let (status, body) = browser.get("/api/integrations/accounts").await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn without_settings_it_says_which_one_is_missing() {
    let app = TestApp::start().await;
    let answer = app.admin().await.post("/api/integrations/gmail/auth-url").await;
    assert_detail(&answer, 500, "Gmail OAuth is not configured (missing GMAIL_CLIENT_ID)");
}

#[tokio::test]
async fn the_request_is_offline_with_consent_pkce_and_a_state_of_its_own() {
    let (google, app, browser) = stage().await;
    let (first, second) = (browser.auth_url().await, browser.auth_url().await);
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client-id-of-the-fake"),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("code_challenge_method", "S256"),
        ("scope", READONLY),
        ("redirect_uri", &app.url("/api/integrations/gmail/callback")),
    ] {
        assert_eq!(query_value(&first, name), value);
    }
    assert_ne!(query_value(&first, "state"), query_value(&second, "state"));
    assert_ne!(query_value(&first, "code_challenge"), query_value(&second, "code_challenge"));
    assert!(query_value(&first, "state").len() >= 32);

    let state = query_value(&first, "state");
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &state)]).await, CONNECTED);
    let script = google.script();
    let form = &script.token_requests[0];
    let sent = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!((sent("grant_type"), sent("code")), (Some("authorization_code"), Some("a-code")));
    assert!(sent("code_verifier").is_some_and(|verifier| verifier.len() >= 43), "PKCE (RFC 7636)");
}

#[tokio::test]
async fn an_account_appears_with_its_owner_and_nothing_secret() {
    let (_google, app, browser) = stage().await;
    assert_eq!(accounts(&browser).await, json!({ "accounts": [], "count": 0 }));
    assert_eq!(connect(&browser).await, CONNECTED);
    let list = accounts(&browser).await;
    let account = &list["accounts"][0];
    assert_eq!(list["count"], 1);
    for (field, value) in [
        ("provider_code", "gmail"),
        ("provider_name", "Gmail"),
        ("owner_email", "admin@replybook.example"),
        ("external_account_id", "box@mail.example"),
        ("display_name", "Gmail – box@mail.example"),
        ("status", "active"),
    ] {
        assert_eq!(account[field], value, "{field}");
    }
    assert_eq!(account["last_sync_at"], serde_json::Value::Null);
    assert!(account["meta"].is_object());
    let shown = list.to_string();
    assert!(!shown.contains(ACCESS_TOKEN) && !shown.contains(REFRESH_TOKEN));
    let stored = app.database.texts("SELECT access_token FROM integrations_credentials").await;
    assert!(stored[0].starts_with("ENC:v1:") && !stored[0].contains(ACCESS_TOKEN));
}

#[tokio::test]
async fn a_state_that_we_never_gave_out_is_refused() {
    let (google, _app, browser) = stage().await;
    let json_state = r#"{"user_id":"00000000-0000-0000-0000-000000000000","redirect_to":paths::OVERVIEW}"#;
    for forged in ["forged", json_state, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(browser.come_back(&[("code", "a-code"), ("state", forged)]).await, failed("invalid_state"));
    }
    assert!(google.script().token_requests.is_empty(), "Google is not asked about a forged request");
}

#[tokio::test]
async fn a_missing_state_or_code_is_named() {
    let (_google, _app, browser) = stage().await;
    assert_eq!(browser.come_back(&[("code", "a-code")]).await, failed("missing_state"));
    assert_eq!(browser.come_back(&[]).await, failed("missing_state"));
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", "")]).await, failed("missing_state"));
    let state = state_of(&browser).await;
    assert_eq!(browser.come_back(&[("state", &state)]).await, failed("missing_code"));
}

#[tokio::test]
async fn a_query_with_two_codes_is_nothing_we_asked_for() {
    let (google, _app, browser) = stage().await;
    let state = state_of(&browser).await;
    let answer = browser.come_back(&[("code", "one"), ("code", "two"), ("state", &state)]).await;
    assert!(answer.starts_with(&format!("{}?gmail=error&reason=missing_", paths::INTEGRATIONS)), "{answer}");
    assert!(google.script().token_requests.is_empty());
}

#[tokio::test]
async fn a_state_works_once() {
    let (google, _app, browser) = stage().await;
    let state = state_of(&browser).await;
    let query = [("code", "a-code"), ("state", state.as_str())];
    assert_eq!(browser.come_back(&query).await, CONNECTED);
    assert_eq!(browser.come_back(&query).await, failed("invalid_state"));
    assert_eq!(google.script().token_requests.len(), 1);
}

#[tokio::test]
async fn a_failed_try_uses_the_state_up_too() {
    let (google, _app, browser) = stage().await;
    let state = state_of(&browser).await;
    google.script().token = (500, json!({}));
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &state)]).await, failed("token_failed"));
    google.script().token = (200, grant());
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &state)]).await, failed("invalid_state"));
}

#[tokio::test]
async fn a_state_expires_after_ten_minutes() {
    let (_google, app, browser) = stage().await;
    let (early, late) = (state_of(&browser).await, state_of(&browser).await);
    app.advance(TimeDelta::seconds(9 * 60 + 59));
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &early)]).await, CONNECTED);
    app.advance(TimeDelta::seconds(2));
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &late)]).await, failed("invalid_state"));
}

#[tokio::test]
async fn a_state_of_another_person_or_another_browser_is_refused() {
    let (google, app, browser) = stage().await;
    // The same person in another browser: an attacker who got somebody to open their link has no more than that.
    let elsewhere = app.anonymous();
    elsewhere.log_in("admin@replybook.example").await;
    let state = state_of(&browser).await;
    assert_eq!(elsewhere.come_back(&[("code", "a-code"), ("state", &state)]).await, failed("invalid_state"));

    let other = app.signed_in("other@x.example", Role::Admin).await;
    let state = state_of(&browser).await;
    assert_eq!(other.come_back(&[("code", "a-code"), ("state", &state)]).await, failed("invalid_state"));

    let state = state_of(&browser).await;
    assert_eq!(app.anonymous().come_back(&[("code", "a-code"), ("state", &state)]).await, failed("invalid_state"));
    assert!(google.script().token_requests.is_empty());
    assert_eq!(accounts(&browser).await["count"], 0);
}

#[tokio::test]
async fn a_new_login_in_the_same_browser_is_another_session() {
    let (_google, _app, browser) = stage().await;
    let state = state_of(&browser).await;
    browser.log_in("admin@replybook.example").await;
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &state)]).await, failed("invalid_state"));
}

#[tokio::test]
async fn what_google_refuses_or_leaves_out_is_told_apart() {
    let (google, _app, browser) = stage().await;
    let state = state_of(&browser).await;
    assert_eq!(browser.come_back(&[("error", "access_denied"), ("state", &state)]).await, failed("access_denied"));
    for (error, reason) in [
        ("admin_policy_enforced", "blocked_by_admin"),
        ("org_internal", "blocked_by_admin"),
        ("temporarily_unavailable", "google_unavailable"),
        ("redirect_uri_mismatch", "google_refused"),
        ("invalid_scope", "google_refused"),
    ] {
        let state = state_of(&browser).await;
        assert_eq!(browser.come_back(&[("error", error), ("state", &state)]).await, failed(reason), "{error}");
    }

    let without = |name: &str| {
        let mut answer = grant();
        answer.as_object_mut().expect("an object").remove(name);
        answer
    };
    let no_scope =
        json!({ "access_token": ACCESS_TOKEN, "expires_in": 3599, "scope": "openid email", "token_type": "Bearer" });
    for (token, reason) in [
        ((400, json!({ "error": "invalid_grant", "error_description": "Bad Request" })), "token_failed"),
        ((503, json!({})), "token_failed"),
        ((200, without("access_token")), "missing_access_token"),
        ((200, json!({ "access_token": "", "token_type": "Bearer" })), "missing_access_token"),
        ((200, no_scope), "missing_scope"),
    ] {
        google.script().token = token.clone();
        assert_eq!(connect(&browser).await, failed(reason), "for {token:?}");
    }
    assert_eq!(accounts(&browser).await["count"], 0, "nothing half-connected is left");
}

#[tokio::test]
async fn the_profile_falls_back_to_userinfo_and_fails_only_with_both() {
    let (google, _app, browser) = stage().await;
    google.script().profile = (403, json!({ "error": { "code": 403, "status": "PERMISSION_DENIED" } }));
    google.script().userinfo = (401, json!({ "error": { "code": 401 } }));
    assert_eq!(connect(&browser).await, failed("profile_failed"));
    assert_eq!(accounts(&browser).await["count"], 0);
    google.script().userinfo = (200, json!({ "email": "fallback@mail.example" }));
    assert_eq!(connect(&browser).await, CONNECTED);
    assert_eq!(accounts(&browser).await["accounts"][0]["external_account_id"], "fallback@mail.example");
}

#[tokio::test]
async fn google_out_of_reach_is_said() {
    let google = FakeGoogle::start().await;
    // Nothing listens on port 9 of this machine.
    let app = google.settings().with("GOOGLE_TOKEN_URL", "http://127.0.0.1:9/token").app().await;
    let browser = app.admin().await;
    assert_eq!(connect(&browser).await, failed("token_http"));
}

#[tokio::test]
async fn the_same_address_again_updates_the_account_and_keeps_the_refresh_token() {
    let (google, app, browser) = stage().await;
    assert_eq!(connect(&browser).await, CONNECTED);
    let before = accounts(&browser).await["accounts"][0]["id"].clone();
    let refresh = "SELECT refresh_token FROM integrations_credentials";
    let stored = app.database.texts(refresh).await;
    assert!(stored.len() == 1 && stored[0].starts_with("ENC:v1:"));

    // Google gives no refresh token when it thinks that we have one.
    let mut second = grant();
    second.as_object_mut().expect("an object").remove("refresh_token");
    second["access_token"] = json!("ya29.second");
    google.script().token = (200, second);
    google.script().profile.1["emailAddress"] = json!("BOX@mail.example");
    assert_eq!(connect(&browser).await, CONNECTED);
    let list = accounts(&browser).await;
    assert_eq!((&list["count"], &list["accounts"][0]["id"]), (&json!(1), &before));

    let account = before.as_str().expect("an id");
    let (status, _) = browser.post(&format!("/api/integrations/accounts/{account}/disconnect")).await;
    assert_eq!(status, 200);
    assert_eq!(google.script().revoked, [REFRESH_TOKEN], "the first refresh token was still there");
}

#[tokio::test]
async fn disconnecting_revokes_deletes_the_tokens_and_says_what_stays() {
    let (google, app, browser) = stage().await;
    assert_eq!(connect(&browser).await, CONNECTED);
    let id = accounts(&browser).await["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let (status, done) = browser.post(&format!("/api/integrations/accounts/{id}/disconnect")).await;
    assert_eq!((status, &done["revoked_at_google"], &done["messages_kept"]), (200, &json!(true), &json!(0)));
    assert_eq!(done["account"]["meta"]["problem"], "disconnected");
    assert_eq!(google.script().revoked, [REFRESH_TOKEN]);
    assert!(
        app.database
            .texts("SELECT refresh_token FROM integrations_credentials WHERE refresh_token IS NOT NULL")
            .await
            .is_empty()
    );
    assert_eq!(accounts(&browser).await["count"], 1, "the account and its mail stay");
}

#[tokio::test]
async fn disconnecting_says_confirmed_only_if_what_is_alive_was_revoked() {
    // (tokens that Google does not know any more, what it revokes then, what is said)
    let cases: [(&[&str], &[&str], &str); 3] = [
        (&[], &[REFRESH_TOKEN], "confirmed"),
        // A later consent gave no refresh token: its access token is the living one.
        (&[REFRESH_TOKEN], &[ACCESS_TOKEN], "confirmed"),
        (&[REFRESH_TOKEN, ACCESS_TOKEN], &[], "confirmed"),
    ];
    for (unknown, revoked, said) in cases {
        let (google, _app, browser) = stage().await;
        assert_eq!(connect(&browser).await, CONNECTED);
        google.script().unknown = unknown.iter().map(|token| (*token).to_owned()).collect();
        let id = accounts(&browser).await["accounts"][0]["id"].as_str().expect("an id").to_owned();
        let (_, done) = browser.post(&format!("/api/integrations/accounts/{id}/disconnect")).await;
        assert_eq!(done["revocation"], said, "{unknown:?}");
        assert_eq!(google.script().revoked, revoked, "{unknown:?}");
    }
    // All that is known is an access token that has run out: the consent itself may live on.
    let (google, _app, browser) = stage().await;
    google.script().token.1.as_object_mut().expect("an object").remove("refresh_token");
    assert_eq!(connect(&browser).await, CONNECTED);
    google.script().unknown = vec![ACCESS_TOKEN.to_owned()];
    let id = accounts(&browser).await["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let (_, done) = browser.post(&format!("/api/integrations/accounts/{id}/disconnect")).await;
    assert_eq!((&done["revocation"], &done["revoked_at_google"]), (&json!("unconfirmed"), &json!(false)));
}

#[tokio::test]
async fn a_browser_at_another_name_of_this_server_is_sent_to_the_public_address_first() {
    let (_google, app, browser) = stage().await;
    let port = app.base.rsplit(':').next().expect("a port");
    let elsewhere = format!("http://localhost:{port}");
    let start = |path: &str, accept: &str| {
        let request = client().post(app.url(path)).header("sec-fetch-site", "same-origin").header("accept", accept);
        request.header("origin", &elsewhere).header("referer", format!("{elsewhere}/admin/integrations?x=1"))
    };
    let form = start(ConnectGmail::url(), "text/html").send().await.expect("an answer");
    assert_eq!(form.status(), 303);
    assert_eq!(crate::support::browser::location(&form), format!("{}/admin/integrations", app.base));
    let script = start(ConnectGmail::url(), "application/json").send().await.expect("an answer");
    assert!(script.status() == 200 && script.headers().contains_key("serverfnredirect"));
    let api = start("/api/integrations/gmail/auth-url", "application/json").send().await.expect("an answer");
    let detail = format!("wrong_host: open {} and connect from there", app.base);
    assert_detail(&crate::support::json(api).await, 421, &detail);
    // At the public address all is as ever.
    browser.auth_url().await;
}

#[tokio::test]
async fn disconnecting_while_google_is_down_deletes_the_tokens_and_does_not_pretend() {
    let (google, app, browser) = stage().await;
    assert_eq!(connect(&browser).await, CONNECTED);
    google.script().revoke = 503;
    let id = accounts(&browser).await["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let (status, done) = browser.post(&format!("/api/integrations/accounts/{id}/disconnect")).await;
    assert_eq!((status, &done["revoked_at_google"]), (200, &json!(false)));
    assert!(
        app.database
            .texts("SELECT access_token FROM integrations_credentials WHERE access_token IS NOT NULL")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_member_connects_their_own_mailbox_and_returns_to_their_own_page() {
    let (_google, app, admin) = stage().await;
    let member = app.member().await;
    let state = state_of(&member).await;
    assert_eq!(
        member.come_back(&[("error", "access_denied"), ("state", &state)]).await,
        "/account?gmail=error&reason=access_denied"
    );
    assert_eq!(connect(&member).await, "/account?gmail=connected");
    assert_eq!(accounts(&admin).await["accounts"][0]["owner_email"], "member@replybook.example");
    assert_detail(&member.get("/api/integrations/accounts").await, 403, "admin_required");
}

#[tokio::test]
async fn a_script_starts_it_and_the_same_person_ends_it_in_a_browser() {
    let (_google, app, browser) = stage().await;
    let (_, created) = browser.post_json("/api/auth/tokens", &json!({ "name": "script" })).await;
    let token = created["token"].as_str().expect("a token");
    let start =
        client().post(app.url("/api/integrations/gmail/auth-url")).bearer_auth(token).send().await.expect("an answer");
    let (_, body) = crate::support::json(start).await;
    let url = body["auth_url"].as_str().expect("an address").parse().expect("an address");
    let state = query_value(&url, "state");
    let other = app.signed_in("other@x.example", Role::Admin).await;
    assert_eq!(other.come_back(&[("code", "a-code"), ("state", "x")]).await, failed("invalid_state"));
    assert_eq!(browser.come_back(&[("code", "a-code"), ("state", &state)]).await, CONNECTED);
}

#[tokio::test]
async fn the_callback_also_answers_without_the_api_prefix() {
    let google = FakeGoogle::start().await;
    let app = google.settings().with("GMAIL_OAUTH_REDIRECT_BASE_URL", "http://127.0.0.1:1").app().await;
    let browser = app.admin().await;
    let url = browser.auth_url().await;
    assert_eq!(query_value(&url, "redirect_uri"), "http://127.0.0.1:1/integrations/gmail/callback");
    let back = app.url(&format!("/integrations/gmail/callback?code=a-code&state={}", query_value(&url, "state")));
    assert_eq!(location(&browser.visit(&back).await), CONNECTED);
}

#[tokio::test]
async fn a_key_that_does_not_fit_the_data_is_a_clear_error_at_start() {
    let google = FakeGoogle::start().await;
    let app = google.settings().app().await;
    assert_eq!(connect(&app.admin().await).await, CONNECTED);
    let error = app.open_with_key("another-key-0123456789-abcdefghij").await.expect_err("the wrong key");
    assert!(error.to_string().contains("SECRET_KEY"), "{error}");
    assert!(app.open_with_key(crate::support::SECRET_KEY).await.is_ok(), "the right one still opens it");
}

#[tokio::test]
async fn nothing_google_says_decides_where_the_browser_goes() {
    let (_google, _app, browser) = stage().await;
    let state = state_of(&browser).await;
    let location = browser.come_back(&[("error", "https://evil.example/\r\nX: y"), ("state", &state)]).await;
    assert_eq!(location, failed("google_refused"));
}

#[tokio::test]
async fn without_a_client_secret_the_consent_cannot_be_ended() {
    let google = FakeGoogle::start().await;
    let app = google.settings().with("GMAIL_CLIENT_SECRET", "").app().await;
    assert_eq!(connect(&app.admin().await).await, failed("server_config"));
}
