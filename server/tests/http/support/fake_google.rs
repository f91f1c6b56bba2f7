//! A Google that answers what the test wants, for the answers that the emulator never gives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Form, Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Start;

pub const READONLY: &str = "https://www.googleapis.com/auth/gmail.readonly";
pub const ACCESS_TOKEN: &str = "ya29.access-token-of-the-fake";
pub const REFRESH_TOKEN: &str = "1//refresh-token-of-the-fake";
pub const CLIENT_SECRET: &str = "GOCSPX-secret-of-the-fake";

/// What it answers; change it through [`FakeGoogle::script`].
pub struct Script {
    pub token: (u16, Value),
    pub profile: (u16, Value),
    pub userinfo: (u16, Value),
    pub revoke: u16,
    /// The forms that the token endpoint has seen.
    pub token_requests: Vec<Vec<(String, String)>>,
    /// Tokens that Google does not know any more: revoking one is answered `invalid_token`.
    pub unknown: Vec<String>,
    /// The tokens that were revoked.
    pub revoked: Vec<String>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            token: (200, grant()),
            profile: (
                200,
                json!({ "emailAddress": "Box@Mail.Example", "messagesTotal": 0, "threadsTotal": 0, "historyId": "1" }),
            ),
            userinfo: (200, json!({ "email": "box@mail.example", "verified_email": true })),
            revoke: 200,
            token_requests: Vec::new(),
            unknown: Vec::new(),
            revoked: Vec::new(),
        }
    }
}

/// A complete answer of the token endpoint.
pub fn grant() -> Value {
    json!({ "access_token": ACCESS_TOKEN, "refresh_token": REFRESH_TOKEN, "expires_in": 3599, "scope": READONLY, "token_type": "Bearer" })
}

#[derive(Clone)]
pub struct FakeGoogle {
    base: String,
    script: Arc<Mutex<Script>>,
}

impl FakeGoogle {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let fake = Self { base, script: Arc::default() };
        let router = Router::new()
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/userinfo", get(userinfo))
            .route("/gmail/v1/users/me/profile", get(profile))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settings of an application that takes this for Google.
    pub fn settings(&self) -> Start {
        Start::default()
            .with("GOOGLE_AUTH_URL", format!("{}/auth", self.base))
            .with("GOOGLE_TOKEN_URL", format!("{}/token", self.base))
            .with("GOOGLE_REVOKE_URL", format!("{}/revoke", self.base))
            .with("GOOGLE_USERINFO_URL", format!("{}/userinfo", self.base))
            .with("GMAIL_API_BASE_URL", self.base.clone())
            .with("GMAIL_CLIENT_ID", "client-id-of-the-fake")
            .with("GMAIL_CLIENT_SECRET", CLIENT_SECRET)
    }
}

fn answer((status, body): &(u16, Value)) -> Response {
    (StatusCode::from_u16(*status).expect("a status"), Json(body.clone())).into_response()
}

async fn token(State(fake): State<FakeGoogle>, Form(form): Form<Vec<(String, String)>>) -> Response {
    let mut script = fake.script();
    script.token_requests.push(form);
    answer(&script.token)
}

async fn revoke(State(fake): State<FakeGoogle>, Form(form): Form<Vec<(String, String)>>) -> Response {
    let mut script = fake.script();
    let tokens: Vec<String> = form.into_iter().filter(|(name, _)| name == "token").map(|(_, token)| token).collect();
    if tokens.iter().any(|token| script.unknown.contains(token)) {
        return answer(&(400, json!({ "error": "invalid_token" })));
    }
    script.revoked.extend(tokens);
    answer(&(script.revoke, json!({})))
}

async fn userinfo(State(fake): State<FakeGoogle>) -> Response {
    answer(&fake.script().userinfo)
}

async fn profile(State(fake): State<FakeGoogle>) -> Response {
    answer(&fake.script().profile)
}
