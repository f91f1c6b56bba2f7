//! Mailboxes over IMAP, at a Dovecot.

use chrono::{TimeDelta, Utc};
use leptos::server_fn::ServerFn;
use replybook_app::{pages::integrations::api::ConnectMailbox, paths};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{location, said},
    dovecot::{Dovecot, PASSWORD},
    logs,
};

const IMAP: &str = "/api/integrations/imap/accounts";
const ACCOUNTS: &str = "/api/integrations/accounts";
const US: &str = "ann@shop.example";

fn input(server: &Dovecot) -> Value {
    json!({ "address": US, "host": "127.0.0.1", "port": server.port, "tls": "none", "password": PASSWORD })
}

async fn put_exchange(server: &Dovecot) {
    let mut owner = server.owner(US).await;
    let at = Utc::now() - TimeDelta::hours(2);
    for (folder, from, to, id, more) in
        [("INBOX", "c@x.example", US, "q", ""), ("Sent", US, "c@x.example", "a", "References: <q@x>\r\n")]
    {
        let date = at.to_rfc2822();
        let mail = format!(
            "From: {from}\r\nTo: {to}\r\nSubject: Trouble\r\nDate: {date}\r\nMessage-ID: <{id}@x>\r\n{more}\r\nText {id}.\r\n"
        );
        owner.append(folder, None, None, mail).await.expect("appends");
    }
}

#[tokio::test]
async fn a_mailbox_is_connected_synced_and_disconnected() {
    let server = Dovecot::start();
    put_exchange(&server).await;
    let app = TestApp::start().await;
    let browser = app.admin().await;

    let (status, account) = browser.post_json(IMAP, &input(&server)).await;
    assert_eq!(status, 200, "{account}");
    for (field, value) in [
        ("provider_code", json!("imap")),
        ("provider_name", json!("IMAP")),
        ("external_account_id", json!(US)),
        ("display_name", json!("IMAP – ann@shop.example")),
        ("owner_email", json!("admin@replybook.example")),
        ("status", json!("active")),
    ] {
        assert_eq!(account[field], value, "{field} in {account}");
    }
    let place = json!({ "host": "127.0.0.1", "port": server.port, "tls": "none", "username": US });
    assert_eq!(account["meta"]["imap"], place);
    let id = account["id"].as_str().expect("an id");
    let stored = app.database.texts("SELECT access_token FROM integrations_credentials").await;
    assert!(stored.len() == 1 && stored[0].starts_with("ENC:v1:"), "{stored:?}");

    let (status, summary) = browser.post(&format!("{ACCOUNTS}/{id}/sync-now")).await;
    assert_eq!(
        (status, &summary["messages_upserted"], &summary["pairs_created"]),
        (200, &json!(2), &json!(1)),
        "{summary}"
    );
    let (_, again) = browser.post_json(IMAP, &input(&server)).await;
    assert_eq!(again["id"], account["id"], "the same address is the same account");

    // Every call of the sync says of which run and account it is.
    let log = logs::so_far();
    let run = summary["run_id"].as_str().expect("an id");
    let span = format!("run{{kind=sync run={run} account={id} provider=\"imap\"}}:call{{provider=\"imap\" method=\"");
    let call = log.lines().find(|line| line.contains("signed in") && line.contains(run)).expect("it signed in");
    assert!(call.contains(&span), "{call}");

    let (status, gone) = browser.post(&format!("{ACCOUNTS}/{id}/disconnect")).await;
    assert_eq!((status, &gone["revocation"], &gone["messages_kept"]), (200, &json!("not_needed"), &json!(2)), "{gone}");
    assert!(app.database.texts("SELECT access_token FROM integrations_credentials").await.is_empty());

    let log = logs::so_far();
    for said in [log, account.to_string(), again.to_string(), gone.to_string()] {
        assert!(!said.contains("ijkl"), "the password is nowhere to be read");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_stored() {
    let server = Dovecot::start();
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let with = |field: &str, value: Value| {
        let mut input = input(&server);
        input[field] = value;
        input
    };
    for (input, beginning) in [
        (with("password", json!("wrong")), "authentication_failed: "),
        (with("host", json!("no-such-host.invalid")), "host_not_found: "),
        (with("tls", json!("starttls")), "tls_failed: "),
        (with("address", json!("nobody")), "address_invalid: "),
    ] {
        let (status, answer) = browser.post_json(IMAP, &input).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["detail"].as_str().is_some_and(|detail| detail.starts_with(beginning)), "{answer}");
    }
    let (status, _) = browser.post_json(IMAP, &with("tls", json!("perhaps"))).await;
    assert!((400..500).contains(&status), "{status}");
    let (_, list) = browser.get(ACCOUNTS).await;
    assert_eq!(list["count"], 0);
    assert_detail(&app.member().await.post_json(IMAP, &input(&server)).await, 403, "admin_required");
}

#[tokio::test]
async fn the_form_works_without_scripts_and_never_gives_the_password_back() {
    let server = Dovecot::start();
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let page = browser.open(&format!("{}?open=imap", paths::INTEGRATIONS)).await.text().await.expect("a page");
    assert!(page.contains("name=\"password\"") && page.contains("action=\"/api/ui/connect-imap"), "{page}");
    let port = server.port.to_string();
    let form = |password| {
        [
            ("address", US),
            ("host", "127.0.0.1"),
            ("port", port.as_str()),
            ("tls", "none"),
            ("username", ""),
            ("password", password),
        ]
    };
    let refused = browser.submit(ConnectMailbox::url(), &form("a wrong one 8812")).await;
    assert_eq!(refused.status(), StatusCode::SEE_OTHER);
    let back = location(&refused);
    assert_eq!(back, format!("{}?open=imap", paths::INTEGRATIONS));
    let page = browser.open(&back).await.text().await.expect("a page");
    assert!(page.contains("The server refuses the user name or the password."), "{page}");
    assert!(
        page.contains("value=\"127.0.0.1\"") && page.contains(&format!("value=\"{US}\"")),
        "what was typed: {page}"
    );
    assert!(!page.contains("8812"), "but not the password");

    // In the person's language, but for what the server itself said.
    browser.submit(paths::PREFS, &[("lang", "ru"), ("next", paths::OVERVIEW)]).await;
    let refused = said(&browser.submit(ConnectMailbox::url(), &form("a wrong one 8812")).await);
    assert!(refused.starts_with("Сервер не принимает имя пользователя или пароль. Ответ: «"), "{refused}");
    assert!(!refused.contains("the server refused"), "{refused}");
    let mut closed = form(PASSWORD);
    closed[2].1 = "1";
    let refused = said(&browser.submit(ConnectMailbox::url(), &closed).await);
    assert_eq!(refused, "На этом порту не отвечает почтовый сервер. Проверьте имя и порт.");
    browser.submit(paths::PREFS, &[("lang", "en"), ("next", paths::OVERVIEW)]).await;

    let done = browser.submit(ConnectMailbox::url(), &form(PASSWORD)).await;
    assert_eq!(location(&done), paths::INTEGRATIONS);
    let page = browser.open(&location(&done)).await.text().await.expect("a page");
    assert!(page.contains("ann@shop.example is connected") && !page.contains("ijkl"), "{page}");
}

#[tokio::test]
async fn an_address_is_enough_where_its_server_is_known() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let open = async |query: &str| {
        browser.open(&format!("{}?open=imap{query}", paths::INTEGRATIONS)).await.text().await.expect("a page")
    };
    let empty = open("").await;
    assert!(empty.contains("Server: found from the address") && !empty.contains("provider-note"), "{empty}");
    let yandex = open("&address=ann%40ya.ru").await;
    assert!(yandex.contains("value=\"imap.yandex.ru\"") && yandex.contains("value=\"993\""), "{yandex}");
    assert!(yandex.contains("Yandex requires an app password"), "{yandex}");
    let icloud = open("&address=ann%40mac.com").await;
    assert!(icloud.contains("value=\"imap.mail.me.com\"") && icloud.contains("value=\"ann\""), "{icloud}");
    let microsoft = open("&address=ann%40hotmail.com").await;
    assert!(microsoft.contains("no longer accept passwords") && microsoft.contains("?open=import"), "{microsoft}");

    // Sent without a host: what cannot be found is asked for, once, and all but the password is there again.
    let without = |address| {
        [("address", address), ("host", ""), ("port", ""), ("tls", ""), ("username", ""), ("password", "s3cret-9177")]
    };
    let page = async |address| {
        let refused = browser.submit(ConnectMailbox::url(), &without(address)).await;
        browser.open(&location(&refused)).await.text().await.expect("a page")
    };
    let unknown = page("ann@shop.example").await;
    let said = "The mail server of shop.example could not be found.";
    assert_eq!(unknown.matches(said).count(), 1, "one error is said once: {unknown}");
    assert!(unknown.contains("value=\"ann@shop.example\"") && !unknown.contains("9177"), "{unknown}");
    assert!(unknown.contains("Server: please enter its name"), "{unknown}");
    let refused = page("ann@outlook.com").await;
    assert!(refused.contains("this mailbox cannot be connected. You can import it"), "{refused}");
    let (_, list) = browser.get(ACCOUNTS).await;
    assert_eq!(list["count"], 0);
    for (address, beginning) in [("ann@shop.example", "host_unknown: "), ("ann@outlook.com", "passwords_unsupported: ")]
    {
        let (status, answer) = browser.post_json(IMAP, &json!({ "address": address, "password": "x" })).await;
        assert!(status == 400 && answer["detail"].as_str().is_some_and(|it| it.starts_with(beginning)), "{answer}");
    }
}

#[tokio::test]
async fn a_mailbox_that_is_connected_again_keeps_its_server() {
    let server = Dovecot::start();
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let (_, account) = browser.post_json(IMAP, &input(&server)).await;
    let id = account["id"].as_str().expect("an id");
    let path = format!("{}?reconnect={id}", paths::INTEGRATIONS);
    let page = browser.open(&path).await.text().await.expect("a page");
    let port = server.port.to_string();
    for kept in ["127.0.0.1", &port, US] {
        assert!(page.contains(&format!("value=\"{kept}\"")), "{kept} in {page}");
    }
    assert!(page.contains("value=\"none\" selected"), "the kind of encryption: {page}");
    assert!(page.contains("Reconnect ann@shop.example"), "{page}");
    let form = |password| {
        let host = [("again", id), ("address", US), ("host", "127.0.0.1"), ("port", port.as_str())];
        [&host[..], &[("tls", "none"), ("username", US), ("password", password)]].concat()
    };
    let refused = browser.submit(ConnectMailbox::url(), &form("wrong")).await;
    assert_eq!(location(&refused), path, "a refusal comes back to the same form");
    let page = browser.open(&path).await.text().await.expect("a page");
    assert_eq!(page.matches("The server refuses the user name or the password.").count(), 1, "{page}");
    let done = browser.submit(ConnectMailbox::url(), &form(PASSWORD)).await;
    assert_eq!(location(&done), paths::INTEGRATIONS);
    let (_, list) = browser.get(ACCOUNTS).await;
    assert_eq!((&list["count"], &list["accounts"][0]["meta"]["imap"]), (&json!(1), &account["meta"]["imap"]));
}
