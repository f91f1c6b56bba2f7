//! Who may come in and what is kept secret: people, tokens, attempts, sessions, and the key that secrets are sealed by. On both databases.

mod support;

use chrono::TimeDelta;
use replybook::{
    clock::ManualClock,
    crypto::Cipher,
    store::{
        Act, AiChange, AttemptLimit, KeyStanding, Limits, NewApiToken, NewUser, OauthRequest, OpenError, Store,
        StoreError,
    },
    types::{Actor, AiKind, AuditAction, AuditFilter, Role, UserId},
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection, SqliteConnection};
use support::{
    SECRET_KEY, TestDb, noon, on_each_database,
    store::{gmail, open, user},
};

#[tokio::test]
async fn people_and_their_tokens() {
    on_each_database("people", |db| async move {
        let store = open(&db).await;
        assert!(store.has_no_users().await.expect("reads"));

        // The set-up link works once, and only while there is nobody.
        store.set_setup_token("one-time", noon()).await.expect("writes");
        assert!(store.setup_token_is_valid("one-time").await.expect("reads"));
        assert!(!store.setup_token_is_valid("another").await.expect("reads"));
        let first = |email: &str| NewUser {
            email: email.to_owned(),
            display_name: "First".to_owned(),
            password_hash: "h".to_owned(),
            role: Role::Member,
        };
        assert!(store.create_first_admin("wrong", first("x@y.example"), noon()).await.expect("runs").is_none());
        let admin = store.create_first_admin("one-time", first("Anna@Y.example"), noon()).await.expect("runs");
        let admin = admin.expect("the first admin is made");
        assert_eq!((admin.role, admin.email.as_str()), (Role::Admin, "anna@y.example"));
        assert!(store.create_first_admin("one-time", first("b@y.example"), noon()).await.expect("runs").is_none());

        // One person per email, whatever the case.
        let again = store.create_user(first("ANNA@y.example"), noon()).await;
        assert!(matches!(again, Err(StoreError::UserExists)));
        let found = store.user_by_email(" ANNA@Y.example ").await.expect("reads").expect("is there");
        assert_eq!(found.user.id, admin.id);

        // A new password ends what began before.
        let epoch = store.set_password_hash(admin.id, "new", noon()).await.expect("writes");
        assert_eq!(epoch, Some(found.session_epoch + 1));
        let after = store.user(admin.id).await.expect("reads").expect("is there");
        assert_eq!((after.password_hash.as_deref(), after.session_epoch), (Some("new"), found.session_epoch + 1));

        // Tokens are found by their hash until they expire.
        let new = NewApiToken {
            user_id: admin.id,
            personal: true,
            name: "script",
            token: "rb_secret-token",
            session_epoch: None,
            expires_at: noon() + TimeDelta::hours(1),
        };
        let token = store.create_api_token(new, noon()).await.expect("writes");
        assert_eq!(token.prefix, "rb_secret");
        assert!(store.api_token("rb_secret-token", noon()).await.expect("reads").is_some());
        assert!(store.api_token("rb_secret-token", noon() + TimeDelta::hours(2)).await.expect("reads").is_none());
        assert!(store.api_token("rb_other", noon()).await.expect("reads").is_none());
        assert!(
            !store.delete_api_token(UserId::new(), token.id, noon()).await.expect("writes"),
            "another's token stays"
        );
        assert!(store.delete_api_token(admin.id, token.id, noon()).await.expect("writes"));
    })
    .await;
}

/// What is stored of attempts: keys and counts.
async fn attempts(db: &TestDb) -> Vec<(String, i32)> {
    const SQL: &str = "SELECT key, failures FROM login_attempts ORDER BY key";
    if db.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&db.url).await.expect("the file opens");
        sqlx::query_as(SQL).fetch_all(&mut connection).await.expect("reads")
    } else {
        let mut connection = PgConnection::connect(&db.url).await.expect("the database opens");
        sqlx::query_as(SQL).fetch_all(&mut connection).await.expect("reads")
    }
}

#[tokio::test]
async fn attempts_are_counted_per_key_and_window() {
    on_each_database("attempts", |db| async move {
        let store = open(&db).await;
        let limit = |of, allowed| AttemptLimit { of, allowed };
        let keys = [limit("account:a@x", 3), limit("address:1.2.3.4", 100)];
        let window = TimeDelta::minutes(15);
        for _ in 0..3 {
            assert_eq!(store.count_login_attempt(&keys, window, noon()).await.expect("writes"), None);
        }
        assert_eq!(store.count_login_attempt(&keys, window, noon()).await.expect("writes"), Some(900));
        let later = noon() + TimeDelta::minutes(10);
        assert_eq!(store.count_login_attempt(&keys, window, later).await.expect("writes"), Some(300));
        let stored = attempts(&db).await;
        assert_eq!(
            stored.iter().map(|(_, count)| *count).collect::<Vec<_>>(),
            [4, 4],
            "what is blocked is not counted"
        );
        assert!(stored.iter().all(|(key, _)| key.len() == 64 && !key.contains('@')), "keys are hashes: {stored:?}");
        let after = noon() + TimeDelta::minutes(15);
        assert_eq!(store.count_login_attempt(&keys, window, after).await.expect("writes"), None, "a new window");
        store.clear_login_attempts("account:a@x").await.expect("writes");
        assert_eq!(attempts(&db).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn sessions_live_until_they_expire() {
    on_each_database("sessions", |db| async move {
        let store = open(&db).await;
        let until = noon() + TimeDelta::days(1);
        assert!(store.session_create("id", b"data", until).await.expect("writes"));
        assert!(!store.session_create("id", b"other", until).await.expect("writes"), "an id is taken once");
        assert_eq!(store.session_load("id", noon()).await.expect("reads"), Some((b"data".to_vec(), until)));
        store.session_save("id", b"changed", until).await.expect("writes");
        assert_eq!(store.session_load("id", noon()).await.expect("reads").expect("is there").0, b"changed");
        assert_eq!(store.session_load("id", until).await.expect("reads"), None);
        store.delete_expired(until).await.expect("writes");
        assert!(store.session_create("id", b"new", until + TimeDelta::days(1)).await.expect("writes"));
        store.session_delete("id").await.expect("writes");
        assert_eq!(store.session_load("id", noon()).await.expect("reads"), None);
    })
    .await;
}

#[tokio::test]
async fn an_oauth_request_is_taken_once() {
    on_each_database("oauth requests", |db| async move {
        let store = open(&db).await;
        let owner = user(&store, "a@x.example").await;
        let request = || OauthRequest {
            user_id: owner,
            session_binding: "s:1".to_owned(),
            pkce_verifier: "verifier".into(),
            expires_at: noon() + TimeDelta::minutes(10),
        };
        store.put_oauth_request("state", request(), noon()).await.expect("writes");
        assert!(store.take_oauth_request("forged").await.expect("reads").is_none());
        let taken = store.take_oauth_request("state").await.expect("reads").expect("is there");
        assert_eq!((taken.user_id, taken.pkce_verifier.expose_secret()), (owner, "verifier"));
        assert!(store.take_oauth_request("state").await.expect("reads").is_none(), "replayed");
    })
    .await;
}

#[tokio::test]
async fn secrets_are_sealed_and_a_wrong_key_is_refused() {
    on_each_database("secrets", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let key = SecretString::from("sk-very-secret");
        let model = |name: &str| AiChange { model_default: Some(Some(name.to_owned())), ..AiChange::default() };
        let first = AiChange { key: Some(key), ..model("gpt-4.1-mini") };
        store.save_ai_provider(AiKind::OpenAi, Some(admin), &first, noon()).await.expect("writes");
        store.save_ai_provider(AiKind::OpenAi, Some(admin), &model("gpt-4.1"), noon()).await.expect("writes");
        let shown = store.ai_provider(AiKind::OpenAi).await.expect("reads").expect("is there");
        assert_eq!((shown.has_api_key, shown.model_default.as_deref()), (true, Some("gpt-4.1")));
        let opened = store.ai_key(AiKind::OpenAi).await.expect("opens").expect("has a key");
        assert_eq!(opened.expose_secret(), "sk-very-secret");
        store.remove_ai_key(AiKind::OpenAi, noon()).await.expect("writes");
        let shown = store.ai_provider(AiKind::OpenAi).await.expect("reads").expect("is there");
        assert_eq!((shown.has_api_key, shown.model_default.as_deref()), (false, Some("gpt-4.1")));
        store.close().await;

        let other = db.open("another key, also of 32 characters.", &ManualClock::new(noon())).await;
        assert!(matches!(other, Err(OpenError::WrongKey)), "{other:?}");
        assert!(db.open(SECRET_KEY, &ManualClock::new(noon())).await.is_ok(), "the right key still opens it");
    })
    .await;
}

/// A store on this database with these keys.
async fn open_with(db: &TestDb, key: &str, previous: Option<&str>) -> Result<Store, OpenError> {
    let mut cipher = Cipher::new(&key.into());
    if let Some(previous) = previous {
        cipher = cipher.with_previous(&previous.into());
    }
    Store::open_within(Limits::default(), &db.url, cipher, &ManualClock::new(noon())).await
}

#[tokio::test]
async fn a_key_is_changed_by_a_rotation_that_may_break_off_anywhere() {
    const NEW: &str = "a new key, which is 32 characters long";
    let key = |key: &str| AiChange { key: Some(key.into()), ..AiChange::default() };
    on_each_database("rotation", |db| async move {
        let store = open(&db).await;
        let admin = user(&store, "a@x.example").await;
        let mut accounts = Vec::new();
        for number in 0..70 {
            accounts.push(gmail(&store, None, &format!("us{number}@y.example")).await);
        }
        store.save_ai_provider(AiKind::OpenAi, None, &key("sk-old"), noon()).await.expect("writes");
        store.close().await;

        assert!(matches!(open_with(&db, NEW, None).await, Err(OpenError::WrongKey)));
        let both = open_with(&db, NEW, Some(SECRET_KEY)).await.expect("opens with both");
        let standing = both.key_standing().await.expect("reads");
        assert_eq!(standing, KeyStanding { current: 0, previous: 141, unreadable: 0 });
        // What is stored from now on is of the new key.
        both.save_ai_provider(AiKind::OpenAi, None, &key("sk-new"), noon()).await.expect("writes");
        assert_eq!(both.key_standing().await.expect("reads").current, 1);
        // From here on neither key alone opens the database.
        assert!(matches!(open_with(&db, SECRET_KEY, None).await, Err(OpenError::RotationBegun)));
        assert!(matches!(open_with(&db, NEW, None).await, Err(OpenError::RotationNotEnded)));

        // Broken off at many points: what was committed stays, and the next try goes on from there.
        let act = || Act { by: Actor::page(admin), at: noon() };
        for micros in [1, 500, 1_000, 2_000, 4_000, 8_000, 16_000] {
            let rotation = both.rotate_keys(act());
            let _broken_off = tokio::time::timeout(std::time::Duration::from_micros(micros), rotation).await;
            let standing = both.key_standing().await.expect("reads");
            assert_eq!((standing.current + standing.previous, standing.unreadable), (141, 0), "{standing:?}");
        }
        both.rotate_keys(act()).await.expect("ends");
        let standing = both.key_standing().await.expect("reads");
        assert_eq!(standing, KeyStanding { current: 141, previous: 0, unreadable: 0 });
        assert_eq!(both.rotate_keys(act()).await.expect("does nothing"), 0);
        both.close().await;

        assert!(matches!(open_with(&db, SECRET_KEY, None).await, Err(OpenError::WrongKey)));
        let new = open_with(&db, NEW, None).await.expect("opens with the new key alone");
        for account in accounts {
            let credentials = new.credentials(account).await.expect("opens").expect("are stored");
            assert_eq!(credentials.refresh_token.expect("is stored").expose_secret(), "refresh-1");
        }
        assert_eq!(new.ai_key(AiKind::OpenAi).await.expect("opens").expect("is stored").expose_secret(), "sk-new");
        let filter = AuditFilter { action: Some(AuditAction::KeyRotated), ..AuditFilter::default() };
        assert_eq!(new.audit_page(&filter, None, 10).await.expect("reads").items.len(), 1);
    })
    .await;
}
