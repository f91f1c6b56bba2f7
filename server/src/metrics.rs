//! `GET /metrics`, in the text format of Prometheus: what this process answered, what providers refused it, and how long the queues
//! in the database are. See docs/LOGGING.md.

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{MatchedPath, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{Method, StatusCode, header};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, prometheus_text},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};
use replybook::{Domain, net::tally, standing, types::RunState};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    connections,
    connections::Limits,
    identity::Admin,
    problem::{AdminErrors, ApiResult, Refusal},
};

/// A database that does not answer within this time is as good as gone.
const PATIENCE: Duration = Duration::from_secs(3);
/// Collectors are few.
const CONNECTIONS: usize = 16;
/// Upper bounds in seconds: of a list that is fast, of a page, of what a person notices.
const BUCKETS: [f64; 13] = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// The route of what no route matched: files of the site, and what is nowhere. The path itself could be anything.
const NO_ROUTE: &str = "other";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct QueueLabel {
    queue: &'static str,
}

type Requests = Family<RequestLabels, Histogram, fn() -> Histogram>;

/// What one process counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Requests,
    refusals: Family<KindLabel, Counter>,
    database_up: Gauge,
    runs: Family<StateLabel, Gauge>,
    queues: Family<QueueLabel, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("replybook");
        let requests = Requests::new_with_constructor(|| Histogram::new(BUCKETS));
        let (refusals, runs, queues) = (Family::default(), Family::default(), Family::default());
        let database_up = Gauge::default();
        registry.register_with_unit(
            "request_duration",
            "From a request to the head of its answer, by route template",
            Unit::Seconds,
            requests.clone(),
        );
        registry.register("refusals", "Requests answered with an error, by kind", refusals.clone());
        registry.register_collector(Box::new(ProviderRefusals));
        registry.register("database_up", "Whether the database answered when this was written", database_up.clone());
        registry.register("runs", "Syncs, backfills and imports in the database, by state", runs.clone());
        registry.register("queue_length", "What waits in the database, by queue", queues.clone());
        Self { registry, requests, refusals, database_up, runs, queues }
    }
}

impl Metrics {
    /// Counts one request that was answered.
    pub fn answered(&self, method: &Method, route: Option<&MatchedPath>, status: StatusCode, took: Duration) {
        let labels = RequestLabels {
            method: known_method(method),
            route: route.map_or(NO_ROUTE, MatchedPath::as_str).to_owned(),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
        if let Some(kind) = kind_of(status) {
            self.refusals.get_or_create(&KindLabel { kind }).inc();
        }
    }

    /// Everything counted, and how things stand in the database now.
    async fn render(&self, domain: &Domain) -> Result<String, std::fmt::Error> {
        let queues = timeout(PATIENCE, standing::queues(domain)).await;
        self.database_up.set(i64::from(matches!(queues, Ok(Ok(_)))));
        match queues {
            Ok(Ok(now)) => {
                for state in RunState::ALL {
                    let number = now.runs.iter().find(|(of, _)| of == state).map_or(0, |(_, number)| *number);
                    self.runs.get_or_create(&StateLabel { state: state.as_str() }).set(number);
                }
                for (queue, length) in [
                    ("threads_to_pair", now.threads_to_pair),
                    ("pairs_to_group", now.pairs_to_group),
                    ("resyncs_requested", now.resyncs_requested),
                ] {
                    self.queues.get_or_create(&QueueLabel { queue }).set(length);
                }
            }
            // Numbers of an hour ago would look like those of now.
            Ok(Err(_)) | Err(_) => {
                self.runs.clear();
                self.queues.clear();
            }
        }
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    async fn answer(&self, domain: &Domain) -> Response {
        match self.render(domain).await {
            Ok(text) => ([(header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text).into_response(),
            Err(error) => {
                warn!(%error, "the metrics could not be written");
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error").into_response()
            }
        }
    }
}

/// What the providers refused: counted in the domain, which knows nothing of this format.
#[derive(Debug)]
struct ProviderRefusals;

impl Collector for ProviderRefusals {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let help = "Calls of a provider that failed, repeated ones included, by kind";
        let mut family = encoder.encode_descriptor("provider_refusals", help, None, MetricType::Counter)?;
        for (provider, kind, number) in tally::refusals() {
            let labels = [("provider", provider), ("kind", kind)];
            ConstCounter::new(number).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Anybody may send a method of his own making; each would be a series of its own.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// What a refusal is for, by its status; `None` when it is none.
fn kind_of(status: StatusCode) -> Option<&'static str> {
    Some(match status {
        StatusCode::UNAUTHORIZED => "unauthenticated",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::TOO_MANY_REQUESTS => "too_many",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        status if status.is_client_error() => "invalid",
        status if status.is_server_error() => "internal",
        _ => return None,
    })
}

/// Numbers for a collector of Prometheus
///
/// With `METRICS_ADDR` the same is answered at that address without a token.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health", operation_id = "getMetrics",
    responses((status = 200, body = String, content_type = "text/plain"), AdminErrors)
)]
pub async fn for_admins(
    State(metrics): State<Arc<Metrics>>,
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
) -> ApiResult<Response> {
    Ok(metrics.answer(&domain).await)
}

/// The metrics at an address of their own.
pub struct OpenMetrics {
    /// The address that is really listened on.
    pub addr: SocketAddr,
    server: JoinHandle<()>,
}

impl OpenMetrics {
    /// Answers at `METRICS_ADDR` until `stop`, if the settings name one.
    ///
    /// # Errors
    /// When the address is taken.
    pub fn start(
        domain: &Arc<Domain>,
        metrics: Arc<Metrics>,
        stop: &CancellationToken,
    ) -> std::io::Result<Option<Self>> {
        let Some(asked) = domain.settings.metrics_addr else { return Ok(None) };
        let listener = StdListener::bind(asked)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let domain = Arc::clone(domain);
        let router = Router::new().route("/metrics", get(async move || metrics.answer(&domain).await));
        let listener = TcpListener::from_std(listener)?;
        // Who asks when all are at work gets no answer: there is nothing else to ask for.
        let server = connections::serve(listener, router, Router::new(), Limits::with(CONNECTIONS, 0), stop.clone());
        Ok(Some(Self { addr, server: tokio::spawn(server) }))
    }

    /// Waits for the end that `stop` began, no longer than `grace`.
    pub async fn end(self, grace: Duration) {
        // A collector that keeps its connection open is no reason to stay.
        let _cut_off = timeout(grace, self.server).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_are_refusals() {
        for (status, kind) in [
            (200, None),
            (303, None),
            (304, None),
            (400, Some("invalid")),
            (401, Some("unauthenticated")),
            (405, Some("invalid")),
            (409, Some("conflict")),
            (500, Some("internal")),
            (502, Some("internal")),
            (503, Some("unavailable")),
        ] {
            assert_eq!(kind_of(StatusCode::from_u16(status).expect("a status")), kind, "{status}");
        }
    }

    #[test]
    fn a_method_of_somebodys_own_making_is_no_series_of_its_own() {
        assert_eq!(known_method(&Method::GET), "GET");
        assert_eq!(known_method(&Method::from_bytes(b"BREW").expect("a method")), "other");
    }
}
