//! Mailboxes of a Workspace by its service account. The Google double verifies every assertion with node's own RS256.

use std::path::PathBuf;

use chrono::TimeDelta;
use leptos::server_fn::ServerFn;
use replybook::types::Role;
use replybook_app::{
    pages::integrations::api::{DisconnectAccount, EnrollEverybody, EnrollMailbox},
    paths,
};
use reqwest::header;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Start, TestApp, assert_detail,
    browser::{Browser, location},
    emulator::emulator,
    logs,
};

const ENROLL: &str = "/api/email/accounts/enroll";
const ENROLL_ALL: &str = "/api/email/accounts/enroll-all";
const ACCOUNTS: &str = "/api/integrations/accounts";

/// A service account at the double, with its key file.
struct Robot {
    email: String,
    key: PathBuf,
    private_key: String,
    _folder: TempDir,
}

impl Robot {
    /// `name` keeps apart what tests do at the one double; the domain is `NAME.example`.
    async fn new(name: &str) -> Self {
        let email = format!("{name}@project.example");
        let made = emulator().control("/service-account", &json!({ "client_email": email })).await;
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key.json");
        std::fs::write(&key, made["key_file"].to_string()).expect("written");
        let private_key = made["key_file"]["private_key"].as_str().expect("a key").to_owned();
        Self { email, key, private_key, _folder: folder }
    }

    fn settings(&self, domain: &str) -> Start {
        emulator()
            .settings()
            .with("GMAIL_SERVICE_ACCOUNT_KEY_FILE", self.key.display().to_string())
            .with("GMAIL_WORKSPACE_DOMAIN", domain)
    }

    async fn delegate(&self, scopes: &[&str]) {
        let body = json!({ "client_email": self.email, "scopes": scopes });
        emulator().control("/service-account/delegation", &body).await;
    }
}

async fn enroll(browser: &Browser, email: &str) -> (u16, Value) {
    browser.post_json(ENROLL, &json!({ "email": email })).await
}

/// Enrolls a mailbox, which must work; returns the account's id.
async fn enrolled(browser: &Browser, email: &str) -> String {
    let (status, answer) = enroll(browser, email).await;
    assert_eq!((status, &answer["enrolled"]), (200, &json!(true)), "{answer}");
    answer["account"]["id"].as_str().expect("an id").to_owned()
}

async fn sync(browser: &Browser, id: &str) -> (u16, Value) {
    browser.post(&format!("{ACCOUNTS}/{id}/sync-now")).await
}

async fn account(browser: &Browser, email: &str) -> Value {
    let (_, list) = browser.get(ACCOUNTS).await;
    let accounts = list["accounts"].as_array().expect("a list");
    accounts.iter().find(|account| account["external_account_id"] == email).cloned().unwrap_or_default()
}

#[track_caller]
fn assert_refused(answer: &(u16, Value), status: u16, detail: &str) {
    let said = answer.1["detail"].as_str().unwrap_or_default();
    assert!(answer.0 == status && said.starts_with(detail), "{detail} expected, got {} {}", answer.0, answer.1);
}

#[tokio::test]
async fn a_mailbox_is_enrolled_and_synced_without_anybodys_consent() {
    let robot = Robot::new("journey").await;
    let app = robot.settings("journey.example").app().await;
    let browser = app.admin().await;
    let owner = app.user("ann@journey.example", Role::Member).await;
    emulator().mailbox("ann@journey.example", 2).await;

    let (status, answer) = enroll(&browser, " Ann@Journey.example ").await;
    assert_eq!((status, &answer["enrolled"]), (200, &json!(true)), "{answer}");
    let account = &answer["account"];
    for (field, value) in [
        ("provider_code", json!("gmail")),
        ("external_account_id", json!("ann@journey.example")),
        ("display_name", json!("Gmail – ann@journey.example")),
        ("owner_user_id", json!(owner.id)),
        ("status", json!("active")),
        ("meta", json!({ "auth": "service_account" })),
    ] {
        assert_eq!(account[field], value, "{field} in {account}");
    }
    let stored = app.database.texts("SELECT access_token FROM integrations_credentials").await;
    assert!(stored.len() == 1 && stored[0].starts_with("ENC:v1:"), "{stored:?}");
    let refresh = "SELECT refresh_token FROM integrations_credentials WHERE refresh_token IS NOT NULL";
    assert!(app.database.texts(refresh).await.is_empty());

    let id = account["id"].as_str().expect("an id");
    let (status, summary) = sync(&browser, id).await;
    assert_eq!((status, &summary["messages_upserted"], &summary["errors"]), (200, &json!(4), &json!([])), "{summary}");

    // Nothing is wrong with it: nothing is done, and Google is not asked.
    let (status, again) = enroll(&browser, "ann@journey.example").await;
    assert_eq!((status, &again["enrolled"], &again["account"]["id"]), (200, &json!(false), &json!(id)), "{again}");

    // A token that is over, or that Gmail no longer takes, is followed by another.
    app.advance(TimeDelta::seconds(3_590));
    assert_eq!(sync(&browser, id).await.0, 200);
    assert_eq!(self::account(&browser, "ann@journey.example").await["meta"]["problem"], "clock", "an hour ahead");
    app.advance(TimeDelta::seconds(-3_590));
    assert_eq!(enrolled(&browser, "ann@journey.example").await, id);
    emulator().control("/tokens/expire", &json!({ "account": "ann@journey.example" })).await;
    let (_, summary) = sync(&browser, id).await;
    assert_eq!((&summary["state"], &summary["errors"]), (&json!("done"), &json!([])), "{summary}");
    assert_eq!(emulator().look("/tokens?account=ann@journey.example").await, json!({ "access": 1, "refresh": 0 }));

    let log = logs::so_far();
    let line = robot.private_key.lines().nth(1).expect("a line of the key");
    assert!(!log.contains(line), "the private key is in the log");
    assert!(!log.contains("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCI"), "an assertion is in the log");
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_replaced_before_it_is_used() {
    let robot = Robot::new("short").await;
    let app = robot.settings("short.example").app().await;
    let browser = app.admin().await;
    emulator().mailbox("ann@short.example", 1).await;
    let id = enrolled(&browser, "ann@short.example").await;
    let before = app.database.texts("SELECT access_token FROM integrations_credentials").await;
    // Within the five minutes by which Google lets clocks differ, but past the end of the stored token.
    app.database.run("UPDATE integrations_credentials SET expires_at = created_at").await;
    app.advance(TimeDelta::minutes(2));
    let (_, summary) = sync(&browser, &id).await;
    assert_eq!(summary["state"], "done", "{summary}");
    assert_ne!(app.database.texts("SELECT access_token FROM integrations_credentials").await, before);
    let ended = "SELECT 'ended' FROM integrations_credentials WHERE expires_at = created_at";
    assert!(app.database.texts(ended).await.is_empty(), "the new token has an end of its own");
}

#[tokio::test]
async fn what_cannot_be_enrolled_is_not_stored_and_the_reason_is_said() {
    let without = emulator().settings().app().await;
    let admin = without.admin().await;
    assert_detail(&enroll(&admin, "ann@x.example").await, 400, "service_account_not_configured");
    assert_detail(&admin.post(ENROLL_ALL).await, 400, "service_account_not_configured");
    assert_detail(&enroll(&without.member().await, "ann@x.example").await, 403, "admin_required");

    let robot = Robot::new("refusals").await;
    let app = robot.settings("refusals.example").app().await;
    let browser = app.admin().await;
    for email in ["ann@refusals.example", "cut@refusals.example", "down@refusals.example", "alias@refusals.example"] {
        emulator().mailbox(email, 0).await;
    }
    for email in ["ann@elsewhere.example", "ann@sub.refusals.example"] {
        assert_detail(&enroll(&browser, email).await, 400, "address_not_in_domain");
    }
    for email in ["", "refusals.example", "a b@refusals.example", "@refusals.example"] {
        assert_detail(&enroll(&browser, email).await, 400, "email_invalid");
    }
    let nobody = json!({ "email": "ann@refusals.example", "owner_user_id": "00000000-0000-0000-0000-000000000000" });
    assert_detail(&browser.post_json(ENROLL, &nobody).await, 404, "user_not_found");
    let answer = enroll(&browser, "nobody@refusals.example").await;
    assert_refused(&answer, 400, "no_mailbox: Google knows no such mailbox: Invalid email or User ID");

    let profile = |email: &str| json!({ "path": "/profile$", "account": email });
    let rules = json!([
        { "match": profile("cut@refusals.example"), "respond": { "status": 400, "reason": "failedPrecondition" } },
        { "match": profile("down@refusals.example"), "respond": { "status": 429, "reason": "rateLimitExceeded", "headers": { "retry-after": "60" } } },
        { "match": profile("alias@refusals.example"), "merge": { "emailAddress": "Main@refusals.example" } },
    ]);
    emulator().control("/faults", &rules).await;
    let answer = enroll(&browser, "cut@refusals.example").await;
    assert_refused(&answer, 400, "google_refused: Gmail refused (400 failedPrecondition): Precondition check failed.");
    assert_refused(&enroll(&browser, "down@refusals.example").await, 500, "google_unreachable: ");
    let answer = enroll(&browser, "alias@refusals.example").await;
    assert_refused(&answer, 400, "alias: this is another name of the mailbox main@refusals.example");

    robot.delegate(&[]).await;
    assert_refused(&enroll(&browser, "ann@refusals.example").await, 400, "delegation: ");
    robot.delegate(&["https://www.googleapis.com/auth/gmail.send"]).await;
    let answer = enroll(&browser, "ann@refusals.example").await;
    assert_refused(&answer, 400, "delegation: the service account may not read this mailbox: access_denied");
    robot.delegate(&["https://www.googleapis.com/auth/gmail.readonly"]).await;
    app.advance(TimeDelta::minutes(20));
    assert_refused(&enroll(&browser, "ann@refusals.example").await, 400, "clock: ");
    assert_eq!(browser.get(ACCOUNTS).await.1["count"], 0, "none of them is stored");
}

#[tokio::test]
async fn a_delegation_that_ends_is_told_apart_and_mended_by_enrolling_again() {
    let robot = Robot::new("ending").await;
    let app = robot.settings("ending.example").app().await;
    let browser = app.admin().await;
    emulator().mailbox("support@ending.example", 1).await;
    let id = enrolled(&browser, "support@ending.example").await;
    robot.delegate(&[]).await;
    emulator().control("/tokens/expire", &json!({ "account": "support@ending.example" })).await;
    let (status, summary) = sync(&browser, &id).await;
    assert_eq!((status, &summary["state"]), (200, &json!("failed")), "{summary}");
    let said = summary["errors"][0].as_str().expect("an error");
    assert!(said.contains("delegation: the service account may not read this mailbox"), "{said}");
    let stopped = account(&browser, "support@ending.example").await;
    assert_eq!((&stopped["status"], &stopped["meta"]["problem"]), (&json!("error"), &json!("delegation")));
    let page = browser.open(paths::INTEGRATIONS).await.text().await.expect("a page");
    assert!(page.contains("not delegated") && page.contains("Enroll again"), "the page says so");

    let (_, report) = browser.post(ENROLL_ALL).await;
    assert_eq!(report["failed"][0]["reason"], "delegation", "{report}");
    robot.delegate(&["https://www.googleapis.com/auth/gmail.readonly"]).await;
    let (_, report) = browser.post(ENROLL_ALL).await;
    assert_eq!(report["enrolled"], json!([{ "email": "support@ending.example", "account_id": id }]), "{report}");
    let mended = account(&browser, "support@ending.example").await;
    assert_eq!((&mended["status"], &mended["meta"]["problem"]), (&json!("active"), &Value::Null));
    assert_eq!(sync(&browser, &id).await.1["state"], "done");
}

#[tokio::test]
async fn everybody_of_the_workspace_is_enrolled_and_every_other_case_is_listed() {
    let robot = Robot::new("all").await;
    let app = robot.settings("all.example, branch.all.example").app().await;
    let browser = app.admin().await;
    for name in ["ann@all.example", "bea@branch.all.example", "gone@all.example", "was@all.example"] {
        app.user(name, Role::Member).await;
        emulator().mailbox(name, 0).await;
    }
    app.user("nobody@all.example", Role::Member).await;
    app.user("guest@elsewhere.example", Role::Member).await;
    app.user("left@all.example", Role::Member).await;
    let now = app.domain.clock.now();
    let left = app.domain.store.user_by_email("left@all.example").await.expect("read").expect("is there").user.id;
    assert_eq!(
        app.domain.store.set_access(left, false, now).await.expect("written"),
        replybook::store::AccessChange::Done
    );
    let was = enrolled(&browser, "was@all.example").await;
    let gone = enrolled(&browser, "gone@all.example").await;
    assert_eq!(browser.post(&format!("{ACCOUNTS}/{gone}/disconnect")).await.0, 200);

    let (status, report) = browser.post(ENROLL_ALL).await;
    assert_eq!(status, 200, "{report}");
    let emails = |list: &str| -> Vec<String> {
        let list = report[list].as_array().expect("a list").iter();
        list.map(|one| one["email"].as_str().expect("an address").to_owned()).collect()
    };
    assert_eq!(emails("enrolled"), ["ann@all.example", "bea@branch.all.example"]);
    assert_eq!(report["already_there"], json!([{ "email": "was@all.example", "account_id": was }]));
    assert_eq!(emails("failed"), ["gone@all.example", "nobody@all.example"]);
    assert_eq!(report["failed"][0]["reason"], "disconnected");
    assert_eq!(report["failed"][1]["reason"], "no_mailbox");
    assert!(report["failed"][1]["detail"].as_str().is_some_and(|said| said.contains("Invalid email or User ID")));
    assert_eq!(browser.get(ACCOUNTS).await.1["count"], 4);
    assert_eq!(account(&browser, "ann@all.example").await["owner_email"], "ann@all.example");
    assert_eq!(account(&browser, "gone@all.example").await["meta"]["problem"], "disconnected");

    // By itself, what was disconnected comes back.
    assert_eq!(enrolled(&browser, "gone@all.example").await, gone);
}

#[tokio::test]
async fn disconnecting_says_that_there_was_nothing_to_give_back() {
    let robot = Robot::new("parting").await;
    let app = robot.settings("parting.example").app().await;
    let browser = app.admin().await;
    emulator().mailbox("ann@parting.example", 1).await;
    let id = enrolled(&browser, "ann@parting.example").await;
    let (status, done) = browser.post(&format!("{ACCOUNTS}/{id}/disconnect")).await;
    assert_eq!((status, &done["revocation"], &done["revoked_at_google"]), (200, &json!("not_needed"), &json!(false)));
    assert!(app.database.texts("SELECT 'one' FROM integrations_credentials").await.is_empty());
    let revoked = emulator().look("/log?path=revoke&account=ann@parting.example").await;
    assert_eq!(revoked["count"], 0, "Google was not asked");
    assert_refused(&sync(&browser, &id).await, 400, "account_needs_reconnect");

    let id = enrolled(&browser, "ann@parting.example").await;
    let form = browser.submit(DisconnectAccount::url(), &[("id", &id)]).await;
    assert_eq!(location(&form), paths::INTEGRATIONS);
    let page = browser.open(&location(&form)).await.text().await.expect("a page");
    assert!(page.contains("Nothing changed at Google"), "the page does not pretend");
}

#[tokio::test]
async fn consent_and_service_account_take_each_others_place() {
    let robot = Robot::new("switch").await;
    let app = robot.settings("switch.example").app().await;
    let browser = app.admin().await;
    emulator().mailbox("ann@switch.example", 1).await;
    let refresh = "SELECT refresh_token FROM integrations_credentials WHERE refresh_token IS NOT NULL";
    let consent = async || {
        let back = emulator().consent(&browser.auth_url().await, "ann@switch.example").await;
        assert_eq!(location(&browser.visit(&back).await), format!("{}?gmail=connected", paths::INTEGRATIONS));
    };
    let id = enrolled(&browser, "ann@switch.example").await;
    consent().await;
    assert_eq!(account(&browser, "ann@switch.example").await["meta"], json!({}));
    assert_eq!(app.database.texts(refresh).await.len(), 1);
    // The consent is taken back at Google; the service account does not need it.
    emulator().control("/tokens/revoke", &json!({ "account": "ann@switch.example" })).await;
    sync(&browser, &id).await;
    assert_eq!(account(&browser, "ann@switch.example").await["meta"]["problem"], "reconnect");
    assert_eq!(enrolled(&browser, "ann@switch.example").await, id);
    assert!(app.database.texts(refresh).await.is_empty(), "the dead refresh token is gone");
    assert_eq!(sync(&browser, &id).await.1["state"], "done");
}

#[tokio::test]
async fn the_page_offers_it_where_it_is_configured_and_works_without_scripts() {
    let robot = Robot::new("page").await;
    let app = robot.settings("page.example").with("GMAIL_CLIENT_ID", "").app().await;
    let browser = app.admin().await;
    emulator().mailbox("ann@page.example", 0).await;
    let page = browser.open(paths::INTEGRATIONS).await.text().await.expect("a page");
    assert!(page.contains("Enroll a mailbox") && page.contains("name@page.example"), "the form is there");
    assert!(!page.contains("Gmail is not set up on this server"), "the service account needs no OAuth client");

    let form = browser.submit(EnrollMailbox::url(), &[("email", "ann@page.example")]).await;
    assert_eq!(location(&form), paths::INTEGRATIONS);
    let page = browser.open(&location(&form)).await.text().await.expect("a page");
    assert!(page.contains("ann@page.example is enrolled."), "the page says so");
    let form = browser.submit(EnrollMailbox::url(), &[("email", "ann@page.example")]).await;
    let page = browser.open(&location(&form)).await.text().await.expect("a page");
    assert!(page.contains("ann@page.example is already connected."), "the page says so");

    app.user("ann@page.example", Role::Member).await;
    app.user("bob@page.example", Role::Member).await;
    let form = browser.submit(EnrollEverybody::url(), &[]).await;
    assert_eq!(location(&form), paths::INTEGRATIONS);
    let page = browser.open(&location(&form)).await.text().await.expect("a page");
    assert!(page.contains("Enrolled: 0. Already connected: 1. Not enrolled: 1."), "the numbers are there");
    assert!(page.contains("bob@page.example: The Workspace has no such mailbox"), "and who was refused");

    // A refusal of one comes back to the page in words.
    let request = browser.request(reqwest::Method::POST, EnrollMailbox::url()).form(&[("email", "bob@page.example")]);
    let request = request.header(header::ACCEPT, "text/html").header(header::REFERER, app.url(paths::INTEGRATIONS));
    let refused = request.send().await.expect("an answer");
    let page = browser.open(&location(&refused)).await.text().await.expect("a page");
    assert!(page.contains("The Workspace has no such mailbox"), "the reason is on the page");
    assert!(page.contains("value=\"bob@page.example\""), "and what was typed: {page}");

    let plain = TestApp::start().await;
    let page = plain.admin().await.open(paths::INTEGRATIONS).await.text().await.expect("a page");
    assert!(!page.contains("Enroll a mailbox"), "nothing is offered that cannot be done");
}
