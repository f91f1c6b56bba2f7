//! What is refused when an archive is restored, archives of older versions, and moving to another database.

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;
use replybook::{
    backup::{self, BackupError, Checked, TableSum},
    clock::ManualClock,
    store::portable::{Extent, Row, Table, Tally, Value},
    types::AiKind,
    worker::WorkerLock,
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use support::{
    TestDb,
    furnished::{domain, from_each_to_each, furnish, queue_upload, secrets_open, sums},
    noon, on_each_database, on_each_empty_database, sqlite,
};

/// What becomes of a member, by its name. `None`: nothing.
type Change<'a> = &'a dyn Fn(&str, Vec<u8>) -> Option<Vec<u8>>;

/// Copies an archive, each member as `change` wants it: `None` leaves it out.
fn rewrite(from: &Path, to: &Path, mut change: impl FnMut(&str, Vec<u8>) -> Option<Vec<u8>>) {
    use std::io::Read as _;
    let packed = flate2::read::GzDecoder::new(fs::File::open(from).expect("opens"));
    let packer = flate2::write::GzEncoder::new(fs::File::create(to).expect("made"), flate2::Compression::fast());
    let mut copy = tar::Builder::new(packer);
    for member in tar::Archive::new(packed).entries().expect("a tar") {
        let mut member = member.expect("a member");
        let name = member.path().expect("a name").display().to_string();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("reads");
        if let Some(bytes) = change(&name, bytes) {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            copy.append_data(&mut header, &name, bytes.as_slice()).expect("written");
        }
    }
    copy.into_inner().and_then(flate2::write::GzEncoder::finish).expect("written");
}

fn unpacked(archive: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(archive).read_to_end(&mut unpacked).map(|_| unpacked)
}

fn json(bytes: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Option<Vec<u8>> {
    let mut json = serde_json::from_slice(bytes).expect("JSON");
    change(&mut json);
    serde_json::to_vec(&json).ok()
}

/// An archive of a small database, made beside it.
async fn small_archive(db: &TestDb) -> (PathBuf, Checked) {
    let d = domain(db).await;
    furnish(&d).await;
    let path = db.folder().join("small.backup");
    let made = backup::create(&d, &path, false).await.expect("written");
    d.shutdown().await;
    (path, made.archive)
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_in_words_and_nothing_is_written() {
    let source = sqlite();
    let (archive, made) = small_archive(&source).await;
    let bytes = fs::read(&archive).expect("reads");
    let bad = |name: &str, bytes: &[u8]| {
        let path = source.folder().join(name);
        fs::write(&path, bytes).expect("written");
        path
    };
    let changed = |name: &str, change: Change<'_>| {
        let path = source.folder().join(name);
        rewrite(&archive, &path, change);
        path
    };
    let mut cases = vec![
        (bad("nothing", b""), "not an archive"),
        (bad("mail", b"From ann@x.example"), "not an archive"),
        (bad("longer", &[&bytes[..], b"x"].concat()), "something follows its end"),
        (
            changed("newer format", &|name, bytes| match name {
                "manifest.json" => json(&bytes, |manifest| manifest["replybook_backup"] = 2.into()),
                _ => Some(bytes),
            }),
            "newer format (2)",
        ),
        (
            changed("newer schema", &|name, bytes| match name {
                "manifest.json" => json(&bytes, |manifest| manifest["schema"] = 999.into()),
                _ => Some(bytes),
            }),
            "newer version of Replybook",
        ),
        (changed("no sums", &|name, bytes| (name != "sums.json").then_some(bytes)), "it ends before sums.json"),
        (changed("no users", &|name, bytes| (!name.starts_with("tables/users/")).then_some(bytes)), "users has 0 rows"),
        (
            changed("another name", &|name, bytes| match name {
                "tables/users/000001.jsonl" => {
                    Some(String::from_utf8(bytes).expect("text").replace("Änn", "Eve").into())
                }
                _ => Some(bytes),
            }),
            "users has 1 rows with the sum",
        ),
    ];
    let cuts = [1, 100, bytes.len() / 3, bytes.len() - 9, bytes.len() - 1];
    cases.extend(cuts.map(|length| (bad(&format!("cut {length}"), &bytes[..length]), "archive")));

    // One bit that makes another packing of the same is no damage.
    let damaged: Vec<(usize, Vec<u8>)> = (1..=40)
        .map(|part| bytes.len() * part / 41)
        .map(|place| {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x10;
            (place, flipped)
        })
        .filter(|(_, flipped)| unpacked(flipped).ok() != unpacked(&bytes).ok())
        .collect();
    assert!(damaged.len() > 30);
    for (place, flipped) in &damaged {
        assert!(backup::verify(&bad("flipped", flipped)).await.is_err(), "one bit at {place}");
    }
    cases.extend(damaged.last().map(|(_, flipped)| (bad("flipped", flipped), "damaged or cut off")));

    on_each_database("refused", |to| {
        let (archive, made, cases) = (&archive, &made, &cases);
        async move {
            let clock = Arc::new(ManualClock::new(noon()));
            for (path, words) in cases {
                assert!(backup::verify(path).await.is_err(), "{}", path.display());
                let refused = backup::restore(to.settings(&[]), clock.clone(), path).await.expect_err("is refused");
                assert!(refused.to_string().contains(words), "{}: {refused}", path.display());
            }
            let another = to.settings(&[("SECRET_KEY", "another key, which is 32 characters long")]);
            let refused = backup::restore(another, clock.clone(), archive).await.expect_err("another key");
            assert!(matches!(refused, BackupError::AnotherKey), "{refused}");

            // A server that only started on the database has done nothing to it. Nor has any of the above.
            domain(&to).await.shutdown().await;
            let restored = backup::restore(to.settings(&[]), clock.clone(), archive).await.expect("restored");
            assert_eq!(restored, *made);

            let refused = backup::restore(to.settings(&[]), clock, archive).await.expect_err("it has people by now");
            assert!(matches!(&refused, BackupError::NotEmpty(table) if table == "users"), "{refused}");
            let d = domain(&to).await;
            assert_eq!(sums(&d, to.folder()).await, made.sums.tables, "nothing of the second one was written");
            secrets_open(&d).await;
            d.shutdown().await;
        }
    })
    .await;
}

/// What migrations have added since schema 4, of which the archive below is.
const TABLES_SINCE: [&str; 25] = [
    "conversations",
    "conversation_notes",
    "conversation_seen",
    "jobs",
    "access_links",
    "emails_sender_tails",
    "ai_models",
    "ai_calls",
    "ai_suggestions",
    "answer_vectors",
    "answer_vector_trials",
    "second_opinions",
    "pair_views",
    "pair_edits",
    "review_steps",
    "review_step_pairs",
    "trust_rules",
    "bulk_decisions",
    "bulk_decision_pairs",
    "review_tags",
    "pair_tags",
    "pair_assignments",
    "review_guidelines",
    "turn_marks",
    "turn_changes",
];
const COLUMNS_SINCE: [(&str, &[&str]); 6] = [
    ("ai_training_pairs", &["reject_reason", "reject_note", "decided_how"]),
    ("users", &["last_login_at", "review_keys"]),
    ("integrations_accounts", &["keeps_sent", "subjects_noted"]),
    ("emails_messages", &["confirmed_ours", "subject_key", "lost_its_ids"]),
    ("emails_threads", &["habits", "conversation_noted"]),
    (
        "ai_providers",
        &[
            "base_url",
            "allow_local",
            "model_embeddings",
            "drafts",
            "embeds",
            "budget_micros",
            "models_at",
            "models_tried_at",
        ],
    ),
];

/// The archive as the program of schema 4 would have written it.
fn older(archive: &Path, to: &Path) {
    let is_since = |table: &str, column: &str| {
        COLUMNS_SINCE.iter().any(|(known, columns)| *known == table && columns.contains(&column))
    };
    let tables = Table::all(Extent::Lasting);
    let mut tallies = BTreeMap::new();
    rewrite(archive, to, |name, bytes| match name {
        "manifest.json" => json(&bytes, |manifest| {
            manifest["schema"] = 4.into();
            let tables = manifest["tables"].as_array_mut().expect("tables");
            tables.retain(|table| !TABLES_SINCE.contains(&table["name"].as_str().expect("a name")));
            for table in tables {
                let name = table["name"].as_str().expect("a name").to_owned();
                let columns = table["columns"].as_array_mut().expect("columns");
                columns.retain(|column| !is_since(&name, column["name"].as_str().expect("a name")));
            }
        }),
        "sums.json" => json(&bytes, |sums| {
            let sums = sums["tables"].as_object_mut().expect("tables");
            sums.retain(|name, _| !TABLES_SINCE.contains(&name.as_str()));
            for (name, tally) in &tallies {
                let sum = TableSum::from(*tally);
                sums.insert(String::clone(name), serde_json::to_value(sum).expect("JSON"));
            }
        }),
        name => {
            let Some(of) = name.strip_prefix("tables/").and_then(|name| name.split('/').next()) else {
                return Some(bytes);
            };
            if TABLES_SINCE.contains(&of) {
                return None;
            }
            if !COLUMNS_SINCE.iter().any(|(known, _)| *known == of) {
                return Some(bytes);
            }
            let table = tables.iter().find(|table| table.name == of).expect("is known");
            let tally: &mut Tally = tallies.entry(of.to_owned()).or_default();
            let mut lines = String::new();
            for line in String::from_utf8(bytes).expect("text").lines() {
                let row: Vec<serde_json::Value> = serde_json::from_str(line).expect("a row");
                let values = row.into_iter().zip(&table.columns).filter(|(_, column)| !is_since(of, &column.name));
                let row: Option<Row> = values.map(|(value, column)| Value::read(column.kind, value)).collect();
                let row = row.expect("a row");
                tally.add(&row);
                lines += &format!("{}\n", serde_json::to_string(&row).expect("JSON"));
            }
            Some(lines.into())
        }
    });
}

#[tokio::test]
async fn an_archive_of_an_older_schema_is_brought_up_to_date() {
    let source = sqlite();
    let (archive, made) = small_archive(&source).await;
    let path = source.folder().join("older");
    older(&archive, &path);
    on_each_empty_database("older schema", |to| {
        let (path, made) = (&path, &made);
        async move {
            let clock = Arc::new(ManualClock::new(noon()));
            let restored = backup::restore(to.settings(&[]), clock.clone(), path).await.expect("restored");
            assert_eq!(restored.manifest.schema, 4);
            let d = domain(&to).await;
            assert!(d.store.migrations_applied().await.expect("reads"));
            let (mut found, mut expected) = (sums(&d, to.folder()).await, made.sums.tables.clone());
            // What the migrations fill in, and what the source has in tables and columns that were not there then.
            for table in ["jobs", "integrations_accounts", "ai_models", "ai_calls", "ai_providers", "ai_suggestions"] {
                found.remove(table);
                expected.remove(table);
            }
            assert_eq!(found, expected);
            secrets_open(&d).await;
            d.shutdown().await;
            let newer = backup::restore(to.settings(&[]), clock, path).await.expect_err("the tables are newer now");
            assert!(matches!(newer, BackupError::TablesNewer { wanted: 4, .. }), "{newer}");
        }
    })
    .await;
}

#[tokio::test]
async fn everything_moves_into_either_database_while_no_worker_runs() {
    from_each_to_each("move", |from, to| async move {
        let d = domain(&from).await;
        if d.store.has_no_users().await.expect("reads") {
            furnish(&d).await;
            queue_upload(&d).await;
        }
        let before = sums(&d, to.folder()).await;
        let same = backup::relocate(&d, &from.url).await.expect_err("the same");
        assert!(matches!(same, BackupError::SameDatabase), "{same}");
        assert!(matches!(backup::relocate(&d, "mysql://x").await, Err(BackupError::Settings(_))));

        d.store.worker_seen("box", noon(), TimeDelta::seconds(30), noon()).await.expect("written");
        let busy = backup::relocate(&d, &to.url).await.expect_err("a worker runs").to_string();
        assert!(busy.contains("a worker runs on this database") && busy.contains("on box"), "{busy}");
        d.store.worker_gone().await.expect("written");
        if d.backend() == "sqlite" {
            let _running = WorkerLock::take(&d).expect("free");
            let busy = backup::relocate(&d, &to.url).await.expect_err("a worker runs").to_string();
            assert!(busy.contains("already runs the worker on this SQLite database"), "{busy}");
        }

        let moved = backup::relocate(&d, &to.url).await.expect("moved");
        assert_eq!(moved.len(), Table::all(Extent::All).len());
        assert!(before.iter().all(|(table, sum)| moved[table] == *sum));
        assert_eq!(sums(&d, to.folder()).await, before, "the source is as it was");
        let r = domain(&to).await;
        assert_eq!(sums(&r, to.folder()).await, before);
        let session = r.store.session_load("a-session", noon()).await.expect("reads");
        assert_eq!(session.map(|(data, _)| data), Some(vec![0, 255, 1]), "people stay signed in");
        secrets_open(&r).await;
        r.shutdown().await;

        let again = backup::relocate(&d, &to.url).await.expect_err("there is something by now");
        assert!(matches!(&again, BackupError::NotEmpty(table) if table == "users"), "{again}");
        d.shutdown().await;
    })
    .await;
}

/// What OPERATIONS.md says is to be done when `SECRET_KEY` is lost, word by word.
#[tokio::test]
async fn a_database_whose_key_is_lost_can_be_given_another() {
    let advice = include_str!("../docs/OPERATIONS.md");
    let (_, after) = advice.split_once("```sql\n").expect("there are statements");
    let (statements, _) = after.split_once("```").expect("they end");
    on_each_database("lost key", |db| async move {
        let d = domain(&db).await;
        furnish(&d).await;
        let account = d.store.list_accounts(None, None).await.expect("reads").remove(0).id;
        d.shutdown().await;
        let another = "another key, which is 32 characters long";
        let clock = ManualClock::new(noon());
        assert!(db.open(another, &clock).await.is_err(), "it is refused until then");
        if db.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&db.url).await.expect("opens");
            connection.execute(statements).await.expect("run");
        } else {
            let mut connection = PgConnection::connect(&db.url).await.expect("opens");
            connection.execute(sqlx::raw_sql(statements)).await.expect("run");
        }
        let store = db.open(another, &clock).await.expect("opens with the new one");
        assert!(store.ai_key(AiKind::OpenAi).await.expect("reads").is_none());
        let credentials = store.credentials(account).await.expect("nothing is sealed").expect("the row stays");
        assert!(credentials.refresh_token.is_none());
        assert_eq!(store.key_standing().await.expect("reads").unreadable, 0);
        store.close().await;
    })
    .await;
}
