//! How a form answers. A server function says where to go and what to say there; the host redirects, and the page that follows
//! shows it once. An island that calls the same function gets its result as JSON instead.

use std::sync::{Mutex, PoisonError};

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use leptos::prelude::use_context;
use replybook::{
    auth::Entrant,
    types::{Problem, ThreadId},
};
use serde::{Deserialize, Serialize};

use crate::{
    prefs::{Lang, cookie_value},
    problems,
    request::RequestScope,
    ui::parts::Tone,
};

/// The cookie that carries [`Told`] to the next page.
const COOKIE: &str = "told";
/// The same behind https: with this prefix browsers take it from nobody but this very host (RFC 6265bis §4.1.3.2).
const HOST_COOKIE: &str = "__Host-told";
/// How long it may take until that page is asked for, in seconds.
const COOKIE_SECONDS: u32 = 60;
/// The most that a cookie is given to carry, in bytes: browsers keep 4,096 with its name and attributes.
const COOKIE_BYTES: usize = 3_600;
/// Fields that are never carried back.
const SECRET_FIELDS: [&str; 6] = ["password", "current", "new", "api_key", "token", "key"];

/// What a form came to, for the page that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub(crate) tone: Tone,
    /// In the person's language.
    pub(crate) text: String,
    /// What was typed into a form that was refused: name and value of its fields, without secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) typed: Vec<(String, String)>,
    /// How it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) undo: Option<Undo>,
}

/// What can be taken back from the line that tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Undo {
    /// A decision about a whole group of pairs.
    PairGroup { group: String, decided_at: DateTime<Utc> },
    /// A conversation went into the archive.
    Archived { id: ThreadId },
}

impl Told {
    /// Something worked.
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into(), typed: Vec::new(), undo: None }
    }

    /// Something worked, but there is something to do.
    pub(crate) fn warn(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, ..Self::good(text) }
    }

    /// Neither good nor bad: how things are.
    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self { tone: Tone::Idle, ..Self::good(text) }
    }

    /// Something did not work.
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, ..Self::good(text) }
    }

    /// What went wrong, in the words of the person's language, with what was typed.
    #[must_use]
    pub fn failure(problem: &Problem, lang: Lang, typed: Vec<(String, String)>) -> Self {
        Self::bad(problems::text(problem, lang)).with_typed(typed)
    }

    /// The same with what was typed, without secrets.
    #[must_use]
    pub fn with_typed(mut self, typed: Vec<(String, String)>) -> Self {
        self.typed = typed.into_iter().filter(|(name, _)| !SECRET_FIELDS.contains(&name.as_str())).collect();
        self
    }

    /// The same, and a way to take it back.
    pub(crate) fn with_undo(mut self, undo: Undo) -> Self {
        self.undo = Some(undo);
        self
    }

    /// The `Set-Cookie` that carries it to the next page. What was typed is left out where it is too much for a cookie.
    #[must_use]
    pub fn cookie(&self, secure: bool) -> Option<HeaderValue> {
        let value = self.packed().or_else(|| Self { typed: Vec::new(), ..self.clone() }.packed()).or_else(|| {
            let text = self.text.chars().take(400).chain(['…']).collect();
            Self { text, typed: Vec::new(), ..self.clone() }.packed()
        })?;
        header(&value, COOKIE_SECONDS, secure)
    }

    /// Reads it from a `Cookie` header.
    #[must_use]
    pub fn read(cookies: &str, secure: bool) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie_value(cookies, cookie_name(secure))?).ok()?).ok()
    }

    /// The `Set-Cookie` that forgets it.
    #[must_use]
    pub fn forget(secure: bool) -> Option<HeaderValue> {
        header("", 0, secure)
    }

    fn packed(&self) -> Option<String> {
        let packed = URL_SAFE_NO_PAD.encode(serde_json::to_string(self).ok()?);
        (packed.len() <= COOKIE_BYTES).then_some(packed)
    }
}

fn header(value: &str, seconds: u32, secure: bool) -> Option<HeaderValue> {
    let name = cookie_name(secure);
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")).ok()
}

fn cookie_name(secure: bool) -> &'static str {
    if secure { HOST_COOKIE } else { COOKIE }
}

/// What a server function wants of the host besides its result.
#[derive(Debug, Default)]
pub struct Answer {
    /// Where a browser goes next: a page of ours, or Google's consent page.
    pub go_to: Option<String>,
    /// What is said there.
    pub told: Option<Told>,
    /// Who is signed in from now on, in a new session.
    pub sign_in: Option<Entrant>,
    /// Whether the session ends.
    pub sign_out: bool,
    /// Cookies that are kept: name, value, seconds.
    pub cookies: Vec<(&'static str, String, u32)>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// Changes the answer of the request that is served.
pub(crate) fn answer(change: impl FnOnce(&mut Answer)) {
    if let Some(scope) = use_context::<RequestScope>() {
        change(&mut scope.answer.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Sends the browser to a page when the form was sent without scripts, and says nothing there.
pub(crate) fn go_to(address: impl Into<String>) {
    answer(|answer| answer.go_to = Some(address.into()));
}

/// Sends the browser to a page when the form was sent without scripts, and says there what was done.
pub(crate) fn go_and_tell(address: impl Into<String>, told: Told) {
    answer(|answer| {
        answer.go_to = Some(address.into());
        answer.told = Some(told);
    });
}

/// Says on the page that the form stands on what was done.
pub(crate) fn tell(told: Told) {
    answer(|answer| answer.told = Some(told));
}

/// Takes what the server function left.
#[must_use]
pub fn take(answer: &Mutex<Answer>) -> Answer {
    std::mem::take(&mut answer.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(told: &Told) -> Option<Told> {
        let cookie = told.cookie(false)?;
        let cookie = cookie.to_str().ok()?.split(';').next()?.to_owned();
        assert!(cookie.len() < 4_000, "{}", cookie.len());
        Told::read(&format!("lang=ru; {cookie}; theme=dark"), false)
    }

    #[test]
    fn what_is_told_arrives_on_the_next_page() {
        let told =
            Told { typed: vec![("host".to_owned(), "почта; =".to_owned())], ..Told::good("Готово: 100 %") };
        assert_eq!(carried(&told), Some(told));
    }

    #[test]
    fn what_is_too_long_is_cut_and_not_lost() {
        let told = Told { typed: vec![("as".to_owned(), "x".repeat(5_000))], ..Told::bad("No") };
        assert_eq!(carried(&told), Some(Told::bad("No")));
        let long = carried(&Told::bad("ж".repeat(5_000))).expect("something is told");
        assert!(long.text.ends_with('…') && long.text.chars().count() == 401);
    }

    #[test]
    fn nonsense_tells_nothing() {
        for cookies in ["", "told=", "told=e30", "other=1", "told=%ZZ"] {
            assert_eq!(Told::read(cookies, false), None, "{cookies:?}");
        }
    }
}
