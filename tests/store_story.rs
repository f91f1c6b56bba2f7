//! What the store promises, told once and run on both databases.

mod support;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    clock::ManualClock,
    mail::parse_rfc822,
    store::{
        Apply, Batch, ConnectAccount, Decision, FreshToken, GroupChoice, GroupDecision, Habits, LinkedThread,
        NewFailure, NewMessage, NewPair, PairDecision, ProviderSeed, Saved, Store, StoreError, ThreadPairs,
        ThreadSummary, Tokens, Trouble,
    },
    types::{
        AccountAuth, AccountId, AccountProblem, AccountStatus, Direction, MessageId, PairFilter, PairId, PairLabels,
        PairSource, PairStatus, PairStatusFilter, Provider, RebuildReport, Revocation, RunCode, ThreadId,
    },
};
use secrecy::{ExposeSecret, SecretString};
use support::{
    SECRET_KEY, noon, on_each_database, on_each_empty_database,
    store::{LEASE, account_of, gmail, message, open, parsed, referring, store_messages, sync_of, user},
};

/// Saves the pairs of a thread as they are now.
async fn save_pairs(
    store: &Store,
    account: AccountId,
    thread: &str,
    pairs: Vec<NewPair>,
    apply: Apply,
) -> RebuildReport {
    let linked = link(store, account, thread).await;
    let pairs: Vec<NewPair> =
        pairs.into_iter().map(|pair| NewPair { account, thread_id: thread.to_owned(), ..pair }).collect();
    let threads = [ThreadPairs { thread: linked, summary: ThreadSummary::default(), pairs, habits: Habits::new() }];
    match store.save_thread_pairs(&threads, apply, noon()).await.expect("writes")[..] {
        [Saved::Done(report)] => report,
        _ => panic!("nobody else saves this thread"),
    }
}

async fn link(store: &Store, account: AccountId, thread: &str) -> LinkedThread {
    store.link_threads(account, &[thread], noon()).await.expect("links").pop().expect("the thread")
}

#[tokio::test]
async fn an_account_is_connected_again_not_twice() {
    on_each_database("accounts", |db| async move {
        let store = open(&db).await;
        let (anna, boris) = (user(&store, "anna@x.example").await, user(&store, "boris@x.example").await);
        let account = gmail(&store, Some(anna), "support@x.example").await;
        store.set_account_problem(account, AccountProblem::Reconnect, noon()).await.expect("writes");
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Error, Some(AccountProblem::Reconnect)));

        // Again, by somebody else, and without a refresh token: the same account, well again, its token kept.
        let connect = ConnectAccount {
            provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
            owner: Some(boris),
            address: "support@x.example",
            display_name: "Gmail – support@x.example",
            tokens: Some(Tokens {
                access_token: &"access-2".into(),
                refresh_token: None,
                expires_in: None,
                scopes: &["scope".to_owned()],
            }),
            auth: None,
            imap: None,
        };
        let connected = store.connect_account(connect, noon()).await.expect("connects");
        assert_eq!((connected.account, connected.created), (account, false));
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Active, None));
        assert_eq!(shown.owner_email.as_deref(), Some("anna@x.example"));
        let stored = store.credentials(account).await.expect("reads").expect("has credentials");
        assert_eq!(stored.access_token.as_ref().map(ExposeSecret::expose_secret), Some("access-2"));
        assert_eq!(stored.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("refresh-1"));

        // A refreshed token replaces the access token alone.
        let fresh = SecretString::from("access-3");
        let update = FreshToken { access_token: &fresh, expires_at: Some(noon()), refresh_token: None };
        store.save_fresh_token(stored.id, update, noon()).await.expect("writes");
        let stored = store.credentials(account).await.expect("reads").expect("has credentials");
        assert_eq!(stored.access_token.as_ref().map(ExposeSecret::expose_secret), Some("access-3"));
        assert_eq!(stored.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("refresh-1"));

        // By the service account there is no consent: its refresh token goes, and comes back only with another consent.
        let connect = ConnectAccount {
            provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
            owner: Some(boris),
            address: "support@x.example",
            display_name: "Gmail – support@x.example",
            tokens: Some(Tokens {
                access_token: &"access-4".into(),
                refresh_token: None,
                expires_in: Some(TimeDelta::hours(1)),
                scopes: &["scope".to_owned()],
            }),
            auth: Some(AccountAuth::ServiceAccount),
            imap: None,
        };
        assert_eq!(store.connect_account(connect, noon()).await.expect("connects").account, account);
        let auth = async || store.account(account).await.expect("reads").expect("is there").meta.auth;
        let refresh = async || store.credentials(account).await.expect("reads").expect("is there").refresh_token;
        assert_eq!(auth().await, Some(AccountAuth::ServiceAccount));
        assert!(refresh().await.is_none());
        gmail(&store, Some(anna), "support@x.example").await;
        assert_eq!(auth().await, None);
        assert!(refresh().await.is_some());

        // By provider code, then name; filtered.
        gmail(&store, Some(boris), "billing@x.example").await;
        let names = |list: Vec<replybook::types::Account>| {
            list.into_iter().map(|account| account.external_account_id).collect::<Vec<_>>()
        };
        let all = store.list_accounts(None, None).await.expect("reads");
        assert_eq!(names(all), ["billing@x.example", "support@x.example"]);
        assert_eq!(names(store.list_accounts(Some("gmail"), Some(anna)).await.expect("reads")), ["support@x.example"]);
        assert!(store.list_accounts(Some("mbox"), None).await.expect("reads").is_empty());

        // Off and on; a resync request; tokens away; everything away.
        let off = store.set_account_status(account, AccountStatus::Disabled, noon()).await.expect("writes");
        assert_eq!(off.expect("is there").status, AccountStatus::Disabled);
        let on = store.set_account_status(account, AccountStatus::Active, noon()).await.expect("writes");
        assert_eq!(on.expect("is there").status, AccountStatus::Active);
        let asked = store.request_resync(account, noon()).await.expect("writes").expect("is there");
        assert_eq!(asked.meta.manual_resync_requested_at, Some(noon()));
        let gone =
            store.disconnect_account(account, Revocation::Confirmed, noon()).await.expect("writes").expect("is there");
        assert_eq!(gone.meta.problem, Some(AccountProblem::Disconnected));
        assert!(store.credentials(account).await.expect("reads").is_none());
        let on = store.set_account_status(account, AccountStatus::Active, noon()).await.expect("writes");
        assert_eq!(on.expect("is there").status, AccountStatus::Error, "enabling does not mend a missing token");
        assert!(store.delete_account(account, noon()).await.expect("writes"));
        assert!(!store.delete_account(account, noon()).await.expect("writes"));
        assert!(store.request_resync(account, noon()).await.expect("writes").is_none());
    })
    .await;
}

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

fn pair(client: MessageId, reply: MessageId, text: &str, replied_at: DateTime<Utc>) -> NewPair {
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
                .set_pair_status(decided_id, Decision { to, seen: Some(seen), as_of: None }, by, noon())
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
            store.decide_group(group, PairStatus::Approved, expected, admin, noon()).await.expect("writes")
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
            store.decide_group(&first, choice, expected, admin, at).await.expect("writes")
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
async fn deleting_an_account_leaves_nothing_of_it() {
    on_each_database("deletion", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        store_messages(&store, account, run, &[message("m1", "t1", Direction::Incoming)]).await;
        assert!(store.delete_account(account, noon()).await.expect("writes"));
        assert!(store.run(run).await.expect("reads").is_none());
        assert!(store.thread_mail(account, "t1").await.expect("reads").is_empty());
        assert!(store.credentials(account).await.expect("reads").is_none());
    })
    .await;
}

#[tokio::test]
async fn many_writers_at_once_lose_nothing() {
    on_each_database("writers", |db| async move {
        let store = Arc::new(open(&db).await);
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let messages = [message(&format!("m{number}"), "t", Direction::Incoming)];
                    store_messages(&store, account, run, &messages).await
                })
            })
            .collect();
        let mut stored = 0;
        for task in tasks {
            stored += task.await.expect("no task fails");
        }
        assert_eq!(stored, 40);
        assert_eq!(store.thread_mail(account, "t").await.expect("reads").len(), 40);
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

#[tokio::test]
async fn a_database_is_migrated_once_and_answers() {
    on_each_empty_database("opening", |db| async move {
        let clock = ManualClock::new(noon());
        let store = db.open(SECRET_KEY, &clock).await.expect("opens");
        store.ping().await.expect("answers");
        assert!(store.migrations_applied().await.expect("reads"));
        store.close().await;
        assert!(store.ping().await.is_err_and(|error| error.trouble() == Some(Trouble::Unreachable)));
        let again = db.open(SECRET_KEY, &clock).await.expect("opens again");
        assert!(again.migrations_applied().await.expect("reads"));
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
        let facts = store.thread_facts(link(&store, account, "t").await.id).await.expect("reads").remove(0);
        assert_eq!((facts.to.len(), facts.cc.len(), facts.recipients_left_out), (100, 100, 3_920));
    })
    .await;
}
