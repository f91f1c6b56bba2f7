//! Everything of an installation in one file, and from there, or straight away, into another database of either kind.
//!
//! What is read is one moment of the database, whoever writes meanwhile. What is written is one transaction, committed when it has
//! been read back and is equal: a database that is half restored does not exist.

mod archive;
mod error;
mod fill;
mod read;
mod uploads;
mod watch;
mod write;

pub use archive::{Manifest, Sums, TableSum, UploadSum};
pub use error::BackupError;
pub use fill::{relocate, restore};
pub use read::Checked;
pub use uploads::LeftOut;

use std::path::Path;

use tokio::sync::mpsc::{self, error::TryRecvError};

use crate::{
    Domain,
    store::portable::{Extent, Pages, Row, Table, Transfer},
};
use archive::FORMAT;
use read::Archive;
use uploads::Waiting;
use watch::{Steps, Watched};
use write::Writer;

/// Pages between the database and the file: together with the size of a page this bounds the memory.
const AHEAD: usize = 2;

/// A backup that was written and read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub archive: Checked,
    pub left_out: LeftOut,
}

/// What goes into an archive, in its order.
enum Piece {
    Rows(String, Vec<Row>),
    Upload(Waiting),
    /// Without it the backup was stopped.
    End,
}

/// Writes everything into a new archive, reads it back and gives it its name then. Servers and workers go on meanwhile.
///
/// # Errors
/// See [`BackupError`]. Nothing is left under the name then, and what was there stays.
pub async fn create(d: &Domain, path: &Path, replace: bool) -> Result<Backup, BackupError> {
    let (mut snapshot, waiting, left_out) = uploads::begin(d).await?;
    let manifest = Manifest {
        format: FORMAT,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: d.clock.now(),
        database: d.backend().to_owned(),
        schema: snapshot.schema().await?,
        key: snapshot.key_mark().await?,
        tables: Table::all(Extent::Lasting),
    };
    let tables = manifest.tables.clone();
    let (pieces, queue) = mpsc::channel(AHEAD);
    let path = path.to_owned();
    let writing = Watched::begin(move |steps| write(&path, replace, &manifest, queue, &steps));
    let sent = send(&mut snapshot, &tables, waiting, &pieces, &writing).await;
    drop(snapshot);
    match sent {
        // Until the archive is whole, the channel says that somebody still wants it.
        Ok(()) | Err(BackupError::Stopped) => {
            let archive = writing.ended().await?;
            drop(pieces);
            tracing::info!(bytes = archive.bytes, sha256 = archive.sha256, "backup written");
            Ok(Backup { archive, left_out })
        }
        Err(error) => Err(error),
    }
}

/// Sends everything to the thread that writes. [`BackupError::Stopped`] when that has ended, and says itself why.
async fn send(
    snapshot: &mut Transfer,
    tables: &[Table],
    waiting: Vec<Waiting>,
    pieces: &mpsc::Sender<Piece>,
    writing: &Watched<Checked>,
) -> Result<(), BackupError> {
    let give = async |piece| writing.while_it_goes_on(pieces.send(piece)).await?.map_err(|_| BackupError::Stopped);
    for table in tables {
        let mut pages = Pages::default();
        loop {
            let rows = snapshot.page(table, &mut pages).await?;
            if rows.is_empty() {
                break;
            }
            give(Piece::Rows(table.name.clone(), rows)).await?;
        }
    }
    for file in waiting {
        give(Piece::Upload(file)).await?;
    }
    give(Piece::End).await
}

fn write(
    path: &Path,
    replace: bool,
    manifest: &Manifest,
    mut queue: mpsc::Receiver<Piece>,
    steps: &Steps,
) -> Result<Checked, BackupError> {
    let mut writer = Writer::create(path, replace, manifest, steps)?;
    loop {
        steps.step();
        match queue.blocking_recv() {
            Some(Piece::Rows(table, rows)) => writer.rows(&table, &rows)?,
            Some(Piece::Upload(waiting)) => writer.upload(&waiting.name, &waiting.source, waiting.file)?,
            Some(Piece::End) => break,
            None => return Err(BackupError::Stopped),
        }
    }
    let written = writer.finish()?;
    let checked = Archive::open(written.lies_at())?.read(None, steps, |_, _| match queue.try_recv() {
        Err(TryRecvError::Disconnected) => Err(BackupError::Stopped),
        _ => Ok(()),
    })?;
    if checked.manifest != *manifest || checked.sums != written.sums {
        return Err(BackupError::Damaged("it does not read back as it was written".to_owned()));
    }
    written.keep()?;
    Ok(checked)
}

/// Reads an archive to its end and compares what it holds with what it says.
///
/// # Errors
/// See [`BackupError`].
pub async fn verify(path: &Path) -> Result<Checked, BackupError> {
    let path = path.to_owned();
    Watched::begin(move |steps| Archive::open(&path)?.read(None, &steps, |_, _| Ok(()))).ended().await
}
