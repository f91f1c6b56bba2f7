//! How much room there is on the disks that data is written to.

use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use crate::{settings::Settings, store::sqlite_file};

/// With less than this, mail that comes in can fill the disk in an hour.
pub(crate) const LEAST_ROOM: u64 = 500 << 20;

/// How much room there is for what is stored here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In bytes.
    pub free: u64,
    /// With less than this, mail that comes in can fill the disk in an hour.
    pub needed: u64,
}

/// The room on the fullest of the disks that the data folder and the database lie on. `None` where it cannot be found out.
#[must_use]
pub fn room(settings: &Settings) -> Option<Room> {
    let rooms = folders(settings).into_iter().filter_map(|folder| statvfs(what_is_there(&folder)).ok());
    let free = rooms.map(|room| room.f_bavail.saturating_mul(room.f_frsize)).min()?;
    Some(Room { free, needed: LEAST_ROOM })
}

/// Where data is written.
pub(crate) fn folders(settings: &Settings) -> Vec<PathBuf> {
    let database = sqlite_file(&settings.database_url);
    let mut folders = vec![settings.data_dir.clone()];
    folders.extend(database.as_deref().and_then(Path::parent).map(|folder| or_here(folder).to_path_buf()));
    folders.dedup();
    folders
}

/// What an empty path means.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The path itself, or the nearest folder above it that is there.
pub(crate) fn what_is_there(path: &Path) -> &Path {
    path.ancestors().map(or_here).find(|above| above.exists()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_judged_by_the_folder_above() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(what_is_there(&folder.path().join("a/b/c")), folder.path());
        assert_eq!(what_is_there(folder.path()), folder.path());
        assert_eq!(what_is_there(Path::new("nowhere-at-all/data")), Path::new("."));
    }
}
