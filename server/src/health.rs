//! For those who watch the server: is it alive, and can it work.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain,
    health::{self, Health},
    store::Trouble,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What `/readyz` found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Readiness {
    pub ready: bool,
    /// `ok`, `busy`, `full` (its disk takes nothing more), or `unreachable`.
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

/// The server can do its work: the database answers, takes what is written, and has every migration.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health", operation_id = "isReady",
    security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness, description = "Says which part is missing."))
)]
pub async fn readyz(State(domain): State<Arc<Domain>>) -> (StatusCode, Json<Readiness>) {
    let Health { trouble, migrated } = health::check(&domain).await;
    let readiness = Readiness {
        ready: trouble.is_none() && migrated == Some(true),
        database: match trouble {
            None => "ok",
            Some(Trouble::Busy) => "busy",
            Some(Trouble::Full) => "full",
            Some(Trouble::Unreachable) => "unreachable",
        },
        migrations: match migrated {
            Some(true) => "ok",
            Some(false) => "missing",
            None => "unknown",
        },
        backend: domain.backend(),
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}
