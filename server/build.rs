//! What the binary carries besides its code: the embedded site, and the viewer of the API.

use std::{env, error::Error, fs, io, io::Read as _, path::Path};

use zip::{CompressionMethod, ZipArchive};

/// Of Swagger UI, what one page needs.
const VIEWER: &[&str] = &["swagger-ui-bundle.js", "swagger-ui.css"];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo must look at the site again when it was rebuilt.
    println!("cargo::rerun-if-env-changed=REPLYBOOK_SITE_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_EMBED_SITE").is_some()
        && let Ok(folder) = env::var("REPLYBOOK_SITE_DIR")
    {
        println!("cargo::rerun-if-changed={folder}");
    }
    let out = env::var("OUT_DIR")?;
    let mut archive = ZipArchive::new(io::Cursor::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED))?;
    for name in VIEWER {
        let path = archive.file_names().find(|path| path.ends_with(&format!("/dist/{name}"))).map(str::to_owned);
        let path = path.ok_or_else(|| format!("the archive of Swagger UI has no {name}"))?;
        fs::write(Path::new(&out).join(format!("{name}.gz")), gzip(&mut archive, &path)?)?;
    }
    Ok(())
}

/// A file of the archive as a gzip file (RFC 1952): the compressed bytes are the same, head and end are others.
fn gzip(archive: &mut ZipArchive<io::Cursor<&[u8]>>, path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let index = archive.index_for_name(path).ok_or("the archive lost a file")?;
    let mut file = archive.by_index_raw(index)?;
    if file.compression() != CompressionMethod::Deflated {
        return Err(format!("{path} is not deflated").into());
    }
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.read_to_end(&mut bytes)?;
    bytes.extend(file.crc32().to_le_bytes());
    // The length modulo 2³², as the format has it.
    bytes.extend(u32::try_from(file.size())?.to_le_bytes());
    Ok(bytes)
}
