//! A failure in a browser: what is read of the server's, or that there was no answer.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use super::Transport;
use crate::{json::JsonText, prefs::Lang, words::texts};

texts! {
    /// What only a browser knows.
    Offline:
    network: "The server could not be reached. Check the connection and try again." | "Сервер не отвечает. Проверьте соединение и попробуйте ещё раз.";
}

/// What came of a call that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of problem.
    kind: String,
    /// Its words in the person's language.
    text: String,
}

impl Failure {
    /// What is shown of it.
    pub(crate) fn text(&self, lang: Lang) -> String {
        match self.kind.as_str() {
            NETWORK => Offline(lang).network().to_owned(),
            UNEXPECTED => Transport(lang).unexpected_answer().to_owned(),
            _ => self.text.clone(),
        }
    }
}

/// Kinds that no server sends.
const NETWORK: &str = "network";
const UNEXPECTED: &str = "unexpected";

impl FromServerFnError for Failure {
    type Encoder = JsonText;

    /// What the transport reports. Its text is for developers and stays out of the page.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let kind = match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::UnsupportedRequestMethod(_) => NETWORK,
            _ => UNEXPECTED,
        };
        Self { kind: kind.to_owned(), text: String::new() }
    }
}
