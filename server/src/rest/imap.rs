//! Mailboxes over IMAP.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain,
    accounts::connect,
    types::{Account, ImapAccountInput},
};

use super::ApiJson;
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult},
};

/// Connect a mailbox over IMAP
///
/// Signs in and lists the folders before anything is stored; the password is stored encrypted and never returned. The
/// same address again updates its account. The caller becomes the owner of a new account. 400 says what is wrong, after a
/// code and a colon: `address_invalid`, `host_invalid`, `host_unknown`, `host_unconfirmed`, `passwords_unsupported`, `host_not_found`, `connection_refused`, `unreachable`, `not_imap`,
/// `tls_failed`, `no_starttls`, `needs_tls`, `authentication_failed`, `app_password_needed`, `password_missing`. 500 when
/// the server is not available now: `unavailable`, `limit`, `timeout`, `connection_lost`.
#[utoipa::path(
    post,
    path = "/api/integrations/imap/accounts",
    tag = "accounts", operation_id = "connectImapAccount",
    request_body = ImapAccountInput,
    responses((status = 200, body = Account), AdminErrors)
)]
pub async fn connect_account(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<ImapAccountInput>,
) -> ApiResult<Json<Account>> {
    Ok(Json(connect::connect_imap(&domain, caller.actor(), Some(caller.user.id), input).await?))
}
