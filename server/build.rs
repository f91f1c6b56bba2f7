//! The embedded site is part of the binary: cargo must look at it again when it was rebuilt.

fn main() {
    println!("cargo::rerun-if-env-changed=REPLYBOOK_SITE_DIR");
    if std::env::var_os("CARGO_FEATURE_EMBED_SITE").is_some()
        && let Ok(folder) = std::env::var("REPLYBOOK_SITE_DIR")
    {
        println!("cargo::rerun-if-changed={folder}");
    }
}
