//! The pages and their server functions: who asks is decided here, the application renders.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use axum::{
    Json, RequestExt, Router,
    body::{Body, to_bytes},
    extract::{FromRequestParts, RawPathParams, Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Response},
    routing::{MethodFilter, get, on},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use leptos::prelude::provide_context;
use replybook::{
    crypto,
    standing::{self, Navigation},
    types::{InvalidCode, NotFoundCode, Problem, UnavailableCode},
};
use replybook_app::{
    answer::{self, Told},
    page::{Audience, Page, Visit},
    pages::{
        account::Me,
        ai_settings::AiSettings,
        audit::Audit,
        bulk::Bulk,
        conversations::{ConversationPage, Conversations},
        errors::Refused,
        guidelines::Guidelines,
        integrations::Integrations,
        join::Join,
        knowledge::{Knowledge, Similar},
        login::Login,
        mailbox::Mailbox,
        opinions::Opinions,
        overview::Overview,
        people::People,
        progress::Progress,
        rules::Rules,
        setup::Setup,
        tags::Tags,
        threads::{ThreadPage, Threads},
        training::Training,
    },
    paths,
    prefs::Prefs,
    request::{RequestScope, is_page},
    shell,
};
use tower_sessions::Session;
use tracing::error;

use crate::{
    client_ip::ClientIp,
    guard::{Verdict, judge, login_url},
    headers::page_policy,
    identity::{Caller, Identity},
    input,
    problem::{PageRefusal, Refusal, as_page},
    rest, session,
    state::AppState,
};

/// What a page may take to load. A database that is slower than that answers nobody.
const LOAD_LIMIT: Duration = Duration::from_secs(20);
/// What a server function may take: connecting a mailbox asks its server.
const CALL_LIMIT: Duration = Duration::from_secs(120);

/// What was fetched in advance is older than what was just done (Clear-Site-Data, W3C).
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const PREFETCHED: HeaderValue = HeaderValue::from_static("\"prefetchCache\"");

/// The routes of the pages and of the server functions behind them.
pub fn routes() -> Router<AppState> {
    let pages = Router::new()
        .route("/", get(start))
        .merge(page::<Login>())
        .merge(page::<Setup>())
        .merge(page::<Join>())
        .merge(page::<People>())
        .merge(page::<Overview>())
        .merge(page::<Training>())
        .merge(page::<Progress>())
        .merge(page::<Opinions>())
        .merge(page::<Bulk>())
        .merge(page::<Rules>())
        .merge(page::<Tags>())
        .merge(page::<Guidelines>())
        .merge(page::<Knowledge>())
        .merge(asking_page::<Similar>())
        .merge(page::<Conversations>())
        .merge(page::<ConversationPage>())
        .merge(page::<Threads>())
        .merge(page::<ThreadPage>())
        .merge(page::<Integrations>())
        .merge(page::<Mailbox>())
        .merge(page::<AiSettings>())
        .merge(page::<Audit>())
        .merge(page::<Me>());
    leptos::server_fn::axum::server_fn_paths().fold(pages, |router, (path, method)| {
        match MethodFilter::try_from(method) {
            Ok(method) => router.route(path, on(method, server_function)),
            Err(unknown) => {
                error!(path, error = %unknown, "a server function uses a method that cannot be routed");
                router
            }
        }
    })
}

fn page<P: Page + 'static>() -> Router<AppState> {
    Router::new().route(P::ROUTE, get(show::<P>))
}

/// A page that is also asked by a form whose fields are too long, or too private, for an address.
fn asking_page<P: Page + 'static>() -> Router<AppState> {
    Router::new().route(P::ROUTE, get(show::<P>).post(ask::<P>))
}

/// Why somebody who is signed in does not see a page.
fn kept_out(audience: Audience) -> Problem {
    if audience == Audience::Reviewers { Problem::ReviewersOnly } else { Problem::Forbidden }
}

/// `/`: the page where a person begins.
async fn start(identity: Identity, uri: Uri) -> Response {
    match identity.caller().await {
        Ok(Some(caller)) => found(paths::home(caller.user.role)),
        Ok(None) => found(&login_url(uri.query().unwrap_or_default())),
        Err(problem) => as_page(&problem.into()),
    }
}

/// A page: the door, one call to the domain, the document.
async fn show<P: Page>(State(state): State<AppState>, identity: Identity, parts: Parts) -> Response {
    document_of::<P>(&state, &identity, parts, HashMap::new()).await
}

/// The same, for what a form asks. It changes nothing.
async fn ask<P: Page>(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    let (parts, body) = request.with_limited_body().into_parts();
    let Ok(body) = to_bytes(body, rest::JSON_LIMIT).await else {
        return as_page(&Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MB"));
    };
    let unusable = std::str::from_utf8(&body).map_err(|_| Problem::invalid("form", InvalidCode::FormIncomplete));
    if let Err(problem) = unusable.and_then(|_| input::check_form(&body)) {
        return as_page(&problem.into());
    }
    let fields = url::form_urlencoded::parse(&body).into_owned().collect();
    document_of::<P>(&state, &identity, parts, fields).await
}

async fn document_of<P: Page>(
    state: &AppState,
    identity: &Identity,
    parts: Parts,
    fields: HashMap<String, String>,
) -> Response {
    let (mut visit, told) = match visit(state, identity, parts).await {
        Ok(visit) => visit,
        Err(problem) => return as_page(&problem.into()),
    };
    visit.query.extend(fields);
    match judge(P::AUDIENCE, &visit.scope.here, visit.scope.user.as_ref()) {
        Verdict::Show => {}
        Verdict::Redirect(location) => return found(&location),
        Verdict::Forbid => {
            return refuse(state, &visit, &Refused::Problem(kept_out(P::AUDIENCE)), StatusCode::FORBIDDEN).await;
        }
    }
    let loaded = tokio::time::timeout(LOAD_LIMIT, async { tokio::try_join!(P::load(&visit), nav_standing(&visit)) });
    let (page, standing) = match loaded.await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(problem)) => {
            let retry_after = Refusal::from(problem.clone()).retry_after();
            let (status, refused) = shell::refused(problem);
            let mut response = refuse(state, &visit, &refused, status).await;
            response.headers_mut().extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds)));
            return response;
        }
        Err(_) => {
            error!(page = P::ROUTE, seconds = LOAD_LIMIT.as_secs(), "a page took too long to load");
            let problem = Problem::unavailable(UnavailableCode::PageTooSlow);
            return refuse(state, &visit, &Refused::Problem(problem), StatusCode::SERVICE_UNAVAILABLE).await;
        }
    };
    let nonce = crypto::random_token();
    let status = page.status();
    let mut response = (status, Html(shell::document(page, &visit, standing, &nonce))).into_response();
    finish(&mut response, state, &nonce);
    // A page that is only fetched in advance has told nothing yet.
    if told && let Some(forget) = Told::forget(state.domain.settings.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    response
}

/// What is shown around a page, for who is signed in.
async fn nav_standing(visit: &Visit) -> Result<Navigation, Problem> {
    let Some(user) = &visit.scope.user else { return Ok(Navigation::default()) };
    standing::navigation(&visit.scope.domain, user).await
}

/// The page that says why something cannot be shown, for somebody who is known.
async fn refuse(state: &AppState, visit: &Visit, refused: &Refused, status: StatusCode) -> Response {
    let standing = nav_standing(visit).await.unwrap_or_default();
    let nonce = crypto::random_token();
    let mut response = (status, Html(shell::refusal(visit, standing, &nonce, refused))).into_response();
    finish(&mut response, state, &nonce);
    response
}

/// What is no file and no route.
pub async fn not_found(State(state): State<AppState>, identity: Identity, parts: Parts) -> Response {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return as_page(&Refusal::new(StatusCode::NOT_FOUND, "not_found"));
    }
    let (visit, _) = match visit(&state, &identity, parts).await {
        Ok(visit) => visit,
        Err(problem) => return as_page(&problem.into()),
    };
    let audience = crate::guard::area(&visit.scope.here);
    match judge(audience, &visit.scope.here, visit.scope.user.as_ref()) {
        Verdict::Show => {
            refuse(&state, &visit, &Refused::Problem(Problem::not_found(NotFoundCode::Page)), StatusCode::NOT_FOUND)
                .await
        }
        Verdict::Redirect(location) => found(&location),
        Verdict::Forbid => refuse(&state, &visit, &Refused::Problem(Problem::Forbidden), StatusCode::FORBIDDEN).await,
    }
}

/// Puts a page in the reader's language around a refusal that was made where nobody knew who asks ([`as_page`]).
pub async fn refusals_as_pages(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let here = here_of(request.uri());
    let mut response = next.run(request).await;
    let Some(PageRefusal(refused)) = response.extensions_mut().remove::<PageRefusal>() else { return response };
    let visit = Visit {
        scope: scope(&state, &headers, None, here),
        params: HashMap::new(),
        query: HashMap::new(),
        told: None,
        is_told_inside: AtomicBool::default(),
    };
    let nonce = crypto::random_token();
    let (parts, _) = response.into_parts();
    let mut page = Html(shell::refusal(&visit, Navigation::default(), &nonce, &refused)).into_response();
    *page.status_mut() = parts.status;
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    finish(&mut page, &state, &nonce);
    page
}

/// A server function, called by an island or by a form without scripts. It decides itself who may call it.
async fn server_function(
    State(state): State<AppState>,
    identity: Identity,
    session: Session,
    ClientIp(from): ClientIp,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let is_form = request.method() == Method::POST && !accepts_json(&headers);
    let caller = match identity.caller().await {
        Ok(caller) => caller,
        Err(problem) if is_form => return as_page(&problem.into()),
        // As the server function itself would put it.
        Err(problem) => return (Refusal::from(problem.clone()).status(), Json(problem)).into_response(),
    };
    let (parts, body) = request.with_limited_body().into_parts();
    let Ok(body) = to_bytes(body, rest::JSON_LIMIT).await else {
        let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MB");
        return if is_form { as_page(&refusal) } else { refusal.into_response() };
    };
    // The body may have come slowly, and who sent it may not act any more.
    if let Err(problem) = identity.still_holds().await {
        return if is_form {
            as_page(&problem.into())
        } else {
            (Refusal::from(problem.clone()).status(), Json(problem)).into_response()
        };
    }
    // Fields are text in UTF-8 that both databases can store.
    let unusable = std::str::from_utf8(&body).map_err(|_| Problem::invalid("form", InvalidCode::FormIncomplete));
    if let Err(problem) = unusable.and_then(|_| input::check_form(&body)) {
        return if is_form {
            as_page(&problem.into())
        } else {
            (StatusCode::BAD_REQUEST, Json(problem)).into_response()
        };
    }
    let here = came_from(&headers).unwrap_or_else(|| "/".to_owned());
    let scope = RequestScope { from, ..scope(&state, &headers, caller, here) };
    let mut request = Request::from_parts(parts, Body::from(body.clone()));
    // Its result is wanted as such; what a browser gets to see is decided below.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let context = {
        let scope = scope.clone();
        move || provide_context(scope.clone())
    };
    let called = leptos_axum::handle_server_fns_with_context(context, request);
    let Ok(result) = tokio::time::timeout(CALL_LIMIT, called).await else {
        error!(seconds = CALL_LIMIT.as_secs(), "a server function took too long");
        let refusal = Refusal::from(Problem::unavailable(UnavailableCode::CallTooSlow));
        return if is_form { as_page(&refusal) } else { refusal.into_response() };
    };
    let mut result = result.into_response();
    result.headers_mut().insert(CLEAR_SITE_DATA, PREFETCHED);
    let answer = answer::take(&scope.answer);
    if answer.problem.is_none() && result.status().is_server_error() {
        // It was not even called: leptos says 500 whoever is to blame.
        result = refused_by_leptos(result).await;
    }
    let settled = settle_session(&state, &session, &answer).await;
    if let Err(problem) = settled {
        return if is_form { as_page(&problem.into()) } else { Refusal::from(problem).into_response() };
    }
    let device = answer.sign_in.as_ref().and_then(|entrant| session::device_cookie(&state.domain, &entrant.user));
    let mut response = if is_form { form_answer(&state, &scope, answer, &result, &body) } else { result };
    response.headers_mut().extend(device.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// The answer of leptos itself to a call that it could not make, with the status of the problem that it tells.
async fn refused_by_leptos(result: Response) -> Response {
    let (mut parts, body) = result.into_parts();
    let body = to_bytes(body, rest::JSON_LIMIT).await.unwrap_or_default();
    if let Ok(problem) = serde_json::from_slice::<Problem>(&body) {
        parts.status = Refusal::from(problem).status();
    }
    Response::from_parts(parts, Body::from(body))
}

async fn settle_session(state: &AppState, session: &Session, answer: &answer::Answer) -> Result<(), Problem> {
    if let Some(entrant) = &answer.sign_in {
        session::sign_in(&state.domain, session, entrant).await?;
    }
    if answer.sign_out {
        session::sign_out(session).await?;
    }
    Ok(())
}

/// What a browser that sent a form gets: the way to the page that says what came of it.
fn form_answer(
    state: &AppState,
    scope: &RequestScope,
    answer: answer::Answer,
    result: &Response,
    body: &[u8],
) -> Response {
    let typed = || url::form_urlencoded::parse(body).into_owned().collect();
    let told = match (answer.told, answer.problem) {
        (_, Some(Problem::Unauthenticated)) => return see_other(&login_url(&scope.here)),
        (_, Some(problem @ (Problem::Forbidden | Problem::ReviewersOnly | Problem::Internal { .. }))) => {
            return as_page(&problem.into());
        }
        (_, Some(problem @ Problem::NotFound { .. })) if answer.go_to.is_none() => return as_page(&problem.into()),
        (Some(told), Some(_)) => Some(told.with_typed(typed())),
        (None, Some(problem)) => Some(Told::failure(&problem, scope.prefs.lang, typed())),
        // A field that is missing, or no value of its kind: the function was not even called.
        (None, None) if result.status().is_client_error() || result.status().is_server_error() => {
            return as_page(&Refusal::new(StatusCode::BAD_REQUEST, "the form cannot be read"));
        }
        (told, None) => told,
    };
    let mut response = see_other(answer.go_to.as_deref().unwrap_or(&scope.here));
    response.headers_mut().insert(CLEAR_SITE_DATA, PREFETCHED);
    let is_https = state.domain.settings.is_https();
    if let Some(cookie) = told.and_then(|told| told.cookie(is_https)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    let secure = if is_https { "; Secure" } else { "" };
    for (name, value, seconds) in answer.cookies {
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Whether a person is to see a page when a request is refused: everywhere but in the API; of that, where forms post to.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let is_api = path == "/api" || path.starts_with("/api/");
    !is_api || path.starts_with(paths::ACTS) && accept(headers).contains("text/html")
}

/// A refusal that is made before anybody knows what was asked for: a page or JSON.
pub fn refusal_for(path: &str, headers: &HeaderMap, refusal: Refusal) -> Response {
    if wants_page(path, headers) { as_page(&refusal) } else { refusal.into_response() }
}

fn accept(headers: &HeaderMap) -> &str {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Islands say that they want JSON; browsers that send a form do not.
fn accepts_json(headers: &HeaderMap) -> bool {
    let accept = accept(headers);
    accept.contains("application/json") && !accept.contains("text/html")
}

/// The page of ours that a form stands on: path and query of `Referer`.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let referer = url::Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let here = referer.query().map_or_else(|| referer.path().to_owned(), |query| format!("{}?{query}", referer.path()));
    is_page(&here).then_some(here)
}

/// The visit of a page, and whether something was told to it.
async fn visit(state: &AppState, identity: &Identity, mut parts: Parts) -> Result<(Visit, bool), Problem> {
    let caller = identity.caller().await?;
    let params = RawPathParams::from_request_parts(&mut parts, &()).await;
    let params = params.map(|params| {
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<HashMap<_, _>>()
    });
    let query = parts.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let is_prefetch = parts.headers.contains_key("sec-purpose");
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let is_https = state.domain.settings.is_https();
    let told = cookies.filter(|_| !is_prefetch).find_map(|cookies| Told::read(cookies, is_https));
    let is_told = told.is_some();
    let here = here_of(&parts.uri);
    let scope = scope(state, &parts.headers, caller, here);
    Ok((
        Visit { scope, params: params.unwrap_or_default(), query, told, is_told_inside: AtomicBool::default() },
        is_told,
    ))
}

fn here_of(uri: &Uri) -> String {
    uri.path_and_query().map_or("/", |path_and_query| path_and_query.as_str()).to_owned()
}

fn finish(response: &mut Response, state: &AppState, nonce: &str) {
    let policy = page_policy(nonce, &state.domain.settings.google.auth_url);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
}

fn scope(state: &AppState, headers: &HeaderMap, caller: Option<Caller>, here: String) -> RequestScope {
    let epoch = caller.as_ref().map(|caller| caller.epoch);
    let credential = caller.as_ref().map(|caller| caller.credential);
    let (user, binding) = caller.map(|caller| (caller.user, caller.binding)).unzip();
    RequestScope {
        domain: Arc::clone(&state.domain),
        user,
        epoch,
        credential,
        binding,
        prefs: prefs_of(headers),
        asset_version: state.site.version().into(),
        from: std::net::Ipv4Addr::UNSPECIFIED.into(),
        device: session::device(headers),
        here,
        answer: Arc::new(Mutex::default()),
    }
}

/// Language and look, as the browser asks for them.
pub fn prefs_of(headers: &HeaderMap) -> Prefs {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    Prefs::from_headers(text(header::COOKIE), text(header::ACCEPT_LANGUAGE))
}

/// Redirects with 302, for what was asked for with GET.
pub fn found(location: &str) -> Response {
    to(location, StatusCode::FOUND)
}

/// Redirects with 303, for what was sent with POST.
pub fn see_other(location: &str) -> Response {
    to(location, StatusCode::SEE_OTHER)
}

fn to(location: &str, status: StatusCode) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (status, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
