//! How things stand: everything that a page shows, in one call.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    Domain, accounts, ai_settings, monitor, runs,
    store::Queues,
    sync,
    types::{
        Account, AccountId, AccountStatus, AttachmentCounts, MonitorStatus, PairCounts, PairFilter, Problem,
        SyncFailure, SyncRun,
    },
};

/// What the overview shows, and the numbers beside the navigation.
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

/// What the page of all accounts shows.
#[derive(Debug, Clone)]
pub struct Integrations {
    pub accounts: Vec<Account>,
    /// The runs that are not over, of all accounts.
    pub open: Vec<SyncRun>,
    pub monitor: MonitorStatus,
    pub attachments: BTreeMap<AccountId, AttachmentCounts>,
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
        recent: d.store.recent_runs(id, runs).await?,
        failures: d.store.list_failures(id, failures).await?,
    })
}

/// How long the queues are and what the runs are at, for those who watch the server.
///
/// # Errors
/// When the database cannot be read.
pub async fn queues(d: &Domain) -> Result<Queues, Problem> {
    Ok(d.store.queues().await?)
}
