//! The files of imports that are not over: those that a backup takes along, and where a restore puts them.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    BackupError,
    watch::{Steps, Watched},
    write::{Hashed, hex},
};
use crate::{files, settings::Settings, store::StoreError, store::portable::Transfer, uploads::is_inside};

/// How often a snapshot is taken anew because an import ended, and its file went, while it was begun.
const TRIES: usize = 5;

/// A file that waits to be imported, open: it can be read even if its import ends meanwhile.
pub(super) struct Waiting {
    pub name: String,
    /// As the import names it.
    pub source: String,
    pub file: File,
}

/// What is not in an archive although an import waits for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Files outside the folder for uploads: their owner has them.
    pub elsewhere: Vec<PathBuf>,
    /// Files that are gone: their imports would fail here as well.
    pub gone: Vec<PathBuf>,
}

/// Begins a snapshot with the files that belong to it.
pub(super) async fn begin(d: &crate::Domain) -> Result<(Transfer, Vec<Waiting>, LeftOut), BackupError> {
    let mut tries = 0;
    loop {
        let mut snapshot = d.store.snapshot().await?;
        let sources = snapshot.sources_to_come().await?;
        let folder = d.settings.uploads_folder();
        let (waiting, left_out) = Watched::begin(move |_| open(&folder, sources)).ended().await?;
        tries += 1;
        if left_out.gone.is_empty() || tries == TRIES {
            return Ok((snapshot, waiting, left_out));
        }
    }
}

fn open(folder: &Path, sources: Vec<PathBuf>) -> Result<(Vec<Waiting>, LeftOut), BackupError> {
    let (mut waiting, mut left_out) = (Vec::<Waiting>::new(), LeftOut::default());
    for source in sources {
        let name = source.file_name().and_then(|name| name.to_str()).map(ToOwned::to_owned);
        let Some(name) = name.filter(|_| is_inside(folder, &source)) else {
            left_out.elsewhere.push(source);
            continue;
        };
        if waiting.iter().any(|known| known.name == name) {
            continue;
        }
        match File::open(folder.join(&name)) {
            Ok(file) => waiting.push(Waiting { name, source: source.display().to_string(), file }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => left_out.gone.push(source),
            Err(error) => return Err(BackupError::file(source, "read", error)),
        }
    }
    Ok((waiting, left_out))
}

/// Files that a restore has put into the folder for uploads. Dropped before [`Unpacked::keep`], they are gone again.
pub(super) struct Unpacked {
    folder: PathBuf,
    written: Vec<PathBuf>,
}

impl Unpacked {
    pub(super) fn into(settings: &Settings) -> Self {
        Self { folder: settings.uploads_folder(), written: Vec::new() }
    }

    /// Writes one and returns how long it is. The same file may be there already.
    pub(super) fn add(&mut self, name: &str, from: &mut impl Read, steps: &Steps) -> Result<u64, BackupError> {
        let path = self.folder.join(name);
        let failed = |error| BackupError::file(&path, "written", error);
        files::make_folder(&self.folder).map_err(failed)?;
        let mut file = match files::private().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return is_same(&path, from, steps),
            Err(error) => return Err(failed(error)),
        };
        self.written.push(path.clone());
        let bytes = std::io::copy(from, &mut file).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(bytes)
    }

    /// Has imports find what was written, wherever it lay before.
    pub(super) async fn redirect(
        &self,
        transfer: &mut Transfer,
        uploads: &[super::archive::UploadSum],
    ) -> Result<(), StoreError> {
        for upload in uploads {
            let here = self.folder.join(&upload.name).display().to_string();
            if here != upload.source {
                transfer.redirect_source(&upload.source, &here).await?;
            }
        }
        Ok(())
    }

    pub(super) fn keep(mut self) {
        self.written.clear();
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        for path in &self.written {
            if let Err(error) = std::fs::remove_file(path) {
                tracing::warn!(path = %path.display(), %error, "a restored upload could not be taken back");
            }
        }
    }
}

/// Compares a file that is there with the one in the archive.
fn is_same(path: &Path, from: &mut impl Read, steps: &Steps) -> Result<u64, BackupError> {
    let failed = |error| BackupError::file(path, "read", error);
    let mut there = Hashed::of(File::open(path).map_err(failed)?, steps);
    std::io::copy(&mut there, &mut std::io::sink()).map_err(failed)?;
    let mut ours = Hashed::of(from, steps);
    let bytes =
        std::io::copy(&mut ours, &mut std::io::sink()).map_err(|error| BackupError::Damaged(error.to_string()))?;
    if hex(there.digest) == hex(ours.digest) { Ok(bytes) } else { Err(BackupError::UploadThere(path.to_owned())) }
}
