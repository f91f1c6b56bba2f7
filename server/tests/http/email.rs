//! Reading stored mail: threads, messages as HTML, attachments.

use std::fmt::Write as _;

use replybook::types::AttachmentId;
use replybook_app::paths;
use reqwest::{Response, header};
use serde_json::{Value, json};

use crate::support::{Start, TestApp, assert_detail, browser::Browser};

/// A PNG of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn mbox(messages: &[String]) -> String {
    messages.iter().fold(String::new(), |mut all, message| {
        let _written = write!(all, "From c@client.example Thu Jan  1 00:00:00 2026\n{message}\n\n");
        all
    })
}

fn question(number: usize) -> String {
    format!(
        "From: Client {number} <c{number}@client.example>\nTo: me@x.example\nCc: copy@x.example\nSubject: Question {number}\n\
         Date: Thu, 1 Jan 2026 {number:02}:00:00 +0000\nMessage-ID: <q{number}@client.example>\n\n\
         Hello, this is question number {number}. When are you open?\n"
    )
}

fn answer(number: usize) -> String {
    format!(
        "From: Me <me@x.example>\nTo: c{number}@client.example\nSubject: Re: Question {number}\n\
         Date: Fri, 2 Jan 2026 {number:02}:00:00 +0000\nMessage-ID: <a{number}@x.example>\n\
         In-Reply-To: <q{number}@client.example>\n\nWe are open from nine to five.\n\n\
         On Thu, 1 Jan 2026, Client {number} wrote:\n> Hello, this is question number {number}. When are you open?\n"
    )
}

fn hostile() -> String {
    format!(
        "From: Eve <eve@evil.example>\nTo: me@x.example\nSubject: Invoice\nDate: Sat, 3 Jan 2026 00:00:00 +0000\n\
         Message-ID: <evil@evil.example>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n\
         <p onclick=alert(1)>See <a href=\"https://shop.example/a\">here</a></p><script>alert(1)</script>\
         <img src=\"cid:logo@evil\"><img src=\"cid:fake@evil\"><img src=\"https://tracker.example/p.png\">\
         <blockquote>Old words</blockquote>\n\
         --b\nContent-Type: image/png; name=logo.png\nContent-Disposition: inline\nContent-ID: <logo@evil>\n\
         Content-Transfer-Encoding: base64\n\n{PIXEL}\n\
         --b\nContent-Type: image/png; name=fake.png\nContent-Disposition: inline\nContent-ID: <fake@evil>\n\
         Content-Transfer-Encoding: base64\n\nPHN2ZyBvbmxvYWQ9YWxlcnQoMSk+\n\
         --b\nContent-Type: text/html; name=\"счёт \"\n\
         Content-Disposition: attachment; filename*=UTF-8''..%2F%D1%81%D1%87%D1%91%D1%82.html\n\n<script>alert(1)</script>\n--b--\n"
    )
}

async fn import(app: &TestApp, name: &str, address: &str, messages: &[String]) {
    let path = app.folder.path().join(name);
    std::fs::write(&path, mbox(messages)).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, address, |_| {}).await.expect("imported");
    assert_eq!(run.errors, Vec::<String>::new());
}

async fn get(browser: &Browser, path: &str) -> Value {
    let (status, body) = browser.get(path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// The one thread that a search finds.
async fn thread(browser: &Browser, query: &str) -> Value {
    let page = get(browser, &format!("/api/email/threads?q={query}")).await;
    let id = page["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{query} finds nothing: {page}"));
    get(browser, &format!("/api/email/threads/{id}")).await
}

fn text(response: &Response, name: header::HeaderName) -> &str {
    response.headers()[name].to_str().expect("text")
}

#[tokio::test]
async fn threads_are_listed_found_and_read_whole() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let mail: Vec<String> = (1..=5).flat_map(|number| [question(number), answer(number)]).collect();
    import(&app, "a.mbox", "me@x.example", &mail).await;

    let first = get(&browser, "/api/email/threads?limit=2").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let subjects = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("a list");
        items.iter().map(|item| item["subject"].as_str().expect("a subject").to_owned()).collect()
    };
    assert_eq!(subjects(&first), ["Question 5", "Question 4"], "the latest first");
    let second = get(&browser, &format!("/api/email/threads?limit=2&cursor={cursor}")).await;
    assert_eq!(subjects(&second), ["Question 3", "Question 2"]);
    assert_detail(
        &browser.get("/api/email/threads?cursor=nonsense").await,
        400,
        "the cursor is not one that a page of this list gave out",
    );
    assert_detail(&browser.get("/api/email/threads?account=7").await, 400, "account is not a UUID");
    assert_eq!(browser.get(&format!("/api/email/threads?q={}", "a".repeat(201))).await.0, 400);

    for query in ["question%203", "C3%40CLIENT.example", "client%203"] {
        assert_eq!(subjects(&get(&browser, &format!("/api/email/threads?q={query}")).await), ["Question 3"], "{query}");
    }
    for query in ["100%25", "_uestion", "nobody"] {
        assert!(subjects(&get(&browser, &format!("/api/email/threads?q={query}")).await).is_empty(), "{query}");
    }
    let item = &get(&browser, "/api/email/threads?q=question%203").await["items"][0];
    assert_eq!((&item["message_count"], &item["pair_count"]), (&json!(2), &json!(1)));
    assert_eq!(
        item["people"],
        json!([
            {"name": "Me", "address": "me@x.example", "ours": true},
            {"name": "Client 3", "address": "c3@client.example", "ours": false},
        ])
    );

    let read = thread(&browser, "question%203").await;
    let messages = read["messages"].as_array().expect("a list");
    let directions: Vec<&Value> = messages.iter().map(|message| &message["direction"]).collect();
    assert_eq!(directions, ["incoming", "outgoing"], "the oldest first");
    assert_eq!(messages[0]["cc"], json!(["copy@x.example"]));
    let reply = messages[1]["text"].as_str().expect("a text");
    let folded: String = messages[1]["folded"]
        .as_array()
        .expect("spans")
        .iter()
        .map(|span| &reply[at(span, "start")..at(span, "end")])
        .collect();
    assert!(folded.contains("> Hello") && !folded.contains("nine to five"), "{folded}");
    assert_eq!(read["pairs"][0]["status"], "new");
    let pair =
        get(&browser, &format!("/api/integrations/ai-email-pairs/{}", read["pairs"][0]["id"].as_str().expect("an id")))
            .await;
    assert_eq!(pair["email_thread_id"], read["id"], "and back again");

    assert_detail(
        &browser.get(&format!("/api/email/threads/{}", AttachmentId::new())).await,
        404,
        "email_thread_not_found",
    );
    let status = get(&browser, "/api/email/status").await;
    assert_eq!((&status["messages"], &status["threads"], &status["accounts"]), (&json!(10), &json!(5), &json!(1)));
    let accounts = get(&browser, "/api/email/accounts").await;
    assert_eq!((&accounts["accounts"][0]["messages"], &accounts["accounts"][0]["threads"]), (&json!(10), &json!(5)));
}

/// The turns of one long conversation, each with the turn before quoted below it.
fn turn(number: usize) -> String {
    let (from, to) = if number.is_multiple_of(2) {
        ("c@client.example", "me@x.example")
    } else {
        ("me@x.example", "c@client.example")
    };
    let says = |number: usize| format!("This is what turn number {number} is about, and it is nowhere else.");
    let (before, quoted) = match number.checked_sub(1) {
        Some(before) => (
            format!("In-Reply-To: <turn{before}@x.example>\nReferences: <turn0@x.example> <turn{before}@x.example>\n"),
            format!("\n\nOn Thu, 1 Jan 2026, {to} wrote:\n> {}", says(before)),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "From: {from}\nTo: {to}\nSubject: A long story\nDate: Thu, 1 Jan 2026 {:02}:{:02}:00 +0000\n\
         Message-ID: <turn{number}@x.example>\n{before}\n{}{quoted}\n",
        number / 60,
        number % 60,
        says(number),
    )
}

#[tokio::test]
async fn a_long_thread_is_read_in_parts() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    import(&app, "a.mbox", "me@x.example", &(0..250).map(turn).collect::<Vec<_>>()).await;
    // The other mailbox has some of it: each mail is there once, in its part.
    import(&app, "b.mbox", "other@x.example", &(90..110).map(turn).collect::<Vec<_>>()).await;

    let latest = thread(&browser, "story").await;
    let address = format!("/api/email/threads/{}", latest["id"].as_str().expect("an id"));
    let (mut parts, mut part) = (Vec::new(), latest);
    loop {
        assert_eq!(part["message_count"], 250);
        let earlier = part["earlier"].as_str().map(|id| format!("{address}?before={id}"));
        parts.push(part);
        let Some(earlier) = earlier else { break };
        part = get(&browser, &earlier).await;
    }
    let messages = |part: &Value| part["messages"].as_array().expect("a list").clone();
    let lengths: Vec<usize> = parts.iter().map(|part| messages(part).len()).collect();
    assert_eq!(lengths, [100, 100, 50]);
    let all: Vec<Value> = parts.iter().rev().flat_map(messages).collect();
    for (number, message) in all.iter().enumerate() {
        let text = message["text"].as_str().expect("a text");
        assert!(text.starts_with(&format!("This is what turn number {number} is about")), "{number}: {text}");
        let folded = message["folded"].as_array().expect("spans");
        assert_eq!(folded.is_empty(), number == 0, "what is quoted is folded, at the edge of a part too: {message}");
    }
    assert_eq!(all.iter().filter(|message| message["also_in"] != json!([])).count(), 20);
    let pairs: Vec<usize> = parts.iter().map(|part| part["pairs"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(pairs, [50, 50, 25], "each pair is in the part of its reply");

    let few = get(&browser, &format!("{address}?limit=3")).await;
    assert_eq!((messages(&few).len(), &messages(&few)[2]), (3, &all[249]));
    assert_detail(
        &browser.get(&format!("{address}?before={}", AttachmentId::new())).await,
        400,
        "the cursor is not one that a page of this list gave out",
    );
    assert_eq!(browser.get(&format!("{address}?limit=0")).await.0, 400);

    let page = format!("/admin/threads/{}", parts[0]["id"].as_str().expect("an id"));
    let earlier = parts[0]["earlier"].as_str().expect("there are earlier ones");
    let html = browser.open(&page).await.text().await.expect("a page");
    assert!(html.contains(&format!("before={earlier}")) && html.contains("250 messages"), "{html}");
    assert!(html.contains("turn number 249") && !html.contains("turn number 140 "), "{html}");
    let html = browser.open(&format!("{page}?before={earlier}")).await.text().await.expect("a page");
    assert!(html.contains("turn number 140 ") && !html.contains("turn number 151 "), "{html}");
    assert!(!html.contains("id=\"drafts\""), "what is asked last is among the latest: {html}");
}

fn at(span: &Value, name: &str) -> usize {
    span[name].as_u64().and_then(|at| usize::try_from(at).ok()).expect("an offset")
}

#[tokio::test]
async fn a_mail_that_two_of_our_mailboxes_hold_is_there_once() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    import(&app, "a.mbox", "me@x.example", &[question(1), answer(1)]).await;
    import(&app, "b.mbox", "copy@x.example", &[question(1)]).await;
    let read = thread(&browser, "question%201").await;
    let messages = read["messages"].as_array().expect("a list");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["also_in"].as_array().map(Vec::len), Some(1), "{}", messages[0]);
    assert_ne!(messages[0]["also_in"][0]["account_id"], messages[0]["account_id"]);
    let page = get(&browser, "/api/email/threads").await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["items"][0]["accounts"].as_array().map(Vec::len), Some(2));
    for account in page["items"][0]["accounts"].as_array().expect("a list") {
        let id = account["id"].as_str().expect("an id");
        assert_eq!(
            get(&browser, &format!("/api/email/threads?account={id}")).await["items"].as_array().map(Vec::len),
            Some(1)
        );
    }
}

#[tokio::test]
async fn hostile_html_is_shown_and_harmless() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    import(&app, "a.mbox", "me@x.example", &[hostile()]).await;
    let read = thread(&browser, "invoice").await;
    let message = &read["messages"][0];
    assert_eq!((&message["has_html"], &message["has_remote_images"]), (&json!(true), &json!(true)));
    let path = format!("/api/email/messages/{}/html", message["id"].as_str().expect("an id"));

    let response = browser.open(&path).await;
    let policy = text(&response, header::CONTENT_SECURITY_POLICY).to_owned();
    assert!(
        policy.starts_with("sandbox ") && policy.contains("default-src 'none'") && !policy.contains("https:"),
        "{policy}"
    );
    assert_eq!(text(&response, header::REFERRER_POLICY), "no-referrer");
    assert_eq!(text(&response, header::X_FRAME_OPTIONS), "SAMEORIGIN");
    assert_eq!(text(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(text(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
    let document = response.text().await.expect("a document");
    for gone in ["<script", "onclick", "tracker.example", "cid:"] {
        assert!(!document.contains(gone), "{gone}: {document}");
    }
    assert!(
        document.contains("<details class=\"quoted\"><summary lang=\"en\">Earlier mail</summary><blockquote>Old words")
    );
    assert!(document.contains("href=\"https://shop.example/a\"") && document.contains("noopener noreferrer"));

    // In a frame of ours it leads nowhere, is of our origin so that its height can be seen, and is the same each time.
    let framed = browser.open(&format!("{path}?framed=1")).await;
    let policy = text(&framed, header::CONTENT_SECURITY_POLICY).to_owned();
    assert!(
        policy.starts_with("sandbox allow-same-origin; default-src 'none'") && !policy.contains("popups"),
        "{policy}"
    );
    assert_eq!(text(&framed, header::CACHE_CONTROL), "private, no-cache");
    let tag = text(&framed, header::ETAG).to_owned();
    let document_framed = framed.text().await.expect("a document");
    assert!(document_framed.contains("/picture\"") && !document_framed.contains("ticket"), "{document_framed}");
    let again = async |path: &str, browser: &Browser, tag: &str| {
        let request = browser.request(reqwest::Method::GET, path).header(header::IF_NONE_MATCH, tag);
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(again(&format!("{path}?framed=1"), &browser, &tag).await, 304);
    assert_eq!(
        again(&format!("{path}?framed=1&images=1"), &browser, &tag).await,
        200,
        "with pictures it is another one"
    );
    assert_eq!(again(&format!("{path}?framed=1"), &app.anonymous(), &tag).await, 401);

    // The picture that came along needs no session, as a sandbox sends none: its address says that it may be loaded.
    let pictures: Vec<String> = document
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|address| address.replace("&amp;", "&"))
        .collect();
    assert_eq!(pictures.len(), 2, "{document}");
    let picture = app.anonymous().open(&pictures[0]).await;
    assert_eq!((picture.status().as_u16(), text(&picture, header::CONTENT_TYPE)), (200, "image/png"));
    assert!(picture.bytes().await.expect("bytes").starts_with(b"\x89PNG"));
    assert_detail(&app.anonymous().get(&pictures[1]).await, 404, "attachment_is_no_picture");
    let (bare, ticket) = pictures[0].split_once('?').expect("a ticket");
    assert_detail(&app.anonymous().get(bare).await, 401, "not_authenticated");
    let other = pictures[1].split_once('?').expect("a ticket").0;
    assert_detail(&app.anonymous().get(&format!("{other}?{ticket}")).await, 401, "not_authenticated");
    app.advance(chrono::TimeDelta::minutes(31));
    assert_detail(&app.anonymous().get(&pictures[0]).await, 401, "not_authenticated");

    let asked = browser.open(&format!("{path}?images=1")).await;
    assert!(text(&asked, header::CONTENT_SECURITY_POLICY).contains("img-src 'self' data: https:;"));
    assert!(asked.text().await.expect("a document").contains("https://tracker.example/p.png"));

    assert_detail(&app.anonymous().get(&path).await, 401, "not_authenticated");
    assert_detail(&app.member().await.get(&path).await, 403, "reviewer_required");
    let plain = AttachmentId::new();
    assert_detail(&browser.get(&format!("/api/email/messages/{plain}/html")).await, 404, "email_message_not_found");
}

#[tokio::test]
async fn attachments_are_files_and_nothing_else() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    import(&app, "a.mbox", "me@x.example", &[hostile()]).await;
    let read = thread(&browser, "invoice").await;
    let files = read["messages"][0]["attachments"].as_array().expect("a list");
    let file = files.iter().find(|file| file["inline"] == false).expect("the attached page");
    assert_eq!((&file["stored"], &file["problem"]), (&json!(true), &Value::Null));
    let path = format!("/api/email/attachments/{}", file["id"].as_str().expect("an id"));
    let response = browser.open(&path).await;
    assert_eq!(response.status(), 200);
    assert_eq!(text(&response, header::CONTENT_TYPE), "application/octet-stream", "a page is not announced as one");
    assert_eq!(
        text(&response, header::CONTENT_DISPOSITION),
        "attachment; filename=\"_____.html\"; filename*=UTF-8''_%D1%81%D1%87%D1%91%D1%82.html"
    );
    assert_eq!(text(&response, header::CONTENT_SECURITY_POLICY), "sandbox; default-src 'none'");
    assert_eq!(text(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(text(&response, header::CACHE_CONTROL), "private, no-store");
    let length: usize = text(&response, header::CONTENT_LENGTH).parse().expect("a length");
    let bytes = response.bytes().await.expect("bytes");
    assert_eq!((bytes.len(), &bytes[..]), (length, &b"<script>alert(1)</script>"[..]));

    assert_detail(&app.anonymous().get(&path).await, 401, "not_authenticated");
    assert_detail(&app.member().await.get(&path).await, 403, "reviewer_required");
    let nowhere = format!("/api/email/attachments/{}", AttachmentId::new());
    assert_detail(&browser.get(&nowhere).await, 404, "attachment_not_found");

    let account = read["messages"][0]["account_id"].as_str().expect("an id").to_owned();
    let deletion = get(&browser, &format!("/api/integrations/accounts/{account}/deletion")).await;
    assert_eq!((&deletion["messages"], &deletion["attachments"]), (&json!(1), &json!(3)));
    assert!(deletion["attachment_bytes"].as_i64().is_some_and(|bytes| bytes > 100), "{deletion}");
    assert_detail(
        &browser.get(&format!("/api/integrations/accounts/{}/deletion", AttachmentId::new())).await,
        404,
        "integration_account_not_found",
    );
}

#[tokio::test]
async fn what_is_not_kept_is_said_to_be_not_kept() {
    let app = Start::default().with("ATTACHMENTS", "off").app().await;
    let browser = app.admin().await;
    import(&app, "a.mbox", "me@x.example", &[hostile()]).await;
    let read = thread(&browser, "invoice").await;
    let file = &read["messages"][0]["attachments"][0];
    assert_eq!((&file["stored"], &file["problem"]), (&json!(false), &json!("off")));
    let path = format!("/api/email/attachments/{}", file["id"].as_str().expect("an id"));
    assert_detail(&browser.get(&path).await, 409, "attachment_off");
    assert_eq!(get(&browser, "/api/email/status").await["attachment_policy"], "off");
}

#[tokio::test]
async fn the_pages_of_stored_mail_are_whole_without_scripts() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    assert!(browser.open(paths::THREADS).await.text().await.expect("a page").contains("No mail yet"));
    import(&app, "a.mbox", "me@x.example", &[question(1), answer(1), hostile()]).await;
    let list = browser.open(&format!("{}?q=Question", paths::THREADS)).await;
    assert_eq!(list.status(), 200);
    let list = list.text().await.expect("a page");
    assert!(
        list.contains("Question 1") && !list.contains("Invoice") && list.contains("aria-current=\"page\""),
        "{list}"
    );
    assert!(!list.contains("modulepreload") && !list.contains("hydrate"), "{list}");

    let id = thread(&browser, "invoice").await["id"].as_str().expect("an id").to_owned();
    let page = browser.open(&format!("{}/{id}", paths::THREADS)).await.text().await.expect("a page");
    assert!(page.contains("<iframe sandbox=\"allow-same-origin\" src=\"/api/email/messages/"), "{page}");
    assert!(page.contains("Invoice") && page.contains("Received") && !page.contains("<script>alert"));
    assert_eq!(browser.open(&format!("{}/{}", paths::THREADS, AttachmentId::new())).await.status(), 404);
    assert_eq!(browser.open(&format!("{}/nonsense", paths::THREADS)).await.status(), 404);
    assert_eq!(browser.open(&format!("{}?cursor=nonsense", paths::THREADS)).await.status(), 400);
    assert_eq!(app.member().await.open(paths::THREADS).await.status(), 403);
    assert_eq!(app.anonymous().open(&format!("{}/{id}", paths::THREADS)).await.status(), 302);
}
