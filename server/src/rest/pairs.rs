//! Client messages with our replies.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, accounts,
    pairs::{self, Decision, GroupChoice},
    types::{
        AccountId, GroupDecided, GroupStatusInput, GroupUndoInput, GroupUndone, InvalidCode, PairEdits, PairFacets,
        PairFilter, PairId, PairMessages, PairPage, PairQuery, PairStatus, PairStatusFilter, PairStatusInput,
        PairTurns, PairView, PairViewId, PairViewInput, PairViewList, Problem, ReviewProgress, ReviewSteps, SpanInput,
        StepUndone, TextsInput, TrainingPair, TurnsInput, UndoInput, UnknownValue,
    },
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    ApiJson, ApiQuery, PathId,
    extract::{AccountOrEmpty, Cursor, PathText, SortOrEmpty, StatusOrEmpty, present},
    parse_id, parse_limit, parse_offset,
};
use crate::{
    identity::Reviewer,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Which pairs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PairsQuery {
    /// `new` (by default), `approved`, `rejected` or `all`.
    #[param(value_type = Option<StatusOrEmpty>, inline)]
    status: Option<String>,
    /// A provider code, e.g. `gmail`.
    provider: Option<String>,
    /// Only pairs of this account.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    integration_account_id: Option<String>,
    /// Only pairs of this group of near duplicates: a `group_id`.
    group: Option<String>,
    /// Of near duplicates with one status, only the one with the newest reply: `true` or, by default, `false`.
    #[param(default = false)]
    one_per_group: Option<bool>,
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// How many to skip. A pair that is decided in the meantime leaves the list and shifts the rest; `cursor` avoids that.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 2147483647, default = 0)]
    offset: Option<String>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
    /// Words, `"phrases"` and operators that all have to be true of a pair, `-` before what must not be: see `docs/API.md`. A status in it
    /// (`is:approved`) takes the place of `status`.
    #[param(max_length = 400)]
    q: Option<String>,
    /// `newest` (by default), `oldest`, `quality` (the lowest first) or `repeated` (what was said most often first).
    #[param(value_type = Option<SortOrEmpty>, inline)]
    sort: Option<String>,
}

/// Which pairs to count.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FacetsQuery {
    /// `new` (by default), `approved`, `rejected` or `all`.
    #[param(value_type = Option<StatusOrEmpty>, inline)]
    status: Option<String>,
    /// A provider code, e.g. `gmail`.
    provider: Option<String>,
    /// Only pairs of this account.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    integration_account_id: Option<String>,
    /// Only pairs of this group of near duplicates: a `group_id`.
    group: Option<String>,
    /// A search, as that of the list.
    #[param(max_length = 400)]
    q: Option<String>,
}

impl PairsQuery {
    fn wanted(&self) -> Result<PairQuery, Problem> {
        let narrowing = Narrowing {
            status: self.status.as_ref(),
            provider: self.provider.as_ref(),
            account: account(self.integration_account_id.as_ref())?,
            group: self.group.as_ref(),
            q: self.q.as_ref(),
        };
        let mut wanted = narrowing.query()?;
        wanted.filter.one_per_group = self.one_per_group.unwrap_or(false);
        let sort =
            present(self.sort.as_ref()).map(|sort| sort.parse().map_err(|error| Problem::invalid("sort", error)));
        wanted.sort = sort.transpose()?.unwrap_or_default();
        Ok(wanted)
    }
}

impl FacetsQuery {
    fn wanted(&self) -> Result<PairQuery, Problem> {
        let narrowing = Narrowing {
            status: self.status.as_ref(),
            provider: self.provider.as_ref(),
            account: account(self.integration_account_id.as_ref())?,
            group: self.group.as_ref(),
            q: self.q.as_ref(),
        };
        narrowing.query()
    }
}

/// The account that a parameter of an address names.
pub(super) fn account(id: Option<&String>) -> Result<Option<AccountId>, Problem> {
    present(id).map(|id| parse_id("integration_account_id", id)).transpose()
}

/// What pairs are narrowed to: lists, facets, and what is done with all that a search finds read it alike.
#[derive(Default)]
pub(super) struct Narrowing<'a> {
    pub status: Option<&'a String>,
    pub provider: Option<&'a String>,
    pub account: Option<AccountId>,
    pub group: Option<&'a String>,
    pub q: Option<&'a String>,
}

impl Narrowing<'_> {
    /// As the domain wants it. What is empty narrows nothing.
    pub fn query(self) -> Result<PairQuery, Problem> {
        let [status, provider, group, q] = [self.status, self.provider, self.group, self.q].map(present);
        let status = status.map(|status| status.parse().map_err(unknown_status)).transpose()?.unwrap_or_default();
        let filter = PairFilter {
            status,
            provider: provider.map(ToOwned::to_owned),
            account_id: self.account,
            group: group.map(ToOwned::to_owned),
            one_per_group: false,
        };
        let text = q.filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned);
        Ok(PairQuery { filter, text, ..PairQuery::default() })
    }
}

/// Of how many days decisions are counted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProgressQuery {
    /// 1 to 90, by default 30; today counts.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 90, default = 30)]
    days: Option<String>,
}

/// Get how far the review is
///
/// How many pairs wait, and what was decided on each of the last days, by whom and in which accounts. Days are UTC.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/progress",
    tag = "pairs", operation_id = "getReviewProgress",
    params(ProgressQuery),
    responses((status = 200, body = ReviewProgress), AdminErrors)
)]
pub async fn progress(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    ApiQuery(query): ApiQuery<ProgressQuery>,
) -> ApiResult<Json<ReviewProgress>> {
    let invalid = |_| Problem::invalid("days", InvalidCode::NotInRange { least: 1, most: Some(pairs::MOST_DAYS) });
    let days = present(query.days.as_ref()).map_or(Ok(30), |days| days.parse()).map_err(invalid)?;
    Ok(Json(pairs::progress(&domain, days).await?))
}

/// List pairs
///
/// Of a search `count` goes up to 1000, and `offset` too. It goes on behind `next_cursor`, also where a page is not full.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs",
    tag = "pairs", operation_id = "listPairs",
    params(PairsQuery),
    responses((status = 200, body = PairPage), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiQuery(query): ApiQuery<PairsQuery>,
) -> ApiResult<Json<PairPage>> {
    let (limit, offset) = (parse_limit(query.limit.as_deref())?, parse_offset(query.offset.as_deref())?);
    let (wanted, cursor) = (query.wanted()?, present(query.cursor.as_ref()));
    Ok(Json(pairs::find(&domain, &wanted, Some(caller.user.id), cursor, limit, offset).await?))
}

/// Count what a list of pairs can be narrowed to
///
/// For the same parameters as the list. Of more than 500 found pairs the latest are counted: there are at least so many, and `exact` is
/// `false`. Of each kind, what the list is narrowed to by that kind already does not count; values without pairs are left out, and of many
/// values the 20 most frequent are listed, of months the latest 20. Of a `"phrase"` the pairs count that have all its words.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/facets",
    tag = "pairs", operation_id = "countPairFacets",
    params(FacetsQuery),
    responses((status = 200, body = PairFacets), AdminErrors)
)]
pub async fn facets(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiQuery(query): ApiQuery<FacetsQuery>,
) -> ApiResult<Json<PairFacets>> {
    Ok(Json(pairs::facets(&domain, &query.wanted()?, Some(caller.user.id)).await?))
}

/// List your saved searches, and those that others share
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/views",
    tag = "pairs", operation_id = "listPairViews",
    responses((status = 200, body = PairViewList), AdminErrors)
)]
pub async fn views(State(domain): State<Arc<Domain>>, Reviewer(caller): Reviewer) -> ApiResult<Json<PairViewList>> {
    let views = pairs::views(&domain, caller.user.id).await?;
    Ok(Json(PairViewList { count: views.len(), views }))
}

/// Save a search under a name
///
/// One of yours with this name is replaced. That a search is shared with the team is recorded.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/views",
    tag = "pairs", operation_id = "savePairView",
    request_body = PairViewInput,
    responses(
        (status = 200, body = PairView),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        (status = 409, body = ErrorBody, description = "`too_many_pair_views`: you have 50."),
        AdminErrors
    )
)]
pub async fn save_view(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<PairViewInput>,
) -> ApiResult<Json<PairView>> {
    let status = match present(input.status.as_ref()) {
        None => PairStatusFilter::default(),
        Some(status) => status.parse().map_err(unknown_status)?,
    };
    let sort = present(input.sort.as_ref()).map(|sort| sort.parse().map_err(|error| Problem::invalid("sort", error)));
    let filter = PairFilter {
        status,
        provider: input.provider.filter(|provider| !provider.is_empty()),
        account_id: input.integration_account_id,
        ..PairFilter::default()
    };
    if let Some(account) = filter.account_id {
        accounts::get(&domain, account).await?;
    }
    let text = input.q.filter(|text| !text.trim().is_empty());
    let query = PairQuery { filter, text, sort: sort.transpose()?.unwrap_or_default() };
    Ok(Json(pairs::save_view(&domain, caller.actor(), &input.name, input.shared, &query).await?))
}

/// Delete a saved search
///
/// Your own; an admin may delete every shared one.
#[utoipa::path(
    delete,
    path = "/api/integrations/ai-email-pairs/views/{view_id}",
    tag = "pairs", operation_id = "deletePairView",
    params(("view_id" = PairViewId, Path)),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_view_not_found`"),
        AdminErrors
    )
)]
pub async fn delete_view(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(view_id): PathId<PairViewId>,
) -> ApiResult<StatusCode> {
    pairs::delete_view(&domain, caller.actor(), caller.user.is_admin(), view_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get a pair
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/{pair_id}",
    tag = "pairs", operation_id = "getPair",
    params(("pair_id" = PairId, Path)),
    responses((status = 200, body = TrainingPair), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::get(&domain, pair_id).await?))
}

/// Approve a pair, reject it, or set it back to new
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/status",
    tag = "pairs", operation_id = "setPairStatus",
    params(("pair_id" = PairId, Path)),
    request_body = PairStatusInput,
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"),
        (status = 409, body = ErrorBody, description = "`pair_decided_meanwhile`: its status is no longer `seen`; `pair_changed_meanwhile`: nor its `updated_at`. Nothing was changed."),
        AdminErrors
    )
)]
pub async fn set_status(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<PairStatusInput>,
) -> ApiResult<Json<TrainingPair>> {
    let to = input.status.parse().map_err(unknown_status)?;
    let seen = input.seen.map(|seen| seen.parse().map_err(|error| Problem::invalid("seen", error))).transpose()?;
    let because = pairs::rejection(to, input.reason.as_deref(), input.note.as_deref())?;
    let decision = Decision { to, because, seen, as_of: input.updated_at };
    Ok(Json(pairs::decide(&domain, caller.actor(), pair_id, decision).await?))
}

/// List your last steps in the review
///
/// The latest first, at most 20: decisions about pairs and groups, and edits. What is older cannot be taken back.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/steps",
    tag = "pairs", operation_id = "listReviewSteps",
    responses((status = 200, body = ReviewSteps), AdminErrors)
)]
pub async fn steps(State(domain): State<Arc<Domain>>, Reviewer(caller): Reviewer) -> ApiResult<Json<ReviewSteps>> {
    Ok(Json(pairs::steps(&domain, caller.actor()).await?))
}

/// Take back your last step in the review
///
/// Or, with `pair_id`, your last one about that pair. What somebody changed since stays as it is. A step that is refused is not tried again.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/undo",
    tag = "pairs", operation_id = "undoReviewStep",
    request_body = UndoInput,
    responses(
        (status = 200, body = StepUndone),
        (status = 409, body = ErrorBody, description = "`nothing_to_undo`; `pair_decided_meanwhile`, `pair_changed_meanwhile`: somebody changed it since. Nothing was changed."),
        AdminErrors
    )
)]
pub async fn undo(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<UndoInput>,
) -> ApiResult<Json<StepUndone>> {
    Ok(Json(pairs::undo(&domain, caller.actor(), input.pair_id).await?))
}

/// Edit the texts of a pair
///
/// The pair no longer follows its mail; what was decided about it stays. What it said before is kept: see its edits.
#[utoipa::path(
    put,
    path = "/api/integrations/ai-email-pairs/{pair_id}/texts",
    tag = "pairs", operation_id = "editPairTexts",
    params(("pair_id" = PairId, Path)),
    request_body = TextsInput,
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"),
        (status = 409, body = ErrorBody, description = "`pair_changed_meanwhile`: its `updated_at` is no longer the given one. `pair_differs_from_mail`: the mail has changed; adopt it, or keep the pair, first."),
        AdminErrors
    )
)]
pub async fn edit_texts(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<TextsInput>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::edit_texts(&domain, caller.actor(), pair_id, input).await?))
}

/// List what people wrote into a pair
///
/// The first edit first: its `was_…` texts are the original.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/{pair_id}/edits",
    tag = "pairs", operation_id = "listPairEdits",
    params(("pair_id" = PairId, Path)),
    responses((status = 200, body = PairEdits), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn edits(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<PairEdits>> {
    Ok(Json(pairs::edits(&domain, pair_id).await?))
}

/// List the messages behind a pair, with what was removed from them
///
/// Texts are what the mail says, or its HTML as text. Spans are byte offsets into them (UTF-8), sorted and disjoint.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/{pair_id}/messages",
    tag = "pairs", operation_id = "listPairMessages",
    params(("pair_id" = PairId, Path)),
    responses((status = 200, body = PairMessages), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn messages(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<PairMessages>> {
    Ok(Json(pairs::messages_of(&domain, pair_id).await?))
}

/// List the messages around a pair, and the pairs that they are in
///
/// From the pair before it in its conversation to the one after, each mail once, in order of time; at most 20 messages on either side.
#[utoipa::path(
    get,
    path = "/api/integrations/ai-email-pairs/{pair_id}/turns",
    tag = "pairs", operation_id = "listPairTurns",
    params(("pair_id" = PairId, Path)),
    responses((status = 200, body = PairTurns), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn turns(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<PairTurns>> {
    Ok(Json(pairs::turns(&domain, pair_id).await?))
}

/// Put messages into another pair, or leave them out
///
/// The pairs of the conversation are made anew. It stays so when the mailbox is synced again. What is decided or edited stays, and is
/// flagged where its mail says something else now.
#[utoipa::path(
    put,
    path = "/api/integrations/ai-email-pairs/{pair_id}/turns",
    tag = "pairs", operation_id = "putPairTurns",
    params(("pair_id" = PairId, Path)),
    request_body = TurnsInput,
    responses(
        (status = 200, body = PairTurns, description = "The pair that has the messages of this one now, and what is around it."),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"),
        (status = 409, body = ErrorBody, description = "`turns_changed_meanwhile`: the conversation is no longer grouped as `version` says. `pair_needs_both_sides`: a pair would be without a message of the client, or of ours. `no_pair_there`: there is no pair on that side. `mail_makes_no_pair`: the conversation no longer makes this pair. Nothing was changed."),
        AdminErrors
    )
)]
pub async fn put_turns(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<TurnsInput>,
) -> ApiResult<Json<PairTurns>> {
    Ok(Json(pairs::regroup(&domain, caller.actor(), pair_id, &input).await?))
}

/// Put a removed span back into a pair, or remove it again
///
/// A pair with a span put back is edited: it no longer follows its mail.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/spans",
    tag = "pairs", operation_id = "keepPairSpan",
    params(("pair_id" = PairId, Path)),
    request_body = SpanInput,
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"),
        (status = 409, body = ErrorBody, description = "`pair_differs_from_mail`: the mail has changed; adopt it first."),
        AdminErrors
    )
)]
pub async fn keep_span(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
    ApiJson(input): ApiJson<SpanInput>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::keep_span(&domain, caller.actor(), pair_id, input).await?))
}

/// Update a pair from its mail
///
/// Messages, texts and labels follow the mail again; spans that were put back are dropped; the decision stays.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/adopt",
    tag = "pairs", operation_id = "adoptPairMail",
    params(("pair_id" = PairId, Path)),
    responses(
        (status = 200, body = TrainingPair),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"),
        (status = 409, body = ErrorBody, description = "`mail_makes_no_pair`: the mail no longer makes this pair."),
        AdminErrors
    )
)]
pub async fn adopt(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::adopt_mail(&domain, caller.actor(), pair_id).await?))
}

/// Keep a flagged pair as it is
///
/// Its `source` is `same` again until the mail changes once more. A pair without a flag is left alone.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/{pair_id}/keep",
    tag = "pairs", operation_id = "keepPair",
    params(("pair_id" = PairId, Path)),
    responses((status = 200, body = TrainingPair), (status = 404, body = ErrorBody, description = "`ai_email_pair_not_found`"), AdminErrors)
)]
pub async fn keep(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(pair_id): PathId<PairId>,
) -> ApiResult<Json<TrainingPair>> {
    Ok(Json(pairs::keep_pair(&domain, caller.actor(), pair_id).await?))
}

/// Approve or reject every undecided pair of a group of near duplicates
///
/// Pairs that were decided already stay as they are.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/groups/{group_id}/status",
    tag = "pairs", operation_id = "setPairGroupStatus",
    params(("group_id" = String, Path, description = "The `group_id` of a pair.")),
    request_body = GroupStatusInput,
    responses(
        (status = 200, body = GroupDecided),
        (status = 404, body = ErrorBody, description = "`ai_email_pair_group_not_found`"),
        (status = 409, body = ErrorBody, description = "`pair_group_changed`: the number of undecided pairs is not `expected`; nothing was changed."),
        AdminErrors
    )
)]
pub async fn set_group_status(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathText(group): PathText,
    ApiJson(input): ApiJson<GroupStatusInput>,
) -> ApiResult<Json<GroupDecided>> {
    let status: PairStatus = input.status.parse().map_err(unknown_status)?;
    let choice = match (input.keep, status) {
        (None, status) => GroupChoice::All(status),
        (Some(pair), PairStatus::Rejected) => GroupChoice::KeepOne(pair),
        (Some(_), _) => return Err(Problem::invalid("keep", InvalidCode::KeepWithoutReject).into()),
    };
    let because = pairs::rejection(status, input.reason.as_deref(), input.note.as_deref())?;
    Ok(Json(pairs::decide_group(&domain, caller.actor(), &group, choice, because.as_ref(), input.expected).await?))
}

/// Undo a decision about a group
///
/// Only your own, all of it at once. What somebody decided since stays.
#[utoipa::path(
    post,
    path = "/api/integrations/ai-email-pairs/groups/{group_id}/undo",
    tag = "pairs", operation_id = "undoPairGroup",
    params(("group_id" = String, Path, description = "The `group_id` of the decision.")),
    request_body = GroupUndoInput,
    responses(
        (status = 200, body = GroupUndone),
        (status = 409, body = ErrorBody, description = "`nothing_to_undo`: nothing of that decision is left."),
        AdminErrors
    )
)]
pub async fn undo_group(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathText(group): PathText,
    ApiJson(input): ApiJson<GroupUndoInput>,
) -> ApiResult<Json<GroupUndone>> {
    Ok(Json(pairs::undo_group(&domain, caller.actor(), &group, input.decided_at).await?))
}

fn unknown_status(error: UnknownValue) -> Problem {
    Problem::invalid("status", error)
}
