//! Conversations: which clients wait for an answer, who answers, what is done.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use replybook::{
    Domain, conversations, threads,
    types::{
        ArchiveInput, Conversation, ConversationAssigneeInput, ConversationDetail, ConversationFilter,
        ConversationNote, ConversationNoteId, ConversationNoteInput, ConversationOwner, ConversationPage,
        ConversationSeen, ConversationSort, ConversationState, ConversationStats, InvalidCode, Problem, SnoozeInput,
        ThreadId, UserId,
    },
};
use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AnyOfBuilder, ObjectBuilder, Schema, Type},
    },
};

use super::{
    ApiJson, ApiQuery, PathId, PathIds,
    extract::{AccountOrEmpty, ConversationSortOrEmpty, ConversationStateOrEmpty, Cursor, MessageOrEmpty, present},
    parse_id, parse_limit,
};
use crate::{
    identity::Reviewer,
    problem::{AdminErrors, ApiResult, ErrorBody},
};

/// In the document: the id of a person, `me`, `nobody`, or nothing.
struct OwnerOrEmpty;

impl PartialSchema for OwnerOrEmpty {
    fn schema() -> RefOr<Schema> {
        let words = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["me", "nobody", ""]));
        AnyOfBuilder::new().item(UserId::schema()).item(words).into()
    }
}

impl ToSchema for OwnerOrEmpty {}

/// Which conversations to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConversationsQuery {
    /// Where they stand; by default all.
    #[param(value_type = Option<ConversationStateOrEmpty>, inline)]
    state: Option<String>,
    /// Whose they are: the id of a person, `me`, or `nobody`.
    #[param(value_type = Option<OwnerOrEmpty>, inline)]
    assigned_to: Option<String>,
    /// Only those of this mailbox.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    integration_account_id: Option<String>,
    /// Words of its mail, as in the list of threads.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `newest`: the latest word first. `longest_waiting`: only those that need a reply, whoever waits the longest first.
    #[param(value_type = Option<ConversationSortOrEmpty>, inline)]
    sort: Option<String>,
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
}

/// List conversations
///
/// Threads that a client takes part in. `counts` says how many there are of each state.
#[utoipa::path(
    get,
    path = "/api/conversations",
    tag = "conversations", operation_id = "listConversations",
    params(ConversationsQuery),
    responses(
        (status = 200, body = ConversationPage),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors
    )
)]
pub async fn list(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    ApiQuery(query): ApiQuery<ConversationsQuery>,
) -> ApiResult<Json<ConversationPage>> {
    let me = caller.actor().user;
    let state = present(query.state.as_ref()).map(str::parse::<ConversationState>).transpose();
    let sort = present(query.sort.as_ref()).map(str::parse::<ConversationSort>).transpose();
    let owner = match present(query.assigned_to.as_ref()) {
        None => None,
        Some("nobody") => Some(ConversationOwner::Nobody),
        Some("me") => me.map(ConversationOwner::User),
        Some(id) => Some(ConversationOwner::User(parse_id("assigned_to", id)?)),
    };
    let filter = ConversationFilter {
        state: state.map_err(|error| Problem::invalid("state", InvalidCode::from(error)))?,
        account: present(query.integration_account_id.as_ref())
            .map(|id| parse_id("integration_account_id", id))
            .transpose()?,
        owner,
        text: present(query.q.as_ref()).map(ToOwned::to_owned),
        longest_waiting: sort.map_err(|error| Problem::invalid("sort", InvalidCode::from(error)))?
            == Some(ConversationSort::LongestWaiting),
    };
    let limit = parse_limit(query.limit.as_deref())?;
    Ok(Json(conversations::list(&domain, &filter, me, present(query.cursor.as_ref()), limit).await?))
}

/// How the work on conversations stands
#[utoipa::path(
    get,
    path = "/api/conversations/stats/summary",
    tag = "conversations", operation_id = "getConversationStats",
    responses((status = 200, body = ConversationStats), AdminErrors)
)]
pub async fn stats(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<ConversationStats>> {
    Ok(Json(conversations::stats(&domain).await?))
}

/// Which messages of a conversation.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Only messages before this one: `earlier` of the answer before.
    #[param(value_type = Option<MessageOrEmpty>, inline)]
    before: Option<String>,
    /// 1 to 200, by default 100.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 100)]
    limit: Option<String>,
}

/// Get a conversation with its mail and its notes
///
/// Its id is that of its thread.
#[utoipa::path(
    get,
    path = "/api/conversations/{conversation_id}",
    tag = "conversations", operation_id = "getConversation",
    params(("conversation_id" = ThreadId, Path), MessagesQuery),
    responses(
        (status = 200, body = ConversationDetail),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
        AdminErrors
    )
)]
pub async fn get(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<ThreadId>,
    ApiQuery(query): ApiQuery<MessagesQuery>,
) -> ApiResult<Json<ConversationDetail>> {
    let before = present(query.before.as_ref()).map(|id| parse_id("before", id)).transpose()?;
    let limit = match present(query.limit.as_ref()) {
        Some(limit) => parse_limit(Some(limit))?,
        None => threads::MESSAGES,
    };
    Ok(Json(conversations::open(&domain, id, caller.actor().user, before, limit).await?))
}

/// Archive a conversation
///
/// Or take it out. It comes out by itself when somebody says something new.
#[utoipa::path(
    patch,
    path = "/api/conversations/{conversation_id}/archive",
    tag = "conversations", operation_id = "archiveConversation",
    params(("conversation_id" = ThreadId, Path)),
    request_body = ArchiveInput,
    responses(
        (status = 200, body = Conversation),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
        (status = 409, body = ErrorBody, description = "`conversation_changed_meanwhile`: `last_message_id` is not the last word any more, or `state` not where it stands."),
        AdminErrors
    )
)]
pub async fn archive(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<ThreadId>,
    ApiJson(input): ApiJson<ArchiveInput>,
) -> ApiResult<Json<Conversation>> {
    let archived = input.archived.unwrap_or(true);
    let seen = ConversationSeen { last_message_id: input.last_message_id, state: input.state, assigned_to: None };
    Ok(Json(conversations::archive(&domain, caller.actor(), id, archived, seen).await?))
}

/// Put a conversation off until a time
///
/// Or end that with `null`. It wakes sooner when the client asks for something.
#[utoipa::path(
    put,
    path = "/api/conversations/{conversation_id}/snooze",
    tag = "conversations", operation_id = "snoozeConversation",
    params(("conversation_id" = ThreadId, Path)),
    request_body = SnoozeInput,
    responses(
        (status = 200, body = Conversation),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
        (status = 409, body = ErrorBody, description = "`conversation_changed_meanwhile`: `last_message_id` is not the last word any more, or `state` not where it stands."),
        AdminErrors
    )
)]
pub async fn snooze(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<ThreadId>,
    ApiJson(input): ApiJson<SnoozeInput>,
) -> ApiResult<Json<Conversation>> {
    Ok(Json(conversations::snooze(&domain, caller.actor(), id, &input).await?))
}

/// Say who is to answer a conversation
///
/// Or nobody. That is advice: everybody who may read it may answer.
#[utoipa::path(
    put,
    path = "/api/conversations/{conversation_id}/assignee",
    tag = "conversations", operation_id = "assignConversation",
    params(("conversation_id" = ThreadId, Path)),
    request_body = ConversationAssigneeInput,
    responses(
        (status = 200, body = Conversation),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`; `user_not_found`: nobody with this id can answer."),
        AdminErrors
    )
)]
pub async fn assign(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<ThreadId>,
    ApiJson(input): ApiJson<ConversationAssigneeInput>,
) -> ApiResult<Json<Conversation>> {
    Ok(Json(conversations::assign(&domain, caller.actor(), id, input.user_id, None).await?))
}

/// Write an internal note
///
/// It is never sent, and no model reads it. The answer has all notes of the conversation.
#[utoipa::path(
    post,
    path = "/api/conversations/{conversation_id}/notes",
    tag = "conversations", operation_id = "writeConversationNote",
    params(("conversation_id" = ThreadId, Path)),
    request_body = ConversationNoteInput,
    responses(
        (status = 201, body = Vec<ConversationNote>),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
        AdminErrors
    )
)]
pub async fn write_note(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(id): PathId<ThreadId>,
    ApiJson(input): ApiJson<ConversationNoteInput>,
) -> ApiResult<(StatusCode, Json<Vec<ConversationNote>>)> {
    let notes = conversations::write_note(&domain, caller.actor(), id, &input.text).await?;
    Ok((StatusCode::CREATED, Json(notes)))
}

/// Delete an internal note
///
/// One of your own; an admin any.
#[utoipa::path(
    delete,
    path = "/api/conversations/{conversation_id}/notes/{note_id}",
    tag = "conversations", operation_id = "deleteConversationNote",
    params(("conversation_id" = ThreadId, Path), ("note_id" = ConversationNoteId, Path)),
    responses((status = 204), (status = 404, body = ErrorBody, description = "`conversation_note_not_found`"), AdminErrors)
)]
pub async fn delete_note(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathIds(id, note): PathIds<ThreadId, ConversationNoteId>,
) -> ApiResult<StatusCode> {
    conversations::delete_note(&domain, caller.actor(), &caller.user, id, note).await?;
    Ok(StatusCode::NO_CONTENT)
}
