//! Connecting and disconnecting a Gmail mailbox: authorization code with PKCE (RFC 6749, RFC 7636), a state that is
//! random, single-use, short-lived and bound to the person and their browser session.

mod imap;

pub use imap::{connect_imap, find_mailbox};

pub use crate::imap::{MailProvider, MailboxPlace};

use chrono::TimeDelta;
use url::Url;

use crate::{
    Domain, accounts,
    gmail::{OAuthError, Revoked, TokenGrant},
    store::{Act, ConnectAccount, Connected, OauthRequest, ProviderSeed, StoreError, Tokens},
    types::{
        Account, AccountAuth, AccountId, Actor, ConsentRefusal, InvalidCode, Problem, Provider, Revocation,
        UnavailableCode, UserId,
    },
};

/// How long somebody may take on Google's pages.
pub const REQUEST_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Who is asking, and from where: a state works only for the same person in the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub user: UserId,
    /// `s:…`, a random text kept in the browser session, `t:<id>` for the caller of an API token, or `c:…`, a random text of
    /// one run of the command line.
    pub session: String,
}

impl Binding {
    /// How the session of one run of the command line begins.
    pub const COMMAND_LINE: &str = "c:";
}

/// What Google sent the browser back with.
#[derive(Clone, Default)]
pub struct Callback {
    pub code: Option<String>,
    pub state: Option<String>,
    pub error: Option<String>,
}

/// What disconnecting did.
#[derive(Debug, Clone, PartialEq)]
pub struct Disconnected {
    pub account: Account,
    /// What became of our access at Google. The tokens are deleted here in any case.
    pub revocation: Revocation,
    pub messages_kept: i64,
}

/// Begins: returns where to send the browser.
///
/// # Errors
/// `Gmail OAuth is not configured (missing …)`.
pub async fn start(d: &Domain, binding: &Binding) -> Result<Url, Problem> {
    let request = d.oauth.authorization_request().map_err(not_begun)?;
    let url = Url::parse(&request.url).map_err(|error| Problem::internal(&error))?;
    let now = d.clock.now();
    let stored = OauthRequest {
        user_id: binding.user,
        session_binding: binding.session.clone(),
        pkce_verifier: request.pkce_verifier,
        expires_at: now + REQUEST_LIFE,
    };
    d.store.put_oauth_request(&request.state, stored, now).await?;
    tracing::info!(user = %binding.user, "Gmail consent begun");
    Ok(url)
}

fn not_begun(error: OAuthError) -> Problem {
    match error {
        OAuthError::ServerConfig(setup) => Problem::unavailable(UnavailableCode::GmailSetup(setup)),
        error => Problem::internal(&error),
    }
}

/// Ends: exchanges the code, learns the address, and stores the account. `caller` is who the browser that came back is
/// signed in as.
///
/// # Errors
/// The [`ConsentRefusal`] for the Integrations page; the details are in the log.
pub async fn finish(d: &Domain, callback: Callback, caller: Option<&Binding>) -> Result<Connected, ConsentRefusal> {
    let result = try_finish(d, callback, caller).await;
    match &result {
        Ok(done) => tracing::info!(account = %done.account, is_off = done.is_off, "Gmail connected"),
        Err(reason) => tracing::warn!(%reason, "Gmail not connected"),
    }
    result
}

async fn try_finish(d: &Domain, callback: Callback, caller: Option<&Binding>) -> Result<Connected, ConsentRefusal> {
    let state = present(callback.state).ok_or(ConsentRefusal::MissingState)?;
    // Taking the request out comes first: whatever happens below, this state is used up.
    let request = d.store.take_oauth_request(&state).await.map_err(persist)?.ok_or(ConsentRefusal::InvalidState)?;
    if request.expires_at <= d.clock.now() || !caller.is_some_and(|caller| is_same(&request, caller)) {
        return Err(ConsentRefusal::InvalidState);
    }
    if let Some(error) = present(callback.error) {
        tracing::info!(error = %error.chars().take(100).collect::<String>(), "Google sent the browser back with an error");
        return Err(declined(&error));
    }
    let code = present(callback.code).ok_or(ConsentRefusal::MissingCode)?;
    let owner = d.store.user(request.user_id).await.map_err(persist)?.ok_or(ConsentRefusal::MissingOwner)?.user;

    let grant = d.oauth.exchange_code(&code, &request.pkce_verifier).await.map_err(refused)?;
    let address = d.oauth.profile_address(&grant.access_token).await.map_err(refused)?.to_lowercase();
    let scopes = grant.scopes.clone().unwrap_or_else(|| d.settings.google.scopes.clone());
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: Some(d.settings.google.scopes.clone()) },
        owner: Some(owner.id),
        address: &address,
        display_name: &format!("Gmail – {address}"),
        tokens: Some(tokens(&grant, &scopes)),
        auth: None,
        imap: None,
    };
    let by = if request.session_binding.starts_with(Binding::COMMAND_LINE) {
        Actor { user: Some(owner.id), ..Actor::command_line() }
    } else {
        Actor::page(owner.id)
    };
    let connected = d.store.connect_account(connect, Act { by, at: d.clock.now() }).await.map_err(persist)?;
    d.work.notify_one();
    Ok(connected)
}

/// Why Google sent no code: RFC 6749, section 4.1.2.1, and Google's "Authorization errors".
fn declined(error: &str) -> ConsentRefusal {
    match error {
        "access_denied" => ConsentRefusal::AccessDenied,
        "admin_policy_enforced" | "org_internal" => ConsentRefusal::BlockedByAdmin,
        "server_error" | "temporarily_unavailable" => ConsentRefusal::GoogleUnavailable,
        _ => ConsentRefusal::GoogleRefused,
    }
}

fn tokens<'a>(grant: &'a TokenGrant, scopes: &'a [String]) -> Tokens<'a> {
    Tokens {
        access_token: &grant.access_token,
        refresh_token: grant.refresh_token.as_ref(),
        expires_in: grant.expires_in.and_then(|lifetime| TimeDelta::from_std(lifetime).ok()),
        scopes,
    }
}

/// A state that a browser session asked for works in that session alone. One that an API token asked for also works in
/// a browser of the same person, because a script cannot follow Google's pages.
fn is_same(request: &OauthRequest, caller: &Binding) -> bool {
    caller.user == request.user_id
        && (caller.session == request.session_binding || request.session_binding.starts_with("t:"))
}

fn present(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty())
}

fn persist(error: StoreError) -> ConsentRefusal {
    tracing::error!(%error, "the Gmail account could not be stored");
    ConsentRefusal::PersistFailed
}

fn refused(error: OAuthError) -> ConsentRefusal {
    tracing::warn!(%error, "Google did not give access");
    error.reason()
}

/// Disconnects: asks Google to void the tokens, then deletes them here. The mail already stored stays. An account of the
/// service account has no consent that Google could void, and an IMAP mailbox only a password, which is deleted here.
///
/// # Errors
/// `integration_account_not_found`, or `disconnect_not_supported_for_provider`.
pub async fn disconnect(d: &Domain, by: Actor, account: AccountId) -> Result<Disconnected, Problem> {
    let found = accounts::get(d, account).await?;
    let revocation = match (found.provider_code.parse(), found.meta.auth) {
        // No person gave a consent that could be taken back.
        (Ok(Provider::Gmail), Some(AccountAuth::ServiceAccount)) => Revocation::NotNeeded,
        (Ok(Provider::Gmail), None) => revoke(d, account).await,
        // A password is not ours to make void.
        (Ok(Provider::Imap), _) => Revocation::NotNeeded,
        (Ok(Provider::Mbox) | Err(_), _) => {
            return Err(Problem::invalid("account", InvalidCode::DisconnectUnsupported));
        }
    };
    let act = Act { by, at: d.clock.now() };
    let account = d.store.disconnect_account(account, revocation, act).await?.ok_or_else(accounts::not_found)?;
    tracing::info!(%by, account = %account.id, %revocation, "disconnected");
    Ok(Disconnected { messages_kept: account.counts.messages, account, revocation })
}

/// Ends what is alive of our access. Revoking a refresh token voids the access tokens with it (Google, "Revoking a token"); where
/// Google no longer knows it, a later consent without one may still live in the access token.
async fn revoke(d: &Domain, account: AccountId) -> Revocation {
    let stored = match d.store.credentials(account).await {
        Ok(stored) => stored,
        Err(error) => {
            tracing::warn!(%account, %error, "the stored tokens cannot be read, so they cannot be revoked");
            return Revocation::Unconfirmed;
        }
    };
    let (refresh, access) = stored.map(|stored| (stored.refresh_token, stored.access_token)).unwrap_or_default();
    // Whether it is certain that no grant is left: not where all we had was an access token that has run out.
    let mut is_over = false;
    for (token, is_refresh) in [(refresh, true), (access, false)] {
        let Some(token) = token else { continue };
        match d.oauth.revoke(&token).await {
            Ok(Revoked::Now) => return Revocation::Confirmed,
            Ok(Revoked::Unknown) => is_over |= is_refresh,
            Err(error) => {
                tracing::warn!(%account, %error, "the tokens are deleted here, but Google did not confirm the revocation");
                return Revocation::Unconfirmed;
            }
        }
    }
    if is_over { Revocation::Confirmed } else { Revocation::Unconfirmed }
}
