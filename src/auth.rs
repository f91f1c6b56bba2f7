//! Who may come in: passwords, first-admin link, API tokens, and limits on attempts.

use std::{net::IpAddr, sync::LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Domain,
    crypto::random_token,
    mail::is_address,
    store::{Act, NewApiToken, NewUser, StoredUser},
    types::{
        Actor, ApiToken, ApiTokenCreated, ApiTokenId, InvalidCode, LoginOutput, NotFoundCode, Problem, Role, Through,
        User, UserId,
    },
};

/// The shortest password, in characters (NIST SP 800-63B asks for 8 at least).
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longer ones only cost time to hash.
const MAX_PASSWORD_CHARS: usize = 1_000;
/// Attempts within [`ATTEMPT_WINDOW`] for one account, right or wrong; a success forgets them.
const ATTEMPTS_PER_ACCOUNT: u32 = 10;
/// Attempts within [`ATTEMPT_WINDOW`] from one address: an office shares one.
const ATTEMPTS_PER_ADDRESS: u32 = 50;
const ATTEMPT_WINDOW: TimeDelta = TimeDelta::minutes(15);
/// How long the token of `POST /api/auth/login` lives.
const LOGIN_TOKEN_LIFE: TimeDelta = TimeDelta::hours(12);
/// `last_used_at` of a token is exact to this.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Personal tokens say what they are, so that scanners for leaked secrets can find them.
const TOKEN_PREFIX: &str = "rb_";

/// Somebody who came with a bearer token.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    pub user: User,
    pub token_id: ApiTokenId,
}

fn wrong_credentials() -> Problem {
    Problem::invalid("password", InvalidCode::WrongCredentials)
}

/// Signs somebody in by email and password. Unknown and deactivated people cost the same work as a wrong password.
///
/// # Errors
/// `wrong_credentials`, or [`Problem::TooMany`] with the seconds to wait.
pub async fn login(d: &Domain, through: Through, email: &str, password: &str, from: IpAddr) -> Result<User, Problem> {
    let email = email.trim().to_lowercase();
    let (by_account, by_address) = (format!("account:{email}"), format!("address:{from}"));
    let limits = [(by_account.as_str(), ATTEMPTS_PER_ACCOUNT), (by_address.as_str(), ATTEMPTS_PER_ADDRESS)];
    let act = Act { by: Actor { user: None, through }, at: d.clock.now() };
    if let Some(retry_after_seconds) = d.store.count_login_attempt(&limits, ATTEMPT_WINDOW, act).await? {
        tracing::warn!(%from, "login refused: too many attempts");
        return Err(Problem::TooMany { retry_after_seconds });
    }
    let stored = d.store.user_by_email(&email).await?;
    let hash = stored.as_ref().map_or_else(|| NOBODY.clone(), |stored| stored.password_hash.clone());
    let fits = verify(password, hash).await?;
    match stored {
        Some(StoredUser { user, .. }) if fits && user.active => {
            d.store.clear_login_attempts(&by_account).await?;
            Ok(user)
        }
        _ => Err(wrong_credentials()),
    }
}

/// The one-time link with which the first admin is made, while there is nobody. Each call makes the earlier link void.
///
/// # Errors
/// When the database cannot be written.
pub async fn setup_link(d: &Domain, base: &str) -> Result<Option<String>, Problem> {
    if !d.store.has_no_users().await? {
        return Ok(None);
    }
    let token = random_token();
    d.store.set_setup_token(&token, d.clock.now()).await?;
    Ok(Some(format!("{base}/setup?token={token}")))
}

/// What a first-admin link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupLink {
    Works,
    /// Nobody made it, or a newer one has taken its place.
    Unknown,
    /// There is somebody by now.
    Over,
}

/// Whether a first-admin link still works.
///
/// # Errors
/// When the database cannot be read.
pub async fn setup_link_of(d: &Domain, token: &str) -> Result<SetupLink, Problem> {
    Ok(match d.store.setup_token_is_valid(token).await? {
        true => SetupLink::Works,
        false if d.store.has_no_users().await? => SetupLink::Unknown,
        false => SetupLink::Over,
    })
}

/// Makes the first admin. The link works once.
///
/// # Errors
/// `setup_link_invalid` when it has been used, `email_invalid`, `password_too_short`, `password_too_long`.
pub async fn create_first_admin(
    d: &Domain,
    token: &str,
    email: &str,
    display_name: &str,
    password: &str,
) -> Result<User, Problem> {
    let new = new_user(email, Some(display_name), password, Role::Admin).await?;
    let act = Act { by: Actor { user: None, through: Through::Page }, at: d.clock.now() };
    let made = d.store.create_first_admin(token, new, act).await?;
    let user = made.ok_or_else(|| Problem::not_found(NotFoundCode::SetupLink))?;
    tracing::info!(user = %user.id, "the first admin is made");
    Ok(user)
}

/// Makes a person.
///
/// # Errors
/// `email_taken`, `email_invalid`, `password_too_short`, `password_too_long`.
pub async fn create_user(
    d: &Domain,
    by: Actor,
    email: &str,
    display_name: Option<&str>,
    password: &str,
    role: Role,
) -> Result<User, Problem> {
    let new = new_user(email, display_name, password, role).await?;
    let user = d.store.create_user(new, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, user = %user.id, role = %user.role, "person added");
    Ok(user)
}

/// Everybody, by email.
///
/// # Errors
/// When the database cannot be read.
pub async fn list_users(d: &Domain) -> Result<Vec<User>, Problem> {
    Ok(d.store.list_users().await?)
}

/// The person with this email, in any case of letters.
///
/// # Errors
/// `user_not_found`.
pub async fn user_by_email(d: &Domain, email: &str) -> Result<User, Problem> {
    Ok(d.store.user_by_email(email).await?.ok_or_else(user_not_found)?.user)
}

/// Lets a person in, or shuts them out at once: their sessions and login tokens end.
///
/// # Errors
/// `user_not_found`.
pub async fn set_active(d: &Domain, by: Actor, email: &str, active: bool) -> Result<(), Problem> {
    let user = user_by_email(d, email).await?;
    if !d.store.set_user_active(email, active, Act { by, at: d.clock.now() }).await? {
        return Err(user_not_found());
    }
    tracing::info!(%by, user = %user.id, active, "person let in or shut out");
    Ok(())
}

fn user_not_found() -> Problem {
    Problem::not_found(NotFoundCode::User)
}

async fn new_user(email: &str, name: Option<&str>, password: &str, role: Role) -> Result<NewUser, Problem> {
    let email = email.trim();
    if !is_address(email) {
        return Err(Problem::invalid("email", InvalidCode::EmailInvalid));
    }
    let password_hash = hash_password(password).await?;
    let local = email.split('@').next().unwrap_or(email);
    let display_name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(local);
    Ok(NewUser { email: email.to_owned(), display_name: display_name.chars().take(200).collect(), password_hash, role })
}

/// Changes one's own password and ends every other session and login token.
///
/// # Errors
/// `wrong_credentials` when `current` is wrong, `password_too_short`, `password_too_long`.
pub async fn change_password(d: &Domain, by: Actor, current: &str, new: &str) -> Result<(), Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let stored = d.store.user(user).await?.ok_or(Problem::Unauthenticated)?;
    if !verify(current, stored.password_hash).await? {
        return Err(Problem::invalid("current", InvalidCode::WrongCredentials));
    }
    give_password(d, by, user, new).await
}

/// Gives somebody a new password, from the command line.
///
/// # Errors
/// `user_not_found`, `password_too_short`, `password_too_long`.
pub async fn set_password(d: &Domain, by: Actor, email: &str, new: &str) -> Result<(), Problem> {
    let user = user_by_email(d, email).await?;
    give_password(d, by, user.id, new).await
}

async fn give_password(d: &Domain, by: Actor, user: UserId, new: &str) -> Result<(), Problem> {
    let hash = hash_password(new).await?;
    d.store.set_password_hash(user, &hash, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, %user, "password changed; other sessions are over");
    Ok(())
}

/// The person of a session, unless they are gone, deactivated, or have a newer password than the session.
///
/// # Errors
/// When the database cannot be read.
pub async fn session_user(d: &Domain, user: UserId, session_epoch: i32) -> Result<Option<User>, Problem> {
    Ok(d.store.user(user).await?.filter(|stored| is_current(stored, Some(session_epoch))).map(|stored| stored.user))
}

/// The epoch that a session beginning now belongs to.
///
/// # Errors
/// When the database cannot be read, or the person is gone.
pub async fn session_epoch(d: &Domain, user: UserId) -> Result<i32, Problem> {
    Ok(d.store.user(user).await?.ok_or(Problem::Unauthenticated)?.session_epoch)
}

fn is_current(stored: &StoredUser, epoch: Option<i32>) -> bool {
    stored.user.active && epoch.is_none_or(|epoch| epoch == stored.session_epoch)
}

/// A short-lived token for scripts. It ends with the password it was made with.
///
/// # Errors
/// When the database cannot be written.
pub async fn issue_login_token(d: &Domain, user: &User) -> Result<LoginOutput, Problem> {
    let token = format!("{TOKEN_PREFIX}{}", random_token());
    let now = d.clock.now();
    let new = NewApiToken {
        user_id: user.id,
        personal: false,
        name: "login",
        token: &token,
        session_epoch: Some(session_epoch(d, user.id).await?),
        expires_at: Some(now + LOGIN_TOKEN_LIFE),
    };
    d.store.create_api_token(new, now).await?;
    Ok(LoginOutput {
        access_token: token,
        token_type: "bearer".to_owned(),
        expires_in: u32::try_from(LOGIN_TOKEN_LIFE.num_seconds()).unwrap_or(u32::MAX),
    })
}

/// A personal token, which lives until it is deleted. This is the only time it can be seen.
///
/// # Errors
/// `name_missing`, `name_too_long`.
pub async fn create_api_token(d: &Domain, by: Actor, name: &str) -> Result<ApiTokenCreated, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let name = name.trim();
    match name.chars().count() {
        0 => return Err(Problem::invalid("name", InvalidCode::NameMissing)),
        1..=100 => {}
        _ => return Err(Problem::invalid("name", InvalidCode::NameTooLong)),
    }
    let token = format!("{TOKEN_PREFIX}{}", random_token());
    let new = NewApiToken { user_id: user, personal: true, name, token: &token, session_epoch: None, expires_at: None };
    let info = d.store.create_api_token(new, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, token = %info.id, "API token made");
    Ok(ApiTokenCreated { token, info })
}

/// The personal tokens of somebody, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn list_api_tokens(d: &Domain, user: UserId) -> Result<Vec<ApiToken>, Problem> {
    Ok(d.store.list_api_tokens(user).await?)
}

/// Deletes one of one's own tokens: it stops working at once.
///
/// # Errors
/// `api_token_not_found`.
pub async fn delete_api_token(d: &Domain, by: Actor, token: ApiTokenId) -> Result<(), Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    if !d.store.delete_api_token(user, token, Act { by, at: d.clock.now() }).await? {
        return Err(Problem::not_found(NotFoundCode::ApiToken));
    }
    tracing::info!(%by, %token, "API token deleted");
    Ok(())
}

/// Whose token this is.
///
/// # Errors
/// When the database cannot be read.
pub async fn user_of_token(d: &Domain, token: &str) -> Result<Option<TokenCaller>, Problem> {
    let now = d.clock.now();
    let Some(stored) = d.store.api_token(token, now).await? else { return Ok(None) };
    let Some(user) = d.store.user(stored.user_id).await? else { return Ok(None) };
    if !is_current(&user, stored.session_epoch) {
        return Ok(None);
    }
    if stored.last_used_at.is_none_or(|at| now - at >= TOUCH_EVERY) {
        d.store.touch_api_token(stored.id, now).await?;
    }
    Ok(Some(TokenCaller { user: user.user, token_id: stored.id }))
}

/// What is verified for somebody unknown, so that the answer takes as long as for somebody known.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&random_token()).unwrap_or_default());

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

async fn hash_password(password: &str) -> Result<String, Problem> {
    match password.chars().count() {
        0..MIN_PASSWORD_CHARS => return Err(Problem::invalid("password", InvalidCode::PasswordTooShort)),
        MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => {}
        _ => return Err(Problem::invalid("password", InvalidCode::PasswordTooLong)),
    }
    let password = SecretString::from(password);
    tokio::task::spawn_blocking(move || hash(password.expose_secret()))
        .await
        .map_err(|error| Problem::internal(&error))?
        .map_err(|error| Problem::internal(&error))
}

async fn verify(password: &str, hash: String) -> Result<bool, Problem> {
    let password: SecretString = password.chars().take(MAX_PASSWORD_CHARS).collect::<String>().into();
    tokio::task::spawn_blocking(move || {
        let parsed = PasswordHash::new(&hash)?;
        match Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        }
    })
    .await
    .map_err(|error| Problem::internal(&error))?
    .map_err(|error: argon2::password_hash::Error| Problem::internal(&error))
}
