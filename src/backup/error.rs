//! What can be wrong with an archive, or with a database that is to be filled.

use std::{io, path::PathBuf};

use crate::{
    settings::SettingsError,
    store::{OpenError, StoreError},
    worker::WorkerError,
};

/// Why a backup, a restore or a move was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} already exists: choose another name, or overwrite it with --force", .0.display())]
    Exists(PathBuf),
    #[error("{} is not a file that can be overwritten: choose another name", .0.display())]
    NotAFile(PathBuf),
    #[error("another backup is being written to {} right now", .0.display())]
    InUse(PathBuf),
    #[error("{} cannot be {doing}: {error}", .path.display())]
    File { path: PathBuf, doing: &'static str, error: io::Error },
    #[error("this is not an archive of `replybook backup`: {0}")]
    NotAnArchive(String),
    #[error("the archive is damaged or cut off: {0}")]
    Damaged(String),
    #[error(
        "the archive is from a newer version of Replybook ({made_by}, schema {schema}); this one supports schemas up to {known}: \
         restore it with that version or a newer one"
    )]
    Newer { made_by: String, schema: i64, known: i64 },
    #[error(
        "the archive is in a newer format ({format}); this program supports formats up to {known}: restore it with a newer \
         version of Replybook"
    )]
    NewerFormat { format: u64, known: u64 },
    #[error(
        "the archive was made with another SECRET_KEY, so its tokens could not be opened; nothing was written. Set SECRET_KEY to \
         the key that the server had when the backup was made"
    )]
    AnotherKey,
    #[error("the keys do not fit the archive: {0}")]
    Keys(OpenError),
    #[error("the database is not empty ({0} has rows); nothing was written. Choose a new database")]
    NotEmpty(String),
    #[error(
        "the tables of the database are newer (schema {found}) than those of the archive (schema {wanted}); nothing was written. \
         Choose a new database, without tables"
    )]
    TablesNewer { found: i64, wanted: i64 },
    #[error("{table} did not accept a row: {error}; nothing was kept")]
    Refused { table: String, error: StoreError },
    #[error("{0} does not read back as it was written; nothing was kept")]
    Differs(String),
    #[error("the archive changed while it was read; nothing was kept")]
    Changed,
    #[error("an upload named {} already exists with other content; nothing was kept", .0.display())]
    UploadThere(PathBuf),
    #[error(
        "a worker runs on this database (process {process} on {host}): stop every server and worker, then move. After a crash, \
         wait half a minute"
    )]
    WorkerRuns { host: String, process: i64 },
    #[error(transparent)]
    Worker(#[from] WorkerError),
    #[error("the new database is the same as the old one")]
    SameDatabase,
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Everything is there, and the next start does the rest.
    #[error(
        "everything is stored and equal, but the database could not be brought up to date or made ready for searching: {0}; \
         the next start of the server does that"
    )]
    NotReady(String),
    #[error("stopped; nothing was kept")]
    Stopped,
    #[error(
        "no file could be read or written for {minutes} minutes, so nothing was kept: does the disk, or the network drive, answer?"
    )]
    Stalled { minutes: u64 },
}

impl BackupError {
    /// A file that could not be read or written.
    pub(super) fn file(path: impl Into<PathBuf>, doing: &'static str, error: io::Error) -> Self {
        Self::File { path: path.into(), doing, error }
    }
}
