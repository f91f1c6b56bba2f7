//! A scripted HTTP server on a free port of 127.0.0.1, living in the test's own runtime.
//!
//! Tests with a paused clock rely on [`plain_http`]: it keeps no timers of its own, so the clock
//! only moves while the code under test waits on purpose, never while bytes are on their way.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use reqwest::header::HeaderMap;
use tokio::net::TcpListener;
use tokio_util::io::ReaderStream;

/// One answer of the script.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    ending: Ending,
}

#[derive(Clone, Copy)]
enum Ending {
    Whole,
    Cut,
    Stuck,
    Never,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), ending: Ending::Whole }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    /// An error as the Google APIs write it.
    pub(crate) fn google_error(status: u16, reason: &str, message: &str) -> Self {
        Self::json(
            status,
            &serde_json::json!({"error": {
                "code": status,
                "message": message,
                "errors": [{"domain": "usageLimits", "reason": reason, "message": message}],
            }}),
        )
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The connection ends in the middle of the announced body.
    pub(crate) fn cut(self) -> Self {
        let announced = (self.body.len() + 100).to_string();
        Self { ending: Ending::Cut, ..self }.header("content-length", announced)
    }

    /// The body begins, and neither goes on nor ends.
    pub(crate) fn stuck(self) -> Self {
        Self { ending: Ending::Stuck, ..self }
    }

    /// The request is taken and never answered.
    pub(crate) fn never() -> Self {
        Self { ending: Ending::Never, ..Self::new(200, "") }
    }

    async fn give(self) -> Response {
        let body = match self.ending {
            Ending::Whole => Body::from(self.body),
            Ending::Cut => Body::from_stream(ReaderStream::new(std::io::Cursor::new(self.body))),
            Ending::Stuck => {
                let begun = futures::stream::iter([Ok::<_, std::io::Error>(self.body)]);
                Body::from_stream(futures::StreamExt::chain(begun, futures::stream::pending()))
            }
            Ending::Never => std::future::pending().await,
        };
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(body).unwrap()
    }
}

/// One request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// A header as text, empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body read as a form.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// Answers requests by its script, in order, and with 599 when the script is over.
pub(crate) struct Double {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    script: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

impl Double {
    pub(crate) async fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let shared = Arc::new(Shared { script: Mutex::new(script.into_iter().collect()), seen: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, shared }
    }

    /// An address where nobody listens.
    pub(crate) async fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let query = parts.uri.query().unwrap_or_default();
    shared.seen.lock().unwrap().push(Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body: String::from_utf8(body.into()).unwrap(),
    });
    let answer = shared.script.lock().unwrap().pop_front();
    answer.unwrap_or_else(|| Answer::new(599, "the script is over")).give().await
}

/// An HTTP client that follows no redirects, ignores proxies of the machine and has no timers.
pub(crate) fn plain_http() -> reqwest::Client {
    plain_builder().build().unwrap()
}

/// The same, giving up after `timeout`.
pub(crate) fn impatient_http(timeout: std::time::Duration) -> reqwest::Client {
    plain_builder().timeout(timeout).build().unwrap()
}

fn plain_builder() -> reqwest::ClientBuilder {
    super::http::ensure_crypto_provider();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().pool_max_idle_per_host(0)
}
