//! What did we answer to this? The nearest past cases, on both databases: the same in the same order, up to date before every search,
//! and never those of another account.

mod support;

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex},
};

use replybook::{
    Domain, accounts, auth,
    clock::ManualClock,
    import,
    knowledge::{self, Asked},
    pairs,
    store::ThreadFilter,
    types::{AccountId, Actor, PairFilter, PairStatus, PastCases, Problem, Role, ThreadId, TrainingPair},
};
use sqlx::{Connection, Executor, PgConnection};
use support::{TestDb, noon, on_each_database};

const US: &str = "support@fernhill.example";

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

async fn admin(d: &Arc<Domain>) -> Actor {
    let by = Actor::command_line();
    let ann = auth::create_user(d, by, "ann@x.example", Some("Ann"), "a long enough password", Role::Admin).await;
    Actor::page(ann.expect("made").id)
}

async fn sample(d: &Arc<Domain>) -> AccountId {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/mailbox.mbox");
    import::import_file(d, &path, US, |_| {}).await.expect("imported").account_id
}

async fn approve_all(db: &TestDb) {
    let sql = "UPDATE ai_training_pairs SET status = 'approved'";
    db.execute(sql, sql).await;
}

async fn all_pairs(d: &Domain) -> Vec<TrainingPair> {
    let filter = PairFilter { status: replybook::types::PairStatusFilter::All, ..PairFilter::default() };
    d.store.list_pairs(&filter, None, 10_000, 0).await.expect("reads").items
}

fn asked(account: Option<AccountId>, text: &str) -> Asked {
    Asked { text: text.to_owned(), account, limit: 10, ..Asked::default() }
}

async fn search(d: &Arc<Domain>, asked: Asked) -> PastCases {
    knowledge::search(d, asked).await.expect("searches")
}

/// What a person sees of it, and the score to its last digit.
fn seen(found: &PastCases) -> Vec<(Option<String>, String, u64, Vec<String>)> {
    found
        .items
        .iter()
        .map(|case| {
            (case.pair.subject.clone(), case.pair.our_reply_text.clone(), case.score.to_bits(), case.words.clone())
        })
        .collect()
}

#[tokio::test]
async fn both_databases_find_the_same_in_the_same_order() {
    let found = Mutex::new(Vec::new());
    on_each_database("past cases", |db| {
        let found = &found;
        async move {
            let d = domain(&db).await;
            let account = sample(&d).await;
            assert_eq!(search(&d, asked(Some(account), "Where is my parcel?")).await.searched, 0);
            approve_all(&db).await;
            let mut questions: Vec<TrainingPair> = all_pairs(&d).await;
            questions.sort_by(|a, b| (&a.client_text, &a.our_reply_text).cmp(&(&b.client_text, &b.our_reply_text)));
            assert!(questions.len() > 190, "{}", questions.len());
            let mut all = Vec::new();
            for pair in &questions {
                let cases = search(&d, asked(Some(account), &pair.client_text)).await;
                assert_eq!(cases.searched, i64::try_from(questions.len()).expect("small"));
                assert!(cases.items.iter().all(|case| case.score > 0.0 && case.score <= 1.0));
                all.push((pair.client_text.clone(), seen(&cases)));
            }
            // A message that is a case itself finds that case first, nearly always.
            let itself = all.iter().zip(&questions);
            let first = itself.filter(|((_, seen), pair)| seen.first().is_some_and(|hit| hit.1 == pair.our_reply_text));
            assert!(first.count() * 10 > questions.len() * 9);
            // Short, and by itself it may be taken for Bulgarian, in which nobody wrote here.
            let short = search(&d, asked(Some(account), "Не проходит оплата, карту отклоняют")).await;
            assert!(
                short.language.is_none_or(|told| told == "ru") && short.items[0].pair.client_text.contains("оплат")
            );
            found.lock().expect("no panic").push(all);
            d.shutdown().await;
        }
    })
    .await;
    let found = found.into_inner().expect("no panic");
    for other in &found[1..] {
        for (one, other) in found[0].iter().zip(other) {
            assert_eq!(one, other);
        }
    }
}

/// Two replies that a grinder is asked about, and one about something else.
const MAIL: &str = "From a@client.example Thu Jan  1 00:00:00 2026\n\
    From: a@client.example\nTo: us@y.example\nSubject: Grinder\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <q1@x.example>\n\n\
    Hello, my grinder makes a terrible noise since yesterday morning.\n\n\
    From us@y.example Thu Jan  1 00:00:00 2026\n\
    From: us@y.example\nTo: a@client.example\nSubject: Re: Grinder\nDate: Fri, 2 Jan 2026 10:00:00 +0000\nMessage-ID: <a1@x.example>\n\
    In-Reply-To: <q1@x.example>\n\n\
    Please take the burrs out and brush them, there is a stone between them.\n\n\
    From b@client.example Thu Jan  1 00:00:00 2026\n\
    From: b@client.example\nTo: us@y.example\nSubject: Parcel\nDate: Thu, 1 Jan 2026 11:00:00 +0000\nMessage-ID: <q2@x.example>\n\n\
    Good morning, the parcel with my order has not come yet, where is it?\n\n\
    From us@y.example Thu Jan  1 00:00:00 2026\n\
    From: us@y.example\nTo: b@client.example\nSubject: Re: Parcel\nDate: Fri, 2 Jan 2026 11:00:00 +0000\nMessage-ID: <a2@x.example>\n\
    In-Reply-To: <q2@x.example>\n\n\
    The carrier is late this week, it comes on Thursday.\n\n\
    From c@client.example Thu Jan  1 00:00:00 2026\n\
    From: c@client.example\nTo: us@y.example\nSubject: Grinder again\nDate: Sat, 3 Jan 2026 11:00:00 +0000\nMessage-ID: <q3@x.example>\n\n\
    One more thing.\n\n\
    From c@client.example Thu Jan  1 00:00:00 2026\n\
    From: c@client.example\nTo: us@y.example\nSubject: Re: Grinder again\nDate: Sat, 3 Jan 2026 12:00:00 +0000\nMessage-ID: <q4@x.example>\n\
    In-Reply-To: <q3@x.example>\n\n\
    The grinder is noisy.\n\n> an older line\n\n";

async fn store_mail(d: &Arc<Domain>, db: &TestDb, us: &str) -> AccountId {
    let path = db.folder().join(format!("{us}.mbox"));
    let mail = MAIL.replace("us@y.example", us).replace("@x.example>", &format!("-{us}>"));
    std::fs::write(&path, mail).expect("written");
    import::import_file(d, &path, us, |_| {}).await.expect("imported").account_id
}

async fn pair_of(d: &Domain, account: AccountId, subject: &str) -> TrainingPair {
    let pairs = all_pairs(d).await.into_iter();
    let mut of_account = pairs.filter(|pair| pair.integration_account_id == account);
    of_account.find(|pair| pair.subject.as_deref() == Some(subject)).expect("is there")
}

async fn subjects(d: &Arc<Domain>, account: Option<AccountId>, text: &str) -> Vec<String> {
    let found = search(d, asked(account, text)).await;
    found.items.into_iter().filter_map(|case| case.pair.subject).collect()
}

#[tokio::test]
async fn what_another_process_decides_counts_at_once() {
    on_each_database("past cases of two processes", |db| async move {
        let d = domain(&db).await;
        let by = admin(&d).await;
        let account = store_mail(&d, &db, "us@y.example").await;
        let other = domain(&db).await;
        let noise = "noises of grinders";
        for domain in [&d, &other] {
            assert_eq!(subjects(domain, Some(account), noise).await, [""; 0], "nobody approved anything");
        }
        let (grinder, parcel) = (pair_of(&d, account, "Grinder").await, pair_of(&d, account, "Parcel").await);
        for (status, expected) in
            [(PairStatus::Approved, &["Grinder"][..]), (PairStatus::New, &[]), (PairStatus::Approved, &["Grinder"])]
        {
            pairs::decide(&d, by, grinder.id, status).await.expect("decided");
            assert_eq!(subjects(&other, Some(account), noise).await, expected, "{status}");
            assert_eq!(subjects(&d, Some(account), noise).await, expected, "{status}");
        }
        pairs::decide(&other, by, parcel.id, PairStatus::Approved).await.expect("decided");
        assert_eq!(subjects(&d, Some(account), "carriers, Thursday").await, ["Parcel"]);

        // Whatever statement changes a text.
        let sql =
            "UPDATE ai_training_pairs SET our_reply_text = 'Descale the boiler.' WHERE client_text LIKE '%grinder%'";
        db.execute(sql, sql).await;
        assert_eq!(subjects(&other, Some(account), "boilers").await, ["Grinder"]);
        assert_eq!(subjects(&other, Some(account), "burrs, brushes").await, [""; 0]);

        accounts::delete(&d, by, account).await.expect("deleted");
        assert_eq!(search(&other, asked(None, noise)).await.searched, 0);
        other.shutdown().await;
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_ends_late_is_not_missed() {
    on_each_database("past cases and late decisions", |db| async move {
        // On SQLite one writes at a time.
        if db.url.starts_with("sqlite") {
            return;
        }
        let d = domain(&db).await;
        let by = admin(&d).await;
        let account = store_mail(&d, &db, "us@y.example").await;
        let (grinder, parcel) = (pair_of(&d, account, "Grinder").await, pair_of(&d, account, "Parcel").await);
        assert_eq!(search(&d, asked(Some(account), "grinder parcel")).await.searched, 0);
        let mut slow = PgConnection::connect(&db.url).await.expect("opens");
        slow.execute("BEGIN").await.expect("begins");
        let sql = format!("UPDATE ai_training_pairs SET status = 'approved' WHERE id = '{}'", grinder.id);
        slow.execute(sqlx::AssertSqlSafe(sql)).await.expect("changes");
        pairs::decide(&d, by, parcel.id, PairStatus::Approved).await.expect("decided");
        for _ in 0..2 {
            assert_eq!(search(&d, asked(Some(account), "grinder parcel")).await.searched, 1);
        }
        slow.execute("COMMIT").await.expect("ends");
        assert_eq!(search(&d, asked(Some(account), "grinder parcel")).await.searched, 2);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn accounts_are_apart_and_a_thread_does_not_find_itself() {
    on_each_database("past cases of two accounts", |db| async move {
        let d = domain(&db).await;
        let (one, two) = (store_mail(&d, &db, "us@y.example").await, store_mail(&d, &db, "them@y.example").await);
        approve_all(&db).await;
        let of = |found: &PastCases| {
            found.items.iter().map(|case| case.pair.integration_account_id).collect::<HashSet<AccountId>>()
        };
        assert_eq!(of(&search(&d, asked(Some(one), "grinder noise parcel")).await), HashSet::from([one]));
        // The replies of both are the same, word for word: one stands for both.
        let all = search(&d, asked(None, "grinder noise")).await;
        assert_eq!(all.searched, 4);
        assert_eq!((all.items[0].alike, all.items.len()), (2, 1));
        let grinder = pair_of(&d, two, "Grinder").await;

        let thread: ThreadId = grinder.email_thread_id.expect("has one");
        let own = knowledge::standing_question(&d, thread).await.expect("reads").expect("a client wrote");
        assert_eq!(own.account, two);
        assert_eq!(own.pairs, HashSet::from([grinder.id]));
        let again = Asked { without: own.pairs, subject: own.subject, ..asked(Some(own.account), &own.text) };
        assert!(search(&d, again).await.items.iter().all(|case| case.pair.id != grinder.id));

        // Two messages in a row are one question, without what they quote.
        let filter = ThreadFilter { account: Some(one), text: None };
        let open = d.store.list_threads(&filter, None, 50).await.expect("reads").items;
        let open = open.iter().find(|thread| thread.subject.as_deref() == Some("Grinder again")).expect("is there");
        let asks = knowledge::standing_question(&d, open.id).await.expect("reads").expect("a client wrote");
        assert_eq!(asks.text, "One more thing.\n\nThe grinder is noisy.");
        let found = search(&d, Asked { subject: asks.subject, ..asked(Some(one), &asks.text) }).await;
        assert_eq!(found.items[0].pair.subject.as_deref(), Some("Grinder"));
        assert_eq!(found.language.as_deref(), Some("en"));
        let german = Asked { language: Some("de".to_owned()), ..asked(Some(one), "grinder") };
        assert_eq!(search(&d, german).await.items, []);
        // The reply is of 2 January, and it is the 20th of November.
        let within = async |days| {
            let asked = Asked { within_days: Some(days), ..asked(Some(one), "grinder") };
            search(&d, asked).await.items.len()
        };
        assert_eq!((within(300).await, within(330).await), (0, 1));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_in_words() {
    on_each_database("past cases and their limits", |db| async move {
        let d = domain(&db).await;
        let refused = async |asked: Asked| match knowledge::search(&d, asked).await {
            Err(Problem::Invalid { field, code }) => code.detail(&field),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(asked(None, "")).await, "text_missing: give the client's message");
        let long = "x".repeat(knowledge::MAX_QUESTION + 1);
        assert_eq!(refused(asked(None, &long)).await, "text must have at most 20000 characters");
        for limit in [0, 51, -1] {
            let detail = refused(Asked { limit, ..asked(None, "parcel") }).await;
            assert_eq!(detail, "limit must be a whole number from 1 to 50");
        }
        for language in ["EN", "xx", "eng", "e", " en"] {
            let detail = refused(Asked { language: Some(language.to_owned()), ..asked(None, "parcel") }).await;
            assert_eq!(detail, "language must be an ISO 639-1 code in lower case, like en", "{language}");
        }
        for days in [0, -1, 36_501] {
            let detail = refused(Asked { within_days: Some(days), ..asked(None, "parcel") }).await;
            assert_eq!(detail, "within_days must be a whole number from 1 to 36500");
        }
        for text in [&long[1..], " \n ", "?!"] {
            assert_eq!(search(&d, asked(None, text)).await.items, []);
        }
        d.shutdown().await;
    })
    .await;
}
