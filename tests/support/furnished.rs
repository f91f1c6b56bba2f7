//! An installation with a little of everything in it, for the stories about backups and moves.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;
use replybook::{
    Domain, auth,
    backup::{self, TableSum},
    clock::ManualClock,
    store::{AiChange, NewAiCall, NewApiToken, NewRun},
    types::{Actor, AiKind, AiPrice, AiPurpose, Provider, Role, RunKind, Through},
};
use secrecy::ExposeSecret;

use super::{
    TestDb, mbox, noon, on_each_database, on_each_empty_database,
    store::{account_of, gmail},
};

const PASSWORD: &str = "a password that is long enough";

pub async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

/// A little of everything, without mail.
pub async fn furnish(d: &Arc<Domain>) {
    let by = Actor::command_line();
    let ann = auth::create_user(d, by, "ann@x.example", Some("Änn"), PASSWORD, Role::Admin).await.expect("made").id;
    let token = NewApiToken {
        user_id: ann,
        personal: true,
        name: "script",
        token: "rb_secret-token",
        session_epoch: None,
        expires_at: noon() + TimeDelta::days(3),
    };
    d.store.create_api_token(token, noon()).await.expect("written");
    gmail(&d.store, Some(ann), "ann@shop.example").await;
    let price = AiPrice { model: "m-1".to_owned(), input_price_micros: Some(1), output_price_micros: None };
    let ai = AiChange {
        key: Some("sk-secret".into()),
        model_default: Some(Some("m-1".to_owned())),
        budget_micros: Some(Some(1_000_000)),
        prices: vec![price],
        ..AiChange::default()
    };
    d.store.save_ai_provider(AiKind::OpenAi, Some(ann), &ai, noon()).await.expect("stored");
    let call = NewAiCall {
        provider: AiKind::OpenAi,
        model: "m-1",
        purpose: AiPurpose::Embedding,
        most_input: 10,
        most_output: 0,
    };
    d.store.reserve_ai_call(call, noon()).await.expect("on record");
    d.store.session_create("a-session", &[0, 255, 1], noon() + TimeDelta::days(1)).await.expect("written");
}

/// An import that waits for its file.
pub async fn queue_upload(d: &Arc<Domain>) -> PathBuf {
    let account = account_of(&d.store, Provider::Mbox, "waiting@y.example").await;
    let path = d.settings.uploads_folder().join("waits.upload");
    fs::create_dir_all(d.settings.uploads_folder()).expect("a folder");
    fs::write(&path, mbox(3)).expect("written");
    let new = NewRun {
        account,
        kind: RunKind::Import,
        by: Actor::nobody(Through::Page),
        source: Some((path.clone(), "waits.mbox".to_owned(), 5)),
        since: None,
    };
    d.store.queue_run(&new, noon()).await.expect("queued");
    path
}

/// What was sealed opens, and who had a password or a token has it.
pub async fn secrets_open(d: &Arc<Domain>) {
    let key = d.store.ai_key(AiKind::OpenAi).await.expect("opens").expect("is stored");
    assert_eq!(key.expose_secret(), "sk-secret");
    let accounts = d.store.list_accounts(None, None).await.expect("reads");
    let account = accounts.iter().find(|account| account.display_name.contains("ann@shop.example")).expect("is there");
    let credentials = d.store.credentials(account.id).await.expect("opens").expect("are stored");
    assert_eq!(credentials.refresh_token.expect("is stored").expose_secret(), "refresh-1");
    assert!(d.store.api_token("rb_secret-token", noon()).await.expect("reads").is_some());
    let from = std::net::IpAddr::from([127, 0, 0, 1]);
    let ann = auth::login(d, Through::Page, "ann@x.example", PASSWORD, from, None).await.expect("signs in");
    assert_eq!(ann.user.display_name, "Änn");
}

/// What an archive of the database says of its tables.
pub async fn sums(d: &Domain, folder: &Path) -> BTreeMap<String, TableSum> {
    let path = folder.join(format!("{}.sums", uuid::Uuid::new_v4().simple()));
    let made = backup::create(d, &path, false).await.expect("written");
    fs::remove_file(path).expect("there");
    made.archive.sums.tables
}

/// Runs a story from each database to each.
pub async fn from_each_to_each<F: Future<Output = ()>>(name: &str, story: impl Fn(Arc<TestDb>, TestDb) -> F) {
    on_each_database(name, |from| async {
        let from = Arc::new(from);
        on_each_empty_database("  into", |to| story(Arc::clone(&from), to)).await;
    })
    .await;
}
