//! Connected mailboxes and their sync.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain,
    accounts::{self, connect},
    runs, sync,
    types::{Account, AccountDeletion, AccountId, AccountList, Revocation, SyncFailure, SyncRun, SyncSummary},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiJson, ApiQuery, PathId,
    extract::{PathIds, UserOrEmpty, present},
    parse_id, parse_limit,
};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Which accounts to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountsQuery {
    /// A provider code, e.g. `gmail`.
    provider: Option<String>,
    /// Only accounts that this person connected.
    #[param(value_type = Option<UserOrEmpty>, inline)]
    owner_user_id: Option<String>,
}

/// How many of the newest to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NewestQuery {
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
}

/// List the connected mailboxes
///
/// Ordered by provider code and display name.
#[utoipa::path(
    get,
    path = "/api/integrations/accounts",
    tag = "accounts", operation_id = "listAccounts",
    params(AccountsQuery),
    responses((status = 200, body = AccountList), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    ApiQuery(query): ApiQuery<AccountsQuery>,
) -> ApiResult<Json<AccountList>> {
    let owner = present(query.owner_user_id.as_ref()).map(|owner| parse_id("owner_user_id", owner)).transpose()?;
    let accounts = accounts::list(&domain, present(query.provider.as_ref()), owner).await?;
    Ok(Json(AccountList { count: super::count(&accounts), accounts }))
}

/// Enable an account
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/enable",
    tag = "accounts", operation_id = "enableAccount",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 200, body = Account),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn enable(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::set_enabled(&domain, caller.actor(), account_id, true).await?))
}

/// Disable an account
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/disable",
    tag = "accounts", operation_id = "disableAccount",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 200, body = Account),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn disable(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::set_enabled(&domain, caller.actor(), account_id, false).await?))
}

/// Request a resync: the worker takes this account first
///
/// Sets `meta.manual_resync_requested_at`; the worker clears it. 400 if the account cannot be synced:
/// `sync_not_supported_for_provider`, `account_disabled`, `account_needs_reconnect`.
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/resync",
    tag = "accounts", operation_id = "requestResync",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 200, body = Account),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn resync(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::request_resync(&domain, caller.actor(), account_id).await?))
}

/// Sync this account now and wait for the summary
///
/// The sync continues if the caller disconnects. 400 may also carry a short reason from the provider; 500 `gmail_sync_failed`
/// is an error of this server.
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/sync-now",
    tag = "accounts", operation_id = "syncNow",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 200, body = SyncSummary),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        (status = 409, body = ErrorBody, description = "`sync_already_running`"),
        AdminErrors,
    )
)]
pub async fn sync_now(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<Json<SyncSummary>> {
    Ok(Json(sync::sync_now(&domain, caller.actor(), account_id).await?))
}

/// What disconnecting did.
#[derive(Serialize, ToSchema)]
pub struct DisconnectSummary {
    account: Account,
    /// Whether Google confirmed that our access has ended. Our copy of the tokens is deleted in any case.
    revoked_at_google: bool,
    /// The same with a third case: with a service account there is nothing to revoke.
    revocation: Revocation,
    /// Messages that stay stored here.
    messages_kept: i64,
}

/// Disconnect an account
///
/// Revokes our access at Google and deletes the stored tokens. Stored mail stays until the account is deleted. An account read
/// by the service account has nothing to revoke; its access is ended in the Workspace. 400
/// `disconnect_not_supported_for_provider` for an account that has no tokens.
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/disconnect",
    tag = "accounts", operation_id = "disconnectAccount",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 200, body = DisconnectSummary),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn disconnect(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<Json<DisconnectSummary>> {
    let done = connect::disconnect(&domain, caller.actor(), account_id).await?;
    Ok(Json(DisconnectSummary {
        account: done.account,
        revoked_at_google: done.revocation == Revocation::Confirmed,
        revocation: done.revocation,
        messages_kept: done.messages_kept,
    }))
}

/// What deleting this account would delete
#[utoipa::path(
    get,
    path = "/api/integrations/accounts/{account_id}/deletion",
    tag = "accounts", operation_id = "previewAccountDeletion",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 200, body = AccountDeletion),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn deletion(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<Json<AccountDeletion>> {
    Ok(Json(accounts::deletion(&domain, account_id).await?))
}

/// Delete this account with all its mail, pairs and tokens
///
/// Does not revoke the access at Google: disconnect first.
#[utoipa::path(
    delete,
    path = "/api/integrations/accounts/{account_id}",
    tag = "accounts", operation_id = "deleteAccount",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn delete(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<StatusCode> {
    accounts::delete(&domain, caller.actor(), account_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// More addresses of a mailbox.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressesInput {
    /// Each one mail address.
    addresses: Vec<String>,
}

/// Say which more addresses this mailbox sends from
///
/// Mail from them counts as your replies. The pairs are rebuilt in the background. The account's `meta.aliases` lists them.
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/addresses",
    tag = "accounts", operation_id = "addOwnAddresses",
    params(("account_id" = AccountId, Path)),
    request_body = AddressesInput,
    responses(
        (status = 200, body = Account),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        (status = 409, body = ErrorBody, description = "`addresses_come_from_provider`: Gmail provides them."),
        AdminErrors,
    )
)]
pub async fn add_addresses(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
    ApiJson(input): ApiJson<AddressesInput>,
) -> ApiResult<Json<Account>> {
    let addresses = input.addresses.join("\n");
    Ok(Json(accounts::add_own_addresses(&domain, caller.actor(), account_id, &addresses).await?))
}

/// Say that an address of this mailbox is not yours
///
/// Mail from it no longer counts as your replies. The pairs are rebuilt in the background: undecided pairs with replies from it
/// are removed; decided and edited ones stay and are flagged. If it is the one
/// under which a file was imported, the account keeps its name, and `meta.named_by_other` says that it is no address of yours.
#[utoipa::path(
    delete,
    path = "/api/integrations/accounts/{account_id}/addresses/{address}",
    tag = "accounts", operation_id = "removeOwnAddress",
    params(("account_id" = AccountId, Path), ("address" = String, Path)),
    responses(
        (status = 200, body = Account),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`; `own_address_not_found`: it is not among them."),
        (status = 409, body = ErrorBody, description = "`addresses_come_from_provider`; `mailbox_address_stays`: it is the address of a connected mailbox; `last_own_address`: add another one first."),
        AdminErrors,
    )
)]
pub async fn remove_address(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathIds(account_id, address): PathIds<AccountId, String>,
) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::remove_own_address(&domain, caller.actor(), account_id, &address).await?))
}

/// The runs of an account, newest first.
#[derive(Serialize, ToSchema)]
pub struct RunList {
    runs: Vec<SyncRun>,
    count: u32,
}

/// List the newest runs of this account
#[utoipa::path(
    get,
    path = "/api/integrations/accounts/{account_id}/sync-runs",
    tag = "accounts", operation_id = "listSyncRuns",
    params(("account_id" = AccountId, Path), NewestQuery),
    responses(
        (status = 200, body = RunList),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn sync_runs(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathId(account_id): PathId<AccountId>,
    ApiQuery(query): ApiQuery<NewestQuery>,
) -> ApiResult<Json<RunList>> {
    let limit = parse_limit(query.limit.as_deref())?;
    let runs = runs::recent(&domain, account_id, limit).await?;
    Ok(Json(RunList { count: super::count(&runs), runs }))
}

/// The messages of an account that were set aside.
#[derive(Serialize, ToSchema)]
pub struct FailureList {
    failures: Vec<SyncFailure>,
    count: u32,
}

/// List the messages that could not be fetched, read or stored
#[utoipa::path(
    get,
    path = "/api/integrations/accounts/{account_id}/failures",
    tag = "accounts", operation_id = "listFailures",
    params(("account_id" = AccountId, Path), NewestQuery),
    responses(
        (status = 200, body = FailureList),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn failures(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathId(account_id): PathId<AccountId>,
    ApiQuery(query): ApiQuery<NewestQuery>,
) -> ApiResult<Json<FailureList>> {
    let limit = parse_limit(query.limit.as_deref())?;
    let failures = accounts::failures(&domain, account_id, limit).await?;
    Ok(Json(FailureList { count: super::count(&failures), failures }))
}
