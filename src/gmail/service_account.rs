//! A service account with domain-wide delegation: access to the mailboxes of a Workspace without asking each person.
//!
//! The JWT bearer grant (RFC 7523): we sign an assertion with the key that Google gave us, and trade it for an access
//! token. There is no refresh token; when the access token is over, another assertion is signed.
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    config::can_read_mail,
    oauth::{MAX_ANSWER_BYTES, OAuth, OAuthError, Refusal, TokenGrant, missing, read_grant},
};
use crate::{
    mail::is_address,
    net::{self, Failure},
    types::GmailSetup,
};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest that Google takes.
const ASSERTION_LIFE: TimeDelta = TimeDelta::hours(1);

/// The service account of this installation, and the Workspace domains it may be used for.
#[derive(Clone)]
pub struct ServiceAccount {
    client_email: String,
    /// Tells Google which of the account's keys this is.
    key_id: Option<String>,
    key: Arc<RsaKeyPair>,
    /// Where assertions are traded, and their audience.
    token_url: String,
    /// In lower case.
    domains: Vec<String>,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("client_email", &self.client_email)
            .field("token_url", &self.token_url)
            .field("domains", &self.domains)
            .finish_non_exhaustive()
    }
}

/// Google's JSON key file, as far as we need it.
/// <https://cloud.google.com/iam/docs/keys-create-delete>
#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyFile {
    r#type: Option<String>,
    client_email: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<String>,
    token_uri: Option<String>,
    // The two forms of the file for an OAuth client, which is often taken for this one.
    web: Option<serde::de::IgnoredAny>,
    installed: Option<serde::de::IgnoredAny>,
}

impl ServiceAccount {
    /// Reads Google's key file.
    ///
    /// # Errors
    /// Everything that is wrong with it, without any of its values.
    pub fn from_key_file(json: &[u8], domains: Vec<String>) -> Result<Self, Vec<String>> {
        let file: KeyFile = serde_json::from_slice(json)
            .map_err(|_| vec!["is not the JSON key file of a service account".to_owned()])?;
        if file.web.is_some() || file.installed.is_some() {
            return Err(vec![
                "is the file of an OAuth client; a key is made under IAM & Admin → Service accounts → Keys".to_owned(),
            ]);
        }
        let mut wrong = Vec::new();
        if file.r#type.as_deref() != Some("service_account") {
            wrong.push("has a `type` that is not `service_account`".to_owned());
        }
        let mut field = |name: &str, value: Option<String>| {
            let value = value.filter(|value| !value.trim().is_empty());
            if value.is_none() {
                wrong.push(format!("has no `{name}`"));
            }
            value
        };
        let client_email = field("client_email", file.client_email);
        let private_key = field("private_key", file.private_key);
        let token_uri = field("token_uri", file.token_uri);
        if client_email.as_ref().is_some_and(|email| !is_address(email)) {
            wrong.push("has a `client_email` that is not an address".to_owned());
        }
        if token_uri.as_deref().is_some_and(|uri| !is_web_address(uri)) {
            wrong.push("has a `token_uri` that is not an http(s) URL".to_owned());
        }
        let key = private_key.as_deref().and_then(signing_key);
        if private_key.is_some() && key.is_none() {
            wrong.push("has a `private_key` that is not an RSA key of 2048 bits or more in PKCS#8 PEM".to_owned());
        }
        match (client_email, key, token_uri) {
            (Some(client_email), Some(key), Some(token_url)) if wrong.is_empty() => {
                Ok(Self { client_email, key_id: file.private_key_id, key: Arc::new(key), token_url, domains })
            }
            _ => Err(wrong),
        }
    }

    /// The same account at another token endpoint, for proxies and emulators.
    #[must_use]
    pub fn at(self, token_url: String) -> Self {
        Self { token_url, ..self }
    }

    /// The domains whose mailboxes may be read through it.
    #[must_use]
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Whether a mailbox lies in one of [`ServiceAccount::domains`]. A subdomain is another domain.
    #[must_use]
    pub fn covers(&self, mailbox: &str) -> bool {
        mailbox
            .rsplit_once('@')
            .is_some_and(|(_, host)| self.domains.iter().any(|domain| domain.eq_ignore_ascii_case(host)))
    }

    /// The signed assertion that we speak for `mailbox`: a JWT with RS256 (RFC 7515, RFC 7518 section 3.3).
    fn assertion(&self, mailbox: &str, scopes: &[String], now: DateTime<Utc>) -> Result<SecretString, OAuthError> {
        #[derive(Serialize)]
        struct Header<'a> {
            alg: &'a str,
            typ: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            kid: Option<&'a str>,
        }
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            sub: &'a str,
            scope: String,
            aud: &'a str,
            iat: i64,
            exp: i64,
        }
        let header = Header { alg: "RS256", typ: "JWT", kid: self.key_id.as_deref() };
        let claims = Claims {
            iss: &self.client_email,
            sub: mailbox,
            scope: scopes.join(" "),
            aud: &self.token_url,
            iat: now.timestamp(),
            exp: (now + ASSERTION_LIFE).timestamp(),
        };
        let signing_input = format!("{}.{}", encoded(&header)?, encoded(&claims)?);
        let signature = sign(&self.key, signing_input.as_bytes())?;
        Ok(format!("{signing_input}.{signature}").into())
    }
}

impl OAuth {
    /// An access token for a mailbox of our Workspace, by the service account.
    ///
    /// # Errors
    /// [`OAuthError::Delegation`], [`OAuthError::Clock`], [`OAuthError::NoMailbox`]; `ServerConfig` where there is no
    /// service account, or not for this domain; otherwise as [`OAuth::refresh`].
    pub async fn delegated_token(&self, mailbox: &str, now: DateTime<Utc>) -> Result<TokenGrant, OAuthError> {
        let account = self.config.service_account.as_ref().ok_or_else(|| missing("GMAIL_SERVICE_ACCOUNT_KEY_FILE"))?;
        if !account.covers(mailbox) {
            return Err(OAuthError::ServerConfig(GmailSetup::OutsideWorkspace { mailbox: mailbox.to_owned() }));
        }
        let assertion = account.assertion(mailbox, &self.config.scopes, now)?;
        let form = [("grant_type", GRANT_TYPE), ("assertion", assertion.expose_secret())];
        let answer = self.http.post(&account.token_url).form(&form).send().await.map_err(Failure::from)?;
        let status = answer.status();
        let body = net::read(answer, MAX_ANSWER_BYTES).await?;
        if !status.is_success() {
            return Err(refused(Refusal::parse(status, &body)));
        }
        let grant = read_grant(&body)?;
        match &grant.scopes {
            Some(granted) if !can_read_mail(granted) => Err(OAuthError::MissingScope { granted: granted.clone() }),
            _ => Ok(grant),
        }
    }
}

/// Sorts a refusal by who can mend it.
/// <https://developers.google.com/identity/protocols/oauth2/service-account#jwt-error-codes>
fn refused(Refusal { status, code, description }: Refusal) -> OAuthError {
    match code.as_str() {
        "unauthorized_client" | "access_denied" | "admin_policy_enforced" => {
            OAuthError::Delegation { description: format!("{code}: {description}") }
        }
        "invalid_grant" if description.contains("short-lived token") => OAuthError::Clock { description },
        "invalid_grant" if ["Invalid email", "Not a valid email"].iter().any(|said| description.starts_with(said)) => {
            OAuthError::NoMailbox { description }
        }
        _ => OAuthError::TokenFailed { status, code, description },
    }
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn signing_key(pem: &str) -> Option<RsaKeyPair> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?;
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()
}

/// JSON in base64url without padding (RFC 7515, section 2).
fn encoded(part: &impl Serialize) -> Result<String, OAuthError> {
    serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| cannot_sign())
}

/// RSASSA-PKCS1-v1_5 with SHA-256, in base64url.
fn sign(key: &RsaKeyPair, message: &[u8]) -> Result<String, OAuthError> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| cannot_sign())?;
    Ok(URL_SAFE_NO_PAD.encode(signature))
}

fn cannot_sign() -> OAuthError {
    OAuthError::ServerConfig(GmailSetup::KeyCannotSign)
}

#[cfg(test)]
mod tests;
