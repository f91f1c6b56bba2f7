//! Enrolling mailboxes of a Google Workspace: the service account reads them, nobody has to consent.
//!
//! A mailbox is stored only after Google gave a token for it and its profile was read.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use secrecy::SecretString;

use crate::{
    Domain, accounts,
    gmail::{AccessTokens, GmailClient, GmailError, GmailErrorKind, ServiceAccount, TokenFuture, TokenGrant},
    mail::is_address,
    net::{Priority, RetryPolicy},
    store::{Act, ConnectAccount, ProviderSeed, StoreError, Tokens},
    types::{
        Account, AccountAuth, AccountId, AccountProblem, Actor, EnrollFailure, EnrollReason, EnrollRefusal,
        EnrollReport, EnrolledMailbox, Enrollment, InvalidCode, NotFoundCode, Problem, Provider, UnavailableCode,
        UserId,
    },
};

/// Mailboxes that are asked about at once.
const AT_ONCE: usize = 4;
/// Somebody waits for the answer.
const PATIENCE: RetryPolicy = RetryPolicy {
    first_wait: std::time::Duration::from_secs(1),
    max_wait: std::time::Duration::from_secs(4),
    max_attempts: 3,
    max_total: std::time::Duration::from_secs(15),
    max_retry_after: std::time::Duration::from_secs(10),
};

/// What there was to do about a mailbox.
enum Done {
    Enrolled(AccountId),
    AlreadyThere(AccountId),
}

/// Enrolls one mailbox. One that is connected and in order stays as it is; one that needs a person is verified and brought back.
///
/// # Errors
/// `service_account_not_configured`, `email_invalid`, `address_not_in_domain`, `user_not_found` for the owner; otherwise
/// an [`EnrollRefusal`], as [`Problem::Unavailable`] where trying again may help.
pub async fn enroll(d: &Domain, by: Actor, email: &str, owner: Option<UserId>) -> Result<Enrollment, Problem> {
    let service = service(d)?;
    let email = email.trim().to_lowercase();
    if !is_address(&email) {
        return Err(Problem::invalid("email", InvalidCode::EmailInvalid));
    }
    if !service.covers(&email) {
        return Err(Problem::invalid("email", InvalidCode::AddressNotInDomain));
    }
    let owner = match owner {
        Some(owner) => Some(d.store.user(owner).await?.ok_or_else(|| Problem::not_found(NotFoundCode::User))?.user.id),
        None => d.store.user_by_email(&email).await?.map(|found| found.user.id).or(by.user),
    };
    let accounts = d.store.list_accounts(Some(Provider::Gmail.as_str()), None).await?;
    let existing = accounts.iter().find(|account| account.external_account_id == email);
    let (enrolled, id) = match enroll_one(d, &email, existing, owner, by).await {
        Ok(Done::Enrolled(id)) => (true, id),
        Ok(Done::AlreadyThere(id)) => (false, id),
        Err(refusal) => {
            return Err(match refusal.reason {
                EnrollReason::Unreachable | EnrollReason::NotStored => {
                    Problem::unavailable(UnavailableCode::Enroll(refusal))
                }
                EnrollReason::Delegation
                | EnrollReason::Clock
                | EnrollReason::NoMailbox
                | EnrollReason::Alias
                | EnrollReason::Disconnected
                | EnrollReason::Refused => Problem::invalid("email", InvalidCode::Enroll(refusal)),
            });
        }
    };
    if enrolled {
        d.work.notify_one();
    }
    Ok(Enrollment { enrolled, account: accounts::get(d, id).await? })
}

/// Enrolls the mailbox of every active person whose address lies in the Workspace, and brings back those that the service
/// account reads already and that need a person. What somebody disconnected stays disconnected.
///
/// # Errors
/// `service_account_not_configured`, or when the database cannot be used. What is wrong with one mailbox is in the report.
pub async fn enroll_all(d: &Domain, by: Actor) -> Result<EnrollReport, Problem> {
    let service = service(d)?;
    let accounts = d.store.list_accounts(Some(Provider::Gmail.as_str()), None).await?;
    let known: HashMap<&str, &Account> =
        accounts.iter().map(|account| (account.external_account_id.as_str(), account)).collect();
    let users = d.store.list_users().await?;
    let mut wanted: Vec<(String, Option<UserId>)> = users
        .into_iter()
        .filter(|user| user.active && service.covers(&user.email))
        .map(|user| (user.email, Some(user.id)))
        .collect();
    for account in accounts.iter().filter(|account| waits_for_service(account)) {
        let email = &account.external_account_id;
        if service.covers(email) && !wanted.iter().any(|(wanted, _)| wanted == email) {
            wanted.push((email.clone(), account.owner_user_id.or(by.user)));
        }
    }
    let answers = stream::iter(wanted).map(|(email, owner)| {
        let existing = known.get(email.as_str()).copied();
        async move {
            let done = match existing {
                Some(account) if account.meta.problem == Some(AccountProblem::Disconnected) => Err(EnrollRefusal {
                    reason: EnrollReason::Disconnected,
                    detail: "somebody disconnected this mailbox; enroll it individually to bring it back".to_owned(),
                    said: None,
                }),
                existing => enroll_one(d, &email, existing, owner, by).await,
            };
            (email, done)
        }
    });
    let mut report = EnrollReport::default();
    let mut answers = std::pin::pin!(answers.buffered(AT_ONCE));
    while let Some((email, done)) = answers.next().await {
        match done {
            Ok(Done::Enrolled(account_id)) => report.enrolled.push(EnrolledMailbox { email, account_id }),
            Ok(Done::AlreadyThere(account_id)) => report.already_there.push(EnrolledMailbox { email, account_id }),
            Err(EnrollRefusal { reason, detail, .. }) => report.failed.push(EnrollFailure { email, reason, detail }),
        }
    }
    if !report.enrolled.is_empty() {
        d.work.notify_one();
    }
    Ok(report)
}

fn service(d: &Domain) -> Result<&ServiceAccount, Problem> {
    let service = d.settings.google.service_account.as_ref();
    service.ok_or_else(|| Problem::invalid("email", InvalidCode::ServiceAccountMissing))
}

/// Whether the service account reads this mailbox and was stopped by something that a person may have mended by now.
fn waits_for_service(account: &Account) -> bool {
    account.meta.auth == Some(AccountAuth::ServiceAccount)
        && account.meta.problem.is_some_and(|problem| problem != AccountProblem::Disconnected)
}

async fn enroll_one(
    d: &Domain,
    email: &str,
    existing: Option<&Account>,
    owner: Option<UserId>,
    by: Actor,
) -> Result<Done, EnrollRefusal> {
    if let Some(account) = existing.filter(|account| account.meta.problem.is_none()) {
        return Ok(Done::AlreadyThere(account.id));
    }
    let grant = verified(d, email).await?;
    let scopes = grant.scopes.as_deref().unwrap_or(&d.settings.google.scopes);
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Gmail, default_scopes: Some(d.settings.google.scopes.clone()) },
        owner,
        address: email,
        display_name: &format!("Gmail – {email}"),
        tokens: Some(Tokens {
            access_token: &grant.access_token,
            refresh_token: None,
            expires_in: grant.expires_in.and_then(|lifetime| TimeDelta::from_std(lifetime).ok()),
            scopes,
        }),
        auth: Some(AccountAuth::ServiceAccount),
        imap: None,
    };
    let act = Act { by, at: d.clock.now() };
    let account = d.store.connect_account(connect, act).await.map_err(not_stored)?.account;
    tracing::info!(%by, %account, "mailbox enrolled");
    Ok(Done::Enrolled(account))
}

/// A token for the mailbox, with which its profile was read.
async fn verified(d: &Domain, email: &str) -> Result<TokenGrant, EnrollRefusal> {
    let grant = d.oauth.delegated_token(email, d.clock.now()).await.map_err(|error| refused(error.into()))?;
    let tokens = Arc::new(OneToken(grant.access_token.clone()));
    let client = GmailClient::new(d.http.clone(), &d.settings.google.api_base_url, tokens, d.new_governor())
        .map_err(|error| refused(GmailError::Protocol { what: format!("GMAIL_API_BASE_URL: {error}") }))?
        .with_priority(Priority::Interactive)
        .with_retry(PATIENCE);
    let address = client.profile().await.map_err(refused)?.email_address.trim().to_lowercase();
    if address == email {
        return Ok(grant);
    }
    Err(EnrollRefusal {
        reason: EnrollReason::Alias,
        detail: format!("this is another name of the mailbox {address}"),
        said: None,
    })
}

/// A token that was given a moment ago and is not stored yet.
struct OneToken(SecretString);

impl AccessTokens for OneToken {
    fn current(&self) -> TokenFuture<'_> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn refresh_after_unauthorized<'a>(&'a self, _: &'a SecretString) -> TokenFuture<'a> {
        Box::pin(async { Err(GmailError::Unauthorized) })
    }
}

fn refused(error: GmailError) -> EnrollRefusal {
    let reason = match error.kind() {
        GmailErrorKind::Delegation | GmailErrorKind::InsufficientScope => EnrollReason::Delegation,
        GmailErrorKind::Clock => EnrollReason::Clock,
        GmailErrorKind::NoMailbox => EnrollReason::NoMailbox,
        GmailErrorKind::RateLimited
        | GmailErrorKind::QuotaExhausted
        | GmailErrorKind::Server
        | GmailErrorKind::Transport
        | GmailErrorKind::Timeout
        | GmailErrorKind::Protocol => EnrollReason::Unreachable,
        GmailErrorKind::Unauthorized
        | GmailErrorKind::InvalidGrant
        | GmailErrorKind::ApiDisabled
        | GmailErrorKind::MailOff
        | GmailErrorKind::NotFound
        | GmailErrorKind::Rejected
        | GmailErrorKind::Credentials => EnrollReason::Refused,
    };
    tracing::warn!(%reason, %error, "a mailbox was not enrolled");
    EnrollRefusal { reason, detail: error.to_string(), said: error.said().map(ToOwned::to_owned) }
}

fn not_stored(error: StoreError) -> EnrollRefusal {
    // Logs the cause under an id.
    EnrollRefusal { reason: EnrollReason::NotStored, detail: Problem::from(error).to_string(), said: None }
}
