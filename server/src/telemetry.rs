//! Logs: one line per request with its id, and never a body, a query or a secret.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue};
use replybook::settings::LogFormat;
use tracing::{Instrument, debug, info, info_span};
use tracing_subscriber::{
    EnvFilter,
    filter::{ParseError, filter_fn},
    fmt::MakeWriter,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};
use uuid::Uuid;

use crate::metrics::Metrics;

/// The header under which a request's id is sent back; the log carries the same.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is logged unless `RUST_LOG` says otherwise. An expired session is no suspicious activity, and a statement that
/// takes a second is of interest only with its parameters, which are not logged.
const DEFAULT_FILTER: &str = "info,tower_sessions=error,tower_sessions_core=error";

/// The IMAP library traces every line of every message under this name: never, whatever `RUST_LOG` says.
const NEVER_LOGGED: &str = "async_imap::imap_stream";

/// Starts logging to `writer`. Does nothing when something logs already.
///
/// # Errors
/// When `filter` cannot be read.
pub fn start<W>(filter: Option<&str>, format: LogFormat, writer: W) -> Result<(), ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter.unwrap_or(DEFAULT_FILTER))?;
    let no_mail = filter_fn(|metadata| !metadata.target().starts_with(NEVER_LOGGED));
    let registry = tracing_subscriber::registry().with(filter).with(no_mail);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let already_logging = match format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
    if already_logging.is_err() {
        debug!("logging was started before");
    }
    Ok(())
}

/// Gives the request an id, counts it, and logs how it ended. The path is logged without its query, which can hold an OAuth code.
pub async fn observe(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let path = request.uri().path().to_owned();
    let span = info_span!("request", %id, %method, path);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    metrics.answered(&method, route.as_ref(), response.status(), took);
    let (status, latency_ms) = (response.status().as_u16(), took.as_millis());
    span.in_scope(|| {
        if is_routine(&path) {
            debug!(status, latency_ms, "answered");
        } else {
            info!(status, latency_ms, "answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Probes and files would drown everything else.
fn is_routine(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics") || path.starts_with("/pkg/")
}
