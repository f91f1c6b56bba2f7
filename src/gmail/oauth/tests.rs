use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::*;
use crate::gmail::{GmailError, GmailErrorKind, SCOPE_GMAIL_READONLY};
use crate::net::double::{Answer, Double, impatient_http, plain_http};

const CALLBACK: &str = "http://127.0.0.1:3000/integrations/gmail/callback";

fn oauth_at(url: &str) -> OAuth {
    let config = GoogleConfig {
        client_id: Some("client-1".to_owned()),
        client_secret: Some("hush".into()),
        redirect_url: CALLBACK.to_owned(),
        scopes: vec![SCOPE_GMAIL_READONLY.to_owned(), "email".to_owned()],
        auth_url: format!("{url}/o/oauth2/v2/auth"),
        token_url: format!("{url}/oauth2/token"),
        revoke_url: format!("{url}/oauth2/revoke"),
        userinfo_url: format!("{url}/oauth2/v2/userinfo"),
        api_base_url: url.to_owned(),
        service_account: None,
    };
    OAuth::new(config, plain_http())
}

async fn google(script: impl IntoIterator<Item = Answer>) -> (Double, OAuth) {
    let double = Double::start(script).await;
    let oauth = oauth_at(&double.url);
    (double, oauth)
}

fn token(extra: serde_json::Value) -> Answer {
    let mut body = json!({"access_token": "at-1", "token_type": "Bearer", "expires_in": 3599});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    Answer::json(200, &body)
}

async fn exchange(answer: Answer) -> Result<TokenGrant, OAuthError> {
    let (_double, oauth) = google([answer]).await;
    oauth.exchange_code("code-1", &"verifier".into()).await
}

async fn refresh(answer: Answer) -> Result<TokenGrant, OAuthError> {
    let (_double, oauth) = google([answer]).await;
    oauth.refresh(&"rt-1".into()).await
}

#[test]
fn the_consent_url_carries_pkce_and_asks_for_offline_access() {
    let oauth = oauth_at("https://google.test");
    let request = oauth.authorization_request().unwrap();
    let url = Url::parse(&request.url).unwrap();
    assert_eq!(url.path(), "/o/oauth2/v2/auth");
    let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["client_id"], "client-1");
    assert_eq!(query["redirect_uri"], CALLBACK);
    assert_eq!(query["scope"], format!("{SCOPE_GMAIL_READONLY} email"));
    assert_eq!(query["access_type"], "offline");
    assert_eq!(query["prompt"], "consent");
    assert!(!query.contains_key("include_granted_scopes"));
    assert_eq!(query["state"], request.state);
    assert_eq!(query["code_challenge_method"], "S256");

    let verifier = request.pkce_verifier.expose_secret();
    assert_eq!(query["code_challenge"], BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    assert!(!request.url.contains(verifier) && !request.url.contains("hush"));
}

#[test]
fn states_and_verifiers_are_long_and_never_the_same() {
    let oauth = oauth_at("https://google.test");
    let mut drawn = HashSet::new();
    for _ in 0..100 {
        let request = oauth.authorization_request().unwrap();
        assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(&request.state).unwrap().len(), 32);
        assert!(request.pkce_verifier.expose_secret().len() >= 43);
        drawn.insert(request.state);
        drawn.insert(request.pkce_verifier.expose_secret().to_owned());
    }
    assert_eq!(drawn.len(), 200);
}

#[tokio::test]
async fn missing_settings_are_named() {
    let mut oauth = oauth_at("http://127.0.0.1:1");
    oauth.config.client_secret = Some(" ".into());
    assert!(oauth.authorization_request().is_ok(), "the secret is not needed yet");
    let error = oauth.exchange_code("code", &"verifier".into()).await.unwrap_err();
    assert_eq!(error.to_string(), "Gmail OAuth is not configured (missing GMAIL_CLIENT_SECRET)");

    for client_id in [None, Some("  ".to_owned())] {
        oauth.config.client_id = client_id;
        let error = oauth.authorization_request().err().unwrap();
        assert_eq!(error.to_string(), "Gmail OAuth is not configured (missing GMAIL_CLIENT_ID)");
        assert_eq!(error.reason(), ConsentRefusal::ServerConfig);
        assert_eq!(oauth.refresh(&"rt".into()).await.unwrap_err().reason(), ConsentRefusal::ServerConfig);
    }

    let mut oauth = oauth_at("https://google.test");
    oauth.config.auth_url = "accounts".to_owned();
    let error = oauth.authorization_request().err().unwrap();
    assert_eq!(error.to_string(), "Gmail OAuth is not configured (GOOGLE_AUTH_URL is not a URL)");
}

#[tokio::test]
async fn the_code_is_traded_with_credentials_in_the_body() {
    let granted = json!({"refresh_token": "rt-1", "scope": format!("openid {SCOPE_GMAIL_READONLY}")});
    let (double, oauth) = google([token(granted)]).await;
    let grant = oauth.exchange_code("code-1", &"the-verifier".into()).await.unwrap();
    assert_eq!(grant.access_token.expose_secret(), "at-1");
    assert_eq!(grant.refresh_token.as_ref().unwrap().expose_secret(), "rt-1");
    assert_eq!(grant.expires_in, Some(Duration::from_secs(3599)));
    let mut scopes = grant.scopes.clone().unwrap();
    scopes.sort();
    assert_eq!(scopes, [SCOPE_GMAIL_READONLY, "openid"]);
    let shown = format!("{grant:?} {oauth:?}");
    assert!(!shown.contains("at-1") && !shown.contains("rt-1") && !shown.contains("hush"), "{shown}");

    let seen = &double.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/oauth2/token"));
    assert_eq!(seen.header("authorization"), "");
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    let form = seen.form();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "code-1");
    assert_eq!(form["code_verifier"], "the-verifier");
    assert_eq!(form["redirect_uri"], CALLBACK);
    assert_eq!(form["client_id"], "client-1");
    assert_eq!(form["client_secret"], "hush");
}

#[tokio::test]
async fn a_repeated_consent_may_bring_no_refresh_token() {
    let grant = exchange(token(json!({}))).await.unwrap();
    assert!(grant.refresh_token.is_none());
    assert_eq!(grant.scopes, None);
}

#[tokio::test]
async fn an_unticked_permission_is_noticed() {
    let error = exchange(token(json!({"scope": "openid email"}))).await.unwrap_err();
    assert_eq!(error.reason(), ConsentRefusal::MissingScope);
    assert_eq!(GmailError::from(error).kind(), GmailErrorKind::InsufficientScope);
    for broader in ["https://mail.google.com/", "https://www.googleapis.com/auth/gmail.modify"] {
        exchange(token(json!({"scope": broader}))).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_without_an_access_token_is_told_from_one_that_is_not_json() {
    let cases = [
        (Answer::json(200, &json!({"token_type": "Bearer"})), ConsentRefusal::MissingAccessToken),
        (Answer::json(200, &json!({})), ConsentRefusal::MissingAccessToken),
        (Answer::json(200, &json!({"access_token": null, "token_type": "Bearer"})), ConsentRefusal::MissingAccessToken),
        (Answer::json(200, &json!({"access_token": "", "token_type": "Bearer"})), ConsentRefusal::MissingAccessToken),
        (Answer::new(200, "<html>").header("content-type", "text/html"), ConsentRefusal::TokenHttp),
        (Answer::new(200, "<html>").header("content-type", "application/json"), ConsentRefusal::TokenHttp),
        (Answer::new(200, ""), ConsentRefusal::TokenHttp),
        (Answer::json(200, &json!({"access_token": "at-1"})).cut(), ConsentRefusal::TokenHttp),
    ];
    for (answer, reason) in cases {
        let error = exchange(answer).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(!error.to_string().contains("at-1"), "{error}");
    }
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_keep_their_words() {
    let said = json!({"error": "invalid_grant", "error_description": "Malformed auth code."});
    match exchange(Answer::json(400, &said)).await.unwrap_err() {
        OAuthError::TokenFailed { status: 400, code, description } => {
            assert_eq!((code.as_str(), description.as_str()), ("invalid_grant", "Malformed auth code."));
        }
        other => panic!("{other:?}"),
    }
    // A redirect is not followed: it would carry the secret along.
    for (status, body) in [(502, "<html>"), (500, ""), (302, "")] {
        let answer = Answer::new(status, body).header("location", "http://127.0.0.1:1/elsewhere");
        let error = exchange(answer).await.unwrap_err();
        assert_eq!(error.reason(), ConsentRefusal::TokenFailed, "{error}");
    }
}

#[tokio::test]
async fn an_unreachable_token_endpoint_is_token_http() {
    let oauth = oauth_at(&Double::nobody().await);
    let error = oauth.exchange_code("code-1", &"verifier".into()).await.unwrap_err();
    assert_eq!(error.reason(), ConsentRefusal::TokenHttp);
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    assert_eq!(GmailError::from(error).kind(), GmailErrorKind::Transport);
}

#[tokio::test(start_paused = true)]
async fn a_silent_token_endpoint_is_token_http_too() {
    let double = Double::start([Answer::never()]).await;
    let oauth = OAuth::new(oauth_at(&double.url).config, impatient_http(Duration::from_secs(30)));
    let error = oauth.refresh(&"rt-1".into()).await.unwrap_err();
    assert_eq!(error.reason(), ConsentRefusal::TokenHttp);
    assert_eq!(GmailError::from(error).kind(), GmailErrorKind::Timeout);
}

#[tokio::test]
async fn a_refresh_sends_its_token_and_keeps_the_old_one_when_none_comes() {
    let (double, oauth) = google([token(json!({"scope": SCOPE_GMAIL_READONLY}))]).await;
    let grant = oauth.refresh(&"rt-1".into()).await.unwrap();
    assert_eq!(grant.access_token.expose_secret(), "at-1");
    assert!(grant.refresh_token.is_none());
    let seen = &double.seen()[0];
    assert_eq!(seen.header("authorization"), "");
    let form = seen.form();
    assert_eq!(form["grant_type"], "refresh_token");
    assert_eq!(form["refresh_token"], "rt-1");
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("client-1", "hush"));
}

#[tokio::test]
async fn failed_refreshes_are_sorted_by_what_helps() {
    let said = |error: &str| json!({"error": error, "error_description": "Token has been expired or revoked."});
    let error = refresh(Answer::json(400, &said("invalid_grant"))).await.unwrap_err();
    assert!(matches!(&error, OAuthError::InvalidGrant { description } if description.contains("revoked")));
    assert_eq!(GmailError::from(error).kind(), GmailErrorKind::InvalidGrant);

    let cases = [
        (Answer::json(401, &said("invalid_client")), GmailErrorKind::Credentials),
        (Answer::new(503, ""), GmailErrorKind::Server),
        (Answer::new(429, ""), GmailErrorKind::RateLimited),
    ];
    for (answer, kind) in cases {
        let error = GmailError::from(refresh(answer).await.unwrap_err());
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn revoking_is_done_when_google_no_longer_knows_the_token() {
    let (double, oauth) = google([
        Answer::new(200, ""),
        Answer::json(400, &json!({"error": "invalid_token"})),
        Answer::json(400, &json!({"error": "invalid_request"})),
        Answer::new(503, "rt-1 could not be revoked"),
    ])
    .await;
    let token = SecretString::from("rt-1");
    assert_eq!(oauth.revoke(&token).await.unwrap(), Revoked::Now);
    assert_eq!(oauth.revoke(&token).await.unwrap(), Revoked::Unknown);
    for _ in 0..2 {
        let error = oauth.revoke(&token).await.unwrap_err();
        assert!(matches!(error, OAuthError::RevokeFailed { .. }));
        assert!(!error.to_string().contains("rt-1"), "{error}");
    }
    let seen = &double.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/oauth2/revoke"));
    assert_eq!(seen.form()["token"], "rt-1");
}

#[tokio::test]
async fn the_address_comes_from_the_profile_else_from_userinfo() {
    let (double, oauth) = google([
        Answer::json(200, &json!({"emailAddress": "me@example.com", "historyId": "1"})),
        Answer::google_error(404, "notFound", "no such path"),
        Answer::json(200, &json!({"email": " info@example.com ", "email_verified": true})),
    ])
    .await;
    let token = SecretString::from("at-1");
    assert_eq!(oauth.profile_address(&token).await.unwrap(), "me@example.com");
    assert_eq!(oauth.profile_address(&token).await.unwrap(), "info@example.com");
    let seen = double.seen();
    let paths: Vec<_> = seen.iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(paths, ["/gmail/v1/users/me/profile", "/gmail/v1/users/me/profile", "/oauth2/v2/userinfo"]);
    assert!(seen.iter().all(|seen| seen.header("authorization") == "Bearer at-1"));
}

#[tokio::test]
async fn no_address_anywhere_is_profile_failed() {
    let no_profile = || Answer::new(500, "");
    for userinfo in [
        Answer::new(401, ""),
        Answer::new(200, "<html>"),
        Answer::json(200, &json!({"sub": "1"})),
        Answer::json(200, &json!({"email": "nobody"})),
        Answer::json(200, &json!({"email": "me@example.com", "verified_email": false})),
        Answer::json(200, &json!({"email": "me@example.com"})).cut(),
    ] {
        let (_double, oauth) = google([no_profile(), userinfo]).await;
        let error = oauth.profile_address(&"at-1".into()).await.unwrap_err();
        assert_eq!(error.reason(), ConsentRefusal::ProfileFailed);
        assert!(error.to_string().contains("profile: status 500"), "{error}");
    }
}

/// Web handlers and spawned workers hold these futures; a borrow inside them once made them unfit for that.
#[test]
fn the_futures_can_be_spawned() {
    fn spawnable(_: impl Future + Send + 'static) {}
    let oauth = oauth_at("https://google.test");
    spawnable({
        let oauth = oauth.clone();
        async move {
            let grant = oauth.exchange_code("code", &"verifier".into()).await?;
            oauth.profile_address(&grant.access_token).await
        }
    });
    spawnable(async move {
        oauth.refresh(&"rt".into()).await?;
        oauth.revoke(&"rt".into()).await
    });
}
