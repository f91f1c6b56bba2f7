//! Extractors whose refusals name what is wrong, as JSON.

use std::{fmt, marker::PhantomData, str::FromStr};

use axum::{
    Json, RequestExt,
    body::{Body, Bytes},
    extract::{
        FromRequest, FromRequestParts, Query, RawPathParams, Request,
        rejection::{JsonRejection, QueryRejection},
    },
};
use http::{StatusCode, request::Parts};
use replybook::types::{
    AccountId, AuditAction, ConversationSort, ConversationState, ExportFormat, InvalidCode, MessageId, PairSort,
    PairStatusFilter, Problem, UserId,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};

use crate::{identity::Identity, input, problem::Refusal};

/// The one id in the path. One that is not a UUID is 400 and named: `account_id is not a UUID`.
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let params = path_params(parts, state).await?;
        let (name, value) = params.iter().next().unwrap_or(("id", ""));
        Ok(Self(parse_id(name, value)?))
    }
}

/// The two ids in the path, one inside the other. One that is not a UUID is 400 and named.
pub struct PathIds<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let params = path_params(parts, state).await?;
        let mut params = params.iter();
        let (outer_name, outer) = params.next().unwrap_or(("id", ""));
        let (inner_name, inner) = params.next().unwrap_or(("id", ""));
        Ok(Self(parse_id(outer_name, outer)?, parse_id(inner_name, inner)?))
    }
}

/// The one text in the path.
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let params = path_params(parts, state).await?;
        Ok(Self(params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default()))
    }
}

async fn path_params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Refusal> {
    RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the path is not UTF-8"))
}

/// Reads an id that came as text.
///
/// # Errors
/// [`Problem::Invalid`] that names the field.
pub fn parse_id<T: FromStr>(field: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|_| Problem::invalid(field, InvalidCode::NotAnId))
}

/// The largest page of a list.
const MAX_LIMIT: i64 = 200;
const DEFAULT_LIMIT: i64 = 50;

/// Reads the size of a page: 1 to 200, by default 50.
///
/// # Errors
/// [`Problem::Invalid`] that names `limit`.
pub fn parse_limit(value: Option<&str>) -> Result<i64, Problem> {
    let Some(value) = value else { return Ok(DEFAULT_LIMIT) };
    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::invalid("limit", InvalidCode::NotInRange { least: 1, most: Some(MAX_LIMIT) }))
}

/// Reads how many items to skip: by default none.
///
/// # Errors
/// [`Problem::Invalid`] that names `offset`.
pub fn parse_offset(value: Option<&str>) -> Result<i64, Problem> {
    let Some(value) = value else { return Ok(0) };
    let offset = value.parse().ok().filter(|offset| (0..=i64::from(i32::MAX)).contains(offset));
    offset.ok_or_else(|| Problem::invalid("offset", InvalidCode::NotInRange { least: 0, most: None }))
}

/// A query string. An empty value counts as absent for whoever filters with [`present`].
pub struct ApiQuery<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| Self(query))
            .map_err(|error: QueryRejection| Refusal::new(StatusCode::BAD_REQUEST, error.body_text()))
    }
}

/// A value of the query that is there and not empty.
pub fn present(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|value| !value.is_empty())
}

/// A JSON body of at most [`super::JSON_LIMIT`] bytes.
pub struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.with_limited_body().into_parts();
        let body =
            Bytes::from_request(Request::from_parts(parts.clone(), body), state).await.map_err(|error| match error
                .status()
            {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MB")
                }
                status => Refusal::new(status, error.body_text()),
            })?;
        input::check_json(&body)?;
        // It may have come slowly, and who sent it may not act any more.
        if let Some(identity) = parts.extensions.get::<Identity>() {
            identity.still_holds().await?;
        }
        let request = Request::from_parts(parts, Body::from(body));
        Json::from_request(request, state).await.map(|Json(Object(body))| Self(body)).map_err(|error| match error {
            // Well-formed, but not what is expected: to the caller no other mistake than bad JSON.
            JsonRejection::JsonDataError(error) => Refusal::new(StatusCode::BAD_REQUEST, error.body_text()),
            error => Refusal::new(error.status(), error.body_text()),
        })
    }
}

/// A JSON object: serde alone would read an array as well, by the order of the fields.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// In the document: a value of the query that may be empty, which counts as absent.
pub struct OrEmpty<T>(PhantomData<T>);

impl<T: PartialSchema> PartialSchema for OrEmpty<T> {
    fn schema() -> RefOr<Schema> {
        let empty = ObjectBuilder::new().schema_type(Type::String).max_length(Some(0));
        AnyOfBuilder::new().item(T::schema()).item(empty).into()
    }
}

impl<T: PartialSchema> ToSchema for OrEmpty<T> {}

// The document's derive takes a type with parameters for one of its own: these have none to see.
pub type UserOrEmpty = OrEmpty<UserId>;
pub type AccountOrEmpty = OrEmpty<AccountId>;
pub type MessageOrEmpty = OrEmpty<MessageId>;
pub type ActionOrEmpty = OrEmpty<AuditAction>;
pub type StatusOrEmpty = OrEmpty<PairStatusFilter>;
pub type SortOrEmpty = OrEmpty<PairSort>;
pub type ConversationStateOrEmpty = OrEmpty<ConversationState>;
pub type ConversationSortOrEmpty = OrEmpty<ConversationSort>;
pub type FormatOrEmpty = OrEmpty<ExportFormat>;
pub type TimeOrEmpty = OrEmpty<Time>;

/// In the document: a time.
pub struct Time;

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

/// In the document: an account, or all of them.
pub struct AccountOrAll;

impl PartialSchema for AccountOrAll {
    fn schema() -> RefOr<Schema> {
        let all = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["all"]));
        AnyOfBuilder::new().item(AccountId::schema()).item(all).into()
    }
}

impl ToSchema for AccountOrAll {}

/// In the document: the place in a list where a page ended, a number and the id that breaks ties. Empty is the beginning.
pub struct Cursor;

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        const PATTERN: &str = "^(-?[0-9]{1,18}_[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$";
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(PATTERN)).into()
    }
}

impl ToSchema for Cursor {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bounded_and_named() {
        assert_eq!(parse_limit(None), Ok(50));
        assert_eq!(parse_limit(Some("200")), Ok(200));
        for bad in ["0", "201", "-1", "ten", "", "1e2", "99999999999999999999"] {
            let problem = parse_limit(Some(bad)).expect_err(bad);
            assert_eq!(problem.to_string(), "limit must be a whole number from 1 to 200");
        }
        assert_eq!(parse_offset(Some("40")), Ok(40));
        assert!(parse_offset(Some("-1")).is_err());
    }

    #[test]
    fn an_id_that_is_none_is_named() {
        let problem = parse_id::<AccountId>("account_id", "17").expect_err("no UUID");
        assert_eq!(problem.to_string(), "account_id is not a UUID");
    }
}
