//! Fetching mail: the worker, one sync, older mail, and the email monitor.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use replybook::{
    Domain, monitor, runs,
    sync::{self, Span},
    types::{AccountId, Actor, RunId, RunState, SyncRun, SyncSummary},
    worker,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::console::{exit_code, explain, run_line, say, say_errors};
use crate::{
    metrics::OpenMetrics,
    serve::{GRACE, Signals},
};

/// How long a collector may keep its connection open at the end.
const METRICS_GRACE: Duration = Duration::from_secs(2);
/// How often the progress of a run in another process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// `replybook worker`: until it is told to stop.
pub(super) async fn worker(domain: &Arc<Domain>) -> anyhow::Result<()> {
    let mut signals = Signals::install()?;
    let stop = CancellationToken::new();
    info!(backend = domain.backend(), "worker started");
    domain.warn_of_exposed_files();
    let metrics =
        OpenMetrics::start(domain, Arc::default(), &stop).context("cannot listen on the address in METRICS_ADDR")?;
    let lock = worker::WorkerLock::take(domain)?;
    let worker = tokio::spawn(worker::run(Arc::clone(domain), lock, stop.clone()));
    signals.next().await;
    stop.cancel();
    domain.stop_runs();
    let metrics = async {
        if let Some(metrics) = metrics {
            metrics.end(METRICS_GRACE).await;
        }
    };
    let (worker, ()) = tokio::join!(timeout(GRACE, worker), metrics);
    match worker {
        Ok(ended) => ended.context("the worker crashed")?,
        Err(_) => warn!("the worker did not stop in time; its runs will be continued by the next start"),
    }
    info!("worker stopped");
    Ok(())
}

/// `replybook sync`
pub(super) async fn sync_once(domain: &Arc<Domain>, account: Option<AccountId>) -> anyhow::Result<ExitCode> {
    let summaries = match account {
        Some(account) => vec![sync::sync_now(domain, Actor::command_line(), account).await.map_err(explain)?],
        None => worker::run_once(domain).await?,
    };
    if summaries.is_empty() {
        say("no account is due")?;
    }
    for summary in &summaries {
        say(&summary_line(summary))?;
        for error in &summary.errors {
            say(&format!("  {error}"))?;
        }
    }
    Ok(exit_code(summaries.iter().map(|summary| summary.state)))
}

fn summary_line(summary: &SyncSummary) -> String {
    format!(
        "{} {}: {} fetched, {} stored, {} pairs created, {} skipped",
        summary.account_id,
        summary.state,
        summary.messages_fetched,
        summary.messages_upserted,
        summary.pairs_created,
        summary.pairs_skipped,
    )
}

/// `replybook backfill`
#[derive(Args)]
pub(super) struct Backfill {
    #[arg(long, value_name = "ID")]
    account: AccountId,
    #[command(flatten)]
    span: SpanArguments,
    /// Show the progress and wait until it ends
    #[arg(long)]
    wait: bool,
}

impl Backfill {
    /// Queues it, and with `--wait` follows it to its end.
    ///
    /// # Errors
    /// When it cannot be queued, or is to be waited for and nobody would begin it.
    pub(super) async fn run(self, domain: &Arc<Domain>) -> anyhow::Result<ExitCode> {
        let since = self.span.span().start(domain.clock.now()).map_err(explain)?;
        let run = sync::queue_backfill(domain, Actor::command_line(), self.account, since).await.map_err(explain)?;
        say(&format!("queued: {run}"))?;
        let status = monitor::status(domain).await?;
        let nobody = if !status.enabled {
            Some("the email monitor is stopped: start it with `replybook monitor start`")
        } else if status.workers.is_empty() {
            Some("no worker is running: start `replybook serve` or `replybook worker`")
        } else {
            None
        };
        if !self.wait {
            if let Some(nobody) = nobody {
                say(&format!("it will start later: {nobody}"))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(nobody) = nobody {
            bail!("it is queued but will not start yet: {nobody}");
        }
        let ended = watch(domain, run).await?;
        say(&run_line(&ended))?;
        say_errors(&ended)?;
        Ok(exit_code([ended.state]))
    }
}

/// How far back.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct SpanArguments {
    /// This many days back
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// A date (midnight in UTC) or a time: 2026-01-31, 2026-01-31T08:00:00Z
    #[arg(long, value_name = "DATE", value_parser = parse_since)]
    since: Option<Span>,
    /// All mail
    #[arg(long)]
    everything: bool,
}

impl SpanArguments {
    fn span(&self) -> Span {
        self.days.map(Span::Days).or(self.since).unwrap_or(Span::Everything)
    }
}

fn parse_since(text: &str) -> Result<Span, String> {
    Span::parse_since(text).map_err(|problem| problem.to_string())
}

/// `replybook monitor`
#[derive(Subcommand, Clone, Copy)]
pub(super) enum MonitorCommand {
    /// Show which workers are running and what each account waits for
    Status,
    /// Start automatic syncing, in every process on this database
    Start,
    /// Stop automatic syncing until it is started again
    Stop,
}

impl MonitorCommand {
    /// Does it, and says how things stand afterwards.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        let status = match self {
            Self::Status => monitor::status(domain).await?,
            Self::Start => monitor::set_enabled(domain, Actor::command_line(), true).await?,
            Self::Stop => monitor::set_enabled(domain, Actor::command_line(), false).await?,
        };
        say(if status.enabled { "the email monitor is running" } else { "the email monitor is stopped" })?;
        if status.workers.is_empty() {
            say("no worker is running: start `replybook serve` or `replybook worker`")?;
        }
        for worker in &status.workers {
            let since = worker.started_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            say(&format!("worker on {}, process {}, since {since}", worker.host, worker.process_id))?;
        }
        for account in &status.accounts {
            let next = account.next_sync_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
            let mut line = format!("{}\t{}\t{}", account.id, account.status, account.display_name);
            if let Some(next) = next {
                line.push_str(&format!("\tnext sync {next}"));
            }
            if let Some(problem) = account.problem {
                line.push_str(&format!("\tneeds attention: {problem}"));
            }
            if let Some(reason) = &account.waiting_for {
                line.push_str(&format!("\twaiting: {reason}"));
            }
            if account.set_aside > 0 {
                line.push_str(&format!("\t{} set aside", account.set_aside));
            }
            say(&line)?;
        }
        Ok(())
    }
}

/// Shows a run that a worker does until it is over, or paused.
async fn watch(domain: &Domain, run: RunId) -> anyhow::Result<SyncRun> {
    let is_watched = std::io::stderr().is_terminal();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        let now = runs::get(domain, run).await.context("the run was deleted together with its account")?;
        if is_watched {
            // Progress that cannot be shown is no reason to stop.
            let _unseen = write!(std::io::stderr(), "\r{:<72}", progress_line(&now));
        }
        if now.state.is_over() || now.state == RunState::Paused {
            if is_watched {
                writeln!(std::io::stderr())?;
            }
            return Ok(now);
        }
    }
}

fn progress_line(run: &SyncRun) -> String {
    let mut line = match run.messages_total {
        Some(total) => format!("{}: {} of {total} messages", run.state, run.messages_fetched),
        None => run.state.to_string(),
    };
    if let Some(rate) = run.rate_per_minute {
        line.push_str(&format!(", {rate} a minute"));
    }
    if let Some(seconds) = run.seconds_left {
        line.push_str(&format!(", about {} min left", seconds.max(0) / 60 + 1));
    }
    if let Some(reason) = &run.waiting_for {
        line.push_str(&format!(", waiting ({reason})"));
    }
    line
}
