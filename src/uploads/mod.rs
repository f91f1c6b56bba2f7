//! Files that wait in the folder for uploads until they are imported, and what becomes of them.

mod found;
mod waiting;

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::File,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::time::timeout;

use crate::{Domain, types::Problem};
pub use found::{Look, Party};
pub use waiting::{Ticket, UploadToken, abandon, append, begin, problem, received, ticket};
pub(crate) use waiting::{forget, write};

/// What an upload is called behind its random name, while it comes in and until it is imported.
pub const EXTENSION: &str = "upload";
/// How the sample mailbox is called that waits to be imported.
const SAMPLE: (&str, &str) = ("sample-", "mbox");
/// One step on the disk that uploads wait on.
const DISK: Duration = Duration::from_secs(60);
/// A file that nobody wrote to for so long is not coming in any more.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);
/// A file that was written so much later than now was written while the clock was ahead.
const AHEAD: Duration = Duration::from_secs(10 * 60);

/// The folder.
#[must_use]
pub fn folder(d: &Domain) -> PathBuf {
    d.settings.uploads_folder()
}

/// Where the sample mailbox waits, by a name of its own each time.
pub(crate) fn new_sample(d: &Domain) -> PathBuf {
    let (prefix, extension) = SAMPLE;
    folder(d).join(format!("{prefix}{}.{extension}", uuid::Uuid::new_v4().simple()))
}

/// Whether a file lies in the folder for uploads, wherever the process was started.
pub(crate) fn is_inside(uploads: &Path, file: &Path) -> bool {
    std::path::absolute(uploads)
        .and_then(|uploads| Ok(std::path::absolute(file)?.parent() == Some(&uploads)))
        .unwrap_or(false)
}

/// Waits for the disk that uploads wait on, but not for ever: it may be a network drive that is gone.
///
/// # Errors
/// What the system says, or that it said nothing.
pub async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(DISK, work).await.unwrap_or_else(|_| {
        let text = format!("the disk gave no answer within {} s", DISK.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    })
}

/// Deletes a file of ours that is no longer needed; a file given on the command line is its owner's.
pub(crate) async fn discard(d: &Domain, path: &Path) {
    if !is_inside(&folder(d), path) {
        return;
    }
    match in_time(tokio::fs::remove_file(path)).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "an uploaded file could not be deleted");
        }
        _ => {}
    }
}

/// Deletes what lies in the folder and no import will ever read: a process that died left it, or its import is over. Returns
/// how many files.
///
/// # Errors
/// When the database cannot be read, or the folder.
pub async fn sweep(d: &Domain) -> Result<usize, Problem> {
    let mut files = match in_time(tokio::fs::read_dir(folder(d))).await {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(Problem::internal(&error)),
    };
    // The names are random: they are the same wherever the process was started from.
    let wanted: HashSet<OsString> =
        d.store.sources_to_come().await?.iter().filter_map(|path| path.file_name()).map(ToOwned::to_owned).collect();
    let mut swept = 0;
    while let Some(file) = in_time(files.next_entry()).await.map_err(|error| Problem::internal(&error))? {
        if !is_ours(&file.file_name()) || wanted.contains(&file.file_name()) {
            continue;
        }
        if was_written_ahead(&file).await {
            // It may still be coming in: it ages from now on.
            if let Err(error) = File::open(file.path()).and_then(|file| file.set_modified(SystemTime::now())) {
                tracing::warn!(path = %file.path().display(), %error, "an upload of the future could not be dated anew");
            }
            continue;
        }
        if waiting::is_waited_for(&file.path()) {
            continue;
        }
        // Who looks after it just now may be another process: then it is young, or gone.
        let modified = in_time(file.metadata()).await.and_then(|metadata| metadata.modified());
        if modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= ABANDONED_AFTER)) {
            discard(d, &file.path()).await;
            swept += 1;
        }
    }
    if swept > 0 {
        tracing::info!(files = swept, "uploads that nobody imports any more are deleted");
    }
    Ok(swept)
}

/// Whether a file was written later than now.
async fn was_written_ahead(file: &tokio::fs::DirEntry) -> bool {
    let modified = in_time(file.metadata()).await.and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| at.duration_since(SystemTime::now()).is_ok_and(|ahead| ahead > AHEAD))
}

/// Whether we gave a file its name: what somebody else put there stays.
fn is_ours(name: &std::ffi::OsStr) -> bool {
    let (name, (prefix, extension)) = (Path::new(name), SAMPLE);
    match (name.file_stem().and_then(|stem| stem.to_str()), name.extension()) {
        (Some(stem), Some(end)) => {
            // A ticket that is being written has a second ending.
            let is_ticket =
                end == waiting::TICKET || Path::new(stem).extension().is_some_and(|end| end == waiting::TICKET);
            end == EXTENSION || is_ticket || end == extension && stem.starts_with(prefix)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_gave_are_ours() {
        for ours in ["l8Sb-x.upload", "l8Sb-x.ticket", "l8Sb-x.ticket.k2_", "sample-00ff.mbox"] {
            assert!(is_ours(ours.as_ref()), "{ours}");
        }
        for other in ["mail.mbox", "sample-00ff.zip", "upload", ".upload", "notes.txt"] {
            assert!(!is_ours(other.as_ref()), "{other}");
        }
    }
}
