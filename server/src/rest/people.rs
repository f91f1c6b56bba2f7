//! Who may come in, and as what.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, people,
    types::{Person, Problem, Role, UserId},
};
use replybook_app::paths;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ApiJson, PathId};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Everybody.
#[derive(Serialize, ToSchema)]
pub struct PersonList {
    people: Vec<Person>,
    count: u32,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteInput {
    #[schema(max_length = 254, example = "ben@example.com")]
    email: String,
    /// `admin`, `reviewer` or `member`.
    #[schema(value_type = Role)]
    role: String,
}

/// The new role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleInput {
    /// `admin`, `reviewer` or `member`.
    #[schema(value_type = Role)]
    role: String,
}

/// A link that was just made.
#[derive(Serialize, ToSchema)]
pub struct AccessLink {
    user_id: UserId,
    email: String,
    /// Where the person sets a password. It works once and is shown only here.
    link: String,
}

fn link(domain: &Domain, made: people::Invited) -> AccessLink {
    let link = paths::join_link(&domain.settings.public_base(), &made.token);
    AccessLink { user_id: made.user, email: made.email, link }
}

fn role(text: &str) -> Result<Role, Problem> {
    text.parse().map_err(|error| Problem::invalid("role", error))
}

/// List all people
#[utoipa::path(get, path = "/api/people", tag = "people", operation_id = "listPeople", responses((status = 200, body = PersonList), AdminErrors))]
pub async fn list(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<PersonList>> {
    let people = people::list(&domain).await?;
    Ok(Json(PersonList { count: super::count(&people), people }))
}

/// Invite somebody
///
/// They set a password at the link in the answer, within seven days.
#[utoipa::path(
    post,
    path = "/api/people",
    tag = "people", operation_id = "invitePerson",
    request_body = InviteInput,
    responses((status = 201, body = AccessLink), AdminErrors)
)]
pub async fn invite(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<InviteInput>,
) -> ApiResult<(StatusCode, Json<AccessLink>)> {
    let invited = people::invite(&domain, caller.actor(), &input.email, role(&input.role)?).await?;
    Ok((StatusCode::CREATED, Json(link(&domain, invited))))
}

/// Create a link to set a new password
///
/// It replaces an earlier link and is valid for 24 hours. The old password works until the link is used.
#[utoipa::path(
    post,
    path = "/api/people/{user_id}/link",
    tag = "people", operation_id = "makePasswordLink",
    params(("user_id" = UserId, Path)),
    responses(
        (status = 201, body = AccessLink),
        (status = 404, body = ErrorBody, description = "`user_not_found`, also for somebody who is deactivated"),
        AdminErrors,
    )
)]
pub async fn make_link(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(user): PathId<UserId>,
) -> ApiResult<(StatusCode, Json<AccessLink>)> {
    let made = people::make_link(&domain, caller.actor(), user).await?;
    Ok((StatusCode::CREATED, Json(link(&domain, made))))
}

/// Withdraw a link
///
/// It stops working at once. What the person has stays as it is.
#[utoipa::path(
    delete,
    path = "/api/people/{user_id}/link",
    tag = "people", operation_id = "withdrawLink",
    params(("user_id" = UserId, Path)),
    responses(
        (status = 204, description = "Done."),
        (status = 404, body = ErrorBody, description = "`access_link_invalid`: there is no link that still works"),
        AdminErrors,
    )
)]
pub async fn withdraw_link(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(user): PathId<UserId>,
) -> ApiResult<StatusCode> {
    people::withdraw_link(&domain, caller.actor(), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change a person's role
#[utoipa::path(
    post,
    path = "/api/people/{user_id}/role",
    tag = "people", operation_id = "setRole",
    params(("user_id" = UserId, Path)),
    request_body = RoleInput,
    responses(
        (status = 204, description = "Done."),
        (status = 404, body = ErrorBody, description = "`user_not_found`"),
        (status = 409, body = ErrorBody, description = "`last_admin`"),
        AdminErrors,
    )
)]
pub async fn set_role(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(user): PathId<UserId>,
    ApiJson(input): ApiJson<RoleInput>,
) -> ApiResult<StatusCode> {
    people::set_role(&domain, caller.actor(), user, role(&input.role)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Activate a person
#[utoipa::path(
    post,
    path = "/api/people/{user_id}/activate",
    tag = "people", operation_id = "activatePerson",
    params(("user_id" = UserId, Path)),
    responses(
        (status = 204, description = "Done."),
        (status = 404, body = ErrorBody, description = "`user_not_found`"),
        AdminErrors,
    )
)]
pub async fn activate(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(user): PathId<UserId>,
) -> ApiResult<StatusCode> {
    people::set_active(&domain, caller.actor(), user, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deactivate a person at once
///
/// Their sessions, tokens and links end. What they decided stays.
#[utoipa::path(
    post,
    path = "/api/people/{user_id}/deactivate",
    tag = "people", operation_id = "deactivatePerson",
    params(("user_id" = UserId, Path)),
    responses(
        (status = 204, description = "Done."),
        (status = 404, body = ErrorBody, description = "`user_not_found`"),
        (status = 409, body = ErrorBody, description = "`last_admin`"),
        AdminErrors,
    )
)]
pub async fn deactivate(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(user): PathId<UserId>,
) -> ApiResult<StatusCode> {
    people::set_active(&domain, caller.actor(), user, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
