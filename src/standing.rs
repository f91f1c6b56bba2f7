//! How things stand: everything that a page shows, in one call.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::{DateTime, Utc};

use crate::{
    Domain, accounts, ai_settings, auth, jobs, monitor, runs,
    store::Queues,
    sync,
    types::{
        Account, AccountId, AccountProblem, AccountStatus, ApiToken, AttachmentCounts, JobFilter, JobView,
        MonitorStatus, PairCounts, PairFilter, Problem, SyncFailure, SyncRun, User,
    },
};

/// What the overview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub accounts: i64,
    pub active: i64,
    /// Accounts that wait for a person, e.g. to reconnect.
    pub needing: i64,
    pub pairs: PairCounts,
    pub has_api_key: bool,
    pub model_default: Option<String>,
}

/// Counts accounts and pairs, and says whether a key is stored.
///
/// # Errors
/// When the database cannot be read.
pub async fn overview(d: &Domain) -> Result<Overview, Problem> {
    let accounts = accounts::list(d, None, None).await?;
    let pairs = d.store.pair_counts(&PairFilter::default()).await?;
    let provider = ai_settings::get_openai(d).await?;
    let with =
        |status| i64::try_from(accounts.iter().filter(|account| account.status == status).count()).unwrap_or(i64::MAX);
    Ok(Overview {
        accounts: i64::try_from(accounts.len()).unwrap_or(i64::MAX),
        active: with(AccountStatus::Active),
        needing: with(AccountStatus::Error),
        pairs,
        has_api_key: provider.has_api_key,
        model_default: provider.model_default,
    })
}

/// The numbers beside the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Navigation {
    pub accounts: i64,
    /// Pairs that nobody has decided about.
    pub to_review: i64,
}

/// Counts what every page of an admin shows beside its links, by one statement.
///
/// # Errors
/// When the database cannot be read.
pub async fn navigation(d: &Domain) -> Result<Navigation, Problem> {
    let (accounts, to_review) = d.store.navigation_counts().await?;
    Ok(Navigation { accounts, to_review })
}

/// What the page of all accounts shows.
#[derive(Debug, Clone)]
pub struct Integrations {
    pub accounts: Vec<Account>,
    /// The runs that are not over, of all accounts.
    pub open: Vec<SyncRun>,
    pub monitor: MonitorStatus,
    pub attachments: BTreeMap<AccountId, AttachmentCounts>,
    /// Work in the background that waits, runs or has failed.
    pub jobs: Vec<JobView>,
}

/// The accounts with what goes on and what is stored of each.
///
/// # Errors
/// When the database cannot be read.
pub async fn integrations(d: &Domain) -> Result<Integrations, Problem> {
    Ok(Integrations {
        accounts: accounts::list(d, None, None).await?,
        open: runs::open(d, None).await?,
        monitor: monitor::status(d).await?,
        attachments: d.store.attachment_counts().await?.into_iter().collect(),
        jobs: jobs::list(d, JobFilter::default()).await?,
    })
}

/// What the page of one account shows.
#[derive(Debug, Clone)]
pub struct AccountPage {
    pub account: Account,
    pub monitor: MonitorStatus,
    /// Since when all of its mail is here: see [`sync::covered_since`].
    pub covered_since: Option<DateTime<Utc>>,
    /// The runs that are not over.
    pub open: Vec<SyncRun>,
    /// The newest runs, the latest first.
    pub recent: Vec<SyncRun>,
    /// The messages that were set aside.
    pub failures: Vec<SyncFailure>,
}

/// One account with its newest `runs` runs, and as many as `failures` of the messages that were set aside.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn account(d: &Domain, id: AccountId, runs: i64, failures: i64) -> Result<AccountPage, Problem> {
    Ok(AccountPage {
        account: accounts::get(d, id).await?,
        monitor: monitor::status(d).await?,
        covered_since: sync::covered_since(d, id).await?,
        open: runs::open(d, Some(id)).await?,
        recent: runs::recent(d, id, runs).await?,
        failures: d.store.list_failures(id, failures).await?,
    })
}

/// What stands for the runs and the needs of accounts: it changes when a run begins or ends, and when an account comes to need
/// something else. For a page that is open, to know whether it is still true.
#[must_use]
pub fn mark(accounts: &[Account], open: &[SyncRun]) -> String {
    let mut hasher = DefaultHasher::new();
    for account in accounts {
        let last_run = account.meta.last_sync_summary.as_ref().map(|summary| summary.run_id);
        let asked = account.meta.manual_resync_requested_at;
        (account.id, account.status.as_str(), last_run, asked, &account.not_before_reason).hash(&mut hasher);
        account.meta.problem.map(AccountProblem::as_str).hash(&mut hasher);
    }
    for run in open {
        run.id.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// The [`mark`] of one account, or of all, as they are now.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn mark_now(d: &Domain, account: Option<AccountId>) -> Result<String, Problem> {
    let accounts = match account {
        Some(id) => vec![accounts::get(d, id).await?],
        None => accounts::list(d, None, None).await?,
    };
    Ok(mark(&accounts, &runs::open(d, account).await?))
}

/// What belongs to a person.
#[derive(Debug, Clone)]
pub struct Belongings {
    pub accounts: Vec<Account>,
    pub tokens: Vec<ApiToken>,
    /// Those of everybody else, for an admin.
    pub others_tokens: Vec<ApiToken>,
}

/// The accounts that a person connected, and their personal API tokens; for an admin, those of the others besides.
///
/// # Errors
/// When the database cannot be read.
pub async fn belongings(d: &Domain, user: &User) -> Result<Belongings, Problem> {
    let all = if user.is_admin() { auth::list_all_api_tokens(d).await? } else { Vec::new() };
    Ok(Belongings {
        accounts: accounts::list(d, None, Some(user.id)).await?,
        tokens: auth::list_api_tokens(d, user.id).await?,
        others_tokens: all.into_iter().filter(|token| token.user_id != user.id).collect(),
    })
}

/// How long the queues are and what the runs are at, for those who watch the server.
///
/// # Errors
/// When the database cannot be read.
pub async fn queues(d: &Domain) -> Result<Queues, Problem> {
    Ok(d.store.queues().await?)
}
