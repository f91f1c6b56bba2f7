//! `wasm-bindgen --target=web --out-name=NAME --out-dir=DIR WASM`: what cargo-leptos calls.
//!
//! The published program is four times as many crates, for downloads it never makes here, and cannot be installed where
//! one of them is missing from the registry. The library is the same, and its version is in a lock file. For
//! releases it also makes the WASM smaller (`slim`).

mod slim;

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// Set for release builds: the names of functions are of use in a browser's debugger only.
const SMALL: &str = "REPLYBOOK_SMALL_WASM";

fn main() -> Result<()> {
    let (mut name, mut folder, mut input, mut web) = (None, None, None, false);
    for argument in env::args().skip(1) {
        match argument.split_once('=').unwrap_or((&argument, "")) {
            ("--target", "web") => web = true,
            ("--out-name", value) => name = Some(value.to_owned()),
            ("--out-dir", value) => folder = Some(PathBuf::from(value)),
            (option, _) if option.starts_with("--") => bail!("{argument} is not supported here"),
            _ => input = Some(PathBuf::from(&argument)),
        }
    }
    let (Some(name), Some(folder), Some(input), true) = (name, folder, input, web) else {
        bail!("usage: wasm-bindgen --target=web --out-name=NAME --out-dir=DIR WASM");
    };
    let small = env::var_os(SMALL).is_some();
    Bindgen::new()
        .input_path(&input)
        .out_name(&name)
        .typescript(false)
        .web(true)?
        .remove_name_section(small)
        .remove_producers_section(small)
        .generate(&folder)
        .with_context(|| format!("{} cannot be bound to JavaScript", input.display()))?;
    if small {
        let output = folder.join(format!("{name}_bg.wasm"));
        fs::write(&output, slim::merge_and_sort(&fs::read(&output)?)?)?;
    }
    Ok(())
}
