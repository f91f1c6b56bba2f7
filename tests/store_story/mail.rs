//! Messages on their way in.

use std::collections::BTreeSet;

use replybook::{
    mail::parse_rfc822,
    store::{Apply, Batch, Habits, NewFailure, NewMessage, Saved, ThreadPairs, ThreadSummary},
    types::{Direction, Provider, RunCode},
};

use crate::{
    link, save_pairs,
    support::{
        noon, on_each_database,
        store::{LEASE, account_of, gmail, message, open, referring, store_messages, sync_of},
    },
};

#[tokio::test]
async fn mail_is_stored_once_and_changes_are_seen() {
    on_each_database("mail", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let mut messages = vec![message("m1", "t1", Direction::Incoming), message("m2", "t1", Direction::Outgoing)];
        assert_eq!(store_messages(&store, account, run, &messages).await, 2);
        assert_eq!(store.threads_to_pair(account, 10).await.expect("reads"), ["t1"]);
        save_pairs(&store, account, "t1", vec![], Apply::Yes).await;
        assert!(store.threads_to_pair(account, 10).await.expect("reads").is_empty());

        assert_eq!(store_messages(&store, account, run, &messages).await, 0, "nothing changed, nothing written");
        assert!(store.threads_to_pair(account, 10).await.expect("reads").is_empty());
        messages[0].labels.push("IMPORTANT".to_owned());
        assert_eq!(store_messages(&store, account, run, &messages).await, 1);

        let known = store.known_external_ids(account, &["m1", "m2", "m3"]).await.expect("reads");
        assert_eq!(known.into_iter().collect::<Vec<_>>(), ["m1", "m2"]);
        let mail = store.thread_mail(account, "t1").await.expect("reads");
        assert_eq!(mail.len(), 2);
        assert!(mail.iter().all(|one| one.body_text.as_deref() == Some("body") && one.recipients == ["us@y.example"]));

        // The same provider id in another account is another message.
        let other = gmail(&store, None, "them@y.example").await;
        let run_of_other = store.begin_run(&sync_of(other), LEASE, noon()).await.expect("begins").run;
        assert_eq!(store_messages(&store, other, run_of_other, &messages).await, 2);

        // Two threads that turn out to be one.
        let late = [message("m3", "t2", Direction::Incoming)];
        store_messages(&store, account, run, &late).await;
        let joining = [referring("m5", &["m1@x".to_owned(), "m3@x".to_owned()])];
        store_messages(&store, account, run, &joining).await;
        assert_eq!(store.thread_mail(account, "t1").await.expect("reads").len(), 4);
        assert_eq!(store.thread_mail(other, "t1").await.expect("reads").len(), 2, "another account's thread stays");

        // What could not be read is set aside, counted, and forgotten when it comes after all.
        let failure =
            NewFailure { external_id: "m4".to_owned(), code: RunCode::Unreadable, reason: "no headers".to_owned() };
        for attempts in 1..=2 {
            let failures = std::slice::from_ref(&failure);
            let batch = Batch { failures, ..Batch::of(account, run) };
            store.store_batch(batch, noon()).await.expect("stores");
            let listed = store.list_failures(account, 10).await.expect("reads");
            assert_eq!((listed.len(), listed[0].attempts), (1, attempts));
        }
        assert_eq!(store.account(account).await.expect("reads").expect("is there").counts.set_aside, 1);
        store_messages(&store, account, run, &[message("m4", "t3", Direction::Incoming)]).await;
        assert!(store.list_failures(account, 10).await.expect("reads").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_too_long_for_a_key_keeps_no_mail_away() {
    on_each_database("long keys", |db| async move {
        let store = open(&db).await;
        let account = account_of(&store, Provider::Mbox, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        // Of no pattern: what repeats itself is stored packed, and fits.
        let long = |bytes: u64| {
            let mut state = 7_u64;
            let digits = (0..bytes).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'a' + u8::try_from((state >> 33) % 26).expect("a letter"))
            });
            digits.collect::<String>()
        };
        let raw = format!("From: {}@x.example\r\nTo: us@y.example\r\nSubject: Lamp\r\n\r\nWhere is it?", long(9_000));
        let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
        let hostile = NewMessage { thread_id: None, parsed, ..message("hostile", "", Direction::Incoming) };
        let messages = [hostile, referring("plain", &[])];
        let failure =
            |id: &str| NewFailure { external_id: id.to_owned(), code: RunCode::Unreadable, reason: String::new() };
        let failures = [failure(&long(60_000)), failure(&format!("{}x", long(60_000)))];
        let batch = Batch { messages: &messages, failures: &failures, ..Batch::of(account, run) };
        let stored = store.store_batch(batch, noon()).await.expect("is stored");
        assert_eq!((stored.upserted, stored.refused), (2, Vec::new()));
        let listed = store.list_failures(account, 10).await.expect("reads");
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert!(listed.iter().all(|failure| failure.external_id.len() < 1_000));
    })
    .await;
}

#[tokio::test]
async fn a_message_that_the_database_refuses_is_set_aside_and_keeps_no_other_away() {
    on_each_database("refused", |db| async move {
        let store = open(&db).await;
        let account = account_of(&store, Provider::Mbox, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        db.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON emails_messages WHEN NEW.subject = 'bad'
             BEGIN SELECT RAISE(ABORT, 'not this one'); END",
            "ALTER TABLE emails_messages ADD CONSTRAINT refuse CHECK (subject <> 'bad')",
        )
        .await;
        let mut messages: Vec<NewMessage> =
            ["m1", "bad", "m2", "m3"].map(|id| message(id, id, Direction::Incoming)).into();
        messages[2].thread_id = None;
        let unreadable =
            NewFailure { external_id: "m\0".to_owned(), code: RunCode::Unreadable, reason: "no\0".to_owned() };
        let cursor = serde_json::json!({"at": 4});
        let failures = std::slice::from_ref(&unreadable);
        let batch = Batch { messages: &messages, failures, cursor: Some(&cursor), ..Batch::of(account, run) };
        let stored = store.store_batch(batch, noon()).await.expect("goes on");
        let refused: Vec<_> = stored.refused.iter().map(|one| (one.external_id.as_str(), one.code)).collect();
        assert_eq!((stored.upserted, refused), (3, vec![("bad", RunCode::NotStored)]));
        assert!(stored.refused[0].reason.contains("database"), "{:?}", stored.refused);
        let known = store.known_external_ids(account, &["m1", "bad", "m2", "m3"]).await.expect("reads");
        assert_eq!(known.into_iter().collect::<Vec<_>>(), ["m1", "m2", "m3"]);
        let set_aside = store.list_failures(account, 10).await.expect("reads");
        let set_aside: BTreeSet<&str> = set_aside.iter().map(|failure| failure.code.as_str()).collect();
        assert_eq!(set_aside, ["not_stored", "unreadable"].into());
        // So it is with pairs.
        db.execute(
            "CREATE TRIGGER refuse_thread BEFORE INSERT ON emails_threads WHEN NEW.subject = 'bad'
             BEGIN SELECT RAISE(ABORT, 'not this one'); END",
            "ALTER TABLE emails_threads ADD CONSTRAINT refuse CHECK (subject <> 'bad')",
        )
        .await;
        let mut threads = Vec::new();
        for (thread, subject) in [("m1", "bad"), ("m3", "good")] {
            let summary = ThreadSummary { subject: Some(subject.to_owned()), ..ThreadSummary::default() };
            let thread = link(&store, account, thread).await;
            threads.push(ThreadPairs { thread, summary, pairs: Vec::new(), habits: Habits::new() });
        }
        let saved = store.save_thread_pairs(&threads, Apply::Yes, noon()).await.expect("goes on");
        assert!(matches!(saved[..], [Saved::Refused, Saved::Done(_)]), "{saved:?}");
        let left = store.threads_to_pair(account, 10).await.expect("reads");
        assert!(!left.iter().any(|thread| ["m1", "m3"].contains(&thread.as_str())), "{left:?}");
        // What is wrong with the database and not with a message is an error, and sets nothing aside.
        db.execute("DROP TABLE emails_thread_links", "DROP TABLE emails_thread_links").await;
        let batch = Batch { messages: &messages[..1], ..Batch::of(account, run) };
        assert!(store.store_batch(batch, noon()).await.is_err());
        assert_eq!(store.list_failures(account, 10).await.expect("reads").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_id_that_very_many_bear_hides_no_copy_of_another_mail() {
    on_each_database("one id", |db| async move {
        let store = open(&db).await;
        let account = account_of(&store, Provider::Mbox, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let of = |key: &str, subject: &str, id: &str| {
            let raw = format!(
                "From: c@x.example\r\nTo: us@y.example\r\nSubject: {subject}\r\nMessage-ID: <{id}@x>\r\n\r\nbody"
            );
            let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
            NewMessage { parsed, ..message(key, "t", Direction::Incoming) }
        };
        let mut messages: Vec<NewMessage> =
            (0..300).map(|number| of(&format!("a{number}"), &format!("Letter {number}"), "one")).collect();
        messages.push(of("b", "Lamp", "other"));
        store_messages(&store, account, run, &messages).await;
        // From another export, where the bytes are not quite the same.
        let again =
            [of("c", "Lamp", "other"), of("a7", "Letter 7", "one"), of("d", "New", "one"), of("e", "New", "new")];
        let copies = store.copies_of(account, &again).await.expect("reads");
        let keys: Vec<_> = copies.iter().map(|copy| copy.as_ref().map(|copy| copy.external_id.as_str())).collect();
        assert_eq!(keys, [Some("b"), Some("a7"), None, None]);
    })
    .await;
}
