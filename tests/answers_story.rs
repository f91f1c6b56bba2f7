//! Approved pairs: found by their words from the moment they are approved, and exported whole or with an error; on both databases.

mod support;

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use futures::TryStreamExt;
use replybook::{
    Domain,
    answers::{self, Export},
    auth,
    clock::ManualClock,
    import, pairs,
    types::{
        AccountId, Actor, AnswerFilter, AuditAction, AuditFilter, ExportFormat, ExportedAnswer, PairFilter, PairId,
        PairStatus, Problem, Role, TrainingPair,
    },
};
use support::{TestDb, noon, on_each_database};

const CSV_COLUMNS: usize = 19;

/// Questions with their replies, a minute apart; of each three the replies are of the same second.
fn mail(us: &str, numbers: std::ops::Range<i64>) -> String {
    let mut mbox = String::new();
    for number in numbers {
        let (hour, minute) = (number / 3 / 60, number / 3 % 60);
        write!(
            mbox,
            "From c@client.example Thu Jan  1 00:00:00 2026\n\
             From: =?utf-8?B?0J7Qu9GM0LPQsA==?= {number} <c{number}@client.example>\nTo: {us}\nSubject: Question {number}\n\
             Date: Thu, 1 Jan 2026 {hour:02}:{minute:02}:00 +0000\nMessage-ID: <q{number}-{us}>\n\
             Content-Type: text/plain; charset=utf-8\n\n\
             Hello, this is question number n{number}. Не проходит платёж, when are you open?\n\n\
             From {us} Thu Jan  1 00:00:00 2026\n\
             From: {us}\nTo: c{number}@client.example\nSubject: Re: Question {number}\n\
             Date: Fri, 2 Jan 2026 {hour:02}:{minute:02}:00 +0000\nMessage-ID: <a{number}-{us}>\n\
             In-Reply-To: <q{number}-{us}>\n\n\
             We are open from nine to five, number r{number}. Yours, the shop.\n\n"
        )
        .expect("text");
    }
    mbox
}

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

async fn store_mail(d: &Arc<Domain>, db: &TestDb, us: &str, numbers: std::ops::Range<i64>) -> AccountId {
    let path = db.folder().join(format!("{us}.mbox"));
    std::fs::write(&path, mail(us, numbers)).expect("written");
    import::import_file(d, &path, us, |_| {}).await.expect("imported").account_id
}

async fn admin(d: &Arc<Domain>) -> Actor {
    let by = Actor::command_line();
    let ann = auth::create_user(d, by, "ann@x.example", Some("Ann"), "a long enough password", Role::Admin).await;
    Actor::page(ann.expect("made").id)
}

async fn all_new(d: &Domain) -> Vec<TrainingPair> {
    d.store.list_pairs(&PairFilter::default(), None, 10_000, 0).await.expect("reads").items
}

fn filter(account: Option<AccountId>, text: Option<&str>) -> AnswerFilter {
    AnswerFilter { account, text: text.map(ToOwned::to_owned) }
}

/// Every page of a list, in its order.
async fn listed(d: &Domain, filter: &AnswerFilter, per_page: i64) -> Vec<PairId> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = answers::page(d, filter, cursor.as_deref(), per_page).await.expect("reads");
        ids.extend(page.items.iter().map(|pair| pair.id));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return ids,
        }
    }
}

async fn found(d: &Domain, text: &str) -> Vec<String> {
    let ids = listed(d, &filter(None, Some(text)), 3).await;
    let mut subjects = Vec::new();
    for id in ids {
        subjects.push(pairs::get(d, id).await.expect("is there").subject.expect("has one"));
    }
    subjects
}

#[tokio::test]
async fn what_is_approved_is_found_and_what_is_taken_back_is_not() {
    on_each_database("answers", |db| async move {
        let d = domain(&db).await;
        let by = admin(&d).await;
        let us = store_mail(&d, &db, "us@y.example", 0..8).await;
        let other = store_mail(&d, &db, "other@y.example", 8..10).await;
        let pairs_found = all_new(&d).await;
        assert_eq!(pairs_found.len(), 10);
        assert_eq!(found(&d, "платёж").await, [""; 0], "nobody approved anything");
        for pair in pairs_found.iter().filter(|pair| pair.subject.as_deref() != Some("Question 3")) {
            pairs::decide(&d, by, pair.id, PairStatus::Approved).await.expect("decided");
        }

        // Of the question, the reply, the subject, and the people; a beginning is enough, an ending is not.
        for text in ["n7", "R7", "question 7 n7", "c7@client.example"] {
            assert_eq!(found(&d, text).await, ["Question 7"], "{text}");
        }
        assert_eq!(found(&d, "ПЛАТЕЖ ольга откр").await, [""; 0], "every word has to be there");
        assert_eq!(found(&d, "плат ОЛЬГА").await.len(), 9);
        assert_eq!(found(&d, "n3").await, [""; 0], "it is not approved");
        assert_eq!(found(&d, "%").await, [""; 0]);
        let all = listed(&d, &filter(None, None), 4).await;
        assert_eq!(all.len(), 9);
        let searched = listed(&d, &filter(None, Some("shop")), 2).await;
        assert_eq!(searched.len(), 9, "pages of a search leave nothing out, also where replies are of the same second");
        assert_eq!(searched.iter().collect::<BTreeSet<_>>(), all.iter().collect());
        assert_eq!(listed(&d, &filter(Some(other), Some("shop")), 50).await.len(), 2);
        assert_eq!(listed(&d, &filter(Some(us), None), 50).await.len(), 7);
        assert_eq!(d.store.answer_counts(None).await.expect("reads"), [(us, 7), (other, 2)].into());
        assert_eq!(d.store.answer_counts(Some("shop")).await.expect("reads"), [(us, 7), (other, 2)].into());

        // Taken back, and approved again.
        let seven = pairs_found.iter().find(|pair| pair.subject.as_deref() == Some("Question 7")).expect("is there");
        for (status, expected) in [(PairStatus::New, 0), (PairStatus::Rejected, 0), (PairStatus::Approved, 1)] {
            pairs::decide(&d, by, seven.id, status).await.expect("decided");
            assert_eq!(found(&d, "n7").await.len(), expected, "{status}");
        }
        // What is not noted yet is not found as what it was either.
        db.execute(
            "UPDATE ai_training_pairs SET our_reply_text = 'another wording' WHERE client_text LIKE '%n7.%'",
            "UPDATE ai_training_pairs SET our_reply_text = 'another wording' WHERE client_text LIKE '%n7.%'",
        )
        .await;
        assert_eq!(found(&d, "wording n7").await, ["Question 7"]);
        assert_eq!(found(&d, "r7").await, [""; 0]);

        d.store.delete_account(us, noon()).await.expect("deleted");
        assert_eq!(found(&d, "shop").await.len(), 2);
        assert_eq!(d.store.answers_waiting().await.expect("reads"), 0);
        let bad = answers::page(&d, &filter(None, Some("shop")), Some("nonsense"), 5).await;
        assert!(matches!(bad, Err(Problem::Invalid { .. })), "{bad:?}");
        let long = filter(None, Some(&"x".repeat(201)));
        assert!(matches!(answers::page(&d, &long, None, 5).await, Err(Problem::Invalid { .. })));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_group_is_found_in_pieces_and_what_is_left_is_said() {
    on_each_database("many answers at once", |db| async move {
        let d = domain(&db).await;
        let by = admin(&d).await;
        store_mail(&d, &db, "us@y.example", 0..620).await;
        // As if they had been approved before words were noted.
        db.execute(
            "UPDATE ai_training_pairs SET status = 'approved'",
            "UPDATE ai_training_pairs SET status = 'approved'",
        )
        .await;
        assert_eq!(d.store.answers_waiting().await.expect("reads"), 620);
        let page = answers::page(&d, &filter(None, Some("shop")), None, 1).await.expect("reads");
        assert_eq!(page.not_searchable_yet, 120, "a search notes some itself");
        let export = Export { filter: filter(None, Some("shop")), format: ExportFormat::Jsonl, byte_order_mark: false };
        assert!(answers::open(&d, by, export.clone()).await.is_ok(), "the next one notes the rest");
        db.execute(
            "INSERT INTO pairs_to_note SELECT id, TRUE FROM ai_training_pairs",
            "INSERT INTO pairs_to_note SELECT id, TRUE FROM ai_training_pairs",
        )
        .await;
        let refused = answers::open(&d, by, export).await.expect_err("some would be left out");
        assert_eq!(refused.to_string(), "search_incomplete");
        pairs::note_terms(&d).await.expect("notes");
        assert_eq!(d.store.answers_waiting().await.expect("reads"), 0);
        assert_eq!(listed(&d, &filter(None, Some("shop")), 200).await.len(), 620);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn words_are_those_of_the_pairs_while_many_decide() {
    on_each_database("answers of many reviewers", |db| async move {
        let d = domain(&db).await;
        let by = admin(&d).await;
        store_mail(&d, &db, "us@y.example", 0..24).await;
        let ids: Vec<PairId> = all_new(&d).await.iter().map(|pair| pair.id).collect();
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..4_usize {
            let (d, ids) = (Arc::clone(&d), ids.clone());
            tasks.spawn(async move {
                for step in 0..ids.len() {
                    let id = ids[(step * 5 + writer * 3) % ids.len()];
                    pairs::decide(&d, by, id, PairStatus::ALL[(step + writer) % 3]).await.expect("decided");
                    answers::page(&d, &filter(None, Some("shop")), None, 5).await.expect("reads");
                }
            });
        }
        tasks.join_all().await;
        pairs::note_terms(&d).await.expect("notes");
        let listed: BTreeSet<PairId> = listed(&d, &filter(None, None), 50).await.into_iter().collect();
        let counted: i64 = d.store.answer_counts(Some("shop")).await.expect("reads").values().sum();
        let searched: BTreeSet<PairId> = self::listed(&d, &filter(None, Some("shop")), 50).await.into_iter().collect();
        assert_eq!(searched, listed);
        assert_eq!(usize::try_from(counted), Ok(listed.len()));
        assert!(!listed.is_empty());
        d.shutdown().await;
    })
    .await;
}

async fn exported(d: &Arc<Domain>, by: Actor, export: &Export) -> (answers::Opened, String) {
    let opened = answers::open(d, by, export.clone()).await.expect("opens");
    let bytes: Vec<u8> = answers::bytes(d, &opened).try_concat().await.expect("reads to the end");
    (opened, String::from_utf8(bytes).expect("UTF-8"))
}

#[tokio::test]
async fn an_export_is_whole_or_an_error_and_on_record() {
    on_each_database("export", |db| async move {
        let d = domain(&db).await;
        let by = admin(&d).await;
        let us = store_mail(&d, &db, "us@y.example", 0..130).await;
        let other = store_mail(&d, &db, "other@y.example", 200..203).await;
        for pair in all_new(&d).await.iter().filter(|pair| pair.subject.as_deref() != Some("Question 9")) {
            pairs::decide(&d, by, pair.id, PairStatus::Approved).await.expect("decided");
        }
        let mut export = Export { filter: filter(Some(us), None), format: ExportFormat::Jsonl, byte_order_mark: true };
        let (opened, text) = exported(&d, by, &export).await;
        assert_eq!((opened.count, opened.file_name.as_str()), (129, "replybook-answers-us@y.example-2026-11-20.jsonl"));
        let lines: Vec<ExportedAnswer> =
            text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!(lines.iter().map(|line| line.pair_id).collect::<Vec<_>>(), listed(&d, &export.filter, 200).await);
        let one = lines.iter().find(|line| line.subject.as_deref() == Some("Question 7")).expect("is there");
        assert!(one.question.contains("question number n7. Не проходит платёж"), "{}", one.question);
        assert_eq!(
            (one.question_from.as_deref(), &one.question_to[..]),
            (Some("c7@client.example"), &["us@y.example".to_owned()][..])
        );
        assert_eq!(
            (one.reply_from.as_deref(), &one.reply_to[..]),
            (Some("us@y.example"), &["c7@client.example".to_owned()][..])
        );
        assert_eq!((one.account_id, one.account.as_str(), one.edited), (us, "us@y.example", false));
        assert_eq!(one.decided_by.as_deref(), Some("ann@x.example"));
        assert!(one.thread_id.is_some() && one.asked_at.is_some_and(|asked| asked < one.replied_at));

        export.format = ExportFormat::Csv;
        let (_, table) = exported(&d, by, &export).await;
        let mut rows = table.strip_prefix('\u{feff}').expect("a mark").split("\r\n");
        assert_eq!(rows.next().expect("a head").split(',').count(), CSV_COLUMNS);
        assert_eq!(rows.filter(|row| !row.is_empty()).count(), 129, "no text of these has a line break");

        // All accounts, a search, and nothing at all.
        export.byte_order_mark = false;
        export.filter = filter(None, None);
        assert_eq!(exported(&d, by, &export).await.0.count, 132);
        export.filter = filter(None, Some("r201"));
        let (opened, table) = exported(&d, by, &export).await;
        assert_eq!((opened.count, table.matches("\r\n").count()), (1, 2));
        export.filter = filter(Some(other), Some("nothing-like-it"));
        let (opened, table) = exported(&d, by, &export).await;
        assert_eq!((opened.count, table.matches("\r\n").count()), (0, 1), "a table without a line has its head");

        let acts = AuditFilter { action: Some(AuditAction::AnswersExported), ..AuditFilter::default() };
        let acts = d.store.audit_page(&acts, None, 10).await.expect("reads").items;
        let said: Vec<(Option<&str>, Option<&str>)> =
            acts.iter().map(|act| (act.target_name.as_deref(), act.to.as_deref())).collect();
        assert!(said.contains(&(Some("us@y.example"), Some("jsonl: 129"))), "{said:?}");
        assert!(said.contains(&(None, Some("csv: 1, found by “r201”"))), "{said:?}");
        assert!(acts.iter().all(|act| act.user_email.as_deref() == Some("ann@x.example")));

        // What breaks in the middle is an error after what came until then.
        let spoil = "UPDATE emails_messages SET to_addresses = '{}' WHERE subject = 'Question 0'";
        db.execute(spoil, spoil).await;
        export.filter = filter(Some(us), None);
        let opened = answers::open(&d, by, export).await.expect("opens");
        let mut pieces = Box::pin(answers::bytes(&d, &opened));
        assert!(pieces.try_next().await.expect("the first piece is well").is_some());
        assert!(pieces.try_next().await.is_err(), "no end that could be taken for the end");
        drop(pieces);
        d.shutdown().await;
    })
    .await;
}
