//! Who may come in: passwords, first-admin link, API tokens, and limits on attempts.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use chrono::{DateTime, TimeDelta};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{
    Domain,
    crypto::random_token,
    mail::is_address,
    people::checked_name,
    store::{Act, AttemptLimit, FIRST_EPOCH, NewApiToken, NewUser, StoreError, StoredUser},
    types::{
        Actor, ApiToken, ApiTokenCreated, ApiTokenId, ApiTokenInput, InvalidCode, LoginOutput, NotFoundCode, Problem,
        Role, TOKEN_DAYS, TOKEN_DAYS_AT_MOST, Through, User, UserId,
    },
    visible::is_seen,
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
/// No address of a person is longer (RFC 5321, erratum 1690).
const MAX_EMAIL_CHARS: usize = 254;
/// For so long a device on which somebody signed in is known.
const DEVICE_LIFE: TimeDelta = TimeDelta::days(DEVICE_DAYS);
/// The same in days, for whoever keeps the token of a device.
pub const DEVICE_DAYS: i64 = 365;
/// How long the token of `POST /api/auth/login` lives.
const LOGIN_TOKEN_LIFE: TimeDelta = TimeDelta::hours(12);
/// `last_used_at` of a token is exact to this.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Noting a use takes no longer, or is left to the next use.
const NOTE_WITHIN: Duration = Duration::from_secs(1);
/// Personal tokens say what they are, so that scanners for leaked secrets can find them.
const TOKEN_PREFIX: &str = "rb_";

/// Somebody who has shown who they are, and may begin a session or get a token for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrant {
    pub user: User,
    /// The session epoch in which that was shown: whatever begins with it ends with it.
    pub epoch: i32,
}

/// Somebody who came with a bearer token.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    pub user: User,
    /// The session epoch that the token belongs to.
    pub epoch: i32,
    pub token_id: ApiTokenId,
}

fn wrong_credentials() -> Problem {
    Problem::invalid("password", InvalidCode::WrongCredentials)
}

/// Signs somebody in by email and password. Unknown and deactivated people cost the same work as a wrong password.
///
/// Attempts are counted by account and by address. `device` is the [`device_token`] of an earlier login: its device has a count of
/// its own, so that whoever tries passwords elsewhere locks nobody out who was here before.
///
/// # Errors
/// `wrong_credentials`, `email_invalid` for what is nobody's address, [`Problem::TooMany`] with the seconds to wait,
/// [`Problem::Busy`] when too many sign in at once.
pub async fn login(
    d: &Domain,
    through: Through,
    email: &str,
    password: &str,
    from: IpAddr,
    device: Option<&str>,
) -> Result<Entrant, Problem> {
    let is_long = email.chars().count() > MAX_EMAIL_CHARS;
    let email = email.trim().to_lowercase();
    if is_long || email.chars().any(char::is_control) {
        return Err(Problem::invalid("email", InvalidCode::EmailInvalid));
    }
    let device = device.and_then(|token| known_device(d, token, &email)).map(|device| format!("device:{device}"));
    let (by_account, by_address) = (format!("account:{email}"), format!("address:{}", network(from)));
    let limits = match &device {
        Some(device) => vec![AttemptLimit { of: device, allowed: ATTEMPTS_PER_ACCOUNT }],
        None => vec![
            AttemptLimit { of: &by_account, allowed: ATTEMPTS_PER_ACCOUNT },
            AttemptLimit { of: &by_address, allowed: ATTEMPTS_PER_ADDRESS },
        ],
    };
    let act = Act { by: Actor::nobody(through), at: d.clock.now() };
    count_attempt(d, &limits, act).await?;
    let stored = d.store.user_by_email(&email).await?;
    let hash = stored.as_ref().and_then(|stored| stored.password_hash.clone());
    let fits = d.passwords.verify(as_typed(password), hash).await?;
    match stored {
        // Of the row whose password fitted, whatever has become of it meanwhile.
        Some(StoredUser { user, session_epoch: epoch, .. }) if fits && user.active => {
            d.store.clear_login_attempts(device.as_deref().unwrap_or(&by_account)).await?;
            d.store.note_login(user.id, d.clock.now()).await?;
            Ok(Entrant { user, epoch })
        }
        _ => Err(wrong_credentials()),
    }
}

async fn count_attempt(d: &Domain, limits: &[AttemptLimit<'_>], act: Act) -> Result<(), Problem> {
    match d.store.count_login_attempt(limits, ATTEMPT_WINDOW, act).await? {
        Some(retry_after_seconds) => Err(Problem::TooMany { retry_after_seconds }),
        None => Ok(()),
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

/// Whether there is somebody who could sign in.
///
/// # Errors
/// When the database cannot be read.
pub async fn has_people(d: &Domain) -> Result<bool, Problem> {
    Ok(!d.store.has_no_users().await?)
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
/// `setup_link_invalid` when it has been used, `email_invalid`, `name_too_long`, `password_too_short`, `password_too_long`.
pub async fn create_first_admin(
    d: &Domain,
    token: &str,
    email: &str,
    display_name: &str,
    password: &str,
) -> Result<Entrant, Problem> {
    // Whoever has no link has no claim to any work.
    if !d.store.setup_token_is_valid(token).await? {
        return Err(Problem::not_found(NotFoundCode::SetupLink));
    }
    let new = new_user(d, email, Some(display_name), password, Role::Admin).await?;
    let act = Act { by: Actor::nobody(Through::Page), at: d.clock.now() };
    let made = d.store.create_first_admin(token, new, act).await?;
    let user = made.ok_or_else(|| Problem::not_found(NotFoundCode::SetupLink))?;
    tracing::info!(user = %user.id, "the first admin is made");
    Ok(Entrant { user, epoch: FIRST_EPOCH })
}

/// Makes a person.
///
/// # Errors
/// `email_taken`, `email_invalid`, `name_too_long`, `password_too_short`, `password_too_long`.
pub async fn create_user(
    d: &Domain,
    by: Actor,
    email: &str,
    display_name: Option<&str>,
    password: &str,
    role: Role,
) -> Result<User, Problem> {
    let new = new_user(d, email, display_name, password, role).await?;
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

fn user_not_found() -> Problem {
    Problem::not_found(NotFoundCode::User)
}

async fn new_user(d: &Domain, email: &str, name: Option<&str>, password: &str, role: Role) -> Result<NewUser, Problem> {
    let new = new_without_password(email, role)?;
    let display_name = name.filter(|name| !name.trim().is_empty()).map(checked_name).transpose()?;
    let password_hash = hash_of(d, password).await?;
    Ok(NewUser { password_hash, display_name: display_name.unwrap_or(new.display_name), ..new })
}

/// Somebody who cannot sign in before they have set a password.
///
/// # Errors
/// `email_invalid`.
pub(crate) fn new_without_password(email: &str, role: Role) -> Result<NewUser, Problem> {
    let email = email.trim();
    if !is_address(email) || email.chars().count() > MAX_EMAIL_CHARS {
        return Err(Problem::invalid("email", InvalidCode::EmailInvalid));
    }
    let local = email.split('@').next().unwrap_or(email);
    Ok(NewUser {
        email: email.to_owned(),
        display_name: local.chars().take(200).collect(),
        password_hash: String::new(),
        role,
    })
}

/// The hash of a password that can be used.
///
/// # Errors
/// `password_too_short`, `password_too_long`, [`Problem::Busy`].
pub(crate) async fn hash_of(d: &Domain, password: &str) -> Result<String, Problem> {
    check_password(password)?;
    d.passwords.hash(password).await
}

/// Ends every session and token of one's own, the present one too.
///
/// # Errors
/// When the database cannot be written.
pub async fn sign_out_everywhere(d: &Domain, by: Actor) -> Result<(), Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    d.store.end_access(user, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, "signed out everywhere");
    Ok(())
}

/// Changes one's own password and ends every session and every token. Whoever did it may begin a new one.
///
/// # Errors
/// [`Problem::Unauthenticated`] once the session is over; `wrong_credentials` when `current` is wrong, `password_too_short`,
/// `password_too_long`, [`Problem::TooMany`]: whoever
/// found an open browser may not try passwords in it.
pub async fn change_password(d: &Domain, by: Actor, current: &str, new: &str) -> Result<Entrant, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let stored = d.store.user(user).await?.ok_or(Problem::Unauthenticated)?;
    let attempts = format!("password:{}", stored.user.email);
    let limit = AttemptLimit { of: &attempts, allowed: ATTEMPTS_PER_ACCOUNT };
    count_attempt(d, &[limit], Act { by, at: d.clock.now() }).await?;
    if !d.passwords.verify(as_typed(current), stored.password_hash).await? {
        return Err(Problem::invalid("current", InvalidCode::WrongCredentials));
    }
    d.store.clear_login_attempts(&attempts).await?;
    // The password that was verified is that of this epoch.
    let by = by.in_epoch(by.epoch.unwrap_or(stored.session_epoch));
    let epoch = give_password(d, by, user, new).await?;
    Ok(Entrant { user: stored.user, epoch })
}

/// Gives somebody a new password, from the command line.
///
/// # Errors
/// `user_not_found`, `password_too_short`, `password_too_long`.
pub async fn set_password(d: &Domain, by: Actor, email: &str, new: &str) -> Result<(), Problem> {
    let user = user_by_email(d, email).await?;
    give_password(d, by, user.id, new).await?;
    Ok(())
}

/// Returns the session epoch that begins with the new password.
async fn give_password(d: &Domain, by: Actor, user: UserId, new: &str) -> Result<i32, Problem> {
    let hash = hash_of(d, new).await?;
    let changed = d.store.set_password_hash(user, &hash, Act { by, at: d.clock.now() }).await?;
    let epoch = changed.ok_or_else(user_not_found)?;
    tracing::info!(%by, %user, "password changed; other sessions and tokens are over");
    Ok(epoch)
}

/// The person of a session, unless they are gone, deactivated, or have a newer password than the session.
///
/// # Errors
/// When the database cannot be read.
pub async fn session_user(d: &Domain, user: UserId, session_epoch: i32) -> Result<Option<User>, Problem> {
    Ok(d.store.user(user).await?.filter(|stored| is_current(stored, Some(session_epoch))).map(|stored| stored.user))
}

/// The session epoch that a person is in.
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
/// [`Problem::Unauthenticated`] when that is over already.
pub async fn issue_login_token(d: &Domain, entrant: &Entrant) -> Result<LoginOutput, Problem> {
    let token = format!("{TOKEN_PREFIX}{}", random_token());
    let now = d.clock.now();
    let new = NewApiToken {
        user_id: entrant.user.id,
        personal: false,
        name: "login",
        token: &token,
        session_epoch: Some(entrant.epoch),
        expires_at: now + LOGIN_TOKEN_LIFE,
    };
    d.store.create_api_token(new, now).await?;
    Ok(LoginOutput {
        access_token: token,
        token_type: "bearer".to_owned(),
        expires_in: u32::try_from(LOGIN_TOKEN_LIFE.num_seconds()).unwrap_or(u32::MAX),
    })
}

/// A personal token, which lives for so many days ([`TOKEN_DAYS`] where nothing is said) unless it is deleted, or a new password, a
/// deactivation or signing out everywhere ends it before. This is the only time it can be seen.
///
/// # Errors
/// `name_missing`, `name_too_long`, `expires_in_days must be a whole number from 1 to 365`, `too_many_api_tokens`;
/// [`Problem::Unauthenticated`] when the caller's access has ended meanwhile.
pub async fn create_api_token(d: &Domain, by: Actor, input: &ApiTokenInput) -> Result<ApiTokenCreated, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let days = input.expires_in_days.unwrap_or(TOKEN_DAYS);
    if !(1..=TOKEN_DAYS_AT_MOST).contains(&days) {
        let range = InvalidCode::NotInRange { least: 1, most: Some(TOKEN_DAYS_AT_MOST.into()) };
        return Err(Problem::invalid("expires_in_days", range));
    }
    let name = input.name.trim();
    if !is_seen(name) {
        return Err(Problem::invalid("name", InvalidCode::NameMissing));
    }
    if input.name.chars().count() > 100 {
        return Err(Problem::invalid("name", InvalidCode::NameTooLong));
    }
    let epoch = match by.epoch {
        Some(epoch) => epoch,
        None => session_epoch(d, user).await?,
    };
    let token = format!("{TOKEN_PREFIX}{}", random_token());
    let now = d.clock.now();
    let new = NewApiToken {
        user_id: user,
        personal: true,
        name,
        token: &token,
        session_epoch: Some(epoch),
        expires_at: now + TimeDelta::days(days.into()),
    };
    let info = d.store.create_api_token(new, Act { by, at: now }).await?;
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

/// Everybody's personal tokens with their last use, by owner.
///
/// # Errors
/// When the database cannot be read.
pub async fn list_all_api_tokens(d: &Domain) -> Result<Vec<ApiToken>, Problem> {
    Ok(d.store.list_all_api_tokens().await?)
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
        note_use(d.store.touch_api_token(stored.id, now)).await?;
    }
    Ok(Some(TokenCaller { user: user.user, epoch: user.session_epoch, token_id: stored.id }))
}

/// Notes that somebody was here, where the database takes it: whoever only reads is not kept from it by one that is busy or full.
///
/// # Errors
/// What is no trouble of the moment.
pub async fn note_use(noting: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
    match timeout(NOTE_WITHIN, noting).await {
        Ok(Err(error)) if error.trouble().is_none() => Err(error),
        Ok(Err(_)) | Err(_) => {
            tracing::debug!("that a token or a session was used is not noted this time");
            Ok(())
        }
        Ok(Ok(())) => Ok(()),
    }
}

/// What may be somebody's password.
fn check_password(password: &str) -> Result<(), Problem> {
    match password.chars().count() {
        0..MIN_PASSWORD_CHARS => Err(Problem::invalid("password", InvalidCode::PasswordTooShort)),
        MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => Ok(()),
        _ => Err(Problem::invalid("password", InvalidCode::PasswordTooLong)),
    }
}

/// So much of a password as can be one.
fn as_typed(password: &str) -> &str {
    password.char_indices().nth(MAX_PASSWORD_CHARS).map_or(password, |(end, _)| &password[..end])
}

/// An address as attempts from it are counted: whoever has one address of IPv6 has the 2^64 of its network (RFC 6177).
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// What tells a device from others on which the same person signs in: to be kept there, and shown at the next login.
///
/// # Errors
/// None of its own: a device without it is a stranger's.
#[must_use]
pub fn device_token(d: &Domain, email: &str) -> Option<String> {
    let text = format!("{} {}", d.clock.now().timestamp(), random_token());
    d.store.seal(&text.into(), &device_identity(&email.to_lowercase()))
}

/// The device that this token was made for, if it was made for this person, and not too long ago.
fn known_device(d: &Domain, token: &str, email: &str) -> Option<String> {
    let text = d.store.open_sealed(token, &device_identity(email)).ok()?;
    let (made, device) = text.expose_secret().split_once(' ')?;
    let age = d.clock.now() - DateTime::from_timestamp(made.parse().ok()?, 0)?;
    (age <= DEVICE_LIFE).then(|| device.to_owned())
}

fn device_identity(email: &str) -> String {
    format!("login_device/{email}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_counts_as_its_network() {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ] {
            assert_eq!(network(address.parse().expect("an address")), counted, "{address}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_a_password_is_cut() {
        assert_eq!(as_typed("пароль"), "пароль");
        assert_eq!(as_typed(&"ж".repeat(2_000)).chars().count(), MAX_PASSWORD_CHARS);
    }
}
