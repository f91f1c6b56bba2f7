//! One transaction over all tables: reads them as they are at one moment, or fills those of an empty database.

use std::{path::PathBuf, time::Duration};

use sqlx::{Postgres, Sqlite, Transaction};

use super::{
    Extent, Row, Table, Value,
    sql::{insert_into, quoted, read_row, select_page},
};
use crate::{
    crypto::Cipher,
    store::{
        Database, Limits, OpenError, Store, StoreError,
        bulk::light_slices,
        limits::{Patient, PatientPool, UNHURRIED, begin_to_write, within},
        open::{connect, migrate},
        rotation::{KEY_CHECK, KEY_NEXT, fits},
        runs::SOURCES_TO_COME,
    },
};

/// Text in a page of rows at most, but for a single row that has more.
const PAGE_BYTES: usize = 2 << 20;
/// Rows in a page at most.
const PAGE_ROWS: usize = 1_000;
/// Rows in a first page, before it is known how long they are.
const FIRST_ROWS: usize = 16;
/// Tables that get rows without anything being done.
const NOTHING_DONE: [&str; 3] = ["system_values", "sessions", "login_attempts"];
/// How long PostgreSQL waits for the next statement while what was read is being written elsewhere.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// The last migration that was applied.
const SCHEMA: &str = "SELECT MAX(version) FROM _sqlx_migrations";

/// What a database says of its keys, as it is stored: sealed texts that the right key opens.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyMark {
    /// By the present key. `None`: no program has opened the database yet.
    pub check: Option<String>,
    /// By the next key, while it is being changed.
    pub next: Option<String>,
}

impl KeyMark {
    /// Refuses keys that are not those of the database.
    ///
    /// # Errors
    /// As opening it with these keys would end.
    pub fn refuse_another(&self, cipher: &Cipher) -> Result<(), OpenError> {
        self.check.as_deref().map_or(Ok(()), |check| fits(cipher, check, self.next.as_deref()))
    }
}

/// The transaction. Dropped, it has changed nothing.
pub struct Transfer {
    transaction: Either,
    patience: Duration,
}

enum Either {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one expression with the connection of the transaction, whose statements end in time.
macro_rules! inside {
    ($transfer:expr, $tx:ident => $body:expr) => {{
        let patience = $transfer.patience;
        match &mut $transfer.transaction {
            Either::Sqlite(transaction) => {
                let mut connection = Patient::new(&mut **transaction, patience);
                let $tx = &mut connection;
                $body
            }
            Either::Postgres(transaction) => {
                let mut connection = Patient::new(&mut **transaction, patience);
                let $tx = &mut connection;
                $body
            }
        }
    }};
}

impl Store {
    /// Begins to read everything as it is now. Nobody who writes waits for it, and it sees nothing of what they write.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn snapshot(&self) -> Result<Transfer, StoreError> {
        let patience = self.limits.answer;
        let transaction = match &self.db {
            Database::Sqlite { read, .. } => Either::Sqlite(within(patience, read.begin()).await?),
            Database::Postgres(pool) => {
                let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                Either::Postgres(within(patience, begin).await?)
            }
        };
        Transfer::begun(transaction, patience).await
    }

    /// As [`Store::snapshot`], and until it ends nobody can write: they are told that the database is busy.
    ///
    /// # Errors
    /// When the database cannot be used, or somebody else writes for too long.
    pub async fn snapshot_that_holds(&self) -> Result<Transfer, StoreError> {
        let patience = self.limits.answer;
        let transaction = match &self.db {
            Database::Sqlite { write, .. } => Either::Sqlite(begin_to_write(write, patience).await?),
            Database::Postgres(pool) => {
                let mut transaction =
                    within(patience, pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ")).await?;
                lock(&mut transaction, patience, &Table::all(Extent::All), "SHARE").await?;
                Either::Postgres(transaction)
            }
        };
        Transfer::begun(transaction, patience).await
    }
}

/// Keeps others from writing to tables, before anything is read.
async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    patience: Duration,
    tables: &[Table],
    mode: &str,
) -> Result<(), StoreError> {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    let sql = sqlx::AssertSqlSafe(format!("LOCK TABLE {} IN {mode} MODE", names.join(", ")));
    sqlx::query(sql).execute(&mut Patient::new(&mut **transaction, patience)).await?;
    Ok(())
}

/// A database that is to be filled. Which `SECRET_KEY` it is of is not known yet, so nothing but this may be done with it.
pub struct Destination {
    db: Database,
    limits: Limits,
}

impl Destination {
    /// Connects, and makes the tables as they were after a migration.
    ///
    /// # Errors
    /// When the database cannot be used, or has migrations that this program does not know.
    pub async fn open(limits: Limits, database_url: &str, schema: i64) -> Result<Self, OpenError> {
        let db = connect(database_url, &limits).await?;
        migrate(&db, Some(schema)).await?;
        Ok(Self { db, limits })
    }

    /// The last migration that was applied.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schema(&self) -> Result<i64, StoreError> {
        let patience = self.limits.answer;
        Ok(match &self.db {
            Database::Sqlite { read, .. } => {
                sqlx::query_scalar(SCHEMA).fetch_one(PatientPool::new(read, patience)).await?
            }
            Database::Postgres(pool) => sqlx::query_scalar(SCHEMA).fetch_one(PatientPool::new(pool, patience)).await?,
        })
    }

    /// Begins to fill its tables. Nobody else can write to them meanwhile.
    ///
    /// # Errors
    /// When the database cannot be used, or somebody else writes for too long.
    pub async fn fill(&self, tables: &[Table]) -> Result<Transfer, StoreError> {
        let patience = self.limits.answer;
        let transaction = match &self.db {
            Database::Sqlite { write, .. } => Either::Sqlite(begin_to_write(write, patience).await?),
            Database::Postgres(pool) => {
                let mut transaction = within(patience, pool.begin()).await?;
                lock(&mut transaction, patience, tables, "EXCLUSIVE").await?;
                Either::Postgres(transaction)
            }
        };
        Transfer::begun(transaction, patience).await
    }

    /// Ends every connection.
    pub async fn close(self) {
        self.db.close().await;
    }
}

/// How far a table was read.
#[derive(Debug, Clone)]
pub struct Pages {
    last: Option<Row>,
    /// Rows of the next page.
    rows: usize,
    is_over: bool,
}

impl Default for Pages {
    fn default() -> Self {
        Self { last: None, rows: FIRST_ROWS, is_over: false }
    }
}

impl Pages {
    /// Notes a page, and how long the next one may be.
    fn read(&mut self, page: &[Row]) {
        self.is_over = page.len() < self.rows;
        let bytes: usize = page.iter().flatten().map(Value::size).sum();
        let fit = PAGE_BYTES.saturating_mul(page.len()) / bytes.max(1);
        // Rows that follow short ones may be long.
        self.rows = fit.clamp(1, PAGE_ROWS).min(self.rows.saturating_mul(4));
        self.last = page.last().cloned();
    }
}

impl Transfer {
    async fn begun(transaction: Either, patience: Duration) -> Result<Self, StoreError> {
        let mut transfer = Self { transaction, patience };
        if let Either::Postgres(transaction) = &mut transfer.transaction {
            let sql = format!("SET LOCAL idle_in_transaction_session_timeout = {}", PAUSE.as_millis());
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut Patient::new(&mut **transaction, patience)).await?;
        }
        inside!(transfer, tx => {
            tx.unhurried().await?;
            // What is read first decides which moment is seen.
            let _key: Option<String> =
                sqlx::query_scalar("SELECT key FROM system_values LIMIT 1").fetch_optional(&mut *tx).await?;
        });
        transfer.patience = UNHURRIED;
        Ok(transfer)
    }

    /// The last migration that was applied.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schema(&mut self) -> Result<i64, StoreError> {
        Ok(inside!(self, tx => {
            sqlx::query_scalar(SCHEMA).fetch_one(&mut *tx).await?
        }))
    }

    /// What the database says of its keys.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn key_mark(&mut self) -> Result<KeyMark, StoreError> {
        let values: Vec<(String, String)> = inside!(self, tx => {
            sqlx::query_as("SELECT key, value FROM system_values WHERE key IN ($1, $2)")
                .bind(KEY_CHECK).bind(KEY_NEXT).fetch_all(&mut *tx).await?
        });
        let of = |name: &str| values.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Ok(KeyMark { check: of(KEY_CHECK), next: of(KEY_NEXT) })
    }

    /// The files of imports that are not over.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sources_to_come(&mut self) -> Result<Vec<PathBuf>, StoreError> {
        let paths: Vec<String> = inside!(self, tx => sqlx::query_scalar(SOURCES_TO_COME).fetch_all(&mut *tx).await?);
        Ok(paths.into_iter().map(PathBuf::from).collect())
    }

    /// The next rows of a table, some megabytes at most. None are left where it is empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn page(&mut self, table: &Table, pages: &mut Pages) -> Result<Vec<Row>, StoreError> {
        if pages.is_over {
            return Ok(Vec::new());
        }
        let page: Result<Vec<Row>, sqlx::Error> = inside!(self, tx => {
            let mut query = select_page(table, pages.last.as_ref(), pages.rows);
            let rows = query.build().fetch_all(&mut *tx).await?;
            rows.iter().map(|row| read_row(row, &table.columns)).collect()
        });
        let page = page?;
        pages.read(&page);
        Ok(page)
    }

    /// Makes way in a database in which nothing was done yet: what it says of itself goes, and who only looked at it. Names a table
    /// that has rows, where there is one; then nothing is changed.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn make_way(&mut self, tables: &[Table]) -> Result<Option<String>, StoreError> {
        let is_done = |table: &&Table| !NOTHING_DONE.contains(&table.name.as_str());
        for table in tables.iter().filter(is_done) {
            let sql = sqlx::AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&table.name)));
            let has_rows: bool = inside!(self, tx => sqlx::query_scalar(sql).fetch_one(&mut *tx).await?);
            if has_rows {
                return Ok(Some(table.name.clone()));
            }
        }
        for table in NOTHING_DONE {
            let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {}", quoted(table)));
            inside!(self, tx => sqlx::query(sql).execute(&mut *tx).await?.rows_affected());
        }
        Ok(None)
    }

    /// Stores rows.
    ///
    /// # Errors
    /// When the database does not take them.
    pub async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        for rows in light_slices(rows, |row| row.iter().map(Value::size).sum()) {
            inside!(self, tx => insert_into(table, rows).build().execute(&mut *tx).await?.rows_affected());
        }
        Ok(())
    }

    /// Has imports that wait for a file find it somewhere else.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn redirect_source(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        inside!(self, tx => {
            sqlx::query("UPDATE sync_runs SET source_path = $2 WHERE source_path = $1")
                .bind(from).bind(to).execute(&mut *tx).await?.rows_affected()
        });
        Ok(())
    }

    /// Keeps what was stored.
    ///
    /// # Errors
    /// When the database does not: then nothing was stored.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.transaction {
            Either::Sqlite(transaction) => within(self.patience, transaction.commit()).await?,
            Either::Postgres(transaction) => within(self.patience, transaction.commit()).await?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize, bytes: usize) -> Vec<Row> {
        vec![vec![Value::Text("x".repeat(bytes))]; count]
    }

    #[test]
    fn pages_grow_with_short_rows_and_shrink_with_long_ones() {
        let mut pages = Pages::default();
        for expected in [16, 64, 256, 1_000, 1_000] {
            assert_eq!(pages.rows, expected);
            pages.read(&rows(expected, 10));
            assert!(!pages.is_over);
        }
        pages.read(&rows(1_000, 256 << 10));
        assert_eq!(pages.rows, 8);
        pages.read(&rows(8, 80 << 20));
        assert_eq!(pages.rows, 1);
        pages.read(&[]);
        assert!(pages.is_over);
    }
}
