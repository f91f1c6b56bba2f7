use serde_json::{Value, json};

use super::*;
use crate::net::double::{Answer, Double, plain_http};

const KEY: &str = "sk-proj-very-secret";

fn answered() -> Answer {
    Answer::json(
        200,
        &json!({
            "model": "gpt-5-mini-2025-08-07",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": " ready\n"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 14, "completion_tokens": 2, "total_tokens": 16},
        }),
    )
}

fn refused(status: u16, kind: &str, code: Value, message: &str) -> Answer {
    let error = json!({"message": message, "type": kind, "param": "max_completion_tokens", "code": code});
    Answer::json(status, &json!({"error": error}))
}

async fn test_against(double: &Double) -> Result<KeyTest, AiError> {
    let client =
        OpenAiClient { retry_wait: Duration::ZERO, ..OpenAiClient::new(plain_http(), format!("{}/v1/", double.url)) };
    client.test_key(&format!(" {KEY}\n").into(), " gpt-5-mini ").await
}

#[tokio::test]
async fn a_working_key_costs_one_small_completion() {
    let double = Double::start([answered()]).await;
    let test = test_against(&double).await.unwrap();
    assert_eq!(test.model, "gpt-5-mini-2025-08-07");
    assert_eq!(test.reply, "ready");
    assert_eq!(test.total_tokens, Some(16));
    assert!(test.latency_ms < 20_000);

    let seen = double.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(seen[0].header("authorization"), format!("Bearer {KEY}"));
    let body: Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(body["model"], "gpt-5-mini");
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert!(body["max_completion_tokens"].as_u64().unwrap() <= 32);
    assert!(body.get("max_tokens").is_none());
}

#[tokio::test]
async fn sparse_answers_are_answers() {
    let sparse = json!({"choices": [{"message": {"content": null}}]});
    let test = test_against(&Double::start([Answer::json(200, &sparse)]).await).await.unwrap();
    assert_eq!((test.model.as_str(), test.reply.as_str(), test.total_tokens), ("gpt-5-mini", "", None));

    let wordy = json!({"choices": [{"message": {"content": "word ".repeat(1000)}}]});
    let test = test_against(&Double::start([Answer::json(200, &wordy)]).await).await.unwrap();
    assert!(test.reply.chars().count() <= 201);
}

#[tokio::test]
async fn refusals_are_told_apart_and_not_repeated() {
    let invalid = "invalid_request_error";
    let quoting = format!("Incorrect API key provided: {KEY}.");
    let cases = [
        (refused(401, invalid, json!("invalid_api_key"), &quoting), "invalid_key"),
        (refused(404, invalid, json!("model_not_found"), "no such model"), "model_not_found"),
        (Answer::new(404, "<html>"), "model_not_found"),
        (refused(403, invalid, json!("model_not_found"), "no access"), "model_not_found"),
        (refused(403, invalid, json!("unsupported_country_region_territory"), &quoting), "forbidden"),
        (refused(429, "insufficient_quota", json!("insufficient_quota"), "pay"), "quota_exhausted"),
        (refused(429, "insufficient_quota", Value::Null, "pay"), "quota_exhausted"),
        (refused(429, "requests", json!("rate_limit_exceeded"), "slow").header("retry-after", "60"), "rate_limited"),
        (refused(400, invalid, json!("unsupported_parameter"), "use max_tokens"), "unsupported_parameter"),
        (refused(400, invalid, Value::Null, &quoting), "rejected"),
        (Answer::new(302, "").header("location", "http://127.0.0.1:1/"), "rejected"),
        (Answer::new(200, "<html>"), "protocol"),
        (Answer::json(200, &json!({"choices": []})), "protocol"),
        (Answer::new(200, "x".repeat((1 << 20) + 1)), "protocol"),
    ];
    for (answer, code) in cases {
        let double = Double::start([answer, answered()]).await;
        let error = test_against(&double).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(double.seen().len(), 1, "{error}");
        assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
    }
}

#[tokio::test]
async fn the_unknown_parameter_and_the_model_are_named() {
    let double = Double::start([refused(400, "invalid_request_error", json!("unsupported_parameter"), "")]).await;
    let error = test_against(&double).await.unwrap_err();
    assert!(error.to_string().contains("“max_completion_tokens”"), "{error}");
    let double = Double::start([refused(404, "invalid_request_error", json!("model_not_found"), "")]).await;
    let error = test_against(&double).await.unwrap_err();
    assert!(error.to_string().contains("“gpt-5-mini”"), "{error}");
}

#[tokio::test]
async fn passing_failures_are_repeated_once() {
    let passing = [
        (Answer::new(500, ""), "server_error"),
        (Answer::new(503, "<html>"), "server_error"),
        (refused(429, "requests", json!("rate_limit_exceeded"), "slow"), "rate_limited"),
        (refused(429, "requests", Value::Null, "slow").header("retry-after", "0"), "rate_limited"),
        (answered().cut(), "transport"),
    ];
    for (failure, code) in passing {
        let double = Double::start([failure.clone(), answered()]).await;
        assert_eq!(test_against(&double).await.unwrap().reply, "ready", "{code}");

        let double = Double::start([failure.clone(), failure, answered()]).await;
        assert_eq!(test_against(&double).await.unwrap_err().code(), code);
        assert_eq!(double.seen().len(), 2, "{code}");
    }
}

#[test]
fn a_short_retry_after_is_sat_out_and_a_long_one_reported() {
    let limited = |seconds| AiError::RateLimited { retry_after: Some(Duration::from_secs(seconds)) };
    assert_eq!(limited(3).worth_repeating_after(), Some(Duration::from_secs(3)));
    assert_eq!(limited(6).worth_repeating_after(), None);
    assert_eq!(AiError::Timeout.worth_repeating_after(), None);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_after_twenty_seconds() {
    let double = Double::start([Answer::never(), Answer::never()]).await;
    let began = Instant::now();
    assert_eq!(test_against(&double).await, Err(AiError::Timeout));
    assert!(began.elapsed() >= TEST_TIMEOUT && began.elapsed() < TEST_TIMEOUT * 2);
}

#[tokio::test]
async fn a_key_that_cannot_be_a_header_is_not_sent() {
    let double = Double::start([answered()]).await;
    let client = OpenAiClient::new(plain_http(), double.url.clone());
    let result = client.test_key(&"sk-with\nnewline".into(), "gpt-5-mini").await;
    assert_eq!(result, Err(AiError::InvalidKey));
    assert!(double.seen().is_empty());
}
