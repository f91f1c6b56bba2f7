//! Mailboxes that stay open for people who wait for something of them: one connection for an account, however many ask.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{source::SourceError, sources::Source};
use crate::{
    Domain,
    net::Priority,
    types::{Account, AccountId},
};

/// How long a mailbox stays open for the next one who asks.
const IDLE: Duration = Duration::from_secs(60);

/// The open mailboxes of this process.
#[derive(Default)]
pub(crate) struct Mailboxes(Mutex<HashMap<AccountId, Open>>);

struct Open {
    source: Arc<Source>,
    used: Instant,
}

impl Mailboxes {
    fn open(&self) -> MutexGuard<'_, HashMap<AccountId, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mailbox of an account, and whether it was open before.
    pub(super) fn get(&self, d: &Arc<Domain>, account: &Account) -> Result<(Arc<Source>, bool), SourceError> {
        let mut open = self.open();
        if let Some(known) = open.get_mut(&account.id) {
            known.used = Instant::now();
            return Ok((Arc::clone(&known.source), true));
        }
        let source = Arc::new(Source::open(d, account, Priority::Interactive, d.stop.child_token().into())?);
        open.insert(account.id, Open { source: Arc::clone(&source), used: Instant::now() });
        tokio::spawn(close_when_idle(Arc::downgrade(d), d.stop.clone(), account.id));
        Ok((source, false))
    }

    /// Forgets a mailbox that failed; the next one who asks opens it anew, with what is stored by then.
    pub(super) fn forget(&self, account: AccountId, failed: &Arc<Source>) {
        let mut open = self.open();
        if open.get(&account).is_some_and(|known| Arc::ptr_eq(&known.source, failed)) {
            open.remove(&account);
        }
    }

    /// Closes a mailbox that nobody has used for long. Whether it is closed now.
    fn close_if_idle(&self, account: AccountId) -> bool {
        let mut open = self.open();
        if open.get(&account).is_some_and(|known| known.used.elapsed() >= IDLE) {
            open.remove(&account);
        }
        !open.contains_key(&account)
    }
}

async fn close_when_idle(d: Weak<Domain>, stop: CancellationToken, account: AccountId) {
    loop {
        let goes_on = stop.run_until_cancelled(sleep(IDLE)).await.is_some();
        let Some(d) = d.upgrade() else { return };
        if !goes_on {
            d.mailboxes.open().remove(&account);
            return;
        }
        if d.mailboxes.close_if_idle(account) {
            return;
        }
    }
}
