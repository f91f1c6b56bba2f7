//! The forms that control the sync: on the page of an account, and at the monitor. Answered by a redirect to a page that says what
//! came of it.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, request::Parts};
use replybook::{
    Domain, accounts, monitor, runs,
    sync::{self, Span},
    types::{AccountId, Actor, FailureId, Problem, RunId, RunRequest, RunTrigger},
};
use serde::Deserialize;

use crate::{
    forms::{PageForm, code},
    guard::{login_url, with_query},
    identity::Identity,
    problem::{Refusal, as_page},
};

const PAGE: &str = "/admin/integrations";

/// Requires an admin, as a page does: others are sent to the login, or told that this is not theirs.
pub struct PageAdmin(Actor);

impl<S: Sync> FromRequestParts<S> for PageAdmin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let identity = Identity::from_request_parts(parts, state).await.map_err(|refusal| as_page(&refusal))?;
        match identity.caller().await {
            Ok(Some(caller)) if caller.user.is_admin() => Ok(Self(Actor::page(caller.user.id))),
            Ok(Some(_)) => Err(as_page(&Problem::Forbidden.into())),
            Ok(None) => Err(Redirect::to(&login_url(PAGE)).into_response()),
            Err(problem) => Err(as_page(&problem.into())),
        }
    }
}

/// `POST /admin/integrations/accounts/{id}/sync`
pub async fn sync_now(State(domain): State<Arc<Domain>>, _: PageAdmin, Path(account): Path<AccountId>) -> Response {
    let begun = sync::start_now(&domain, account, RunTrigger::Manual).await;
    back(account, begun.map(|_| vec![("done", "sync".to_owned())]))
}

#[derive(Deserialize)]
pub struct BackfillForm {
    /// A number of days, `since`, or `everything`.
    #[serde(default)]
    span: String,
    /// A date; counts with `since` only.
    #[serde(default)]
    since: String,
}

/// `POST /admin/integrations/accounts/{id}/backfill`
pub async fn backfill(
    State(domain): State<Arc<Domain>>,
    _: PageAdmin,
    Path(account): Path<AccountId>,
    PageForm(form): PageForm<BackfillForm>,
) -> Response {
    let span = match form.span.as_str() {
        "everything" => Ok(Span::Everything),
        "since" => Span::parse_since(&form.since),
        days => Ok(Span::Days(days.parse().unwrap_or(0))),
    };
    let queued = async {
        let since = span?.start(domain.clock.now())?;
        sync::queue_backfill(&domain, account, since, RunTrigger::Manual).await
    };
    back(account, queued.await.map(|_| vec![("done", "backfill".to_owned())]))
}

#[derive(Deserialize)]
pub struct RetryForm {
    /// One message; all of them without it.
    failure: Option<FailureId>,
}

/// `POST /admin/integrations/accounts/{id}/retry`
pub async fn retry(
    State(domain): State<Arc<Domain>>,
    PageAdmin(by): PageAdmin,
    Path(account): Path<AccountId>,
    PageForm(form): PageForm<RetryForm>,
) -> Response {
    let count = accounts::retry_set_aside(&domain, by, account, form.failure).await;
    back(account, count.map(|count| vec![("done", "retry".to_owned()), ("count", count.to_string())]))
}

/// `POST /admin/integrations/runs/{id}/{action}`: `pause`, `resume` or `cancel`.
pub async fn run(
    State(domain): State<Arc<Domain>>,
    PageAdmin(by): PageAdmin,
    Path((run, action)): Path<(RunId, String)>,
) -> Response {
    let found = match runs::get(&domain, run).await {
        Ok(found) => found,
        Err(problem) => return as_page(&problem.into()),
    };
    let asked = match action.as_str() {
        "pause" => runs::request(&domain, by, run, RunRequest::Pause).await,
        "cancel" => runs::request(&domain, by, run, RunRequest::Cancel).await,
        "resume" => runs::resume(&domain, by, run).await,
        _ => return nowhere(),
    };
    back(found.account_id, asked.map(|_| vec![("done", action)]))
}

/// `POST /admin/integrations/monitor/{action}`: `start`, `stop` or `poll`.
pub async fn monitor(
    State(domain): State<Arc<Domain>>,
    PageAdmin(by): PageAdmin,
    Path(action): Path<String>,
) -> Response {
    let asked = match action.as_str() {
        "start" => monitor::set_enabled(&domain, by, true).await.map(drop),
        "stop" => monitor::set_enabled(&domain, by, false).await.map(drop),
        "poll" => monitor::poll_now(&domain, by).await.map(drop),
        _ => return nowhere(),
    };
    match asked {
        Ok(()) => Redirect::to(PAGE).into_response(),
        // Somebody else was faster: the page shows how things stand.
        Err(Problem::Conflict { .. }) => Redirect::to(&with_query(PAGE, &[("done", "refused")])).into_response(),
        Err(problem) => as_page(&problem.into()),
    }
}

/// Back to the page of the account, which says what was done, or why not.
fn back(account: AccountId, asked: Result<Vec<(&str, String)>, Problem>) -> Response {
    let told = match asked {
        Ok(told) => told,
        // There is no page to go back to.
        Err(problem) if problem == Problem::not_found("integration_account_not_found") => {
            return as_page(&problem.into());
        }
        Err(problem) => match code(&problem) {
            Some(code) => vec![("error", code)],
            None => return as_page(&problem.into()),
        },
    };
    let told: Vec<_> = told.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Redirect::to(&with_query(&format!("{PAGE}/accounts/{account}"), &told)).into_response()
}

fn nowhere() -> Response {
    as_page(&Refusal::new(StatusCode::NOT_FOUND, "not_found"))
}
