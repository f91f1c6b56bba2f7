//! Mailboxes over IMAP against a Dovecot, on both databases.

mod support;

use std::{collections::BTreeSet, sync::Arc, sync::atomic::Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{TryStreamExt, future::join_all};
use replybook::{
    Domain,
    accounts::connect::connect_imap,
    clock::{Clock, SystemClock},
    crypto::content_id,
    store::StoredAttachment,
    sync,
    types::{
        Account, AccountId, AccountProblem, AccountStatus, Actor, Direction, ImapAccountInput, ImapFault, ImapTls,
        InvalidCode, PairFilter, PairStatusFilter, Problem, RunKind, RunState, SyncSummary, Through,
    },
    worker,
};
use sqlx::Connection;
use support::{
    TestDb,
    dovecot::{Dovecot, Owner},
    on_each_database,
    unsteady::{Fault, Line},
};
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

const US: &str = "ann@shop.example";

async fn domain(db: &TestDb) -> Arc<Domain> {
    Domain::open(db.settings(&[])).await.expect("the domain opens")
}

async fn connect(d: &Domain, server: &Dovecot) -> AccountId {
    connect_imap(d, Actor::command_line(), None, server.input(US)).await.expect("connects").id
}

/// Bytes as Dovecot gives them back.
fn mail(from: &str, to: &str, subject: &str, at: DateTime<Utc>, more: &str) -> String {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {}\r\nMessage-ID: <{subject}@x>\r\n{more}\r\n\
         What {subject} says.\r\n",
        at.to_rfc2822()
    )
}

fn ago(minutes: i64) -> DateTime<Utc> {
    SystemClock.now() - TimeDelta::minutes(minutes)
}

/// A client's question and our answer, so many minutes ago.
fn exchange(number: i64, minutes: i64) -> (String, String) {
    let client = format!("client{number}@x.example");
    let question = mail(&client, US, &format!("question{number}"), ago(minutes), "");
    let named = format!("In-Reply-To: <question{number}@x>\r\nReferences: <question{number}@x>\r\n");
    (question, mail(US, &client, &format!("answer{number}"), ago(minutes - 1), &named))
}

async fn put(owner: &mut Owner, folder: &str, at: DateTime<Utc>, mail: &str) {
    let date = at.format("\"%d-%b-%Y %H:%M:%S +0000\"").to_string();
    owner.append(folder, None, Some(&date), mail).await.expect("appends");
}

async fn put_exchange(owner: &mut Owner, number: i64, minutes: i64) {
    let (question, answer) = exchange(number, minutes);
    put(owner, "INBOX", ago(minutes), &question).await;
    put(owner, "Sent", ago(minutes - 1), &answer).await;
}

/// The UID of the message with that subject.
async fn find(owner: &mut Owner, folder: &str, subject: &str) -> String {
    owner.select(folder).await.expect("opens");
    let found = owner.uid_search(format!("SUBJECT \"{subject}\"")).await.expect("searches");
    found.into_iter().next().expect("is there").to_string()
}

async fn expunge(owner: &mut Owner, folder: &str, subject: &str) {
    let uid = find(owner, folder, subject).await;
    let _flags: Vec<_> =
        owner.uid_store(&uid, "+FLAGS (\\Deleted)").await.expect("marks").try_collect().await.expect("marks");
    let _gone: Vec<_> = owner.expunge().await.expect("expunges").try_collect().await.expect("expunges");
}

async fn sync(d: &Arc<Domain>, account: AccountId) -> SyncSummary {
    sync::sync_now(d, Actor::nobody(Through::Page), account).await.expect("the sync runs")
}

async fn synced(d: &Arc<Domain>, account: AccountId) -> SyncSummary {
    let summary = sync(d, account).await;
    assert_eq!((summary.state, summary.errors.as_slice()), (RunState::Done, &[][..]), "{summary:?}");
    summary
}

async fn account(d: &Domain, id: AccountId) -> Account {
    d.store.account(id).await.expect("reads").expect("is there")
}

/// Of these mails those that are here and not known to be gone; and nothing besides.
async fn here<'a>(d: &Domain, id: AccountId, mails: &[&'a str]) -> Vec<&'a str> {
    let ids: Vec<String> = mails.iter().map(|mail| content_id(mail.as_bytes())).collect();
    let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    let known = d.store.known_external_ids(id, &asked).await.expect("reads");
    assert_eq!(account(d, id).await.counts.messages, i64::try_from(known.len()).expect("few"), "nothing besides");
    mails.iter().zip(&ids).filter(|(_, id)| known.contains(*id)).map(|(mail, _)| *mail).collect()
}

async fn labels(db: &TestDb, mail: &str) -> Vec<String> {
    const SQL: &str = "SELECT CAST(labels AS TEXT) FROM emails_messages WHERE external_id = $1";
    let id = content_id(mail.as_bytes());
    let text: String = if db.url.starts_with("postgres") {
        let mut db = sqlx::PgConnection::connect(&db.url).await.expect("connects");
        sqlx::query_scalar(SQL).bind(id).fetch_one(&mut db).await.expect("is there")
    } else {
        let mut db = sqlx::SqliteConnection::connect(&db.url).await.expect("connects");
        sqlx::query_scalar(SQL).bind(id).fetch_one(&mut db).await.expect("is there")
    };
    serde_json::from_str(&text).expect("a list")
}

async fn directions(d: &Domain, id: AccountId, thread: &str) -> Vec<Direction> {
    let mut mail = d.store.thread_mail(id, thread).await.expect("reads");
    mail.sort_by_key(|message| message.at);
    mail.into_iter().map(|message| message.direction).collect()
}

#[tokio::test]
async fn a_mailbox_arrives_with_its_pairs_and_a_second_sync_writes_nothing() {
    on_each_database("imap first sync", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        for number in 0..12 {
            put_exchange(&mut owner, number, 500 - number * 10).await;
        }
        // Sent under an address that nobody told us of; the folder says that it is ours.
        let question = mail("c@x.example", US, "question", ago(60), "");
        let answer = mail("team@elsewhere.example", "c@x.example", "answer", ago(50), "References: <question@x>\r\n");
        put(&mut owner, "INBOX", ago(60), &question).await;
        put(&mut owner, "Sent", ago(50), &answer).await;
        // Neither drafts, spam, trash, nor what is older than the look-back.
        for folder in ["Drafts", "Junk", "Trash"] {
            put(&mut owner, folder, ago(5), &mail("c@x.example", US, folder, ago(5), "")).await;
        }
        put(&mut owner, "INBOX", ago(60 * 24 * 60), &mail("c@x.example", US, "old", ago(60 * 24 * 60), "")).await;
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        let shown = account(&d, id).await;
        assert_eq!((shown.display_name.as_str(), shown.provider_code.as_str()), ("IMAP – ann@shop.example", "imap"));

        let summary = synced(&d, id).await;
        assert_eq!((summary.messages_fetched, summary.messages_upserted, summary.pairs_created), (26, 26, 13));
        assert_eq!(directions(&d, id, "question@x").await, [Direction::Incoming, Direction::Outgoing]);
        assert_eq!(labels(&db, &question).await, ["INBOX", "UNREAD"]);
        assert_eq!(labels(&db, &answer).await, ["SENT", "UNREAD"]);
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let pairs = d.store.list_pairs(&filter, None, 100, 0).await.expect("reads");
        assert_eq!(pairs.items[0].client_text, "What question says.");

        let again = synced(&d, id).await;
        assert_eq!((again.messages_fetched, again.messages_upserted, again.pairs_created), (0, 0, 0));

        // What comes next, however old its date.
        put_exchange(&mut owner, 20, 400).await;
        let old = mail("late@x.example", US, "late", ago(60 * 24 * 400), "");
        put(&mut owner, "INBOX", ago(60 * 24 * 400), &old).await;
        let next = synced(&d, id).await;
        assert_eq!((next.messages_fetched, next.messages_upserted, next.pairs_created), (3, 3, 1));
        // Nothing at the server was changed by reading: all of it is still unread.
        owner.select("INBOX").await.expect("opens");
        assert!(owner.search("SEEN").await.expect("searches").is_empty());
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn folders_with_marks_in_their_names_and_one_with_all_mail_are_read() {
    on_each_database("imap folder names", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        let names = [r#"Clients "VIP""#, r"Back\slash", "All Mail"];
        for name in names {
            owner.create(name).await.expect("is made");
        }
        let mails: Vec<String> =
            (0..3).map(|number| mail("c@x.example", US, &format!("m{number}"), ago(50 - number), "")).collect();
        for (name, mail) in names.iter().zip(&mails) {
            put(&mut owner, name, ago(50), mail).await;
        }
        // The folder with all mail shows what is left out elsewhere, and what was sent.
        let (question, answer) = exchange(1, 40);
        let thrown = mail("t@x.example", US, "thrown", ago(30), "");
        for (folder, mail) in [("INBOX", &question), ("Sent", &answer), ("Trash", &thrown)] {
            put(&mut owner, folder, ago(40), mail).await;
            put(&mut owner, "All Mail", ago(40), mail).await;
        }
        let draft = mail(US, "c@x.example", "draft", ago(20), "");
        owner.append("All Mail", Some("(\\Draft)"), None, &draft).await.expect("appends");

        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        let summary = synced(&d, id).await;
        let all: Vec<&str> = mails.iter().chain([&question, &answer, &thrown, &draft]).map(String::as_str).collect();
        assert_eq!(here(&d, id, &all).await, all[..5]);
        assert_eq!(summary.pairs_created, 1);
        assert!(labels(&db, &answer).await.contains(&"SENT".to_owned()));
        let again = synced(&d, id).await;
        assert_eq!((again.messages_fetched, again.messages_upserted), (0, 0));

        // A folder that is closed is named; what came from it stays, and the others are read.
        server.close_folder(US, names[0]);
        put_exchange(&mut owner, 2, 10).await;
        let partly = sync(&d, id).await;
        assert_eq!((partly.state, partly.messages_upserted), (RunState::Partial, 2), "{partly:?}");
        let said = &partly.errors[0];
        assert!(said.starts_with("folder_closed: ") && said.contains("VIP"), "{said}");
        assert_eq!(account(&d, id).await.counts.messages, 7);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn moves_copies_flags_and_deletions_are_followed() {
    on_each_database("imap moves", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        let mails: Vec<String> =
            ["moved", "copied", "deleted", "binned"].map(|name| mail("c@x.example", US, name, ago(90), "")).into();
        let all: Vec<&str> = mails.iter().map(String::as_str).collect();
        let [moved, copied, deleted, binned] = all[..] else { panic!("four") };
        for mail in &all {
            put(&mut owner, "INBOX", ago(90), mail).await;
        }
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        assert_eq!(synced(&d, id).await.messages_upserted, 4);

        // The name is "Müller & Söhne" in modified UTF-7.
        let folder = "M&APw-ller &- S&APY-hne";
        owner.create(folder).await.expect("creates");
        let uid = find(&mut owner, "INBOX", "moved").await;
        owner.uid_mv(&uid, folder).await.expect("moves");
        let uid = find(&mut owner, "INBOX", "copied").await;
        owner.uid_copy(&uid, folder).await.expect("copies");
        expunge(&mut owner, "INBOX", "deleted").await;
        let uid = find(&mut owner, "INBOX", "binned").await;
        owner.uid_mv(&uid, "Trash").await.expect("moves");
        synced(&d, id).await;
        assert_eq!(here(&d, id, &all).await, [moved, copied], "neither lost nor doubled");
        assert_eq!(labels(&db, moved).await, ["Müller & Söhne", "UNREAD"]);
        assert_eq!(labels(&db, copied).await, ["INBOX", "Müller & Söhne", "UNREAD"]);
        assert_eq!(synced(&d, id).await.messages_upserted, 0);

        // One of two copies goes, one message comes back, one is read and starred.
        expunge(&mut owner, "INBOX", "copied").await;
        let uid = find(&mut owner, "Trash", "binned").await;
        owner.uid_mv(&uid, "INBOX").await.expect("moves");
        let uid = find(&mut owner, folder, "moved").await;
        let _flags: Vec<_> = owner
            .uid_store(&uid, "+FLAGS (\\Seen \\Flagged)")
            .await
            .expect("marks")
            .try_collect()
            .await
            .expect("marks");
        let summary = synced(&d, id).await;
        assert_eq!(summary.messages_fetched, 1, "flags and deletions cost no fetch");
        assert_eq!(here(&d, id, &all).await, [moved, copied, binned]);
        assert_eq!(labels(&db, moved).await, ["Müller & Söhne", "STARRED"]);
        assert_eq!(labels(&db, copied).await, ["Müller & Söhne", "UNREAD"]);
        let _ = deleted;

        // A folder of another name is another folder with the same mail.
        owner.close().await.expect("closes");
        owner.rename(folder, "Clients").await.expect("renames");
        synced(&d, id).await;
        assert_eq!(here(&d, id, &all).await, [moved, copied, binned]);
        assert_eq!(labels(&db, moved).await, ["Clients", "STARRED"]);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_uidvalidity_doubles_nothing_and_loses_nothing() {
    on_each_database("imap uidvalidity", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        let mails: Vec<String> = (0..5).map(|n| mail("c@x.example", US, &format!("m{n}"), ago(90 + n), "")).collect();
        // Older than the look-back, and here all the same, because it came after the first sync.
        let late = mail("c@x.example", US, "late", ago(60 * 24 * 90), "");
        let mut all: Vec<&str> = mails.iter().map(String::as_str).collect();
        owner.create("Projects").await.expect("creates");
        for mail in &all {
            put(&mut owner, "Projects", ago(90), mail).await;
        }
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        assert_eq!(synced(&d, id).await.messages_upserted, 5);
        put(&mut owner, "Projects", ago(60 * 24 * 90), &late).await;
        assert_eq!(synced(&d, id).await.messages_upserted, 1);

        // The folder is made anew: its UIDs mean other messages now.
        owner.delete("Projects").await.expect("deletes");
        owner.create("Projects").await.expect("creates");
        let came = mail("c@x.example", US, "came", ago(10), "");
        put(&mut owner, "Projects", ago(10), &came).await;
        for mail in &all[1..] {
            put(&mut owner, "Projects", ago(90), mail).await;
        }
        put(&mut owner, "Projects", ago(60 * 24 * 90), &late).await;
        let summary = synced(&d, id).await;
        assert_eq!((summary.messages_fetched, summary.messages_upserted), (6, 1), "only the new one is written");
        all.extend([late.as_str(), came.as_str()]);
        assert_eq!(here(&d, id, &all).await, all[1..], "the one that is gone is gone");
        assert_eq!(synced(&d, id).await.messages_fetched, 0);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again_and_a_run_that_stops_goes_on() {
    on_each_database("imap broken line", |db| async move {
        let server = Dovecot::start();
        let line = Line::to(server.port).await;
        let mut owner = server.owner(US).await;
        let mut mails = Vec::new();
        for number in 0..30 {
            let (question, answer) = exchange(number, 900 - number * 10);
            put_exchange(&mut owner, number, 900 - number * 10).await;
            mails.extend([question, answer]);
        }
        let d = domain(&db).await;
        let input = ImapAccountInput { port: Some(line.port), ..server.input(US) };
        let id = connect_imap(&d, Actor::command_line(), None, input).await.expect("connects").id;

        // Cut in the middle of a message: the run connects once more and does not notice.
        let before = line.connections.load(Ordering::SeqCst);
        line.breaks(&[(9_000, Fault::Cut)]);
        let summary = synced(&d, id).await;
        assert_eq!(line.connections.load(Ordering::SeqCst) - before, 2);
        assert_eq!((summary.messages_upserted, summary.pairs_created), (60, 30));

        // Cut over and over: the run stops and says so, and no message is to blame.
        for number in 40..70 {
            let (question, answer) = exchange(number, 500 - number);
            put_exchange(&mut owner, number, 500 - number).await;
            mails.extend([question, answer]);
        }
        line.breaks(&[(3_000, Fault::Cut); 40]);
        let summary = sync(&d, id).await;
        assert!(matches!(summary.state, RunState::Partial | RunState::Failed), "{summary:?}");
        assert!(summary.errors.iter().any(|error| error.starts_with("connection_lost")), "{:?}", summary.errors);
        line.breaks(&[]);

        // The server falls silent, and the process is stopped in the middle: the next one goes on.
        line.breaks(&[(9_000, Fault::Stall)]);
        let running = tokio::spawn({
            let d = Arc::clone(&d);
            async move { sync::sync_now(&d, Actor::nobody(Through::Page), id).await }
        });
        line.has_stalled().await;
        d.shutdown().await;
        let interrupted = running.await.expect("no panic");
        assert!(interrupted.is_ok_and(|summary| summary.state == RunState::Interrupted));

        let d = domain(&db).await;
        line.breaks(&[]);
        synced(&d, id).await;
        let all: Vec<&str> = mails.iter().map(String::as_str).collect();
        assert_eq!(here(&d, id, &all).await.len(), 120);
        assert_eq!(account(&d, id).await.counts.pairs, 60, "nothing twice");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_needs_a_person_and_connecting_again_mends_it() {
    on_each_database("imap password", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        put_exchange(&mut owner, 1, 100).await;
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        assert_eq!(synced(&d, id).await.messages_upserted, 2);

        server.set_password(US, "another").await;
        let summary = sync(&d, id).await;
        assert_eq!(summary.state, RunState::Failed);
        assert!(summary.errors[0].starts_with("authentication_failed"), "{:?}", summary.errors);
        let shown = account(&d, id).await;
        assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Error, Some(AccountProblem::Reconnect)));
        assert_eq!(shown.counts.messages, 2, "what is here stays");

        let wrong =
            connect_imap(&d, Actor::command_line(), None, server.input(US)).await.expect_err("the old password");
        assert!(
            matches!(&wrong, Problem::Invalid { field, code: InvalidCode::Imap(refusal) }
                if field == "password" && refusal.fault == ImapFault::Authentication && refusal.said.is_some()),
            "{wrong:?}"
        );
        assert_eq!(account(&d, id).await.status, AccountStatus::Error, "nothing was stored");
        let mended = ImapAccountInput { password: "another".to_owned(), ..server.input(" ANN@shop.example ") };
        assert_eq!(
            connect_imap(&d, Actor::command_line(), None, mended).await.expect("connects").id,
            id,
            "the same account"
        );
        put_exchange(&mut owner, 2, 50).await;
        assert_eq!(synced(&d, id).await.messages_upserted, 2);

        // Disconnected: the password is gone, the mail is not.
        let user = replybook::auth::create_user(
            &d,
            Actor::command_line(),
            "boss@shop.example",
            None,
            "a long password",
            replybook::types::Role::Admin,
        );
        let user = user.await.expect("creates");
        let left = replybook::accounts::connect::disconnect(&d, Actor::page(user.id), id).await.expect("disconnects");
        assert_eq!((left.messages_kept, left.revocation), (4, replybook::types::Revocation::NotNeeded));
        assert!(d.store.credentials(id).await.expect("reads").is_none());
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_connection_is_named() {
    let (db, server) = (support::sqlite(), Dovecot::start());
    let d = domain(&db).await;
    let other = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let closed = other.local_addr().expect("an address").port();
    drop(other);
    let smtp = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let mail_in = smtp.local_addr().expect("an address").port();
    let greets = tokio::spawn(async move {
        let (mut client, _) = smtp.accept().await.expect("a connection");
        client.write_all(b"220 mail.shop.example ESMTP\r\n").await.expect("writes");
        client
    });
    let good = || server.input(US);
    let cases = [
        (ImapAccountInput { address: "ann".to_owned(), ..good() }, "address", "address_invalid"),
        (ImapAccountInput { host: "https://x.example/".to_owned(), ..good() }, "host", "host_invalid"),
        (ImapAccountInput { host: "no-such-host.invalid".to_owned(), ..good() }, "host", "host_not_found"),
        (ImapAccountInput { port: Some(closed), ..good() }, "port", "connection_refused"),
        (ImapAccountInput { port: Some(mail_in), ..good() }, "port", "not_imap"),
        (ImapAccountInput { tls: Some(ImapTls::Tls), ..good() }, "tls", "tls_failed"),
        (ImapAccountInput { tls: Some(ImapTls::StartTls), ..good() }, "tls", "tls_failed"),
        (
            ImapAccountInput {
                port: Some(server.tls_port),
                tls: Some(ImapTls::Tls),
                host: "localhost".to_owned(),
                ..good()
            },
            "tls",
            "tls_failed",
        ),
        (ImapAccountInput { password: String::new(), ..good() }, "password", "password_missing"),
        (ImapAccountInput { password: "wrong".to_owned(), ..good() }, "password", "authentication_failed"),
        (ImapAccountInput { username: Some("nobody".to_owned()), ..good() }, "password", "authentication_failed"),
    ];
    for (input, field, code) in cases {
        let shown = format!("{} {} {:?} {:?}", input.host, input.address, input.port, input.tls);
        match connect_imap(&d, Actor::command_line(), None, input).await {
            Err(Problem::Invalid { field: at, code: found }) => {
                let detail = found.detail(&at);
                assert_eq!(at, field, "{shown}: {detail}");
                assert!(detail.starts_with(&format!("{code}: ")), "{shown}: {detail}");
            }
            other => panic!("{shown}: {other:?}"),
        }
    }
    greets.await.expect("somebody asked");
    assert!(d.store.list_accounts(None, None).await.expect("reads").is_empty(), "nothing was stored");
    d.shutdown().await;
}

#[tokio::test]
async fn a_backfill_brings_what_is_older_and_threads_span_folders() {
    on_each_database("imap backfill", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        let days = |days: i64| ago(days * 24 * 60);
        // One conversation over three folders; its beginning is older than the look-back.
        let first = mail("c@x.example", US, "first", days(70), "");
        let second = mail(US, "c@x.example", "second", days(69), "References: <first@x>\r\n");
        let third = mail("c@x.example", US, "third", days(3), "References: <second@x>\r\n");
        let fourth = mail(US, "c@x.example", "fourth", days(2), "References: <third@x>\r\n");
        let ancient = mail("c@x.example", US, "ancient", days(900), "");
        owner.create("2024").await.expect("creates");
        for (folder, at, mail) in [
            ("2024", days(70), &first),
            ("Sent", days(69), &second),
            ("INBOX", days(3), &third),
            ("Sent", days(2), &fourth),
            ("2024", days(900), &ancient),
        ] {
            put(&mut owner, folder, at, mail).await;
        }
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        let summary = synced(&d, id).await;
        assert_eq!((summary.messages_upserted, summary.pairs_created), (2, 1));

        let stop = CancellationToken::new();
        let lock = worker::WorkerLock::take(&d).expect("nobody else is the worker");
        let worker = tokio::spawn(worker::run(Arc::clone(&d), lock, stop.clone()));
        let run = sync::queue_backfill(&d, Actor::nobody(Through::Page), id, Some(days(80))).await.expect("queues");
        let ended = async {
            loop {
                let run = d.store.run(run).await.expect("reads").expect("is there");
                if run.state.is_over() {
                    break run;
                }
                tokio::task::yield_now().await;
            }
        };
        let run = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("the backfill ends");
        assert_eq!((run.kind, run.state, run.messages_upserted), (RunKind::Backfill, RunState::Done, 2));
        stop.cancel();
        worker.await.expect("the worker ends");
        let all = [first.as_str(), &second, &third, &fourth, &ancient];
        assert_eq!(here(&d, id, &all).await, all[..4]);
        assert_eq!(account(&d, id).await.counts.pairs, 2);
        let threads: BTreeSet<String> = d.store.thread_ids(id).await.expect("reads").into_iter().collect();
        assert_eq!(threads.len(), 1, "one conversation: {threads:?}");
        let thread = threads.into_iter().next().expect("one");
        use Direction::{Incoming, Outgoing};
        assert_eq!(directions(&d, id, &thread).await, [Incoming, Outgoing, Incoming, Outgoing]);
        // What was moved out of the folder that the backfill read, into one that was not there, is followed as well.
        owner.create("2024-archive").await.expect("creates");
        let uid = find(&mut owner, "2024", "first").await;
        owner.uid_mv(&uid, "2024-archive").await.expect("moves");
        synced(&d, id).await;
        assert_eq!(here(&d, id, &all).await, all[..4]);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn an_unreadable_message_is_set_aside_until_it_is_gone() {
    on_each_database("imap set aside", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        put_exchange(&mut owner, 1, 100).await;
        put(&mut owner, "INBOX", ago(50), "\r\n \r\n").await;
        put_exchange(&mut owner, 2, 40).await;
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        for attempts in 1..=2 {
            let summary = sync(&d, id).await;
            assert_eq!(summary.state, RunState::Partial);
            let set_aside = d.store.list_failures(id, 10).await.expect("reads");
            let [only] = &set_aside[..] else { panic!("one: {set_aside:?}") };
            assert_eq!((only.code.as_str(), only.attempts), ("unreadable", attempts));
            assert!(only.external_id.starts_with("INBOX;UIDVALIDITY=") && only.external_id.ends_with("/;UID=2"));
        }
        assert_eq!(account(&d, id).await.counts.pairs, 2, "it held nothing up");
        owner.select("INBOX").await.expect("opens");
        let _flags: Vec<_> =
            owner.uid_store("2", "+FLAGS (\\Deleted)").await.expect("marks").try_collect().await.expect("marks");
        let _gone: Vec<_> = owner.expunge().await.expect("expunges").try_collect().await.expect("expunges");
        synced(&d, id).await;
        assert!(d.store.list_failures(id, 10).await.expect("reads").is_empty());
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn an_attachment_comes_from_wherever_its_message_lies() {
    on_each_database("imap attachments", |db| async move {
        let server = Dovecot::start();
        let mut owner = server.owner(US).await;
        let mail = format!(
            "From: c@x.example\r\nTo: {US}\r\nSubject: files\r\nDate: {}\r\nMessage-ID: <files@x>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n\
             --b\r\nContent-Type: text/csv; name=\"list.csv\"\r\nContent-Disposition: attachment; filename=\"list.csv\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nYTtiO2M=\r\n--b--\r\n",
            ago(60).to_rfc2822()
        );
        put(&mut owner, "INBOX", ago(60), &mail).await;
        let d = domain(&db).await;
        let id = connect(&d, &server).await;
        assert_eq!(synced(&d, id).await.messages_upserted, 1);
        let thread = d.store.thread_mail(id, "files@x").await.expect("reads");
        let found = d.store.attachments_of(thread[0].id).await.expect("reads");
        let [attachment] = &found[..] else { panic!("one: {found:?}") };

        // It was moved since the last sync, and is found when the next one has followed it.
        owner.create("Archive").await.expect("creates");
        let uid = find(&mut owner, "INBOX", "files").await;
        owner.uid_mv(&uid, "Archive").await.expect("moves");
        synced(&d, id).await;
        let opened = replybook::attachments::open(&d, attachment.id).await.expect("is to be had");
        let pieces: Vec<Vec<u8>> =
            replybook::attachments::read(&d, &opened).try_collect().await.expect("reads to its end");
        assert_eq!(pieces.concat(), b"a;b;c");
        d.shutdown().await;
    })
    .await;
}

/// A mail that shows `number` pictures of 10 kB.
fn with_pictures(number: usize) -> String {
    let shown: String = (0..number).map(|n| format!("<img src=\"cid:p{n}@x\">")).collect();
    let parts: String = (0..number)
        .map(|n| {
            let picture = STANDARD.encode(format!("{n:010000}"));
            format!(
                "--b\r\nContent-Type: image/png\r\nContent-ID: <p{n}@x>\r\nContent-Disposition: inline\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{picture}\r\n"
            )
        })
        .collect();
    format!(
        "From: c@x.example\r\nTo: {US}\r\nSubject: pictures\r\nDate: {}\r\nMessage-ID: <pictures@x>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n{shown}\r\n{parts}--b--\r\n",
        ago(60).to_rfc2822()
    )
}

#[tokio::test]
async fn a_mail_with_a_hundred_pictures_is_fetched_once() {
    on_each_database("imap pictures", |db| async move {
        let server = Dovecot::start();
        let line = Line::to(server.port).await;
        let mail = with_pictures(100);
        put(&mut server.owner(US).await, "INBOX", ago(60), &mail).await;
        let d = domain(&db).await;
        let input = ImapAccountInput { port: Some(line.port), ..server.input(US) };
        let id = connect_imap(&d, Actor::command_line(), None, input).await.expect("connects").id;
        assert_eq!(synced(&d, id).await.messages_upserted, 1);
        let thread = d.store.thread_mail(id, "pictures@x").await.expect("reads");
        let found = d.store.attachments_of(thread[0].id).await.expect("reads");
        assert_eq!(found.len(), 100);

        let (connections, bytes) = (line.connections.load(Ordering::SeqCst), line.bytes.load(Ordering::SeqCst));
        let opened = join_all(found.iter().map(|file| replybook::attachments::open(&d, file.id))).await;
        for (number, opened) in opened.into_iter().enumerate() {
            let opened = opened.expect("is to be had");
            let pieces: Vec<Vec<u8>> =
                replybook::attachments::read(&d, &opened).try_collect().await.expect("reads to its end");
            assert_eq!(pieces.concat(), format!("{number:010000}").as_bytes());
        }
        assert_eq!(line.connections.load(Ordering::SeqCst) - connections, 1, "one sign-in");
        let fetched = line.bytes.load(Ordering::SeqCst) - bytes;
        assert!(fetched < mail.len() * 3 / 2, "{fetched} bytes came for a mail of {}", mail.len());
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn one_file_of_a_large_mail_is_fetched_alone() {
    on_each_database("imap parts", |db| async move {
        let server = Dovecot::start();
        let line = Line::to(server.port).await;
        let file = |name: &str, encoding: &str, body: &str| {
            format!(
                "--b\r\nContent-Type: application/pdf; name=\"{name}\"\r\nContent-Disposition: attachment; \
                 filename=\"{name}\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
            )
        };
        let large = STANDARD.encode("%PDF".repeat(100_000));
        let lines: Vec<&str> = large.as_bytes().chunks(76).map(|line| str::from_utf8(line).expect("ASCII")).collect();
        let mail = format!(
            "From: c@x.example\r\nTo: {US}\r\nSubject: files\r\nDate: {}\r\nMessage-ID: <files@x>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
             --c\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n--c--\r\n{}{}{}--b--\r\n",
            ago(60).to_rfc2822(),
            file("large.pdf", "base64", &lines.join("\r\n")),
            file("small.pdf", "base64", &STANDARD.encode("small")),
            file("quoted.pdf", "quoted-printable", "a=3Db =\r\nc"),
        );
        put(&mut server.owner(US).await, "INBOX", ago(60), &mail).await;
        let d = domain(&db).await;
        let input = ImapAccountInput { port: Some(line.port), ..server.input(US) };
        let id = connect_imap(&d, Actor::command_line(), None, input).await.expect("connects").id;
        assert_eq!(synced(&d, id).await.messages_upserted, 1);
        let thread = d.store.thread_mail(id, "files@x").await.expect("reads");
        let found = d.store.attachments_of(thread[0].id).await.expect("reads");
        let [large, small, quoted] = &found[..] else { panic!("three: {found:?}") };
        let bytes_of = async |file: &StoredAttachment| {
            let opened = replybook::attachments::open(&d, file.id).await.expect("is to be had");
            let pieces: Vec<Vec<u8>> =
                replybook::attachments::read(&d, &opened).try_collect().await.expect("reads to its end");
            pieces.concat()
        };
        let before = line.bytes.load(Ordering::SeqCst);
        assert_eq!(bytes_of(small).await, b"small");
        assert_eq!(bytes_of(quoted).await, b"a=b c");
        let came = line.bytes.load(Ordering::SeqCst) - before;
        assert!(came < mail.len() / 10, "{came} bytes came of a mail of {}", mail.len());
        assert_eq!(bytes_of(large).await, "%PDF".repeat(100_000).as_bytes());
        d.shutdown().await;
    })
    .await;
}
