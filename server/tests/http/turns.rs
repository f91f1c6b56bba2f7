//! Which messages make a pair, as reviewers correct it: over REST and by the form of an open pair.

use leptos::server_fn::ServerFn;
use replybook::{import, types::Role};
use replybook_app::{pages::training::forms::RegroupPair, paths};
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location, said},
};

const PAIRS: &str = "/api/integrations/ai-email-pairs";

/// Two questions of a client, and two answers to the second.
async fn stage() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let (client, us) = ("Rosa <rosa@client.example>", "Support <me@x.example>");
    let letters = [
        ("c1", "", client, us, "The lamp arrived broken. What can I do about it?"),
        ("c2", "In-Reply-To: <c1@m.example>\n", client, us, "And where do I find the invoice of last month?"),
        ("r1", "In-Reply-To: <c2@m.example>\n", us, client, "A new lamp leaves our warehouse today."),
        ("r2", "In-Reply-To: <c2@m.example>\n", us, client, "Invoices are listed in your customer account."),
    ];
    let letters = letters.iter().enumerate().map(|(hour, (id, answers, from, to, text))| {
        format!(
            "From x@m.example Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: The lamp\n\
             Date: Thu, 1 Jan 2026 {:02}:00:00 +0000\nMessage-ID: <{id}@m.example>\n{answers}\n{text}\n\n",
            hour + 8
        )
    });
    let path = app.folder.path().join("turns.mbox");
    std::fs::write(&path, letters.collect::<String>()).expect("written");
    import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    (app, browser)
}

async fn pairs(browser: &Browser) -> Vec<Value> {
    let (_, page) = browser.get(&format!("{PAIRS}?status=all&sort=oldest")).await;
    page["items"].as_array().expect("a list").clone()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().expect("text")
}

#[tokio::test]
async fn messages_are_put_into_pairs_over_rest() {
    let (app, browser) = stage().await;
    let id = text(&pairs(&browser).await[0], "id").to_owned();
    let path = format!("{PAIRS}/{id}/turns");
    let (status, turns) = browser.get(&path).await;
    assert_eq!((status, &turns["count"], &turns["pair_id"]), (200, &json!(4), &json!(id)), "{turns}");
    let message = |at: usize| turns["items"][at]["message_id"].clone();
    let put = async |browser: &Browser, body: Value| browser.put_json(&path, &body).await;

    let version = &turns["version"];
    let apart = json!({ "act": "own_pair", "message_ids": [message(0), message(2)], "version": version });
    let (status, split) = put(&browser, apart.clone()).await;
    assert_eq!((status, &split["marked"]), (200, &json!(4)), "{split}");
    let both = pairs(&browser).await;
    assert_eq!(both.len(), 2);
    assert_eq!(text(&both[0], "our_reply_text"), "A new lamp leaves our warehouse today.");
    assert_eq!(text(&both[1], "client_text"), "And where do I find the invoice of last month?");

    // What they saw is no longer so, and what makes no sense.
    assert_detail(&put(&browser, apart).await, 409, "turns_changed_meanwhile");
    let alone = json!({ "act": "leave_out", "message_ids": [message(0)] });
    assert_detail(&put(&browser, alone).await, 409, "pair_needs_both_sides");
    let before = json!({ "act": "pair_before", "message_ids": [message(0)] });
    assert_detail(&put(&browser, before).await, 409, "no_pair_there");
    let (status, _) = put(&browser, json!({ "act": "shuffle", "message_ids": [message(0)] })).await;
    assert_eq!(status, 400);
    let foreign = json!({ "act": "leave_out", "message_ids": ["00000000-0000-0000-0000-000000000000"] });
    assert_eq!(put(&browser, foreign).await.0, 400);

    // On record, a step, and for reviewers only.
    let (_, log) = browser.get("/api/audit?action=pair_regrouped").await;
    assert_eq!(text(&log["items"][0], "to"), "own_pair: 4");
    let (_, steps) = browser.get(&format!("{PAIRS}/steps")).await;
    assert_eq!(steps["items"][0]["regrouped"], true, "{steps}");
    let member = app.signed_in("m@replybook.example", Role::Member).await;
    assert_eq!(member.get(&path).await.0, 403);
    assert_eq!(put(&member, json!({ "act": "as_found" })).await.0, 403);
    let reviewer = app.signed_in("r@replybook.example", Role::Reviewer).await;
    assert_eq!(reviewer.get(&path).await.0, 200);
    let (status, undone) = browser.post_json(&format!("{PAIRS}/undo"), &json!({})).await;
    assert_eq!((status, &undone["regrouped"]), (200, &json!(true)), "{undone}");
    assert_eq!(pairs(&browser).await.len(), 1);
    let (status, found) = put(&reviewer, json!({ "act": "as_found" })).await;
    assert_eq!((status, &found["marked"]), (200, &json!(0)));
}

#[tokio::test]
async fn the_form_of_an_open_pair_works_without_scripts() {
    let (_app, browser) = stage().await;
    let id = text(&pairs(&browser).await[0], "id").to_owned();
    let here = format!("{}?status=all&pair={id}", paths::TRAINING);
    let page = browser.open(&here).await.text().await.expect("a page");
    for said in ["Messages of this pair and around it", "A pair of their own", "Leave out", "in this pair"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("As found"));
    let (_, turns) = browser.get(&format!("{PAIRS}/{id}/turns")).await;
    let message = |at: usize| text(&turns["items"][at], "message_id");
    let version = text(&turns, "version");
    let form = [
        ("id", id.as_str()),
        ("act", "own_pair"),
        ("messages[]", message(0)),
        ("messages[]", message(2)),
        ("version", version),
    ];
    let done = browser.submit(RegroupPair::url(), &form).await;
    assert_eq!((done.status().as_u16(), said(&done).as_str()), (303, "The messages are where you put them."));
    let both = pairs(&browser).await;
    assert_eq!(both.len(), 2);
    let page = browser.open(&here).await.text().await.expect("a page");
    assert!(page.contains("As found") && page.contains("in the pair after") && page.contains("put here by"));
    let again = browser.submit(RegroupPair::url(), &form).await;
    assert!(said(&again).starts_with("The conversation has changed since"), "{}", said(&again));
    let none = browser.submit(RegroupPair::url(), &[("id", id.as_str()), ("act", "leave_out")]).await;
    assert_eq!(said(&none), "Choose 1 to 200 messages first.");

    // The second pair becomes part of the first: there one goes on, in the same list.
    let second = text(&both[1], "id");
    let join = [("id", second), ("act", "pair_before"), ("messages[]", message(1)), ("messages[]", message(3))];
    let joined = browser.submit(RegroupPair::url(), &join).await;
    assert!(location(&joined).ends_with(&format!("pair={id}")), "{}", location(&joined));
    assert_eq!(pairs(&browser).await.len(), 1);
}
