//! A database of the first version, with mail in it, is brought up to date and loses nothing; on both databases.

mod support;

use chrono::TimeDelta;
use replybook::{
    clock::ManualClock,
    mail::Nature,
    store::NewRun,
    types::{AccountId, Actor, PairFilter, PairStatusFilter, RunId, RunKind, RunState},
};
use sqlx::{Executor, migrate::Migrator};
use support::{SECRET_KEY, TestDb, noon, on_each_empty_database};
use uuid::Uuid;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

#[tokio::test]
async fn a_wrong_key_is_refused_before_anything_is_changed() {
    on_each_empty_database("a_wrong_key_is_refused_before_anything", |db| async move {
        let clock = ManualClock::new(noon());
        db.open(SECRET_KEY, &clock).await.expect("opens").close().await;
        // As if this program were newer than the database: applying the migration again fails, so that trying is seen.
        let older = "DELETE FROM _sqlx_migrations WHERE version >= 15";
        db.execute(older, older).await;
        let refused = db.open("another key, which is 32 characters long", &clock).await;
        assert!(matches!(refused, Err(replybook::store::OpenError::WrongKey)), "{refused:?}");
    })
    .await;
}

/// The schema as it was when version 1 was new.
fn first(all: &Migrator) -> Migrator {
    let migrations: Vec<_> = all.iter().take(1).cloned().collect();
    Migrator { migrations: migrations.into(), ..Migrator::DEFAULT }
}

/// Two accounts that see one conversation, a run that a crash left running, and its lease. `@n` is the n-th id.
const MAIL: &str = r#"
    INSERT INTO integrations_providers (id, code, name, auth_type, created_at, updated_at)
      VALUES (@1, 'gmail', 'Gmail', 'oauth2', @now, @now);
    INSERT INTO integrations_accounts (id, provider_id, external_account_id, display_name, meta, created_at, updated_at)
      VALUES (@2, @1, 'ann@y.example', 'Gmail – ann', '{}', @now, @now), (@3, @1, 'bob@y.example', 'Gmail – bob', '{}', @now, @now);
    INSERT INTO emails_messages (id, integration_account_id, external_id, thread_id, direction, to_addresses,
        internet_message_id, in_reply_to, reference_ids, labels, nature, defects, body_text, created_at, updated_at)
      VALUES (@5, @2, 'a1', 'ta', 'incoming', '[]', '1@x', '[]', '[]', '[]', '@nature', '[]', 'question', @now, @now),
             (@6, @3, 'b2', 'tb', 'outgoing', '[]', '2@x', '["1@x"]', '["1@x"]', '[]', '@nature', '[]', 'answer', @now, @now);
    INSERT INTO sync_runs (id, integration_account_id, kind, triggered_by, state, messages_fetched, skip_reasons, errors,
        created_at, updated_at)
      VALUES (@7, @2, 'sync', 'worker', 'running', 7, '{}', '[]', @now, @now);
    INSERT INTO sync_state (integration_account_id, cursor, lease_run_id, lease_until)
      VALUES (@2, '{"covered_since": 5, "history_id": "77"}', @7, @now)"#;

fn id(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number))
}

/// The mail in the words of one database: SQLite keeps ids as bytes.
fn mail(text: &str, is_sqlite: bool) -> String {
    let nature = serde_json::to_string(&Nature::default()).expect("JSON");
    let later = noon() + TimeDelta::days(1);
    let text = text.replace("@now", &format!("'{}'", noon().to_rfc3339())).replace("@nature", &nature);
    let text = text.replace("@later", &format!("'{}'", later.to_rfc3339()));
    (1..=7).fold(text, |text, number| {
        let id = id(number).simple();
        text.replace(&format!("@{number}"), &if is_sqlite { format!("X'{id}'") } else { format!("'{id}'") })
    })
}

/// Two exports of one mailbox that were imported: two messages with others labels and one that is new, and a pair of the old ones.
const DOUBLED: &str = r#"
    INSERT INTO integrations_providers (id, code, name, auth_type, created_at, updated_at)
      VALUES (@1, 'mbox', 'Mbox', 'none', @now, @now);
    INSERT INTO integrations_accounts (id, provider_id, external_account_id, display_name, meta, created_at, updated_at)
      VALUES (@2, @1, 'ann@y.example', 'Mbox – ann', '{}', @now, @now);
    INSERT INTO emails_messages (id, integration_account_id, external_id, thread_id, direction, from_address, to_addresses,
        internet_message_id, in_reply_to, reference_ids, labels, nature, defects, body_text, created_at, updated_at)
      VALUES (@3, @2, 'q', 't', 'incoming', 'c@x', '[]', '1@x', '[]', '[]', '["INBOX"]', '@nature', '[]', 'question', @now, @now),
             (@4, @2, 'a', 't', 'outgoing', 'a@y', '[]', '2@x', '["1@x"]', '[]', '["SENT"]', '@nature', '[]', 'answer', @now, @now),
             (@5, @2, 'q2', 't', 'incoming', 'c@x', '[]', '1@x', '[]', '[]', '["Old"]', '@nature', '[]', 'question', @later, @later),
             (@6, @2, 'o', 't', 'incoming', 'b@x', '[]', '1@x', '[]', '[]', '[]', '@nature', '[]', 'question', @later, @later);
    INSERT INTO ai_training_pairs (id, integration_account_id, thread_id, client_message_id, our_reply_message_id,
        client_message_ids, reply_message_ids, client_text, our_reply_text, status, labels, replied_at, engine_version, kept_spans,
        created_at, updated_at)
      VALUES (@7, @2, 't', @3, @4, '[]', '[]', 'question', 'answer', 'approved', '[]', @now, 1, '[]', @now, @now)"#;

#[tokio::test]
async fn what_two_exports_doubled_becomes_one_again() {
    on_each_empty_database("doubled imports", |db| async move {
        version_one(&db, DOUBLED).await;
        let account = AccountId(id(2));
        let store = db.open(SECRET_KEY, &ManualClock::new(noon())).await.expect("is brought up to date");
        let ids = ["q", "a", "q2", "o"];
        let known = store.known_external_ids(account, &ids).await.expect("reads");
        assert_eq!(known.into_iter().collect::<Vec<_>>(), ["a", "o", "q"], "another author's is another message");
        let pairs = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        assert_eq!(
            store.list_pairs(&pairs, None, 10, 0).await.expect("reads").items.len(),
            1,
            "no decided pair is lost"
        );
        assert_eq!(store.threads_to_pair(account, 10).await.expect("reads"), ["t"]);
        store.close().await;
        let labels = "SELECT CAST(labels AS TEXT) FROM emails_messages WHERE external_id = 'q'";
        let labels: String = if db.url.starts_with("sqlite:") {
            let pool = sqlx::SqlitePool::connect(&db.url).await.expect("opens");
            sqlx::query_scalar(labels).fetch_one(&pool).await.expect("is there")
        } else {
            let pool = sqlx::PgPool::connect(&db.url).await.expect("opens");
            sqlx::query_scalar(labels).fetch_one(&pool).await.expect("is there")
        };
        assert_eq!(serde_json::from_str::<Vec<String>>(&labels).expect("JSON"), ["Old"], "those of the later export");
    })
    .await;
}

async fn version_one(db: &TestDb, mail_of: &str) {
    if db.url.starts_with("sqlite:") {
        let options = db.url.parse::<sqlx::sqlite::SqliteConnectOptions>().expect("a URL").create_if_missing(true);
        let pool = sqlx::SqlitePool::connect_with(options).await.expect("opens");
        first(&SQLITE).run(&pool).await.expect("migrates");
        pool.execute(sqlx::AssertSqlSafe(mail(mail_of, true))).await.expect("the first version takes it");
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(&db.url).await.expect("opens");
        first(&POSTGRES).run(&pool).await.expect("migrates");
        sqlx::raw_sql(sqlx::AssertSqlSafe(mail(mail_of, false)))
            .execute(&pool)
            .await
            .expect("the first version takes it");
        pool.close().await;
    }
}

#[tokio::test]
async fn the_first_version_is_brought_up_to_date_with_its_mail() {
    on_each_empty_database("upgrade", |db| async move {
        version_one(&db, MAIL).await;
        let (ann, bob, run) = (AccountId(id(2)), AccountId(id(3)), RunId(id(7)));

        let clock = ManualClock::new(noon());
        let store = db.open(SECRET_KEY, &clock).await.expect("is brought up to date");
        assert!(store.migrations_applied().await.expect("reads"));
        let kept = store.run(run).await.expect("reads").expect("is there");
        assert_eq!((kept.kind, kept.state, kept.messages_fetched), (RunKind::Sync, RunState::Running, 7));
        let cursor = store.account_cursor(ann).await.expect("reads").expect("is there");
        assert_eq!(cursor["history_id"], "77", "the next sync begins where the last one ended");

        // Its threads wait to be joined and paired, and belong together.
        assert_eq!(store.threads_to_pair(ann, 10).await.expect("reads"), ["ta"]);
        let one = store.link_threads(ann, &["ta"], noon()).await.expect("links")[0].id;
        assert_eq!(store.link_threads(bob, &["tb"], noon()).await.expect("links")[0].id, one);
        assert_eq!(store.thread_mail(bob, "tb").await.expect("reads").len(), 2);

        // The run that a crash left behind is in nobody's way.
        let new = NewRun { account: ann, kind: RunKind::Sync, by: Actor::worker(), source: None, since: None };
        let begun = store.begin_run(&new, TimeDelta::minutes(2), noon()).await.expect("begins");
        assert!(begun.has_lease);
        assert_eq!(store.run(kept.id).await.expect("reads").expect("is there").state, RunState::Interrupted);
        store.close().await;
        assert!(db.open(SECRET_KEY, &clock).await.is_ok(), "once is enough");
    })
    .await;
}
