//! The email monitor: the workers that keep the mail up to date.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, monitor,
    types::{Actor, MonitorStatus},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// What the workers do, and what each account waits for
#[utoipa::path(
    get,
    path = "/api/system/email-monitor/status",
    tag = "monitor", operation_id = "getMonitor",
    responses((status = 200, body = MonitorStatus), AdminErrors)
)]
pub async fn status(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<MonitorStatus>> {
    Ok(Json(monitor::status(&domain).await?))
}

/// Let the workers sync by themselves
///
/// Those of every process on this database. It stays so after a restart. With `workers` empty nobody syncs all the same:
/// start `replybook serve` or `replybook worker`.
#[utoipa::path(
    post,
    path = "/api/system/email-monitor/start",
    tag = "monitor", operation_id = "startMonitor",
    responses((status = 200, body = MonitorStatus), AdminErrors)
)]
pub async fn start(State(domain): State<Arc<Domain>>, Admin(caller): Admin) -> ApiResult<Json<MonitorStatus>> {
    Ok(Json(monitor::set_enabled(&domain, Actor::rest(caller.user.id), true).await?))
}

/// Keep the workers from syncing by themselves
///
/// Those of every process on this database, until it is started again. A sync that is going on ends by itself, a backfill
/// stops at its next safe place and goes on after the start. Syncs asked for by hand still work.
#[utoipa::path(
    post,
    path = "/api/system/email-monitor/stop",
    tag = "monitor", operation_id = "stopMonitor",
    responses((status = 200, body = MonitorStatus), AdminErrors)
)]
pub async fn stop(State(domain): State<Arc<Domain>>, Admin(caller): Admin) -> ApiResult<Json<MonitorStatus>> {
    Ok(Json(monitor::set_enabled(&domain, Actor::rest(caller.user.id), false).await?))
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
pub struct Polled {
    /// The accounts that a worker takes now.
    accounts: u64,
}

/// Have every active account synced at once
///
/// Whatever it waits for. Answers when the workers are asked, not when they are done.
#[utoipa::path(
    post,
    path = "/api/system/email-monitor/poll-now",
    tag = "monitor", operation_id = "pollNow",
    responses(
        (status = 202, body = Polled),
        (status = 409, body = ErrorBody, description = "`monitor_stopped`, or `no_worker`: nobody would do it"),
        AdminErrors,
    )
)]
pub async fn poll_now(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
) -> ApiResult<(StatusCode, Json<Polled>)> {
    let accounts = monitor::poll_now(&domain, Actor::rest(caller.user.id)).await?;
    Ok((StatusCode::ACCEPTED, Json(Polled { accounts })))
}
