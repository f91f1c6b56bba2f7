//! What plain HTML forms post: they work without scripts, so every answer is a redirect to a page.

use std::sync::Arc;

use axum::{
    Form,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, StatusCode, header};
use replybook::{
    Domain, auth,
    types::{Actor, Problem, Through},
};
use replybook_app::prefs::{Lang, Theme};
use serde::{Deserialize, de::DeserializeOwned};
use tower_sessions::Session;

use crate::{
    client_ip::ClientIp,
    guard::{home, login_url, safe_next, with_query},
    identity::Identity,
    problem::{Refusal, as_page},
    session,
};

const PREFS_SECONDS: u32 = 365 * 24 * 60 * 60;

/// A form body. One that cannot be read is answered with a page.
pub struct PageForm<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for PageForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Form::from_request(request, state)
            .await
            .map(|Form(form)| Self(form))
            .map_err(|error| as_page(&Refusal::new(error.status(), "the form cannot be read")))
    }
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`
pub async fn login(
    State(domain): State<Arc<Domain>>,
    ClientIp(from): ClientIp,
    session: Session,
    PageForm(form): PageForm<LoginForm>,
) -> Response {
    let next = safe_next(&form.next);
    let user = match auth::login(&domain, Through::Page, &form.email, &form.password, from).await {
        Ok(user) => user,
        Err(problem) => {
            let Some(code) = code(&problem) else { return as_page(&problem.into()) };
            let wait = match problem {
                Problem::TooMany { retry_after_seconds } => retry_after_seconds.to_string(),
                _ => String::new(),
            };
            let pairs = [
                ("error", code.as_str()),
                ("retry_after", &wait),
                ("next", next.as_deref().unwrap_or_default()),
                ("email", &form.email),
            ];
            let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            return Redirect::to(&with_query("/login", &given)).into_response();
        }
    };
    match session::sign_in(&domain, &session, &user).await {
        Ok(()) => Redirect::to(next.as_deref().unwrap_or_else(|| home(&user))).into_response(),
        Err(problem) => as_page(&problem.into()),
    }
}

/// `POST /logout`
pub async fn logout(session: Session) -> Response {
    match session::sign_out(&session).await {
        Ok(()) => Redirect::to("/login").into_response(),
        Err(problem) => as_page(&problem.into()),
    }
}

#[derive(Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password: String,
}

/// `POST /setup`: makes the first admin and signs them in.
pub async fn setup(
    State(domain): State<Arc<Domain>>,
    session: Session,
    PageForm(form): PageForm<SetupForm>,
) -> Response {
    let made = auth::create_first_admin(&domain, &form.token, &form.email, &form.display_name, &form.password).await;
    let user = match made {
        Ok(user) => user,
        Err(problem) => {
            let Some(code) = code(&problem) else { return as_page(&problem.into()) };
            let pairs = [
                ("token", form.token.as_str()),
                ("error", &code),
                ("email", &form.email),
                ("display_name", &form.display_name),
            ];
            return Redirect::to(&with_query("/setup", &pairs)).into_response();
        }
    };
    match session::sign_in(&domain, &session, &user).await {
        Ok(()) => Redirect::to(home(&user)).into_response(),
        Err(problem) => as_page(&problem.into()),
    }
}

#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
}

/// `POST /account/password`: every other session of the person ends; this one goes on under a new id.
pub async fn password(
    State(domain): State<Arc<Domain>>,
    identity: Identity,
    session: Session,
    PageForm(form): PageForm<PasswordForm>,
) -> Response {
    let user = match identity.caller().await {
        Ok(Some(caller)) => caller.user,
        Ok(None) => return Redirect::to(&login_url("/account")).into_response(),
        Err(problem) => return as_page(&problem.into()),
    };
    if let Err(problem) = auth::change_password(&domain, Actor::page(user.id), &form.current, &form.new).await {
        return match code(&problem) {
            Some(code) => {
                Redirect::to(&with_query("/account", &[("password", "error"), ("reason", &code)])).into_response()
            }
            None => as_page(&problem.into()),
        };
    }
    match session::sign_in(&domain, &session, &user).await {
        Ok(()) => Redirect::to("/account?password=changed").into_response(),
        Err(problem) => as_page(&problem.into()),
    }
}

#[derive(Deserialize)]
pub struct PrefsForm {
    lang: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    next: String,
}

/// `POST /prefs`: language and theme, kept in cookies of their own, for people who are not signed in too.
pub async fn prefs(State(domain): State<Arc<Domain>>, PageForm(form): PageForm<PrefsForm>) -> Response {
    let lang = form.lang.as_deref().and_then(Lang::from_tag).map(|lang| ("lang", lang.as_str()));
    let theme = form.theme.as_deref().and_then(Theme::from_word).map(|theme| ("theme", theme.as_str()));
    // The login page has these switches too, and its own address is a fine place to return to here.
    let is_door = |next: &str| {
        ["/login", "/setup"]
            .iter()
            .any(|door| next.strip_prefix(door).is_some_and(|rest| rest.is_empty() || rest.starts_with('?')))
    };
    let next = safe_next(&form.next).or_else(|| is_door(&form.next).then(|| form.next.clone()));
    let mut response = Redirect::to(next.as_deref().unwrap_or("/")).into_response();
    let secure = if domain.settings.is_https() { "; Secure" } else { "" };
    for (name, value) in [lang, theme].into_iter().flatten() {
        let cookie = format!("{name}={value}; Path=/; Max-Age={PREFS_SECONDS}; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// What a page can explain about a problem; `None` for what is not the person's to repair.
pub fn code(problem: &Problem) -> Option<String> {
    match problem {
        Problem::Invalid { message, .. } => Some(message.clone()),
        Problem::NotFound { code } | Problem::Conflict { code } => Some(code.clone()),
        Problem::TooMany { .. } => Some("too_many".to_owned()),
        Problem::Unauthenticated | Problem::Forbidden | Problem::Unavailable { .. } | Problem::Internal { .. } => None,
    }
}

/// Redirects with 302, for what was asked for with GET.
pub fn found(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
