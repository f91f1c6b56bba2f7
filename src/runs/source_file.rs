//! The file that an import reads.

use std::path::{Path, PathBuf};

use crate::{Domain, store::StoreError, types::RunId};

/// The folder for uploaded files.
#[must_use]
pub(crate) fn uploads_dir(d: &Domain) -> PathBuf {
    d.settings.data_dir.join("uploads")
}

/// Deletes the uploaded file of an import that will not go on.
pub(crate) async fn discard_source_of(d: &Domain, run: RunId) -> Result<(), StoreError> {
    if let Some(path) = d.store.source_of_run(run).await? {
        discard(d, &path).await;
    }
    Ok(())
}

/// Deletes a file of ours that is no longer needed; a file given on the command line is its owner's.
pub(crate) async fn discard(d: &Domain, path: &Path) {
    let inside = std::path::absolute(uploads_dir(d))
        .and_then(|uploads| Ok(std::path::absolute(path)?.starts_with(uploads)))
        .unwrap_or(false);
    if inside && let Err(error) = tokio::fs::remove_file(path).await {
        tracing::warn!(path = %path.display(), %error, "an uploaded file could not be deleted");
    }
}
