//! The Google double of `end2end/doubles`: started by a test, scripted over its control API, gone with the test.

use std::{io::BufRead, process, sync::Arc};

use chrono::TimeDelta;
use replybook::{
    Domain,
    clock::{Clock, SystemClock},
    store::{ConnectAccount, ProviderSeed, Tokens},
    types::{AccountId, Provider},
};
use serde_json::{Value, json};

use super::TestDb;

pub struct Google {
    process: process::Child,
    http: reqwest::Client,
    endpoints: Value,
}

impl Google {
    pub fn start() -> Self {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/end2end");
        assert!(
            std::path::Path::new(root).join("node_modules").exists(),
            "the doubles are not installed: run `npm ci --prefix end2end`"
        );
        let mut process = process::Command::new("node")
            .arg(format!("{root}/doubles/google.mjs"))
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        let out = process.stdout.take().expect("stdout is piped");
        std::io::BufReader::new(out).read_line(&mut line).expect("the double says where it is");
        let endpoints = serde_json::from_str(&line).expect("the double answers in JSON");
        Self { process, http: replybook::net::client(replybook::net::Limits::default()).expect("a client"), endpoints }
    }

    pub fn endpoint(&self, name: &str) -> &str {
        self.endpoints[name].as_str().expect("the double names its endpoints")
    }

    /// The settings that lead to this double.
    pub fn settings(&self) -> [(&'static str, &str); 7] {
        [
            ("GMAIL_CLIENT_ID", self.endpoint("client_id")),
            ("GMAIL_CLIENT_SECRET", self.endpoint("client_secret")),
            ("GOOGLE_AUTH_URL", self.endpoint("auth_url")),
            ("GOOGLE_TOKEN_URL", self.endpoint("token_url")),
            ("GOOGLE_REVOKE_URL", self.endpoint("revoke_url")),
            ("GOOGLE_USERINFO_URL", self.endpoint("userinfo_url")),
            ("GMAIL_API_BASE_URL", self.endpoint("gmail_api_base_url")),
        ]
    }

    /// The domain of a story that never waits for the quota.
    pub async fn domain(&self, db: &TestDb, more: &[(&str, &str)]) -> Arc<Domain> {
        let mut variables: Vec<(&str, &str)> = self.settings().to_vec();
        variables.push(("GMAIL_QUOTA_UNITS_PER_MINUTE", "60000000"));
        variables.extend(more);
        Domain::open(db.settings(&variables)).await.expect("the domain opens")
    }

    /// Connects a mailbox without the dance on Google's pages.
    pub async fn connect(&self, d: &Domain, email: &str) -> AccountId {
        let tokens = self.post("/tokens", json!({"email": email})).await;
        let text = |name: &str| tokens[name].as_str().expect("a token").into();
        let connect = ConnectAccount {
            provider: ProviderSeed { provider: Provider::Gmail, default_scopes: None },
            auth: None,
            imap: None,
            owner: None,
            address: email,
            display_name: &format!("Gmail – {email}"),
            tokens: Some(Tokens {
                access_token: &text("access_token"),
                refresh_token: Some(&text("refresh_token")),
                expires_in: tokens["expires_in"].as_i64().map(TimeDelta::seconds),
                scopes: &[],
            }),
        };
        d.store.connect_account(connect, SystemClock.now()).await.expect("connects").account
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.endpoint("control_url"))).json(&body);
        let answer = request.send().await.expect("the double answers");
        assert!(answer.status().is_success(), "POST {path}: {}", answer.text().await.unwrap_or_default());
        answer.json().await.expect("JSON")
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.endpoint("control_url")));
        request.send().await.expect("the double answers").json().await.expect("JSON")
    }

    pub async fn clear_faults(&self) {
        let request = self.http.delete(format!("{}/faults", self.endpoint("control_url")));
        request.send().await.expect("the double answers");
    }

    /// Puts messages into a mailbox and returns their ids.
    pub async fn seed(&self, email: &str, messages: Vec<Value>) -> Vec<String> {
        let seeded = self.post("/seed", json!({"account": {"email": email}, "messages": messages})).await;
        let ids = seeded["messages"].as_array().expect("a list");
        ids.iter().map(|message| message["id"].as_str().expect("an id").to_owned()).collect()
    }
}

impl Drop for Google {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
