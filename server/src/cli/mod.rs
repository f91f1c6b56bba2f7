//! The command line.
//!
//! Exit codes: 0 everything was done; 1 it was not, and why is on standard error; 2 wrong usage; 3 a sync or an import
//! ended with something set aside or before its end.

mod addresses;
mod backup;
mod connect;
mod connect_gmail;
mod console;
mod doctor;
mod fetching;
mod files;
mod keys;
mod models;
mod pairs;
mod users;

use std::{io::Write, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use replybook::{
    Domain, crypto,
    settings::{LogFormat, ProgramSettings, Settings},
    store::sqlite_file,
    types::AccountId,
};

use tokio::time::timeout;
use tracing::warn;

use self::{
    addresses::Addresses,
    backup::{Backup, Move, restore, verify},
    connect::ConnectCommand,
    console::say,
    doctor::doctor,
    fetching::{Backfill, MonitorCommand, sync_once, worker},
    files::{clean_lines, import_file, parse_file},
    keys::KeysCommand,
    models::ModelsCommand,
    pairs::PairsCommand,
    users::UserCommand,
};
use crate::{
    rest,
    serve::{LAST, serve},
    telemetry,
};

const PARTIAL: u8 = 3;
/// How long threads that compute may take at the end.
const THREADS_GRACE: Duration = Duration::from_secs(1);

/// Replybook: connects mailboxes, keeps their mail, and offers every client message with our reply for review.
#[derive(Parser)]
#[command(
    name = "replybook",
    version,
    after_help = "Settings come from the environment and from .env; see the README.\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a sync or import ended with something set aside, or an import without pairs."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// The format of log lines, text or json; overrides REPLYBOOK_LOG
    #[arg(long, value_name = "FORMAT", global = true)]
    log: Option<LogFormat>,

    /// What is logged; overrides RUST_LOG.
    #[arg(long, global = true, hide = true)]
    log_filter: Option<String>,

    /// The folder with the built site; overrides LEPTOS_SITE_ROOT.
    #[arg(long, global = true, hide = true)]
    site: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API, and run the worker (the default)
    Serve,
    /// Run only the worker
    Worker,
    /// Sync once: every account that is due, or a single one
    Sync {
        /// Only this account
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
    },
    /// Connect a mailbox from this terminal, for a server that browsers cannot reach
    #[command(subcommand)]
    Connect(ConnectCommand),
    /// Fetch older mail of an account; a worker does it in the background
    Backfill(Backfill),
    /// Show, start or stop the automatic fetching of mail
    #[command(subcommand)]
    Monitor(MonitorCommand),
    /// Import an mbox file (also Thunderbird's, such as Inbox), an .eml, or an archive of them (Google Takeout, a zipped mail folder)
    Import {
        file: PathBuf,
        /// Your addresses in this mail, separated by commas; by default they are detected from the file
        #[arg(long = "as", value_name = "ADDRESS", default_value = "", hide_default_value = true)]
        as_address: String,
        /// Import the file even if no message is from these addresses
        #[arg(long, requires = "as_address")]
        anyway: bool,
    },
    /// Show, add or remove the addresses of a mailbox that are yours
    Addresses(Addresses),
    /// Clean messages: reads JSON lines {id, kind, mode, sender, input, parent}, writes JSON lines {id, reply}
    Clean,
    /// Parse a message (.eml or Gmail JSON) and print the result, with the cleaned text and its spans
    Parse { file: PathBuf },
    /// Rebuild or export training pairs
    #[command(subcommand)]
    Pairs(PairsCommand),
    /// Add, list or remove models on this machine that make vectors of texts
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Manage people
    #[command(subcommand)]
    User(UserCommand),
    /// Print the OpenAPI document
    Openapi,
    /// Print a fresh SECRET_KEY
    Keygen,
    /// Change SECRET_KEY
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Check settings, database, disk, mail servers and clock, and report what is wrong
    Doctor,
    /// Bring the database up to date, then exit
    Migrate,
    /// Back up everything to one file; servers may keep running
    Backup(Backup),
    /// Check that a backup file is complete and undamaged
    Verify { file: PathBuf },
    /// Restore a backup file into an empty database (SQLite or PostgreSQL)
    Restore { file: PathBuf },
    /// Copy everything to an empty database (SQLite or PostgreSQL); stop the servers first
    Move(Move),
}

impl Cli {
    /// Does what was asked for.
    #[must_use]
    pub fn run(self) -> ExitCode {
        self.start().unwrap_or_else(|error| {
            // Where standard error is closed there is nobody left to tell.
            let _unheard = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        })
    }

    fn start(self) -> anyhow::Result<ExitCode> {
        // Before there is a second thread: reading `.env` adds to the environment.
        let program = ProgramSettings::from_env()?;
        let filter = self.log_filter.or(program.log_filter);
        telemetry::start(filter.as_deref(), self.log.unwrap_or(program.log_format), std::io::stderr)
            .with_context(|| format!("RUST_LOG cannot be used: `{}`", filter.as_deref().unwrap_or_default()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.context("the runtime could not be started")?;
        let outcome =
            runtime.block_on(self.command.unwrap_or(Command::Serve).run(self.site.unwrap_or(program.site_dir)));
        // A thread that computes cannot be interrupted; what it computes is for nobody any more.
        runtime.shutdown_timeout(THREADS_GRACE);
        outcome
    }
}

impl Command {
    async fn run(self, site: PathBuf) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve => done(serve(Settings::from_env()?, site).await),
            Self::Doctor => doctor().await,
            Self::Openapi => done(say(&rest::contract().to_pretty_json()?)),
            Self::Keygen => done(say(&crypto::random_token())),
            Self::Keys(command) => with_present_domain(async |domain| done(command.run(domain).await)).await,
            Self::Worker => with_domain(async |domain| done(worker(domain).await)).await,
            Self::Sync { account } => with_present_domain(async |domain| sync_once(domain, account).await).await,
            Self::Backfill(backfill) => with_present_domain(async |domain| backfill.run(domain).await).await,
            Self::Monitor(command) => with_present_domain(async |domain| done(command.run(domain).await)).await,
            Self::Import { file, as_address, anyway } => {
                with_domain(async |domain| import_file(domain, &file, &as_address, anyway).await).await
            }
            Self::Connect(ConnectCommand::Gmail(connect)) => done(connect.run().await),
            Self::Connect(ConnectCommand::Imap(connect)) => {
                with_domain(async |domain| done(connect.run(domain).await)).await
            }
            Self::Addresses(addresses) => with_present_domain(async |domain| done(addresses.run(domain).await)).await,
            Self::Clean => clean_lines(),
            Self::Parse { file } => done(parse_file(&file)),
            Self::Pairs(command) => with_present_domain(async |domain| done(command.run(domain).await)).await,
            Self::Models(command) => with_present_domain(async |domain| done(command.run(domain).await)).await,
            Self::User(command) if !command.adds() => {
                with_present_domain(async |domain| done(command.run(domain).await)).await
            }
            Self::User(command) => with_domain(async |domain| done(command.run(domain).await)).await,
            Self::Backup(backup) => with_present_domain(async |domain| done(backup.run(domain).await)).await,
            Self::Verify { file } => done(verify(&file).await),
            Self::Restore { file } => done(restore(&file).await),
            Self::Move(to) => with_present_domain(async |domain| done(to.run(domain).await)).await,
            Self::Migrate => {
                // Opening is migrating.
                with_domain(async |domain| done(say(&format!("the {} database is up to date", domain.backend())))).await
            }
        }
    }
}

/// Opens the domain for one job and closes it behind it.
async fn with_domain(job: impl AsyncFnOnce(&Arc<Domain>) -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    let domain = Domain::open(Settings::from_env()?).await?;
    let outcome = job(&domain).await;
    if timeout(LAST, domain.shutdown()).await.is_err() {
        warn!("not everything stopped in time; it continues when its lease has ended");
    }
    outcome
}

/// The same for a job about what is there: a database of its own making would hide that another one was meant.
async fn with_present_domain(
    job: impl AsyncFnOnce(&Arc<Domain>) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let settings = Settings::from_env()?;
    if let Some(file) = sqlite_file(&settings.database_url).filter(|file| !file.exists()) {
        bail!(
            "there is no database at {}: set DATABASE_URL to yours; a relative path is relative to the current folder",
            file.display()
        );
    }
    with_domain(job).await
}

/// A job that has no more to tell than that it worked.
fn done(outcome: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
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
    fn wrong_usage_is_told_apart() {
        assert!(Cli::try_parse_from(["replybook", "sync", "--account", "17"]).is_err());
        assert!(Cli::try_parse_from(["replybook", "import", "x.mbox"]).is_ok(), "the file says whose mail it is");
        assert!(Cli::try_parse_from(["replybook", "import", "x.mbox", "--anyway"]).is_err(), "import it as whose?");
        assert!(Cli::try_parse_from(["replybook"]).is_ok_and(|cli| cli.command.is_none()));
    }
}
