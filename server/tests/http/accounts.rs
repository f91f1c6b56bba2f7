//! Connected mailboxes: the main job from connecting to syncing, against the Google emulator.

use replybook::types::AccountId;
use replybook_app::paths;
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location},
    emulator::emulator,
    fake_google::FakeGoogle,
};

const ACCOUNTS: &str = "/api/integrations/accounts";

/// Connects `mailbox` through the emulator's consent page; returns the account's id.
async fn connect(browser: &Browser, mailbox: &str) -> String {
    let back = emulator().consent(&browser.auth_url().await, mailbox).await;
    assert_eq!(location(&browser.visit(&back).await), format!("{}?gmail=connected", paths::INTEGRATIONS));
    let (_, list) = browser.get(ACCOUNTS).await;
    let accounts = list["accounts"].as_array().expect("a list");
    let account =
        accounts.iter().find(|account| account["external_account_id"] == mailbox).expect("the account is listed");
    account["id"].as_str().expect("an id").to_owned()
}

async fn act(browser: &Browser, id: &str, action: &str) -> (u16, Value) {
    browser.post(&format!("{ACCOUNTS}/{id}/{action}")).await
}

#[tokio::test]
async fn connect_sync_review_approve() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox("journey@mail.example", 5).await;
    let id = connect(&browser, "journey@mail.example").await;

    let (status, summary) = act(&browser, &id, "sync-now").await;
    assert_eq!(status, 200, "{summary}");
    for (field, value) in [
        ("account_id", json!(id)),
        ("messages_fetched", json!(10)),
        ("messages_upserted", json!(10)),
        ("pairs_created", json!(5)),
        ("errors", json!([])),
        ("manual", json!(true)),
        ("state", json!("done")),
    ] {
        assert_eq!(summary[field], value, "{field} in {summary}");
    }
    assert!(summary["last_sync_at"].is_string() && summary["pairs_skipped"].is_i64());
    let (_, list) = browser.get(ACCOUNTS).await;
    let account = &list["accounts"][0];
    assert_eq!(account["meta"]["last_sync_summary"], summary);
    assert_eq!((&account["last_sync_at"], &account["counts"]["messages"]), (&summary["last_sync_at"], &json!(10)));

    let (_, page) = browser.get("/api/integrations/ai-email-pairs").await;
    assert_eq!((&page["count"], &page["limit"], &page["offset"]), (&json!(5), &json!(50), &json!(0)));
    let pair = &page["items"][0];
    assert!(pair["client_text"].as_str().is_some_and(|text| text.contains("where is my order number")));
    assert!(pair["our_reply_text"].as_str().is_some_and(|text| text.contains("will arrive tomorrow")));
    let path = format!("/api/integrations/ai-email-pairs/{}", pair["id"].as_str().expect("an id"));
    let (status, approved) = browser.post_json(&format!("{path}/status"), &json!({ "status": "approved" })).await;
    assert_eq!((status, approved["status"].as_str()), (200, Some("approved")));
    assert_eq!(browser.get(&path).await.1["status"], "approved");
    assert_eq!(browser.get("/api/integrations/ai-email-pairs?status=approved").await.1["count"], 1);
    assert_eq!(browser.get("/api/integrations/ai-email-pairs?status=new").await.1["count"], 4);
    assert_eq!(browser.get("/api/integrations/ai-email-pairs?status=all&provider=gmail").await.1["count"], 5);
    assert_eq!(browser.get("/api/integrations/ai-email-pairs?status=all&provider=mbox").await.1["count"], 0);

    // Once more: nothing new, nothing twice, nothing undecided again.
    let (_, again) = act(&browser, &id, "sync-now").await;
    assert_eq!((&again["pairs_created"], &again["state"]), (&json!(0), &json!("done")), "{again}");
    assert_eq!(browser.get("/api/integrations/ai-email-pairs?status=approved").await.1["count"], 1);
    assert_eq!(browser.get("/api/integrations/ai-email-pairs?status=all").await.1["count"], 5);

    let (_, runs) = browser.get(&format!("{ACCOUNTS}/{id}/sync-runs")).await;
    assert_eq!(runs["count"], 2);
    assert_eq!((&runs["runs"][1]["id"], &runs["runs"][1]["state"]), (&summary["run_id"], &json!("done")));
    let (_, run) = browser.get(&format!("/api/integrations/runs/{}", summary["run_id"].as_str().expect("an id"))).await;
    assert_eq!(
        (&run["messages_fetched"], &run["trigger"], &run["kind"]),
        (&json!(10), &json!("manual"), &json!("sync"))
    );
    assert_eq!(browser.get(&format!("{ACCOUNTS}/{id}/failures")).await.1, json!({ "failures": [], "count": 0 }));
}

#[tokio::test]
async fn a_denial_on_googles_page_is_told_apart() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox("denial@mail.example", 0).await;
    let back = emulator().deny(&browser.auth_url().await, "denial@mail.example").await;
    assert_eq!(
        location(&browser.visit(&back).await),
        format!("{}?gmail=error&reason=access_denied", paths::INTEGRATIONS)
    );
}

#[tokio::test]
async fn disconnecting_ends_our_access_at_google() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox("leaving@mail.example", 1).await;
    let id = connect(&browser, "leaving@mail.example").await;
    assert_eq!(act(&browser, &id, "sync-now").await.0, 200);
    let alive = emulator().look("/tokens?account=leaving@mail.example").await;
    assert_eq!(alive["refresh"], 1, "{alive}");
    let (status, done) = act(&browser, &id, "disconnect").await;
    assert_eq!((status, &done["revoked_at_google"], &done["messages_kept"]), (200, &json!(true), &json!(2)), "{done}");
    assert_eq!(emulator().look("/tokens?account=leaving@mail.example").await, json!({ "access": 0, "refresh": 0 }));
    let (status, refused) = act(&browser, &id, "sync-now").await;
    assert_eq!(status, 400, "{refused}");
    // Connecting again brings it back to life.
    assert_eq!(connect(&browser, "leaving@mail.example").await, id);
    assert_eq!(act(&browser, &id, "sync-now").await.0, 200);
}

#[tokio::test]
async fn a_grant_that_was_taken_back_at_google_asks_for_a_reconnect() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox("revoked@mail.example", 1).await;
    let id = connect(&browser, "revoked@mail.example").await;
    emulator().control("/tokens/revoke", &json!({ "account": "revoked@mail.example" })).await;
    let (status, answer) = act(&browser, &id, "sync-now").await;
    assert!(status == 400 || (status == 200 && answer["state"] == "failed"), "{status} {answer}");
    let (_, list) = browser.get(ACCOUNTS).await;
    let account = &list["accounts"][0];
    assert_eq!((&account["status"], &account["meta"]["problem"]), (&json!("error"), &json!("reconnect")));
}

#[tokio::test]
async fn two_syncs_of_one_account_at_once_are_one_sync_and_one_refusal() {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox("twice@mail.example", 10).await;
    let id = connect(&browser, "twice@mail.example").await;
    let slow = json!({ "id": "slow-twice", "match": { "account": "twice@mail.example", "path": "/gmail/v1/" }, "delay_ms": 150 });
    emulator().control("/faults", &slow).await;
    let (first, second) = tokio::join!(act(&browser, &id, "sync-now"), act(&browser, &id, "sync-now"));
    let (done, refused) = if first.0 == 200 { (first, second) } else { (second, first) };
    assert_eq!((done.0, &done.1["messages_fetched"]), (200, &json!(20)), "{}", done.1);
    assert_detail(&refused, 409, "sync_already_running");
    assert_eq!(act(&browser, &id, "sync-now").await.0, 200, "afterwards it works again");
}

#[tokio::test]
async fn a_failure_of_ours_during_a_sync_is_500_and_says_no_more() {
    let google = FakeGoogle::start().await;
    let app = google.settings().app().await;
    let browser = app.admin().await;
    let state = crate::support::browser::query_value(&browser.auth_url().await, "state");
    browser.come_back(&[("code", "a-code"), ("state", &state)]).await;
    let (_, list) = browser.get(ACCOUNTS).await;
    let id = list["accounts"][0]["id"].as_str().expect("an id").to_owned();
    app.database.run("ALTER TABLE integrations_credentials RENAME TO gone").await;
    let answer = act(&browser, &id, "sync-now").await;
    app.database.run("ALTER TABLE gone RENAME TO integrations_credentials").await;
    assert_detail(&answer, 500, "gmail_sync_failed");
}

/// An application with one imported mailbox; for what does not need Google.
async fn imported() -> (TestApp, Browser, String) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let mail = "From a@b Mon Jan  1 00:00:00 2026\r\nFrom: Client <c@client.example>\r\nTo: me@x.example\r\nSubject: Hi\r\n\
                Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@client.example>\r\n\r\nHello there, are you open on Sunday?\r\n";
    let path = app.folder.path().join("one.mbox");
    std::fs::write(&path, mail).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    (app, browser, run.account_id.to_string())
}

#[tokio::test]
async fn mail_that_is_not_marked_as_sent_is_told_from_an_address_that_nobody_writes_from() {
    const NOT_MARKED: &str = "nothing in the file marks it as sent by you";
    const NOBODY: &str = "No mail in this mailbox was sent from me@x.example";
    let (_app, browser, id) = imported().await;
    let page = browser.page(&paths::account(id.parse().expect("an id"))).await;
    assert!(page.contains(NOBODY) && !page.contains(NOT_MARKED), "{page}");

    // Our address answers, and the export has labels, none of which says that this was sent.
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let mail =
        [(1, "c@client.example", "me@x.example"), (2, "me@x.example", "c@client.example")].map(|(number, from, to)| {
            format!(
                "From a@b Mon Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: Hi\nX-Gmail-Labels: Inbox\n\
             Date: Thu, 1 Jan 2026 10:0{number}:00 +0000\nMessage-ID: <{number}@client.example>\n\
             In-Reply-To: <1@client.example>\n\nHello there, are you open on Sunday?\n\n"
            )
        });
    let path = app.folder.path().join("labelled.mbox");
    std::fs::write(&path, mail.concat()).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    assert_eq!(run.pairs_created, 0);
    let page = browser.page(&paths::account(run.account_id)).await;
    assert!(page.contains(NOT_MARKED) && !page.contains(NOBODY), "{page}");
    // Another address is no help: none is proposed.
    assert!(!page.contains("Use c@client.example"), "{page}");
}

#[tokio::test]
async fn enable_and_disable_answer_with_the_account() {
    let (_app, browser, id) = imported().await;
    let (status, account) = act(&browser, &id, "disable").await;
    assert_eq!((status, account["status"].as_str()), (200, Some("disabled")), "{account}");
    let (status, account) = act(&browser, &id, "enable").await;
    assert_eq!((status, account["status"].as_str()), (200, Some("active")), "{account}");
}

#[tokio::test]
async fn what_a_provider_cannot_do_is_said() {
    let (_app, browser, id) = imported().await;
    for action in ["sync-now", "resync"] {
        assert_detail(&act(&browser, &id, action).await, 400, "sync_not_supported_for_provider");
    }
    assert_detail(&act(&browser, &id, "disconnect").await, 400, "disconnect_not_supported_for_provider");
}

#[tokio::test]
async fn the_list_is_filtered_by_provider_and_owner() {
    let (app, browser, id) = imported().await;
    let (_, me) = browser.get("/api/auth/me").await;
    let owner = me["id"].as_str().expect("an id");
    for (query, count) in [
        ("", 1),
        ("?provider=mbox", 1),
        ("?provider=gmail", 0),
        ("?provider=&owner_user_id=", 1),
        (&format!("?owner_user_id={owner}"), 0),
        ("?owner_user_id=00000000-0000-0000-0000-000000000000", 0),
    ] {
        let (status, list) = browser.get(&format!("{ACCOUNTS}{query}")).await;
        assert_eq!((status, &list["count"]), (200, &json!(count)), "{query}");
    }
    let account = app.domain.store.account(id.parse().expect("an id")).await.expect("read").expect("there");
    assert_eq!((account.provider_code.as_str(), account.external_account_id.as_str()), ("mbox", "me@x.example"));
}

#[tokio::test]
async fn deleting_an_account_takes_everything_of_it() {
    let (app, browser, id) = imported().await;
    let delete = || browser.request(reqwest::Method::DELETE, &format!("{ACCOUNTS}/{id}")).send();
    assert_eq!(delete().await.expect("an answer").status(), 204);
    assert!(app.database.texts("SELECT subject FROM emails_messages").await.is_empty());
    let again = crate::support::json(delete().await.expect("an answer")).await;
    assert_detail(&again, 404, "integration_account_not_found");
}

#[tokio::test]
async fn an_account_that_is_not_there_is_404_everywhere() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let id = AccountId::new();
    for action in ["enable", "disable", "resync", "sync-now", "disconnect"] {
        assert_detail(&act(&browser, &id.to_string(), action).await, 404, "integration_account_not_found");
    }
    for list in ["sync-runs", "failures"] {
        assert_detail(&browser.get(&format!("{ACCOUNTS}/{id}/{list}")).await, 404, "integration_account_not_found");
    }
}
