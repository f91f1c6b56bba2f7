//! What must never be in an answer or in the log, whatever happens.

use replybook::{auth, types::Role};
use replybook_app::paths;
use serde_json::json;

use crate::support::{
    PASSWORD, SECRET_KEY,
    browser::{query_value, session_cookie},
    client,
    fake_google::{ACCESS_TOKEN, CLIENT_SECRET, FakeGoogle, REFRESH_TOKEN},
    logs,
};

#[tokio::test]
async fn no_secret_is_logged_or_answered() {
    const API_KEY: &str = "sk-proj-a-key-that-nobody-may-see";
    const CODE: &str = "4/0-an-authorization-code";
    const WRONG: &str = "a wrong password 5719";
    let google = FakeGoogle::start().await;
    let app = google.settings().with("OPENAI_BASE_URL", "http://127.0.0.1:9/v1").app().await;
    let mut secrets: Vec<String> =
        [PASSWORD, SECRET_KEY, ACCESS_TOKEN, REFRESH_TOKEN, CLIENT_SECRET, API_KEY, CODE, WRONG]
            .map(ToOwned::to_owned)
            .into();
    let mut answers = Vec::new();

    let link = auth::setup_link(&app.domain, &app.base).await.expect("works").expect("no users yet");
    let setup_token = link.split_once("token=").expect("a token").1.to_owned();
    app.anonymous().open(&format!("{}?token={setup_token}", paths::SETUP)).await;
    secrets.push(setup_token);

    app.user("ann@x.example", Role::Admin).await;
    let browser = app.anonymous();
    browser.submit(paths::LOGIN, &[("email", "ann@x.example"), ("password", WRONG)]).await;
    secrets.push(session_cookie(&browser.log_in("ann@x.example").await).expect("a session"));
    let login = json!({ "email": "ann@x.example", "password": PASSWORD });
    let (_, token) =
        crate::support::json(client().post(app.url("/api/auth/login")).json(&login).send().await.expect("an answer"))
            .await;
    let token = token["access_token"].as_str().expect("a token").to_owned();
    client().get(app.url("/api/auth/me")).bearer_auth(&token).send().await.expect("an answer");
    secrets.push(token);

    let auth_url = browser.auth_url().await;
    let state = query_value(&auth_url, "state");
    google.script().token.0 = 400;
    browser.come_back(&[("code", CODE), ("state", &state)]).await;
    secrets.push(state);
    google.script().token.0 = 200;
    let state = query_value(&browser.auth_url().await, "state");
    browser.come_back(&[("code", CODE), ("state", &state)]).await;
    secrets.push(state);
    let verifiers: Vec<String> = google
        .script()
        .token_requests
        .iter()
        .flatten()
        .filter(|(name, _)| name == "code_verifier")
        .map(|(_, value)| value.clone())
        .collect();
    assert_eq!(verifiers.len(), 2);
    secrets.extend(verifiers);

    let saved = browser.post_json("/api/integrations/ai-provider/openai", &json!({ "api_key": API_KEY })).await;
    assert_eq!((saved.0, &saved.1["has_api_key"]), (200, &json!(true)), "{}", saved.1);
    answers.push(saved.1);
    answers.push(browser.get("/api/integrations/ai-provider/openai").await.1);
    answers.push(browser.post("/api/integrations/ai-provider/openai/test").await.1);
    let (_, list) = browser.get("/api/integrations/accounts").await;
    let id = list["accounts"][0]["id"].as_str().expect("an id").to_owned();
    answers.push(list);
    answers.push(browser.post(&format!("/api/integrations/accounts/{id}/sync-now")).await.1);
    answers.push(browser.post(&format!("/api/integrations/accounts/{id}/disconnect")).await.1);
    answers.push(browser.get("/api/auth/me").await.1);
    answers.push(browser.get("/api/auth/tokens").await.1);

    let log = logs::so_far();
    assert!(log.contains("/api/integrations/gmail/callback"), "the log is captured");
    for secret in &secrets {
        // Never shown whole, as that would put it into the log of the tests.
        let shown: String = secret.chars().take(6).collect();
        assert!(!log.contains(secret.as_str()), "the log holds a secret that begins with {shown}");
        for answer in &answers {
            assert!(!answer.to_string().contains(secret.as_str()), "an answer holds a secret that begins with {shown}");
        }
    }
    for stored in app.database.texts("SELECT api_key FROM ai_providers WHERE api_key IS NOT NULL").await {
        assert!(stored.starts_with("ENC:v1:"), "a key is stored as it is");
    }
}

#[tokio::test]
async fn a_request_is_found_in_the_log_by_its_id() {
    let app = crate::support::TestApp::start().await;
    let answer = client().get(app.url("/api/nowhere?token=not-to-be-logged-8153")).send().await.expect("an answer");
    let id = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
    let log = logs::so_far();
    let line = log.lines().find(|line| line.contains(&id) && line.contains("answered")).expect("a line with the id");
    for part in ["method=GET", "/api/nowhere", "status=404", "latency_ms="] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
    assert!(!log.contains("not-to-be-logged-8153"));
}
