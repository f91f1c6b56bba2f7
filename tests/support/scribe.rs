//! A language model that writes what a test tells it to, at an address that speaks OpenAI's language.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

/// What it does with a request.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Writes what it is told to, at once.
    Writes,
    /// Writes a piece for each permit.
    Waits(Arc<Semaphore>),
    /// Takes the request and says nothing.
    Silent,
    /// Refuses.
    Refuses(u16),
    /// Begins to write, and breaks off.
    BreaksOff,
    /// Writes nearly all, and breaks off.
    BreaksLate,
    /// Answers with a stream that is none.
    Babbles,
}

type Compose = dyn Fn(&str) -> String + Send + Sync;

struct Shared {
    manner: Mutex<Manner>,
    /// From what it was asked to what it answers.
    compose: Box<Compose>,
    asked: Mutex<Vec<String>>,
}

/// The model's server.
pub struct Scribe {
    pub url: String,
    shared: Arc<Shared>,
}

impl Scribe {
    pub async fn start(compose: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            manner: Mutex::new(Manner::Writes),
            compose: Box::new(compose),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, shared }
    }

    pub fn now(&self, manner: Manner) {
        *self.shared.manner.lock().expect("no panic") = manner;
    }

    /// The texts of all that it was asked.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("no panic").clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).expect("JSON");
    let messages = request["messages"].as_array().expect("messages").iter();
    let asked: Vec<&str> = messages.filter_map(|message| message["content"].as_str()).collect();
    let asked = asked.join("\n\n");
    shared.asked.lock().expect("no panic").push(asked.clone());
    let text = (shared.compose)(&asked);
    let manner = shared.manner.lock().expect("no panic").clone();
    let breaks_late = matches!(manner, Manner::BreaksLate);
    let (permits, breaks_off) = match manner {
        Manner::Babbles => {
            return ([("content-type", "text/event-stream")], "<html>No stream here.</html>\n\n").into_response();
        }
        Manner::Refuses(status) => {
            let status = axum::http::StatusCode::from_u16(status).expect("a status");
            return (status, axum::Json(json!({ "error": { "message": "no" } }))).into_response();
        }
        Manner::Silent => std::future::pending().await,
        Manner::Writes => (None, false),
        Manner::Waits(permits) => (Some(permits), false),
        Manner::BreaksOff | Manner::BreaksLate => (None, true),
    };
    let mut data: Vec<String> = pieces(&text)
        .into_iter()
        .map(|piece| json!({ "model": "m-2026", "choices": [{ "delta": { "content": piece } }] }).to_string())
        .collect();
    if breaks_off {
        data.truncate(if breaks_late { data.len().saturating_sub(2) } else { 1 });
    } else {
        data.push(json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }).to_string());
        data.push(json!({ "choices": [], "usage": { "prompt_tokens": 100, "completion_tokens": 20 } }).to_string());
        data.push("[DONE]".to_owned());
    }
    let events = stream::iter(data).then(move |data| {
        let permits = permits.clone();
        async move {
            if let Some(permits) = permits {
                permits.acquire().await.expect("open").forget();
            }
            Ok::<_, Infallible>(format!("data: {data}\n\n"))
        }
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}

/// A text in pieces of some letters.
fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(60).map(|chunk| chunk.iter().collect()).collect()
}

/// The first of the past cases that it was offered, by the id that it has in this run.
pub fn first_case(asked: &str) -> &str {
    let Some((_, after)) = asked.split_once("\nCase ") else { return "" };
    after.split([',', ':']).next().unwrap_or_default()
}
