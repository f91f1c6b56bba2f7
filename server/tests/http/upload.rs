//! Importing a file through the form.

use std::time::Duration;

use leptos::server_fn::ServerFn;
use replybook::types::RunState;
use replybook_app::{
    pages::integrations::import::{AnswerUpload, DropUpload},
    paths,
};
use reqwest::{
    Method, header,
    multipart::{Form, Part},
};

use crate::support::{
    Start, TestApp,
    browser::{Browser, location},
};

const MBOX: &str = "From c@client.example Thu Jan  1 00:00:00 2026\n\
    From: Client <c@client.example>\nTo: me@x.example\nSubject: Question\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n\
    Message-ID: <q@client.example>\n\nHello, when are you open on Sundays this winter?\n\n\
    From me@x.example Thu Jan  1 00:00:00 2026\n\
    From: me@x.example\nTo: c@client.example\nSubject: Re: Question\nDate: Fri, 2 Jan 2026 10:00:00 +0000\n\
    Message-ID: <a@x.example>\nIn-Reply-To: <q@client.example>\n\nOn Sundays we are open from ten to four.\n";

fn form(as_address: &'static str, bytes: impl Into<Vec<u8>>) -> Form {
    Form::new().text("as_address", as_address).part("file", Part::bytes(bytes.into()).file_name("mail.mbox"))
}

async fn send(browser: &Browser, form: Form) -> reqwest::Response {
    let request = browser.request(Method::POST, paths::IMPORT).header(header::ACCEPT, "text/html");
    request.multipart(form).send().await.expect("an answer")
}

/// Files that lie in the folder for uploads.
fn left_behind(app: &TestApp) -> usize {
    std::fs::read_dir(app.folder.path().join("data/uploads")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_file_is_imported_and_its_progress_can_be_followed() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let to = location(&send(&browser, form("me@x.example", MBOX)).await);
    let run = to.strip_prefix(&format!("{}?run=", paths::INTEGRATIONS)).unwrap_or_else(|| panic!("{to}")).to_owned();
    // The stream of events ends with the run.
    let events =
        browser.request(Method::GET, &format!("/api/integrations/runs/{run}/events")).send().await.expect("an answer");
    tokio::time::timeout(Duration::from_secs(30), events.text()).await.expect("in time").expect("events");
    let run = app.domain.store.run(run.parse().expect("an id")).await.expect("read").expect("there");
    assert_eq!((run.state, run.messages_fetched, run.pairs_created), (RunState::Done, 2, 1), "{:?}", run.errors);
    assert_eq!(run.source_name.as_deref(), Some("mail.mbox"));
    let (_, list) = browser.get("/api/integrations/accounts").await;
    assert_eq!(
        (list["accounts"][0]["external_account_id"].as_str(), list["accounts"][0]["owner_email"].as_str()),
        (Some("me@x.example"), Some("admin@replybook.example"))
    );
}

#[tokio::test]
async fn what_cannot_be_imported_is_said_and_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    for (what, form) in [
        ("a file that is no mail", form("me@x.example", b"\x00\x01\x02 binary".repeat(50))),
        ("an empty file", form("me@x.example", "")),
        ("no file", Form::new().text("as_address", "me@x.example")),
        (
            "no file chosen",
            Form::new().text("as_address", "me@x.example").part("file", Part::bytes(Vec::new()).file_name("")),
        ),
    ] {
        let response = send(&browser, form).await;
        assert_eq!(response.status(), 303, "{what}");
        let to = location(&response);
        assert_eq!(to, format!("{}?open=import", paths::INTEGRATIONS), "{what}");
        let page = browser.open(&to).await.text().await.expect("a page");
        assert!(page.contains("class=\"notice bad\""), "{what}: the form says why");
        assert_eq!(left_behind(&app), 0, "{what}");
    }
    assert_eq!(browser.get("/api/integrations/accounts").await.1["count"], 0);
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_by_name_and_removed() {
    let app = Start::default().with("MAX_UPLOAD_MB", "1").app().await;
    let browser = app.admin().await;
    let big = MBOX.repeat(8_000);
    assert!(big.len() > 2 << 20);
    let to = location(&send(&browser, form("me@x.example", big.clone())).await);
    assert_eq!(to, format!("{}?open=import", paths::INTEGRATIONS));
    let page = browser.open(&to).await.text().await.expect("a page");
    assert!(page.contains("The file is larger than 1 MB."), "{page}");
    // Without an announced length it is found out while it arrives.
    let stream = futures::stream::iter(
        big.into_bytes().chunks(65_536).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>(),
    );
    let part = Part::stream(reqwest::Body::wrap_stream(stream)).file_name("big.mbox");
    let to = location(&send(&browser, Form::new().text("as_address", "me@x.example").part("file", part)).await);
    assert_eq!(to, format!("{}?open=import", paths::INTEGRATIONS));
    let page = browser.open(&to).await.text().await.expect("a page");
    assert!(page.contains("The file is larger than 1 MB."), "{page}");
    assert_eq!(left_behind(&app), 0);
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_removed() {
    use tokio::io::AsyncWriteExt;

    let app = TestApp::start().await;
    app.user("ann@x.example", replybook::types::Role::Admin).await;
    let signed_in = app.anonymous().log_in("ann@x.example").await;
    let cookie = crate::support::browser::session_set_cookie(&signed_in);
    let address = app.base.strip_prefix("http://").expect("http");
    let mut wire = tokio::net::TcpStream::connect(address).await.expect("connected");
    let head = format!(
        "POST /admin/import HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: 1000000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.mbox\"\r\n\r\n{MBOX}",
        cookie.split(';').next().expect("a cookie")
    );
    wire.write_all(head.as_bytes()).await.expect("sent");
    until(|| left_behind(&app) == 1).await;
    drop(wire);
    until(|| left_behind(&app) == 0).await;
}

/// Waits for something that happens in the server by itself, at most for ten seconds.
async fn until(condition: impl Fn() -> bool) {
    let happened = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while !condition() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), happened).await.expect("it happens");
}

#[tokio::test]
async fn only_admins_upload() {
    let app = TestApp::start().await;
    let anonymous = send(&app.anonymous(), form("me@x.example", MBOX)).await;
    assert_eq!(
        (anonymous.status().as_u16(), location(&anonymous).as_str()),
        (303, "/login?next=%2Fadmin%2Fintegrations")
    );
    assert_eq!(send(&app.member().await, form("me@x.example", MBOX)).await.status(), 403);
    assert_eq!(left_behind(&app), 0);
    assert!(app.domain.store.list_accounts(None, None).await.expect("read").is_empty());
}

/// Opens the question that an upload led to.
async fn question(browser: &Browser, to: &str) -> String {
    assert!(to.starts_with(&format!("{}?upload=", paths::INTEGRATIONS)), "{to}");
    browser.open(to).await.text().await.expect("a page")
}

#[tokio::test]
async fn an_upload_without_an_address_asks_whose_mail_it_is() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    // Two who write to each other: nobody can tell which of them is us.
    let to = location(&send(&browser, form("", MBOX)).await);
    let page = question(&browser, &to).await;
    assert!(page.contains("The file does not show which address is yours."), "{page}");
    assert!(page.contains("value=\"me@x.example\"") && !page.contains(" checked"), "{page}");
    assert_eq!(left_behind(&app), 2, "the file and its ticket");
    let token = to.split_once('=').expect("a token").1;
    let refused = browser.submit(AnswerUpload::url(), &[("token", token)]).await;
    assert_eq!(location(&refused), to);
    assert!(question(&browser, &to).await.contains("Enter your address in this mailbox."));
    let begun = browser.submit(AnswerUpload::url(), &[("token", token), ("own[1]", "me@x.example")]).await;
    let run = location(&begun);
    assert!(run.starts_with(&format!("{}?run=", paths::INTEGRATIONS)), "{run}");
    until(|| left_behind(&app) == 0).await;
    assert!(browser.open(&to).await.text().await.expect("a page").contains("This file is no longer here"));
}

#[tokio::test]
async fn an_address_that_nobody_writes_from_is_asked_about_before_anything_is_imported() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let to = location(&send(&browser, form("wrong@x.example", MBOX)).await);
    let page = question(&browser, &to).await;
    assert!(page.contains("No message in this file was sent from wrong@x.example. From "), "{page}");
    assert_eq!(browser.get("/api/integrations/accounts").await.1["count"], 0);
    let token = to.split_once('=').expect("a token").1;
    // Once more the same, then all the same.
    let again = [("token", token), ("other", "wrong@x.example")];
    assert_eq!(location(&browser.submit(AnswerUpload::url(), &again).await), to);
    let anyway = [("token", token), ("other", "wrong@x.example"), ("anyway", "true")];
    assert!(
        location(&browser.submit(AnswerUpload::url(), &anyway).await)
            .starts_with(&format!("{}?run=", paths::INTEGRATIONS))
    );
    assert_eq!(
        browser.get("/api/integrations/accounts").await.1["accounts"][0]["external_account_id"],
        "wrong@x.example"
    );
}

#[tokio::test]
async fn a_bad_address_does_not_cost_the_file() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let to = location(&send(&browser, form("me at x.example", MBOX)).await);
    let page = question(&browser, &to).await;
    assert!(page.contains("“me” is not an email address."), "{page}");
    let token = to.split_once('=').expect("a token").1;
    let dropped = browser.submit(DropUpload::url(), &[("token", token)]).await;
    assert_eq!((location(&dropped).as_str(), left_behind(&app)), (paths::INTEGRATIONS, 0));
}

/// Sends a piece and returns what was answered.
async fn piece(browser: &Browser, at: &str, offset: usize, bytes: &[u8]) -> (u16, serde_json::Value) {
    let request = browser.request(Method::PUT, &format!("{at}?offset={offset}")).body(bytes.to_vec());
    crate::support::json(request.send().await.expect("an answer")).await
}

async fn announce(browser: &Browser, size: usize) -> String {
    let (status, begun) =
        browser.post_json(paths::UPLOADS, &serde_json::json!({ "name": "C:\\mail.mbox", "size": size })).await;
    assert_eq!(status, 201, "{begun}");
    begun["at"].as_str().expect("an address").to_owned()
}

#[tokio::test]
async fn an_upload_in_pieces_goes_on_where_it_broke_off() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let bytes = MBOX.as_bytes();
    let at = announce(&browser, bytes.len()).await;
    let (first, rest) = bytes.split_at(100);
    assert_eq!(piece(&browser, &at, 0, first).await, (200, serde_json::json!({ "received": 100 })));
    // The same piece again, and one that leaves a gap: both are told to ask where to go on.
    for offset in [0, 50, 150] {
        let (status, refused) = piece(&browser, &at, offset, first).await;
        assert_eq!((status, refused["detail"].as_str()), (409, Some("upload_elsewhere")), "{offset}");
    }
    assert_eq!(browser.get(&at).await, (200, serde_json::json!({ "received": 100 })));
    let (status, early) = browser.post_json(&at, &serde_json::json!({ "as_address": "me@x.example" })).await;
    assert_eq!((status, early["message"].is_string()), (400, true), "a piece is missing");
    assert_eq!(piece(&browser, &at, 100, &[rest, b"more"].concat()).await.0, 400, "larger than was said");
    assert_eq!(piece(&browser, &at, 100, rest).await.0, 200);
    let (status, done) = browser.post_json(&at, &serde_json::json!({ "as_address": "me@x.example" })).await;
    assert_eq!(status, 200, "{done}");
    let run = done["go"]
        .as_str()
        .and_then(|go| go.strip_prefix(&format!("{}?run=", paths::INTEGRATIONS)))
        .expect("a run")
        .to_owned();
    let run = app.domain.store.run(run.parse().expect("an id")).await.expect("read").expect("there");
    assert_eq!(run.source_name.as_deref(), Some("mail.mbox"));
    until(|| left_behind(&app) == 0).await;
}

#[tokio::test]
async fn an_upload_in_pieces_is_its_senders_alone() {
    let app = Start::default().with("MAX_UPLOAD_MB", "1").app().await;
    let browser = app.admin().await;
    let at = announce(&browser, 200).await;
    app.user("bob@x.example", replybook::types::Role::Admin).await;
    let other = app.anonymous();
    other.log_in("bob@x.example").await;
    for (who, browser, status) in
        [("another admin", other, 404), ("a member", app.member().await, 403), ("nobody", app.anonymous(), 401)]
    {
        assert_eq!(browser.get(&at).await.0, status, "{who}");
        assert_eq!(piece(&browser, &at, 0, b"x").await.0, status, "{who}");
        assert_eq!(browser.post_json(&at, &serde_json::json!({})).await.0, status, "{who}");
        assert_eq!(browser.request(Method::DELETE, &at).send().await.expect("an answer").status(), status, "{who}");
    }
    for body in ["{}", "{\"name\":\"x\",\"size\":-1}", "nonsense"] {
        let request = browser.request(Method::POST, paths::UPLOADS).header(header::CONTENT_TYPE, "application/json");
        let (status, refused) = crate::support::json(request.body(body).send().await.expect("an answer")).await;
        assert!(status == 400 && refused["detail"].is_string(), "{body}: {status} {refused}");
    }
    for token in ["..%2F..%2Fsecret", "x", &"a".repeat(43)] {
        assert_eq!(browser.get(&format!("{}/{token}", paths::UPLOADS)).await.0, 404, "{token}");
    }
    for (size, what) in [(0, "empty"), (2 << 20, "larger than 1 MB")] {
        let (status, refused) =
            browser.post_json(paths::UPLOADS, &serde_json::json!({ "name": "x", "size": size })).await;
        assert_eq!(status, 400);
        assert!(refused["message"].as_str().is_some_and(|said| said.contains(what)), "{refused}");
    }
    assert_eq!(left_behind(&app), 2);
    assert_eq!(browser.request(Method::DELETE, &at).send().await.expect("an answer").status(), 204);
    assert_eq!(left_behind(&app), 0);
}

#[tokio::test]
async fn a_form_that_is_no_upload_is_refused() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let response = browser.submit(paths::IMPORT, &[("as_address", "me@x.example")]).await;
    assert_eq!(response.status(), 400);
}
