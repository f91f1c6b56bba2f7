//! Everything one process has open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    ai,
    attachments::Fetching,
    clock::{SharedClock, SystemClock},
    files,
    gmail::{Governor, OAuth, ProjectQuota, QuotaLimits, project_units},
    health,
    knowledge::{Loading, Shelves},
    net,
    pairs::KnownChoices,
    passwords::Passwords,
    runs,
    settings::Settings,
    store::{self, Limits, Store},
    sync::Mailboxes,
    threads::Documents,
    types::AccountId,
};

/// The database, the clients and the settings: what the pages, the REST API, the worker and the command line share.
pub struct Domain {
    pub settings: Arc<Settings>,
    pub store: Store,
    pub clock: SharedClock,
    pub oauth: OAuth,
    pub(crate) http: reqwest::Client,
    /// For language models, which think before they answer.
    pub(crate) model_http: reqwest::Client,
    /// The same for addresses that people entered: it reaches public ones alone.
    pub(crate) public_http: reqwest::Client,
    project_quota: Arc<ProjectQuota>,
    /// One governor per account: every run and every call of that account spends from the same allowance.
    governors: Mutex<HashMap<AccountId, Arc<Governor>>>,
    /// Mailboxes that are open for people who wait.
    pub(crate) mailboxes: Mailboxes,
    /// Messages of which parts are being fetched for people who wait.
    pub(crate) fetching: Fetching,
    /// Sanitised mail that was looked at lately.
    pub(crate) documents: Documents,
    /// Wakes the worker when there is something to do before its next round.
    pub(crate) work: tokio::sync::Notify,
    /// Runs that are going on.
    pub(crate) tasks: TaskTracker,
    /// Runs that wait for the database.
    pub(crate) waits: runs::Waits,
    pub(crate) passwords: Passwords,
    pub(crate) last_look: health::LastLook,
    /// What every open pair offers.
    pub(crate) choices: KnownChoices,
    /// The index of past cases.
    pub(crate) knowledge: Shelves,
    /// The model on this machine that makes vectors, once it was needed.
    pub(crate) local_model: Loading,
    /// Cancelled when the process is to stop.
    pub(crate) stop: CancellationToken,
}

impl std::fmt::Debug for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Domain").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Why the domain could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] store::OpenError),
    #[error("TLS cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

impl Domain {
    /// Opens and migrates the database and checks that `SECRET_KEY` fits it.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(settings: Settings) -> Result<Arc<Self>, OpenError> {
        Self::open_with(settings, Arc::new(SystemClock)).await
    }

    /// As [`Domain::open`], with another clock.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_with(settings: Settings, clock: SharedClock) -> Result<Arc<Self>, OpenError> {
        let limits = Limits::for_lease(settings.sync.lease);
        Self::open_within(limits, settings, clock).await
    }

    /// As [`Domain::open_with`], with other limits for the database.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_within(limits: Limits, settings: Settings, clock: SharedClock) -> Result<Arc<Self>, OpenError> {
        let store = Store::open_within(limits, &settings.database_url, settings.cipher(), clock.as_ref()).await?;
        let http = net::client(net::Limits::default())?;
        let project_units = project_units(settings.sync.quota_units_per_minute);
        Ok(Arc::new(Self {
            oauth: OAuth::new(settings.google.clone(), http.clone()),
            model_http: net::client(ai::LIMITS)?,
            public_http: net::public_client(ai::LIMITS)?,
            settings: Arc::new(settings),
            store,
            clock,
            http,
            project_quota: Arc::new(ProjectQuota::new(QuotaLimits::per_minute(project_units))),
            governors: Mutex::default(),
            mailboxes: Mailboxes::default(),
            fetching: Fetching::default(),
            documents: Documents::default(),
            work: tokio::sync::Notify::new(),
            tasks: TaskTracker::new(),
            waits: runs::Waits::default(),
            passwords: Passwords::default(),
            last_look: health::LastLook::default(),
            choices: KnownChoices::default(),
            knowledge: Shelves::default(),
            local_model: Loading::default(),
            stop: CancellationToken::new(),
        }))
    }

    /// Which database is open: `sqlite` or `postgres`.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        self.store.backend()
    }

    /// Warns of files that hold mail and that other users of this machine may read, where there are any.
    pub fn warn_of_exposed_files(&self) {
        let mut paths = vec![self.settings.data_dir.clone(), self.settings.uploads_folder()];
        paths.extend(self.store.files());
        let exposed = files::exposed(&paths);
        if let Some(first) = exposed.first() {
            tracing::warn!(
                first = %first.display(), number = exposed.len(),
                "other users of this machine may read or change files with mail in them: `chmod -R go= {}`",
                self.settings.data_dir.display()
            );
        }
    }

    /// Asks every run to stop at its next safe place. What is not done is on record and goes on at the next start.
    pub fn stop_runs(&self) {
        self.stop.cancel();
    }

    /// Stops every run, waits until they have, and closes the database.
    pub async fn shutdown(&self) {
        self.stop_runs();
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
    }

    /// The governor of an account's Gmail quota.
    pub(crate) fn governor(&self, account: AccountId) -> Arc<Governor> {
        let mut governors = self.governors.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(governors.entry(account).or_insert_with(|| self.new_governor()))
    }

    /// A governor for a mailbox that is no account yet; it spends from the project's allowance like all others.
    pub(crate) fn new_governor(&self) -> Arc<Governor> {
        let limits = QuotaLimits::per_minute(self.settings.sync.quota_units_per_minute);
        Arc::new(Governor::within(limits, Arc::clone(&self.project_quota)))
    }
}
