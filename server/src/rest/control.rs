//! What people ask of the sync: older mail, another try, and pause, resume and cancel of what is going on.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, accounts, runs,
    sync::{self, Span},
    types::{AccountId, FailureId, InvalidCode, Problem, RunId, RunRequest, SyncRun, maybe_whole},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{
            AdditionalProperties, AnyOfBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
            SchemaType, Type,
        },
    },
};

use super::{ApiJson, PathId, PathIds};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// How far back a backfill goes: exactly one of the three.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackfillRequest {
    /// A date (midnight in UTC) or a time, e.g. `2026-01-31` or `2026-01-31T08:00:00Z` (RFC 3339).
    since: Option<String>,
    /// This many days back.
    #[serde(default, deserialize_with = "maybe_whole")]
    days: Option<u32>,
    /// All mail.
    everything: Option<bool>,
}

/// Three schemas, of which exactly one fits: a derived one would allow any mixture.
impl PartialSchema for BackfillRequest {
    fn schema() -> RefOr<Schema> {
        let nothing = || ObjectBuilder::new().schema_type(Type::Null);
        let not_everything = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Boolean, Type::Null]))
            .enum_values(Some([json!(false), json!(null)]))
            .build();
        let time = |format| {
            ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format))).build()
        };
        let since = AnyOfBuilder::new().item(time(KnownFormat::Date)).item(time(KnownFormat::DateTime)).description(
            Some("A date (midnight in UTC) or a time, e.g. `2026-01-31` or `2026-01-31T08:00:00Z` (RFC 3339)."),
        );
        let days = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(36_500))
            .description(Some("This many days back."));
        let everything =
            ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true])).description(Some("All mail."));
        let one = |name: &str, since: RefOr<Schema>, days: RefOr<Schema>, everything: RefOr<Schema>| {
            ObjectBuilder::new()
                .property("since", since)
                .property("days", days)
                .property("everything", everything)
                .required(name)
                .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        };
        OneOfBuilder::new()
            .item(one("since", since.into(), nothing().into(), not_everything.clone().into()))
            .item(one("days", nothing().into(), days.into(), not_everything.into()))
            .item(one("everything", nothing().into(), nothing().into(), everything.into()))
            .description(Some("How far back a backfill goes: exactly one of the three."))
            .into()
    }
}

impl ToSchema for BackfillRequest {}

impl BackfillRequest {
    fn span(&self) -> Result<Span, Problem> {
        let everything = self.everything.unwrap_or(false);
        match (self.since.as_deref(), self.days, everything) {
            (Some(since), None, false) => Span::parse_since(since),
            (None, Some(days), false) => Ok(Span::Days(days)),
            (None, None, true) => Ok(Span::Everything),
            _ => Err(Problem::invalid("since", InvalidCode::NotOneSpan)),
        }
    }
}

/// Fetch older mail
///
/// Queues a backfill: a worker starts it as soon as the account's first sync is done, and new mail always goes first.
/// It continues where it stopped after a pause, a restart or a crash. 400 names what is wrong with the span
/// (`give exactly one of since, days and everything`, `since_in_the_future`, …) or why the account cannot be synced
/// (`account_disabled`, `account_needs_reconnect`, `sync_not_supported_for_provider`).
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/backfill",
    tag = "accounts", operation_id = "startBackfill",
    params(("account_id" = AccountId, Path)),
    request_body = BackfillRequest,
    responses(
        (status = 202, body = SyncRun, description = "Queued."),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        (status = 409, body = ErrorBody, description = "`backfill_already_running`: an account has one at a time"),
        AdminErrors,
    )
)]
pub async fn backfill(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
    ApiJson(request): ApiJson<BackfillRequest>,
) -> ApiResult<(StatusCode, Json<SyncRun>)> {
    let since = request.span()?.start(domain.clock.now())?;
    let run = sync::queue_backfill(&domain, caller.actor(), account_id, since).await?;
    let run = runs::get(&domain, run).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// Pause a backfill or an import
///
/// A waiting run is paused at once; a running one stops at its next safe point, and until then `requested` is `pause`.
#[utoipa::path(
    post,
    path = "/api/integrations/runs/{run_id}/pause",
    tag = "runs", operation_id = "pauseRun",
    params(("run_id" = RunId, Path)),
    responses(
        (status = 200, body = SyncRun),
        (status = 404, body = ErrorBody, description = "`sync_run_not_found`"),
        (status = 409, body = ErrorBody, description = "`run_is_over`, or `run_cannot_pause`: a sync is short"),
        AdminErrors,
    )
)]
pub async fn pause(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(run_id): PathId<RunId>,
) -> ApiResult<Json<SyncRun>> {
    Ok(Json(runs::request(&domain, caller.actor(), run_id, RunRequest::Pause).await?))
}

/// Resume a paused run
///
/// It is queued again and continues where it stopped. A run that is not paused is returned unchanged.
#[utoipa::path(
    post,
    path = "/api/integrations/runs/{run_id}/resume",
    tag = "runs", operation_id = "resumeRun",
    params(("run_id" = RunId, Path)),
    responses(
        (status = 200, body = SyncRun),
        (status = 404, body = ErrorBody, description = "`sync_run_not_found`"),
        (status = 409, body = ErrorBody, description = "`run_is_over`"),
        AdminErrors,
    )
)]
pub async fn resume(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(run_id): PathId<RunId>,
) -> ApiResult<Json<SyncRun>> {
    Ok(Json(runs::resume(&domain, caller.actor(), run_id).await?))
}

/// Cancel a run
///
/// What it fetched stays. A waiting or paused run ends at once; a running one stops at its next safe point, and until
/// then `requested` is `cancel`.
#[utoipa::path(
    post,
    path = "/api/integrations/runs/{run_id}/cancel",
    tag = "runs", operation_id = "cancelRun",
    params(("run_id" = RunId, Path)),
    responses(
        (status = 200, body = SyncRun),
        (status = 404, body = ErrorBody, description = "`sync_run_not_found`"),
        (status = 409, body = ErrorBody, description = "`run_is_over`"),
        AdminErrors,
    )
)]
pub async fn cancel(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(run_id): PathId<RunId>,
) -> ApiResult<Json<SyncRun>> {
    Ok(Json(runs::request(&domain, caller.actor(), run_id, RunRequest::Cancel).await?))
}

/// What will be tried again.
#[derive(Serialize, ToSchema)]
pub struct Retried {
    /// The number of messages.
    retried: u64,
}

/// Retry all messages that were set aside
///
/// The next sync of the account does it, however often they were tried before; a worker is asked to start one. 400 if the
/// account cannot be synced: `sync_not_supported_for_provider`, `account_disabled`, `account_needs_reconnect`.
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/failures/retry",
    tag = "accounts", operation_id = "retryFailures",
    params(("account_id" = AccountId, Path)),
    responses(
        (status = 202, body = Retried),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn retry_all(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(account_id): PathId<AccountId>,
) -> ApiResult<(StatusCode, Json<Retried>)> {
    let retried = accounts::retry_set_aside(&domain, caller.actor(), account_id, None).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { retried })))
}

/// Retry one message that was set aside
///
/// As for all of them.
#[utoipa::path(
    post,
    path = "/api/integrations/accounts/{account_id}/failures/{failure_id}/retry",
    tag = "accounts", operation_id = "retryFailure",
    params(("account_id" = AccountId, Path), ("failure_id" = FailureId, Path)),
    responses(
        (status = 202, body = Retried),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`, `sync_failure_not_found`"),
        AdminErrors,
    )
)]
pub async fn retry_one(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathIds(account_id, failure_id): PathIds<AccountId, FailureId>,
) -> ApiResult<(StatusCode, Json<Retried>)> {
    let retried = accounts::retry_set_aside(&domain, caller.actor(), account_id, Some(failure_id)).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { retried })))
}
