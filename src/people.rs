//! People: who is let in, as what, and how they come to a password of their own.

use chrono::TimeDelta;

use crate::{
    Domain,
    auth::{self, Entrant},
    crypto::random_token,
    mail::turns_text,
    store::{AccessChange, Act},
    types::{
        Actor, ConflictCode, InvalidCode, KeyRefusal, NotFoundCode, OwnKeys, Person, Problem, ReviewKey, Role, Through,
        User, UserId,
    },
    visible::is_seen,
};

pub use crate::types::INVITATION_DAYS;

/// How long a link to a new password works, in hours.
pub const RESET_HOURS: i64 = 24;
/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 200;

/// So much of what cannot be a key is said back, in characters.
const SHOWN_OF_KEY: usize = 20;

/// Somebody with a link that was just made: this is the only time it can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub user: UserId,
    pub email: String,
    /// The secret part of the link.
    pub token: String,
}

/// Everybody with how they stand, by email.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(d: &Domain) -> Result<Vec<Person>, Problem> {
    Ok(d.store.people(d.clock.now()).await?)
}

/// Adds a person who sets a password by a link, which works once and for [`INVITATION_DAYS`].
///
/// # Errors
/// `email_invalid`, `email_taken`.
pub async fn invite(d: &Domain, by: Actor, email: &str, role: Role) -> Result<Invited, Problem> {
    let new = auth::new_without_password(email, role)?;
    let act = Act { by, at: d.clock.now() };
    let user = d.store.create_user(new, act).await?;
    let token = random_token();
    d.store.make_access_link(user.id, &token, act.at + TimeDelta::days(INVITATION_DAYS), act).await?;
    tracing::info!(%by, user = %user.id, %role, "person invited");
    Ok(Invited { user: user.id, email: user.email, token })
}

/// Makes a link by which somebody sets a new password, in place of an earlier one. What they have works until it is used.
///
/// # Errors
/// `user_not_found`, also for somebody who is shut out.
pub async fn make_link(d: &Domain, by: Actor, user: UserId) -> Result<Invited, Problem> {
    let token = random_token();
    let act = Act { by, at: d.clock.now() };
    let made = d.store.make_access_link(user, &token, act.at + TimeDelta::hours(RESET_HOURS), act).await?;
    let email = made.ok_or_else(not_found)?;
    tracing::info!(%by, %user, "link to a new password made");
    Ok(Invited { user, email, token })
}

/// Ends somebody's link before it is used: it went to the wrong person, or is no longer wanted.
///
/// # Errors
/// `access_link_invalid`: there is none that still works.
pub async fn withdraw_link(d: &Domain, by: Actor, user: UserId) -> Result<(), Problem> {
    if !d.store.withdraw_access_link(user, Act { by, at: d.clock.now() }).await? {
        return Err(Problem::not_found(NotFoundCode::AccessLink));
    }
    tracing::info!(%by, %user, "link withdrawn");
    Ok(())
}

/// Whose link this is. `None`: it was used, has expired, or a newer one has taken its place.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_link(d: &Domain, token: &str) -> Result<Option<User>, Problem> {
    let Some(user) = d.store.access_link(token, d.clock.now()).await? else { return Ok(None) };
    Ok(d.store.user(user).await?.map(|stored| stored.user))
}

/// Uses a link: the name and the password are its person's from now on, and every session and token of before is over.
///
/// # Errors
/// `access_link_invalid`; `name_missing`, `name_too_long`, `password_too_short`, `password_too_long`.
pub async fn join(d: &Domain, token: &str, name: &str, password: &str) -> Result<Entrant, Problem> {
    let unusable = || Problem::not_found(NotFoundCode::AccessLink);
    // Whoever has no link has no claim to any work.
    if d.store.access_link(token, d.clock.now()).await?.is_none() {
        return Err(unusable());
    }
    let name = checked_name(name)?;
    let hash = auth::hash_of(d, password).await?;
    let act = Act { by: Actor::nobody(Through::Page), at: d.clock.now() };
    let (user, epoch) = d.store.use_access_link(token, &name, &hash, act).await?.ok_or_else(unusable)?;
    d.store.note_login(user, act.at).await?;
    tracing::info!(%user, "person set a password by a link");
    let user = d.store.user(user).await?.ok_or_else(unusable)?.user;
    Ok(Entrant { user, epoch })
}

/// Gives somebody another role.
///
/// # Errors
/// `user_not_found`; `last_admin`: nobody could do everything any more.
pub async fn set_role(d: &Domain, by: Actor, user: UserId, role: Role) -> Result<(), Problem> {
    said(d.store.set_role(user, role, Act { by, at: d.clock.now() }).await?)?;
    tracing::info!(%by, %user, %role, "role changed");
    Ok(())
}

/// Lets somebody in, or shuts them out at once: their sessions, tokens and links end.
///
/// # Errors
/// `user_not_found`; `last_admin`: nobody could let anybody in any more.
pub async fn set_active(d: &Domain, by: Actor, user: UserId, active: bool) -> Result<(), Problem> {
    said(d.store.set_access(user, active, Act { by, at: d.clock.now() }).await?)?;
    tracing::info!(%by, %user, active, "person let in or shut out");
    Ok(())
}

/// Changes one's own name.
///
/// # Errors
/// `name_missing`, `name_too_long`.
pub async fn rename(d: &Domain, by: Actor, name: &str) -> Result<(), Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    if !d.store.set_display_name(user, &checked_name(name)?, Act { by, at: d.clock.now() }).await? {
        return Err(not_found());
    }
    tracing::info!(%by, "name changed");
    Ok(())
}

/// The keys that somebody chose for the review.
///
/// # Errors
/// When the database cannot be read.
pub async fn review_keys(d: &Domain, user: UserId) -> Result<OwnKeys, Problem> {
    Ok(d.store.review_keys(user).await?)
}

/// Chooses one's own keys for the review, by what was typed for each command: see [`OwnKeys::chosen`]. Those that are not named get the
/// standard key.
///
/// # Errors
/// `key_unusable`, `key_taken`; `field` is the command.
pub async fn choose_review_keys<'t>(
    d: &Domain,
    by: Actor,
    typed: impl IntoIterator<Item = (ReviewKey, &'t str)>,
) -> Result<OwnKeys, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let typed: Vec<(ReviewKey, &str)> = typed.into_iter().collect();
    let keys = OwnKeys::chosen(typed.iter().copied()).map_err(|(command, refusal)| {
        let code = match refusal {
            KeyRefusal::Unusable => {
                let text = typed.iter().find(|(of, _)| *of == command).map_or("", |(_, text)| text);
                InvalidCode::KeyUnusable { text: text.chars().take(SHOWN_OF_KEY).collect() }
            }
            KeyRefusal::Twice(key) => InvalidCode::KeyTaken { key },
        };
        Problem::invalid(command.as_str(), code)
    })?;
    if !d.store.set_review_keys(user, &keys, Act { by, at: d.clock.now() }).await? {
        return Err(not_found());
    }
    tracing::info!(%by, "keys of the review chosen");
    Ok(keys)
}

/// A name as pages show it, without what would turn the text around it.
///
/// # Errors
/// `name_missing`, `name_too_long`.
pub(crate) fn checked_name(name: &str) -> Result<String, Problem> {
    let name: String = name.chars().filter(|c| !c.is_control() && !turns_text(*c)).collect();
    let name = name.trim();
    match name.chars().count() {
        _ if !is_seen(name) => Err(Problem::invalid("display_name", InvalidCode::NameMissing)),
        chars if chars > MAX_NAME_CHARS => Err(Problem::invalid("display_name", InvalidCode::NameTooLong)),
        _ => Ok(name.to_owned()),
    }
}

fn said(change: AccessChange) -> Result<(), Problem> {
    match change {
        AccessChange::Done => Ok(()),
        AccessChange::LastAdmin => Err(Problem::conflict(ConflictCode::LastAdmin)),
        AccessChange::Unknown => Err(not_found()),
    }
}

fn not_found() -> Problem {
    Problem::not_found(NotFoundCode::User)
}
