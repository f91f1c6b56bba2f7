//! Conversations, however large.

use replybook::{
    mail::parse_rfc822,
    store::{Apply, Habits, LinkedThread, NewMessage, Saved, ThreadPairs, ThreadSummary},
    types::{Direction, Provider, ThreadId},
};

use crate::{
    link, save_pairs,
    support::{
        noon, on_each_database,
        store::{LEASE, account_of, gmail, message, open, parsed, store_messages, sync_of},
    },
};

#[tokio::test]
async fn a_conversation_that_two_mailboxes_see_is_one_thread() {
    on_each_database("threads", |db| async move {
        let store = open(&db).await;
        let (ann, bob) = (gmail(&store, None, "ann@y.example").await, gmail(&store, None, "bob@y.example").await);
        let mail = |id: &str, thread: &str, headers: &str| NewMessage {
            parsed: parse_rfc822(format!("From: c@x.example\r\n{headers}\r\n\r\nbody").as_bytes()).expect("a message"),
            ..message(id, thread, Direction::Incoming)
        };
        for (account, messages) in [
            (ann, vec![mail("a1", "ta", "Message-ID: <1@x>"), mail("a9", "alone", "Message-ID: <9@x>")]),
            // The answer to what only the other mailbox has; and a second copy of what it has.
            (
                bob,
                vec![
                    mail("b2", "tb", "Message-ID: <2@x>\r\nIn-Reply-To: <1@x>"),
                    mail("b9", "tb9", "Message-ID: <9@x>"),
                ],
            ),
        ] {
            let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
            store_messages(&store, account, run, &messages).await;
        }
        let link = async |account, thread| link(&store, account, thread).await;
        let (ta, alone) = (link(ann, "ta").await, link(ann, "alone").await);
        assert_ne!(ta.id, alone.id);
        assert_eq!(link(bob, "tb").await.id, ta.id, "it answers a message of the other");
        assert_eq!(link(bob, "tb9").await.id, alone.id, "the same message in both");
        assert_eq!(store.thread_mail(bob, "tb").await.expect("reads").len(), 2);

        // Two conversations turn out to be one: the older thread survives, and who computed before is told to begin again.
        let stale = link(bob, "tb9").await;
        let run = store.begin_run(&sync_of(bob), LEASE, noon() + LEASE).await.expect("begins").run;
        let joining = mail("b3", "tb9", "Message-ID: <3@x>\r\nReferences: <1@x>");
        store_messages(&store, bob, run, &[joining]).await;
        let joined = link(bob, "tb9").await;
        assert_eq!(joined.id, ta.id);
        assert_eq!(store.thread_mail(ann, "alone").await.expect("reads").len(), 5);
        let save = async |threads: &[&LinkedThread]| {
            let made = |thread: &&LinkedThread| ThreadPairs {
                thread: (*thread).clone(),
                summary: ThreadSummary::default(),
                pairs: vec![],
                habits: Habits::new(),
            };
            let threads: Vec<ThreadPairs> = threads.iter().map(made).collect();
            store.save_thread_pairs(&threads, Apply::Yes, noon()).await.expect("writes")
        };
        assert_eq!(save(&[&stale]).await, [Saved::Stale], "it is no thread any more");
        assert!(matches!(save(&[&stale, &joined]).await[..], [Saved::Stale, Saved::Done(_)]));
        assert_eq!(save(&[&joined]).await, [Saved::Stale], "it was saved since");
        assert_eq!(save(&[]).await, []);

        // One of the accounts goes: the copies of the other are paired anew.
        while let Some(thread) = store.threads_to_pair(ann, 1).await.expect("reads").pop() {
            save_pairs(&store, ann, &thread, vec![], Apply::Yes).await;
        }
        assert!(store.delete_account(bob, noon()).await.expect("writes"));
        assert_eq!(store.threads_to_pair(ann, 10).await.expect("reads"), ["alone", "ta"]);
        assert_eq!(store.thread_mail(ann, "ta").await.expect("reads").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn of_a_very_large_thread_the_beginnings_are_read_and_others_go_together() {
    on_each_database("large thread", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        for (thread, number, body) in [
            ("small", 2, "a question".to_owned()),
            ("large", 7, "ё".repeat(2 << 20)),
            ("another", 1, "an answer".to_owned()),
        ] {
            for number in 0..number {
                let id = format!("{thread}{number}");
                let parsed = parsed(&id, &body);
                let message = NewMessage { parsed, ..message(&id, thread, Direction::Incoming) };
                store_messages(&store, account, run, &[message]).await;
            }
        }
        let linked = store.link_threads(account, &["small", "large", "another"], noon()).await.expect("links");
        let id_of = |name: &str| {
            linked.iter().find(|thread| thread.thread_ids.iter().any(|id| id == name)).expect("is linked").id
        };
        let ids = ["small", "another", "large"].map(id_of);
        let parcels = store.parcels(&ids).await.expect("reads");
        let threads: Vec<Vec<ThreadId>> = parcels.iter().map(|parcel| parcel.threads.clone()).collect();
        assert_eq!(threads, [vec![ids[0], ids[1]], vec![ids[2]]]);
        let together = store.mail_of_threads(&parcels[0]).await.expect("reads");
        assert_eq!((together[&ids[0]].len(), together[&ids[1]].len()), (2, 1));
        assert!(together.values().flatten().all(|mail| !mail.is_cut));
        let alone = store.mail_of_threads(&parcels[1]).await.expect("reads");
        let same = store.thread_mail(account, "large").await.expect("reads");
        for mail in alone[&ids[2]].iter().chain(&same) {
            let text = mail.body_text.as_deref().expect("has a text");
            assert!(mail.is_cut && text.len() < 4 << 20 && text.starts_with("ёёё"), "{}", text.len());
        }
        assert_eq!((alone[&ids[2]].len(), same.len()), (7, 7));
    })
    .await;
}

#[tokio::test]
async fn of_very_many_recipients_the_first_are_read_and_the_others_counted() {
    on_each_database("recipients", |db| async move {
        let store = open(&db).await;
        let account = account_of(&store, Provider::Mbox, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let list = |name: &str, number: usize| {
            (0..number).map(|at| format!("{name}{at}@x.example")).collect::<Vec<_>>().join(", ")
        };
        let raw = format!(
            "From: c@x.example\r\nTo: {}\r\nCc: {}\r\nSubject: all\r\nMessage-ID: <all@x>\r\n\r\nHello",
            list("a", 4_000),
            list("b", 120)
        );
        let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
        store_messages(&store, account, run, &[NewMessage { parsed, ..message("m1", "t", Direction::Incoming) }]).await;
        let mail = store.thread_mail(account, "t").await.expect("reads");
        assert_eq!(mail[0].recipients.len(), 500 + 120);
        assert_eq!(
            (mail[0].recipients[0].as_str(), mail[0].recipients[500].as_str()),
            ("a0@x.example", "b0@x.example")
        );
        let facts = store.message_facts(&[mail[0].id]).await.expect("reads").remove(0);
        assert_eq!((facts.to.len(), facts.cc.len(), facts.recipients_left_out), (100, 100, 3_920));
    })
    .await;
}
