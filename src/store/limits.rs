//! How long anything in the database may take. Nothing waits for ever: each limit ends in an error that says so.
//!
//! PostgreSQL ends a statement, a wait for a lock, and a session that went to sleep inside a transaction by itself: a
//! frozen process cannot do it. What a cut network leaves behind no server can end: so every statement has a limit on
//! our side as well, a little longer than the server's.

use std::{
    fmt::Debug,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, Stream, StreamExt, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Database, Describe, Either, Error, Execute, Executor, Pool, Postgres, SqlStr, Sqlite, Transaction,
    postgres::PgConnection, sqlite::SqliteConnection,
};
use tokio::time::{Sleep, sleep, timeout};

use super::StoreError;

/// One statement.
const STATEMENT: Duration = Duration::from_secs(60);
/// One statement of the few use cases that look at all there is, such as deleting an account.
pub(super) const UNHURRIED: Duration = Duration::from_secs(60 * 60);
/// Waiting for a lock: longer than a frozen process may keep one.
const LOCK: Duration = Duration::from_secs(15);
/// The longest sleep inside a transaction, whatever the lease.
const IDLE: Duration = Duration::from_secs(10);
/// How much longer than the server we wait.
const MARGIN: Duration = Duration::from_secs(5);

/// How long the parts of a store method may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One statement, as the server counts.
    pub statement: Duration,
    /// The answer to one statement, as we count: longer than the server's limit, so that it is the server who says what
    /// was wrong.
    pub answer: Duration,
    /// Waiting for a lock.
    pub lock: Duration,
    /// PostgreSQL: a session that asks for nothing inside a transaction is ended.
    pub idle_in_transaction: Duration,
}

impl Limits {
    /// Those under which a process that freezes inside a transaction has lost its locks before its lease is over.
    #[must_use]
    pub fn for_lease(lease: Duration) -> Self {
        Self { idle_in_transaction: IDLE.min(lease * 3 / 4), ..Self::default() }
    }

    /// What a session of PostgreSQL begins with: its names for the limits, in its own unit (milliseconds, seconds for
    /// keepalives).
    #[must_use]
    pub fn of_session(&self) -> [(&'static str, u128); 7] {
        // Bytes that nobody takes: a process that froze while it was reading. No shorter than a slow network needs.
        let unread = self.idle_in_transaction.max(Duration::from_secs(5));
        [
            ("statement_timeout", self.statement.as_millis()),
            ("lock_timeout", self.lock.as_millis()),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction.as_millis()),
            ("tcp_user_timeout", unread.as_millis()),
            // Seconds: a machine that is gone is noticed after half a minute.
            ("tcp_keepalives_idle", 10),
            ("tcp_keepalives_interval", 5),
            ("tcp_keepalives_count", 4),
        ]
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { statement: STATEMENT, answer: STATEMENT + MARGIN, lock: LOCK, idle_in_transaction: IDLE }
    }
}

/// Waits for an answer of the database, but not for ever.
///
/// # Errors
/// What the database says, or that it said nothing.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    timeout(patience, answer).await.unwrap_or_else(|_| Err(no_answer(patience)))
}

/// Begins a transaction of SQLite that writes, once it is its turn.
///
/// # Errors
/// [`StoreError::Busy`] when that takes too long; what the database says.
pub(super) async fn begin_to_write(
    pool: &Pool<Sqlite>,
    patience: Duration,
) -> Result<Transaction<'static, Sqlite>, StoreError> {
    match within(patience, pool.begin_with("BEGIN IMMEDIATE")).await {
        Err(Error::PoolTimedOut) => Err(StoreError::Busy),
        begun => Ok(begun?),
    }
}

fn no_answer(patience: Duration) -> Error {
    let text = format!("the database gave no answer within {} s", patience.as_secs_f32());
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, text))
}

/// The rows of an answer, all of them in time.
struct InTime<'e, T> {
    rows: BoxStream<'e, Result<T, Error>>,
    patience: Duration,
    /// `None` once it has run out.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T> Stream for InTime<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(timer) = self.timer.as_mut() else { return Poll::Ready(None) };
        let is_over = timer.as_mut().poll(cx).is_ready();
        match self.rows.poll_next_unpin(cx) {
            Poll::Pending if is_over => {
                self.timer = None;
                Poll::Ready(Some(Err(no_answer(self.patience))))
            }
            poll => poll,
        }
    }
}

fn in_time<'e, T: 'e>(patience: Duration, rows: BoxStream<'e, Result<T, Error>>) -> BoxStream<'e, Result<T, Error>> {
    InTime { rows, patience, timer: Some(Box::pin(sleep(patience))) }.boxed()
}

/// A connection, inside a transaction, whose statements end in time.
#[derive(Debug)]
pub(super) struct Patient<'a, C> {
    connection: &'a mut C,
    patience: Duration,
}

impl<'a, C> Patient<'a, C> {
    pub(super) fn new(connection: &'a mut C, patience: Duration) -> Self {
        Self { connection, patience }
    }
}

impl Patient<'_, PgConnection> {
    /// What makes a `SELECT` keep others from changing the rows until this transaction ends.
    #[expect(clippy::unused_self, reason = "the connection's type decides")]
    pub(super) fn for_update(&self) -> &'static str {
        // What refers to the row may still be written beside it.
        "FOR NO KEY UPDATE"
    }

    /// What makes a `SELECT` pass over rows that somebody else is at, and keep them.
    #[expect(clippy::unused_self, reason = "the connection's type decides")]
    pub(super) fn skip_locked(&self) -> &'static str {
        "FOR UPDATE SKIP LOCKED"
    }

    /// Gives the statements from here to the end of the transaction [`UNHURRIED`].
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(super) async fn unhurried(&mut self) -> Result<(), Error> {
        let sql = format!("SET LOCAL statement_timeout = {}", UNHURRIED.as_millis());
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *self).await?;
        self.patience = UNHURRIED + MARGIN;
        Ok(())
    }
}

impl Patient<'_, SqliteConnection> {
    /// Nothing: the one who writes is alone.
    #[expect(clippy::unused_self, reason = "the connection's type decides")]
    pub(super) fn for_update(&self) -> &'static str {
        ""
    }

    /// Nothing, for the same reason.
    #[expect(clippy::unused_self, reason = "the connection's type decides")]
    pub(super) fn skip_locked(&self) -> &'static str {
        ""
    }

    /// As on PostgreSQL.
    ///
    /// # Errors
    /// Never here.
    pub(super) async fn unhurried(&mut self) -> Result<(), Error> {
        self.patience = UNHURRIED;
        std::future::ready(Ok(())).await
    }
}

/// A pool whose statements end in time, each on a connection of its own.
#[derive(Debug)]
pub(super) struct PatientPool<'a, DB: Database> {
    pool: &'a Pool<DB>,
    patience: Duration,
}

impl<DB: Database> Clone for PatientPool<'_, DB> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<DB: Database> Copy for PatientPool<'_, DB> {}

impl<'a, DB: Database> PatientPool<'a, DB> {
    pub(super) fn new(pool: &'a Pool<DB>, patience: Duration) -> Self {
        Self { pool, patience }
    }
}

/// What an executor has to do, each in time. `$to` is what does it.
macro_rules! in_time {
    ($database:ty, $self:ident => $to:expr) => {
        type Database = $database;

        fn execute<'e, 'q: 'e, E>(
            $self,
            query: E,
        ) -> BoxFuture<'e, Result<<$database as Database>::QueryResult, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, $database>,
        {
            within($self.patience, $to.execute(query)).boxed()
        }

        fn fetch_many<'e, 'q: 'e, E>(
            $self,
            query: E,
        ) -> BoxStream<'e, Result<Either<<$database as Database>::QueryResult, <$database as Database>::Row>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, $database>,
        {
            in_time($self.patience, $to.fetch_many(query))
        }

        fn fetch_optional<'e, 'q: 'e, E>(
            $self,
            query: E,
        ) -> BoxFuture<'e, Result<Option<<$database as Database>::Row>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, $database>,
        {
            within($self.patience, $to.fetch_optional(query)).boxed()
        }

        fn prepare_with<'e>(
            $self,
            sql: SqlStr,
            parameters: &'e [<$database as Database>::TypeInfo],
        ) -> BoxFuture<'e, Result<<$database as Database>::Statement, Error>>
        where
            'c: 'e,
        {
            within($self.patience, $to.prepare_with(sql, parameters)).boxed()
        }

        fn describe<'e>($self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<$database>, Error>>
        where
            'c: 'e,
        {
            within($self.patience, $to.describe(sql)).boxed()
        }
    };
}

impl<'c> Executor<'c> for &'c mut Patient<'_, PgConnection> {
    in_time!(Postgres, self => (&mut *self.connection));
}

impl<'c> Executor<'c> for &'c mut Patient<'_, SqliteConnection> {
    in_time!(Sqlite, self => (&mut *self.connection));
}

impl<'c> Executor<'c> for PatientPool<'_, Postgres> {
    in_time!(Postgres, self => self.pool);
}

impl<'c> Executor<'c> for PatientPool<'_, Sqlite> {
    in_time!(Sqlite, self => self.pool);
}
