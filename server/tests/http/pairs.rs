//! Listing pairs and deciding about them.

use chrono::{NaiveTime, TimeDelta};
use replybook::{
    clock::Clock,
    types::{PairId, Role},
};
use replybook_app::paths;
use serde_json::{Value, json};

use crate::support::{TestApp, assert_detail, browser::Browser};

const PAIRS: &str = "/api/integrations/ai-email-pairs";

/// An application with `count` pairs, imported from an mbox.
async fn stage(count: usize) -> (TestApp, Browser) {
    stage_asking(count, "Hello, this is the question. When are you open?").await
}

/// The same, where every client asks this.
async fn stage_asking(count: usize, question: &str) -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let mbox: String = (0..count)
        .map(|number| {
            let (hour, minute) = (number / 60, number % 60);
            format!(
                "From c@client.example Thu Jan  1 00:00:00 2026\n\
                 From: Client {number} <c{number}@client.example>\nTo: me@x.example\nSubject: Question {number}\n\
                 Date: Thu, 1 Jan 2026 {hour:02}:{minute:02}:00 +0000\nMessage-ID: <q{number}@client.example>\n\n\
                 {question}\n\n\
                 From me@x.example Thu Jan  1 00:00:00 2026\n\
                 From: me@x.example\nTo: c{number}@client.example\nSubject: Re: Question {number}\n\
                 Date: Fri, 2 Jan 2026 {hour:02}:{minute:02}:00 +0000\nMessage-ID: <a{number}@x.example>\n\
                 In-Reply-To: <q{number}@client.example>\n\n\
                 We are open from nine to five, number {number}.\n\n"
            )
        })
        .collect();
    let path = app.folder.path().join("pairs.mbox");
    std::fs::write(&path, mbox).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    assert_eq!(usize::try_from(run.pairs_created), Ok(count), "{:?}", run.errors);
    (app, browser)
}

async fn list(browser: &Browser, query: &str) -> Value {
    let (status, body) = browser.get(&format!("{PAIRS}{query}")).await;
    assert_eq!(status, 200, "{query}: {body}");
    body
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|pair| pair["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn pages_by_offset_and_by_cursor_show_the_same_pairs() {
    let (_app, browser) = stage(7).await;
    let whole = ids(&list(&browser, "").await);
    assert_eq!(whole.len(), 7);
    let by_offset = [list(&browser, "?limit=4").await, list(&browser, "?limit=4&offset=4").await];
    assert_eq!(by_offset.iter().flat_map(ids).collect::<Vec<_>>(), whole);
    assert_eq!(
        (&by_offset[1]["count"], &by_offset[1]["limit"], &by_offset[1]["offset"]),
        (&json!(7), &json!(4), &json!(4))
    );

    let mut by_cursor = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = list(&browser, &query).await;
        by_cursor.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query =
            format!("?limit=3&cursor={}", url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect::<String>());
    }
    assert_eq!(by_cursor, whole);
}

#[tokio::test]
async fn a_cursor_skips_nothing_when_pairs_are_decided_meanwhile() {
    let (_app, browser) = stage(6).await;
    let whole = ids(&list(&browser, "").await);
    let first = list(&browser, "?limit=3").await;
    for id in ids(&first) {
        browser.post_json(&format!("{PAIRS}/{id}/status"), &json!({ "status": "approved" })).await;
    }
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    assert_eq!(ids(&list(&browser, &format!("?limit=3&cursor={cursor}")).await), whole[3..]);
}

#[tokio::test]
async fn a_pair_goes_through_every_status_and_back() {
    let (_app, browser) = stage(1).await;
    let id = ids(&list(&browser, "").await).remove(0);
    for status in ["approved", "rejected", "new"] {
        let (code, pair) = browser.post_json(&format!("{PAIRS}/{id}/status"), &json!({ "status": status })).await;
        assert_eq!((code, pair["status"].as_str()), (200, Some(status)));
        assert_eq!(ids(&list(&browser, &format!("?status={status}")).await), [id.as_str()]);
    }
}

#[tokio::test]
async fn an_unknown_status_is_refused_and_changes_nothing() {
    let (_app, browser) = stage(1).await;
    let id = ids(&list(&browser, "").await).remove(0);
    for status in ["done", "", "Approved", "all", "approved "] {
        let (code, body) = browser.post_json(&format!("{PAIRS}/{id}/status"), &json!({ "status": status })).await;
        assert_eq!(code, 400, "{status:?}");
        assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("new, approved, rejected")), "{body}");
    }
    let (code, body) = browser.get(&format!("{PAIRS}?status=unknown")).await;
    assert_eq!(code, 400);
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("pair status")), "{body}");
    assert_eq!(list(&browser, "?status=new").await["count"], 1);
}

#[tokio::test]
async fn a_pair_that_is_not_there_is_404() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let path = format!("{PAIRS}/{}", PairId::new());
    assert_detail(&browser.get(&path).await, 404, "ai_email_pair_not_found");
    let answer = browser.post_json(&format!("{path}/status"), &json!({ "status": "approved" })).await;
    assert_detail(&answer, 404, "ai_email_pair_not_found");
}

#[tokio::test]
async fn filters_by_account() {
    let (_app, browser) = stage(2).await;
    let pair = list(&browser, "").await["items"][0].clone();
    let account = pair["integration_account_id"].as_str().expect("an id");
    assert_eq!(list(&browser, &format!("?integration_account_id={account}")).await["count"], 2);
    assert_eq!(list(&browser, &format!("?integration_account_id={}", PairId::new())).await["count"], 0);
}

#[tokio::test]
async fn a_list_carries_a_bounded_part_of_long_texts_and_says_so() {
    let long = "My heater makes a noise at night, and I cannot say where it comes from.\n".repeat(20_000);
    let (_app, browser) = stage_asking(3, long.trim_end()).await;
    let page = list(&browser, "").await;
    let mut carried = 0;
    for pair in page["items"].as_array().expect("a list") {
        let question = pair["client_text"].as_str().expect("a text");
        carried += question.len();
        assert_eq!(pair["truncated"], true);
        assert!(long.starts_with(question.split_whitespace().next().expect("the beginning is there")));
        let id = pair["id"].as_str().expect("an id");
        let (status, whole) = browser.get(&format!("{PAIRS}/{id}")).await;
        assert_eq!((status, &whole["truncated"]), (200, &json!(false)), "{id}");
        assert!(whole["client_text"].as_str().expect("a text").len() > question.len());
    }
    assert!((1 << 20..=2 << 20).contains(&carried), "{carried} bytes");
    let (_app, browser) = stage(1).await;
    assert_eq!(list(&browser, "").await["items"][0]["truncated"], false);
}

#[tokio::test]
async fn a_filter_that_does_not_exist_is_refused_and_never_ignored() {
    let (_app, browser) = stage(1).await;
    for path in [
        "/api/integrations/ai-email-pairs?account=7",
        "/api/knowledge-base?acount=7",
        "/api/knowledge-base/export?account=all&query=x",
        "/api/audit?user=1",
        "/api/email/threads?query=x",
        "/api/integrations/accounts?owner=1",
        "/api/integrations/events?account=1",
    ] {
        let (status, body) = browser.get(path).await;
        assert_eq!(status, 400, "{path}: {body}");
        assert!(body["detail"].as_str().expect("words").contains("unknown field"), "{path}: {body}");
    }
}

#[tokio::test]
async fn progress_counts_what_was_decided_by_whom_and_when() {
    let (app, browser) = stage(7).await;
    let progress = async |query: &str| {
        let (status, body) = browser.get(&format!("{PAIRS}/progress{query}")).await;
        assert_eq!(status, 200, "{body}");
        body
    };
    let before = progress("").await;
    assert_eq!((&before["counts"]["new"], before["days"].as_array().map(Vec::len)), (&json!(7), Some(30)));
    assert_eq!((&before["reviewers"], &before["accounts"]), (&json!([]), &json!([])));

    // To noon, so that no day ends between two decisions.
    let noon = (app.clock_day() + TimeDelta::days(1)).and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
    app.advance(noon - app.clock.now());
    let other = app.signed_in("second@replybook.example", Role::Reviewer).await;
    let pairs = ids(&list(&browser, "").await);
    let decide = async |browser: &Browser, pair: &str, status: &str| {
        let (code, body) = browser.post_json(&format!("{PAIRS}/{pair}/status"), &json!({ "status": status })).await;
        assert_eq!(code, 200, "{body}");
    };
    for pair in &pairs[..3] {
        decide(&browser, pair, "approved").await;
        app.advance(TimeDelta::seconds(8));
    }
    app.advance(TimeDelta::days(1));
    decide(&browser, &pairs[3], "rejected").await;
    decide(&other, &pairs[4], "approved").await;
    decide(&other, &pairs[5], "approved").await;
    decide(&other, &pairs[5], "new").await;

    let after = progress("").await;
    assert_eq!(after["counts"], json!({ "new": 2, "approved": 4, "rejected": 1 }));
    let days = after["days"].as_array().expect("a list");
    let sums = |day: &Value| (day["approved"].as_i64().expect("a number"), day["rejected"].as_i64().expect("a number"));
    assert_eq!(days[27..].iter().map(sums).collect::<Vec<_>>(), [(0, 0), (3, 0), (1, 1)]);
    let reviewers: Vec<Value> = after["reviewers"].as_array().expect("a list").clone();
    assert_eq!(reviewers.iter().map(sums).collect::<Vec<_>>(), [(3, 1), (1, 0)]);
    assert_eq!(reviewers[0]["seconds_per_decision"], 8, "the day between is a pause");
    assert_eq!(reviewers[1]["seconds_per_decision"], Value::Null);
    assert_eq!(after["accounts"].as_array().expect("a list").iter().map(sums).collect::<Vec<_>>(), [(4, 1)]);

    assert_eq!(after["languages"].as_array().expect("a list").iter().map(sums).collect::<Vec<_>>(), [(4, 1)]);
    assert_eq!(after["languages_exact"], true);

    let short = progress("?days=1").await;
    assert_eq!(short["days"].as_array().expect("a list").iter().map(sums).collect::<Vec<_>>(), [(1, 1)]);
    for days in ["0", "91", "x", "-1"] {
        assert_eq!(browser.get(&format!("{PAIRS}/progress?days={days}")).await.0, 400, "{days}");
    }
    let page = browser.page(paths::PROGRESS).await;
    assert!(page.contains("By reviewer") && page.contains("8 s") && page.contains("75%"), "{page}");
}
