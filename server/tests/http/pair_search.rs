//! Searching pairs: over REST and on the page, with saved searches.

use leptos::server_fn::ServerFn;
use replybook::{
    import,
    types::{PairId, Role},
};
use replybook_app::pages::training::view_forms::{DeleteView, SaveView};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location},
};

const PAIRS: &str = "/api/integrations/ai-email-pairs";
const PAGE: &str = "/admin/ai-email-training";

/// Six questions of clients with their answers, a day apart.
async fn stage() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let texts = [
        (
            "Anna Lee",
            "Where is my parcel? It was to come on Monday.",
            "The parcel left our warehouse on Friday, and is on its way.",
        ),
        (
            "Bob Ray",
            "The lamp that I ordered arrived broken, sadly.",
            "A new lamp leaves our warehouse today, with our apologies.",
        ),
        (
            "Ольга Ёлкина",
            "Здравствуйте! Не проходит платёж за мой заказ, помогите, пожалуйста.",
            "Здравствуйте! Платёж прошёл, ваш заказ уже собирают на складе.",
        ),
        (
            "Jörg Groß",
            "Can I have a refund for my order number 4711?",
            "Of course: the refund for your order will be with you in three days.",
        ),
        (
            "Anna Lee",
            "Is the parcel insured on the way to me?",
            "Every parcel is insured up to five hundred euros on its way.",
        ),
        (
            "Mia Wong",
            "Do you sell gift cards in your shop?",
            "We do: gift cards of ten to two hundred euros are at the till.",
        ),
    ];
    let mbox: String = (1..)
        .zip(texts)
        .map(|(number, (name, question, answer))| {
            let client = format!("\"{name}\" <c{number}@client.example>");
            let letter = |id: String, from: &str, to: &str, hour: i32, answers: String, body: &str| {
                format!(
                    "From x@mail.example Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: Question {number}\n\
                     Date: Thu, {number} Jan 2026 {hour:02}:00:00 +0000\nMessage-ID: <{id}@mail.example>\n{answers}\
                     Content-Type: text/plain; charset=utf-8\n\n{body}\n\n"
                )
            };
            letter(format!("q{number}"), &client, "Shop <me@x.example>", 8, String::new(), question)
                + &letter(
                    format!("a{number}"),
                    "Shop <me@x.example>",
                    &client,
                    10,
                    format!("In-Reply-To: <q{number}@mail.example>\n"),
                    answer,
                )
        })
        .collect();
    let path = app.folder.path().join(format!("{}.mbox", PairId::new()));
    std::fs::write(&path, mbox).expect("written");
    let run = import::import_file(&app.domain, &path, "me@x.example", |_| {}).await.expect("imported");
    assert!(run.errors.is_empty(), "{:?}", run.errors);
    (app, browser)
}

fn subjects(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("a list").iter().map(|pair| pair["subject"].as_str().expect("has one")).collect()
}

/// What a search finds.
async fn found(browser: &Browser, query: &str) -> Vec<String> {
    let (status, page) = browser.get(&format!("{PAIRS}?{query}")).await;
    assert_eq!(status, 200, "{query}: {page}");
    subjects(&page).into_iter().map(|subject| subject.trim_start_matches("Question ").to_owned()).collect()
}

#[tokio::test]
async fn pairs_are_searched_sorted_and_counted() {
    let (app, browser) = stage().await;
    for (query, expected) in [
        ("q=parcel", vec!["5", "1"]),
        ("q=parcel&sort=oldest", vec!["1", "5"]),
        ("q=parcel%20-insured", vec!["1"]),
        ("q=%22on%20its%20way%22", vec!["5", "1"]),
        ("q=%22way%20its%22", vec![]),
        ("q=from%3Aanna%20friday", vec!["1"]),
        ("q=from%3Agro%C3%9F", vec!["4"]),
        ("q=%D0%9F%D0%9B%D0%90%D0%A2%D0%95%D0%96", vec!["3"]),
        ("q=lang%3Aru", vec!["3"]),
        ("q=after%3A2026-01-05", vec!["6", "5"]),
        ("q=before%3A2026-01-03%20warehouse", vec!["2", "1"]),
        ("q=is%3Aapproved", vec![]),
        ("q=refund&status=rejected", vec![]),
        ("q=refund&status=all&provider=mbox", vec!["4"]),
        ("q=refund&provider=gmail", vec![]),
        ("q=%20&sort=", vec!["6", "5", "4", "3", "2", "1"]),
    ] {
        assert_eq!(found(&browser, query).await, expected, "{query}");
    }
    let (_, page) = browser.get(&format!("{PAIRS}?q=parcel&limit=1")).await;
    assert_eq!(
        (&page["count"], &page["count_exact"], &page["not_searchable_yet"]),
        (&json!(2), &json!(true), &json!(0))
    );
    let next = page["next_cursor"].as_str().expect("there is more");
    assert_eq!(found(&browser, &format!("q=parcel&limit=1&cursor={next}")).await, ["1"]);
    assert_eq!(found(&browser, "q=parcel&offset=1").await, ["1"]);
    assert_eq!(found(&browser, "sort=repeated").await.len(), 6);
    assert_eq!(found(&browser, "sort=quality").await.len(), 6);

    // What is decided is found as what it is, and a status in the search takes the place of the other.
    let (_, page) = browser.get(&format!("{PAIRS}?q=refund")).await;
    let id = page["items"][0]["id"].as_str().expect("an id").to_owned();
    browser.post_json(&format!("{PAIRS}/{id}/status"), &json!({"status": "approved"})).await;
    assert_eq!(found(&browser, "q=is%3Aapproved").await, ["4"]);
    assert_eq!(found(&browser, "q=decided-by%3Ame%20decided%3A1h&status=all").await, ["4"]);
    assert_eq!(found(&browser, "q=refund").await, [""; 0]);

    let (status, facets) = browser.get(&format!("{PAIRS}/facets?q=-refund&status=all")).await;
    assert_eq!(status, 200, "{facets}");
    assert_eq!(facets["status"], json!([{"value": "new", "count": 5, "exact": true}]));
    let ru = facets["lang"].as_array().expect("a list").iter().find(|facet| facet["value"] == "ru").expect("is there");
    assert_eq!(ru["count"], 1);

    for (query, detail) in [
        (
            "q=a%20form%3Ax",
            "query_operator_unknown: `form:` at character 3 is no operator; they are from:, to:, subject:, lang:, label:, \
             tag:, assigned:, is:, quality:, decided:, decided-by:, before:, after:, month:, account:; quote it to search for the words",
        ),
        ("q=lang%3A", "query_value_missing: `lang:` at character 1 needs a value, e.g. en, ru, none"),
        ("q=%22a", "query_quote_unclosed: the quotation mark at character 1 has no second one"),
        ("q=%25", "query_without_words: there is no letter and no digit to search for"),
        (
            "q=account%3Anone",
            "query_account_unknown: no account has `account:none` (at character 1) in its name or address",
        ),
        ("sort=best", "`best` is no sort; the values are: newest, oldest, quality, repeated, uncertain"),
        ("q=a&cursor=17_x", "the cursor is not one that a page of this list gave out"),
        ("q=a&offset=1001", "offset must be a whole number from 0 to 1000"),
    ] {
        let answer = browser.get(&format!("{PAIRS}?{query}")).await;
        assert_detail(&answer, 400, detail);
    }
    assert_eq!(browser.get(&format!("{PAIRS}/facets?q=form%3Ax")).await.0, 400);
    let member = app.member().await;
    assert_eq!(member.get(&format!("{PAIRS}/facets")).await.0, 403);
}

#[tokio::test]
async fn searches_are_saved_over_rest_and_on_the_page() {
    let (app, browser) = stage().await;
    let views = format!("{PAIRS}/views");
    let body = json!({"name": "Russian", "shared": true, "status": "all", "q": "lang:ru", "sort": "oldest"});
    let (status, view) = browser.post_json(&views, &body).await;
    assert_eq!(
        (status, &view["own"], &view["q"], &view["sort"]),
        (200, &json!(true), &json!("lang:ru"), &json!("oldest"))
    );
    let refused = browser.post_json(&views, &json!({"name": "x", "q": "form:x"})).await;
    assert_eq!(refused.0, 400, "{}", refused.1);
    assert_eq!(browser.post_json(&views, &json!({"name": " "})).await.0, 400);

    let reviewer = app.signed_in("rev@x.example", Role::Reviewer).await;
    let (_, listed) = reviewer.get(&views).await;
    assert_eq!((&listed["count"], &listed["views"][0]["own"]), (&json!(1), &json!(false)));
    let path = format!("{views}/{}", view["id"].as_str().expect("an id"));
    let refused = reviewer.request(Method::DELETE, &path).send().await.expect("an answer");
    assert_eq!(refused.status(), 404, "it is another's");

    // What the list can be narrowed to is counted where it is asked for, and beside a search.
    let narrow = |page: &str| page.contains("class=\"facet\"");
    let page = browser.page(PAGE).await;
    assert!(!narrow(&page) && page.contains("facets=1"), "{page}");
    assert!(narrow(&browser.page(&format!("{PAGE}?facets=1")).await));
    assert!(narrow(&browser.page(&format!("{PAGE}?q=-refund")).await));

    // The page lists it, and its forms save and delete without scripts.
    let page = browser.page(&format!("{PAGE}?q=lang%3Aru")).await;
    assert!(page.contains("Saved searches (1)") && page.contains("Question 3"), "{page}");
    assert!(!page.contains("Question 4"));
    let then = format!("{PAGE}?q=parcel");
    let form = [("name", "Mine"), ("status", "new"), ("q", "parcel"), ("then", then.as_str())];
    let answer = browser.submit(SaveView::url(), &form).await;
    assert_eq!(location(&answer), then);
    assert_eq!(browser.get(&views).await.1["count"], 2);
    let answer = browser.submit(DeleteView::url(), &[("id", view["id"].as_str().expect("an id"))]).await;
    assert_eq!(location(&answer), PAGE);
    assert_eq!(browser.get(&views).await.1["count"], 1);
    let (_, audit) = browser.get("/api/audit?action=pair_view_unshared").await;
    assert_eq!(audit["items"][0]["target_name"], "Russian", "{audit}");

    // A search that is not understood stays in its field, with what is wrong.
    let page = browser.page(&format!("{PAGE}?q=form%3Aann")).await;
    assert!(page.contains("is no operator of the search") && page.contains("form:ann"), "{page}");
}
