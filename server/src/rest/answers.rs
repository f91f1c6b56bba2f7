//! The knowledge base: approved pairs to read, to search, and to take along.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http::{HeaderValue, header};
use replybook::{
    Domain, accounts,
    answers::{self, Export},
    knowledge::{self, Asked},
    types::{AnswerFilter, AnswerPage, ExportFormat, InvalidCode, PastCases, Problem, UnknownValue},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiJson, ApiQuery,
    email::{Bytes, disposition},
    extract::{AccountOrAll, AccountOrEmpty, Cursor, FormatOrEmpty, present},
    parse_id, parse_limit,
};
use crate::{
    identity::{Admin, Reviewer},
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// Which answers to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnswersQuery {
    /// Only answers of this account.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    account: Option<String>,
    /// Words of the question, of the reply, of their subject, or of a name or address of who wrote them, as in the search of threads.
    #[param(max_length = 200)]
    q: Option<String>,
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
}

/// List approved pairs
///
/// The latest reply first. `not_searchable_yet` says how many a search does not find yet, because they are still being indexed.
#[utoipa::path(
    get,
    path = "/api/knowledge-base",
    tag = "knowledge-base", operation_id = "listAnswers",
    params(AnswersQuery),
    responses((status = 200, body = AnswerPage), AdminErrors)
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    ApiQuery(query): ApiQuery<AnswersQuery>,
) -> ApiResult<Json<AnswerPage>> {
    let filter = AnswerFilter {
        account: present(query.account.as_ref()).map(|id| parse_id("account", id)).transpose()?,
        text: present(query.q.as_ref()).map(ToOwned::to_owned),
    };
    let limit = parse_limit(query.limit.as_deref())?;
    Ok(Json(answers::page(&domain, &filter, present(query.cursor.as_ref()), limit).await?))
}

/// What to export.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// An account, or `all` of them: mail of several mailboxes is never mixed unless you ask for it.
    #[param(value_type = AccountOrAll, inline, required = true)]
    account: Option<String>,
    /// Only answers that contain these words.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `jsonl` (by default): one object per line. `csv`: a table (RFC 4180).
    #[param(value_type = Option<FormatOrEmpty>, inline)]
    format: Option<String>,
    /// `1`: a table starts with a byte order mark, for spreadsheets that need it to recognize UTF-8.
    bom: Option<String>,
}

/// Export approved pairs
///
/// A stream of any length: if it fails before its end, the connection is broken off, so that it never looks complete. Who
/// exported what is recorded. Fields and columns are those of `ExportedAnswer`; `docs/EXPORT.md` says how cells are kept from running as formulas.
#[utoipa::path(
    get,
    path = "/api/knowledge-base/export",
    tag = "knowledge-base", operation_id = "exportAnswers",
    params(ExportQuery),
    responses(
        (
            status = 200,
            description = "The file: lines of `ExportedAnswer`, or a table of them.",
            content((inline(Bytes) = "application/jsonl"), (inline(Bytes) = "text/csv")),
        ),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        (status = 409, body = ErrorBody, description = "`search_incomplete`: words of approved pairs are still being indexed; try again."),
        AdminErrors,
    )
)]
pub async fn export(
    State(domain): State<Arc<Domain>>,
    Admin(caller): Admin,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> ApiResult<Response> {
    let account = match present(query.account.as_ref()) {
        None => return Err(Problem::invalid("account", InvalidCode::ExportAccountMissing).into()),
        Some("all") => None,
        Some(id) => Some(parse_id("account", id)?),
    };
    let format = present(query.format.as_ref()).map(str::parse::<ExportFormat>).transpose();
    let format = format.map_err(|error: UnknownValue| Problem::invalid("format", error))?;
    let export = Export {
        filter: AnswerFilter { account, text: present(query.q.as_ref()).map(ToOwned::to_owned) },
        format: format.unwrap_or(ExportFormat::Jsonl),
        byte_order_mark: query.bom.as_deref() == Some("1"),
    };
    let opened = answers::open(&domain, caller.actor(), export).await?;
    let mut pieces = Box::pin(answers::bytes(&domain, &opened));
    // What cannot be read at all is answered in words.
    let first = pieces.next().await.transpose().map_err(Problem::from)?;
    let content_type = match opened.export.format {
        ExportFormat::Jsonl => "application/jsonl",
        ExportFormat::Csv => "text/csv; charset=utf-8; header=present",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, disposition(Some(&opened.file_name))),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    let pieces = futures::stream::iter(first.map(Ok)).chain(pieces);
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// A client's message, and where to look for the like.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastCasesInput {
    /// The client's message.
    #[schema(min_length = 1, max_length = 20000)]
    text: String,
    /// The account whose answers are searched. With several accounts it has to be given; admins may give `all`.
    #[schema(value_type = Option<AccountOrAll>, inline)]
    integration_account_id: Option<String>,
    /// Only pairs whose client wrote in this language (ISO 639-1, in lower case).
    #[schema(
        pattern = "^(aa|ab|ae|af|ak|am|an|ar|as|av|ay|az|ba|be|bg|bh|bi|bm|bn|bo|br|bs|ca|ce|ch|co|cr|cs|cu|cv|cy|da|de|dv|dz|ee|el|en|eo|es|et|eu|fa|ff|fi|fj|fo|fr|fy|ga|gd|gl|gn|gu|gv|ha|he|hi|ho|hr|ht|hu|hy|hz|ia|id|ie|ig|ii|ik|io|is|it|iu|ja|jv|ka|kg|ki|kj|kk|kl|km|kn|ko|kr|ks|ku|kv|kw|ky|la|lb|lg|li|ln|lo|lt|lu|lv|mg|mh|mi|mk|ml|mn|mr|ms|mt|my|na|nb|nd|ne|ng|nl|nn|no|nr|nv|ny|oc|oj|om|or|os|pa|pi|pl|ps|pt|qu|rm|rn|ro|ru|rw|sa|sc|sd|se|sg|si|sk|sl|sm|sn|so|sq|sr|ss|st|su|sv|sw|ta|te|tg|th|ti|tk|tl|tn|to|tr|ts|tt|tw|ty|ug|uk|ur|uz|ve|vi|vo|wa|wo|xh|yi|yo|za|zh|zu)?$"
    )]
    language: Option<String>,
    /// Only pairs that were answered within so many days.
    #[schema(minimum = 1, maximum = 36500)]
    within_days: Option<i64>,
    /// 1 to 50, by default 10.
    #[schema(minimum = 1, maximum = 50, default = 10)]
    limit: Option<i64>,
}

/// Find what was answered to a message like this
///
/// The nearest approved pairs, the nearest first, one of each group of near duplicates. What was approved a moment ago is found. The text is
/// not stored; where a provider is chosen for embeddings and they help, it is sent there, with what is sensitive hidden. `docs/KNOWLEDGE.md` says how pairs are ranked.
#[utoipa::path(
    post,
    path = "/api/knowledge/search",
    tag = "knowledge-base", operation_id = "searchPastCases",
    request_body = PastCasesInput,
    responses(
        (status = 200, body = PastCases),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn search(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiJson(input): ApiJson<PastCasesInput>,
) -> ApiResult<Json<PastCases>> {
    const ACCOUNT: &str = "integration_account_id";
    let account = match present(input.integration_account_id.as_ref()) {
        Some("all") if caller.user.is_admin() => None,
        Some("all") => return Err(Problem::Forbidden.into()),
        Some(id) => Some(accounts::get(&domain, parse_id(ACCOUNT, id)?).await?.id),
        None => knowledge::only_account(&domain, ACCOUNT).await?,
    };
    let asked = Asked {
        text: input.text,
        account,
        language: present(input.language.as_ref()).map(ToOwned::to_owned),
        within_days: input.within_days,
        limit: input.limit.unwrap_or(knowledge::FOUND),
        ..Asked::default()
    };
    Ok(Json(knowledge::search(&domain, asked).await?))
}
