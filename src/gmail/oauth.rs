//! Consent and tokens: authorization code with PKCE S256 (RFC 7636), refresh, revocation.
//! <https://developers.google.com/identity/protocols/oauth2/web-server>

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

use super::config::{GoogleConfig, can_read_mail};
use crate::mail::is_address;
use crate::net::{self, Failure, Phase, shorten};
use crate::types::{ConsentRefusal, GmailSetup};

/// A token or a profile is a few kilobytes.
pub(super) const MAX_ANSWER_BYTES: usize = 1 << 20;
/// Length of `state`: 256 bits, which nobody guesses within its ten minutes.
const STATE_BYTES: u32 = 32;

/// Why a consent or a token did not come about. Never holds codes, tokens or secrets.
#[derive(Debug, Error)]
pub enum OAuthError {
    /// Our own settings are missing or wrong.
    #[error("Gmail OAuth is not configured ({0})")]
    ServerConfig(GmailSetup),
    /// The token endpoint was not reached, broke off, or did not answer in JSON.
    #[error("the token endpoint did not answer properly: {what}")]
    TokenHttp {
        /// The chain of causes, without the address.
        what: String,
    },
    /// The token endpoint did not answer in time.
    #[error("the token endpoint did not answer in time: {0}")]
    TokenTimeout(Phase),
    /// The token endpoint answered with an error.
    #[error("the token endpoint refused ({status} {code}): {description}")]
    TokenFailed {
        /// HTTP status.
        status: u16,
        /// `error` of RFC 6749, section 5.2; empty when there was none.
        code: String,
        /// `error_description`, shortened.
        description: String,
    },
    /// A refresh was answered with `invalid_grant`: revoked, expired, password changed, unused
    /// for six months, or seven days old while the Google project is in testing. The account
    /// has to be connected again.
    #[error("Google no longer accepts the stored consent: {description}")]
    InvalidGrant {
        /// `error_description`, shortened.
        description: String,
    },
    /// The service account may not act for this mailbox or in this scope: the Workspace's administrator has to delegate it.
    #[error("the service account may not read this mailbox: {description}")]
    Delegation {
        /// `error` and `error_description`, shortened.
        description: String,
    },
    /// Google finds the time in our assertion too far from its own.
    #[error("Google says that this server's clock is wrong: {description}")]
    Clock {
        /// `error_description`, shortened.
        description: String,
    },
    /// The Workspace has no such mailbox.
    #[error("Google knows no such mailbox: {description}")]
    NoMailbox {
        /// `error_description`, shortened.
        description: String,
    },
    /// The token endpoint answered with success, but without an access token.
    #[error("the token answer has no access token")]
    MissingAccessToken,
    /// The consent came back without permission to read mail.
    #[error("permission to read mail was not given")]
    MissingScope {
        /// What was granted instead.
        granted: Vec<String>,
    },
    /// Neither the Gmail profile nor userinfo told the mailbox's address.
    #[error("the mailbox address could not be learned: {what}")]
    ProfileFailed {
        /// What both places answered.
        what: String,
    },
    /// The revocation endpoint did not confirm.
    #[error("Google did not confirm the revocation: {what}")]
    RevokeFailed {
        /// What it answered.
        what: String,
    },
}

impl OAuthError {
    /// What the callback passes to the Integrations page.
    pub fn reason(&self) -> ConsentRefusal {
        match self {
            Self::ServerConfig(_) => ConsentRefusal::ServerConfig,
            Self::TokenHttp { .. } | Self::TokenTimeout(_) => ConsentRefusal::TokenHttp,
            Self::TokenFailed { .. }
            | Self::InvalidGrant { .. }
            | Self::Delegation { .. }
            | Self::Clock { .. }
            | Self::NoMailbox { .. }
            // Nothing is revoked while connecting.
            | Self::RevokeFailed { .. } => ConsentRefusal::TokenFailed,
            Self::MissingAccessToken => ConsentRefusal::MissingAccessToken,
            Self::MissingScope { .. } => ConsentRefusal::MissingScope,
            Self::ProfileFailed { .. } => ConsentRefusal::ProfileFailed,
        }
    }
}

/// What Google said of a token that was to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It was good until now.
    Now,
    /// Google does not know it any more. Of a refresh token that means that its grant is over; an access token may only have
    /// run out.
    Unknown,
}

/// Where to send the browser, and what to keep until it returns. Deliberately without `Debug`.
pub struct AuthorizationRequest {
    /// Google's consent page, with everything in its query.
    pub url: String,
    /// Random, to be used once and bound to the user and the browser session.
    pub state: String,
    /// The PKCE code verifier; only its hash is in `url`.
    pub pkce_verifier: SecretString,
}

/// What the token endpoint gave.
#[derive(Debug, Clone)]
pub struct TokenGrant {
    /// For calls to Google.
    pub access_token: SecretString,
    /// Absent on a repeated consent and usually on a refresh: then the stored one stays valid.
    pub refresh_token: Option<SecretString>,
    /// Life of the access token, from the answer on.
    pub expires_in: Option<Duration>,
    /// What was granted; `None` means what was asked for (RFC 6749, section 5.1).
    pub scopes: Option<Vec<String>>,
}

/// The OAuth client of this installation.
#[derive(Debug, Clone)]
pub struct OAuth {
    pub(super) config: GoogleConfig,
    pub(super) http: reqwest::Client,
}

type TokenClient = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl OAuth {
    /// `http` must follow no redirects, as that of [`net::client`] does.
    pub fn new(config: GoogleConfig, http: reqwest::Client) -> Self {
        Self { config, http }
    }

    /// Begins a consent: a fresh `state` and a fresh PKCE verifier.
    ///
    /// # Errors
    /// [`OAuthError::ServerConfig`] when the client id or an address is missing or malformed.
    pub fn authorization_request(&self) -> Result<AuthorizationRequest, OAuthError> {
        let auth_url = AuthUrl::new(self.config.auth_url.clone()).map_err(|_| malformed("GOOGLE_AUTH_URL"))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = BasicClient::new(self.client_id()?)
            .set_auth_uri(auth_url)
            .set_redirect_uri(self.redirect_url()?)
            .authorize_url(|| CsrfToken::new_random_len(STATE_BYTES))
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("access_type", "offline")
            .add_extra_param("prompt", "consent")
            .url();
        Ok(AuthorizationRequest {
            url: url.into(),
            state: state.into_secret(),
            pkce_verifier: verifier.into_secret().into(),
        })
    }

    /// Trades the code of the callback for tokens.
    ///
    /// # Errors
    /// `ServerConfig`, `TokenHttp`, `TokenTimeout`, `TokenFailed`, `MissingAccessToken`, and
    /// `MissingScope` when Google says what was granted and it does not include reading mail.
    pub async fn exchange_code(&self, code: &str, pkce_verifier: &SecretString) -> Result<TokenGrant, OAuthError> {
        let client = self.token_client()?.set_redirect_uri(self.redirect_url()?);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.expose_secret().to_owned()))
            .request_async(&Carrier(&self.http))
            .await;
        let grant = grant(answer)?;
        match &grant.scopes {
            Some(granted) if !can_read_mail(granted) => Err(OAuthError::MissingScope { granted: granted.clone() }),
            _ => Ok(grant),
        }
    }

    /// Gets a fresh access token.
    ///
    /// # Errors
    /// As [`OAuth::exchange_code`], and [`OAuthError::InvalidGrant`] when only a new consent helps.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<TokenGrant, OAuthError> {
        let answer = self
            .token_client()?
            .exchange_refresh_token(&RefreshToken::new(refresh_token.expose_secret().to_owned()))
            .request_async(&Carrier(&self.http))
            .await;
        grant(answer).map_err(|error| match error {
            OAuthError::TokenFailed { code, description, .. } if code == "invalid_grant" => {
                OAuthError::InvalidGrant { description }
            }
            other => other,
        })
    }

    /// Takes the consent back at Google. Either token of a grant ends the whole grant, if Google still knows it.
    ///
    /// # Errors
    /// [`OAuthError::RevokeFailed`] when Google did not confirm.
    pub async fn revoke(&self, token: &SecretString) -> Result<Revoked, OAuthError> {
        let failed = |what| OAuthError::RevokeFailed { what };
        let response = self
            .http
            .post(&self.config.revoke_url)
            .form(&[("token", token.expose_secret())])
            .send()
            .await
            .map_err(|error| failed(Failure::from(error).to_string()))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Revoked::Now);
        }
        let body = net::read(response, MAX_ANSWER_BYTES).await.map_err(|failure| failed(failure.to_string()))?;
        let said = Refusal::parse(status, &body);
        if status == StatusCode::BAD_REQUEST && said.code == "invalid_token" {
            return Ok(Revoked::Unknown);
        }
        Err(failed(format!("{} {}", said.status, said.code).trim_end().to_owned()))
    }

    /// The address of the mailbox that this token opens: from the Gmail profile, else from
    /// userinfo (for which the consent must include `email`).
    ///
    /// # Errors
    /// [`OAuthError::ProfileFailed`] when both fail, or only an unverified address is known.
    pub async fn profile_address(&self, access_token: &SecretString) -> Result<String, OAuthError> {
        let profile_url = format!("{}/gmail/v1/users/me/profile", self.config.api_base_url.trim_end_matches('/'));
        let profile_failure = match self.who(&profile_url, access_token).await {
            Ok(address) => return Ok(address),
            Err(what) => what,
        };
        tracing::warn!(reason = %profile_failure, "no address in the Gmail profile, asking userinfo");
        self.who(&self.config.userinfo_url, access_token).await.map_err(|userinfo_failure| OAuthError::ProfileFailed {
            what: format!("profile: {profile_failure}; userinfo: {userinfo_failure}"),
        })
    }

    async fn who(&self, url: &str, access_token: &SecretString) -> Result<String, String> {
        #[derive(Deserialize)]
        struct Who {
            #[serde(rename = "emailAddress", alias = "email")]
            address: Option<String>,
            #[serde(alias = "email_verified")]
            verified_email: Option<bool>,
        }

        let sent = self.http.get(url).bearer_auth(access_token.expose_secret()).send().await;
        let response = sent.map_err(|error| Failure::from(error).to_string())?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status().as_u16()));
        }
        let body = net::read(response, MAX_ANSWER_BYTES).await.map_err(|failure| failure.to_string())?;
        let who: Who = serde_json::from_slice(&body).map_err(|_| "not the expected JSON")?;
        if who.verified_email == Some(false) {
            return Err("the address is not verified".to_owned());
        }
        who.address
            .map(|address| address.trim().to_owned())
            .filter(|address| is_address(address))
            .ok_or_else(|| "no address".to_owned())
    }

    fn client_id(&self) -> Result<ClientId, OAuthError> {
        let id = self.config.client_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        id.map(|id| ClientId::new(id.to_owned())).ok_or_else(|| missing("GMAIL_CLIENT_ID"))
    }

    fn client_secret(&self) -> Result<ClientSecret, OAuthError> {
        let secret = self.config.client_secret.as_ref().map(|secret| secret.expose_secret().trim());
        secret
            .filter(|secret| !secret.is_empty())
            .map(|secret| ClientSecret::new(secret.to_owned()))
            .ok_or_else(|| missing("GMAIL_CLIENT_SECRET"))
    }

    fn redirect_url(&self) -> Result<RedirectUrl, OAuthError> {
        RedirectUrl::new(self.config.redirect_url.clone()).map_err(|_| malformed("GMAIL_OAUTH_REDIRECT_BASE_URL"))
    }

    fn token_client(&self) -> Result<TokenClient, OAuthError> {
        let token_url = TokenUrl::new(self.config.token_url.clone()).map_err(|_| malformed("GOOGLE_TOKEN_URL"))?;
        Ok(BasicClient::new(self.client_id()?)
            .set_client_secret(self.client_secret()?)
            // Google takes either; emulators and some proxies read the body alone.
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(token_url))
    }
}

/// Carries the requests of the oauth2 crate. Error answers are sorted here, while their status is
/// still known; the crate sees successes alone.
struct Carrier<'a>(&'a reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Carrier<'_> {
    type Error = PostError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, PostError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.0.execute(request.try_into().map_err(Failure::from)?).await.map_err(Failure::from)?;
            let status = response.status();
            let headers = response.headers().clone();
            let body = net::read(response, MAX_ANSWER_BYTES).await?;
            if status != StatusCode::OK {
                return Err(PostError::Refused(Refusal::parse(status, &body)));
            }
            let mut answer = HttpResponse::new(body);
            *answer.headers_mut() = headers;
            Ok(answer)
        })
    }
}

#[derive(Debug, Error)]
enum PostError {
    #[error(transparent)]
    Transport(#[from] Failure),
    #[error("refused with status {}", .0.status)]
    Refused(Refusal),
}

/// An error answer of the token or revocation endpoint (RFC 6749, section 5.2).
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) description: String,
}

impl Refusal {
    pub(super) fn parse(status: StatusCode, body: &[u8]) -> Self {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Body {
            error: String,
            error_description: String,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        Self { status: status.as_u16(), code: shorten(&body.error), description: shorten(&body.error_description) }
    }
}

fn grant(
    answer: Result<BasicTokenResponse, RequestTokenError<PostError, BasicErrorResponse>>,
) -> Result<TokenGrant, OAuthError> {
    let answer = answer.map_err(|error| match error {
        RequestTokenError::Request(PostError::Transport(error)) => error.into(),
        RequestTokenError::Request(PostError::Refused(Refusal { status, code, description })) => {
            OAuthError::TokenFailed { status, code, description }
        }
        RequestTokenError::Parse(_, body) => unreadable(&body),
        // A wrong content type or an empty body; the crate's text may quote the answer.
        RequestTokenError::Other(_) | RequestTokenError::ServerResponse(_) => not_proper("not a JSON answer"),
    })?;
    granted(&answer)
}

/// The body of a token answer that no crate has read yet.
pub(super) fn read_grant(body: &[u8]) -> Result<TokenGrant, OAuthError> {
    let answer: BasicTokenResponse = serde_json::from_slice(body).map_err(|_| unreadable(body))?;
    granted(&answer)
}

fn granted(answer: &BasicTokenResponse) -> Result<TokenGrant, OAuthError> {
    if answer.access_token().secret().is_empty() {
        return Err(OAuthError::MissingAccessToken);
    }
    Ok(TokenGrant {
        access_token: answer.access_token().secret().as_str().into(),
        refresh_token: answer.refresh_token().map(|token| token.secret().as_str().into()),
        expires_in: answer.expires_in(),
        scopes: answer.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
    })
}

/// What is wrong with a token answer that cannot be read.
fn unreadable(body: &[u8]) -> OAuthError {
    match serde_json::from_slice(body) {
        Ok(serde_json::Value::Object(answer)) if lacks_token(&answer) => OAuthError::MissingAccessToken,
        Ok(_) => not_proper("a token answer of an unknown form"),
        Err(_) => not_proper("not JSON"),
    }
}

fn not_proper(what: &str) -> OAuthError {
    OAuthError::TokenHttp { what: what.to_owned() }
}

impl From<Failure> for OAuthError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout(phase) => Self::TokenTimeout(phase),
            Failure::Broken(_) | Failure::TooLarge(_) | Failure::NotPublic => {
                Self::TokenHttp { what: failure.to_string() }
            }
        }
    }
}

fn lacks_token(answer: &serde_json::Map<String, serde_json::Value>) -> bool {
    !answer.get("access_token").is_some_and(serde_json::Value::is_string)
}

pub(super) fn missing(setting: &str) -> OAuthError {
    OAuthError::ServerConfig(GmailSetup::Missing { setting: setting.to_owned() })
}

fn malformed(setting: &str) -> OAuthError {
    OAuthError::ServerConfig(GmailSetup::NotAUrl { setting: setting.to_owned() })
}

#[cfg(test)]
mod tests;
