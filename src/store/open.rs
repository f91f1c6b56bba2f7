//! Opening a database: connect, migrate, and check that the key fits the data.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use secrecy::SecretString;
use sqlx::{
    ConnectOptions, Connection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use uuid::Uuid;

use super::{
    Database, Limits, Store, StoreError,
    limits::{UNHURRIED, within},
    reading,
    rotation::is_missing_table,
    writing,
};
use crate::{
    clock::Clock,
    crypto::{Cipher, CryptoError},
    files,
};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a call waits for a connection before it says that the database cannot be reached.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A file is never out of reach: only a busy machine makes anybody wait, and no sync is broken off for that.
const SQLITE_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// One connection, outside the pool.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that comes back to the pool may take to say that it is well.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);
/// Where [`Store::probe`] writes.
const PROBE: &str = "probe";

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("DATABASE_URL cannot be used: {0}")]
    Url(String),
    #[error("the folder {folder} for the database could not be created: {error}")]
    Folder { folder: String, error: std::io::Error },
    #[error("the database cannot be opened: {0}")]
    Connect(sqlx::Error),
    #[error("the database cannot be migrated; nothing was changed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Starting with it would leave the stored tokens unreadable.
    #[error(
        "SECRET_KEY is not the one this database was created with, so its stored tokens cannot be opened; \
         start with the old key, or with another database"
    )]
    WrongKey,
    #[error(
        "SECRET_KEY of this database is being changed: start with the new one as SECRET_KEY and the old one as \
         SECRET_KEY_PREVIOUS, and run `replybook keys rotate`"
    )]
    RotationBegun,
    #[error(
        "SECRET_KEY of this database is being changed, and some secrets still use the old one: start with the old \
         one as SECRET_KEY_PREVIOUS, and let `replybook keys rotate` finish"
    )]
    RotationNotEnded,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How the schema of a database stands to that of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrations {
    /// Of this program's, how many are applied.
    pub applied: usize,
    /// Of this program's, how many are not.
    pub missing: usize,
    /// Applied by another version, and not known to this one.
    pub unknown: usize,
}

impl Store {
    /// Connects to a database as it is: makes no file, applies no migration, and asks for no key. `None` where there is no file of
    /// SQLite yet.
    ///
    /// # Errors
    /// When it cannot be connected to.
    pub async fn open_as_it_is(limits: Limits, database_url: &str, cipher: Cipher) -> Result<Option<Self>, OpenError> {
        let db = if database_url.starts_with("sqlite:") {
            let options = sqlite_options(database_url, &limits)?.create_if_missing(false);
            if !options.get_filename().exists() {
                return Ok(None);
            }
            connect_sqlite(options).await?
        } else {
            open_postgres(database_url, &limits).await?
        };
        Ok(Some(Self { db, cipher, limits, process: Uuid::new_v4(), leaders: Arc::default() }))
    }

    /// Connects to `database_url`, applies what migrations are missing (each in a transaction of its own), and makes
    /// sure that `secret_key` opens the secrets stored there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(database_url: &str, secret_key: &SecretString, clock: &dyn Clock) -> Result<Self, OpenError> {
        Self::open_within(Limits::default(), database_url, Cipher::new(secret_key), clock).await
    }

    /// As [`Store::open`], with other limits, and keys of which one may be the previous.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_within(
        limits: Limits,
        database_url: &str,
        cipher: Cipher,
        clock: &dyn Clock,
    ) -> Result<Self, OpenError> {
        let db = connect(database_url, &limits).await?;
        let store = Self { db, cipher, limits, process: Uuid::new_v4(), leaders: Arc::default() };
        // Before anything is changed: a server that was started with the wrong key must leave the database as it is.
        store.refuse_another_key().await?;
        migrate(&store.db, None).await?;
        store.check_key(clock.now()).await?;
        Ok(store)
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        match &self.db {
            Database::Sqlite { .. } => "sqlite",
            Database::Postgres(_) => "postgres",
        }
    }

    /// The file that the one worker of a SQLite database locks. `None` where any number of workers may share the database, or
    /// where nobody else can see it.
    #[must_use]
    pub fn worker_lock_path(&self) -> Option<PathBuf> {
        match &self.db {
            Database::Sqlite { file, .. } if !file.as_os_str().is_empty() => {
                let mut path = file.clone().into_os_string();
                path.push(".worker");
                Some(path.into())
            }
            Database::Sqlite { .. } | Database::Postgres(_) => None,
        }
    }

    /// The files of a SQLite database that are there: its own, and what lies beside it.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let Database::Sqlite { file, .. } = &self.db else { return Vec::new() };
        let beside = ["", "-wal", "-shm", "-journal", ".worker"].map(|suffix| {
            let mut path = file.clone().into_os_string();
            path.push(suffix);
            PathBuf::from(path)
        });
        beside.into_iter().filter(|path| path.is_file()).collect()
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // SQLite goes on writing into a file that was deleted under it, and all of that is lost at the end.
        if let Database::Sqlite { file, .. } = &self.db
            && !file.as_os_str().is_empty()
        {
            tokio::fs::metadata(file).await.map_err(sqlx::Error::Io)?;
        }
        let _: i32 = reading!(self, db => sqlx::query_scalar("SELECT 1").fetch_one(db).await?);
        Ok(())
    }

    /// Has the database store so many bytes, over and over in the same place: whether it takes what is written.
    ///
    /// # Errors
    /// When it does not; see [`StoreError::trouble`].
    pub async fn probe(&self, bytes: usize, now: chrono::DateTime<chrono::Utc>) -> Result<(), StoreError> {
        self.set_system_value(PROBE, &"x".repeat(bytes), now).await
    }

    /// Whether every migration of this program has been applied.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn migrations_applied(&self) -> Result<bool, StoreError> {
        Ok(self.migrations().await?.missing == 0)
    }

    /// How its schema stands to that of this program.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn migrations(&self) -> Result<Migrations, StoreError> {
        let applied: Result<Vec<i64>, sqlx::Error> = reading!(self, db => {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(db).await
        });
        let applied: BTreeSet<i64> = match applied {
            Ok(applied) => applied.into_iter().collect(),
            Err(sqlx::Error::Database(error)) if is_missing_table(error.as_ref()) => BTreeSet::new(),
            Err(error) => return Err(error.into()),
        };
        let known: BTreeSet<i64> = match &self.db {
            Database::Sqlite { .. } => SQLITE_MIGRATIONS.iter().map(|migration| migration.version).collect(),
            Database::Postgres(_) => POSTGRES_MIGRATIONS.iter().map(|migration| migration.version).collect(),
        };
        Ok(Migrations {
            applied: known.intersection(&applied).count(),
            missing: known.difference(&applied).count(),
            unknown: applied.difference(&known).count(),
        })
    }

    /// What time it is at the database's server. `None` where that is this machine's own clock.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        match &self.db {
            Database::Sqlite { .. } => Ok(None),
            Database::Postgres(pool) => {
                let now = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(pool);
                Ok(Some(within(self.limits.answer, now).await?))
            }
        }
    }

    /// Ends every connection. For a clean shutdown: SQLite then folds its write-ahead log away.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Seals a short text that leaves this installation and comes back, for what `identity` names.
    pub(crate) fn seal(&self, text: &SecretString, identity: &str) -> Option<String> {
        self.cipher.seal(text, identity)
    }

    /// Opens what [`Store::seal`] made for the same `identity`.
    pub(crate) fn open_sealed(&self, sealed: &str, identity: &str) -> Result<SecretString, CryptoError> {
        self.cipher.open(sealed, identity)
    }

    /// A value of the installation itself, e.g. the hash of the set-up token.
    pub(crate) async fn system_value(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT value FROM system_values WHERE key = $1").bind(key).fetch_optional(db).await?
        }))
    }

    pub(crate) async fn set_system_value(
        &self,
        key: &str,
        value: &str,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO system_values (key, value, updated_at) VALUES ($1, $2, $3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            )
            .bind(key)
            .bind(value)
            .bind(now)
            .execute(tx)
            .await?;
        });
        Ok(())
    }
}

impl Database {
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// The last migration that this program knows: the number of the schema that it makes.
#[must_use]
pub fn last_migration() -> i64 {
    SQLITE_MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Opens a database, and makes the file of one that is not there.
pub(super) async fn connect(database_url: &str, limits: &Limits) -> Result<Database, OpenError> {
    if database_url.starts_with("sqlite:") {
        open_sqlite(database_url, limits).await
    } else {
        open_postgres(database_url, limits).await
    }
}

/// Applies the migrations that are missing, all of them or those up to a number.
pub(super) async fn migrate(db: &Database, last: Option<i64>) -> Result<(), OpenError> {
    let last = last.unwrap_or(i64::MAX);
    match db {
        Database::Sqlite { write, .. } => Ok(SQLITE_MIGRATIONS.run_to(last, write).await?),
        Database::Postgres(pool) => migrate_postgres(&pool.connect_options(), last).await,
    }
}

/// The file of an address of SQLite; `None` for an address of another kind, or one that is none.
#[must_use]
pub fn sqlite_file(database_url: &str) -> Option<PathBuf> {
    let options = database_url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(database_url).ok())??;
    Some(options.get_filename().to_path_buf())
}

fn sqlite_options(url: &str, limits: &Limits) -> Result<SqliteConnectOptions, OpenError> {
    Ok(SqliteConnectOptions::from_str(url)
        .map_err(|error| OpenError::Url(error.to_string()))?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(limits.lock))
}

async fn open_sqlite(url: &str, limits: &Limits) -> Result<Database, OpenError> {
    let options = sqlite_options(url, limits)?;
    if let Some(folder) = options.get_filename().parent().filter(|folder| *folder != Path::new("")) {
        files::make_folder(folder)
            .map_err(|error| OpenError::Folder { folder: folder.display().to_string(), error })?;
    }
    if !options.get_filename().as_os_str().is_empty() {
        // One that cannot be made cannot be opened either, which says more.
        let _opened_below = files::make_file(options.get_filename());
    }
    connect_sqlite(options).await
}

/// Pages that the writer of SQLite keeps, in KiB: indexes are written all over, and with the 2 MB it has by itself each page is read
/// again and again.
const WRITE_CACHE: &str = "-32768";
/// The log of writes is taken over into the file when it has so many pages of 4 KiB: a page that changes often is written once for all
/// of its changes.
const LOG_PAGES: &str = "4000";

async fn connect_sqlite(options: SqliteConnectOptions) -> Result<Database, OpenError> {
    let file = options.get_filename().to_path_buf();
    // The writer opens first: it makes the file and switches it to write-ahead logging.
    let writing = options.clone().pragma("cache_size", WRITE_CACHE).pragma("wal_autocheckpoint", LOG_PAGES);
    let write = sqlite_pool(1).connect_with(writing).await.map_err(OpenError::Connect)?;
    let read = sqlite_pool(4).connect_with(options.pragma("query_only", "on")).await.map_err(OpenError::Connect)?;
    Ok(Database::Sqlite { read, write, file })
}

/// Connections stay open: the last one to close takes the log of writes with it, and on a full disk no other can be begun.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(SQLITE_ACQUIRE_TIMEOUT)
        .after_release(|connection, _| is_well(connection))
}

/// Whether a connection that comes back may be used again. What a transaction that was given up left behind is rolled back
/// first. One that is inside a transaction all the same is thrown away, with a commit or a rollback that failed: on a full
/// disk SQLite rolls back by itself, the rollback that follows finds nothing, and the connection never begins another.
fn is_well<C: Connection>(connection: &mut C) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        within(RELEASE_TIMEOUT, connection.ping()).await?;
        Ok(!connection.is_in_transaction())
    })
}

async fn open_postgres(url: &str, limits: &Limits) -> Result<Database, OpenError> {
    let asked = PgConnectOptions::from_str(url)
        // What the parser says can repeat the password.
        .map_err(|_| OpenError::Url("it is not a PostgreSQL address".to_owned()))?;
    let pool = PgPoolOptions::new()
        .max_connections(10)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A network that is cut takes the connection with it.
        .after_release(|connection, _| is_well(connection))
        .connect_with(with_limits(asked, &limits.of_session()))
        .await
        .map_err(OpenError::Connect)?;
    Ok(Database::Postgres(pool))
}

/// Migrates over a connection of its own: a migration may take longer than any statement, and so may waiting for another
/// process that does it.
async fn migrate_postgres(options: &PgConnectOptions, last: i64) -> Result<(), OpenError> {
    let long = [("statement_timeout", UNHURRIED.as_millis()), ("lock_timeout", UNHURRIED.as_millis())];
    // What is set last counts.
    let connecting = options.clone().options(long);
    let mut connection = within(CONNECT_TIMEOUT, connecting.connect()).await.map_err(OpenError::Connect)?;
    POSTGRES_MIGRATIONS.run_to(last, &mut connection).await?;
    within(CONNECT_TIMEOUT, connection.close()).await.map_err(OpenError::Connect)
}

/// Has each session begin with these settings, but for those that `DATABASE_URL` sets itself.
fn with_limits(options: PgConnectOptions, limits: &[(&'static str, u128)]) -> PgConnectOptions {
    let own = options.get_options().unwrap_or_default().to_owned();
    let is_set = |name: &str| own.split([' ', '=']).any(|word| word.trim_start_matches("-c") == name);
    options.options(limits.iter().copied().filter(|(name, _)| !is_set(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_sets_itself_stays() {
        let url = "postgres://u@h/d?options=-c%20statement_timeout%3D5min%20-clock_timeout%3D7";
        let options = PgConnectOptions::from_str(url).expect("an address");
        let limits = Limits::for_lease(Duration::from_secs(120)).of_session();
        let set = with_limits(options, &limits);
        let set = set.get_options().expect("options");
        assert!(set.contains("statement_timeout=5min") && !set.contains("statement_timeout=60000"), "{set}");
        assert!(set.contains("lock_timeout=7") && !set.contains("lock_timeout=15000"), "{set}");
        assert!(set.contains("-c idle_in_transaction_session_timeout=10000"), "{set}");
    }
}
