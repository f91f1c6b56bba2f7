//! Databases for tests: a fresh SQLite file, and, where `TEST_POSTGRES_URL` names a cluster, a fresh PostgreSQL database.

#![allow(dead_code, reason = "each test binary uses its own part of this")]
#![expect(clippy::print_stdout, reason = "a story says which database it ran on")]

pub mod dovecot;
pub mod embeddings;
pub mod furnished;
pub mod google;
pub mod model;
pub mod plans;
pub mod scribe;
pub mod store;
pub mod template;
pub mod unsteady;

use std::{future::Future, path::Path, sync::Arc};

use chrono::{DateTime, TimeZone, Utc};
use replybook::{
    Domain,
    clock::{Clock, ManualClock},
    settings::Settings,
    store::Store,
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

pub const SECRET_KEY: &str = "a key that only tests use, 32 characters";

/// A moment to begin tests at.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).single().expect("a valid time")
}

/// A mailbox file with so many letters of clients, each some 2 kB.
pub fn mbox(messages: i32) -> String {
    let filler = "Nothing here is of any importance to anybody but the clients themselves.\n".repeat(25);
    (0..messages)
        .map(|number| {
            format!(
                "From c{number}@x.example Thu Jan  1 00:00:00 2026\nFrom: c{number}@x.example\nTo: us@y.example\n\
                 Subject: Letter {number}\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <{number}@x.example>\n\n\
                 {filler}\n"
            )
        })
        .collect()
}

/// A database that goes away with the test.
pub struct TestDb {
    pub url: String,
    folder: tempfile::TempDir,
}

impl TestDb {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn open(&self, key: &str, clock: &dyn Clock) -> Result<Store, replybook::store::OpenError> {
        Store::open(&self.url, &key.into(), clock).await
    }

    /// Changes what is stored, behind the back of the program: each database has its own statement.
    pub async fn execute(&self, sqlite: &'static str, postgres: &'static str) {
        if self.url.starts_with("sqlite") {
            let mut db = SqliteConnection::connect(&self.url).await.expect("opens");
            db.execute(sqlite).await.expect("the statement runs");
        } else {
            let mut db = PgConnection::connect(&self.url).await.expect("opens");
            db.execute(postgres).await.expect("the statement runs");
        }
    }

    pub fn settings(&self, more: &[(&str, &str)]) -> Settings {
        let data_dir = self.folder().join("data").display().to_string();
        let mut variables = vec![
            ("DATABASE_URL", self.url.as_str()),
            ("SECRET_KEY", SECRET_KEY),
            ("REPLYBOOK_DATA_DIR", data_dir.as_str()),
        ];
        variables.extend(more);
        Settings::from_lookup(|name| {
            variables.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
        .expect("valid settings")
    }

    pub async fn domain(&self, clock: Arc<ManualClock>) -> Arc<Domain> {
        Domain::open_with(self.settings(&[]), clock).await.expect("the domain opens")
    }
}

/// What is in a PostgreSQL database at first. A file of SQLite is always empty.
#[derive(Clone, Copy)]
enum Beginning {
    Empty,
    Migrated,
}

/// Runs a story on every database there is, and says which.
pub async fn on_each_database<F: Future<Output = ()>>(name: &str, story: impl Fn(TestDb) -> F) {
    each_database(name, Beginning::Migrated, story).await;
}

/// As [`on_each_database`], for a story about what the first start does.
pub async fn on_each_empty_database<F: Future<Output = ()>>(name: &str, story: impl Fn(TestDb) -> F) {
    each_database(name, Beginning::Empty, story).await;
}

async fn each_database<F: Future<Output = ()>>(name: &str, beginning: Beginning, story: impl Fn(TestDb) -> F) {
    let sqlite = sqlite();
    println!("{name}: sqlite");
    story(sqlite).await;
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(cluster) => {
            println!("{name}: postgres");
            on_postgres(&cluster, beginning, story).await;
        }
        Err(_) => println!("{name}: postgres NOT tried, TEST_POSTGRES_URL is not set (make test sets it)"),
    }
}

/// As [`on_each_database`], for a story that spends its time waiting.
pub async fn on_all_databases_at_once<F: Future<Output = ()>>(story: impl Fn(TestDb) -> F) {
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(cluster) => {
            tokio::join!(story(sqlite()), on_postgres(&cluster, Beginning::Migrated, &story));
        }
        Err(_) => {
            println!("postgres NOT tried, TEST_POSTGRES_URL is not set (make test sets it)");
            story(sqlite()).await;
        }
    }
}

/// Runs a story on PostgreSQL where `TEST_POSTGRES_URL` names a cluster, on SQLite otherwise.
pub async fn on_one_database<F: Future<Output = ()>>(story: impl Fn(TestDb) -> F) {
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(cluster) => on_postgres(&cluster, Beginning::Migrated, story).await,
        Err(_) => story(sqlite()).await,
    }
}

async fn on_postgres<F: Future<Output = ()>>(cluster: &str, beginning: Beginning, story: impl Fn(TestDb) -> F) {
    let (db, (cluster, database)) = postgres(cluster, beginning).await;
    story(db).await;
    let mut admin = PgConnection::connect(&cluster).await.expect("the cluster answers");
    let sql = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    admin.execute(sqlx::AssertSqlSafe(sql)).await.expect("the database can be dropped");
}

pub fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    TestDb { url, folder }
}

async fn postgres(cluster: &str, beginning: Beginning) -> (TestDb, (String, String)) {
    let database = format!("rb_{}", uuid::Uuid::new_v4().simple());
    match beginning {
        Beginning::Migrated => {
            let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
            template::create(cluster, &database, &migrations).await;
        }
        Beginning::Empty => {
            let mut admin = PgConnection::connect(cluster).await.expect("TEST_POSTGRES_URL names a running cluster");
            let sql = format!("CREATE DATABASE {database}");
            admin.execute(sqlx::AssertSqlSafe(sql)).await.expect("a database can be made");
        }
    }
    let mut url: url::Url = cluster.parse().expect("TEST_POSTGRES_URL is a URL");
    url.set_path(&format!("/{database}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    (TestDb { url: url.into(), folder }, (cluster.to_owned(), database))
}
