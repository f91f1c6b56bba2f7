//! The model of Gmail (`doubles/`) as a sync meets it, and what the sync left in the database.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::TimeDelta;
use replybook::{
    Domain,
    clock::{Clock, SystemClock},
    store::{ConnectAccount, ProviderSeed, Tokens},
    types::{AccountId, Provider},
};
use replybook_doubles::GmailDouble;
use sqlx::{Connection, PgConnection, SqliteConnection, types::Json};

use super::TestDb;

pub const DAY: i64 = 86_400_000;

/// Milliseconds since 1970.
pub fn now() -> i64 {
    SystemClock.now().timestamp_millis()
}

/// A domain that takes the model for Google.
pub async fn domain(db: &TestDb, google: &GmailDouble, more: &[(&str, &str)]) -> Arc<Domain> {
    let settings = google.settings();
    let mut variables: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.extend(more);
    Domain::open(db.settings(&variables)).await.expect("the domain opens")
}

/// Opens a mailbox and connects it.
pub async fn connect(d: &Domain, google: &GmailDouble, address: &str, seed: u64) -> AccountId {
    let tokens = google.open_mailbox(address, seed);
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
    d.store.connect_account(connect, SystemClock.now()).await.expect("connects").account
}

/// Messages by id, with their labels.
pub type Mail = BTreeMap<String, BTreeSet<String>>;

/// What a sync has to bring: everything but spam, trash, drafts and chats.
pub fn remote(google: &GmailDouble, address: &str) -> Mail {
    google.mailbox(address, |mailbox| {
        let live = mailbox.messages().iter().filter(|(_, message)| message.is_live());
        live.map(|(id, message)| (id.clone(), message.labels.clone())).collect()
    })
}

/// What is stored and not known to be deleted. Asserts that there is one row for each message.
pub async fn local(db: &TestDb, account: AccountId) -> Mail {
    const SQL: &str = "SELECT external_id, labels FROM emails_messages
                       WHERE integration_account_id = $1 AND deleted_at IS NULL";
    let rows: Vec<(String, Json<BTreeSet<String>>)> = if db.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&db.url).await.expect("the file opens");
        sqlx::query_as(SQL).bind(account).fetch_all(&mut connection).await.expect("reads")
    } else {
        let mut connection = PgConnection::connect(&db.url).await.expect("the database opens");
        sqlx::query_as(SQL).bind(account).fetch_all(&mut connection).await.expect("reads")
    };
    let (rows_count, mail) = (rows.len(), rows.into_iter().map(|(id, Json(labels))| (id, labels)).collect::<Mail>());
    assert_eq!(rows_count, mail.len(), "one row for each message");
    mail
}
