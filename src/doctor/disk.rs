//! Whether there is room, and whether what holds mail is this user's and nobody else's.

use std::{
    collections::BTreeSet,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Access, access, statvfs},
    process::geteuid,
};

use super::{Report, Subject, note, right, wrong};
use crate::{
    files,
    room::{LEAST_ROOM, folders, what_is_there},
    settings::Settings,
    store::sqlite_file,
};

/// Whether the database may be opened: files of another user are left alone, since SQLite would put some of ours beside them.
pub(super) fn look(settings: &Settings, report: Report<'_>) -> bool {
    let database = sqlite_file(&settings.database_url);
    let folders = folders(settings);
    look_for_room(&folders, report);
    look_at_folders(&folders, report);
    look_at_modes(settings, database.as_deref(), report);
    is_ours(database.as_deref(), report)
}

/// Once for each file system.
fn look_for_room(folders: &[PathBuf], report: Report<'_>) {
    let mut seen = BTreeSet::new();
    for folder in folders {
        let there = what_is_there(folder);
        let Ok(about) = there.metadata() else { continue };
        if !seen.insert(about.dev()) {
            continue;
        }
        match statvfs(there) {
            Ok(room) => say_room(
                &folder.display().to_string(),
                room.f_bavail.saturating_mul(room.f_frsize),
                // Some file systems have no number of files to run out of, and say 0 of 0.
                room.f_files == 0 || room.f_favail > 0,
                report,
            ),
            Err(error) => {
                let error = io::Error::from(error);
                wrong(
                    report,
                    Subject::Disk,
                    &format!("the free space in {} could not be determined: {error}", folder.display()),
                );
            }
        }
    }
}

fn say_room(folder: &str, bytes: u64, has_files: bool, report: Report<'_>) {
    if bytes < LEAST_ROOM {
        let room = size(bytes);
        wrong(
            report,
            Subject::Disk,
            &format!("only {room} free in {folder}: free some space before nothing can be stored"),
        );
    } else if has_files {
        right(report, Subject::Disk, &format!("{} free in {folder}", size(bytes)));
    } else {
        wrong(
            report,
            Subject::Disk,
            &format!("no more files can be created in {folder}: its file system is out of inodes"),
        );
    }
}

fn look_at_folders(folders: &[PathBuf], report: Report<'_>) {
    for folder in folders {
        let name = folder.display();
        match folder.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let above = what_is_there(folder);
                if access(above, Access::WRITE_OK).is_ok() {
                    note(
                        report,
                        Subject::Disk,
                        &format!("the folder {name} does not exist yet: the first start creates it"),
                    );
                } else {
                    let above = above.display();
                    wrong(
                        report,
                        Subject::Disk,
                        &format!("the folder {name} does not exist, and this user may not create it in {above}"),
                    );
                }
            }
            Err(error) => wrong(report, Subject::Disk, &format!("the folder {name} could not be checked: {error}")),
            Ok(about) if !about.is_dir() => wrong(report, Subject::Disk, &format!("{name} is not a folder")),
            Ok(_) if access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() => {
                wrong(report, Subject::Disk, &format!("this user may not write to the folder {name}"));
            }
            Ok(_) => right(report, Subject::Disk, &format!("this user may write to the folder {name}")),
        }
    }
}

fn look_at_modes(settings: &Settings, database: Option<&Path>, report: Report<'_>) {
    let mut paths = vec![settings.data_dir.clone(), settings.uploads_folder()];
    paths.extend(database.into_iter().flat_map(|file| {
        ["", "-wal", "-shm"].map(|suffix| {
            let mut path = file.as_os_str().to_owned();
            path.push(suffix);
            PathBuf::from(path)
        })
    }));
    let exposed = files::exposed(&paths);
    match &exposed[..] {
        [] if settings.data_dir.exists() => {
            right(report, Subject::Disk, "only this user may read the files that hold mail")
        }
        [] => {}
        [first, more @ ..] => {
            let others = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            let first = first.display();
            let cure = if exposed.iter().all(|path| path.starts_with(&settings.data_dir)) {
                format!("chmod -R go= {}", settings.data_dir.display())
            } else {
                let paths: Vec<String> = exposed.iter().map(|path| path.display().to_string()).collect();
                format!("chmod go= {}", paths.join(" "))
            };
            let text = format!("other users of this machine may read or change {first}{others}: `{cure}`");
            wrong(report, Subject::Disk, &text);
        }
    }
}

fn is_ours(database: Option<&Path>, report: Report<'_>) -> bool {
    let Some((file, about)) = database.and_then(|file| Some((file, file.metadata().ok()?))) else { return true };
    let us = geteuid().as_raw();
    if about.uid() == us {
        return true;
    }
    let text = format!(
        "{} belongs to user {} and this runs as user {us}: run it as that user, or the server will not be able to write",
        file.display(),
        about.uid()
    );
    wrong(report, Subject::Disk, &text);
    false
}

/// Bytes in the largest unit of which there is at least one.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..0x4000_0000 => format!("{} MB", bytes >> 20),
        _ => format!("{} GB", tenths(1 << 30)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Finding, Verdict};

    #[test]
    fn little_room_is_wrong_and_so_are_no_inodes() {
        for (bytes, has_files, verdict, words) in [
            (34 << 30, true, Verdict::Right, "34.0 GB free in data"),
            ((1 << 30) + (1 << 29), true, Verdict::Right, "1.5 GB free in data"),
            (500 << 20, true, Verdict::Right, "500 MB free in data"),
            ((500 << 20) - 1, true, Verdict::Wrong, "only 499 MB free in data"),
            (34 << 30, false, Verdict::Wrong, "out of inodes"),
        ] {
            let mut found: Vec<Finding> = Vec::new();
            say_room("data", bytes, has_files, &mut |finding| found.push(finding));
            assert!(found.len() == 1 && found[0].verdict == verdict && found[0].text.contains(words), "{found:?}");
        }
    }
}
