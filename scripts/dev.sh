#!/usr/bin/env bash
# `make dev`: as `make run`, and builds and reloads whenever a file changes. By cargo-leptos, which is installed for it.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh
. scripts/site.sh

has_leptos() { [ "$(PATH=$TOOLS/bin:$PATH cargo leptos --version 2>/dev/null)" = "cargo-leptos $CARGO_LEPTOS_VERSION" ]; }

# A debug build without what its own commands `new` and `serve` would need: a third of the full installation's time.
cargo_leptos() {
  if has_leptos; then return; fi
  if has cargo-binstall && cargo binstall -y --root "$TOOLS" "cargo-leptos@$CARGO_LEPTOS_VERSION" >&2 && has_leptos; then return; fi
  CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --no-default-features --root "$TOOLS" \
    --target-dir "$TOOLS/target" --version "$CARGO_LEPTOS_VERSION" cargo-leptos
  rm -rf "$TOOLS/target"
}

# cargo-leptos knows one style sheet: it is joined anew whenever one of ours changes.
STYLE=target/style/replybook.css
follow_styles() {
  while sleep 1; do
    [ -z "$(find style -newer "$STYLE" -print -quit)" ] || { styles "$STYLE" && touch "$STYLE"; }
  done
}

secret_key
step "Looking for cargo-leptos $CARGO_LEPTOS_VERSION" cargo_leptos
step "Compiling wasm-bindgen" bindgen
styles "$STYLE"
follow_styles &
trap 'name_step; kill $! 2>/dev/null || true' EXIT
PATH=$BINDGEN:$TOOLS/bin:$PATH cargo leptos watch -- serve
