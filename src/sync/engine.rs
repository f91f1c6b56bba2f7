//! One run for one Gmail account: plan → fetch → parse → store → pairs.
//!
//! The cursor of an account is the second (Unix time) from which on its mail may not be here yet. It moves only when a run
//! reached the end of the list, and never past what that run listed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Reporter, our_addresses, pair_account, tokens::StoredTokens};
use crate::{
    Domain,
    gmail::{GmailClient, GmailError, GmailErrorKind, MessageRef, Priority},
    mail::{AddressSet, GmailMessage, direction, excluded_by_labels, parse_gmail},
    store::{Batch, NewFailure, NewMessage, RunEnd, RunProgress, StoreError},
    types::{Account, AccountProblem, Problem, RunId, RunState, RunTrigger, SyncSummary},
};

/// How far a listing reaches back behind the cursor: mail takes a while to appear in Gmail's index, and clocks differ.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// Fetches under way at once; the quota governor sets the pace.
const CONCURRENT_FETCHES: usize = 6;
/// From this many missing messages of a thread on, fetching it whole (40 units) costs less than each message (20).
const WHOLE_THREAD_FROM: usize = 3;
/// Fetches that are stored together.
const FETCHES_PER_BATCH: usize = 25;
/// After this many fetches in a row that failed for a passing reason, the service is taken to be down.
const FAILURES_IN_A_ROW: u32 = 5;
/// A message that was set aside is tried again in this many runs.
const MAX_ATTEMPTS: i32 = 8;

/// Where the next sync begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// Seconds since 1970. Everything received before is here.
    listed_until: i64,
}

/// Why a run ends before its end.
enum Stop {
    /// The process is shutting down, or the lease is gone.
    Asked,
    /// Google, or the way there.
    Gmail(GmailError),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
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
struct Reached {
    cursor: Cursor,
    /// Whether everything that was listed was tried.
    all: bool,
}

/// One thing to fetch.
enum Fetch {
    Message(String),
    /// A thread, of which these messages are missing.
    Thread {
        id: String,
        missing: BTreeSet<String>,
    },
}

struct Sync<'a> {
    d: &'a Arc<Domain>,
    account: &'a Account,
    run: RunId,
    client: GmailClient,
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
        let began = self.d.clock.now();
        let since = self.since(began).await?;
        let listed = self.list(since).await?;
        let ours = our_addresses(self.d).await?;
        let mut plan = self.plan(listed).await?;
        let limit = match trigger {
            RunTrigger::Manual => self.d.settings.sync.manual_message_limit,
            RunTrigger::Worker | RunTrigger::Cli => None,
        };
        let left_over = limit.map_or(0, |limit| cut_to(&mut plan, limit));
        let total: usize = plan.iter().map(Fetch::size).sum();
        self.reporter.update(|progress| progress.messages_total = Some(count(total)));
        self.fetch_all(plan, &ours).await?;
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
        Ok(Reached { cursor: Cursor { listed_until: began.timestamp() }, all: left_over == 0 })
    }

    async fn since(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Stop> {
        let stored = self.d.store.account_cursor(self.account.id).await?;
        let cursor = stored.and_then(|value| serde_json::from_value::<Cursor>(value).ok());
        let since = cursor.and_then(|cursor| DateTime::from_timestamp(cursor.listed_until, 0)).map(|at| at - OVERLAP);
        let lookback = TimeDelta::from_std(self.d.settings.sync.first_lookback).unwrap_or(TimeDelta::days(30));
        Ok(since.unwrap_or_else(|| now - lookback))
    }

    /// Every message since then, newest first, each once. Dates in a query mean midnight in California, seconds mean
    /// what they say.
    async fn list(&self, since: DateTime<Utc>) -> Result<Vec<MessageRef>, Stop> {
        let query = format!("after:{} -in:drafts -in:chats", since.timestamp());
        let mut listed = Vec::new();
        let mut seen = BTreeSet::new();
        let mut page_token = None;
        loop {
            self.go_on()?;
            let page = self.client.list_messages(&query, page_token.as_deref()).await?;
            listed.extend(page.messages.into_iter().filter(|message| seen.insert(message.id.clone())));
            match page.next_page_token {
                Some(next) if page_token.as_ref() == Some(&next) => {
                    return Err(GmailError::Protocol {
                        what: "a page of messages names itself as the next".to_owned(),
                    }
                    .into());
                }
                Some(next) => page_token = Some(next),
                None => return Ok(listed),
            }
        }
    }

    /// What has to be fetched, at the least cost: what is stored already is not, and a thread of which three or more
    /// messages are missing comes whole.
    async fn plan(&self, listed: Vec<MessageRef>) -> Result<Vec<Fetch>, Stop> {
        let ids: Vec<&str> = listed.iter().map(|message| message.id.as_str()).collect();
        let known = self.d.store.known_external_ids(self.account.id, &ids).await?;
        let mut plan: Vec<Fetch> = Vec::new();
        let mut threads: HashMap<&str, Vec<&MessageRef>> = HashMap::new();
        let mut order = Vec::new();
        for message in listed.iter().filter(|message| !known.contains(&message.id)) {
            let thread = threads.entry(&message.thread_id).or_default();
            if thread.is_empty() {
                order.push(message.thread_id.as_str());
            }
            thread.push(message);
        }
        for id in order {
            let missing = threads.remove(id).unwrap_or_default();
            if missing.len() >= WHOLE_THREAD_FROM {
                let missing = missing.iter().map(|message| message.id.clone()).collect();
                plan.push(Fetch::Thread { id: id.to_owned(), missing });
            } else {
                plan.extend(missing.iter().map(|message| Fetch::Message(message.id.clone())));
            }
        }
        let set_aside = self.d.store.list_failures(self.account.id, 1_000).await?;
        let listed: BTreeSet<&str> = ids.into_iter().collect();
        plan.extend(
            set_aside
                .into_iter()
                .filter(|failure| failure.attempts < MAX_ATTEMPTS && !listed.contains(failure.external_id.as_str()))
                .map(|failure| Fetch::Message(failure.external_id)),
        );
        Ok(plan)
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
        self.reporter.update(|progress| {
            progress.pairs_created += totals.created.cast_signed();
            progress.pairs_skipped += totals.skipped.cast_signed();
        });
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

    fn go_on(&self) -> Result<(), Stop> {
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
