use serde_json::json;

use super::*;
use crate::net::double::{Answer as Said, Double, Seen, plain_http};

const KEY: &str = "sk-proj-very-secret";

fn client(kind: AiKind, double: &Double) -> Client {
    Client { http: plain_http(), kind, base_url: format!("{}/v1", double.url), key: Some(format!(" {KEY}\n").into()) }
}

fn body(seen: &Seen) -> serde_json::Value {
    serde_json::from_str(&seen.body).unwrap()
}

fn ask() -> Ask {
    Ask { system: Some("Be short.".to_owned()), ..Ask::one("m-1", "Are you there?", 32) }
}

fn answered() -> Said {
    Said::json(
        200,
        &json!({
            "model": "m-1-2026",
            "choices": [{"message": {"role": "assistant", "content": "ready"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 14, "completion_tokens": 2, "total_tokens": 16},
        }),
    )
}

fn refused(status: u16, kind: &str, code: serde_json::Value, message: &str) -> Said {
    let error = json!({"message": message, "type": kind, "param": "max_completion_tokens", "code": code});
    Said::json(status, &json!({"error": error}))
}

fn anthropic_refused(status: u16, kind: &str, message: &str) -> Said {
    Said::json(status, &json!({"type": "error", "error": {"type": kind, "message": message}}))
}

#[tokio::test]
async fn openai_is_asked_in_its_words() {
    let double = Double::start([answered(), answered()]).await;
    let attempt = client(AiKind::OpenAi, &double).complete(&ask()).await;
    let answer = attempt.result.unwrap();
    assert_eq!((answer.text.as_str(), answer.model.as_str(), answer.is_cut), ("ready", "m-1-2026", false));
    assert_eq!(attempt.usage, Some(super::Usage { input: 14, output: 2 }));
    client(AiKind::Compatible, &double).complete(&ask()).await.result.unwrap();

    let seen = double.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(seen[0].header("authorization"), format!("Bearer {KEY}"));
    let messages = json!([{"role": "system", "content": "Be short."}, {"role": "user", "content": "Are you there?"}]);
    assert_eq!(body(&seen[0]), json!({"model": "m-1", "messages": messages, "max_completion_tokens": 32}));
    assert_eq!(body(&seen[1]), json!({"model": "m-1", "messages": messages, "max_tokens": 32}));
}

#[tokio::test]
async fn a_server_without_a_key_is_asked_without_one() {
    let double = Double::start([answered()]).await;
    let client = Client { key: None, ..client(AiKind::Compatible, &double) };
    client.complete(&ask()).await.result.unwrap();
    assert_eq!(double.seen()[0].header("authorization"), "");
}

#[tokio::test]
async fn anthropic_is_asked_in_its_words() {
    let message = json!({
        "model": "m-1", "stop_reason": "max_tokens",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "re"}, {"type": "text", "text": "ady"}],
        "usage": {"input_tokens": 10, "output_tokens": 3, "cache_read_input_tokens": 4},
    });
    let double = Double::start([Said::json(200, &message)]).await;
    let attempt = client(AiKind::Anthropic, &double).complete(&ask()).await;
    let answer = attempt.result.unwrap();
    assert_eq!((answer.text.as_str(), answer.is_cut), ("ready", true));
    assert_eq!(attempt.usage, Some(super::Usage { input: 14, output: 3 }));
    let seen = double.seen();
    assert_eq!((seen[0].path.as_str(), seen[0].header("x-api-key")), ("/v1/messages", KEY));
    assert_eq!((seen[0].header("authorization"), seen[0].header("anthropic-version")), ("", "2023-06-01"));
    let turns = json!([{"role": "user", "content": "Are you there?"}]);
    assert_eq!(body(&seen[0]), json!({"model": "m-1", "system": "Be short.", "messages": turns, "max_tokens": 32}));
}

#[tokio::test]
async fn sparse_answers_are_answers() {
    let sparse = json!({"choices": [{"message": {"content": null}}]});
    let double = Double::start([Said::json(200, &sparse)]).await;
    let attempt = client(AiKind::OpenAi, &double).complete(&ask()).await;
    assert_eq!(attempt.result, Ok(Answer { text: String::new(), model: "m-1".to_owned(), is_cut: false }));
    assert_eq!(attempt.usage, None, "then it counts with all it may have cost");
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let invalid = "invalid_request_error";
    let quoting = format!("Incorrect API key provided: {KEY}.");
    let code = |code: &str| json!(code);
    let none = serde_json::Value::Null;
    let (openai, anthropic) = (AiKind::OpenAi, AiKind::Anthropic);
    let cases = [
        (openai, refused(401, invalid, code("invalid_api_key"), &quoting), "invalid_key", true),
        (openai, refused(404, invalid, code("model_not_found"), "no such model"), "model_not_found", true),
        (openai, Said::new(404, "<html>"), "model_not_found", true),
        (
            openai,
            Said::json(404, &json!({"error": "model \"m-1\" not found, try pulling it first"})),
            "model_not_found",
            true,
        ),
        (openai, refused(403, invalid, code("model_not_found"), "no access"), "model_not_found", true),
        (openai, refused(403, invalid, code("unsupported_country_region_territory"), &quoting), "forbidden", true),
        (openai, refused(429, "insufficient_quota", code("insufficient_quota"), "pay"), "quota_exhausted", true),
        (openai, refused(429, "insufficient_quota", none.clone(), "pay"), "quota_exhausted", true),
        (openai, refused(429, "requests", code("rate_limit_exceeded"), "slow"), "rate_limited", true),
        (openai, refused(400, invalid, code("unsupported_parameter"), "use max_tokens"), "unsupported_parameter", true),
        (openai, refused(400, invalid, code("context_length_exceeded"), "too much"), "too_long", true),
        (
            openai,
            refused(400, "BadRequestError", none.clone(), "This model's maximum context length is 8 tokens."),
            "too_long",
            true,
        ),
        (openai, refused(400, invalid, code("content_filter"), "no"), "declined", false),
        (openai, refused(400, invalid, none, &quoting), "rejected", true),
        (openai, Said::new(302, "").header("location", "http://127.0.0.1:1/"), "rejected", true),
        (openai, Said::new(500, ""), "server_error", false),
        (openai, Said::new(503, "<html>"), "server_error", true),
        (openai, Said::new(200, "<html>"), "protocol", false),
        (openai, Said::json(200, &json!({"choices": []})), "protocol", false),
        (openai, Said::json(200, &json!({"choices": [{"message": {"refusal": "I cannot."}}]})), "declined", false),
        (openai, answered().cut(), "transport", false),
        (anthropic, anthropic_refused(401, "authentication_error", &quoting), "invalid_key", true),
        (anthropic, anthropic_refused(404, "not_found_error", "model: m-1"), "model_not_found", true),
        (anthropic, anthropic_refused(403, "permission_error", "no"), "forbidden", true),
        (anthropic, anthropic_refused(429, "rate_limit_error", "slow"), "rate_limited", true),
        (anthropic, anthropic_refused(400, invalid, "Your credit balance is too low"), "quota_exhausted", true),
        (anthropic, anthropic_refused(400, invalid, "prompt is too long: 200001 tokens"), "too_long", true),
        (anthropic, anthropic_refused(413, "request_too_large", "big"), "too_long", true),
        (anthropic, anthropic_refused(529, "overloaded_error", "busy"), "server_error", true),
        (anthropic, Said::json(200, &json!({"content": [], "stop_reason": "refusal"})), "declined", false),
        (anthropic, Said::json(200, &json!({"choices": []})), "protocol", false),
    ];
    for (kind, answer, code, is_free) in cases {
        let double = Double::start([answer]).await;
        let error = client(kind, &double).complete(&ask()).await.result.unwrap_err();
        assert_eq!((error.code(), error.is_free()), (code, is_free), "{error}");
        assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
    }
}

#[tokio::test]
async fn the_wait_that_is_asked_for_and_what_is_unknown_are_named() {
    let busy = refused(429, "requests", serde_json::Value::Null, "slow").header("retry-after", "7");
    let unknown = refused(400, "invalid_request_error", json!("unsupported_parameter"), "");
    let double = Double::start([busy, unknown, Said::new(404, "")]).await;
    let client = client(AiKind::OpenAi, &double);
    let error = client.complete(&ask()).await.result.unwrap_err();
    assert_eq!(error, AiError::RateLimited { retry_after: Some(Duration::from_secs(7)) });
    let error = client.complete(&ask()).await.result.unwrap_err();
    assert!(error.to_string().contains("“max_completion_tokens”"), "{error}");
    let error = client.complete(&ask()).await.result.unwrap_err();
    assert!(error.to_string().contains("“m-1”"), "{error}");
}

#[tokio::test]
async fn nobody_there_has_cost_nothing() {
    let double = Double::start([]).await;
    let gone = Client { base_url: Double::nobody().await, ..client(AiKind::OpenAi, &double) };
    let error = gone.complete(&ask()).await.result.unwrap_err();
    assert_eq!((error.code(), error.is_free()), ("transport", true), "{error}");
}

#[tokio::test]
async fn a_key_that_cannot_be_a_header_is_not_sent() {
    let double = Double::start([answered()]).await;
    for kind in [AiKind::OpenAi, AiKind::Anthropic] {
        let client = Client { key: Some("sk-with\nnewline".into()), ..client(kind, &double) };
        assert_eq!(client.complete(&ask()).await.result, Err(AiError::InvalidKey));
    }
    assert!(double.seen().is_empty());
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts_or_not_at_all() {
    let texts = ["one".to_owned(), "two".to_owned()];
    let vectors = |data: serde_json::Value| {
        Said::json(200, &json!({"data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4}}))
    };
    let good = json!([{"index": 1, "embedding": [3.0, 4.0]}, {"index": 0, "embedding": [1.0, 2.0]}]);
    let double = Double::start([
        vectors(good),
        vectors(json!([{"index": 0, "embedding": [1.0]}])),
        vectors(json!([{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}])),
        vectors(json!([{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}])),
        vectors(json!([{"index": 0, "embedding": []}, {"index": 1, "embedding": []}])),
    ])
    .await;
    let client = client(AiKind::Compatible, &double);
    let attempt = client.embed("e-1", &texts, TextSide::Question).await;
    assert_eq!(attempt.result, Ok(vec![vec![1.0, 2.0], vec![3.0, 4.0]]));
    assert_eq!(attempt.usage, Some(super::Usage { input: 4, output: 0 }));
    let plain = json!({"model": "e-1", "input": texts, "encoding_format": "float"});
    let told = |side: &str| json!({"model": "e-1", "input": texts, "encoding_format": "float", "input_type": side});
    assert_eq!(body(&double.seen()[0]), told("query"));
    for _ in 0..4 {
        assert_eq!(client.embed("e-1", &texts, TextSide::Document).await.result, Err(AiError::Protocol));
    }
    assert_eq!(body(&double.seen()[1]), told("document"));

    // OpenAI does not know which side a text is of, and servers that refuse to be told are asked without.
    let good = json!([{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [2.0]}]);
    let refusal = refused(422, "invalid_request_error", json!(null), "extra inputs are not permitted");
    let double = Double::start([vectors(good.clone()), refusal, vectors(good)]).await;
    for kind in [AiKind::OpenAi, AiKind::Compatible] {
        let client = Client { kind, ..self::client(kind, &double) };
        assert!(client.embed("e-1", &texts, TextSide::Question).await.result.is_ok());
    }
    let seen: Vec<_> = double.seen().iter().map(body).collect();
    assert_eq!(seen, [plain.clone(), told("query"), plain]);
}

#[tokio::test]
async fn lists_say_when_a_model_ends_in_whatever_form() {
    let list = json!({"data": [
        {"id": "m-1"}, {"id": "m-2", "shutdown_date": "2026-10-23"}, {"id": "m-3", "shutdown_date": "2026-10-23T00:00:00Z"},
        {"id": "m-4", "shutdown_date": 1_792_713_600}, {"id": "m-5", "shutdown_date": "soon"}, {"id": "a b"}, {"id": ""},
    ]});
    let double = Double::start([Said::json(200, &list), Said::json(200, &list), Said::new(200, "[]")]).await;
    let models = client(AiKind::OpenAi, &double).models().await.unwrap();
    let dates: Vec<_> = models.iter().map(|model| (model.id.as_str(), model.shutdown_date.as_deref())).collect();
    let day = Some("2026-10-23");
    assert_eq!(dates, [("m-1", None), ("m-2", day), ("m-3", day), ("m-4", day), ("m-5", None)]);
    client(AiKind::Anthropic, &double).models().await.unwrap();
    assert_eq!(double.seen()[1].query["limit"], "1000");
    assert_eq!(client(AiKind::OpenAi, &double).models().await, Err(AiError::Protocol));
}

#[tokio::test]
async fn a_key_is_masked_in_whatever_form_it_is_quoted() {
    let double = Double::start([]).await;
    let key = "sk-a+b/c=very-secret-key-0123";
    let client = Client { key: Some(key.into()), ..client(AiKind::Compatible, &double) };
    let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
    let said = [
        format!("Authorization: Bearer {key}"),
        "got sk-a%2Bb%2Fc%3Dvery-secret-key-0123".to_owned(),
        "got sk-a%2bb%2fc%3dvery-secret-key-0123".to_owned(),
        format!("got {}", base64(key)),
        format!("got {}=", base64(&format!("Bearer {key}"))),
        format!("got {}", base64(&format!("u:{key}"))),
        format!("got {}", URL_SAFE_NO_PAD.encode(format!("user:{key}"))),
        "got 736b2d612b622f633d766572792d7365637265742d6b65792d30313233".to_owned(),
        "Incorrect API key provided: sk-a+b/c=very*****".to_owned(),
        "it ends in secret-key-0123.".to_owned(),
    ];
    let forms = forms_of(key);
    for text in said {
        let shown = client.without_key(&text);
        assert!(shown.contains(MASK), "{text}: {shown}");
        for part in text.as_bytes().windows(PART) {
            let part = str::from_utf8(part).expect("ASCII");
            let is_of_key = forms.iter().any(|form| form.contains(part));
            assert!(!is_of_key || !shown.contains(part), "{text}: {shown}");
        }
    }
    let plain = "The model «m-1» is not here. Ключа нет.";
    assert_eq!(client.without_key(plain), plain);
    // A word that is taken for a key is no part of one.
    let word = Client { key: Some("ollama".into()), ..client };
    assert_eq!(word.without_key("ollama has no such model, says olla"), "[key] has no such model, says olla");
}

#[test]
fn what_is_listed_without_a_name_is_left_out() {
    let list =
        json!({"data": [{"id": "a"}, {"id": 7}, {}, null, "b", {"id": "c d"}, {"id": "e", "shutdown_date": {}}]});
    let listed = openai::models(list.to_string().as_bytes()).unwrap();
    assert_eq!(listed.into_iter().map(|model| model.id).collect::<Vec<_>>(), ["a", "e"]);
    assert_eq!(openai::models(b"{\"data\": {}}"), Err(AiError::Protocol));
}

/// An answer that comes as events.
fn events(data: &[serde_json::Value]) -> Said {
    let events: String = data.iter().map(|data| format!("data: {data}\n\n")).collect();
    Said::new(200, events).header("content-type", "text/event-stream; charset=utf-8")
}

fn piece(text: &str) -> serde_json::Value {
    json!({"model": "m-1-2026", "choices": [{"delta": {"content": text}, "finish_reason": null}], "usage": null})
}

fn ending(reason: &str) -> serde_json::Value {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]})
}

async fn streamed(kind: AiKind, said: Said) -> (Attempt<Answer>, Vec<String>, Double) {
    let double = Double::start([said]).await;
    let heard = std::sync::Mutex::new(Vec::new());
    let hear = |piece: &str| heard.lock().unwrap().push(piece.to_owned());
    let attempt = client(kind, &double).stream(&ask(), Duration::from_millis(300), &hear).await;
    (attempt, heard.into_inner().unwrap(), double)
}

#[tokio::test]
async fn an_answer_of_openai_is_told_as_it_comes() {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 14, "completion_tokens": 2}});
    let said = events(&[
        json!({"choices": [{"delta": {"role": "assistant"}}]}),
        piece("re"),
        piece("ady"),
        ending("stop"),
        usage,
    ]);
    let (attempt, heard, double) = streamed(AiKind::OpenAi, said).await;
    let answer = attempt.result.unwrap();
    assert_eq!((answer.text.as_str(), answer.model.as_str(), answer.is_cut), ("ready", "m-1-2026", false));
    assert_eq!(attempt.usage, Some(super::Usage { input: 14, output: 2 }));
    assert_eq!(heard, ["re", "ady"]);
    let asked = body(&double.seen()[0]);
    assert_eq!((&asked["stream"], &asked["stream_options"]), (&json!(true), &json!({"include_usage": true})));
}

#[tokio::test]
async fn an_answer_of_anthropic_is_told_as_it_comes() {
    let said = events(&[
        json!({"type": "message_start", "message": {"model": "m-1-2026", "usage": {"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "ready"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 3}}),
        json!({"type": "message_stop"}),
    ]);
    let (attempt, heard, double) = streamed(AiKind::Anthropic, said).await;
    let answer = attempt.result.unwrap();
    assert_eq!((answer.text.as_str(), answer.model.as_str(), answer.is_cut), ("ready", "m-1-2026", true));
    assert_eq!(attempt.usage, Some(super::Usage { input: 14, output: 3 }));
    assert_eq!(heard, ["ready"]);
    assert_eq!(body(&double.seen()[0])["stream"], true);
}

#[tokio::test]
async fn what_goes_wrong_with_a_stream_is_told_apart() {
    let declined = json!({"choices": [{"delta": {"refusal": "No."}, "finish_reason": "stop"}]});
    let overloaded = json!({"type": "error", "error": {"type": "overloaded_error", "message": "no"}});
    let openai_error = json!({"error": {"message": "no"}});
    let begun = json!({"type": "message_start", "message": {"usage": {"input_tokens": 10, "output_tokens": 1}}});
    for (kind, said, code) in [
        // Cut: what came is no whole answer.
        (AiKind::OpenAi, events(&[piece("re")]), "transport"),
        (AiKind::OpenAi, events(&[piece("re")]).cut(), "transport"),
        (AiKind::Anthropic, events(std::slice::from_ref(&begun)), "transport"),
        // Nothing more comes.
        (AiKind::OpenAi, events(&[piece("re")]).stuck(), "timeout"),
        (AiKind::OpenAi, events(&[declined]), "declined"),
        (AiKind::OpenAi, events(&[piece("re"), ending("content_filter")]), "declined"),
        (AiKind::OpenAi, events(&[piece("re"), openai_error]), "server_error"),
        (AiKind::Anthropic, events(&[begun, overloaded]), "server_error"),
        (AiKind::OpenAi, Said::new(200, "data: {\n\n").header("content-type", "text/event-stream"), "protocol"),
        (AiKind::OpenAi, Said::new(503, ""), "server_error"),
    ] {
        let (attempt, ..) = streamed(kind, said).await;
        assert_eq!(attempt.result.unwrap_err().code(), code);
        assert_eq!(attempt.usage, None, "{code}: all that was set aside counts");
    }
}

#[tokio::test]
async fn the_end_of_a_stream_is_an_end_without_its_last_word() {
    // No `[DONE]`, and no empty line after the last event.
    let (attempt, ..) = streamed(AiKind::Compatible, events(&[piece("ready"), ending("length")])).await;
    assert!(attempt.result.unwrap().is_cut);
    // A server that does not stream answers at once.
    let (attempt, heard, _) = streamed(AiKind::Compatible, answered()).await;
    assert_eq!(attempt.result.unwrap().text, "ready");
    assert_eq!(heard, ["ready"]);
}
