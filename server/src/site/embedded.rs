//! The site inside the binary, as `REPLYBOOK_SITE_DIR` held it when it was compiled.

use std::{io::Read as _, path::PathBuf, sync::LazyLock};

use axum::body::Bytes;
use brotli_decompressor::Decompressor;
use rust_embed::{Embed, EmbeddedFile};

use super::{Asset, mime_of};

#[derive(Embed)]
#[folder = "$REPLYBOOK_SITE_DIR"]
struct Files;

/// The version never changes while the process lives.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().filter(|name| name.starts_with("pkg/")).collect();
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
        // What is smaller that way is there in its compressed form alone.
        let compressed = Files::get(&format!("{name}.br"));
        let is_brotli = compressed.is_some() && brotli;
        let is_unpacked = compressed.is_some() && !brotli;
        let file = compressed.or_else(|| Files::get(name))?;
        let tag = hex(&file.metadata.sha256_hash()[..12]);
        let bytes = if is_unpacked { unpacked(&file.data)? } else { bytes_of(file) };
        Some(Asset { bytes, mime: mime_of(name), tag, is_brotli })
    }

    #[expect(clippy::unused_self, reason = "the same face as the folder's")]
    pub(crate) fn version(&self) -> String {
        VERSION.clone()
    }
}

/// For the few clients that take no brotli.
fn unpacked(bytes: &[u8]) -> Option<Bytes> {
    let mut unpacked = Vec::new();
    let read = Decompressor::new(bytes, 4096).read_to_end(&mut unpacked);
    read.inspect_err(|error| tracing::error!(%error, "a file of the site cannot be unpacked")).ok()?;
    Some(unpacked.into())
}

fn bytes_of(file: EmbeddedFile) -> Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => bytes.into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
