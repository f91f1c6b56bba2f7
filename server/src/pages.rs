//! The pages and their server functions: who asks is decided here, the application renders.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use axum::{
    Json, RequestExt, Router,
    extract::{Path, Query, Request, State},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use leptos::{nonce::Nonce, prelude::provide_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use replybook::{
    accounts, threads,
    types::{AccountId, Problem, ThreadId},
};
use replybook_app::{
    App, mailbox,
    prefs::Prefs,
    request::RequestScope,
    shell, still_shell,
    threads::{ListQuery, PATH as THREADS, ThreadQuery, ThreadsPage},
};
use tracing::error;

use crate::{
    forms::found,
    guard::{Verdict, judge},
    headers::page_policy,
    identity::{Caller, Identity},
    problem::{Refusal, as_page},
    rest,
    state::AppState,
};

/// The application's routes, made once. While Leptos makes them, a page that begins to load its data anywhere in the process
/// waits for ever (leptos-rs/leptos#4773); here no page begins before they are made.
static LISTING: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// The routes of the pages and of the server functions behind them.
pub fn routes() -> Router<AppState> {
    let pages = Router::new()
        .route(THREADS, on(MethodFilter::GET, thread_list))
        .route(&format!("{THREADS}/{{thread_id}}"), on(MethodFilter::GET, thread))
        .leptos_routes_with_handler(LISTING.clone(), page);
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

/// A page of the application.
async fn page(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    let (caller, verdict) = match admit(&identity, request.uri().clone()).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let nonce = Nonce::new();
    let context = context(scope(&state, request.headers(), caller), Some(nonce.clone()));
    let options = state.leptos.clone();
    let render = leptos_axum::render_route_with_context(LISTING.clone(), context, move || shell(options.clone()));
    finish(render(State(state.clone()), request).await, &state, &nonce, verdict)
}

/// `GET /admin/integrations/accounts/{id}`: the page of one account, which no script takes over.
pub async fn account(
    State(state): State<AppState>,
    identity: Identity,
    Path(id): Path<String>,
    Query(told): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (caller, verdict) = match admit(&identity, request.uri().clone()).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let mailbox = match (verdict == Verdict::Show).then(|| id.parse::<AccountId>()) {
        Some(Ok(id)) => match mailbox::load(&state.domain, id, told).await {
            Ok(mailbox) => mailbox,
            Err(problem) => return as_page(&problem.into()),
        },
        Some(Err(_)) | None => None,
    };
    let status = if mailbox.is_none() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let mailbox = mailbox.map(Arc::new);
    let nonce = Nonce::new();
    let base = context(scope(&state, request.headers(), caller), Some(nonce.clone()));
    let context = move || {
        base();
        if let Some(mailbox) = &mailbox {
            provide_context(Arc::clone(mailbox));
        }
    };
    let mut response = leptos_axum::render_app_async_with_context(context, still_shell)(request).await;
    *response.status_mut() = status;
    finish(response, &state, &nonce, verdict)
}

/// The list of threads. What is wrong in the query counts as not set: an old link still opens the page.
async fn thread_list(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    /// Threads of one page.
    const PER_PAGE: i64 = 50;
    let mut query = ListQuery::default();
    for (name, value) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match &*name {
            "account" => query.account = value,
            "q" => query.text = value,
            "cursor" => query.cursor = value,
            _ => {}
        }
    }
    let domain = Arc::clone(&state.domain);
    threads_page(&state, &identity, request, async move {
        let account = query.account.as_ref().and_then(|account| account.parse().ok());
        let threads = threads::page(&domain, account, query.text.clone(), query.cursor.as_deref(), PER_PAGE).await?;
        let accounts = accounts::list(&domain, None, None).await?;
        Ok(ThreadsPage::List { query, accounts, threads })
    })
    .await
}

/// One thread.
async fn thread(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    let id = request.uri().path().rsplit('/').next().and_then(|id| id.parse::<ThreadId>().ok());
    let mut query = ThreadQuery::default();
    for (name, value) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
        match &*name {
            "images" => query.images = value.parse().ok(),
            "open" => query.open_all = value == "all",
            _ => {}
        }
    }
    let domain = Arc::clone(&state.domain);
    threads_page(&state, &identity, request, async move {
        let id = id.ok_or_else(|| Problem::not_found("email_thread_not_found"))?;
        Ok(ThreadsPage::Thread { query, thread: Box::new(threads::thread(&domain, id).await?) })
    })
    .await
}

/// A page of stored mail, which no script takes over. What it shows is asked for only when it may be shown.
async fn threads_page(
    state: &AppState,
    identity: &Identity,
    request: Request,
    load: impl Future<Output = Result<ThreadsPage, Problem>>,
) -> Response {
    let (caller, verdict) = match admit(identity, request.uri().clone()).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let (page, status) = match verdict {
        Verdict::Show => match load.await {
            Ok(page) => (page, StatusCode::OK),
            Err(Problem::NotFound { .. }) => (ThreadsPage::Missing, StatusCode::NOT_FOUND),
            Err(problem) => {
                let status = Refusal::from(problem.clone()).status();
                (ThreadsPage::Broken(problem), status)
            }
        },
        // Who may not see it is told so by the page itself.
        Verdict::Forbid | Verdict::Redirect(_) => (ThreadsPage::Missing, StatusCode::FORBIDDEN),
    };
    let page = Arc::new(page);
    let nonce = Nonce::new();
    let base = context(scope(state, request.headers(), caller), Some(nonce.clone()));
    let context = move || {
        base();
        provide_context(Arc::clone(&page));
    };
    let mut response = leptos_axum::render_app_async_with_context(context, still_shell)(request).await;
    *response.status_mut() = status;
    finish(response, state, &nonce, verdict)
}

/// What is no file and no route: the application's page that says so, with 404.
pub async fn not_found(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return as_page(&Refusal::new(StatusCode::NOT_FOUND, "not_found"));
    }
    let (caller, verdict) = match admit(&identity, request.uri().clone()).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let nonce = Nonce::new();
    let context = context(scope(&state, request.headers(), caller), Some(nonce.clone()));
    let options = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(context, move || shell(options.clone()));
    let mut response = render(request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    finish(response, &state, &nonce, verdict)
}

/// A server function, called by the browser or by a form without scripts. It decides itself who may call it.
async fn server_function(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    let caller = match identity.caller().await {
        Ok(caller) => caller,
        // As the server function itself would put it.
        Err(problem) => return (Refusal::from(problem.clone()).status(), Json(problem)).into_response(),
    };
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > rest::JSON_LIMIT) {
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MB").into_response();
    }
    let context = context(scope(&state, request.headers(), caller), None);
    leptos_axum::handle_server_fns_with_context(context, request.with_limited_body()).await.into_response()
}

/// Who asks for a page and what they get to see, or the answer when that is already all.
async fn admit(identity: &Identity, uri: Uri) -> Result<(Option<Caller>, Verdict), Response> {
    let caller = identity.caller().await.map_err(|problem| as_page(&problem.into()))?;
    let asked = uri.path_and_query().map_or("/", |path_and_query| path_and_query.as_str());
    match judge(uri.path(), asked, caller.as_ref().map(|caller| &caller.user)) {
        Verdict::Redirect(location) => Err(found(&location)),
        verdict => Ok((caller, verdict)),
    }
}

fn finish(mut response: Response, state: &AppState, nonce: &Nonce, verdict: Verdict) -> Response {
    if verdict == Verdict::Forbid {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, page_policy(nonce, &state.domain.settings.google.auth_url));
    response
}

fn scope(state: &AppState, headers: &HeaderMap, caller: Option<Caller>) -> RequestScope {
    let (user, binding) = caller.map(|caller| (caller.user, caller.binding)).unzip();
    RequestScope {
        domain: Arc::clone(&state.domain),
        user,
        binding,
        prefs: prefs_of(headers),
        asset_version: state.site.version().into(),
    }
}

/// Language and look, as the browser asks for them.
pub fn prefs_of(headers: &HeaderMap) -> Prefs {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    Prefs::from_headers(text(header::COOKIE), text(header::ACCEPT_LANGUAGE))
}

fn context(scope: RequestScope, nonce: Option<Nonce>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(scope.clone());
        // Ours instead of the one Leptos makes: the header must name the same.
        if let Some(nonce) = &nonce {
            provide_context(nonce.clone());
        }
    }
}
