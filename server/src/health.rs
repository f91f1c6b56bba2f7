//! For those who watch the server: is it alive, and can it work.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::Domain;
use serde::Serialize;
use utoipa::ToSchema;

/// A database that does not answer within this time is as good as gone.
const PATIENCE: Duration = Duration::from_secs(3);

/// What `/readyz` found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Readiness {
    pub ready: bool,
    /// `ok`, or `unreachable`.
    pub database: &'static str,
    /// `ok`, `missing`, or `unknown` while the database cannot be reached.
    pub migrations: &'static str,
    /// `sqlite` or `postgres`.
    pub backend: &'static str,
}

/// The process is alive. Asks nothing of the database.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "isAlive", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn healthz() -> &'static str {
    "ok"
}

/// The server can do its work: the database answers and has every migration.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health", operation_id = "isReady",
    security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness, description = "Says which part is missing."))
)]
pub async fn readyz(State(domain): State<Arc<Domain>>) -> (StatusCode, Json<Readiness>) {
    let store = &domain.store;
    let reachable = matches!(tokio::time::timeout(PATIENCE, store.ping()).await, Ok(Ok(())));
    let migrations = if reachable {
        match tokio::time::timeout(PATIENCE, store.migrations_applied()).await {
            Ok(Ok(true)) => "ok",
            Ok(Ok(false)) => "missing",
            Ok(Err(_)) | Err(_) => "unknown",
        }
    } else {
        "unknown"
    };
    let readiness = Readiness {
        ready: reachable && migrations == "ok",
        database: if reachable { "ok" } else { "unreachable" },
        migrations,
        backend: store.backend(),
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}
