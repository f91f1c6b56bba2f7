//! Where Google is and who we are to it.

use secrecy::SecretString;

use super::service_account::ServiceAccount;

/// Consent page, see <https://developers.google.com/identity/protocols/oauth2/web-server#httprest>.
pub const DEFAULT_AUTH_URL: &str = "https://accounts.google.com/o/oauth2/v2/auth";
/// Token endpoint, see
/// <https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code>.
pub const DEFAULT_TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// Revocation endpoint, see <https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke>.
pub const DEFAULT_REVOKE_URL: &str = "https://oauth2.googleapis.com/revoke";
/// Who the token belongs to, for tokens that carry the `email` scope:
/// <https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation>.
pub const DEFAULT_USERINFO_URL: &str = "https://www.googleapis.com/oauth2/v2/userinfo";
/// Gmail API, see <https://developers.google.com/workspace/gmail/api/reference/rest>.
pub const DEFAULT_GMAIL_API_BASE_URL: &str = "https://gmail.googleapis.com";

/// Reads everything, changes nothing: the only scope we ask for by default.
/// <https://developers.google.com/workspace/gmail/api/auth/scopes>
pub const SCOPE_GMAIL_READONLY: &str = "https://www.googleapis.com/auth/gmail.readonly";
/// Broader than [`SCOPE_GMAIL_READONLY`]: reads, sends, changes labels.
const SCOPE_GMAIL_MODIFY: &str = "https://www.googleapis.com/auth/gmail.modify";
/// Broader than [`SCOPE_GMAIL_READONLY`]: everything, permanent deletion included.
const SCOPE_GMAIL_FULL: &str = "https://mail.google.com/";

/// Our registration with Google and its addresses. Each address is separate because tests,
/// proxies and emulators need them so. `Debug` never shows the client secret.
#[derive(Debug, Clone)]
pub struct GoogleConfig {
    /// `GMAIL_CLIENT_ID`; without it Gmail cannot be connected and whoever needs it says so.
    pub client_id: Option<String>,
    /// `GMAIL_CLIENT_SECRET`
    pub client_secret: Option<SecretString>,
    /// Where Google sends the browser back: `…/integrations/gmail/callback`.
    pub redirect_url: String,
    /// What we ask for: `GMAIL_OAUTH_SCOPES`.
    pub scopes: Vec<String>,
    /// `GOOGLE_AUTH_URL`
    pub auth_url: String,
    /// `GOOGLE_TOKEN_URL`
    pub token_url: String,
    /// `GOOGLE_REVOKE_URL`
    pub revoke_url: String,
    /// `GOOGLE_USERINFO_URL`
    pub userinfo_url: String,
    /// `GMAIL_API_BASE_URL`; calls go to `{base}/gmail/v1/users/me/…`.
    pub api_base_url: String,
    /// `GMAIL_SERVICE_ACCOUNT_KEY_FILE` and `GMAIL_WORKSPACE_DOMAIN`; without it every mailbox needs its owner's consent.
    pub service_account: Option<ServiceAccount>,
}

impl GoogleConfig {
    /// A configuration at Google's own addresses, asking for [`SCOPE_GMAIL_READONLY`], without
    /// client credentials yet.
    pub fn at_google(redirect_url: impl Into<String>) -> Self {
        Self {
            client_id: None,
            client_secret: None,
            redirect_url: redirect_url.into(),
            scopes: vec![SCOPE_GMAIL_READONLY.to_owned()],
            auth_url: DEFAULT_AUTH_URL.to_owned(),
            token_url: DEFAULT_TOKEN_URL.to_owned(),
            revoke_url: DEFAULT_REVOKE_URL.to_owned(),
            userinfo_url: DEFAULT_USERINFO_URL.to_owned(),
            api_base_url: DEFAULT_GMAIL_API_BASE_URL.to_owned(),
            service_account: None,
        }
    }
}

/// Whether these granted scopes let us read mail.
pub(super) fn can_read_mail<S: AsRef<str>>(granted: &[S]) -> bool {
    granted.iter().any(|scope| matches!(scope.as_ref(), SCOPE_GMAIL_READONLY | SCOPE_GMAIL_MODIFY | SCOPE_GMAIL_FULL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_needs_readonly_or_broader() {
        assert!(can_read_mail(&["openid", SCOPE_GMAIL_READONLY]));
        assert!(can_read_mail(&[SCOPE_GMAIL_FULL]));
        assert!(can_read_mail(&[SCOPE_GMAIL_MODIFY]));
        assert!(!can_read_mail(&["openid", "https://www.googleapis.com/auth/gmail.send"]));
        assert!(!can_read_mail(&["https://www.googleapis.com/auth/gmail.metadata"]));
    }

    #[test]
    fn debug_hides_the_client_secret() {
        let config = GoogleConfig {
            client_secret: Some("GOCSPX-hush".into()),
            ..GoogleConfig::at_google("http://127.0.0.1:3000/cb")
        };
        assert!(!format!("{config:?}").contains("hush"));
    }
}
