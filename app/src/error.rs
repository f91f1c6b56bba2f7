//! What a server function hands back when it cannot do what was asked: the domain's [`Problem`], in words of the person's language.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use replybook::types::Problem;
use serde::{Deserialize, Serialize};

use crate::{
    i18n::{Texts, fill},
    json::JsonText,
};

/// The code of [`Problem::Unavailable`] when a browser cannot reach the server.
const NETWORK: &str = "network";
/// The code of [`Problem::Unavailable`] when an answer is not what this page expects, e.g. after an update of the server.
const UNEXPECTED_ANSWER: &str = "unexpected_answer";

/// How [`Problem::Invalid`] begins when Google's own words about a mailbox follow.
const GOOGLE_REFUSED: &str = "google_refused: ";

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
                Problem::unavailable(NETWORK)
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Problem::invalid("form", "form_incomplete"),
            _ => Problem::unavailable(UNEXPECTED_ANSWER),
        })
    }
}

impl Failure {
    /// What happened and what to do, in the person's language.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        let words = &texts.problems;
        match &self.0 {
            Problem::Unauthenticated => words.unauthenticated.to_owned(),
            Problem::Forbidden => words.forbidden.to_owned(),
            Problem::NotFound { code } => not_found(texts, code).to_owned(),
            Problem::Conflict { code } if code == "sync_already_running" => words.sync_running.to_owned(),
            Problem::Conflict { .. } => words.conflict.to_owned(),
            Problem::Invalid { field, .. } if field == "cursor" => words.cursor.to_owned(),
            Problem::Invalid { message, .. } if message == "sync_not_supported_for_provider" => {
                words.sync_unsupported.to_owned()
            }
            Problem::Invalid { message, .. } if message.starts_with(GOOGLE_REFUSED) => {
                fill(texts.enroll.refused_said, &[&message[GOOGLE_REFUSED.len()..]])
            }
            Problem::Invalid { message, .. } => {
                code_text(texts, message).map_or_else(|| fill(words.invalid, &[message]), ToOwned::to_owned)
            }
            Problem::TooMany { retry_after_seconds } => {
                fill(words.too_many, &[&texts.duration(i64::from(*retry_after_seconds))])
            }
            Problem::Unavailable { message } => match message.as_str() {
                NETWORK => words.network.to_owned(),
                UNEXPECTED_ANSWER => words.unexpected_answer.to_owned(),
                "gmail_sync_failed" => words.sync_failed.to_owned(),
                message if message.starts_with("google_unreachable") => texts.enroll.unreachable.to_owned(),
                message => fill(words.unavailable, &[message]),
            },
            Problem::Internal { id } => fill(words.internal, &[id]),
        }
    }

    /// Whether signing in again helps.
    pub(crate) fn is_signed_out(&self) -> bool {
        self.0 == Problem::Unauthenticated
    }
}

/// What the domain says by a code, or by a fixed sentence about a file, in words. `None` for anything else.
pub(crate) fn code_text(texts: &Texts, code: &str) -> Option<&'static str> {
    let words = &texts.codes;
    Some(match code {
        "account_disabled" => words.account_disabled,
        "account_needs_reconnect" => words.account_needs_reconnect,
        "disconnect_not_supported_for_provider" => words.disconnect_unsupported,
        "email_invalid" => words.email_invalid,
        "name_missing" => words.name_missing,
        "name_too_long" => words.name_too_long,
        "password_too_short" => words.password_short,
        "password_too_long" => words.password_long,
        "api_key_invalid" => words.api_key_invalid,
        "model_invalid" => words.model_invalid,
        "as_address_missing" => words.address_missing,
        "form_incomplete" => words.form_incomplete,
        "choose a file to import" => words.file_missing,
        "the file is empty" => words.file_empty,
        "this is a binary file, not an mbox file" => words.file_binary,
        "the upload broke off" => words.file_cut,
        "the archive holds no mail" => words.archive_empty,
        "pair_differs_from_mail" => words.pair_differs,
        "mail_makes_no_pair" => words.mail_makes_no_pair,
        "pair_group_changed" => words.pair_group_changed,
        code if code.starts_with("as_address_invalid") => words.address_invalid,
        "service_account_not_configured" => texts.enroll.not_configured,
        "address_not_in_domain" => texts.enroll.not_in_domain,
        code => return enroll_text(texts, code.split(':').next()?),
    })
}

/// Why a mailbox was not enrolled, by [`replybook::types::EnrollReason`] as a word.
pub(crate) fn enroll_text(texts: &Texts, reason: &str) -> Option<&'static str> {
    let words = &texts.enroll;
    Some(match reason {
        "delegation" => words.delegation,
        "clock" => words.clock,
        "no_mailbox" => words.no_mailbox,
        "alias" => words.alias,
        "disconnected" => words.disconnected,
        "google_refused" => words.refused,
        "google_unreachable" => words.unreachable,
        _ => return None,
    })
}

fn not_found(texts: &Texts, code: &str) -> &'static str {
    let words = &texts.problems;
    match code {
        "integration_account_not_found" => words.account_not_found,
        code if code.contains("pair") => words.pair_not_found,
        code if code.contains("run") => words.run_not_found,
        _ => words.not_found,
    }
}

#[cfg(test)]
mod tests {
    use replybook::types::EnrollReason;

    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn transport_errors_carry_no_internals() {
        let failure = Failure::from_server_fn_error(ServerFnErrorErr::ServerError("secret path /etc".to_owned()));
        assert!(!failure.text(Texts::of(Lang::En)).contains("secret"));
    }

    #[test]
    fn failures_survive_the_way_through_a_url() {
        let failure = Failure(Problem::conflict("sync_already_running"));
        assert_eq!(Failure::de(failure.ser()), failure);
        assert_eq!(failure.text(Texts::of(Lang::Ru)), "Этот аккаунт уже синхронизируется. Дождитесь окончания.");
    }

    #[test]
    fn every_reason_against_enrolling_has_its_words() {
        let texts = Texts::of(Lang::En);
        for reason in EnrollReason::ALL.iter().filter(|reason| **reason != EnrollReason::NotStored) {
            assert!(enroll_text(texts, reason.as_str()).is_some(), "{reason}");
        }
        let text = |problem: Problem| Failure(problem).text(texts);
        assert_eq!(text(Problem::invalid("email", "clock: Google says so")), texts.enroll.clock);
        assert_eq!(text(Problem::unavailable("google_unreachable: no route")), texts.enroll.unreachable);
        assert_eq!(
            text(Problem::invalid("email", "google_refused: Mail service not enabled")),
            "Google refuses this mailbox: Mail service not enabled"
        );
    }

    #[test]
    fn an_internal_fault_says_its_number_only() {
        let failure = Failure(Problem::Internal { id: "42".to_owned() });
        assert!(failure.text(Texts::of(Lang::En)).ends_with("this number: 42"));
    }
}
