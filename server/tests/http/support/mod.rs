//! What every test stands on: an application in this process, over a fresh database, with a clock that can be moved.

pub mod ai;
pub mod browser;
pub mod contract;
pub mod database;
// The domain's stories stand on the same Dovecot.
mod double;
#[path = "../../../../tests/support/dovecot.rs"]
pub mod dovecot;
pub mod emulator;
pub mod fake_google;
pub mod logs;
pub mod wire;

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use replybook::{
    Domain, OpenError, auth,
    clock::{Clock, ManualClock, SystemClock},
    settings::Settings,
    types::{Actor, Role, User},
};
use replybook_server::{serve::Host, site::Site};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use self::{browser::Browser, database::TestDatabase};

pub const SECRET_KEY: &str = "an-http-test-key-0123456789abcdef";
pub const PASSWORD: &str = "correct horse battery";

/// A started application. It ends with the test's runtime; its database is dropped with this value.
pub struct TestApp {
    pub base: String,
    pub domain: Arc<Domain>,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
    host: Option<Host>,
    pub database: TestDatabase,
}

/// How to start one.
#[derive(Default)]
pub struct Start {
    settings: HashMap<String, String>,
}

impl Start {
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    pub async fn app(self) -> TestApp {
        self.app_on(TestDatabase::create().await).await
    }

    pub async fn app_on(self, database: TestDatabase) -> TestApp {
        logs::capture();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let folder = tempfile::tempdir().expect("a folder");
        let defaults = HashMap::from([
            ("SECRET_KEY", SECRET_KEY.to_owned()),
            ("DATABASE_URL", database.url().to_owned()),
            ("LISTEN_ADDR", addr.to_string()),
            ("REPLYBOOK_WORKER", "off".to_owned()),
            ("REPLYBOOK_DATA_DIR", folder.path().join("data").display().to_string()),
        ]);
        let lookup = |name: &str| self.settings.get(name).or_else(|| defaults.get(name)).cloned();
        let settings = Settings::from_lookup(lookup).expect("valid settings");
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let domain = Domain::open_with(settings, clock.clone()).await.expect("the database opens");
        assert_eq!(domain.store.backend(), database.backend(), "the tests run where they say they run");
        let host = Host::start(domain.clone(), listener, site(&folder)).expect("the server starts");
        TestApp { base: format!("http://{addr}"), domain, clock, folder, host: Some(host), database }
    }
}

/// A built site in miniature.
fn site(folder: &TempDir) -> Site {
    let pkg = folder.path().join("site/pkg");
    std::fs::create_dir_all(&pkg).expect("a folder");
    for (name, text) in [("replybook.js", "export {};"), ("replybook.js.br", "compressed"), ("replybook.css", "body{}")]
    {
        std::fs::write(pkg.join(name), text).expect("written");
    }
    std::fs::write(folder.path().join("site/favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
        .expect("written");
    Site::open(folder.path().join("site"))
}

impl TestApp {
    pub async fn start() -> Self {
        Start::default().app().await
    }

    /// Stops as SIGTERM would.
    pub async fn stop(&mut self) {
        self.host.take().expect("it runs").stop().await.expect("it stops cleanly");
    }

    /// Where it answers `/metrics` without a token.
    pub fn metrics_addr(&self) -> Option<std::net::SocketAddr> {
        self.host.as_ref()?.metrics.as_ref().map(|metrics| metrics.addr)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn user(&self, email: &str, role: Role) -> User {
        auth::create_user(&self.domain, Actor::command_line(), email, None, PASSWORD, role).await.expect("a user")
    }

    /// A browser in which nobody is signed in.
    pub fn anonymous(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser in which a fresh admin is signed in.
    pub async fn admin(&self) -> Browser {
        self.signed_in("admin@replybook.example", Role::Admin).await
    }

    /// A browser in which a fresh member is signed in.
    pub async fn member(&self) -> Browser {
        self.signed_in("member@replybook.example", Role::Member).await
    }

    pub async fn signed_in(&self, email: &str, role: Role) -> Browser {
        self.user(email, role).await;
        let browser = self.anonymous();
        browser.log_in(email).await;
        browser
    }

    /// The day it is for the application.
    pub fn clock_day(&self) -> chrono::NaiveDate {
        self.clock.now().date_naive()
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// The same database opened with another key.
    pub async fn open_with_key(&self, key: &str) -> Result<Arc<Domain>, OpenError> {
        let url = self.database.url().to_owned();
        let settings = Settings::from_lookup(|name| match name {
            "SECRET_KEY" => Some(key.to_owned()),
            "DATABASE_URL" => Some(url.clone()),
            _ => None,
        });
        Domain::open(settings.expect("valid settings")).await
    }
}

/// A client without cookies that follows no redirects.
pub fn client() -> Client {
    builder().build().expect("a client")
}

fn builder() -> reqwest::ClientBuilder {
    // Installs the TLS provider that a client needs even where it speaks plain HTTP.
    replybook::net::client(replybook::net::Limits::default()).expect("TLS");
    // No answer takes that long, on whatever machine: a test says which one did not come, and does not wait for ever.
    let patience = std::time::Duration::from_secs(120);
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(patience)
}

/// Status and JSON body of an answer. One of the API is held against its document.
pub async fn json(response: reqwest::Response) -> (u16, Value) {
    let (status, path) = (response.status().as_u16(), response.url().path().to_owned());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} without JSON ({error}): {text}"));
    if path.starts_with("/api/") && !path.starts_with("/api/ui/") {
        contract::check(&path, status, &body);
    }
    (status, body)
}

/// Asserts an error of the API: status, JSON, `detail`.
#[track_caller]
pub fn assert_detail(answer: &(u16, Value), status: u16, detail: &str) {
    assert_eq!((answer.0, answer.1["detail"].as_str()), (status, Some(detail)), "the body is {}", answer.1);
}
