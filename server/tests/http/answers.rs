//! The knowledge base over HTTP: approved pairs listed, searched and exported.

use replybook::types::{AccountId, PairStatus, Role};
use replybook_app::paths;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    command_line::{Shell, err},
    support::{TestApp, assert_detail, browser::Browser},
};

const BASE: &str = "/api/knowledge-base";

/// An application with so many approved pairs, and the id of their account.
async fn stage(count: usize) -> (TestApp, Browser, AccountId) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let mbox: String = (0..count)
        .map(|number| {
            let (hour, minute) = (number / 60, number % 60);
            format!(
                "From c@client.example Thu Jan  1 00:00:00 2026\n\
                 From: Client {number} <c{number}@client.example>\nTo: me@x.example\nSubject: Question {number}\n\
                 Date: Thu, 1 Jan 2026 {hour:02}:{minute:02}:00 +0000\nMessage-ID: <q{number}@client.example>\n\n\
                 Hello, this is question number n{number}. When are you open?\n\n\
                 From me@x.example Thu Jan  1 00:00:00 2026\n\
                 From: me@x.example\nTo: c{number}@client.example\nSubject: Re: Question {number}\n\
                 Date: Fri, 2 Jan 2026 {hour:02}:{minute:02}:00 +0000\nMessage-ID: <a{number}@x.example>\n\
                 In-Reply-To: <q{number}@client.example>\n\n\
                 We are open from nine to five, number r{number}.\n\n"
            )
        })
        .collect();
    let path = app.folder.path().join("pairs.mbox");
    std::fs::write(&path, mbox).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    app.database.run("UPDATE ai_training_pairs SET status = 'approved'").await;
    (app, browser, run.account_id)
}

async fn export(browser: &Browser, query: &str) -> reqwest::Response {
    browser.request(Method::GET, &format!("{BASE}/export?{query}")).send().await.expect("an answer")
}

#[tokio::test]
async fn approved_pairs_are_listed_page_by_page_and_searched() {
    let (_app, browser, account) = stage(5).await;
    let (status, first) = browser.get(&format!("{BASE}?limit=3")).await;
    assert_eq!((status, first["items"].as_array().map(Vec::len)), (200, Some(3)));
    assert_eq!(first["items"][0]["subject"], "Question 4", "the latest reply first");
    let (_, rest) =
        browser.get(&format!("{BASE}?limit=3&cursor={}", first["next_cursor"].as_str().expect("more"))).await;
    assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next_cursor"]), (Some(2), &Value::Null));
    let (_, found) = browser.get(&format!("{BASE}?q=N2%20open&account={account}")).await;
    assert_eq!((found["items"].as_array().map(Vec::len), &found["not_searchable_yet"]), (Some(1), &json!(0)));
    let id = found["items"][0]["id"].as_str().expect("an id");
    let back = json!({ "status": PairStatus::Rejected.as_str() });
    browser.post_json(&format!("/api/integrations/ai-email-pairs/{id}/status"), &back).await;
    let (_, found) = browser.get(&format!("{BASE}?q=n2")).await;
    assert_eq!(found["items"], json!([]));
    assert_detail(&browser.get(&format!("{BASE}?account=7")).await, 400, "account is not a UUID");
    assert_eq!(browser.get(&format!("{BASE}?cursor=x")).await.0, 400);
}

#[tokio::test]
async fn an_export_is_a_file_and_on_record() {
    let (app, browser, account) = stage(3).await;
    let lines = export(&browser, &format!("account={account}")).await;
    assert_eq!(
        (lines.status().as_u16(), &lines.headers()[header::CONTENT_TYPE]),
        (200, &header::HeaderValue::from_static("application/jsonl"))
    );
    let name = lines.headers()[header::CONTENT_DISPOSITION].to_str().expect("text").to_owned();
    let day = chrono::Utc::now().format("%Y-").to_string();
    assert!(name.starts_with(&format!("attachment; filename=\"replybook-answers-me@x.example-{day}")), "{name}");
    let text = lines.text().await.expect("whole");
    let objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!((objects.len(), &objects[0]["subject"]), (3, &json!("Question 2")));
    assert_eq!(objects[0]["account_id"], json!(account));

    let table = export(&browser, "account=all&format=csv&q=r1&bom=1").await;
    assert_eq!(table.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    let table = table.text().await.expect("whole");
    // What reads text takes the mark away.
    assert!(
        table
            .trim_start_matches('\u{feff}')
            .starts_with("pair_id,account_id,account,thread_id,subject,question,reply,")
    );
    assert_eq!(table.matches("\r\n").count(), 2);

    let (_, audit) = browser.get("/api/audit?action=answers_exported").await;
    let said: Vec<&Value> = audit["items"].as_array().expect("a list").iter().map(|act| &act["to"]).collect();
    assert_eq!(said, [&json!("csv: 1, found by “r1”"), &json!("jsonl: 3")]);
    assert_eq!(audit["items"][1]["target"], json!(account));

    assert_detail(
        &as_json(export(&browser, "").await).await,
        400,
        "account_missing: give the id of an account, or `all`",
    );
    assert_eq!(export(&browser, "account=all&format=xml").await.status(), 400);
    assert_eq!(export(&browser, &format!("account={}", AccountId::new())).await.status(), 404);
    for nobody in [app.member().await, app.anonymous()] {
        assert!([401, 403].contains(&export(&nobody, "account=all").await.status().as_u16()));
    }
}

async fn as_json(response: reqwest::Response) -> (u16, Value) {
    crate::support::json(response).await
}

#[tokio::test]
async fn an_export_that_breaks_in_the_middle_is_cut_off_and_never_a_short_file() {
    let (app, browser, _) = stage(130).await;
    // The oldest reply is in the second piece, and cannot be read.
    app.database.run("UPDATE emails_messages SET to_addresses = '{}' WHERE subject = 'Question 0'").await;
    let sent = browser.request(Method::GET, &format!("{BASE}/export?account=all")).send().await;
    let mut came = 0;
    // Where the break is quicker than the first piece, nothing arrives at all.
    let broken = match sent {
        Err(error) => error.is_request(),
        Ok(mut response) => {
            assert_eq!(response.status(), 200);
            loop {
                match response.chunk().await {
                    Ok(Some(piece)) => came += piece.len(),
                    Ok(None) => break false,
                    Err(_) => break true,
                }
            }
        }
    };
    assert!(broken, "{came} bytes came, and then an end as if that were all");

    // What cannot be read at all is said before anything is sent.
    app.database.run("UPDATE emails_messages SET to_addresses = '{}'").await;
    assert_eq!(export(&browser, "account=all&format=csv").await.status(), 500);
}

#[tokio::test]
async fn the_page_says_what_an_export_holds_before_it_is_made() {
    let (_app, browser, account) = stage(2).await;
    let page = browser.open(&format!("{}?q=n1", paths::KNOWLEDGE)).await.text().await.expect("a page");
    assert!(page.contains("this is question number n1.") && !page.contains("question number n0."));
    assert!(page.contains("href=\"/admin/knowledge-base?q=n1&amp;export=1\""), "the search goes along");
    let dialog = browser.open(&format!("{}?q=n1&export=1", paths::KNOWLEDGE)).await.text().await.expect("a page");
    for said in ["me@x.example · 1 answer", "Personal data stays as it is in the mail", "pair_id, account_id, account"]
    {
        assert!(dialog.contains(said), "{said}");
    }
    assert!(dialog.contains(&format!("value=\"{account}\" selected")), "the only mailbox there is");
}

#[tokio::test]
async fn past_cases_are_found_by_a_message_like_theirs() {
    const SEARCH: &str = "/api/knowledge/search";
    let (app, browser, account) = stage(3).await;
    let (status, found) = browser.post_json(SEARCH, &json!({ "text": "When are you open? I asked as n1." })).await;
    assert_eq!((status, &found["searched"], &found["languages"]), (200, &json!(3), &json!(["en"])));
    assert_eq!(found["vectors"], json!({ "standing": "off", "model": null, "tried": null }));
    let first = &found["items"][0];
    assert_eq!((&first["by_words"], &first["by_vector"]), (&first["score"], &json!(null)));
    assert_eq!(
        (&first["pair"]["subject"], &first["alike"], &first["words"][0]),
        (&json!("Question 1"), &json!(3), &json!("n1"))
    );
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "the replies are the same but for a number");
    for (input, status, detail) in [
        (json!({ "text": "" }), 400, "text_missing: give the client's message"),
        (json!({ "text": "x".repeat(20_001) }), 400, "text must have at most 20000 characters"),
        (json!({ "text": "x", "language": "EN" }), 400, "language must be an ISO 639-1 code in lower case, like en"),
        (json!({ "text": "x", "language": "xx" }), 400, "language must be an ISO 639-1 code in lower case, like en"),
        (json!({ "text": "x", "within_days": 0 }), 400, "within_days must be a whole number from 1 to 36500"),
        (json!({ "text": "x", "limit": 51 }), 400, "limit must be a whole number from 1 to 50"),
        (json!({ "text": "x", "integration_account_id": "7" }), 400, "integration_account_id is not a UUID"),
        (json!({ "text": "x", "integration_account_id": AccountId::new() }), 404, "integration_account_not_found"),
    ] {
        let (answered, body) = browser.post_json(SEARCH, &input).await;
        assert_eq!((answered, &body["detail"]), (status, &json!(detail)));
    }
    let (status, _) = browser.post_json(SEARCH, &json!({ "text": "open", "integration_account_id": "all" })).await;
    assert_eq!(status, 200);
    let reviewer = app.signed_in("rev@x.example", Role::Reviewer).await;
    let (status, body) = reviewer.post_json(SEARCH, &json!({ "text": "open", "integration_account_id": "all" })).await;
    assert_eq!((status, &body["detail"]), (403, &json!("admin_required")));
    assert_eq!(reviewer.post_json(SEARCH, &json!({ "text": "open" })).await.0, 200);
    assert_eq!(app.member().await.post_json(SEARCH, &json!({ "text": "open" })).await.0, 403);

    // With a second account it has to be said whose answers are meant.
    let path = app.folder.path().join("other.mbox");
    let mail = "From c@x.example Thu Jan  1 00:00:00 2026\nFrom: c@x.example\nTo: other@y.example\nSubject: Hours\n\
                Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <q@x>\n\nHello, when are you open on Sundays?\n\n";
    std::fs::write(&path, mail).expect("written");
    replybook::import::import_file(&app.domain, &path, "other@y.example", |_| {}).await.expect("imported");
    let (status, body) = browser.post_json(SEARCH, &json!({ "text": "open" })).await;
    assert_eq!(status, 400);
    assert_eq!(body["detail"], "integration_account_id_missing: give the id of an account, or `all`");
    let own = json!({ "text": "open", "integration_account_id": account, "language": "de" });
    assert_eq!(browser.post_json(SEARCH, &own).await.1["items"], json!([]));
}

#[tokio::test]
async fn the_page_finds_past_cases_without_scripts() {
    const PAGE: &str = paths::SIMILAR;
    let (app, browser, _) = stage(2).await;
    let text = |response: reqwest::Response| async { response.text().await.expect("a page") };
    let empty = text(browser.open(PAGE).await).await;
    assert!(empty.contains("What did we answer to this?") && !empty.contains("Nearest answers"));
    let form = [("q", "When are you open?\r\nn1"), ("account", "")];
    let asked = browser.request(Method::POST, PAGE).form(&form).send().await.expect("an answer");
    assert_eq!(asked.status(), 200);
    let found = text(asked).await;
    for said in [
        "Nearest answers",
        "Searched 2 answers.",
        "We are open from nine to five, number r1.",
        "<mark>n1<",
        "2 answers say nearly the same",
    ] {
        assert!(found.contains(said), "{said}");
    }
    let russian = browser.request(Method::POST, PAGE).form(&form).header("accept-language", "ru");
    assert!(text(russian.send().await.expect("an answer")).await.contains("Ближайшие ответы"));

    for (language, words) in [("en", "Paste the client"), ("ru", "Вставьте письмо клиента")] {
        let blank = browser.request(Method::POST, PAGE).form(&[("q", " \r\n ")]).header("accept-language", language);
        let blank = text(blank.send().await.expect("an answer")).await;
        assert!(blank.contains("role=\"status\""), "a question of spaces is told: {words} {blank}");
    }

    // From a thread: its client's last message, and not the thread's own answer.
    let threads = replybook::threads::page(&app.domain, None, None, None, 10).await.expect("reads").items;
    let thread = threads.iter().find(|thread| thread.subject.as_deref() == Some("Question 0")).expect("is there");
    let page = text(browser.open(&format!("{}/{}", paths::THREADS, thread.id)).await).await;
    let link = format!("{PAGE}?thread={}", thread.id);
    assert!(page.contains(&link), "the page of a thread leads there");
    let similar = text(browser.open(&link).await).await;
    assert!(similar.contains("this is question number n0."), "what the client wrote is in the field");
    assert!(similar.contains("number r1.") && !similar.contains("number r0."), "another thread's answer is shown");
    let unknown = browser.open(&format!("{PAGE}?thread={}", replybook::types::ThreadId::new())).await;
    assert_eq!(unknown.status(), 404);
    let broken = browser.request(Method::POST, PAGE).form(&[("q", "a\0b")]).send().await.expect("an answer");
    assert_eq!(broken.status(), 400);
}

#[tokio::test]
async fn approved_pairs_are_exported_from_a_terminal() {
    let shell = Shell::new().await;
    let mbox = "From c@x.example Thu Jan  1 00:00:00 2026\nFrom: c@x.example\nTo: me@y.example\nSubject: Opening hours\n\
                Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <q@x>\n\nHello, when are you open on Sundays?\n\n\
                From me@y.example Thu Jan  1 00:00:00 2026\nFrom: me@y.example\nTo: c@x.example\nSubject: Re: Opening hours\n\
                Date: Thu, 1 Jan 2026 11:00:00 +0000\nMessage-ID: <a@y>\nIn-Reply-To: <q@x>\n\nFrom ten to four, see you there.\n\n";
    std::fs::write(shell.folder.path().join("mail.mbox"), mbox).expect("written");
    let imported = shell.run(&["import", "mail.mbox", "--as", "me@y.example"], "").await;
    assert!(imported.status.success(), "{}", err(&imported));
    shell.database.run("UPDATE ai_training_pairs SET status = 'approved'").await;

    let lines = shell.run(&["pairs", "export", "--all", "--search", "sundays"], "").await;
    assert!(lines.status.success(), "{}", err(&lines));
    let line: serde_json::Value = serde_json::from_slice(&lines.stdout).expect("one object");
    assert_eq!((&line["subject"], &line["account"]), (&"Opening hours".into(), &"me@y.example".into()));
    let account = line["account_id"].as_str().expect("an id").to_owned();

    let table = ["pairs", "export", "--account", &account, "--format", "csv", "--to", "answers.csv"];
    let written = shell.run(&table, "").await;
    assert!(written.status.success(), "{}", err(&written));
    let folder = shell.folder.path();
    let text = std::fs::read_to_string(folder.join("answers.csv")).expect("is there");
    assert!(text.starts_with("pair_id,") && text.matches("\r\n").count() == 2, "{text}");
    assert!(!folder.join("answers.csv.part").exists() && !replybook::files::is_exposed(&folder.join("answers.csv")));
    let again = shell.run(&table, "").await;
    assert!(!again.status.success() && err(&again).contains("already exists"), "{}", err(&again));
    assert_eq!(shell.run(&["pairs", "export"], "").await.status.code(), Some(2), "whose pairs has to be said");

    // What breaks is no file.
    shell.database.run("UPDATE emails_messages SET to_addresses = '{}'").await;
    let broken = shell.run(&["pairs", "export", "--all", "--to", "other.jsonl"], "").await;
    assert_eq!(broken.status.code(), Some(1));
    assert!(err(&broken).contains("the export was interrupted"), "{}", err(&broken));
    assert!(!folder.join("other.jsonl").exists() && !folder.join("other.jsonl.part").exists());
}
