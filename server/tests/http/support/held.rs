//! Holding a database, and seeing whether somebody else does: for the tests that freeze a process.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use crate::database::TestDatabase;

impl TestDatabase {
    /// Whether somebody else may write now. On PostgreSQL always: what others hold is a matter of rows.
    pub async fn may_be_written(&self) -> bool {
        match self {
            Self::Sqlite { url, .. } => {
                let mut connection = SqliteConnection::connect(url).await.expect("the file opens");
                connection.execute("PRAGMA busy_timeout = 0").await.expect("it can be set");
                let taken = connection.execute("BEGIN IMMEDIATE").await.is_ok();
                connection.close().await.expect("closed");
                taken
            }
            Self::Postgres { .. } => true,
        }
    }

    /// Keeps everybody from writing into a table, on PostgreSQL, until it is released.
    pub async fn hold(&self, table: &str) -> Held {
        let mut connection = PgConnection::connect(self.url()).await.expect("the database opens");
        connection.execute("BEGIN").await.expect("begins");
        let sql = format!("LOCK TABLE {table} IN SHARE MODE");
        connection.execute(AssertSqlSafe(sql)).await.expect("the table is there");
        Held { connection: tokio::sync::Mutex::new(connection) }
    }
}

/// A table that nobody else can write into.
pub struct Held {
    connection: tokio::sync::Mutex<PgConnection>,
}

impl Held {
    /// Returns once somebody waits to write.
    pub async fn until_waited_for(&self) {
        let sql = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))";
        let mut connection = self.connection.lock().await;
        while !sqlx::query_scalar::<_, bool>(sql).fetch_one(&mut *connection).await.expect("reads") {}
    }

    pub async fn release(self) {
        self.connection.into_inner().execute("COMMIT").await.expect("commits");
    }
}
