//! Backups, restores and moves between databases of either kind.

mod support;

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures::TryStreamExt;
use replybook::{
    Domain, attachments, auth,
    backup::{self, BackupError},
    clock::ManualClock,
    import, pairs,
    store::{
        Act, NewDraft, NewDraftFrom, NewVectors, OfferedCase, StoredVectors, VectorTrial,
        portable::{COLUMNS_MADE_ANEW, Extent, Kind, MADE_ANEW, Table},
    },
    threads,
    types::{
        Account, Actor, Direction, DraftTemplate, EmailThread, PairFilter, PairStatus, PairStatusFilter, Provider,
        TrainingPair,
    },
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use support::{
    furnished::{domain, from_each_to_each, furnish, queue_upload, secrets_open},
    noon, on_each_database,
    store::{account_of, message, store_messages, sync_of},
};

const OURS: &str = "support@fernhill.example, hello@fernhill.example, returns@fernhill.example, anna@fernhill.example";

/// What people see.
#[derive(Debug, PartialEq)]
struct Seen {
    accounts: Vec<Account>,
    pairs: Vec<TrainingPair>,
    threads: Vec<EmailThread>,
    found: BTreeMap<&'static str, Vec<EmailThread>>,
    attachments: Vec<(String, u64)>,
}

/// A draft, kept as it was made.
async fn draft_of(d: &Domain, by: Actor, pair: &TrainingPair) {
    let template = DraftTemplate {
        case: pair.id,
        text: "Dear [name], \"quoted\"".to_owned(),
        gaps: Vec::new(),
        language: Some("en".to_owned()),
        wrong_language: false,
        nearest: 42,
    };
    let new = NewDraft {
        account: pair.integration_account_id,
        thread: pair.email_thread_id.expect("has one"),
        question: pair.client_message_id,
        note: Some("shorter".to_owned()),
        cases: vec![OfferedCase { pair: pair.id, nearness: 42 }],
        hidden: 0,
        is_shortened: false,
        from: NewDraftFrom::Template(template),
    };
    d.store.begin_draft(&new, Act { by, at: noon() }, noon()).await.expect("written").expect("begun");
}

const SEARCHES: [&str; 4] = ["refund", "invoice", "anna@fernhill.example", "nothing-has-this-word"];

async fn seen(d: &Arc<Domain>) -> Seen {
    let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
    let search = async |text: Option<&str>| {
        threads::page(d, None, text.map(ToOwned::to_owned), None, 500).await.expect("reads").items
    };
    let mut found = BTreeMap::new();
    for text in SEARCHES {
        found.insert(text, search(Some(text)).await);
    }
    let accounts = d.store.list_accounts(None, None).await.expect("reads");
    let mut files = Vec::new();
    for account in &accounts {
        for message in d.store.internet_message_ids(account.id).await.expect("reads").into_keys() {
            for file in d.store.attachments_of(message).await.expect("reads") {
                if let Some(sha256) = file.sha256.clone() {
                    let opened = attachments::open(d, file.id).await.expect("is to be had");
                    let pieces: Vec<Vec<u8>> = attachments::read(d, &opened).try_collect().await.expect("is whole");
                    files.push((sha256, u64::try_from(pieces.concat().len()).expect("small")));
                }
            }
        }
    }
    files.sort();
    let pairs = d.store.list_pairs(&filter, None, 10_000, 0).await.expect("reads").items;
    Seen { pairs, threads: search(None).await, found, attachments: files, accounts }
}

/// Every table and column is copied, or is named as one that is made anew; and is of the kind that is said.
#[tokio::test]
async fn no_table_and_no_column_is_forgotten() {
    on_each_database("catalogue", |db| async move {
        domain(&db).await.shutdown().await;
        let columns: Vec<(String, String, String)> = if db.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&db.url).await.expect("opens");
            let sql = "SELECT m.name, c.name, c.type FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                       WHERE m.type = 'table' AND m.name NOT LIKE 'emails_thread_words_%' AND m.name NOT LIKE 'pair_words_%'";
            sqlx::query_as(sql).fetch_all(&mut connection).await.expect("reads")
        } else {
            let mut connection = PgConnection::connect(&db.url).await.expect("opens");
            let sql = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
                       WHERE table_schema = current_schema()";
            sqlx::query_as(sql).fetch_all(&mut connection).await.expect("reads")
        };
        let is_kind = |kind: Kind, declared: &str| match declared {
            "uuid" => kind == Kind::Id,
            "timestamp with time zone" => kind == Kind::Time,
            "jsonb" => kind == Kind::Json,
            "text" => kind == Kind::Text,
            "integer" | "bigint" | "INTEGER" | "BIGINT" => kind == Kind::Int,
            "boolean" | "BOOLEAN" => kind == Kind::Bool,
            "bytea" => kind == Kind::Bytes,
            "BLOB" => matches!(kind, Kind::Id | Kind::Bytes),
            "TEXT" => matches!(kind, Kind::Text | Kind::Json | Kind::Time),
            other => panic!("a type that nobody knows: {other}"),
        };
        let tables = Table::all(Extent::All);
        let mut copied = 0;
        for (table, column, declared) in &columns {
            if MADE_ANEW.contains(&table.as_str()) || table == "_sqlx_migrations" {
                continue;
            }
            if COLUMNS_MADE_ANEW.contains(&(table.as_str(), column.as_str())) {
                continue;
            }
            let known = tables.iter().find(|known| known.name == *table);
            let known = known.unwrap_or_else(|| panic!("{table} is in no backup: src/store/portable/tables.rs"));
            let known = known.columns.iter().find(|known| known.name == *column);
            let known =
                known.unwrap_or_else(|| panic!("{table}.{column} is in no backup: src/store/portable/tables.rs"));
            assert!(is_kind(known.kind, declared), "{table}.{column} is {declared}, not {:?}", known.kind);
            copied += 1;
        }
        assert_eq!(copied, tables.iter().map(|table| table.columns.len()).sum::<usize>(), "a table or column is gone");
    })
    .await;
}

/// Vectors of three approved pairs, and what came of a trial.
async fn vectors(d: &Domain) {
    let texts = d.store.answers_without_vectors("openai:e-1", 3).await.expect("reads");
    let of = |of| NewVectors {
        of,
        vectors: StoredVectors {
            pair: of.pair,
            dimension: 2,
            fingerprint: -7,
            question: vec![0, 0, 128, 63, 127, 255],
            reply: vec![0, 0, 128, 63, 0, 1],
        },
    };
    let made: Vec<NewVectors<'_>> = texts.iter().map(of).collect();
    assert_eq!(d.store.save_vectors("openai:e-1", &made, noon()).await.expect("written"), 3);
    let trial = VectorTrial {
        account: texts[0].account,
        model: "openai:e-1".to_owned(),
        pairs: 3,
        conversations: 3,
        weight: 0,
        words_rank: 0,
        joined_rank: 0,
        gain_least: -12,
        gain_most: 0,
    };
    d.store.save_vector_trial(&trial, noon()).await.expect("written");
}

#[tokio::test]
async fn a_backup_that_is_made_while_mail_comes_in_is_restored_into_either_database() {
    from_each_to_each("backup", |from, to| async move {
        let d = domain(&from).await;
        // The second round finds it furnished.
        if d.store.has_no_users().await.expect("reads") {
            furnish(&d).await;
            let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample/mailbox.mbox");
            let run = import::import_file(&d, &sample, OURS, |_| {}).await.expect("the import runs");
            assert_eq!(run.errors, Vec::<String>::new());
            let some = seen(&d).await.pairs;
            let ann = Actor::page(auth::user_by_email(&d, "ann@x.example").await.expect("is there").id);
            for (number, pair) in some.iter().take(20).enumerate() {
                let status = if number % 3 == 0 { PairStatus::Rejected } else { PairStatus::Approved };
                pairs::decide(&d, ann, pair.id, status).await.expect("decided");
            }
            draft_of(&d, ann, &some[0]).await;
            vectors(&d).await;
            queue_upload(&d).await;
        }
        let before = seen(&d).await;
        assert!(before.pairs.len() > 50 && before.attachments.len() > 5, "{} pairs", before.pairs.len());
        assert!(before.found["refund"].len() > 1, "there is something to find");

        // A writer that never stops: a message and the note that its thread is to be paired come in one transaction.
        let writer = {
            let d = Arc::clone(&d);
            let account = account_of(&d.store, Provider::Gmail, &format!("{}@y.example", uuid::Uuid::new_v4())).await;
            let run = d.store.begin_run(&sync_of(account), TimeDelta::minutes(2), noon()).await.expect("begins").run;
            tokio::spawn(async move {
                for number in 0..=u32::MAX {
                    let id = format!("m{number}");
                    store_messages(&d.store, account, run, &[message(&id, &id, Direction::Incoming)]).await;
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
            })
        };
        let archive = to.folder().join("all.backup");
        let made = backup::create(&d, &archive, false).await.expect("written");
        writer.abort();
        let _aborted = writer.await;
        assert_eq!(fs::metadata(&archive).expect("there").permissions().mode() & 0o777, 0o600);
        assert!(made.left_out.gone.is_empty() && made.archive.sums.uploads.len() == 1);
        assert_eq!(backup::verify(&archive).await.expect("whole"), made.archive);
        assert!(
            !fs::read_dir(to.folder())
                .expect("reads")
                .flatten()
                .any(|file| file.path().extension().is_some_and(|end| end == "part"))
        );

        let clock = Arc::new(ManualClock::new(noon()));
        let restored = backup::restore(to.settings(&[]), clock, &archive).await.expect("restored");
        assert_eq!(restored, made.archive);
        let r = domain(&to).await;

        // Equal by hashes, whichever databases these are; but for where the import finds its file.
        let mut again =
            backup::create(&r, &to.folder().join("again.backup"), false).await.expect("written").archive.sums;
        let mut first = made.archive.sums.clone();
        assert_eq!(first.tables.len(), Table::all(Extent::Lasting).len());
        assert_ne!(first.tables.remove("sync_runs"), again.tables.remove("sync_runs"));
        assert_eq!(first.tables, again.tables);
        let source = r.store.sources_to_come().await.expect("reads").remove(0);
        assert_eq!(source, r.settings.uploads_folder().join("waits.upload"));
        assert_eq!(fs::read_to_string(source).expect("is there"), support::mbox(3));

        assert_eq!((first.tables["answer_vectors"].rows, first.tables["answer_vector_trials"].rows), (3, 1));

        // One moment: as many threads wait as there are messages that came in meanwhile.
        let count = |table: &str| first.tables[table].rows;
        let waiting = count("threads_to_pair");
        let links = r.store.thread_counts().await.expect("reads").values().sum::<i64>();
        assert!(links > 0);
        let of_writers: i64 = r
            .store
            .list_accounts(None, None)
            .await
            .expect("reads")
            .iter()
            .filter(|account| account.display_name.ends_with("@y.example"))
            .map(|account| account.counts.messages)
            .sum();
        assert_eq!(
            i64::try_from(waiting).expect("few"),
            of_writers,
            "what the writer stored is there whole or not at all"
        );

        // What people see is the same, found by the same words; secrets open, and who had a password has it.
        let after = seen(&r).await;
        assert_eq!(after.pairs, before.pairs);
        assert_eq!(after.threads, before.threads);
        assert_eq!(after.found, before.found);
        assert_eq!(after.attachments, before.attachments);
        let ours = |account: &&Account| !account.display_name.ends_with("@y.example");
        assert!(after.accounts.iter().filter(ours).eq(before.accounts.iter().filter(ours)), "with their counts");
        secrets_open(&r).await;
        assert_eq!(r.store.session_load("a-session", noon()).await.expect("reads"), None, "people sign in again");
        r.shutdown().await;
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_stopped_leaves_nothing_and_one_that_is_there_stays() {
    on_each_database("stopped", |db| async move {
        let d = domain(&db).await;
        furnish(&d).await;
        let path = db.folder().join("kept.backup");
        let part = db.folder().join("kept.backup.replybook-part");
        // Dropped at whatever point it has come to: there is no archive, or a whole one.
        for micros in [0, 300, 1_000, 3_000, 10_000, 30_000] {
            let stopped = tokio::time::timeout(Duration::from_micros(micros), backup::create(&d, &path, true)).await;
            for _ in 0..500 {
                if !part.exists() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert!(!part.exists(), "after {micros} µs");
            match stopped {
                // The thread of the one before had not even begun.
                Ok(Err(BackupError::InUse(_))) => {}
                Ok(made) => assert_eq!(backup::verify(&path).await.expect("whole"), made.expect("written").archive),
                Err(_) if path.exists() => drop(backup::verify(&path).await.expect("whole")),
                Err(_) => {}
            }
        }
        // Those that were stopped have ended.
        let made = loop {
            match backup::create(&d, &path, true).await {
                Err(BackupError::InUse(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                made => break made.expect("written").archive,
            }
        };
        assert_eq!(backup::verify(&path).await.expect("whole"), made);
        fs::write(&part, "what a process that was killed left behind").expect("written");
        let made = backup::create(&d, &path, true).await.expect("written").archive;
        let there = backup::create(&d, &path, false).await.expect_err("it is there");
        assert!(there.to_string().contains("already exists") && there.to_string().contains("--force"), "{there}");
        assert_eq!(backup::verify(&path).await.expect("whole"), made);

        let held = fs::File::create(&part).expect("made");
        held.lock().expect("locked");
        let busy = backup::create(&d, &path, true).await.expect_err("somebody else writes");
        assert!(matches!(busy, BackupError::InUse(_)), "{busy}");
        drop(held);
        let nowhere = backup::create(&d, &db.folder().join("no/such/folder"), false).await.expect_err("no folder");
        assert!(nowhere.to_string().contains("cannot be written"), "{nowhere}");
        d.shutdown().await;
    })
    .await;
}
