//! What the forms of the training page post: an open pair and a group of pairs. They work without scripts, so every answer
//! is a redirect to the page they came from.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use replybook::{
    Domain, pairs,
    types::{Actor, MessageId, PairId, PairStatus, Problem, SpanInput},
};
use serde::Deserialize;

use crate::{
    forms::{PageForm, code},
    guard::{login_url, safe_next},
    identity::Identity,
    problem::as_page,
};

const PAGE: &str = "/admin/ai-email-training";

#[derive(Deserialize)]
pub struct SpanForm {
    id: PairId,
    message_id: MessageId,
    start: u32,
    end: u32,
    keep: bool,
    #[serde(default)]
    then: String,
}

/// `POST /admin/pairs/span`: puts a removed span back into its pair, or takes it away again.
pub async fn span(
    State(domain): State<Arc<Domain>>,
    identity: Identity,
    PageForm(form): PageForm<SpanForm>,
) -> Response {
    let by = match admin(&identity).await {
        Ok(by) => by,
        Err(response) => return response,
    };
    let input = SpanInput { message_id: form.message_id, start: form.start, end: form.end, keep: form.keep };
    back(&form.then, pairs::keep_span(&domain, by, form.id, input).await.map(|_| None))
}

#[derive(Deserialize)]
pub struct PairForm {
    id: PairId,
    #[serde(default)]
    then: String,
}

/// `POST /admin/pairs/adopt`: takes over what the mail of a pair says now.
pub async fn adopt(
    State(domain): State<Arc<Domain>>,
    identity: Identity,
    PageForm(form): PageForm<PairForm>,
) -> Response {
    let by = match admin(&identity).await {
        Ok(by) => by,
        Err(response) => return response,
    };
    back(&form.then, pairs::adopt_mail(&domain, by, form.id).await.map(|_| None))
}

/// `POST /admin/pairs/keep`: keeps a flagged pair as it is.
pub async fn keep(
    State(domain): State<Arc<Domain>>,
    identity: Identity,
    PageForm(form): PageForm<PairForm>,
) -> Response {
    let by = match admin(&identity).await {
        Ok(by) => by,
        Err(response) => return response,
    };
    back(&form.then, pairs::keep_pair(&domain, by, form.id).await.map(|_| None))
}

#[derive(Deserialize)]
pub struct GroupForm {
    group: String,
    status: String,
    /// How many the person was told of.
    expected: i64,
    #[serde(default)]
    then: String,
}

/// `POST /admin/pairs/group`: decides every undecided pair of a group.
pub async fn group(
    State(domain): State<Arc<Domain>>,
    identity: Identity,
    PageForm(form): PageForm<GroupForm>,
) -> Response {
    let by = match admin(&identity).await {
        Ok(by) => by,
        Err(response) => return response,
    };
    let decided = match form.status.parse::<PairStatus>() {
        Ok(status) => pairs::decide_group(&domain, by, &form.group, status, Some(form.expected)).await,
        Err(error) => Err(Problem::invalid("status", error.to_string())),
    };
    back(&form.then, decided.map(|done| Some(("decided", done.decided.to_string()))))
}

/// The admin who sent the form, or the answer for anybody else.
async fn admin(identity: &Identity) -> Result<Actor, Response> {
    match identity.caller().await {
        Ok(Some(caller)) if caller.user.is_admin() => Ok(Actor::page(caller.user.id)),
        Ok(Some(_)) => Err(as_page(&Problem::Forbidden.into())),
        Ok(None) => Err(Redirect::to(&login_url(PAGE)).into_response()),
        Err(problem) => Err(as_page(&problem.into())),
    }
}

/// Back to the page the form was on, with what came of it.
fn back(then: &str, outcome: Result<Option<(&'static str, String)>, Problem>) -> Response {
    let page = safe_next(then).unwrap_or_else(|| PAGE.to_owned());
    let told = match outcome {
        Ok(told) => told,
        Err(problem) => match code(&problem) {
            Some(code) => Some(("error", code)),
            None => return as_page(&problem.into()),
        },
    };
    let Some((name, value)) = told else { return Redirect::to(&page).into_response() };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
    let sign = if page.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{page}{sign}{query}")).into_response()
}
