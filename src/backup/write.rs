//! Writing an archive: beside its name first, and under it once it is whole and reads back.

use std::{
    collections::BTreeMap,
    fs::{File, Metadata, Permissions, TryLockError, metadata, rename, set_permissions},
    io::{BufWriter, Read, Write},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::{
    BackupError,
    archive::{MANIFEST, Manifest, SUMS, Sums, TABLES, UPLOADS, UploadSum},
    watch::Steps,
};
use crate::{
    files,
    store::portable::{Row, Tally},
};

/// An archive that is being written. Dropped before [`Writer::keep`], it leaves nothing.
pub(super) struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<File>>>,
    place: Place,
    made_at: DateTime<Utc>,
    steps: Steps,
    /// Pages and rows of each table.
    tables: BTreeMap<String, (u32, Tally)>,
    uploads: Vec<UploadSum>,
}

/// An archive that is whole, but has not got its name yet.
pub(super) struct Written {
    place: Place,
    pub sums: Sums,
}

/// What the name of an archive ends with while it is written: nobody else calls a file so, for what lies there is written over.
const PART: &str = ".replybook-part";

/// The name that the archive will have, and the one that it has until then.
struct Place {
    path: PathBuf,
    part: PathBuf,
    replace: bool,
    is_kept: bool,
    /// Locked: nobody else writes there.
    _lock: File,
}

impl Place {
    fn take(path: &Path, replace: bool) -> Result<(Self, File), BackupError> {
        refuse_existing(path, replace)?;
        let mut part = path.as_os_str().to_owned();
        part.push(PART);
        let part = PathBuf::from(part);
        let failed = |error| BackupError::file(&part, "written", error);
        // What a process that died left there is written over.
        let file = files::private().read(true).write(true).create(true).truncate(false).open(&part).map_err(failed)?;
        let lock = file.try_clone().map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // A backup that was being stopped may have taken the name away between the two.
        let is_named = |there: Metadata| Ok(there.ino() == file.metadata()?.ino());
        if !metadata(&part).and_then(is_named).unwrap_or(false) {
            return Err(BackupError::InUse(path.to_owned()));
        }
        file.set_len(0).and_then(|()| set_permissions(&part, Permissions::from_mode(0o600))).map_err(failed)?;
        Ok((Self { path: path.to_owned(), part, replace, is_kept: false, _lock: lock }, file))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_kept {
            // What stays the next backup writes over.
            let _left = std::fs::remove_file(&self.part);
        }
    }
}

fn refuse_existing(path: &Path, replace: bool) -> Result<(), BackupError> {
    match std::fs::symlink_metadata(path) {
        Ok(about) if !about.is_file() => Err(BackupError::NotAFile(path.to_owned())),
        Ok(_) if !replace => Err(BackupError::Exists(path.to_owned())),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(BackupError::file(path, "written", error)),
        _ => Ok(()),
    }
}

impl Writer {
    /// Begins an archive that will be called `path`. A file that is there is refused, or replaced at the end.
    pub(super) fn create(path: &Path, replace: bool, manifest: &Manifest, steps: &Steps) -> Result<Self, BackupError> {
        let (place, file) = Place::take(path, replace)?;
        let packer = GzEncoder::new(BufWriter::with_capacity(1 << 20, file), Compression::default());
        let mut writer = Self {
            tar: tar::Builder::new(packer),
            place,
            steps: steps.clone(),
            made_at: manifest.made_at,
            tables: manifest.tables.iter().map(|table| (table.name.clone(), Default::default())).collect(),
            uploads: Vec::new(),
        };
        writer.add(MANIFEST, &serde_json::to_vec_pretty(manifest).unwrap_or_default())?;
        Ok(writer)
    }

    /// Adds rows of a table.
    pub(super) fn rows(&mut self, table: &str, rows: &[Row]) -> Result<(), BackupError> {
        let mut lines = Vec::new();
        let (pages, tally) = self.tables.entry(table.to_owned()).or_default();
        *pages += 1;
        let name = format!("{TABLES}/{table}/{pages:06}.jsonl");
        for row in rows {
            tally.add(row);
            serde_json::to_writer(&mut lines, row)
                .map_err(|error| BackupError::file(&self.place.part, "written", error.into()))?;
            lines.push(b'\n');
        }
        self.add(&name, &lines)
    }

    /// Adds a file that waits to be imported.
    pub(super) fn upload(&mut self, name: &str, source: &str, file: File) -> Result<(), BackupError> {
        let failed = |error| BackupError::file(source, "read", error);
        let bytes = file.metadata().map_err(failed)?.len();
        let mut hashed = Hashed::of(file.take(bytes), &self.steps);
        let mut header = self.header(bytes);
        self.tar
            .append_data(&mut header, format!("{UPLOADS}/{name}"), &mut hashed)
            .map_err(|error| BackupError::file(&self.place.part, "written", error))?;
        if hashed.from.limit() > 0 {
            return Err(BackupError::file(source, "read", std::io::ErrorKind::UnexpectedEof.into()));
        }
        let (name, source) = (name.to_owned(), source.to_owned());
        self.uploads.push(UploadSum { name, source, bytes, sha256: hex(hashed.digest) });
        Ok(())
    }

    /// Ends the archive and has the disk keep it.
    pub(super) fn finish(mut self) -> Result<Written, BackupError> {
        let tables = self.tables.iter().map(|(name, (_, tally))| (name.clone(), (*tally).into())).collect();
        let sums = Sums { tables, uploads: std::mem::take(&mut self.uploads) };
        self.add(SUMS, &serde_json::to_vec_pretty(&sums).unwrap_or_default())?;
        let Self { tar, place, .. } = self;
        let ended = tar
            .into_inner()
            .and_then(GzEncoder::finish)
            .and_then(|mut file| file.flush().and_then(|()| file.get_ref().sync_all()));
        ended.map_err(|error| BackupError::file(&place.part, "written", error))?;
        Ok(Written { place, sums })
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let mut header = self.header(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.tar
            .append_data(&mut header, name, bytes)
            .map_err(|error| BackupError::file(&self.place.part, "written", error))
    }

    fn header(&self, bytes: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.made_at.timestamp()).unwrap_or_default());
        header
    }
}

impl Written {
    /// Where it lies until then.
    pub(super) fn lies_at(&self) -> &Path {
        &self.place.part
    }

    /// Gives it its name.
    pub(super) fn keep(mut self) -> Result<(), BackupError> {
        let Place { path, part, replace, .. } = &self.place;
        refuse_existing(path, *replace)?;
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        rename(part, path)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| BackupError::file(path, "written", error))?;
        self.place.is_kept = true;
        Ok(())
    }
}

/// What is read through it is hashed, and every piece of it is a step.
pub(super) struct Hashed<R> {
    pub from: R,
    pub digest: Sha256,
    steps: Steps,
}

impl<R> Hashed<R> {
    pub(super) fn of(from: R, steps: &Steps) -> Self {
        Self { from, digest: Sha256::new(), steps: steps.clone() }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(into)?;
        self.digest.update(&into[..read]);
        self.steps.step();
        Ok(read)
    }
}

/// A digest in lower-case hexadecimal digits.
pub(super) fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
