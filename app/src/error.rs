//! What a server function hands back when it cannot do what was asked.
//!
//! On the server it is the domain's problem. On its way to a browser it takes along its words in the person's language, so that
//! islands need neither the words of every problem nor the problems themselves: there it is only what is read here.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::{json::JsonText, prefs::Lang, words::texts};

texts! {
    /// An answer that nobody expects, on either side.
    pub(crate) Transport:
    unexpected_answer: "The server answered in a way this page does not understand. Reload the page: it may have been updated." | "Страница не поняла ответ сервера. Обновите её: возможно, вышла новая версия.";
}

#[cfg(feature = "ssr")]
mod of_server {
    use replybook::types::{InvalidCode, Problem, UnavailableCode};
    use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

    use super::{FromServerFnError, JsonText, Lang, ServerFnErrorErr};
    use crate::{problems, request};

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
}
#[cfg(feature = "ssr")]
pub use of_server::Failure;

#[cfg(not(feature = "ssr"))]
mod of_browser {
    use serde::{Deserialize, Serialize};

    use super::{FromServerFnError, JsonText, Lang, ServerFnErrorErr, Transport};
    use crate::words::texts;

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
}
#[cfg(not(feature = "ssr"))]
pub use of_browser::Failure;

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use replybook::types::{ConflictCode, Problem};

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
