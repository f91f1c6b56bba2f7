//! One run for one Gmail account: what changed → plan → fetch → parse → store → pairs.
//!
//! The first run lists the mail of its window. Every later one follows Gmail's history from where the last one ended, so
//! that it sees whatever comes, however old its date, and what was deleted or relabelled. Where Google no longer keeps that
//! history, the window is listed again and compared with what is stored ([`super::listing`], [`super::history`]).
//!
//! The cursor moves only when a run reached its end, and it names a place that Google gave before the run looked: what
//! happens meanwhile is seen again by the next run, never missed.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Reporter, our_addresses, tokens::StoredTokens};
use crate::{
    Domain,
    gmail::{GmailClient, GmailError, GmailErrorKind, Priority},
    mail::{AddressSet, GmailMessage, direction, excluded_by_labels, parse_gmail},
    pairs::pair_account,
    store::{Batch, MailChanges, NewFailure, NewMessage, RunEnd, RunProgress, StoreError},
    types::{Account, AccountProblem, Problem, RunId, RunState, RunTrigger, SyncSummary},
};

/// Fetches under way at once; the quota governor sets the pace.
const CONCURRENT_FETCHES: usize = 6;
/// Fetches that are stored together.
const FETCHES_PER_BATCH: usize = 25;
/// After this many fetches in a row that failed for a passing reason, the service is taken to be down.
const FAILURES_IN_A_ROW: u32 = 5;
/// Where the next sync begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Seconds since 1970. The mail received since then is here.
    pub(super) covered_since: i64,
    /// The place in Gmail's history up to which everything is here. Opaque: a decimal text that may exceed 64 bits.
    pub(super) history_id: String,
}

/// Why a run ends before its end.
pub(super) enum Stop {
    /// The process is shutting down, or the lease is gone.
    Asked,
    /// Google, or the way there.
    Gmail(GmailError),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost => Self::Asked,
            error => Self::Store(error),
        }
    }
}

impl From<GmailError> for Stop {
    fn from(error: GmailError) -> Self {
        match error {
            // The tokens come out of our own database: its failure is not Google's.
            GmailError::Credentials(cause) => match cause.downcast::<StoreError>() {
                Ok(error) => Self::Store(*error),
                Err(cause) => Self::Gmail(GmailError::Credentials(cause)),
            },
            error => Self::Gmail(error),
        }
    }
}

/// Runs a sync whose lease is held, and writes down how it ended.
///
/// # Errors
/// When it broke off by our own fault: the cause is in the log under the id that the problem carries.
pub(super) async fn run(
    d: &Arc<Domain>,
    account: &Account,
    run: RunId,
    trigger: RunTrigger,
) -> Result<SyncSummary, Problem> {
    let governor = d.governor(account.id);
    let reporter = Reporter::begin(d, account.id, run, RunProgress::default(), Some(Arc::clone(&governor)));
    let tokens = Arc::new(StoredTokens::new(Arc::clone(d), account.id));
    let result = match GmailClient::new(d.http.clone(), &d.settings.google.api_base_url, tokens, governor) {
        Ok(client) => {
            let priority = if trigger == RunTrigger::Worker { Priority::Background } else { Priority::Interactive };
            let sync = Sync { d, account, run, client: client.with_priority(priority), reporter: &reporter };
            sync.whole(trigger).await
        }
        Err(error) => Err(Stop::Gmail(GmailError::Protocol { what: format!("GMAIL_API_BASE_URL: {error}") })),
    };
    let mut progress = reporter.end().await;
    let (state, cursor) = match result {
        Ok(Reached { cursor, all: true }) if progress.errors_total == 0 => (RunState::Done, Some(cursor)),
        Ok(Reached { cursor, all: true }) => (RunState::Partial, Some(cursor)),
        Ok(Reached { all: false, .. }) => (RunState::Partial, None),
        Err(Stop::Asked) => {
            progress.error("interrupted: the server was stopped; the next sync continues");
            (RunState::Interrupted, None)
        }
        Err(Stop::Gmail(error)) => {
            let problem = match error.kind() {
                GmailErrorKind::InsufficientScope => Some(AccountProblem::MissingScope),
                kind if kind.needs_reconnect() => Some(AccountProblem::Reconnect),
                _ => None,
            };
            if let Some(problem) = problem {
                d.store.set_account_problem(account.id, problem, d.clock.now()).await?;
            }
            progress.error(format!("{}: {error}", error.code()));
            (if progress.messages_fetched > 0 { RunState::Partial } else { RunState::Failed }, None)
        }
        Err(Stop::Store(error)) => {
            let problem = Problem::from(error);
            progress.error(problem.to_string());
            let end = RunEnd { state: RunState::Failed, progress, account_cursor: None };
            if let Err(error) = d.store.finish_run(run, &end, d.clock.now()).await {
                tracing::error!(%run, %error, "the end of the run could not be written; it ends with its lease");
            }
            return Err(problem);
        }
    };
    let account_cursor = cursor.and_then(|cursor| serde_json::to_value(cursor).ok());
    let summary = d.store.finish_run(run, &RunEnd { state, progress, account_cursor }, d.clock.now()).await?;
    tracing::info!(
        %run, account = %account.id, state = %summary.state, fetched = summary.messages_fetched,
        upserted = summary.messages_upserted, pairs = summary.pairs_created, errors = summary.errors.len(), "sync ended"
    );
    Ok(summary)
}

/// The end of a run that was not stopped.
pub(super) struct Reached {
    cursor: Cursor,
    /// Whether everything that was listed was tried.
    all: bool,
}

/// What a run found out that it has to do.
pub(super) struct Plan {
    pub(super) fetches: Vec<Fetch>,
    pub(super) changes: MailChanges,
    /// Where the next run begins once all of this is done.
    pub(super) cursor: Cursor,
}

/// One thing to fetch.
pub(super) enum Fetch {
    Message(String),
    /// A thread, of which these messages are missing.
    Thread {
        id: String,
        missing: BTreeSet<String>,
    },
}

pub(super) struct Sync<'a> {
    pub(super) d: &'a Arc<Domain>,
    pub(super) account: &'a Account,
    pub(super) client: GmailClient,
    run: RunId,
    reporter: &'a Reporter,
}

/// What came of one [`Fetch`].
#[derive(Default)]
struct Fetched {
    /// Messages that Google answered with.
    fetched: i32,
    messages: Vec<NewMessage>,
    failures: Vec<NewFailure>,
    /// Messages for which Google could not be asked just now.
    passing: Vec<NewFailure>,
}

impl Sync<'_> {
    async fn whole(&self, trigger: RunTrigger) -> Result<Reached, Stop> {
        self.learn_aliases().await?;
        let ours = our_addresses(self.d).await?;
        let turned = self.d.store.redecide_directions(self.account.id, &ours).await?;
        if turned > 0 {
            tracing::info!(account = %self.account.id, turned, "our addresses changed: directions decided anew");
        }
        let mut plan = self.plan().await?;
        let limit = match trigger {
            RunTrigger::Manual => self.d.settings.sync.manual_message_limit,
            RunTrigger::Worker | RunTrigger::Cli => None,
        };
        let left_over = limit.map_or(0, |limit| cut_to(&mut plan.fetches, limit));
        let total: usize = plan.fetches.iter().map(Fetch::size).sum();
        self.reporter.update(|progress| progress.messages_total = Some(count(total)));
        self.d.store.apply_changes(self.account.id, &plan.changes, self.d.clock.now()).await?;
        self.fetch_all(plan.fetches, &ours).await?;
        // Pairs of threads that an earlier run stored and did not get to.
        self.pair(&ours).await?;
        if left_over > 0 {
            self.reporter.update(|progress| {
                progress.error(format!(
                    "partial: stopped at the limit of {total} messages for a manual sync; {left_over} more wait for the \
                     next one"
                ));
            });
        }
        Ok(Reached { cursor: plan.cursor, all: left_over == 0 })
    }

    /// The history since the last run, or the window where there is none.
    async fn plan(&self) -> Result<Plan, Stop> {
        let stored = self.d.store.account_cursor(self.account.id).await?;
        let Some(cursor) = stored.and_then(|value| serde_json::from_value::<Cursor>(value).ok()) else {
            let lookback = TimeDelta::from_std(self.d.settings.sync.first_lookback).unwrap_or(TimeDelta::days(30));
            return self.plan_by_listing((self.d.clock.now() - lookback).timestamp()).await;
        };
        match self.plan_by_history(&cursor).await? {
            Some(plan) => Ok(plan),
            None => {
                tracing::info!(account = %self.account.id, "Google no longer keeps the history: listing the window again");
                self.plan_by_listing(cursor.covered_since).await
            }
        }
    }

    /// The addresses under which this mailbox sends. They are ours as well.
    async fn learn_aliases(&self) -> Result<(), Stop> {
        let aliases = match self.client.list_send_as().await {
            Ok(aliases) => aliases,
            // Not every Workspace lets an application read these settings: the stored ones stay.
            Err(GmailError::Rejected { .. } | GmailError::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let confirmed = |alias: &crate::gmail::SendAs| {
            alias.is_primary || alias.verification_status.as_deref().is_none_or(|status| status == "accepted")
        };
        let own = self.account.external_account_id.as_str();
        let aliases: BTreeSet<String> = aliases
            .iter()
            .filter(|alias| confirmed(alias))
            .map(|alias| alias.send_as_email.trim().to_lowercase())
            .filter(|address| address != own)
            .collect();
        if !aliases.iter().eq(self.account.meta.aliases.iter()) {
            let aliases = aliases.into_iter().collect();
            self.d.store.set_aliases(self.account.id, aliases, self.d.clock.now()).await?;
        }
        Ok(())
    }

    async fn fetch_all(&self, plan: Vec<Fetch>, ours: &AddressSet) -> Result<(), Stop> {
        let fetches = stream::iter(plan).map(|fetch| self.fetch(fetch, ours)).buffered(CONCURRENT_FETCHES);
        let mut batches = std::pin::pin!(fetches.chunks(FETCHES_PER_BATCH));
        let mut in_a_row = 0;
        while let Some(batch) = batches.next().await {
            let (mut messages, mut failures, mut passing, mut fetched) = (Vec::new(), Vec::new(), Vec::new(), 0);
            let mut fatal = None;
            for one in batch {
                match one {
                    Ok(one) => {
                        in_a_row = if one.passing.is_empty() { 0 } else { in_a_row + 1 };
                        passing.extend(one.passing);
                        fetched += one.fetched;
                        messages.extend(one.messages);
                        failures.extend(one.failures);
                    }
                    Err(error) => fatal = fatal.or(Some(error)),
                }
            }
            if fatal.is_none() && in_a_row >= FAILURES_IN_A_ROW {
                let what = format!("{in_a_row} calls in a row failed; stopped until the next sync");
                fatal = Some(GmailError::Transport { what });
            }
            if fatal.is_none() {
                failures.append(&mut passing);
            }
            // A run that stops here lists them again next time: they are not set aside.
            let stored = Batch {
                account: self.account.id,
                run: self.run,
                messages: &messages,
                failures: &failures,
                merged_threads: &[],
                cursor: None,
            };
            let upserted = self.d.store.store_batch(stored, self.d.clock.now()).await?;
            self.reporter.update(|progress| {
                progress.messages_fetched += fetched;
                progress.messages_upserted += upserted.cast_signed();
                progress.messages_failed += count(failures.len());
                for failure in &failures {
                    progress.error(format!("message {}: {}: {}", failure.external_id, failure.code, failure.reason));
                }
            });
            self.pair(ours).await?;
            if let Some(error) = fatal {
                return Err(error.into());
            }
            self.go_on()?;
        }
        Ok(())
    }

    async fn pair(&self, ours: &AddressSet) -> Result<(), Stop> {
        let totals = pair_account(self.d, self.account.id, ours).await?;
        self.reporter.update(|progress| progress.paired(totals.created, &totals.skipped));
        Ok(())
    }

    /// Fetches one thing. What is wrong with one message costs that message; what is wrong with the account or the
    /// quota is an error.
    async fn fetch(&self, fetch: Fetch, ours: &AddressSet) -> Result<Fetched, GmailError> {
        let asked =
            match &fetch {
                Fetch::Message(id) => self.client.get_message(id).await.map(|message| vec![message]),
                Fetch::Thread { id, missing } => self.client.get_thread(id).await.map(|thread| {
                    thread.messages.into_iter().filter(|message| missing.contains(&message.id)).collect()
                }),
            };
        let messages = match asked {
            Ok(messages) => messages,
            // Deleted between the listing and now.
            Err(error) if error.kind() == GmailErrorKind::NotFound => return Ok(Fetched::default()),
            Err(error) => return fetch.failed(error),
        };
        let mut fetched = Fetched { fetched: count(messages.len()), ..Fetched::default() };
        for message in messages {
            match parsed(message, ours) {
                Ok(Some(message)) => fetched.messages.push(message),
                Ok(None) => {}
                Err(failure) => fetched.failures.push(failure),
            }
        }
        Ok(fetched)
    }

    pub(super) fn go_on(&self) -> Result<(), Stop> {
        if self.reporter.stop.is_cancelled() { Err(Stop::Asked) } else { Ok(()) }
    }
}

impl Fetch {
    /// Messages this should bring.
    fn size(&self) -> usize {
        match self {
            Self::Message(_) => 1,
            Self::Thread { missing, .. } => missing.len(),
        }
    }

    /// Sets the messages aside, or gives up the run where going on makes no sense.
    fn failed(self, error: GmailError) -> Result<Fetched, GmailError> {
        if error.kind().needs_reconnect()
            || matches!(
                error.kind(),
                GmailErrorKind::RateLimited | GmailErrorKind::QuotaExhausted | GmailErrorKind::Credentials
            )
        {
            return Err(error);
        }
        let failure = |external_id: String| NewFailure { external_id, code: error.code(), reason: error.to_string() };
        let failures = match self {
            Self::Message(id) => vec![failure(id)],
            Self::Thread { missing, .. } => missing.into_iter().map(failure).collect(),
        };
        Ok(if error.is_retryable() {
            Fetched { passing: failures, ..Fetched::default() }
        } else {
            Fetched { failures, ..Fetched::default() }
        })
    }
}

/// The message to store; `None` for chats, drafts, spam and trash.
fn parsed(message: GmailMessage, ours: &AddressSet) -> Result<Option<NewMessage>, NewFailure> {
    if excluded_by_labels(&message.label_ids).is_some() {
        return Ok(None);
    }
    match parse_gmail(&message) {
        Ok(parsed) => Ok(Some(NewMessage {
            direction: direction(&message.label_ids, parsed.from.as_ref().map(|from| from.address.as_str()), ours),
            external_id: message.id,
            thread_id: message.thread_id,
            labels: message.label_ids,
            parsed,
        })),
        Err(error) => Err(NewFailure { external_id: message.id, code: "unreadable", reason: error.to_string() }),
    }
}

/// Keeps the first `limit` messages of a plan and returns how many were cut off.
fn cut_to(plan: &mut Vec<Fetch>, limit: u32) -> usize {
    let mut room = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut cut, mut first) = (0, true);
    plan.retain(|fetch| {
        // A first thread larger than the limit is taken all the same: otherwise it would never come.
        if fetch.size() <= room || std::mem::take(&mut first) {
            first = false;
            room = room.saturating_sub(fetch.size());
            true
        } else {
            // Once something did not fit, nothing older is taken in its place.
            room = 0;
            cut += fetch.size();
            false
        }
    });
    cut
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
