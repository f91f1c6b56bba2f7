//! Who did what: an act and the record of it are one transaction.

mod support;

use chrono::TimeDelta;
use replybook::{
    store::{Act, AttemptLimit, LeaseError, NewRun, Store},
    types::{AccountStatus, Actor, AuditAction, AuditEntry, AuditFilter, Revocation, RunKind, RunTrigger, Through},
};
use support::{
    noon, on_each_database,
    store::{LEASE, gmail, open, sync_of, user},
};

async fn all(store: &Store) -> Vec<AuditEntry> {
    store.audit_page(&AuditFilter::default(), None, 200).await.expect("reads").items
}

#[tokio::test]
async fn what_is_done_to_an_account_is_on_record_with_who_from_and_to() {
    on_each_database("what_is_done_to_an_account_is_on_record", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "boss@y.example").await;
        let account = gmail(&store, Some(admin), "us@y.example").await;
        let at = |minutes| noon() + TimeDelta::minutes(minutes);
        let by = |minutes| Act { by: Actor::rest(admin), at: at(minutes) };
        store.set_account_status(account, AccountStatus::Disabled, by(1)).await.expect("writes");
        store.set_account_status(account, AccountStatus::Active, by(2)).await.expect("writes");
        store.request_resync(account, by(3)).await.expect("writes");
        store.disconnect_account(account, Revocation::Unconfirmed, by(4)).await.expect("writes");
        assert!(store.delete_account(account, by(5)).await.expect("writes"));
        assert!(!store.delete_account(account, by(6)).await.expect("writes"), "it is gone");
        assert!(store.request_resync(account, by(7)).await.expect("writes").is_none());

        let told: Vec<_> = all(&store).await;
        let words = |entry: &AuditEntry| (entry.action, entry.from.clone(), entry.to.clone());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told.iter().map(words).collect::<Vec<_>>(),
            [
                (AuditAction::AccountDeleted, some("0 messages, 0 pairs"), None),
                (AuditAction::AccountDisconnected, None, some("unconfirmed")),
                (AuditAction::ResyncRequested, some("active"), some("active")),
                (AuditAction::AccountEnabled, some("disabled"), some("active")),
                (AuditAction::AccountDisabled, some("active"), some("disabled")),
                (AuditAction::AccountConnected, None, some("gmail")),
                (AuditAction::UserCreated, None, some("admin")),
            ],
            "the latest first, and nothing of what was not done"
        );
        let deleted = &told[0];
        assert_eq!((deleted.user_id, deleted.user_email.as_deref()), (Some(admin), Some("boss@y.example")));
        assert_eq!((deleted.through, deleted.at), (Some(Through::Rest), at(5)));
        let target = (deleted.target.clone(), deleted.target_name.as_deref());
        assert_eq!(target, (Some(account.to_string()), Some("us@y.example")), "its name outlives it");
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_began_a_run_is_on_record_and_the_worker_is_nobody() {
    on_each_database("who_began_a_run_is_on_record", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "boss@y.example").await;
        let account = gmail(&store, Some(admin), "us@y.example").await;
        let (by, later) = (Actor::rest(admin), noon() + LEASE);
        let own = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let asked = NewRun { by, ..sync_of(account) };
        let refused = store.begin_run(&asked, LEASE, noon()).await;
        assert!(matches!(refused, Err(LeaseError::AlreadyRunning)), "and leaves no record");
        let begun = store.begin_run(&asked, LEASE, later).await.expect("begins").run;
        let since = Some(noon() - TimeDelta::days(30));
        let older = NewRun { kind: RunKind::Backfill, since, ..asked.clone() };
        store.queue_backfill(&older, later).await.expect("queues");
        let source = Some(("/mail/old.mbox".into(), "old.mbox".to_owned(), 7));
        let import = NewRun { kind: RunKind::Import, by: Actor::command_line(), source, ..asked };
        store.queue_run(&import, later).await.expect("queues");

        let told = all(&store).await;
        let mut told: Vec<_> = told.iter().filter(|entry| entry.target == Some(account.to_string())).collect();
        told.sort_by_key(|entry| entry.action);
        let words: Vec<_> = told.iter().map(|entry| (entry.action, entry.user_id, entry.to.as_deref())).collect();
        assert_eq!(
            words,
            [
                (AuditAction::AccountConnected, None, Some("gmail")),
                (AuditAction::SyncStarted, Some(admin), None),
                (AuditAction::OlderMailRequested, Some(admin), Some("2026-10-21")),
                (AuditAction::ImportStarted, None, Some("old.mbox")),
            ]
        );
        assert!(told.iter().all(|entry| entry.target_name.as_deref() == Some("us@y.example")));
        let trigger = async |run| store.run(run).await.expect("reads").expect("is there").trigger;
        assert_eq!((trigger(own).await, trigger(begun).await), (RunTrigger::Worker, RunTrigger::Manual));
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_record_is_filtered_and_paged_without_gaps() {
    on_each_database("the_record_is_filtered_and_paged", |db| async move {
        let store = open(&db).await;
        let (anna, bert) = (user(&store, "anna@y.example").await, user(&store, "bert@y.example").await);
        // Several at the same moment: ids break the tie.
        for number in 0..7 {
            let by = Actor::page(if number % 2 == 0 { anna } else { bert });
            let at = noon() + TimeDelta::minutes(number / 3);
            store.set_monitor(number % 2 == 0, Act { by, at }).await.expect("writes");
        }
        let whole = all(&store).await;
        assert_eq!(whole.len(), 9, "with the two people");
        let mut paged = Vec::new();
        let mut cursor = None;
        loop {
            let page = store.audit_page(&AuditFilter::default(), cursor.as_deref(), 2).await.expect("reads");
            paged.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole);

        let count = async |filter: AuditFilter| store.audit_page(&filter, None, 200).await.expect("reads").items.len();
        assert_eq!(count(AuditFilter { user_id: Some(bert), ..AuditFilter::default() }).await, 3);
        let stopped = Some(AuditAction::MonitorStopped);
        assert_eq!(count(AuditFilter { action: stopped, ..AuditFilter::default() }).await, 3);
        let late = Some(noon() + TimeDelta::minutes(2));
        assert_eq!(count(AuditFilter { since: late, ..AuditFilter::default() }).await, 1);
        assert_eq!(count(AuditFilter { target: Some(bert.to_string()), ..AuditFilter::default() }).await, 1);
        let both = AuditFilter { user_id: Some(anna), action: stopped, ..AuditFilter::default() };
        assert_eq!(count(both).await, 0);
        assert!(store.audit_page(&AuditFilter::default(), Some("17"), 2).await.is_err(), "no cursor of ours");
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn knocking_on_is_on_record_once_a_window() {
    on_each_database("knocking_on_is_on_record_once", |db| async move {
        let store = open(&db).await;
        let window = TimeDelta::minutes(15);
        let limit = AttemptLimit { of: "account:x@y.example", allowed: 2 };
        for attempt in 0..6 {
            let blocked = store.count_login_attempt(&[limit], window, noon()).await.expect("writes");
            assert_eq!(blocked.is_some(), attempt >= 2);
        }
        let told = all(&store).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].action, AuditAction::LoginLocked);
        assert_eq!(told[0].target.as_deref(), Some("account:x@y.example"));
        store.close().await;
    })
    .await;
}
