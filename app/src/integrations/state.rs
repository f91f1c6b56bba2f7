//! The URL of the Integrations page: what is open, and what a redirect has to say.

use leptos_router::params::ParamsMap;
use replybook::types::{AccountId, RunId};

use crate::{
    error::{code_text, enroll_text},
    i18n::{GmailReasons, Texts, fill},
    ui::{flash::Notice, url::Address},
};

/// Where the page lives.
pub(crate) const PATH: &str = "/admin/integrations";
/// The page of one account, which only the server renders.
pub(crate) fn account_path(id: AccountId) -> String {
    format!("{PATH}/accounts/{id}")
}

/// The parameters that are told once and then leave the URL.
pub(crate) const TOLD: &[&str] = &["gmail", "import", "reason", "done", "kept", "who", "counts", "refused"];

/// What is open on top of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    /// A run: `?run=<id>`.
    Run(RunId),
    /// The question before disconnecting: `?disconnect=<id>`.
    Disconnect(AccountId),
    /// The question before deleting: `?delete=<id>`.
    Delete(AccountId),
    /// The form to import a file: `?show=import`.
    Import,
    /// The form to connect a mailbox by its password: `?show=imap`.
    Imap,
}

impl Open {
    /// Reads a query; ids that are none open nothing.
    pub(crate) fn from_query(query: &ParamsMap) -> Option<Self> {
        let account = |key| query.get(key).and_then(|value| value.parse::<AccountId>().ok());
        let run = query.get("run").and_then(|value| value.parse().ok()).map(Self::Run);
        run.or_else(|| account("disconnect").map(Self::Disconnect))
            .or_else(|| account("delete").map(Self::Delete))
            .or_else(|| match query.get_str("show") {
                Some("import") => Some(Self::Import),
                Some("imap") => Some(Self::Imap),
                _ => None,
            })
    }

    /// The address at which this is open.
    pub(crate) fn address(self) -> String {
        let address = Address::new(PATH);
        match self {
            Self::Run(id) => address.with("run", Some(id.to_string())),
            Self::Disconnect(id) => address.with("disconnect", Some(id.to_string())),
            Self::Delete(id) => address.with("delete", Some(id.to_string())),
            Self::Import => address.with("show", Some("import")),
            Self::Imap => address.with("show", Some("imap")),
        }
        .into_string()
    }
}

/// What a redirect back from Google or from an upload has to say.
pub(crate) fn notice(query: &ParamsMap, texts: &Texts) -> Option<Notice> {
    let reason = query.get("reason").unwrap_or_default();
    if query.get_str("import") == Some("error") {
        let why = code_text(texts, &reason).unwrap_or(&reason);
        return Some(Notice::bad(fill(texts.integrations.import_failed, &[why])));
    }
    match query.get_str("done") {
        Some("deleted") => Some(Notice::good(texts.accounts.deleted_done)),
        Some("imap") => Some(Notice::good(fill(texts.imap.done, &[query.get_str("who").unwrap_or_default()]))),
        Some("refused") => Some(Notice::bad(texts.problems.conflict)),
        Some(done @ ("disconnected" | "disconnected-here" | "disconnected-password" | "disconnected-service")) => {
            let kept = query.get("kept").and_then(|kept| kept.parse().ok()).unwrap_or_default();
            let kept = texts.count(&texts.nouns.message, kept);
            Some(match done {
                "disconnected" => Notice::good(fill(texts.accounts.disconnected_done, &[&kept])),
                "disconnected-password" => Notice::good(fill(texts.imap.disconnect_done, &[&kept])),
                "disconnected-here" => Notice::warn(fill(texts.accounts.disconnected_done_local, &[&kept])),
                _ => Notice::warn(fill(texts.enroll.disconnect_done, &[&kept])),
            })
        }
        Some(done @ ("enrolled" | "enrolled-before")) => {
            let words = if done == "enrolled" { texts.enroll.done } else { texts.enroll.before };
            Some(Notice::good(fill(words, &[query.get_str("who").unwrap_or_default()])))
        }
        Some("enrolled-all") => Some(enrolled_all(query, texts)),
        _ => gmail_notice(query, texts),
    }
}

/// How many were enrolled, and who was not, by reason (see `answers::enrolled_all_address`).
fn enrolled_all(query: &ParamsMap, texts: &Texts) -> Notice {
    let counts: Vec<&str> = query.get_str("counts").unwrap_or_default().split(',').collect();
    let mut text = fill(texts.enroll.done_all, &counts);
    let refused = query.get_str("refused").unwrap_or_default();
    for (reason, who) in refused.split(';').filter_map(|group| group.split_once(':')) {
        text = [&text, "\n", &who.replace(',', ", "), ": ", enroll_text(texts, reason).unwrap_or(reason)].concat();
    }
    if refused.is_empty() { Notice::good(text) } else { Notice::warn(text) }
}

/// What the way back from Google has to say; for everyone who may connect a mailbox.
pub(crate) fn gmail_notice(query: &ParamsMap, texts: &Texts) -> Option<Notice> {
    let reason = query.get("reason").unwrap_or_default();
    match query.get_str("gmail")? {
        "connected" => Some(Notice::good(texts.integrations.connected)),
        "error" => Some(Notice::bad(gmail_reason(&texts.gmail, &reason))),
        _ => None,
    }
}

/// Every reason the callback can give, in words, with what to do.
fn gmail_reason(words: &GmailReasons, reason: &str) -> &'static str {
    match reason {
        "missing_code" => words.missing_code,
        "missing_state" => words.missing_state,
        "invalid_state" => words.invalid_state,
        "missing_owner" => words.missing_owner,
        "server_config" => words.server_config,
        "token_http" => words.token_http,
        "token_failed" => words.token_failed,
        "missing_access_token" => words.missing_access_token,
        "profile_failed" => words.profile_failed,
        "persist_failed" => words.persist_failed,
        "access_denied" => words.access_denied,
        "blocked_by_admin" => words.blocked_by_admin,
        "google_unavailable" => words.google_unavailable,
        "google_refused" => words.google_refused,
        "missing_scope" => words.missing_scope,
        _ => words.unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefs::Lang;

    fn query(pairs: &[(&'static str, &str)]) -> ParamsMap {
        pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_open_has_an_address() {
        let id = "0193a3a0-0000-7000-8000-000000000001";
        let open = Open::from_query(&query(&[("delete", id)])).expect("a known id opens the question");
        assert_eq!(open.address(), format!("{PATH}?delete={id}"));
        assert_eq!(Open::from_query(&query(&[("run", "nonsense")])), None);
        assert_eq!(Open::from_query(&query(&[("show", "import")])), Some(Open::Import));
        assert_eq!(Open::from_query(&query(&[("show", "imap")])), Some(Open::Imap));
    }

    #[test]
    fn the_way_back_from_google_is_told() {
        let texts = Texts::of(Lang::Ru);
        let connected = notice(&query(&[("gmail", "connected")]), texts);
        assert_eq!(connected, Some(Notice::good("Gmail аккаунт успешно подключён.")));
        let denied = notice(&query(&[("gmail", "error"), ("reason", "access_denied")]), texts);
        assert_eq!(denied, Some(Notice::bad(texts.gmail.access_denied)));
        let odd = notice(&query(&[("gmail", "error"), ("reason", "<script>")]), texts);
        assert_eq!(odd, Some(Notice::bad(texts.gmail.unknown)));
        assert_eq!(notice(&query(&[("run", "x")]), texts), None);
    }

    #[test]
    fn what_enrolling_everybody_did_is_told_by_reason() {
        let texts = Texts::of(Lang::En);
        let told =
            |refused| notice(&query(&[("done", "enrolled-all"), ("counts", "3,1,2"), ("refused", refused)]), texts);
        let counts = "Enrolled: 3. Connected already: 1. Not enrolled: 2.";
        assert_eq!(told(""), Some(Notice::good(counts)));
        let both = [counts, "\nann@x.example, bob@x.example: ", texts.enroll.no_mailbox].concat();
        assert_eq!(told("no_mailbox:ann@x.example,bob@x.example"), Some(Notice::warn(both)));
    }

    #[test]
    fn every_reason_has_its_own_words() {
        let words = &Texts::of(Lang::En).gmail;
        let reasons = [
            "missing_code",
            "missing_state",
            "invalid_state",
            "missing_owner",
            "server_config",
            "token_http",
            "token_failed",
            "missing_access_token",
            "profile_failed",
            "persist_failed",
            "access_denied",
            "missing_scope",
        ];
        for reason in reasons {
            assert_ne!(gmail_reason(words, reason), words.unknown, "{reason}");
        }
    }
}
