//! A server of embeddings that understands a few words, as a provider's does: OpenAI's form, and nothing but words behind it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};

const DIMENSIONS: usize = 256;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Words that it holds for the same have the same place.
    Understands,
    /// Every text has a direction of its own.
    Guesses,
    /// It refuses.
    Fails,
}

#[derive(Clone)]
pub struct Embeddings {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    mood: Mutex<Mood>,
    /// Words that mean the same.
    meanings: BTreeMap<String, String>,
    /// What came: the side, and the texts.
    seen: Mutex<Vec<(String, Vec<String>)>>,
}

impl Embeddings {
    /// Starts it. `meanings`: each word with another one that means the same.
    pub async fn start(meanings: impl IntoIterator<Item = (String, String)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let inner = Arc::new(Inner {
            mood: Mutex::new(Mood::Understands),
            meanings: meanings.into_iter().collect(),
            seen: Mutex::default(),
        });
        let router = Router::new().route("/v1/embeddings", post(answer)).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub fn is(&self, mood: Mood) {
        *self.inner.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// What came since the last time: sides and texts.
    pub fn seen(&self) -> Vec<(String, Vec<String>)> {
        std::mem::take(&mut *self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(State(inner): State<Arc<Inner>>, Json(request): Json<Value>) -> (StatusCode, Json<Value>) {
    let texts: Vec<String> = serde_json::from_value(request["input"].clone()).expect("texts");
    let side = request["input_type"].as_str().unwrap_or_default().to_owned();
    inner.seen.lock().unwrap_or_else(PoisonError::into_inner).push((side, texts.clone()));
    let mood = *inner.mood.lock().unwrap_or_else(PoisonError::into_inner);
    if mood == Mood::Fails {
        let error = json!({ "error": { "message": "no such key", "code": "invalid_api_key" } });
        return (StatusCode::UNAUTHORIZED, Json(error));
    }
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({ "index": index, "embedding": vector(&inner, text, mood) }))
        .collect();
    let tokens: usize = texts.iter().map(|text| text.split_whitespace().count()).sum();
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    (StatusCode::OK, Json(json!({ "data": data, "usage": usage })))
}

fn vector(inner: &Inner, text: &str, mood: Mood) -> Vec<f32> {
    let mut numbers = vec![0.01; DIMENSIONS];
    let words: Vec<String> = match mood {
        Mood::Guesses => vec![text.to_owned()],
        _ => text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect(),
    };
    for word in words {
        if let Some(meaning) = inner.meanings.get(&word).or((mood == Mood::Guesses).then_some(&word)) {
            numbers[place(meaning)] += 1.0;
        }
    }
    numbers
}

fn place(word: &str) -> usize {
    let sum = word.bytes().fold(2_166_136_261_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(16_777_619));
    usize::try_from(sum ^ sum >> 15).expect("small") % DIMENSIONS
}
