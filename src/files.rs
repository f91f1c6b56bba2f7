//! Files and folders that hold mail or what opens it: for the user that the server runs as, and nobody else.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Of files, as POSIX mode bits.
const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;

/// Makes a folder, with those above it that are missing. One that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// Options with which what they create is private.
#[must_use]
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(FILE);
    options
}

/// Makes an empty file if there is none. What SQLite puts beside its file is as private as the file.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_file(path: &Path) -> io::Result<()> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes a new file.
///
/// # Errors
/// When it is there already, or cannot be written.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    private().write(true).create_new(true).open(path)?.write_all(bytes)
}

/// Of these, and of the files in those that are folders, what others may read, write or enter.
#[must_use]
pub fn exposed(paths: &[PathBuf]) -> Vec<PathBuf> {
    let inside = paths.iter().flat_map(|path| std::fs::read_dir(path).into_iter().flatten().flatten());
    let all = paths.iter().cloned().chain(inside.map(|entry| entry.path()));
    let mut exposed: Vec<PathBuf> = all.filter(|path| is_exposed(path)).collect();
    exposed.sort();
    exposed.dedup();
    exposed
}

/// Whether the group or everybody may do anything with it.
#[must_use]
pub fn is_exposed(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_private_and_what_is_not_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("deep/data");
        make_folder(&data).expect("made");
        assert_eq!((mode(&data), mode(&folder.path().join("deep"))), (0o700, 0o700));
        let (one, other) = (data.join("one"), data.join("other"));
        make_file(&one).expect("made");
        write_new(&other, b"mail").expect("written");
        assert_eq!((mode(&one), mode(&other)), (0o600, 0o600));
        make_file(&other).expect("it is there");
        assert_eq!(std::fs::read(&other).expect("reads"), b"mail", "what is there stays");
        assert!(write_new(&other, b"else").is_err());

        assert_eq!(exposed(std::slice::from_ref(&data)), Vec::<PathBuf>::new());
        for (path, open, closed) in [(&data, 0o755, 0o700), (&one, 0o640, 0o600), (&other, 0o602, 0o400)] {
            set_permissions(path, Permissions::from_mode(open)).expect("changed");
            assert_eq!(exposed(&[data.clone(), data.join("nowhere")]), std::slice::from_ref(path));
            set_permissions(path, Permissions::from_mode(closed)).expect("changed");
        }
    }
}
