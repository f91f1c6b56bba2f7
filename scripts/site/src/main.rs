//! `replybook-site WASM ROOT OUT [--compress]`: builds the folder of static files that the server serves.
//!
//! `OUT/pkg` gets the JavaScript and the WASM that wasm-bindgen makes of `WASM`, and the style sheet made of
//! `ROOT/style/main.css` and what it imports; `OUT` gets a copy of `ROOT/public`. With `--compress` the WASM loses
//! its function names, and each file gets a brotli copy beside it. `OUT` is replaced as a whole, at the end.

mod css;

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use brotli::enc::BrotliEncoderParams;
use wasm_bindgen_cli_support::Bindgen;

const NAME: &str = "replybook";

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let (wasm, root, out, compress) = match arguments.as_slice() {
        [wasm, root, out] => (wasm, root, out, false),
        [wasm, root, out, flag] if flag.as_os_str() == "--compress" => (wasm, root, out, true),
        _ => bail!("usage: replybook-site WASM ROOT OUT [--compress]"),
    };

    let fresh = out.with_extension("new");
    remove(&fresh)?;
    let pkg = fresh.join("pkg");
    fs::create_dir_all(&pkg)?;
    copy_tree(&root.join("public"), &fresh)?;
    fs::write(pkg.join(NAME).with_extension("css"), css::bundle(&root.join("style/main.css"))?)?;
    Bindgen::new()
        .input_path(wasm)
        .out_name(NAME)
        .typescript(false)
        .web(true)?
        .remove_name_section(compress)
        .remove_producers_section(compress)
        .generate(&pkg)?;
    if compress {
        compress_tree(&fresh)?;
    }

    remove(out)?;
    fs::rename(&fresh, out).with_context(|| format!("cannot put the site at {}", out.display()))
}

fn remove(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn compress_tree(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            compress_tree(&path)?;
        } else if !is_compressed(&path) {
            let mut name = path.clone().into_os_string();
            name.push(".br");
            brotli::BrotliCompress(&mut File::open(&path)?, &mut File::create(name)?, &BrotliEncoderParams::default())?;
        }
    }
    Ok(())
}

/// Pictures and web fonts: brotli makes them no smaller.
fn is_compressed(path: &Path) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| ["png", "jpg", "webp", "avif", "woff2"].contains(&extension))
}
