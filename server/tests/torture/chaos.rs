//! Everything that can go wrong, at random instants of a sync, an import and a person's decisions, on one server that goes on: killed,
//! frozen, cut off, slowed, swallowed, on a full disk, with a wrong clock, with its database locked or restarted. Afterwards nothing is
//! lost, nothing is there twice, nothing is stuck, and every refusal had words.
//!
//! In the ordinary tests a few rounds; `make chaos` runs fifty on each database.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use replybook::types::AccountId;
use replybook_doubles::{GmailDouble, KeptPort};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};

use crate::{
    database::TestDatabase,
    ground::{Copy, Damage, Ground, Random, number, say, signal},
    proxy::{Network, Proxy},
};

const ADMIN: &str = "admin@fernhill.example";
const PASSWORD: &str = "only for breaking things";
const US: &str = "us@fernhill.example";
const MESSAGES: usize = 400;
/// What takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(180);
const FAULTS_IN_A_ROUND: u64 = 3;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Kill,
    Freeze,
    Partition,
    Slow,
    BlackHole,
    FullDisk,
    ClockForward,
    ClockBack,
    LockedDatabase,
    DatabaseRestarted,
}

const FAULTS: [Fault; 10] = [
    Fault::Kill,
    Fault::Freeze,
    Fault::Partition,
    Fault::Slow,
    Fault::BlackHole,
    Fault::FullDisk,
    Fault::ClockForward,
    Fault::ClockBack,
    Fault::LockedDatabase,
    Fault::DatabaseRestarted,
];

/// The library that tells a process another time (Debian's package `faketime`).
fn clock_library() -> Option<String> {
    std::env::var("CLOCK_LIBRARY").ok().filter(|path| !path.is_empty())
}

impl Fault {
    fn is_possible(self, database: &TestDatabase) -> bool {
        match self {
            Self::FullDisk => database.backend() == "sqlite",
            Self::DatabaseRestarted => database.backend() == "postgres",
            Self::ClockForward | Self::ClockBack => clock_library().is_some(),
            _ => true,
        }
    }
}

/// The program as it serves pages and works, started again when it was killed.
struct Server<'a> {
    ground: &'a Ground,
    proxy: Proxy,
    address: String,
    /// Also while the process is down.
    _port: KeptPort,
    clock: PathBuf,
    process: Child,
}

impl<'a> Server<'a> {
    async fn start(ground: &'a Ground) -> Self {
        let google: url::Url = ground.google.base().parse().expect("a URL");
        let google = google.socket_addrs(|| None).expect("an address")[0];
        let proxy = Proxy::before(google).await;
        let port = KeptPort::new().expect("a port");
        let address = port.address().to_string();
        let clock = ground.folder.path().join("clock");
        std::fs::write(&clock, "+0").expect("written");
        let process = Self::process(ground, &proxy, &address, &clock);
        let server = Self { ground, proxy, address, _port: port, clock, process };
        server.until_ready().await;
        server
    }

    fn process(ground: &Ground, proxy: &Proxy, address: &str, clock: &std::path::Path) -> Child {
        let log = std::fs::File::options().append(true).create(true).open(ground.folder.path().join("log"));
        let log = log.expect("a log");
        // A file that may not grow is refused like a full disk, instead of ending the process (signal(7), setrlimit(2)).
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" serve", env!("CARGO_BIN_EXE_replybook")])
            .current_dir(ground.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(ground.settings())
            .env("GMAIL_API_BASE_URL", format!("http://{}", proxy.address()))
            .env("LISTEN_ADDR", address)
            .env("SYNC_LEASE_SECONDS", "5")
            .env("SYNC_INTERVAL_SECONDS", "5")
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .kill_on_drop(true);
        if let Some(library) = clock_library() {
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", clock)
                .env("FAKETIME_NO_CACHE", "1")
                // What is waited for is waited for in true seconds.
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command.spawn().expect("the program starts")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn until_ready(&self) {
        let client = Client::new();
        let ready = async {
            while !client.get(self.url("/healthz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, ready).await.unwrap_or_else(|_| panic!("it does not serve: {}", self.log()));
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.ground.folder.path().join("log")).unwrap_or_default()
    }

    /// Does something bad for a while, and mends it.
    async fn suffer(&mut self, fault: Fault, random: &mut Random) {
        let a_while = Duration::from_millis(300 + random.below(4_000));
        match fault {
            Fault::Kill => {
                self.process.start_kill().expect("it can be killed");
                self.process.wait().await.expect("it ends");
                self.process = Self::process(self.ground, &self.proxy, &self.address, &self.clock);
                self.until_ready().await;
            }
            Fault::Freeze => {
                // Sometimes longer than its lease.
                signal(&self.process, "-STOP").await;
                tokio::time::sleep(a_while * 2).await;
                signal(&self.process, "-CONT").await;
            }
            Fault::Partition => self.network(Network::Cut, a_while).await,
            Fault::Slow => self.network(Network::Slow(Duration::from_millis(200)), a_while).await,
            Fault::BlackHole => self.network(Network::Swallows, a_while).await,
            Fault::FullDisk => {
                self.limit_files(&self.largest_file().to_string()).await;
                tokio::time::sleep(a_while).await;
                self.limit_files("unlimited").await;
            }
            Fault::ClockForward => {
                let days = ["+60d", "+400d"][usize::try_from(random.below(2)).expect("small")];
                self.clock(days, a_while).await;
            }
            Fault::ClockBack => self.clock("-400d", a_while).await,
            Fault::LockedDatabase => lock(&self.ground.database, a_while).await,
            Fault::DatabaseRestarted => restart(&self.ground.database, a_while).await,
        }
    }

    async fn network(&self, network: Network, a_while: Duration) {
        self.proxy.set(network);
        tokio::time::sleep(a_while).await;
        self.proxy.set(Network::Fine);
    }

    async fn clock(&self, offset: &str, a_while: Duration) {
        std::fs::write(&self.clock, offset).expect("written");
        tokio::time::sleep(a_while).await;
        std::fs::write(&self.clock, "+0").expect("written");
    }

    /// In bytes: the database may not grow beyond it.
    fn largest_file(&self) -> u64 {
        let TestDatabase::Sqlite { url, .. } = &self.ground.database else { return u64::MAX };
        let path = url.trim_start_matches("sqlite://");
        let sizes = ["", "-wal"].map(|end| std::fs::metadata(format!("{path}{end}")).map_or(0, |file| file.len()));
        sizes.into_iter().max().unwrap_or(0)
    }

    async fn limit_files(&self, bytes: &str) {
        let id = self.process.id().expect("it runs").to_string();
        let set = Command::new("prlimit").args(["--pid", &id, &format!("--fsize={bytes}:")]).status().await;
        assert!(set.expect("prlimit (util-linux) is there").success());
    }

    async fn end(mut self) {
        signal(&self.process, "-TERM").await;
        let ended = timeout(Duration::from_secs(20), self.process.wait()).await;
        let status = ended.unwrap_or_else(|_| panic!("it does not end: {}", self.log())).expect("it ends");
        assert!(status.success(), "{status}: {}", self.log());
        assert!(!self.log().contains("panicked"), "{}", self.log());
    }
}

/// Keeps everybody from writing, as another program or a loaded machine would.
async fn lock(database: &TestDatabase, a_while: Duration) {
    match database {
        TestDatabase::Sqlite { url, .. } => {
            let mut connection = SqliteConnection::connect(url).await.expect("the file opens");
            connection.execute("PRAGMA busy_timeout = 20000").await.expect("it can be set");
            connection.execute("BEGIN IMMEDIATE").await.expect("it can be locked");
            tokio::time::sleep(a_while).await;
            connection.execute("ROLLBACK").await.expect("it can be released");
        }
        TestDatabase::Postgres { url, .. } => {
            let mut connection = PgConnection::connect(url).await.expect("the database opens");
            connection.execute("BEGIN").await.expect("begins");
            connection
                .execute("LOCK TABLE emails_messages, ai_training_pairs, sync_state, sync_runs IN EXCLUSIVE MODE")
                .await
                .expect("it can be locked");
            tokio::time::sleep(a_while).await;
            connection.execute("ROLLBACK").await.expect("it can be released");
        }
    }
}

/// Restarts PostgreSQL where the caller allows that; elsewhere ends every connection to this database, again and again.
async fn restart(database: &TestDatabase, a_while: Duration) {
    if let Some(command) = std::env::var_os("POSTGRES_RESTART").filter(|command| !command.is_empty()) {
        let done = Command::new(command).stdout(Stdio::null()).status().await.expect("it runs");
        assert!(done.success(), "PostgreSQL restarts");
        return;
    }
    let mut connection = PgConnection::connect(database.url()).await.expect("the database opens");
    let end = Instant::now() + a_while;
    while Instant::now() < end {
        connection
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await
            .expect("a superuser may");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What a person decided, as far as the server told them.
#[derive(Default)]
struct Decisions {
    /// By pair: the statuses that may be stored, the last one that was acknowledged first.
    possible: BTreeMap<String, Vec<String>>,
    acknowledged: usize,
    /// Answers without words, or that nobody may be given.
    improper: Vec<String>,
}

/// A person at the review who goes on through everything.
struct Person {
    client: Client,
    address: String,
    token: Mutex<String>,
    decisions: Mutex<Decisions>,
}

impl Person {
    fn decisions(&self) -> std::sync::MutexGuard<'_, Decisions> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` where there was no answer, or one that tells to come again.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut request = self.client.request(method, format!("http://{}{path}", self.address)).bearer_auth(token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.header(header::ORIGIN, format!("http://{}", self.address)).send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        let said: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Some(said);
        }
        let words = said["detail"].as_str().unwrap_or_default();
        let is_proper = matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::NOT_FOUND
                | StatusCode::CONFLICT
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::INSUFFICIENT_STORAGE
        );
        if !is_proper || words.is_empty() {
            self.decisions().improper.push(format!("{path}: {status} {text}"));
        }
        if status == StatusCode::UNAUTHORIZED && path != "/api/auth/login" {
            Box::pin(self.sign_in()).await;
        }
        None
    }

    async fn sign_in(&self) {
        let body = json!({"email": ADMIN, "password": PASSWORD});
        if let Some(token) = self.ask(Method::POST, "/api/auth/login", Some(body)).await {
            let token = token["access_token"].as_str().expect("a token").to_owned();
            *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        }
    }

    async fn decide_on_and_on(&self, mut random: Random) {
        loop {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let path = "/api/integrations/ai-email-pairs?status=all&limit=100";
            let Some(page) = self.ask(Method::GET, path, None).await else { continue };
            let pairs = page["items"].as_array().expect("a list").clone();
            if pairs.is_empty() {
                continue;
            }
            let pair = &pairs[usize::try_from(random.below(pairs.len() as u64)).expect("small")];
            let id = pair["id"].as_str().expect("an id").to_owned();
            let status = ["approved", "rejected", "new"][usize::try_from(random.below(3)).expect("small")];
            // Until it is acknowledged, either may be true.
            let before = pair["status"].as_str().expect("a status").to_owned();
            self.decisions().possible.entry(id.clone()).or_insert_with(|| vec![before]).push(status.to_owned());
            let path = format!("/api/integrations/ai-email-pairs/{id}/status");
            if self.ask(Method::POST, &path, Some(json!({"status": status}))).await.is_some() {
                let mut decisions = self.decisions();
                decisions.acknowledged += 1;
                decisions.possible.insert(id, vec![status.to_owned()]);
            }
        }
    }
}

/// One round: what is stored in the end.
struct Round {
    copy: Copy,
    faults: Vec<Fault>,
    acknowledged: usize,
}

/// A page's form, with the cookies of whoever is signed in.
async fn post_form(client: &Client, server: &Server<'_>, path: &str, form: &[(&str, &str)]) {
    let request = client.post(server.url(path)).header(header::ORIGIN, server.url("")).form(form);
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_redirection(), "{path}: {}", answer.status());
}

async fn make_admin(ground: &Ground) {
    let mut making =
        ground.program(&["user", "create", "--admin", ADMIN], "").stdin(Stdio::piped()).spawn().expect("starts");
    let mut input = making.stdin.take().expect("a pipe");
    input.write_all(format!("{PASSWORD}\n").as_bytes()).await.expect("written");
    drop(input);
    let made = making.wait_with_output().await.expect("ends");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Syncs a mailbox, imports a file and decides about pairs, while so many things go wrong; then all is well.
async fn round(google: &GmailDouble, seed: u64, faults: u64, whole: Option<&Copy>) -> Round {
    let ground = Ground::new(google).await;
    let account = ground.connect(&[US.to_owned()], MESSAGES).await[0];
    make_admin(&ground).await;
    let mut server = Server::start(&ground).await;
    let pages = Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none());
    let pages = pages.build().expect("a client");
    post_form(&pages, &server, "/login", &[("email", ADMIN), ("password", PASSWORD)]).await;
    post_form(&pages, &server, "/api/ui/try-sample", &[]).await;

    let person = Arc::new(Person {
        client: Client::builder().timeout(Duration::from_secs(30)).build().expect("a client"),
        address: server.address.clone(),
        token: Mutex::default(),
        decisions: Mutex::default(),
    });
    person.sign_in().await;
    let deciding = {
        let person = Arc::clone(&person);
        tokio::spawn(async move { person.decide_on_and_on(Random(seed ^ 0xdec1de)).await })
    };
    let mut random = Random(seed);
    let mut suffered = Vec::new();
    for _ in 0..faults {
        tokio::time::sleep(Duration::from_millis(random.below(1_500))).await;
        let possible: Vec<Fault> = FAULTS.into_iter().filter(|fault| fault.is_possible(&ground.database)).collect();
        let fault = possible[usize::try_from(random.below(possible.len() as u64)).expect("small")];
        suffered.push(fault);
        server.suffer(fault, &mut random).await;
    }
    // All is well again, and the server goes on by itself.
    let began = Instant::now();
    let copy = loop {
        let complaints = ground.complaints().await;
        let copy = ground.copy().await;
        let is_over = match whole {
            None => copy.messages.len() > MESSAGES && person_sees_nothing_going_on(&person, account).await,
            Some(whole) => damages(&copy, whole) == [Damage::default(), Damage::default()],
        };
        if complaints.is_empty() && is_over {
            break copy;
        }
        if began.elapsed() > PATIENCE {
            let lost = whole.map(|whole| damages(&copy, whole));
            panic!("seed {seed}, {suffered:?}: not over after {PATIENCE:?}: {complaints:?} {lost:?}\n{}", server.log());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    deciding.abort();
    let _stopped = deciding.await;
    check_decisions(&person, seed, &suffered).await;
    let acknowledged = person.decisions().acknowledged;
    server.end().await;
    Round { copy, faults: suffered, acknowledged }
}

fn damages(copy: &Copy, whole: &Copy) -> [Damage; 2] {
    [Damage::between(&copy.messages, &whole.messages), Damage::between(&copy.pairs, &whole.pairs)]
}

async fn person_sees_nothing_going_on(person: &Person, account: AccountId) -> bool {
    let accounts = person.ask(Method::GET, "/api/integrations/accounts", None).await.unwrap_or_default();
    let accounts = accounts["accounts"].as_array().cloned().unwrap_or_default();
    accounts.len() == 2
        && accounts.iter().all(|one| one["active_run_id"].is_null() && !one["last_sync_at"].is_null())
        && accounts.iter().any(|one| one["id"] == account.to_string())
}

/// Every decision that was acknowledged is stored, and every refusal had words.
async fn check_decisions(person: &Person, seed: u64, suffered: &[Fault]) {
    let (possible, improper) = {
        let mut decisions = person.decisions();
        (std::mem::take(&mut decisions.possible), std::mem::take(&mut decisions.improper))
    };
    assert_eq!(improper.iter().collect::<BTreeSet<_>>(), BTreeSet::new(), "seed {seed}, {suffered:?}");
    for (id, possible) in possible {
        let path = format!("/api/integrations/ai-email-pairs/{id}");
        let mut pair = person.ask(Method::GET, &path, None).await;
        if pair.is_none() {
            // Signed in anew meanwhile.
            pair = person.ask(Method::GET, &path, None).await;
        }
        let pair = pair.unwrap_or_else(|| panic!("seed {seed}, {suffered:?}: the pair {id} is gone"));
        let status = pair["status"].as_str().expect("a status").to_owned();
        assert!(possible.contains(&status), "seed {seed}, {suffered:?}: {id} is {status}, decided: {possible:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_all_is_well_afterwards() {
    let rounds = number("REPLYBOOK_ROUNDS", 2);
    let first = number("REPLYBOOK_SEED", 1);
    let google = GmailDouble::start().await.expect("a port");
    // Whoever asks for the product's client has the TLS library that all clients here need.
    let _client = replybook::net::client(replybook::net::Limits::default()).expect("a client");
    let whole = round(&google, 0x5eed, 0, None).await;
    assert!(whole.acknowledged > 0, "somebody decided");
    let (mut suffered, mut acknowledged) = (BTreeMap::<Fault, usize>::new(), 0);
    for seed in first..first + rounds {
        let one =
            round(&google, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, FAULTS_IN_A_ROUND, Some(&whole.copy)).await;
        for fault in one.faults {
            *suffered.entry(fault).or_default() += 1;
        }
        acknowledged += one.acknowledged;
    }
    say(&format!(
        "chaos: {rounds} rounds, {} messages and {} pairs each, {acknowledged} decisions: lost 0, twice 0, stuck 0; {suffered:?}",
        whole.copy.messages.len(),
        whole.copy.pairs.len(),
    ));
}
