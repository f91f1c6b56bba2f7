//! The program itself, as an operator runs it.

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::support::{PASSWORD, SECRET_KEY, client, database::TestDatabase};

const LONG: Duration = Duration::from_secs(60);

struct Shell {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Shell {
    async fn new() -> Self {
        Self { database: TestDatabase::create().await, folder: tempfile::tempdir().expect("a folder") }
    }

    /// The program with nothing of this process's environment that it could read by mistake.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_replybook"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("SECRET_KEY", SECRET_KEY)
            .env("DATABASE_URL", self.database.url())
            .env("LISTEN_ADDR", "127.0.0.1:0")
            .env("REPLYBOOK_WORKER", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut process = self.program(arguments).spawn().expect("the program starts");
        let mut stdin = process.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        timeout(LONG, process.wait_with_output()).await.expect("it ends").expect("it ends")
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn people_are_made_listed_and_shut_out() {
    let shell = Shell::new().await;
    let made =
        shell.run(&["user", "create", "--admin", "ann@x.example", "--name", "Ann"], &format!("{PASSWORD}\n")).await;
    assert_eq!(
        (made.status.code(), out(&made).as_str()),
        (Some(0), "created admin ann@x.example (Ann)\n"),
        "{}",
        err(&made)
    );
    let twice = shell.run(&["user", "create", "ann@x.example"], &format!("{PASSWORD}\n")).await;
    assert_eq!(twice.status.code(), Some(1));
    assert!(err(&twice).contains("there is a user with this address already"), "{}", err(&twice));
    let short = shell.run(&["user", "create", "bob@x.example"], "short\n").await;
    assert!(short.status.code() == Some(1) && err(&short).contains("10 characters"), "{}", err(&short));
    let silent = shell.run(&["user", "create", "bob@x.example"], "").await;
    assert!(silent.status.code() == Some(1) && err(&silent).contains("standard input"), "{}", err(&silent));
    assert_eq!(shell.run(&["user", "deactivate", "ann@x.example"], "").await.status.code(), Some(0));
    assert_eq!(out(&shell.run(&["user", "list"], "").await), "ann@x.example\tadmin\tinactive\tAnn\n");
    let unknown = shell.run(&["user", "password", "nobody@x.example"], &format!("{PASSWORD}\n")).await;
    assert!(unknown.status.code() == Some(1) && err(&unknown).contains("no user"), "{}", err(&unknown));
}

#[tokio::test]
async fn what_needs_no_database_needs_no_settings() {
    let shell = Shell::new().await;
    for arguments in [["openapi"], ["keygen"]] {
        let output = shell
            .program(&arguments)
            .env_remove("SECRET_KEY")
            .env_remove("DATABASE_URL")
            .output()
            .await
            .expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    }
    let document: serde_json::Value = serde_json::from_str(&out(&shell.run(&["openapi"], "").await)).expect("JSON");
    assert!(document["paths"]["/api/auth/me"].is_object());
    let (one, two) = (out(&shell.run(&["keygen"], "").await), out(&shell.run(&["keygen"], "").await));
    assert!(one.trim().len() >= 32 && one != two);
}

#[tokio::test]
async fn wrong_settings_and_wrong_usage_are_told_apart() {
    let shell = Shell::new().await;
    let output = shell
        .program(&["migrate"])
        .env("SECRET_KEY", "short")
        .env("LISTEN_ADDR", "here")
        .output()
        .await
        .expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("SECRET_KEY") && err(&output).contains("LISTEN_ADDR"), "{}", err(&output));
    assert_eq!(shell.run(&["sync", "--account", "17"], "").await.status.code(), Some(2));
    assert_eq!(shell.run(&["serve", "--nonsense"], "").await.status.code(), Some(2));
    let migrated = shell.run(&["migrate"], "").await;
    assert_eq!(out(&migrated), format!("the {} database is up to date\n", shell.database.backend()));
    let key = shell
        .program(&["user", "list"])
        .env("SECRET_KEY", "another-key-0123456789-abcdefghij")
        .output()
        .await
        .expect("it ends");
    assert!(key.status.code() == Some(1) && err(&key).contains("SECRET_KEY is not the one"), "{}", err(&key));
}

#[tokio::test]
async fn a_file_is_imported_and_the_exit_code_says_how_it_went() {
    let shell = Shell::new().await;
    let mail = "From c@client.example Thu Jan  1 00:00:00 2026\nFrom: c@client.example\nTo: me@x.example\nSubject: Hi\n\
                Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <1@client.example>\n\nAre you open on Sunday?\n";
    std::fs::write(shell.folder.path().join("mail.mbox"), mail).expect("written");
    let done = shell.run(&["import", "mail.mbox", "--as", "me@x.example"], "").await;
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(out(&done).starts_with("done: 1 read, 1 stored"), "{}", out(&done));
    let missing = shell.run(&["import", "nothing.mbox", "--as", "me@x.example"], "").await;
    assert_eq!(missing.status.code(), Some(1), "{}", out(&missing));
    assert_eq!(out(&shell.run(&["sync"], "").await), "no account is due\n");
}

#[tokio::test]
async fn serving_says_where_offers_the_first_admin_and_ends_on_a_signal() {
    let shell = Shell::new().await;
    let mut process = shell.program(&[]).env("REPLYBOOK_WORKER", "on").spawn().expect("the program starts");
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let mut next = async || timeout(LONG, lines.next_line()).await.expect("in time").expect("a line").expect("a line");
    let base = next().await.strip_prefix("listening on ").expect("the address").to_owned();
    assert!(base.starts_with("http://127.0.0.1:") && !base.ends_with(":0"), "{base}");
    assert!(next().await.contains("no users yet"));
    let link = next().await.trim().to_owned();
    assert!(link.starts_with(&format!("{base}/setup?token=")), "{link}");
    assert_eq!(client().get(format!("{base}/readyz")).send().await.expect("an answer").status(), 200);
    assert_eq!(client().get(&link).send().await.expect("an answer").status(), 200);

    let id = process.id().expect("it runs").to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill runs");
    assert!(killed.success());
    let status = timeout(Duration::from_secs(12), process.wait()).await.expect("it ends within 12 s").expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn an_address_that_is_taken_is_said() {
    let shell = Shell::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = shell.program(&["serve"]).env("LISTEN_ADDR", &address).output().await.expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains(&format!("cannot listen on {address}")), "{}", err(&output));
}
