//! The keys of the review that somebody chooses.

use replybook::types::Role;
use replybook_app::paths;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, TestApp, assert_detail, browser::Browser};

const KEYS: &str = "/api/auth/me/review-keys";

async fn choose(browser: &Browser, keys: &Value) -> (u16, Value) {
    let request = browser.request(Method::PUT, KEYS).json(&json!({ "keys": keys }));
    support::json(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn keys_are_chosen_over_rest_and_shown_to_their_person_alone() {
    let app = TestApp::start().await;
    let (reviewer, admin) = (app.signed_in("rev@x.example", Role::Reviewer).await, app.admin().await);
    let (status, standard) = reviewer.get(KEYS).await;
    assert_eq!((status, standard["keys"]["approve"].as_str()), (200, Some("a")), "{standard}");

    let (status, own) = choose(&reviewer, &json!({ "approve": "W", "reject": "a" })).await;
    assert_eq!((status, &own["keys"]["approve"], &own["keys"]["reject"]), (200, &json!("w"), &json!("a")), "{own}");
    assert_eq!(own["keys"]["next"], "j", "what is not named is the standard");
    assert_eq!(reviewer.get(KEYS).await, (200, own.clone()));
    assert_eq!(admin.get(KEYS).await.1, standard);
    let page = reviewer.open(paths::TRAINING).await.text().await.expect("a page");
    assert!(page.contains("data-keys=\"wa ar\""), "scripts are told");
    assert!(!admin.open(paths::TRAINING).await.text().await.expect("a page").contains("data-keys"));

    for (keys, said) in [
        (json!({ "approve": "j" }), "key_taken: approve cannot have j, another command has it"),
        (json!({ "edit": "\u{444}" }), "key_unusable: edit cannot have `\u{444}`; "),
        (json!({ "edit": "g" }), "key_unusable: edit cannot have `g`; "),
    ] {
        let (status, answer) = choose(&reviewer, &keys).await;
        assert!(status == 400 && answer["detail"].as_str().is_some_and(|text| text.starts_with(said)), "{answer}");
    }
    assert_eq!(choose(&reviewer, &json!({ "dance": "w" })).await.0, 400);
    assert_eq!(reviewer.get(KEYS).await, (200, own), "what is refused changes nothing");
    assert_eq!(choose(&reviewer, &json!({})).await.1, standard);
    assert_detail(&app.member().await.get(KEYS).await, 403, "reviewer_required");
}

#[tokio::test]
async fn keys_are_chosen_on_ones_own_page() {
    let app = TestApp::start().await;
    let browser = app.signed_in("rev@x.example", Role::Reviewer).await;
    let answer = browser.submit(paths::REVIEW_KEYS, &[("keys[approve]", "w"), ("keys[next]", "n")]).await;
    assert_eq!(answer.status(), 303);
    let page = browser.open(paths::ME).await.text().await.expect("a page");
    assert!(page.contains("Your keys are saved.") && page.contains("data-keys=\"nj wa\""), "{page}");
    browser.submit(paths::REVIEW_KEYS, &[("keys[approve]", "n"), ("keys[next]", "n")]).await;
    let page = browser.open(paths::ME).await.text().await.expect("a page");
    assert!(page.contains("The key “n” would do two things."), "{page}");
    assert_eq!(page.matches("value=\"n\"").count(), 2, "what was typed is there");
    browser.submit(paths::REVIEW_KEYS, &[]).await;
    assert!(!browser.open(paths::ME).await.text().await.expect("a page").contains("data-keys"));
}
