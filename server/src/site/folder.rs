//! The site as the build left it in a folder. Read anew each time: it may be rebuilt while the server runs.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::{Asset, mime_of};

/// The folder, e.g. `target/site`.
pub(crate) struct Source {
    folder: PathBuf,
}

impl Source {
    pub(crate) fn open(folder: PathBuf) -> Self {
        if !folder.join("pkg/replybook.css").is_file() {
            let folder = folder.display();
            tracing::warn!(%folder, "no site is built there (LEPTOS_SITE_ROOT): pages come without style and scripts");
        }
        Self { folder }
    }

    pub(crate) fn find(&self, name: &str, brotli: bool) -> Option<Asset> {
        let path = self.folder.join(name);
        let tag = stamp(&path)?;
        let compressed = brotli.then(|| compressed_twin(&path)).flatten();
        let is_brotli = compressed.is_some();
        let bytes = fs::read(compressed.unwrap_or(path)).ok()?.into();
        Some(Asset { bytes, mime: mime_of(name), tag, is_brotli })
    }

    pub(crate) fn version(&self) -> String {
        let mut files: Vec<PathBuf> =
            fs::read_dir(self.folder.join("pkg")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        // FNV-1a over names, sizes and times: a version only has to differ when a file differs.
        let hash = files.iter().filter_map(|path| Some((path, stamp(path)?))).fold(
            0xcbf2_9ce4_8422_2325_u64,
            |hash, (path, stamp)| {
                let bytes = path.as_os_str().as_encoded_bytes().iter().copied().chain(stamp.into_bytes());
                bytes.fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
            },
        );
        format!("{hash:016x}")
    }
}

/// Size and time of a regular file.
fn stamp(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let modified = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{:x}-{:x}", meta.len(), modified.as_nanos()))
}

/// The `.br` beside a file, unless it is older than the file: then an earlier build left it.
fn compressed_twin(path: &Path) -> Option<PathBuf> {
    let mut twin = path.as_os_str().to_owned();
    twin.push(".br");
    let twin = PathBuf::from(twin);
    let time = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    (time(&twin)? >= time(path)?).then_some(twin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_follows_the_files_and_an_old_twin_is_not_served() {
        let folder = tempfile::tempdir().expect("a folder");
        let pkg = folder.path().join("pkg");
        fs::create_dir(&pkg).expect("a folder");
        fs::write(pkg.join("a.js.br"), "compressed").expect("written");
        let old = UNIX_EPOCH + std::time::Duration::from_secs(1_000);
        fs::File::open(pkg.join("a.js.br")).and_then(|file| file.set_modified(old)).expect("set back");
        fs::write(pkg.join("a.js"), "one").expect("written");
        let source = Source::open(folder.path().to_owned());
        let before = source.version();
        let asset = source.find("pkg/a.js", true).expect("found");
        assert_eq!((&asset.bytes[..], asset.is_brotli), (&b"one"[..], false));
        fs::write(pkg.join("a.js.br"), "compressed anew").expect("written");
        assert!(source.find("pkg/a.js", true).is_some_and(|asset| asset.is_brotli));
        assert!(source.find("pkg/a.js", false).is_some_and(|asset| !asset.is_brotli));
        assert_ne!(source.version(), before);
        assert!(source.find("pkg/b.js", true).is_none());
        assert!(source.find("pkg", true).is_none());
    }
}
