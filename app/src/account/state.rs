//! The URL of the page: what a redirect has to say.

use leptos_router::params::ParamsMap;

use crate::{
    error::code_text,
    i18n::{Texts, fill},
    integrations::state::gmail_notice,
    ui::flash::Notice,
};

/// Where the page lives.
pub(crate) const PATH: &str = "/account";
/// The parameters that are told once and then leave the URL.
pub(crate) const TOLD: &[&str] = &["gmail", "password", "reason", "done"];

/// What a redirect has to say: `?gmail=…`, `?password=changed`, `?password=error&reason=…`, `?done=token-deleted`.
pub(crate) fn notice(query: &ParamsMap, texts: &Texts) -> Option<Notice> {
    let words = &texts.account;
    match query.get_str("password") {
        Some("changed") => return Some(Notice::good(words.password_changed)),
        Some("error") => {
            let reason = query.get("reason").unwrap_or_default();
            let text = match reason.as_str() {
                "wrong_credentials" => words.password_wrong.to_owned(),
                code => code_text(texts, code)
                    .map_or_else(|| words.password_unknown.to_owned(), |why| fill(words.password_kept, &[why])),
            };
            return Some(Notice::bad(text));
        }
        _ => {}
    }
    if query.get_str("done") == Some("token-deleted") {
        return Some(Notice::good(words.token_deleted));
    }
    gmail_notice(query, texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn a_refused_password_says_why() {
        let texts = Texts::of(Lang::En);
        let query = |reason: &str| {
            [("password", "error".to_owned()), ("reason", reason.to_owned())].into_iter().collect::<ParamsMap>()
        };
        assert_eq!(notice(&query("wrong_credentials"), texts), Some(Notice::bad(texts.account.password_wrong)));
        assert_eq!(
            notice(&query("password_too_short"), texts),
            Some(Notice::bad("Nothing was changed. The password is too short: it needs at least 10 characters."))
        );
        assert_eq!(notice(&query("odd"), texts), Some(Notice::bad(texts.account.password_unknown)));
    }
}
