//! What those see who watch the server.

use replybook_app::paths;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{
    self, Start, TestApp, assert_detail, client,
    database::{TestDatabase, postgres_server},
    wire::Wire,
};

#[tokio::test]
async fn a_healthy_server_says_so() {
    let app = TestApp::start().await;
    let alive = client().get(app.url("/healthz")).send().await.expect("an answer");
    assert_eq!((alive.status().as_u16(), alive.text().await.expect("text").as_str()), (200, "ok"));
    let (status, ready) = support::json(client().get(app.url("/readyz")).send().await.expect("an answer")).await;
    let expected = json!({ "ready": true, "database": "ok", "migrations": "ok", "backend": app.database.backend() });
    assert_eq!((status, ready), (200, expected));
}

#[tokio::test]
async fn strangers_who_open_connections_and_say_nothing_stop_nobody() {
    let app = Start::default().with("MAX_CONNECTIONS", "32").app().await;
    let address = app.base.strip_prefix("http://").expect("plain HTTP");
    let mut strangers = Vec::new();
    for _ in 0..100 {
        let mut stranger = TcpStream::connect(address).await.expect("a connection");
        stranger.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").await.expect("sent");
        strangers.push(stranger);
    }
    assert_eq!(client().get(app.url("/healthz")).send().await.expect("an answer").status(), 200);
    assert_eq!(client().get(app.url(paths::LOGIN)).send().await.expect("an answer").status(), 200, "people as well");
}

#[tokio::test]
async fn missing_migrations_make_it_unready_and_it_recovers() {
    let app = TestApp::start().await;
    let ready = async || support::json(client().get(app.url("/readyz")).send().await.expect("an answer")).await;
    app.database.run("ALTER TABLE _sqlx_migrations RENAME TO hidden").await;
    let (status, body) = ready().await;
    assert_eq!((status, &body["ready"], &body["database"]), (503, &json!(false), &json!("ok")), "{body}");
    assert_ne!(body["migrations"], "ok");
    assert_eq!(client().get(app.url("/healthz")).send().await.expect("an answer").status(), 200, "alive all the same");
    app.database.run("ALTER TABLE hidden RENAME TO _sqlx_migrations").await;
    assert_eq!(ready().await.0, 200);
}

#[tokio::test]
async fn a_database_that_goes_away_and_comes_back() {
    match postgres_server() {
        Some(server) => a_server_that_is_cut_off(&server).await,
        None => a_file_that_is_moved_away().await,
    }
}

async fn a_server_that_is_cut_off(server: &str) {
    let wire = Wire::to(server).await;
    let database = TestDatabase::create().await;
    let app = Start::default().with("DATABASE_URL", wire.through(database.url())).app_on(database).await;
    let browser = app.admin().await;
    let ready = async || support::json(client().get(app.url("/readyz")).send().await.expect("an answer")).await;
    assert_eq!(ready().await.0, 200);

    wire.cut().await;
    let (status, body) = ready().await;
    assert_eq!((status, &body["database"], &body["migrations"]), (503, &json!("unreachable"), &json!("unknown")));
    assert_detail(&browser.get("/api/auth/me").await, 503, "database_unavailable");
    assert_detail(&browser.get("/api/integrations/accounts").await, 503, "database_unavailable");
    let page = browser.open(paths::OVERVIEW).await;
    assert_eq!(page.status(), 503);
    assert!(page.text().await.expect("a page").contains("The database cannot be reached"));
    assert_eq!(client().get(app.url("/healthz")).send().await.expect("an answer").status(), 200);
    assert_eq!(client().get(app.url("/pkg/replybook.css")).send().await.expect("an answer").status(), 200);

    wire.mend().await;
    assert_eq!(ready().await.0, 200);
    assert_eq!(browser.get("/api/auth/me").await.0, 200, "the session outlived it");
}

/// The process keeps the file open, and would write on into what nobody finds again: it has to notice.
async fn a_file_that_is_moved_away() {
    let app = TestApp::start().await;
    let ready = async || support::json(client().get(app.url("/readyz")).send().await.expect("an answer")).await;
    let path = app.database.url().strip_prefix("sqlite://").expect("a file").to_owned();
    let aside = format!("{path}.aside");
    std::fs::rename(&path, &aside).expect("moved away");
    let (status, body) = ready().await;
    assert_eq!((status, &body["database"], &body["migrations"]), (503, &json!("unreachable"), &json!("unknown")));
    std::fs::rename(&aside, &path).expect("moved back");
    assert_eq!(ready().await.0, 200);
}

#[tokio::test]
async fn a_database_that_answers_and_takes_nothing_is_not_ready() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    // By now it is time to note that the session is still used.
    app.advance(chrono::TimeDelta::days(2));
    let ready = async || support::json(client().get(app.url("/readyz")).send().await.expect("an answer")).await;
    let busy = async || {
        let (status, body) = ready().await;
        let said = (status, &body["ready"], &body["database"], &body["migrations"]);
        assert_eq!(said, (503, &json!(false), &json!("busy"), &json!("ok")), "{body}");
        assert_eq!(browser.get("/api/auth/me").await.0, 200, "whoever only reads is not kept from it");
    };
    // Somebody else writes, and does not come to an end.
    if app.database.backend() == "sqlite" {
        let mut beside = SqliteConnection::connect(app.database.url()).await.expect("the file opens");
        beside.execute("BEGIN IMMEDIATE").await.expect("begins");
        busy().await;
        beside.execute("ROLLBACK").await.expect("ends");
    } else {
        let mut beside = PgConnection::connect(app.database.url()).await.expect("the database opens");
        beside.execute("BEGIN; LOCK TABLE system_values, sessions IN SHARE MODE").await.expect("begins");
        busy().await;
        beside.execute("ROLLBACK").await.expect("ends");
    }
    assert_eq!(ready().await.0, 200);
}
