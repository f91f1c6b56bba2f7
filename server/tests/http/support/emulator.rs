//! The Google double of `end2end/doubles`: OAuth pages and Gmail, written by others. One for the whole process; tests keep
//! apart by using mailboxes of their own.

use std::{
    process::Child,
    sync::{LazyLock, Mutex},
};

use serde_json::{Value, json};

use super::{Start, client, double};

pub struct Emulator {
    facts: Value,
    /// The double ends when its standard input closes, and that closes with this process at the latest.
    _process: Mutex<Child>,
}

static EMULATOR: LazyLock<Emulator> = LazyLock::new(Emulator::start);

/// The emulator, started on first use.
pub fn emulator() -> &'static Emulator {
    &EMULATOR
}

impl Emulator {
    fn start() -> Self {
        let (process, facts) = double::start("google.mjs", "@emulators/google");
        Self { facts, _process: Mutex::new(process) }
    }

    fn fact(&self, name: &str) -> String {
        self.facts[name].as_str().unwrap_or_else(|| panic!("the double does not name its {name}")).to_owned()
    }

    /// The environment of an application that takes this for Google.
    pub fn variables(&self) -> [(&'static str, String); 7] {
        [
            ("GOOGLE_AUTH_URL", self.fact("auth_url")),
            ("GOOGLE_TOKEN_URL", self.fact("token_url")),
            ("GOOGLE_REVOKE_URL", self.fact("revoke_url")),
            ("GOOGLE_USERINFO_URL", self.fact("userinfo_url")),
            ("GMAIL_API_BASE_URL", self.fact("base_url")),
            ("GMAIL_CLIENT_ID", self.fact("client_id")),
            ("GMAIL_CLIENT_SECRET", self.fact("client_secret")),
        ]
    }

    /// The same for an application in this process.
    pub fn settings(&self) -> Start {
        self.variables().into_iter().fold(Start::default(), |start, (name, value)| start.with(name, value))
    }

    /// One call of the double's control API.
    pub async fn control(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.fact("control_url"));
        let response = client().post(url).json(body).send().await.expect("the double answers");
        let (status, body) = super::json(response).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Takes back the fault with this id.
    pub async fn forget_fault(&self, id: &str) {
        let url = format!("{}/faults/{id}", self.fact("control_url"));
        let response = client().delete(url).send().await.expect("the double answers");
        assert_eq!(response.status(), 200, "there is a fault called {id}");
    }

    pub async fn look(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.fact("control_url"));
        super::json(client().get(url).send().await.expect("the double answers")).await.1
    }

    /// A mailbox with `threads` questions, each answered by its owner an hour later.
    pub async fn mailbox(&self, email: &str, threads: usize) {
        let now = chrono::Utc::now();
        let messages: Vec<Value> = (0..threads)
            .flat_map(|number| {
                let asked = now - chrono::TimeDelta::hours(48) + chrono::TimeDelta::minutes(i64::try_from(number).expect("few"));
                let answered = asked + chrono::TimeDelta::hours(1);
                let (question, answer) = (format!("<q{number}@client.example>"), format!("<a{number}@{email}>"));
                let mail = |headers: String, body: &str| format!("{headers}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n");
                [
                    json!({
                        "eml": mail(
                            format!(
                                "From: Client {number} <client{number}@client.example>\r\nTo: {email}\r\nSubject: Order {number}\r\n\
                                 Date: {}\r\nMessage-ID: {question}",
                                asked.to_rfc2822()
                            ),
                            &format!("Hello, where is my order number {number}? It should have been here on Monday."),
                        ),
                        "labels": ["INBOX"],
                    }),
                    json!({
                        "eml": mail(
                            format!(
                                "From: {email}\r\nTo: client{number}@client.example\r\nSubject: Re: Order {number}\r\nDate: {}\r\n\
                                 Message-ID: {answer}\r\nIn-Reply-To: {question}\r\nReferences: {question}",
                                answered.to_rfc2822()
                            ),
                            &format!("Your order number {number} left our store this morning and will arrive tomorrow."),
                        ),
                        "labels": ["SENT"],
                    }),
                ]
            })
            .collect();
        self.control("/seed", &json!({ "account": { "email": email }, "messages": messages })).await;
    }

    /// What a person does on the consent page; returns where Google sends the browser.
    pub async fn consent(&self, auth_url: &url::Url, email: &str) -> String {
        let answer = self.control("/consent", &json!({ "auth_url": auth_url.as_str(), "email": email })).await;
        answer["redirect"].as_str().expect("an address").to_owned()
    }

    /// The same, pressing Cancel.
    pub async fn deny(&self, auth_url: &url::Url, email: &str) -> String {
        let answer =
            self.control("/consent", &json!({ "auth_url": auth_url.as_str(), "email": email, "deny": true })).await;
        answer["redirect"].as_str().expect("an address").to_owned()
    }
}
