//! How things stand: everything that a page shows, in one call.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::{DateTime, Utc};

use crate::{
    Domain,
    accounts::{self, Found, Wanted},
    ai_settings, auth, jobs, monitor,
    room::{self, Room},
    runs,
    store::{Queues, Senders},
    sync,
    types::{
        Account, AccountId, AccountProblem, AccountStatus, AiProvider, ApiToken, AttachmentCounts, JobFilter, JobState,
        JobView, MonitorStatus, OwnKeys, PairCounts, PairFilter, Problem, Provider, RunId, SyncFailure, SyncRun, User,
    },
};

/// What the overview shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// See [`mark`].
    pub mark: String,
    pub accounts: i64,
    pub active: i64,
    /// Accounts that wait for a person, e.g. to reconnect.
    pub needing: i64,
    /// Those that somebody disconnected or switched off.
    pub off: i64,
    /// The first of those that need somebody, and after them of those that wait.
    pub attention: Vec<Account>,
    /// How many more there are.
    pub attention_more: usize,
    /// The room on the server's disk, where that is known.
    pub room: Option<Room>,
    pub pairs: PairCounts,
    /// The AI providers that can be called.
    pub ai: Vec<AiProvider>,
    /// The jobs of which an attempt failed, the newest first.
    pub failing: Vec<JobView>,
}

/// Counts accounts and pairs, and says which AI providers are set up.
///
/// # Errors
/// When the database cannot be read.
pub async fn overview(d: &Domain) -> Result<Overview, Problem> {
    let mark = mark(d, None).await?;
    let accounts = accounts::list(d, None, None).await?;
    let pairs = d.store.pair_counts(&PairFilter::default()).await?;
    let ai = ai_settings::list(d).await?.into_iter().filter(AiProvider::is_set).collect();
    let failing = |job: &JobView| job.error.is_some() && job.state != JobState::Running;
    let failing = d.store.list_jobs(JobFilter::default()).await?.into_iter().filter(failing).take(FAILING).collect();
    let count = |is: &dyn Fn(&Account) -> bool| number(accounts.iter().filter(|account| is(account)).count());
    let is_off = |account: &Account| {
        account.status == AccountStatus::Disabled || account.meta.problem == Some(AccountProblem::Disconnected)
    };
    let (attention, attention_more) = attention(&accounts, d.clock.now());
    Ok(Overview {
        mark,
        accounts: number(accounts.len()),
        active: count(&|account| account.status == AccountStatus::Active),
        needing: count(&accounts::needs_somebody),
        off: count(&is_off),
        attention,
        attention_more,
        room: room::room(&d.settings),
        pairs,
        ai,
        failing,
    })
}

/// So many failing jobs are shown; all are on the page of jobs.
const FAILING: usize = 3;

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// So many accounts that need somebody are shown with what to do; the others are counted.
const ATTENTION: usize = 3;

/// The first accounts that need somebody, have mail without a pair, or wait, and how many more there are.
fn attention(accounts: &[Account], now: DateTime<Utc>) -> (Vec<Account>, usize) {
    let needing = accounts.iter().filter(|account| accounts::needs_somebody(account));
    let pairless = accounts.iter().filter(|account| account.found_no_pairs());
    let waiting = accounts.iter().filter(|account| accounts::waits(account, now));
    let mut all: Vec<&Account> = needing.chain(pairless).chain(waiting).collect();
    let more = all.len().saturating_sub(ATTENTION);
    all.truncate(ATTENTION);
    (all.into_iter().cloned().collect(), more)
}

/// What every page shows around itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Navigation {
    /// For an admin; 0 for anybody else.
    pub accounts: i64,
    /// Pairs that nobody has decided about: for an admin; 0 for anybody else.
    pub to_review: i64,
    /// Conversations that need a reply: for whom they are; 0 for anybody else.
    pub needs_reply: i64,
    /// Those of the review, for whom it is.
    pub keys: OwnKeys,
}

/// Reads what every page of somebody shows around itself.
///
/// # Errors
/// When the database cannot be read.
pub async fn navigation(d: &Domain, user: &User) -> Result<Navigation, Problem> {
    if !user.can_review() {
        return Ok(Navigation::default());
    }
    let (accounts, to_review, needs_reply) = d.store.navigation_counts().await?;
    let (accounts, to_review) = if user.is_admin() { (accounts, to_review) } else { (0, 0) };
    let keys = d.store.review_keys(user.id).await?;
    Ok(Navigation { accounts, to_review, needs_reply, keys })
}

/// What the page of all accounts shows.
#[derive(Debug, Clone)]
pub struct Integrations {
    /// See [`mark`]; taken before all else, so that what happens meanwhile is not missed.
    pub mark: String,
    pub accounts: Vec<Account>,
    /// Those that are listed.
    pub found: Found,
    /// The first of those that need somebody or wait, and how many more there are.
    pub attention: Vec<Account>,
    pub attention_more: usize,
    /// The runs that are not over, of all accounts.
    pub open: Vec<SyncRun>,
    pub monitor: MonitorStatus,
    pub attachments: BTreeMap<AccountId, AttachmentCounts>,
    /// Work in the background that waits, runs or has failed.
    pub jobs: Vec<JobView>,
    /// The room on the server's disk, where that is known.
    pub room: Option<Room>,
}

/// The accounts with what goes on and what is stored of each; of those that are `wanted` one page is listed.
///
/// # Errors
/// When the database cannot be read.
pub async fn integrations(d: &Domain, wanted: &Wanted) -> Result<Integrations, Problem> {
    let mark = mark(d, None).await?;
    let accounts = accounts::list(d, None, None).await?;
    let now = d.clock.now();
    let (attention, attention_more) = attention(&accounts, now);
    Ok(Integrations {
        mark,
        found: accounts::find(&accounts, wanted, now),
        attention,
        attention_more,
        accounts,
        open: runs::open(d, None).await?,
        monitor: monitor::status(d).await?,
        attachments: d.store.attachment_counts().await?.into_iter().collect(),
        jobs: jobs::list(d, JobFilter::default()).await?,
        room: room::room(&d.settings),
    })
}

/// What the page of one account shows.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// See [`mark`].
    pub mark: String,
    pub account: Account,
    pub monitor: MonitorStatus,
    /// Since when all of its mail is here: see [`sync::covered_since`].
    pub covered_since: Option<DateTime<Utc>>,
    /// Who writes in it, where its addresses are ours to name.
    pub senders: Option<Senders>,
    /// The runs that are not over.
    pub open: Vec<SyncRun>,
    /// The newest runs, the latest first.
    pub recent: Vec<SyncRun>,
    /// The messages that were set aside.
    pub failures: Vec<SyncFailure>,
    /// How many conversations it sees.
    pub threads: i64,
    /// The room on the server's disk, where that is known.
    pub room: Option<Room>,
}

/// One account with its newest `runs` runs, and as many as `failures` of the messages that were set aside.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn account(d: &Domain, id: AccountId, runs: i64, failures: i64) -> Result<AccountPage, Problem> {
    let mark = mark(d, Some(id)).await?;
    let account = accounts::get(d, id).await?;
    let senders = match account.provider_code == Provider::Gmail.as_str() {
        true => None,
        false => Some(accounts::senders(d, id).await?),
    };
    Ok(AccountPage {
        mark,
        account,
        senders,
        monitor: monitor::status(d).await?,
        covered_since: sync::covered_since(d, id).await?,
        open: runs::open(d, Some(id)).await?,
        recent: runs::recent(d, id, runs).await?,
        failures: d.store.list_failures(id, failures).await?,
        threads: d.store.threads_of_account(id).await?,
        room: room::room(&d.settings),
    })
}

/// What stands for the runs and the needs of one account, or of all: it changes when a run begins or ends, and when an account comes
/// to need something else. For a page that is open, to know whether it is still true.
///
/// # Errors
/// `integration_account_not_found`.
pub async fn mark(d: &Domain, account: Option<AccountId>) -> Result<String, Problem> {
    let accounts = d.store.account_marks(account).await?;
    if account.is_some() && accounts.is_empty() {
        return Err(accounts::not_found());
    }
    let mut hasher = DefaultHasher::new();
    accounts.hash(&mut hasher);
    let mut open: Vec<RunId> = d.store.open_runs(account).await?.iter().map(|run| run.id).collect();
    open.sort_unstable();
    open.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// What belongs to a person.
#[derive(Debug, Clone)]
pub struct Belongings {
    pub accounts: Vec<Account>,
    pub tokens: Vec<ApiToken>,
    /// Those of everybody else, for an admin.
    pub others_tokens: Vec<ApiToken>,
    /// The addresses of some admins, for who is none: whom to ask.
    pub admins: Vec<String>,
}

/// So many admins are named where people are told whom to ask.
const ADMINS_NAMED: usize = 3;

/// The accounts that a person connected, and their personal API tokens; for an admin, those of the others besides, and for anybody
/// else who the admins are.
///
/// # Errors
/// When the database cannot be read.
pub async fn belongings(d: &Domain, user: &User) -> Result<Belongings, Problem> {
    let (all, people) = if user.is_admin() {
        (auth::list_all_api_tokens(d).await?, Vec::new())
    } else {
        (Vec::new(), auth::list_users(d).await?)
    };
    let admins = people.into_iter().filter(|person| person.active && person.is_admin()).map(|admin| admin.email);
    Ok(Belongings {
        admins: admins.take(ADMINS_NAMED).collect(),
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
