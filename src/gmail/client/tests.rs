use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::gmail::{GmailErrorKind, OAuthError, QuotaLimits};
use crate::net::double::{Answer, Double, Seen, impatient_http, plain_http};
use crate::types::AccountProblem;

const MESSAGE: &str = r#"{"id": "m1", "threadId": "t1", "labelIds": ["INBOX"]}"#;

/// Gives `first` until told that it was rejected, then what the script of refreshes says.
#[derive(Default)]
struct Tokens {
    refreshes: Mutex<Vec<Result<&'static str, OAuthError>>>,
    rejected: Mutex<Vec<String>>,
    fresh: Mutex<Option<&'static str>>,
}

impl AccessTokens for Tokens {
    fn current(&self) -> TokenFuture<'_> {
        Box::pin(async { Ok(self.fresh.lock().unwrap().unwrap_or("first").into()) })
    }

    fn refresh_after_unauthorized<'a>(&'a self, rejected: &'a SecretString) -> TokenFuture<'a> {
        Box::pin(async move {
            self.rejected.lock().unwrap().push(rejected.expose_secret().to_owned());
            let token = self.refreshes.lock().unwrap().remove(0)?;
            *self.fresh.lock().unwrap() = Some(token);
            Ok(token.into())
        })
    }
}

struct Mailbox {
    google: Double,
    tokens: Arc<Tokens>,
    client: GmailClient,
}

impl Mailbox {
    async fn scripted(script: impl IntoIterator<Item = Answer>) -> Self {
        Self::with_refreshes(script, []).await
    }

    async fn with_refreshes(
        script: impl IntoIterator<Item = Answer>,
        refreshes: impl IntoIterator<Item = Result<&'static str, OAuthError>>,
    ) -> Self {
        let google = Double::start(script).await;
        let tokens = Arc::new(Tokens { refreshes: Mutex::new(refreshes.into_iter().collect()), ..Tokens::default() });
        let client = client(plain_http(), &google.url, &tokens);
        Self { google, tokens, client }
    }

    fn seen(&self) -> Vec<Seen> {
        self.google.seen()
    }

    fn bearers(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.header("authorization").to_owned()).collect()
    }
}

fn client(http: reqwest::Client, url: &str, tokens: &Arc<Tokens>) -> GmailClient {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    GmailClient::new(http, url, Arc::clone(tokens) as Arc<dyn AccessTokens>, governor).unwrap()
}

fn message() -> Answer {
    Answer::new(200, MESSAGE)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn lists_pages_with_a_query_and_a_mask() {
    let page = json!({
        "messages": [{"id": "m2", "threadId": "t1"}, {"id": "m1", "threadId": "t1"}],
        "nextPageToken": "p 2&",
        "resultSizeEstimate": 201,
    });
    let mailbox = Mailbox::scripted([Answer::json(200, &page), Answer::json(200, &json!({}))]).await;

    let first = mailbox.client.list_messages("after:1700000000 -in:chats", None, None).await.unwrap();
    assert_eq!(first.messages[1].id, "m1");
    let last = mailbox.client.list_messages("", None, first.next_page_token.as_deref()).await.unwrap();
    assert_eq!((last.messages.len(), last.next_page_token), (0, None));

    let seen = mailbox.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/gmail/v1/users/me/messages"));
    assert_eq!(seen[0].header("authorization"), "Bearer first");
    assert!(seen[0].header("accept-encoding").contains("gzip"));
    assert_eq!(seen[0].query["q"], "after:1700000000 -in:chats");
    assert_eq!(seen[0].query["includeSpamTrash"], "false");
    assert_eq!(seen[0].query["maxResults"], "500");
    assert_eq!(seen[0].query["fields"], "messages(id,threadId),nextPageToken,resultSizeEstimate");
    assert!(!seen[0].query.contains_key("pageToken"));
    assert_eq!(seen[1].query["pageToken"], "p 2&");
    assert!(!seen[1].query.contains_key("q"));
    assert_eq!(mailbox.client.governor().status().units_spent, 10);
}

#[tokio::test(start_paused = true)]
async fn gets_messages_threads_history_aliases_and_attachments() {
    let mailbox = Mailbox::scripted([
        message(),
        Answer::new(200, format!(r#"{{"id": "t1", "historyId": "9", "messages": [{MESSAGE}]}}"#)),
        Answer::json(200, &json!({"historyId": "340282366920938463463374607431768211456"})),
        Answer::json(200, &json!({"sendAs": [{"sendAsEmail": "info@example.com"}]})),
        Answer::json(200, &json!({"size": 3, "data": "-_8="})),
        Answer::json(200, &json!({"size": 3, "data": "-_8"})),
        Answer::json(200, &json!({"emailAddress": "me@example.com", "messagesTotal": 7, "historyId": "9"})),
    ])
    .await;
    let client = &mailbox.client;

    assert_eq!(client.get_message("m1").await.unwrap().thread_id, "t1");
    assert_eq!(client.get_thread("t1").await.unwrap().messages[0].id, "m1");
    let history = client.list_history("18446744073709551616", Some("p2")).await.unwrap();
    assert_eq!(history.history_id, "340282366920938463463374607431768211456");
    assert_eq!(client.list_send_as().await.unwrap()[0].send_as_email, "info@example.com");
    assert_eq!(client.get_attachment("m1", "a1").await.unwrap(), [0xfb, 0xff]);
    assert_eq!(client.get_attachment("m1", "a1").await.unwrap(), [0xfb, 0xff]);
    assert_eq!(client.profile().await.unwrap().messages_total, Some(7));

    let seen = mailbox.seen();
    let paths: Vec<_> = seen.iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/gmail/v1/users/me/messages/m1",
            "/gmail/v1/users/me/threads/t1",
            "/gmail/v1/users/me/history",
            "/gmail/v1/users/me/settings/sendAs",
            "/gmail/v1/users/me/messages/m1/attachments/a1",
            "/gmail/v1/users/me/messages/m1/attachments/a1",
            "/gmail/v1/users/me/profile",
        ]
    );
    assert_eq!(seen[0].query["format"], "full");
    assert_eq!(seen[2].query["startHistoryId"], "18446744073709551616");
    assert_eq!(seen[2].query["pageToken"], "p2");
    assert_eq!(client.governor().status().units_spent, 20 + 40 + 2 + 1 + 20 + 20 + 1);
}

#[tokio::test(start_paused = true)]
async fn ids_cannot_leave_their_place_in_the_path() {
    let mailbox = Mailbox::scripted([message(), message()]).await;
    mailbox.client.get_message("../drafts?x=1#").await.unwrap();
    assert_eq!(mailbox.seen()[0].path, "/gmail/v1/users/me/messages/..%2Fdrafts%3Fx=1%23");

    let proxied = format!("{}/proxy/", mailbox.google.url);
    client(plain_http(), &proxied, &mailbox.tokens).get_message("m1").await.unwrap();
    assert_eq!(mailbox.seen()[1].path, "/proxy/gmail/v1/users/me/messages/m1");
}

#[tokio::test(start_paused = true)]
async fn a_429_waits_as_long_as_it_asks_and_so_does_the_whole_account() {
    let slow_down = || Answer::google_error(429, "rateLimitExceeded", "slow");
    let mailbox = Mailbox::scripted([
        slow_down().header("retry-after", "7"),
        slow_down()
            .header("date", "Sun, 06 Nov 1994 08:49:07 GMT")
            .header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
        message(),
        message(),
    ])
    .await;
    let began = Instant::now();
    let other = mailbox.client.clone();
    let (first, second) = tokio::join!(mailbox.client.get_message("m1"), async {
        // Begins while the first one sits out its Retry-After.
        sleep(seconds(2)).await;
        other.get_message("m2").await.map(|_| began.elapsed())
    });
    first.unwrap();
    // It is the one who meets the second refusal, or who waits it out.
    assert!(second.unwrap() >= seconds(7));
    assert!(began.elapsed() >= seconds(37), "{:?}", began.elapsed());
    assert!(began.elapsed() < seconds(50), "{:?}", began.elapsed());
    assert_eq!(mailbox.seen().len(), 4);
    assert_eq!(mailbox.client.governor().status().units_spent, 80);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_reason_ends_the_call_and_rests_the_account() {
    let refusal = Answer::google_error(429, "rateLimitExceeded", "slow");
    let mailbox = Mailbox::scripted([refusal.header("retry-after", "3600"), message()]).await;
    let began = Instant::now();
    for _ in 0..2 {
        match mailbox.client.get_message("m1").await.unwrap_err() {
            GmailError::RateLimited { retry_after: Some(wait) } => assert_eq!(wait, seconds(3600)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(mailbox.seen().len(), 1, "the second call must not reach Google");

    sleep(seconds(3600)).await;
    mailbox.client.get_message("m1").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_message_counts_as_retry_after() {
    let until = chrono::Utc::now() + chrono::TimeDelta::minutes(15);
    let said = format!(
        "User-rate limit exceeded.  Retry after {} (Forwarding rules)",
        until.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    );
    let mailbox = Mailbox::scripted([Answer::google_error(403, "rateLimitExceeded", &said)]).await;
    match mailbox.client.get_message("m1").await.unwrap_err() {
        GmailError::RateLimited { retry_after: Some(wait) } => {
            assert!(wait > seconds(880) && wait <= seconds(901), "{wait:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_apart_by_status_and_reason() {
    use GmailErrorKind::*;
    let cases = [
        (403, "rateLimitExceeded", RateLimited, true),
        (403, "userRateLimitExceeded", RateLimited, true),
        (429, "rateLimitExceeded", RateLimited, true),
        (403, "quotaExceeded", QuotaExhausted, false),
        (403, "dailyLimitExceeded", QuotaExhausted, false),
        (429, "dailyLimitExceeded", QuotaExhausted, false),
        (403, "insufficientPermissions", InsufficientScope, false),
        (403, "accessNotConfigured", ApiDisabled, false),
        (403, "SERVICE_DISABLED", ApiDisabled, false),
        (403, "domainPolicy", MailOff, false),
        (400, "failedPrecondition", Rejected, false),
        (400, "invalidArgument", Rejected, false),
        (404, "notFound", NotFound, false),
        (500, "backendError", Server, true),
        (503, "backendError", Server, true),
        (302, "moved", Protocol, false),
    ];
    for (status, reason, kind, repeated) in cases {
        let refusal = Answer::google_error(status, reason, "said so");
        let mailbox = Mailbox::scripted([refusal.clone(), refusal]).await;
        let retry = RetryPolicy { max_attempts: 2, ..RetryPolicy::default() };
        let began = Instant::now();
        let error = mailbox.client.clone().with_retry(retry).get_message("m1").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {reason}");
        assert_eq!(error.is_retryable(), repeated, "{status} {reason}");
        assert_eq!(mailbox.seen().len(), 1 + usize::from(repeated), "{status} {reason}");
        assert_eq!(began.elapsed() >= seconds(1), repeated, "{status} {reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_newer_form_of_google_errors_is_understood() {
    let refusal = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED", "details": [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}});
    let mailbox = Mailbox::scripted([Answer::json(403, &refusal)]).await;
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    assert_eq!(error.kind(), GmailErrorKind::InsufficientScope);
    assert!(error.kind().account_problem().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_without_gmail_needs_a_person() {
    let mailbox =
        Mailbox::scripted([Answer::google_error(400, "failedPrecondition", "Mail service not enabled")]).await;
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    assert_eq!((error.code(), error.said()), ("mail_off", Some("Mail service not enabled")));
    assert_eq!(error.kind().account_problem(), Some(AccountProblem::MailOff));
    assert_eq!(mailbox.seen().len(), 1, "asking again does not help");
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_named() {
    let gone = Answer::google_error(404, "notFound", "Requested entity was not found.");
    let mailbox = Mailbox::scripted([gone.clone(), gone]).await;
    let error = mailbox.client.get_message("18c2f").await.unwrap_err();
    assert_eq!(error.to_string(), "message 18c2f is not there");
    let error = mailbox.client.list_history("77", None).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("not_found", "the history since 77 is not there"));
    assert_eq!(mailbox.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_401_is_answered_with_one_fresh_token() {
    let refusal = || Answer::google_error(401, "authError", "Invalid Credentials");
    let mailbox = Mailbox::with_refreshes([refusal(), message(), message()], [Ok("second")]).await;
    mailbox.client.get_message("m1").await.unwrap();
    mailbox.client.get_message("m1").await.unwrap();
    assert_eq!(mailbox.bearers(), ["Bearer first", "Bearer second", "Bearer second"]);
    assert_eq!(*mailbox.tokens.rejected.lock().unwrap(), ["first"]);

    let mailbox = Mailbox::with_refreshes([refusal(), refusal()], [Ok("second")]).await;
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    assert_eq!(error.kind(), GmailErrorKind::Unauthorized);
    assert!(error.kind().account_problem().is_some());
    assert_eq!(mailbox.bearers(), ["Bearer first", "Bearer second"]);
    assert_eq!(mailbox.tokens.rejected.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_token_is_kept_through_later_failures_of_the_call() {
    let refusal = Answer::google_error(401, "authError", "Invalid Credentials");
    let script = [refusal, Answer::new(500, ""), message()];
    let mailbox = Mailbox::with_refreshes(script, [Ok("second")]).await;
    mailbox.client.get_message("m1").await.unwrap();
    assert_eq!(mailbox.bearers(), ["Bearer first", "Bearer second", "Bearer second"]);
    assert_eq!(mailbox.tokens.rejected.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_401_without_a_fresh_token_ends_as_the_refresh_did() {
    let refusal = Answer::google_error(401, "authError", "Invalid Credentials");
    let revoked = OAuthError::InvalidGrant { description: "Token has been revoked.".to_owned() };
    let mailbox = Mailbox::with_refreshes([refusal], [Err(revoked)]).await;
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    assert_eq!(error.kind(), GmailErrorKind::InvalidGrant);
    assert!(error.to_string().contains("Token has been revoked."));
    assert_eq!(mailbox.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_away_for_a_moment_is_asked_again() {
    let refusal = Answer::google_error(401, "authError", "Invalid Credentials");
    let away = OAuthError::TokenFailed { status: 503, code: String::new(), description: String::new() };
    let mailbox = Mailbox::with_refreshes([refusal, message()], [Err(away), Ok("second")]).await;
    mailbox.client.get_message("m1").await.unwrap();
    assert_eq!(mailbox.bearers(), ["Bearer first", "Bearer second"]);
    assert_eq!(*mailbox.tokens.rejected.lock().unwrap(), ["first", "first"]);
}

#[tokio::test(start_paused = true)]
async fn cut_answers_are_fetched_again() {
    let half = Answer::new(200, r#"{"id": "m1", "thr"#);
    let mailbox = Mailbox::scripted([half.clone().cut(), half, message()]).await;
    assert_eq!(mailbox.client.get_message("m1").await.unwrap().id, "m1");
    assert_eq!(mailbox.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn repetition_ends() {
    let mailbox = Mailbox::scripted((0..9).map(|_| Answer::new(200, "{").cut())).await;
    let began = Instant::now();
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    assert_eq!(error.kind(), GmailErrorKind::Transport, "{error}");
    assert_eq!(mailbox.seen().len(), 6);
    assert!(began.elapsed() >= seconds(5) && began.elapsed() <= seconds(62), "{:?}", began.elapsed());

    let mailbox = Mailbox::scripted((0..9).map(|_| Answer::new(502, "<html>"))).await;
    let retry = RetryPolicy { max_total: seconds(4), max_attempts: 99, ..RetryPolicy::default() };
    let began = Instant::now();
    let error = mailbox.client.clone().with_retry(retry).get_message("m1").await.unwrap_err();
    assert_eq!(error.code(), "server_error");
    assert!(began.elapsed() >= seconds(1) && began.elapsed() <= seconds(5), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn nobody_listening_is_a_transport_error() {
    let url = Double::nobody().await;
    let error = client(plain_http(), &url, &Arc::default()).get_message("m1").await.unwrap_err();
    assert_eq!(error.kind(), GmailErrorKind::Transport);
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_as_a_timeout() {
    let google = Double::start([Answer::never(), Answer::never()]).await;
    let retry = RetryPolicy { max_attempts: 2, ..RetryPolicy::default() };
    let client = client(impatient_http(seconds(30)), &google.url, &Arc::default()).with_retry(retry);
    let began = Instant::now();
    let error = client.get_message("m1").await.unwrap_err();
    assert_eq!(error.kind(), GmailErrorKind::Timeout);
    assert!(began.elapsed() >= seconds(61), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_not_gmails_are_not_asked_for_again() {
    let mailbox = Mailbox::scripted([
        Answer::new(200, "<html>Sign in to the hotel network</html>"),
        Answer::json(200, &json!({"data": "a+b/"})),
    ])
    .await;
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    assert_eq!(error.code(), "protocol");
    assert!(!error.to_string().contains("hotel"), "{error}");
    let error = mailbox.client.get_attachment("m1", "a1").await.unwrap_err();
    assert_eq!(error.code(), "protocol");
    assert_eq!(mailbox.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn errors_hold_a_little_of_googles_words_and_no_tokens() {
    let said = format!("line one\nline two {}", "x".repeat(10_000));
    let mailbox = Mailbox::scripted([Answer::google_error(400, "invalidArgument", &said)]).await;
    let error = mailbox.client.get_message("m1").await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("line one line two") && text.len() < 600, "{text}");
    assert!(!text.contains("first"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn interactive_calls_say_so_to_the_governor() {
    let mailbox = Mailbox::scripted([message()]).await;
    mailbox.client.governor().slow_down(seconds(5));
    let call = tokio::spawn({
        let client = mailbox.client.clone().with_priority(Priority::Interactive);
        async move { client.get_message("m1").await }
    });
    sleep(seconds(1)).await;
    assert_eq!(mailbox.client.governor().status().queued_interactive, 1);
    call.await.unwrap().unwrap();
}

#[test]
fn a_base_that_cannot_carry_a_path_is_refused() {
    for base in ["gmail.googleapis.com", "mailto:me@example.com", ""] {
        let governor = Arc::new(Governor::new(QuotaLimits::default()));
        let tokens: Arc<dyn AccessTokens> = Arc::new(Tokens::default());
        assert!(GmailClient::new(plain_http(), base, tokens, governor).is_err(), "{base}");
    }
}
