//! What admins do about people.

use leptos::prelude::*;
use replybook::{
    people::{self, Invited},
    types::{Problem, Role, UserId},
};

use super::{NEW_LINK, NEW_LINK_FOR, Words};
use crate::{
    Failure,
    answer::{Told, go_and_tell, go_to},
    json::Json,
    paths,
    request::{Caller, admin, fail, lang},
};

/// Adds a person and shows the link with which they set a password.
///
/// # Errors
/// For admins only; what [`people::invite`] says.
#[server(prefix = "/api/ui", endpoint = "invite-person", output = Json)]
pub async fn invite_person(#[server(default)] email: String, #[server(default)] role: String) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::PEOPLE);
    let role = role.parse::<Role>().map_err(|error| fail(Problem::invalid("role", error)))?;
    let invited = people::invite(&caller.domain, caller.actor(), &email, role).await.map_err(fail)?;
    show_link(&caller, &invited, Words(lang()).invited_done(&invited.email));
    Ok(())
}

/// Makes a link with which somebody sets a new password, and shows it.
///
/// # Errors
/// For admins only; what [`people::make_link`] says.
#[server(prefix = "/api/ui", endpoint = "person-link", output = Json)]
pub async fn make_link(id: UserId) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::PEOPLE);
    let made = people::make_link(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    show_link(&caller, &made, Words(lang()).link_done().to_owned());
    Ok(())
}

/// Ends a link that was not used yet.
///
/// # Errors
/// For admins only; what [`people::withdraw_link`] says.
#[server(prefix = "/api/ui", endpoint = "person-link-withdraw", output = Json)]
pub async fn withdraw_link(id: UserId) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::PEOPLE);
    people::withdraw_link(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    go_and_tell(paths::PEOPLE, Told::good(Words(lang()).withdrawn_done()));
    Ok(())
}

/// Gives somebody another role.
///
/// # Errors
/// For admins only; what [`people::set_role`] says.
#[server(prefix = "/api/ui", endpoint = "person-role", output = Json)]
pub async fn change_role(id: UserId, role: String) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::PEOPLE);
    let role = role.parse::<Role>().map_err(|error| fail(Problem::invalid("role", error)))?;
    people::set_role(&caller.domain, caller.actor(), id, role).await.map_err(fail)?;
    go_and_tell(paths::PEOPLE, Told::good(Words(lang()).role_done()));
    Ok(())
}

/// Lets somebody in again.
///
/// # Errors
/// For admins only; what [`people::set_active`] says.
#[server(prefix = "/api/ui", endpoint = "person-activate", output = Json)]
pub async fn let_in(id: UserId) -> Result<(), Failure> {
    set_active(id, true, Words(lang()).activated_done()).await
}

/// Shuts somebody out at once.
///
/// # Errors
/// For admins only; what [`people::set_active`] says.
#[server(prefix = "/api/ui", endpoint = "person-deactivate", output = Json)]
pub async fn shut_out(id: UserId) -> Result<(), Failure> {
    set_active(id, false, Words(lang()).deactivated_done()).await
}

async fn set_active(id: UserId, active: bool, done: &'static str) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::PEOPLE);
    people::set_active(&caller.domain, caller.actor(), id, active).await.map_err(fail)?;
    go_and_tell(paths::PEOPLE, Told::good(done));
    Ok(())
}

/// Shows a link once, on the page that follows.
fn show_link(caller: &Caller, invited: &Invited, done: String) {
    let link = paths::join_link(&caller.domain.settings.public_base(), &invited.token);
    let typed = vec![(NEW_LINK.to_owned(), link), (NEW_LINK_FOR.to_owned(), invited.email.clone())];
    go_and_tell(paths::PEOPLE, Told { typed, ..Told::good(done) });
}
