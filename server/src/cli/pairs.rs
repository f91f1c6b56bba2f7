//! `replybook pairs`.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Subcommand;
use futures::TryStreamExt;
use replybook::{
    Domain,
    answers::{self, Export, Opened},
    files, pairs,
    store::Apply,
    types::{AccountId, Actor, AnswerFilter, ExportFormat, RebuildReport},
};

use super::console::{confirmed, say};

/// `replybook pairs`
#[derive(Subcommand)]
pub(super) enum PairsCommand {
    /// Rebuild the pairs after an upgrade: shows what would change and asks before doing it
    Rebuild {
        /// Only this account
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Write the approved pairs to a file or to standard output
    #[command(group(clap::ArgGroup::new("whose").required(true).args(["account", "all"])))]
    Export {
        /// Only this account
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// All accounts, in one file
        #[arg(long)]
        all: bool,
        /// jsonl (one object per line) or csv (a table)
        #[arg(long, default_value = "jsonl")]
        format: ExportFormat,
        /// Only pairs that contain these words
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        /// Start the csv with a byte order mark, for spreadsheets that need it to recognize UTF-8
        #[arg(long)]
        bom: bool,
        /// The file to write, which must not exist yet; by default standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
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
            Self::Export { account, all: _, format, search, bom, to } => {
                let filter = AnswerFilter { account, text: search };
                export(domain, Export { filter, format, byte_order_mark: bom }, to.as_deref()).await
            }
        }
    }
}

async fn rebuild(domain: &Arc<Domain>, account: Option<AccountId>, dry_run: bool, yes: bool) -> anyhow::Result<()> {
    let would = pairs::rebuild(domain, Actor::command_line(), account, Apply::DryRun).await?;
    say(&format!("this would change: {}", rebuild_line(&would)))?;
    if dry_run {
        return Ok(());
    }
    if !yes && !confirmed("rebuild now? [y/N]")? {
        return Ok(());
    }
    let done = pairs::rebuild(domain, Actor::command_line(), account, Apply::Yes).await?;
    say(&format!("done: {}", rebuild_line(&done)))
}

/// Writes the answers. A file is there when all of it is, under its name, and not before.
async fn export(domain: &Arc<Domain>, export: Export, to: Option<&Path>) -> anyhow::Result<()> {
    let Some(to) = to else {
        let opened = answers::open(domain, Actor::command_line(), export).await?;
        return write_all(domain, &opened, &mut std::io::stdout().lock()).await;
    };
    if to.try_exists()? {
        bail!("{} already exists", to.display());
    }
    let opened = answers::open(domain, Actor::command_line(), export).await?;
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    let unfinished = PathBuf::from(name);
    let written = async {
        let file = files::private().write(true).create(true).truncate(true).open(&unfinished)?;
        let mut file = BufWriter::new(file);
        write_all(domain, &opened, &mut file).await?;
        file.get_ref().sync_all()?;
        Ok(std::fs::rename(&unfinished, to)?)
    };
    if let Err(error) = written.await {
        // What is not whole is of no use to anybody; where it cannot be removed either, its name says what it is.
        let _left = std::fs::remove_file(&unfinished);
        return Err(anyhow::Error::context(error, format!("{} was not written", to.display())));
    }
    say(&format!("{} approved pairs when it began, written to {}", opened.count, to.display()))
}

async fn write_all(domain: &Arc<Domain>, opened: &Opened, to: &mut impl Write) -> anyhow::Result<()> {
    let mut pieces = pin!(answers::bytes(domain, opened));
    while let Some(piece) =
        pieces.try_next().await.context("the export was interrupted: what was written is incomplete")?
    {
        to.write_all(&piece)?;
    }
    Ok(to.flush()?)
}

fn rebuild_line(report: &RebuildReport) -> String {
    format!(
        "{} threads; {} pairs new, {} changed, {} removed, {} decided ones flagged, {} unchanged",
        report.threads, report.created, report.updated, report.removed, report.flagged, report.unchanged
    )
}
