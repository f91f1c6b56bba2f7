//! The monitor, older mail, and another try for what was set aside.

use std::time::Duration;

use replybook::types::{AccountId, FailureId, RunId};
use replybook_app::paths;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location},
    emulator::emulator,
};

const ACCOUNTS: &str = "/api/integrations/accounts";
const RUNS: &str = "/api/integrations/runs";
const MONITOR: &str = "/api/system/email-monitor";
const LONG: Duration = Duration::from_secs(60);

/// An application with a worker inside, whose first sync looks back one day: the mail of the double is older.
async fn with_worker() -> TestApp {
    emulator().settings().with("REPLYBOOK_WORKER", "on").with("SYNC_FIRST_LOOKBACK_DAYS", "1").app().await
}

/// Connects a mailbox of that many messages, of which the first window holds but the newest. Returns the account's id.
async fn connected(browser: &Browser, mailbox: &str, messages: usize) -> String {
    emulator().mailbox(mailbox, messages / 2).await;
    let back = emulator().consent(&browser.auth_url().await, mailbox).await;
    assert_eq!(location(&browser.visit(&back).await), format!("{}?gmail=connected", paths::INTEGRATIONS));
    let (_, list) = browser.get(ACCOUNTS).await;
    list["accounts"][0]["id"].as_str().expect("an id").to_owned()
}

async fn backfill(browser: &Browser, account: &str, span: &Value) -> (u16, Value) {
    browser.post_json(&format!("{ACCOUNTS}/{account}/backfill"), span).await
}

/// Follows a run by its live events until it looks as wanted.
async fn follow(browser: &Browser, run: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let request = browser.request(Method::GET, &format!("{RUNS}/{run}/events"));
    let mut stream = request.send().await.expect("an answer");
    assert_eq!(stream.status(), 200);
    let (mut text, mut seen) = (String::new(), Vec::new());
    while let Some(chunk) = timeout(LONG, stream.chunk()).await.expect("it comes in time").expect("a chunk") {
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((event, rest)) = text.split_once("\n\n") {
            let data = event.lines().find_map(|line| line.strip_prefix("data: "));
            let run: Option<Value> = data.map(|data| serde_json::from_str(data).expect("a run"));
            text = rest.to_owned();
            if let Some(run) = run {
                if wanted(&run) {
                    return run;
                }
                seen.push(run);
            }
        }
    }
    panic!("the run never looked as wanted: {seen:#?}");
}

/// Makes every fetch of a mailbox slow, so that a run can be caught in the middle.
async fn slow_down(mailbox: &str) {
    let rule = json!({ "id": format!("slow-{mailbox}"), "match": { "account": mailbox, "path": "/(messages|threads)/" }, "delay_ms": 300 });
    emulator().control("/faults", &rule).await;
}

async fn stored(browser: &Browser) -> Value {
    browser.get(ACCOUNTS).await.1["accounts"][0]["counts"]["messages"].clone()
}

#[tokio::test]
async fn a_backfill_is_paused_resumed_and_reaches_its_end() {
    let app = with_worker().await;
    let browser = app.admin().await;
    let id = connected(&browser, "older@mail.example", 40).await;
    slow_down("older@mail.example").await;

    let (status, run) = backfill(&browser, &id, &json!({ "days": 30 })).await;
    assert_eq!(status, 202, "{run}");
    assert_eq!(
        (&run["kind"], &run["state"], &run["trigger"]),
        (&json!("backfill"), &json!("queued"), &json!("manual"))
    );
    let since = run["since"].as_str().expect("a time");
    assert!(
        chrono::DateTime::parse_from_rfc3339(since)
            .is_ok_and(|since| since < replybook::clock::Clock::now(app.clock.as_ref()) - chrono::TimeDelta::days(29))
    );
    let run = run["id"].as_str().expect("an id").to_owned();
    let twice = backfill(&browser, &id, &json!({ "everything": true })).await;
    assert_detail(&twice, 409, "backfill_already_running");

    let going = follow(&browser, &run, |run| run["messages_fetched"].as_i64() > Some(0)).await;
    assert_eq!((&going["state"], &going["messages_total"]), (&json!("running"), &json!(39)), "{going}");
    let (status, asked) = browser.post(&format!("{RUNS}/{run}/pause")).await;
    assert_eq!((status, &asked["requested"]), (200, &json!("pause")), "{asked}");
    let paused = follow(&browser, &run, |run| run["state"] == "paused").await;
    assert_eq!((&paused["requested"], &paused["finished_at"]), (&Value::Null, &Value::Null), "{paused}");
    let fetched = paused["messages_fetched"].as_i64().expect("a number");
    assert!((1..40).contains(&fetched), "it stopped in the middle: {fetched}");
    assert_eq!(stored(&browser).await, json!(1 + fetched), "what came stays");
    // Today's mail is synced all the same.
    assert_eq!(browser.post(&format!("{ACCOUNTS}/{id}/sync-now")).await.0, 200);

    let (status, resumed) = browser.post(&format!("{RUNS}/{run}/resume")).await;
    assert_eq!((status, &resumed["state"]), (200, &json!("queued")), "{resumed}");
    let done = follow(&browser, &run, |run| run["state"] == "done").await;
    assert_eq!((&done["messages_fetched"], &done["messages_total"]), (&json!(39), &json!(39)), "{done}");
    assert_eq!((&done["rate_per_minute"], &done["seconds_left"]), (&Value::Null, &Value::Null), "it is over");
    assert_eq!(stored(&browser).await, json!(40));

    for action in ["pause", "resume", "cancel"] {
        assert_detail(&browser.post(&format!("{RUNS}/{run}/{action}")).await, 409, "run_is_over");
    }
    let (_, runs) = browser.get(&format!("{ACCOUNTS}/{id}/sync-runs")).await;
    let listed =
        runs["runs"].as_array().expect("runs").iter().find(|listed| listed["id"] == json!(run)).expect("listed");
    assert_eq!(listed, &done);
}

#[tokio::test]
async fn a_backfill_is_cancelled_and_keeps_what_it_brought() {
    let app = with_worker().await;
    let browser = app.admin().await;
    let id = connected(&browser, "enough@mail.example", 40).await;
    slow_down("enough@mail.example").await;
    let (_, run) = backfill(&browser, &id, &json!({ "everything": true })).await;
    assert_eq!(run["since"], Value::Null, "everything has no beginning");
    let run = run["id"].as_str().expect("an id").to_owned();
    follow(&browser, &run, |run| run["messages_fetched"].as_i64() > Some(0)).await;
    let (status, asked) = browser.post(&format!("{RUNS}/{run}/cancel")).await;
    assert_eq!((status, &asked["requested"]), (200, &json!("cancel")), "{asked}");
    let over = follow(&browser, &run, |run| run["state"] == "cancelled").await;
    let fetched = over["messages_fetched"].as_i64().expect("a number");
    assert!((1..40).contains(&fetched) && over["finished_at"].is_string(), "{over}");
    assert_eq!(stored(&browser).await, json!(1 + fetched));
    assert_eq!(backfill(&browser, &id, &json!({ "days": 1 })).await.0, 202, "another one may begin");
}

#[tokio::test]
async fn what_waits_is_paused_and_cancelled_at_once() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    let id = connected(&browser, "waiting@mail.example", 2).await;
    let (_, run) = backfill(&browser, &id, &json!({ "since": "2026-01-31" })).await;
    assert_eq!(run["since"], "2026-01-31T00:00:00Z");
    let run = run["id"].as_str().expect("an id").to_owned();
    let act = async |action: &str| browser.post(&format!("{RUNS}/{run}/{action}")).await.1["state"].clone();
    assert_eq!(act("pause").await, "paused");
    assert_eq!(act("resume").await, "queued");
    assert_eq!(act("resume").await, "queued", "twice is once");
    assert_eq!(act("pause").await, "paused");
    assert_eq!(act("cancel").await, "cancelled");
    let (_, since) = backfill(&browser, &id, &json!({ "since": "2026-01-31T10:00:00+02:00" })).await;
    assert_eq!(since["since"], "2026-01-31T08:00:00Z");
}

#[tokio::test]
async fn a_span_that_is_none_is_named() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    let id = connected(&browser, "spans@mail.example", 2).await;
    let one_of = "give exactly one of since, days and everything";
    let days = "days must be a whole number from 1 to 36500";
    let since = "since must be a date like 2026-01-31 or a time in RFC 3339";
    for (span, detail) in [
        (json!({}), one_of),
        (json!({ "everything": false }), one_of),
        (json!({ "days": 3, "everything": true }), one_of),
        (json!({ "days": 3, "since": "2026-01-01" }), one_of),
        (json!({ "days": 0 }), days),
        (json!({ "days": 36_501 }), days),
        (json!({ "since": "" }), since),
        (json!({ "since": "yesterday" }), since),
        (json!({ "since": "2026-02-30" }), since),
        (json!({ "since": "2999-01-01" }), "since_in_the_future"),
    ] {
        assert_detail(&backfill(&browser, &id, &span).await, 400, detail);
    }
    for span in [json!({ "days": -1 }), json!({ "days": "3" }), json!({ "until": "2026-01-01" }), json!([])] {
        let (status, body) = backfill(&browser, &id, &span).await;
        assert!(status == 400 && body["detail"].is_string(), "{span}: {status} {body}");
    }
    assert_eq!(browser.get(&format!("{ACCOUNTS}/{id}/sync-runs")).await.1["count"], 0, "nothing was queued");

    browser.post(&format!("{ACCOUNTS}/{id}/disable")).await;
    assert_detail(&backfill(&browser, &id, &json!({ "days": 3 })).await, 400, "account_disabled");
    assert_detail(&browser.post(&format!("{ACCOUNTS}/{id}/failures/retry")).await, 400, "account_disabled");
}

#[tokio::test]
async fn what_was_set_aside_is_tried_again() {
    let app = with_worker().await;
    let browser = app.admin().await;
    let mailbox = "aside@mail.example";
    let broken = json!({ "id": "broken-aside", "match": { "account": mailbox, "path": "/(messages|threads)/" }, "respond": { "status": 400, "reason": "failedPrecondition" } });
    emulator().control("/faults", &broken).await;
    let id = connected(&browser, mailbox, 4).await;
    let (_, run) = backfill(&browser, &id, &json!({ "days": 30 })).await;
    let run = run["id"].as_str().expect("an id").to_owned();
    let partial = follow(&browser, &run, |run| run["state"] == "partial").await;
    assert_eq!(partial["messages_failed"], 4, "{partial}");
    let failures = format!("{ACCOUNTS}/{id}/failures");
    let (_, listed) = browser.get(&failures).await;
    assert_eq!((&listed["count"], &listed["failures"][0]["code"]), (&json!(4), &json!("rejected")), "{listed}");

    let unknown = browser.post(&format!("{failures}/{}/retry", FailureId::new())).await;
    assert_detail(&unknown, 404, "sync_failure_not_found");
    emulator().forget_fault("broken-aside").await;
    let one = listed["failures"][0]["id"].as_str().expect("an id");
    let (status, answer) = browser.post(&format!("{failures}/{one}/retry")).await;
    assert_eq!((status, answer), (202, json!({ "retried": 1 })));
    let (status, answer) = browser.post(&format!("{failures}/retry")).await;
    assert!(status == 202 && answer["retried"].is_i64(), "{status} {answer}");
    // A sync of ours waits for the worker's, or is refused beside it; afterwards everything is there.
    browser.post(&format!("{ACCOUNTS}/{id}/sync-now")).await;
    let (_, account) = browser.get(ACCOUNTS).await;
    if let Some(run) = account["accounts"][0]["active_run_id"].as_str() {
        follow(&browser, run, |run| run["finished_at"].is_string()).await;
    }
    assert_eq!((stored(&browser).await, browser.get(&failures).await.1["count"].clone()), (json!(4), json!(0)));
    assert_eq!(browser.post(&format!("{failures}/retry")).await, (202, json!({ "retried": 0 })), "nothing is left");
}

#[tokio::test]
async fn the_monitor_is_seen_stopped_and_started() {
    let app = with_worker().await;
    let browser = app.admin().await;
    let id = connected(&browser, "watched@mail.example", 4).await;
    // The worker's first round says that it is there; the run it begins is followed to its end.
    let (_, run) = backfill(&browser, &id, &json!({ "days": 30 })).await;
    follow(&browser, run["id"].as_str().expect("an id"), |run| run["state"] == "done").await;

    let (status, seen) = browser.get(&format!("{MONITOR}/status")).await;
    assert_eq!((status, &seen["enabled"], &seen["interval_seconds"]), (200, &json!(true), &json!(300)), "{seen}");
    assert_eq!(seen["workers"].as_array().map(Vec::len), Some(1), "{seen}");
    assert_eq!(seen["workers"][0]["process_id"], std::process::id());
    assert!(seen["workers"][0]["host"].is_string() && seen["workers"][0]["started_at"].is_string());
    let account = &seen["accounts"][0];
    assert_eq!((&account["id"], &account["status"], &account["set_aside"]), (&json!(id), &json!("active"), &json!(0)));
    assert!(account["next_sync_at"].is_string() && account["waiting_for"].is_null(), "{account}");

    let (status, stopped) = browser.post(&format!("{MONITOR}/stop")).await;
    assert_eq!((status, &stopped["enabled"]), (200, &json!(false)), "{stopped}");
    assert_eq!(stopped["accounts"][0]["next_sync_at"], Value::Null, "nobody takes it by itself");
    assert_detail(&browser.post(&format!("{MONITOR}/poll-now")).await, 409, "monitor_stopped");
    let (_, waits) = backfill(&browser, &id, &json!({ "days": 60 })).await;
    let (status, started) = browser.post(&format!("{MONITOR}/start")).await;
    assert_eq!((status, &started["enabled"]), (200, &json!(true)), "{started}");
    follow(&browser, waits["id"].as_str().expect("an id"), |run| run["state"] == "done").await;
    assert_eq!(browser.post(&format!("{MONITOR}/poll-now")).await, (202, json!({ "accounts": 1 })));
}

#[tokio::test]
async fn without_a_worker_nobody_is_asked() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    connected(&browser, "alone@mail.example", 2).await;
    let (_, seen) = browser.get(&format!("{MONITOR}/status")).await;
    assert_eq!((&seen["enabled"], &seen["workers"]), (&json!(true), &json!([])), "{seen}");
    assert_eq!(seen["accounts"][0]["next_sync_at"], Value::Null);
    assert_detail(&browser.post(&format!("{MONITOR}/poll-now")).await, 409, "no_worker");
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_is_said() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let nobody = AccountId::new();
    let answer = backfill(&browser, &nobody.to_string(), &json!({ "days": 3 })).await;
    assert_detail(&answer, 404, "integration_account_not_found");
    for retry in ["retry".to_owned(), format!("{}/retry", FailureId::new())] {
        let answer = browser.post(&format!("{ACCOUNTS}/{nobody}/failures/{retry}")).await;
        assert_detail(&answer, 404, "integration_account_not_found");
    }
    for action in ["pause", "resume", "cancel"] {
        let answer = browser.post(&format!("{RUNS}/{}/{action}", RunId::new())).await;
        assert_detail(&answer, 404, "sync_run_not_found");
        assert_detail(&browser.post(&format!("{RUNS}/17/{action}")).await, 400, "run_id is not a UUID");
    }
    let answer = browser.post(&format!("{ACCOUNTS}/{nobody}/failures/17/retry")).await;
    assert_detail(&answer, 400, "failure_id is not a UUID");
    assert_detail(&browser.post(&format!("{ACCOUNTS}/17/failures/retry")).await, 400, "account_id is not a UUID");

    // A file is not asked again.
    let mail = "From a@b Mon Jan  1 00:00:00 2026\r\nFrom: c@client.example\r\nTo: me@x.example\r\nSubject: Hi\r\n\
                Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@client.example>\r\n\r\nHello there\r\n";
    let path = app.folder.path().join("one.mbox");
    std::fs::write(&path, mail).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    let id = run.account_id.to_string();
    assert_detail(&backfill(&browser, &id, &json!({ "days": 3 })).await, 400, "sync_not_supported_for_provider");
    let answer = browser.post(&format!("{ACCOUNTS}/{id}/failures/retry")).await;
    assert_detail(&answer, 400, "sync_not_supported_for_provider");
    assert_detail(&browser.post(&format!("{RUNS}/{}/cancel", run.id)).await, 409, "run_is_over");
    assert_eq!(browser.get(&format!("{MONITOR}/status")).await.1["accounts"], json!([]), "files are not watched");
}

#[tokio::test]
async fn a_sync_cannot_be_paused_but_cancelled() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    let id = connected(&browser, "short@mail.example", 40).await;
    slow_down("short@mail.example").await;
    let account = id.parse().expect("an id");
    let run = replybook::sync::start_now(
        &app.domain,
        replybook::types::Actor::nobody(replybook::types::Through::Page),
        account,
    )
    .await
    .expect("begun");
    assert_detail(&browser.post(&format!("{RUNS}/{run}/pause")).await, 409, "run_cannot_pause");
    assert_eq!(browser.post(&format!("{RUNS}/{run}/cancel")).await.0, 200);
    let over = follow(&browser, &run.to_string(), |run| run["finished_at"].is_string()).await;
    assert_eq!(over["state"], "cancelled", "{over}");
}

#[tokio::test]
async fn all_of_it_is_for_admins() {
    let app = TestApp::start().await;
    let member = app.member().await;
    let anonymous = app.anonymous();
    let (account, run) = (AccountId::new(), RunId::new());
    let calls = [
        format!("{MONITOR}/start"),
        format!("{MONITOR}/stop"),
        format!("{MONITOR}/poll-now"),
        format!("{ACCOUNTS}/{account}/backfill"),
        format!("{ACCOUNTS}/{account}/failures/retry"),
        format!("{RUNS}/{run}/pause"),
        format!("{RUNS}/{run}/resume"),
        format!("{RUNS}/{run}/cancel"),
    ];
    for path in &calls {
        assert_detail(&member.post(path).await, 403, "admin_required");
        assert_detail(&anonymous.post(path).await, 401, "not_authenticated");
    }
    assert_detail(&member.get(&format!("{MONITOR}/status")).await, 403, "admin_required");
    assert_detail(&anonymous.get(&format!("{MONITOR}/status")).await, 401, "not_authenticated");
}
