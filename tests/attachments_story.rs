//! Attachments, from the message to their bytes, on both databases.

mod support;

use std::{path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use futures::TryStreamExt;
use replybook::{
    Domain,
    attachments::{self, AttachmentError},
    clock::{Clock, SystemClock},
    import,
    store::{ConnectAccount, ProviderSeed, StoredAttachment, Tokens},
    sync,
    types::{AccountId, AccountStatus, Actor, AttachmentProblem, MessageId, Provider, RunState, Through},
    worker,
};
use serde_json::{Value, json};
use support::{TestDb, google::Google, on_each_database};

const US: &str = "ann@shop.example";

fn eml(number: usize, files: &[(&str, &[u8])]) -> String {
    let parts: String = files
        .iter()
        .map(|(name, bytes)| {
            format!(
                "--b\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n\
                 Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
                STANDARD.encode(bytes)
            )
        })
        .collect();
    let at = SystemClock.now() - TimeDelta::hours(2);
    format!(
        "From: c{number}@x.example\r\nTo: {US}\r\nSubject: Files {number}\r\nDate: {}\r\nMessage-ID: <m{number}@x>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n{parts}--b--\r\n",
        at.to_rfc2822()
    )
}

fn mbox(messages: &[String]) -> String {
    messages.iter().map(|eml| format!("From c@x Thu Jan  1 00:00:00 2026\n{}\n", eml.replace("\r\n", "\n"))).collect()
}

async fn import(d: &Arc<Domain>, messages: &[String]) -> AccountId {
    let path: PathBuf = d.settings.data_dir.with_file_name("files.mbox");
    std::fs::write(&path, mbox(messages)).expect("written");
    let run = import::import_file(d, &path, US, |_| {}).await.expect("the import runs");
    assert_eq!((run.state, run.errors), (RunState::Done, Vec::new()));
    run.account_id
}

/// Every attachment of an account, in the order of the messages.
async fn all(d: &Domain, account: AccountId) -> Vec<StoredAttachment> {
    let mut messages: Vec<(String, MessageId)> =
        d.store.internet_message_ids(account).await.expect("reads").into_iter().map(|(id, key)| (key, id)).collect();
    messages.sort();
    let mut found = Vec::new();
    for (_, message) in messages {
        found.extend(d.store.attachments_of(message).await.expect("reads"));
    }
    found
}

async fn bytes(d: &Arc<Domain>, attachment: &StoredAttachment) -> Vec<u8> {
    let opened = attachments::open(d, attachment.id).await.expect("is to be had");
    let pieces: Vec<Vec<u8>> = attachments::read(d, &opened).try_collect().await.expect("reads to its end");
    let bytes = pieces.concat();
    assert_eq!(opened.size_bytes, bytes.len() as u64, "what is announced comes");
    assert!(pieces.iter().all(|piece| piece.len() <= 256 << 10), "in pieces");
    bytes
}

/// Bytes that compress badly and repeat nowhere.
fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}

#[tokio::test]
async fn an_import_keeps_each_content_once_and_gives_it_back_in_pieces() {
    on_each_database("imported attachments", |db| async move {
        let d = Domain::open(db.settings(&[("ATTACHMENT_MAX_MB", "1")])).await.expect("opens");
        let (large, huge) = (noise(700_001, 7), noise((1 << 20) + 1, 9));
        let mail = [
            eml(1, &[("a.bin", &large), ("note.txt", b"short"), ("empty", b"")]),
            eml(2, &[("the same.bin", &large), ("huge.bin", &huge)]),
        ];
        let account = import(&d, &mail).await;
        let found = all(&d, account).await;
        assert_eq!(found.len(), 5);
        assert_eq!(found[0].sha256, found[3].sha256, "one content");
        assert_eq!(bytes(&d, &found[0]).await, large);
        assert_eq!(bytes(&d, &found[1]).await, b"short");
        assert_eq!(bytes(&d, &found[2]).await, b"");
        assert_eq!((found[4].sha256.as_ref(), found[4].problem), (None, Some(AttachmentProblem::TooLarge)));
        let refused = attachments::open(&d, found[4].id).await.expect_err("it was not kept");
        assert!(matches!(refused, AttachmentError::Missing(AttachmentProblem::TooLarge)), "{refused}");

        let totals = d.store.attachment_totals().await.expect("reads");
        assert_eq!((totals.count, totals.stored, totals.bytes), (5, 4, 700_001 + 5));
        assert_eq!(d.store.attachment_counts().await.expect("reads"), [(account, totals)]);

        // The same file again changes nothing: the attachments stay the same ones.
        import(&d, &mail).await;
        assert_eq!(all(&d, account).await, found);

        let deletion = d.store.account_deletion(account).await.expect("reads");
        assert_eq!((deletion.messages, deletion.attachments, deletion.attachment_bytes), (2, 5, 700_006));
        assert!(d.store.delete_account(account, SystemClock.now()).await.expect("writes"));
        assert_eq!(d.store.attachment_totals().await.expect("reads").bytes, 0, "nothing is left over");
        let sha256 = found[0].sha256.as_deref().expect("it was kept");
        assert_eq!(d.store.attachment_piece(sha256, 0).await.expect("reads"), None);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_was_read_without_its_attachments_brings_them_when_it_is_read_again() {
    on_each_database("attachments off, then on", |db| async move {
        let mail = [eml(1, &[("a.txt", b"one")])];
        let d = Domain::open(db.settings(&[("ATTACHMENTS", "off")])).await.expect("opens");
        let account = import(&d, &mail).await;
        let before = all(&d, account).await;
        assert_eq!(before[0].problem, Some(AttachmentProblem::Off));
        assert!(matches!(
            attachments::open(&d, before[0].id).await,
            Err(AttachmentError::Missing(AttachmentProblem::Off))
        ));
        d.shutdown().await;
        let d = Domain::open(db.settings(&[])).await.expect("opens");
        import(&d, &mail).await;
        let after = all(&d, account).await;
        assert_eq!((after[0].id, after[0].problem), (before[0].id, None));
        assert_eq!(bytes(&d, &after[0]).await, b"one");
    })
    .await;
}

#[tokio::test]
async fn changed_bytes_are_never_taken_for_what_was_stored() {
    on_each_database("changed attachment bytes", |db| async move {
        let d = Domain::open(db.settings(&[])).await.expect("opens");
        let account = import(&d, &[eml(1, &[("a.txt", b"one")])]).await;
        let attachment = all(&d, account).await.remove(0);
        let opened = attachments::open(&d, attachment.id).await.expect("is here");
        db.execute(
            "UPDATE attachment_chunks SET data = CAST('two' AS BLOB)",
            "UPDATE attachment_chunks SET data = 'two'",
        )
        .await;
        let read: Result<Vec<Vec<u8>>, _> = attachments::read(&d, &opened).try_collect().await;
        assert!(read.is_err(), "the end of the stream is an error");
    })
    .await;
}

async fn gmail(db: &TestDb, google: &Google, more: &[(&str, &str)]) -> Arc<Domain> {
    let mut variables = google.settings().to_vec();
    variables.push(("GMAIL_QUOTA_UNITS_PER_MINUTE", "60000000"));
    let mut variables: Vec<(&str, &str)> = variables;
    variables.extend(more);
    Domain::open(db.settings(&variables)).await.expect("the domain opens")
}

async fn connect(d: &Domain, google: &Google) -> AccountId {
    let tokens = google.post("/tokens", json!({"email": US})).await;
    let text = |name: &str| tokens[name].as_str().expect("a token").into();
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
        owner: None,
        address: US,
        display_name: "Gmail",
        auth: None,
        imap: None,
        tokens: Some(Tokens {
            access_token: &text("access_token"),
            refresh_token: Some(&text("refresh_token")),
            expires_in: tokens["expires_in"].as_i64().map(TimeDelta::seconds),
            scopes: &[],
        }),
    };
    d.store.connect_account(connect, SystemClock.now()).await.expect("connects").account
}

fn seeded(number: usize, files: &[(&str, &[u8])]) -> Value {
    let at = SystemClock.now() - TimeDelta::hours(2);
    json!({"eml": eml(number, files), "labels": ["INBOX"], "internal_date": at.timestamp_millis()})
}

#[tokio::test]
async fn gmail_is_asked_when_somebody_wants_an_attachment_and_only_then() {
    on_each_database("Gmail attachments on demand", |db| async move {
        let google = Google::start();
        let d = gmail(&db, &google, &[("ATTACHMENT_MAX_MB", "1")]).await;
        let (file, huge) = (noise(300_000, 3), noise((1 << 20) + 500, 4));
        google.seed(US, vec![seeded(1, &[("a.bin", &file), ("b.txt", b"two"), ("huge.bin", &huge)])]).await;
        let account = connect(&d, &google).await;
        sync::sync_now(&d, Actor::nobody(Through::Page), account).await.expect("syncs");
        let found = all(&d, account).await;
        let names: Vec<_> = found.iter().filter_map(|attachment| attachment.file_name.as_deref()).collect();
        assert_eq!(names, ["a.bin", "b.txt", "huge.bin"]);
        assert!(found.iter().all(|attachment| attachment.sha256.is_none()), "nothing is fetched unasked");

        let too_large = attachments::open(&d, found[2].id).await.expect_err("larger than is kept");
        assert!(matches!(too_large, AttachmentError::Missing(AttachmentProblem::TooLarge)), "{too_large}");
        assert_eq!(bytes(&d, &found[0]).await, file);
        // A mailbox that is switched off is not asked either; what is here stays to be had.
        d.store.set_account_status(account, AccountStatus::Disabled, SystemClock.now()).await.expect("writes");
        let is_off = attachments::open(&d, found[1].id).await.expect_err("nobody is asked");
        assert!(matches!(is_off, AttachmentError::Disabled), "{is_off}");
        assert_eq!(bytes(&d, &found[0]).await, file);
        d.store.set_account_status(account, AccountStatus::Active, SystemClock.now()).await.expect("writes");
        assert_eq!(bytes(&d, &found[1]).await, b"two");
        // From here on without Google.
        google.post("/faults", json!({"match": {"path": "/gmail/"}, "respond": {"status": 500}})).await;
        assert_eq!(bytes(&d, &found[0]).await, file);
    })
    .await;
}

#[tokio::test]
async fn where_all_are_kept_they_come_after_the_mail_each_once() {
    on_each_database("all Gmail attachments", |db| async move {
        let google = Google::start();
        let d = gmail(&db, &google, &[("ATTACHMENTS", "all"), ("ATTACHMENT_MAX_MB", "1")]).await;
        let huge = noise((1 << 20) + 500, 4);
        let mut mail: Vec<Value> = (1..=12).map(|n| seeded(n, &[("a.txt", format!("file {n}").as_bytes())])).collect();
        mail.push(seeded(13, &[("huge.bin", &huge)]));
        google.seed(US, mail).await;
        let account = connect(&d, &google).await;
        worker::run_once(&d).await.expect("runs");
        let found = all(&d, account).await;
        let stored = found.iter().filter(|attachment| attachment.sha256.is_some()).count();
        assert_eq!((found.len(), stored), (13, 12), "all but the one that is too large");
        let first = found.iter().find(|attachment| attachment.sha256.is_some()).expect("some are stored");
        assert!(bytes(&d, first).await.starts_with(b"file "));
        let totals = d.store.attachment_totals().await.expect("reads");
        worker::run_once(&d).await.expect("runs");
        assert_eq!(d.store.attachment_totals().await.expect("reads"), totals, "nothing is left to do");
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_taken_by_one_and_what_fails_rests_and_is_given_up() {
    on_each_database("claims of attachments", |db| async move {
        let google = Google::start();
        let d = gmail(&db, &google, &[]).await;
        google.seed(US, vec![seeded(1, &[("a.txt", b"1"), ("b.txt", b"22"), ("large", b"a large one")])]).await;
        let account = connect(&d, &google).await;
        sync::sync_now(&d, Actor::nobody(Through::Page), account).await.expect("syncs");
        let now = SystemClock.now();
        let claim = |now| {
            let store = d.store.clone();
            async move {
                let claimed = store.claim_attachments(account, 5, 2, now + TimeDelta::minutes(5), now).await;
                claimed.expect("claims").into_iter().filter_map(|attachment| attachment.file_name).collect::<Vec<_>>()
            }
        };
        assert_eq!(d.store.accounts_with_waiting_attachments(5, 2, now).await.expect("reads"), [account]);
        assert_eq!(claim(now).await, ["a.txt", "b.txt"], "the large one does not wait");
        assert!(claim(now).await.is_empty(), "they are taken");
        assert!(d.store.accounts_with_waiting_attachments(5, 2, now).await.expect("reads").is_empty());
        assert_eq!(claim(now + TimeDelta::minutes(6)).await, ["a.txt", "b.txt"], "who took them died");
        let found = all(&d, account).await;
        d.store.release_attachments(&[found[0].id]).await.expect("writes");
        assert_eq!(claim(now).await, ["a.txt"]);
        for hour in 1..=2 {
            let rest = now + TimeDelta::hours(hour);
            d.store.attachment_failed(found[0].id, AttachmentProblem::Failed, Some(rest)).await.expect("writes");
            d.store.attachment_failed(found[1].id, AttachmentProblem::Gone, None).await.expect("writes");
            assert!(claim(rest - TimeDelta::minutes(1)).await.is_empty(), "one rests, one is gone");
            assert_eq!(claim(rest).await.len(), usize::from(hour == 1), "twice is enough");
        }
        // An account that is switched off is left alone.
        d.store.release_attachments(&[found[0].id]).await.expect("writes");
        d.store.set_account_status(account, AccountStatus::Disabled, now).await.expect("writes");
        assert!(d.store.claim_attachments(account, 5, 9, now, now).await.expect("claims").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_google_no_longer_has_is_said_to_be_gone_and_costs_nothing_else() {
    on_each_database("attachments that are gone", |db| async move {
        let google = Google::start();
        let d = gmail(&db, &google, &[("ATTACHMENTS", "all")]).await;
        google.seed(US, vec![seeded(1, &[("a.txt", b"one")]), seeded(2, &[("b.txt", b"two")])]).await;
        let account = connect(&d, &google).await;
        let gone = json!({"match": {"path": "/attachments/", "times": 1}, "respond": {"status": 404}});
        google.post("/faults", gone).await;
        worker::run_once(&d).await.expect("runs");
        let found = all(&d, account).await;
        let (kept, lost): (Vec<_>, Vec<_>) = found.iter().partition(|attachment| attachment.sha256.is_some());
        assert_eq!((kept.len(), lost.len()), (1, 1));
        assert_eq!((lost[0].problem, lost[0].attempts), (Some(AttachmentProblem::Gone), 1));
        let refused = attachments::open(&d, lost[0].id).await.expect_err("it is gone");
        assert!(matches!(refused, AttachmentError::Missing(AttachmentProblem::Gone)), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn attachments_of_the_first_version_are_found_by_their_place() {
    on_each_database("attachments without part ids", |db| async move {
        let google = Google::start();
        let d = gmail(&db, &google, &[]).await;
        google.seed(US, vec![seeded(1, &[("a.txt", b"one"), ("b.txt", b"two")])]).await;
        let account = connect(&d, &google).await;
        sync::sync_now(&d, Actor::nobody(Through::Page), account).await.expect("syncs");
        let forget = "UPDATE emails_attachments SET part_id = NULL";
        db.execute(forget, forget).await;
        let found = all(&d, account).await;
        assert_eq!(bytes(&d, &found[1]).await, b"two");
        assert_eq!(bytes(&d, &found[0]).await, b"one");
    })
    .await;
}
