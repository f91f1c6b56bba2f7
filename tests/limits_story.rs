//! What waits does not wait for ever, and what is read, changed and written back undoes nothing: on both databases.

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use replybook::{
    Domain,
    clock::SystemClock,
    import, runs,
    store::{Limits, RunEnd, RunProgress, Store, StoreError, Trouble},
    sync,
    types::{AccountId, AccountStatus, Actor, BusyCode, Problem, RunState, Through, UnavailableCode},
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use support::{
    SECRET_KEY, TestDb,
    google::Google,
    mbox, noon, on_each_database,
    store::{LEASE, gmail, open, sync_of},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What takes longer hangs.
const LONG: Duration = Duration::from_secs(60);

/// A connection beside the program's own, in the middle of a transaction.
enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Beside {
    /// Begins a transaction with this statement.
    async fn begin(db: &TestDb, sqlite: &'static str, postgres: &'static str) -> Self {
        if db.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&db.url).await.expect("opens");
            connection.execute("BEGIN IMMEDIATE").await.expect("begins");
            connection.execute(sqlite).await.expect("the statement runs");
            Self::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(&db.url).await.expect("opens");
            connection.execute("BEGIN").await.expect("begins");
            connection.execute(postgres).await.expect("the statement runs");
            Self::Postgres(connection)
        }
    }

    /// Returns once somebody waits for what this transaction holds. SQLite does not tell: there it is a matter of trust.
    async fn is_waited_for(&mut self) {
        match self {
            Self::Sqlite(_) => tokio::task::yield_now().await,
            Self::Postgres(connection) => loop {
                let sql = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))";
                if sqlx::query_scalar(sql).fetch_one(&mut *connection).await.expect("reads") {
                    return;
                }
            },
        }
    }

    async fn commit(self) {
        match self {
            Self::Sqlite(mut connection) => connection.execute("COMMIT").await.map(drop),
            Self::Postgres(mut connection) => connection.execute("COMMIT").await.map(drop),
        }
        .expect("commits");
    }
}

async fn open_within(db: &TestDb, limits: Limits) -> Store {
    Store::open_within(limits, &db.url, replybook::crypto::Cipher::new(&SECRET_KEY.into()), &SystemClock)
        .await
        .expect("the store opens")
}

/// Does something while another connection is in the middle of changing the same account, and commits in between.
async fn while_changed<T: Send + 'static>(
    db: &TestDb,
    (sqlite, postgres): (&'static str, &'static str),
    act: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut beside = Beside::begin(db, sqlite, postgres).await;
    let acting = tokio::spawn(act);
    beside.is_waited_for().await;
    beside.commit().await;
    tokio::time::timeout(LONG, acting).await.expect("it ends").expect("it does not panic")
}

const DISABLE: (&str, &str) = (
    "UPDATE integrations_accounts SET status = 'disabled', meta = json_set(meta, '$.aliases', json('[\"a@x.example\"]'))",
    "UPDATE integrations_accounts SET status = 'disabled', meta = jsonb_set(meta, '{aliases}', '[\"a@x.example\"]')",
);

async fn is_disabled_with(store: &Store, id: AccountId, aliases: &[&str]) {
    let account = store.account(id).await.expect("reads").expect("is there");
    assert_eq!(account.status, AccountStatus::Disabled, "the change in between stays");
    assert_eq!(account.meta.aliases, aliases);
}

#[tokio::test]
async fn a_change_of_an_account_that_commits_in_between_is_not_undone() {
    on_each_database("changes of an account", |db| async move {
        let store = open(&db).await;
        let id = gmail(&store, None, "us@y.example").await;

        let one = store.clone();
        let added = async move { one.take_as_ours(id, &["b@x.example".to_owned()], noon()).await };
        assert!(while_changed(&db, DISABLE, added).await.expect("writes"));
        is_disabled_with(&store, id, &["a@x.example", "b@x.example"]).await;

        store.set_account_status(id, AccountStatus::Active, noon()).await.expect("writes");
        store.set_aliases(id, Vec::new(), noon()).await.expect("writes");
        let begun = store.begin_run(&sync_of(id), LEASE, noon()).await.expect("begins");
        let one = store.clone();
        let end = RunEnd { state: RunState::Done, progress: RunProgress::default(), account_cursor: None };
        let summary = while_changed(&db, DISABLE, async move { one.finish_run(begun.run, &end, noon()).await }).await;
        is_disabled_with(&store, id, &["a@x.example"]).await;
        let account = store.account(id).await.expect("reads").expect("is there");
        assert_eq!(account.meta.last_sync_summary, Some(summary.expect("writes")), "and what was to be written is");
    })
    .await;
}

fn is_passing(error: StoreError) {
    assert_eq!(error.trouble(), Some(Trouble::Unreachable), "{error}");
    assert_eq!(Problem::from(error), Problem::unavailable(UnavailableCode::Database));
}

fn is_busy(error: StoreError) {
    assert_eq!(error.trouble(), Some(Trouble::Busy), "{error}");
    let problem = Problem::from(error);
    assert!(matches!(problem, Problem::Busy { code: BusyCode::Database, retry_after_seconds: 1.. }), "{problem:?}");
}

#[tokio::test]
async fn who_waits_for_a_lock_gives_up_in_time_and_says_so() {
    on_each_database("waiting for a lock", |db| async move {
        let limits = Limits { lock: Duration::from_millis(200), ..Limits::default() };
        let store = open_within(&db, limits).await;
        let id = gmail(&store, None, "us@y.example").await;
        let beside = Beside::begin(&db, DISABLE.0, DISABLE.1).await;
        let refused = store.set_account_status(id, AccountStatus::Active, noon());
        is_busy(tokio::time::timeout(LONG, refused).await.expect("it ends").expect_err("somebody else has it"));
        beside.commit().await;
        is_disabled_with(&store, id, &["a@x.example"]).await;
        let account = store.set_account_status(id, AccountStatus::Active, noon()).await.expect("now it can");
        assert_eq!(account.expect("is there").status, AccountStatus::Active);
    })
    .await;
}

/// A transaction beside the program that keeps others from storing messages, begun while this import stores them.
///
/// It looks before it locks: an import that cannot even begin, because somebody has the database, is refused.
async fn hold_messages_of_a_run<T>(db: &TestDb, d: &Domain, importing: &JoinHandle<T>) -> Beside {
    while runs::open(d, None).await.expect("reads").iter().all(|run| run.state != RunState::Running) {
        assert!(!importing.is_finished(), "the import is over before it was seen");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let beside = Beside::begin(db, "SELECT 1", "LOCK TABLE emails_messages IN SHARE MODE").await;
    assert!(!importing.is_finished(), "the import is over before its database was held");
    beside
}

#[tokio::test]
async fn a_run_waits_for_a_database_that_somebody_holds_says_so_and_goes_on() {
    const MESSAGES: i32 = 800;
    on_each_database("a run and a busy database", |db| async move {
        let limits = Limits { lock: Duration::from_millis(200), ..Limits::default() };
        let opened = Domain::open_within(limits, db.settings(&[]), Arc::new(SystemClock)).await;
        let d = opened.expect("the domain opens");
        let file = db.folder().join("mail.mbox");
        std::fs::write(&file, mbox(MESSAGES)).expect("written");
        let importing = {
            let d = Arc::clone(&d);
            tokio::spawn(async move { import::import_file(&d, &file, "us@y.example", |_| {}).await })
        };
        let beside = tokio::time::timeout(LONG, hold_messages_of_a_run(&db, &d, &importing)).await.expect("it begins");
        let run = runs::open(&d, None).await.expect("reads").remove(0).id;
        let waits = async {
            while runs::get(&d, run).await.expect("reads").waiting_for.as_deref() != Some("database_busy") {
                assert!(!importing.is_finished(), "it does not end while somebody else has the database");
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, waits).await.expect("it says what it waits for");
        beside.commit().await;
        let imported = tokio::time::timeout(LONG, importing).await.expect("it ends").expect("it does not panic");
        let run = imported.expect("it is imported");
        assert_eq!(
            (run.state, run.messages_fetched, run.waiting_for),
            (RunState::Done, MESSAGES, None),
            "{:?}",
            run.errors
        );
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_a_database_out_of_reach_and_no_defect() {
    on_each_database("ended sessions", |db| async move {
        if db.url.starts_with("sqlite") {
            // It has no sessions.
            return;
        }
        let store = open(&db).await;
        let id = gmail(&store, None, "us@y.example").await;
        let mut beside = Beside::begin(&db, DISABLE.0, DISABLE.1).await;
        let one = store.clone();
        let waiting = tokio::spawn(async move { one.set_account_status(id, AccountStatus::Active, noon()).await });
        beside.is_waited_for().await;
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))";
        let Beside::Postgres(connection) = &mut beside else { return };
        connection.execute(end).await.expect("it may");
        let ended = tokio::time::timeout(LONG, waiting).await.expect("it ends").expect("it does not panic");
        is_passing(ended.expect_err("its session is gone"));
        beside.commit().await;
        is_disabled_with(&store, id, &["a@x.example"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_session_begins_with_its_limits_and_a_frozen_transaction_loses_its_locks() {
    on_each_database("limits of a session", |db| async move {
        if db.url.starts_with("sqlite") {
            // One process at a time writes; a frozen one is the operator's to end.
            return;
        }
        let limits = Limits { idle_in_transaction: Duration::from_millis(300), ..Limits::default() };
        let store = open_within(&db, limits).await;
        let id = gmail(&store, None, "us@y.example").await;
        // What the program asks for, asked for by a connection that then goes to sleep inside a transaction.
        let mut frozen = PgConnection::connect(&db.url).await.expect("opens");
        let set = limits.of_session().map(|(name, value)| format!("SET {name} = {value}")).join("; ");
        frozen.execute(sqlx::AssertSqlSafe(set)).await.expect("PostgreSQL knows them all");
        frozen.execute("BEGIN").await.expect("begins");
        frozen.execute(DISABLE.1).await.expect("changes");
        let changed = tokio::time::timeout(LONG, store.set_account_status(id, AccountStatus::Disabled, noon())).await;
        changed.expect("it ends").expect("the lock is free again");
        let error = frozen.execute("COMMIT").await.expect_err("its session is over");
        is_passing(error.into());
        let account = store.account(id).await.expect("reads").expect("is there");
        assert_eq!(account.meta.aliases, Vec::<String>::new(), "nothing of the frozen transaction was kept");
    })
    .await;
}

/// A wire to the database that can be cut: bytes then go nowhere, and nobody is told.
async fn wire(server: String) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (cut, is_cut) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let (server, mut is_cut) = (server.clone(), is_cut.clone());
            tokio::spawn(async move {
                let mut there = TcpStream::connect(server).await.expect("the cluster answers");
                let cut = async {
                    // The end of the test is no cut.
                    if is_cut.wait_for(|cut| *cut).await.is_ok() {
                        return;
                    }
                    std::future::pending().await
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut here, &mut there) => {}
                    // Both ends stay open.
                    () = cut => std::future::pending().await,
                }
            });
        }
    });
    (port, cut)
}

#[tokio::test]
async fn a_cut_network_is_noticed_and_the_next_call_finds_it_mended() {
    on_each_database("a cut network", |db| async move {
        if db.url.starts_with("sqlite") {
            // There is no network.
            return;
        }
        let mut url: url::Url = db.url.parse().expect("a URL");
        let (port, cut) = wire(format!("127.0.0.1:{}", url.port().expect("a port"))).await;
        url.set_port(Some(port)).expect("a port");
        let limits = Limits { answer: Duration::from_secs(2), ..Limits::default() };
        let opened =
            Store::open_within(limits, url.as_str(), replybook::crypto::Cipher::new(&SECRET_KEY.into()), &SystemClock)
                .await;
        let store = Arc::new(opened.expect("the store opens"));
        let id = gmail(&store, None, "us@y.example").await;

        // A statement that waits for its answer when the wire is cut.
        let mut beside = Beside::begin(&db, DISABLE.0, DISABLE.1).await;
        let one = Arc::clone(&store);
        let waiting = tokio::spawn(async move { one.set_account_status(id, AccountStatus::Active, noon()).await });
        beside.is_waited_for().await;
        cut.send(true).expect("the wire is there");
        let ended = tokio::time::timeout(LONG, waiting).await.expect("it ends").expect("it does not panic");
        is_passing(ended.expect_err("there was no answer"));
        is_passing(
            tokio::time::timeout(LONG, store.account(id)).await.expect("it ends").expect_err("nor is there one"),
        );
        beside.commit().await;

        cut.send(false).expect("the wire is there");
        let mended = async { while store.account(id).await.is_err() {} };
        tokio::time::timeout(LONG, mended).await.expect("new connections are made");
    })
    .await;
}

#[tokio::test]
async fn a_sync_that_broke_off_by_our_own_fault_gives_its_lease_back() {
    on_each_database("own faults", |db| async move {
        let google = Google::start();
        let d = google.domain(&db, &[]).await;
        google.seed("ann@shop.example", Vec::new()).await;
        let id = google.connect(&d, "ann@shop.example").await;
        let away = "ALTER TABLE sync_failures RENAME TO sync_failures_away";
        db.execute(away, away).await;
        let failed = sync::sync_now(&d, Actor::nobody(Through::Page), id).await.expect_err("a table is missing");
        assert_eq!(failed, Problem::unavailable(UnavailableCode::Sync));
        let back = "ALTER TABLE sync_failures_away RENAME TO sync_failures";
        db.execute(back, back).await;
        let run = d.store.recent_runs(id, 1).await.expect("reads").remove(0);
        assert_eq!(run.state, RunState::Failed);
        assert!(run.finished_at.is_some() && run.errors[0].starts_with("internal: "), "{:?}", run.errors);

        let began = Instant::now();
        let summary =
            sync::sync_now(&d, Actor::nobody(Through::Page), id).await.expect("nothing keeps it from beginning");
        assert_eq!(summary.state, RunState::Done);
        assert!(began.elapsed() < d.settings.sync.lease, "without waiting for the lease");
    })
    .await;
}
