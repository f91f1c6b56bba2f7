//! The record of acts: what every face does is on it.

use leptos::server_fn::ServerFn;
use replybook::{
    store::{ConnectAccount, ProviderSeed},
    types::{AccountId, Provider, Role},
};
use replybook_app::{pages::integrations::api::TrySample, paths};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::support::{TestApp, assert_detail, browser::Browser};

const AUDIT: &str = "/api/audit";

async fn gmail(app: &TestApp) -> AccountId {
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
        owner: None,
        address: "us@x.example",
        display_name: "Gmail – us@x.example",
        tokens: None,
        auth: None,
        imap: None,
    };
    app.domain.store.connect_account(connect, app.domain.clock.now()).await.expect("connected").account
}

async fn acts(browser: &Browser, query: &str) -> Vec<Value> {
    let (status, page) = browser.get(&format!("{AUDIT}{query}")).await;
    assert_eq!(status, 200, "{query}: {page}");
    page["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn who_did_what_through_what_is_listed_for_admins() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let id = gmail(&app).await;
    let (status, _) = browser.post(&format!("/api/integrations/accounts/{id}/disable")).await;
    assert_eq!(status, 200);
    let (status, _) = browser.post_json("/api/auth/tokens", &json!({ "name": "script" })).await;
    assert_eq!(status, 201);
    let (status, _) = browser.post("/api/system/email-monitor/stop").await;
    assert_eq!(status, 200);

    let told = acts(&browser, "").await;
    let actions: Vec<&str> = told.iter().filter_map(|act| act["action"].as_str()).collect();
    assert_eq!(
        actions,
        ["monitor_stopped", "api_token_created", "account_disabled", "account_connected", "user_created"]
    );
    let disabled = &acts(&browser, &format!("?target={id}&action=account_disabled")).await[0];
    assert_eq!(
        (&disabled["user_email"], &disabled["through"], &disabled["target_name"], &disabled["from"], &disabled["to"]),
        (
            &json!("admin@replybook.example"),
            &json!("rest"),
            &json!("us@x.example"),
            &json!("active"),
            &json!("disabled")
        )
    );
    assert_eq!(told[4]["through"], "command_line");

    assert_detail(&browser.get("/api/audit?since=yesterday").await, 400, "since must be a time in RFC 3339");
    assert_eq!(browser.get("/api/audit?action=nothing").await.0, 400);
    let member = app.signed_in("member@replybook.example", Role::Member).await;
    assert_detail(&member.get(AUDIT).await, 403, "admin_required");
}

#[tokio::test]
async fn an_import_is_an_act_of_whoever_began_it() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let begun = browser.submit(TrySample::url(), &[]).await;
    assert_eq!(begun.status(), 303);
    let file = Part::bytes(b"From a@x.example Thu Jan  1 00:00:00 2026\nFrom: me@y.example\n\nHello\n".to_vec());
    let form = Form::new().text("as_address", "me@y.example").part("file", file.file_name("mail.mbox"));
    let uploaded = browser.request(Method::POST, paths::IMPORT).multipart(form).send().await.expect("an answer");
    assert_eq!(uploaded.status(), 303);

    let connected = acts(&browser, "?action=account_connected").await;
    let who: Vec<_> = connected.iter().map(|act| (act["target_name"].as_str(), act["user_email"].as_str())).collect();
    let admin = Some("admin@replybook.example");
    assert_eq!(who, [(Some("me@y.example"), admin), (Some("support@fernhill.example"), admin)]);
    assert!(connected.iter().all(|act| act["through"] == "page"), "{connected:?}");
    let begun = acts(&browser, "?action=import_started").await;
    let what: Vec<_> = begun.iter().map(|act| (act["to"].as_str(), act["user_email"].as_str())).collect();
    assert_eq!(what, [(Some("mail.mbox"), admin), (Some("sample-mailbox.mbox"), admin)]);
}

#[tokio::test]
async fn a_resync_that_nobody_will_serve_is_refused() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let id = gmail(&app).await;
    let resync = format!("/api/integrations/accounts/{id}/resync");
    let (status, account) = browser.post(&resync).await;
    assert_eq!(status, 200, "{account}");
    let asked = account["meta"]["manual_resync_requested_at"].as_str().expect("a time");
    assert!(chrono::DateTime::parse_from_rfc3339(asked).is_ok(), "{asked} is RFC 3339");
    browser.post(&format!("/api/integrations/accounts/{id}/disable")).await;
    assert_detail(&browser.post(&resync).await, 400, "account_disabled");
    assert_eq!(acts(&browser, "?action=resync_requested").await.len(), 1, "what was refused is no act");
}

#[tokio::test]
async fn a_day_of_the_filter_begins_where_the_reader_is() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    // The clock of the application stands at some time of its day.
    let now = app.domain.clock.now();
    let into_day = now.signed_duration_since(now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()).num_minutes();
    let day = now.date_naive();
    let tomorrow = day.succ_opt().expect("a day");
    let listed = async |query: &str| browser.page(&format!("/admin/audit?{query}")).await.contains("The command line");
    assert!(listed(&format!("since={day}")).await);
    assert!(!listed(&format!("since={tomorrow}")).await);
    // Fourteen hours ahead of UTC, tomorrow begins at ten.
    assert_eq!(listed(&format!("since={tomorrow}&zone=840")).await, into_day >= 600);
    let page = browser.page(&format!("/admin/audit?since={day}&zone=180")).await;
    assert!(page.contains(&format!("value=\"{day}\"")) && page.contains("data-zone-of=\"since\""), "{page}");
    for nonsense in ["zone=x", "zone=99999", "zone="] {
        assert!(listed(&format!("since={day}&{nonsense}")).await, "{nonsense}");
    }
    browser.page("/admin/audit?since=-262143-01-01&zone=840").await;
}
