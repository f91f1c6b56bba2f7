//! `replybook backup`, `verify`, `restore` and `move`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::bail;
use clap::Args;
use replybook::{
    Domain,
    backup::{self, BackupError, Checked, TableSum},
    clock::SystemClock,
    settings::Settings,
};

use super::console::say;
use crate::serve::Signals;

/// `replybook backup`
#[derive(Args)]
pub(super) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
}

/// `replybook move`
#[derive(Args)]
pub(super) struct Move {
    /// The new, empty database: postgres://user:password@host/name or sqlite://path
    #[arg(long, value_name = "DATABASE_URL")]
    to: String,
}

impl Backup {
    /// Writes the archive and says what is in it.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        let made = until_stopped(backup::create(domain, &self.file, self.force)).await?;
        say_archive(&made.archive)?;
        for path in &made.left_out.elsewhere {
            say(&format!("left out: {} (waits to be imported from its own place)", path.display()))?;
        }
        for path in &made.left_out.gone {
            say(&format!("left out: {} (was to be imported, but no longer exists)", path.display()))?;
        }
        say(&format!(
            "written to {} and checked. Keep SECRET_KEY somewhere else: it is not in the backup",
            self.file.display()
        ))
    }
}

impl Move {
    /// Copies everything and says what to do next.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        let tables = until_stopped(backup::relocate(domain, &self.to)).await?;
        say_tables(&tables)?;
        say("copied and compared; the old database is unchanged")?;
        say("now set DATABASE_URL to the new database for every server and worker, and start them")
    }
}

/// `replybook verify`: needs no database and no key.
///
/// # Errors
/// See [`BackupError`].
pub(super) async fn verify(file: &Path) -> anyhow::Result<()> {
    say_archive(&until_stopped(backup::verify(file)).await?)?;
    say("complete and undamaged")
}

/// `replybook restore`
///
/// # Errors
/// See [`BackupError`].
pub(super) async fn restore(file: &Path) -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let restored = until_stopped(backup::restore(settings, Arc::new(SystemClock), file)).await?;
    say_archive(&restored)?;
    say("restored and compared; everybody has to sign in again")
}

/// Does it, unless a signal comes first.
async fn until_stopped<T>(work: impl Future<Output = Result<T, BackupError>>) -> anyhow::Result<T> {
    let mut signals = Signals::install()?;
    tokio::select! {
        done = work => Ok(done?),
        () = signals.next() => bail!("stopped; nothing was kept"),
    }
}

fn say_archive(archive: &Checked) -> anyhow::Result<()> {
    let Checked { manifest, sums, bytes, sha256 } = archive;
    say(&format!(
        "made by Replybook {} of a {} database (schema {}) at {}",
        manifest.made_by,
        manifest.database,
        manifest.schema,
        manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC")
    ))?;
    say_tables(&sums.tables)?;
    if !sums.uploads.is_empty() {
        say(&format!("{:>12} uploads waiting to be imported", sums.uploads.len()))?;
    }
    say(&format!("{bytes} bytes, SHA-256 {sha256}"))
}

fn say_tables(tables: &BTreeMap<String, TableSum>) -> anyhow::Result<()> {
    for (table, sum) in tables.iter().filter(|(_, sum)| sum.rows > 0) {
        say(&format!("{:>12} {table}", sum.rows))?;
    }
    Ok(())
}
