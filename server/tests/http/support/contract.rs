//! Every answer of the API is held against the OpenAPI document: a status that is not in it and a body of another form fail the test
//! that met them.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::Validator;
use serde_json::Value;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(replybook_server::rest::contract()).expect("the document is JSON"));

/// By method, path and status; each is made when the first answer of its kind comes. `None`: the answer has no form of its own.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Option<Arc<Validator>>>>> = LazyLock::new(Mutex::default);

/// Fails unless some operation at `path` may answer `status` with `body`. The test client does not tell by which method it asked.
#[track_caller]
pub fn check(path: &str, status: u16, body: &Value) {
    let Some((template, item)) = item_of(path) else {
        assert_eq!(status, 404, "{path} is not in the document, and answers");
        return;
    };
    // There is no such operation.
    if status == 405 {
        return;
    }
    let mut wrong = Vec::new();
    for (method, operation) in item.as_object().expect("operations") {
        let Some(response) = operation["responses"].get(status.to_string()) else { continue };
        let key = format!("{method} {template} {status}");
        let Some(validator) = validator(&key, response) else { return };
        match validator.validate(body) {
            Ok(()) => return,
            Err(error) => wrong.push(format!("{key}: {error} at {}", error.instance_path())),
        }
    }
    assert!(!wrong.is_empty(), "{path} answers {status}, which is not in the document: {body}");
    panic!("{path} answers {status} in another form than the document has: {wrong:#?}\n{body}");
}

/// The path of the document that this address is one of; one without parameters goes first.
fn item_of(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    if let Some((template, item)) = paths.get_key_value(path) {
        return Some((template, item));
    }
    let is_one_of = |template: &str| {
        let (parts, wanted): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), template.split('/').collect());
        parts.len() == wanted.len()
            && parts.iter().zip(&wanted).all(|(part, wanted)| part == wanted || wanted.starts_with('{'))
    };
    paths.iter().find(|(template, _)| is_one_of(template)).map(|(template, item)| (template.as_str(), item))
}

fn validator(key: &str, response: &Value) -> Option<Arc<Validator>> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let mut schema = response["content"]["application/json"]["schema"].as_object()?.clone();
        // Where the references of the document lead.
        schema.insert("components".to_owned(), DOCUMENT["components"].clone());
        let validator = jsonschema::draft202012::new(&Value::Object(schema));
        Some(Arc::new(validator.unwrap_or_else(|error| panic!("{key}: {error}"))))
    };
    validators.entry(key.to_owned()).or_insert_with(make).clone()
}
