//! Live progress of a run.

use std::time::Duration;

use replybook::types::RunId;
use replybook_app::paths;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{TestApp, assert_detail, browser::Browser, emulator::emulator};

const LONG: Duration = Duration::from_secs(30);

/// The runs that a stream shows until it ends.
async fn runs_of(mut response: reqwest::Response) -> Vec<Value> {
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while let Some(chunk) = timeout(LONG, response.chunk()).await.expect("the stream ends in time").expect("a chunk") {
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    let events = text.split("\n\n").filter(|event| event.contains("event: run"));
    let data = events.filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
    data.map(|data| serde_json::from_str(data).expect("a run")).collect()
}

async fn watch(browser: &Browser, run: &str) -> reqwest::Response {
    let path = format!("/api/integrations/runs/{run}/events");
    browser.request(reqwest::Method::GET, &path).send().await.expect("an answer")
}

/// Connects a mailbox whose answers under `path` take so many milliseconds, and begins a sync of it. Returns the run's id.
async fn begun(app: &TestApp, browser: &Browser, mailbox: &str, pairs: usize, path: &str, delay_ms: u32) -> String {
    emulator().mailbox(mailbox, pairs).await;
    let back = emulator().consent(&browser.auth_url().await, mailbox).await;
    browser.visit(&back).await;
    let slow = json!({ "match": { "account": mailbox, "path": path }, "delay_ms": delay_ms });
    emulator().control("/faults", &slow).await;
    let (_, list) = browser.get("/api/integrations/accounts").await;
    let account = list["accounts"][0]["id"].as_str().expect("an id").parse().expect("an id");
    let run = replybook::sync::start_now(
        &app.domain,
        replybook::types::Actor::nobody(replybook::types::Through::Page),
        account,
    )
    .await;
    run.expect("started").to_string()
}

#[tokio::test]
async fn a_run_is_followed_to_its_end() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    let run = begun(&app, &browser, "followed@mail.example", 6, "/messages/", 200).await;
    let stream = watch(&browser, &run).await;
    assert_eq!(stream.status(), 200);
    let seen = runs_of(stream).await;
    assert!(seen.len() >= 2, "it is shown while it goes on and when it is over: {seen:?}");
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "only changes are sent");
    let last = seen.last().expect("an end");
    assert_eq!((&last["state"], &last["messages_fetched"], &last["id"]), (&json!("done"), &json!(12), &json!(run)));
    assert_ne!(seen[0]["state"], "done");

    let over = watch(&browser, &run).await;
    assert_eq!(runs_of(over).await.len(), 1, "a run that is over is shown once");
    let path = format!("/api/integrations/runs/{run}/events");
    let reconnect =
        browser.request(reqwest::Method::GET, &path).header("last-event-id", "over").send().await.expect("an answer");
    assert_eq!(reconnect.status(), 204, "which stops a browser from asking again");
}

#[tokio::test]
async fn streams_end_when_the_server_does() {
    let mut app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox("endless@mail.example", 3).await;
    let back = emulator().consent(&browser.auth_url().await, "endless@mail.example").await;
    browser.visit(&back).await;
    // Gmail does not answer for a long time.
    let stuck = json!({ "match": { "account": "endless@mail.example", "path": "/messages" }, "delay_ms": 60_000 });
    emulator().control("/faults", &stuck).await;
    let (_, list) = browser.get("/api/integrations/accounts").await;
    let account = list["accounts"][0]["id"].as_str().expect("an id").parse().expect("an id");
    let run = replybook::sync::start_now(
        &app.domain,
        replybook::types::Actor::nobody(replybook::types::Through::Page),
        account,
    )
    .await
    .expect("started");
    let stream = watch(&browser, &run.to_string()).await;
    timeout(Duration::from_secs(8), app.stop()).await.expect("an open stream does not hold the server up");
    let seen = runs_of(stream).await;
    assert!(seen.iter().all(|run| run["state"] != "done"), "{seen:?}");
}

#[tokio::test]
async fn a_stream_ends_with_the_session_of_whoever_follows_it() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    let run = begun(&app, &browser, "overheard@mail.example", 3, "/messages", 60_000).await;
    let stream = watch(&browser, &run).await;
    assert_eq!(stream.status(), 200);
    browser.submit(paths::LOGOUT, &[]).await;
    let seen = runs_of(stream).await;
    assert!(seen.iter().all(|run| run["state"] == "running"), "the run goes on: {seen:?}");
}

#[tokio::test]
async fn a_run_that_is_not_there_is_404() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let answer = crate::support::json(watch(&browser, &RunId::new().to_string()).await).await;
    assert_detail(&answer, 404, "sync_run_not_found");
    assert_detail(&browser.get(&format!("/api/integrations/runs/{}", RunId::new())).await, 404, "sync_run_not_found");
}

/// Reads a stream until what was read so far has it.
async fn read_until(stream: &mut reqwest::Response, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    while !wanted(&text) {
        let chunk = timeout(LONG, stream.chunk()).await.expect("in time").expect("a chunk").expect("more of it");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    text
}

#[tokio::test]
async fn all_accounts_are_followed_at_once() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    let path = "/api/integrations/events";
    let mut stream = browser.request(reqwest::Method::GET, path).send().await.expect("an answer");
    assert_eq!(
        (stream.status().as_u16(), &stream.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let first = read_until(&mut stream, |text| text.contains("event: standing")).await;
    // A page has the same mark as long as nothing happens.
    let mark = first.lines().find_map(|line| line.strip_prefix("data: ")).expect("a mark").to_owned();
    let page = browser.open(paths::OVERVIEW).await.text().await.expect("a page");
    assert!(page.contains(&format!("data-mark=\"{mark}\"")), "{mark} in {page}");

    let run = begun(&app, &browser, "all-at-once@mail.example", 3, "/messages/", 300).await;
    let text = read_until(&mut stream, |text| text.contains("\"state\":\"done\"")).await;
    assert!(text.contains("event: standing") && !text.contains(&mark), "the page is no longer true: {text}");
    let runs = text.lines().filter_map(|line| line.strip_prefix("data: {"));
    assert!(runs.clone().count() >= 2 && runs.clone().all(|told| told.contains(&run)), "{text}");
    read_until(&mut stream, |text| text.contains("event: standing")).await;

    let (_, list) = browser.get("/api/integrations/accounts").await;
    let nobody = format!("{path}?account_id={}", RunId::new());
    assert_detail(&browser.get(&nobody).await, 404, "integration_account_not_found");
    let one = format!("{path}?account_id={}", list["accounts"][0]["id"].as_str().expect("an id"));
    let mut stream = browser.request(reqwest::Method::GET, &one).send().await.expect("an answer");
    let mark = read_until(&mut stream, |text| text.contains("event: standing")).await;
    browser.submit(paths::LOGOUT, &[]).await;
    while let Some(chunk) = timeout(LONG, stream.chunk()).await.expect("it ends with the session").expect("a chunk") {
        assert!(!String::from_utf8_lossy(&chunk).contains("event: run"), "nothing goes on: {mark}");
    }
    assert_eq!(app.member().await.get(path).await.0, 403);
}

#[tokio::test]
async fn pages_follow_runs_in_the_words_of_their_reader() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    begun(&app, &browser, "in-words@mail.example", 3, "/messages/", 300).await;
    let request = browser.request(reqwest::Method::GET, paths::EVENTS).header("accept-language", "ru");
    let mut stream = request.send().await.expect("an answer");
    let text = read_until(&mut stream, |text| text.contains("event: standing") && text.contains("\"готово\"")).await;
    let told: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: {")).collect();
    assert!(told.len() >= 2 && told.iter().all(|run| run.contains("Новая почта")), "{text}");
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "only changes are told: {text}");

    assert_eq!(app.member().await.get(paths::EVENTS).await.0, 403);
    assert_eq!(app.anonymous().get(paths::EVENTS).await.0, 401);
    let nobody = paths::events(Some(replybook::types::AccountId::new()));
    assert_detail(&browser.get(&nobody).await, 404, "integration_account_not_found");
}
