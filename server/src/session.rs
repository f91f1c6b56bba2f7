//! Browser sessions: a cookie that means nothing by itself, and a row in the database that says who is signed in.

use std::{cell::Cell, sync::Arc};

use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use replybook::{
    Domain,
    auth::{self, Entrant},
    crypto,
    types::{Credential, Problem, SESSION_DAYS, UnavailableCode, User, UserId},
};
use replybook_app::paths;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Error as SessionError, Id, Record},
    session_store,
};

use crate::{pages::refusal_for, problem::Refusal};

/// The name of the session cookie.
pub const COOKIE: &str = "replybook_session";
/// The same behind https: with this prefix browsers take it from nobody but this very host (RFC 6265bis §4.1.3.2).
const HOST_COOKIE: &str = "__Host-replybook_session";
/// The cookie by which a device is known on which somebody signed in before: see [`auth::device_token`].
const DEVICE_COOKIE: &str = "replybook_device";
/// No token of ours is longer, in bytes.
const DEVICE_BYTES: usize = 512;
/// However much it is used, a session is over then.
const LASTS: TimeDelta = TimeDelta::days(30);
/// How old the note of the last use may get before it is written again: one write a day, not one a request.
const TOUCH_AFTER: TimeDelta = TimeDelta::days(1);
const LOGIN_KEY: &str = "login";

/// What a session remembers of a login.
#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    pub user: UserId,
    /// Changes with the password; a session of an older epoch is over.
    pub epoch: i32,
    /// A random string that ties an OAuth request to this session. The cookie's own value is never given away for it.
    pub binding: String,
    seen_at: DateTime<Utc>,
    /// An early version did not note it: the next look does.
    #[serde(default)]
    began_at: Option<DateTime<Utc>>,
}

/// The layer that finds the session of a request and writes it back when it changed.
pub fn layer(domain: &Arc<Domain>) -> SessionManagerLayer<SessionRows> {
    SessionManagerLayer::new(SessionRows(Arc::clone(domain)))
        .with_name(if domain.settings.is_https() { HOST_COOKIE } else { COOKIE })
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(domain.settings.is_https())
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::days(SESSION_DAYS)))
}

/// Signs somebody in: everything the session held is dropped and its id replaced, so that an id known before is worthless. It
/// belongs to the epoch in which they showed who they are: where that is over by now, so is the session.
///
/// # Errors
/// When the database cannot be used.
pub async fn sign_in(domain: &Domain, session: &Session, entrant: &Entrant) -> Result<(), Problem> {
    session.clear().await;
    session.cycle_id().await.map_err(unusable)?;
    let now = domain.clock.now();
    let login = Login {
        user: entrant.user.id,
        epoch: entrant.epoch,
        binding: crypto::random_token(),
        seen_at: now,
        began_at: Some(now),
    };
    session.insert(LOGIN_KEY, login).await.map_err(unusable)
}

/// Ends the session here and in the database.
///
/// # Errors
/// When the database cannot be used.
pub async fn sign_out(session: &Session) -> Result<(), Problem> {
    if session.id().is_none() {
        return Ok(());
    }
    session.flush().await.map_err(unusable)
}

/// The login of this session, if it has one that still counts.
///
/// # Errors
/// When the database cannot be used.
pub async fn current(domain: &Domain, session: &Session) -> Result<Option<(User, Login)>, Problem> {
    // Without a session cookie there is nothing to ask the database.
    if session.id().is_none() {
        return Ok(None);
    }
    let Some(mut login) = session.get::<Login>(LOGIN_KEY).await.map_err(unusable)? else { return Ok(None) };
    let now = domain.clock.now();
    let began_at = login.began_at.unwrap_or(now);
    let user = match auth::session_user(domain, login.user, login.epoch).await? {
        Some(user) if now - began_at < LASTS => user,
        _ => {
            session.flush().await.map_err(unusable)?;
            return Ok(None);
        }
    };
    if now - login.seen_at > TOUCH_AFTER || login.began_at.is_none() {
        login.seen_at = now;
        login.began_at = Some(began_at);
        session.insert(LOGIN_KEY, &login).await.map_err(unusable)?;
    }
    Ok(Some((user, login)))
}

/// The session itself, as what is done in it is tied to it.
pub fn credential(session: &Session) -> Option<Credential> {
    session.id().map(|id| Credential::Session(crypto::token_digest(&id.to_string())))
}

/// What an earlier login left in this browser.
pub fn device(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == DEVICE_COOKIE)?;
    (token.len() <= DEVICE_BYTES).then(|| token.to_owned())
}

/// The `Set-Cookie` by which this browser is known at the next login of `user`.
pub fn device_cookie(domain: &Domain, user: &User) -> Option<HeaderValue> {
    let token = auth::device_token(domain, &user.email)?;
    let seconds = TimeDelta::days(auth::DEVICE_DAYS).num_seconds();
    let secure = if domain.settings.is_https() { "; Secure" } else { "" };
    let cookie =
        format!("{DEVICE_COOKIE}={token}; Path={}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", paths::LOGIN);
    HeaderValue::from_str(&cookie).ok()
}

/// The same session as the database has it now: it may have ended since the request came.
#[must_use]
pub fn anew(domain: &Arc<Domain>, session: &Session) -> Session {
    Session::new(session.id(), Arc::new(SessionRows(Arc::clone(domain))), None)
}

/// Deletes the sessions, tokens and requests that are over.
///
/// # Errors
/// When the database cannot be used.
pub async fn delete_expired(domain: &Domain) -> Result<(), Problem> {
    domain.store.delete_expired(domain.clock.now()).await?;
    Ok(())
}

tokio::task_local! {
    /// Why a session of the present request could not be read or stored: the layer that does it passes on a text at most.
    static REFUSED: Cell<Option<Problem>>;
}

/// Answers by the problem itself where the layer within, which stores a session when the answer is there already, could not:
/// for its part it says 500.
pub async fn say_why(request: Request, next: Next) -> Response {
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let answering = async {
        let response = next.run(request).await;
        (response, REFUSED.with(Cell::take))
    };
    match REFUSED.scope(Cell::new(None), answering).await {
        (response, Some(problem)) if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            refusal_for(&path, &headers, Refusal::from(problem))
        }
        (response, _) => response,
    }
}

/// The store below has logged the cause.
fn unusable(error: SessionError) -> Problem {
    match error {
        SessionError::Store(_) => {
            let known = REFUSED.try_with(Cell::take).ok().flatten();
            known.unwrap_or_else(|| Problem::unavailable(UnavailableCode::Database))
        }
        SessionError::SerdeJson(_) => Problem::Unauthenticated,
    }
}

/// The sessions in the database. Times come from the domain's clock.
#[derive(Clone)]
pub struct SessionRows(Arc<Domain>);

impl std::fmt::Debug for SessionRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionRows")
    }
}

impl SessionRows {
    fn expires(&self) -> DateTime<Utc> {
        self.0.clock.now() + TimeDelta::days(SESSION_DAYS)
    }
}

#[async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let data = encode(record)?;
        while !self.0.store.session_create(&row_key(&record.id), &data, self.expires()).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    /// A session that is known already is stored again to note that it was used, and for nothing else: a login makes a new one.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (key, data) = (row_key(&record.id), encode(record)?);
        auth::note_use(self.0.store.session_save(&key, &data, self.expires())).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some((data, expires)) =
            self.0.store.session_load(&row_key(id), self.0.clock.now()).await.map_err(backend)?
        else {
            return Ok(None);
        };
        let data = serde_json::from_slice(&data).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(expires.timestamp())
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.store.session_delete(&row_key(id)).await.map_err(backend)?;
        Ok(())
    }
}

fn encode(record: &Record) -> session_store::Result<Vec<u8>> {
    serde_json::to_vec(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))
}

/// Turning it into a [`Problem`] logs the cause once.
fn backend(error: impl Into<Problem>) -> session_store::Error {
    let problem = error.into();
    let text = problem.to_string();
    // Outside a request nobody asks why.
    let _outside = REFUSED.try_with(|refused| refused.set(Some(problem)));
    session_store::Error::Backend(text)
}

/// The row of a session is found by the hash of its id: who reads the database cannot sign in with what is there.
fn row_key(id: &Id) -> String {
    crypto::token_hash(&id.to_string())
}
