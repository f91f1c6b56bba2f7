//! Second opinions about decided pairs.

use std::fmt::Write as _;

use chrono::TimeDelta;
use replybook::types::Role;
use replybook_app::paths;
use serde_json::{Value, json};

use crate::support::{TestApp, assert_detail, browser::Browser};

pub const PAIRS: &str = "/api/integrations/ai-email-pairs";

/// An application with so many pairs.
pub async fn stage(count: usize) -> TestApp {
    let app = TestApp::start().await;
    let mut mbox = String::new();
    for number in 0..count {
        let _written = write!(
            mbox,
            "From c@client.example Thu Jan  1 00:00:00 2026\n\
             From: c{number}@client.example\nTo: me@x.example\nSubject: Question {number}\n\
             Date: Thu, 1 Jan 2026 00:{number:02}:00 +0000\nMessage-ID: <q{number}@client.example>\n\n\
             Where is my parcel number {number}?\n\n\
             From me@x.example Thu Jan  1 00:00:00 2026\n\
             From: me@x.example\nTo: c{number}@client.example\nSubject: Re: Question {number}\n\
             Date: Fri, 2 Jan 2026 00:{number:02}:00 +0000\nMessage-ID: <a{number}@x.example>\n\
             In-Reply-To: <q{number}@client.example>\n\nParcel {number} arrives tomorrow.\n\n"
        );
    }
    let path = app.folder.path().join("pairs.mbox");
    std::fs::write(&path, mbox).expect("written");
    let run = replybook::import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    assert_eq!(usize::try_from(run.pairs_created), Ok(count), "{:?}", run.errors);
    app
}

pub async fn get(browser: &Browser, path: &str) -> Value {
    let (status, body) = browser.get(&format!("{PAIRS}{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn post(browser: &Browser, path: &str, status: &str) -> (u16, Value) {
    browser.post_json(&format!("{PAIRS}/{path}"), &json!({ "status": status })).await
}

/// Decides a pair, a second after whatever was before.
async fn decide(app: &TestApp, browser: &Browser, pair: &str, status: &str) {
    app.advance(TimeDelta::seconds(1));
    let (code, body) = post(browser, &format!("{pair}/status"), status).await;
    assert_eq!(code, 200, "{body}");
}

pub async fn ids(browser: &Browser) -> Vec<String> {
    let page = get(browser, "").await;
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|pair| pair["id"].as_str().expect("an id").to_owned()).collect()
}

async fn set_share(browser: &Browser, share: i64) -> u16 {
    browser.put_json(&format!("{PAIRS}/opinions/share"), &json!({ "share": share })).await.0
}

#[tokio::test]
async fn a_second_reviewer_decides_blind_and_disagreements_are_settled() {
    let app = stage(5).await;
    let ann = app.admin().await;
    let bob = app.signed_in("bob@replybook.example", Role::Reviewer).await;
    let pairs = ids(&ann).await;
    decide(&app, &ann, &pairs[4], "approved").await;
    assert_eq!(get(&bob, "/opinions").await["waiting"], 0, "nobody asked for any");

    assert_eq!(set_share(&bob, 100).await, 403);
    assert_eq!(set_share(&ann, 101).await, 400);
    assert_eq!(set_share(&ann, 100).await, 200);
    decide(&app, &ann, &pairs[0], "approved").await;
    decide(&app, &ann, &pairs[1], "rejected").await;
    decide(&app, &ann, &pairs[2], "approved").await;
    decide(&app, &ann, &pairs[3], "approved").await;
    assert_eq!(
        (&get(&ann, "/opinions").await["waiting"], &get(&bob, "/opinions").await["waiting"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(get(&ann, "/opinions/next").await["next"], Value::Null, "nobody is asked about what they decided");

    let next = get(&bob, "/opinions/next").await;
    assert_eq!(next["next"]["pair_id"], *pairs[0]);
    let words = next.to_string();
    assert!(!words.contains("approved") && !words.contains("decided"), "it is blind: {words}");
    let page = bob.page(paths::OPINIONS).await;
    assert!(page.contains("Where is my parcel number 4?") && page.contains("arrives tomorrow"), "{page}");
    let cursor = next["next"]["cursor"].as_str().expect("a place");
    assert_eq!(get(&bob, &format!("/opinions/next?after={cursor}")).await["next"]["pair_id"], *pairs[1], "for later");

    // What was taken back waits no more, and what was decided anew counts as it is now.
    decide(&app, &ann, &pairs[3], "new").await;
    decide(&app, &ann, &pairs[2], "rejected").await;
    assert_eq!(get(&bob, "/opinions").await["waiting"], 3);
    assert_eq!(post(&ann, &format!("{}/opinion", pairs[0]), "approved").await.0, 409);
    assert_detail(&post(&bob, &format!("{}/opinion", pairs[3]), "approved").await, 404, "opinion_not_asked");
    assert_eq!(post(&bob, &format!("{}/opinion", pairs[0]), "new").await.0, 400);
    let (code, given) = post(&bob, &format!("{}/opinion", pairs[0]), "approved").await;
    assert_eq!((code, &given["first_status"]), (200, &json!("approved")));
    assert_eq!(post(&bob, &format!("{}/opinion", pairs[1]), "rejected").await.0, 200);
    assert_eq!(post(&bob, &format!("{}/opinion", pairs[2]), "approved").await.0, 200);
    let again = post(&bob, &format!("{}/opinion", pairs[2]), "approved").await;
    assert_detail(&again, 409, "opinion_already_given");

    let all = get(&ann, "/opinions").await;
    let agreement = &all["agreement"];
    assert_eq!((&agreement["pairs"], &agreement["second_approved"]), (&json!(3), &json!(1)));
    let kappa = agreement["kappa"]["value"].as_f64().expect("there is something to compare");
    assert!((kappa - 0.4).abs() < 1e-9, "{kappa}");
    assert_eq!((&all["disagreement_count"], &all["disagreements"][0]["pair_id"]), (&json!(1), &json!(pairs[2])));
    assert_eq!(get(&ann, &format!("/{}", pairs[2])).await["status"], "rejected", "the first decision stands");
    let page = ann.page(paths::OPINIONS).await;
    assert!(page.contains("Disagreements") && page.contains("0.40"), "{page}");

    assert_eq!(post(&ann, &format!("{}/settle", pairs[0]), "approved").await.0, 404, "there they agree");
    let (code, settled) = post(&ann, &format!("{}/settle", pairs[2]), "approved").await;
    assert_eq!((code, &settled["status"]), (200, &json!("approved")));
    assert_eq!(get(&ann, "/opinions").await["disagreement_count"], 0);
    assert_eq!(get(&ann, "/opinions").await["agreement"]["second_approved"], 1, "what they thought stays counted");

    // Taken back, they disagree again. Where it left the pair as it was, there is no step.
    assert_eq!(get(&ann, "/steps").await["items"][0]["pair_id"], *pairs[2]);
    let (code, undone) = ann.post_json(&format!("{PAIRS}/undo"), &json!({})).await;
    assert_eq!((code, &undone["pair_id"]), (200, &json!(pairs[2])), "{undone}");
    assert_eq!(get(&ann, &format!("/{}", pairs[2])).await["status"], "rejected", "as it was");
    assert_eq!(get(&ann, "/opinions").await["disagreement_count"], 1);
    let steps = get(&ann, "/steps").await;
    assert_eq!(post(&ann, &format!("{}/settle", pairs[2]), "rejected").await.0, 200);
    assert_eq!(get(&ann, "/opinions").await["disagreement_count"], 0);
    assert_eq!(get(&ann, "/steps").await, steps);
    let log = ann.page(paths::AUDIT).await;
    assert!(log.contains("Gave a second opinion") && log.contains("Settled a disagreement"), "{log}");
}

#[tokio::test]
async fn deciding_a_pair_anew_settles_what_reviewers_disagreed_about() {
    let app = stage(2).await;
    let ann = app.admin().await;
    let bob = app.signed_in("bob@replybook.example", Role::Reviewer).await;
    assert_eq!(set_share(&ann, 100).await, 200);
    for pair in ids(&ann).await {
        decide(&app, &ann, &pair, "approved").await;
        assert_eq!(post(&bob, &format!("{pair}/opinion"), "rejected").await.0, 200);
        assert_eq!(get(&ann, "/opinions").await["disagreement_count"], 1);
        decide(&app, &ann, &pair, "rejected").await;
        let after = get(&ann, "/opinions").await;
        assert_eq!(after["disagreement_count"], 0);
    }
    assert_eq!(get(&ann, "/opinions").await["agreement"]["first_approved"], 2);
}
