//! Talking to Google: consent and tokens ([`oauth`], [`service_account`]), the Gmail API ([`client`]), the quota it is
//! metered by ([`quota`]), and one taxonomy for everything that can go wrong ([`error`]).
//!
//! Nothing here stores anything: tokens come in through [`AccessTokens`] and go out as
//! [`secrecy::SecretString`].

mod client;
mod config;
mod error;
mod oauth;
mod quota;
mod service_account;
mod wire;

pub use client::{AccessTokens, GmailClient, TokenFuture};
pub use config::{
    DEFAULT_AUTH_URL, DEFAULT_GMAIL_API_BASE_URL, DEFAULT_REVOKE_URL, DEFAULT_TOKEN_URL, DEFAULT_USERINFO_URL,
    GoogleConfig, SCOPE_GMAIL_READONLY,
};
pub use error::{GmailError, GmailErrorKind};
pub use oauth::{AuthorizationRequest, OAuth, OAuthError, Revoked, TokenGrant};
pub use quota::{
    Governor, Method, ProjectQuota, QuotaBlocked, QuotaLimits, QuotaStatus, QuotaWait, USER_UNITS_PER_MINUTE,
    WaitReason, project_units,
};
pub use service_account::ServiceAccount;
pub use wire::{
    GmailThread, HistoryChange, HistoryPage, HistoryRecord, HistoryRef, MessagePage, MessageRef, Profile, SendAs,
};
