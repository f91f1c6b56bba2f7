//! The program itself, as an operator runs it.

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use url::Url;

use crate::support::{
    PASSWORD, SECRET_KEY,
    browser::query_value,
    client,
    database::TestDatabase,
    dovecot::{Dovecot, PASSWORD as IMAP_PASSWORD},
    emulator::emulator,
};

const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Shell {
    pub(crate) database: TestDatabase,
    pub(crate) folder: tempfile::TempDir,
}

impl Shell {
    pub(crate) async fn new() -> Self {
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

    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut process = self.program(arguments).spawn().expect("the program starts");
        let mut stdin = process.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        timeout(LONG, process.wait_with_output()).await.expect("it ends").expect("it ends")
    }
}

/// `replybook connect gmail …`, waiting for Google's answer.
struct Connecting {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    consent: Url,
}

impl Connecting {
    async fn start(shell: &Shell, arguments: &[&str]) -> Self {
        let mut process = shell
            .program(&[&["connect", "gmail"], arguments].concat())
            .envs(emulator().variables())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let consent = loop {
            let line = timeout(LONG, lines.next_line()).await.expect("in time").expect("text").expect("an address");
            if line.starts_with("http") {
                break line.parse().expect("an address");
            }
        };
        Self { process, lines, consent }
    }

    async fn paste(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("a pipe");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
    }

    /// What it said until it ended, on both outputs, and its exit code.
    async fn end(mut self) -> (Option<i32>, String, String) {
        let mut said = String::new();
        while let Some(line) = timeout(LONG, self.lines.next_line()).await.expect("in time").expect("text") {
            said.push_str(&line);
            said.push('\n');
        }
        let output = timeout(LONG, self.process.wait_with_output()).await.expect("it ends").expect("it ends");
        (output.status.code(), said, err(&output))
    }
}

/// The same redirect for somebody else's request.
fn with_wrong_state(redirect: &str) -> String {
    let mut url: Url = redirect.parse().expect("an address");
    let code = query_value(&url, "code");
    url.query_pairs_mut().clear().append_pair("code", &code).append_pair("state", "guessed");
    url.into()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn how_it_logs_is_set_in_the_environment_and_in_dotenv_and_by_the_command() {
    let shell = Shell::new().await;
    std::fs::write(shell.folder.path().join(".env"), "REPLYBOOK_LOG=json\nRUST_LOG=debug\n").expect("written");
    let is_json = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
    let from_file = shell.run(&["migrate"], "").await;
    assert_eq!(from_file.status.code(), Some(0), "{}", err(&from_file));
    assert!(!err(&from_file).is_empty() && err(&from_file).lines().all(is_json), "{}", err(&from_file));

    let mut process = shell.program(&["migrate"]);
    let from_environment = process.env("REPLYBOOK_LOG", "text").output().await.expect("it ends");
    assert!(!err(&from_environment).is_empty() && !err(&from_environment).lines().any(is_json), "the environment wins");

    let by_command = shell.run(&["migrate", "--log", "text", "--log-filter", "off"], "").await;
    assert_eq!((by_command.status.code(), err(&by_command).as_str()), (Some(0), ""));

    for (name, value) in [("REPLYBOOK_LOG", "xml"), ("RUST_LOG", "replybook=loud")] {
        let wrong = shell.program(&["keygen"]).env(name, value).output().await.expect("it ends");
        let (code, said) = (wrong.status.code(), err(&wrong));
        assert!(code == Some(1) && said.contains(name) && said.contains(value), "{code:?} {said}");
    }
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
    assert!(err(&twice).contains("a user with this address already exists"), "{}", err(&twice));
    let short = shell.run(&["user", "create", "bob@x.example"], "short\n").await;
    assert!(short.status.code() == Some(1) && err(&short).contains("10 characters"), "{}", err(&short));
    let silent = shell.run(&["user", "create", "bob@x.example"], "").await;
    assert!(silent.status.code() == Some(1) && err(&silent).contains("standard input"), "{}", err(&silent));
    let last = shell.run(&["user", "deactivate", "ann@x.example"], "").await;
    assert!(last.status.code() == Some(1) && err(&last).contains("the only admin"), "{}", err(&last));
    let invited = shell.run(&["user", "invite", "bob@x.example"], "").await;
    assert!(out(&invited).contains("/join?token="), "{}", out(&invited));
    let set = shell.run(&["user", "password", "bob@x.example"], &format!("{PASSWORD}\n")).await;
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));
    assert_eq!(out(&shell.run(&["user", "role", "bob@x.example", "admin"], "").await), "bob@x.example is now admin\n");
    assert!(out(&shell.run(&["user", "link", "bob@x.example"], "").await).contains("/join?token="));
    let withdraw = ["user", "link", "bob@x.example", "--withdraw"];
    assert!(out(&shell.run(&withdraw, "").await).contains("the link of bob@x.example no longer works"));
    assert!(err(&shell.run(&withdraw, "").await).contains("no link that still works"));
    assert_eq!(shell.run(&["user", "deactivate", "ann@x.example"], "").await.status.code(), Some(0));
    let everybody = "ann@x.example\tadmin\tinactive\tAnn\nbob@x.example\tadmin\tactive\tbob\n";
    assert_eq!(out(&shell.run(&["user", "list"], "").await), everybody);
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
    let unseen = shell.run(&["import", "mail.mbox", "--as", "mee@x.example"], "").await;
    assert_eq!(unseen.status.code(), Some(1));
    assert!(err(&unseen).contains("no message in this file was sent from mee@x.example"), "{}", err(&unseen));
    assert!(err(&unseen).contains("--anyway"), "{}", err(&unseen));
    let unsaid = shell.run(&["import", "mail.mbox"], "").await;
    assert!(unsaid.status.code() == Some(1) && err(&unsaid).contains("name it with --as"), "{}", err(&unsaid));
    let done = shell.run(&["import", "mail.mbox", "--as", "me@x.example"], "").await;
    assert_eq!(done.status.code(), Some(3), "mail without a reply is not simply done: {}", err(&done));
    assert!(out(&done).starts_with("done, no pairs found: 1 read, 1 stored"), "{}", out(&done));
    assert!(out(&done).contains("replybook addresses --account"), "{}", out(&done));
    let anyway = shell.run(&["import", "mail.mbox", "--as", "mee@x.example", "--anyway"], "").await;
    assert_eq!(anyway.status.code(), Some(3), "{}", err(&anyway));
    let own = shell.run(&["import", "mail.mbox", "--as", "c@client.example"], "").await;
    assert_eq!(own.status.code(), Some(3), "{}", err(&own));
    let missing = shell.run(&["import", "nothing.mbox", "--as", "me@x.example"], "").await;
    assert_eq!(missing.status.code(), Some(1), "{}", out(&missing));
    assert_eq!(out(&shell.run(&["sync"], "").await), "no account is due\n");
}

#[tokio::test]
async fn which_addresses_are_ours_is_said_in_a_terminal() {
    let shell = Shell::new().await;
    let mail = "From c@client.example Thu Jan  1 00:00:00 2026\nFrom: c@client.example\nTo: me@x.example\nSubject: Hi\n\
                Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <1@client.example>\n\nAre you open on Sunday?\n\n\
                From me@x.example Thu Jan  1 00:00:00 2026\nFrom: me@x.example\nTo: c@client.example\nSubject: Re: Hi\n\
                Date: Thu, 1 Jan 2026 11:00:00 +0000\nMessage-ID: <2@x.example>\nIn-Reply-To: <1@client.example>\n\n\
                We are open from ten to four.\n";
    std::fs::write(shell.folder.path().join("mail.mbox"), mail).expect("written");
    let done = shell.run(&["import", "mail.mbox", "--as", "me@x.example"], "").await;
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    // The same mail under another address is no mistake: its pairs are there already.
    let again = shell.run(&["import", "mail.mbox", "--as", "info@x.example", "--anyway"], "").await;
    assert_eq!(again.status.code(), Some(0), "{}", out(&again));
    let said = out(&again);
    assert!(said.contains("1, in Mbox – me@x.example (account ") && !said.contains("no pairs found"), "{said}");
    let id = said.split("(account ").nth(1).and_then(|rest| rest.split(')').next()).expect("an id").to_owned();

    let addresses =
        async |more: &[&str], input: &str| shell.run(&[&["addresses", "--account", &id], more].concat(), input).await;
    assert_eq!(out(&addresses(&[], "").await), "me@x.example\n");
    let added = addresses(&["--add", "Sales@x.example", "--add", "help@x.example"], "").await;
    assert_eq!(out(&added), "me@x.example\nsales@x.example\nhelp@x.example\n");
    let bad = addresses(&["--add", "nobody"], "").await;
    assert!(bad.status.code() == Some(1) && err(&bad).contains("nobody"), "{}", err(&bad));
    let unknown = addresses(&["--remove", "nobody@x.example", "--yes"], "").await;
    assert_eq!((unknown.status.code(), out(&unknown)), (Some(1), String::new()));
    let complaint = "nobody@x.example is not one of the addresses of Mbox – me@x.example";
    assert!(err(&unknown).contains(complaint), "{}", err(&unknown));
    let kept = addresses(&["--remove", "help@x.example"], "y\n").await;
    assert!(kept.status.code() == Some(1) && err(&kept).contains("nothing was changed: use --yes"), "{}", err(&kept));
    assert_eq!(out(&addresses(&[], "").await), "me@x.example\nsales@x.example\nhelp@x.example\n");
    let removed = addresses(&["--remove", "ME@x.example", "--yes"], "").await;
    assert!(removed.status.code() == Some(0) && out(&removed).contains("no longer count"), "{}", err(&removed));
    assert_eq!(out(&addresses(&[], "").await), "sales@x.example\nhelp@x.example\n");
    let nobody = shell.run(&["addresses", "--account", "0199c0de-0000-7000-8000-000000000000"], "").await;
    assert!(nobody.status.code() == Some(1) && err(&nobody).contains("no account with this id"), "{}", err(&nobody));
}

#[tokio::test]
async fn the_monitor_is_seen_and_switched() {
    let shell = Shell::new().await;
    assert_eq!(shell.run(&["migrate"], "").await.status.code(), Some(0));
    let stopped = shell.run(&["monitor", "stop"], "").await;
    assert_eq!(stopped.status.code(), Some(0), "{}", err(&stopped));
    let nobody = "no worker is running: start `replybook serve` or `replybook worker`\n";
    assert_eq!(out(&stopped), format!("the email monitor is stopped\n{nobody}"));
    assert_eq!(out(&shell.run(&["monitor", "status"], "").await), out(&stopped), "it stays so");
    let started = shell.run(&["monitor", "start"], "").await;
    assert_eq!(out(&started), format!("the email monitor is running\n{nobody}"));
    assert_eq!(shell.run(&["monitor", "pause"], "").await.status.code(), Some(2));
}

#[tokio::test]
async fn a_backfill_needs_one_span_and_an_account() {
    let shell = Shell::new().await;
    assert_eq!(shell.run(&["migrate"], "").await.status.code(), Some(0));
    let id = "00000000-0000-7000-8000-000000000001";
    for wrong in [
        &["backfill", "--account", id][..],
        &["backfill", "--account", id, "--days", "3", "--everything"],
        &["backfill", "--account", id, "--since", "yesterday"],
        &["backfill", "--account", "17", "--days", "3"],
        &["backfill", "--days", "3"],
    ] {
        assert_eq!(shell.run(wrong, "").await.status.code(), Some(2), "{wrong:?}");
    }
    for (span, said) in [
        (&["--everything"][..], "there is no account with this id"),
        (&["--since", "2026-01-31"], "there is no account with this id"),
        (&["--days", "0"], "days must be a whole number from 1 to 36500"),
    ] {
        let output = shell.run(&[&["backfill", "--account", id], span].concat(), "").await;
        assert_eq!(output.status.code(), Some(1), "{span:?}");
        assert!(err(&output).contains(said), "{}", err(&output));
    }
}

/// A backfill by a worker of this process, seen from a shell.
#[tokio::test]
async fn a_backfill_is_queued_and_waited_for() {
    let app = emulator().settings().with("REPLYBOOK_WORKER", "on").with("SYNC_FIRST_LOOKBACK_DAYS", "1").app().await;
    let browser = app.admin().await;
    emulator().mailbox("shell@mail.example", 3).await;
    let back = emulator().consent(&browser.auth_url().await, "shell@mail.example").await;
    browser.visit(&back).await;
    let (_, list) = browser.get("/api/integrations/accounts").await;
    let account = list["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let shell = Shell::new().await;
    let run = async |arguments: &[&str]| {
        let output = shell.program(arguments).env("DATABASE_URL", app.database.url()).output();
        timeout(LONG, output).await.expect("it ends").expect("it ends")
    };
    // The newest of the six came with the first sync.
    let ended = run(&["backfill", "--account", &account, "--days", "30", "--wait"]).await;
    assert_eq!(ended.status.code(), Some(0), "{} {}", out(&ended), err(&ended));
    assert!(out(&ended).contains("done: 5 read, 5 stored"), "{}", out(&ended));
    let status = out(&run(&["monitor", "status"]).await);
    assert!(status.contains(&format!("process {}", std::process::id())), "{status}");
    assert!(status.contains(&format!("{account}\tactive\tGmail")) && status.contains("next sync"), "{status}");

    run(&["monitor", "stop"]).await;
    let nobody = run(&["backfill", "--account", &account, "--everything", "--wait"]).await;
    assert_eq!(nobody.status.code(), Some(1), "{}", out(&nobody));
    assert!(err(&nobody).contains("the email monitor is stopped"), "{}", err(&nobody));
    let twice = run(&["backfill", "--account", &account, "--everything"]).await;
    assert!(err(&twice).contains("older mail of this account is already being fetched"), "{}", err(&twice));
}

#[tokio::test]
async fn serving_says_where_offers_the_first_admin_and_ends_on_a_signal() {
    let shell = Shell::new().await;
    let mut process = shell.program(&[]).env("REPLYBOOK_WORKER", "on").spawn().expect("the program starts");
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let mut next = async || timeout(LONG, lines.next_line()).await.expect("in time").expect("a line").expect("a line");
    let base = next().await.strip_prefix("listening on ").expect("the address").to_owned();
    assert!(base.starts_with("http://127.0.0.1:") && !base.ends_with(":0"), "{base}");
    assert!(next().await.starts_with(&format!("open it at {base}")), "the address that is meant is said");
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

#[tokio::test]
async fn a_mailbox_is_connected_from_a_terminal_through_the_loopback() {
    let shell = Shell::new().await;
    for (email, role) in [("zoe@x.example", "--admin"), ("ann@x.example", "--admin")] {
        let made = shell.run(&["user", "create", email, role], &format!("{PASSWORD}\n")).await;
        assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    }
    emulator().mailbox("loopback@mail.example", 1).await;
    let connecting = Connecting::start(&shell, &[]).await;
    let back: Url = query_value(&connecting.consent, "redirect_uri").parse().expect("an address");
    assert_eq!((back.host_str(), back.path()), (Some("127.0.0.1"), "/"), "RFC 8252, section 7.3");
    assert_eq!(query_value(&connecting.consent, "code_challenge_method"), "S256");

    let redirect = emulator().consent(&connecting.consent, "loopback@mail.example").await;
    let get = async |url: &str| client().get(url).send().await.expect("an answer");
    assert_eq!(get(back.join("favicon.ico").expect("an address").as_str()).await.status(), 404);
    let stray = get(&with_wrong_state(&redirect)).await;
    assert_eq!(stray.status(), 400);
    assert!(stray.text().await.expect("a page").contains("belongs to another request"));
    let page = get(&redirect).await;
    assert_eq!((page.status().as_u16(), page.headers()["referrer-policy"].as_bytes()), (200, &b"no-referrer"[..]));
    assert!(page.text().await.expect("a page").contains("The mailbox is connected"));

    let (code, said, complaints) = connecting.end().await;
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("connected loopback@mail.example for zoe@x.example\n"), "the first admin owns it: {said}");
    assert!(complaints.contains("belongs to another request"), "{complaints}");
    let secret = query_value(&redirect.parse().expect("an address"), "code");
    assert!(!complaints.contains(&secret), "the code is in the log");
    let id = said.split_whitespace().last().expect("the id");
    let synced =
        shell.program(&["sync", "--account", id]).envs(emulator().variables()).output().await.expect("it ends");
    assert!(out(&synced).contains("done: 2 fetched"), "{} {}", out(&synced), err(&synced));
}

#[tokio::test]
async fn an_address_can_be_pasted_where_the_browser_is_elsewhere() {
    let shell = Shell::new().await;
    shell.run(&["user", "create", "ann@x.example", "--admin"], &format!("{PASSWORD}\n")).await;
    shell.run(&["user", "create", "bob@x.example"], &format!("{PASSWORD}\n")).await;
    emulator().mailbox("pasted@mail.example", 0).await;
    let mut connecting = Connecting::start(&shell, &["--no-listen", "--owner", "Bob@x.example"]).await;
    let redirect = emulator().consent(&connecting.consent, "pasted@mail.example").await;
    assert!(client().get(&redirect).send().await.is_err(), "nobody listens");
    connecting.paste("").await;
    connecting.paste("4/0AbCdEf").await;
    connecting.paste(&with_wrong_state(&redirect)).await;
    connecting.paste(&redirect).await;
    let (code, said, complaints) = connecting.end().await;
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("connected pasted@mail.example for bob@x.example"), "{said}");
    assert!(complaints.contains("this is not the address at which the browser ended"), "{complaints}");
    assert!(complaints.contains("belongs to another request"), "{complaints}");

    // Pasting works as well while it listens.
    let mut connecting = Connecting::start(&shell, &[]).await;
    let redirect = emulator().consent(&connecting.consent, "pasted@mail.example").await;
    connecting.paste(&redirect).await;
    assert_eq!(connecting.end().await.0, Some(0));
}

#[tokio::test]
async fn what_keeps_a_terminal_from_connecting_is_said() {
    let shell = Shell::new().await;
    let run = async |arguments: &[&str]| {
        let arguments = [&["connect", "gmail"], arguments].concat();
        let output = shell.program(&arguments).envs(emulator().variables()).output().await.expect("it ends");
        (output.status.code(), err(&output))
    };
    let (code, said) = run(&[]).await;
    assert!(code == Some(1) && said.contains("there is no admin yet"), "{said}");
    shell.run(&["user", "create", "ann@x.example", "--admin"], &format!("{PASSWORD}\n")).await;
    let (code, said) = run(&["--owner", "bob@x.example"]).await;
    assert!(code == Some(1) && said.contains("there is no user bob@x.example"), "{said}");
    let (code, said) = run(&["--no-listen"]).await;
    assert!(code == Some(1) && said.contains("standard input ended"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let (code, said) = run(&["--port", &port]).await;
    assert!(code == Some(1) && said.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{said}");
    for missing in ["GMAIL_CLIENT_ID", "GMAIL_CLIENT_SECRET"] {
        let mut program = shell.program(&["connect", "gmail"]);
        let output = program.envs(emulator().variables()).env_remove(missing).output().await.expect("it ends");
        assert!(output.status.code() == Some(1) && err(&output).contains(missing), "{}", err(&output));
    }

    drop(taken);
    emulator().mailbox("declined@mail.example", 0).await;
    let connecting = Connecting::start(&shell, &["--port", &port]).await;
    assert_eq!(query_value(&connecting.consent, "redirect_uri"), format!("http://127.0.0.1:{port}/"));
    let redirect = emulator().deny(&connecting.consent, "declined@mail.example").await;
    let page = client().get(&redirect).send().await.expect("an answer");
    assert_eq!(page.status(), 400);
    let (code, _, said) = connecting.end().await;
    assert!(code == Some(1) && said.contains("Access was declined"), "{said}");
}

#[tokio::test]
async fn a_mailbox_is_connected_over_imap_from_the_terminal() {
    let server = Dovecot::start();
    let shell = Shell::new().await;
    let connect = async |port: u16, tls: &str, trusted: bool, password: &str| {
        let arguments = ["connect", "imap", "--address", "ann@shop.example", "--host", "localhost", "--tls", tls];
        let mut program = shell.program(&arguments);
        program.args(["--port", &port.to_string()]);
        if trusted {
            program.env("SSL_CERT_FILE", server.certificate());
        }
        let mut process = program.spawn().expect("the program starts");
        let mut stdin = process.stdin.take().expect("a pipe");
        // A program that has failed already reads no more.
        let _unread = stdin.write_all(format!("{password}\n").as_bytes()).await;
        drop(stdin);
        timeout(LONG, process.wait_with_output()).await.expect("it ends").expect("it ends")
    };
    let stranger = connect(server.tls_port, "tls", false, IMAP_PASSWORD).await;
    assert_eq!(stranger.status.code(), Some(1));
    assert!(err(&stranger).contains("not signed by an authority this machine trusts"), "{}", err(&stranger));
    let wrong = connect(server.tls_port, "tls", true, "wrong").await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("refused the user name or the password"), "{}", err(&wrong));
    for (port, tls) in [(server.tls_port, "tls"), (server.port, "starttls")] {
        let connected = connect(port, tls, true, IMAP_PASSWORD).await;
        assert_eq!(connected.status.code(), Some(0), "{tls}: {}", err(&connected));
        assert!(out(&connected).starts_with("ann@shop.example is connected: account "), "{}", out(&connected));
        assert!(!err(&connected).contains("ijkl"));
    }
    let synced = shell.program(&["sync"]).env("SSL_CERT_FILE", server.certificate()).output().await.expect("it ends");
    assert_eq!(synced.status.code(), Some(0), "{}", err(&synced));
    assert!(out(&synced).contains(" done: 0 fetched"), "{}", out(&synced));
}

#[tokio::test]
async fn everything_is_backed_up_checked_restored_and_moved() {
    let shell = Shell::new().await;
    // A database of PostgreSQL is there, or there is an error of its own.
    if shell.database.backend() == "sqlite" {
        for words in [&["backup", "all.backup"][..], &["user", "list"], &["pairs", "rebuild"], &["sync"]] {
            let refused = shell.run(words, "").await;
            assert_eq!(refused.status.code(), Some(1), "{words:?}");
            assert!(err(&refused).contains("there is no database at "), "{words:?}: {}", err(&refused));
        }
    }
    let made = shell.run(&["user", "create", "--admin", "ann@x.example"], &format!("{PASSWORD}\n")).await;
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    let backup = shell.run(&["backup", "all.backup"], "").await;
    assert_eq!(backup.status.code(), Some(0), "{}", err(&backup));
    let said = out(&backup);
    assert!(said.contains("           1 users\n") && said.contains("written to all.backup and checked"), "{said}");
    let again = shell.run(&["backup", "all.backup"], "").await;
    assert!(again.status.code() == Some(1) && err(&again).contains("already exists"), "{}", err(&again));
    assert_eq!(shell.run(&["backup", "--force", "all.backup"], "").await.status.code(), Some(0));

    // Whether it is whole can be seen anywhere, without a key.
    let mut anywhere = shell.program(&["verify", "all.backup"]);
    let whole = anywhere.env_remove("SECRET_KEY").env_remove("DATABASE_URL").output().await.expect("it ends");
    assert!(whole.status.code() == Some(0) && out(&whole).contains("complete and undamaged"), "{}", err(&whole));

    let on = async |url: &str, key: &str, arguments: &[&str]| {
        shell.program(arguments).env("DATABASE_URL", url).env("SECRET_KEY", key).output().await.expect("it ends")
    };
    let restored = "sqlite://restored.db";
    let refused = on(restored, "another key, which is 32 characters long", &["restore", "all.backup"]).await;
    assert!(
        refused.status.code() == Some(1) && err(&refused).contains("made with another SECRET_KEY"),
        "{}",
        err(&refused)
    );
    let done = on(restored, SECRET_KEY, &["restore", "all.backup"]).await;
    assert!(done.status.code() == Some(0) && out(&done).contains("restored and compared"), "{}", err(&done));
    let refused = on(restored, SECRET_KEY, &["restore", "all.backup"]).await;
    let words = "the database is not empty (users has rows); nothing was written";
    assert!(refused.status.code() == Some(1) && err(&refused).contains(words), "{}", err(&refused));

    let moved = shell.run(&["move", "--to", "sqlite://moved.db"], "").await;
    assert!(
        moved.status.code() == Some(0) && out(&moved).contains("set DATABASE_URL to the new database"),
        "{}",
        err(&moved)
    );
    for url in [restored, "sqlite://moved.db"] {
        let people = on(url, SECRET_KEY, &["user", "list"]).await;
        assert!(out(&people).contains("ann@x.example"), "{}", err(&people));
    }

    let archive = shell.folder.path().join("all.backup");
    let bytes = std::fs::read(&archive).expect("is there");
    std::fs::write(&archive, &bytes[..bytes.len() / 2]).expect("written");
    let cut = shell.run(&["verify", "all.backup"], "").await;
    assert!(cut.status.code() == Some(1) && err(&cut).contains("damaged or cut off"), "{}", err(&cut));
}
