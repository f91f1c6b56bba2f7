#!/usr/bin/env bash
# `make check`: layout, lints, licences and sources, without running a test.
. "$(dirname "$0")/lib.sh"
. scripts/toolchain.sh

BINDGEN=(--manifest-path scripts/wasm-bindgen/Cargo.toml)
FUZZ=(--manifest-path fuzz/Cargo.toml)

layout() { cargo fmt --all --check && cargo fmt "${BINDGEN[@]}" --check && cargo fmt "${FUZZ[@]}" --check; }
lint_server() {
  cargo clippy --locked --all-targets "${NATIVE[@]}" -- -D warnings
}
lint_frontend() {
  cargo clippy --locked -p replybook -p replybook-app "${BROWSER[@]}" -- -D warnings
}
lint_bindgen() {
  cargo clippy --locked --all-targets "${BINDGEN[@]}" --target-dir "$CARGO_TARGET_DIR/wasm-bindgen" -- -D warnings
}
lint_fuzz() {
  has c++ || debian g++
  cargo clippy --locked --all-targets "${FUZZ[@]}" --target-dir "$CARGO_TARGET_DIR/fuzz" -- -D warnings
}

# Settings are read in one place; what else looked into the environment would not know of .env.
environment() {
  local readers
  readers=$(grep -rnE '\benv::(var|vars|var_os|set_var)\b|env *= *"' --include='*.rs' src server/src app/src frontend/src | grep -v '^src/settings\.rs:' || true)
  [ -z "$readers" ] || die "only src/settings.rs reads the environment:
$readers"
}

# The generator of the JavaScript must be of the very version that the frontend was compiled with.
same_bindgen() {
  local ours theirs
  ours=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | tail -n 1)
  theirs=$(grep -A1 '^name = "wasm-bindgen-cli-support"$' scripts/wasm-bindgen/Cargo.lock | tail -n 1)
  [ "$ours" = "$theirs" ] || die "wasm-bindgen: $ours in Cargo.lock, $theirs in scripts/wasm-bindgen/Cargo.lock"
}

dependencies() {
  local deny=$TOOLS/bin/cargo-deny
  if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $CARGO_DENY_VERSION" ]; then
    CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --no-default-features --root "$TOOLS" \
      --target-dir "$TOOLS/target" --version "$CARGO_DENY_VERSION" cargo-deny
    rm -rf "$TOOLS/target"
  fi
  "$deny" --locked check bans licenses sources
  "$deny" --locked "${BINDGEN[@]}" --config deny.toml check bans licenses sources
  "$deny" --locked "${FUZZ[@]}" --config deny.toml check bans licenses sources
}

scripts() {
  has shellcheck || debian shellcheck
  # Those that can be run, and with them those that they source.
  find scripts .ci -type f -perm -u+x -exec shellcheck -x -a -P SCRIPTDIR {} +
}

# Pages, REST and the command line know the verbs of the domain, and never the store; sessions and health are the host's own.
faces() {
  local past
  # `.store(` is an atomic's.
  past=$(grep -rnE '\.store([^([:alnum:]_]|$)' --include='*.rs' app/src server/src | grep -vE '^server/src/(session|health)\.rs:' || true)
  [ -z "$past" ] || die "a face reaches past the domain into the store:
$past"
}

types() {
  npm_parts
  npm run --silent --prefix end2end typecheck
}

step "Layout" layout
step "Faces over the domain" faces
step "Shell scripts" scripts
step "Who reads the environment" environment
step "wasm-bindgen versions" same_bindgen
step "Dependencies: bans, licences, sources" dependencies
step "Types of the browser tests" types
step "Clippy, server" lint_server
step "Clippy, frontend" lint_frontend
step "Clippy, wasm-bindgen" lint_bindgen
step "Clippy, fuzz targets" lint_fuzz
say "All checks passed in $SECONDS s"
