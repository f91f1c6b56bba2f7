//! What is done with many pairs at once: all that a search finds, and those that somebody picked.

use std::sync::Arc;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use replybook::{
    Domain,
    pairs::{self, BulkAsk, Look, WantedAct},
    types::{
        BulkDecision, BulkDecisionId, BulkDecisionInput, BulkDecisionList, BulkPreview, InvalidCode, PickedDecided,
        PickedInput, Problem, TrustRule, TrustRuleApply, TrustRuleId, TrustRuleInput, TrustRuleList, TrustRuleSwitch,
    },
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    ApiJson, ApiQuery, PathId,
    extract::{AccountOrEmpty, StatusOrEmpty, TimeOrEmpty, present},
    pairs::{Narrowing, account},
};
use crate::{
    identity::{Admin, Reviewer},
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Which pairs a decision would be about.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// `new` (by default), `approved`, `rejected` or `all`.
    #[param(value_type = Option<StatusOrEmpty>, inline)]
    status: Option<String>,
    /// A provider code, e.g. `gmail`.
    provider: Option<String>,
    /// Only pairs of this account.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    integration_account_id: Option<String>,
    /// A search, as that of the list.
    #[param(max_length = 400)]
    q: Option<String>,
    /// `next_cursor` of the examples before.
    cursor: Option<String>,
    /// `as_of` of the first examples.
    #[param(value_type = Option<TimeOrEmpty>, inline)]
    as_of: Option<String>,
}

/// Which of the bulk decisions are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OlderQuery {
    /// `next_cursor` of those before.
    cursor: Option<String>,
}

/// Which pairs of a rule are looked at.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LookQuery {
    /// `next_cursor` of the pairs before.
    cursor: Option<String>,
    /// `as_of` of the first pairs.
    #[param(value_type = Option<TimeOrEmpty>, inline)]
    as_of: Option<String>,
}

fn time(value: Option<&String>) -> Result<Option<DateTime<Utc>>, Problem> {
    let invalid = |_| Problem::invalid("as_of", InvalidCode::TimeInvalid);
    present(value).map(|time| DateTime::parse_from_rfc3339(time).map(Into::into).map_err(invalid)).transpose()
}

/// Count the pairs that a bulk decision would be about
///
/// With ten of them. They are counted to the end, but those with a `"phrase"`, of which at least 10,000 are.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/bulk-decisions/preview",
    tag = "pairs", operation_id = "previewBulkDecision",
    params(PreviewQuery),
    responses((status = 200, body = BulkPreview), AdminErrors)
)]
pub async fn preview(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiQuery(query): ApiQuery<PreviewQuery>,
) -> ApiResult<Json<BulkPreview>> {
    let narrowing = Narrowing {
        status: query.status.as_ref(),
        provider: query.provider.as_ref(),
        account: account(query.integration_account_id.as_ref())?,
        q: query.q.as_ref(),
        ..Narrowing::default()
    };
    let wanted = narrowing.query()?;
    let look = Look { cursor: present(query.cursor.as_ref()), as_of: time(query.as_of.as_ref())? };
    Ok(Json(pairs::preview_bulk(&domain, caller.actor(), &wanted, look).await?))
}

/// Decide, tag or assign all pairs that a search finds
///
/// Give exactly one of `decision`, `tag`, `untag` and `assign_to`. In the background, the latest reply first. Pairs that came, or that
/// somebody changed, after `as_of` are left and counted as `skipped`.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/bulk-decisions",
    tag = "pairs", operation_id = "askBulkDecision",
    request_body = BulkDecisionInput,
    responses(
        (status = 202, body = BulkDecision),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`, `review_tag_not_found`; `user_not_found` for somebody who cannot review"),
        (status = 409, body = ErrorBody, description = "`nothing_to_decide`: no pair matches. `review_tag_retired`"),
        AdminErrors
    )
)]
pub async fn ask(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<BulkDecisionInput>,
) -> ApiResult<(StatusCode, Json<BulkDecision>)> {
    let narrowing = Narrowing {
        status: input.status.as_ref(),
        provider: input.provider.as_ref(),
        account: input.integration_account_id,
        q: input.q.as_ref(),
        ..Narrowing::default()
    };
    let query = narrowing.query()?;
    let wanted = WantedAct {
        decision: input.decision.as_deref(),
        reason: input.reason.as_deref(),
        note: input.note.as_deref(),
        tag: input.tag,
        untag: input.untag,
        assign_to: input.assign_to.as_deref(),
    };
    let ask = BulkAsk { query, act: wanted.read("decision")?, as_of: input.as_of };
    Ok((StatusCode::ACCEPTED, Json(pairs::ask_bulk(&domain, caller.actor(), ask).await?)))
}

/// List the latest bulk decisions
///
/// Of everybody, and those of trust rules. The latest first, at most 50; `cursor` asks for those before.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/bulk-decisions",
    tag = "pairs", operation_id = "listBulkDecisions",
    params(OlderQuery),
    responses((status = 200, body = BulkDecisionList), (status = 400, body = ErrorBody), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    ApiQuery(query): ApiQuery<OlderQuery>,
) -> ApiResult<Json<BulkDecisionList>> {
    Ok(Json(pairs::bulk_decisions(&domain, query.cursor.as_deref()).await?))
}

/// Get a bulk decision
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/bulk-decisions/{bulk_id}",
    tag = "pairs", operation_id = "getBulkDecision",
    params(("bulk_id" = BulkDecisionId, Path)),
    responses((status = 200, body = BulkDecision), (status = 404, body = ErrorBody, description = "`bulk_decision_not_found`"), AdminErrors)
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(id): PathId<BulkDecisionId>,
) -> ApiResult<Json<BulkDecision>> {
    Ok(Json(pairs::bulk_decision(&domain, id).await?))
}

/// Cancel a bulk decision
///
/// Your own; an admin may cancel any. What was decided until then stays.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/bulk-decisions/{bulk_id}/cancel",
    tag = "pairs", operation_id = "cancelBulkDecision",
    params(("bulk_id" = BulkDecisionId, Path)),
    responses(
        (status = 200, body = BulkDecision),
        (status = 404, body = ErrorBody, description = "`bulk_decision_not_found`"),
        (status = 409, body = ErrorBody, description = "`bulk_decision_is_over`"),
        AdminErrors
    )
)]
pub async fn cancel(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<BulkDecisionId>,
) -> ApiResult<Json<BulkDecision>> {
    Ok(Json(pairs::cancel_bulk(&domain, caller.actor(), &caller.user, id).await?))
}

/// Undo a bulk decision
///
/// Your own; an admin may undo any. In the background: its pairs become what they were before. Pairs that somebody has changed otherwise
/// since stay as they are, and are counted as `stayed`. If it is still running, it is cancelled first.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/bulk-decisions/{bulk_id}/undo",
    tag = "pairs", operation_id = "undoBulkDecision",
    params(("bulk_id" = BulkDecisionId, Path)),
    responses(
        (status = 202, body = BulkDecision),
        (status = 404, body = ErrorBody, description = "`bulk_decision_not_found`"),
        (status = 409, body = ErrorBody, description = "`nothing_to_undo`: it decided nothing, or is undone."),
        AdminErrors
    )
)]
pub async fn undo(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<BulkDecisionId>,
) -> ApiResult<(StatusCode, Json<BulkDecision>)> {
    let bulk = pairs::undo_bulk(&domain, caller.actor(), &caller.user, id).await?;
    Ok((StatusCode::ACCEPTED, Json(bulk)))
}

/// Decide, tag or assign pairs that you name
///
/// Give exactly one of `status`, `tag`, `untag` and `assign_to`. All at once, as one of your last steps: undoing it takes back all of
/// them. Pairs that somebody else has changed after `as_of`, and those that are gone, are left and counted as `skipped`. A pair that is
/// tagged or assigned counts as changed only where its tag or its assignment has.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/picked",
    tag = "pairs", operation_id = "decidePickedPairs",
    request_body = PickedInput,
    responses(
        (status = 200, body = PickedDecided),
        (status = 404, body = ErrorBody, description = "`review_tag_not_found`; `user_not_found` for somebody who cannot review"),
        (status = 409, body = ErrorBody, description = "`review_tag_retired`"),
        AdminErrors
    )
)]
pub async fn act_on_picked(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<PickedInput>,
) -> ApiResult<Json<PickedDecided>> {
    let wanted = WantedAct {
        decision: input.status.as_deref(),
        reason: input.reason.as_deref(),
        note: input.note.as_deref(),
        tag: input.tag,
        untag: input.untag,
        assign_to: input.assign_to.as_deref(),
    };
    let act = wanted.read("status")?;
    Ok(Json(pairs::act_on_picked(&domain, caller.actor(), &input.pair_ids, &act, input.as_of).await?))
}

/// List the trust rules
#[utoipa::path(
    get,
    path = "/api/trust-rules",
    tag = "pairs", operation_id = "listTrustRules",
    responses((status = 200, body = TrustRuleList), AdminErrors)
)]
pub async fn rules(State(domain): State<Arc<Domain>>, Admin(_): Admin) -> ApiResult<Json<TrustRuleList>> {
    let items = pairs::trust_rules(&domain).await?;
    Ok(Json(TrustRuleList { count: items.len(), items }))
}

/// Make a trust rule
///
/// It means new pairs that nobody edited, and approves nothing by itself.
#[utoipa::path(
    post,
    path = "/api/trust-rules",
    tag = "pairs", operation_id = "makeTrustRule",
    request_body = TrustRuleInput,
    responses(
        (status = 201, body = TrustRule),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        (status = 409, body = ErrorBody, description = "`too_many_trust_rules`: there are 50."),
        AdminErrors
    )
)]
pub async fn make_rule(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiJson(input): ApiJson<TrustRuleInput>,
) -> ApiResult<(StatusCode, Json<TrustRule>)> {
    let rule = pairs::save_trust_rule(&domain, caller.actor(), None, input).await?;
    Ok((StatusCode::CREATED, Json(rule)))
}

/// Change a trust rule
///
/// If it is on, it is switched off.
#[utoipa::path(
    put,
    path = "/api/trust-rules/{rule_id}",
    tag = "pairs", operation_id = "changeTrustRule",
    params(("rule_id" = TrustRuleId, Path)),
    request_body = TrustRuleInput,
    responses(
        (status = 200, body = TrustRule),
        (status = 404, body = ErrorBody, description = "`trust_rule_not_found`, `integration_account_not_found`"),
        AdminErrors
    )
)]
pub async fn change_rule(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(id): PathId<TrustRuleId>,
    ApiJson(input): ApiJson<TrustRuleInput>,
) -> ApiResult<Json<TrustRule>> {
    Ok(Json(pairs::save_trust_rule(&domain, caller.actor(), Some(id), input).await?))
}

/// Delete a trust rule
///
/// What it approved stays approved.
#[utoipa::path(
    delete,
    path = "/api/trust-rules/{rule_id}",
    tag = "pairs", operation_id = "deleteTrustRule",
    params(("rule_id" = TrustRuleId, Path)),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, body = ErrorBody, description = "`trust_rule_not_found`"),
        AdminErrors
    )
)]
pub async fn delete_rule(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(id): PathId<TrustRuleId>,
) -> ApiResult<StatusCode> {
    pairs::delete_trust_rule(&domain, caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch a trust rule on or off
///
/// A rule that is on approves by itself what comes from then on, in your name, as long as you are an admin. Each time is a bulk decision
/// of its own; switching the rule off stops one that is under way.
#[utoipa::path(
    put,
    path = "/api/trust-rules/{rule_id}/automatic",
    tag = "pairs", operation_id = "switchTrustRule",
    params(("rule_id" = TrustRuleId, Path)),
    request_body = TrustRuleSwitch,
    responses(
        (status = 200, body = TrustRule),
        (status = 404, body = ErrorBody, description = "`trust_rule_not_found`"),
        (status = 409, body = ErrorBody, description = "`trust_rule_changed`: somebody changed it since `seen`."),
        AdminErrors,
    )
)]
pub async fn switch_rule(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(id): PathId<TrustRuleId>,
    ApiJson(input): ApiJson<TrustRuleSwitch>,
) -> ApiResult<Json<TrustRule>> {
    Ok(Json(pairs::switch_trust_rule(&domain, caller.actor(), id, input.on, input.seen).await?))
}

/// Get what a trust rule would approve now
///
/// A dry run: nothing is done. Pairs that it has decided before are not among them, whatever became of them.
#[utoipa::path(
    get,
    path = "/api/trust-rules/{rule_id}/dry-run",
    tag = "pairs", operation_id = "tryTrustRule",
    params(("rule_id" = TrustRuleId, Path), LookQuery),
    responses((status = 200, body = BulkPreview), (status = 404, body = ErrorBody, description = "`trust_rule_not_found`"), AdminErrors)
)]
pub async fn dry_run(
    State(domain): State<Arc<Domain>>,
    Admin(_): Admin,
    PathId(id): PathId<TrustRuleId>,
    ApiQuery(query): ApiQuery<LookQuery>,
) -> ApiResult<Json<BulkPreview>> {
    let look = Look { cursor: present(query.cursor.as_ref()), as_of: time(query.as_of.as_ref())? };
    Ok(Json(pairs::dry_run(&domain, id, look).await?))
}

/// Apply a trust rule once
///
/// A bulk decision: it can be cancelled and undone as such.
#[utoipa::path(
    post,
    path = "/api/trust-rules/{rule_id}/apply",
    tag = "pairs", operation_id = "applyTrustRule",
    params(("rule_id" = TrustRuleId, Path)),
    request_body = TrustRuleApply,
    responses(
        (status = 202, body = BulkDecision),
        (status = 404, body = ErrorBody, description = "`trust_rule_not_found`"),
        (status = 409, body = ErrorBody, description = "`nothing_to_decide`: no pair matches."),
        AdminErrors
    )
)]
pub async fn apply_rule(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    PathId(id): PathId<TrustRuleId>,
    ApiJson(input): ApiJson<TrustRuleApply>,
) -> ApiResult<(StatusCode, Json<BulkDecision>)> {
    let bulk = pairs::apply_rule(&domain, caller.actor(), id, input.as_of).await?;
    Ok((StatusCode::ACCEPTED, Json(bulk)))
}
