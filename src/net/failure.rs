//! What a connection can end with before there is an answer to read.

use std::error::Error as StdError;

use thiserror::Error;

use super::public::NotPublic;

/// Longest piece of the other side's own words that we keep, in characters.
const MAX_MESSAGE_CHARS: usize = 200;

/// How far a call had come when its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// There was no connection yet.
    Connecting,
    /// The request was under way, and not a byte of the answer had come.
    Waiting,
    /// The answer had begun.
    Reading,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connecting => "no connection came about",
            Self::Waiting => "the answer did not begin",
            Self::Reading => "the answer did not end",
        })
    }
}

/// Why there is no whole answer. Never holds an address, a header or a body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// One of the [`super::Limits`] was reached.
    #[error("no answer in time: {0}")]
    Timeout(Phase),
    /// The connection failed or broke: the chain of causes.
    #[error("{0}")]
    Broken(String),
    /// The answer is larger than anything this provider sends.
    #[error("an answer of more than {0} bytes")]
    TooLarge(usize),
    /// The name leads to a private or local address, and such ones are not wanted: nothing was sent.
    #[error("the name leads to a private or local address")]
    NotPublic,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        if NotPublic::is_cause_of(&error) {
            return Self::NotPublic;
        }
        if !error.is_timeout() {
            return Self::Broken(causes(&error.without_url()));
        }
        Self::Timeout(if error.is_connect() {
            Phase::Connecting
        } else if error.is_body() || error.is_decode() {
            Phase::Reading
        } else {
            Phase::Waiting
        })
    }
}

/// An error with its causes on one line.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The first [`MAX_MESSAGE_CHARS`] characters of what the other side said, on one line.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE_CHARS).collect();
    if text.chars().nth(MAX_MESSAGE_CHARS).is_some() {
        short.push('…');
    }
    short
}
