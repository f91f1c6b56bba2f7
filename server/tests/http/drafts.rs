//! Drafts of answers: asked for, followed, read, cancelled, refused.

use std::time::Duration;

use replybook::types::{DraftState, Role};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::{TestApp, ai::AiDouble, assert_detail, browser::Browser};

const MODEL: &str = "gpt-4o-mini";
const MAIL: &str = "From a Thu Jan  1 00:00:00 2026\n\
    From: Ann Client <a@client.example>\nTo: us@y.example\nSubject: Grinder\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <q1@x>\n\n\
    Hello, my grinder makes a terrible noise since yesterday morning.\n\n\
    From us Thu Jan  1 00:00:00 2026\n\
    From: us@y.example\nTo: a@client.example\nSubject: Re: Grinder\nDate: Fri, 2 Jan 2026 10:00:00 +0000\nMessage-ID: <a1@x>\nIn-Reply-To: <q1@x>\n\n\
    Please take the burrs out of the grinder and brush them, there is a stone between them.\n\n\
    From b Thu Jan  1 00:00:00 2026\n\
    From: Bob Client <b@client.example>\nTo: us@y.example\nSubject: Noise\nDate: Sat, 3 Jan 2026 10:00:00 +0000\nMessage-ID: <q2@x>\n\n\
    Good morning, the grinder makes a noise, what can I do? Call me: +44 20 7946 0958.\n\n\
    From us Thu Jan  1 00:00:00 2026\n\
    From: us@y.example\nTo: c@client.example\nSubject: News\nDate: Sat, 3 Jan 2026 11:00:00 +0000\nMessage-ID: <n1@x>\n\n\
    We are open on Sundays from now on.\n\n";

/// Imports the mail and approves its pair. The thread with the open question, and the one that no client wrote in.
async fn mailbox(app: &TestApp, browser: &Browser) -> (String, String) {
    let path = app.folder.path().join("mail.mbox");
    std::fs::write(&path, MAIL).expect("written");
    replybook::import::import_file(&app.domain, &path, "us@y.example", |_| {}).await.expect("imported");
    let (_, pairs) = browser.get("/api/integrations/ai-email-pairs").await;
    let pair = pairs["items"][0]["id"].as_str().expect("a pair");
    let path = format!("/api/integrations/ai-email-pairs/{pair}/status");
    assert_eq!(browser.post_json(&path, &json!({ "status": "approved" })).await.0, 200);
    let (_, threads) = browser.get("/api/email/threads").await;
    let of = |subject: &str| {
        let mut threads = threads["items"].as_array().expect("a list").iter();
        let thread = threads.find(|thread| thread["subject"] == subject).expect("is there");
        thread["id"].as_str().expect("an id").to_owned()
    };
    (of("Noise"), of("News"))
}

fn drafts_of(thread: &str) -> String {
    format!("/api/email/threads/{thread}/drafts")
}

async fn over(browser: &Browser, draft: &Value) -> Value {
    let path = format!("/api/email/drafts/{}", draft["id"].as_str().expect("an id"));
    for _ in 0..600 {
        let (status, now) = browser.get(&path).await;
        assert_eq!(status, 200, "{now}");
        if now["state"] != DraftState::Running.as_str() {
            return now;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{draft} does not end");
}

/// What a model answers that rests its first sentence on the first case, and its second on nothing.
fn answer() -> Value {
    let content = json!({
        "sentences": [
            { "text": "Please take the burrs out of the grinder and brush them.", "cases": ["{case 1}"], "break": "none" },
            { "text": "A new one costs 99 EUR.", "cases": ["c9-00000000"], "break": "none" },
        ],
        "intent": "problem", "sentiment": "neutral", "urgency": "low", "confidence": 80, "bcc": "evil@x.example",
    });
    json!({ "content": content.to_string(), "cases": true })
}

/// The provider, chosen for drafts.
async fn chosen(double: &AiDouble, browser: &Browser, budget: Option<i64>) {
    double.set_up(browser, "openai", MODEL, budget).await;
    let (status, saved) = browser.post_json("/api/integrations/ai-providers/openai", &json!({ "drafts": true })).await;
    assert_eq!((status, &saved["drafts"]), (200, &json!(true)));
}

async fn events(mut response: reqwest::Response) -> Vec<(String, String)> {
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while let Some(chunk) = timeout(Duration::from_secs(60), response.chunk()).await.expect("ends").expect("a chunk") {
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    let field =
        |event: &str, name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let events = text.split("\n\n").filter(|event| event.contains("data: "));
    events.map(|event| (field(event, "event: "), field(event, "data: "))).collect()
}

#[tokio::test]
async fn a_draft_is_asked_for_followed_and_read() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    let (thread, _) = mailbox(&app, &browser).await;
    chosen(&double, &browser, Some(1_000_000)).await;
    double.control("/replies", &answer()).await;
    double.control("/drip", &json!({ "ms": 400 })).await;

    let (status, sent) = browser.post_json(&format!("{}/preview", drafts_of(&thread)), &json!({})).await;
    assert_eq!((status, &sent["provider_code"], &sent["cases"]), (200, &json!("openai"), &json!(1)), "{sent}");
    let text = sent["text"].as_str().expect("a text");
    assert!(text.contains("take the burrs out") && !text.contains("7946 0958"), "{text}");
    let hidden = sent["hidden"].as_array().expect("a list");
    assert!(hidden.iter().any(|hidden| hidden["value"] == "+44 20 7946 0958"), "{hidden:?}");
    assert_eq!(double.calls("chat/completions$").await, 0, "nothing was sent");

    // An open page waits for a draft that somebody else begins.
    let waits = format!("{}/events?waits=true", drafts_of(&thread));
    let mut waiting = browser.request(Method::GET, &waits).send().await.expect("an answer");
    let begun = async |waiting: &mut reqwest::Response| loop {
        let chunk = timeout(Duration::from_secs(60), waiting.chunk()).await.expect("in time").expect("a chunk");
        let chunk = chunk.expect("the stream goes on");
        if String::from_utf8_lossy(&chunk).contains("event: draft") {
            break;
        }
    };
    let (status, draft) = browser.post_json(&drafts_of(&thread), &json!({})).await;
    assert_eq!((status, &draft["state"]), (202, &json!("running")), "{draft}");
    let follow = format!("{}/events", drafts_of(&thread));
    begun(&mut waiting).await;
    drop(waiting);
    let stream = browser.request(Method::GET, &follow).send().await.expect("an answer");
    let seen = events(stream).await;
    let told: Vec<Value> = seen
        .iter()
        .filter(|(event, _)| event == "draft")
        .map(|(_, data)| serde_json::from_str(data).expect("a draft"))
        .collect();
    let sentences: Vec<usize> =
        told.iter().map(|draft| draft["content"]["sentences"].as_array().expect("a list").len()).collect();
    assert!(sentences.is_sorted() && sentences.contains(&1) && sentences.last() == Some(&2), "{sentences:?}");
    assert_eq!(told.last().expect("an end")["state"], "done");
    assert_eq!(seen.last().expect("an end").0, "standing");
    let again = browser.request(Method::GET, &follow).header("last-event-id", "over").send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::NO_CONTENT);

    let done = over(&browser, &draft).await;
    let content = &done["content"];
    assert_eq!(
        (&content["sentences"][0]["standing"], &content["sentences"][1]["standing"]),
        (&json!("backed"), &json!("not_backed"))
    );
    assert_eq!(content["sentences"][1]["sources"], json!([]), "what was not offered is no source");
    assert_eq!(content["unknown_sources"], 1);
    assert!(content["warnings"].as_array().expect("a list").contains(&json!("extra_parts")), "{content}");
    assert!(!done.to_string().contains("evil@x.example"));
    assert_eq!(content["confidence"]["model"], 80);
    assert!(done["cost_micros"].as_i64().is_some_and(|cost| cost > 0), "{done}");
    let (_, list) = browser.get(&drafts_of(&thread)).await;
    assert_eq!((&list["count"], &list["drafts"][0]), (&json!(1), &done));

    // Anthropic's stream is another one.
    double.set_up(&browser, "anthropic", MODEL, None).await;
    let (_, _) = browser.post_json("/api/integrations/ai-providers/anthropic", &json!({ "drafts": true })).await;
    let (_, other) = browser.post_json(&drafts_of(&thread), &json!({ "note": "shorter" })).await;
    let other = over(&browser, &other).await;
    assert_eq!((&other["state"], &other["provider_code"]), (&json!("done"), &json!("anthropic")), "{other}");
    assert_eq!((&other["replaces"], &other["note"]), (&done["id"], &json!("shorter")));
}

#[tokio::test]
async fn a_draft_is_cancelled_and_the_page_shows_what_is_there() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    let (thread, _) = mailbox(&app, &browser).await;
    chosen(&double, &browser, None).await;
    double.fail(&json!({ "match": {}, "delay_ms": 60_000 })).await;
    let (_, draft) = browser.post_json(&drafts_of(&thread), &json!({})).await;
    let page = browser.open(&format!("/admin/threads/{thread}")).await.text().await.expect("a page");
    assert!(
        page.contains("The model is writing")
            && page.contains(&format!("data-live=\"{}/events?waits=true\"", drafts_of(&thread)))
    );
    let cancel = format!("/api/email/drafts/{}/cancel", draft["id"].as_str().expect("an id"));
    let (status, cancelled) = browser.post(&cancel).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")), "{cancelled}");
    let page = browser.open(&format!("/admin/threads/{thread}")).await.text().await.expect("a page");
    // Somebody else may begin the next one.
    assert!(page.contains("This draft was cancelled.") && page.contains("data-live=\""));
}

#[tokio::test]
async fn what_cannot_be_drafted_is_refused_and_only_reviewers_ask() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let (thread, news) = mailbox(&app, &browser).await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    assert_detail(&browser.post_json(&drafts_of(nobody), &json!({})).await, 404, "email_thread_not_found");
    assert_detail(&browser.get(&drafts_of(nobody)).await, 404, "email_thread_not_found");
    assert_detail(&browser.get(&format!("/api/email/drafts/{nobody}")).await, 404, "draft_not_found");
    assert_detail(&browser.post(&format!("/api/email/drafts/{nobody}/cancel")).await, 404, "draft_not_found");
    assert_detail(&browser.post_json(&drafts_of(&news), &json!({})).await, 409, "thread_has_no_question");
    let long = json!({ "note": "x".repeat(1_001) });
    assert_detail(&browser.post_json(&drafts_of(&thread), &long).await, 400, "note must have at most 1000 characters");

    // Without a provider the best past reply is there at once.
    let reviewer = app.signed_in("rita@replybook.example", Role::Reviewer).await;
    let (status, template) = reviewer.post_json(&drafts_of(&thread), &json!({})).await;
    assert_eq!(
        (status, &template["kind"], &template["state"]),
        (202, &json!("template"), &json!("done")),
        "{template}"
    );
    let id = template["id"].as_str().expect("an id");
    assert_detail(&reviewer.post(&format!("/api/email/drafts/{id}/cancel")).await, 409, "draft_is_over");
    let stream =
        reviewer.request(Method::GET, &format!("{}/events", drafts_of(&thread))).send().await.expect("an answer");
    assert_eq!(events(stream).await.len(), 1, "nothing is being written");

    let member = app.member().await;
    assert_eq!(member.post_json(&drafts_of(&thread), &json!({})).await.0, 403);
    for path in [drafts_of(&thread), format!("{}/events", drafts_of(&thread)), format!("/api/email/drafts/{id}")] {
        assert_eq!(member.get(&path).await.0, 403, "{path}");
    }
}
