//! `replybook doctor`, as an operator runs it who wants to know what is wrong.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use crate::support::{
    SECRET_KEY,
    database::TestDatabase,
    dovecot::{Dovecot, PASSWORD as IMAP_PASSWORD},
    emulator::emulator,
};

const LONG: Duration = Duration::from_secs(60);

struct Patient {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Patient {
    /// An installation in which nothing was started yet.
    async fn new() -> Self {
        Self { database: TestDatabase::create().await, folder: tempfile::tempdir().expect("a folder") }
    }

    /// One that was started before.
    async fn migrated() -> Self {
        let patient = Self::new().await;
        let migrated = patient.program("migrate").output().await.expect("it ends");
        assert_eq!(migrated.status.code(), Some(0), "{}", String::from_utf8_lossy(&migrated.stderr));
        patient
    }

    fn program(&self, command: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_replybook"));
        program
            .args(command.split(' '))
            .current_dir(self.folder.path())
            .env_clear()
            .env("SECRET_KEY", SECRET_KEY)
            .env("DATABASE_URL", self.database.url())
            .env("RUST_LOG", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        program
    }

    /// What the doctor says with these variables besides, and the exit code.
    async fn examined(&self, variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let mut program = self.program("doctor");
        program.envs(variables.iter().copied());
        let Output { status, stdout, stderr } =
            timeout(LONG, program.output()).await.expect("it ends").expect("it ends");
        assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
        (status.code(), String::from_utf8_lossy(&stdout).into_owned())
    }

    async fn connect_imap(&self, server: &Dovecot, tls: &str, port: u16) {
        let command = format!("connect imap --address ann@shop.example --host localhost --tls {tls} --port {port}");
        let mut program = self.program(&command);
        let mut process = program.env("SSL_CERT_FILE", server.certificate()).spawn().expect("the program starts");
        let mut stdin = process.stdin.take().expect("a pipe");
        stdin.write_all(format!("{IMAP_PASSWORD}\n").as_bytes()).await.expect("it reads");
        drop(stdin);
        let output = process.wait_with_output().await.expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The lines in which something is wrong.
fn wrong(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.starts_with("WRONG")).collect()
}

#[tokio::test]
async fn a_new_installation_is_well_and_stays_as_it_is() {
    let patient = Patient::new().await;
    let (code, said) = patient.examined(&[]).await;
    assert_eq!((code, wrong(&said)), (Some(0), vec![]), "{said}");
    assert!(said.contains("the first start creates it") && said.ends_with("nothing is wrong\n"), "{said}");
    let is_empty = std::fs::read_dir(patient.folder.path()).expect("reads").next().is_none();
    assert!(is_empty, "neither a database nor a folder is made");
    // How much is free on the disk is for others to change.
    let lasting =
        |said: &str| said.lines().filter(|line| !line.contains(" free in ")).map(str::to_owned).collect::<Vec<_>>();
    let (again, said_again) = patient.examined(&[]).await;
    assert_eq!((again, lasting(&said_again)), (code, lasting(&said)), "whatever is asked, nothing changes");
}

#[tokio::test]
async fn what_works_is_said_one_line_a_check() {
    let patient = Patient::migrated().await;
    let (code, said) = patient.examined(&[]).await;
    assert_eq!((code, wrong(&said)), (Some(0), vec![]), "{said}");
    let name = if patient.database.backend() == "sqlite" { "SQLite" } else { "PostgreSQL" };
    for line in [
        "ok     settings      every setting can be used",
        &format!("ok     database      {name} answers"),
        "ok     database      it can be written to",
        "ok     database      SECRET_KEY fits; no secret is stored yet",
        "note   mail servers  no mailbox is connected",
    ] {
        assert!(said.lines().any(|said| said == line), "`{line}` is not in:\n{said}");
    }
    assert!(said.contains(" migrations are applied") && said.contains(" GB free in data"), "{said}");
    let clock = said.lines().find(|line| line.contains("  clock ")).expect("a line about the clock");
    let words = if name == "SQLite" { "nothing to compare it with" } else { "it agrees with the database's server" };
    assert!(clock.contains(words), "{clock}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named_one_by_one() {
    let patient = Patient::migrated().await;
    let (code, said) = patient.examined(&[("SECRET_KEY", "short"), ("LISTEN_ADDR", "here")]).await;
    assert_eq!(code, Some(1));
    let wrong = wrong(&said);
    assert!(wrong.len() == 2 && wrong[0].contains("LISTEN_ADDR") && wrong[1].contains("SECRET_KEY"), "{said}");
    assert!(said.ends_with("2 checks: 2 failed\n"), "{said}");
}

#[tokio::test]
async fn a_database_that_is_out_of_reach_or_not_ours_is_wrong() {
    let patient = Patient::migrated().await;
    let nobody = "postgres://replybook:hush@127.0.0.1:1/replybook";
    let (code, said) = patient.examined(&[("DATABASE_URL", nobody)]).await;
    assert!(code == Some(1) && said.contains("WRONG  database      the database cannot be opened"), "{said}");
    assert!(!said.contains("hush"), "{said}");
    let (code, said) = patient.examined(&[("SECRET_KEY", "another-key-0123456789-abcdefghij")]).await;
    assert!(code == Some(1) && wrong(&said).len() == 1 && said.contains("SECRET_KEY is not the one"), "{said}");
}

#[tokio::test]
async fn a_schema_of_another_version_is_wrong_and_is_left_alone() {
    let patient = Patient::migrated().await;
    let versions = "SELECT CAST(version AS TEXT) FROM _sqlx_migrations ORDER BY version";
    patient
        .database
        .run("DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
        .await;
    let before = patient.database.texts(versions).await;
    let (code, said) = patient.examined(&[]).await;
    assert!(code == Some(1) && wrong(&said).len() == 1 && said.contains("it lacks 1 of "), "{said}");
    assert_eq!(patient.database.texts(versions).await, before, "nothing is migrated");
    patient
        .database
        .run(
            "UPDATE _sqlx_migrations SET version = 900001 \
             WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
        )
        .await;
    let (code, said) = patient.examined(&[]).await;
    assert!(code == Some(1) && wrong(&said).len() == 1 && said.contains("a newer version of Replybook"), "{said}");
}

#[tokio::test]
async fn files_that_others_may_read_are_wrong() {
    let patient = Patient::migrated().await;
    let (data, env) = (patient.folder.path().join("data"), patient.folder.path().join(".env"));
    std::fs::create_dir_all(&data).expect("made");
    std::fs::write(&env, "SYNC_INTERVAL_SECONDS=60\n").expect("written");
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
    };
    set(&data, 0o755);
    set(&env, 0o640);
    let (code, said) = patient.examined(&[]).await;
    let found = wrong(&said);
    assert!(code == Some(1) && found.len() == 2, "{said}");
    assert!(found[0].contains("`chmod 600 .env`") && found[1].contains("`chmod -R go= data`"), "{said}");
    set(&data, 0o700);
    set(&env, 0o600);
    let (code, said) = patient.examined(&[]).await;
    assert!(code == Some(0) && said.contains("only this user may read the files"), "{said}");
}

#[tokio::test]
async fn a_database_of_another_user_is_left_alone() {
    let patient = Patient::migrated().await;
    let TestDatabase::Sqlite { url, .. } = &patient.database else { return };
    let file = std::path::Path::new(url.strip_prefix("sqlite://").expect("a file"));
    // Only root may give a file away.
    if std::os::unix::fs::chown(file, Some(65_534), None).is_err() {
        return;
    }
    let (code, said) = patient.examined(&[]).await;
    assert!(code == Some(1) && wrong(&said).len() == 1 && said.contains("belongs to user 65534"), "{said}");
    assert!(!said.contains("  database  "), "it is not opened: {said}");
    assert_eq!(file.parent().expect("a folder").read_dir().expect("reads").count(), 1, "nothing is put beside it");
}

#[tokio::test]
async fn a_file_in_the_place_of_a_folder_is_wrong() {
    let patient = Patient::migrated().await;
    std::fs::write(patient.folder.path().join("data"), "").expect("written");
    std::fs::set_permissions(patient.folder.path().join("data"), Permissions::from_mode(0o600)).expect("changed");
    let (code, said) = patient.examined(&[]).await;
    assert!(code == Some(1) && wrong(&said) == ["WRONG  disk          data is not a folder"], "{said}");
}

#[tokio::test]
async fn the_servers_of_connected_mailboxes_are_asked() {
    let server = Dovecot::start();
    let patient = Patient::migrated().await;
    patient.connect_imap(&server, "tls", server.tls_port).await;
    let certificate = server.certificate().display().to_string();
    let trusting = [("SSL_CERT_FILE", certificate.as_str())];
    let place = format!("localhost on port {}, of 1 mailbox", server.tls_port);
    let (code, said) = patient.examined(&trusting).await;
    assert!(code == Some(0) && said.contains(&format!("ok     mail servers  {place}, answers\n")), "{said}");
    assert!(said.contains("SECRET_KEY opens every stored secret (1)"), "{said}");

    let (code, said) = patient.examined(&[]).await;
    assert!(code == Some(1) && said.contains("not signed by an authority this machine trusts"), "{said}");

    let port = server.tls_port;
    drop(server);
    let (code, said) = patient.examined(&trusting).await;
    let refuses =
        format!("WRONG  mail servers  {place}: localhost refuses connections on port {port}: check the port\n");
    assert!(code == Some(1) && said.contains(&refuses), "{said}");
}

#[tokio::test]
async fn google_is_asked_where_it_is_set_up_and_says_what_time_it_is() {
    let patient = Patient::migrated().await;
    let google = emulator().variables();
    let variables: Vec<(&str, &str)> = google.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (code, said) = patient.examined(&variables).await;
    assert_eq!((code, wrong(&said)), (Some(0), vec![]), "{said}");
    assert_eq!(said.matches("ok     mail servers  Google (127.0.0.1) answers\n").count(), 2, "{said}");
    assert!(said.contains("ok     clock         it agrees with Google, to "), "{said}");

    let mut gone = variables.clone();
    gone.push(("GMAIL_API_BASE_URL", "http://127.0.0.1:1"));
    let (code, said) = patient.examined(&gone).await;
    assert!(code == Some(1) && said.contains("WRONG  mail servers  Google (127.0.0.1) does not answer: "), "{said}");
}
