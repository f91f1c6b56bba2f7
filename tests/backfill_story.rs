//! Fetching older mail beside the mail of today, and what holds when that is stopped half-way; on both databases.

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain,
    clock::{Clock, SystemClock},
    monitor, runs, sync,
    types::{
        Account, AccountId, Actor, PairFilter, PairSource, PairStatusFilter, RunId, RunKind, RunRequest, RunState,
        SyncRun, SyncSummary, Through,
    },
    worker,
};
use serde_json::{Value, json};
use support::{google::Google, on_each_database};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const US: &str = "ann@shop.example";
const COLLEAGUE: &str = "bob@shop.example";

fn mail(from: &str, to: &str, headers: &str, text: &str, at: DateTime<Utc>, labels: &[&str], thread: &str) -> Value {
    let eml = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {thread}\r\nDate: {}\r\n{headers}\r\n\r\n{text}\r\n",
        at.to_rfc2822()
    );
    json!({"eml": eml, "labels": labels, "thread": thread, "internal_date": at.timestamp_millis()})
}

/// A client's question and our answer to it, so many days ago.
fn exchange(name: &str, days: i64) -> Vec<Value> {
    let at = SystemClock.now() - TimeDelta::days(days);
    let client = format!("{name}@x.example");
    let id = |part: &str| format!("Message-ID: <{part}.{name}@x>");
    vec![
        mail(&client, US, &id("q"), &format!("What about {name}?"), at, &["INBOX"], name),
        mail(US, &client, &id("a"), &format!("{name} is on its way."), at + TimeDelta::hours(1), &["SENT"], name),
    ]
}

async fn sync_now(d: &Arc<Domain>, account: AccountId) -> SyncSummary {
    sync::sync_now(d, Actor::nobody(Through::Page), account).await.expect("the sync runs")
}

async fn account(d: &Domain, id: AccountId) -> Account {
    d.store.account(id).await.expect("reads").expect("is there")
}

async fn run(d: &Domain, id: RunId) -> SyncRun {
    d.store.run(id).await.expect("reads").expect("is there")
}

/// Waits until a run is as it should be.
async fn until(d: &Domain, id: RunId, what: &str, is_so: impl Fn(&SyncRun) -> bool) -> SyncRun {
    let wait = async {
        loop {
            let now = run(d, id).await;
            if is_so(&now) {
                return now;
            }
            tokio::task::yield_now().await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(60), wait).await {
        Ok(run) => run,
        Err(_) => panic!("{what}: the run is still {:?}", run(d, id).await),
    }
}

struct Worker(CancellationToken, JoinHandle<()>);

impl Worker {
    fn start(d: &Arc<Domain>) -> Self {
        let stop = CancellationToken::new();
        let lock = worker::WorkerLock::take(d).expect("nobody else is the worker");
        Self(stop.clone(), tokio::spawn(worker::run(Arc::clone(d), lock, stop)))
    }

    async fn stop(self) {
        self.0.cancel();
        self.1.await.expect("the worker ends");
    }
}

async fn remote_ids(google: &Google) -> BTreeSet<String> {
    let remote = google.get(&format!("/messages?account={US}")).await;
    let messages = remote["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["id"].as_str().expect("an id").to_owned()).collect()
}

async fn known(d: &Domain, id: AccountId, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    d.store.known_external_ids(id, &ids).await.expect("reads")
}

/// How often single messages and threads were fetched.
async fn fetches(google: &Google) -> u64 {
    google.get("/log?path=/(messages|threads)/[^/]%2B$").await["count"].as_u64().expect("a count")
}

/// Old mail, and a first sync that does not reach it. A get takes a while, so that there is time to interfere.
async fn with_old_mail(d: &Arc<Domain>, google: &Google, exchanges: usize) -> AccountId {
    for number in 0..exchanges {
        google.seed(US, exchange(&format!("old{number}"), 100)).await;
    }
    google.seed(US, exchange("recent", 1)).await;
    let id = google.connect(d, US).await;
    assert_eq!(sync_now(d, id).await.messages_upserted, 2);
    google.post("/faults", json!({"match": {"path": "/messages/[^/]+$"}, "delay_ms": 200})).await;
    id
}

#[tokio::test]
async fn old_mail_comes_in_while_the_mail_of_today_is_synced() {
    on_each_database("backfill", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let id = with_old_mail(&d, &google, 60).await;
        let worker = Worker::start(&d);
        let since = SystemClock.now() - TimeDelta::days(365);
        let backfill = sync::queue_backfill(&d, Actor::nobody(Through::Page), id, Some(since)).await.expect("queues");
        let again = sync::queue_backfill(&d, Actor::nobody(Through::Page), id, None).await.expect_err("one at a time");
        assert_eq!(again.to_string(), "backfill_already_running");
        until(&d, backfill, "begins", |run| run.messages_fetched > 0).await;

        google.seed(US, exchange("today", 0)).await;
        let meanwhile = sync_now(&d, id).await;
        assert_eq!((meanwhile.state, meanwhile.messages_upserted), (RunState::Done, 2));
        let beside = run(&d, backfill).await;
        assert!(!beside.state.is_over(), "the sync did not wait for all of it: {beside:?}");

        let done = until(&d, backfill, "ends", |run| run.state.is_over()).await;
        assert_eq!((done.kind, done.state), (RunKind::Backfill, RunState::Done), "{:?}", done.errors);
        assert_eq!((done.messages_total, done.messages_fetched, done.messages_upserted), (Some(120), 120, 120));
        assert_eq!(done.pairs_created, 60);
        let remote = remote_ids(&google).await;
        assert_eq!((known(&d, id, &remote).await.len(), remote.len()), (124, 124));
        assert_eq!(account(&d, id).await.counts.messages, 124);

        // The old mail is part of the window from now on: what vanishes while Google forgets its history is noticed.
        let oldest = remote.iter().next().expect("a message");
        google.post("/messages/delete", json!({"account": US, "ids": [oldest]})).await;
        google.post("/history/expire", json!({"account": US})).await;
        assert_eq!(sync_now(&d, id).await.state, RunState::Done);
        assert_eq!(account(&d, id).await.counts.messages, 123);
        worker.stop().await;
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_backfill_is_paused_goes_on_without_fetching_twice_and_is_cancelled() {
    on_each_database("pause", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let id = with_old_mail(&d, &google, 60).await;
        let worker = Worker::start(&d);
        let before = fetches(&google).await;
        let backfill = sync::queue_backfill(&d, Actor::nobody(Through::Page), id, None).await.expect("queues");
        until(&d, backfill, "begins", |run| run.messages_fetched > 0).await;
        runs::request(&d, Actor::command_line(), backfill, RunRequest::Pause).await.expect("is asked");
        let paused = until(&d, backfill, "pauses", |run| run.state == RunState::Paused).await;
        assert!(paused.messages_fetched < 120, "half-way");
        assert_eq!(sync_now(&d, id).await.state, RunState::Done, "a paused backfill is in nobody's way");

        // Another process, later: it goes on where it was.
        worker.stop().await;
        d.shutdown().await;
        let d = google.domain(&db, &[]).await;
        let worker = Worker::start(&d);
        assert_eq!(run(&d, backfill).await.state, RunState::Paused, "until somebody says so");
        runs::resume(&d, Actor::command_line(), backfill).await.expect("is asked");
        let done = until(&d, backfill, "ends", |run| run.state.is_over()).await;
        assert_eq!((done.state, done.messages_fetched), (RunState::Done, 120), "{:?}", done.errors);
        assert_eq!(fetches(&google).await - before, 120, "each once");
        let over = runs::resume(&d, Actor::command_line(), backfill).await.expect_err("it is over");
        assert_eq!(over.to_string(), "run_is_over");
        worker.stop().await;
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_cancelled_backfill_brought_stays_and_is_still_compared() {
    on_each_database("cancel", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let id = with_old_mail(&d, &google, 60).await;
        let worker = Worker::start(&d);
        let backfill = sync::queue_backfill(&d, Actor::nobody(Through::Page), id, None).await.expect("queues");
        until(&d, backfill, "begins", |run| run.messages_fetched > 0).await;
        runs::request(&d, Actor::command_line(), backfill, RunRequest::Cancel).await.expect("is asked");
        until(&d, backfill, "ends", |run| run.state == RunState::Cancelled).await;
        worker.stop().await;
        let remote = remote_ids(&google).await;
        let here = known(&d, id, &remote).await;
        assert!((3..122).contains(&here.len()), "some of it: {}", here.len());

        // One of the old messages that came is deleted while Google forgets its history; those that did not come stay away.
        let listed = google.get(&format!("/messages?account={US}")).await;
        let old = listed["messages"].as_array().expect("messages").iter().find(|message| {
            let at: i64 = message["internalDate"].as_str().and_then(|at| at.parse().ok()).expect("a time");
            here.contains(message["id"].as_str().expect("an id"))
                && at < (SystemClock.now() - TimeDelta::days(50)).timestamp_millis()
        });
        let old = old.expect("an old one is here")["id"].clone();
        google.post("/messages/delete", json!({"account": US, "ids": [old]})).await;
        google.post("/history/expire", json!({"account": US})).await;
        assert_eq!(sync_now(&d, id).await.state, RunState::Done);
        assert_eq!(account(&d, id).await.counts.messages, i64::try_from(here.len()).expect("few") - 1);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_stopped_monitor_syncs_nothing_and_a_started_one_goes_on() {
    on_each_database("monitor", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let id = with_old_mail(&d, &google, 60).await;
        let worker = Worker::start(&d);
        let backfill = sync::queue_backfill(&d, Actor::nobody(Through::Page), id, None).await.expect("queues");
        until(&d, backfill, "begins", |run| run.messages_fetched > 0).await;
        let status = monitor::set_enabled(&d, Actor::command_line(), false).await.expect("stops");
        assert_eq!((status.enabled, status.workers.len()), (false, 1));
        assert!(status.accounts.iter().all(|account| account.next_sync_at.is_none()));
        until(&d, backfill, "waits", |run| run.state == RunState::Queued).await;
        assert_eq!(
            monitor::poll_now(&d, Actor::command_line()).await.expect_err("nobody would").to_string(),
            "monitor_stopped"
        );
        let status = monitor::set_enabled(&d, Actor::command_line(), true).await.expect("starts");
        assert!(status.accounts.iter().all(|account| account.next_sync_at.is_some()));
        let done = until(&d, backfill, "ends", |run| run.state.is_over()).await;
        assert_eq!((done.state, done.messages_fetched), (RunState::Done, 120), "{:?}", done.errors);
        worker.stop().await;
        assert_eq!(
            monitor::poll_now(&d, Actor::command_line()).await.expect_err("nobody would").to_string(),
            "no_worker"
        );
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn one_sqlite_database_has_one_worker() {
    on_each_database("workers", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let first = worker::WorkerLock::take(&d).expect("nobody else is the worker");
        match worker::WorkerLock::take(&d) {
            Ok(_) => assert_eq!(d.store.backend(), "postgres"),
            Err(error) => {
                let text = error.to_string();
                let process = format!("process id {}", std::process::id());
                assert!(text.contains(&process) && text.contains("SQLite serves one worker"), "{text}");
                assert_eq!(d.store.backend(), "sqlite");
            }
        }
        drop(first);
        assert!(worker::WorkerLock::take(&d).is_ok(), "it is given back");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn deleted_mail_is_emptied_where_the_setting_says_so_and_its_pair_is_flagged() {
    on_each_database("removal", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[("SYNC_DELETED_MAIL", "remove")]).await;
        google.seed(US, exchange("one", 1)).await;
        let id = google.connect(&d, US).await;
        sync_now(&d, id).await;
        let ids = remote_ids(&google).await;
        google.post("/messages/delete", json!({"account": US, "ids": ids})).await;
        assert_eq!(sync_now(&d, id).await.state, RunState::Done);
        assert_eq!(account(&d, id).await.counts.messages, 0);
        let threads = d.store.thread_ids(id).await.expect("reads");
        let left = d.store.thread_mail(id, &threads[0]).await.expect("reads");
        assert!(left.iter().all(|mail| mail.body_text.is_none() && mail.body_html.is_none() && mail.subject.is_none()));
        let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let pairs = d.store.list_pairs(&all, None, 10, 0).await.expect("reads").items;
        assert_eq!(
            (pairs.len(), pairs[0].source),
            (1, PairSource::Deleted),
            "a person decides what becomes of the pair"
        );
        assert_eq!(pairs[0].our_reply_text, "one is on its way.");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_conversation_that_moves_between_our_mailboxes_is_paired_as_one() {
    on_each_database("one thread", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        let at = |hours: i64| SystemClock.now() - TimeDelta::days(1) + TimeDelta::hours(hours);
        let (client, thread) = ("carl@x.example", "carls-order");
        let question = |to: &str| {
            mail(client, to, "Message-ID: <1@x>\r\nCc: bob@shop.example", "Where is it?", at(0), &["INBOX"], thread)
        };
        // Ann has the question; Bob, who was in copy, answers it; Ann sees his answer, and the client's thanks go to Bob alone.
        let answer = |labels: &[&str]| {
            let headers = "Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\nReferences: <1@x>\r\nCc: ann@shop.example";
            mail(COLLEAGUE, client, headers, "It left today.", at(1), labels, thread)
        };
        google.seed(US, vec![question(US), answer(&["INBOX"])]).await;
        let second = "Message-ID: <3@x>\r\nIn-Reply-To: <2@x>\r\nReferences: <1@x> <2@x>";
        let third = "Message-ID: <4@x>\r\nIn-Reply-To: <3@x>\r\nReferences: <1@x> <2@x> <3@x>";
        google
            .seed(
                COLLEAGUE,
                vec![
                    question(US),
                    answer(&["SENT"]),
                    mail(client, COLLEAGUE, second, "And the invoice?", at(2), &["INBOX"], thread),
                    mail(COLLEAGUE, client, third, "Attached to the parcel.", at(3), &["SENT"], thread),
                ],
            )
            .await;
        let (ann, bob) = (google.connect(&d, US).await, google.connect(&d, COLLEAGUE).await);
        for id in [ann, bob, ann] {
            assert_eq!(sync_now(&d, id).await.state, RunState::Done);
        }
        let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let mut pairs = d.store.list_pairs(&all, None, 10, 0).await.expect("reads").items;
        pairs.sort_by_key(|pair| pair.reply_sent_at);
        let texts: Vec<_> =
            pairs.iter().map(|pair| (pair.client_text.as_str(), pair.our_reply_text.as_str())).collect();
        assert_eq!(texts, [("Where is it?", "It left today."), ("And the invoice?", "Attached to the parcel.")]);
        assert_eq!(pairs[1].integration_account_id, bob);

        // Nothing changes when nothing changed.
        let before: Vec<_> = pairs.iter().map(|pair| (pair.id, pair.updated_at)).collect();
        for id in [bob, ann] {
            assert_eq!(sync_now(&d, id).await.pairs_created, 0);
        }
        let mut after = d.store.list_pairs(&all, None, 10, 0).await.expect("reads").items;
        after.sort_by_key(|pair| pair.reply_sent_at);
        assert_eq!(after.iter().map(|pair| (pair.id, pair.updated_at)).collect::<Vec<_>>(), before);
        d.shutdown().await;
    })
    .await;
}
