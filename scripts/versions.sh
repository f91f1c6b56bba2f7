# shellcheck shell=bash disable=SC2034
# The versions of every tool that the lock files do not already name.

# Also in the Dockerfile and in the release workflow. Installed by rustup when the active Rust is older than `rust-version` in Cargo.toml.
RUST_VERSION=1.99.1
CARGO_LEPTOS_VERSION=0.3.11
CARGO_DENY_VERSION=0.20.2
CARGO_CYCLONEDX_VERSION=0.5.9
CARGO_FUZZ_VERSION=0.13.2
SCHEMATHESIS_VERSION=4.32.5
