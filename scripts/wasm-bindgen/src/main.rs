//! `wasm-bindgen [--small] --target=web --out-name=NAME --out-dir=DIR WASM`: what scripts/site.sh calls, and cargo-leptos for
//! `make dev`.
//!
//! The published program is four times as many crates, for downloads it never makes here, and cannot be installed where
//! one of them is missing from the registry. The library is the same, and its version is in a lock file. For
//! releases (`--small`) it also makes the WASM smaller (`idle`, `slim`), and leaves out the names of functions, which are of use in a
//! browser's debugger only.

mod idle;
mod slim;

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let (mut name, mut folder, mut input, mut web, mut small) = (None, None, None, false, false);
    for argument in env::args().skip(1) {
        match argument.split_once('=').unwrap_or((&argument, "")) {
            ("--target", "web") => web = true,
            ("--small", "") => small = true,
            ("--out-name", value) => name = Some(value.to_owned()),
            ("--out-dir", value) => folder = Some(PathBuf::from(value)),
            (option, _) if option.starts_with("--") => bail!("{argument} is not supported here"),
            _ => input = Some(PathBuf::from(&argument)),
        }
    }
    let (Some(name), Some(folder), Some(input), true) = (name, folder, input, web) else {
        bail!("usage: wasm-bindgen [--small] --target=web --out-name=NAME --out-dir=DIR WASM");
    };
    let mut wasm = fs::read(&input).with_context(|| format!("{} cannot be read", input.display()))?;
    if small {
        let (less, number) = idle::empty(&wasm)?;
        if number == 0 {
            bail!(
                "{} has none of the functions that are left out of releases: are they called otherwise now?",
                input.display()
            );
        }
        wasm = less;
    }
    Bindgen::new()
        .input_bytes(&name, wasm)
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
