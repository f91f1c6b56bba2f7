use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;
use crate::gmail::{GmailError, GmailErrorKind, GoogleConfig, SCOPE_GMAIL_READONLY};
use crate::net::double::{Answer, Double, plain_http};
use crate::types::ConsentRefusal;

/// The key of RFC 7515, appendix A.2, which everybody knows.
const KEY: &str = include_str!("rfc7515_a2.pem");
const ANN: &str = "ann@shop.example";

fn account(token_uri: &str) -> ServiceAccount {
    let file = json!({
        "type": "service_account",
        "client_email": "replybook@project.example",
        "private_key_id": "key-1",
        "private_key": KEY,
        "token_uri": token_uri,
    });
    ServiceAccount::from_key_file(file.to_string().as_bytes(), vec!["shop.example".to_owned()]).unwrap()
}

async fn google(answer: Answer) -> (Double, OAuth) {
    let double = Double::start([answer]).await;
    let mut config = GoogleConfig::at_google("http://127.0.0.1:3000/cb");
    config.service_account = Some(account(&format!("{}/token", double.url)));
    (double, OAuth::new(config, plain_http()))
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

async fn ask(answer: Answer) -> Result<TokenGrant, OAuthError> {
    let (_double, oauth) = google(answer).await;
    oauth.delegated_token(ANN, now()).await
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The signature that RFC 7515 gives for its own input and key: RS256 has no randomness in it.
#[test]
fn the_example_of_the_rfc_is_signed_as_the_rfc_says() {
    let input = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p\
                 c19yb290Ijp0cnVlfQ";
    let signature = sign(&account("https://google.test/token").key, input.as_bytes()).unwrap();
    assert_eq!(
        signature,
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
}

#[tokio::test]
async fn an_assertion_names_us_the_mailbox_and_the_hour() {
    let answer = Answer::json(200, &json!({"access_token": "at-1", "token_type": "Bearer", "expires_in": 3599}));
    let (double, oauth) = google(answer).await;
    let grant = oauth.delegated_token(ANN, now()).await.unwrap();
    assert_eq!(grant.access_token.expose_secret(), "at-1");
    assert!(grant.refresh_token.is_none());
    assert_eq!(grant.expires_in, Some(std::time::Duration::from_secs(3599)));

    let seen = &double.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/token"));
    assert_eq!(seen.header("authorization"), "");
    let form = seen.form();
    assert_eq!((form.len(), form["grant_type"].as_str()), (2, GRANT_TYPE));
    let [header, claims, _]: [&str; 3] = form["assertion"].split('.').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(decoded(header), json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"}));
    let iat = now().timestamp();
    assert_eq!(
        decoded(claims),
        json!({
            "iss": "replybook@project.example",
            "sub": ANN,
            "scope": SCOPE_GMAIL_READONLY,
            "aud": format!("{}/token", double.url),
            "iat": iat,
            "exp": iat + 3600,
        })
    );
    let shown = format!("{oauth:?}");
    assert!(!shown.contains("PRIVATE") && shown.contains("replybook@project.example"), "{shown}");
}

#[tokio::test]
async fn refusals_are_sorted_by_who_can_mend_them() {
    let cases = [
        (401, "unauthorized_client", "Client is unauthorized to retrieve access tokens.", GmailErrorKind::Delegation),
        (403, "access_denied", "Requested client not authorized.", GmailErrorKind::Delegation),
        (400, "admin_policy_enforced", "", GmailErrorKind::Delegation),
        (400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes).", GmailErrorKind::Clock),
        (400, "invalid_grant", "Invalid email or User ID", GmailErrorKind::NoMailbox),
        (400, "invalid_grant", "Not a valid email.", GmailErrorKind::NoMailbox),
        // The key is the operator's to mend, for all mailboxes at once.
        (400, "invalid_grant", "Invalid JWT Signature.", GmailErrorKind::Credentials),
        (401, "disabled_client", "The OAuth client was disabled.", GmailErrorKind::Credentials),
        (503, "", "", GmailErrorKind::Server),
        (429, "", "", GmailErrorKind::RateLimited),
    ];
    for (status, code, description, kind) in cases {
        let said = json!({"error": code, "error_description": description});
        let error = GmailError::from(ask(Answer::json(status, &said)).await.unwrap_err());
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(description) || kind == GmailErrorKind::RateLimited, "{error}");
        let text = error.to_string() + &format!("{error:?}");
        assert!(!text.contains("eyJ"), "no assertion is shown: {text}");
    }
}

#[tokio::test]
async fn odd_answers_are_what_they_are_for_a_consent() {
    for (answer, reason) in [
        (Answer::json(200, &json!({"token_type": "Bearer"})), ConsentRefusal::MissingAccessToken),
        (Answer::json(200, &json!({"access_token": "", "token_type": "Bearer"})), ConsentRefusal::MissingAccessToken),
        (Answer::new(200, "<html>"), ConsentRefusal::TokenHttp),
        (Answer::json(200, &json!({"access_token": "at-1"})).cut(), ConsentRefusal::TokenHttp),
        (
            Answer::json(200, &json!({"access_token": "at-1", "token_type": "Bearer", "scope": "openid"})),
            ConsentRefusal::MissingScope,
        ),
    ] {
        let error = ask(answer).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
    }
}

#[tokio::test]
async fn without_a_key_and_outside_the_domain_nobody_is_asked() {
    let (double, mut oauth) = google(Answer::new(500, "")).await;
    let outside = oauth.delegated_token("ann@elsewhere.example", now()).await.unwrap_err();
    assert!(outside.to_string().contains("GMAIL_WORKSPACE_DOMAIN"), "{outside}");
    oauth.config.service_account = None;
    let missing = oauth.delegated_token(ANN, now()).await.unwrap_err();
    assert!(missing.to_string().contains("missing GMAIL_SERVICE_ACCOUNT_KEY_FILE"), "{missing}");
    assert!(double.seen().is_empty());
}
