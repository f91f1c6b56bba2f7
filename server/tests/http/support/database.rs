//! A fresh database for one test: a file in a folder of its own, or, with `TEST_POSTGRES_URL`, a database that is created
//! there, with the migrations applied, and dropped again.

#[path = "../../../../tests/support/template.rs"]
mod template;

use std::{io::Write, path::Path, sync::Once};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

static SAY: Once = Once::new();

pub enum TestDatabase {
    Sqlite { url: String, _folder: TempDir },
    Postgres { url: String, server: String, name: String },
}

/// The cluster that the tests use, if they use one.
pub fn postgres_server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

impl TestDatabase {
    pub async fn create() -> Self {
        let made = match postgres_server() {
            Some(server) => Self::create_on(server).await,
            None => {
                let folder = tempfile::tempdir().expect("a folder");
                let url = format!("sqlite://{}", folder.path().join("replybook.db").display());
                Self::Sqlite { url, _folder: folder }
            }
        };
        SAY.call_once(|| {
            // Past the test harness, which would swallow it.
            writeln!(std::io::stderr(), "http tests run on {}", made.backend()).expect("standard error is open");
        });
        made
    }

    async fn create_on(server: String) -> Self {
        let name = format!("replybook_http_{}", uuid::Uuid::now_v7().simple());
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/postgres");
        template::create(&server, &name, &migrations).await;
        let mut url = url::Url::parse(&server).expect("TEST_POSTGRES_URL is a URL");
        url.set_path(&name);
        Self::Postgres { url: url.to_string(), server, name }
    }

    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite { url, .. } | Self::Postgres { url, .. } => url,
        }
    }

    pub fn backend(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    /// Runs a statement behind the application's back.
    pub async fn run(&self, sql: &'static str) {
        match self {
            Self::Sqlite { url, .. } => {
                let mut connection = SqliteConnection::connect(url).await.expect("the file opens");
                connection.execute(sql).await.expect("the statement runs");
            }
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.expect("the database opens");
                connection.execute(sql).await.expect("the statement runs");
            }
        }
    }

    /// Every text in one column, e.g. to look at what is really stored.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match self {
            Self::Sqlite { url, .. } => {
                let mut connection = SqliteConnection::connect(url).await.expect("the file opens");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("the query runs")
            }
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.expect("the database opens");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("the query runs")
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Self::Postgres { server, name, .. } = self else { return };
        let (server, name) = (server.clone(), name.clone());
        // The test's own runtime cannot be waited for in here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.map_err(std::io::Error::other)?;
                let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                connection.execute(sql).await.map(drop).map_err(std::io::Error::other)
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("the test database could not be dropped: {error}");
        }
    }
}
