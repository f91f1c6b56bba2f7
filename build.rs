//! Packs the sample mailbox: it would be a twentieth of the binary.

use std::io;

#[cfg(not(feature = "server"))]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

#[cfg(feature = "server")]
fn main() -> io::Result<()> {
    use std::{env, fs, io::Write as _, path::Path};

    const SAMPLE: &str = "sample/mailbox.mbox";

    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SAMPLE}");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("Cargo names no OUT_DIR"))?;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&fs::read(SAMPLE)?)?;
    fs::write(Path::new(&out).join("sample.mbox.gz"), packer.finish()?)
}
