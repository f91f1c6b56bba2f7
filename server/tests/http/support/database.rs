//! A fresh database for one test: a file in a folder of its own, or, with `TEST_POSTGRES_URL`, a database that is created
//! there, with the migrations applied, and dropped again.

#[path = "../../../../tests/support/template.rs"]
mod template;

use std::{
    io::Write,
    path::Path,
    sync::{LazyLock, Once, mpsc},
};

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
        if let Self::Postgres { server, name, .. } = self {
            // Nobody listens any more when the process ends; then the cluster goes, with everything in it.
            let _sent = DROPPED.send((server.clone(), name.clone()));
        }
    }
}

/// Databases that a thread of its own drops. PostgreSQL drops one when all its processes have taken note, also one that waits for a
/// client to sign in: who waited here would stop its own runtime, and with it such a client, for a minute (`authentication_timeout`).
static DROPPED: LazyLock<mpsc::Sender<(String, String)>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<(String, String)>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        for (server, name) in receiver {
            let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            let dropped = runtime.block_on(async { PgConnection::connect(&server).await?.execute(sql).await });
            if let Err(error) = dropped {
                eprintln!("the test database could not be dropped: {error}");
            }
        }
    });
    sender
});
