//! Pairs: saved, decided, grouped.

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    store::{
        Apply, Decision, GroupChoice, GroupDecision, Habits, NewPair, PairDecision, Saved, StoreError, ThreadPairs,
        ThreadSummary,
    },
    types::{
        AccountId, Direction, MessageId, PairFilter, PairId, PairLabels, PairSource, PairStatus, PairStatusFilter,
        RebuildReport,
    },
};

use crate::{
    save_pairs,
    support::{
        noon, on_each_database,
        store::{LEASE, gmail, message, open, store_messages, sync_of, user},
    },
};

pub(crate) fn pair(client: MessageId, reply: MessageId, text: &str, replied_at: DateTime<Utc>) -> NewPair {
    NewPair {
        account: AccountId::new(),
        thread_id: String::new(),
        client_message_id: client,
        our_reply_message_id: reply,
        client_message_ids: vec![client],
        reply_message_ids: vec![reply],
        client_text: text.to_owned(),
        our_reply_text: "answer".to_owned(),
        labels: PairLabels::default(),
        responded_after_seconds: Some(60),
        replied_at,
        engine_version: 1,
    }
}

#[tokio::test]
async fn a_reply_that_comes_into_another_thread_brings_its_pair_along() {
    on_each_database("moved_pair", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let exchange = |thread| [message("c", thread, Direction::Incoming), message("r", thread, Direction::Outgoing)];
        store_messages(&store, account, run, &exchange("old")).await;
        store_messages(&store, account, run, &[message("x", "new", Direction::Incoming)]).await;
        let mail = store.thread_mail(account, "old").await.expect("reads");
        let of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there").id;
        let made = pair(of(Direction::Incoming), of(Direction::Outgoing), "question", noon());
        save_pairs(&store, account, "old", vec![made.clone()], Apply::Yes).await;
        let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let id = store.list_pairs(&all, None, 10, 0).await.expect("reads").items[0].id;
        store.set_pair_status(id, PairStatus::Approved, admin, noon()).await.expect("writes");

        // Both threads are paired anew at once, the one that lost the reply and the one that has it now.
        store_messages(&store, account, run, &exchange("new")).await;
        let linked = store.link_threads(account, &["new", "old"], noon()).await.expect("links");
        let threads: Vec<ThreadPairs> = linked
            .into_iter()
            .map(|thread| {
                let has_it = thread.thread_ids == ["new"];
                let pairs = has_it.then(|| NewPair { account, thread_id: "new".to_owned(), ..made.clone() });
                ThreadPairs {
                    thread,
                    summary: ThreadSummary::default(),
                    pairs: pairs.into_iter().collect(),
                    habits: Habits::new(),
                }
            })
            .collect();
        assert_eq!(threads.len(), 2);
        let saved = store.save_thread_pairs(&threads, Apply::Yes, noon()).await.expect("writes");
        let changed = |one: &Saved<RebuildReport>| match one {
            Saved::Done(report) => report.created + report.updated + report.removed + report.flagged,
            Saved::Stale | Saved::Refused => panic!("nobody else saves these threads"),
        };
        assert_eq!(saved.iter().map(changed).sum::<u32>(), 0, "{saved:?}");
        let after = store.pair(id).await.expect("reads").expect("is there");
        assert_eq!(
            (after.status, after.source, after.thread_id.as_deref()),
            (PairStatus::Approved, PairSource::Same, Some("new"))
        );
        assert_eq!(store.list_pairs(&all, None, 10, 0).await.expect("reads").count, 1);
    })
    .await;
}

#[tokio::test]
async fn pairs_are_decided_listed_and_never_changed_under_a_decision() {
    on_each_database("pairs", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let mut ids = Vec::new();
        for number in 0..5 {
            let thread = format!("t{number}");
            let messages = [
                message(&format!("c{number}"), &thread, Direction::Incoming),
                message(&format!("r{number}"), &thread, Direction::Outgoing),
            ];
            store_messages(&store, account, run, &messages).await;
            let mail = store.thread_mail(account, &thread).await.expect("reads");
            let of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there").id;
            let (client, reply) = (of(Direction::Incoming), of(Direction::Outgoing));
            // Two of them at the same moment: ids break the tie.
            let at = noon() - TimeDelta::minutes(number / 2);
            let new = pair(client, reply, &format!("question {number}"), at);
            let outcome = save_pairs(&store, account, &thread, vec![new], Apply::Yes).await;
            assert_eq!((outcome.created, outcome.updated), (1, 0));
            ids.push((thread, client, reply, at));
        }

        // Page by page, nothing twice, nothing missed, also while decided pairs leave the list.
        let filter = PairFilter::default();
        let first = store.list_pairs(&filter, None, 2, 0).await.expect("reads");
        assert_eq!((first.items.len(), first.count), (2, 5));
        assert_eq!(first.items[0].subject.as_deref().map(|subject| &subject[..1]), Some("c"));
        let decided =
            store.set_pair_status(first.items[0].id, PairStatus::Approved, admin, noon()).await.expect("writes");
        let PairDecision::Decided(decided) = decided else { panic!("it is there") };
        assert_eq!(decided.decided_at, Some(noon()));
        let second = store.list_pairs(&filter, first.next_cursor.as_deref(), 2, 0).await.expect("reads");
        let third = store.list_pairs(&filter, second.next_cursor.as_deref(), 2, 0).await.expect("reads");
        assert_eq!((third.items.len(), third.next_cursor.as_deref(), third.count), (1, None, 4));
        let mut seen: Vec<_> =
            [&first, &second, &third].iter().flat_map(|page| page.items.iter().map(|item| item.id)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 5);
        for bad in ["x", "1_2", "_", "99999999999999999999_0198c0de-0000-7000-8000-000000000000"] {
            assert!(matches!(store.list_pairs(&filter, Some(bad), 2, 0).await, Err(StoreError::BadCursor)), "{bad}");
        }

        let approved = PairFilter { status: PairStatusFilter::Only(PairStatus::Approved), ..PairFilter::default() };
        assert_eq!(store.list_pairs(&approved, None, 10, 0).await.expect("reads").items.len(), 1);
        let of_mbox =
            PairFilter { status: PairStatusFilter::All, provider: Some("mbox".to_owned()), ..PairFilter::default() };
        assert_eq!(store.list_pairs(&of_mbox, None, 10, 0).await.expect("reads").count, 0);
        let all = PairFilter { status: PairStatusFilter::All, account_id: Some(account), ..PairFilter::default() };
        assert_eq!(store.list_pairs(&all, None, 10, 3).await.expect("reads").items.len(), 2);
        let gmail_alone = PairFilter { provider: Some("gmail".to_owned()), ..PairFilter::default() };
        let counts = store.pair_counts(&gmail_alone).await.expect("reads");
        assert_eq!((counts.new, counts.approved, counts.rejected), (4, 1, 0));

        // The mail changes: an undecided pair follows, a decided one stays as it was decided.
        let decided_id = first.items[0].id;
        for (thread, client, reply, at) in &ids {
            let new = pair(*client, *reply, "changed", *at);
            save_pairs(&store, account, thread, vec![new], Apply::Yes).await;
        }
        let stays = store.pair(decided_id).await.expect("reads").expect("is there");
        assert!(stays.client_text.starts_with("question"));
        assert_eq!((stays.source, stays.fresh_client_text.as_deref()), (PairSource::Changed, Some("changed")));
        let (thread, client, reply, at) =
            ids.iter().find(|(_, _, reply, _)| *reply == stays.our_reply_message_id).expect("is there");
        let save = async |text: &str| {
            let new = pair(*client, *reply, text, *at);
            save_pairs(&store, account, thread, vec![new], Apply::Yes).await;
            store.pair(decided_id).await.expect("reads").expect("is there")
        };
        // Kept against what the mail says: not flagged for the same again, but for anything else.
        let kept = store.keep_pair(decided_id, noon()).await.expect("writes").expect("is there");
        assert_eq!((kept.source, kept.client_text == stays.client_text), (PairSource::Same, true));
        assert_eq!(save("changed").await.source, PairSource::Same);
        assert_eq!(save("changed again").await.source, PairSource::Changed);
        assert_eq!(save("changed").await.source, PairSource::Changed, "it was not kept against the newest state");
        let fresh = pair(*client, *reply, "changed", *at);
        let adopted = store.adopt_pair(decided_id, &fresh, noon()).await.expect("writes").expect("is there");
        assert_eq!((adopted.source, adopted.client_text.as_str()), (PairSource::Same, "changed"));
        assert_eq!(adopted.status, PairStatus::Approved);
        assert_eq!(store.pair(second.items[0].id).await.expect("reads").expect("is there").client_text, "changed");

        // The same again writes nothing; a pair that is no more goes, unless it was decided.
        let (thread, client, reply, at) = &ids[4];
        let changed = vec![pair(*client, *reply, "changed", *at)];
        assert_eq!(save_pairs(&store, account, thread, changed, Apply::Yes).await.updated, 0);
        for (thread, ..) in &ids {
            save_pairs(&store, account, thread, vec![], Apply::Yes).await;
        }
        let left = store.list_pairs(&all, None, 10, 0).await.expect("reads");
        assert_eq!(left.items.iter().map(|item| item.id).collect::<Vec<_>>(), [decided_id]);
        assert_eq!(left.items[0].source, PairSource::Gone);
        let kept = store.keep_pair(decided_id, noon()).await.expect("writes").expect("is there");
        assert_eq!(kept.source, PairSource::Same);
        let of_kept = kept.thread_id.as_deref().expect("a thread");
        save_pairs(&store, account, of_kept, Vec::new(), Apply::Yes).await;
        let still = store.pair(decided_id).await.expect("reads").expect("is there");
        assert_eq!(still.source, PairSource::Same, "kept without its mail");
        let dry = save_pairs(&store, account, thread, vec![pair(*client, *reply, "x", *at)], Apply::DryRun).await;
        assert_eq!(dry.created, 1);
        assert_eq!(store.list_pairs(&all, None, 10, 0).await.expect("reads").count, 1, "a dry run writes nothing");
        // Who saw another status changes nothing; what is so already stays with whoever decided it.
        let other = user(&store, "b@x.example").await;
        let decide = async |to, seen, by| {
            store
                .set_pair_status(decided_id, Decision { seen: Some(seen), ..Decision::from(to) }, by, noon())
                .await
                .expect("writes")
        };
        let PairDecision::Overtaken(there) = decide(PairStatus::Rejected, PairStatus::New, other).await else {
            panic!("it was approved");
        };
        assert_eq!((there.status, there.decided_by), (PairStatus::Approved, Some("Anna".to_owned())));
        let PairDecision::Decided(same) = decide(PairStatus::Approved, PairStatus::New, other).await else {
            panic!("it is what was wanted");
        };
        assert_eq!(same.decided_by, Some("Anna".to_owned()));
        let PairDecision::Decided(undone) = decide(PairStatus::New, PairStatus::Approved, other).await else {
            panic!("it is there");
        };
        assert_eq!((undone.decided_at, undone.decided_by), (None, None));
        let gone = store.set_pair_status(PairId::new(), PairStatus::New, admin, noon()).await.expect("writes");
        assert_eq!(gone, PairDecision::Unknown);
    })
    .await;
}

/// A fingerprint as the labels hold it: `1-<simhash>-<hash of the wording>-<words>`.
fn wording(simhash: u64, words: u32) -> String {
    format!("1-{simhash:016x}-{simhash:016x}-{words:x}")
}

#[tokio::test]
async fn near_duplicates_are_one_group_around_one_wording() {
    on_each_database("pair groups", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let template = 0x0123_4567_89ab_cdef_u64;
        // Ten bits further on, spread over all four parts; and ten more: near the second, not the first.
        let (second, third) =
            (template ^ 0x0003_0007_0003_0007, template ^ 0x0003_0007_0003_0007 ^ 0x0f00_0f00_0300_0000);
        let marks = [
            ("t0", Some(wording(template, 40))),
            ("t1", Some(wording(second, 40))),
            ("t2", Some(wording(third, 40))),
            ("t3", Some(wording(template, 40))),
            // As near as the second, but much longer.
            ("t4", Some(wording(second, 60))),
            // Too short for anything but the same.
            ("t5", Some(wording(template, 3))),
            ("t6", Some(wording(template ^ 1, 3))),
            // No words; another version of the rules; no fingerprint.
            ("t7", Some(wording(0, 0))),
            ("t8", Some(format!("9{}", &wording(template, 40)[1..]))),
            ("t9", None),
        ];
        let save = async |thread: &str, mark: &Option<String>, number: i64| {
            let mail = store.thread_mail(account, thread).await.expect("reads");
            let of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there").id;
            let new = NewPair {
                labels: PairLabels { reply_fingerprint: mark.clone().unwrap_or_default(), ..PairLabels::default() },
                ..pair(of(Direction::Incoming), of(Direction::Outgoing), thread, noon() + TimeDelta::minutes(number))
            };
            save_pairs(&store, account, thread, vec![new], Apply::Yes).await;
        };
        for (number, (thread, mark)) in marks.iter().enumerate() {
            let messages = [
                message(&format!("c-{thread}"), thread, Direction::Incoming),
                message(&format!("r-{thread}"), thread, Direction::Outgoing),
            ];
            store_messages(&store, account, run, &messages).await;
            save(thread, mark, i64::try_from(number).expect("small")).await;
        }
        let group_all = async || while store.group_pairs(3, noon()).await.expect("writes") == 3 {};
        let groups = async || {
            let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
            let mut items = store.list_pairs(&all, None, 50, 0).await.expect("reads").items;
            items.sort_by(|a, b| a.client_text.cmp(&b.client_text));
            items.into_iter().map(|pair| (pair.group_id, pair.duplicates)).collect::<Vec<_>>()
        };
        assert!(groups().await.iter().all(|group| *group == (None, 1)), "nothing is grouped before the first round");
        group_all().await;
        assert_eq!(store.group_pairs(3, noon()).await.expect("reads"), 0, "nothing is left");
        let first = wording(template, 40);
        let own = |mark: &str| (Some(mark.to_owned()), 1);
        let expected = vec![
            (Some(first.clone()), 3),
            (Some(first.clone()), 3),
            own(&wording(third, 40)),
            (Some(first.clone()), 3),
            own(&wording(second, 60)),
            own(&wording(template, 3)),
            own(&wording(template ^ 1, 3)),
            (None, 1),
            (None, 1),
            (None, 1),
        ];
        assert_eq!(groups().await, expected);

        // Deciding all of it: what is decided already stays, and a count that is no longer true decides nothing.
        let of_group = PairFilter { group: Some(first.clone()), ..PairFilter::default() };
        let page = store.list_pairs(&of_group, None, 10, 0).await.expect("reads");
        assert_eq!((page.count, page.items.iter().map(|pair| pair.duplicates).collect::<Vec<_>>()), (3, vec![3, 3, 3]));
        let one_per_group = async |status, account_id| {
            let filter = PairFilter { status, account_id, one_per_group: true, ..PairFilter::default() };
            let mut cursor = None;
            let mut listed = Vec::new();
            // In pages of two, so that a group lies across their borders.
            loop {
                let page = store.list_pairs(&filter, cursor.as_deref(), 2, 0).await.expect("reads");
                listed.extend(page.items);
                cursor = page.next_cursor;
                if cursor.is_none() {
                    return listed
                        .into_iter()
                        .filter(|pair| pair.group_id.as_ref() == Some(&first))
                        .collect::<Vec<_>>();
                }
            }
        };
        let newest = page.items.iter().max_by_key(|pair| (pair.reply_sent_at, pair.id)).expect("three").id;
        for account in [None, Some(account)] {
            let listed = one_per_group(PairStatusFilter::default(), account).await;
            assert_eq!(listed.iter().map(|pair| pair.id).collect::<Vec<_>>(), [newest], "one stands for its group");
        }
        let earlier = noon() - TimeDelta::minutes(1);
        store.set_pair_status(page.items[0].id, PairStatus::Rejected, admin, earlier).await.expect("writes");
        let decide = async |group: &str, expected| {
            store.decide_group(group, PairStatus::Approved, None, expected, admin, noon()).await.expect("writes")
        };
        let listed = one_per_group(PairStatusFilter::All, None).await;
        assert_eq!(listed.len(), 2, "one that is decided, one that is not");
        assert_eq!(decide("nothing", None).await, GroupDecision::Unknown);
        assert_eq!(decide(&first, Some(3)).await, GroupDecision::NotAsMany(2));
        let counts = store.pair_counts(&of_group).await.expect("reads");
        assert_eq!((counts.new, counts.approved, counts.rejected), (2, 0, 1), "nothing was changed");
        assert_eq!(decide(&first, Some(2)).await, GroupDecision::Decided(2));
        assert_eq!(decide(&first, None).await, GroupDecision::Decided(0));
        let counts = async || {
            let counts = store.pair_counts(&of_group).await.expect("reads");
            (counts.new, counts.approved, counts.rejected)
        };
        assert_eq!(counts().await, (0, 2, 1));

        // What one decided about all of it is taken back in one step, by nobody else, and once.
        let later = |minutes| noon() + TimeDelta::minutes(minutes);
        let other = user(&store, "b@x.example").await;
        assert_eq!(store.undo_group(&first, noon(), other, later(1)).await.expect("writes"), 0);
        assert_eq!(store.undo_group(&first, later(7), admin, later(1)).await.expect("writes"), 0);
        assert_eq!(store.undo_group(&first, noon(), admin, later(1)).await.expect("writes"), 2);
        assert_eq!(counts().await, (2, 0, 1));
        assert_eq!(store.undo_group(&first, noon(), admin, later(1)).await.expect("writes"), 0);

        // One is kept, the others are rejected; not if it was rejected meanwhile, or is of another group.
        let keep = async |pair, expected, at| {
            let choice = GroupChoice::KeepOne(pair);
            store.decide_group(&first, choice, None, expected, admin, at).await.expect("writes")
        };
        assert_eq!(keep(PairId::new(), None, later(2)).await, GroupDecision::NotAsMany(0));
        assert_eq!(keep(page.items[1].id, Some(3), later(2)).await, GroupDecision::NotAsMany(2));
        assert_eq!(counts().await, (2, 0, 1), "nothing was changed");
        assert_eq!(keep(page.items[1].id, Some(2), later(2)).await, GroupDecision::Decided(2));
        assert_eq!(counts().await, (0, 1, 2));
        let kept = store.pair(page.items[1].id).await.expect("reads").expect("is there");
        assert_eq!(kept.status, PairStatus::Approved);
        assert_eq!(keep(page.items[0].id, None, later(3)).await, GroupDecision::NotAsMany(0));
        assert_eq!(store.undo_group(&first, later(2), admin, later(4)).await.expect("writes"), 2);
        assert_eq!(decide(&first, None).await, GroupDecision::Decided(2));

        // A reply that says something else now moves; a group without pairs is forgotten, and its wording begins anew.
        save("t2", &Some(wording(template, 40)), 2).await;
        group_all().await;
        assert_eq!(groups().await[2], (Some(first.clone()), 4));
        store.drop_empty_groups().await.expect("writes");
        save("t4", &Some(wording(third, 40)), 4).await;
        group_all().await;
        assert_eq!(groups().await[4], own(&wording(third, 40)));
        store.delete_account(account, noon()).await.expect("writes");
        assert_eq!(decide(&first, None).await, GroupDecision::Unknown);
    })
    .await;
}
