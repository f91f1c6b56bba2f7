//! Conversations over REST and by their pages.

use leptos::server_fn::ServerFn;
use replybook::{import, types::Role};
use replybook_app::{
    pages::conversations::forms::{ArchiveConversation, AssignConversation, SnoozeConversation, WriteConversationNote},
    paths,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location, said},
};

const ALL: &str = "/api/conversations";

/// Three clients: one has no answer yet, one has, and one thanked for it.
async fn stage() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let us = "Support <me@x.example>";
    let letters = [
        ("a1", "", "Rosa <rosa@client.example>", us, "The lamp", "The lamp arrived broken. What can I do about it?"),
        ("b1", "", "Karl <karl@client.example>", us, "Invoice", "Where do I find the invoice of last month?"),
        ("b2", "b1", us, "Karl <karl@client.example>", "Re: Invoice", "Invoices are listed in your customer account."),
        ("c1", "", "Mia <mia@client.example>", us, "Norway", "How long does the delivery take to Norway?"),
        ("c2", "c1", us, "Mia <mia@client.example>", "Re: Norway", "Five working days to Norway, as a rule."),
        ("c3", "c2", "Mia <mia@client.example>", us, "Re: Norway", "Thank you!"),
    ];
    let letters = letters.iter().enumerate().map(|(hour, (id, answers, from, to, subject, text))| {
        let answers = if answers.is_empty() { String::new() } else { format!("In-Reply-To: <{answers}@m.example>\n") };
        format!(
            "From x@m.example Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: {subject}\n\
             Date: Thu, 1 Jan 2026 {:02}:00:00 +0000\nMessage-ID: <{id}@m.example>\n{answers}\n{text}\n\n",
            hour + 8
        )
    });
    let path = app.folder.path().join("talks.mbox");
    std::fs::write(&path, letters.collect::<String>()).expect("written");
    import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    (app, browser)
}

async fn list(browser: &Browser, query: &str) -> Value {
    let (status, page) = browser.get(&format!("{ALL}{query}")).await;
    assert_eq!(status, 200, "{page}");
    page
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().expect("text")
}

async fn patch(browser: &Browser, path: &str, body: &Value) -> (u16, Value) {
    let answer = browser.request(Method::PATCH, path).json(body).send().await.expect("answers");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn the_work_is_done_over_rest() {
    let (app, browser) = stage().await;
    let page = list(&browser, "").await;
    let states: Vec<&str> = page["items"].as_array().expect("a list").iter().map(|one| text(one, "state")).collect();
    assert_eq!(states, ["waiting", "waiting", "needs_reply"]);
    assert_eq!(page["counts"], json!({ "needs_reply": 1, "waiting": 2, "snoozed": 0, "archived": 0 }));
    assert_eq!(text(&page["items"][0], "last_text"), "Thank you!");
    let lamp = list(&browser, "?state=needs_reply").await["items"][0].clone();
    assert_eq!((text(&lamp, "client_name"), &lamp["unread"]), ("Rosa", &json!(true)));
    let one = format!("{ALL}/{}", text(&lamp, "id"));
    let (_, opened) = browser.get(&one).await;
    assert_eq!(opened["thread"]["messages"].as_array().map(Vec::len), Some(1), "{opened}");

    let seen = json!({ "last_message_id": lamp["last_message_id"] });
    let (status, done) = patch(&browser, &format!("{one}/archive"), &seen).await;
    assert_eq!((status, text(&done, "state")), (200, "archived"));
    let other = json!({ "archived": false, "last_message_id": "00000000-0000-0000-0000-000000000000" });
    assert_detail(&patch(&browser, &format!("{one}/archive"), &other).await, 409, "conversation_changed_meanwhile");
    let (_, back) = patch(&browser, &format!("{one}/archive"), &json!({ "archived": false })).await;
    assert_eq!(text(&back, "state"), "needs_reply");
    let past = json!({ "until": "2026-01-01T00:00:00Z" });
    assert_eq!(browser.put_json(&format!("{one}/snooze"), &past).await.0, 400);
    // Who forgets a field ends nothing.
    assert_eq!(browser.put_json(&format!("{one}/snooze"), &json!({})).await.0, 400);
    assert_eq!(browser.put_json(&format!("{one}/assignee"), &json!({})).await.0, 400);
    let stale = json!({ "archived": true, "state": "waiting" });
    assert_detail(&patch(&browser, &format!("{one}/archive"), &stale).await, 409, "conversation_changed_meanwhile");
    let (_, user) = browser.get("/api/auth/me").await;
    let (status, mine) = browser.put_json(&format!("{one}/assignee"), &json!({ "user_id": user["id"] })).await;
    assert_eq!((status, &mine["assigned_to_id"]), (200, &user["id"]), "{mine}");
    assert_eq!(list(&browser, "?assigned_to=me").await["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(list(&browser, "?assigned_to=nobody").await["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(list(&browser, "?q=norway&state=waiting").await["items"].as_array().map(Vec::len), Some(1));
    let (status, notes) = browser.post_json(&format!("{one}/notes"), &json!({ "text": "She called." })).await;
    assert_eq!((status, text(&notes[0], "text")), (201, "She called."));
    assert_eq!(browser.post_json(&format!("{one}/notes"), &json!({ "text": " " })).await.0, 400);
    assert_eq!(browser.post_json(&format!("{one}/notes"), &json!({ "text": "\u{200b}\u{202e}" })).await.0, 400);
    let (_, stats) = browser.get(&format!("{ALL}/stats/summary")).await;
    assert_eq!((&stats["counts"]["needs_reply"], &stats["unassigned"]), (&json!(1), &json!(0)), "{stats}");

    // On record; for reviewers; and what makes no sense.
    let (_, log) = browser.get("/api/audit?action=conversation_assigned").await;
    assert_eq!(text(&log["items"][0], "target_name"), "The lamp");
    let member = app.signed_in("m@replybook.example", Role::Member).await;
    let reviewer = app.signed_in("r@replybook.example", Role::Reviewer).await;
    assert_eq!((member.get(ALL).await.0, member.get(&one).await.0), (403, 403));
    assert_eq!(patch(&member, &format!("{one}/archive"), &json!({})).await.0, 403);
    let note = format!("{one}/notes/{}", text(&notes[0], "id"));
    let delete = async |browser: &Browser| {
        browser.request(Method::DELETE, &note).send().await.expect("answers").status().as_u16()
    };
    assert_eq!((delete(&reviewer).await, delete(&browser).await, delete(&browser).await), (404, 204, 404));
    let unknown = format!("{ALL}/00000000-0000-0000-0000-000000000000");
    assert_detail(&browser.get(&unknown).await, 404, "conversation_not_found");
    for wrong in ["?state=done", "?assigned_to=x", "?sort=x", "?limit=0", "?cursor=x", "?nothing=1"] {
        assert_eq!(browser.get(&format!("{ALL}{wrong}")).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_pages_work_without_scripts() {
    let (app, _) = stage().await;
    let browser = app.signed_in("r@replybook.example", Role::Reviewer).await;
    let page = browser.page(paths::CONVERSATIONS).await;
    for said in ["(1) Conversations", "The lamp", "Rosa", "Needs reply", "Unread"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("Norway"), "only those that need a reply");
    let lamp = list(&browser, "?state=needs_reply").await["items"][0].clone();
    let (id, last) = (text(&lamp, "id"), text(&lamp, "last_message_id"));
    let here = format!("{}/{id}", paths::CONVERSATIONS);
    let open = browser.page(&here).await;
    for said in ["The lamp arrived broken", "Archive", "Snooze", "Internal notes", "rosa@client.example"] {
        assert!(open.contains(said), "{said}");
    }
    assert!(!browser.page(paths::CONVERSATIONS).await.contains("Unread"), "it was opened");

    let note = [("id", id), ("text", "Call <b>her</b>"), ("then", here.as_str())];
    let done = browser.submit(WriteConversationNote::url(), &note).await;
    assert_eq!((location(&done).as_str(), said(&done).as_str()), (here.as_str(), "Note added."));
    assert!(browser.page(&here).await.contains("Call &lt;b&gt;her&lt;/b&gt;"));
    let (_, user) = browser.get("/api/auth/me").await;
    let done = browser.submit(AssignConversation::url(), &[("id", id), ("user", text(&user, "id"))]).await;
    assert_eq!(said(&done), "Assigned.");
    let done = browser.submit(AssignConversation::url(), &[("id", id), ("user", "")]).await;
    assert_eq!(said(&done), "Nobody has it any more.");
    let done = browser.submit(SnoozeConversation::url(), &[("id", id), ("hours", "3"), ("seen", last)]).await;
    assert_eq!(
        (location(&done).as_str(), said(&done).as_str()),
        (paths::CONVERSATIONS, "Snoozed: “The lamp”. It comes back by itself.")
    );
    assert!(browser.page(&here).await.contains("End snooze"));
    let done = browser.submit(SnoozeConversation::url(), &[("id", id), ("seen", last)]).await;
    assert_eq!(said(&done), "The conversation is back.");
    let other = "00000000-0000-0000-0000-000000000000";
    let archive = async |seen: &str, archived: &str| {
        browser.submit(ArchiveConversation::url(), &[("id", id), ("archived", archived), ("seen", seen)]).await
    };
    let refused = archive(other, "true").await;
    assert!(said(&refused).starts_with("This conversation has changed since you opened it"));
    archive(last, "true").await;
    assert!(browser.page(paths::CONVERSATIONS).await.contains("Nobody waits for an answer"));
    assert!(browser.page(&format!("{}?state=archived", paths::CONVERSATIONS)).await.contains("The lamp"));
    archive(last, "false").await;
    assert!(browser.page(paths::CONVERSATIONS).await.contains("The lamp"));
}
