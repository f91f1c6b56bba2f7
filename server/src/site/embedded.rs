//! The site inside the binary, as `REPLYBOOK_SITE_DIR` held it when it was compiled.

use std::{path::PathBuf, sync::LazyLock};

use rust_embed::{Embed, EmbeddedFile};

use super::{Asset, mime_of};

#[derive(Embed)]
#[folder = "$REPLYBOOK_SITE_DIR"]
struct Files;

/// The version never changes while the process lives.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().filter(|name| name.starts_with("pkg/") && !name.ends_with(".br")).collect();
    names.sort_unstable();
    let mixed = names.iter().filter_map(|name| Files::get(name)).fold([0_u8; 8], |mut mixed, file| {
        for (place, byte) in mixed.iter_mut().zip(file.metadata.sha256_hash()) {
            *place = place.rotate_left(1) ^ byte;
        }
        mixed
    });
    hex(&mixed)
});

/// The files in the binary.
pub(crate) struct Source;

impl Source {
    pub(crate) fn open(_: PathBuf) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same face as the folder's")]
    pub(crate) fn find(&self, name: &str, brotli: bool) -> Option<Asset> {
        let file = Files::get(name)?;
        let tag = hex(&file.metadata.sha256_hash()[..12]);
        let compressed = brotli.then(|| Files::get(&format!("{name}.br"))).flatten();
        let is_brotli = compressed.is_some();
        Some(Asset { bytes: bytes_of(compressed.unwrap_or(file)), mime: mime_of(name), tag, is_brotli })
    }

    #[expect(clippy::unused_self, reason = "the same face as the folder's")]
    pub(crate) fn version(&self) -> String {
        VERSION.clone()
    }
}

fn bytes_of(file: EmbeddedFile) -> axum::body::Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => axum::body::Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => bytes.into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
