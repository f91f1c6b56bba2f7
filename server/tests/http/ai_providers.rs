//! Providers of language models: set up, tested, refused, and held to a budget.

use std::{sync::Arc, time::Duration};

use replybook::{
    ai::{self, Ask, CallError, Patience, TextSide},
    types::{AiKind, AiPurpose},
};
use replybook_app::paths;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    ai::AiDouble,
    assert_detail,
    browser::{Browser, location},
};

const PROVIDERS: &str = "/api/integrations/ai-providers";
const MODEL: &str = "gpt-4o-mini";

async fn test(browser: &Browser, provider: &str) -> Value {
    let (status, outcome) = browser.post(&format!("{PROVIDERS}/{provider}/test")).await;
    assert_eq!(status, 200, "{outcome}");
    outcome
}

async fn spent(browser: &Browser) -> Value {
    let (status, spend) = browser.get("/api/integrations/ai-spend").await;
    assert_eq!(status, 200, "{spend}");
    spend
}

fn hurried(milliseconds: u64) -> Patience {
    Patience { total: Duration::from_millis(milliseconds), ..Patience::for_test() }
}

#[tokio::test]
async fn a_provider_is_set_up_tested_and_its_calls_are_on_record() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    let (_, list) = browser.get(PROVIDERS).await;
    let codes: Vec<_> = list["providers"].as_array().expect("a list").iter().map(|one| &one["provider_code"]).collect();
    assert_eq!(codes, ["openai", "anthropic", "compatible"]);
    assert_eq!(test(&browser, "openai").await["problem"], "no_key");

    for provider in ["openai", "anthropic"] {
        double.set_up(&browser, provider, MODEL, Some(1_000_000)).await;
        let outcome = test(&browser, provider).await;
        assert_eq!((&outcome["problem"], &outcome["said"]), (&json!(null), &json!("OK")), "{outcome}");
    }
    assert_eq!((double.calls("chat/completions$").await, double.calls("messages$").await), (1, 1));
    let spend = spent(&browser).await;
    let days = spend["days"].as_array().expect("a list");
    assert_eq!(days.len(), 2);
    for day in days {
        assert_eq!(
            (&day["purpose"], &day["calls"], &day["failed"], &day["open"]),
            (&json!("test"), &json!(1), &json!(0), &json!(0))
        );
        let tokens = day["input_tokens"].as_i64().expect("a number") + day["output_tokens"].as_i64().expect("a number");
        assert_eq!(day["cost_micros"].as_i64(), Some(tokens), "a millionth for each token");
    }

    // Nothing of it holds the key, and the older address says the same.
    let (_, one) = browser.get(&format!("{PROVIDERS}/openai")).await;
    assert!(!one.to_string().contains(double.key()) && !spend.to_string().contains(double.key()));
    let (_, older) = browser.get("/api/integrations/ai-provider/openai").await;
    let summary = json!({ "provider_code": "openai", "name": "OpenAI", "has_api_key": true, "model_default": MODEL });
    assert_eq!(older, summary);
    let removed =
        browser.request(Method::DELETE, &format!("{PROVIDERS}/anthropic/key")).send().await.expect("an answer");
    assert_eq!(removed.status(), 200);
    assert_eq!(test(&browser, "anthropic").await["problem"], "no_key");
}

#[tokio::test]
async fn what_goes_wrong_at_a_provider_is_told_apart() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    double.set_up(&browser, "openai", MODEL, None).await;
    double.set_up(&browser, "anthropic", MODEL, None).await;
    let all = |what: Value| json!({ "match": {}, "respond": what });
    let anthropic = |status: u16, kind: &str| {
        all(json!({ "status": status, "json": { "type": "error", "error": { "type": kind, "message": "no" } } }))
    };
    let cases = [
        ("openai", all(json!({ "reason": "invalid_api_key" })), "invalid_key", 1),
        ("openai", all(json!({ "reason": "model_not_found" })), "model_not_found", 1),
        ("openai", all(json!({ "reason": "insufficient_quota" })), "quota_exhausted", 1),
        // Too long to be sat out.
        (
            "openai",
            all(json!({ "reason": "rate_limit_exceeded", "headers": { "Retry-After": "60" } })),
            "rate_limited",
            1,
        ),
        ("openai", all(json!({ "reason": "server_error" })), "provider_error", 2),
        ("openai", all(json!({ "status": 200, "body": "{\"choices\": [" })), "bad_answer", 1),
        ("openai", json!({ "match": {}, "cut_after_bytes": 10 }), "unreachable", 2),
        ("anthropic", anthropic(401, "authentication_error"), "invalid_key", 1),
        ("anthropic", anthropic(529, "overloaded_error"), "provider_error", 2),
        (
            "anthropic",
            all(json!({ "status": 200, "json": { "content": [], "stop_reason": "refusal" } })),
            "declined",
            1,
        ),
    ];
    for (provider, fault, problem, attempts) in cases {
        let path = if provider == "openai" { "chat/completions$" } else { "messages$" };
        double.fail(&fault).await;
        let before = double.calls(path).await;
        let outcome = test(&browser, provider).await;
        assert_eq!(outcome["problem"], problem, "{fault}: {outcome}");
        assert_eq!(double.calls(path).await - before, attempts, "{fault}");
    }
    let spend = spent(&browser).await;
    let days = spend["days"].as_array().expect("a list");
    let sum = |field: &str| days.iter().map(|day| day[field].as_i64().expect("a number")).sum::<i64>();
    assert_eq!((sum("calls"), sum("failed"), sum("open")), (13, 13, 0), "each attempt is on record");
}

#[tokio::test]
async fn a_passing_failure_is_repeated() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    double.set_up(&browser, "openai", MODEL, None).await;
    let busy = json!({ "match": { "times": 1 }, "respond": { "reason": "rate_limit_exceeded", "headers": { "Retry-After": "1" } } });
    double.fail(&busy).await;
    assert_eq!(test(&browser, "openai").await["problem"], json!(null));
    assert_eq!(double.calls("chat/completions$").await, 2);
}

#[tokio::test]
async fn an_answer_that_does_not_come_counts_with_all_it_may_have_cost() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    double.set_up(&browser, "openai", MODEL, Some(1_000_000)).await;
    double.fail(&json!({ "match": {}, "delay_ms": 60_000 })).await;
    let ask = Ask::one(MODEL, "Where is my order?", 100);
    let slow = ai::complete(&app.domain, AiKind::OpenAi, AiPurpose::Draft, &ask, hurried(300)).await;
    assert!(matches!(&slow, Err(CallError::Provider(ai::AiError::Timeout))), "{slow:?}");
    let one = spent(&browser).await;
    let most = one["cost_micros"].as_i64().expect("a number");
    assert!(most > 100, "more than the answer alone: {one}");
    assert_eq!((&one["days"][0]["failed"], &one["days"][0]["open"]), (&json!(1), &json!(0)));

    // Whoever gives up waiting, as by leaving the page, leaves it under way.
    let dropped = ai::complete(&app.domain, AiKind::OpenAi, AiPurpose::Draft, &ask, hurried(60_000));
    assert!(tokio::time::timeout(Duration::from_millis(300), dropped).await.is_err());
    let two = spent(&browser).await;
    assert_eq!((&two["days"][0]["calls"], &two["days"][0]["open"]), (&json!(2), &json!(1)), "{two}");
    assert_eq!(two["cost_micros"].as_i64(), Some(2 * most));
}

#[tokio::test]
async fn fifty_drafts_at_once_stay_within_the_budget() {
    let double = AiDouble::start();
    let app = Arc::new(double.app().await);
    let browser = app.admin().await;
    // A call may cost some 400 millionths, and costs a few: the budget is passed by what they may cost together.
    let budget = 4_000;
    double.set_up(&browser, "openai", MODEL, Some(budget)).await;
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                let ask = Ask::one(MODEL, format!("Question {number}"), 100);
                ai::complete(&app.domain, AiKind::OpenAi, AiPurpose::Draft, &ask, Patience::for_answer()).await
            })
        })
        .collect();
    let (mut answered, mut refused) = (0, 0);
    for call in calls {
        match call.await.expect("no panic") {
            Ok(_) => answered += 1,
            Err(CallError::OverBudget { spent_micros, needed_micros, .. }) => {
                assert!(spent_micros <= budget && spent_micros + needed_micros > budget);
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(double.calls("chat/completions$").await, answered, "what is refused is not sent");
    assert_eq!(answered + refused, 50);
    let spend = spent(&browser).await;
    assert!(spend["cost_micros"].as_i64().expect("a number") <= budget, "{spend}");
}

#[tokio::test]
async fn without_room_or_a_price_nothing_is_sent() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    double.set_up(&browser, "openai", MODEL, Some(10)).await;
    assert_eq!(test(&browser, "openai").await["problem"], "budget_spent");
    let (_, _) =
        browser.post_json("/api/integrations/ai-provider/openai", &json!({ "model_default": "gpt-4.1" })).await;
    assert_eq!(test(&browser, "openai").await["problem"], "no_price");
    assert_eq!(double.calls("chat/completions$").await, 0);
    let (_, _) = browser.post_json(&format!("{PROVIDERS}/openai"), &json!({ "monthly_budget_micros": null })).await;
    assert_eq!(test(&browser, "openai").await["problem"], json!(null));
}

#[tokio::test]
async fn a_server_of_ones_own_needs_no_key_and_a_word_where_it_is_local() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    let path = format!("{PROVIDERS}/compatible");
    assert_eq!(test(&browser, "compatible").await["problem"], "no_base_url");
    for local in [
        double.base_url(),
        "http://models.example.com/v1",
        "https://192.168.0.10/v1",
        "https://[::1]/v1",
        "https://localhost/v1",
        "https://ollama.lan/v1",
        "https://models.corp/v1",
        "https://ollama.local/v1",
    ] {
        let refused = browser.post_json(&path, &json!({ "base_url": local })).await;
        assert_eq!(refused.0, 400);
        assert!(
            refused.1["detail"].as_str().is_some_and(|detail| detail.starts_with("base_url_local")),
            "{}",
            refused.1
        );
    }
    let change = json!({ "base_url": double.base_url(), "allow_local": true, "model_default": MODEL });
    let (status, saved) = browser.post_json(&path, &change).await;
    assert_eq!((status, &saved["base_url"]), (200, &json!(double.base_url())), "{saved}");
    assert_eq!(test(&browser, "compatible").await["problem"], "invalid_key", "it is asked without one");
    browser.post_json(&path, &json!({ "api_key": double.key() })).await;
    assert_eq!(test(&browser, "compatible").await["problem"], json!(null));

    let texts = ["one".to_owned(), "two".to_owned()];
    let vectors = ai::embed(
        &app.domain,
        AiKind::Compatible,
        "text-embedding-3-small",
        &texts,
        TextSide::Document,
        Patience::for_work(),
    )
    .await;
    assert_eq!(vectors.expect("vectors").value.len(), 2);

    // The permission cannot be taken away from an address that needs it.
    assert_eq!(browser.post_json(&path, &json!({ "allow_local": false })).await.0, 400);
    assert_detail(
        &browser.post_json(&format!("{PROVIDERS}/openai"), &json!({ "allow_local": true })).await,
        400,
        "base_url_fixed_for_provider",
    );
}

#[tokio::test]
async fn a_chosen_model_that_ends_or_is_gone_stands_out_on_the_overview() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    double.set_up(&browser, "openai", MODEL, None).await;
    let overview = async || browser.open(paths::OVERVIEW).await.text().await.expect("a page");
    let read = async || browser.post(&format!("{PROVIDERS}/openai/models")).await.1;
    assert!(!overview().await.contains("Choose another model"));
    let soon = (app.clock_day() + chrono::TimeDelta::days(30)).to_string();
    double.control("/models", &json!({ "models": [MODEL, "m-2"], "shutdown_dates": { MODEL: soon } })).await;
    let listed = read().await;
    assert_eq!(listed["problem"], json!(null));
    assert_eq!(listed["provider"]["warnings"], json!([{ "provider_code": "openai", "model": MODEL, "ends_on": soon }]));
    assert!(overview().await.contains(&format!("{MODEL} ends on {soon}")));
    double.control("/models", &json!({ "models": ["m-2"] })).await;
    read().await;
    assert!(overview().await.contains(&format!("{MODEL} is not on the provider")));
    // A list that cannot be read leaves what was known; a model with a price stays known without it.
    double.fail(&json!({ "match": {}, "respond": { "reason": "server_error" } })).await;
    let failed = read().await;
    assert_eq!(
        (&failed["problem"], &failed["provider"]["models"][1]["model"]),
        (&json!("provider_error"), &json!("m-2"))
    );
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_only_admins_are_let_in() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    assert_detail(&browser.get(&format!("{PROVIDERS}/nobody")).await, 404, "ai_provider_not_found");
    let path = format!("{PROVIDERS}/anthropic");
    let refused = async |change: Value| browser.post_json(&path, &change).await;
    assert_detail(&refused(json!({ "api_key": "a b" })).await, 400, "api_key_invalid");
    assert_detail(&refused(json!({ "model_default": "a b" })).await, 400, "model_invalid");
    assert_detail(&refused(json!({ "model_embeddings": "m" })).await, 400, "embeddings_not_supported_for_provider");
    let detail = "monthly_budget_micros must be an amount from 0 to 1000000 dollars";
    assert_detail(&refused(json!({ "monthly_budget_micros": -1 })).await, 400, detail);
    let detail = "monthly_budget_micros must be at most 1000000 dollars";
    assert_detail(&refused(json!({ "monthly_budget_micros": 1_000_000_000_001_i64 })).await, 400, detail);
    for month in ["2026-13", "0000-01", "9999-12"] {
        let refused = browser.get(&format!("/api/integrations/ai-spend?month={month}")).await;
        assert_detail(&refused, 400, "month must be a month like 2026-11");
        // A page that such a link leads to shows the present month.
        let shown = browser.page(&format!("/admin/ai-settings?month={month}")).await;
        let leads_to = |month: &str| shown.contains(&format!("href=\"/admin/ai-settings?month={month}"));
        assert!(leads_to("2") && !leads_to(month) && !leads_to("-"), "{shown}");
    }
    assert_eq!(browser.get("/api/integrations/ai-spend?month=2026-02").await.1["month"], "2026-02");
    let member = app.member().await;
    for path in [PROVIDERS, "/api/integrations/ai-spend"] {
        assert_eq!(member.get(path).await.0, 403);
    }
}

#[tokio::test]
async fn what_was_typed_stays_when_a_price_or_a_budget_is_refused() {
    let double = AiDouble::start();
    let app = double.app().await;
    let browser = app.admin().await;
    double.set_up(&browser, "openai", MODEL, None).await;
    let page = "/admin/ai-settings";
    let submit = async |path: &str, form: &[(&str, &str)], language: &str| {
        let referer = app.url(page);
        let request = browser.request(Method::POST, path).header("accept", "text/html").header("referer", referer);
        let answer = request.header("accept-language", language).form(form).send().await.expect("an answer");
        assert_eq!(answer.status(), 303);
        let shown = browser.request(Method::GET, &location(&answer)).header("accept-language", language).send().await;
        shown.expect("an answer").text().await.expect("a page")
    };
    let price = [("provider", "openai"), ("model", MODEL), ("input", "a lot"), ("output", "2.50")];
    let shown = submit("/api/ui/save-ai-price", &price, "en").await;
    assert!(shown.contains("This is not an amount of money"), "{shown}");
    assert!(shown.contains("value=\"a lot\"") && shown.contains("value=\"2.50\""), "{shown}");
    let other = [("provider", "openai"), ("model", "m-2"), ("input", "a lot"), ("output", "")];
    let shown = submit("/api/ui/save-ai-price", &other, "en").await;
    assert!(!shown.contains("value=\"a lot\""), "it was typed for another model: {shown}");

    let budget = [("provider", "openai"), ("api_key", ""), ("model_default", MODEL), ("monthly_budget", "2000000")];
    let shown = submit("/api/ui/save-ai-settings", &budget, "en").await;
    assert!(shown.contains("The maximum is $1,000,000.") && shown.contains("value=\"2000000\""), "{shown}");
    let shown = submit("/api/ui/save-ai-settings", &budget, "ru").await;
    assert!(shown.contains("Максимум — 1\u{a0}000\u{a0}000\u{a0}$."), "{shown}");

    // The record says in the reader's words what was changed.
    let price = [("provider", "openai"), ("model", MODEL), ("input", "0.075"), ("output", "")];
    submit("/api/ui/save-ai-price", &price, "en").await;
    let audit = browser.request(Method::GET, "/admin/audit").header("accept-language", "ru").send().await;
    let audit = audit.expect("an answer").text().await.expect("a page");
    assert!(audit.contains(&format!("цена {MODEL} за миллион токенов")) && audit.contains("0,075\u{a0}$"), "{audit}");
    assert!(!audit.contains("price of"), "{audit}");
}
