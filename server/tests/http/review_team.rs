//! What a team has of its own in the review: tags, guidelines, and who is to review what.

use leptos::server_fn::ServerFn;
use replybook::types::Role;
use replybook_app::{
    pages::{
        guidelines::api::SaveGuidelines,
        tags::api::{DeleteTag, MoveTag, RetireTag, SaveTag},
        training::mark_forms::{AssignPair, AssignPairs, ShareOut, TagPair},
    },
    paths,
};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    opinions::{PAIRS, get, ids, stage},
    support::{
        TestApp, assert_detail,
        browser::{Browser, location, said},
    },
};

const TAGS: &str = "/api/integrations/review-tags";
const GUIDELINES: &str = "/api/integrations/review-guidelines";

async fn call(browser: &Browser, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = browser.request(method, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    crate::support::json(browser.send(request.build().expect("a request")).await).await
}

async fn tag(browser: &Browser, body: Value) -> String {
    let (status, tag) = call(browser, Method::POST, TAGS, Some(body)).await;
    assert_eq!(status, 201, "{tag}");
    tag["id"].as_str().expect("an id").to_owned()
}

async fn found(browser: &Browser, query: &str) -> Vec<String> {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let page = get(browser, &format!("?status=all&q={query}")).await;
    page["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|pair| pair["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn names(pair: &Value) -> Vec<&str> {
    pair["tags"].as_array().expect("tags").iter().map(|tag| tag["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_team_puts_its_own_tags_on_pairs() {
    let app = stage(3).await;
    let ann = app.admin().await;
    let bob = app.signed_in("bob@replybook.example", Role::Reviewer).await;
    let member = app.member().await;
    let pairs = ids(&ann).await;

    // The list is for admins to keep.
    let billing = json!({ "name": "Billing", "colour": "red", "description": "About money", "key": "B" });
    assert_eq!(call(&bob, Method::POST, TAGS, Some(billing.clone())).await.0, 403);
    assert_eq!(call(&member, Method::GET, TAGS, None).await.0, 403);
    let billing = tag(&ann, billing).await;
    let wrong = tag(&ann, json!({ "name": "Wrong price" })).await;
    for (body, detail) in [
        (json!({ "name": "BILLING" }), "tag_name_taken: another tag has this name"),
        (
            json!({ "name": "x", "key": "a" }),
            "tag_key_reserved: `a` does something else in the review; free are bcfhinpqstwy0789",
        ),
        (json!({ "name": "x", "key": "b" }), "tag_key_taken: `b` is the key of the tag `Billing`"),
        (json!({ "name": "x", "key": "ж" }), "tag_key_invalid: a key is one letter from a to z or one digit"),
        (json!({ "name": " " }), "name_missing"),
        (json!({ "name": "a\"b" }), "tag_name_quoted: a name has no quotation mark"),
        (json!({ "name": "x".repeat(41) }), "name must have at most 40 characters"),
    ] {
        assert_detail(&call(&ann, Method::POST, TAGS, Some(body)).await, 400, detail);
    }
    let (_, colour) = call(&ann, Method::POST, TAGS, Some(json!({ "name": "x", "colour": "mauve" }))).await;
    assert!(
        colour["detail"].as_str().is_some_and(|detail| detail.contains("mauve") && detail.contains("teal")),
        "{colour}"
    );

    // Whoever reviews puts them on pairs; who put one there is kept.
    let on = |pair: &str, tag: &str| format!("{PAIRS}/{pair}/tags/{tag}");
    assert_eq!(call(&member, Method::PUT, &on(&pairs[0], &billing), None).await.0, 403);
    let (status, pair) = call(&bob, Method::PUT, &on(&pairs[0], &billing), None).await;
    assert_eq!((status, names(&pair)), (200, vec!["Billing"]));
    assert_eq!(pair["tags"][0]["by"], "bob");
    let (_, again) = call(&ann, Method::PUT, &on(&pairs[0], &billing), None).await;
    assert_eq!(again["tags"][0]["by"], "bob", "it was there already");
    assert_eq!(call(&ann, Method::PUT, &on(&pairs[0], &wrong), None).await.0, 200);
    assert_eq!(call(&ann, Method::PUT, &on(&pairs[1], &wrong), None).await.0, 200);
    let nobody = "00000000-0000-0000-0000-000000000000";
    assert_detail(&call(&ann, Method::PUT, &on(nobody, &wrong), None).await, 404, "ai_email_pair_not_found");
    assert_detail(&call(&ann, Method::PUT, &on(&pairs[0], nobody), None).await, 404, "review_tag_not_found");

    // They are found, listed, counted, and shown.
    assert_eq!(found(&bob, "tag:\"wrong price\"").await, pairs[..2]);
    assert_eq!(found(&bob, "tag:billing").await, pairs[..1]);
    assert_eq!(found(&bob, "tag:billing -tag:wrong").await, [""; 0]);
    assert_eq!(found(&bob, "-is:tagged").await, pairs[2..]);
    let facets = get(&bob, "/facets?status=all").await;
    assert_eq!(
        facets["tag"][0],
        json!({ "value": "Wrong price", "count": 2, "exact": true }),
        "the most frequent first"
    );
    let page = bob.page(&format!("{}?pair={}&facets=1", paths::TRAINING, pairs[0])).await;
    assert!(
        page.contains("mark red") && (page.contains("tag:\"Wrong price\"") || page.contains("tag:&quot;Wrong price")),
        "{page}"
    );
    assert_eq!(
        call(&ann, Method::POST, &format!("{PAIRS}/{}/status", pairs[0]), Some(json!({ "status": "approved" })))
            .await
            .0,
        200
    );
    assert!(ann.page(paths::KNOWLEDGE).await.contains(">Wrong price<"));

    // Taking one off is a step as well.
    let (_, pair) = call(&ann, Method::DELETE, &on(&pairs[1], &wrong), None).await;
    assert_eq!(names(&pair), [""; 0]);
    assert_eq!(get(&ann, "/steps").await["items"][0]["tag"], "Wrong price");
    let (status, undone) = call(&ann, Method::POST, &format!("{PAIRS}/undo"), Some(json!({}))).await;
    assert_eq!((status, &undone["tagged"], &undone["pair_id"]), (200, &json!(true), &json!(pairs[1])));
    assert_eq!(found(&bob, "tag:wrong").await, pairs[..2]);

    // A retired one stays where it is; a deleted one goes.
    let change = json!({ "name": "Wrong price", "retired": true, "position": 1 });
    let (status, retired) = call(&ann, Method::PUT, &format!("{TAGS}/{wrong}"), Some(change)).await;
    assert_eq!((status, &retired["position"], &retired["retired"]), (200, &json!(1), &json!(true)));
    assert_detail(&call(&bob, Method::PUT, &on(&pairs[2], &wrong), None).await, 409, "review_tag_retired");
    let (_, tags) = call(&bob, Method::GET, TAGS, None).await;
    assert_eq!(
        (&tags["tags"][0]["name"], &tags["tags"][0]["pairs"], &tags["count"]),
        (&json!("Wrong price"), &json!(2), &json!(2))
    );
    assert_eq!(call(&bob, Method::DELETE, &format!("{TAGS}/{wrong}"), None).await.0, 403);
    assert_eq!(call(&ann, Method::DELETE, &format!("{TAGS}/{wrong}"), None).await, (200, json!({ "pairs": 2 })));
    assert_eq!(call(&ann, Method::DELETE, &format!("{TAGS}/{wrong}"), None).await.0, 404);
    assert_detail(
        &(get_refused(&bob, "?q=tag:wrong").await),
        400,
        "query_tag_unknown: the team has no tag `tag:wrong` (at character 1)",
    );
    let log = ann.page(paths::AUDIT).await;
    for act in ["Added a tag", "Changed a tag", "Deleted a tag", "Tagged a pair"] {
        assert!(log.contains(act), "{act}");
    }
}

async fn get_refused(browser: &Browser, path: &str) -> (u16, Value) {
    browser.get(&format!("{PAIRS}{path}")).await
}

#[tokio::test]
async fn tags_are_kept_and_used_by_forms_alone() {
    let app = stage(2).await;
    let ann = app.admin().await;
    let bob = app.signed_in("bob@replybook.example", Role::Reviewer).await;
    let pairs = ids(&ann).await;
    assert_eq!(bob.open(paths::TAGS).await.status(), 403);
    assert!(ann.page(paths::TAGS).await.contains("No tags yet"));
    let sent = ann
        .submit(SaveTag::url(), &[("name", "Late"), ("colour", "blue"), ("shortcut", "q"), ("description", "")])
        .await;
    assert_eq!((location(&sent).as_str(), said(&sent).as_str()), (paths::TAGS, "Saved: “Late”."));
    let refused = ann.submit(SaveTag::url(), &[("name", "Other"), ("colour", "blue"), ("shortcut", "r")]).await;
    assert!(said(&refused).contains("The key r does something else"), "{}", said(&refused));
    let id = ann.get(TAGS).await.1["tags"][0]["id"].as_str().expect("an id").to_owned();

    // A form without scripts goes back to where it stood, and the script of the page gets the marks.
    let sent = bob.submit(TagPair::url(), &[("id", &pairs[0]), ("tag", &id), ("on", "true")]).await;
    assert_eq!((sent.status().as_u16(), said(&sent).as_str()), (303, "Tagged: Late"));
    let form = format!("id={}&tag={id}&on=false", pairs[0]);
    let request = bob
        .request(Method::POST, TagPair::url())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(form);
    let (status, marked) = crate::support::json(bob.send(request.build().expect("a request")).await).await;
    assert_eq!((status, &marked["said"]), (200, &json!("Tag removed: Late")));
    let sheet = marked["sheet"].as_str().expect("HTML");
    assert!(sheet.contains("aria-pressed=\"false\"") && sheet.contains("data-mark-key=\"q\""), "{sheet}");

    assert_eq!(bob.submit(TagPair::url(), &[("id", &pairs[0]), ("tag", &id), ("on", "true")]).await.status(), 303);
    let page = ann.page(&format!("{}?delete={id}", paths::TAGS)).await;
    assert!(page.contains("It is removed from 1 pair."), "{page}");
    tag(&ann, json!({ "name": "Second" })).await;
    let moved = ann.submit(MoveTag::url(), &[("id", &id), ("position", "2")]).await;
    assert_eq!(said(&moved), "Moved: “Late”.");
    let retired = ann.submit(RetireTag::url(), &[("id", &id), ("retired", "true")]).await;
    assert!(said(&retired).contains("not offered any more"));
    let tags = ann.get(TAGS).await.1;
    assert_eq!(
        (&tags["tags"][1]["name"], &tags["tags"][1]["retired"], &tags["tags"][1]["key"]),
        (&json!("Late"), &json!(true), &json!("q"))
    );
    assert_eq!(said(&ann.submit(DeleteTag::url(), &[("id", &id)]).await), "Deleted, also from 1 pair.");
}

#[tokio::test]
async fn guidelines_stand_beside_the_work() {
    let app = stage(1).await;
    let ann = app.admin().await;
    let bob = app.signed_in("bob@replybook.example", Role::Reviewer).await;
    let write = async |by: &Browser, text: &str, seen: Value| {
        call(by, Method::PUT, GUIDELINES, Some(json!({ "text": text, "seen": seen }))).await
    };
    assert_eq!(call(&bob, Method::GET, GUIDELINES, None).await, (200, json!({ "guidelines": null })));
    assert_eq!(write(&bob, "x", Value::Null).await.0, 403);
    let text = "# Rules\n\n- be **kind** <script>alert(1)</script>\n- [more](javascript:alert(1)) or [here](https://x.example)";
    let (status, first) = write(&ann, text, json!(0)).await;
    let html = first["guidelines"]["html"].as_str().expect("HTML");
    assert_eq!((status, &first["guidelines"]["number"]), (200, &json!(1)));
    assert!(html.contains("<strong>kind</strong>") && html.contains("rel=\"noopener noreferrer nofollow\""), "{html}");
    assert!(!html.contains("<script") && !html.contains("javascript:"), "{html}");
    assert_detail(&write(&ann, &"ж".repeat(20_001), Value::Null).await, 400, "text must have at most 20000 characters");
    assert_detail(&write(&ann, "other", json!(0)).await, 409, "review_guidelines_changed_meanwhile");
    assert_eq!(write(&ann, text, json!(0)).await.1["guidelines"]["number"], 1, "it says so already");
    let (_, second) = write(&ann, "## Two", json!(1)).await;
    assert_eq!((&second["guidelines"]["number"], &second["guidelines"]["by"]), (&json!(2), &json!("admin")));

    // Reviewers read them beside the pairs, and every version.
    let page = bob.page(paths::TRAINING).await;
    assert!(page.contains("<h4>Two</h4>") && page.contains("commandfor=\"guidelines\""), "{page}");
    let versions = call(&bob, Method::GET, &format!("{GUIDELINES}/versions"), None).await.1;
    assert_eq!((&versions["count"], &versions["items"][1]["number"]), (&json!(2), &json!(1)));
    let earlier = call(&bob, Method::GET, &format!("{GUIDELINES}/versions/1"), None).await;
    assert_eq!((earlier.0, &earlier.1["text"]), (200, &json!(text)));
    assert_detail(
        &call(&bob, Method::GET, &format!("{GUIDELINES}/versions/9"), None).await,
        404,
        "review_guidelines_not_found",
    );
    assert_eq!(call(&bob, Method::GET, &format!("{GUIDELINES}/versions/x"), None).await.0, 400);
    let page = bob.page(&format!("{}?version=1", paths::GUIDELINES)).await;
    assert!(page.contains("This is version 1.") && page.contains("&lt;script&gt;"), "{page}");
    assert!(!bob.page(paths::GUIDELINES).await.contains("<textarea"), "only admins write");
    let sent = ann.submit(SaveGuidelines::url(), &[("text", ""), ("seen", "2")]).await;
    assert_eq!(said(&sent), "The guidelines are saved.");
    assert!(!bob.page(paths::TRAINING).await.contains("commandfor=\"guidelines\""));
    assert!(ann.page(paths::AUDIT).await.contains("Wrote the guidelines"));
}

async fn person(app: &TestApp, email: &str) -> (Browser, String) {
    let browser = app.signed_in(email, Role::Reviewer).await;
    let id = app.domain.store.deciders().await.expect("reads").into_iter().find(|(_, known, _)| known == email);
    (browser, id.expect("is there").0.to_string())
}

#[tokio::test]
async fn pairs_are_given_to_reviewers() {
    let app = stage(7).await;
    let ann = app.admin().await;
    let (bob, bob_id) = person(&app, "bob@replybook.example").await;
    let (cleo, cleo_id) = person(&app, "cleo@replybook.example").await;
    let member = app.user("mia@replybook.example", Role::Member).await.id.to_string();
    let pairs = ids(&ann).await;
    let assignee = |pair: &str| format!("{PAIRS}/{pair}/assignee");
    let (status, pair) = call(&cleo, Method::PUT, &assignee(&pairs[0]), Some(json!({ "user_id": bob_id }))).await;
    assert_eq!((status, &pair["assigned_to"], &pair["assigned_to_id"]), (200, &json!("bob"), &json!(bob_id)));
    for (pair, user, code) in
        [(pairs[0].as_str(), member.as_str(), "user_not_found"), (&member, &bob_id, "ai_email_pair_not_found")]
    {
        let refused = call(&ann, Method::PUT, &assignee(pair), Some(json!({ "user_id": user }))).await;
        assert_detail(&refused, 404, code);
    }
    assert_eq!(found(&bob, "assigned:me").await, pairs[..1]);
    assert_eq!(found(&cleo, "assigned:me").await, [""; 0]);
    assert_eq!(found(&cleo, "assigned:bob").await, pairs[..1]);
    assert_eq!(found(&cleo, "assigned:nobody").await, pairs[1..]);
    assert_eq!(found(&cleo, "-assigned:nobody").await, pairs[..1]);
    let facets = get(&bob, "/facets").await;
    assert_eq!(facets["assigned"][0], json!({ "value": "nobody", "count": 6, "exact": true }));
    // It is advice: whoever else reviews decides it all the same.
    let decided =
        call(&cleo, Method::POST, &format!("{PAIRS}/{}/status", pairs[0]), Some(json!({ "status": "approved" }))).await;
    assert_eq!((decided.0, &decided.1["assigned_to"]), (200, &json!("bob")));
    let page = bob.page(&format!("{}?status=all&pair={}", paths::TRAINING, pairs[0])).await;
    assert!(page.contains("Assigned to bob") && page.contains(">Mine<"), "{page}");

    // A page of them, to one.
    let assign = format!("{PAIRS}/assign");
    let some = json!({ "pair_ids": [pairs[1], pairs[2]], "user_id": cleo_id });
    assert_eq!(call(&bob, Method::POST, &assign, Some(some.clone())).await, (200, json!({ "changed": 2 })));
    assert_eq!(
        call(&bob, Method::POST, &assign, Some(some)).await,
        (200, json!({ "changed": 0 })),
        "they have them already"
    );
    let gone = json!({ "pair_ids": [pairs[3], member], "user_id": cleo_id });
    assert_eq!(call(&bob, Method::POST, &assign, Some(gone)).await.0, 404);
    assert_eq!(call(&bob, Method::POST, &assign, Some(json!({ "pair_ids": [], "user_id": null }))).await.0, 400);
    assert_eq!(found(&cleo, "assigned:me").await, pairs[1..3]);
    let back = json!({ "pair_ids": [pairs[2]], "user_id": null });
    assert_eq!(call(&bob, Method::POST, &assign, Some(back)).await, (200, json!({ "changed": 1 })));

    // The rest, by an admin. All of them are near duplicates, which stay together.
    let share = format!("{PAIRS}/share-out");
    let among = json!({ "user_ids": [bob_id, cleo_id], "status": "all", "most": 4 });
    assert_eq!(call(&bob, Method::POST, &share, Some(among.clone())).await.0, 403);
    for bad in [
        json!({ "user_ids": [] }),
        json!({ "user_ids": [bob_id], "most": 0 }),
        json!({ "user_ids": [bob_id], "q": "form:x" }),
    ] {
        assert_eq!(call(&ann, Method::POST, &share, Some(bad)).await.0, 400);
    }
    assert_detail(
        &call(&ann, Method::POST, &share, Some(json!({ "user_ids": [member] }))).await,
        404,
        "user_not_found",
    );
    let (status, shared) = call(&ann, Method::POST, &share, Some(among)).await;
    assert_eq!((status, &shared["assigned"], &shared["more"]), (200, &json!(4), &json!(true)), "{shared}");
    assert_eq!(shared["shares"], json!([{ "user_id": bob_id, "pairs": 4 }, { "user_id": cleo_id, "pairs": 0 }]));
    assert_eq!(found(&ann, "assigned:nobody").await.len(), 1);
    let (_, people) = call(&bob, Method::GET, &format!("{PAIRS}/reviewers"), None).await;
    let of = |email: &str| {
        people["items"].as_array().and_then(|all| all.iter().find(|one| one["email"] == email)).expect("is there")["pairs"].clone()
    };
    assert_eq!((of("bob@replybook.example"), of("cleo@replybook.example")), (json!(5), json!(1)));
    // The rest of the group follows whoever has most of it, though somebody else has less.
    let again = json!({ "user_ids": [cleo_id, bob_id], "status": "all", "most": 4 });
    let (status, shared) = call(&ann, Method::POST, &share, Some(again)).await;
    assert_eq!((status, &shared["assigned"], &shared["more"]), (200, &json!(1), &json!(false)), "{shared}");
    assert_eq!(shared["shares"], json!([{ "user_id": cleo_id, "pairs": 0 }, { "user_id": bob_id, "pairs": 1 }]));

    // Whoever is shut out, or reviews no more, gives back.
    let change = async |path: String, body: Value| {
        ann.request(Method::POST, &path).json(&body).send().await.expect("an answer").status()
    };
    assert_eq!(change(format!("/api/people/{bob_id}/deactivate"), json!({})).await, 204);
    assert_eq!(found(&ann, "assigned:bob").await, [""; 0]);
    assert_eq!(change(format!("/api/people/{cleo_id}/role"), json!({ "role": "member" })).await, 204);
    assert_eq!(found(&ann, "assigned:nobody").await.len(), 7);
    let log = ann.page(paths::AUDIT).await;
    assert!(log.contains("Assigned pairs") && log.contains("4 pairs to bob@replybook.example"), "{log}");
}

#[tokio::test]
async fn pairs_are_given_to_reviewers_by_forms_alone() {
    let app = stage(4).await;
    let ann = app.admin().await;
    let (bob, bob_id) = person(&app, "bob@replybook.example").await;
    let pairs = ids(&ann).await;
    let sent = bob.submit(AssignPair::url(), &[("id", &pairs[0]), ("user", &bob_id)]).await;
    assert_eq!(said(&sent), "Assigned to bob.");
    assert_eq!(said(&bob.submit(AssignPair::url(), &[("id", &pairs[0]), ("user", "")]).await), "Assigned to nobody.");
    let two = format!("{},{}", pairs[0], pairs[1]);
    assert_eq!(said(&bob.submit(AssignPairs::url(), &[("ids", &two), ("user", &bob_id)]).await), "Assigned: 2 pairs.");
    let shared =
        ann.submit(ShareOut::url(), &[("among[]", &bob_id), ("most", "100"), ("status", "new"), ("q", "")]).await;
    assert_eq!(said(&shared), "Shared out: 2 pairs.");
    let none = ann.submit(ShareOut::url(), &[("among[]", &bob_id), ("most", "100")]).await;
    assert!(said(&none).starts_with("Nothing to share out"), "{}", said(&none));
    assert_eq!(bob.submit(ShareOut::url(), &[("among[]", &bob_id), ("most", "1")]).await.status(), 403);
    let refused = ann.submit(ShareOut::url(), &[("most", "1")]).await;
    assert!(said(&refused).contains("1") && said(&refused).contains("50"), "{}", said(&refused));
}
