//! What the store promises about runs and the lease of an account, told once and run on both databases.

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    store::{Batch, LeaseError, NewRun, RunEnd, RunProgress, Sign, StoreError, Turn},
    types::{AccountProblem, AccountStatus, Actor, RunCode, RunError, RunKind, RunRequest, RunState, Through},
};
use support::{
    noon, on_each_database,
    store::{LEASE, gmail, open, sync_of},
};

#[tokio::test]
async fn an_account_has_one_run_at_a_time() {
    on_each_database("runs", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let second = store.begin_run(&sync_of(account), LEASE, noon()).await;
        assert!(matches!(second, Err(LeaseError::AlreadyRunning)));
        assert_eq!(store.recent_runs(account, 10).await.expect("reads").len(), 1, "a refused run leaves nothing");
        assert!(store.due_accounts(noon(), noon()).await.expect("reads").is_empty());

        // Its process dies: once the lease is over, another takes the account, and the first finds itself displaced.
        let later = noon() + LEASE;
        let due = store.due_accounts(noon() - TimeDelta::hours(1), later).await.expect("reads");
        assert_eq!(due.len(), 1, "the dead run's account does not wait for its interval");
        let successor = store.begin_run(&sync_of(account), LEASE, later).await.expect("takes over").run;
        assert_eq!(store.run(run).await.expect("reads").expect("is there").state, RunState::Interrupted);
        let progress = RunProgress { messages_fetched: 7, ..RunProgress::default() };
        let sign = async |run| {
            store.save_progress(account, run, RunKind::Sync, &progress, LEASE, later).await.expect("writes")
        };
        assert_eq!((sign(run).await, sign(successor).await), (Sign::Lost, Sign::Ours));
        let late = Batch::of(account, run);
        assert!(matches!(store.store_batch(late, later).await, Err(StoreError::LeaseLost)));

        // A request made while the run goes on is still there when it ends; the cursor and the summary come together.
        store.request_resync(account, later + TimeDelta::seconds(1)).await.expect("writes");
        let end = RunEnd {
            state: RunState::Done,
            progress: RunProgress { errors: vec!["e".to_owned()], errors_total: 1, ..progress.clone() },
            account_cursor: Some(serde_json::json!({"listed_until": 5})),
        };
        let ended = later + TimeDelta::minutes(1);
        let summary = store.finish_run(successor, &end, ended).await.expect("writes");
        assert_eq!((summary.messages_fetched, summary.last_sync_at, summary.manual), (7, Some(ended), false));
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!(shown.meta.last_sync_summary, Some(summary));
        assert!(shown.meta.manual_resync_requested_at.is_some());
        assert_eq!((shown.last_sync_at, shown.active_run_id), (Some(ended), None));
        assert_eq!(store.account_cursor(account).await.expect("reads"), Some(serde_json::json!({"listed_until": 5})));

        // The next run serves the request; a failed one keeps cursor and time.
        let third = store.begin_run(&sync_of(account), LEASE, ended + TimeDelta::minutes(1)).await.expect("begins").run;
        let end = RunEnd { state: RunState::Failed, progress: RunProgress::default(), account_cursor: None };
        store.finish_run(third, &end, ended + TimeDelta::minutes(2)).await.expect("writes");
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert!(shown.meta.manual_resync_requested_at.is_none());
        assert_eq!(shown.last_sync_at, Some(ended));
        assert_eq!(store.account_cursor(account).await.expect("reads"), Some(serde_json::json!({"listed_until": 5})));
    })
    .await;
}

#[tokio::test]
async fn a_backfill_steps_aside_for_a_sync_and_has_an_account_to_itself() {
    on_each_database("backfills", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let since = Some(noon() - TimeDelta::days(90));
        let new = NewRun { kind: RunKind::Backfill, since, ..sync_of(account) };
        let backfill = store.queue_backfill(&new, noon()).await.expect("queues");
        assert!(matches!(store.queue_backfill(&new, noon()).await, Err(LeaseError::BackfillOpen)));
        assert!(store.claim_backfill(LEASE, noon()).await.expect("reads").is_none(), "the first sync comes first");

        let first = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins");
        assert!(first.has_lease);
        let end = |state| RunEnd {
            state,
            progress: RunProgress::default(),
            account_cursor: Some(serde_json::json!({"covered_since": 0})),
        };
        store.finish_run(first.run, &end(RunState::Done), noon()).await.expect("writes");
        let claimed = store.claim_backfill(LEASE, noon()).await.expect("writes").expect("waits");
        assert_eq!((claimed.run, claimed.account, claimed.since), (backfill, account, since));
        assert!(store.claim_backfill(LEASE, noon()).await.expect("writes").is_none(), "once");
        assert!(store.take_slice_lease(account, backfill, LEASE, noon()).await.expect("writes"));
        assert_eq!(store.due_accounts(noon(), noon()).await.expect("reads").len(), 1, "a slice keeps no sync away");

        // A sync comes while a slice is under way: it waits, a second one is refused, and the next slice is not begun.
        let at = noon() + TimeDelta::seconds(1);
        let waiting = store.begin_run(&sync_of(account), LEASE, at).await.expect("waits");
        assert!(!waiting.has_lease);
        assert!(matches!(store.begin_run(&sync_of(account), LEASE, at).await, Err(LeaseError::AlreadyRunning)));
        let turn = async || store.take_lease(account, waiting.run, LEASE, at).await.expect("writes");
        assert_eq!(turn().await, Turn::NotYet, "the slice is not over");
        store.release_slice_lease(account, backfill, None).await.expect("writes");
        assert!(!store.take_slice_lease(account, backfill, LEASE, at).await.expect("writes"), "the sync goes first");
        assert_eq!(turn().await, Turn::Ours);
        assert_eq!(store.run(waiting.run).await.expect("reads").expect("is there").state, RunState::Running);
        assert!(!store.take_slice_lease(account, backfill, LEASE, at).await.expect("writes"));
        store.finish_run(waiting.run, &end(RunState::Done), at).await.expect("writes");
        assert!(store.take_slice_lease(account, backfill, LEASE, at).await.expect("writes"), "and now the backfill");
        store.release_slice_lease(account, backfill, None).await.expect("writes");

        // The process of a waiting sync dies: nobody waits for it for long, and it does not stay in the queue.
        store.take_slice_lease(account, backfill, LEASE, at).await.expect("writes");
        let lost = store.begin_run(&sync_of(account), LEASE, at).await.expect("waits");
        store.release_slice_lease(account, backfill, None).await.expect("writes");
        let later = at + LEASE + TimeDelta::seconds(1);
        assert!(store.take_slice_lease(account, backfill, LEASE, later).await.expect("writes"));
        store.release_slice_lease(account, backfill, None).await.expect("writes");
        let next = store.begin_run(&sync_of(account), LEASE, later).await.expect("begins");
        assert_eq!(store.run(lost.run).await.expect("reads").expect("is there").state, RunState::Interrupted);
        store.finish_run(next.run, &end(RunState::Done), later).await.expect("writes");

        // The backfill's own process dies: another takes it where it was.
        let again =
            store.claim_backfill(LEASE, later).await.expect("writes").expect("its process gave no sign of life");
        assert_eq!(again.run, backfill);
    })
    .await;
}

#[tokio::test]
async fn a_run_is_paused_goes_on_and_is_cancelled() {
    on_each_database("pauses", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let first = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let end = RunEnd {
            state: RunState::Done,
            progress: RunProgress::default(),
            account_cursor: Some(serde_json::json!({"covered_since": 0})),
        };
        store.finish_run(first, &end, noon()).await.expect("writes");
        let new = NewRun { kind: RunKind::Backfill, ..sync_of(account) };
        let run = store.queue_backfill(&new, noon()).await.expect("queues");
        let state = async |shown: Option<replybook::types::SyncRun>| {
            let shown = shown.expect("is there");
            (shown.state, shown.requested)
        };
        // One that waits is paused at once, and goes back into the queue.
        let paused = store.request_of_run(run, RunRequest::Pause, noon()).await.expect("writes");
        assert_eq!(state(paused).await, (RunState::Paused, None));
        assert!(store.claim_backfill(LEASE, noon()).await.expect("reads").is_none());
        assert_eq!(state(store.resume_run(run, noon()).await.expect("writes")).await, (RunState::Queued, None));

        // A running one learns of it at its next sign of life, and keeps what it has.
        store.claim_backfill(LEASE, noon()).await.expect("writes").expect("waits");
        let asked = store.request_of_run(run, RunRequest::Pause, noon()).await.expect("writes");
        assert_eq!(state(asked).await, (RunState::Running, Some(RunRequest::Pause)));
        let progress = RunProgress { messages_fetched: 7, messages_total: Some(9), ..RunProgress::default() };
        let sign = async |run| {
            store.save_progress(account, run, RunKind::Backfill, &progress, LEASE, noon()).await.expect("writes")
        };
        assert_eq!(sign(run).await, Sign::Asked(RunRequest::Pause));
        store.set_run_aside(run, RunState::Paused, &progress, noon()).await.expect("writes");
        assert_eq!(sign(run).await, Sign::Lost, "who goes on all the same is told");
        assert_eq!(state(store.resume_run(run, noon()).await.expect("writes")).await, (RunState::Queued, None));
        let claimed = store.claim_backfill(LEASE, noon()).await.expect("writes").expect("waits");
        assert_eq!(claimed.progress.messages_fetched, 7);

        // The monitor is switched off for all processes, and on again.
        assert_eq!(sign(run).await, Sign::Ours);
        store.set_monitor(false, noon()).await.expect("writes");
        assert_eq!((sign(run).await, store.monitor_enabled().await.expect("reads")), (Sign::Suspended, false));
        store.set_monitor(true, noon()).await.expect("writes");
        assert_eq!(sign(run).await, Sign::Ours);

        // So is the account, also under a sync; a sync does not mind the monitor.
        store.set_run_aside(run, RunState::Queued, &progress, noon()).await.expect("writes");
        let sync = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let of_sync =
            async || store.save_progress(account, sync, RunKind::Sync, &progress, LEASE, noon()).await.expect("writes");
        store.set_monitor(false, noon()).await.expect("writes");
        assert_eq!(of_sync().await, Sign::Ours);
        store.set_monitor(true, noon()).await.expect("writes");
        store.set_account_problem(account, AccountProblem::Clock, noon()).await.expect("writes");
        assert_eq!(of_sync().await, Sign::Ours);
        for (status, expected) in [(AccountStatus::Disabled, Sign::Suspended), (AccountStatus::Active, Sign::Ours)] {
            store.set_account_status(account, status, noon()).await.expect("writes");
            assert_eq!(of_sync().await, expected);
        }
        store.abandon_run(sync, RunError::new(RunCode::Internal, "over"), noon()).await.expect("writes");

        let cancelled = store.request_of_run(run, RunRequest::Cancel, noon()).await.expect("writes");
        assert_eq!(state(cancelled).await, (RunState::Cancelled, None));
        assert_eq!(state(store.resume_run(run, noon()).await.expect("writes")).await, (RunState::Cancelled, None));
        assert!(store.queue_backfill(&new, noon()).await.is_ok(), "there is room for another");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_fails_is_left_alone_for_longer_each_time() {
    on_each_database("backoff", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let interval = std::time::Duration::from_secs(300);
        let begin = async |at| store.begin_run(&sync_of(account), LEASE, at).await.expect("begins").run;
        let failed = RunEnd { state: RunState::Failed, progress: RunProgress::default(), account_cursor: None };
        let mut at = noon();
        for minutes in [5, 10, 20, 40, 60, 60] {
            let run = begin(at).await;
            store.back_off(account, None, RunCode::Unreachable, interval, at).await.expect("writes");
            store.finish_run(run, &failed, at).await.expect("writes");
            let shown = store.account(account).await.expect("reads").expect("is there");
            assert_eq!(shown.not_before, Some(at + TimeDelta::minutes(minutes)));
            assert_eq!(shown.not_before_reason.as_deref(), Some("unreachable"));
            at += TimeDelta::minutes(minutes);
            let just_before = at - TimeDelta::seconds(1);
            assert!(store.due_accounts(just_before, just_before).await.expect("reads").is_empty());
            assert_eq!(store.due_accounts(at, at).await.expect("reads").len(), 1);
        }
        // What the provider asked for counts when it is longer; a person's wish is served all the same.
        let run = begin(at).await;
        store.back_off(account, Some(TimeDelta::hours(3)), RunCode::RateLimited, interval, at).await.expect("writes");
        store.finish_run(run, &failed, at).await.expect("writes");
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!(shown.not_before, Some(at + TimeDelta::hours(3)));
        store.request_resync(account, at).await.expect("writes");
        assert_eq!(store.due_accounts(at, at).await.expect("reads").len(), 1);
        // One that reaches its end forgets all of that.
        let run = begin(at).await;
        let done = RunEnd { state: RunState::Done, account_cursor: Some(serde_json::json!({})), ..failed };
        store.finish_run(run, &done, at).await.expect("writes");
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!((shown.not_before, shown.not_before_reason), (None, None));
    })
    .await;
}

#[tokio::test]
async fn the_worker_takes_requests_first_and_then_the_longest_unseen() {
    on_each_database("due accounts", |db| async move {
        let store = open(&db).await;
        let mut accounts = Vec::new();
        for (minutes, name) in [(3, "a"), (2, "b"), (1, "c")] {
            let account = gmail(&store, None, &format!("{name}@y.example")).await;
            let at = noon() - TimeDelta::minutes(minutes);
            let run = store.begin_run(&sync_of(account), LEASE, at).await.expect("begins").run;
            let end = RunEnd { state: RunState::Done, progress: RunProgress::default(), account_cursor: None };
            store.finish_run(run, &end, at).await.expect("ends");
            accounts.push(account);
        }
        let never = gmail(&store, None, "never@y.example").await;
        let due = |before: DateTime<Utc>| {
            let store = store.clone();
            async move {
                let due = store.due_accounts(before, noon()).await.expect("reads");
                due.into_iter().map(|account| account.id).collect::<Vec<_>>()
            }
        };
        let [a, b, c] = accounts[..] else { panic!("three accounts") };
        assert_eq!(due(noon()).await, [never, a, b, c]);
        assert_eq!(due(noon() - TimeDelta::minutes(2)).await, [never, a, b]);
        store.request_resync(c, noon()).await.expect("writes");
        assert_eq!(due(noon() - TimeDelta::minutes(2)).await, [c, never, a, b]);
        store.set_account_status(a, AccountStatus::Disabled, noon()).await.expect("writes");
        assert_eq!(due(noon()).await, [c, never, b]);
    })
    .await;
}

#[tokio::test]
async fn an_import_goes_on_after_its_process_died() {
    on_each_database("imports", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let new = NewRun {
            account,
            kind: RunKind::Import,
            by: Actor::nobody(Through::Page),
            source: Some(("/tmp/a.mbox".into(), "a.mbox".to_owned(), 1_000)),
            since: None,
        };
        let run = store.queue_run(&new, noon()).await.expect("queues");
        let claimed = store.claim_import(LEASE, noon()).await.expect("claims").expect("one waits");
        assert_eq!((claimed.run, claimed.cursor), (run, None));
        assert!(store.claim_import(LEASE, noon()).await.expect("claims").is_none(), "taken");
        let cursor = serde_json::json!({"member": 0, "offset": 42});
        let batch = Batch { cursor: Some(&cursor), ..Batch::of(account, run) };
        store.store_batch(batch, noon()).await.expect("stores");

        let later = noon() + LEASE;
        let resumed = store.claim_import(LEASE, later).await.expect("claims").expect("its lease is over");
        assert_eq!((resumed.run, resumed.cursor), (run, Some(cursor.clone())));
        store.set_run_aside(run, RunState::Queued, &resumed.progress, later).await.expect("writes");
        let here = store.begin_import(&new, LEASE, later).await.expect("begins");
        assert_eq!((here.run, here.cursor), (run, Some(cursor)), "the same file goes on, also from the command line");
        assert!(matches!(store.begin_import(&new, LEASE, later).await, Err(LeaseError::AlreadyRunning)));
    })
    .await;
}
