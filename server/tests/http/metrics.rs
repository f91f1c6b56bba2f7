//! The numbers for collectors, and what log lines carry.

use replybook::{
    import,
    net::tally,
    types::{Role, RunState},
};
use replybook_app::paths;
use serde_json::json;

use crate::support::{PASSWORD, Start, TestApp, client, json, logs};

const MBOX: &str = "From c@client.example Thu Jan  1 00:00:00 2026\n\
    From: Client <c@client.example>\nTo: me@x.example\nSubject: Question\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n\
    Message-ID: <q@client.example>\n\nHello, when are you open on Sundays this winter?\n\n";

async fn token(app: &TestApp, email: &str, role: Role) -> String {
    app.user(email, role).await;
    let body = json!({ "email": email, "password": PASSWORD });
    let (status, body) =
        json(client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer")).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

async fn metrics(app: &TestApp, token: &str) -> (u16, String) {
    let answer = client().get(app.url("/metrics")).bearer_auth(token).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

/// The value of a series, whose name and labels are given as they are written.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn an_admins_token_opens_the_metrics_and_nobody_elses() {
    let app = TestApp::start().await;
    let admin = token(&app, "ann@x.example", Role::Admin).await;
    let member = token(&app, "bob@x.example", Role::Member).await;
    assert_eq!(client().get(app.url("/metrics")).send().await.expect("an answer").status(), 401);
    assert_eq!(metrics(&app, &member).await.0, 403);
    assert_eq!(metrics(&app, "rb_nonsense").await.0, 401);

    let (status, text) = metrics(&app, &admin).await;
    assert_eq!(status, 200, "{text}");
    let refused = |kind: &str| value(&text, &format!("replybook_refusals_total{{kind=\"{kind}\"}}"));
    assert_eq!((refused("unauthenticated"), refused("forbidden"), refused("conflict")), (Some(2.0), Some(1.0), None));
    let login = "method=\"POST\",route=\"/api/auth/login\",status=\"200\"";
    let logins = value(&text, &format!("replybook_request_duration_seconds_count{{{login}}}"));
    assert_eq!(logins, Some(2.0), "{text}");
}

#[tokio::test]
async fn routes_are_templates_and_what_has_none_is_one_series() {
    let app = TestApp::start().await;
    let admin = token(&app, "ann@x.example", Role::Admin).await;
    for path in ["/api/integrations/runs/8a2c1b1e-0000-7000-8000-000000000001", "/one/of/many", "/another-one"] {
        let answer = client().get(app.url(path)).bearer_auth(&admin).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
    let (_, text) = metrics(&app, &admin).await;
    let count = |route: &str| {
        let labels = format!("method=\"GET\",route=\"{route}\",status=\"404\"");
        value(&text, &format!("replybook_request_duration_seconds_count{{{labels}}}"))
    };
    assert_eq!((count("/api/integrations/runs/{run_id}"), count("other")), (Some(1.0), Some(2.0)), "{text}");
    assert!(!text.contains("8a2c1b1e") && !text.contains("another-one"), "{text}");
}

#[tokio::test]
async fn runs_queues_and_refusals_of_providers_are_counted() {
    let app = TestApp::start().await;
    let admin = token(&app, "ann@x.example", Role::Admin).await;
    let runs = |text: &str, state: &str| value(text, &format!("replybook_runs{{state=\"{state}\"}}"));
    let (_, before) = metrics(&app, &admin).await;
    assert_eq!((runs(&before, "done"), runs(&before, "running")), (Some(0.0), Some(0.0)), "{before}");

    let file = app.folder.path().join("mail.mbox");
    std::fs::write(&file, MBOX).expect("written");
    let run = import::import_file(&app.domain, &file, "me@x.example", |_| {}).await.expect("imported");
    assert_eq!(run.state, RunState::Done, "{:?}", run.errors);
    app.database.run("INSERT INTO threads_to_pair (integration_account_id, thread_id) SELECT id, 'waits' FROM integrations_accounts").await;
    tally::refused("a provider of this test", "rate_limited");

    let (_, after) = metrics(&app, &admin).await;
    assert_eq!((runs(&after, "done"), runs(&after, "failed")), (Some(1.0), Some(0.0)), "{after}");
    assert_eq!(value(&after, "replybook_queue_length{queue=\"threads_to_pair\"}"), Some(1.0), "{after}");
    assert_eq!(value(&after, "replybook_database_up"), Some(1.0));
    let refused = "replybook_provider_refusals_total{provider=\"a provider of this test\",kind=\"rate_limited\"}";
    assert_eq!(value(&after, refused), Some(1.0), "{after}");
}

#[tokio::test]
async fn an_address_of_its_own_needs_no_token_and_answers_without_a_database() {
    let app = Start::default().with("METRICS_ADDR", "127.0.0.1:0").app().await;
    let addr = app.metrics_addr().expect("it listens");
    let get = async |path: &str| client().get(format!("http://{addr}{path}")).send().await.expect("an answer");
    let answer = get("/metrics").await;
    let content_type = answer.headers()["content-type"].to_str().expect("text").to_owned();
    assert_eq!((answer.status().as_u16(), content_type.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert!(answer.text().await.expect("text").contains("replybook_runs{state=\"queued\"} 0"));
    for elsewhere in ["/", paths::LOGIN, "/api/openapi.json"] {
        assert_eq!(get(elsewhere).await.status(), 404, "only the metrics are open: {elsewhere}");
    }
    assert_eq!(client().get(app.url("/metrics")).send().await.expect("an answer").status(), 401);

    app.domain.store.close().await;
    let text = get("/metrics").await.text().await.expect("text");
    assert_eq!(value(&text, "replybook_database_up"), Some(0.0), "{text}");
    assert!(!text.contains("replybook_runs{"), "old numbers would look like those of now: {text}");
}

#[tokio::test]
async fn a_call_to_the_ai_provider_carries_the_request_it_is_for() {
    // Nobody listens there.
    let app = Start::default().with("OPENAI_BASE_URL", "http://127.0.0.1:1/v1").app().await;
    let browser = app.admin().await;
    let openai = "/api/integrations/ai-provider/openai";
    let (_, nothing) = browser.post(&format!("{openai}/test")).await;
    assert_eq!(nothing["problem"], "no_key");
    browser.post_json(openai, &json!({ "api_key": "sk-one" })).await;
    let (_, nothing) = browser.post(&format!("{openai}/test")).await;
    assert_eq!((&nothing["problem"], &nothing["model"]), (&json!("no_model"), &json!("")));
    browser.post_json(openai, &json!({ "model_default": "m-1" })).await;
    let request = browser.request(reqwest::Method::POST, &format!("{openai}/test")).send().await.expect("an answer");
    let id = request.headers()["x-request-id"].to_str().expect("text").to_owned();
    let (_, outcome) = json(request).await;
    assert_eq!((&outcome["problem"], &outcome["provider_words"]), (&json!("unreachable"), &json!(null)), "{outcome}");
    let log = logs::so_far();
    let line =
        log.lines().find(|line| line.contains("the model was not reached") && line.contains(&id)).expect("a line");
    assert!(line.contains("call{provider=\"openai\" method=\"chat.completions\"}"), "{line}");
    assert!(line.contains("code=\"transport\""), "{line}");
}

#[tokio::test]
async fn every_line_of_a_run_carries_the_run_and_its_account() {
    let app = TestApp::start().await;
    let file = app.folder.path().join("mail.mbox");
    std::fs::write(&file, MBOX).expect("written");
    let run = import::import_file(&app.domain, &file, "me@x.example", |_| {}).await.expect("imported");
    let log = logs::so_far();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(&run.id.to_string())).collect();
    assert!(lines.iter().any(|line| line.contains("import ended")), "{lines:?}");
    let span = format!("run{{kind=import run={} account={} provider=\"mbox\"}}", run.id, run.account_id);
    for line in lines {
        assert!(line.contains(&span), "{line}");
    }
}
