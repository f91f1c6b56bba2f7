# shellcheck shell=bash
# Sourced after toolchain.sh. `leptos ARGUMENTS` is cargo-leptos with our wasm-bindgen first on the PATH;
# `site dev` and `site release` build the folder of WASM, CSS and public files, and SITE says where it is.

BINDGEN=$CARGO_TARGET_DIR/wasm-bindgen/debug

# The published wasm-bindgen program brings four times the crates: ours links its library, pinned by a lock file.
bindgen() {
  cargo build -q --locked --manifest-path scripts/wasm-bindgen/Cargo.toml --target-dir "${BINDGEN%/debug}"
}

has_leptos() { [ "$(PATH=$TOOLS/bin:$PATH cargo leptos --version 2>/dev/null)" = "cargo-leptos $CARGO_LEPTOS_VERSION" ]; }

# A debug build without what its own commands `new` and `serve` would need: a third of the full installation's time.
cargo_leptos() {
  if has_leptos; then return; fi
  if has cargo-binstall && cargo binstall -y --root "$TOOLS" "cargo-leptos@$CARGO_LEPTOS_VERSION" >&2 && has_leptos; then return; fi
  CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --no-default-features --root "$TOOLS" \
    --target-dir "$TOOLS/target" --version "$CARGO_LEPTOS_VERSION" cargo-leptos
  rm -rf "$TOOLS/target"
}

leptos() { PATH=$BINDGEN:$TOOLS/bin:$PATH cargo leptos "$@"; }
small_leptos() { LEPTOS_SITE_ROOT=${SITE#"$PWD/"} REPLYBOOK_SMALL_WASM=1 leptos "$@"; }

site_tools() {
  step "Looking for cargo-leptos $CARGO_LEPTOS_VERSION" cargo_leptos
  step "Compiling wasm-bindgen" bindgen
}

site() {
  site_tools
  SITE=$PWD/target/site
  if [ "$1" = release ]; then
    SITE+=-release
    no_wasm_opt
    step "Building the site (release)" small_leptos build --frontend-only --release --precompress
  else
    step "Building the site" leptos build --frontend-only
  fi
}

# cargo-leptos insists on wasm-opt for releases. After fat LTO at opt-level z it saves nothing that brotli does not (the
# transfer grows by 1 %), so it gets a program that leaves the file as it is.
no_wasm_opt() { ln -sf "$(type -P true)" "$BINDGEN/wasm-opt"; }
