//! The HTTP client, and how an answer is read.

use std::time::Duration;

use reqwest::Response;
use rustls::crypto::{CryptoProvider, ring};

use super::Failure;

/// How long a call may take. Nothing waits for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection, TLS included.
    pub connect: Duration,
    /// Without a byte: before the first one, and between two.
    pub silence: Duration,
    /// From the call to the last byte of its answer.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            // A 35 MB attachment on a slow line.
            total: Duration::from_secs(180),
        }
    }
}

/// The HTTP client for every provider: bounded in time, named, gzip on, and following no redirects (a redirected token
/// request would carry our secret along).
///
/// # Errors
/// When TLS cannot be set up, for instance on a machine without root certificates.
pub fn client(limits: Limits) -> reqwest::Result<reqwest::Client> {
    builder(limits).build()
}

pub(super) fn builder(limits: Limits) -> reqwest::ClientBuilder {
    ensure_crypto_provider();
    reqwest::Client::builder()
        .user_agent(concat!("replybook/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits.connect)
        .read_timeout(limits.silence)
        .timeout(limits.total)
}

/// The body of an answer, if it is no longer than `most` bytes.
///
/// # Errors
/// See [`Failure`].
pub async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Err(Failure::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest is built without a TLS provider of its own; ours is ring.
pub(super) fn ensure_crypto_provider() {
    if CryptoProvider::get_default().is_none() {
        // Losing this race means that another thread has just installed one: equally good.
        let _lost_race = ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{
        Phase,
        double::{Answer, Double},
    };

    async fn get(limits: Limits, url: &str) -> Result<Vec<u8>, Failure> {
        read(client(limits).expect("TLS").get(url).send().await?, 1 << 10).await
    }

    fn short() -> Limits {
        Limits { silence: Duration::from_millis(200), ..Limits::default() }
    }

    #[tokio::test]
    async fn silence_before_the_first_byte_has_an_end_and_is_told_from_silence_after_it() {
        let double = Double::start([Answer::never(), Answer::new(200, "be").stuck()]).await;
        assert_eq!(get(short(), &double.url).await, Err(Failure::Timeout(Phase::Waiting)));
        assert_eq!(get(short(), &double.url).await, Err(Failure::Timeout(Phase::Reading)));
    }

    #[tokio::test]
    async fn the_whole_has_an_end_of_its_own() {
        let limits = Limits { total: Duration::from_millis(200), ..Limits::default() };
        let double = Double::start([Answer::new(200, "be").stuck()]).await;
        assert_eq!(get(limits, &double.url).await, Err(Failure::Timeout(Phase::Reading)));
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_not_kept() {
        let double = Double::start([Answer::new(200, "x".repeat(1 << 10)), Answer::new(200, "x".repeat(1025))]).await;
        assert_eq!(get(Limits::default(), &double.url).await.map(|body| body.len()), Ok(1 << 10));
        assert_eq!(get(Limits::default(), &double.url).await, Err(Failure::TooLarge(1 << 10)));
    }

    #[tokio::test]
    async fn a_broken_connection_is_told_without_its_address() {
        let url = Double::nobody().await;
        let Err(Failure::Broken(text)) = get(Limits::default(), &url).await else { panic!("nobody was there") };
        assert!(!text.contains("127.0.0.1"), "{text}");
        let double = Double::start([Answer::new(200, "be").cut()]).await;
        assert!(matches!(get(Limits::default(), &double.url).await, Err(Failure::Broken(_))));
    }
}
