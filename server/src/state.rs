//! What every handler can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use replybook::Domain;
use tokio_util::sync::CancellationToken;

use crate::{metrics::Metrics, site::Site};

/// The state of the router: cheap to clone, the same for the whole life of the process.
#[derive(Clone)]
pub struct AppState {
    pub domain: Arc<Domain>,
    /// The files a browser loads: WASM, CSS, icons.
    pub site: Arc<Site>,
    /// What was answered, counted.
    pub metrics: Arc<Metrics>,
    /// Cancelled when the server is to end: streams that would go on for ever watch it.
    pub stop: CancellationToken,
    /// What Leptos needs to know to render.
    pub leptos: LeptosOptions,
}

impl FromRef<AppState> for Arc<Domain> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.domain)
    }
}

impl FromRef<AppState> for Arc<Metrics> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.metrics)
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
