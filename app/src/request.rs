//! One request as the pages' server side sees it: who calls, the domain, and how to answer. The host provides
//! [`RequestScope`] as context for pages and server functions alike.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use replybook::{
    Domain,
    accounts::connect::Binding,
    people,
    types::{Actor, Credential, Problem, UnavailableCode, User, UserId},
};

use crate::{
    answer::{Answer, answer},
    error::Failure,
    paths,
    prefs::{Lang, Prefs},
    ui::keys::Chosen,
    words::Voice,
};

/// What the host knows about a request.
#[derive(Clone)]
pub struct RequestScope {
    pub domain: Arc<Domain>,
    /// Who is signed in.
    pub user: Option<User>,
    /// The session epoch that they were identified in. `Some` whenever `user` is.
    pub epoch: Option<i32>,
    /// What they were identified by. `Some` whenever `user` is.
    pub credential: Option<Credential>,
    /// What ties an OAuth request to this person and browser. `Some` whenever `user` is.
    pub binding: Option<Binding>,
    pub prefs: Prefs,
    /// Changes with every build, so that assets can be cached for ever.
    pub asset_version: Arc<str>,
    /// The address of the browser, as far as it is known.
    pub from: IpAddr,
    /// What an earlier login left in the browser: see [`replybook::auth::device_token`].
    pub device: Option<String>,
    /// The page that is shown, or the one that the form stands on: path and query.
    pub here: String,
    /// What the server function wants of the host.
    pub answer: Arc<Mutex<Answer>>,
}

/// Someone who is signed in, and the domain they act on.
pub struct Caller {
    pub domain: Arc<Domain>,
    pub user: User,
    /// The session epoch that they were identified in.
    pub epoch: i32,
    /// What they were identified by.
    pub credential: Credential,
    pub binding: Binding,
}

impl Caller {
    /// Who acts, for the verbs of the domain.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::page(self.user.id).in_epoch(self.epoch).with(self.credential)
    }
}

/// The caller, whoever is signed in. The first line of a server function for everyone.
///
/// # Errors
/// [`Problem::Unauthenticated`].
pub fn signed_in() -> Result<Caller, Failure> {
    use_context::<RequestScope>()
        .and_then(|scope| {
            let (user, epoch, credential) = (scope.user?, scope.epoch?, scope.credential?);
            Some(Caller { domain: scope.domain, user, epoch, credential, binding: scope.binding? })
        })
        .ok_or_else(|| fail(Problem::Unauthenticated))
}

/// The caller, who must be a reviewer or an admin. The first line of what is done about pairs and mail.
///
/// # Errors
/// [`Problem::Unauthenticated`], [`Problem::ReviewersOnly`].
pub(crate) fn reviewer() -> Result<Caller, Failure> {
    let caller = signed_in()?;
    if caller.user.can_review() { Ok(caller) } else { Err(fail(Problem::ReviewersOnly)) }
}

/// The caller, who must be an admin. The first line of every other server function.
///
/// # Errors
/// [`Problem::Unauthenticated`], [`Problem::Forbidden`].
pub fn admin() -> Result<Caller, Failure> {
    let caller = signed_in()?;
    if caller.user.is_admin() { Ok(caller) } else { Err(fail(Problem::Forbidden)) }
}

/// The request, for the few functions that work before anyone is signed in.
///
/// # Errors
/// [`Problem::Unavailable`] outside a request.
pub(crate) fn anyone() -> Result<RequestScope, Failure> {
    use_context::<RequestScope>().ok_or_else(|| fail(Problem::unavailable(UnavailableCode::UnexpectedAnswer)))
}

/// The person's language.
pub(crate) fn lang() -> Lang {
    use_context::<RequestScope>().map(|scope| scope.prefs.lang).unwrap_or_default()
}

/// The language and the moment of this request.
pub(crate) fn voice(domain: &Domain) -> Voice {
    Voice { lang: lang(), now: domain.clock.now() }
}

/// The keys that a person reviews by.
pub(crate) async fn keys_of(domain: &Domain, user: UserId) -> Result<Chosen, Problem> {
    Ok(Chosen::new(&people::review_keys(domain, user).await?))
}

/// Turns an error of the domain into what the browser gets, with the HTTP status that belongs to it. The host answers a form
/// that was sent without scripts by the page it stands on.
pub(crate) fn fail(error: impl Into<Problem>) -> Failure {
    let problem = error.into();
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status_of(&problem));
    }
    answer(|answer| answer.problem = Some(problem.clone()));
    Failure(problem)
}

/// The settings without which Gmail cannot be connected, by name.
pub(crate) fn gmail_missing(domain: &Domain) -> Vec<String> {
    let google = &domain.settings.google;
    [("GMAIL_CLIENT_ID", google.client_id.is_none()), ("GMAIL_CLIENT_SECRET", google.client_secret.is_none())]
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The domains whose mailboxes the service account may read; none without one.
pub(crate) fn workspace(domain: &Domain) -> Vec<String> {
    domain.settings.google.service_account.as_ref().map(|account| account.domains().to_vec()).unwrap_or_default()
}

/// Where to go back to when that is a page of ours, and `fallback` otherwise: nobody is sent to another site.
pub(crate) fn local_path(wanted: Option<String>, fallback: &str) -> String {
    wanted.filter(|address| is_page(address)).unwrap_or_else(|| fallback.to_owned())
}

/// Whether an address is one of a page of ours, where a browser may be sent: not of another site, of the API, of a form or
/// of a file.
///
/// Browsers read `//host` and `/\host` as another host, and drop tabs and line breaks before they look: whatever holds a
/// backslash or a control character is refused.
#[must_use]
pub fn is_page(address: &str) -> bool {
    let looks_local = address.starts_with('/') && !address.starts_with("//");
    if !looks_local || address.contains('\\') || address.chars().any(char::is_control) || address.len() > 2_048 {
        return false;
    }
    // The URL parser of browsers has the last word, also on what `..` leads to.
    let Ok(base) = url::Url::parse("http://replybook.invalid/") else { return false };
    let Ok(resolved) = base.join(address) else { return false };
    let is_here = resolved.origin() == base.origin() && resolved.username().is_empty();
    is_here && paths::is_page(resolved.path())
}

/// The same without the doors: who has signed in has no business there any more.
#[must_use]
pub fn is_page_inside(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    is_page(address) && !matches!(path, paths::LOGIN | paths::SETUP | paths::JOIN)
}

/// The HTTP status of a problem.
#[must_use]
pub fn status_of(problem: &Problem) -> StatusCode {
    match problem {
        Problem::Unauthenticated => StatusCode::UNAUTHORIZED,
        Problem::Forbidden | Problem::ReviewersOnly => StatusCode::FORBIDDEN,
        Problem::NotFound { .. } => StatusCode::NOT_FOUND,
        Problem::Conflict { .. } | Problem::Overtaken { .. } => StatusCode::CONFLICT,
        Problem::Invalid { .. } => StatusCode::BAD_REQUEST,
        Problem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Problem::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Problem::Busy { .. } | Problem::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Problem::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for bad in ["//evil.example", "/\\evil.example", "https://evil.example", "", "admin", "/a\r\nSet-Cookie: x=1"] {
            assert_eq!(local_path(Some(bad.to_owned()), "/admin"), "/admin", "{bad:?}");
        }
        assert_eq!(local_path(Some("/admin?x=1".to_owned()), "/"), "/admin?x=1");
        assert_eq!(local_path(Some("/login?next=%2Fadmin".to_owned()), "/"), "/login?next=%2Fadmin");
        assert_eq!(local_path(None, "/admin"), "/admin");
    }

    #[test]
    fn what_is_no_page_is_nowhere_to_go_to() {
        for page in
            ["/", "/admin", "/admin/threads?q=x", "/admin/ai-email-training?status=new&x=%2F", "/account#tokens"]
        {
            assert!(is_page_inside(page), "{page}");
        }
        for bad in [
            "/api/ui/sync-now",
            "/api/auth/me",
            "/admin/../api/ui/sync-now",
            "/admin/%2e%2e/api/auth/me",
            "/admin/import",
            "/account/password",
            "/logout",
            "/prefs",
            "/metrics",
            "/pkg/replybook.css",
            "/loginfo",
            "/nowhere",
        ] {
            assert!(!is_page(bad), "{bad}");
        }
        for door in ["/login", "/login?next=/admin", "/setup?token=x"] {
            assert!(is_page(door) && !is_page_inside(door), "{door}");
        }
    }

    #[test]
    fn without_a_request_nobody_is_signed_in() {
        let owner = Owner::new();
        owner.with(|| {
            assert_eq!(signed_in().err(), Some(Failure(Problem::Unauthenticated)));
            assert_eq!(admin().err(), Some(Failure(Problem::Unauthenticated)));
        });
    }
}
