# shellcheck shell=bash
# Sourced after lib.sh: makes `cargo` one that builds both for this machine and for WASM, and has rustfmt and clippy.
# First what is active, then rustup, then Debian's packages, for which the WASM standard library is compiled once.

RUST_MINIMUM=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
RUST_STAMP=$CACHE/rust

# usable RUSTC...: is it new enough, and does it really link a WASM library that uses std?
usable() {
  local version probe good=1
  version=$("$@" --version 2>/dev/null | awk '{print $2}')
  [ -n "$version" ] || return 1
  [ "$(printf '%s\n%s\n' "$RUST_MINIMUM" "${version%%-*}" | sort -V | head -n 1)" = "$RUST_MINIMUM" ] || return 1
  probe=$(mktemp -d)
  echo '#[unsafe(no_mangle)] pub extern "C" fn probe(n: usize) -> usize { vec![n; n].len() }' >"$probe/probe.rs"
  "$@" --edition 2024 --crate-type cdylib -C lto=fat --target "$WASM" -o "$probe/probe.wasm" "$probe/probe.rs" >/dev/null 2>&1 || good=
  rm -rf "$probe"
  [ -n "$good" ]
}

# use NAME: from here on, and at the next start without asking again. An empty NAME is the active toolchain.
use() {
  [ -z "$1" ] || export RUSTUP_TOOLCHAIN=$1
  printf '%s\n%s\n' "${RUSTUP_TOOLCHAIN-}" "$(rustc --version --verbose)" >"$RUST_STAMP"
}

remembered() {
  [ -s "$RUST_STAMP" ] || return 1
  local name
  name=$(head -n 1 "$RUST_STAMP")
  [ -z "${RUSTUP_TOOLCHAIN-}" ] || [ "$RUSTUP_TOOLCHAIN" = "$name" ] || return 1
  [ "$(RUSTUP_TOOLCHAIN=$name rustc --version --verbose 2>/dev/null)" = "$(tail -n +2 "$RUST_STAMP")" ] || return 1
  [ -z "$name" ] || export RUSTUP_TOOLCHAIN=$name
}

install_with_rustup() {
  say "rustup: Rust $RUST_VERSION with $WASM"
  timeout 900 rustup toolchain install "$RUST_VERSION" --profile minimal -c rustfmt -c clippy -t "$WASM" --no-self-update >&2
}

install_from_debian() {
  local lld sysroot=/usr/lib/rustlib build sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  debian rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web
  # The linker is a symlink to lld-NN, which the packages above recommend only.
  lld=$(readlink /usr/bin/rust-lld)
  has "$lld" || debian "$lld"
  if ! usable /usr/bin/rustc; then
    say "Compiling Rust's standard library for WASM"
    build=$(mktemp -d)
    mkdir "$build/src"
    echo '#![no_std]' >"$build/src/lib.rs"
    printf '[package]\nname = "wasm-std"\nedition = "2024"\n[workspace]\n[profile.release]\ncodegen-units = 1\n' >"$build/Cargo.toml"
    # Cargo leaves the bitcode out unless told, and then no later build could use fat LTO.
    (cd "$build" && RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR=$build/target \
      env -u RUSTUP_TOOLCHAIN /usr/bin/cargo build -q --release --target "$WASM" -Zbuild-std=std,panic_abort >&2)
    rm "$build/target/$WASM"/release/deps/libwasm_std-*
    $sudo install -D -m 644 -t "$sysroot/$WASM/lib" "$build/target/$WASM"/release/deps/*.rlib
    rm -rf "$build"
    usable /usr/bin/rustc || die "the compiled standard library does not link"
  fi
  if has rustup; then rustup toolchain link debian /usr >&2; fi
}

toolchain() {
  has cc || debian gcc libc6-dev
  local name
  if remembered; then return; fi
  if has rustc && usable rustc; then use ""; return; fi
  if has rustup; then
    for name in "$RUST_VERSION" debian; do
      if usable rustup run "$name" rustc; then use "$name"; return; fi
    done
    if timeout 300 rustup target add "$WASM" >&2 && usable rustc; then use ""; return; fi
    if install_with_rustup && usable rustup run "$RUST_VERSION" rustc; then use "$RUST_VERSION"; return; fi
  fi
  install_from_debian
  if has rustup; then use debian; return; fi
  export PATH=/usr/bin:$PATH
  use ""
}

step "Looking for Rust $RUST_MINIMUM or newer with WASM" toolchain
