//! A disk that is full and has room again, without a restart. One test: what it limits is the process.

mod support;

use std::{process::Command, sync::Arc, time::Duration};

use replybook::{
    Domain,
    clock::SystemClock,
    health, import, runs,
    store::{StoreError, Trouble},
    types::{Problem, RunState},
    worker::WorkerLock,
};
use support::{SECRET_KEY, TestDb, mbox, sqlite};
use tokio::signal::unix::{SignalKind, signal};

/// What takes longer hangs.
const LONG: Duration = Duration::from_secs(120);
/// What is sent to a process that writes beyond its limit (signal(7)).
const SIGXFSZ: i32 = 25;

/// Lets no file of this process grow beyond so many bytes: the system then refuses to write, as on a full disk. The hard limit
/// stays as it is, so that anybody may take it back.
fn limit_files(bytes: &str) {
    let process = std::process::id().to_string();
    let done = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={bytes}:")]).status();
    assert!(done.expect("prlimit (util-linux) is there").success());
}

/// The size of the largest file of a database, in bytes.
fn largest_file(db: &TestDb) -> u64 {
    let files = std::fs::read_dir(db.folder()).expect("the folder is there");
    let sizes = files.map(|file| file.and_then(|file| file.metadata()).expect("is there").len());
    sizes.max().expect("there are files")
}

fn is_full(error: StoreError) {
    assert_eq!(error.trouble(), Some(Trouble::Full), "{error}");
    assert_eq!(Problem::from(error), Problem::StorageFull);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_writing_and_nothing_else_until_there_is_room() {
    const MESSAGES: i32 = 1_500;
    // Without a handler the signal would end the process.
    let _caught = signal(SignalKind::from_raw(SIGXFSZ)).expect("a handler can be installed");
    let db = sqlite();
    let clock = SystemClock;
    let store = db.open(SECRET_KEY, &clock).await.expect("the store opens");
    store.probe(1 << 20, clock_now()).await.expect("there is room");

    limit_files(&(2 << 20).to_string());
    let mut refused = None;
    for megabytes in 2..6 {
        refused = refused.or(store.probe(megabytes << 20, clock_now()).await.err());
    }
    is_full(refused.expect("it does not fit"));
    for _ in 0..5 {
        is_full(store.probe(4 << 20, clock_now()).await.expect_err("nor does it later"));
        assert!(store.has_no_users().await.expect("reading goes on"));
    }
    limit_files("unlimited");
    store.probe(4 << 20, clock_now()).await.expect("the same store goes on");
    store.close().await;

    // An import that meets it waits, says why, and goes on.
    let db = sqlite();
    let d = Domain::open_with(db.settings(&[]), Arc::new(SystemClock)).await.expect("the domain opens");
    let file = db.folder().join("mail.mbox");
    let size = largest_file(&db);
    std::fs::write(&file, mbox(MESSAGES)).expect("written");
    limit_files(&(size + (1 << 20)).to_string());
    drop(WorkerLock::take(&d).expect("a full disk is no reason against a worker"));
    let importing = {
        let d = Arc::clone(&d);
        tokio::spawn(async move { import::import_file(&d, &file, "us@y.example", |_| {}).await })
    };
    let waiting = async {
        loop {
            assert!(!importing.is_finished(), "there is no room for its mail");
            let open = runs::open(&d, None).await.expect("reading goes on");
            if let Some(run) = open.iter().find(|run| run.waiting_for.as_deref() == Some("storage_full")) {
                break run.id;
            }
            tokio::task::yield_now().await;
        }
    };
    let run = tokio::time::timeout(LONG, waiting).await.expect("it waits");
    assert_eq!(health::check(&d).await.trouble, Some(Trouble::Full), "and the watchers are told");
    limit_files("unlimited");
    let imported = tokio::time::timeout(LONG, importing).await.expect("it goes on").expect("it does not panic");
    let imported = imported.expect("it is imported");
    assert_eq!((imported.id, imported.state, imported.messages_fetched), (run, RunState::Done, MESSAGES));
    assert_eq!(imported.errors, Vec::<String>::new());
    let account = d.store.list_accounts(None, None).await.expect("reads").remove(0);
    assert_eq!(account.counts.messages, i64::from(MESSAGES), "nothing lost and nothing twice");
    assert_eq!(health::check(&d).await.trouble, None);
    d.shutdown().await;
}

fn clock_now() -> chrono::DateTime<chrono::Utc> {
    replybook::clock::Clock::now(&SystemClock)
}
