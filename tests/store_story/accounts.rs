//! Accounts, and the database under them.

use std::sync::Arc;

use chrono::TimeDelta;
use replybook::{
    clock::ManualClock,
    store::{ConnectAccount, FreshToken, ProviderSeed, Tokens, Trouble},
    types::{AccountAuth, AccountProblem, AccountStatus, Direction, Provider, Revocation},
};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{
    SECRET_KEY, noon, on_each_database, on_each_empty_database,
    store::{LEASE, gmail, message, open, store_messages, sync_of, user},
};

#[tokio::test]
async fn an_account_is_connected_again_not_twice() {
    on_each_database("accounts", |db| async move {
        let store = open(&db).await;
        let (anna, boris) = (user(&store, "anna@x.example").await, user(&store, "boris@x.example").await);
        let account = gmail(&store, Some(anna), "support@x.example").await;
        store.set_account_problem(account, AccountProblem::Reconnect, noon()).await.expect("writes");
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Error, Some(AccountProblem::Reconnect)));

        // Again, by somebody else, and without a refresh token: the same account, well again, its token kept.
        let connect = ConnectAccount {
            provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
            owner: Some(boris),
            address: "support@x.example",
            display_name: "Gmail – support@x.example",
            tokens: Some(Tokens {
                access_token: &"access-2".into(),
                refresh_token: None,
                expires_in: None,
                scopes: &["scope".to_owned()],
            }),
            auth: None,
            imap: None,
        };
        let connected = store.connect_account(connect, noon()).await.expect("connects");
        assert_eq!((connected.account, connected.created), (account, false));
        let shown = store.account(account).await.expect("reads").expect("is there");
        assert_eq!((shown.status, shown.meta.problem), (AccountStatus::Active, None));
        assert_eq!(shown.owner_email.as_deref(), Some("anna@x.example"));
        let stored = store.credentials(account).await.expect("reads").expect("has credentials");
        assert_eq!(stored.access_token.as_ref().map(ExposeSecret::expose_secret), Some("access-2"));
        assert_eq!(stored.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("refresh-1"));

        // A refreshed token replaces the access token alone.
        let fresh = SecretString::from("access-3");
        let update = FreshToken { access_token: &fresh, expires_at: Some(noon()), refresh_token: None };
        store.save_fresh_token(stored.id, update, noon()).await.expect("writes");
        let stored = store.credentials(account).await.expect("reads").expect("has credentials");
        assert_eq!(stored.access_token.as_ref().map(ExposeSecret::expose_secret), Some("access-3"));
        assert_eq!(stored.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("refresh-1"));

        // By the service account there is no consent: its refresh token goes, and comes back only with another consent.
        let connect = ConnectAccount {
            provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
            owner: Some(boris),
            address: "support@x.example",
            display_name: "Gmail – support@x.example",
            tokens: Some(Tokens {
                access_token: &"access-4".into(),
                refresh_token: None,
                expires_in: Some(TimeDelta::hours(1)),
                scopes: &["scope".to_owned()],
            }),
            auth: Some(AccountAuth::ServiceAccount),
            imap: None,
        };
        assert_eq!(store.connect_account(connect, noon()).await.expect("connects").account, account);
        let auth = async || store.account(account).await.expect("reads").expect("is there").meta.auth;
        let refresh = async || store.credentials(account).await.expect("reads").expect("is there").refresh_token;
        assert_eq!(auth().await, Some(AccountAuth::ServiceAccount));
        assert!(refresh().await.is_none());
        gmail(&store, Some(anna), "support@x.example").await;
        assert_eq!(auth().await, None);
        assert!(refresh().await.is_some());

        // By provider code, then name; filtered.
        gmail(&store, Some(boris), "billing@x.example").await;
        let names = |list: Vec<replybook::types::Account>| {
            list.into_iter().map(|account| account.external_account_id).collect::<Vec<_>>()
        };
        let all = store.list_accounts(None, None).await.expect("reads");
        assert_eq!(names(all), ["billing@x.example", "support@x.example"]);
        assert_eq!(names(store.list_accounts(Some("gmail"), Some(anna)).await.expect("reads")), ["support@x.example"]);
        assert!(store.list_accounts(Some("mbox"), None).await.expect("reads").is_empty());

        // Off and on; a resync request; tokens away; everything away.
        let off = store.set_account_status(account, AccountStatus::Disabled, noon()).await.expect("writes");
        assert_eq!(off.expect("is there").status, AccountStatus::Disabled);
        let on = store.set_account_status(account, AccountStatus::Active, noon()).await.expect("writes");
        assert_eq!(on.expect("is there").status, AccountStatus::Active);
        let asked = store.request_resync(account, noon()).await.expect("writes").expect("is there");
        assert_eq!(asked.meta.manual_resync_requested_at, Some(noon()));
        let gone =
            store.disconnect_account(account, Revocation::Confirmed, noon()).await.expect("writes").expect("is there");
        assert_eq!(gone.meta.problem, Some(AccountProblem::Disconnected));
        assert!(store.credentials(account).await.expect("reads").is_none());
        let on = store.set_account_status(account, AccountStatus::Active, noon()).await.expect("writes");
        assert_eq!(on.expect("is there").status, AccountStatus::Error, "enabling does not mend a missing token");
        assert!(store.delete_account(account, noon()).await.expect("writes"));
        assert!(!store.delete_account(account, noon()).await.expect("writes"));
        assert!(store.request_resync(account, noon()).await.expect("writes").is_none());
    })
    .await;
}

#[tokio::test]
async fn deleting_an_account_leaves_nothing_of_it() {
    on_each_database("deletion", |db| async move {
        let store = open(&db).await;
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        store_messages(&store, account, run, &[message("m1", "t1", Direction::Incoming)]).await;
        assert!(store.delete_account(account, noon()).await.expect("writes"));
        assert!(store.run(run).await.expect("reads").is_none());
        assert!(store.thread_mail(account, "t1").await.expect("reads").is_empty());
        assert!(store.credentials(account).await.expect("reads").is_none());
    })
    .await;
}

#[tokio::test]
async fn many_writers_at_once_lose_nothing() {
    on_each_database("writers", |db| async move {
        let store = Arc::new(open(&db).await);
        let account = gmail(&store, None, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let messages = [message(&format!("m{number}"), "t", Direction::Incoming)];
                    store_messages(&store, account, run, &messages).await
                })
            })
            .collect();
        let mut stored = 0;
        for task in tasks {
            stored += task.await.expect("no task fails");
        }
        assert_eq!(stored, 40);
        assert_eq!(store.thread_mail(account, "t").await.expect("reads").len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_database_is_migrated_once_and_answers() {
    on_each_empty_database("opening", |db| async move {
        let clock = ManualClock::new(noon());
        let store = db.open(SECRET_KEY, &clock).await.expect("opens");
        store.ping().await.expect("answers");
        assert!(store.migrations_applied().await.expect("reads"));
        store.close().await;
        assert!(store.ping().await.is_err_and(|error| error.trouble() == Some(Trouble::Unreachable)));
        let again = db.open(SECRET_KEY, &clock).await.expect("opens again");
        assert!(again.migrations_applied().await.expect("reads"));
    })
    .await;
}
