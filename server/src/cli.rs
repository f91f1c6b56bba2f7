//! The command line.
//!
//! Exit codes: 0 everything was done; 1 it was not, and why is on standard error; 2 wrong usage; 3 a sync or an import
//! ended with something set aside or before its end.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use replybook::{
    Domain, auth, connect, crypto, import, pairs,
    settings::Settings,
    store::Apply,
    sync, tools,
    types::{
        AccountId, ImapAccountInput, ImapTls, Problem, RebuildReport, Role, RunState, RunTrigger, SyncRun, SyncSummary,
    },
};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    rest,
    serve::{Signals, serve},
    sync_commands::{Backfill, MonitorCommand},
    telemetry::{self, LogFormat},
    terminal::ConnectGmail,
};

const PARTIAL: u8 = 3;

/// Replybook: connects mailboxes, keeps their mail, and offers every client message with our reply for review.
#[derive(Parser)]
#[command(
    version,
    after_help = "Settings come from the environment and from .env; see the README.\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a sync or import ended with something set aside."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// How log lines look.
    #[arg(long, env = "REPLYBOOK_LOG", value_enum, default_value_t, global = true)]
    log: LogFormat,

    /// What is logged, in the syntax of `tracing-subscriber`.
    #[arg(long, env = "RUST_LOG", global = true, hide = true)]
    log_filter: Option<String>,

    /// The folder with the built site; unused when the site is inside the binary.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", global = true, hide = true)]
    site: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API, with the worker inside (the default)
    Serve,
    /// Run the worker alone
    Worker,
    /// Sync once: every account that is due, or one
    Sync {
        /// Only this account
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
    },
    /// Connect a mailbox from this terminal, for a server that browsers cannot reach
    #[command(subcommand)]
    Connect(ConnectCommand),
    /// Fetch older mail of an account: a worker does it, beside today's mail
    Backfill(Backfill),
    /// See whether mail is fetched by itself, and switch that on and off
    #[command(subcommand)]
    Monitor(MonitorCommand),
    /// Import an mbox file or a Google Takeout archive
    Import {
        file: PathBuf,
        /// The address whose mail this is
        #[arg(long = "as", value_name = "ADDRESS")]
        as_address: String,
    },
    /// Clean messages: JSON lines {id, kind, mode, sender, input, parent} on standard input, {id, reply} on standard output
    Clean,
    /// Print what the parser sees in a message, an .eml or the JSON of a Gmail message, and its cleaned text with spans
    Parse { file: PathBuf },
    /// Work on training pairs
    #[command(subcommand)]
    Pairs(PairsCommand),
    /// Manage people
    #[command(subcommand)]
    User(UserCommand),
    /// Print the OpenAPI document
    Openapi,
    /// Print a fresh SECRET_KEY
    Keygen,
    /// Bring the database up to date and end
    Migrate,
}

#[derive(Subcommand)]
enum ConnectCommand {
    /// Connect a Gmail mailbox: prints the address of Google's consent page and waits until somebody was there
    ///
    /// Needs an OAuth client of the type "Desktop app", or one of the type "Web application" that names the redirect URI
    /// http://127.0.0.1:PORT/ (then give that --port).
    Gmail(ConnectGmail),
    /// Connect any other mailbox over IMAP; the password is read from standard input
    ///
    /// Most providers want an app password, made in the settings of the mail account.
    Imap(ConnectImap),
}

#[derive(Args)]
struct ConnectImap {
    /// Whose mail this is
    #[arg(long)]
    address: String,
    /// The name of the server, e.g. imap.fastmail.com
    #[arg(long)]
    host: String,
    /// By default 993 with TLS, 143 without
    #[arg(long)]
    port: Option<u16>,
    /// tls, starttls, or none for a server on this machine
    #[arg(long)]
    tls: Option<ImapTls>,
    /// By default the address
    #[arg(long)]
    username: Option<String>,
    /// Whose account it is to be; by default nobody's
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
}

#[derive(Subcommand)]
enum PairsCommand {
    /// Make the pairs anew, after an upgrade of the engine: says what would change, asks, then does it
    Rebuild {
        /// Only this account
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// Only say what would change
        #[arg(long)]
        dry_run: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a person; the password is read from standard input
    Create {
        email: String,
        /// May do everything
        #[arg(long)]
        admin: bool,
        /// The name that others see
        #[arg(long)]
        name: Option<String>,
    },
    /// List everybody
    List,
    /// Set a new password, read from standard input; ends the person's sessions
    Password { email: String },
    /// Let a person in again
    Activate { email: String },
    /// Shut a person out, at once
    Deactivate { email: String },
}

impl Cli {
    /// Does what was asked for.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let filter = self.log_filter.as_deref().filter(|filter| !filter.is_empty());
        telemetry::start(filter, self.log, std::io::stderr);
        let done = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the runtime cannot be started")
            .and_then(|runtime| runtime.block_on(self.command.unwrap_or(Command::Serve).run(self.site)));
        done.unwrap_or_else(|error| {
            // Where standard error is closed there is nobody left to tell.
            let _unheard = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        })
    }
}

impl Command {
    async fn run(self, site: PathBuf) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve => done(serve(Settings::from_env()?, site).await),
            Self::Openapi => done(say(&rest::contract().to_pretty_json()?)),
            Self::Keygen => done(say(&crypto::random_token())),
            Self::Worker => with_domain(async |domain| done(worker(domain).await)).await,
            Self::Sync { account } => with_domain(async |domain| sync_once(domain, account).await).await,
            Self::Backfill(backfill) => with_domain(async |domain| backfill.run(domain).await).await,
            Self::Monitor(command) => with_domain(async |domain| done(command.run(domain).await)).await,
            Self::Import { file, as_address } => {
                with_domain(async |domain| import_file(domain, &file, &as_address).await).await
            }
            Self::Connect(ConnectCommand::Gmail(connect)) => done(connect.run().await),
            Self::Connect(ConnectCommand::Imap(connect)) => {
                with_domain(async |domain| done(connect.run(domain).await)).await
            }
            Self::Clean => clean_lines(),
            Self::Parse { file } => done(parse_file(&file)),
            Self::Pairs(PairsCommand::Rebuild { account, dry_run, yes }) => {
                with_domain(async |domain| done(rebuild_pairs(domain, account, dry_run, yes).await)).await
            }
            Self::User(command) => with_domain(async |domain| done(command.run(domain).await)).await,
            Self::Migrate => {
                // Opening is migrating.
                with_domain(async |domain| done(say(&format!("the {} database is up to date", domain.store.backend()))))
                    .await
            }
        }
    }
}

/// Opens the domain for one job and closes it behind it.
async fn with_domain(job: impl AsyncFnOnce(&Arc<Domain>) -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    let domain = Domain::open(Settings::from_env()?).await?;
    let outcome = job(&domain).await;
    domain.shutdown().await;
    outcome
}

/// A job that has no more to tell than that it worked.
fn done(outcome: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn worker(domain: &Arc<Domain>) -> anyhow::Result<()> {
    let mut signals = Signals::install()?;
    let stop = CancellationToken::new();
    info!(backend = domain.store.backend(), "worker started");
    let lock = sync::WorkerLock::take(domain)?;
    let worker = tokio::spawn(sync::run_worker(Arc::clone(domain), lock, stop.clone()));
    signals.next().await;
    stop.cancel();
    domain.stop_runs();
    worker.await.context("the worker broke off")?;
    info!("worker stopped");
    Ok(())
}

fn clean_lines() -> anyhow::Result<ExitCode> {
    let mut complaints = std::io::stderr();
    let output = std::io::BufWriter::new(std::io::stdout().lock());
    let report = tools::clean_lines(std::io::stdin().lock(), output, |text| {
        // Where standard error is closed there is nobody left to tell; the exit code still says it.
        let _unheard = writeln!(complaints, "{text}");
    })?;
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn parse_file(file: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let report = tools::parse_message(&bytes).map_err(anyhow::Error::msg).context(file.display().to_string())?;
    say(&serde_json::to_string_pretty(&report)?)
}

async fn rebuild_pairs(
    domain: &Arc<Domain>,
    account: Option<AccountId>,
    dry_run: bool,
    yes: bool,
) -> anyhow::Result<()> {
    let would = pairs::rebuild(domain, account, Apply::DryRun).await?;
    say(&format!("would be: {}", rebuild_line(&would)))?;
    if dry_run {
        return Ok(());
    }
    if !yes {
        if !std::io::stdin().is_terminal() {
            bail!("nothing was changed: say --yes to rebuild without being asked");
        }
        say("rebuild now? [y/N]")?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !answer.trim().eq_ignore_ascii_case("y") {
            return say("nothing was changed");
        }
    }
    let done = pairs::rebuild(domain, account, Apply::Yes).await?;
    say(&format!("done: {}", rebuild_line(&done)))
}

fn rebuild_line(report: &RebuildReport) -> String {
    format!(
        "{} threads; {} pairs new, {} changed, {} removed, {} decided ones flagged, {} unchanged",
        report.threads, report.created, report.updated, report.removed, report.flagged, report.unchanged
    )
}

async fn sync_once(domain: &Arc<Domain>, account: Option<AccountId>) -> anyhow::Result<ExitCode> {
    let summaries = match account {
        Some(account) => vec![sync::sync_now(domain, account, RunTrigger::Cli).await?],
        None => sync::run_once(domain).await?,
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

async fn import_file(domain: &Arc<Domain>, file: &std::path::Path, as_address: &str) -> anyhow::Result<ExitCode> {
    let is_watched = std::io::stderr().is_terminal();
    let progress = |run: &SyncRun| {
        if is_watched {
            let percent = run.percent().map(|percent| format!("{percent} %, ")).unwrap_or_default();
            // Progress that cannot be shown is no reason to stop.
            let _unseen = write!(std::io::stderr(), "\r{percent}{} messages ", run.messages_fetched);
        }
    };
    let run = import::import_file(domain, file, as_address, progress).await?;
    if is_watched {
        writeln!(std::io::stderr())?;
    }
    say(&run_line(&run))?;
    say_errors(&run)?;
    Ok(exit_code([run.state]))
}

pub(crate) fn run_line(run: &SyncRun) -> String {
    format!(
        "{}: {} read, {} stored, {} set aside, {} pairs created, {} skipped",
        run.state,
        run.messages_fetched,
        run.messages_upserted,
        run.messages_failed,
        run.pairs_created,
        run.pairs_skipped
    )
}

pub(crate) fn say_errors(run: &SyncRun) -> anyhow::Result<()> {
    for error in &run.errors {
        say(&format!("  {error}"))?;
    }
    let unnamed = usize::try_from(run.errors_total).unwrap_or_default().saturating_sub(run.errors.len());
    if unnamed > 0 {
        say(&format!("  and {unnamed} more"))?;
    }
    Ok(())
}

/// The worst of the states decides.
pub(crate) fn exit_code(states: impl IntoIterator<Item = RunState>) -> ExitCode {
    states.into_iter().fold(ExitCode::SUCCESS, |worst, state| match state {
        RunState::Done => worst,
        RunState::Partial if worst != ExitCode::FAILURE => ExitCode::from(PARTIAL),
        RunState::Partial => worst,
        RunState::Queued
        | RunState::Running
        | RunState::Paused
        | RunState::Failed
        | RunState::Interrupted
        | RunState::Cancelled => ExitCode::FAILURE,
    })
}

impl ConnectImap {
    async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        let owner = match &self.owner {
            None => None,
            Some(email) => {
                let user = domain.store.user_by_email(email).await.map_err(Problem::from)?;
                Some(user.with_context(|| format!("there is no user {email}"))?.user.id)
            }
        };
        let password = password_of("Password: ")?;
        let Self { address, host, port, tls, username, .. } = self;
        let input = ImapAccountInput { address, host, port, tls, username, password };
        let account = connect::connect_imap(domain, owner, input).await.map_err(|problem| {
            // The code is for programs, the words after it are for people.
            let text = problem.to_string();
            let words = text.split_once(": ").map(|(_, words)| words.to_owned());
            anyhow::anyhow!(words.unwrap_or(text))
        })?;
        say(&format!("{} is connected: account {}", account.external_account_id, account.id))
    }
}

impl UserCommand {
    async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        match self {
            Self::Create { email, admin, name } => {
                let role = if admin { Role::Admin } else { Role::Member };
                let password = new_password()?;
                let user =
                    auth::create_user(domain, &email, name.as_deref(), &password, role).await.map_err(explain)?;
                say(&format!("created {} {} ({})", user.role, user.email, user.display_name))
            }
            Self::List => {
                for user in domain.store.list_users().await.map_err(Problem::from)? {
                    let state = if user.active { "active" } else { "inactive" };
                    say(&format!("{}\t{}\t{state}\t{}", user.email, user.role, user.display_name))?;
                }
                Ok(())
            }
            Self::Password { email } => {
                auth::set_password(domain, &email, &new_password()?).await.map_err(explain)?;
                say(&format!("the password of {email} is changed; open sessions are over"))
            }
            Self::Activate { email } => set_active(domain, &email, true).await,
            Self::Deactivate { email } => set_active(domain, &email, false).await,
        }
    }
}

async fn set_active(domain: &Domain, email: &str, active: bool) -> anyhow::Result<()> {
    if !domain.store.set_user_active(email, active, domain.clock.now()).await.map_err(Problem::from)? {
        bail!("there is no user {email}");
    }
    say(&format!("{email} is {}", if active { "active" } else { "inactive" }))
}

/// Codes are for pages, which have the words for them; here are the words for a terminal.
pub(crate) fn explain(problem: Problem) -> anyhow::Error {
    let text = problem.to_string();
    let words = match text.as_str() {
        "password_too_short" => "the password must have at least 10 characters",
        "password_too_long" => "the password is too long",
        "email_taken" => "there is a user with this address already",
        "email_invalid" => "this is not an email address",
        "user_not_found" => "there is no user with this address",
        "integration_account_not_found" => "there is no account with this id",
        "backfill_already_running" => "older mail of this account is being fetched already",
        "since_in_the_future" => "the date is still to come",
        "account_disabled" => "the account is disabled",
        "account_needs_reconnect" => "the account has to be connected again first",
        "sync_not_supported_for_provider" => "accounts of this provider are not synced",
        other => other,
    };
    anyhow::anyhow!("{words}")
}

/// The first line of standard input; from a terminal, asked for twice and not shown.
fn new_password() -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let password = rpassword::prompt_password("New password: ")?;
        if rpassword::prompt_password("Again: ")? != password {
            bail!("the two passwords differ");
        }
        return Ok(password);
    }
    password_of("")
}

/// The first line of standard input; from a terminal, asked for and not shown.
fn password_of(prompt: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).context("the password cannot be read from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("give the password on standard input");
    }
    Ok(password.to_owned())
}

/// One line on standard output.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_worst_state_decides() {
        use RunState::{Done, Failed, Partial};
        assert_eq!(exit_code([]), ExitCode::SUCCESS);
        assert_eq!(exit_code([Done, Done]), ExitCode::SUCCESS);
        assert_eq!(exit_code([Partial, Done]), ExitCode::from(PARTIAL));
        assert_eq!(exit_code([Failed, Partial]), ExitCode::FAILURE);
        assert_eq!(exit_code([Partial, Failed]), ExitCode::FAILURE);
    }

    #[test]
    fn wrong_usage_is_told_apart() {
        assert!(Cli::try_parse_from(["replybook", "sync", "--account", "17"]).is_err());
        assert!(Cli::try_parse_from(["replybook", "import", "x.mbox"]).is_err(), "whose mail is it?");
        assert!(Cli::try_parse_from(["replybook"]).is_ok_and(|cli| cli.command.is_none()));
    }
}
