//! An account's access token: the stored one while it is good, a refreshed or newly granted one otherwise.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Domain,
    gmail::{AccessTokens, GmailError, TokenFuture, TokenGrant},
    store::{Credentials, FreshToken},
    types::{AccountAuth, AccountId},
};

/// A token that ends sooner than this is refreshed before it is used.
const MARGIN: TimeDelta = TimeDelta::seconds(60);

/// The tokens of one account, as stored.
pub(super) struct StoredTokens {
    domain: Arc<Domain>,
    account: AccountId,
    /// One refresh at a time; who comes second finds the fresh token stored.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("the account has no stored credentials; connect it again")]
    Missing,
    #[error("Google gave no refresh token when the account was connected; connect it again")]
    NoRefreshToken,
}

impl StoredTokens {
    pub(super) fn new(domain: Arc<Domain>, account: AccountId) -> Self {
        Self { domain, account, refreshing: tokio::sync::Mutex::default() }
    }

    async fn stored(&self) -> Result<Credentials, GmailError> {
        self.domain
            .store
            .credentials(self.account)
            .await
            .map_err(GmailError::credentials)?
            .ok_or_else(|| GmailError::credentials(TokenError::Missing))
    }

    fn is_fresh(&self, credentials: &Credentials) -> bool {
        credentials.expires_at.is_none_or(|at| at - self.domain.clock.now() > MARGIN)
    }

    async fn refresh(&self, credentials: &Credentials) -> Result<SecretString, GmailError> {
        let grant = match &credentials.refresh_token {
            Some(refresh_token) => self.domain.oauth.refresh(refresh_token).await?,
            None => self.delegated().await?,
        };
        let now = self.domain.clock.now();
        let fresh = FreshToken {
            access_token: &grant.access_token,
            expires_at: grant.expires_in.and_then(|life| TimeDelta::from_std(life).ok()).map(|life| now + life),
            refresh_token: grant.refresh_token.as_ref(),
        };
        self.domain.store.save_fresh_token(credentials.id, fresh, now).await.map_err(GmailError::credentials)?;
        tracing::info!(account = %self.account, "access token refreshed");
        Ok(grant.access_token)
    }

    /// A token by the service account, for an account that was enrolled that way.
    async fn delegated(&self) -> Result<TokenGrant, GmailError> {
        let account = self.domain.store.account(self.account).await.map_err(GmailError::credentials)?;
        let account = account.filter(|account| account.meta.auth == Some(AccountAuth::ServiceAccount));
        let account =
            account.ok_or_else(|| GmailError::InvalidGrant { description: TokenError::NoRefreshToken.to_string() })?;
        Ok(self.domain.oauth.delegated_token(&account.external_account_id, self.domain.clock.now()).await?)
    }
}

impl AccessTokens for StoredTokens {
    fn current(&self) -> TokenFuture<'_> {
        Box::pin(async move {
            let _one_at_a_time = self.refreshing.lock().await;
            let credentials = self.stored().await?;
            match &credentials.access_token {
                Some(token) if self.is_fresh(&credentials) => Ok(token.clone()),
                _ => self.refresh(&credentials).await,
            }
        })
    }

    fn refresh_after_unauthorized<'a>(&'a self, rejected: &'a SecretString) -> TokenFuture<'a> {
        Box::pin(async move {
            let _one_at_a_time = self.refreshing.lock().await;
            let credentials = self.stored().await?;
            match &credentials.access_token {
                Some(token) if token.expose_secret() != rejected.expose_secret() => Ok(token.clone()),
                _ => self.refresh(&credentials).await,
            }
        })
    }
}
