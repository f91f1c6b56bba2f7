//! The record of acts.

use std::sync::Arc;

use axum::{Json, extract::State};
use chrono::DateTime;
use replybook::{
    Domain, audit,
    types::{AuditAction, AuditFilter, AuditPage, InvalidCode, Problem, UnknownValue},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    ApiQuery,
    extract::{ActionOrEmpty, Cursor, TimeOrEmpty, UserOrEmpty, present},
    parse_id, parse_limit,
};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult},
};

/// Which acts to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only acts of this person.
    #[param(value_type = Option<UserOrEmpty>, inline)]
    user_id: Option<String>,
    /// Only acts of this kind, e.g. `account_disabled`.
    #[param(value_type = Option<ActionOrEmpty>, inline)]
    action: Option<String>,
    /// Only what was done to this thing: the id of an account, a run, a pair, a person, a token.
    target: Option<String>,
    /// Only what happened then or later (RFC 3339).
    #[param(value_type = Option<TimeOrEmpty>, inline)]
    since: Option<String>,
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
}

/// List who did what
///
/// Every act that changes access, decides, exports or deletes, the latest first. Nothing is ever removed from it.
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "audit", operation_id = "listAudit",
    params(AuditQuery),
    responses((status = 200, body = AuditPage), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> ApiResult<Json<AuditPage>> {
    let action = present(query.action.as_ref()).map(str::parse::<AuditAction>).transpose();
    let since = present(query.since.as_ref()).map(DateTime::parse_from_rfc3339).transpose();
    let filter = AuditFilter {
        user_id: present(query.user_id.as_ref()).map(|id| parse_id("user_id", id)).transpose()?,
        action: action.map_err(|error: UnknownValue| Problem::invalid("action", error))?,
        target: present(query.target.as_ref()).map(ToOwned::to_owned),
        since: since.map_err(|_| Problem::invalid("since", InvalidCode::TimeInvalid))?.map(|since| since.to_utc()),
    };
    let limit = parse_limit(query.limit.as_deref())?;
    Ok(Json(audit::page(&domain, &filter, present(query.cursor.as_ref()), limit).await?))
}
