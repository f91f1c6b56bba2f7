//! The command line.
//!
//! Exit codes: 0 everything was done; 1 it was not, and why is on standard error; 2 wrong usage; 3 a sync or an import
//! ended with something set aside or before its end.

mod backup;
mod connect;
mod connect_gmail;
mod console;
mod fetching;
mod files;
mod keys;
mod pairs;
mod users;

use std::{io::Write, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::{Parser, Subcommand};
use replybook::{
    Domain, crypto,
    settings::{LogFormat, ProgramSettings, Settings},
    types::AccountId,
};

use tokio::time::timeout;
use tracing::warn;

use self::{
    backup::{Backup, Move, restore, verify},
    connect::ConnectCommand,
    console::say,
    fetching::{Backfill, MonitorCommand, sync_once, worker},
    files::{clean_lines, import_file, parse_file},
    keys::KeysCommand,
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
    version,
    after_help = "Settings come from the environment and from .env; see the README.\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a sync or import ended with something set aside."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// How log lines look, instead of REPLYBOOK_LOG: text or json
    #[arg(long, value_name = "FORMAT", global = true)]
    log: Option<LogFormat>,

    /// What is logged, instead of RUST_LOG.
    #[arg(long, global = true, hide = true)]
    log_filter: Option<String>,

    /// The folder with the built site, instead of LEPTOS_SITE_ROOT.
    #[arg(long, global = true, hide = true)]
    site: Option<PathBuf>,
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
    /// Change SECRET_KEY
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Bring the database up to date and end
    Migrate,
    /// Write everything into one file, while servers run
    Backup(Backup),
    /// Read an archive of `backup` to its end, and compare what it holds with what it says
    Verify { file: PathBuf },
    /// Fill an empty database, of either kind, from an archive of `backup`
    Restore { file: PathBuf },
    /// Copy everything into an empty database, of either kind; stop the servers first
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
        let runtime = runtime.context("the runtime cannot be started")?;
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
            Self::Openapi => done(say(&rest::contract().to_pretty_json()?)),
            Self::Keygen => done(say(&crypto::random_token())),
            Self::Keys(command) => with_domain(async |domain| done(command.run(domain).await)).await,
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
            Self::Pairs(command) => with_domain(async |domain| done(command.run(domain).await)).await,
            Self::User(command) => with_domain(async |domain| done(command.run(domain).await)).await,
            Self::Backup(backup) => with_domain(async |domain| done(backup.run(domain).await)).await,
            Self::Verify { file } => done(verify(&file).await),
            Self::Restore { file } => done(restore(&file).await),
            Self::Move(to) => with_domain(async |domain| done(to.run(domain).await)).await,
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
        warn!("not everything stopped in time; it goes on when its lease has ended");
    }
    outcome
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
        assert!(Cli::try_parse_from(["replybook", "import", "x.mbox"]).is_err(), "whose mail is it?");
        assert!(Cli::try_parse_from(["replybook"]).is_ok_and(|cli| cli.command.is_none()));
    }
}
