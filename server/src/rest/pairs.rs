//! Client messages with our replies.

use std::sync::Arc;

use axum::{Json, extract::State};
use replybook::{
    Domain,
    types::{
        AccountId, PairFilter, PairId, PairPage, PairStatus, PairStatusFilter, PairStatusInput, Problem, TrainingPair,
        UnknownValue,
    },
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ApiJson, ApiQuery, PathId, extract::present, parse_id, parse_limit, parse_offset};
use crate::{
    identity::Admin,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Which pairs to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PairsQuery {
    /// `new` (by default), `approved`, `rejected` or `all`.
    status: Option<String>,
    /// A provider code, e.g. `gmail`.
    provider: Option<String>,
    /// Only pairs of this account.
    #[param(value_type = Option<AccountId>)]
    integration_account_id: Option<String>,
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// How many to skip. A pair that is decided meanwhile leaves the list and shifts the rest: `cursor` does not suffer from that.
    #[param(value_type = Option<i64>, minimum = 0, default = 0)]
    offset: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List pairs
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs",
    tag = "pairs", operation_id = "listPairs",
    params(PairsQuery),
    responses((status = 200, body = PairPage), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    ApiQuery(query): ApiQuery<PairsQuery>,
) -> ApiResult<Json<PairPage>> {
    let status = match present(query.status.as_ref()) {
        None => PairStatusFilter::default(),
        Some(status) => status.parse().map_err(unknown_status)?,
    };
    let account = present(query.integration_account_id.as_ref());
    let filter = PairFilter {
        status,
        provider: present(query.provider.as_ref()).map(ToOwned::to_owned),
        account_id: account.map(|id| parse_id("integration_account_id", id)).transpose()?,
    };
    let (limit, offset) = (parse_limit(query.limit.as_deref())?, parse_offset(query.offset.as_deref())?);
    Ok(Json(domain.store.list_pairs(&filter, present(query.cursor.as_ref()), limit, offset).await?))
}

/// One pair
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/{pair_id}",
    tag = "pairs", operation_id = "getPair",
    params(("pair_id" = PairId, Path)),
    responses((status = 200, body = TrainingPair), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(domain.store.pair(pair_id).await?.ok_or_else(unknown)?))
}

/// Approve a pair, reject it, or make it new again
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/status",
    tag = "pairs", operation_id = "setPairStatus",
    params(("pair_id" = PairId, Path)),
    request_body = PairStatusInput,
    responses((status = 200, body = TrainingPair), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn set_status(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<PairStatusInput>,
) -> ApiResult<Json<TrainingPair>> {
    let status: PairStatus = input.status.parse().map_err(unknown_status)?;
    let pair = domain.store.set_pair_status(pair_id, status, caller.user.id, domain.clock.now()).await?;
    Ok(Json(pair.ok_or_else(unknown)?))
}

fn unknown() -> Problem {
    Problem::not_found("ai_email_pair_not_found")
}

fn unknown_status(error: UnknownValue) -> Problem {
    Problem::invalid("status", error.to_string())
}
