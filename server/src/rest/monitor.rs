//! The email monitor: the workers that keep the mail up to date.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{Domain, monitor, types::MonitorStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// The workers, and what each account waits for
#[utoipa::path(
    get,
    path = "/api/system/email-monitor/status",
    tag = "monitor", operation_id = "getMonitor",
    responses((status = 200, body = MonitorStatus), AdminErrors)
)]
pub async fn status(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<MonitorStatus>> {
    Ok(Json(monitor::status(&domain).await?))
}

/// Start automatic syncing
///
/// In every process on this database, also after a restart. If `workers` is empty, nothing is synced yet:
/// start `replybook serve` or `replybook worker`.
#[utoipa::path(
    post,
    path = "/api/system/email-monitor/start",
    tag = "monitor", operation_id = "startMonitor",
    responses((status = 200, body = MonitorStatus), AdminErrors)
)]
pub async fn start(State(domain): State<Arc<Domain>>, Admin(caller): Admin) -> ApiResult<Json<MonitorStatus>> {
    Ok(Json(monitor::set_enabled(&domain, caller.actor(), true).await?))
}

/// Stop automatic syncing
///
/// In every process on this database, until it is started again. A running sync finishes; a backfill
/// stops at its next safe point and continues after the start. Syncs started by hand still work.
#[utoipa::path(
    post,
    path = "/api/system/email-monitor/stop",
    tag = "monitor", operation_id = "stopMonitor",
    responses((status = 200, body = MonitorStatus), AdminErrors)
)]
pub async fn stop(State(domain): State<Arc<Domain>>, Admin(caller): Admin) -> ApiResult<Json<MonitorStatus>> {
    Ok(Json(monitor::set_enabled(&domain, caller.actor(), false).await?))
}

/// What was requested.
#[derive(Serialize, ToSchema)]
pub struct Polled {
    /// The accounts that a worker syncs now.
    accounts: u64,
}

/// Sync every active account at once
///
/// Whatever it waits for. Answers once the workers are told, not when they are done.
#[utoipa::path(
    post,
    path = "/api/system/email-monitor/poll-now",
    tag = "monitor", operation_id = "pollNow",
    responses(
        (status = 202, body = Polled),
        (status = 409, body = ErrorBody, description = "`monitor_stopped`, or `no_worker`: nothing would do it"),
        AdminErrors,
    )
)]
pub async fn poll_now(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
) -> ApiResult<(StatusCode, Json<Polled>)> {
    let accounts = monitor::poll_now(&domain, caller.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(Polled { accounts })))
}
