//! What stands behind a pair: its messages, the spans taken from them, mail that changed, and groups of near duplicates.

use leptos::server_fn::ServerFn;
use replybook::{
    import,
    types::{PairId, Role},
};
use replybook_app::{
    pages::{
        mailbox::api::RemoveAddress,
        training::api::{DecidePair, EditTexts, UndoStep},
        training::forms::DecideGroup,
    },
    paths,
};
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location, said, told},
};

const PAIRS: &str = "/api/integrations/ai-email-pairs";

fn letter(id: &str, answers: Option<&str>, from: &str, to: &str, hour: u32, body: &str) -> String {
    let answers = answers.map(|id| format!("In-Reply-To: <{id}@mail.example>\n")).unwrap_or_default();
    format!(
        "From x@mail.example Thu Jan  1 00:00:00 2026\n\
         From: {from}\nTo: {to}\nSubject: The lamp\nDate: Thu, 1 Jan 2026 {hour:02}:00:00 +0000\n\
         Message-ID: <{id}@mail.example>\n{answers}\n{body}\n\n"
    )
}

const CLIENT: &str = "Rosa Klein <rosa@client.example>";
const US: &str = "Support <me@x.example>";

async fn import(app: &TestApp, mbox: &str) {
    let path = app.folder.path().join(format!("{}.mbox", PairId::new()));
    std::fs::write(&path, mbox).expect("written");
    let run = import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    assert!(run.errors.is_empty(), "{:?}", run.errors);
}

/// A question, and an answer that quotes it.
fn conversation() -> String {
    let question = "Hello,\n\nthe lamp arrived broken. What can I do about it?";
    let answer = "Hello Rosa,\n\na new one leaves our warehouse today.\n\nOn Thu, 1 Jan 2026 at 08:00, Rosa Klein wrote:\n\
                  > Hello,\n>\n> the lamp arrived broken. What can I do about it?";
    letter("q", None, CLIENT, US, 8, question) + &letter("a", Some("q"), US, CLIENT, 10, answer)
}

/// The only pair of the application.
async fn only_pair(browser: &Browser) -> Value {
    let (status, page) = browser.get(&format!("{PAIRS}?status=all")).await;
    assert_eq!((status, &page["count"]), (200, &json!(1)), "{page}");
    page["items"][0].clone()
}

async fn stage() -> (TestApp, Browser, String) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    import(&app, &conversation()).await;
    let path = format!("{PAIRS}/{}", only_pair(&browser).await["id"].as_str().expect("an id"));
    (app, browser, path)
}

/// The part of a text between two byte offsets.
fn slice<'a>(message: &'a Value, span: &Value) -> &'a str {
    let offset = |name: &str| usize::try_from(span[name].as_u64().expect("a number")).expect("small");
    message["text"].as_str().expect("text").get(offset("start")..offset("end")).expect("whole characters")
}

#[tokio::test]
async fn what_cleaning_would_have_taken_whole_is_kept_and_named() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let words = "Hello,\n\n-- \nRosa\nThe lamp arrived broken and I would like to have another one, please.";
    let answer = "A new one leaves our warehouse today.";
    import(&app, &(letter("q", None, CLIENT, US, 8, words) + &letter("a", Some("q"), US, CLIENT, 10, answer))).await;
    let pair = only_pair(&browser).await;
    assert!(pair["client_text"].as_str().expect("a text").ends_with("another one, please."), "{pair}");
    let (_, body) = browser.get(&format!("{PAIRS}/{}/messages", pair["id"].as_str().expect("an id"))).await;
    let (question, answer) = (&body["messages"][0], &body["messages"][1]);
    let doubted = question["doubted"].as_array().expect("a list");
    assert!(doubted.iter().any(|span| slice(question, span).contains("arrived broken")), "{body}");
    assert_eq!((&question["removed"], &answer["doubted"]), (&json!([]), &json!([])), "{body}");
}

#[tokio::test]
async fn the_messages_of_a_pair_show_what_was_taken_away() {
    let (_app, browser, path) = stage().await;
    let (status, body) = browser.get(&format!("{path}/messages")).await;
    assert_eq!((status, &body["count"], &body["matches_pair"]), (200, &json!(2), &json!(true)), "{body}");
    let (question, answer) = (&body["messages"][0], &body["messages"][1]);
    assert_eq!((&question["direction"], &question["from"]), (&json!("incoming"), &json!("rosa@client.example")));
    assert_eq!(question["removed"], json!([]));
    let removed = answer["removed"].as_array().expect("a list");
    let quoted: Vec<&Value> = removed.iter().filter(|span| span["kind"] == "quoted_history").collect();
    assert!(quoted.iter().any(|span| slice(answer, span).contains("> the lamp arrived broken")), "{answer}");
    assert!(
        removed.iter().all(|span| span["kept"] == false && span["rule"].as_str().is_some_and(|rule| !rule.is_empty()))
    );
}

#[tokio::test]
async fn a_span_is_put_back_and_taken_away_again() {
    let (_app, browser, path) = stage().await;
    let before = only_pair(&browser).await;
    let (_, body) = browser.get(&format!("{path}/messages")).await;
    let answer = &body["messages"][1];
    let removed = answer["removed"].as_array().expect("a list");
    let span = removed.iter().find(|span| span["kind"] == "quoted_history").expect("a quotation");
    let input = |keep: bool| json!({ "message_id": answer["message_id"], "start": span["start"], "end": span["end"], "keep": keep });
    let (status, pair) = browser.post_json(&format!("{path}/spans"), &input(true)).await;
    assert_eq!((status, &pair["edited"], &pair["source"]), (200, &json!(true), &json!("same")), "{pair}");
    let text = pair["our_reply_text"].as_str().expect("text");
    assert!(text.contains("leaves our warehouse") && text.contains("> the lamp arrived broken"), "{text}");
    let chars = text.trim().chars().count();
    assert_eq!(pair["labels"]["reply_chars"], json!(chars), "the labels are those of the new text");
    assert_ne!(pair["labels"]["reply_fingerprint"], before["labels"]["reply_fingerprint"]);
    assert_eq!(pair["group_id"], pair["labels"]["reply_fingerprint"], "it moved to a group of its own");
    let (_, body) = browser.get(&format!("{path}/messages")).await;
    let kept: Vec<&Value> =
        body["messages"][1]["removed"].as_array().expect("a list").iter().filter(|span| span["kept"] == true).collect();
    assert_eq!((kept.len(), &kept[0]["start"], &body["matches_pair"]), (1, &span["start"], &json!(true)));

    let (status, pair) = browser.post_json(&format!("{path}/spans"), &input(false)).await;
    assert_eq!((status, &pair["edited"]), (200, &json!(false)));
    for unchanged in ["client_text", "our_reply_text", "labels", "group_id"] {
        assert_eq!(pair[unchanged], before[unchanged], "{unchanged}");
    }
}

#[tokio::test]
async fn what_is_no_span_of_the_pair_is_refused_by_name() {
    let (app, browser, path) = stage().await;
    let (_, body) = browser.get(&format!("{path}/messages")).await;
    let id = &body["messages"][1]["message_id"];
    let no_span = "this span was not removed from a message of this pair";
    for (message, start, end) in [(id.clone(), 0, 3), (json!(PairId::new()), 0, 3), (id.clone(), 9_000, 9_001)] {
        let input = json!({ "message_id": message, "start": start, "end": end, "keep": true });
        assert_detail(&browser.post_json(&format!("{path}/spans"), &input).await, 400, no_span);
    }
    for broken in [
        json!({}),
        json!({ "message_id": "17", "start": 0, "end": 3, "keep": true }),
        json!({ "message_id": id, "start": -1, "end": 3, "keep": true }),
        json!({ "message_id": id, "start": 0, "end": 3, "keep": "yes" }),
    ] {
        let (status, body) = browser.post_json(&format!("{path}/spans"), &broken).await;
        assert_eq!(status, 400, "{broken}: {body}");
    }
    let pair = only_pair(&browser).await;
    assert_eq!((&pair["edited"], &pair["status"]), (&json!(false), &json!("new")), "nothing was changed");

    let nowhere = format!("{PAIRS}/{}", PairId::new());
    let input = json!({ "message_id": id, "start": 0, "end": 3, "keep": true });
    assert_detail(&browser.get(&format!("{nowhere}/messages")).await, 404, "ai_email_pair_not_found");
    assert_detail(&browser.post_json(&format!("{nowhere}/spans"), &input).await, 404, "ai_email_pair_not_found");
    for action in ["adopt", "keep"] {
        assert_detail(&browser.post(&format!("{nowhere}/{action}")).await, 404, "ai_email_pair_not_found");
        assert_detail(&browser.post(&format!("{PAIRS}/17/{action}")).await, 400, "pair_id is not a UUID");
    }
    assert_detail(&browser.get(&format!("{PAIRS}/17/messages")).await, 400, "pair_id is not a UUID");

    let member = app.signed_in("m@replybook.example", Role::Member).await;
    assert_detail(&member.get(&format!("{path}/messages")).await, 403, "reviewer_required");
    assert_detail(&member.post_json(&format!("{path}/spans"), &input).await, 403, "reviewer_required");
    for action in ["adopt", "keep"] {
        assert_detail(&member.post(&format!("{path}/{action}")).await, 403, "reviewer_required");
    }
    let group = format!("{PAIRS}/groups/{}/status", pair["group_id"].as_str().expect("a group"));
    assert_detail(&member.post_json(&group, &json!({ "status": "approved" })).await, 403, "reviewer_required");
}

#[tokio::test]
async fn a_decided_pair_whose_mail_changed_is_kept_or_adopted() {
    let (app, browser, path) = stage().await;
    browser.post_json(&format!("{path}/status"), &json!({ "status": "approved" })).await;
    let decided = only_pair(&browser).await;
    let (_, before) = browser.get(&format!("{path}/messages")).await;
    // Rosa had written twice before the answer; the second mail is found later.
    let more = |id: &str, hour, body: &str| letter(id, Some("q"), CLIENT, US, hour, body);
    import(&app, &more("q2", 9, "By the way, the bulb is fine.")).await;
    let changed = only_pair(&browser).await;
    assert_eq!((&changed["source"], &changed["client_text"]), (&json!("changed"), &decided["client_text"]));
    assert!(changed["fresh_client_text"].as_str().is_some_and(|text| text.ends_with("the bulb is fine.")), "{changed}");
    assert_eq!(changed["fresh_reply_text"], Value::Null);

    // A span would go into another text than the one that was decided.
    let answer = before["messages"].as_array().and_then(|messages| messages.last()).expect("the answer");
    let span = &answer["removed"][0];
    let input = json!({ "message_id": answer["message_id"], "start": span["start"], "end": span["end"], "keep": true });
    let spans = format!("{path}/spans");
    assert_detail(&browser.post_json(&spans, &input).await, 409, "pair_differs_from_mail");
    assert_eq!(browser.get(&format!("{path}/messages")).await.1["matches_pair"], json!(false));
    assert_eq!(only_pair(&browser).await, changed, "nothing was changed");

    let (status, kept) = browser.post(&format!("{path}/keep")).await;
    assert_eq!((status, &kept["source"], &kept["client_text"]), (200, &json!("same"), &decided["client_text"]));
    let (status, again) = browser.post(&format!("{path}/keep")).await;
    assert_eq!((status, again), (200, kept), "keeping what is not flagged changes nothing");
    assert_eq!(browser.post_json(&spans, &input).await.0, 200, "its own messages are as they were");
    import(&app, &more("q3", 9, "It is the green one.")).await;
    assert_eq!(only_pair(&browser).await["source"], "changed", "the mail changed once more");

    let (status, adopted) = browser.post(&format!("{path}/adopt")).await;
    assert_eq!((status, &adopted["source"], &adopted["status"]), (200, &json!("same"), &json!("approved")));
    let text = adopted["client_text"].as_str().expect("text");
    assert!(text.contains("arrived broken") && text.contains("the bulb is fine."), "{text}");
    let (_, after) = browser.get(&format!("{path}/messages")).await;
    assert_eq!(after["matches_pair"], json!(true));
    assert!(after["count"].as_u64() > before["count"].as_u64(), "the messages follow too: {after}");
}

#[tokio::test]
async fn what_the_mail_no_longer_makes_cannot_be_adopted() {
    let (app, browser, path) = stage().await;
    browser.post_json(&format!("{path}/status"), &json!({ "status": "approved" })).await;
    // The client's address turns out to be one of ours: mail between colleagues makes no pair.
    import(&app, &letter("own", None, "Rosa Klein <rosa@client.example>", "else@client.example", 12, "Hello!")).await;
    let run = import_as(&app, "rosa@client.example").await;
    assert!(run.errors.is_empty());
    let by = replybook::types::Actor::command_line();
    replybook::pairs::rebuild(&app.domain, by, None, replybook::store::Apply::Yes).await.expect("rebuilt");
    let gone = only_pair(&browser).await;
    assert_eq!(gone["source"], "gone", "{gone}");
    assert_detail(&browser.post(&format!("{path}/adopt")).await, 409, "mail_makes_no_pair");
    let (status, kept) = browser.post(&format!("{path}/keep")).await;
    assert_eq!((status, &kept["source"], &kept["status"]), (200, &json!("same"), &json!("approved")));
}

async fn import_as(app: &TestApp, address: &str) -> replybook::types::SyncRun {
    let path = app.folder.path().join("as.mbox");
    std::fs::write(&path, letter("as", None, US, address, 13, "Good morning!")).expect("written");
    import::import_file(&app.domain, &path, address, |_| {}).await.expect("imported")
}

#[tokio::test]
async fn a_template_sent_many_times_is_one_group_that_is_decided_at_once() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let client = |number: u32| format!("Client {number} <c{number}@client.example>");
    let mbox: String = (1..=4)
        .map(|number| {
            let (question, answer) = (format!("q{number}"), format!("a{number}"));
            let said = if number == 4 {
                "Yes, that lamp can be dimmed with any switch that you like.".to_owned()
            } else {
                format!("Your order {number}00 was shipped today and will be with you in two days at the latest.")
            };
            letter(&question, None, &client(number), US, number, "Where is my parcel, please?")
                + &letter(&answer, Some(&question), US, &client(number), number + 4, &said)
        })
        .collect();
    import(&app, &mbox).await;
    let (_, page) = browser.get(PAIRS).await;
    let items = page["items"].as_array().expect("a list");
    let sizes: Vec<i64> = items.iter().filter_map(|pair| pair["duplicates"].as_i64()).collect();
    assert_eq!(sizes, [1, 3, 3, 3], "{page}");
    let (_, page) = browser.get(&format!("{PAIRS}?one_per_group=true")).await;
    let listed = page["items"].as_array().expect("a list");
    let sizes: Vec<i64> = listed.iter().filter_map(|pair| pair["duplicates"].as_i64()).collect();
    assert_eq!((sizes, page["count"].as_i64()), (vec![1, 3], Some(4)), "a line a group, and the pairs are counted");
    assert_eq!(browser.get(&format!("{PAIRS}?one_per_group=perhaps")).await.0, 400);
    let group = items[1]["group_id"].as_str().expect("a group");
    let (_, of_group) = browser.get(&format!("{PAIRS}?group={group}")).await;
    assert_eq!(of_group["count"], 3);
    assert_eq!(browser.get(&format!("{PAIRS}?group=none")).await.1["count"], 0);

    let rejected = items[1]["id"].as_str().expect("an id");
    browser.post_json(&format!("{PAIRS}/{rejected}/status"), &json!({ "status": "rejected" })).await;
    let path = format!("{PAIRS}/groups/{group}/status");
    let decide = async |body: Value| browser.post_json(&path, &body).await;
    assert_detail(&decide(json!({ "status": "approved", "expected": 3 })).await, 409, "pair_group_changed");
    let new = "a group can only be approved or rejected, not set back to new";
    assert_detail(&decide(json!({ "status": "new" })).await, 400, new);
    assert_eq!(decide(json!({ "status": "done" })).await.0, 400);
    assert_eq!(decide(json!({})).await.0, 400);
    let nowhere = browser.post_json(&format!("{PAIRS}/groups/none/status"), &json!({ "status": "approved" })).await;
    assert_detail(&nowhere, 404, "ai_email_pair_group_not_found");
    assert_eq!(browser.get(&format!("{PAIRS}?status=approved")).await.1["count"], 0, "nothing was decided so far");

    app.clock.advance(chrono::TimeDelta::seconds(1));
    let (status, done) = decide(json!({ "status": "approved", "expected": 2 })).await;
    let decided_at = done["decided_at"].clone();
    let expected = json!({ "group_id": group, "status": "approved", "decided": 2, "decided_at": decided_at });
    assert_eq!((status, done), (200, expected));
    // All of it is taken back in one step, and once.
    let undo = async || {
        let path = format!("{PAIRS}/groups/{group}/undo");
        browser.post_json(&path, &json!({ "decided_at": decided_at })).await
    };
    assert_eq!(undo().await, (200, json!({ "group_id": group, "undone": 2 })));
    assert_detail(&undo().await, 409, "nothing_to_undo");
    assert_eq!(decide(json!({ "status": "approved", "keep": "00000000-0000-0000-0000-000000000000" })).await.0, 400);
    assert_eq!(decide(json!({ "status": "approved", "expected": 2 })).await.0, 200);
    assert_eq!(browser.get(&format!("{PAIRS}?status=approved")).await.1["count"], 2);
    assert_eq!(browser.get(&format!("{PAIRS}?status=rejected")).await.1["count"], 1, "decided before: it stays");
    assert_eq!(browser.get(&format!("{PAIRS}?status=new")).await.1["count"], 1, "of another group");
    assert_eq!(decide(json!({ "status": "rejected" })).await.1["decided"], 0);
}

#[tokio::test]
async fn the_forms_of_an_open_pair_work_without_scripts() {
    let (app, browser, path) = stage().await;
    let (_, body) = browser.get(&format!("{path}/messages")).await;
    let answer = &body["messages"][1];
    let removed = answer["removed"].as_array().expect("a list");
    let span = removed.iter().find(|span| span["kind"] == "quoted_history").expect("a quotation");
    let id = only_pair(&browser).await["id"].as_str().expect("an id").to_owned();
    let then = format!("{}?pair={id}", paths::TRAINING);
    let (message, start, end) =
        (answer["message_id"].as_str().expect("an id"), span["start"].to_string(), span["end"].to_string());
    let form = |keep: &'static str, end: &str, then: &str| {
        [("id", id.as_str()), ("message_id", message), ("start", &start), ("end", end), ("keep", keep), ("then", then)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let send = async |browser: &Browser, path: &str, form: &[(&str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(path, &form).await
    };

    // The open pair offers it, in words.
    let page = browser.open(&then).await.text().await.expect("a page");
    for said in ["quoted history", "Put back", paths::PAIR_SPAN, "character"] {
        assert!(page.contains(said), "{said}");
    }
    let done = send(&browser, paths::PAIR_SPAN, &form("true", &end, &then)).await;
    assert_eq!((done.status().as_u16(), location(&done).as_str()), (303, then.as_str()));
    assert_eq!(only_pair(&browser).await["edited"], true);
    let page = browser.open(&then).await.text().await.expect("a page");
    assert!(page.contains("Remove again") && page.contains("put back: quoted history"));
    let page = browser.open(&format!("{then}&view=originals")).await.text().await.expect("a page");
    assert!(page.contains("As it came") && page.contains("In the pair"));

    // What does not work is said on the page it came from; nobody is led elsewhere.
    let refused = send(&browser, paths::PAIR_SPAN, &form("true", "1", &then)).await;
    assert_eq!(location(&refused), then);
    assert!(said(&refused).starts_with("This text was not removed from the pair"), "{}", said(&refused));
    let led = send(&browser, paths::PAIR_SPAN, &form("false", &end, "//evil.example")).await;
    assert_eq!(location(&led), paths::TRAINING);
    assert_eq!(only_pair(&browser).await["edited"], false);
    for broken in [vec![], vec![("id", "17".to_owned())]] {
        for action in ["span", "adopt", "keep", "group"] {
            let answer = send(&browser, &format!("{}pair-{action}", paths::ACTS), &broken).await;
            assert_eq!(answer.status().as_u16(), 400, "{action}");
        }
    }
    let nowhere = [("id", PairId::new().to_string()), ("then", then.clone())];
    for action in ["adopt", "keep"] {
        let answer = send(&browser, &format!("{}pair-{action}", paths::ACTS), &nowhere).await;
        assert_eq!(location(&answer), then);
        assert!(said(&answer).contains("no longer exists"), "{}", said(&answer));
    }

    let pair = only_pair(&browser).await;
    let of_pair = |expected: &str| {
        let group = pair["group_id"].as_str().expect("a group");
        [("group", group), ("status", "approved"), ("expected", expected), ("then", paths::OVERVIEW)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let answer = send(&browser, DecideGroup::url(), &of_pair("7")).await;
    assert_eq!((location(&answer).as_str(), told(&answer)["tone"].as_str()), (paths::OVERVIEW, Some("bad")));
    let answer = send(&browser, DecideGroup::url(), &of_pair("1")).await;
    assert_eq!((location(&answer).as_str(), said(&answer).as_str()), (paths::OVERVIEW, "Decided: 1 pair."));
    assert_eq!(only_pair(&browser).await["status"], "approved");

    // Not for others.
    let member = app.signed_in("m@replybook.example", Role::Member).await;
    for (action, form) in [
        ("span", form("true", &end, &then).to_vec()),
        ("adopt", nowhere.to_vec()),
        ("keep", nowhere.to_vec()),
        ("group", of_pair("1").to_vec()),
    ] {
        assert_eq!(
            send(&member, &format!("{}pair-{action}", paths::ACTS), &form).await.status().as_u16(),
            403,
            "{action}"
        );
        let answer = send(&app.anonymous(), &format!("{}pair-{action}", paths::ACTS), &form).await;
        assert!(location(&answer).starts_with(&format!("{}?next=", paths::LOGIN)), "{action}");
    }
    assert_eq!(only_pair(&browser).await["edited"], false);
}

#[tokio::test]
async fn a_pair_on_record_is_named_as_long_as_it_exists() {
    let (_app, browser, path) = stage().await;
    let pair = only_pair(&browser).await;
    let (status, _) = browser.post_json(&format!("{path}/status"), &json!({ "status": "approved" })).await;
    assert_eq!(status, 200);
    let decided = "/api/audit?action=pair_decided";
    let (_, acts) = browser.get(decided).await;
    assert_eq!(acts["items"][0]["target_name"], "The lamp", "{acts}");
    let page = browser.page(&format!("{}?act=pair_decided", paths::AUDIT)).await;
    assert!(page.contains("The lamp") && page.contains("new → approved"), "{page}");

    let account = pair["integration_account_id"].as_str().expect("an id");
    let delete = browser.request(reqwest::Method::DELETE, &format!("/api/integrations/accounts/{account}"));
    assert_eq!(delete.send().await.expect("an answer").status(), 204);
    let (_, acts) = browser.get(decided).await;
    assert_eq!(acts["items"][0]["target_name"], Value::Null, "no words of deleted mail are kept: {acts}");
    let page = browser.page(paths::AUDIT).await;
    assert!(page.contains("Deleted pair") && page.contains("me@x.example"), "{page}");
    assert!(page.contains("2 messages and 1 pair"), "{page}");
}

#[tokio::test]
async fn an_address_that_is_not_ours_after_all_is_taken_back() {
    let (_app, browser, _) = stage().await;
    let account = only_pair(&browser).await["integration_account_id"].as_str().expect("an id").to_owned();
    let addresses = format!("/api/integrations/accounts/{account}/addresses");
    let remove = async |address: &str| {
        let request = browser.request(reqwest::Method::DELETE, &format!("{addresses}/{address}"));
        crate::support::json(request.send().await.expect("an answer")).await
    };
    assert_detail(&remove("me@x.example").await, 409, "last_own_address");
    let more = json!({ "addresses": ["Info@x.example", "rosa@client.example"] });
    let (status, changed) = browser.post_json(&addresses, &more).await;
    assert_eq!((status, &changed["meta"]["aliases"]), (200, &json!(["info@x.example", "rosa@client.example"])));
    let (status, _) = browser.post_json(&addresses, &json!({ "addresses": ["nobody"] })).await;
    assert_eq!(status, 400);

    // The page asks first, and says what it does.
    let page = format!("{}/accounts/{account}", paths::INTEGRATIONS);
    let asks = browser.page(&format!("{page}?remove=rosa%40client.example")).await;
    assert!(asks.contains("Remove rosa@client.example?") && asks.contains("no longer count as your replies"), "{asks}");
    let other = browser.page(&format!("{page}?remove=nobody%40x.example")).await;
    assert!(!other.contains("Remove nobody@x.example?"), "{other}");
    let fields = [("id", account.as_str()), ("address", "rosa@client.example")];
    let removed = browser.submit(RemoveAddress::url(), &fields).await;
    assert_eq!((removed.status().as_u16(), location(&removed)), (303, page));
    let (status, changed) = remove("me%40x.example").await;
    assert_eq!((status, &changed["external_account_id"]), (200, &json!("me@x.example")), "it keeps its name");
    assert_eq!(
        (&changed["meta"]["named_by_other"], &changed["meta"]["aliases"]),
        (&json!(true), &json!(["info@x.example"]))
    );
    let shown = browser.page(&format!("/admin/integrations/accounts/{account}?remove=me%40x.example")).await;
    assert!(!shown.contains("Remove me@x.example?"), "it is no address of ours: {shown}");

    // What was typed stays where it is refused.
    let fields = [("id", account.as_str()), ("addresses", "sales@x.example, nobody")];
    let refused = browser.submit("/api/ui/own-addresses", &fields).await;
    assert_eq!(refused.status(), 303);
    let shown = browser.page(&location(&refused)).await;
    assert!(shown.contains("value=\"sales@x.example, nobody\""), "{shown}");
    let many: Vec<String> = (0..101).map(|number| format!("us{number}@x.example")).collect();
    let (status, body) = browser.post_json(&addresses, &json!({ "addresses": many })).await;
    assert_eq!(
        (status, body["detail"].as_str().map(|detail| detail.starts_with("too_many_own_addresses"))),
        (400, Some(true))
    );
}

#[tokio::test]
async fn nobody_approves_a_text_that_they_have_not_seen() {
    let (app, browser, path) = stage().await;
    let seen = only_pair(&browser).await;
    let as_of = seen["updated_at"].as_str().expect("a time");
    let (_, body) = browser.get(&format!("{path}/messages")).await;
    let message = &body["messages"][1];
    let span = &message["removed"][0];
    let put_back = json!({
        "message_id": message["message_id"], "start": span["start"], "end": span["end"], "keep": true
    });
    app.advance(chrono::TimeDelta::minutes(1));
    let (status, edited) = browser.post_json(&format!("{path}/spans"), &put_back).await;
    assert_eq!(status, 200, "{edited}");

    let decide = json!({ "status": "approved", "seen": "new", "updated_at": as_of });
    let refused = browser.post_json(&format!("{path}/status"), &decide).await;
    assert_detail(&refused, 409, "pair_changed_meanwhile");
    // A form says it too, and leaves the pair as it is.
    let id = seen["id"].as_str().expect("an id");
    let form = [("id", id), ("status", "approved"), ("seen", "new"), ("as_of", as_of)];
    let answer = browser.submit(DecidePair::url(), &form).await;
    assert!(said(&answer).starts_with("Somebody has changed this pair since you opened it"), "{}", said(&answer));
    assert_eq!(only_pair(&browser).await["status"], "new");

    let decide = json!({ "status": "approved", "seen": "new", "updated_at": edited["updated_at"] });
    let (status, approved) = browser.post_json(&format!("{path}/status"), &decide).await;
    assert_eq!((status, &approved["status"]), (200, &json!("approved")), "{approved}");
}

#[tokio::test]
async fn an_import_without_pairs_never_looks_simply_done() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let question = "Hello,\n\nthe lamp arrived broken. What can I do about it?";
    import(&app, &letter("q", None, CLIENT, US, 8, question)).await;
    let (_, accounts) = browser.get("/api/integrations/accounts").await;
    let account = accounts["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let runs = format!("/api/integrations/accounts/{account}/sync-runs");
    let run = browser.get(&runs).await.1["runs"][0].clone();
    assert_eq!((&run["state"], &run["found_no_pairs"]), (&json!("done"), &json!(true)), "{run}");
    let dialog = format!("{}?run={}", paths::INTEGRATIONS, run["id"].as_str().expect("an id"));
    let pages = [paths::OVERVIEW, paths::INTEGRATIONS, &format!("{}/accounts/{account}", paths::INTEGRATIONS), &dialog];
    for page in pages {
        let shown = browser.page(page).await;
        assert!(shown.contains("no pairs found") || shown.contains("no pair was found"), "{page}: {shown}");
        assert!(shown.contains("#our-addresses"), "{page} says where to go on");
        assert!(!shown.contains("pill good\">done"), "{page}: {shown}");
    }

    // With a reply there is a pair, and all is well.
    import(&app, &conversation()).await;
    let (_, list) = browser.get(&runs).await;
    assert!(list["runs"].as_array().expect("a list").iter().all(|run| run["found_no_pairs"] == false), "{list}");
    let shown = browser.page(paths::INTEGRATIONS).await;
    assert!(!shown.contains("no pairs found"), "{shown}");
}

#[tokio::test]
async fn an_import_of_mail_that_another_mailbox_has_names_that_mailbox() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    import(&app, &conversation()).await;
    let path = app.folder.path().join("again.mbox");
    std::fs::write(&path, conversation()).expect("written");
    let run = import::import_file(&app.domain, &path, "info@x.example", |_| {}).await.expect("imported");
    let first = only_pair(&browser).await["integration_account_id"].as_str().expect("an id").to_owned();
    let (_, told) = browser.get(&format!("/api/integrations/runs/{}", run.id)).await;
    let there = json!({ "account_id": first, "account_name": "Mbox – me@x.example", "threads": 1 });
    assert_eq!((&told["found_no_pairs"], &told["pairs_in"]), (&json!(false), &there), "{told}");
    let account = format!("/admin/integrations/accounts/{}", run.account_id);
    let dialog = format!("/admin/integrations?run={}", run.id);
    let link = format!("href=\"/admin/integrations/accounts/{first}\"");
    for (page, place) in [("the account", account.as_str()), ("the run", &dialog)] {
        let shown = browser.page(place).await;
        assert!(shown.contains("1 thread") && shown.contains("“Mbox – me@x.example”"), "{page}: {shown}");
        assert!(shown.contains(&link) && shown.contains("Open that mailbox"), "{page}: {shown}");
        assert!(!shown.contains("no pair was found") && !shown.contains("pill good\">done"), "{page}: {shown}");
    }
    let listed = browser.page("/admin/integrations").await;
    assert!(listed.contains("pairs in another mailbox") && !listed.contains("no pairs found"), "{listed}");
    let russian = browser.request(reqwest::Method::GET, &account).header("accept-language", "ru").send().await;
    let russian = russian.expect("an answer").text().await.expect("a page");
    assert!(russian.contains("1 беседа") && russian.contains("Открыть тот ящик"), "{russian}");
}

#[tokio::test]
async fn a_rejection_has_a_reason_that_goes_with_it() {
    let (app, browser, path) = stage().await;
    let decide = async |body: Value| browser.post_json(&format!("{path}/status"), &body).await;
    let (status, pair) = decide(json!({ "status": "rejected", "reason": "outdated" })).await;
    assert_eq!(
        (status, &pair["reject_reason"], &pair["reject_note"]),
        (200, &json!("outdated"), &json!(null)),
        "{pair}"
    );
    let (_, pair) = decide(json!({ "status": "rejected", "note": " Twice in the list " })).await;
    assert_eq!(
        (&pair["reject_reason"], &pair["reject_note"]),
        (&json!("other"), &json!("Twice in the list")),
        "{pair}"
    );
    for (body, said) in [
        (json!({ "status": "rejected", "reason": "bored" }), "bored"),
        (json!({ "status": "approved", "reason": "wrong" }), "only given with `rejected`"),
        (json!({ "status": "rejected", "note": "x".repeat(501) }), "500"),
    ] {
        let (status, refused) = decide(body).await;
        let detail = refused["detail"].as_str().expect("a detail");
        assert!(status == 400 && detail.contains(said), "{refused}");
    }
    let page = browser.open(&format!("{}?status=rejected", paths::TRAINING)).await.text().await.expect("a page");
    assert!(page.contains("Twice in the list") && page.contains(">other<"), "the list says why");
    let (_, pair) = decide(json!({ "status": "new" })).await;
    assert_eq!((&pair["reject_reason"], &pair["reject_note"]), (&json!(null), &json!(null)));

    // The form of an open pair has fields for it, whichever button is pressed.
    let id = pair["id"].as_str().expect("an id").to_owned();
    let page = browser.open(&format!("{}?pair={id}", paths::TRAINING)).await.text().await.expect("a page");
    assert!(page.contains("name=\"reason\"") && page.contains("name=\"note\""));
    let form = [("id", id.as_str()), ("status", "approved"), ("seen", "new"), ("reason", "wrong"), ("note", "")];
    let answer = browser.submit(DecidePair::url(), &form).await;
    assert_eq!(said(&answer), "Approved.");
    let form =
        [("id", id.as_str()), ("status", "rejected"), ("seen", "approved"), ("reason", "off_topic"), ("note", "")];
    browser.submit(DecidePair::url(), &form).await;
    assert_eq!(only_pair(&browser).await["reject_reason"], "off_topic");
    let audit = browser.page("/admin/audit").await;
    assert!(audit.contains("approved → rejected (off topic)"), "it is on record");

    // So does a whole group.
    decide(json!({ "status": "new" })).await;
    let group = only_pair(&browser).await["group_id"].as_str().expect("a group").to_owned();
    let body = json!({ "status": "rejected", "reason": "private" });
    let (status, decided) = browser.post_json(&format!("{PAIRS}/groups/{group}/status"), &body).await;
    assert_eq!((status, &decided["decided"]), (200, &json!(1)), "{decided}");
    assert_eq!(only_pair(&browser).await["reject_reason"], "private");
    let (status, _) = browser
        .post_json(&format!("{PAIRS}/groups/{group}/status"), &json!({ "status": "approved", "reason": "private" }))
        .await;
    assert_eq!(status, 400);
    drop(app);
}

#[tokio::test]
async fn the_last_step_is_taken_back_by_whoever_took_it() {
    let (app, browser, path) = stage().await;
    let undo = async |browser: &Browser, body: Value| browser.post_json(&format!("{PAIRS}/undo"), &body).await;
    assert_detail(&undo(&browser, json!({})).await, 409, "nothing_to_undo");
    browser.post_json(&format!("{path}/status"), &json!({ "status": "rejected", "reason": "wrong" })).await;
    let (status, steps) = browser.get(&format!("{PAIRS}/steps")).await;
    assert_eq!(
        (status, &steps["count"], &steps["items"][0]["status"]),
        (200, &json!(1), &json!("rejected")),
        "{steps}"
    );
    let other = app.signed_in("rev@replybook.example", Role::Reviewer).await;
    assert_detail(&undo(&other, json!({})).await, 409, "nothing_to_undo");

    let id = only_pair(&browser).await["id"].clone();
    app.advance(chrono::TimeDelta::minutes(3));
    let (status, undone) = undo(&browser, json!({ "pair_id": id })).await;
    assert_eq!((status, &undone["undone"], &undone["pair_id"]), (200, &json!(1), &id), "{undone}");
    let pair = only_pair(&browser).await;
    assert_eq!(
        (&pair["status"], &pair["reject_reason"], &pair["decided_by"]),
        (&json!("new"), &json!(null), &json!(null))
    );

    // Who comes second is told who was first, and when; the page says it too.
    browser.post_json(&format!("{path}/status"), &json!({ "status": "approved" })).await;
    other.post_json(&format!("{path}/status"), &json!({ "status": "rejected" })).await;
    app.advance(chrono::TimeDelta::minutes(2));
    let page = browser.open(paths::TRAINING).await.text().await.expect("a page");
    assert!(page.contains(": approved, 2 min ago"), "the page offers it");
    let answer = browser.submit(UndoStep::url(), &[("then", paths::TRAINING)]).await;
    assert_eq!(location(&answer), paths::TRAINING);
    assert!(said(&answer).starts_with("Rejected by ") && said(&answer).contains("2 min"), "{}", said(&answer));
    assert_eq!(only_pair(&browser).await["status"], "rejected");
    assert_detail(&undo(&browser, json!({})).await, 409, "nothing_to_undo");
    let answer = other.submit(UndoStep::url(), &[("then", paths::TRAINING)]).await;
    assert!(said(&answer).starts_with("Approved. “"), "{}", said(&answer));
    assert_eq!(only_pair(&browser).await["status"], "approved");
}

#[tokio::test]
async fn both_texts_are_edited_and_what_they_said_is_kept() {
    let (app, browser, path) = stage().await;
    let before = only_pair(&browser).await;
    let put = async |body: Value| {
        let request = browser.request(reqwest::Method::PUT, &format!("{path}/texts")).json(&body);
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json::<Value>().await.expect("JSON"))
    };
    let texts = |client: &str, reply: &str| json!({ "client_text": client, "our_reply_text": reply });
    app.advance(chrono::TimeDelta::minutes(1));
    let (status, pair) = put(texts("The lamp is broken.\r\n", "A new one is on its way.")).await;
    assert_eq!(
        (status, &pair["client_text"], &pair["edited"]),
        (200, &json!("The lamp is broken."), &json!(true)),
        "{pair}"
    );
    assert_eq!(pair["status"], "new");
    assert_eq!(pair["labels"]["reply_chars"], 24, "labels are those of the new text");
    let mut late = texts("x", "y");
    late["updated_at"] = before["updated_at"].clone();
    assert_detail(&put(late).await, 409, "pair_changed_meanwhile");
    for (body, code) in [(texts(" \n", "y"), "client_text is empty"), (texts("x", &"y".repeat(200_001)), "200000")] {
        let (status, refused) = put(body).await;
        assert!(status == 400 && refused["detail"].as_str().expect("a detail").contains(code), "{refused}");
    }
    let (_, edits) = browser.get(&format!("{path}/edits")).await;
    assert_eq!(
        (&edits["count"], &edits["items"][0]["was_reply_text"]),
        (&json!(1), &before["our_reply_text"]),
        "{edits}"
    );

    // The page shows who did it and what it said; the fields are there without scripts.
    let id = before["id"].as_str().expect("an id");
    let here = format!("{}?pair={id}", paths::TRAINING);
    let page = browser.open(&here).await.text().await.expect("a page");
    for said in ["Edited by ", "Before it was edited", "<del>", "Somebody edited this pair"] {
        assert!(page.contains(said), "{said}");
    }
    let page = browser.open(&format!("{here}&view=edit")).await.text().await.expect("a page");
    assert!(page.contains("name=\"client_text\"") && page.contains(EditTexts::url()));
    let stamp = only_pair(&browser).await["updated_at"].as_str().expect("a time").to_owned();
    let form = [
        ("id", id),
        ("client_text", "Broken lamp"),
        ("our_reply_text", "New lamp"),
        ("as_of", stamp.as_str()),
        ("approve", "true"),
        ("then", here.as_str()),
    ];
    app.advance(chrono::TimeDelta::minutes(1));
    let answer = browser.submit(EditTexts::url(), &form).await;
    assert_eq!((location(&answer), said(&answer).as_str()), (here.clone(), "Edited: “The lamp”"));
    let pair = only_pair(&browser).await;
    assert_eq!((&pair["status"], &pair["our_reply_text"]), (&json!("approved"), &json!("New lamp")));
    // A form that is late says so, and leads back.
    let answer = browser.submit(EditTexts::url(), &form).await;
    assert!(said(&answer).starts_with("Somebody has changed this pair since you opened it"), "{}", said(&answer));

    // Taken back one by one: the approval, the second edit, the first.
    for (status, reply) in [
        ("new", "New lamp"),
        ("new", "A new one is on its way."),
        ("new", before["our_reply_text"].as_str().expect("a text")),
    ] {
        let (code, undone) = browser.post_json(&format!("{PAIRS}/undo"), &json!({})).await;
        assert_eq!(code, 200, "{undone}");
        let pair = only_pair(&browser).await;
        assert_eq!((&pair["status"], &pair["our_reply_text"]), (&json!(status), &json!(reply)));
    }
    let pair = only_pair(&browser).await;
    assert_eq!((&pair["edited"], &pair["labels"]), (&json!(false), &before["labels"]), "as if nothing had been");
    let (_, messages) = browser.get(&format!("{path}/messages")).await;
    assert_eq!(messages["matches_pair"], true);

    // An edited pair follows its mail again when that is asked for.
    put(texts("a question", "an answer")).await;
    let (status, pair) = browser.post_json(&format!("{path}/adopt"), &json!({})).await;
    assert_eq!(
        (status, &pair["our_reply_text"], &pair["edited"]),
        (200, &before["our_reply_text"], &json!(false)),
        "{pair}"
    );
}
