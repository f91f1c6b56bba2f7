//! What a server function hands back when it cannot do what was asked: the domain's [`Problem`], in words of the person's language.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use replybook::types::{InvalidCode, Problem, UnavailableCode};
use serde::{Deserialize, Serialize};

use crate::json::JsonText;

/// A [`Problem`] on its way to the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(pub Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonText;

    /// What the transport reports. Its text is for developers and stays out of the page.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                Problem::unavailable(UnavailableCode::Network)
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Problem::invalid("form", InvalidCode::FormIncomplete)
            }
            _ => Problem::unavailable(UnavailableCode::UnexpectedAnswer),
        })
    }
}

#[cfg(test)]
mod tests {
    use replybook::types::ConflictCode;

    use super::*;
    use crate::{prefs::Lang, problems::text};

    #[test]
    fn transport_errors_carry_no_internals() {
        let failure = Failure::from_server_fn_error(ServerFnErrorErr::ServerError("secret path /etc".to_owned()));
        assert!(!text(&failure.0, Lang::En).contains("secret"));
    }

    #[test]
    fn failures_survive_the_way_to_the_browser() {
        let failure = Failure(Problem::conflict(ConflictCode::SyncRunning));
        assert_eq!(Failure::de(failure.ser()), failure);
        assert_eq!(text(&failure.0, Lang::Ru), "Этот аккаунт уже синхронизируется. Дождитесь окончания.");
    }

    #[test]
    fn an_internal_fault_says_its_number_only() {
        assert!(text(&Problem::Internal { id: "42".to_owned() }, Lang::En).ends_with("this number: 42"));
    }
}
