//! Lists, counts and searches: what they answer, and that they cost the same however much there is. On both databases.

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    mail::{parse_rfc822, words::Words},
    store::{
        Act, Apply, Check, ConversationFacts, Expression, Habits, NewMessage, NewPair, PairSearch, Saved, Store, Term,
        ThreadFilter, ThreadPairs, ThreadSummary,
    },
    types::{
        AccountId, Actor, AnswerFilter, AuditAction, AuditFilter, ConversationFilter, ConversationOwner,
        ConversationState, Direction, MessageId, PairFilter, PairLabels, PairStatus, PairStatusFilter, Provider, RunId,
        ThreadId, TrustRuleId, UserId,
    },
};
use sqlx::Connection;
use support::{
    TestDb, noon, on_each_database,
    plans::{is_refused, plan, refused, sent_by},
    store::{LEASE, account_of, gmail, message, open, referring, store_messages, sync_of, user},
};
use uuid::Uuid;

/// The stories of this file see each other's statements, so they run one after the other.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Accounts with a run each, so that mail can be stored.
async fn mailbox(store: &Store, provider: Provider, address: &str) -> (AccountId, RunId) {
    let account = match provider {
        Provider::Gmail => gmail(store, None, address).await,
        provider => account_of(store, provider, address).await,
    };
    let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
    (account, run)
}

/// Stores a question and its answer in a thread of their own, with its pair, and says what the thread's words are.
async fn exchange(store: &Store, of: (AccountId, RunId), thread: &str, minutes: i64, mark: Option<&str>) -> ThreadId {
    let (account, run) = of;
    let messages = [
        message(&format!("c-{thread}"), thread, Direction::Incoming),
        message(&format!("r-{thread}"), thread, Direction::Outgoing),
    ];
    store_messages(store, account, run, &messages).await;
    let mail = store.thread_mail(account, thread).await.expect("reads");
    let id_of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there").id;
    let (client, reply) = (id_of(Direction::Incoming), id_of(Direction::Outgoing));
    save(store, account, thread, minutes, &format!("words of {thread}"), Some((client, reply)), mark).await
}

async fn save(
    store: &Store,
    account: AccountId,
    thread: &str,
    minutes: i64,
    text: &str,
    pair: Option<(MessageId, MessageId)>,
    mark: Option<&str>,
) -> ThreadId {
    let at = noon() - TimeDelta::minutes(minutes);
    let pairs = pair.map(|(client, reply)| NewPair {
        account,
        thread_id: thread.to_owned(),
        client_message_id: client,
        our_reply_message_id: reply,
        client_message_ids: vec![client],
        reply_message_ids: vec![reply],
        client_text: "question".to_owned(),
        our_reply_text: "answer".to_owned(),
        labels: PairLabels { reply_fingerprint: mark.unwrap_or_default().to_owned(), ..PairLabels::default() },
        responded_after_seconds: None,
        replied_at: at,
        engine_version: 1,
    });
    let linked = store.link_threads(account, &[thread], noon()).await.expect("links").remove(0);
    let id = linked.id;
    let mut words = Words::default();
    words.add(text);
    let summary = ThreadSummary {
        subject: Some(thread.to_owned()),
        first_message_at: Some(at),
        last_message_at: Some(at),
        message_count: 2,
        words: words.joined(),
        conversation: Some(asked(account, at)),
    };
    let threads = [ThreadPairs { thread: linked, summary, pairs: pairs.into_iter().collect(), habits: Habits::new() }];
    let saved = store.save_thread_pairs(&threads, Apply::Yes, noon()).await.expect("writes");
    assert!(matches!(saved[..], [Saved::Done(_)]));
    id
}

/// A client waits since a time.
fn asked(account: AccountId, at: DateTime<Utc>) -> ConversationFacts {
    ConversationFacts {
        account,
        client_name: None,
        client_address: None,
        language: None,
        last_message: MessageId::new(),
        last_by: Direction::Incoming,
        last_text: "question".to_owned(),
        last_at: at,
        asked_at: Some(at),
        moves: Vec::new(),
        known_until: noon(),
    }
}

/// Every page of a list of threads, in its order.
async fn all_threads(store: &Store, filter: &ThreadFilter, per_page: i64) -> Vec<ThreadId> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.list_threads(filter, cursor.as_deref(), per_page).await.expect("reads");
        assert!(page.items.len() <= usize::try_from(per_page).expect("small"));
        ids.extend(page.items.iter().map(|item| item.id));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return ids,
        }
    }
}

fn filter(status: PairStatusFilter) -> PairFilter {
    PairFilter { status, ..PairFilter::default() }
}

#[test]
fn a_plan_with_a_scan_or_a_sort_is_refused() {
    for step in [
        "SCAN t",
        "USE TEMP B-TREE FOR ORDER BY",
        "  ->  Sort  (cost=1..2 rows=3)",
        "->  Seq Scan on ai_training_pairs t",
    ] {
        assert!(is_refused(step), "{step}");
    }
    let for_each_thread = ["SEARCH t (id=?)", "CORRELATED SCALAR SUBQUERY 1", "SEARCH r USING INDEX x (status=?)"];
    assert_eq!(refused(&for_each_thread.map(str::to_owned)), ["SEARCH r USING INDEX x (status=?)"]);
    for step in [
        "SCAN t USING COVERING INDEX idx_ai_training_pairs_all",
        "SEARCH t USING INDEX sqlite_autoindex_ai_training_pairs_1 (id=?)",
        "SCAN page",
        "->  Seq Scan on integrations_accounts a",
        "->  Index Only Scan Backward using x on ai_training_pairs t",
        // Of a merge of what is sorted already.
        "Sort Key: t.replied_at DESC",
    ] {
        assert!(!is_refused(step), "{step}");
    }
}

#[tokio::test]
async fn no_list_scans_or_sorts() {
    let _alone = ONE_AT_A_TIME.lock().await;
    on_each_database("plans", |db| async move {
        let store = open(&db).await;
        let gmail = mailbox(&store, Provider::Gmail, "us@y.example").await;
        let mbox = mailbox(&store, Provider::Mbox, "old@y.example").await;
        for number in 0..12_i64 {
            let of = if number % 3 == 0 { mbox } else { gmail };
            // Far from each other, so that each is a group.
            let bits = (number + 1).wrapping_mul(0x1e37_79b9_7f4a_7c15);
            let mark = (number % 2 == 0).then(|| format!("1-{bits:016x}-{bits:016x}-28"));
            exchange(&store, of, &format!("t{number}"), number, mark.as_deref()).await;
        }
        let mut pairs = Vec::new();
        for status in [PairStatusFilter::All, PairStatusFilter::Only(PairStatus::New)] {
            for provider in [None, Some("gmail".to_owned())] {
                for account_id in [None, Some(gmail.0)] {
                    for group in [None, Some("group".to_owned())] {
                        for one_per_group in [false, true] {
                            let (provider, group) = (provider.clone(), group.clone());
                            pairs.push(PairFilter { status, provider, account_id, group, one_per_group });
                        }
                    }
                }
            }
        }
        let mut seen = 0;
        let mut refuse = async |what: &str, sent: Vec<String>| {
            assert!(!sent.is_empty(), "{what} reads something");
            for sql in sent {
                let plan = plan(&db, &sql).await;
                let refused = refused(&plan);
                assert!(refused.is_empty(), "{what}: {refused:#?}\nof {plan:#?}\nfor {sql}");
                seen += 1;
            }
        };
        let all = filter(PairStatusFilter::All);
        let first = store.list_pairs(&all, None, 5, 0).await.expect("reads");
        let cursor = first.next_cursor.as_deref();
        // Without groups, with groups whose newest pairs are still to be noted, and when they are noted.
        for stage in ["alone", "to note", "noted"] {
            match stage {
                "to note" => assert_eq!(store.group_pairs(50, noon()).await.expect("writes"), 12),
                "noted" => assert_eq!(store.note_newest(50, noon()).await.expect("writes"), 6),
                _ => {}
            }
            for filter in &pairs {
                for cursor in [None, cursor] {
                    let what = format!("pairs, {stage}, {filter:?}, {cursor:?}");
                    let sent = sent_by(store.list_pairs(filter, cursor, 5, 0)).await;
                    let by_newest = filter.one_per_group && filter.group.is_none() && stage != "to note";
                    assert_eq!(sent.iter().any(|sql| sql.contains("reply_group_newest")), by_newest, "{what}");
                    refuse(&what, sent).await;
                }
                refuse("counts of pairs", sent_by(store.pair_counts(filter)).await).await;
            }
        }
        // By the ids of a batch, not by all mail of the account.
        let raw = "From: ann@x.example\r\nTo: us@y.example\r\nMessage-ID: <again@x.example>\r\n\r\nAgain";
        let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
        let again = [NewMessage { parsed, ..message("again", "t0", Direction::Incoming) }];
        let sent = sent_by(store.copies_of(mbox.0, &again)).await;
        let by_id = sent.iter().find(|sql| sql.contains("internet_message_id IN")).expect("looks by the id");
        let plan_by_id = plan(&db, by_id).await.join("\n");
        assert!(plan_by_id.contains("idx_emails_messages_internet_message_id"), "{plan_by_id}\nfor {by_id}");
        // So it is with the threads of new mail: a long list of ids is no reason to read all links of the account.
        let ids: Vec<String> = (0..100).map(|number| format!("earlier-{number}@x.example")).collect();
        let late = [referring("late", &ids)];
        let sent = sent_by(store_messages(&store, mbox.0, mbox.1, &late)).await;
        let links = sent.iter().find(|sql| sql.contains("FROM emails_thread_links WHERE")).expect("looks for links");
        let plan_of_links = plan(&db, links).await.join("\n");
        assert!(plan_of_links.contains("idx_emails_thread_links_internet_message_id"), "{plan_of_links}\nfor {links}");
        refuse("a pair", sent_by(store.pair(first.items[0].id)).await).await;
        refuse("tags of pairs", sent_by(store.tags_of(&[first.items[0].id])).await).await;
        refuse("whether there are guidelines", sent_by(store.has_guidelines()).await).await;
        refuse("accounts", sent_by(store.list_accounts(Some("gmail"), None)).await).await;
        refuse("choices", sent_by(store.account_choices()).await).await;
        refuse("counts of threads", sent_by(store.thread_counts()).await).await;
        refuse("number of threads", sent_by(store.count_threads()).await).await;
        refuse("attachments", sent_by(store.attachment_totals()).await).await;
        refuse("runs", sent_by(store.recent_runs(gmail.0, 5)).await).await;
        refuse("failures", sent_by(store.list_failures(gmail.0, 5)).await).await;
        let place = format!("{}_{}", noon().timestamp_micros(), Uuid::nil());
        refuse("bulk decisions", sent_by(store.bulk_decisions(None, 5)).await).await;
        refuse("older bulk decisions", sent_by(store.bulk_decisions(Some(&place), 5)).await).await;
        let by = user(&store, "admin@y.example").await;
        for number in 0..6 {
            let act = Act { by: Actor::page(by), at: noon() + TimeDelta::minutes(number) };
            store.set_monitor(number % 2 == 0, act).await.expect("writes");
        }
        for user_id in [None, Some(by)] {
            for action in [None, Some(AuditAction::MonitorStopped)] {
                for target in [None, Some("monitor".to_owned())] {
                    for since in [None, Some(noon())] {
                        let filter = AuditFilter { user_id, action, target: target.clone(), since };
                        let page = store.audit_page(&filter, None, 2).await.expect("reads");
                        for cursor in [None, page.next_cursor.as_deref()] {
                            refuse(&format!("audit, {filter:?}"), sent_by(store.audit_page(&filter, cursor, 2)).await)
                                .await;
                        }
                    }
                }
            }
        }
        let is_page = |sql: &String| sql.contains("LIMIT");
        for account in [None, Some(gmail.0)] {
            for text in [None, Some("words".to_owned())] {
                let filter = ThreadFilter { account, text: text.clone() };
                let page = store.list_threads(&filter, None, 3).await.expect("reads");
                assert_eq!(page.items.len(), 3);
                for cursor in [None, page.next_cursor.as_deref()] {
                    // Who wrote in the threads of a page is asked of these alone, and sorted.
                    let mut sent = sent_by(store.list_threads(&filter, cursor, 3)).await;
                    if text.is_some() {
                        let waiting = sent.iter().find(|sql| sql.contains("words_mark IS NULL")).expect("is said");
                        let plan = plan(&db, waiting).await.join("\n");
                        assert!(plan.contains("idx_emails_threads_without_words"), "{plan}\nfor {waiting}");
                    }
                    sent.retain(|sql| is_page(sql) || sql.contains("pairs_to_review"));
                    assert_eq!(sent.len(), 2);
                    refuse(&format!("threads, {filter:?}"), sent).await;
                }
            }
        }
        for pair in store.list_pairs(&all, None, 10, 0).await.expect("reads").items {
            store.set_pair_status(pair.id, PairStatus::Approved, by, noon()).await.expect("writes");
        }
        assert_eq!(store.note_pairs(20).await.expect("writes"), 12);
        let word = || Term::word(None, "answer", false);
        let not_new = Check::NotStatus(PairStatus::New);
        let of_rule = vec![
            Check::Said { least: 3, within: Some(gmail.0) },
            Check::CameAfter(noon()),
            Check::NotByRule(TrustRuleId::new()),
        ];
        for terms in [vec![word()], vec![word(), Term::quality(0, 30)], vec![Term::account(gmail.0), Term::every()]] {
            for checks in [
                vec![],
                vec![Check::Status(PairStatus::Approved), Check::DecidedSince(noon())],
                vec![not_new],
                of_rule.clone(),
            ] {
                for from in [None, Some(noon() - TimeDelta::days(1))] {
                    let expression = Expression { wanted: terms.clone(), unwanted: vec![Term::edited()] };
                    let search =
                        PairSearch { expression, checks: checks.clone(), from, until: None, outside: Vec::new() };
                    let first = store.found_pairs(&search, false, None, 1).await.expect("reads").pop();
                    for is_ascending in [false, true] {
                        for after in [None, first.as_ref().map(|pair| pair.at)] {
                            let sent = sent_by(store.found_pairs(&search, is_ascending, after, 5)).await;
                            refuse(&format!("found pairs, {search:?}"), sent).await;
                        }
                    }
                    refuse("number of found pairs", sent_by(store.count_found_pairs(&search, 50)).await).await;
                }
            }
        }
        for filter in pairs.iter().filter(|filter| filter.group.is_none()) {
            let page = store.list_repeated_pairs(filter, None, 1, 0).await.expect("reads");
            for cursor in [None, page.next_cursor.as_deref()] {
                let what = format!("repeated pairs, {filter:?}, {cursor:?}");
                refuse(&what, sent_by(store.list_repeated_pairs(filter, cursor, 5, 0)).await).await;
            }
        }
        let listed = store.list_threads(&ThreadFilter::default(), None, 50).await.expect("reads").items;
        let sum = |of: fn(&replybook::types::EmailThread) -> i64| listed.iter().map(of).sum::<i64>();
        assert_eq!((sum(|thread| thread.pair_count), sum(|thread| thread.pairs_to_review)), (12, 2));
        for account in [None, Some(gmail.0)] {
            for text in [None, Some("answer".to_owned())] {
                let filter = AnswerFilter { account, text: text.clone() };
                let page = store.list_answers(&filter, None, 1).await.expect("reads");
                assert!(page.next_cursor.is_some());
                for cursor in [None, page.next_cursor.as_deref()] {
                    let mut sent = sent_by(store.list_answers(&filter, cursor, 1)).await;
                    sent.retain(is_page);
                    refuse(&format!("answers, {filter:?}"), sent).await;
                    let mut sent = sent_by(store.exported_answers(&filter, cursor, 1)).await;
                    sent.retain(is_page);
                    refuse(&format!("export, {filter:?}"), sent).await;
                }
            }
        }
        assert_eq!(store.conversation_counts(None).await.expect("reads").needs_reply, 12);
        for account in [None, Some(gmail.0)] {
            for owner in [None, Some(ConversationOwner::Nobody), Some(ConversationOwner::User(by))] {
                for (state, longest_waiting) in [
                    (None, false),
                    (Some(ConversationState::NeedsReply), false),
                    (Some(ConversationState::NeedsReply), true),
                ] {
                    let filter = ConversationFilter { state, account, owner, text: None, longest_waiting };
                    let page = store.list_conversations(&filter, Some(by), None, 1).await.expect("reads");
                    for cursor in [None, page.1.as_deref()] {
                        let what = format!("conversations, {filter:?}, {cursor:?}");
                        refuse(&what, sent_by(store.list_conversations(&filter, Some(by), cursor, 1)).await).await;
                    }
                }
            }
        }
        refuse("the latest change of a conversation", sent_by(store.conversations_changed_at()).await).await;
        refuse("who wakes", sent_by(store.wake_conversations(noon())).await).await;
        refuse("threads without conversations", sent_by(store.threads_without_conversations(5)).await).await;
        assert!(seen > 50, "{seen} plans were looked at");
    })
    .await;
}

#[tokio::test]
async fn kept_counts_are_those_of_the_rows() {
    let _alone = ONE_AT_A_TIME.lock().await;
    on_each_database("counts", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let mailboxes = [
            mailbox(&store, Provider::Gmail, "us@y.example").await,
            mailbox(&store, Provider::Mbox, "old@y.example").await,
        ];
        // The same numbers each time: a failure can be looked at again.
        let mut state = 7_u64;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let statuses = PairStatus::ALL;
        for step in 0..120_u64 {
            let of = mailboxes[usize::try_from(random(2)).expect("small")];
            let thread = format!("t{}", random(25));
            let word = random(6) + 1;
            let mark = format!("1-{:016x}-{word:016x}-28", word << 40);
            match random(8) {
                0..=3 => {
                    exchange(&store, of, &thread, i64::try_from(random(40)).expect("small"), Some(&mark)).await;
                }
                4 => {
                    let page = store.list_pairs(&filter(PairStatusFilter::All), None, 100, 0).await.expect("reads");
                    if let Some(pair) = page.items.first() {
                        let status = statuses[usize::try_from(random(3)).expect("small")];
                        store.set_pair_status(pair.id, status, admin, noon()).await.expect("writes");
                    }
                }
                5 => {
                    // Its thread makes no pair any more.
                    if !store.thread_mail(of.0, &thread).await.expect("reads").is_empty() {
                        save(&store, of.0, &thread, 1, "nothing", None, None).await;
                    }
                }
                6 => while store.group_pairs(3, noon()).await.expect("writes") == 3 {},
                _ => decide_a_group(&store, admin, random(2) == 0).await,
            }
            if step % 10 == 9 {
                counts_agree(&store, &db).await;
                newest_agree(&store, mailboxes.map(|(account, _)| account)).await;
            }
        }
        // Two of one conversation become one, and everything of an account goes.
        for (account, run) in mailboxes {
            let mut ids = Vec::new();
            for thread in ["t1", "t2"] {
                let mail = store.thread_mail(account, thread).await.expect("reads");
                ids.extend(mail.into_iter().find_map(|message| message.message_id));
            }
            store_messages(&store, account, run, &[referring("joining", &ids)]).await;
        }
        counts_agree(&store, &db).await;
        store.delete_account(mailboxes[0].0, noon()).await.expect("writes");
        counts_agree(&store, &db).await;
        newest_agree(&store, mailboxes.map(|(account, _)| account)).await;
        assert!(store.count_threads().await.expect("reads") > 0, "the other account's are here");
        store.delete_account(mailboxes[1].0, noon()).await.expect("writes");
        assert_eq!(store.count_threads().await.expect("reads"), 0);
        counts_agree(&store, &db).await;
    })
    .await;
}

#[tokio::test]
async fn counts_are_kept_while_many_write_at_once() {
    let _alone = ONE_AT_A_TIME.lock().await;
    on_each_database("counts of many writers", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let of = mailbox(&store, Provider::Gmail, "us@y.example").await;
        for number in 0..24 {
            exchange(&store, of, &format!("t{number}"), number, Some(&format!("1-{number:016x}-{number:016x}-28")))
                .await;
        }
        while store.group_pairs(50, noon()).await.expect("writes") == 50 {}
        let pairs = store.list_pairs(&filter(PairStatusFilter::All), None, 50, 0).await.expect("reads").items;
        let mut deciding = tokio::task::JoinSet::new();
        for writer in 0..8_usize {
            let (store, ids) = (store.clone(), pairs.iter().map(|pair| pair.id).collect::<Vec<_>>());
            deciding.spawn(async move {
                for step in 0..ids.len() {
                    // Each begins elsewhere, so that they meet in every order.
                    let id = ids[(step * 5 + writer * 3) % ids.len()];
                    let status = PairStatus::ALL[(step + writer) % 3];
                    store.set_pair_status(id, status, admin, noon()).await.expect("writes");
                }
            });
        }
        let noting = tokio::spawn({
            let store = store.clone();
            async move {
                for _ in 0..60 {
                    store.note_newest(2, noon()).await.expect("writes");
                    tokio::task::yield_now().await;
                }
            }
        });
        deciding.join_all().await;
        noting.await.expect("ends");
        counts_agree(&store, &db).await;
        newest_agree(&store, [of.0]).await;
    })
    .await;
}

async fn decide_a_group(store: &Store, admin: UserId, approve: bool) {
    let page = store.list_pairs(&filter(PairStatusFilter::All), None, 100, 0).await.expect("reads");
    let Some(group) = page.items.iter().find_map(|pair| pair.group_id.clone()) else { return };
    let status = if approve { PairStatus::Approved } else { PairStatus::Rejected };
    store.decide_group(&group, status, None, None, admin, noon()).await.expect("writes");
}

/// A list of one pair per group has the newest of each and what is in no group: before that is noted, and when it is.
async fn newest_agree(store: &Store, accounts: impl IntoIterator<Item = AccountId>) {
    let whose: Vec<Option<AccountId>> = std::iter::once(None).chain(accounts.into_iter().map(Some)).collect();
    for noted in [false, true] {
        if noted {
            while store.note_newest(2, noon()).await.expect("writes") > 0 {}
        }
        let only = PairStatus::ALL.iter().copied().map(PairStatusFilter::Only);
        for status in std::iter::once(PairStatusFilter::All).chain(only) {
            for account_id in whose.iter().copied() {
                for provider in [None, Some("mbox".to_owned())] {
                    let filter = PairFilter { status, provider, account_id, group: None, one_per_group: false };
                    let mut expected = store.list_pairs(&filter, None, 1_000, 0).await.expect("reads").items;
                    let mut seen = std::collections::BTreeSet::new();
                    expected.retain(|pair| match &pair.group_id {
                        Some(group) => seen.insert((group.clone(), pair.status.as_str())),
                        None => true,
                    });
                    let filter = PairFilter { one_per_group: true, ..filter };
                    let (mut listed, mut cursor) = (Vec::new(), None);
                    loop {
                        let page = store.list_pairs(&filter, cursor.as_deref(), 3, 0).await.expect("reads");
                        listed.extend(page.items);
                        cursor = page.next_cursor;
                        if cursor.is_none() {
                            break;
                        }
                    }
                    let ids =
                        |pairs: &[replybook::types::TrainingPair]| pairs.iter().map(|pair| pair.id).collect::<Vec<_>>();
                    assert_eq!(ids(&listed), ids(&expected), "{filter:?}, noted: {noted}");
                    let skipped = store.list_pairs(&filter, None, 1_000, 2).await.expect("reads").items;
                    assert_eq!(ids(&skipped), ids(expected.get(2..).unwrap_or_default()), "{filter:?} by offset");
                }
            }
        }
    }
}

/// Every count that is kept against the rows themselves.
async fn counts_agree(store: &Store, db: &TestDb) {
    const COUNTED: &str = "SELECT 'messages', COUNT(*) FROM emails_messages WHERE deleted_at IS NULL
        UNION ALL SELECT 'set_aside', COUNT(*) FROM sync_failures
        UNION ALL SELECT 'new', COUNT(*) FROM ai_training_pairs WHERE status = 'new'
        UNION ALL SELECT 'approved', COUNT(*) FROM ai_training_pairs WHERE status = 'approved'
        UNION ALL SELECT 'rejected', COUNT(*) FROM ai_training_pairs WHERE status = 'rejected'
        UNION ALL SELECT 'grouped', COUNT(*) FROM ai_training_pairs WHERE group_id IS NOT NULL
        UNION ALL SELECT 'seen', COUNT(*) FROM (SELECT DISTINCT p.integration_account_id, p.email_thread_id
            FROM emails_thread_parts p JOIN emails_threads t ON t.id = p.email_thread_id WHERE t.place IS NOT NULL) seen
        UNION ALL SELECT 'threads', COUNT(*) FROM emails_threads WHERE place IS NOT NULL";
    const KEPT: &str = "SELECT what, CAST(SUM(number) AS BIGINT) FROM account_counts GROUP BY what
        UNION ALL SELECT 'grouped', CAST(COALESCE(SUM(number), 0) AS BIGINT) FROM reply_group_counts";
    let read = async |sql: &'static str| -> Vec<(String, i64)> {
        if db.url.starts_with("sqlite") {
            let mut connection = sqlx::SqliteConnection::connect(&db.url).await.expect("opens");
            sqlx::query_as(sql).fetch_all(&mut connection).await.expect("reads")
        } else {
            let mut connection = sqlx::PgConnection::connect(&db.url).await.expect("opens");
            sqlx::query_as(sql).fetch_all(&mut connection).await.expect("reads")
        }
    };
    let (counted, kept) = (read(COUNTED).await, read(KEPT).await);
    let of = |rows: &[(String, i64)], what: &str| rows.iter().find(|row| row.0 == what).map_or(0, |row| row.1);
    for what in ["messages", "set_aside", "new", "approved", "rejected", "grouped"] {
        assert_eq!(of(&kept, what), of(&counted, what), "{what}");
    }
    // Of threads those that each account sees, and all.
    assert_eq!(of(&kept, "threads"), of(&counted, "seen") + of(&counted, "threads"));
    assert_eq!(store.count_threads().await.expect("reads"), of(&counted, "threads"));
    let listed = all_threads(store, &ThreadFilter::default(), 7).await;
    assert_eq!(i64::try_from(listed.len()).expect("small"), of(&counted, "threads"));
    for (account, number) in store.thread_counts().await.expect("reads") {
        let seen = all_threads(store, &ThreadFilter { account: Some(account), text: None }, 4).await;
        assert_eq!(i64::try_from(seen.len()).expect("small"), number);
    }
    for status in [PairStatusFilter::All, PairStatusFilter::default()] {
        let page = store.list_pairs(&filter(status), None, 1_000, 0).await.expect("reads");
        assert_eq!(i64::try_from(page.items.len()).expect("small"), page.count);
        for pair in &page.items {
            let same = page.items.iter().filter(|other| other.group_id.is_some() && other.group_id == pair.group_id);
            if status == PairStatusFilter::All {
                assert_eq!(pair.duplicates, i64::try_from(same.count().max(1)).expect("small"));
            }
        }
    }
}

#[tokio::test]
async fn a_search_finds_words_whatever_their_case() {
    let _alone = ONE_AT_A_TIME.lock().await;
    on_each_database("search", |db| async move {
        let store = open(&db).await;
        let (one, run) = mailbox(&store, Provider::Gmail, "us@y.example").await;
        let (other, other_run) = mailbox(&store, Provider::Gmail, "them@y.example").await;
        let texts = [
            ("t0", "Не проходит платёж, помогите. ann.lee@x.example"),
            ("t1", "НЕ ПРОХОДИТ ПЛАТЕЖ"),
            ("t2", "Café au lait, STRASSE"),
            ("t3", "cafeteria; strasse 5"),
            ("t4", "nothing of that [\"a\",\"b\"]"),
        ];
        let mut ids = Vec::new();
        for (number, (thread, text)) in (0..).zip(texts) {
            let of = if number == 4 { (other, other_run) } else { (one, run) };
            store_messages(&store, of.0, of.1, &[message(thread, thread, Direction::Incoming)]).await;
            // All of the same moment: the order is that of their places.
            ids.push(save(&store, of.0, thread, 0, text, None, None).await);
        }
        let search = async |text: &str, account: Option<AccountId>| -> Vec<usize> {
            let filter = ThreadFilter { account, text: Some(text.to_owned()) };
            let found = all_threads(&store, &filter, 1).await;
            found.iter().map(|id| ids.iter().position(|known| known == id).expect("is one of them")).collect()
        };
        assert_eq!(search("Не проходит", None).await, [1, 0]);
        assert_eq!(search("не ПРОХОДИТ платёж", None).await, [1, 0]);
        assert_eq!(search("платеж помо", None).await, [0], "a word's beginning");
        assert_eq!(search("прохо", None).await, [1, 0]);
        assert_eq!(search("ходит", None).await, [0; 0], "not its end");
        assert_eq!(search("CAFE", None).await, [3, 2]);
        assert_eq!(search("straße", None).await, [3, 2]);
        assert_eq!(search("Ann.Lee@X.example", None).await, [0]);
        assert_eq!(search("no", None).await, [0; 0], "short words are found whole");
        for nothing in ["\"", "[", "%", "_", ",", "' OR 1=1", "zzz"] {
            assert_eq!(search(nothing, None).await, [0; 0], "{nothing}");
        }
        assert_eq!(search("that", Some(other)).await, [4]);
        assert_eq!(search("that", Some(one)).await, [0; 0]);
        assert_eq!(search("cafe", Some(one)).await, [3, 2]);

        // A thread whose words changed, one that moved to the top, and one that is gone.
        save(&store, one, "t1", 0, "other words", None, None).await;
        assert_eq!(search("проходит", None).await, [0]);
        assert_eq!(search("OTHER", None).await, [1]);
        save(&store, one, "t0", -5, texts[0].1, None, None).await;
        save(&store, one, "t1", -6, texts[1].1, None, None).await;
        assert_eq!(search("проходит", None).await, [1, 0]);
        assert_eq!(all_threads(&store, &ThreadFilter::default(), 2).await.len(), 5);
        store.delete_account(one, noon()).await.expect("writes");
        assert_eq!(search("проходит", None).await, [0; 0]);
        assert_eq!(search("that", None).await, [4]);
    })
    .await;
}

#[tokio::test]
async fn threads_stored_before_words_were_noted_are_found() {
    let _alone = ONE_AT_A_TIME.lock().await;
    on_each_database("words of old threads", |db| async move {
        let clock = std::sync::Arc::new(replybook::clock::ManualClock::new(noon()));
        let d = db.domain(clock).await;
        let of = mailbox(&d.store, Provider::Gmail, "us@y.example").await;
        let raw = "From: =?utf-8?B?0J7Qu9GM0LPQsA==?= <olga@x.example>\r\nTo: us@y.example\r\nSubject: Invoice\r\n\r\nEin Gruß";
        let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
        let mail = NewMessage { parsed, ..message("m", "t", Direction::Incoming) };
        store_messages(&d.store, of.0, of.1, &[mail]).await;
        let id = save(&d.store, of.0, "t", 0, "", None, None).await;
        let forget = if db.url.starts_with("sqlite") {
            "DELETE FROM emails_thread_words WHERE rowid IN (SELECT place FROM emails_threads); UPDATE emails_threads SET words_mark = NULL"
        } else {
            "DELETE FROM emails_thread_words; UPDATE emails_threads SET words_mark = NULL"
        };
        db.execute(forget, forget).await;
        let found = async |text: &str| {
            all_threads(&d.store, &ThreadFilter { account: None, text: Some(text.to_owned()) }, 10).await
        };
        assert!(found("gruss").await.is_empty());
        let waiting = async || {
            let filter = ThreadFilter { account: None, text: Some("gruss".to_owned()) };
            d.store.list_threads(&filter, None, 5).await.expect("reads").not_searchable_yet
        };
        assert_eq!(waiting().await, 1, "a search says what it does not know");
        assert_eq!(d.store.threads_without_words(10).await.expect("reads"), [id]);
        replybook::pairs::note_words(&d).await.expect("notes");
        for word in ["gruss", "ОЛЬГА", "olga", "INVOICE", "us@y.example"] {
            assert_eq!(found(word).await, [id], "{word}");
        }
        assert!(d.store.threads_without_words(10).await.expect("reads").is_empty());
        assert_eq!(waiting().await, 0);
        d.shutdown().await;
    })
    .await;
}
