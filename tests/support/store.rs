//! What the stories about the store begin with: people, accounts and mail.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use chrono::TimeDelta;
use replybook::{
    clock::ManualClock,
    mail::{ParsedMessage, parse_rfc822},
    store::{Batch, ConnectAccount, NewMessage, NewRun, NewUser, ProviderSeed, Store, Tokens},
    types::{AccountId, Actor, Direction, Provider, Role, RunId, RunKind, UserId},
};

use super::{SECRET_KEY, TestDb, noon};

pub const LEASE: TimeDelta = TimeDelta::minutes(2);

pub async fn open(db: &TestDb) -> Store {
    db.open(SECRET_KEY, &ManualClock::new(noon())).await.expect("the store opens")
}

pub async fn user(store: &Store, email: &str) -> UserId {
    let new = NewUser {
        email: email.to_owned(),
        display_name: "Anna".to_owned(),
        password_hash: "hash".to_owned(),
        role: Role::Admin,
    };
    store.create_user(new, noon()).await.expect("a user can be made").id
}

pub async fn gmail(store: &Store, owner: Option<UserId>, address: &str) -> AccountId {
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: Some(vec!["scope".to_owned()]) },
        owner,
        address,
        display_name: &format!("Gmail – {address}"),
        tokens: Some(Tokens {
            access_token: &"access-1".into(),
            refresh_token: Some(&"refresh-1".into()),
            expires_in: Some(TimeDelta::hours(1)),
            scopes: &["scope".to_owned()],
        }),
        auth: None,
        imap: None,
    };
    store.connect_account(connect, noon()).await.expect("an account can be connected").account
}

pub async fn account_of(store: &Store, provider: Provider, address: &str) -> AccountId {
    let connect = ConnectAccount {
        provider: ProviderSeed { provider, default_scopes: None },
        owner: None,
        address,
        display_name: address,
        tokens: None,
        auth: None,
        imap: None,
    };
    store.connect_account(connect, noon()).await.expect("an account can be connected").account
}

pub fn sync_of(account: AccountId) -> NewRun {
    NewRun { account, kind: RunKind::Sync, by: Actor::worker(), source: None, since: None }
}

pub fn parsed(subject: &str, body: &str) -> ParsedMessage {
    let raw = format!(
        "From: c@x.example\r\nTo: us@y.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n\r\n{body}"
    );
    parse_rfc822(raw.as_bytes()).expect("a message")
}

pub fn message(id: &str, thread: &str, direction: Direction) -> NewMessage {
    NewMessage {
        asked_as: id.to_owned(),
        external_id: id.to_owned(),
        thread_id: Some(thread.to_owned()),
        direction,
        labels: vec!["INBOX".to_owned()],
        place: None,
        parsed: parsed(id, "body"),
        contents: Vec::new(),
    }
}

pub async fn store_messages(store: &Store, account: AccountId, run: RunId, messages: &[NewMessage]) -> u32 {
    let batch = Batch { messages, ..Batch::of(account, run) };
    let stored = store.store_batch(batch, noon()).await.expect("a batch can be stored");
    assert_eq!(stored.refused, []);
    stored.upserted
}

/// A message whose provider names no thread: it refers to these ids.
pub fn referring(id: &str, ids: &[String]) -> NewMessage {
    let references: Vec<String> = ids.iter().map(|id| format!("<{id}>")).collect();
    let raw = format!(
        "From: c@x.example\r\nTo: us@y.example\r\nSubject: {id}\r\nMessage-ID: <{id}@x>\r\nReferences: {}\r\n\r\nbody",
        references.join(" ")
    );
    let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
    NewMessage { thread_id: None, parsed, ..message(id, "", Direction::Incoming) }
}
