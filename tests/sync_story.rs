//! A Gmail sync against the Google double, on both databases.

mod support;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain, accounts,
    clock::{Clock, ManualClock, SystemClock},
    store::{AttemptLimit, LeaseError, NewApiToken, NewRun, RunEnd, RunProgress},
    sync,
    types::{
        Account, AccountId, AccountProblem, AccountStatus, Actor, ConflictCode, Direction, InvalidCode, NotFoundCode,
        PairFilter, PairStatusFilter, Problem, RunCode, RunKind, RunState, SyncSummary, Through,
    },
    worker,
};
use serde_json::{Value, json};
use support::{TestDb, google::Google, on_each_database, store::user};
use tokio_util::sync::CancellationToken;

const US: &str = "ann@shop.example";

fn mail(from: &str, to: &str, subject: &str, at: DateTime<Utc>, labels: &[&str], thread: &str) -> Value {
    let eml = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {}\r\nMessage-ID: <{subject}.{}@x>\r\n\r\n\
         What {subject} says.\r\n",
        at.to_rfc2822(),
        at.timestamp_micros()
    );
    json!({"eml": eml, "labels": labels, "thread": thread, "internal_date": at.timestamp_millis()})
}

/// A client's question and our answer to it in a thread of their own.
fn exchange(number: i64) -> Vec<Value> {
    let at = SystemClock.now() - TimeDelta::minutes(30) + TimeDelta::seconds(number * 10);
    let thread = format!("thread{number}");
    let client = format!("client{number}@x.example");
    vec![
        mail(&client, US, &format!("question{number}"), at, &["INBOX"], &thread),
        mail(US, &client, &format!("answer{number}"), at + TimeDelta::seconds(5), &["SENT"], &thread),
    ]
}

async fn sync(d: &Arc<Domain>, account: AccountId) -> SyncSummary {
    sync::sync_now(d, Actor::nobody(Through::Page), account).await.expect("the sync runs")
}

async fn account(d: &Domain, id: AccountId) -> Account {
    d.store.account(id).await.expect("reads").expect("is there")
}

async fn local_ids(d: &Domain, google: &Google, id: AccountId) -> (BTreeSet<String>, BTreeSet<String>) {
    let remote = google.get(&format!("/messages?account={US}")).await;
    let kept = |message: &&Value| {
        let labels = message["labelIds"].as_array().expect("labels");
        !labels.iter().any(|label| ["SPAM", "TRASH", "DRAFT", "CHAT"].contains(&label.as_str().unwrap_or("")))
    };
    let remote: BTreeSet<String> = remote["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .filter(kept)
        .map(|message| message["id"].as_str().expect("an id").to_owned())
        .collect();
    let ids: Vec<&str> = remote.iter().map(String::as_str).collect();
    let local = d.store.known_external_ids(id, &ids).await.expect("reads");
    assert_eq!(account(d, id).await.counts.messages, i64::try_from(local.len()).expect("few"), "nothing besides");
    (local, remote)
}

#[tokio::test]
async fn a_mailbox_arrives_with_its_pairs_and_a_second_sync_writes_nothing() {
    on_each_database("first sync", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let mut messages: Vec<Value> = (0..8).flat_map(exchange).collect();
        let at = SystemClock.now() - TimeDelta::days(1);
        // joann@ is not ann@; spam and drafts stay out; what is older than the look-back is not asked for.
        messages.push(mail("joann@shop.example", US, "notours", at, &["INBOX"], "threadx"));
        messages.push(mail("c@x.example", US, "spam", at, &["SPAM"], "thready"));
        messages.push(mail(US, "c@x.example", "draft", at, &["DRAFT"], "threadz"));
        messages.push(mail("old@x.example", US, "old", at - TimeDelta::days(60), &["INBOX"], "threadold"));
        google.seed(US, messages).await;
        let id = google.connect(&d, US).await;

        let summary = sync(&d, id).await;
        assert_eq!(summary.errors, Vec::<String>::new());
        assert_eq!((summary.state, summary.manual), (RunState::Done, true));
        assert_eq!((summary.messages_fetched, summary.messages_upserted, summary.pairs_created), (17, 17, 8));
        let shown = account(&d, id).await;
        assert_eq!((shown.last_sync_at, shown.meta.last_sync_summary), (summary.last_sync_at, Some(summary)));
        let stranger = d.store.thread_mail(id, "threadx").await.expect("reads");
        assert_eq!(stranger[0].direction, Direction::Incoming);
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let pairs = d.store.list_pairs(&filter, None, 100, 0).await.expect("reads");
        assert_eq!(pairs.items.len(), 8);
        assert_eq!(pairs.items[0].client_text, "What question7 says.");
        assert_eq!(pairs.items[0].our_reply_text, "What answer7 says.");

        let log = google.get("/log?path=/messages$").await;
        let query = log["entries"][0]["query"]["q"].as_str().expect("a query");
        let after = query.strip_prefix("after:").and_then(|text| text.split(' ').next());
        let seconds: i64 = after.and_then(|text| text.parse().ok()).expect("epoch seconds");
        let thirty_days = (Utc::now() - TimeDelta::days(30)).timestamp();
        assert!((seconds - thirty_days).abs() < 120, "{query}");

        let before = google.get("/log").await["next"].as_i64().expect("a number");
        let again = sync(&d, id).await;
        assert_eq!((again.messages_fetched, again.messages_upserted, again.pairs_created), (0, 0, 0));
        assert_eq!(again.state, RunState::Done);
        let calls = google.get(&format!("/log?since={before}")).await;
        assert_eq!(
            (&calls["count"], &calls["units"]),
            (&json!(2), &json!(3)),
            "aliases and one page of history: {calls}"
        );
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_long_list_is_read_to_its_last_page() {
    on_each_database("pages", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let at = SystemClock.now() - TimeDelta::days(1);
        let messages = (0..1_100)
            .map(|number| {
                let thread = format!("thread{}", number / 4);
                mail("c@x.example", US, &format!("m{number}"), at + TimeDelta::seconds(number / 5), &["INBOX"], &thread)
            })
            .collect();
        google.seed(US, messages).await;
        let id = google.connect(&d, US).await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Done, 1_100));
        let (local, remote) = local_ids(&d, &google, id).await;
        assert_eq!(local, remote);
        let log = google.get("/log").await;
        // Aliases, profile, three pages of ids, and 275 threads of four at 40 units instead of 1,100 messages at 20.
        assert_eq!(log["units"], 1 + 1 + 3 * 5 + 275 * 40);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn history_brings_what_came_went_and_was_relabelled() {
    on_each_database("history", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let ids = google.seed(US, (0..4).flat_map(exchange).collect()).await;
        let id = google.connect(&d, US).await;
        assert_eq!(sync(&d, id).await.messages_upserted, 8);

        // A mail with an old date arrives now; one goes for good, one into the trash, one is starred; one comes and goes.
        let old = mail("late@x.example", US, "late", SystemClock.now() - TimeDelta::days(400), &["INBOX"], "late");
        google.seed(US, vec![old]).await;
        google.post("/messages/delete", json!({"account": US, "ids": [ids[0]]})).await;
        google.post("/messages/labels", json!({"account": US, "ids": [ids[2]], "add": ["TRASH"]})).await;
        google.post("/messages/labels", json!({"account": US, "ids": [ids[4]], "add": ["STARRED"]})).await;
        let passing = google.seed(US, exchange(9)).await;
        google.post("/messages/delete", json!({"account": US, "ids": [passing[0]]})).await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Done, 2));
        let (local, remote) = local_ids(&d, &google, id).await;
        assert_eq!(local, remote);
        assert_eq!(account(&d, id).await.counts.pairs, 4, "pairs of mail that is gone stay");

        // Out of the trash again.
        google.post("/messages/labels", json!({"account": US, "ids": [ids[2]], "remove": ["TRASH"]})).await;
        sync(&d, id).await;
        let (local, remote) = local_ids(&d, &google, id).await;
        assert_eq!(local, remote);
        assert!(local.contains(&ids[2]));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn an_expired_history_ends_with_both_sides_equal() {
    on_each_database("expired history", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let ids = google.seed(US, (0..6).flat_map(exchange).collect()).await;
        let id = google.connect(&d, US).await;
        sync(&d, id).await;
        google.post("/messages/delete", json!({"account": US, "ids": [ids[1], ids[6]]})).await;
        google.seed(US, exchange(20)).await;
        google.post("/history/expire", json!({"account": US})).await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Done, 2));
        let (local, remote) = local_ids(&d, &google, id).await;
        assert_eq!(local, remote);
        // And history works again from here on.
        google.seed(US, exchange(21)).await;
        let before = google.get("/log").await["next"].as_i64().expect("a number");
        assert_eq!(sync(&d, id).await.messages_upserted, 2);
        assert_eq!(google.get(&format!("/log?since={before}&path=/messages$")).await["count"], 0, "nothing was listed");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn an_alias_that_appears_later_turns_old_mail_round() {
    on_each_database("aliases", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let at = SystemClock.now() - TimeDelta::minutes(20);
        let thread = vec![
            mail("c@x.example", US, "question", at, &["INBOX"], "t"),
            mail("billing@shop.example", "c@x.example", "answer", at + TimeDelta::minutes(1), &["INBOX"], "t"),
        ];
        google.seed(US, thread).await;
        let id = google.connect(&d, US).await;
        assert_eq!(sync(&d, id).await.pairs_created, 0, "a stranger's mail answers nothing");
        let aliases = json!({"account": {"email": US, "aliases": ["billing@shop.example"]}, "messages": []});
        google.post("/seed", aliases).await;
        assert_eq!(sync(&d, id).await.pairs_created, 1);
        assert_eq!(account(&d, id).await.meta.aliases, ["billing@shop.example"]);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn an_expiring_token_is_refreshed_and_a_dead_one_needs_a_person() {
    on_each_database("tokens", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed(US, exchange(1)).await;
        google.post("/tokens/lifetime", json!({"expires_in": 30})).await;
        let id = google.connect(&d, US).await;
        google.post("/tokens/lifetime", json!({"expires_in": 3600})).await;

        // Within 60 s of its end: refreshed before the first call.
        assert_eq!(sync(&d, id).await.state, RunState::Done);
        let refreshed = google.get("/log?path=/oauth2/token").await;
        assert_eq!(refreshed["count"], 1);
        let rejected = google.get("/log?path=/gmail/").await["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .filter(|entry| entry["status"] == 401)
            .count();
        assert_eq!(rejected, 0);

        // Dead before its time: one 401, one refresh, and on.
        google.post("/tokens/expire", json!({"account": US})).await;
        assert_eq!(sync(&d, id).await.state, RunState::Done);
        assert_eq!(google.get("/log?path=/oauth2/token").await["count"], 2);

        // Revoked: the account says that it needs a person, and why.
        google.post("/tokens/revoke", json!({"account": US})).await;
        let summary = sync(&d, id).await;
        assert_eq!(summary.state, RunState::Failed);
        assert!(summary.errors[0].starts_with("invalid_grant"), "{:?}", summary.errors);
        let shown = account(&d, id).await;
        assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Error, Some(AccountProblem::Reconnect)));
        assert_eq!(shown.counts.messages, 2, "what is here stays");
        let refused = sync::sync_now(&d, Actor::nobody(Through::Page), id).await;
        assert_eq!(refused, Err(Problem::invalid("account", InvalidCode::NeedsReconnect)));

        // Connected again, it goes on.
        google.connect(&d, US).await;
        google.seed(US, exchange(2)).await;
        assert_eq!(sync(&d, id).await.messages_upserted, 2);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn one_unreadable_message_is_set_aside_and_tried_again() {
    on_each_database("set aside", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let ids = google.seed(US, (0..4).flat_map(exchange).collect()).await;
        let broken = &ids[3];
        google
            .post("/faults", json!({"match": {"path": format!("/messages/{broken}$")}, "merge": {"payload": null}}))
            .await;
        let id = google.connect(&d, US).await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Partial, 7));
        assert!(summary.errors[0].contains(broken.as_str()), "{:?}", summary.errors);
        let set_aside = d.store.list_failures(id, 10).await.expect("reads");
        assert_eq!((set_aside[0].external_id.as_str(), set_aside[0].code.as_str()), (broken.as_str(), "unreadable"));

        google.clear_faults().await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Done, 1));
        assert!(d.store.list_failures(id, 10).await.expect("reads").is_empty());
        assert_eq!(account(&d, id).await.counts.pairs, 4, "its pair came with it");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_that_was_set_aside_and_is_gone_is_not_asked_for_for_ever() {
    on_each_database("gone", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let ids = google.seed(US, (0..2).flat_map(exchange).collect()).await;
        let rules: Vec<Value> = ids[..2]
            .iter()
            .map(|id| json!({"match": {"path": format!("/messages/{id}$")}, "merge": {"payload": null}}))
            .collect();
        google.post("/faults", json!({"rules": rules})).await;
        let id = google.connect(&d, US).await;
        assert_eq!(sync(&d, id).await.state, RunState::Partial);
        assert_eq!(account(&d, id).await.counts.set_aside, 2);

        // However often it is tried: after its last attempt a message waits for a person.
        for attempts in 2..=8 {
            sync(&d, id).await;
            let set_aside = d.store.list_failures(id, 10).await.expect("reads");
            assert!(set_aside.iter().all(|failure| failure.attempts == attempts), "{set_aside:?}");
        }
        assert_eq!(sync(&d, id).await.state, RunState::Done, "left alone, and still on the list");
        assert_eq!(account(&d, id).await.counts.set_aside, 2);

        // One is deleted at Google, one becomes spam: when a person says "try again", there is nothing more to try.
        google.post("/messages/delete", json!({"account": US, "ids": [ids[0]]})).await;
        google.clear_faults().await;
        google
            .post("/messages/labels", json!({"account": US, "ids": [ids[1]], "add": ["SPAM"], "remove": ["INBOX"]}))
            .await;
        assert_eq!(accounts::retry_set_aside(&d, Actor::command_line(), id, None).await.expect("is asked"), 2);
        assert_eq!(sync(&d, id).await.state, RunState::Done);
        assert_eq!(account(&d, id).await.counts.set_aside, 0);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn through_refusals_and_cut_connections_nothing_is_lost() {
    on_each_database("faults", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed(US, (0..60).flat_map(exchange).collect()).await;
        let id = google.connect(&d, US).await;
        let rule = |respond: Value| json!({"match": {"path": "/messages/", "probability": 0.03}, "respond": respond});
        let mut rules = vec![
            rule(json!({"status": 429, "reason": "rateLimitExceeded", "headers": {"Retry-After": "1"}})),
            rule(json!({"status": 500, "reason": "backendError"})),
            rule(json!({"status": 403, "reason": "userRateLimitExceeded"})),
        ];
        rules.push(json!({"match": {"path": "/messages/", "probability": 0.03}, "cut_after_bytes": 40}));
        google.post("/faults", json!({"rules": rules, "seed": 7})).await;
        let summary = sync(&d, id).await;
        assert_eq!(summary.errors, Vec::<String>::new());
        let (local, remote) = local_ids(&d, &google, id).await;
        assert_eq!(local, remote);
        assert_eq!((summary.state, summary.pairs_created), (RunState::Done, 60));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_down_makes_a_run_partial_not_done() {
    on_each_database("down", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed(US, (0..3).flat_map(exchange).collect()).await;
        let id = google.connect(&d, US).await;
        google
            .post(
                "/faults",
                json!({"match": {"path": "/messages/"}, "respond": {"status": 403, "reason": "dailyLimitExceeded"}}),
            )
            .await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Failed, 0));
        assert!(summary.errors[0].starts_with("quota_exhausted"), "{:?}", summary.errors);
        assert_eq!(account(&d, id).await.status, AccountStatus::Active, "it mends itself");
        assert!(d.store.list_failures(id, 10).await.expect("reads").is_empty(), "no message is to blame");
        google.clear_faults().await;
        assert_eq!(sync(&d, id).await.messages_upserted, 6);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_limit_ends_as_partial_and_the_rest_comes_next() {
    on_each_database("limit", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[("SYNC_MANUAL_MESSAGE_LIMIT", "4")]).await;
        google.seed(US, (0..5).flat_map(exchange).collect()).await;
        let id = google.connect(&d, US).await;
        let mut stored = 0;
        for _ in 0..2 {
            let summary = sync(&d, id).await;
            assert_eq!(summary.state, RunState::Partial);
            assert!(summary.errors[0].contains("limit of 4"), "{:?}", summary.errors);
            stored += summary.messages_upserted;
        }
        let last = sync(&d, id).await;
        assert_eq!((last.state, stored + last.messages_upserted), (RunState::Done, 10));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_second_sync_of_the_same_account_is_refused() {
    on_each_database("twice", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed(US, exchange(1)).await;
        google.post("/faults", json!({"match": {"path": "/messages$"}, "delay_ms": 400})).await;
        let id = google.connect(&d, US).await;
        let (first, second) = tokio::join!(
            sync::sync_now(&d, Actor::nobody(Through::Page), id),
            sync::sync_now(&d, Actor::nobody(Through::Page), id)
        );
        let refused = Err(Problem::conflict(ConflictCode::SyncRunning));
        assert!((first.is_ok() && second == refused) || (second.is_ok() && first == refused), "{first:?} {second:?}");
        let unknown = sync::sync_now(&d, Actor::nobody(Through::Page), AccountId::new()).await;
        assert_eq!(unknown, Err(Problem::not_found(NotFoundCode::Account)));
        d.store.set_account_status(id, AccountStatus::Disabled, SystemClock.now()).await.expect("writes");
        let disabled = sync::sync_now(&d, Actor::nobody(Through::Page), id).await;
        assert_eq!(disabled, Err(Problem::invalid("account", InvalidCode::AccountDisabled)));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_sync_ends_when_its_account_is_disabled_and_the_next_one_goes_on() {
    on_each_database("disabled", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed(US, exchange(1)).await;
        google.post("/faults", json!({"match": {"path": "/messages$"}, "delay_ms": 20_000})).await;
        let id = google.connect(&d, US).await;
        let disabled = async {
            while account(&d, id).await.active_run_id.is_none() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            d.store.set_account_status(id, AccountStatus::Disabled, SystemClock.now()).await.expect("writes");
        };
        let (summary, ()) = tokio::join!(sync(&d, id), disabled);
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Cancelled, 0));
        assert!(summary.errors[0].starts_with("account_disabled: "), "{:?}", summary.errors);
        assert_eq!(account(&d, id).await.status, AccountStatus::Disabled);
        google.clear_faults().await;
        d.store.set_account_status(id, AccountStatus::Active, SystemClock.now()).await.expect("writes");
        assert_eq!(sync(&d, id).await.state, RunState::Done);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn the_worker_serves_a_request_and_stops_when_asked() {
    on_each_database("worker", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed(US, exchange(1)).await;
        let id = google.connect(&d, US).await;
        d.store.request_resync(id, SystemClock.now()).await.expect("writes");
        let stop = CancellationToken::new();
        let lock = worker::WorkerLock::take(&d).expect("nobody else is the worker");
        let worker = tokio::spawn(worker::run(Arc::clone(&d), lock, stop.clone()));
        let served = async {
            while account(&d, id).await.last_sync_at.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), served).await.expect("the worker takes the account");
        stop.cancel();
        worker.await.expect("the worker ends");
        let shown = account(&d, id).await;
        assert_eq!((shown.meta.manual_resync_requested_at, shown.counts.messages), (None, 2));
        assert!(shown.meta.last_sync_summary.is_some_and(|summary| !summary.manual));
        d.shutdown().await;
    })
    .await;
}

/// The same database and the same Google, by another clock.
async fn domain_at(db: &TestDb, google: &Google, now: DateTime<Utc>) -> Arc<Domain> {
    let mut variables: Vec<(&str, &str)> = google.settings().to_vec();
    variables.push(("GMAIL_QUOTA_UNITS_PER_MINUTE", "60000000"));
    Domain::open_with(db.settings(&variables), Arc::new(ManualClock::new(now))).await.expect("the domain opens")
}

#[tokio::test]
async fn a_sync_by_a_wrong_clock_plans_nothing_and_says_why() {
    on_each_database("wrong clock", |db| async move {
        let google = Google::start();
        google.seed(US, (0..4).flat_map(exchange).collect()).await;
        let now = SystemClock.now();
        let right = google.domain(&db, &[]).await;
        let id = google.connect(&right, US).await;
        for (days, words) in [(60, "days ahead of the provider's"), (-60, "days behind the provider's")] {
            let wrong = domain_at(&db, &google, now + TimeDelta::days(days)).await;
            let summary = sync(&wrong, id).await;
            assert_eq!((summary.state, summary.messages_fetched), (RunState::Failed, 0));
            assert!(summary.errors[0].starts_with("clock: ") && summary.errors[0].contains(words), "{summary:?}");
            assert_eq!(wrong.store.account_cursor(id).await.expect("reads"), None, "no window was chosen");
            wrong.shutdown().await;
        }
        let summary = sync(&right, id).await;
        assert_eq!((summary.state, summary.messages_upserted, summary.pairs_created), (RunState::Done, 8, 4));
        right.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_clock_of_next_year_has_left_keeps_nobody_waiting() {
    on_each_database("next year", |db| async move {
        let google = Google::start();
        google.seed(US, exchange(0)).await;
        let d = google.domain(&db, &[]).await;
        let id = google.connect(&d, US).await;
        let (now, lease) = (SystemClock.now(), d.settings.sync.lease_delta());
        let next_year = now + TimeDelta::days(365);
        let new = NewRun { account: id, kind: RunKind::Sync, by: Actor::worker(), source: None, since: None };
        d.store.begin_run(&new, lease, next_year).await.expect("begins");
        let interval = d.settings.sync.worker_interval;
        d.store
            .back_off(id, Some(TimeDelta::hours(3)), RunCode::RateLimited, interval, next_year)
            .await
            .expect("writes");
        d.store.worker_seen("elsewhere", next_year, TimeDelta::seconds(30), next_year).await.expect("writes");
        assert!(matches!(d.store.begin_run(&new, lease, now).await, Err(LeaseError::AlreadyRunning)));
        assert_eq!(d.store.due_accounts(now, now).await.expect("reads"), []);

        d.store.request_resync(id, next_year).await.expect("writes");
        let ann = user(&d.store, "ann@x.example").await;
        let limit = AttemptLimit { of: "account:ann@x.example", allowed: 1 };
        for _ in 0..2 {
            d.store.count_login_attempt(&[limit], TimeDelta::minutes(15), next_year).await.expect("writes");
        }
        d.store.session_create("ahead", b"{}", next_year + TimeDelta::days(14)).await.expect("writes");
        d.store.session_create("of now", b"{}", now + TimeDelta::days(14)).await.expect("writes");
        d.store.make_access_link(ann, "ahead", next_year + TimeDelta::days(7), next_year).await.expect("writes");
        let week = NewApiToken {
            user_id: ann,
            personal: true,
            name: "week",
            token: "rb_ahead",
            session_epoch: None,
            expires_at: next_year + TimeDelta::days(7),
        };
        d.store.create_api_token(week, next_year).await.expect("writes");

        assert!(d.store.void_the_future(lease, now).await.expect("writes") >= 9);
        let asked = account(&d, id).await.meta.manual_resync_requested_at.expect("is still asked for");
        assert!(asked <= now, "{asked}");
        assert_eq!(
            d.store.count_login_attempt(&[limit], TimeDelta::minutes(15), now).await.expect("writes"),
            None,
            "the attempts of next year are forgotten"
        );
        let session = async |id| d.store.session_load(id, now).await.expect("reads").is_some();
        assert_eq!((session("ahead").await, session("of now").await), (false, true));
        assert_eq!(d.store.access_link("ahead", now).await.expect("reads"), None);
        let token = async |days| d.store.api_token("rb_ahead", now + TimeDelta::days(days)).await.expect("reads");
        assert!(token(6).await.is_some() && token(8).await.is_none(), "it lives for the week that was chosen");
        assert_eq!(d.store.due_accounts(now, now).await.expect("reads").len(), 1);
        assert_eq!(d.store.void_the_future(lease, now).await.expect("writes"), 0, "once is enough");
        assert_eq!(sync(&d, id).await.state, RunState::Done);

        // And by itself, for whoever finds the account taken.
        let again = d.store.begin_run(&new, lease, next_year).await.expect("begins");
        assert!(again.has_lease);
        assert_eq!(sync(&d, id).await.state, RunState::Done);
        // A lease of now is nobody's to take.
        d.store.begin_run(&new, lease, now).await.expect("begins");
        let taken = sync::sync_now(&d, Actor::nobody(Through::Page), id).await;
        assert!(matches!(taken, Err(Problem::Conflict { code: ConflictCode::SyncRunning, .. })), "{taken:?}");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_window_that_was_chosen_by_a_clock_ahead_is_chosen_anew() {
    on_each_database("window ahead", |db| async move {
        let google = Google::start();
        google.seed(US, (0..3).flat_map(exchange).collect()).await;
        let d = google.domain(&db, &[]).await;
        let id = google.connect(&d, US).await;
        let history_id = google.get(&format!("/messages?account={US}")).await["historyId"].clone();
        let history_id = history_id.as_str().unwrap_or("1").to_owned();
        let now = SystemClock.now();
        // A year ahead: the window begins in the future. Twenty days ahead: it begins ten days ago, and may miss what is older.
        for (since, planned) in [(now + TimeDelta::days(335), None), (now, Some(now + TimeDelta::days(20)))] {
            let mut cursor = json!({"covered_since": since.timestamp(), "history_id": history_id});
            if let Some(planned) = planned {
                cursor["planned_at"] = planned.timestamp().into();
            }
            let new = NewRun { account: id, kind: RunKind::Sync, by: Actor::worker(), source: None, since: None };
            let lease = d.settings.sync.lease_delta();
            let run = d.store.begin_run(&new, lease, now).await.expect("begins").run;
            let end = RunEnd { state: RunState::Done, progress: RunProgress::default(), account_cursor: Some(cursor) };
            d.store.finish_run(run, &end, now).await.expect("writes");
            let summary = sync(&d, id).await;
            assert_eq!(summary.state, RunState::Done);
            assert_eq!(account(&d, id).await.counts.messages, 6);
            let covered = sync::covered_since(&d, id).await.expect("reads").expect("is known");
            assert!(covered < now - TimeDelta::days(29), "{covered}");
        }
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_first_window_begins_no_later_than_with_the_newest_mail() {
    on_each_database("old mail only", |db| async move {
        let google = Google::start();
        let at = SystemClock.now() - TimeDelta::days(400);
        google
            .seed(
                US,
                vec![
                    mail("old@x.example", US, "older", at - TimeDelta::days(1), &["INBOX"], "t1"),
                    mail("old@x.example", US, "newest", at, &["INBOX"], "t2"),
                ],
            )
            .await;
        let d = google.domain(&db, &[]).await;
        let id = google.connect(&d, US).await;
        let summary = sync(&d, id).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Done, 1));
        let covered = sync::covered_since(&d, id).await.expect("reads").expect("is known");
        assert!(covered <= at, "{covered}");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_run_that_does_not_get_on_ends_itself_and_the_next_one_goes_on() {
    on_each_database("stalled", |db| async move {
        let google = Google::start();
        google.seed(US, exchange(0)).await;
        let d = google.domain(&db, &[("SYNC_STALLED_AFTER_SECONDS", "1")]).await;
        let id = google.connect(&d, US).await;
        // Within the limits of a call, and longer than this run may stand.
        let fault = json!({"match": {"path": "/messages$"}, "delay_ms": 29_000});
        google.post("/faults", fault).await;
        let summary = sync(&d, id).await;
        assert_eq!(summary.state, RunState::Failed);
        assert!(summary.errors[0].starts_with("stalled: "), "{summary:?}");
        google.clear_faults().await;
        assert_eq!(sync(&d, id).await.state, RunState::Done);
        d.shutdown().await;
    })
    .await;
}
