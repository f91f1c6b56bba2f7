//! What needs no server. The rest is told in `tests/imap_story.rs`.

use async_imap::imap_proto::NameAttribute;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::{
    connection::{quoted, sets},
    error::{ImapError, ImapErrorKind},
    names::{FolderUse, decode, use_of},
    session::{FolderState, Session, searches},
};
use crate::types::{ImapServer, ImapTls};

#[test]
fn folder_names_are_read_from_modified_utf_7() {
    // RFC 3501 section 5.1.3 and what Dovecot writes.
    for (name, title) in [
        ("INBOX", "INBOX"),
        ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
        ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"),
        ("R&-D", "R&D"),
        ("&2D3eAA-", "😀"),
        ("M&APw-ller &- S&APY-hne", "Müller & Söhne"),
        // Not modified UTF-7: as they are.
        ("R&D", "R&D"),
        ("&!!!-", "&!!!-"),
        ("&2D0-", "&2D0-"),
        ("&AP-", "&AP-"),
        ("Отправленные", "Отправленные"),
    ] {
        assert_eq!(decode(name), title, "{name}");
    }
}

#[test]
fn folders_are_known_by_attribute_and_by_their_usual_names() {
    use FolderUse::{All, Drafts, Inbox, Junk, Other, Sent, Trash, Virtual};
    let named = |name: &str| use_of(&[], name, Some("."));
    for (name, purpose) in [
        ("INBOX", Inbox),
        ("INBOX.Sent", Sent),
        ("Sent Items", Sent),
        ("Отправленные", Sent),
        ("INBOX.Entwürfe", Drafts),
        ("Junk E-mail", Junk),
        ("Deleted Messages", Trash),
        ("Clients.Sent", Other),
        ("INBOX.INBOX", Other),
        ("Sent to print", Other),
    ] {
        assert_eq!(named(name), purpose, "{name}");
    }
    let marked = |attribute| use_of(&[NameAttribute::Marked, attribute], "Whatever", Some("/"));
    assert_eq!(marked(NameAttribute::Sent), Sent);
    assert_eq!(marked(NameAttribute::All), All);
    assert_eq!(marked(NameAttribute::Flagged), Virtual);
    assert_eq!(marked(NameAttribute::Archive), Other);
}

#[test]
fn refusals_are_told_apart() {
    let kind = |is_bye, text: &str| ImapError::refusal("LOGIN", is_bye, text).of_sign_in("mail.x.example").kind();
    use ImapErrorKind::{Authentication, Limit, Passing};
    assert_eq!(kind(false, "[AUTHENTICATIONFAILED] Authentication failed."), Authentication);
    assert_eq!(kind(false, "[UNAVAILABLE] Temporary authentication failure."), Passing);
    assert_eq!(kind(false, "[INUSE] Mailbox in use"), Passing);
    assert_eq!(kind(false, "[LIMIT] Maximum number of connections from user+IP exceeded"), Limit);
    assert_eq!(kind(false, "[OVERQUOTA] Account exceeded command or bandwidth limits."), Limit);
    assert_eq!(kind(true, "Too many simultaneous connections."), Limit);
    assert_eq!(kind(true, "Server shutting down."), Passing);
}

#[test]
fn who_wants_an_app_password_is_known_or_says_so() {
    let code = |host: &str, text: &str| ImapError::refusal("LOGIN", false, text).of_sign_in(host).code();
    assert_eq!(code("imap.gmail.com", "[ALERT] Invalid credentials (Failure)"), "app_password_needed");
    assert_eq!(code("imap.mail.me.com", "[AUTHENTICATIONFAILED] no"), "app_password_needed");
    assert_eq!(code("mail.x.example", "Application-specific password required"), "app_password_needed");
    assert_eq!(code("notgmail.com", "[AUTHENTICATIONFAILED] no"), "authentication_failed");
    let shown = ImapError::refusal("LOGIN", false, "bad\r\n\u{1b}[31m").to_string();
    assert!(!shown.contains(char::is_control), "{shown}");
}

#[test]
fn what_is_sent_is_one_line() {
    assert_eq!(quoted("a \"b\" \\c").expect("can be quoted"), "\"a \\\"b\\\" \\\\c\"");
    assert_eq!(quoted("пароль").expect("can be quoted"), "\"пароль\"");
    assert!(quoted("a\r\nX LOGOUT").is_err());
}

#[test]
fn uids_are_named_in_ranges_that_fit_a_line() {
    assert_eq!(sets(&[7, 1, 2, 3, 9, 8, 2]), ["1:3,7:9"]);
    assert_eq!(sets(&[u32::MAX, u32::MAX - 1]), [format!("{}:{}", u32::MAX - 1, u32::MAX)]);
    assert!(sets(&[]).is_empty());
    let odd: Vec<u32> = (0..5_000).map(|n| n * 2 + 1).collect();
    let many = sets(&odd);
    assert!(many.len() > 1 && many.iter().all(|set| set.len() < 4_100 && !set.starts_with(',')));
    assert_eq!(many.join(","), odd.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
}

#[test]
fn a_large_folder_is_searched_in_steps_that_leave_nothing_out() {
    let state = |uid_next, messages| FolderState { uid_validity: 1, uid_next, messages, mod_seq: None };
    assert_eq!(searches(&state(0, 5)), ["1:*"], "a server that does not say where it stands");
    assert_eq!(searches(&state(1, 0)), ["1:1"]);
    assert_eq!(searches(&state(4_000_000_000, 20_000)), ["1:3999999999"]);
    for uid_next in [30_000, 3_000_000, u32::MAX] {
        let steps = searches(&state(uid_next, 25_000));
        assert!(steps.len() <= 101, "{}", steps.len());
        let mut next = 1;
        for step in steps {
            let (first, last) = step.split_once(':').expect("a range");
            assert_eq!(first.parse::<u32>(), Ok(next));
            next = last.parse::<u32>().expect("a number") + 1;
        }
        assert_eq!(next, uid_next);
    }
}

/// A server that signs anybody in and answers every other command with the same bytes for ever. Says how many of them were taken.
async fn flood(with: &'static [u8]) -> (Session, JoinHandle<usize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let port = listener.local_addr().expect("an address").port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let (from, mut to) = stream.into_split();
        let mut lines = BufReader::new(from).lines();
        to.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n").await.expect("sent");
        while let Ok(Some(line)) = lines.next_line().await {
            let (tag, command) = line.split_once(' ').expect("a tag");
            if command.starts_with("LOGIN") || command.starts_with("CAPABILITY") {
                let answer = format!("* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n");
                to.write_all(answer.as_bytes()).await.expect("sent");
                continue;
            }
            let mut taken = 0;
            while to.write_all(with).await.is_ok() {
                taken += with.len();
            }
            return taken;
        }
        0
    });
    let server_of = ImapServer { host: "127.0.0.1".to_owned(), port, tls: ImapTls::None, username: "ann".to_owned() };
    (Session::new(server_of, "secret".into()), server)
}

#[tokio::test]
async fn what_a_server_sends_without_end_is_not_taken() {
    // More folders than anybody has; a line without an end; a literal as large as memory; chatter.
    for with in [
        b"* LIST (\\HasNoChildren) \"/\" \"INBOX/folder\"\r\n".as_slice(),
        b"aaaaaaaaaaaaaaaa",
        b"* LIST () \"/\" {4294967295}\r\n",
        b"* OK still thinking\r\n",
    ] {
        let (mut session, server) = flood(with).await;
        let error = session.folders().await.expect_err("it is too much");
        // The parser refuses a literal that no address space holds by itself.
        let is_literal = with.contains(&b'{');
        assert_eq!(error.code(), if is_literal { "unreadable_answer" } else { "answer_too_long" }, "{error}");
        drop(session);
        // What lies in the buffers of the two sockets was not taken either.
        let taken = server.await.expect("no panic");
        assert!(taken < 32 << 20, "{taken} bytes of {:?}", String::from_utf8_lossy(with));
    }
}
