//! Decisions about many pairs at once, and trust rules: over the API, and by forms.

use chrono::TimeDelta;
use leptos::server_fn::ServerFn;
use replybook::{types::Role, worker};
use replybook_app::{
    pages::{
        bulk::api::{AskBulk, CancelBulk, UndoBulk},
        rules::api::{ApplyRule, SaveRule, SwitchRule},
        training::pick_forms::DecidePicked,
    },
    paths,
};
use serde_json::{Value, json};

use crate::{
    opinions::{ids, stage},
    support::{
        TestApp, assert_detail,
        browser::{Browser, location, said},
    },
};

const BULK: &str = "/api/integrations/ai-email-pairs/bulk-decisions";
const RULES: &str = "/api/trust-rules";

async fn work(app: &TestApp) {
    app.advance(TimeDelta::seconds(1));
    worker::run_once(&app.domain).await.expect("works");
}

async fn get(browser: &Browser, path: &str) -> Value {
    let (status, body) = browser.get(path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn ask(browser: &Browser, body: Value) -> Value {
    let (status, bulk) = browser.post_json(BULK, &body).await;
    assert_eq!(status, 202, "{bulk}");
    bulk
}

fn one(bulk: &Value) -> String {
    format!("{BULK}/{}", bulk["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn all_that_a_search_finds_are_decided_and_taken_back() {
    let app = stage(6).await;
    let ann = app.signed_in("ann@replybook.example", Role::Reviewer).await;
    let bob = app.signed_in("bob@replybook.example", Role::Reviewer).await;
    let admin = app.admin().await;
    let member = app.member().await;
    let preview = get(&ann, &format!("{BULK}/preview?q=parcel%20-%22number%205%22")).await;
    assert_eq!((&preview["matched"], &preview["matched_exact"]), (&json!(5), &json!(true)));
    assert_eq!(preview["examples"].as_array().map(Vec::len), Some(5));
    assert_eq!(member.get(BULK).await.0, 403);
    assert_eq!(member.get(&format!("{BULK}/preview")).await.0, 403);
    let wish = json!({ "q": "parcel", "decision": "rejected", "reason": "outdated", "as_of": preview["as_of"] });
    assert_eq!(member.post_json(BULK, &wish).await.0, 403);
    for (wrong, detail) in [
        (json!({ "decision": "maybe" }), "`maybe` is no pair status; the values are: new, approved, rejected"),
        (json!({ "decision": "approved", "reason": "wrong" }), "a reason or a note is only given with `rejected`"),
        (
            json!({ "decision": "approved", "status": "x" }),
            "`x` is no pair status; the values are: new, approved, rejected",
        ),
    ] {
        assert_detail(&ann.post_json(BULK, &wrong).await, 400, detail);
    }
    let refused = ann.post_json(BULK, &json!({ "decision": "approved", "q": "form:ann" })).await;
    assert!(refused.0 == 400 && refused.1.to_string().contains("query_operator_unknown"), "{refused:?}");
    let nothing = ann.post_json(BULK, &json!({ "decision": "approved", "status": "rejected" })).await;
    assert_detail(&nothing, 409, "nothing_to_decide");

    let bulk = ask(&ann, wish).await;
    assert_eq!((&bulk["state"], &bulk["matched"], &bulk["decided"]), (&json!("waiting"), &json!(6), &json!(0)));
    work(&app).await;
    let done = get(&bob, &one(&bulk)).await;
    assert_eq!((&done["state"], &done["decided"], &done["reason"]), (&json!("done"), &json!(6), &json!("outdated")));
    assert_eq!(get(&bob, BULK).await["count"], 1);
    assert_detail(&ann.post(&format!("{}/cancel", one(&bulk))).await, 409, "bulk_decision_is_over");
    assert_eq!(bob.post(&format!("{}/undo", one(&bulk))).await.0, 403, "it is Ann's");
    assert_eq!(member.post(&format!("{}/undo", one(&bulk))).await.0, 403);
    let (status, undoing) = admin.post(&format!("{}/undo", one(&bulk))).await;
    assert_eq!((status, &undoing["state"]), (202, &json!("undoing")));
    work(&app).await;
    let undone = get(&ann, &one(&bulk)).await;
    assert_eq!((&undone["state"], &undone["undone"]), (&json!("undone"), &json!(6)));
    assert_detail(&admin.post(&format!("{}/undo", one(&bulk))).await, 409, "nothing_to_undo");

    let second = ask(&ann, json!({ "decision": "approved" })).await;
    assert_eq!(bob.post(&format!("{}/cancel", one(&second))).await.0, 403);
    let (status, cancelled) = ann.post(&format!("{}/cancel", one(&second))).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")));
    let unknown = format!("{BULK}/00000000-0000-0000-0000-000000000000");
    assert_detail(&ann.get(&unknown).await, 404, "bulk_decision_not_found");
    assert_detail(&ann.post(&format!("{unknown}/undo")).await, 404, "bulk_decision_not_found");
    let log = admin.page(paths::AUDIT).await;
    for act in
        ["Asked for a bulk decision", "Bulk decision finished", "Undid a bulk decision", "Cancelled a bulk decision"]
    {
        assert!(log.contains(act), "{act}");
    }
}

#[tokio::test]
async fn the_page_asks_shows_how_far_it_is_and_takes_it_back() {
    let app = stage(4).await;
    let ann = app.signed_in("ann@replybook.example", Role::Reviewer).await;
    let page = ann.page(paths::TRAINING).await;
    assert!(page.contains("Decide all 4 at once"), "{page}");
    assert!(ann.page(&format!("{}?q=parcel", paths::TRAINING)).await.contains("Decide all 4 that match"));
    let asks = format!("{}?status=new&q=parcel", paths::BULK);
    let page = ann.page(&asks).await;
    assert!(page.contains("Decide 4 pairs?") && page.contains("Where is my parcel number 3?"), "{page}");
    let refused = ann.page(&format!("{}?status=new&q=form%3Ax", paths::BULK)).await;
    assert!(refused.contains("is no operator"), "{refused}");
    assert!(ann.page(&format!("{}?status=rejected", paths::BULK)).await.contains("No pair matches"));

    // Without a decision, or without the tick, nothing is done.
    let fields = [("status", "new"), ("q", "parcel"), ("reason", "wrong"), ("note", "")];
    for more in [("decision", "approved"), ("sure", "yes")] {
        let response = ann.submit(AskBulk::url(), &[&fields[..], &[more]].concat()).await;
        assert_eq!((response.status().as_u16(), location(&response)), (303, asks.clone()));
        said(&response);
    }
    assert_eq!(get(&ann, BULK).await["count"], 0);
    let form = [&fields[..], &[("decision", "approved"), ("sure", "yes")]].concat();
    let response = ann.submit(AskBulk::url(), &form).await;
    let place = location(&response);
    assert!(place.starts_with(&format!("{}?id=", paths::BULK)), "{place}");
    let id = place.split_once("id=").expect("an id").1.to_owned();
    let page = ann.page(&place).await;
    assert!(page.contains("Approve 4 pairs") && page.contains("Cancel the rest"), "{page}");
    assert!(page.contains("No worker is running"), "it says why nothing goes on: {page}");
    work(&app).await;
    let page = ann.page(&place).await;
    assert!(page.contains("Undo 4 pairs") && !page.contains("Cancel the rest"), "{page}");
    let over = ann.submit(CancelBulk::url(), &[("id", &id)]).await;
    assert!(said(&over).contains("already over"));
    assert_eq!(location(&ann.submit(UndoBulk::url(), &[("id", &id)]).await), place);
    work(&app).await;
    assert!(ann.page(&place).await.contains("undone"));
    let events = format!("{}?id={id}", paths::BULK_EVENTS);
    let stream = ann.open(&events).await.text().await.expect("it ends");
    assert!(stream.contains("event: standing") && stream.contains("id: over"), "{stream}");
    assert_eq!(app.member().await.open(&events).await.status(), 403);
}

#[tokio::test]
async fn picked_pairs_are_decided_together() {
    let app = stage(4).await;
    let ann = app.admin().await;
    let pairs = ids(&ann).await;
    let path = "/api/integrations/ai-email-pairs/picked";
    let (status, done) = ann.post_json(path, &json!({ "pair_ids": pairs[..2], "status": "approved" })).await;
    assert_eq!((status, done), (200, json!({ "decided": 2, "skipped": 0, "unchanged": 0 })));
    assert_detail(
        &ann.post_json(path, &json!({ "pair_ids": [], "status": "approved" })).await,
        400,
        "pair_ids must name 1 to 200 pairs",
    );
    let member = app.member().await;
    assert_eq!(member.post_json(path, &json!({ "pair_ids": pairs, "status": "approved" })).await.0, 403);
    // By the form of the page, with what browsers send.
    app.advance(TimeDelta::seconds(1));
    let form =
        [("ids[]", &*pairs[0]), ("ids[]", &pairs[2]), ("status", "rejected"), ("reason", "private"), ("note", "")];
    let response = ann.submit(DecidePicked::url(), &form).await;
    assert_eq!((response.status().as_u16(), location(&response)), (303, paths::TRAINING.to_owned()));
    assert_eq!(said(&response), "Rejected: 2 pairs.");
    let rejected = get(&ann, "/api/integrations/ai-email-pairs?status=rejected").await;
    assert_eq!((&rejected["count"], &rejected["items"][0]["reject_reason"]), (&json!(2), &json!("private")));
    let none = ann.submit(DecidePicked::url(), &[("status", "rejected")]).await;
    assert_eq!(said(&none), "Select 1 to 200 pairs first.");
    let page = ann.page(paths::TRAINING).await;
    assert!(page.contains(&format!("value=\"{}\" form=\"picked\"", pairs[3])), "{page}");
    let (_, undone) = ann.post_json("/api/integrations/ai-email-pairs/undo", &json!({})).await;
    assert_eq!((&undone["undone"], &undone["stayed"]), (&json!(2), &json!(0)), "{undone}");
}

#[tokio::test]
async fn rules_are_for_admins_and_say_what_they_decided() {
    let app = stage(5).await;
    work(&app).await;
    let admin = app.admin().await;
    let ann = app.signed_in("ann@replybook.example", Role::Reviewer).await;
    let wish = json!({ "name": "often", "least_quality": 0, "least_said": 2 });
    assert_eq!(ann.post_json(RULES, &wish).await.0, 403);
    assert_eq!(ann.get(RULES).await.0, 403);
    let (status, rule) = admin.post_json(RULES, &wish).await;
    assert_eq!((status, &rule["on_since"]), (201, &Value::Null), "{rule}");
    assert_detail(&admin.post_json(RULES, &wish).await, 400, "name_taken");
    for wrong in [
        json!({ "name": " " }),
        json!({ "name": "x", "least_quality": 101 }),
        json!({ "name": "x", "least_said": 0 }),
        json!({ "name": "x", "language": "English" }),
    ] {
        assert_eq!(admin.post_json(RULES, &wrong).await.0, 400, "{wrong}");
    }
    let path = format!("{RULES}/{}", rule["id"].as_str().expect("an id"));
    assert_eq!(ann.get(&format!("{path}/dry-run")).await.0, 403);
    assert_eq!(ann.post_json(&format!("{path}/apply"), &json!({})).await.0, 403);
    assert_eq!(ann.put_json(&format!("{path}/automatic"), &json!({ "on": true })).await.0, 403);
    let dry = get(&admin, &format!("{path}/dry-run")).await;
    assert_eq!(dry["matched"], 5, "{dry}");
    let page = admin.page(&format!("{}?try={}", paths::RULES, rule["id"].as_str().expect("an id"))).await;
    assert!(page.contains("It would approve 5 pairs now.") && page.contains("Approve 5 pairs now"), "{page}");
    let (status, bulk) = admin.post_json(&format!("{path}/apply"), &json!({ "as_of": dry["as_of"] })).await;
    assert_eq!((status, &bulk["rule"]), (202, &json!("often")));
    work(&app).await;
    let approved = get(&ann, "/api/integrations/ai-email-pairs?status=approved").await;
    assert_eq!((&approved["count"], &approved["items"][0]["decided_by_rule"]), (&json!(5), &json!("often")));
    let pair = approved["items"][0]["id"].as_str().expect("an id");
    let open = ann.page(&format!("{}?status=all&pair={pair}", paths::TRAINING)).await;
    assert!(open.contains("by rule “often”"), "{open}");
    assert!(ann.page(paths::BULK).await.contains("by rule “often”"));

    let (status, on) = admin.put_json(&format!("{path}/automatic"), &json!({ "on": true })).await;
    assert!(status == 200 && on["on_since"].is_string(), "{on}");
    assert!(admin.page(paths::RULES).await.contains("Turn off"));
    let (status, changed) = admin.put_json(&path, &json!({ "name": "often", "least_said": 4 })).await;
    assert_eq!((status, &changed["on_since"], &changed["least_quality"]), (200, &Value::Null, &json!(90)));
    let id = rule["id"].as_str().expect("an id");
    let form = [("id", id), ("name", "Often"), ("least_quality", "x"), ("least_said", "2"), ("account", "")];
    let response = admin.submit(SaveRule::url(), &form).await;
    assert!(location(&response).starts_with(&format!("{}?edit=", paths::RULES)));
    let response = admin.submit(SwitchRule::url(), &[("id", id), ("on", "true")]).await;
    assert_eq!(said(&response), "“often” now approves pairs as they arrive.");
    assert_eq!(
        said(&admin.submit(ApplyRule::url(), &[("id", id)]).await),
        "No pair matches, so there is nothing to decide."
    );
    let deleted = admin.request(reqwest::Method::DELETE, &path).send().await.expect("an answer");
    assert_eq!(deleted.status(), 204);
    assert_detail(&admin.get(&format!("{path}/dry-run")).await, 404, "trust_rule_not_found");
    let log = admin.page(paths::AUDIT).await;
    for act in ["Saved a trust rule", "Turned on a trust rule", "Deleted a trust rule"] {
        assert!(log.contains(act), "{act}");
    }
}

#[tokio::test]
async fn many_pairs_are_tagged_and_given_to_somebody() {
    let app = stage(5).await;
    let admin = app.admin().await;
    let ann = app.signed_in("ann@replybook.example", Role::Reviewer).await;
    let (_, tag) = admin.post_json("/api/integrations/review-tags", &json!({ "name": "Late" })).await;
    let tag = tag["id"].as_str().expect("an id").to_owned();
    let me = get(&ann, "/api/auth/me").await;
    let me = me["id"].as_str().expect("an id").to_owned();
    for (wrong, status) in [
        (json!({ "q": "parcel" }), 400),
        (json!({ "tag": tag, "decision": "approved" }), 400),
        (json!({ "tag": tag, "untag": tag }), 400),
        (json!({ "tag": tag, "note": "why" }), 400),
        (json!({ "assign_to": "somebody" }), 400),
        (json!({ "tag": "00000000-0000-0000-0000-000000000000" }), 404),
        (json!({ "assign_to": "00000000-0000-0000-0000-000000000000" }), 404),
    ] {
        assert_eq!(ann.post_json(BULK, &wrong).await.0, status, "{wrong}");
    }
    let bulk = ask(&ann, json!({ "q": "parcel", "tag": tag })).await;
    assert_eq!((&bulk["act"], &bulk["tag_id"], &bulk["about"]), (&json!("tag"), &json!(tag), &json!("Late")));
    work(&app).await;
    let done = get(&ann, &one(&bulk)).await;
    assert_eq!((&done["state"], &done["decided"], &done["fault"]), (&json!("done"), &json!(5), &Value::Null));
    assert_eq!(
        get(&ann, "/api/integrations/ai-email-pairs?q=tag%3Alate").await["items"].as_array().map(Vec::len),
        Some(5)
    );
    let (status, _) = ann.post(&format!("{}/undo", one(&bulk))).await;
    assert_eq!(status, 202);
    work(&app).await;
    assert_eq!(get(&ann, &one(&bulk)).await["undone"], 5);
    let bulk = ask(&ann, json!({ "assign_to": me })).await;
    work(&app).await;
    assert_eq!((&bulk["act"], &bulk["assign_to_id"]), (&json!("assign"), &json!(me)));
    assert_eq!(
        get(&ann, "/api/integrations/ai-email-pairs?q=assigned%3Ame").await["items"].as_array().map(Vec::len),
        Some(5)
    );
    let bulk = ask(&ann, json!({ "assign_to": "nobody" })).await;
    work(&app).await;
    assert_eq!(get(&ann, &one(&bulk)).await["decided"], 5);

    // By the forms of the pages.
    let page = ann.page(&format!("{}?status=new&q=parcel", paths::BULK)).await;
    assert!(
        page.contains("Tag all of them") && page.contains("Assign all of them") && page.contains(">Late<"),
        "{page}"
    );
    let fields = [("status", "new"), ("q", "parcel"), ("reason", ""), ("note", ""), ("sure", "yes"), ("user", "")];
    let form = [&fields[..], &[("decision", "tag"), ("tag", &*tag)]].concat();
    let place = location(&ann.submit(AskBulk::url(), &form).await);
    let page = ann.page(&place).await;
    assert!(page.contains("Tag “Late”: 5 pairs"), "{page}");
    assert_eq!(
        ann.request(reqwest::Method::DELETE, &format!("/api/integrations/review-tags/{tag}"))
            .send()
            .await
            .expect("an answer")
            .status(),
        403
    );
    let deleted = admin.request(reqwest::Method::DELETE, &format!("/api/integrations/review-tags/{tag}")).send().await;
    assert_eq!(deleted.expect("an answer").status(), 200);
    work(&app).await;
    let page = ann.page(&place).await;
    assert!(page.contains("The tag was deleted.") && page.contains("Tag “Late”"), "it says why: {page}");
    let log = admin.page(paths::AUDIT).await;
    assert!(log.contains("tag “Late”: 5 pairs") && log.contains("5 pairs to "), "{log}");
}

#[tokio::test]
async fn picked_pairs_are_tagged_and_assigned_together() {
    let app = stage(4).await;
    let ann = app.admin().await;
    let pairs = ids(&ann).await;
    let path = "/api/integrations/ai-email-pairs/picked";
    let (_, tag) = ann.post_json("/api/integrations/review-tags", &json!({ "name": "Late" })).await;
    let tag = tag["id"].as_str().expect("an id").to_owned();
    let (status, done) = ann.post_json(path, &json!({ "pair_ids": pairs[..2], "tag": tag })).await;
    assert_eq!((status, done), (200, json!({ "decided": 2, "skipped": 0, "unchanged": 0 })));
    assert_eq!(ann.post_json(path, &json!({ "pair_ids": pairs })).await.0, 400, "nothing is to be done");
    let steps = get(&ann, "/api/integrations/ai-email-pairs/steps").await;
    assert_eq!((&steps["items"][0]["tag"], &steps["items"][0]["status"]), (&json!("Late"), &Value::Null), "{steps}");
    app.advance(TimeDelta::seconds(1));
    let picked =
        [("ids[]", &*pairs[0]), ("ids[]", &*pairs[3]), ("reason", ""), ("note", ""), ("tag", &*tag), ("user", "")];
    let page = ann.page(paths::TRAINING).await;
    assert!(page.contains("Tag the selected pairs") && page.contains("Assign the selected pairs"), "{page}");
    let response = ann.submit(DecidePicked::url(), &[&picked[..], &[("status", "tag")]].concat()).await;
    assert_eq!(said(&response), "Tagged “Late”: 1 pair. Already so: 1.");
    let (_, undone) = ann.post_json("/api/integrations/ai-email-pairs/undo", &json!({})).await;
    assert_eq!((&undone["undone"], &undone["tagged"]), (&json!(1), &json!(true)), "{undone}");
    let response = ann.submit(DecidePicked::url(), &[&picked[..], &[("status", "untag")]].concat()).await;
    assert_eq!(said(&response), "Tag “Late” removed: 1 pair. Already so: 1.");
    app.advance(TimeDelta::seconds(1));
    let me = get(&ann, "/api/auth/me").await;
    let me = me["id"].as_str().expect("an id").to_owned();
    let (status, done) = ann.post_json(path, &json!({ "pair_ids": pairs, "assign_to": me })).await;
    assert_eq!((status, &done["decided"]), (200, &json!(4)));
    app.advance(TimeDelta::seconds(1));
    let response = ann.submit(DecidePicked::url(), &[&picked[..], &[("status", "assign")]].concat()).await;
    assert_eq!(said(&response), "Assigned to nobody: 2 pairs.");
    let (_, undone) = ann.post_json("/api/integrations/ai-email-pairs/undo", &json!({})).await;
    assert_eq!((&undone["undone"], &undone["assigned"]), (&json!(2), &json!(true)), "{undone}");
}

#[tokio::test]
async fn the_progress_says_what_approved_pairs_rest_on() {
    let app = stage(5).await;
    let ann = app.admin().await;
    let pairs = ids(&ann).await;
    let path = "/api/integrations/ai-email-pairs/picked";
    ann.post_json(path, &json!({ "pair_ids": pairs[..2], "status": "approved" })).await;
    app.advance(TimeDelta::seconds(1));
    ask(&ann, json!({ "decision": "approved" })).await;
    work(&app).await;
    let progress = get(&ann, "/api/integrations/ai-email-pairs/progress").await;
    let basis = &progress["approval_basis"];
    assert_eq!((&basis["approved"], &basis["picked"], &basis["bulk"]), (&json!(5), &json!(2), &json!(3)), "{basis}");
    assert_eq!(progress["account_basis"][0]["approved"], 5);
    let page = ann.page(paths::PROGRESS).await;
    assert!(
        page.contains("What the approved pairs rest on") && page.contains("Selected in the list: 2 (40%)"),
        "{page}"
    );
}
