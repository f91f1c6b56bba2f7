//! A failure on the server: a problem of the domain.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use replybook::types::{InvalidCode, Problem, UnavailableCode};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

use crate::{json::JsonText, prefs::Lang, problems, request};

/// A problem of the domain on its way to the browser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Failure(pub Problem);

impl Failure {
    /// What is shown of it.
    pub(crate) fn text(&self, lang: Lang) -> String {
        problems::text(&self.0, lang)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// The problem, and with it `text`: its words.
impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = serde_json::to_value(&self.0).map_err(S::Error::custom)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("text".to_owned(), self.text(request::lang()).into());
        }
        value.serialize(serializer)
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonText;

    /// What the transport reports. Its text is for developers and stays out of the page.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
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

    #[test]
    fn transport_errors_carry_no_internals() {
        let failure = Failure::from_server_fn_error(ServerFnErrorErr::ServerError("secret path /etc".to_owned()));
        assert!(!failure.text(Lang::En).contains("secret"));
    }

    #[test]
    fn failures_survive_the_way_to_the_browser_with_their_words() {
        let failure = Failure(Problem::conflict(ConflictCode::SyncRunning));
        assert_eq!(Failure::de(failure.ser()), failure);
        assert_eq!(failure.text(Lang::Ru), "Этот аккаунт уже синхронизируется. Дождитесь окончания.");
        let sent: serde_json::Value = serde_json::to_value(&failure).expect("JSON");
        assert_eq!((&sent["kind"], &sent["text"]), (&"conflict".into(), &failure.text(Lang::En).into()));
    }

    #[test]
    fn an_internal_fault_says_its_number_only() {
        assert!(Failure(Problem::Internal { id: "42".to_owned() }).text(Lang::En).ends_with("this number: 42"));
    }
}
