//! What is learnt over the whole mailbox, in whatever order mail comes: what the mail of our own people ends with, and which languages
//! are usual. On both databases.

mod support;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain, accounts,
    clock::ManualClock,
    import, pairs,
    store::Apply,
    threads,
    types::{Actor, PairFilter, PairSource, PairStatus, PairStatusFilter, RunState, TrainingPair},
};
use support::{TestDb, noon, on_each_database, store::user};

const US: &str = "returns@fernhill.example";

/// Nothing but habit finds these: the name is not the sender's, and there is no way to reach anybody.
const SIGNATURE: &str = "Marta Silva\nFernhill, orders & returns\nMon to Fri 9:00-17:00 CET";
const NEW_SIGNATURE: &str = "Marta Silva-Weber\nFernhill, customer care";

const ANSWERS: [&str; 6] = [
    "The label is attached, any parcel shop takes it.",
    "It arrived in perfect condition, thank you for the careful wrapping.",
    "We have sent the whole price back to your card this morning.",
    "Of course you may exchange it, just tell us the colour.",
    "I am sorry about the mix-up, the right one leaves today.",
    "Both photos were taken when the box was opened.",
];

/// What we answer in a thread.
fn answer(number: usize) -> String {
    format!("{} It is about the order of somebody called c{number}.", ANSWERS[number % ANSWERS.len()])
}

/// A client's letter and our signed answer, for each number.
fn mbox(numbers: impl IntoIterator<Item = usize>, at: impl Fn(usize) -> (DateTime<Utc>, &'static str)) -> String {
    let mut file = String::new();
    for number in numbers {
        let (at, signature) = at(number);
        let client = format!("c{number}@x.example");
        let letter = "Where is my parcel, and when will it be here?".to_owned();
        let reply = format!("{}\n\n{signature}", answer(number));
        for (part, from, to, at, text) in
            [("q", &*client, US, at, letter), ("a", US, &*client, at + TimeDelta::hours(1), reply)]
        {
            let name = if part == "a" { "Fernhill Returns" } else { "Client" };
            let about = if part == "a" { format!("In-Reply-To: <q{number}@x.example>\n") } else { String::new() };
            write!(
                file,
                "From {from} Thu Jan  1 00:00:00 2026\nFrom: {name} <{from}>\nTo: {to}\nSubject: Parcel {number}\n\
                 Date: {}\nMessage-ID: <{part}{number}@x.example>\n{about}\n{text}\n\n",
                at.to_rfc2822()
            )
            .expect("a string takes all");
        }
    }
    file
}

/// The answers of one year's summer.
fn of_summer(numbers: impl IntoIterator<Item = usize>) -> String {
    mbox(numbers, |number| (noon() - TimeDelta::days(150 - i64::try_from(number).expect("few")), SIGNATURE))
}

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

async fn import(d: &Arc<Domain>, db: &TestDb, mail: &str) {
    let path = db.folder().join("mail.mbox");
    std::fs::write(&path, mail).expect("written");
    let run = import::import_file(d, &path, US, |_| {}).await.expect("the import runs");
    assert_eq!((run.state, &run.errors), (RunState::Done, &Vec::new()));
}

async fn all_pairs(d: &Domain) -> Vec<TrainingPair> {
    let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
    d.store.list_pairs(&filter, None, 1_000, 0).await.expect("reads").items
}

/// Replies by what was asked, as they are stored.
async fn replies(d: &Domain) -> BTreeMap<String, String> {
    let ids = d.store.list_accounts(None, None).await.expect("reads").remove(0).id;
    let ids = d.store.internet_message_ids(ids).await.expect("reads");
    all_pairs(d).await.into_iter().map(|pair| (ids[&pair.our_reply_message_id].clone(), pair.our_reply_text)).collect()
}

fn clean_replies(numbers: impl IntoIterator<Item = usize>) -> BTreeMap<String, String> {
    numbers.into_iter().map(|number| (format!("a{number}@x.example"), answer(number))).collect()
}

async fn count(db: &TestDb, sql: &'static str) -> i64 {
    if db.url.starts_with("sqlite:") {
        let pool = sqlx::SqlitePool::connect(&db.url).await.expect("opens");
        sqlx::query_scalar(sql).fetch_one(&pool).await.expect("counts")
    } else {
        let pool = sqlx::PgPool::connect(&db.url).await.expect("opens");
        sqlx::query_scalar(sql).fetch_one(&pool).await.expect("counts")
    }
}

const SAMPLES: &str = "SELECT COUNT(*) FROM emails_sender_tails";

#[tokio::test]
async fn a_signature_that_no_thread_shows_is_learnt() {
    on_each_database("habits", |db| async move {
        let d = domain(&db).await;
        import(&d, &db, &of_summer(0..5)).await;
        assert_eq!(replies(&d).await, clean_replies(0..5));
        assert_eq!(count(&db, SAMPLES).await, 5);

        // Whatever is learnt or forgotten since: an opened pair is what it was when it was made.
        db.execute("DELETE FROM emails_sender_tails", "DELETE FROM emails_sender_tails").await;
        for pair in all_pairs(&d).await {
            let messages = pairs::messages_of(&d, pair.id).await.expect("reads");
            assert!(messages.matches_pair, "{}", pair.our_reply_text);
            let removed = messages.messages.iter().flat_map(|message| &message.removed);
            assert_eq!(removed.map(|span| span.rule.as_str()).collect::<Vec<_>>(), ["sender_habit"]);
        }
        let thread = threads::page(&d, None, None, None, 1).await.expect("reads").items.remove(0);
        let thread = threads::thread(&d, thread.id, None, threads::MESSAGES).await.expect("reads");
        assert_eq!(thread.messages[1].folded.len(), 1, "a page folds it as well");

        // The same file again changes nothing, and learns nothing: no thread is paired.
        import(&d, &db, &of_summer(0..5)).await;
        assert_eq!((replies(&d).await, count(&db, SAMPLES).await), (clean_replies(0..5), 0));

        // A rebuild that only looks says what would change without learning for good.
        let looked = pairs::rebuild(&d, Actor::command_line(), None, Apply::DryRun).await.expect("looks");
        assert_eq!((looked.threads, looked.unchanged, count(&db, SAMPLES).await), (5, 5, 0));
        let spoilt = "UPDATE ai_training_pairs SET our_reply_text = 'as an older engine left it'";
        db.execute(spoilt, spoilt).await;
        let looked = pairs::rebuild(&d, Actor::command_line(), None, Apply::DryRun).await.expect("looks");
        assert_eq!((looked.updated, count(&db, SAMPLES).await), (5, 0));
        let done = pairs::rebuild(&d, Actor::command_line(), None, Apply::Yes).await.expect("rebuilds");
        assert_eq!((done, count(&db, SAMPLES).await), (looked, 5));
        assert_eq!(replies(&d).await, clean_replies(0..5));
        let again = pairs::rebuild(&d, Actor::command_line(), None, Apply::Yes).await.expect("rebuilds");
        assert_eq!((again.unchanged, again.updated), (5, 0));
        assert_eq!(count(&db, "SELECT COUNT(*) FROM threads_to_pair").await, 0);

        // Nothing of it outlives the mail: neither what was emptied, because its provider no longer has it, nor an account.
        let emptied = "UPDATE emails_messages SET body_text = NULL WHERE internet_message_id = 'a2@x.example'";
        db.execute(emptied, emptied).await;
        pairs::rebuild(&d, Actor::command_line(), None, Apply::Yes).await.expect("rebuilds");
        assert_eq!(count(&db, SAMPLES).await, 4);
        let account = d.store.list_accounts(None, None).await.expect("reads").remove(0).id;
        accounts::delete(&d, Actor::command_line(), account).await.expect("deletes");
        assert_eq!(count(&db, SAMPLES).await, 0);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM emails_threads").await, 0);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_paired_before_it_was_known_is_paired_again() {
    on_each_database("habits learnt later", |db| async move {
        let d = domain(&db).await;
        let admin = user(&d.store, "a@fernhill.example").await;
        import(&d, &db, &of_summer(0..2)).await;
        let before = all_pairs(&d).await;
        assert!(before.iter().all(|pair| pair.our_reply_text.ends_with("CET")), "two mails are no habit");
        let decided = before[0].id;
        d.store.set_pair_status(decided, PairStatus::Approved, admin, noon()).await.expect("writes");

        import(&d, &db, &of_summer(2..3)).await;
        let after = all_pairs(&d).await;
        assert_eq!(after.len(), 3);
        for pair in &after {
            if pair.id == decided {
                assert_eq!((pair.source, &pair.our_reply_text), (PairSource::Changed, &before[0].our_reply_text));
                assert!(pair.fresh_reply_text.as_deref().is_some_and(|fresh| !fresh.contains("Marta")));
            } else {
                assert!(!pair.our_reply_text.contains("Marta"), "{}", pair.our_reply_text);
                assert!(pairs::messages_of(&d, pair.id).await.expect("reads").matches_pair);
            }
        }
        // What the reviewer takes over is what was shown to them.
        let adopted = pairs::adopt_mail(&d, Actor::command_line(), decided).await.expect("adopts");
        assert_eq!(Some(adopted.our_reply_text), after.into_iter().find_map(|pair| pair.fresh_reply_text));
        assert!(pairs::messages_of(&d, decided).await.expect("reads").matches_pair);
        assert_eq!(replies(&d).await, clean_replies(0..3));
        assert_eq!(count(&db, "SELECT COUNT(*) FROM threads_to_pair").await, 0);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn the_order_of_imports_does_not_matter() {
    // Two years, and another signature from the second on.
    let mail = |numbers: Vec<usize>| {
        mbox(numbers, |number| {
            let at = noon() - TimeDelta::days(800 - i64::try_from(number * 10).expect("few"));
            (at, if number < 36 { SIGNATURE } else { NEW_SIGNATURE })
        })
    };
    let orders: [Vec<usize>; 3] = [(0..72).collect(), (0..72).rev().collect(), {
        let (even, odd): (Vec<usize>, Vec<usize>) = (0..72).partition(|number| number % 2 == 0);
        [odd, even].concat()
    }];
    for order in orders {
        on_each_database("order of imports", |db| {
            let parts: Vec<String> = order.chunks(9).map(|part| mail(part.to_vec())).collect();
            async move {
                let d = domain(&db).await;
                for part in &parts {
                    import(&d, &db, part).await;
                }
                assert_eq!(replies(&d).await, clean_replies(0..72));
                assert!(count(&db, SAMPLES).await <= 9 * 8 + 8);
                for pair in all_pairs(&d).await {
                    assert!(pairs::messages_of(&d, pair.id).await.expect("reads").matches_pair);
                }
                d.shutdown().await;
            }
        })
        .await;
    }
}

/// A second mailbox that a colleague sends from knows what the first one taught, and what it teaches reaches the first one.
#[tokio::test]
async fn mailboxes_learn_from_each_other() {
    on_each_database("habits of two mailboxes", |db| async move {
        let d = domain(&db).await;
        let import_as = async |mail: String, ours: &str| {
            let path = db.folder().join("mail.mbox");
            std::fs::write(&path, mail).expect("written");
            import::import_file(&d, &path, ours, |_| {}).await.expect("the import runs");
        };
        import_as(of_summer(0..2), US).await;
        import_as(of_summer(2..3), &format!("office@fernhill.example, {US}")).await;
        let accounts = d.store.list_accounts(None, None).await.expect("reads");
        assert_eq!(accounts.len(), 2);
        let texts: Vec<String> = all_pairs(&d).await.into_iter().map(|pair| pair.our_reply_text).collect();
        assert!(texts.len() == 3 && texts.iter().all(|text| !text.contains("Marta")), "{texts:?}");
        for account in accounts {
            accounts::delete(&d, Actor::command_line(), account.id).await.expect("deletes");
        }
        assert_eq!(count(&db, SAMPLES).await, 0);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn the_languages_usual_in_a_mailbox_tell_those_of_short_texts() {
    on_each_database("usual languages", |db| async move {
        let d = domain(&db).await;
        let mut file = String::new();
        for number in 0..5 {
            let (letter, reply) = if number < 4 {
                (
                    "Guten Tag, meine Bestellung sollte am Montag kommen, und bis heute ist nichts da. Können Sie mir bitte sagen, wo \
                     sie ist und wann ich mit ihr rechnen kann?",
                    "Guten Tag, das Paket ist leider liegen geblieben. Wir haben es heute noch einmal verschickt, und es wird wohl am \
                     Donnerstag oder am Freitag bei Ihnen sein.",
                )
            } else {
                ("Alles klar, passt.", "Perfekt!")
            };
            let client = format!("c{number}@x.example");
            for (part, from, to, about, text) in [
                ("q", &*client, US, String::new(), letter),
                ("a", US, &*client, format!("In-Reply-To: <q{number}@x.example>\n"), reply),
            ] {
                write!(
                    file,
                    "From {from} Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: Paket {number}\n\
                     Date: Mon, 1 Jun 2026 10:0{number}:{} +0000\nMessage-ID: <{part}{number}@x.example>\n\
                     Content-Type: text/plain; charset=utf-8\n{about}\n{text}\n\n",
                    if part == "q" { "00" } else { "30" },
                )
                .expect("a string takes all");
            }
        }
        import(&d, &db, &file).await;
        let pairs = all_pairs(&d).await;
        assert_eq!(pairs.len(), 5);
        for pair in pairs {
            let labels = pair.labels.expect("is labelled");
            let told = (labels.client_language.as_deref(), labels.reply_language.as_deref());
            assert_eq!(told, (Some("de"), Some("de")), "{}", pair.client_text);
        }
        // Made anew, nothing is told otherwise.
        let report = pairs::rebuild(&d, Actor::command_line(), None, Apply::DryRun).await.expect("compares");
        assert_eq!((report.updated, report.unchanged), (0, 5));
    })
    .await;
}
