//! What syncing costs us: the whole pipeline (fetch, parse, clean, store, pair) of a mailbox that another process serves.
//! `make bench-sync` runs it; docs/SYNC.md says what it measured.
//!
//! Usage: `sync GMAIL_DOUBLE MESSAGES`: the program of `doubles/`, and how many messages its mailbox has. On a fresh SQLite
//! file, or, where `TEST_POSTGRES_URL` names a cluster, on a fresh PostgreSQL database (its own work is not counted).

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod measure;
#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    time::Instant,
};

use chrono::TimeDelta;
use measure::{cpu_seconds, megabytes};
use replybook::{
    Domain,
    clock::{Clock, SystemClock},
    store::{ConnectAccount, ProviderSeed, Tokens},
    sync,
    types::{Actor, Provider, RunState},
};
use serde_json::Value;
use support::{TestDb, on_one_database};

const US: &str = "us@fernhill.example";

/// The double in a process of its own, whose work is not ours.
struct Google {
    process: Child,
    out: BufReader<std::process::ChildStdout>,
    facts: Value,
}

impl Google {
    fn start(program: &str, messages: &str) -> Self {
        let mut process = Command::new(program)
            .args([US, messages])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the double starts");
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the double says where it is");
        Self { process, out, facts: serde_json::from_str(&line).expect("JSON") }
    }

    /// Ends it; returns what it metered.
    fn end(mut self) -> Value {
        drop(self.process.stdin.take());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("the double says what it metered");
        self.process.wait().expect("the double ends");
        serde_json::from_str(&rest).expect("JSON")
    }

    fn text(&self, name: &str) -> String {
        self.facts[name].as_str().expect("the double names it").to_owned()
    }
}

async fn measure(db: TestDb, program: String, messages: String) {
    let google = Google::start(&program, &messages);
    let settings: Vec<(String, String)> = google.facts["settings"]
        .as_object()
        .expect("settings")
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
        .collect();
    let mut variables: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // What is measured is our work, not the wait for the quota.
    variables.push(("GMAIL_QUOTA_UNITS_PER_MINUTE", "4000000000"));
    let d = Domain::open(db.settings(&variables)).await.expect("the domain opens");
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
        auth: None,
        imap: None,
        owner: None,
        address: US,
        display_name: US,
        tokens: Some(Tokens {
            access_token: &google.text("access_token").into(),
            refresh_token: Some(&google.text("refresh_token").into()),
            expires_in: google.facts["expires_in"].as_i64().map(TimeDelta::seconds),
            scopes: &[],
        }),
    };
    let account = d.store.connect_account(connect, SystemClock.now()).await.expect("connects").account;

    let (before, started, cpu) = (megabytes("VmRSS"), Instant::now(), cpu_seconds());
    let summary = sync::sync_now(&d, Actor::command_line(), account).await.expect("the sync runs");
    let (cpu, wall) = (cpu_seconds() - cpu, started.elapsed().as_secs_f64());
    assert_eq!((summary.state, &summary.errors), (RunState::Done, &Vec::new()), "a bench of a sync that works");
    let number = f64::from(summary.messages_upserted);
    let cheapest = google.facts["cheapest_fetch_units"].as_u64().expect("units");
    let metered = google.end();
    println!(
        "{:>8} messages, {} pairs, {}: {:.3} ms of CPU each ({cpu:.1} s in {wall:.1} s), {:.0} MB at most ({before:.0} MB before), \
         {:.2} units each ({:.2} at least, without lists)",
        summary.messages_upserted,
        summary.pairs_created,
        d.store.backend(),
        cpu * 1_000.0 / number,
        megabytes("VmHWM"),
        metered["units"].as_f64().expect("units") / number,
        cheapest as f64 / number,
    );
    d.shutdown().await;
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [program, messages] = &arguments[..] else {
        println!("usage: sync GMAIL_DOUBLE MESSAGES (see make bench-sync)");
        return;
    };
    on_one_database(|db| measure(db, program.clone(), messages.clone())).await;
}
