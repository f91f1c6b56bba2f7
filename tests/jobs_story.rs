//! The queue of jobs, and what is done by it, on both databases.

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    accounts,
    clock::SystemClock,
    import, jobs,
    store::{Apply, JobEnd, NewJob, Store, TakenJob},
    types::{
        Actor, ConflictCode, JobFilter, JobId, JobKind, JobState, JobView, NotFoundCode, PairFilter, Problem, RunState,
    },
    worker,
};
use serde_json::json;
use support::{
    SECRET_KEY, TestDb, noon, on_each_database,
    store::{LEASE, gmail, open},
};

async fn take(store: &Store, now: DateTime<Utc>) -> Option<TakenJob> {
    store.take_job(JobKind::ALL, LEASE, now).await.expect("the queue is read")
}

async fn listed(store: &Store) -> Vec<JobView> {
    store.list_jobs(JobFilter::default()).await.expect("reads")
}

/// Another process on the same database.
async fn another(db: &TestDb) -> Store {
    Store::open(&db.url, &SECRET_KEY.into(), &SystemClock).await.expect("opens")
}

fn of_its_own(number: i32) -> NewJob {
    NewJob { payload: json!({ "number": number }), dedupe_key: None, ..NewJob::group_replies() }
}

#[tokio::test]
async fn one_waits_and_one_runs_of_those_that_do_the_same() {
    on_each_database("deduplication", |db| async move {
        let (store, other) = (open(&db).await, another(&db).await);
        let job = NewJob::group_replies();
        for _ in 0..3 {
            store.enqueue(&job, noon()).await.expect("writes");
        }
        assert_eq!(listed(&store).await.len(), 1);
        let taken = take(&store, noon()).await.expect("it may begin");
        assert_eq!((taken.kind, taken.attempts), (JobKind::GroupReplies, 1));
        // What comes while it runs may not be seen by it any more: it is done after it.
        other.enqueue(&job, noon()).await.expect("writes");
        assert!(take(&other, noon()).await.is_none(), "one at a time");
        store.end_job(&taken, &JobEnd::Done, noon()).await.expect("writes");
        let second = take(&other, noon()).await.expect("now it may");
        assert_ne!(second.id, taken.id);
        other.end_job(&second, &JobEnd::Done, noon()).await.expect("writes");
        assert!(listed(&store).await.is_empty(), "what is done is gone");
    })
    .await;
}

#[tokio::test]
async fn two_workers_never_run_one_job_at_once_and_leave_none() {
    on_each_database("two workers", |db| async move {
        let stores = [open(&db).await, another(&db).await, another(&db).await];
        for number in 0..60 {
            stores[0].enqueue(&of_its_own(number), noon()).await.expect("writes");
        }
        let working = stores.iter().map(|store| async move {
            let mut done = Vec::new();
            while let Some(job) = take(store, noon()).await {
                done.push(job.payload.0["number"].as_i64().expect("a number"));
                store.end_job(&job, &JobEnd::Done, noon()).await.expect("writes");
            }
            done
        });
        let mut done: Vec<i64> = futures::future::join_all(working).await.concat();
        done.sort_unstable();
        assert_eq!(done, (0..60).collect::<Vec<i64>>());
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_process_died_is_taken_again_after_its_lease_and_not_for_ever() {
    on_each_database("dead processes", |db| async move {
        let (dead, store) = (open(&db).await, another(&db).await);
        dead.enqueue(&NewJob::group_replies(), noon()).await.expect("writes");
        let first = take(&dead, noon()).await.expect("it may begin");
        let soon = noon() + LEASE - TimeDelta::seconds(1);
        assert!(take(&store, soon).await.is_none(), "it is believed to run");
        assert!(dead.renew_job(&first, LEASE, soon).await.expect("writes"), "a sign of life");
        assert!(take(&store, noon() + LEASE).await.is_none(), "and believed again");
        let mut now = soon + LEASE;
        let again = take(&store, now).await.expect("its lease is over");
        assert_eq!((again.id, again.attempts), (first.id, 2));

        // Who comes back from the dead changes nothing.
        assert!(!dead.renew_job(&first, LEASE, now).await.expect("writes"));
        dead.end_job(&first, &JobEnd::Done, now).await.expect("nothing to write");
        assert_eq!(listed(&store).await[0].state, JobState::Running);

        // One that kills whoever runs it ends as well.
        for _ in again.attempts..again.max_attempts {
            now += LEASE;
            assert!(take(&store, now).await.is_some());
        }
        now += LEASE;
        assert!(take(&store, now).await.is_none());
        let given_up = listed(&store).await.remove(0);
        assert_eq!((given_up.state, given_up.error.as_deref()), (JobState::Failed, Some("its process died")));
    })
    .await;
}

/// Takes the job again and again as soon as it may, and lets it fail. Returns when it was given up.
async fn fail_to_the_end(store: &Store, mut now: DateTime<Utc>) -> DateTime<Utc> {
    loop {
        let job = take(store, now).await.expect("it may begin");
        store.end_job(&job, &JobEnd::Failed(format!("failed {} times", job.attempts)), now).await.expect("writes");
        let shown = listed(store).await.remove(0);
        assert_eq!(shown.error, Some(format!("failed {} times", job.attempts)));
        if shown.state == JobState::Failed {
            assert_eq!(shown.attempts, shown.max_attempts);
            return now;
        }
        assert!(shown.run_after > now, "it rests");
        assert!(take(store, shown.run_after - TimeDelta::microseconds(1)).await.is_none());
        now = shown.run_after;
    }
}

#[tokio::test]
async fn attempts_end_and_somebody_may_have_it_tried_again() {
    on_each_database("attempts", |db| async move {
        let clock = std::sync::Arc::new(replybook::clock::ManualClock::new(noon()));
        let d = db.domain(clock).await;
        d.store.enqueue(&NewJob::group_replies(), noon()).await.expect("writes");
        let given_up = fail_to_the_end(&d.store, noon()).await;
        assert!(take(&d.store, given_up + TimeDelta::days(365)).await.is_none(), "it is kept, not tried");
        let failed = jobs::list(&d, JobFilter { state: Some(JobState::Failed) }).await.expect("reads");
        assert_eq!(failed.len(), 1);

        let again = jobs::retry(&d, Actor::command_line(), failed[0].id).await.expect("it is queued");
        assert_eq!((again.id, again.state, again.attempts), (failed[0].id, JobState::Queued, 0));
        let running = take(&d.store, noon()).await.expect("at once");
        let refused = jobs::retry(&d, Actor::command_line(), running.id).await;
        assert_eq!(refused, Err(Problem::conflict(ConflictCode::JobRunning)));
        let unknown = jobs::retry(&d, Actor::command_line(), JobId::new()).await;
        assert_eq!(unknown, Err(Problem::not_found(NotFoundCode::Job)));

        // The same comes again while it runs and fails: it does not begin to count anew.
        d.store.enqueue(&NewJob::group_replies(), noon()).await.expect("writes");
        d.store.end_job(&running, &JobEnd::Failed("no".to_owned()), noon()).await.expect("writes");
        let merged = listed(&d.store).await;
        assert_eq!((merged.len(), merged[0].attempts), (1, 1));
        // One that is given up, and the same that waits: the one that waits does it.
        let last = fail_to_the_end(&d.store, merged[0].run_after).await;
        d.store.enqueue(&NewJob::group_replies(), last).await.expect("writes");
        let failed = jobs::list(&d, JobFilter { state: Some(JobState::Failed) }).await.expect("reads");
        let waits = jobs::retry(&d, Actor::command_line(), failed[0].id).await.expect("the other one");
        assert_ne!(waits.id, failed[0].id);
        assert_eq!(listed(&d.store).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_is_there_if_what_causes_it_is_and_goes_with_its_account() {
    on_each_database("causes", |db| async move {
        let d = db.domain(std::sync::Arc::new(replybook::clock::ManualClock::new(noon()))).await;
        let path = db.folder().join("two.mbox");
        let mail = "From c@x Thu Jan  1 00:00:00 2026\nFrom: c@x.example\nTo: us@y.example\nSubject: s\n\
             Date: Thu, 19 Nov 2026 10:00:00 +0000\nMessage-ID: <1@x>\n\nDo you sell red boots, and when do they come?\n\n\
             From us@y Thu Jan  1 00:00:00 2026\nFrom: us@y.example\nTo: c@x.example\nSubject: Re: s\n\
             Date: Thu, 19 Nov 2026 11:00:00 +0000\nMessage-ID: <2@y>\nIn-Reply-To: <1@x>\n\n\
             Yes, we sell red boots, and they come next week on Monday.\n";
        std::fs::write(&path, mail).expect("written");
        let run = import::import_file(&d, &path, "us@y.example", |_| {}).await.expect("the import runs");
        assert_eq!((run.state, run.pairs_created), (RunState::Done, 1));
        assert!(listed(&d.store).await.is_empty(), "the groups of its pairs were found at once");
        assert!(!d.store.has_ungrouped_pairs().await.expect("reads"));

        // A transaction that is taken back takes its job with it.
        replybook::pairs::rebuild(&d, Actor::command_line(), None, Apply::DryRun).await.expect("says what would change");
        assert!(listed(&d.store).await.is_empty());

        // What an earlier version left without a job is found by the next worker.
        let forget = "UPDATE ai_training_pairs SET grouped = FALSE, group_id = NULL";
        db.execute(forget, forget).await;
        let stop = tokio_util::sync::CancellationToken::new();
        let lock = worker::WorkerLock::take(&d).expect("it is free");
        let working = tokio::spawn(worker::run(std::sync::Arc::clone(&d), lock, stop.clone()));
        let grouped = async { while d.store.has_ungrouped_pairs().await.expect("reads") {} };
        tokio::time::timeout(std::time::Duration::from_secs(60), grouped).await.expect("a worker does it");
        stop.cancel();
        working.await.expect("it ends");

        let account = gmail(&d.store, None, "them@y.example").await;
        d.store.enqueue(&NewJob::fetch_attachments(account), noon()).await.expect("writes");
        assert!(listed(&d.store).await.iter().any(|job| job.account_id == Some(account)));
        d.store.delete_account(account, noon()).await.expect("writes");
        assert!(listed(&d.store).await.iter().all(|job| job.account_id.is_none()));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_deleted_mailbox_shared_is_paired_in_the_other() {
    on_each_database("a deleted mailbox", |db| async move {
        let d = db.domain(std::sync::Arc::new(replybook::clock::ManualClock::new(noon()))).await;
        let mail = "From c Thu Jan  1 00:00:00 2026\nFrom: Carol <carol@client.example>\nTo: us@y.example\nCc: desk@y.example\n\
                    Subject: Grinder\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <q1>\n\nMy grinder makes a noise, what can I do?\n\n\
                    From us Fri Jan  2 00:00:00 2026\nFrom: Us <us@y.example>\nTo: carol@client.example\nSubject: Re: Grinder\n\
                    Date: Fri, 2 Jan 2026 10:00:00 +0000\nMessage-ID: <a1>\nIn-Reply-To: <q1>\n\n\
                    Please take the burrs out of the grinder and brush them.\n\n";
        let by = Actor::command_line();
        let mut mailboxes = Vec::new();
        for address in ["us@y.example", "desk@y.example"] {
            let path = db.folder().join(format!("{address}.mbox"));
            std::fs::write(&path, mail).expect("written");
            mailboxes.push(import::import_file(&d, &path, address, |_| {}).await.expect("imported"));
        }
        let (first, second) = (mailboxes[0].account_id, mailboxes[1].account_id);
        // Copies in another mailbox are not counted among the mail of this one.
        assert!(mailboxes[1].pairs_skipped <= mailboxes[1].messages_fetched, "{:?}", mailboxes[1]);
        accounts::add_own_addresses(&d, by, second, "us@y.example").await.expect("added");
        worker::run_once(&d).await.expect("runs");
        let pairs = async |account| {
            let filter = PairFilter { account_id: Some(account), ..PairFilter::default() };
            d.store.pair_counts(&filter).await.expect("reads").new
        };
        assert_eq!((pairs(first).await, pairs(second).await), (1, 0), "a conversation is paired once");
        accounts::delete(&d, by, first).await.expect("deleted");
        worker::run_once(&d).await.expect("runs");
        assert_eq!(pairs(second).await, 1);
        d.shutdown().await;
    })
    .await;
}
