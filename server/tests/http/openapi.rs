//! The contract: valid, complete, and true.

use std::collections::BTreeSet;

use replybook::types::{Role, RunState};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, TestApp, assert_detail, client};

/// Every path and method that spec section 5 and this version promise.
const PROMISED: &[(&str, &str)] = &[
    ("post", "/api/auth/login"),
    ("get", "/api/auth/me"),
    ("get", "/api/auth/me/review-keys"),
    ("put", "/api/auth/me/review-keys"),
    ("delete", "/api/auth/sessions"),
    ("get", "/api/auth/tokens/all"),
    ("get", "/api/auth/tokens"),
    ("post", "/api/auth/tokens"),
    ("delete", "/api/auth/tokens/{token_id}"),
    ("get", "/api/people"),
    ("post", "/api/people"),
    ("post", "/api/people/{user_id}/link"),
    ("delete", "/api/people/{user_id}/link"),
    ("post", "/api/people/{user_id}/role"),
    ("post", "/api/people/{user_id}/activate"),
    ("post", "/api/people/{user_id}/deactivate"),
    ("post", "/api/integrations/gmail/auth-url"),
    ("get", "/api/integrations/gmail/callback"),
    ("get", "/api/integrations/accounts"),
    ("delete", "/api/integrations/accounts/{account_id}"),
    ("post", "/api/integrations/accounts/{account_id}/enable"),
    ("post", "/api/integrations/accounts/{account_id}/disable"),
    ("post", "/api/integrations/accounts/{account_id}/resync"),
    ("post", "/api/integrations/accounts/{account_id}/sync-now"),
    ("post", "/api/integrations/accounts/{account_id}/disconnect"),
    ("post", "/api/integrations/accounts/{account_id}/addresses"),
    ("delete", "/api/integrations/accounts/{account_id}/addresses/{address}"),
    ("get", "/api/integrations/accounts/{account_id}/sync-runs"),
    ("get", "/api/integrations/accounts/{account_id}/failures"),
    ("post", "/api/integrations/imap/accounts"),
    ("post", "/api/email/accounts/enroll"),
    ("post", "/api/email/accounts/enroll-all"),
    ("post", "/api/integrations/accounts/{account_id}/failures/retry"),
    ("post", "/api/integrations/accounts/{account_id}/failures/{failure_id}/retry"),
    ("post", "/api/integrations/accounts/{account_id}/backfill"),
    ("get", "/api/integrations/runs/{run_id}"),
    ("post", "/api/integrations/runs/{run_id}/pause"),
    ("post", "/api/integrations/runs/{run_id}/resume"),
    ("post", "/api/integrations/runs/{run_id}/cancel"),
    ("get", "/api/integrations/runs/{run_id}/events"),
    ("get", "/api/integrations/events"),
    ("get", "/api/integrations/ai-email-pairs"),
    ("get", "/api/conversations"),
    ("get", "/api/conversations/stats/summary"),
    ("get", "/api/conversations/{conversation_id}"),
    ("patch", "/api/conversations/{conversation_id}/archive"),
    ("put", "/api/conversations/{conversation_id}/snooze"),
    ("put", "/api/conversations/{conversation_id}/assignee"),
    ("post", "/api/conversations/{conversation_id}/notes"),
    ("delete", "/api/conversations/{conversation_id}/notes/{note_id}"),
    ("get", "/api/integrations/ai-email-pairs/progress"),
    ("get", "/api/integrations/ai-email-pairs/opinions"),
    ("get", "/api/integrations/ai-email-pairs/opinions/next"),
    ("put", "/api/integrations/ai-email-pairs/opinions/share"),
    ("post", "/api/integrations/ai-email-pairs/{pair_id}/opinion"),
    ("post", "/api/integrations/ai-email-pairs/{pair_id}/settle"),
    ("get", "/api/integrations/ai-email-pairs/bulk-decisions/preview"),
    ("get", "/api/integrations/ai-email-pairs/bulk-decisions"),
    ("post", "/api/integrations/ai-email-pairs/bulk-decisions"),
    ("get", "/api/integrations/ai-email-pairs/bulk-decisions/{bulk_id}"),
    ("post", "/api/integrations/ai-email-pairs/bulk-decisions/{bulk_id}/cancel"),
    ("post", "/api/integrations/ai-email-pairs/bulk-decisions/{bulk_id}/undo"),
    ("post", "/api/integrations/ai-email-pairs/picked"),
    ("get", "/api/trust-rules"),
    ("post", "/api/trust-rules"),
    ("put", "/api/trust-rules/{rule_id}"),
    ("delete", "/api/trust-rules/{rule_id}"),
    ("put", "/api/trust-rules/{rule_id}/automatic"),
    ("get", "/api/trust-rules/{rule_id}/dry-run"),
    ("post", "/api/trust-rules/{rule_id}/apply"),
    ("get", "/api/integrations/review-tags"),
    ("post", "/api/integrations/review-tags"),
    ("put", "/api/integrations/review-tags/{tag_id}"),
    ("delete", "/api/integrations/review-tags/{tag_id}"),
    ("put", "/api/integrations/ai-email-pairs/{pair_id}/tags/{tag_id}"),
    ("delete", "/api/integrations/ai-email-pairs/{pair_id}/tags/{tag_id}"),
    ("get", "/api/integrations/review-guidelines"),
    ("put", "/api/integrations/review-guidelines"),
    ("get", "/api/integrations/review-guidelines/versions"),
    ("get", "/api/integrations/review-guidelines/versions/{number}"),
    ("get", "/api/integrations/ai-email-pairs/reviewers"),
    ("put", "/api/integrations/ai-email-pairs/{pair_id}/assignee"),
    ("post", "/api/integrations/ai-email-pairs/assign"),
    ("post", "/api/integrations/ai-email-pairs/share-out"),
    ("get", "/api/integrations/ai-email-pairs/facets"),
    ("get", "/api/integrations/ai-email-pairs/views"),
    ("post", "/api/integrations/ai-email-pairs/views"),
    ("delete", "/api/integrations/ai-email-pairs/views/{view_id}"),
    ("get", "/api/integrations/ai-email-pairs/steps"),
    ("post", "/api/integrations/ai-email-pairs/undo"),
    ("put", "/api/integrations/ai-email-pairs/{pair_id}/texts"),
    ("get", "/api/integrations/ai-email-pairs/{pair_id}/turns"),
    ("put", "/api/integrations/ai-email-pairs/{pair_id}/turns"),
    ("get", "/api/integrations/ai-email-pairs/{pair_id}/edits"),
    ("get", "/api/integrations/ai-email-pairs/{pair_id}"),
    ("post", "/api/integrations/ai-email-pairs/{pair_id}/status"),
    ("get", "/api/integrations/ai-email-pairs/{pair_id}/messages"),
    ("post", "/api/integrations/ai-email-pairs/{pair_id}/spans"),
    ("post", "/api/integrations/ai-email-pairs/{pair_id}/adopt"),
    ("post", "/api/integrations/ai-email-pairs/{pair_id}/keep"),
    ("post", "/api/integrations/ai-email-pairs/groups/{group_id}/status"),
    ("post", "/api/integrations/ai-email-pairs/groups/{group_id}/undo"),
    ("get", "/api/integrations/accounts/{account_id}/deletion"),
    ("get", "/api/knowledge-base"),
    ("get", "/api/knowledge-base/export"),
    ("post", "/api/knowledge/search"),
    ("get", "/api/audit"),
    ("get", "/api/email/status"),
    ("get", "/api/email/accounts"),
    ("get", "/api/email/threads"),
    ("get", "/api/email/threads/{thread_id}"),
    ("get", "/api/email/threads/{thread_id}/drafts"),
    ("post", "/api/email/threads/{thread_id}/drafts"),
    ("post", "/api/email/threads/{thread_id}/drafts/preview"),
    ("get", "/api/email/threads/{thread_id}/drafts/events"),
    ("get", "/api/email/drafts/{draft_id}"),
    ("post", "/api/email/drafts/{draft_id}/cancel"),
    ("get", "/api/email/messages/{message_id}/html"),
    ("post", "/api/email/messages/{message_id}/sender"),
    ("get", "/api/email/attachments/{attachment_id}"),
    ("get", "/api/email/attachments/{attachment_id}/picture"),
    ("get", "/api/integrations/ai-provider/openai"),
    ("post", "/api/integrations/ai-provider/openai"),
    ("post", "/api/integrations/ai-provider/openai/test"),
    ("delete", "/api/integrations/ai-provider/openai/key"),
    ("get", "/api/integrations/ai-providers"),
    ("get", "/api/integrations/ai-providers/{provider}"),
    ("post", "/api/integrations/ai-providers/{provider}"),
    ("post", "/api/integrations/ai-providers/{provider}/test"),
    ("post", "/api/integrations/ai-providers/{provider}/models"),
    ("delete", "/api/integrations/ai-providers/{provider}/key"),
    ("get", "/api/integrations/ai-spend"),
    ("get", "/api/system/email-monitor/status"),
    ("post", "/api/system/email-monitor/start"),
    ("post", "/api/system/email-monitor/stop"),
    ("post", "/api/system/email-monitor/poll-now"),
    ("get", "/api/jobs"),
    ("post", "/api/jobs/{job_id}/retry"),
    ("get", "/api/openapi.json"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

async fn document(app: &TestApp) -> Value {
    let (status, document) =
        support::json(client().get(app.url("/api/openapi.json")).send().await.expect("an answer")).await;
    assert_eq!(status, 200);
    document
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .expect("operations")
            .iter()
            .map(move |(method, operation)| (method.clone(), path.clone(), operation))
    });
    all.collect()
}

fn is_public(operation: &Value) -> bool {
    operation["security"]
        .as_array()
        .is_some_and(|security| security.iter().any(|scheme| scheme.as_object().is_some_and(serde_json::Map::is_empty)))
}

#[tokio::test]
async fn it_is_valid_and_every_reference_leads_somewhere() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let text = document.to_string();
    oas3::from_json(&text).expect("another reader understands it");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    for scheme in ["bearer", "session"] {
        assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme}");
    }
    for reference in text.split("\"$ref\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let pointer = reference.strip_prefix('#').expect("references stay inside");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn every_operation_is_described_and_has_an_id_of_its_own() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
        assert!(ids.insert(id.to_owned()), "{id} is used twice");
        assert!(
            operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()),
            "{method} {path} has no summary"
        );
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2') || status.starts_with('3')), "{method} {path}");
        if path.starts_with("/api/") && path != "/api/openapi.json" && !path.ends_with("/callback") {
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ErrorBody", "{method} {path} {status}");
            }
            assert!(responses.contains_key("500") && responses.contains_key("503"), "{method} {path}");
        }
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let named: BTreeSet<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        assert_eq!(declared, named, "{method} {path}");
    }
}

#[tokio::test]
async fn it_holds_exactly_what_is_promised() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let written: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let promised = PROMISED.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(written, promised);
}

#[tokio::test]
async fn without_credentials_everything_but_the_public_is_401() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut public = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        if is_public(operation) {
            public.insert(path);
            continue;
        }
        assert!(operation["responses"]["401"].is_object(), "{method} {path} does not say that it needs somebody");
        let id = "00000000-0000-0000-0000-000000000000";
        let real = path.split('{').enumerate().map(|(place, part)| match (place, part.split_once('}')) {
            (1.., Some((_, rest))) => format!("{id}{rest}"),
            _ => part.to_owned(),
        });
        let verb: Method = method.to_uppercase().parse().expect("a method");
        let response = client().request(verb, app.url(&real.collect::<String>())).send().await.expect("an answer");
        assert_eq!(response.headers()["cache-control"], "no-store", "{method} {path}");
        assert_detail(&support::json(response).await, 401, "not_authenticated");
    }
    let expected = ["/api/auth/login", "/api/integrations/gmail/callback", "/api/openapi.json", "/healthz", "/readyz"];
    assert_eq!(public.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn every_enum_lists_the_words_that_are_sent() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let mut seen = 0;
    for (name, schema) in schemas {
        let Some(values) = schema["enum"].as_array() else { continue };
        seen += 1;
        for value in values {
            let word = value.as_str().expect("a word");
            let is_word = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
            assert!(is_word && !word.is_empty(), "{name} lists {word}");
        }
    }
    assert!(seen > 15, "{seen} enums");
    let words = |name: &str| schemas[name]["enum"].clone();
    assert_eq!(words("Role"), json!(Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>()));
    assert_eq!(words("RunState"), json!(RunState::ALL.iter().map(|state| state.as_str()).collect::<Vec<_>>()));
}
