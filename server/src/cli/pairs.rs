//! `replybook pairs`.

use std::{
    io::{BufRead, IsTerminal},
    sync::Arc,
};

use anyhow::bail;
use clap::Subcommand;
use replybook::{
    Domain, pairs,
    store::Apply,
    types::{AccountId, Actor, RebuildReport},
};

use super::console::say;

/// `replybook pairs`
#[derive(Subcommand)]
pub(super) enum PairsCommand {
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

impl PairsCommand {
    /// Does it, and says what came of it.
    ///
    /// # Errors
    /// When the pairs cannot be made, or nobody is there to be asked.
    pub(super) async fn run(self, domain: &Arc<Domain>) -> anyhow::Result<()> {
        match self {
            Self::Rebuild { account, dry_run, yes } => rebuild(domain, account, dry_run, yes).await,
        }
    }
}

async fn rebuild(domain: &Arc<Domain>, account: Option<AccountId>, dry_run: bool, yes: bool) -> anyhow::Result<()> {
    let would = pairs::rebuild(domain, Actor::command_line(), account, Apply::DryRun).await?;
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
    let done = pairs::rebuild(domain, Actor::command_line(), account, Apply::Yes).await?;
    say(&format!("done: {}", rebuild_line(&done)))
}

fn rebuild_line(report: &RebuildReport) -> String {
    format!(
        "{} threads; {} pairs new, {} changed, {} removed, {} decided ones flagged, {} unchanged",
        report.threads, report.created, report.updated, report.removed, report.flagged, report.unchanged
    )
}
