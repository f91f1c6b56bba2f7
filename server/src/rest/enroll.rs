//! Mailboxes of a Google Workspace, connected by its service account.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain,
    accounts::enroll,
    types::{EnrollInput, EnrollReport, Enrollment},
};

use super::ApiJson;
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Enroll a mailbox of the Workspace
///
/// Stored only after Google has issued a token for it and its profile was read. A mailbox that is connected and in order stays
/// as it is (`enrolled` is false); one that needs attention is checked and continued. 400
/// `service_account_not_configured`, `address_not_in_domain`, `email_invalid`, or why Google refuses:
/// `delegation: …`, `clock: …`, `no_mailbox: …`, `alias: …`, `google_refused: …`. 500 `google_unreachable: …`.
#[utoipa::path(
    post,
    path = "/api/email/accounts/enroll",
    tag = "accounts", operation_id = "enrollAccount",
    request_body = EnrollInput,
    responses(
        (status = 200, body = Enrollment),
        (status = 404, body = ErrorBody, description = "`user_not_found`: there is no such owner"),
        AdminErrors,
    )
)]
pub async fn one(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<EnrollInput>,
) -> ApiResult<Json<Enrollment>> {
    Ok(Json(enroll::enroll(&domain, caller.actor(), &input.email, input.owner_user_id).await?))
}

/// Enroll the mailbox of every active user of the Workspace
///
/// Accounts that the service account already reads and that need attention are checked again. Mailboxes that somebody
/// disconnected are left alone. 400 `service_account_not_configured`.
#[utoipa::path(
    post,
    path = "/api/email/accounts/enroll-all",
    tag = "accounts", operation_id = "enrollAllAccounts",
    responses((status = 200, body = EnrollReport), AdminErrors)
)]
pub async fn all(State(domain): State<Arc<Domain>>, Admin(caller): Admin) -> ApiResult<Json<EnrollReport>> {
    Ok(Json(enroll::enroll_all(&domain, caller.actor()).await?))
}
