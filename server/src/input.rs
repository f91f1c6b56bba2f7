//! What no request may hold, whoever it is for: NUL characters, which PostgreSQL stores in no text, and values of the query that
//! are longer than anything we ask for.

use axum::{extract::Request, middleware::Next, response::Response};
use http::Uri;
use replybook::types::{InvalidCode, Problem};
use serde_json::Value;

use crate::pages::refusal_for;

/// The longest value in a query, in bytes: the codes of OAuth and our cursors are the longest that we know.
const LONGEST_VALUE: usize = 8 << 10;

/// Refuses a request whose address holds what no request may hold, before anybody looks at it.
pub async fn refuse_unusable(request: Request, next: Next) -> Response {
    match check_address(request.uri()) {
        Ok(()) => next.run(request).await,
        Err(problem) => refusal_for(request.uri().path(), request.headers(), problem.into()),
    }
}

fn check_address(uri: &Uri) -> Result<(), Problem> {
    if uri.path().contains("%00") {
        return Err(no_nul("path"));
    }
    check_form(uri.query().unwrap_or_default().as_bytes())?;
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    match query.into_iter().find(|(_, value)| value.len() > LONGEST_VALUE) {
        Some((name, _)) => Err(Problem::invalid(short(&name), InvalidCode::TooLong { most: LONGEST_VALUE })),
        None => Ok(()),
    }
}

/// Refuses fields of a form, in a body or in an address, that hold NUL characters.
///
/// # Errors
/// [`Problem::Invalid`] that names the field.
pub fn check_form(form: &[u8]) -> Result<(), Problem> {
    match url::form_urlencoded::parse(form).find(|(name, value)| name.contains('\0') || value.contains('\0')) {
        Some((name, _)) => Err(no_nul(&name)),
        None => Ok(()),
    }
}

/// Refuses JSON whose texts hold NUL characters. What is no JSON is for others to refuse.
///
/// # Errors
/// [`Problem::Invalid`] that names the field.
pub fn check_json(body: &[u8]) -> Result<(), Problem> {
    // JSON has one way to write the character.
    if !body.windows(6).any(|six| six == b"\\u0000") {
        return Ok(());
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Ok(()) };
    match field_with_nul(&value, "body") {
        Some(field) => Err(no_nul(field)),
        None => Ok(()),
    }
}

/// The name of the innermost field that holds the character; serde_json bounds how deep this goes.
fn field_with_nul<'a>(value: &'a Value, name: &'a str) -> Option<&'a str> {
    match value {
        Value::String(text) => text.contains('\0').then_some(name),
        Value::Array(items) => items.iter().find_map(|item| field_with_nul(item, name)),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(field, value)| if field.contains('\0') { Some(name) } else { field_with_nul(value, field) }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn no_nul(field: &str) -> Problem {
    let field = short(field);
    Problem::invalid(field, InvalidCode::NulCharacter)
}

/// A field's name came with the request, like its value.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_characters_are_found_wherever_they_are_and_their_field_is_named() {
        let named = |checked: Result<(), Problem>| checked.map_err(|problem| problem.to_string());
        let no = |field: &str| Err(format!("{field} must not contain NUL characters"));
        assert_eq!(named(check_address(&Uri::from_static("/a?x=1&q=a%00b"))), no("q"));
        assert_eq!(named(check_address(&Uri::from_static("/a%00b"))), no("path"));
        assert_eq!(named(check_address(&Uri::from_static("/a?q=a%2500b"))), Ok(()), "escaped twice, it is none");
        assert_eq!(named(check_form(b"a=1&na%00me=x")), no("name"));
        assert_eq!(named(check_form(b"a=1&b")), Ok(()));
        assert_eq!(named(check_json(br#"{"a":{"b":["x","y\u0000"]}}"#)), no("b"));
        assert_eq!(named(check_json(br#"{"a\u0000":1}"#)), no("body"));
        assert_eq!(named(check_json(br#"{"a":"\\u0000"}"#)), Ok(()), "a backslash and five characters");
        assert_eq!(named(check_json(br#"{"a":"\u0000""#)), Ok(()), "no JSON");
    }

    #[test]
    fn a_value_of_the_query_has_a_longest() {
        let long = |length: usize| format!("/a?q={}", "x".repeat(length)).parse::<Uri>().expect("an address");
        assert_eq!(check_address(&long(LONGEST_VALUE)), Ok(()));
        assert_eq!(
            check_address(&long(LONGEST_VALUE + 1)),
            Err(Problem::invalid("q", InvalidCode::TooLong { most: LONGEST_VALUE }))
        );
    }
}
