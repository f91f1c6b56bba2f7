//! AI providers and their budgets, on both databases: what is set aside before a call, and what becomes of it.

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    store::{Act, AiCallEnd, AiChange, LOST_AFTER, NewAiCall, Reservation, ReservedCall, Store},
    types::{Actor, AiKind, AiPrice, AiPurpose, AuditAction, AuditFilter},
};
use support::{
    noon, on_each_database,
    store::{open, user},
};

const OPENAI: AiKind = AiKind::OpenAi;

/// A provider whose model `m` costs a dollar for a million tokens each way, with a budget in millionths.
async fn provider(store: &Store, budget_micros: Option<i64>) {
    let price =
        AiPrice { model: "m".to_owned(), input_price_micros: Some(1_000_000), output_price_micros: Some(1_000_000) };
    let change = AiChange { budget_micros: Some(budget_micros), prices: vec![price], ..AiChange::default() };
    store.save_ai_provider(OPENAI, None, &change, noon()).await.expect("written");
}

/// A call that costs a hundred millionths at most.
fn call(model: &str) -> NewAiCall<'_> {
    NewAiCall { provider: OPENAI, model, purpose: AiPurpose::Draft, most_input: 60, most_output: 40 }
}

async fn reserve(store: &Store, at: DateTime<Utc>) -> ReservedCall {
    match store.reserve_ai_call(call("m"), at).await.expect("written") {
        Reservation::Made(reserved) => reserved,
        other => panic!("{other:?}"),
    }
}

async fn settle(store: &Store, call: ReservedCall, tokens: Option<(i64, i64)>, is_free: bool, at: DateTime<Utc>) {
    let outcome = if is_free { "rate_limited" } else { "ok" };
    let end = AiCallEnd { outcome, tokens, is_free, latency_ms: 7 };
    store.settle_ai_call(call, end, at).await.expect("written");
}

async fn spent(store: &Store, at: DateTime<Utc>) -> i64 {
    store.ai_spent(OPENAI, at.date_naive()).await.expect("reads")
}

#[tokio::test]
async fn fifty_calls_at_once_never_pass_the_budget() {
    on_each_database("fifty at once", |db| async move {
        let store = open(&db).await;
        // Room for twelve and a half.
        provider(&store, Some(1_250)).await;
        let calls = (0..50).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.reserve_ai_call(call("m"), noon()).await.expect("an answer") })
        });
        let mut made = Vec::new();
        for task in calls.collect::<Vec<_>>() {
            match task.await.expect("no panic") {
                Reservation::Made(reserved) => made.push(reserved),
                Reservation::OverBudget { budget_micros, spent_micros, needed_micros } => {
                    assert_eq!((budget_micros, spent_micros, needed_micros), (1_250, 1_200, 100));
                }
                Reservation::NoPrice => panic!("there is a price"),
            }
        }
        assert_eq!((made.len(), spent(&store, noon()).await), (12, 1_200));

        // What was set aside and not needed makes room again.
        settle(&store, made[0], Some((10, 5)), false, noon()).await;
        settle(&store, made[1], None, true, noon()).await;
        assert_eq!(spent(&store, noon()).await, 1_015);
        reserve(&store, noon()).await;
        reserve(&store, noon()).await;
        let full = store.reserve_ai_call(call("m"), noon()).await.expect("an answer");
        assert!(matches!(full, Reservation::OverBudget { spent_micros: 1_215, .. }), "{full:?}");
    })
    .await;
}

#[tokio::test]
async fn a_call_whose_process_died_counts_with_all_it_may_have_cost() {
    on_each_database("a killed call", |db| async move {
        let store = open(&db).await;
        provider(&store, Some(250)).await;
        let killed = reserve(&store, noon()).await;
        store.close().await;

        let store = open(&db).await;
        assert_eq!(spent(&store, noon()).await, 100, "what was set aside is there after the process is not");
        assert_eq!(store.close_lost_ai_calls(noon() + LOST_AFTER - TimeDelta::seconds(1)).await.expect("written"), 0);
        let later = noon() + LOST_AFTER;
        assert_eq!(store.close_lost_ai_calls(later).await.expect("written"), 1);
        assert_eq!(store.close_lost_ai_calls(later).await.expect("written"), 0);
        let days = store.ai_spend(noon().date_naive()).await.expect("reads");
        assert_eq!((days[0].calls, days[0].failed, days[0].open, days[0].cost_micros), (1, 1, 0, 100));
        reserve(&store, later).await;
        let full = store.reserve_ai_call(call("m"), later).await.expect("an answer");
        assert!(matches!(full, Reservation::OverBudget { spent_micros: 200, .. }), "{full:?}");

        // It was only frozen: what it says now is the truth, and what it says after that changes nothing.
        settle(&store, killed, Some((1, 1)), false, later).await;
        assert_eq!(spent(&store, later).await, 102);
        settle(&store, killed, Some((60, 40)), false, later).await;
        assert_eq!(spent(&store, later).await, 102);
    })
    .await;
}

#[tokio::test]
async fn with_a_budget_nothing_is_called_that_has_no_price() {
    on_each_database("no price", |db| async move {
        let store = open(&db).await;
        assert!(store.reserve_ai_call(call("m"), noon()).await.is_err(), "nothing is stored of the provider");
        provider(&store, Some(1_000_000)).await;
        let unknown = store.reserve_ai_call(call("other"), noon()).await.expect("an answer");
        assert_eq!(unknown, Reservation::NoPrice);
        // Vectors have no price for what is answered.
        let half = AiPrice { model: "e".to_owned(), input_price_micros: Some(20_000), output_price_micros: None };
        let change = AiChange { prices: vec![half], ..AiChange::default() };
        store.save_ai_provider(OPENAI, None, &change, noon()).await.expect("written");
        assert_eq!(store.reserve_ai_call(call("e"), noon()).await.expect("an answer"), Reservation::NoPrice);
        let vectors = NewAiCall { most_output: 0, purpose: AiPurpose::Embedding, ..call("e") };
        let made = store.reserve_ai_call(vectors, noon()).await.expect("an answer");
        assert!(matches!(made, Reservation::Made(_)), "{made:?}");
        assert_eq!(spent(&store, noon()).await, 2, "what is begun of a millionth counts");

        provider(&store, None).await;
        let free = store.reserve_ai_call(call("other"), noon()).await.expect("an answer");
        assert!(matches!(free, Reservation::Made(_)), "without a budget a price is not needed: {free:?}");
        // A budget of nothing is one: what costs nothing may be called.
        provider(&store, Some(0)).await;
        let none = store.reserve_ai_call(call("m"), noon()).await.expect("an answer");
        assert!(matches!(none, Reservation::OverBudget { .. }), "{none:?}");
    })
    .await;
}

#[tokio::test]
async fn without_the_counter_no_call_is_made() {
    on_each_database("no counter", |db| async move {
        let store = open(&db).await;
        provider(&store, Some(1_000)).await;
        db.execute("ALTER TABLE ai_calls RENAME TO gone", "ALTER TABLE ai_calls RENAME TO gone").await;
        assert!(store.reserve_ai_call(call("m"), noon()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn each_month_and_each_provider_has_a_budget_of_its_own() {
    on_each_database("months", |db| async move {
        let store = open(&db).await;
        provider(&store, Some(100)).await;
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let (last, next) = (at("2026-11-30T23:59:59Z"), at("2026-12-01T00:00:00Z"));
        let call_of_november = reserve(&store, last).await;
        let full = store.reserve_ai_call(call("m"), last).await.expect("an answer");
        assert!(matches!(full, Reservation::OverBudget { .. }), "{full:?}");
        reserve(&store, next).await;
        // Settled in another month, it counts in its own.
        settle(&store, call_of_november, Some((1, 0)), false, next).await;
        assert_eq!((spent(&store, last).await, spent(&store, next).await), (1, 100));

        store.save_ai_provider(AiKind::Compatible, None, &AiChange::default(), noon()).await.expect("written");
        let elsewhere = NewAiCall { provider: AiKind::Compatible, ..call("m") };
        let made = store.reserve_ai_call(elsewhere, next).await.expect("an answer");
        assert!(matches!(made, Reservation::Made(_)), "{made:?}");

        let days = store.ai_spend(next.date_naive()).await.expect("reads");
        let days: Vec<_> =
            days.iter().map(|day| (day.day.to_string(), day.provider_code, day.calls, day.open)).collect();
        let day = "2026-12-01".to_owned();
        assert_eq!(days, [(day.clone(), OPENAI, 1, 1), (day, AiKind::Compatible, 1, 1)]);
    })
    .await;
}

#[tokio::test]
async fn every_change_is_on_record_and_no_key_is() {
    on_each_database("who changed it", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let act = Act { by: Actor::page(admin), at: noon() };
        let text = |text: &str| Some(Some(text.to_owned()));
        let change = AiChange {
            key: Some("sk-very-secret".into()),
            base_url: text("http://127.0.0.1:11434/v1"),
            allow_local: Some(true),
            model_default: text("m"),
            budget_micros: Some(Some(12_500_000)),
            drafts: Some(true),
            prices: vec![AiPrice {
                model: "m".to_owned(),
                input_price_micros: Some(250_000),
                output_price_micros: None,
            }],
            ..AiChange::default()
        };
        store.save_ai_provider(AiKind::Compatible, Some(admin), &change, act).await.expect("written");
        let page = store.audit_page(&AuditFilter::default(), None, 50).await.expect("reads");
        let saved: Vec<_> = page.items.iter().filter(|entry| entry.target.as_deref() == Some("compatible")).collect();
        assert!(saved.iter().all(|entry| entry.user_id == Some(admin)));
        assert_eq!(saved.iter().filter(|entry| entry.action == AuditAction::AiKeyStored).count(), 1);
        let became: Vec<_> = saved.iter().filter_map(|entry| entry.to.as_deref()).collect();
        for expected in [
            "m",
            "base_url: http://127.0.0.1:11434/v1",
            "allow_local: true",
            "drafts: true",
            "monthly_budget: 12.500000",
            "price of m: 0.250000 / -",
        ] {
            assert!(became.contains(&expected), "{expected}: {became:?}");
        }
        assert!(!format!("{page:?}").contains("very-secret"));

        // What stays the same is no change.
        store
            .save_ai_provider(AiKind::Compatible, Some(admin), &AiChange { key: None, ..change }, act)
            .await
            .expect("written");
        let after = store.audit_page(&AuditFilter::default(), None, 50).await.expect("reads");
        assert_eq!(after.items.len(), page.items.len());

        // Drafts are asked for at one provider.
        let drafts = AiChange { drafts: Some(true), ..AiChange::default() };
        store.save_ai_provider(OPENAI, None, &drafts, act).await.expect("written");
        let of = async |kind| store.ai_provider(kind).await.expect("reads").expect("is there");
        assert!(of(OPENAI).await.drafts && !of(AiKind::Compatible).await.drafts);
    })
    .await;
}

#[tokio::test]
async fn a_list_replaces_the_one_before_it_and_prices_stay() {
    on_each_database("models", |db| async move {
        let store = open(&db).await;
        let none: [(String, Option<chrono::NaiveDate>); 0] = [];
        store.set_ai_models(OPENAI, &none, noon()).await.expect("nothing happens");
        assert!(store.ai_provider(OPENAI).await.expect("reads").is_none());
        provider(&store, None).await;
        let day = "2027-01-01".parse().ok();
        let list = [("a".to_owned(), day), ("b".to_owned(), None), ("m".to_owned(), None)];
        store.set_ai_models(OPENAI, &list, noon()).await.expect("written");
        store.set_ai_models(OPENAI, &list[..1], noon()).await.expect("written");
        let stored = store.ai_provider(OPENAI).await.expect("reads").expect("is there");
        assert_eq!(stored.models_at, Some(noon()));
        let models: Vec<_> = stored.models.iter().map(|model| (model.model.as_str(), model.listed)).collect();
        assert_eq!(models, [("a", true), ("m", false)]);
        assert_eq!(stored.models[0].shutdown_date, day);
        assert_eq!(stored.models[1].input_price_micros, Some(1_000_000));

        // One process reads it, and not again before a day is over.
        let pause = TimeDelta::days(1);
        let claim = async |at| store.claim_ai_models(OPENAI, pause, at).await.expect("an answer");
        assert!(!claim(noon() + pause).await, "there is neither a key nor an address");
        let key = AiChange { key: Some("sk-x".into()), ..AiChange::default() };
        store.save_ai_provider(OPENAI, None, &key, noon()).await.expect("written");
        assert!(!claim(noon() + TimeDelta::hours(23)).await);
        assert!(claim(noon() + pause).await);
        assert!(!claim(noon() + pause).await);
    })
    .await;
}
