//! What is tortured: a database, a Google, and the program between them; and what must be true of them afterwards.

use std::{
    collections::BTreeSet,
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use replybook::{
    clock::{Clock, SystemClock},
    store::{ConnectAccount, ProviderSeed, Store, Tokens},
    types::{AccountId, Provider, SyncRun},
};
use replybook_doubles::GmailDouble;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::database::TestDatabase;

pub const SECRET_KEY: &str = "a-torture-key-0123456789-abcdefghij";
pub const DAY: i64 = 86_400_000;
/// A run that takes longer is stuck.
pub const LONG: Duration = Duration::from_secs(900);

/// Says something past the test harness, which would swallow it.
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error is open");
}

/// Numbers that look random, the same in each run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        // Marsaglia's xorshift64.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A database, a Google, and the program between them.
pub struct Ground {
    pub database: TestDatabase,
    pub google: GmailDouble,
    pub folder: tempfile::TempDir,
}

impl Ground {
    pub async fn new(google: &GmailDouble) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { database: TestDatabase::create().await, google: google.clone(), folder }
    }

    pub async fn store(&self) -> Store {
        Store::open(self.database.url(), &SECRET_KEY.into(), &SystemClock).await.expect("the database opens")
    }

    /// Opens mailboxes of so many messages, the same for each ground over the same Google, and connects them.
    pub async fn connect(&self, addresses: &[String], messages: usize) -> Vec<AccountId> {
        let store = self.store().await;
        let mut accounts = Vec::new();
        for (address, seed) in addresses.iter().zip(1..) {
            let tokens = self.google.open_mailbox(address, seed);
            let now = today();
            self.google.mailbox(address, |mailbox| mailbox.fill(messages, now - 20 * DAY, now - DAY));
            let connect = ConnectAccount {
                provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
                auth: None,
                imap: None,
                owner: None,
                address,
                display_name: address,
                tokens: Some(Tokens {
                    access_token: &tokens.access_token.into(),
                    refresh_token: Some(&tokens.refresh_token.into()),
                    expires_in: TimeDelta::from_std(tokens.expires_in).ok(),
                    scopes: &[],
                }),
            };
            accounts.push(store.connect_account(connect, SystemClock.now()).await.expect("connects").account);
        }
        store.close().await;
        accounts
    }

    /// What every process of the program is told.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings: Vec<(&'static str, String)> = self.google.settings().into_iter().collect();
        settings.push(("SECRET_KEY", SECRET_KEY.to_owned()));
        settings.push(("DATABASE_URL", self.database.url().to_owned()));
        settings.push(("GMAIL_QUOTA_UNITS_PER_MINUTE", "60000000".to_owned()));
        settings
    }

    /// The program, with a lease that a test can sit out. `through` is a path that tells processes apart at Google.
    pub fn program(&self, arguments: &[&str], through: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_replybook"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings())
            .env("GMAIL_API_BASE_URL", format!("{}{through}", self.google.base()))
            // Many times what a loaded machine lets a renewal slip, where another process waits for it.
            .env("SYNC_LEASE_SECONDS", if arguments == ["worker"] { "5" } else { "2" })
            .env("SYNC_INTERVAL_SECONDS", "3600")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub fn start_sync(&self, account: AccountId) -> Child {
        self.program(&["sync", "--account", &account.to_string()], "").spawn().expect("the program starts")
    }

    /// One undisturbed run to its end, once the lease of a dead one is over. What it said, if it did not end well.
    pub async fn clean_run(&self, account: AccountId) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let run = timeout(LONG, self.start_sync(account).wait_with_output()).await;
            let output = run.map_err(|_| format!("no end within {LONG:?}"))?.expect("it ends");
            if output.status.success() {
                return Ok(());
            }
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            // Each try takes as long as the program takes to start: no need to wait on top of it.
            if !said.contains("already being synced") || started.elapsed() > Duration::from_secs(30) {
                return Err(format!("{}{said}", String::from_utf8_lossy(&output.stdout)));
            }
        }
    }

    /// What is stored of an account.
    pub async fn copy(&self) -> Copy {
        let rows = self
            .database
            .texts("SELECT external_id || ' ' || thread_id || ' ' || direction FROM emails_messages WHERE deleted_at IS NULL")
            .await;
        let pairs = self
            .database
            .texts(
                "SELECT c.external_id || ' ' || r.external_id || ' ' || t.client_text || ' ' || t.our_reply_text
                 FROM ai_training_pairs t JOIN emails_messages c ON c.id = t.client_message_id
                 JOIN emails_messages r ON r.id = t.our_reply_message_id",
            )
            .await;
        Copy { messages: rows, pairs }
    }

    /// What is wrong with the database as such, and what a run left behind.
    pub async fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.database.backend() == "sqlite" {
            complaints.extend(self.database.texts("PRAGMA integrity_check").await);
            complaints.retain(|line| line != "ok");
            complaints.extend(self.database.texts("SELECT \"table\" FROM pragma_foreign_key_check").await);
        }
        for sql in [
            "SELECT 'not paired: ' || thread_id FROM threads_to_pair",
            "SELECT 'set aside: ' || external_id FROM sync_failures",
            "SELECT 'still held: ' || lease_until FROM sync_state WHERE lease_run_id IS NOT NULL",
            "SELECT 'run left ' || state FROM sync_runs WHERE state IN ('queued', 'running')",
            "SELECT 'attachment of no message' FROM emails_attachments a
             LEFT JOIN emails_messages m ON m.id = a.message_id WHERE m.id IS NULL",
            "SELECT 'stored twice: ' || external_id FROM emails_messages
             GROUP BY integration_account_id, external_id HAVING COUNT(*) > 1",
            "SELECT 'paired twice' FROM ai_training_pairs GROUP BY our_reply_message_id HAVING COUNT(*) > 1",
        ] {
            complaints.extend(self.database.texts(sql).await);
        }
        complaints
    }

    pub async fn runs(&self, account: AccountId) -> Vec<SyncRun> {
        let store = self.store().await;
        let mut runs = store.recent_runs(account, 1_000).await.expect("reads");
        runs.reverse();
        store.close().await;
        runs
    }
}

/// The same moment for all of a test, so that the same seeds make the same mail.
pub fn today() -> i64 {
    static TODAY: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    *TODAY.get_or_init(|| SystemClock.now().timestamp_millis())
}

/// Messages and pairs by what their provider calls them.
pub struct Copy {
    pub messages: Vec<String>,
    pub pairs: Vec<String>,
}

/// How a copy differs from that of an undisturbed run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Damage {
    pub lost: usize,
    pub duplicated: usize,
    pub wedged: usize,
}

impl Damage {
    pub fn between(copy: &[String], whole: &[String]) -> Self {
        let (is, should): (BTreeSet<&String>, BTreeSet<&String>) = (copy.iter().collect(), whole.iter().collect());
        Self {
            lost: should.difference(&is).count(),
            // Twice the same, or something that should not be there at all.
            duplicated: copy.len() - is.len() + is.difference(&should).count(),
            wedged: 0,
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.wedged += other.wedged;
    }
}

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

pub async fn signal(process: &Child, name: &str) {
    let id = process.id().expect("it runs").to_string();
    let sent = Command::new("kill").args([name, &id]).status().await.expect("kill runs");
    assert!(sent.success());
}
