//! `wasm-bindgen [--small] --target=web --out-name=NAME --out-dir=DIR WASM`: what scripts/site.sh calls, and cargo-leptos for
//! `make dev`.
//!
//! The published program is four times as many crates, for downloads it never makes here, and cannot be installed where
//! one of them is missing from the registry. The library is the same, and its version is in a lock file. For
//! releases (`--small`) it also makes the WASM smaller (`cut`, `slim`), and leaves out the names of functions, which are of use in a
//! browser's debugger only.

mod cut;
mod slim;

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// What views bring for pages that hydrate while parts of them are still being loaded: our islands hydrate at once, on complete pages.
/// Every view has such a function, and nothing calls the first of them.
const NEVER_CALLED: &[&str] = &["hydrate_async"];

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
    let mut bindgen = Bindgen::new();
    if small {
        let wasm = fs::read(&input).with_context(|| format!("{} cannot be read", input.display()))?;
        let (module, cut) = cut::without(&wasm, NEVER_CALLED)?;
        if cut == 0 {
            bail!("{} has none of the functions that are cut out of releases: {NEVER_CALLED:?}", input.display());
        }
        bindgen.input_module(&name, module);
    } else {
        bindgen.input_path(&input);
    }
    bindgen
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
